//! Every name of an Arazzo description resolved against what it names, or diagnosed.

mod component_reference;
mod cycles;
mod declared;
mod expressions;
mod linker;
mod merged_actions;
mod message;
mod operation;
mod order;
mod outcome;
mod parameters;
mod request_part;
mod root_filter;
mod similar_operation;
mod sources;
mod step_reference;
mod unknown_operation;
mod workflow_reference;

pub use cycles::document_cycles;
pub(crate) use cycles::{chain, cycles};
pub(crate) use expressions::declared_name;
pub(crate) use outcome::goes_on;
pub use outcome::named_workflows;
pub(crate) use parameters::folded;
pub use sources::{LinkedSource, LinkedSources};
pub use workflow_reference::workflow_target;

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::arazzo::{Document, Location, Parameter, StepTarget};
use crate::diagnostic::{Diagnostic, Diagnostics, Label};
use crate::rule;
use crate::span::Span;

use linker::Linker;

/// What the names of a description stand for: one entry for each workflow, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links {
    /// By the index of the workflow.
    pub workflows: Vec<WorkflowLinks>,
}

/// What the names of a workflow stand for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkflowLinks {
    /// By the index in `dependsOn`; `None` for what does not exist.
    pub depends_on: Vec<Option<WorkflowTarget>>,
    /// By the index of the step.
    pub steps: Vec<StepLinks>,
}

/// What the names of a step stand for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepLinks {
    /// What it calls; `None` for what does not exist or is not loaded.
    pub target: Option<Target>,
    /// By the index in `dependsOn`.
    pub depends_on: Vec<Option<DependencyTarget>>,
}

/// What a step calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// An operation of an OpenAPI description.
    Operation(OperationTarget),
    /// An operation or channel of an AsyncAPI description.
    Message(MessageTarget),
    /// A workflow.
    Workflow(WorkflowTarget),
}

/// An operation of an OpenAPI description.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OperationTarget {
    /// The index of the source description.
    pub source: usize,
    /// The operation's JSON Pointer there, for [`crate::openapi::Description::operation_at`].
    pub pointer: String,
}

/// An operation or channel of an AsyncAPI description.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MessageTarget {
    /// The index of the source description.
    pub source: usize,
    /// The JSON Pointer of the operation or channel there.
    pub pointer: String,
}

/// A workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WorkflowTarget {
    /// The index of the source description that has it; `None` for this description.
    pub source: Option<usize>,
    /// Its index there.
    pub workflow: usize,
}

/// A step that another waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DependencyTarget {
    /// Its workflow.
    pub workflow: WorkflowTarget,
    /// Its index there.
    pub step: usize,
}

/// Resolves every name of `document`; what names nothing is diagnosed, in the order of the text.
///
/// A name that leads into a missing source is left alone: whoever failed to load the source has said so.
/// Costs linear time in the size of the document and of what its sources declare.
pub fn link(document: &Document, sources: &LinkedSources) -> (Links, Diagnostics) {
    let mut linker = Linker::new(document, sources);
    linker.check_source_types();
    let workflows = (0..document.workflows.len()).map(|index| link_workflow(&mut linker, index)).collect();
    let links = Links { workflows };
    linker.check_component_actions();
    linker.check_component_parameters();
    linker.check_cycles(&links);
    let mut diagnostics = linker.diagnostics;
    diagnostics.sort_by_key(|found| (found.primary().map(|label| label.span.start), Reverse(found.severity)));
    join_concerns(&mut diagnostics);
    join_unknown_outputs(&mut diagnostics);
    (links, diagnostics)
}

/// What is found in a component for several of its users is told once, with all of them.
fn join_concerns(diagnostics: &mut Diagnostics) {
    diagnostics.dedup_by(|later, first| {
        let (own, others) = (first.concerns.take(), later.concerns.take());
        let same = later == first;
        first.concerns = match (own, others) {
            (Some(own), Some(others)) if same => Some([own, others].concat()),
            (_, _) if same => None,
            (own, others) => {
                later.concerns = others;
                own
            }
        };
        same
    });
}

/// That a step comes later is told with the output that it does not have.
fn join_unknown_outputs(diagnostics: &mut Diagnostics) {
    let place = |one: &Diagnostic| one.primary().map(|label| label.span);
    let unknown = diagnostics.iter().filter(|one| one.rule == rule::UNKNOWN_OUTPUT);
    let mut unknown: HashMap<Option<Span>, Vec<Label>> = unknown.map(|one| (place(one), Vec::new())).collect();
    diagnostics.retain(|one| match unknown.get_mut(&place(one)).filter(|_| one.rule == rule::FORWARD_REFERENCE) {
        Some(labels) => {
            labels.extend(one.labels.iter().skip(1).cloned());
            false
        }
        None => true,
    });
    for one in diagnostics.iter_mut().filter(|one| one.rule == rule::UNKNOWN_OUTPUT) {
        one.labels.extend(unknown.remove(&place(one)).unwrap_or_default());
    }
}

fn link_workflow(linker: &mut Linker<'_>, index: usize) -> WorkflowLinks {
    let document = linker.document;
    let workflow = &document.workflows[index];
    let before = linker.diagnostics.len();
    let depends_on = workflow.depends_on.iter().map(|reference| linker.workflow(reference)).collect();
    linker.check_workflow_components(workflow);
    linker.check_workflow_actions(workflow);
    let steps: Vec<StepLinks> = (0..workflow.steps.len()).map(|step| link_step(linker, index, step)).collect();
    linker.check_workflow_parameters(workflow, &steps);
    let links = WorkflowLinks { depends_on, steps };
    linker.check_expressions(index, &links);
    linker.check_order(index, &links.steps);
    // a component may be right for others
    if let Some(components) = document.tree.at("/components").map(|node| node.span()) {
        let place = |found: &Diagnostic| found.primary().map(|label| label.span);
        let found = linker.diagnostics.iter_mut().skip(before);
        let inside = found.filter(|found| place(found).is_some_and(|span| components.contains(span)));
        inside.for_each(|found| found.concerns = Some(vec![index]));
    }
    links
}

fn link_step(linker: &mut Linker<'_>, workflow: usize, step: usize) -> StepLinks {
    let document = linker.document;
    let workflow_object = &document.workflows[workflow];
    let whole = linker.parameters_are_read(workflow, step);
    let step = &workflow_object.steps[step];
    let in_path =
        |parameter: &&Parameter| parameter.location.as_ref().is_some_and(|location| location.value == Location::Path);
    let parameters = document.parameters(workflow_object, step).into_iter().map(|resolved| resolved.parameter);
    linker.path_parameters = parameters.filter(in_path).map(|parameter| parameter.name.as_str()).collect();
    let target = match &step.target {
        Some(StepTarget::WorkflowId(reference)) => linker.workflow(reference).map(Target::Workflow),
        Some(StepTarget::OperationId(id)) => linker.operation_id(id),
        Some(StepTarget::OperationPath(path)) => linker.operation_path(path),
        Some(StepTarget::ChannelPath(path)) => linker.channel_path(path).map(Target::Message),
        None => None,
    };
    linker.check_message_action(step, target.as_ref());
    let depends_on = step.depends_on.iter().map(|one| linker.dependency(workflow_object, workflow, one)).collect();
    linker.check_step_components(step);
    linker.check_step_actions(workflow_object, step);
    linker.check_merged_actions(workflow_object, step);
    if let Some(Target::Operation(operation)) = &target {
        linker.check_parameters((workflow, workflow_object), step, operation, whole);
        linker.check_root_filters(step, operation);
    }
    StepLinks { target, depends_on }
}

#[cfg(test)]
mod tests;
