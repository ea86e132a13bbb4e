//! One attempt of a step: authorised, sent, judged; every exchange that it takes is told.

use std::time::Duration;

use arras_doc::diagnostic::Diagnostic;
use arras_doc::rule;
use arras_run::effect::Send;
use arras_run::evaluate;
use arras_run::event::{Event, EventKind, RequestSent, ResponseReceived};
use arras_run::exchange::{Exchange, Request, Response};
use arras_run::fault::{Fault, FaultKind, Phase};
use arras_run::plan::Target;
use arras_run::result::StepResult;
use arras_run::run::Run;
use arras_run::secret::Secrets;
use arras_run::time::Timestamp;

use crate::auth::{Authorization, Resend, Trail};
use crate::credentials::SecretString;
use crate::engine::{Parts, Tape};
use crate::transport::{Answer, Limits};

/// How many bytes of a body an event shows.
const SHOWN: usize = 64 << 10;

/// Authorises, sends and judges one request; once more where the server refused it before it acted and that can be mended.
/// Gives the result, and the secrets that were used, which it must not hold.
pub(super) async fn perform(
    run: &Run,
    parts: &Parts,
    authorizations: &[Authorization],
    send: &Send,
    observe: &mut impl FnMut(&Event),
) -> (StepResult, Vec<SecretString>) {
    let mut attempt = Attempt { run, parts, send, trail: Trail::default(), observe, skewed: Resend::No };
    let authorization = match authorization(run, authorizations, send) {
        Ok(authorization) => authorization,
        Err(fault) => return (run.evaluate(send, parts.clock.now(), Err(fault)), Vec::new()),
    };
    match &parts.tape {
        Some(Tape::Record(recorder)) => recorder.begin(&send.id),
        Some(Tape::Replay(replay)) => replay.begin(&send.id, run.secrets()),
        None => {}
    }
    let mut sent = attempt.exchange(authorization).await;
    let mut resent = None;
    if let Ok(exchange) = &sent {
        match attempt.mend(exchange, authorization).await {
            Ok(None) => {}
            Ok(Some(reason)) => {
                attempt.received(exchange, evaluate::secrets(exchange));
                resent = Some(format!("the request was sent once more: {reason}"));
                sent = attempt.exchange(authorization).await;
            }
            Err(fault) => {
                attempt.received(exchange, evaluate::secrets(exchange));
                sent = Err(fault);
            }
        }
    }
    let now = parts.clock.now();
    let mut result = run.evaluate(send, now, sent.as_ref().map_err(Clone::clone));
    if let Ok(exchange) = &sent {
        attempt.received(exchange, result.secrets.clone());
    }
    match &parts.tape {
        Some(Tape::Record(recorder)) => recorder.settle(&result, &attempt.secrets()),
        Some(Tape::Replay(replay)) => replay.settle(&send.id, &mut result),
        None => {}
    }
    let notes = attempt.trail.notes.drain(..).chain(resent);
    let place = run.plan().step(send.step).map(|step| step.place);
    result.diagnostics.extend(notes.map(|note| {
        let diagnostic = Diagnostic::new(rule::REQUEST_REPEATED, note);
        place.map_or(diagnostic.clone(), |place| diagnostic.at(place.source, place.span))
    }));
    (result, attempt.trail.secrets)
}

/// One attempt of a step, and what is told of it.
struct Attempt<'a, O> {
    run: &'a Run,
    parts: &'a Parts,
    send: &'a Send,
    trail: Trail,
    observe: &'a mut O,
    /// Whether the last answer was a refusal for the time of the signature.
    skewed: Resend,
}

