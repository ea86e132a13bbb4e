//! Every JSON output meets the schema that `arras schema` prints, over every case of `tests/cases/run` and the command.
//!
//! The schemas are tried closed: a member that they do not describe is an error here, though readers must not mind one.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

#[path = "../../arras-run/tests/support/mod.rs"]
mod engine;
mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use arras_cli::diagnostics::Places;
use arras_cli::reporter::Reporter;
use arras_cli::reporter::json::Json;
use arras_cli::reporter::ndjson::Ndjson;
use arras_cli::schema::Schema;
use arras_doc::read;
use arras_doc::source::{Source, SourceId};
use arras_run::event::Event;
use arras_run::plan::PlanOptions;
use arras_run::run::Run;
use clap::ValueEnum;
use serde_json::{Value, json};

use engine::script::Script;
use engine::{Driver, Journal};
use support::Shared;

/// The schema with every object closed whose members it names.
fn closed(schema: Schema) -> jsonschema::Validator {
    let mut value: Value = serde_json::from_str(&schema.text()).unwrap();
    close(&mut value);
    jsonschema::validator_for(&value).unwrap()
}

/// The schema as it is.
fn open(schema: Schema) -> jsonschema::Validator {
    jsonschema::validator_for(&serde_json::from_str(&schema.text()).unwrap()).unwrap()
}

fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            members.values_mut().for_each(close);
            if members.contains_key("properties") && members.get("type") == Some(&json!("object")) {
                members.entry("additionalProperties").or_insert(json!(false));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

#[track_caller]
fn valid(validator: &jsonschema::Validator, value: &Value, what: &str) {
    let errors: Vec<_> =
        validator.iter_errors(value).map(|error| format!("{} at {}", error, error.instance_path())).collect();
    assert!(errors.is_empty(), "{what}: {errors:#?}\n{value:#}");
}

/// What a reporter writes of the events.
fn written(reporter: impl FnOnce(Shared) -> Box<dyn Reporter>, events: &[Event]) -> String {
    let out = Shared::default();
    let mut reporter = reporter(out.clone());
    events.iter().for_each(|event| reporter.event(event));
    reporter.finish().unwrap();
    out.text()
}

fn check(name: &str, events: &[Event], places: &Places, report: &jsonschema::Validator, line: &jsonschema::Validator) {
    let text = written(|out| Box::new(Json::new(places.clone(), out)), events);
    valid(report, &serde_json::from_str(&text).unwrap(), name);
    let text = written(|out| Box::new(Ndjson::new(places.clone(), out)), events);
    assert_eq!(text.lines().count(), events.len());
    text.lines().for_each(|text| valid(line, &serde_json::from_str(text).unwrap(), name));
}

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The events of a case of the engine's own suite; `None` where it is refused before it runs.
fn case(folder: &Path) -> Option<(Vec<Event>, Places)> {
    let places = [folder.to_owned(), folder.join("../.."), project()];
    let load = |url: &str| {
        let path = places.iter().map(|place| place.join(url)).find(|path| path.exists()).unwrap();
        std::fs::read_to_string(path).unwrap()
    };
    let text = std::fs::read_to_string(folder.join("script.yaml")).unwrap_or_else(|_| "{}".to_owned());
    let tree = read::read(&Source::new("script.yaml", "file:///script.yaml", text), SourceId(0)).0.unwrap();
    let script = Script::read(&tree.root().to_value());
    let options = PlanOptions { jsonpath: script.jsonpath, ..PlanOptions::default() };
    let planned = engine::plan(&load, script.workflow.as_deref(), options);
    let plan = planned.plan.ok()?;
    let mut run = Run::new(plan, script.inputs.clone(), script.limits.clone(), script.start).ok()?;
    script.secrets.iter().for_each(|secret| run.add_secret(secret));
    let server = |number: usize, _: &arras_run::effect::Send| script.answers[number].clone();
    let mut driver = Driver { now: script.start, sent: 0, server: &server, cancel_at: script.cancel_at };
    let (mut journal, mut seen) = (Journal::new(), Vec::new());
    driver.drive(&mut run, &mut journal, &mut seen);
    let events = engine::events(&seen).into_iter().cloned().collect();
    Some((events, Places::new(Arc::new(planned.sources), |_, span| Some(format!("/{}", span.start)))))
}

#[test]
fn reports_and_events_of_every_case_are_valid() {
    let (report, line) = (closed(Schema::Report), closed(Schema::Events));
    let mut tried = 0;
    for entry in std::fs::read_dir(project().join("tests/cases/run")).unwrap() {
        let folder = entry.unwrap().path();
        if let Some((events, places)) = case(&folder) {
            tried += 1;
            check(&folder.to_string_lossy(), &events, &places, &report, &line);
        }
    }
    assert!(tried >= 80, "{tried}");
    for (name, events) in support::all() {
        check(name, &events, &support::places(), &report, &line);
    }
}

fn arras(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_arras"));
    command.args(arguments).current_dir(project()).env_clear().env("HOME", env!("CARGO_TARGET_TMPDIR"));
    command.stdin(Stdio::null()).output().unwrap()
}

fn json(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{error}: {text}{}", String::from_utf8_lossy(&output.stderr)))
}

const FLAGSHIP: &str = "workflows/face-liveness.arazzo.yaml";

#[test]
fn what_the_command_prints_is_valid() {
    let events = Path::new(env!("CARGO_TARGET_TMPDIR")).join("schemas.ndjson");
    let kept = format!("ndjson={}", events.display());
    for scenario in ["--mock", "--mock=failed", "--mock=unknown-session"] {
        let run = ["run", FLAGSHIP, scenario, "--poll-interval", "0", "--output", "report", "--report", &kept];
        valid(&closed(Schema::Report), &json(&arras(&run)), scenario);
        let line = closed(Schema::Events);
        let text = std::fs::read_to_string(&events).unwrap();
        assert!(text.contains("\"request-sent\"") && text.contains("\"response-received\""));
        text.lines().for_each(|text| valid(&line, &serde_json::from_str(text).unwrap(), scenario));
    }
    let cases = ["check", "tests/cases/run", "workflows", "--format", "json"];
    valid(&closed(Schema::Check), &json(&arras(&cases)), "check");
    for file in [FLAGSHIP, "workflows/face-liveness-complete.arazzo.yaml"] {
        valid(&closed(Schema::AuthList), &json(&arras(&["auth", "list", file, "--format", "json"])), "auth list");
    }
}

#[test]
fn tests_loads_drafts_and_recordings_are_valid() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    for scenario in ["--mock", "--mock=failed", "--mock=unknown-session"] {
        let test = ["test", FLAGSHIP, scenario, "--poll-interval", "0", "--output", "json"];
        let reports = ["json", "ndjson"].map(|kind| (kind, folder.join(format!("schemas-test.{kind}"))));
        let reported = reports.each_ref().map(|(kind, path)| format!("--report={kind}={}", path.display()));
        let reporting = [&test[..], &[&reported[0], &reported[1], "--retries", "1"]].concat();
        valid(&closed(Schema::Test), &json(&arras(&reporting)), scenario);
        let [told, lines] = reports.map(|(_, path)| std::fs::read_to_string(path).unwrap());
        assert!(told.contains("\"tests\"") && lines.contains("\"test-started\""), "{told}");
        valid(&closed(Schema::Report), &serde_json::from_str(&told).unwrap(), scenario);
        lines.lines().for_each(|text| valid(&closed(Schema::Events), &serde_json::from_str(text).unwrap(), scenario));
        let load = [&test[..], &["--virtual-users", "2", "--duration", "100ms"]].concat();
        let report = folder.join("schemas-load.json");
        let reported = format!("--report=json={}", report.display());
        valid(&closed(Schema::Load), &json(&arras(&[&load[..], &[&reported]].concat())), scenario);
        let mut report: Value = serde_json::from_str(&std::fs::read_to_string(&report).unwrap()).unwrap();
        valid(&open(Schema::Report), &report, scenario);
        valid(&closed(Schema::Load), &report["load"].take(), scenario);
        report.as_object_mut().unwrap().remove("load");
        valid(&closed(Schema::Report), &report, scenario);
        let recording = folder.join("schemas.rec.json");
        let record = format!("--record={}", recording.display());
        arras(&["run", FLAGSHIP, scenario, "--poll-interval", "0", &record]);
        let kept = serde_json::from_str(&std::fs::read_to_string(&recording).unwrap()).unwrap();
        valid(&closed(Schema::Recording), &kept, scenario);
    }
    let file = "workflows/face-liveness-complete.arazzo.yaml";
    for file in [file, "crates/arras-cli/tests/graph/orders.arazzo.yaml"] {
        valid(&closed(Schema::Graph), &json(&arras(&["graph", file, "--format", "json"])), file);
    }
    let drafts = ["run", file, "--dry-run", "--output", "report", "--aws-region", "us-east-1"];
    let drafted = json(&arras(&drafts));
    valid(&closed(Schema::DryRun), &drafted, "dry run");
    let requests = drafted["workflows"][0]["requests"].as_array().unwrap();
    assert_eq!(requests[0]["authorization"], "aws-sigv4 rekognition/us-east-1");
    assert!(requests[1]["unknown"][0].as_str().unwrap().contains("$steps."), "{drafted}");
}

