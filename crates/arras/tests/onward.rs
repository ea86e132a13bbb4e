//! What is done beyond one request, for those who ask for it: redirects, further tries, cookies.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arras::chance::SeededChance;
use arras::clock::ManualClock;
use arras::environment::Environment;
use arras::future::BoxFuture;
use arras::load::{LoadError, Loaded, Loader};
use arras::transport::{Answer, Limits, Transport};
use arras::{Builder, Cookies, Engine, NetworkSettings, Redirects, Settings, TransportRetry};
use arras_run::event::{Event, EventKind, StepFinished};
use arras_run::exchange::{Request, Response, header};
use arras_run::fault::{Fault, FaultKind, Phase};
use arras_run::time::Timestamp;

const API: &str = "
openapi: 3.1.0
info: {title: t, version: '1'}
servers: [{url: 'https://a.example'}]
security: [{key: []}]
paths:
  /x:
    get: {operationId: get, responses: {}}
    post: {operationId: post, requestBody: {content: {application/json: {}}}, responses: {}}
    put: {operationId: put, requestBody: {content: {application/json: {}}}, responses: {}}
components: {securitySchemes: {key: {type: apiKey, in: header, name: X-My-Key}}}
";

/// A workflow whose steps call those operations, one after the other.
fn workflow(operations: &[&str]) -> String {
    let step = |(number, operation): (usize, &&str)| {
        let body = if *operation == "get" { "" } else { ", requestBody: {payload: {a: 1}}" };
        format!(
            "      - {{stepId: s{number}, operationId: {operation}{body}, parameters: [{{name: X-Mine, in: header, value: mine}}, {{name: Referer, in: header, value: 'https://a.example/me'}}]}}\n"
        )
    };
    let steps: String = operations.iter().enumerate().map(step).collect();
    format!(
        "arazzo: 1.0.1\ninfo: {{title: t, version: '1'}}\nsourceDescriptions: [{{name: api, url: api.yaml, type: openapi}}]\n\
         workflows:\n  - workflowId: w\n    steps:\n{steps}"
    )
}

struct Memory(String);

impl Loader for Memory {
    fn load<'a>(&'a self, uri: &'a str) -> BoxFuture<'a, Result<Loaded, LoadError>> {
        let text = if uri.ends_with("api.yaml") { API.to_owned() } else { self.0.clone() };
        let loaded = Loaded { uri: uri.to_owned(), name: uri.to_owned(), bytes: text.into() };
        Box::pin(async move { Ok(loaded) })
    }
}

type Answering = Arc<dyn Fn(&Request, usize) -> Result<Response, Fault> + Send + Sync>;

/// Answers by a function of the request and how many came before it.
#[derive(Clone)]
struct Script {
    answer: Answering,
    sent: Arc<Mutex<Vec<Request>>>,
}

impl Transport for Script {
    fn send<'a>(&'a self, request: &'a Request, _: &'a Limits) -> BoxFuture<'a, Result<Answer, Fault>> {
        let mut sent = self.sent.lock().unwrap();
        let answer = (self.answer)(request, sent.len());
        sent.push(request.clone());
        Box::pin(async move { answer.map(|response| Answer { response, duration: Duration::ZERO }) })
    }
}

fn answer(status: u16, headers: &[(&str, &str)]) -> Result<Response, Fault> {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Ok(Response { status, headers, body: Default::default() })
}

struct Ran {
    sent: Vec<Request>,
    steps: Vec<StepFinished>,
    events: Vec<Event>,
    /// How far the clock went.
    took: Duration,
}

impl Ran {
    fn urls(&self) -> Vec<&str> {
        self.sent.iter().map(|request| request.url.as_str()).collect()
    }

    fn told(&self) -> (usize, usize) {
        let count = |wanted: fn(&EventKind) -> bool| self.events.iter().filter(|event| wanted(&event.kind)).count();
        (
            count(|kind| matches!(kind, EventKind::RequestSent(_))),
            count(|kind| matches!(kind, EventKind::ResponseReceived(_))),
        )
    }

