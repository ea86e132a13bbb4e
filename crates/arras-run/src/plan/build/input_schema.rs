//! The schema of a workflow's inputs, taken out of its document so that it stands alone.

use std::collections::{BTreeMap, HashSet};

use arras_doc::arazzo::Document;
use arras_doc::uri;
use arras_doc::value::{Object, Value};

use crate::inputs::target;

/// The schema with what it refers to in `components/inputs`: under the same pointer, and anchors among its definitions.
///
/// Only what is referred to goes along, so that many workflows may share many components.
pub(super) fn standing_alone(mut schema: Value, document: &Document) -> Value {
    let shared = referred(&schema, document);
    let Value::Object(members) = &mut schema else { return schema };
    if shared.is_empty() {
        return schema;
    }
    let definitions = members.entry("$defs".to_owned()).or_insert_with(|| Value::Object(Object::default()));
    if let Value::Object(definitions) = definitions {
        let anchored = shared.iter().map(|(name, schema)| (format!("components/inputs/{name}"), schema.clone()));
        definitions.extend(anchored);
    }
    let mut components = Object::default();
    components.insert("inputs".to_owned(), Value::Object(shared.into_iter().collect()));
    members.insert("components".to_owned(), Value::Object(components));
    schema
}

/// The components that a schema refers to, directly or through each other.
fn referred(schema: &Value, document: &Document) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    let mut missed = HashSet::new();
    let mut pending = references(schema);
    while let Some(reference) = pending.pop() {
        let Some(fragment) = reference.strip_prefix('#').and_then(uri::percent_decode) else { continue };
        let name = match fragment.strip_prefix("/components/inputs/") {
            Some(rest) => rest.split('/').next().map(|token| token.replace("~1", "/").replace("~0", "~")),
            None if fragment.starts_with('/') || target(schema, &reference).is_some() => None,
            None if missed.insert(reference.clone()) => anchored(document, &reference),
            None => None,
        };
        let Some(name) = name.filter(|name| !found.contains_key(name)) else { continue };
        let Some(component) = document.components.inputs.get(&name) else { continue };
        let component = document.tree.node(component.value).to_value();
        pending.extend(references(&component));
        found.insert(name, component);
    }
    found
}

/// The component that holds the anchor which a reference names.
fn anchored(document: &Document, reference: &str) -> Option<String> {
    let mut components = document.components.inputs.iter();
    let holds =
        |component: arras_doc::node::NodeId| target(&document.tree.node(component).to_value(), reference).is_some();
    components.find(|(_, component)| holds(component.value)).map(|(name, _)| name.clone())
}

/// Every `$ref` in a schema.
fn references(schema: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut pending = vec![schema];
    while let Some(value) = pending.pop() {
        match value {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
                pending.extend(members.values());
            }
            Value::Array(items) => pending.extend(items),
            _ => {}
        }
    }
    found
}
