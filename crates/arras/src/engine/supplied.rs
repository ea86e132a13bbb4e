//! The documents that a caller hands over: by where they lie, or as text.

use bytes::Bytes;

/// A document of a description: where it lies, or its text.
///
/// A folder stands for the `arazzo.yaml` or `arazzo.json` in it (ARZ-DOC-08).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Supplied(pub(super) Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    At(String),
    Text { name: String, base: Option<String>, bytes: Bytes },
}

impl Supplied {
    /// The document at a path or URL.
    pub fn at(location: impl Into<String>) -> Supplied {
        Supplied(Kind::At(location.into()))
    }

    /// A document in memory. `name` is what messages call it; `base` is the URI that stands for where it was retrieved,
    /// or a path, against which it resolves what is relative unless it has an absolute `$self` (ARZ-URI-08). Without
    /// one, what is relative in it can't be resolved (ARZ-URI-09).
    pub fn text(name: impl Into<String>, base: Option<&str>, bytes: impl Into<Bytes>) -> Supplied {
        Supplied(Kind::Text { name: name.into(), base: base.map(str::to_owned), bytes: bytes.into() })
    }

    /// Where it lies, or was retrieved; empty where nobody says so.
    pub(super) fn location(&self) -> &str {
        match &self.0 {
            Kind::At(location) => location,
            Kind::Text { base, .. } => base.as_deref().unwrap_or_default(),
        }
    }
}

impl From<&str> for Supplied {
    fn from(location: &str) -> Supplied {
        Supplied::at(location)
    }
}

impl From<String> for Supplied {
    fn from(location: String) -> Supplied {
        Supplied::at(location)
    }
}
