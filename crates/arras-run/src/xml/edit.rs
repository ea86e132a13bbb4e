//! Setting nodes of an XML text to values, byte for byte the same elsewhere.

use std::ops::Range;

use arras_doc::xpath::XPath;

use super::parse;
use super::projection::element_name;
use crate::criterion::EvaluationError;
use crate::xpath::{self, Node, NodeKind, Worth};

/// The text with the content of each selected node replaced by `value`, escaped (ARZ-REPL-05, A-48).
///
/// An element keeps its tags and attributes and has nothing but the value as its content; of an attribute or a text the
/// value takes its place. What stands inside of a selected element is gone with its old content.
///
/// # Errors
/// If the text is no XML, nothing is selected, or what is selected is neither an element, an attribute nor a text.
pub fn set(text: &str, target: &XPath, value: &str) -> Result<String, EvaluationError> {
    let document = parse(text).map_err(|error| EvaluationError::new(format!("the payload is no XML: {error}")))?;
    let Worth::Nodes(nodes) = xpath::evaluate(target, &document, &[])? else {
        return Err(EvaluationError::new("it gives a value and selects no nodes"));
    };
    if nodes.is_empty() {
        return Err(EvaluationError::new("it selects nothing in the payload"));
    }
    let mut edits = Vec::with_capacity(nodes.len());
    for node in nodes {
        let Some(edit) = edit(text, &document, node, value) else {
            let what = node.kind(&document).name();
            return Err(EvaluationError::new(format!("it selects {what}, which can't be set")));
        };
        edits.push(edit);
    }
    // what is outermost comes first
    edits.sort_by_key(|edit| (edit.range.start, std::cmp::Reverse(edit.range.end)));
    let mut out = String::with_capacity(text.len() + value.len());
    let mut done = 0;
    for edit in edits {
        if edit.range.start < done {
            continue;
        }
        out.push_str(text.get(done..edit.range.start).unwrap_or(""));
        out.push_str(&edit.text);
        done = edit.range.end;
    }
    out.push_str(text.get(done..).unwrap_or(""));
    Ok(out)
}

/// What takes the place of which bytes.
struct Edit {
    range: Range<usize>,
    text: String,
}

fn edit(text: &str, document: &roxmltree::Document<'_>, node: Node, value: &str) -> Option<Edit> {
    let own = node.tree(document)?;
    match node.kind(document) {
        NodeKind::Element => element(text, own, value),
        NodeKind::Attribute => {
            let range = node.attribute(document)?.range_value();
            let quote = text.get(..range.start)?.chars().next_back()?;
            Some(Edit { text: escaped(value, Some(quote)), range })
        }
        NodeKind::Text => {
            // a text may consist of several pieces; it ends where its next sibling or its parent's content does
            let start = own.range().start;
            let end = match own.next_sibling() {
                Some(next) => next.range().start,
                None => content(text, own.parent()?)?.end,
            };
            Some(Edit { range: start..end, text: escaped(value, None) })
        }
        _ => None,
    }
}

fn element(text: &str, element: roxmltree::Node<'_, '_>, value: &str) -> Option<Edit> {
    if let Some(range) = content(text, element) {
        return Some(Edit { range, text: escaped(value, None) });
    }
    let range = element.range();
    let close = range.end.checked_sub(2)?;
    let text = format!(">{}</{}>", escaped(value, None), element_name(element));
    Some(Edit { range: close..range.end, text })
}

/// The bytes between an element's tags; `None` if it has but one.
fn content(text: &str, element: roxmltree::Node<'_, '_>) -> Option<Range<usize>> {
    let range = element.range();
    let tags = text.get(range.clone())?;
    let start = range.start + start_tag(tags)?;
    let end = range.start + tags.rfind("</")?;
    (start <= end).then_some(start..end)
}

/// The length of the start tag; `None` if it is an empty element's.
fn start_tag(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (byte, quote) {
            (same, Some(open)) if same == open => quote = None,
            (_, Some(_)) => {}
            (b'"' | b'\'', None) => quote = Some(byte),
            (b'>', None) if text.as_bytes().get(at.checked_sub(1)?) == Some(&b'/') => return None,
            (b'>', None) => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// The text as XML writes it, for an attribute between these quotes; what XML can't hold at all becomes U+FFFD.
fn escaped(text: &str, quote: Option<char>) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if quote == Some('"') => out.push_str("&quot;"),
            '\'' if quote == Some('\'') => out.push_str("&apos;"),
            '\n' | '\t' if quote.is_some() => out.push_str(if character == '\n' { "&#10;" } else { "&#9;" }),
            '\r' => out.push_str("&#13;"),
            '\t' | '\n' => out.push(character),
            '\0'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}' => out.push('\u{FFFD}'),
            other => out.push(other),
        }
    }
    out
}
