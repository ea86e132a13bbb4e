//! Spans of the crate `tracing` around runs and steps, and what they tell of requests: nothing secret.
#![allow(clippy::unwrap_used)]

use std::fmt::{Debug, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arras::Engine;
use arras::future::BoxFuture;
use arras::trace::TraceContext;
use arras::transport::{Answer, Limits, Transport};
use arras_run::effect::Status;
use arras_run::event::EventKind;
use arras_run::exchange::{Request, Response, header};
use arras_run::fault::Fault;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Writes down each span and event of this library.
#[derive(Clone, Default)]
struct Notes {
    lines: Arc<Mutex<Vec<String>>>,
    next: Arc<AtomicU64>,
}

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {}={value:?}", field.name()).unwrap();
    }
}

impl Notes {
    fn note(&self, what: &str, metadata: &Metadata<'_>, record: impl FnOnce(&mut Fields)) {
        if metadata.target().starts_with("arras") {
            let mut fields = Fields(String::new());
            record(&mut fields);
            self.lines.lock().unwrap().push(format!("{what}{}", fields.0));
        }
    }
}

impl Subscriber for Notes {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.note(span.metadata().name(), span.metadata(), |fields| span.record(fields));
        Id::from_u64(self.next.fetch_add(1, Ordering::Relaxed) + 1)
    }

    fn event(&self, event: &Event<'_>) {
        self.note("", event.metadata(), |fields| event.record(fields));
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[derive(Default)]
struct Service {
    traces: Mutex<Vec<Option<String>>>,
}

impl Transport for Service {
    fn send<'a>(&'a self, request: &'a Request, _: &'a Limits) -> BoxFuture<'a, Result<Answer, Fault>> {
        self.traces.lock().unwrap().push(header(&request.headers, "traceparent"));
        let headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
        let response = Response { status: 200, headers, body: "{}".into() };
        Box::pin(async move { Ok(Answer { response, duration: Duration::from_millis(1) }) })
    }
}

const WORKFLOW: &str = "
arazzo: 1.0.1
info: {title: T, version: 1.0.0}
sourceDescriptions: [{name: api, url: api.yaml, type: openapi}]
workflows:
- workflowId: w
  inputs: {type: object, properties: {key: {type: string, format: password}}}
  steps:
  - {stepId: one, operationId: get, parameters: [{name: key, in: query, value: $inputs.key}]}
  - {stepId: two, operationId: get, parameters: [{name: traceparent, in: header, value: own}]}
";
const API: &str = "
openapi: 3.1.0
info: {title: A, version: 1.0.0}
servers: [{url: 'https://api.example'}]
paths:
  /get:
    get:
      operationId: get
      parameters: [{name: key, in: query, schema: {type: string}}, {name: traceparent, in: header, schema: {type: string}}]
      responses: {'200': {description: ok}}
";

#[tokio::test]
async fn runs_and_steps_are_spans_and_requests_name_theirs() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("spans");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("w.arazzo.yaml"), WORKFLOW).unwrap();
    std::fs::write(folder.join("api.yaml"), API).unwrap();
    let (notes, service) = (Notes::default(), Arc::new(Service::default()));
    let guard = tracing::subscriber::set_default(notes.clone());
    let engine = Engine::builder().transport(service.clone()).build().unwrap();
    let loaded = engine.load(folder.join("w.arazzo.yaml").to_str().unwrap()).await.unwrap();
    let trace = TraceContext::new(0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c);
    let run = loaded.workflow("w").unwrap().input("key", "canary-canary").trace(trace);
    assert!(run.run().await.unwrap().is_success());
    let lines = notes.lines.lock().unwrap().clone();
    let told = |part: &str| lines.iter().filter(|line| line.contains(part)).count();
    assert_eq!(told("arras.run workflow=w"), 1, "{lines:#?}");
    assert_eq!((told("arras.step effect=one#1.1"), told("arras.step effect=two#1.1")), (1, 1), "{lines:#?}");
    assert_eq!((told("message=request sent"), told("message=response received")), (2, 2), "{lines:#?}");
    assert!(told("url=https://api.example/get?key=***") == 1 && told("canary") == 0, "{lines:#?}");
    let traces = service.traces.lock().unwrap().clone();
    // a step that says for itself where it belongs is believed
    assert_eq!(traces, [Some(trace.field(trace.span("one#1.1", 1))), Some("own".to_owned())]);
    let all = || notes.lines.lock().unwrap().iter().filter(|line| line.contains("message=request sent")).count();
    let before = all();
    // those who follow the tracing are told of requests, and the observer is not
    let mut kinds = Vec::new();
    let quiet = loaded.workflow("w").unwrap().input("key", "canary-canary").without_exchanges();
    let outcome = quiet.observe(|event| kinds.push(event.kind.clone())).await.unwrap();
    assert_eq!((outcome.status, all() - before), (Status::Succeeded, 2));
    let exchange = |kind: &EventKind| matches!(kind, EventKind::RequestSent(_) | EventKind::ResponseReceived(_));
    assert!(!kinds.is_empty() && !kinds.iter().any(exchange), "{kinds:#?}");
    // nor does an outline keep from them where a request goes
    let urls = || notes.lines.lock().unwrap().iter().filter(|line| line.contains("/get?key=***")).count();
    let before = urls();
    loaded.workflow("w").unwrap().input("key", "canary-canary").in_outline().run().await.unwrap();
    assert_eq!(urls() - before, 1);
    drop(guard);
}
