//! `docs/decisions.md` has an entry for each decision, and every id that anything cites is explained somewhere.

use std::collections::BTreeSet;

use super::{citation, project, requirements};

/// The ids of the entries, in the order of the page.
fn entries() -> Vec<String> {
    let page = project::text("docs/decisions.md");
    let headings = page.lines().filter_map(|line| line.strip_prefix("## "));
    headings.map(|heading| heading.split(' ').next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn the_entries_are_numbered_without_a_gap() {
    let entries = entries();
    let known: BTreeSet<String> = entries.iter().cloned().collect();
    assert_eq!(known.len(), entries.len(), "an id has two entries");
    let mut wanted: BTreeSet<String> = (1..=entries.len() - 1).map(|number| format!("A-{number:02}")).collect();
    wanted.insert("A-24b".into());
    assert_eq!(known, wanted);
}

#[test]
fn what_is_cited_is_explained() {
    let decisions: BTreeSet<String> = entries().into_iter().collect();
    let requirements: BTreeSet<String> = requirements::rows().into_iter().map(|row| row.id).collect();
    let folders = ["crates", "tests", "docs", "examples", "workflows"];
    let readable =
        |path: &String| [".rs", ".md", ".yaml", ".yml", ".json", ".txt"].iter().any(|end| path.ends_with(end));
    let mut unknown = Vec::new();
    for path in folders.into_iter().flat_map(project::files).filter(readable) {
        if path.starts_with("crates/arras-doc/tests/documentation/") {
            continue;
        }
        let text = project::text(&path);
        let requirements = citation::requirements(&text).into_iter().filter(|id| !requirements.contains(id));
        let decisions = citation::decisions(&text).into_iter().filter(|id| !decisions.contains(id));
        unknown.extend(requirements.chain(decisions).map(|id| format!("{path}: {id}")));
    }
    assert!(unknown.is_empty(), "cited, and on no page: {unknown:#?}");
}
