//! YAML text (1.2, core schema) into the spanned tree (A-67, ARZ-DOC-05, ARZ-DOC-06, ARZ-DOC-07).
//!
//! The parser behind it turns text into events; everything that gives them meaning is here: which
//! scalars are numbers, what tags and merge keys do, and how far aliases may unfold.

mod events;
mod merge;
mod problem;
mod scalar;
mod tag;
mod written;

use std::sync::Arc;

use crate::diagnostic::Diagnostics;
use crate::node::Tree;
use crate::read::Findings;
use crate::read::SyntaxError;
use crate::source::SourceId;

/// How many mappings and sequences a document may nest, aliases unfolded (ARZ-SEC-02).
pub const MAX_DEPTH: usize = 128;

/// How many nodes all aliases of a document may stand for, unfolded (ARZ-SEC-02).
pub const MAX_UNFOLDED: u64 = 1_000_000;

/// Reads the one YAML document that `text` must be.
///
/// Every scalar's value comes from the core schema, in JSON's terms; a key is the text of its scalar.
/// Merge keys are expanded where they stand. Problems that leave the structure clear (a tag, a
/// loose spelling, a second document …) are all in the findings, beside the tree.
///
/// # Errors
/// At the first place where the structure is lost: text that is no YAML, or beyond a cap. The
/// findings up to there are kept.
pub fn parse(text: &Arc<str>, source: SourceId) -> (Result<Tree, SyntaxError>, Diagnostics) {
    let mut findings = Findings::new(source);
    let tree = events::read(text, &mut findings);
    (tree, findings.finish())
}

#[cfg(test)]
mod tests;
