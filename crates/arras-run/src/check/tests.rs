//! Answers against the descriptions of all versions.

use std::sync::Arc;
use std::time::Duration;

use arras_doc::openapi::{Document, Documents};
use arras_doc::source::SourceId;
use arras_doc::span::Span;
use bytes::Bytes;

use super::*;
use crate::exchange::{Exchange, Request, Response};
use crate::plan::Described as Way;
use crate::request::tests::{operation, step};

fn exchange(status: u16, content_type: &str, body: &str) -> Exchange {
    let headers = (!content_type.is_empty()).then(|| ("Content-Type".to_owned(), content_type.to_owned()));
    let request = Request {
        method: "GET".into(),
        url: "https://api.example/".into(),
        headers: Vec::new(),
        body: Default::default(),
        path: Vec::new(),
        query: Vec::new(),
    };
    let response = Response { status, headers: headers.into_iter().collect(), body: Bytes::from(body.to_owned()) };
    Exchange { request: Arc::new(request), response, duration: Duration::ZERO }
}

/// The findings about an answer, each as a warning.
fn judged(operation: &Operation, exchange: &Exchange) -> Diagnostics {
    let described = Described::of(operation).expect("a description");
    check(
        &step(Vec::new(), None),
        operation,
        &described,
        &Answer::new(exchange),
        Checks::all(CheckLevel::Warn),
        &Secrets::default(),
    )
}

fn told_secrets(operation: &Operation, exchange: &Exchange) -> Vec<String> {
    secrets(operation, &Described::of(operation).expect("a description"), &Answer::new(exchange))
}

pub(super) fn findings(
    operation: &Operation,
    status: u16,
    content_type: &str,
    body: &str,
) -> Vec<(String, Vec<String>)> {
    let exchange = exchange(status, content_type, body);
    let found = judged(operation, &exchange);
    let text = |finding: Diagnostic| {
        let labels = finding.labels.iter().skip(1).map(|label| label.text.clone());
        (format!("{} {}", finding.rule.id, finding.message), labels.collect())
    };
    found.into_iter().map(text).collect()
}

fn described(version: &str, schema: &str, components: &str) -> Operation {
    let field = if version == "2.0" { "swagger" } else { "openapi" };
    let body = match version {
        "2.0" => format!("schema: {schema}"),
        _ => format!("content: {{application/json: {{schema: {schema}}}}}"),
    };
    operation(&format!(
        "
{field}: '{version}'
info: {{title: t, version: '1'}}
paths:
  /a:
    get:
      responses:
        '200': {{description: d, {body}}}
        4XX: {{description: d}}
{components}
"
    ))
}

#[test]
fn statuses_and_content_types() {
    let operation = described("3.0.3", "{type: object}", "");
    assert_eq!(findings(&operation, 200, "application/json", "{}"), []);
    assert_eq!(findings(&operation, 404, "text/html", "<p>"), []);
    assert_eq!(findings(&operation, 200, "", ""), []);
    assert_eq!(
        findings(&operation, 503, "", ""),
        [(
            "response-status-undescribed step `s`: the status 503 of the answer is not described".to_owned(),
            vec!["describes 200, 4XX".to_owned()]
        )]
    );
    assert_eq!(
        findings(&operation, 200, "text/html; charset=utf-8", "<p>"),
        [(
            "response-type-undescribed step `s`: the content type `text/html` of the answer is not described for status 200"
                .to_owned(),
            vec!["describes application/json".to_owned()]
        )]
    );
    assert_eq!(findings(&operation, 200, "", "{}").len(), 1);
    let twice = findings(&operation, 200, "application/json, application/json", "{}");
    assert!(
        twice[0].0.contains("the content type `application/json, application/json` of the answer is none"),
        "{twice:?}"
    );
}

/// How many findings an answer of status 200 has by a schema.
fn count(version: &str, schema: &str, body: &str) -> usize {
    findings(&described(version, schema, ""), 200, "application/json", body).len()
}

