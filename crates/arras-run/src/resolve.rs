//! Where runtime expressions get their values from.

use std::borrow::Cow;

use arras_doc::expression::Expression;
use arras_doc::value::Value;

/// Gives runtime expressions their values.
pub trait Resolve {
    /// The value of an expression; `None` if it has none, which is not the same as `null`.
    fn resolve(&self, expression: &Expression) -> Option<Cow<'_, Value>>;
}
