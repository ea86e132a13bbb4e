//! Our JSONPath engine against the crates `jsonpath-rfc9535` and `jsonpath-rust`, over generated queries and documents.
//!
//! Known differences from the first, which the generators leave out or the test allows for:
//! - numbers beyond `f64`: ours compares decimals exactly, the other the nearest floating-point numbers
//!   (RFC 9535 §2.3.5.2.2 asks for the quantity: ours is right);
//! - nesting beyond 128 levels: ours refuses it, the other goes on until the stack ends;
//! - `\$` in a pattern: ours takes it for the character, as `$` alone anchors; I-Regexp has no such escape.
//!
//! And from the second, where the first agrees with ours:
//! - order comparisons with a function that gives nothing, such as `length(1) <= 0`, may hold there;
//! - after `..` several selectors give their nodes in another order there, so nodes are compared as multisets.

#![allow(clippy::print_stdout, reason = "the numbers are there to be read")]

use arras_doc::jsonpath::parse_query;
use arras_doc::value::Value;
use arras_run::jsonpath::locate;
use jsonpath_rfc9535::JsonPath;
use jsonpath_rust::JsonPath as _;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::json;

fn documents() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|it| json!(it)),
        (-2_i64..4).prop_map(|it| json!(it)),
        prop::sample::select(vec![0.5, 1.0, -1.5]).prop_map(|it| json!(it)),
        "[ab😀]{0,2}".prop_map(|it| json!(it)),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| json!(items)),
            prop::collection::btree_map("[abc]", inner, 0..4).prop_map(|members| json!(members)),
        ]
    })
}

fn operands() -> impl Strategy<Value = String> {
    let literal = prop::sample::select(vec!["1", "-1.5", "0", "1e0", "'a'", "\"ab\"", "true", "false", "null"]);
    let query = prop::sample::select(vec!["@", "@.a", "@['b'][0]", "$[-1]", "$.c", "@.a.b", "@[1]"]);
    let call = prop::sample::select(vec![
        "length(@)",
        "length(@.a)",
        "count(@.*)",
        "count(@..a)",
        "value(@..b)",
        "value($.a)",
    ]);
    prop_oneof![literal, query, call].prop_map(str::to_owned)
}

fn filters() -> impl Strategy<Value = String> {
    let operator = prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">="]);
    let comparison =
        (operands(), operator, operands()).prop_map(|(left, operator, right)| format!("{left}{operator}{right}"));
    let test = prop::sample::select(vec![
        "@.a",
        "@.*",
        "!@.b",
        "$..c",
        "@[?@.a]",
        "@[?@ == $.a]",
        "match(@, 'a.?')",
        "!search(@.a, '[^a]')",
        "search(@, @)",
    ]);
    let leaf = prop_oneof![comparison, test.prop_map(str::to_owned)];
    leaf.prop_recursive(3, 8, 2, |inner| {
        let pair = (inner.clone(), inner.clone());
        prop_oneof![
            pair.clone().prop_map(|(left, right)| format!("{left} && {right}")),
            pair.prop_map(|(left, right)| format!("{left} || {right}")),
            inner.prop_map(|inner| format!("!({inner})")),
        ]
    })
}

fn queries() -> impl Strategy<Value = String> {
    let bound = || prop_oneof![Just(String::new()), (-4_i64..5).prop_map(|it| it.to_string())];
    let slice = (bound(), bound(), bound()).prop_map(|(start, end, step)| format!("{start}:{end}:{step}"));
    let selector = prop_oneof![
        prop::sample::select(vec!["'a'", "\"b\"", "*", "0", "-1", "1"]).prop_map(str::to_owned),
        slice,
        filters().prop_map(|filter| format!("?{filter}")),
    ];
    let brackets = prop::collection::vec(selector, 1..3).prop_map(|selectors| format!("[{}]", selectors.join(", ")));
    let segment = prop_oneof![
        prop::sample::select(vec![".a", ".*", "..b", "..*"]).prop_map(str::to_owned),
        brackets.clone(),
        brackets.prop_map(|brackets| format!("..{brackets}")),
    ];
    prop::collection::vec(segment, 0..4).prop_map(|segments| format!("${}", segments.concat()))
}

fn tokens() -> impl Strategy<Value = String> {
    let token = prop::sample::select(vec![
        "$", "@", ".a", "..", "[", "]", "[?", "(", ")", "*", "'x'", "\"y\"", "1", "-0", "01", ":", ",", "==", "<",
        "&&", "||", "!", " ", "length(", "count(", "match(", "value(", "true", "@.a",
    ]);
    prop::collection::vec(token, 0..9).prop_map(|tokens| format!("${}", tokens.concat()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn the_same_nodes_are_selected(document in documents(), text in queries()) {
        let theirs = JsonPath::parse(&text).expect("a query");
        let wanted: Vec<_> = theirs.query(&document).paths().map(ToString::to_string).collect();
        let query = parse_query(&text).expect("a query");
        let value = Value::from(document.clone());
        let found: Vec<_> = locate(&query, &value).expect("within the budget").iter().map(|(at, _)| at.to_string()).collect();
        prop_assert_eq!(found, wanted, "{} {}", text, document);
    }

    #[test]
    fn the_same_texts_are_queries(text in tokens()) {
        prop_assert_eq!(parse_query(&text).is_ok(), JsonPath::parse(&text).is_ok(), "{}", text);
    }
}

/// The second crate selects the same nodes in all but a few of a hundred cases, and in those the first one is on our side.
#[test]
fn a_second_crate_selects_the_same_or_stands_alone() {
    const CASES: usize = 1500;
    let mut runner = TestRunner::deterministic();
    let sorted = |mut paths: Vec<String>| {
        paths.sort_unstable();
        paths
    };
    let mut alone = Vec::new();
    for _ in 0..CASES {
        let document = documents().new_tree(&mut runner).expect("a document").current();
        let text = queries().new_tree(&mut runner).expect("a query").current();
        let value = Value::from(document.clone());
        let query = parse_query(&text).expect("a query");
        let found = locate(&query, &value).expect("within the budget");
        let ours = sorted(found.iter().map(|(at, _)| at.to_string()).collect());
        let second = document.query_only_path(&text).map(sorted);
        if second.as_ref().is_ok_and(|second| *second == ours) {
            continue;
        }
        let first = JsonPath::parse(&text).expect("a query");
        let first = sorted(first.query(&document).paths().map(ToString::to_string).collect());
        assert_eq!(ours, first, "{text} {document}: {second:?}");
        alone.push(text);
    }
    println!("{} of {CASES} alike; the second crate stands alone in {}", CASES - alone.len(), alone.len());
    assert!(alone.len() * 50 < CASES, "{alone:#?}");
}
