//! Conditions against tables and properties.

use proptest::prelude::*;

use super::*;
use crate::expression::Tolerance as ExpressionTolerance;

fn parsed(text: &str) -> Condition {
    parse(text, Context::Absent).unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

/// ARZ-COND-02, ARZ-COND-04, ARZ-COND-05
#[test]
fn conditions_show_what_they_say() {
    for (text, shown) in [
        ("$statusCode==200", "$statusCode == 200"),
        ("  ( ($statusCode >= 200) )\n&&$statusCode<300 ", "$statusCode >= 200 && $statusCode < 300"),
        ("true||false&&false", "true || false && false"),
        ("(true || false) && false", "(true || false) && false"),
        ("(true || null) || (1 || 2)", "true || null || 1 || 2"),
        ("(true && null) && (1 && 2)", "true && null && 1 && 2"),
        ("!($a.b)", ""),
        ("!(($statusCode))", "!$statusCode"),
        ("!($statusCode == 1.50)", "!($statusCode == 1.50)"),
        ("!(!$inputs.a)", "!(!$inputs.a)"),
        ("$inputs.a == 'it''s'", "$inputs.a == 'it''s'"),
        ("$inputs.a == \"it's \\\"\\n\"", "$inputs.a == 'it''s \"\n'"),
        ("{$statusCode} == 200", "$statusCode == 200"),
        ("{$statusCode == 401}", "$statusCode == 401"),
        ("{$request.query.a b} == {$inputs.b}", "{$request.query.a b} == $inputs.b"),
        ("{$response.body#/status == 'x'}", "$response.body#/status == 'x'"),
        ("$response.header.Content-Type == application/json", "$response.header.Content-Type == 'application/json'"),
        ("$statusCode == 500%s", "$statusCode == '500%s'"),
        ("$statusCode == 2xx", "$statusCode == 2XX"),
        ("$response.body.data[0]['x'].id != -1e2", "$response.body.data[0]['x'].id != -1e2"),
    ] {
        if shown.is_empty() {
            assert!(parse(text, Context::Absent).is_err(), "{text}");
        } else {
            assert_eq!(parsed(text).to_string(), shown, "{text}");
        }
    }
}

#[test]
fn loose_spellings_are_recorded() {
    let double = (Tolerance::DoubleQuotes, "\"a\"", Some("'a'"));
    for (text, expected) in [
        ("$inputs.a == 'a' && $response.body.x[0] == 1", None),
        ("$inputs.a == \"a\"", Some(double)),
        ("$inputs.a == a/b", Some((Tolerance::UnquotedString, "a/b", Some("'a/b'")))),
        ("$statusCode == 5XX", Some((Tolerance::StatusClass, "5XX", None))),
        ("{$statusCode == 1}", Some((Tolerance::Braces, "{$statusCode == 1}", Some("$statusCode == 1")))),
        ("{$statusCode} == 1", Some((Tolerance::Braces, "{$statusCode}", Some("$statusCode")))),
        ("$response.body.a.length > 0", Some((Tolerance::Length, "$response.body.a.length", None))),
        ("$steps.a.x == 1", Some((Tolerance::Expression(ExpressionTolerance::StepWithoutOutputs), "$steps.a.x", None))),
    ] {
        let condition = parsed(text);
        let found = condition.looseness.first();
        let found = found.map(|loose| (loose.tolerance, condition.slice(loose.span), loose.replacement.as_deref()));
        assert_eq!(found, expected, "{text}");
        assert!(condition.looseness.len() < 2, "{text}");
    }
}

/// ARZ-COND-04, ARZ-COND-14
#[test]
fn mistakes_are_pointed_at_and_explained() {
    for (text, at, help) in [
        ("$statusCode === 200", "===", "write `==`"),
        ("$statusCode !== 200", "!==", "write `!=`"),
        ("$statusCode = 200", "=", "write `==` to compare"),
        ("$statusCode => 200", "=>", "write `>=`"),
        ("$statusCode <> 200", "<>", "write `!=`"),
        ("$inputs.a & $inputs.b", "&", "write `&&`"),
        ("$inputs.a | $inputs.b", "|", "write `||`"),
        ("$inputs.a =~ 'x'", "=~", "use a criterion of `type: regex`"),
        ("$statusCode == 200 and true", "and", "write `&&`"),
        ("$statusCode == 200 AND true", "AND", "write `&&`"),
        ("not $inputs.a", "not", "write `!`"),
        ("$statusCode in [200,201]", "in", "compare with each value"),
        ("$response.body.url contains \"x\"", "contains", "`type: regex`"),
        ("$body.score > 750", "$body", "did you mean `$response.body#/score`?"),
        ("$response.headers.x == 1", "headers", "did you mean `$response.header.x`?"),
        ("200 <= $statusCode < 300", "<", "write `200 <= $statusCode && $statusCode < …`"),
        ("!$inputs.a == $inputs.b", "!$inputs.a ==", "write `!($inputs.a == …)`"),
        ("$inputs.a == not found", "not", "write `!`"),
        ("$inputs.a == page found", "page", "single quotes: `'page found'`"),
        ("$inputs.a == undefined", "undefined", "write `null`"),
        ("statusCode == 200", "statusCode", "did you mean `$statusCode`?"),
        ("($statusCode == 200", "(", "close what is opened"),
        ("$inputs.a == 'x", "'x", "close it with `'`"),
        ("$statusCode > 2XX", "2XX", "$statusCode >= 200"),
        ("", "", "write a comparison"),
    ] {
        let error = parse(text, Context::Absent).expect_err(text);
        assert_eq!(&text[error.start..error.end], at, "{text}: {error}");
        assert!(error.help.as_deref().is_some_and(|found| found.contains(help)), "{text}: {:?}", error.help);
    }
    for text in [
        "==",
        "$statusCode ==",
        "== 200",
        "$statusCode == == 200",
        "nonsensical string",
        "$statusCode)",
        "!!$inputs.a",
        "}",
    ] {
        assert!(parse(text, Context::Absent).is_err(), "{text}");
    }
}

#[test]
fn nesting_is_bounded_and_lists_are_not() {
    let nested = |depth: usize| format!("{}true{}", "(".repeat(depth), ")".repeat(depth));
    assert!(parse(&nested(128), Context::Absent).is_ok());
    assert!(parse(&nested(129), Context::Absent).is_err());
    assert!(parse(&"(".repeat(100_000), Context::Absent).is_err());
    let long = vec!["true"; 50_000].join(" || ");
    assert!(matches!(parsed(&long).root.kind, NodeKind::Or(nodes) if nodes.len() == 50_000));
    assert!(parse(&"{$".repeat(50_000), Context::Absent).is_err());
}

#[test]
fn a_literal_beside_a_context_compares_with_it() {
    for (text, shown) in [
        ("Available", "'Available'"),
        ("2XX", "2XX"),
        (" {\"a\": [1]} ", "{\"a\":[1]}"),
        ("'x'", "'x'"),
        ("200", "200"),
    ] {
        let condition = parse(text, Context::Present).expect(text);
        assert!(condition.uses_context(), "{text}");
        assert_eq!(condition.to_string(), shown);
        assert_eq!(condition.looseness.len(), 1);
    }
    // these are conditions of their own (ARZ-COND-08)
    for text in ["$statusCode == 200", "true", " false ", "null"] {
        let condition = parse(text, Context::Present).expect(text);
        assert!(!condition.uses_context() && condition.looseness.is_empty(), "{text}");
    }
    assert!(parse("nonsensical string", Context::Present).is_err());
    assert!(parse("contains", Context::Present).is_err());
}

fn any_condition() -> impl Strategy<Value = String> {
    let operand = prop_oneof![
        Just("$statusCode".to_owned()),
        Just("$inputs.a".to_owned()),
        Just("$response.body.a[0]".to_owned()),
        Just("{$request.query.a b}".to_owned()),
        Just("null".to_owned()),
        Just("-1.50".to_owned()),
        "'[a \"]{0,3}(''){0,2}'",
        Just("\"x'y\"".to_owned()),
    ];
    let comparison = (operand.clone(), "(==|!=|<=?|>=?)", operand.clone()).prop_map(|(a, op, b)| format!("{a}{op}{b}"));
    prop_oneof![operand, comparison].prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 2..4).prop_map(|parts| parts.join(" || ")),
            proptest::collection::vec(inner.clone(), 2..4).prop_map(|parts| parts.join("&&")),
            inner.clone().prop_map(|part| format!("({part})")),
            inner.prop_map(|part| format!("!({part})")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn what_is_shown_reads_back_the_same(text in any_condition()) {
        let shown = parsed(&text).to_string();
        let again = parsed(&shown);
        prop_assert_eq!(again.to_string(), shown);
        prop_assert!(again.looseness.iter().all(|loose| loose.tolerance == Tolerance::Braces));
    }

    #[test]
    fn any_text_is_read_or_refused_in_place(text in "(\\$inputs\\.a|\\$statusCode|\\$x|==|!=|<|>|!|&&|\\|\\||\\(|\\)|\\{|\\}|'|\"|\\[|\\]|a|2XX|1| |é|\\\\|=|&){0,10}") {
        for context in [Context::Absent, Context::Present] {
            match parse(&text, context) {
                Ok(condition) => {
                    for (expression, span) in condition.expressions() {
                        prop_assert!(condition.slice(span).contains(&*expression.text));
                    }
                }
                Err(error) => prop_assert!(text.get(error.start..error.end).is_some(), "{}: {:?}", text, error),
            }
        }
    }
}
