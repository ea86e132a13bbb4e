//! The JSONPath compliance suite, and what it leaves out: budgets, exact numbers, depth.

use arras_doc::jsonpath::{parse_logical, parse_query};
use arras_doc::value::{Number, Value};
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn shared(path: &str) -> Option<serde_json::Value> {
    let above = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|above| above.join("shared"));
    let root = std::env::var_os("ARRAS_SHARED").map(std::path::PathBuf::from);
    let root = root.or_else(|| above.into_iter().find(|path| path.is_dir()));
    let text = root.and_then(|root| std::fs::read_to_string(root.join(path)).ok());
    if text.is_none() {
        eprintln!("skipped: no shared data");
    }
    text.map(|text| serde_json::from_str(&text).expect("valid JSON"))
}

/// ARZ-JPATH-01
#[test]
fn the_compliance_suite_passes() {
    let Some(data) = shared("conformance/jsonpath-cts.json") else { return };
    let mut evaluated = 0;
    for test in data["tests"].as_array().expect("tests") {
        if test["invalid_selector"] == true {
            continue;
        }
        let query = parse_query(test["selector"].as_str().expect("a selector")).expect("a query");
        let document = Value::from(test["document"].clone());
        let nodes = locate(&query, &document).expect("within the budget");
        let values: Vec<Value> = nodes.iter().map(|(_, value)| (*value).clone()).collect();
        let paths: Vec<String> = nodes.iter().map(|(location, _)| location.to_string()).collect();
        let one_of = |single: &str, several: &str, found: serde_json::Value| {
            test.get(single).is_some_and(|wanted| *wanted == found)
                || test.get(several).and_then(|all| all.as_array()).is_some_and(|all| all.contains(&found))
        };
        let found = serde_json::Value::from(&Value::Array(values.clone()));
        assert!(one_of("result", "results", found), "{}: {values:?}", test["name"]);
        assert!(one_of("result_paths", "results_paths", json!(paths)), "{}: {paths:?}", test["name"]);
        for (path, value) in paths.iter().zip(&values) {
            let singular = parse_query(path).expect("a normalized path");
            assert_eq!(select(&singular, &document).expect("within the budget"), [value]);
        }
        let plain: Vec<Value> = select(&query, &document).expect("within the budget").into_iter().cloned().collect();
        assert_eq!(plain, values);
        evaluated += 1;
    }
    assert_eq!(evaluated, 456);
}

fn holds(text: &str, context: serde_json::Value) -> bool {
    let context = Value::from(context);
    let logical = parse_logical(text).expect(text);
    let scope = Scope { current: &context, outermost: true };
    Machine::new(&context, &[]).holds(&logical, scope, &mut Silent).expect("within the budget")
}

#[test]
fn comparisons_follow_the_rfc() {
    let context = || json!({"n": null, "one": 1, "s": "b", "a": [1, {"x": 2}], "o": {"p": 1, "q": [2]}, "f": false});
    for (text, wanted) in [
        ("$.none == $.missing", true),
        ("$.none == null", false),
        ("$.none != null", true),
        ("$.none < 1", false),
        ("$.none <= $.missing", true),
        ("$.n <= null", true),
        ("$.n < 1", false),
        ("$.one == 1.0", true),
        ("$.one == 10e-1", true),
        ("$.one == '1'", false),
        ("$.one < '2'", false),
        ("$.s > 'a'", true),
        ("$.s < 'B'", false),
        ("'ÿ' < '😀'", true),
        ("$.f < true", false),
        ("$.f <= false", true),
        ("$.a == $.a", true),
        ("$.a[1] == $.o", false),
        ("$.a < $.a", false),
        ("$.a <= $.a", true),
        ("length($.s) == 1", true),
        ("length($.one) == length($.f)", true),
        ("value($.a[*]) == value($.none)", true),
        ("value($..x) == 2", true),
        ("count($..*) == 12", true),
    ] {
        assert_eq!(holds(text, context()), wanted, "{text}");
    }
}

