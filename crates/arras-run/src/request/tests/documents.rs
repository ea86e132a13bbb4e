//! XML bodies, by the examples of OpenAPI 3.1 and 3.2 (white space aside).

use super::*;

fn written(version: &str, schema: &str, value: serde_json::Value) -> Result<String, String> {
    let operation = operation(&format!(
        "
openapi: {version}
info: {{title: t, version: '1'}}
paths:
  /b:
    post:
      requestBody:
        content:
          application/xml:
            schema: {schema}
      responses: {{}}
components:
  schemas:
    Person:
      type: object
      properties:
        id: {{type: integer, xml: {{attribute: true}}}}
        name: {{type: string, xml: {{namespace: 'https://example.com/schema/sample', prefix: sample}}}}
    Documentation:
      type: object
      properties:
        content: {{type: string, xml: {{nodeType: cdata}}}}
    Pet: {{type: object, properties: {{owner: {{$ref: '#/components/schemas/Person'}}}}}}
"
    ));
    let written = text_of(&operation, value, None)?;
    let (declaration, document) = written.split_once('\n').expect("a declaration");
    assert_eq!(declaration, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    Ok(document.to_owned())
}

/// ARZ-BODY-04
#[test]
fn the_examples_of_the_specifications() {
    let animals = |animals: &str| format!("{{type: object, xml: {{name: d}}, properties: {{animals: {animals}}}}}");
    let pets = || serde_json::json!({"animals": ["dog", "cat"]});
    let rows = [
        ("3.1.0", animals("{type: string}"), serde_json::json!({"animals": "dog, cat"}), "<d><animals>dog, cat</animals></d>"),
        (
            "3.1.0",
            animals("{type: array, items: {type: string}}"),
            pets(),
            "<d><animals>dog</animals><animals>cat</animals></d>",
        ),
        ("3.2.0", animals("{type: string, xml: {name: animal}}"), pets(), "<d><animal>dog</animal><animal>cat</animal></d>"),
        (
            "3.1.0",
            animals("{type: array, xml: {name: aliens}, items: {type: string, xml: {name: animal}}}"),
            pets(),
            "<d><animal>dog</animal><animal>cat</animal></d>",
        ),
        (
            "3.1.0",
            animals("{type: array, xml: {wrapped: true}, items: {type: string}}"),
            pets(),
            "<d><animals><animals>dog</animals><animals>cat</animals></animals></d>",
        ),
        (
            "3.2.0",
            animals("{type: array, xml: {name: aliens, nodeType: element}, items: {type: string}}"),
            pets(),
            "<d><aliens><aliens>dog</aliens><aliens>cat</aliens></aliens></d>",
        ),
        (
            "3.0.3",
            animals("{type: array, xml: {name: aliens, wrapped: true}, items: {type: string, xml: {name: animal}}}"),
            pets(),
            "<d><aliens><animal>dog</animal><animal>cat</animal></aliens></d>",
        ),
        (
            "3.1.0",
            "{$ref: '#/components/schemas/Person'}".to_owned(),
            serde_json::json!({"id": 123, "name": "example"}),
            "<Person id=\"123\"><sample:name xmlns:sample=\"https://example.com/schema/sample\">example</sample:name></Person>",
        ),
        (
            "3.2.0",
            "{type: array, xml: {nodeType: element, name: animals}, items: {xml: {name: animal}, properties: {kind: {type: string, xml: {nodeType: attribute}}, name: {type: string, xml: {nodeType: text}}}}}".to_owned(),
            serde_json::json!([{"kind": "Cat", "name": "Fluffy"}, {"name": "Fido"}]),
            "<animals><animal kind=\"Cat\">Fluffy</animal><animal>Fido</animal></animals>",
        ),
        (
            "3.2.0",
            "{xml: {nodeType: element, name: Stored}, $ref: '#/components/schemas/Documentation'}".to_owned(),
            serde_json::json!({"content": "<b>]]></b>"}),
            "<Stored><![CDATA[<b>]]]]><![CDATA[></b>]]></Stored>",
        ),
        (
            "3.2.0",
            "{xml: {nodeType: element, name: Report}, type: array, prefixItems: [{xml: {nodeType: text}, type: string}, {xml: {name: data}, type: number}, {xml: {nodeType: text}, type: string}]}".to_owned(),
            serde_json::json!(["Before.", 42, "After."]),
            "<Report>Before.<data>42</data>After.</Report>",
        ),
        (
            "3.2.0",
            "{xml: {name: product}, type: object, properties: {count: {type: [number, 'null'], xml: {nodeType: attribute}}, description: {type: string}, related: {type: [object, 'null']}}}".to_owned(),
            serde_json::json!({"count": null, "description": "a & b", "related": {}}),
            "<product><description>a &amp; b</description><related></related></product>",
        ),
        (
            "3.1.0",
            animals("{type: [string, 'null']}"),
            serde_json::json!({"animals": null}),
            "<d><animals xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:nil=\"true\"/></d>",
        ),
        (
            "3.1.0",
            "{$ref: '#/components/schemas/Pet'}".to_owned(),
            serde_json::json!({"owner": {"id": 1}}),
            "<Pet><owner id=\"1\"></owner></Pet>",
        ),
        (
            "3.2.0",
            "{$ref: '#/components/schemas/Pet'}".to_owned(),
            serde_json::json!({"owner": {"id": 1}}),
            "<Pet><Person id=\"1\"></Person></Pet>",
        ),
        (
            "3.1.0",
            "{type: object, xml: {name: d, namespace: 'urn:x'}}".to_owned(),
            serde_json::json!({"@a": "1\"\n", "#text": "t", "e": [1, {"f": true}]}),
            "<d xmlns=\"urn:x\" a=\"1&quot;&#10;\">t<e>1</e><e><f>true</f></e></d>",
        ),
    ];
    for (version, schema, value, expected) in rows {
        assert_eq!(written(version, &schema, value).as_deref(), Ok(expected), "{version} {schema}");
    }
}

/// ARZ-BODY-04
#[test]
fn what_is_no_xml_is_refused() {
    let named = "{type: object, xml: {name: d}}";
    for (schema, value, expected) in [
        ("{type: object}", serde_json::json!({"a": 1, "b": 2}), "nothing names its document element"),
        ("{type: array, items: {xml: {name: a}}}", serde_json::json!([1]), "nothing names its document element"),
        (named, serde_json::json!({"a><b": 1}), "`a><b` is no name in XML"),
        (named, serde_json::json!({"p:a": 1}), "unknown namespace prefix"),
        (named, serde_json::json!({"a": "\u{1}"}), "XML can't hold the character U+0001"),
        (named, serde_json::json!({"a": [[1]]}), "a list in the list `a`"),
        (named, serde_json::json!({"@a": [1]}), "the attribute `a` can't be an array"),
        ("{type: object, xml: {name: d, prefix: p}}", serde_json::json!({}), "unknown namespace prefix"),
    ] {
        let message = written("3.1.0", schema, value).expect_err("an error");
        assert!(message.starts_with("the payload can't be written as `application/xml`: "), "{message}");
        assert!(message.contains(expected), "{message}");
    }
}
