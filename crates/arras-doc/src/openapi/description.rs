//! A description: its documents, its version, its operations.

use std::collections::HashMap;
use std::sync::Arc;

use crate::diagnostic::Diagnostics;
use crate::node::{NodeId, NodeRef};
use crate::openapi::index::{self, OperationEntry, PathEntry};
use crate::openapi::place::Site;
use crate::openapi::{Document, Documents, Operation, Place, Version};

/// An API, described by one document and those that it refers to.
#[derive(Debug)]
pub struct Description {
    pub(super) documents: Documents,
    pub(super) version: Version,
    pub(super) paths: Vec<PathEntry>,
    pub(super) operations: Vec<OperationEntry>,
    pub(super) by_id: HashMap<Box<str>, Vec<usize>>,
    /// The operations in the order of their pointers.
    pub(super) by_pointer: Vec<usize>,
}

impl Description {
    /// Finds the operations of a description whose entry document is `document`; references to other files resolve to
    /// `others`.
    ///
    /// The diagnostics hold an error if this is no OpenAPI description or one of an unknown version, which is then read
    /// like the latest; else only warnings.
    pub fn index(document: Arc<Document>, others: &Documents) -> (Description, Diagnostics) {
        let documents = Documents::with_first(document, others);
        let mut diagnostics = Diagnostics::new();
        let version = index::version(documents.at(0), &mut diagnostics);
        let mut description = Description {
            documents,
            version,
            paths: Vec::new(),
            operations: Vec::new(),
            by_id: HashMap::new(),
            by_pointer: Vec::new(),
        };
        let found = index::paths(&description, &mut diagnostics);
        description.paths = found.paths;
        description.operations = found.operations;
        description.by_id = index::by_id(&description, &mut diagnostics);
        let mut by_pointer: Vec<usize> = (0..description.operations.len()).collect();
        by_pointer.sort_by_key(|index| &*description.operations[*index].pointer);
        description.by_pointer = by_pointer;
        (description, diagnostics)
    }

    /// A document that is no description of an API, for the schemas in it, which are read as JSON Schema's own.
    pub fn of_schemas(document: Arc<Document>) -> Description {
        Description {
            documents: Documents::with_first(document, &Documents::default()),
            version: Version::V3_2,
            paths: Vec::new(),
            operations: Vec::new(),
            by_id: HashMap::new(),
            by_pointer: Vec::new(),
        }
    }

    /// A node of the entry document.
    pub fn place(&self, node: NodeId) -> Place<'_> {
        Place::new(self, Site { document: 0, node })
    }

    /// The specification's version.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The API's name, if it has one.
    pub fn title(&self) -> Option<&str> {
        self.root().get("info")?.text("title")
    }

    /// The outermost value of the entry document.
    pub fn root(&self) -> Place<'_> {
        self.root_of(0)
    }

    /// The entry document.
    pub fn document(&self) -> &Document {
        self.documents.at(0)
    }

    /// Every operation under `paths`, in source order.
    pub fn operations(&self) -> impl ExactSizeIterator<Item = Operation<'_>> {
        (0..self.operations.len()).map(|index| Operation::new(self, index))
    }

    fn root_of(&self, document: usize) -> Place<'_> {
        Place::new(self, Site { document, node: self.documents.at(document).tree().root().id() })
    }

    /// How many schemas in all documents have that `$dynamicAnchor`.
    pub(super) fn dynamic_anchors(&self, name: &str) -> usize {
        let of = |document: &Arc<Document>| {
            let tree = document.tree();
            let named = document.identifiers().anchored(name);
            let is_dynamic = |node| tree.node(node).get("$dynamicAnchor").and_then(NodeRef::as_str) == Some(name);
            named.filter(|node| is_dynamic(*node)).count()
        };
        self.documents.iter().map(of).sum()
    }

    /// The document of that URI, or the schema in any of the documents whose `$id` it is.
    pub(super) fn document_or_schema(&self, uri: &str) -> Option<Place<'_>> {
        if let Some(index) = self.documents.find(uri) {
            return Some(self.root_of(index));
        }
        self.documents.iter().enumerate().find_map(|(index, document)| {
            let resource = document.identifiers().resource(uri)?;
            Some(Place::new(self, Site { document: index, node: resource.node }))
        })
    }
}
