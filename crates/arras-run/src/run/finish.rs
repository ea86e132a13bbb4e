//! How workflows end, and what their callers make of it.

use arras_doc::diagnostic::Diagnostic;
use arras_doc::rule;
use arras_doc::value::Object;

use super::frame::{Caller, Frame};
use super::{Entry, Run, State};
use crate::effect::{Outcome, Status};
use crate::evaluate;
use crate::event::{EndedBy, EventKind, StepStatus};
use crate::fault::{Fault, FaultKind, Phase};
use crate::result::StepResult;
use crate::scope::{Finished, Hand, Scope};

impl Run {
    /// Ends the workflow of the top frame and tells its caller.
    pub(super) fn finish(&mut self, status: Status, ended_by: EndedBy, fault: Option<Fault>) {
        let Some((frame, finished)) = self.close(status, ended_by, fault.as_ref()) else { return };
        match frame.caller {
            Caller::Root => self.end(finished),
            Caller::Step => self.settle_call(&finished, fault),
            Caller::Dependency => self.state = State::Begin,
            Caller::Reference => self.state = State::Enter(Entry::Attempt),
        }
    }

    /// Takes the top frame off, evaluates its outputs and says that it is over.
    fn close(&mut self, status: Status, ended_by: EndedBy, fault: Option<&Fault>) -> Option<(Frame, Finished)> {
        let frame = self.frames.pop()?;
        let plan = self.plan.clone();
        let workflow = &plan.workflows[frame.workflow];
        let outputs = self.outputs(&frame, status);
        let retained = frame.last.map(|step| frame.left[step].retained.clone()).unwrap_or_default();
        let finished =
            Finished { status, inputs: frame.inputs.clone(), outputs, status_code: frame.status_code, retained };
        self.finished.insert(frame.workflow, finished.clone());
        if frame.begun || fault.is_some() {
            self.emit(EventKind::WorkflowFinished {
                path: frame.path.to_string(),
                workflow_id: workflow.id.clone(),
                status,
                ended_by,
                outputs: self.secrets.object(&finished.outputs),
                fault: fault.map(|fault| self.secrets.fault(fault.clone())),
            });
        }
        Some((frame, finished))
    }

    /// The workflow's outputs; each sees those before it.
    fn outputs(&mut self, frame: &Frame, status: Status) -> Object {
        let plan = self.plan.clone();
        let mut outputs = Object::new();
        let mut notes = Vec::new();
        for output in &plan.workflows[frame.workflow].outputs {
            let scope = Scope { outputs: &outputs, ..self.scope(frame, Hand::Nothing) };
            let (value, absent) = evaluate::outputs(std::slice::from_ref(output), &scope);
            outputs.extend(value);
            notes.extend(absent);
        }
        if status == Status::Succeeded {
            for diagnostic in notes {
                let diagnostic = Box::new(self.secrets.diagnostic(diagnostic));
                self.emit(EventKind::Diagnosed { diagnostic });
            }
        }
        outputs
    }

    /// The step that called a workflow is judged by what the workflow came to.
    fn settle_call(&mut self, finished: &Finished, fault: Option<Fault>) {
        let plan = self.plan.clone();
        let index = self.step_index();
        let step = &plan.workflows[index.workflow].steps[index.step];
        let scope = self.scope(self.top(), Hand::Call(finished));
        let mut result = evaluate::evaluate(step, scope, None, self.terms(index.step, self.now));
        if result.verdict == crate::result::Verdict::Failed && result.fault.is_none() {
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
            self.end(outermost);
        }
    }

    /// Ends so many workflows from the top, and says of their attempts under way that these won't be finished.
    fn unwind(&mut self, count: usize, status: Status, ended_by: EndedBy, fault: Option<&Fault>) -> Option<Finished> {
        let step_status = if status == Status::Cancelled { StepStatus::Cancelled } else { StepStatus::Failed };
        let mut under_way = matches!(self.state, State::InFlight(_));
        let mut last = None;
        for _ in 0..count {
            if under_way {
                let plan = self.plan.clone();
                let index = self.step_index();
                let step = &plan.workflows[index.workflow].steps[index.step];
                let result = fault.map_or_else(StepResult::default, |fault| StepResult::fault(fault.clone()));
                self.report_step(step, result, step_status, None);
            }
            let (frame, finished) = self.close(status, ended_by, fault)?;
            under_way = frame.caller == Caller::Step;
            last = Some(finished);
        }
        last
    }

    fn end(&mut self, finished: Finished) {
        self.emit(EventKind::RunFinished { status: finished.status });
        self.state = State::Done(Outcome { status: finished.status, outputs: finished.outputs });
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
        let diagnostic = Box::new(self.secrets.diagnostic(diagnostic));
        self.emit(EventKind::Diagnosed { diagnostic });
    }
}
