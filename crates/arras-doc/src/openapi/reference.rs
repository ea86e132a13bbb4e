//! `$ref`: pointers, anchors and identifiers, within one document and across those that were supplied.

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::openapi::Place;
use crate::openapi::place::Site;
use crate::rule;
use crate::{pointer, suggest, uri};

/// How many references one resolution may follow.
const MOST_HOPS: usize = 64;
/// With how many names a wrong one is compared.
const MOST_NAMES: usize = 2_000;

/// Why a reference leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unresolved {
    /// It points into a document that was not supplied.
    External {
        /// The document's URI, absolute if the referring document's is.
        uri: String,
        /// The decoded fragment, perhaps empty.
        fragment: String,
    },
    /// The document has no such value.
    Missing {
        /// The reference as written.
        reference: String,
    },
    /// It leads back to itself, or through too many others.
    Cycle {
        /// The reference as written.
        reference: String,
    },
}

impl Unresolved {
    /// The warning for a reference at `place` that leads nowhere.
    pub fn diagnostic(&self, place: Place<'_>) -> Diagnostic {
        let (message, help) = match self {
            Unresolved::External { uri, .. } => {
                (format!("the document `{uri}` is referred to but not loaded"), "what it describes is not checked")
            }
            Unresolved::Missing { reference } => (
                format!("`{reference}` does not exist"),
                "describe it there, or correct the reference: what refers to it is not checked",
            ),
            Unresolved::Cycle { reference } => (
                format!("`{reference}` leads back to itself"),
                "let it refer to a description: what refers to it is not checked",
            ),
        };
        let near = match self {
            Unresolved::Missing { reference } => near(place, reference),
            Unresolved::External { .. } | Unresolved::Cycle { .. } => None,
        };
        let help = near.map_or_else(|| help.to_owned(), |near| format!("did you mean `{near}`?"));
        place.finding_at("$ref", rule::UNRESOLVED_REFERENCE, message).help(help)
    }
}

/// The reference that may have been meant by one whose last name is not there.
fn near(place: Place<'_>, reference: &str) -> Option<String> {
    let (parent, name) = reference.rsplit_once('/')?;
    let names = place.refer(parent).ok()?.entries().take(MOST_NAMES).map(|(key, _)| key.key());
    let written = format!("/{name}");
    let name = pointer::tokens(&written)?.pop()?;
    let near = suggest::nearest(&name, names, 1).into_iter().next()?;
    let mut meant = parent.to_owned();
    pointer::push(&mut meant, near);
    Some(meant)
}

impl<'d> Place<'d> {
    /// The reference that this place is, as written: a mapping with a string under `$ref`.
    pub fn reference(self) -> Option<&'d str> {
        self.node().get("$ref")?.as_str()
    }

    /// The place that this one stands for: itself, or where its chain of references ends.
    ///
    /// # Errors
    /// If a reference leads out of the supplied documents, nowhere, or in a circle.
    pub fn resolve(self) -> Result<Place<'d>, Unresolved> {
        follow(self, &mut MOST_HOPS.clone())
    }

    /// Like [`Place::resolve`], with a warning and nothing where that fails.
    pub fn resolve_or_warn(self, diagnostics: &mut Diagnostics) -> Option<Place<'d>> {
        self.resolve().map_err(|unresolved| diagnostics.push(unresolved.diagnostic(self))).ok()
    }

    /// Where this place's own reference points, without following a further one there; `None` if it is none.
    ///
    /// # Errors
    /// As for [`Place::resolve`].
    pub fn target(self) -> Option<Result<Place<'d>, Unresolved>> {
        self.reference().map(|reference| target(self, reference, &mut MOST_HOPS.clone()))
    }

    /// Where a reference points that stands at this place.
    ///
    /// # Errors
    /// As for [`Place::resolve`].
    pub fn refer(self, reference: &str) -> Result<Place<'d>, Unresolved> {
        target(self, reference, &mut MOST_HOPS.clone())
    }

    /// Whether where a `$dynamicRef` leads depends on the way on which one comes to it: several schemas have its
    /// `$dynamicAnchor`. With one alone it is a reference like any.
    pub fn is_dynamic(self, reference: &str) -> bool {
        let (_, fragment) = uri::split_fragment(reference);
        fragment.is_some_and(|name| self.description.dynamic_anchors(name) > 1)
    }

    /// The value at a JSON Pointer below this place, references on the way followed.
    pub fn at(self, pointer: &str) -> Option<Place<'d>> {
        descend(self, pointer, &mut MOST_HOPS.clone())
    }
}

fn follow<'d>(start: Place<'d>, hops: &mut usize) -> Result<Place<'d>, Unresolved> {
    let mut place = start;
    let mut visited: Vec<Site> = Vec::new();
    while let Some(reference) = place.reference() {
        if visited.contains(&place.site()) {
            return Err(Unresolved::Cycle { reference: reference.to_owned() });
        }
        visited.push(place.site());
        place = target(place, reference, hops)?;
    }
    Ok(place)
}

fn target<'d>(place: Place<'d>, reference: &str, hops: &mut usize) -> Result<Place<'d>, Unresolved> {
    let Some(left) = hops.checked_sub(1) else {
        return Err(Unresolved::Cycle { reference: reference.to_owned() });
    };
    *hops = left;
    let (document, fragment) = uri::split_fragment(reference);
    let written = fragment.unwrap_or_default();
    let fragment = uri::percent_decode(written).unwrap_or_else(|| written.to_owned());
    let found = match resource(place, document) {
        Ok(root) => within(root, &fragment, hops).or_else(|| within(root, written, hops)),
        Err(uri) => return Err(Unresolved::External { uri, fragment }),
    };
    found.ok_or_else(|| Unresolved::Missing { reference: reference.to_owned() })
}

/// The document, or the schema with an `$id`, that a reference without its fragment names; else the URI as resolved.
fn resource<'d>(place: Place<'d>, reference: &str) -> Result<Place<'d>, String> {
    let identifiers = place.document().identifiers();
    let enclosing = identifiers.resource_at(place.span());
    if reference.is_empty() {
        let tree = place.document().tree();
        return Ok(place.with(enclosing.map_or(tree.root(), |resource| tree.node(resource.node))));
    }
    let uri = uri::resolve(enclosing.map_or(place.document().base(), |resource| &resource.uri), reference);
    if place.document().is_called(&uri) {
        return Ok(place.with(place.document().tree().root()));
    }
    place.description.document_or_schema(&uri).ok_or(uri)
}

fn within<'d>(resource: Place<'d>, fragment: &str, hops: &mut usize) -> Option<Place<'d>> {
    if fragment.is_empty() {
        return Some(resource);
    }
    let tree = resource.document().tree();
    if !fragment.starts_with('/') {
        let named = resource.document().identifiers().anchor(fragment, resource.span())?;
        return Some(resource.with(tree.node(named)));
    }
    let whole = resource.with(tree.root());
    descend(resource, fragment, hops).or_else(|| descend(whole, fragment, hops))
}

fn descend<'d>(start: Place<'d>, pointer: &str, hops: &mut usize) -> Option<Place<'d>> {
    let mut place = start;
    for token in pointer::tokens(pointer)? {
        place = match place.node().child(&token) {
            Some(child) => place.with(child),
            None => {
                place.reference()?;
                let through = follow(place, hops).ok()?;
                through.with(through.node().child(&token)?)
            }
        };
    }
    Some(place)
}
