//! Values that hold expressions: parameter values, payloads, replacement values, outputs.

use std::cell::LazyCell;

use indexmap::IndexMap;

use super::ast::Expression;
use super::check::{Grammar, check, taken_literally};
use super::selector::Selector;
use super::text::{Piece, elsewhere, embed_unbraced, is_foreign, is_mistaken, pieces_declared, unbraced};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::node::NodeRef;
use crate::rule;
use crate::source::SourceId;
use crate::span::{Span, Spanned};
use crate::value::{Object, Value};

/// A value as written in the document, in which expressions await their values.
///
/// A part without any expression is one `Literal`, however deep.
#[derive(Clone, Debug, PartialEq)]
pub enum Template {
    /// A value without expressions.
    Literal(Spanned<Value>),
    /// A string that is one expression: its value keeps its type (ARZ-EXPR-22).
    Expression(Spanned<Expression>),
    /// A string that embeds expressions (ARZ-EXPR-23); the pieces' spans point into the source.
    Text(Spanned<Vec<Piece>>),
    /// An array with an expression somewhere inside.
    Array(Vec<Template>),
    /// An object with an expression somewhere inside.
    Object(IndexMap<String, Template>),
    /// A Selector Object (ARZ-SEL-04).
    Selector(Box<Selector>),
}

/// How to read a template: what a document's version and file decide.
#[derive(Clone, Copy)]
struct Reading<'d> {
    grammar: Grammar,
    source: SourceId,
    /// The expressions that the document's own names make of texts, before the grammar is asked.
    declared: &'d dyn Fn(&str) -> Option<Expression>,
}

impl Template {
    /// Reads a value of the document; what is doubtful goes to `diagnostics`.
    ///
    /// A string is an expression if it is one as a whole; any other string that begins with `$` is literal,
    /// with a warning where it looks like a failed expression. A failed expression in braces is an error.
    /// Selector Objects are those of 1.1. Recurses as deep as the document, which the readers bound.
    pub fn read(node: NodeRef<'_>, grammar: Grammar, source: SourceId, diagnostics: &mut Diagnostics) -> Template {
        Template::read_declared(node, grammar, source, &|_| None, diagnostics)
    }

    /// The same where names that are declared go before the grammar.
    pub(crate) fn read_declared(
        node: NodeRef<'_>,
        grammar: Grammar,
        source: SourceId,
        declared: &dyn Fn(&str) -> Option<Expression>,
        diagnostics: &mut Diagnostics,
    ) -> Template {
        Reading { grammar, source, declared }.value(node, diagnostics)
    }

    /// Whether it holds no expression.
    pub fn is_literal(&self) -> bool {
        matches!(self, Template::Literal(_))
    }

    /// The expression of a string that is nothing but `{$expression}`.
    pub fn sole_embedded(&self) -> Option<&Spanned<Expression>> {
        match self {
            Template::Text(pieces) => sole(&pieces.value),
            _ => None,
        }
    }

    /// Every expression in it, in document order, those of Selector Objects included.
    pub fn expressions(&self) -> Vec<&Spanned<Expression>> {
        let mut found = Vec::new();
        self.collect(&mut found);
        found
    }

    /// Embeds unbraced expressions in its strings (A-44: `Bearer $inputs.token`) where `declared` knows their names;
    /// returns the template and what was embedded in each string, to warn of.
    #[must_use]
    pub fn with_unbraced(self, declared: &dyn Fn(&Expression) -> bool) -> (Template, Vec<Spanned<Vec<Expression>>>) {
        let mut found = Vec::new();
        let template = self.embed(declared, &mut found);
        (template, found)
    }

    fn collect<'t>(&'t self, found: &mut Vec<&'t Spanned<Expression>>) {
        match self {
            Template::Literal(_) => {}
            Template::Expression(expression) => found.push(expression),
            Template::Text(pieces) => found.extend(pieces.iter().filter_map(|piece| match piece {
                Piece::Text(_) => None,
                Piece::Expression(expression) => Some(expression),
            })),
            Template::Array(items) => items.iter().for_each(|item| item.collect(found)),
            Template::Object(members) => members.values().for_each(|member| member.collect(found)),
            Template::Selector(selector) => found.push(&selector.context),
        }
    }

    fn embed(self, declared: &dyn Fn(&Expression) -> bool, found: &mut Embedded) -> Template {
        match self {
            Template::Literal(literal) => embed_in_literal(literal.value, literal.span, declared, found),
            Template::Text(text) => {
                let span = text.span;
                Template::Text(Spanned::new(embed_in_text(text.value, span, declared, found), span))
            }
            Template::Array(items) => {
                Template::Array(items.into_iter().map(|item| item.embed(declared, found)).collect())
            }
            Template::Object(members) => {
                let embedded = members.into_iter().map(|(name, member)| (name, member.embed(declared, found)));
                Template::Object(embedded.collect())
            }
            Template::Expression(_) | Template::Selector(_) => self,
        }
    }
}

/// What was embedded without braces, string by string.
type Embedded = Vec<Spanned<Vec<Expression>>>;

fn embed_in_text(
    pieces: Vec<Piece>,
    span: Span,
    declared: &dyn Fn(&Expression) -> bool,
    found: &mut Embedded,
) -> Vec<Piece> {
    let (pieces, embedded) = embed_unbraced(pieces, span, declared);
    if !embedded.is_empty() {
        found.push(Spanned::new(embedded, span));
    }
    pieces
}

