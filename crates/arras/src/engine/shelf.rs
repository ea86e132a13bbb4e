//! Texts that were read, and the descriptions in them, kept for further loads.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arras_doc::diagnostic::Diagnostics;
use arras_doc::node::Tree;
use arras_doc::openapi;
use arras_doc::source::{Source, SourceId, Sources};
use arras_doc::span::Span;
use bytes::Bytes;

use super::texts::Text;
use crate::load::LoadError;

/// What several loads have in common: each file is read once, and each API description indexed once, however many
/// documents refer to it. Cheap to clone; the clones are the same shelf.
///
/// What a file holds is taken from the shelf even if the file has changed meanwhile: a shelf is for one sitting. All its
/// loads number their texts alike, so a [`SourceId`] of any of them is one of [`Shelf::sources`].
#[derive(Clone, Debug, Default)]
pub struct Shelf {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    sources: Sources,
    texts: HashMap<SourceId, Text>,
    by_location: HashMap<String, Result<SourceId, LoadError>>,
    documents: HashMap<SourceId, Arc<openapi::Document>>,
    descriptions: HashMap<SourceId, Vec<Indexed>>,
    /// What files are taken to hold, by name.
    edits: HashMap<String, Bytes>,
}

/// A description with the documents that it was indexed with.
#[derive(Clone, Debug)]
pub(super) struct Indexed {
    /// The URIs that were asked for, and what lay there.
    pub others: Vec<(String, SourceId)>,
    pub description: Arc<openapi::Description>,
    /// What is wrong with it.
    pub found: Arc<Diagnostics>,
}

impl Shelf {
    /// The texts that were read so far.
    pub fn sources(&self) -> Sources {
        self.inner().sources.clone()
    }

    /// The tree of one of the texts, if it has one.
    pub fn tree(&self, source: SourceId) -> Option<Arc<Tree>> {
        self.inner().texts.get(&source)?.tree.clone()
    }

    /// The JSON Pointer of a place in one of the texts.
    pub fn pointer(&self, source: SourceId, span: Span) -> Option<String> {
        Some(self.tree(source)?.pointer_at(span))
    }

    /// Takes the file of that name to hold another text, whatever lies there: the loads that come see it as if it were
    /// written. What was loaded before stays as it is, under its own [`SourceId`].
    pub fn edit(&self, name: &str, text: impl Into<Bytes>) {
        let mut inner = self.inner();
        inner.edits.insert(name.to_owned(), text.into());
        let sources = &inner.sources;
        let edited: HashSet<SourceId> =
            sources.iter().filter(|(_, source)| is_same_file(&source.name, name)).map(|(id, _)| id).collect();
        inner.by_location.retain(|_, found| !matches!(found, Ok(id) if edited.contains(id)));
    }

    /// Takes the file that a text was read from to hold that text again.
    pub fn revert(&self, id: SourceId) {
        let Some(text) = self.inner().texts.get(&id).cloned() else { return };
        let source = self.sources().get(id).clone();
        self.edit(&source.name, source.text.as_bytes().to_vec());
        self.keep(&text.location, Ok(id));
    }

    /// What the file of that name is taken to hold, if that was edited.
    pub(super) fn edited(&self, name: &str) -> Option<Bytes> {
        let inner = self.inner();
        let by_name = inner.edits.get(name);
        by_name
            .or_else(|| inner.edits.iter().find(|(other, _)| is_same_file(other, name)).map(|(_, text)| text))
            .cloned()
    }

    /// Gives a file that could not be read a place for what is said about it: its beginning, of a text that is empty.
    pub fn unread(&self, name: &str) -> SourceId {
        self.add(Source::new(name, name, ""))
    }

    /// What lies at a location of this machine, if it was looked for before.
    pub(super) fn at(&self, location: &str) -> Option<Result<Text, LoadError>> {
        let inner = self.inner();
        match inner.by_location.get(location)? {
            Ok(id) => inner.texts.get(id).cloned().map(Ok),
            Err(error) => Some(Err(error.clone())),
        }
    }

    /// Keeps what was found at a location.
    pub(super) fn keep(&self, location: &str, found: Result<SourceId, LoadError>) {
        self.inner().by_location.insert(location.to_owned(), found);
    }

    /// Numbers a text.
    pub(super) fn add(&self, source: Source) -> SourceId {
        self.inner().sources.add(source)
    }

    /// Keeps a text that was read.
    pub(super) fn put(&self, text: &Text) {
        self.inner().texts.insert(text.id, text.clone());
    }

    /// A text as a document that descriptions consist of.
    pub(super) fn document(&self, text: &Text, tree: &Arc<Tree>) -> Arc<openapi::Document> {
        let made = || Arc::new(openapi::Document::new(text.id, text.uri.clone(), tree.clone()));
        self.inner().documents.entry(text.id).or_insert_with(made).clone()
    }

    /// The description whose entry is `entry`, indexed with just these others.
    pub(super) fn description(&self, entry: SourceId, others: &[(String, SourceId)]) -> Option<Indexed> {
        let inner = self.inner();
        inner.descriptions.get(&entry)?.iter().find(|indexed| indexed.others == others).cloned()
    }

    /// Keeps a description.
    pub(super) fn keep_description(&self, entry: SourceId, indexed: Indexed) {
        self.inner().descriptions.entry(entry).or_default().push(indexed);
    }

    /// Nothing that is kept is ever half written, so a panic elsewhere takes nothing from it.
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether two paths lead to one file, which has one name.
fn is_same_file(one: &str, other: &str) -> bool {
    let (a, b) = (Path::new(one), Path::new(other));
    one == other
        || a.file_name() == b.file_name() && matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}
