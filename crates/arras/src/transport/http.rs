//! The transport over HTTP/1.1 and HTTP/2: one client, made when the first request needs it.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use arras_run::exchange::{Request, Response};
use arras_run::fault::{Fault, FaultKind, Phase};
use bytes::{Bytes, BytesMut};
use http::{HeaderName, HeaderValue, Method, header};
use reqwest::Client;
use reqwest::redirect;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until, timeout, timeout_at};
use url::Url;

use super::body::Sent;
use super::cause::{Peer, Stage, fault};
use super::progress::{Marking, Progress};
use super::resolve::JudgingResolver;
use super::{Answer, ClientCertificate, Limits, Proxies, Transport, decode, tls};
use crate::future::BoxFuture;
use crate::origin::{self, Origin};
use crate::policy::{HostPatterns, Policy, judge};

/// How long an unused connection is kept: shorter than servers do, so that it is not found closed when it is used again.
const IDLE: Duration = Duration::from_secs(15);

/// What stands for no end: thirty years.
const FOREVER: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// Fields that belong to HTTP itself and not to whoever writes a request.
const FRAMING: [&str; 10] = [
    "connection",
    "content-length",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// What an [`HttpTransport`] is made of.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// Where requests may go.
    pub policy: Policy,
    /// Through which proxies. Loopback never goes through one.
    pub proxies: Proxies,
    /// Roots to trust beside the platform's, as PEM, each of one or more certificates.
    pub roots: Vec<Vec<u8>>,
    /// Client certificates: of several for a host, the last one counts.
    pub certificates: Vec<ClientCertificate>,
    /// Hosts whose certificates are not verified: whoever answers there is believed.
    pub unverified: HostPatterns,
    /// For a connection to be made, name lookup and TLS handshake included.
    pub connect_timeout: Duration,
    /// How many requests are under way at a time; the others wait for their turn, so that no number of runs takes all the
    /// files and sockets that a process may open.
    pub at_once: usize,
}

impl Default for HttpSettings {
    /// The default policy, no proxy, the platform's roots, 10 s to connect, 500 requests at a time.
    fn default() -> HttpSettings {
        HttpSettings {
            policy: Policy::default(),
            proxies: Proxies::default(),
            roots: Vec::new(),
            certificates: Vec::new(),
            unverified: HostPatterns::default(),
            connect_timeout: Duration::from_secs(10),
            at_once: 500,
        }
    }
}

/// Sends requests over the network. Follows no redirect, keeps no cookie, sends nothing twice.
pub struct HttpTransport {
    settings: HttpSettings,
    policy: Arc<Policy>,
    turns: Semaphore,
    /// One for each client certificate, after the one without.
    clients: Vec<OnceLock<Result<Client, Fault>>>,
    /// The last URL that was admitted: who polls asks for it again and again.
    last: Mutex<Option<Admitted>>,
}

/// A URL that the policy allows.
struct Admitted {
    /// How it was written.
    text: String,
    url: Url,
    door: Door,
}

/// An origin that the policy lets requests go to.
struct Door {
    /// Its URL, as it was parsed.
    base: Url,
    /// How it was written: what begins so leads there.
    beginning: String,
    origin: Arc<Origin>,
}

impl fmt::Debug for HttpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpTransport").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Default for HttpTransport {
    fn default() -> HttpTransport {
        HttpTransport::new(HttpSettings::default())
    }
}

impl HttpTransport {
    /// A transport with these settings. Costs nothing until the first request.
    pub fn new(settings: HttpSettings) -> HttpTransport {
        let policy = Arc::new(settings.policy.clone());
        let clients = (0..=settings.certificates.len()).map(|_| OnceLock::new()).collect();
        let turns = Semaphore::new(settings.at_once.clamp(1, Semaphore::MAX_PERMITS));
        HttpTransport { settings, policy, turns, clients, last: Mutex::default() }
    }

    /// The client for a host. Each certificate has its own, so that no other host ever sees it.
    fn client(&self, url: &Url) -> Result<&Client, Fault> {
        let certificates = &self.settings.certificates;
        let is_its = |certificate: &ClientCertificate| {
            certificate.is_for(url.host_str().unwrap_or_default(), url.port_or_known_default())
        };
        let found = certificates.iter().rposition(is_its);
        let (at, certificate) = found.map_or((0, None), |index| (index + 1, certificates.get(index)));
        let build = || build(&self.settings, &self.policy, certificate);
        match self.clients.get(at) {
            Some(client) => client.get_or_init(build).as_ref().map_err(Clone::clone),
            None => Err(invalid("there is no client for that host".to_owned())),
        }
    }