#[test]
fn numbers_compare_exactly() {
    let number = |text: &str| Value::Number(Number::parse(text).expect("a number"));
    let context = Value::Array(vec![number("9007199254740993"), number("0.1000000000000000055511151231257827")]);
    for (query, count) in [
        ("$[?@ == 9007199254740993]", 1),
        ("$[?@ == 9007199254740992]", 0),
        ("$[?@ == 0.1]", 0),
        ("$[?@ > 0.1 && @ < 1]", 1),
        ("$[?@ < 1e400]", 2),
    ] {
        let query = parse_query(query).expect(query);
        assert_eq!(select(&query, &context).expect("within the budget").len(), count, "{query}");
    }
}

#[test]
fn work_is_bounded() {
    let wide = Value::Array((0..2_000).map(|item| Value::from(json!([item, item]))).collect());
    for text in ["$[?$..[?$..[?@ == -1]]]", "$..[?count($..*) == 0 || $..[?@ == -1]]", "$[*,*]..[?$..[?@ == -1]]"] {
        let query = parse_query(text).expect(text);
        assert_eq!(select(&query, &wide).map(|nodes| nodes.len()), Err(BudgetExceeded), "{text}");
    }
    let text = Value::from(
        json!({"s": "x".repeat(1 << 20), "p": (0..2_000).map(|at| format!("[a-z]{{{at}}}y")).collect::<Vec<_>>()}),
    );
    let query = parse_query("$.p[?search($.s, @)]").expect("a query");
    assert_eq!(select(&query, &text).map(|nodes| nodes.len()), Err(BudgetExceeded));
}

#[test]
fn depth_is_no_danger() {
    let mut deep = Value::from(1_i64);
    for _ in 0..128 {
        deep = Value::Array(vec![deep]);
    }
    let query = parse_query("$..[?@..[?@ == 1]]").expect("a query");
    assert_eq!(select(&query, &deep).expect("within the budget").len(), 127);
    let filter = format!("$[?{}@ == 1{}]", "@[?".repeat(127), "]".repeat(127));
    let query = parse_query(&filter).expect("a query");
    assert_eq!(select(&query, &deep).expect("within the budget").len(), 1);
    let filter = format!("${}", ".a".repeat(50_000));
    assert_eq!(select(&parse_query(&filter).expect("a query"), &deep), Ok(vec![]));
    let chain = vec!["$[0] == 2"; 10_000].join(" || ");
    assert!(!holds(&chain, json!([1])));
}

fn documents() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|it| json!(it)),
        (-3_i64..4).prop_map(|it| json!(it)),
        "[ab]{0,2}".prop_map(|it| json!(it)),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| json!(items)),
            prop::collection::btree_map("[abc]", inner, 0..4).prop_map(|members| json!(members)),
        ]
    })
}

fn queries() -> impl Strategy<Value = String> {
    let segment = prop::sample::select(vec![
        ".a",
        ".b",
        "..a",
        "[*]",
        "..*",
        "[0]",
        "[-1]",
        "[1:]",
        "[::-1]",
        "[-9:9:2]",
        "['a',0,1]",
        "[?@.a]",
        "[?@ > 0]",
        "[?@.a == @.b]",
        "[?!@.c && @ != 'a']",
        "[?count(@..*) > 1]",
        "[?length(@) == 2]",
        "[?match(@, 'a.*')]",
        "[?@[?@.a]]",
    ]);
    prop::collection::vec(segment, 0..4).prop_map(|segments| format!("${}", segments.concat()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_node_is_where_its_path_says(document in documents(), query in queries()) {
        let document = Value::from(document);
        let query = parse_query(&query).expect("a query");
        for (location, value) in locate(&query, &document).expect("within the budget") {
            let path = parse_query(&location.to_string()).expect("a normalized path");
            prop_assert_eq!(select(&path, &document).expect("within the budget"), vec![value]);
        }
    }

    #[test]
    fn a_limit_never_changes_existence(document in documents(), query in queries()) {
        let document = Value::from(document);
        let query = parse_query(&query).expect("a query");
        let exists = Machine::new(&document, &[]).exists(&query, &document).expect("within the budget");
        prop_assert_eq!(exists, !select(&query, &document).expect("within the budget").is_empty());
    }
}
