//! Virtual users: the chosen workflows again and again, so many at a time, for so long.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use arras::WorkflowRun;
use arras_run::effect::CancelReason;
use arras_run::event::Event;
use indexmap::IndexSet;
use tokio::task::JoinSet;

use super::attempt::{Ready, Unready, ready};
use super::load_story;
use super::measure::Measure;
use super::plan::Planned;
use super::samples::Samples;
use super::spec::Ending;
use super::user::User;
use super::workers::threads;
use crate::args::TestArgs;
use crate::args::resolve::Invocation;
use crate::args::test::TestOutput;
use crate::command::run::reporters;
use crate::command::runtime::{no_resources, runtime};
use crate::command::{Failure, places, signals, spans};
use crate::context::{Context, now};
use crate::diagnostics::Places;
use crate::display::escape;
use crate::exit::Exit;
use crate::look::{Look, Tone};
use crate::reporter::load::Counts;
use crate::reporter::{Case, Detail, Reporter};

/// Between two times that a user tells its counts.
const TELLING: Duration = Duration::from_millis(50);
/// Between two live lines.
const PACE: Duration = Duration::from_millis(250);
/// Between two lines where nothing is redrawn.
const PLAIN_PACE: Duration = Duration::from_secs(10);
/// After a run that failed without any answer: whatever refuses connections is not to be asked as fast as it can refuse.
const REST: Duration = Duration::from_millis(100);
const CLEAR: &str = "\r\u{1b}[K";

/// What the threads of a load share.
#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    /// Whether a user or a thread broke off: what a thread measured is lost.
    broken: AtomicBool,
    runs: AtomicU64,
    requests: AtomicU64,
    failed: AtomicU64,
    cancelled: Mutex<Option<CancelReason>>,
    unready: Mutex<Option<Unready>>,
    samples: Samples,
}

impl Shared {
    /// Adds what a user counted since it was last told.
    fn add(&self, user: &User, told: &mut Counts) {
        let now = Counts { runs: user.runs, failed: user.failed, requests: user.sent() };
        self.runs.fetch_add(now.runs - told.runs, Ordering::Relaxed);
        self.failed.fetch_add(now.failed - told.failed, Ordering::Relaxed);
        self.requests.fetch_add(now.requests.saturating_sub(told.requests), Ordering::Relaxed);
        *told = now;
    }

    fn counts(&self) -> Counts {
        let [runs, failed, requests] =
            [&self.runs, &self.failed, &self.requests].map(|number| number.load(Ordering::Relaxed));
        Counts { runs, failed, requests }
    }
}

/// A load: what is run, and how long.
struct Load<'a> {
    args: &'a TestArgs,
    tests: &'a [Planned],
    lasts: Duration,
    invocation: &'a Invocation,
    context: &'a Context,
    shared: Arc<Shared>,
}

/// Who hears of a load: reports of its figures, a collector of spans of every run.
pub(super) struct Hearers {
    pub(super) reporters: Vec<Box<dyn Reporter>>,
    pub(super) spans: Option<Box<dyn Reporter>>,
}

/// The events of a run that failed, for reports.
type Kept = (usize, Places, Vec<Event>);

/// What a virtual user runs in its turn.
struct Turn {
    run: WorkflowRun,
    /// The same for runs that nobody looks at.
    outlined: WorkflowRun,
    places: Places,
    /// Which of [`documents`] it is of.
    document: usize,
    is_to_fail: bool,
}

/// The documents of the tests, each once.
fn documents(tests: &[Planned]) -> IndexSet<&Path> {
    tests.iter().map(|test| test.document.as_path()).collect()
}

/// What each virtual user tells.
#[derive(Clone)]
struct Listeners {
    reports: Option<mpsc::Sender<Kept>>,
    spans: Option<(Context, Arc<Mutex<Box<dyn Reporter>>>)>,
}

