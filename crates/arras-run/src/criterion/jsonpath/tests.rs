//! Readings, leniency and evidence of JSONPath criteria.

use arras_doc::jsonpath::Mode;
use arras_doc::value::Value;
use proptest::prelude::*;
use serde_json::json;

use super::super::{Evidence, Judgement, MAX_EVIDENCE, Reading};
use super::*;

fn judge(text: &str, mode: Mode, context: serde_json::Value) -> Judgement {
    let (condition, _) = JsonPathCondition::parse(text, mode).unwrap_or_else(|error| panic!("{text}: {error}"));
    let context = Value::from(context);
    let judgement = condition.evaluate(&context, &resolve).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(condition.holds(&context, &resolve), Ok(judgement.satisfied), "{text}");
    for evidence in &judgement.evidence {
        assert!(text.get(evidence.span.range()).is_some(), "{text}: {evidence:?}");
    }
    judgement
}

fn resolve(expression: &Expression) -> Option<Value> {
    let inputs = json!({
        "$inputs.id": 7, "$inputs.name": "x", "$inputs.quote": "it's", "$inputs.query": "$.a == 1",
        "$inputs.secret": "$inputs.id", "$inputs.null": null, "$inputs.field": "Status",
    });
    inputs.get(&*expression.text).cloned().map(Value::from)
}

/// Every entry as `expression = value` or `expression -> verdict`.
fn shown(judgement: &Judgement) -> Vec<String> {
    let one = |evidence: &Evidence| {
        let value = evidence.value.as_ref().map_or("absent".to_owned(), Value::to_json);
        match evidence.holds {
            None => format!("{} = {value}", evidence.expression),
            Some(holds) if evidence.value.is_none() => format!("{} -> {holds}", evidence.expression),
            Some(holds) => format!("{} = {value} -> {holds}", evidence.expression),
        }
    };
    judgement.evidence.iter().map(one).collect()
}

/// ARZ-JPATH-02, ARZ-JPATH-04, ARZ-JPATH-06
#[test]
fn the_vectors_come_out_as_decided() {
    let above = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|above| above.join("shared"));
    let root = std::env::var_os("ARRAS_SHARED").map(std::path::PathBuf::from);
    let Some(root) = root.or_else(|| above.into_iter().find(|path| path.is_dir())) else {
        eprintln!("skipped: no shared data");
        return;
    };
    let text = std::fs::read_to_string(root.join("spec/vectors/jsonpath-conditions.json")).expect("the vectors");
    let data: serde_json::Value = serde_json::from_str(&text).expect("valid JSON");
    let vectors = data["vectors"].as_array().expect("vectors");
    assert_eq!(vectors.len(), 50);
    for vector in vectors {
        let text = vector["condition"].as_str().expect("a condition");
        for (mode, wanted) in [(Mode::Lenient, "expect_lenient"), (Mode::Strict, "rfc9535_raw")] {
            let found = match JsonPathCondition::parse(text, mode) {
                Err(_) => json!("invalid"),
                Ok(_) => json!(judge(text, mode, vector["context"].clone()).satisfied),
            };
            assert_eq!(found, vector[wanted], "{mode:?} {vector}");
        }
    }
}

/// ARZ-JPATH-02, ARZ-JPATH-05
#[test]
fn readings_are_chosen_by_the_context() {
    use Reading::*;
    for (text, context, reading, satisfied) in [
        ("$.a", json!({"a": 1}), Query, true),
        ("$.a == 1", json!({"a": 1}), LogicalExpr, true),
        ("$[?@.a == 1]", json!({"a": 1}), SelfReading, true),
        ("$[?@.a == 1]", json!({}), SelfReading, false),
        ("$[?@.a == 1]", json!({"b": {"a": 1}}), ChildIteration, true),
        ("$[?@['a'] == 1]", json!({"b": {"a": 1}, "c": 1}), SelfReading, false),
        ("$[?@.a == 1]", json!([{"a": 1}]), Query, true),
        ("$[?@ == 'x']", json!({"b": "x"}), ChildIteration, true),
        ("$[?@ == 'x']", json!("x"), SelfReading, true),
        ("$[?@.length > 2]", json!({"b": [1, 2, 3]}), ChildIteration, true),
        ("$[?@.b.length > 2]", json!({"b": [1, 2, 3]}), SelfReading, true),
        ("$[?@.a[?@.b] && length(@.c) == 1]", json!({"c": "x", "a": [{"b": 1}]}), SelfReading, true),
        ("$.x[?@.a == 1]", json!({"x": {"a": 1}}), Query, false),
        ("$[?@.a == 1, ?@.b]", json!({"a": 1}), Query, false),
        ("$[?@.a == 1].b", json!({"a": 1}), Query, false),
        ("$[?@.id == $inputs.id]", json!({"id": 7}), SelfReading, true),
    ] {
        let judgement = judge(text, Mode::Lenient, context.clone());
        assert_eq!((judgement.reading, judgement.satisfied), (reading, satisfied), "{text} {context}");
    }
    let strict = judge("$[?@.a == 1]", Mode::Strict, json!({"a": 1}));
    assert_eq!((strict.reading, strict.satisfied), (Reading::Query, false));
}

