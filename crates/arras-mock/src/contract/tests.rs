//! Requests against demands, for every version of OpenAPI.

use arras_doc::openapi::{Document, Documents};
use arras_doc::source::{Source, SourceId};
use bytes::Bytes;

use super::*;

mod forms;

/// The violations of a request against the only operation of a description.
fn violations(api: &str, protocol: Protocol, request: &Received) -> Vec<String> {
    let source = Source::new("api.yaml", "file:///api.yaml", api);
    let (tree, found) = arras_doc::read::read(&source, SourceId(0));
    let tree = tree.unwrap_or_else(|| panic!("{found:?}"));
    let document = Document::new(SourceId(0), "file:///api.yaml", Arc::new(tree));
    let description = Arc::new(Description::index(Arc::new(document), &Documents::default()).0);
    let contract = Contract::new(description, 0);
    contract.violations(protocol, request).iter().map(ToString::to_string).collect()
}

fn request(target: &str, headers: &[(&str, &str)], body: &str) -> Received {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Received::new("POST", path, query, headers, Bytes::copy_from_slice(body.as_bytes()))
}

fn posted(media_type: &str, body: &str) -> Received {
    request("/", &[("content-type", media_type)], body)
}

fn described(version: &str, media_type: &str, schema: &str) -> String {
    format!(
        "openapi: {version}\ninfo: {{title: t, version: '1'}}\npaths:\n  /:\n    post:\n      requestBody: {{required: true, content: {{{media_type}: {{schema: {{$ref: '#/components/schemas/Body'}}}}}}}}\n      responses: {{'200': {{description: ok}}}}\ncomponents:\n  schemas:\n    Body: {schema}\n    Node: {{type: object, required: [n], properties: {{n: {{type: integer}}, next: {{$ref: '#/components/schemas/Node'}}}}}}\n    Made: {{type: string, readOnly: true}}\n"
    )
}

