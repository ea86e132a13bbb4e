//! Patterns against tables, and against an engine that implements ECMA-262 itself.

use proptest::prelude::*;

use super::*;
use crate::expression::pieces;

fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, _) = Pattern::parse(pattern).unwrap_or_else(|error| panic!("{pattern}: {error:?}"));
    pattern.is_match(text).expect("within the budget")
}

#[test]
fn patterns_mean_what_ecma_262_says() {
    for (pattern, matching, failing) in [
        (r"^200$", &["200"][..], &["1200", "200\n"][..]),
        (r"ok", &["it is ok"], &["OK"]),
        (r"^\d+$", &["09"], &["٣", ""]),
        (r"^\w$", &["_"], &["é"]),
        (r"^\s$", &["\u{FEFF}", "\u{2003}", "\u{0B}"], &["\u{85}", "\u{200B}"]),
        (r"^\S$", &["\u{85}"], &["\u{FEFF}"]),
        (r"^.$", &["é", "😀", "\u{85}"], &["\n", "\r", "\u{2028}", "\u{2029}"]),
        (r"^[^]$", &["\n", "😀"], &["", "ab"]),
        (r"a|[]", &["a"], &["b"]),
        (r"^\cA\cj$", &["\u{1}\n"], &["A"]),
        (r"^\u0041\x42\u{43}$", &["ABC"], &["abc"]),
        (r"^\uD83D\uDE00$", &["😀"], &[]),
        (r"^[\w-z]+$", &["a-z"], &["é"]),
        (r"^[a-\d]+$", &["a-5"], &["b"]),
        (r"^[A-Za-z0-9-_=]+\.[A-Za-z0-9-_=]+$", &["a-b.c_d="], &["a"]),
        (r"^[]]$", &[], &["]"]),
        (r"^[^]]$", &["x]"], &["]"]),
        (r"^[\b]$", &["\u{8}"], &["b"]),
        (r"^[\B\-\]\\]+$", &["B-]\\"], &["a"]),
        (r"^\0\12\8\9$", &["\0\n89"], &[]),
        (r"^a{,5}$", &["a{,5}"], &["aaa"]),
        (r"^a{2}b{1,}c{0,2}$", &["aab", "aabbcc"], &["ab", "aabccc"]),
        (r"^{}$", &["{}"], &[""]),
        (r"^x{$", &["x{"], &["x"]),
        (r"^a}]$", &["a}]"], &[]),
        (r"^(?:a|b)+?c$", &["abc"], &["c"]),
        (r"(?i:abc)d", &["ABCd"], &["ABCD"]),
        (r"(?i:a(?-i:b))", &["Ab"], &["AB"]),
        (r"(?s:.)(?m:^a)", &["x\na"], &["xa"]),
        (r"^(?<year>\d{4})-\k<year>$", &["2024-2024"], &["2024-2025"]),
        (r"^\k$", &["k"], &[]),
        (r"(?<=\$)\d+(?!\.)\b", &["$5"], &["5", "$5."]),
        (r"(?<!a)b", &["cb", "b"], &["ab"]),
        (r"^(?=.*\d)(?=.*[a-z]).{4,}$", &["abc1"], &["abcd", "a1"]),
        (r"^(?:(a)|b)\1$", &["aa", "b"], &["ab", "ba"]),
        (r"^\1(a)$", &["a"], &["aa"]),
        (r"^(a\1)$", &["a"], &["aa"]),
        (r"\bfoo\b", &["a foo b", "éfoo"], &["afoo"]),
        (r"\Bfoo", &["xfoo"], &["foo"]),
        (r"(?=a)*b", &["b"], &["c"]),
        (r"^\p{Lu}$", &["É"], &["é"]),
        (r"^[^\p{L}\d]$", &["-"], &["é", "5"]),
        ("", &["", "x"], &[]),
        (
            r"^[\s\S]*404 - File or directory not found\.[\s\S]*$",
            &["a\n404 - File or directory not found.\n"],
            &["404"],
        ),
        (r"^/cookies/4711/eat$", &["/cookies/4711/eat"], &["/cookies"]),
    ] {
        for text in matching {
            assert!(matches(pattern, text), "{pattern} should match {text:?}");
        }
        for text in failing {
            assert!(!matches(pattern, text), "{pattern} should not match {text:?}");
        }
    }
}

