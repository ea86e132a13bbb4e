//! Tables of expressions that parse, and of errors with their places.

use proptest::prelude::*;

use super::*;

fn shown(text: &str, version: Version) -> String {
    match parse(text, version) {
        Ok(xpath) => xpath.expression.to_string(),
        Err(error) => format!("{}..{} {}", error.start, error.end, error.message),
    }
}

#[test]
fn expressions_are_read() {
    for (text, expected) in [
        ("/", "/"),
        ("/a/b", "/a/b"),
        ("a//b", "a/descendant-or-self::node()/b"),
        (" //*[ @id ] ", "/descendant-or-self::node()/*[@id]"),
        ("../@p:x", "parent::node()/@p:x"),
        (".", "self::node()"),
        ("ancestor-or-self :: p:*", "ancestor-or-self::p:*"),
        ("/ = 'x'", "(/) = 'x'"),
        ("/ * 2", "/* 2"),
        ("a and b or c and d", "a and b or c and d"),
        ("(a or b) and c", "(a or b) and c"),
        ("1 - 2 - 3", "1 - 2 - 3"),
        ("1 - (2 - 3)", "1 - (2 - 3)"),
        ("- - 1", "--1"),
        ("-(1 + 2) * 3", "-(1 + 2) * 3"),
        ("a-b", "a-b"),
        ("a -b", "a - b"),
        ("* * *", "* * *"),
        ("div div div", "div div div"),
        ("and and and", "and and and"),
        ("mod[mod mod 2]", "mod[mod mod 2]"),
        ("or/or", "or/or"),
        ("a|b|/c", "a | b | /c"),
        ("(a|b)[1]/c", "(a | b)[1]/c"),
        ("(a)", "a"),
        ("(a)[1]", "(a)[1]"),
        ("id('x')/a", "id('x')/a"),
        ("text", "text"),
        ("text()", "text()"),
        ("a/text ( )", "a/text()"),
        ("processing-instruction('x')", "processing-instruction('x')"),
        ("processing-instruction()", "processing-instruction()"),
        ("comment()|node()", "comment() | node()"),
        ("self::node()", "self::node()"),
        ("\"it's\"", "\"it's\""),
        (".5 + 1. + 0.25", ".5 + 1. + 0.25"),
        ("a[1][last()]", "a[1][last()]"),
        ("concat('a', b, 1)", "concat('a', b, 1)"),
        ("a<=b", "a <= b"),
        ("a!=b=c", "a != b = c"),
        ("count(//a)>1", "count(/descendant-or-self::node()/a) > 1"),
        ("größe/ärger", "größe/ärger"),
        ("child::child", "child"),
        ("last", "last"),
        ("not(a)", "not(a)"),
        ("a[b/c = 'd']//e", "a[b/c = 'd']/descendant-or-self::node()/e"),
    ] {
        if text == "/ * 2" {
            // `/` before `*` starts a path (XPath 1.0 §3.7), after which `2` is too much
            assert!(parse(text, Version::V1_0).is_err());
            continue;
        }
        assert_eq!(shown(text, Version::V1_0), expected, "{text}");
        let again = shown(expected, Version::V1_0);
        assert_eq!(again, expected, "{text}");
    }
}

