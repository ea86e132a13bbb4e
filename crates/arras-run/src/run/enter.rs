//! Beginning workflows and trying steps.

use std::cell::OnceCell;
use std::sync::Arc;

use arras_doc::rule;
use arras_doc::value::Object;

use super::frame::{Caller, Frame};
use super::{Entry, Next, Run, State};
use crate::effect::{Effect, EffectId, Send, Status};
use crate::evaluate;
use crate::event::{Detail, EndedBy, EventKind};
use crate::fault::{Fault, FaultKind, Phase};
use crate::file::Files;
use crate::inputs;
use crate::plan::{Dependencies, Destination, Step, StepIndex, Strictness, Target};
use crate::request::{self, Built};
use crate::scope::{Finished, Hand, Left};

/// What most runs are given.
static NO_FILES: Files = Files::none();

impl Run {
    /// Begins the workflow of the top frame once every workflow that it depends on has succeeded.
    pub(super) fn begin(&mut self) {
        let plan = self.plan.clone();
        let workflow = &plan.workflows[self.top().workflow];
        while let Some(dependency) = workflow.depends_on.get(self.top().dependencies_met).copied() {
            let progress = &self.workflows[dependency];
            let succeeded = |finished: &Arc<Finished>| finished.status == Status::Succeeded;
            if !progress.has_succeeded && !progress.finished.as_ref().is_some_and(succeeded) {
                return self.depend_on(dependency);
            }
            self.top_mut().dependencies_met += 1;
        }
        self.announce_workflow();
        if workflow.steps.is_empty() {
            return self.finish(Status::Succeeded, EndedBy::LastStep, None);
        }
        self.state = State::Enter(Entry::Visit);
    }

    /// Says that the workflow of the top frame begins.
    pub(super) fn announce_workflow(&mut self) {
        let index = self.top().workflow;
        self.workflows[index].started += 1;
        self.top_mut().begun = true;
        if self.detail == Detail::Outline {
            return;
        }
        let (frame, workflow) = (self.top(), &self.plan.workflows[index]);
        let started = EventKind::WorkflowStarted {
            path: frame.path.to_string(),
            workflow_id: workflow.id.clone(),
            steps: workflow.steps.len(),
            inputs: self.shown(&frame.inputs),
        };
        self.emit(started);
    }

    /// Runs a workflow that the top frame depends on, once in the whole run.
    fn depend_on(&mut self, dependency: usize) {
        let plan = self.plan.clone();
        let workflow = &plan.workflows[dependency];
        let (id, progress) = (&workflow.id, &self.workflows[dependency]);
        let refused = if progress.under_way > 0 {
            Some(format!("workflow `{id}`, on which this one depends, itself waits for this one"))
        } else if progress.was_run {
            Some(format!("workflow `{id}`, on which this one depends, did not succeed"))
        } else {
            None
        };
        if let Some(message) = refused {
            let fault = Fault::new(FaultKind::DependencyFailed, Phase::Evaluate, message);
            return self.finish(Status::Failed, EndedBy::Fault, Some(fault));
        }
        if plan.dependencies == Dependencies::Refuse {
            let message = format!("workflow `{id}`, on which this one depends, was not run: its result is not known");
            let fault = Fault::new(FaultKind::DependencyNotRun, Phase::Evaluate, message);
            return self.finish(Status::Failed, EndedBy::Fault, Some(fault));
        }
        let given = self.dependency_inputs.get(&dependency).cloned().unwrap_or_default();
        match self.accept_inputs(dependency, self.dependency_inputs_of(dependency, given)) {
            Ok(inputs) => {
                self.push(dependency, format!("dependsOn:{}", workflow.alias).into(), inputs, Caller::Dependency)
            }
            Err(fault) => self.finish(Status::Failed, EndedBy::Fault, Some(fault)),
        }
    }

