//! Statuses that an operation is not described to answer, and bodies of answers that have none.

use crate::arazzo::{ConditionKind, Criterion, Site};
use crate::condition::{Node, NodeKind, OperandKind, Operator};
use crate::diagnostic::{Label, Severity};
use crate::expression::{Part, Root};
use crate::rule;
use crate::span::Span;
use crate::suggest;

use super::call::Call;
use super::provenance::{is_other_success, required_status};
use super::{Lint, Scope};

impl<'d> Lint<'d> {
    /// A condition asks for a status that the operation is described to answer.
    pub(super) fn check_statuses(&mut self, scope: Scope<'d>, call: &Call<'d>) {
        if call.responses.iter().len() == 0 {
            return;
        }
        for criterion in scope.success_criteria() {
            for (status, span) in compared(criterion, false) {
                self.status(criterion, call, status, span);
            }
        }
        for (action, _) in self.scoped_actions(scope) {
            for criterion in &action.criteria {
                let told = compared(criterion, true).into_iter().filter(|(status, _)| !is_of_any(*status));
                for (status, span) in told {
                    self.status(criterion, call, status, span);
                }
            }
        }
    }

    fn status(&mut self, criterion: &'d Criterion, call: &Call<'d>, status: u16, span: Span) {
        let place = call.operation.place();
        // one that can't be read is described all the same
        let written = place.get("responses").is_some_and(|responses| responses.get(&status.to_string()).is_some());
        let other = is_other_success(&call.responses, status);
        if written || call.responses.for_status(status).is_some() && !other {
            return;
        }
        let span = self.within(criterion, span);
        let described: Vec<String> = call.responses.iter().map(|response| response.status.to_string()).collect();
        let but = if call.responses.for_status(status).is_some() { ", but for its `default`" } else { "" };
        let message = format!("{} is not described to answer {status}{but}", call.name());
        let diagnostic = self.note(rule::UNDESCRIBED_STATUS, span, message);
        diagnostic.help = Some(format!("described: {}", suggest::enumerated(described.iter().map(String::as_str))));
        let responses = place.get("responses").map_or(place.span(), |responses| responses.span());
        diagnostic.labels.push(Label { source: place.source(), span: responses, text: "its responses".into() });
    }

    /// An answer of a status without a body has none to read (RFC 9110 §15.3.5, §15.4.5).
    pub(super) fn check_bodiless(&mut self, scope: Scope<'d>) {
        let Some(status) =
            required_status(&scope.step.success_criteria).filter(|status| matches!(status, 204 | 205 | 304))
        else {
            return;
        };
        let criterion = scope.step.success_criteria.iter().find(|one| one.condition.contains(&status.to_string()));
        let asked = criterion.map_or(scope.step.span, |criterion| criterion.condition.span);
        let source = self.source();
        // that there is none may be what is asked for
        let is_of_absence = |one: &Criterion| one.condition.contains("null") || one.condition.contains("!$");
        let absent = scope.step.success_criteria.iter().any(is_of_absence);
        for used in self.document.step_expressions(scope.index, scope.step) {
            let read = used.expression.root == Root::Response(Part::Body)
                && matches!(used.site, Site::Criteria | Site::Outputs);
            if !read || absent && used.site == Site::Criteria {
                continue;
            }
            let message = format!("`{}` has no value: an answer with the status {status} has no body", used.expression);
            let diagnostic = self.note(rule::IMPOSSIBLE_SELECTION, used.span, message);
            diagnostic.severity = Severity::Error;
            diagnostic.labels.push(Label { source, span: asked, text: "the status is asked for here".into() });
            diagnostic.help = Some("read it in a step whose answer has a body, or ask for another status".into());
        }
    }
}

/// Whether a status is one that descriptions leave out, as what stands before a service answers it for any operation.
fn is_of_any(status: u16) -> bool {
    matches!(status, 401 | 403 | 407 | 408 | 413 | 414 | 421 | 425 | 429 | 431 | 451 | 500..)
}

/// The statuses that a condition asks for, each with its bytes; those of alternatives if `any`.
fn compared(criterion: &Criterion, any: bool) -> Vec<(u16, Span)> {
    let mut found = Vec::new();
    if let Some(ConditionKind::Simple(condition)) = criterion.parsed.as_ref().map(|parsed| &parsed.kind) {
        collect(&condition.root, any, &mut found);
    }
    found
}

fn collect(node: &Node, any: bool, found: &mut Vec<(u16, Span)>) {
    match &node.kind {
        NodeKind::And(nodes) => nodes.iter().for_each(|node| collect(node, any, found)),
        NodeKind::Or(nodes) if any => nodes.iter().for_each(|node| collect(node, any, found)),
        NodeKind::Comparison { left, operator: Operator::Equal, right } => {
            let pair = match (&left.kind, &right.kind) {
                (OperandKind::Expression(expression), other) => (expression, other, right.span),
                (other, OperandKind::Expression(expression)) => (expression, other, left.span),
                _ => return,
            };
            if let (Root::StatusCode, OperandKind::Number(number), span) = (&pair.0.root, pair.1, pair.2) {
                let status = number.as_i64().and_then(|status| u16::try_from(status).ok());
                found.extend(status.map(|status| (status, span)));
            }
        }
        _ => {}
    }
}
