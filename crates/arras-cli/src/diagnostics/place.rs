//! Where a finding stands, in the terms of people and of machines.

use std::fmt;
use std::sync::Arc;

use arras_doc::diagnostic::Diagnostic;
use arras_doc::rule;
use arras_doc::source::{Source, SourceId, Sources};
use arras_doc::span::Span;

/// Finds the JSON Pointer of what a span covers.
type PointerAt = dyn Fn(SourceId, Span) -> Option<String> + Send + Sync;

/// The texts that findings point into, and their trees.
#[derive(Clone)]
pub struct Places {
    sources: Arc<Sources>,
    pointer: Arc<PointerAt>,
}

impl fmt::Debug for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Places").field("sources", &self.sources).finish_non_exhaustive()
    }
}

/// One place. Lines and columns count from 1, columns in characters; the end is just past the last character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file as people named it.
    pub file: Arc<str>,
    /// First line.
    pub line: usize,
    /// First column.
    pub column: usize,
    /// Last line.
    pub end_line: usize,
    /// The column after the last.
    pub end_column: usize,
    /// The JSON Pointer (RFC 6901) of what stands there.
    pub pointer: Option<String>,
}

impl Places {
    /// The texts, and how to find the JSON Pointer of a span (`tree.pointer_at(span)` of that text's tree).
    pub fn new(
        sources: Arc<Sources>,
        pointer: impl Fn(SourceId, Span) -> Option<String> + Send + Sync + 'static,
    ) -> Places {
        Places { sources, pointer: Arc::new(pointer) }
    }

    /// No texts: findings have no places.
    pub fn none() -> Places {
        Places::new(Arc::default(), |_, _| None)
    }

    /// The text of that id.
    pub fn source(&self, id: SourceId) -> Option<&Source> {
        self.sources.try_get(id)
    }

    /// Where a finding stands in the first place; `None` if it stands nowhere, or its text is not among these.
    pub fn of(&self, diagnostic: &Diagnostic) -> Option<Place> {
        let label = diagnostic.primary()?;
        let mut place = self.find(label.source, label.span)?;
        // marked is a key of the object that lacks something, unless it has none; meant is the object
        let marked = self.source(label.source).and_then(|source| source.text.get(label.span.start as usize..));
        if diagnostic.rule == rule::MISSING_FIELD && marked.is_some_and(|text| !text.starts_with('{')) {
            let outer = place.pointer.as_deref().and_then(|pointer| pointer.rsplit_once('/'));
            place.pointer = outer.map(|(object, _)| object.to_owned()).or(place.pointer);
        }
        Some(place)
    }

    /// Where `span` stands; `None` if the text is not among these.
    pub fn find(&self, id: SourceId, span: Span) -> Option<Place> {
        let source = self.source(id)?;
        let (start, end) = (source.position(span.start), source.position(span.end));
        Some(Place {
            file: source.name.clone(),
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
            pointer: (self.pointer)(id, span),
        })
    }
}
