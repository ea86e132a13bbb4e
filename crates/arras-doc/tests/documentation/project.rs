//! The project's folder and its files, in a fixed order.

use std::path::{Path, PathBuf};

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The text of a file of the project.
pub(crate) fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every file below a folder of the project, as paths from its root with `/`, sorted; none if there is no such folder.
pub(crate) fn files(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(root().join(&folder)).into_iter().flatten().flatten() {
            let name = entry.file_name().into_string().expect("a name in UTF-8");
            let path = format!("{folder}/{name}");
            if entry.path().is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

/// Compares a generated page with the one that is there; with `UPDATE=1` writes it.
pub(crate) fn compare(path: &str, wanted: &str) {
    let there = std::fs::read_to_string(root().join(path)).unwrap_or_default();
    if there == wanted {
        return;
    }
    assert!(std::env::var_os("UPDATE").is_some(), "`{path}` is not up to date: run the test again with UPDATE=1");
    std::fs::write(root().join(path), wanted).expect("the page is written");
}
