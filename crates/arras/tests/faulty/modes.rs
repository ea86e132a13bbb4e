//! The catalogue: each way to fail, and what is to be said of it.

use std::io::Write as _;
use std::time::Duration;

use arras_run::fault::FaultKind::{
    self, BodyTooLarge, ConnectRefused, ConnectTimeout, ConnectionClosed, ConnectionReset, DecodeFailed,
    FirstByteTimeout, InvalidResponse, PolicyRefused, RequestTimeout, TlsFailed, TooManyRedirects,
};
use arras_run::fault::Phase::{self, Body, Connect, Decode, Headers, Policy, Tls};

use super::server::Act::{self, Close, Drip, Echo, Flood, Greeting, Hold, Pause, Read, ReadFrames, Reset, Sip, Write};
use super::server::write;
use super::world::Times;

/// How the connection is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    Plain,
    /// TLS requested of a server that speaks none.
    Mistaken,
    /// TLS with a certificate for `localhost` from a root that is trusted.
    Tls,
    /// The same, speaking HTTP/2.
    Http2,
    /// From a root that is not.
    Stranger,
    WrongName,
    Expired,
    NotYet,
    /// Over IPv6.
    Six,
}

/// What is to come of it.
#[derive(Clone, Debug)]
pub(crate) enum Expect {
    Fault(FaultKind, Phase),
    /// The connection is reset or closed: over HTTP/2 the system tells of a reset once, to whoever reads or writes first.
    Gone(Phase),
    /// An answer with that status, and that body as JSON if it matters.
    Answer(u16, Option<String>),
}

/// One way to fail.
#[derive(Clone, Debug)]
pub(crate) struct Mode {
    pub(crate) name: &'static str,
    pub(crate) line: Line,
    pub(crate) acts: Vec<Act>,
    pub(crate) times: Times,
    pub(crate) expect: Expect,
    /// How many requests reach the server.
    pub(crate) requests: usize,
    /// What is to come of it where redirects are followed, if that is something else; and how many requests are then told.
    pub(crate) followed: Option<(Expect, usize)>,
    /// Whether the server asks to be left alone for longer than anyone waits.
    pub(crate) busy: bool,
}

impl Mode {
    fn line(self, line: Line) -> Mode {
        Mode { line, ..self }
    }

    /// Where redirects are followed, that fault after so many requests.
    fn followed(self, kind: FaultKind, phase: Phase, told: usize) -> Mode {
        Mode { followed: Some((Expect::Fault(kind, phase), told)), ..self }
    }

    fn busy(self) -> Mode {
        Mode { busy: true, ..self }
    }

    /// Whether a further try may help, as far as it may be made: the connection failed, or the server says that it is busy.
    pub(crate) fn may_pass(&self) -> bool {
        match self.expect {
            // what ran into the time of the whole request has none left
            Expect::Fault(..) if self.times.request != Times::default().request => false,
            Expect::Fault(kind, _) => {
                matches!(kind, ConnectRefused | ConnectTimeout | ConnectionClosed | ConnectionReset)
            }
            Expect::Gone(_) => true,
            Expect::Answer(status, _) => matches!(status, 429 | 503) && !self.busy,
        }
    }

    fn requests(self, requests: usize) -> Mode {
        Mode { requests, ..self }
    }

    /// What the server does before it reads a request, if it does at all, is all that it does.
    fn unread(mut self) -> Mode {
        self.acts.remove(0);
        self.requests(0)
    }

    fn times(self, times: Times) -> Mode {
        Mode { times, ..self }
    }
}

fn fails(name: &'static str, mut acts: Vec<Act>, kind: FaultKind, phase: Phase) -> Mode {
    acts.insert(0, Read);
    let expect = Expect::Fault(kind, phase);
    Mode { name, line: Line::Plain, acts, times: Times::default(), expect, requests: 1, followed: None, busy: false }
}

fn answers(name: &'static str, acts: Vec<Act>, status: u16, body: Option<&str>) -> Mode {
    let expect = Expect::Answer(status, body.map(str::to_owned));
    Mode { expect, ..fails(name, acts, InvalidResponse, Headers) }
}

