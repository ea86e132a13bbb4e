//! Each way in which a server can fail, against each kind of request: the exact fault, in bounded time, nothing sent twice,
//! nothing secret shown. The servers are raw listeners on loopback.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test may panic, and says what it skips")]

mod certificate;
mod modes;
mod server;
mod world;

use std::sync::Arc;
use std::time::{Duration, Instant};

use arras::{Redirects, TransportRetry};
use arras_run::fault::{FaultKind, Phase};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use self::certificate::Authority;
use self::modes::{Expect, Line, Mode};
use self::server::{Act, Server, write};
use self::world::{CANARIES, Lets, METHODS, Method, Outcome, Times, run};

/// Whom a run trusts, and whom it does not.
struct Roots {
    trusted: Authority,
    stranger: Authority,
}

impl Roots {
    fn new() -> Arc<Roots> {
        Arc::new(Roots { trusted: Authority::new("the root"), stranger: Authority::new("a stranger") })
    }

    fn pem(&self) -> Vec<Vec<u8>> {
        vec![self.trusted.pem.clone().into_bytes()]
    }
}

const YEARS: (i32, i32) = (2000, 2999);

/// A server of that mode, and its base URL; `None` where the machine has no such address.
async fn serve(mode: &Mode, roots: &Roots) -> Option<(Server, String)> {
    let tls = match mode.line {
        Line::Plain | Line::Mistaken | Line::Six => None,
        Line::Tls => Some(roots.trusted.server("localhost", YEARS, &["http/1.1"])),
        Line::Http2 => Some(roots.trusted.server("localhost", YEARS, &["h2"])),
        Line::Stranger => Some(roots.stranger.server("localhost", YEARS, &[])),
        Line::WrongName => Some(roots.trusted.server("elsewhere.example", YEARS, &[])),
        Line::Expired => Some(roots.trusted.server("localhost", (2000, 2001), &[])),
        Line::NotYet => Some(roots.trusted.server("localhost", (2998, 2999), &[])),
    };
    let address = if mode.line == Line::Six { "::1" } else { "127.0.0.1" };
    let server = Server::start(address, tls, mode.acts.clone()).await.ok()?;
    let port = server.port;
    let base = match mode.line {
        Line::Plain => format!("http://127.0.0.1:{port}"),
        Line::Six => format!("http://[::1]:{port}"),
        _ => format!("https://localhost:{port}"),
    };
    Some((server, base))
}

/// What is to come of a case.
struct Due<'a> {
    expect: &'a Expect,
    /// How many requests are told.
    told: usize,
    /// How many of them reach the server.
    reach: usize,
    /// How many notes there are of further tries and of redirects that were followed.
    notes: (usize, usize),
}

/// A request is made once, but where the user lets it be made again: what can be done twice up to three times, if the
/// connection failed or the server is busy; and what a redirect leads to.
fn due(mode: &Mode, method: Method, lets: Lets) -> Due<'_> {
    let once = Due { expect: &mode.expect, told: 1, reach: mode.requests, notes: (0, 0) };
    if lets == Lets::default() {
        return once;
    }
    if let Some((expect, told)) = &mode.followed {
        // the last of them is a GET, which may be tried again
        let tries = if matches!(expect, Expect::Fault(FaultKind::ConnectRefused, _)) { 2 } else { 0 };
        let reach = if matches!(expect, Expect::Fault(FaultKind::TooManyRedirects, _)) { *told } else { 1 };
        return Due { expect, told: told + tries, reach, notes: (tries, told - 1) };
    }
    match method == Method::Get && mode.may_pass() {
        true => Due { told: 3, reach: 3 * mode.requests, notes: (2, 0), ..once },
        false => once,
    }
}

/// How the end of a connection is told.
const GONE: [FaultKind; 2] = [FaultKind::ConnectionReset, FaultKind::ConnectionClosed];

/// What is wrong with how a case went; nothing if all is well.
fn judge(mode: &Mode, method: Method, lets: Lets, outcome: &Outcome, server: &Server) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut say = |what: String| wrong.push(format!("{} {method:?} {lets:?}: {what}", mode.name));
    let due = due(mode, method, lets);
    match (due.expect, &outcome.fault) {
        (Expect::Fault(kind, phase), Some(fault)) if (fault.kind, fault.phase) == (*kind, *phase) => {}
        (Expect::Gone(phase), Some(fault)) if fault.phase == *phase && GONE.contains(&fault.kind) => {}
        (Expect::Answer(status, body), None) if outcome.status == Some(*status) => {
            if body.is_some() && *body != outcome.body {
                say(format!("the body is {:?}", outcome.body));
            }
        }
        (_, fault) => say(format!("{fault:?}, status {:?}, not {:?}", outcome.status, due.expect)),
    }
    let requests = server.requests();
    if requests.len() != due.reach {
        say(format!("{} requests came in, not {}", requests.len(), due.reach));
    }
    if outcome.told.len() != due.told || outcome.notes != due.notes {
        let (told, notes) = (&outcome.told, outcome.notes);
        say(format!("told are {told:?} and {notes:?} notes, not {} and {:?}", due.told, due.notes));
    }
    let posts = outcome.told.iter().filter(|(method, _)| method == "POST").count();
    if posts > 1 && outcome.notes.1 != posts - 1 {
        say(format!("{posts} requests of POST are made"));
    }
    let signed = |request: &Vec<u8>| String::from_utf8_lossy(request).to_lowercase().contains("aws4-hmac-sha256");
    // the heads of HTTP/2 are compressed
    if method == Method::Signed && mode.line != Line::Http2 && !requests.iter().all(signed) {
        say("a request was not signed".to_owned());
    }
    for canary in CANARIES {
        if outcome.events.contains(canary) {
            say(format!("`{canary}` is shown"));
        }
    }
    if outcome.events.contains("Y2FuYXJ5LWlucHV0LTdIcTI") {
        say("the input is shown in base64".to_owned());
    }
    wrong
}

