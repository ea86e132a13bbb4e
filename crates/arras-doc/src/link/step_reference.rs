//! References to steps: `dependsOn`, and where `goto` and `retry` lead.

use std::collections::HashSet;

use crate::arazzo::{Action, ActionTarget, Document, Step, StepReference, Workflow};
use crate::diagnostic::Severity;
use crate::rule;
use crate::span::{Span, Spanned};

use super::linker::Linker;
use super::{DependencyTarget, WorkflowTarget};

impl<'d> Linker<'d> {
    /// The step that a `dependsOn` entry names (ARZ-STEP-32).
    pub(super) fn dependency(
        &mut self,
        workflow: &'d Workflow,
        index: usize,
        reference: &Spanned<StepReference>,
    ) -> Option<DependencyTarget> {
        match &reference.value {
            StepReference::Local(step) => {
                let step = self.step(workflow, step, reference.span)?;
                Some(DependencyTarget { workflow: WorkflowTarget { source: None, workflow: index }, step })
            }
            StepReference::InWorkflow { workflow, step } => {
                let target = self.workflow(&Spanned::new(workflow.clone(), reference.span))?;
                let document = self.document_of(target)?;
                let step = self.step(&document.workflows[target.workflow], step, reference.span)?;
                Some(DependencyTarget { workflow: target, step })
            }
        }
    }

    /// The description that has a workflow.
    pub(super) fn document_of(&self, target: WorkflowTarget) -> Option<&'d Document> {
        self.sources.document_of(self.document, target)
    }

    /// The index of a step; one that does not exist is noted (ARZ-SUCC-06, ARZ-FAIL-07).
    pub(super) fn step(&mut self, workflow: &'d Workflow, step_id: &str, span: Span) -> Option<usize> {
        if let Some(index) = workflow.step_index(step_id) {
            return Some(index);
        }
        let names = workflow.steps.iter().map(|step| step.step_id.as_str());
        let near = self.nearest(step_id, names).and_then(|near| workflow.step_index(near));
        let near = near.map(|index| &workflow.steps[index].step_id);
        let here = self.document.workflows.iter().any(|own| std::ptr::eq(own, workflow));
        let message = format!("the workflow `{}` has no step `{step_id}`", workflow.workflow_id.value);
        let near = near.map(|id| (id.as_str(), if here { id.span } else { Span::default() }));
        self.unknown(rule::UNKNOWN_STEP, span, step_id, message, near);
        self.offer("it has", workflow.steps.iter().map(|step| step.step_id.as_str()));
        None
    }

    /// Where the actions of a step lead.
    pub(super) fn check_step_actions(&mut self, workflow: &'d Workflow, step: &'d Step) {
        let document = self.document;
        let success = step.on_success.iter().filter_map(|entry| document.success_action(entry));
        let failure = step.on_failure.iter().filter_map(|entry| document.failure_action(entry));
        success.chain(failure).for_each(|action| self.action(workflow, action));
    }

    /// Where the actions of all steps lead.
    pub(super) fn check_workflow_actions(&mut self, workflow: &'d Workflow) {
        let document = self.document;
        let success = workflow.success_actions.iter().filter_map(|entry| document.success_action(entry));
        let failure = workflow.failure_actions.iter().filter_map(|entry| document.failure_action(entry));
        success.chain(failure).for_each(|action| self.action(workflow, action));
    }

    /// Where actions among the components lead that nobody uses, as far as that is the same for all who might: they do no
    /// harm yet.
    pub(super) fn check_component_actions(&mut self) {
        let document = self.document;
        let mut used = HashSet::new();
        for workflow in &document.workflows {
            let steps = workflow.steps.iter();
            let success = steps.clone().flat_map(|step| &step.on_success).chain(&workflow.success_actions);
            let failure = steps.flat_map(|step| &step.on_failure).chain(&workflow.failure_actions);
            used.extend(success.filter_map(|entry| document.success_action(entry)).map(std::ptr::from_ref));
            used.extend(failure.filter_map(|entry| document.failure_action(entry)).map(std::ptr::from_ref));
        }
        let components = &document.components;
        for component in components.success_actions.values().chain(components.failure_actions.values()) {
            let Some(ActionTarget::Workflow(reference)) = &component.value.target else { continue };
            if !used.contains(&std::ptr::from_ref(&component.value)) {
                let before = self.diagnostics.len();
                self.workflow(reference);
                let found = self.diagnostics.iter_mut().skip(before);
                found.for_each(|one| one.severity = one.severity.min(Severity::Warning));
            }
        }
    }

    fn action(&mut self, workflow: &'d Workflow, action: &'d Action) {
        match &action.target {
            Some(ActionTarget::Step(step)) if !step.is_empty() => drop(self.step(workflow, step, step.span)),
            Some(ActionTarget::Workflow(reference)) => drop(self.workflow(reference)),
            _ => {}
        }
    }
}
