//! Reports of hostile content are harmless and well-formed: markup, escape sequences, bidi overrides, large bodies.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod support;

use std::path::Path;
use std::process::Command;

use arras_cli::display::is_deceptive;
use arras_cli::reporter::at_end::AtEnd;
use arras_cli::reporter::har::Har;
use arras_cli::reporter::html::Html;
use arras_cli::reporter::json::Json;
use arras_cli::reporter::ndjson::Ndjson;
use arras_cli::reporter::story::Story;
use arras_cli::reporter::{Case, CaseKind, Detail, Judgement, Reporter, Telling};
use arras_run::event::{Event, EventKind, StepStatus};
use serde_json::Value;
use support::Shared;

/// Everything that ends a section, an element, a fence, a string or a line somewhere.
const HOSTILE: &str = "]]> --> </script><script>alert(1)</script> \u{1b}[31m\u{1b}]0;x\u{7} \u{202e}gnp.exe\u{2066} \
    \u{0}\u{8}\u{b}\u{fffe}\u{ffff} ``` | @someone #1 ![x](http://a.example/x) '\"&amp; {{x}} \r\n::error::x \u{85}\u{2028}";

/// Every run of the support module with hostile text wherever a document, a server or a path has a say.
fn hostile() -> Vec<Event> {
    let mut events = Vec::new();
    let large = format!("{HOSTILE}{}", "x".repeat(64 << 10));
    for (_, mut run) in support::all() {
        for event in &mut run {
            match &mut event.kind {
                EventKind::RunStarted { workflow_id, .. } => workflow_id.push_str(HOSTILE),
                EventKind::StepFinished(step) => {
                    step.step_id.push_str(HOSTILE);
                    step.outputs.insert(HOSTILE.to_owned(), HOSTILE.into());
                    if let Some(operation) = &mut step.operation {
                        operation.label = format!("{}{HOSTILE}", operation.label).into();
                    }
                    if let Some(fault) = &mut step.fault {
                        fault.message.push_str(HOSTILE);
                    }
                    for criterion in &mut step.criteria {
                        criterion.condition.push_str(HOSTILE);
                    }
                    for diagnostic in &mut step.diagnostics {
                        diagnostic.message.push_str(HOSTILE);
                        diagnostic.help = Some(HOSTILE.to_owned());
                    }
                    if step.status == StepStatus::Failed && step.diagnostics.is_empty() {
                        step.calls = None;
                    }
                }
                EventKind::RequestSent(request) => {
                    request.headers.push(("x".to_owned(), HOSTILE.to_owned()));
                    request.body = Some(HOSTILE.to_owned());
                }
                EventKind::ResponseReceived(response) => {
                    response.headers.push((HOSTILE.to_owned(), HOSTILE.to_owned()));
                    response.body = Some(large.clone());
                    response.body_length = 10 << 20;
                }
                _ => {}
            }
        }
        events.extend(run);
    }
    events
}

/// What a reporter writes of the hostile runs, each begun as a case of a hostile name and judged.
fn written(reporter: impl FnOnce(Shared) -> Box<dyn Reporter>) -> String {
    let out = Shared::default();
    let mut reporter = reporter(out.clone());
    let (mut number, places) = (0, support::places());
    for event in &hostile() {
        if matches!(event.kind, EventKind::RunStarted { .. }) {
            number += 1;
            let file = format!("flows/{HOSTILE}.yaml");
            let name = format!("{} {HOSTILE}", number / 2);
            let case = Case { kind: CaseKind::Test, file, name, attempt: 1 + number % 2, trace: None };
            reporter.begin(&case, &places);
        }
        reporter.event(event);
        if matches!(event.kind, EventKind::RunFinished { .. }) {
            reporter.judge(&match number % 3 {
                0 => Judgement::Passed,
                1 => Judgement::Failed(vec![HOSTILE.to_owned()]),
                _ => Judgement::Retried(vec![HOSTILE.to_owned()]),
            });
        }
    }
    reporter.finish().unwrap();
    out.text()
}

/// No character that a terminal or a reader of the file could be deceived by.
#[track_caller]
fn harmless(text: &str) {
    let found = text.chars().find(|char| is_deceptive(*char) && *char != '\n');
    assert_eq!(found, None, "in: {}", &text[..text.len().min(4000)]);
}

#[test]
fn junit_is_well_formed_and_valid() {
    let text = written(|out| Box::new(AtEnd::junit(support::places(), out)));
    harmless(&text);
    let tree = roxmltree::Document::parse(&text).unwrap();
    let suites: Vec<_> = tree.descendants().filter(|node| node.has_tag_name("testsuite")).collect();
    assert_eq!(suites.len(), 1);
    let number = |name: &str| suites[0].attribute(name).unwrap().parse::<usize>().unwrap();
    let cases = suites[0].children().filter(|node| node.has_tag_name("testcase"));
    assert_eq!(cases.clone().count(), number("tests"));
    let failed = cases.filter(|case| case.children().any(|node| node.has_tag_name("failure"))).count();
    assert_eq!(failed, number("failures"));
    assert!(failed > 0 && text.contains("name=\"reruns\""), "{text}");
    let names: Vec<_> = tree.descendants().map(|node| node.tag_name().name().to_owned()).collect();
    assert!(!names.iter().any(|name| name == "script"));
    by_schema(&text);
}

