//! Places in a document that a run can point back to.

use std::sync::Arc;

use arras_doc::node::{NodeId, Tree};
use arras_doc::source::SourceId;
use arras_doc::span::Span;

/// A place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The text.
    pub source: SourceId,
    /// The bytes.
    pub span: Span,
}

/// A string of a document, kept with its tree so that parts of its decoded text are found in the file.
#[derive(Clone, Debug)]
pub struct TextPlace {
    /// The text.
    pub source: SourceId,
    /// Its tree.
    pub tree: Arc<Tree>,
    /// The string's node.
    pub node: NodeId,
}

impl TextPlace {
    /// The bytes of the whole string.
    pub fn span(&self) -> Span {
        self.tree.node(self.node).span()
    }

    /// The bytes in the file of a range of the decoded text.
    pub fn subspan(&self, part: Span) -> Span {
        self.tree.node(self.node).subspan(part.start as usize, part.end as usize)
    }
}
