//! The character encodings that bodies come in: UTF-8, UTF-16, ISO 8859-1 and Windows-1252.

use std::borrow::Cow;

/// A character encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Charset {
    /// UTF-8.
    Utf8,
    /// UTF-16, a byte order mark deciding; little-endian without one when read, big-endian with one when written.
    Utf16,
    /// UTF-16, little-endian.
    Utf16Le,
    /// UTF-16, big-endian.
    Utf16Be,
    /// ISO 8859-1; read as Windows-1252, as browsers do (the WHATWG's Encoding Standard).
    Latin1,
    /// US-ASCII; read as Windows-1252 too.
    Ascii,
    /// Windows-1252.
    Windows1252,
}

/// Windows-1252 from 0x80 to 0x9F.
const HIGH: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

impl Charset {
    /// The encoding of that name, in any case; `None` for one that is not known here.
    pub(crate) fn named(name: &str) -> Option<Charset> {
        Some(match name.trim().to_ascii_lowercase().as_str() {
            "utf-8" | "utf8" => Charset::Utf8,
            "utf-16" => Charset::Utf16,
            "utf-16le" => Charset::Utf16Le,
            "utf-16be" => Charset::Utf16Be,
            "iso-8859-1" | "iso8859-1" | "iso_8859-1" | "latin1" | "l1" => Charset::Latin1,
            "us-ascii" | "ascii" => Charset::Ascii,
            "windows-1252" | "cp1252" | "x-cp1252" => Charset::Windows1252,
            _ => return None,
        })
    }

    /// The encoding that a byte order mark tells, and the mark's length.
    pub(crate) fn marked(bytes: &[u8]) -> Option<(Charset, usize)> {
        match bytes {
            [0xEF, 0xBB, 0xBF, ..] => Some((Charset::Utf8, 3)),
            [0xFF, 0xFE, ..] => Some((Charset::Utf16Le, 2)),
            [0xFE, 0xFF, ..] => Some((Charset::Utf16Be, 2)),
            _ => None,
        }
    }

    /// The text of bytes without a byte order mark; `None` if they are none in this encoding.
    pub(crate) fn decode(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        let text = match self {
            Charset::Utf8 => return std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
            Charset::Utf16 | Charset::Utf16Le => units(bytes, u16::from_le_bytes)?,
            Charset::Utf16Be => units(bytes, u16::from_be_bytes)?,
            Charset::Latin1 | Charset::Ascii | Charset::Windows1252 => bytes.iter().map(|byte| high(*byte)).collect(),
        };
        Some(Cow::Owned(text))
    }

    /// The bytes of a text; else the first character that this encoding has no bytes for.
    ///
    /// # Errors
    /// That character.
    pub(crate) fn encode(self, text: &str) -> Result<Vec<u8>, char> {
        match self {
            Charset::Utf8 => Ok(text.as_bytes().to_vec()),
            Charset::Utf16 => {
                Ok([0xFE, 0xFF].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect())
            }
            Charset::Utf16Be => Ok(text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
            Charset::Utf16Le => Ok(text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
            Charset::Latin1 => single(text, |character| u8::try_from(u32::from(character)).ok()),
            Charset::Ascii => single(text, |character| u8::try_from(character).ok().filter(u8::is_ascii)),
            Charset::Windows1252 => single(text, |character| match u8::try_from(u32::from(character)) {
                Ok(byte) if !(0x80..0xA0).contains(&byte) => Some(byte),
                _ => HIGH.iter().position(|known| *known == character).and_then(|at| u8::try_from(0x80 + at).ok()),
            }),
        }
    }
}

fn high(byte: u8) -> char {
    match byte {
        0x80..=0x9F => HIGH[usize::from(byte - 0x80)],
        other => char::from(other),
    }
}

fn units(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let text = char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).collect::<Result<String, _>>().ok();
    text.filter(|_| rest.is_empty())
}

fn single(text: &str, byte: impl Fn(char) -> Option<u8>) -> Result<Vec<u8>, char> {
    text.chars().map(|character| byte(character).ok_or(character)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back() {
        for (name, text, bytes) in [
            ("UTF-8", "ü€", &b"\xC3\xBC\xE2\x82\xAC"[..]),
            ("utf-16le", "ü€", b"\xFC\x00\xAC\x20"),
            ("utf-16be", "ü€", b"\x00\xFC\x20\xAC"),
            ("iso-8859-1", "ü", b"\xFC"),
            ("windows-1252", "ü€“", b"\xFC\x80\x93"),
            ("us-ascii", "a", b"a"),
        ] {
            let charset = Charset::named(name).expect(name);
            assert_eq!(charset.encode(text).as_deref(), Ok(bytes), "{name}");
            assert_eq!(charset.decode(bytes).as_deref(), Some(text), "{name}");
        }
        assert_eq!(Charset::Latin1.decode(b"\x80").as_deref(), Some("€"));
        assert_eq!(Charset::Utf16.encode("a").as_deref(), Ok(&b"\xFE\xFF\x00a"[..]));
    }

    #[test]
    fn what_an_encoding_can_not_hold_is_told() {
        assert_eq!(Charset::Latin1.encode("a€"), Err('€'));
        assert_eq!(Charset::Ascii.encode("ü"), Err('ü'));
        assert_eq!(Charset::Windows1252.encode("a→"), Err('→'));
        assert_eq!(Charset::Utf16Le.decode(b"a"), None);
        assert_eq!(Charset::Utf16Le.decode(b"\x00\xD8"), None);
        assert_eq!(Charset::Utf8.decode(b"\xFF"), None);
        assert_eq!(Charset::named("shift_jis"), None);
    }
}