#[test]
fn each_version_has_its_dialect() {
    let rows = [
        // (version, schema, fits, does not fit)
        ("3.0.3", "{type: string, nullable: true}", vec!["null", "\"x\""], vec!["1"]),
        ("3.0.3", "{type: string, nullable: true, enum: [a]}", vec!["\"a\""], vec!["null", "\"b\""]),
        ("3.0.3", "{nullable: true, enum: [a, null]}", vec!["\"a\"", "null"], vec!["1"]),
        ("3.0.3", "{type: integer, minimum: 1, exclusiveMinimum: true}", vec!["2"], vec!["1", "1.5"]),
        ("3.0.3", "{type: number, maximum: 1, exclusiveMaximum: false}", vec!["1"], vec!["2"]),
        ("3.0.3", "{type: integer, format: int32}", vec!["2147483647"], vec!["2147483648"]),
        ("3.0.3", "{type: string, format: date-time}", vec!["\"2026-01-02T03:04:05Z\""], vec!["\"x\"", "5"]),
        ("3.0.3", "{type: string, format: byte}", vec!["\"+/8=\"", "\"\""], vec!["\"a b\""]),
        ("3.0.3", "{type: string, format: own-format}", vec!["\"x\""], vec!["5"]),
        ("3.0.3", "{type: string, format: time}", vec!["\"12:30:00\""], vec!["5"]),
        ("3.1.0", "{type: string, format: uri}", vec!["\"/a\""], vec!["5"]),
        ("3.1.0", "{type: string, format: uuid}", vec!["\"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\""], vec!["\"x\""]),
        (
            "3.0.3",
            "{nullable: true, allOf: [{type: object, required: [a]}]}",
            vec!["null", "{\"a\":1}"],
            vec!["1", "{}"],
        ),
        (
            "3.0.3",
            "{nullable: true, oneOf: [{type: string, nullable: true}, {type: integer}]}",
            vec!["null", "1"],
            vec!["true"],
        ),
        ("2.0", "{x-nullable: true, allOf: [{type: object}]}", vec!["null", "{}"], vec!["1"]),
        ("3.0.3", "{allOf: [{type: object}]}", vec!["{}"], vec!["null"]),
        (
            "3.0.3",
            "{required: [id, secret], properties: {id: {type: integer}, secret: {writeOnly: true}}}",
            vec!["{\"id\":1}"],
            vec!["{}", "{\"id\":\"x\"}"],
        ),
        ("3.0.3", "{type: number}", vec!["1E400", "-1E400"], vec!["true"]),
        ("2.0", "{type: string, x-nullable: true}", vec!["null"], vec!["1"]),
        ("3.1.0", "{type: [string, 'null']}", vec!["null", "\"x\""], vec!["1"]),
        ("3.1.0", "{type: [string, null]}", vec!["null"], vec!["1"]),
        ("3.1.0", "{type: string, nullable: true}", vec!["\"x\""], vec!["null"]),
        ("3.1.0", "{exclusiveMinimum: 1, const: 2}", vec!["2"], vec!["3"]),
        ("3.1.0", "{exclusiveMinimum: 1}", vec!["2"], vec!["1"]),
        ("3.1.0", "{prefixItems: [{type: integer}], items: false}", vec!["[1]"], vec!["[\"x\"]", "[1, 2]"]),
        ("3.1.0", "{if: {required: [a]}, then: {required: [b]}}", vec!["{}", "{\"a\":1,\"b\":2}"], vec!["{\"a\":1}"]),
        ("3.1.0", "true", vec!["1"], vec![]),
        (
            "3.1.0",
            "{type: object, unevaluatedProperties: false, properties: {a: {}}}",
            vec!["{\"a\":1}"],
            vec!["{\"b\":1}"],
        ),
        ("3.2.0", "{type: string, pattern: '^(?=a)a+$'}", vec!["\"aa\""], vec!["\"b\""]),
    ];
    for (version, schema, fits, others) in rows {
        for body in fits {
            assert_eq!(count(version, schema, body), 0, "{version} {schema} {body}");
        }
        for body in others {
            assert_eq!(count(version, schema, body), 1, "{version} {schema} {body}");
        }
    }
}

