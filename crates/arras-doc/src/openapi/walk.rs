//! A walk over the objects of a description that tells fields from free names and leaves example values out.

use std::collections::HashSet;

use crate::node::NodeRef;

/// Fields whose value is data, not description.
const LITERALS: &[&str] = &["const", "dataValue", "default", "enum", "example", "value"];

/// Fields whose value maps names that the author chose.
const NAME_MAPS: &[&str] = &[
    "$defs",
    "additionalOperations",
    "callbacks",
    "content",
    "definitions",
    "dependentSchemas",
    "encoding",
    "examples",
    "headers",
    "links",
    "mediaTypes",
    "parameters",
    "pathItems",
    "paths",
    "patternProperties",
    "properties",
    "requestBodies",
    "responses",
    "schemas",
    "securityDefinitions",
    "securitySchemes",
    "variables",
    "webhooks",
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Object,
    Names,
}

/// Calls `visit` with every mapping that is an object of the specification, outer ones before inner ones.
pub(super) fn objects<'t>(root: NodeRef<'t>, mut visit: impl FnMut(NodeRef<'t>)) {
    let mut seen = HashSet::new();
    let mut open = vec![(root, Role::Object)];
    while let Some((node, role)) = open.pop() {
        if node.is_empty() || !seen.insert(node.id()) {
            continue;
        }
        if role == Role::Object && node.is_mapping() {
            visit(node);
        }
        open.extend(node.items().map(|item| (item, Role::Object)));
        for (key, value) in node.entries() {
            if let Some(role) = role_of(role, key.key(), value) {
                open.push((value, role));
            }
        }
    }
}

/// The role of a value, or `None` if it holds no objects.
fn role_of(parent: Role, key: &str, value: NodeRef<'_>) -> Option<Role> {
    if parent == Role::Names {
        return Some(Role::Object);
    }
    let literal = LITERALS.contains(&key) || (key == "examples" && value.is_sequence()) || key.starts_with("x-");
    let names = value.is_mapping() && NAME_MAPS.contains(&key);
    (!literal).then_some(if names { Role::Names } else { Role::Object })
}
