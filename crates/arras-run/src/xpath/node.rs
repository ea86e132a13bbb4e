//! Nodes of XPath's data model (XPath 1.0 §5), in document order.

use std::fmt;

use roxmltree::{Document, NodeType};

/// A node of a document; nodes of one document are ordered as they stand in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node {
    id: u32,
    part: Part,
}

/// A node of the tree itself, or the number of a namespace or attribute of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Part {
    Own,
    Namespace(u32),
    Attribute(u32),
}

/// The seven kinds of nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NodeKind {
    /// The document.
    Root,
    /// An element.
    Element,
    /// An attribute.
    Attribute,
    /// A namespace that an element knows.
    Namespace,
    /// A text.
    Text,
    /// A comment.
    Comment,
    /// A processing instruction.
    Instruction,
}

impl NodeKind {
    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            NodeKind::Root => "the document",
            NodeKind::Element => "an element",
            NodeKind::Attribute => "an attribute",
            NodeKind::Namespace => "a namespace",
            NodeKind::Text => "a text",
            NodeKind::Comment => "a comment",
            NodeKind::Instruction => "a processing instruction",
        }
    }
}

impl Node {
    /// The document itself.
    pub fn root() -> Node {
        Node { id: 0, part: Part::Own }
    }

    pub(super) fn of(node: roxmltree::Node<'_, '_>) -> Node {
        Node { id: node.id().get(), part: Part::Own }
    }

    pub(super) fn attribute_of(owner: Node, index: usize) -> Node {
        Node { id: owner.id, part: Part::Attribute(u32::try_from(index).unwrap_or(u32::MAX)) }
    }

    pub(super) fn namespace_of(owner: Node, index: usize) -> Node {
        Node { id: owner.id, part: Part::Namespace(u32::try_from(index).unwrap_or(u32::MAX)) }
    }

    /// Its number in the tree, shared by an element with its attributes and namespaces.
    pub(super) fn index(self) -> usize {
        self.id as usize
    }

    /// Whether it is part of the tree itself, not an attribute or namespace.
    pub(super) fn is_own(self) -> bool {
        self.part == Part::Own
    }

    /// The tree's node: itself, or the element that it belongs to.
    pub fn tree<'a, 'i>(self, document: &'a Document<'i>) -> Option<roxmltree::Node<'a, 'i>> {
        document.get_node(roxmltree::NodeId::new(self.id))
    }

    /// The attribute, if it is one.
    pub fn attribute<'a, 'i>(self, document: &'a Document<'i>) -> Option<roxmltree::Attribute<'a, 'i>> {
        match self.part {
            Part::Attribute(index) => self.tree(document)?.attributes().nth(index as usize),
            _ => None,
        }
    }

    fn namespace<'a, 'i>(self, document: &'a Document<'i>) -> Option<&'a roxmltree::Namespace<'i>> {
        match self.part {
            Part::Namespace(index) => self.tree(document)?.namespaces().nth(index as usize),
            _ => None,
        }
    }

    /// Its kind.
    pub fn kind(self, document: &Document<'_>) -> NodeKind {
        match (self.part, self.tree(document).map(|node| node.node_type())) {
            (Part::Attribute(_), _) => NodeKind::Attribute,
            (Part::Namespace(_), _) => NodeKind::Namespace,
            (Part::Own, Some(NodeType::Element)) => NodeKind::Element,
            (Part::Own, Some(NodeType::Text)) => NodeKind::Text,
            (Part::Own, Some(NodeType::Comment)) => NodeKind::Comment,
            (Part::Own, Some(NodeType::PI)) => NodeKind::Instruction,
            (Part::Own, Some(NodeType::Root) | None) => NodeKind::Root,
        }
    }

    /// Its string-value, in pieces: `take` is given each.
    pub(super) fn pieces<E>(
        self,
        document: &Document<'_>,
        take: &mut dyn FnMut(&str) -> Result<(), E>,
    ) -> Result<(), E> {
        if let Some(attribute) = self.attribute(document) {
            return take(attribute.value());
        }
        if let Some(namespace) = self.namespace(document) {
            return take(namespace.uri());
        }
        let Some(node) = self.tree(document) else { return Ok(()) };
        match node.node_type() {
            NodeType::Text | NodeType::Comment => take(node.text().unwrap_or_default()),
            NodeType::PI => take(node.pi().and_then(|pi| pi.value).unwrap_or_default()),
            NodeType::Root | NodeType::Element => {
                // each node is asked, so that a budget counts them all
                node.descendants()
                    .try_for_each(|inner| take(if inner.is_text() { inner.text().unwrap_or_default() } else { "" }))
            }
        }
    }

    /// Its expanded name: namespace and local part; `None` if it has none.
    pub(super) fn expanded_name<'a>(self, document: &'a Document<'_>) -> Option<(Option<&'a str>, &'a str)> {
        if let Some(attribute) = self.attribute(document) {
            return Some((attribute.namespace(), attribute.name()));
        }
        if let Some(namespace) = self.namespace(document) {
            return Some((None, namespace.name().unwrap_or_default()));
        }
        let node = self.tree(document)?;
        match node.node_type() {
            NodeType::Element => Some((node.tag_name().namespace(), node.tag_name().name())),
            NodeType::PI => Some((None, node.pi()?.target)),
            _ => None,
        }
    }

    /// Its name as the document writes it, prefix included; empty if it has none.
    pub(super) fn qualified_name<'a>(self, document: &'a Document<'_>) -> &'a str {
        if let Some(attribute) = self.attribute(document) {
            return document.input_text().get(attribute.range_qname()).unwrap_or(attribute.name());
        }
        match self.tree(document) {
            Some(node) if self.is_own() && node.is_element() => crate::xml::element_name(node),
            _ => self.expanded_name(document).map_or("", |(_, name)| name),
        }
    }

    /// A path that leads to it: `/pets/pet[2]/@id`.
    pub fn location(self, document: &Document<'_>) -> Location {
        let mut steps = Vec::new();
        if !self.is_own() {
            let mark = if matches!(self.part, Part::Attribute(_)) { "@" } else { "namespace::" };
            steps.push(format!("{mark}{}", self.qualified_name(document)));
        }
        for node in self.tree(document).into_iter().flat_map(|node| node.ancestors()).take(crate::xml::MAX_DEPTH + 2) {
            let step = match node.node_type() {
                NodeType::Root => continue,
                NodeType::Element => crate::xml::element_name(node).to_owned(),
                NodeType::Text => "text()".to_owned(),
                NodeType::Comment => "comment()".to_owned(),
                NodeType::PI => "processing-instruction()".to_owned(),
            };
            steps.push(format!("{step}{}", position(node)));
        }
        steps.reverse();
        Location(steps)
    }
}

/// How many siblings are looked at for a position.
const MAX_SIBLINGS: usize = 1000;

/// `[2]` among the siblings of its name, nothing where it has no such siblings.
fn position(node: roxmltree::Node<'_, '_>) -> String {
    let alike =
        |other: &roxmltree::Node<'_, '_>| other.node_type() == node.node_type() && other.tag_name() == node.tag_name();
    let before = node.prev_siblings().skip(1).take(MAX_SIBLINGS).filter(alike).count();
    let after = node.next_siblings().skip(1).take(MAX_SIBLINGS).any(|other| alike(&other));
    if before > 0 || after { format!("[{}]", before + 1) } else { String::new() }
}

/// Where a node stands; it displays as an absolute path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location(Vec<String>);

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|step| write!(f, "/{step}"))
    }
}