/// ARZ-JPATH-03
#[test]
fn leniency_stays_where_it_belongs() {
    for (text, context, satisfied) in [
        // A-04: absent is null in the condition's own comparisons, not in filters inside queries
        ("$.a == null", json!({"x": 1}), true),
        ("null != $.a", json!({"x": 1}), false),
        ("$.a == $.b", json!({"b": null}), false),
        ("$.list[?@.a == null]", json!({"list": [{}]}), false),
        ("count($.list[?@.a != null]) == 1", json!({"list": [{}]}), true),
        ("$[?@.a != null]", json!([{}]), true),
        // A-03: in the self reading only
        ("count($.pets) == 1", json!({"pets": []}), true),
        ("$[?count(@.pets) == 0]", json!({"pets": []}), true),
        ("$[?count(@.pets) == 1]", json!([{"pets": []}]), true),
        // A-05
        ("$.a.length == 3", json!({"a": "äöü"}), true),
        ("$.a.length == 9", json!({"a": {"length": 9}}), true),
        ("$.a.length == 0", json!({"a": {}}), false),
        ("$.a.length == null", json!({"a": 5}), true),
        ("$.a['length'] == 1", json!({"a": [1]}), false),
        // A-05: of a filter it is how many match, unless they have such a member
        ("$.a[?(@.b == 1)].length == 0", json!({"a": [{"b": 2}]}), true),
        ("$.a[?(@.b == 1)].length == 0", json!({}), true),
        ("$.a[?(@.b == 1)].length == 0", json!({"a": [{"b": 1}]}), false),
        ("$.a[?(@.b == 1)].length == 2", json!({"a": [{"b": 1}, {"b": 2}, {"b": 1}]}), true),
        ("$.a[?(@.b == 1)].length > 60", json!({"a": [{"b": 1, "length": 61}]}), true),
        ("$.a[?(@.b == '$inputs.name')].length == 1", json!({"a": [{"b": "x"}]}), true),
        // A-05, A-01: of several nodes any may have the length
        ("$.a[*].length == 2", json!({"a": [[1, 2], [1]]}), true),
        ("$.a[*].length == 3", json!({"a": [[1, 2], [1]]}), false),
        ("$.a[*].b.length > 1", json!({"a": [{"b": []}, {"b": [1, 2]}]}), true),
        ("$.a[*].b.length > 2", json!({"a": [{"b": "xyz"}, {"b": {"length": 1}}, {}]}), true),
        ("$.a[*].b.length > 3", json!({"a": [{"b": "xyz"}, {"b": {"length": 1}}, {"b": 9}]}), false),
        ("$.a[*].b.length == 1", json!({"a": [{"b": "xyz"}, {"b": {"length": 1}}]}), true),
        ("$.a[?(@.n == 1)].b.length == 2", json!({"a": [{"n": 1, "b": "xy"}, {"n": 2, "b": "x"}]}), true),
        ("$.a empty true", json!({}), true),
        ("$.a[*] empty true", json!({"a": ["", [], {}]}), true),
        ("$.a[*] empty true", json!({"a": ["", 0]}), false),
        ("$.a empty false", json!({"a": null}), true),
        ("!($.a empty true)", json!({"a": [1]}), true),
        ("$.a == $inputs.id", json!({"a": 7}), true),
        ("$.a == '$inputs.id'", json!({"a": 7}), true),
        ("$.a == '$inputs.name'", json!({"a": "x"}), true),
        ("$.a == $inputs.missing", json!({"a": 7}), false),
        ("$inputs.missing == null", json!({"a": 7}), true),
        ("$.c[?(@ == '$inputs.name')] empty false", json!({"c": ["x"]}), true),
        // several nodes: any
        ("$.a[*].s == 'x'", json!({"a": [{"s": "y"}, {"s": "x"}]}), true),
        ("$.a[*].s != 'x'", json!({"a": []}), false),
        ("$.a[*] > $.b[*]", json!({"a": [1, 2], "b": [5, 1]}), true),
        // `@` is the context too
        ("@.a == 1 && $.a == 1", json!({"a": 1}), true),
        // a missing context fails, whatever is asked
        ("$ == null", json!(null), false),
        ("!$.a", json!(null), false),
    ] {
        assert_eq!(judge(text, Mode::Lenient, context.clone()).satisfied, satisfied, "{text} {context}");
    }
}

