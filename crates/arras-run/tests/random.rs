//! Random small workflows over random servers: every run ends within its budgets, shows well-formed events, and comes to
//! the same from every prefix of what it was told.

mod support;

use std::time::Duration;

use arras_doc::value::Object;
use arras_run::exchange::Response;
use arras_run::fault::{Fault, FaultKind, Phase};
use arras_run::plan::PlanOptions;
use arras_run::run::{Limits, Run};
use arras_run::time::Timestamp;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use support::{Answer, Driver, ENTRY, Journal, Reply, check, events, plan, replay_every_prefix};

const WORKFLOWS: usize = 3;
const STEPS: usize = 3;

/// Criteria of an action: always, by the status, by the body, one that can't be judged where the body is no JSON.
fn criteria() -> impl Strategy<Value = &'static str> {
    select(vec![
        "",
        "",
        ", criteria: [{condition: $statusCode == 200}]",
        ", criteria: [{condition: $statusCode >= 500}]",
        ", criteria: [{condition: $response.body#/n == 1}, {condition: $steps.s0.outputs.n != null}]",
        ", criteria: [{context: $response.body, condition: $.n == 1, type: jsonpath}]",
        ", criteria: [{condition: $outputs.n == 1}]",
    ])
}

fn target() -> impl Strategy<Value = String> {
    prop_oneof![
        (0..STEPS).prop_map(|step| format!(", stepId: s{step}")),
        (0..WORKFLOWS).prop_map(|workflow| format!(", workflowId: w{workflow}")),
    ]
}

fn action(retries: bool) -> impl Strategy<Value = String> {
    let retry = (proptest::option::of(target()), 0..3_u32, select(vec!["", ", retryAfter: 0.5", ", retryAfter: 0"]));
    let retry = retry.prop_map(|(target, limit, after)| {
        format!("type: retry, retryLimit: {limit}{after}{}", target.unwrap_or_default())
    });
    let other = prop_oneof![Just("type: end".to_owned()), target().prop_map(|target| format!("type: goto{target}"))];
    let kind = if retries { prop_oneof![retry, other].boxed() } else { other.boxed() };
    (kind, criteria()).prop_map(|(kind, criteria)| format!("{kind}{criteria}"))
}

fn actions(retries: bool) -> impl Strategy<Value = String> {
    proptest::collection::vec(action(retries), 0..3).prop_map(|actions| {
        let named = actions.iter().enumerate().map(|(at, action)| format!("{{name: a{at}, {action}}}"));
        named.collect::<Vec<_>>().join(", ")
    })
}

fn step() -> impl Strategy<Value = String> {
    let calls = prop_oneof![
        4 => Just("operationId: list, parameters: [{name: next, in: query, value: $steps.s0.outputs.n}]".to_owned()),
        2 => (0..WORKFLOWS).prop_map(|workflow| {
            format!("workflowId: w{workflow}, parameters: [{{name: n, value: $steps.s1.outputs.n}}]")
        }),
    ];
    let criteria = select(vec!["", "", "successCriteria: [{condition: $statusCode < 500}], "]);
    let timeout = select(vec!["", "", "timeout: 40, "]);
    (calls, criteria, timeout, actions(false), actions(true)).prop_map(|(calls, criteria, timeout, success, failure)| {
        format!("{calls}, {criteria}{timeout}outputs: {{n: $response.body#/n}}, onSuccess: [{success}], onFailure: [{failure}]")
    })
}

fn workflow() -> impl Strategy<Value = (Vec<String>, Vec<usize>, String)> {
    let steps = proptest::collection::vec(step(), STEPS);
    // a workflow waits for later ones only, and not always
    let waits = proptest::collection::vec(1..WORKFLOWS, 0..2);
    (steps, waits, actions(true))
}

