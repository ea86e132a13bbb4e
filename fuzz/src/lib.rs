//! What the fuzz targets share.

use std::sync::Arc;

use arras_doc::diagnostic::Diagnostic;
use arras_doc::openapi::{Description, Document, Documents};
use arras_doc::read;
use arras_doc::source::{Source, SourceId};

/// Every finding about a text points into it, between characters.
pub fn places(found: &[Diagnostic], text: &str) {
    for label in found.iter().flat_map(|one| &one.labels) {
        assert!(text.get(label.span.range()).is_some(), "{label:?} in {text:?}");
    }
}

/// A text as the description of an API.
pub fn description(text: &str) -> Option<Description> {
    let source = Source::new("b", "file:///b", text);
    let (tree, _) = read::read(&source, SourceId(1));
    let document = Document::new(SourceId(1), "file:///b", Arc::new(tree?));
    Some(Description::index(Arc::new(document), &Documents::default()).0)
}
