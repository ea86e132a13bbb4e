//! A request that is refused because the clocks disagree is sent once more by the other clock, for people to see.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arras::Engine;
use arras::clock::ManualClock;
use arras::credentials::AwsCredentials;
use arras::environment::Environment;
use arras::future::BoxFuture;
use arras::transport::{Answer, Limits, Transport};
use arras_run::event::EventKind;
use arras_run::exchange::{Request, Response, header};
use arras_run::fault::Fault;
use arras_run::time::Timestamp;

const WORKFLOW: &str = "../../workflows/face-liveness.arazzo.yaml";
/// 2026-11-22T09:00:00Z by our clock; the service's is an hour ahead.
const NOW: Timestamp = Timestamp(1_795_338_000_000);
const THEIRS: &str = "Sun, 22 Nov 2026 10:00:00 GMT";

#[derive(Clone)]
struct Service {
    answers: Arc<Mutex<VecDeque<(u16, &'static str)>>>,
    sent: Arc<Mutex<Vec<Request>>>,
}

impl Transport for Service {
    fn send<'a>(&'a self, request: &'a Request, _: &'a Limits) -> BoxFuture<'a, Result<Answer, Fault>> {
        self.sent.lock().unwrap().push(request.clone());
        let (status, body) = self.answers.lock().unwrap().pop_front().unwrap();
        let fields = [("Content-Type", "application/x-amz-json-1.1"), ("Date", THEIRS)];
        let headers = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let response = Response { status, headers, body: body.into() };
        Box::pin(async move { Ok(Answer { response, duration: Duration::from_millis(1) }) })
    }
}

const REFUSED: (u16, &str) = (400, r#"{"__type":"InvalidSignatureException","message":"Signature not yet current"}"#);
const CREATED: (u16, &str) = (200, r#"{"SessionId":"6b0a52a4-6fd7-4a4b-9f5e-2f7c8f0f3c11"}"#);
const DONE: (u16, &str) = (200, r#"{"Status":"SUCCEEDED","Confidence":99.25}"#);

/// The times that requests were signed at, and what people saw of them: `>` for one sent, the status for an answer.
async fn run(answers: &[(u16, &'static str)]) -> (Vec<String>, String) {
    let service = Service { answers: Arc::new(Mutex::new(answers.iter().copied().collect())), sent: Arc::default() };
    let engine = Engine::builder()
        .environment(Environment::new([("AWS_REGION", "eu-west-1")], BTreeMap::new()))
        .aws_credentials(AwsCredentials::new("AKIDEXAMPLEEXAMPLE00", "a-secret-of-forty-characters-for-tests-00", None))
        .clock(ManualClock::skipping(NOW))
        .transport(service.clone())
        .build()
        .unwrap();
    let workflow = engine.load(WORKFLOW).await.unwrap().workflow("face-liveness-session").unwrap();
    let mut seen = String::new();
    let observe = |event: &arras_run::event::Event| match &event.kind {
        EventKind::RequestSent(_) => seen.push_str("> "),
        EventKind::ResponseReceived(response) => seen.push_str(&format!("{} ", response.status)),
        _ => {}
    };
    workflow.observe(observe).await.unwrap();
    let sent = service.sent.lock().unwrap();
    (sent.iter().map(|request| header(&request.headers, "x-amz-date").unwrap()).collect(), seen)
}

#[tokio::test]
async fn it_is_sent_again_by_the_corrected_time_which_is_kept() {
    let (times, seen) = run(&[REFUSED, CREATED, DONE]).await;
    assert_eq!(times, ["20261122T090000Z", "20261122T100000Z", "20261122T100000Z"]);
    assert_eq!(seen, "> 400 > 200 > 200 ");
}

#[tokio::test]
async fn once_and_no_more() {
    let (times, seen) = run(&[REFUSED, REFUSED]).await;
    assert_eq!(times, ["20261122T090000Z", "20261122T100000Z"]);
    assert_eq!(seen, "> 400 > 400 ");
}

#[tokio::test]
async fn another_error_is_an_answer_like_any() {
    let (times, _) = run(&[(400, r#"{"__type":"InvalidParameterException"}"#)]).await;
    assert_eq!(times, ["20261122T090000Z"]);
}
