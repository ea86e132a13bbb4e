//! Routing tables.

use bytes::Bytes;

use super::*;
use crate::service::{FixedParameter, Location, Operation};
use crate::sigv4::Scope;

fn service(name: &str, base: &str, operations: &[(&str, &str, &str)], signed: bool) -> Service {
    let operations = operations.iter().map(|(id, method, path)| Operation {
        base_paths: vec![base.to_owned()],
        signing: signed.then(|| Scope::new("x", "us-east-1")),
        ..Operation::new(*id, method, *path)
    });
    Service { name: name.to_owned(), operations: operations.collect() }
}

/// `METHOD /path?query`, `@target` or `+form` after it.
fn request(text: &str) -> Received {
    let (line, extra) = text.split_at(text.find([' ', '@', '+']).map_or(text.len(), |method_end| {
        text[method_end + 1..].find(['@', '+']).map_or(text.len(), |at| method_end + 1 + at)
    }));
    let (method, target) = line.split_once(' ').expect("a method");
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let (headers, body) = match extra.split_at(extra.len().min(1)) {
        ("@", target) => (vec![("x-amz-target".to_owned(), target.to_owned())], ""),
        ("+", form) => (vec![("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())], form),
        _ => (Vec::new(), ""),
    };
    Received::new(method, path, query, headers, Bytes::copy_from_slice(body.as_bytes()))
}

fn found(services: &[Service], text: &str) -> String {
    let (routes, problems) = Routes::new(services, Sharing::One);
    assert_eq!(problems, []);
    match routes.find(&request(text), |_| true) {
        Found::Operation(of, parameters) => {
            let id = &services[of.service].operations[of.operation].id;
            parameters.iter().fold(id.clone(), |all, (name, value)| format!("{all} {name}={value}"))
        }
        Found::OtherMethods(methods) => format!("405 {}", methods.join(",")),
        Found::Nothing => "404".to_owned(),
    }
}

#[test]
fn paths_and_methods() {
    let pets = service(
        "pets",
        "/v1",
        &[
            ("list", "GET", "/pets"),
            ("create", "POST", "/pets"),
            ("mine", "GET", "/pets/mine"),
            ("get", "GET", "/pets/{id}"),
            ("slash", "GET", "/toys/"),
        ],
        false,
    );
    let table = [
        ("GET /v1/pets", "list"),
        ("GET /pets", "list"),
        ("POST /v1/pets", "create"),
        ("GET /v1/pets/mine", "mine"),
        ("GET /v1/pets/a%20b", "get id=a%20b"),
        ("GET /v1/pets/", "list"),
        ("GET /v1/toys", "slash"),
        ("DELETE /v1/pets", "405 GET,POST"),
        ("GET /v2/pets", "404"),
        ("GET /", "404"),
    ];
    for (text, expected) in table {
        assert_eq!(found(std::slice::from_ref(&pets), text), expected, "{text}");
    }
}

#[test]
fn aws_operations_of_one_path() {
    let json = service(
        "json",
        "/",
        &[("create", "POST", "/#CreateThing"), ("full", "POST", "/#X-Amz-Target=Svc_2016.GetThing")],
        true,
    );
    let query = service(
        "query",
        "/",
        &[("run", "POST", "/?Action=RunInstances"), ("stop", "POST", "/#Action=StopInstances")],
        true,
    );
    let s3 = service(
        "s3",
        "/",
        &[
            ("listV1", "GET", "/{Bucket}"),
            ("listV2", "GET", "/{Bucket}?list-type=2"),
            ("acl", "GET", "/{Bucket}#acl"),
            ("get", "GET", "/{Bucket}/{Key+}"),
        ],
        true,
    );
    let all = [json, query, s3];
    let table = [
        ("POST /@Svc_2016.CreateThing", "create"),
        ("POST /@CreateThing", "create"),
        ("POST /@Svc_2016.GetThing", "full"),
        ("POST /@Svc_2016.DeleteThing", "404"),
        ("POST /", "404"),
        ("POST /?Action=RunInstances&Version=2016", "run"),
        ("POST /+Action=RunInstances&Version=2016", "run"),
        ("POST /+Action=StopInstances", "stop"),
        ("POST /+Action=Other", "404"),
        ("GET /b", "listV1 Bucket=b"),
        ("GET /b?list-type=2&prefix=x", "listV2 Bucket=b"),
        ("GET /b?acl", "acl Bucket=b"),
        ("GET /b/a/b.txt", "get Bucket=b Key=a/b.txt"),
    ];
    for (text, expected) in table {
        assert_eq!(found(&all, text), expected, "{text}");
    }
}

#[test]
fn a_parameter_of_one_value_tells_operations_apart() {
    let mut service =
        service("x", "/", &[("one", "POST", "/"), ("two", "POST", "/{a}"), ("three", "POST", "/{b}")], false);
    for (index, value) in [(1, "Two"), (2, "Three")] {
        let (location, name) = (Location::Header, "X-Amz-Target".to_owned());
        service.operations[index].fixed.push(FixedParameter { location, name, value: format!("S.{value}") });
    }
    let all = [service];
    assert_eq!(found(&all, "POST /p@S.Three"), "three b=p");
    assert_eq!(found(&all, "POST /p@S.Two"), "two a=p");
    // a request that lacks it goes to the first
    assert_eq!(found(&all, "POST /p"), "two a=p");
}

#[test]
fn what_no_request_can_tell_apart_is_an_error() {
    let messages = |services: &[Service], sharing| {
        let (_, problems) = Routes::new(services, sharing);
        problems.into_iter().map(|problem| problem.message).collect::<Vec<_>>()
    };
    let twice = service("x", "/", &[("a", "GET", "/{p}"), ("b", "GET", "/{q}")], false);
    assert_eq!(messages(&[twice], Sharing::One), ["no request can tell `a` from `b`: both are `GET /{q}`"]);
    let one = service("one", "/v1", &[("a", "GET", "/p")], false);
    let other = service("other", "/v1/", &[("a", "GET", "/p")], false);
    let both = [one.clone(), other];
    assert_eq!(messages(&both, Sharing::One), ["no request can tell `one.a` from `other.a`: both are `GET /p`"]);
    assert_eq!(messages(&both, Sharing::Each), Vec::<String>::new());
    // another prefix tells them apart, although the bare path is the same
    let apart = service("other", "/v2", &[("a", "GET", "/p")], false);
    let services = [one, apart];
    assert_eq!(messages(&services, Sharing::One), Vec::<String>::new());
    assert_eq!(found(&services, "GET /v2/p"), "a");
}
