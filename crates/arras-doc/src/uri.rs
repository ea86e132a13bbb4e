//! URI references: their parts, their resolution (RFC 3986 §5), and `file:` URIs as paths. Pure text.

mod file;

pub use file::{PathStyle, file_path, file_uri};

/// The five parts of a URI reference (RFC 3986 §3); joined again they are the same text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parts<'t> {
    /// `https`, as written.
    pub scheme: Option<&'t str>,
    /// What follows `//`: `user@host:port`.
    pub authority: Option<&'t str>,
    /// May be empty.
    pub path: &'t str,
    /// What follows `?`.
    pub query: Option<&'t str>,
    /// What follows `#`.
    pub fragment: Option<&'t str>,
}

impl<'t> Parts<'t> {
    /// Takes any text apart; every text is a reference of some kind.
    pub fn of(reference: &'t str) -> Parts<'t> {
        let (rest, fragment) = split_fragment(reference);
        let (rest, query) = cut(rest, '?');
        let (scheme, rest) = match rest.split_once(':') {
            Some((scheme, rest)) if is_scheme(scheme) => (Some(scheme), rest),
            _ => (None, rest),
        };
        let (authority, path) = match rest.strip_prefix("//") {
            Some(rest) => {
                let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
                (Some(authority), path)
            }
            None => (None, rest),
        };
        Parts { scheme, authority, path, query, fragment }
    }
}

impl std::fmt::Display for Parts<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(scheme) = self.scheme {
            write!(f, "{scheme}:")?;
        }
        if let Some(authority) = self.authority {
            write!(f, "//{authority}")?;
        }
        if self.authority.is_none() && self.path.starts_with("//") {
            // else the path's first segment would be taken for an authority
            f.write_str("/.")?;
        }
        f.write_str(self.path)?;
        if let Some(query) = self.query {
            write!(f, "?{query}")?;
        }
        if let Some(fragment) = self.fragment {
            write!(f, "#{fragment}")?;
        }
        Ok(())
    }
}

/// A reference without its fragment, and the fragment without its `#`.
pub fn split_fragment(reference: &str) -> (&str, Option<&str>) {
    cut(reference, '#')
}

/// Whether the reference names its scheme, so that it needs no base.
pub fn is_absolute(reference: &str) -> bool {
    Parts::of(reference).scheme.is_some()
}

/// The target of `reference` in a text whose base URI is `base` (RFC 3986 §5.2.2, strict; ARZ-URI-02,
/// ARZ-URI-04). The base's fragment plays no part; an empty base leaves the reference as it is.
///
/// ```
/// use arras_doc::uri::resolve;
/// let base = "https://api.example.com/workflows/purchase.arazzo.yaml";
/// assert_eq!(resolve(base, "../specs/petstore.yaml"), "https://api.example.com/specs/petstore.yaml");
/// ```
pub fn resolve(base: &str, reference: &str) -> String {
    if base.is_empty() {
        return reference.to_owned();
    }
    let base = Parts::of(base);
    let to = Parts::of(reference);
    if to.scheme.is_some() {
        return Parts { path: &remove_dot_segments(to.path), ..to }.to_string();
    }
    if to.authority.is_some() {
        return Parts { scheme: base.scheme, path: &remove_dot_segments(to.path), ..to }.to_string();
    }
    let Parts { scheme, authority, .. } = base;
    if to.path.is_empty() {
        return Parts { scheme, authority, path: base.path, query: to.query.or(base.query), ..to }.to_string();
    }
    let merged = if to.path.starts_with('/') { to.path.to_owned() } else { merge(&base, to.path) };
    Parts { scheme, authority, path: &remove_dot_segments(&merged), ..to }.to_string()
}

/// The path of a relative reference in the folder of the base (RFC 3986 §5.2.3).
fn merge(base: &Parts<'_>, path: &str) -> String {
    let folder = match base.path.rfind('/') {
        Some(at) => base.path.get(..=at).unwrap_or_default(),
        None if base.authority.is_some() => "/",
        None => "",
    };
    format!("{folder}{path}")
}

/// The path with `.` and `..` carried out (RFC 3986 §5.2.4); a path without either comes back as it is.
fn remove_dot_segments(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.strip_prefix('/').unwrap_or(path).split('/').peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        match segment {
            "." | ".." => {
                if segment == ".." {
                    kept.pop();
                }
                if last && (absolute || !kept.is_empty()) {
                    kept.push("");
                }
            }
            _ => kept.push(segment),
        }
    }
    let joined = kept.join("/");
    if absolute { format!("/{joined}") } else { joined }
}

/// The text with every `%41` decoded; `None` if a `%` has no two hexadecimal digits, or the result is no UTF-8.
pub fn percent_decode(text: &str) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
            let code = digit(bytes.next())? * 16 + digit(bytes.next())?;
            decoded.push(u8::try_from(code).ok()?);
        } else {
            decoded.push(byte);
        }
    }
    String::from_utf8(decoded).ok()
}

/// A URL's text without a user name and a password, be it a URL that can be read or not.
///
/// ```
/// use arras_doc::uri::without_user;
///
/// assert_eq!(without_user("https://ada:hush@api.example:99999/a@b"), "https://***@api.example:99999/a@b");
/// ```
pub fn without_user(url: &str) -> std::borrow::Cow<'_, str> {
    let start = match url.find("://") {
        Some(at) => at + 3,
        None => Parts::of(url).scheme.map_or(0, |scheme| scheme.len() + 1),
    };
    let rest = url.get(start..).unwrap_or_default().trim_start_matches(['/', '\\']);
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    match (authority.rfind('@').and_then(|at| rest.get(at..)), url.strip_suffix(rest)) {
        (Some(host), Some(before)) => format!("{before}***{host}").into(),
        _ => url.into(),
    }
}

fn cut(text: &str, mark: char) -> (&str, Option<&str>) {
    match text.split_once(mark) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

/// A letter, then letters, digits, `+`, `-` and `.` (RFC 3986 §3.1).
fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

#[cfg(test)]
mod tests;
