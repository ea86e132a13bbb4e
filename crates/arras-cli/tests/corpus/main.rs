//! Every published document whose sources are there runs on the mock: of the steps whose operation occurs in the text of a
//! source, all but a few are requested, or it is told why they were rightly not reached.
//!
//! The documents lie in the shared data, which the project does not contain; where it is absent the test says that it skips.
//! `ARRAS_CORPUS=PART` runs those alone whose paths have the part, and prints what became of each step.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "the figures are there to be read")]

mod documents;
mod made_up;
mod outcome;
mod run;
mod used;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Instant;

use arras::Shelf;

use documents::Published;
use outcome::Outcome;

const THREADS: usize = 2;

/// Of the steps that count, how many must be requested or rightly left out, in percent.
const AT_LEAST: f64 = 95.0;

#[test]
fn published_documents_run_on_the_mock() {
    let Some(shared) = documents::shared() else {
        println!("skipped: the shared data is absent");
        return;
    };
    let part = std::env::var("ARRAS_CORPUS").ok();
    let started = Instant::now();
    let all = documents::documents(&shared);
    let (found, lacking): (Vec<_>, Vec<_>) = all.into_iter().partition(|document| document.sources.is_some());
    println!("{} documents have all their sources here, {} do not", found.len(), lacking.len());
    let wanted =
        |document: &Published| part.as_ref().is_none_or(|part| document.path.to_string_lossy().contains(part.as_str()));
    let queue = Mutex::new(found.into_iter().filter(wanted).rev().collect::<Vec<_>>());
    let done = Mutex::new(Vec::new());
    let shelf = Shelf::default();
    std::thread::scope(|threads| {
        for _ in 0..THREADS {
            threads.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                loop {
                    let Some(document) = queue.lock().unwrap().pop() else { break };
                    let outcomes = runtime.block_on(run::document(&shelf, &document));
                    done.lock().unwrap().push((document, outcomes));
                }
            });
        }
    });
    let mut counts: BTreeMap<Outcome, usize> = BTreeMap::new();
    let mut wrong: Vec<String> = Vec::new();
    for (document, outcomes) in done.into_inner().unwrap() {
        for (step, outcome) in outcomes {
            if part.is_some() || !outcome.is_right() {
                wrong.push(format!("{} {step}: {outcome}", document.path.display()));
            }
            *counts.entry(outcome.kind()).or_default() += 1;
        }
    }
    let (steps, right): (usize, usize) = counts.iter().fold((0, 0), |(steps, right), (outcome, count)| {
        (steps + count, right + if outcome.is_right() { *count } else { 0 })
    });
    println!("{steps} steps name an operation that occurs in the text of a source");
    for (outcome, count) in &counts {
        println!("{count:6}  {}{outcome}", if outcome.is_right() { "" } else { "NOT RIGHT: " });
    }
    wrong.sort();
    wrong.iter().for_each(|line| println!("{line}"));
    let share = 100.0 * right as f64 / steps.max(1) as f64;
    println!("{share:.2} % were requested or rightly not reached, in {:.0} s", started.elapsed().as_secs_f64());
    assert!(share >= AT_LEAST, "only {share:.2} %");
}
