//! A value of a description: a node, the document it stands in, the description it belongs to.

use std::fmt;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::node::{NodeId, NodeRef};
use crate::openapi::{Description, Document};
use crate::rule::{self, Rule};
use crate::source::SourceId;
use crate::span::Span;

/// A node of one of a description's documents; cheap to copy.
#[derive(Clone, Copy)]
pub struct Place<'d> {
    pub(super) description: &'d Description,
    document: usize,
    node: NodeRef<'d>,
}

/// A place without its description: which document, which node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Site {
    pub(super) document: usize,
    pub(super) node: NodeId,
}

impl fmt::Debug for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} in `{}`", self.node, self.document().uri())
    }
}

impl<'d> Place<'d> {
    pub(super) fn new(description: &'d Description, site: Site) -> Place<'d> {
        let node = description.documents.at(site.document).tree().node(site.node);
        Place { description, document: site.document, node }
    }

    /// The node.
    pub fn node(self) -> NodeRef<'d> {
        self.node
    }

    /// The description it belongs to.
    pub fn description(self) -> &'d Description {
        self.description
    }

    /// The document it stands in.
    pub fn document(self) -> &'d Document {
        self.description.documents.at(self.document)
    }

    /// The source its span points into.
    pub fn source(self) -> SourceId {
        self.document().source()
    }

    /// Where it stands.
    pub fn span(self) -> Span {
        self.node.span()
    }

    /// The value under a key, references not followed.
    pub fn get(self, key: &str) -> Option<Place<'d>> {
        self.node.get(key).map(|node| self.with(node))
    }

    /// The entries of a mapping in source order; nothing for any other kind.
    pub fn entries(self) -> impl Iterator<Item = (NodeRef<'d>, Place<'d>)> + use<'d> {
        self.node.entries().map(move |(key, value)| (key, self.with(value)))
    }

    /// The items of a sequence; nothing for any other kind.
    pub fn items(self) -> impl Iterator<Item = Place<'d>> + use<'d> {
        self.node.items().map(move |item| self.with(item))
    }

    /// The text of a scalar under a key, numbers and booleans as they are written; `None` for null and structures.
    pub fn text(self, key: &str) -> Option<&'d str> {
        self.get(key)?.as_text()
    }

    /// The text of this scalar, numbers and booleans as they are written; `None` for null and structures.
    pub fn as_text(self) -> Option<&'d str> {
        let structure = self.node.is_mapping() || self.node.is_sequence();
        (!structure && !self.node.is_null()).then(|| self.node.key())
    }

    /// Whether the boolean under a key is `true`.
    pub fn flag(self, key: &str) -> bool {
        self.node.get(key).and_then(NodeRef::as_bool).unwrap_or(false)
    }

    /// The items of a list under a key; anything else there but null is a warning.
    pub(super) fn list(self, key: &str, diagnostics: &mut Diagnostics) -> impl Iterator<Item = Place<'d>> + use<'d> {
        let list = self.get(key).filter(|list| list.is_or_warn(key, "an array", diagnostics));
        list.into_iter().flat_map(Place::items)
    }

    /// The entries of a map of names under a key, in which a name that begins with `x-` is one, not an extension;
    /// anything else there but null is a warning.
    pub(super) fn map(
        self,
        key: &str,
        diagnostics: &mut Diagnostics,
    ) -> impl Iterator<Item = (NodeRef<'d>, Place<'d>)> + use<'d> {
        let map = self.get(key).filter(|map| map.is_or_warn(key, "an object", diagnostics));
        map.into_iter().flat_map(Place::entries)
    }

    fn is_or_warn(self, key: &str, expected: &str, diagnostics: &mut Diagnostics) -> bool {
        let kind = self.node.kind().name();
        if kind != expected && !self.node.is_null() {
            diagnostics.push(self.malformed(&format!("`{key}`"), expected));
        }
        kind == expected
    }

    /// The warning that `name`, at this place, is not of the kind it must be.
    pub(super) fn malformed(self, name: &str, expected: &str) -> Diagnostic {
        let message = format!("{name} is {}, not {expected}", self.node.kind().name());
        self.finding(rule::MALFORMED_DESCRIPTION, message).help("it is left out")
    }

    pub(super) fn site(self) -> Site {
        Site { document: self.document, node: self.node.id() }
    }

    pub(super) fn with(self, node: NodeRef<'d>) -> Place<'d> {
        Place { node, ..self }
    }

    /// A finding of `rule` about this place.
    pub(super) fn finding(self, rule: &'static Rule, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(rule, message).at(self.source(), self.span())
    }

    /// A finding of `rule` about one of this mapping's keys, or this place if the key is not there.
    pub(super) fn finding_at(self, key: &str, rule: &'static Rule, message: impl Into<String>) -> Diagnostic {
        let span = self.node.get(key).map_or(self.span(), NodeRef::span);
        Diagnostic::new(rule, message).at(self.source(), span)
    }
}
