//! The tokens of a JSONPath: names, strings, numbers, blank space.

use crate::span::Span;
use crate::value::Number;

use super::error::{SyntaxError, problem};

/// The largest magnitude of an index that RFC 9535 allows (§2.1).
const MAX_INDEX: i64 = (1 << 53) - 1;

/// A place in the text, moving forward.
pub(super) struct Cursor<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Cursor<'t> {
    /// A cursor at byte `at`; the text ends where `text` ends.
    pub(super) fn new(text: &'t str, at: usize) -> Cursor<'t> {
        Cursor { text, at }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Goes back to a place where the cursor was.
    pub(super) fn reset(&mut self, at: usize) {
        self.at = at;
    }

    pub(super) fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or("")
    }

    pub(super) fn slice(&self, span: Span) -> &'t str {
        self.text.get(span.range()).unwrap_or("")
    }

    pub(super) fn is_end(&self) -> bool {
        self.at >= self.text.len()
    }

    /// The next byte, 0 at the end.
    pub(super) fn peek(&self) -> u8 {
        self.peek_at(0)
    }

    /// The byte `ahead` bytes further on, 0 beyond the end.
    pub(super) fn peek_at(&self, ahead: usize) -> u8 {
        self.text.as_bytes().get(self.at + ahead).copied().unwrap_or(0)
    }

    pub(super) fn next_char(&mut self) -> Option<char> {
        let next = self.rest().chars().next()?;
        self.at += next.len_utf8();
        Some(next)
    }

    pub(super) fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    pub(super) fn skip_space(&mut self) {
        while matches!(self.peek(), b' ' | b'\t' | b'\n' | b'\r') {
            self.at += 1;
        }
    }

    /// From `start` to here.
    pub(super) fn since(&self, start: usize) -> Span {
        Span::new(start, self.at)
    }

    /// The next character, or nothing at the end.
    pub(super) fn here(&self) -> Span {
        let width = self.rest().chars().next().map_or(0, char::len_utf8);
        Span::new(self.at, self.at + width)
    }

    /// Takes bytes while `wanted`, which accepts ASCII only.
    pub(super) fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'t str {
        let start = self.at;
        while self.at < self.text.len() && wanted(self.peek()) {
            self.at += 1;
        }
        self.slice(self.since(start))
    }

    /// A member name after a dot; empty if there is none.
    pub(super) fn member_name(&mut self) -> &'t str {
        let start = self.at;
        let end = self.rest().char_indices().find(|(at, next)| !is_name_char(*next, *at == 0));
        self.at = end.map_or(self.text.len(), |(at, _)| start + at);
        self.slice(self.since(start))
    }

    /// An integer as indices and slices have it; `None` if none starts here.
    pub(super) fn integer(&mut self) -> Result<Option<i64>, SyntaxError> {
        let start = self.at;
        self.eat("-");
        let digits = self.take_while(|byte| byte.is_ascii_digit());
        let span = self.since(start);
        if digits.is_empty() {
            self.at = start;
            return if span.is_empty() { Ok(None) } else { Err(problem(span, "`-` without a number")) };
        }
        let text = self.slice(span);
        if text == "-0" || (digits.len() > 1 && digits.starts_with('0')) {
            let error = problem(span, format!("`{text}` is no index"));
            return Err(error.help("write it without leading zeros or minus"));
        }
        match text.parse::<i64>() {
            Ok(integer) if integer.abs() <= MAX_INDEX => Ok(Some(integer)),
            _ => Err(problem(span, "the index is out of range").help("indices lie within ±(2^53 − 1)")),
        }
    }

    /// A number literal, which starts here.
    pub(super) fn number(&mut self) -> Result<Number, SyntaxError> {
        let start = self.at;
        self.eat("-");
        self.take_while(|byte| byte.is_ascii_digit());
        if self.peek() == b'.' {
            self.at += 1;
            self.take_while(|byte| byte.is_ascii_digit());
        }
        if matches!(self.peek(), b'e' | b'E') {
            self.at += 1;
            if matches!(self.peek(), b'+' | b'-') {
                self.at += 1;
            }
            self.take_while(|byte| byte.is_ascii_digit());
        }
        let span = self.since(start);
        let text = self.slice(span);
        Number::parse(text).ok_or_else(|| problem(span, format!("`{text}` is no number")))
    }

    /// A string literal, whose quote is the next byte.
    pub(super) fn string(&mut self) -> Result<String, SyntaxError> {
        let start = self.at;
        let quote = self.next_char().unwrap_or('\'');
        let mut out = String::new();
        loop {
            let at = self.at;
            match self.next_char() {
                None => {
                    let error = problem(self.since(start), "the string is not closed");
                    return Err(error.help(format!("add the closing `{quote}`")));
                }
                Some(next) if next == quote => return Ok(out),
                Some('\\') => out.push(self.escape(quote, at)?),
                Some(next) if next < ' ' => {
                    let error = problem(self.since(at), "a control character inside a string");
                    return Err(error.help(format!("write it as `\\u{:04x}`", u32::from(next))));
                }
                Some(next) => out.push(next),
            }
        }
    }

    fn escape(&mut self, quote: char, start: usize) -> Result<char, SyntaxError> {
        let next = self.next_char();
        Ok(match next {
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some(same @ ('/' | '\\')) => same,
            Some(same) if same == quote => same,
            Some('u') => return self.unicode_escape(start),
            _ => {
                let error = problem(self.since(start), "an unknown escape inside a string");
                return Err(error.help("write a backslash itself as `\\\\`"));
            }
        })
    }

    fn unicode_escape(&mut self, start: usize) -> Result<char, SyntaxError> {
        let mut code = self.hex(start)?;
        if (0xD800..0xDC00).contains(&code) && self.eat("\\u") {
            let low = self.hex(start)?;
            if (0xDC00..0xE000).contains(&low) {
                code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            }
        }
        char::from_u32(code).ok_or_else(|| problem(self.since(start), "half of a surrogate pair"))
    }

    fn hex(&mut self, start: usize) -> Result<u32, SyntaxError> {
        let digits = self.rest().get(..4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        match code {
            Some(code) => {
                self.at += 4;
                Ok(code)
            }
            None => Err(problem(self.since(start), "`\\u` without four hexadecimal digits")),
        }
    }
}

/// Whether a member name after a dot may hold the character (RFC 9535 §2.5.1.1).
pub(super) fn is_name_char(character: char, first: bool) -> bool {
    character.is_ascii_alphabetic()
        || character == '_'
        || !character.is_ascii()
        || (!first && character.is_ascii_digit())
}
