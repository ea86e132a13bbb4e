//! The request body: payload, replacements, and the text or bytes that its media type makes of them.

use arras_doc::diagnostic::Diagnostics;
use arras_doc::expression::Template;
use arras_doc::media_type::MediaType;
use arras_doc::openapi::{Content, RequestBody as DescribedBody, Schema, XmlShape};
use arras_doc::pointer;
use arras_doc::value::Value;
use bytes::Bytes;

use super::{Context, Encoded, Parts, base64, file_in_text, form, invalid, multipart, replace};
use crate::charset::Charset;
use crate::fault::{Fault, FaultKind, Phase};
use crate::file::FileContent;
use crate::payload::Payload;
use crate::plan::{Operation, RequestBody, Scalar};
use crate::resolve::Resolve;
use crate::template::{Embedding, is_json_text};

/// Builds the body; without a `requestBody` there is none.
pub(super) fn build(
    operation: &Operation,
    body: Option<&RequestBody>,
    scope: &dyn Resolve,
    context: Context<'_>,
    parts: &mut Parts,
) -> Result<Encoded, Fault> {
    let Some(body) = body else { return none(operation) };
    let (given, note) = given_type(body.content_type.as_deref(), parts.content_type())?;
    parts.notes.extend(note);
    let (declared, note) = content_type(operation, given).map_err(invalid)?;
    parts.notes.extend(note);
    let media_type = declared.as_deref().and_then(MediaType::parse);
    let embedding = embedding(media_type.as_ref(), body.payload.as_ref());
    let mut payload = None;
    if let Some(template) = &body.payload {
        payload = parts.evaluate(template, scope, embedding, || "the payload".to_owned())?;
        if payload.is_none() {
            parts.omitted.push("the payload was left out: it has no value".to_owned());
        }
    }
    read_scalars(&mut payload, &body.scalars);
    replace::all(&mut payload, &body.replacements, media_type.as_ref(), scope, parts)?;
    let Some(value) = payload else { return none(operation) };
    let content_type =
        declared.unwrap_or_else(|| if value.is_structure() { "application/json" } else { "text/plain" }.into());
    let media_type =
        MediaType::parse(&content_type).ok_or_else(|| invalid(format!("`{content_type}` is no media type")))?;
    if content_type.contains(char::is_control) {
        return Err(invalid("the content type of the body has a control character".to_owned()));
    }
    // what the description says of the body matters to few bodies
    let matters = !media_type.is_json() || context.files.inside(&value).is_some();
    let described = operation.described.operation().filter(|_| matters);
    let described = described.and_then(|operation| operation.request_body(&mut Diagnostics::new()));
    let content = described.as_ref().and_then(|body| content_for(body, &media_type));
    // what replacements leave is a value: JSON text that they change is parsed for that
    let is_written = body.replacements.is_empty() && body.payload.as_ref().is_some_and(is_json_text);
    let texts = if is_written { Texts::Json } else { Texts::Values };
    let (content_type, body) = encode(&value, texts, content_type, &media_type, content, context)?;
    Ok(Encoded { content_type: Some(content_type), body })
}

/// The media type of a body by what a step gives, if one is known before its value is, and what was tolerated to know it.
///
/// A range stands for the operation's own media type, as far as that is in it; published documents write `*/*`.
///
/// # Errors
/// If the operation takes nothing that is in the range.
pub(super) fn content_type(
    operation: &Operation,
    given: Option<String>,
) -> Result<(Option<String>, Option<String>), String> {
    let types = &operation.request_types;
    let Some(given) = given else { return Ok((default_type(types), None)) };
    let Some(range) = MediaType::parse(&given).filter(MediaType::is_range) else {
        return Ok((Some(given), None));
    };
    let is_in = |name: &&String| MediaType::parse(name).is_some_and(|known| known.is_range() || known.is_in(&range));
    let within: Vec<String> = types.iter().filter(is_in).cloned().collect();
    if within.is_empty() && !(types.is_empty() && range.main_type() == "*") {
        return Err(format!("`{range}` is a range of media types: a request needs one of them"));
    }
    let note = format!("`contentType: {range}` is a range of media types; the operation's own is used");
    Ok((default_type(&within), Some(note)))
}

/// The content type that a step gives, by its body or by a header parameter, and what was tolerated to know it.
///
/// Where the two say otherwise of a body that is written alike by both, the parameter names it: to a store of files, say,
/// it is the type of what is stored.
///
/// # Errors
/// If the body can't be what both say.
fn given_type(own: Option<&str>, header: Option<&str>) -> Result<(Option<String>, Option<String>), Fault> {
    let (Some(own), Some(header)) = (own, header) else { return Ok((own.or(header).map(str::to_owned), None)) };
    let contradiction =
        format!("the body is `{own}` by its `contentType` and `{header}` by the header parameter `Content-Type`");
    match (MediaType::parse(own), MediaType::parse(header)) {
        (Some(one), Some(other)) if one == other || one.is_in(&other) => Ok((Some(own.to_owned()), None)),
        (Some(one), Some(other)) if other.is_in(&one) => Ok((Some(header.to_owned()), None)),
        (Some(one), Some(other)) if notation(&one) == notation(&other) => {
            Ok((Some(header.to_owned()), Some(format!("{contradiction}; the parameter's is sent"))))
        }
        _ => Err(invalid(contradiction)),
    }
}