/// Runs the load, tells how it goes, and sums up.
///
/// # Errors
/// If a workflow can't be run at all.
pub(super) fn load(
    args: &TestArgs,
    tests: &[Planned],
    users: u32,
    lasts: Duration,
    invocation: &Invocation,
    context: &Context,
    hearers: Hearers,
) -> Result<Exit, Failure> {
    let Hearers { mut reporters, spans } = hearers;
    let shared = Arc::new(Shared::default());
    let load = Load { args, tests, lasts, invocation, context, shared: shared.clone() };
    let users = usize::try_from(users).unwrap_or(usize::MAX);
    let threads = threads(args, users);
    let runtimes = (0..threads).map(|_| runtime()).collect::<Result<Vec<_>, _>>()?;
    let (sender, receiver) = mpsc::channel::<Kept>();
    let spans = spans.map(|spans| (context.clone(), Arc::new(Mutex::new(spans))));
    let listeners = Listeners { reports: (!reporters.is_empty()).then_some(sender), spans: spans.clone() };
    let look = context.look(args.common.color, &context.stderr);
    let (began, began_at) = (Instant::now(), now());
    let mut whole = Measure::default();
    std::thread::scope(|scope| {
        let mut working = Vec::new();
        for (thread, runtime) in runtimes.into_iter().enumerate() {
            let own = users / threads + usize::from(thread < users % threads);
            let (load, listeners) = (&load, listeners.clone());
            let work = move || runtime.block_on(load.work(own, listeners));
            match std::thread::Builder::new().spawn_scoped(scope, work) {
                Ok(thread) => working.push(thread),
                Err(error) => {
                    load.shared.stop.store(true, Ordering::Relaxed);
                    return Err(no_resources(error));
                }
            }
        }
        drop(listeners);
        load.watch(&look, began, &receiver, &mut reporters, &working);
        for thread in working {
            match thread.join() {
                Ok(measure) => whole.merge(&measure),
                Err(_) => load.shared.broken.store(true, Ordering::Relaxed),
            }
        }
        Ok(())
    })?;
    let cancelled = shared.cancelled.lock().unwrap_or_else(PoisonError::into_inner).take();
    // reading documents beforehand, and hearing of the end afterwards, is no part of the load
    let documents: Vec<_> = documents(tests).iter().map(|path| path.to_string_lossy().into_owned()).collect();
    let mut figures = whole.figures(users, whole.lasted().unwrap_or_else(|| began.elapsed()), &documents);
    (figures.stopped, figures.began) = (cancelled.is_some(), began_at);
    reporters.iter_mut().for_each(|reporter| reporter.load(&figures));
    reporters.extend(spans.and_then(|(_, spans)| Arc::into_inner(spans)?.into_inner().ok()));
    let mut written = reporters::finish(reporters, context);
    if let Some(unready) = shared.unready.lock().unwrap_or_else(PoisonError::into_inner).take() {
        for reason in &unready.reasons {
            context.write_stderr(&format!("{} {}\n", look.paint(Tone::Bad, "error:"), escape(reason)));
        }
        context.write_stderr(&look.spell(load_story::broken(&figures, unready.reasons.len(), &look)));
        return Ok(unready.exit.and(written));
    }
    if shared.broken.load(Ordering::Relaxed) {
        written = written.and(Exit::Environment);
        let word = look.paint(Tone::Bad, "error:");
        context.write_stderr(&format!("{word} a part of the load broke off, and its figures are not whole\n"));
    }
    if args.results.output == TestOutput::Json {
        let text = serde_json::to_string_pretty(&figures).unwrap_or_default();
        written = written.and(context.write_stdout(&format!("{}\n", crate::display::json(&text))));
    }
    context.write_stderr(&look.spell(load_story::whole(&figures, Detail::from(args.volume), &look)));
    Ok(match cancelled {
        Some(reason) => Exit::of_cancel(reason),
        None => whole.exit(),
    }
    .and(written))
}

