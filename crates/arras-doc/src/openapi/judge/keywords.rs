//! Keywords that are no JSON Schema: one of them must not keep a value from being judged by the rest.

use serde_json::{Value, json};

use crate::openapi::Direction;

/// The formats that values are held to: those that OpenAPI itself defines or that mean the same to all.
///
/// What others mean is read differently by those who describe and those who answer: `time` with or without an offset,
/// relative `uri`s, `hostname`s with underscores.
const FORMATS: [&str; 8] = ["int32", "int64", "byte", "date", "date-time", "uuid", "ipv4", "ipv6"];
/// Those that what is sent is held to beside them: who writes it can write it as everyone reads it.
const SENT: [&str; 2] = ["email", "uri"];

/// Whether values that go that way are held to a format.
pub(super) fn is_judged(format: &str, direction: Direction) -> bool {
    FORMATS.contains(&format) || (direction == Direction::Request && SENT.contains(&format))
}

/// A keyword's value as the engine takes it; why it can't be used, if it can't.
///
/// # Errors
/// What is wrong with the value.
pub(super) fn usable(name: &str, value: Value) -> Result<Value, String> {
    const TYPES: [&str; 7] = ["null", "boolean", "object", "array", "number", "string", "integer"];
    let is_type = |value: &Value| value.as_str().is_some_and(|name| TYPES.contains(&name));
    let is_count =
        |value: &Value| value.as_u64().is_some() || value.as_f64().is_some_and(|it| it >= 0.0 && it.fract() == 0.0);
    let wanted = match name {
        "type" => match value {
            // Swagger 2.0's, and an unquoted `null`
            Value::Null => return Ok(json!("null")),
            Value::Array(types) if !types.is_empty() && types.iter().all(is_type) => {
                return Ok(Value::Array(distinct(types)));
            }
            Value::String(ref name) if name == "file" || is_type(&value) => return Ok(value),
            _ => "the name of a type",
        },
        "required" => match value {
            Value::Array(names) if names.iter().all(Value::is_string) => return Ok(Value::Array(distinct(names))),
            _ => "a list of names",
        },
        "dependentRequired" => match &value {
            Value::Object(lists) if lists.values().all(|list| usable("required", list.clone()).is_ok()) => {
                let lists = lists
                    .iter()
                    .filter_map(|(name, list)| Some((name.clone(), usable("required", list.clone()).ok()?)));
                return Ok(lists.collect());
            }
            _ => "an object of lists of names",
        },
        "enum" if !value.is_array() => "a list",
        "allOf" | "anyOf" | "oneOf" | "prefixItems" if value.as_array().is_none_or(Vec::is_empty) => {
            "a list of schemas"
        }
        "format" if !value.is_string() => "a text",
        "pattern" => return pattern(value),
        "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" if !value.is_number() => "a number",
        "multipleOf" if value.as_f64().is_none_or(|factor| factor <= 0.0) => "a positive number",
        "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties" | "maxProperties" | "minContains"
        | "maxContains"
            if !is_count(&value) =>
        {
            "a whole number"
        }
        "uniqueItems" if !value.is_boolean() => "`true` or `false`",
        _ => return Ok(value),
    };
    Err(format!("it is not {wanted}"))
}

fn distinct(values: Vec<Value>) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::with_capacity(values.len());
    for value in values {
        if !all.contains(&value) {
            all.push(value);
        }
    }
    all
}

/// A pattern that the engine takes.
fn pattern(value: Value) -> Result<Value, String> {
    let Value::String(text) = value else { return Err("it is not a text".to_owned()) };
    // the range of all characters beyond the first 65536, as AWS's descriptions write it in halves of characters
    let text = text.replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\u{10000}-\u{10FFFF}");
    let schema = json!({ "pattern": text });
    match super::compile(&schema) {
        Ok(_) => Ok(json!(text)),
        Err(_) => Err("it is no regular expression that can be used here".to_owned()),
    }
}
