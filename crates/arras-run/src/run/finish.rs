//! How workflows end, and what their callers make of it.

use core::time::Duration;
use std::cell::OnceCell;
use std::sync::Arc;

use arras_doc::diagnostic::Diagnostic;
use arras_doc::rule;
use arras_doc::value::{Object, Value};

use super::frame::{Caller, Frame};
use super::settle::is_final;
use super::{Entry, Recalled, Run, State};
use crate::effect::{Outcome, Status};
use crate::evaluate::{self, Terms};
use crate::event::{Detail, EndedBy, EventKind, StepStatus};
use crate::fault::{Fault, FaultKind, Phase};
use crate::resolve::Resolve;
use crate::result::{StepResult, Verdict};
use crate::scope::{Finished, Hand};

impl Run {
    /// Ends the workflow of the top frame and tells its caller.
    pub(super) fn finish(&mut self, status: Status, mut ended_by: EndedBy, fault: Option<Fault>) {
        while let Some((caller, finished)) = self.close(status, ended_by, fault.as_ref()) {
            match caller {
                Caller::Root => self.end(&finished),
                Caller::Step => self.state = State::Returned(finished, fault),
                // who waits for it ends by the same
                Caller::Dependency | Caller::Reference if is_final(fault.as_ref()) => {
                    ended_by = EndedBy::Fault;
                    continue;
                }
                Caller::Dependency => self.state = State::Begin,
                Caller::Reference => self.state = State::Enter(Entry::Attempt),
            }
            return;
        }
    }

    /// Takes the top frame off, evaluates its outputs and says that it is over.
    fn close(&mut self, status: Status, ended_by: EndedBy, fault: Option<&Fault>) -> Option<(Caller, Arc<Finished>)> {
        if self.frames.last().is_some_and(|frame| !frame.begun) {
            // what it depends on kept it from its first step; who reads the events sees it all the same
            self.announce_workflow();
        }
        let frame = self.frames.pop()?;
        let index = frame.workflow;
        self.workflows[index].under_way -= 1;
        let (outputs, exported) = self.outputs(&frame, status);
        let duration = self.now.since(frame.entered);
        let finished = Finished { status, duration, outputs, exported, ..without_outputs(index, &frame) };
        if self.detail == Detail::Full || status != Status::Succeeded {
            self.emit(EventKind::WorkflowFinished {
                path: frame.path.to_string(),
                workflow_id: self.plan.workflows[index].id.clone(),
                status,
                ended_by,
                outputs: self.shown(&finished.outputs),
                fault: fault.map(|fault| self.secrets.fault(fault.clone())),
            });
        }
        for workflow in frame.origins.keys().copied().chain([index]) {
            let progress = &mut self.workflows[workflow];
            progress.has_succeeded |= status == Status::Succeeded;
            progress.was_run |= frame.caller == Caller::Dependency;
        }
        for (origin, inputs) in frame.origins {
            self.remember(origin, Finished { inputs, ..finished.clone() });
        }
        Some((frame.caller, self.remember(index, finished)))
    }

    /// Keeps what a workflow came to for later expressions; the last invocation's alone.
    pub(super) fn remember(&mut self, workflow: usize, finished: Finished) -> Arc<Finished> {
        let finished = Arc::new(finished);
        self.workflows[workflow].finished = Some(finished.clone());
        finished
    }

    /// The workflow's outputs, and what other workflows read of its steps.
    fn outputs(&mut self, frame: &Frame, status: Status) -> (Object, Object) {
        let plan = self.plan.clone();
        let so_far = OnceCell::new();
        let scope = self.scope(frame, Hand::Nothing, &so_far);
        let (outputs, notes) = evaluate::workflow_outputs(&scope);
        let value = |expression| scope.resolve(expression).map(|value| value.into_owned());
        let exported = plan.workflows[frame.workflow].exported.iter();
        let exported: Vec<(String, Option<Value>)> =
            exported.map(|expression| (expression.text.to_string(), value(expression))).collect();
        if status == Status::Succeeded {
            notes.into_iter().for_each(|note| self.diagnose(note));
        }
        (outputs, exported.into_iter().filter_map(|(text, value)| Some((text, value?))).collect())
    }

