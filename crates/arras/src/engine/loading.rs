//! Loading a document with everything that it refers to, then linking it.

use std::collections::HashMap;
use std::sync::Arc;

use arras_doc::arazzo::Document;
use arras_doc::diagnostic::{Diagnostic, Diagnostics};
use arras_doc::link::{LinkedSource, LinkedSources, link};
use arras_doc::node::{NodeRef, Tree};
use arras_doc::openapi;
use arras_doc::read;
use arras_doc::rule;
use arras_doc::source::{Source, SourceId, Sources};
use arras_doc::uri;
use arras_run::plan::{Bundle, LinkedDocument};

use super::{Engine, Error, Loaded};
use crate::load::{LoadError, LoadErrorKind, Loader, resolve};
use crate::policy::Network;

pub(super) async fn load(engine: &Engine, location: &str) -> Result<Loaded, Error> {
    let loader = engine.loader(location)?;
    let mut loading = Loading::new(engine, &*loader);
    let entry = loading.fetch(location).await.map_err(|error| {
        let not_found = error.kind == LoadErrorKind::NotFound;
        Error::unreadable(error.to_string(), not_found)
    })?;
    let entry = loading.read(entry);
    if matches!(entry.tree.as_ref().map(|tree| kind(tree.root())), Some(Kind::OpenApi)) {
        loading.entry = match loading.description(entry.clone()).await {
            LinkedSource::OpenApi(description) => Some(description),
            _ => None,
        };
    }
    loading.add_document(entry);
    let mut next = 0;
    while next < loading.documents.len() {
        loading.load_sources(next).await;
        next += 1;
    }
    Ok(loading.link())
}

/// A text that was read.
#[derive(Clone)]
struct Text {
    id: SourceId,
    /// As the loader knows it: relative references resolve against it.
    location: Arc<str>,
    tree: Option<Arc<Tree>>,
}

/// What a location turned out to hold.
#[derive(Clone)]
enum Held {
    Arazzo(usize),
    Other(LinkedSource),
}

struct Pending {
    document: Arc<Document>,
    location: Arc<str>,
    sources: Vec<LinkedSource>,
    arazzo: Vec<Option<usize>>,
}

struct Loading<'e> {
    engine: &'e Engine,
    loader: &'e dyn Loader,
    sources: Sources,
    trees: HashMap<SourceId, Arc<Tree>>,
    documents: Vec<Pending>,
    held: HashMap<String, Held>,
    diagnostics: Diagnostics,
    /// The description that the entry is, if it is one and no Arazzo document.
    entry: Option<Arc<openapi::Description>>,
}

