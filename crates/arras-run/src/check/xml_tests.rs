//! XML answers against their schemas: what each is read as shows in what is found wrong with it.

use super::tests::findings;
use crate::plan::Operation;
use crate::request::tests::operation;

/// An operation whose answers are XML by that schema; components are `Asked`, the schema itself, and what the schema needs.
fn described(version: &str, schema: &str) -> Operation {
    operation(&format!(
        "
openapi: {version}
info: {{title: t, version: '1'}}
paths:
  /a:
    get:
      responses:
        '200': {{description: d, content: {{application/xml: {{schema: {{$ref: '#/components/schemas/Asked'}}}}}}}}
components:
  schemas:
    Asked: {schema}
    Tag: {{type: object, required: [Key], properties: {{Key: {{type: string}}, Value: {{type: string}}}}}}
    Node: {{type: object, properties: {{n: {{type: integer}}, child: {{$ref: '#/components/schemas/Node'}}}}}}
"
    ))
}

/// The differences as `PLACE: WHAT (LABEL)`.
fn differences(version: &str, schema: &str, body: &str) -> Vec<String> {
    let found = findings(&described(version, schema), 200, "application/xml", body);
    let differences = found.into_iter().map(|(message, labels)| {
        let message = message.strip_prefix("response-schema-mismatch step `s`: the answer is not as described: ");
        format!("{} ({})", message.unwrap_or("another finding"), labels.join(", "))
    });
    differences.collect()
}

const OBJECT: &str = "{type: object, required: [id], additionalProperties: false, properties: {
    id: {type: integer, xml: {attribute: true}}, name: {type: string}, open: {type: boolean},
    price: {type: number, minimum: 1}, at: {type: string, format: date}}}";
const LISTS: &str = "{type: object, properties: {
    plain: {type: array, minItems: 1, items: {type: integer}},
    named: {type: array, items: {type: integer, xml: {name: item}}},
    wrapped: {type: array, xml: {wrapped: true}, items: {type: integer}},
    both: {type: array, xml: {wrapped: true, name: outer}, items: {type: integer, xml: {name: inner}}},
    tags: {type: array, xml: {wrapped: true, name: TagSet}, items: {allOf: [{$ref: '#/components/schemas/Tag'}, {xml: {name: Tag}}]}}}}";
const SPACED: &str = "{type: object, xml: {name: Root, namespace: 'urn:a', prefix: a}, properties: {
    x: {type: integer, xml: {namespace: 'urn:b', prefix: b}}, y: {type: integer}}}";
const NODES: &str = "{type: object, xml: {nodeType: element, name: Doc}, required: [body], properties: {
    lang: {type: string, maxLength: 2, xml: {nodeType: attribute, name: language}},
    body: {type: integer, xml: {nodeType: text}},
    group: {type: object, required: [a], xml: {nodeType: none}, properties: {a: {type: integer}, b: {type: string}}},
    list: {type: array, xml: {nodeType: element}, items: {type: integer, xml: {name: i}}}}}";

