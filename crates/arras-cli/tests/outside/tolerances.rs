//! What published documents write and the specification does not: taken by default, each with one warning that has a code, and
//! not with `--strict`.

use arras_doc::source::{Source, SourceId};
use serde_json::{Value, json};

use crate::support::{Ran, arras, folder, project, write};
use crate::wire::{Answer, Received, Server};

pub(crate) const API: &str = "openapi: 3.1.0
info: {title: t, version: '1'}
servers: [{url: 'https://api.example'}]
paths:
  /login:
    post:
      operationId: login
      parameters: [{name: X-Token, in: header}]
      requestBody: {content: {application/json: {schema: {type: object, properties: {n: {type: integer}}}}}}
  /other: {get: {operationId: other}, put: {operationId: put}}
";

/// The inputs of every run here.
const INPUTS: [&str; 8] =
    ["-i", "token=abc", "-i", "n=5", "-i", "user.name=whole", "-i", r#"user={"name": "part", "age": 3}"#];

/// A document with one step of these fields.
pub(crate) fn document(version: &str, step: &str) -> String {
    format!(
        "arazzo: {version}
info: {{title: t, version: '1'}}
sourceDescriptions: [{{name: api, url: api.yaml}}]
workflows:
- workflowId: w
  inputs:
    type: object
    properties: {{token: {{type: string}}, n: {{type: integer}}, user.name: {{type: string}}, user: {{type: object}}}}
  steps: [{{stepId: s, {step}}}]
"
    )
}

/// A server that answers each request with that body.
pub(crate) fn server(body: &Value) -> Server {
    let body = body.to_string();
    Server::start(move |_, _| Answer::Json(200, body.clone()))
}

/// The table of tolerances.
fn cases() -> Vec<Value> {
    let text = std::fs::read_to_string(project().join("tests/cases/tolerances.yaml")).unwrap();
    let (tree, found) = arras_doc::read::read(&Source::new("t", "file:///t", text), SourceId(0));
    assert_eq!(found.iter().filter(|one| one.is_error()).count(), 0, "{found:#?}");
    let cases = Value::from(&tree.unwrap().root().to_value());
    cases.as_array().unwrap().clone()
}

/// What came of a run, in the words of the table; of a success what `expected` speaks of.
fn comes(ran: &Ran, received: &[Received], expected: &Value) -> Value {
    match ran.code {
        Some(3) if received.is_empty() => json!("refusal"),
        Some(1) => json!("failure"),
        Some(0) if expected.get("sent").is_some() => {
            json!({"sent": serde_json::from_slice::<Value>(&received[0].body).unwrap()})
        }
        Some(0) if expected.get("token").is_some() => json!({"token": received[0].header("x-token")}),
        Some(0) if expected.get("outputs").is_some() => {
            json!({"outputs": ran.answer()["workflows"][0]["steps"][0]["outputs"]})
        }
        Some(0) => json!("success"),
        code => panic!("{code:?}\n{}", ran.stderr),
    }
}

#[test]
fn each_tolerance_has_one_warning_and_is_none_to_the_letter() {
    let usual = json!({"status": "Available", "list": [1, 2], "data": {"id": 7}});
    let (success, refusal) = (json!("success"), json!("refusal"));
    for (index, case) in cases().iter().enumerate() {
        let name = case["name"].as_str().unwrap();
        let here = folder(&format!("tolerance-{index}"));
        write(&here.join("flow.yaml"), document("1.1.0", case["step"].as_str().unwrap()));
        write(&here.join("api.yaml"), API);
        let run = |more: &[&str]| {
            let server = server(case.get("answer").unwrap_or(&usual));
            let run = arras(["run", "flow.yaml", "--output", "report", "-v", "--server", &server.url()]).within(&here);
            let ran = run.args(INPUTS).args(more).run();
            (ran, server.received())
        };
        let (ran, received) = run(&[]);
        let expected = case.get("tolerant").unwrap_or(&success);
        assert_eq!(comes(&ran, &received, expected), *expected, "{name}\n{}", ran.stderr);
        let rules: Vec<&str> = case.get("rule").and_then(Value::as_str).into_iter().collect();
        assert_eq!(warnings(&ran), rules, "{name}\n{}", ran.stderr);
        let (ran, received) = run(&["--strict"]);
        let expected = case.get("strict").unwrap_or(&refusal);
        assert_eq!(comes(&ran, &received, expected), *expected, "{name} to the letter\n{}", ran.stderr);
    }
}

/// The codes of the warnings that the story and the report of a run tell, each once.
fn warnings(ran: &Ran) -> Vec<&'static str> {
    let report = ran.answer();
    let lists = [&report["diagnostics"], &report["workflows"][0]["steps"][0]["diagnostics"]];
    let found: Vec<&Value> = lists.into_iter().filter_map(Value::as_array).flatten().collect();
    let told = |rule: &str| {
        let reported = found.iter().any(|one| one["severity"] == "warning" && one["rule"] == rule);
        // the story tells a finding in full: its code on a line of its own
        reported || ran.stderr.lines().any(|line| line.trim() == rule)
    };
    arras_doc::rule::ALL.iter().map(|rule| rule.id).filter(|rule| told(rule)).collect()
}