/// ARZ-ETYPE-05
#[test]
fn the_older_dialect_is_understood() {
    for (text, context, satisfied) in [
        ("$.a[(@.length-1)] == 3", json!({"a": [1, 2, 3]}), true),
        ("$.a[(@.length)]", json!({"a": [1, 2, 3]}), false),
        ("$.a[?(@.n =~ /^b.*c$/i)]", json!({"a": [{"n": "BxC"}]}), true),
        ("$[?(@.a.length > 1 && !(@.b == 2))]", json!({"a": [1, 2]}), true),
        ("$..book[0,1]['t']", json!({"book": [{"t": 1}]}), true),
    ] {
        assert_eq!(judge(text, Mode::Draft, context.clone()).satisfied, satisfied, "{text} {context}");
    }
    assert!(JsonPathCondition::parse("$.a[(@.length-1)]", Mode::Lenient).is_err());
    assert!(JsonPathCondition::parse("$.a[(process.exit())]", Mode::Draft).is_err());
}

#[test]
fn evidence_names_each_part() {
    for (text, context, wanted) in [
        (
            "$.Status == 'CREATED'",
            json!({"Status": "FAILED"}),
            vec!["$.Status = \"FAILED\"", "$.Status == 'CREATED' -> false"],
        ),
        ("$.a == 1", json!({"b": 1}), vec!["$.a = absent", "$.a == 1 -> false"]),
        ("$.a == null", json!({"a": null}), vec!["$.a = null", "$.a == null -> true"]),
        (
            "$.a == 1 || $.b > 2 && !$.c",
            json!({"a": 2, "b": 3, "c": 0}),
            vec!["$.a = 2", "$.a == 1 -> false", "$.b = 3", "$.b > 2 -> true", "$.c = 0 -> true"],
        ),
        ("$.a == 1 && $.b == 1", json!({"a": 2, "b": 1}), vec!["$.a = 2", "$.a == 1 -> false"]),
        ("$.a.b == $.c", json!({"c": [1]}), vec!["$.a.b = absent", "$.c = [1]", "$.a.b == $.c -> false"]),
        ("length($.a) > 2", json!({"a": [1]}), vec!["length($.a) = 1", "length($.a) > 2 -> false"]),
        ("match($.a, 'b+')", json!({"a": "c"}), vec!["$.a = \"c\"", "match($.a, 'b+') -> false"]),
        ("$.a[*] empty true", json!({"a": [0]}), vec!["$.a[*] = [0]", "$.a[*] empty true -> false"]),
        ("$.pets[*]", json!({"pets": []}), vec!["$.pets[*] = [] -> false"]),
        ("$.pets", json!({}), vec!["$.pets -> false"]),
        ("$[?count(@.pets) > 0]", json!({"pets": []}), vec!["count(@.pets) = 0", "count(@.pets) > 0 -> false"]),
        (
            "$.data[?@.price > 10]",
            json!({"data": [{"price": 5}, {}]}),
            vec![
                "$.data[?@.price > 10] = [] -> false",
                "$['data'][0].price = 5",
                "$['data'][0].price > 10 -> false",
                "$['data'][1].price = absent",
                "$['data'][1].price > 10 -> false",
            ],
        ),
        ("$.a == $inputs.id", json!({"a": 1}), vec!["$.a = 1", "$inputs.id = 7", "$.a == $inputs.id -> false"]),
        (
            "$[?(@.s == \"{$inputs.quote}\")]",
            json!({"s": "x"}),
            vec!["$inputs.quote = \"it's\"", "@.s = \"x\"", "@.s == \"{$inputs.quote}\" -> false"],
        ),
        (
            "$.a[{$inputs.id}].b == 1",
            json!({"a": []}),
            vec!["$inputs.id = 7", "$.a[{$inputs.id}].b = absent", "$.a[{$inputs.id}].b == 1 -> false"],
        ),
        ("$.a", json!(null), vec!["$ = null -> false"]),
    ] {
        assert_eq!(shown(&judge(text, Mode::Lenient, context.clone())), wanted, "{text} {context}");
    }
}

