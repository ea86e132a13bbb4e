//! Documents of twenty thousand workflows, through the whole command: read, linked, planned, and their circles told.

use std::fmt::Write as _;

use crate::support::{arras, folder, write};

const MANY: usize = 20_000;

const API: &str = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\nservers: [{url: 'https://a.example'}]\n\
                   paths: {/a: {get: {operationId: a, responses: {'200': {description: ok}}}}}\n";

/// Workflows `w0` and so on, each of these fields.
fn workflows(fields: impl Fn(usize) -> String) -> String {
    let mut text =
        "arazzo: 1.0.1\ninfo: {title: t, version: '1'}\nsourceDescriptions: [{name: api, url: api.yaml}]\nworkflows:\n"
            .to_owned();
    for at in 0..MANY {
        let _ = writeln!(text, "- {{workflowId: w{at}, {}}}", fields(at));
    }
    text
}

/// Many workflows of one step, and a chain of them, as every drawing.
#[test]
fn twenty_thousand_workflows_are_drawn() {
    let here = folder("large-drawn");
    write(&here.join("api.yaml"), API);
    let step = "steps: [{stepId: s, operationId: a}]";
    write(&here.join("flat.yaml"), workflows(|_| step.to_owned()));
    let last = MANY - 1;
    let chain = |at: usize| if at < last { format!("dependsOn: [w{}], {step}", at + 1) } else { step.to_owned() };
    write(&here.join("chain.yaml"), workflows(chain));
    for (file, format, named) in [
        ("flat.yaml", "mermaid", "[\"s<br/>"),
        ("flat.yaml", "svg", ">s</text>"),
        ("chain.yaml", "tree", "└─ s"),
        ("chain.yaml", "dot", "[label=\"s\\n"),
        ("chain.yaml", "svg", ">s</text>"),
    ] {
        let drawn = arras(["graph", file, "--format", format]).within(&here).run();
        assert_eq!(drawn.expect(0, &[]).stdout.matches(named).count(), MANY, "{file} as {format}");
    }
}

/// a chain of dependencies as long as the document is planned; one that closes is found before anything is
/// sent, as are workflows that call each other without end.
#[test]
fn chains_and_rings_of_twenty_thousand_workflows() {
    let here = folder("large");
    write(&here.join("api.yaml"), API);
    let step = "steps: [{stepId: s, operationId: a}]";
    let waits = |at: usize| format!("dependsOn: [w{}], {step}", at % MANY);
    write(&here.join("chain.yaml"), workflows(|at| if at + 1 < MANY { waits(at + 1) } else { step.to_owned() }));
    write(&here.join("ring.yaml"), workflows(|at| waits(at + 1)));
    write(
        &here.join("calls.yaml"),
        workflows(|at| format!("steps: [{{stepId: s, workflowId: w{}}}]", (at + 1) % MANY)),
    );
    let limit = (MANY + 1).to_string();
    let planned = arras(["run", "chain.yaml", "w0", "--dry-run", "--max-steps", &limit]).within(&here).run();
    planned.expect(0, &["Planned  w0   20000 requests"]);
    assert_eq!(planned.stdout.matches("curl ").count(), MANY);
    for (file, told) in
        [("ring.yaml", "the workflow `w0` waits for `w1`"), ("calls.yaml", "the workflow `w0` calls `w1`")]
    {
        let found = arras(["check", file, "--format", "concise"]).within(&here).run();
        let [line] = found.expect(1, &[]).stdout.lines().collect::<Vec<_>>()[..] else { panic!("{}", found.stdout) };
        assert!(line.contains("error[cycle]") && line.contains(told) && line.contains("at last `w0`"), "{line}");
        arras(["run", file, "w0", "--dry-run"]).within(&here).run().expect(3, &["cycle"]);
    }
}
