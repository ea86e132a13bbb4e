//! Replacements of parts of a payload, their targets parsed once.

use arras_doc::expression::Template;
use arras_doc::jsonpath::Query;
use arras_doc::syntax::SyntaxError;
use arras_doc::xpath::XPath;

use crate::place::Place;

/// A replacement of part of a payload.
#[derive(Clone, Debug)]
pub struct Replacement {
    /// What is replaced.
    pub target: ReplacementTarget,
    /// The target as written.
    pub text: String,
    /// What takes its place.
    pub value: Template,
    /// Where it stands.
    pub place: Place,
}

/// What a replacement replaces.
#[derive(Clone, Debug)]
pub enum ReplacementTarget {
    /// What a JSON Pointer names: the replacement's text.
    Pointer,
    /// What a JSONPath selects (ARZ-REPL-07).
    JsonPath(Query),
    /// What an XPath selects in XML text.
    XPath(XPath),
    /// In an XML payload what the XPath selects, in any other what the text names as a JSON Pointer
    /// (ARZ-REPL-04 to ARZ-REPL-06).
    Inferred(Result<XPath, SyntaxError>),
}