    /// The inputs of a workflow that runs as a dependency: those of the workflow for whose sake all of them run, which are
    /// the same whichever of several leads to it first.
    fn dependency_inputs_of(&self, dependency: usize, given: Object) -> Object {
        self.declared_of(self.frames.get(self.sake()).unwrap_or(self.top()), dependency, given)
    }

    /// The frame for whose sake a dependency of the top frame runs.
    fn sake(&self) -> usize {
        let top = self.top();
        if top.caller == Caller::Dependency && top.hops == 0 { top.sake } else { self.frames.len() - 1 }
    }

    /// Tries the current step: asks for its request, or calls its workflow.
    pub(super) fn enter(&mut self, entry: Entry) -> Option<Effect> {
        let plan = self.plan.clone();
        let step = self.step(&plan);
        self.count(entry, step.on_success.len() + step.on_failure.len());
        let now = self.now;
        self.top_mut().name_effect(&step.id, now);
        if let Some(fault) = self.over_budget(&step.id) {
            self.exhaust(fault);
            return None;
        }
        let effect = self.top().effect.clone();
        self.announce(step, effect.clone());
        self.state = State::InFlight(effect.clone());
        let ready = match step.depends_on.iter().find(|needed| !self.has_run(**needed)) {
            Some(needed) => Err(self.has_not_run(step, *needed)),
            None => match &step.target {
                Target::Workflow(workflow) => self.call_workflow(*workflow, step).map(|()| None),
                Target::Operation(_) => self.request(step, effect).map(Some),
            },
        };
        ready.unwrap_or_else(|fault| {
            self.settle_fault(fault);
            None
        })
    }

    /// Builds the request of a step that calls an operation.
    fn request(&mut self, step: &Step, id: EffectId) -> Result<Effect, Fault> {
        let Target::Operation(operation) = &step.target else {
            return Err(Fault::new(FaultKind::InvalidRequest, Phase::Build, "the step calls no operation"));
        };
        let (index, timeout) = (self.step_index(), step.timeout.or(self.limits.step_timeout));
        if let Some(request) = step.unchanging.get() {
            return Ok(Effect::Send(Box::new(Send { id, step: index, request: Arc::clone(request), timeout })));
        }
        let so_far = OnceCell::new();
        let context = request::Context { files: self.files.as_deref().unwrap_or(&NO_FILES), effect: &id.0 };
        let built = request::build(operation, step, &self.scope(self.top(), Hand::Nothing, &so_far), context)?;
        built.secrets.iter().for_each(|secret| self.secrets.add(secret));
        self.tolerate(&built)?;
        self.note_all(rule::LOOSE_VALUE, step, &built.notes);
        self.note_all(rule::VALUE_ABSENT, step, &built.omitted);
        let is_unchanging = self.detail == Detail::Outline && built.is_unremarkable() && request::is_constant(step);
        let request = Arc::new(built.request);
        if is_unchanging {
            // whoever looks on in outline runs the plan again and again
            let _ = step.unchanging.set(Arc::clone(&request));
        }
        Ok(Effect::Send(Box::new(Send { id, step: index, request, timeout })))
    }

    /// Refuses a request for which something had to be tolerated, if nothing is.
    fn tolerate(&self, built: &Built) -> Result<(), Fault> {
        match (self.plan.strictness, built.absent.first(), built.notes.first()) {
            (Strictness::Strict, Some(absent), _) => Err(Fault::missing_value(absent)),
            (Strictness::Strict, None, Some(note)) => {
                Err(Fault::new(FaultKind::InvalidRequest, Phase::Build, note.clone()))
            }
            _ => Ok(()),
        }
    }

    fn count(&mut self, entry: Entry, actions: usize) {
        self.steps = self.steps.saturating_add(1);
        let frame = self.top_mut();
        let (counts, left) = (&mut frame.counts[frame.at], &mut frame.left[frame.at]);
        match entry {
            Entry::Attempt => {
                counts.attempt = counts.attempt.saturating_add(1);
                left.clone_from(&counts.before);
            }
            Entry::Visit | Entry::Reference => {
                counts.visits = counts.visits.saturating_add(1);
                counts.attempt = 1;
                counts.before.clone_from(left);
            }
        }
        // a step may be the reference of its own retry, whose count goes on then
        if entry == Entry::Visit {
            counts.retries.clear();
            counts.retries.resize(actions, 0);
        }
    }

