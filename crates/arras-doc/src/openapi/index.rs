//! The one pass over `paths` that finds the operations.

use std::collections::HashMap;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::node::NodeRef;
use crate::openapi::method::{self, PathItemKey};
use crate::openapi::place::Site;
use crate::openapi::{Description, Document, PathKey, Place, Version};
use crate::span::Span;
use crate::{openapi, pointer, rule};

/// How many path items a chain of references may join.
const MOST_ITEMS: usize = 8;

/// A path: its key and the path items that describe it, its own before those it refers to.
#[derive(Debug)]
pub(super) struct PathEntry {
    pub(super) key: PathKey,
    pub(super) span: Span,
    pub(super) items: Vec<Site>,
}

/// An operation: where it stands, which path and method it has.
#[derive(Debug)]
pub(super) struct OperationEntry {
    pub(super) path: usize,
    pub(super) method: Box<str>,
    pub(super) pointer: Box<str>,
    pub(super) site: Site,
}

/// What [`paths`] finds.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) paths: Vec<PathEntry>,
    pub(super) operations: Vec<OperationEntry>,
}

/// The version that a document declares; the latest where that can't be said.
pub(super) fn version(document: &Document, diagnostics: &mut Diagnostics) -> Version {
    let root = document.tree().root();
    let Some((field, text)) = openapi::version::declared(root) else {
        let message = "the document is no OpenAPI description: it has neither `openapi` nor `swagger`";
        let start = Span::new(root.span().start as usize, root.span().start as usize);
        diagnostics.push(Diagnostic::new(rule::NOT_AN_OPENAPI_DESCRIPTION, message).at(document.source(), start));
        return Version::V3_2;
    };
    Version::parse(text).unwrap_or_else(|| {
        let message = format!("version `{text}` of OpenAPI is not known");
        let finding = Diagnostic::new(rule::UNSUPPORTED_OPENAPI_VERSION, message).at(document.source(), field.span());
        diagnostics.push(finding.help("versions 2.0, 3.0, 3.1 and 3.2 are read"));
        Version::V3_2
    })
}

/// Every path and operation.
pub(super) fn paths(description: &Description, diagnostics: &mut Diagnostics) -> Found {
    let mut found = Found::default();
    let Some(paths) = description.root().get("paths") else { return found };
    let Some(paths) = paths.resolve_or_warn(diagnostics) else { return found };
    if !paths.node().is_mapping() && !paths.node().is_null() {
        diagnostics.push(paths.malformed("`paths`", "an object"));
    }
    for (key, item) in paths.entries().filter(|(key, _)| !key.key().starts_with("x-")) {
        found.path(key, item, diagnostics);
    }
    found
}

/// The operations by their operationId; one that is not unique is a warning.
pub(super) fn by_id(description: &Description, diagnostics: &mut Diagnostics) -> HashMap<Box<str>, Vec<usize>> {
    let mut by_id: HashMap<Box<str>, Vec<usize>> = HashMap::with_capacity(description.operations.len());
    for (index, operation) in description.operations().enumerate() {
        let Some(id) = operation.operation_id() else { continue };
        let Some(others) = by_id.get_mut(id) else {
            by_id.insert(id.into(), vec![index]);
            continue;
        };
        let message = format!("the operationId `{id}` is used more than once");
        let first = others.first().and_then(|first| description.operations().nth(*first));
        let mut finding = operation.place().finding_at("operationId", rule::DUPLICATE_OPERATION_ID, message);
        if let Some(first) = first {
            let span = first.place().get("operationId").map_or(first.place().span(), Place::span);
            finding = finding.label(first.place().source(), span, "first used here");
        }
        diagnostics.push(finding);
        others.push(index);
    }
    by_id
}

impl Found {
    fn path(&mut self, key: NodeRef<'_>, item: Place<'_>, diagnostics: &mut Diagnostics) {
        let name = key.key();
        if !name.starts_with('/') {
            let message = format!("the path `{name}` does not begin with `/`");
            let finding = Diagnostic::new(rule::MALFORMED_DESCRIPTION, message).at(item.source(), key.span());
            diagnostics.push(finding.help("it is read as if it did"));
        }
        let items = chain(item, diagnostics);
        let path = self.paths.len();
        let sites = items.iter().map(|item| item.site()).collect();
        self.paths.push(PathEntry { key: PathKey::new(name), span: key.span(), items: sites });
        let mut pointer = String::from("/paths");
        pointer::push(&mut pointer, name);
        let first = self.operations.len();
        for item in items {
            for (key, operation) in item.entries() {
                self.path_item_entry(Candidate { path, first, key, pointer: &pointer, operation }, diagnostics);
            }
        }
    }

