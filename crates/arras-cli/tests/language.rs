//! The built command at the level of the language: several documents, the letter of the specification, dry runs.
#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const API: &str = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\nservers: [{url: 'https://api.example/v1'}]\npaths:\n  \
    /login: {post: {operationId: login, responses: {'200': {description: ok}}}}\n  \
    /pets/{id}: {get: {operationId: getPet, responses: {'200': {description: ok}}, parameters: [{name: id, in: path, required: true, schema: {type: integer}}]}}\n";

fn document(fields: &str, sources: &str, workflows: &str) -> String {
    format!(
        "arazzo: 1.1.0\n{fields}info: {{title: t, version: '1'}}\nsourceDescriptions: [{sources}]\nworkflows: {workflows}\n"
    )
}

fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("language-{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    for (file, text) in files {
        let path = folder.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn arras(folder: &Path, stdin: &str, arguments: &[&str]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_arras"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder.join("home"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // a command that reads no input may be gone by now
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    child.wait_with_output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[track_caller]
fn exits(output: &Output, code: i32) {
    assert_eq!(output.status.code(), Some(code), "{}\n{}", out(output), err(output));
}

const STEPS: &str = "[{workflowId: w, steps: [{stepId: s, operationId: login}]}]";
const CALL: &str = "[{workflowId: c, steps: [{stepId: s, workflowId: $sourceDescriptions.other.w}]}]";
const OTHER: &str = "https://flows.example/other.yaml";

/// ARZ-DOC-09, ARZ-DOC-16, ARZ-URI-15: documents by their own URI, in any order, without the network.
#[test]
fn further_documents_are_found_by_their_own_uri() {
    let entry = document("", &format!("{{name: other, url: '{OTHER}'}}"), CALL);
    let other = document(&format!("$self: {OTHER}\n"), "{name: api, url: 'https://flows.example/api.yaml'}", STEPS);
    let api = API.replace("3.1.0", "3.2.0\n$self: https://flows.example/api.yaml");
    let here = folder("self", &[("entry.yaml", &entry), ("x/other.yaml", &other), ("api.yaml", &api)]);
    let alone = arras(&here, "", &["check", "entry.yaml", "--format", "concise"]);
    assert!(out(&alone).contains("source-not-fetched"), "{}", out(&alone));
    for order in [["x/other.yaml", "api.yaml"], ["api.yaml", "x/other.yaml"]] {
        let documents = ["--document", order[0], "--document", order[1]];
        let checked = arras(&here, "", &[&["check", "entry.yaml"], &documents[..]].concat());
        exits(&checked, 0);
        assert!(
            err(&checked).contains("no problems") || out(&checked).is_empty(),
            "{}{}",
            out(&checked),
            err(&checked)
        );
        let run = arras(&here, "", &[&["run", "entry.yaml", "--offline", "--mock"], &documents[..]].concat());
        exits(&run, 0);
    }
}

/// ARZ-DOC-08, ARZ-URI-07, ARZ-URI-08, ARZ-URI-09
#[test]
fn an_entry_may_be_a_folder_or_standard_input() {
    let entry = document("", "{name: api, url: ./api.yaml}", STEPS);
    let here = folder("stdin", &[("flow/arazzo.yaml", &entry), ("flow/api.yaml", API), ("empty/x.txt", "")]);
    exits(&arras(&here, "", &["run", "flow", "--mock"]), 0);
    exits(&arras(&here, "", &["run", "empty"]), 4);
    let placeless = arras(&here, &entry, &["run", "-", "--dry-run"]);
    exits(&placeless, 3);
    assert!(err(&placeless).contains("--base-uri URI"), "{}", err(&placeless));
    let base = format!("file://{}/flow/stdin.yaml", here.display());
    for way in [["--base-uri", &base], ["--source", "api=flow/api.yaml"]] {
        let run = arras(&here, &entry, &[&["run", "-", "--dry-run"], &way[..]].concat());
        exits(&run, 0);
        assert!(out(&run).contains("https://api.example/v1/login"), "{}", out(&run));
        exits(&arras(&here, &entry, &[&["check", "-"], &way[..]].concat()), 0);
    }
    let calling = document("", &format!("{{name: other, url: '{OTHER}'}}"), CALL);
    let other = document(&format!("$self: {OTHER}\n"), "{name: api, url: './flow/api.yaml'}", STEPS);
    std::fs::write(here.join("entry.yaml"), calling).unwrap();
    let found =
        arras(&here, &other, &["run", "entry.yaml", "--document", "-", "--source", "api=flow/api.yaml", "--dry-run"]);
    exits(&found, 0);
    exits(&arras(&here, &other, &["run", "-", "--document", "-"]), 2);
    exits(&arras(&here, &other, &["run", "-", "--inputs", "-"]), 2);
    exits(&arras(&here, "", &["run", "entry.yaml", "--base-uri", "https://x.example/"]), 2);
}

/// Each tolerance, a warning by default, is an error by the letter.
#[test]
fn strictly_no_tolerance_is_left() {
    let step = |fields: &str| {
        document("", "{name: api, url: api.yaml}", &format!("[{{workflowId: w, steps: [{{stepId: s, {fields}}}]}}]"))
    };
    let bare = "operationId: login, successCriteria: [{context: $response.body, condition: $.a == 1, type: jsonpath}]";
    let table = [
        (step(bare), "jsonpath-bare-comparison", "[?"),
        (step("operationId: login, outputs: {a: $response.body.x}"), "loose-expression", "#/x"),
        (
            step("operationId: login, successCriteria: [{condition: '$statusCode == \"200\"'}]"),
            "loose-condition",
            "'200'",
        ),
        (step("operationPath: 'POST /login'"), "loose-reference", "$sourceDescriptions"),
        (step("operationId: login, description: ~"), "loose-field", "remove"),
        (step("operationId: login, onSuccess: [{name: r, type: retry}]"), "misplaced-retry", "goto"),
        (
            document("", "{name: api, url: api.yaml}, {name: api2, url: two.yaml}", STEPS),
            "unqualified-operation",
            "$sourceDescriptions.api.login",
        ),
        (
            document("$self: https://f.example/e.yaml\n", "{name: api, url: api.yaml}", STEPS),
            "loose-base",
            "--source api=api.yaml",
        ),
    ];
    let two = API.replace("login", "logout");
    for (index, (text, rule, help)) in table.iter().enumerate() {
        let here = folder(&format!("strict-{index}"), &[("flow.yaml", text), ("api.yaml", API), ("two.yaml", &two)]);
        let tolerant = arras(&here, "", &["check", "flow.yaml", "--format", "concise"]);
        exits(&tolerant, 0);
        assert!(out(&tolerant).contains(&format!("warning[{rule}]")), "{rule}: {}", out(&tolerant));
        let strict = arras(&here, "", &["check", "flow.yaml", "--strict", "--format", "json"]);
        exits(&strict, 1);
        let report: serde_json::Value = serde_json::from_str(&out(&strict)).unwrap();
        let found = report["diagnostics"].as_array().unwrap().iter().find(|found| found["rule"] == *rule).unwrap();
        assert_eq!(found["severity"], "error", "{found}");
        assert!(found["help"].as_str().unwrap().contains(help), "{found}");
        exits(&arras(&here, "", &["run", "flow.yaml", "--dry-run"]), 0);
        exits(&arras(&here, "", &["run", "flow.yaml", "--dry-run", "--strict"]), 3);
    }
}

/// what is left out or left empty by default is an error by the letter.
#[test]
fn strictly_absent_values_are_errors() {
    let step = "operationId: login, requestBody: {contentType: application/json, payload: {user: $inputs.user}}";
    let text = document(
        "",
        "{name: api, url: api.yaml}",
        &format!("[{{workflowId: w, inputs: {{properties: {{user: {{}}}}}}, steps: [{{stepId: s, {step}}}]}}]"),
    );
    let here = folder("absent", &[("flow.yaml", &text), ("api.yaml", API)]);
    exits(&arras(&here, "", &["run", "flow.yaml", "--mock"]), 0);
    let strict = arras(&here, "", &["run", "flow.yaml", "--mock", "--strict"]);
    exits(&strict, 1);
    assert!(err(&strict).contains("`$inputs.user` has no value"), "{}", err(&strict));
}

///
#[test]
fn newer_fields_are_taken_only_when_asked_for() {
    let text = document(
        "",
        "{name: api, url: api.yaml}",
        "[{workflowId: w, steps: [{stepId: s, operationId: login, timeout: 5000}]}]",
    );
    let older = text.replace("1.1.0", "1.0.1");
    let later = text.replace("1.1.0", "1.2.0");
    let here = folder(
        "newer",
        &[
            ("older.yaml", &older),
            ("later.yaml", &later),
            ("far.yaml", &text.replace("1.1.0", "2.0.0")),
            ("api.yaml", API),
        ],
    );
    for (file, rule) in [("older.yaml", "newer-field"), ("later.yaml", "unsupported-version")] {
        let refused = arras(&here, "", &["check", file, "--format", "concise"]);
        exits(&refused, 1);
        assert!(out(&refused).contains(&format!("error[{rule}]")), "{}", out(&refused));
        let taken = arras(&here, "", &["check", file, "--allow-newer", "--format", "concise"]);
        exits(&taken, 0);
        assert!(out(&taken).contains(&format!("warning[{rule}]")), "{}", out(&taken));
        exits(&arras(&here, "", &["run", file, "--mock"]), 3);
        exits(&arras(&here, "", &["run", file, "--mock", "--allow-newer"]), 0);
    }
    exits(&arras(&here, "", &["check", "far.yaml", "--allow-newer"]), 1);
}

///
#[test]
fn dependencies_are_given_inputs_or_results() {
    let text = document(
        "",
        "{name: api, url: api.yaml}",
        "[{workflowId: before, inputs: {required: [n], properties: {n: {type: integer}}}, \
           steps: [{stepId: s, operationId: login, parameters: [{name: n, in: query, value: $inputs.n}]}], \
           outputs: {n: $inputs.n}}, \
          {workflowId: after, dependsOn: [before], steps: [{stepId: s, operationId: login, \
           parameters: [{name: n, in: query, value: $workflows.before.outputs.n}], outputs: {n: $request.query.n}}], \
           outputs: {n: $steps.s.outputs.n}}]",
    );
    let here = folder("dependencies", &[("flow.yaml", &text), ("api.yaml", API)]);
    let run = |arguments: &[&str]| arras(&here, "", &[&["run", "flow.yaml", "--mock"], arguments].concat());
    let given = run(&["--dep-input", "before:n=7"]);
    exits(&given, 0);
    assert_eq!(out(&given).trim(), "{ \"n\": 7 }");
    exits(&run(&["--dep-input", "before:n=x"]), 2);
    let dry = arras(&here, "", &["run", "flow.yaml", "after", "--dry-run"]);
    for refused in [run(&["after"]), run(&["after", "--dep-input", "before:n=1.5"]), dry] {
        exits(&refused, 2);
        assert!(err(&refused).contains("workflow `before`, which runs before this one: "), "{}", err(&refused));
    }
    assert!(err(&run(&[])).contains("--dep-input before:n=VALUE"), "{}", err(&run(&[])));
    let unknown = run(&["--dep-input", "befor:n=7"]);
    exits(&unknown, 2);
    assert!(err(&unknown).contains("did you mean `before`?"), "{}", err(&unknown));
    let refused = run(&["--no-deps"]);
    exits(&refused, 1);
    assert!(err(&refused).contains("was not run: its result is not known"), "{}", err(&refused));
    let both = run(&["before", "after", "--no-deps", "-i", "n=9"]);
    exits(&both, 0);
    assert!(out(&both).contains("\"after\": { \"n\": 9 }"), "{}", out(&both));
    let planned = arras(&here, "", &["run", "flow.yaml", "after", "--dry-run", "--dep-input", "before:n=7"]);
    assert!(out(&planned).contains("https://api.example/v1/login?n=7"), "{}", out(&planned));
}

/// Nothing is sent: the server of the description does not exist.
#[test]
fn a_dry_run_prints_requests_and_sends_none() {
    let text = document(
        "",
        "{name: api, url: api.yaml}",
        "[{workflowId: w, inputs: {properties: {user: {type: string}, password: {type: string, format: password}}}, steps: [\
           {stepId: login, operationId: login, requestBody: {contentType: application/json, payload: {user: $inputs.user, password: $inputs.password}}, \
            outputs: {id: $response.body#/id}}, \
           {stepId: get, operationId: getPet, parameters: [{name: id, in: path, value: $steps.login.outputs.id}]}]}]",
    );
    let here = folder("dry", &[("flow.yaml", &text), ("api.yaml", API)]);
    let dry = arras(&here, "", &["run", "flow.yaml", "--dry-run", "-i", "user=it's", "-i", "password=sesame"]);
    exits(&dry, 0);
    let expected = "# w\n\n# login\n# not shown, as it is secret: $inputs.password\ncurl --request POST https://api.example/v1/login \\\n  --header 'Content-Type: application/json' \\\n  \
        --header 'Accept: */*' \\\n  --data-raw '{\"user\":\"it'\\''s\",\"password\":\"{$inputs.password}\"}'\n\n\
        # get\n# not known yet: $steps.login.outputs.id\n\
        curl --globoff --request GET 'https://api.example/v1/pets/{$steps.login.outputs.id}' \\\n  --header 'Accept: */*'\n";
    assert_eq!(out(&dry), expected);
    assert!(err(&dry).ends_with("Planned  w   2 requests, 1 with values that answers will tell\n"), "{}", err(&dry));
    assert!(!err(&dry).contains("sesame"));
    exits(&arras(&here, "", &["run", "flow.yaml", "--dry-run", "--mock"]), 2);
    exits(&arras(&here, "", &["run", "flow.yaml", "--dry-run", "-i", "user=a", "--source", "api=none.yaml"]), 3);
}

/// The flagship's requests, signed by whoever runs the command.
#[test]
fn a_dry_run_needs_no_credentials() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let dry = arras(
        &root,
        "",
        &["run", "workflows/face-liveness.arazzo.yaml", "--dry-run", "--aws-region", "eu-west-1", "-q"],
    );
    exits(&dry, 0);
    let text = out(&dry);
    assert!(
        text.contains("--aws-sigv4 aws:amz:eu-west-1:rekognition --user \"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY\""),
        "{text}"
    );
    assert!(text.contains("X-Amz-Target: RekognitionService.CreateFaceLivenessSession"), "{text}");
    assert!(text.contains("\"SessionId\":\"{$steps.createSession.outputs.sessionId}\""), "{text}");
}
