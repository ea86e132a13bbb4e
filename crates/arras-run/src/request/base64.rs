//! Base64 (RFC 4648), where a schema wants bytes written so.

use arras_doc::openapi::Schema;

/// The last two digits of an alphabet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Base64(u8, u8);

const STANDARD: Base64 = Base64(b'+', b'/');
const FOR_URLS: Base64 = Base64(b'-', b'_');

/// Whether and how a schema wants bytes as base64: `contentEncoding`, or `format: byte` before OpenAPI 3.1.
pub(super) fn of(schema: &Schema<'_>) -> Option<Base64> {
    let encoding = schema.keyword("contentEncoding").and_then(|it| it.as_text()).map(str::to_ascii_lowercase);
    match (encoding.as_deref(), schema.format()) {
        (Some("base64"), _) | (None, Some("byte" | "base64")) => Some(STANDARD),
        (Some("base64url"), _) | (None, Some("base64url")) => Some(FOR_URLS),
        _ => None,
    }
}

impl Base64 {
    /// The bytes, with padding.
    pub(super) fn encode(self, bytes: &[u8]) -> String {
        let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
        for chunk in bytes.chunks(3) {
            let group = chunk.iter().fold(0u32, |group, byte| group << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
            for at in 0..4 {
                out.push(if at > chunk.len() { '=' } else { self.digit(group >> (18 - 6 * at)) });
            }
        }
        out
    }

    fn digit(self, value: u32) -> char {
        char::from(match value as u8 & 63 {
            value @ 0..26 => b'A' + value,
            value @ 26..52 => b'a' + value - 26,
            value @ 52..62 => b'0' + value - 52,
            62 => self.0,
            _ => self.1,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_become_base64() {
        for (bytes, expected) in
            [(&b""[..], ""), (b"f", "Zg=="), (b"fo", "Zm8="), (b"foo", "Zm9v"), (b"\xFB\xFF", "+/8=")]
        {
            assert_eq!(STANDARD.encode(bytes), expected);
        }
        assert_eq!(FOR_URLS.encode(b"\xFB\xFF"), "-_8=");
    }
}
