//! A step of the plan.

use core::time::Duration;
use std::sync::OnceLock;

use arras_doc::arazzo;
use arras_doc::diagnostic::{Diagnostic, Severity, has_errors};
use arras_doc::expression::{Expression, Template};
use arras_doc::link;
use arras_doc::openapi::{Location, Schema};
use arras_doc::rule;
use arras_doc::span::Spanned;

use super::operation::Shapes;
use super::{At, Builder, Key, SetParameter};
use crate::place::Place;
use crate::plan::{Parameter, RequestBody, Scalar, Step, StepIndex, Strictness, Target};
use crate::request;

impl<'b> Builder<'b, '_> {
    pub(super) fn step(&mut self, key: Key, index: usize) -> Step {
        let linked = self.linked(key.document);
        let document = &*linked.document;
        let workflow = &document.workflows[key.workflow];
        let step = &workflow.steps[index];
        let links = &linked.links.workflows[key.workflow].steps[index];
        let place = self.place(key.document, step.step_id.span);
        let (target, shapes) = self.step_target(At { key, step: index }, links.target.as_ref(), step, place);
        let calls_workflow = matches!(target, Target::Workflow(_));
        let parameters = self.parameters(key, step, links.target.as_ref(), &shapes);
        let body = step.request_body.as_ref().filter(|_| !calls_workflow).map(|body| self.body(key, body, &shapes));
        self.check_body(&target, &parameters, body.as_ref());
        let body = body.map(Box::new);
        let depends_on = links.depends_on.iter().flatten().filter_map(|needed| {
            let workflow = self.target(key.document, needed.workflow)?;
            Some(StepIndex { workflow, step: needed.step })
        });
        Step {
            depends_on: depends_on.collect(),
            parameters,
            body,
            criteria: self.criteria(key, &step.success_criteria),
            on_success: self.actions(key, document.success_actions(workflow, step)),
            on_failure: self.actions(key, document.failure_actions(workflow, step)),
            outputs: self.outputs(key, &step.outputs),
            timeout: step.timeout.as_ref().map(|timeout| Duration::from_millis(timeout.value)),
            retained: Vec::new(),
            credentials: Vec::new(),
            unchanging: OnceLock::new(),
            id: step.step_id.value.clone(),
            target,
            place,
        }
    }

    fn step_target(
        &mut self,
        at: At,
        target: Option<&link::Target>,
        step: &arazzo::Step,
        place: Place,
    ) -> (Target, Shapes<'b>) {
        let found = match target {
            Some(link::Target::Operation(operation)) => match self.operation(at, operation) {
                Ok((operation, shapes)) => return (Target::Operation(operation), shapes),
                Err(diagnostics) => {
                    self.diagnostics.extend(diagnostics);
                    None
                }
            },
            Some(link::Target::Workflow(workflow)) => self.target(at.key.document, *workflow),
            Some(link::Target::Message(_)) => {
                let message =
                    format!("step `{}` sends or receives a message, which is not supported yet", step.step_id.value);
                let help = "steps that call OpenAPI operations and workflows can be run";
                self.error(rule::UNSUPPORTED_FEATURE, place, message, help);
                None
            }
            None => None,
        };
        if found.is_none() && !has_errors(&self.diagnostics) {
            // whoever read or loaded the documents has said more, but a plan with such a step must never run
            let message = format!("it is not known what step `{}` calls", step.step_id.value);
            self.error(rule::UNKNOWN_OPERATION, place, message, "");
        }
        (Target::Workflow(found.unwrap_or(0)), Shapes::default())
    }

    /// What a step that calls an operation sets, whatever the values are.
    pub(super) fn set_parameters(&self, at: At) -> Vec<SetParameter> {
        let document = &*self.linked(at.key.document).document;
        let workflow = &document.workflows[at.key.workflow];
        let merged = document.parameters(workflow, &workflow.steps[at.step]);
        let set = |resolved: &arazzo::ResolvedParameter<'_>| {
            let location = location(resolved.parameter.location.as_ref()?.value);
            let (name, place) = (resolved.parameter.name.value.clone(), self.place(at.key.document, resolved.span));
            resolved.value.is_some().then_some(SetParameter { location, name, place })
        };
        merged.iter().filter_map(set).collect()
    }

    /// The step's own parameters and those of its workflow that it does not redefine (ARZ-STEP-15).
    fn parameters(
        &mut self,
        key: Key,
        step: &arazzo::Step,
        target: Option<&link::Target>,
        shapes: &Shapes<'b>,
    ) -> Vec<Parameter> {
        let document = &*self.linked(key.document).document;
        let merged = document.parameters(&document.workflows[key.workflow], step);
        let own = step.parameters.iter().filter(|entry| document.parameter(entry).is_some()).count();
        let inputs = match target {
            Some(link::Target::Workflow(workflow)) => Some(self.inputs_of(key.document, *workflow)),
            _ => None,
        };
        let mut parameters = Vec::with_capacity(merged.len() + shapes.own.len());
        for (at, resolved) in merged.iter().enumerate() {
            let Some(mut parameter) = self.parameter(key, resolved, inputs.is_some()) else { continue };
            if let Some(inputs) = inputs
                && !self.is_taken(&parameter, inputs, at < own)
            {
                continue;
            }
            let types = parameter.location.and_then(|location| shapes.parameter(location, &parameter.name));
            // its text is the same on the wire
            parameter.scalar = types.filter(|_| parameter.value.sole_embedded().is_some());
            parameters.push(parameter);
        }
        parameters.extend(shapes.own.iter().cloned());
        parameters
    }

    fn inputs_of(&self, document: usize, target: link::WorkflowTarget) -> Option<&'b arazzo::Inputs> {
        let key = self.key(document, target)?;
        self.linked(key.document).document.workflows.get(key.workflow)?.inputs.as_deref()
    }

    /// Whether a called workflow is given the parameter: one that all steps share only if it declares such an input
    /// one of the step itself in any case.
    fn is_taken(&mut self, parameter: &Parameter, inputs: Option<&arazzo::Inputs>, own: bool) -> bool {
        let Some(inputs) = inputs else { return own };
        if inputs.property(&parameter.name).is_some() {
            return true;
        }
        let name = &parameter.name;
        if own && !inputs.open {
            let message = format!("the called workflow declares no input `{name}`; it is passed nevertheless");
            self.note(parameter.place, Diagnostic::new(rule::UNKNOWN_INPUT, message));
        } else if !own {
            let message = format!("`{name}` is not passed to a workflow that declares no such input");
            let diagnostic = Diagnostic::new(rule::UNKNOWN_INPUT, message).severity(Severity::Advice);
            self.note(parameter.place, diagnostic);
        }
        own
    }

    pub(super) fn parameter(
        &mut self,
        key: Key,
        resolved: &arazzo::ResolvedParameter<'_>,
        calls_workflow: bool,
    ) -> Option<Parameter> {
        let location = resolved.parameter.location.as_ref().map(|written| location(written.value));
        Some(Parameter {
            name: resolved.parameter.name.value.clone(),
            location: location.filter(|_| !calls_workflow),
            value: self.value(key, &resolved.value?.template),
            scalar: None,
            credential: None,
            place: self.place(key.document, resolved.span),
        })
    }

    /// A payload that its media type can't express is refused before anything runs.
    fn check_body(&mut self, target: &Target, parameters: &[Parameter], body: Option<&RequestBody>) {
        if let (Target::Operation(operation), Some(body)) = (target, body)
            && let Some(message) = request::inexpressible(operation, parameters, body)
        {
            let help = "give the payload as a text, or another `contentType`";
            self.error(rule::INEXPRESSIBLE_PAYLOAD, body.place, message, help);
        }
    }

    /// What a text alone in its braces is read as: to the letter it stays a text.
    fn read_as(&mut self, key: Key, embedded: &Spanned<Expression>, scalar: Scalar) -> Option<Scalar> {
        if self.options.strictness == Strictness::Strict {
            return None;
        }
        let message = format!(
            "`{{{}}}` makes a text; it is sent as the {} that the API's schema asks for, if it reads as one",
            **embedded,
            scalar.name()
        );
        let help = format!("write `{}`, which keeps its type", **embedded);
        let place = self.place(key.document, embedded.span);
        self.note(place, Diagnostic::new(rule::LOOSE_VALUE, message).help(help));
        Some(scalar)
    }

    fn body(&mut self, key: Key, body: &arazzo::RequestBody, shapes: &Shapes<'b>) -> RequestBody {
        let payload = body.payload.as_ref().map(|payload| self.value(key, &payload.template));
        let content_type = body.content_type.as_ref().map(|content_type| content_type.value.clone());
        let mut scalars = Vec::new();
        if let (Some(payload), Some(schema)) = (&payload, shapes.body(content_type.as_deref())) {
            collect_scalars(payload, &schema, &mut Vec::new(), &mut scalars);
        }
        let read =
            |(path, scalar, embedded): (_, _, &Spanned<Expression>)| Some((path, self.read_as(key, embedded, scalar)?));
        let scalars = scalars.into_iter().filter_map(read).collect();
        let replacements = body.replacements.iter().filter_map(|replacement| self.replacement(key, replacement));
        RequestBody {
            replacements: replacements.collect(),
            content_type,
            payload,
            scalars,
            place: self.place(key.document, body.span),
        }
    }
}

