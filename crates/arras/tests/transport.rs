//! Each way in which a server can fail has its exact fault: raw listeners on loopback play the servers.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::Write;
use std::time::{Duration, Instant};

use arras::policy::{Policy, Private};
use arras::transport::{Answer, HttpSettings, HttpTransport, Limits, Proxies, Transport};
use arras_run::exchange::{Request, header};
use arras_run::fault::{Fault, FaultKind, Phase};
use arras_run::payload::{ReadFile, StoredFile};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What a server does with a connection once it has read the request's head.
#[derive(Clone)]
enum Act {
    Write(Vec<u8>),
    Pause(Duration),
    /// Reads that much of the body.
    Take(usize),
    Close,
    Reset,
    Hold,
}

fn write(text: &str) -> Act {
    Act::Write(text.replace('\n', "\r\n").into_bytes())
}

/// A server that does this to every connection; gives its port.
async fn server(acts: Vec<Act>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            tokio::spawn(play(connection, acts.clone()));
        }
    });
    port
}

async fn play(mut connection: TcpStream, acts: Vec<Act>) {
    read_head(&mut connection).await;
    for act in acts {
        match act {
            Act::Write(bytes) => connection.write_all(&bytes).await.unwrap_or_default(),
            Act::Pause(time) => tokio::time::sleep(time).await,
            Act::Take(length) => {
                let mut rest = (&mut connection).take(length as u64);
                tokio::io::copy(&mut rest, &mut tokio::io::sink()).await.unwrap_or_default();
            }
            Act::Close => return,
            Act::Reset => {
                #[allow(deprecated, reason = "a lingering time of zero is how a reset is made")]
                connection.set_linger(Some(Duration::ZERO)).unwrap();
                return;
            }
            Act::Hold => tokio::time::sleep(Duration::from_secs(600)).await,
        }
    }
    // Read what is left, so that closing is no reset.
    let _ = connection.shutdown().await;
    let _ = connection.read_to_end(&mut Vec::new()).await;
}

