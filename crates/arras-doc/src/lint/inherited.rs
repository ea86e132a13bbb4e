//! The actions of a workflow, judged in the steps that inherit them.

use std::collections::HashSet;

use crate::arazzo::{Action, ConditionKind, Criterion, Entry};
use crate::condition::NodeKind;
use crate::diagnostic::{Diagnostic, Label};
use crate::rule::{self, Rule};
use crate::span::Span;

use super::{Lint, Scope, step_span};

/// In how many steps the actions of one workflow are judged, each action in each step counted.
const JUDGED: usize = 2_000;

/// What is wrong as soon as it is for one step; all else only where it is for each of them.
const FOR_ANY: [&Rule; 4] = [rule::UNSAFE_RETRY, rule::UNPACED_RETRY, rule::MISSING_INPUT, rule::UNKNOWN_INPUT];

/// What is found of an action in one of the steps that inherit it.
struct Judged<'d> {
    scope: Scope<'d>,
    found: Vec<Diagnostic>,
    /// Whether there is no body in which a criterion could find anything.
    bodiless: bool,
}

impl<'d> Lint<'d> {
    /// An action that a workflow gives to all its steps is looked at in each that has it, and told of once, at the action.
    pub(super) fn check_inherited(&mut self, scopes: &[Scope<'d>]) {
        let Some(first) = scopes.first() else { return };
        let mut left = JUDGED;
        for (entries, failed) in [(&first.workflow.success_actions, false), (&first.workflow.failure_actions, true)] {
            for entry in entries {
                let scopes = match self.inheriting(scopes, entry, failed) {
                    scopes if scopes.len() <= left => scopes,
                    _ => return,
                };
                left -= scopes.len();
                let judged: Vec<Judged<'d>> = scopes.into_iter().map(|scope| self.judged(scope)).collect();
                self.tell_inherited(entry, &judged);
            }
        }
    }

    /// The steps in which an action of the workflow can come to pass.
    fn inheriting(&self, scopes: &[Scope<'d>], entry: &'d Entry<Action>, failed: bool) -> Vec<Scope<'d>> {
        let document = self.document;
        let action = if failed { document.failure_action(entry) } else { document.success_action(entry) };
        let Some(action) = action else { return Vec::new() };
        let has = |scope: &&Scope<'d>| {
            let own = if failed { &scope.step.on_failure } else { &scope.step.on_success };
            let mut own = own.iter().filter_map(|entry| match failed {
                true => document.failure_action(entry),
                false => document.success_action(entry),
            });
            // one of the same name stands in its place, and one that always runs before it
            !own.any(|own| own.name.as_str() == action.name.as_str() || decides_always(own))
        };
        scopes.iter().filter(has).map(|scope| Scope { failed, inherited: Some(action), ..*scope }).collect()
    }

    fn judged(&mut self, scope: Scope<'d>) -> Judged<'d> {
        let call = self.call(scope);
        // what reading the operation tells is not the action's
        let own = self.diagnostics.len();
        if let Some(call) = &call {
            self.check_headers(scope, call);
            self.check_statuses(scope, call);
        }
        self.check_called_inputs(scope);
        self.check_languages(scope);
        self.check_selections(scope);
        self.check_xpaths(scope);
        self.check_lengths(scope);
        self.check_comparisons(scope);
        self.check_contradictions(scope);
        self.check_repetition(scope);
        let found = self.diagnostics.split_off(own);
        let bodiless = call.is_some_and(|call| {
            let status = scope.asked_status();
            match status.and_then(|status| call.responses.for_status(status)) {
                Some(response) => response.content.is_empty(),
                None => {
                    call.responses.iter().len() > 0 && call.responses.iter().all(|response| response.content.is_empty())
                }
            }
        });
        Judged { scope, found, bodiless }
    }

    /// Tells what is wrong in all of the steps, or in one where that is enough.
    fn tell_inherited(&mut self, entry: &'d Entry<Action>, judged: &[Judged<'d>]) {
        let document = self.document;
        let action = document.success_action(entry).or_else(|| document.failure_action(entry));
        let criteria = action.map(|action| action.criteria.as_slice()).unwrap_or_default();
        let mut told = HashSet::new();
        let mut chosen: Vec<Diagnostic> = Vec::new();
        for one in judged {
            let here: HashSet<_> = one.found.iter().map(|found| (found.rule.id, span_of(found))).collect();
            for found in one.found.iter().filter(|found| !told.contains(&(found.rule.id, span_of(found)))) {
                let any = FOR_ANY.contains(&found.rule);
                if !any && !judged.iter().all(|other| other.agrees(found, criteria)) {
                    continue;
                }
                let same = |other: &&Diagnostic| other.rule == found.rule && span_of(other) == span_of(found);
                let mildest = judged.iter().flat_map(|one| &one.found).filter(same).map(|one| one.severity).min();
                let mut found = found.clone();
                found.severity = mildest.unwrap_or(found.severity);
                if found.rule == rule::UNSAFE_RETRY {
                    let span = step_span(one.scope.step);
                    found.labels.push(Label { source: self.source(), span, text: "of this step".into() });
                }
                chosen.push(found);
            }
            told.extend(here);
        }
        // where a criterion is wrong in one way here and in another there, that about its value says most
        let compared: Vec<Option<usize>> = chosen
            .iter()
            .filter(|one| one.rule == rule::IMPOSSIBLE_COMPARISON)
            .map(|one| criterion_of(criteria, span_of(one)))
            .collect();
        chosen.retain(|one| {
            one.rule != rule::IMPOSSIBLE_SELECTION || !compared.contains(&criterion_of(criteria, span_of(one)))
        });
        self.diagnostics.extend(chosen);
    }
}

impl Judged<'_> {
    /// Whether something is as wrong in this step: the same is, or the same sole comparison finds nothing in another way.
    fn agrees(&self, found: &Diagnostic, criteria: &[Criterion]) -> bool {
        let of_answer = [rule::IMPOSSIBLE_COMPARISON, rule::IMPOSSIBLE_SELECTION];
        if self.found.iter().any(|one| one.rule == found.rule && span_of(one) == span_of(found)) {
            return true;
        }
        if !of_answer.contains(&found.rule) {
            return false;
        }
        let at = criterion_of(criteria, span_of(found));
        let simple = at.and_then(|at| criteria.get(at)).is_some_and(is_one_comparison);
        let wrong = |one: &Diagnostic| of_answer.contains(&one.rule) && criterion_of(criteria, span_of(one)) == at;
        simple && (self.bodiless || self.found.iter().any(wrong))
    }
}

fn span_of(found: &Diagnostic) -> Option<Span> {
    found.primary().map(|label| label.span)
}

/// The criterion in whose condition or context a place is.
fn criterion_of(criteria: &[Criterion], span: Option<Span>) -> Option<usize> {
    let span = span?;
    let has = |whole: Span| whole.start <= span.start && span.end <= whole.end;
    criteria.iter().position(|one| has(one.condition.span) || one.context.as_ref().is_some_and(|one| has(one.span)))
}

fn is_one_comparison(criterion: &Criterion) -> bool {
    match criterion.parsed.as_ref().map(|parsed| &parsed.kind) {
        Some(ConditionKind::Simple(condition)) => matches!(condition.root.kind, NodeKind::Comparison { .. }),
        _ => false,
    }
}

/// Whether an action runs whenever it is looked at, and no later one then.
fn decides_always(action: &Action) -> bool {
    action.criteria.is_empty() && action.decides()
}
