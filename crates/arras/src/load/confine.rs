//! Which files documents may lead to: any, or those of the project that the entry document lies in.

use std::path::{Path, PathBuf};

use super::file::tidy;
use super::{LoadError, LoadErrorKind, scheme};
use crate::policy::Paths;

/// The files that may be read. Paths are judged twice: as they are written, before anything is looked up, and with all
/// links resolved, before anything is opened.
#[derive(Clone, Debug, Default)]
pub(super) struct Confinement(Option<Bounds>);

#[derive(Clone, Debug, Default)]
struct Bounds {
    /// Folders, with links resolved: all below them may be read.
    folders: Vec<PathBuf>,
    /// The same as they are written, made absolute.
    written: Vec<PathBuf>,
}

impl Confinement {
    /// The bounds that the policy sets for documents that `entry` leads to. The files in `named` are the user's own words.
    pub(super) fn new(paths: &Paths, entry: &str, named: &[String]) -> Confinement {
        let Paths::Project { and } = paths else { return Confinement(None) };
        let mut bounds = Bounds::default();
        if scheme(entry).is_none_or(|scheme| scheme.eq_ignore_ascii_case("file")) {
            let path = entry.strip_prefix("file://").unwrap_or(entry);
            if let Ok(real) = std::fs::canonicalize(if path.is_empty() { "." } else { path }) {
                let folder = if real.is_dir() { real.as_path() } else { real.parent().unwrap_or(&real) };
                bounds.add(project(folder));
            }
            // the same folder by the name that it is called by here, which may lead through links
            if let Some(written) = absolute(path) {
                let folder = if written.is_dir() { written.as_path() } else { written.parent().unwrap_or(&written) };
                bounds.written.push(project(folder).to_path_buf());
            }
        }
        for path in and.iter().map(PathBuf::as_path).chain(named.iter().map(Path::new)) {
            bounds.add(path);
        }
        Confinement(Some(bounds))
    }

    /// The path to open in place of `path`.
    ///
    /// # Errors
    /// `policy` for a path that leads out of the bounds, whether there is something or not.
    pub(super) fn admit(&self, path: &str) -> Result<PathBuf, LoadError> {
        let Some(bounds) = &self.0 else { return Ok(PathBuf::from(path)) };
        let written = absolute(path).ok_or_else(|| refused(path))?;
        let within = |folders: &[PathBuf], path: &Path| folders.iter().any(|folder| path.starts_with(folder));
        if !within(&bounds.written, &written) && !within(&bounds.folders, &written) {
            return Err(refused(path));
        }
        match std::fs::canonicalize(path) {
            Ok(real) if within(&bounds.folders, &real) => Ok(real),
            Ok(_) => Err(refused(path)),
            // what is not there is said by whoever opens it
            Err(_) => Ok(PathBuf::from(path)),
        }
    }

    /// Whether a path may be named in a message.
    pub(super) fn admits(&self, path: &str) -> bool {
        self.admit(path).is_ok()
    }
}

impl Bounds {
    fn add(&mut self, path: &Path) {
        self.written.extend(path.to_str().and_then(absolute));
        self.folders.extend(std::fs::canonicalize(path));
    }
}

/// The nearest folder at or above this one that holds `.git`, else this one.
fn project(folder: &Path) -> &Path {
    folder.ancestors().find(|above| above.join(".git").exists()).unwrap_or(folder)
}

/// The path from the root, `.` and `..` undone by their text.
fn absolute(path: &str) -> Option<PathBuf> {
    let absolute = std::path::absolute(path).ok()?;
    let tidy = PathBuf::from(tidy(&absolute));
    // a `..` that is left would climb out of whatever stands before it
    let climbs = tidy.components().any(|part| part == std::path::Component::ParentDir);
    (!climbs).then_some(tidy)
}

