//! What follows a step's result: the action that applies, and where it leads.

use core::time::Duration;

use arras_doc::diagnostic::{Diagnostic, Severity};
use arras_doc::rule;
use arras_doc::value::Object;

use super::frame::LastExchange;
use super::{Entry, Next, Run, State};
use crate::effect::{EffectId, Status};
use crate::event::{ActionTaken, EndedBy, EventKind, StepStatus, WaitReason};
use crate::fault::{Fault, FaultKind};
use crate::plan::{Action, ActionKind, Destination, Step};
use crate::result::{MatchedAction, StepResult, Verdict};

/// The action that was chosen, what it was matched with, and its place among all retry counters of the step.
struct Chosen<'p> {
    action: &'p Action,
    matched: MatchedAction,
    counter: usize,
}

/// Whether the fault ends the run, whatever the steps and workflows around it would make of it.
pub(super) fn is_final(fault: Option<&Fault>) -> bool {
    fault.is_some_and(|fault| fault.kind == FaultKind::CriterionUnevaluable)
}

impl Run {
    /// Takes the result of the current step's attempt and moves on.
    pub(super) fn settle(&mut self, mut result: StepResult) {
        let plan = self.plan.clone();
        let step = self.step(&plan);
        result.diagnostics.retain(|found| self.is_news(found));
        // the attempt is over; what follows says what is next
        self.state = State::Begin;
        self.keep(&result);
        // nothing recovers an answer that can't be judged, not even in the workflows around this one
        let unreadable = is_final(result.fault.as_ref());
        if let Some(waiting) = self.top_mut().retrying.take().filter(|_| !unreadable) {
            return self.return_from_reference(step, result, waiting);
        }
        let chosen = if unreadable { None } else { self.choose(step, &result) };
        if let (None, Some(blocked)) = (&chosen, result.blocked.take()) {
            result.verdict = Verdict::Failed;
            result.fault = Some(blocked.fault);
            result.diagnostics.push(blocked.diagnostic);
        }
        self.follow(step, result, chosen);
    }

    /// Whether a finding is to be told: what a description has wrong is the same with each answer.
    fn is_news(&mut self, found: &Diagnostic) -> bool {
        match found.labels.first() {
            Some(label) if found.rule == rule::MALFORMED_DESCRIPTION && !found.is_error() => {
                self.told.insert((label.source, label.span))
            }
            _ => true,
        }
    }

    /// Keeps what later expressions can read of the result.
    fn keep(&mut self, result: &StepResult) {
        for secret in &result.secrets {
            self.secrets.add(secret);
        }
        let frame = self.top_mut();
        let left = &mut frame.left[frame.at];
        left.outputs = Some(result.outputs.clone());
        left.retained.clone_from(&result.retained);
        let StepResult { retry_after, retained, .. } = result;
        let last = |status_code| LastExchange { status_code, retry_after: *retry_after, retained: retained.clone() };
        frame.last = result.status_code.map(last);
    }

