//! The texts that were read, by id: a diagnostic names a source and a span, and this finds the line.

use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use crate::span::Span;

/// Names one text of a [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SourceId(pub u32);

/// A line and a column, both counted from 1; the column counts characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

/// One text and the name under which people know it.
#[derive(Clone, Debug)]
pub struct Source {
    /// What people see: the path as they gave it, or a URL.
    pub name: Arc<str>,
    /// The absolute URI that relative references in this text resolve against (ARZ-URI-07).
    pub uri: Arc<str>,
    /// The text, UTF-8, without a byte order mark.
    pub text: Arc<str>,
    /// Where each line begins, once somebody asks.
    lines: Arc<OnceLock<Vec<u32>>>,
}

impl Source {
    /// A text with its names.
    pub fn new(name: impl Into<Arc<str>>, uri: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Source {
        Source { name: name.into(), uri: uri.into(), lines: Arc::default(), text: text.into() }
    }

    fn lines(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            let breaks = memchr::memchr_iter(b'\n', self.text.as_bytes());
            std::iter::once(0).chain(breaks.map(|at| Span::new(at + 1, at + 1).start)).collect()
        })
    }

    /// The line and column of a byte offset; an offset past the end counts as the end.
    pub fn position(&self, offset: u32) -> Position {
        let line = self.lines().partition_point(|start| *start <= offset).saturating_sub(1);
        let start = self.lines()[line] as usize;
        let end = floor_char_boundary(&self.text, offset as usize);
        let column = self.text.get(start..end).map_or(0, |before| before.chars().count());
        Position { line: line + 1, column: column + 1 }
    }

    /// The bytes of line `line` (from 1) without its line break, or `None` past the last line.
    pub fn line_span(&self, line: usize) -> Option<Span> {
        let start = *self.lines().get(line.checked_sub(1)?)? as usize;
        let end = self.lines().get(line).map_or(self.text.len(), |next| *next as usize);
        let trimmed = self.text.get(start..end)?.trim_end_matches(['\n', '\r']).len();
        Some(Span::new(start, start + trimmed))
    }

    /// The number of lines, at least 1.
    pub fn line_count(&self) -> usize {
        self.lines().len()
    }
}

fn floor_char_boundary(text: &str, offset: usize) -> usize {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// All texts of one load, in the order they were added.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    all: Vec<Source>,
}

impl Sources {
    /// Adds a text and gives it an id.
    pub fn add(&mut self, source: Source) -> SourceId {
        self.all.push(source);
        SourceId(u32::try_from(self.all.len() - 1).unwrap_or(u32::MAX))
    }

    /// The text that `id` names.
    ///
    /// # Panics
    /// If `id` came from another `Sources`.
    pub fn get(&self, id: SourceId) -> &Source {
        &self.all[id.0 as usize]
    }

    /// The text that `id` names, or `None` if it came from another `Sources`.
    pub fn try_get(&self, id: SourceId) -> Option<&Source> {
        self.all.get(id.0 as usize)
    }

    /// Every text with its id.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        (0..).map(SourceId).zip(&self.all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_characters_from_one() {
        let source = Source::new("a", "file:///a", "ab\nçd\r\n\nx");
        let at = |offset| (source.position(offset).line, source.position(offset).column);
        assert_eq!(
            [at(0), at(2), at(3), at(5), at(8), at(9), at(99)],
            [(1, 1), (1, 3), (2, 1), (2, 2), (3, 1), (4, 1), (4, 2)]
        );
        assert_eq!(source.line_span(2).map(|span| &source.text[span.range()]), Some("çd"));
        assert_eq!((source.line_count(), source.line_span(0), source.line_span(5)), (4, None, None));
    }
}