/// ARZ-CRIT-12
#[test]
fn embedded_values_stay_values() {
    for (text, context, satisfied, warnings) in [
        ("$.s == '{$inputs.quote}'", json!({"s": "it's"}), true, 0),
        ("$.s == '{$inputs.secret}'", json!({"s": 7}), false, 0),
        ("$.s == '{$inputs.secret}'", json!({"s": "$inputs.id"}), true, 0),
        ("$.s == {$inputs.secret}", json!({"s": "$inputs.id"}), true, 1),
        ("$.s == {$inputs.query}", json!({"a": 1, "s": "$.a == 1"}), true, 1),
        ("{$inputs.query}", json!({"a": 1}), true, 0),
        ("$.{$inputs.field} == 'CREATED'", json!({"Status": "CREATED"}), true, 0),
        ("$.s == {$inputs.null}", json!({}), true, 0),
        ("$.s == '{$inputs.missing}'", json!({"s": ""}), true, 1),
    ] {
        let judgement = judge(text, Mode::Lenient, context.clone());
        assert_eq!((judgement.satisfied, judgement.warnings.len()), (satisfied, warnings), "{text} {judgement:?}");
    }
    let (condition, _) = JsonPathCondition::parse("$[?@.s == '{$inputs.missing}']", Mode::Strict).expect("a template");
    let error = condition.evaluate(&Value::Array(vec![]), &resolve).expect_err("no value");
    assert_eq!(error.message, "`$inputs.missing` has no value");
    for text in ["{$inputs.name}", "{$inputs.missing}"] {
        let (condition, _) = JsonPathCondition::parse(text, Mode::Lenient).expect("a template");
        assert!(condition.evaluate(&Value::from(true), &resolve).is_err(), "{text}");
    }
}

#[test]
fn evidence_is_bounded() {
    let judgement = judge(&vec!["$.a == 2"; 10_000].join("||"), Mode::Lenient, json!({"a": 1}));
    assert_eq!(judgement.evidence.len(), MAX_EVIDENCE);
    let judgement = judge("$.a == 1", Mode::Lenient, json!({"a": (0..1000).collect::<Vec<_>>()}));
    let entry = &judgement.evidence[0];
    assert!(entry.shortened && entry.value.as_ref().and_then(Value::as_array).is_some_and(|items| items.len() == 63));
    let judgement = judge("$.a == 1", Mode::Lenient, json!({"a": (0..63).collect::<Vec<_>>()}));
    assert!(!judgement.evidence[0].shortened);
    let wide = Value::from(json!((0..4000).collect::<Vec<_>>()));
    let (condition, _) = JsonPathCondition::parse("$[?$[?$[?@ < 0]]]", Mode::Lenient).expect("a query");
    assert!(condition.evaluate(&wide, &resolve).expect_err("too much").message.contains("steps"));
}

#[test]
fn a_judgement_reads_back() {
    let judgement = Judgement {
        evidence: vec![Evidence {
            expression: "$.a".into(),
            span: arras_doc::span::Span::new(0, 3),
            value: Some(Value::Null),
            shortened: false,
            holds: None,
        }],
        ..Judgement::default()
    };
    let text = serde_json::to_string(&judgement).expect("JSON");
    assert_eq!(
        text,
        r#"{"satisfied":false,"reading":"plain","evidence":[{"expression":"$.a","start":0,"end":3,"value":null}]}"#
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_condition_panics(
        tokens in prop::collection::vec(prop::sample::select(vec![
            "$", "@", ".a", "..", "[*]", "[?", "]", "(", ")", "length(", "count(", "'x'", "1", "==", "<", " && ", " || ", "!",
            "$inputs.id", "{$inputs.name}", "'{$inputs.quote}'", " empty true", ".length", "[-1]", "[::2]", "null",
        ]), 0..12),
    ) {
        let text = tokens.concat();
        let context = Value::from(json!({"a": [1, {"a": "x"}], "b": {"a": null}}));
        for mode in [Mode::Strict, Mode::Lenient, Mode::Draft] {
            if let Ok((condition, _)) = JsonPathCondition::parse(&text, mode) {
                let judged = condition.evaluate(&context, &resolve).map(|judgement| judgement.satisfied);
                prop_assert_eq!(condition.holds(&context, &resolve), judged, "{}", text);
            }
        }
    }
}
