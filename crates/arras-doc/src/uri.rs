//! URI references (RFC 3986): splitting, resolving against a base, percent-decoding.

use std::borrow::Cow;

/// The five parts of a URI reference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parts<'a> {
    /// `https`
    pub scheme: Option<&'a str>,
    /// `user@host:443`
    pub authority: Option<&'a str>,
    /// `/a/b`, perhaps empty
    pub path: &'a str,
    /// What stands behind `?`.
    pub query: Option<&'a str>,
    /// What stands behind `#`.
    pub fragment: Option<&'a str>,
}

/// Splits a URI reference; every text is one.
pub fn split(reference: &str) -> Parts<'_> {
    let (rest, fragment) = cut(reference, '#');
    let (rest, query) = cut(rest, '?');
    let (scheme, rest) = match rest.split_once(':') {
        Some((scheme, rest)) if is_scheme(scheme) => (Some(scheme), rest),
        _ => (None, rest),
    };
    let Some(rest) = rest.strip_prefix("//") else {
        return Parts { scheme, authority: None, path: rest, query, fragment };
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    Parts { scheme, authority: Some(authority), path, query, fragment }
}

/// Resolves a reference against a base (RFC 3986 §5.2); an empty base leaves the reference as it is.
///
/// ```
/// use arras_doc::uri::resolve;
/// assert_eq!(resolve("https://h/a/b.yaml", "../c.yaml#/x"), "https://h/c.yaml#/x");
/// ```
pub fn resolve(base: &str, reference: &str) -> String {
    let own = split(reference);
    if base.is_empty() {
        return reference.to_owned();
    }
    let base = split(base);
    let path;
    let target = if own.scheme.is_some() || own.authority.is_some() {
        path = without_dots(own.path);
        Parts { scheme: own.scheme.or(base.scheme), path: &path, ..own }
    } else if own.path.is_empty() {
        Parts { query: own.query.or(base.query), fragment: own.fragment, ..base }
    } else {
        path = without_dots(&if own.path.starts_with('/') { own.path.to_owned() } else { merge(&base, own.path) });
        Parts { path: &path, query: own.query, fragment: own.fragment, ..base }
    };
    join(target)
}

/// The reference without its fragment, and the fragment.
pub fn without_fragment(reference: &str) -> (&str, Option<&str>) {
    cut(reference, '#')
}

/// Decodes `%XX`; what is no such triplet, or decodes to no UTF-8, stays as it is.
pub fn percent_decode(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let triplet = (*byte == b'%').then(|| Some(hex(*bytes.get(at + 1)?)? << 4 | hex(*bytes.get(at + 2)?)?));
        match triplet.flatten() {
            Some(value) => {
                decoded.push(value);
                at += 3;
            }
            None => {
                decoded.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8(decoded).map_or(Cow::Borrowed(text), Cow::Owned)
}

fn cut(text: &str, mark: char) -> (&str, Option<&str>) {
    text.split_once(mark).map_or((text, None), |(before, after)| (before, Some(after)))
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

fn merge(base: &Parts<'_>, path: &str) -> String {
    match base.path.rfind('/') {
        Some(slash) => format!("{}{path}", &base.path[..=slash]),
        None if base.authority.is_some() => format!("/{path}"),
        None => path.to_owned(),
    }
}

/// RFC 3986 §5.2.4.
fn without_dots(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.strip_prefix('/').unwrap_or(path).split('/').peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        match segment {
            "." => {}
            ".." => {
                kept.pop();
            }
            other => {
                kept.push(other);
                continue;
            }
        }
        if last {
            kept.push("");
        }
    }
    format!("{}{}", if absolute { "/" } else { "" }, kept.join("/"))
}

fn join(parts: Parts<'_>) -> String {
    let mut uri = String::new();
    if let Some(scheme) = parts.scheme {
        uri.extend([scheme, ":"]);
    }
    if let Some(authority) = parts.authority {
        uri.extend(["//", authority]);
    }
    uri.push_str(parts.path);
    if let Some(query) = parts.query {
        uri.extend(["?", query]);
    }
    if let Some(fragment) = parts.fragment {
        uri.extend(["#", fragment]);
    }
    uri
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn references_resolve_as_rfc_3986_says() {
        for (reference, expected) in [
            ("g:h", "g:h"),
            ("g", "http://a/b/c/g"),
            ("./g", "http://a/b/c/g"),
            ("g/", "http://a/b/c/g/"),
            ("/g", "http://a/g"),
            ("//g", "http://g"),
            ("?y", "http://a/b/c/d;p?y"),
            ("g?y#s", "http://a/b/c/g?y#s"),
            ("#s", "http://a/b/c/d;p?q#s"),
            ("", "http://a/b/c/d;p?q"),
            (".", "http://a/b/c/"),
            ("..", "http://a/b/"),
            ("../g", "http://a/b/g"),
            ("../../../g", "http://a/g"),
            ("./g/.", "http://a/b/c/g/"),
            ("g/../h", "http://a/b/c/h"),
        ] {
            assert_eq!(resolve("http://a/b/c/d;p?q", reference), expected, "{reference}");
        }
        assert_eq!(resolve("file:///x/y.yaml", "z.yaml"), "file:///x/z.yaml");
        assert_eq!(resolve("https://h", "v1"), "https://h/v1");
        assert_eq!(resolve("", "a/../b"), "a/../b");
    }

    #[test]
    fn percent_decoding_keeps_what_it_cannot_decode() {
        for (text, expected) in
            [("a%7Bb%7d", "a{b}"), ("%", "%"), ("%4", "%4"), ("%zz", "%zz"), ("%C3%BC", "ü"), ("%FF", "%FF")]
        {
            assert_eq!(percent_decode(text), expected);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn parts_join_to_the_text(text in "[a-z:/?#.%]{0,20}") {
            prop_assert_eq!(join(split(&text)), text);
        }

        #[test]
        fn nothing_panics(base in "\\PC{0,20}", reference in "\\PC{0,20}") {
            let _ = (resolve(&base, &reference), percent_decode(&base));
        }
    }
}
