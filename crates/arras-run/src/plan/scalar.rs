//! The scalars that a text alone in its braces is read as, where the description asks for one.

use arras_doc::openapi::{Schema, SchemaType};
use arras_doc::value::Value;

/// A type that is no string and whose values have a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// `12`
    Integer,
    /// `12`, `0.5`
    Number,
    /// `true`, `false`
    Boolean,
}

impl Scalar {
    /// The scalar that a schema asks for, if it asks for one.
    pub(super) fn of(schema: &Schema<'_>) -> Option<Scalar> {
        match schema.single_type()? {
            SchemaType::Integer => Some(Scalar::Integer),
            SchemaType::Number => Some(Scalar::Number),
            SchemaType::Boolean => Some(Scalar::Boolean),
            _ => None,
        }
    }

    /// JSON Schema's name of it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Scalar::Integer => "integer",
            Scalar::Number => "number",
            Scalar::Boolean => "boolean",
        }
    }

    /// The text as such a value; `None` if it is the text of none.
    pub fn read(self, text: &str) -> Option<Value> {
        let value = Value::from_json(text).ok().filter(|_| !text.contains(char::is_whitespace))?;
        let fits = match (self, &value) {
            (Scalar::Integer, Value::Number(number)) => {
                number.as_i64().is_some() || text.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit())
            }
            (Scalar::Number, Value::Number(_)) | (Scalar::Boolean, Value::Bool(_)) => true,
            _ => false,
        };
        fits.then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_text_of_such_a_value_is_read() {
        let read = |scalar: Scalar, text| scalar.read(text).map(|value| value.to_json());
        assert_eq!(read(Scalar::Integer, "12").as_deref(), Some("12"));
        assert_eq!(read(Scalar::Number, "-0.50").as_deref(), Some("-0.50"));
        assert_eq!(read(Scalar::Boolean, "true").as_deref(), Some("true"));
        for (scalar, text) in [
            (Scalar::Integer, "1.5"),
            (Scalar::Integer, ""),
            (Scalar::Integer, " 1"),
            (Scalar::Number, "0x1F"),
            (Scalar::Number, "true"),
            (Scalar::Boolean, "True"),
            (Scalar::Boolean, "1"),
        ] {
            assert_eq!(read(scalar, text), None, "{scalar:?} {text}");
        }
    }
}
