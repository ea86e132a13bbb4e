//! The condition of a `jsonpath` criterion: a query or, leniently, a logical expression (A-01).

use crate::span::Span;

use super::ast::{Anchor, Logical, LogicalKind, Operand, OperandKind, Query};
use super::error::SyntaxError;
use super::hint;
use super::lex::Cursor;
use super::parse::Parser;
use super::tolerance::{ExpressionUse, Tolerance, ToleranceKind};

/// Which spellings are accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// The letter of RFC 9535: queries only.
    Strict,
    /// Also what authors write, each time with a [`Tolerance`] (A-01 to A-05).
    #[default]
    Lenient,
    /// As lenient, and the older dialect `draft-goessner-dispatch-jsonpath-00` (A-32).
    Draft,
}

/// A parsed condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// What it asks.
    pub form: Form,
    /// The runtime expressions that stand as operands, by slot.
    pub expressions: Vec<ExpressionUse>,
    /// What was accepted beyond the letter, in the order of the text.
    pub tolerances: Vec<Tolerance>,
}

/// What a condition asks.
#[derive(Clone, Debug, PartialEq)]
pub enum Form {
    /// Whether the query selects anything.
    Query(Query),
    /// Whether it holds; `$` and `@` both denote the context.
    Logical(Logical),
}

impl std::fmt::Display for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Form::Query(query) => query.fmt(f),
            Form::Logical(logical) => logical.fmt(f),
        }
    }
}

/// Reads an RFC 9535 query, to the letter.
///
/// ```
/// let query = arras_doc::jsonpath::parse_query("$.items[?@.price > 10].id")?;
/// assert_eq!(query.to_string(), "$.items[?@.price > 10].id");
/// # Ok::<(), arras_doc::jsonpath::SyntaxError>(())
/// ```
///
/// # Errors
/// If it is none.
pub fn parse_query(text: &str) -> Result<Query, SyntaxError> {
    let mut parser = Parser::new(Cursor::new(text, 0), Mode::Strict, &[]);
    query(&mut parser)
}

/// Reads an RFC 9535 logical expression (`logical-expr`), to the letter: `$.status == 'x' && $.items`.
///
/// # Errors
/// If it is none.
pub fn parse_logical(text: &str) -> Result<Logical, SyntaxError> {
    let mut parser = Parser::new(Cursor::new(text, 0), Mode::Strict, &[]);
    let logical = parser.logical()?;
    at_end(&mut parser, false)?;
    Ok(logical)
}

/// Reads the condition of a criterion, which embeds no expression in braces.
///
/// # Errors
/// If it is none in that mode.
pub fn parse_condition(text: &str, mode: Mode) -> Result<Condition, SyntaxError> {
    parse_inert(text, mode, &[])
}

/// The same, where nothing within `inert` is the author's own text and so no runtime expression.
pub(super) fn parse_inert(text: &str, mode: Mode, inert: &[Span]) -> Result<Condition, SyntaxError> {
    let trimmed = if mode == Mode::Strict { text } else { text.trim_ascii_end() };
    let start = if mode == Mode::Strict { 0 } else { trimmed.len() - trimmed.trim_ascii_start().len() };
    let mut parser = Parser::new(Cursor::new(trimmed, start), mode, inert);
    if trimmed.len() - start < text.len() {
        parser.tolerate(ToleranceKind::BlankSpace, Span::new(0, text.len()));
    }
    let form = if mode == Mode::Strict { Form::Query(query(&mut parser)?) } else { lenient(&mut parser)? };
    let Parser { mut tolerances, expressions, .. } = parser;
    tolerances.sort_by_key(|tolerance| tolerance.span.start);
    Ok(Condition { form, expressions, tolerances })
}

fn lenient(parser: &mut Parser<'_>) -> Result<Form, SyntaxError> {
    let logical = parser.logical()?;
    at_end(parser, false)?;
    match logical.kind {
        LogicalKind::Exists(query) if query.anchor == Anchor::Root => Ok(Form::Query(query)),
        kind => {
            parser.tolerate(ToleranceKind::BareComparison, logical.span);
            Ok(Form::Logical(Logical { kind, span: logical.span }))
        }
    }
}

fn query(parser: &mut Parser<'_>) -> Result<Query, SyntaxError> {
    if parser.cursor.peek() != b'$' {
        return Err(hint::no_query(&parser.cursor));
    }
    if parser.cursor.peek_at(1).is_ascii_alphabetic() {
        parser.bare_expression()?;
    }
    let query = parser.query()?;
    at_end(parser, true)?;
    Ok(query)
}

fn at_end(parser: &mut Parser<'_>, query_only: bool) -> Result<(), SyntaxError> {
    if parser.cursor.is_end() { Ok(()) } else { Err(hint::trailing(&mut parser.cursor, query_only)) }
}

impl Form {
    /// How many logical expressions it is made of, those inside filters included.
    pub(super) fn size(&self) -> usize {
        match self {
            Form::Query(query) => query_size(query),
            Form::Logical(logical) => logical_size(logical),
        }
    }
}

fn logical_size(logical: &Logical) -> usize {
    let inner = match &logical.kind {
        LogicalKind::Or(parts) | LogicalKind::And(parts) => parts.iter().map(logical_size).sum(),
        LogicalKind::Not(inner) => logical_size(inner),
        LogicalKind::Comparison(it) => operand_size(&it.left) + operand_size(&it.right),
        LogicalKind::Exists(query) | LogicalKind::Empty(query, _) => query_size(query),
        LogicalKind::Test(call) => call.arguments.iter().map(operand_size).sum(),
        LogicalKind::Matches(operand, _) => operand_size(operand),
    };
    1 + inner
}

fn operand_size(operand: &Operand) -> usize {
    match &operand.kind {
        OperandKind::Literal(_) | OperandKind::Expression(_) => 0,
        OperandKind::Query(query) | OperandKind::Length(query) => query_size(query),
        OperandKind::Call(call) => call.arguments.iter().map(operand_size).sum(),
    }
}

fn query_size(query: &Query) -> usize {
    let selectors = query.segments.iter().flat_map(|segment| &segment.selectors);
    selectors.filter_map(|selector| selector.kind.filter()).map(logical_size).sum()
}
