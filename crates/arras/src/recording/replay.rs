//! Answering from a recording in place of the world: credentials, answers, documents and the time are the recorded ones.

mod judged;
#[cfg(test)]
mod tests;
mod world;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arras_run::effect::EffectId;
use arras_run::exchange::{Request, Response};
use arras_run::fault::{Fault, FaultKind, Phase};
use arras_run::secret::{Finder, MASK, Secrets};
use arras_run::time::Timestamp;

use tokio::sync::Notify;
use url::Url;

use super::compare::Comparison;
use super::{RecordedAnswer, RecordedExchange, RecordedRequest, RecordedRun, Recording};
use crate::auth::Trail;
use crate::trace::FIELD;
use crate::transport::Answer;

/// Replays a recording; clones share how far it is. For one run at a time.
#[derive(Clone)]
pub struct Replay {
    recording: Arc<Recording>,
    /// Its placeholders.
    placeholders: Arc<Finder>,
    /// The same, and the mask of a masked archive.
    stand_ins: Arc<Secrets>,
    state: Arc<Mutex<State>>,
    documents: bool,
}

#[derive(Debug, Default)]
struct State {
    /// How many runs have begun.
    runs: usize,
    /// How many there are to be, if that is known.
    expected: Option<usize>,
    /// How many readings of the clock are used up.
    readings: usize,
    draws: usize,
    now: u64,
    used: Vec<bool>,
    effect: String,
    /// When the run of the attempt must be over.
    deadline: Option<Timestamp>,
    /// Told when an attempt of the run has missed it.
    overdue: Arc<Notify>,
    secrets: Secrets,
    /// The exchange that goes on.
    current: Option<usize>,
    /// Each with whether a step's fault tells it.
    drifts: Vec<(bool, String)>,
    /// The attempt that an unfinished recording says nothing of any more.
    ended: Option<String>,
    notes: Vec<String>,
}

impl std::fmt::Debug for Replay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Replay").field("runs", &self.recording.runs.len()).finish_non_exhaustive()
    }
}

impl Replay {
    /// Replays that recording, with documents as they are now.
    pub fn new(recording: Recording) -> Replay {
        let (mut placeholders, mut secrets) = (Finder::default(), Secrets::default());
        for placeholder in &recording.placeholders {
            placeholders.add(placeholder, 0);
            secrets.add(placeholder);
        }
        if recording.is_masked {
            secrets.add(MASK);
        }
        Replay {
            recording: Arc::new(recording),
            placeholders: Arc::new(placeholders),
            stand_ins: Arc::new(secrets),
            state: Arc::default(),
            documents: false,
        }
    }

    /// The same with the documents as they were recorded.
    #[must_use]
    pub fn with_documents(self) -> Replay {
        Replay { documents: true, ..self }
    }

    /// What is replayed.
    pub fn recording(&self) -> &Recording {
        &self.recording
    }

    /// Says how many runs there are to be: what is recorded beyond them counts as not asked for, at the end of the last one.
    pub fn expect_runs(&self, runs: usize) {
        self.state().expected = Some(runs);
    }

    /// What was asked otherwise than recorded, or not at all, so far: one phrase or several lines each.
    pub fn drifts(&self) -> Vec<String> {
        let mut state = self.state();
        self.note_unused(&mut state);
        state.drifts.iter().map(|(_, drift)| drift.clone()).collect()
    }

    /// Those of [`Replay::drifts`] that no step's fault tells.
    pub fn untold(&self) -> Vec<String> {
        let mut state = self.state();
        self.note_unused(&mut state);
        state.drifts.iter().filter(|(told, _)| !told).map(|(_, drift)| drift.clone()).collect()
    }

    /// What is not as in the recorded run for a reason: verdicts that were taken over.
    pub fn notes(&self) -> Vec<String> {
        self.state().notes.clone()
    }

    /// Where the replay of an unfinished recording came to its end, in one phrase; `None` if it did not.
    pub fn ended(&self) -> Option<String> {
        let state = self.state();
        let asked = state.ended.as_ref()?;
        let exchanges = self.recording.runs.iter().flat_map(|run| &run.exchanges).filter(answered_or_faulted);
        let (number, last) = exchanges.fold((0, None), |(number, _), exchange| (number + 1, Some(exchange)));
        let after = last.map(|exchange| format!(" after `{}`", exchange.effect)).unwrap_or_default();
        let plural = if number == 1 { "" } else { "s" };
        Some(format!(
            "the recording ends{after} ({number} exchange{plural}), before `{asked}`: its run was stopped or killed"
        ))
    }

    /// Whether the documents are the recorded ones, too.
    pub fn has_documents(&self) -> bool {
        self.documents
    }

    /// What stands for secrets.
    pub(crate) fn stand_ins(&self) -> &Arc<Secrets> {
        &self.stand_ins
    }

