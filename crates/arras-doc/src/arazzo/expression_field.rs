//! Fields that hold expressions, conditions and queries: the one place where their text is parsed.

use crate::expression::{self, Expression, Grammar, SelectorLanguage, Template};
use crate::node::{NodeId, NodeRef};
use crate::rule;
use crate::span::{Span, Spanned};

use super::Version;
use super::criterion::CriterionType;
use super::reader::Reader;

/// A field that holds a value: a literal, an expression, a text or structure that embeds some (1.1: or a selector).
#[derive(Clone, Debug)]
pub struct ValueField {
    /// The value as written.
    pub node: NodeId,
    /// Where it stands.
    pub span: Span,
    /// The value with its expressions parsed.
    pub template: Template,
}

/// A parsed condition.
#[derive(Clone, Debug)]
pub enum Condition {
    /// To be replaced.
    Text,
}

fn grammar(version: Version) -> Grammar {
    match version {
        Version::V1_0 => Grammar::V1_0,
        Version::V1_1 => Grammar::V1_1,
    }
}

/// Reads a field that is one runtime expression as a whole; braces around it are tolerated.
pub(super) fn expression<'t>(reader: &mut Reader<'t>, node: NodeRef<'t>, what: &str) -> Option<Spanned<Expression>> {
    let Some(text) = node.as_str() else {
        reader.wrong_type(node, what, "a runtime expression, such as `$response.body#/id`");
        return None;
    };
    let bare = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).filter(|rest| rest.starts_with('$'));
    let start = usize::from(bare.is_some());
    match Expression::parse(bare.unwrap_or(text)) {
        Ok(expression) => {
            let span = node.subspan(start, start + expression.text.len());
            if bare.is_some() {
                let message = format!("the braces around `{expression}` turn its value into text elsewhere");
                reader.note_help(rule::LOOSE_EXPRESSION, node.span(), message, "remove the braces");
            }
            let found = expression::check(&expression, grammar(reader.version), reader.source, span);
            reader.diagnostics.extend(found);
            Some(Spanned::new(expression, span))
        }
        Err(error) => {
            let error = error.shifted(start);
            reader.diagnostics.push(error.to_diagnostic(rule::INVALID_EXPRESSION, reader.source, node));
            None
        }
    }
}

/// Reads a value with the expressions in it.
pub(super) fn value<'t>(reader: &mut Reader<'t>, node: NodeRef<'t>) -> ValueField {
    let template = Template::read(node, grammar(reader.version), reader.source, &mut reader.diagnostics);
    ValueField { node: node.id(), span: node.span(), template }
}

/// Parses a condition.
pub(super) fn condition<'t>(
    _reader: &mut Reader<'t>,
    _node: NodeRef<'t>,
    _criterion_type: CriterionType,
) -> Option<Condition> {
    None
}

/// Checks the text of a selector or target.
pub(super) fn query<'t>(_reader: &mut Reader<'t>, _node: NodeRef<'t>, _language: SelectorLanguage, _what: &str) {}
