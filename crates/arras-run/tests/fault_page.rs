//! The page `docs/faults.md` and the kinds of faults are the same.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use arras_run::fault::{FaultKind, Phase};
use serde::de::DeserializeOwned;

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The rows of the page: the phases by kind.
fn page() -> BTreeMap<String, BTreeSet<String>> {
    let text = std::fs::read_to_string(project().join("docs/faults.md")).expect("the page");
    let mut rows = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [kind, phases, meaning, advice] = cells[..] else { panic!("four cells: {line}") };
        assert!(meaning.ends_with('.') && advice.ends_with('.'), "sentences: {line}");
        let phases = phases.split(", ").map(|phase| phase.trim_matches('`').to_owned()).collect();
        assert!(rows.insert(kind.trim_matches('`').to_owned(), phases).is_none(), "twice: {line}");
    }
    rows
}

/// The names of an enum, as serde lists them for a name that is none.
fn names<T: DeserializeOwned>() -> BTreeSet<String> {
    let error = serde_json::from_str::<T>("\"no such name\"").err().expect("an unknown name").to_string();
    let listed = error.split_once("expected one of ").expect("a list").1;
    listed.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn the_page_lists_every_kind() {
    let (page, kinds) = (page(), names::<FaultKind>());
    assert!(kinds.contains("dns-failed"), "{kinds:?}");
    assert_eq!(page.keys().cloned().collect::<BTreeSet<_>>(), kinds);
    let phases = names::<Phase>();
    for (kind, of_kind) in page {
        assert!(!of_kind.is_empty() && of_kind.is_subset(&phases), "{kind}: {of_kind:?}");
    }
}

/// Where the code makes a fault of a kind, the page has the phase.
#[test]
fn the_page_has_the_phases_that_occur() {
    let page = page();
    let mut files = Vec::new();
    for entry in std::fs::read_dir(project().join("crates")).expect("the crates").flatten() {
        rust_files(&entry.path().join("src"), &mut files);
    }
    let mut seen = 0;
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a source file");
        let product = text.split("#[cfg(test)]").next().unwrap_or_default();
        for made in product.split("Fault::new(").skip(1) {
            let mut arguments = made.trim_start().split(',').map(str::trim);
            let kind = arguments.next().and_then(|kind| kind.strip_prefix("FaultKind::"));
            let phase = arguments.next().and_then(|phase| phase.strip_prefix("Phase::"));
            let (Some(kind), Some(phase)) = (kind, phase) else { continue };
            let (kind, phase) = (kebab(kind), kebab(phase));
            let known = page.get(&kind).is_some_and(|phases| phases.contains(&phase));
            assert!(known, "{}: `{kind}` in the phase `{phase}` is not on the page", file.display());
            seen += 1;
        }
    }
    assert!(seen > 10, "only {seen} faults were found in the code");
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// `DnsFailed` as `dns-failed`.
fn kebab(name: &str) -> String {
    let mut kebab = String::new();
    for char in name.chars() {
        if char.is_ascii_uppercase() && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.push(char.to_ascii_lowercase());
    }
    kebab
}