    /// The step that called a workflow is judged by what the workflow came to.
    pub(super) fn settle_call(&mut self, finished: &Finished, fault: Option<Fault>) {
        let plan = self.plan.clone();
        let so_far = OnceCell::new();
        let scope = self.scope(self.top(), Hand::Call(finished), &so_far);
        let effect = self.top().effect.clone();
        let mut result = match self.recalled(&effect) {
            Some(Recalled::Whole(judged)) => (**judged).clone(),
            recalled => {
                let verdicts = recalled.map(Recalled::verdicts).unwrap_or_default();
                let terms = Terms { known: self.known(verdicts), ..self.terms(self.now) };
                evaluate::evaluate(self.step(&plan), scope, None, terms)
            }
        };
        self.keep_call(effect, &result);
        // whatever the step's own criteria say of the last exchange
        if is_final(fault.as_ref()) {
            result.verdict = Verdict::Failed;
            result.fault = fault;
        } else if result.verdict == Verdict::Failed && result.fault.is_none() {
            result.fault = fault;
        }
        self.settle(result);
    }

    /// A step with a timeout called a workflow that took too long: what runs above it is given up.
    pub(super) fn give_up_call(&mut self, late: usize) {
        let message = "the workflow that the step called took longer than the step's timeout";
        let fault = Fault::new(FaultKind::RequestTimeout, Phase::Headers, message);
        let frames = self.frames.len() - late;
        self.unwind(frames, Status::Failed, EndedBy::Fault, Some(&fault));
        self.settle_fault(fault);
    }

    /// A budget is used up: nothing can recover that.
    pub(super) fn exhaust(&mut self, fault: Fault) {
        self.stop(Status::Failed, EndedBy::Budget, Some(&fault));
    }

    /// Ends every workflow that is under way, from the innermost out.
    pub(super) fn stop(&mut self, status: Status, ended_by: EndedBy, fault: Option<&Fault>) {
        if let Some(fault) = fault {
            self.diagnose_stop(fault);
        }
        if let Some(outermost) = self.unwind(self.frames.len(), status, ended_by, fault) {
            self.end(&outermost);
        }
    }

    /// Ends so many workflows from the top, and says of their attempts under way that these won't be finished.
    fn unwind(
        &mut self,
        count: usize,
        status: Status,
        ended_by: EndedBy,
        fault: Option<&Fault>,
    ) -> Option<Arc<Finished>> {
        let plan = self.plan.clone();
        let step_status = if status == Status::Cancelled { StepStatus::Cancelled } else { StepStatus::Failed };
        let mut under_way = matches!(self.state, State::InFlight(_));
        let mut last = None;
        for _ in 0..count {
            if under_way {
                let (fault, duration_ms) = (fault.cloned(), self.went());
                let result = StepResult { fault, duration_ms, ..StepResult::default() };
                self.report_step(self.step(&plan), result, step_status, None);
            }
            let (caller, finished) = self.close(status, ended_by, fault)?;
            under_way = caller == Caller::Step;
            last = Some(finished);
        }
        last
    }

    /// Ends the run.
    fn end(&mut self, finished: &Finished) {
        self.emit(EventKind::RunFinished { status: finished.status });
        let mut secrets: Vec<String> = self.secrets.iter().map(str::to_owned).collect();
        secrets.sort_unstable();
        self.state = State::Done(Outcome { status: finished.status, outputs: finished.outputs.clone(), secrets });
    }

    /// Points at the step in which a budget ran out.
    fn diagnose_stop(&mut self, fault: &Fault) {
        let frame = self.top();
        let mut diagnostic = Diagnostic::new(rule::BUDGET_EXCEEDED, fault.message.clone());
        let option = match fault.kind {
            FaultKind::MaxSteps => Some("--max-steps"),
            FaultKind::MaxVisits => Some("--max-visits"),
            FaultKind::MaxDepth => Some("--max-depth"),
            FaultKind::RunTimeout => Some("--timeout"),
            _ => None,
        };
        if let Some(option) = option {
            diagnostic = diagnostic.help(format!("allow more by `{option}` if this is meant"));
        }
        if let Some(step) = self.plan.workflows[frame.workflow].steps.get(frame.at) {
            diagnostic = diagnostic.at(step.place.source, step.place.span);
        }
        self.diagnose(diagnostic);
    }
}

/// What a workflow leaves apart from its outputs; at first as one that succeeded.
pub(super) fn without_outputs(workflow: usize, frame: &Frame) -> Finished {
    Finished {
        workflow,
        status: Status::Succeeded,
        duration: Duration::ZERO,
        inputs: frame.inputs.clone(),
        outputs: Object::default(),
        status_code: frame.last.as_ref().map(|last| last.status_code),
        retry_after: frame.last.as_ref().and_then(|last| last.retry_after),
        retained: frame.last.as_ref().map(|last| last.retained.clone()).unwrap_or_default(),
        exported: Object::default(),
    }
}
