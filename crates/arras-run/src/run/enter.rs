//! Beginning workflows and trying steps.

use arras_doc::expression::Template;
use arras_doc::rule;
use arras_doc::value::Object;

use super::frame::{Caller, Frame};
use super::{Entry, Next, Run, State};
use crate::effect::{Effect, Send, Status};
use crate::evaluate;
use crate::event::{EndedBy, EventKind};
use crate::fault::{Fault, FaultKind, Phase};
use crate::inputs;
use crate::plan::{Parameter, Target};
use crate::request;
use crate::scope::{Hand, Left};
use crate::template::{self, Embedding};

impl Run {
    /// Begins the workflow of the top frame once every workflow that it depends on has succeeded.
    pub(super) fn begin(&mut self) {
        let plan = self.plan.clone();
        let workflow = &plan.workflows[self.top().workflow];
        let unmet =
            |index: &&usize| self.finished.get(index).is_none_or(|finished| finished.status != Status::Succeeded);
        if let Some(dependency) = workflow.depends_on.iter().find(unmet).copied() {
            return self.depend_on(dependency);
        }
        let frame = self.top();
        let started = EventKind::WorkflowStarted {
            path: frame.path.to_string(),
            workflow_id: workflow.id.clone(),
            steps: workflow.steps.len(),
            inputs: self.secrets.object(&frame.inputs),
        };
        *self.started_workflows.entry(self.top().workflow).or_default() += 1;
        self.top_mut().begun = true;
        self.emit(started);
        if workflow.steps.is_empty() {
            return self.finish(Status::Succeeded, EndedBy::LastStep, None);
        }
        self.state = State::Enter(Entry::Visit);
    }

    /// Runs a workflow that the top frame depends on, once in the whole run.
    fn depend_on(&mut self, dependency: usize) {
        let plan = self.plan.clone();
        let workflow = &plan.workflows[dependency];
        if self.finished.contains_key(&dependency) {
            let message = format!("workflow `{}`, on which this one depends, did not succeed", workflow.id);
            let fault = Fault::new(FaultKind::DependencyFailed, Phase::Evaluate, message);
            return self.finish(Status::Failed, EndedBy::Fault, Some(fault));
        }
        let inputs = self.declared_inputs(dependency, Object::new());
        self.call(dependency, format!("dependsOn:{}", workflow.id).into(), inputs, Caller::Dependency);
    }

    /// Tries the current step: asks for its request, or calls its workflow.
    pub(super) fn enter(&mut self, entry: Entry) -> Option<Effect> {
        let plan = self.plan.clone();
        let index = self.step_index();
        let step = &plan.workflows[index.workflow].steps[index.step];
        self.count(entry, step.on_success.len() + step.on_failure.len());
        if let Some(fault) = self.over_budget(&step.id) {
            self.exhaust(fault);
            return None;
        }
        self.announce(step);
        if let Some(needed) = step.depends_on.iter().find(|needed| !self.has_run(**needed)) {
            let name = plan.step(*needed).map(|step| step.id.clone()).unwrap_or_default();
            let message = format!("step `{}` depends on step `{name}`, which has not run", step.id);
            self.settle_fault(Fault::new(FaultKind::DependencyNotRun, Phase::Build, message));
            return None;
        }
        match &step.target {
            Target::Workflow(workflow) => {
                self.call_workflow(*workflow, &step.parameters);
                None
            }
            Target::Operation(operation) => {
                let frame = self.top();
                let id = frame.effect(index.step, &step.id);
                let context = request::Context { files: &self.files, effect: &id.0 };
                match request::build(operation, step, &self.scope(frame, Hand::Nothing), context) {
                    Ok(built) => {
                        self.state = State::InFlight(id.clone());
                        self.note_all(rule::LOOSE_VALUE, step, &built.notes);
                        self.note_all(rule::VALUE_ABSENT, step, &built.omitted);
                        let timeout = step.timeout.or(self.limits.step_timeout);
                        Some(Effect::Send(Box::new(Send { id, step: index, request: built.request, timeout })))
                    }
                    Err(fault) => {
                        self.settle_fault(fault);
                        None
                    }
                }
            }
        }
    }

    fn count(&mut self, entry: Entry, actions: usize) {
        self.steps += 1;
        let frame = self.top_mut();
        let counts = &mut frame.counts[frame.at];
        match entry {
            Entry::Visit => {
                counts.visits += 1;
                counts.attempt = 1;
                counts.retries = vec![0; actions];
            }
            Entry::Attempt => counts.attempt += 1,
        }
    }

    fn over_budget(&self, step: &str) -> Option<Fault> {
        let frame = self.top();
        let visits = frame.counts[frame.at].visits;
        let budget = |kind, message| Some(Fault::new(kind, Phase::Budget, message));
        if self.steps > self.limits.max_steps {
            let message = format!(
                "more than {} steps were run; the last was visit {visits} of step `{step}`: raise `--max-steps` if the loop is meant",
                self.limits.max_steps
            );
            return budget(FaultKind::MaxSteps, message);
        }
        match self.limits.max_visits {
            Some(most) if visits > most => {
                budget(FaultKind::MaxVisits, format!("step `{step}` was visited more than {most} times"))
            }
            _ => None,
        }
    }

