//! What follows a step's result: the action that applies, and where it leads.

use core::time::Duration;

use arras_doc::value::Object;

use super::{Entry, Next, Run, State};
use crate::effect::Status;
use crate::event::{ActionTaken, EndedBy, StepStatus, WaitReason};
use crate::fault::{Fault, FaultKind};
use crate::plan::{Action, ActionKind, Destination, Step};
use crate::result::{StepResult, Verdict};

/// The action that was chosen: its index in its list, and its place among all retry counters of the step.
struct Chosen<'p> {
    action: &'p Action,
    index: usize,
    counter: usize,
}

impl Run {
    /// Takes the result of the current step's attempt and moves on.
    pub(super) fn settle(&mut self, result: StepResult) {
        let plan = self.plan.clone();
        let index = self.step_index();
        let step = &plan.workflows[index.workflow].steps[index.step];
        self.keep(&result);
        if let Some(waiting) = self.top_mut().retrying.take() {
            return self.return_from_reference(step, result, waiting);
        }
        let unreadable = result.fault.as_ref().is_some_and(|fault| fault.kind == FaultKind::CriterionUnevaluable);
        let chosen = if unreadable { None } else { self.choose(step, &result) };
        self.follow(step, result, chosen);
    }

    /// Keeps what later expressions can read of the result.
    fn keep(&mut self, result: &StepResult) {
        for secret in &result.secrets {
            self.secrets.add(secret);
        }
        let frame = self.top_mut();
        let at = frame.at;
        frame.left[at].outputs = Some(result.outputs.clone());
        frame.left[at].retained = result.retained.clone();
        frame.last = Some(at);
        frame.status_code = result.status_code.or(frame.status_code);
    }

