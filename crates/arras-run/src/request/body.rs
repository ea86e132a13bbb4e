//! The request body: payload, replacements, and the text or bytes that its media type makes of them.

use arras_doc::diagnostic::Diagnostics;
use arras_doc::media_type::MediaType;
use arras_doc::openapi::{Content, Schema};
use arras_doc::value::Value;
use bytes::Bytes;

use super::{Context, Encoded, form, invalid, multipart, replace, xml};
use crate::charset::Charset;
use crate::fault::{Fault, FaultKind, Phase};
use crate::file::FileContent;
use crate::plan::{Operation, RequestBody};
use crate::resolve::Resolve;
use crate::template::{self, Embedding};

/// Builds the body; without a `requestBody` there is none.
pub(super) fn build(
    operation: &Operation,
    body: Option<&RequestBody>,
    scope: &dyn Resolve,
    context: Context<'_>,
    notes: &mut Vec<String>,
) -> Result<Encoded, Fault> {
    let Some(body) = body else { return none(operation) };
    let declared = body.content_type.clone().or_else(|| default_type(&operation.request_types));
    let media_type = declared.as_deref().and_then(MediaType::parse);
    let mut omitted = Vec::new();
    let mut payload = body.payload.as_ref().and_then(|payload| {
        let evaluated = template::evaluate(payload, scope, embedding(media_type.as_ref()));
        notes.extend(evaluated.notes);
        omitted.extend(evaluated.omitted);
        evaluated.value
    });
    replace::all(&mut payload, &body.replacements, media_type.as_ref(), scope, notes)?;
    let Some(value) = payload else { return none(operation) };
    let content_type =
        declared.unwrap_or_else(|| if value.is_structure() { "application/json" } else { "text/plain" }.into());
    let media_type =
        MediaType::parse(&content_type).ok_or_else(|| invalid(format!("`{content_type}` is no media type")))?;
    // what the description says of the body matters to few bodies
    let described = operation.described.operation().filter(|_| !media_type.is_json() || context.files.inside(&value).is_some());
    let described = described.and_then(|operation| operation.request_body(&mut Diagnostics::new()));
    let content = described.as_ref().and_then(|body| body.content_for(&media_type));
    let (content_type, bytes) = encode(&value, content_type, &media_type, content, context)?;
    Ok(Encoded { content_type: Some(content_type), bytes, omitted })
}

/// No body, where the operation takes none for an answer.
fn none(operation: &Operation) -> Result<Encoded, Fault> {
    if operation.body_required {
        return Err(missing_body());
    }
    Ok(Encoded { content_type: None, bytes: Bytes::new(), omitted: Vec::new() })
}

/// The operation's media type: the only one, else one that is JSON, else the first concrete one.
pub(super) fn default_type(types: &[String]) -> Option<String> {
    if let [only] = types
        && !only.contains('*')
    {
        return Some(only.clone());
    }
    let json = types.iter().find(|name| MediaType::parse(name).is_some_and(|media_type| media_type.is_json()));
    json.or_else(|| types.iter().find(|name| !name.contains('*'))).cloned()
}

/// How the expressions inside of a text of this media type are written.
pub(super) fn embedding(media_type: Option<&MediaType>) -> Embedding {
    match media_type {
        Some(media_type) if media_type.is_json() => Embedding::Json,
        Some(media_type) if media_type.is_form() => Embedding::Form,
        _ => Embedding::Text,
    }
}

/// The content type, completed, and the bytes of a payload (ARZ-BODY-04, ARZ-BODY-07, ARZ-BODY-10).
fn encode(
    value: &Value,
    content_type: String,
    media_type: &MediaType,
    content: Option<&Content<'_>>,
    context: Context<'_>,
) -> Result<(String, Bytes), Fault> {
    if media_type.is_multipart() {
        return multipart::encode(value, content_type, media_type, content, context);
    }
    if let Some(file) = context.files.of(value) {
        return Ok((content_type, file.bytes.clone()));
    }
    let text = text(value, media_type, content, context)?;
    let bytes = match media_type.parameter("charset") {
        None => Bytes::from(text),
        Some(name) => in_charset(&text, name)?,
    };
    Ok((content_type, bytes))
}

