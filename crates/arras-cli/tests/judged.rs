//! Every error of `arras check` over the published documents was read and judged: `tests/cases/check/judged.tsv`.
//!
//! An error without a row is to be read and judged, one that was judged right must be found, and one that was judged wrong
//! must not be found again. `tests/draw.py` draws some to be judged anew.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "the figures are there to be read")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

#[path = "../../../tests/support/shared_data.rs"]
mod shared_data;

/// Rule, file and pointer: what a finding is known by.
type Key = (String, String, String);

#[test]
fn every_error_over_published_documents_is_judged() {
    let Some(corpus) = shared_data::shared("corpus") else { return };
    let rows = rows(include_str!("../../../tests/cases/check/judged.tsv"));
    let output = Command::new(env!("CARGO_BIN_EXE_arras"))
        .current_dir(&corpus)
        .args(["check", ".", "--format", "json"])
        .output()
        .expect("the program");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a report in JSON");
    let found: BTreeSet<Key> = report["diagnostics"]
        .as_array()
        .expect("diagnostics")
        .iter()
        .filter(|found| found["severity"] == "error")
        .map(|found| {
            let text = |name: &str| found[name].as_str().unwrap_or_default().to_owned();
            let file = text("file");
            (text("rule"), file.strip_prefix("./").unwrap_or(&file).to_owned(), text("pointer"))
        })
        .collect();
    let wrong = problems(&rows, &found);
    println!("{} errors, {} rows", found.len(), rows.len());
    assert!(wrong.is_empty(), "{} to look at:\n{}", wrong.len(), wrong.join("\n"));
}

/// The verdicts by what they are about: whether it is right to be found.
fn rows(table: &str) -> BTreeMap<Key, bool> {
    let mut rows = BTreeMap::new();
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let [rule, file, pointer, verdict, why] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("no row of five columns: {line}")
        };
        assert!(matches!(verdict, "right" | "wrong") && !why.is_empty(), "no verdict with a reason: {line}");
        let before = rows.insert((rule.to_owned(), file.to_owned(), pointer.to_owned()), verdict == "right");
        assert!(before.is_none(), "judged twice: {line}");
    }
    rows
}

/// Where what is found and what was judged disagree.
fn problems(rows: &BTreeMap<Key, bool>, found: &BTreeSet<Key>) -> Vec<String> {
    let shown = |(rule, file, pointer): &Key| format!("{rule}\t{file}\t{pointer}");
    let of_found = found.iter().filter_map(|key| match rows.get(key) {
        Some(true) => None,
        Some(false) => Some(format!("judged wrong and found again: {}", shown(key))),
        None => Some(format!("not judged: {}", shown(key))),
    });
    let lost = rows.iter().filter(|(key, right)| **right && !found.contains(*key));
    of_found.chain(lost.map(|(key, _)| format!("judged right and not found any more: {}", shown(key)))).collect()
}

#[test]
fn disagreements_are_told() {
    let rows =
        rows("# rule\tfile\tpointer\tverdict\twhy\na\tf\t/1\tright\tw\na\tf\t/2\twrong\tw\na\tf\t/3\tright\tw\n");
    let found = |pointers: &[&str]| pointers.iter().map(|at| ("a".into(), "f".into(), (*at).to_owned())).collect();
    assert_eq!(problems(&rows, &found(&["/1", "/3"])), [""; 0]);
    assert_eq!(
        problems(&rows, &found(&["/1", "/2", "/4"])),
        [
            "judged wrong and found again: a\tf\t/2",
            "not judged: a\tf\t/4",
            "judged right and not found any more: a\tf\t/3"
        ]
    );
}
