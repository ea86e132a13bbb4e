//! HTTP/2 inside TLS, as both sides agree by ALPN: steps share one connection, and what a server says of it is heeded.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "faulty/certificate.rs"]
mod certificate;

#[path = "support/memory.rs"]
mod memory;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arras::credentials::AwsCredentials;
use arras::environment::Environment;
use arras::{Engine, NetworkSettings, Settings, WorkflowRun};
use arras_doc::value::Value;
use arras_run::event::{EventKind, StepFinished};
use bytes::Bytes;
use h2::RecvStream;
use http::{Request, Response, Version};
use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use self::certificate::Authority;
use memory::Memory;

const API: &str = "
openapi: 3.1.0
info: {title: orders, version: '1'}
servers: [{url: 'https://sqs.us-east-1.amazonaws.com'}]
paths:
  /files:
    put: {operationId: upload, requestBody: {content: {application/octet-stream: {}}}, responses: {}}
  /orders:
    post: {operationId: order, requestBody: {content: {application/json: {}}}, responses: {}}
  /orders/{id}:
    get: {operationId: look, parameters: [{name: id, in: path, required: true, schema: {type: string}}], responses: {}}
    delete:
      operationId: cancel
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      security: [{hmac: []}]
      responses: {}
components:
  securitySchemes:
    hmac: {type: apiKey, in: header, name: Authorization, x-amazon-apigateway-authtype: awsSigv4}
";

const WORKFLOW: &str = "
arazzo: 1.0.1
info: {title: orders, version: '1'}
sourceDescriptions: [{name: api, url: api.yaml, type: openapi}]
workflows:
  - workflowId: order
    steps:
      - stepId: order
        operationId: order
        requestBody: {payload: {article: tea, note: $inputs.note}}
        outputs: {id: $response.body#/id}
      - stepId: look
        operationId: look
        parameters: [{name: id, in: path, value: $steps.order.outputs.id}, {name: X-Mine, in: header, value: kept}]
        outputs: {body: $response.body, kind: $response.header.Content-Type}
      - stepId: cancel
        operationId: cancel
        parameters: [{name: id, in: path, value: $steps.order.outputs.id}]
        successCriteria: [{condition: $statusCode == 204}]
    outputs: {seen: $steps.look.outputs.body, kind: $steps.look.outputs.kind}
  - workflowId: upload
    steps:
      - stepId: upload
        operationId: upload
        requestBody: {payload: $inputs.file}
        successCriteria: [{condition: $statusCode == 204}]
";

/// One request that came in: on which connection and stream, its head and its body.
struct Came {
    connection: usize,
    stream: u32,
    head: Request<()>,
    body: Vec<u8>,
}

impl Came {
    fn field(&self, name: &str) -> Option<&str> {
        self.head.headers().get(name).map(|value| value.to_str().unwrap())
    }
}

/// What the server does once it has answered a connection's first request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    /// It waits for more.
    Stay,
    /// It says that it takes no more on this connection.
    GoAway,
}

/// What came in, in order.
type Kept = Arc<Mutex<Vec<Came>>>;

/// A server of HTTP/2 alone, its base URL and what comes in.
async fn serve(tls: ServerConfig, after: After) -> (String, Kept) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let (kept, acceptor) = (Kept::default(), TlsAcceptor::from(Arc::new(tls)));
    let seen = Arc::clone(&kept);
    tokio::spawn(async move {
        let mut connections = 0;
        while let Ok((connection, _)) = listener.accept().await {
            connections += 1;
            let (number, acceptor, seen) = (connections, acceptor.clone(), Arc::clone(&seen));
            tokio::spawn(async move {
                let inside = acceptor.accept(connection).await.unwrap();
                assert_eq!(inside.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
                let mut connection = h2::server::handshake(inside).await.unwrap();
                while let Some(Ok((request, mut respond))) = connection.accept().await {
                    if after == After::GoAway {
                        connection.graceful_shutdown();
                    }
                    let seen = Arc::clone(&seen);
                    tokio::spawn(async move {
                        let stream = u32::from(respond.stream_id());
                        let (parts, body) = request.into_parts();
                        if parts.method == http::Method::PUT {
                            // no window is opened meanwhile, so that the sender has to wait
                            tokio::time::sleep(FIRST_BYTE + Duration::from_secs(1)).await;
                        }
                        let body = read(body).await;
                        let (head, answer) = answer(&parts.method, &body);
                        seen.lock().unwrap().push(Came {
                            connection: number,
                            stream,
                            head: Request::from_parts(parts, ()),
                            body,
                        });
                        let mut sending = respond.send_response(head, answer.is_empty()).unwrap();
                        if !answer.is_empty() {
                            sending.send_data(answer, true).unwrap();
                        }
                    });
                }
            });
        }
    });
    (base, kept)
}

