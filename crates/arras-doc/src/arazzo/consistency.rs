//! What only shows once the components are known: duplicates through references, parameters without a place.

use std::collections::HashMap;

use crate::rule;
use crate::span::Span;

use super::action::{Action, Side};
use super::document::Document;
use super::merge::ResolvedParameter;
use super::parameter::{self, Location, Parameter};
use super::reader::Reader;
use super::reusable::Entry;
use super::step::Step;
use super::workflow::Workflow;

/// Checks every list of parameters and actions.
pub(super) fn check(reader: &mut Reader<'_>, document: &Document) {
    for workflow in &document.workflows {
        unique_parameters(reader, document, &workflow.parameters);
        unique_actions(reader, document, &workflow.success_actions, Side::Success);
        unique_actions(reader, document, &workflow.failure_actions, Side::Failure);
        workflow_parameters_have_a_place(reader, document, workflow);
        for step in &workflow.steps {
            check_step(reader, document, workflow, step);
        }
    }
}

fn check_step(reader: &mut Reader<'_>, document: &Document, workflow: &Workflow, step: &Step) {
    unique_parameters(reader, document, &step.parameters);
    unique_actions(reader, document, &step.on_success, Side::Success);
    unique_actions(reader, document, &step.on_failure, Side::Failure);
    for list in [(&step.on_success, Side::Success), (&step.on_failure, Side::Failure)] {
        for action in list.0.iter().filter_map(|entry| document.action(entry, list.1)) {
            unique_parameters(reader, document, &action.parameters);
        }
    }
    if step.target.is_none() || step.calls_workflow() {
        return;
    }
    let references = step.parameters.iter().filter(|entry| matches!(entry, Entry::Reference(_)));
    for resolved in references.filter_map(|entry| document.parameter(entry)) {
        if resolved.parameter.location.is_none() {
            parameter::missing_location(reader, &resolved.parameter.name, resolved.span);
        }
    }
    one_query(reader, &document.parameters(workflow, step), &step.parameters);
}

/// No two parameters of a list have the same name and place.
fn unique_parameters(reader: &mut Reader<'_>, document: &Document, entries: &[Entry<Parameter>]) {
    let mut first = HashMap::new();
    for resolved in entries.iter().filter_map(|entry| document.parameter(entry)) {
        let parameter = resolved.parameter;
        if parameter.name.is_empty() {
            continue;
        }
        match first.get(&parameter.identity()) {
            None => drop(first.insert(parameter.identity(), resolved.span)),
            Some(span) => {
                let place = parameter.location.as_ref().map(|place| format!("{} ", place.value.as_str()));
                let message =
                    format!("the {}parameter `{}` is given twice", place.unwrap_or_default(), parameter.name.value);
                reader.duplicate(resolved.span, *span, message);
            }
        }
    }
}

/// No two actions of a list have the same name.
fn unique_actions(reader: &mut Reader<'_>, document: &Document, entries: &[Entry<Action>], side: Side) {
    let mut first: HashMap<&str, Span> = HashMap::new();
    for entry in entries {
        let Some(action) = document.action(entry, side).filter(|action| !action.name.is_empty()) else { continue };
        let span = match entry {
            Entry::Inline(action) => action.name.span,
            Entry::Reference(reusable) => reusable.reference.span,
        };
        match first.get(action.name.as_str()) {
            None => drop(first.insert(action.name.as_str(), span)),
            Some(other) => reader.duplicate(span, *other, format!("the action `{}` is given twice", action.name.value)),
        }
    }
}

/// A workflow's parameters go to all its steps, so they need `in` as soon as one calls an operation (ARZ-PARAM-06).
fn workflow_parameters_have_a_place(reader: &mut Reader<'_>, document: &Document, workflow: &Workflow) {
    if !workflow.steps.iter().any(|step| step.target.is_some() && !step.calls_workflow()) {
        return;
    }
    for resolved in workflow.parameters.iter().filter_map(|entry| document.parameter(entry)) {
        if resolved.parameter.location.is_none() {
            parameter::missing_location(reader, &resolved.parameter.name, resolved.span);
        }
    }
}

/// A whole query string leaves no room for query parameters (ARZ-PARAM-14).
fn one_query(reader: &mut Reader<'_>, parameters: &[ResolvedParameter<'_>], own: &[Entry<Parameter>]) {
    let of = |location| {
        parameters
            .iter()
            .find(move |resolved| resolved.parameter.location.as_ref().is_some_and(|written| written.value == location))
    };
    let (Some(whole), Some(part)) = (of(Location::QueryString), of(Location::Query)) else { return };
    if own.is_empty() {
        return;
    }
    let message = "a `querystring` parameter excludes `query` parameters";
    let (source, span) = (reader.source, part.span);
    let diagnostic =
        reader.note_help(rule::CONFLICTING_FIELDS, whole.span, message, "write them into the query string");
    diagnostic.labels.push(crate::diagnostic::Label { source, span, text: "a `query` parameter".into() });
}
