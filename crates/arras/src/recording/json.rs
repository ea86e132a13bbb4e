//! What stands where in a text of JSON.

use std::ops::Range;

/// What a part of a text of JSON is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// In the name of a member.
    Name,
    /// In a string.
    Text,
    /// A whole number.
    Number,
    /// Anything else, or a part of several.
    Other,
}

/// A text of JSON, asked from its beginning to its end.
pub(super) struct Tokens<'t> {
    bytes: &'t [u8],
    /// What is between the quotation marks of the last string that was looked at.
    string: Range<usize>,
    /// What that string is.
    is_name: bool,
}

impl Tokens<'_> {
    /// Of a text that is JSON.
    pub(super) fn new(text: &str) -> Tokens<'_> {
        Tokens { bytes: text.as_bytes(), string: 0..0, is_name: false }
    }

    /// What that part of the text is; none before the last one that was asked for.
    pub(super) fn at(&mut self, part: &Range<usize>) -> Token {
        while self.string.end <= part.start {
            // behind the mark that ends the last string, if there was one
            let behind = if self.string.end == 0 { 0 } else { self.string.end + 1 };
            let Some(open) = self.bytes[behind.min(self.bytes.len())..].iter().position(|byte| *byte == b'"') else {
                self.string = self.bytes.len() + 1..self.bytes.len() + 1;
                break;
            };
            let start = behind + open + 1;
            self.string = start..self.closed(start);
            let rest = self.bytes.get(self.string.end + 1..).unwrap_or_default();
            self.is_name = rest.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':');
        }
        if part.start < self.string.start {
            let is_of_number = |byte: Option<&u8>| byte.is_some_and(|byte| b"+-.eE0123456789".contains(byte));
            let before = part.start.checked_sub(1).and_then(|at| self.bytes.get(at));
            let is_whole = !is_of_number(before) && !is_of_number(self.bytes.get(part.end));
            return if is_whole && part.end < self.string.start { Token::Number } else { Token::Other };
        }
        if part.end > self.string.end {
            return Token::Other;
        }
        if self.is_name { Token::Name } else { Token::Text }
    }

    /// Where the mark that ends a string stands.
    fn closed(&self, start: usize) -> usize {
        let mut at = start;
        while let Some(byte) = self.bytes.get(at).filter(|byte| **byte != b'"') {
            at += if *byte == b'\\' { 2 } else { 1 };
        }
        at.min(self.bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_apart() {
        let text = r#"{"na\"me" : ["", 12, "te\\xt", true, -1.5e3, "12"], "b": "name"}"#;
        let mut tokens = Tokens::new(text);
        let mut from = 0;
        for (part, expected) in [
            ("na\\\"me", Token::Name),
            ("\" : [", Token::Other),
            ("12", Token::Number),
            ("te", Token::Text),
            ("xt", Token::Text),
            ("true", Token::Number),
            ("1.5", Token::Other),
            ("12", Token::Text),
            ("b\": \"n", Token::Other),
            ("name", Token::Text),
        ] {
            let start = from + text[from..].find(part).expect(part);
            assert_eq!(tokens.at(&(start..start + part.len())), expected, "{part}");
            from = start;
        }
    }

    /// What stands behind a string is looked at once, however many parts of it are asked for.
    #[test]
    fn many_parts_of_a_string_cost_no_more_than_few() {
        let text = format!("[\"{}\"{}]", "x".repeat(100_000), " ".repeat(100_000));
        let mut tokens = Tokens::new(&text);
        assert!((2..100_002).all(|at| tokens.at(&(at..at + 1)) == Token::Text));
    }
}
