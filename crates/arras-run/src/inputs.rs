//! A workflow's inputs: defaults filled in, then judged by their schema before anything is sent.

mod defaults;
mod number_format;
mod secret;

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

use arras_doc::value::{Object, Value};
use jsonschema::error::ValidationErrorKind;

use crate::secret::Secrets;
use crate::stand_in;
use defaults::Filled;
use number_format::NumberFormat;
pub use secret::secret_values;

/// What a schema says of a set of inputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// The JSON Pointer of the offending input, `""` for the whole.
    pub pointer: String,
    /// One phrase.
    pub message: String,
    /// The input that is missing, if that is what is wrong.
    pub missing: Option<String>,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.pointer.strip_prefix('/') {
            Some(name) => write!(f, "input `{name}`: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

/// The schema of a workflow's inputs, compiled when it is first used.
#[derive(Clone, Debug, Default)]
pub struct InputSchema {
    schema: Option<Value>,
    compiled: OnceLock<Result<jsonschema::Validator, String>>,
    names: OnceLock<HashSet<String>>,
    /// What stands for secrets, so that it can't be judged.
    pub(crate) stand_ins: Arc<Secrets>,
}

impl InputSchema {
    /// `schema` stands alone: its references lead into itself. `None` accepts everything.
    pub fn new(schema: Option<Value>) -> InputSchema {
        InputSchema { schema, ..InputSchema::default() }
    }

    /// The schema.
    pub fn schema(&self) -> Option<&Value> {
        self.schema.as_ref()
    }

    /// Whether it declares an input of that name.
    pub fn declares(&self, name: &str) -> bool {
        let collect = || names(self.schema()).into_iter().map(str::to_owned).collect();
        self.names.get_or_init(collect).contains(name)
    }

    /// The inputs that the schema neither declares nor makes room for by `patternProperties` or `additionalProperties`:
    /// they are passed on all the same (A-52).
    pub fn unknown<'i>(&self, inputs: &'i Object) -> Vec<&'i str> {
        let roomy = |schema: &Value| {
            let additional = schema.get("additionalProperties");
            schema.get("patternProperties").is_some() || additional.is_some_and(|it| it.as_bool() != Some(false))
        };
        let Some(schema) = &self.schema else { return inputs.keys().map(String::as_str).collect() };
        if follow(schema, schema).is_some_and(roomy) {
            return Vec::new();
        }
        inputs.keys().map(String::as_str).filter(|name| !self.declares(name)).collect()
    }

    /// Fills in defaults (A-52), then validates (ARZ-WF-04).
    ///
    /// # Errors
    /// Every problem that the schema finds, secrets in them masked, or why the schema itself can't be used.
    pub fn prepare(&self, given: Object) -> Result<Object, Vec<Problem>> {
        let Some(schema) = &self.schema else { return Ok(given) };
        let mut inputs = Value::Object(given);
        if defaults::fill(schema, &mut inputs) == Filled::PartOfEndless {
            return Err(unusable("the defaults in the schema of the inputs unfold without end".to_owned()));
        }
        let problems = self.problems(schema, &inputs)?;
        match inputs {
            Value::Object(inputs) if problems.is_empty() => Ok(inputs),
            _ => Err(problems),
        }
    }

    /// Fills in defaults (A-52) without judging anything.
    pub fn complete(&self, given: Object) -> Object {
        let Some(schema) = &self.schema else { return given };
        let mut inputs = Value::Object(given);
        defaults::fill(schema, &mut inputs);
        match inputs {
            Value::Object(inputs) => inputs,
            _ => Object::default(),
        }
    }

    fn problems(&self, schema: &Value, inputs: &Value) -> Result<Vec<Problem>, Vec<Problem>> {
        let validator = self
            .compiled
            .get_or_init(|| compile(schema))
            .as_ref()
            .map_err(|message| unusable(format!("the schema of the inputs can't be used: {message}")))?;
        let instance = serde_json::Value::from(inputs);
        let is_known = |error: &jsonschema::ValidationError<'_>| {
            let keyword = error.schema_path().to_string();
            let value = inputs.at(error.instance_path().as_str());
            !stand_in::hides(&self.stand_ins, value, stand_in::keyword(&keyword))
        };
        let mut errors = validator.iter_errors(&instance).filter(is_known).peekable();
        if errors.peek().is_none() {
            return Ok(Vec::new());
        }
        let mut secrets = Secrets::default();
        let secret = inputs.as_object().map(|inputs| secret_values(Some(schema), inputs)).unwrap_or_default();
        secret.into_iter().for_each(|value| secrets.add_value(value));
        let problem = |error: jsonschema::ValidationError<'_>| {
            let pointer = error.instance_path().to_string();
            let shows_secret = inputs.at(&pointer).is_none_or(|value| secrets.taints(value));
            let missing = match error.kind() {
                ValidationErrorKind::Required { property } if pointer.is_empty() => {
                    property.as_str().map(str::to_owned)
                }
                _ => None,
            };
            let message = match &missing {
                Some(name) => format!("the input `{name}` is missing"),
                None if shows_secret => error.masked().to_string(),
                None => error.to_string(),
            };
            Problem { pointer, message: secrets.text(&message), missing }
        };
        Ok(errors.take(MOST_PROBLEMS).map(problem).collect())
    }
}

