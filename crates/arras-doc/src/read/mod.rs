//! Bytes into text and text into a tree: whatever is wrong becomes a diagnostic with a place.

mod decode;
mod duplicates;
mod findings;
mod syntax_error;

pub use decode::{Undecodable, decode};
pub(crate) use findings::Findings;
pub use syntax_error::SyntaxError;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::node::Tree;
use crate::rule;
use crate::source::{Source, SourceId};
use crate::span::Span;
use crate::{json, yaml};

/// How many bytes a document may have: 32 MiB (ARZ-SEC-02).
pub const MAX_BYTES: usize = 32 << 20;

/// How many values a document may hold, each key and each alias's target counted once (ARZ-SEC-02).
pub const MAX_NODES: usize = 1_000_000;

/// Reads a document that is written as JSON or YAML (ARZ-DOC-03).
///
/// There is a tree wherever the structure is clear, even if some findings are errors. Text that
/// begins like JSON is read as JSON, and as YAML where that fails.
pub fn read(source: &Source, id: SourceId) -> (Option<Tree>, Diagnostics) {
    let (tree, mut diagnostics) = match unreadable(&source.text) {
        Some(error) => (Err(error), Vec::new()),
        None if begins_like_json(&source.text) => json_or_yaml(source, id),
        None => yaml::parse(&source.text, id),
    };
    match tree {
        Ok(tree) => {
            let mut findings = Findings::new(id);
            duplicates::find(&tree, &mut findings);
            diagnostics.extend(findings.finish());
            diagnostics.sort_by_key(|finding| finding.primary().map(|label| label.span));
            (Some(tree), diagnostics)
        }
        Err(error) => {
            diagnostics.push(error.into_diagnostic(id));
            (None, diagnostics)
        }
    }
}

fn begins_like_json(text: &str) -> bool {
    text.trim_start_matches([' ', '\t', '\n', '\r']).starts_with(['{', '['])
}

/// What keeps any reader from the text: its size, or the first control character.
fn unreadable(text: &str) -> Option<SyntaxError> {
    if text.len() > MAX_BYTES {
        return Some(decode::too_large(text.len()));
    }
    let at = text.bytes().position(|byte| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r'))?;
    let code = text.as_bytes().get(at)?;
    let message = format!("the control character U+{code:04X} stands in the text");
    Some(SyntaxError::invalid(message, Span::new(at, at + 1)).help("delete it; the file may not be text at all"))
}

fn json_or_yaml(source: &Source, id: SourceId) -> (Result<Tree, SyntaxError>, Diagnostics) {
    let no_json = match json::parse(&source.text) {
        Ok(tree) => return (Ok(tree), Vec::new()),
        Err(error) if error.rule == rule::TOO_LARGE => return (Err(error), Vec::new()),
        Err(error) => error,
    };
    let json_meant = meant_as_json(&source.text);
    match yaml::parse(&source.text, id) {
        (Err(no_yaml), diagnostics) if no_yaml.span.start > no_json.span.start => (Err(no_yaml), diagnostics),
        (Err(_), _) => (Err(no_json), Vec::new()),
        (Ok(tree), _) if json_meant && swallows_quotes(&tree) => (Err(no_json), Vec::new()),
        (Ok(tree), mut diagnostics) => {
            if json_meant {
                diagnostics.push(only_yaml(no_json, id));
            }
            (Ok(tree), diagnostics)
        }
    }
}

/// Whether the first thing inside the brackets is in double quotes, as it always is in JSON objects.
fn meant_as_json(text: &str) -> bool {
    text.trim_start_matches(['{', '[', ' ', '\t', '\n', '\r']).starts_with('"')
}

/// Whether YAML read a `"` as part of an unquoted text: the mark of a comma forgotten in JSON.
fn swallows_quotes(tree: &Tree) -> bool {
    let unquoted = |text: &str| !text.starts_with(['"', '\'']);
    tree.nodes().any(|node| node.as_str().is_some_and(|text| text.contains('"')) && unquoted(node.source_text()))
}

fn only_yaml(error: SyntaxError, id: SourceId) -> Diagnostic {
    let message = format!("the text begins as JSON but is only YAML: {}", error.message);
    Diagnostic::new(rule::LOOSE_JSON, message).at(id, error.span).help("mend it, so that every reader takes it alike")
}

#[cfg(test)]
mod tests;
