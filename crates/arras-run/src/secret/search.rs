//! Finding any of many texts in one, at a cost that does not grow with their number.

use std::collections::HashMap;
use std::ops::Range;

use super::escapes::{Alphabet, Escapes};
use super::excerpt::VALUE;
use super::rolling::{Base, Length, Parts};

/// How many first bytes tell whether a text may begin here.
const PREFIX: usize = super::SHORTEST_WITHIN;

/// How long a text is that is looked up by its print.
const LONG: usize = 65;

/// A text that was found, with what is said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hit<N> {
    pub(super) range: Range<usize>,
    pub(super) what: N,
}

/// Texts to be found, each with what is said of it.
#[derive(Clone, Debug)]
pub(super) struct Texts<N> {
    all: HashMap<Box<[u8]>, N>,
    /// Those that are too long to be looked up at each place, by their prints.
    long: HashMap<u64, N>,
    base: Base,
    /// The lengths of those that begin with the same bytes, the longest first.
    lengths: HashMap<[u8; PREFIX], Vec<Length>>,
    /// A bit for the first bytes of each: most places of a text are none where one begins.
    begins: Box<[u64]>,
    longest: usize,
    alphabet: Alphabet,
}

/// How many bits tell whether a text may begin so, as a power of two.
const BITS: u32 = 14;

/// The bit for the first bytes of a text: its word, and itself in that.
fn bit(prefix: [u8; PREFIX]) -> (usize, u64) {
    let hash = u32::from_le_bytes(prefix).wrapping_mul(0x9E37_79B1) >> (32 - BITS);
    ((hash / 64) as usize, 1 << (hash % 64))
}

impl<N> Default for Texts<N> {
    fn default() -> Texts<N> {
        Texts {
            all: HashMap::new(),
            long: HashMap::new(),
            base: Base::default(),
            lengths: HashMap::new(),
            begins: Box::default(),
            longest: 0,
            alphabet: Alphabet::default(),
        }
    }
}

impl<N: Copy> Texts<N> {
    /// Adds a text, of which what was said first stands; one shorter than any that is looked for is left out.
    pub(super) fn add(&mut self, text: Vec<u8>, what: N) {
        let Some(prefix) = text.first_chunk() else { return };
        let lengths = self.lengths.entry(*prefix).or_default();
        if let Err(at) = lengths.binary_search_by(|known| text.len().cmp(&known.bytes)) {
            lengths.insert(at, self.base.length(text.len()));
        }
        if self.begins.is_empty() {
            self.begins = vec![0; 1 << (BITS - 6)].into();
        }
        let (word, bit) = bit(*prefix);
        self.begins[word] |= bit;
        self.longest = self.longest.max(text.len());
        self.alphabet.add(&text);
        if text.len() < LONG {
            self.all.entry(text.into()).or_insert(what);
        } else {
            self.long.entry(self.base.print(&text)).or_insert(what);
        }
    }

    /// The length of the longest.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    /// The bytes that they have.
    pub(super) fn alphabet(&self) -> &Alphabet {
        &self.alphabet
    }

    /// The longest that begins at each of these places.
    pub(super) fn find(&self, bytes: &[u8], places: impl Iterator<Item = Range<usize>>, hits: &mut Vec<Hit<N>>) {
        if self.begins.is_empty() {
            return;
        }
        let mut parts = Parts::new(bytes, self.base, self.longest);
        for places in places {
            let end = bytes.len().min(places.end.saturating_add(PREFIX - 1));
            let begins = bytes.get(places.start..end).unwrap_or_default().windows(PREFIX);
            for (at, prefix) in begins.enumerate() {
                let Some((word, bit)) = prefix.first_chunk().map(|prefix| bit(*prefix)) else { continue };
                if self.begins[word] & bit != 0 {
                    hits.extend(self.longest_at(bytes, places.start + at, &mut parts));
                }
            }
        }
    }

    fn longest_at(&self, bytes: &[u8], start: usize, parts: &mut Parts<'_>) -> Option<Hit<N>> {
        let prefix = bytes.get(start..)?.first_chunk()?;
        self.lengths.get(prefix)?.iter().find_map(|length| {
            let range = start..start + length.bytes;
            let what = if length.bytes < LONG {
                self.all.get(bytes.get(range.clone())?)
            } else {
                self.long.get(&parts.print(start, *length)?)
            };
            what.map(|what| Hit { range, what: *what })
        })
    }
}

/// Those that overlap as one, which is what the longest of them is; in order.
pub(super) fn united<N>(mut hits: Vec<Hit<N>>) -> Vec<Hit<N>> {
    hits.sort_by_key(|hit| (hit.range.start, std::cmp::Reverse(hit.range.end)));
    let mut out: Vec<Hit<N>> = Vec::new();
    let mut longest = 0;
    for hit in hits {
        match out.last_mut().filter(|last| hit.range.start < last.range.end) {
            Some(last) => {
                last.range.end = last.range.end.max(hit.range.end);
                if hit.range.len() > longest {
                    (longest, last.what) = (hit.range.len(), hit.what);
                }
            }
            None => {
                longest = hit.range.len();
                out.push(hit);
            }
        }
    }
    out
}

