//! What the JSON reader takes, refuses and points at.

use super::*;
use crate::node::Kind;

fn read(text: &str) -> Result<Tree, SyntaxError> {
    parse(&text.into())
}

#[test]
fn every_node_knows_its_bytes() {
    let text = r#" {"a" : [1, -2.50e+3 ,true], "\u00fc" : "x\ny", "e":{}} "#;
    let tree = read(text).expect("JSON");
    let written = |pointer: &str| tree.at(pointer).map(|node| node.source_text());
    assert_eq!(tree.root().source_text(), text.trim());
    assert_eq!(written("/a"), Some("[1, -2.50e+3 ,true]"));
    assert_eq!(written("/a/1"), Some("-2.50e+3"));
    assert_eq!(written("/ü"), Some(r#""x\ny""#));
    assert_eq!(tree.at("/ü").and_then(|node| node.as_str()), Some("x\ny"));
    assert_eq!(written("/e"), Some("{}"));
    assert!(matches!(tree.at("/a/1").map(|node| node.kind()), Some(Kind::Number("-2.50e+3"))));
}

#[test]
fn strings_are_decoded() {
    for (written, decoded) in [
        (r#""""#, ""),
        (r#""a/b\/c""#, "a/b/c"),
        (r#""\"\\\b\f\n\r\t""#, "\"\\\u{8}\u{c}\n\r\t"),
        (r#""\u0041\u00e9\u4e2d""#, "Aé中"),
        (r#""x\ud83d\ude00y""#, "x😀y"),
        (r#""\uD800\uDC00""#, "\u{10000}"),
        ("\"\u{7f}\u{202e}\u{2028}\"", "\u{7f}\u{202e}\u{2028}"),
    ] {
        let tree = read(written).expect(written);
        assert_eq!(tree.root().as_str(), Some(decoded), "{written}");
    }
}

#[test]
fn what_is_no_json_is_refused_at_its_place() {
    for (text, arrows, message) in [
        ("", "", "expected a value, found the end of the text"),
        ("  ", "  ", "expected a value, found the end of the text"),
        ("{", "^", "the text ends before this `{` is closed"),
        ("[1,[2", "   ^", "the text ends before this `[` is closed"),
        ("{'a':1}", " ^", "expected a name in double quotes, found `'`"),
        ("{a:1}", " ^", "expected a name in double quotes, found `a`"),
        ("{\"a\" 1}", "     ^", "expected `:`, found `1`"),
        ("{\"a\":1 \"b\":2}", "       ^", "expected `,` or `}`, found `\"`"),
        ("{\"a\":1,}", "       ^", "expected a name in double quotes, found `}`"),
        ("[1,]", "   ^", "expected a value, found `]`"),
        ("[,1]", " ^", "expected a value, found `,`"),
        ("[1}", "  ^", "expected `,` or `]`, found `}`"),
        ("1 2", "  ^", "expected the end of the text, found `2`"),
        ("// c\n1", "^", "expected a value, found `/`"),
        ("01", "^^", "`01` is no JSON number"),
        ("[-]", " ^", "`-` is no JSON number"),
        ("1.", "^^", "`1.` is no JSON number"),
        ("0x1F", "^^^^", "`0x1F` is no JSON number"),
        ("+1", "^", "expected a value, found `+`"),
        ("NaN", "^", "expected a value, found `N`"),
        ("[nul]", " ^^^", "`nul` is no JSON value"),
        ("trueish", "^^^^^^^", "`trueish` is no JSON value"),
        ("\"a", "^", "the text ends before this quote is closed"),
        ("\"a\nb\"", "  ^", "the control character U+000A stands unescaped in a string"),
        ("\"a\\x\"", "  ^^", "`\\x` is no JSON escape"),
        ("\"\\", " ^", "`\\` is no JSON escape"),
        ("\"\\u12\"", " ^^", "`\\u` needs four hexadecimal digits"),
        ("\"\\ud800\"", " ^^^^^^", "`\\ud800` is half of a surrogate pair without its other half"),
        ("\"\\ud800\\u0041\"", " ^^^^^^", "`\\ud800` is half of a surrogate pair without its other half"),
        ("\"\\udc00\"", " ^^^^^^", "`\\udc00` is half of a surrogate pair without its other half"),
        ("[\u{0}]", " ^", "expected a value, found the control character U+0000"),
        ("\u{feff}1", "^^^", "expected a value, found `\u{feff}`"),
    ] {
        let error = read(text).expect_err(text);
        let start = arrows.len() - arrows.trim_start().len();
        assert_eq!((error.span, error.message.as_str()), (Span::new(start, arrows.len()), message), "{text:?}");
    }
}

#[test]
fn depth_is_capped_without_recursion() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(read(&nested(MAX_DEPTH)).is_ok());
    let error = read(&nested(MAX_DEPTH + 1)).expect_err("too deep");
    assert_eq!((error.rule, error.span.start), (crate::rule::TOO_LARGE, 128));
    assert!(read(&"{\"a\":".repeat(100_000)).is_err());
}
