//! The texts of a load: each read once, found again by its own URI (`$self`) or by where it lies.

use std::collections::HashMap;
use std::sync::Arc;

use arras_doc::diagnostic::{Diagnostic, Diagnostics};
use arras_doc::node::{NodeRef, Tree};
use arras_doc::read;
use arras_doc::rule;
use arras_doc::source::{Source, SourceId};
use arras_doc::uri;
use bytes::Bytes;
use url::Url;

use super::shelf::Shelf;
use super::supplied::Kind as Given;
use crate::load::{LoadError, LoadErrorKind, Loader};
use crate::policy::Paths;

/// The scheme of bases that stand for no place at all (ARZ-URI-09).
const NOWHERE: &str = "arras-document:";

/// A text that was read.
#[derive(Clone, Debug)]
pub(super) struct Text {
    pub id: SourceId,
    /// Where it was retrieved, as the loader knows it: a path or a URL.
    pub location: Arc<str>,
    /// The same as an absolute URI (ARZ-URI-07).
    pub uri: Arc<str>,
    /// Its `$self`, made absolute (ARZ-URI-05, ARZ-URI-06).
    pub own: Option<Arc<str>>,
    pub tree: Option<Arc<Tree>>,
    /// How people call it.
    pub name: Arc<str>,
    /// What is wrong with it as a text.
    pub found: Arc<Diagnostics>,
}

/// What a reference means: the URI that identifies it, and where it is looked for unless a text at hand has that URI.
pub(super) struct Target {
    pub identity: String,
    pub location: Result<String, LoadError>,
}

impl Text {
    /// What a reference in this text means (ARZ-URI-02, ARZ-URI-04).
    pub(super) fn target(&self, reference: &str) -> Target {
        let (reference, _) = uri::split_fragment(reference);
        let base = self.own.as_deref().unwrap_or(&self.uri);
        let identity = identity(&uri::resolve(base, reference));
        let location = match (&self.own, self.own_location()) {
            _ if uri::is_absolute(reference) => self.resolve_at(&self.location, reference),
            // a relative `$self` keeps a path a path, which reads better in messages
            (_, Some(own)) => self.resolve_at(&own, reference),
            (Some(own), None) => self.resolve_at(own, reference),
            (None, None) => self.resolve_at(&self.location, reference),
        };
        Target { identity, location }
    }

    /// Where a relative reference leads from where this text lies, if its `$self` leads it elsewhere.
    pub(super) fn beside(&self, reference: &str) -> Option<String> {
        let (reference, _) = uri::split_fragment(reference);
        let elsewhere = self.own.is_some() && !uri::is_absolute(reference) && !reference.starts_with("//");
        let location = elsewhere.then(|| self.resolve_at(&self.location, reference).ok())??;
        (self.target(reference).location.as_ref() != Ok(&location)).then_some(location)
    }

    /// Where the text would lie by its relative `$self`.
    fn own_location(&self) -> Option<String> {
        let written = self.tree.as_ref()?.root().get("$self")?.as_str()?;
        (!uri::is_absolute(written)).then(|| crate::load::resolve(&self.location, written).ok())?
    }

    fn resolve_at(&self, location: &str, reference: &str) -> Result<String, LoadError> {
        if location.starts_with(NOWHERE) && !uri::is_absolute(reference) {
            let message =
                format!("`{reference}` is relative, and nobody says where the document lies: `--base-uri URI`");
            return Err(LoadError { kind: LoadErrorKind::Unsupported, message, near: Vec::new() });
        }
        if location.starts_with(NOWHERE) {
            return crate::load::resolve("", reference);
        }
        let found = crate::load::resolve(location, reference)?;
        if is_web(&self.location) && !is_web(&found) {
            let message = format!("`{reference}` is refused: a document from the web refers to no files");
            return Err(LoadError { kind: LoadErrorKind::Policy, message, near: Vec::new() });
        }
        Ok(found)
    }
}

/// Every text of the load so far.
#[derive(Default)]
pub(super) struct Texts {
    pub shelf: Shelf,
    /// Whether what one document may read another may not: then each asks for itself.
    confined: bool,
    pub diagnostics: Diagnostics,
    all: Vec<Text>,
    /// By the location that was asked for.
    by_location: HashMap<String, usize>,
    /// By the absolute URI of where it was retrieved, supplied texts alone.
    by_uri: HashMap<String, usize>,
    /// By `$self`.
    by_identity: HashMap<String, usize>,
    /// The texts of `all`.
    known: HashMap<SourceId, usize>,
}

