//! Without a scenario: routes, the description's examples, limits, the record.

use std::sync::{Arc, Mutex};

use arras_mock::{Addresses, Mock, StartError, Verdict};

use crate::support::*;

const PETS: &str = "
openapi: 3.1.0
info: {title: Pets, version: '1'}
servers: [{url: 'https://{region}.pets.example.com/v1/', variables: {region: {default: eu}}}]
paths:
  /pets:
    get:
      operationId: listPets
      responses:
        default: {description: no}
        '200':
          description: ok
          headers: {X-Next: {example: abc}, X-Made-Up: {schema: {type: string}}}
          content:
            application/xml: {example: <pets/>}
            application/json: {example: [{id: 1.50}]}
    post:
      operationId: createPet
      responses:
        '201':
          description: ok
          content:
            application/json:
              examples: {cat: {value: {name: Tom}}, dog: {value: {name: Rex}}}
  /pets/{id}:
    get:
      operationId: getPet
      responses:
        '200':
          description: ok
          content:
            application/json:
              schema: {type: object, required: [id], properties: {id: {type: integer}, tag: {enum: [x, y]}}}
        '404':
          description: gone
          content: {application/problem+json: {example: {title: gone}}}
    delete:
      responses: {'204': {description: done}}
";

#[tokio::test]
async fn the_description_answers() {
    let mock = start(PETS, "").await;
    let list = send(&mock.url(), "GET", "/v1/pets", &headers(&[("Accept", "application/json")]), "").await;
    assert_eq!((list.status, list.body.as_str()), (200, r#"[{"id":1.50}]"#));
    assert_eq!((list.header("content-type"), list.header("x-next")), (Some("application/json"), Some("abc")));
    assert_eq!(list.header("x-made-up"), None);
    let created = call(&mock, "POST", "/pets", "{}").await;
    assert_eq!((created.status, created.text("/name").as_str()), (201, "Tom"));
    let made_up = call(&mock, "GET", "/v1/pets/7", "").await;
    assert!(made_up.json().at("/id").is_some_and(|id| id.as_number().is_some()), "{}", made_up.body);
    let deleted = call(&mock, "DELETE", "/v1/pets/7", "").await;
    assert_eq!((deleted.status, deleted.body.as_str()), (204, ""));
    let ids: Vec<_> = mock.requests().into_iter().filter_map(|request| request.operation).collect();
    assert_eq!(ids, ["listPets", "createPet", "getPet", "DELETE /pets/{id}"]);
    mock.shutdown().await;
}

#[tokio::test]
async fn what_is_not_there_is_said_plainly() {
    let mock = start(PETS, "").await;
    let nothing = call(&mock, "GET", "/v1/cats", "").await;
    assert_eq!((nothing.status, nothing.header("content-type")), (404, Some("application/problem+json")));
    assert_eq!(nothing.text("/detail"), "no operation is at `GET /v1/cats`");
    let method = call(&mock, "PATCH", "/v1/pets", "").await;
    assert_eq!((method.status, method.header("allow")), (405, Some("GET, POST")));
    assert!(mock.requests().iter().all(|request| request.verdict == Verdict::NoOperation));
}

#[tokio::test]
async fn one_connection_carries_many_requests() {
    let mock = start(PETS, "").await;
    let mut stream = connect(&mock.url()).await;
    for _ in 0..3 {
        write(&mut stream, "GET", "/v1/pets", &headers(&[]), "").await.expect("written");
        assert_eq!(read(&mut stream).await.expect("an answer").status, 200);
    }
    assert_eq!(mock.requests().len(), 3);
}

#[tokio::test]
async fn bodies_and_heads_are_bounded() {
    let mock = builder(PETS, "").max_body(10).start().await.expect("the mock starts");
    assert_eq!(call(&mock, "POST", "/pets", "0123456789").await.status, 201);
    assert_eq!(call(&mock, "POST", "/pets", "0123456789a").await.status, 413);
    assert_eq!(mock.requests().last().map(|request| request.verdict.clone()), Some(Verdict::TooLarge));
    let long = "x".repeat(1 << 20);
    let refused = try_send(&mock.url(), "GET", "/pets", &headers(&[("X-Long", &long)]), "").await;
    assert!(refused.is_err() || refused.is_ok_and(|answer| answer.status == 431));
    assert_eq!(call(&mock, "GET", "/pets", "").await.status, 200);
}

#[tokio::test]
async fn an_observer_sees_a_line_for_each_request() {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&lines);
    let mock = builder(PETS, "").observer(move |request| seen.lock().expect("no panic").push(request.to_string()));
    let mock = mock.start().await.expect("the mock starts");
    call(&mock, "GET", "/pets?a=%1b", "").await;
    call(&mock, "GET", "/x", "").await;
    let expected = ["GET /pets?a=%1b listPets 200", "GET /x 404: no such operation"];
    assert_eq!(*lines.lock().expect("no panic"), expected);
    let recorded = mock.requests().remove(0);
    assert_eq!((recorded.method.as_str(), recorded.query.as_str(), recorded.status), ("GET", "a=%1b", Some(200)));
    assert_eq!(recorded.header("Content-Type"), Some("application/json"));
}

#[tokio::test]
async fn clashing_descriptions_are_served_apart_or_not_at_all() {
    let both = || {
        Mock::builder().description("one", description(PETS), |_| None).description("two", description(PETS), |_| None)
    };
    let Err(StartError::Diagnostics(problems)) = both().start().await else { panic!("they clash") };
    assert_eq!(problems.len(), 4);
    assert!(problems[0].message.contains("`one.") && problems[0].message.contains("`two."), "{}", problems[0].message);
    let mock = both().addresses(Addresses::PerService).start().await.expect("the mock starts");
    let (one, two) = (mock.url_of("one").expect("an address"), mock.url_of("two").expect("an address"));
    assert_ne!(one, two);
    send(&two, "GET", "/pets", &headers(&[]), "").await;
    assert_eq!(mock.requests()[0].service.as_deref(), Some("two"));
    assert_eq!((mock.url(), mock.url_of("three")), (one, None));
}

#[tokio::test]
async fn a_mock_that_is_shut_down_listens_no_more() {
    let mock = start(PETS, "").await;
    let url = mock.url();
    let mut idle = connect(&url).await;
    mock.shutdown().await;
    let authority = url.trim_start_matches("http://").to_owned();
    assert!(tokio::net::TcpStream::connect(authority).await.is_err());
    assert!(read(&mut idle).await.is_err());
}

#[tokio::test]
async fn a_taken_port_is_an_error() {
    let mock = start(PETS, "").await;
    let port = mock.url().rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    let other = builder(PETS, "").port(port).start().await;
    assert!(matches!(other, Err(StartError::Io(_))));
}

#[tokio::test]
async fn operations_that_are_not_called_clash_with_none() {
    let clashing =
        PETS.replace("  /pets/{id}:", "  /pets/{name}:\n    get: {operationId: byName, responses: {}}\n  /pets/{id}:");
    let both = || Mock::builder().description("pets", description(&clashing), |_| None);
    assert!(matches!(both().start().await, Err(StartError::Diagnostics(_))));
    let mock = both().only(|service, operation| service == "pets" && operation.id != "byName").start().await;
    let mock = mock.expect("the mock starts");
    assert_eq!(call(&mock, "GET", "/pets/7", "").await.status, 200);
    assert_eq!(mock.requests()[0].operation.as_deref(), Some("getPet"));
}
