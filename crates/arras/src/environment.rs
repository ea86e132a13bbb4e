//! The environment as a value: variables, the home directory, and a way to read the user's configuration files.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// Reads the user's own configuration files.
pub trait ReadFile: Send + Sync {
    /// The whole file.
    ///
    /// # Errors
    /// Those of reading; `NotFound` counts as "there is no such file" and is no failure.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
}

/// Reads from the disk.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl ReadFile for Disk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }
}

impl ReadFile for BTreeMap<String, String> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let text = path.to_str().and_then(|path| self.get(path));
        text.map(|text| text.clone().into_bytes()).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

/// Which rules for paths and the home directory hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// `/` and `HOME`.
    Unix,
    /// `\` and, without `HOME`, `USERPROFILE` or `HOMEDRIVE` with `HOMEPATH`.
    Windows,
}

/// Variables and files of the user. Nothing else in this crate looks at the process's environment.
#[derive(Clone)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    files: Arc<dyn ReadFile>,
    platform: Platform,
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.variables.keys().collect();
        f.debug_struct("Environment")
            .field("variables", &names)
            .field("platform", &self.platform)
            .finish_non_exhaustive()
    }
}

impl Environment {
    /// The environment of this process. A variable that is no Unicode is left out.
    pub fn process() -> Environment {
        let text = |text: std::ffi::OsString| text.into_string().ok();
        let variables = std::env::vars_os().filter_map(|(name, value)| Some((text(name)?, text(value)?)));
        let platform = if cfg!(windows) { Platform::Windows } else { Platform::Unix };
        Environment { variables: variables.collect(), files: Arc::new(Disk), platform }
    }

    /// An environment with these variables and files, for a Unix.
    ///
    /// ```
    /// use std::collections::BTreeMap;
    /// use arras::environment::Environment;
    ///
    /// let environment = Environment::new([("AWS_REGION", "eu-west-1")], BTreeMap::new());
    /// assert_eq!(environment.variable("AWS_REGION"), Some("eu-west-1"));
    /// ```
    pub fn new<'a>(
        variables: impl IntoIterator<Item = (&'a str, &'a str)>,
        files: impl ReadFile + 'static,
    ) -> Environment {
        let variables = variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Environment { variables, files: Arc::new(files), platform: Platform::Unix }
    }

    /// The same for another platform.
    #[must_use]
    pub fn on(mut self, platform: Platform) -> Environment {
        self.platform = platform;
        self
    }

    /// A variable's value; one that is set to nothing counts as not set, as AWS's tools hold it.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A file's text; `None` if there is no such file.
    ///
    /// # Errors
    /// When the file is there but can't be read, or is no UTF-8.
    pub fn file(&self, path: &str) -> io::Result<Option<String>> {
        match self.files.read(Path::new(path)) {
            Ok(bytes) => String::from_utf8(bytes)
                .map(Some)
                .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "no UTF-8 text")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The home directory.
    pub fn home(&self) -> Option<String> {
        let home = self.variable("HOME").map(str::to_owned);
        if self.platform == Platform::Unix {
            return home;
        }
        let drive = || Some(format!("{}{}", self.variable("HOMEDRIVE")?, self.variable("HOMEPATH")?));
        home.or_else(|| self.variable("USERPROFILE").map(str::to_owned)).or_else(drive)
    }

    /// A path below the home directory, written as the platform writes it.
    pub fn below_home(&self, parts: &[&str]) -> Option<String> {
        let separator = if self.platform == Platform::Windows { "\\" } else { "/" };
        Some(parts.iter().fold(self.home()?, |path, part| path + separator + part))
    }

    /// A path in which a leading `~` stands for the home directory.
    pub fn expand(&self, path: &str) -> String {
        let below = path.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with(['/', '\\']));
        match (below, self.home()) {
            (Some(below), Some(home)) => home + below,
            _ => path.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_hides_its_values() {
        let environment = Environment::new([("AWS_SECRET_ACCESS_KEY", "hush"), ("EMPTY", "")], BTreeMap::new());
        let shown = format!("{environment:?}");
        assert!(shown.contains("AWS_SECRET_ACCESS_KEY") && !shown.contains("hush"), "{shown}");
        assert_eq!(environment.variable("EMPTY"), None);
        assert_eq!(environment.home(), None);
    }

    #[test]
    fn a_tilde_is_the_home_directory() {
        let environment = Environment::new([("HOME", "/home/ada")], BTreeMap::new());
        let table = [("~/.aws/x", "/home/ada/.aws/x"), ("~", "/home/ada"), ("~other/x", "~other/x"), ("/a/~", "/a/~")];
        for (path, expanded) in table {
            assert_eq!(environment.expand(path), expanded);
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_no_failure() {
        let files = BTreeMap::from([("/a".to_owned(), "text".to_owned())]);
        let environment = Environment::new([], files);
        assert_eq!(environment.file("/a").unwrap().as_deref(), Some("text"));
        assert_eq!(environment.file("/b").unwrap(), None);
    }
}
