//! What the engine itself costs: a step, a criterion, long loops, large documents. Prints medians of 21 CPU-bound rounds.
//!
//! `cargo bench -p arras-run`

#![allow(clippy::print_stdout)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arras_doc::jsonpath::Mode;
use arras_doc::value::{Object, Value};
use arras_run::criterion::JsonPathCondition;
use arras_run::effect::{Effect, Input, Send, Turn};
use arras_run::exchange::{Exchange, Response};
use arras_run::plan::{Plan, PlanOptions};
use arras_run::run::{Limits, Run};
use arras_run::time::Timestamp;
use support::{ENTRY, plan};

const HEAD: &str = "arazzo: 1.0.1\ninfo: {title: t, version: 1.0.0}\n\
    sourceDescriptions: [{name: api, url: openapi.yaml, type: openapi}]\nworkflows:\n";

const LOOP: &str = "
- workflowId: w
  steps:
  - stepId: poll
    operationId: poll
    parameters: [{name: id, in: query, value: $steps.poll.outputs.id}, {name: X-Trace, in: header, value: 'trace {$steps.poll.outputs.status}'}]
    requestBody: {payload: {id: $steps.poll.outputs.id, note: again}}
    successCriteria:
    - condition: $statusCode == 200 && $response.body#/id != null
    - {context: $response.body, condition: \"$.status == 'RUNNING' || $.status == 'DONE'\", type: jsonpath}
    outputs: {id: $response.body#/id, status: $response.body#/status}
    onSuccess:
    - {name: over, type: end, criteria: [{condition: $response.body#/status == 'DONE'}]}
    - {name: again, type: goto, stepId: poll}
";

const BODY: &str = r#"{"id": "6b0a52a4-6fd7-4a4b", "status": "RUNNING", "progress": 0.42, "parts": [{"n": 1, "ok": true}, {"n": 2, "ok": false}], "message": "still going"}"#;

fn main() {
    let loop_plan = planned(LOOP);
    criterion();
    step(&loop_plan);
    loops(&loop_plan);
    documents();
}

fn planned(document: &str) -> Arc<Plan> {
    let load = |url: &str| {
        match url {
        ENTRY => format!("{HEAD}{document}"),
        _ => "openapi: 3.1.0\ninfo: {title: t, version: 1.0.0}\npaths: {/poll: {post: {operationId: poll, \
              parameters: [{name: id, in: query}, {name: X-Trace, in: header}], requestBody: {content: {application/json: {}}}}}}\n"
            .to_owned(),
    }
    };
    plan(&load, None, PlanOptions::default()).plan.expect("a plan")
}

fn median(rounds: usize, mut round: impl FnMut() -> Duration) -> Duration {
    let mut times: Vec<Duration> = (0..rounds).map(|_| round()).collect();
    times.sort_unstable();
    times[rounds / 2]
}

fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let started = Clock::now();
    let result = black_box(work());
    (started.elapsed(), result)
}

/// The time that this thread was on a processor, where the system tells it (in steps of some milliseconds, so that a round
/// takes many of them); else the time that passed, which others who
/// use the machine lengthen.
enum Clock {
    Thread(Duration),
    Wall(Instant),
}

impl Clock {
    fn on_processor() -> Option<Duration> {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        text.split(' ').next()?.parse().ok().map(Duration::from_nanos)
    }

    fn now() -> Clock {
        Clock::on_processor().map_or_else(|| Clock::Wall(Instant::now()), Clock::Thread)
    }

    fn elapsed(&self) -> Duration {
        match self {
            Clock::Thread(started) => Clock::on_processor().unwrap_or_default().saturating_sub(*started),
            Clock::Wall(started) => started.elapsed(),
        }
    }
}

fn criterion() {
    const ROUND: u32 = 200_000;
    let (condition, _) =
        JsonPathCondition::parse("$.status == 'RUNNING' || $.status == 'DONE'", Mode::Lenient).expect("a condition");
    let body = Value::from_json(BODY).expect("JSON");
    let holds =
        median(21, || timed(|| (0..ROUND).for_each(|_| drop(black_box(condition.holds(&body, &|_| None))))).0) / ROUND;
    let evidence =
        median(21, || timed(|| (0..ROUND).for_each(|_| drop(black_box(condition.evaluate(&body, &|_| None))))).0)
            / ROUND;
    println!("JSONPath criterion, parsed once: {holds:?}; with evidence {evidence:?}");
}

/// A run that does nothing but answer; what is not the engine's work is made beforehand.
struct Loop {
    run: Run,
    response: Response,
    now: Timestamp,
}

impl Loop {
    fn new(plan: &Arc<Plan>) -> Loop {
        let limits = Limits { max_steps: u64::MAX, timeout: None, poll_interval: Duration::ZERO, ..Limits::default() };
        let headers =
            vec![("Content-Type".to_owned(), "application/json".to_owned()), ("Date".to_owned(), "x".to_owned())];
        Loop {
            run: Run::new(plan.clone(), Object::default(), limits, Timestamp(0)).expect("no inputs"),
            response: Response { status: 200, headers, body: BODY.into() },
            now: Timestamp(0),
        }
    }

    fn visit(&mut self) {
        let Turn::Perform(Effect::Send(send)) = self.run.turn() else { panic!("the loop only sends") };
        let send: Send = *send;
        let exchange = Exchange {
            request: send.request.clone(),
            response: self.response.clone(),
            duration: Duration::from_millis(1),
        };
        self.now = self.now.after(Duration::from_millis(1));
        let result = self.run.evaluate(&send, self.now, Ok(&exchange));
        self.run.tell(self.now, Input::Settled(send.id, Box::new(result)));
        while let Some(event) = self.run.poll_event() {
            black_box(event);
        }
    }
}

fn step(plan: &Arc<Plan>) {
    const ROUND: u32 = 10_000;
    let mut run = Loop::new(plan);
    (0..100).for_each(|_| run.visit());
    let step = median(21, || timed(|| (0..ROUND).for_each(|_| run.visit())).0) / ROUND;
    println!("one step with two criteria and two outputs: {step:?}");
}

fn loops(plan: &Arc<Plan>) {
    const ROUND: u32 = 10;
    let visits = |count: u32| {
        median(21, || {
            let mut runs: Vec<_> = (0..ROUND).map(|_| Loop::new(plan)).collect();
            timed(|| runs.iter_mut().for_each(|run| (0..count).for_each(|_| run.visit()))).0
        }) / ROUND
    };
    let (short, long) = (visits(1000), visits(2000));
    println!(
        "a loop of 1,000 visits: {short:?}; of 2,000: {long:?}, {:.2} times",
        long.as_secs_f64() / short.as_secs_f64()
    );
    let mut run = Loop::new(plan);
    let (million, ()) = timed(|| (0..1_000_000).for_each(|_| run.visit()));
    println!(
        "a loop of 1,000,000 visits: {million:?}; the run then prints as {} bytes",
        format!("{:?}", run.run).len()
    );
}

fn documents() {
    for (name, make) in [
        ("workflows that wait for each other", waits as fn(usize) -> String),
        ("one that depends on all", all),
        ("steps in one workflow", steps),
    ] {
        for count in [10_000, 20_000] {
            let document = make(count);
            let (planning, plan) = timed(|| planned(&document));
            let limits = Limits { max_steps: u64::MAX, ..Limits::default() };
            let mut run = Loop {
                run: Run::new(plan, Object::default(), limits, Timestamp(0)).expect("no inputs"),
                ..Loop::new(&planned(LOOP))
            };
            let (running, ()) = timed(|| (0..count).for_each(|_| run.visit()));
            println!("{count} {name}: {planning:?} to read, link and plan, {running:?} to run");
        }
    }
}

fn waits(count: usize) -> String {
    let mut document = String::new();
    for at in 0..count {
        let wait = if at + 1 < count { format!("dependsOn: [w{}], ", at + 1) } else { String::new() };
        let _ = writeln!(document, "- {{workflowId: w{at}, {wait}steps: [{{stepId: s, operationId: poll}}]}}");
    }
    document
}

fn all(count: usize) -> String {
    let mut document = "- workflowId: all\n  dependsOn:\n".to_owned();
    (1..count).for_each(|at| document += &format!("  - w{at}\n"));
    document += "  steps: [{stepId: s, operationId: poll}]\n";
    (1..count)
        .for_each(|at| document += &format!("- {{workflowId: w{at}, steps: [{{stepId: s, operationId: poll}}]}}\n"));
    document
}

fn steps(count: usize) -> String {
    let mut document = "- workflowId: w\n  steps:\n".to_owned();
    for at in 0..count {
        let read = if at == 0 { "1".to_owned() } else { format!("$steps.s{}.outputs.n", at - 1) };
        let _ = writeln!(
            document,
            "  - {{stepId: s{at}, operationId: poll, parameters: [{{name: id, in: query, value: {read}}}], outputs: {{n: $response.body#/id}}}}"
        );
    }
    document += "  outputs:\n";
    (0..count).for_each(|at| document += &format!("    o{at}: $steps.s{at}.outputs.n\n"));
    document
}