/// The bytes of a text in an encoding that a content type names.
pub(super) fn in_charset(text: &str, name: &str) -> Result<Bytes, Fault> {
    let charset =
        Charset::named(name).ok_or_else(|| invalid(format!("the encoding `{name}` is not known here")))?;
    let bytes = charset.encode(text);
    bytes.map(Bytes::from).map_err(|character| invalid(format!("`{character}` can't be written in the encoding `{name}`")))
}

/// The text of a value in a media type that is one text: JSON, a form, XML, plain text.
pub(super) fn text(
    value: &Value,
    media_type: &MediaType,
    content: Option<&Content<'_>>,
    context: Context<'_>,
) -> Result<String, Fault> {
    let schema = || content.and_then(Content::schema);
    let text = match value {
        Value::String(text) if media_type.is_json() => json_text(text)?,
        value if media_type.is_json() => json(value, schema().as_ref(), context)?,
        Value::String(text) => text.clone(),
        Value::Object(members) if media_type.is_form() => form::encode(members, content, context)?,
        value if media_type.is_xml() && value.is_structure() => xml::encode(value, content, context)?,
        value if value.is_structure() => return Err(inexpressible(value.kind_name(), media_type)),
        scalar => scalar.to_text().into_owned(),
    };
    match context.files.within(&text) {
        Some(name) => {
            Err(invalid(format!("the file `{name}` can't be part of a text: a whole body, a field or a JSON value can be one")))
        }
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
    match schema.and_then(base64) {
        Some(alphabet) => Ok(encode_base64(&file.bytes, alphabet)),
        None => String::from_utf8(file.bytes.to_vec()).map_err(|_| {
            invalid(format!(
                "the file `{}` is no UTF-8 text, and its schema has no `contentEncoding: base64` or `format: byte`",
                file.name
            ))
        }),
    }
}

/// The last two digits and the padding of an alphabet of base64 (RFC 4648).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Base64(u8, u8);

/// Whether and how a schema wants bytes as base64: `contentEncoding`, or `format: byte` before OpenAPI 3.1.
pub(super) fn base64(schema: &Schema<'_>) -> Option<Base64> {
    let encoding = schema.keyword("contentEncoding").and_then(|it| it.as_text()).map(str::to_ascii_lowercase);
    match (encoding.as_deref(), schema.format()) {
        (Some("base64"), _) | (None, Some("byte" | "base64")) => Some(Base64(b'+', b'/')),
        (Some("base64url"), _) | (None, Some("base64url")) => Some(Base64(b'-', b'_')),
        _ => None,
    }
}

/// Base64 with padding.
pub(super) fn encode_base64(bytes: &[u8], Base64(plus, slash): Base64) -> String {
    let digit = |value: u32| match value as u8 & 63 {
        value @ 0..26 => b'A' + value,
        value @ 26..52 => b'a' + value - 26,
        value @ 52..62 => b'0' + value - 52,
        62 => plus,
        _ => slash,
    };
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0u32, |group, byte| group << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for at in 0..4 {
            out.push(if at > chunk.len() { '=' } else { char::from(digit(group >> (18 - 6 * at))) });
        }
    }
    out
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

    #[test]
    fn bytes_become_base64() {
        for (bytes, expected) in [(&b""[..], ""), (b"f", "Zg=="), (b"fo", "Zm8="), (b"foo", "Zm9v"), (b"\xFB\xFF", "+/8=")] {
            assert_eq!(encode_base64(bytes, Base64(b'+', b'/')), expected);
        }
        assert_eq!(encode_base64(b"\xFB\xFF", Base64(b'-', b'_')), "-_8=");
    }

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
