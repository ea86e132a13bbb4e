//! The request body: payload, replacements, and the text or bytes that its media type makes of them.

use arras_doc::expression::Template;
use arras_doc::media_type::MediaType;
use arras_doc::openapi::XmlShape;
use arras_doc::pointer;
use arras_doc::value::{Object, Value};
use bytes::Bytes;

use super::{Encoded, Parts, encode, invalid, replace};
use crate::fault::{Fault, FaultKind, Phase};
use crate::plan::{Operation, RequestBody, Scalar};
use crate::resolve::Resolve;
use crate::template::Embedding;

/// Builds the body; without a `requestBody` there is none.
pub(super) fn build(
    operation: &Operation,
    body: Option<&RequestBody>,
    scope: &dyn Resolve,
    parts: &mut Parts,
) -> Result<Encoded, Fault> {
    let Some(body) = body else { return none(operation) };
    let declared = body.content_type.clone().or_else(|| default_type(&operation.request_types));
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
    let bytes = encode_payload(&value, &content_type, operation)?;
    Ok(Encoded { content_type: Some(content_type), bytes })
}

/// Reads the texts at these places as the scalars that the description asks for (A-45).
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
    Ok(Encoded { content_type: None, bytes: Bytes::new() })
}

/// The operation's media type (A-47): the only one, else one that is JSON, else the first concrete one.
pub(crate) fn default_type(types: &[String]) -> Option<String> {
    if let [only] = types
        && !only.contains('*')
    {
        return Some(only.clone());
    }
    let json = types.iter().find(|name| MediaType::parse(name).is_some_and(|media_type| media_type.is_json()));
    json.or_else(|| types.iter().find(|name| !name.contains('*'))).cloned()
}

fn embedding(media_type: Option<&MediaType>, payload: Option<&Template>) -> Embedding {
    match media_type {
        None if matches!(payload, Some(Template::Array(_) | Template::Object(_))) => Embedding::Json,
        Some(media_type) if media_type.is_json() => Embedding::Json,
        Some(media_type) if media_type.essence() == "application/x-www-form-urlencoded" => Embedding::Form,
        _ => Embedding::Text,
    }
}

/// The bytes of a payload under a media type (ARZ-BODY-04, ARZ-BODY-07). Published S3 documents give an object where the
/// operation takes XML: it is written by the description's schema.
fn encode_payload(value: &Value, content_type: &str, operation: &Operation) -> Result<Bytes, Fault> {
    let media_type =
        MediaType::parse(content_type).ok_or_else(|| invalid(format!("`{content_type}` is no media type")))?;
    let text = match value {
        Value::String(text) if media_type.is_json() => json_text(text)?,
        value if media_type.is_json() => value.to_json(),
        Value::Object(members) if media_type.essence() == "application/x-www-form-urlencoded" => form(members),
        Value::String(text) => text.clone(),
        value if value.is_structure() && media_type.is_xml() => xml(value, &media_type, operation)?,
        value if value.is_structure() => {
            let message = format!("a payload that is {} can't be written as `{media_type}`", value.kind_name());
            return Err(invalid(message));
        }
        scalar => scalar.to_text().into_owned(),
    };
    Ok(Bytes::from(text))
}

fn xml(value: &Value, media_type: &MediaType, operation: &Operation) -> Result<String, Fault> {
    let shapes = &operation.request_xml;
    let is_own = |name: &str| MediaType::parse(name).is_some_and(|it| it.essence() == media_type.essence());
    let shape = shapes.iter().find(|(name, _)| is_own(name)).or(shapes.first()).map(|(_, shape)| shape);
    shape
        .unwrap_or(&XmlShape::default())
        .write(value, None)
        .map_err(|why| invalid(format!("the payload can't be written as `{media_type}`: {why}")))
}

/// A string payload of a JSON media type is a JSON text if it is one (A-43), else the JSON string.
fn json_text(text: &str) -> Result<String, Fault> {
    if matches!(text.trim_start().as_bytes().first(), Some(b'{' | b'[')) {
        return match Value::from_json(text) {
            Ok(_) => Ok(text.to_owned()),
            Err(error) => Err(invalid(format!("the payload is no JSON after its expressions were filled in: {error}"))),
        };
    }
    Ok(if Value::from_json(text).is_ok() { text.to_owned() } else { Value::from(text).to_json() })
}

pub(super) fn form(members: &Object) -> String {
    let mut pairs = Vec::new();
    for (name, value) in members {
        let name = encode::form(name);
        match value {
            Value::Array(items) => {
                pairs.extend(items.iter().map(|item| format!("{name}={}", encode::form(&item.to_text()))))
            }
            value => pairs.push(format!("{name}={}", encode::form(&value.to_text()))),
        }
    }
    pairs.join("&")
}

fn missing_body() -> Fault {
    Fault::new(FaultKind::MissingParameter, Phase::Build, "the operation requires a request body and the step has none")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: serde_json::Value) -> Value {
        Value::from(text)
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

    /// ARZ-BODY-04, ARZ-BODY-07
    #[test]
    fn payloads_become_what_their_media_type_says() {
        let encoded = |value: serde_json::Value, media_type| {
            encode_payload(&json(value), media_type, &crate::request::tests::operation("/", None))
                .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        };
        let object = serde_json::json!({"a": "x y", "b": [1, 2]});
        assert_eq!(encoded(object.clone(), "application/x-amz-json-1.1").as_deref(), Ok(r#"{"a":"x y","b":[1,2]}"#));
        assert_eq!(encoded(object.clone(), "application/x-www-form-urlencoded").as_deref(), Ok("a=x+y&b=1&b=2"));
        assert_eq!(encoded(serde_json::json!("{\"a\":1}"), "application/json").as_deref(), Ok("{\"a\":1}"));
        assert_eq!(encoded(serde_json::json!("plain"), "application/json").as_deref(), Ok("\"plain\""));
        assert_eq!(encoded(serde_json::json!("<a/>"), "application/xml").as_deref(), Ok("<a/>"));
        assert!(encoded(object, "application/xml").is_err());
        let rooted = serde_json::json!({"r": {"a": ["x", 1]}});
        let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<r><a>x</a><a>1</a></r>";
        assert_eq!(encoded(rooted, "application/xml").as_deref(), Ok(expected));
        assert!(encoded(serde_json::json!("{\"a\":"), "application/json").is_err());
    }
}