    /// Looks at the request's URL, which the policy allows, and its origin.
    fn admitted<T>(&self, request: &Request, look: impl FnOnce(&Url, Option<&Arc<Origin>>) -> T) -> Result<T, Fault> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = last.as_ref().filter(|known| known.text == request.url) {
            return Ok(look(&known.url, Some(&known.door.origin)));
        }
        let Some((beginning, rest)) = origin::split(&request.url) else {
            let url = self.judged(request)?;
            return Ok(look(&url, Origin::of(&url).map(Arc::new).as_ref()));
        };
        // what begins alike leads to where the last one did
        let door = match last.take() {
            Some(known) if known.door.beginning == beginning => known.door,
            _ => self.opened(request, beginning)?,
        };
        let url = door.base.join(rest).map_err(unusable)?;
        let known = last.insert(Admitted { text: request.url.clone(), url, door });
        Ok(look(&known.url, Some(&known.door.origin)))
    }

    /// The request's URL, which the policy allows.
    fn judged(&self, request: &Request) -> Result<Url, Fault> {
        let url = parse(request)?;
        judge(&self.policy, &url)?;
        Ok(url)
    }

    /// Where requests of that beginning go.
    fn opened(&self, request: &Request, beginning: &str) -> Result<Door, Fault> {
        self.judged(request)?;
        let base = Url::parse(beginning).map_err(unusable)?;
        let origin = Origin::of(&base).ok_or_else(|| invalid("the request's URL names no host".to_owned()))?;
        Ok(Door { base, beginning: beginning.to_owned(), origin: Arc::new(origin) })
    }

    /// Which client is to send what, and where that goes.
    fn prepared(&self, request: &Request) -> Result<(&Client, reqwest::Request, Option<Arc<Origin>>), Fault> {
        let (url, origin) = self.admitted(request, |url, origin| (url.clone(), origin.cloned()))?;
        let client = self.client(&url)?;
        Ok((client, outgoing(request, url)?, origin))
    }

    /// Waits for a turn to send; it is never closed, so whoever waits gets one.
    async fn turn(&self, whom: &impl Fn() -> Peer, limits: &Limits) -> Result<SemaphorePermit<'_>, Fault> {
        match timeout(limits.request, Box::pin(self.turns.acquire())).await {
            Ok(turn) => turn.map_err(|_| invalid("the transport is closed".to_owned())),
            Err(_) => {
                let (limit, others, peer) = (limits.request, self.settings.at_once, whom().name);
                let message = format!(
                    "the request to `{peer}` waited for its turn, {others} at a time, and was not sent within {limit:?}"
                );
                Err(Fault::new(FaultKind::RequestTimeout, Phase::Send, message))
            }
        }
    }

    /// Sends, and reads the answer. What each half needs lives in a future of its own, which keeps this one small.
    async fn exchange(&self, request: &Request, limits: &Limits) -> Result<Answer, Fault> {
        let whom = || peer(request, &self.settings.proxies);
        let (client, mut outgoing, origin) = self.prepared(request)?;
        let clock = Clock { begun: Instant::now(), limits };
        let mut start = clock.begun;
        let _turn = match self.turns.try_acquire() {
            Ok(turn) => turn,
            Err(_) => {
                let turn = self.turn(&whom, limits).await?;
                start = Instant::now();
                turn
            }
        };
        let mut sent = Sent::Already;
        if !request.body.is_empty() {
            let opening = timeout_at(clock.end(), Box::pin(super::body::open(&request.body)));
            let body;
            (body, sent) = opening.await.map_err(|_| unsent(&whom(), limits.request))??;
            *outgoing.body_mut() = Some(body);
            start = Instant::now();
        }
        let mut response = head(client.execute(outgoing), &Progress::to(origin), &sent, start, &whom, &clock).await?;
        read(&mut response, start, &whom, &clock).await
    }
}

/// The time of one request, of which whatever it does takes its part.
struct Clock<'l> {
    begun: Instant,
    limits: &'l Limits,
}

impl Clock<'_> {
    /// When the time of the whole request ends.
    fn end(&self) -> Instant {
        self.begun.checked_add(self.limits.request).unwrap_or(self.begun + FOREVER)
    }
}

impl Transport for HttpTransport {
    fn admit(&self, request: &Request) -> Result<(), Fault> {
        self.admitted(request, |_, _| ())
    }

    fn keeps_time(&self) -> bool {
        true
    }

    fn send<'a>(&'a self, request: &'a Request, limits: &'a Limits) -> BoxFuture<'a, Result<Answer, Fault>> {
        Box::pin(self.exchange(request, limits))
    }
}

