//! `file:` URIs from paths and back (RFC 8089), without asking any file system.

use super::{Parts, percent_decode};

/// How paths are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathStyle {
    /// `/home/me/a.yaml`
    Posix,
    /// `C:\me\a.yaml`, `\\server\share\a.yaml`; forward slashes count as well.
    Windows,
}

impl PathStyle {
    /// The style of the system that this was built for.
    pub const NATIVE: PathStyle = if cfg!(windows) { PathStyle::Windows } else { PathStyle::Posix };
}

/// The `file:` URI of an absolute path; `None` for a relative one.
///
/// ```
/// use arras_doc::uri::{PathStyle, file_uri};
/// assert_eq!(file_uri("/tmp/my api.yaml", PathStyle::Posix).as_deref(), Some("file:///tmp/my%20api.yaml"));
/// ```
pub fn file_uri(path: &str, style: PathStyle) -> Option<String> {
    match style {
        PathStyle::Posix => path.starts_with('/').then(|| format!("file://{}", encode(path))),
        PathStyle::Windows => {
            let path = path.replace('\\', "/");
            // `\\?\C:\…` and `\\?\UNC\server\…` are long forms of the same paths
            let path = match path.strip_prefix("//?/") {
                Some(long) => long.strip_prefix("UNC/").map_or(long.to_owned(), |share| format!("//{share}")),
                None => path,
            };
            if has_drive(&path) {
                return Some(format!("file:///{}", encode(&path)));
            }
            path.strip_prefix("//").map(|share| format!("file://{}", encode(share)))
        }
    }
}

/// The path that a `file:` URI names; `None` for any other URI, a host that the style can't name,
/// a broken escape, or an escaped NUL or path separator. Query and fragment play no part.
pub fn file_path(uri: &str, style: PathStyle) -> Option<String> {
    let parts = Parts::of(uri);
    if !parts.scheme?.eq_ignore_ascii_case("file") {
        return None;
    }
    let escaped = parts.path.to_ascii_lowercase();
    let separator = escaped.contains("%2f") || (style == PathStyle::Windows && escaped.contains("%5c"));
    let path = percent_decode(parts.path)?;
    if separator || path.contains('\0') || !path.starts_with('/') {
        return None;
    }
    let host = parts.authority.filter(|host| !host.is_empty() && !host.eq_ignore_ascii_case("localhost"));
    match (style, host) {
        (PathStyle::Posix, None) => Some(path),
        (PathStyle::Posix, Some(_)) => None,
        (PathStyle::Windows, Some(host)) => Some(format!("\\\\{host}{}", path.replace('/', "\\"))),
        (PathStyle::Windows, None) => {
            let path = path.get(1..).filter(|path| has_drive(path))?;
            Some(path.replace('/', "\\"))
        }
    }
}

/// Whether the path begins with `C:/`.
fn has_drive(path: &str) -> bool {
    matches!(path.as_bytes(), [letter, b':', b'/' | b'\\', ..] if letter.is_ascii_alphabetic())
}

/// Escapes what may not stand in a URI's path.
fn encode(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}
