//! Requests that do not meet their description, and answers that a description alone gives.

use std::sync::{Arc, Mutex};

use arras_mock::sigv4::Scope;
use arras_mock::{Mock, Validation, Verdict, ViolationKind, ViolationPlace};

use crate::support::*;

const PETS: &str = "
openapi: 3.1.0
info: {title: pets, version: '1'}
paths:
  /pets:
    post:
      operationId: addPet
      parameters:
      - {name: dry, in: query, schema: {type: boolean}}
      - {name: X-Tenant, in: header, required: true, schema: {type: string}}
      requestBody:
        required: true
        content:
          application/json:
            schema: {type: object, required: [name], properties: {name: {type: string}, legs: {type: integer, maximum: 8}}}
      responses: {'201': {description: made}}
";

/// Descriptions whose errors have the shapes of AWS's protocols, each with a required parameter `p` and XML or JSON.
fn protocol(path: &str, method: &str, media_type: &str) -> String {
    let body = match method {
        "get" => String::new(),
        _ => format!(
            "requestBody: {{required: true, content: {{{media_type}: {{schema: {{type: object, required: [A], properties: {{A: {{type: integer}}}}, xml: {{name: In}}}}}}}}}}, "
        ),
    };
    format!(
        "openapi: 3.0.3\ninfo: {{title: t, version: '1'}}\npaths:\n  {path}:\n    {method}: {{operationId: op, parameters: [{{name: p, in: query, required: true, schema: {{type: integer}}}}], {body}responses: {{'200': {{description: ok, content: {{{media_type}: {{schema: {{type: object}}}}}}}}}}}}\n"
    )
}

/// The answer to a signed request of a service with that signing name.
async fn ask(service: &str, path: &str, method: &str, media_type: &str, target: &str, body: &str) -> Answer {
    let scope = Scope::new(service, "us-east-1");
    let own = scope.clone();
    let api = description(&protocol(path, method, media_type));
    let mock = Mock::builder().description("api", api, move |_| Some(own.clone())).start().await.expect("a mock");
    let mut fields = headers(&[("X-Amz-Target", "S.op")]);
    if !body.is_empty() {
        fields.push(("Content-Type".into(), media_type.into()));
    }
    let method = method.to_uppercase();
    let fields = signed(&method, target, &fields, body, &scope, mock.credentials(), &amz_date(0));
    send(&mock.url(), &method, target, &fields, body).await
}