fn location(written: arazzo::Location) -> Location {
    match written {
        arazzo::Location::Path => Location::Path,
        arazzo::Location::Query => Location::Query,
        arazzo::Location::QueryString => Location::Querystring,
        arazzo::Location::Header => Location::Header,
        arazzo::Location::Cookie => Location::Cookie,
    }
}

/// The texts alone in their braces for which the schema asks a scalar. Recurses as deep as the document.
fn collect_scalars<'t>(
    template: &'t Template,
    schema: &Schema<'_>,
    path: &mut Vec<String>,
    found: &mut Vec<(Vec<String>, Scalar, &'t Spanned<Expression>)>,
) {
    let mut descend = |token: String, child: &'t Template| {
        if let (false, Some(schema)) = (child.is_literal(), schema.child(&token)) {
            path.push(token);
            collect_scalars(child, &schema, path, found);
            path.pop();
        }
    };
    match template {
        Template::Array(items) => items.iter().enumerate().for_each(|(at, item)| descend(at.to_string(), item)),
        Template::Object(members) => members.iter().for_each(|(name, member)| descend(name.clone(), member)),
        _ => {
            let scalar = template.sole_embedded().and_then(|embedded| Some((Scalar::of(schema)?, embedded)));
            found.extend(scalar.map(|(scalar, embedded)| (path.clone(), scalar, embedded)));
        }
    }
}