impl Texts {
    pub(super) fn on(shelf: Shelf, paths: &Paths) -> Texts {
        Texts { shelf, confined: *paths != Paths::Anywhere, ..Texts::default() }
    }

    pub(super) fn get(&self, index: usize) -> &Text {
        &self.all[index]
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// The trees of the texts.
    pub(super) fn trees(&self) -> HashMap<SourceId, Arc<Tree>> {
        self.all.iter().filter_map(|text| Some((text.id, text.tree.clone()?))).collect()
    }

    /// Reads a text that was made from another, which lies at `from`.
    pub(super) fn made(&mut self, name: &str, from: &str, text: &str) -> usize {
        let text = self.read(name, &format!("{NOWHERE}/{name}/{from}"), Bytes::copy_from_slice(text.as_bytes()));
        self.register(text)
    }

    /// Reads a text that the caller handed over; it will be found by its URIs without being loaded again.
    pub(super) async fn supply(&mut self, given: &Given, loader: &dyn Loader) -> Result<usize, LoadError> {
        let index = match given {
            Given::At(location) => self.at(location, loader).await?,
            Given::Text { name, base, bytes } => {
                let nowhere = || format!("{NOWHERE}/{}", self.all.len());
                let location = base.clone().unwrap_or_else(nowhere);
                let text = self.read(name, &location, bytes.clone());
                self.register(text)
            }
        };
        let uri = identity(&self.all[index].uri);
        self.by_uri.entry(uri).or_insert(index);
        Ok(index)
    }

    /// The text at hand that a URI identifies: by its own word, else, if the caller handed it over, by where it was
    /// retrieved (ARZ-URI-14 … 16).
    pub(super) fn identified(&self, identity: &str) -> Option<usize> {
        self.by_identity.get(identity).or_else(|| self.by_uri.get(identity)).copied()
    }

    /// The text at a location, loaded unless it was before.
    pub(super) async fn at(&mut self, location: &str, loader: &dyn Loader) -> Result<usize, LoadError> {
        if let Some(index) = self.by_location.get(location) {
            return Ok(*index);
        }
        // whether the network may be asked depends on who asks: only what lies on this machine is the same for all
        let shared = !is_web(location);
        let kept = if shared && !self.confined { self.shelf.at(location) } else { None };
        let text = match kept {
            Some(kept) => kept?,
            None => self.load(location, loader, shared).await?,
        };
        let index = self.register(text);
        self.by_location.insert(location.to_owned(), index);
        Ok(index)
    }

    async fn load(&mut self, location: &str, loader: &dyn Loader, shared: bool) -> Result<Text, LoadError> {
        let loaded = match loader.load(location).await {
            Ok(loaded) => loaded,
            Err(error) => {
                if shared && !self.confined {
                    self.shelf.keep(location, Err(error.clone()));
                }
                return Err(error);
            }
        };
        let uri = loaded.uri.clone();
        let text = match self.by_location.get(&loaded.uri) {
            Some(index) => self.all[*index].clone(),
            None => match self.shelf.at(&loaded.uri).filter(|_| shared) {
                Some(Ok(text)) => text,
                _ => {
                    let edited = self.shelf.edited(&loaded.name).filter(|_| shared);
                    self.read(&loaded.name, &loaded.uri, edited.unwrap_or(loaded.bytes))
                }
            },
        };
        if shared {
            self.shelf.keep(location, Ok(text.id));
            self.shelf.keep(&uri, Ok(text.id));
        }
        Ok(text)
    }

    /// Decodes and reads a text; what is wrong with it is noted in it.
    fn read(&mut self, name: &str, location: &str, bytes: Bytes) -> Text {
        let uri = absolute(location);
        let (text, problem) = match read::decode(bytes.into()) {
            Ok(text) => (text, None),
            Err(undecodable) => (undecodable.text.clone(), Some(undecodable)),
        };
        let source = Source::new(name, uri.as_str(), text);
        let id = self.shelf.add(source.clone());
        let (tree, found) = match problem {
            Some(undecodable) => (None, vec![undecodable.error.into_diagnostic(id)]),
            None => {
                let (tree, found) = read::read(&source, id);
                (tree.map(Arc::new), found)
            }
        };
        let own = tree.as_ref().and_then(|tree| own_uri(tree.root(), &uri));
        let (location, uri) = (location.into(), uri.as_str().into());
        let text = Text { id, location, uri, own, tree, name: source.name, found: Arc::new(found) };
        self.shelf.put(&text);
        text
    }

    /// Makes a text one of this load.
    fn register(&mut self, text: Text) -> usize {
        if let Some(index) = self.known.get(&text.id) {
            return *index;
        }
        let index = self.all.len();
        self.diagnostics.extend(text.found.iter().cloned());
        self.known.insert(text.id, index);
        self.by_location.entry(text.location.to_string()).or_insert(index);
        self.all.push(text);
        self.register_own(index);
        index
    }

    /// Lets a text be found by its `$self`. One from the web speaks for its own origin only: it shall not take the
    /// place of what another server holds.
    fn register_own(&mut self, index: usize) {
        let text = &self.all[index];
        let Some(own) = &text.own else { return };
        let origin = |uri: &str| Url::parse(uri).ok().map(|url| url.origin());
        if is_web(&text.location) && origin(own) != origin(&text.uri) {
            return;
        }
        match self.by_identity.get(own.as_ref()) {
            None => drop(self.by_identity.insert(own.to_string(), index)),
            Some(first) => {
                let (first, second) = (&self.all[*first], &self.all[index]);
                let message = format!("two documents give themselves the URI `{own}`");
                let at = |text: &Text| Some((text.id, self_node(text.tree.as_ref()?.root())?.span()));
                let mut diagnostic = Diagnostic::new(rule::DUPLICATE_SELF, message);
                if let (Some((source, span)), Some((other, first))) = (at(second), at(first)) {
                    diagnostic = diagnostic.at(source, span).label(other, first, "first here");
                }
                self.diagnostics.push(diagnostic.help("give one of them another `$self`, or leave one of them out"));
            }
        }
    }
}

/// What a document is by its root.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Arazzo,
    OpenApi,
    AsyncApi,
    Unknown,
}