    pub(crate) fn run(&self, workflow_id: &str) {
        let mut state = self.state();
        self.note_unused(&mut state);
        state.runs += 1;
        state.readings = 0;
        state.draws = 0;
        state.overdue = Arc::default();
        match self.current_run(&state) {
            Some(run) => {
                state.used = vec![false; run.exchanges.len()];
                if !self.recording.loose && run.workflow_id != workflow_id {
                    let message = format!("the recorded run is of `{}`, not of `{workflow_id}`", run.workflow_id);
                    state.drifts.push((false, message));
                }
            }
            None if self.recording.unfinished => state.used.clear(),
            None => state.drifts.push((false, format!("the recording holds no run of `{workflow_id}`"))),
        }
    }

    pub(crate) fn begin(&self, effect: &EffectId, deadline: Option<Timestamp>, secrets: &Secrets) {
        let mut state = self.state();
        state.deadline = deadline;
        state.effect = effect.to_string();
        state.secrets = secrets.clone();
        state.current = None;
    }

    /// Resolves when the recorded attempt had no answer by the deadline of its run.
    pub(crate) async fn overdue(&self) {
        let overdue = Arc::clone(&self.state().overdue);
        overdue.notified().await;
    }

    /// The time when the deadline of the attempt's run was noticed, if that is what comes next.
    fn noticed(&self, state: &State) -> Option<Timestamp> {
        let run = self.current_run(state).filter(|_| !self.recording.loose)?;
        let next = Timestamp(*run.clock.get(state.readings)?);
        state.deadline.is_some_and(|deadline| next >= deadline).then_some(next)
    }

    /// Whether the exchange that goes on had no end before the deadline.
    fn is_open(&self) -> bool {
        let state = self.state();
        let exchange = state.current.and_then(|at| self.current_run(&state)?.exchanges.get(at));
        exchange.is_some_and(|exchange| exchange.answer.is_none() && exchange.fault.is_none())
            && self.noticed(&state).is_some()
    }

    /// Whether the credentials for the request had not come by the deadline.
    fn is_unsent(&self, request: &Request) -> bool {
        let state = self.state();
        self.noticed(&state).is_some() && self.find(&state, request).is_none()
    }

    /// Comes to no end where the recorded attempt did not outlast its pause until then.
    pub(crate) async fn outlast(&self, until: Timestamp) {
        let noticed = self.noticed(&self.state());
        if noticed.is_some_and(|noticed| noticed < until) {
            self.expire().await
        }
    }

