//! Every published document that lies beside the project is read: no panic, every finding in its place.

#![allow(clippy::print_stdout, reason = "a test says what it skips and what it counted")]

#[path = "../../../tests/support/shared_data.rs"]
mod shared_data;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use arras_doc::diagnostic::Diagnostic;
use arras_doc::node::Tree;
use arras_doc::read::{decode, read};
use arras_doc::source::{Source, SourceId};
use arras_doc::value::Value;
use shared_data::shared;

fn documents(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            documents(&path, found);
        } else if path
            .extension()
            .is_some_and(|extension| ["yml", "yaml", "json"].iter().any(|known| extension == *known))
        {
            found.push(path);
        }
    }
}

fn all_documents() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for part in shared("")
        .into_iter()
        .flat_map(|shared| ["corpus", "spec", "aws", "openapi-large", "seeds"].map(|part| shared.join(part)))
    {
        documents(&part, &mut found);
    }
    found.sort();
    found
}

fn read_file(path: &Path) -> (String, Option<Tree>, Vec<Diagnostic>) {
    match decode(std::fs::read(path).expect("a readable file")) {
        Ok(text) => {
            let source = Source::new(path.to_string_lossy(), "file:///x", text.as_str());
            let (tree, diagnostics) = read(&source, SourceId(0));
            (text, tree, diagnostics)
        }
        Err(refused) => (refused.text, None, vec![refused.error.into_diagnostic(SourceId(0))]),
    }
}

#[test]
fn every_document_is_read() {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let documents = all_documents();
    let mut unread = 0;
    for path in &documents {
        let (text, tree, diagnostics) = read_file(path);
        let name = path.display().to_string();
        check_findings(&name, &text, &diagnostics);
        for finding in &diagnostics {
            *counts.entry(format!("{} {}", finding.severity.as_str(), finding.rule.id)).or_default() += 1;
        }
        let Some(tree) = tree else {
            assert!(diagnostics.iter().any(Diagnostic::is_error), "{name}");
            unread += 1;
            continue;
        };
        check_places(&name, &tree);
        if name.ends_with(".json") && text.len() < 1 << 20 {
            check_json(&name, &text, &tree);
        }
    }
    println!("{} documents, {unread} without a tree, findings {counts:#?}", documents.len());
    assert!(unread * 50 <= documents.len(), "more than one document in fifty was refused");
}

/// Every finding has a place that is in the text.
fn check_findings(name: &str, text: &str, diagnostics: &[Diagnostic]) {
    let source = Source::new("", "", text);
    for finding in diagnostics {
        assert!(!finding.labels.is_empty(), "{name} {finding:?}");
        assert!(finding.labels.iter().all(|label| text.get(label.span.range()).is_some()), "{name} {finding:?}");
        if finding.is_error() {
            let at = finding.primary().map(|label| source.position(label.span.start));
            println!("{name} {at:?}: {}", finding.message);
        }
    }
}

/// Letters and digits of a decoded string map to themselves in the source, or to an escape.
fn check_places(name: &str, tree: &Tree) {
    for node in tree.nodes() {
        let written = tree.text().get(node.span().range()).unwrap_or_else(|| panic!("{name} {node:?}"));
        let Some(value) = node.as_str().filter(|value| *value != written) else { continue };
        let map = node.source_map();
        // a stride that is prime to most line lengths, since every character of all would take long
        for (at, found) in value.char_indices().step_by(31).filter(|(_, char)| char.is_ascii_alphanumeric()) {
            let written = &tree.text()[map.span(at, at + 1).range()];
            assert!(written.starts_with('\\') || written == found.to_string(), "{name} {found:?} {written:?} {node:?}");
        }
    }
}

/// The tree, the value and another reader of JSON agree.
fn check_json(name: &str, text: &str, tree: &Tree) {
    let Ok(theirs) = serde_json::from_str::<serde_json::Value>(text) else { return };
    let ours = Value::from_json(text).unwrap_or_else(|error| panic!("{name} {error}"));
    assert_eq!(serde_json::Value::from(&ours), theirs, "{name}");
    assert_eq!(tree.root().to_value(), ours, "{name}");
}
