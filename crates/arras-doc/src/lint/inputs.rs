//! Inputs: those that nothing reads, and those that a called workflow needs.

use std::collections::HashSet;
use std::rc::Rc;

use crate::arazzo::{ActionTarget, ActionType, InputProperty, Inputs, StepTarget, Version, Workflow};
use crate::link::{Target, WorkflowTarget, workflow_target};
use crate::openapi::{Content, Description, Schema};
use crate::rule;
use crate::span::Span;
use crate::suggest;

use super::read_inputs::{Read, ReadInputs};
use super::replaced::Replaced;
use super::shape::Shape;
use super::value::{Medium, Sent};
use super::{Lint, Scope, unread};

/// How a workflow comes to run another.
#[derive(Clone, Copy)]
enum Via {
    /// A step calls it.
    Call,
    /// An action goes there.
    Action,
}

impl<'d> Lint<'d> {
    /// Every input that a workflow declares is read somewhere.
    pub(super) fn check_inputs(&mut self, workflow: &'d Workflow, index: usize) {
        let Some(inputs) = &workflow.inputs else { return };
        let own = self.document.tree.at(&format!("/workflows/{index}")).map_or("", |node| node.source_text());
        let own = Read::after("$inputs", own);
        let document = self.document;
        let shared = Rc::clone(self.read_inputs.get_or_insert_with(|| Rc::new(ReadInputs::of(document))));
        let others = shared.of_workflow(&workflow.workflow_id.value);
        let read: Vec<&Read<'_>> = [&own, &shared.in_components].into_iter().chain(others).collect();
        // the whole map
        if read.iter().any(|one| one.all) {
            return;
        }
        // to a workflow that is not known, any of them may be passed
        let Some(passed) = self.inputs_passed_by_name(workflow, index) else { return };
        let mut unfilled = None;
        for property in inputs.properties.iter() {
            let name = property.name.as_str();
            if passed.contains(name) || read.iter().any(|one| one.has(name)) {
                continue;
            }
            // one that workflows share is told once
            if !self.told.insert((rule::UNUSED_INPUT.id, Some((self.source(), property.name.span)))) {
                continue;
            }
            let message = format!("the input `{name}` is never read");
            let required = property.required;
            let unfilled = unfilled.get_or_insert_with(|| unread::unfilled(document, workflow)).get(name).copied();
            let diagnostic = self.note(rule::UNUSED_INPUT, property.name.span, message);
            diagnostic.help = Some(match unfilled {
                Some(step) => format!(
                    "`{{{name}}}` in the `operationPath` of the step `{step}` is not filled: give it as a path parameter, \
                     `{{name: {name}, in: path, value: $inputs.{name}}}`"
                ),
                None => unread::removal(name, required),
            });
        }
    }

    /// The inputs of workflows that this one goes to or waits for, which get those of the same name; `None`
    /// where one of them is not known.
    fn inputs_passed_by_name(&self, workflow: &'d Workflow, index: usize) -> Option<HashSet<&'d str>> {
        let document = self.document;
        let mut targets = self.waited_for(index)?;
        for step in &workflow.steps {
            let actions =
                document.success_actions(workflow, step).into_iter().chain(document.failure_actions(workflow, step));
            for action in actions {
                if let Some(ActionTarget::Workflow(reference)) = &action.target {
                    targets.push(workflow_target(document, self.sources, reference)?);
                }
            }
        }
        let declared = targets.into_iter().filter_map(|target| self.workflow_of(target)?.inputs.as_deref());
        let declared: Vec<&Inputs> = declared.collect();
        let known = !declared.iter().any(|inputs| inputs.open);
        let names =
            declared.into_iter().flat_map(|inputs| inputs.properties.iter()).map(|property| property.name.as_str());
        known.then(|| names.collect())
    }

    /// The workflows that have run before this one begins; `None` where another description's depend on more.
    fn waited_for(&self, index: usize) -> Option<Vec<WorkflowTarget>> {
        let of = |index: usize| self.links.workflows.get(index).map(|links| links.depends_on.as_slice());
        let mut found: Vec<WorkflowTarget> = of(index).unwrap_or_default().iter().flatten().copied().collect();
        let mut seen: HashSet<WorkflowTarget> = found.iter().copied().collect();
        let mut at = 0;
        while let Some(target) = found.get(at).copied() {
            at += 1;
            if target.source.is_some() {
                self.workflow_of(target).filter(|workflow| workflow.depends_on.is_empty())?;
            } else {
                let more = of(target.workflow).unwrap_or_default().iter().flatten().copied();
                found.extend(more.filter(|more| seen.insert(*more)));
            }
        }
        Some(found)
    }

    fn workflow_of(&self, target: WorkflowTarget) -> Option<&'d Workflow> {
        self.sources.document_of(self.document, target)?.workflows.get(target.workflow)
    }

