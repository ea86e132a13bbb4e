//! Loads files.

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Read};
use std::path::{Component, Path, PathBuf};

use super::confine::Confinement;
use super::{CAP, LoadError, LoadErrorKind, Loaded, Loader, Place, near, place};
use crate::future::BoxFuture;

/// Loads paths and `file:` URIs. A folder stands for the `arazzo.yaml` or `arazzo.json` in it; other folders, devices and
/// pipes are errors, and so is a file over [`CAP`].
#[derive(Clone, Debug, Default)]
pub struct FileLoader(pub(super) Confinement);

impl Loader for FileLoader {
    fn load<'a>(&'a self, uri: &'a str) -> BoxFuture<'a, Result<Loaded, LoadError>> {
        Box::pin(async move {
            let path = match place(uri)? {
                Place::File(path) => path.into_owned(),
                Place::Web(_) => {
                    let message = format!("`{uri}` is no file");
                    return Err(LoadError::new(LoadErrorKind::Unsupported, message));
                }
            };
            let bounds = self.0.clone();
            let read = tokio::task::spawn_blocking(move || read(&path, &bounds)).await;
            read.unwrap_or_else(|_| Err(LoadError::new(LoadErrorKind::Io, "reading was broken off")))
        })
    }
}

/// Reads the file of that name or, since references are URIs, of the name with its percent-encoding undone.
fn read(path: &str, bounds: &Confinement) -> Result<Loaded, LoadError> {
    match read_exactly(path, bounds) {
        Err(error) if error.kind == LoadErrorKind::NotFound => {
            let decoded = percent_decoded(path).and_then(|decoded| read_exactly(&decoded, bounds).ok());
            decoded.ok_or_else(|| {
                let near = near::near(Path::new(path)).into_iter().filter(|path| bounds.admits(path)).collect();
                LoadError { near, ..error }
            })
        }
        outcome => outcome,
    }
}

fn read_exactly(path: &str, bounds: &Confinement) -> Result<Loaded, LoadError> {
    let admitted = bounds.admit(path)?;
    let about = std::fs::metadata(&admitted).map_err(|error| failure(path, &error))?;
    match entry_document(path).filter(|_| about.is_dir()) {
        Some(entry) => read_file(&entry, &bounds.admit(&entry)?),
        None => read_file(path, &admitted),
    }
}

/// The entry document of a folder: an entry document should be called so (ARZ-DOC-08).
fn entry_document(folder: &str) -> Option<String> {
    let candidates = ["arazzo.yaml", "arazzo.json"].map(|name| Path::new(folder).join(name));
    candidates.iter().find(|path| path.is_file()).map(|path| tidy(path))
}

/// Reads the file at `real`, which is called `path`.
fn read_file(path: &str, real: &Path) -> Result<Loaded, LoadError> {
    let failed = |error: io::Error| failure(path, &error);
    let about = std::fs::metadata(real).map_err(failed)?;
    check(path, &about)?;
    let length = usize::try_from(about.len()).unwrap_or(CAP).min(CAP);
    // one more shows that it has ended
    let mut bytes = Vec::with_capacity(length + 1);
    let past_cap = u64::try_from(CAP).unwrap_or(u64::MAX).saturating_add(1);
    File::open(real).map_err(failed)?.take(past_cap).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() > CAP {
        return Err(too_large(path));
    }
    Ok(Loaded { uri: path.to_owned(), name: path.to_owned(), bytes: bytes.into() })
}

fn check(path: &str, about: &Metadata) -> Result<(), LoadError> {
    if about.is_dir() {
        return Err(LoadError::new(
            LoadErrorKind::Io,
            format!("`{path}` is a folder without `arazzo.yaml` or `arazzo.json`: name a file in it"),
        ));
    }
    if !about.is_file() {
        return Err(LoadError::new(LoadErrorKind::Io, format!("`{path}` is no regular file")));
    }
    if about.len() > u64::try_from(CAP).unwrap_or(u64::MAX) {
        return Err(too_large(path));
    }
    Ok(())
}

fn too_large(path: &str) -> LoadError {
    LoadError::new(LoadErrorKind::TooLarge, format!("`{path}` is larger than {} MiB", CAP >> 20))
}

fn failure(path: &str, error: &io::Error) -> LoadError {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => {
            LoadError::new(LoadErrorKind::NotFound, format!("there is no file `{path}`"))
        }
        ErrorKind::PermissionDenied => LoadError::new(LoadErrorKind::Forbidden, format!("`{path}` may not be read")),
        _ => LoadError::new(LoadErrorKind::Io, format!("`{path}` can't be read: {error}")),
    }
}

