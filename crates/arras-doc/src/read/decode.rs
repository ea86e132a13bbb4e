//! Bytes into text: UTF-8, and a clear word for anything else.

use super::MAX_BYTES;
use crate::read::SyntaxError;
use crate::rule;
use crate::span::Span;

/// Bytes that are no text this reader takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecodable {
    /// The text as far as it can be shown, replacement characters (U+FFFD) for what can't; empty beyond the size cap.
    pub text: String,
    /// What is wrong; its span is a place in [`text`](Self::text).
    pub error: SyntaxError,
}

/// The text of a file: UTF-8, a leading byte order mark dropped.
///
/// # Errors
/// For more than [`MAX_BYTES`], UTF-16, UTF-32, and bytes that are not UTF-8 (ARZ-SEC-02).
pub fn decode(bytes: Vec<u8>) -> Result<String, Box<Undecodable>> {
    if bytes.len() > MAX_BYTES {
        return Err(Box::new(Undecodable { text: String::new(), error: too_large(bytes.len()) }));
    }
    if let Some(encoding) = Utf16::of(&bytes) {
        return Err(utf_16(&bytes, encoding));
    }
    let text =
        String::from_utf8(bytes).map_err(|error| not_utf_8(error.as_bytes(), error.utf8_error().valid_up_to()))?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

pub(super) fn too_large(len: usize) -> SyntaxError {
    let message = format!("the file has {len} bytes, more than the {MAX_BYTES} that are read");
    SyntaxError::too_large(message, Span::default())
}

/// The bytes of the file's first character tell UTF-16 and UTF-32 from UTF-8 (YAML 1.2 §5.2).
#[derive(Clone, Copy)]
enum Utf16 {
    Little,
    Big,
}

impl Utf16 {
    fn of(bytes: &[u8]) -> Option<Utf16> {
        match bytes {
            [0xFF, 0xFE, ..] => Some(Utf16::Little),
            [0xFE, 0xFF, ..] => Some(Utf16::Big),
            [0, ascii, ..] if *ascii != 0 => Some(Utf16::Big),
            [ascii, 0, ..] if *ascii != 0 => Some(Utf16::Little),
            _ => None,
        }
    }
}

fn utf_16(bytes: &[u8], encoding: Utf16) -> Box<Undecodable> {
    let pairs = bytes.as_chunks::<2>().0.iter();
    let units = pairs.map(|pair| match encoding {
        Utf16::Little => u16::from_le_bytes(*pair),
        Utf16::Big => u16::from_be_bytes(*pair),
    });
    let shown = char::decode_utf16(units).map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER));
    let text: String = shown.skip_while(|char| *char == '\u{feff}').collect();
    let span = Span::new(0, text.chars().next().map_or(0, char::len_utf8));
    Box::new(Undecodable { text, error: wrong_encoding("the file is UTF-16, not UTF-8".to_owned(), span) })
}

fn not_utf_8(bytes: &[u8], valid_up_to: usize) -> Box<Undecodable> {
    let byte = bytes.get(valid_up_to).copied().unwrap_or_default();
    let message = format!("the byte 0x{byte:02X} is no UTF-8 here");
    let text = String::from_utf8_lossy(bytes);
    let marked = text.starts_with('\u{feff}');
    let mark = if marked { '\u{feff}'.len_utf8() } else { 0 };
    let start = valid_up_to.saturating_sub(mark);
    let span = Span::new(start, start + char::REPLACEMENT_CHARACTER.len_utf8());
    Box::new(Undecodable {
        text: text.get(mark..).unwrap_or_default().to_owned(),
        error: wrong_encoding(message, span),
    })
}

fn wrong_encoding(message: String, span: Span) -> SyntaxError {
    SyntaxError { rule: rule::INVALID_ENCODING, message, span, help: Some("save the file as UTF-8".to_owned()) }
}
