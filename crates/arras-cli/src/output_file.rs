//! Files that the command writes: for their owner alone, and those that are one text in place of what was there only when whole.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A new or emptied file that only its owner reads: what a run leaves tells much, even redacted.
///
/// # Errors
/// As the system says.
pub fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(true);
    owned(path, &mut options)
}

fn owned(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    let file = options.write(true).open(path)?;
    // a file that was there before keeps its mode otherwise
    #[cfg(unix)]
    if file.metadata().is_ok_and(|found| found.is_file()) {
        use std::os::unix::fs::PermissionsExt;
        let _ = file.set_permissions(std::fs::Permissions::from_mode(0o600));
    }
    Ok(file)
}

/// A file under way: what was at its place stays there until all of it is written.
///
/// It grows beside its place under a name that ends with `.part`, which is left only where the process is killed. What is no
/// file, a pipe or a terminal, is written directly, and so is a file in a folder that takes no new ones.
#[derive(Debug)]
pub struct Whole {
    path: PathBuf,
    part: Option<PathBuf>,
}

impl Whole {
    /// Begins to write what shall stand at `path`; the file is to be written to, in order.
    ///
    /// # Errors
    /// If nothing can be written there.
    pub fn begin(path: &Path) -> io::Result<(File, Whole)> {
        let directly = || Ok((private(path)?, Whole { path: path.to_owned(), part: None }));
        let is_link = std::fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink());
        let place = match (std::fs::metadata(path), std::fs::canonicalize(path)) {
            (Ok(found), Ok(place)) if found.is_file() && !is_device(path) => {
                // who may not write the file may not replace it
                OpenOptions::new().write(true).open(&place)?;
                place
            }
            (Err(_), _) if !is_link => path.to_owned(),
            _ => return directly(),
        };
        let part = part_of(&place);
        match owned(&part, OpenOptions::new().create_new(true)) {
            Ok(file) => Ok((file, Whole { path: place, part: Some(part) })),
            Err(_) if place.exists() => directly(),
            Err(error) => Err(error),
        }
    }

    /// Puts what was written in its place.
    ///
    /// # Errors
    /// If that can't be done; what was there before is there still.
    pub fn commit(mut self) -> io::Result<()> {
        match self.part.take() {
            Some(part) => std::fs::rename(&part, &self.path).inspect_err(|_| self.part = Some(part)),
            None => Ok(()),
        }
    }
}

impl Drop for Whole {
    fn drop(&mut self) {
        if let Some(part) = &self.part {
            // nobody else knows its name
            let _ = std::fs::remove_file(part);
        }
    }
}

/// Names under which a process has its own open files: behind them may lie a file, which others go on writing.
pub(crate) fn is_device(path: &Path) -> bool {
    path.starts_with("/dev") || path.starts_with("/proc")
}

/// A name of this process's own beside the file.
fn part_of(path: &Path) -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(1);
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}-{}.part", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("arras-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn what_was_there_stays_until_the_new_one_is_whole() {
        let here = folder("whole");
        let path = here.join("report.json");
        std::fs::write(&path, "old").unwrap();
        let (mut file, whole) = Whole::begin(&path).unwrap();
        file.write_all(b"half").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(names(&here).len(), 2);
        drop((file, whole));
        assert_eq!((names(&here), std::fs::read_to_string(&path).unwrap()), (vec!["report.json".into()], "old".into()));
        let (mut file, whole) = Whole::begin(&path).unwrap();
        file.write_all(b"new").unwrap();
        whole.commit().unwrap();
        assert_eq!((names(&here), std::fs::read_to_string(&path).unwrap()), (vec!["report.json".into()], "new".into()));
        assert!(Whole::begin(&here.join("none/report.json")).is_err());
        std::fs::remove_dir_all(here).unwrap();
    }

    #[test]
    #[cfg(unix)]
    fn a_link_stays_one_and_what_is_no_file_is_written_directly() {
        let here = folder("linked");
        let (path, link) = (here.join("report.json"), here.join("latest.json"));
        std::fs::write(&path, "old").unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let (mut file, whole) = Whole::begin(&link).unwrap();
        file.write_all(b"new").unwrap();
        whole.commit().unwrap();
        assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
        let (mut file, whole) = Whole::begin(Path::new("/dev/null")).unwrap();
        file.write_all(b"gone").unwrap();
        whole.commit().unwrap();
        assert_eq!(names(&here), ["latest.json", "report.json"]);
        std::fs::remove_dir_all(here).unwrap();
    }
}