#[test]
fn tolerated_spellings_are_recorded() {
    for (pattern, tolerances, matching, failing) in [
        ("/^[0-9A-F]{8}$/i", &[Tolerance::Slashes][..], "0123abcd", "0123abcx"),
        ("(?i).*logged in.*", &[Tolerance::LeadingFlags], "you are Logged In", "out"),
        ("/^a$/m", &[Tolerance::Slashes], "b\na", "b"),
        ("/a.b/s", &[Tolerance::Slashes], "a\nb", "ab"),
        (r"/a\/[/]b/", &[Tolerance::Slashes], "a//b", "ab"),
        (r"/users/\d+/x", &[], "/users/5/x", "users/5/x"),
        ("/", &[], "/", "a"),
        (r"\p{L}", &[Tolerance::UnicodeEscape], "é", "5"),
    ] {
        let (parsed, found) = Pattern::parse(pattern).expect(pattern);
        assert_eq!(found, tolerances, "{pattern}");
        assert_eq!((parsed.is_match(matching), parsed.is_match(failing)), (Ok(true), Ok(false)), "{pattern}");
    }
}

/// A-30, A-06
#[test]
fn what_stands_around_embedded_values_is_recorded() {
    for (pattern, tolerances) in [
        ("/^{$inputs.p}$/i", &[Tolerance::Slashes][..]),
        ("/{$inputs.p}/", &[Tolerance::Slashes]),
        ("(?i)^{$inputs.p}$", &[Tolerance::LeadingFlags]),
        ("/(?i){$inputs.p}/", &[Tolerance::Slashes, Tolerance::LeadingFlags]),
        (r"^\p{L}{$inputs.p}", &[Tolerance::UnicodeEscape]),
        ("{$inputs.p}", &[]),
        ("/{$inputs.p}", &[]),
        ("{$inputs.p}/i", &[]),
        ("/a/{$inputs.p}/b", &[]),
        ("(?{$inputs.p})a", &[]),
        (r"\p{{$inputs.p}}", &[]),
        (r"\u{$inputs.p}", &[]),
        ("/({$inputs.p}", &[]),
    ] {
        assert_eq!(Pattern::tolerances(&pieces(pattern).expect(pattern)), tolerances, "{pattern}");
    }
}

#[test]
fn case_is_ignored_as_ecma_262_does() {
    for (pattern, matching, failing) in [
        ("/^[a-z]+$/i", "KELVIN", "\u{212A}"),
        ("/^s$/i", "S", "ſ"),
        ("/^σ$/i", "ς", "s"),
        ("/^[^x]$/i", "y", "X"),
        ("/^ß$/i", "ß", "ẞ"),
        ("/^(a)\\1$/i", "aA", "ab"),
    ] {
        assert!(matches(pattern, matching), "{pattern} should match {matching:?}");
        assert!(!matches(pattern, failing), "{pattern} should not match {failing:?}");
    }
    let mut letters = class::Set::of(&[('a', 'ÿ'), ('Α', 'Ω')], false);
    letters.close(true);
    let mut again = letters.clone();
    again.close(true);
    assert_eq!(again, letters);
    assert!(fold::groups().len() > 1000);
}

#[test]
fn what_is_no_pattern_is_refused_where_it_fails() {
    for (pattern, start, end) in [
        ("a(b", 1, 3),
        ("a)b", 1, 2),
        ("a**", 2, 3),
        ("*a", 0, 1),
        ("{2}", 0, 3),
        ("^*", 1, 2),
        (r"\b?", 2, 3),
        (r"a\B{2}", 3, 6),
        ("(?<=a)*", 6, 7),
        ("[b-a]", 1, 4),
        ("[a", 0, 2),
        ("a{3,2}", 1, 6),
        ("a\\", 1, 2),
        ("a(?i)b", 1, 5),
        ("(?>a)", 0, 3),
        (r"(?<n>a)\k<m>", 7, 12),
        ("(?<n>a)(?<n>b)", 7, 12),
        (r"\uD83D", 0, 6),
        (r"(?<=(a))\1", 8, 10),
        (r"(?:(a)|b)*\1", 10, 12),
        ("/a/y", 3, 4),
        (r"x\u{FFFFFFFFFF}", 1, 15),
    ] {
        let error = Pattern::parse(pattern).expect_err(pattern);
        assert_eq!((error.start, error.end), (start, end), "{pattern}: {error}");
    }
    assert!(Pattern::parse(&"(".repeat(10_000)).is_err());
    assert!(Pattern::parse(r"((\w{1000}){1000}){1000}").is_err());
    assert!(Pattern::parse(r"\p{Nonsense}").is_err());
}

