//! XPath 2.0 to 3.1 where it goes beyond what all versions share, by the engine of the feature `xpath31`.
//!
//! The engine's programs can't be shared between threads, so a text is compiled once to be checked and again for each
//! evaluation. It knows no budget: its user trusts the documents.

mod fill;
#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};

use arras_doc::expression::{Expression, Piece, pieces};
use arras_doc::span::Spanned;
use arras_doc::syntax::SyntaxError;
use arras_doc::value::{Number, Value};
use arras_doc::xpath::check_shape;
use xee_xpath::context::StaticContextBuilder;
use xee_xpath::error::{Error, ErrorValue};
use xee_xpath::{Atomic, Documents, Item, Queries, Query as _, Sequence};

use crate::criterion::EvaluationError;
use crate::xml;

/// An expression, with the runtime expressions that it embeds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Query {
    pieces: Vec<Piece>,
}

/// What an expression came to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    /// Its effective boolean value (ARZ-XPATH-03), or why it has none.
    pub(crate) holds: Result<bool, String>,
    /// Its value: nothing, that of its one item, or an array of those of its items.
    pub(crate) value: Option<Value>,
}

impl Query {
    /// Reads an expression; a prefix that it uses is for the document to declare.
    ///
    /// # Errors
    /// If it is none, or longer or deeper nested than expressions may be.
    pub(crate) fn parse(text: &str) -> Result<Query, SyntaxError> {
        check_shape(text)?;
        let query = Query { pieces: pieces(text)? };
        // in the place of values that are not known yet
        let sample = query.text(&vec![Some(Value::from(1_i64)); query.expressions().count()]);
        let embeds = query.expressions().next().is_some();
        match compile(&sample, &[]) {
            Err(error) if !matches!(error.error, ErrorValue::XPST0081) => {
                let range =
                    error.span.map(|span| span.range()).filter(|range| !embeds && text.get(range.clone()).is_some());
                Err(SyntaxError::new(explain(&error), range.unwrap_or(0..text.len())))
            }
            _ => Ok(query),
        }
    }

    /// The runtime expressions that it embeds.
    pub(crate) fn expressions(&self) -> impl Iterator<Item = &Spanned<Expression>> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Expression(expression) => Some(expression),
        })
    }

    /// The expression with these values in it, in the order of the expressions.
    fn text(&self, values: &[Option<Value>]) -> String {
        fill::text(&self.pieces, values)
    }

    /// What it comes to over an XML text; prefixes are those that the document element declares.
    ///
    /// # Errors
    /// If the text is no XML, or the expression fails with these values.
    pub(crate) fn evaluate(&self, values: &[Option<Value>], text: &str) -> Result<Found, EvaluationError> {
        // within the bounds that hold for every XML text here
        let document =
            xml::parse(text).map_err(|error| EvaluationError::new(format!("the context is no XML: {error}")))?;
        let declared = document.root_element().namespaces();
        let prefixes: Vec<(&str, &str)> =
            declared.filter_map(|namespace| Some((namespace.name()?, namespace.uri()))).collect();
        let expression = self.text(values);
        let run = || run(&expression, &prefixes, text);
        catch_unwind(AssertUnwindSafe(run))
            .unwrap_or_else(|_| Err("the XPath engine gave up".to_owned()))
            .map_err(EvaluationError::new)
    }
}

fn run(expression: &str, prefixes: &[(&str, &str)], text: &str) -> Result<Found, String> {
    let query = compile(expression, prefixes).map_err(|error| explain(&error))?;
    let mut documents = Documents::new();
    let document =
        documents.add_string_without_uri(text).map_err(|error| format!("the context is no XML: {error:?}"))?;
    let found: Sequence = query.execute(&mut documents, document).map_err(|error| explain(&error))?;
    let holds = found
        .effective_boolean_value()
        .map_err(|error| format!("what it selects is neither true nor false: {} ({error})", error.message()));
    let mut values = Vec::new();
    for item in found.iter() {
        values.push(value(&item, &documents)?);
    }
    let value = if values.len() > 1 { Some(Value::Array(values)) } else { values.pop() };
    Ok(Found { holds, value })
}

fn compile(expression: &str, prefixes: &[(&str, &str)]) -> Result<xee_xpath::query::SequenceQuery, Error> {
    let mut context = StaticContextBuilder::default();
    for (prefix, uri) in prefixes {
        context.add_namespace(prefix, uri);
    }
    Queries::new(context).sequence(expression)
}

/// A string, number or boolean as such, a node as its text.
fn value(item: &Item, documents: &Documents) -> Result<Value, String> {
    if let Item::Function(_) = item {
        return Err("a function has no value here".to_owned());
    }
    let text = item.string_value(documents.xot()).map_err(|error| error.message().to_owned())?;
    Ok(match item {
        Item::Atomic(Atomic::Boolean(value)) => Value::from(*value),
        Item::Atomic(Atomic::Integer(..) | Atomic::Decimal(_) | Atomic::Double(_) | Atomic::Float(_)) => {
            Number::parse(&text).map_or(Value::String(text), Value::Number)
        }
        _ => Value::String(text),
    })
}

/// The engine's reason with its code: `XPST0003`.
fn explain(error: &Error) -> String {
    let message = error.error.message().trim_end_matches('.');
    let mut letters = message.chars();
    let message: String = letters.next().into_iter().flat_map(char::to_lowercase).chain(letters).collect();
    format!("{message} ({})", error.error.code())
}
