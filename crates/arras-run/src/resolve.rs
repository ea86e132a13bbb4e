//! Where runtime expressions get their values from.

use std::borrow::Cow;

use arras_doc::expression::Expression;
use arras_doc::value::Value;

use crate::criterion::EvaluationError;

/// A value that is to be queried, if there is one.
pub type Structure<'v> = Result<Option<Cow<'v, Value>>, EvaluationError>;

/// Gives runtime expressions their values.
pub trait Resolve {
    /// The value of an expression; `None` if it has none, which is not the same as `null`.
    fn resolve(&self, expression: &Expression) -> Option<Cow<'_, Value>>;

    /// The value as a JSON Pointer or JSONPath sees it: that of an XML body is its projection.
    ///
    /// # Errors
    /// If the body is labelled as XML and is none.
    fn structure(&self, expression: &Expression) -> Structure<'_> {
        Ok(self.resolve(expression))
    }

    /// The name of a file that the value stands for or holds: such a value can't be put into a text.
    fn file_in(&self, _value: &Value) -> Option<String> {
        None
    }
}