#[test]
fn errors_say_where() {
    for (text, expected) in [
        ("", "0..0 an operand is missing"),
        ("/a/", "3..3 an operand is missing"),
        ("//", "2..2 an operand is missing"),
        ("a[", "1..2 `]` is missing"),
        ("a)", "1..2 `)` closes nothing"),
        ("(a]", "0..3 `]` closes what `)` should close"),
        ("a = ", "4..4 an operand is missing"),
        ("a == 'b'", "2..4 `==` is no operator of XPath"),
        ("a && b", "2..4 `&&` is no operator of XPath"),
        ("a || b", "2..4 `||` is no operator of XPath"),
        ("!a", "0..1 `!` is no operator of XPath"),
        ("a = 'x", "4..6 the string is not closed"),
        ("$x = 1", "0..1 an XPath has no variables here"),
        ("a b", "2..3 `b` can't stand here"),
        ("a[1", "1..3 `]` is missing"),
        ("foo(1)", "0..3 `foo` is no function of XPath 1.0"),
        ("contains('a')", "0..13 `contains` takes 2 arguments, not 1"),
        ("count('a')", "6..9 `count` takes a node-set, and this is a string"),
        ("'a' | b", "0..3 `|` joins node-sets, and this is a string"),
        ("1/a", "0..1 a predicate or `/` follows node-sets, and this is a number"),
        ("parents::a", "0..7 `parents` is no axis"),
        ("p:", "2..2 a name is missing after `p:`"),
        ("'it''s'", "4..5 `'` can't stand here"),
        ("a[{$inputs.b}]", "2..4 a runtime expression can't be embedded here"),
        ("a,b", "1..2 `,` can't stand here"),
        ("not(a b)", "6..7 `)` is missing"),
    ] {
        assert_eq!(shown(text, Version::V1_0), expected, "{text}");
    }
    let help = |text: &str| parse(text, Version::V1_0).expect_err(text).help.unwrap_or_default();
    assert_eq!(help("containz(a, b)"), "did you mean `contains`?");
    assert_eq!(help("parents::a"), "did you mean `parent`?");
    assert_eq!(help("a == b"), "write `=`");
}

/// ARZ-XPATH-01, A-31
#[test]
fn newer_versions_are_read_where_all_agree() {
    for text in [
        "//token[text()]",
        "/root/id = 4711",
        "//pet[id = '1']",
        "//*[local-name()='Contents']/*[local-name()='Key'] = 'a b+c.txt'",
        "count(//a) >= 2 and not(contains(/x, 'y')) or starts-with(/x, \"it\"\"s\")",
        "'it''s' = //a",
        "(//a)[1] != //b",
        "//a[position() = last()]",
        "string-length(//a) > 3",
        "//a > 3",
        "//a = -1",
    ] {
        assert!(parse(text, Version::V3_1).is_ok(), "{text}: {}", shown(text, Version::V3_1));
    }
    for (text, expected) in [
        ("lower-case(//a) = 'x'", "0..10 the function `lower-case` of XPath 3.1 is not supported"),
        (
            "//a < 'b'",
            "0..9 `<` between these operands is not the same in XPath 1.0 and XPath 3.1, which is not supported",
        ),
        (
            "//a = true()",
            "0..12 `=` between these operands is not the same in XPath 1.0 and XPath 3.1, which is not supported",
        ),
        (
            "1 = '1'",
            "0..7 `=` between these operands is not the same in XPath 1.0 and XPath 3.1, which is not supported",
        ),
        (
            "count(//a) + 1 = 2",
            "0..14 `+` between these operands is not the same in XPath 1.0 and XPath 3.1, which is not supported",
        ),
        (
            "//a = //b = //c",
            "0..15 a comparison of a comparison is not the same in XPath 1.0 and XPath 3.1, which is not supported",
        ),
        (
            "substring(//a, 2) = 'x'",
            "0..17 the function `substring` is not the same in XPath 1.0 and XPath 3.1, which is not supported",
        ),
        (
            "//namespace::*",
            "2..14 the axis `namespace` is not the same in XPath 1.0 and XPath 3.1, which is not supported",
        ),
        (
            "contains(//a, 1)",
            "14..15 this argument of `contains` is not the same in XPath 1.0 and XPath 3.1, which is not supported",
        ),
        ("some $x in //a satisfies $x = 1", "5..6 `$` can't stand here"),
    ] {
        assert_eq!(shown(text, Version::V3_1), expected, "{text}");
        let help = parse(text, Version::V3_1).expect_err(text).help.unwrap_or_default();
        assert!(help.contains("all versions of XPath share"), "{text}: {help}");
    }
}

