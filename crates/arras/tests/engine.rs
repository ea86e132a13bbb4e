//! The engine as an embedding program uses it: documents from memory, a transport of its own, time that is told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arras::clock::ManualClock;
use arras::credentials::AwsCredentials;
use arras::environment::Environment;
use arras::future::BoxFuture;
use arras::load::{LoadError, Loaded, Loader};
use arras::transport::{Answer, Limits, Transport};
use arras::{Engine, Error};
use arras_doc::diagnostic::Diagnostic;
use arras_run::effect::{CancelReason, Status};
use arras_run::event::EventKind;
use arras_run::exchange::{Request, Response};
use arras_run::fault::{Fault, FaultKind, Phase};
use arras_run::time::Timestamp;

const WORKFLOW: &str = "../../workflows/face-liveness.arazzo.yaml";

/// A status and a body, or a fault.
type Scripted = Result<(u16, &'static str), Fault>;

/// Answers in order and keeps what was sent.
#[derive(Clone, Default)]
struct Script {
    answers: Arc<Mutex<VecDeque<Scripted>>>,
    sent: Arc<Mutex<Vec<Request>>>,
}

impl Script {
    fn of(answers: impl IntoIterator<Item = Scripted>) -> Script {
        Script { answers: Arc::new(Mutex::new(answers.into_iter().collect())), sent: Arc::default() }
    }

    fn sent(&self) -> Vec<Request> {
        self.sent.lock().expect("no panic while locked").clone()
    }
}

impl Transport for Script {
    fn send<'a>(&'a self, request: &'a Request, _: &'a Limits) -> BoxFuture<'a, Result<Answer, Fault>> {
        self.sent.lock().expect("no panic while locked").push(request.clone());
        let next = self.answers.lock().expect("no panic while locked").pop_front();
        Box::pin(async move {
            let Some(answer) = next else { return std::future::pending().await };
            answer.map(|(status, body)| Answer {
                response: Response {
                    status,
                    headers: vec![("Content-Type".into(), "application/x-amz-json-1.1".into())],
                    body: body.into(),
                },
                duration: Duration::from_millis(2),
            })
        })
    }
}

fn engine(script: &Script) -> arras::Builder {
    Engine::builder()
        .environment(Environment::new([("AWS_REGION", "eu-west-1")], std::collections::BTreeMap::new()))
        .aws_credentials(AwsCredentials::new("AKIDEXAMPLEEXAMPLE00", "a-secret-of-forty-characters-for-tests-00", None))
        .clock(ManualClock::skipping(Timestamp(1_795_338_000_000)))
        .transport(script.clone())
}

