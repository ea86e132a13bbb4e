//! From plans to the graph: a workflow that several plans reach is one.

use std::collections::{HashMap, HashSet};

use arras_doc::source::Sources;
use arras_run::place::Place;
use arras_run::plan::{self, ActionKind, Destination, Plan};

use super::{Action, Calls, Graph, Kind, Next, Step, Target, Workflow};

/// The graph of what the plans' entries lead to.
pub fn build(plans: &[Plan], sources: &Sources) -> Graph {
    let mut known: HashMap<Place, usize> = HashMap::new();
    let mut order: Vec<(&Plan, usize)> = Vec::new();
    let entries = plans.iter().map(|plan| (plan, plan.entry));
    let others = plans.iter().flat_map(|plan| (0..plan.workflows.len()).map(move |index| (plan, index)));
    for (plan, index) in entries.chain(others) {
        if let Some(workflow) = plan.workflows.get(index) {
            known.entry(workflow.place).or_insert_with(|| {
                order.push((plan, index));
                order.len() - 1
            });
        }
    }
    let asked: HashSet<Place> = plans.iter().map(|plan| plan.entry().place).collect();
    let mut taken: HashMap<&str, u32> = HashMap::new();
    let mut workflows = Vec::new();
    for (plan, index) in order {
        let workflow = &plan.workflows[index];
        let before = taken.entry(workflow.id.as_str()).or_default();
        *before += 1;
        let name = if *before == 1 { workflow.id.clone() } else { format!("{}~{before}", workflow.id) };
        let place = |index: usize| known[&plan.workflows[index].place];
        workflows.push(Workflow {
            id: workflow.id.clone(),
            name,
            file: sources.get(workflow.place.source).name.to_string(),
            asked: asked.contains(&workflow.place),
            needs: workflow.depends_on.iter().map(|index| place(*index)).collect(),
            steps: workflow.steps.iter().enumerate().map(|(number, one)| step(workflow, number, one, &place)).collect(),
            outputs: workflow.outputs.iter().map(|output| output.name.clone()).collect(),
        });
    }
    Graph { workflows }
}

fn step(workflow: &plan::Workflow, number: usize, step: &plan::Step, place: &impl Fn(usize) -> usize) -> Step {
    let always = |action: &plan::Action| action.criteria.is_empty();
    let next = match number + 1 {
        _ if step.on_success.iter().any(always) => Next::Never,
        next if next < workflow.steps.len() => Next::Step(next),
        _ => Next::End,
    };
    let calls = match &step.target {
        plan::Target::Operation(operation) => Calls::Operation {
            source: operation.source.to_string(),
            operation_id: operation.operation_id.as_deref().map(str::to_owned),
            method: operation.method.to_string(),
            label: operation.label.to_string(),
        },
        plan::Target::Workflow(other) => Calls::Workflow(place(*other)),
    };
    let success = step.on_success.iter().map(|one| action(one, false, place));
    let failure = step.on_failure.iter().map(|one| action(one, true, place));
    Step {
        id: step.id.clone(),
        calls,
        needs: step.depends_on.iter().map(|other| (place(other.workflow), other.step)).collect(),
        criteria: conditions(&step.criteria),
        next,
        actions: success.chain(failure).collect(),
    }
}

fn action(action: &plan::Action, on_failure: bool, place: &impl Fn(usize) -> usize) -> Action {
    let target = |destination: &Destination| match destination {
        Destination::Step(step) => Target::Step(*step),
        Destination::Workflow(workflow) => Target::Workflow(place(*workflow)),
    };
    let kind = match &action.kind {
        ActionKind::End => Kind::End,
        ActionKind::Goto(destination) => Kind::Goto(target(destination)),
        ActionKind::Retry { after, limit, reference } => {
            Kind::Retry { after: *after, limit: *limit, through: reference.as_ref().map(target) }
        }
    };
    Action { on_failure, name: action.name.clone(), criteria: conditions(&action.criteria), kind }
}

fn conditions(criteria: &[plan::Criterion]) -> Vec<String> {
    criteria.iter().map(|criterion| criterion.condition.clone()).collect()
}
