//! Every published document that lies beside the project is read: no panic, every finding in its place.

#![allow(clippy::print_stdout, reason = "a test says what it skips and what it counted")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use arras_doc::diagnostic::Diagnostic;
use arras_doc::node::Tree;
use arras_doc::read::{decode, read};
use arras_doc::source::{Source, SourceId};
use arras_doc::value::Value;

/// The folder `shared`: where `ARRAS_SHARED` says, or beside a folder that the project is in.
fn shared() -> Option<PathBuf> {
    let named = std::env::var_os("ARRAS_SHARED").map(PathBuf::from);
    let beside = || {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .ancestors()
            .map(|folder| folder.join("shared"))
            .find(|folder| folder.is_dir())
    };
    let found = named.or_else(beside).filter(|folder| folder.is_dir());
    if found.is_none() {
        println!("skipped: there is no folder `shared`");
    }
    found
}

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
    for part in shared()
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
        for finding in &diagnostics {
            assert!(
                finding.labels.iter().all(|label| text.get(label.span.range()).is_some()),
                "{} {finding:?}",
                path.display()
            );
            assert!(!finding.labels.is_empty(), "{} {finding:?}", path.display());
            *counts.entry(format!("{} {}", finding.severity.as_str(), finding.rule.id)).or_default() += 1;
        }
        let errors: Vec<_> = diagnostics.iter().filter(|finding| finding.is_error()).collect();
        assert!(tree.is_some() || !errors.is_empty(), "{}", path.display());
        for error in errors {
            let source = Source::new("", "", text.as_str());
            let at = error.primary().map(|label| source.position(label.span.start));
            println!("{} {at:?}: {}", path.display(), error.message);
        }
        unread += usize::from(tree.is_none());
        if let Some(tree) = tree {
            assert!(tree.nodes().all(|node| text.get(node.span().range()).is_some()), "{}", path.display());
        }
    }
    println!("{} documents, {unread} without a tree, findings {counts:#?}", documents.len());
    assert!(unread * 50 <= documents.len(), "more than one document in fifty was refused");
}

#[test]
fn every_json_document_is_the_same_in_all_three_readers() {
    for path in all_documents().iter().filter(|path| path.extension().is_some_and(|extension| extension == "json")) {
        let (text, tree, _) = read_file(path);
        let Ok(theirs) = serde_json::from_str::<serde_json::Value>(&text) else { continue };
        let ours = Value::from_json(&text).expect("serde_json took it");
        assert_eq!(serde_json::Value::from(&ours), theirs, "{}", path.display());
        assert_eq!(tree.expect("serde_json took it").root().to_value(), ours, "{}", path.display());
    }
}

/// Letters and digits of a decoded string map to themselves in the source, or to an escape.
#[test]
fn places_inside_strings_are_exact() {
    let mut exact = 0_usize;
    for path in all_documents().iter().filter(|path| path.components().any(|part| part.as_os_str() == "corpus")) {
        let (text, tree, _) = read_file(path);
        for node in tree.iter().flat_map(Tree::nodes) {
            let Some(value) =
                node.as_str().filter(|value| !node.source_text().is_empty() && *value != node.source_text())
            else {
                continue;
            };
            let map = node.source_map();
            // a stride that is prime to most line lengths, since every character of all would take long
            for (at, found) in value.char_indices().step_by(7).filter(|(_, char)| char.is_ascii_alphanumeric()) {
                let written = &text[map.span(at, at + 1).range()];
                let escaped = written.starts_with('\\');
                assert!(escaped || written == found.to_string(), "{} {found:?} {written:?} {node:?}", path.display());
                exact += 1;
            }
        }
    }
    println!("{exact} characters found");
}
