//! The sockets: HTTP/1.1 on loopback, and the faults that happen below HTTP.

use std::future::poll_fn;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::fault::Fault;
use crate::handle::{Decision, Shared};
use crate::reply::Reply;
use crate::request::Received;
use crate::sigv4;

/// How many connections one address serves at a time.
const CONNECTIONS: usize = 1_024;
/// How long a connection may take to send a request's head, or stay idle.
const HEAD_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a connection may take to send a body.
const BODY_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a hanging answer hangs.
const HANG: Duration = Duration::from_secs(3_600);
/// How many bytes a request's head may have.
const MAX_HEAD: usize = 256 << 10;
/// What a garbage fault sends.
const GARBAGE: &[u8] = b"\x00\x01\x02 this is not the protocol you are looking for \xff\xfe\r\n\r\n";

/// Binds a loopback port; 0 for any that is free.
pub(crate) async fn bind(port: u16) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Serves until `stop` changes; then every connection ends.
pub(crate) async fn serve(
    listener: TcpListener,
    shared: Arc<Shared>,
    only: Option<usize>,
    mut stop: watch::Receiver<bool>,
) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await.map_err(io::Error::other)?;
            listener.accept().await.map(|(stream, _)| (stream, place))
        };
        let accepted = tokio::select! {
            accepted = next => accepted,
            _ = stop.changed() => return,
        };
        match accepted {
            Ok((stream, place)) => {
                let shared = Arc::clone(&shared);
                connections.spawn(async move {
                    connection(stream, shared, only).await;
                    drop(place);
                });
            }
            // out of descriptors, or the peer was gone already
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

/// What is left to do below HTTP once hyper has let go of the connection.
#[derive(Debug, Default)]
struct Break {
    bytes: Vec<u8>,
    reset: bool,
}

type Broken = Arc<Mutex<Option<Break>>>;

/// An error that makes hyper let go of the connection without a word.
#[derive(Debug)]
struct Abandon;

impl std::fmt::Display for Abandon {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the connection is broken on purpose")
    }
}

impl std::error::Error for Abandon {}

async fn connection(stream: TcpStream, shared: Arc<Shared>, only: Option<usize>) {
    // without it, small answers wait for the peer's acknowledgement
    let _ = stream.set_nodelay(true);
    let broken = Broken::default();
    let breaking = Arc::clone(&broken);
    let service = service_fn(move |request| -> Pin<Box<dyn Future<Output = _> + Send>> {
        let (shared, broken) = (Arc::clone(&shared), Arc::clone(&breaking));
        Box::pin(async move { exchange(request, &shared, only, &broken).await })
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(MAX_HEAD);
    let mut connection = builder.serve_connection(TokioIo::new(stream), service);
    let ended = poll_fn(|context| connection.poll_without_shutdown(context)).await;
    let mut stream = connection.into_parts().io.into_inner();
    let broken = broken.lock().unwrap_or_else(PoisonError::into_inner).take();
    match broken {
        Some(Break { reset: true, .. }) => {
            let _ = stream.set_zero_linger();
        }
        Some(Break { bytes, .. }) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
        None if ended.is_ok() => {
            let _ = stream.shutdown().await;
        }
        None => {}
    }
}

async fn exchange(
    request: Request<Incoming>,
    shared: &Shared,
    only: Option<usize>,
    broken: &Broken,
) -> Result<Response<Full<Bytes>>, Abandon> {
    let decision = match receive(request, shared.max_body).await? {
        Intake::Whole(received) => shared.decide(received, only),
        Intake::TooLarge(received) => shared.too_large(received),
    };
    tokio::time::sleep(decision.delay).await;
    send(decision, shared.now(), broken).await
}

/// A request, and whether its body was read to the end.
enum Intake {
    Whole(Received),
    TooLarge(Received),
}

async fn receive(request: Request<Incoming>, max_body: usize) -> Result<Intake, Abandon> {
    let (parts, body) = request.into_parts();
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = parts.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    let (method, path) = (parts.method.as_str(), parts.uri.path());
    let query = parts.uri.query().unwrap_or_default();
    let body = tokio::time::timeout(BODY_TIMEOUT, Limited::new(body, max_body).collect()).await.map_err(|_| Abandon)?;
    match body {
        Ok(body) => Ok(Intake::Whole(Received::new(method, path, query, headers, body.to_bytes()))),
        Err(error) if error.is::<LengthLimitError>() => {
            Ok(Intake::TooLarge(Received::new(method, path, query, headers, Bytes::new())))
        }
        Err(_) => Err(Abandon),
    }
}

async fn send(decision: Decision, now: i64, broken: &Broken) -> Result<Response<Full<Bytes>>, Abandon> {
    let what = match decision.fault {
        None => return Ok(response(decision.reply, now)),
        Some(Fault::Hang) => {
            tokio::time::sleep(HANG).await;
            Break::default()
        }
        Some(Fault::Reset) => Break { reset: true, ..Break::default() },
        Some(Fault::Close) => Break::default(),
        Some(Fault::Garbage) => Break { bytes: GARBAGE.to_vec(), reset: false },
        Some(Fault::Truncate) => Break { bytes: truncated(&decision.reply), reset: false },
    };
    *broken.lock().unwrap_or_else(PoisonError::into_inner) = Some(what);
    Err(Abandon)
}

/// Head and first half of an answer; the head promises the whole.
fn truncated(reply: &Reply) -> Vec<u8> {
    let promised = reply.body.len().max(2);
    let mut out = format!("HTTP/1.1 {} Broken\r\ncontent-length: {promised}\r\n", reply.status).into_bytes();
    for (name, value) in reply.headers.iter().filter(|(_, value)| HeaderValue::try_from(value).is_ok()) {
        out.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(reply.body.get(..reply.body.len() / 2).unwrap_or_default());
    out
}

/// A reply as hyper sends it. What a scenario filled into a field may be no field's value: then the answer says so.
fn response(reply: Reply, now: i64) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(reply.body));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in &reply.headers {
        match (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            (Ok(name), Ok(value)) => drop(response.headers_mut().append(name, value)),
            _ => return invalid_field(name),
        }
    }
    if let Ok(date) = HeaderValue::try_from(sigv4::http_date(now)) {
        response.headers_mut().entry("date").or_insert(date);
    }
    response
}

fn invalid_field(name: &str) -> Response<Full<Bytes>> {
    let text = format!("the scenario filled the field `{name}` with what no field can hold\n");
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}
