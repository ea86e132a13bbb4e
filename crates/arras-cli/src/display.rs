//! Text made safe and short enough to show: controls escaped, cut to a number of columns.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Whether a character could move the cursor, reorder the line or hide in it.
///
/// Controls, line and paragraph separators, bidirectional overrides and isolates, invisible format characters; not the
/// joiners U+200C and U+200D, which writing systems and emoji need.
pub fn is_deceptive(char: char) -> bool {
    char.is_control()
        || matches!(char,
            '\u{61C}' | '\u{180E}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

/// `text` on one line with every deceptive character spelled out (`\n`, `\u{202e}`).
pub fn escape(text: &str) -> Cow<'_, str> {
    escape_but(text, &[])
}

/// Like [`escape`], but line feeds stay.
pub fn escape_lines(text: &str) -> Cow<'_, str> {
    escape_but(text, &['\n'])
}

fn escape_but<'t>(text: &'t str, kept: &[char]) -> Cow<'t, str> {
    let strange = |char: char| is_deceptive(char) && !kept.contains(&char);
    if !text.contains(strange) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for char in text.chars() {
        if strange(char) { push_escaped(&mut escaped, char) } else { escaped.push(char) }
    }
    Cow::Owned(escaped)
}

/// Appends the spelling of a deceptive character.
pub fn push_escaped(text: &mut String, char: char) {
    match char {
        '\n' => text.push_str("\\n"),
        '\r' => text.push_str("\\r"),
        '\t' => text.push_str("\\t"),
        other => {
            let _ = write!(text, "\\u{{{:x}}}", u32::from(other));
        }
    }
}

/// The same lines, none of which is a command to the CI system that keeps them: `::error …` begins one for GitHub, and `##[…]`
/// and `##vso[…]` are ones wherever they stand. A text that is wrapped may come to begin a line with anything.
pub fn no_commands(text: &str) -> Cow<'_, str> {
    let begins = |line: &str| line.trim_start().starts_with("::");
    let mut text = Cow::Borrowed(text);
    for (command, harmless) in [("##[", "#\\u{23}["), ("##vso[", "#\\u{23}vso[")] {
        if text.contains(command) {
            text = Cow::Owned(text.replace(command, harmless));
        }
    }
    if text.contains("::") && text.split('\n').any(begins) {
        let line = |line: &str| if begins(line) { line.replacen(':', "\\u{3a}", 1) } else { line.to_owned() };
        text = Cow::Owned(text.split('\n').map(line).collect::<Vec<_>>().join("\n"));
    }
    text
}

/// The same JSON text with each deceptive character as `\u…`, so that it can't reach a terminal.
///
/// Line feeds stay: within strings JSON has them escaped, outside they lay the text out.
pub fn json(text: &str) -> Cow<'_, str> {
    let strange = |char: char| char != '\n' && is_deceptive(char);
    if !text.contains(strange) {
        return Cow::Borrowed(text);
    }
    let mut spelled = String::with_capacity(text.len() + 16);
    for char in text.chars() {
        if strange(char) {
            let mut units = [0; 2];
            spelled.extend(char.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            spelled.push(char);
        }
    }
    Cow::Owned(spelled)
}

/// Writes JSON text as [`json`] spells it. Each piece has whole characters, as those of `serde_json` have.
#[derive(Debug)]
pub struct JsonText<W>(
    /// Where it goes.
    pub W,
);

impl<W: io::Write> io::Write for JsonText<W> {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        let text = std::str::from_utf8(piece).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        self.0.write_all(json(text).as_bytes())?;
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// How many columns `text` takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// The columns of one character.
pub fn char_width(char: char) -> usize {
    char.width().unwrap_or(0)
}

/// `text`, or as much of its start as fits in `columns` with an ellipsis at the end.
pub fn cut(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let mut kept = String::new();
    let mut used = 1;
    for char in text.chars() {
        used += char_width(char);
        if used > columns {
            break;
        }
        kept.push(char);
    }
    kept.truncate(kept.trim_end().len());
    if columns > 0 {
        kept.push('…');
    }
    Cow::Owned(kept)
}

/// `text` cut to `columns` and filled up with spaces on its right.
pub fn pad(text: &str, columns: usize) -> String {
    let cut = cut(text, columns);
    let fill = columns.saturating_sub(width(&cut));
    format!("{cut}{:fill$}", "")
}

/// `text` with spaces on its left.
pub fn pad_left(text: &str, columns: usize) -> String {
    let fill = columns.saturating_sub(width(text));
    format!("{:fill$}{text}", "")
}

/// A text behind what begins its first line and each further one, broken between words.
pub fn hanging(first: &str, text: &str, further: &str, columns: usize) -> String {
    let options = textwrap::Options::new(columns.max(20))
        .initial_indent(first)
        .subsequent_indent(further)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::fill(text, options)
}

/// `1 step`, `2 steps`.
pub fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_deceives_is_spelled_out() {
        let cases = [
            ("plain ünïcode 語", "plain ünïcode 語"),
            ("a\nb\tc\r", "a\\nb\\tc\\r"),
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("user\u{202e}txt", "user\\u{202e}txt"),
            ("\u{2066}x\u{2069}", "\\u{2066}x\\u{2069}"),
            ("zero\u{feff}width", "zero\\u{feff}width"),
            ("c1 \u{9b}", "c1 \\u{9b}"),
            ("👩\u{200d}🔬", "👩\u{200d}🔬"),
        ];
        for (text, expected) in cases {
            assert_eq!(escape(text), expected);
        }
        assert_eq!(escape_lines("a\nb\u{7}"), "a\nb\\u{7}");
    }

    #[test]
    fn no_line_is_a_command_to_ci() {
        for (text, expected) in [
            ("a::b std::vec\n  c :: d", "a::b std::vec\n  c :: d"),
            ("a\n \t::error file=a::b\n::add-mask::c", "a\n \t\\u{3a}:error file=a::b\n\\u{3a}:add-mask::c"),
            (
                "see ##[error]a and ##vso[task.setvariable]b # [c]",
                "see #\\u{23}[error]a and #\\u{23}vso[task.setvariable]b # [c]",
            ),
        ] {
            assert_eq!(no_commands(text), expected);
        }
        assert!(matches!(no_commands("a::b"), Cow::Borrowed(_)));
    }

    #[test]
    fn cutting_counts_columns() {
        let cases = [
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("ab cd", 4, "ab…"),
            ("語語語", 4, "語…"),
            ("語語", 4, "語語"),
            ("abc", 1, "…"),
            ("abc", 0, ""),
        ];
        for (text, columns, expected) in cases {
            assert_eq!(cut(text, columns), expected, "{text} in {columns}");
        }
        assert_eq!(pad("語", 4), "語  ");
        assert_eq!(pad_left("7", 3), "  7");
    }
}
