//! Shapes out of schemas, and what is written by them.

use std::sync::Arc;

use super::*;
use crate::openapi::{Description, Document, Documents};
use crate::source::{Source, SourceId};
use crate::value::Value;

const SCHEMAS: &str = "
openapi: 3.0.3
info: {title: t, version: '1'}
paths: {}
components:
  schemas:
    Named: {type: object, xml: {name: Root, namespace: 'urn:x'}, properties: {Rule: {type: array, items: {$ref: '#/components/schemas/Rule'}}, Quiet: {type: boolean}}}
    Rule: {type: object, properties: {Id: {type: integer}, Parent: {$ref: '#/components/schemas/Rule'}, id: {type: string, xml: {attribute: true, name: ident}}}}
    Animals: {type: array, items: {type: string, xml: {name: animal}}, xml: {name: animals, wrapped: true}}
    Lists:
      type: object
      properties:
        plain: {type: array, items: {type: string}}
        named: {type: array, items: {type: string, xml: {name: item}}}
        wrapped: {type: array, xml: {wrapped: true}, items: {type: string}}
        both: {type: array, xml: {wrapped: true, name: outer}, items: {type: string, xml: {name: inner}}}
        prefixed: {type: string, xml: {prefix: p, namespace: 'urn:p'}}
    Open: {type: object}
";

/// The document without its declaration, by the schema that a component's name or reference gives.
fn write(schema: &str, json: &str, root: Option<&str>) -> Result<String, String> {
    let text = format!("{SCHEMAS}    Asked: {schema}\n");
    let source = Source::new("api.yaml", "file:///api.yaml", text);
    let tree = crate::read::read(&source, SourceId(0)).0.expect("a tree");
    let document = Document::new(SourceId(0), "file:///api.yaml", Arc::new(tree));
    let description = Description::index(Arc::new(document), &Documents::default()).0;
    let place = description.root().at("/components/schemas/Asked").expect("the schema");
    let value = Value::from_json(json).expect("JSON");
    let written = XmlShape::of(&Schema::at(place)).write(&value, root)?;
    Ok(written.split_once('\n').expect("a declaration").1.to_owned())
}

#[test]
fn values_are_written_by_their_schemas() {
    let reference = |name: &str| format!("{{$ref: '#/components/schemas/{name}'}}");
    let rows = [
        (
            reference("Named"),
            r#"{"Rule":[{"Id":1,"id":"a"},{"Id":2}],"Quiet":true}"#,
            "<Root xmlns=\"urn:x\"><Rule ident=\"a\"><Id>1</Id></Rule><Rule><Id>2</Id></Rule><Quiet>true</Quiet></Root>",
        ),
        (reference("Named"), r#"{"Root":{"Quiet":false}}"#, "<Root xmlns=\"urn:x\"><Quiet>false</Quiet></Root>"),
        (
            reference("Rule"),
            r#"{"Parent":{"Parent":{"Id":3}}}"#,
            "<Rule><Parent><Parent><Id>3</Id></Parent></Parent></Rule>",
        ),
        (reference("Animals"), r#"["cat","dog"]"#, "<animals><animal>cat</animal><animal>dog</animal></animals>"),
        (
            reference("Lists"),
            r#"{"plain":["a","b"],"named":["c"],"wrapped":["d"],"both":["e"],"prefixed":"f"}"#,
            "<Lists><plain>a</plain><plain>b</plain><item>c</item><wrapped><wrapped>d</wrapped></wrapped>\
             <outer><inner>e</inner></outer><p:prefixed xmlns:p=\"urn:p\">f</p:prefixed></Lists>",
        ),
        (
            "{type: object}".to_owned(),
            r##"{"r":{"@a":"1 < 2","k":[1.50,null],"#text":"x&y"}}"##,
            "<r a=\"1 &lt; 2\"><k>1.50</k><k xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:nil=\"true\"/>x&amp;y</r>",
        ),
    ];
    for (schema, json, expected) in rows {
        assert_eq!(write(&schema, json, None).as_deref(), Ok(expected), "{schema} {json}");
    }
}

#[test]
fn what_has_no_form_in_xml_is_refused() {
    let rows = [
        ("{type: object}", r#"{"a":1,"b":2}"#, "nothing names its document element"),
        ("{type: object}", r#"{"a":[1]}"#, "nothing names its document element"),
        ("{type: object, properties: {a: {type: string}}}", r#"{"a":"x"}"#, "nothing names its document element"),
        ("{type: object}", r#"{"a b":{}}"#, "`a b` is no name"),
        ("{type: object}", r#"{"a":{"b":[[1]]}}"#, "a list in the list `b`"),
        ("{type: object}", "{\"a\":\"\\u0001\"}", "U+0001"),
    ];
    for (schema, json, expected) in rows {
        let refused = write(schema, json, None).expect_err(json);
        assert!(refused.contains(expected), "{json}: {refused}");
    }
    assert_eq!(write("{type: object}", r#"{"a":1,"b":2}"#, Some("R")).as_deref(), Ok("<R><a>1</a><b>2</b></R>"));
}
