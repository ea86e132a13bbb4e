//! Criteria that read secrets: a replay has none, and comes to the recorded verdicts all the same, as far as they are asked for.

use std::path::{Path, PathBuf};

use crate::support::{Ran, arras, folder, write};

const API: &str = r##"
openapi: 3.1.0
info: {title: API, version: 1.0.0}
servers: [{url: 'https://api.example'}]
paths:
  /token: {get: {operationId: open, responses: {'200': {description: ok, content: {application/json: {schema: {}}}}}}}
  /a: {get: {operationId: look, responses: {'200': {description: ok}}}}
"##;

const MOCK: &str = "operations:\n  open: [{body: {access_token: AKIA-canary-1, n: 5}}]\n";
const OUTPUT: &str = "t: $response.body#/access_token";

/// A criterion about the token.
fn token(pattern: &str) -> String {
    format!("{{context: $response.body#/access_token, type: regex, condition: '{pattern}'}}")
}

/// A step that asks for a token, judged by these fields, before one that a `goto` leads to past another.
fn flow(fields: &str) -> String {
    format!(
        "arazzo: 1.0.1\ninfo: {{title: T, version: '1'}}\nsourceDescriptions: [{{name: api, url: api.yaml, type: openapi}}]\n\
         workflows:\n- workflowId: w\n  steps:\n  - stepId: s\n    operationId: open\n{fields}  \
         - {{stepId: passed, operationId: look}}\n  - {{stepId: t, operationId: look}}\n  outputs: {{t: $steps.s.outputs.t}}\n"
    )
}

fn recorded(name: &str, flow: &str) -> PathBuf {
    let here = folder(name);
    for (file, text) in [("api.yaml", API), ("w.mock.yaml", MOCK), ("w.arazzo.yaml", flow)] {
        write(&here.join(file), text);
    }
    let run = arras(["run", "w.arazzo.yaml", "--mock", "--record=r.json", "--report=ndjson=was.ndjson"]);
    run.within(&here).args(["w"]).run().expect(0, &["Succeeded"]);
    here
}

/// The replay of the recorded documents tells the same events.
#[track_caller]
fn same(here: &Path) -> Ran {
    let ran = arras(["replay", "r.json", "--report=ndjson=now.ndjson"]).within(here).run();
    let read = |name: &str| std::fs::read_to_string(here.join(name)).unwrap();
    assert_eq!(read("was.ndjson"), read("now.ndjson"), "{}", ran.stderr);
    ran
}

#[test]
fn actions_that_read_a_secret_are_chosen_as_they_were() {
    let goto = |pattern: &str| format!("{{name: one, type: goto, stepId: t, criteria: [{}]}}", token(pattern));
    for (name, pattern) in [("taken", "^AKIA"), ("missed", "^arras")] {
        let fields = format!("    onSuccess: [{}]\n    outputs: {{{OUTPUT}}}\n", goto(pattern));
        let here = recorded(&format!("judged-again-{name}"), &flow(&fields));
        same(&here).expect(0, &["a criterion reads a secret; its recorded verdict stands"]);
        arras(["run", "w.arazzo.yaml", "--replay=r.json"]).within(&here).run().expect(0, &["Replayed"]);
    }
}

/// With documents as they are now a recorded verdict is that of its own criterion alone.
#[test]
fn what_has_changed_since_is_judged_anew() {
    let goto = format!("{{name: one, type: goto, stepId: t, criteria: [{}]}}", token("^AKIA"));
    let fields = |criterion: &str, actions: &str, outputs: &str| {
        flow(&format!("    successCriteria: [{criterion}]\n    onSuccess: [{actions}]\n    outputs: {{{outputs}}}\n"))
    };
    let was = fields(&token("AKIA-c"), &goto, OUTPUT);
    let here = recorded("judged-again-changed", &was);
    same(&here).expect(0, &[]);
    let replay = |flow: &str| {
        write(&here.join("w.arazzo.yaml"), flow);
        arras(["run", "w.arazzo.yaml", "--replay=r.json"]).within(&here).run()
    };
    replay(&was).expect(0, &["its recorded verdict stands"]);
    // the criterion is another one
    let anew = "a criterion that read a secret is not there as it was recorded; what is there is judged anew";
    replay(&fields(&token("^NOPE"), &goto, OUTPUT)).expect(1, &["criterion-unsatisfied", anew]);
    // the same condition, about something else
    let other = token("AKIA-c").replace("access_token", "n");
    replay(&fields(&other, &goto, OUTPUT)).expect(1, &["criterion-unsatisfied"]);
    // an output more
    let more = fields(&token("AKIA-c"), &goto, &format!("{OUTPUT}, n: $response.body#/n"));
    let ran = replay(&more.replace("outputs: {t: $steps", "outputs: {n: $steps.s.outputs.n, t: $steps"));
    ran.expect(0, &["its recorded verdict stands"]);
    assert!(ran.stdout.contains("\"n\": 5"), "{}", ran.stdout);
    // an action more, before the one that was taken
    let zero = "{name: zero, type: end, criteria: [{condition: $statusCode == 999}]}";
    replay(&fields(&token("AKIA-c"), &format!("{zero}, {goto}"), OUTPUT)).expect(0, &["its recorded verdict stands"]);
}

/// A step that calls a workflow has no exchange of its own.
#[test]
fn a_call_whose_criteria_read_a_secret_is_judged_as_it_was() {
    let criterion = "{context: $outputs.t, type: regex, condition: '^AKIA'}";
    let flow = |criterion: &str| {
        format!(
            "arazzo: 1.0.1\ninfo: {{title: T, version: '1'}}\nsourceDescriptions: [{{name: api, url: api.yaml, type: openapi}}]\n\
             workflows:\n- workflowId: w\n  steps:\n  - {{stepId: c, workflowId: sub, successCriteria: [{criterion}]}}\n\
             - workflowId: sub\n  steps:\n  - {{stepId: s, operationId: open, outputs: {{{OUTPUT}}}}}\n  outputs: {{t: $steps.s.outputs.t}}\n"
        )
    };
    let here = recorded("judged-again-call", &flow(criterion));
    let note = "`c#1.1`: a criterion reads a secret; its recorded verdict stands";
    same(&here).expect(0, &[note]);
    let replay = || arras(["run", "w.arazzo.yaml", "--replay=r.json"]).within(&here).run();
    replay().expect(0, &[note]);
    write(&here.join("w.arazzo.yaml"), flow(&criterion.replace("AKIA", "NOPE")));
    replay().expect(1, &["`c#1.1`: a criterion that read a secret is not there as it was recorded"]);
    assert!(!std::fs::read_to_string(here.join("r.json")).unwrap().contains("AKIA-canary"));
}
