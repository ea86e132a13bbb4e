//! A run told in outline: how things end, in the same order and with the same verdicts, without what they are about.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "support/memory.rs"]
mod memory;

use std::mem::discriminant;
use std::sync::Arc;

use arras::future::BoxFuture;
use arras::recording::Recorder;
use arras::transport::{Answer, Transport};
use arras::{Engine, Settings, WorkflowRun};
use arras_run::effect::{Effect, Status, Turn};
use arras_run::event::{Detail, Event, EventKind};
use arras_run::exchange::{Request, Response};
use arras_run::fault::Fault;
use arras_run::plan::Plan;
use arras_run::result::Verdict;
use arras_run::run::{CheckLevel, Checks, Limits, Run};
use arras_run::time::Timestamp;
use memory::Memory;

const API: &str = "
openapi: 3.1.0
info: {title: t, version: '1'}
servers: [{url: 'https://api.example'}]
paths:
  /token: {get: {operationId: token, responses: {'200': {description: ok}}}}
  /body: {post: {operationId: body, requestBody: {content: {application/json: {}}}, responses: {'200': {description: ok}}}}
  /broken: {get: {operationId: broken, responses: {'200': {description: ok}}}}
";

const WORKFLOW: &str = "
arazzo: 1.0.1
info: {title: t, version: '1'}
sourceDescriptions: [{name: api, url: api.yaml, type: openapi}]
workflows:
- workflowId: w
  inputs: {type: object, properties: {given: {type: string}}}
  steps:
  - stepId: token
    operationId: token
    parameters: [{name: given, in: query, value: $inputs.given}]
    successCriteria: [{condition: $statusCode == 200}]
    outputs: {token: $response.body#/access_token}
  - stepId: broken
    operationId: broken
    parameters: [{name: told, in: query, value: $steps.token.outputs.token}]
    successCriteria: [{condition: $statusCode == 200}]
  - stepId: last
    operationId: broken
    successCriteria: [{condition: $statusCode == 201}]
  outputs: {token: $steps.token.outputs.token}
";

/// Gives a token, and elsewhere what is labelled as JSON and is none.
struct Service;

impl Transport for Service {
    fn send<'a>(
        &'a self,
        request: &'a Request,
        _: &'a arras::transport::Limits,
    ) -> BoxFuture<'a, Result<Answer, Fault>> {
        let is_token = request.url.contains("/token");
        let body = if is_token { r#"{"access_token":"canary-canary"}"# } else { "{" };
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        let response = Response { status: 200, headers, body: body.into() };
        Box::pin(async move { Ok(Answer { response, duration: std::time::Duration::from_millis(3) }) })
    }
}

async fn workflow() -> WorkflowRun {
    // whoever has answers checked has their bodies read
    let mut settings = Settings::default();
    settings.limits.checks = Checks::all(CheckLevel::Off);
    let engine = Engine::builder()
        .loader(Memory { workflow: WORKFLOW, api: API })
        .transport(Arc::new(Service))
        .settings(settings)
        .build()
        .unwrap();
    engine.load("flow.yaml").await.unwrap().workflow("w").unwrap().input("given", "told-and-shown").without_findings()
}

/// Beside a recorder there is no outline: what nobody reads may hold a secret, too, and would stand in the recording.
#[tokio::test]
async fn a_recording_of_an_outline_holds_no_secret() {
    let recorder = Recorder::default();
    let workflow: &'static str = WORKFLOW.replace("$response.body#/access_token", "$statusCode").leak();
    let mut settings = Settings::default();
    settings.limits.checks = Checks::all(CheckLevel::Off);
    let engine = Engine::builder()
        .loader(Memory { workflow, api: API })
        .transport(Arc::new(Service))
        .settings(settings)
        .record(recorder.clone())
        .build()
        .unwrap();
    let run = engine.load("flow.yaml").await.unwrap().workflow("w").unwrap();
    run.input("given", "told-and-shown").in_outline().run().await.unwrap();
    let text = recorder.recording(&[]).to_json();
    assert!(!text.contains("canary") && text.contains("arras-secret-1"), "{text}");
}

async fn events(run: WorkflowRun) -> Vec<Event> {
    let mut events = Vec::new();
    run.observe(|event| events.push(event.clone())).await.unwrap();
    events
}

fn steps(events: &[Event]) -> Vec<(&str, Verdict, Option<u16>, Vec<&str>)> {
    let finished = events.iter().filter_map(|event| match &event.kind {
        EventKind::StepFinished(step) => Some(&**step),
        _ => None,
    });
    finished
        .map(|step| {
            let found = step.diagnostics.iter().map(|found| found.rule.id).collect();
            (step.step_id.as_ref(), step.verdict, step.status_code, found)
        })
        .collect()
}

