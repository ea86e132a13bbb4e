//! Request bodies and responses.

use arras_doc::media_type::MediaType;
use arras_doc::openapi::{Direction, Style};

use crate::support::{V2_0, V3_0, V3_2, index, messages, operation, sound};

#[test]
fn a_body_has_media_types_in_order() {
    let shop = sound(V3_0);
    let body = operation(&shop, "placeOrder").request_body(&mut Vec::new()).expect("a body");
    assert!(body.required);
    let json = MediaType::parse("application/json; charset=utf-8").expect("a media type");
    assert_eq!(body.content_for(&json).map(|content| content.media_type), Some("application/json"));
    assert!(body.content_for(&MediaType::parse("text/plain").expect("a media type")).is_none());
    assert!(operation(&shop, "getOrder").request_body(&mut Vec::new()).is_none());
}

#[test]
fn parts_have_encodings() {
    let shop = sound(V3_0);
    let body = operation(&shop, "upload").request_body(&mut Vec::new()).expect("a body");
    let content = &body.content[0];
    let meta = content.encoding("meta").expect("an encoding");
    assert_eq!((meta.content_type, meta.style), (Some("application/json"), None));
    assert_eq!(meta.headers(&mut Vec::new()).len(), 1);
    assert_eq!(content.encoding("tags").and_then(|it| it.style), Some((Style::PipeDelimited, false)));
    assert!(content.encoding("file").is_none());
}

#[test]
fn swagger_bodies_are_bodies() {
    let library = sound(V2_0);
    let body = operation(&library, "addBook").request_body(&mut Vec::new()).expect("a body");
    let types: Vec<_> = body.content.iter().map(|content| content.media_type).collect();
    assert_eq!((body.required, types), (true, vec!["application/vnd.book+json", "text/plain"]));
    assert!(body.content[0].schema().is_some_and(|schema| schema.property("title").is_some()));
    assert!(operation(&library, "listBooks").request_body(&mut Vec::new()).is_none());
}

#[test]
fn swagger_forms_are_bodies() {
    let library = sound(V2_0);
    let body = operation(&library, "putCover").request_body(&mut Vec::new()).expect("a body");
    let types: Vec<_> = body.content.iter().map(|content| content.media_type).collect();
    assert_eq!((body.required, types), (true, vec!["multipart/form-data"]), "a file needs multipart");
    let fields: Vec<_> = body.content[0].fields.iter().map(|field| (field.name, field.required)).collect();
    assert_eq!(fields, [("image", true), ("tags", false)]);
    assert_eq!(body.content[0].encoding("tags").and_then(|it| it.style), Some((Style::SpaceDelimited, false)));
}

#[test]
fn responses_are_found_by_status() {
    let shop = sound(V3_0);
    let mut diagnostics = Vec::new();
    let responses = operation(&shop, "getOrder").responses(&mut diagnostics);
    assert_eq!(messages(&diagnostics), ["`banana` is no status code"]);
    for (status, expected) in [(200, "the order"), (404, "refused"), (500, "else")] {
        assert_eq!(responses.for_status(status).and_then(|it| it.description), Some(expected));
    }
    let good = responses.success().expect("a response");
    let headers: Vec<_> = good.headers.iter().map(|header| header.name).collect();
    assert_eq!(headers, ["X-Rate"], "Content-Type is described by content");
    let plain = MediaType::parse("text/plain").expect("a media type");
    assert_eq!(good.content_for(&plain).map(|content| content.media_type), Some("text/*"));
}

#[test]
fn swagger_responses_have_media_types_and_examples() {
    let library = sound(V2_0);
    let responses = operation(&library, "listBooks").responses(&mut Vec::new());
    let books = responses.for_status(200).expect("a response");
    let types: Vec<_> = books.content.iter().map(|content| content.media_type).collect();
    assert_eq!(types, ["application/json", "application/xml"]);
    let example = |at: usize| books.content[at].example_value(Direction::Response).map(|value| value.to_json());
    assert_eq!(example(0).as_deref(), Some(r#"[{"title":"Emma"}]"#));
    assert_eq!(example(1).as_deref(), Some(r#"[{"title":"string","pages":12}]"#));
    assert_eq!(books.headers[0].schema().map(|schema| schema.types().len()), Some(1));
    assert!(
        operation(&library, "addBook")
            .responses(&mut Vec::new())
            .for_status(201)
            .is_some_and(|it| it.content.is_empty())
    );
}

#[test]
fn examples_come_before_schemas() {
    let shop = sound(V3_0);
    let responses = operation(&shop, "getOrder").responses(&mut Vec::new());
    let content = &responses.for_status(200).expect("a response").content[0];
    let names: Vec<_> = content.examples().iter().map(|example| example.name).collect();
    assert_eq!(names, [Some("text"), Some("other")]);
    let value = content.example_value(Direction::Response).expect("a value");
    assert_eq!(value.to_json(), r#"{"id":"o-1"}"#, "text that shows JSON is JSON");
    let other = content.value_of(&content.examples()[1]).expect("a value");
    assert_eq!(other.to_json(), r#"{"id":"o-2"}"#);
}

#[test]
fn sequences_have_item_schemas_and_serialized_examples() {
    let (search, _) = index(V3_2);
    let responses = operation(&search, "queryDocs").responses(&mut Vec::new());
    let lines = &responses.for_status(200).expect("a response").content[0];
    assert!(lines.schema().is_none() && lines.item_schema().is_some_and(|it| it.property("n").is_some()));
    let shown: Vec<_> = lines.examples().iter().filter_map(|it| lines.value_of(it)).map(|it| it.to_json()).collect();
    assert_eq!(shown, [r#"[{"n":1}]"#, r#""{\"n\":2}\n""#]);
}
