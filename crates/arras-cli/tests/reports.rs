//! Reports of runs for machines: the JSON report and the stream of events.
#![allow(clippy::unwrap_used)]

mod support;

use std::io::Write;
use std::sync::{Arc, Mutex};

use arras_cli::reporter::Reporter;
use arras_cli::reporter::json::Json;
use arras_cli::reporter::ndjson::Ndjson;
use arras_run::event::Event;
use serde_json::Value;

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn report(events: &[Event]) -> Value {
    let out = Shared::default();
    let mut reporter: Box<dyn Reporter> = Box::new(Json::new(support::places(), out.clone()));
    events.iter().for_each(|event| reporter.event(event));
    reporter.finish().unwrap();
    serde_json::from_str(&out.text()).unwrap()
}

/// The names of an object's members, in order of the alphabet: what is known last is written last.
fn names(value: &Value) -> Vec<&str> {
    let mut names = keys(value);
    names.sort_unstable();
    names
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn the_report_has_the_contract_s_keys() {
    let report = report(&support::criterion_unsatisfied());
    assert_eq!(names(&report), ["diagnostics", "schema", "status", "workflows"]);
    assert_eq!(report["status"], "failed");
    let workflow = &report["workflows"][0];
    assert_eq!(names(workflow), ["endedBy", "inputs", "outputs", "status", "steps", "workflowId"]);
    let steps = workflow["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 3);
    let step = &steps[2];
    let expected = [
        "stepId",
        "visit",
        "attempt",
        "status",
        "fault",
        "workflow",
        "operation",
        "statusCode",
        "durationMs",
        "criteria",
        "action",
        "outputs",
        "diagnostics",
    ];
    assert_eq!(keys(step), expected);
    let evidence = &step["criteria"][1]["evidence"][1];
    assert_eq!(*evidence, serde_json::json!({ "expression": "$.Confidence", "value": 62.4 }));
    let diagnostic = &step["diagnostics"][0];
    assert_eq!(diagnostic["rule"], "criterion-unsatisfied");
    assert_eq!((&diagnostic["line"], &diagnostic["column"]), (&22.into(), &51.into()));
    assert_eq!(
        steps[1]["action"],
        serde_json::json!({ "type": "goto", "name": "stillRunning", "target": "pollResults" })
    );
}

#[test]
fn calls_hold_their_workflow_and_dependencies_come_first() {
    let report = report(&support::nested());
    let ids: Vec<_> = report["workflows"].as_array().unwrap().iter().map(|workflow| &workflow["workflowId"]).collect();
    assert_eq!(ids, ["warmUp", "checkout"]);
    assert_eq!(report["workflows"][1]["steps"][0]["workflow"]["steps"][1]["stepId"], "refreshToken");
}

#[test]
fn several_runs_make_one_report() {
    let events: Vec<_> = support::success().into_iter().chain(support::transport_fault()).collect();
    let both = report(&events);
    assert_eq!((both["status"].as_str(), both["workflows"].as_array().map(Vec::len)), (Some("failed"), Some(2)));
    assert_eq!(both["workflows"][1]["steps"][0]["fault"]["kind"], "connect-refused");
    assert_eq!(report(&[])["status"], "cancelled");
}

#[test]
fn a_run_that_breaks_off_is_reported_as_cancelled() {
    let mut events = support::success();
    events.truncate(8);
    let report = report(&events);
    assert_eq!((&report["status"], &report["workflows"][0]["status"]), (&"cancelled".into(), &"cancelled".into()));
}

#[test]
fn each_event_is_a_line() {
    let events = support::criterion_unsatisfied();
    let out = Shared::default();
    let mut reporter: Box<dyn Reporter> = Box::new(Ndjson::new(support::places(), out.clone()));
    events.iter().for_each(|event| reporter.event(event));
    reporter.finish().unwrap();
    let text = out.text();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), events.len());
    assert!(lines.iter().all(|line| keys(line)[..2] == ["at", "event"]));
    // Serialised by hand here, so that it must agree with the event's own names but for the findings.
    for (line, event) in lines.iter().zip(&events) {
        let own: Value = serde_json::from_str(&serde_json::to_string(event).unwrap()).unwrap();
        assert_eq!(keys(line), keys(&own));
        assert_eq!(line["event"], own["event"]);
    }
    let failed = lines.iter().find(|line| line["status"] == "failed").unwrap();
    assert_eq!(failed["diagnostics"][0]["file"], "workflows/face-liveness.arazzo.yaml");
    support::snapshot("events-ndjson", &text);
}

/// What was written stands in the file before the run is over, all but the last step.
#[test]
fn the_report_is_written_as_the_run_goes() {
    let out = Shared::default();
    let mut reporter: Box<dyn Reporter> = Box::new(Json::new(support::places(), out.clone()));
    let mut finished = 0;
    for event in &support::budget() {
        reporter.event(event);
        if matches!(event.kind, arras_run::event::EventKind::StepFinished(_)) {
            finished += 1;
            assert_eq!(out.text().matches("\"stepId\"").count(), finished - 1);
        }
    }
    assert!(finished > 40);
    reporter.finish().unwrap();
    let report: Value = serde_json::from_str(&out.text()).unwrap();
    assert_eq!(report["workflows"][0]["steps"].as_array().map(Vec::len), Some(finished));
}

/// What is written is the fold that the library gives.
#[test]
fn the_report_agrees_with_the_library_s_fold() {
    for (name, events) in support::all() {
        let mut folder = arras_run::report::Folder::default();
        events.iter().for_each(|event| folder.fold(event));
        let mut own: Value = serde_json::from_str(&serde_json::to_string(&folder.finish()).unwrap()).unwrap();
        let mut written = report(&events);
        // findings are printed with their places
        [&mut own, &mut written].into_iter().for_each(without_findings);
        assert_eq!(own, written, "{name}");
    }
}

fn without_findings(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.remove("diagnostics");
            members.values_mut().for_each(without_findings);
        }
        Value::Array(items) => items.iter_mut().for_each(without_findings),
        _ => {}
    }
}