fn refused(path: &str) -> LoadError {
    let message = format!(
        "`{path}` is refused: an untrusted document refers to files of its own project only; `--allow-path DIR` widens that"
    );
    LoadError::new(LoadErrorKind::Policy, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        /// `outside/secret.yaml` beside `project/.git`, `project/flows/a.yaml`, `project/openapi/b.yaml`.
        fn new(name: &str) -> Folder {
            let root = std::env::temp_dir().join(format!("arras-confine-{}-{name}", std::process::id()));
            for folder in ["outside", "project/.git", "project/flows", "project/openapi", "plain"] {
                std::fs::create_dir_all(root.join(folder)).unwrap();
            }
            for file in ["outside/secret.yaml", "project/flows/a.yaml", "project/openapi/b.yaml", "plain/a.yaml"] {
                std::fs::write(root.join(file), "x").unwrap();
            }
            Folder(root)
        }

        fn path(&self, name: &str) -> String {
            self.0.join(name).to_str().unwrap().to_owned()
        }

        fn confined(&self, entry: &str, and: &[&str], named: &[&str]) -> Confinement {
            let and = and.iter().map(|path| self.0.join(path)).collect();
            let named: Vec<String> = named.iter().map(|path| self.path(path)).collect();
            Confinement::new(&Paths::Project { and }, &self.path(entry), &named)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn an_untrusted_document_reads_its_own_project_alone() {
        let folder = Folder::new("project");
        let table = [
            ("project/flows/a.yaml", "project/openapi/b.yaml", true),
            ("project/flows/a.yaml", "project/flows/../openapi/b.yaml", true),
            ("project/flows/a.yaml", "project/openapi/none.yaml", true),
            ("project/flows/a.yaml", "outside/secret.yaml", false),
            ("project/flows/a.yaml", "outside/none.yaml", false),
            ("project/flows/a.yaml", "project/../outside/secret.yaml", false),
            ("project/flows/a.yaml", "project-2/x.yaml", false),
            // without `.git` above it the document's own folder is all there is
            ("plain/a.yaml", "plain/a.yaml", true),
            ("plain/a.yaml", "project/openapi/b.yaml", false),
            ("plain/a.yaml", "outside/secret.yaml", false),
        ];
        for (entry, path, admitted) in table {
            let outcome = folder.confined(entry, &[], &[]).admit(&folder.path(path));
            assert_eq!(outcome.is_ok(), admitted, "{entry} {path}: {outcome:?}");
            if let Err(error) = outcome {
                assert_eq!(error.kind, LoadErrorKind::Policy);
                assert!(error.message.contains("--allow-path"), "{error}");
            }
        }
        for path in ["/etc/passwd", "/../etc/passwd", "/proc/self/environ"] {
            assert!(folder.confined("plain/a.yaml", &[], &[]).admit(path).is_err(), "{path}");
        }
    }

    #[test]
    fn the_user_widens_the_bounds_by_folders_and_by_files() {
        let folder = Folder::new("widened");
        let secret = folder.path("outside/secret.yaml");
        assert!(folder.confined("plain/a.yaml", &["outside"], &[]).admit(&secret).is_ok());
        assert!(folder.confined("plain/a.yaml", &[], &["outside/secret.yaml"]).admit(&secret).is_ok());
        assert!(folder.confined("plain/a.yaml", &["project"], &[]).admit(&secret).is_err());
        assert!(Confinement::new(&Paths::Anywhere, "plain/a.yaml", &[]).admit(&secret).is_ok());
        assert!(Confinement::default().admit("/etc/passwd").is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_before_they_are_judged() {
        let folder = Folder::new("links");
        let link = |from: &str, to: &str| std::os::unix::fs::symlink(folder.path(to), folder.path(from)).unwrap();
        link("plain/out.yaml", "outside/secret.yaml");
        link("plain/up", "outside");
        link("plain/self.yaml", "plain/a.yaml");
        link("alias", "plain");
        let aliased = folder.confined("alias/a.yaml", &[], &[]);
        assert!(aliased.admit(&folder.path("alias/self.yaml")).is_ok());
        assert!(aliased.admit(&folder.path("alias/out.yaml")).is_err());
        let confined = folder.confined("plain/a.yaml", &[], &[]);
        assert!(confined.admit(&folder.path("plain/out.yaml")).is_err());
        assert!(confined.admit(&folder.path("plain/up/secret.yaml")).is_err());
        assert!(confined.admit(&folder.path("plain/self.yaml")).is_ok());
    }
}
