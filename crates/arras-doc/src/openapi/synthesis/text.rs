//! Texts of a schema.

use std::ops::RangeInclusive;

use super::{LENGTH, integer};
use crate::openapi::{Place, Schema};
use crate::pattern::Pattern;

/// What makes the texts of one schema.
pub(super) struct Texts<'d> {
    format: Option<&'d str>,
    /// How many characters they have, as the schema says.
    length: RangeInclusive<usize>,
    /// Those that can be read, of all parts of the schema.
    patterns: Vec<Pattern>,
}

impl<'d> Texts<'d> {
    pub(super) fn of(schema: &Schema<'d>) -> Texts<'d> {
        let bound = |keyword: &str| integer(schema, keyword).and_then(|bound| usize::try_from(bound).ok());
        let patterns = schema.keywords("pattern").filter_map(Place::as_text);
        Texts {
            format: schema.format(),
            length: bound("minLength").unwrap_or(0)..=bound("maxLength").unwrap_or(usize::MAX),
            patterns: patterns.filter_map(|text| Some(Pattern::parse(text).ok()?.0)).collect(),
        }
    }

    /// The first text; where no text is found that the patterns match, one that they don't.
    pub(super) fn first(&self) -> String {
        let mut plain = self.plain(0);
        if plain.len() > *self.length.end() {
            plain.truncate(*self.length.end());
        }
        if self.meets(&plain) {
            return plain;
        }
        self.by_pattern(0).unwrap_or(plain)
    }

    /// Another text for each number from 1.
    pub(super) fn other(&self, nth: usize) -> Option<String> {
        let plain = Some(self.plain(nth)).filter(|plain| plain.len() <= *self.length.end() && self.meets(plain));
        plain.or_else(|| self.by_pattern(nth))
    }

    fn meets(&self, text: &str) -> bool {
        self.patterns.iter().all(|pattern| pattern.is_match(text) == Ok(true))
    }

    fn by_pattern(&self, nth: usize) -> Option<String> {
        let made = self.patterns.iter().filter_map(|pattern| pattern.example(nth, self.length.clone()));
        made.into_iter().find(|text| self.meets(text))
    }

    /// By format and length, in ASCII.
    fn plain(&self, nth: usize) -> String {
        let mut text = match self.format.and_then(|format| formatted(format, nth)) {
            Some(text) => text,
            None => {
                let mark = mark(nth);
                let room = self.length.end().saturating_sub(mark.len());
                format!("{}{mark}", "string".get(..room).unwrap_or("string"))
            }
        };
        while text.len() < (*self.length.start()).min(LENGTH) {
            text.push('x');
        }
        text
    }
}

/// What tells a text from the first one.
fn mark(nth: usize) -> String {
    if nth == 0 { String::new() } else { nth.to_string() }
}

/// A text of a format, for numbers below some hundreds.
fn formatted(format: &str, nth: usize) -> Option<String> {
    let (mark, minute, second) = (mark(nth), 30 + nth / 60, nth % 60);
    Some(match format {
        "date-time" => format!("2024-01-15T09:{minute}:{second:02}Z"),
        "date" => format!("2024-{:02}-{:02}", 1 + (14 + nth) / 28, 1 + (14 + nth) % 28),
        "time" => format!("09:{minute}:{second:02}Z"),
        "duration" => format!("P{}D", nth + 1),
        "email" | "idn-email" => format!("user{mark}@example.com"),
        "hostname" | "idn-hostname" => format!("example{mark}.com"),
        "ipv4" => format!("192.0.2.{}", nth + 1),
        "ipv6" => format!("2001:db8::{:x}", nth + 1),
        "uri" | "iri" | "url" => format!("https://example.com/{mark}"),
        "uri-reference" | "iri-reference" | "json-pointer" => format!("/example{mark}"),
        "uuid" => format!("123e4567-e89b-42d3-a456-{:012x}", 0x4266_1417_4000_u64 + u64::try_from(nth).unwrap_or(0)),
        "byte" if nth == 0 => "c3RyaW5n".to_owned(),
        // four more characters of Base64
        "byte" => format!("c3RyaW5n{nth:04}"),
        _ => return None,
    })
}
