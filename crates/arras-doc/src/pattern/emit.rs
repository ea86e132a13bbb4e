//! A pattern written anew for the engines: every character that may mean something else as its code.

use std::fmt::Write as _;

use super::ast::Node;
use super::class::Set;

/// What the engine that will read it understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// `regex`: no look-around, no captures.
    Linear,
    /// `fancy-regex`
    Backtracking,
}

const LINE_START: &str = r"(?:\A|(?<=[\n\r\x{2028}\x{2029}]))";
const LINE_END: &str = r"(?=\z|[\n\r\x{2028}\x{2029}])";
const BOUNDARY: &str = r"(?:(?<=[0-9A-Za-z_])(?![0-9A-Za-z_])|(?<![0-9A-Za-z_])(?=[0-9A-Za-z_]))";
const NO_BOUNDARY: &str = r"(?:(?<=[0-9A-Za-z_])(?=[0-9A-Za-z_])|(?<![0-9A-Za-z_])(?![0-9A-Za-z_]))";

/// The pattern in an engine's syntax.
pub(super) fn emit(node: &Node, dialect: Dialect) -> String {
    let mut out = String::new();
    write_node(node, dialect, &mut out);
    out
}

fn write_node(node: &Node, dialect: Dialect, out: &mut String) {
    match node {
        Node::Empty => out.push_str("(?:)"),
        Node::Character(character) => write_character(*character, out),
        Node::Set(set) => write_set(set, out),
        Node::TextStart => out.push_str(r"\A"),
        Node::TextEnd => out.push_str(r"\z"),
        Node::LineStart => out.push_str(LINE_START),
        Node::LineEnd => out.push_str(LINE_END),
        Node::WordBoundary => out.push_str(if dialect == Dialect::Linear { r"(?-u:\b)" } else { BOUNDARY }),
        Node::NotWordBoundary => out.push_str(if dialect == Dialect::Linear { r"(?-u:\B)" } else { NO_BOUNDARY }),
        Node::Capture(_, inner) => {
            let opening = if dialect == Dialect::Linear { "(?:" } else { "(" };
            write_group(opening, inner, dialect, out);
        }
        Node::Group(inner) => write_group("(?:", inner, dialect, out),
        Node::Look { behind, negative, node } => {
            let opening = match (behind, negative) {
                (false, false) => "(?=",
                (false, true) => "(?!",
                (true, false) => "(?<=",
                (true, true) => "(?<!",
            };
            write_group(opening, node, dialect, out);
        }
        Node::Repeat { node, min, max, greedy } => {
            write_group("(?:", node, dialect, out);
            write_quantifier(*min, *max, out);
            out.push_str(if *greedy { "" } else { "?" });
        }
        Node::Backreference { group, ignore_case } => write_backreference(*group, *ignore_case, out),
        Node::Sequence(nodes) => nodes.iter().for_each(|node| match node {
            Node::Alternatives(_) => write_group("(?:", node, dialect, out),
            _ => write_node(node, dialect, out),
        }),
        Node::Alternatives(nodes) => {
            for (index, node) in nodes.iter().enumerate() {
                out.push_str(if index > 0 { "|" } else { "" });
                write_node(node, dialect, out);
            }
        }
    }
}

fn write_group(opening: &str, node: &Node, dialect: Dialect, out: &mut String) {
    out.push_str(opening);
    write_node(node, dialect, out);
    out.push(')');
}

fn write_quantifier(min: u32, max: Option<u32>, out: &mut String) {
    let _ = match (min, max) {
        (0, None) => write!(out, "*"),
        (1, None) => write!(out, "+"),
        (0, Some(1)) => write!(out, "?"),
        (min, None) => write!(out, "{{{min},}}"),
        (min, Some(max)) => write!(out, "{{{min},{max}}}"),
    };
}

/// A group that took no part matches the empty text in ECMA-262, and fails in the engine.
fn write_backreference(group: usize, ignore_case: bool, out: &mut String) {
    let _ = match ignore_case {
        true => write!(out, r"(?({group})(?i:\{group})|)"),
        false => write!(out, r"(?({group})\{group}|)"),
    };
}

fn write_character(character: char, out: &mut String) {
    if character.is_ascii_alphanumeric() {
        out.push(character);
    } else {
        let _ = write!(out, r"\x{{{:X}}}", u32::from(character));
    }
}

fn write_set(set: &Set, out: &mut String) {
    if set.ranges.is_empty() && set.properties.is_empty() {
        out.push_str(if set.negated { "(?s:.)" } else { r"[^\x{0}-\x{10FFFF}]" });
        return;
    }
    out.push_str(if set.negated { "[^" } else { "[" });
    for (low, high) in &set.ranges {
        write_character(*low, out);
        if low < high {
            out.push('-');
            write_character(*high, out);
        }
    }
    set.properties.iter().for_each(|property| out.push_str(property));
    out.push(']');
}
