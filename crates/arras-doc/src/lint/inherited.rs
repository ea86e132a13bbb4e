//! The actions of a workflow, judged in the steps that inherit them.

use std::collections::{HashMap, HashSet};

use crate::arazzo::{Action, ConditionKind, Criterion};
use crate::condition::{Node, NodeKind};
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::rule::{self, Rule};
use crate::span::Span;

use super::{Lint, Scope, step_span};

/// How many parts of conditions are judged in one document: those of each action in each step that inherits it, and one for
/// the action itself.
pub(super) const JUDGED: usize = 50_000;

/// How often it is asked in one workflow whether a step inherits an action.
const ASKED: usize = 1_000_000;

/// What is wrong as soon as it is for one step; all else only where it is for each of them.
const FOR_ANY: [&Rule; 4] = [rule::UNSAFE_RETRY, rule::UNPACED_RETRY, rule::MISSING_INPUT, rule::UNKNOWN_INPUT];

/// What is found of an action in one of the steps that inherit it.
struct Judged<'d> {
    scope: Scope<'d>,
    found: Vec<Diagnostic>,
    /// The rules and places of what is found, each with the mildest severity.
    places: HashMap<(&'static str, Option<Span>), Severity>,
    /// The criteria that find nothing in the answers here.
    vain: HashSet<usize>,
    /// Whether there is no body in which a criterion could find anything.
    bodiless: bool,
}

impl<'d> Lint<'d> {
    /// An action that a workflow gives to all its steps is looked at in each that has it, and told of once, at the action.
    pub(super) fn check_inherited(&mut self, scopes: &[Scope<'d>]) {
        let Some(first) = scopes.first() else { return };
        let (success, failure) = (&first.workflow.success_actions, &first.workflow.failure_actions);
        let own: usize = scopes.iter().map(|scope| 1 + scope.step.on_success.len() + scope.step.on_failure.len()).sum();
        let all = success.iter().map(|entry| (entry, false)).chain(failure.iter().map(|entry| (entry, true)));
        for (entry, failed) in all.take(ASKED / own.max(1)) {
            let document = self.document;
            let action = if failed { document.failure_action(entry) } else { document.success_action(entry) };
            let Some(action) = action else { continue };
            let scopes = self.inheriting(scopes, action, failed);
            let Some(left) = self.inherited.checked_sub(scopes.len().saturating_mul(parts(action))) else {
                continue;
            };
            self.inherited = left;
            let criteria = Criteria::of(action);
            let judged: Vec<Judged<'d>> = scopes.into_iter().map(|scope| self.judged(scope, &criteria)).collect();
            self.tell_inherited(&criteria, &judged);
        }
    }

    /// The steps in which an action of the workflow can come to pass.
    fn inheriting(&self, scopes: &[Scope<'d>], action: &'d Action, failed: bool) -> Vec<Scope<'d>> {
        let document = self.document;
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

    fn judged(&mut self, scope: Scope<'d>, criteria: &Criteria<'d>) -> Judged<'d> {
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
        let mut places = HashMap::new();
        for one in &found {
            let mildest: &mut Severity = places.entry(key(one)).or_insert(one.severity);
            *mildest = one.severity.min(*mildest);
        }
        let vain =
            found.iter().filter(|one| OF_ANSWER.contains(&one.rule)).filter_map(|one| criteria.with(span_of(one)));
        Judged { scope, vain: vain.collect(), places, bodiless, found }
    }

    /// Tells what is wrong in all of the steps, or in one where that is enough.
    fn tell_inherited(&mut self, criteria: &Criteria<'d>, judged: &[Judged<'d>]) {
        let mut told = HashSet::new();
        let mut chosen: Vec<Diagnostic> = Vec::new();
        for one in judged {
            for found in one.found.iter().filter(|found| !told.contains(&key(found))) {
                let any = FOR_ANY.contains(&found.rule);
                let simple = criteria.with(span_of(found)).filter(|at| criteria.is_one_comparison(*at));
                if !any && !judged.iter().all(|other| other.agrees(found, simple)) {
                    continue;
                }
                let mildest = judged.iter().filter_map(|one| one.places.get(&key(found)).copied()).min();
                let mut found = found.clone();
                found.severity = mildest.unwrap_or(found.severity);
                if found.rule == rule::UNSAFE_RETRY {
                    let span = step_span(one.scope.step);
                    found.labels.push(Label { source: self.source(), span, text: "of this step".into() });
                }
                chosen.push(found);
            }
            told.extend(one.places.keys().copied());
        }
        // where a criterion is wrong in one way here and in another there, that about its value says most
        let compared: HashSet<Option<usize>> = chosen
            .iter()
            .filter(|one| one.rule == rule::IMPOSSIBLE_COMPARISON)
            .map(|one| criteria.with(span_of(one)))
            .collect();
        chosen.retain(|one| one.rule != rule::IMPOSSIBLE_SELECTION || !compared.contains(&criteria.with(span_of(one))));
        self.diagnostics.extend(chosen);
    }
}

