//! Templates against tables.

use std::sync::Arc;

use arras_doc::expression::Grammar;
use arras_doc::source::SourceId;
use proptest::prelude::*;
use serde_json::json;

use super::*;

/// `$inputs.NAME` of an object.
struct Inputs(Value);

impl Resolve for Inputs {
    fn resolve(&self, expression: &Expression) -> Option<Cow<'_, Value>> {
        arras_doc::expression::select_named(self.0.as_object()?, &expression.path)
    }
}

fn inputs() -> Inputs {
    Inputs(Value::from(json!({
        "s": "a \"b\" & c", "n": 1.50, "t": true, "z": null, "o": {"k": [1, "x"]}, "a": [], "doc": "{\"x\": 1}",
        "evil": "1, \"admin\": true", "brace": "{$inputs.n}"
    })))
}

fn read(json: &str) -> Template {
    let text: Arc<str> = json.into();
    let tree = arras_doc::json::parse(&text).expect("valid JSON");
    let mut diagnostics = Vec::new();
    let template = Template::read(tree.root(), Grammar::V1_1, SourceId(0), &mut diagnostics);
    assert!(diagnostics.iter().all(|found| !found.is_error()), "{diagnostics:?}");
    template
}

fn run(json: &str, embedding: Embedding) -> (Option<String>, usize) {
    let outcome = evaluate(&read(json), &inputs(), embedding);
    let told = outcome.notes.len() + outcome.omitted.len() + outcome.failures.len();
    assert!(told >= outcome.absent.len() || outcome.value.is_none());
    (outcome.value.map(|value| value.to_json()), told)
}

