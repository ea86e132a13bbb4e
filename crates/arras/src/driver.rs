//! The loop between a run and the world: what it asks for is done, and it is told how that went. The only place that waits.

mod again;
mod attempt;
mod follow;
mod jar;
mod patience;
mod tell;
mod turn;

use std::time::Duration;

use arras_run::effect::{CancelReason, Effect, Input, Outcome, Turn};
use arras_run::event::{Detail, Event};
use arras_run::run::Run;
use arras_run::time::Timestamp;
use tokio::sync::watch;
use tracing::Instrument as _;

use crate::auth::Authorization;
use crate::engine::{Parts, Tape, World};
use crate::trace::TraceContext;
use attempt::perform;
use jar::Jar;

pub(crate) use again::Buckets;

/// Whether and why the run is to stop; `None` where nobody can ask for it.
pub(crate) type Cancelled = Option<watch::Receiver<Option<CancelReason>>>;

/// What a run does things with.
pub(crate) struct Ways<'a> {
    pub(crate) parts: &'a Parts,
    /// What reaches as far as the documents are trusted.
    pub(crate) world: &'a World,
    pub(crate) authorizations: &'a [Authorization],
    /// The trace that requests tell of.
    pub(crate) trace: Option<TraceContext>,
    /// Whether anybody wants to see single requests and answers.
    pub(crate) exchanges: bool,
    /// How much is told of them.
    pub(crate) detail: Detail,
}

/// Drives a run to its end, within a span of its own. The run is boxed since it is large, and each future that holds it would
/// hold it twice.
pub(crate) fn drive(
    run: Box<Run>,
    ways: &Ways<'_>,
    observe: impl FnMut(Event),
    cancelled: Cancelled,
) -> impl Future<Output = Outcome> {
    let span = tracing::info_span!("arras.run", workflow = %run.plan().entry().id);
    go(run, ways, observe, cancelled).instrument(span)
}

async fn go(mut run: Box<Run>, ways: &Ways<'_>, mut observe: impl FnMut(Event), mut cancelled: Cancelled) -> Outcome {
    let parts = ways.parts;
    // a run's cookies are its own
    let mut jar = Jar::default();
    loop {
        let turn;
        if run.has_stored_files() {
            (run, turn) = Box::pin(turn::aside(run)).await;
        } else {
            turn = run.turn();
        }
        while let Some((effect, result)) = run.poll_call() {
            match &parts.tape {
                Some(Tape::Record(recorder)) => recorder.called(&effect, result, run.secrets()),
                Some(Tape::Replay(replay)) => replay.called(&effect, &result),
                None => {}
            }
        }
        while let Some(event) = run.poll_event() {
            observe(event);
        }
        let input = match turn {
            Turn::Done(outcome) => return outcome,
            Turn::Wait(until) => tokio::select! {
                reason = stop(&mut cancelled) => Input::Cancel(reason),
                () = sleep_until(parts, until) => Input::Tick,
            },
            Turn::Perform(Effect::Send(send)) => {
                let left = run.deadline().map(|deadline| deadline.since(parts.clock.now()));
                // an attempt ends by its timeout, and need not be watched for a deadline far beyond
                let far = |timeout: Duration| timeout.saturating_mul(2).saturating_add(Duration::from_secs(1));
                let left = left.filter(|left| send.timeout.is_none_or(|timeout| *left < far(timeout)));
                let span = tracing::info_span!("arras.step", effect = %send.id);
                let perform = perform(&run, ways, &send, &mut jar, &mut observe).instrument(span);
                tokio::select! {
                    biased;
                    reason = stop(&mut cancelled) => Input::Cancel(reason),
                    () = pass(parts, left) => Input::Tick,
                    (result, secrets) = perform => {
                        secrets.iter().for_each(|secret| run.add_secret(secret.expose()));
                        Input::Settled(send.id.clone(), result)
                    }
                }
            }
        };
        run.tell(parts.clock.now(), input);
    }
}

/// Resolves when the run is to stop; never if nobody can say so any more.
async fn stop(cancelled: &mut Cancelled) -> CancelReason {
    let Some(cancelled) = cancelled else { return std::future::pending().await };
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

/// Lets real time pass: the far end keeps no other, whatever clock the run is told, but a recorded one its own.
async fn pass(parts: &Parts, time: Option<Duration>) {
    if let Some(Tape::Replay(replay)) = &parts.tape {
        return replay.overdue().await;
    }
    match time {
        Some(time) => tokio::time::sleep(time).await,
        None => std::future::pending().await,
    }
}
