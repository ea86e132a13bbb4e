//! The root object: a whole Arazzo description.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::node::{NodeRef, Tree};
use crate::rule;
use crate::source::SourceId;
use crate::span::Spanned;
use crate::suggest;
use crate::uri::without_user;

use super::components::{self, Components};
use super::fields::Fields;
use super::info::{self, Info};
use super::inputs::Schemas;
use super::reader::{Reader, Shape, field, newer};
use super::source_description::{self, SourceDescription, SourceType};
use super::workflow::{self, Workflow};
use super::{Extension, Reading, Version, consistency, foreign, navigation, uri, version};

/// An Arazzo description (ARZ-ROOT).
#[derive(Clone, Debug)]
pub struct Document {
    /// The text it was read from.
    pub source: SourceId,
    /// Its tree, for the fields that stay nodes.
    pub tree: Arc<Tree>,
    /// The feature set that it declares.
    pub version: Version,
    /// The version as written.
    pub arazzo: Spanned<String>,
    /// `$self` (1.1): its own URI.
    pub self_uri: Option<Spanned<String>>,
    /// What it is called.
    pub info: Info,
    /// The descriptions it refers to.
    pub source_descriptions: Vec<SourceDescription>,
    /// Its workflows.
    pub workflows: Vec<Workflow>,
    /// What its workflows share.
    pub components: Components,
    /// Its extensions.
    pub extensions: Vec<Extension>,
    workflow_index: HashMap<String, usize>,
    source_index: HashMap<String, usize>,
}

const SHAPE: Shape = Shape {
    name: "Arazzo document",
    fields: &[
        field("arazzo"),
        newer("$self"),
        field("info"),
        field("sourceDescriptions"),
        field("workflows"),
        field("components"),
    ],
    extensions: true,
};

impl Document {
    /// Reads a description; never fails: whatever is wrong is among the diagnostics, in the order of the text,
    /// and the document holds the rest.
    pub fn read(source: SourceId, tree: Arc<Tree>) -> (Document, Diagnostics) {
        Document::read_as(source, tree, Reading::default())
    }

    /// The same, as `reading` says.
    pub fn read_as(source: SourceId, tree: Arc<Tree>, reading: Reading) -> (Document, Diagnostics) {
        let mut reader = Reader::new(source, &tree, Version::V1_1, reading);
        let root = tree.root();
        let document = match not_arazzo(source, root) {
            Some(diagnostic) => {
                reader.diagnostics.push(diagnostic);
                empty(source, &tree)
            }
            None => read(&mut reader, root, &tree),
        };
        let mut diagnostics = reader.diagnostics;
        diagnostics.sort_by_key(|found| (found.primary().map(|label| label.span.start), Reverse(found.severity)));
        (document, diagnostics)
    }

    /// The place of a workflow in `workflows`.
    pub fn workflow_index(&self, workflow_id: &str) -> Option<usize> {
        self.workflow_index.get(workflow_id).copied()
    }

    /// The place of a source in `source_descriptions`.
    pub fn source_index(&self, name: &str) -> Option<usize> {
        self.source_index.get(name).copied()
    }
}

/// What the text is instead of an Arazzo description, if it is none (ARZ-DOC-03).
fn not_arazzo(source: SourceId, root: NodeRef<'_>) -> Option<Diagnostic> {
    let diagnostic = |message: String| Diagnostic::new(rule::NOT_AN_ARAZZO_DOCUMENT, message);
    if !root.is_mapping() {
        let message = format!("an Arazzo document is an object, not {}", root.kind().name());
        return Some(diagnostic(message).at(source, root.span()));
    }
    if root.get("arazzo").is_some() {
        return None;
    }
    let (name, field) = match SourceType::detect(root) {
        Some(SourceType::OpenApi) => ("an OpenAPI", if root.get("openapi").is_some() { "openapi" } else { "swagger" }),
        Some(SourceType::AsyncApi) => ("an AsyncAPI", "asyncapi"),
        _ if is_unlike(root) => {
            let span = root.entries().next().map_or_else(|| root.span(), |(key, _)| key.span());
            let message =
                "this is no Arazzo document: it has none of the fields `arazzo`, `sourceDescriptions`, `workflows`";
            let help = "name another file; an Arazzo document begins with `arazzo: 1.0.1`";
            return Some(diagnostic(message.to_owned()).at(source, span).help(help));
        }
        _ => return None,
    };
    let span = root.entry(field).map_or_else(|| root.span(), |(key, _)| key.span());
    let message = format!("this is {name} description, not an Arazzo document");
    Some(diagnostic(message).at(source, span).help("name it as a source description of an Arazzo document"))
}

