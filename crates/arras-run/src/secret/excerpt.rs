//! Texts of a run of which people see the beginning alone.
//!
//! A cut, and white space that is folded, leave parts of secrets that nobody finds any more. So whoever tells such a text
//! marks it, and it is cut where it was masked.

use std::borrow::Cow;

/// How many characters of a phrase fit a line.
const PHRASE: usize = 120;

/// How many characters of an answer say what it is about.
const ANSWER: usize = 300;

/// Unicode has these for use within a program: no text that is exchanged has them.
const OF_PHRASE: char = '\u{FDD0}';
const OF_ANSWER: char = '\u{FDD1}';
const END: char = '\u{FDD2}';
/// Around a value.
pub(super) const VALUE: char = '\u{FDD3}';

/// A phrase with a value in it, to be cut to what fits a line.
pub(crate) fn phrase(before: &str, value: &str, after: &str) -> String {
    format!("{OF_PHRASE}{}{VALUE}{}{VALUE}{}{END}", unmarked(before), unmarked(value), unmarked(after))
}

/// Something that a service says, of which what comes before the first blank line is to be told, on one line, cut.
pub(crate) fn answer(text: &str) -> String {
    format!("{OF_ANSWER}{}{END}", unmarked(text))
}

fn unmarked(text: &str) -> String {
    text.replace([OF_PHRASE, OF_ANSWER, END, VALUE], "\u{FFFD}")
}

/// The text with `mask` applied to its parts, then cut where it is marked.
pub(super) fn cut<'t>(text: &'t str, mask: impl Fn(&'t str) -> Cow<'t, str>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find([OF_PHRASE, OF_ANSWER]) {
        out += &mask(&rest[..start]);
        let is_phrase = rest[start..].starts_with(OF_PHRASE);
        let inner = &rest[start + OF_PHRASE.len_utf8()..];
        let (inner, after) = inner.split_once(END).unwrap_or((inner, ""));
        let inner = mask(inner);
        match is_phrase {
            true => shorten(&inner.replace(VALUE, ""), PHRASE, &mut out),
            false => shorten(&on_one_line(&inner), ANSWER, &mut out),
        }
        rest = after;
    }
    out + &mask(rest)
}

fn on_one_line(text: &str) -> String {
    let first = text.trim_start().split("\n\n").next().unwrap_or_default();
    first.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn shorten(text: &str, most: usize, out: &mut String) {
    let end = text.char_indices().nth(most).map(|(end, _)| end);
    *out += &text[..end.unwrap_or(text.len())];
    if end.is_some() {
        out.push('…');
    }
}

#[cfg(test)]
mod tests {
    use super::super::Secrets;
    use super::*;

    #[test]
    fn what_is_cut_was_masked() {
        let long = |count: usize| "x".repeat(count);
        let key = "-----BEGIN KEY-----\nAAAA  BBBB\n\nCCCC\n-----END KEY-----";
        let token = "t".repeat(1_000);
        let mut secrets = Secrets::default();
        [key, &token, "hush hush", "123"].iter().for_each(|secret| secrets.add(secret));
        for (told, expected) in [
            (format!("a  b {token}"), "a  b ***".to_owned()),
            (phrase("$x is ", &format!("{token}, {}", long(120)), ""), format!("$x is ***, {}…", long(109))),
            (phrase("", &format!("{}hush hush{}", long(115), long(9)), ""), format!("{}***xx…", long(115))),
            (format!("{}, {}", phrase("a", "", ""), phrase("", "hush hush", "")), "a, ***".to_owned()),
            (phrase("123 is ", "123", ": 1"), "123 is ***: 1".to_owned()),
            (format!("it says {}!", answer(&format!(" \n{key}\n  more\n\nand more"))), "it says *** more!".to_owned()),
            (answer(&format!("a\r\n b\tc {token}d")), "a b c ***d".to_owned()),
            (answer(&format!("{}hush hush", long(298))), format!("{}**…", long(298))),
            (phrase("odd \u{FDD2}\u{FDD1}", "marks", ""), "odd \u{FFFD}\u{FFFD}marks".to_owned()),
        ] {
            let plain = told.replace(key, "***").replace(&token, "***").replace("hush hush", "***");
            let plain = plain.replace("\u{FDD3}123", "***");
            assert_eq!(secrets.told(&told), expected, "{told}");
            assert_eq!(Secrets::default().told(&plain), expected, "{told}");
        }
    }
}
