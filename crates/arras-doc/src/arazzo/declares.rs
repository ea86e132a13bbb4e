//! Whether a document declares what an expression names.

use crate::expression::{Expression, Root};

use super::{Document, InputProperty, Workflow};

impl Document {
    /// Whether the document declares the input or output that an expression in one of its workflows names, under
    /// the whole name or a beginning of it; `false` for expressions that name neither.
    pub fn declares(&self, workflow: usize, expression: &Expression) -> bool {
        self.names_declared(workflow, expression).any(|name| begins_with_name(&expression.path.name, name))
    }

    /// The inputs or outputs that are declared where an expression in one of the document's workflows reads one; none for
    /// expressions that read neither.
    pub(super) fn declared_names(&self, workflow: usize, expression: &Expression) -> Vec<&str> {
        self.names_declared(workflow, expression).collect()
    }

    fn names_declared(&self, workflow: usize, expression: &Expression) -> impl Iterator<Item = &str> {
        let (own, other) = (self.workflows.get(workflow), |id: &str| self.workflows.get(self.workflow_index(id)?));
        let (inputs, outputs) = match &expression.root {
            Root::Inputs => (own.map(inputs), None),
            Root::StepOutputs(step) => {
                let step = own.and_then(|workflow| workflow.steps.get(workflow.step_index(step)?));
                (None, step.map(|step| step.outputs.as_slice()))
            }
            Root::WorkflowInputs(id) => (other(id).map(inputs), None),
            Root::WorkflowOutputs(id) => (None, other(id).map(|workflow| workflow.outputs.as_slice())),
            _ => (None, None),
        };
        let inputs = inputs.unwrap_or_default().iter().map(|property| property.name.as_str());
        inputs.chain(outputs.unwrap_or_default().iter().map(|output| output.name.as_str()))
    }
}

fn inputs(workflow: &Workflow) -> &[InputProperty] {
    workflow.inputs.as_deref().map(|inputs| &*inputs.properties).unwrap_or_default()
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
