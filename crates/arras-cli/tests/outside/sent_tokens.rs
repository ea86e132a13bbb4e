//! Tokens whose names say nothing: what a document sends as a credential is masked from where it comes into being.

use std::path::Path;

use crate::support::{arras, folder, write};

const DOCUMENT: &str = r##"
arazzo: 1.0.1
info: {title: Tokens, version: 1.0.0}
sourceDescriptions: [{name: api, url: api.yaml, type: openapi}]
workflows:
- workflowId: work
  inputs: {type: object, properties: {key: {type: string}}}
  steps:
  - stepId: open
    workflowId: login
    outputs: {opened: $outputs.bearer}
  - stepId: use
    operationId: use
    parameters:
    - {name: authorization, in: header, value: 'Bearer {$steps.open.outputs.opened}'}
    - {name: X-Api-Key, in: header, value: $inputs.key}
    successCriteria: [{condition: $statusCode == 200}]
    outputs: {echo: $response.body#/echo}
  outputs: {opened: $steps.open.outputs.opened, echo: $steps.use.outputs.echo}
- workflowId: login
  steps:
  - stepId: signIn
    operationId: signIn
    successCriteria: [{condition: $statusCode == 200}]
    outputs: {all: $response.body, page: $response.body#/nextToken, id: $response.body#/id}
  outputs: {bearer: $steps.signIn.outputs.all#/session/token, page: $steps.signIn.outputs.page}
"##;

const API: &str = r##"
openapi: 3.1.0
info: {title: API, version: 1.0.0}
servers: [{url: 'https://api.example'}]
paths:
  /login: {post: {operationId: signIn, responses: {'200': {description: ok, content: {application/json: {schema: {}}}}}}}
  /use: {get: {operationId: use, responses: {'200': {description: ok, content: {application/json: {schema: {}}}}}}}
"##;

const MOCK: &str = r##"
operations:
  signIn:
  - body:
      id: visible-id-01
      nextToken: visible-page-02
      next_page_token: visible-page-03
      continuationToken: visible-page-04
      session: {token: canary-sent-05, token_type: visible-type-06}
      made:
      - {accessToken: canary-a7, idToken: canary-i8, refreshToken: canary-r9, sessionToken: canary-s10, jwt: canary-j11}
      - {apiKey: canary-k12, api_key: canary-k13, password: canary-p14, client_secret: canary-c15, clientSecret: canary-c16}
  use: [{body: {echo: you are canary-sent-05 with canary-input-17}}]
"##;

const FILES: [(&str, &str); 6] = [
    ("json", "report.json"),
    ("ndjson", "recorded.ndjson"),
    ("junit", "report.xml"),
    ("har", "report.har"),
    ("markdown", "report.md"),
    ("html", "report.html"),
];

fn read(here: &Path, file: &str) -> String {
    std::fs::read_to_string(here.join(file)).unwrap()
}

#[test]
fn a_token_that_a_request_carries_is_masked_everywhere_and_replayed_alike() {
    let here = folder("sent-tokens");
    let (file, recording) = (here.join("w.arazzo.yaml"), here.join("run.rec.json"));
    write(&file, DOCUMENT);
    write(&here.join("api.yaml"), API);
    write(&here.join("w.mock.yaml"), MOCK);
    let reports = FILES.map(|(kind, file)| format!("--report={kind}={}", here.join(file).display()));
    let ran = arras(["run"])
        .arg(&file)
        .args(["work", "--mock", "-vv", "-i", "key=canary-input-17"])
        .args(&reports)
        .arg(format!("--record={}", recording.display()))
        .run();
    ran.expect(0, &["Succeeded"]);
    let files = FILES.map(|(_, file)| (file, read(&here, file)));
    let sinks =
        [("stdout", ran.stdout.clone()), ("stderr", ran.stderr.clone()), ("recording", read(&here, "run.rec.json"))];
    for (sink, text) in sinks.into_iter().chain(files) {
        // what is shown of a document may hold no value of a run: all of these come from answers and the command line
        assert!(!text.contains("canary"), "{sink}: {text}");
    }
    let told = read(&here, "recorded.ndjson");
    for shown in ["id-01", "page-02", "page-03", "page-04", "type-06"] {
        assert!(told.contains(&format!("visible-{shown}")), "{shown}: {told}");
    }
    let replayed = here.join("replayed.ndjson");
    let again = arras(["replay"]).arg(&recording).arg(format!("--report=ndjson={}", replayed.display())).run();
    again.expect(0, &["Succeeded"]);
    assert_eq!(told, read(&here, "replayed.ndjson"));
    let shown = arras(["run"]).arg(&file).args(["work", "--mock", "-q", "-i", "key=k", "--reveal", "opened"]).run();
    assert!(shown.stdout.contains("canary-sent-05"), "{}", shown.stdout);
}

#[test]
fn what_is_wrong_with_a_password_is_no_secret() {
    let here = folder("refused-password");
    write(&here.join("w.arazzo.yaml"), DOCUMENT);
    write(&here.join("api.yaml"), API);
    write(&here.join("w.mock.yaml"), "operations:\n  signIn: [{status: 422, body: {password: is far too short}}]\n");
    let ran = arras(["run"]).arg(here.join("w.arazzo.yaml")).args(["login", "--mock", "-vv"]).run();
    ran.expect(1, &["is far too short"]);
}

#[test]
fn a_workflow_that_passes_on_a_part_of_its_input_for_ever_is_planned() {
    let here = folder("endless-tokens");
    let endless = r##"
arazzo: 1.0.1
info: {title: Endless, version: 1.0.0}
sourceDescriptions: [{name: api, url: api.yaml, type: openapi}]
workflows:
- workflowId: again
  inputs: {type: object, properties: {x: {}}}
  steps:
  - stepId: use
    operationId: use
    parameters: [{name: X-Api-Key, in: header, value: '{$inputs.x.key}'}]
    onSuccess: [{name: enough, type: end, criteria: [{condition: $statusCode == 299}]}]
  - {stepId: deeper, workflowId: again, parameters: [{name: x, value: $inputs.x.y}]}
"##;
    write(&here.join("w.arazzo.yaml"), endless);
    write(&here.join("api.yaml"), API);
    let ran = arras(["run"]).arg(here.join("w.arazzo.yaml")).args(["--mock", "--max-depth", "3", "-vv"]);
    let ran = ran.args(["-i", r#"x={"key": "canary-1", "y": {"key": "canary-2", "y": {"key": "canary-3"}}}"#]).run();
    ran.expect(5, &["call each other more than 3 deep"]);
    assert!(!ran.stderr.contains("canary"), "{}", ran.stderr);
}
