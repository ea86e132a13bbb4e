//! The loop between a run and the world: what it asks for is done, and it is told how that went. The only place that waits.

use std::time::Duration;

use arras_doc::diagnostic::Diagnostic;
use arras_doc::rule;
use arras_run::effect::{CancelReason, Effect, Input, Outcome, Send, Turn};
use arras_run::event::{Event, EventKind, RequestSent, ResponseReceived};
use arras_run::exchange::{Exchange, Request, Response};
use arras_run::fault::{Fault, FaultKind, Phase};
use arras_run::plan::Target;
use arras_run::result::StepResult;
use arras_run::run::Run;
use arras_run::secret::Secrets;
use arras_run::time::Timestamp;
use tokio::sync::watch;

use crate::auth::{Authorization, Trail};
use crate::engine::Parts;
use crate::transport::{Answer, Limits};

/// How many bytes of a body an event shows.
const SHOWN: usize = 64 << 10;

/// Whether and why the run is to stop.
pub(crate) type Cancelled = watch::Receiver<Option<CancelReason>>;

/// Drives a run to its end.
pub(crate) async fn drive(
    mut run: Run,
    parts: &Parts,
    authorizations: &[Authorization],
    mut observe: impl FnMut(&Event),
    mut cancelled: Cancelled,
) -> Outcome {
    loop {
        let turn = run.turn();
        while let Some(event) = run.poll_event() {
            observe(&event);
        }
        let input = match turn {
            Turn::Done(outcome) => return outcome,
            Turn::Wait(until) => tokio::select! {
                reason = stop(&mut cancelled) => Input::Cancel(reason),
                () = sleep_until(parts, until) => Input::Tick,
            },
            Turn::Perform(Effect::Send(send)) => {
                let left = run.deadline().map(|deadline| deadline.since(parts.clock.now()));
                let perform = perform(&run, parts, authorizations, &send, &mut observe);
                tokio::select! {
                    reason = stop(&mut cancelled) => Input::Cancel(reason),
                    () = pass(left) => Input::Tick,
                    result = perform => Input::Settled(send.id.clone(), Box::new(result)),
                }
            }
        };
        run.tell(parts.clock.now(), input);
    }
}

/// Resolves when the run is to stop; never if nobody can say so any more.
async fn stop(cancelled: &mut Cancelled) -> CancelReason {
    loop {
        if let Some(reason) = *cancelled.borrow_and_update() {
            return reason;
        }
        if cancelled.changed().await.is_err() {
            return std::future::pending().await;
        }
    }
}

async fn sleep_until(parts: &Parts, until: Option<Timestamp>) {
    match until {
        Some(until) => parts.clock.sleep_until(until).await,
        None => std::future::pending().await,
    }
}

/// Lets real time pass: the far end keeps no other, whatever clock the run is told.
async fn pass(time: Option<Duration>) {
    match time {
        Some(time) => tokio::time::sleep(time).await,
        None => std::future::pending().await,
    }
}

/// Authorises, sends and judges one request; once more where the server refused it before it acted and that can be mended.
async fn perform(
    run: &Run,
    parts: &Parts,
    authorizations: &[Authorization],
    send: &Send,
    observe: &mut impl FnMut(&Event),
) -> StepResult {
    let mut attempt = Attempt { run, parts, send, trail: Trail::default(), observe };
    let authorization = match authorization(run, authorizations, send) {
        Ok(authorization) => authorization,
        Err(fault) => return run.evaluate(send, parts.clock.now(), Err(fault)),
    };
    let mut sent = attempt.exchange(authorization).await;
    let mut resent = None;
    if let Ok(exchange) = &sent {
        match attempt.mend(exchange, authorization).await {
            Ok(None) => {}
            Ok(Some(reason)) => {
                attempt.received(exchange, &[]);
                resent = Some(format!("the request was sent once more: {reason}"));
                sent = attempt.exchange(authorization).await;
            }
            Err(fault) => {
                attempt.received(exchange, &[]);
                sent = Err(fault);
            }
        }
    }
    let now = parts.clock.now();
    let mut result = run.evaluate(send, now, sent.as_ref().map_err(Clone::clone));
    if let Ok(exchange) = &sent {
        attempt.received(exchange, &result.secrets);
    }
    result.secrets.append(&mut attempt.trail.secrets);
    let notes = attempt.trail.notes.drain(..).chain(resent);
    let place = run.plan().step(send.step).map(|step| step.place);
    result.diagnostics.extend(notes.map(|note| {
        let diagnostic = Diagnostic::new(rule::REQUEST_REPEATED, note);
        place.map_or(diagnostic.clone(), |place| diagnostic.at(place.source, place.span))
    }));
    result
}

/// One attempt of a step, and what is told of it.
struct Attempt<'a, O> {
    run: &'a Run,
    parts: &'a Parts,
    send: &'a Send,
    trail: Trail,
    observe: &'a mut O,
}