    /// The first matching action that is not exhausted.
    fn choose<'p>(&self, step: &'p Step, result: &StepResult) -> Option<Chosen<'p>> {
        let (list, offset) = match result.verdict {
            Verdict::Succeeded => (&step.on_success, 0),
            Verdict::Failed => (&step.on_failure, step.on_success.len()),
        };
        let retries = &self.top().counts[self.top().at].retries;
        let candidates = result.actions.iter().filter_map(|matched| Some((matched, list.get(matched.index)?)));
        let mut open = candidates.filter(|(matched, action)| match action.kind {
            ActionKind::Retry { limit, .. } => retries.get(offset + matched.index).is_some_and(|count| *count < limit),
            _ => true,
        });
        open.next().map(|(matched, action)| Chosen {
            action,
            matched: matched.clone(),
            counter: offset + matched.index,
        })
    }

    fn follow(&mut self, step: &Step, result: StepResult, chosen: Option<Chosen<'_>>) {
        let verdict = result.verdict;
        let fault = result.fault.clone();
        let retry_after = result.retry_after;
        let status = match (verdict, chosen.as_ref().map(|chosen| &chosen.action.kind)) {
            (_, Some(ActionKind::Retry { .. })) => StepStatus::Retried,
            (Verdict::Succeeded, _) => StepStatus::Succeeded,
            (Verdict::Failed, Some(ActionKind::Goto(_))) => StepStatus::Recovered,
            (Verdict::Failed, _) => StepStatus::Failed,
        };
        let taken = chosen.as_ref().map(|chosen| self.taken(chosen));
        self.report_step(step, result, status, taken);
        match chosen {
            None if verdict == Verdict::Succeeded => self.next_step(),
            None => {
                let ended_by = if fault.is_some() { EndedBy::Fault } else { EndedBy::LastStep };
                self.finish(Status::Failed, ended_by, fault);
            }
            Some(chosen) => self.act(chosen, verdict, fault, retry_after),
        }
    }

    fn act(&mut self, chosen: Chosen<'_>, verdict: Verdict, fault: Option<Fault>, retry_after: Option<Duration>) {
        match &chosen.action.kind {
            ActionKind::End if verdict == Verdict::Succeeded => self.finish(Status::Succeeded, EndedBy::End, None),
            ActionKind::End => self.finish(Status::Failed, EndedBy::End, fault),
            ActionKind::Goto(Destination::Step(step)) => {
                let frame = self.top_mut();
                if verdict == Verdict::Succeeded && *step <= frame.at {
                    let rounds = &mut frame.counts[frame.at].rounds;
                    *rounds = rounds.saturating_add(1);
                }
                self.go_to_step(*step);
            }
            ActionKind::Goto(Destination::Workflow(workflow)) => self.go_to_workflow(*workflow, chosen),
            ActionKind::Retry { after, reference, .. } => {
                let (after, reference) = (*after, *reference);
                self.retry(chosen, after, reference, retry_after);
            }
        }
    }

    /// The inputs for the workflow that an action leads to: those given, and the current ones it declares.
    fn action_inputs(&mut self, workflow: usize, chosen: Chosen<'_>, severity: Severity) -> Result<Object, Fault> {
        let inputs = self.declared_inputs(workflow, chosen.matched.inputs);
        let refused = self.accept_inputs(workflow, inputs);
        refused.inspect_err(|fault| {
            let message = format!("action `{}` can't go there: {}", chosen.action.name, fault.message);
            let diagnostic = Diagnostic::new(rule::INVALID_INPUT, message).severity(severity);
            self.diagnose(diagnostic.at(chosen.action.place.source, chosen.action.place.span));
        })
    }

    /// The next step in order; after the last the workflow has succeeded.
    fn next_step(&mut self) {
        let frame = self.top_mut();
        frame.at += 1;
        if frame.at < frame.counts.len() {
            self.state = State::Enter(Entry::Visit);
        } else {
            self.finish(Status::Succeeded, EndedBy::LastStep, None);
        }
    }

    /// A step that was visited before is paced.
    fn go_to_step(&mut self, step: usize) {
        let frame = self.top();
        let visits = frame.counts[step].visits;
        let pause = if visits == 0 { Duration::ZERO } else { self.limits.pace(visits) };
        let id = self.plan.workflows[frame.workflow].steps[step].id.clone();
        let effect = frame.effect_of(&id, visits.saturating_add(1), 1);
        self.rest(pause, Next::Visit(step), effect, id, WaitReason::Poll);
    }

    /// A workflow that was started before is paced; one that would refuse its inputs is not gone to.
    fn go_to_workflow(&mut self, workflow: usize, chosen: Chosen<'_>) {
        let inputs = match self.action_inputs(workflow, chosen, Severity::Error) {
            Ok(inputs) => inputs,
            Err(fault) => return self.finish(Status::Failed, EndedBy::Fault, Some(fault)),
        };
        let times = self.workflows[workflow].started;
        let pause = if times == 0 { Duration::ZERO } else { self.limits.pace(times) };
        let first = self.plan.workflows[workflow].steps.first().map_or_else(String::new, |step| step.id.clone());
        let effect = self.top().effect_after_hop(&first);
        self.rest(pause, Next::Transfer(workflow, inputs), effect, first, WaitReason::Poll);
    }

    /// Waits as the server asks, else as the document says, else, from the second time on, at the polling pace.
    fn retry(
        &mut self,
        chosen: Chosen<'_>,
        after: Option<Duration>,
        reference: Option<Destination>,
        retry_after: Option<Duration>,
    ) {
        let frame = self.top_mut();
        let at = frame.at;
        let (visits, attempt) = (frame.counts[at].visits, frame.counts[at].attempt);
        let mut done = 0;
        if let Some(count) = frame.counts[at].retries.get_mut(chosen.counter) {
            done = *count;
            *count = count.saturating_add(1);
        }
        let (pause, reason) = match (retry_after, after) {
            (Some(asked), _) => (asked.min(self.limits.max_retry_after), WaitReason::RetryAfter),
            (None, Some(after)) => (after, WaitReason::Retry),
            (None, None) if done == 0 => (Duration::ZERO, WaitReason::Retry),
            (None, None) => (self.limits.pace(done), WaitReason::Retry),
        };
        let next = match reference {
            None => Next::Attempt,
            Some(Destination::Step(step)) => Next::Reference(Destination::Step(step), Object::default()),
            // what keeps the reference from running is told, and the retry goes on
            Some(Destination::Workflow(workflow)) => self
                .action_inputs(workflow, chosen, Severity::Warning)
                .map_or(Next::Attempt, |inputs| Next::Reference(Destination::Workflow(workflow), inputs)),
        };
        let frame = self.top();
        let (follows, visit, attempt) = match &next {
            Next::Reference(Destination::Step(step), _) => (*step, frame.counts[*step].visits.saturating_add(1), 1),
            _ => (at, visits, attempt.saturating_add(1)),
        };
        let id = self.plan.workflows[frame.workflow].steps[follows].id.clone();
        let effect = frame.effect_of(&id, visit, attempt);
        self.rest(pause, next, effect, id, reason);
    }

    fn rest(&mut self, pause: Duration, next: Next, effect: EffectId, step_id: String, reason: WaitReason) {
        if pause.is_zero() {
            return self.go_on(next);
        }
        let until = self.now.after(pause);
        self.emit(EventKind::Waiting { effect, step_id, until, reason });
        self.state = State::Resting(until, next);
    }

    /// A referenced step has run once; its own actions are not followed and its failure is only recorded.
    fn return_from_reference(&mut self, step: &Step, result: StepResult, waiting: usize) {
        let status = if result.verdict == Verdict::Succeeded { StepStatus::Succeeded } else { StepStatus::Failed };
        self.report_step(step, result, status, None);
        let frame = self.top_mut();
        if frame.at == waiting {
            // it is its own reference, whose outputs are the ones to go on from
            frame.counts[waiting].before.clone_from(&frame.left[waiting]);
        }
        frame.at = waiting;
        self.state = State::Enter(Entry::Attempt);
    }

    fn taken(&self, chosen: &Chosen<'_>) -> ActionTaken {
        let plan = &self.plan;
        let steps = &plan.workflows[self.top().workflow].steps;
        let target = match &chosen.action.kind {
            ActionKind::Goto(to) | ActionKind::Retry { reference: Some(to), .. } => Some(match to {
                Destination::Step(step) => steps[*step].id.clone(),
                Destination::Workflow(workflow) => plan.workflows[*workflow].id.clone(),
            }),
            _ => None,
        };
        let criteria = chosen.matched.criteria.iter().cloned();
        ActionTaken {
            kind: chosen.action.kind.name().to_owned(),
            name: chosen.action.name.clone(),
            target,
            criteria: criteria.map(|criterion| self.secrets.criterion(criterion)).collect(),
        }
    }
}
