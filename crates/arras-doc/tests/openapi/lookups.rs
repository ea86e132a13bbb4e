//! Operations and the names they are found by.

use arras_doc::openapi::{Lookup, Version};

use crate::support::{V2_0, V3_0, V3_1, V3_2, index, messages, operation, sound};

fn names(lookup: Lookup<'_>) -> Vec<String> {
    match lookup {
        Lookup::Found(operation) => vec![operation.name()],
        Lookup::Several(all) => all.into_iter().map(|operation| operation.name()).collect(),
        Lookup::Missing => Vec::new(),
    }
}

#[test]
fn every_version_is_read() {
    for (text, version, title, operations) in [
        (V2_0, Version::V2_0, "Library", "GET /books listBooks, POST /books addBook, PUT /books/{isbn}/cover putCover"),
        (
            V3_0,
            Version::V3_0,
            "Shop",
            "GET /orders/{orderId} getOrder, DELETE /orders/{orderId} -, POST /orders placeOrder, POST /upload upload",
        ),
        (
            V3_1,
            Version::V3_1,
            "Names",
            "POST /things ownThing, GET /things -, GET /things/{id} -, POST /things/{id} sharedThing",
        ),
        (V3_2, Version::V3_2, "Search", "QUERY /docs queryDocs, COPY /docs copyDoc"),
    ] {
        let (description, _) = index(text);
        assert_eq!((description.version(), description.title()), (version, Some(title)));
        let known = description.operations().map(|operation| {
            let id = operation.operation_id().unwrap_or("-");
            format!("{} {} {id}", operation.method(), operation.path().as_str())
        });
        assert_eq!(known.collect::<Vec<_>>().join(", "), operations);
    }
}

/// ARZ-STEP-06
#[test]
fn operation_ids_are_exact_and_suggestions_are_near() {
    let shop = sound(V3_0);
    assert_eq!(names(shop.operation("getOrder")), ["getOrder"]);
    assert!(shop.operation("getorder").is_missing());
    assert_eq!(names(shop.operation_ignoring_case("GETORDER")), ["getOrder"]);
    assert_eq!(shop.nearest("getOrders"), ["getOrder"]);
    assert!(shop.nearest("frobnicate").is_empty());
    assert!(shop.operation("notAnOperation").is_missing(), "an extension is no path");
    assert!(sound(V3_1).operation("hook").is_missing(), "a webhook can't be called");
}

/// ARZ-STEP-08, ARZ-URI-11
#[test]
fn pointers_find_operations() {
    let shop = sound(V3_0);
    for (pointer, expected) in [
        ("/paths/~1orders~1{orderId}/get", vec!["getOrder"]),
        ("/paths/~1orders~1%7BorderId%7D/get", vec!["getOrder"]),
        // a path item without a method
        ("/paths/~1orders", vec!["placeOrder"]),
        ("/paths/~1orders~1{orderId}", vec!["getOrder", "DELETE /orders/{orderId}"]),
        ("/paths/~1orders~1{orderId}/put", vec![]),
        ("/paths/~1nothing/get", vec![]),
        ("paths", vec![]),
        ("", vec![]),
    ] {
        assert_eq!(names(shop.operation_at(pointer)), expected, "{pointer}");
    }
    let (search, _) = index(V3_2);
    assert_eq!(names(search.operation_at("/paths/~1docs/additionalOperations/COPY")), ["copyDoc"]);
    let referring = sound(V3_1);
    assert_eq!(names(referring.operation_at("/paths/~1things~1{id}/post")), ["sharedThing"]);
    assert_eq!(names(referring.operation_at("/components/pathItems/Things/post")), ["sharedThing"]);
}

#[test]
fn paths_with_a_fragment_or_a_query_are_apart() {
    let text = "
openapi: 3.0.0
paths:
  /#CreateThing: {post: {operationId: create}}
  /#GetThing: {post: {operationId: get}}
  /?Action=Run: {get: {operationId: run}}
  '/{Bucket}?list-type=2': {get: {operationId: list}}
";
    let aws = sound(text);
    let create = operation(&aws, "create");
    assert_eq!((create.path().wire_path(), create.path().fragment()), ("/", Some("CreateThing")));
    assert_eq!(names(aws.operation_at("/paths/~1#CreateThing/post")), ["create"]);
    assert_eq!(names(aws.operation_by_path("post", "/#GetThing")), ["get"]);
    assert_eq!(names(aws.operation_by_path("POST", "/")), ["create", "get"]);
    assert_eq!(names(aws.operation_by_path("GET", "/")), ["run"]);
    assert_eq!(names(aws.operation_by_path("GET", "/{name}")), ["list"]);
}

#[test]
fn an_operation_knows_where_it_stands() {
    let shop = sound(V3_0);
    let get = operation(&shop, "getOrder");
    assert_eq!(get.summary(), Some("one order"));
    assert_eq!(&V3_0[get.path_span().range()], "/orders/{orderId}");
    assert!(get.place().node().source_text().starts_with("operationId: getOrder"));
    assert_eq!(get.extension("operationId").and_then(|it| it.as_text()), Some("getOrder"));
}

#[test]
fn an_operation_id_used_twice_is_ambiguous() {
    let (twice, diagnostics) = index(
        "{openapi: 3.1.0, paths: {/a: {get: {operationId: x}, put: {operationId: x}}, /b: {get: {operationId: y}}}}",
    );
    assert_eq!(messages(&diagnostics), ["the operationId `x` is used more than once"]);
    assert_eq!(diagnostics[0].labels.len(), 2);
    assert!(matches!(twice.operation("x"), Lookup::Several(all) if all.len() == 2));
    assert!(twice.operation("x").found().is_none());
}