impl Kind {
    pub(super) fn of(root: NodeRef<'_>) -> Kind {
        let has = |name| root.get(name).is_some();
        if has("arazzo") {
            Kind::Arazzo
        } else if has("openapi") || has("swagger") {
            Kind::OpenApi
        } else if has("asyncapi") {
            Kind::AsyncApi
        } else {
            Kind::Unknown
        }
    }
}

/// The `$self` of a text that may have one: an Arazzo description, or an OpenAPI description since 3.2.
fn self_node(root: NodeRef<'_>) -> Option<NodeRef<'_>> {
    let known = matches!(Kind::of(root), Kind::Arazzo | Kind::OpenApi);
    root.get("$self").filter(|node| known && node.as_str().is_some_and(|text| !text.is_empty()))
}

/// A text's own URI, absolute: `$self` resolved against where it was retrieved (ARZ-URI-06).
fn own_uri(root: NodeRef<'_>, uri: &str) -> Option<Arc<str>> {
    let (own, _) = uri::split_fragment(self_node(root)?.as_str()?);
    Some(identity(&uri::resolve(uri, own)).into())
}

/// A URI as it is compared: without a fragment, in the form that URL libraries agree on.
fn identity(text: &str) -> String {
    let (text, _) = uri::split_fragment(text);
    Url::parse(text).map_or_else(|_| text.to_owned(), String::from)
}

/// A path as an absolute `file:` URI; a URL as it is.
fn absolute(location: &str) -> String {
    if uri::is_absolute(location) && !is_drive(location) {
        return location.to_owned();
    }
    let path = std::path::absolute(location).ok().and_then(|path| path.to_str().map(str::to_owned));
    path.and_then(|path| uri::file_uri(&path, uri::PathStyle::NATIVE)).unwrap_or_else(|| location.to_owned())
}

pub(super) fn is_web(location: &str) -> bool {
    ["http://", "https://"]
        .iter()
        .any(|scheme| location.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
}

/// `C:\…` is a path.
fn is_drive(location: &str) -> bool {
    location.as_bytes().get(1) == Some(&b':')
}