#[test]
fn json_bodies_are_judged_by_every_dialect() {
    let table: &[(&str, &str, &str, &str)] = &[
        ("3.0.3", "{type: object, required: [a], properties: {a: {type: string}}}", r#"{"a":"x"}"#, ""),
        ("3.0.3", "{type: object, required: [a]}", "{}", "body: \"a\" is a required property"),
        (
            "3.0.3",
            "{type: object, properties: {a: {type: string}}}",
            r#"{"a":1}"#,
            "body /a: value is not of type \"string\"",
        ),
        ("3.0.3", "{type: object, properties: {a: {type: string, nullable: true, enum: [x]}}}", r#"{"a":null}"#, ""),
        (
            "3.0.3",
            "{type: integer, minimum: 3, exclusiveMinimum: true}",
            "3",
            "body: value is less than or equal to the minimum of 3",
        ),
        ("3.0.3", "{type: integer, minimum: 3, exclusiveMinimum: false}", "3", ""),
        ("3.1.0", "{type: integer, exclusiveMinimum: 3}", "3", "body: value is less than or equal to the minimum of 3"),
        ("3.1.0", "{type: [string, 'null']}", "null", ""),
        ("3.0.3", "{$ref: '#/components/schemas/Node', minProperties: 9}", r#"{"n":1,"next":{"n":2}}"#, ""),
        (
            "3.0.3",
            "{$ref: '#/components/schemas/Node'}",
            r#"{"n":1,"next":{"n":"2"}}"#,
            "body /next/n: value is not of type \"integer\"",
        ),
        (
            "3.1.0",
            "{$ref: '#/components/schemas/Node', required: [m]}",
            r#"{"n":1}"#,
            "body: \"m\" is a required property",
        ),
        (
            "3.0.3",
            "{type: object, required: [id, made], properties: {id: {type: string, readOnly: true}, made: {$ref: '#/components/schemas/Made'}}}",
            "{}",
            "",
        ),
        (
            "3.0.3",
            "{type: object, additionalProperties: {type: integer}}",
            r#"{"x":"y"}"#,
            "body /x: value is not of type \"integer\"",
        ),
        // a pattern that can't be read does not keep the rest from being judged
        (
            "3.0.3",
            "{type: object, properties: {a: {type: string, pattern: '('}}}",
            r#"{"a":1}"#,
            "body /a: value is not of type \"string\"",
        ),
        (
            "3.0.3",
            "{type: object, properties: {a: {type: string, pattern: '('}, b: {type: string, pattern: '^x$'}}}",
            r#"{"a":"y","b":"y"}"#,
            "body /b: value does not match \"^x$\"",
        ),
        (
            "3.1.0",
            "{patternProperties: {'(': {type: string}, ^b: {type: integer}}, additionalProperties: false}",
            r#"{"a":"y","b":"y"}"#,
            "body /b: value is not of type \"integer\"",
        ),
        (
            "3.1.0",
            "{patternProperties: {'(': {type: string}, ^b: {type: integer}}, additionalProperties: false}",
            r#"{"a":"y","b":1}"#,
            "",
        ),
        ("3.0.3", "{$ref: '#/nowhere'}", "1", ""),
        ("3.0.3", "{}", "{\"a\":", "body: the body is no JSON"),
    ];
    for (version, schema, body, expected) in table {
        let api = described(version, "application/json", schema);
        let found = violations(&api, Protocol::Problem, &posted("application/json; charset=utf-8", body));
        match *expected {
            "" => assert_eq!(found, Vec::<String>::new(), "{schema} {body}"),
            expected => assert!(found.iter().any(|it| it.starts_with(expected)), "{schema} {body}: {found:?}"),
        }
    }
}

#[test]
fn the_body_and_its_media_type_are_demanded() {
    let api = described("3.0.3", "application/x-amz-json-1.1", "{type: object}");
    let none = violations(&api, Protocol::AwsJson, &posted("application/x-amz-json-1.1", ""));
    assert_eq!(none, ["body: it is required and not there"]);
    let other = violations(&api, Protocol::AwsJson, &posted("text/plain", "x"));
    assert_eq!(other, ["body: the content type `text/plain` is none of `application/x-amz-json-1.1`"]);
    let untold = violations(&api, Protocol::AwsJson, &request("/", &[], "x"));
    assert_eq!(untold, ["body: there is no `Content-Type`; the operation takes `application/x-amz-json-1.1`"]);
    for any in ["'*/*'", "text/*", "application/octet-stream"] {
        let any = described("3.0.3", any, "{type: string, format: binary}");
        assert_eq!(violations(&any, Protocol::Problem, &posted("text/plain", "x")), [""; 0]);
    }
    let bytes = described("3.0.3", "application/octet-stream", "{type: string, format: binary}");
    for (media_type, body) in [("application/json", "{}"), ("application/json", "{"), (forms::FORM, "a=1")] {
        assert_eq!(violations(&bytes, Protocol::Problem, &posted(media_type, body)), [""; 0], "{media_type}");
    }
}

#[test]
fn forms_and_xml_are_read_by_their_schemas() {
    let schema = "{type: object, required: [Tag], properties: {n: {type: integer}, Tag: {type: array, items: {type: object, required: [Key], properties: {Key: {type: string}, On: {type: boolean}}}}}}";
    let api = described("3.0.3", "application/xml", schema);
    let xml = |body: &str| {
        violations(&api, Protocol::S3, &posted("text/xml", body)).len()
            + violations(&api, Protocol::S3, &posted("application/xml", body)).len()
    };
    // the first of each pair is refused for its media type
    assert_eq!(xml("<Body xmlns='urn:x'><n>1</n><Tag><Key>a</Key><On>true</On></Tag></Body>"), 1);
    for bad in [
        "<Body><n>1</n></Body>",
        "<Body><Tag><On>maybe</On><Key>k</Key></Tag></Body>",
        "<Other/>",
        "<Body>",
        "<Body><n>x</n><Tag><Key>k</Key></Tag></Body>",
    ] {
        assert_eq!(xml(bad), 2, "{bad}");
    }
    let open = "{type: object, properties: {n: {type: [integer, 'null']}, x: {oneOf: [{type: integer}, {type: boolean}]}, e: {enum: [5, '6']}, l: {type: array, items: {anyOf: [{type: integer}, {enum: [auto]}]}}, t: {type: [string, integer], minLength: 2}}, additionalProperties: {type: integer}}";
    let open = described("3.1.0", "application/xml", open);
    let found = |members: &str| {
        let body = format!("<Body xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'>{members}</Body>");
        violations(&open, Protocol::S3, &posted("application/xml", &body))
    };
    for right in [
        "<n xsi:nil='true'/><x>5</x><e>5</e><l>1</l><l>auto</l><z>4</z>",
        "<n/><x>true</x><e>6</e><t>55</t>",
        "<t>5</t>",
    ] {
        assert_eq!(found(right), [""; 0], "{right}");
    }
    for wrong in ["<x xsi:nil='true'/>", "<x>a</x>", "<e>7</e>", "<l>b</l>", "<z>a</z>", "<t>a</t>"] {
        assert_eq!(found(wrong).len(), 1, "{wrong}");
    }
    let form = described(
        "3.0.3",
        "application/x-www-form-urlencoded",
        "{type: object, required: [n, l], properties: {n: {type: integer}, l: {type: array, items: {type: integer}}}}",
    );
    let form = |body: &str| violations(&form, Protocol::Query, &posted("application/x-www-form-urlencoded", body));
    assert_eq!(form("n=1&l=1&l=2"), [""; 0]);
    assert_eq!(form("n=1&l.member.1=2"), [""; 0]);
    assert_eq!(form("n=x&l=1"), ["body /n: value is not of type \"integer\""]);
    assert_eq!(form("l=1"), ["body: \"n\" is a required property"]);
}

#[test]
fn parameters_are_demanded_and_judged() {
    let api = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths:\n  /{id}:\n    post:\n      parameters:\n      - {name: id, in: path, required: true, schema: {type: integer}}\n      - {name: q, in: query, required: true, schema: {type: string, enum: [a, b]}}\n      - {name: n, in: query, schema: {type: array, items: {type: integer}}}\n      - {name: x-list, in: header, schema: {type: array, maxItems: 2, items: {type: string}}}\n      - {name: Authorization, in: header, required: true, schema: {type: string}}\n      - {name: o, in: query, style: deepObject, schema: {type: object, required: [z]}}\n      responses: {'200': {description: ok}}\n";
    let check = |target: &str, headers: &[(&str, &str)]| {
        let mut request = request(target, headers, "");
        request.path_parameters.push(("id".into(), request.path.trim_start_matches('/').into()));
        violations(api, Protocol::Problem, &request)
    };
    assert_eq!(check("/7?q=a&n=1&n=2", &[("X-List", "a, b")]), [""; 0]);
    assert_eq!(
        check("/x?q=c&n=1&n=z", &[("X-List", "a,b,c")]),
        [
            "path parameter `id`: value is not of type \"integer\"",
            "query parameter `q`: value is not one of \"a\" or \"b\"",
            "query parameter `n`: /1: value is not of type \"integer\"",
            "header parameter `x-list`: value has more than 2 items",
        ]
    );
    assert_eq!(check("/7?o%5Bz%5D=1", &[]), ["query parameter `q`: it is required and not there"]);
}

#[test]
fn parameters_of_every_style_are_judged() {
    let violations = |version: &str, parameter: &str, target: &str| {
        let (template, location) = if target.starts_with('?') { ("/", "query") } else { ("/{p}", "path") };
        let api = match version {
            "2.0" => "swagger: '2.0'".to_owned(),
            version => format!("openapi: {version}"),
        };
        let api = format!(
            "{api}\ninfo: {{title: t, version: '1'}}\npaths:\n  {template}:\n    post:\n      parameters: [{{name: p, in: {location}, required: true, {parameter}}}]\n      responses: {{'200': {{description: ok}}}}\n"
        );
        let mut request = request(&format!("/{target}"), &[], "");
        request.path_parameters.push(("p".into(), target.to_owned()));
        violations(&api, Protocol::Problem, &request)
    };
    let integers = "schema: {type: array, maxItems: 2, items: {type: integer}}";
    let integer = "schema: {type: integer}";
    let words = "schema: {type: array, maxItems: 2, items: {type: string, enum: [a, 'b;c', '']}}";
    let texts = "schema: {type: array, maxItems: 2, items: {type: string, pattern: '^( x|a,b|c;d|c)$'}}";
    let mixed = "schema: {oneOf: [{type: array, minItems: 2, items: {type: integer}}, {type: boolean}]}";
    let some = "schema: {type: array, minItems: 1, items: {type: integer}}";
    let nested = "schema: {type: array, items: {type: array, items: {type: integer}}}";
    let either = "schema: {anyOf: [{type: integer}, {type: boolean}]}";
    let listed = "schema: {enum: [1, a]}";
    let several = "schema: {type: array, items: {type: [integer, number]}}";
    let nullable = "schema: {type: [integer, 'null']}";
    // what is right by the style, then what is not
    let table: &[(&str, &str, &[&str], &[&str])] = &[
        ("style: pipeDelimited", integers, &["?p=1%7C2", "?p=1|2", "?p="], &["?p=x", "?p=1%7Cx", "?p=1|2|3"]),
        ("style: pipeDelimited, explode: true", integers, &["?p=1&p=2"], &["?p=1%7C2", "?p=1&p=x"]),
        ("style: spaceDelimited", integers, &["?p=1%202", "?p=1+2"], &["?p=1%20x", "?p=1,2"]),
        ("style: label", integer, &[".1"], &["1", ".x", ".1.2.3"]),
        ("style: label", integers, &[".1,2", "%2E1,2", ".1.2", "."], &["1,2", ".1,x", ".1.x", ".1,2,3"]),
        ("style: label, explode: true", integers, &[".1.2"], &["1.2", ".1.x", ".1.2.3"]),
        ("style: label, explode: true", words, &[".a.b", "a"], &[]),
        ("style: matrix", integer, &[";p=1"], &["1", ";q=1", ";p=x"]),
        ("style: matrix", integers, &[";p=1,2", ";p", ";p="], &["1", "p=1", ";p=1,x", ";p=1%2C2", ";p=1;p=2", ";pp=1"]),
        ("style: matrix, explode: true", integers, &[";p=1;p=2", ";%70=1"], &["1", ";p=1;p=x", ";p=1;q=2", ";p=1,2"]),
        ("style: matrix, explode: true", words, &[";p=a;p=b%3Bc", ";p=a;p"], &[";p=a;b", ";p=a;p=b;p=c"]),
        ("style: form", integer, &["?p=1"], &["?p="]),
        ("allowEmptyValue: true", integer, &["?p=1", "?p="], &["?p=x"]),
        ("style: form", nullable, &["?p=1", "?p="], &["?p=x"]),
        ("style: label", nullable, &[".1", "."], &[".x"]),
        ("style: matrix", nullable, &[";p=1", ";p", ";p="], &[";p=x"]),
        ("style: form", either, &["?p=1", "?p=true"], &["?p=x"]),
        ("style: form", listed, &["?p=1", "?p=a"], &["?p=2", "?p=b"]),
        ("style: pipeDelimited", several, &["?p=1|1.5", "?p=1"], &["?p=1|x"]),
        ("style: form, explode: false", nested, &["?p=1,2"], &[]),
        // what stands between items is as it is, in an item it is encoded
        ("style: form, explode: false", texts, &["?p=a%2Cb,c", "?p=%20x", "?p=+x,c"], &["?p=a,b", "?p=c%2Cc", "?p=x"]),
        ("style: simple", texts, &["a%2Cb,c", "%20x"], &["a,b", "c%2Cc", "c,c,c", "+x"]),
        ("style: matrix", texts, &[";p=a%2Cb,c%3Bd"], &[";p=a,b", ";p=c,c,c"]),
        ("style: pipeDelimited", texts, &["?p=a,b|c", "?p=a%2Cb%7C%20x"], &["?p=c%20%7Cc"]),
        ("style: form, explode: false", mixed, &["?p=1,2", "?p=true"], &["?p=1", "?p=1,x"]),
        ("style: form", mixed, &["?p=1&p=2", "?p=true"], &["?p=1", "?p=1&p=x"]),
        ("style: form", some, &["?p=1"], &["?p="]),
        // members may have names of their own
        ("style: form", "schema: {type: object}", &["?a=1", "?p="], &["?"]),
        ("style: deepObject", "schema: {type: object}", &["?p%5Ba%5D=1", "?p[a][b]=1"], &["?a=1", "?pp[a]=1"]),
        ("style: deepObject", "schema: {type: [object, integer]}", &["?p[a]=1", "?p=1"], &["?p=x"]),
    ];
    for (style, schema, right, wrong) in table {
        for target in *right {
            assert_eq!(
                violations("3.1.0", &format!("{style}, {schema}"), target),
                [""; 0],
                "{style} {schema} {target}"
            );
        }
        for target in *wrong {
            let found = violations("3.1.0", &format!("{style}, {schema}"), target);
            assert!(!found.is_empty(), "{style} {schema} {target}");
        }
    }
    let swagger = |format: &str, target: &str| {
        let parameter = format!("type: array, collectionFormat: {format}, items: {{type: integer}}");
        violations("2.0", &parameter, target)
    };
    for (format, right, wrong) in [("tsv", "1%092", "1%09x"), ("pipes", "1%7C2", "1,2"), ("ssv", "?p=1+2", "?p=1+x")] {
        assert_eq!((swagger(format, right), swagger(format, wrong).len()), (Vec::new(), 1), "{format}");
    }
    assert_eq!(
        violations("3.1.0", &format!("style: matrix, {integers}"), "1"),
        ["path parameter `p`: it is not written in the style `matrix`, as `;p=…`"]
    );
    assert_eq!(
        violations("3.1.0", &format!("style: label, {integers}"), ".1,x"),
        ["path parameter `p`: /1: value is not of type \"integer\""]
    );
}

#[test]
fn cookies_and_header_fields_are_judged_as_they_are_written() {
    let violations = |location: &str, parameter: &str, text: &str| {
        let api = format!(
            "openapi: 3.2.0\ninfo: {{title: t, version: '1'}}\npaths:\n  /:\n    post:\n      parameters: [{{name: p, in: {location}, required: true, {parameter}}}]\n      responses: {{'200': {{description: ok}}}}\n"
        );
        let field = if location == "cookie" { "Cookie" } else { "P" };
        violations(&api, Protocol::Problem, &request("/", &[(field, text)], "")).len()
    };
    let word = "schema: {type: string, enum: ['a b;c', 'a%20b']}";
    let words = "schema: {type: array, maxItems: 2, items: {type: string, enum: ['a,b', c]}}";
    let object = "schema: {type: object}";
    // how it is sent, and how much is wrong with that
    let table = [
        ("cookie", word, "p=a%20b%3Bc", 0),
        ("cookie", word, "q=1; %70=a%2520b", 0),
        ("cookie", word, "p=a%20b", 1),
        ("cookie", "style: cookie, schema: {type: string, enum: ['a%20b']}", "p=a%20b", 0),
        ("cookie", "explode: false, schema: {type: array, items: {enum: ['a,b', c]}}", "p=a%2Cb,c", 0),
        ("cookie", "explode: false, schema: {type: array, items: {enum: ['a,b', c]}}", "p=a,c", 1),
        ("cookie", words, "p=a%2Cb; p=c", 0),
        ("cookie", object, "a=1", 0),
        ("cookie", object, "", 1),
        ("header", "schema: {type: array, items: {type: string, enum: [a, c]}}", "a , c", 0),
        ("header", "schema: {type: array, items: {type: string, enum: [a, c]}}", "a,%63", 1),
        ("header", object, "a,1", 0),
    ];
    for (location, parameter, text, wrong) in table {
        assert_eq!(violations(location, parameter, text), wrong, "{location} {parameter} {text}");
    }
}

#[test]
fn swagger_2_has_body_parameters_and_forms() {
    let api = |parameters: &str| {
        format!(
            "swagger: '2.0'\ninfo: {{title: t, version: '1'}}\npaths:\n  /:\n    post:\n      parameters: [{parameters}]\n      responses: {{'200': {{description: ok}}}}\n"
        )
    };
    let body = api(
        "{name: b, in: body, required: true, schema: {type: object, required: [a], properties: {a: {type: string, x-nullable: true}}}}",
    );
    assert_eq!(violations(&body, Protocol::Problem, &posted("application/json", r#"{"a":null}"#)), [""; 0]);
    assert_eq!(
        violations(&body, Protocol::Problem, &posted("application/json", "{}")),
        ["body: \"a\" is a required property"]
    );
    let query = api("{name: q, in: query, required: true, type: integer, maximum: 5}");
    assert_eq!(violations(&query, Protocol::Problem, &request("/?q=5", &[], "")), [""; 0]);
    assert_eq!(violations(&query, Protocol::Problem, &request("/?q=6", &[], "")).len(), 1);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    #[test]
    fn no_body_makes_the_check_panic(body in "[<>/a{}\\[\\]\":,1&=; !-]{0,40}", kind in 0..3_usize) {
        let media_type = ["application/json", "application/xml", "application/x-www-form-urlencoded"][kind];
        let api = described("3.0.3", media_type, "{type: object, properties: {a: {type: array, items: {type: integer}}}}");
        let _ = violations(&api, Protocol::Query, &posted(media_type, &body));
    }
}
