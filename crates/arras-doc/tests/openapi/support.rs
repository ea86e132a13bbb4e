//! Descriptions from YAML text, and the folder of shared data.

use std::path::PathBuf;
use std::sync::Arc;

use arras_doc::diagnostic::Diagnostics;
use arras_doc::openapi::{Description, Document, Documents, Operation};
use arras_doc::read;
use arras_doc::source::{Source, SourceId};

/// The fixtures, one a version.
pub(crate) const V2_0: &str = include_str!("fixtures/swagger-2.0.yaml");
pub(crate) const V3_0: &str = include_str!("fixtures/openapi-3.0.yaml");
pub(crate) const V3_1: &str = include_str!("fixtures/openapi-3.1.yaml");
pub(crate) const V3_2: &str = include_str!("fixtures/openapi-3.2.yaml");

/// The URI that documents of one file are read from.
pub(crate) const URI: &str = "https://docs.example.com/apis/api.yaml";

/// A document read from `uri`; `None` if the text can't be read.
pub(crate) fn try_document(uri: &str, text: &str) -> Option<Arc<Document>> {
    let id = SourceId(0);
    let (tree, _) = read::read(&Source::new(uri, uri, text), id);
    tree.map(|tree| Arc::new(Document::new(id, uri, Arc::new(tree))))
}

/// A document read from `uri`.
pub(crate) fn document(uri: &str, text: &str) -> Arc<Document> {
    try_document(uri, text).expect("readable text")
}

/// A description of one document.
pub(crate) fn index(text: &str) -> (Description, Diagnostics) {
    Description::index(document(URI, text), &Documents::default())
}

/// A description in which nothing is wrong.
pub(crate) fn sound(text: &str) -> Description {
    let (description, diagnostics) = index(text);
    assert_eq!(messages(&diagnostics), Vec::<&str>::new());
    description
}

/// The operation of that operationId.
pub(crate) fn operation<'d>(description: &'d Description, id: &str) -> Operation<'d> {
    description.operation(id).found().expect("the operation")
}

/// What the findings say.
pub(crate) fn messages(diagnostics: &Diagnostics) -> Vec<&str> {
    diagnostics.iter().map(|finding| finding.message.as_str()).collect()
}

#[path = "../../../../tests/support/shared_data.rs"]
mod shared_data;

/// The folder of shared data, or `None` with a word about it.
pub(crate) fn shared() -> Option<PathBuf> {
    shared_data::shared("")
}
