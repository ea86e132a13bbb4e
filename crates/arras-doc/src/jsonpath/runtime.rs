//! Runtime expressions in the place of operands.

use crate::expression::Expression;
use crate::span::Span;

use super::ast::{OperandKind, RuntimeOperand, Spelling};
use super::condition::Mode;
use super::error::{SyntaxError, problem};
use super::parse::Parser;
use super::tolerance::{ExpressionUse, ToleranceKind};

impl Parser<'_> {
    /// `$inputs.id`, the cursor before `$`.
    pub(super) fn bare_expression(&mut self) -> Result<OperandKind, SyntaxError> {
        let start = self.cursor.at();
        let length = operand_length(self.cursor.rest());
        self.cursor.reset(start + length);
        let span = self.cursor.since(start);
        let text = self.cursor.slice(span);
        if self.mode != Mode::Strict
            && let Some(operand) = self.runtime_operand(text, span, Spelling::Bare)
        {
            return Ok(operand);
        }
        let name = text.trim_start_matches('$');
        if self.mode == Mode::Strict && Expression::parse(text).is_ok() {
            let error = problem(span, format!("`{text}` is a runtime expression, not a JSONPath"));
            return Err(error.help(format!("embed it: `{{{text}}}`, or `'{{{text}}}'` for a string")));
        }
        let error = problem(span, format!("`{text}` is neither a JSONPath nor a runtime expression"));
        Err(error.help(format!("write `$.{name}` for a member of the context")))
    }

    /// `text`, if it is a runtime expression of the author's own.
    pub(super) fn runtime_operand(&mut self, text: &str, span: Span, spelling: Spelling) -> Option<OperandKind> {
        if self.inert.iter().any(|inert| inert.start < span.end && span.start < inert.end) {
            return None;
        }
        let expression = Expression::parse(text).ok()?;
        let kind = match spelling {
            Spelling::Bare => ToleranceKind::BareExpression,
            Spelling::Quoted => ToleranceKind::QuotedExpression,
        };
        self.tolerate(kind, span);
        let slot = self.expressions.len();
        self.expressions.push(ExpressionUse { expression: expression.clone(), span });
        Some(OperandKind::Expression(RuntimeOperand { expression: Box::new(expression), spelling, slot }))
    }
}

/// The bytes of the token that starts with `$`: up to blank space, an operator, or a bracket that it did not open.
fn operand_length(text: &str) -> usize {
    let mut open = 0_u32;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' | b'!' | b'&' | b'(' | b')' | b'<' | b'=' | b'>' | b'{' | b'|' | b'}'
            | b',' => {
                return at;
            }
            b'[' => open += 1,
            b']' if open == 0 => return at,
            b']' => open -= 1,
            _ => {}
        }
    }
    text.len()
}
