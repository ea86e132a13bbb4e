//! The names in runtime expressions: inputs, steps, outputs, workflows, sources, components.

use std::collections::HashMap;

use crate::arazzo::{ExpressionUse, Inputs, Output, Site, Step, StepTarget, Workflow};
use crate::diagnostic::Severity;
use crate::expression::{Expression, Root};
use crate::rule;
use crate::span::Span;

use super::linker::Linker;
use super::sources::LinkedSource;
use super::{StepLinks, Target, WorkflowTarget};

/// Where an expression stands: its workflow and, unless it is the workflow's own, its step.
#[derive(Clone, Copy)]
struct Scope<'d, 'l> {
    workflow: &'d Workflow,
    step: Option<(&'d Step, &'l StepLinks)>,
    /// The ids of the workflows that the workflow calls, each with what it is, if that is there.
    called: &'l HashMap<&'d str, Option<WorkflowTarget>>,
}

impl<'d> Linker<'d> {
    /// Every name in the expressions of a workflow and its steps.
    pub(super) fn check_expressions(&mut self, index: usize, links: &[StepLinks]) {
        let document = self.document;
        let workflow = &document.workflows[index];
        let called = workflow
            .steps
            .iter()
            .zip(links)
            .filter_map(|(step, link)| match (&step.target, &link.target) {
                (Some(StepTarget::WorkflowId(id)), Some(Target::Workflow(target))) => {
                    Some((id.workflow_id(), Some(*target)))
                }
                (Some(StepTarget::WorkflowId(id)), _) => Some((id.workflow_id(), None)),
                _ => None,
            })
            .collect();
        let own = Scope { workflow, step: None, called: &called };
        for used in document.workflow_expressions(workflow) {
            self.names(own, used);
        }
        for (step, link) in workflow.steps.iter().zip(links) {
            for used in document.step_expressions(step) {
                self.names(Scope { step: Some((step, link)), ..own }, used);
            }
        }
    }

    fn names(&mut self, scope: Scope<'d, '_>, used: ExpressionUse<'d>) {
        let (expression, span) = (used.expression, used.span);
        let name = expression.path.name.as_str();
        match &expression.root {
            Root::Inputs => self.input(scope.workflow, scope.workflow.inputs.as_deref(), name, span),
            Root::StepOutputs(step) => {
                if let Some(step) = self.step(scope.workflow, step, span) {
                    self.step_output(&scope.workflow.steps[step], name, span);
                }
            }
            Root::Step(step) => self.inside_step(scope, step, expression, span),
            Root::Outputs => self.own_output(scope, used, name),
            Root::WorkflowInputs(workflow) => {
                if let Some(workflow) = self.named_workflow(scope, workflow, span) {
                    self.input(workflow, workflow.inputs.as_deref(), name, span);
                }
            }
            Root::WorkflowOutputs(workflow) => {
                if let Some(workflow) = self.named_workflow(scope, workflow, span) {
                    let owner = format!("the workflow `{}`", workflow.workflow_id.value);
                    let here = self.is_own(workflow);
                    self.output((&owner, here), &workflow.outputs, name, span);
                }
            }
            Root::WorkflowStep { workflow, step } => {
                // of a workflow of another description it is not known which of its steps run
                if let Some(workflow) = self.named_workflow(scope, workflow, span).filter(|one| self.is_own(one))
                    && let Some(step) = self.step(workflow, step, span)
                    && let Some(name) = name.trim_start_matches('.').strip_prefix("outputs.")
                {
                    self.step_output(&workflow.steps[step], name, span);
                }
            }
            Root::SourceDescription(source) => drop(self.source(source, span)),
            Root::Component(kind) => self.component(*kind, name, span),
            _ if expression.is_of_exchange() && scope.step.is_some_and(|(step, _)| step.calls_workflow()) => {
                // an example of the specification does so: worth knowing, no more
                let message = format!("`{expression}` is that of the called workflow's last exchange");
                let help = "read what the workflow gives back: `$outputs.NAME`";
                let found = self.note(rule::DOUBTFUL_EXPRESSION, span, message);
                (found.help, found.severity) = (Some(help.into()), Severity::Advice);
            }
            Root::Request(part) => {
                if let Some((_, StepLinks { target: Some(Target::Operation(target)), .. })) = scope.step {
                    self.check_read(target, part, span);
                }
            }
            _ => {}
        }
    }

