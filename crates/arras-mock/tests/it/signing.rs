//! Signatures over real HTTP: accepted, or refused in the shape of the operation's protocol.

use arras_mock::service::{Operation, Service};
use arras_mock::sigv4::{Credentials, RejectionKind, Scope};
use arras_mock::{Mock, Protocol, Verdict};

use crate::support::*;

fn scope(service: &str) -> Scope {
    Scope::new(service, "us-east-1")
}

fn service(name: &str, operations: Vec<Operation>) -> Service {
    Service { name: name.to_owned(), operations }
}

fn operation(id: &str, method: &str, path: &str, signing: &str, protocol: Option<Protocol>) -> Operation {
    Operation { signing: Some(scope(signing)), protocol, ..Operation::new(id, method, path) }
}

/// One operation of each protocol.
async fn mock() -> Mock {
    let operations = vec![
        operation("json", "POST", "/#Json", "rekognition", Some(Protocol::AwsJson)),
        operation("query", "POST", "/?Action=Query", "sns", None),
        operation("ec2", "POST", "/?Action=Run", "ec2", None),
        operation("rest", "GET", "/rest/{a}", "lambda", None),
        operation("object", "PUT", "/s3/{Bucket}/{Key+}", "s3", None),
    ];
    Mock::builder().service(service("aws", operations)).start().await.expect("the mock starts")
}

fn target() -> Headers {
    headers(&[("Content-Type", "application/x-amz-json-1.1"), ("X-Amz-Target", "Rekognition.Json")])
}

#[tokio::test]
async fn signed_requests_are_served() {
    let mock = mock().await;
    let now = amz_date(0);
    let table: [(&str, &str, Headers, &str); 5] = [
        ("POST", "/", target(), "rekognition"),
        ("POST", "/?Action=Query&Version=2010-03-31", headers(&[]), "sns"),
        ("POST", "/?Version=1&Action=Run", headers(&[]), "ec2"),
        ("GET", "/rest/a%2Fb%20c?x=%7E&a", headers(&[]), "lambda"),
        ("PUT", "/s3/b/a%20b%2Bc/./x.txt", headers(&[]), "s3"),
    ];
    for (method, path, fields, service) in table {
        let fields = signed(method, path, &fields, "{\"a\":1}", &scope(service), mock.credentials(), &now);
        let answer = send(&mock.url(), method, path, &fields, "{\"a\":1}").await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        let id = answer.header(if service == "s3" { "x-amz-request-id" } else { "x-amzn-RequestId" });
        assert!(id.is_some_and(|id| id.len() == 36), "{path}: {:?}", answer.headers);
    }
    assert_eq!((mock.access_key_id().len(), mock.secret_access_key().len(), mock.region()), (20, 40, "us-east-1"));
}

