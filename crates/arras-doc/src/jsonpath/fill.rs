//! Values into the places of a template, so that no value can change what the condition asks.

use crate::value::Value;

use super::condition::{Condition, Mode, parse_inert};
use super::display::write_quoted;
use super::error::{SyntaxError, problem};
use super::template::{Place, Rendered, Template};

/// A template whose values are known.
#[derive(Clone, Debug, PartialEq)]
pub struct Filled {
    /// The condition; its spans point into the rendered text.
    pub condition: Condition,
    /// The text, and the way back to the author's.
    pub rendered: Rendered,
    /// What was taken otherwise than written, one phrase each.
    pub warnings: Vec<String>,
}

impl Template {
    /// Inserts a value for each embedded expression, `None` where it has none, and parses the result.
    ///
    /// Inside quotes a value is escaped; outside, it stands as it is if it then is one literal, name or index, and
    /// becomes a string literal otherwise.
    ///
    /// # Errors
    /// If the result is no condition; the span is one of the template's text. In strict mode also if an expression
    /// has no value.
    pub fn fill(&self, values: &[Option<Value>]) -> Result<Filled, SyntaxError> {
        let mut warnings = Vec::new();
        let mut inserts = Vec::with_capacity(self.embedded.len());
        for (slot, embedded) in self.embedded.iter().enumerate() {
            let value = values.get(slot).and_then(Option::as_ref);
            let text = &embedded.usage.expression.text;
            if value.is_none() {
                if self.mode == Mode::Strict {
                    return Err(problem(embedded.usage.span, format!("`{text}` has no value")));
                }
                warnings.push(format!("`{text}` has no value and is taken for an empty string"));
            }
            inserts.push(self.insert(slot, value, &mut warnings));
        }
        let rendered = self.render(&inserts);
        match self.parse(&rendered) {
            Ok(condition) => Ok(Filled { condition, rendered, warnings }),
            Err(error) => Err(rendered.relocate(error)),
        }
    }

    fn insert(&self, slot: usize, value: Option<&Value>, warnings: &mut Vec<String>) -> String {
        let text = value.map(Value::to_text).unwrap_or_default();
        let Some(embedded) = self.embedded.get(slot) else { return String::new() };
        match (embedded.place, value) {
            (Place::Quoted(quote), _) => escaped(&text, quote),
            (_, Some(Value::Number(_) | Value::Bool(_) | Value::Null)) => text.into_owned(),
            _ if self.mode == Mode::Strict || self.stands_alone(slot, &text) => text.into_owned(),
            _ => {
                if value.is_some() {
                    let name = &embedded.usage.expression.text;
                    warnings.push(format!("the value of `{name}` stands outside quotes and is taken for a string"));
                }
                let mut quoted = String::new();
                // Writing to a `String` can't fail.
                let _ = write_quoted(&mut quoted, &text);
                quoted
            }
        }
    }

    /// Whether the condition parses, and asks the same, with this text unquoted in this place.
    fn stands_alone(&self, slot: usize, text: &str) -> bool {
        let inserts: Vec<&str> = self
            .embedded
            .iter()
            .enumerate()
            .map(|(other, embedded)| if other == slot { text } else { embedded.place.placeholder() })
            .collect();
        self.parse(&self.render(&inserts)).is_ok()
    }

    fn parse(&self, rendered: &Rendered) -> Result<Condition, SyntaxError> {
        let condition = parse_inert(&rendered.text, self.mode, &rendered.inserted)?;
        if self.size.is_some_and(|size| size != condition.form.size()) {
            let span = rendered.inserted.first().copied().unwrap_or_default();
            return Err(
                problem(span, "an embedded value changes what the condition asks").help("put the braces inside quotes")
            );
        }
        Ok(condition)
    }
}

/// The text as it stands inside a string literal between these quotes.
fn escaped(text: &str, quote: char) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            same if same == quote => {
                out.push('\\');
                out.push(quote);
            }
            control if control < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => out.push(other),
        }
    }
    out
}
