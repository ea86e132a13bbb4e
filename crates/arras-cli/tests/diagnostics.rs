//! Findings in every format, compared with files and, where a standard has a schema, with that.
#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Arc;

use arras_cli::args::check::Format;
use arras_cli::diagnostics::{Checked, Places, human, summary, write};
use arras_cli::exit::Exit;
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
        warnings_denied: false,
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

/// More findings of one rule in one file than anyone reads, fewer of others; the last ones hidden are the severest.
fn many() -> Checked {
    let one = |rule, source, at: usize| {
        error(rule, &format!("finding {at}")).severity(Severity::Error).at(source, span(ARAZZO, "stepId", 0))
    };
    let mut diagnostics: Vec<_> = (0..2_000).map(|at| one(rule::IGNORED_FIELD, ARAZZO, at)).collect();
    diagnostics[..1_999].iter_mut().for_each(|found| found.severity = Severity::Warning);
    diagnostics.extend((0..100).map(|at| one(rule::UNKNOWN_FIELD, ARAZZO, at)));
    diagnostics.extend((0..101).map(|at| one(rule::IGNORED_FIELD, OPENAPI, at).severity(Severity::Advice)));
    diagnostics.extend((0..102).map(|at| error(rule::SOURCE_NOT_FOUND, &format!("finding {at}"))));
    Checked {
        at: Timestamp(0),
        files: vec!["workflows/face-liveness.arazzo.yaml".into()],
        diagnostics,
        warnings_denied: false,
    }
}

/// What is written, and the longest piece of it.
#[derive(Default)]
struct Pieces {
    text: Vec<u8>,
    longest: usize,
}

impl std::io::Write for Pieces {
    fn write(&mut self, piece: &[u8]) -> std::io::Result<usize> {
        self.longest = self.longest.max(piece.len());
        self.text.extend_from_slice(piece);
        Ok(piece.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn people_read_some_of_many_findings_and_machines_all() {
    let checked = many();
    let said = |format| {
        let mut out = Pieces::default();
        write(format, &checked, &places(), &look(100), &mut out).unwrap();
        assert!(out.longest < 1 << 14, "{format:?}: a piece of {} bytes", out.longest);
        String::from_utf8(out.text).unwrap()
    };
    let more = [
        "and 1900 more of `ignored-field` in workflows/face-liveness.arazzo.yaml",
        "and 1 more of `ignored-field` in openapi/rekognition.yaml",
        "and 2 more of `source-not-found`",
    ];
    for (format, rest) in [
        (Format::Human, more.map(str::to_owned)),
        (Format::Concise, more.map(str::to_owned)),
        (
            Format::Github,
            [
                format!("::error file=workflows/face-liveness.arazzo.yaml,title=ignored-field::{}", more[0]),
                format!("::notice file=openapi/rekognition.yaml,title=ignored-field::{}", more[1]),
                format!("::error title=source-not-found::{}", more[2]),
            ],
        ),
    ] {
        let text = said(format);
        assert_eq!(text.matches("finding ").count(), 400, "{format:?}");
        let told: Vec<_> = text.lines().filter(|line| line.contains(" more of `")).collect();
        assert_eq!(told, rest, "{format:?}");
    }
    let json: serde_json::Value = serde_json::from_str(&said(Format::Json)).unwrap();
    assert_eq!(json["diagnostics"].as_array().unwrap().len(), 2_303);
    assert_eq!(json["summary"], serde_json::json!({ "errors": 203, "warnings": 1_999 }));
    let sarif: serde_json::Value = serde_json::from_str(&said(Format::Sarif)).unwrap();
    assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), 2_303);
    let junit = said(Format::Junit);
    // an error's message stands there twice
    assert_eq!(junit.matches("finding ").count(), 2_303 + 203);
    assert!(summary(&checked, &look(100)).contains("203 errors, 1999 warnings"), "all are counted");
    assert_eq!(
        Exit::of_check(&checked.diagnostics[100..2_000], false),
        Exit::of_check(&[error(rule::SOURCE_NOT_FOUND, "")], false)
    );
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
