//! Tables and properties of the JSONPath parser.

use proptest::prelude::*;

use super::*;
use crate::span::Span;
use crate::value::Value;

/// The tree without its places.
fn bare(tree: &impl std::fmt::Debug) -> String {
    let text = format!("{tree:?}");
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find("Span { start: ") {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        rest = &rest[rest.find('}').expect("a span ends") + 1..];
    }
    out + rest
}

fn lenient(text: &str) -> Condition {
    parse_condition(text, Mode::Lenient).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn places_point_at_sub_expressions() {
    let text = "$.a == 1 && length( $.b ) > 2";
    let logical = parse_logical(text).expect("a logical expression");
    let LogicalKind::And(parts) = &logical.kind else { panic!("{logical:?}") };
    let of = |span: Span| &text[span.range()];
    assert_eq!([of(parts[0].span), of(parts[1].span)], ["$.a == 1", "length( $.b ) > 2"]);
    let LogicalKind::Comparison(comparison) = &parts[1].kind else { panic!("{parts:?}") };
    assert_eq!([of(comparison.left.span), of(comparison.right.span)], ["length( $.b )", "2"]);
}

#[test]
fn text_comes_back() {
    for text in [
        "$",
        "$.a.b[0]['c d']..e..*..[1, 2:3, ::-1]",
        "$['length']",
        "$[?@.a == 'it\\'s' && !@.b || (@.c || @.d) && !(@.e > 1.50)]",
        "$[?match(@.a, '[a-z]+')]",
        "$[?count(@.*) >= value($..x)]",
        "$.items.length > 0",
        "$.items empty false",
        "$.id == $inputs.id || $.id == '$inputs.id'",
        "@.a && !$.b",
        "$[?@ == null].x",
    ] {
        let condition = lenient(text);
        assert_eq!(condition.form.to_string(), text);
        assert_eq!(bare(&lenient(&condition.form.to_string()).form), bare(&condition.form));
    }
    let draft = "$.a[(@.length-1)] =~ /b\\/c/i";
    assert_eq!(parse_condition(draft, Mode::Draft).expect(draft).form.to_string(), draft);
}

#[test]
fn tolerances_are_recorded() {
    use ToleranceKind::*;
    for (text, wanted) in [
        ("$.a", vec![]),
        ("$[?@.a == 1]", vec![]),
        ("$.a == 1", vec![(BareComparison, "$.a == 1")]),
        ("@.a", vec![(BareComparison, "@.a")]),
        ("$.a.length > 0", vec![(Length, "$.a.length"), (BareComparison, "$.a.length > 0")]),
        ("$.a[*].b.length > 0", vec![(Lengths, "$.a[*].b.length"), (BareComparison, "$.a[*].b.length > 0")]),
        ("$.a['length'] > 0", vec![(BareComparison, "$.a['length'] > 0")]),
        ("$.a empty true", vec![(Empty, "$.a empty true"), (BareComparison, "$.a empty true")]),
        ("$[?@.id == $inputs.id]", vec![(BareExpression, "$inputs.id")]),
        ("$[?@.id == '$inputs.id']", vec![(QuotedExpression, "'$inputs.id'")]),
        ("$[?@.id == '$5']", vec![]),
        ("$[?@.id == '{$5}']", vec![]),
        ("$[?@.id == '{$5']", vec![]),
        (
            "$.a[?(@.b == 1)].length == 0",
            vec![(MatchCount, "$.a[?(@.b == 1)].length"), (BareComparison, "$.a[?(@.b == 1)].length == 0")],
        ),
        ("$[?@.a[*] == 1]", vec![(SeveralNodes, "@.a[*]")]),
        ("$[?count(@.a) > 0]", vec![(CountOfOne, "count(@.a)")]),
        ("$[?match(@.a, '\\\\d+')]", vec![(Pattern, "'\\\\d+'")]),
        (" $.a\n", vec![(BlankSpace, " $.a\n")]),
    ] {
        let mut found: Vec<_> =
            lenient(text).tolerances.iter().map(|found| (found.kind, &text[found.span.range()])).collect();
        found.sort_by_key(|(_, text)| text.len());
        assert_eq!(found, wanted, "{text}");
    }
}

#[test]
fn errors_say_where_and_what_to_write() {
    for (text, place, message, help) in [
        ("#/name == Chocolate", "#/name", "is a JSON Pointer, not a JSONPath", "$.name == 'x'"),
        ("$.a === 1", "===", "`===` is no operator", "write `==`"),
        ("$.a = 1", "=", "`=` is no operator", "write `==`"),
        ("$.a == b", "b", "`b` is no operand", "'b'"),
        ("$.a == True", "True", "`True` is no operand", "`true`"),
        ("$.a == 1 and $.b == 2", "and", "`and` is no operator", "&&"),
        ("$.a contains 'x'", "contains", "`contains` is no operator", "search"),
        ("$.a-b == 1", "-", "the condition goes on with `-`", "['the-name']"),
        ("$.a[b]", "b", "`b` is no selector", "['b']"),
        ("$.a[", "", "a selector is missing", "index"),
        ("$.a[?@.b == 1", "[", "`[` is not closed", "add `]`"),
        ("$.a == 'x", "'x", "the string is not closed", "'"),
        ("$.a < 1 < 2", "<", "the condition goes on with `<`", "&&"),
        ("$body.a == 1", "$body.a", "neither a JSONPath nor a runtime expression", "$.body.a"),
        ("not a path", "not", "`not` is no operand", "!"),
        ("len($.a) > 1", "len", "there is no function `len`", "length"),
        ("length($.a)", "length($.a)", "is compared with nothing", "=="),
        ("count(1) > 1", "1", "`count` takes a query", "count(@.items[*])"),
        ("", "", "the condition ends", ""),
        ("$[01]", "01", "`01` is no index", "zeros"),
        ("$[?@.a == '{$inputs.x']", "{$inputs.x']", "`{$` is not closed", "}"),
        ("$[?@.a == '{$input.id}']", "$input", "is not the start of a runtime expression", "$inputs"),
        ("$.a == {$5}", "$5", "is not the start of a runtime expression", ""),
        ("$.{$inputs.x} === 1", "===", "`===` is no operator", "write `==`"),
    ] {
        let error = prepare(text, Mode::Lenient).expect_err(text);
        assert_eq!(&text[error.start..error.end], place, "{text}: {error:?}");
        assert!(error.message.contains(message), "{text}: {error:?}");
        assert!(error.help.as_deref().unwrap_or("").contains(help), "{text}: {error:?}");
    }
    let strict = prepare("$.a == 1", Mode::Strict).expect_err("no query");
    assert_eq!(strict.message, "a comparison is no JSONPath query");
    let strict = prepare("$inputs.a", Mode::Strict).expect_err("no query");
    assert_eq!(strict.help.as_deref(), Some("embed it: `{$inputs.a}`, or `'{$inputs.a}'` for a string"));
}

#[test]
fn nesting_is_bounded_and_chains_are_not() {
    let nested = |depth: usize| format!("$[?{}@.a{}]", "(".repeat(depth), ")".repeat(depth));
    assert!(parse_query(&nested(MAX_DEPTH as usize - 1)).is_ok());
    for depth in [MAX_DEPTH as usize, 100_000] {
        assert!(parse_query(&nested(depth)).expect_err("too deep").message.contains("128"));
    }
    assert!(parse_query(&"$[?@".repeat(100_000)).is_err());
    assert!(parse_condition(&"length(".repeat(100_000), Mode::Lenient).is_err());
    assert!(parse_condition(&"!(".repeat(100_000), Mode::Lenient).is_err());
    for separator in ["||", "&&"] {
        let chain = vec!["$.a==1"; 10_000].join(separator);
        assert!(lenient(&chain).form.to_string().len() > 10_000);
    }
    assert_eq!(parse_query(&format!("${}", ".a".repeat(50_000))).expect("a long query").segments.len(), 50_000);
}

fn fill(text: &str, mode: Mode, values: &[Option<Value>]) -> Result<(String, Vec<String>), SyntaxError> {
    let Prepared::Embedding(template) = prepare(text, mode)? else { panic!("{text} embeds nothing") };
    template.fill(values).map(|filled| (filled.condition.form.to_string(), filled.warnings))
}

#[test]
fn values_are_embedded_for_their_place() {
    let text = |text: &str| Some(Value::from(text));
    let number = || Some(Value::from(5_i64));
    for (condition, value, wanted, warnings) in [
        ("$[?(@.s == \"{$inputs.x}\")]", text("a'b\"c\\"), "$[?@.s == 'a\\'b\"c\\\\']", 0),
        ("$.s == '{$inputs.x}'", text("a' || $.t == 'b"), "$.s == 'a\\' || $.t == \\'b'", 0),
        ("$.s == '{$inputs.x}'", text("$inputs.secret"), "$.s == '$inputs.secret'", 0),
        ("$.s == '{$inputs.x}!'", number(), "$.s == '5!'", 0),
        ("$.s == {$inputs.x}", number(), "$.s == 5", 0),
        ("$.s == {$inputs.x}", Some(Value::Null), "$.s == null", 0),
        ("$.s == {$inputs.x}", text("5"), "$.s == 5", 0),
        ("$.s == {$inputs.x}", text("five"), "$.s == 'five'", 1),
        ("$.s == {$inputs.x}", text("$inputs.secret"), "$.s == '$inputs.secret'", 1),
        ("$.s == {$inputs.x}", text("1 || $.s != 1"), "$.s == '1 || $.s != 1'", 1),
        ("$.s == {$inputs.x}", None, "$.s == ''", 1),
        ("$.{$inputs.x} == 1", text("status"), "$.status == 1", 0),
        ("$.items[{$inputs.x}]", number(), "$.items[5]", 0),
        ("$.items[{$inputs.x}]", text("a b"), "$.items['a b']", 1),
        ("$.n == '{$inputs.x}'", Some(Value::Array(vec![Value::Null])), "$.n == '[null]'", 0),
        ("{$inputs.x}", text("$.a == 1"), "$.a == 1", 0),
        ("match($.n, 'a{2}{$inputs.x}')", text("b"), "match($.n, 'a{2}b')", 0),
    ] {
        let (form, found) =
            fill(condition, Mode::Lenient, &[value]).unwrap_or_else(|error| panic!("{condition}: {error}"));
        assert_eq!((form.as_str(), found.len()), (wanted, warnings), "{condition}: {found:?}");
    }
    assert!(fill("$[?@.s == '{$inputs.x}']", Mode::Strict, &[None]).is_err());
    assert!(fill("$[?@.s == {$inputs.x}]", Mode::Strict, &[text("five")]).is_err());
}

#[test]
fn places_in_filled_templates_point_into_the_condition() {
    let text = "$.a == '{$inputs.x}' && $.b[{$inputs.y}] == 1";
    let Prepared::Embedding(template) = prepare(text, Mode::Lenient).expect("a template") else { panic!() };
    let filled = template.fill(&[Some(Value::from("a long value")), Some(Value::from(3_i64))]).expect("a condition");
    let Form::Logical(Logical { kind: LogicalKind::And(parts), .. }) = &filled.condition.form else { panic!() };
    let of = |span: Span| &text[filled.rendered.original(span).range()];
    let LogicalKind::Comparison(second) = &parts[1].kind else { panic!() };
    assert_eq!([of(parts[0].span), of(parts[1].span)], ["$.a == '{$inputs.x}'", "$.b[{$inputs.y}] == 1"]);
    assert_eq!(of(second.left.span), "$.b[{$inputs.y}]");
}

#[test]
fn a_pattern_outside_i_regexp_never_matches_in_strict_mode() {
    let strict = parse_condition("$[?match(@.a, '\\\\d')]", Mode::Strict).expect("a query");
    assert_eq!(strict.tolerances[0].kind, ToleranceKind::NeverMatches);
    assert!(parse_condition("$[?match(@.a, '(')]", Mode::Lenient).is_err());
}

fn shared(path: &str) -> Option<serde_json::Value> {
    let root = std::env::var_os("ARRAS_SHARED").map(std::path::PathBuf::from).or_else(|| {
        std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .ancestors()
            .map(|above| above.join("shared"))
            .find(|path| path.is_dir())
    });
    let text = root.and_then(|root| std::fs::read_to_string(root.join(path)).ok());
    if text.is_none() {
        eprintln!("skipped: no shared data");
    }
    text.map(|text| serde_json::from_str(&text).expect("valid JSON"))
}

#[test]
fn published_criteria_parse_leniently() {
    let Some(data) = shared("spec/corpus-conditions.json") else { return };
    let (mut parsed, mut strict, mut all) = (0, 0, 0);
    for criterion in data["criteria"].as_array().expect("criteria") {
        if !criterion["type"].to_string().contains("jsonpath") {
            continue;
        }
        let text = criterion["condition"].as_str().expect("a condition");
        let count = criterion["count"].as_u64().expect("a count");
        all += count;
        strict += if prepare(text, Mode::Strict).is_ok() { count } else { 0 };
        match prepare(text, Mode::Lenient) {
            Ok(_) => parsed += count,
            Err(error) => assert!(text.starts_with("#/") && error.help.is_some(), "{text}: {error}"),
        }
    }
    assert_eq!((strict, parsed, all), (56, 310, 319));
}

#[test]
fn the_compliance_suite_parses() {
    let Some(data) = shared("conformance/jsonpath-cts.json") else { return };
    for test in data["tests"].as_array().expect("tests") {
        let selector = test["selector"].as_str().expect("a selector");
        let invalid = test["invalid_selector"] == true;
        let parsed = parse_query(selector);
        assert_eq!(parsed.is_err(), invalid, "{}: {selector}: {parsed:?}", test["name"]);
        if let Ok(query) = parsed {
            let again = parse_query(&query.to_string()).unwrap_or_else(|error| panic!("{query}: {error}"));
            assert_eq!(bare(&again), bare(&query), "{selector}");
        }
    }
}

fn fragments() -> impl Strategy<Value = String> {
    let tokens = [
        "$",
        "@",
        ".",
        "..",
        "[",
        "]",
        "(",
        ")",
        "?",
        "*",
        "a",
        "length",
        "count(",
        "match(",
        "'",
        "\"",
        "'x'",
        "0",
        "-1",
        "1.5e3",
        ":",
        ",",
        "==",
        "!=",
        "<",
        ">=",
        "&&",
        "||",
        "!",
        " ",
        "\n",
        "true",
        "null",
        "empty true",
        "{$inputs.x}",
        "$inputs.x",
        "\\",
        "é",
        "\u{0}",
        "#/",
        "=~",
        "/",
        "(@.length-1)",
    ];
    prop::collection::vec(prop::sample::select(tokens.to_vec()), 0..24).prop_map(|tokens| tokens.concat())
}

fn logical_text() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "$.a == 1",
        "@.b['x y'][0] != 'é'",
        "!$.c",
        "$..d[1:2, ?@ > 1]",
        "count($.e.*) <= -0.5",
        "search(@.f, 'g')",
        "$.h.length > 2",
        "$.i[*] empty false",
        "$.j == $inputs.k",
        "@['length'] < 2",
    ])
    .prop_map(str::to_owned);
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(|parts| parts.join(" || ")),
            prop::collection::vec(inner.clone(), 2..4).prop_map(|parts| parts.join("&&")),
            inner.clone().prop_map(|inner| format!("!({inner})")),
            inner.clone().prop_map(|inner| format!("( {inner} )")),
            inner.prop_map(|inner| format!("$.q[?{inner}]")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_text_panics(text in prop_oneof![fragments(), "\\PC{0,40}"]) {
        for mode in [Mode::Strict, Mode::Lenient, Mode::Draft] {
            if let Err(error) = prepare(&text, mode) {
                prop_assert!(text.get(error.start..error.end).is_some(), "{:?} {:?}", text, error);
            }
        }
    }

    #[test]
    fn what_parses_reads_back_the_same(text in prop_oneof![fragments(), logical_text()]) {
        for mode in [Mode::Strict, Mode::Lenient, Mode::Draft] {
            if let Ok(condition) = parse_condition(&text, mode) {
                let shown = condition.form.to_string();
                let again = parse_condition(&shown, mode);
                prop_assert!(again.is_ok(), "{} -> {} {:?}", text, shown, again);
                prop_assert_eq!(bare(&again.expect("checked").form), bare(&condition.form));
            }
        }
    }

    #[test]
    fn generated_conditions_parse(text in logical_text()) {
        prop_assert!(parse_condition(&text, Mode::Lenient).is_ok(), "{}", text);
    }

    #[test]
    fn a_quoted_value_never_changes_the_condition(value in "\\PC{0,12}|['\"\\\\$|&= ]{0,8}", double in any::<bool>()) {
        let quote = if double { '"' } else { '\'' };
        let text = format!("$.s == {quote}{{$inputs.x}}{quote}");
        let Prepared::Embedding(template) = prepare(&text, Mode::Lenient).expect("a template") else { panic!() };
        let filled = template.fill(&[Some(Value::from(value.as_str()))]).expect("a condition");
        let Form::Logical(Logical { kind: LogicalKind::Comparison(comparison), .. }) = filled.condition.form else { panic!() };
        prop_assert_eq!(comparison.right.kind, OperandKind::Literal(Value::from(value)));
    }
}
