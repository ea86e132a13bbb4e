//! Loading a description: its documents and everything that they refer to, then linking it.
//!
//! Every text is read whole before anything in it is resolved (ARZ-DOC-15, ARZ-DOC-17), and all documents at hand
//! before a reference counts as leading nowhere (ARZ-DOC-16): what other machines hold is asked for last.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::path::{self, Component, Path};
use std::sync::Arc;

use arras_doc::arazzo::{Document, Reading, Unbraced};
use arras_doc::diagnostic::{Diagnostic, Diagnostics, Severity, tolerate_nothing};
use arras_doc::levels::{self, InlineLevels, Level, Levels};
use arras_doc::link::{LinkedSource, LinkedSources, document_cycles, link};
use arras_doc::openapi;
use arras_doc::rule;
use arras_doc::source::SourceId;
use arras_run::plan::{Bundle, LinkedDocument, Strictness};

use super::shelf::{Indexed, Shelf};
use super::supplied::Supplied;
use super::texts::{Kind, Target, Text, Texts, is_web};
use super::{Engine, Error, Loaded};
use crate::load::{LoadError, LoadErrorKind, Loader};
use crate::policy::Network;

pub(super) async fn load(
    engine: &Engine,
    shelf: Shelf,
    entry: &Supplied,
    others: &[Supplied],
) -> Result<Loaded, Error> {
    let beside = others.iter().map(|other| other.location().to_owned()).filter(|location| !location.is_empty());
    let loader = engine.loader(entry.location(), beside.collect())?;
    let mut loading = Loading::new(engine, shelf, &*loader);
    let first = loading.texts.supply(&entry.0, &*loader).await.map_err(unreadable)?;
    for other in others {
        loading.texts.supply(&other.0, &*loader).await.map_err(unreadable)?;
    }
    let supplied = loading.texts.len();
    let text = loading.texts.get(first).clone();
    if matches!(text.tree.as_ref().map(|tree| Kind::of(tree.root())), Some(Kind::OpenApi)) {
        loading.entry = match loading.description(&text).await {
            LinkedSource::OpenApi(description) => Some(description),
            _ => None,
        };
    }
    if loading.entry.is_some() || !matches!(loading.hold(first).await, Ok(Held::Arazzo(_))) {
        loading.add_document(&text);
    }
    loading.load_sources().await;
    loading.note_unused(first + 1..supplied);
    Ok(loading.link())
}

/// One text, judged by the official schema alone.
pub(super) async fn judge_by_schema(engine: &Engine, shelf: Shelf, document: &Supplied) -> Result<Loaded, Error> {
    let loader = engine.loader(document.location(), Vec::new())?;
    let mut texts = Texts::on(shelf, &engine.parts.settings.policy.paths);
    let read = texts.supply(&document.0, &*loader).await;
    let text = texts.get(read.map_err(unreadable)?).clone();
    let mut found: Diagnostics = texts.diagnostics.iter().filter(|found| found.is_error()).cloned().collect();
    if let Some(tree) = &text.tree {
        found.extend(arras_doc::schema::judge(text.id, tree));
    }
    Ok(Loaded::new(engine.clone(), texts.shelf.sources(), texts.trees(), Bundle::default(), None, found))
}

fn unreadable(error: LoadError) -> Error {
    Error::unreadable(error.to_string(), error.kind == LoadErrorKind::NotFound)
}

/// What a text turned out to hold.
#[derive(Clone)]
enum Held {
    Arazzo(usize),
    Other(LinkedSource),
}

struct Pending {
    document: Arc<Document>,
    text: Text,
    sources: Vec<LinkedSource>,
    arazzo: Vec<Option<usize>>,
}

/// A source description that awaits its text: of the document at `document`, the one at `source`.
#[derive(Clone, Copy)]
struct Wanted {
    document: usize,
    source: usize,
}

struct Loading<'e> {
    engine: &'e Engine,
    loader: &'e dyn Loader,
    texts: Texts,
    documents: Vec<Pending>,
    /// What each text holds, once it was asked for.
    held: HashMap<usize, Held>,
    /// Sources that may lie on this machine, and those that do not.
    near: VecDeque<Wanted>,
    far: VecDeque<Wanted>,
    diagnostics: Diagnostics,
    /// The description that the entry is, if it is one and no Arazzo document.
    entry: Option<Arc<openapi::Description>>,
}

