//! Where documents come from: files, and under policy the network.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use arras_doc::uri::without_user;
use arras_run::fault::Fault;
use bytes::Bytes;
use url::Url;

use crate::future::BoxFuture;
use crate::origin::Origin;
use crate::policy::{HostPatterns, Paths};
use crate::transport::Transport;

pub use self::file::FileLoader;

mod confine;
mod file;
mod http;
mod near;

/// The largest document, in bytes.
pub const CAP: usize = 32 << 20;

/// Loads documents.
pub trait Loader: Send + Sync {
    /// The document at a path, a `file:` URI or an http(s) URL, as [`resolve`] gives them.
    ///
    /// # Errors
    /// [`LoadError`], with files nearby that may be meant.
    fn load<'a>(&'a self, uri: &'a str) -> BoxFuture<'a, Result<Loaded, LoadError>>;
}

impl<T: Loader + ?Sized> Loader for Arc<T> {
    fn load<'a>(&'a self, uri: &'a str) -> BoxFuture<'a, Result<Loaded, LoadError>> {
        (**self).load(uri)
    }
}

/// A document as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// Where it was found: a path or a URL, against which its own references are resolved.
    pub uri: String,
    /// How it is called in messages.
    pub name: String,
    /// Its bytes.
    pub bytes: Bytes,
}

/// Why a document could not be loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LoadErrorKind {
    /// It is not there.
    NotFound,
    /// The system or the server does not let it be read.
    Forbidden,
    /// It is larger than [`CAP`].
    TooLarge,
    /// It is no file, or reading it failed.
    Io,
    /// The policy does not allow it.
    Policy,
    /// It is neither a path nor a `file:`, http or https URL.
    Unsupported,
}

/// A document that could not be loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadError {
    /// Why.
    pub kind: LoadErrorKind,
    /// One phrase for people.
    pub message: String,
    /// Files nearby that may be meant, the likeliest first; at most five.
    pub near: Vec<String>,
}