/// An answer of `200` with these fields and the rest as it is.
fn ok(fields: &str, rest: &[u8]) -> Vec<Act> {
    let fields = if fields.is_empty() { String::new() } else { format!("{fields}\n") };
    vec![write(&format!("HTTP/1.1 200 OK\n{fields}\n")), Write(rest.to_vec())]
}

/// A JSON body of its length.
fn json(body: &str) -> Vec<Act> {
    ok(&format!("Content-Type: application/json\nContent-Length: {}", body.len()), body.as_bytes())
}

fn then(mut acts: Vec<Act>, act: Act) -> Vec<Act> {
    acts.push(act);
    acts
}

fn raw(text: &str) -> Vec<Act> {
    vec![write(text)]
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

fn encoded(encoding: &str, body: &[u8]) -> Vec<Act> {
    let fields = format!("Content-Type: text/plain\nContent-Encoding: {encoding}\nContent-Length: {}", body.len());
    ok(&fields, body)
}

/// A frame of HTTP/2: its kind, its flags, its stream, what it carries.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A server of HTTP/2 that greets, reads the request, and then sends these bytes.
fn http2(bytes: Vec<u8>) -> Vec<Act> {
    vec![Write(frame(4, 0, 0, &[])), Greeting, ReadFrames, Write(bytes), Hold]
}

/// The same for each of a connection's first streams: bytes by the stream's number.
fn http2_streams(bytes: impl Fn(u32) -> Vec<u8>) -> Vec<Act> {
    let streams = [1, 3, 5].into_iter().flat_map(|stream| [ReadFrames, Write(bytes(stream))]);
    [Write(frame(4, 0, 0, &[])), Greeting].into_iter().chain(streams).chain([Hold]).collect()
}

/// Long enough for a machine with nothing else to do; a case that must wait for it is tried anew with a longer one.
const BRIEF: Duration = Duration::from_millis(400);

fn brief_request() -> Times {
    Times { request: BRIEF, ..Times::default() }
}

fn brief_first_byte() -> Times {
    Times { first_byte: BRIEF, ..Times::default() }
}

fn brief_connect() -> Times {
    Times { connect: BRIEF, ..Times::default() }
}

/// Every mode.
pub(crate) fn modes() -> Vec<Mode> {
    [heads(), lengths(), chunks(), encodings(), statuses(), bodies(), redirects(), tls(), http2_modes()].concat()
}

/// Heads that are slow, broken, or none.
fn heads() -> Vec<Mode> {
    let half = "HTTP/1.1 200 OK\nContent-";
    let flood: String = (0..2_000).map(|n| format!("X-{n}: {n}\n")).collect();
    let long = format!("HTTP/1.1 200 OK\nX-Long: {}\n\n", "x".repeat(2 << 20));
    vec![
        answers("as it should be", json("{\"a\":1}"), 200, Some("{\"a\":1}")),
        answers(
            "a slow head",
            [raw("HTTP/1.1 2"), vec![Pause(BRIEF)], raw("00 OK\nContent-Length: 0\n\n")].concat(),
            200,
            None,
        ),
        fails("silence", vec![Hold], FirstByteTimeout, Headers).times(brief_first_byte()),
        fails("silence, by the request's time", vec![Hold], RequestTimeout, Headers).times(brief_request()),
        fails("half a head", then(raw(half), Hold), FirstByteTimeout, Headers).times(brief_first_byte()),
        fails(
            "a head that drips",
            [raw("HTTP/1.1 200 OK\nX: "), vec![Drip(b"x".to_vec(), Duration::from_millis(20))]].concat(),
            FirstByteTimeout,
            Headers,
        )
        .times(brief_first_byte()),
        fails("closed at once", vec![Close], ConnectionClosed, Headers),
        fails("reset at once", vec![Reset], ConnectionReset, Headers),
        fails("closed in the status line", then(raw("HTTP/1.1 2"), Close), ConnectionClosed, Headers),
        fails("closed in the head", then(raw(half), Close), ConnectionClosed, Headers),
        fails("reset in the head", [raw(half), vec![Pause(BRIEF / 4), Reset]].concat(), ConnectionReset, Headers),
        fails("another protocol", then(raw("SSH-2.0-OpenSSH_9.9\n\n"), Close), InvalidResponse, Headers),
        fails("a bare page", then(raw("<html>hello</html>\n\n"), Close), InvalidResponse, Headers),
        fails(
            "a TLS alert on a plain port",
            vec![Write(vec![0x15, 3, 1, 0, 2, 2, 70]), Close],
            InvalidResponse,
            Headers,
        ),
        fails("HTTP/2 unasked", vec![Write(frame(4, 0, 0, &[])), Hold], InvalidResponse, Headers),
        fails("a flood of fields", raw(&format!("HTTP/1.1 200 OK\n{flood}\n")), InvalidResponse, Headers),
        fails("a field of two megabytes", raw(&long), InvalidResponse, Headers),
        fails(
            "fields without end",
            [raw("HTTP/1.1 200 OK\n"), vec![Flood(b"X: y\r\n".repeat(64))]].concat(),
            InvalidResponse,
            Headers,
        ),
        fails("a field without colon", raw("HTTP/1.1 200 OK\nX\n\n"), InvalidResponse, Headers),
        fails("a space before the colon", raw("HTTP/1.1 200 OK\nContent-Length : 2\n\nok"), InvalidResponse, Headers),
        fails("a NUL in a field", raw("HTTP/1.1 200 OK\nX: a\0b\n\n"), InvalidResponse, Headers),
        fails("a folded field", raw("HTTP/1.1 200 OK\nX: a\n b\nContent-Length: 0\n\n"), InvalidResponse, Headers),
        answers(
            "line feeds alone",
            vec![Write(b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok".to_vec())],
            200,
            Some("\"ok\""),
        ),
        answers("no reason", raw("HTTP/1.1 200\nContent-Length: 0\n\n"), 200, None),
        answers(
            "bytes that are no UTF-8 in a field",
            vec![Write(b"HTTP/1.1 200 OK\r\nX-Echo: \xe9\xff\r\nContent-Length: 0\r\n\r\n".to_vec())],
            200,
            None,
        ),
        answers(
            "escape sequences and overrides",
            [
                raw("HTTP/1.1 200 \u{202e}\nX-Echo: \u{202e}a\n"),
                ok("", b"\x1b[2J")[..0].to_vec(),
                raw("Content-Length: 4\n\n\u{1b}[2J"),
            ]
            .concat(),
            200,
            None,
        ),
    ]
}

/// Bodies that are not as long as is said.
fn lengths() -> Vec<Mode> {
    let short = ok("Content-Length: 10", b"half");
    vec![
        fails("closed in the body", then(short.clone(), Close), ConnectionClosed, Body),
        fails("reset in the body", [short.clone(), vec![Pause(BRIEF / 4), Reset]].concat(), ConnectionReset, Body),
        fails("a body that stalls", then(short, Hold), RequestTimeout, Body).times(brief_request()),
        fails(
            "a body that drips",
            [ok("", b""), vec![Drip(b"x".to_vec(), Duration::from_millis(20))]].concat(),
            RequestTimeout,
            Body,
        )
        .times(brief_request()),
        answers("longer than is said", ok("Content-Length: 2", b"\"\"HTTP/1.1 200 OK\r\n\r\n"), 200, Some("\"\"")),
        answers(
            "one length twice",
            raw("HTTP/1.1 200 OK\nContent-Length: 2\nContent-Length: 2\n\nab"),
            200,
            Some("\"ab\""),
        ),
        fails(
            "two lengths",
            raw("HTTP/1.1 200 OK\nContent-Length: 1\nContent-Length: 2\n\nab"),
            InvalidResponse,
            Headers,
        ),
        fails("two lengths in one field", raw("HTTP/1.1 200 OK\nContent-Length: 1, 2\n\nab"), InvalidResponse, Headers),
        fails("a huge length", then(ok("Content-Length: 99999999999", b""), Hold), BodyTooLarge, Body),
        fails(
            "a length past all numbers",
            ok("Content-Length: 99999999999999999999999", b""),
            InvalidResponse,
            Headers,
        ),
        fails("a negative length", ok("Content-Length: -1", b""), InvalidResponse, Headers),
        answers(
            "a length and chunks",
            ok("Content-Length: 3\nTransfer-Encoding: chunked", b"2\r\nab\r\n0\r\n\r\n"),
            200,
            Some("\"ab\""),
        ),
        answers("a body until the end", then(ok("", b"all"), Close), 200, Some("\"all\"")),
        answers("HTTP/1.0", then(raw("HTTP/1.0 200 OK\n\nold"), Close), 200, Some("\"old\"")),
        fails("a body without end", [ok("", b""), vec![Flood(vec![b'x'; 1 << 16])]].concat(), BodyTooLarge, Body),
        fails("20 MB", ok("Content-Length: 20000000", &vec![b'x'; 20_000_000]), BodyTooLarge, Body),
    ]
}

/// Chunks that are none.
fn chunks() -> Vec<Mode> {
    let chunked = |rest: &str| raw(&format!("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n{rest}"));
    let trailers: String = (0..4_000).map(|n| format!("X-{n}: {n}\n")).collect();
    vec![
        fails("closed in a chunk", then(chunked("5\nhal"), Close), ConnectionClosed, Body),
        fails("no last chunk", then(chunked("5\nhello\n"), Close), ConnectionClosed, Body),
        fails("a bad chunk size", then(chunked("zz\nhello\n0\n\n"), Hold), InvalidResponse, Body),
        fails("a chunk size past all numbers", then(chunked("fffffffffffffffff\nx"), Hold), InvalidResponse, Body),
        fails("a chunk longer than is said", then(chunked("2\nhello\n0\n\n"), Hold), InvalidResponse, Body),
        fails(
            "chunk extensions without end",
            [chunked("5;"), vec![Flood(b"x=y;".repeat(64))]].concat(),
            InvalidResponse,
            Body,
        ),
        fails("a flood of trailers", then(chunked(&format!("2\nok\n0\n{trailers}\n")), Hold), InvalidResponse, Body),
        fails(
            "chunks without end",
            [chunked(""), vec![Flood([b"8000\r\n".to_vec(), vec![b'x'; 0x8000], b"\r\n".to_vec()].concat())]].concat(),
            BodyTooLarge,
            Body,
        ),
    ]
}

/// Compression that is broken, nested or explodes.
fn encodings() -> Vec<Mode> {
    let plain = b"hello".as_slice();
    let whole = gzip(&vec![b'a'; 4_000]);
    let mut spoiled = gzip(plain);
    *spoiled.last_mut().unwrap() ^= 0xff;
    vec![
        answers("gzip", encoded("gzip", &gzip(plain)), 200, Some("\"hello\"")),
        answers("gzip in gzip", encoded("gzip, gzip", &gzip(&gzip(plain))), 200, Some("\"hello\"")),
        fails("gzip four times", encoded("gzip, gzip, gzip, gzip", &gzip(plain)), DecodeFailed, Decode),
        fails("a gzip bomb", encoded("gzip", &gzip(&vec![0; 9 << 20])), DecodeFailed, Decode),
        fails("gzip cut short", encoded("gzip", &whole[..whole.len() / 2]), DecodeFailed, Decode),
        fails("gzip with a wrong sum", encoded("gzip", &spoiled), DecodeFailed, Decode),
        fails("no gzip at all", encoded("gzip", plain), DecodeFailed, Decode),
        fails("no brotli at all", encoded("br", &[0xff; 40]), DecodeFailed, Decode),
        fails("no zstd at all", encoded("zstd", plain), DecodeFailed, Decode),
        fails(
            "a zstd window of a terabyte",
            encoded("zstd", &[0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xf0, 1, 0, 0]),
            DecodeFailed,
            Decode,
        ),
        fails("an encoding that nobody knows", encoded("rot13", plain), DecodeFailed, Decode),
    ]
}

/// Statuses that are strange.
fn statuses() -> Vec<Mode> {
    vec![
        answers("204 with a body", raw("HTTP/1.1 204 No Content\nContent-Length: 5\n\nhello"), 204, None),
        answers("304 with a length", raw("HTTP/1.1 304 Not Modified\nContent-Length: 5\n\n"), 304, None),
        answers("status 999", raw("HTTP/1.1 999 Whatever\nContent-Length: 0\n\n"), 999, None),
        fails("status 99", raw("HTTP/1.1 99 Low\nContent-Length: 0\n\n"), InvalidResponse, Headers),
        fails("status 1000", raw("HTTP/1.1 1000 High\nContent-Length: 0\n\n"), InvalidResponse, Headers),
        fails("a status in letters", raw("HTTP/1.1 2OO OK\nContent-Length: 0\n\n"), InvalidResponse, Headers),
        fails("HTTP/3.7", raw("HTTP/3.7 200 OK\nContent-Length: 0\n\n"), InvalidResponse, Headers),
        answers("100 before the answer", [raw("HTTP/1.1 100 Continue\n\n"), json("1")].concat(), 200, Some("1")),
        fails(
            "100 without end",
            vec![Drip(b"HTTP/1.1 100 Continue\r\n\r\n".to_vec(), Duration::from_millis(5))],
            FirstByteTimeout,
            Headers,
        )
        .times(brief_first_byte()),
        answers("429 in seconds", raw("HTTP/1.1 429 Slow\nRetry-After: 2\nContent-Length: 0\n\n"), 429, None),
        answers(
            "503 with a date",
            raw("HTTP/1.1 503 Down\nRetry-After: Sun, 06 Nov 1994 08:49:37 GMT\nContent-Length: 0\n\n"),
            503,
            None,
        ),
        answers("503 in a year", raw("HTTP/1.1 503 Down\nRetry-After: 31536000\nContent-Length: 0\n\n"), 503, None)
            .busy(),
        answers("503 with garbage", raw("HTTP/1.1 503 Down\nRetry-After: soon\nContent-Length: 0\n\n"), 503, None),
    ]
}

/// Bodies whose content is strange.
fn bodies() -> Vec<Mode> {
    let deep = format!("{}1{}", "[".repeat(200_000), "]".repeat(200_000));
    vec![
        answers(
            "the request as the body",
            [ok("Content-Type: text/plain", b""), vec![Echo, Close]].concat(),
            200,
            None,
        ),
        fails("the request in place of a head", vec![Echo, Close], InvalidResponse, Headers),
        answers(
            "the request in a field",
            raw("HTTP/1.1 200 OK\nX-Echo: canary-input-7Hq2, Y2FuYXJ5LWlucHV0LTdIcTI=\nContent-Length: 0\n\n"),
            200,
            None,
        ),
        answers("duplicate keys", json("{\"a\":1,\"a\":2}"), 200, None),
        answers("no UTF-8", ok("Content-Type: application/json\nContent-Length: 3", b"\"\xff\""), 200, None),
        answers(
            "a byte order mark",
            ok("Content-Type: application/json\nContent-Length: 4", b"\xef\xbb\xbf1"),
            200,
            None,
        ),
        answers("1e400", json("1e400"), 200, Some("1e400")),
        answers("23 digits", json("12345678901234567890123"), 200, Some("12345678901234567890123")),
        answers("200,000 deep", json(&deep), 200, None),
        answers("a page labelled JSON", json("<html>no</html>"), 200, Some("\"<html>no</html>\"")),
        answers("no content type", ok("Content-Length: 9", b"{\"a\":[1]}"), 200, Some("{\"a\":[1]}")),
        answers("no body", ok("Content-Type: application/json\nContent-Length: 0", b""), 200, None),
    ]
}

/// Redirects, which are answers.
fn redirects() -> Vec<Mode> {
    let to =
        |status: &str, location: &str| raw(&format!("HTTP/1.1 {status}\nLocation: {location}\nContent-Length: 0\n\n"));
    vec![
        answers("a redirect to itself", to("302 Found", "/x"), 302, None).followed(TooManyRedirects, Headers, 11),
        answers("a redirect that keeps the method", to("307 Keep", "/y"), 307, None).followed(
            TooManyRedirects,
            Headers,
            11,
        ),
        answers("a redirect to another host", to("303 See", "http://127.0.0.2:1/"), 303, None).followed(
            ConnectRefused,
            Connect,
            2,
        ),
        answers("a redirect to a file", to("302 Found", "file:///etc/passwd"), 302, None).followed(
            PolicyRefused,
            Policy,
            1,
        ),
        answers("a redirect to metadata", to("302 Found", "http://169.254.169.254/latest/"), 302, None).followed(
            PolicyRefused,
            Policy,
            1,
        ),
        answers("a redirect to nowhere", raw("HTTP/1.1 302 Found\nContent-Length: 0\n\n"), 302, None),
    ]
}

/// TLS that fails.
fn tls() -> Vec<Mode> {
    let hello = || json("\"hello\"");
    let mistaken = |name, acts| fails(name, acts, TlsFailed, Tls).line(Line::Mistaken);
    vec![
        answers("TLS", hello(), 200, Some("\"hello\"")).line(Line::Tls),
        answers("IPv6", hello(), 200, Some("\"hello\"")).line(Line::Six),
        fails("an issuer that is not trusted", hello(), TlsFailed, Tls).line(Line::Stranger).requests(0),
        fails("another name", hello(), TlsFailed, Tls).line(Line::WrongName).requests(0),
        fails("an expired certificate", hello(), TlsFailed, Tls).line(Line::Expired).requests(0),
        fails("a certificate of the future", hello(), TlsFailed, Tls).line(Line::NotYet).requests(0),
        fails("the end without a farewell", then(ok("", b"cut"), Close), ConnectionClosed, Body).line(Line::Tls),
        fails(
            "reset inside TLS",
            [ok("Content-Length: 10", b"half"), vec![Pause(BRIEF / 4), Reset]].concat(),
            ConnectionReset,
            Body,
        )
        .line(Line::Tls),
        mistaken("no TLS there", raw("HTTP/1.1 400 Bad Request\n\n")).unread(),
        mistaken("an alert in place of a greeting", vec![Write(vec![0x15, 3, 3, 0, 2, 2, 70]), Hold]).unread(),
        mistaken("closed in place of a greeting", vec![Sip, Close]).unread(),
        fails("reset in place of a greeting", vec![Sip, Reset], ConnectionReset, Tls).line(Line::Mistaken).unread(),
        fails("no greeting", vec![Hold], ConnectTimeout, Connect).line(Line::Mistaken).unread().times(brief_connect()),
        fails("no greeting, by the request's time", vec![Hold], ConnectTimeout, Connect)
            .line(Line::Mistaken)
            .unread()
            .times(brief_request()),
    ]
}

/// HTTP/2, as it should be and otherwise.
fn http2_modes() -> Vec<Mode> {
    let framed = |mode: Mode| {
        let mode = mode.line(Line::Http2);
        Mode { acts: mode.acts[1..].to_vec(), ..mode }
    };
    let mode = |name, bytes, kind, phase| framed(fails(name, http2(bytes), kind, phase));
    let whole = |name, bytes, status, body| framed(answers(name, http2(bytes), status, body));
    let ending = |name, acts: Vec<Act>, kind, phase| {
        let mut mode = mode(name, Vec::new(), kind, phase);
        mode.acts.pop();
        mode.acts.extend(acts);
        mode
    };
    // :status 200 by its index in the static table; a field that is not in it, by name and value
    let head = frame(1, 4, 1, &[0x88]);
    let field = |name: &str, value: &str| {
        let text = |text: &str| [&[u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
        [vec![0], text(name), text(value)].concat()
    };
    let headed = |name, value| frame(1, 4, 1, &[vec![0x88], field(name, value)].concat());
    let resets = |name, code: u32| {
        let acts = http2_streams(|stream| frame(3, 0, stream, &code.to_be_bytes()));
        framed(fails(name, acts, ConnectionReset, Headers))
    };
    let reset_in_body = http2_streams(|stream| {
        let reset = frame(3, 0, stream, &2_u32.to_be_bytes());
        [frame(1, 4, stream, &[0x88]), frame(0, 0, stream, b"half"), reset].concat()
    });
    let away = |last: u32, code: u32| frame(7, 0, 0, &[last.to_be_bytes(), code.to_be_bytes()].concat());
    let end = frame(0, 1, 1, b"\"ok\"");
    let ok = Some("\"ok\"");
    vec![
        whole("HTTP/2", [head.clone(), end.clone()].concat(), 200, ok),
        whole(
            "HTTP/2 with a word before",
            [frame(1, 4, 1, &field(":status", "103")), head.clone(), end.clone()].concat(),
            200,
            ok,
        ),
        whole(
            "HTTP/2 with trailers",
            [head.clone(), frame(0, 0, 1, b"\"ok\""), frame(1, 5, 1, &field("x-sum", "1"))].concat(),
            200,
            ok,
        ),
        whole("an HTTP/2 farewell after the answer", [head.clone(), end.clone(), away(1, 0)].concat(), 200, ok),
        whole("an HTTP/2 farewell that lets the request be", [away(1, 0), head.clone(), end].concat(), 200, ok),
        resets("an HTTP/2 stream that is reset", 8),
        resets("an HTTP/2 stream that is refused", 7),
        resets("an HTTP/2 stream that wants HTTP/1.1", 13),
        framed(fails("an HTTP/2 stream that is reset in the body", reset_in_body, ConnectionReset, Body)),
        mode(
            "an HTTP/2 frame that is none",
            frame(1, 4, 1, &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
            InvalidResponse,
            Headers,
        ),
        mode("an HTTP/2 frame that is too long", frame(0, 0, 1, &vec![0; 1 << 20]), InvalidResponse, Headers),
        mode("HTTP/2 data before its head", frame(0, 1, 1, b"early"), InvalidResponse, Headers),
        mode("an HTTP/2 head in capitals", headed("X-Mine", "1"), InvalidResponse, Headers),
        mode("an HTTP/2 head without status", frame(1, 5, 1, &field("x-mine", "1")), InvalidResponse, Headers),
        mode(
            "an HTTP/2 push",
            frame(5, 4, 1, &[&2_u32.to_be_bytes(), [0x88].as_slice()].concat()),
            InvalidResponse,
            Headers,
        ),
        mode(
            "an HTTP/2 body shorter than is said",
            [headed("content-length", "10"), frame(0, 1, 1, b"half")].concat(),
            InvalidResponse,
            Body,
        ),
        mode(
            "an HTTP/2 body longer than is said",
            [headed("content-length", "2"), frame(0, 1, 1, b"more")].concat(),
            InvalidResponse,
            Body,
        ),
        mode("an HTTP/2 body that stalls", [head.clone(), frame(0, 0, 1, b"half")].concat(), RequestTimeout, Body)
            .times(brief_request()),
        mode("HTTP/2 and silence", Vec::new(), FirstByteTimeout, Headers).times(brief_first_byte()),
        ending(
            "HTTP/2 continued without end",
            vec![Write(frame(1, 0, 1, &[0x88])), Flood(frame(9, 0, 1, &field("x-more", "x")))],
            InvalidResponse,
            Headers,
        ),
        ending(
            "HTTP/2 pings without end",
            vec![Drip(frame(6, 0, 0, &[0; 8]), Duration::from_millis(5))],
            FirstByteTimeout,
            Headers,
        )
        .times(brief_first_byte()),
        ending("HTTP/2 closed", vec![], ConnectionClosed, Headers),
        Mode { expect: Expect::Gone(Headers), ..ending("HTTP/2 reset", vec![Reset], ConnectionReset, Headers) },
        ending("HTTP/2 closed in the body", vec![Write(head)], ConnectionClosed, Body),
        mode("an HTTP/2 server that goes away", away(0, 1), ConnectionReset, Headers),
        mode("an HTTP/2 server that goes away in peace", away(0, 0), ConnectionReset, Headers),
    ]
}
