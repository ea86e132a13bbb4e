//! The inputs that must not be shown.

use arras_doc::value::{Object, Value};

use super::target;
use crate::sensitive::{Spot, marked_members};

/// How many schemas one may refer to and consist of.
const MOST_VIEWS: usize = 64;

/// The inputs that must not be shown: those that the schema, or anything that may hold beside it, marks by
/// `format: password` or `writeOnly` (ARZ-DOC-14).
pub fn secret_values<'v>(schema: Option<&Value>, inputs: &'v Object) -> Vec<&'v Value> {
    schema.map(|root| marked_members(inputs, Part { root, value: root })).unwrap_or_default()
}

/// A part of the schema of inputs.
#[derive(Clone, Copy)]
struct Part<'s> {
    root: &'s Value,
    value: &'s Value,
}

impl<'s> Part<'s> {
    fn at(self, value: &'s Value) -> Part<'s> {
        Part { value, ..self }
    }

    fn is_marked(&self) -> bool {
        let is_flagged = self.value.get("writeOnly").and_then(Value::as_bool) == Some(true);
        is_flagged || self.value.get("format").and_then(Value::as_str) == Some("password")
    }
}

impl<'s> Spot<'s> for Part<'s> {
    type Site = usize;
    /// Itself, what it refers to, and the members of `allOf`.
    type Schema = Vec<Part<'s>>;

    fn site(self) -> usize {
        std::ptr::from_ref(self.value).addr()
    }

    fn schema(self) -> Vec<Part<'s>> {
        let mut views: Vec<Part<'s>> = Vec::new();
        let mut open = vec![self];
        while let Some(next) = open.pop() {
            if views.len() >= MOST_VIEWS || views.iter().any(|view| view.site() == next.site()) {
                continue;
            }
            views.push(next);
            let referred = next.value.get("$ref").and_then(Value::as_str);
            open.extend(referred.and_then(|reference| target(self.root, reference)).map(|value| self.at(value)));
            open.extend(next.get("allOf").into_iter().flat_map(Part::items));
        }
        views
    }

    fn marks(schema: &Vec<Part<'s>>) -> bool {
        schema.len() >= MOST_VIEWS || schema.iter().any(Part::is_marked)
    }

    fn keywords(schema: &Vec<Part<'s>>, name: &str) -> Vec<Part<'s>> {
        schema.iter().filter_map(|view| view.get(name)).collect()
    }

    fn get(self, name: &str) -> Option<Part<'s>> {
        self.value.get(name).map(|value| self.at(value))
    }

    fn items(self) -> Vec<Part<'s>> {
        self.value.as_array().unwrap_or_default().iter().map(|value| self.at(value)).collect()
    }

    fn entries(self) -> Vec<(&'s str, Part<'s>)> {
        let members = self.value.as_object().into_iter().flatten();
        members.map(|(name, value)| (name.as_str(), self.at(value))).collect()
    }

    fn is_object(self) -> bool {
        self.value.as_object().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(json: serde_json::Value) -> Value {
        Value::from(json)
    }

    /// ARZ-DOC-14
    #[test]
    fn what_any_part_of_the_schema_marks_is_secret() {
        let secret = serde_json::json!({"type": "string", "format": "password"});
        let other = serde_json::json!({"type": "null"});
        for schema in [
            serde_json::json!({"properties": {"p": secret}}),
            serde_json::json!({"properties": {"p": {"writeOnly": true}}}),
            serde_json::json!({"properties": {"p": {"anyOf": [secret, other]}}}),
            serde_json::json!({"properties": {"p": {"oneOf": [other, {"allOf": [secret]}]}}}),
            serde_json::json!({"properties": {"p": {"allOf": [other, secret]}}}),
            serde_json::json!({"properties": {"p": {"$ref": "#/$defs/s", "writeOnly": true}}, "$defs": {"s": other}}),
            serde_json::json!({"properties": {"p": {"$ref": "#s", "title": "x"}}, "$defs": {"s": {"$anchor": "s", "anyOf": [secret]}}}),
            serde_json::json!({"allOf": [{"$ref": "#/$defs/s"}], "$defs": {"s": {"properties": {"p": secret}}}}),
            serde_json::json!({"anyOf": [{"properties": {"p": secret}}, {"properties": {"q": {}}}]}),
            serde_json::json!({"properties": {"q": {}}, "additionalProperties": secret}),
            serde_json::json!({"properties": {"q": {}}, "unevaluatedProperties": secret}),
            serde_json::json!({"patternProperties": {"^p$": secret}}),
            serde_json::json!({"if": {}, "then": {"properties": {"p": secret}}}),
            serde_json::json!({"if": {}, "else": {"properties": {"p": secret}}}),
            serde_json::json!({"if": {"properties": {"p": secret}}}),
            serde_json::json!({"dependentSchemas": {"q": {"properties": {"p": secret}}}}),
        ] {
            let inputs = value(serde_json::json!({"p": "hidden", "q": "shown"}));
            let found = secret_values(Some(&value(schema.clone())), inputs.as_object().expect("inputs"))
                .into_iter()
                .map(Value::to_json)
                .collect::<Vec<_>>();
            assert_eq!(found, [r#""hidden""#], "{schema}");
        }
        for (items, expected) in [
            (serde_json::json!({"items": secret}), vec!["a", "b", "c"]),
            (serde_json::json!({"prefixItems": [{}, secret]}), vec!["b"]),
            (serde_json::json!({"prefixItems": [{}], "items": {"anyOf": [secret]}}), vec!["b", "c"]),
            (serde_json::json!({"prefixItems": [secret], "items": true}), vec!["a"]),
        ] {
            let schema = value(serde_json::json!({"properties": {"list": items}}));
            let inputs = value(serde_json::json!({"list": ["a", "b", "c"]}));
            let mut found: Vec<_> = secret_values(Some(&schema), inputs.as_object().expect("inputs"))
                .into_iter()
                .filter_map(Value::as_str)
                .collect();
            found.sort_unstable();
            assert_eq!(found, expected, "{schema:?}");
        }
    }

    #[test]
    fn what_has_no_end_comes_to_one() {
        let schema = value(serde_json::json!({"$ref": "#", "allOf": [{"$ref": "#"}], "anyOf": [{"$ref": "#"}],
            "additionalProperties": {"$ref": "#"}, "properties": {"p": {"$ref": "#nowhere", "writeOnly": true}}}));
        let inputs = value(serde_json::json!({"a": {"a": {"p": "hidden"}}, "b": "shown"}));
        let found = secret_values(Some(&schema), inputs.as_object().expect("inputs"));
        assert_eq!(found, [&Value::from("hidden")]);
    }
}
