//! Scenarios: order, conditions, keys, tokens, what is filled in.

use std::time::{Duration, Instant};

use arras_mock::{Mock, StartError, Verdict};

use crate::support::*;

const JOBS: &str = "
openapi: 3.1.0
info: {title: Jobs, version: '1'}
paths:
  /jobs:
    post:
      operationId: createJob
      responses:
        '201': {description: ok, content: {application/json: {schema: {type: object}}}}
        '429': {description: slow, content: {application/json: {example: {slow: true}}}}
  /jobs/{id}:
    get:
      operationId: getJob
      responses: {'200': {description: ok, content: {application/json: {examples: {a: {value: 1}, b: {value: 2}}}}}}
    delete: {operationId: deleteJob, responses: {'204': {description: ok}}}
";

async fn statuses(mock: &Mock, method: &str, target: &str, calls: usize) -> Vec<u16> {
    let mut all = Vec::new();
    for _ in 0..calls {
        all.push(call(mock, method, target, "{}").await.status);
    }
    all
}

#[tokio::test]
async fn answers_come_in_order_and_the_last_repeats() {
    let mock =
        start(JOBS, "operations: {getJob: [{status: 500}, {status: 503, times: 2}, {status: 200, body: 1}]}").await;
    assert_eq!(statuses(&mock, "GET", "/jobs/1", 5).await, [500, 503, 503, 200, 200]);
    let verdicts: Vec<_> = mock.requests().into_iter().map(|request| request.verdict).collect();
    assert_eq!(verdicts[..4], [0, 1, 1, 2].map(Verdict::Scenario));
}

#[tokio::test]
async fn what_is_used_up_is_an_error_that_says_so() {
    let mock = start(JOBS, "operations: {getJob: [{status: 200, once: true}]}").await;
    assert_eq!(statuses(&mock, "GET", "/jobs/1", 1).await, [200]);
    let answer = call(&mock, "GET", "/jobs/1", "").await;
    assert_eq!(
        (answer.status, answer.text("/detail").as_str()),
        (500, "the scenario has no answer for call 2 of `getJob`")
    );
    assert_eq!(mock.requests()[1].verdict, Verdict::Exhausted);
}

