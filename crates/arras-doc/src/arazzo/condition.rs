//! The condition of a criterion, parsed in the language that it is written in.

use std::sync::Arc;

use crate::condition;
use crate::diagnostic::{Edit, Fix};
use crate::expression::{self, Expression, Piece, SelectorLanguage, pieces};
use crate::jsonpath::{self, ToleranceKind};
use crate::node::NodeRef;
use crate::pattern::Pattern;
use crate::rule;
use crate::span::{Span, Spanned};
use crate::xpath;

use super::bare_comparison;
use super::criterion::CriterionType;
use super::reader::Reader;

/// A parsed condition.
#[derive(Clone, Debug)]
pub struct Condition {
    /// What it says.
    pub kind: ConditionKind,
    /// Every runtime expression in it, with its place in the document.
    pub expressions: Vec<Spanned<Expression>>,
}

/// What a condition says.
#[derive(Clone, Debug)]
pub enum ConditionKind {
    /// A simple condition.
    Simple(Arc<condition::Condition>),
    /// A regular expression without embedded expressions.
    Regex(Pattern),
    /// A JSONPath condition.
    JsonPath(jsonpath::Prepared),
    /// A regular expression with embedded expressions, or an XPath: text to be parsed when the values are known.
    Text(Vec<Piece>),
}

/// Parses a condition; syntax errors and loose spellings are noted where they stand (ARZ-CRIT-10, A-66).
pub(super) fn read<'t>(
    reader: &mut Reader<'t>,
    node: NodeRef<'t>,
    criterion_type: CriterionType,
    context: condition::Context,
    applied_to: Option<&Expression>,
) -> Option<Condition> {
    let text = node.as_str()?;
    let kind = match criterion_type {
        CriterionType::Simple => return simple(reader, node, text, context),
        CriterionType::Query(SelectorLanguage::JsonPath) => {
            return json_path(reader, node, text, reader.reading.jsonpath, applied_to);
        }
        CriterionType::Query(SelectorLanguage::JsonPathDraft) => {
            return json_path(reader, node, text, jsonpath::Mode::Draft, applied_to);
        }
        CriterionType::Regex => regex(reader, node, text)?,
        CriterionType::Query(language) => xpath(reader, node, text, language)?,
    };
    let expressions = match &kind {
        ConditionKind::Text(pieces) => pieces.iter().filter_map(|piece| in_document(node, piece)).collect(),
        _ => Vec::new(),
    };
    strict(reader, &expressions);
    Some(Condition { kind, expressions })
}

/// Notes expressions outside the grammar.
fn strict(reader: &mut Reader<'_>, expressions: &[Spanned<Expression>]) {
    for expression in expressions {
        let found = expression::check(&expression.value, reader.grammar(), reader.source, expression.span);
        reader.diagnostics.extend(found);
    }
}

fn in_document(node: NodeRef<'_>, piece: &Piece) -> Option<Spanned<Expression>> {
    match piece {
        Piece::Text(_) => None,
        Piece::Expression(expression) => Some(Spanned::new(expression.value.clone(), place(node, expression.span))),
    }
}

/// Bytes of a string's text as bytes of the document.
fn place(node: NodeRef<'_>, span: Span) -> Span {
    node.subspan(span.start as usize, span.end as usize)
}

fn embedded<'t>(reader: &mut Reader<'t>, node: NodeRef<'t>, text: &str) -> Option<Vec<Piece>> {
    match pieces(text) {
        Ok(pieces) => Some(pieces),
        Err(error) => {
            reader.diagnostics.push(error.to_diagnostic(rule::INVALID_EXPRESSION, reader.source, node));
            None
        }
    }
}

fn regex<'t>(reader: &mut Reader<'t>, node: NodeRef<'t>, text: &str) -> Option<ConditionKind> {
    let pieces = embedded(reader, node, text)?;
    let read = if pieces.iter().any(|piece| matches!(piece, Piece::Expression(_))) {
        let tolerances = Pattern::tolerances(&pieces);
        Ok((ConditionKind::Text(pieces), tolerances))
    } else {
        Pattern::parse(text).map(|(pattern, tolerances)| (ConditionKind::Regex(pattern), tolerances))
    };
    match read {
        Ok((kind, tolerances)) => {
            for tolerance in tolerances {
                reader.note_help(rule::LOOSE_CONDITION, node.span(), tolerance.message(), tolerance.help());
            }
            Some(kind)
        }
        Err(error) => {
            reader.diagnostics.push(error.to_diagnostic(rule::INVALID_CONDITION, reader.source, node));
            None
        }
    }
}

/// Of XPath 2.0 and later only the shape is checked here: how much of them a run knows, its build decides.
fn xpath<'t>(
    reader: &mut Reader<'t>,
    node: NodeRef<'t>,
    text: &str,
    language: SelectorLanguage,
) -> Option<ConditionKind> {
    let checked = match language {
        SelectorLanguage::XPath10 => xpath::prepare(text, xpath::Version::V1_0).map(|_| ()),
        _ => xpath::check_shape(text),
    };
    if let Err(error) = checked {
        reader.diagnostics.push(error.to_diagnostic(rule::INVALID_CONDITION, reader.source, node));
        return None;
    }
    embedded(reader, node, text).map(ConditionKind::Text)
}

