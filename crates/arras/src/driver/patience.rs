//! How long an attempt of a step may take, whatever it is made of: redirects and further tries share its time.

use std::future::Future;
use std::time::{Duration, Instant};

use arras_run::exchange::Request;
use arras_run::fault::{Fault, FaultKind, Phase};

use crate::origin::Origin;
use crate::transport::{Answer, Limits, Transport};

/// What a transport that keeps no time itself is given beyond the step's timeout.
const GRACE: Duration = Duration::from_millis(250);

/// The time of one attempt, which real servers take, whatever clock the run is told.
#[derive(Debug)]
pub(super) struct Patience {
    limits: Limits,
    timeout: Option<Duration>,
    /// When the first request went out.
    started: Option<Instant>,
}

impl Patience {
    pub(super) fn new(limits: Limits, timeout: Option<Duration>) -> Patience {
        Patience { limits, timeout, started: None }
    }

    /// What is left; `None` for no end.
    fn left(&self) -> Option<Duration> {
        let timeout = self.timeout?;
        Some(self.started.map_or(timeout, |started| timeout.saturating_sub(started.elapsed())))
    }

    /// Whether there is time to wait that long and then do something.
    pub(super) fn allows(&self, pause: Duration) -> bool {
        self.left().is_none_or(|left| left > pause)
    }

    /// Does what comes before a request within the time that is left: fetching a token, say, counts as the step's own time.
    pub(super) async fn prepare<T>(&mut self, doing: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
        let left = self.left();
        self.started.get_or_insert_with(Instant::now);
        let (Some(left), Some(timeout)) = (left, self.timeout) else { return doing.await };
        tokio::time::timeout(left, doing).await.unwrap_or_else(|_| {
            let message = format!(
                "the credentials for the request, such as a token, did not come within {timeout:?}{}: a step's `timeout` can \
                 allow more",
                before(timeout, left)
            );
            Err(Fault::new(FaultKind::RequestTimeout, Phase::Auth, message))
        })
    }

    /// Sends within the time that is left, also where the transport keeps no time itself.
    pub(super) async fn send(&mut self, transport: &dyn Transport, request: &Request) -> Result<Answer, Fault> {
        let left = self.left();
        let began = Instant::now();
        self.started.get_or_insert(began);
        let (Some(left), Some(timeout)) = (left, self.timeout) else {
            return transport.send(request, &self.limits).await;
        };
        let limits = Limits { request: left, first_byte: left.min(self.limits.first_byte), ..self.limits };
        let sending = transport.send(request, &limits);
        let outcome = match transport.keeps_time() {
            true => Ok(sending.await),
            false => tokio::time::timeout(left.saturating_add(GRACE), sending).await,
        };
        let ended = |kind, phase| late(kind, phase, request, timeout, left);
        match outcome {
            Err(_) => Err(ended(FaultKind::RequestTimeout, Phase::Headers)),
            // the transport knows what was left alone, and a person what they allowed
            Ok(Err(fault)) if fault.kind == FaultKind::RequestTimeout => Err(ended(fault.kind, fault.phase)),
            Ok(Err(fault)) if fault.kind == FaultKind::ConnectTimeout && began.elapsed() >= left => {
                Err(ended(fault.kind, fault.phase))
            }
            Ok(outcome) => outcome,
        }
    }
}

/// The step's timeout ended during that request, which had `left` of it.
fn late(kind: FaultKind, phase: Phase, request: &Request, timeout: Duration, left: Duration) -> Fault {
    let peer = Origin::parse(&request.url).map(|origin| format!("`{origin}`"));
    let peer = peer.as_deref().unwrap_or("the server");
    let before = before(timeout, left);
    let message = match (kind, phase) {
        (FaultKind::ConnectTimeout, Phase::Dns) => {
            format!("no address of {peer} within {timeout:?}{before}: check the host, the port and the network")
        }
        (FaultKind::ConnectTimeout, _) => {
            format!("no connection to {peer} within {timeout:?}{before}: check the host, the port and the network")
        }
        (_, Phase::Send) => {
            format!(
                "the request to {peer} was not sent in full within {timeout:?}{before}: a step's `timeout` can allow more"
            )
        }
        _ => format!("{peer} did not answer in full within {timeout:?}{before}: a step's `timeout` can allow more"),
    };
    Fault::new(kind, phase, message)
}

/// How much of the timeout had gone by before, where that is a good part of it.
fn before(timeout: Duration, left: Duration) -> String {
    let before = timeout.saturating_sub(left);
    if before < timeout / 10 {
        return String::new();
    }
    format!(", of which {:?} had gone by before it was asked", Duration::from_millis(millis(before)))
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use arras_run::payload::Payload;

    use super::*;
    use crate::future::BoxFuture;

    /// Fails at once with what its own time was.
    struct Late(FaultKind, Phase);

    impl Transport for Late {
        fn send<'a>(&'a self, _: &'a Request, limits: &'a Limits) -> BoxFuture<'a, Result<Answer, Fault>> {
            Box::pin(async move { Err(Fault::new(self.0, self.1, format!("not within {:?}", limits.request))) })
        }
    }

    fn request() -> Request {
        Request {
            method: "GET".to_owned(),
            url: "https://api.example/a?b".to_owned(),
            headers: Vec::new(),
            body: Payload::default(),
            path: Vec::new(),
            query: Vec::new(),
        }
    }

    #[tokio::test]
    async fn a_fault_names_the_limit_that_was_set() {
        let timeout = Duration::from_secs(100);
        let fails = async |kind, phase, gone: Duration| {
            let mut patience = Patience::new(Limits::default(), Some(timeout));
            patience.started = Some(Instant::now().checked_sub(gone).unwrap());
            let request = request();
            let fault = patience.send(&Late(kind, phase), &request).await.unwrap_err();
            assert_eq!((fault.kind, fault.phase), (kind, phase));
            fault.message
        };
        let (little, much, more) = (Duration::from_millis(1), Duration::from_secs(20), Duration::from_secs(200));
        let told = fails(FaultKind::RequestTimeout, Phase::Body, little).await;
        assert_eq!(told, "`https://api.example` did not answer in full within 100s: a step's `timeout` can allow more");
        let told = fails(FaultKind::RequestTimeout, Phase::Headers, much).await;
        assert!(told.contains("did not answer in full within 100s, of which 20"), "{told}");
        let told = fails(FaultKind::ConnectTimeout, Phase::Connect, more).await;
        assert!(told.contains("no connection to `https://api.example` within 100s"), "{told}");
        // its own time to connect, say, is another limit
        let told = fails(FaultKind::ConnectTimeout, Phase::Connect, little).await;
        assert!(told.starts_with("not within 99."), "{told}");
    }
}