#[test]
fn what_is_as_described_is_told_nothing_of() {
    let rows = [
        (
            "3.0.3",
            OBJECT,
            "<Asked id='7'><name>x</name><open>true</open><price> 1.50 </price><at>2026-11-22</at></Asked>",
        ),
        (
            "3.0.3",
            OBJECT,
            "<?xml version='1.0'?><AnyName id='7' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:schemaLocation='a b' xml:lang='en'/>",
        ),
        ("3.0.3", OBJECT, "<Asked id='7'><name>12</name><open>1</open></Asked>"),
        // XML Schema's spellings of numbers
        ("3.0.3", OBJECT, "<Asked id='007'><price>+5</price></Asked>"),
        ("3.0.3", OBJECT, "<Asked id='+0'><price>0001.e2</price></Asked>"),
        ("3.0.3", OBJECT, "<Asked id='-00'><price>+05.50E+3</price></Asked>"),
        ("3.0.3", "{type: object, properties: {n: {type: number, maximum: 0.5}}}", "<Asked><n>.5</n></Asked>"),
        ("3.0.3", "{type: object, properties: {n: {type: number, maximum: -0.5}}}", "<Asked><n>-.5</n></Asked>"),
        ("3.0.3", "{type: object, properties: {n: {type: string, enum: ['007']}}}", "<Asked><n>007</n></Asked>"),
        (
            "3.1.0",
            "{type: object, properties: {n: {type: [integer, string], pattern: '^00'}}}",
            "<Asked><n>007</n></Asked>",
        ),
        ("3.0.3", LISTS, "<Asked/>"),
        ("3.0.3", LISTS, ""),
        ("3.0.3", LISTS, "<Asked><plain>1</plain><item>2</item><plain>3</plain><item>4</item></Asked>"),
        ("3.0.3", LISTS, "<Asked><wrapped/><outer><inner>1</inner><inner>2</inner></outer></Asked>"),
        (
            "3.0.3",
            LISTS,
            "<Asked><wrapped><wrapped>1</wrapped></wrapped><TagSet><Tag><Key>k</Key></Tag></TagSet></Asked>",
        ),
        ("3.0.3", "{type: object, required: [l], properties: {l: {type: array, items: {type: string}}}}", "<Asked/>"),
        ("3.0.3", "{type: object, properties: {n: {type: integer, nullable: true}}}", "<Asked><n/></Asked>"),
        (
            "3.1.0",
            "{type: object, properties: {n: {type: [integer, 'null']}}}",
            "<Asked><n xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:nil='true'/></Asked>",
        ),
        (
            "3.1.0",
            "{type: object, properties: {n: {type: [integer, string]}, e: {enum: [1, two]}, c: {const: 3}}}",
            "<Asked><n>many</n><e>1</e><c>3</c></Asked>",
        ),
        ("3.1.0", "{type: object, additionalProperties: {type: integer}}", "<Asked><a>1</a><b>2</b></Asked>"),
        (
            "3.1.0",
            "{type: object, properties: {s: {type: string, maxLength: 5}}}",
            "<Asked><s><![CDATA[a]]>&amp;<!-- c -->b</s></Asked>",
        ),
        ("3.1.0", "{type: array, items: {type: integer, xml: {name: n}}}", "<Asked><n>1</n><n>2</n></Asked>"),
        ("3.1.0", "{type: integer}", "<Asked>12</Asked>"),
        (
            "3.1.0",
            "{oneOf: [{type: object, required: [a], properties: {a: {type: integer}}}, {type: object, required: [b], properties: {b: {type: boolean}}}]}",
            "<Asked><b>true</b></Asked>",
        ),
        ("3.0.3", "{$ref: '#/components/schemas/Node'}", "<Asked><child><child><n>1</n></child></child></Asked>"),
        ("3.0.3", SPACED, "<a:Root xmlns:a='urn:a' xmlns:b='urn:b'><b:x>1</b:x><a:y>2</a:y></a:Root>"),
        ("3.0.3", SPACED, "<Root xmlns='urn:a'><q:x xmlns:q='urn:b'>1</q:x></Root>"),
        ("3.2.0", NODES, "<Doc language='en'>5<a>1</a><list><i>1</i><i>2</i></list></Doc>"),
        ("3.2.0", NODES, "<Doc>5</Doc>"),
        // lists of which each item has a form of its own are not read back
        ("3.2.0", "{type: array, prefixItems: [{type: integer}], items: {type: integer}}", "<Asked>x</Asked>"),
    ];
    for (version, schema, body) in rows {
        assert_eq!(differences(version, schema, body), [""; 0], "{version} {schema} {body}");
    }
}

