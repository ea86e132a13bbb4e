//! Descriptions from JSON text, for tests.

use std::sync::Arc;

use crate::diagnostic::Diagnostics;
use crate::node::Tree;
use crate::openapi::{Description, Document, Documents};
use crate::source::SourceId;

/// Reads YAML or JSON text.
pub(super) fn tree(text: &str) -> Arc<Tree> {
    let text: Arc<str> = text.into();
    Arc::new(crate::json::parse(&text).expect("valid JSON"))
}

/// A document that calls itself `uri`.
pub(super) fn document(uri: &str, text: &str) -> Arc<Document> {
    Arc::new(Document::new(SourceId(0), uri, tree(text)))
}

/// A description of one document.
pub(super) fn index(text: &str) -> (Description, Diagnostics) {
    Description::index(document("https://example.com/api.json", text), &Documents::default())
}
