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

use crate::auth::{Authorization, Resend};
use crate::credentials::SecretString;
use crate::engine::Parts;
use crate::transport::Answer;

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
    let mut known = Known { secrets: run.secrets().clone(), used: Vec::new() };
    let sent = exchange(run, parts, authorizations, send, &mut known, observe).await;
    let now = parts.clock.now();
    let result = run.evaluate(send, now, sent.as_ref().map_err(Clone::clone));
    if let Ok(exchange) = &sent {
        // the answer's own tokens are secret from here on
        result.secrets.iter().for_each(|secret| known.secrets.add(secret));
        observe(&event(now, EventKind::ResponseReceived(response_received(&known.secrets, send, exchange))));
    }
    (result, known.used)
}

/// What must not be shown: what the run knows, and the credentials that its requests have used meanwhile.
struct Known {
    secrets: Secrets,
    used: Vec<SecretString>,
}

/// The exchange of one request. One that is refused because the clocks disagree is sent once more by the other clock.
async fn exchange(
    run: &Run,
    parts: &Parts,
    authorizations: &[Authorization],
    send: &Send,
    known: &mut Known,
    observe: &mut impl FnMut(&Event),
) -> Result<Exchange, Fault> {
    let authorization = authorization(run, authorizations, send)?;
    let (first, resend) = attempt(run, parts, authorization, send, known, observe).await?;
    if resend == Resend::No {
        return Ok(first);
    }
    let refused = response_received(&known.secrets, send, &first);
    observe(&event(parts.clock.now(), EventKind::ResponseReceived(refused)));
    attempt(run, parts, authorization, send, known, observe).await.map(|(second, _)| second)
}

/// Signs by the far end's clock, as far as it is known, sends, and learns from the answer what its clock says.
async fn attempt(
    run: &Run,
    parts: &Parts,
    authorization: &Authorization,
    send: &Send,
    known: &mut Known,
    observe: &mut impl FnMut(&Event),
) -> Result<(Exchange, Resend), Fault> {
    let origin = match authorization {
        Authorization::SigV4(asked) => Some(&asked.origin),
        Authorization::None => None,
    };
    let skew = origin.map(|origin| parts.skews.of(origin)).unwrap_or_default();
    let started = parts.clock.now();
    let mut request = send.request.clone();
    let used = parts.authorizer.authorize(&mut request, authorization, skew.correct(started)).await?;
    used.iter().for_each(|secret| known.secrets.add(secret.expose()));
    known.used.extend(used);
    let sent = parts.clock.now();
    observe(&event(sent, EventKind::RequestSent(request_sent(&known.secrets, send, &request))));
    let Answer { response, duration } = transmit(run, parts, send, &request).await?;
    let received = parts.clock.now();
    let resend = origin.map_or(Resend::No, |origin| parts.skews.learn(origin, skew, &response, sent..received));
    Ok((Exchange { request, response, duration }, resend))
}

/// What the operation of a step asks for.
fn authorization<'a>(run: &Run, authorizations: &'a [Authorization], send: &Send) -> Result<&'a Authorization, Fault> {
    let wanted = match run.plan().step(send.step).map(|step| &step.target) {
        Some(Target::Operation(operation)) => operation.authorization,
        _ => None,
    };
    let foreign = || Fault::new(FaultKind::SigningFailed, Phase::Auth, "the plan's authorizations are not its own");
    match wanted {
        None => Ok(&Authorization::None),
        Some(index) => authorizations.get(index).ok_or_else(foreign),
    }
}

/// Sends within the step's timeout, also where the transport keeps no time itself.
async fn transmit(run: &Run, parts: &Parts, send: &Send, request: &Request) -> Result<Answer, Fault> {
    const GRACE: Duration = Duration::from_millis(250);
    let own = run.plan().step(send.step).and_then(|step| step.timeout);
    let limits = parts.settings.network.limits(own, send.timeout);
    let timeout = send.timeout;
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