impl<'e> Loading<'e> {
    fn new(engine: &'e Engine, shelf: Shelf, loader: &'e dyn Loader) -> Loading<'e> {
        Loading {
            engine,
            loader,
            texts: Texts::on(shelf, &engine.parts.settings.policy.paths),
            documents: Vec::new(),
            held: HashMap::new(),
            near: VecDeque::new(),
            far: VecDeque::new(),
            diagnostics: Diagnostics::new(),
            entry: None,
        }
    }

    /// Reads a text as an Arazzo document and queues its sources; `None` if there is no tree.
    fn add_document(&mut self, text: &Text) -> Option<usize> {
        let tree = text.tree.clone()?;
        let settings = &self.engine.parts.settings;
        let (document, found) = Document::read_as(text.id, tree, settings.reading());
        self.diagnostics.extend(found);
        let count = document.source_descriptions.len();
        let index = self.documents.len();
        self.near.extend((0..count).map(|source| Wanted { document: index, source }));
        self.documents.push(Pending {
            document: Arc::new(document),
            text: text.clone(),
            sources: vec![LinkedSource::Missing; count],
            arazzo: vec![None; count],
        });
        Some(index)
    }

    /// Loads the sources of all documents, and of those that turn up meanwhile; what the network holds comes last,
    /// since a document that is at hand by then may be what is meant.
    async fn load_sources(&mut self) {
        while let Some((wanted, near)) =
            self.near.pop_front().map(|one| (one, true)).or_else(|| self.far.pop_front().map(|one| (one, false)))
        {
            let pending = &self.documents[wanted.document];
            let document = pending.document.clone();
            let source = &document.source_descriptions[wanted.source];
            let chosen = self.engine.parts.settings.source(&source.name).map(str::to_owned);
            let mut far = chosen.as_deref().is_some_and(is_web);
            let found = match (chosen, &source.described) {
                (Some(location), _) => self.at(&location).await,
                (None, Some(text)) => {
                    let index = self.texts.made(&source.name, &pending.text.location, text);
                    self.hold(index).await
                }
                (None, None) => {
                    let target = pending.text.target(&source.url);
                    far = is_far(&target);
                    if near && self.texts.identified(&target.identity).is_none() && far {
                        self.far.push_back(wanted);
                        continue;
                    }
                    self.resolve(wanted, &target).await
                }
            };
            match found {
                Ok(held) => self.fill(wanted, held),
                Err(error) => {
                    // what lies on this machine is refused for another reason than that nothing is fetched
                    let fetching = !far || self.engine.parts.settings.policy.network == Network::Online;
                    let location = &self.documents[wanted.document].text.location;
                    let found = missing_source(document.source, location, source, &error, fetching);
                    self.diagnostics.push(found);
                }
            }
        }
    }

    /// What a source's URL means: the text at hand with that URI, else what lies there (ARZ-URI-14, ARZ-URI-15).
    async fn resolve(&mut self, wanted: Wanted, target: &Target) -> Result<Held, LoadError> {
        if let Some(index) = self.texts.identified(&target.identity) {
            self.note_location(wanted, index, &target.identity);
            return self.hold(index).await;
        }
        let failure = match &target.location {
            Ok(location) => match self.texts.at(location, self.loader).await {
                Ok(index) => {
                    self.note_location(wanted, index, &target.identity);
                    return self.hold(index).await;
                }
                Err(error) => error,
            },
            Err(error) => error.clone(),
        };
        self.beside(wanted).await.unwrap_or(Err(failure))
    }

    /// The text that lies where the URL leads from the document's own place, which its `$self` overrules.
    async fn beside(&mut self, wanted: Wanted) -> Option<Result<Held, LoadError>> {
        let pending = &self.documents[wanted.document];
        let document = pending.document.clone();
        let source = document.source_descriptions.get(wanted.source)?;
        let location = pending.text.beside(&source.url)?;
        let index = self.texts.at(&location, self.loader).await.ok()?;
        let own = document.self_uri.as_ref().map(|uri| uri.value.as_str()).unwrap_or_default();
        let message =
            format!("`{}` was taken from `{location}`, though the document's `$self` is `{own}`", source.url.value);
        let help = format!("give the file with `--source {}={location}`, or give it a `$self`", source.name.value);
        self.diagnostics
            .push(Diagnostic::new(rule::LOOSE_BASE, message).at(document.source, source.url.span).help(help));
        Some(self.hold(index).await)
    }

    fn fill(&mut self, wanted: Wanted, held: Held) {
        let linked = match held {
            Held::Arazzo(other) => {
                self.documents[wanted.document].arazzo[wanted.source] = Some(other);
                LinkedSource::Arazzo(self.documents[other].document.clone())
            }
            Held::Other(linked) => linked,
        };
        self.documents[wanted.document].sources[wanted.source] = linked;
    }

    async fn at(&mut self, location: &str) -> Result<Held, LoadError> {
        let index = self.texts.at(location, self.loader).await?;
        self.hold(index).await
    }

    /// What a text holds; each is asked once.
    async fn hold(&mut self, index: usize) -> Result<Held, LoadError> {
        if let Some(held) = self.held.get(&index) {
            return Ok(held.clone());
        }
        let text = self.texts.get(index).clone();
        let held = match text.tree.as_ref().map(|tree| Kind::of(tree.root())) {
            Some(Kind::Arazzo) => match self.add_document(&text) {
                Some(index) => Held::Arazzo(index),
                None => Held::Other(LinkedSource::Missing),
            },
            Some(Kind::OpenApi) => Held::Other(self.description(&text).await),
            Some(Kind::AsyncApi) => Held::Other(self.messages(&text)),
            Some(Kind::Unknown) => {
                let name = &text.name;
                let message = format!("`{name}` is neither an OpenAPI or AsyncAPI description nor an Arazzo document");
                return Err(LoadError { kind: LoadErrorKind::Unsupported, message, near: Vec::new() });
            }
            None => Held::Other(LinkedSource::Missing),
        };
        self.held.insert(index, held.clone());
        Ok(held)
    }

    fn messages(&mut self, text: &Text) -> LinkedSource {
        let Some(tree) = text.tree.clone() else { return LinkedSource::Missing };
        LinkedSource::AsyncApi(text.id, tree)
    }

    /// Indexes an OpenAPI description with the documents that it refers to, unless another load has done so.
    async fn description(&mut self, text: &Text) -> LinkedSource {
        let Some(tree) = text.tree.clone() else { return LinkedSource::Missing };
        let entry = self.texts.shelf.document(text, &tree);
        let (others, names) = self.referenced(&entry).await;
        let indexed = match self.texts.shelf.description(text.id, &names) {
            Some(indexed) => indexed,
            None => {
                let (description, found) = openapi::Description::index(entry, &others);
                let indexed = Indexed { others: names, description: Arc::new(description), found: Arc::new(found) };
                self.texts.shelf.keep_description(text.id, indexed.clone());
                indexed
            }
        };
        self.diagnostics.extend(indexed.found.iter().cloned());
        LinkedSource::OpenApi(indexed.description)
    }

    /// The documents that an OpenAPI document refers to, and those that they refer to; by which URIs.
    async fn referenced(&mut self, entry: &Arc<openapi::Document>) -> (openapi::Documents, Vec<(String, SourceId)>) {
        let mut others = openapi::Documents::default();
        let mut names = Vec::new();
        let mut pending = vec![entry.clone()];
        while let Some(document) = pending.pop() {
            for reference in document.external_references() {
                let known = *reference.uri == *entry.uri() || others.get(&reference.uri).is_some();
                if known {
                    continue;
                }
                let found = match self.texts.identified(&reference.uri) {
                    Some(index) => Ok(index),
                    None if is_web(document.uri()) && !is_web(&reference.uri) => Err(no_files(&reference.uri)),
                    None => self.texts.at(&reference.uri, self.loader).await,
                };
                match found {
                    Ok(index) => {
                        let text = self.texts.get(index).clone();
                        let Some(tree) = &text.tree else { continue };
                        let other = self.texts.shelf.document(&text, tree);
                        others.add_as(reference.uri.clone(), other.clone());
                        names.push((reference.uri.clone(), text.id));
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
        (others, names)
    }

    /// A document that has a URI of its own is best referred to by it (ARZ-URI-16).
    fn note_location(&mut self, wanted: Wanted, found: usize, identity: &str) {
        let found = self.texts.get(found);
        let arazzo = found.tree.as_ref().is_some_and(|tree| Kind::of(tree.root()) == Kind::Arazzo);
        let Some(own) = found.own.as_deref().filter(|own| arazzo && *own != identity) else { return };
        let document = &self.documents[wanted.document].document;
        let Some(source) = document.source_descriptions.get(wanted.source) else { return };
        let message = format!("`{}` is where the document lies; it gives itself the URI `{own}`", source.url.value);
        let diagnostic = Diagnostic::new(rule::LOCATION_REFERENCE, message).at(document.source, source.url.span);
        self.diagnostics.push(diagnostic.help(format!("write `url: {own}`, and name the file with `--document`")));
    }

    fn note_unused(&mut self, supplied: std::ops::Range<usize>) {
        for index in supplied.filter(|index| !self.held.contains_key(index)) {
            let text = self.texts.get(index);
            let name = &text.name;
            let message = format!("nothing refers to the document `{name}`");
            let help = match &text.own {
                Some(own) => format!("a source description with `url: {own}` would"),
                None => "a source description refers to a document by its `$self`, or by where it lies".to_owned(),
            };
            let diagnostic = Diagnostic::new(rule::UNUSED_DOCUMENT, message);
            let place = text.tree.as_ref().map_or_else(Default::default, |tree| {
                tree.root().entries().next().map_or(tree.root().span(), |(key, _)| key.span())
            });
            self.diagnostics.push(diagnostic.at(text.id, place).help(help));
        }
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
        let linked: Vec<_> = bundle.documents.iter().map(|one| (&*one.document, &one.sources, &one.links)).collect();
        self.diagnostics.extend(document_cycles(&linked));
        let (sources, trees) = (self.texts.shelf.sources(), self.texts.trees());
        let mut found = self.texts.diagnostics;
        found.append(&mut self.diagnostics);
        let settings = &self.engine.parts.settings;
        if settings.plan.strictness == Strictness::Strict {
            tolerate_nothing(&mut found);
        }
        if found.iter().any(|one| one.rule.inert) {
            let inline: HashMap<_, _> = trees.iter().map(|(id, tree)| (*id, InlineLevels::read(*id, tree).0)).collect();
            let mut levels = settings.tolerated();
            levels.extend_from_slice(&settings.levels);
            levels::apply_inert(&mut found, &levels, |id| inline.get(&id));
        }
        Loaded::new(self.engine.clone(), sources, trees, bundle, self.entry, found)
    }
}

impl super::Settings {
    /// A run is the same whatever its outputs are called, so names that the specification forbids are a warning, if nobody says
    /// otherwise.
    fn tolerated(&self) -> Levels {
        match self.plan.strictness {
            Strictness::Tolerant => vec![(rule::INVALID_MAP_KEY, Level::At(Severity::Warning))],
            Strictness::Strict => Vec::new(),
        }
    }

    fn reading(&self) -> Reading {
        let unbraced = match self.plan.strictness {
            Strictness::Tolerant => Unbraced::Embed,
            Strictness::Strict => Unbraced::Leave,
        };
        Reading { newer: self.newer, jsonpath: self.plan.jsonpath, unbraced }
    }
}

fn no_files(uri: &str) -> LoadError {
    let message = format!("`{uri}` is refused: a document from the web refers to no files");
    LoadError { kind: LoadErrorKind::Policy, message, near: Vec::new() }
}

/// Whether another machine would have to be asked.
fn is_far(target: &Target) -> bool {
    target.location.as_deref().is_ok_and(is_web)
}

/// A file as the url of a source in the document at `location`.
fn seen_from(location: &str, file: &str) -> String {
    let (Ok(base), Ok(path)) = (path::absolute(location), path::absolute(file)) else { return file.to_owned() };
    let (base, path) = (names_of(&base), names_of(&path));
    let shared = base.iter().zip(&path).take_while(|(a, b)| a == b).count();
    // nothing is shared
    if shared == 0 {
        return file.to_owned();
    }
    let up = base.len().saturating_sub(shared + 1);
    let names: Vec<&str> = std::iter::repeat_n("..", up).chain(path[shared..].iter().map(|name| &**name)).collect();
    let url = names.join("/");
    if up == 0 { format!("./{url}") } else { url }
}

/// The names of a path, each `..` taken from what stands before it.
fn names_of(path: &Path) -> Vec<Cow<'_, str>> {
    let mut names = Vec::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => names.push(name.to_string_lossy()),
            Component::ParentDir => drop(names.pop()),
            _ => {}
        }
    }
    names
}

fn missing_source(
    document: SourceId,
    location: &str,
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
    let help = match error.near.as_slice() {
        [] => format!("correct its url, or say where it lies with `--source {name}=PATH`"),
        [one, others @ ..] => {
            let others: Vec<String> = others.iter().map(|path| format!("`{}`", seen_from(location, path))).collect();
            let others =
                if others.is_empty() { String::new() } else { format!("; also near it: {}", others.join(", ")) };
            let url = seen_from(location, one);
            format!("write `url: {url}` if that is meant, or use it with `--source {name}={one}`{others}")
        }
    };
    Diagnostic::new(rule, format!("source `{name}` can't be loaded: {}", error.message))
        .at(document, source.url.span)
        .help(help)
}