/// How many problems of one set of inputs are told.
const MOST_PROBLEMS: usize = 100;

fn unusable(message: String) -> Vec<Problem> {
    vec![Problem { pointer: String::new(), message, missing: None }]
}

fn compile(schema: &Value) -> Result<jsonschema::Validator, String> {
    let options = jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .with_keyword("format", |_, format, _| Ok(Box::new(NumberFormat::named(format))));
    arras_doc::schema::compile(&options, &serde_json::Value::from(schema)).map_err(|error| error.to_string())
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

/// How deep references and values may go.
const DEEPEST: usize = 64;

/// The properties of a schema, those of its `allOf` branches included; of two with one name, both.
fn properties<'s>(root: &'s Value, schema: &'s Value) -> impl Iterator<Item = (&'s str, &'s Value)> {
    let properties = |schema: &'s Value| schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    branches(root, schema).into_iter().flat_map(properties).map(|(name, schema)| (name.as_str(), schema))
}

/// A schema with its `allOf` branches, each once.
fn branches<'s>(root: &'s Value, schema: &'s Value) -> Vec<&'s Value> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    let mut pending = vec![schema];
    while let Some(schema) = pending.pop() {
        let Some(schema) = follow(root, schema).filter(|schema| seen.insert(std::ptr::from_ref(*schema))) else {
            continue;
        };
        found.push(schema);
        pending.extend(schema.get("allOf").and_then(Value::as_array).unwrap_or_default());
    }
    found
}

/// The schema behind a chain of local references, JSON Pointers or anchors; `None` if it leads nowhere or in a circle.
fn follow<'s>(root: &'s Value, schema: &'s Value) -> Option<&'s Value> {
    let mut schema = schema;
    for _ in 0..DEEPEST {
        let Some(reference) = schema.get("$ref").and_then(Value::as_str) else { return Some(schema) };
        schema = target(root, reference)?;
    }
    None
}

