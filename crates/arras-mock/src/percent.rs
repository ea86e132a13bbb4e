//! Percent-encoding as AWS signs it: everything but RFC 3986's unreserved characters.

/// Encodes every byte but the unreserved ones.
pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    encode_but(bytes.as_ref(), b"")
}

/// Encodes every byte but the unreserved ones and `/`.
pub(crate) fn encode_path(path: &str) -> String {
    encode_but(path.as_bytes(), b"/")
}

fn encode_but(bytes: &[u8], kept: &[u8]) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = String::with_capacity(bytes.len());
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || kept.contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
    out
}

/// Decodes `%XX`; a `%` without two digits stays.
pub(crate) fn decode(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let digits = bytes.get(at + 1..at + 3).and_then(|pair| std::str::from_utf8(pair).ok());
        let value = digits.filter(|pair| !pair.starts_with('+')).and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match value {
            Some(value) if byte == b'%' => {
                out.push(value);
                at += 3;
            }
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}

/// Decodes to text; bytes that are no UTF-8 become the replacement character.
pub(crate) fn decode_text(text: &str) -> String {
    String::from_utf8_lossy(&decode(text)).into_owned()
}

/// Decodes a name or a value of a query or a form, where `+` is a space.
pub(crate) fn decode_form(text: &str) -> String {
    decode_text(&text.replace('+', " "))
}

/// The decoded pairs of a query or a form.
pub(crate) fn pairs(query: &str) -> impl Iterator<Item = (String, String)> + '_ {
    sent_pairs(query).map(|(name, value)| (name, decode_form(value)))
}

/// The same with values as they were sent, in which a separator tells itself from an encoded one.
pub(crate) fn sent_pairs(query: &str) -> impl Iterator<Item = (String, &str)> + '_ {
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode_form(name), value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back() {
        assert_eq!(encode("a b/ü~"), "a%20b%2F%C3%BC~");
        assert_eq!(decode_text("a%20b%2f%C3%BC~%zz%4%+1"), "a b/ü~%zz%4%+1");
        assert_eq!(pairs("a=1+2&b&&c=%26").collect::<Vec<_>>().len(), 3);
    }
}
