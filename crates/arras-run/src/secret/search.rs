//! Finding any of many texts in one, at a cost that does not grow with their number.

use std::collections::{HashMap, HashSet};

/// How many first bytes tell whether a text may begin here.
const PREFIX: usize = super::SHORTEST_WITHIN;

/// Texts to be found.
#[derive(Clone, Debug, Default)]
pub(super) struct Spellings {
    all: HashSet<String>,
    /// The lengths of those that begin with the same bytes, the longest first.
    lengths: HashMap<[u8; PREFIX], Vec<usize>>,
    /// The first bytes of all of them, a bit for each: most places of a text are none where one begins.
    first: [u64; 4],
}

impl Spellings {
    /// Adds a text; one shorter than any that is looked for is left out.
    pub(super) fn add(&mut self, text: String) {
        let Some(prefix) = text.as_bytes().first_chunk() else { return };
        let lengths = self.lengths.entry(*prefix).or_default();
        if let Err(at) = lengths.binary_search_by(|known| text.len().cmp(known)) {
            lengths.insert(at, text.len());
        }
        let first = usize::from(prefix[0]);
        self.first[first / 64] |= 1 << (first % 64);
        self.all.insert(text);
    }

    /// The text with `mask` in the place of each that is in it, and once in the place of those that overlap.
    pub(super) fn mask(&self, text: &str, mask: &str) -> String {
        if self.all.is_empty() {
            return text.to_owned();
        }
        let mut out = String::new();
        let mut copied = 0;
        let mut masked: Option<usize> = None;
        for (start, byte) in text.bytes().enumerate() {
            if masked == Some(start) {
                out.push_str(mask);
                copied = start;
                masked = None;
            }
            let may_begin = self.first[usize::from(byte / 64)] >> (byte % 64) & 1 == 1;
            if may_begin && let Some(end) = self.longest(text, start) {
                if masked.is_none() {
                    out.push_str(&text[copied..start]);
                }
                masked = masked.max(Some(end));
            }
        }
        if masked.is_some() {
            out.push_str(mask);
            copied = text.len();
        }
        out.push_str(&text[copied..]);
        out
    }

    /// Where the longest of them that begins at this byte ends.
    fn longest(&self, text: &str, start: usize) -> Option<usize> {
        let prefix = text.as_bytes().get(start..)?.first_chunk()?;
        let ends = self.lengths.get(prefix)?.iter().map(|length| start + length);
        ends.into_iter().find(|end| text.get(start..*end).is_some_and(|part| self.all.contains(part)))
    }
}

/// Short texts to be found only where they are a whole string within JSON.
#[derive(Clone, Debug, Default)]
pub(super) struct Quoted {
    all: HashSet<String>,
    longest: usize,
}

impl Quoted {
    pub(super) fn add(&mut self, text: String) {
        self.longest = self.longest.max(text.len());
        self.all.insert(text);
    }

    /// The text with `mask` in the place of each that stands in quotation marks.
    pub(super) fn mask(&self, text: String, mask: &str) -> String {
        if self.all.is_empty() {
            return text;
        }
        let mut out = String::new();
        let mut copied = 0;
        for (quote, _) in text.match_indices('"') {
            let from = quote + 1;
            if from <= copied {
                continue;
            }
            let quoted = |length| text.get(from..from + length).filter(|_| text[from + length..].starts_with('"'));
            let found = (1..=self.longest).filter_map(quoted).find(|part| self.all.contains(*part));
            if let Some(part) = found {
                out.push_str(&text[copied..from]);
                out.push_str(mask);
                copied = from + part.len();
            }
        }
        out.push_str(&text[copied..]);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_overlap_are_masked_as_one() {
        let mut spellings = Spellings::default();
        for text in ["abcd", "cdefgh", "abcdab", "ünüü", "ab"] {
            spellings.add(text.to_owned());
        }
        for (text, expected) in [
            ("", ""),
            ("ab", "ab"),
            ("xabcdx", "x*x"),
            ("abcdefgh.", "*."),
            ("abcdabcd", "*"),
            ("abcdxabcd", "*x*"),
            ("-ünüüü", "-*ü"),
            ("üabcd", "ü*"),
        ] {
            assert_eq!(spellings.mask(text, "*"), expected, "{text}");
        }
    }

    /// With a hundred thousand texts a search that looks for each would never end.
    #[test]
    fn many_texts_cost_no_more_than_few() {
        let mut spellings = Spellings::default();
        for number in 0..100_000 {
            spellings.add(format!("customer-{number:06}@example.com"));
        }
        let line = "customer-012345@example.com, customer-999999@example.com; ".repeat(2_000);
        let masked = spellings.mask(&line, "***");
        assert_eq!(masked.matches("***, customer-999999@example.com; ").count(), 2_000);
    }
}
