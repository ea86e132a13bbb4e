//! Operands of conditions that no body describes: the method, the status, a header.

use crate::arazzo::Criterion;
use crate::expression::{Expression, Part, Root};
use crate::link::Target;
use crate::openapi::Response;
use crate::rule;
use crate::span::Span;
use crate::value::{Number, Value};

use super::shape::Shape;
use super::{Lint, Scope};

impl<'d> Lint<'d> {
    /// Whether an operand that is a part of the exchange never equals a literal; that it does not is noted.
    pub(super) fn never_in_exchange(
        &mut self,
        scope: Scope<'d>,
        criterion: &'d Criterion,
        expression: &Expression,
        literal: &Value,
        span: Span,
    ) -> bool {
        let Some((message, help)) = self.exchanged(scope, expression, literal) else { return false };
        let span = self.within(criterion, span);
        self.note(rule::IMPOSSIBLE_COMPARISON, span, message).help = Some(help);
        true
    }

    fn exchanged(&mut self, scope: Scope<'d>, expression: &Expression, literal: &Value) -> Option<(String, String)> {
        let call = self.call(scope)?;
        let text = literal.to_text();
        match &expression.root {
            Root::Method if !text.eq_ignore_ascii_case(call.operation.method()) => {
                let method = call.operation.method();
                Some((format!("`{expression}` is never `{text}`"), format!("{} is sent as {method}", call.name())))
            }
            Root::StatusCode => {
                let status = Number::parse(&text)?.as_f64();
                let is_described = || call.responses.for_status(status as u16).is_some_and(is_exact);
                let is_status = (100.0..600.0).contains(&status) && status.fract() == 0.0;
                (!is_status && !is_described()).then(|| {
                    (
                        format!("no answer has the status {text}"),
                        "a status is a whole number from 100 to 599".to_owned(),
                    )
                })
            }
            Root::Response(Part::Header(name)) if expression.path.name.is_empty() => {
                let status = scope.asked_status();
                let one = status.and_then(|status| call.responses.for_status(status));
                let all = call.responses.iter().filter(|_| one.is_none()).chain(one);
                let mut types = Vec::new();
                for response in all {
                    let header = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
                    // that an answer lacks it is another matter
                    let Some(header) = header else { continue };
                    let of_header = Shape::of(header.schema()).types();
                    if of_header.is_empty() {
                        return None;
                    }
                    types.extend(of_header);
                }
                let numbers = !types.is_empty() && types.iter().all(|one| one.is_number());
                let never = numbers && Number::parse(&text).is_none();
                (never && !literal.is_null()).then(|| {
                    let what = super::shape::what(&types);
                    (
                        format!("`{expression}` is {what}, which never equals a string"),
                        "compare it with a number".into(),
                    )
                })
            }
            _ => None,
        }
    }

    /// A message is what a step over AsyncAPI gets (ARZ-ASYNC-18).
    pub(super) fn check_messages(&mut self, scope: Scope<'d>) {
        if !matches!(scope.links.target, Some(Target::Operation(_))) {
            return;
        }
        for used in self.document.step_expressions(scope.index, scope.step) {
            let is_message = matches!(used.expression.root, Root::Message(_));
            if is_message && used.site != crate::arazzo::Site::Request {
                let message = format!("`{}` has no value here: the step calls an operation over HTTP", used.expression);
                let diagnostic = self.note(rule::VALUELESS_EXPRESSION, used.span, message);
                diagnostic.severity = crate::diagnostic::Severity::Error;
                diagnostic.help = Some("read its answer: `$response.body`, `$response.header.NAME`".into());
            }
        }
    }
}

/// Whether a response is described for its status alone.
fn is_exact(response: &Response<'_>) -> bool {
    matches!(response.status, crate::openapi::StatusPattern::Code(_))
}
