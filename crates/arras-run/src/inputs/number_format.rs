//! The formats of numbers, which bound the inputs that have them (ARZ-DOC-14).

use jsonschema::{Keyword, ValidationError};
use serde_json::Value;

/// The keyword `format` of an input's schema: a bound for `int32` and `int64`, a hint otherwise.
pub(super) struct NumberFormat(Option<(&'static str, i64, i64)>);

impl NumberFormat {
    /// The format that a schema names.
    pub(super) fn named(format: &Value) -> NumberFormat {
        NumberFormat(match format.as_str() {
            Some("int32") => Some(("int32", i32::MIN.into(), i32::MAX.into())),
            Some("int64") => Some(("int64", i64::MIN, i64::MAX)),
            _ => None,
        })
    }

    /// The name of the format, if a value is a number beyond it.
    fn exceeded_by(&self, value: &Value) -> Option<&'static str> {
        let (name, least, most) = self.0?;
        let number = value.as_number()?;
        let within = match number.as_i64() {
            Some(whole) => (least..=most).contains(&whole),
            // written with a point or an exponent, or beyond 64 bits
            None => number.as_f64().is_some_and(|other| other >= least as f64 && other < most as f64 + 1.0),
        };
        (!within).then_some(name)
    }
}

impl<'i> Keyword<'i> for NumberFormat {
    fn validate(&self, instance: &'i Value) -> Result<(), ValidationError<'i>> {
        match self.exceeded_by(instance) {
            Some(name) => Err(ValidationError::custom(format!("{instance} is no number of the format `{name}`"))),
            None => Ok(()),
        }
    }

    fn is_valid(&self, instance: &'i Value) -> bool {
        self.exceeded_by(instance).is_none()
    }
}
