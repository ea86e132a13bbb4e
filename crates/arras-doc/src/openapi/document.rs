//! The texts that a description consists of, and the further ones they refer to.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use crate::node::Tree;
use crate::openapi::identifiers::Identifiers;
use crate::openapi::walk;
use crate::source::SourceId;
use crate::span::Span;
use crate::uri;

/// One parsed text with the URI that it was read from.
#[derive(Debug)]
pub struct Document {
    source: SourceId,
    uri: Arc<str>,
    base: Arc<str>,
    tree: Arc<Tree>,
    identifiers: OnceLock<Identifiers>,
    external: OnceLock<Vec<ExternalReference>>,
}

/// A document that another one refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalReference {
    /// Its URI without a fragment, absolute if the referring document's is.
    pub uri: String,
    /// The first reference to it.
    pub span: Span,
}

impl Document {
    /// A document read from `uri` (absolute; empty if it has none); any YAML or JSON will do, also a part of a description.
    pub fn new(source: SourceId, uri: impl Into<Arc<str>>, tree: Arc<Tree>) -> Document {
        let uri = uri.into();
        let own = tree.root().get("$self").and_then(|own| own.as_str());
        let base = own.map_or_else(|| Arc::clone(&uri), |own| uri::resolve(&uri, uri::split_fragment(own).0).into());
        Document { source, uri, base, tree, identifiers: OnceLock::new(), external: OnceLock::new() }
    }

    /// The source its spans point into.
    pub fn source(&self) -> SourceId {
        self.source
    }

    /// The URI it was read from; relative server URLs resolve against it (ARZ-URI-18).
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// The URI that its references resolve against: OpenAPI 3.2's `$self`, else [`Document::uri`].
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Its values.
    pub fn tree(&self) -> &Arc<Tree> {
        &self.tree
    }

    /// The other documents that its references name, each once, in source order.
    ///
    /// This walks the whole document once, unless its text shows that all its references stay inside. A loader asks each
    /// document that it has loaded, until nothing new turns up; what it loads goes into [`Documents`].
    pub fn external_references(&self) -> &[ExternalReference] {
        self.external.get_or_init(|| if self.stays_inside() { Vec::new() } else { self.find_external_references() })
    }

    /// Whether the text has no `$ref` but to a fragment of itself. It may say no though none is there.
    fn stays_inside(&self) -> bool {
        let text = self.tree.text().as_bytes();
        memchr::memmem::find_iter(text, "$ref").all(|at| {
            let rest = text.get(at + "$ref".len()..).unwrap_or_default();
            let value = rest.iter().position(|byte| !b"\"': \t".contains(byte));
            value.and_then(|value| rest.get(value)) == Some(&b'#')
        })
    }

    fn find_external_references(&self) -> Vec<ExternalReference> {
        let mut seen: HashSet<String> = HashSet::new();
        let mut found = Vec::new();
        walk::objects(self.tree.root(), |object| {
            let Some(reference) = object.get("$ref") else { return };
            let Some((target, _)) = reference.as_str().map(uri::split_fragment) else { return };
            if target.is_empty() {
                return;
            }
            let uri = uri::resolve(self.identifiers().base_at(reference.span()).unwrap_or(&self.base), target);
            if !self.is_called(&uri) && self.identifiers().resource(&uri).is_none() && seen.insert(uri.clone()) {
                found.push(ExternalReference { uri, span: reference.span() });
            }
        });
        found.sort_by_key(|reference| reference.span);
        found
    }

    /// Whether `uri` names this document.
    pub(super) fn is_called(&self, uri: &str) -> bool {
        *self.uri == *uri || *self.base == *uri
    }

    pub(super) fn identifiers(&self) -> &Identifiers {
        self.identifiers.get_or_init(|| Identifiers::of(&self.tree, &self.base))
    }
}

/// Further documents by URI, which references between files resolve to.
#[derive(Clone, Debug, Default)]
pub struct Documents {
    all: Vec<Arc<Document>>,
    by_uri: HashMap<Arc<str>, usize>,
}

impl Documents {
    /// Adds a document under its own URI and its `$self`.
    pub fn add(&mut self, document: Arc<Document>) {
        let index = self.all.len();
        self.by_uri.entry(Arc::clone(&document.uri)).or_insert(index);
        self.by_uri.entry(Arc::clone(&document.base)).or_insert(index);
        self.all.push(document);
    }

    /// Adds a document that was asked for under `uri`, perhaps read from another place after redirects.
    pub fn add_as(&mut self, uri: impl Into<Arc<str>>, document: Arc<Document>) {
        self.by_uri.entry(uri.into()).or_insert(self.all.len());
        self.add(document);
    }

    /// The document of that URI.
    pub fn get(&self, uri: &str) -> Option<&Arc<Document>> {
        self.find(uri).and_then(|index| self.all.get(index))
    }

    /// Every document, in the order they were added.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Arc<Document>> {
        self.all.iter()
    }

    pub(super) fn with_first(first: Arc<Document>, others: &Documents) -> Documents {
        let mut documents = Documents::default();
        documents.add(first);
        for (uri, index) in &others.by_uri {
            documents.by_uri.entry(Arc::clone(uri)).or_insert(index + 1);
        }
        documents.all.extend(others.all.iter().cloned());
        documents
    }

    pub(super) fn find(&self, uri: &str) -> Option<usize> {
        self.by_uri.get(uri).copied()
    }

    /// The document at an index that [`Documents::find`] or a place gave; the first for any other.
    pub(super) fn at(&self, index: usize) -> &Document {
        self.all.get(index).unwrap_or(&self.all[0])
    }
}
