//! A part of a decoded string, found in every way of writing it.

use proptest::prelude::*;

use crate::node::Tree;
use crate::source::SourceId;
use crate::span::Span;

fn yaml(text: &str) -> Tree {
    let (tree, diagnostics) = crate::yaml::parse(&text.into(), SourceId(0));
    assert!(diagnostics.is_empty(), "{text:?} {diagnostics:?}");
    tree.expect(text)
}

/// The string under `a`, and the span of `part` in it.
fn find(tree: &Tree, part: &str) -> (String, Span) {
    let node = tree.at("/a").expect("a");
    let decoded = node.as_str().expect("a string");
    let at = decoded.find(part).expect(part);
    (decoded.to_owned(), node.subspan(at, at + part.len()))
}

#[test]
fn a_part_of_one_line_has_its_own_bytes() {
    for (text, part, arrows) in [
        ("a: plain $x.y text", "$x.y", "         ^^^^"),
        ("a: 'quoted $x text'", "$x", "           ^^"),
        ("a: 'it''s $x text'", "$x", "          ^^"),
        ("a: 'it''s $x text'", "'s", "      ^^^"),
        ("a: \"quoted $x text\"", "$x", "           ^^"),
        ("a: \"q\\\"\\u0041 $x \\x41\"", "$x", "              ^^"),
        ("a: \"q\\\"\\u0041 $x \\x41\"", "A $x A", "       ^^^^^^^^^^^^^^"),
        ("a: \"q\\\"\\u0041 $x \\x41\"", "\"A", "     ^^^^^^^^"),
        ("a: \"\\ud83d\\ude00 $x\"", "$x", "                 ^^"),
        ("a: \"\\U0001F600 $x\"", "$x", "               ^^"),
        ("a: \"\\t\\/\\N\\_\\e$x\"", "$x", "              ^^"),
        ("{\"a\": \"x\\n{$y}\"}", "{$y}", "          ^^^^"),
        ("{\"a\": \"ü\\u00fc$y\"}", "$y", "               ^^"),
    ] {
        let (_, span) = find(&yaml(text), part);
        let start = arrows.len() - arrows.trim_start().len();
        assert_eq!(span, Span::new(start, arrows.len()), "{text}");
    }
}

#[test]
fn a_part_of_many_lines_has_its_own_bytes() {
    for (text, decoded, part, written) in [
        ("a: one\n  two $x\n  three", "one two $x three", "$x", "$x"),
        ("a: one\n  two $x\n  three", "one two $x three", "$x t", "$x\n  t"),
        ("a: one \n\n   two $x", "one\ntwo $x", "e\nt", "e \n\n   t"),
        ("a: 'one\n\n\n  it''s $x'", "one\n\nit's $x", "$x", "$x"),
        ("a: \"one\\\n  two\\n\n  $x\"", "onetwo\n $x", "$x", "$x"),
        ("a: \"one\\\n  two\\n\n  $x\"", "onetwo\n $x", "etw", "e\\\n  tw"),
        ("a: \" one \\\n  \\  two $x\"", " one   two $x", "$x", "$x"),
        ("a: \"one  \r\n  two $x\"", "one two $x", "$x", "$x"),
        ("a: |\n  one\n  $x\n   two\n", "one\n$x\n two\n", "$x\n two", "$x\n   two"),
        ("a: |\n  one\n  $x\n   two\n", "one\n$x\n two\n", "$x", "$x"),
        ("a: |-\n\n    one\n\n    $x\n", "\none\n\n$x", "$x", "$x"),
        ("a: |+ # a header\n  $x\n\n\nb: 1", "$x\n\n\n", "$x", "$x"),
        ("a: |2\n    one\n   $x\n", "  one\n $x\n", "$x", "$x"),
        ("a: |\r\n  one\r\n  $x\r\n", "one\n$x\n", "$x", "$x"),
        ("a: &b !!str |\n  one\n  $x\n", "one\n$x\n", "$x", "$x"),
        ("a: >\n  one\n  $x\n\n  two\n", "one $x\ntwo\n", "$x", "$x"),
        ("a: >\n  one\n  $x\n\n  two\n", "one $x\ntwo\n", "e $", "e\n  $"),
        ("a: >-\n\n  one\n   more\n  $x\n  $y\n", "\none\n more\n$x $y", "$y", "$y"),
        ("a: >-\n  one\n\n\n   $x\n\n  two\n", "one\n\n\n $x\n\ntwo", "two", "two"),
        ("a: >-\n  one\n\n\n   $x\n\n  two\n", "one\n\n\n $x\n\ntwo", "$x", "$x"),
        ("a: >\n  ü\n  \t$x\n", "ü\n\t$x\n", "$x", "$x"),
    ] {
        let tree = yaml(text);
        let (value, span) = find(&tree, part);
        assert_eq!((value.as_str(), &text[span.range()]), (decoded, written), "{text:?}");
    }
}

#[test]
fn empty_and_outlying_ranges_stay_inside() {
    let tree = yaml("a: \"x\\ny\"");
    let node = tree.at("/a").expect("a");
    assert_eq!(node.subspan(0, 0), Span::new(4, 4));
    assert_eq!(node.subspan(2, 2), Span::new(7, 7));
    assert_eq!(node.subspan(3, 3), Span::new(8, 8));
    assert_eq!(node.subspan(3, 99), Span::new(8, 8));
    assert_eq!(node.subspan(0, 99), Span::new(4, 8));
    let empty = yaml("a: ''");
    assert_eq!(empty.at("/a").map(|node| node.subspan(0, 1)), Some(Span::new(4, 4)));
}

#[test]
fn a_block_scalar_is_seen_with_its_header() {
    let tree = yaml("a: &x\n  |- # | why\n  one\n  two\n\nb: >\n\n   c\n");
    let written = |key| tree.at(key).map(|node| node.source_text());
    assert_eq!(written("/a"), Some("|- # | why\n  one\n  two"));
    assert_eq!(written("/b"), Some(">\n\n   c"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Wherever the map claims exactness, a marker of one character is found as it was written.
    #[test]
    fn a_marker_is_found(style in 0..5, lines in prop::collection::vec("[a-c §' \"\\\\]{0,6}", 1..6), at in 0usize..6) {
        let mut lines = lines;
        let at = at % lines.len();
        lines[at].push('$');
        lines[at].push('z');
        let body = lines.join("\n  ");
        let text = match style {
            0 => format!("a: x\n  {body}"),
            1 => format!("a: 'x{}'", body.replace('\'', "''")),
            2 => format!("a: \"x{}\"", body.replace('\\', "\\\\").replace('"', "\\\"")),
            3 => format!("a: |\n  x{body}\n"),
            _ => format!("a: >\n  x{body}\n"),
        };
        let (tree, _) = crate::yaml::parse(&text.as_str().into(), SourceId(0));
        if let Ok(tree) = tree && let Some(node) = tree.at("/a") && let Some(value) = node.as_str() {
            let start = value.find('$').expect("the marker");
            prop_assert_eq!(&text[node.subspan(start, start + 2).range()], "$z", "{:?}", text);
        }
    }
}
