//! What a run is given for the workflows that others depend on.

use std::sync::Arc;

use arras_doc::value::Object;

use super::Run;
use crate::effect::Status;
use crate::inputs;
use crate::scope::Finished;

impl Run {
    /// Gives inputs to a workflow of the plan that runs because another depends on it; they win over those of the
    /// dependent workflow that have the same names.
    pub fn give_inputs(&mut self, workflow: usize, inputs: Object) {
        self.dependency_inputs.entry(workflow).or_default().extend(inputs);
    }

    /// Takes a workflow of the plan for one that has succeeded with these inputs and outputs, so that it is not run.
    pub fn give_result(&mut self, workflow: usize, inputs: Object, outputs: Object) {
        let Some(schema) = self.plan.workflows.get(workflow).map(|workflow| workflow.inputs.schema()) else { return };
        for value in inputs::secret_values(schema, &inputs) {
            self.secrets.add_value(value);
        }
        let finished = Finished {
            workflow,
            status: Status::Succeeded,
            duration: core::time::Duration::ZERO,
            inputs,
            outputs,
            status_code: None,
            retained: Object::default(),
            exported: Object::default(),
        };
        if let Some(progress) = self.workflows.get_mut(workflow) {
            progress.finished = Some(Arc::new(finished));
        }
    }
}
