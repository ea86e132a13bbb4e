//! Sets of characters.

use super::fold;

/// A set of characters: ranges and Unicode properties, or all but these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Set {
    /// Sorted and apart from each other once [`Set::close`] has run.
    pub(super) ranges: Vec<(char, char)>,
    /// `\p{…}` and `\P{…}` as written.
    pub(super) properties: Vec<String>,
    /// Whether it is all but these.
    pub(super) negated: bool,
}

/// `\d`
pub(super) const DIGITS: &[(char, char)] = &[('0', '9')];
/// `\w`
pub(super) const WORD: &[(char, char)] = &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')];
/// `\s`: WhiteSpace and LineTerminator
pub(super) const SPACE: &[(char, char)] = &[
    ('\t', '\r'),
    (' ', ' '),
    ('\u{A0}', '\u{A0}'),
    ('\u{1680}', '\u{1680}'),
    ('\u{2000}', '\u{200A}'),
    ('\u{2028}', '\u{2029}'),
    ('\u{202F}', '\u{202F}'),
    ('\u{205F}', '\u{205F}'),
    ('\u{3000}', '\u{3000}'),
    ('\u{FEFF}', '\u{FEFF}'),
];
/// What `.` does not match.
pub(super) const LINE_TERMINATORS: &[(char, char)] = &[('\n', '\n'), ('\r', '\r'), ('\u{2028}', '\u{2029}')];

impl Set {
    /// The characters of `ranges`, or all others.
    pub(super) fn of(ranges: &[(char, char)], negated: bool) -> Set {
        Set { ranges: ranges.to_vec(), properties: Vec::new(), negated }
    }

    /// The set that `\d`, `\D`, `\w`, `\W`, `\s` and `\S` name.
    pub(super) fn escape(letter: char) -> Option<Set> {
        Some(match letter {
            'd' => Set::of(DIGITS, false),
            'D' => Set::of(DIGITS, true),
            'w' => Set::of(WORD, false),
            'W' => Set::of(WORD, true),
            's' => Set::of(SPACE, false),
            'S' => Set::of(SPACE, true),
            _ => return None,
        })
    }

    /// Adds the characters of another set.
    pub(super) fn add(&mut self, other: &Set) {
        if other.negated && other.properties.is_empty() {
            self.ranges.extend(complement(&other.ranges));
        } else {
            self.ranges.extend(&other.ranges);
            self.properties.extend(other.properties.iter().cloned());
        }
    }

    /// The ranges of its characters, its properties left out.
    pub(super) fn members(&self) -> Vec<(char, char)> {
        if self.negated { complement(&self.ranges) } else { self.ranges.clone() }
    }

    /// Sorts the ranges, and adds what equals a member but for case if `ignore_case`.
    pub(super) fn close(&mut self, ignore_case: bool) {
        normalize(&mut self.ranges);
        if ignore_case {
            let additions: Vec<_> = fold::groups()
                .iter()
                .filter(|group| group.iter().any(|member| contains(&self.ranges, *member)))
                .flat_map(|group| group.iter().map(|member| (*member, *member)))
                .collect();
            self.ranges.extend(additions);
            normalize(&mut self.ranges);
        }
    }
}

fn contains(ranges: &[(char, char)], character: char) -> bool {
    let after = ranges.partition_point(|(low, _)| *low <= character);
    after > 0 && ranges.get(after - 1).is_some_and(|(_, high)| character <= *high)
}

fn normalize(ranges: &mut Vec<(char, char)>) {
    ranges.sort_unstable();
    let mut merged: Vec<(char, char)> = Vec::with_capacity(ranges.len());
    for (low, high) in ranges.drain(..) {
        match merged.last_mut() {
            Some((_, last)) if low <= *last || successor(*last) == Some(low) => *last = high.max(*last),
            _ => merged.push((low, high)),
        }
    }
    *ranges = merged;
}

/// All characters outside of sorted ranges that do not touch.
fn complement(ranges: &[(char, char)]) -> Vec<(char, char)> {
    let mut sorted = ranges.to_vec();
    normalize(&mut sorted);
    let mut outside = Vec::new();
    let mut next = Some('\0');
    for (low, high) in sorted {
        if let (Some(start), Some(end)) = (next, predecessor(low))
            && start <= end
        {
            outside.push((start, end));
        }
        next = successor(high);
    }
    outside.extend(next.map(|start| (start, char::MAX)));
    outside
}

fn successor(character: char) -> Option<char> {
    match character {
        '\u{D7FF}' => Some('\u{E000}'),
        _ => char::from_u32(u32::from(character) + 1),
    }
}

fn predecessor(character: char) -> Option<char> {
    match character {
        '\u{E000}' => Some('\u{D7FF}'),
        _ => char::from_u32(u32::from(character).checked_sub(1)?),
    }
}
