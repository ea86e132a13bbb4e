//! The listing as one JSON object.

use arras::{Need, Needs, SchemeNeed, Way};
use serde_json::{Value, json};

/// The version of the shape.
const SCHEMA: u32 = 1;

pub(super) fn listing(file: &str, needs: &Needs) -> String {
    let verdict = super::verdict(&needs.aws);
    let mut document = json!({
        "schema": SCHEMA,
        "file": file,
        "steps": needs.steps.iter().map(|need| step(need, verdict)).collect::<Vec<_>>(),
        "aws": null,
        "summary": super::Summary::of(needs),
    });
    if super::uses_aws(needs)
        && let Some(aws) = document.get_mut("aws")
    {
        *aws = json!({"credentials": verdict, "lookups": needs.aws});
    }
    format!("{}\n", crate::display::json(&serde_json::to_string_pretty(&document).unwrap_or_default()))
}

fn step(need: &Need, verdict: &str) -> Value {
    let alternatives: Vec<Vec<Value>> =
        need.alternatives.iter().map(|schemes| schemes.iter().map(|need| scheme(need, verdict)).collect()).collect();
    json!({
        "workflowId": need.workflow_id,
        "stepId": need.step_id,
        "source": need.source,
        "operation": need.operation,
        "alternatives": alternatives,
    })
}

fn scheme(need: &SchemeNeed, verdict: &str) -> Value {
    let mut value = json!({"scheme": need.scheme, "kind": need.kind, "scopes": need.scopes});
    let way = match &need.way {
        Way::SigV4(signed) => json!({
            "way": "aws-sigv4",
            "rule": signed.rule.as_str(),
            "service": signed.service,
            "region": signed.region,
            "server": signed.server,
            "problem": signed.problem,
            "credentials": verdict,
        }),
        Way::SetByStep => json!({"way": "set-by-step"}),
        Way::Found(place) => json!({"way": "found", "place": place}),
        Way::Missing { why, names } => json!({"way": "missing", "problem": why, "names": names}),
    };
    if let (Some(members), Value::Object(way)) = (value.as_object_mut(), way) {
        members.extend(way);
    }
    value
}
