//! Finding texts in whatever spelling, and putting others in their places.

use std::collections::HashSet;
use std::iter::once;
use std::ops::Range;

use super::base64::base64_texts;
use super::escapes::Escapes;
use super::search::{Hit, Quoted, Texts, united};
use super::stands_alone;
use crate::charset::Charset;

/// How many escapes one within another are undone: JSON in a string of JSON that is in one, as queues carry what was published.
const NESTED: usize = 3;

/// Texts that are found in every spelling: raw, in base64, and as JSON, XML, URLs and forms escape them, be it one within
/// another; in UTF-8, UTF-16, ISO 8859-1 and Windows-1252. Each has the number under which it was added.
///
/// Short ones are found only where they are a whole string within JSON, or a number of three characters.
#[derive(Clone, Debug, Default)]
pub struct Finder {
    spelled: Texts<usize>,
    wide: Texts<(usize, Wide)>,
    short: Quoted,
    /// Whether one has a space, so that a form spells it in its own way.
    has_space: bool,
    /// Whether one has more than ASCII, so that it has other bytes in encodings of single bytes.
    is_beyond_ascii: bool,
}

/// A place where a text was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The bytes.
    pub range: Range<usize>,
    /// The number of the text.
    pub number: usize,
    wide: Wide,
}

/// How many bytes a character of ASCII takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wide {
    /// One.
    No,
    /// Two, the lower first.
    Little,
    /// Two, the higher first.
    Big,
}

impl Wide {
    fn spell(self, text: &str) -> Vec<u8> {
        match self {
            Wide::No => text.as_bytes().to_vec(),
            Wide::Little => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Wide::Big => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        }
    }
}

type Hits = Vec<Hit<(usize, Wide)>>;

impl Finder {
    /// Adds a text under a number; an empty one is found nowhere.
    pub fn add(&mut self, text: &str, number: usize) {
        if stands_alone(text) {
            if !text.is_empty() {
                self.short.add(text, number);
            }
            return;
        }
        self.spelled.add(text.into(), number);
        for spelling in base64_texts(text.as_bytes()) {
            self.spelled.add(spelling.into(), number);
        }
        // a byte of such an encoding may be written by percent signs
        if let (false, Ok(bytes)) = (text.is_ascii(), Charset::Windows1252.encode(text)) {
            self.spelled.add(bytes, number);
        }
        for wide in [Wide::Little, Wide::Big] {
            self.wide.add(wide.spell(text), (number, wide));
        }
        self.has_space |= text.contains(' ');
        self.is_beyond_ascii |= !text.is_ascii();
    }

    /// Where any of the texts stands, in order; those that overlap as one place of the longest.
    pub fn find(&self, bytes: &[u8]) -> Vec<Found> {
        let mut hits = self.narrow(bytes);
        self.short.find(bytes, |number| (number, Wide::No), &mut hits);
        let is_utf8 = std::str::from_utf8(bytes).is_ok();
        if bytes.contains(&0) || !is_utf8 {
            let mut wide = Vec::new();
            self.wide.find(bytes, once(0..bytes.len()), &mut wide);
            self.in_utf16(bytes, Wide::Little, &mut wide);
            self.in_utf16(bytes, Wide::Big, &mut wide);
            hits.extend(decided(wide));
        }
        if self.is_beyond_ascii && !is_utf8 {
            self.in_single_bytes(bytes, &mut hits);
        }
        let found = |hit: Hit<(usize, Wide)>| Found { range: hit.range, number: hit.what.0, wide: hit.what.1 };
        united(hits).into_iter().map(found).collect()
    }

    /// Whether any of the texts stands in the bytes.
    pub fn is_in(&self, bytes: &[u8]) -> bool {
        !self.find(bytes).is_empty()
    }