    fn over_budget(&self, step: &str) -> Option<Fault> {
        let frame = self.top();
        let (visits, attempt) = (frame.counts[frame.at].visits, frame.counts[frame.at].attempt);
        let budget = |kind, message| Some(Fault::new(kind, Phase::Budget, message));
        if self.steps > self.limits.max_steps {
            let most = self.limits.max_steps;
            let steps = if most == 1 { "step" } else { "steps" };
            let next = if attempt > 1 { format!("attempt {attempt}") } else { format!("visit {visits}") };
            let message = format!("the run may take {most} {steps}; {next} of step `{step}` would have been the next");
            return budget(FaultKind::MaxSteps, message);
        }
        match self.limits.max_visits {
            Some(most) if visits > most => {
                let most = if most == 1 { "once".to_owned() } else { format!("{most} times") };
                budget(
                    FaultKind::MaxVisits,
                    format!("step `{step}` may be visited {most}; visit {visits} would have been the next"),
                )
            }
            _ => None,
        }
    }

    /// Whether a step has run: of this workflow the step itself, of another the workflow.
    fn has_run(&self, needed: StepIndex) -> bool {
        let frame = self.top();
        let here = frame.workflow == needed.workflow;
        let ran_here = frame.left.get(needed.step).is_some_and(|left: &Left| left.outputs.is_some());
        here && ran_here || !here && self.workflows[needed.workflow].finished.is_some()
    }

    fn has_not_run(&self, step: &Step, needed: StepIndex) -> Fault {
        let workflow = &self.plan.workflows[needed.workflow];
        let name = workflow.steps.get(needed.step).map(|step| step.id.as_str()).unwrap_or_default();
        let of = if needed.workflow == self.top().workflow {
            String::new()
        } else {
            format!(" of workflow `{}`", workflow.id)
        };
        let message = format!("step `{}` depends on step `{name}`{of}, which has not run", step.id);
        Fault::new(FaultKind::DependencyNotRun, Phase::Build, message)
    }

    /// Calls a workflow for the current step (ARZ-STEP-13).
    fn call_workflow(&mut self, workflow: usize, step: &Step) -> Result<(), Fault> {
        let so_far = OnceCell::new();
        let scope = self.scope(self.top(), Hand::Nothing, &so_far);
        let (given, notes) = evaluate::parameters(&step.parameters, &scope, self.plan.strictness)?;
        self.note_all(rule::LOOSE_VALUE, step, &notes);
        let inputs = self.accept_inputs(workflow, given)?;
        let path = self.top().effect.0.clone();
        self.call(workflow, path, inputs, Caller::Step);
        if let (Some(timeout), true) = (step.timeout, matches!(self.state, State::Begin)) {
            let deadline = self.now.after(timeout);
            let frame = self.top_mut();
            frame.deadline = Some(frame.deadline.map_or(deadline, |outer| outer.min(deadline)));
        }
        Ok(())
    }

    /// Puts a called workflow on top, unless calls are too deep by then.
    fn call(&mut self, workflow: usize, path: Arc<str>, inputs: Object, caller: Caller) {
        let depth = self.top().depth + 1;
        if depth > self.limits.max_depth {
            let message = format!("workflows call each other more than {} deep", self.limits.max_depth);
            return self.exhaust(Fault::new(FaultKind::MaxDepth, Phase::Budget, message));
        }
        self.push(workflow, path, inputs, caller);
        self.top_mut().depth = depth;
    }

    fn push(&mut self, workflow: usize, path: Arc<str>, inputs: Object, caller: Caller) {
        let (depth, deadline) = (self.top().depth, self.top().deadline);
        let sake = self.sake();
        let frame = Frame::new(workflow, &self.plan.workflows[workflow], path, inputs, caller);
        self.frames.push(Frame { depth, deadline, sake, entered: self.now, ..frame });
        self.workflows[workflow].under_way += 1;
        self.state = State::Begin;
    }

