//! What is given for the workflows that others depend on: inputs by option, results by runs before.

use arras::WorkflowRun;
use arras_doc::value::Object;

use super::Failure;
use super::input_values;
use crate::args::resolve::Usage;
use crate::args::values::DependencyInput;
use crate::display::escape;

/// Gives the inputs of `--dep-input`, each read by the schema of its workflow.
///
/// # Errors
/// If the run comes to no such workflow, or a text is no JSON where JSON is asked for.
pub(in crate::command) fn dependency_inputs(
    mut run: WorkflowRun,
    given: &[DependencyInput],
) -> Result<WorkflowRun, Failure> {
    for input in given {
        let plan = run.plan().clone();
        let named = plan.named(&input.workflow).and_then(|index| plan.workflows.get(index));
        let schema = named.and_then(|workflow| workflow.inputs.schema());
        let value = input_values::of_text(&input.name, &input.value, schema)?;
        let inputs = Object::from_iter([(input.name.clone(), value)]);
        run = run.dependency_inputs(&input.workflow, inputs).map_err(|error| {
            let help = error.help().map(|help| format!(": {help}")).unwrap_or_default();
            Usage::new(format!("`--dep-input {}:{}`: {error}{help}", escape(&input.workflow), escape(&input.name)))
        })?;
    }
    Ok(run)
}

/// A workflow that was run before and succeeded.
pub(in crate::command) struct Succeeded {
    pub(super) id: String,
    pub(super) inputs: Object,
    pub(super) outputs: Object,
    pub(super) secrets: Vec<String>,
}

impl Succeeded {
    /// The run with this result, if it comes to this workflow at all.
    pub(super) fn give_to(&self, run: WorkflowRun) -> WorkflowRun {
        if run.plan().named(&self.id).is_none() {
            return run;
        }
        let given = run.clone().dependency_result(&self.id, self.inputs.clone(), self.outputs.clone());
        given.unwrap_or(run).secrets(self.secrets.iter().cloned())
    }
}
