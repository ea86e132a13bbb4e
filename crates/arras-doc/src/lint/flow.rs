//! The ways through a workflow: which step can follow which, and what no way leads to.

use std::collections::{HashMap, HashSet, VecDeque};

use crate::arazzo::{Action, ActionTarget, ActionType, Site, Workflow, WorkflowReference};
use crate::diagnostic::{Label, Severity};
use crate::expression::Root;
use crate::rule;
use crate::span::Span;

use super::implied::Known;
use super::{Lint, Scope, step_span};

/// How many searches for a way there are in one workflow.
const SEARCHES: usize = 200;
/// How many pairs of a step and an action of the workflow there may be.
const PAIRS: usize = 250_000;

/// Where a step can lead.
#[derive(Clone, Debug, Default)]
pub(super) struct Ways {
    /// The steps that can follow success, with what leads there: an action, or the order of the list.
    pub(super) success: Vec<usize>,
    /// The steps that can follow failure.
    pub(super) failure: Vec<usize>,
    /// The steps that a retry runs once.
    pub(super) aside: Vec<usize>,
    /// Whether success can end the workflow, or lead to another.
    pub(super) success_ends: bool,
    /// Whether an action ends the workflow after failure, or leads to another.
    pub(super) failure_ends: bool,
    /// Whether success can lead on to the next step of the list.
    pub(super) falls_through: bool,
    /// Whether an action leads to a step that does not exist: it may be any.
    pub(super) unknown: bool,
}