async fn read_head(connection: &mut TcpStream) -> String {
    let mut head = Vec::new();
    // no byte further, which would be of the body
    while !head.ends_with(b"\r\n\r\n") {
        match connection.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8_lossy(&head).into_owned()
}

fn get(url: &str) -> Request {
    Request {
        method: "GET".to_owned(),
        url: url.to_owned(),
        headers: vec![],
        body: Default::default(),
        path: vec![],
        query: vec![],
    }
}

fn limits() -> Limits {
    Limits { request: Duration::from_secs(10), first_byte: Duration::from_secs(10), body: 1 << 20 }
}

async fn ask(acts: Vec<Act>, limits: Limits) -> Result<Answer, Fault> {
    let port = server(acts).await;
    HttpTransport::default().send(&get(&format!("http://127.0.0.1:{port}/")), &limits).await
}

#[track_caller]
fn expect(name: &str, outcome: Result<Answer, Fault>, kind: FaultKind, phase: Phase) {
    let fault = outcome.expect_err(name);
    assert_eq!((fault.kind, fault.phase), (kind, phase), "{name}: {}", fault.message);
}

#[tokio::test]
async fn an_answer_comes_whole_and_as_it_was_sent() {
    let acts = vec![write("HTTP/1.1 302 Found\nLocation: /next\nX-A: 1\nX-A: 2\nContent-Length: 5\n\nhello")];
    let answer = ask(acts, limits()).await.unwrap();
    assert_eq!((answer.response.status, &answer.response.body[..]), (302, b"hello".as_slice()));
    assert_eq!(header(&answer.response.headers, "x-a").as_deref(), Some("1, 2"));
    assert_eq!(header(&answer.response.headers, "location").as_deref(), Some("/next"));
}

#[tokio::test]
async fn every_failure_of_a_server_has_its_fault() {
    use FaultKind::{
        BodyTooLarge, ConnectionClosed, ConnectionReset, DecodeFailed, FirstByteTimeout, InvalidResponse,
        RequestTimeout,
    };
    use Phase::{Body, Decode, Headers};
    let short = write("HTTP/1.1 200 OK\nContent-Length: 10\n\nhalf");
    let chunked = |rest: &str| write(&format!("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n{rest}"));
    let flood: String = (0..2_000).map(|n| format!("X-{n}: {n}\n")).collect();
    let table = [
        ("closed at once", vec![Act::Close], ConnectionClosed, Headers),
        ("reset at once", vec![Act::Reset], ConnectionReset, Headers),
        ("closed in the head", vec![write("HTTP/1.1 200 OK\nContent-"), Act::Close], ConnectionClosed, Headers),
        ("closed in the body", vec![short.clone(), Act::Close], ConnectionClosed, Body),
        (
            "reset in the body",
            vec![short.clone(), Act::Pause(Duration::from_millis(50)), Act::Reset],
            ConnectionReset,
            Body,
        ),
        ("closed in a chunk", vec![chunked("5\nhal"), Act::Close], ConnectionClosed, Body),
        ("no last chunk", vec![chunked("5\nhello\n"), Act::Close], ConnectionClosed, Body),
        ("a bad chunk", vec![chunked("zz\nhello\n0\n\n"), Act::Hold], InvalidResponse, Body),
        ("garbage", vec![write("SSH-2.0-OpenSSH_9.9\n\n"), Act::Close], InvalidResponse, Headers),
        ("a TLS alert", vec![Act::Write(vec![0x15, 3, 1, 0, 2, 2, 70]), Act::Close], InvalidResponse, Headers),
        (
            "two lengths",
            vec![write("HTTP/1.1 200 OK\nContent-Length: 1\nContent-Length: 2\n\nab")],
            InvalidResponse,
            Headers,
        ),
        ("a flood of fields", vec![write(&format!("HTTP/1.1 200 OK\n{flood}\n"))], InvalidResponse, Headers),
        (
            "a huge length",
            vec![write("HTTP/1.1 200 OK\nContent-Length: 99999999999\n\n"), Act::Hold],
            BodyTooLarge,
            Body,
        ),
        ("a huge body", vec![write("HTTP/1.1 200 OK\n\n"), Act::Write(vec![b'x'; 2 << 20])], BodyTooLarge, Body),
        (
            "a broken gzip",
            vec![write("HTTP/1.1 200 OK\nContent-Encoding: gzip\nContent-Length: 2\n\nno")],
            DecodeFailed,
            Decode,
        ),
    ];
    for (name, acts, kind, phase) in table {
        expect(name, ask(acts, limits()).await, kind, phase);
    }
    let brief = Duration::from_millis(120);
    let first = Limits { first_byte: brief, ..limits() };
    expect("silence", ask(vec![Act::Hold], first).await, FirstByteTimeout, Headers);
    expect("a slow head", ask(vec![write("HTTP/1.1 200"), Act::Hold], first).await, FirstByteTimeout, Headers);
    let whole = limits().with_timeout(brief);
    expect("silence, by the request's time", ask(vec![Act::Hold], whole).await, RequestTimeout, Headers);
    expect("a slow body", ask(vec![short, Act::Hold], whole).await, RequestTimeout, Body);
}

#[tokio::test]
async fn a_deadline_is_kept_however_slowly_a_server_drips() {
    let drip: Vec<Act> =
        std::iter::repeat_n([write("x"), Act::Pause(Duration::from_millis(40))], 200).flatten().collect();
    let acts = [vec![write("HTTP/1.1 200 OK\n\n")], drip].concat();
    let start = Instant::now();
    let outcome = ask(acts, limits().with_timeout(Duration::from_millis(200))).await;
    expect("drip", outcome, FaultKind::RequestTimeout, Phase::Body);
    assert!(start.elapsed() < Duration::from_secs(5));
}

/// More than the buffers of two sockets hold.
const LARGE: usize = 48 << 20;

#[tokio::test]
async fn the_time_to_begin_an_answer_is_counted_from_the_bodys_last_byte() {
    let first_byte = Duration::from_secs(2);
    let long = Duration::from_secs(60);
    let no_content = || write("HTTP/1.1 204 No Content\n\n");
    let ask = |acts: Vec<Act>, limits: Limits| async move {
        let url = format!("http://127.0.0.1:{}/", server(acts).await);
        let request = Request { method: "PUT".to_owned(), body: vec![b'x'; LARGE].into(), ..get(&url) };
        HttpTransport::default().send(&request, &limits).await
    };
    let within = |request| Limits { request, first_byte, ..limits() };
    // sending takes longer than an answer may
    let slow = ask(vec![Act::Pause(first_byte + Duration::from_secs(1)), Act::Take(LARGE), no_content()], within(long));
    let silent = ask(vec![Act::Take(LARGE), Act::Hold], within(long));
    // what was sent counts for the whole all the same
    let stuck = ask(vec![Act::Hold], within(Duration::from_secs(1)));
    let stuck_longer = ask(vec![Act::Hold], within(Duration::from_secs(3)));
    // an answer before the end of the body is one
    let early = ask(vec![write("HTTP/1.1 413 Too Large\nContent-Length: 0\n\n"), Act::Hold], within(long));
    let (slow, silent, stuck, stuck_longer, early) = tokio::join!(slow, silent, stuck, stuck_longer, early);
    assert_eq!(slow.unwrap().response.status, 204);
    expect("silent", silent, FaultKind::FirstByteTimeout, Phase::Headers);
    expect("stuck", stuck, FaultKind::RequestTimeout, Phase::Send);
    expect("stuck longer", stuck_longer, FaultKind::RequestTimeout, Phase::Send);
    assert_eq!(early.unwrap().response.status, 413);
}

#[tokio::test]
async fn where_nothing_listens_the_connection_is_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let fault = HttpTransport::default().send(&get(&format!("http://127.0.0.1:{port}/")), &limits()).await.unwrap_err();
    assert_eq!((fault.kind, fault.phase), (FaultKind::ConnectRefused, Phase::Connect), "{}", fault.message);
    assert!(fault.message.contains(&format!("127.0.0.1:{port}")), "{}", fault.message);
}

