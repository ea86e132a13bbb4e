//! Hostile and broken files: a diagnostic with a place, and never a panic.

use proptest::prelude::*;

use super::*;
use crate::value::Value;

fn read_text(text: &str) -> (Option<Tree>, Diagnostics) {
    read(&Source::new("t", "file:///t", text), SourceId(0))
}

/// What a loader does with a file's bytes.
fn read_bytes(bytes: &[u8]) -> (Option<Tree>, Diagnostics) {
    match decode(bytes.to_vec()) {
        Ok(text) => read_text(&text),
        Err(refused) => {
            assert!(refused.text.get(refused.error.span.range()).is_some(), "{refused:?}");
            (None, vec![refused.error.into_diagnostic(SourceId(0))])
        }
    }
}

fn rules(diagnostics: &Diagnostics) -> Vec<&'static str> {
    diagnostics.iter().map(|finding| finding.rule.id).collect()
}

#[test]
fn bytes_that_are_no_utf_8_are_named() {
    let utf_16 = |text: &str, bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    for (bytes, place, message) in [
        (utf_16("\u{feff}a: 1", u16::to_le_bytes), (0, 1), "the file is UTF-16, not UTF-8"),
        (utf_16("\u{feff}ü: 1", u16::to_be_bytes), (0, 2), "the file is UTF-16, not UTF-8"),
        (utf_16("a: 1", u16::to_le_bytes), (0, 1), "the file is UTF-16, not UTF-8"),
        (utf_16("a: 1", u16::to_be_bytes), (0, 1), "the file is UTF-16, not UTF-8"),
        (b"\xff\xfe\x00".to_vec(), (0, 0), "the file is UTF-16, not UTF-8"),
        (b"a: \xfc".to_vec(), (3, 6), "the byte 0xFC is no UTF-8 here"),
        (b"\xef\xbb\xbfa: \xc3(".to_vec(), (3, 6), "the byte 0xC3 is no UTF-8 here"),
        (b"a: \xed\xa0\x80".to_vec(), (3, 6), "the byte 0xED is no UTF-8 here"),
    ] {
        let refused = decode(bytes).expect_err(message);
        assert_eq!((refused.error.rule, refused.error.message.as_str()), (rule::INVALID_ENCODING, message));
        assert_eq!(refused.error.span, Span::new(place.0, place.1), "{refused:?}");
    }
    assert_eq!(decode(b"\xef\xbb\xbfa: \xc3\xbc".to_vec()).as_deref().ok(), Some("a: ü"));
}

/// ARZ-SEC-02
#[test]
fn a_file_beyond_the_cap_is_not_read() {
    let refused = decode(vec![b' '; MAX_BYTES + 1]).expect_err("too large");
    assert_eq!((refused.error.rule, refused.text.len()), (rule::TOO_LARGE, 0));
    assert_eq!(rules(&read_text(&" ".repeat(MAX_BYTES + 1)).1), ["too-large"]);
}

#[test]
fn names_are_found_in_mappings_of_any_size() {
    for count in [3, 31, 32, 500] {
        let entries: String = (0..count).map(|at| format!("k{at}: [{at}, {{k{at}: x}}]\n")).collect();
        let (tree, found) = read_text(&format!("'': empty\nü: 1\nk1: first\n{entries}10: number\n"));
        let tree = tree.expect("a tree");
        assert_eq!(rules(&found), ["duplicate-key"]);
        for at in (0..count).filter(|at| *at != 1) {
            let (name, value) = tree.root().entry(&format!("k{at}")).expect("an entry");
            assert_eq!((name.key(), value.source_text()), (&*format!("k{at}"), &*format!("[{at}, {{k{at}: x}}]")));
        }
        for (name, text) in [("", "empty"), ("ü", "1"), ("k1", "first"), ("10", "number")] {
            assert_eq!(tree.root().get(name).map(|value| value.source_text()), Some(text));
        }
        for absent in ["k", "k1x", "l", "k500", "é"] {
            assert!(tree.root().get(absent).is_none());
        }
    }
}

