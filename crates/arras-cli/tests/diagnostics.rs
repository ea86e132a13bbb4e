//! Findings in every format, compared with files and, where a standard has a schema, with that.
#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Arc;

use arras_cli::args::check::Format;
use arras_cli::diagnostics::{Checked, Places, human, summary, write};
use arras_cli::look::{Lines, Look};
use arras_doc::diagnostic::{Diagnostic, Edit, Fix, Severity};
use arras_doc::rule;
use arras_doc::source::{Source, SourceId, Sources};
use arras_doc::span::Span;
use arras_run::time::Timestamp;
use support::{ARAZZO, OPENAPI, error, look, places, snapshot, span};

/// A finding in two files with a fix, one with `%` and line breaks, a warning over several lines, one without a place.
fn checked() -> Checked {
    let operation = span(ARAZZO, "GetFaceLivenessSessionResults", 0);
    let steps = span(ARAZZO, "stepId: createSession\n        operationId: CreateFaceLivenessSession", 0);
    let diagnostics = vec![
        error(rule::UNKNOWN_OPERATION, "no source describes the operation `GetFaceLivenessSessionResults`")
            .at(ARAZZO, operation)
            .label(OPENAPI, span(OPENAPI, "GetFaceLivenessSessionResult", 1), "this one is close")
            .help("did you mean `GetFaceLivenessSessionResult`?")
            .fix(Fix {
                title: "use `GetFaceLivenessSessionResult`".into(),
                edits: vec![Edit {
                    source: ARAZZO,
                    span: operation,
                    replacement: "GetFaceLivenessSessionResult".into(),
                }],
            }),
        error(rule::INVALID_CONDITION, "100% wrong:\nsecond line, <b>&\u{1b}[31m")
            .at(ARAZZO, span(ARAZZO, "$statusCode == 200", 0)),
        error(rule::IGNORED_FIELD, "a step of several lines").severity(Severity::Warning).at(ARAZZO, steps),
        error(rule::SOURCE_NOT_FOUND, "there is no file `x.yaml`"),
        error(rule::OUTPUT_ABSENT, "a piece of advice").at(ARAZZO, span(ARAZZO, "sessionId", 0)),
    ];
    Checked {
        at: Timestamp(1_790_000_000_000),
        files: vec!["workflows/face-liveness.arazzo.yaml".into(), "a file, with: marks.yaml".into()],
        diagnostics,
    }
}

fn written(format: Format) -> String {
    let mut out = Vec::new();
    write(format, &checked(), &places(), &look(100), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn every_format() {
    for (name, format) in [
        ("human", Format::Human),
        ("concise", Format::Concise),
        ("json", Format::Json),
        ("github", Format::Github),
        ("sarif", Format::Sarif),
        ("junit", Format::Junit),
    ] {
        let text = written(format);
        assert!(!text.contains('\u{1b}'), "{name} lets an escape through");
        snapshot(&format!("check-{name}"), &text);
    }
    snapshot("check-summary", &summary(&checked(), &look(100)));
}

#[test]
fn json_has_the_contract_s_keys() {
    let json: serde_json::Value = serde_json::from_str(&written(Format::Json)).unwrap();
    let keys = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&json), ["schema", "files", "diagnostics", "summary"]);
    assert_eq!(json["summary"], serde_json::json!({ "errors": 3, "warnings": 1 }));
    for diagnostic in json["diagnostics"].as_array().unwrap() {
        let expected = [
            "rule",
            "severity",
            "message",
            "file",
            "line",
            "column",
            "endLine",
            "endColumn",
            "pointer",
            "help",
            "related",
        ];
        assert_eq!(keys(diagnostic)[..11], expected);
    }
}

#[test]
fn sarif_is_valid() {
    let Some(schema) = support::shared("spec/formats/sarif-schema-2.1.0.json") else {
        eprintln!("skipped: SARIF's schema is not at hand");
        return;
    };
    let schema: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(schema).unwrap()).unwrap();
    let validator = jsonschema::draft7::new(&schema).unwrap();
    let log: serde_json::Value = serde_json::from_str(&written(Format::Sarif)).unwrap();
    let errors: Vec<_> = validator.iter_errors(&log).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

