//! Fields that hold a runtime expression, or values with expressions in them.

use crate::expression::{self, Expression, SelectorLanguage, Template};
use crate::jsonpath::{self, Form, Prepared};
use crate::node::{NodeId, NodeRef};
use crate::pointer;
use crate::rule;
use crate::span::{Span, Spanned};
use crate::syntax::SyntaxError;
use crate::xpath;

use super::declared_output;
use super::reader::Reader;
use super::reading::Unbraced;
use super::unbraced;

/// A field that holds a value: a literal, an expression, a text or structure that embeds some (1.1: or a selector).
#[derive(Clone, Debug)]
pub struct ValueField {
    /// The value as written.
    pub node: NodeId,
    /// Where it stands.
    pub span: Span,
    /// The value with its expressions parsed.
    pub template: Template,
    /// What stands without braces in its texts, text by text: a workflow that declares all of a text's embeds them.
    pub(super) unbraced: Vec<unbraced::OfText>,
}

/// Reads a field that is one runtime expression as a whole; braces around it are tolerated.
pub(super) fn expression<'t>(reader: &mut Reader<'t>, node: NodeRef<'t>, what: &str) -> Option<Spanned<Expression>> {
    let Some(text) = node.as_str() else {
        reader.wrong_type(node, what, "a runtime expression, such as `$response.body#/id`");
        return None;
    };
    let bare = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).filter(|rest| rest.starts_with('$'));
    let start = usize::from(bare.is_some());
    let text = bare.unwrap_or(text);
    match declared_output::expression(reader, text).map_or_else(|| Expression::parse(text), Ok) {
        Ok(expression) => {
            let span = node.subspan(start, start + expression.text.len());
            if bare.is_some() {
                let message = format!("braces do not belong around `{expression}` here");
                reader.note_help(rule::LOOSE_EXPRESSION, node.span(), message, "remove the braces");
            }
            let found = expression::check(&expression, reader.grammar(), reader.source, span);
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
    let declared = node.as_str().and_then(|text| declared_output::expression(reader, text));
    let template = match declared {
        Some(expression) => {
            let span = node.subspan(0, expression.text.len());
            reader.diagnostics.extend(expression::check(&expression, reader.grammar(), reader.source, span));
            Template::Expression(Spanned::new(expression, span))
        }
        None => {
            let (grammar, source) = (reader.grammar(), reader.source);
            let mut found = std::mem::take(&mut reader.diagnostics);
            let declared = declared_output::of_document(reader);
            let template = Template::read_declared(node, grammar, source, &|text| declared.find(text), &mut found);
            reader.diagnostics = found;
            template
        }
    };
    let unbraced = match reader.reading.unbraced {
        Unbraced::Embed => unbraced::of_value(node, &template),
        Unbraced::Leave => Vec::new(),
    };
    ValueField { node: node.id(), span: node.span(), template, unbraced }
}

/// Checks the text of a selector, or of a replacement's target, in its language; of XPath 2.0 and later only its shape.
pub(super) fn query<'t>(reader: &mut Reader<'t>, node: NodeRef<'t>, language: SelectorLanguage, what: &str) {
    let Some(text) = node.as_str() else { return };
    match language {
        SelectorLanguage::JsonPath => json_path(reader, node, text, reader.reading.jsonpath, what),
        SelectorLanguage::JsonPathDraft => json_path(reader, node, text, jsonpath::Mode::Draft, what),
        SelectorLanguage::JsonPointer => json_pointer(reader, node, text, what),
        SelectorLanguage::XPath10 => xpath(reader, node, xpath::parse(text, xpath::Version::V1_0).map(|_| ())),
        _ => xpath(reader, node, xpath::check_shape(text)),
    }
}

fn xpath<'t>(reader: &mut Reader<'t>, node: NodeRef<'t>, checked: Result<(), SyntaxError>) {
    if let Err(error) = checked {
        reader.diagnostics.push(error.to_diagnostic(rule::INVALID_SELECTOR, reader.source, node));
    }
}

fn json_pointer<'t>(reader: &mut Reader<'t>, node: NodeRef<'t>, text: &str, what: &str) {
    if pointer::tokens(text).is_some() {
        return;
    }
    let message = format!("the {what} `{text}` is no JSON Pointer");
    let help = match text.strip_prefix('#') {
        Some(rest) => format!("write `{rest}`"),
        None => "begin it with `/`, and write `~0` for `~`".to_owned(),
    };
    reader.note_help(rule::INVALID_SELECTOR, node.span(), message, help);
}

fn json_path<'t>(reader: &mut Reader<'t>, node: NodeRef<'t>, text: &str, mode: jsonpath::Mode, what: &str) {
    match jsonpath::prepare(text, mode) {
        Ok(Prepared::Fixed(condition)) if matches!(condition.form, Form::Logical(_)) => {
            let message = format!("the {what} `{text}` is a comparison; it selects nothing");
            let help = "write the query alone, and compare what it selects in a condition";
            reader.note_help(rule::INVALID_SELECTOR, node.span(), message, help);
        }
        Ok(prepared) => {
            for found in prepared.tolerances() {
                let span = node.subspan(found.span.start as usize, found.span.end as usize);
                reader.note_help(found.kind.rule(), span, found.kind.message(), found.kind.help(found.of(text)));
            }
        }
        Err(error) => {
            let span = node.subspan(error.start, error.end);
            reader.note(rule::INVALID_SELECTOR, span, error.message).help = error.help;
        }
    }
}

/// A replacement's target without a type is a JSON Pointer or an XPath (ARZ-REPL-04, ARZ-REPL-05), never a JSONPath.
pub(super) fn untyped_target<'t>(reader: &mut Reader<'t>, node: NodeRef<'t>) {
    let Some(text) = node.as_str().filter(|text| text.starts_with('$') || text.starts_with("#/")) else { return };
    let message = format!("the target `{text}` is neither a JSON Pointer nor an XPath");
    let help = match text.strip_prefix('#') {
        Some(rest) => format!("write `{rest}`"),
        None => "add `targetSelectorType: jsonpath`, or write a JSON Pointer".to_owned(),
    };
    reader.note_help(rule::INVALID_SELECTOR, node.span(), message, help);
}