#[test]
fn a_match_that_explodes_is_given_up() {
    let (pattern, _) = Pattern::parse(r"^(?:(a+)\1?)+$").expect("a pattern");
    let text = "a".repeat(64) + "!";
    assert_eq!(pattern.is_match(&text), Err(BudgetExceeded));
    let (linear, _) = Pattern::parse("(a|a)*c").expect("a pattern");
    assert_eq!(linear.is_match(&"a".repeat(100_000)), Ok(false));
}

/// Whether `\1` stands inside of the first group, where the oracle takes a stale capture for it.
fn refers_to_itself(pattern: &str) -> bool {
    let Some(open) = pattern.match_indices('(').map(|(at, _)| at).find(|at| !pattern[*at..].starts_with("(?")) else {
        return false;
    };
    let mut depth = 0;
    let close = pattern[open..].find(|character| {
        depth += i32::from(character == '(') - i32::from(character == ')');
        depth == 0
    });
    pattern[open..].split_at(close.unwrap_or(0)).0.contains("\\1")
}

/// Both engines refuse the pattern, or both accept it and agree on the text.
fn compare(pattern: &str, text: &str, ignore_case: bool) -> Result<(), TestCaseError> {
    prop_assume!(!refers_to_itself(pattern));
    let oracle = regress::Regex::with_flags(pattern, if ignore_case { "i" } else { "" });
    let written = if ignore_case { format!("(?i:{pattern})") } else { pattern.to_owned() };
    match (oracle, Pattern::parse(&written)) {
        (Ok(oracle), Ok((ours, _))) => {
            prop_assert_eq!(ours.is_match(text), Ok(oracle.find(text).is_some()), "{} on {:?}", pattern, text);
        }
        (Err(error), Ok(_)) => prop_assert!(false, "`{pattern}` is accepted, not by the oracle: {error}"),
        (Ok(_), Err(error)) => {
            let lenient = error.message.contains("not supported") || repeats_a_word_boundary(&written, &error);
            prop_assert!(lenient, "`{pattern}`: {error}");
        }
        (Err(_), Err(_)) => {}
    }
    Ok(())
}

/// Whether the pattern is refused for `\b?` and its like, which no grammar of ECMA-262 has and the oracle takes.
fn repeats_a_word_boundary(pattern: &str, error: &SyntaxError) -> bool {
    let before = &pattern[..error.start];
    error.message == "nothing to repeat" && (before.ends_with("\\b") || before.ends_with("\\B"))
}

fn any_pattern() -> impl Strategy<Value = String> {
    let atom = prop_oneof![
        "[ab0_ -]",
        Just(r"\d".into()),
        Just(r"\w".into()),
        Just(r"\s".into()),
        Just(r"\W".into()),
        Just(".".into()),
        Just("[a-b]".into()),
        Just("[^a]".into()),
        Just(r"[\w-]".into()),
        Just("é".into()),
        Just("(?=a)".into()),
        Just("(?!b)".into()),
        Just("(?<=a)".into()),
        Just("(?<!b)".into()),
        Just(r"\1".into()),
        Just(r"\b".into()),
        Just(r"\B".into()),
        Just("^".into()),
        Just("$".into()),
        Just("{".into()),
        Just("[]".into()),
        Just("[^]".into()),
    ];
    let atom = atom.prop_map(|text: String| text);
    atom.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 1..4).prop_map(|parts| parts.concat()),
            inner.clone().prop_map(|part| format!("({part})")),
            inner.clone().prop_map(|part| format!("(?:{part})*")),
            inner.clone().prop_map(|part| format!("(?:{part})?")),
            inner.clone().prop_map(|part| format!("({part}){{1,2}}?")),
            (inner.clone(), inner).prop_map(|(one, other)| format!("{one}|{other}")),
        ]
    })
}