/// ARZ-DOC-03
#[test]
fn text_in_brackets_is_json_first_and_yaml_second() {
    for (text, tree, expected) in [
        ("{\"a\": 1}", true, vec![]),
        (" \n[1, 2]", true, vec![]),
        ("{\"a\": 1, \"a\": 2}", true, vec!["duplicate-key"]),
        ("{a: 1}", true, vec![]),
        ("[a, b]", true, vec![]),
        ("{\"a\": 1,}", true, vec!["loose-json"]),
        ("{\"a\": 1 # why\n}", true, vec!["loose-json"]),
        ("[{\"a\": tru}]", true, vec!["loose-json"]),
        // YAML reads the value of `a` as `1 "b":2`
        ("{\"a\":1 \"b\":2}", false, vec!["invalid-syntax"]),
        ("{\"a\": [1, 2}", false, vec!["invalid-syntax"]),
        ("{a: [1, 2}", false, vec!["invalid-syntax"]),
        ("{\"a\": 1", false, vec!["invalid-syntax"]),
        ("{\"a\": 1}\n{\"b\": 1}", false, vec!["invalid-syntax"]),
        ("{\"a\": \"\\ud800\"}", false, vec!["invalid-syntax"]),
        ("{\"a\": \"\u{1}\"}", false, vec!["invalid-syntax"]),
    ] {
        let (read, diagnostics) = read_text(text);
        assert_eq!((read.is_some(), rules(&diagnostics)), (tree, expected), "{text} {diagnostics:?}");
    }
    let (_, diagnostics) = read_text("{\"a\":1 \"b\":2}");
    assert_eq!(diagnostics[0].message, "expected `,` or `}`, found `\"`");
}

/// ARZ-SEC-02
#[test]
fn json_nested_beyond_the_cap_is_refused() {
    for text in ["[".repeat(100_000), "{\"a\":".repeat(100_000), "[".repeat(129) + &"]".repeat(129)] {
        let (tree, diagnostics) = read_text(&text);
        assert_eq!((tree.is_none(), rules(&diagnostics)), (true, vec!["too-large"]));
        assert!(diagnostics[0].primary().is_some_and(|label| label.span.end <= 700));
    }
}

/// ARZ-SEC-02
#[test]
fn yaml_nested_beyond_the_cap_is_refused() {
    let staircase = |levels: usize| (0..levels).map(|level| format!("{}a:\n", " ".repeat(level))).collect::<String>();
    for text in [
        format!("a: {}", "[".repeat(100_000)),
        format!("a: {}", "{a: ".repeat(100_000)),
        "- ".repeat(100_000),
        "? ".repeat(100_000),
        staircase(2_000),
        format!("a: {}x{}", "[".repeat(128), "]".repeat(128)),
    ] {
        let (tree, diagnostics) = read_text(&text);
        assert_eq!((tree.is_none(), rules(&diagnostics).last()), (true, Some(&"too-large")), "{}", &text[..9]);
    }
    assert!(read_text(&staircase(128)).0.is_some());
    assert!(read_text(&format!("a: {}x{}", "[".repeat(127), "]".repeat(127))).0.is_some());
}

/// ARZ-SEC-02
#[test]
fn alias_bombs_are_refused_before_they_unfold() {
    let bomb = |levels: usize, first: &str, each: &str| {
        let mut text = format!("a0: &a0 {first}\n");
        for level in 1..levels {
            let alias = format!("*a{}", level - 1);
            let items = vec![alias; 10].join(", ");
            text.push_str(&format!("a{level}: &a{level} {}\n", each.replace('%', &items)));
        }
        text
    };
    for text in [
        bomb(10, "[lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]", "[%]"),
        bomb(60, "{k: v}", "{l: [%]}"),
        bomb(9, "{k: v}", "{<<: [%], x: [%]}"),
        format!("a: &a [{}]\nb: [{}]", "1,".repeat(999), "*a,".repeat(1_001)),
    ] {
        let (tree, diagnostics) = read_text(&text);
        assert!(tree.is_none());
        assert_eq!(diagnostics.last().map(|last| last.rule), Some(rule::TOO_LARGE));
        assert!(
            diagnostics
                .last()
                .and_then(|last| last.primary())
                .is_some_and(|label| text[label.span.range()].starts_with("*a"))
        );
    }
    let harmless = bomb(5, "[lol]", "[%]");
    assert!(read_text(&harmless).0.is_some());
}