/// Asks Python's `xmlschema`, where it is installed, whether the report meets Ant's schema.
fn by_schema(text: &str) {
    let Some(schema) = support::shared("spec/formats/junit.xsd") else {
        eprintln!("skipped: JUnit's schema is not at hand");
        return;
    };
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hostile-junit.xml");
    std::fs::write(&file, text).unwrap();
    let python = std::env::var("ARRAS_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let known = Command::new(&python).args(["-c", "import xmlschema"]).output();
    if !known.is_ok_and(|known| known.status.success()) {
        eprintln!("skipped: python3 has no `xmlschema`");
        return;
    }
    let script = "import sys, xmlschema; xmlschema.XMLSchema(sys.argv[1]).validate(sys.argv[2])";
    let ran = Command::new(python).args(["-c", script]).arg(schema).arg(file).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}

#[test]
fn har_is_valid() {
    let text = written(|out| Box::new(Har::new(out)));
    harmless(&text);
    let archive: Value = serde_json::from_str(&text).unwrap();
    let entries = archive["log"]["entries"].as_array().unwrap();
    assert!(entries.len() > 50);
    let cut = entries.iter().find(|entry| entry["response"]["content"]["size"] == 10 << 20).unwrap();
    assert!(cut["response"]["content"]["comment"].as_str().unwrap().ends_with("of 10485760 bytes"));
    let faulted = entries.iter().filter(|entry| entry["response"]["status"] == 0).count();
    assert!(faulted > 0 && entries.iter().all(|entry| entry["pageref"].as_str().unwrap().starts_with("run-")));
    let Some(folder) = support::shared("spec/formats/har") else {
        eprintln!("skipped: HAR's schemas are not at hand");
        return;
    };
    let read =
        |name: &str| -> Value { serde_json::from_str(&std::fs::read_to_string(folder.join(name)).unwrap()).unwrap() };
    let mut registry = jsonschema::Registry::new();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        registry = registry.add(format!("json-schema:///{name}"), read(&name)).unwrap();
    }
    let registry = registry.prepare().unwrap();
    let schema =
        serde_json::json!({ "$schema": "http://json-schema.org/draft-06/schema#", "$ref": "json-schema:///har.json" });
    let validator = jsonschema::options().with_registry(&registry).build(&schema).unwrap();
    let errors: Vec<_> =
        validator.iter_errors(&archive).map(|error| format!("{error} at {}", error.instance_path())).take(5).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

#[test]
fn json_and_events_are_json() {
    let report = written(|out| Box::new(Json::new(support::places(), out)));
    serde_json::from_str::<Value>(&report).unwrap();
    harmless(&report);
    let lines = written(|out| Box::new(Ndjson::new(support::places(), out)));
    harmless(&lines);
    lines.lines().for_each(|line| drop(serde_json::from_str::<Value>(line).unwrap()));
}

#[test]
fn html_loads_and_runs_nothing() {
    let text = written(|out| Box::new(Html::new(support::places(), out)));
    harmless(&text);
    let head = &text[..text.find("<body>").unwrap()];
    assert!(head.contains("default-src 'none'"), "{head}");
    let body = &text[head.len()..];
    let known = [
        "body", "section", "h1", "h2", "span", "table", "tr", "th", "td", "details", "summary", "div", "pre", "p",
        "footer", "html",
    ];
    for part in body.split('<').skip(1) {
        let name = part.trim_start_matches('/').split(|char: char| !char.is_ascii_alphanumeric()).next().unwrap();
        assert!(known.contains(&name), "<{}", &part[..part.len().min(80)]);
        let tag = &part[..part.find('>').unwrap()];
        assert!(!["src=", "href=", "style=", "on"].iter().any(|bad| tag.contains(&format!(" {bad}"))), "<{tag}");
    }
    assert!(text.len() < 4 << 20, "{} bytes", text.len());
}

#[test]
fn markdown_stays_within_its_fences() {
    let text = written(|out| Box::new(AtEnd::markdown(support::places(), out)));
    harmless(&text);
    assert!(text.len() <= 66_000, "{}", text.len());
    let mut fence: Option<String> = None;
    for line in text.lines() {
        let ticks: String = line.chars().take_while(|char| *char == '`').collect();
        match &fence {
            Some(open) if *open == line => fence = None,
            Some(_) => {}
            None if ticks.len() >= 3 => fence = Some(ticks),
            None => {
                let plain = line.replace("<details><summary>", "").replace("</summary>", "").replace("</details>", "");
                assert!(!plain.contains('<') && !plain.contains('@') && !plain.contains("!["), "{line}");
            }
        }
    }
    assert_eq!(fence, None);
}

#[test]
fn the_story_is_harmless() {
    for width in [40, 80, 200] {
        for detail in [Detail::Steps, Detail::Criteria, Detail::Exchanges] {
            let telling = Telling {
                detail,
                look: support::look(width),
                places: support::places(),
                notes: vec![HOSTILE.to_owned()],
            };
            harmless(&written(|out| Box::new(Story::new(telling, out))));
        }
    }
}