impl<O: FnMut(&Event)> Attempt<'_, O> {
    /// Authorises and sends the request: signed by the far end's clock, as far as it is known, which the answer tells.
    async fn exchange(&mut self, authorization: &Authorization) -> Result<Exchange, Fault> {
        let origin = authorization.parts().iter().find_map(|part| match part {
            Authorization::SigV4(asked) => Some(&asked.origin),
            _ => None,
        });
        let skew = origin.map(|origin| self.parts.skews.of(origin)).unwrap_or_default();
        let now = skew.correct(self.parts.clock.now());
        let mut request = self.send.request.clone();
        let outcome = self.parts.authorizer.authorize(&mut request, authorization, now, &mut self.trail).await;
        self.tell_trail();
        outcome?;
        let sent = self.parts.clock.now();
        self.sent(&request);
        let Answer { response, duration } = transmit(self.parts, &request, self.send.timeout).await?;
        if let Some(origin) = origin {
            self.skewed = self.parts.skews.learn(origin, skew, &response, sent..self.parts.clock.now());
        }
        Ok(Exchange { request, response, duration })
    }

    /// Why the request is worth sending once more.
    async fn mend(&self, exchange: &Exchange, authorization: &Authorization) -> Result<Option<&'static str>, Fault> {
        if self.skewed == Resend::Yes {
            return Ok(Some("the server's clock differs from this one"));
        }
        let now = self.parts.clock.now();
        self.parts.authorizer.mend(&exchange.request, &exchange.response, authorization, now, &self.trail).await
    }

    /// Tells of the requests that authorising took.
    fn tell_trail(&mut self) {
        let exchanges = std::mem::take(&mut self.trail.exchanges);
        for (request, answer) in exchanges {
            self.sent(&request);
            if let Some(answer) = answer {
                let exchange = Exchange { request, response: answer.response, duration: answer.duration };
                self.received(&exchange, evaluate::secrets(&exchange));
            }
        }
    }

    /// The run's secrets, and those that were used meanwhile.
    fn secrets(&self) -> Secrets {
        let mut secrets = self.run.secrets().clone();
        self.trail.secrets.iter().for_each(|secret| secrets.add(secret.expose()));
        secrets
    }

    fn sent(&mut self, request: &Request) {
        let sent = request_sent(&self.secrets(), self.send, request);
        (self.observe)(&event(self.parts.clock.now(), EventKind::RequestSent(sent)));
    }

    /// The answer's own tokens and cookies, `own`, are secret from here on.
    fn received(&mut self, exchange: &Exchange, own: Vec<String>) {
        self.trail.secrets.extend(own.into_iter().map(SecretString::from));
        let received = response_received(&self.secrets(), self.send, exchange);
        (self.observe)(&event(self.parts.clock.now(), EventKind::ResponseReceived(received)));
    }
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
    let (body, body_length) = shown(secrets, &request.body);
    RequestSent {
        effect: send.id.clone(),
        method: request.method.clone(),
        url: secrets.text(&request.url),
        headers: secrets.headers(&request.headers),
        body,
        body_length,
    }
}

fn response_received(secrets: &Secrets, send: &Send, exchange: &Exchange) -> ResponseReceived {
    let response: &Response = &exchange.response;
    let (body, body_length) = shown(secrets, &response.body);
    ResponseReceived {
        effect: send.id.clone(),
        status: response.status,
        headers: secrets.headers(&response.headers),
        body,
        body_length,
        duration_ms: exchange.duration.as_secs_f64() * 1000.0,
    }
}

/// The beginning of a body as text, `None` for none and for bytes that are no text, and its length.
///
/// It is masked before it is cut, lest the cut leave a part of a secret; and its length is that of what is shown whole,
/// lest it tell how long a secret is.
fn shown(secrets: &Secrets, body: &[u8]) -> (Option<String>, usize) {
    match std::str::from_utf8(body) {
        Ok("") => (None, 0),
        Ok(text) if secrets.is_empty() => (Some(cut(text).to_owned()), text.len()),
        Ok(text) => {
            let masked = secrets.text(text);
            (Some(cut(&masked).to_owned()), masked.len())
        }
        Err(_) => (None, body.len()),
    }
}

/// As much as an event shows, whole characters.
fn cut(text: &str) -> &str {
    let end = (0..=SHOWN.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    &text[..end]
}
