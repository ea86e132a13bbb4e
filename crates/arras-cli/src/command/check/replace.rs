//! Another text in place of a file's: all of it at once or none.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// The mark that a text may begin with, and that is no part of it.
pub(super) const MARK: &str = "\u{feff}";

/// What the file holds, if its text is still `text`: the mark that it begins with.
///
/// # Errors
/// If it can't be read or holds something else by now, in words.
pub(super) fn unchanged(name: &str, text: &str) -> Result<&'static str, String> {
    let bytes = fs::read(name).map_err(|error| format!("`{name}` can't be changed: {error}"))?;
    let mark = if bytes.starts_with(MARK.as_bytes()) { MARK } else { "" };
    match bytes.get(mark.len()..) == Some(text.as_bytes()) {
        true => Ok(mark),
        false => Err(format!("`{name}` is left alone: it has changed meanwhile")),
    }
}

/// Writes `after` in place of `before`, unless the file has changed since. The file keeps its permissions, and a link stays
/// one.
///
/// # Errors
/// If it can't be read or written, or holds something else by now, in words.
pub(super) fn replace(name: &str, before: &str, after: &str) -> Result<(), String> {
    let mark = unchanged(name, before)?;
    let text = format!("{mark}{after}");
    write(Path::new(name), text.as_bytes()).map_err(|error| format!("`{name}` can't be changed: {error}"))
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let place = path.canonicalize()?;
    // who may not write the file may not replace it
    let file = OpenOptions::new().write(true).open(&place)?;
    let about = file.metadata()?;
    drop(file);
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    let part = place.with_file_name(format!(".{name}.{}.part", std::process::id()));
    let begun = if has_other_names(&about) { None } else { begin(&part, &about) };
    let Some(mut file) = begun else {
        // a folder that takes no new files, an owner that can't be kept
        return fs::write(&place, bytes);
    };
    let written = file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&part, &place));
    if written.is_err() {
        let _ = fs::remove_file(&part);
    }
    written
}

/// A new file with the permissions and the owner of another; `None` where there can't be one.
fn begin(part: &Path, like: &fs::Metadata) -> Option<File> {
    let file = OpenOptions::new().write(true).create_new(true).open(part).ok()?;
    if keep(&file, like).is_err() {
        let _ = fs::remove_file(part);
        return None;
    }
    Some(file)
}

#[cfg(unix)]
fn keep(file: &File, like: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let own = file.metadata()?;
    if (own.uid(), own.gid()) != (like.uid(), like.gid()) {
        fchown(file, Some(like.uid()), Some(like.gid()))?;
    }
    file.set_permissions(like.permissions())
}

#[cfg(not(unix))]
fn keep(file: &File, like: &fs::Metadata) -> io::Result<()> {
    file.set_permissions(like.permissions())
}

/// Whether the file stands under other names as well, which would be parted from it.
#[cfg(unix)]
fn has_other_names(about: &fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(about) > 1
}

#[cfg(not(unix))]
fn has_other_names(_: &fs::Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    #[test]
    #[cfg(unix)]
    fn a_file_keeps_its_mark_its_permissions_and_its_names() {
        use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

        use super::*;

        let folder = std::env::temp_dir().join(format!("arras-replace-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let at = |name: &str| folder.join(name).to_string_lossy().into_owned();
        fs::write(at("a"), format!("{MARK}one")).unwrap();
        fs::set_permissions(at("a"), fs::Permissions::from_mode(0o640)).unwrap();
        symlink("a", at("link")).unwrap();
        let before = fs::metadata(at("a")).unwrap();
        replace(&at("link"), "one", "two").unwrap();
        let after = fs::metadata(at("a")).unwrap();
        assert_eq!(fs::read_to_string(at("a")).unwrap(), format!("{MARK}two"));
        assert_eq!((after.mode(), after.uid()), (before.mode(), before.uid()));
        assert_ne!(after.ino(), before.ino(), "another file took its place at once");
        assert!(fs::symlink_metadata(at("link")).unwrap().is_symlink());
        assert!(replace(&at("a"), "one", "three").unwrap_err().contains("it has changed meanwhile"));
        fs::hard_link(at("a"), at("b")).unwrap();
        replace(&at("a"), "two", "three").unwrap();
        assert_eq!(fs::read_to_string(at("b")).unwrap(), format!("{MARK}three"), "both names are of one file");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 3, "nothing is left beside them");
        fs::remove_dir_all(&folder).unwrap();
    }
}
