//! Runtime expressions in braces, inside of string literals and in the place of literals and names.

use super::Version;
use super::ast::{ExprKind, Part, Test};
use super::parse::{Braces, Parser};
use crate::expression::{Expression, Piece, is_mistaken, pieces};
use crate::span::{Span, Spanned};
use crate::syntax::SyntaxError;

/// How many expressions one condition may embed.
const MAX_EMBEDDED: usize = 64;

/// The expression whose braces are all of the text.
pub(super) fn whole(text: &str) -> Option<Spanned<Expression>> {
    let inner = text.trim_ascii().strip_prefix('{')?.strip_suffix('}')?;
    let start = text.find('{')? + 1;
    let expression = Expression::parse(inner).ok()?;
    Some(Spanned::new(expression, Span::new(start, start + inner.len())))
}

impl Parser<'_> {
    /// A string literal, whose quote is next.
    pub(super) fn literal(&mut self) -> Result<ExprKind, SyntaxError> {
        let start = self.cursor.at();
        let quote = self.cursor.rest().get(..1).unwrap_or("'");
        let doubled = self.version > Version::V1_0;
        let Some(raw) = self.cursor.quoted(doubled) else {
            let end = start + self.cursor.rest().len();
            let error = SyntaxError::new("the string is not closed", start..end);
            return Err(error.help(format!("add the closing `{quote}`")));
        };
        let unescaped = |text: &str| if doubled { text.replace(&quote.repeat(2), quote) } else { text.to_owned() };
        if self.braces == Braces::Refused {
            return Ok(ExprKind::Literal(vec![Part::Text(unescaped(raw))]));
        }
        let mut parts = Vec::new();
        for piece in pieces(raw).map_err(|error| error.shifted(start + 1))? {
            parts.push(match piece {
                Piece::Text(text) => Part::Text(unescaped(&text)),
                Piece::Expression(expression) => {
                    let (from, to) = (expression.span.start as usize, expression.span.end as usize);
                    let span = Span::new(start + 1 + from, start + 1 + to);
                    Part::Embedded(self.embed(Spanned::new(expression.value, span))?)
                }
            });
        }
        if parts.is_empty() {
            parts.push(Part::Text(String::new()));
        }
        Ok(ExprKind::Literal(parts))
    }

    /// `{$…}` in the place of a literal.
    pub(super) fn embedded_literal(&mut self) -> Result<ExprKind, SyntaxError> {
        let slot = self.braced()?;
        self.bare.push(slot);
        Ok(ExprKind::Embedded(slot))
    }

    /// `{$…}` in the place of a name.
    pub(super) fn embedded_name(&mut self) -> Result<Test, SyntaxError> {
        self.braced().map(Test::Embedded)
    }

    fn braced(&mut self) -> Result<usize, SyntaxError> {
        let open = self.cursor.at();
        let rest = self.cursor.rest();
        if self.braces == Braces::Refused {
            let error = SyntaxError::new("a runtime expression can't be embedded here", open..open + 2);
            return Err(error.help("only the conditions of criteria embed expressions"));
        }
        let Some(length) = rest.find('}') else {
            return Err(SyntaxError::new("`{$` is not closed", open..open + rest.len()).help("add `}`"));
        };
        let inner = rest.get(1..length).unwrap_or("");
        let expression = Expression::parse(inner).map_err(|error| {
            let help = error.help.is_some() || is_mistaken(inner, &error);
            let error = error.shifted(open + 1);
            if help { error } else { error.help("embed a runtime expression, such as `{$inputs.id}`") }
        })?;
        self.cursor.reset(open + length + 1);
        self.embed(Spanned::new(expression, Span::new(open + 1, open + length)))
    }

    fn embed(&mut self, expression: Spanned<Expression>) -> Result<usize, SyntaxError> {
        if self.embedded.len() == MAX_EMBEDDED {
            let message = format!("an XPath that embeds more than {MAX_EMBEDDED} expressions");
            return Err(SyntaxError::new(message, expression.span.range()));
        }
        self.embedded.push(expression);
        Ok(self.embedded.len() - 1)
    }
}