#[tokio::test]
async fn an_outline_tells_in_the_same_order_how_things_end_without_what_they_are_about() {
    let whole = events(workflow().await).await;
    let outline = events(workflow().await.in_outline()).await;
    let begins =
        |event: &&Event| matches!(event.kind, EventKind::WorkflowStarted { .. } | EventKind::StepStarted { .. });
    let kinds =
        |events: &mut dyn Iterator<Item = &Event>| events.map(|event| discriminant(&event.kind)).collect::<Vec<_>>();
    assert_eq!(kinds(&mut outline.iter()), kinds(&mut whole.iter().filter(|event| !begins(event))));
    assert!(whole.iter().any(|event| begins(&event)));
    let text = format!("{outline:?}");
    for part in ["told-and-shown", "api.example", "content-type", "$statusCode == 200", "canary"] {
        assert!(!text.contains(part), "`{part}` in {text}");
    }
    assert!(format!("{whole:?}").contains("told-and-shown"));
}

#[tokio::test]
async fn an_outline_judges_alike_and_passes_over_bodies_that_nobody_reads() {
    let whole = events(workflow().await).await;
    let outline = events(workflow().await.in_outline()).await;
    let verdicts = |events: &[Event]| {
        steps(events).into_iter().map(|(id, verdict, status, _)| (id.to_owned(), verdict, status)).collect::<Vec<_>>()
    };
    assert_eq!(verdicts(&outline), verdicts(&whole));
    // why a step failed is told, and that needs the body
    assert_eq!(steps(&outline)[2], steps(&whole)[2]);
    assert_eq!(steps(&whole)[1].3, ["loose-value"]);
    assert_eq!(steps(&outline)[1].3, [""; 0]);
}

/// The request of the first step of a run of that plan.
fn first(plan: &Arc<Plan>, given: &str, detail: Detail) -> Arc<Request> {
    let inputs = [("given".to_owned(), given.into())].into_iter().collect();
    let run = Run::new(plan.clone(), inputs, Limits::default(), Timestamp(0)).unwrap();
    match run.in_detail(detail).turn() {
        Turn::Perform(Effect::Send(send)) => send.request,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_outline_builds_once_what_never_changes() {
    let replaced = async |from: &str, to: &str| {
        let workflow: &'static str = WORKFLOW.replace(from, to).leak();
        let engine =
            Engine::builder().loader(Memory { workflow, api: API }).transport(Arc::new(Service)).build().unwrap();
        engine.load("flow.yaml").await.unwrap().workflow("w").unwrap().plan().clone()
    };
    let plan = async |value: &str| replaced("value: $inputs.given", value).await;
    let same = |plan: &Arc<Plan>| {
        let requests = ["one", "other"].map(|given| first(plan, given, Detail::Outline));
        (requests.each_ref().map(|request| request.url.clone()), Arc::ptr_eq(&requests[0], &requests[1]))
    };
    let url = |given: &str| format!("https://api.example/token?given={given}");
    assert_eq!(same(&plan("value: a").await), ([url("a"), url("a")], true));
    assert_eq!(same(&plan("value: $inputs.given").await), ([url("one"), url("other")], false));
    assert_eq!(same(&plan("value: '{$inputs.given}'").await), ([url("one"), url("other")], false));
    let token =
        "  - stepId: token\n    operationId: token\n    parameters: [{name: given, in: query, value: $inputs.given}]";
    let other = async |step: &str| replaced(token, &format!("  - stepId: token\n{step}")).await;
    let body = other("    operationId: body\n    requestBody: {payload: {a: $inputs.given}}").await;
    let sent = ["one", "other"].map(|given| first(&body, given, Detail::Outline).body.in_memory().unwrap().to_vec());
    assert_eq!(sent, [br#"{"a":"one"}"#.to_vec(), br#"{"a":"other"}"#.to_vec()]);
    // what is a secret of each run is one of the second, too
    let parameter = "{name: Authorization, in: header, value: hush-hush}";
    let secret = other(&format!("    operationId: token\n    parameters: [{parameter}]")).await;
    assert!(!same(&secret).1);
    // a run that is told in full leaves nothing behind
    let plan = plan("value: a").await;
    let requests = [first(&plan, "one", Detail::Full), first(&plan, "one", Detail::Full)];
    assert!(!Arc::ptr_eq(&requests[0], &requests[1]));
}

#[tokio::test]
async fn an_outline_tells_of_a_success_by_the_end_of_the_run() {
    let workflow: &'static str = WORKFLOW.replace("== 201", "== 200").leak();
    let engine = Engine::builder().loader(Memory { workflow, api: API }).transport(Arc::new(Service)).build().unwrap();
    let run = engine.load("flow.yaml").await.unwrap().workflow("w").unwrap().input("given", "a").without_findings();
    let events = events(run.in_outline()).await;
    assert!(!events.iter().any(|event| matches!(event.kind, EventKind::WorkflowFinished { .. })));
    assert!(matches!(events.last().unwrap().kind, EventKind::RunFinished { status: Status::Succeeded }));
}
