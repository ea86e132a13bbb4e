//! Values made up from the schemas of inputs.

use arras_doc::value::{Object, Value};

/// Inputs that a schema takes: what it shows by `default`, `example` or `enum`, else what the descriptions show where the
/// input is used, else something of its type.
pub(crate) fn inputs(schema: Option<&Value>, used: &Object) -> Object {
    let Some(schema) = schema else { return used.clone() };
    let mut members = match value(schema, "", 0) {
        Value::Object(members) => members,
        _ => Object::default(),
    };
    for (name, shown) in used {
        let declared = schema.get("properties").and_then(|properties| properties.get(name));
        let is_text = declared.and_then(|declared| declared.get("type")?.as_str()) == Some("string");
        let shown =
            if is_text && !shown.is_structure() { Value::from(shown.to_text().as_ref()) } else { shown.clone() };
        if declared.is_none_or(|declared| !shows(declared) && fits(declared, &shown)) {
            members.insert(name.clone(), shown);
        }
    }
    members
}

fn shows(schema: &Value) -> bool {
    ["default", "example", "examples", "const", "enum"].iter().any(|keyword| schema.get(keyword).is_some())
}

/// Whether a value is of the type that a schema names.
fn fits(schema: &Value, value: &Value) -> bool {
    match schema.get("type").and_then(Value::as_str) {
        Some("string") => matches!(value, Value::String(_)),
        Some("integer" | "number") => value.as_number().is_some(),
        Some("boolean") => value.as_bool().is_some(),
        Some("array") => value.as_array().is_some(),
        Some("object") => value.as_object().is_some(),
        _ => true,
    }
}

fn value(schema: &Value, name: &str, depth: usize) -> Value {
    let shown = ["default", "example", "const"].iter().find_map(|keyword| schema.get(keyword));
    let first = |keyword: &str| schema.get(keyword).and_then(Value::as_array).and_then(|all| all.first());
    if let Some(shown) = shown.or_else(|| first("examples")).or_else(|| first("enum")) {
        return shown.clone();
    }
    if let Some(part) = ["allOf", "oneOf", "anyOf"].iter().find_map(|keyword| first(keyword)) {
        return value(part, name, depth + 1);
    }
    let kind = schema.get("type");
    let kind = kind.and_then(Value::as_str).or_else(|| kind?.as_array()?.first()?.as_str());
    let number = |keyword: &str| schema.get(keyword).filter(|value| value.as_number().is_some()).cloned();
    match kind {
        Some("integer" | "number") => number("minimum").or_else(|| number("maximum")).unwrap_or(Value::from(1)),
        Some("boolean") => Value::Bool(true),
        Some("array") => {
            let item = schema.get("items").filter(|_| depth < 8).map(|items| value(items, name, depth + 1));
            Value::Array(item.into_iter().collect())
        }
        Some("object") => object(schema, depth),
        None if schema.get("properties").is_some() => object(schema, depth),
        _ => Value::from(text(schema, name)),
    }
}

fn object(schema: &Value, depth: usize) -> Value {
    let properties = schema.get("properties").and_then(Value::as_object).filter(|_| depth < 8);
    let members = properties.into_iter().flatten();
    Value::Object(members.map(|(name, schema)| (name.clone(), value(schema, name, depth + 1))).collect())
}

fn text(schema: &Value, name: &str) -> String {
    match schema.get("format").and_then(Value::as_str) {
        Some("date-time") => "2026-01-02T03:04:05Z".into(),
        Some("date") => "2026-01-02".into(),
        Some("uuid") => "123e4567-e89b-42d3-a456-426614174000".into(),
        Some("email") => "someone@example.com".into(),
        Some("uri" | "url") => "https://example.com/x".into(),
        _ => {
            let least =
                schema.get("minLength").and_then(Value::as_number).map_or(0.0, |number| number.as_f64()) as usize;
            let base = if name.is_empty() { "text" } else { name };
            base.chars().cycle().take(base.len().max(least)).collect()
        }
    }
}