    fn rules(&self) -> Vec<&str> {
        self.steps.iter().flat_map(|step| &step.diagnostics).map(|found| found.rule.id).collect()
    }

    fn fault(&self) -> Option<(FaultKind, Phase)> {
        self.steps.iter().find_map(|step| step.fault.as_ref()).map(|fault| (fault.kind, fault.phase))
    }
}

async fn run(
    operations: &[&str],
    network: NetworkSettings,
    change: impl FnOnce(Builder) -> Builder,
    answer: impl Fn(&Request, usize) -> Result<Response, Fault> + Send + Sync + 'static,
) -> Ran {
    let script = Script { answer: Arc::new(answer), sent: Arc::default() };
    let start = Timestamp(1_795_338_000_000);
    let clock = Arc::new(ManualClock::skipping(start));
    let builder = Engine::builder()
        .settings(Settings { network, ..Settings::default() })
        .environment(Environment::new([("ARRAS_AUTH_API_KEY", "the-secret-key")], BTreeMap::new()))
        .loader(Memory(workflow(operations)))
        .clock(Shared(clock.clone()))
        .chance(SeededChance::new(1))
        .transport(script.clone());
    let engine = change(builder).build().unwrap();
    let run = engine.load("w.yaml").await.unwrap().workflow("w").unwrap();
    let mut events = Vec::new();
    run.observe(|event| events.push(event.clone())).await.unwrap();
    let steps = events.iter().filter_map(|event| match &event.kind {
        EventKind::StepFinished(finished) => Some((**finished).clone()),
        _ => None,
    });
    let (steps, sent) = (steps.collect(), script.sent.lock().unwrap().clone());
    let took = arras::clock::Clock::now(&*clock).since(start);
    let shown: String = events.iter().map(|event| serde_json::to_string(event).unwrap()).collect();
    assert!(!shown.contains("the-secret-key"), "{shown}");
    Ran { sent, steps, events, took }
}

struct Shared(Arc<ManualClock>);

impl arras::clock::Clock for Shared {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn sleep_until(&self, until: Timestamp) -> BoxFuture<'_, ()> {
        self.0.sleep_until(until)
    }
}

fn following() -> NetworkSettings {
    NetworkSettings { redirects: Redirects::Followed, ..NetworkSettings::default() }
}

fn trying() -> NetworkSettings {
    NetworkSettings { retries: TransportRetry::Standard, ..NetworkSettings::default() }
}

fn key(request: &Request) -> Option<String> {
    header(&request.headers, "x-my-key")
}

///
#[tokio::test]
async fn redirects_are_answers_unless_they_are_to_be_followed() {
    let to = |request: &Request, _: usize| match request.url.as_str() {
        "https://a.example/x" => answer(302, &[("Location", "/next?a=1"), ("Set-Cookie", "sid=1")]),
        _ => answer(200, &[]),
    };
    let ran = run(&["post"], NetworkSettings::default(), |it| it, to).await;
    assert_eq!((ran.sent.len(), ran.steps[0].status_code), (1, Some(302)));
    let ran = run(&["post"], following(), |it| it, to).await;
    assert_eq!(ran.urls(), ["https://a.example/x", "https://a.example/next?a=1"]);
    assert_eq!((ran.sent[1].method.as_str(), ran.sent[1].body.len()), ("GET", 0));
    assert_eq!(ran.steps[0].status_code, Some(200));
    assert_eq!((ran.told(), ran.rules()), ((2, 2), vec!["redirect-followed"]));
    // the same origin is authorised anew; no cookie without `--cookie-jar`
    assert!(ran.sent.iter().all(|request| key(request).as_deref() == Some("the-secret-key")));
    assert_eq!(header(&ran.sent[1].headers, "cookie"), None);
    let kept = NetworkSettings { cookies: Cookies::Kept, ..following() };
    let ran = run(&["post"], kept, |it| it, to).await;
    assert_eq!(header(&ran.sent[1].headers, "cookie").as_deref(), Some("sid=1"));
}