/// ARZ-SUCC-02: a `retry` among the success actions runs the step again, once unless it says otherwise; to the letter it
/// is refused.
#[test]
fn a_retry_after_success() {
    let here = folder("tolerance-retry");
    let step = "operationId: login, onSuccess: [{name: again, type: retry, retryLimit: 2, retryAfter: 0}]";
    write(&here.join("flow.yaml"), document("1.0.1", step));
    write(&here.join("api.yaml"), API);
    let server = server(&json!({}));
    let ran = arras(["run", "flow.yaml", "--server", &server.url(), "--poll-interval", "0"]).within(&here).run();
    ran.expect(0, &["warning[misplaced-retry]"]);
    assert_eq!(server.received().len(), 3);
    let strict = arras(["run", "flow.yaml", "--server", &server.url(), "--strict"]).within(&here).run();
    strict.expect(3, &["misplaced-retry"]);
    assert_eq!(server.received().len(), 3);
}

/// A-21: what a step asked and was answered, read without an output of it, as the grammar of 1.0 has it.
#[test]
fn an_exchange_may_be_read_without_outputs() {
    let here = folder("tolerance-exchange");
    let text = |version: &str| document(version, "operationId: login") + "  outputs: {o: $steps.s.response.body#/id}\n";
    write(&here.join("flow.yaml"), text("1.0.1"));
    write(&here.join("newer.yaml"), text("1.1.0"));
    write(&here.join("api.yaml"), API);
    let server = server(&json!({"id": 7}));
    let run =
        |file: &str, more: &[&str]| arras(["run", file, "--server", &server.url()]).args(more).within(&here).run();
    assert_eq!(run("flow.yaml", &[]).expect(0, &["warning[loose-expression]"]).answer(), json!({"o": 7}));
    run("flow.yaml", &["--strict"]).expect(3, &["loose-expression"]);
    run("newer.yaml", &[]).expect(3, &["$steps.s.response.body#/id"]);
    assert_eq!(server.received().len(), 1);
}

/// A-33: an id that one of two sources has.
#[test]
fn an_id_without_its_source() {
    let here = folder("tolerance-unqualified");
    let text = document("1.0.1", "operationId: login");
    let two = |text: &str| text.replace("url: api.yaml}", "url: api.yaml}, {name: second, url: second.yaml}");
    write(&here.join("flow.yaml"), two(&text));
    write(&here.join("api.yaml"), API);
    write(&here.join("second.yaml"), API.replace("login", "logout"));
    let server = server(&json!({}));
    let run = |more: &[&str]| arras(["run", "flow.yaml", "--server", &server.url()]).args(more).within(&here).run();
    run(&[]).expect(0, &["warning[unqualified-operation]"]);
    run(&["--strict"]).expect(3, &["unqualified-operation"]);
    write(&here.join("second.yaml"), API);
    run(&[]).expect(3, &["ambiguous-operation"]);
    assert_eq!(server.received().len(), 1);
}
