//! Expressions in what is sent, and texts that embed them.

use crate::diagnostic::{Diagnostics, Edit, Fix, Severity};
use crate::expression::{Piece, Template};
use crate::openapi::{Schema, SchemaType};
use crate::rule;
use crate::span::Span;

use super::{Medium, Sent};
use crate::lint::Lint;
use crate::lint::shape::{Shape, what};

impl<'d> Sent<'d> {
    /// A value that is known when it runs, by what it is described to be.
    pub(super) fn given(
        &self,
        lint: &Lint<'d>,
        given: &Shape<'d>,
        text: &str,
        span: Span,
        schema: &Schema<'d>,
        found: &mut Diagnostics,
    ) {
        let (given, described) = (given.types(), schema.types());
        let null = |types: &[SchemaType]| -> Vec<SchemaType> {
            types.iter().copied().filter(|one| *one != SchemaType::Null).collect()
        };
        let (given, wanted) = (null(&given), null(&described));
        if given.is_empty() || wanted.is_empty() {
            return;
        }
        let fits = |one: &SchemaType| {
            use SchemaType::{Boolean, Integer, Number, Object, String};
            wanted.contains(one)
                || (one.is_number() && wanted.iter().any(|wanted| wanted.is_number()))
                // written as text a scalar is a scalar
                || (self.medium == Medium::Text
                    && matches!(one, Boolean | Integer | Number | String)
                    && wanted.iter().any(|wanted| !matches!(wanted, Object)))
        };
        if given.iter().any(fits) {
            return;
        }
        let message = format!("{text} is {}, where {} is described", what(&given), what(&described));
        let mut diagnostic = self.finding(lint, rule::MISMATCHED_VALUE, span, message);
        diagnostic.severity = Severity::Warning;
        found.push(self.described(diagnostic, schema.resolved_place()));
    }

    /// A text that embeds expressions.
    pub(super) fn text(
        &self,
        lint: &mut Lint<'d>,
        template: Option<&Template>,
        pieces: &[Piece],
        span: Span,
        schema: &Schema<'d>,
        found: &mut Diagnostics,
    ) {
        let types = schema.types();
        // one expression in braces is converted to what the schema wants
        if let Some(expression) = template.and_then(Template::sole_embedded) {
            let kept = |one: &SchemaType| matches!(one, SchemaType::String | SchemaType::Null);
            if self.medium == Medium::Json && types.iter().any(|one| !kept(one)) && !types.contains(&SchemaType::String)
            {
                let message =
                    format!("braces make a text of `{}`, where {} is described", expression.value, what(&types));
                let mut diagnostic = self.finding(lint, rule::DOUBTFUL_EXPRESSION, span, message);
                diagnostic.severity = Severity::Advice;
                diagnostic.help = Some(format!("write `{}` without braces: it keeps its type", expression.value));
                let given = lint.shape(self.workflow, self.index, self.scope, &expression.value).types();
                let same = !given.is_empty() && given.iter().all(|one| types.contains(one));
                diagnostic.fix = without_braces(lint, expression.span).filter(|_| same);
                found.push(self.described(diagnostic, schema.resolved_place()));
            }
            return;
        }
        let words = pieces.iter().any(|piece| match piece {
            Piece::Text(text) => text.chars().any(|char| char.is_alphabetic() && !matches!(char, 'e' | 'E')),
            Piece::Expression(_) => false,
        });
        if !types.is_empty() && types.iter().all(|one| one.is_number()) && words {
            let message = format!("a text with words, where {} is described", what(&types));
            let diagnostic = self.finding(lint, rule::MISMATCHED_VALUE, span, message);
            found.push(self.described(diagnostic, schema.resolved_place()));
        }
    }
}

/// The change that drops the braces around an expression that stands in the text as it is.
fn without_braces(lint: &Lint<'_>, span: Span) -> Option<Fix> {
    let text = lint.document.tree.text();
    let source = lint.source();
    let cut = |at: u32| Edit { source, span: Span { start: at, end: at + 1 }, replacement: String::new() };
    let open =
        span.start.checked_sub(1).filter(|at| text.get(*at as usize..).is_some_and(|rest| rest.starts_with('{')))?;
    let close = Some(span.end).filter(|at| text.get(*at as usize..).is_some_and(|rest| rest.starts_with('}')))?;
    Some(Fix { title: "drop the braces".into(), edits: vec![cut(open), cut(close)] })
}
