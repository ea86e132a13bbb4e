//! JSON text (RFC 8259) into the spanned tree.

mod grammar;
mod lexer;

use std::sync::Arc;

pub(crate) use grammar::{Limits, Sink, scan};

use crate::node::{Builder, Container, Scalar, Tree};
use crate::read::MAX_NODES;
pub use crate::read::SyntaxError;
use crate::span::Span;

/// How many objects and arrays a document may nest (ARZ-SEC-02).
pub const MAX_DEPTH: usize = 128;

/// Reads one JSON value, every number with its source text.
///
/// Duplicate members all stay in the tree, in their order; [`crate::read`] reports them.
///
/// # Errors
/// At the first byte that is no JSON, an escaped lone surrogate included, and beyond [`MAX_DEPTH`] levels.
pub fn parse(text: &Arc<str>) -> Result<Tree, SyntaxError> {
    let mut builder = Builder::new(Arc::clone(text));
    scan(text, Limits { depth: MAX_DEPTH, nodes: MAX_NODES }, &mut builder)?;
    Ok(builder.finish())
}

impl Sink for Builder {
    fn scalar(&mut self, scalar: Scalar<'_>, span: Span) {
        Builder::scalar(self, scalar, span);
    }

    fn open(&mut self, container: Container, start: usize) {
        match container {
            Container::Sequence => self.open_sequence(start),
            Container::Mapping => self.open_mapping(start),
        };
    }

    fn close(&mut self, end: usize) {
        Builder::close(self, end);
    }
}

#[cfg(test)]
mod tests;
