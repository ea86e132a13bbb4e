//! A place in a document that a run can point back to.

use std::sync::Arc;

use arras_doc::node::{NodeId, NodeRef, Tree};
use arras_doc::source::SourceId;
use arras_doc::span::Span;

/// A node of a document, kept by a plan so that what happens at run time points into the file.
#[derive(Clone, Debug)]
pub struct Place {
    /// The text.
    pub source: SourceId,
    /// Its tree.
    pub tree: Arc<Tree>,
    /// The node.
    pub node: NodeId,
}

impl Place {
    /// The place of `node`, a node of `tree`.
    pub fn new(source: SourceId, tree: &Arc<Tree>, node: NodeRef<'_>) -> Place {
        Place { source, tree: tree.clone(), node: node.id() }
    }

    /// The node.
    pub fn node(&self) -> NodeRef<'_> {
        self.tree.node(self.node)
    }

    /// The bytes of the whole node.
    pub fn span(&self) -> Span {
        self.node().span()
    }

    /// The bytes in the file of a range of the node's decoded text.
    pub fn subspan(&self, start: u32, end: u32) -> Span {
        self.node().subspan(start as usize, end as usize)
    }
}