impl<'d> Lint<'d> {
    /// What can be said of a workflow as a whole.
    pub(super) fn check_flow(&mut self, workflow: &'d Workflow, scopes: &[Scope<'d>]) {
        let told = std::mem::take(&mut self.shadowed);
        if scopes.is_empty() || is_vast(workflow) {
            return;
        }
        let ways: Vec<Ways> = scopes.iter().map(|scope| self.ways(*scope)).collect();
        if ways.iter().any(|ways| ways.unknown) {
            return;
        }
        self.shadowed = told;
        let reached = reach(&ways, 0);
        let explained = self.check_endless(scopes, &ways, &reached);
        self.check_unreachable(workflow, scopes, &reached, &self.reach_shadowed(workflow, &ways));
        self.shadowed.clear();
        // what an endless loop keeps from running is told with the loop
        for told in explained.into_iter().rev() {
            self.diagnostics.remove(told);
        }
        self.check_never_before(workflow, scopes, &ways, &reached);
    }

    pub(super) fn ways(&self, scope: Scope<'d>) -> Ways {
        let document = self.document;
        let mut ways = Ways::default();
        let success = document.success_actions(scope.workflow, scope.step);
        let known = self.known(scope, true);
        let falls_through = success.iter().all(|action| follow(action, scope, &mut ways, true, &known));
        if falls_through {
            match scope.at + 1 < scope.workflow.steps.len() {
                true => {
                    ways.success.push(scope.at + 1);
                    ways.falls_through = true;
                }
                false => ways.success_ends = true,
            }
        }
        let failure = document.failure_actions(scope.workflow, scope.step);
        let known = self.known(scope, false);
        let _ends = failure.iter().all(|action| follow(action, scope, &mut ways, false, &known));
        // what holds was not looked for to the end
        ways.unknown |= self.implications.get() == 0;
        ways
    }

    /// What is known of where a step's actions on success, or on failure, are looked at.
    fn known(&self, scope: Scope<'d>, success: bool) -> Known<'d> {
        Known::of(scope.lasting_criteria().filter(|_| success), &self.implications)
    }

    /// The actions of a list that can come to pass, and whether none of them may.
    pub(super) fn possible(&self, actions: &[&'d Action], scope: Scope<'d>, success: bool) -> (Vec<&'d Action>, bool) {
        let known = self.known(scope, success);
        match actions.iter().position(|action| action.decides() && known.imply(action)) {
            Some(last) => (actions[..=last].to_vec(), false),
            None => (actions.to_vec(), true),
        }
    }

    /// The steps that could be reached if the actions ran that never do.
    fn reach_shadowed(&self, workflow: &'d Workflow, ways: &[Ways]) -> Vec<bool> {
        let mut ways = ways.to_vec();
        for shadowed in &self.shadowed {
            if let Some(ActionTarget::Step(step)) = &shadowed.action.target {
                ways[shadowed.step].aside.extend(workflow.step_index(step));
            }
        }
        reach(&ways, 0)
    }

    /// Every step can be reached from the first; where an action that never runs would lead to it, that is told with the
    /// action.
    fn check_unreachable(
        &mut self,
        workflow: &'d Workflow,
        scopes: &[Scope<'d>],
        reached: &[bool],
        otherwise: &[bool],
    ) {
        for (at, step) in workflow.steps.iter().enumerate() {
            let follows_another = at > 0 && !reached[at - 1];
            if reached[at] || follows_another {
                continue;
            }
            if otherwise[at] {
                let id = step.step_id.as_str();
                let leads = |one: &&super::shadow::Shadowed<'d>| match &one.action.target {
                    Some(ActionTarget::Step(target)) => target.as_str() == id,
                    _ => false,
                };
                let told = self.shadowed.iter().find(leads).map(|one| one.told);
                let label =
                    Label { source: self.source(), span: step_span(step), text: "so this step is unreachable".into() };
                if let Some(told) = told.and_then(|told| self.diagnostics.get_mut(told)) {
                    told.labels.push(label);
                }
                continue;
            }
            let message = format!("the step `{}` is unreachable", step.step_id.value);
            let before = at.checked_sub(1).and_then(|before| scopes.get(before));
            let always = before.and_then(|scope| {
                let actions = self.document.success_actions(scope.workflow, scope.step);
                let known = self.known(*scope, true);
                actions.into_iter().find(|action| known.imply(action))
            });
            let source = self.source();
            let label = always.map(|action| {
                let span = action.name_span();
                Label { source, span, text: "the step before it always goes on here".into() }
            });
            let diagnostic = self.note(rule::UNREACHABLE_STEP, step_span(step), message);
            diagnostic.labels.extend(label);
            diagnostic.help =
                Some("go there with a `goto`, give the action before it criteria, or remove the step".into());
        }
    }

    /// No loop goes on for ever. Gives the findings about actions that such a loop keeps from running, in order.
    fn check_endless(&mut self, scopes: &[Scope<'d>], ways: &[Ways], reached: &[bool]) -> Vec<usize> {
        let mut explained = Vec::new();
        let leaves = can_leave(ways);
        let mut told = HashSet::new();
        for scope in scopes.iter().filter(|scope| reached[scope.at] && !leaves[scope.at]) {
            let actions = self.document.success_actions(scope.workflow, scope.step);
            let back = actions.into_iter().find(|action| target(action, *scope).is_some_and(|to| to <= scope.at));
            let Some(back) = back.filter(|back| told.insert((back.span.start, back.span.end))) else { continue };
            let to = target(back, *scope).and_then(|to| scope.workflow.steps.get(to));
            let to = to.map_or("", |step| step.step_id.as_str());
            let span = back.name_span();
            let message = format!("the loop back to `{to}` never ends: nothing but a failure leads out of it");
            let source = self.source();
            let told = self.diagnostics.len();
            let mut labels = Vec::new();
            for shadowed in self.shadowed.iter_mut().filter(|one| std::ptr::eq(one.by, back)) {
                let action = shadowed.action;
                let span = action.name_span();
                labels.push(Label { source, span, text: "this never runs".into() });
                explained.push(std::mem::replace(&mut shadowed.told, told));
            }
            let diagnostic = self.note(rule::ENDLESS_LOOP, span, message);
            diagnostic.labels.extend(labels);
            diagnostic.help = Some("give the action `criteria`, or add one before it that ends the loop".into());
        }
        let mut told = HashSet::new();
        for scope in scopes.iter().filter(|scope| reached[scope.at]) {
            self.check_endless_failure(*scope, &mut told);
        }
        explained.sort_unstable();
        explained.dedup();
        explained
    }

    /// A `goto` that leads a failed step to itself, and asks for no more than a status of failure, knows no limit, as a
    /// retry does.
    fn check_endless_failure(&mut self, scope: Scope<'d>, told: &mut HashSet<Span>) {
        for action in self.document.failure_actions(scope.workflow, scope.step) {
            let goes = action.action_type.as_ref().is_some_and(|one| one.value == ActionType::Goto);
            let asks_status = action.criteria.iter().all(super::repetition::is_failed_status);
            if goes && asks_status && target(action, scope) == Some(scope.at) {
                let span = action.name_span();
                if !told.insert(span) {
                    continue;
                }
                let message = "a step that keeps failing goes to itself without a limit or a pause of its own";
                let diagnostic = self.note(rule::ENDLESS_LOOP, span, message);
                diagnostic.severity = Severity::Warning;
                diagnostic.help = Some("use `type: retry` with `retryAfter` and `retryLimit`".into());
            }
        }
    }

    /// An output is read only where its step may have run (ARZ-STEP-38).
    fn check_never_before(&mut self, workflow: &'d Workflow, scopes: &[Scope<'d>], ways: &[Ways], reached: &[bool]) {
        let document = self.document;
        // up to which step each leads on by the order of the list alone
        let mut chain: Vec<usize> = (0..ways.len()).collect();
        for at in (0..ways.len().saturating_sub(1)).rev() {
            if ways[at].falls_through {
                chain[at] = chain[at + 1];
            }
        }
        let mut left = SEARCHES;
        let mut skipped = Skipped::default();
        for scope in scopes.iter().filter(|scope| reached[scope.at]) {
            let mut again = None;
            for used in document.step_expressions(scope.index, scope.step) {
                let (Root::StepOutputs(read) | Root::Step(read)) = &used.expression.root else { continue };
                let Some(read) = workflow.step_index(read) else { continue };
                let mut comes_back = || {
                    left = left.saturating_sub(1);
                    left == 0 || comes_back(ways, scope.at)
                };
                if read == scope.at && used.site == Site::Request && !*again.get_or_insert_with(&mut comes_back) {
                    let message = "the step has no outputs yet when its request is built";
                    let diagnostic = self.note(rule::FORWARD_REFERENCE, used.span, message);
                    diagnostic.help = Some("read an output of an earlier step".into());
                }
                // what comes later in the list is said by the linker; who asks whether the step has run knows of other ways
                if used.asked || read >= scope.at || used.site == Site::Actions && read == scope.at {
                    continue;
                }
                if reached[read] && self.left_out(workflow, scope, ways, read, used.span, &mut skipped) {
                    continue;
                }
                if reached[read] && chain[read] >= scope.at {
                    continue;
                }
                left = left.saturating_sub(1);
                if left == 0 || reached[read] && reach(ways, read)[scope.at] {
                    continue;
                }
                let other = &workflow.steps[read].step_id;
                let message = format!("the step `{}` never runs before this one", other.value);
                let label = Label {
                    source: document.source,
                    span: other.span,
                    text: "from here the reader is unreachable".into(),
                };
                let diagnostic = self.note(rule::FORWARD_REFERENCE, used.span, message);
                diagnostic.severity = Severity::Warning;
                diagnostic.labels.push(label);
                diagnostic.help = Some("go there with a `goto`, or read the output of a step on the way".into());
            }
        }
    }
}

impl<'d> Lint<'d> {
    /// Notes an output that is read where a way leads past its step (ARZ-STEP-38).
    fn left_out(
        &mut self,
        workflow: &'d Workflow,
        reader: &Scope<'d>,
        ways: &[Ways],
        read: usize,
        span: Span,
        skipped: &mut Skipped,
    ) -> bool {
        let Some(jump) = skipped.past(ways, read, reader.at) else { return false };
        let other = &workflow.steps[read].step_id;
        let message = format!("the step `{}` may not have run before this one: it can be skipped", other.value);
        let (source, links) = (self.source(), self.scope(workflow, reader.index, jump.0));
        let action = links.and_then(|from| {
            let all = self.document.success_actions(workflow, from.step).into_iter();
            let mut all = all.chain(self.document.failure_actions(workflow, from.step));
            all.find(|action| target(action, from) == Some(jump.1))
        });
        let diagnostic = self.note(rule::FORWARD_REFERENCE, span, message);
        diagnostic.severity = Severity::Warning;
        diagnostic.labels.extend(action.map(|action| {
            let span = action.name_span();
            Label { source, span, text: "this skips it".into() }
        }));
        diagnostic.help =
            Some(format!("go through `{}` always, or read the output of a step that always runs", other.value));
        true
    }
}

/// The ways that leave a step out, searched once for each.
#[derive(Default)]
struct Skipped {
    searched: HashMap<usize, Vec<Option<usize>>>,
}

impl Skipped {
    /// The last jump of a way from the first step to `to` that does not lead through `step`.
    fn past(&mut self, ways: &[Ways], step: usize, to: usize) -> Option<(usize, usize)> {
        if step == 0 || ways.iter().all(|own| own.success.len() < 2 && own.failure.is_empty()) {
            return None;
        }
        if self.searched.len() >= SEARCHES && !self.searched.contains_key(&step) {
            return None;
        }
        let before = self.searched.entry(step).or_insert_with(|| without(ways, step));
        let mut at = to;
        // bounded, for each step was come to once
        for _ in 0..ways.len() {
            let from = (*before.get(at)?)?;
            if from == at {
                return None;
            }
            if at != from + 1 || !ways[from].falls_through {
                return Some((from, at));
            }
            at = from;
        }
        None
    }
}

/// For each step that can be reached without `left_out`, the step that it was reached from.
fn without(ways: &[Ways], left_out: usize) -> Vec<Option<usize>> {
    let mut before = vec![None; ways.len()];
    let mut open = VecDeque::from([0]);
    before[0] = Some(0);
    while let Some(at) = open.pop_front() {
        for next in ways[at].success.iter().chain(&ways[at].failure).copied() {
            if next != left_out && before.get(next) == Some(&None) {
                before[next] = Some(at);
                open.push_back(next);
            }
        }
    }
    before
}

/// For each step, whether a way leads from it out of the workflow: searched backwards from where that is.
fn can_leave(ways: &[Ways]) -> Vec<bool> {
    let mut before: Vec<Vec<usize>> = vec![Vec::new(); ways.len()];
    for (at, own) in ways.iter().enumerate() {
        for next in own.success.iter().chain(&own.failure) {
            before.get_mut(*next).into_iter().for_each(|list| list.push(at));
        }
    }
    let mut leaves = vec![false; ways.len()];
    let ends = ways.iter().enumerate().filter(|(_, own)| own.success_ends || own.failure_ends);
    let mut open: Vec<usize> = ends.map(|(at, _)| at).collect();
    while let Some(at) = open.pop() {
        if !std::mem::replace(&mut leaves[at], true) {
            open.extend(before[at].iter().copied());
        }
    }
    leaves
}

/// The steps that can run once `from` has begun.
pub(super) fn reach(ways: &[Ways], from: usize) -> Vec<bool> {
    let mut reached = vec![false; ways.len()];
    let mut open = vec![from];
    while let Some(at) = open.pop() {
        if reached.get(at).copied().unwrap_or(true) {
            continue;
        }
        reached[at] = true;
        open.extend(ways[at].success.iter().chain(&ways[at].failure).chain(&ways[at].aside).copied());
    }
    reached
}

/// Whether a step can run once more after it has run.
fn comes_back(ways: &[Ways], step: usize) -> bool {
    let Some(own) = ways.get(step) else { return false };
    own.success.iter().chain(&own.failure).any(|next| reach(ways, *next).get(step) == Some(&true))
}

/// Whether a workflow has so many steps, each with so many actions of the workflow, that its ways are not looked at.
pub(super) fn is_vast(workflow: &Workflow) -> bool {
    let shared = workflow.success_actions.len() + workflow.failure_actions.len();
    workflow.steps.len().saturating_mul(shared) > PAIRS
}

/// The step that an action leads to.
fn target(action: &Action, scope: Scope<'_>) -> Option<usize> {
    match (&action.target, action.action_type.as_ref().map(|one| one.value)) {
        (Some(ActionTarget::Step(step)), Some(ActionType::Goto)) => scope.workflow.step_index(step),
        (Some(ActionTarget::Workflow(reference)), Some(ActionType::Goto)) => is_own(reference, scope).then_some(0),
        _ => None,
    }
}

fn is_own(reference: &WorkflowReference, scope: Scope<'_>) -> bool {
    matches!(reference, WorkflowReference::Local(id) if *id == scope.workflow.workflow_id.value)
}

/// Adds where an action leads; whether one after it can come to pass.
fn follow(action: &Action, scope: Scope<'_>, ways: &mut Ways, success: bool, known: &Known<'_>) -> bool {
    let Some(kind) = action.action_type.as_ref().map(|one| one.value) else { return true };
    match (kind, &action.target) {
        (ActionType::Retry, target) => {
            if success {
                ways.success.push(scope.at)
            } else {
                ways.failure.push(scope.at)
            }
            if let Some(ActionTarget::Step(step)) = target {
                ways.aside.extend(scope.workflow.step_index(step));
            }
            return true;
        }
        (ActionType::Goto, Some(ActionTarget::Step(step))) => match scope.workflow.step_index(step) {
            Some(to) if success => ways.success.push(to),
            Some(to) => ways.failure.push(to),
            // a name that leads nowhere is said by the linker
            None => ways.unknown = true,
        },
        (ActionType::Goto, Some(ActionTarget::Workflow(reference))) if is_own(reference, scope) => {
            if success {
                ways.success.push(0)
            } else {
                ways.failure.push(0)
            }
        }
        (ActionType::End | ActionType::Goto, _) => {
            if success {
                ways.success_ends = true
            } else {
                ways.failure_ends = true
            }
        }
    }
    !known.imply(action)
}