impl<O: FnMut(&Event)> Attempt<'_, O> {
    /// Authorises and sends the request.
    async fn exchange(&mut self, authorization: Option<&Authorization>) -> Result<Exchange, Fault> {
        let started = self.parts.clock.now();
        let mut request = self.send.request.clone();
        if let Some(authorization) = authorization {
            let authorizer = &self.parts.authorizer;
            let outcome = authorizer.authorize(&mut request, authorization, started, &mut self.trail).await;
            self.tell_trail();
            outcome?;
        }
        self.sent(&request);
        let answer = transmit(self.parts, &request, self.send.timeout).await?;
        Ok(Exchange { request, response: answer.response, duration: answer.duration })
    }

    async fn mend(
        &self,
        exchange: &Exchange,
        authorization: Option<&Authorization>,
    ) -> Result<Option<&'static str>, Fault> {
        let Some(authorization) = authorization else { return Ok(None) };
        let now = self.parts.clock.now();
        self.parts.authorizer.mend(&exchange.request, &exchange.response, authorization, now, &self.trail).await
    }

    /// Tells of the requests that authorising took.
    fn tell_trail(&mut self) {
        let exchanges = std::mem::take(&mut self.trail.exchanges);
        for (request, answer) in exchanges {
            self.sent(&request);
            if let Some(answer) = answer {
                self.received(&Exchange { request, response: answer.response, duration: answer.duration }, &[]);
            }
        }
    }

    /// The run's secrets, the tokens that were fetched, and `more`.
    fn secrets(&self, more: &[String]) -> Secrets {
        let mut secrets = self.run.secrets().clone();
        self.trail.secrets.iter().chain(more).for_each(|secret| secrets.add(secret));
        secrets
    }

    fn sent(&mut self, request: &Request) {
        let sent = request_sent(&self.secrets(&[]), self.send, request);
        (self.observe)(&event(self.parts.clock.now(), EventKind::RequestSent(sent)));
    }

    /// The answer's own tokens, `more`, are secret from here on.
    fn received(&mut self, exchange: &Exchange, more: &[String]) {
        let received = response_received(&self.secrets(more), self.send, exchange);
        (self.observe)(&event(self.parts.clock.now(), EventKind::ResponseReceived(received)));
    }
}

/// What the step's requests need; `None` for nothing.
fn authorization<'a>(
    run: &Run,
    authorizations: &'a [Authorization],
    send: &Send,
) -> Result<Option<&'a Authorization>, Fault> {
    let wanted = match run.plan().step(send.step).map(|step| &step.target) {
        Some(Target::Operation(operation)) => operation.authorization,
        _ => None,
    };
    let Some(index) = wanted else { return Ok(None) };
    let unknown = || Fault::new(FaultKind::SigningFailed, Phase::Auth, "the plan's authorizations are not its own");
    authorizations.get(index).map(Some).ok_or_else(unknown)
}

/// Sends within the step's timeout, also where the transport keeps no time itself.
async fn transmit(parts: &Parts, request: &Request, timeout: Option<Duration>) -> Result<Answer, Fault> {
    const GRACE: Duration = Duration::from_millis(250);
    let limits = timeout.map_or_else(Limits::default, |timeout| Limits::default().with_timeout(timeout));
    let sending = parts.transport.send(request, &limits);
    let Some(timeout) = timeout else { return sending.await };
    tokio::time::timeout(timeout + GRACE, sending).await.unwrap_or_else(|_| {
        let message = format!("no whole answer within {timeout:?}");
        Err(Fault::new(FaultKind::RequestTimeout, Phase::Headers, message))
    })
}

fn event(at: Timestamp, kind: EventKind) -> Event {
    Event { at, kind }
}

fn request_sent(secrets: &Secrets, send: &Send, request: &Request) -> RequestSent {
    RequestSent {
        effect: send.id.clone(),
        method: request.method.clone(),
        url: secrets.text(&request.url),
        headers: secrets.headers(&request.headers),
        body: shown(&request.body).map(|body| secrets.text(&body)),
        body_length: request.body.len(),
    }
}

fn response_received(secrets: &Secrets, send: &Send, exchange: &Exchange) -> ResponseReceived {
    let response: &Response = &exchange.response;
    ResponseReceived {
        effect: send.id.clone(),
        status: response.status,
        headers: secrets.headers(&response.headers),
        body: shown(&response.body).map(|body| secrets.text(&body)),
        body_length: response.body.len(),
        duration_ms: exchange.duration.as_secs_f64() * 1000.0,
    }
}

/// The beginning of a body as text; `None` for none and for bytes that are no text.
fn shown(body: &[u8]) -> Option<String> {
    let head = body.get(..SHOWN).unwrap_or(body);
    match std::str::from_utf8(head) {
        Ok("") => None,
        Ok(text) => Some(text.to_owned()),
        // the cut may have gone through a character
        Err(error) if head.len() < body.len() && error.valid_up_to() + 4 > head.len() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).ok().map(str::to_owned)
        }
        Err(_) => None,
    }
}