#[tokio::test]
async fn a_connection_that_is_never_made_times_out() {
    // A listener whose queue is full answers no further SYN; a TLS server that says nothing is the portable kin of that.
    let port = server(vec![Act::Hold]).await;
    let settings = HttpSettings { connect_timeout: Duration::from_millis(150), ..HttpSettings::default() };
    let outcome = HttpTransport::new(settings).send(&get(&format!("https://127.0.0.1:{port}/")), &limits()).await;
    expect("no handshake", outcome, FaultKind::ConnectTimeout, Phase::Connect);
}

#[tokio::test]
async fn a_name_that_does_not_exist_has_no_address() {
    let outcome = HttpTransport::default().send(&get("http://no-such-host.invalid/"), &limits()).await;
    expect("dns", outcome, FaultKind::DnsFailed, Phase::Dns);
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_a_tls_fault() {
    for acts in [vec![write("HTTP/1.1 400 Bad Request\n\n")], vec![Act::Close]] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            let (mut connection, _) = listener.accept().await.unwrap();
            let _ = connection.read(&mut [0; 1024]).await;
            if let Some(Act::Write(bytes)) = acts.first() {
                connection.write_all(bytes).await.unwrap();
            }
        });
        let outcome = HttpTransport::default().send(&get(&format!("https://127.0.0.1:{port}/")), &limits()).await;
        expect("no tls", outcome, FaultKind::TlsFailed, Phase::Tls);
    }
}

#[tokio::test]
async fn the_policy_is_kept_before_and_while_connecting() {
    let refuse = |url: &'static str, policy: Policy| async move {
        let settings = HttpSettings { policy, ..HttpSettings::default() };
        let outcome = HttpTransport::new(settings).send(&get(url), &limits()).await;
        expect(url, outcome, FaultKind::PolicyRefused, Phase::Policy);
    };
    refuse("http://169.254.169.254/latest/meta-data/", Policy::default()).await;
    refuse("file:///etc/passwd", Policy::default()).await;
    let strict = Policy { private: Private::Refused, ..Policy::default() };
    refuse("http://localhost:1/", strict.clone()).await;
    refuse("http://127.0.0.1:1/", strict).await;
}

#[tokio::test]
async fn requests_go_out_as_they_are() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let seen = tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        let head = read_head(&mut connection).await;
        connection.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
        head
    });
    let request = Request {
        method: "POST".to_owned(),
        headers: vec![("X-Amz-Target".to_owned(), "A.B".to_owned()), ("X-Name".to_owned(), "Grüße".to_owned())],
        ..get(&format!("http://127.0.0.1:{port}/a%20b?x=1&y=%2F#Fragment"))
    };
    let answer = HttpTransport::default().send(&request, &limits()).await.unwrap();
    assert_eq!(answer.response.status, 204);
    let head = seen.await.unwrap();
    assert!(head.starts_with("POST /a%20b?x=1&y=%2F HTTP/1.1\r\n"), "{head}");
    let lower = head.to_lowercase();
    for field in [
        "x-amz-target: a.b\r\n",
        "x-name: grüße\r\n",
        "content-length: 0\r\n",
        "accept-encoding: gzip, br, zstd\r\n",
        &format!("user-agent: arras/{}\r\n", env!("CARGO_PKG_VERSION")),
        &format!("host: 127.0.0.1:{port}\r\n"),
    ] {
        assert!(lower.contains(field), "{field} in {head}");
    }
}