impl Judged<'_> {
    /// Whether something is as wrong in this step: the same is, or the same sole comparison finds nothing in another way.
    fn agrees(&self, found: &Diagnostic, comparison: Option<usize>) -> bool {
        let in_vain = |at| self.bodiless || self.vain.contains(&at);
        self.places.contains_key(&key(found)) || OF_ANSWER.contains(&found.rule) && comparison.is_some_and(in_vain)
    }
}

/// The criteria of an action, by place.
struct Criteria<'d> {
    criteria: &'d [Criterion],
    /// Their conditions and contexts, in the order of the text.
    places: Vec<(Span, usize)>,
}

impl<'d> Criteria<'d> {
    fn of(action: &'d Action) -> Criteria<'d> {
        let spans = |(at, one): (usize, &Criterion)| {
            let context = one.context.as_ref().map(|context| context.span);
            [Some(one.condition.span), context].into_iter().flatten().map(move |span| (span, at)).collect::<Vec<_>>()
        };
        let mut places: Vec<(Span, usize)> = action.criteria.iter().enumerate().flat_map(spans).collect();
        places.sort_by_key(|(span, _)| span.start);
        Criteria { criteria: &action.criteria, places }
    }

    /// The criterion in whose condition or context a place is.
    fn with(&self, span: Option<Span>) -> Option<usize> {
        let span = span?;
        let after = self.places.partition_point(|(whole, _)| whole.start <= span.start);
        self.places[..after].last().filter(|(whole, _)| whole.contains(span)).map(|(_, at)| *at)
    }

    fn is_one_comparison(&self, at: usize) -> bool {
        match self.criteria.get(at).and_then(|criterion| criterion.parsed.as_ref()).map(|parsed| &parsed.kind) {
            Some(ConditionKind::Simple(condition)) => matches!(condition.root.kind, NodeKind::Comparison { .. }),
            _ => false,
        }
    }
}

/// Of how many parts an action consists for those who judge it.
fn parts(action: &Action) -> usize {
    let parts = |criterion: &Criterion| match criterion.parsed.as_ref().map(|parsed| &parsed.kind) {
        Some(ConditionKind::Simple(condition)) => count(&condition.root),
        // a part of another language takes some letters
        _ => 1 + criterion.condition.len() / 8,
    };
    1 + action.parameters.len() + action.criteria.iter().map(parts).sum::<usize>()
}

/// Conditions are as deep as their parser allows, so this may call itself.
fn count(node: &Node) -> usize {
    match &node.kind {
        NodeKind::Or(nodes) | NodeKind::And(nodes) => nodes.iter().map(count).sum(),
        NodeKind::Not(node) => count(node),
        NodeKind::Comparison { .. } | NodeKind::Operand(_) => 1,
    }
}

/// What is wrong with the answers that a criterion looks at.
const OF_ANSWER: [&Rule; 2] = [rule::IMPOSSIBLE_COMPARISON, rule::IMPOSSIBLE_SELECTION];

fn key(found: &Diagnostic) -> (&'static str, Option<Span>) {
    (found.rule.id, span_of(found))
}

fn span_of(found: &Diagnostic) -> Option<Span> {
    found.primary().map(|label| label.span)
}

/// Whether an action runs whenever it is looked at, and no later one then.
fn decides_always(action: &Action) -> bool {
    action.criteria.is_empty() && action.decides()
}
