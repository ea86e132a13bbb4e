//! JSON text into the spanned tree.

use std::sync::Arc;

use crate::node::Tree;
use crate::span::Span;

/// Why a text could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// One phrase in lower case.
    pub message: String,
    /// The bytes it is about.
    pub span: Span,
}

/// Reads one JSON value.
///
/// # Errors
/// At the first byte that is no JSON, or beyond 128 levels.
pub fn parse(_text: &Arc<str>) -> Result<Tree, SyntaxError> {
    unimplemented!("to be written")
}
