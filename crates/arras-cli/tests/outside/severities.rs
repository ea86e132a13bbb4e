//! What the specification forbids and a run does not depend on: an error, and refused, unless the author says otherwise.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::support::{arras, folder, write};
use crate::tolerances::{API, document, server};

/// A field that there is not, a name that no output can have, and the rule of each.
const FORBIDDEN: [(&str, &str); 3] = [
    ("unknown-field", "operationId: login, retries: 3"),
    ("unknown-field", "operationId: login, successCriteria: [{condition: $statusCode == 200, note: fine}]"),
    ("invalid-map-key", "operationId: login, outputs: {'a b': $statusCode}"),
];

fn project(name: &str, text: &str) -> PathBuf {
    let here = folder(name);
    write(&here.join("flow.yaml"), text);
    write(&here.join("api.yaml"), API);
    here
}

/// How the document fares: exit code and requests of a run, whose story tells all of `told`.
fn run(here: &Path, more: &[&str], told: &[&str]) -> (Option<i32>, usize) {
    let server = server(&json!({}));
    let ran = arras(["run", "flow.yaml", "--server", &server.url()]).args(more).within(here).run();
    told.iter().for_each(|text| assert!(ran.stderr.contains(text), "{text}: {}", ran.stderr));
    (ran.code, server.received().len())
}

/// ARZ-STEP-40, ARZ-STEP-28.
#[test]
fn what_is_forbidden_is_refused_unless_the_author_says_otherwise() {
    for (number, (rule, step)) in FORBIDDEN.into_iter().enumerate() {
        let here = project(&format!("severity-{number}"), &document("1.0.1", step));
        let (error, warning) = (format!("error[{rule}]"), format!("warning[{rule}]"));
        let check = || arras(["check", "flow.yaml", "--format", "concise"]).within(&here).run();
        assert_eq!((check().code, check().stdout.contains(&error)), (Some(1), true), "{step}");
        // what an output is called changes nothing in a run
        let unsaid = if rule == "invalid-map-key" { (Some(0), 1) } else { (Some(3), 0) };
        assert_eq!(run(&here, &[], &[rule]), unsaid, "{step}");
        assert_eq!(run(&here, &["--strict"], &[rule]), (Some(3), 0), "{step}");
        assert_eq!(run(&here, &["--rule", &format!("{rule}=warning")], &[&warning]), (Some(0), 1), "{step}");
        let (other, told) = ("misplaced-retry=ignore", "a run does not go by it");
        assert_eq!(run(&here, &["--rule", other], &[told]), (Some(2), 0), "{step}");
        write(&here.join("arras.toml"), "[rule]\nmisplaced-retry = \"ignore\"\n");
        assert_eq!(run(&here, &[], &[rule]), unsaid, "{step}");
        for level in ["warning", "advice", "ignore"] {
            write(&here.join("arras.toml"), format!("[rule]\n{rule} = \"{level}\"\n"));
            let told = if level == "warning" { warning.as_str() } else { "Succeeded" };
            assert_eq!(run(&here, &[], &[told]), (Some(0), 1), "{level}: {step}");
            assert_eq!(check().code, Some(0), "{level}: {step}");
        }
        // what is said closer counts
        assert_eq!(run(&here, &["--rule", &format!("{rule}=error")], &[rule]), (Some(3), 0), "{step}");
    }
}

#[test]
fn a_document_may_say_so_of_one_of_its_objects() {
    for (number, (rule, step)) in FORBIDDEN.into_iter().enumerate() {
        let said = document("1.0.1", &format!("x-arras-rules: {{{rule}: warning}}, {step}"));
        let here = project(&format!("severity-own-{number}"), &said);
        assert_eq!(run(&here, &[], &[&format!("warning[{rule}]")]), (Some(0), 1), "{step}");
        // of the other step it says nothing
        write(&here.join("flow.yaml"), said.replace("steps: [", &format!("steps: [{{stepId: first, {step}}}, ")));
        assert_eq!(run(&here, &["--rule", &format!("{rule}=error")], &[rule]), (Some(3), 0), "{step}");
    }
}

/// All that a run would refuse, and so need no second setting.
#[test]
fn every_command_goes_by_the_same_severity() {
    let here = project("severity-commands", &document("1.0.1", FORBIDDEN[0].1));
    let commands: [&[&str]; 4] = [
        &["test", "flow.yaml", "--mock"],
        &["run", "flow.yaml", "--dry-run"],
        &["graph", "flow.yaml"],
        &["auth", "list", "flow.yaml"],
    ];
    for command in commands {
        arras(command).within(&here).run().expect(3, &["unknown-field"]);
    }
    write(&here.join("arras.toml"), "[rule]\nunknown-field = \"warning\"\n");
    for command in commands {
        arras(command).within(&here).run().expect(0, &[]);
    }
}

/// A recording holds what it needs to be run again, the severities included.
#[test]
fn a_recording_is_replayed_by_the_severities_it_was_made_with() {
    let here = project("severity-recorded", &document("1.0.1", FORBIDDEN[0].1));
    let lowered = ["--rule", "unknown-field=warning", "--record", "run.rec.json"];
    assert_eq!(run(&here, &lowered, &["Succeeded"]), (Some(0), 1));
    arras(["replay", "run.rec.json"]).within(&here).run().expect(0, &["warning[unknown-field]"]);
}

/// No severity lets a step run that is not known to call anything, or any other error pass.
#[test]
fn what_a_run_depends_on_is_refused_whatever_is_said() {
    let rows = [
        ("operationID: login", "missing-field"),
        ("operationid: login", "missing-field"),
        ("operationId: nothing", "unknown-operation"),
        ("operationId: login, timeout: 5", "newer-field"),
        ("operationId: login, successCriteria: [{condition: $statusCode ==}]", "invalid-condition"),
    ];
    for (number, (step, rule)) in rows.into_iter().enumerate() {
        let here = project(&format!("severity-needed-{number}"), &document("1.0.1", step));
        write(&here.join("arras.toml"), format!("[rule]\nunknown-field = \"ignore\"\n{rule} = \"ignore\"\n"));
        assert_eq!(run(&here, &[], &[rule]), (Some(3), 0), "{step}");
    }
}

/// What a run does not go by is refused in the colours that were asked for.
#[test]
fn a_rule_that_a_run_does_not_go_by_is_refused_in_colour() {
    let commands: [&[&str]; 5] =
        [&["run", "f"], &["test", "f"], &["mock", "f"], &["graph", "f"], &["auth", "list", "f"]];
    for command in commands {
        let ran = arras(command).args(["--rule", "cycle=ignore", "--color", "always"]).run();
        ran.expect(2, &["`--rule cycle` is for `arras check`"]);
        assert!(ran.stderr.contains("\u{1b}[31merror"), "{command:?}: {:?}", ran.stderr);
        let ran = arras(command).args(["--rule", "cycle=ignore", "--color", "never"]).run();
        assert!(!ran.expect(2, &["`--rule cycle`"]).stderr.contains('\u{1b}'), "{command:?}: {:?}", ran.stderr);
    }
}