    /// The text with what `with` says in place of each of the texts; those of which it says nothing stay.
    pub fn replace<'w>(&self, text: &str, with: impl FnMut(&Found) -> Option<&'w str>) -> String {
        let mut found = self.find(text.as_bytes());
        for one in &mut found {
            // in UTF-16 a part of what reads as UTF-8, too, may be found
            one.range = of_characters(text, one.range.clone());
        }
        let bytes = replaced(text.as_bytes(), &found, with);
        String::from_utf8(bytes).unwrap_or_else(|bytes| String::from_utf8_lossy(bytes.as_bytes()).into_owned())
    }

    /// The bytes with what `with` says in place of each of the texts, in the encoding of what stood there.
    pub fn replace_bytes<'w>(&self, bytes: &[u8], with: impl FnMut(&Found) -> Option<&'w str>) -> Vec<u8> {
        replaced(bytes, &self.find(bytes), with)
    }

    /// Where the texts stand in an encoding that has ASCII's bytes.
    fn narrow(&self, bytes: &[u8]) -> Hits {
        let mut hits = Vec::new();
        self.spelled.find(bytes, once(0..bytes.len()), &mut hits);
        self.escaped(bytes, None, NESTED, &mut hits);
        hits.into_iter().map(|hit| Hit { range: hit.range, what: (hit.what, Wide::No) }).collect()
    }

    /// Where they stand under escapes, in what was undone of others.
    fn escaped(&self, bytes: &[u8], outer: Option<Escapes>, nested: usize, hits: &mut Vec<Hit<usize>>) {
        if nested == 0 || self.spelled.longest() == 0 {
            return;
        }
        let is_looked_for =
            |escapes: &Escapes| escapes.stand_in(outer) && (*escapes != Escapes::Form || self.has_space);
        for escapes in Escapes::ALL.into_iter().filter(is_looked_for) {
            let Some(plain) = escapes.undone(bytes, self.spelled.alphabet()) else { continue };
            let known = hits.len();
            self.spelled.find(&plain.bytes, plain.places(self.spelled.longest()), hits);
            self.escaped(&plain.bytes, Some(escapes), nested - 1, hits);
            for hit in &mut hits[known..] {
                hit.range = plain.origin(hit.range.start)..plain.origin(hit.range.end);
            }
        }
    }

    /// Where they stand in bytes that are wholly UTF-16.
    fn in_utf16(&self, bytes: &[u8], wide: Wide, hits: &mut Hits) {
        let charset = if wide == Wide::Little { Charset::Utf16Le } else { Charset::Utf16Be };
        if let Some(text) = charset.decode(bytes) {
            let width = |character: char| 2 * character.len_utf16();
            hits.extend(self.translated(&text, width).map(|(range, number)| Hit { range, what: (number, wide) }));
        }
    }

    /// Where they stand in bytes of which each is a character.
    fn in_single_bytes(&self, bytes: &[u8], hits: &mut Hits) {
        if let Some(text) = Charset::Windows1252.decode(bytes) {
            hits.extend(self.translated(&text, |_| 1).map(|(range, number)| Hit { range, what: (number, Wide::No) }));
        }
    }

    /// Where they stand in the bytes that a text was decoded from, a character taking as many as `width` says.
    fn translated(&self, text: &str, width: impl Fn(char) -> usize) -> impl Iterator<Item = (Range<usize>, usize)> {
        let (mut decoded, mut place) = (0, 0);
        let mut origin = move |at: usize| {
            place += text[decoded..at].chars().map(&width).sum::<usize>();
            decoded = at;
            place
        };
        // bytes of single-byte encodings may be found within characters of UTF-8
        let whole = |hit: Hit<_>| Hit { range: of_characters(text, hit.range), ..hit };
        let found = united(self.narrow(text.as_bytes()).into_iter().map(whole).collect()).into_iter();
        found.map(move |hit| (origin(hit.range.start)..origin(hit.range.end), hit.what.0))
    }
}

/// ASCII in UTF-16 reads as the same text in the other order of bytes, beginning a byte before or behind: either is right, and
/// both are not.
fn decided(hits: Hits) -> impl Iterator<Item = Hit<(usize, Wide)>> {
    let little = hits.iter().filter(|hit| hit.what.1 == Wide::Little).map(|hit| hit.range.clone());
    let little: HashSet<Range<usize>> = little.collect();
    let is_little = move |range: &Range<usize>| {
        little.contains(&(range.start + 1..range.end + 1))
            || range.start.checked_sub(1).is_some_and(|start| little.contains(&(start..range.end - 1)))
    };
    hits.into_iter().filter(move |hit| hit.what.1 == Wide::Little || !is_little(&hit.range))
}

/// The bytes of the characters that a range has a part of.
fn of_characters(text: &str, mut range: Range<usize>) -> Range<usize> {
    while !text.is_char_boundary(range.start) {
        range.start -= 1;
    }
    while !text.is_char_boundary(range.end) {
        range.end += 1;
    }
    range
}