#[tokio::test]
async fn refusals_have_the_protocols_shape() {
    let mock = mock().await;
    let missing = send(&mock.url(), "POST", "/", &target(), "").await;
    assert_eq!(
        (missing.status, missing.body.as_str()),
        (400, r#"{"__type":"MissingAuthenticationTokenException","message":"Missing Authentication Token"}"#)
    );
    assert_eq!(missing.header("content-type"), Some("application/x-amz-json-1.1"));
    assert!(missing.header("x-amzn-requestid").is_some());
    let shape = async |method: &str, path: &str| send(&mock.url(), method, path, &headers(&[]), "").await;
    let query = shape("POST", "/?Action=Query").await;
    assert_eq!(query.status, 403);
    assert!(query.body.contains("<ErrorResponse><Error><Type>Sender</Type><Code>MissingAuthenticationToken</Code>"));
    let ec2 = shape("POST", "/?Action=Run").await;
    assert!(ec2.body.contains("<Response><Errors><Error><Code>MissingAuthenticationToken</Code>"), "{}", ec2.body);
    let rest = shape("GET", "/rest/x").await;
    assert_eq!((rest.status, rest.header("x-amzn-errortype")), (403, Some("MissingAuthenticationTokenException")));
    let s3 = shape("PUT", "/s3/b/k").await;
    assert_eq!(s3.status, 403);
    assert!(s3.body.contains("<Error><Code>AccessDenied</Code>") && s3.header("x-amz-request-id").is_some());
}

#[tokio::test]
async fn a_wrong_signature_names_what_should_have_been_signed() {
    let mock = mock().await;
    let wrong = Credentials::new(mock.access_key_id(), "another secret");
    let fields = signed("POST", "/", &target(), "{}", &scope("rekognition"), &wrong, &amz_date(0));
    let answer = send(&mock.url(), "POST", "/", &fields, "{}").await;
    assert_eq!((answer.status, answer.text("/__type").as_str()), (400, "InvalidSignatureException"));
    let message = answer.text("/message");
    assert!(message.starts_with("The request signature we calculated does not match the signature you provided."));
    assert!(message.contains("host:127.0.0.1\nx-amz-date:"), "{message}");
    let recorded = mock.requests().remove(0);
    assert_eq!(recorded.verdict, Verdict::Rejected(RejectionKind::Mismatch));
    assert!(recorded.to_string().starts_with("POST / json 400: The request signature we calculated"), "{recorded}");
    assert!(!format!("{recorded:?}{message}").contains(mock.secret_access_key()));
}

#[tokio::test]
async fn a_changed_byte_breaks_the_signature() {
    let mock = mock().await;
    let path = "/s3/b/key";
    let good =
        signed("PUT", path, &headers(&[("x-amz-meta-a", "1")]), "body", &scope("s3"), mock.credentials(), &amz_date(0));
    let code = async |path: &str, fields: &Headers, body: &str| {
        let answer = send(&mock.url(), "PUT", path, fields, body).await;
        let code = answer.body.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
        (answer.status, code.map(|(code, _)| code.to_owned()).unwrap_or_default())
    };
    let refused = |status, code: &str| (status, code.to_owned());
    assert_eq!(code(path, &good, "body").await, (200, String::new()));
    assert_eq!(code("/s3/b/kez", &good, "body").await, refused(403, "SignatureDoesNotMatch"));
    assert_eq!(code("/s3/b/key?x", &good, "body").await, refused(403, "SignatureDoesNotMatch"));
    assert_eq!(code(path, &good, "bodz").await, refused(400, "XAmzContentSHA256Mismatch"));
    let mut changed = good.clone();
    changed.iter_mut().filter(|(name, _)| name == "x-amz-meta-a").for_each(|(_, value)| *value = "2".to_owned());
    assert_eq!(code(path, &changed, "body").await, refused(403, "SignatureDoesNotMatch"));
    let mut unsigned = good.clone();
    unsigned.push(("x-amz-acl".to_owned(), "public-read".to_owned()));
    assert_eq!(code(path, &unsigned, "body").await, refused(403, "AccessDenied"));
}

#[tokio::test]
async fn scope_time_and_session_token_are_judged() {
    let credentials = Credentials::new("AKIDEXAMPLE", "secret").with_session_token("token/==");
    let operation = operation("json", "POST", "/#Json", "rekognition", Some(Protocol::AwsJson));
    let builder = Mock::builder().service(service("aws", vec![operation])).credentials(credentials.clone());
    let mock = builder.clock_offset(3_600).start().await.expect("the mock starts");
    let message = async |scope: Scope, credentials: &Credentials, date: &str| {
        let fields = signed("POST", "/", &target(), "{}", &scope, credentials, date);
        let answer = send(&mock.url(), "POST", "/", &fields, "{}").await;
        if answer.status == 200 {
            "ok".to_owned()
        } else {
            format!("{} {}", answer.text("/__type"), answer.text("/message"))
        }
    };
    let hour_ahead = amz_date(3_600);
    let good = || scope("rekognition");
    assert_eq!(message(good(), &credentials, &hour_ahead).await, "ok");
    let late = message(good(), &credentials, &amz_date(0)).await;
    assert!(late.starts_with("InvalidSignatureException Signature expired: "), "{late}");
    let early = message(good(), &credentials, &amz_date(7_200)).await;
    assert!(early.starts_with("InvalidSignatureException Signature not yet current: "), "{early}");
    let region = message(Scope::new("rekognition", "eu-west-1"), &credentials, &hour_ahead).await;
    assert!(region.starts_with("InvalidSignatureException Credential should be scoped to a valid region"), "{region}");
    let service = message(scope("ses"), &credentials, &hour_ahead).await;
    assert!(service.contains("correct service: 'rekognition'"), "{service}");
    let other = Credentials::new("AKIDOTHER", "secret").with_session_token("token/==");
    assert!(message(good(), &other, &hour_ahead).await.starts_with("UnrecognizedClientException "));
    let without = Credentials::new("AKIDEXAMPLE", "secret");
    assert!(message(good(), &without, &hour_ahead).await.starts_with("UnrecognizedClientException "));
    // the clock shows in `Date`, so that a client can correct its own
    let answer = send(&mock.url(), "POST", "/", &target(), "").await;
    let now = amz_date(3_600);
    let (date, hour) = (answer.header("date").expect("a date"), format!(" {}:", &now[9..11]));
    assert!(date.contains(&hour) && date.ends_with(" GMT"), "{date} {now}");
}

#[tokio::test]
async fn an_unknown_target_is_an_unknown_operation() {
    let mock = mock().await;
    let fields = headers(&[("Content-Type", "application/x-amz-json-1.1"), ("X-Amz-Target", "Rekognition.Jsom")]);
    let answer = send(&mock.url(), "POST", "/", &fields, "{}").await;
    assert_eq!((answer.status, answer.text("/__type").as_str()), (400, "UnknownOperationException"));
    let action = send(&mock.url(), "POST", "/?Action=Nope", &headers(&[]), "").await;
    assert!(action.status == 400 && action.body.contains("<Code>InvalidAction</Code>"), "{}", action.body);
}
