//! The Workflow Object: an ordered list of steps with inputs and outputs.

use std::collections::HashMap;
use std::sync::Arc;

use crate::node::NodeRef;
use crate::span::{Span, Spanned};

use super::Extension;
use super::action::{self, Action, Side};
use super::depends_on::{self, WorkflowReference};
use super::foreign::{self, OwnSecurity};
use super::inputs::{self, Inputs, Schemas};
use super::output::{self, Output};
use super::parameter::{self, Parameter, Position};
use super::reader::{Reader, Shape, exact, field};
use super::reusable::Entry;
use super::step::{self, Step};

/// A Workflow Object (ARZ-WF).
#[derive(Clone, Debug)]
pub struct Workflow {
    /// Its id; empty if the document gives none.
    pub workflow_id: Spanned<String>,
    /// A short summary.
    pub summary: Option<Spanned<String>>,
    /// A description in CommonMark.
    pub description: Option<Spanned<String>>,
    /// The inputs it declares.
    pub inputs: Option<Arc<Inputs>>,
    /// The workflows that must be complete before it.
    pub depends_on: Vec<Spanned<WorkflowReference>>,
    /// Its steps in order.
    pub steps: Vec<Step>,
    /// Success actions of all steps.
    pub success_actions: Vec<Entry<Action>>,
    /// Failure actions of all steps.
    pub failure_actions: Vec<Entry<Action>>,
    /// Its outputs.
    pub outputs: Vec<Output>,
    /// Parameters of all steps.
    pub parameters: Vec<Entry<Parameter>>,
    /// `x-security`: credentials that the document itself gives to all steps.
    pub own_security: Vec<OwnSecurity>,
    /// Its extensions.
    pub extensions: Vec<Extension>,
    /// Where to point for it.
    pub span: Span,
    step_index: HashMap<String, usize>,
}

impl Workflow {
    /// The place of a step in `steps`.
    pub fn step_index(&self, step_id: &str) -> Option<usize> {
        self.step_index.get(step_id).copied()
    }

    /// The declared output of that name.
    pub fn output(&self, name: &str) -> Option<&Output> {
        self.outputs.iter().find(|output| output.name.as_str() == name)
    }
}

const SHAPE: Shape = Shape {
    name: "workflow",
    fields: &[
        field("workflowId"),
        field("summary"),
        field("description"),
        field("inputs"),
        field("dependsOn"),
        field("steps"),
        field("successActions"),
        field("failureActions"),
        field("outputs"),
        field("parameters"),
    ],
    extensions: true,
};

pub(super) fn read<'t>(reader: &mut Reader<'t>, node: NodeRef<'t>, schemas: &mut Schemas<'t>) -> Option<Workflow> {
    let fields = reader.object(node, &SHAPE)?;
    let workflow_id = fields.required_text(reader, "workflowId");
    reader.referable("workflowId", &workflow_id);
    let schema = fields.present(reader, "inputs").filter(|node| inputs::is_schema(reader, *node));
    let depends_on = fields.list(reader, "dependsOn");
    let parameters = fields.list(reader, "parameters");
    reader.shared_parameters.clone_from(&parameters);
    let steps = fields.required_list(reader, "steps");
    let steps = exact(steps.into_iter().filter_map(|node| step::read(reader, node)));
    reader.unique("stepId", steps.iter().map(|step| &step.step_id));
    let success_actions = fields.list(reader, "successActions");
    let failure_actions = fields.list(reader, "failureActions");
    Some(Workflow {
        summary: fields.text(reader, "summary"),
        description: fields.text(reader, "description"),
        inputs: schema.map(|schema| schemas.inputs(schema)),
        depends_on: depends_on::workflows(reader, &depends_on),
        success_actions: action::read_list(reader, &success_actions, Side::Success),
        failure_actions: action::read_list(reader, &failure_actions, Side::Failure),
        outputs: output::read_map(reader, &fields),
        parameters: parameter::read_list(reader, &parameters, Position::Shared),
        own_security: foreign::security(reader, &fields),
        extensions: fields.extensions(),
        span: fields.anchor(),
        step_index: index(steps.iter().map(|step| &step.step_id)),
        workflow_id,
        steps,
    })
}

/// The first place of each name that is not empty.
pub(super) fn index<'n>(names: impl Iterator<Item = &'n Spanned<String>>) -> HashMap<String, usize> {
    let mut index = HashMap::new();
    for (at, name) in names.enumerate().filter(|(_, name)| !name.is_empty()) {
        index.entry(name.value.clone()).or_insert(at);
    }
    index
}