#[test]
fn runtime_expressions_are_embedded() {
    for (text, expected) in [
        ("//a = '{$inputs.a}'", "/descendant-or-self::node()/a = '{$0}'"),
        ("//a = 'x{$inputs.a}y{$inputs.b}'", "/descendant-or-self::node()/a = 'x{$0}y{$1}'"),
        ("//a[{$inputs.n}] = {$inputs.b}", "/descendant-or-self::node()/a[{$0}] = {$1}"),
        ("/a/{$inputs.name}/@{$inputs.b}", "/a/{$0}/@{$1}"),
        ("//a = '{x} {$x}'", "/descendant-or-self::node()/a = '{x} {$x}'"),
    ] {
        let Prepared::Expression(xpath) = prepare(text, Version::V1_0).expect(text) else { panic!("{text}") };
        assert_eq!(xpath.expression.to_string(), expected, "{text}");
        for expression in &xpath.embedded {
            assert_eq!(text.get(expression.span.range()), Some(expression.text.as_ref()));
        }
    }
    assert!(matches!(prepare(" {$inputs.path} ", Version::V1_0), Ok(Prepared::Whole(_))));
    for (text, place) in [("//a = '{$response.boddy}'", 18..23), ("//a = {$inputs.a", 6..16), ("{$inputs.a}/b", 0..11)]
    {
        let error = prepare(text, Version::V1_0).expect_err(text);
        assert_eq!(error.start..error.end, place, "{text}: {error}");
    }
}

#[test]
fn size_and_nesting_are_bounded() {
    let nested = |depth: usize| format!("{}1{}", "(".repeat(depth), ")".repeat(depth));
    assert!(parse(&nested(64), Version::V1_0).is_ok());
    assert!(parse(&nested(65), Version::V1_0).is_err());
    assert!(parse(&"a[".repeat(2000), Version::V1_0).is_err());
    assert!(parse(&"/a".repeat(2048), Version::V1_0).is_ok());
    assert!(parse(&"/a".repeat(2049), Version::V1_0).is_err());
    assert!(parse(&format!("{}1", "-".repeat(4000)), Version::V1_0).is_ok());
    let chain = format!("1{}", "+1".repeat(2000));
    assert!(parse(&chain, Version::V1_0).is_ok());
}

fn operand() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("a".to_owned()),
        Just("@b".to_owned()),
        Just("//c".to_owned()),
        Just("/".to_owned()),
        Just("..".to_owned()),
        Just("'x'".to_owned()),
        Just("\"'\"".to_owned()),
        Just("1.5".to_owned()),
        Just("text()".to_owned()),
        Just("p:*".to_owned()),
        Just("position()".to_owned()),
        Just("ancestor::*".to_owned()),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let operator = proptest::sample::select(vec!["=", "!=", "<", ">=", "and", "or", "+", "-", "*", "div", "mod"]);
        prop_oneof![
            (inner.clone(), operator, inner.clone())
                .prop_map(|(left, operator, right)| format!("{left} {operator} {right}")),
            inner.clone().prop_map(|inner| format!("({inner})")),
            inner.clone().prop_map(|inner| format!("- {inner}")),
            inner.clone().prop_map(|inner| format!("a/b[{inner}]")),
            inner.clone().prop_map(|inner| format!("not({inner})")),
            (inner.clone(), inner).prop_map(|(one, other)| format!("concat({one}, {other})")),
        ]
    })
}

/// A `/` alone takes the name that follows it for a step.
#[test]
fn a_root_alone_is_shown_in_parentheses() {
    for text in ["(/) and a = a", "(/) * 2", "(/) = 'x'"] {
        assert_eq!(shown(text, Version::V1_0), text);
    }
    assert_eq!(shown("/", Version::V1_0), "/");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_text_makes_it_panic(text in "[-a-c/:@.*()\\[\\]|=!<>'\"{}$0-9 ,é+]{0,24}") {
        for version in [Version::V1_0, Version::V3_1] {
            if let Err(error) = prepare(&text, version) {
                prop_assert!(error.start <= error.end && error.end <= text.len());
                prop_assert!(text.is_char_boundary(error.start) && text.is_char_boundary(error.end), "{text} {error:?}");
            }
            let _ = parse(&text, version);
        }
    }

    #[test]
    fn what_is_shown_parses_to_the_same(text in operand()) {
        // a `/` alone swallows a `*` that follows it, so not every text of this shape is an expression
        if let Ok(xpath) = parse(&text, Version::V1_0) {
            let shown = xpath.expression.to_string();
            let again = parse(&shown, Version::V1_0);
            prop_assert_eq!(again.map(|again| again.expression.to_string()), Ok(shown));
        }
    }
}