fn build(
    settings: &HttpSettings,
    policy: &Arc<Policy>,
    certificate: Option<&ClientCertificate>,
) -> Result<Client, Fault> {
    let broken = |what: &str, error: &dyn fmt::Display| {
        Fault::new(FaultKind::ConnectFailed, Phase::Connect, format!("{what} can't be used: {error}"))
    };
    let roots =
        settings.roots.iter().flat_map(|pem| CertificateDer::pem_slice_iter(pem)).collect::<Result<Vec<_>, _>>();
    let roots = roots.map_err(|error| broken("the given root certificates", &error))?;
    let identity = certificate.map(ClientCertificate::identity).transpose()?;
    let tls = tls::config(roots, settings.unverified.clone(), identity).map_err(|error| broken("TLS", &error))?;
    let exempt = settings.proxies.hosts().map(str::to_owned).collect();
    let mut builder = Client::builder()
        .no_proxy()
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(settings.connect_timeout)
        .connector_layer(Marking)
        .pool_idle_timeout(IDLE)
        .user_agent(concat!("arras/", env!("CARGO_PKG_VERSION")))
        .tls_backend_preconfigured(tls)
        .dns_resolver(JudgingResolver { policy: Arc::clone(policy), exempt });
    for proxy in settings.proxies.to_reqwest().map_err(|error| broken("the proxy", &error.without_url()))? {
        builder = builder.proxy(proxy);
    }
    builder.build().map_err(|error| broken("the HTTP client", &error))
}

fn invalid(message: String) -> Fault {
    Fault::new(FaultKind::InvalidRequest, Phase::Build, message)
}

fn parse(request: &Request) -> Result<Url, Fault> {
    Url::parse(&request.url).map_err(unusable)
}

fn unusable(error: url::ParseError) -> Fault {
    invalid(format!("the request's URL can't be used: {error}"))
}

/// Whom a request that failed was for.
fn peer(request: &Request, proxies: &Proxies) -> Peer {
    let Ok(url) = Url::parse(&request.url) else {
        return Peer { name: String::new(), tls: false, proxy: None };
    };
    let host = url.host_str().unwrap_or_default();
    let port = url.port_or_known_default().unwrap_or_default();
    Peer { name: format!("{host}:{port}"), tls: url.scheme() == "https", proxy: proxies.of(&url) }
}

fn outgoing(request: &Request, mut url: Url) -> Result<reqwest::Request, Fault> {
    url.set_fragment(None);
    let method = Method::from_bytes(request.method.as_bytes())
        .map_err(|_| invalid(format!("`{}` is no HTTP method", request.method.escape_debug())))?;
    let mut outgoing = reqwest::Request::new(method, url);
    for (name, value) in &request.headers {
        let (name, value) = field(name, value)?;
        outgoing.headers_mut().append(name, value);
    }
    let accepted = HeaderValue::from_static(decode::ACCEPTED);
    outgoing.headers_mut().entry(header::ACCEPT_ENCODING).or_insert(accepted);
    if !request.body.is_empty() {
        outgoing.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(request.body.len()));
    } else if expects_body(outgoing.method()) {
        outgoing.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    Ok(outgoing)
}

/// Whether a request of that method says that its body is empty (RFC 9110, 8.6); AWS answers 411 to one that does not.
fn expects_body(method: &Method) -> bool {
    [Method::POST, Method::PUT, Method::PATCH].contains(method)
}

fn field(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), Fault> {
    let shown = || name.escape_debug();
    if FRAMING.iter().any(|framing| name.eq_ignore_ascii_case(framing)) {
        return Err(invalid(format!("the header field `{}` is HTTP's own and can't be set", shown())));
    }
    let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| {
        invalid(format!("the value of the header field `{}` holds a line break or control character", shown()))
    })?;
    let name = HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| invalid(format!("`{}` is no header field name", shown())))?;
    Ok((name, value))
}

/// Sends and waits for the head of the answer, which has its own time once the body is sent.
async fn head(
    sending: impl Future<Output = reqwest::Result<reqwest::Response>>,
    progress: &Progress,
    sent: &Sent,
    start: Instant,
    whom: &impl Fn() -> Peer,
    clock: &Clock<'_>,
) -> Result<reqwest::Response, Fault> {
    let (limit, in_all) = tokio::select! {
        biased;
        outcome = progress.follow(sending) => {
            return outcome.map_err(|error| fault(&error, &whom(), Stage::Head));
        }
        ended = silence(sent, start, clock) => ended,
    };
    Err(match progress.phase() {
        phase @ (Phase::Dns | Phase::Connect) => unconnected(&whom(), phase, limit),
        _ if !sent.is_whole() => unsent(&whom(), limit),
        phase if in_all => late(&whom(), phase, limit),
        phase => {
            let message = format!(
                "`{}` did not begin to answer within {limit:?}: a step's `timeout` can allow more",
                whom().name
            );
            Fault::new(FaultKind::FirstByteTimeout, phase, message)
        }
    })
}

