//! The values of an answer that its schema says are secret.

use arras_doc::openapi::Schema;
use arras_doc::value::Value;

/// How many values are looked at.
const MOST: usize = 200_000;

/// Every scalar at or below a place whose schema is sensitive, as text.
pub(super) fn values(value: &Value, schema: Schema<'_>) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![(value, vec![schema])];
    let mut seen = 0;
    while let Some((value, schemas)) = open.pop() {
        seen += 1;
        if seen > MOST {
            break;
        }
        if schemas.iter().any(Schema::is_sensitive) {
            scalars(value, &mut found);
            continue;
        }
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    let below =
                        below(&schemas, |schema| schema.property(name).or_else(|| schema.additional_properties()));
                    if !below.is_empty() {
                        open.push((member, below));
                    }
                }
            }
            Value::Array(items) => {
                let below = below(&schemas, Schema::items);
                if !below.is_empty() {
                    open.extend(items.iter().map(|item| (item, below.clone())));
                }
            }
            _ => {}
        }
    }
    found
}

/// What the schemas, and the alternatives in them, say of a part.
fn below<'d>(schemas: &[Schema<'d>], part: impl Fn(&Schema<'d>) -> Option<Schema<'d>>) -> Vec<Schema<'d>> {
    const MOST_SCHEMAS: usize = 64;
    let mut found = Vec::new();
    for schema in schemas {
        found.extend(part(schema));
        found.extend(schema.alternatives().iter().filter_map(&part));
    }
    found.truncate(MOST_SCHEMAS);
    found
}

fn scalars(value: &Value, found: &mut Vec<String>) {
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        match value {
            Value::String(text) if !text.is_empty() => found.push(text.clone()),
            Value::Number(number) => found.push(number.to_string()),
            Value::Array(items) => open.extend(items),
            Value::Object(members) => open.extend(members.values()),
            Value::String(_) | Value::Null | Value::Bool(_) => {}
        }
    }
}