#[tokio::test]
async fn another_origin_gets_nothing_and_nothing_comes_back_with_the_way_home() {
    let network = NetworkSettings { cookies: Cookies::Kept, ..following() };
    let ran = run(
        &["get"],
        network,
        |it| it,
        |request, _| match request.url.as_str() {
            "https://a.example/x" => answer(302, &[("Location", "https://b.example/y"), ("Set-Cookie", "sid=1")]),
            "https://b.example/y" => answer(307, &[("Location", "https://a.example/z"), ("Set-Cookie", "other=1")]),
            _ => answer(200, &[]),
        },
    )
    .await;
    assert_eq!(ran.urls(), ["https://a.example/x", "https://b.example/y", "https://a.example/z"]);
    assert_eq!(key(&ran.sent[0]).as_deref(), Some("the-secret-key"));
    for request in &ran.sent[1..] {
        for field in ["x-my-key", "cookie", "referer", "authorization", "x-mine"] {
            assert_eq!(header(&request.headers, field), None, "{field} to {}", request.url);
        }
    }
}

#[tokio::test]
async fn ten_redirects_are_enough() {
    let endless = |_: &Request, count: usize| answer(302, &[("Location", &format!("/{count}"))]);
    let ran = run(&["get"], following(), |it| it, endless).await;
    assert_eq!((ran.sent.len(), ran.fault()), (11, Some((FaultKind::TooManyRedirects, Phase::Headers))));
    let ten =
        |_: &Request, count: usize| if count < 10 { answer(302, &[("Location", "/x")]) } else { answer(200, &[]) };
    let ran = run(&["get"], following(), |it| it, ten).await;
    assert_eq!((ran.sent.len(), ran.fault()), (11, None));
}

#[tokio::test]
async fn no_redirect_leads_from_https_to_http_or_out_of_http() {
    for location in ["http://a.example/x", "file:///etc/passwd", "gopher://a.example/", "javascript:alert(1)"] {
        let ran = run(&["get"], following(), |it| it, move |_, _| answer(302, &[("Location", location)])).await;
        assert_eq!((ran.sent.len(), ran.fault()), (1, Some((FaultKind::PolicyRefused, Phase::Policy))), "{location}");
    }
}

#[tokio::test]
async fn what_the_network_fails_is_tried_three_times_if_it_may_be_done_twice() {
    let reset = || Err(Fault::new(FaultKind::ConnectionReset, Phase::Headers, "reset"));
    let refused = || Err(Fault::new(FaultKind::ConnectRefused, Phase::Connect, "refused"));
    let all = |operation: &'static str, network: NetworkSettings| run_all(operation, network, reset());
    assert_eq!(all("get", NetworkSettings::default()).await.sent.len(), 1, "not unless it is asked for");
    for operation in ["get", "put"] {
        let ran = all(operation, trying()).await;
        assert_eq!((ran.sent.len(), ran.told()), (3, (3, 0)), "{operation}");
        assert_eq!(ran.rules()[..2], ["request-retried"; 2]);
        assert_eq!(ran.fault(), Some((FaultKind::ConnectionReset, Phase::Headers)));
        assert!(ran.took <= Duration::from_millis(150), "{:?}", ran.took);
        assert_eq!(run_all(operation, trying(), refused()).await.sent.len(), 3);
    }
    assert_eq!(all("post", trying()).await.sent.len(), 1, "a POST is not sent twice");
    for (status, tries) in [(429, 3), (502, 3), (503, 3), (504, 3), (500, 1), (400, 1), (200, 1)] {
        let ran = run(&["get"], trying(), |it| it, move |_, _| answer(status, &[])).await;
        assert_eq!((ran.sent.len(), ran.told()), (tries, (tries, tries)), "{status}");
        assert_eq!(ran.steps[0].status_code, Some(status));
    }
    let second = |_: &Request, count: usize| answer(if count == 0 { 503 } else { 200 }, &[]);
    let ran = run(&["get"], trying(), |it| it, second).await;
    assert_eq!((ran.sent.len(), ran.steps[0].status_code), (2, Some(200)));
    // each try is authorised by itself
    assert!(ran.sent.iter().all(|request| key(request).is_some()));
}

