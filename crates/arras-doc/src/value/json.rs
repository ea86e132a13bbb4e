//! JSON text into a [`Value`].

use std::fmt;

use super::{Number, Object, Value};
use crate::json::{Limits, Sink, scan};
use crate::node::{Container, Scalar, ScalarText};
use crate::read::SyntaxError;
use crate::span::Span;

/// How many objects and arrays a value may nest; what copies or drops a value recurses that far.
pub const MAX_DEPTH: usize = 512;

/// Why a text is no JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError {
    /// One phrase in lower case.
    pub message: String,
    /// The byte it is about.
    pub offset: usize,
    /// Its line, from 1.
    pub line: usize,
    /// Its column in characters, from 1.
    pub column: usize,
}

impl JsonError {
    fn new(error: SyntaxError, text: &str) -> JsonError {
        let offset = error.span.start as usize;
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = 1 + before.matches('\n').count();
        let column = 1 + before.get(line_start..).map_or(0, |line| line.chars().count());
        JsonError { message: error.message, offset, line, column }
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at line {} column {}", self.message, self.line, self.column)
    }
}

impl std::error::Error for JsonError {}

/// The value, and the first name that an object of it has twice.
pub(super) fn parse(text: &str) -> Result<(Value, Option<String>), JsonError> {
    let mut assembly = Assembly { text, open: Vec::new(), root: Value::Null, twice: None };
    let limits = Limits { depth: MAX_DEPTH, nodes: usize::MAX };
    scan(text, limits, &mut assembly).map_err(|error| JsonError::new(error, text))?;
    Ok((assembly.root, assembly.twice))
}

/// The containers that are open, outermost first.
struct Assembly<'t> {
    text: &'t str,
    open: Vec<Partial>,
    root: Value,
    twice: Option<String>,
}

enum Partial {
    Array(Vec<Value>),
    Object { members: Object, name: Option<String> },
}

impl Assembly<'_> {
    fn owned(&self, text: ScalarText<'_>) -> String {
        match text {
            ScalarText::Slice(span) => self.text.get(span.range()).unwrap_or_default().to_owned(),
            ScalarText::Decoded(text) => text.to_owned(),
        }
    }

    fn number(&self, text: ScalarText<'_>) -> Value {
        let parsed = match text {
            ScalarText::Slice(span) => self.text.get(span.range()).and_then(Number::parse),
            ScalarText::Decoded(text) => Number::parse(text),
        };
        parsed.map_or(Value::Null, Value::Number)
    }

    fn put(&mut self, value: Value) {
        match self.open.last_mut() {
            None => self.root = value,
            Some(Partial::Array(items)) => items.push(value),
            Some(Partial::Object { members, name }) => {
                let name = name.take().unwrap_or_default();
                if self.twice.is_none() && members.contains_key(&name) {
                    self.twice = Some(name.clone());
                }
                members.insert(name, value);
            }
        }
    }
}

impl Sink for Assembly<'_> {
    fn scalar(&mut self, scalar: Scalar<'_>, _: Span) {
        let value = match scalar {
            Scalar::Null => Value::Null,
            Scalar::Bool(value) => Value::Bool(value),
            Scalar::Number(text) => self.number(text),
            Scalar::String(text) => {
                let text = self.owned(text);
                if let Some(Partial::Object { name: name @ None, .. }) = self.open.last_mut() {
                    *name = Some(text);
                    return;
                }
                Value::String(text)
            }
        };
        self.put(value);
    }

    fn open(&mut self, container: Container, _: usize) {
        self.open.push(match container {
            Container::Sequence => Partial::Array(Vec::new()),
            Container::Mapping => Partial::Object { members: Object::new(), name: None },
        });
    }

    fn close(&mut self, _: usize) {
        let value = match self.open.pop() {
            Some(Partial::Array(items)) => Value::Array(items),
            Some(Partial::Object { members, .. }) => Value::Object(members),
            None => return,
        };
        self.put(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_line_and_column() {
        let error = Value::from_json("{\n  \"ü\": x}").expect_err("no JSON");
        assert_eq!((error.offset, error.line, error.column), (10, 2, 8));
        assert_eq!(error.to_string(), "expected a value, found `x` at line 2 column 8");
    }

    #[test]
    fn a_lone_surrogate_is_refused_and_a_pair_decoded() {
        assert!(Value::from_json(r#""\ud83d""#).is_err());
        assert_eq!(Value::from_json(r#""\ud83d\ude00""#), Ok(Value::from("😀")));
    }

    #[test]
    fn depth_is_capped() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        let deep = Value::from_json(&nested(MAX_DEPTH)).expect("within the cap");
        assert_eq!(deep.clone().to_json(), nested(MAX_DEPTH));
        for text in [nested(MAX_DEPTH + 1), nested(200_000), "[".repeat(200_000), "{\"a\":".repeat(200_000)] {
            assert!(Value::from_json(&text).is_err());
            assert!(serde_json::from_str::<Value>(&text).is_err());
        }
    }

    #[test]
    fn serde_reads_it_exactly_inside_other_types() {
        let read: std::collections::BTreeMap<String, Value> =
            serde_json::from_str(r#"{"a": [1.10, 12345678901234567890123], "b": {"z": null, "a": "x"}}"#)
                .expect("JSON");
        assert_eq!(read["a"].to_json(), "[1.10,12345678901234567890123]");
        assert_eq!(read["b"].to_json(), r#"{"z":null,"a":"x"}"#);
        let converted: Value = serde_json::from_value(serde_json::json!({"a": [1, 2.5]})).expect("JSON");
        assert_eq!(converted.to_json(), r#"{"a":[1,2.5]}"#);
    }
}