fn success() -> Script {
    Script::of([
        Ok((200, r#"{"SessionId":"6b0a52a4-6fd7-4a4b-9f5e-2f7c8f0f3c11"}"#)),
        Ok((200, r#"{"Status":"CREATED"}"#)),
        Ok((200, r#"{"Status":"SUCCEEDED","Confidence":99.25}"#)),
    ])
}

/// ARZ-WF-19
#[tokio::test]
async fn the_flagship_is_signed_polled_and_finished() -> Result<(), Error> {
    let script = success();
    let workflow = engine(&script).build()?.load(WORKFLOW).await?.workflow("face-liveness-session")?;
    let report = workflow.input("clientRequestToken", "abc").run().await?;
    assert_eq!(report.status, Status::Succeeded);
    assert_eq!(report.output("confidence").map(ToString::to_string).as_deref(), Some("99.25"));
    let sent = script.sent();
    assert_eq!(sent.len(), 3);
    for request in &sent {
        assert_eq!(request.url, "https://rekognition.eu-west-1.amazonaws.com/");
        let authorization = arras_run::exchange::header(&request.headers, "authorization").expect("a signature");
        assert!(authorization.contains("/eu-west-1/rekognition/aws4_request"), "{authorization}");
        assert!(authorization.contains("x-amz-target"), "{authorization}");
    }
    Ok(())
}

#[tokio::test]
async fn events_come_as_a_stream_and_a_run_can_be_cancelled() -> Result<(), Error> {
    let script = Script::of([Ok((200, r#"{"SessionId":"x"}"#))]);
    let workflow = engine(&script).build()?.load(WORKFLOW).await?.workflow("face-liveness-session")?;
    let (handle, mut events) = workflow.start()?;
    let mut last = None;
    while let Some(event) = events.next().await {
        // the second request is never answered
        if matches!(&event.kind, EventKind::RequestSent(sent) if sent.effect.0.starts_with("pollResults")) {
            handle.cancel(CancelReason::Caller);
        }
        last = Some(event);
    }
    assert!(matches!(last.map(|event| event.kind), Some(EventKind::RunFinished { status: Status::Cancelled })));
    let outcome = handle.outcome().await?;
    assert_eq!((outcome.status, outcome.outputs["sessionId"].as_str()), (Status::Cancelled, Some("x")));
    Ok(())
}

#[tokio::test]
async fn a_transport_fault_ends_the_run_with_its_kind_and_phase() -> Result<(), Error> {
    let refused = Fault::new(FaultKind::ConnectRefused, Phase::Connect, "nothing listens");
    let script = Script::of([Err(refused.clone())]);
    let report = engine(&script).build()?.load(WORKFLOW).await?.workflow("face-liveness-session")?.run().await?;
    assert_eq!(report.status, Status::Failed);
    assert_eq!(report.workflows[0].steps[0].fault, Some(refused));
    Ok(())
}

#[tokio::test]
async fn without_a_region_nothing_is_sent_and_the_error_says_how_to_give_one() -> Result<(), Error> {
    let script = success();
    let nowhere = Environment::new([], std::collections::BTreeMap::new());
    // the published form of the description names no region at all
    let description = std::fs::read_to_string("../../openapi/rekognition-face-liveness.openapi.yaml").expect("a file");
    let description = description.replace("rekognition.{region}.amazonaws.com", "rekognition.amazonaws.com");
    let workflow = std::fs::read_to_string(WORKFLOW).expect("a file");
    let engine = engine(&script).environment(nowhere).loader(Memory { workflow, description }).build()?;
    let error = engine.load("flow.yaml").await?.workflow("face-liveness-session").expect_err("no region");
    assert!(error.is_auth(), "{error}");
    for way in ["--aws-region", "AWS_REGION", "profile"] {
        assert!(error.to_string().contains(way), "{error}");
    }
    assert!(script.sent().is_empty());
    Ok(())
}

struct Memory {
    workflow: String,
    description: String,
}

impl Loader for Memory {
    fn load<'a>(&'a self, uri: &'a str) -> BoxFuture<'a, Result<Loaded, LoadError>> {
        let text = if uri.ends_with("flow.yaml") { &self.workflow } else { &self.description };
        let loaded = Loaded { uri: uri.to_owned(), name: uri.to_owned(), bytes: text.clone().into_bytes().into() };
        Box::pin(async move { Ok(loaded) })
    }
}

#[tokio::test]
async fn what_can_not_be_read_or_run_is_an_error_that_says_which() -> Result<(), Error> {
    let script = success();
    let engine = engine(&script).build()?;
    assert!(engine.load("../../workflows/face-livenes.arazzo.yaml").await.expect_err("no such file").is_not_found());
    let loaded = engine.load(WORKFLOW).await?;
    assert!(loaded.workflow("face-liveness").expect_err("no such workflow").is_usage());
    let unfit = loaded.workflow("face-liveness-session")?.input("clientRequestToken", "no spaces").run().await;
    assert!(unfit.expect_err("the pattern").is_invalid_input());
    Ok(())
}

/// Published AWS descriptions list `http` before `https`; nothing signed goes out in the clear where it need not.
#[tokio::test]
async fn a_server_that_is_there_by_https_too_is_requested_so() -> Result<(), Error> {
    let api = "{openapi: 3.0.3, info: {title: t, version: '1'}, servers: [{url: 'http://rds.{region}.amazonaws.com', variables: {region: {default: us-east-1}}}, {url: 'https://rds.{region}.amazonaws.com', variables: {region: {default: us-east-1}}}], paths: {/: {get: {operationId: look, security: [{h: []}], responses: {'200': {description: ok}}}}}, components: {securitySchemes: {h: {type: apiKey, in: header, name: Authorization, description: AWS Signature Version 4}}}}";
    let workflow = "{arazzo: 1.0.1, info: {title: t, version: '1'}, sourceDescriptions: [{name: api, url: api.yaml, type: openapi}], workflows: [{workflowId: w, steps: [{stepId: s, operationId: look}]}]}";
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("https-too");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("api.yaml"), api).unwrap();
    std::fs::write(folder.join("w.arazzo.yaml"), workflow).unwrap();
    let script = Script::of([Ok((200, "{}"))]);
    let location = folder.join("w.arazzo.yaml");
    engine(&script).build()?.load(&location.to_string_lossy()).await?.workflow("w")?.run().await?;
    assert_eq!(
        script.sent().first().map(|sent| sent.url.clone()).as_deref(),
        Some("https://rds.eu-west-1.amazonaws.com/")
    );
    Ok(())
}

/// What is found while a workflow is planned is told once: what follows from the document with what is found in it.
#[tokio::test]
async fn a_finding_of_the_plan_stands_in_one_place() -> Result<(), Error> {
    let workflow = "{arazzo: 1.0.1, info: {title: t, version: '1'}, sourceDescriptions: [{name: api, url: api.yaml, type: openapi}], workflows: [{workflowId: w, steps: [{stepId: s, workflowId: other, parameters: [{name: nobody, value: 1}]}]}, {workflowId: other, inputs: {type: object, additionalProperties: false, properties: {a: {}}}, steps: [{stepId: s, operationId: look}]}]}";
    let api = "{openapi: 3.0.3, info: {title: t, version: '1'}, servers: [{url: 'https://api.example'}], paths: {/: {get: {operationId: look, responses: {'200': {description: ok}}}}}}";
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("told-once");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("api.yaml"), api).unwrap();
    std::fs::write(folder.join("w.arazzo.yaml"), workflow).unwrap();
    let location = folder.join("w.arazzo.yaml");
    let workflow = engine(&success()).build()?.load(&location.to_string_lossy()).await?.workflow("w")?;
    let planned = |found: &&Diagnostic| found.message.contains("`nobody`");
    assert!(workflow.findings().iter().any(|found| planned(&found)), "{:#?}", workflow.findings());
    assert_eq!(workflow.notes().iter().filter(planned).count(), 0, "{:#?}", workflow.notes());
    Ok(())
}

/// What is found in the documents begins the events, and stands in the report, unless nobody wants it.
#[tokio::test]
async fn what_is_found_before_a_run_begins_its_events() -> Result<(), Error> {
    let script = success();
    let workflow = engine(&script).build()?.load(WORKFLOW).await?.workflow("face-liveness-session")?;
    let found: Vec<_> = workflow.findings().iter().map(|found| found.rule.id).collect();
    assert!(found.contains(&"jsonpath-bare-comparison"), "{found:?}");
    let mut events = Vec::new();
    workflow.clone().observe(|event| events.push(event.clone())).await?;
    let told: Vec<_> = events[1..]
        .iter()
        .map_while(|event| match &event.kind {
            EventKind::Diagnosed { diagnostic } => Some(diagnostic.rule.id),
            _ => None,
        })
        .collect();
    assert!(matches!(events[0].kind, EventKind::RunStarted { .. }));
    assert_eq!(told, found);
    assert!(events[..=found.len()].iter().all(|event| event.at == events[0].at));

    let report = |workflow: arras::WorkflowRun| async {
        let report = workflow.run().await?;
        Ok::<_, Error>(report.diagnostics.iter().map(|found| found.rule.id).collect::<Vec<_>>())
    };
    let again = engine(&success()).build()?.load(WORKFLOW).await?.workflow("face-liveness-session")?;
    assert!(report(again).await?.starts_with(&found));
    let quiet = engine(&success()).build()?.load(WORKFLOW).await?.workflow("face-liveness-session")?;
    assert!(!report(quiet.without_findings()).await?.contains(&"jsonpath-bare-comparison"));
    Ok(())
}
