//! The spanned tree: every value of a YAML or JSON text with the bytes it was written in.

mod builder;

use std::sync::Arc;

use crate::source_map::SourceMap;
use crate::span::Span;
use crate::value::{Number, Object, Value};

pub use builder::{Builder, Container, Scalar, ScalarText};

/// Names one node of a [`Tree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(u32);

/// A parsed text: an arena of nodes, each with its span.
///
/// A YAML alias is the same node as its anchor, so the tree is really a directed acyclic graph;
/// the readers bound how far it unfolds.
#[derive(Clone)]
pub struct Tree {
    text: Arc<str>,
    nodes: Vec<Node>,
    children: Vec<NodeId>,
    decoded: Vec<Box<str>>,
    /// Of each large mapping, in the order of `first`: that, and its entries in the order of their names.
    sorted: Vec<(u32, Box<[u32]>)>,
    root: NodeId,
}

/// How many entries a mapping has in which a name is looked up in their order.
const LARGE: u32 = 32;

#[derive(Clone, Copy, Debug)]
struct Node {
    span: Span,
    content: Content,
}

#[derive(Clone, Copy, Debug)]
enum Content {
    Null,
    Bool(bool),
    Number(Text),
    String(Text),
    Sequence { first: u32, len: u32 },
    Mapping { first: u32, len: u32 },
}

/// A scalar's text: a slice of the source, or decoded apart because it has escapes or folds.
#[derive(Clone, Copy, Debug)]
enum Text {
    Slice(Span),
    Decoded(u32),
}

/// What a node is.
#[derive(Clone, Copy, Debug)]
pub enum Kind<'t> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as a JSON number's text: the source text where that is one.
    Number(&'t str),
    /// A string, decoded.
    String(&'t str),
    /// A sequence; see [`NodeRef::items`].
    Sequence,
    /// A mapping; see [`NodeRef::entries`].
    Mapping,
}

impl Kind<'_> {
    /// What people call such a value: `a string`, `an object` …
    pub fn name(self) -> &'static str {
        match self {
            Kind::Null => "null",
            Kind::Bool(_) => "a boolean",
            Kind::Number(_) => "a number",
            Kind::String(_) => "a string",
            Kind::Sequence => "an array",
            Kind::Mapping => "an object",
        }
    }
}

/// Short: a tree of a large document would fill pages.
impl std::fmt::Debug for Tree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tree of {} nodes", self.nodes.len())
    }
}

impl Tree {
    /// The outermost value.
    pub fn root(&self) -> NodeRef<'_> {
        self.node(self.root)
    }

    /// The node that `id` names; `id` must come from this tree.
    pub fn node(&self, id: NodeId) -> NodeRef<'_> {
        NodeRef { tree: self, id }
    }

    /// The text this tree was read from.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// How many nodes the text wrote (aliases count once).
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no node; a built tree has at least its root.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Every node in the order they were opened, keys included, aliases once.
    pub fn nodes(&self) -> impl Iterator<Item = NodeRef<'_>> {
        (0..).zip(&self.nodes).map(|(index, _)| self.node(NodeId(index)))
    }

    /// The node at an RFC 6901 JSON Pointer, `""` being the root.
    pub fn at(&self, pointer: &str) -> Option<NodeRef<'_>> {
        let mut node = self.root();
        for token in crate::pointer::tokens(pointer)? {
            node = node.child(&token)?;
        }
        Some(node)
    }

    /// The JSON Pointer of the innermost node whose key or value covers `span`, `""` if only the root does.
    pub fn pointer_at(&self, span: Span) -> String {
        let mut pointer = String::new();
        let mut node = self.root();
        loop {
            match node.kind() {
                Kind::Mapping => {
                    let around = |(key, value): (NodeRef<'_>, NodeRef<'_>)| {
                        key.span().contains(span) || value.span().contains(span)
                    };
                    let count = node.len();
                    let entry = |index: usize| node.entry_at(index);
                    let starts = |index: usize| entry(index).map_or(0, |(key, _)| key.span().start);
                    let Some(index) = find(count, span, starts, |index| entry(index).is_some_and(around)) else {
                        return pointer;
                    };
                    let Some((key, value)) = entry(index) else { return pointer };
                    crate::pointer::push(&mut pointer, key.key());
                    if key.span().contains(span) {
                        return pointer;
                    }
                    node = value;
                }
                Kind::Sequence => {
                    let item = |index: usize| node.item(index);
                    let starts = |index: usize| item(index).map_or(0, |item| item.span().start);
                    let around = |index: usize| item(index).is_some_and(|item| item.span().contains(span));
                    let Some(index) = find(node.len(), span, starts, around) else { return pointer };
                    crate::pointer::push(&mut pointer, &index.to_string());
                    let Some(item) = item(index) else { return pointer };
                    node = item;
                }
                _ => return pointer,
            }
        }
    }
}

