//! Large documents and long runs: each of these would take minutes, gigabytes or the stack if anything grew faster than the
//! document or the number of steps.

mod support;

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use arras_doc::value::Object;
use arras_run::effect::Status;
use arras_run::event::{EndedBy, EventKind};
use arras_run::exchange::Response;
use arras_run::fault::FaultKind;
use arras_run::plan::{Plan, PlanOptions};
use arras_run::run::{Limits, Run};
use arras_run::time::Timestamp;
use support::{Answer, Driver, ENTRY, Journal, Planned, Reply, Seen, check, events, plan};

const MANY: usize = 20_000;

const HEAD: &str = "arazzo: 1.0.1\ninfo: {title: t, version: 1.0.0}\n\
    sourceDescriptions: [{name: api, url: openapi.yaml, type: openapi}]\nworkflows:\n";

fn planned(document: &str) -> Planned {
    let load = |url: &str| match url {
        ENTRY => format!("{HEAD}{document}"),
        _ => "openapi: 3.1.0\ninfo: {title: t, version: 1.0.0}\npaths: {/a: {get: {operationId: a}}}\n".to_owned(),
    };
    plan(&load, None, PlanOptions::default())
}

fn ready(document: &str) -> Arc<Plan> {
    planned(document).plan.expect("a plan")
}

fn unlimited() -> Limits {
    Limits {
        timeout: None,
        max_steps: u64::MAX,
        max_depth: usize::MAX,
        poll_interval: Duration::ZERO,
        ..Limits::default()
    }
}

