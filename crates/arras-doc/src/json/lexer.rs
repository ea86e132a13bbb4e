//! The tokens of JSON: strings, numbers and the three literals.

use crate::node::{Scalar, ScalarText};
use crate::read::SyntaxError;
use crate::span::Span;
use crate::value::is_json_number;

/// A place in a JSON text.
pub(super) struct Lexer<'t> {
    text: &'t str,
    bytes: &'t [u8],
    /// The next byte to read.
    pub(super) at: usize,
    /// Holds the last string that had escapes.
    scratch: String,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Lexer<'t> {
        Lexer { text, bytes: text.as_bytes(), at: 0, scratch: String::new() }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub(super) fn skip_blank(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    pub(super) fn expect_end(&self) -> Result<(), SyntaxError> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.unexpected("the end of the text")),
        }
    }

    pub(super) fn unexpected(&self, expected: &str) -> SyntaxError {
        let found = self.text.get(self.at..).and_then(|rest| rest.chars().next());
        match found {
            None => SyntaxError::invalid(format!("expected {expected}, found the end of the text"), self.here(0)),
            Some('\'') => SyntaxError::invalid(format!("expected {expected}, found `'`"), self.here(1))
                .help("JSON writes strings in double quotes"),
            Some(char) if char.is_control() => {
                let message = format!("expected {expected}, found the control character U+{:04X}", u32::from(char));
                SyntaxError::invalid(message, self.here(char.len_utf8()))
            }
            Some(char) => {
                SyntaxError::invalid(format!("expected {expected}, found `{char}`"), self.here(char.len_utf8()))
            }
        }
    }

    /// `true`, `false` or `null`.
    pub(super) fn literal(&mut self) -> Result<Scalar<'static>, SyntaxError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let len = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        let scalar = match rest.get(..len) {
            Some(b"true") => Scalar::Bool(true),
            Some(b"false") => Scalar::Bool(false),
            Some(b"null") => Scalar::Null,
            _ => {
                let word = self.text.get(self.at..self.at + len).unwrap_or_default();
                return Err(SyntaxError::invalid(format!("`{word}` is no JSON value"), self.here(len)));
            }
        };
        self.at += len;
        Ok(scalar)
    }

    /// The bytes of a number.
    pub(super) fn number(&mut self) -> Result<Span, SyntaxError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let part_of_one = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b'_');
        let len = rest.iter().take_while(part_of_one).count();
        let written = rest.get(..len).unwrap_or_default();
        if !is_json_number(written) {
            let written = self.text.get(self.at..self.at + len).unwrap_or_default();
            return Err(SyntaxError::invalid(format!("`{written}` is no JSON number"), self.here(len)));
        }
        let span = self.here(len);
        self.at += len;
        Ok(span)
    }

    /// A string from its opening quote on: its text, and its bytes with the quotes.
    pub(super) fn string(&mut self) -> Result<(ScalarText<'_>, Span), SyntaxError> {
        let open = self.at;
        self.at += 1;
        let start = self.at;
        self.skip_plain();
        if self.peek() == Some(b'"') {
            self.at += 1;
            return Ok((ScalarText::Slice(Span::new(start, self.at - 1)), Span::new(open, self.at)));
        }
        self.scratch.clear();
        let mut plain = start;
        loop {
            self.scratch.push_str(self.text.get(plain..self.at).unwrap_or_default());
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok((ScalarText::Decoded(&self.scratch), Span::new(open, self.at)));
                }
                Some(b'\\') => {
                    let char = self.escape()?;
                    self.scratch.push(char);
                }
                Some(control) => {
                    let message = format!("the control character U+{control:04X} stands unescaped in a string");
                    let help = format!("write it as `\\u{control:04x}`, or close the quote before it");
                    return Err(SyntaxError::invalid(message, self.here(1)).help(help));
                }
                None => {
                    return Err(SyntaxError::invalid(
                        "the text ends before this quote is closed",
                        Span::new(open, open + 1),
                    ));
                }
            }
            plain = self.at;
            self.skip_plain();
        }
    }

    /// Passes over bytes that stand for themselves in a string.
    fn skip_plain(&mut self) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        self.at += rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)).unwrap_or(rest.len());
    }

    fn escape(&mut self) -> Result<char, SyntaxError> {
        let char = match self.bytes.get(self.at + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(),
            _ => {
                let len = self.text.get(self.at + 1..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
                let written = self.text.get(self.at..self.at + 1 + len).unwrap_or_default();
                return Err(SyntaxError::invalid(format!("`{written}` is no JSON escape"), self.here(1 + len))
                    .help("a backslash is written `\\\\`"));
            }
        };
        self.at += 2;
        Ok(char)
    }

    /// `\u0041`, or the two of a surrogate pair.
    fn unicode_escape(&mut self) -> Result<char, SyntaxError> {
        let first = self.hex(self.at)?;
        if let Some(char) = char::from_u32(first) {
            self.at += 6;
            return Ok(char);
        }
        let second = if self.bytes.get(self.at + 6..self.at + 8) == Some(b"\\u") { self.hex(self.at + 6)? } else { 0 };
        if !(0xD800..0xDC00).contains(&first) || !(0xDC00..0xE000).contains(&second) {
            let message = format!("`\\u{first:04x}` is half of a surrogate pair without its other half");
            return Err(SyntaxError::invalid(message, self.here(6)));
        }
        self.at += 12;
        let code = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
        Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    /// The four hexadecimal digits of the `\u` at byte `at`.
    fn hex(&self, at: usize) -> Result<u32, SyntaxError> {
        let digits = self.text.get(at + 2..at + 6).filter(|four| four.bytes().all(|byte| byte.is_ascii_hexdigit()));
        digits
            .and_then(|four| u32::from_str_radix(four, 16).ok())
            .ok_or_else(|| SyntaxError::invalid("`\\u` needs four hexadecimal digits", Span::new(at, at + 2)))
    }

    fn here(&self, len: usize) -> Span {
        Span::new(self.at, self.at + len)
    }
}
