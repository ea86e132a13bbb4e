//! What a request and an attempt may take, where the transport keeps no time itself or has no turn left, and what a transport
//! does not admit.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "support/memory.rs"]
mod memory;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use arras::Engine;
use arras::future::BoxFuture;
use arras::transport::{Answer, HttpSettings, HttpTransport, Limits, Transport};
use arras_run::event::EventKind;
use arras_run::exchange::Request;
use arras_run::fault::{Fault, FaultKind, Phase};
use arras_run::run;
use memory::Memory;
use tokio::net::TcpListener;

const API: &str = "
openapi: 3.1.0
info: {title: t, version: '1'}
servers: [{url: 'http://127.0.0.1:9'}]
paths: {/x: {get: {operationId: look, responses: {}}}}
";

const WORKFLOW: &str = "
arazzo: 1.0.1
info: {title: t, version: '1'}
sourceDescriptions: [{name: api, url: api.yaml, type: openapi}]
workflows: [{workflowId: w, steps: [{stepId: look, operationId: look}]}]
";

/// Never answers, keeps no time, and admits what it is told to.
struct Silent {
    refusal: Option<Fault>,
    sent: Arc<AtomicUsize>,
}

impl Transport for Silent {
    fn admit(&self, _: &Request) -> Result<(), Fault> {
        self.refusal.clone().map_or(Ok(()), Err)
    }

    fn send<'a>(&'a self, _: &'a Request, _: &'a Limits) -> BoxFuture<'a, Result<Answer, Fault>> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        Box::pin(std::future::pending())
    }
}

/// The fault of the one step, how many requests were sent, and of how many it was told.
async fn fault(refusal: Option<Fault>, step: Duration, whole: Duration) -> (FaultKind, usize, usize) {
    let sent = Arc::new(AtomicUsize::new(0));
    let limits = run::Limits { step_timeout: Some(step), timeout: Some(whole), ..run::Limits::default() };
    let transport = Silent { refusal, sent: sent.clone() };
    let engine = Engine::builder()
        .loader(Memory { workflow: WORKFLOW, api: API })
        .transport(transport)
        .limits(limits)
        .build()
        .unwrap();
    let workflow = engine.load("flow.yaml").await.unwrap().workflow("w").unwrap();
    let (mut told, mut found) = (0, None);
    let running = workflow.observe(|event| match &event.kind {
        EventKind::RequestSent(_) => told += 1,
        EventKind::StepFinished(finished) => found = finished.fault.clone(),
        _ => {}
    });
    tokio::time::timeout(Duration::from_secs(30), running).await.expect("an end").unwrap();
    (found.expect("a fault").kind, sent.load(Ordering::Relaxed), told)
}

///
#[tokio::test]
async fn an_attempt_ends_though_the_transport_keeps_no_time() {
    let (step, whole) = (Duration::from_millis(50), Duration::from_secs(600));
    assert_eq!(fault(None, step, whole).await, (FaultKind::RequestTimeout, 1, 1));
}

#[tokio::test]
async fn a_run_ends_at_its_deadline_though_an_attempt_might_take_longer() {
    // before the attempt would end, and between its timeout and twice that
    for step in [Duration::from_secs(600), Duration::from_millis(400)] {
        let begun = Instant::now();
        assert_eq!(fault(None, step, Duration::from_millis(500)).await.0, FaultKind::RunTimeout, "{step:?}");
        assert!(begun.elapsed() >= Duration::from_millis(500), "{step:?}");
    }
}

#[tokio::test]
async fn what_a_transport_does_not_admit_is_neither_sent_nor_told() {
    let refusal = Fault::new(FaultKind::PolicyRefused, Phase::Policy, "not there");
    let second = Duration::from_secs(1);
    assert_eq!(fault(Some(refusal), second, second).await, (FaultKind::PolicyRefused, 0, 0));
}

#[tokio::test]
async fn the_time_of_a_request_begins_before_its_turn() {
    // takes connections and never answers
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://127.0.0.1:{}/", listener.local_addr().unwrap().port());
    let request = Request {
        method: "GET".to_owned(),
        url,
        headers: Vec::new(),
        body: Default::default(),
        path: Vec::new(),
        query: Vec::new(),
    };
    let transport = HttpTransport::new(HttpSettings { at_once: 1, ..HttpSettings::default() });
    let long = Limits { request: Duration::from_secs(60), ..Limits::default() };
    let short = Limits { request: Duration::from_millis(100), ..Limits::default() };
    let outcome = tokio::select! {
        biased;
        _ = transport.send(&request, &long) => panic!("nobody answers"),
        outcome = transport.send(&request, &short) => outcome,
    };
    let fault = outcome.unwrap_err();
    assert_eq!((fault.kind, fault.phase), (FaultKind::RequestTimeout, Phase::Send), "{}", fault.message);
    assert!(fault.message.contains("waited for its turn, 1 at a time"), "{}", fault.message);
}
