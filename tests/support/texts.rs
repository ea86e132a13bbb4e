//! The texts of a folder.

use std::path::{Path, PathBuf};

/// The YAML and JSON files below a folder, sorted.
pub(crate) fn texts(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for path in std::fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()) {
            let is_text = path.extension().is_some_and(|end| ["yaml", "yml", "json"].iter().any(|known| end == *known));
            if path.is_dir() {
                open.push(path);
            } else if is_text {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