async fn run_all(operation: &'static str, network: NetworkSettings, outcome: Result<Response, Fault>) -> Ran {
    run(&[operation], network, |it| it, move |_, _| outcome.clone()).await
}

#[tokio::test]
async fn tries_wait_as_long_as_the_server_asks_and_share_the_steps_time() {
    let after = |value: &'static str| {
        run(
            &["get"],
            trying(),
            |it| it,
            move |_, count| answer(if count == 0 { 503 } else { 200 }, &[("Retry-After", value)]),
        )
    };
    let ran = after("3").await;
    assert_eq!((ran.sent.len(), ran.took), (2, Duration::from_secs(3)));
    let ran = after("Sun, 22 Nov 2026 09:00:07 GMT").await;
    assert_eq!((ran.sent.len(), ran.took), (2, Duration::from_secs(7)));
    assert_eq!(after("31536000").await.sent.len(), 1, "nobody waits for a year");
    // a step has a minute: a pause that would take it all is none
    let brief = |it: Builder| {
        it.limits(arras_run::run::Limits { step_timeout: Some(Duration::from_secs(2)), ..Default::default() })
    };
    let asks = |_: &Request, _: usize| answer(503, &[("Retry-After", "3")]);
    assert_eq!(run(&["get"], trying(), brief, asks).await.sent.len(), 1);
}

#[tokio::test]
async fn the_same_chance_gives_the_same_pauses() {
    let busy = || run(&["get"], trying(), |it| it, |_, _| answer(429, &[]));
    let (one, same) = (busy().await, busy().await);
    assert_eq!(one.events, same.events);
    assert!(one.took > Duration::ZERO);
    let other = run(&["get"], trying(), |it| it.chance(SeededChance::new(2)), |_, _| answer(429, &[])).await;
    assert_ne!(one.took, other.took);
}

#[tokio::test]
async fn an_origin_that_fails_everything_is_soon_tried_no_more() {
    let operations = vec!["get"; 40];
    let any = |it: Builder| {
        it.limits(arras_run::run::Limits { default_success: arras_run::run::DefaultSuccess::Any, ..Default::default() })
    };
    let ran = run(&operations, trying(), any, |_, _| answer(503, &[])).await;
    assert_eq!(ran.steps.len(), 40);
    // 500 tokens at 14 each are 35 further tries
    assert_eq!(ran.sent.len(), 40 + 35);
}

///
#[tokio::test]
async fn cookies_are_kept_for_those_who_ask_and_shown_to_nobody() {
    let session = "session-8d3f0c";
    let sets = move |_: &Request, count: usize| {
        answer(200, &[("Set-Cookie", &format!("sid={session}{count}; Path=/; HttpOnly"))])
    };
    let ran = run(&["get", "get"], NetworkSettings::default(), |it| it, sets).await;
    assert!(ran.sent.iter().all(|request| header(&request.headers, "cookie").is_none()));
    let network = NetworkSettings { cookies: Cookies::Kept, ..NetworkSettings::default() };
    let ran = run(&["get", "get", "post"], network, |it| it, sets).await;
    let cookies: Vec<_> = ran.sent.iter().map(|request| header(&request.headers, "cookie")).collect();
    assert_eq!(cookies, [None, Some(format!("sid={session}0")), Some(format!("sid={session}1"))]);
    let shown: String = ran.events.iter().map(|event| serde_json::to_string(event).unwrap()).collect();
    assert!(!shown.contains(session), "{shown}");
}