#[test]
fn what_is_not_as_described_is_told_where_it_is() {
    let rows: Vec<(&str, &str, &str, Vec<&str>)> = vec![
        (
            "3.0.3",
            OBJECT,
            "<Asked id='x'><open>maybe</open><price>0.5</price><at>soon</at></Asked>",
            vec![
                "`/id`: \"x\" is not of type \"integer\" (by `/properties/id/type` of this schema)",
                "`/open`: \"maybe\" is not of type \"boolean\" (by `/properties/open/type` of this schema)",
                "`/price`: 0.5 is less than the minimum of 1 (by `/properties/price/minimum` of this schema)",
                "`/at`: \"soon\" is not a \"date\" (by `/properties/at/format` of this schema)",
            ],
        ),
        (
            "3.0.3",
            OBJECT,
            "<Asked><id>7</id><more/></Asked>",
            vec![
                "`/id`: it is the element `id`, and an attribute is described (by this schema)",
                "the whole body: \"id\" is a required property (by `/required` of this schema)",
                "the whole body: the member `more` is not described (by `/additionalProperties` of this schema)",
            ],
        ),
        (
            "3.0.3",
            OBJECT,
            "<Asked id='7' other='1'>loose text<name>a</name><name>b</name></Asked>",
            vec![
                "`/name`: there are 2 elements `name`, and one is described (by this schema)",
                "the whole body: 2 members are not described: `@other`, `#text` (by `/additionalProperties` of this schema)",
            ],
        ),
        (
            "3.0.3",
            OBJECT,
            "<Asked id='7'><name><first>a</first></name></Asked>",
            vec!["`/name`: an object is not of type \"string\" (by `/properties/name/type` of this schema)"],
        ),
        (
            "3.0.3",
            OBJECT,
            "<Asked id='7'>",
            vec!["the whole body: it can't be read as XML: the root node was opened but never closed (by this schema)"],
        ),
        (
            "3.0.3",
            OBJECT,
            "<!DOCTYPE a><Asked id='7'/>",
            vec![
                "the whole body: it can't be read as XML: it has a document type declaration, which is not read (by this schema)",
            ],
        ),
        (
            "3.0.3",
            LISTS,
            "<Asked><plain>x</plain><item>y</item><wrapped><item>1</item></wrapped></Asked>",
            vec![
                "`/wrapped`: `item` stands in a list whose elements are `wrapped` (by this schema)",
                "`/plain/0`: \"x\" is not of type \"integer\" (by `/properties/plain/items/type` of this schema)",
                "`/named/0`: \"y\" is not of type \"integer\" (by `/properties/named/items/type` of this schema)",
            ],
        ),
        (
            "3.0.3",
            LISTS,
            "<Asked><outer><inner>1</inner><inner>z</inner></outer><TagSet><Tag><Value>v</Value></Tag></TagSet></Asked>",
            vec![
                "`/both/1`: \"z\" is not of type \"integer\" (by `/properties/both/items/type` of this schema)",
                "`/tags/0`: \"Key\" is a required property (by `/required` of this schema)",
            ],
        ),
        (
            "3.0.3",
            LISTS,
            "<Asked><wrapped>1</wrapped><wrapped>2</wrapped></Asked>",
            vec!["`/wrapped`: there are 2 elements `wrapped`, and one is described (by this schema)"],
        ),
        (
            "3.0.3",
            "{type: object, properties: {n: {type: integer}}}",
            "<Asked><n/></Asked>",
            vec!["`/n`: \"\" is not of type \"integer\" (by `/properties/n/type` of this schema)"],
        ),
        (
            "3.0.3",
            "{type: object, properties: {n: {type: array, items: {type: number, maximum: 0}}}}",
            "<Asked><n>.</n><n>+-5</n><n>0-5</n><n>0x1</n><n>.e5</n></Asked>",
            vec![
                "`/n/0`: \".\" is not of type \"number\" (by `/properties/n/items/type` of this schema)",
                "`/n/1`: \"+-5\" is not of type \"number\" (by `/properties/n/items/type` of this schema)",
                "`/n/2`: \"0-5\" is not of type \"number\" (by `/properties/n/items/type` of this schema)",
                "`/n/3`: \"0x1\" is not of type \"number\" (by `/properties/n/items/type` of this schema)",
                "`/n/4`: \".e5\" is not of type \"number\" (by `/properties/n/items/type` of this schema)",
            ],
        ),
        (
            "3.1.0",
            "{type: object, additionalProperties: {type: integer}}",
            "<Asked><a>x</a></Asked>",
            vec!["`/a`: \"x\" is not of type \"integer\" (by `/additionalProperties/type` of this schema)"],
        ),
        (
            "3.1.0",
            "{type: array, items: {type: integer, xml: {name: n}}}",
            "<Asked><n>1</n><m>2</m></Asked>",
            vec!["the whole body: `m` stands in a list whose elements are `n` (by this schema)"],
        ),
        (
            "3.1.0",
            "{type: integer}",
            "<Asked>a dozen</Asked>",
            vec!["the whole body: \"a dozen\" is not of type \"integer\" (by `/type` of this schema)"],
        ),
        (
            "3.0.3",
            "{$ref: '#/components/schemas/Node'}",
            "<Asked><child><child><n>x</n></child></child></Asked>",
            vec!["`/child/child/n`: \"x\" is not of type \"integer\" (by `/properties/n/type` of this schema)"],
        ),
        (
            "3.0.3",
            SPACED,
            "<Root xmlns='urn:x'><x>1</x><y>z</y></Root>",
            vec![
                "the whole body: it is in the namespace `urn:x`, not in `urn:a` (by this schema)",
                "`/x`: it is in the namespace `urn:x`, not in `urn:b` (by this schema)",
                "`/y`: \"z\" is not of type \"integer\" (by `/properties/y/type` of this schema)",
            ],
        ),
        (
            "3.0.3",
            SPACED,
            "<Rood xmlns='urn:a'/>",
            vec!["the whole body: the document element is `Rood`, not `Root` (by this schema)"],
        ),
        (
            "3.2.0",
            NODES,
            "<Doc language='eng'>five<b>x</b><list><j>1</j></list></Doc>",
            vec![
                "`/list`: `j` stands in a list whose elements are `i` (by this schema)",
                "`/lang`: \"eng\" is longer than 2 characters (by `/properties/lang/maxLength` of this schema)",
                "`/body`: \"five\" is not of type \"integer\" (by `/properties/body/type` of this schema)",
                "`/group`: \"a\" is a required property (by `/properties/group/required` of this schema)",
            ],
        ),
    ];
    for (version, schema, body, expected) in rows {
        assert_eq!(differences(version, schema, body), expected, "{version} {schema} {body}");
    }
}