    /// Leaves the top frame's workflow for another, whose result becomes its own.
    fn transfer(&mut self, workflow: usize, inputs: Object) {
        let Some(frame) = self.frames.pop() else { return };
        let plan = &self.plan.workflows;
        let left = frame.workflow;
        let transferred = EventKind::WorkflowTransferred {
            path: frame.path.to_string(),
            from: plan[left].id.clone(),
            to: plan[workflow].id.clone(),
        };
        self.workflows[left].under_way -= 1;
        // it has done its part, without outputs so far: who depends on it need not wait for the other one
        self.remember(left, super::finish::without_outputs(left, &frame));
        self.frames.push(frame.handed_on(workflow, &self.plan.workflows[workflow], inputs));
        self.workflows[workflow].under_way += 1;
        self.emit(transferred);
        self.state = State::Begin;
    }

    /// The inputs of a workflow about to run: completed, judged, and the secret ones known as such.
    ///
    /// # Errors
    /// What its schema refuses.
    pub(super) fn accept_inputs(&mut self, workflow: usize, given: Object) -> Result<Object, Fault> {
        let plan = self.plan.clone();
        let schema = &plan.workflows[workflow].inputs;
        let inputs = schema.prepare(given).map_err(|problems| {
            let all: Vec<String> = problems.iter().map(ToString::to_string).collect();
            let id = &plan.workflows[workflow].id;
            let message = format!("the inputs of workflow `{id}` are refused by its schema: {}", all.join("; "));
            Fault::new(FaultKind::InvalidInputs, Phase::Build, message)
        })?;
        for value in inputs::secret_values(schema.schema(), &inputs) {
            self.secrets.add_value(value);
        }
        Ok(inputs)
    }

    /// The current inputs that a workflow declares, overlaid by those given.
    pub(super) fn declared_inputs(&self, workflow: usize, given: Object) -> Object {
        self.declared_of(self.top(), workflow, given)
    }

    fn declared_of(&self, frame: &Frame, workflow: usize, given: Object) -> Object {
        let schema = &self.plan.workflows[workflow].inputs;
        let declared = frame.inputs.iter().filter(|(name, _)| schema.declares(name));
        let mut all: Object = declared.map(|(name, value)| (name.clone(), value.clone())).collect();
        all.extend(given);
        all
    }

    /// Goes on after a rest.
    pub(super) fn go_on(&mut self, next: Next) {
        match next {
            Next::Visit(step) => {
                self.top_mut().at = step;
                self.state = State::Enter(Entry::Visit);
            }
            Next::Attempt => self.state = State::Enter(Entry::Attempt),
            Next::Transfer(workflow, inputs) => self.transfer(workflow, inputs),
            Next::Reference(Destination::Step(step), _) => {
                let frame = self.top_mut();
                frame.retrying = Some(frame.at);
                frame.at = step;
                self.state = State::Enter(Entry::Reference);
            }
            Next::Reference(Destination::Workflow(workflow), inputs) => {
                let path = format!("{}!", self.top().effect);
                self.call(workflow, path.into(), inputs, Caller::Reference);
            }
        }
    }

    /// How long the current attempt has gone so far, in milliseconds.
    pub(super) fn went(&self) -> f64 {
        self.now.since(self.top().began).as_secs_f64() * 1000.0
    }

    /// Settles the current step with a fault that no effect was needed for.
    pub(super) fn settle_fault(&mut self, fault: Fault) {
        let plan = self.plan.clone();
        let so_far = OnceCell::new();
        let scope = self.scope(self.top(), Hand::Nothing, &so_far);
        let mut result = evaluate::evaluate(self.step(&plan), scope, Some(fault), self.terms(self.now));
        result.duration_ms = self.went();
        self.settle(result);
    }
}