/// ARZ-XPATH-01, A-31: what no version of XPath reads, whatever a run makes of it.
#[test]
fn newer_expressions_are_checked_as_far_as_all_versions_agree() {
    for text in [
        "//left > 0",
        "/",
        "/ and //a",
        "/*",
        "a/*/b * 2",
        "//a[1][@b = 'x']/c | //d",
        "some $x in //left satisfies $x > 0",
        "every $x in (1, 2, 3) satisfies $x = //n",
        "for $a in //x, $b in //y return $a + $b",
        "let $n := count(//x) return $n > 3",
        "if (//left) then true() else false()",
        "(1 to 5)[. = 3]",
        "//a instance of element()?",
        "'a' || 'b' = 'ab'",
        "//a ! string(.)",
        "//a => string-join(', ')",
        "map { 'a' : 1, 'b' : (2, 3) }('a') = 1",
        "[1, 2]?1",
        "array { //x }",
        "map{}",
        "function($x) { $x }(1)",
        "fn:count(//x) > 0",
        "xs:date('2020-01-01') < current-date()",
        "//p:a/@*:b",
        "//*:x/p:*",
        "ancestor-or-self::node()/child::text()",
        "//element(*, xs:string)",
        "-1 + - 2",
        "1e6 > .5",
        "a(: it is :) = (: nested (: so :) :) 1",
        "a(: it's :) = (: \" ] (: it's ) :) [ :) 1",
        "a = '(: no comment' and b",
        "//a[position() = last()] and not(b)",
        "()",
        "'it''s' = \"x\"",
        "{$inputs.a} = 1",
        "//{$inputs.name}/b",
        "//x-and-y = 1",
        "matches(//a, '^\\d+$')",
        "upper-case(//a) eq 'X'",
        "$x:y + 1",
        "..",
        ".//a/..",
        "not(//a) or count(//b/@c) mod 2 = 0",
        "//and/or/div",
        "contains(., 'x') and @type='y'",
    ] {
        assert_eq!(check_shape(text), Ok(()), "{text}");
    }
    for (text, expected) in [
        ("//left > > 0", "9..10 an operand is missing"),
        ("//left >", "8..8 an operand is missing"),
        ("//a[@b and]", "10..11 an operand is missing"),
        ("///a", "2..3 a step of the path is missing"),
        ("//a[]", "4..5 an operand is missing"),
        ("//a/@ = 1", "6..7 a name is missing"),
        ("//a/", "4..4 a step of the path is missing"),
        ("//a == 0", "4..6 `==` is no operator of XPath"),
        ("//a && //b", "4..6 `&&` is no operator of XPath"),
        ("!(//a)", "0..1 `!` is no operator of XPath"),
        ("//a[?b]", "3..5 `[?` is no operator of XPath"),
        ("cont(//a) > 0", "0..4 `cont` is no function of XPath"),
        ("childs::a", "0..6 `childs` is no axis"),
        ("count() > 0", "0..7 `count` takes an argument"),
        ("//a b", "4..5 `b` follows an operand without an operator"),
        ("//a 'b'", "4..5 `'` follows an operand without an operator"),
        ("(//a,)", "5..6 an operand is missing"),
        ("1 2", "2..3 `2` follows an operand without an operator"),
        ("contains(//a, )", "14..15 an operand is missing"),
        ("", "0..0 an operand is missing"),
        ("(: open", "0..7 the comment is not closed"),
        ("a (: it's (: so :)", "2..18 the comment is not closed"),
        ("(a (: :) = 1", "0..12 `)` is missing"),
    ] {
        let error = check_shape(text).expect_err(text);
        let found = format!("{}..{} {}", error.start, error.end, error.message);
        assert_eq!(found, expected, "{text}");
    }
}
