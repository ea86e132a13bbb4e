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
    // room for a small text, which is what most are
    let (open, done) = (Vec::with_capacity(4), Vec::with_capacity(8));
    let mut assembly = Assembly { text, open, done, name: None, twice: None };
    let limits = Limits { depth: MAX_DEPTH, nodes: usize::MAX };
    scan(text, limits, &mut assembly).map_err(|error| JsonError::new(error, text))?;
    let root = assembly.done.pop().map_or(Value::Null, |(_, value)| value);
    Ok((root, assembly.twice))
}

/// What has been read so far. Items and members wait in one list until their container is closed, which then is made at once
/// and no larger than it must be.
struct Assembly<'t> {
    text: &'t str,
    /// The containers that are open, outermost first, and where in `done` their items and members begin.
    open: Vec<(Container, usize)>,
    /// Whole values; of members with their names.
    done: Vec<(String, Value)>,
    /// The name of the member whose value is next.
    name: Option<String>,
    twice: Option<String>,
}

impl Assembly<'_> {
    fn owned(&self, text: ScalarText<'_>) -> String {
        match text {
            ScalarText::Slice(span) => self.text.get(span.range()).unwrap_or_default().to_owned(),
            ScalarText::Decoded(text) => text.to_owned(),
        }
    }

    fn number(&self, text: ScalarText<'_>) -> Value {
        let text = match text {
            ScalarText::Slice(span) => self.text.get(span.range()).unwrap_or_default(),
            ScalarText::Decoded(text) => text,
        };
        Value::Number(Number::of(text))
    }

    fn put(&mut self, value: Value) {
        self.done.push((self.name.take().unwrap_or_default(), value));
    }

    fn awaits_name(&self) -> bool {
        self.name.is_none() && matches!(self.open.last(), Some((Container::Mapping, _)))
    }

    /// An object of the members from `first` on; of those of one name the last counts, in the place of the first.
    fn object(&mut self, first: usize) -> Object {
        let mut members = Object::with_capacity_and_hasher(self.done.len() - first, Default::default());
        for (name, value) in self.done.drain(first..) {
            let (at, before) = members.insert_full(name, value);
            if before.is_some() && self.twice.is_none() {
                self.twice = members.get_index(at).map(|(name, _)| name.clone());
            }
        }
        members
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
                if self.awaits_name() {
                    self.name = Some(text);
                    return;
                }
                Value::String(text)
            }
        };
        self.put(value);
    }

    fn open(&mut self, container: Container, _: usize) {
        // the container's own name, if it is a member, waits where its value will be
        self.put(Value::Null);
        self.open.push((container, self.done.len()));
    }

    fn close(&mut self, _: usize) {
        let value = match self.open.pop() {
            Some((Container::Sequence, first)) => {
                Value::Array(self.done.drain(first..).map(|(_, item)| item).collect())
            }
            Some((Container::Mapping, first)) => Value::Object(self.object(first)),
            None => return,
        };
        if let Some((_, place)) = self.done.last_mut() {
            *place = value;
        }
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
