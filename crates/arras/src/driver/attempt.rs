//! One attempt of a step: authorised, sent, judged; every exchange that it takes is told.

use std::borrow::Cow;
use std::sync::Arc;

use arras_doc::diagnostic::Diagnostic;
use arras_doc::rule::{self, Rule};
use arras_run::effect::Send;
use arras_run::evaluate;
use arras_run::event::Event;
use arras_run::exchange::{Exchange, Request};
use arras_run::fault::{Fault, FaultKind, Phase};
use arras_run::plan::Target;
use arras_run::result::{StepResult, Verdict};
use arras_run::run::Run;
use arras_run::secret::Secrets;
use arras_run::time::Timestamp;

use super::again::{self, Trouble};
use super::follow::{self, follow};
use super::jar::Jar;
use super::patience::Patience;
use super::{Ways, tell};
use crate::auth::{Authorization, Resend, Trail};
use crate::credentials::SecretString;
use crate::engine::{Cookies, Redirects, Tape, TransportRetry};
use crate::origin::Origin;
use crate::trace;
use crate::transport::Answer;

/// Authorises, sends and judges one request; again where the server refused it before it acted and that can be mended, and
/// as far as the user lets it: where a redirect leads, and what the network failed. Gives the result, and the secrets that
/// were used, which it must not hold.
pub(super) async fn perform(
    run: &Run,
    ways: &Ways<'_>,
    send: &Send,
    jar: &mut Jar,
    observe: &mut impl FnMut(Event),
) -> (Box<StepResult>, Vec<SecretString>) {
    let own = run.plan().step(send.step).and_then(|step| step.timeout);
    let patience = Patience::new(ways.parts.settings.network.limits(own, send.timeout), send.timeout);
    let (trail, notes) = (Trail::default(), Vec::new());
    let mut attempt =
        Attempt { run, ways, send, jar, trail, notes, observe, skewed: Resend::No, patience, requests: 0, began: None };
    match &ways.parts.tape {
        Some(Tape::Record(recorder)) => recorder.begin(&send.id, run.secrets()),
        Some(Tape::Replay(replay)) => replay.begin(&send.id, run.deadline(), run.secrets()),
        None => {}
    }
    let authorization = authorization(run, ways.authorizations, send);
    let sent = match authorization.clone() {
        Ok(authorization) => attempt.chain(authorization).await,
        Err(fault) => Err(fault),
    };
    let now = attempt.now();
    let known = match &ways.parts.tape {
        Some(Tape::Replay(replay)) => replay.known(),
        _ => Vec::new(),
    };
    let mut result = Box::new(run.evaluate_knowing(send, now, sent.as_ref().map_err(Clone::clone), &known));
    if let (Err(_), Some(began)) = (&sent, attempt.began) {
        result.duration_ms = now.since(began).as_secs_f64() * 1000.0;
    }
    if let Ok(exchange) = &sent {
        attempt.received(exchange, result.secrets.clone());
    }
    match &ways.parts.tape {
        Some(Tape::Record(recorder)) => recorder.settle(&result, &attempt.secrets()),
        Some(Tape::Replay(replay)) => replay.settle(&send.id, &mut result),
        None => {}
    }
    let notes = attempt.trail.notes.drain(..).map(|note| (rule::REQUEST_REPEATED, note)).chain(attempt.notes);
    let notes = notes.map(|(rule, note)| Diagnostic::new(rule, note));
    let is_refused = result.verdict == Verdict::Failed && result.status_code == Some(401);
    let refused = match (&sent, authorization) {
        (Ok(exchange), Ok(authorization)) if is_refused => refused(authorization, &exchange.request),
        _ => Vec::new(),
    };
    let place = run.plan().step(send.step).map(|step| step.place);
    result.diagnostics.extend(notes.chain(refused).map(|note| match place {
        Some(place) => note.at(place.source, place.span),
        None => note,
    }));
    (result, attempt.trail.secrets)
}

