//! The graph as one JSON object: `arras schema graph`.

use serde::Serialize;

use super::{Action, Calls, Graph, Kind, Next, Step, Target, Workflow};

/// The version of the shape.
const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    workflows: Vec<WorkflowView<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WorkflowView<'a> {
    name: &'a str,
    workflow_id: &'a str,
    file: &'a str,
    asked: bool,
    depends_on: Vec<&'a str>,
    steps: Vec<StepView<'a>>,
    outputs: &'a [String],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StepView<'a> {
    step_id: &'a str,
    operation: Option<OperationView<'a>>,
    workflow: Option<&'a str>,
    depends_on: Vec<StepName<'a>>,
    criteria: &'a [String],
    next: Option<&'a str>,
    actions: Vec<ActionView<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OperationView<'a> {
    source: &'a str,
    operation_id: Option<&'a str>,
    method: &'a str,
    label: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StepName<'a> {
    workflow: &'a str,
    step_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ActionView<'a> {
    on: &'static str,
    name: &'a str,
    r#type: &'static str,
    step_id: Option<&'a str>,
    workflow: Option<&'a str>,
    criteria: &'a [String],
    retry_after_ms: Option<u128>,
    retry_limit: Option<u32>,
}

/// The graph as JSON, indented.
pub fn write(graph: &Graph) -> String {
    let workflows = graph.workflows.iter().map(|one| workflow(graph, one)).collect();
    let text = serde_json::to_string_pretty(&Document { schema: SCHEMA, workflows }).unwrap_or_default();
    format!("{}\n", crate::display::json(&text))
}

fn workflow<'a>(graph: &'a Graph, workflow: &'a Workflow) -> WorkflowView<'a> {
    WorkflowView {
        name: &workflow.name,
        workflow_id: &workflow.id,
        file: &workflow.file,
        asked: workflow.asked,
        depends_on: workflow.needs.iter().map(|other| graph.name(*other)).collect(),
        steps: workflow.steps.iter().map(|one| step(graph, workflow, one)).collect(),
        outputs: &workflow.outputs,
    }
}

fn step<'a>(graph: &'a Graph, workflow: &'a Workflow, step: &'a Step) -> StepView<'a> {
    let (operation, called) = match &step.calls {
        Calls::Operation { source, operation_id, method, label } => {
            (Some(OperationView { source, operation_id: operation_id.as_deref(), method, label }), None)
        }
        Calls::Workflow(other) => (None, Some(graph.name(*other))),
    };
    let needed = |(of, step): &(usize, usize)| {
        let workflow = graph.workflows.get(*of)?;
        Some(StepName { workflow: &workflow.name, step_id: &workflow.steps.get(*step)?.id })
    };
    StepView {
        step_id: &step.id,
        operation,
        workflow: called,
        depends_on: step.needs.iter().filter_map(needed).collect(),
        criteria: &step.criteria,
        next: match step.next {
            Next::Step(next) => workflow.steps.get(next).map(|next| next.id.as_str()),
            Next::End | Next::Never => None,
        },
        actions: step.actions.iter().map(|one| action(graph, workflow, one)).collect(),
    }
}

fn action<'a>(graph: &'a Graph, workflow: &'a Workflow, action: &'a Action) -> ActionView<'a> {
    let (target, after, limit) = match action.kind {
        Kind::End => (None, None, None),
        Kind::Goto(target) => (Some(target), None, None),
        Kind::Retry { after, limit, through } => (through, after, Some(limit)),
    };
    let (step_id, other) = match target {
        Some(Target::Step(step)) => (workflow.steps.get(step).map(|step| step.id.as_str()), None),
        Some(Target::Workflow(other)) => (None, Some(graph.name(other))),
        None => (None, None),
    };
    ActionView {
        on: if action.on_failure { "failure" } else { "success" },
        name: &action.name,
        r#type: action.kind.name(),
        step_id,
        workflow: other,
        criteria: &action.criteria,
        retry_after_ms: after.map(|after| after.as_millis()),
        retry_limit: limit,
    }
}