fn json_path<'t>(
    reader: &mut Reader<'t>,
    node: NodeRef<'t>,
    text: &str,
    mode: jsonpath::Mode,
    context: Option<&Expression>,
) -> Option<Condition> {
    match jsonpath::prepare(text, mode) {
        Ok(prepared) => {
            json_path_tolerances(reader, node, text, &prepared, context);
            let expressions: Vec<_> = prepared
                .expressions()
                .map(|usage| Spanned::new(usage.expression.clone(), place(node, usage.span)))
                .collect();
            strict(reader, &expressions);
            Some(Condition { kind: ConditionKind::JsonPath(prepared), expressions })
        }
        Err(error) => {
            // what would be tolerated says best how to write it
            let tolerated =
                jsonpath::prepare(text, jsonpath::Mode::Lenient).ok().filter(|_| mode == jsonpath::Mode::Strict);
            let before = reader.diagnostics.len();
            if let Some(tolerated) = &tolerated {
                json_path_tolerances(reader, node, text, tolerated, context);
            }
            crate::diagnostic::tolerate_nothing(&mut reader.diagnostics[before..]);
            if !crate::diagnostic::has_errors(&reader.diagnostics[before..]) {
                let span = place(node, Span::new(error.start, error.end));
                reader.note(rule::INVALID_CONDITION, span, error.message).help = error.help;
            }
            None
        }
    }
}

/// Notes what was tolerated; of a comparison all at once, where one text mends it all.
fn json_path_tolerances<'t>(
    reader: &mut Reader<'t>,
    node: NodeRef<'t>,
    text: &str,
    prepared: &jsonpath::Prepared,
    context: Option<&Expression>,
) {
    let remedy = match prepared {
        jsonpath::Prepared::Fixed(jsonpath::Condition { form: jsonpath::Form::Logical(logical), .. }) => {
            Some(bare_comparison::remedy(logical, context))
        }
        _ => None,
    };
    let covered = remedy.as_ref().is_some_and(|remedy| remedy.covers_all);
    for found in prepared.tolerances() {
        let kind = found.kind;
        let part = matches!(
            kind,
            ToleranceKind::Length
                | ToleranceKind::Lengths
                | ToleranceKind::MatchCount
                | ToleranceKind::Empty
                | ToleranceKind::QuotedExpression
        );
        if part && covered {
            continue;
        }
        let bare = remedy.as_ref().filter(|_| kind == ToleranceKind::BareComparison);
        let help = bare.map_or_else(|| kind.help(found.of(text)), |remedy| remedy.help.clone());
        let fix = bare.and_then(|remedy| whole_fix(reader, node, text, remedy.query.as_deref()?));
        reader.note_help(kind.rule(), place(node, found.span), kind.message(), help).fix = fix;
    }
}

/// Another condition in the place of the whole one, where its text stands in the document as it is.
fn whole_fix(reader: &Reader<'_>, node: NodeRef<'_>, text: &str, instead: &str) -> Option<Fix> {
    let span = place(node, Span::new(0, text.len()));
    let edit = Edit { source: reader.source, span, replacement: inside(node, instead) };
    (span.len() == text.len()).then(|| Fix { title: format!("write `{instead}`"), edits: vec![edit] })
}

/// A text as it is written between the quotes of a scalar.
fn inside(node: NodeRef<'_>, text: &str) -> String {
    match node.source_text().as_bytes().first() {
        Some(b'\'') => text.replace('\'', "''"),
        Some(b'"') => text.replace('\\', "\\\\").replace('"', "\\\""),
        _ => text.to_owned(),
    }
}

fn simple<'t>(
    reader: &mut Reader<'t>,
    node: NodeRef<'t>,
    text: &str,
    context: condition::Context,
) -> Option<Condition> {
    match condition::parse(text, context) {
        Ok(parsed) => {
            parsed.looseness.iter().for_each(|loose| looseness(reader, node, &parsed, loose));
            let expressions = parsed.expressions().into_iter();
            let expressions =
                expressions.map(|(expression, span)| Spanned::new(expression.clone(), place(node, span))).collect();
            Some(Condition { kind: ConditionKind::Simple(Arc::new(parsed)), expressions })
        }
        Err(error) => {
            reader.diagnostics.push(error.to_diagnostic(rule::INVALID_CONDITION, reader.source, node));
            None
        }
    }
}

fn looseness<'t>(
    reader: &mut Reader<'t>,
    node: NodeRef<'t>,
    parsed: &condition::Condition,
    loose: &condition::Looseness,
) {
    let span = place(node, loose.span);
    if matches!(loose.tolerance, condition::Tolerance::Expression(_)) {
        let expressions = parsed.expressions();
        let expression = expressions.iter().find(|(_, span)| span.contains(loose.span) || loose.span.contains(*span));
        if let Some((expression, _)) = expression {
            let found = expression::check(expression, reader.grammar(), reader.source, span);
            reader.diagnostics.extend(found);
            return;
        }
    }
    let help = match &loose.replacement {
        Some(replacement) => format!("write `{replacement}`"),
        None => loose.tolerance.help().to_owned(),
    };
    let source = reader.source;
    let diagnostic = reader.note_help(rule::LOOSE_CONDITION, span, loose.tolerance.message(), help);
    // an edit is safe only where the text stands in the document as it is
    if let Some(replacement) = loose.replacement.clone().filter(|_| span.len() == loose.span.len()) {
        let title = format!("write `{replacement}`");
        let edits = vec![Edit { source, span, replacement: inside(node, &replacement) }];
        diagnostic.fix = Some(Fix { title, edits });
    }
}
