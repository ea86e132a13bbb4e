//! How long an attempt of a step may take, whatever it is made of: redirects and further tries share its time.

use std::future::Future;
use std::time::{Duration, Instant};

use arras_run::exchange::Request;
use arras_run::fault::{Fault, FaultKind, Phase};

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
        let Some(started) = self.started else { return Some(timeout) };
        // to the millisecond, for messages
        let left = timeout.saturating_sub(started.elapsed()).as_millis();
        Some(Duration::from_millis(u64::try_from(left).unwrap_or(u64::MAX)))
    }

    /// Whether there is time to wait that long and then do something.
    pub(super) fn allows(&self, pause: Duration) -> bool {
        self.left().is_none_or(|left| left > pause)
    }

    /// Does what comes before a request within the time that is left: fetching a token, say, counts as the step's own time.
    pub(super) async fn prepare<T>(&mut self, doing: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
        let left = self.left();
        self.started.get_or_insert_with(Instant::now);
        let Some(left) = left else { return doing.await };
        tokio::time::timeout(left, doing).await.unwrap_or_else(|_| {
            let message = format!(
                "the credentials for the request, such as a token, did not come within {left:?}: a step's `timeout` can allow more"
            );
            Err(Fault::new(FaultKind::RequestTimeout, Phase::Auth, message))
        })
    }

    /// Sends within the time that is left, also where the transport keeps no time itself.
    pub(super) async fn send(&mut self, transport: &dyn Transport, request: &Request) -> Result<Answer, Fault> {
        let left = self.left();
        self.started.get_or_insert_with(Instant::now);
        let Some(left) = left else { return transport.send(request, &self.limits).await };
        let limits = Limits { request: left, first_byte: left.min(self.limits.first_byte), ..self.limits };
        let sending = transport.send(request, &limits);
        tokio::time::timeout(left.saturating_add(GRACE), sending).await.unwrap_or_else(|_| {
            let message = format!("no whole answer within {left:?}");
            Err(Fault::new(FaultKind::RequestTimeout, Phase::Headers, message))
        })
    }
}