fn replaced<'w>(bytes: &[u8], found: &[Found], mut with: impl FnMut(&Found) -> Option<&'w str>) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut copied = 0;
    for one in found {
        let Some(text) = with(one) else { continue };
        // places that were widened may touch
        out.extend_from_slice(&bytes[copied..one.range.start.max(copied)]);
        out.extend(one.wide.spell(text));
        copied = one.range.end.max(copied);
    }
    out.extend_from_slice(&bytes[copied..]);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn finder(texts: &[&str]) -> Finder {
        let mut finder = Finder::default();
        texts.iter().enumerate().for_each(|(number, text)| finder.add(text, number));
        finder
    }

    #[test]
    fn texts_are_found_in_every_spelling() {
        let finder = finder(&["ä/<&\"x y", "ab", "true"]);
        for (text, expected) in [
            ("-ä/<&\"x y-", "-0-"),
            (r#"{"a":"\u00e4\/\u003c\u0026\u0022x y"}"#, r#"{"a":"0"}"#),
            (r#"{"a":"ä\/<&\"x y","b":"\u0061b","c":"cab"}"#, r#"{"a":"0","b":"1","c":"cab"}"#),
            (r#"{"m":"{\"a\":\"\\u00E4\\\/<&\\\"x y\"}"}"#, r#"{"m":"{\"a\":\"0\"}"}"#),
            (
                r#"{"m":"{\"m\":\"{\\\"a\\\":\\\"\\\\u00E4/<&\\\\\\\"x y\\\"}\"}"}"#,
                r#"{"m":"{\"m\":\"{\\\"a\\\":\\\"0\\\"}\"}"}"#,
            ),
            ("<a>ä/&lt;&amp;\"x y</a>", "<a>0</a>"),
            ("<a b='&#xe4;&#47;&#x3C;&#38;&quot;x&#32;y'/>", "<a b='0'/>"),
            (r#"{"m":"<a>\u00e4\/&lt;&amp;\"x y<\/a>"}"#, r#"{"m":"<a>0<\/a>"}"#),
            ("?a=%C3%A4/%3C%26%22x%20y&b", "?a=0&b"),
            ("?a=%c3%A4%2f%3c%26%22x+y&b=1+1", "?a=0&b=1+1"),
            ("r=%2F%3Fa%3D%25C3%25A4%252F%253C%2526%2522x%2By", "r=%2F%3Fa%3D0"),
            ("r=%2F+%3Fa%3D%25C3%25A4%252F%253C%2526%2522x%2By", "r=%2F+%3Fa%3D0"),
            ("?a=%E4%2F%3C%26%22x+y", "?a=0"),
            ("%7B%22a%22%3A%22%5Cu00e4%5C%2F%3C%26%5C%22x%20y%22%7D", "%7B%22a%22%3A%220%22%7D"),
            (r#"{"ok":true,"a":"true","it":"is true"}"#, r#"{"ok":true,"a":"2","it":"is true"}"#),
            ("ä/<&\"x", "ä/<&\"x"),
        ] {
            assert_eq!(finder.replace(text, |found| Some(["0", "1", "2"][found.number])), expected, "{text}");
        }
    }

    #[test]
    fn of_texts_that_overlap_the_longest_is_found() {
        let finder = finder(&["abcdef", "efghijklm", "hijk", "lmnop"]);
        let found = |text: &str| -> Vec<(Range<usize>, usize)> {
            finder.find(text.as_bytes()).into_iter().map(|one| (one.range, one.number)).collect()
        };
        assert_eq!(found("-abcdefghijklm-"), [(1..14, 1)]);
        assert_eq!(found("abcdefghijklmnop"), [(0..16, 1)]);
        assert_eq!(found("efghijklmnop"), [(0..12, 1)]);
        assert_eq!(found("abcdefgh, hijk"), [(0..6, 0), (10..14, 2)]);
    }

    #[test]
    fn texts_are_found_in_every_encoding() {
        let finder = finder(&["ä&<yz", "plain"]);
        let with = |found: &Found| Some(["zero", "one"][found.number]);
        for text in ["ä&<yz", "<a>\u{e4}&amp;&#60;yz", "<plain>ä", "😀 plain, ä&<yz 一"] {
            let expected = finder.replace(text, with);
            assert!(!finder.is_in(expected.as_bytes()) && finder.is_in(text.as_bytes()), "{text}");
            let charsets = [Charset::Utf8, Charset::Utf16, Charset::Utf16Le, Charset::Utf16Be, Charset::Windows1252];
            for charset in charsets {
                let Ok(encoded) = charset.encode(text) else { continue };
                let encoded = finder.replace_bytes(&encoded, with);
                assert_eq!(encoded, charset.encode(&expected).expect("ASCII in addition"), "{text} {charset:?}");
            }
        }
        // a part of a body begins at any byte
        for charset in [Charset::Utf16Le, Charset::Utf16Be] {
            let encoded = charset.encode("plain").expect("UTF-16");
            let within = [b"--x\r\n\r\n", &encoded[..], b"\r\n--x--\xff"].concat();
            let expected = [b"--x\r\n\r\n", &charset.encode("one").expect("UTF-16")[..], b"\r\n--x--\xff"].concat();
            assert_eq!(finder.replace_bytes(&within, with), expected);
        }
    }

    /// What is no text of UTF-8 in the place of a part of a character would be none.
    #[test]
    fn what_reads_as_utf_8_stays_it() {
        let finder = finder(&["\u{a9c3}\u{a9c3}\u{a9c3}"]);
        let text = "\0ééé\0";
        assert_eq!(finder.replace(text, |_| Some("*")), "\0*\0\0");
        assert_eq!(finder.replace("c\u{e9}", |_| Some("*")), "cé");
        // nor does what is found within characters break them where each is a byte
        let finder = self::finder(&["©Ã©Ã"]);
        assert_eq!(finder.replace_bytes(b"-\xe9\xe9\xe9 a", |_| Some("*")), b"-* a");
    }

    #[test]
    fn escapes_without_end_are_searched_in_a_moment() {
        let finder = finder(&["secret/text & more", "a longer secret"]);
        let text = r#"\u0041\/&amp;%41+\\\"&#38;"#.repeat(20_000) + r"secret\/text & more";
        assert_eq!(finder.find(text.as_bytes()).len(), 1);
    }

    /// A text as it stands within something else; `wholly` with escapes also where they are left to the writer.
    fn spelled(text: &str, escapes: Escapes, wholly: bool) -> String {
        let units = |character: char| -> String {
            character.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect()
        };
        let percents = |character: char| -> String {
            character.encode_utf8(&mut [0; 4]).bytes().map(|byte| format!("%{byte:02X}")).collect()
        };
        let one = |character: char| match (escapes, character) {
            (Escapes::Json, '"' | '\\') => format!("\\{character}"),
            (Escapes::Json, '/') if wholly => "\\/".to_owned(),
            (Escapes::Json, '<' | '&' | '+' | '='..) if wholly && !character.is_ascii_alphanumeric() => {
                units(character)
            }
            (Escapes::Xml, '<') => "&lt;".to_owned(),
            (Escapes::Xml, '&') => "&amp;".to_owned(),
            (Escapes::Xml, '"') if wholly => "&quot;".to_owned(),
            (Escapes::Xml, _) if wholly && !character.is_ascii() => format!("&#{};", u32::from(character)),
            (Escapes::Form, ' ') => "+".to_owned(),
            (Escapes::Percent | Escapes::Form, _) if !character.is_ascii_alphanumeric() => percents(character),
            _ => character.to_string(),
        };
        text.chars().map(one).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        /// The letters are such as no escape has, lest a secret stand in one by chance.
        #[test]
        fn a_text_is_found_however_it_is_escaped(
            secret in r#"[QWZ"\\/&<> %+ä☃😀=-]{4,12}"#,
            is_long: bool,
            around in ("[GHK ]{0,3}", "[GHK ]{0,3}"),
            layers in proptest::collection::vec((0_usize..4, any::<bool>()), 0..=3),
        ) {
            let secret = if is_long { secret.repeat(20) } else { secret };
            let finder = finder(&[&secret]);
            let within = |text: &str| {
                let text = format!("{}G{text}G{}", around.0, around.1);
                layers.iter().fold(text, |text, (layer, wholly)| spelled(&text, Escapes::ALL[*layer], *wholly))
            };
            let text = within(&secret);
            prop_assert_eq!(finder.replace(&text, |_| Some("MASK")), within("MASK"), "{}", text);
        }
    }
}