/// How the bodies of a media type are written.
fn notation(media_type: &MediaType) -> &str {
    match media_type {
        it if it.is_json() => "json",
        it if it.is_xml() => "xml",
        it if it.is_form() || it.is_multipart() => it.essence(),
        _ => "as it is",
    }
}

/// What is described for a media type; published descriptions mix up the names that XML goes by.
pub(super) fn content_for<'b, 'd>(body: &'b DescribedBody<'d>, media_type: &MediaType) -> Option<&'b Content<'d>> {
    let is_xml = |content: &&Content<'d>| content.parsed().is_some_and(|it| it.is_xml());
    let alike = || body.content.iter().find(is_xml).filter(|_| media_type.is_xml());
    body.content_for(media_type).or_else(alike)
}

/// Reads the texts at these places as the scalars that the description asks for.
fn read_scalars(payload: &mut Option<Value>, scalars: &[(Vec<String>, Scalar)]) {
    for (path, scalar) in scalars {
        let mut place = payload.as_mut();
        for key in path {
            place = place.and_then(|value| match value {
                Value::Object(members) => members.get_mut(key),
                Value::Array(items) => pointer::index(key).and_then(|at| items.get_mut(at)),
                _ => None,
            });
        }
        if let Some(place) = place
            && let Some(read) = place.as_str().and_then(|text| scalar.read(text))
        {
            *place = read;
        }
    }
}

/// No body, where the operation takes none for an answer.
fn none(operation: &Operation) -> Result<Encoded, Fault> {
    if operation.body_required {
        return Err(missing_body());
    }
    Ok(Encoded { content_type: None, body: Payload::default() })
}

/// The operation's media type: the only one, else one that is JSON, else the first concrete one.
pub(crate) fn default_type(types: &[String]) -> Option<String> {
    if let [only] = types
        && !only.contains('*')
    {
        return Some(only.clone());
    }
    let json = types.iter().find(|name| MediaType::parse(name).is_some_and(|media_type| media_type.is_json()));
    json.or_else(|| types.iter().find(|name| !name.contains('*'))).cloned()
}

pub(super) fn embedding(media_type: Option<&MediaType>, payload: Option<&Template>) -> Embedding {
    match media_type {
        None if matches!(payload, Some(Template::Array(_) | Template::Object(_))) => Embedding::Json,
        Some(media_type) if media_type.is_json() => Embedding::Json,
        Some(media_type) if media_type.is_form() => Embedding::Form,
        _ => Embedding::Text,
    }
}

/// What a text is for a JSON media type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Texts {
    /// JSON text, if it is one: so it was written in the document.
    Json,
    /// A value, whatever it looks like (ARZ-BODY-05).
    Values,
}

/// The content type, completed, and the bytes of a payload (ARZ-BODY-04, ARZ-BODY-07, ARZ-BODY-10).
fn encode(
    value: &Value,
    texts: Texts,
    content_type: String,
    media_type: &MediaType,
    content: Option<&Content<'_>>,
    context: Context<'_>,
) -> Result<(String, Payload), Fault> {
    if media_type.is_multipart() {
        return multipart::encode(value, content_type, media_type, content, context);
    }
    if let Some(file) = context.files.of(value) {
        return Ok((content_type, file.payload()));
    }
    let text = text(value, texts, media_type, content, context)?;
    let bytes = match media_type.parameter("charset") {
        None => Bytes::from(text),
        Some(name) => in_charset(text, name)?,
    };
    Ok((content_type, bytes.into()))
}

/// The bytes of a text in an encoding that a content type names.
pub(super) fn in_charset(text: String, name: &str) -> Result<Bytes, Fault> {
    let charset = Charset::named(name).ok_or_else(|| invalid(format!("the encoding `{name}` is not known here")))?;
    if charset == Charset::Utf8 {
        return Ok(Bytes::from(text));
    }
    let bytes = charset.encode(&text);
    bytes
        .map(Bytes::from)
        .map_err(|character| invalid(format!("`{character}` can't be written in the encoding `{name}`")))
}

