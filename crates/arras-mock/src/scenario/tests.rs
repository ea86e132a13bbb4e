//! Scenario files: what is refused, where, and what the readings are.

use arras_doc::source::{Source, SourceId};

use super::*;

fn parse(text: &str) -> (ScenarioFile, Vec<(String, String)>) {
    let source = Source::new("x.mock.yaml", "file:///x.mock.yaml", text);
    let (file, diagnostics) = ScenarioFile::parse(&source, SourceId(0));
    let findings = diagnostics.iter().map(|diagnostic| {
        let span = diagnostic.primary().map(|label| label.span).unwrap_or_default();
        (source.text[span.range()].to_owned(), diagnostic.message.clone())
    });
    (file, findings.collect())
}

/// The one script of a file that is right.
fn script(text: &str) -> Script {
    let (file, findings) = parse(text);
    assert_eq!(findings, []);
    file.scenario(None).expect("a scenario").scripts[0].1.clone()
}

#[test]
fn times_follow_from_place_and_condition() {
    let times = |answers: &str| {
        let script = script(&format!("operations:\n  op: [{answers}]"));
        script.answers.iter().map(|answer| answer.times).collect::<Vec<_>>()
    };
    assert_eq!(times("{status: 200}"), [None]);
    assert_eq!(times("{status: 200}, {status: 201}"), [Some(1), None]);
    assert_eq!(times("{status: 200, times: 3}, {status: 201, once: true}"), [Some(3), Some(1)]);
    assert_eq!(times("{when: $method == 'GET'}, {status: 201}, {status: 202}"), [None, Some(1), None]);
    assert_eq!(times("{when: $method == 'GET', times: 2}, {status: 201}"), [Some(2), None]);
}

#[test]
fn links_have_usual_values() {
    let script = script(
        "operations:\n  get:\n    key: $request.body#/Id\n    after: create\n    until: {operation: delete, value: $response.body#/Gone}\n    answers: [{status: 200}]",
    );
    let (after, until) = (script.after.expect("after"), script.until.expect("until"));
    assert_eq!((after.operation.value.as_str(), after.value), ("create", Select::ResponseBody("/Id".into())));
    assert_eq!((until.operation.value.as_str(), until.value), ("delete", Select::ResponseBody("/Gone".into())));
}

#[test]
fn scenarios_share_what_stands_outside_them() {
    let (file, findings) = parse(
        "default: bad\nseed: 4\noperations:\n  a: [{status: 200}]\n  b: [{status: 200}]\nscenarios:\n  good: {}\n  bad:\n    seed: 5\n    operations: {b: [{status: 500}]}\n",
    );
    assert_eq!(findings, []);
    let names = |name| {
        let scenario: &Scenario = file.scenario(name).expect("a scenario");
        let scripts = scenario.scripts.iter().map(|(name, script)| (name.value.clone(), script.answers[0].status));
        (scenario.seed, scripts.collect::<Vec<_>>())
    };
    assert_eq!(names(None), (5, vec![("b".into(), Some(500)), ("a".into(), Some(200))]));
    assert_eq!(names(Some("good")), (4, vec![("a".into(), Some(200)), ("b".into(), Some(200))]));
    assert_eq!(file.default_name(), Some("bad"));
    let error = file.scenario(Some("god")).expect_err("no such scenario").to_string();
    assert_eq!(error, "there is no scenario `god`; did you mean `good`?");
}

