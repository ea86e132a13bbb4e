//! Listening to an engine: what is loaded, sent and answered, and when.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arras_doc::value::Object;
use arras_run::effect::EffectId;
use arras_run::exchange::{Request, Response};
use arras_run::fault::Fault;
use arras_run::result::StepResult;
use arras_run::secret::{Secrets, in_header};
use arras_run::time::Timestamp;

use super::journal::{Journal, Piece};
use super::kept::Kept;
use super::placeholders::Placeholders;
use super::{
    Authorized, Body, RecordedAnswer, RecordedCall, RecordedDocument, RecordedExchange, RecordedOption,
    RecordedRequest, RecordedRun, Recording, VERSION,
};
use crate::auth::{Authorization, Authorizer, Trail};
use crate::chance::Chance;
use crate::clock::Clock;
use crate::future::BoxFuture;
use crate::load::{LoadError, Loaded, Loader};
use crate::transport::{Answer, Limits, Transport};

/// Keeps what an engine exchanges with the world; clones share what they keep. For one run at a time.
#[derive(Clone, Default)]
pub struct Recorder {
    state: Arc<Mutex<State>>,
}

/// What was kept so far, secrets and all: it never leaves this file but redacted.
#[derive(Default)]
pub(super) struct State {
    pub(super) documents: Vec<Kept>,
    pub(super) runs: Vec<RecordedRun>,
    pub(super) placeholders: Placeholders,
    /// In the order of the placeholders.
    pub(super) secrets: Vec<String>,
    effect: String,
    /// How many exchanges of the last run are judged, so that what is secret in them is known.
    pub(super) settled: usize,
    journal: Option<Journal>,
}

impl std::fmt::Debug for Recorder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recorder").field("runs", &self.state().runs.len()).finish_non_exhaustive()
    }
}

impl Recorder {
    /// Everything so far with the caller's own `options`, every secret that is known by now replaced.
    pub fn recording(&self, options: &[RecordedOption]) -> Recording {
        let state = self.state();
        let placeholders = &state.placeholders;
        Recording {
            placeholders: placeholders.all.clone(),
            runs: state.runs.iter().map(|run| placeholders.run(run)).collect(),
            ..state.head(options)
        }
    }

    /// What is to be written of a recording while it goes on, so that a process that is killed leaves one that ends with
    /// the last exchange that was judged: asked for after each step, with the caller's own `options`.
    ///
    /// `None` where nothing is new. What is written so, line by line, [`Recording::parse`] reads; [`Recorder::recording`] is
    /// to take its place in the end.
    pub fn journal(&self, options: &[RecordedOption]) -> Option<Piece> {
        let mut state = self.state();
        let mut journal = state.journal.take().unwrap_or_default();
        let piece = journal.piece(&state, options);
        state.journal = Some(journal);
        piece
    }

    pub(crate) fn run(&self, workflow_id: &str, inputs: &Object) {
        let run = RecordedRun { workflow_id: workflow_id.to_owned(), inputs: inputs.clone(), ..RecordedRun::default() };
        let mut state = self.state();
        state.runs.push(run);
        state.settled = 0;
    }

    /// An effect begins; `secrets` are those that its requests may hold already, should it never come to its end.
    pub(crate) fn begin(&self, effect: &EffectId, secrets: &Secrets) {
        self.state().effect = effect.to_string();
        self.learn(secrets.iter());
    }