    /// Lets the attempt end by the deadline.
    async fn expire<T>(&self) -> T {
        self.state().overdue.notify_one();
        std::future::pending().await
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn current_run(&self, state: &State) -> Option<&RecordedRun> {
        // an archive is no list of runs: whatever is run finds its requests in it
        let index = if self.recording.loose { 0 } else { state.runs.checked_sub(1)? };
        self.recording.runs.get(index)
    }

    /// Exchanges of the run so far that nobody asked for.
    fn note_unused(&self, state: &mut State) {
        let Some(run) = self.current_run(state).filter(|_| !self.recording.loose) else { return };
        let unused = run.exchanges.iter().zip(&state.used).filter(|(_, used)| !**used).map(|(exchange, _)| exchange);
        let unused: Vec<&RecordedExchange> = unused.collect();
        // where a run went another way, all that would have followed is one difference
        state.drifts.extend(unused.first().map(|first| {
            let told = match unused.len() - 1 {
                0 => format!("`{}` is recorded and was not asked for", first.effect),
                more => format!("`{}` and {more} more are recorded and were not asked for", first.effect),
            };
            (false, told)
        }));
        state.used.clear();
        if state.expected.take_if(|expected| *expected == state.runs).is_some() {
            let rest = self.recording.runs.get(state.runs..).unwrap_or_default();
            let told =
                |run: &RecordedRun| (false, format!("the recorded run of `{}` was not asked for", run.workflow_id));
            state.drifts.extend(rest.iter().map(told));
        }
    }

    /// The exchange that the request must be: the next of its attempt; or of its method and URL, and if it can be of its body.
    fn find(&self, state: &State, request: &Request) -> Option<usize> {
        let run = self.current_run(state)?;
        let free = |at: &usize| !state.used.get(*at).copied().unwrap_or(true);
        let mut free = (0..run.exchanges.len()).filter(free);
        if !self.recording.loose {
            return free.find(|at| run.exchanges[*at].effect == state.effect);
        }
        let comparison = self.comparison(state);
        let url = comparison.masked(&request.url);
        let same = |exchange: &RecordedExchange| {
            let recorded = &exchange.request;
            recorded.method == request.method && comparison.alike(&comparison.masked(&recorded.url), &url)
        };
        let mut free = free.filter(|at| same(&run.exchanges[*at])).peekable();
        let first = free.peek().copied();
        free.find(|at| comparison.differences(&run.exchanges[*at].request, request).is_empty()).or(first)
    }

    fn comparison<'a>(&'a self, state: &'a State) -> Comparison<'a> {
        Comparison {
            secrets: &state.secrets,
            placeholders: &self.placeholders,
            loose: self.recording.loose,
            is_masked: self.recording.is_masked,
        }
    }

    /// The host that a request goes to, if nothing in an archive was asked of it.
    fn foreign(&self, state: &State, request: &Request) -> Option<String> {
        let authority = |url: &str| Url::parse(url).ok().map(|url| url.authority().to_owned());
        let asked = authority(&request.url)?;
        let run = self.current_run(state).filter(|_| self.recording.loose)?;
        let is_known = run.exchanges.iter().any(|exchange| authority(&exchange.request.url).as_ref() == Some(&asked));
        let host = asked.rsplit('@').next().unwrap_or_default().to_owned();
        (!is_known).then_some(state.secrets.text(&host))
    }

    /// Whether an unfinished recording holds nothing more.
    fn is_over(&self, state: &State) -> bool {
        let is_last = state.runs >= self.recording.runs.len();
        self.recording.unfinished && is_last && state.used.iter().all(|used| *used)
    }

    fn answer(&self, request: &mut Request, trail: &mut Trail) -> Result<(), Fault> {
        let mut state = self.state();
        let Some(at) = self.find(&state, request) else {
            if self.is_over(&state) {
                return Err(end(&mut state));
            }
            let what = format!("{} {}", request.method, state.secrets.text(&request.url));
            let message = match self.foreign(&state, request) {
                Some(host) => format!("the recording holds no answer for `{host}`: {what}"),
                None => format!("the recording holds no further answer for `{}`: {what}", state.effect),
            };
            return Err(drift(&mut state, message));
        };
        state.used[at] = true;
        let Some(exchange) = self.current_run(&state).and_then(|run| run.exchanges.get(at)) else { return Ok(()) };
        let comparison = self.comparison(&state);
        let found = comparison.differences(&exchange.request, request);
        if !found.is_empty() {
            let message = format!("the request of `{}` is not the recorded one: {}", state.effect, found.join("; "));
            return Err(drift(&mut state, message));
        }
        if !self.recording.loose {
            comparison.fill_request(request, &exchange.request);
        }
        state.current = Some(at);
        let is_trace = |(name, _): &&(String, String)| name.eq_ignore_ascii_case(FIELD);
        request.headers.retain(|field| !is_trace(&field));
        request.headers.extend(exchange.request.headers.iter().find(is_trace).cloned());
        if let Some(authorized) = &exchange.authorized {
            request.url.clone_from(&authorized.url);
            request.headers.clone_from(&authorized.headers);
            let exchanges = authorized.exchanges.iter();
            trail.exchanges.extend(exchanges.map(|(request, answer)| (made(request), answer.as_ref().map(answered))));
            trail.notes.extend(authorized.notes.iter().cloned());
        }
        exchange.unsent.clone().map_or(Ok(()), Err)
    }

    fn outcome(&self) -> Result<Answer, Fault> {
        let mut state = self.state();
        let exchange = state.current.and_then(|at| self.current_run(&state)?.exchanges.get(at));
        let outcome = match exchange.map(|exchange| (&exchange.answer, &exchange.fault)) {
            Some((Some(answer), _)) => Ok(answered(answer)),
            // what an archive lacks is no fault of the recorded run
            Some((None, Some(fault))) if fault.kind == FaultKind::ReplayDrift => {
                let message = format!("{}: `{}`", fault.message, state.effect);
                return Err(drift(&mut state, message));
            }
            Some((None, Some(fault))) => Err(fault.clone()),
            _ if self.recording.unfinished => return Err(end(&mut state)),
            _ => {
                let message = format!("the recording breaks off before the answer to `{}`", state.effect);
                return Err(drift(&mut state, message));
            }
        };
        if let Ok(answer) = &outcome {
            state.now = state.now.saturating_add(u64::try_from(answer.duration.as_millis()).unwrap_or_default());
        }
        outcome
    }
}

fn answered_or_faulted(exchange: &&RecordedExchange) -> bool {
    exchange.answer.is_some() || exchange.fault.is_some() || exchange.unsent.is_some()
}

/// An unfinished recording has come to its end: nothing differs from it, and nothing more can be said.
fn end(state: &mut State) -> Fault {
    let effect = state.effect.clone();
    let message = format!("the recording ends before the answer to `{effect}`: its run was stopped or killed");
    state.ended.get_or_insert(effect);
    Fault::new(FaultKind::ReplayDrift, Phase::Build, message)
}

fn drift(state: &mut State, message: String) -> Fault {
    state.drifts.push((true, message.clone()));
    Fault::new(FaultKind::ReplayDrift, Phase::Build, message)
}

fn made(request: &RecordedRequest) -> Request {
    Request {
        method: request.method.clone(),
        url: request.url.clone(),
        headers: request.headers.clone(),
        body: request.body.bytes().into(),
        path: Vec::new(),
        query: Vec::new(),
    }
}

fn answered(answer: &RecordedAnswer) -> Answer {
    let response = Response { status: answer.status, headers: answer.headers.clone(), body: answer.body.bytes() };
    Answer { response, duration: Duration::from_nanos(answer.duration_ns) }
}