/// One attempt of a step, and what is told of it.
struct Attempt<'a, O> {
    run: &'a Run,
    ways: &'a Ways<'a>,
    send: &'a Send,
    jar: &'a mut Jar,
    trail: Trail,
    /// What the user should know, by its rule.
    notes: Vec<(&'static Rule, String)>,
    observe: &'a mut O,
    /// Whether the last answer was a refusal for the time of the signature.
    skewed: Resend,
    patience: Patience,
    /// How many requests it has taken so far.
    requests: u32,
    /// When it began with the first of them.
    began: Option<Timestamp>,
}

/// A request that is to be made, and for whom.
struct Asked<'a> {
    /// Without what identifies the caller.
    request: Arc<Request>,
    authorization: &'a Authorization,
    /// Whether a redirect has led it away from the origin that the step is for: then nothing goes along that says who asks.
    elsewhere: bool,
}

impl<'a, O: FnMut(Event)> Attempt<'a, O> {
    /// Makes the request, and those that redirects lead to. The exchange that is judged holds the request as the step made
    /// it: what identifies the caller is for the wire alone, lest a document read it and send it elsewhere.
    async fn chain(&mut self, authorization: &Authorization) -> Result<Exchange, Fault> {
        let send = self.send;
        let mut asked = Asked { request: Arc::clone(&send.request), authorization, elsewhere: false };
        let mut followed = 0;
        let mut note = None;
        loop {
            let settled = self.settled(&asked).await;
            // what the policy refuses was not followed
            if !settled.as_ref().is_err_and(|fault| fault.phase == Phase::Policy) {
                self.notes.extend(note.take());
            }
            let exchange = settled?;
            if self.ways.parts.settings.network.redirects == Redirects::Answers {
                return Ok(Exchange { request: asked.request, ..exchange });
            }
            let hop = match follow(&asked.request, &exchange.response, &self.secrets()) {
                Ok(None) => return Ok(Exchange { request: asked.request, ..exchange }),
                Ok(Some(hop)) => hop,
                Err(fault) => {
                    self.passed(&exchange);
                    return Err(fault);
                }
            };
            self.passed(&exchange);
            if followed == follow::MOST {
                return Err(follow::endless(&hop.request.url));
            }
            followed += 1;
            let told = format!("a redirect ({}) was followed to `{}`", exchange.response.status, hop.request.url);
            note = Some((rule::REDIRECT_FOLLOWED, told));
            asked.request = Arc::new(hop.request);
            asked.elsewhere |= hop.elsewhere;
            if asked.elsewhere {
                asked.authorization = &Authorization::None;
            }
        }
    }

    /// Makes the request until there is nothing more to mend and nothing worth another try.
    async fn settled(&mut self, asked: &Asked<'_>) -> Result<Exchange, Fault> {
        let (mut tries, mut mended, mut paid) = (1, false, None);
        loop {
            let sent = self.exchange(asked).await;
            if let Ok(exchange) = &sent
                && !mended
            {
                match self.mend(exchange, asked.authorization).await {
                    Ok(None) => {}
                    Ok(Some(reason)) => {
                        mended = true;
                        self.passed(exchange);
                        self.notes.push((rule::REQUEST_REPEATED, format!("the request was sent once more: {reason}")));
                        continue;
                    }
                    Err(fault) => {
                        self.passed(exchange);
                        return Err(fault);
                    }
                }
            }
            if let Ok(exchange) = &sent
                && mended
            {
                let authorizer = &self.ways.world.authorizer;
                authorizer.learn(&exchange.request, &exchange.response, asked.authorization, &self.trail);
            }
            if self.ways.parts.settings.network.retries == TransportRetry::Off
                || !self.again(asked, &sent, tries, &mut paid).await
            {
                return sent;
            }
            tries += 1;
        }
    }

