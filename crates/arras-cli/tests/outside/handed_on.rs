//! Secrets that go from one run to the next.

use std::path::{Path, PathBuf};

use crate::support::{Ran, arras, folder, write};

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