/// The example of the guide, and what the schema says of mistakes.
#[test]
fn the_schema_of_test_files_knows_what_the_command_takes() {
    let schema = closed(Schema::TestFile);
    let guide = std::fs::read_to_string(project().join("docs/testing.md")).unwrap();
    let example = guide.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    let source = Source::new("example.yaml", "file:///example.yaml", example.to_owned());
    let example = read::read(&source, SourceId(0)).0.unwrap().root().to_value().to_json();
    valid(&schema, &serde_json::from_str(&example).unwrap(), "the guide's example");
    let expect = |expected: Value| json!({ "expect": expected });
    let wrongs = [
        json!({ "tests": [{}] }),
        json!({ "expcet": {} }),
        expect(json!({ "status": "passed" })),
        expect(json!({ "endedBy": "laststep" })),
        expect(json!({ "fault": "conection-closed" })),
        expect(json!({ "diagnostics": ["no-acton-matched"] })),
    ];
    for wrong in wrongs {
        assert!(!schema.is_valid(&wrong), "{wrong}");
    }
    let right = json!({ "fault": "connection-closed", "endedBy": "fault", "diagnostics": ["no-action-matched"] });
    valid(&schema, &expect(right), "names that there are");
}

#[test]
fn the_mock_s_first_line_is_valid() {
    use std::io::BufRead;
    let mut command = Command::new(env!("CARGO_BIN_EXE_arras"));
    command.args(["mock", FLAGSHIP]).current_dir(project()).stdin(Stdio::null()).stderr(Stdio::null());
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    std::io::BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let _ = child.kill();
    let _ = child.wait();
    valid(&closed(Schema::Mock), &serde_json::from_str(&line).unwrap(), "mock");
}

#[test]
fn every_schema_is_printed_and_is_one() {
    let names = String::from_utf8(arras(&["schema"]).stdout).unwrap();
    for schema in Schema::value_variants() {
        let name = schema.to_possible_value().unwrap().get_name().to_owned();
        assert!(names.lines().any(|line| line.starts_with(&name)), "{name} is not in: {names}");
        let printed = arras(&["schema", &name]);
        assert_eq!(String::from_utf8_lossy(&printed.stdout), schema.text());
        let value: Value = serde_json::from_str(&schema.text()).unwrap();
        assert_eq!(value["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert!(jsonschema::meta::is_valid(&value), "{name}");
        jsonschema::validator_for(&value).unwrap();
    }
    let unknown = arras(&["schema", "reprot"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("'report'"));
}

#[test]
fn the_schema_of_settings_knows_every_option() {
    let settings = jsonschema::validator_for(&serde_json::from_str(&Schema::Config.text()).unwrap()).unwrap();
    let rows = [
        (json!({ "timeout": "5m", "strict": true, "max-steps": 5, "verbose": 2, "mock": true }), true),
        (json!({ "input": { "id": 7 }, "report": ["json=r.json"], "profile": { "ci": { "color": "never" } } }), true),
        (json!({ "timeuot": "5m" }), false),
        (json!({ "strict": "yes" }), false),
        (json!({ "profile": { "ci": { "color": "purple" } } }), false),
        (json!({ "config": "x.toml" }), false),
    ];
    for (value, valid) in rows {
        assert_eq!(settings.is_valid(&value), valid, "{value}");
    }
}