    /// Whether the request is to be tried again; if so, tells of the outcome so far and waits.
    async fn again(
        &mut self,
        asked: &Asked<'_>,
        sent: &Result<Exchange, Fault>,
        tries: u32,
        paid: &mut Option<u32>,
    ) -> bool {
        let parts = self.ways.parts;
        let Ok(origin) = Origin::parse(&asked.request.url) else { return false };
        let (trouble, response) = match sent {
            Ok(exchange) => (again::of_answer(&exchange.response), Some(&exchange.response)),
            Err(fault) => (again::of_fault(fault), None),
        };
        let Some(trouble) = trouble else {
            parts.buckets.refill(&origin, paid.take());
            return false;
        };
        if tries >= again::ATTEMPTS || !again::is_idempotent(&asked.request.method) {
            return false;
        }
        let pause = again::pause(trouble, tries, parts.chance.fraction(), response, self.now());
        let Some(pause) = pause.filter(|pause| self.patience.allows(*pause)) else { return false };
        let Some(cost) = parts.buckets.pay(&origin, trouble) else { return false };
        *paid = Some(cost);
        let why = match sent {
            Ok(exchange) => {
                self.passed(exchange);
                format!("the server answered {}", exchange.response.status)
            }
            Err(fault) => fault.message.clone(),
        };
        let what = if trouble == Trouble::Throttled { " since it is asked too often" } else { "" };
        let note = format!(
            "try {tries} of {} came to nothing{what}, and another followed after {pause:?}: {why}",
            again::ATTEMPTS
        );
        self.notes.push((rule::REQUEST_RETRIED, note));
        let until = self.now().after(pause);
        if let Some(Tape::Replay(replay)) = &parts.tape {
            replay.outlast(until).await;
        }
        parts.clock.sleep_until(until).await;
        true
    }

    /// Authorises and sends the request: signed by the far end's clock, as far as it is known, which the answer tells.
    async fn exchange(&mut self, asked: &Asked<'_>) -> Result<Exchange, Fault> {
        let parts = self.ways.parts;
        let origin = asked.authorization.parts().iter().find_map(|part| match part {
            Authorization::SigV4(asked) => Some(&asked.origin),
            _ => None,
        });
        let skew = origin.map(|origin| parts.skews.of(origin)).unwrap_or_default();
        let now = self.now();
        self.began.get_or_insert(now);
        let now = skew.correct(now);
        let mut request = Arc::clone(&asked.request);
        self.requests += 1;
        let is_own = |(name, _): &(String, String)| name.eq_ignore_ascii_case(trace::FIELD);
        if let Some(trace) = self.ways.trace.filter(|_| !asked.elsewhere && !request.headers.iter().any(is_own)) {
            let span = trace.span(&self.send.id.0, self.requests);
            Arc::make_mut(&mut request).headers.push((trace::FIELD.to_owned(), trace.field(span)));
        }
        let keeps = parts.settings.network.cookies == Cookies::Kept;
        if keeps && !asked.elsewhere {
            self.jar.add_to(Arc::make_mut(&mut request), self.now());
        }
        let world = self.ways.world;
        // who may not be asked is told nothing of who asks, and nothing is told as sent
        world.transport.admit(&request)?;
        if !world.authorizer.passes(asked.authorization) {
            let recorder = match &parts.tape {
                Some(Tape::Record(recorder)) => Some((recorder, Arc::clone(&request))),
                _ => None,
            };
            let request = Arc::make_mut(&mut request);
            let authorizing = world.authorizer.authorize(request, asked.authorization, now, &mut self.trail);
            let outcome = self.patience.prepare(authorizing).await;
            if let (Some((recorder, built)), Err(fault)) = (recorder, &outcome) {
                recorder.unauthorized(&built, &self.trail, fault);
            }
            self.tell_trail();
            outcome?;
        }
        let sent = origin.map(|_| self.now());
        self.sent(&request);
        let Answer { response, duration } = self.patience.send(&*world.transport, &request).await?;
        if let (Some(origin), Some(sent)) = (origin, sent) {
            self.skewed = parts.skews.learn(origin, skew, &response, sent..self.now());
        }
        if keeps {
            self.jar.learn(&request.url, &response, self.now());
        }
        Ok(Exchange { request, response, duration })
    }