fn drawn(text: &str, labels: &[(usize, usize, &str)], look: Look) -> String {
    let mut sources = Sources::default();
    let id = sources.add(Source::new("a.yaml", "file:///a.yaml", text));
    let mut diagnostic = Diagnostic::new(rule::INVALID_VALUE, "look here");
    for (start, end, text) in labels {
        diagnostic = diagnostic.label(id, Span::new(*start, *end), *text);
    }
    human::render(&diagnostic, &Places::new(Arc::new(sources), |_, _| None), &look)
}

#[test]
fn drawings_of_awkward_texts() {
    let long = format!("{{\"a\":\"{}\",\"b\":1,\"c\":\"{}\"}}", "x".repeat(5000), "y".repeat(5000));
    let at = long.find("\"b\"").unwrap();
    let wide = "k: 語語 \u{1b}[31m\u{202e}rtl\tend\r\nnext: 1\r\n";
    let rtl = wide.find("rtl").unwrap();
    let many: String = (1..=30).map(|line| format!("line{line}: {line}\n")).collect();
    let line = |number: usize| {
        let start = many.find(&format!("line{number}:")).unwrap();
        (start, start + 5, "")
    };
    let explained = "a long explanation that does not fit beside the line it belongs to and therefore goes on below it, \
                     again and again, until even the lines below it are used up and the rest has to be left out, which is \
                     seldom a loss in something that should have been a phrase, or two, or three at the very most of them";
    let cases = [
        ("long-line", drawn(&long, &[(at, at + 3, "this one")], look(80))),
        ("wide", drawn(wide, &[(rtl, rtl + 3, "escaped")], look(80))),
        ("end", drawn("a: 1\nb:", &[(7, 7, "a value is missing")], look(80))),
        ("empty", drawn("", &[(0, 0, "nothing")], look(80))),
        ("far-apart", drawn(&many, &[line(20), line(3), line(22)], look(80))),
        ("overlapping", drawn("key: value\n", &[(5, 10, "inner"), (0, 10, "outer"), (5, 10, "again")], look(80))),
        ("long-label", drawn("key: value\n", &[(5, 10, explained)], look(80))),
        ("block", drawn(&many, &[(0, many.len(), "all of it")], look(80))),
        ("foreign", drawn("a: 1\n", &[(900, 950, "past the end")], look(80))),
    ];
    let all: String = cases.iter().map(|(name, text)| format!("== {name}\n{text}")).collect();
    snapshot("drawings", &all);
    assert!(!all.contains(['\u{1b}', '\u{202e}', '\t', '\r']));
}

#[test]
fn a_source_of_another_load_is_no_panic() {
    let diagnostic = Diagnostic::new(rule::INVALID_VALUE, "elsewhere").at(SourceId(77), Span::new(0, 5));
    let places = Places::new(Arc::new(Sources::default()), |_, _| None);
    assert!(human::render(&diagnostic, &places, &look(80)).contains("elsewhere"));
    let mut out = Vec::new();
    let checked = Checked { diagnostics: vec![diagnostic], ..Checked::default() };
    for format in [Format::Concise, Format::Json, Format::Github, Format::Sarif, Format::Junit] {
        write(format, &checked, &places, &look(80), &mut out).unwrap();
    }
}

#[test]
fn a_drawing_survives_any_text_and_span() {
    use proptest::prelude::*;
    let text = "[a-z:\\n\\r\\t \u{1b}\u{202e}語é…]{0,60}";
    let labels = prop::collection::vec((0usize..80, 0usize..80, "[a-z \\n語]{0,40}"), 0..5);
    proptest!(ProptestConfig::with_cases(256), |(text in text, labels in labels, width in 20usize..120, free: bool)| {
        let labels: Vec<_> = labels.iter().map(|(a, b, text)| (*a.min(b), *a.max(b), text.as_str())).collect();
        let lines = if free { Lines::Free } else { Lines::Fit };
        let drawing = drawn(&text, &labels, Look { lines, ..look(width) });
        let clean = !drawing.contains(['\u{1b}', '\u{202e}', '\t', '\r']);
        prop_assert!(clean);
    });
}