    /// Texts that are secret, wherever they stand.
    pub(crate) fn learn<'s>(&self, secrets: impl Iterator<Item = &'s str>) {
        let mut state = self.state();
        let mut fresh: Vec<&str> = secrets.filter(|secret| !state.placeholders.is_known(secret)).collect();
        fresh.sort_unstable();
        fresh.into_iter().for_each(|secret| state.learn(secret));
    }

    /// A request is about to be sent, or can't be.
    pub(super) fn keep(&self, exchange: RecordedExchange) {
        if let Some(run) = self.state().runs.last_mut() {
            run.exchanges.push(exchange);
        }
    }

    /// A request was authorised, or could not be.
    fn authorized(&self, built: RecordedRequest, request: &Request, trail: &Trail, fault: Option<&Fault>) {
        let mut state = self.state();
        state.learn_headers(&request.headers);
        let effect = state.effect.clone();
        drop(state);
        let exchanges = trail.exchanges.iter();
        let exchanges =
            exchanges.map(|(request, answer)| (recorded_request(request), answer.as_ref().map(recorded_answer)));
        let authorized = Authorized {
            url: request.url.clone(),
            headers: request.headers.clone(),
            exchanges: exchanges.collect(),
            notes: trail.notes.clone(),
        };
        let changed = authorized.url != built.url
            || authorized.headers != built.headers
            || !authorized.exchanges.is_empty()
            || !authorized.notes.is_empty();
        let (authorized, unsent) = (changed.then_some(authorized), fault.cloned());
        self.keep(RecordedExchange { effect, request: built, authorized, unsent, ..RecordedExchange::default() });
    }

    /// The credentials for that request did not come, be it that nobody waited for them any longer.
    pub(crate) fn unauthorized(&self, request: &Request, trail: &Trail, fault: &Fault) {
        let mut state = self.state();
        let effect = state.effect.clone();
        let is_kept = state.last().is_some_and(|last| last.effect == effect && last.unsent.as_ref() == Some(fault));
        drop(state);
        if !is_kept {
            self.learn(trail.secrets.iter().map(|secret| secret.expose().as_str()));
            self.authorized(recorded_request(request), request, trail, Some(fault));
        }
    }

    /// What was to be mended after the last answer could not be.
    pub(crate) fn unmended(&self, fault: &Fault) {
        if let Some(exchange) = self.state().last() {
            exchange.fault = Some(fault.clone());
        }
    }

    /// An attempt is judged, and what is secret is known.
    pub(crate) fn settle(&self, result: &StepResult, secrets: &Secrets) {
        self.learn(secrets.iter());
        let mut state = self.state();
        if reads_a_secret(result, secrets)
            && let Some(exchange) = state.last()
        {
            exchange.judged = Some(Box::new(result.clone()));
        }
        state.settled = state.runs.last().map_or(0, |run| run.exchanges.len());
    }

    /// A step that called a workflow is judged.
    pub(crate) fn called(&self, effect: &EffectId, result: StepResult, secrets: &Secrets) {
        if reads_a_secret(&result, secrets) {
            self.learn(secrets.iter());
            let call = RecordedCall { effect: effect.to_string(), judged: Box::new(result) };
            self.state().runs.last_mut().into_iter().for_each(|run| run.calls.push(call.clone()));
        }
    }

    pub(crate) fn transport(&self, inner: Arc<dyn Transport>) -> impl Transport + 'static {
        Recorded { inner, recorder: self.clone() }
    }

    pub(crate) fn authorizer(&self, inner: Arc<dyn Authorizer>) -> impl Authorizer + 'static {
        Recorded { inner, recorder: self.clone() }
    }

    pub(crate) fn clock(&self, inner: Arc<dyn Clock>) -> impl Clock + 'static {
        Recorded { inner, recorder: self.clone() }
    }

    pub(crate) fn chance(&self, inner: Arc<dyn Chance>) -> impl Chance + 'static {
        Recorded { inner, recorder: self.clone() }
    }

    pub(crate) fn loader(&self, inner: Arc<dyn Loader>) -> impl Loader + 'static {
        Recorded { inner, recorder: self.clone() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn last(&mut self) -> Option<&mut RecordedExchange> {
        self.runs.last_mut()?.exchanges.last_mut()
    }

    /// All but the runs.
    pub(super) fn head(&self, options: &[RecordedOption]) -> Recording {
        Recording {
            recording: VERSION,
            options: options.iter().map(|option| self.placeholders.option(option)).collect(),
            documents: self.documents.iter().map(|kept| self.placeholders.document(kept)).collect(),
            ..Recording::default()
        }
    }

    fn learn(&mut self, secret: &str) {
        if !secret.is_empty() && !self.placeholders.is_known(secret) {
            self.placeholders.add(secret);
            self.secrets.push(secret.to_owned());
        }
    }

    /// Fields that carry credentials by their nature hold secrets, whether or not anyone said so.
    fn learn_headers(&mut self, headers: &[(String, String)]) {
        for (name, value) in headers {
            in_header(name, value).into_iter().for_each(|secret| self.learn(secret));
        }
    }
}

/// Whether judging the answer looked at a secret, which a replay does not have.
fn reads_a_secret(result: &StepResult, secrets: &Secrets) -> bool {
    !secrets.is_empty() && result.judged().any(|criterion| criterion.reads(secrets))
}

/// One of the engine's parts, listened to.
struct Recorded<T: ?Sized> {
    inner: Arc<T>,
    recorder: Recorder,
}