    /// `$steps.s.name`: an output, or a part of the exchange.
    fn inside_step(&mut self, scope: Scope<'d, '_>, step: &str, expression: &'d Expression, span: Span) {
        let Some(step) = self.step(scope.workflow, step, span) else { return };
        if expression.within_step().is_none() {
            self.step_output(&scope.workflow.steps[step], &expression.path.name, span);
        }
    }

    fn step_output(&mut self, step: &'d Step, name: &str, span: Span) {
        let owner = format!("the step `{}`", step.step_id.value);
        self.output((&owner, true), &step.outputs, name, span);
    }

    /// An output is declared, under the whole name or a beginning of it (A-23, ARZ-EXPR-14); its owner is one of this
    /// description, or not.
    fn output(&mut self, (owner, here): (&str, bool), outputs: &'d [Output], name: &str, span: Span) {
        let names = self.names_of(outputs, |output| output.name.as_str());
        if name.is_empty() || is_declared(name, |prefix| names.contains(prefix)) {
            return;
        }
        let near = self.nearest(first_name(name), outputs.iter().map(|output| output.name.as_str()));
        let near = near.and_then(|near| outputs.iter().find(|output| output.name.as_str() == near));
        let message = format!("{owner} has no output `{}`", first_name(name));
        let place = |declared: Span| if here { declared } else { Span::default() };
        let near = near.map(|output| (output.name.as_str(), place(output.name.span)));
        self.unknown(rule::UNKNOWN_OUTPUT, span, first_name(name), message, near);
        self.offer("it has", outputs.iter().map(|output| output.name.as_str()));
        if outputs.is_empty() {
            let help = format!("declare it: `outputs` with `{}`", first_name(name));
            if let Some(diagnostic) = self.diagnostics.last_mut() {
                diagnostic.help = Some(help);
            }
        }
    }

    /// An input is declared (ARZ-EXPR-32). `__proto__` is what other languages keep behind their objects: whoever writes it
    /// is after something that no input is.
    fn input(&mut self, workflow: &'d Workflow, inputs: Option<&'d Inputs>, name: &str, span: Span) {
        let declared = inputs.map(|inputs| inputs.properties.as_slice()).unwrap_or_default();
        let names = self.names_of(declared, |property| property.name.as_str());
        if first_name(name) == "__proto__" {
            let message = "no input is called `__proto__`".to_owned();
            self.note(rule::UNKNOWN_INPUT, span, message).severity = Severity::Error;
            return;
        }
        if name.is_empty()
            || inputs.is_some_and(|inputs| inputs.open)
            || is_declared(name, |prefix| names.contains(prefix))
        {
            return;
        }
        let near = self.nearest(first_name(name), declared.iter().map(|property| property.name.as_str()));
        let near = near.and_then(|near| declared.iter().find(|property| property.name.as_str() == near));
        let message = format!("the workflow `{}` declares no input `{}`", workflow.workflow_id.value, first_name(name));
        let place = |declared: Span| if self.is_own(workflow) { declared } else { Span::default() };
        let near = near.map(|property| (property.name.as_str(), place(property.name.span)));
        self.unknown(rule::UNKNOWN_INPUT, span, first_name(name), message, near);
        self.offer("it declares", declared.iter().map(|property| property.name.as_str()));
    }