/// Whether no field of an object is one that an Arazzo description alone has, or is meant as one.
fn is_unlike(root: NodeRef<'_>) -> bool {
    const OWN: [&str; 3] = ["arazzo", "sourceDescriptions", "workflows"];
    root.entries().all(|(key, _)| suggest::nearest(key.key(), OWN, 1).is_empty())
}

fn read<'t>(reader: &mut Reader<'t>, root: NodeRef<'t>, tree: &Arc<Tree>) -> Document {
    let mut document = empty(reader.source, tree);
    if let Some(node) = root.get("arazzo") {
        (document.version, document.arazzo) = version::read(reader, node);
        reader.version = document.version;
    }
    let Some(fields) = reader.object(root, &SHAPE) else { return document };
    if root.get("arazzo").is_none() {
        let message = "an Arazzo document needs the field `arazzo`";
        reader.note_help(rule::NOT_AN_ARAZZO_DOCUMENT, fields.anchor(), message, "add `arazzo: 1.0.1`");
    }
    document.self_uri = fields.text(reader, "$self");
    check_self(reader, document.self_uri.as_ref());
    document.info = fields.required(reader, "info").and_then(|node| info::read(reader, node)).unwrap_or_default();
    let sources = fields.required_list(reader, "sourceDescriptions");
    document.source_descriptions =
        sources.into_iter().filter_map(|node| source_description::read(reader, node)).collect();
    reader.unique("source description name", document.source_descriptions.iter().map(|source| &source.name));
    document.components =
        fields.present(reader, "components").and_then(|node| components::read(reader, node)).unwrap_or_default();
    document.workflows = read_workflows(reader, &fields, &document.components);
    let own = foreign::source(reader, &document.source_descriptions);
    document.source_descriptions.extend(own);
    document.extensions = fields.extensions();
    document.workflow_index = workflow::index(document.workflows.iter().map(|workflow| &workflow.workflow_id));
    document.source_index = workflow::index(document.source_descriptions.iter().map(|source| &source.name));
    consistency::check(reader, &document);
    navigation::complete(reader, &document);
    document
}

fn read_workflows<'t>(reader: &mut Reader<'t>, fields: &Fields<'t>, components: &Components) -> Vec<Workflow> {
    let nodes = fields.required_list(reader, "workflows");
    let own = nodes.iter().filter_map(|node| node.get("inputs"));
    let shared = components.inputs.values().map(|component| reader.tree.node(component.value));
    let roots: Vec<_> = own.chain(shared).collect();
    let mut schemas = Schemas::check(reader, &roots, components);
    let workflows: Vec<Workflow> =
        nodes.into_iter().filter_map(|node| workflow::read(reader, node, &mut schemas)).collect();
    reader.unique("workflowId", workflows.iter().map(|workflow| &workflow.workflow_id));
    workflows
}

/// `$self` is a URI reference without a fragment (ARZ-ROOT-02, ARZ-ROOT-03).
fn check_self(reader: &mut Reader<'_>, self_uri: Option<&Spanned<String>>) {
    let Some(text) = self_uri else { return };
    if let Some(problem) = uri::problem(text) {
        let message = format!("`{}` is no valid URI reference", without_user(&text.value));
        reader.note_help(rule::INVALID_VALUE, text.span, message, problem);
    } else if let Some((before, _)) = text.split_once('#') {
        let help = format!("write `{before}`");
        reader.note_help(rule::INVALID_VALUE, text.span, "`$self` can't have a fragment", help);
    }
}

fn empty(source: SourceId, tree: &Arc<Tree>) -> Document {
    Document {
        source,
        tree: tree.clone(),
        version: Version::V1_1,
        arazzo: Spanned::new(String::new(), tree.root().span()),
        self_uri: None,
        info: Info::default(),
        source_descriptions: Vec::new(),
        workflows: Vec::new(),
        components: Components::default(),
        extensions: Vec::new(),
        workflow_index: HashMap::new(),
        source_index: HashMap::new(),
    }
}
