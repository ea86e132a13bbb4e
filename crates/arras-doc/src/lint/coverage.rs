//! Values of an enumeration that a polling step's actions leave without an answer.

use crate::arazzo::{Action, ActionTarget, ActionType, Criterion};
use crate::diagnostic::Label;
use crate::rule;
use crate::span::Span;

use super::flow::is_vast;
use super::truth::{self, Subject, Truth};
use super::{Lint, Scope};

/// For how many pairs of a value and an action it is judged whether the one is for the other; of more nothing is said.
const JUDGED: usize = 100_000;

impl<'d> Lint<'d> {
    /// A step that is repeated while a value is one of some is told what to do for all others.
    pub(super) fn check_coverage(&mut self, scope: Scope<'d>, compared: &[Span]) {
        if is_vast(scope.workflow) {
            return;
        }
        let document = self.document;
        let success = document.success_actions(scope.workflow, scope.step);
        let failure = document.failure_actions(scope.workflow, scope.step);
        // what a criterion that is wrong would be for, nobody knows
        let of_actions = success.iter().chain(&failure).flat_map(|action| &action.criteria);
        let is_wrong = |criterion: &Criterion| {
            let whole = criterion.condition.span;
            let first = compared.partition_point(|one| one.start < whole.start);
            criterion.parsed.is_none() || compared.get(first).is_some_and(|one| one.end <= whole.end)
        };
        if of_actions.chain(&scope.step.success_criteria).any(is_wrong) {
            return;
        }
        let mut subjects: Vec<Subject> = success
            .iter()
            .chain(&failure)
            .filter(|action| leads_back(action, scope))
            .flat_map(|action| truth::subjects(&action.criteria))
            .collect();
        subjects.sort();
        subjects.dedup();
        for subject in subjects {
            self.check_subject(scope, &subject, &success);
        }
    }

    /// Where, in what was found since, in the order of the text, something is compared with a value that is never there.
    pub(super) fn impossible_comparisons(&self, since: usize) -> Vec<Span> {
        let found = self.diagnostics.iter().skip(since).filter(|one| one.rule == rule::IMPOSSIBLE_COMPARISON);
        let mut found: Vec<Span> = found.filter_map(|one| Some(one.primary()?.span)).collect();
        found.sort_by_key(|one| one.start);
        found
    }

    fn check_subject(&mut self, scope: Scope<'d>, subject: &Subject, success: &[&'d Action]) {
        let values = self.response_shape(scope).at(subject).values();
        if values.len() < 2 || values.len() * (1 + success.len()) > JUDGED {
            return;
        }
        let is_handled = |value: &crate::value::Value| {
            // what makes the step fail ends the workflow, unless a failure action takes it
            let fails = truth::all(&scope.step.success_criteria, subject, value) == Truth::No;
            // and what the criteria accept is what was waited for
            let accepted = truth::subjects(&scope.step.success_criteria).contains(subject);
            fails || accepted || success.iter().any(|action| truth::all(&action.criteria, subject, value) != Truth::No)
        };
        let left: Vec<_> = values
            .iter()
            .filter(|place| !place.node().is_null() && !is_handled(&place.node().to_value()))
            .copied()
            .collect();
        // one value that is left, and sounds well, is what the loop waits for: the next step is for it
        let awaited = match left.as_slice() {
            [] => return,
            [one] => {
                let next = scope.workflow.steps.get(scope.at + 1).map(|step| step.step_id.as_str());
                let goes_there = |action: &&Action| matches!(&action.target, Some(ActionTarget::Step(step)) if Some(step.as_str()) == next);
                let goes = success.iter().any(goes_there);
                let only_loops = !success
                    .iter()
                    .any(|action| !leads_back(action, scope) && truth::subjects(&action.criteria).contains(subject));
                !sounds_bad(&one.node().to_value().to_text()) && (only_loops || next.is_some() && !goes)
            }
            _ => false,
        };
        if awaited {
            return;
        }
        let names: Vec<String> = left.iter().map(|place| format!("`{}`", place.node().to_value().to_text())).collect();
        let what = subject.last().map_or("the body", String::as_str);
        let pointer = format!("/workflows/{}/steps/{}", scope.index, scope.at);
        let node = self.document.tree.at(&pointer);
        let key = |name| node.and_then(|node| node.entry(name)).map(|(key, _)| key.span());
        let span = key("onSuccess").or_else(|| key("onFailure")).unwrap_or(super::step_span(scope.step));
        let then =
            if scope.at + 1 < scope.workflow.steps.len() { "the next step runs" } else { "the workflow succeeds" };
        let message = format!("no action handles `{what}` being {}: {then}", names.join(" or "));
        let label = left.first().map(|place| Label {
            source: place.source(),
            span: place.span(),
            text: "one of the values that are left".into(),
        });
        let diagnostic = self.note(rule::UNHANDLED_VALUE, span, message);
        diagnostic.labels.extend(label);
        diagnostic.help = Some("add an action or a success criterion for it".into());
    }
}

/// Parts of words for what went wrong.
const BAD: &[&str] = &[
    "abort", "cancel", "denied", "dead", "delet", "err", "expir", "fail", "invalid", "kill", "lost", "refus", "reject",
    "stop", "terminat", "timed", "timeout", "unknown", "void",
];

fn sounds_bad(value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    BAD.iter().any(|word| value.contains(word))
}

/// Whether an action has the step run again: it goes to this step or one before, or retries.
fn leads_back(action: &Action, scope: Scope<'_>) -> bool {
    match (action.action_type.as_ref().map(|one| one.value), &action.target) {
        (Some(ActionType::Retry), _) => true,
        (Some(ActionType::Goto), Some(ActionTarget::Step(step))) => {
            scope.workflow.step_index(step).is_some_and(|to| to <= scope.at)
        }
        _ => false,
    }
}
