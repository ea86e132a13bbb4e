//! The inputs that a workflow declares: its JSON Schema, and the names found in it through `$ref`.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::node::{NodeId, NodeRef, Tree};
use crate::rule;
use crate::span::Spanned;
use crate::uri;

use super::components::Components;
use super::reader::{Reader, did_you_mean, nearest};

/// A workflow's `inputs` (ARZ-WF-04): the schema stays a node, what it declares is listed.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// The JSON Schema.
    pub schema: NodeId,
    /// The declared inputs, in source order.
    pub properties: Arc<[InputProperty]>,
    /// Whether the schema may allow inputs that are not listed here.
    pub open: bool,
}

/// One declared input.
#[derive(Clone, Debug)]
pub struct InputProperty {
    /// Its name.
    pub name: Spanned<String>,
    /// Its schema, references followed.
    pub schema: NodeId,
    /// Its default.
    pub default: Option<NodeId>,
    /// Its format, such as `password` (ARZ-DOC-14).
    pub format: Option<String>,
    /// Whether the schema requires it.
    pub required: bool,
}

impl Inputs {
    /// The declared input of that name.
    pub fn property(&self, name: &str) -> Option<&InputProperty> {
        self.properties.iter().find(|property| property.name.as_str() == name)
    }
}

/// Whether a node can be a JSON Schema at all; what can't is noted.
pub(super) fn is_schema<'t>(reader: &mut Reader<'t>, node: NodeRef<'t>) -> bool {
    let schema = node.is_mapping() || node.as_bool().is_some();
    if !schema {
        reader.wrong_type(node, "inputs", "a JSON Schema, that is an object or a boolean");
    }
    schema
}

/// The schemas of one document, by reference and by anchor (ARZ-URI-12).
pub(super) struct Schemas<'t> {
    tree: &'t Tree,
    anchors: HashMap<&'t str, NodeRef<'t>>,
    read: HashMap<NodeId, Arc<Inputs>>,
}

/// Keywords whose value is data, not a schema.
const DATA: [&str; 5] = ["const", "default", "enum", "example", "examples"];

/// How many names may be compared with wrong ones in all.
const COMPARISONS: usize = 20_000;

/// How many references may lead from one to the next.
const MAX_HOPS: usize = 64;