async fn read(mut body: RecvStream) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(data) = body.data().await {
        let data = data.unwrap();
        body.flow_control().release_capacity(data.len()).unwrap();
        whole.extend_from_slice(&data);
    }
    whole
}

/// Orders get an id; who looks sees the length of what was not asked, and much of it.
fn answer(method: &http::Method, body: &[u8]) -> (Response<()>, Bytes) {
    let head = |status: u16| Response::builder().status(status).header("content-type", "application/json");
    match method.as_str() {
        "POST" => {
            assert!(!body.is_empty());
            (head(201).body(()).unwrap(), Bytes::from_static(b"{\"id\":\"a/7\"}"))
        }
        // more than one frame and one window can hold
        "GET" => (head(200).body(()).unwrap(), Bytes::from(format!("\"{}\"", "x".repeat(300_000)))),
        _ => (Response::builder().status(204).body(()).unwrap(), Bytes::new()),
    }
}

/// What came of a run.
struct Ran {
    outputs: BTreeMap<String, Value>,
    steps: Vec<StepFinished>,
    /// How many requests were told of.
    told: usize,
}

/// Orders against the server, with a note of that many bytes in the first request's body.
async fn run(base: &str, authority: &Authority, note: usize) -> Ran {
    let network = NetworkSettings::default();
    run_with(base, authority, network, "order", |run| run.input("note", "n".repeat(note))).await
}

/// Runs that workflow against the server.
async fn run_with(
    base: &str,
    authority: &Authority,
    network: NetworkSettings,
    workflow: &str,
    fill: impl FnOnce(WorkflowRun) -> WorkflowRun,
) -> Ran {
    let roots = vec![authority.pem.clone().into_bytes()];
    let network = NetworkSettings { roots, ..network };
    let engine = Engine::builder()
        .settings(Settings { network, ..Settings::default() })
        .loader(Memory { workflow: WORKFLOW, api: API })
        .environment(Environment::new([], BTreeMap::new()))
        .aws_credentials(AwsCredentials::new("AKIDEXAMPLE", "a-secret-key-of-nobody", None))
        .aws_region("us-east-1")
        .server(None, base)
        .build()
        .unwrap();
    let run = fill(engine.load("flow.yaml").await.unwrap().workflow(workflow).unwrap());
    let mut seen = Vec::new();
    let outcome = run.observe(|event| seen.push(event.kind.clone())).await.unwrap();
    let outputs = outcome.outputs.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let told = seen.iter().filter(|kind| matches!(kind, EventKind::RequestSent(_))).count();
    let steps = seen.into_iter().filter_map(|kind| match kind {
        EventKind::StepFinished(finished) => Some(*finished),
        _ => None,
    });
    Ran { outputs, steps: steps.collect(), told }
}

/// Within which an answer must begin where files are sent.
const FIRST_BYTE: Duration = Duration::from_secs(2);

const YEARS: (i32, i32) = (2000, 2999);

