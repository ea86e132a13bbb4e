//! The schemas of inputs: keywords that mean nothing, requirements that nothing meets, defaults that don't fit.

use std::collections::HashSet;

use crate::arazzo::Workflow;
use crate::diagnostic::Severity;
use crate::node::{Kind, NodeRef};
use crate::openapi::{Schema, SchemaType};
use crate::rule;
use crate::suggest;

use super::Lint;
use super::replaced::Replaced;
use super::shape::Shape;
use super::value::{Medium, Sent};

/// Keywords whose value is a schema, or a list of them.
const SCHEMAS: [&str; 16] = [
    "additionalItems",
    "additionalProperties",
    "allOf",
    "anyOf",
    "contains",
    "contentSchema",
    "else",
    "if",
    "items",
    "not",
    "oneOf",
    "prefixItems",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];
/// Keywords whose value maps names to schemas; `dependencies` also to lists of names.
const MAPS: [&str; 6] = ["properties", "patternProperties", "$defs", "definitions", "dependencies", "dependentSchemas"];
/// Keywords whose schemas are about a value that others describe, too.
const OF_PARTS: [&str; 9] =
    ["allOf", "anyOf", "dependencies", "dependentSchemas", "else", "if", "not", "oneOf", "then"];

impl<'d> Lint<'d> {
    /// `inputs` is a JSON Schema (ARZ-WF-04).
    pub(super) fn check_input_schema(&mut self, workflow: &'d Workflow, index: usize) {
        let Some(inputs) = &workflow.inputs else { return };
        self.check_schema(self.document.tree.node(inputs.schema));
        for property in inputs.properties.iter() {
            let Some(default) = property.default else { continue };
            let schema = Schema::at(self.own.place(property.schema));
            let sent = Sent {
                scope: None,
                workflow,
                index,
                medium: Medium::Json,
                replaced: Replaced::default(),
                unknown: None,
            };
            let node = self.document.tree.node(default);
            let found = sent.check(self, node, None, &Shape::of([schema]), property.name.span);
            self.diagnostics.extend(found);
        }
    }

    /// So are the `inputs` of the components, whether or not a workflow refers to them (ARZ-COMP-03).
    pub(super) fn check_shared_schemas(&mut self) {
        for shared in self.document.components.inputs.values() {
            self.check_schema(self.document.tree.node(shared.value));
        }
    }

    /// Every keyword of a schema means something.
    fn check_schema(&mut self, schema: NodeRef<'d>) {
        let mut seen = HashSet::new();
        let mut open = vec![(schema, false)];
        while let Some((schema, is_part)) = open.pop() {
            if !schema.is_mapping() || !seen.insert(schema.id()) {
                continue;
            }
            self.check_type(schema);
            self.check_required(schema, is_part);
            for (key, value) in schema.entries() {
                let name = key.key();
                let is_part = is_part || OF_PARTS.contains(&name);
                if MAPS.contains(&name) {
                    open.extend(value.entries().map(|(_, inner)| (inner, is_part)));
                } else if SCHEMAS.contains(&name) {
                    open.push((value, is_part));
                    open.extend(value.items().map(|inner| (inner, is_part)));
                }
            }
        }
    }

    fn check_type(&mut self, schema: NodeRef<'d>) {
        let Some(types) = schema.get("type") else { return };
        let named: Vec<NodeRef<'d>> = if types.is_sequence() { types.items().collect() } else { vec![types] };
        for one in named {
            let known = one.as_str().is_some_and(|text| text != "file" && SchemaType::parse(text).is_some());
            if known || one.is_null() && types.is_sequence() {
                continue;
            }
            let text = one.key();
            let names = ["null", "boolean", "integer", "number", "string", "array", "object"];
            let near = suggest::nearest(text, names, 1).into_iter().next();
            let sure = near.filter(|near| suggest::differ_in_case(text, near));
            let fix = sure.and_then(|near| super::replace_text(self.source(), one, near));
            let diagnostic = self.note(rule::INVALID_SCHEMA, one.span(), format!("JSON Schema has no type `{text}`"));
            diagnostic.fix = fix;
            diagnostic.help = Some(match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("it has `{}`", names.join("`, `")),
            });
        }
    }

    /// What is required is one of the properties, unless there may be others: those that stand beside a part of a schema.
    fn check_required(&mut self, schema: NodeRef<'d>, is_part: bool) {
        let Some(required) = schema.get("required") else { return };
        if !required.is_sequence() {
            let kind = required.kind().name();
            let message = format!("`required` is {kind}, not a list of names");
            let diagnostic = self.note(rule::INVALID_SCHEMA, required.span(), message);
            diagnostic.help = match required.kind() {
                Kind::Bool(true) => Some("write `required: [name]` beside the `properties`".into()),
                _ => None,
            };
            return;
        }
        let properties = schema.get("properties").filter(|properties| properties.is_mapping() && !is_part);
        let Some(properties) = properties else { return };
        let more =
            ["allOf", "anyOf", "oneOf", "$ref", "additionalProperties", "patternProperties", "unevaluatedProperties"];
        if more.iter().any(|keyword| schema.get(keyword).is_some_and(|more| more.as_bool() != Some(false))) {
            return;
        }
        for one in required.items() {
            let Some(name) = one.as_str().filter(|name| properties.get(name).is_none()) else { continue };
            let near = self.nearest(name, properties.entries().map(|(key, _)| key.key()));
            let sure = near.filter(|near| suggest::differ_in_case(name, near));
            let fix = sure.and_then(|near| super::replace_text(self.source(), one, near));
            let message = format!("`{name}` is required, but no property is called so");
            let diagnostic = self.note(rule::INVALID_SCHEMA, one.span(), message);
            diagnostic.severity = Severity::Warning;
            diagnostic.fix = fix;
            diagnostic.help = near.map(|near| format!("did you mean `{near}`?"));
        }
    }
}
