//! The walk over plain and quoted scalars, which fold their line breaks (YAML 1.2 §7.3).

use std::ops::Range;

use super::Walk;

pub(super) fn plain(walk: &mut Walk<'_>) -> Option<()> {
    run(walk, 0..walk.written.len(), |_, _| None)
}

pub(super) fn single_quoted(walk: &mut Walk<'_>) -> Option<()> {
    let end = walk.written.len().checked_sub(1).filter(|end| *end >= 1)?;
    run(walk, 1..end, |written, at| written.get(at..)?.starts_with("''").then(|| (Some('\''), at + 2)))
}

pub(super) fn double_quoted(walk: &mut Walk<'_>) -> Option<()> {
    let end = walk.written.len().checked_sub(1).filter(|end| *end >= 1)?;
    run(walk, 1..end, escape)
}

/// An escape at a byte of the written form: the character it stands for, if any, and where it ends.
type Escape = fn(&str, usize) -> Option<(Option<char>, usize)>;

fn run(walk: &mut Walk<'_>, inside: Range<usize>, escape: Escape) -> Option<()> {
    let written = walk.written;
    let bytes = written.as_bytes().get(..inside.end)?;
    let mut at = inside.start;
    let mut same_from = at;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' | b'\'' if let Some((value, end)) = escape(written, at) => {
                walk.same(same_from..at)?;
                walk.stands_for(value.map(String::from).as_deref().unwrap_or_default(), at..end)?;
                (at, same_from) = (end, end);
            }
            b' ' | b'\t' | b'\n' | b'\r' => match fold(bytes, at) {
                Some((breaks, end)) => {
                    walk.same(same_from..at)?;
                    let value = if breaks == 1 { " ".to_owned() } else { "\n".repeat(breaks - 1) };
                    walk.stands_for(&value, at..end)?;
                    (at, same_from) = (end, end);
                }
                None => at += blanks(bytes, at).max(1),
            },
            _ => at += 1,
        }
    }
    walk.same(same_from..at)
}

/// The line breaks among the white space from byte `at`, at least one, and where it ends.
fn fold(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let white = bytes.get(at..)?.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
    let breaks = count_breaks(bytes.get(at..at + white)?);
    (breaks > 0).then_some((breaks, at + white))
}

fn blanks(bytes: &[u8], at: usize) -> usize {
    bytes.get(at..).map_or(0, |rest| rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count())
}

/// `\n`, `\r\n` and a lone `\r` each break a line once.
fn count_breaks(bytes: &[u8]) -> usize {
    let lone = bytes.iter().enumerate().filter(|(at, byte)| **byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'));
    lone.count() + bytes.iter().filter(|byte| **byte == b'\n').count()
}

/// A backslash and what follows it (YAML 1.2 §5.7, JSON's among them).
fn escape(written: &str, at: usize) -> Option<(Option<char>, usize)> {
    let rest = written.get(at..)?.strip_prefix('\\')?;
    let code = rest.chars().next()?;
    let value = match code {
        '0' => '\0',
        'a' => '\u{7}',
        'b' => '\u{8}',
        't' | '\t' => '\t',
        'n' => '\n',
        'v' => '\u{b}',
        'f' => '\u{c}',
        'r' => '\r',
        'e' => '\u{1b}',
        'N' => '\u{85}',
        '_' => '\u{a0}',
        'L' => '\u{2028}',
        'P' => '\u{2029}',
        'x' => return hex(rest, 2).map(|code| (char::from_u32(code), at + 4)),
        'U' => return hex(rest, 8).map(|code| (char::from_u32(code), at + 10)),
        'u' => return utf16(rest).map(|(char, len)| (Some(char), at + 1 + len)),
        '\n' | '\r' => return Some((None, escaped_break_end(written, at + 1))),
        other => other,
    };
    Some((Some(value), at + 1 + code.len_utf8()))
}

/// Where the line goes on after an escaped line break: past the break and the next line's indentation.
fn escaped_break_end(written: &str, at: usize) -> usize {
    let bytes = written.as_bytes();
    let end = if bytes.get(at..at + 2) == Some(b"\r\n") { at + 2 } else { at + 1 };
    end + blanks(bytes, end)
}

fn hex(rest: &str, digits: usize) -> Option<u32> {
    u32::from_str_radix(rest.get(1..=digits)?, 16).ok()
}

/// A character written as one `\u` or as a surrogate pair of two, and the bytes after the first backslash.
fn utf16(rest: &str) -> Option<(char, usize)> {
    let first = u16::try_from(hex(rest, 4)?).ok()?;
    let second = rest.get(5..).and_then(|next| next.strip_prefix('\\')).filter(|next| next.starts_with('u'));
    let second = second.and_then(|next| u16::try_from(hex(next, 4)?).ok());
    let mut decoded = char::decode_utf16([first].into_iter().chain(second));
    match decoded.next()? {
        Ok(char) => Some((char, if char.len_utf16() == 2 { 11 } else { 5 })),
        Err(_) => None,
    }
}