fn embed_in_literal(
    value: Value,
    span: Span,
    declared: &dyn Fn(&Expression) -> bool,
    found: &mut Embedded,
) -> Template {
    match value {
        Value::String(text) => {
            let before = found.len();
            let pieces = embed_in_text(vec![Piece::Text(text.clone())], span, declared, found);
            if found.len() > before {
                Template::Text(Spanned::new(pieces, span))
            } else {
                Template::Literal(Spanned::new(Value::String(text), span))
            }
        }
        Value::Array(items) => {
            array(items.into_iter().map(|item| embed_in_literal(item, span, declared, found)).collect(), span)
        }
        Value::Object(members) => {
            let embedded =
                members.into_iter().map(|(name, member)| (name, embed_in_literal(member, span, declared, found)));
            object(embedded.collect(), span)
        }
        scalar => Template::Literal(Spanned::new(scalar, span)),
    }
}

fn sole(pieces: &[Piece]) -> Option<&Spanned<Expression>> {
    match pieces {
        [Piece::Expression(expression)] => Some(expression),
        _ => None,
    }
}

/// An array, as one literal if all items are.
fn array(items: Vec<Template>, span: Span) -> Template {
    if !items.iter().all(Template::is_literal) {
        return Template::Array(items);
    }
    let values = items.into_iter().filter_map(into_literal).collect();
    Template::Literal(Spanned::new(Value::Array(values), span))
}

/// An object, as one literal if all members are.
fn object(members: IndexMap<String, Template>, span: Span) -> Template {
    if !members.values().all(Template::is_literal) {
        return Template::Object(members);
    }
    let values: Object =
        members.into_iter().filter_map(|(name, member)| into_literal(member).map(|value| (name, value))).collect();
    Template::Literal(Spanned::new(Value::Object(values), span))
}

fn into_literal(template: Template) -> Option<Value> {
    match template {
        Template::Literal(literal) => Some(literal.value),
        _ => None,
    }
}

impl Reading<'_> {
    fn value(self, node: NodeRef<'_>, diagnostics: &mut Diagnostics) -> Template {
        if let Some(text) = node.as_str() {
            return self.string(node, text, diagnostics);
        }
        if node.is_sequence() {
            return array(node.items().map(|item| self.value(item, diagnostics)).collect(), node.span());
        }
        if !node.is_mapping() {
            return Template::Literal(Spanned::new(node.to_value(), node.span()));
        }
        if self.grammar > Grammar::V1_0
            && let Some(selector) = Selector::read(node, self.source, self.declared, diagnostics)
        {
            return Template::Selector(Box::new(selector));
        }
        let members = node.entries().map(|(key, value)| (key.key().to_owned(), self.value(value, diagnostics)));
        object(members.collect(), node.span())
    }

    fn string(self, node: NodeRef<'_>, text: &str, diagnostics: &mut Diagnostics) -> Template {
        if text.starts_with('$') {
            match (self.declared)(text).map_or_else(|| Expression::parse(text), Ok) {
                Ok(expression) => {
                    let span = node.subspan(0, text.len());
                    diagnostics.extend(check(&expression, self.grammar, self.source, span));
                    return Template::Expression(Spanned::new(expression, span));
                }
                // what is embedded without braces, or not, is told once the names are known
                Err(_) if !unbraced(text).is_empty() => {}
                Err(error) if is_mistaken(text, &error) || is_foreign(text) => {
                    let mut found = error.to_diagnostic(rule::INVALID_EXPRESSION, self.source, node);
                    found.help.get_or_insert_with(|| {
                        "an expression begins with `$inputs.`, `$steps.`, `$response.` or another root".into()
                    });
                    diagnostics.push(taken_literally(found));
                }
                Err(_) => {}
            }
        }
        self.text(node, text, diagnostics)
    }

    fn text(self, node: NodeRef<'_>, text: &str, diagnostics: &mut Diagnostics) -> Template {
        let literal = || Template::Literal(Spanned::new(Value::from(text), node.span()));
        if let Some((from, to)) = elsewhere(text).filter(|(from, _)| *from > 0) {
            let message = format!(
                "`{}` reads nothing, for no expression reaches the environment; the text is sent as it is",
                &text[from..to]
            );
            let found = Diagnostic::new(rule::DOUBTFUL_EXPRESSION, message).at(self.source, node.subspan(from, to));
            diagnostics.push(found.help("make it an input, or leave credentials to the security schemes"));
        }
        let mut pieces = match pieces_declared(text, self.declared) {
            Ok(pieces) => pieces,
            Err(error) => {
                diagnostics.push(error.to_diagnostic(rule::INVALID_EXPRESSION, self.source, node));
                return literal();
            }
        };
        let mut embeds = false;
        let map = LazyCell::new(|| node.source_map());
        for piece in &mut pieces {
            if let Piece::Expression(expression) = piece {
                embeds = true;
                expression.span = map.span(expression.span.start as usize, expression.span.end as usize);
                diagnostics.extend(check(expression, self.grammar, self.source, expression.span));
            }
        }
        if embeds { Template::Text(Spanned::new(pieces, node.span())) } else { literal() }
    }
}

#[cfg(test)]
mod tests;
