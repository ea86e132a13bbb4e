//! What a run is given for the workflows that others depend on.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arras_doc::diagnostic::{Diagnostic, Diagnostics};
use arras_doc::rule;
use arras_doc::value::Object;

use super::Run;
use crate::effect::Status;
use crate::inputs;
use crate::plan::{Dependencies, Plan};
use crate::scope::Finished;

/// What the schemas of the workflows for which the plan's entry waits find wrong with the inputs that they will get: those of
/// the entry, as its own schema completed them, and what is `given` to each. Those of `done` are not run.
pub fn invalid_dependency_inputs(
    plan: &Plan,
    inputs: &Object,
    given: &HashMap<usize, Object>,
    done: &HashSet<usize>,
) -> Diagnostics {
    let mut found = Diagnostics::new();
    if plan.dependencies == Dependencies::Refuse {
        return found;
    }
    let mut seen: HashSet<usize> = done.iter().copied().chain([plan.entry]).collect();
    let mut open = plan.entry().depends_on.clone();
    let mut next = 0;
    while let Some(at) = open.get(next).copied() {
        next += 1;
        let Some(workflow) = plan.workflows.get(at).filter(|_| seen.insert(at)) else { continue };
        open.extend(&workflow.depends_on);
        let declared = inputs.iter().filter(|(name, _)| workflow.inputs.declares(name));
        let mut all: Object = declared.map(|(name, value)| (name.clone(), value.clone())).collect();
        all.extend(given.get(&at).cloned().unwrap_or_default());
        let Err(problems) = workflow.inputs.prepare(all) else { continue };
        let names = plan.entry().names.iter().filter(|(_, index)| **index == at);
        let name = names.map(|(name, _)| name.as_str()).min().unwrap_or(&workflow.id);
        found.extend(problems.into_iter().map(|problem| {
            let message = format!("workflow `{name}`, which runs before this one: {problem}");
            let place = workflow.inputs_place;
            let help = problem.missing.map(|missing| format!("give it: `--dep-input {name}:{missing}=VALUE`"));
            Diagnostic::new(rule::INVALID_INPUT, message).at(place.source, place.span).maybe_help(help)
        }));
    }
    found
}

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
            retry_after: None,
            retained: Object::default(),
            exported: Object::default(),
        };
        if let Some(progress) = self.workflows.get_mut(workflow) {
            progress.has_succeeded = true;
            progress.finished = Some(Arc::new(finished));
        }
    }
}