#[tokio::test]
async fn conditions_choose() {
    let scenario = "
operations:
  createJob:
  - {when: $request.body#/kind == 'bad', error: {type: Bad, message: 'no {$request.body#/kind} jobs'}}
  - {when: [$request.header.X-Slow, $request.query.q == '1'], status: 429}
  - {status: 201, body: first}
  - {status: 201, body: next}
";
    let mock = start(JOBS, scenario).await;
    for _ in 0..2 {
        let bad = call(&mock, "POST", "/jobs", r#"{"kind":"bad"}"#).await;
        assert_eq!((bad.status, bad.text("/detail").as_str()), (400, "no bad jobs"));
    }
    let slow = send(&mock.url(), "POST", "/jobs?q=1", &headers(&[("x-slow", "y")]), "").await;
    assert_eq!((slow.status, slow.body.as_str()), (429, r#"{"slow":true}"#));
    assert_eq!(call(&mock, "POST", "/jobs", "{}").await.body, r#""first""#);
    assert_eq!(call(&mock, "POST", "/jobs", "{}").await.body, r#""next""#);
}

const SESSIONS: &str = "
operations:
  createJob:
    token: $request.body#/token
    answers:
    - status: 201
      headers: {Location: '/jobs/{uuid}'}
      body: {id: '{uuid}', other: '{uuid.other}', call: '{counter}', echo: '{$request.body#/name}', at: '{now}'}
  getJob:
    key: $request.path.id
    after: {operation: createJob, value: $response.body#/id}
    until: deleteJob
    unknown: {status: 404, body: {missing: '{$request.path.id}'}}
    answers:
    - body: {state: running, id: '{$request.path.id}'}
    - body: {state: done}
";

#[tokio::test]
async fn each_key_has_its_own_course_between_creation_and_removal() {
    let mock = start(JOBS, SESSIONS).await;
    let unknown = call(&mock, "GET", "/jobs/nobody", "").await;
    assert_eq!((unknown.status, unknown.text("/missing").as_str()), (404, "nobody"));
    let (one, other) = (call(&mock, "POST", "/jobs", "{}").await, call(&mock, "POST", "/jobs", "{}").await);
    let (one, other) = (one.text("/id"), other.text("/id"));
    assert_ne!(one, other);
    let state = async |id: &str| call(&mock, "GET", &format!("/jobs/{id}"), "").await.text("/state");
    assert_eq!([state(&one).await, state(&one).await, state(&one).await], ["running", "done", "done"]);
    assert_eq!([state(&other).await, state(&other).await], ["running", "done"]);
    assert_eq!(call(&mock, "DELETE", &format!("/jobs/{one}"), "").await.status, 204);
    assert_eq!(call(&mock, "GET", &format!("/jobs/{one}"), "").await.status, 404);
    assert_eq!(call(&mock, "GET", &format!("/jobs/{other}"), "").await.status, 200);
}

#[tokio::test]
async fn places_are_filled_and_ids_are_the_same_at_each_start() {
    let first = call(&start(JOBS, SESSIONS).await, "POST", "/jobs", r#"{"name":[1.0]}"#).await;
    let again = call(&start(JOBS, SESSIONS).await, "POST", "/jobs", "{}").await;
    assert_eq!(first.header("location"), Some(format!("/jobs/{}", first.text("/id")).as_str()));
    assert_eq!(first.text("/id"), again.text("/id"));
    assert_ne!(first.text("/id"), first.text("/other"));
    assert_eq!((first.text("/call").as_str(), first.text("/echo").as_str()), ("1", "[1.0]"));
    assert_eq!((again.json().get("echo"), first.text("/at").len()), (None, 20));
}

#[tokio::test]
async fn the_same_token_gets_the_same_answer() {
    let mock = start(JOBS, SESSIONS).await;
    let create = async |token: &str| call(&mock, "POST", "/jobs", token).await.text("/id");
    let (a, again) = (create(r#"{"token":"a"}"#).await, create(r#"{"token":"a"}"#).await);
    assert_eq!(a, again);
    assert_eq!(mock.requests()[1].verdict, Verdict::Repeated);
    let (b, none, nor) = (create(r#"{"token":"b"}"#).await, create("{}").await, create("{}").await);
    assert!(a != b && b != none && none != nor);
}

#[tokio::test]
async fn a_token_outlives_a_fault_but_not_an_error() {
    let scenario = "
operations:
  createJob:
    token: $request.body#/token
    answers:
    - {error: Busy}
    - {status: 201, body: {id: '{uuid}'}, fault: close}
    - {status: 201, body: {id: '{uuid}'}}
";
    let mock = start(JOBS, scenario).await;
    let json = headers(&[("Content-Type", "application/json")]);
    let create = async || try_send(&mock.url(), "POST", "/jobs", &json, r#"{"token":"t"}"#).await;
    assert_eq!(create().await.map(|answer| answer.status).ok(), Some(400));
    assert!(create().await.is_err());
    let (third, fourth) = (create().await.expect("an answer"), create().await.expect("an answer"));
    assert_eq!((third.status, third.text("/id")), (201, fourth.text("/id")));
}

#[tokio::test]
async fn bodies_take_the_shape_that_their_media_type_asks_for() {
    let scenario = "
operations:
  getJob:
  - {example: b}
  - {example: nobody}
  - {text: '{not json', contentType: application/json}
  - {body: {List: {Item: [1, {a: '<'}]}}, headers: {content-type: text/xml}}
  - {body: plain, contentType: text/plain}
  - {status: 204}
  - {status: 599, headers: {X-A: 1}}
";
    let mock = start(JOBS, scenario).await;
    let mut bodies = Vec::new();
    for _ in 0..5 {
        bodies.push(call(&mock, "GET", "/jobs/1", "").await.body);
    }
    let xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<List><Item>1</Item><Item><a>&lt;</a></Item></List>";
    assert_eq!(bodies, ["2", "", "{not json", xml, "plain"]);
    assert_eq!(call(&mock, "GET", "/jobs/1", "").await.status, 204);
    let last = call(&mock, "GET", "/jobs/1", "").await;
    assert_eq!((last.status, last.header("x-a"), last.body.as_str()), (599, Some("1"), ""));
}

#[tokio::test]
async fn an_answer_can_be_delayed_without_holding_up_others() {
    let mock = start(JOBS, "operations: {getJob: [{delay: 300ms, body: 1}], createJob: [{status: 201}]}").await;
    let begin = Instant::now();
    let slow = call(&mock, "GET", "/jobs/1", "");
    let quick = async {
        call(&mock, "POST", "/jobs", "{}").await;
        begin.elapsed()
    };
    let (_, quick) = tokio::join!(slow, quick);
    assert!(begin.elapsed() >= Duration::from_millis(300) && quick < begin.elapsed());
}

#[tokio::test]
async fn a_field_that_a_request_spoils_is_an_error_not_a_second_field() {
    let mock = start(JOBS, "operations: {createJob: [{headers: {X-Echo: '{$request.body#/x}'}, body: 1}]}").await;
    let answer = call(&mock, "POST", "/jobs", r#"{"x":"a\r\nSet-Cookie: b"}"#).await;
    assert_eq!((answer.status, answer.header("set-cookie")), (500, None));
}

#[tokio::test]
async fn a_scenario_for_what_does_not_exist_is_an_error() {
    let messages = async |scenario: &str| match builder(JOBS, scenario).start().await {
        Err(StartError::Diagnostics(all)) => {
            all.into_iter().map(|one| (one.message.clone(), one.help.clone().unwrap_or_default())).collect::<Vec<_>>()
        }
        other => panic!("it starts: {other:?}"),
    };
    let unknown = messages("operations: {getJobs: [{status: 200}]}").await;
    assert_eq!(
        unknown,
        [("no description has an operation `getJobs`".to_owned(), "did you mean `getJob`?".to_owned())]
    );
    let linked = messages("operations: {getJob: {key: $request.path.id, until: dropJob}}").await;
    assert_eq!(linked[0].0, "no description has an operation `dropJob`");
    assert!(builder(JOBS, "operations: {api.getJob: [{status: 200}]}").check().is_empty());
    let two = builder(JOBS, "operations: {getJob: [{status: 200}]}").description(
        "more",
        description(&JOBS.replace("/jobs", "/more")),
        |_| None,
    );
    let ambiguous = two.check();
    assert_eq!(ambiguous[0].help.as_deref(), Some("write `api.getJob` or `more.getJob`"));
}

#[test]
fn the_guides_examples_are_scenarios() {
    let guide = include_str!("../../../../docs/mock.md");
    let blocks: Vec<&str> = guide.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(blocks.len(), 4);
    for block in blocks {
        let answers_only = block.starts_with("answers:");
        let indented = || block.lines().map(|line| format!("    {line}\n")).collect::<String>();
        let text = if answers_only { format!("operations:\n  a:\n{}", indented()) } else { block.to_owned() };
        scripted(Mock::builder(), &text);
    }
}
