//! Tables of projections and edits, and input that must not do harm.

use arras_doc::openapi::SchemaType;
use arras_doc::xpath::Version;
use proptest::prelude::*;

use super::*;

fn projected(text: &str, arrays: &[&str]) -> String {
    let document = parse(text).expect(text);
    let arrays = arrays.iter().map(|path| (*path).to_owned()).collect();
    project(&document, &XmlTypes { arrays, ..XmlTypes::default() }).to_json()
}

/// A-65
#[test]
fn documents_project_to_values() {
    for (text, arrays, expected) in [
        ("<r/>", &[][..], r#""""#),
        ("\u{FEFF}<?xml version='1.0'?><r a='b'/>", &[], r#"{"@a":"b"}"#),
        ("<r>x &amp; <![CDATA[<y>]]></r>", &[], r#""x & <y>""#),
        ("<r a='1'/>", &[], r#"{"@a":"1"}"#),
        ("<r a='1'> x </r>", &[], r##"{"@a":"1","#text":" x "}"##),
        ("<r><a>1</a><b/></r>", &[], r#"{"a":"1","b":""}"#),
        ("<r>\n <a>1</a>\n <a>2</a>\n <a>3</a> </r>", &[], r#"{"a":["1","2","3"]}"#),
        ("<r><a>1</a><b/><a x='y'/></r>", &[], r#"{"a":["1",{"@x":"y"}],"b":""}"#),
        ("<r>t<a/>u</r>", &[], r##"{"a":"","#text":"tu"}"##),
        ("<r><a>1</a></r>", &["a"], r#"{"a":["1"]}"#),
        ("<r><a><b>1</b></a></r>", &["a/b", "b"], r#"{"a":{"b":["1"]}}"#),
        ("<r><a><b/></a><a><b/></a></r>", &["a/b"], r#"{"a":[{"b":[""]},{"b":[""]}]}"#),
        ("<s:r xmlns:s='u' xmlns='v'><s:a t:x='1' xmlns:t='w'/></s:r>", &[], r#"{"s:a":{"@t:x":"1"}}"#),
        ("<r><!--c--><?p q?><a>1<!--c-->2</a></r>", &[], r#"{"a":"12"}"#),
        ("<r><a\n b='1'\n/></r>", &[], r#"{"a":{"@b":"1"}}"#),
    ] {
        assert_eq!(projected(text, arrays), expected, "{text}");
    }
}

/// A-65
#[test]
fn the_schema_tells_numbers_and_booleans() {
    let scalars = [
        ("t", SchemaType::Boolean),
        ("n", SchemaType::Integer),
        ("l/@x", SchemaType::Number),
        ("l", SchemaType::Integer),
    ];
    let scalars = scalars.into_iter().map(|(path, kind)| (path.to_owned(), kind)).collect();
    let types = XmlTypes { scalars, ..XmlTypes::default() };
    let document = parse("<r><t>true</t><n> 1.50 </n><l>1</l><l>x</l><l x='7'>2</l><s>true</s></r>").expect("XML");
    let expected = r##"{"t":true,"n":1.50,"l":[1,"x",{"@x":7,"#text":"2"}],"s":"true"}"##;
    assert_eq!(project(&document, &types).to_json(), expected);
}

/// ARZ-REPL-05, A-48
#[test]
fn selected_nodes_are_set() {
    let text = "<r a='1' b=\"2\"><x><y/>t</x>\n<x c='>'/><z >old<![CDATA[er]]></z ><z/></r>";
    for (target, value, expected) in [
        ("/r/x[1]", "v", "<r a='1' b=\"2\"><x>v</x>\n<x c='>'/><z >old<![CDATA[er]]></z ><z/></r>"),
        ("//x", "v", "<r a='1' b=\"2\"><x>v</x>\n<x c='>'>v</x><z >old<![CDATA[er]]></z ><z/></r>"),
        (
            "//z",
            "<&>'\"",
            "<r a='1' b=\"2\"><x><y/>t</x>\n<x c='>'/><z >&lt;&amp;&gt;'\"</z ><z>&lt;&amp;&gt;'\"</z></r>",
        ),
        ("//@a", "'\"\n", "<r a='&apos;\"&#10;' b=\"2\"><x><y/>t</x>\n<x c='>'/><z >old<![CDATA[er]]></z ><z/></r>"),
        ("//@b | //@c", "\"", "<r a='1' b=\"&quot;\"><x><y/>t</x>\n<x c='\"'/><z >old<![CDATA[er]]></z ><z/></r>"),
        ("//z/text()", "n", "<r a='1' b=\"2\"><x><y/>t</x>\n<x c='>'/><z >n</z ><z/></r>"),
        ("//x/text() | //y", "n", "<r a='1' b=\"2\"><x><y>n</y>n</x>\n<x c='>'/><z >old<![CDATA[er]]></z ><z/></r>"),
        ("//x | //y", "n", "<r a='1' b=\"2\"><x>n</x>\n<x c='>'>n</x><z >old<![CDATA[er]]></z ><z/></r>"),
        ("/r/@a | /r", "\u{1}", "<r a='\u{FFFD}' b=\"2\">\u{FFFD}</r>"),
    ] {
        let target = arras_doc::xpath::parse(target, Version::V1_0).expect(target);
        assert_eq!(set(text, &target, value).as_deref(), Ok(expected), "{}", target.expression);
    }
    for (target, expected) in [
        ("//nothing", "it selects nothing in the payload"),
        ("count(//x)", "it gives a value and selects no nodes"),
        ("/", "it selects the document, which can't be set"),
        ("//x/namespace::xml", "it selects nothing in the payload"),
    ] {
        let target = arras_doc::xpath::parse(target, Version::V1_0).expect(target);
        assert_eq!(set(text, &target, "v").map_err(|error| error.message), Err(expected.to_owned()));
    }
}

#[test]
fn hostile_documents_are_refused() {
    let lol = "<!DOCTYPE l [<!ENTITY a \"lol\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]><l>&b;</l>";
    let external = "<!DOCTYPE l SYSTEM \"file:///etc/passwd\"><l/>";
    let many = |count: usize, part: &dyn Fn(usize) -> String| (0..count).map(part).collect::<String>();
    let attributes = format!("<a{}/>", many(100_000, &|at| format!(" a{at}=''")));
    let namespaces = format!(
        "{}{}",
        many(200, &|level| format!("<a{}>", many(40, &|at| format!(" xmlns:n{level}x{at}='u'")))),
        "<b xmlns:q='q'/>".repeat(300_000)
    );
    for (name, text, expected) in [
        ("entities", lol.to_owned(), "document type"),
        ("external entity", external.to_owned(), "document type"),
        ("unknown entity", "<a>&b;</a>".to_owned(), "entity"),
        ("deep", "<a>".repeat(100_000), "nest deeper than 256"),
        ("deep and closed", format!("{}{}", "<a>".repeat(257), "</a>".repeat(257)), "nest deeper than 256"),
        ("attributes", attributes, "too many attributes"),
        ("namespaces", namespaces, "too many attributes"),
        ("large", format!("<a>{}</a>", "x".repeat(MAX_LENGTH)), "larger than 10 MiB"),
        ("empty", String::new(), ""),
        ("JSON", "{\"a\": 1}".to_owned(), ""),
        ("unclosed", "<a><b></a>".to_owned(), ""),
        ("two", "<a/><b/>".to_owned(), ""),
        ("control", "<a>\u{1}</a>".to_owned(), ""),
        ("prefix", "<p:a/>".to_owned(), ""),
    ] {
        let error = parse(&text).map(|_| ()).expect_err(name);
        assert!(error.message.contains(expected), "{name}: {error}");
    }
    assert!(parse(&format!("{}{}", "<a>".repeat(256), "</a>".repeat(256))).is_ok());
    assert!(parse(&format!("<a>{}</a>", "<b x='1' y='2'>t</b>".repeat(200_000))).is_ok());
    let tricky = format!(
        "<a x='>' y=\"/>\"><!-- <b> --><![CDATA[<b>]]><?p <b> ?>{}</a>",
        "<c d='<'/>".replace("'<'", "'&lt;'").repeat(300)
    );
    assert!(parse(&tricky).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_text_is_read_without_panic(text in "[<>/!?\\[\\]\\-ab:='\" &;x#0-9CDATA]{0,40}") {
        if let Ok(document) = parse(&text) {
            let _ = project(&document, &XmlTypes::default());
        }
    }

    #[test]
    fn what_is_set_is_what_is_read(value in "[ -~äß\n\t<>&'\"]{0,20}", target in proptest::sample::select(vec!["/r/a", "/r/b", "/r/@c", "/r/d/text()"])) {
        let text = "<r c='x'><a/><b>old<i/></b><d>t</d></r>";
        let xpath = arras_doc::xpath::parse(target, Version::V1_0).expect("an XPath");
        let edited = set(text, &xpath, &value).expect("an edit");
        let document = parse(&edited).expect("XML");
        let whole = arras_doc::xpath::parse(target.trim_end_matches("/text()"), Version::V1_0).expect("an XPath");
        let read = crate::xpath::evaluate(&whole, &document, &[]).expect("a value").to_value(&document);
        prop_assert_eq!(read, Some(arras_doc::value::Value::from(value)));
    }
}