impl<'t> Schemas<'t> {
    /// Collects the anchors of all schemas, and notes references that lead nowhere.
    pub(super) fn check(reader: &mut Reader<'t>, roots: &[NodeRef<'t>], components: &Components) -> Schemas<'t> {
        let mut schemas = Schemas { tree: reader.tree, anchors: HashMap::new(), read: HashMap::new() };
        let mut references = Vec::new();
        let mut seen = HashSet::new();
        let mut open = roots.to_vec();
        while let Some(node) = open.pop() {
            if !seen.insert(node.id()) || node.get("$id").is_some_and(|id| id.as_str().is_some()) {
                continue;
            }
            open.extend(node.items());
            for (key, value) in node.entries() {
                match (key.key(), value.as_str()) {
                    ("$anchor" | "$dynamicAnchor", Some(name)) => drop(schemas.anchors.insert(name, node)),
                    ("$ref", Some(_)) => references.push(value),
                    (name, _) if DATA.contains(&name) => {}
                    _ => open.push(value),
                }
            }
        }
        // each look for a near name reads all names: a document full of wrong ones costs linear time
        let mut comparisons = COMPARISONS;
        for reference in references {
            schemas.check_reference(reader, reference, components, &mut comparisons);
        }
        schemas
    }

    fn check_reference(
        &self,
        reader: &mut Reader<'t>,
        reference: NodeRef<'t>,
        components: &Components,
        comparisons: &mut usize,
    ) {
        let text = reference.as_str().unwrap_or_default();
        if !text.starts_with('#') {
            return;
        }
        if let Some(target) = self.resolve(text) {
            // where else it leads is looked at with the references there
            if self.leads_to(target, reference.id()) {
                let message = format!("`{text}` leads back to itself");
                let help = "write a schema in its place, or refer to another one";
                reader.note_help(rule::INVALID_SCHEMA, reference.span(), message, help);
            }
            return;
        }
        let message = format!("`{text}` does not exist");
        let name = text.rsplit('/').next().unwrap_or_default();
        let known = components.inputs.keys().map(String::as_str).take(*comparisons);
        let near = nearest(name, known);
        *comparisons = comparisons.saturating_sub(components.inputs.len());
        let help = match near {
            Some(near) => did_you_mean(&format!("#/components/inputs/{near}")),
            None => "declare it among `components/inputs`".to_owned(),
        };
        reader.note_help(rule::UNKNOWN_COMPONENT, reference.span(), message, help);
    }

    /// The schema of a reference into this document: a JSON Pointer or an anchor.
    fn resolve(&self, reference: &str) -> Option<NodeRef<'t>> {
        let fragment = uri::percent_decode(reference.strip_prefix('#')?)?;
        if fragment.is_empty() || fragment.starts_with('/') {
            return self.tree.at(&fragment);
        }
        self.anchors.get(fragment.as_str()).copied()
    }

    /// What a workflow's `inputs` declares.
    pub(super) fn inputs(&mut self, schema: NodeRef<'t>) -> Arc<Inputs> {
        if let Some(read) = self.read.get(&schema.id()) {
            return read.clone();
        }
        let target = self.alone(schema);
        let read = self.read.get(&target.id()).cloned();
        let read = read.unwrap_or_else(|| Arc::new(self.collect(target)));
        self.read.insert(target.id(), Arc::clone(&read));
        // those who refer to one schema share its properties
        let inputs = Arc::new(Inputs { schema: schema.id(), ..(*read).clone() });
        self.read.insert(schema.id(), inputs.clone());
        inputs
    }

    /// The schema that one stands for which is nothing but a reference.
    fn alone(&self, mut schema: NodeRef<'t>) -> NodeRef<'t> {
        for _ in 0..MAX_HOPS {
            let reference = schema.get("$ref").and_then(NodeRef::as_str).filter(|_| schema.len() == 1);
            let Some(next) = reference.and_then(|reference| self.resolve(reference)) else { break };
            schema = next;
        }
        schema
    }

    /// Whether nothing but references lead from a schema to the one that has the reference given.
    fn leads_to(&self, mut schema: NodeRef<'t>, reference: NodeId) -> bool {
        for _ in 0..MAX_HOPS {
            match schema.get("$ref") {
                Some(own) if own.id() == reference => return true,
                Some(own) => match own.as_str().and_then(|text| self.resolve(text)) {
                    Some(next) => schema = next,
                    None => return false,
                },
                None => return false,
            }
        }
        false
    }

    /// Follows `$ref` as far as it leads; `false` if it leads out of the document or in a circle.
    fn follow(&self, mut schema: NodeRef<'t>) -> (NodeRef<'t>, bool) {
        for _ in 0..MAX_HOPS {
            let Some(reference) = schema.get("$ref").and_then(NodeRef::as_str) else { return (schema, true) };
            match self.resolve(reference) {
                Some(next) => schema = next,
                None => return (schema, false),
            }
        }
        (schema, false)
    }

    fn collect(&self, schema: NodeRef<'t>) -> Inputs {
        let (mut properties, mut is_open) = (Vec::new(), false);
        let mut required = HashSet::new();
        let mut names = HashSet::new();
        let mut seen = HashSet::new();
        let mut open = vec![schema];
        while let Some(part) = open.pop() {
            if !seen.insert(part.id()) {
                continue;
            }
            if let Some(reference) = part.get("$ref").and_then(NodeRef::as_str) {
                match self.resolve(reference) {
                    Some(target) => open.push(target),
                    None => is_open = true,
                }
            }
            open.extend(part.get("allOf").into_iter().flat_map(NodeRef::items));
            is_open |= allows_more(part);
            required.extend(part.get("required").into_iter().flat_map(NodeRef::items).filter_map(NodeRef::as_str));
            for (key, value) in part.get("properties").into_iter().flat_map(NodeRef::entries) {
                if names.insert(key.key()) {
                    properties.push(self.property(key, value));
                }
            }
        }
        for property in &mut properties {
            property.required = required.contains(property.name.as_str());
        }
        Inputs { schema: schema.id(), properties: properties.into(), open: is_open }
    }

    fn property(&self, key: NodeRef<'t>, schema: NodeRef<'t>) -> InputProperty {
        let (target, _) = self.follow(schema);
        let keyword = |name| schema.get(name).or_else(|| target.get(name));
        InputProperty {
            name: Spanned::new(key.key().to_owned(), key.span()),
            schema: target.id(),
            default: keyword("default").map(NodeRef::id),
            format: keyword("format").and_then(NodeRef::as_str).map(str::to_owned),
            required: false,
        }
    }
}

/// Keywords by which a schema admits members that `properties` does not list.
fn allows_more(schema: NodeRef<'_>) -> bool {
    const MORE: [&str; 9] = [
        "anyOf",
        "oneOf",
        "if",
        "then",
        "else",
        "patternProperties",
        "dependentSchemas",
        "$dynamicRef",
        "unevaluatedProperties",
    ];
    let additional = schema.get("additionalProperties").is_some_and(|more| more.as_bool() != Some(false));
    additional || MORE.iter().any(|keyword| schema.get(keyword).is_some_and(|more| more.as_bool() != Some(false)))
}
