//! The names in runtime expressions: inputs, steps, outputs, workflows, sources, components.

use indexmap::IndexMap;

use crate::arazzo::{ExpressionUse, Inputs, Output, Site, Step, Workflow};
use crate::diagnostic::Severity;
use crate::expression::{Expression, Root};
use crate::rule;
use crate::span::Span;

use super::linker::Linker;
use super::outcome::named_workflows;
use super::sources::LinkedSource;
use super::{StepLinks, Target, WorkflowLinks, WorkflowTarget};

/// Where an expression stands: its workflow and, unless it is the workflow's own, its step.
#[derive(Clone, Copy)]
struct Scope<'d, 'l> {
    workflow: &'d Workflow,
    step: Option<(&'d Step, &'l StepLinks)>,
    /// What the ids of the workflows stand for that the workflow calls or depends on.
    named: &'l IndexMap<&'d str, Vec<Option<WorkflowTarget>>>,
}

impl<'d> Linker<'d> {
    /// Every name in the expressions of a workflow and its steps.
    pub(super) fn check_expressions(&mut self, index: usize, links: &WorkflowLinks) {
        let document = self.document;
        let workflow = &document.workflows[index];
        let named = named_workflows(document, self.sources, workflow, links);
        let own = Scope { workflow, step: None, named: &named };
        for used in document.workflow_expressions(index) {
            self.names(own, used);
        }
        for (step, link) in workflow.steps.iter().zip(&links.steps) {
            for used in document.step_expressions(index, step) {
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
                let target = self.named_workflow(scope, workflow, span);
                if let Some(workflow) = target.and_then(|target| self.workflow_of(target)) {
                    self.input(workflow, workflow.inputs.as_deref(), name, span);
                }
            }
            Root::WorkflowOutputs(workflow) => {
                let target = self.named_workflow(scope, workflow, span);
                if let Some(given) = target.and_then(|target| self.given(target)) {
                    self.output(&given, name, span);
                }
            }
            Root::WorkflowStep { workflow, step } => {
                let target = self.named_workflow(scope, workflow, span);
                // of a workflow of another description it is not known which of its steps run
                if let Some(target) = target.filter(|target| target.source.is_none())
                    && let Some(workflow) = self.workflow_of(target)
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
                    self.check_read(target, part, used);
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
        self.output(&Given { owner, lists: vec![(&step.outputs, true)] }, name, span);
    }

    /// What a workflow gives: its outputs, or those of one that it goes on to; `None` if that is not known.
    fn given(&mut self, target: WorkflowTarget) -> Option<Given<'d>> {
        let outcomes = self.outcomes(target)?;
        let workflows: Vec<&'d Workflow> = outcomes.iter().filter_map(|one| self.workflow_of(*one)).collect();
        let id = workflows.first()?.workflow_id.as_str();
        let owner = match workflows.len() {
            1 => format!("the workflow `{id}`"),
            _ => format!("the workflow `{id}`, with all that it goes on to,"),
        };
        let lists = workflows.iter().map(|workflow| (workflow.outputs.as_slice(), self.is_own(workflow))).collect();
        Some(Given { owner, lists })
    }

    /// Whether an output is declared, under the whole name or a beginning of it (A-23, ARZ-EXPR-14).
    fn has_output(&mut self, given: &Given<'d>, name: &str) -> bool {
        let names: Vec<_> =
            given.lists.iter().map(|(outputs, _)| self.names_of(outputs, |output| output.name.as_str())).collect();
        is_declared(name, |prefix| names.iter().any(|names| names.contains(prefix)))
    }

    fn output(&mut self, given: &Given<'d>, name: &str, span: Span) {
        if name.is_empty() || self.has_output(given, name) {
            return;
        }
        let outputs = || given.lists.iter().flat_map(|(outputs, here)| outputs.iter().map(move |one| (one, *here)));
        let near = self.nearest(first_name(name), outputs().map(|(output, _)| output.name.as_str()));
        let near = near.and_then(|near| outputs().find(|(output, _)| output.name.as_str() == near));
        let message = format!("{} has no output `{}`", given.owner, first_name(name));
        let place = |declared: Span, here| if here { declared } else { Span::default() };
        let near = near.map(|(output, here)| (output.name.as_str(), place(output.name.span, here)));
        self.unknown(rule::UNKNOWN_OUTPUT, span, first_name(name), message, near);
        self.offer("it has", outputs().map(|(output, _)| output.name.as_str()));
        if outputs().next().is_none() {
            let help = format!("declare it: `outputs` with `{}`", first_name(name));
            if let Some(diagnostic) = self.diagnostics.last_mut() {
                diagnostic.help = Some(help);
            }
        }
    }

    /// An input is declared (ARZ-EXPR-32). `__proto__` is what other languages keep behind their objects: whoever writes it
    /// is after something that no input is.
    fn input(&mut self, workflow: &'d Workflow, inputs: Option<&'d Inputs>, name: &str, span: Span) {
        let declared = inputs.map(|inputs| &*inputs.properties).unwrap_or_default();
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
                Some(Target::Workflow(target)) => match self.given(*target) {
                    Some(given) => Some(given),
                    // it goes on to what is not known
                    None => return,
                },
                _ => None,
            },
            _ => None,
        };
        // nor is it known what a step calls that names several
        let unloaded = scope
            .step
            .is_some_and(|(step, link)| link.target.is_none() && (step.calls_workflow() || step.target.is_none()));
        let owner = format!("the workflow `{}`", scope.workflow.workflow_id.value);
        let own = Given { owner, lists: vec![(&scope.workflow.outputs, true)] };
        if name.is_empty() || unloaded || self.has_output(&own, name) {
            return;
        }
        let before = self.diagnostics.len();
        self.output(called.as_ref().unwrap_or(&own), name, used.span);
        // it is absent then, which a condition may well ask for, and what no workflow was called for may come to be
        let certain = called.is_some() && used.site == Site::Outputs;
        let severity = if certain { Severity::Error } else { Severity::Warning };
        self.diagnostics.iter_mut().skip(before).for_each(|diagnostic| diagnostic.severity = severity);
    }

    /// A name that workflows of two sources have stands for the first of them.
    fn ambiguous_workflow(&mut self, name: &str, first: WorkflowTarget, span: Span) {
        let source = first.source.and_then(|source| self.document.source_descriptions.get(source));
        let Some(source) = source.map(|source| &source.name.value) else { return };
        let message = format!("workflows of two sources are called `{name}` here: it is that of `{source}`");
        let help = "read what you need of each into the outputs of the step that calls it: `$outputs.NAME`";
        self.note(rule::DOUBTFUL_EXPRESSION, span, message).help = Some(help.into());
    }

    /// Whether a workflow is one of this description.
    fn is_own(&self, workflow: &Workflow) -> bool {
        self.document.workflows.as_ptr_range().contains(&std::ptr::from_ref(workflow))
    }

    pub(super) fn workflow_of(&self, target: WorkflowTarget) -> Option<&'d Workflow> {
        self.sources.document_of(self.document, target)?.workflows.get(target.workflow)
    }

    /// The workflow of `$workflows.NAME`: one of this description, or one that a step calls, or that it depends on.
    fn named_workflow(&mut self, scope: Scope<'d, '_>, name: &str, span: Span) -> Option<WorkflowTarget> {
        let document = self.document;
        if let Some(workflow) = document.workflow_index(name) {
            return Some(WorkflowTarget { source: None, workflow });
        }
        if let Some(targets) = scope.named.get(name) {
            if let [Some(first), Some(_)] = targets.as_slice() {
                self.ambiguous_workflow(name, *first, span);
            }
            return targets.first().copied().flatten();
        }
        // what a step calls by a name that is wrong may be what is meant
        if scope.named.values().flatten().any(Option::is_none) {
            return None;
        }
        let home = (0..document.source_descriptions.len()).find(|index| match self.sources.get(*index) {
            LinkedSource::Arazzo(other) => other.workflow_index(name).is_some(),
            _ => false,
        });
        if let Some(home) = home {
            let source = &document.source_descriptions[home].name.value;
            let message = format!(
                "there is no workflow `{name}` in this document, and this one does not call that of `{source}`"
            );
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

/// Lists of outputs of which one may be given, and whose they are.
struct Given<'d> {
    owner: String,
    /// Each with whether it stands in this description.
    lists: Vec<(&'d [Output], bool)>,
}

/// Whether the name as a whole, or what stands before one of its dots and brackets, is declared.
fn is_declared(name: &str, declared: impl Fn(&str) -> bool) -> bool {
    declared_name(name, declared).is_some()
}

/// The declared name that a text begins with, the longest one: the whole, or what stands before one of its dots and brackets
///
pub(crate) fn declared_name(name: &str, declared: impl Fn(&str) -> bool) -> Option<&str> {
    let cuts: Vec<usize> = name.match_indices(['.', '[']).map(|(at, _)| at).filter(|at| *at > 0).take(32).collect();
    let beginnings = cuts.into_iter().rev().map(|at| &name[..at]);
    std::iter::once(name).chain(beginnings).find(|name| declared(name))
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
        for (name, expected) in [("a.b.c", "a.b"), ("a.c", "a"), ("a[0]", "a"), ("a.b", "a.b")] {
            assert_eq!(declared_name(name, |name| matches!(name, "a" | "a.b")), Some(expected), "{name}");
        }
    }
}
