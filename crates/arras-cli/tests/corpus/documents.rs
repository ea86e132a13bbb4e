//! The published documents, and where their sources lie.

use std::path::{Path, PathBuf};

use arras_doc::arazzo::{Document, SourceType};
use arras_doc::read;
use arras_doc::source::{Source, SourceId};
use arras_doc::value::Value;

/// A document, and its sources by name if all of them are here.
pub(crate) struct Published {
    pub(crate) path: PathBuf,
    /// The document as a value.
    pub(crate) value: Value,
    pub(crate) sources: Option<Vec<(String, PathBuf)>>,
}

#[path = "../../../../tests/support/shared_data.rs"]
mod shared_data;

/// The shared data, if the published documents are there.
pub(crate) fn shared() -> Option<PathBuf> {
    shared_data::shared("").filter(|folder| folder.join("corpus").is_dir())
}

/// Every Arazzo document of the corpus, those with the same sources beside each other.
pub(crate) fn documents(shared: &Path) -> Vec<Published> {
    let corpus = shared.join("corpus");
    let mut found = Vec::new();
    let mut open = vec![corpus.clone()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap().flatten() {
            let path = entry.path();
            let is_text = path.extension().is_some_and(|end| ["yaml", "yml", "json"].iter().any(|known| end == *known));
            if path.is_dir() {
                open.push(path);
            } else if is_text {
                found.extend(published(&corpus, path));
            }
        }
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

fn published(corpus: &Path, path: PathBuf) -> Option<Published> {
    let text = std::fs::read_to_string(&path).ok()?;
    // descriptions of APIs are large, and never say so
    if !text.contains("arazzo") {
        return None;
    }
    let head: String = text.chars().take(2_000).collect();
    if head.contains("openapi:") || head.contains("\"openapi\"") || head.contains("swagger:") {
        let is_arazzo =
            head.lines().any(|line| line.starts_with("arazzo") || line.trim_start().starts_with("\"arazzo\""));
        if !is_arazzo {
            return None;
        }
    }
    let (tree, _) = read::read(&Source::new("document", "file:///document", text), SourceId(0));
    let tree = tree?;
    if SourceType::detect(tree.root()) != Some(SourceType::Arazzo) {
        return None;
    }
    let value = tree.root().to_value();
    let (document, _) = Document::read(SourceId(0), std::sync::Arc::new(tree));
    let sources = document.source_descriptions.iter();
    let sources = sources.map(|source| Some((source.name.value.clone(), locate(corpus, &path, &source.url.value)?)));
    let sources = sources.collect();
    Some(Published { path, value, sources })
}

/// Beside the document, from the root of its repository, or where what comes from the web is kept.
fn locate(corpus: &Path, document: &Path, url: &str) -> Option<PathBuf> {
    let owned = document.strip_prefix(corpus).ok()?;
    let repository: PathBuf = owned.components().take(2).collect();
    let remote = url.split_once("://").map(|(_, rest)| corpus.join("_remote").join(rest));
    let candidates = [document.parent()?.join(url), corpus.join(repository).join(url)].into_iter().chain(remote);
    candidates.into_iter().find(|path| path.is_file())
}