/// Short texts to be found only where they are a whole value within JSON.
#[derive(Clone, Debug, Default)]
pub(super) struct Quoted {
    all: HashMap<Box<[u8]>, usize>,
    longest: usize,
    /// Whether one is a number that is long enough to be one.
    has_number: bool,
}

/// How long a number is at least that is found: shorter ones count and choose, and would be found everywhere.
const SHORTEST_NUMBER: usize = 3;

impl Quoted {
    pub(super) fn add(&mut self, text: &str, number: usize) {
        self.longest = self.longest.max(text.len());
        self.has_number |= is_number(text.as_bytes());
        self.all.entry(text.as_bytes().into()).or_insert(number);
    }

    /// Each that stands in quotation marks, however it is escaped, and each that is a number where one is a value.
    pub(super) fn find<N>(&self, bytes: &[u8], what: impl Fn(usize) -> N, hits: &mut Vec<Hit<N>>) {
        if self.all.is_empty() {
            return;
        }
        let mut at = 0;
        while let Some(quote) = bytes[at..].iter().position(|byte| *byte == b'"') {
            at += quote + 1;
            if let Some((end, number)) = self.closed(bytes, at) {
                hits.push(Hit { range: at..end, what: what(number) });
                at = end;
            }
        }
        if self.has_number {
            let starts = (0..bytes.len()).filter(|at| is_before_value(&bytes[..=*at]));
            hits.extend(
                starts
                    .filter_map(|at| self.number(bytes, at + 1))
                    .map(|(range, number)| Hit { range, what: what(number) }),
            );
        }
    }

    /// The number that is the value from here to where it ends, if it is one of them.
    fn number(&self, bytes: &[u8], from: usize) -> Option<(Range<usize>, usize)> {
        let is_space = |byte: &u8| byte.is_ascii_whitespace();
        let start = from + bytes[from..].iter().position(|byte| !is_space(byte))?;
        let is_end = |byte: &u8| is_space(byte) || matches!(byte, b',' | b'}' | b']') || !byte.is_ascii();
        // no longer one is looked for
        let end = start + bytes[start..].iter().take(self.longest + 1).position(is_end)?;
        let text = &bytes[start..end];
        let number = self.all.get(text).filter(|_| is_number(text))?;
        Some((start..end, *number))
    }

    /// Where the string that begins here ends, if it is one of them.
    fn closed(&self, bytes: &[u8], from: usize) -> Option<(usize, usize)> {
        let mut text = Vec::new();
        let mut at = from;
        while text.len() <= self.longest {
            match *bytes.get(at)? {
                b'"' => return self.all.get(text.as_slice()).map(|number| (at, *number)),
                b'\\' => {
                    let (length, character) = Escapes::Json.read(&bytes[at..])?;
                    character.write(&mut text);
                    at += length;
                }
                byte => {
                    text.push(byte);
                    at += 1;
                }
            }
        }
        None
    }
}

/// Whether a value may follow, in JSON or in what is told of one.
fn is_before_value(bytes: &[u8]) -> bool {
    match bytes {
        [.., b':' | b',' | b'['] => true,
        [.., last] => !last.is_ascii() && bytes.ends_with(VALUE.encode_utf8(&mut [0; 4]).as_bytes()),
        [] => false,
    }
}

/// Whether a text looks like a number that may be a secret.
fn is_number(text: &[u8]) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_digit() || b"-.eE".contains(byte);
    text.len() >= SHORTEST_NUMBER && text.iter().all(is_part) && text.iter().any(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(texts: &Texts<()>, text: &str) -> String {
        let mut hits = Vec::new();
        texts.find(text.as_bytes(), std::iter::once(0..text.len()), &mut hits);
        let mut out = String::new();
        let mut copied = 0;
        for hit in united(hits) {
            out += &text[copied..hit.range.start];
            out += "*";
            copied = hit.range.end;
        }
        out + &text[copied..]
    }

    #[test]
    fn texts_that_overlap_are_found_as_one() {
        let mut texts = Texts::default();
        for text in ["abcd", "cdefgh", "abcdab", "ünüü", "ab"] {
            texts.add(text.into(), ());
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
            assert_eq!(masked(&texts, text), expected, "{text}");
        }
    }

    #[test]
    fn long_texts_cost_no_more_than_short_ones() {
        let mut texts = Texts::default();
        let long = |length: usize, end: &str| "a".repeat(length) + end;
        for length in [70, 300, 8_000] {
            texts.add(long(length, "b").into(), ());
        }
        texts.add(long(40_000, "").into(), ());
        let hay = long(30_000, "c") + &long(8_000, "b") + "c" + &long(299, "b") + &long(69, "b") + &long(50_000, "d");
        let expected = long(30_000, "c") + "*c" + &long(229, "*") + &long(69, "b") + "*d";
        assert_eq!(masked(&texts, &hay), expected);
    }

    /// With a hundred thousand texts a search that looks for each would never end.
    #[test]
    fn many_texts_cost_no_more_than_few() {
        let mut texts = Texts::default();
        for number in 0..100_000 {
            texts.add(format!("customer-{number:06}@example.com").into(), ());
        }
        let line = "customer-012345@example.com, customer-999999@example.com; ".repeat(2_000);
        assert_eq!(masked(&texts, &line).matches("*, customer-999999@example.com; ").count(), 2_000);
    }
}