/// Waits until there is no more time for the head of an answer. Gives the time that there was, and whether it was that of the
/// whole request.
async fn silence(sent: &Sent, start: Instant, clock: &Clock<'_>) -> (Duration, bool) {
    let limits = clock.limits;
    // most bodies go out with the head, and leave one time to keep
    let mut begun = start;
    if !sent.is_whole() {
        if timeout_at(clock.end(), Box::pin(sent.clone().whole())).await.is_err() {
            return (limits.request, true);
        }
        begun = Instant::now();
    }
    match begun.checked_add(limits.first_byte) {
        Some(first) if first < clock.end() => {
            sleep_until(first).await;
            (limits.first_byte, false)
        }
        _ => {
            sleep_until(clock.end()).await;
            (limits.request, true)
        }
    }
}

/// The time of the whole request ended before there was a connection.
fn unconnected(peer: &Peer, phase: Phase, limit: Duration) -> Fault {
    let what = if phase == Phase::Dns { "no address of" } else { "no connection to" };
    let message = format!("{what} `{}` within {limit:?}: check the host, the port and the network", peer.name);
    Fault::new(FaultKind::ConnectTimeout, phase, message)
}

fn unsent(peer: &Peer, limit: Duration) -> Fault {
    let message = format!(
        "the request to `{}` was not sent in full within {limit:?}: a step's `timeout` can allow more",
        peer.name
    );
    Fault::new(FaultKind::RequestTimeout, Phase::Send, message)
}

fn late(peer: &Peer, phase: Phase, limit: Duration) -> Fault {
    let message = format!("`{}` did not answer in full within {limit:?}: a step's `timeout` can allow more", peer.name);
    Fault::new(FaultKind::RequestTimeout, phase, message)
}

/// Reads an answer to its end.
async fn read(
    response: &mut reqwest::Response,
    start: Instant,
    whom: &impl Fn() -> Peer,
    clock: &Clock<'_>,
) -> Result<Answer, Fault> {
    let limits = clock.limits;
    let status = response.status().as_u16();
    let fields = response.headers().iter();
    let headers = fields.map(|(name, value)| (name.as_str().to_owned(), text(value))).collect::<Vec<_>>();
    let Ok(body) = timeout_at(clock.end(), body(response, whom, limits.body)).await else {
        return Err(late(&whom(), Phase::Body, limits.request));
    };
    let (body, duration) = (body?, start.elapsed());
    let body = decode::decode(&headers, body, limits.body)?;
    Ok(Answer { response: Response { status, headers, body }, duration })
}

async fn body(response: &mut reqwest::Response, whom: &impl Fn() -> Peer, cap: usize) -> Result<Bytes, Fault> {
    let too_large = || {
        let message = format!("the answer of `{}` is larger than {cap} bytes", whom().name);
        Fault::new(FaultKind::BodyTooLarge, Phase::Body, message)
    };
    let announced = response.content_length().unwrap_or_default();
    if announced > u64::try_from(cap).unwrap_or(u64::MAX) {
        return Err(too_large());
    }
    // most answers come in one piece, which is the body as it is
    let (mut first, mut whole) = (Bytes::new(), BytesMut::new());
    while let Some(part) = response.chunk().await.map_err(|error| fault(&error, &whom(), Stage::Body))? {
        if first.len().saturating_add(whole.len()).saturating_add(part.len()) > cap {
            return Err(too_large());
        }
        if first.is_empty() && whole.is_empty() {
            first = part;
            continue;
        }
        whole.extend_from_slice(&std::mem::take(&mut first));
        whole.extend_from_slice(&part);
    }
    Ok(if first.is_empty() { whole.freeze() } else { first })
}

/// A field's value as text; bytes that are no UTF-8 are read as Latin-1, as HTTP has it.
fn text(value: &HeaderValue) -> String {
    let bytes = value.as_bytes();
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use arras_run::payload::Payload;

    use super::*;

    #[test]
    fn an_exchange_is_small_enough_to_be_allocated_at_once() {
        let transport = HttpTransport::default();
        let request = Request {
            method: "GET".to_owned(),
            url: "http://127.0.0.1/".to_owned(),
            headers: Vec::new(),
            body: Payload::default(),
            path: Vec::new(),
            query: Vec::new(),
        };
        // what is larger, the system's allocator keeps no room ready for: another compiler may lay it out otherwise
        let size = size_of_val(&transport.exchange(&request, &Limits::default()));
        assert!(size <= 1032, "{size} bytes");
    }
}
