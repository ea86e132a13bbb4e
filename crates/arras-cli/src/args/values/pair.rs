//! Values with a name before their `=`: inputs, source descriptions.

use std::path::PathBuf;

use super::server::has_user;

/// `NAME=VALUE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedText {
    /// What stands before the first `=`.
    pub name: String,
    /// Everything after it.
    pub value: String,
}

/// `NAME=PATH|URL`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedPath {
    /// The source description's name.
    pub name: String,
    /// Where it lies.
    pub target: String,
}

/// `NAME=PATH`: an input that is a file's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileInput {
    /// The input.
    pub name: String,
    /// The file.
    pub path: PathBuf,
}

/// `WORKFLOW:NAME=VALUE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DependencyInput {
    /// The workflow.
    pub workflow: String,
    /// Its input.
    pub name: String,
    /// The value as written.
    pub value: String,
}

/// Reads `NAME=VALUE`; the value may hold further `=` and may be empty.
///
/// # Errors
/// If there is no `=` or no name.
pub fn named_text(text: &str) -> Result<NamedText, String> {
    let (name, value) = pair(text, "NAME=VALUE")?;
    Ok(NamedText { name, value })
}

/// Reads `NAME=PATH|URL`.
///
/// # Errors
/// If one of the two is missing, and for a URL with a user name or a password.
pub fn named_path(text: &str) -> Result<NamedPath, String> {
    let (name, target) = full_pair(text, "NAME=PATH or NAME=URL")?;
    if has_user(&target) {
        return Err("a document's URL holds no user name and no password".to_owned());
    }
    Ok(NamedPath { name, target })
}

/// Reads `NAME=PATH`.
///
/// # Errors
/// If one of the two is missing.
pub fn file_input(text: &str) -> Result<FileInput, String> {
    let (name, path) = full_pair(text, "NAME=PATH")?;
    Ok(FileInput { name, path: path.into() })
}

/// Reads `WORKFLOW:NAME=VALUE`.
///
/// # Errors
/// If a part is missing.
pub fn dependency_input(text: &str) -> Result<DependencyInput, String> {
    const SHAPE: &str = "WORKFLOW:NAME=VALUE";
    let (path, value) = pair(text, SHAPE)?;
    match path.rsplit_once(':') {
        Some((workflow, name)) if !workflow.is_empty() && !name.is_empty() => {
            Ok(DependencyInput { workflow: workflow.to_owned(), name: name.to_owned(), value })
        }
        _ => Err(format!("expected {SHAPE}")),
    }
}

pub(super) fn pair(text: &str, shape: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(format!("expected {shape}")),
    }
}

pub(super) fn full_pair(text: &str, shape: &str) -> Result<(String, String), String> {
    pair(text, shape).and_then(|(name, value)| match value.is_empty() {
        false => Ok((name, value)),
        true => Err(format!("expected {shape}")),
    })
}

/// Splits `[SOURCE.]NAME` at its first dot.
pub(super) fn scoped(path: &str) -> Result<(Option<String>, String), String> {
    match path.split_once('.') {
        None => Ok((None, path.to_owned())),
        Some((source, name)) if !source.is_empty() && !name.is_empty() => {
            Ok((Some(source.to_owned()), name.to_owned()))
        }
        Some(_) => Err("expected a name on both sides of the dot".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_s_url_says_nothing_of_who_asks() {
        for target in ["https://me:hush@a.example/api.yaml", "http://me@a.example"] {
            assert!(named_path(&format!("api={target}")).is_err_and(|why| !why.contains("hush")), "{target}");
        }
        assert!(["a/b@c.yaml", "https://a.example/@x"].iter().all(|it| named_path(&format!("api={it}")).is_ok()));
    }

    #[test]
    fn pairs_split_at_the_first_equals_sign() {
        let read = |text: &str| named_text(text).ok().map(|pair| (pair.name, pair.value));
        assert_eq!(read("a=b=c"), Some(("a".into(), "b=c".into())));
        assert_eq!(read("a="), Some(("a".into(), String::new())));
        assert_eq!(read("=b"), None);
        assert_eq!(read("a"), None);
        let dependency = dependency_input("w:n=1:2=3").unwrap();
        assert_eq!(
            (dependency.workflow.as_str(), dependency.name.as_str(), dependency.value.as_str()),
            ("w", "n", "1:2=3")
        );
        assert!(dependency_input("n=1").is_err());
    }
}
