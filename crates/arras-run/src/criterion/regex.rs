//! Criteria of type `regex`: a pattern searched in the context's value (ARZ-REGEX).

use std::borrow::Cow;

use arras_doc::expression::{Expression, Piece, pieces};
use arras_doc::pattern::{Pattern, Tolerance};
use arras_doc::span::{Span, Spanned};
use arras_doc::syntax::SyntaxError;
use arras_doc::value::Value;

use super::jsonpath::evidence::shorten;
use super::{EvaluationError, Evidence, Judgement, Reading};
use crate::plan::Strictness;
use crate::resolve::Resolve;

/// The condition of a `regex` criterion.
#[derive(Clone, Debug)]
pub struct RegexCondition {
    text: String,
    source: Source,
    strictness: Strictness,
}

#[derive(Clone, Debug)]
enum Source {
    Fixed(Box<Pattern>),
    /// Values are put in as they are, and the result is compiled.
    Embedding(Vec<Piece>),
}

impl RegexCondition {
    /// Reads a condition, once for all its evaluations, and says what was tolerated in it, but not what the values that it
    /// embeds may bring.
    ///
    /// # Errors
    /// If the pattern is wrong, or an expression in `{$…}`; a pattern that embeds expressions is known only at run time.
    pub fn parse(text: &str) -> Result<(RegexCondition, Vec<Tolerance>), SyntaxError> {
        let pieces = pieces(text)?;
        let (source, tolerances) = if pieces.iter().any(|piece| matches!(piece, Piece::Expression(_))) {
            let tolerances = Pattern::tolerances(&pieces);
            (Source::Embedding(pieces), tolerances)
        } else {
            let (pattern, tolerances) = Pattern::parse(text)?;
            (Source::Fixed(Box::new(pattern)), tolerances)
        };
        Ok((RegexCondition { text: text.to_owned(), source, strictness: Strictness::Tolerant }, tolerances))
    }

    /// The same condition, whose embedded values must be there if nothing is tolerated.
    #[must_use]
    pub fn with_strictness(self, strictness: Strictness) -> RegexCondition {
        RegexCondition { strictness, ..self }
    }

    /// The condition as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The runtime expressions that it embeds, with their bytes in the condition's text.
    pub fn expressions(&self) -> impl Iterator<Item = &Spanned<Expression>> {
        let pieces = match &self.source {
            Source::Fixed(_) => [].as_slice(),
            Source::Embedding(pieces) => pieces,
        };
        pieces.iter().filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Expression(expression) => Some(expression),
        })
    }

    /// Whether the pattern matches the context somewhere: a string as it is, a number or boolean as its text, a structure
    /// as JSON. A `null` or absent context never does (ARZ-REGEX-04).
    ///
    /// # Errors
    /// If the pattern with the values in it is wrong, or nothing because there are none, if a value must be there and is not, or
    /// if matching takes too long.
    pub fn evaluate(&self, context: Option<&Value>, scope: &dyn Resolve) -> Result<Judgement, EvaluationError> {
        let (mut evidence, mut warnings) = (Vec::new(), Vec::new());
        let pattern = match &self.source {
            Source::Fixed(pattern) => Cow::Borrowed(pattern.as_ref()),
            Source::Embedding(pieces) => Cow::Owned(self.compile(pieces, scope, &mut evidence, &mut warnings)?),
        };
        let text = context.filter(|value| !value.is_null()).map(Value::to_text);
        let satisfied = match text {
            Some(text) => pattern.is_match(&text).map_err(|error| EvaluationError::new(error.to_string()))?,
            None => false,
        };
        let (value, shortened) = shorten(context);
        let span = Span::new(0, self.text.len());
        evidence.push(Evidence { expression: "context".to_owned(), span, value, shortened, holds: Some(satisfied) });
        Ok(Judgement { satisfied, reading: Reading::Plain, evidence, warnings })
    }

    /// An expression without a value is an empty text, but where it leaves nothing of the pattern: that would match
    /// anything.
    fn compile(
        &self,
        pieces: &[Piece],
        scope: &dyn Resolve,
        evidence: &mut Vec<Evidence>,
        warnings: &mut Vec<String>,
    ) -> Result<Pattern, EvaluationError> {
        let mut text = String::new();
        let mut absent = None;
        for piece in pieces {
            match piece {
                Piece::Text(literal) => text.push_str(literal),
                Piece::Expression(expression) => {
                    let value = scope.resolve(expression);
                    match &value {
                        Some(value) => text.push_str(&value.to_text()),
                        None if self.strictness == Strictness::Strict => return Err(missing(expression)),
                        None => {
                            warnings
                                .push(format!("`{}` has no value and is taken for an empty string", expression.text));
                            absent.get_or_insert(expression);
                        }
                    }
                    let (span, expression) = (expression.span, expression.text.to_string());
                    let (value, shortened) = shorten(value.as_deref());
                    evidence.push(Evidence { expression, span, value, shortened, holds: None });
                }
            }
        }
        if let Some(absent) = absent.filter(|_| text.is_empty()) {
            return Err(missing(absent));
        }
        let (pattern, _) = Pattern::parse(&text).map_err(|error| EvaluationError {
            help: error.help,
            ..EvaluationError::new(format!("the pattern `{text}` is wrong: {}", error.message))
        })?;
        Ok(pattern)
    }
}

fn missing(expression: &Spanned<Expression>) -> EvaluationError {
    let error = EvaluationError::new(format!("`{}` has no value to put into the pattern", expression.text));
    EvaluationError { span: Some(expression.span), ..error }
}

#[cfg(test)]
mod tests;
