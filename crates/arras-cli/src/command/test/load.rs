//! Virtual users: the chosen workflows again and again, so many at a time, for so long.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use arras::WorkflowRun;
use arras::trace::TraceContext;
use arras_run::effect::CancelReason;
use arras_run::event::Event;
use serde_json::{Value, json};

use super::attempt::{Ready, Unready, ready};
use super::measure::Measure;
use super::plan::Planned;
use super::workers::threads;
use crate::args::TestArgs;
use crate::args::resolve::Invocation;
use crate::args::test::TestOutput;
use crate::command::run::reporters;
use crate::command::{Failure, places, signals, spans};
use crate::context::Context;
use crate::diagnostics::Places;
use crate::display::{count, escape, pad, pad_left, width};
use crate::exit::Exit;
use crate::look::{Look, Tone};
use crate::reporter::{Case, Detail, Reporter, duration, millis};

/// Between two live lines.
const PACE: Duration = Duration::from_millis(250);
/// Between two lines where nothing is redrawn.
const PLAIN_PACE: Duration = Duration::from_secs(10);
const CLEAR: &str = "\r\u{1b}[K";

/// What the threads of a load share.
#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    runs: AtomicU64,
    requests: AtomicU64,
    failed: AtomicU64,
    cancelled: Mutex<Option<CancelReason>>,
    unready: Mutex<Option<Unready>>,
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

/// One run's events, for reporters.
type Kept = (usize, Places, Option<TraceContext>, Vec<Event>);

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
    mut reporters: Vec<Box<dyn Reporter>>,
) -> Result<Exit, Failure> {
    let shared = Arc::new(Shared::default());
    let load = Load { args, tests, lasts, invocation, context, shared: shared.clone() };
    let users = usize::try_from(users).unwrap_or(usize::MAX);
    let threads = threads(args, users);
    let (sender, receiver) = mpsc::channel::<Kept>();
    let sender = (!reporters.is_empty()).then_some(sender);
    let look = context.look(args.common.color, &context.stderr);
    let began = Instant::now();
    let mut whole = Measure::default();
    std::thread::scope(|scope| {
        let mut working = Vec::new();
        for thread in 0..threads {
            let own = users / threads + usize::from(thread < users % threads);
            let (load, sender) = (&load, sender.clone());
            working.push(scope.spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
                Some(runtime.block_on(load.work(own, sender)))
            }));
        }
        drop(sender);
        load.watch(&look, began, &receiver, &mut reporters, &working);
        for thread in working {
            if let Ok(Some(measure)) = thread.join() {
                whole.merge(&measure);
            }
        }
    });
    let took = began.elapsed();
    let written = reporters::finish(reporters, context);
    if let Some(unready) = shared.unready.lock().unwrap_or_else(PoisonError::into_inner).take() {
        for reason in &unready.reasons {
            context.write_stderr(&format!("{} {reason}\n", look.paint(Tone::Bad, "error:")));
        }
        return Ok(unready.exit.and(written));
    }
    let cancelled = shared.cancelled.lock().unwrap_or_else(PoisonError::into_inner).take();
    if args.results.output == TestOutput::Json {
        context.write_stdout(&document(&whole, users, took));
    }
    context.write_stderr(&look.spell(story(args, &whole, users, took, cancelled.is_some(), &look)));
    Ok(match cancelled {
        Some(reason) => Exit::of_cancel(reason),
        None if whole.failed > 0 || whole.runs == 0 => Exit::No,
        None => Exit::Yes,
    }
    .and(written))
}

impl Load<'_> {
    /// The users of one thread.
    async fn work(&self, users: usize, sender: Option<mpsc::Sender<Kept>>) -> Measure {
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
        let runs: Arc<Vec<(WorkflowRun, Places)>> = Arc::new(
            all.iter().map(|Ready { workflow, prepared }| (workflow.clone(), places(&prepared.loaded))).collect(),
        );
        let until = Instant::now() + *lasts;
        let users: Vec<_> = (0..users)
            .map(|user| {
                let traced = args.results.otlp.as_ref().map(|_| Context::clone(context));
                tokio::spawn(act(user, runs.clone(), until, shared.clone(), sender.clone(), traced))
            })
            .collect();
        let mut measure = Measure::default();
        let mut stop = std::pin::pin!(signals::stop());
        for user in users {
            let abort = user.abort_handle();
            tokio::select! {
                found = user => measure.merge(&found.unwrap_or_default()),
                reason = &mut stop => {
                    *shared.cancelled.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason);
                    shared.stop.store(true, Ordering::Relaxed);
                    abort.abort();
                    break;
                }
            }
        }
        for Ready { prepared, .. } in all {
            if let Some(mock) = prepared.mock {
                mock.shutdown().await;
            }
        }
        measure
    }

    /// Tells how it goes, and hands runs to the reporters, until every thread has ended.
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
                Ok((index, places, trace, events)) => {
                    let test = &tests[index];
                    let case = Case { file: test.file.clone(), name: test.name.clone(), attempt: 1, trace };
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
                let line = going(shared, began.elapsed());
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
    runs: Arc<Vec<(WorkflowRun, Places)>>,
    until: Instant,
    shared: Arc<Shared>,
    sender: Option<mpsc::Sender<Kept>>,
    traced: Option<Context>,
) -> Measure {
    let mut measure = Measure::default();
    let mut turn = user;
    while Instant::now() < until && !shared.stop.load(Ordering::Relaxed) {
        let index = turn % runs.len();
        turn += 1;
        let (run, places) = &runs[index];
        let (requests, failed) = (measure.requests, measure.failed);
        let mut events = Vec::new();
        let trace = traced.as_ref().map(spans::trace);
        let run = trace.map_or_else(|| run.clone(), |trace| run.clone().trace(trace));
        let observed = run.observe(|event| {
            measure.event(event);
            if sender.is_some() {
                events.push(event.clone());
            }
        });
        let observed = observed.await;
        if observed.is_err() {
            // inputs that are refused are refused again
            measure.runs += 1;
            measure.failed += 1;
            shared.stop.store(true, Ordering::Relaxed);
        }
        shared.runs.fetch_add(1, Ordering::Relaxed);
        shared.requests.fetch_add(measure.requests - requests, Ordering::Relaxed);
        shared.failed.fetch_add(measure.failed - failed, Ordering::Relaxed);
        if let Some(sender) = &sender {
            // whoever listened has gone: the load goes on
            let _ = sender.send((index, places.clone(), trace, events));
        }
    }
    measure
}