#[tokio::test]
async fn what_is_wrong_is_told_in_the_answer_and_the_log() {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&lines);
    let mock = builder(PETS, "").observer(move |request| log.lock().expect("a lock").push(request.to_string()));
    let mock = mock.start().await.expect("a mock");
    let answer = call(&mock, "POST", "/pets?dry=maybe", r#"{"legs":9}"#).await;
    assert_eq!((answer.status, answer.header("content-type")), (400, Some("application/problem+json")));
    assert_eq!(answer.text("/title"), "Bad Request");
    let errors = answer.json().at("/errors").map(ToString::to_string).unwrap_or_default();
    for expected in [
        r##""detail":"value is not of type \"boolean\"","parameter":"query dry""##,
        r##""detail":"it is required and not there","parameter":"header X-Tenant""##,
        r##""detail":"\"name\" is a required property","pointer":"#""##,
        r##""detail":"value is greater than the maximum of 8","pointer":"#/legs""##,
    ] {
        assert!(errors.contains(expected), "{errors}");
    }
    let recorded = &mock.requests()[0];
    assert_eq!((&recorded.verdict, recorded.violations.len()), (&Verdict::Invalid, 4));
    assert_eq!(recorded.violations[1].kind, ViolationKind::Missing);
    assert_eq!(recorded.violations[1].place, ViolationPlace::Parameter("header", "X-Tenant".into()));
    let line = lines.lock().expect("a lock")[0].clone();
    assert!(line.starts_with("POST /pets?dry=maybe addPet 400: query parameter `dry`: "), "{line}");

    let other =
        send(&mock.url(), "POST", "/pets", &headers(&[("X-Tenant", "t"), ("Content-Type", "text/csv")]), "a,b").await;
    assert_eq!((other.status, other.text("/title").as_str()), (415, "Unsupported Media Type"));
    let fields = headers(&[("X-Tenant", "t"), ("Content-Type", "application/json"), ("X-Undeclared", "fine")]);
    assert_eq!(send(&mock.url(), "POST", "/pets", &fields, r#"{"name":"Rex"}"#).await.status, 201);
}

#[tokio::test]
async fn strictness_is_the_scenarios_then_the_builders() {
    let table = [
        ("", Validation::On, 400, 1),
        ("", Validation::Warn, 201, 1),
        ("", Validation::Off, 201, 0),
        ("validate: warn", Validation::On, 201, 1),
        ("validate: false", Validation::On, 201, 0),
        ("validate: 'on'", Validation::Off, 400, 1),
    ];
    for (scenario, built, status, told) in table {
        let mock = builder(PETS, scenario).validation(built).start().await.expect("a mock");
        let answer = call(&mock, "POST", "/pets", r#"{"name":"Rex"}"#).await;
        let recorded = &mock.requests()[0];
        assert_eq!((answer.status, recorded.violations.len()), (status, told), "{scenario} {built:?}");
        assert_eq!(recorded.to_string().contains("(let pass)"), status == 201 && told > 0, "{recorded}");
    }
}

#[tokio::test]
async fn each_protocol_refuses_in_its_own_shape() {
    let json = "application/x-amz-json-1.1";
    let missing = ask("rekognition", "/#op", "post", json, "/", r#"{"A":1}"#).await;
    assert_eq!((missing.status, missing.text("/__type").as_str()), (400, "ValidationException"));
    assert_eq!(
        missing.text("/message"),
        "1 validation error detected: query parameter `p`: it is required and not there"
    );
    let unread = ask("rekognition", "/#op", "post", json, "/?p=1", "{").await;
    assert_eq!((unread.status, unread.text("/__type").as_str()), (400, "SerializationException"));
    let rest = ask("lambda", "/f", "post", "application/json", "/f?p=1", r#"{"A":"x"}"#).await;
    assert_eq!((rest.status, rest.header("x-amzn-errortype")), (400, Some("ValidationException")));
    assert_eq!(rest.text("/message"), "1 validation error detected: body /A: value is not of type \"integer\"");
    let query = ask("rds", "/?Action=op", "get", "text/xml", "/?Action=op", "").await;
    assert!(query.status == 400 && query.body.contains("<Code>MissingParameter</Code>"), "{}", query.body);
    let ec2 = ask("ec2", "/?Action=op", "get", "text/xml", "/?Action=op&p=x", "").await;
    assert!(
        ec2.status == 400 && ec2.body.contains("<Errors><Error><Code>InvalidParameterValue</Code>"),
        "{}",
        ec2.body
    );
    let s3 = ask("s3", "/b", "put", "application/xml", "/b?p=1", "<In><A>x</A></In>").await;
    assert!(s3.status == 400 && s3.body.contains("<Error><Code>MalformedXML</Code>"), "{}", s3.body);
    let root = ask("s3", "/b", "put", "application/xml", "/b?p=1", "<Out/>").await;
    assert!(root.body.contains("its document element is `Out`, not `In`"), "{}", root.body);
    assert_eq!(ask("s3", "/b", "put", "application/xml", "/b?p=1", "<In><A>7</A></In>").await.status, 200);
}

const ANSWERS: &str = "
openapi: 3.0.3
info: {title: t, version: '1'}
paths:
  /xml:
    get:
      operationId: xml
      responses:
        '200':
          description: ok
          headers:
            ETag: {required: true, schema: {type: string, minLength: 3}}
            X-Optional: {schema: {type: string}}
            X-Shown: {schema: {type: integer, example: 7}}
          content:
            application/xml:
              schema:
                type: object
                xml: {name: Result, namespace: 'urn:r'}
                properties:
                  Truncated: {type: boolean}
                  Count: {type: integer}
                  Item: {type: array, items: {type: object, properties: {Key: {type: string}}}}
                  Wrong: {type: object, example: text, properties: {A: {type: string}}}
  /none: {delete: {operationId: none, responses: {'204': {description: gone, content: {application/json: {schema: {type: object}}}}}}}
  /bytes: {get: {operationId: bytes, responses: {'200': {description: ok, content: {application/octet-stream: {schema: {type: string, format: binary}}}}}}}
  /head: {head: {operationId: head, responses: {'200': {description: ok, headers: {X-Size: {required: true, schema: {type: integer}}}}}}}
";

#[tokio::test]
async fn descriptions_without_examples_answer_by_their_schemas() {
    let mock = start(ANSWERS, "").await;
    let xml = call(&mock, "GET", "/xml", "").await;
    assert_eq!((xml.status, xml.header("content-type")), (200, Some("application/xml")));
    assert_eq!(
        (xml.header("etag"), xml.header("x-optional"), xml.header("x-shown")),
        (Some("string"), None, Some("7"))
    );
    let expected = "<Result xmlns=\"urn:r\"><Truncated>true</Truncated><Count>1</Count><Item><Key>string</Key></Item><Wrong><A>string</A></Wrong></Result>";
    assert_eq!(xml.body.lines().nth(1), Some(expected));
    let none = call(&mock, "DELETE", "/none", "").await;
    assert_eq!((none.status, none.header("content-type"), none.body.as_str()), (204, None, ""));
    let bytes = call(&mock, "GET", "/bytes", "").await;
    assert_eq!((bytes.header("content-type"), bytes.body.as_str()), (Some("application/octet-stream"), "string"));
    let head = call(&mock, "HEAD", "/head", "").await;
    assert_eq!((head.status, head.header("x-size")), (200, Some("1")));
}

const SEVERAL: &str = "
openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /shown: {get: {operationId: shown, responses: {'200': {description: ok, content: {text/plain: {example: hi}, application/json: {example: [1], examples: {one: {value: 2}}}}}}}}
  /made: {get: {operationId: made, responses: {'200': {description: ok, content: {text/plain: {schema: {type: object}}, text/xml: {schema: {type: object, xml: {name: X}}}, application/json: {schema: {type: object}}}}}}}
  /plain: {get: {operationId: plain, responses: {'200': {description: ok, content: {text/plain: {schema: {type: object}}}}}}}
  /any: {get: {operationId: any, responses: {'200': {description: ok, content: {'*/*': {schema: {type: array}}}}}}}
  /value: {get: {operationId: value, responses: {'200': {description: ok, content: {application/xml: {}, text/csv: {}, application/json: {}}}}}}
  /text: {get: {operationId: text, responses: {'200': {description: ok, content: {text/csv: {}, application/json: {}}}}}}
  /named: {get: {operationId: named, responses: {'200': {description: ok, content: {text/plain: {example: hi}, application/json: {examples: {one: {value: 2}}}}}}}}
";

#[tokio::test]
async fn the_media_type_is_what_the_request_accepts_else_the_first() {
    let scenario = "operations:\n  value: [{body: {a: 1}}]\n  text: [{text: 'a,b'}]\n  named: [{example: one}]\n";
    let mock = start(SEVERAL, scenario).await;
    for (path, accept, media_type, body) in [
        ("/shown", "", "text/plain", "hi"),
        ("/shown", "*/*", "text/plain", "hi"),
        ("/shown", "application/json", "application/json", "[1]"),
        ("/shown", "text/plain;q=0.5, application/json", "application/json", "[1]"),
        // of equals the first that is named
        ("/shown", "application/json, text/plain", "application/json", "[1]"),
        ("/shown", "text/*;q=0, */*", "application/json", "[1]"),
        // what nobody can answer with is answered all the same
        ("/shown", "image/png", "text/plain", "hi"),
        ("/shown", "nonsense", "text/plain", "hi"),
        // an object is written in what is made for objects, where it may be
        ("/made", "", "text/xml", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<X></X>"),
        ("/made", "application/json, text/plain", "application/json", "{}"),
        ("/made", "text/plain", "text/plain", "{}"),
        ("/plain", "", "text/plain", "{}"),
        ("/any", "application/json", "application/json", "[]"),
        ("/value", "", "application/xml", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a>1</a>"),
        ("/value", "application/json", "application/json", r#"{"a":1}"#),
        ("/value", "text/csv, application/json;q=0.1", "application/json", r#"{"a":1}"#),
        ("/text", "application/json", "text/csv", "a,b"),
        ("/named", "text/plain", "application/json", "2"),
    ] {
        let fields = if accept.is_empty() { headers(&[]) } else { headers(&[("Accept", accept)]) };
        let answer = send(&mock.url(), "GET", path, &fields, "").await;
        assert_eq!((answer.header("content-type"), answer.body.as_str()), (Some(media_type), body), "{path} {accept}");
    }
}

#[tokio::test]
async fn chaos_is_the_same_again_and_in_the_protocols_shape() {
    let scenario = "validate: false\nchaos: {latency: 1ms..3ms, errorRate: 0.25, throttleRate: 0.25, resetRate: 0.1, seed: 7}\noperations:\n  addPet: [{status: 201, body: {n: '{counter}'}}]\n";
    let mut runs = Vec::new();
    for _ in 0..2 {
        let mock = start(PETS, scenario).await;
        let mut seen = Vec::new();
        for _ in 0..40 {
            let answer = try_send(&mock.url(), "POST", "/pets", &headers(&[]), "").await;
            seen.push(answer.map_or(0, |answer| answer.status));
        }
        let counted = mock.requests().iter().filter(|request| matches!(request.verdict, Verdict::Chaos(_))).count();
        assert_eq!(counted, seen.iter().filter(|status| matches!(status, 429 | 500)).count());
        runs.push(seen);
    }
    assert_eq!(runs[0], runs[1]);
    for status in [0, 201, 429, 500] {
        assert!(runs[0].contains(&status), "{status}: {:?}", runs[0]);
    }

    let throttled = async |service: &'static str, path: &str, media_type: &str| {
        let scope = Scope::new(service, "us-east-1");
        let (own, api) = (scope.clone(), description(&protocol(path, "get", media_type)));
        let builder = Mock::builder().description("api", api, move |_| Some(own.clone()));
        let mock = scripted(builder, "chaos: {throttleRate: 1}").start().await.expect("a mock");
        let target =
            format!("{}{}p=1", path.split('#').next().unwrap_or(path), if path.contains('?') { '&' } else { '?' });
        let fields = headers(&[("X-Amz-Target", "S.op")]);
        let fields = signed("GET", &target, &fields, "", &scope, mock.credentials(), &amz_date(0));
        send(&mock.url(), "GET", &target, &fields, "").await
    };
    let json = throttled("rekognition", "/#op", "application/x-amz-json-1.1").await;
    assert_eq!((json.status, json.text("/__type").as_str()), (400, "ThrottlingException"));
    let s3 = throttled("s3", "/b", "application/xml").await;
    assert!(s3.status == 503 && s3.body.contains("<Code>SlowDown</Code>"), "{}", s3.body);
    let ec2 = throttled("ec2", "/?Action=op", "text/xml").await;
    assert!(ec2.status == 503 && ec2.body.contains("<Code>RequestLimitExceeded</Code>"), "{}", ec2.body);
}