impl Load<'_> {
    /// The users of one thread.
    async fn work(&self, users: usize, listeners: Listeners) -> Measure {
        let Load { args, tests, lasts, invocation, context, shared } = self;
        let mut all = Vec::new();
        for test in *tests {
            match ready(args, test, invocation, context).await {
                Ok(found) => all.push(found),
                Err(unready) => {
                    shared.stop.store(true, Ordering::Relaxed);
                    *shared.unready.lock().unwrap_or_else(PoisonError::into_inner) = Some(unready);
                    return Measure::default();
                }
            }
        }
        let documents = documents(tests);
        let turn = |(Ready { workflow, prepared }, test): (&Ready, &Planned)| Turn {
            run: workflow.clone().without_findings(),
            outlined: workflow.clone().without_findings().in_outline(),
            places: places(&prepared.loaded),
            document: documents.get_index_of(test.document.as_path()).unwrap_or_default(),
            is_to_fail: test.expect.status == Some(Ending::Failed),
        };
        let runs: Arc<Vec<Turn>> = Arc::new(all.iter().zip(*tests).map(turn).collect());
        let until = Instant::now() + *lasts;
        let whole = Arc::new(Mutex::new(Measure::default()));
        let act = |user| act(user, runs.clone(), until, shared.clone(), listeners.clone(), User::new(whole.clone()));
        let mut users: JoinSet<()> = (0..users).map(act).collect();
        let left = async {
            while let Some(left) = users.join_next().await {
                shared.broken.fetch_or(left.is_err(), Ordering::Relaxed);
            }
        };
        let stopped = tokio::select! {
            () = left => None,
            reason = signals::stop() => Some(reason),
        };
        if let Some(reason) = stopped {
            *shared.cancelled.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason);
            shared.stop.store(true, Ordering::Relaxed);
            // runs under way are left, too
            users.shutdown().await;
        }
        for Ready { prepared, .. } in all {
            if let Some(mock) = prepared.mock {
                mock.shutdown().await;
            }
        }
        std::mem::take(&mut *whole.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Tells how it goes, and hands runs that failed to the reporters, until every thread has ended.
    fn watch<T>(
        &self,
        look: &Look,
        began: Instant,
        receiver: &mpsc::Receiver<Kept>,
        reporters: &mut [Box<dyn Reporter>],
        working: &[std::thread::ScopedJoinHandle<'_, T>],
    ) {
        let Load { args, tests, context, shared, .. } = self;
        let live = context.is_live() && Detail::from(args.volume) > Detail::Summary;
        let quiet = Detail::from(args.volume) == Detail::Summary;
        let mut told = began;
        loop {
            match receiver.recv_timeout(PACE) {
                Ok((index, places, events)) => {
                    let test = &tests[index];
                    let case = Case { file: test.file.clone(), name: test.name.clone(), attempt: 1, ..Case::default() };
                    for reporter in reporters.iter_mut() {
                        reporter.begin(&case, &places);
                        events.iter().for_each(|event| reporter.event(event));
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    if working.iter().all(std::thread::ScopedJoinHandle::is_finished) {
                        break;
                    }
                    std::thread::sleep(PACE.min(Duration::from_millis(50)));
                }
            }
            let pace = if live { PACE } else { PLAIN_PACE };
            if !quiet && told.elapsed() >= pace {
                told = Instant::now();
                let line = load_story::going(shared.counts(), began.elapsed());
                context.write_stderr(&look.spell(if live { format!("{CLEAR}{line}") } else { format!("{line}\n") }));
            }
        }
        if live {
            context.write_stderr(CLEAR);
        }
    }
}

/// One virtual user.
async fn act(
    user: usize,
    runs: Arc<Vec<Turn>>,
    until: Instant,
    shared: Arc<Shared>,
    listeners: Listeners,
    mut measure: User,
) {
    let mut turn = user;
    let (mut told, mut told_at) = (Counts::default(), Instant::now());
    loop {
        let now = Instant::now();
        if now >= until || shared.stop.load(Ordering::Relaxed) {
            break;
        }
        // the threads do not quarrel about the counts at each run
        if now.duration_since(told_at) >= TELLING {
            told_at = now;
            shared.add(&measure, &mut told);
        }
        let index = turn % runs.len();
        turn += 1;
        let Turn { run, outlined, places, document, is_to_fail } = &runs[index];
        (measure.document, measure.is_to_fail) = (*document, *is_to_fail);
        let failed = measure.failed;
        let mut events = Vec::new();
        let trace = listeners.spans.as_ref().map(|(context, _)| spans::trace(context));
        let keeps = trace.is_some() || listeners.reports.is_some() && shared.samples.wanted();
        let traced = trace.map(|trace| run.clone().trace(trace));
        let run = traced.as_ref().unwrap_or(if keeps { run } else { outlined });
        let observe = |event: &Event| {
            measure.event(event);
            if keeps {
                events.push(event.clone());
            }
        };
        // a run under way is large: it is awaited where it is made
        if let Err(error) = run.observe(observe).await {
            // inputs that are refused are refused again
            shared.stop.store(true, Ordering::Relaxed);
            let unready = Unready { reasons: super::attempt::why(&error, places), exit: Exit::Usage };
            *shared.unready.lock().unwrap_or_else(PoisonError::into_inner) = Some(unready);
        }
        let failed = measure.failed - failed;
        if let (Some((_, spans)), Some(trace)) = (&listeners.spans, trace) {
            let mut spans = spans.lock().unwrap_or_else(PoisonError::into_inner);
            spans.begin(&Case { attempt: 1, trace: Some(trace), ..Case::default() }, places);
            events.iter().for_each(|event| spans.event(event));
        }
        if let Some(reports) = listeners.reports.as_ref().filter(|_| keeps && failed > 0)
            && shared.samples.take(index, &events)
        {
            // whoever listened has gone: the load goes on
            let _ = reports.send((index, places.clone(), events));
        }
        if measure.is_unanswered {
            tokio::time::sleep(REST.min(until.saturating_duration_since(Instant::now()))).await;
        }
    }
}