fn ok(_: usize, _: &arras_run::effect::Send) -> Answer {
    let response = Response { status: 200, headers: Vec::new(), body: r#"{"n": 1}"#.into() };
    Answer { reply: Reply::Response(response), after: Duration::from_millis(1) }
}

fn run(plan: Arc<Plan>, limits: Limits) -> (Status, Vec<Seen>, usize) {
    let mut run = Run::new(plan, Object::default(), limits, Timestamp(0)).expect("no inputs are needed");
    let (mut journal, mut seen) = (Journal::new(), Vec::new());
    let mut driver = Driver { now: Timestamp(0), sent: 0, server: &ok, cancel_at: None };
    let outcome = driver.drive(&mut run, &mut journal, &mut seen);
    (outcome.status, seen, driver.sent)
}

#[test]
fn many_workflows_that_wait_for_each_other() {
    let mut document = String::new();
    for at in 0..MANY {
        let wait = if at + 1 < MANY { format!("dependsOn: [w{}], ", at + 1) } else { String::new() };
        let read =
            if at + 1 < MANY { format!("$workflows.w{}.outputs.n", at + 1) } else { "$steps.s.outputs.n".to_owned() };
        let _ = writeln!(
            document,
            "- {{workflowId: w{at}, {wait}steps: [{{stepId: s, operationId: a, outputs: {{n: $response.body#/n}}}}], outputs: {{n: {read}}}}}"
        );
    }
    let (status, seen, sent) = run(ready(&document), unlimited());
    assert_eq!((status, sent), (Status::Succeeded, MANY));
    check::well_formed(&events(&seen));
}

#[test]
fn many_workflows_of_which_one_depends_on_all() {
    let mut document = "- workflowId: all\n  dependsOn:\n".to_owned();
    (0..MANY).for_each(|at| document += &format!("  - w{at}\n"));
    document += "  steps: [{stepId: s, operationId: a}]\n";
    (0..MANY).for_each(|at| document += &format!("- {{workflowId: w{at}, steps: [{{stepId: s, operationId: a}}]}}\n"));
    let (status, _, sent) = run(ready(&document), unlimited());
    assert_eq!((status, sent), (Status::Succeeded, MANY + 1));
}

/// ``wN`` calls ``wN+1``, the last one an operation.
fn chain(length: usize) -> String {
    let mut document = String::new();
    for at in 0..length {
        let call = if at + 1 < length { format!("workflowId: w{}", at + 1) } else { "operationId: a".to_owned() };
        let read = if at + 1 < length { "$outputs.n" } else { "$response.body#/n" };
        let _ = writeln!(
            document,
            "- {{workflowId: w{at}, steps: [{{stepId: s, {call}, outputs: {{n: {read}}}}}], outputs: {{n: $steps.s.outputs.n}}}}"
        );
    }
    document
}

#[test]
fn a_deep_chain_of_calls_is_stopped_by_the_depth_and_takes_no_stack_without() {
    let (status, seen, _) = run(ready(&chain(MANY)), Limits::default());
    let seen = events(&seen);
    assert_eq!(status, Status::Failed);
    check::well_formed(&seen);
    let fault = |kind: &EventKind| match kind {
        EventKind::WorkflowFinished { fault, ended_by: EndedBy::Budget, .. } => fault.as_ref().map(|fault| fault.kind),
        _ => None,
    };
    let faults: Vec<_> = seen.iter().filter_map(|event| fault(&event.kind)).collect();
    assert_eq!(faults, vec![FaultKind::MaxDepth; Limits::default().max_depth + 1]);

    // effects name the calls above them, so names take the square of the depth: a tenth of it is enough
    let (status, seen, sent) = run(ready(&chain(MANY / 10)), unlimited());
    assert_eq!((status, sent), (Status::Succeeded, 1));
    let is_finished = |kind: &EventKind| matches!(kind, EventKind::WorkflowFinished { .. });
    assert_eq!(events(&seen).iter().filter(|event| is_finished(&event.kind)).count(), MANY / 10);
}

#[test]
fn a_long_loop_remembers_its_last_visit_alone() {
    let document = "
- workflowId: w
  steps:
  - stepId: loop
    operationId: a
    successCriteria: [{condition: $statusCode == 200}, {context: $response.body, condition: $.n == 1, type: jsonpath}]
    outputs: {n: $response.body#/n, before: $steps.loop.outputs.n}
    onSuccess: [{name: again, type: goto, stepId: loop}]
";
    let plan = ready(document);
    let held = |visits: u64| {
        let limits = Limits { max_steps: visits, ..unlimited() };
        let mut run = Run::new(plan.clone(), Object::default(), limits, Timestamp(0)).expect("no inputs are needed");
        let mut driver = Driver { now: Timestamp(0), sent: 0, server: &ok, cancel_at: None };
        let mut largest = 0;
        while driver.sent < usize::try_from(visits).expect("a count") {
            let turn = run.turn();
            while run.poll_event().is_some() {}
            let arras_run::effect::Turn::Perform(arras_run::effect::Effect::Send(send)) = turn else {
                panic!("a loop without a pause only sends")
            };
            let mut seen = Vec::new();
            let input = driver.perform(&run, &send, &mut seen);
            run.tell(driver.now, input);
            if driver.sent.is_multiple_of(500) {
                largest = largest.max(format!("{run:?}").len());
            }
        }
        largest
    };
    let (short, long) = (held(1000), held(10_000));
    assert!(long < short + 100, "what a run holds grew from {short} to {long}");
}

#[test]
fn many_steps_and_names_in_one_workflow() {
    const STEPS: usize = 5_000;
    let mut document = "- workflowId: w\n  inputs: {type: object, properties: {".to_owned();
    (0..STEPS).for_each(|at| document += &format!("i{at}: {{type: integer, default: {at}}}, "));
    document += "}}\n  steps:\n";
    for at in 0..STEPS {
        let read = if at == 0 { "$inputs.i0".to_owned() } else { format!("$steps.s{}.outputs.n", at - 1) };
        document += &format!(
            "  - {{stepId: s{at}, operationId: a, parameters: [{{name: n, in: query, value: {read}}}], outputs: {{n: $inputs.i{at}}}}}\n"
        );
    }
    document += "  outputs:\n";
    (0..STEPS).for_each(|at| document += &format!("    o{at}: $steps.s{at}.outputs.n\n"));
    let (status, seen, sent) = run(ready(&document), unlimited());
    assert_eq!((status, sent), (Status::Succeeded, STEPS));
    let last = events(&seen).into_iter().rev().find_map(|event| match &event.kind {
        EventKind::WorkflowFinished { outputs, .. } => {
            outputs.get(&format!("o{}", STEPS - 1)).map(|value| value.to_json())
        }
        _ => None,
    });
    assert_eq!(last, Some((STEPS - 1).to_string()));
}

#[test]
fn long_rings_are_found_before_anything_runs() {
    let ring = |link: &dyn Fn(usize) -> String| {
        (0..MANY).map(|at| format!("- {{workflowId: w{at}, {}}}\n", link((at + 1) % MANY))).collect::<String>()
    };
    let waits = ring(&|next| format!("dependsOn: [w{next}], steps: [{{stepId: s, operationId: a}}]"));
    let calls = ring(&|next| format!("steps: [{{stepId: s, workflowId: w{next}}}]"));
    for (document, start) in [(waits, "the workflow `w0` waits for `w1`"), (calls, "the workflow `w0` calls `w1`")] {
        let found = planned(&document).plan.expect_err("a cycle");
        assert_eq!(found.len(), 1);
        assert!(found[0].message.starts_with(start) && found[0].message.ends_with("`w0`"), "{}", found[0].message);
    }
}
