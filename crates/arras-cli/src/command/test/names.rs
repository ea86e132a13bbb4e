//! The names that a test expects, against those that its workflow has.

use arras_run::plan::{ActionKind, Destination, Plan, Workflow};

use super::plan::Planned;
use super::read::{help, mistake};
use super::spec::Named;
use crate::display::escape;

/// The steps and outputs that are expected of a workflow that has none of that name, each with its place.
pub(super) fn unknown(test: &Planned, plan: &Plan) -> Vec<String> {
    let Planned { file, expect, shares_outputs, .. } = test;
    let workflows = told(plan);
    let steps: Vec<&str> = workflows.iter().flat_map(|one| one.steps.iter().map(|step| step.id.as_str())).collect();
    let outputs: Vec<&str> =
        workflows.iter().flat_map(|one| one.outputs.iter().map(|output| output.name.as_str())).collect();
    let missing = |what: &str, named: &Named, known: &[&str]| {
        let (workflow, name) = (escape(&plan.entry().id), escape(&named.name));
        let help = if known.is_empty() { "it has none".to_owned() } else { help(&named.name, known.iter().copied()) };
        (!known.contains(&named.name.as_str()))
            .then(|| mistake(file, named.at, &format!("the workflow `{workflow}` has no {what} `{name}`: {help}")))
    };
    let of_steps = expect.steps.iter().flatten().filter_map(|named| missing("step", named, &steps));
    // that none has it may be meant of several workflows
    let outputs_of = expect.outputs.iter().flatten().filter(|(_, value)| !(*shares_outputs && value.is_null()));
    let of_outputs = outputs_of.filter_map(|(named, _)| missing("output", named, &outputs));
    of_steps.chain(of_outputs).collect()
}

/// The workflows whose steps and outputs may be a run's own: the one that it starts with and, where an action leaves one for
/// another, any.
fn told(plan: &Plan) -> Vec<&Workflow> {
    let leads_on = plan.workflows.iter().flat_map(|workflow| &workflow.steps).any(|step| {
        let actions = step.on_success.iter().chain(&step.on_failure);
        actions.into_iter().any(|action| matches!(action.kind, ActionKind::Goto(Destination::Workflow(_))))
    });
    if leads_on { plan.workflows.iter().collect() } else { vec![plan.entry()] }
}
