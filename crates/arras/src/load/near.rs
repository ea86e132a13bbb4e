//! Finds files that may be meant where one is not there: of like name nearby, of the same name in a folder beside, or at
//! the same path below a folder further up.

use std::collections::HashSet;
use std::path::{Component, Path, PathBuf};

use super::file::tidy;

/// How many directory entries are looked at in all.
const ENTRIES: usize = 2_000;
/// How many are suggested.
const SUGGESTIONS: usize = 5;
/// The longest name that is compared.
const LONGEST: usize = 128;

/// Files that may be meant by a path where there is none, the likeliest first.
pub(super) fn near(path: &Path) -> Vec<String> {
    let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|name| name.len() <= LONGEST) else {
        return Vec::new();
    };
    let mut budget = ENTRIES;
    let mut found: Vec<(usize, PathBuf)> = further_up(path).into_iter().map(|file| (0, file)).collect();
    let further = found.len();
    for folder in folders(path, &mut budget) {
        for (file, is_folder) in entries(&folder, &mut budget) {
            let distance = file.file_name().and_then(|other| other.to_str()).map(|other| distance(name, other));
            if let Some(distance) = distance.filter(|distance| !is_folder && *distance <= tolerance(name)) {
                found.push((distance, file));
            }
        }
    }
    // those further up stay the first of all at no distance
    found[further..].sort_by_cached_key(|(distance, file)| (*distance, file.components().count(), file.clone()));
    found.sort_by_key(|(distance, _)| *distance);
    let mut seen = HashSet::new();
    let new = |file: &PathBuf| seen.insert(std::fs::canonicalize(file).unwrap_or_else(|_| file.clone()));
    found.into_iter().map(|(_, file)| file).filter(new).take(SUGGESTIONS).map(|file| tidy(&file)).collect()
}

/// The files that are there where the end of the path, of two names or more, is looked for in a folder further up: paths are
/// often written from the root of a repository. The one that agrees most comes first.
fn further_up(path: &Path) -> Vec<PathBuf> {
    /// How many folders up, and how many names of the path.
    const UP: usize = 8;
    let names: Vec<Component<'_>> = path.components().filter(|part| matches!(part, Component::Normal(_))).collect();
    let mut folders: Vec<PathBuf> = path.ancestors().skip(1).take(UP).map(Path::to_path_buf).collect();
    if path.is_relative() {
        folders.extend((1..=UP / 2).map(|levels| PathBuf::from("../".repeat(levels))));
    }
    let most = names.len().min(UP);
    let tails = (2..=most).rev().map(|count| names[names.len() - count..].iter().collect::<PathBuf>());
    let files = tails.flat_map(|tail| folders.iter().map(move |folder| folder.join(&tail)).collect::<Vec<_>>());
    files.filter(|file| file.is_file()).take(SUGGESTIONS).collect()
}

/// The folder of the path, or the nearest above it that is there; the one above that; and the folders in both.
fn folders(path: &Path, budget: &mut usize) -> Vec<PathBuf> {
    const UP: usize = 4;
    let here = path.ancestors().skip(1).take(UP).map(or_current).find(|folder| folder.is_dir());
    let Some(here) = here else { return Vec::new() };
    let above = match here.parent() {
        Some(above) if !above.as_os_str().is_empty() => Some(above.to_path_buf()),
        Some(_) if here != Path::new(".") => Some(PathBuf::from(".")),
        _ if here.has_root() => None,
        _ => Some(here.join("..")),
    };
    let mut folders = vec![here.clone()];
    for parent in std::iter::once(here).chain(above.clone()) {
        let inner = entries(&parent, budget).into_iter().filter(|(_, is_folder)| *is_folder);
        folders.extend(inner.map(|(folder, _)| folder));
    }
    folders.extend(above);
    folders.dedup();
    folders
}

fn or_current(folder: &Path) -> PathBuf {
    if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder.to_path_buf() }
}

/// What is in a folder, and whether each is a folder; hidden ones are left out.
fn entries(folder: &Path, budget: &mut usize) -> Vec<(PathBuf, bool)> {
    let Ok(read) = std::fs::read_dir(folder) else { return Vec::new() };
    let read: Vec<_> = read.take(*budget).flatten().collect();
    *budget = budget.saturating_sub(read.len());
    let visible = read.into_iter().filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'));
    visible.filter_map(|entry| Some((entry.path(), entry.file_type().ok()?.is_dir()))).collect()
}

fn tolerance(name: &str) -> usize {
    (name.chars().count() / 4).max(2)
}

/// Levenshtein's distance between two names, letters compared without case.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().take(LONGEST).flat_map(char::to_lowercase).collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, letter) in one.chars().flat_map(char::to_lowercase).enumerate() {
        let mut diagonal = std::mem::replace(row.first_mut().unwrap_or(&mut 0), index + 1);
        let mut left = index + 1;
        for (cell, candidate) in row.iter_mut().skip(1).zip(&other) {
            let replaced = diagonal + usize::from(letter != *candidate);
            diagonal = *cell;
            left = replaced.min(diagonal + 1).min(left + 1);
            *cell = left;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_counts_edits() {
        let table = [
            ("", "", 0),
            ("abc", "", 3),
            ("", "abc", 3),
            ("kitten", "sitting", 3),
            ("A.yaml", "a.yml", 1),
            ("ab", "ba", 2),
        ];
        for (one, other, expected) in table {
            assert_eq!(distance(one, other), expected, "{one} {other}");
        }
    }
}
