//! The names that schemas give themselves: `$id`, `$anchor`, `$dynamicAnchor` (OpenAPI 3.1 and later).

use crate::node::{NodeId, NodeRef, Tree};
use crate::openapi::walk;
use crate::span::Span;
use crate::uri;

/// What the schemas of one document call themselves.
#[derive(Debug, Default)]
pub(super) struct Identifiers {
    resources: Vec<Resource>,
    anchors: Vec<Anchor>,
}

/// A schema with an `$id`.
#[derive(Debug)]
pub(super) struct Resource {
    pub(super) uri: String,
    pub(super) node: NodeId,
    span: Span,
}

#[derive(Debug)]
struct Anchor {
    name: Box<str>,
    node: NodeId,
    span: Span,
}

impl Identifiers {
    /// Finds them; where the text has none of the keywords, without a walk.
    pub(super) fn of(tree: &Tree, base: &str) -> Identifiers {
        let mut found = Identifiers::default();
        let text = tree.text().as_bytes();
        if !["$id", "$anchor", "$dynamicAnchor"]
            .iter()
            .any(|keyword| memchr::memmem::find(text, keyword.as_bytes()).is_some())
        {
            return found;
        }
        walk::objects(tree.root(), |object| found.note(object, base));
        found
    }

    fn note(&mut self, object: NodeRef<'_>, base: &str) {
        let text = |keyword| object.get(keyword).and_then(|value| value.as_str());
        let (node, span) = (object.id(), object.span());
        if let Some(id) = text("$id") {
            let uri = uri::resolve(self.base_at(span).unwrap_or(base), id);
            match uri::split_fragment(&uri) {
                (uri, None | Some("")) => self.resources.push(Resource { uri: uri.to_owned(), node, span }),
                (_, Some(anchor)) => self.anchors.push(Anchor { name: anchor.into(), node, span }),
            }
        }
        for name in ["$anchor", "$dynamicAnchor"].into_iter().filter_map(text) {
            self.anchors.push(Anchor { name: name.into(), node, span });
        }
    }

    /// The `$id` of the innermost schema around `span`.
    pub(super) fn base_at(&self, span: Span) -> Option<&str> {
        self.resource_at(span).map(|resource| resource.uri.as_str())
    }

    /// The innermost schema with an `$id` around `span`.
    pub(super) fn resource_at(&self, span: Span) -> Option<&Resource> {
        let around = self.resources.iter().filter(|resource| resource.span.contains(span));
        around.min_by_key(|resource| resource.span.len())
    }

    /// The schema whose `$id` is `uri`.
    pub(super) fn resource(&self, uri: &str) -> Option<&Resource> {
        self.resources.iter().find(|resource| resource.uri == uri)
    }

    /// The schemas that an anchor names, wherever in the document.
    pub(super) fn anchored(&self, name: &str) -> impl Iterator<Item = NodeId> {
        self.anchors.iter().filter(move |anchor| *anchor.name == *name).map(|anchor| anchor.node)
    }

    /// The schema that an anchor names: inside `scope` if one is there, else anywhere in the document.
    pub(super) fn anchor(&self, name: &str, scope: Span) -> Option<NodeId> {
        let named = || self.anchors.iter().filter(|anchor| *anchor.name == *name);
        named().find(|anchor| scope.contains(anchor.span)).or_else(|| named().next()).map(|anchor| anchor.node)
    }
}
