//! A workflow's inputs: defaults filled in, then judged by their schema before anything is sent.

use arras_doc::value::{Object, Value};

/// What a schema says of a set of inputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// The JSON Pointer of the offending input, `""` for the whole.
    pub pointer: String,
    /// One phrase.
    pub message: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.pointer.strip_prefix('/') {
            Some(name) => write!(f, "input `{name}`: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

/// Fills in defaults, then validates (ARZ-WF-04).
///
/// # Errors
/// Every problem that the schema finds, or why the schema itself can't be used.
pub fn prepare(schema: Option<&Value>, given: Object) -> Result<Object, Vec<Problem>> {
    let Some(schema) = schema else { return Ok(given) };
    let mut inputs = Value::Object(given);
    fill_defaults(schema, schema, &mut inputs, 0);
    let problems = validate(schema, &inputs)?;
    match inputs {
        Value::Object(inputs) if problems.is_empty() => Ok(inputs),
        _ => Err(problems),
    }
}

/// Fills in defaults without judging anything.
pub fn with_defaults(schema: Option<&Value>, given: Object) -> Object {
    let Some(schema) = schema else { return given };
    let mut inputs = Value::Object(given);
    fill_defaults(schema, schema, &mut inputs, 0);
    match inputs {
        Value::Object(inputs) => inputs,
        _ => Object::new(),
    }
}

/// The inputs that must not be shown: `format: password` or `writeOnly` (ARZ-DOC-14).
pub fn secret_values<'v>(schema: Option<&Value>, inputs: &'v Object) -> Vec<&'v Value> {
    let Some(root) = schema else { return Vec::new() };
    let mut found = Vec::new();
    let mut pending: Vec<(&Value, &Value)> =
        properties(root, root).filter_map(|(name, schema)| Some((schema, inputs.get(name)?))).collect();
    while let Some((schema, value)) = pending.pop() {
        let Some(schema) = follow(root, schema) else { continue };
        let password = schema.get("format").and_then(Value::as_str) == Some("password");
        if password || schema.get("writeOnly").and_then(Value::as_bool) == Some(true) {
            found.push(value);
            continue;
        }
        match value {
            Value::Object(members) => {
                pending
                    .extend(properties(root, schema).filter_map(|(name, schema)| Some((schema, members.get(name)?))));
            }
            Value::Array(items) => {
                if let Some(schema) = schema.get("items") {
                    pending.extend(items.iter().map(|item| (schema, item)));
                }
            }
            _ => {}
        }
    }
    found
}

/// The names of the declared inputs.
pub fn names(schema: Option<&Value>) -> Vec<&str> {
    schema.map(|root| properties(root, root).map(|(name, _)| name).collect()).unwrap_or_default()
}

/// The schema of one input, for reading it from text.
pub fn property<'s>(schema: Option<&'s Value>, name: &str) -> Option<&'s Value> {
    let root = schema?;
    properties(root, root).find(|(known, _)| *known == name).and_then(|(_, schema)| follow(root, schema))
}

fn validate(schema: &Value, inputs: &Value) -> Result<Vec<Problem>, Vec<Problem>> {
    let unusable = |message: String| vec![Problem { pointer: String::new(), message }];
    let validator = jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .build(&serde_json::Value::from(schema))
        .map_err(|error| unusable(format!("the schema of the inputs can't be used: {error}")))?;
    let instance = serde_json::Value::from(inputs);
    let problems = validator.iter_errors(&instance);
    Ok(problems
        .map(|error| Problem { pointer: error.instance_path().to_string(), message: error.to_string() })
        .collect())
}

const DEEPEST: usize = 64;

fn fill_defaults(root: &Value, schema: &Value, value: &mut Value, depth: usize) {
    let (Some(schema), true) = (follow(root, schema), depth < DEEPEST) else { return };
    let Value::Object(members) = value else { return };
    for (name, property) in properties(root, schema) {
        let default = follow(root, property).and_then(|property| property.get("default"));
        if let (Some(default), false) = (default, members.contains_key(name)) {
            members.insert(name.to_owned(), default.clone());
        }
        if let Some(member) = members.get_mut(name) {
            fill_defaults(root, property, member, depth + 1);
        }
    }
}

/// The properties of a schema, those of its `allOf` branches included.
fn properties<'s>(root: &'s Value, schema: &'s Value) -> impl Iterator<Item = (&'s str, &'s Value)> {
    let mut found = Vec::new();
    let mut pending = vec![(schema, 0)];
    while let Some((schema, depth)) = pending.pop() {
        let Some(schema) = follow(root, schema).filter(|_| depth < DEEPEST) else { continue };
        let own = schema.get("properties").and_then(Value::as_object);
        found.extend(own.into_iter().flatten().map(|(name, schema)| (name.as_str(), schema)));
        let branches = schema.get("allOf").and_then(Value::as_array).unwrap_or_default();
        pending.extend(branches.iter().map(|branch| (branch, depth + 1)));
    }
    found.into_iter()
}

/// The schema behind a chain of local `$ref`s; `None` if it leads nowhere or in a circle.
fn follow<'s>(root: &'s Value, schema: &'s Value) -> Option<&'s Value> {
    let mut schema = schema;
    for _ in 0..DEEPEST {
        let Some(reference) = schema.get("$ref").and_then(Value::as_str) else { return Some(schema) };
        schema = root.at(reference.strip_prefix('#')?)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(json: serde_json::Value) -> Value {
        Value::from(json)
    }

    fn object(json: serde_json::Value) -> Object {
        value(json).as_object().cloned().unwrap_or_default()
    }

    /// ARZ-WF-04
    #[test]
    fn defaults_then_validation() {
        let schema = value(serde_json::json!({"type": "object", "required": ["a"], "properties": {
            "a": {"type": "integer"}, "b": {"$ref": "#/components/inputs/b"}, "c": {"type": "object", "properties": {"d": {"default": 1}}}},
            "components": {"inputs": {"b": {"type": "string", "default": "x"}}}}));
        let filled = prepare(Some(&schema), object(serde_json::json!({"a": 1, "c": {}}))).expect("valid inputs");
        assert_eq!(Value::Object(filled), value(serde_json::json!({"a": 1, "b": "x", "c": {"d": 1}})));
        let problems =
            prepare(Some(&schema), object(serde_json::json!({"a": "no", "b": 2}))).expect_err("invalid inputs");
        let mut pointers: Vec<_> = problems.iter().map(|problem| problem.pointer.as_str()).collect();
        pointers.sort_unstable();
        assert_eq!(pointers, ["/a", "/b"]);
    }

    /// ARZ-DOC-14
    #[test]
    fn passwords_and_write_only_inputs_are_secret() {
        let schema = value(
            serde_json::json!({"properties": {"p": {"type": "string", "format": "password"}, "q": {"type": "string"},
            "list": {"items": {"properties": {"w": {"writeOnly": true}}}}}}),
        );
        let inputs = object(serde_json::json!({"p": "hidden", "q": "shown", "list": [{"w": "also"}]}));
        let mut secret: Vec<_> = secret_values(Some(&schema), &inputs).into_iter().map(Value::to_json).collect();
        secret.sort();
        assert_eq!(secret, ["\"also\"", "\"hidden\""]);
    }
}
