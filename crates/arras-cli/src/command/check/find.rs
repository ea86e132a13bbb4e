//! Finding Arazzo files: named ones as they are, in folders by their content.

use std::collections::HashSet;
use std::fs;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use crate::display::escape;

/// How much of a file is looked at to tell what it is; large generated files put the version first.
const HEAD: u64 = 64 << 10;

/// The files to check, as people would name them, in order; the current folder if nothing is named.
///
/// # Errors
/// If a named path is not there or a folder can't be read.
pub(super) fn files(paths: &[PathBuf]) -> Result<Vec<String>, String> {
    files_or(paths, |_| false)
}

/// The same, and other files that `also` takes. A file that is named in several ways is there once, by the first.
///
/// # Errors
/// As [`files`].
pub(in crate::command) fn files_or(paths: &[PathBuf], also: fn(&Path) -> bool) -> Result<Vec<String>, String> {
    let here = [PathBuf::from(".")];
    let paths = if paths.is_empty() { here.as_slice() } else { paths };
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            walk(path, also, &mut found)?;
        } else {
            found.push(path.to_string_lossy().into_owned());
        }
    }
    let mut known = HashSet::new();
    found.retain(|file| identity(Path::new(file)).is_none_or(|identity| known.insert(identity)));
    Ok(found)
}

/// What two ways to one document have in common: the same file under the same path. A link to a file is another document,
/// for what it refers to is looked for beside the link.
pub(in crate::command) fn identity(path: &Path) -> Option<(PathBuf, PathBuf)> {
    let file = path.canonicalize().ok()?;
    let mut plain = PathBuf::new();
    for component in std::path::absolute(path).ok()?.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => drop(plain.pop()),
            other => plain.push(other),
        }
    }
    Some((file, plain))
}

/// Folders are gone through in order of their names, without hidden ones and those of tools.
fn walk(folder: &Path, also: fn(&Path) -> bool, found: &mut Vec<String>) -> Result<(), String> {
    let mut pending = vec![folder.to_owned()];
    while let Some(folder) = pending.pop() {
        let unreadable =
            |error: std::io::Error| format!("`{}` can't be read: {error}", escape(&folder.to_string_lossy()));
        let entries = fs::read_dir(&folder).map_err(unreadable)?;
        let mut entries: Vec<_> = entries.filter_map(Result::ok).collect();
        entries.sort_by_key(fs::DirEntry::file_name);
        let mut folders = Vec::new();
        for entry in entries {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && !is_skipped(&name) => folders.push(entry.path()),
                // a link to a file is a document of its own; one to a folder may lead round in a circle
                Ok(kind) if is_file(kind, &entry.path()) && (also(&entry.path()) || is_arazzo(&entry.path())) => {
                    let path = entry.path();
                    let path = path.strip_prefix("./").unwrap_or(&path);
                    found.push(path.to_string_lossy().into_owned());
                }
                _ => {}
            }
        }
        pending.extend(folders.into_iter().rev());
    }
    Ok(())
}

fn is_file(kind: fs::FileType, path: &Path) -> bool {
    kind.is_file() || kind.is_symlink() && path.is_file()
}

fn is_skipped(folder: &str) -> bool {
    folder.starts_with('.') || ["node_modules", "target"].contains(&folder)
}

/// Whether a YAML or JSON file says `arazzo` at its top level, or by its name: then it is one even where its content is not.
fn is_arazzo(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
    if !["yaml", "yml", "json"].contains(&ending.as_str()) {
        return false;
    }
    if is_named_arazzo(path) {
        return true;
    }
    let mut head = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(HEAD).read_to_end(&mut head));
    read.is_ok() && says_arazzo(&String::from_utf8_lossy(&head))
}

/// Whether a file's name without its ending ends with `.arazzo`.
fn is_named_arazzo(path: &Path) -> bool {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_ascii_lowercase();
    stem.ends_with(".arazzo")
}

fn says_arazzo(head: &str) -> bool {
    let head = head.trim_start_matches('\u{feff}');
    let key = |line: &str| {
        let line = line.trim_start_matches("--- ");
        let name = line.trim_start_matches(['"', '\'']);
        name.strip_prefix("arazzo")
            .is_some_and(|rest| rest.trim_start_matches(['"', '\'']).trim_start().starts_with(':'))
    };
    if head.trim_start().starts_with('{') {
        return head.split(['{', ',']).take(64).any(|part| key(part.trim_start()));
    }
    head.lines().any(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_content() {
        for yes in [
            "arazzo: 1.0.1\n",
            "# c\n---\narazzo : 1.0.0",
            "{\"arazzo\": \"1.0.0\"}",
            "{\n  \"info\": {},\n \"arazzo\":\"1.1.0\"",
            "'arazzo': x",
        ] {
            assert!(says_arazzo(yes), "{yes}");
        }
        for no in [
            "openapi: 3.0.0\ninfo:\n  title: arazzo\n",
            "arazzoSpecification: 1",
            "  arazzo: nested",
            "",
            "{\"x\": {\"openapi\": 1}}",
        ] {
            assert!(!says_arazzo(no), "{no}");
        }
    }
}