    /// Why the request is worth sending once more.
    async fn mend(
        &mut self,
        exchange: &Exchange,
        authorization: &Authorization,
    ) -> Result<Option<&'static str>, Fault> {
        if self.skewed == Resend::Yes {
            return Ok(Some("the server's clock differs from this one"));
        }
        let authorizer = &self.ways.world.authorizer;
        if authorizer.passes(authorization) {
            return Ok(None);
        }
        let now = self.now();
        let mending = authorizer.mend(&exchange.request, &exchange.response, authorization, now, &self.trail);
        let outcome = self.patience.prepare(mending).await;
        if let (Some(Tape::Record(recorder)), Err(fault)) = (&self.ways.parts.tape, &outcome) {
            recorder.unmended(fault);
        }
        outcome
    }

    /// Tells of the requests that authorising took.
    fn tell_trail(&mut self) {
        let exchanges = std::mem::take(&mut self.trail.exchanges);
        for (request, answer) in exchanges {
            self.sent(&request);
            if let Some(answer) = answer {
                let (request, Answer { response, duration }) = (Arc::new(request), answer);
                let exchange = Exchange { request, response, duration };
                self.received(&exchange, evaluate::secrets(&exchange));
            }
        }
    }

    fn now(&self) -> Timestamp {
        self.ways.parts.clock.now()
    }

    /// The run's secrets, and those that were used meanwhile.
    fn secrets(&self) -> Cow<'a, Secrets> {
        let mut secrets = Cow::Borrowed(self.run.secrets());
        if !self.trail.secrets.is_empty() {
            let all = secrets.to_mut();
            self.trail.secrets.iter().for_each(|secret| all.add(secret.expose()));
        }
        secrets
    }

    fn sent(&mut self, request: &Request) {
        if !self.is_told() {
            return;
        }
        let secrets = self.secrets();
        tracing::debug!(method = %request.method, url = %secrets.text(&request.url), "request sent");
        if self.ways.exchanges {
            let sent = tell::sent(self.now(), &secrets, self.ways.detail, self.send, request);
            (self.observe)(sent);
        }
    }

    /// An answer of the step that the attempt goes on from, as secret as if it were the last.
    fn passed(&mut self, exchange: &Exchange) {
        self.received(exchange, self.run.secrets_of(self.send, exchange));
    }

    /// The answer's own tokens and cookies, `own`, are secret from here on.
    fn received(&mut self, exchange: &Exchange, own: Vec<String>) {
        if let Some(Tape::Record(recorder)) = &self.ways.parts.tape {
            recorder.learn(own.iter().map(String::as_str));
        }
        self.trail.secrets.extend(own.into_iter().map(SecretString::from));
        if !self.is_told() {
            return;
        }
        tracing::debug!(status = exchange.response.status, duration = ?exchange.duration, "response received");
        if self.ways.exchanges {
            let received = tell::received(self.now(), &self.secrets(), self.ways.detail, self.send, exchange);
            (self.observe)(received);
        }
    }

    /// Whether anybody sees single requests and answers: an observer, or who follows the tracing.
    fn is_told(&self) -> bool {
        self.ways.exchanges || tracing::enabled!(tracing::Level::DEBUG)
    }
}

/// What the user should know of a 401 to that request: which credentials it was for.
fn refused(authorization: &Authorization, request: &Request) -> Vec<Diagnostic> {
    let origin = Origin::parse(&request.url).ok();
    let note = |part: &Authorization| match part {
        Authorization::Scheme(who) if Some(&who.origin) == origin.as_ref() => {
            let (source, scheme, from) = (&who.source, &who.scheme, &who.from);
            let message = format!("the server answers 401 to the credential for `{source}.{scheme}`, from {from}");
            let help = "`arras auth list FILE` shows where it is looked for";
            Some(Diagnostic::new(rule::CREDENTIAL_REFUSED, message).help(help))
        }
        _ => None,
    };
    authorization.parts().iter().filter_map(note).collect()
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
