//! The loop between a run and the world: what it asks for is done, and it is told how that went. The only place that waits.

use std::time::Duration;

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

use crate::auth::Authorization;
use crate::credentials::SecretString;
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
                    (result, secrets) = perform => {
                        secrets.iter().for_each(|secret| run.add_secret(secret.expose()));
                        Input::Settled(send.id.clone(), Box::new(result))
                    }
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

/// Authorises, sends and judges one request; gives the result, and the secrets that were used, which it must not hold.
async fn perform(
    run: &Run,
    parts: &Parts,
    authorizations: &[Authorization],
    send: &Send,
    observe: &mut impl FnMut(&Event),
) -> (StepResult, Vec<SecretString>) {
    let started = parts.clock.now();
    let mut request = send.request.clone();
    let mut used = Vec::new();
    let mut secrets = run.secrets().clone();
    let sent = match authorize(run, parts, authorizations, send, &mut request, started).await {
        Ok(told) => {
            told.iter().for_each(|secret| secrets.add(secret.expose()));
            used = told;
            observe(&event(started, EventKind::RequestSent(request_sent(&secrets, send, &request))));
            transmit(parts, &request, send.timeout).await.map(|answer| Exchange {
                request,
                response: answer.response,
                duration: answer.duration,
            })
        }
        Err(fault) => Err(fault),
    };
    let now = parts.clock.now();
    let result = run.evaluate(send, now, sent.as_ref().map_err(Clone::clone));
    if let Ok(exchange) = &sent {
        // the answer's own tokens are secret from here on
        result.secrets.iter().for_each(|secret| secrets.add(secret));
        observe(&event(now, EventKind::ResponseReceived(response_received(&secrets, send, exchange))));
    }
    (result, used)
}

async fn authorize(
    run: &Run,
    parts: &Parts,
    authorizations: &[Authorization],
    send: &Send,
    request: &mut Request,
    now: Timestamp,
) -> Result<Vec<SecretString>, Fault> {
    let step = run.plan().step(send.step);
    let wanted = match step.map(|step| &step.target) {
        Some(Target::Operation(operation)) => operation.authorization,
        _ => None,
    };
    match wanted.map(|index| authorizations.get(index)) {
        None => Ok(Vec::new()),
        Some(Some(authorization)) => parts.authorizer.authorize(request, authorization, now).await,
        Some(None) => {
            Err(Fault::new(FaultKind::SigningFailed, Phase::Auth, "the plan's authorizations are not its own"))
        }
    }
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