    /// The first matching action that is not exhausted.
    fn choose<'p>(&self, step: &'p Step, result: &StepResult) -> Option<Chosen<'p>> {
        let (list, offset) = match result.verdict {
            Verdict::Succeeded => (&step.on_success, 0),
            Verdict::Failed => (&step.on_failure, step.on_success.len()),
        };
        let retries = &self.top().counts[self.top().at].retries;
        let candidates = result.actions.iter().filter_map(|index| Some((*index, list.get(*index)?)));
        let mut open = candidates.filter(|(index, action)| match action.kind {
            ActionKind::Retry { limit, .. } => retries.get(offset + index).is_some_and(|count| *count < limit),
            _ => true,
        });
        open.next().map(|(index, action)| Chosen { action, index, counter: offset + index })
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
        let taken = chosen.as_ref().map(|chosen| self.taken(chosen, &result));
        self.report_step(step, result, status, taken);
        match chosen {
            None if verdict == Verdict::Succeeded => self.next_step(),
            None => {
                let ended_by = if fault.is_some() { EndedBy::Fault } else { EndedBy::LastStep };
                self.finish(Status::Failed, ended_by, fault);
            }
            Some(chosen) => self.act(&chosen, verdict, fault, retry_after),
        }
    }

    fn act(&mut self, chosen: &Chosen<'_>, verdict: Verdict, fault: Option<Fault>, retry_after: Option<Duration>) {
        match &chosen.action.kind {
            ActionKind::End if verdict == Verdict::Succeeded => self.finish(Status::Succeeded, EndedBy::End, None),
            ActionKind::End => self.finish(Status::Failed, EndedBy::End, fault),
            ActionKind::Goto(Destination::Step(step)) => self.go_to_step(*step),
            ActionKind::Goto(Destination::Workflow(workflow)) => match self.action_inputs(*workflow, chosen.action) {
                Ok(inputs) => self.go_to_workflow(*workflow, inputs),
                Err(fault) => self.finish(Status::Failed, EndedBy::Fault, Some(fault)),
            },
            ActionKind::Retry { after, reference, .. } => self.retry(chosen, *after, *reference, retry_after),
        }
    }

    fn action_inputs(&self, workflow: usize, action: &Action) -> Result<Object, Fault> {
        Ok(self.declared_inputs(workflow, self.parameter_values(&action.parameters)?))
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
        let id = &self.plan.workflows[frame.workflow].steps[step].id;
        let effect = frame.effect_of(id, visits + 1, 1);
        let id = id.clone();
        self.rest(pause, Next::Visit(step), &effect, &id, WaitReason::Poll);
    }

    /// A workflow that was started before is paced.
    fn go_to_workflow(&mut self, workflow: usize, inputs: Object) {
        let times = self.started_workflows.get(&workflow).copied().unwrap_or(0);
        let pause = if times == 0 { Duration::ZERO } else { self.limits.pace(times) };
        let frame = self.top();
        let first = self.plan.workflows[workflow].steps.first().map_or_else(String::new, |step| step.id.clone());
        let effect = frame.effect_of(&first, 1, 1);
        self.rest(pause, Next::Transfer(workflow, inputs), &effect, &first, WaitReason::Poll);
    }

    /// Waits as the server asks, else as the document says, else, from the second time on, at the polling pace.
    fn retry(
        &mut self,
        chosen: &Chosen<'_>,
        after: Option<Duration>,
        reference: Option<Destination>,
        retry_after: Option<Duration>,
    ) {
        let (pause, reason) = match (retry_after, after) {
            (Some(asked), _) => (asked.min(self.limits.max_retry_after), WaitReason::RetryAfter),
            (None, Some(after)) => (after, WaitReason::Retry),
            (None, None) => {
                let frame = self.top();
                let done = frame.counts[frame.at].retries.get(chosen.counter).copied().unwrap_or(0);
                (if done == 0 { Duration::ZERO } else { self.limits.pace(done) }, WaitReason::Retry)
            }
        };
        let frame = self.top_mut();
        let at = frame.at;
        if let Some(count) = frame.counts[at].retries.get_mut(chosen.counter) {
            *count += 1;
        }
        let (visits, attempt) = (frame.counts[at].visits, frame.counts[at].attempt);
        let id = self.plan.workflows[self.top().workflow].steps[at].id.clone();
        let effect = self.top().effect_of(&id, visits, attempt + 1);
        let next = match reference {
            None => Next::Attempt,
            Some(Destination::Workflow(workflow)) => match self.action_inputs(workflow, chosen.action) {
                Ok(inputs) => Next::Reference(Destination::Workflow(workflow), inputs),
                Err(fault) => return self.finish(Status::Failed, EndedBy::Fault, Some(fault)),
            },
            Some(step) => Next::Reference(step, Object::new()),
        };
        self.rest(pause, next, &effect, &id, reason);
    }

    fn rest(&mut self, pause: Duration, next: Next, effect: &crate::effect::EffectId, step: &str, reason: WaitReason) {
        if pause.is_zero() {
            return self.go_on(next);
        }
        let until = self.now.after(pause);
        self.emit(crate::event::EventKind::Waiting { effect: effect.clone(), step_id: step.to_owned(), until, reason });
        self.state = State::Resting(until, next);
    }

    /// A referenced step has run once; its own actions are not followed and its failure is only recorded.
    fn return_from_reference(&mut self, step: &Step, result: StepResult, waiting: usize) {
        let status = if result.verdict == Verdict::Succeeded { StepStatus::Succeeded } else { StepStatus::Failed };
        self.report_step(step, result, status, None);
        self.top_mut().at = waiting;
        self.state = State::Enter(Entry::Attempt);
    }

    fn taken(&self, chosen: &Chosen<'_>, result: &StepResult) -> ActionTaken {
        let plan = &self.plan;
        let steps = &plan.workflows[self.top().workflow].steps;
        let target = match &chosen.action.kind {
            ActionKind::Goto(to) | ActionKind::Retry { reference: Some(to), .. } => Some(match to {
                Destination::Step(step) => steps[*step].id.clone(),
                Destination::Workflow(workflow) => plan.workflows[*workflow].id.clone(),
            }),
            _ => None,
        };
        let criteria = result.action_criteria.iter().find(|(index, _)| *index == chosen.index);
        let criteria = criteria.map(|(_, criteria)| criteria.clone()).unwrap_or_default();
        ActionTaken {
            kind: chosen.action.kind.name().to_owned(),
            name: chosen.action.name.clone(),
            target,
            criteria: criteria.into_iter().map(|criterion| self.secrets.criterion(criterion)).collect(),
        }
    }
}
