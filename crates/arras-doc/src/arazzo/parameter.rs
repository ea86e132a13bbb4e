//! The Parameter Object: what a step passes to its operation or workflow.

use crate::node::NodeRef;
use crate::rule;
use crate::span::{Span, Spanned};

use super::expression_field::{self, ValueField};
use super::reader::{Reader, Shape, exact, field};
use super::reusable::{self, Entry};
use super::{Extension, Version};

/// A Parameter Object (ARZ-PARAM).
#[derive(Clone, Debug)]
pub struct Parameter {
    /// The name; empty if the document gives none.
    pub name: Spanned<String>,
    /// Where it goes; `None` for an input of a workflow (ARZ-PARAM-06).
    pub location: Option<Spanned<Location>>,
    /// Its value; `None` if the document gives none, which is an error.
    pub value: Option<ValueField>,
    /// Its extensions.
    pub extensions: Vec<Extension>,
    /// Where to point for what it lacks.
    pub span: Span,
}

/// Where a parameter goes: the field `in`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Location {
    /// Part of the path.
    Path,
    /// One field of the query string.
    Query,
    /// The whole query string (1.1).
    QueryString,
    /// A header field.
    Header,
    /// A cookie.
    Cookie,
}

impl Location {
    /// The specification's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Location::Path => "path",
            Location::Query => "query",
            Location::QueryString => "querystring",
            Location::Header => "header",
            Location::Cookie => "cookie",
        }
    }
}

impl Parameter {
    /// What tells parameters of one list apart: location and name, a header's name without case.
    pub fn identity(&self) -> (Option<Location>, String) {
        let location = self.location.as_ref().map(|location| location.value);
        let name = if location == Some(Location::Header) { self.name.to_lowercase() } else { self.name.value.clone() };
        (location, name)
    }
}

/// What the place of a parameter says about `in`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Position {
    /// A step that calls an operation: `in` is needed.
    Operation,
    /// A step that calls a workflow: `in` means nothing (ARZ-PARAM-07).
    Workflow,
    /// An action: `in` must not be (ARZ-SUCC-10).
    Action,
    /// A workflow or the components: it depends on who uses it.
    Shared,
}

const SHAPE: Shape =
    Shape { name: "parameter", fields: &[field("name"), field("in"), field("value")], extensions: true };

const LOCATIONS: &[(&str, Location)] = &[
    ("path", Location::Path),
    ("query", Location::Query),
    ("header", Location::Header),
    ("cookie", Location::Cookie),
    ("querystring", Location::QueryString),
];

pub(super) fn read<'t>(reader: &mut Reader<'t>, node: NodeRef<'t>, position: Position) -> Option<Parameter> {
    let fields = reader.object(node, &SHAPE)?;
    let name = fields.required_text(reader, "name");
    let written = fields.present(reader, "in").and_then(|node| reader.text(node, "in"));
    let location = written.as_ref().and_then(|text| read_location(reader, text));
    check_position(reader, position, &name, written.as_ref(), fields.anchor());
    let value = fields.required(reader, "value").map(|node| expression_field::value(reader, node));
    Some(Parameter { name, location, value, extensions: fields.extensions(), span: fields.anchor() })
}

/// Reads a list of parameters, each written here or referred to.
pub(super) fn read_list<'t>(
    reader: &mut Reader<'t>,
    items: &[NodeRef<'t>],
    position: Position,
) -> Vec<Entry<Parameter>> {
    let entry = |node: &NodeRef<'t>| reusable::entry(reader, *node, true, |reader, node| read(reader, node, position));
    exact(items.iter().filter_map(entry))
}

fn read_location(reader: &mut Reader<'_>, text: &Spanned<String>) -> Option<Spanned<Location>> {
    if text.as_str() == "body" {
        let help = "give the body as `requestBody` of the step";
        reader.note_help(rule::INVALID_VALUE, text.span, "`in` can't be `body`", help);
        return None;
    }
    let location = super::reader::choose(reader, "in", text, LOCATIONS)?;
    if location.value == Location::QueryString && reader.version < Version::V1_1 {
        reader.newer(location.span, "`in: querystring`");
    }
    Some(location)
}

fn check_position(
    reader: &mut Reader<'_>,
    position: Position,
    name: &Spanned<String>,
    written: Option<&Spanned<String>>,
    anchor: Span,
) {
    match (position, written) {
        (Position::Operation, None) => {
            missing_location(reader, name, if name.is_empty() { anchor } else { name.span });
        }
        (Position::Action, Some(text)) => {
            let message = "a parameter of an action has no `in`";
            let help = "remove `in`: it becomes an input of the workflow";
            reader.note_help(rule::CONFLICTING_FIELDS, text.span, message, help);
        }
        (Position::Workflow, Some(text)) => {
            let message = format!("`in` has no effect: `{}` becomes an input of the called workflow", name.value);
            reader.note_help(rule::IGNORED_FIELD, text.span, message, "remove `in`");
        }
        _ => {}
    }
}

/// Notes that a parameter of an operation does not say where it goes (ARZ-PARAM-06).
pub(super) fn missing_location(reader: &mut Reader<'_>, name: &str, span: Span) {
    let message = format!("the parameter `{name}` does not say where it goes");
    let help = "add `in`: `path`, `query`, `header` or `cookie`";
    reader.note_help(rule::MISSING_PARAMETER_LOCATION, span, message, help);
}