    /// The schemas of the description that has a workflow.
    fn schemas_of(&self, target: WorkflowTarget) -> Option<&'d Description> {
        match target.source {
            None => Some(self.own),
            Some(source) => self.others.get(source)?.as_ref(),
        }
    }

    /// A step that calls a workflow gives it what it requires, and nothing that it does not declare (ARZ-STEP-13).
    pub(super) fn check_called_inputs(&mut self, scope: Scope<'d>) {
        let document = self.document;
        if let (Some(Target::Workflow(target)), Some(StepTarget::WorkflowId(reference)), None) =
            (&scope.links.target, &scope.step.target, scope.inherited)
        {
            let given = document.parameters(scope.workflow, scope.step);
            if let Some(called) = self.workflow_of(*target) {
                let schemas = self.schemas_of(*target);
                // parameters of all steps are for those that declare them
                let of_step = scope.step.parameters.iter().filter_map(|entry| document.parameter(entry));
                let of_step: HashSet<&str> = of_step.map(|one| one.parameter.name.as_str()).collect();
                let mut names: Vec<&str> = given.iter().map(|one| one.parameter.name.as_str()).collect();
                for one in &given {
                    let meant = of_step.contains(one.parameter.name.as_str());
                    let misspelt = self.given_input(scope, called, schemas, meant, one, &names);
                    names.extend(misspelt);
                }
                self.missing_inputs(scope.workflow, called, &names, reference.span, Via::Call);
            }
        }
        for (action, scope) in self.scoped_actions(scope) {
            let goes = action.action_type.as_ref().is_some_and(|one| one.value != ActionType::End);
            let Some(ActionTarget::Workflow(reference)) = action.target.as_ref().filter(|_| goes) else { continue };
            let Some(target) = workflow_target(document, self.sources, reference) else { continue };
            let Some(called) = self.workflow_of(target) else { continue };
            let given: Vec<_> = action.parameters.iter().filter_map(|entry| document.parameter(entry)).collect();
            let schemas = self.schemas_of(target);
            let mut names: Vec<&str> = given.iter().map(|one| one.parameter.name.as_str()).collect();
            for one in &given {
                let misspelt = self.given_input(scope, called, schemas, true, one, &names);
                names.extend(misspelt);
            }
            // those of the same name are handed on
            let inherited = scope.workflow.inputs.iter().flat_map(|inputs| inputs.properties.iter());
            names.extend(inherited.map(|property| property.name.as_str()));
            if scope.workflow.inputs.as_ref().is_none_or(|inputs| !inputs.open) {
                self.missing_inputs(scope.workflow, called, &names, reference.span, Via::Action);
            }
        }
    }

    fn missing_inputs(&mut self, caller: &'d Workflow, called: &'d Workflow, given: &[&str], span: Span, via: Via) {
        let Some(inputs) = &called.inputs else { return };
        let missing = inputs.properties.iter().filter(|one| one.required && one.default.is_none());
        let given: HashSet<&str> = given.iter().copied().collect();
        for property in missing.filter(|property| !given.contains(property.name.as_str())) {
            let name = &property.name.value;
            let id = &called.workflow_id.value;
            let own = caller.inputs.as_ref().and_then(|inputs| inputs.property(name));
            let parameter = match own {
                Some(_) => format!("add the parameter `{{name: {name}, value: $inputs.{name}}}`"),
                None => format!("add a parameter with `name: {name}`"),
            };
            let (message, help) = match via {
                Via::Call => (format!("the workflow `{id}` requires the input `{name}`"), parameter),
                Via::Action => {
                    let message = format!("the workflow `{id}` requires the input `{name}`, which nothing gives it");
                    let help = match self.document.version {
                        Version::V1_0 => format!(
                            "declare an input `{name}` in this workflow, which is passed on by its name; with \
                             `arazzo: 1.1.0` an action may have parameters"
                        ),
                        Version::V1_1 => parameter,
                    };
                    (message, help)
                }
            };
            self.note(rule::MISSING_INPUT, span, message).help = Some(help);
        }
    }

    /// One of the inputs that are given to a workflow of the description with those `schemas`; `meant` for it, or for those
    /// that declare such an input. Gives the name of the required input that it is misspelt for, where that is said.
    fn given_input(
        &mut self,
        scope: Scope<'d>,
        called: &'d Workflow,
        schemas: Option<&'d Description>,
        meant: bool,
        given: &crate::arazzo::ResolvedParameter<'d>,
        names: &[&str],
    ) -> Option<&'d str> {
        let inputs = called.inputs.as_ref()?;
        let name = given.parameter.name.as_str();
        let Some(property) = inputs.property(name) else {
            if inputs.open || name.is_empty() || !meant {
                return None;
            }
            let near = self.nearest(name, inputs.properties.iter().map(|one| one.name.as_str()));
            let missing =
                |one: &&InputProperty| one.required && one.default.is_none() && !names.contains(&one.name.as_str());
            // one mistake: what is required is missing because it is given by a wrong name
            if let Some(required) = near.and_then(|near| inputs.property(near)).filter(missing) {
                let (id, required) = (&called.workflow_id.value, required.name.as_str());
                let message = format!("the workflow `{id}` requires the input `{required}`, and declares no `{name}`");
                let diagnostic = self.note(rule::MISSING_INPUT, given.span, message);
                diagnostic.help = Some(format!("did you mean `{required}`?"));
                return Some(required);
            }
            let message = format!("the workflow `{}` declares no input `{name}`", called.workflow_id.value);
            let diagnostic = self.note(rule::UNKNOWN_INPUT, given.span, message);
            diagnostic.help = match near {
                Some(near) => Some(format!("did you mean `{near}`?")),
                None if inputs.properties.is_empty() => Some("remove it: the workflow declares no inputs".into()),
                None => {
                    let names = inputs.properties.iter().map(|one| one.name.as_str());
                    Some(format!("it declares {}", suggest::enumerated(names)))
                }
            };
            return None;
        };
        let (value, schemas) = given.value.zip(schemas)?;
        let shape = Shape::of([Schema::at(schemas.place(property.schema))]);
        let node = self.document.tree.node(value.node);
        let sent = Sent {
            scope: Some(scope),
            workflow: scope.workflow,
            index: scope.index,
            medium: Medium::Json,
            replaced: Replaced::default(),
            unknown: None,
        };
        let found = sent.check(self, node, Some(&value.template), &shape, self.value_span(given));
        self.diagnostics.extend(found);
        None
    }

    /// Where to point for the value of a parameter: at it, unless it spans lines.
    fn value_span(&self, given: &crate::arazzo::ResolvedParameter<'d>) -> Span {
        let value = given.value.map(|value| self.document.tree.node(value.node));
        value.filter(|node| !node.source_text().contains('\n')).map_or(given.span, |node| node.span())
    }

    /// The values of a step's parameters against their schemas (ARZ-PARAM-15).
    pub(super) fn check_parameters(&mut self, scope: Scope<'d>, call: &super::call::Call<'d>) {
        let document = self.document;
        let own = scope.step.parameters.iter().filter(|entry| document.parameter(entry).is_some()).count();
        for (at, given) in document.parameters(scope.workflow, scope.step).into_iter().enumerate() {
            let (Some(location), Some(value)) = (&given.parameter.location, given.value) else { continue };
            let name = given.parameter.name.as_str();
            let Some(declared) = call.parameter(location.value.as_str(), name) else { continue };
            // those of the workflow are the same for all steps that call the operation
            let place = declared.place.source();
            if at >= own && !self.shared.insert((scope.index, value.node, (place, declared.place.node().id()))) {
                continue;
            }
            let node = document.tree.node(value.node);
            let is_form = |content: &Content<'_>| content.parsed().is_some_and(|media_type| media_type.is_form());
            let content = declared.content.as_ref();
            let is_form_text = node.as_str().is_some() && content.is_some_and(is_form);
            let Some(schema) = (match content {
                Some(content) => content.schema().filter(|_| is_form_text),
                None => declared.schema(),
            }) else {
                continue;
            };
            let sent = Sent {
                scope: Some(scope),
                workflow: scope.workflow,
                index: scope.index,
                medium: Medium::Text,
                replaced: Replaced::default(),
                unknown: None,
            };
            if is_form_text {
                self.check_form_text(&sent, scope, node, &Shape::of([schema]), self.value_span(&given));
                continue;
            }
            let found = sent.check(self, node, Some(&value.template), &Shape::of([schema]), self.value_span(&given));
            self.diagnostics.extend(found);
        }
    }
}