#[tokio::test]
async fn steps_share_one_connection_of_http_2() {
    let authority = Authority::new("the root");
    let (base, kept) = serve(authority.server("localhost", YEARS, &["h2", "http/1.1"]), After::Stay).await;
    // a body larger than the window that HTTP/2 begins with
    let ran = run(&base, &authority, 200_000).await;
    let faults: Vec<_> = ran.steps.iter().filter_map(|step| step.fault.as_ref()).collect();
    assert!(faults.is_empty(), "{faults:?}");
    let came = kept.lock().unwrap();
    let places: Vec<(usize, u32)> = came.iter().map(|came| (came.connection, came.stream)).collect();
    assert_eq!(places, [(1, 1), (1, 3), (1, 5)]);
    let [order, look, cancel] = &came[..] else { panic!("{} requests", came.len()) };
    for came in [order, look, cancel] {
        assert_eq!(came.head.version(), Version::HTTP_2);
        let uri = came.head.uri();
        assert_eq!(uri.scheme_str(), Some("https"));
        assert_eq!(format!("https://{}", uri.authority().unwrap()), base);
        for name in ["host", "connection", "transfer-encoding", "upgrade", "keep-alive"] {
            assert_eq!(came.field(name), None, "HTTP/2 has no `{name}`");
        }
    }
    assert_eq!(order.head.uri().path(), "/orders");
    assert_eq!(order.field("content-type"), Some("application/json"));
    assert_eq!(order.field("content-length"), Some(order.body.len().to_string().as_str()));
    assert!(order.body.len() > 200_000);
    assert_eq!((look.head.uri().path(), look.field("x-mine")), ("/orders/a%2F7", Some("kept")));
    // the signature's `host` is what `:authority` says
    let signature = cancel.field("authorization").unwrap();
    assert!(signature.starts_with("AWS4-HMAC-SHA256 ") && signature.contains(";host;"), "{signature}");
    let seen = ran.outputs.get("seen").and_then(Value::as_str).unwrap();
    assert_eq!(seen.len(), 300_000);
    assert_eq!(ran.outputs.get("kind").and_then(Value::as_str), Some("application/json"));
    assert_eq!(ran.told, 3);
}

#[tokio::test]
async fn after_a_farewell_the_next_step_goes_by_a_connection_of_its_own() {
    let authority = Authority::new("the root");
    let (base, kept) = serve(authority.server("localhost", YEARS, &["h2"]), After::GoAway).await;
    let ran = run(&base, &authority, 1).await;
    let faults: Vec<_> = ran.steps.iter().filter_map(|step| step.fault.as_ref()).collect();
    assert!(faults.is_empty(), "{faults:?}");
    let came = kept.lock().unwrap();
    let places: Vec<(usize, u32)> = came.iter().map(|came| (came.connection, came.stream)).collect();
    assert_eq!(places, [(1, 1), (2, 1), (3, 1)], "each once");
    assert_eq!(ran.told, 3);
}

#[tokio::test]
async fn a_file_is_a_body_and_may_take_longer_than_an_answer() {
    let authority = Authority::new("the root");
    let (base, kept) = serve(authority.server("localhost", YEARS, &["h2"]), After::Stay).await;
    // a prime for a period, lest pieces of any size look alike
    let content: Vec<u8> = (0..(3_u32 << 20) + 17).map(|at| u8::try_from(at % 251).unwrap()).collect();
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("http2-upload.bin");
    std::fs::write(&path, &content).unwrap();
    let network = NetworkSettings { first_byte_timeout: FIRST_BYTE, ..NetworkSettings::default() };
    let ran = run_with(&base, &authority, network, "upload", |run| run.file_at("file", &path).unwrap()).await;
    let faults: Vec<_> = ran.steps.iter().filter_map(|step| step.fault.as_ref()).collect();
    assert!(faults.is_empty(), "{faults:?}");
    let came = kept.lock().unwrap();
    let [upload] = &came[..] else { panic!("{} requests", came.len()) };
    assert_eq!(upload.head.version(), Version::HTTP_2);
    assert_eq!(upload.field("content-length"), Some(content.len().to_string().as_str()));
    assert_eq!(upload.field("content-type"), Some("application/octet-stream"));
    assert!(upload.body == content, "{} bytes of {}", upload.body.len(), content.len());
    assert_eq!(ran.told, 1);
}