#[tokio::test]
async fn what_can_not_be_sent_is_an_invalid_request() {
    let transport = HttpTransport::default();
    let with = |name: &str, value: &str| Request {
        headers: vec![(name.to_owned(), value.to_owned())],
        ..get("http://127.0.0.1:1/")
    };
    let table = [
        with("X-A", "a\r\nInjected: b"),
        with("X A", "a"),
        with("Host", "evil.example"),
        with("Transfer-Encoding", "chunked"),
        get("http://ada:hush@127.0.0.1:1/"),
        get("/relative"),
        Request { method: "G T".to_owned(), ..get("http://127.0.0.1:1/") },
    ];
    for request in table {
        let fault = transport.send(&request, &limits()).await.unwrap_err();
        assert_eq!((fault.kind, fault.phase), (FaultKind::InvalidRequest, Phase::Build), "{request:?}");
        assert!(!fault.message.contains("hush"));
    }
}

#[tokio::test]
async fn a_compressed_answer_is_decompressed_and_keeps_its_fields() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(br#"{"Status":"CREATED"}"#).unwrap();
    let body = encoder.finish().unwrap();
    let head = format!("HTTP/1.1 200 OK\nContent-Encoding: gzip\nContent-Length: {}\n\n", body.len());
    let answer = ask(vec![write(&head), Act::Write(body)], limits()).await.unwrap();
    assert_eq!(answer.response.body, br#"{"Status":"CREATED"}"#.as_slice());
    assert_eq!(header(&answer.response.headers, "content-encoding").as_deref(), Some("gzip"));
}

#[tokio::test]
async fn loopback_never_goes_through_a_proxy_and_all_else_does() {
    let proxy = server(vec![write("HTTP/1.1 418 Proxy\nContent-Length: 0\n\n")]).await;
    let direct = server(vec![write("HTTP/1.1 200 OK\nContent-Length: 0\n\n")]).await;
    let proxies = Proxies::all(&format!("http://127.0.0.1:{proxy}")).unwrap();
    let transport = HttpTransport::new(HttpSettings { proxies, ..HttpSettings::default() });
    for host in ["127.0.0.1", "localhost"] {
        let answer = transport.send(&get(&format!("http://{host}:{direct}/")), &limits()).await.unwrap();
        assert_eq!(answer.response.status, 200, "{host}");
    }
    let answer = transport.send(&get("http://no-such-host.invalid/"), &limits()).await.unwrap();
    assert_eq!(answer.response.status, 418);
}

#[tokio::test]
async fn nothing_is_sent_twice() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let counted = tokio::spawn(async move {
        let mut count = 0;
        while let Ok(Ok((mut connection, _))) =
            tokio::time::timeout(Duration::from_millis(500), listener.accept()).await
        {
            read_head(&mut connection).await;
            count += 1;
        }
        count
    });
    let post = Request { method: "POST".to_owned(), ..get(&format!("http://127.0.0.1:{port}/")) };
    let outcome = HttpTransport::default().send(&post, &limits()).await;
    expect("closed", outcome, FaultKind::ConnectionClosed, Phase::Headers);
    assert_eq!(counted.await.unwrap(), 1);
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_has_become_a_pipe_takes_no_turn() {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("pipe-{}", std::process::id()));
    if !std::process::Command::new("mkfifo").arg(&path).status().is_ok_and(|status| status.success()) {
        return eprintln!("skipped: there is no `mkfifo` here");
    }
    let (name, digest, read) = ("a.bin".into(), "00".repeat(32), (|_, _| Ok(())) as ReadFile);
    let file = StoredFile { name, path: path.clone(), length: 2 << 20, digest, read };
    let port = server(vec![write("HTTP/1.1 204 No Content\n\n")]).await;
    let plain = get(&format!("http://127.0.0.1:{port}/"));
    let request = Request { method: "PUT".to_owned(), body: file.into(), ..plain.clone() };
    let transport = HttpTransport::new(HttpSettings { at_once: 1, ..HttpSettings::default() });
    let limits = limits();
    let both = async { (transport.send(&request, &limits).await, transport.send(&plain, &limits).await) };
    let outcome = tokio::time::timeout(Duration::from_secs(5), both).await;
    if outcome.is_err() {
        // whoever waits at the other end is let go, else the test would never end
        drop(std::fs::OpenOptions::new().write(true).open(&path));
    }
    std::fs::remove_file(&path).unwrap();
    let (piped, next) = outcome.expect("an outcome in time");
    expect("a pipe", piped, FaultKind::InvalidRequest, Phase::Build);
    assert_eq!(next.unwrap().response.status, 204);
}
