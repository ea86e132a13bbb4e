//! Whether a document declares what an expression names.

use crate::expression::{Expression, Root};

use super::{Document, Output, Workflow};

impl Document {
    /// Whether the document declares the input or output that an expression in one of its workflows names, under
    /// the whole name or a beginning of it; `false` for expressions that name neither.
    pub fn declares(&self, workflow: usize, expression: &Expression) -> bool {
        let other = |id: &str| self.workflows.get(self.workflow_index(id)?);
        let own = self.workflows.get(workflow);
        let name = &expression.path.name;
        match &expression.root {
            Root::Inputs => own.is_some_and(|workflow| declares_input(workflow, name)),
            Root::StepOutputs(step) => own.is_some_and(|workflow| {
                let step = workflow.step_index(step).and_then(|at| workflow.steps.get(at));
                step.is_some_and(|step| declares_output(&step.outputs, name))
            }),
            Root::WorkflowInputs(id) => other(id).is_some_and(|workflow| declares_input(workflow, name)),
            Root::WorkflowOutputs(id) => other(id).is_some_and(|workflow| declares_output(&workflow.outputs, name)),
            _ => false,
        }
    }
}

fn declares_input(workflow: &Workflow, name: &str) -> bool {
    let properties = workflow.inputs.as_deref().map(|inputs| inputs.properties.as_slice()).unwrap_or_default();
    properties.iter().any(|property| begins_with_name(name, &property.name.value))
}

fn declares_output(outputs: &[Output], name: &str) -> bool {
    outputs.iter().any(|output| begins_with_name(name, &output.name.value))
}

/// Whether the text is the name, or the name and navigation behind it.
fn begins_with_name(text: &str, name: &str) -> bool {
    let rest = text.strip_prefix(name).filter(|_| !name.is_empty());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}
