//! What a plan keeps of a payload replacement: its target parsed once.

use arras_doc::expression::Template;
use arras_doc::jsonpath::Query;

use crate::place::Place;

/// A replacement of part of a payload.
#[derive(Clone, Debug)]
pub struct Replacement {
    /// What is replaced, as written.
    pub text: String,
    /// What is replaced.
    pub target: ReplacementTarget,
    /// What takes its place.
    pub value: Template,
    /// Where it stands.
    pub place: Place,
}

/// What a replacement replaces.
#[derive(Clone, Debug)]
pub enum ReplacementTarget {
    /// The value at a JSON Pointer, by the pointer's tokens.
    Pointer(Vec<String>),
    /// All that a JSONPath selects (ARZ-REPL-07).
    JsonPath(Box<Query>),
}
