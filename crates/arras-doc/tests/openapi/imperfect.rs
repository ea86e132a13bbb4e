//! Documents that are not as they should be.

use arras_doc::diagnostic::has_errors;
use arras_doc::openapi::{Description, Documents, Version, example_value};
use arras_doc::openapi::{Direction, Place};
use arras_doc::rule;
use proptest::prelude::*;

use crate::support::{URI, index, messages, operation, try_document};

#[test]
fn another_version_is_an_error_and_read_all_the_same() {
    let (next, diagnostics) = index("{openapi: 3.9.0, paths: {/a: {get: {operationId: a}}}}");
    assert_eq!(messages(&diagnostics), ["version `3.9.0` of OpenAPI is not known"]);
    assert!(diagnostics[0].is_error() && diagnostics[0].rule == rule::UNSUPPORTED_OPENAPI_VERSION);
    assert_eq!((next.version(), next.operations().len()), (Version::V3_2, 1));
}

#[test]
fn other_documents_are_an_error() {
    for text in ["arazzo: 1.0.0", "[]", "hello", "null", "{openapi: {}}"] {
        let (_, diagnostics) = index(text);
        assert!(has_errors(&diagnostics), "{text}");
        assert_eq!(diagnostics[0].rule, rule::NOT_AN_OPENAPI_DESCRIPTION);
    }
}

#[test]
fn what_can_not_be_read_is_left_out_and_said() {
    for (paths, count, expected) in [
        ("[]", 0, vec!["`paths` is an array, not an object"]),
        ("null", 0, vec![]),
        ("{/a: 7}", 0, vec!["the path item is a number, not an object"]),
        ("{/a: null}", 0, vec![]),
        ("{/a: {get: []}}", 0, vec!["the operation `get` is an array, not an object"]),
        ("{/a: {GET: {}}}", 1, vec!["`GET` is no field of a path item in this version of OpenAPI"]),
        ("{/a: {query: {}}}", 1, vec!["`query` is no field of a path item in this version of OpenAPI"]),
        ("{/a: {gte: {}}}", 0, vec!["`gte` is no field of a path item"]),
        ("{a: {get: {}}}", 1, vec!["the path `a` does not begin with `/`"]),
        ("{/a: {additionalOperations: {'a b': {}, LINK: {}}}}", 1, vec!["`a b` is no method"]),
        ("{/a: {get: {operationId: 7}}}", 1, vec![]),
    ] {
        let (description, diagnostics) = index(&format!("{{openapi: 3.1.0, paths: {paths}}}"));
        assert_eq!(messages(&diagnostics), expected, "{paths}");
        assert!(!has_errors(&diagnostics), "{paths}");
        assert_eq!(description.operations().len(), count, "{paths}");
    }
}

#[test]
fn lists_and_objects_of_the_wrong_kind_are_said() {
    let (description, diagnostics) = index(
        "
openapi: 3.0.0
paths:
  /a:
    get:
      operationId: a
      parameters: {name: x}
      servers: {url: /v1}
      requestBody: {content: []}
      responses: [200]
",
    );
    assert!(diagnostics.is_empty());
    let read = operation(&description, "a");
    let mut diagnostics = Vec::new();
    assert!(read.parameters(&mut diagnostics).is_empty());
    assert!(read.request_body(&mut diagnostics).is_some_and(|body| body.content.is_empty()));
    assert_eq!(read.responses(&mut diagnostics).iter().len(), 0);
    assert_eq!(read.servers(&mut diagnostics)[0].url, "/");
    let expected = [
        "`parameters` is an object, not an array",
        "`content` is an array, not an object",
        "`responses` is an array, not an object",
        "`servers` is an object, not an array",
    ];
    assert_eq!(messages(&diagnostics), expected);
}

#[test]
fn descriptions_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Description>();
}

/// Reads all there is to read about every operation.
pub(crate) fn read_everything(description: &Description) -> usize {
    let mut diagnostics = Vec::new();
    for operation in description.operations() {
        let parameters = operation.parameters(&mut diagnostics);
        for parameter in &parameters {
            let _ = (parameter.examples(), parameter.is_ignored());
            let _ = parameter.schema().map(|schema| example_value(&schema, Direction::Request));
        }
        if let Some(body) = operation.request_body(&mut diagnostics) {
            for content in &body.content {
                let _ = content.example_value(Direction::Request);
                let names = content.place.and_then(|place| place.get("encoding"));
                for (key, _) in names.into_iter().flat_map(Place::entries) {
                    let _ = content.encoding(key.key());
                }
            }
        }
        for response in operation.responses(&mut diagnostics).iter() {
            for content in &response.content {
                let _ = content.example_value(Direction::Response);
            }
            let _ = response.headers.iter().filter_map(|header| header.schema()).count();
        }
        assert!(!operation.servers(&mut diagnostics).is_empty());
        let _ = (operation.security(&mut diagnostics), operation.summary(), operation.name());
        let found = description.operation_at(operation.pointer()).found().map(|it| it.pointer());
        assert_eq!(found, Some(operation.pointer()));
    }
    let _ = description.document().external_references();
    diagnostics.len()
}

/// Parts of descriptions, put together at random.
fn mangled() -> impl Strategy<Value = String> {
    let scalar = prop::sample::select(vec![
        "null",
        "true",
        "7",
        "1.5",
        "\"\"",
        "\"string\"",
        "\"object\"",
        "\"array\"",
        "\"query\"",
        "\"body\"",
        "\"formData\"",
        "\"#/components/schemas/A\"",
        "\"#/paths/~1a\"",
        "\"#\"",
        "\"x.yaml#/y\"",
        "\"apiKey\"",
        "\"oauth2\"",
    ]);
    let key = prop::sample::select(vec![
        "$ref",
        "$id",
        "$anchor",
        "get",
        "post",
        "query",
        "additionalOperations",
        "parameters",
        "requestBody",
        "responses",
        "200",
        "content",
        "application/json",
        "schema",
        "name",
        "in",
        "style",
        "servers",
        "url",
        "security",
        "A",
        "allOf",
        "oneOf",
        "properties",
        "items",
        "type",
        "enum",
        "example",
        "examples",
        "value",
        "headers",
        "encoding",
        "/a",
        "required",
        "minItems",
        "operationId",
        "consumes",
        "schemes",
    ]);
    let leaf = scalar.prop_map(str::to_owned);
    let value = leaf.prop_recursive(6, 60, 5, move |inner| {
        let list = prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(",")));
        let map = prop::collection::vec((key.clone(), inner), 0..5).prop_map(|entries| {
            let entries: Vec<String> = entries.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
            format!("{{{}}}", entries.join(","))
        });
        prop_oneof![1 => list, 4 => map]
    });
    let version = prop::sample::select(vec!["\"swagger\":\"2.0\"", "\"openapi\":\"3.0.0\"", "\"openapi\":\"3.2.0\""]);
    (version, prop::collection::vec(value, 6)).prop_map(|(version, v)| {
        format!(
            "{{{version},\"servers\":{},\"security\":[{{\"A\":[]}}],\"paths\":{{\"/a\":{{\"get\":{},\"post\":{},\"parameters\":[{}]}},\"/b\":{}}},\"components\":{{\"schemas\":{{\"A\":{}}}}}}}",
            v[0], v[1], v[2], v[3], v[4], v[5]
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn nothing_panics(text in mangled()) {
        if let Some(document) = try_document(URI, &text) {
            let (description, diagnostics) = Description::index(document, &Documents::default());
            prop_assert!(!has_errors(&diagnostics));
            read_everything(&description);
        }
    }
}