fn document() -> impl Strategy<Value = String> {
    proptest::collection::vec(workflow(), WORKFLOWS).prop_map(|workflows| {
        let mut text = "arazzo: 1.1.0\ninfo: {title: t, version: 1.0.0}\n\
            sourceDescriptions: [{name: api, url: openapi.yaml, type: openapi}]\nworkflows:\n"
            .to_owned();
        for (at, (steps, waits, failure)) in workflows.iter().enumerate() {
            text += &format!("- workflowId: w{at}\n  inputs: {{type: object, properties: {{n: {{type: integer}}}}}}\n");
            if let Some(wait) = waits.first().filter(|wait| at + **wait < WORKFLOWS) {
                text += &format!("  dependsOn: [w{}]\n", at + wait);
            }
            text += &format!("  failureActions: [{failure}]\n  steps:\n");
            for (at, step) in steps.iter().enumerate() {
                text += &format!("  - {{stepId: s{at}, {step}}}\n");
            }
            text += "  outputs: {n: $steps.s0.outputs.n, m: $outputs.n}\n";
        }
        text
    })
}

fn answer() -> impl Strategy<Value = Answer> {
    let json = |status: u16, headers: Vec<(String, String)>, body: &str| {
        let mut headers = headers;
        headers.push(("Content-Type".into(), "application/json".into()));
        Reply::Response(Response { status, headers, body: body.to_owned().into() })
    };
    let reply = prop_oneof![
        6 => (select(vec![200, 201, 302, 404, 500, 503]), select(vec![r#"{"n": 1}"#, r#"{"n": 2}"#, "{}", ""]))
            .prop_map(move |(status, body)| json(status, Vec::new(), body)),
        1 => Just(json(503, vec![("Retry-After".into(), "2".into())], "")),
        1 => Just(Reply::Response(Response { status: 200, headers: Vec::new(), body: "no JSON".into() })),
        1 => Just(Reply::Fault(Fault::new(FaultKind::ConnectRefused, Phase::Connect, "refused"))),
        1 => Just(Reply::Cancel),
    ];
    (reply, select(vec![1_u64, 5, 30, 100]))
        .prop_map(|(reply, after)| Answer { reply, after: Duration::from_millis(after) })
}

fn limits() -> impl Strategy<Value = Limits> {
    (select(vec![1_u64, 5, 20, 40]), 0..4_usize, proptest::option::of(1..4_u32), select(vec![500_u64, 60_000]))
        .prop_map(|(max_steps, max_depth, max_visits, timeout)| Limits {
            max_steps,
            max_depth,
            max_visits,
            timeout: Some(Duration::from_millis(timeout)),
            ..Limits::default()
        })
}

/// Without what makes a document an error before it is run: those are not what is tried here.
fn load(document: &str) -> impl Fn(&str) -> String + '_ {
    move |url| match url {
        ENTRY => document.to_owned(),
        _ => "openapi: 3.1.0\ninfo: {title: t, version: 1.0.0}\npaths: {/list: {get: {operationId: list, \
              parameters: [{name: next, in: query, schema: {type: string}}]}}}\n"
            .to_owned(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn every_run_ends_well_formed_and_replays(
        document in document(),
        answers in proptest::collection::vec(answer(), 1..8),
        limits in limits(),
        cancel_at in proptest::option::weighted(0.1, 1..5000_u64),
    ) {
        let planned = plan(&load(&document), None, PlanOptions::default());
        // certain recursion, forward references: refused before anything runs
        let Ok(plan) = planned.plan else { return Ok(()) };
        let start = || Run::new(plan.clone(), Object::default(), limits.clone(), Timestamp(0)).expect("no inputs are needed");
        let server = |number: usize, _: &_| answers[number % answers.len()].clone();
        let fresh = || Driver { now: Timestamp(0), sent: 0, server: &server, cancel_at: cancel_at.map(Timestamp) };
        let (mut journal, mut seen, mut driver) = (Journal::new(), Vec::new(), fresh());
        let outcome = driver.drive(&mut start(), &mut journal, &mut seen);
        prop_assert!(driver.sent as u64 <= limits.max_steps, "{} requests", driver.sent);
        prop_assert!(driver.now <= Timestamp(0).after(limits.timeout.expect("a timeout")));
        check::well_formed(&events(&seen));
        replay_every_prefix(&start, &fresh(), &journal, &outcome, &seen);
    }
}

#[test]
fn many_documents_of_this_test_can_be_planned() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let planned = (0..40).filter(|_| {
        let document = document().new_tree(&mut runner).expect("a document").current();
        plan(&load(&document), None, PlanOptions::default()).plan.is_ok()
    });
    let planned = planned.count();
    assert!(planned > 10, "{planned} of 40");
}