/// The text of a value in a media type that is one text: JSON, a form, XML, plain text.
pub(super) fn text(
    value: &Value,
    texts: Texts,
    media_type: &MediaType,
    content: Option<&Content<'_>>,
    context: Context<'_>,
) -> Result<String, Fault> {
    let schema = || content.and_then(Content::schema);
    let text = match value {
        Value::String(text) if media_type.is_json() && texts == Texts::Json => json_text(text)?,
        value if media_type.is_json() => json(value, schema().as_ref(), context)?,
        Value::String(text) => text.clone(),
        Value::Object(members) if media_type.is_form() => form::encode(members, content, context)?,
        value if media_type.is_xml() && value.is_structure() => xml(value, schema().as_ref(), media_type, context)?,
        // a number in XML or a form has no name there
        value if value.is_structure() || media_type.is_xml() || media_type.is_form() => {
            return Err(inexpressible(value.kind_name(), media_type));
        }
        scalar => scalar.to_text().into_owned(),
    };
    match context.files.within(&text) {
        Some(name) => Err(file_in_text(name)),
        None => Ok(text),
    }
}

pub(super) fn inexpressible(kind: &str, media_type: &MediaType) -> Fault {
    invalid(format!("a payload that is {kind} can't be written as `{media_type}`"))
}

/// The JSON of a value, files in it as their schemas say.
pub(super) fn json(value: &Value, schema: Option<&Schema<'_>>, context: Context<'_>) -> Result<String, Fault> {
    if context.files.inside(value).is_none() {
        return Ok(value.to_json());
    }
    let mut value = value.clone();
    fill_files(&mut value, schema, context)?;
    Ok(value.to_json())
}

/// Puts the text of each file in the place of its marker. Recursion is as deep as the value.
fn fill_files(value: &mut Value, schema: Option<&Schema<'_>>, context: Context<'_>) -> Result<(), Fault> {
    if let Some(file) = context.files.of(value) {
        *value = Value::String(file_text(file, schema)?);
        return Ok(());
    }
    match value {
        Value::String(text) => {
            if let Some(name) = context.files.within(text) {
                return Err(file_in_text(name));
            }
        }
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                fill_files(member, schema.and_then(|schema| schema.child(name)).as_ref(), context)?;
            }
        }
        Value::Array(items) => {
            let schema = schema.and_then(Schema::items);
            for item in items {
                fill_files(item, schema.as_ref(), context)?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// A file where only text can be: base64 if its schema says so, else the text that it must then be.
pub(super) fn file_text(file: &FileContent, schema: Option<&Schema<'_>>) -> Result<String, Fault> {
    let bytes = file.bytes().map_err(invalid)?;
    match schema.and_then(base64::of) {
        Some(alphabet) => Ok(alphabet.encode(&bytes)),
        None => String::from_utf8(bytes.to_vec()).map_err(|_| {
            invalid(format!(
                "the file `{}` is no UTF-8 text, and its schema has no `contentEncoding: base64` or `format: byte`",
                file.name
            ))
        }),
    }
}

/// The document of a structure, as its schema has it written.
pub(super) fn xml(
    value: &Value,
    schema: Option<&Schema<'_>>,
    media_type: &MediaType,
    context: Context<'_>,
) -> Result<String, Fault> {
    if let Some(name) = context.files.inside(value) {
        return Err(invalid(format!("the file `{name}` can't be inside of XML")));
    }
    let shape = schema.map(XmlShape::of).unwrap_or_default();
    let refused = |why: String| invalid(format!("the payload can't be written as `{media_type}`: {why}"));
    let written = shape.write(value, None).map_err(refused)?;
    // prefixes that nothing declares are seen by a parser only
    crate::xml::parse(&written).map_err(|error| refused(error.to_string()))?;
    Ok(match media_type.parameter("charset") {
        Some(charset) if !charset.eq_ignore_ascii_case("utf-8") => {
            written.replacen("encoding=\"UTF-8\"", &format!("encoding=\"{charset}\""), 1)
        }
        _ => written,
    })
}

/// A string payload of a JSON media type is a JSON text if it is one, else the JSON string.
fn json_text(text: &str) -> Result<String, Fault> {
    if matches!(text.trim_start().as_bytes().first(), Some(b'{' | b'[')) {
        return match Value::from_json(text) {
            Ok(_) => Ok(text.to_owned()),
            Err(error) => Err(invalid(format!("the payload is no JSON after its expressions were filled in: {error}"))),
        };
    }
    Ok(if Value::from_json(text).is_ok() { text.to_owned() } else { Value::from(text).to_json() })
}

fn missing_body() -> Fault {
    Fault::new(FaultKind::MissingParameter, Phase::Build, "the operation requires a request body and the step has none")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ARZ-BODY-02
    #[test]
    fn the_media_type_of_the_operation_fills_in() {
        let pick = |types: &[&str]| default_type(&types.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(pick(&["application/xml"]).as_deref(), Some("application/xml"));
        assert_eq!(pick(&["text/plain", "application/x-amz-json-1.1"]).as_deref(), Some("application/x-amz-json-1.1"));
        assert_eq!(pick(&["*/*", "text/csv"]).as_deref(), Some("text/csv"));
        assert_eq!((pick(&[]), pick(&["*/*"])), (None, None));
    }
}