    fn has_run(&self, needed: crate::plan::StepIndex) -> bool {
        let frame = self.top();
        let here = frame.workflow == needed.workflow;
        here && frame.left.get(needed.step).is_some_and(|left: &Left| left.outputs.is_some())
    }

    /// Calls a workflow for the current step (ARZ-STEP-13).
    fn call_workflow(&mut self, workflow: usize, parameters: &[Parameter]) {
        if self.frames.len() > self.limits.max_depth {
            let message = format!("workflows call each other more than {} deep", self.limits.max_depth);
            return self.exhaust(Fault::new(FaultKind::MaxDepth, Phase::Budget, message));
        }
        let given = self.parameter_values(parameters);
        let plan = self.plan.clone();
        match inputs::prepare(plan.workflows[workflow].inputs.as_ref(), given) {
            Ok(inputs) => {
                let frame = self.top();
                let step = &plan.workflows[frame.workflow].steps[frame.at];
                let path = frame.effect(frame.at, &step.id).0;
                let timeout = step.timeout;
                self.push(workflow, path, inputs, Caller::Step);
                self.top_mut().deadline = timeout.map(|timeout| self.now.after(timeout));
            }
            Err(problems) => self.settle_fault(invalid_inputs(&plan.workflows[workflow].id, &problems)),
        }
    }

    /// Puts a workflow on top, or settles the caller with a fault if the inputs don't fit its schema.
    pub(super) fn call(&mut self, workflow: usize, path: std::sync::Arc<str>, inputs: Object, caller: Caller) {
        let plan = self.plan.clone();
        match inputs::prepare(plan.workflows[workflow].inputs.as_ref(), inputs) {
            Ok(inputs) => self.push(workflow, path, inputs, caller),
            Err(problems) => {
                let fault = invalid_inputs(&plan.workflows[workflow].id, &problems);
                self.finish(Status::Failed, EndedBy::Fault, Some(fault));
            }
        }
    }

    fn push(&mut self, workflow: usize, path: std::sync::Arc<str>, inputs: Object, caller: Caller) {
        let plan = self.plan.clone();
        for value in inputs::secret_values(plan.workflows[workflow].inputs.as_ref(), &inputs) {
            self.secrets.add_value(value);
        }
        self.frames.push(Frame::new(workflow, &plan.workflows[workflow], path, inputs, caller));
        self.state = State::Begin;
    }

    /// Leaves the top frame's workflow for another, whose result becomes its own.
    fn transfer(&mut self, workflow: usize, inputs: Object) {
        let plan = self.plan.clone();
        match inputs::prepare(plan.workflows[workflow].inputs.as_ref(), inputs) {
            Ok(inputs) => {
                let Some(left) = self.frames.pop() else { return };
                let (from, to) = (plan.workflows[left.workflow].id.clone(), plan.workflows[workflow].id.clone());
                self.emit(EventKind::WorkflowTransferred { path: left.path.to_string(), from, to });
                self.push(workflow, left.path, inputs, left.caller);
                self.top_mut().deadline = left.deadline;
            }
            Err(problems) => {
                let fault = invalid_inputs(&plan.workflows[workflow].id, &problems);
                self.finish(Status::Failed, EndedBy::Fault, Some(fault));
            }
        }
    }

    /// The current inputs that a workflow declares, overlaid by those given.
    pub(super) fn declared_inputs(&self, workflow: usize, given: Object) -> Object {
        let schema = self.plan.workflows[workflow].inputs.as_ref();
        let own = self.top().inputs.iter();
        let declared = own.filter(|(name, _)| inputs::property(schema, name).is_some());
        let mut all: Object = declared.map(|(name, value)| (name.clone(), value.clone())).collect();
        all.extend(given);
        all
    }

    pub(super) fn parameter_values(&self, parameters: &[Parameter]) -> Object {
        let scope = self.scope(self.top(), Hand::Nothing);
        let value = |template: &Template| template::evaluate(template, &scope, Embedding::Text).value;
        parameters.iter().filter_map(|parameter| Some((parameter.name.clone(), value(&parameter.value)?))).collect()
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
            Next::Reference(crate::plan::Destination::Step(step), _) => {
                let frame = self.top_mut();
                frame.retrying = Some(frame.at);
                frame.at = step;
                self.state = State::Enter(Entry::Visit);
            }
            Next::Reference(crate::plan::Destination::Workflow(workflow), inputs) => {
                let frame = self.top();
                let step = &self.plan.workflows[frame.workflow].steps[frame.at];
                let path = format!("{}!", frame.effect(frame.at, &step.id));
                self.call(workflow, path.into(), inputs, Caller::Reference);
            }
        }
    }

    /// Settles the current step with a fault that no effect was needed for.
    pub(super) fn settle_fault(&mut self, fault: Fault) {
        let plan = self.plan.clone();
        let index = self.step_index();
        let step = &plan.workflows[index.workflow].steps[index.step];
        let scope = self.scope(self.top(), Hand::Nothing);
        let result = evaluate::evaluate(step, scope, Some(fault), self.terms(index.step, self.now));
        self.settle(result);
    }
}

fn invalid_inputs(workflow: &str, problems: &[inputs::Problem]) -> Fault {
    let all: Vec<String> = problems.iter().map(ToString::to_string).collect();
    let message = format!("the inputs of workflow `{workflow}` are refused by its schema: {}", all.join("; "));
    Fault::new(FaultKind::InvalidInputs, Phase::Build, message)
}