impl<'e> Loading<'e> {
    fn new(engine: &'e Engine, loader: &'e dyn Loader) -> Loading<'e> {
        Loading {
            engine,
            loader,
            sources: Sources::default(),
            trees: HashMap::new(),
            documents: Vec::new(),
            held: HashMap::new(),
            diagnostics: Diagnostics::new(),
            entry: None,
        }
    }

    async fn fetch(&self, location: &str) -> Result<crate::load::Loaded, LoadError> {
        self.loader.load(location).await
    }

    /// Decodes and reads a text; what is wrong with it is noted.
    fn read(&mut self, loaded: crate::load::Loaded) -> Text {
        let location: Arc<str> = loaded.uri.as_str().into();
        let uri = absolute(&loaded.uri);
        let (text, problem) = match read::decode(loaded.bytes.into()) {
            Ok(text) => (text, None),
            Err(undecodable) => (undecodable.text.clone(), Some(undecodable)),
        };
        let source = Source::new(loaded.name, uri, text);
        let id = self.sources.add(source.clone());
        let tree = match problem {
            Some(undecodable) => {
                self.diagnostics.push(undecodable.error.into_diagnostic(id));
                None
            }
            None => {
                let (tree, found) = read::read(&source, id);
                self.diagnostics.extend(found);
                tree.map(Arc::new)
            }
        };
        if let Some(tree) = &tree {
            self.trees.insert(id, tree.clone());
        }
        Text { id, location, tree }
    }

    /// Reads a text as an Arazzo document and queues its sources; `None` if there is no tree.
    fn add_document(&mut self, text: Text) -> Option<usize> {
        let tree = text.tree?;
        let (document, found) = Document::read(text.id, tree);
        self.diagnostics.extend(found);
        let count = document.source_descriptions.len();
        self.documents.push(Pending {
            document: Arc::new(document),
            location: text.location,
            sources: vec![LinkedSource::Missing; count],
            arazzo: vec![None; count],
        });
        Some(self.documents.len() - 1)
    }

    async fn load_sources(&mut self, index: usize) {
        let document = self.documents[index].document.clone();
        for (at, source) in document.source_descriptions.iter().enumerate() {
            let override_of = self.engine.parts.settings.source(&source.name);
            let target = match override_of {
                Some(location) => Ok(location.to_owned()),
                None => resolve(&self.documents[index].location, &source.url),
            };
            let held = match target {
                Ok(location) => self.hold(&location).await,
                Err(error) => Err(error),
            };
            match held {
                Ok(Held::Arazzo(other)) => {
                    self.documents[index].sources[at] = LinkedSource::Arazzo(self.documents[other].document.clone());
                    self.documents[index].arazzo[at] = Some(other);
                }
                Ok(Held::Other(linked)) => self.documents[index].sources[at] = linked,
                Err(error) => {
                    let fetching = self.engine.parts.settings.policy.network == Network::Online;
                    self.diagnostics.push(missing_source(document.source, source, &error, fetching));
                }
            }
        }
    }

    /// What lies at a location; each is loaded once.
    async fn hold(&mut self, location: &str) -> Result<Held, LoadError> {
        if let Some(held) = self.held.get(location) {
            return Ok(held.clone());
        }
        let loaded = self.fetch(location).await?;
        let text = self.read(loaded);
        let held = match text.tree.as_ref().map(|tree| kind(tree.root())) {
            Some(Kind::Arazzo) => match self.add_document(text) {
                Some(index) => Held::Arazzo(index),
                None => Held::Other(LinkedSource::Missing),
            },
            Some(Kind::OpenApi) => Held::Other(self.description(text).await),
            Some(Kind::AsyncApi) => {
                let tree = text.tree.unwrap_or_else(|| unreachable!("a kind was found in it"));
                Held::Other(LinkedSource::AsyncApi(text.id, tree))
            }
            Some(Kind::Unknown) => {
                let message = format!("`{location}` is neither an OpenAPI, an AsyncAPI nor an Arazzo description");
                return Err(LoadError { kind: LoadErrorKind::Unsupported, message, near: Vec::new() });
            }
            None => Held::Other(LinkedSource::Missing),
        };
        self.held.insert(location.to_owned(), held.clone());
        Ok(held)
    }

    /// Indexes an OpenAPI description with the documents that it refers to.
    async fn description(&mut self, text: Text) -> LinkedSource {
        let Some(tree) = text.tree else { return LinkedSource::Missing };
        let uri = self.sources.get(text.id).uri.clone();
        let entry = Arc::new(openapi::Document::new(text.id, uri, tree));
        let others = self.referenced(&entry).await;
        let (description, found) = openapi::Description::index(entry, &others);
        self.diagnostics.extend(found);
        LinkedSource::OpenApi(Arc::new(description))
    }

    /// The documents that an OpenAPI document refers to, and those that they refer to.
    async fn referenced(&mut self, entry: &Arc<openapi::Document>) -> openapi::Documents {
        let mut others = openapi::Documents::default();
        let mut pending = vec![entry.clone()];
        while let Some(document) = pending.pop() {
            for reference in document.external_references() {
                let known = *reference.uri == *entry.uri() || others.get(&reference.uri).is_some();
                if known {
                    continue;
                }
                match self.fetch(&reference.uri).await {
                    Ok(loaded) => {
                        let text = self.read(loaded);
                        let Some(tree) = text.tree else { continue };
                        let uri = self.sources.get(text.id).uri.clone();
                        let other = Arc::new(openapi::Document::new(text.id, uri, tree));
                        others.add_as(reference.uri.clone(), other.clone());
                        pending.push(other);
                    }
                    Err(error) => {
                        // many published descriptions refer to files that nobody shipped; what needs them will say so
                        let diagnostic = Diagnostic::new(rule::REFERENCE_UNREADABLE, error.to_string());
                        self.diagnostics.push(diagnostic.at(document.source(), reference.span));
                    }
                }
            }
        }
        others
    }

    fn link(mut self) -> Loaded {
        let mut bundle = Bundle::default();
        for pending in self.documents {
            let sources: LinkedSources = pending.sources.into_iter().collect();
            let (links, found) = link(&pending.document, &sources);
            self.diagnostics.extend(found);
            bundle.documents.push(LinkedDocument {
                document: pending.document,
                sources,
                links,
                arazzo: pending.arazzo,
            });
        }
        Loaded::new(self.engine.clone(), self.sources, self.trees, bundle, self.entry, self.diagnostics)
    }
}

enum Kind {
    Arazzo,
    OpenApi,
    AsyncApi,
    Unknown,
}

/// What a document is by its root.
fn kind(root: NodeRef<'_>) -> Kind {
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

/// A path as an absolute `file:` URI; a URL as it is.
fn absolute(location: &str) -> String {
    if uri::is_absolute(location) {
        return location.to_owned();
    }
    let path = std::path::absolute(location).ok().and_then(|path| path.to_str().map(str::to_owned));
    path.and_then(|path| uri::file_uri(&path, uri::PathStyle::NATIVE)).unwrap_or_else(|| location.to_owned())
}

fn missing_source(
    document: SourceId,
    source: &arras_doc::arazzo::SourceDescription,
    error: &LoadError,
    fetching: bool,
) -> Diagnostic {
    let name = &source.name.value;
    let rule = match error.kind {
        LoadErrorKind::NotFound => rule::SOURCE_NOT_FOUND,
        LoadErrorKind::Policy if !fetching => {
            let host = url::Url::parse(&source.url.value).ok().and_then(|url| url.host_str().map(str::to_owned));
            let host = host.as_deref().unwrap_or("HOST");
            return Diagnostic::new(
                rule::SOURCE_NOT_FETCHED,
                format!("source `{name}` is not fetched: nothing is known of it"),
            )
            .at(document, source.url.span)
            .help(format!(
                "fetch it with `--online --allow-host {host}`, or say where it lies with `--source {name}=PATH`"
            ));
        }
        _ => rule::SOURCE_UNREADABLE,
    };
    let near = match error.near.as_slice() {
        [] | [_] => String::new(),
        near => format!("; near it: {}", near.iter().map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ")),
    };
    let path = error.near.first().map_or("PATH", String::as_str);
    Diagnostic::new(rule, format!("source `{name}` can't be loaded: {}", error.message))
        .at(document, source.url.span)
        .help(format!("say where it lies with `--source {name}={path}`{near}"))
}
