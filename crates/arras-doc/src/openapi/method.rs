//! Which keys of a path item are operations.

use crate::openapi::Version;

/// The fixed fields of a path item that are operations, and the first version that has them.
const METHODS: &[(&str, &str, Version)] = &[
    ("get", "GET", Version::V2_0),
    ("put", "PUT", Version::V2_0),
    ("post", "POST", Version::V2_0),
    ("delete", "DELETE", Version::V2_0),
    ("options", "OPTIONS", Version::V2_0),
    ("head", "HEAD", Version::V2_0),
    ("patch", "PATCH", Version::V2_0),
    ("trace", "TRACE", Version::V3_0),
    ("query", "QUERY", Version::V3_2),
];

/// Fields of a path item that are no operations.
const OTHERS: &[&str] = &["$ref", "summary", "description", "servers", "parameters", "additionalOperations"];

/// What a key of a path item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PathItemKey {
    /// An operation with this method.
    Operation(&'static str),
    /// An operation if one is lenient: another case, or a method of a later version.
    Loose(&'static str),
    /// Another field or an extension.
    Field,
    /// Nothing the specification knows.
    Unknown,
}

/// Classifies a key of a path item.
pub(super) fn classify(key: &str, version: Version) -> PathItemKey {
    if OTHERS.contains(&key) || key.starts_with("x-") {
        return PathItemKey::Field;
    }
    match METHODS.iter().find(|(name, ..)| name.eq_ignore_ascii_case(key)) {
        Some((name, method, since)) if *name == key && *since <= version => PathItemKey::Operation(method),
        Some((_, method, _)) => PathItemKey::Loose(method),
        None => PathItemKey::Unknown,
    }
}

/// Whether `text` can be sent as a method (RFC 9110 §9.1).
pub(super) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}