/// Runs a case; where it has to run into a time limit that proves too brief for a busy machine, again with a longer one.
async fn case(mode: &Mode, method: Method, lets: Lets, roots: &Roots) -> Vec<String> {
    let mut wrong = Vec::new();
    for stretch in [1, 4, 16] {
        let Some((server, base)) = serve(mode, roots).await else {
            eprintln!("skipped: {} {method:?}: there is no such address here", mode.name);
            return Vec::new();
        };
        let times = mode.times.stretched(stretch);
        let bounded = tokio::time::timeout(Duration::from_secs(120), run(method, &base, times, roots.pem(), lets));
        wrong = match bounded.await {
            Ok(outcome) => judge(mode, method, lets, &outcome, &server),
            Err(_) => vec![format!("{} {method:?}: it hangs", mode.name)],
        };
        if wrong.is_empty() || !mode.times.are_brief() {
            break;
        }
    }
    wrong
}

#[tokio::test]
async fn every_fault_of_a_server_has_its_kind_and_phase() {
    catalogue(Lets::default()).await;
}

#[tokio::test]
async fn no_request_is_made_again_unseen_where_redirects_are_followed_and_tries_allowed() {
    catalogue(Lets { redirects: Redirects::Followed, retries: TransportRetry::Standard }).await;
}

/// So many cases at a time, of all tests here: more would only take the processor from each other until time limits pass.
static TURNS: Semaphore = Semaphore::const_new(32);

/// Each mode, each method.
async fn catalogue(lets: Lets) {
    let roots = Roots::new();
    let modes = modes::modes();
    let count = modes.len();
    assert!(count >= 50);
    let started = Instant::now();
    // those that wait for a time limit come last, when the others leave them the machine
    let (brief, others): (Vec<Mode>, Vec<Mode>) = modes.into_iter().partition(|mode| mode.times.are_brief());
    let mut wrong = Vec::new();
    for modes in [others, brief] {
        let mut cases = JoinSet::new();
        for mode in modes.into_iter().map(Arc::new) {
            for method in METHODS {
                let (mode, roots) = (Arc::clone(&mode), Arc::clone(&roots));
                cases.spawn(async move {
                    let _turn = TURNS.acquire().await;
                    case(&mode, method, lets, &roots).await
                });
            }
        }
        while let Some(case) = cases.join_next().await {
            wrong.extend(case.unwrap_or_else(|error| vec![format!("a panic: {error}")]));
        }
    }
    wrong.sort();
    eprintln!("{count} modes × {} methods in {:?}", METHODS.len(), started.elapsed());
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// A connection that is kept for the next request.
#[tokio::test]
async fn what_a_server_does_to_a_kept_connection_loses_and_doubles_nothing() {
    let answer = |body: &str| write(&format!("HTTP/1.1 200 OK\nContent-Length: {}\n\n{body}", body.len()));
    let both = |acts: Vec<Act>| async move {
        let server = Server::start("127.0.0.1", None, acts).await.unwrap();
        let base = format!("http://127.0.0.1:{}", server.port);
        (run(Method::Twice, &base, Times::default(), Vec::new(), Lets::default()).await, server)
    };
    let (outcome, server) = both(vec![Act::Read, answer("one"), Act::Read, answer("two"), Act::Hold]).await;
    assert_eq!((outcome.body.as_deref(), server.requests().len()), (Some("\"two\""), 2), "{outcome:?}");
    // the server has read the second request when it closes: whether it acted on it nobody knows
    let (outcome, server) = both(vec![Act::Read, answer("one"), Act::Read, Act::Close]).await;
    let fault = outcome.fault.unwrap();
    assert_eq!((fault.kind, fault.phase), (FaultKind::ConnectionClosed, Phase::Headers), "{}", fault.message);
    assert_eq!(server.requests().len(), 2);
    // an answer that nobody asked for is no answer to what is asked next
    let (outcome, server) = both(vec![Act::Read, answer("one"), answer("stolen"), Act::Read, answer("three")]).await;
    assert!(outcome.body.as_deref() != Some("\"stolen\""), "{outcome:?}");
    assert!(server.requests().len() <= 2);
    // closed while it is idle: the next request finds out in time, or fails; it is never sent twice
    let (outcome, server) = both(vec![Act::Read, answer("one"), Act::Close]).await;
    let sent = server.requests().len();
    assert!(outcome.fault.is_some() || (outcome.body.as_deref() == Some("\"one\"") && sent == 2), "{outcome:?} {sent}");
}

#[tokio::test]
async fn without_a_server_the_fault_says_so() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    for method in METHODS {
        for (base, kind, phase) in [
            (format!("http://127.0.0.1:{port}"), FaultKind::ConnectRefused, Phase::Connect),
            (format!("https://localhost:{port}"), FaultKind::ConnectRefused, Phase::Connect),
            ("http://no-such-host.invalid".to_owned(), FaultKind::DnsFailed, Phase::Dns),
        ] {
            let outcome = run(method, &base, Times::default(), Vec::new(), Lets::default()).await;
            let fault = outcome.fault.unwrap();
            assert_eq!((fault.kind, fault.phase), (kind, phase), "{base} {method:?}: {}", fault.message);
        }
    }
}