    fn path_item_entry(&mut self, candidate: Candidate<'_, '_>, diagnostics: &mut Diagnostics) {
        let (key, operation) = (candidate.key, candidate.operation);
        match method::classify(key.key(), operation.description.version) {
            PathItemKey::Operation(method) => self.operation(candidate, method, diagnostics),
            PathItemKey::Loose(method) => {
                let message = format!("`{}` is no field of a path item in this version of OpenAPI", key.key());
                let finding = Diagnostic::new(rule::MALFORMED_DESCRIPTION, message).at(operation.source(), key.span());
                diagnostics.push(finding.help(format!("it is read as the method {method}")));
                self.operation(candidate, method, diagnostics);
            }
            PathItemKey::Field if key.key() == "additionalOperations" => self.additional(candidate, diagnostics),
            PathItemKey::Field => {}
            PathItemKey::Unknown => {
                let message = format!("`{}` is no field of a path item", key.key());
                let finding = Diagnostic::new(rule::MALFORMED_DESCRIPTION, message).at(operation.source(), key.span());
                diagnostics.push(finding.help("it is left out"));
            }
        }
    }

    fn additional(&mut self, candidate: Candidate<'_, '_>, diagnostics: &mut Diagnostics) {
        let pointer = format!("{}/additionalOperations", candidate.pointer);
        for (key, operation) in candidate.operation.entries() {
            if !method::is_token(key.key()) {
                let message = format!("`{}` is no method", key.key());
                diagnostics.push(operation.finding(rule::MALFORMED_DESCRIPTION, message).help("it is left out"));
                continue;
            }
            self.operation(Candidate { key, operation, pointer: &pointer, ..candidate }, key.key(), diagnostics);
        }
    }

    /// Adds an operation unless this path has one with that method already.
    fn operation(&mut self, candidate: Candidate<'_, '_>, method: &str, diagnostics: &mut Diagnostics) {
        let operation = candidate.operation;
        if !operation.node().is_mapping() {
            diagnostics.push(operation.malformed(&format!("the operation `{}`", candidate.key.key()), "an object"));
            return;
        }
        let Some(site) = operation.resolve_or_warn(diagnostics).map(Place::site) else { return };
        if self.operations.iter().skip(candidate.first).any(|known| *known.method == *method) {
            return;
        }
        let mut pointer = candidate.pointer.to_owned();
        pointer::push(&mut pointer, candidate.key.key());
        let (method, pointer) = (method.into(), pointer.into());
        self.operations.push(OperationEntry { path: candidate.path, method, pointer, site });
    }
}

/// An entry of a path item on its way to being an operation.
#[derive(Clone, Copy)]
struct Candidate<'a, 'd> {
    path: usize,
    first: usize,
    key: NodeRef<'d>,
    pointer: &'a str,
    operation: Place<'d>,
}

/// A path item and those that it refers to, one after the other.
fn chain<'d>(item: Place<'d>, diagnostics: &mut Diagnostics) -> Vec<Place<'d>> {
    let mut items: Vec<Place<'d>> = Vec::new();
    let mut next = Some(item);
    while let Some(item) = next.take() {
        if items.len() >= MOST_ITEMS || items.iter().any(|known| known.site() == item.site()) {
            let message = "the path item's references lead in a circle";
            diagnostics.push(item.finding_at("$ref", rule::UNRESOLVED_REFERENCE, message));
            break;
        }
        if !item.node().is_mapping() {
            if !item.node().is_null() {
                diagnostics.push(item.malformed("the path item", "an object"));
            }
            break;
        }
        match item.target() {
            Some(Ok(target)) => next = Some(target),
            Some(Err(unresolved)) => diagnostics.push(unresolved.diagnostic(item)),
            None => {}
        }
        items.push(item);
    }
    items
}