    /// `$outputs.name`: of the called workflow, or of the running one.
    fn own_output(&mut self, scope: Scope<'d, '_>, used: ExpressionUse<'d>, name: &str) {
        let called = match scope.step {
            Some((_, link)) if used.site != Site::Request => match &link.target {
                Some(Target::Workflow(target)) => self.workflow_of(*target),
                _ => None,
            },
            _ => None,
        };
        let of_called = called.map(|workflow| workflow.outputs.as_slice()).unwrap_or_default();
        let (called_names, own_names) = (
            self.names_of(of_called, |output| output.name.as_str()),
            self.names_of(&scope.workflow.outputs, |output| output.name.as_str()),
        );
        let declared = |prefix: &str| called_names.contains(prefix) || own_names.contains(prefix);
        // nor is it known what a step calls that names several
        let unloaded = scope
            .step
            .is_some_and(|(step, link)| link.target.is_none() && (step.calls_workflow() || step.target.is_none()));
        if name.is_empty() || unloaded || is_declared(name, declared) {
            return;
        }
        let owner = called.unwrap_or(scope.workflow);
        let before = self.diagnostics.len();
        let (words, here) = (format!("the workflow `{}`", owner.workflow_id.value), self.is_own(owner));
        self.output((&words, here), &owner.outputs, name, used.span);
        // it is absent then, which a condition may well ask for, and what no workflow was called for may come to be
        let certain = called.is_some() && used.site == Site::Outputs;
        let severity = if certain { Severity::Error } else { Severity::Warning };
        self.diagnostics.iter_mut().skip(before).for_each(|diagnostic| diagnostic.severity = severity);
    }

    /// Whether a workflow is one of this description.
    fn is_own(&self, workflow: &Workflow) -> bool {
        self.document.workflows.as_ptr_range().contains(&std::ptr::from_ref(workflow))
    }

    pub(super) fn workflow_of(&self, target: WorkflowTarget) -> Option<&'d Workflow> {
        match target.source.map(|source| self.sources.get(source)) {
            None => self.document.workflows.get(target.workflow),
            Some(LinkedSource::Arazzo(other)) => other.workflows.get(target.workflow),
            Some(_) => None,
        }
    }

    /// The workflow of `$workflows.NAME`: one of this description, or one that a step calls.
    fn named_workflow(&mut self, scope: Scope<'d, '_>, name: &str, span: Span) -> Option<&'d Workflow> {
        let document = self.document;
        if let Some(index) = document.workflow_index(name) {
            return document.workflows.get(index);
        }
        if let Some(target) = scope.called.get(name) {
            return target.and_then(|target| self.workflow_of(target));
        }
        // what a step calls by a name that is wrong may be what is meant
        if scope.called.values().any(Option::is_none) {
            return None;
        }
        let home = (0..document.source_descriptions.len()).find(|index| match self.sources.get(*index) {
            LinkedSource::Arazzo(other) => other.workflow_index(name).is_some(),
            _ => false,
        });
        if let Some(home) = home {
            let source = &document.source_descriptions[home].name.value;
            let message =
                format!("there is no workflow `{name}` in this document, and no step calls that of `{source}`");
            let help = format!(
                "call it in a step, `workflowId: $sourceDescriptions.{source}.{name}`, and read `$outputs.NAME` there"
            );
            self.note(rule::UNKNOWN_WORKFLOW, span, message).help = Some(help);
            return None;
        }
        let ids = document.workflows.iter().map(|workflow| workflow.workflow_id.as_str());
        let near = self.nearest(name, ids).and_then(|near| document.workflow_index(near));
        let near = near.map(|index| &document.workflows[index].workflow_id);
        let message = format!("there is no workflow `{name}`");
        self.unknown(rule::UNKNOWN_WORKFLOW, span, name, message, near.map(|id| (id.as_str(), id.span)));
        self.offer("there are", document.workflows.iter().map(|workflow| workflow.workflow_id.as_str()));
        None
    }
}

/// Whether the name as a whole, or what stands before one of its dots and brackets, is declared.
fn is_declared(name: &str, declared: impl Fn(&str) -> bool) -> bool {
    let cuts = name.match_indices(['.', '[']).map(|(at, _)| at);
    declared(name) || cuts.take(32).any(|at| at > 0 && declared(&name[..at]))
}

/// What stands before the first dot or bracket.
fn first_name(name: &str) -> &str {
    name.split(['.', '[']).next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_go_on_with_navigation() {
        let declared = |name: &str| matches!(name, "user" | "a.b");
        for name in ["user", "user.name", "user[0]", "a.b", "a.b.c[1]"] {
            assert!(is_declared(name, declared), "{name}");
        }
        for name in ["users", "a", "a.c", "", ".user"] {
            assert!(!is_declared(name, declared), "{name}");
        }
    }
}
