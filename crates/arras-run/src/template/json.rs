//! Payloads that are JSON text with expressions in it.

use arras_doc::expression::{Expression, Piece};
use arras_doc::span::Spanned;
use arras_doc::value::Value;

use super::Evaluation;

impl Evaluation<'_> {
    /// A string payload of a JSON media type: JSON text, a value alone, or plain text.
    pub(super) fn json_payload(&mut self, pieces: &[Piece]) -> Option<Value> {
        Some(if begins(pieces) { Value::String(self.json_text(pieces)) } else { self.text_or_structure(pieces) })
    }

    fn json_text(&mut self, pieces: &[Piece]) -> String {
        let mut text = String::new();
        let mut inside = Inside::default();
        let mut unquote_next = false;
        for (index, piece) in pieces.iter().enumerate() {
            match piece {
                Piece::Text(literal) => {
                    let literal = if unquote_next { literal.get(1..).unwrap_or_default() } else { literal };
                    unquote_next = false;
                    inside.pass(literal);
                    text.push_str(literal);
                }
                Piece::Expression(expression) if !inside.string => self.json_value(expression, &mut text),
                Piece::Expression(expression) => {
                    let fills_string = inside.just_opened && next_is_quote(pieces, index);
                    match self.structure(expression).filter(|_| fills_string) {
                        Some(structure) => {
                            text.pop();
                            text.push_str(&structure);
                            inside = Inside::default();
                            unquote_next = true;
                        }
                        None => {
                            let value = self.embedded(expression);
                            let quoted = quote(&value);
                            text.push_str(&quoted[1..quoted.len() - 1]);
                            inside.just_opened = false;
                        }
                    }
                }
            }
        }
        text
    }

    /// An object or array as JSON.
    fn structure(&mut self, expression: &Spanned<Expression>) -> Option<String> {
        let value = self.scope.resolve(expression).filter(|value| value.is_structure())?;
        if let Some(file) = self.scope.file_in(&value) {
            self.outcome.embedded_file = Some(file);
        }
        Some(value.to_json())
    }

    /// A value outside of a string literal: a text must itself be one JSON value, else it becomes a string.
    fn json_value(&mut self, expression: &Spanned<Expression>, text: &mut String) {
        let value = self.embedded(expression);
        let is_text = self.scope.resolve(expression).is_some_and(|value| value.as_str().is_some());
        if is_text && serde_json::from_str::<serde::de::IgnoredAny>(&value).is_err() {
            self.outcome
                .notes
                .push(format!("`{}` is no JSON and stands outside of quotes; it was quoted", expression.text));
            text.push_str(&quote(&value));
        } else {
            text.push_str(&value);
        }
    }
}

/// Whether a text begins as JSON does.
pub(super) fn begins(pieces: &[Piece]) -> bool {
    match pieces.first() {
        Some(Piece::Text(text)) => text.trim_start().starts_with(['{', '[', '"']),
        _ => false,
    }
}

/// Where a scan of JSON text stands.
#[derive(Clone, Copy, Default)]
struct Inside {
    string: bool,
    escape: bool,
    /// Whether the quote that opened the string was the last character.
    just_opened: bool,
}

impl Inside {
    fn pass(&mut self, text: &str) {
        for character in text.chars() {
            self.just_opened = false;
            match character {
                _ if self.escape => self.escape = false,
                '\\' if self.string => self.escape = true,
                '"' => {
                    self.string = !self.string;
                    self.just_opened = self.string;
                }
                _ => {}
            }
        }
    }
}

/// The text as a JSON string, quotes included.
fn quote(text: &str) -> String {
    Value::from(text).to_json()
}

fn next_is_quote(pieces: &[Piece], index: usize) -> bool {
    matches!(pieces.get(index + 1), Some(Piece::Text(text)) if text.starts_with('"'))
}
