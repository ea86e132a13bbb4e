//! Descriptions of several files: every folder of `tests/cases/references` is one, with what its requests and findings are
//! in `case.yaml`.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arras::Engine;
use arras::environment::Environment;
use arras::future::BoxFuture;
use arras::transport::{Answer, Limits, Transport};
use arras_doc::diagnostic::{Diagnostic, Severity};
use arras_doc::read;
use arras_doc::source::{Source, SourceId};
use arras_doc::value::Value;
use arras_run::event::EventKind;
use arras_run::exchange::{Request, Response, header};
use arras_run::fault::Fault;

/// Answers all requests alike and keeps them.
#[derive(Clone)]
struct Always {
    headers: Vec<(String, String)>,
    body: String,
    sent: Arc<Mutex<Vec<Request>>>,
}

impl Transport for Always {
    fn send<'a>(&'a self, request: &'a Request, _: &'a Limits) -> BoxFuture<'a, Result<Answer, Fault>> {
        self.sent.lock().unwrap().push(request.clone());
        let response = Response { status: 200, headers: self.headers.clone(), body: self.body.clone().into() };
        Box::pin(async move { Ok(Answer { response, duration: Duration::ZERO }) })
    }
}

fn case(folder: &Path) -> Value {
    let text = std::fs::read_to_string(folder.join("case.yaml")).unwrap();
    let source = Source::new("case.yaml", "file:///case.yaml", text);
    read::read(&source, SourceId(0)).0.expect("a tree").root().to_value()
}

/// `RULE: WHAT`, without whose answer it is and where files lie.
fn told(found: &Diagnostic, folder: &Path) -> String {
    let message = found.message.replace(&format!("{}/", folder.display()), "");
    let message = message.trim_start_matches("step `ask`: ").trim_start_matches("the answer is not as described: ");
    format!("{}: {message}", found.rule.id)
}

/// The request as three texts, and what was found.
async fn run(folder: &Path, expected: &Value) -> (Vec<String>, Vec<String>) {
    let text = |name: &str| expected.get("answer").and_then(|answer| answer.get(name)?.as_str()).unwrap().to_owned();
    let headers = vec![("Content-Type".to_owned(), text("type"))];
    let always = Always { headers, body: text("body"), sent: Arc::default() };
    let engine = Engine::builder().transport(always.clone()).environment(Environment::new([], BTreeMap::new()));
    let loaded = engine.build().unwrap().load(folder.join("flow.arazzo.yaml").to_str().unwrap()).await.unwrap();
    let doubtful = |found: &&Diagnostic| found.severity >= Severity::Warning;
    let mut found: Vec<String> = loaded.diagnostics().iter().filter(doubtful).map(|it| told(it, folder)).collect();
    // what a run passes over, a check tells
    let lint = loaded.lint();
    let nowhere = lint.iter().filter(|it| it.rule.id == "unresolved-reference");
    found.extend(nowhere.map(|it| told(it, folder)));
    let run = loaded.workflow("main").unwrap();
    run.observe(|event| {
        if let EventKind::StepFinished(step) = &event.kind {
            assert_eq!(step.fault, None);
            found.extend(step.diagnostics.iter().filter(doubtful).map(|it| told(it, folder)));
        }
    })
    .await
    .unwrap();
    let sent = always.sent.lock().unwrap();
    let [request] = sent.as_slice() else { panic!("{} requests", sent.len()) };
    let content_type = header(&request.headers, "content-type").unwrap_or_default();
    let body = String::from_utf8(request.body.outline().into_owned()).unwrap();
    (vec![format!("{} {}", request.method, request.url), content_type, body], found)
}

#[tokio::test]
async fn each_reference_leads_where_its_file_and_version_say() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases/references").canonicalize().unwrap();
    let mut cases: Vec<_> = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    assert!(cases.len() >= 10);
    let mut wrong = Vec::new();
    for folder in &cases {
        let expected = case(folder);
        let text = |name: &str| expected.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (request, found) = run(folder, &expected).await;
        let findings = expected.get("findings").and_then(Value::as_array).expect("`findings`");
        let findings: Vec<&str> = findings.iter().filter_map(Value::as_str).collect();
        if request != [text("request"), text("contentType"), text("body")] || found != findings {
            let name = folder.file_name().unwrap().to_string_lossy();
            wrong.push(format!("{name}\n    {request:?}\n    {}", found.join("\n    ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
