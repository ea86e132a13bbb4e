//! `--watch`: checks again whenever a file changes that was looked at.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::Round;
use crate::args::CheckArgs;

/// How often files are looked at.
const PAUSE: Duration = Duration::from_millis(250);

/// When each file and folder was changed last, and how large it is; `None` for what is not there.
pub(super) type Snapshot = BTreeMap<PathBuf, Option<(SystemTime, u64)>>;

/// The files of a round, the folders that they lie in, and the paths that were asked for.
pub(super) fn snapshot(args: &CheckArgs, round: &Round) -> Snapshot {
    let texts = round.shelf.sources();
    let files = texts.iter().map(|(_, source)| PathBuf::from(&*source.name));
    let named = round.checked.files.iter().map(PathBuf::from);
    let mut paths: Vec<PathBuf> = files.chain(named).chain(args.paths.iter().cloned()).collect();
    let folders = |path: &PathBuf| path.parent().map(|folder| folder.to_path_buf());
    paths.extend(paths.iter().filter_map(folders).map(or_here).collect::<Vec<_>>());
    paths.into_iter().map(|path| (path.clone(), state(&path))).collect()
}

/// Waits until something differs from the snapshot.
pub(super) async fn changed(snapshot: &Snapshot) {
    loop {
        tokio::time::sleep(PAUSE).await;
        if snapshot.iter().any(|(path, before)| state(path) != *before) {
            // an editor may still be writing
            tokio::time::sleep(PAUSE / 5).await;
            return;
        }
    }
}

fn or_here(folder: PathBuf) -> PathBuf {
    if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder }
}

fn state(path: &Path) -> Option<(SystemTime, u64)> {
    let about = std::fs::metadata(path).ok()?;
    Some((about.modified().ok()?, about.len()))
}
