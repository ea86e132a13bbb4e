//! Secrets that look like something else in what is sent: JSON, words of the specifications. A recording holds none, and its
//! replay is the same.

use std::path::Path;

use crate::support::{arras, folder, write};
use crate::wire::{Answer, Server};

const API: &str = r##"
openapi: 3.1.0
info: {title: API, version: 1.0.0}
servers: [{url: 'https://api.example'}]
paths:
  /a:
    post:
      operationId: send
      requestBody: {content: {application/json: {schema: {}}, application/x-www-form-urlencoded: {schema: {type: object}}}}
      responses: {'200': {description: ok}}
  /u/{u}:
    get:
      operationId: look
      parameters:
      - {name: u, in: path, required: true, schema: {type: string}}
      - {name: q, in: query, schema: {type: string}}
      responses: {'200': {description: ok}}
"##;

/// A workflow whose only step does what `step` says, with an input `key` that is a secret.
fn documents(here: &Path, step: &str) {
    write(&here.join("api.yaml"), API);
    let flow = format!(
        "arazzo: 1.0.1\ninfo: {{title: T, version: 1.0.0}}\nsourceDescriptions: [{{name: api, url: api.yaml, type: openapi}}]\n\
         workflows:\n- workflowId: w\n  inputs: {{type: object, properties: {{key: {{type: string, format: password}}}}}}\n  \
         steps:\n  - stepId: s\n{step}    successCriteria: [{{condition: $statusCode == 200}}]\n"
    );
    write(&here.join("w.arazzo.yaml"), flow);
}

/// Records a run with that secret, replays it in every way, and gives the recording.
fn recorded(name: &str, step: &str, key: &str) -> String {
    let here = folder(name);
    documents(&here, step);
    let given = format!("key={key}");
    let run = |arguments: &[&str]| arras(["run", "w.arazzo.yaml", "-q"]).args(arguments).within(&here).run();
    run(&["--mock", "-i", &given, "--record=r.json"]).expect(0, &[]);
    arras(["replay", "r.json"]).within(&here).run().expect(0, &["Succeeded"]);
    run(&["--replay=r.json"]).expect(0, &[]);
    run(&["--replay=r.json", "-i", &given]).expect(0, &[]);
    std::fs::read_to_string(here.join("r.json")).unwrap()
}

