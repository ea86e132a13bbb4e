//! JSON values whose numbers keep the text they were written in.

mod json;
mod number;
mod serde_impls;

use std::borrow::Cow;

pub use json::{JsonError, MAX_DEPTH};
pub use number::Number;
pub(crate) use number::is_json_number;

/// An object's members in source order. `Object::default()` has none.
///
/// Answers are full of short names, so they are hashed faster than the standard library does it; each process by seeds of its
/// own, lest whoever writes the names choose ones that collide.
pub type Object = indexmap::IndexMap<String, Value, foldhash::fast::RandomState>;

/// A JSON value.
///
/// Two numbers are equal when they denote the same quantity (`1`, `1.0`, `1e0`), objects when they
/// have equal members in any order.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// `null`
    #[default]
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, exact.
    Number(Number),
    /// A string.
    String(String),
    /// An array.
    Array(Vec<Value>),
    /// An object.
    Object(Object),
}

impl Value {
    /// Reads JSON text exactly: big integers and decimals keep their digits; of duplicate members the last wins.
    ///
    /// # Errors
    /// If the text is no JSON, has half a surrogate pair, or nests deeper than [`MAX_DEPTH`].
    pub fn from_json(text: &str) -> Result<Value, JsonError> {
        json::parse(text).map(|(value, _)| value)
    }

    /// Like [`Value::from_json`], with the first member name that an object has twice, of which the last one counts.
    ///
    /// # Errors
    /// As for [`Value::from_json`].
    pub fn from_json_noting(text: &str) -> Result<(Value, Option<String>), JsonError> {
        json::parse(text)
    }

    /// The value as compact JSON, numbers as they were written.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The value as indented JSON, numbers as they were written.
    pub fn to_json_pretty(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// The member of that name, if this is an object that has it.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.as_object()?.get(name)
    }

    /// The value at an RFC 6901 JSON Pointer, `""` being the whole (ARZ-EXPR-27).
    pub fn at(&self, pointer: &str) -> Option<&Value> {
        let mut value = self;
        for token in crate::pointer::tokens(pointer)? {
            value = match value {
                Value::Object(members) => members.get(token.as_ref())?,
                Value::Array(items) => items.get(crate::pointer::index(&token)?)?,
                _ => return None,
            };
        }
        Some(value)
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The value of a boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The value of a number.
    pub fn as_number(&self) -> Option<&Number> {
        match self {
            Value::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The items of an array.
    pub fn as_array(&self) -> Option<&[Value]> {
        match self {
            Value::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The members of an object.
    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Value::Object(members) => Some(members),
            _ => None,
        }
    }

    /// Whether it is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// Whether it is an array or an object.
    pub fn is_structure(&self) -> bool {
        matches!(self, Value::Array(_) | Value::Object(_))
    }

    /// The text that stands for it inside a string: a string as it is, a scalar spelled out, a
    /// structure as JSON (ARZ-EXPR-24, ARZ-EXPR-25).
    pub fn to_text(&self) -> Cow<'_, str> {
        match self {
            Value::String(text) => Cow::Borrowed(text),
            Value::Null => Cow::Borrowed("null"),
            Value::Bool(true) => Cow::Borrowed("true"),
            Value::Bool(false) => Cow::Borrowed("false"),
            Value::Number(number) => Cow::Owned(number.to_string()),
            Value::Array(_) | Value::Object(_) => Cow::Owned(self.to_json()),
        }
    }

    /// What people call such a value: `a string`, `an object` …
    pub fn kind_name(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "an array",
            Value::Object(_) => "an object",
        }
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.to_json())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::String(text)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Value::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Value {
        Value::Number(Number::from(value))
    }
}

impl From<Number> for Value {
    fn from(number: Number) -> Value {
        Value::Number(number)
    }
}

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Value {
        Value::Array(items)
    }
}

impl From<Object> for Value {
    fn from(members: Object) -> Value {
        Value::Object(members)
    }
}

impl From<serde_json::Value> for Value {
    fn from(value: serde_json::Value) -> Value {
        match value {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(value) => Value::Bool(value),
            serde_json::Value::Number(number) => {
                let text = number.to_string();
                Number::parse(&text).map_or(Value::String(text), Value::Number)
            }
            serde_json::Value::String(text) => Value::String(text),
            serde_json::Value::Array(items) => Value::Array(items.into_iter().map(Value::from).collect()),
            serde_json::Value::Object(members) => {
                Value::Object(members.into_iter().map(|(name, value)| (name, Value::from(value))).collect())
            }
        }
    }
}

/// A number that neither `i64` nor `u64` holds becomes the nearest `f64`.
impl From<&Value> for serde_json::Value {
    fn from(value: &Value) -> serde_json::Value {
        match value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(value) => serde_json::Value::Bool(*value),
            Value::Number(number) => number.to_serde_json(),
            Value::String(text) => serde_json::Value::String(text.clone()),
            Value::Array(items) => serde_json::Value::Array(items.iter().map(serde_json::Value::from).collect()),
            Value::Object(members) => serde_json::Value::Object(
                members.iter().map(|(name, value)| (name.clone(), serde_json::Value::from(value))).collect(),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_comes_back_as_it_was_written() {
        for text in [
            r#"{"b":1,"a":[12345678901234567890123,1.10,-0,1e5,0.1],"c":{"d":null,"e":"\u0000ü"}}"#,
            "[]",
            "{}",
            r#""x""#,
            "1E400",
        ] {
            let value = Value::from_json(text).expect("valid JSON");
            assert_eq!(value.to_json(), text);
            assert_eq!(Value::from_json(&value.to_json_pretty()).expect("valid JSON"), value);
        }
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for text in ["", "{", "01", "1.", "nul", "{\"a\":1,}", "[1] 2", "\"\\ud800\"", "NaN"] {
            assert!(Value::from_json(text).is_err(), "{text}");
        }
    }

    #[test]
    fn duplicate_members_keep_the_last() {
        assert_eq!(Value::from_json(r#"{"a":1,"a":2}"#).expect("valid JSON").to_json(), r#"{"a":2}"#);
    }
}
