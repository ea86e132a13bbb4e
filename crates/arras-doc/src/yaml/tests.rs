//! What YAML means here (A-67), and what is said about it.

use super::*;
use crate::diagnostic::Severity;
use crate::rule;

fn read(text: &str) -> (Option<Tree>, Diagnostics) {
    let source = crate::source::Source::new("t.yaml", "file:///t.yaml", text);
    crate::read::read(&source, SourceId(0))
}

/// The document as JSON, and its findings as `severity rule "text it is about"`.
fn told(text: &str) -> (String, Vec<String>) {
    let (tree, diagnostics) = read(text);
    let json = tree.map_or("-".to_owned(), |tree| tree.root().to_value().to_json());
    let tell = |finding: &crate::diagnostic::Diagnostic| {
        let span = finding.primary().expect("a place").span;
        format!("{} {} {:?}", finding.severity.as_str(), finding.rule.id, &text[span.range()])
    };
    (json, diagnostics.iter().map(tell).collect())
}

/// ARZ-DOC-05, ARZ-DOC-07
#[test]
fn documents_read_as_json_values() {
    for (text, json) in [
        ("a: 1\nb: [x, 'y', \"z\\n\"]\nc: {d: null, e: }", r#"{"a":1,"b":["x","y","z\n"],"c":{"d":null,"e":null}}"#),
        ("arazzo: 1.0.1\nversion: 1.0", r#"{"arazzo":"1.0.1","version":1.0}"#),
        ("- 12345678901234567890123\n- 1.10\n- 1e400", "[12345678901234567890123,1.10,1e400]"),
        ("200: a\n~: b\ntrue: c\n0x1F: d\n: e", r#"{"200":"a","~":"b","true":"c","0x1F":"d","":"e"}"#),
        ("? a\n: b\n? c", r#"{"a":"b","c":null}"#),
        ("a: &x {b: [1]}\nc: *x\nd: &y k\n*y : v", r#"{"a":{"b":[1]},"c":{"b":[1]},"d":"k","k":"v"}"#),
        ("a: &x 1\nb: &x 2\nc: *x", r#"{"a":1,"b":2,"c":2}"#),
        ("a: &x\nb: *x", r#"{"a":null,"b":null}"#),
        ("--- # c\na: 1\n...\n# end", r#"{"a":1}"#),
        ("%YAML 1.2\n---\na: 1", r#"{"a":1}"#),
        (
            "a: !!str 1\nb: !!int '1'\nc: !!float 1\nd: !!null ''\ne: ! 1\nf: !!bool true\ng: !!seq []\nh: !!map {}\ni: !!str",
            r#"{"a":"1","b":1,"c":1,"d":null,"e":"1","f":true,"g":[],"h":{},"i":""}"#,
        ),
        ("!!str 1: a", r#"{"1":"a"}"#),
        ("a: |\n  x\n   y\nb: >-\n  x\n  y\n", r#"{"a":"x\n y\n","b":"x y"}"#),
        ("a: \"\\ud83d\\ude00\"", r#"{"a":"😀"}"#),
        ("a: 'x\u{202e}y'", "{\"a\":\"x\u{202e}y\"}"),
        ("{a: 1, b: [c d, e], ? f, g}", r#"{"a":1,"b":["c d","e"],"f":null,"g":null}"#),
        ("'<<': 1", r#"{"<<":1}"#),
        ("a: 2024-01-01\nb: y\nc: $inputs.x == 1", r#"{"a":"2024-01-01","b":"y","c":"$inputs.x == 1"}"#),
        ("yes: 1\non: 2", r#"{"yes":1,"on":2}"#),
        ("scalar", r#""scalar""#),
        ("42", "42"),
    ] {
        assert_eq!(told(text), (json.to_owned(), vec![]), "{text:?}");
    }
}

/// ARZ-DOC-05
#[test]
fn what_may_be_misread_is_said() {
    for (text, json, findings) in [
        ("a: ~", r#"{"a":null}"#, vec!["warning loose-scalar \"~\""]),
        (
            "a: [TRUE, Null]",
            r#"{"a":[true,null]}"#,
            vec!["warning loose-scalar \"TRUE\"", "warning loose-scalar \"Null\""],
        ),
        ("a: 0x1F", r#"{"a":31}"#, vec!["warning loose-scalar \"0x1F\""]),
        ("a: +1", r#"{"a":1}"#, vec!["warning loose-scalar \"+1\""]),
        ("a: .5", r#"{"a":0.5}"#, vec!["warning loose-scalar \".5\""]),
        ("a: 012", r#"{"a":12}"#, vec!["advice ambiguous-scalar \"012\""]),
        ("a: 08", r#"{"a":8}"#, vec!["advice ambiguous-scalar \"08\""]),
        ("a: no", r#"{"a":"no"}"#, vec!["advice ambiguous-scalar \"no\""]),
        ("on: on", r#"{"on":"on"}"#, vec!["advice ambiguous-scalar \"on\""]),
        ("a: 1_000", r#"{"a":"1_000"}"#, vec!["advice ambiguous-scalar \"1_000\""]),
        ("a: 12:30", r#"{"a":"12:30"}"#, vec!["advice ambiguous-scalar \"12:30\""]),
        (
            "a: .inf\nb: -.nan\nc: .NaN",
            r#"{"a":".inf","b":"-.nan","c":".NaN"}"#,
            vec!["error invalid-number \".inf\"", "error invalid-number \".NaN\""],
        ),
        ("'a': 'no'\nb: \"012\"\nc: |\n  ~", r#"{"a":"no","b":"012","c":"~"}"#, vec![]),
    ] {
        assert_eq!(told(text), (json.to_owned(), findings.into_iter().map(String::from).collect()), "{text:?}");
    }
}

#[test]
fn fixes_mend_what_they_are_about() {
    for (text, mended) in [("a: ~", "a: null"), ("a: TRUE", "a: true"), ("a: 0x1F", "a: 31"), ("a: no", "a: \"no\"")] {
        let (_, diagnostics) = read(text);
        let edit = &diagnostics[0].fix.as_ref().expect("a fix").edits[0];
        let mut fixed = text.to_owned();
        fixed.replace_range(edit.span.range(), &edit.replacement);
        assert_eq!(fixed, mended);
        assert_eq!((told(&fixed).0, told(&fixed).1.len()), (told(text).0, 0));
    }
}

#[test]
fn merge_keys_are_expanded_where_they_stand() {
    let base = "x: &x {a: 1, b: 2}\ny: &y {b: 3, c: 4}\n";
    for (merge, json) in [
        ("z: {<<: *x, c: 5}", r#"{"a":1,"b":2,"c":5}"#),
        ("z: {b: 9, <<: *x}", r#"{"b":9,"a":1}"#),
        ("z: {<<: *x, b: 9}", r#"{"a":1,"b":9}"#),
        ("z: {<<: [*x, *y]}", r#"{"a":1,"b":2,"c":4}"#),
        ("z:\n  <<: [*y, {d: 0}]\n  e: 1", r#"{"b":3,"c":4,"d":0,"e":1}"#),
    ] {
        let (tree, diagnostics) = read(&format!("{base}{merge}"));
        let value = tree.and_then(|tree| Some(tree.at("/z")?.to_value().to_json()));
        assert_eq!(value.as_deref(), Some(json), "{merge}");
        assert!(diagnostics.len() == 1 && diagnostics[0].rule == rule::MERGE_KEY, "{diagnostics:?}");
    }
    let chained = told("x: &x {a: 1}\ny: &y {<<: *x, b: 2}\nz: {<<: *y, c: 3}").0;
    assert_eq!(chained, r#"{"x":{"a":1},"y":{"a":1,"b":2},"z":{"a":1,"b":2,"c":3}}"#);
}

/// ARZ-DOC-06, ARZ-DOC-07, ARZ-SEC-02
#[test]
fn what_is_wrong_has_a_place() {
    for (text, findings) in [
        ("a: 1\nb: 2\na: 3", vec!["error duplicate-key \"a\""]),
        ("200: 1\n\"200\": 2", vec!["error duplicate-key \"\\\"200\\\"\""]),
        ("a: {b: 1, b: 2, c: {d: 1, d: 2}}", vec!["error duplicate-key \"b\"", "error duplicate-key \"d\""]),
        ("a: &x {b: 1, b: 2}\nc: *x", vec!["error duplicate-key \"b\""]),
        ("<<: {a: 1}\n<<: {b: 1}", vec!["warning merge-key \"<<\"", "error duplicate-key \"<<\""]),
        ("<<: 1", vec!["warning merge-key \"<<\"", "error merge-key \"1\""]),
        ("a: {<<: [x]}", vec!["warning merge-key \"<<\"", "error merge-key \"[x]\""]),
        ("a: 1\n---\nb: 2", vec!["error several-documents \"---\""]),
        ("a: 1\n---\n", vec!["error several-documents \"---\""]),
        (
            "a: !!binary aGk=\nb: !mine [1]\nc: !!set {x}",
            vec![
                "error unsupported-tag \"!!binary\"",
                "error unsupported-tag \"!mine\"",
                "error unsupported-tag \"!!set\"",
            ],
        ),
        (
            "a: !!int x\nb: !!int 1.5\nc: !!map []",
            vec![
                "error unsupported-tag \"!!int\"",
                "error unsupported-tag \"!!int\"",
                "error unsupported-tag \"!!map\"",
            ],
        ),
        ("a:\n\tb: 1", vec!["error invalid-syntax \"\\t\""]),
        ("? [a]\n: 1\n? {b: c}\n: 2", vec!["error invalid-key \"[\"", "error invalid-key \"{\""]),
        ("a: &x [1]\n*x : 1", vec!["error invalid-key \"*x\""]),
        ("a: *x\nb: *y", vec!["error invalid-syntax \"*x\"", "error invalid-syntax \"*y\""]),
        ("a: &x [*x]", vec!["error invalid-syntax \"*x\""]),
        ("a: ~\nb: 'c", vec!["warning loose-scalar \"~\"", "error invalid-syntax \"'\""]),
        ("", vec!["error invalid-syntax \"\""]),
        ("# only\n\n", vec!["error invalid-syntax \"\""]),
        ("a: b: c", vec!["error invalid-syntax \":\""]),
        ("a:\n\t- b", vec!["error invalid-syntax \"\\t\""]),
        ("a: b\n\tc: d", vec!["error invalid-syntax \"\\t\""]),
        ("a: [1", vec!["error invalid-syntax \"[\""]),
        ("a: @b", vec!["error invalid-syntax \"@\""]),
        ("a: \"\\ud83d\"", vec!["error invalid-syntax \"\\\"\""]),
        ("a: \"b\u{0}\"", vec!["error invalid-syntax \"\\0\""]),
        ("a: b\u{7}", vec!["error invalid-syntax \"\\u{7}\""]),
        ("a: %b", vec!["error invalid-syntax \"%\""]),
    ] {
        assert_eq!(told(text).1, findings, "{text:?}");
    }
}

#[test]
fn a_tab_is_shown_in_its_own_line() {
    for (text, line) in [("a: b\n\tc: d", 2), ("a:\n  b: c\n\td: e\n", 3), ("a: b\n  c\n\n\td\n", 4), ("a:\n\tb: 1", 2)]
    {
        let (_, diagnostics) = read(text);
        let found = diagnostics.first().expect("a finding");
        let start = found.primary().expect("a place").span.start as usize;
        assert_eq!((text[..start].lines().count() + 1, &text[start..=start]), (line, "\t"), "{text:?}");
        assert_eq!(found.message, "a tab is used as indentation", "{text:?}");
    }
}

#[test]
fn the_first_of_two_equal_keys_is_shown_too() {
    let many: String = (0..20).map(|at| format!("k{at}: {at}\n")).collect();
    let (_, diagnostics) = read(&format!("{many}k3: again\nk3: once more\n"));
    let spans = |at: usize| diagnostics[at].labels.iter().map(|label| label.span.start).collect::<Vec<_>>();
    let first = u32::try_from(many.find("k3").expect("k3")).expect("small");
    let second = u32::try_from(many.len()).expect("small");
    assert_eq!((diagnostics.len(), spans(0), spans(1)), (2, vec![second, first], vec![second + 10, first]));
}

/// ARZ-SEC-02
#[test]
fn depth_counts_unfolded_aliases() {
    let mut chain = "a0: &a0 [x]\n".to_owned();
    for level in 1..200 {
        chain.push_str(&format!("a{level}: &a{level} [*a{}]\n", level - 1));
    }
    let (tree, diagnostics) = read(&chain);
    assert!(tree.is_none());
    assert_eq!(diagnostics[0].rule, rule::TOO_LARGE);
    let label = diagnostics[0].primary().expect("a place");
    assert_eq!(&chain[label.span.range()], "*a126", "the root, 127 levels of the alias, and its own");
}

#[test]
fn warnings_do_not_flood() {
    let text = "- ~\n".repeat(1000);
    let (tree, diagnostics) = read(&text);
    assert_eq!(tree.map(|tree| tree.root().len()), Some(1000));
    assert_eq!(diagnostics.len(), 21);
    assert_eq!(diagnostics[20].severity, Severity::Warning);
    assert!(diagnostics[20].message.ends_with("(and 979 more of this kind)"), "{}", diagnostics[20].message);
}

#[test]
fn collections_end_with_their_last_content() {
    let text = "a:\n  b: 1\n  c: [2, 3]\n\n# comment\nd:\n- x\n- y # c\n";
    let (tree, _) = read(text);
    let tree = tree.expect("a tree");
    let written = |pointer| tree.at(pointer).map(|node| node.source_text());
    assert_eq!(written("/a"), Some("b: 1\n  c: [2, 3]"));
    assert_eq!(written("/a/c"), Some("[2, 3]"));
    assert_eq!(written("/d"), Some("- x\n- y"));
    let nested = read("- - [1]\n  - - 2\n- a: # - 3\n  - - 4\n  - [5]\n  b:\n    - 6\n  c: [7]\n").0;
    let nested = nested.expect("a tree");
    let starts = ["", "/0", "/0/0", "/0/1", "/1", "/1/a", "/1/a/0", "/1/a/1", "/1/b", "/1/c"]
        .map(|pointer| nested.at(pointer).map_or("", |node| node.source_text()));
    let expected = [
        "- - [1]\n  - - 2\n- a: # - 3\n  - - 4\n  - [5]\n  b:\n    - 6\n  c: [7]",
        "- [1]\n  - - 2",
        "[1]",
        "- 2",
        "a: # - 3\n  - - 4\n  - [5]\n  b:\n    - 6\n  c: [7]",
        "- - 4\n  - [5]",
        "- 4",
        "[5]",
        "- 6",
        "[7]",
    ];
    assert_eq!(starts, expected);
    let absent = read("a:\nb: 1").0.and_then(|tree| tree.at("/a").map(|node| node.span()));
    assert_eq!(absent, Some(crate::span::Span::new(2, 2)));
}
