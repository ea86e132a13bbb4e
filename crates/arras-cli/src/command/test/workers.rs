//! The tests shared out among threads, each with a runtime of its own.

use std::pin::{Pin, pin};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use arras_run::effect::CancelReason;
use arras_run::event::EventKind;

use super::attempt::{Attempt, attempt};
use super::plan::Planned;
use crate::args::TestArgs;
use crate::args::resolve::Invocation;
use crate::command::runtime::{no_resources, runtime};
use crate::command::{Failure, signals};
use crate::context::Context;
use crate::exit::Exit;
use crate::reporter::Judgement;

/// Between two looks at what goes on.
const PACE: Duration = Duration::from_millis(200);

/// A test that is over.
pub(super) struct Done {
    pub(super) index: usize,
    /// At least one; all but the last failed.
    pub(super) attempts: Vec<Attempt>,
    pub(super) took: Duration,
}

impl Done {
    pub(super) fn passed(&self) -> bool {
        self.attempts.last().is_some_and(Attempt::passed)
    }

    /// Whether a signal stopped it.
    pub(super) fn was_stopped(&self) -> bool {
        self.attempts.last().is_some_and(|attempt| attempt.judgement == Judgement::Stopped)
    }

    pub(super) fn is_flaky(&self) -> bool {
        self.passed() && self.attempts.len() > 1
    }

    /// The workflow that was run.
    pub(super) fn workflow(&self) -> Option<String> {
        let events = self.attempts.iter().flat_map(|attempt| &attempt.events);
        events.into_iter().find_map(|event| match &event.kind {
            EventKind::RunStarted { workflow_id, .. } => Some(workflow_id.clone()),
            _ => None,
        })
    }

    pub(super) fn exit(&self) -> Exit {
        self.attempts.last().map_or(Exit::No, |attempt| attempt.exit)
    }
}

/// How many threads there are to be.
pub(super) fn threads(args: &TestArgs, most: usize) -> usize {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    args.choice.jobs.map_or(processors, usize::from).clamp(1, most.max(1))
}

/// Runs the tests; `told` hears of each that is over, and of nothing now and then. Gives the signal that ended it.
///
/// # Errors
/// `Environment` if there are no resources for the threads.
pub(super) fn run(
    args: &TestArgs,
    tests: &[Planned],
    invocation: &Invocation,
    context: &Context,
    told: &mut dyn FnMut(Option<Done>),
) -> Result<Option<CancelReason>, Failure> {
    let runtimes = (0..threads(args, tests.len())).map(|_| runtime()).collect::<Result<Vec<_>, _>>()?;
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let cancelled = Mutex::new(None);
    std::thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        let mut working = Vec::new();
        for runtime in runtimes {
            let (sender, next, stop, cancelled) = (sender.clone(), &next, &stop, &cancelled);
            let work = move || {
                // from here on, so that a signal between two tests is not missed
                let mut asked = pin!({
                    let _on = runtime.enter();
                    signals::stop()
                });
                while !stop.load(Ordering::Relaxed) {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(test) = tests.get(index) else { break };
                    let mut signal = None;
                    let done =
                        runtime.block_on(whole(args, index, test, invocation, context, asked.as_mut(), &mut signal));
                    if signal.is_some() || args.choice.fail_fast && !done.passed() {
                        stop.store(true, Ordering::Relaxed);
                    }
                    if let Some(reason) = signal {
                        *cancelled.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason);
                    }
                    if sender.send(done).is_err() {
                        break;
                    }
                }
            };
            match std::thread::Builder::new().spawn_scoped(scope, work) {
                Ok(thread) => working.push(thread),
                Err(error) => {
                    stop.store(true, Ordering::Relaxed);
                    return Err(no_resources(error));
                }
            }
        }
        drop(sender);
        loop {
            match receiver.recv_timeout(PACE) {
                Ok(done) => told(Some(done)),
                Err(RecvTimeoutError::Timeout) => told(None),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        // the test of a thread that broke off is one that was not run
        working.into_iter().for_each(|thread| drop(thread.join()));
        Ok(())
    })?;
    Ok(cancelled.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// A test with its retries.
async fn whole(
    args: &TestArgs,
    index: usize,
    test: &Planned,
    invocation: &Invocation,
    context: &Context,
    mut stop: Pin<&mut impl Future<Output = CancelReason>>,
    signal: &mut Option<CancelReason>,
) -> Done {
    let began = Instant::now();
    let mut attempts = Vec::new();
    loop {
        let mut made = attempt(args, test, invocation, context, stop.as_mut(), signal).await;
        let again = attempts.len() < usize::try_from(test.retries).unwrap_or(usize::MAX);
        // what is refused before anything is sent is refused again
        let hopeless = matches!(made.exit, Exit::Refused | Exit::Usage);
        if made.passed() || !again || hopeless || signal.is_some() {
            attempts.push(made);
            return Done { index, attempts, took: began.elapsed() };
        }
        if let Judgement::Failed(reasons) = made.judgement {
            made.judgement = Judgement::Retried(reasons);
        }
        attempts.push(made);
    }
}
