//! Secrets that go from one run to the next, and from an answer that an attempt goes on from to the next request.

use std::path::{Path, PathBuf};

use crate::support::{Ran, arras, folder, write};
use crate::wire::{Answer, Server};

const API: &str = r##"
openapi: 3.1.0
info: {title: API, version: 1.0.0}
servers: [{url: 'https://api.example'}]
paths:
  /token:
    get:
      operationId: open
      responses:
        default: {description: any, content: {application/json: {schema: {properties: {pin: {format: password}}}}}}
  /echo:
    get:
      operationId: echo
      parameters: [{name: q, in: query, schema: {type: string}}]
      responses: {'200': {description: ok}}
"##;

fn documents(name: &str, workflows: &str) -> PathBuf {
    let here = folder(name);
    write(&here.join("api.yaml"), API);
    let head = "arazzo: 1.0.1\ninfo: {title: T, version: '1'}\n\
        sourceDescriptions: [{name: api, url: api.yaml, type: openapi}]\nworkflows:\n";
    write(&here.join("w.arazzo.yaml"), format!("{head}{workflows}"));
    here
}

/// What a run says and leaves, but for what the secret is shown in on purpose.
fn run(here: &Path, more: &[&str]) -> (Ran, String) {
    let arguments = ["run", "w.arazzo.yaml", "-vv", "--record=r.json", "--report=ndjson=r.ndjson"];
    let ran = arras(arguments).args(more).within(here).run();
    let read = |file: &str| std::fs::read_to_string(here.join(file)).unwrap();
    let all = format!("{}\n{}\n{}\n{}", ran.stdout, ran.stderr, read("r.json"), read("r.ndjson"));
    (ran, all)
}

#[track_caller]
fn hidden(all: &str, secrets: &[&str]) {
    secrets.iter().for_each(|secret| assert!(!all.contains(secret), "{secret} stands in {all}"));
}

/// With `--no-deps` a run is given what one before it came to.
#[test]
fn a_run_knows_what_is_secret_in_the_outputs_of_an_earlier_one() {
    let here = documents(
        "handed-outputs",
        "- workflowId: login\n  steps:\n  - {stepId: s, operationId: open, outputs: {t: $response.body#/access_token}}\n  \
         outputs: {t: $steps.s.outputs.t}\n\
         - workflowId: use\n  dependsOn: [login]\n  steps:\n  - {stepId: x, operationId: echo, parameters: \
         [{name: q, in: query, value: $workflows.login.outputs.t}]}\n  outputs: {mine: $workflows.login.outputs.t}\n",
    );
    write(&here.join("w.mock.yaml"), "operations:\n  open: [{body: {access_token: canary-token-1}}]\n");
    let (ran, all) = run(&here, &["login", "use", "--no-deps", "--mock"]);
    ran.expect(0, &["Succeeded  2 workflows"]);
    hidden(&all, &["canary-token-1"]);
    let ran =
        arras(["run", "w.arazzo.yaml", "login", "use", "--no-deps", "--mock", "--reveal=mine"]).within(&here).run();
    assert!(ran.stdout.contains("canary-token-1"), "{}", ran.stdout);
}

#[test]
fn an_answer_that_is_passed_over_is_as_secret_as_the_last_one() {
    let here = documents(
        "handed-answers",
        "- workflowId: w\n  steps:\n  - {stepId: s, operationId: open, outputs: {t: $response.body#/token}}\n  \
         - {stepId: x, operationId: echo, parameters: [{name: Authorization, in: header, value: 'Bearer {$steps.s.outputs.t}'}]}\n",
    );
    let server = Server::start(|before, request| match (before, request.target.as_str()) {
        (0, "/token") => Answer::Json(503, r#"{"pin":"canary-busy-1","token":"canary-busy-2"}"#.to_owned()),
        (_, "/token") => Answer::Text(
            303,
            "application/json\r\nLocation: /moved",
            r#"{"pin":"canary-moved-1","token":"canary-moved-2"}"#.to_owned(),
        ),
        (_, "/moved") => Answer::Json(200, r#"{"pin":"canary-last-1","token":"canary-last-2"}"#.to_owned()),
        _ => Answer::Json(200, "{}".to_owned()),
    });
    let (ran, all) = run(&here, &["--transport-retry", "--follow-redirects", "--server", &server.url()]);
    ran.expect(0, &["Succeeded"]);
    assert_eq!(server.received().len(), 4, "{}", ran.stderr);
    hidden(&all, &["canary-busy-", "canary-moved-", "canary-last-"]);
}
