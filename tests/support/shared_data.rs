//! Where the published data lies that tests are held against; they skip, and say so, where it is not at hand.
#![allow(clippy::print_stderr, reason = "a test that skips says so")]

use std::path::{Path, PathBuf};

/// What lies there under that path (the folder itself for an empty one): where `ARRAS_SHARED` says, else in a folder `shared`
/// beside a folder that the project is in.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let named = std::env::var_os("ARRAS_SHARED").map(PathBuf::from);
    let mut beside = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("shared"));
    let folder = named.or_else(|| beside.find(|folder| folder.is_dir()));
    let found = folder.map(|folder| folder.join(path)).filter(|path| path.exists());
    if found.is_none() {
        eprintln!("skipped: the published data `{path}` is not at hand");
    }
    found
}