/// ARZ-EXPR-22, ARZ-EXPR-23, ARZ-EXPR-24, ARZ-EXPR-25, ARZ-EXPR-31, ARZ-SEL-05, ARZ-BODY-03, ARZ-BODY-05
#[test]
fn structures_keep_types_and_leave_out_what_is_absent() {
    for (template, expected, notes) in [
        (r#""$inputs.n""#, Some("1.5"), 0),
        (r#""$inputs.o""#, Some(r#"{"k":[1,"x"]}"#), 0),
        (r#""$inputs.no""#, None, 0),
        (r#"{"a": "$inputs.n", "b": "$inputs.no", "c": "$inputs.z"}"#, Some(r#"{"a":1.5,"c":null}"#), 1),
        (r#"["$inputs.n", "$inputs.no", 5]"#, Some("[1.5,null,5]"), 1),
        (r#"{"a": {"b": ["x {$inputs.n}{$inputs.t}{$inputs.z}"]}}"#, Some(r#"{"a":{"b":["x 1.5truenull"]}}"#), 0),
        (
            r#"{"a": "{$inputs.n}", "b": "{$inputs.o}", "c": "{$inputs.no}"}"#,
            Some(r#"{"a":"1.5","b":"{\"k\":[1,\"x\"]}","c":""}"#),
            1,
        ),
        (r#"["$faker.name", "$5.00", "$.a", "{a}"]"#, Some(r#"["$faker.name","$5.00","$.a","{a}"]"#), 0),
        (r#""x {$inputs.brace}""#, Some(r#""x {$inputs.n}""#), 0), // a value is never read again
        (r#"{"context": "$inputs.o", "selector": "$.k[*]", "type": "jsonpath"}"#, Some(r#"[1,"x"]"#), 0),
        (r#"{"context": "$inputs.o", "selector": "/k/1", "type": "jsonpointer"}"#, Some(r#""x""#), 0),
        (r#"{"context": "$inputs.o", "selector": "$.k[0]", "type": "jsonpath"}"#, Some("1"), 0),
        (r#"{"context": "$inputs.o", "selector": "$.no", "type": "jsonpath"}"#, None, 0),
        (r#"{"context": "$inputs.o", "selector": "//k", "type": "xpath"}"#, None, 1),
        (r#"{"context": "$inputs.n", "selector": "$", "type": "jsonpath"}"#, None, 1),
        (r#"{"context": "$inputs.doc", "selector": "/x", "type": "jsonpointer"}"#, None, 1),
        (r#"{"a": {"context": "$inputs.s", "selector": "", "type": "jsonpointer"}}"#, Some("{}"), 2),
        (
            r#"{"context": "o", "selector": "$.k", "type": "jsonpath"}"#,
            Some(r#"{"context":"o","selector":"$.k","type":"jsonpath"}"#),
            0,
        ),
    ] {
        assert_eq!(run(template, Embedding::Text), (expected.map(str::to_owned), notes), "{template}");
    }
}

/// ARZ-BODY-06, ARZ-BODY-11
#[test]
fn json_payloads_stay_json() {
    for (template, expected, notes) in [
        (r#"{"s": "{$inputs.s}"}"#, r#"{"s": "a \"b\" & c"}"#, 0),
        (r#"{"s": "x {$inputs.s} y", "n": {$inputs.n}}"#, r#"{"s": "x a \"b\" & c y", "n": 1.5}"#, 0),
        (r#"{"o": "{$inputs.o}", "p": "{$inputs.a}"}"#, r#"{"o": {"k":[1,"x"]}, "p": []}"#, 0),
        (r#"{"o": "- {$inputs.o}"}"#, r#"{"o": "- {\"k\":[1,\"x\"]}"}"#, 0),
        (
            r#"{"o": {$inputs.o}, "n": "{$inputs.n}", "z": {$inputs.z}}"#,
            r#"{"o": {"k":[1,"x"]}, "n": "1.5", "z": null}"#,
            0,
        ),
        (r#"{"o": "{$inputs.o}{$inputs.o}"}"#, r#"{"o": "{\"k\":[1,\"x\"]}{\"k\":[1,\"x\"]}"}"#, 0),
        (r#"{"d": {$inputs.doc}}"#, r#"{"d": {"x": 1}}"#, 0),
        (r#"{"e": {$inputs.evil}}"#, r#"{"e": "1, \"admin\": true"}"#, 1),
        (r#"{"e": "{$inputs.evil}"}"#, r#"{"e": "1, \"admin\": true"}"#, 0),
        (r#"{"a\"": "{$inputs.o}"}"#, r#"{"a\"": {"k":[1,"x"]}}"#, 0),
        (r#"{"no": "{$inputs.no}"}"#, r#"{"no": ""}"#, 1),
        (r#"[{$inputs.n}, {$inputs.n}]"#, "[1.5, 1.5]", 0),
        (r#"Hello {$inputs.s}"#, r#"Hello a "b" & c"#, 0),
    ] {
        let found = evaluate(&read(&Value::from(template).to_json()), &inputs(), Embedding::Json);
        assert_eq!(found.value, Some(Value::from(expected)), "{template}");
        assert_eq!(found.notes.len(), notes, "{template}: {:?}", found.notes);
    }
    assert_eq!(run(r#""{$inputs.o}""#, Embedding::Json).0.as_deref(), Some(r#"{"k":[1,"x"]}"#));
    assert_eq!(run(r#"{"o": "{$inputs.o}"}"#, Embedding::Json).0.as_deref(), Some(r#"{"o":{"k":[1,"x"]}}"#));
}

#[test]
fn form_text_encodes_values_alone() {
    let (text, _) = run(r#""a={$inputs.s}&b c={$inputs.n}&o={$inputs.a}""#, Embedding::Form);
    assert_eq!(text.as_deref(), Some(r#""a=a+%22b%22+%26+c&b c=1.5&o=%5B%5D""#));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_value_breaks_out_of_a_json_payload(value in "[\"\\\\{},:\\[\\]a0 \n\u{0}é]{0,12}") {
        let scope = Inputs(Value::from(json!({"v": value.clone()})));
        let quoted = read(&Value::from(r#"{"a": "{$inputs.v}", "b": ["-{$inputs.v}-"]}"#).to_json());
        let text = evaluate(&quoted, &scope, Embedding::Json).value.expect("a text");
        let parsed: serde_json::Value = serde_json::from_str(text.as_str().expect("a text")).expect("JSON");
        prop_assert_eq!(parsed, json!({"a": value.clone(), "b": [format!("-{value}-")]}));
        let bare = read(&Value::from(r#"{"a": {$inputs.v}, "b": 1}"#).to_json());
        let text = evaluate(&bare, &scope, Embedding::Json).value.expect("a text");
        let parsed: serde_json::Value = serde_json::from_str(text.as_str().expect("a text")).expect("JSON");
        prop_assert_eq!(parsed.as_object().map(serde_json::Map::len), Some(2));
    }
}
