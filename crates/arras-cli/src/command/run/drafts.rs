//! `arras run --dry-run --output report`: every request that can be built, as JSON.

use arras::DryStep;
use arras::auth::Authorization;
use arras_run::draft::Reached;
use serde_json::{Value, json};

/// The version of the shape.
const SCHEMA: u32 = 1;

/// The requests of a workflow.
pub(super) fn workflow(workflow_id: &str, steps: &[DryStep]) -> Value {
    json!({ "workflowId": workflow_id, "requests": steps.iter().map(step).collect::<Vec<_>>() })
}

/// All workflows as one object.
pub(super) fn document(workflows: Vec<Value>) -> String {
    let document = json!({ "schema": SCHEMA, "workflows": workflows });
    format!("{}\n", crate::display::json(&serde_json::to_string_pretty(&document).unwrap_or_default()))
}

fn step(step: &DryStep) -> Value {
    let draft = &step.draft;
    let reached = match &draft.reached {
        Reached::ByAction { action, step_id } => json!({ "action": action, "stepId": step_id }),
        _ => Value::Null,
    };
    let request = draft.request.as_ref().ok().map(|request| {
        json!({
            "method": request.method,
            "url": request.url,
            "headers": request.headers,
            "body": std::str::from_utf8(&request.body.outline()).ok().filter(|body| !body.is_empty()),
            "bodyLength": request.body.len(),
        })
    });
    json!({
        "workflowId": draft.workflow_id,
        "stepId": draft.step_id,
        "reachedBy": reached,
        "request": request,
        "authorization": step.authorization.as_ref().and_then(authorization),
        "problem": draft.request.as_ref().err().map(|fault| fault.message.as_str()),
        "unknown": draft.unknown,
        "secret": draft.secret,
    })
}

/// What would identify the caller, by name.
fn authorization(authorization: &Authorization) -> Option<String> {
    let name = |part: &Authorization| match part {
        Authorization::SigV4(signed) => Some(format!("aws-sigv4 {}/{}", signed.scope.service, signed.scope.region)),
        Authorization::Scheme(who) => Some(who.scheme.clone()),
        _ => None,
    };
    let names: Vec<_> = authorization.parts().iter().filter_map(name).collect();
    (!names.is_empty()).then(|| names.join(" + "))
}
