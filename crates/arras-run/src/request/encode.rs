//! Percent-encoding by RFC 3986, and the token grammar of RFC 9110.

use std::borrow::Cow;

/// Encodes all but the unreserved characters (RFC 3986 §2.3).
pub(super) fn component(text: &str) -> String {
    encode(text, is_unreserved)
}

/// Encodes what may not stand in a value of a query, leaving reserved characters (`allowReserved`) and encoded triples
/// alone.
///
/// Reserved are here those that a query may have and that tell no pairs apart: not `#`, `[`, `]`, nor `&`, `=`, `+`; nor
/// `'`, which URLs of HTTP have encoded in a query (WHATWG URL).
pub(super) fn reserved(text: &str) -> String {
    encode_keeping_triples(text, |byte| is_unreserved(byte) || b":/?@!$()*,;".contains(&byte)).into_owned()
}

/// Encodes what may not stand in a segment of a path, leaving other reserved characters and encoded triples alone.
pub(super) fn segment(text: &str) -> String {
    encode_keeping_triples(text, |byte| is_unreserved(byte) || b":@!$&'()*+,;=".contains(&byte)).into_owned()
}

/// Encodes what may not stand in a query as the user wrote it whole, leaving encoded triples alone.
pub(super) fn keep_query(text: &str) -> String {
    encode_keeping_triples(text, |byte| is_unreserved(byte) || b":/?@!$&()*+,;=".contains(&byte)).into_owned()
}

/// Encodes what no query is sent with (WHATWG URL), in one that a description writes.
pub(super) fn sent_query(text: &str) -> String {
    encode(text, |byte| byte.is_ascii_graphic() && !b"\"#<>'".contains(&byte))
}

/// Encodes what may not stand in a path as written in a description, leaving encoded triples alone.
pub(super) fn keep_path(path: &str) -> Cow<'_, str> {
    encode_keeping_triples(path, |byte| is_unreserved(byte) || b"/:@!$&'()*+,;=".contains(&byte))
}

/// Encodes for `application/x-www-form-urlencoded`.
pub(super) fn form(text: &str) -> String {
    encode(text, |byte| byte.is_ascii_alphanumeric() || b"*-._ ".contains(&byte)).replace(' ', "+")
}

/// Whether `text` is a token: a method or a header's name.
pub(super) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

fn encode(text: &str, keep: impl Fn(u8) -> bool) -> String {
    if text.bytes().all(&keep) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        push(&mut out, byte, keep(byte));
    }
    out
}

fn encode_keeping_triples(text: &str, keep: impl Fn(u8) -> bool) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    if bytes.iter().all(|byte| keep(*byte)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for (at, byte) in bytes.iter().enumerate() {
        let triple =
            *byte == b'%' && bytes.get(at + 1..at + 3).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit));
        push(&mut out, *byte, triple || keep(*byte));
    }
    Cow::Owned(out)
}

fn push(out: &mut String, byte: u8, keep: bool) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    if keep {
        out.push(char::from(byte));
    } else {
        out.extend(['%', char::from(HEX[usize::from(byte >> 4)]), char::from(HEX[usize::from(byte & 15)])]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_keeps_its_own_characters() {
        assert_eq!(component("a b/ü?#%&+~"), "a%20b%2F%C3%BC%3F%23%25%26%2B~");
        assert_eq!(reserved("a b/?:@%20&=#"), "a%20b/?:@%20%26%3D%23");
        assert_eq!(keep_path("/a b/%41?{}"), "/a%20b/%41%3F%7B%7D");
        assert_eq!(reserved("[a]+b"), "%5Ba%5D%2Bb");
        assert_eq!(segment("a/b?c%2Fd=e"), "a%2Fb%3Fc%2Fd=e");
        assert_eq!(keep_query("a=b c&d=%20+#"), "a=b%20c&d=%20+%23");
        assert_eq!(sent_query("a[]={b}&c=it's é%zz"), "a[]={b}&c=it%27s%20%C3%A9%zz");
        assert_eq!((reserved("it's"), keep_query("it's")), ("it%27s".into(), "it%27s".into()));
        assert_eq!(form("a b*~+&ü"), "a+b*%7E%2B%26%C3%BC");
    }

    #[test]
    fn tokens() {
        assert!(is_token("X-Amz-Target"));
        assert!(!is_token("") && !is_token("a b") && !is_token("a:b") && !is_token("ü"));
    }
}
