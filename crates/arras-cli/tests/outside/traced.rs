//! `--otlp`: spans of runs, steps and requests at a collector, and the called APIs told of them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::{arras, folder, project};
use crate::wire::{Answer, SESSION, Server};

const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// The service, whose first answer to a poll is that there is none yet.
fn service() -> Server {
    Server::start(|number, _| match number {
        0 => Answer::Json(200, json!({ "SessionId": SESSION }).to_string()),
        1 => Answer::Json(200, json!({ "SessionId": SESSION, "Status": "IN_PROGRESS" }).to_string()),
        _ => Answer::Json(200, json!({ "SessionId": SESSION, "Status": "SUCCEEDED", "Confidence": 99 }).to_string()),
    })
}

fn spans(collector: &Server) -> Vec<Value> {
    let mut found = Vec::new();
    for request in collector.received() {
        assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/v1/traces"));
        assert_eq!(request.header("content-type"), Some("application/json"));
        assert_eq!(request.header("x-team"), Some("liveness"));
        let body: Value = serde_json::from_str(&request.text()).unwrap();
        let resource = &body["resourceSpans"][0];
        assert_eq!(
            resource["resource"]["attributes"][0],
            json!({ "key": "service.name", "value": { "stringValue": "arras" } })
        );
        found.extend(resource["scopeSpans"][0]["spans"].as_array().unwrap().iter().cloned());
    }
    found
}

fn attributes(span: &Value) -> BTreeMap<String, Value> {
    let pairs = span["attributes"].as_array().unwrap().iter();
    pairs.map(|pair| (pair["key"].as_str().unwrap().to_owned(), pair["value"].clone())).collect()
}

#[test]
fn a_collector_gets_the_spans_that_requests_name() {
    let (service, collector) = (service(), Server::start(|_, _| Answer::Json(200, "{}".to_owned())));
    let run = |more: &[&str]| {
        arras(["run", "workflows/face-liveness.arazzo.yaml", "--poll-interval", "0"])
            .args([format!("--server={}", service.url()), format!("--otlp={}", collector.url())])
            .args(more)
            .aws()
            .env("TRACEPARENT", TRACEPARENT)
            .env("OTEL_EXPORTER_OTLP_HEADERS", "x-team=live%6eess")
            .run()
    };
    run(&[]).expect(0, &["Succeeded"]);
    let spans = spans(&collector);
    assert!(spans.iter().all(|span| span["traceId"] == "0af7651916cd43dd8448eb211c80319c"), "{spans:#?}");
    let by_id: BTreeMap<_, _> = spans.iter().map(|span| (span["spanId"].as_str().unwrap(), span)).collect();
    assert_eq!((by_id.len(), spans.len()), (7, 7), "a run, three attempts, three requests: {spans:#?}");
    let root = spans.iter().find(|span| span["name"] == "face-liveness-session").unwrap();
    assert_eq!((&root["parentSpanId"], &root["status"]["code"]), (&"b7ad6b7169203331".into(), &1.into()));
    let steps: Vec<_> = spans.iter().filter(|span| span["parentSpanId"] == root["spanId"]).collect();
    assert_eq!(
        steps.iter().map(|span| span["name"].as_str().unwrap()).collect::<Vec<_>>(),
        ["createSession", "pollResults", "pollResults"]
    );
    assert_eq!(attributes(steps[2])["arras.visit"], json!({ "intValue": "2" }));
    // each request named its own span, which lies within its step's
    for (number, request) in service.received().iter().enumerate() {
        let field = request.header("traceparent").unwrap();
        let id = field.split('-').nth(2).unwrap();
        let span = by_id[id];
        assert_eq!((span["kind"].as_u64(), &span["parentSpanId"]), (Some(3), &steps[number]["spanId"]), "{field}");
        assert_eq!(attributes(span)["http.response.status_code"], json!({ "intValue": "200" }));
        let nanos = |span: &Value, name: &str| span[name].as_str().unwrap().parse::<u128>().unwrap();
        assert!(nanos(span, "startTimeUnixNano") >= nanos(steps[number], "startTimeUnixNano"));
        assert!(nanos(span, "endTimeUnixNano") <= nanos(steps[number], "endTimeUnixNano"));
    }
}

#[test]
fn a_failure_is_an_error_and_tests_have_traces_of_their_own() {
    let service = Server::start(|_, _| Answer::Json(400, r#"{"__type":"AccessDeniedException"}"#.to_owned()));
    let collector = Server::start(|_, _| Answer::Json(200, "{}".to_owned()));
    let ran = arras(["test", "workflows/face-liveness.arazzo.yaml", "--retries", "1", "--poll-interval", "0"])
        .args([format!("--server={}", service.url()), format!("--otlp={}/v1/traces", collector.url())])
        .aws()
        .env("OTEL_EXPORTER_OTLP_HEADERS", "x-team=live%6eess")
        .run();
    ran.expect(1, &["AccessDeniedException"]);
    let spans = spans(&collector);
    let roots: Vec<_> = spans.iter().filter(|span| span["parentSpanId"] == "").collect();
    assert_eq!(roots.len(), 2);
    assert_ne!(roots[0]["traceId"], roots[1]["traceId"]);
    assert!(spans.iter().all(|span| span["status"]["code"] == 2), "{spans:#?}");
    let request = spans.iter().find(|span| span["kind"] == 3).unwrap();
    assert_eq!(request["status"]["message"], "400");
}

#[test]
fn a_collector_that_is_not_there_fails_no_run() {
    let ran = arras([
        "run",
        "workflows/face-liveness.arazzo.yaml",
        "--mock",
        "--poll-interval",
        "0",
        "--otlp",
        "http://127.0.0.1:1",
    ])
    .run();
    ran.expect(0, &["spans can't be sent to `http://127.0.0.1:1/v1/traces`: it refused the connection: check that the collector runs there"]);
    assert!(ran.last_line().starts_with("Succeeded") && !ran.stderr.contains("--server"), "{}", ran.stderr);
    arras(["run", "f", "--otlp", "collector:4318"]).run().expect(2, &["expected a URL"]);
    let here = folder("traced-project");
    std::fs::write(here.join("arras.toml"), "otlp = \"http://127.0.0.1:1\"").unwrap();
    let file = project().join("workflows/face-liveness.arazzo.yaml");
    arras(["run"]).arg(file).within(&here).run().expect(2, &["may not set `otlp`"]);
}
