//! What a story says at its end: outputs that have no value, and loops that are over.

use std::path::{Path, PathBuf};

use crate::support::{Ran, arras, folder, write};
use crate::wire::{Answer, Server};

fn documents(name: &str, workflows: &str) -> PathBuf {
    let here = folder(name);
    write(
        &here.join("api.yaml"),
        "openapi: 3.1.0\ninfo: {title: T, version: '1'}\nservers: [{url: 'http://127.0.0.1:1'}]\n\
         paths: {/a: {get: {operationId: look, responses: {default: {description: any}}}}}\n",
    );
    let head = "arazzo: 1.0.1\ninfo: {title: F, version: '1'}\n\
                sourceDescriptions: [{name: shop, url: api.yaml, type: openapi}]\nworkflows:\n";
    write(&here.join("flow.arazzo.yaml"), format!("{head}{workflows}"));
    here
}

fn run(here: &Path, server: &Server, more: &[&str]) -> Ran {
    let run = ["run", "flow.arazzo.yaml", "--poll-interval", "0", "--server", &server.url()];
    arras(run).args(more).within(here).run()
}

const ABSENT: &str = "
- workflowId: w
  inputs: {type: object, properties: {q: {type: string}}}
  steps:
  - stepId: first
    operationId: look
    outputs: {token: $response.header.X-Token, unused: $response.body#/unused, known: $response.body#/a}
    onSuccess: [{name: on, type: goto, stepId: last}]
  - {stepId: skipped, operationId: look, outputs: {b: $response.body#/a}}
  - {stepId: last, workflowId: inner, outputs: {c: $outputs.none}}
  outputs:
    token: $steps.first.outputs.token
    b: $steps.skipped.outputs.b
    q: $inputs.q
    known: $steps.first.outputs.known
    c: $steps.last.outputs.c
- workflowId: inner
  steps: [{stepId: s, operationId: look, outputs: {nothing: $response.body#/z}}]
  outputs: {none: $steps.s.outputs.nothing}
";

#[test]
fn an_output_of_the_workflow_without_a_value_is_told_with_its_reason() {
    let server = Server::start(|_, _| Answer::Json(200, r#"{"a": 1}"#.to_owned()));
    let here = documents("outcomes-absent", ABSENT);
    let ran = run(&here, &server, &["w"]);
    let story: Vec<&str> = ran.expect(0, &[]).stderr.lines().collect();
    let notes = [
        " ☞ output `token` has no value: step `first` got no `$response.header.X-Token`",
        " ☞ output `b` has no value: step `skipped` was not run",
        " ☞ output `q` has no value: nor has `$inputs.q`",
        " ☞ output `c` has no value: nor has `$outputs.none` of step `last`",
    ];
    assert_eq!(story[story.len() - 5..story.len() - 1], notes, "{story:#?}");
    assert!(ran.last_line().starts_with("Succeeded") && !ran.stderr.contains("unused"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("`none` has no value"), "of the inner workflow: {}", ran.stderr);
    assert_eq!(ran.answer(), serde_json::json!({"known": 1}));
    let quiet = run(&here, &server, &["w", "-q"]);
    assert_eq!(quiet.expect(0, &[]).stderr.lines().count(), 1, "{}", quiet.stderr);
    let whole = run(&here, &server, &["w", "-v"]);
    whole.expect(
        0,
        &["output-absent", "`$response.header.X-Token` was not in the answer", "output `unused` has no value"],
    );
    assert!(whole.stderr.lines().all(|line| line != notes[0]), "{}", whole.stderr);
}

const PAGES: &str = "
- workflowId: w
  steps:
  - stepId: page
    operationId: look
    outputs: {n: $response.body#/n}
    onSuccess: [{name: more, type: goto, stepId: page, criteria: [{condition: $response.body#/n < 3}]}]
  - {stepId: after, operationId: look}
  outputs: {n: $steps.page.outputs.n}
";

#[test]
fn the_way_out_of_a_loop_is_no_news_and_a_case_that_nobody_thought_of_is() {
    let counting = || Server::start(|before, _| Answer::Json(200, format!(r#"{{"n": {}}}"#, before + 1)));
    let here = documents("outcomes-loop", PAGES);
    let reports = ["--report", "markdown=r.md", "--report", "junit=r.xml", "--report", "json=r.json"];
    let ran = run(&here, &counting(), &reports);
    ran.expect(0, &["3 visits", "Succeeded w 2 steps, 4 requests"]);
    assert!(!ran.stderr.contains("no-action-matched") && !ran.stderr.contains("loop-ended"), "{}", ran.stderr);
    let read = |name: &str| std::fs::read_to_string(here.join(name)).unwrap();
    let told = |name: &str| read(name).contains("no-action-matched") || read(name).contains("loop-ended");
    assert!(!told("r.md") && !told("r.xml"));
    // what keeps everything keeps that, too
    assert!(read("r.json").contains("loop-ended"));
    run(&here, &counting(), &["-v"]).expect(0, &["loop-ended", "the loop is over"]);

    let forward = PAGES.replace("stepId: page, criteria", "stepId: after, criteria");
    let here = documents("outcomes-forward", &forward);
    let thrice = || Server::start(|_, _| Answer::Json(200, r#"{"n": 7}"#.to_owned()));
    run(&here, &thrice(), &[]).expect(0, &["no-action-matched", "the run goes on as if there were none"]);
    let ending = PAGES.replace(
        "onSuccess: [",
        "onSuccess: [{name: done, type: end, criteria: [{condition: $response.body#/n == 9}]}, ",
    );
    let here = documents("outcomes-ending", &ending);
    run(&here, &thrice(), &[]).expect(0, &["no-action-matched", "add an action for this case"]);
    let failing = PAGES.replace("onSuccess", "onFailure");
    let here = documents("outcomes-failing", &failing);
    let broken = Server::start(|_, _| Answer::Json(500, r#"{"n": 7}"#.to_owned()));
    run(&here, &broken, &[]).expect(1, &["no-action-matched", "the workflow ends here"]);
}

const POLLING: &str = "
- workflowId: w
  steps:
  - stepId: poll
    operationId: look
    onSuccess:
    - {name: again, type: goto, stepId: poll, criteria: [{condition: \"$response.body#/stat == 'PENDING'\"}]}
";

/// Nothing shows that a loop is over if it never went round and what would have led back could not be judged.
#[test]
fn a_loop_that_never_went_round_is_told_unless_its_criterion_had_a_value() {
    let pending = || Server::start(|_, _| Answer::Json(200, r#"{"status": "PENDING"}"#.to_owned()));
    let here = documents("outcomes-misspelt", POLLING);
    let misspelt = ["no-action-matched", "$response.body#/stat has no value", "the run goes on as if there were none"];
    run(&here, &pending(), &[]).expect(0, &misspelt);

    let others = [
        "context: $response.body, type: jsonpath, condition: \"$.stat == 'PENDING'\"",
        "context: $response.body, type: jsonpath, condition: $.stat",
        "context: $response.body, type: jsonpath, condition: \"$[?@.stat == 'PENDING']\"",
        "context: $response.body#/stat, type: regex, condition: PENDING",
    ];
    for (at, other) in others.into_iter().enumerate() {
        let criterion = "condition: \"$response.body#/stat == 'PENDING'\"";
        let here = documents(&format!("outcomes-misspelt-{at}"), &POLLING.replace(criterion, other));
        run(&here, &pending(), &[]).expect(0, &["no-action-matched"]);
    }

    let pattern = "context: $response.body#/status, type: regex, condition: \"^{$response.body#/stat}$\"";
    let unevaluable = POLLING.replace("condition: \"$response.body#/stat == 'PENDING'\"", pattern);
    let here = documents("outcomes-unevaluable", &unevaluable);
    let told = ["no-action-matched", "`again`: can't be evaluated: `$response.body#/stat` has no value"];
    run(&here, &pending(), &["--strict"]).expect(0, &told);

    let spelt = POLLING.replace("#/stat ", "#/status ");
    let here = documents("outcomes-spelt", &spelt);
    let done = Server::start(|_, _| Answer::Json(200, r#"{"status": "DONE"}"#.to_owned()));
    let ran = run(&here, &done, &[]);
    ran.expect(0, &["Succeeded w 1 step, 1 request"]);
    assert!(!ran.stderr.contains("no-action-matched"), "{}", ran.stderr);
}

/// What leads on may be missing from the last answer, as the link to a next page is.
#[test]
fn a_loop_that_went_round_is_over_when_its_value_is_gone() {
    let paging = |before: usize, _: &_| match before {
        0 => Answer::Json(200, r#"{"next": 2}"#.to_owned()),
        _ => Answer::Json(200, "{}".to_owned()),
    };
    let pages = POLLING.replace("#/stat == 'PENDING'", "#/next != null");
    let here = documents("outcomes-paging", &pages);
    let ran = run(&here, &Server::start(paging), &[]);
    ran.expect(0, &["2 visits", "Succeeded w 1 step, 2 requests"]);
    assert!(!ran.stderr.contains("no-action-matched"), "{}", ran.stderr);
}