/// What a reference into the schema itself leads to (ARZ-URI-11, ARZ-URI-12).
pub(crate) fn target<'s>(root: &'s Value, reference: &str) -> Option<&'s Value> {
    let fragment = arras_doc::uri::percent_decode(reference.strip_prefix('#')?)?;
    if fragment.is_empty() || fragment.starts_with('/') {
        return root.at(&fragment);
    }
    let mut pending = vec![root];
    while let Some(value) = pending.pop() {
        if value.get("$anchor").and_then(Value::as_str) == Some(&fragment) {
            return Some(value);
        }
        match value {
            Value::Object(members) => pending.extend(members.values()),
            Value::Array(items) => pending.extend(items),
            _ => {}
        }
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
        let schema = InputSchema::new(Some(schema));
        let filled = schema.prepare(object(serde_json::json!({"a": 1, "c": {}}))).expect("valid inputs");
        assert_eq!(Value::Object(filled), value(serde_json::json!({"a": 1, "b": "x", "c": {"d": 1}})));
        let problems = schema.prepare(object(serde_json::json!({"a": "no", "b": 2}))).expect_err("invalid inputs");
        let mut pointers: Vec<_> = problems.iter().map(|problem| problem.pointer.as_str()).collect();
        pointers.sort_unstable();
        assert_eq!(pointers, ["/a", "/b"]);
    }

    /// A-52
    #[test]
    fn defaults_within_arrays() {
        let d = serde_json::json!({"properties": {"d": {"default": 1}}});
        for (schema, given, expected) in [
            (serde_json::json!({"items": d}), "[{},{\"d\":2},3]", "[{\"d\":1},{\"d\":2},3]"),
            (serde_json::json!({"items": {"items": d}}), "[[{}],{}]", "[[{\"d\":1}],{}]"),
            (serde_json::json!({"allOf": [{"items": {"$ref": "#/$defs/d"}}]}), "[{}]", "[{\"d\":1}]"),
            (serde_json::json!({"prefixItems": [{}], "items": d}), "[{},{}]", "[{},{\"d\":1}]"),
            (serde_json::json!({"prefixItems": [d], "items": false}), "[{},{}]", "[{\"d\":1},{}]"),
            (serde_json::json!({"default": [{}], "items": d}), "", "[{\"d\":1}]"),
            (serde_json::json!({"items": {"default": 1}}), "[]", "[]"),
        ] {
            let schema = value(serde_json::json!({"properties": {"a": schema}, "$defs": {"d": d}}));
            let given = if given.is_empty() { "{}".to_owned() } else { format!("{{\"a\":{given}}}") };
            let given = Value::from_json(&given).expect("JSON").as_object().cloned().expect("an object");
            let filled = InputSchema::new(Some(schema)).complete(given);
            assert_eq!(Value::Object(filled).to_json(), format!("{{\"a\":{expected}}}"));
        }
    }

    /// A-52
    #[test]
    fn many_items_are_no_endless_defaults() {
        let wide: serde_json::Map<_, _> = (0..150).map(|at| (format!("p{at}"), serde_json::json!({}))).collect();
        for (items, item, count) in [
            (serde_json::json!({"properties": wide}), serde_json::json!({}), 1_000),
            (serde_json::json!({"items": {}}), serde_json::json!([]), 110_000),
        ] {
            let schema = value(serde_json::json!({"properties": {"a": {"items": items}}}));
            let inputs = object(serde_json::json!({"a": vec![item; count]}));
            assert_eq!(InputSchema::new(Some(schema)).prepare(inputs.clone()), Ok(inputs));
        }
    }

    /// ARZ-DOC-13: types are those of JSON Schema 2020-12, for which a number without a fraction is an integer however it
    /// is written; it keeps its spelling.
    #[test]
    fn types_are_those_of_json_schema() {
        let schema = |kind: &str| {
            let property = format!("{{\"properties\": {{\"n\": {{\"type\": \"{kind}\"}}}}}}");
            InputSchema::new(Value::from_json(&property).ok())
        };
        for (kind, written, valid) in [
            ("integer", "1", true),
            ("integer", "1.0", true),
            ("integer", "1e2", true),
            ("integer", "12345678901234567890123", true),
            ("integer", "1.5", false),
            ("integer", "\"1\"", false),
            ("number", "1", true),
            ("number", "1.10", true),
            ("boolean", "true", true),
            ("boolean", "\"true\"", false),
            ("null", "null", true),
            ("array", "[]", true),
            ("object", "[]", false),
            ("string", "\"\"", true),
        ] {
            let given = Value::from_json(&format!("{{\"n\": {written}}}")).expect("JSON");
            let prepared = schema(kind).prepare(given.as_object().cloned().expect("an object"));
            assert_eq!(prepared.is_ok(), valid, "{kind} {written}");
            if let Ok(prepared) = prepared {
                assert_eq!(Value::Object(prepared).to_json(), format!("{{\"n\":{written}}}"));
            }
        }
    }

    /// ARZ-DOC-14: `int32` and `int64` bound numbers; other formats are hints.
    #[test]
    fn formats_of_numbers_are_bounds() {
        for (format, written, valid) in [
            ("int32", "2147483647", true),
            ("int32", "-2147483648", true),
            ("int32", "2147483648", false),
            ("int32", "3e9", false),
            ("int32", "1.0", true),
            ("int32", "\"2147483648\"", true),
            ("int64", "9223372036854775807", true),
            ("int64", "9223372036854775808", false),
            ("int64", "12345678901234567890123", false),
            ("double", "1e300", true),
            ("email", "\"no address\"", true),
        ] {
            let property = format!("{{\"properties\": {{\"n\": {{\"format\": \"{format}\"}}}}}}");
            let schema = InputSchema::new(Value::from_json(&property).ok());
            let given = Value::from_json(&format!("{{\"n\": {written}}}")).expect("JSON");
            let prepared = schema.prepare(given.as_object().cloned().expect("an object"));
            assert_eq!(prepared.is_ok(), valid, "{format} {written}");
        }
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

    #[test]
    fn schemas_that_unfold_without_end_are_refused_in_time() {
        for schema in [
            serde_json::json!({"type": "object", "default": {}, "properties": {"a": {"$ref": "#"}, "b": {"$ref": "#"}}}),
            serde_json::json!({"default": {}, "allOf": [{"$ref": "#/$defs/x"}, {"$ref": "#/$defs/x"}], "$defs": {"x": {
                "default": {}, "allOf": [{"$ref": "#"}, {"$ref": "#"}], "properties": {"a": {"$ref": "#"}, "b": {"$ref": "#/$defs/x"}}}}}),
            serde_json::json!({"default": {}, "properties": {"a": {"default": [{}, {}], "items": {"$ref": "#"}}}}),
        ] {
            let problems = InputSchema::new(Some(value(schema))).prepare(Object::default()).expect_err("no end");
            assert!(problems[0].message.contains("unfold"), "{problems:?}");
        }
        let own =
            value(serde_json::json!({"allOf": [{"$ref": "#"}, {"$ref": "#"}], "properties": {"a": {"$ref": "#"}}}));
        let inputs = object(serde_json::json!({"a": {"a": {}}}));
        assert_eq!(InputSchema::new(Some(own)).prepare(inputs.clone()), Ok(inputs));
    }

    #[test]
    fn a_refused_secret_is_not_told() {
        let schema = value(serde_json::json!({"properties": {
            "p": {"type": "string", "format": "password", "minLength": 20},
            "o": {"enum": [1], "properties": {"w": {"writeOnly": true}}}, "n": {"type": "integer"}}}));
        let inputs = object(serde_json::json!({"p": "hu", "o": {"w": "hunter2"}, "n": "shown"}));
        let problems = InputSchema::new(Some(schema)).prepare(inputs).expect_err("invalid inputs");
        let text: String = problems.iter().map(|problem| format!("{problem}\n")).collect();
        assert!(!text.contains("hu") && text.contains("\"shown\"") && text.contains("input `p`"), "{text}");
    }

    #[test]
    fn references_by_anchor_are_followed() {
        let schema = value(
            serde_json::json!({"$ref": "#page", "$defs": {"x": {"$anchor": "page", "properties": {"n": {"default": 1}}}}}),
        );
        let filled = InputSchema::new(Some(schema)).prepare(Object::default()).expect("valid inputs");
        assert_eq!(Value::Object(filled).to_json(), r#"{"n":1}"#);
    }
}
