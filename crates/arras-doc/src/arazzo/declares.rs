//! Whether a document declares what an expression names.

use crate::expression::{Expression, Root};

use super::{Document, Output, Workflow};

impl Document {
    /// Whether the document declares the input or output that an expression in one of its workflows names, under
    /// the whole name or a beginning of it; `false` for expressions that name neither.
    pub fn declares(&self, workflow: usize, expression: &Expression) -> bool {
        self.declared_names(workflow, expression).iter().any(|name| begins_with_name(&expression.path.name, name))
    }

    /// The inputs or outputs that are declared where an expression in one of the document's workflows reads one; none for
    /// expressions that read neither.
    pub(super) fn declared_names(&self, workflow: usize, expression: &Expression) -> Vec<&str> {
        let other = |id: &str| self.workflows.get(self.workflow_index(id)?);
        let own = self.workflows.get(workflow);
        let names = match &expression.root {
            Root::Inputs => own.map(inputs),
            Root::StepOutputs(step) => own.and_then(|workflow| {
                let step = workflow.step_index(step).and_then(|at| workflow.steps.get(at));
                step.map(|step| outputs(&step.outputs))
            }),
            Root::WorkflowInputs(id) => other(id).map(inputs),
            Root::WorkflowOutputs(id) => other(id).map(|workflow| outputs(&workflow.outputs)),
            _ => None,
        };
        names.unwrap_or_default()
    }
}

fn inputs(workflow: &Workflow) -> Vec<&str> {
    let properties = workflow.inputs.as_deref().map(|inputs| &*inputs.properties).unwrap_or_default();
    properties.iter().map(|property| property.name.as_str()).collect()
}

fn outputs(outputs: &[Output]) -> Vec<&str> {
    outputs.iter().map(|output| output.name.as_str()).collect()
}

/// Whether the text is the name, or the name and navigation behind it.
pub(crate) fn begins_with_name(text: &str, name: &str) -> bool {
    let rest = text.strip_prefix(name).filter(|_| !name.is_empty());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// The declared name that a text begins with, the longest one.
pub(crate) fn longest_name<'n>(names: impl IntoIterator<Item = &'n str>, text: &str) -> Option<&'n str> {
    names.into_iter().filter(|name| begins_with_name(text, name)).max_by_key(|name| name.len())
}