fn going(shared: &Shared, took: Duration) -> String {
    let (runs, requests) = (shared.runs.load(Ordering::Relaxed), shared.requests.load(Ordering::Relaxed));
    let failed = shared.failed.load(Ordering::Relaxed);
    let failed = if failed > 0 { format!(" · {failed} failed") } else { String::new() };
    let rate = requests as f64 / took.as_secs_f64().max(0.001);
    format!(" {}   {runs} runs · {rate:.0} requests/s{failed}", duration(took))
}

fn story(args: &TestArgs, whole: &Measure, users: usize, took: Duration, cancelled: bool, look: &Look) -> String {
    let mut text = String::new();
    if Detail::from(args.volume) > Detail::Summary {
        let names = whole.steps.keys().map(|name| width(&escape(name))).max().unwrap_or(0).clamp(4, 40);
        let head = ["requests", "errors", "p50", "p90", "p99", "max"].map(|name| pad_left(name, 10));
        text.push_str(&format!("   {}{}\n", pad("step", names), look.paint(Tone::Dim, head.concat())));
        for (name, step) in &whole.steps {
            let mark = if step.errors == 0 { look.paint(Tone::Good, "✓") } else { look.paint(Tone::Bad, "✗") };
            let shares = [0.5, 0.9, 0.99].map(|share| step.took.percentile(share));
            let times: String =
                shares.into_iter().chain([step.took.max]).map(|time| pad_left(&precise(time), 10)).collect();
            let counts = format!("{:>10}{:>10}", step.took.count, step.errors);
            text.push_str(&format!(" {mark} {}{counts}{times}\n", pad(&escape(name), names)));
            for (reason, times) in &step.reasons {
                text.push_str(&format!("     {times} × {}\n", escape(reason)));
            }
        }
    }
    let (word, tone) = match (cancelled, whole.failed) {
        (true, _) => ("Interrupted", Tone::Caution),
        (false, 0) if whole.runs > 0 => ("Succeeded", Tone::Good),
        (false, _) => ("Failed", Tone::Bad),
    };
    let seconds = took.as_secs_f64().max(0.001);
    let failed = if whole.failed > 0 { format!(", {} failed", whole.failed) } else { String::new() };
    text.push_str(&format!(
        "{}  {} for {}   {} runs{failed}, {:.1} runs/s   {} requests, {:.1} requests/s\n",
        look.paint(tone, word),
        count(users, "virtual user"),
        duration(took),
        whole.runs,
        whole.runs as f64 / seconds,
        whole.requests,
        whole.requests as f64 / seconds
    ));
    text
}

/// Below ten milliseconds with a decimal: there it matters.
fn precise(time: f64) -> String {
    if time < 10.0 { format!("{time:.2} ms") } else { millis(time) }
}

fn document(whole: &Measure, users: usize, took: Duration) -> String {
    let seconds = took.as_secs_f64().max(0.001);
    let times = |took: &super::histogram::Histogram| json!({ "p50": took.percentile(0.5), "p90": took.percentile(0.9), "p99": took.percentile(0.99), "max": took.max });
    let steps: Vec<Value> = whole
        .steps
        .iter()
        .map(|(name, step)| {
            json!({
                "step": name, "requests": step.took.count, "errors": step.errors, "reasons": step.reasons,
                "durationMs": times(&step.took),
            })
        })
        .collect();
    let document = json!({
        "schema": 1,
        "virtualUsers": users,
        "durationMs": took.as_secs_f64() * 1000.0,
        "runs": whole.runs,
        "failed": whole.failed,
        "requests": whole.requests,
        "runsPerSecond": whole.runs as f64 / seconds,
        "requestsPerSecond": whole.requests as f64 / seconds,
        "runMs": times(&whole.took),
        "steps": steps,
    });
    format!("{}\n", crate::display::json(&serde_json::to_string_pretty(&document).unwrap_or_default()))
}
