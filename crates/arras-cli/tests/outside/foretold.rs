//! What is found before a run is a part of its events, so that every report has it and a replay tells it again.

use std::path::Path;

use serde_json::Value;

use crate::support::{arras, folder, project, report, write};
use crate::wire::{Answer, Server};

/// A workflow with a comparison that is tolerated, and one that can't be run.
fn documents(here: &Path) {
    write(
        &here.join("api.yaml"),
        "openapi: 3.1.0\ninfo: {title: T, version: '1'}\nservers: [{url: 'http://127.0.0.1:1'}]\n\
         paths: {/a: {get: {operationId: look, responses: {'200': {description: ok}}}}}\n",
    );
    write(
        &here.join("flow.arazzo.yaml"),
        "arazzo: 1.0.1\ninfo: {title: F, version: '1'}\nsourceDescriptions: [{name: shop, url: api.yaml, type: openapi}]\n\
         workflows:\n- workflowId: w\n  steps:\n  - stepId: s\n    operationId: look\n    successCriteria:\n    \
         - {context: $response.body, type: jsonpath, condition: $.a == 1}\n\
         - workflowId: broken\n  steps: [{stepId: s, operationId: loook}]\n",
    );
}

const REPORTS: [&str; 5] = ["json", "junit", "markdown", "html", "ndjson"];

fn with_reports(command: &[&str]) -> Vec<String> {
    let reports = REPORTS.map(|kind| format!("--report={kind}=r.{kind}"));
    command.iter().map(|word| (*word).to_owned()).chain(reports).collect()
}