#[test]
fn examples_match_their_patterns() {
    for (pattern, nth, least, most, expected) in [
        (r"^[A-Z]{3}\d{2}$", 0, 0, 64, Some("AAA00")),
        (r"^[A-Z]{3}\d{2}$", 1, 0, 64, Some("BAA00")),
        (r"^[A-Z]{3}\d{2}$", 27, 0, 64, Some("BBA00")),
        (r"^(a|b)$", 1, 0, 64, Some("b")),
        (r"^(a|b)$", 2, 0, 64, Some("a")),
        (r"^x$", 7, 0, 64, Some("x")),
        (r"^[^/]+/[^a-z]$", 0, 0, 64, Some("a/A")),
        (r"^\w+@\w+\.\w+$", 0, 0, 64, Some("a@a.a")),
        (r"^\s\S$", 0, 0, 64, Some(" a")),
        (r"^\p{L}.$", 0, 0, 64, Some("aa")),
        (r"^(\w)-\1$", 1, 0, 64, Some("b-b")),
        (r"^(?=.*\d)[a-z0-9]{2,}$", 0, 0, 64, None),
        (r"^(?!x)[a-z]$", 0, 0, 64, Some("a")),
        (r"^\u00e9[\u0430-\u044f]$", 0, 0, 64, Some("éа")),
        (r"^(?:ab){2,}c*$", 0, 7, 64, Some("abababab")),
        (r"^(?:ab){2,3}c*$", 0, 8, 64, Some("abababcc")),
        (r"^a{3,}$", 0, 0, 2, None),
        (r"ab", 0, 5, 5, Some("abxxx")),
        (r"^ab", 0, 5, 5, Some("abxxx")),
        (r"ab$", 0, 5, 5, None),
        (r"[]", 0, 0, 64, None),
        (r"^(a{60}){60}$", 0, 0, 64, None),
        ("^(((a*)*)*)*$", 0, 3, 64, Some("aaa")),
        ("", 0, 0, 64, Some("")),
    ] {
        let Ok((parsed, _)) = Pattern::parse(pattern) else { panic!("{pattern}") };
        let example = parsed.example(nth, least..=most);
        assert_eq!(example.as_deref(), expected, "{pattern} {nth}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(250))]

    #[test]
    fn agrees_with_an_engine_of_ecma_262(pattern in any_pattern(), text in "[ab0_ \n{é-]{0,7}", ignore_case: bool) {
        compare(&pattern, &text, ignore_case)?;
    }

    #[test]
    fn agrees_on_backreferences(
        head in "((\\(a\\)|\\(\\?:\\(a\\)\\|b\\)|\\(\\[ab\\]\\)|\\(\\?:\\(a\\?\\)b\\)|\\(\\?:\\(a\\)b\\)|\\(\\?=\\(a\\)\\))[*+?]?\\??(b|)\\\\1)",
        looped: bool,
        tail in "[ab]?\\$?",
        text in "[ab]{0,7}",
    ) {
        let pattern = if looped { format!("^(?:{head}){{2}}{tail}") } else { format!("^{head}{tail}") };
        compare(&pattern, &text, false)?;
    }

    #[test]
    fn agrees_on_any_text(pattern in "[ab01\\\\()\\[\\]{}?*+|^$.,:=!<>wds-]{0,9}", text in "[ab01{},\\\\-]{0,5}") {
        compare(&pattern, &text, false)?;
    }

    #[test]
    fn any_text_is_read_without_panic(text in "[\\\\()\\[\\]{}?*+|^$.:<>=!/\\-kupcxi0-9é,]{0,16}") {
        if let Ok((pattern, _)) = Pattern::parse(&text) {
            let _ = pattern.is_match("aé0\n-_");
            if let Some(example) = pattern.example(3, 2..=20) {
                prop_assert_eq!(pattern.is_match(&example), Ok(true), "{} on {:?}", text, example);
                prop_assert!((2..=20).contains(&example.chars().count()), "{:?}", example);
            }
        }
    }
}
