//! Faults on the wire: each is what it says, and the next request is served.

use std::io::ErrorKind;
use std::time::Duration;

use arras_mock::{Fault, Mock};
use tokio::io::AsyncReadExt;

use crate::support::*;

const API: &str = "
openapi: 3.1.0
info: {title: Faulty, version: '1'}
paths:
  /x: {post: {operationId: x, responses: {'200': {description: ok, content: {application/json: {example: {a: 1}}}}}}}
";

async fn faulty(fault: &str) -> Mock {
    start(
        API,
        &format!("operations: {{x: [{{fault: {fault}, body: '0123456789', contentType: text/plain}}, {{body: 1}}]}}"),
    )
    .await
}

/// Everything that comes back, and how it ends.
async fn raw(mock: &Mock) -> (Vec<u8>, Option<ErrorKind>) {
    let mut stream = connect(&mock.url()).await;
    write(&mut stream, "POST", "/x", &headers(&[]), "{}").await.expect("written");
    let mut bytes = Vec::new();
    let end = stream.read_to_end(&mut bytes).await;
    (bytes, end.err().map(|error| error.kind()))
}

async fn serves_on(mock: &Mock, fault: Fault, status: Option<u16>) {
    assert_eq!(call(mock, "POST", "/x", "{}").await.body, "1");
    let first = mock.requests().remove(0);
    assert_eq!((first.fault, first.status, first.operation.as_deref()), (Some(fault), status, Some("x")));
}

#[tokio::test]
async fn a_reset_is_a_reset() {
    let mock = faulty("reset").await;
    assert_eq!(raw(&mock).await, (Vec::new(), Some(ErrorKind::ConnectionReset)));
    serves_on(&mock, Fault::Reset, None).await;
}

#[tokio::test]
async fn a_close_is_an_end_without_a_byte() {
    let mock = faulty("close").await;
    assert_eq!(raw(&mock).await, (Vec::new(), None));
    serves_on(&mock, Fault::Close, None).await;
}

#[tokio::test]
async fn garbage_is_no_http() {
    let mock = faulty("garbage").await;
    let (bytes, end) = raw(&mock).await;
    assert!(!bytes.is_empty() && !bytes.starts_with(b"HTTP/"));
    assert_eq!(end, None);
    serves_on(&mock, Fault::Garbage, None).await;
}

#[tokio::test]
async fn a_truncated_answer_promises_more_than_it_gives() {
    let mock = faulty("truncate").await;
    let (bytes, end) = raw(&mock).await;
    let text = String::from_utf8(bytes).expect("text");
    assert!(text.starts_with("HTTP/1.1 200 ") && text.contains("content-length: 10\r\n"), "{text}");
    assert!(text.ends_with("\r\n\r\n01234"), "{text}");
    assert_eq!(end, None);
    serves_on(&mock, Fault::Truncate, Some(200)).await;
}

#[tokio::test]
async fn a_hanging_answer_hangs_until_the_mock_ends() {
    let mock = faulty("hang").await;
    let mut stream = connect(&mock.url()).await;
    write(&mut stream, "POST", "/x", &headers(&[]), "{}").await.expect("written");
    let silence = tokio::time::timeout(Duration::from_millis(200), read(&mut stream)).await;
    assert!(silence.is_err(), "{silence:?}");
    serves_on(&mock, Fault::Hang, None).await;
    mock.shutdown().await;
    assert!(read(&mut stream).await.is_err());
}
