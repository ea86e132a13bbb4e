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
    /// Where lines and characters are, once somebody asks.
    index: Arc<OnceLock<Index>>,
}

/// The bytes of a block: no more of a line is ever counted for one position, however long the line is.
const BLOCK: usize = 4096;

#[derive(Debug)]
struct Index {
    /// Where each line begins.
    lines: Vec<u32>,
    /// How many characters stand before each block.
    characters: Vec<u32>,
}

impl Index {
    fn of(text: &str) -> Index {
        let breaks = memchr::memchr_iter(b'\n', text.as_bytes());
        let lines = std::iter::once(0).chain(breaks.map(|at| Span::new(at + 1, at + 1).start)).collect();
        let (mut characters, mut before, mut from) = (Vec::new(), 0, 0);
        for block in 0..=text.len() / BLOCK {
            let start = block_start(text, block);
            before += text.get(from..start).map_or(0, count);
            from = start;
            characters.push(before);
        }
        Index { lines, characters }
    }
}

fn block_start(text: &str, block: usize) -> usize {
    floor_char_boundary(text, block * BLOCK)
}

/// No text is longer than its spans can say.
fn count(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
}

impl Source {
    /// A text with its names.
    pub fn new(name: impl Into<Arc<str>>, uri: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Source {
        Source { name: name.into(), uri: uri.into(), index: Arc::default(), text: text.into() }
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::of(&self.text))
    }

    fn lines(&self) -> &[u32] {
        &self.index().lines
    }

    /// How many characters stand before byte `end`, which is a boundary.
    fn characters(&self, end: usize) -> u32 {
        let block = end / BLOCK;
        let before = self.index().characters.get(block).copied().unwrap_or_default();
        before + self.text.get(block_start(&self.text, block)..end).map_or(0, count)
    }

    /// The line and column of a byte offset; an offset past the end counts as the end.
    pub fn position(&self, offset: u32) -> Position {
        let line = self.lines().partition_point(|start| *start <= offset).saturating_sub(1);
        let start = self.lines()[line] as usize;
        let end = floor_char_boundary(&self.text, offset as usize);
        let column = match self.text.get(start..end) {
            Some(before) if before.len() > BLOCK => self.characters(end) - self.characters(start),
            before => before.map_or(0, count),
        };
        Position { line: line + 1, column: column as usize + 1 }
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

    /// Long lines are counted by blocks, whose ends no character keeps to.
    #[test]
    fn columns_of_long_lines_count_every_character() {
        for character in ["x", "ç", "€", "😀"] {
            let line = character.repeat(3 * BLOCK / character.len() + 5);
            let text = format!("a\nç{line}\n{line}");
            let source = Source::new("a", "file:///a", text.as_str());
            let (mut number, mut column) = (1, 1);
            for (at, found) in text.char_indices().chain([(text.len(), ' ')]) {
                let position = source.position(Span::new(at, at).start);
                assert_eq!((position.line, position.column), (number, column), "{character} at {at}");
                (number, column) = if found == '\n' { (number + 1, 1) } else { (number, column + 1) };
            }
        }
        let whole = Source::new("a", "file:///a", "x".repeat(2 * BLOCK));
        assert_eq!(whole.position(u32::MAX).column, 2 * BLOCK + 1);
    }
}
