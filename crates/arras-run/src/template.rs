//! Templates to values: expressions get their values, and texts embed them.

mod json;
mod selector;

use std::borrow::Cow;
use std::fmt::Write as _;

use arras_doc::expression::{Expression, Piece, Template};
use arras_doc::span::Spanned;
use arras_doc::value::{Object, Value};

use crate::criterion::EvaluationError;
use crate::resolve::Resolve;

pub use selector::select;

/// What a text that embeds expressions is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Embedding {
    /// Text of any kind: values are written out as they are (ARZ-EXPR-24, ARZ-EXPR-25).
    Text,
    /// The payload of a JSON media type: a payload that is itself JSON text stays JSON, whatever the values (A-43).
    Json,
    /// A part of a JSON payload: what stands alone in its braces stays an object or array (A-45).
    JsonPart,
    /// Form-encoded text: values are percent-encoded, the text around them is not (A-46).
    Form,
}

/// What a template came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// The value; `None` if the template is an expression, or a selector, without a value.
    pub value: Option<Value>,
    /// What was taken otherwise than written, one phrase each (A-42, A-43).
    pub notes: Vec<String>,
    /// Members that were left out because their value is absent, one phrase each (A-42).
    pub omitted: Vec<String>,
    /// The expressions that had no value; in strict mode these are errors (A-42).
    pub absent: Vec<Spanned<Expression>>,
    /// Why selectors could not be evaluated; what holds them has no value then.
    pub failures: Vec<EvaluationError>,
    /// The name of a file that was to be put into a text, where only its marker could stand.
    pub embedded_file: Option<String>,
}

/// Evaluates a template.
///
/// An expression without a value is left out of an object, is `null` in an array and the empty text in a text (A-42).
/// An embedded value never becomes more than one value of the text it is put into.
///
/// ```
/// use std::borrow::Cow;
/// use arras_doc::expression::{Expression, Piece, Template};
/// use arras_doc::span::{Span, Spanned};
/// use arras_doc::value::Value;
/// use arras_run::resolve::Resolve;
/// use arras_run::template::{Embedding, evaluate};
///
/// struct Inputs;
/// impl Resolve for Inputs {
///     fn resolve(&self, _: &Expression) -> Option<Cow<'_, Value>> {
///         Some(Cow::Owned(Value::from("a \"b\"")))
///     }
/// }
/// let pieces = arras_doc::expression::pieces(r#"{"name": "{$inputs.name}"}"#).expect("a template");
/// let template = Template::Text(Spanned::new(pieces, Span::default()));
/// let outcome = evaluate(&template, &Inputs, Embedding::Json);
/// assert_eq!(outcome.value, Some(Value::from(r#"{"name": "a \"b\""}"#)));
/// ```
pub fn evaluate(template: &Template, scope: &dyn Resolve, embedding: Embedding) -> Outcome {
    let embedding = match template {
        // the members of a form are encoded when the form is written
        Template::Array(_) | Template::Object(_) if embedding == Embedding::Form => Embedding::Text,
        _ => embedding,
    };
    let mut evaluation = Evaluation { scope, embedding, outcome: Outcome::default() };
    let value = match template {
        Template::Text(pieces) if embedding == Embedding::Json => evaluation.json_payload(pieces),
        other => evaluation.value(other),
    };
    Outcome { value, ..evaluation.outcome }
}

struct Evaluation<'s> {
    scope: &'s dyn Resolve,
    embedding: Embedding,
    outcome: Outcome,
}

impl<'s> Evaluation<'s> {
    fn value(&mut self, template: &Template) -> Option<Value> {
        match template {
            Template::Literal(literal) => Some(literal.value.clone()),
            Template::Expression(expression) => self.resolve(expression).map(Cow::into_owned),
            Template::Text(pieces) => Some(self.text_or_structure(pieces)),
            Template::Array(items) => Some(Value::Array(items.iter().map(|item| self.item(item)).collect())),
            Template::Object(members) => Some(Value::Object(self.members(members))),
            Template::Selector(selector) => match select(selector, self.scope) {
                Ok(Some(value)) => Some(value),
                Ok(None) => {
                    self.outcome.absent.push(selector.context.clone());
                    None
                }
                Err(error) => {
                    self.outcome.failures.push(error);
                    None
                }
            },
        }
    }

    fn item(&mut self, template: &Template) -> Value {
        self.value(template).unwrap_or_else(|| {
            self.outcome.notes.push(format!("an array's item `{}` has no value and became `null`", shown(template)));
            Value::Null
        })
    }

    fn members<'t>(&mut self, members: impl IntoIterator<Item = (&'t String, &'t Template)>) -> Object {
        let mut values = Object::default();
        for (name, template) in members {
            match self.value(template) {
                Some(value) => {
                    values.insert(name.clone(), value);
                }
                None => {
                    self.outcome
                        .omitted
                        .push(format!("member `{name}` was left out: `{}` has no value", shown(template)));
                }
            }
        }
        values
    }

    /// A text inside of a payload; in a JSON payload an object or array alone in its braces stays one (A-45).
    fn text_or_structure(&mut self, pieces: &[Piece]) -> Value {
        if let [Piece::Expression(expression)] = pieces
            && matches!(self.embedding, Embedding::Json | Embedding::JsonPart)
            && let Some(value) = self.scope.resolve(expression)
            && value.is_structure()
        {
            return value.into_owned();
        }
        Value::String(self.text(pieces))
    }

    fn text(&mut self, pieces: &[Piece]) -> String {
        let mut text = String::new();
        let is_whole = pieces.len() == 1 && self.embedding != Embedding::Form;
        for piece in pieces {
            match piece {
                Piece::Text(literal) => text.push_str(literal),
                Piece::Expression(expression) => {
                    let value = if is_whole { self.alone(expression) } else { self.embedded(expression) };
                    match self.embedding {
                        Embedding::Form => form_encode(&value, &mut text),
                        _ => text.push_str(&value),
                    }
                }
            }
        }
        text
    }

    /// The text of a value that other text surrounds, where no file can be.
    fn embedded(&mut self, expression: &Spanned<Expression>) -> String {
        if let Some(value) = self.scope.resolve(expression)
            && let Some(file) = self.scope.file_in(&value)
        {
            self.outcome.embedded_file = Some(file);
        }
        self.alone(expression)
    }

    /// The text of an embedded expression's value: empty if it has none (A-42).
    fn alone(&mut self, expression: &Spanned<Expression>) -> String {
        match self.resolve(expression) {
            Some(value) => value.to_text().into_owned(),
            None => {
                self.outcome.notes.push(format!("`{}` has no value and was left empty in a text", expression.text));
                String::new()
            }
        }
    }

    fn resolve(&mut self, expression: &Spanned<Expression>) -> Option<Cow<'s, Value>> {
        let value = self.scope.resolve(expression);
        if value.is_none() {
            self.outcome.absent.push(expression.clone());
        }
        value
    }
}

/// Whether a text that a template makes is JSON text by what is written (A-43), not a text by its value (ARZ-EXPR-22).
pub(crate) fn is_json_text(template: &Template) -> bool {
    match template {
        Template::Literal(_) => true,
        Template::Text(pieces) => json::begins(pieces),
        _ => false,
    }
}

fn shown(template: &Template) -> &str {
    match template {
        Template::Expression(expression) => &expression.text,
        Template::Selector(selector) => &selector.selector.value,
        _ => "",
    }
}

/// Appends a text as `application/x-www-form-urlencoded` writes it.
fn form_encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            other => {
                let _ = write!(out, "%{other:02X}");
            }
        }
    }
}

#[cfg(test)]
mod tests;