fn percent_decoded(path: &str) -> Option<String> {
    if !path.contains('%') {
        return None;
    }
    let bytes = path.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let hex = path.get(at + 1..at + 3).filter(|hex| hex.bytes().all(|digit| digit.is_ascii_hexdigit()));
        match (byte, hex.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
            (b'%', Some(value)) => {
                decoded.push(value);
                at += 3;
            }
            _ => {
                decoded.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8(decoded).ok().filter(|decoded| !decoded.contains('\0'))
}

/// A path without `.` and, as far as names stand before them, without `..`.
pub(super) fn tidy(path: &Path) -> String {
    let mut tidy = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(tidy.components().next_back(), Some(Component::Normal(_))) => {
                tidy.pop();
            }
            part => tidy.push(part),
        }
    }
    tidy.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Folder {
            let path = std::env::temp_dir().join(format!("arras-load-{}-{name}", std::process::id()));
            std::fs::create_dir_all(path.join("flows")).unwrap();
            std::fs::create_dir_all(path.join("openapi")).unwrap();
            Folder(path)
        }

        fn path(&self, name: &str) -> String {
            self.0.join(name).to_str().unwrap().to_owned()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    async fn load(uri: &str) -> Result<Loaded, LoadError> {
        FileLoader::default().load(uri).await
    }

    #[tokio::test]
    async fn files_are_loaded_by_path_and_uri() {
        let folder = Folder::new("paths");
        let path = folder.path("flows/a b.yaml");
        std::fs::write(&path, "arazzo: 1.1.0").unwrap();
        let encoded = path.replace(' ', "%20");
        for uri in [path.clone(), encoded.clone(), format!("file://{encoded}")] {
            let loaded = load(&uri).await.unwrap();
            assert_eq!((loaded.uri.as_str(), &loaded.bytes[..]), (path.as_str(), b"arazzo: 1.1.0".as_slice()), "{uri}");
        }
    }

    #[tokio::test]
    async fn what_is_no_file_is_an_error() {
        let folder = Folder::new("errors");
        assert_eq!(load(&folder.path("flows")).await.unwrap_err().kind, LoadErrorKind::Io);
        assert_eq!(load(&folder.path("none.yaml")).await.unwrap_err().kind, LoadErrorKind::NotFound);
        assert_eq!(load("https://example.com/x").await.unwrap_err().kind, LoadErrorKind::Unsupported);
        assert_eq!(load("file://other-machine/x").await.unwrap_err().kind, LoadErrorKind::Unsupported);
        #[cfg(unix)]
        assert_eq!(load("/dev/zero").await.unwrap_err().kind, LoadErrorKind::Io);
        let large = folder.path("large.yaml");
        File::create(&large).unwrap().set_len(CAP as u64 + 1).unwrap();
        assert_eq!(load(&large).await.unwrap_err().kind, LoadErrorKind::TooLarge);
    }

    #[tokio::test]
    async fn near_files_are_suggested() {
        let folder = Folder::new("near");
        for name in ["flows/pets.arazzo.yaml", "openapi/petstore.yaml", "openapi/other.yaml", "top.yaml"] {
            std::fs::write(folder.path(name), "x").unwrap();
        }
        let table = [
            ("flows/pet.arazzo.yaml", "flows/pets.arazzo.yaml"),
            ("flows/petstore.yaml", "openapi/petstore.yaml"),
            ("petstore.yaml", "openapi/petstore.yaml"),
            ("flows/top.yaml", "top.yaml"),
            ("specs/v1/petstore.yaml", "openapi/petstore.yaml"),
            // written from the root
            ("flows/deep/er/openapi/v2/pets.yaml", "openapi/v2/pets.yaml"),
        ];
        std::fs::create_dir_all(folder.path("openapi/v2")).unwrap();
        std::fs::create_dir_all(folder.path("flows/deep/er")).unwrap();
        std::fs::write(folder.path("openapi/v2/pets.yaml"), "x").unwrap();
        for (asked, meant) in table {
            let error = load(&folder.path(asked)).await.unwrap_err();
            assert_eq!(error.near.first(), Some(&folder.path(meant)), "{asked}: {:?}", error.near);
            let files: std::collections::HashSet<_> = error.near.iter().flat_map(std::fs::canonicalize).collect();
            assert_eq!(files.len(), error.near.len(), "{asked}: {:?}", error.near);
        }
        assert_eq!(load(&folder.path("flows/zzzzzzzzzzzz.bin")).await.unwrap_err().near, Vec::<String>::new());
    }
}
