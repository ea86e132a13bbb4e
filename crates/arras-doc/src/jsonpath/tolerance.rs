//! What is accepted although RFC 9535 refuses it, or means something else by it.

use std::fmt;

use crate::expression::Expression;
use crate::rule::{self, Rule};
use crate::span::Span;

/// A spelling that was accepted, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tolerance {
    /// What was accepted.
    pub kind: ToleranceKind,
    /// The bytes it is about.
    pub span: Span,
}

/// The spellings that are accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToleranceKind {
    /// A logical expression where a query is asked for.
    BareComparison,
    /// A query that can select several nodes is compared.
    SeveralNodes,
    /// A trailing `.length`.
    Length,
    /// A trailing `.length` of a query that can select several nodes.
    Lengths,
    /// A trailing `.length` of a filter.
    MatchCount,
    /// `empty true`, `empty false`.
    Empty,
    /// `$inputs.id`.
    BareExpression,
    /// `'$inputs.id'`.
    QuotedExpression,
    /// `count()` of a query that selects one node at most.
    CountOfOne,
    /// A pattern beyond I-Regexp.
    Pattern,
    /// A pattern beyond I-Regexp in strict mode: RFC 9535 has it match nothing.
    NeverMatches,
    /// Blank space before or after the condition.
    BlankSpace,
}

impl ToleranceKind {
    /// The rule that a finding about it belongs to.
    pub fn rule(self) -> &'static Rule {
        match self {
            ToleranceKind::BareComparison => rule::JSONPATH_BARE_COMPARISON,
            ToleranceKind::CountOfOne => rule::JSONPATH_COUNT_SINGULAR,
            _ => rule::LOOSE_CONDITION,
        }
    }

    /// One phrase that says what was found.
    pub fn message(self) -> &'static str {
        match self {
            ToleranceKind::BareComparison => "a comparison where RFC 9535 has only queries",
            ToleranceKind::SeveralNodes => {
                "a comparison with a query that can select several nodes: any of them may hold"
            }
            ToleranceKind::Length => {
                "`.length` is no part of RFC 9535: it means the length where no such member exists"
            }
            ToleranceKind::Lengths => {
                "`.length` is no part of RFC 9535: of several nodes it means the length of each, and any of them may hold"
            }
            ToleranceKind::MatchCount => {
                "`.length` is no part of RFC 9535: after a filter it means how many match, where none has such a member"
            }
            ToleranceKind::Empty => "`empty` is no part of RFC 9535",
            ToleranceKind::BareExpression => "a runtime expression inside a JSONPath without braces",
            ToleranceKind::QuotedExpression => {
                "a string that is a runtime expression: its value is compared, not the text"
            }
            ToleranceKind::CountOfOne => "`count` of a query that selects one node at most",
            ToleranceKind::Pattern => "a pattern outside I-Regexp (RFC 9485)",
            ToleranceKind::NeverMatches => "a pattern outside I-Regexp (RFC 9485), which never matches",
            ToleranceKind::BlankSpace => "blank space around a JSONPath",
        }
    }

    /// What to write instead of `text`, the part of the condition that it is about.
    pub fn help(self, text: &str) -> String {
        let counted = text.strip_suffix(".length").unwrap_or(text);
        match self {
            ToleranceKind::BareComparison => "compare inside a filter `[?…]`, or write a `simple` condition".into(),
            ToleranceKind::SeveralNodes => match text.rsplit_once("[*]").or_else(|| text.rsplit_once(".*")) {
                Some((list, path)) => format!("test the nodes inside a filter: `{list}[?@{path} …]`"),
                None => "test the nodes inside a filter `[?…]`".into(),
            },
            ToleranceKind::Length => format!("write `length({counted})`"),
            ToleranceKind::Lengths => match counted.rsplit_once("[*]").or_else(|| counted.rsplit_once(".*")) {
                Some((list, path)) => format!("test the lengths inside a filter: `{list}[?length(@{path}) …]`"),
                None => "test the lengths inside a filter `[?length(@) …]`".into(),
            },
            ToleranceKind::MatchCount => format!("write `count({counted})`"),
            ToleranceKind::Empty => emptiness(text),
            ToleranceKind::BareExpression => {
                format!("embed it in braces: `'{{{text}}}'` for a text, `{{{text}}}` for a number")
            }
            ToleranceKind::QuotedExpression => {
                format!("embed it in braces: `'{{{}}}'`", text.trim_matches(['\'', '"']))
            }
            ToleranceKind::CountOfOne => match text.strip_suffix(')') {
                Some(call) => format!("write `{}[*])` to count an array's items", call.trim_end()),
                None => "add `[*]` to count an array's items".into(),
            },
            ToleranceKind::Pattern | ToleranceKind::NeverMatches => {
                "write classes out, `[0-9]` for `\\d`, and leave out look-around and flags".into()
            }
            ToleranceKind::BlankSpace => "leave it out".into(),
        }
    }
}

/// What to write for `$.items empty true`.
fn emptiness(text: &str) -> String {
    let Some((query, wanted)) = text.rsplit_once(" empty ") else {
        return "ask with `count` or `length` for how much there is".into();
    };
    let query = query.trim_end();
    let several = ["[?", "*", "..", ":"].iter().any(|part| query.contains(part));
    match (several, wanted.trim_start() == "true") {
        (true, true) => format!("write `count({query}) == 0`"),
        (true, false) => format!("write only the query, `{query}`, to ask whether it selects anything"),
        (false, true) => format!("write `!{query} || length({query}) == 0`"),
        (false, false) => format!("write `{query} && length({query}) != 0`"),
    }
}

impl Tolerance {
    /// The part of the condition that it is about; all of the text where that can't be told.
    pub fn of<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.span.range()).unwrap_or(text)
    }
}

impl fmt::Display for Tolerance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.message())
    }
}

/// A runtime expression that a condition reads, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpressionUse {
    /// The expression.
    pub expression: Expression,
    /// Its bytes in the text, with quotes or braces.
    pub span: Span,
}
