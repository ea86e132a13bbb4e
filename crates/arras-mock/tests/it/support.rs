//! A small HTTP client, a signer put together from the verifier's parts, and mocks to talk to.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arras_doc::openapi::{Description, Document, Documents};
use arras_doc::source::{Source, SourceId};
use arras_doc::value::Value;
use arras_mock::sigv4::{Credentials, PathForm, Scope, SignedRequest, canonical_request, sha256_hex};
use arras_mock::{Mock, MockBuilder, ScenarioFile};
use ring::hmac;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) type Headers = Vec<(String, String)>;

/// An answer as it came.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Headers,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        Value::from_json(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.body))
    }

    /// The text at a pointer of the JSON body.
    pub(crate) fn text(&self, pointer: &str) -> String {
        self.json().at(pointer).map(|value| value.to_text().into_owned()).unwrap_or_default()
    }
}

pub(crate) fn headers(pairs: &[(&str, &str)]) -> Headers {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

pub(crate) async fn connect(url: &str) -> TcpStream {
    let authority = url.strip_prefix("http://").expect("a plain URL");
    TcpStream::connect(authority).await.expect("the mock listens")
}

/// Writes a request's bytes.
pub(crate) async fn write(
    stream: &mut TcpStream,
    method: &str,
    target: &str,
    headers: &Headers,
    body: &str,
) -> io::Result<()> {
    let mut head = format!("{method} {target} HTTP/1.1\r\n");
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        head.push_str("Host: 127.0.0.1\r\n");
    }
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    stream.write_all(head.as_bytes()).await
}

/// Reads one answer; an error where the connection breaks off.
pub(crate) async fn read(stream: &mut TcpStream) -> io::Result<Answer> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, format!("{} bytes of a head", bytes.len())));
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
    let status = status.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "no HTTP"))?;
    let fields = lines.filter_map(|line| line.split_once(':'));
    let headers: Headers = fields.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect();
    let mut answer = Answer { status, headers, body: String::new() };
    let length: usize = answer.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = bytes[end + 4..].to_vec();
    while body.len() < length {
        if stream.read_buf(&mut body).await? == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, format!("{} of {length} bytes", body.len())));
        }
    }
    answer.body = String::from_utf8_lossy(&body).into_owned();
    Ok(answer)
}

/// One request over a connection of its own.
pub(crate) async fn try_send(
    url: &str,
    method: &str,
    target: &str,
    headers: &Headers,
    body: &str,
) -> io::Result<Answer> {
    let mut stream = connect(url).await;
    let exchange = async {
        write(&mut stream, method, target, headers, body).await?;
        read(&mut stream).await
    };
    tokio::time::timeout(Duration::from_secs(20), exchange).await.map_err(|_| io::ErrorKind::TimedOut)?
}

pub(crate) async fn send(url: &str, method: &str, target: &str, headers: &Headers, body: &str) -> Answer {
    try_send(url, method, target, headers, body).await.expect("an answer")
}

/// A JSON request without more.
pub(crate) async fn call(mock: &Mock, method: &str, target: &str, body: &str) -> Answer {
    send(&mock.url(), method, target, &headers(&[("Content-Type", "application/json")]), body).await
}

/// The fields of a request with its signature at `date` (`YYYYMMDDTHHMMSSZ`).
pub(crate) fn signed(
    method: &str,
    target: &str,
    fields: &Headers,
    body: &str,
    scope: &Scope,
    credentials: &Credentials,
    date: &str,
) -> Headers {
    let mut fields = fields.clone();
    if !fields.iter().any(|(name, _)| name == "Host") {
        fields.push(("Host".into(), "127.0.0.1".into()));
    }
    fields.push(("X-Amz-Date".into(), date.into()));
    if let Some(token) = credentials.session_token() {
        fields.push(("X-Amz-Security-Token".into(), token.into()));
    }
    let form = PathForm::of(&scope.service);
    let hash = sha256_hex(body.as_bytes());
    if form == PathForm::S3 {
        fields.push(("X-Amz-Content-Sha256".into(), hash.clone()));
    }
    let mut names: Vec<String> = fields.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
    names.sort_unstable();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let request = SignedRequest { method, path, query, headers: &fields, body: body.as_bytes() };
    let canonical = sha256_hex(canonical_request(&request, &names, form, &hash).as_bytes());
    let parts = [&date[..8], &scope.region, &scope.service, "aws4_request"];
    let credential = parts.join("/");
    let mut key = format!("AWS4{}", credentials.secret_access_key()).into_bytes();
    for part in parts.into_iter().chain([format!("AWS4-HMAC-SHA256\n{date}\n{credential}\n{canonical}").as_str()]) {
        key = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), part.as_bytes()).as_ref().to_vec();
    }
    let signature: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={}/{credential}, SignedHeaders={}, Signature={signature}",
        credentials.access_key_id(),
        names.join(";")
    );
    fields.push(("Authorization".into(), authorization));
    fields
}

/// The time in AWS's form, so many seconds from now.
pub(crate) fn amz_date(from_now: i64) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
    arras_mock::sigv4::iso8601(i64::try_from(now).expect("a time") + from_now).replace(['-', ':'], "")
}

/// A description out of YAML.
pub(crate) fn description(text: &str) -> Arc<Description> {
    let source = Source::new("api.yaml", "file:///api.yaml", text);
    let (tree, diagnostics) = arras_doc::read::read(&source, SourceId(0));
    let tree = tree.unwrap_or_else(|| panic!("{diagnostics:?}"));
    let document = Document::new(SourceId(0), "file:///api.yaml", Arc::new(tree));
    Arc::new(Description::index(Arc::new(document), &Documents::default()).0)
}

/// A mock of an unsigned description, with a scenario if the text is not empty.
pub(crate) fn builder(api: &str, scenario: &str) -> MockBuilder {
    scripted(Mock::builder().description("api", description(api), |_| None), scenario)
}

/// With the default scenario of a file.
pub(crate) fn scripted(builder: MockBuilder, scenario: &str) -> MockBuilder {
    if scenario.is_empty() {
        return builder;
    }
    let source = Source::new("x.mock.yaml", "file:///x.mock.yaml", scenario);
    let (file, diagnostics) = ScenarioFile::parse(&source, SourceId(1));
    assert_eq!(diagnostics, []);
    builder.scenario(file.scenario(None).expect("a scenario").clone())
}

pub(crate) async fn start(api: &str, scenario: &str) -> Mock {
    builder(api, scenario).start().await.expect("the mock starts")
}

/// A file of the shared data, if it is there.
pub(crate) fn shared(path: &str) -> Option<String> {
    let folder = std::env::var_os("ARRAS_SHARED").map(PathBuf::from).or_else(|| {
        let start = Path::new(env!("CARGO_MANIFEST_DIR"));
        start.ancestors().map(|folder| folder.join("shared")).find(|path| path.is_dir())
    })?;
    std::fs::read_to_string(folder.join(path)).ok()
}
