//! Filling a tree, node by node.

use std::sync::Arc;

use super::{Content, LARGE, Node, NodeId, NodeRef, Text, Tree};
use crate::span::Span;

/// Fills a [`Tree`] from a stream of scalars, openings and closings.
///
/// Each call appends to the innermost open container; in a mapping, keys and values alternate.
#[derive(Debug)]
pub struct Builder {
    tree: Tree,
    pending: Vec<NodeId>,
    open: Vec<Open>,
}

#[derive(Debug)]
struct Open {
    node: NodeId,
    base: usize,
    mapping: bool,
}

/// A kind of node that holds others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// An array.
    Sequence,
    /// An object.
    Mapping,
}

/// A scalar on its way into a [`Builder`].
#[derive(Clone, Copy, Debug)]
pub enum Scalar<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number; the text must be a JSON number.
    Number(ScalarText<'a>),
    /// A string.
    String(ScalarText<'a>),
}

/// Where a scalar's text is.
#[derive(Clone, Copy, Debug)]
pub enum ScalarText<'a> {
    /// It stands in the source, at this span.
    Slice(Span),
    /// It was decoded.
    Decoded(&'a str),
}

impl Builder {
    /// An empty builder over `text`.
    pub fn new(text: Arc<str>) -> Builder {
        let nodes = Vec::with_capacity(text.len() / 16);
        let children = Vec::with_capacity(text.len() / 16);
        let tree = Tree { text, nodes, children, decoded: Vec::new(), sorted: Vec::new(), root: NodeId(0) };
        Builder { tree, pending: Vec::new(), open: Vec::new() }
    }

    /// How many nodes there are so far.
    pub fn len(&self) -> usize {
        self.tree.len()
    }

    /// Whether there is no node yet.
    pub fn is_empty(&self) -> bool {
        self.tree.is_empty()
    }

    /// How many containers are open.
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    /// Whether the innermost open container is a mapping; `None` at the top.
    pub fn in_mapping(&self) -> Option<bool> {
        self.open.last().map(|open| open.mapping)
    }

    /// Whether the next node will be a key of the innermost open mapping.
    pub fn at_key(&self) -> bool {
        self.open.last().is_some_and(|open| open.mapping && (self.pending.len() - open.base).is_multiple_of(2))
    }

    /// Appends a scalar.
    pub fn scalar(&mut self, scalar: Scalar<'_>, span: Span) -> NodeId {
        let content = match scalar {
            Scalar::Null => Content::Null,
            Scalar::Bool(value) => Content::Bool(value),
            Scalar::Number(text) => Content::Number(self.text(text)),
            Scalar::String(text) => Content::String(self.text(text)),
        };
        self.push(content, span)
    }

    /// Appends an already built node once more (a YAML alias).
    pub fn alias(&mut self, node: NodeId) {
        self.pending.push(node);
    }

    /// Opens a sequence that starts at byte `start`.
    pub fn open_sequence(&mut self, start: usize) -> NodeId {
        self.open(false, start)
    }

    /// Opens a mapping that starts at byte `start`.
    pub fn open_mapping(&mut self, start: usize) -> NodeId {
        self.open(true, start)
    }

    /// The keys and values so far of the innermost open container, in order.
    pub fn pending(&self) -> &[NodeId] {
        self.pending.get(self.open.last().map_or(0, |open| open.base)..).unwrap_or_default()
    }

    /// Replaces the pending children of the innermost open container (merge keys).
    pub fn replace_pending(&mut self, children: Vec<NodeId>) {
        self.pending.truncate(self.open.last().map_or(0, |open| open.base));
        self.pending.extend(children);
    }

    /// Closes the innermost container at byte `end` and names it; `None` if none is open.
    pub fn close(&mut self, end: usize) -> Option<NodeId> {
        let open = self.open.pop()?;
        let first = u32::try_from(self.tree.children.len()).unwrap_or(u32::MAX);
        let count = self.pending.len() - open.base;
        self.tree.children.extend(self.pending.drain(open.base..));
        let len = u32::try_from(if open.mapping { count / 2 } else { count }).unwrap_or(u32::MAX);
        let node = &mut self.tree.nodes[open.node.0 as usize];
        node.content = if open.mapping { Content::Mapping { first, len } } else { Content::Sequence { first, len } };
        node.span.end = node.span.end.max(Span::new(end, end).end);
        if open.mapping && len >= LARGE {
            let mapping = self.node(open.node);
            let mut order: Box<[u32]> = (0..len).collect();
            order.sort_by_key(|at| mapping.entry_at(*at as usize).map(|(name, _)| name.key()));
            self.tree.sorted.push((first, order));
        }
        Some(open.node)
    }

    /// A node built so far.
    pub fn node(&self, id: NodeId) -> NodeRef<'_> {
        self.tree.node(id)
    }

    /// The tree whose root is the first node appended at the top, or `null` if there is none.
    pub fn finish(mut self) -> Tree {
        while self.close(0).is_some() {}
        self.tree.root = match self.pending.first() {
            Some(root) => *root,
            None => self.push(Content::Null, Span::default()),
        };
        // a tree lives as long as its document; what it grew by beyond its size need not
        self.tree.nodes.shrink_to_fit();
        self.tree.children.shrink_to_fit();
        self.tree.decoded.shrink_to_fit();
        self.tree
    }

    fn open(&mut self, mapping: bool, start: usize) -> NodeId {
        let node = self.push(Content::Null, Span::new(start, start));
        self.open.push(Open { node, base: self.pending.len(), mapping });
        node
    }

    fn push(&mut self, content: Content, span: Span) -> NodeId {
        let id = NodeId(u32::try_from(self.tree.nodes.len()).unwrap_or(u32::MAX));
        self.tree.nodes.push(Node { span, content });
        self.pending.push(id);
        id
    }

    fn text(&mut self, text: ScalarText<'_>) -> Text {
        match text {
            ScalarText::Slice(span) => Text::Slice(span),
            ScalarText::Decoded(text) => {
                self.tree.decoded.push(text.into());
                Text::Decoded(u32::try_from(self.tree.decoded.len() - 1).unwrap_or(u32::MAX))
            }
        }
    }
}