impl Transport for Recorded<dyn Transport> {
    fn admit(&self, request: &Request) -> Result<(), Fault> {
        let outcome = self.inner.admit(request);
        if let Err(fault) = &outcome {
            let mut state = self.recorder.state();
            state.learn_headers(&request.headers);
            let effect = state.effect.clone();
            drop(state);
            let (request, unsent) = (recorded_request(request), Some(fault.clone()));
            self.recorder.keep(RecordedExchange { effect, request, unsent, ..RecordedExchange::default() });
        }
        outcome
    }

    fn keeps_time(&self) -> bool {
        self.inner.keeps_time()
    }

    fn send<'a>(&'a self, request: &'a Request, limits: &'a Limits) -> BoxFuture<'a, Result<Answer, Fault>> {
        Box::pin(async move {
            let outcome = self.inner.send(request, limits).await;
            let mut state = self.recorder.state();
            if let Ok(answer) = &outcome {
                state.learn_headers(&answer.response.headers);
            }
            if let Some(exchange) = state.last() {
                match &outcome {
                    Ok(answer) => exchange.answer = Some(recorded_answer(answer)),
                    Err(fault) => exchange.fault = Some(fault.clone()),
                }
            }
            drop(state);
            outcome
        })
    }
}

impl Authorizer for Recorded<dyn Authorizer> {
    fn authorize<'a>(
        &'a self,
        request: &'a mut Request,
        authorization: &'a Authorization,
        now: Timestamp,
        trail: &'a mut Trail,
    ) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async move {
            let built = recorded_request(request);
            let outcome = self.inner.authorize(request, authorization, now, trail).await;
            self.recorder.learn(trail.secrets.iter().map(|secret| secret.expose().as_str()));
            self.recorder.authorized(built, request, trail, outcome.as_ref().err());
            outcome
        })
    }

    fn mend<'a>(
        &'a self,
        request: &'a Request,
        response: &'a Response,
        authorization: &'a Authorization,
        now: Timestamp,
        trail: &'a Trail,
    ) -> BoxFuture<'a, Result<Option<&'static str>, Fault>> {
        Box::pin(async move {
            let outcome = self.inner.mend(request, response, authorization, now, trail).await;
            if let (Ok(Some(reason)), Some(exchange)) = (&outcome, self.recorder.state().last()) {
                exchange.again = Some((*reason).to_owned());
            }
            outcome
        })
    }

    fn learn(&self, request: &Request, response: &Response, authorization: &Authorization, trail: &Trail) {
        self.inner.learn(request, response, authorization, trail);
    }
}

impl Chance for Recorded<dyn Chance> {
    fn fraction(&self) -> f64 {
        let fraction = self.inner.fraction();
        if let Some(run) = self.recorder.state().runs.last_mut() {
            run.chances.push(fraction);
        }
        fraction
    }
}

impl Clock for Recorded<dyn Clock> {
    fn now(&self) -> Timestamp {
        let now = self.inner.now();
        if let Some(run) = self.recorder.state().runs.last_mut() {
            run.clock.push(now.0);
        }
        now
    }

    fn sleep_until(&self, until: Timestamp) -> BoxFuture<'_, ()> {
        self.inner.sleep_until(until)
    }
}

impl Loader for Recorded<dyn Loader> {
    fn load<'a>(&'a self, uri: &'a str) -> BoxFuture<'a, Result<Loaded, LoadError>> {
        Box::pin(async move {
            let loaded = self.inner.load(uri).await?;
            let mut state = self.recorder.state();
            if !state.documents.iter().any(|kept| kept.document.asked == uri) {
                state.documents.push(Kept::new(RecordedDocument {
                    asked: uri.to_owned(),
                    uri: loaded.uri.clone(),
                    name: loaded.name.clone(),
                    body: Body::of(&loaded.bytes),
                }));
            }
            drop(state);
            Ok(loaded)
        })
    }
}

fn recorded_request(request: &Request) -> RecordedRequest {
    RecordedRequest {
        method: request.method.clone(),
        url: request.url.clone(),
        headers: request.headers.clone(),
        body: Body::of(&request.body.outline()),
    }
}

fn recorded_answer(answer: &Answer) -> RecordedAnswer {
    RecordedAnswer {
        status: answer.response.status,
        headers: answer.response.headers.clone(),
        body: Body::of(&answer.response.body),
        duration_ns: u64::try_from(answer.duration.as_nanos()).unwrap_or(u64::MAX),
    }
}
