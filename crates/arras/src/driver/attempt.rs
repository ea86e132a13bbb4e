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
use arras_run::result::{StepResult, Verdict};
use arras_run::run::Run;
use arras_run::secret::Secrets;
use arras_run::time::Timestamp;

use crate::auth::{Authorization, Resend, Trail};
use crate::credentials::SecretString;
use crate::engine::Parts;
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
    let repeated =
        attempt.trail.notes.drain(..).chain(resent).map(|note| Diagnostic::new(rule::REQUEST_REPEATED, note));
    let is_refused = result.verdict == Verdict::Failed && result.status_code == Some(401);
    let refused = is_refused.then(|| refused(authorization));
    let place = run.plan().step(send.step).map(|step| step.place);
    result.diagnostics.extend(repeated.chain(refused.into_iter().flatten()).map(|note| match place {
        Some(place) => note.at(place.source, place.span),
        None => note,
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

/// What the user should know of a 401: which credentials it was for.
fn refused(authorization: &Authorization) -> impl Iterator<Item = Diagnostic> {
    authorization.parts().iter().filter_map(|part| match part {
        Authorization::Scheme(who) => {
            let message = format!(
                "the server answers 401 to the credential for `{}.{}`, from {}",
                who.source, who.scheme, who.from
            );
            Some(
                Diagnostic::new(rule::CREDENTIAL_REFUSED, message)
                    .help("`arras auth list FILE` shows where it is looked for"),
            )
        }
        _ => None,
    })
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