fn events(here: &Path, name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(here.join(name)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn what_a_check_finds_stands_in_every_report_of_a_run() {
    let here = folder("foretold");
    documents(&here);
    let server = Server::start(|_, _| Answer::Json(200, r#"{"a": 1}"#.to_owned()));
    let run = with_reports(&["run", "flow.arazzo.yaml", "w", "--server", &server.url(), "--record=r.rec"]);
    let ran = arras(run).within(&here).run();
    let story: Vec<&str> = ran.expect(0, &[]).stderr.lines().collect();
    let lines = ["warning[jsonpath-bare-comparison]", "operation `loook`", "Running  w"];
    let at =
        |part: &str| story.iter().position(|line| line.contains(part)).unwrap_or_else(|| panic!("{part}: {story:#?}"));
    assert!(at(lines[0]) < at(lines[2]) && at(lines[1]) < at(lines[2]), "{story:#?}");
    assert!(story[at(lines[1])].ends_with("in a workflow that does not run now: did you mean `look`?"), "{story:#?}");

    let checked = arras(["check", "flow.arazzo.yaml", "--format", "json"]).within(&here).run().answer();
    let found = report(&here.join("r.json"))["diagnostics"].clone();
    let key =
        |finding: &Value| (finding["rule"].to_string(), finding["line"].to_string(), finding["pointer"].to_string());
    let known: Vec<_> = checked["diagnostics"].as_array().unwrap().iter().map(key).collect();
    let found = found.as_array().unwrap();
    assert!(found.len() >= 2 && found.iter().all(|finding| known.contains(&key(finding))), "{found:#?}");
    assert!(found.iter().all(|finding| finding["severity"] != "error"), "{found:#?}");

    let read = |kind: &str| std::fs::read_to_string(here.join(format!("r.{kind}"))).unwrap();
    assert!(read("markdown").contains("<details><summary>w: 2 warnings</summary>"), "{}", read("markdown"));
    for kind in ["junit", "markdown", "html"] {
        assert!(read(kind).contains("jsonpath-bare-comparison"), "{kind}");
    }
    assert!(read("junit").contains(r#"failures="0""#), "{}", read("junit"));
    let first = events(&here, "r.ndjson");
    let kinds: Vec<&str> = first.iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!((kinds[0], kinds[1]), ("run-started", "diagnosed"), "{kinds:?}");
    let start = kinds.iter().position(|kind| *kind == "workflow-started").unwrap();
    assert!(kinds[1..start].iter().all(|kind| *kind == "diagnosed") && start == found.len() + 1, "{kinds:?}");

    let again = arras(["replay", "r.rec", "--report=ndjson=again.ndjson"]).within(&here).run();
    assert!(again.expect(0, &[]).stderr.contains(story[at(lines[0])]), "{}", again.stderr);
    let bytes = |name: &str| std::fs::read(here.join(name)).unwrap();
    assert!(bytes("r.ndjson") == bytes("again.ndjson"), "{}", String::from_utf8_lossy(&bytes("again.ndjson")));

    // several runs find the same, and tests say it only where they tell everything
    let both = ["run", "flow.arazzo.yaml", "w", "w", "--server", &server.url(), "--report=json=r.json"];
    let ran = arras(both).within(&here).run();
    assert_eq!(ran.expect(0, &[]).stderr.matches("jsonpath-bare-comparison").count(), 1, "{}", ran.stderr);
    assert_eq!(report(&here.join("r.json"))["diagnostics"].as_array().unwrap().len(), found.len());
    let quiet = arras(["run", "flow.arazzo.yaml", "w", "-q", "--server", &server.url()]).within(&here).run();
    assert_eq!(quiet.expect(0, &[]).stderr.lines().count(), 1, "{}", quiet.stderr);
}

#[test]
fn what_is_found_of_the_users_own_settings_is_told_and_is_no_event() {
    let here = folder("foretold-settings");
    let server = Server::session(&["SUCCEEDED"]);
    let file = project().join("workflows/face-liveness.arazzo.yaml");
    let run = ["--server", &server.url(), "--record=r.rec", "--report=ndjson=r.ndjson", "--poll-interval=0"];
    let ran = arras(["run"]).arg(file).args(run).env("ARRAS_AUTH", "other=hush").aws().within(&here).run();
    ran.expect(0, &["warning[unused-credential]"]);
    let again = arras(["replay", "r.rec", "--report=ndjson=again.ndjson"]).within(&here).run();
    again.expect(0, &[]);
    let text = |name: &str| std::fs::read_to_string(here.join(name)).unwrap();
    assert!(!text("r.ndjson").contains("unused-credential"));
    assert_eq!(text("r.ndjson"), text("again.ndjson"));
}

/// Tests of one document, each tried again: what is found in it is said once, of the first of them.
#[test]
fn reports_of_tests_say_once_what_is_found_in_a_document() {
    let here = folder("foretold-tests");
    let whole = |here: &Path| {
        documents(here);
        let text = std::fs::read_to_string(here.join("flow.arazzo.yaml")).unwrap();
        write(&here.join("flow.arazzo.yaml"), text.replace("loook", "look"));
    };
    whole(&here);
    let (first, second) = ("- {name: first, expect: {requests: 1}}", "- {name: second, expect: {requests: 2}}");
    write(&here.join("flow.test.yaml"), format!("workflow: w\nretries: 1\ntests:\n{first}\n{second}\n"));
    // the first passes when it is tried again, the second never
    let server = Server::start(|before, _| Answer::Json(200, format!(r#"{{"a": {before}}}"#)));
    let test = with_reports(&["test", "flow.test.yaml", "-j", "1", "--server", &server.url()]);
    arras(test).within(&here).run().expect(1, &["Failed 1 of 2 tests, 1 flaky"]);
    let read = |kind: &str| std::fs::read_to_string(here.join(format!("r.{kind}"))).unwrap();
    for kind in ["junit", "markdown", "html"] {
        let text = read(kind);
        assert_eq!(text.matches("jsonpath-bare-comparison").count(), 1, "{kind}: {text}");
    }
    // a document of its own has its own
    std::fs::create_dir(here.join("other")).unwrap();
    whole(&here.join("other"));
    write(&here.join("other/flow.test.yaml"), "workflow: w\ntests: [{name: third}]\n");
    let test = with_reports(&["test", "flow.test.yaml", "other", "-j", "1", "--server", &server.url()]);
    arras(test).within(&here).run();
    for kind in ["junit", "markdown", "html"] {
        assert_eq!(read(kind).matches("jsonpath-bare-comparison").count(), 2, "{kind}: {}", read(kind));
    }
}
