//! Runs every folder of `tests/cases/run`: a workflow, a description, a script of answers, and what people must see.
//!
//! Each case is also run again from every prefix of its inputs, as after a crash, and must show the identical events.
//! With `UPDATE=1` what is seen is written down anew. A description that is not in the folder is the one that all cases
//! share, `tests/cases/openapi.yaml`, or one of the project's.
#![allow(clippy::print_stderr)]

mod support;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arras_doc::diagnostic::Diagnostics;
use arras_doc::node::Tree;
use arras_doc::read;
use arras_doc::source::{Source, SourceId};
use arras_run::effect::Send;
use arras_run::plan::{Plan, PlanOptions};
use arras_run::run::Run;
use support::script::Script;
use support::{Answer, Driver, Journal, Planned, Seen, check, events, plan, replay_every_prefix, seen};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases/run")
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A document of a case: its own, the shared one, or one of the project.
fn load(case: &Path, url: &str) -> String {
    let places = [case.to_owned(), folder().join(".."), folder().join("../../..")];
    let path = places.iter().map(|place| place.join(url)).find(|path| path.exists());
    text(&path.unwrap_or_else(|| panic!("{}: there is no `{url}`", case.display())))
}

fn script(case: &Path) -> Script {
    let path = case.join("script.yaml");
    let text = if path.exists() { text(&path) } else { "{}".to_owned() };
    let source = Source::new("script.yaml".to_owned(), "file:///script.yaml".to_owned(), text);
    let tree: Tree = read::read(&source, SourceId(0)).0.expect("a script");
    Script::read(&tree.root().to_value())
}

#[test]
fn every_case_shows_what_is_written_down_and_replays_from_every_prefix() {
    let mut cases: Vec<_> =
        std::fs::read_dir(folder()).expect("cases").map(|entry| entry.expect("a case").path()).collect();
    cases.sort();
    assert!(cases.len() > 2);
    // one that panics must not keep the others from being looked at
    let right = |case: &PathBuf| std::panic::catch_unwind(|| is_as_written_down(case)).unwrap_or(false);
    let wrong: Vec<_> = cases.iter().filter(|case| !right(case)).filter_map(|case| case.file_name()).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn is_as_written_down(case: &Path) -> bool {
    let script = script(case);
    let options = PlanOptions { jsonpath: script.jsonpath, ..PlanOptions::default() };
    let planned = plan(&|url| load(case, url), script.workflow.as_deref(), options);
    let mut shown = told(&planned.notes, &planned);
    match &planned.plan {
        Ok(plan) => shown.push_str(&run(case, &script, plan, &planned)),
        Err(found) => shown.push_str(&told(found, &planned)),
    }
    let file = case.join("seen.txt");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, &shown).expect("written");
    }
    let expected = if file.exists() { text(&file) } else { String::new() };
    if shown != expected {
        eprintln!("== {}\n{shown}", case.display());
    }
    shown == expected
}

fn told(found: &Diagnostics, planned: &Planned) -> String {
    found.iter().flat_map(|found| seen::diagnostic(found, &planned.sources)).map(|line| line + "\n").collect()
}

fn run(case: &Path, script: &Script, plan: &Arc<Plan>, planned: &Planned) -> String {
    let begin = || {
        let mut run = Run::new(plan.clone(), script.inputs.clone(), script.limits.clone(), script.start)?;
        script.secrets.iter().for_each(|secret| run.add_secret(secret));
        Ok(run)
    };
    let mut run = match begin() {
        Ok(run) => run,
        Err(found) => return told(&found, planned),
    };
    let server = |number: usize, send: &Send| -> Answer {
        let answer = script.answers.get(number).cloned();
        answer.unwrap_or_else(|| panic!("{}: no answer for {}", case.display(), send.id))
    };
    let (mut journal, mut shown) = (Journal::new(), Vec::new());
    let fresh = || Driver { now: script.start, sent: 0, server: &server, cancel_at: script.cancel_at };
    let mut driver = fresh();
    let outcome = driver.drive(&mut run, &mut journal, &mut shown);
    assert_eq!(driver.sent, script.answers.len(), "{}: answers are left over", case.display());
    let all = events(&shown);
    check::well_formed(&all);
    let again = || begin().expect("the same run");
    replay_every_prefix(&again, &fresh(), &journal, &outcome, &shown);
    hides(case, script, &shown);
    let mut text = seen::render(&shown, &outcome, &planned.sources);
    if script.report {
        text += &seen::report(&check::report(&all));
    }
    text
}

fn hides(case: &Path, script: &Script, seen: &[Seen]) {
    for event in events(seen) {
        let line = serde_json::to_string(event).expect("an event");
        for hidden in &script.hidden {
            assert!(!line.contains(hidden.as_str()), "{}: `{hidden}` is shown: {line}", case.display());
        }
    }
}
