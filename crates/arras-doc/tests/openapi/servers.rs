//! Servers: which apply, and their variables.

use arras_doc::openapi::{Description, Documents, Server};

use crate::support::{URI, V2_0, V3_0, V3_1, V3_2, document, index, operation, sound};

fn urls(description: &Description, id: &str) -> Vec<String> {
    let servers = operation(description, id).servers(&mut Vec::new());
    servers.iter().map(|server| server.url.to_string()).collect()
}

#[test]
fn the_innermost_servers_apply() {
    let shop = sound(V3_0);
    assert_eq!(urls(&shop, "getOrder"), ["https://orders.example.com"]);
    assert_eq!(urls(&shop, "placeOrder"), ["https://{region}.example.com:{port}/v2", "/v2"]);
    let delete = shop.operation_by_path("delete", "/orders/{orderId}").found().expect("the operation");
    assert_eq!(delete.servers(&mut Vec::new())[0].url, "https://admin.example.com");
    assert_eq!(urls(&sound(V3_1), "ownThing"), ["/"]);
}

#[test]
fn variables_have_defaults_and_are_replaced_once() {
    let shop = sound(V3_0);
    let server: &Server<'_> = &operation(&shop, "placeOrder").servers(&mut Vec::new())[0];
    assert_eq!(server.variable("region").map(|it| it.allowed.clone()), Some(vec!["eu", "us"]));
    assert_eq!(server.expand(|_| None).as_deref(), Ok("https://eu.example.com:8443/v2"));
    let given = |name: &str| (name == "region").then(|| "{port}".to_owned());
    assert_eq!(server.expand(given).as_deref(), Ok("https://{port}.example.com:8443/v2"));
    let undefined = Server { url: "https://{tenant}/{a".into(), ..server.clone() };
    assert_eq!(undefined.expand(|_| None).map_err(|it| it.name), Err("tenant".to_owned()));
    assert_eq!(undefined.expand(|_| Some("t".into())).as_deref(), Ok("https://t/{a"));
}

#[test]
fn swagger_hosts_are_servers_https_first() {
    let library = sound(V2_0);
    assert_eq!(urls(&library, "listBooks"), ["https://library.example.com/v1", "http://library.example.com/v1"]);
    assert_eq!(urls(&library, "putCover"), ["https://library.example.com/v1"]);
}

#[test]
fn swagger_without_scheme_or_host_takes_the_documents() {
    let paths = "paths: {/a: {get: {operationId: a}}}";
    let urls_of = |uri: &str, head: &str| {
        let text = format!("{{swagger: '2.0', {head} {paths}}}");
        let (description, _) = Description::index(document(uri, &text), &Documents::default());
        urls(&description, "a").join(" ")
    };
    for (uri, head, expected) in [
        ("http://h/d.json", "host: api.example.com,", "http://api.example.com"),
        ("https://h/d.json", "host: api.example.com, basePath: v1,", "https://api.example.com/v1"),
        ("file:///d.json", "host: api.example.com,", "https://api.example.com"),
        ("https://h/d.json", "basePath: /v1,", "/v1"),
        ("https://h/d.json", "", "/"),
    ] {
        assert_eq!(urls_of(uri, head), expected, "{uri} {head}");
    }
}

/// ARZ-URI-18
#[test]
fn a_relative_url_knows_its_document() {
    let (search, _) = index(V3_2);
    let server = &operation(&search, "copyDoc").servers(&mut Vec::new())[0];
    assert_eq!((server.name, server.document_uri), (Some("here"), URI), "not `$self`");
}
