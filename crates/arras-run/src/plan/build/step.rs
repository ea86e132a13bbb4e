//! A step of the plan.

use core::time::Duration;

use arras_doc::arazzo;
use arras_doc::link;
use arras_doc::openapi::Location;
use arras_doc::rule;

use super::{At, Builder, Key};
use crate::plan::{Parameter, RequestBody, Step, StepIndex, Target};

impl Builder<'_> {
    pub(super) fn step(&mut self, key: Key, index: usize) -> Step {
        let linked = self.linked(key.document);
        let document = &*linked.document;
        let workflow = &document.workflows[key.workflow];
        let step = &workflow.steps[index];
        let links = &linked.links.workflows[key.workflow].steps[index];
        let place = self.place(key.document, step.step_id.span);
        let calls_workflow = !matches!(links.target, Some(link::Target::Operation(_)));
        let merged = document.parameters(workflow, step);
        let parameters: Vec<Parameter> =
            merged.iter().filter_map(|merged| self.parameter(key.document, merged, calls_workflow)).collect();
        let target = self.step_target(At { key, step: index, place }, links.target.as_ref(), step, &parameters);
        let depends_on = links.depends_on.iter().flatten().filter_map(|needed| {
            let workflow = self.target(key.document, needed.workflow)?;
            Some(StepIndex { workflow, step: needed.step })
        });
        Step {
            depends_on: depends_on.collect(),
            parameters,
            body: step.request_body.as_ref().filter(|_| !calls_workflow).map(|body| self.body(key.document, body)),
            criteria: self.criteria(key.document, &step.success_criteria),
            on_success: self.actions(key, document.success_actions(workflow, step)),
            on_failure: self.actions(key, document.failure_actions(workflow, step)),
            outputs: self.outputs(key.document, &step.outputs),
            timeout: step.timeout.as_ref().map(|timeout| Duration::from_millis(timeout.value)),
            retained: Vec::new(),
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
        parameters: &[Parameter],
    ) -> Target {
        let place = at.place;
        match target {
            Some(link::Target::Operation(operation)) => match self.operation(at, operation, parameters) {
                Ok(operation) => return Target::Operation(Box::new(operation)),
                Err(diagnostics) => self.diagnostics.extend(diagnostics),
            },
            Some(link::Target::Workflow(workflow)) => {
                if let Some(workflow) = self.target(at.key.document, *workflow) {
                    return Target::Workflow(workflow);
                }
            }
            Some(link::Target::Message(_)) => {
                let message =
                    format!("step `{}` sends or receives a message, which is not supported yet", step.step_id.value);
                self.error(
                    rule::UNSUPPORTED_FEATURE,
                    place,
                    message,
                    "steps that call OpenAPI operations and workflows can be run",
                );
            }
            None => {
                let message =
                    format!("what step `{}` calls is not known: its source was not loaded", step.step_id.value);
                self.error(rule::SOURCE_NOT_FETCHED, place, message, "");
            }
        }
        // whatever keeps the target from being known has been reported as an error, so this plan is never run
        Target::Workflow(0)
    }

    pub(super) fn parameter(
        &self,
        document: usize,
        merged: &arazzo::ResolvedParameter<'_>,
        calls_workflow: bool,
    ) -> Option<Parameter> {
        let location = merged.parameter.location.as_ref().map(|location| match location.value {
            arazzo::Location::Path => Location::Path,
            arazzo::Location::Query => Location::Query,
            arazzo::Location::QueryString => Location::Querystring,
            arazzo::Location::Header => Location::Header,
            arazzo::Location::Cookie => Location::Cookie,
        });
        Some(Parameter {
            name: merged.parameter.name.value.clone(),
            location: location.filter(|_| !calls_workflow),
            value: merged.value?.template.clone(),
            place: self.place(document, merged.span),
        })
    }

    fn body(&mut self, document: usize, body: &arazzo::RequestBody) -> RequestBody {
        let place = self.place(document, body.span);
        let replacements = body.replacements.iter().filter_map(|replacement| self.replacement(document, replacement));
        RequestBody {
            replacements: replacements.collect(),
            content_type: body.content_type.as_ref().map(|content_type| content_type.value.clone()),
            payload: body.payload.as_ref().map(|payload| payload.template.clone()),
            place,
        }
    }
}