#[test]
fn what_is_wrong_is_found_at_its_place() {
    let table = [
        ("[1]", "[1]", "a scenario file is an object, not an array"),
        ("{}", "{}", "neither `scenarios` nor `operations`"),
        ("scenario: {}", "scenario", "no field `scenario`"),
        ("default: x\nscenarios: {y: {}}", "x", "no scenario `x`"),
        ("operations: []", "[]", "expected an object"),
        ("operations: {a: []}", "[]", "an empty list of answers"),
        ("operations: {a: 1}", "1", "an operation's answers is an object"),
        ("operations: {a: {answer: [{status: 200}]}}", "answer", "no field `answer`"),
        ("operations: {a: {after: b}}", "after", "there is no `key`"),
        ("operations: {a: {key: $request.path.id, after: b}}", "b", "can't be guessed"),
        ("operations: {a: {key: $response.body#/x}}", "$response.body#/x", "not known before the answer"),
        ("operations: {a: {key: x}}", "x", "nothing that a scenario can read"),
        ("operations: {a: [{status: 99}]}", "99", "not between 200 and 999"),
        ("operations: {a: [{status: ok}]}", "ok", "expected a whole number"),
        ("operations: {a: [{times: 0}]}", "0", "not between 1"),
        ("operations: {a: [{times: 1, once: true}]}", "times", "exclude each other"),
        ("operations: {a: [{body: 1, text: x}]}", "text", "`body` and `text` exclude each other"),
        ("operations: {a: [{body: {x: ['a {$nope} b']}}]}", "{$nope}", "nothing that a scenario can read"),
        ("operations: {a: [{text: '{$response.body}'}]}", "{$response.body}", "not known before the answer"),
        ("operations: {a: [{when: $method = 'x'}]}", "$method = 'x'", "expected `&&`"),
        ("operations: {a: [{delay: 2}]}", "2", "no duration"),
        ("operations: {a: [{delay: 2h}]}", "2h", "longer than 10 minutes"),
        ("operations: {a: [{fault: explode}]}", "explode", "no fault"),
        ("operations: {a: [{headers: {'a b': x}}]}", "'a b'", "no name of a header field"),
        ("operations: {a: [{headers: {Content-Length: 3}}]}", "Content-Length", "server's own"),
        ("operations: {a: [{contentType: \"a\\nb\"}]}", "\"a\\nb\"", "can't hold"),
        ("operations: {a: [{error: {message: x}}]}", "{message: x}", "needs a `type`"),
        ("validate: maybe", "maybe", "no way to validate"),
        ("chaos: 3", "3", "`chaos` is an object"),
        ("chaos: {rate: 1}", "rate", "no field `rate`"),
        ("chaos: {latency: soon}", "soon", "no duration"),
        ("chaos: {latency: 2s..1s}", "2s..1s", "ends before it begins"),
        ("chaos: {errorRate: 2}", "2", "no share from 0 to 1"),
        ("chaos: {errorRate: often}", "often", "expected a number"),
        ("chaos: {errorRate: 0.6, resetRate: 0.6}", "{errorRate: 0.6, resetRate: 0.6}", "more than 1 together"),
        (
            "operations: {a: [{status: 200, times: 1}, {status: 201}, {when: $method}]}",
            "{when: $method}",
            "never given",
        ),
    ];
    for (text, place, message) in table {
        let (_, findings) = parse(text);
        let found = findings.iter().any(|(at, said)| at == place && said.contains(message));
        assert!(found, "{text}: {findings:?}");
    }
}

#[test]
fn validation_and_chaos_are_shared_too() {
    let (file, findings) = parse(
        "validate: false\nchaos: {latency: 20ms..80ms, errorRate: 0.5, seed: 7}\nscenarios:\n  a: {operations: {x: [{status: 200}]}}\n  b: {validate: warn, chaos: {latency: 5ms}}\n",
    );
    assert_eq!(findings, []);
    let of = |name| file.scenario(Some(name)).map(|it| (it.validation, it.chaos.clone())).expect("a scenario");
    let millis = std::time::Duration::from_millis;
    let shared = Chaos { latency: millis(20)..=millis(80), error_rate: 0.5, seed: 7, ..Chaos::default() };
    assert_eq!(of("a"), (Some(Validation::Off), Some(shared)));
    let own = Chaos { latency: millis(5)..=millis(5), ..Chaos::default() };
    assert_eq!(of("b"), (Some(Validation::Warn), Some(own)));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(128))]

    #[test]
    fn no_text_makes_the_reader_panic(text in "(operations|scenarios|a|key|answers|when|body|times|[-:{}\\[\\], \n$#'/0-9]){0,24}") {
        let _ = parse(&text);
        let _ = parse(&format!("operations: {{a: [{{{text}}}]}}"));
    }
}