#[test]
fn json_given_as_a_text_is_no_part_of_a_recording() {
    let payload = "    operationId: send\n    requestBody: {contentType: application/json, payload: '{\"cred\": {$inputs.key}}'}\n";
    let text = recorded("concealed-credential", payload, r#"{"type":"sa","private_key":"MIIEvHushHush"}"#);
    assert!(!text.contains("MIIEvHushHush"), "{text}");
}

#[test]
fn words_of_the_specifications_are_replayed_where_they_are_secret() {
    let form = "contentType: application/x-www-form-urlencoded";
    let fields = "payload: {grant_type: password, username: ada, password: $inputs.key}";
    for (name, step) in [
        ("form", format!("    operationId: send\n    requestBody: {{{form}, {fields}}}\n")),
        ("json", format!("    operationId: send\n    requestBody: {{contentType: application/json, {fields}}}\n")),
        ("path", "    operationId: look\n    parameters: [{name: u, in: path, value: $inputs.key}]\n".to_owned()),
        (
            "query",
            "    operationId: look\n    parameters: [{name: u, in: path, value: a}, {name: q, in: query, value: $inputs.key}]\n"
                .to_owned(),
        ),
    ] {
        recorded(&format!("concealed-word-{name}"), &step, "password");
    }
}

#[test]
fn inputs_of_dependencies_are_no_part_of_a_recording() {
    let here = folder("concealed-dependency");
    documents(
        &here,
        "    operationId: look\n    parameters: [{name: u, in: path, value: a}, {name: q, in: query, value: $inputs.key}]\n",
    );
    let flow = std::fs::read_to_string(here.join("w.arazzo.yaml")).unwrap();
    let step = "{stepId: t, operationId: look, parameters: [{name: u, in: path, value: b}]}";
    write(&here.join("w.arazzo.yaml"), format!("{flow}- {{workflowId: last, dependsOn: [w], steps: [{step}]}}\n"));
    let run = arras(["run", "w.arazzo.yaml", "last", "--mock", "--dep-input=w:key=password", "--record=r.json"]);
    run.within(&here).run().expect(0, &[]);
    let text = std::fs::read_to_string(here.join("r.json")).unwrap();
    assert!(text.contains("--dep-input=w:key=arras-secret-1"), "{text}");
    arras(["replay", "r.json"]).within(&here).run().expect(0, &["Succeeded"]);
}

/// What becomes known as a secret only later is a placeholder from the beginning, which no event shows.
#[test]
fn a_secret_that_is_learnt_late_is_shown_by_no_replay() {
    let here = folder("concealed-late");
    documents(&here, "    operationId: look\n    parameters: [{name: u, in: path, value: a}]\n");
    let flow = std::fs::read_to_string(here.join("w.arazzo.yaml")).unwrap();
    write(&here.join("w.arazzo.yaml"), flow.replace(", format: password", ""));
    write(&here.join("w.mock.yaml"), "operations:\n  look: [{body: {access_token: canary-late-1}}]\n");
    let run = arras(["run", "w.arazzo.yaml", "--mock", "-i", "key=canary-late-1", "--record=r.json"]);
    run.within(&here).run().expect(0, &[]);
    arras(["replay", "r.json", "--report=ndjson=r.ndjson", "-vv"]).within(&here).run().expect(0, &["Succeeded"]);
    let told = std::fs::read_to_string(here.join("r.ndjson")).unwrap();
    assert!(told.contains("***") && !told.contains("arras-secret-"), "{told}");
}

/// A placeholder is longer than a PIN, and of another pattern than a key; what else a schema says is held against all.
#[test]
fn no_schema_is_held_against_a_placeholder() {
    let here = folder("concealed-schemas");
    documents(&here, "    operationId: look\n    parameters: [{name: u, in: path, value: a}]\n");
    let rewrite = |file: &str, was: &str, now: &str| {
        let text = std::fs::read_to_string(here.join(file)).unwrap();
        assert!(text.contains(was), "{text}");
        write(&here.join(file), text.replace(was, now));
    };
    let key = "key: {type: string, format: password, maxLength: 8, pattern: '^[a-z]+$'}";
    let pin = "pin: {type: integer, format: password, maximum: 9999}";
    rewrite("w.arazzo.yaml", "key: {type: string, format: password}", &format!("{key}, {pin}"));
    let schema =
        "{properties: {key: {type: string, format: password, pattern: '^[A-Z]{6}$'}, n: {type: integer, maximum: 5}}}";
    let responses =
        format!("responses: {{'200': {{description: ok, content: {{application/json: {{schema: {schema}}}}}}}}}");
    rewrite("api.yaml", "responses: {'200': {description: ok}}", &responses);
    for (body, code, told) in [("{key: CANARY, n: 5}", 0, "Succeeded"), ("{key: CANARY, n: 6}", 1, "`/n`")] {
        write(&here.join("w.mock.yaml"), format!("operations:\n  look: [{{body: {body}}}]\n"));
        let checked = ["--check-response", "error", "--report=ndjson=was.ndjson"];
        let given = ["--mock", "-i", "key=hushhush", "-i", "pin=4711", "--record=r.json"];
        arras(["run", "w.arazzo.yaml"]).args(given).args(checked).within(&here).run().expect(code, &[told]);
        arras(["replay", "r.json", "--report=ndjson=now.ndjson"]).within(&here).run().expect(code, &[told]);
        let read = |name: &str| std::fs::read_to_string(here.join(name)).unwrap();
        assert_eq!(read("was.ndjson"), read("now.ndjson"));
        arras(["run", "w.arazzo.yaml", "--replay=r.json"]).args(checked).within(&here).run().expect(code, &[told]);
    }
}

/// YAML folds, indents and escapes what it holds.
#[test]
fn no_document_tells_a_secret_in_the_spelling_of_yaml() {
    let here = folder("concealed-yaml");
    let payload = "{a: $inputs.key, b: \"hu\\x73h\\\n        \\ tilt hush\", c: 'it''s hush tilt hush'}";
    let step = format!(
        "    description: >-\n      so hush\n      tilt hush\n    operationId: send\n    \
         requestBody: {{contentType: application/json, payload: {payload}}}\n"
    );
    documents(&here, &step);
    let run = arras(["run", "w.arazzo.yaml", "--mock", "-i", "key=hush tilt hush", "--record=r.json"]);
    run.args(["--report=ndjson=was.ndjson"]).within(&here).run().expect(0, &[]);
    let text = std::fs::read_to_string(here.join("r.json")).unwrap();
    assert!(!text.contains("tilt"), "{text}");
    arras(["replay", "r.json", "--report=ndjson=now.ndjson"]).within(&here).run().expect(0, &["Succeeded"]);
    let read = |name: &str| std::fs::read_to_string(here.join(name)).unwrap();
    assert_eq!(read("was.ndjson"), read("now.ndjson"));
}

/// Where a server is stays what it is, though its port is somebody's PIN.
#[test]
fn a_secret_that_is_the_port_of_a_server_leaves_the_server_where_it_is() {
    let here = folder("concealed-port");
    documents(
        &here,
        "    operationId: look\n    parameters: [{name: u, in: path, value: a}, {name: q, in: query, value: $inputs.key}]\n",
    );
    let server = Server::start(|_, _| Answer::Json(200, "{}".to_owned()));
    let url = server.url();
    let (_, port) = url.rsplit_once(':').unwrap();
    write(&here.join("api.yaml"), API.replace("https://api.example", &url));
    let run = arras(["run", "w.arazzo.yaml", "-i", &format!("key={port}"), "--record=r.json"]);
    run.within(&here).run().expect(0, &["Succeeded"]);
    drop(server);
    arras(["replay", "r.json"]).within(&here).run().expect(0, &["Succeeded"]);
    assert!(!std::fs::read_to_string(here.join("r.json")).unwrap().contains(&format!("q={port}")));
}
