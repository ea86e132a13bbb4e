//! Errors at a span of the condition's text.

pub(super) use crate::syntax::SyntaxError;

use crate::span::Span;

/// An error about `span`, as yet without help.
pub(super) fn problem(span: Span, message: impl Into<String>) -> SyntaxError {
    SyntaxError::new(message, span.range())
}