#[test]
fn references_are_followed_and_their_siblings_are_the_versions_matter() {
    let components = "components:
  schemas:
    Node: {type: object, required: [name], properties: {name: {$ref: '#/components/schemas/Name'}, next: {$ref: '#/components/schemas/Node'}}}
    Name: {$anchor: name, type: string}";
    let old = described("3.0.3", "{$ref: '#/components/schemas/Node', maxProperties: 0}", components);
    let new = described("3.1.0", "{$ref: '#/components/schemas/Node', maxProperties: 1}", components);
    let by_anchor = described("3.1.0", "{$ref: '#name'}", components);
    let found = |operation: &Operation, body: &str| findings(operation, 200, "application/json", body);
    assert_eq!(found(&old, r#"{"name":"a","next":{"name":"b"}}"#), []);
    assert_eq!(found(&new, r#"{"name":"a"}"#), []);
    assert_eq!(found(&new, r#"{"name":"a","x":1}"#).len(), 1);
    assert_eq!(found(&by_anchor, "1").len(), 1);
    assert_eq!(
        found(&old, r#"{"name":"a","next":{"next":{"name":5}}}"#),
        [
            (
                "response-schema-mismatch step `s`: the answer is not as described: `/next`: an object is missing \
                 required property \"name\""
                    .to_owned(),
                vec!["by `/required` of this schema".to_owned()]
            ),
            (
                "response-schema-mismatch step `s`: the answer is not as described: `/next/next/name`: 5 is not of type \
                 \"string\""
                    .to_owned(),
                vec!["by `/type` of this schema".to_owned()]
            ),
        ]
        .map(|(message, labels)| (message.replace("an object is missing required property \"name\"", "\"name\" is a required property"), labels))
    );
}

fn document(uri: &str, source: u32, text: &str) -> Arc<Document> {
    let source_text = arras_doc::source::Source::new("x.yaml", uri, text);
    let (tree, found) = arras_doc::read::read(&source_text, SourceId(source));
    assert_eq!(found, []);
    Arc::new(Document::new(SourceId(source), uri, Arc::new(tree.expect("a tree"))))
}

#[test]
fn schemas_in_other_files_are_used_and_pointed_at() {
    let mut operation = described("3.0.3", "{}", "");
    let entry = document(
        "file:///api.yaml",
        0,
        "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths: {/a: {get: {responses: {'200': {content: \
         {application/json: {schema: {$ref: 'other.yaml#/Pet'}}}}}}}}",
    );
    let mut others = Documents::default();
    others.add(document("file:///other.yaml", 7, "Pet: {properties: {name: {type: string}, gone: {$ref: 'no.yaml'}}}"));
    let (description, _) = openapi::Description::index(entry, &others);
    operation.described = Way::new(Arc::new(description), "/paths/~1a/get", Arc::default());
    let exchange = exchange(200, "application/json", r#"{"name":1,"gone":2}"#);
    let found = judged(&operation, &exchange);
    let [finding] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(
        (finding.labels[1].source, finding.labels[1].text.as_str()),
        (SourceId(7), "by `/properties/name/type` of this schema")
    );
    assert_eq!(finding.labels[1].span, Span::new(26, 30));
}

#[test]
fn many_differences_are_told_in_part_and_long_values_not_at_all() {
    let operation = described("3.0.3", "{items: {type: integer}}", "");
    let long = "x".repeat(1_000);
    let body = format!("[{}]", vec![format!("\"{long}\""); 9].join(","));
    let exchange = exchange(200, "application/json", &body);
    let found = judged(&operation, &exchange);
    assert_eq!(found.len(), MOST_TOLD);
    assert!(
        found.iter().all(|finding| finding.message.len() < 200 && finding.message.contains("a text is not of type"))
    );
    assert_eq!(found[4].help.as_deref(), Some("there are more differences than these"));
}

/// What a schema that refers to itself takes is as deep as bodies are read.
#[test]
fn deep_bodies_are_checked() {
    let operation = described(
        "3.0.3",
        "{$ref: '#/components/schemas/N'}",
        "components: {schemas: {N: {properties: {n: {$ref: '#/components/schemas/N'}}, additionalProperties: false}}}",
    );
    let depth = arras_doc::value::MAX_DEPTH - 1;
    let body = format!("{}{{}}{}", "{\"n\":".repeat(depth), "}".repeat(depth));
    assert_eq!(findings(&operation, 200, "application/json", &body), []);
    let other = body.replace("{}", "{\"x\":1}");
    assert_eq!(findings(&operation, 200, "application/json", &other).len(), 1);
}

const TREE: &str = "components:
  schemas:
    Node: {anyOf: [{$ref: '#/components/schemas/A'}, {$ref: '#/components/schemas/B'}]}
    A: {required: [name], properties: {name: {type: string}, nodes: {items: {$ref: '#/components/schemas/Node'}}}}
    B: {required: [id], properties: {id: {type: integer}, nodes: {items: {$ref: '#/components/schemas/Node'}}}}
    Both: {allOf: [{$ref: '#/components/schemas/C'}, {$ref: '#/components/schemas/D'}]}
    C: {properties: {both: {$ref: '#/components/schemas/Both'}, leaf: {type: string}}}
    D: {properties: {both: {$ref: '#/components/schemas/Both'}, leaf: {type: string, minLength: 2}}}";

/// A wrong leaf of a tree whose schema refers to itself twice has 2^depth errors; they are not all collected.
#[test]
fn a_wrong_answer_costs_no_more_than_it_is_long() {
    let nested = |depth: usize, open: &str, leaf: &str, close: &str| {
        format!("{}{leaf}{}", open.repeat(depth), close.repeat(depth))
    };
    let either = nested(60, r#"{"name":"n","nodes":["#, r#"{"id":"x"}"#, "]}");
    let both = nested(60, r#"{"both":"#, r#"{"leaf":1}"#, "}");
    let wide = format!("[{}]", vec!["\"x\""; 100_000].join(","));
    let rows = [
        (
            "{$ref: '#/components/schemas/Node'}",
            either,
            vec!["the whole body: an object fits none of the alternatives of `anyOf`"],
        ),
        ("{$ref: '#/components/schemas/Both'}", both, vec!["/both/leaf`: 1 is not of type \"string\""; 2]),
        ("{items: {type: integer}}", wide, vec!["`/0`: \"x\" is not of type \"integer\""; MOST_TOLD]),
    ];
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for (schema, body, expected) in rows {
            let found = findings(&described("3.0.3", schema, TREE), 200, "application/json", &body);
            let _ = sender.send((schema, found, expected));
        }
    });
    for _ in 0..3 {
        let (schema, found, expected) =
            receiver.recv_timeout(Duration::from_secs(120)).expect("an end within two minutes");
        assert_eq!(found.len(), expected.len(), "{schema}: {found:?}");
        assert!(found[0].0.contains(expected[0]), "{schema}: {found:?}");
    }
}

/// A worker's stack is two megabytes.
#[test]
fn deep_answers_fit_the_stack() {
    let worker = std::thread::Builder::new().stack_size(2 << 20).spawn(|| {
        let depth = arras_doc::value::MAX_DEPTH / 2 - 2;
        let chain = "components:
  schemas:
    N: {allOf: [{$ref: '#/components/schemas/M'}]}
    M: {oneOf: [{type: string}, {$ref: '#/components/schemas/L'}]}
    L: {anyOf: [{type: integer}, {properties: {n: {items: {$ref: '#/components/schemas/N'}}, x: {type: string}}}]}";
        let operation = described("3.0.3", "{$ref: '#/components/schemas/N'}", chain);
        let body = format!("{}{{\"x\":1}}{}", "{\"n\":[".repeat(depth), "]}".repeat(depth));
        findings(&operation, 200, "application/json", &body).len()
    });
    assert_eq!(worker.expect("a thread").join().expect("no overflow"), 1);
}

/// What of a schema refuses a value is told, whatever keyword it is.
#[test]
fn differences_name_their_keyword() {
    for (schema, body, at, keyword) in [
        (
            "{oneOf: [{type: integer}, {minimum: 1}]}",
            "2",
            "the whole body: 2 fits 2 alternatives of `oneOf`, not one",
            "/oneOf",
        ),
        (
            "{oneOf: [{type: 'null'}, {properties: {a: {type: string}}}]}",
            r#"{"a":1}"#,
            "`/a`: 1 is not of type",
            "/oneOf/1/properties/a/type",
        ),
        ("{not: {type: integer}}", "1", "the whole body: 1 is what `not` excludes", "/not"),
        (
            "{if: {type: integer}, then: {minimum: 5}}",
            "1",
            "the whole body: 1 is less than the minimum of 5",
            "/then/minimum",
        ),
        ("{if: {type: integer}, else: {minLength: 5}}", "\"x\"", "is shorter than 5", "/else/minLength"),
        (
            "{contains: {type: integer}}",
            "[\"x\"]",
            "the whole body: an array is not what `contains` allows",
            "/contains",
        ),
        (
            "{patternProperties: {'^a': {type: string}}}",
            r#"{"a/b":1}"#,
            "`/a~1b`: 1 is not of type",
            "/patternProperties/^a/type",
        ),
        (
            "{propertyNames: {maxLength: 1}}",
            r#"{"ab":1}"#,
            "the whole body: the name \"ab\" is not allowed",
            "/propertyNames",
        ),
        (
            "{additionalProperties: {type: string}}",
            r#"{"a":1}"#,
            "`/a`: 1 is not of type",
            "/additionalProperties/type",
        ),
        (
            "{additionalProperties: false}",
            r#"{"a":1}"#,
            "the whole body: the member `a` is not described",
            "/additionalProperties",
        ),
        ("{properties: {a: false}}", r#"{"a":1}"#, "`/a`: 1 stands where nothing may be", "/properties/a"),
        (
            "{dependentSchemas: {a: {required: [b]}}}",
            r#"{"a":1}"#,
            "\"b\" is a required property",
            "/dependentSchemas/a/required",
        ),
        (
            "{unevaluatedProperties: false, properties: {a: {}}}",
            r#"{"b":1}"#,
            "the member `b` is not described",
            "/unevaluatedProperties",
        ),
        (
            "{prefixItems: [{type: integer}], items: {type: string}}",
            r#"[1, 2]"#,
            "`/1`: 2 is not of type",
            "/items/type",
        ),
    ] {
        let found = findings(&described("3.1.0", schema, ""), 200, "application/json", body);
        assert_eq!(found.len(), 1, "{schema}: {found:?}");
        assert!(found[0].0.contains(at), "{schema}: {found:?}");
        assert_eq!(found[0].1, [format!("by `{keyword}` of this schema")], "{schema}: {found:?}");
    }
}

/// Published descriptions of AWS number errors, and say `application/json` for AWS's own types.
#[test]
fn errors_and_media_types_of_aws_are_known() {
    let operation = operation(
        "
openapi: 3.0.0
info: {title: t, version: '1'}
paths:
  /a:
    post:
      responses:
        '200': {description: d, content: {application/json: {schema: {type: object}}}}
        '480': {description: d, content: {application/json: {schema: {}}}}
",
    );
    assert_eq!(findings(&operation, 200, "application/x-amz-json-1.1", "{}"), []);
    assert_eq!(findings(&operation, 200, "application/x-amz-json-1.1", "1").len(), 1);
    assert_eq!(findings(&operation, 400, "application/x-amz-json-1.1", "{}").len(), 1);
    let mut exchange = exchange(400, "application/x-amz-json-1.1", "{}");
    exchange.response.headers.push(("x-amzn-RequestId".into(), "1".into()));
    assert_eq!(judged(&operation, &exchange), []);
}

/// AWS's JSON protocols write times as numbers; published descriptions call them texts.
#[test]
fn times_of_aws_are_numbers() {
    let operation = operation(
        "
openapi: 3.0.3
info: {title: t, version: '1'}
paths:
  /a:
    get:
      responses:
        '200': {content: {application/x-amz-json-1.1: {schema: {type: string, format: date-time}}}}
",
    );
    assert_eq!(findings(&operation, 200, "application/x-amz-json-1.1", "1795338000.5"), []);
    assert_eq!(findings(&operation, 200, "application/x-amz-json-1.1", "true").len(), 1);
}

#[test]
fn what_a_schema_calls_secret_is_collected() {
    let schema = "{properties: {token: {type: string, format: password}, list: {type: array, items: {$ref: \
                  '#/components/schemas/Key'}}, plain: {type: string}, either: {oneOf: [{properties: {pin: {type: integer, \
                  x-sensitive: true}}}, {type: string}]}}, additionalProperties: {writeOnly: true}}";
    let components = "components: {schemas: {Key: {properties: {key: {type: object, writeOnly: true}, next: {$ref: \
                      '#/components/schemas/Key'}}}}}";
    let operation = described("3.0.3", schema, components);
    let body =
        r#"{"token":"t","list":[{"key":{"a":"k1"},"next":{"key":["k2"]}}],"plain":"p","either":{"pin":1234},"x":"y"}"#;
    let exchange = exchange(200, "application/json", body);
    let mut found = told_secrets(&operation, &exchange);
    found.sort();
    assert_eq!(found, ["1234", "k1", "k2", "t", "y"]);
    let plain = described("3.0.3", "{properties: {token: {type: string}}}", "");
    assert!(told_secrets(&plain, &exchange).is_empty());
}

/// What a keyword that is none says does not keep an answer from being checked by the others.
#[test]
fn a_keyword_that_is_none_is_passed_over() {
    for (version, schema, wrong, told) in [
        ("3.0.3", "{properties: {a: {type: string, pattern: '('}}}", r#"{"a":1}"#, "`pattern`"),
        ("3.0.3", "{properties: {a: {type: integer, minLength: '5'}}}", r#"{"a":"x"}"#, "`minLength`"),
        ("3.0.3", "{properties: {a: {type: integer, anyOf: []}}}", r#"{"a":"x"}"#, "`anyOf`"),
        ("3.1.0", "{properties: {a: {type: integer, exclusiveMinimum: true}}}", r#"{"a":"x"}"#, "`exclusiveMinimum`"),
        ("3.1.0", "{properties: {a: {type: text, maximum: 5}}}", r#"{"a":6}"#, "`type`"),
    ] {
        let found = findings(&described(version, schema, ""), 200, "application/json", wrong);
        let [passed_over, mismatch] = found.as_slice() else { panic!("{schema}: {found:?}") };
        let start =
            format!("malformed-description step `s`: answers are not checked by a {told} of their schema: it is ");
        assert!(passed_over.0.starts_with(&start), "{schema}: {found:?}");
        assert!(mismatch.0.starts_with("response-schema-mismatch"), "{schema}: {found:?}");
    }
    // what is usual, and what can be read all the same
    for (schema, fits, wrong) in [
        ("{type: null}", "null", "1"),
        ("{required: [a, a]}", r#"{"a":1}"#, "{}"),
        (
            r#"{type: string, pattern: '^[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*$'}"#,
            "\"a😀\t\"",
            "\"\\u0001\"",
        ),
        ("{type: string, pattern: '^.{0,4096}$'}", "\"x\"", "\"a\\nb\""),
        (r"{type: string, pattern: '^\p{L}{1,128}$'}", "\"é\"", "\"1\""),
    ] {
        assert_eq!(count("3.0.3", schema, fits), 0, "{schema} {fits}");
        assert_eq!(count("3.0.3", schema, wrong), 1, "{schema} {wrong}");
    }
}

/// Which of several schemas is meant is no fault of the description.
#[test]
fn a_reference_that_depends_on_the_way_is_passed_over() {
    let tree = "{$dynamicAnchor: node, properties: {a: {type: integer}, next: {$dynamicRef: '#node'}}}";
    let others = |count: usize| {
        let all = (0..count).map(|at| format!("Other{at}: {{$dynamicAnchor: node, type: string}}"));
        let all = all.chain([format!("Tree: {tree}")]).collect::<Vec<_>>().join(", ");
        format!("components: {{schemas: {{{all}}}}}")
    };
    let body = r#"{"a":"x","next":{"a":1}}"#;
    let schema = "{$ref: '#/components/schemas/Tree'}";
    let found = findings(&described("3.1.0", schema, &others(1)), 200, "application/json", body);
    let [passed_over, mismatch] = found.as_slice() else { panic!("{found:?}") };
    let start =
        "unsupported-feature step `s`: answers are not checked by a `$dynamicRef` of their schema: several schemas";
    assert!(passed_over.0.starts_with(start), "{found:?}");
    assert!(mismatch.0.starts_with("response-schema-mismatch"), "{found:?}");
    let found = findings(&described("3.1.0", schema, &others(0)), 200, "application/json", body);
    assert_eq!(found.len(), 1, "with one anchor it is a reference like any: {found:?}");
}

/// A property that is only sent is not required, in whatever part of a schema that is said.
#[test]
fn what_is_only_sent_is_not_required() {
    let components = "components:
  schemas:
    Base: {properties: {password: {type: string, writeOnly: true}, name: {type: string}}}
    Needs: {required: [password, name]}";
    for (version, schema) in [
        ("3.0.3", "{allOf: [{$ref: '#/components/schemas/Base'}], required: [password, name]}"),
        ("3.0.3", "{allOf: [{$ref: '#/components/schemas/Base'}, {required: [password, name]}]}"),
        ("3.0.3", "{properties: {password: {writeOnly: true}}, allOf: [{$ref: '#/components/schemas/Needs'}]}"),
        ("3.1.0", "{$ref: '#/components/schemas/Base', required: [password, name]}"),
    ] {
        let operation = described(version, schema, components);
        let found = |body: &str| findings(&operation, 200, "application/json", body).len();
        assert_eq!((found(r#"{"name":"n"}"#), found("{}")), (0, 1), "{version} {schema}");
    }
}

/// Secrets are found wherever the schema has them.
#[test]
fn nothing_that_a_schema_calls_secret_is_missed() {
    let components = "components:
  schemas:
    Union: {oneOf: [{$ref: '#/components/schemas/Inner'}, {type: string}]}
    Inner: {anyOf: [{$ref: '#/components/schemas/Card'}, {type: integer}]}
    Card: {properties: {pin: {type: string, writeOnly: true}, plain: {type: string}}}";
    let secret = "{type: string, format: password}";
    for (schema, body) in [
        ("{$ref: '#/components/schemas/Union'}".to_owned(), r#"{"pin":"S","plain":"p"}"#),
        (format!("{{oneOf: [{{allOf: [{{oneOf: [{{properties: {{a: {secret}}}}}]}}]}}]}}"), r#"{"a":"S","b":"p"}"#),
        (
            format!("{{allOf: [{{oneOf: [{{}}]}}, {{oneOf: [{{properties: {{a: {secret}}}}}]}}]}}"),
            r#"{"a":"S","b":"p"}"#,
        ),
        (format!("{{patternProperties: {{'^x-': {secret}}}}}"), r#"{"x-a":"S","y":"p"}"#),
        (format!("{{prefixItems: [{{type: string}}, {secret}], items: {{}}}}"), r#"["p","S","p"]"#),
        (format!("{{if: {{}}, then: {{properties: {{a: {secret}}}}}}}"), r#"{"a":"S","b":"p"}"#),
        (format!("{{dependentSchemas: {{b: {{properties: {{a: {secret}}}}}}}}}"), r#"{"a":"S","b":"p"}"#),
    ] {
        let operation = described("3.1.0", &schema, components);
        let exchange = exchange(200, "application/json", body);
        assert_eq!(told_secrets(&operation, &exchange), ["S"], "{schema}");
    }
}

/// Secrets in XML are found by the names of their properties.
#[test]
fn secrets_of_xml_are_found() {
    let operation = operation(
        "
openapi: 3.0.3
info: {title: t, version: '1'}
paths:
  /a:
    get:
      responses:
        '200':
          content:
            application/xml:
              schema:
                xml: {name: user}
                properties:
                  id: {type: integer, xml: {attribute: true}}
                  key: {type: string, format: password, xml: {name: Key, attribute: true}}
                  cards: {items: {properties: {pin: {writeOnly: true}}}}
",
    );
    let body = "<user id=\"7\" Key=\"S1\"><cards><pin>S2</pin><name>n</name></cards></user>";
    let mut found = told_secrets(&operation, &exchange(200, "application/xml", body));
    found.sort();
    assert_eq!(found, ["S1", "S2"]);
}

/// A hundred thousand customers take no longer than they are many.
#[test]
fn many_secrets_are_collected_once_each() {
    let schema =
        "{items: {oneOf: [{properties: {name: {type: string, x-pii: true}, country: {type: string, x-pii: true}}}]}}";
    let operation = described("3.1.0", schema, "");
    let customers: Vec<String> =
        (0..50_000).map(|at| format!("{{\"name\":\"customer-{at}\",\"country\":\"Utopia\"}}")).collect();
    let exchange = exchange(200, "application/json", &format!("[{}]", customers.join(",")));
    let found = told_secrets(&operation, &exchange);
    assert_eq!(found.len(), 50_001);
    let mut secrets = crate::secret::Secrets::default();
    found.iter().for_each(|secret| secrets.add(secret));
    assert_eq!(secrets.text("to customer-49999 of Utopia, customer"), "to *** of ***, customer");
}
