//! The walk over literal and folded block scalars (YAML 1.2 §8.1).

use std::ops::Range;

use super::Walk;

pub(super) fn literal(walk: &mut Walk<'_>) -> Option<()> {
    run(walk, Folding::Keep)
}

pub(super) fn folded(walk: &mut Walk<'_>) -> Option<()> {
    run(walk, Folding::Fold)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Folding {
    Keep,
    Fold,
}

/// A content line that has been passed.
struct Line {
    /// Where its text ends in the written form, before the break.
    end: usize,
    /// Whether it begins with a blank beyond the indentation, which keeps the breaks around it.
    indented_more: bool,
}

fn run(walk: &mut Walk<'_>, folding: Folding) -> Option<()> {
    let written = walk.written;
    let header = written.find('\n').map_or(written.len(), |at| at + 1);
    let indent = indentation(written.get(header..)?, walk.decoded)?;
    let mut previous = Line { end: header, indented_more: true };
    let mut breaks = 0_usize;
    for line in lines(written, header) {
        let content = line.start + leading_spaces(written.get(line.clone())?).min(indent)..line.end;
        if !content.is_empty() {
            let indented_more = written.get(content.clone())?.starts_with([' ', '\t']);
            let folds = folding == Folding::Fold && !previous.indented_more && !indented_more;
            let value = match (folds, breaks) {
                (true, 1) => " ".to_owned(),
                (true, _) => "\n".repeat(breaks.saturating_sub(1)),
                (false, _) => "\n".repeat(breaks),
            };
            walk.stands_for(&value, previous.end..content.start)?;
            walk.same(content.clone())?;
            previous = Line { end: content.end, indented_more };
            breaks = 0;
        }
        breaks += 1;
    }
    let rest = walk.decoded.get(walk.at..)?.to_owned();
    rest.bytes().all(|byte| byte == b'\n').then_some(())?;
    walk.stands_for(&rest, previous.end..written.len())
}

/// How many columns the block is indented: those of its first content line that the decoded text lacks.
fn indentation(body: &str, decoded: &str) -> Option<usize> {
    let Some(line) = body.split('\n').find(|line| !line.trim_end_matches('\r').trim_start_matches(' ').is_empty())
    else {
        return Some(0);
    };
    leading_spaces(line).checked_sub(leading_spaces(decoded.trim_start_matches('\n')))
}

fn leading_spaces(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// The lines of `written` from byte `from`, without their breaks.
fn lines(written: &str, from: usize) -> impl Iterator<Item = Range<usize>> + '_ {
    let body = written.get(from..).unwrap_or_default();
    body.split_inclusive('\n').scan(from, |start, line| {
        let range = *start..*start + line.trim_end_matches('\n').trim_end_matches('\r').len();
        *start += line.len();
        Some(range)
    })
}