#[test]
fn merges_of_merges_stay_small() {
    let mut text = "m0: &m0 {a: 1}\n".to_owned();
    for level in 1..100 {
        text.push_str(&format!("m{level}: &m{level} {{<<: [*m{0}, *m{0}], k{level}: 1}}\n", level - 1));
    }
    let (tree, diagnostics) = read_text(&text);
    assert!(tree.is_none());
    assert_eq!(diagnostics.last().map(|last| last.rule), Some(rule::TOO_LARGE));
}

#[test]
fn many_values_are_refused() {
    let text = format!("[{}0]", "0,".repeat(MAX_NODES));
    assert_eq!(rules(&read_text(&text).1), ["too-large"]);
}

#[test]
fn many_findings_are_counted() {
    let keys = "a: 1\n".repeat(5_000);
    let (tree, diagnostics) = read_text(&keys);
    assert_eq!((tree.map(|tree| tree.root().len()), diagnostics.len()), (Some(5_000), 21));
    assert!(rules(&diagnostics).iter().all(|id| *id == "duplicate-key"));
}

fn any_value() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        any::<i64>().prop_map(|number| number.to_string()),
        "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,5})?([eE][+-]?[0-9]{1,3})?",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        number.prop_map(|text| Value::Number(crate::value::Number::parse(&text).expect("a number"))),
        any::<String>().prop_map(Value::String),
        "[a-z~<: #-]{0,6}".prop_map(Value::String),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
            prop::collection::vec((any::<String>(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// What YAML lets stand in double quotes; JSON takes more.
fn yaml_prints(text: &str) -> bool {
    text.chars().all(|char| !matches!(char, '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}'))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        read_bytes(&bytes);
    }

    #[test]
    fn scraps_of_syntax_never_panic(scraps in prop::collection::vec(prop::sample::select(vec![
        "a", "- ", "? ", ": ", ":", "{", "}", "[", "]", ",", "\n", "\n  ", " ", "\t", "&x ", "*x", "!!str ", "!t ", "'", "\"", "\\",
        "|\n", ">-\n", "# c", "---\n", "...\n", "<<", "~", "0x1F", "1.", ".inf", "%YAML 1.2\n", "\r\n", "ü", "\u{feff}", "\\u00", "\u{85}",
    ]), 0..24)) {
        let text = scraps.concat();
        let (tree, diagnostics) = read_bytes(text.as_bytes());
        prop_assert!(tree.is_some() || crate::diagnostic::has_errors(&diagnostics));
        for label in diagnostics.iter().flat_map(|finding| &finding.labels) {
            prop_assert!(text.strip_prefix('\u{feff}').unwrap_or(&text).get(label.span.range()).is_some(), "{:?} {:?}", text, label);
        }
        for node in tree.iter().flat_map(Tree::nodes) {
            prop_assert!(tree.as_ref().is_some_and(|tree| tree.text().get(node.span().range()).is_some()), "{:?} {:?}", text, node);
            let _ = node.subspan(0, 3);
        }
    }

    #[test]
    fn json_reads_back_from_both(value in any_value()) {
        for text in [value.to_json(), value.to_json_pretty()] {
            let tree = json::parse(&text.as_str().into()).expect("JSON");
            prop_assert_eq!(tree.root().to_value(), value.clone());
            prop_assert_eq!(Value::from_json(&text).expect("JSON"), value.clone());
            let (tree, diagnostics) = yaml::parse(&text.as_str().into(), SourceId(0));
            if yaml_prints(&text) && !text.contains('\u{feff}') {
                let tree = tree.map_err(|error| TestCaseError::fail(format!("{text:?} {error:?}")))?;
                prop_assert!(diagnostics.is_empty(), "{:?}", diagnostics);
                prop_assert_eq!(tree.root().to_value(), value.clone(), "{:?}", text);
            }
        }
    }
}