/// The child around `span`: children stand in the order of the text, unless aliases or merge keys brought them.
fn find(count: usize, span: Span, starts: impl Fn(usize) -> u32, around: impl Fn(usize) -> bool) -> Option<usize> {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        if starts(middle) <= span.start { low = middle + 1 } else { high = middle }
    }
    let likely = low.checked_sub(1).filter(|index| around(*index));
    likely.or_else(|| (0..count).find(|index| around(*index)))
}

/// A node in its tree; cheap to copy.
#[derive(Clone, Copy)]
pub struct NodeRef<'t> {
    tree: &'t Tree,
    id: NodeId,
}

impl std::fmt::Debug for NodeRef<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}@{:?}", self.kind(), self.span())
    }
}

impl<'t> NodeRef<'t> {
    /// The node's name in its tree.
    pub fn id(self) -> NodeId {
        self.id
    }

    /// The tree it belongs to.
    pub fn tree(self) -> &'t Tree {
        self.tree
    }

    /// The bytes it was written in, quotes and brackets included.
    pub fn span(self) -> Span {
        self.data().span
    }

    /// What it is.
    pub fn kind(self) -> Kind<'t> {
        match self.data().content {
            Content::Null => Kind::Null,
            Content::Bool(value) => Kind::Bool(value),
            Content::Number(text) => Kind::Number(self.decode(text)),
            Content::String(text) => Kind::String(self.decode(text)),
            Content::Sequence { .. } => Kind::Sequence,
            Content::Mapping { .. } => Kind::Mapping,
        }
    }

    /// The bytes as written.
    pub fn source_text(self) -> &'t str {
        self.tree.text.get(self.span().range()).unwrap_or_default()
    }

    /// The decoded text of a string.
    pub fn as_str(self) -> Option<&'t str> {
        match self.kind() {
            Kind::String(text) => Some(text),
            _ => None,
        }
    }

    /// The value of a boolean.
    pub fn as_bool(self) -> Option<bool> {
        match self.kind() {
            Kind::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The value of a number.
    pub fn as_number(self) -> Option<Number> {
        match self.kind() {
            Kind::Number(text) => Number::parse(text),
            _ => None,
        }
    }

    /// Whether it is `null`.
    pub fn is_null(self) -> bool {
        matches!(self.kind(), Kind::Null)
    }

    /// Whether it is a mapping.
    pub fn is_mapping(self) -> bool {
        matches!(self.kind(), Kind::Mapping)
    }

    /// Whether it is a sequence.
    pub fn is_sequence(self) -> bool {
        matches!(self.kind(), Kind::Sequence)
    }

    /// A mapping key's name: a string's decoded text, any other scalar's source text.
    pub fn key(self) -> &'t str {
        self.as_str().unwrap_or_else(|| self.source_text())
    }

    /// The number of items or entries; 0 for a scalar.
    pub fn len(self) -> usize {
        match self.data().content {
            Content::Sequence { len, .. } | Content::Mapping { len, .. } => len as usize,
            _ => 0,
        }
    }

    /// Whether there are no items or entries.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The items of a sequence; nothing for any other kind.
    pub fn items(self) -> impl ExactSizeIterator<Item = NodeRef<'t>> + use<'t> {
        let range = match self.data().content {
            Content::Sequence { first, len } => first as usize..(first + len) as usize,
            _ => 0..0,
        };
        let tree = self.tree;
        tree.children[range].iter().map(move |id| tree.node(*id))
    }

    /// The entries of a mapping, key and value, in source order; nothing for any other kind.
    pub fn entries(self) -> impl ExactSizeIterator<Item = (NodeRef<'t>, NodeRef<'t>)> + use<'t> {
        let range = match self.data().content {
            Content::Mapping { first, len } => first as usize..(first + 2 * len) as usize,
            _ => 0..0,
        };
        let tree = self.tree;
        tree.children[range].chunks_exact(2).map(move |pair| (tree.node(pair[0]), tree.node(pair[1])))
    }

    /// The key and the value of the entry at an index of a mapping.
    fn entry_at(self, index: usize) -> Option<(NodeRef<'t>, NodeRef<'t>)> {
        let Content::Mapping { first, len } = self.data().content else { return None };
        let at = (index < len as usize).then(|| first as usize + 2 * index)?;
        let [key, value] = self.tree.children.get(at..at + 2)? else { return None };
        Some((self.tree.node(*key), self.tree.node(*value)))
    }

    /// The key and the value of an entry.
    pub fn entry(self, key: &str) -> Option<(NodeRef<'t>, NodeRef<'t>)> {
        let Some(order) = self.order() else { return self.entries().find(|(name, _)| name.key() == key) };
        let name = |at: u32| self.entry_at(at as usize).map(|(name, _)| name.key());
        let first = order.partition_point(|at| name(*at) < Some(key));
        self.entry_at(*order.get(first)? as usize).filter(|(name, _)| name.key() == key)
    }

    /// The entries of a large mapping in the order of their names, and of one name in the order of the text.
    fn order(self) -> Option<&'t [u32]> {
        let Content::Mapping { first, len: LARGE.. } = self.data().content else { return None };
        let sorted = &self.tree.sorted;
        let at = sorted.binary_search_by_key(&first, |(first, _)| *first).ok()?;
        sorted.get(at).map(|(_, order)| &**order)
    }

    /// The value under a key of a mapping.
    pub fn get(self, key: &str) -> Option<NodeRef<'t>> {
        self.entry(key).map(|(_, value)| value)
    }

    /// The item at an index of a sequence.
    pub fn item(self, index: usize) -> Option<NodeRef<'t>> {
        match self.data().content {
            Content::Sequence { first, len } if index < len as usize => {
                self.tree.children.get(first as usize + index).map(|id| self.tree.node(*id))
            }
            _ => None,
        }
    }

    /// The child that one decoded JSON Pointer token selects.
    pub fn child(self, token: &str) -> Option<NodeRef<'t>> {
        match self.kind() {
            Kind::Mapping => self.get(token),
            Kind::Sequence => self.item(crate::pointer::index(token)?),
            _ => None,
        }
    }

    /// The same value without spans, numbers with their source text.
    ///
    /// Aliases unfold here; [`crate::read`] has bounded to how much.
    pub fn to_value(self) -> Value {
        match self.kind() {
            Kind::Null => Value::Null,
            Kind::Bool(value) => Value::Bool(value),
            Kind::Number(text) => Number::parse(text).map_or_else(|| Value::from(text), Value::Number),
            Kind::String(text) => Value::from(text),
            Kind::Sequence => Value::Array(self.items().map(NodeRef::to_value).collect()),
            Kind::Mapping => {
                let pairs = self.entries().map(|(key, value)| (key.key().to_owned(), value.to_value()));
                Value::Object(pairs.collect::<Object>())
            }
        }
    }

    /// The place in the source of `start..end`, bytes of this string's decoded text; the whole node
    /// where that can't be told.
    ///
    /// For many places in one string, keep its [`source_map`](Self::source_map).
    pub fn subspan(self, start: usize, end: usize) -> Span {
        self.source_map().span(start, end)
    }

    /// Where each part of this string's decoded text stands in the source: through escapes, folds and
    /// indentation. The work is linear in the string's length.
    pub fn source_map(self) -> SourceMap {
        match self.data().content {
            Content::String(Text::Slice(slice)) | Content::Number(Text::Slice(slice)) => SourceMap::verbatim(slice),
            Content::String(text) => SourceMap::of(&self.tree.text, self.span(), self.decode(text)),
            _ => SourceMap::of(&self.tree.text, self.span(), ""),
        }
    }

    fn data(self) -> &'t Node {
        &self.tree.nodes[self.id.0 as usize]
    }

    fn decode(self, text: Text) -> &'t str {
        match text {
            Text::Slice(span) => self.tree.text.get(span.range()).unwrap_or_default(),
            Text::Decoded(index) => &self.tree.decoded[index as usize],
        }
    }
}
