//! From file arguments to documents: paths, URLs, folders, and standard input.

use std::io::Read;
use std::path::{Path, PathBuf};

use arras::Supplied;
use arras::load::CAP;

use crate::args::resolve::Usage;

/// What stands for standard input.
const STDIN: &str = "-";

/// The documents of a description: the entry, and further ones.
#[derive(Clone, Debug)]
pub(super) struct Documents {
    pub(super) entry: Supplied,
    pub(super) others: Vec<Supplied>,
}

impl Documents {
    /// Reads what stands on standard input, if one of the documents does; the rest is named by where it lies.
    ///
    /// # Errors
    /// If standard input is asked for twice, can't be read, or a base URI is given though nothing is read there.
    pub(super) fn new(
        entry: &Path,
        others: &[PathBuf],
        base_uri: Option<&str>,
        inputs: Option<&Path>,
    ) -> Result<Documents, Usage> {
        let documents = || std::iter::once(entry).chain(others.iter().map(PathBuf::as_path));
        let stdin = |path: &&Path| path.as_os_str() == STDIN;
        let readers = documents().chain(inputs).filter(stdin).count();
        if readers > 1 {
            return Err(Usage::new("standard input (`-`) can be read once only"));
        }
        let text = if documents().any(|path| stdin(&path)) { Some(read()?) } else { None };
        if base_uri.is_some() && text.is_none() {
            return Err(Usage::new("`--base-uri` is for a document on standard input (`-`); others have a place"));
        }
        let supply = |path: &Path| match &text {
            Some(text) if stdin(&path) => Supplied::text("<stdin>", base_uri, text.clone()),
            _ => Supplied::at(path.to_string_lossy()),
        };
        Ok(Documents { entry: supply(entry), others: others.iter().map(|path| supply(path)).collect() })
    }
}

fn read() -> Result<Vec<u8>, Usage> {
    let mut text = Vec::new();
    let limit = u64::try_from(CAP).unwrap_or(u64::MAX).saturating_add(1);
    let read = std::io::stdin().lock().take(limit).read_to_end(&mut text);
    read.map_err(|error| Usage::new(format!("standard input can't be read: {error}")))?;
    if text.len() > CAP {
        return Err(Usage::new(format!("standard input is larger than {} MiB", CAP >> 20)));
    }
    Ok(text)
}