impl LoadError {
    fn new(kind: LoadErrorKind, message: impl Into<String>) -> LoadError {
        LoadError { kind, message: message.into(), near: Vec::new() }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match self.near.first() {
            Some(near) => write!(f, "; is `{near}` meant?"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for LoadError {}

/// What a URI refers to.
enum Place<'a> {
    File(std::borrow::Cow<'a, str>),
    Web(Url),
}

fn place(uri: &str) -> Result<Place<'_>, LoadError> {
    let Some(scheme) = scheme(uri) else { return Ok(Place::File(uri.into())) };
    let unsupported = |why: &str| {
        let message = format!("`{}` can't be loaded: {why}", without_user(uri));
        LoadError::new(LoadErrorKind::Unsupported, message)
    };
    let url = Url::parse(uri).map_err(|error| unsupported(&error.to_string()))?;
    match scheme.to_ascii_lowercase().as_str() {
        "http" | "https" => Ok(Place::Web(url)),
        "file" => {
            let path = url.to_file_path().map_err(|()| unsupported("it names another machine or no path"))?;
            let path = path.to_str().ok_or_else(|| unsupported("its path is no Unicode"))?;
            Ok(Place::File(path.to_owned().into()))
        }
        other => Err(unsupported(&format!("the scheme `{other}` is not known"))),
    }
}

/// The scheme of a URI; a single letter is a drive and no scheme.
fn scheme(uri: &str) -> Option<&str> {
    let (scheme, _) = uri.split_once(':')?;
    let valid = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    let named = scheme.len() > 1 && scheme.starts_with(|letter: char| letter.is_ascii_alphabetic());
    (named && scheme.bytes().all(valid)).then_some(scheme)
}

/// What a reference in a document refers to, given where the document was found. The reference has no fragment.
///
/// # Errors
/// `policy` for a file that a document from the web refers to; `unsupported` for what is no URI.
///
/// ```
/// use arras::load::resolve;
///
/// assert_eq!(resolve("flows/pets.arazzo.yaml", "../openapi/pets.yaml").unwrap(), "openapi/pets.yaml");
/// assert_eq!(resolve("https://a.example/flows/x.yaml", "pets.yaml").unwrap(), "https://a.example/flows/pets.yaml");
/// assert!(resolve("https://a.example/x.yaml", "file:///etc/passwd").is_err());
/// ```
pub fn resolve(base: &str, reference: &str) -> Result<String, LoadError> {
    match place(base)? {
        Place::Web(base) => {
            let shown = without_user(reference);
            let joined = base.join(reference).map_err(|error| {
                LoadError::new(LoadErrorKind::Unsupported, format!("`{shown}` is no reference: {error}"))
            })?;
            if !matches!(joined.scheme(), "http" | "https") {
                let message = format!("`{shown}` is refused: a document from the web refers to no files");
                return Err(LoadError::new(LoadErrorKind::Policy, message));
            }
            Ok(joined.into())
        }
        Place::File(_) if scheme(reference).is_some() => match place(reference)? {
            Place::Web(url) => Ok(url.into()),
            Place::File(path) => Ok(path.into_owned()),
        },
        Place::File(base) => {
            let folder = Path::new(base.as_ref()).parent().unwrap_or(Path::new(""));
            Ok(file::tidy(&folder.join(reference)))
        }
    }
}

/// Loads files always, and from the web what the user named or what shares the entry document's origin.
pub struct StandardLoader {
    files: FileLoader,
    web: http::WebLoader,
}

impl StandardLoader {
    /// A loader that reads files and sends its requests by `transport`. `named` are the hosts that documents may come
    /// from; the entry document, which the user asked for, is named by giving its URL as `entry`.
    ///
    /// # Errors
    /// `invalid-request` if `entry` is an http(s) URL without a host.
    pub fn new(transport: Arc<dyn Transport>, named: HostPatterns, entry: &str) -> Result<StandardLoader, Fault> {
        let origin = match scheme(entry) {
            Some(scheme) if scheme.to_ascii_lowercase().starts_with("http") => Some(Origin::parse(entry)?),
            _ => None,
        };
        Ok(StandardLoader { files: FileLoader::default(), web: http::WebLoader { transport, named, origin } })
    }
}

impl StandardLoader {
    /// The same, reading only the files that `paths` lets documents refer to from `entry` on, and those that the user has
    /// `named` one by one.
    #[must_use]
    pub fn reading(self, paths: &Paths, entry: &str, named: &[String]) -> StandardLoader {
        StandardLoader { files: FileLoader(confine::Confinement::new(paths, entry, named)), ..self }
    }
}

impl Loader for StandardLoader {
    fn load<'a>(&'a self, uri: &'a str) -> BoxFuture<'a, Result<Loaded, LoadError>> {
        match place(uri) {
            Ok(Place::File(_)) => self.files.load(uri),
            Ok(Place::Web(url)) => Box::pin(self.web.load(url)),
            Err(error) => Box::pin(async move { Err(error) }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ARZ-URI-02
    #[test]
    fn references_are_resolved_against_their_document() {
        let table = [
            ("a.yaml", "b.yaml", "b.yaml"),
            ("flows/a.yaml", "./b.yaml", "flows/b.yaml"),
            ("flows/a.yaml", "../../b.yaml", "../b.yaml"),
            ("/srv/flows/a.yaml", "../b.yaml", "/srv/b.yaml"),
            ("/srv/a.yaml", "/etc/b.yaml", "/etc/b.yaml"),
            ("a.yaml", "https://x.example/b.yaml", "https://x.example/b.yaml"),
            ("a.yaml", "file:///srv/b%20c.yaml", "/srv/b c.yaml"),
            ("https://x.example/d/a.yaml", "../b.yaml", "https://x.example/b.yaml"),
            ("https://x.example/d/a.yaml", "//y.example/b.yaml", "https://y.example/b.yaml"),
        ];
        for (base, reference, expected) in table {
            assert_eq!(resolve(base, reference).unwrap(), expected, "{base} {reference}");
        }
        for (base, reference) in [
            ("a.yaml", "https://me:hush@127.0.0.1:99999/x.yaml"),
            ("a.yaml", "ftp://me:hush@127.0.0.1/x.yaml"),
            ("https://x.example/a", "//me:hush@127.0.0.1:99999/x.yaml"),
            ("https://x.example/a", "ftp://me:hush@127.0.0.1/x.yaml"),
        ] {
            let error = resolve(base, reference).unwrap_err();
            assert!(error.message.contains("//***@127.0.0.1") && !error.message.contains("hush"), "{error}");
        }
        assert_eq!(resolve("https://x.example/a", "FILE:///etc/passwd").unwrap_err().kind, LoadErrorKind::Policy);
        assert_eq!(resolve("a.yaml", "ftp://x.example/a").unwrap_err().kind, LoadErrorKind::Unsupported);
        assert_eq!(resolve("a.yaml", "mailto:a@b").unwrap_err().kind, LoadErrorKind::Unsupported);
    }
}
