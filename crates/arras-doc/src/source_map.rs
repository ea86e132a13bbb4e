//! From bytes of a decoded string back to the bytes it was written in.
//!
//! The source text of a scalar is walked once more, piece by piece, and every piece is compared with
//! the decoded text; where the two disagree the map is dropped and the whole scalar stands in.

mod block;
mod flow;

use std::ops::Range;

use crate::span::Span;

/// Where each part of one decoded string stands in the source.
#[derive(Clone, Debug)]
pub struct SourceMap {
    whole: Span,
    pieces: Vec<Piece>,
}

/// A run of decoded bytes and the source bytes that stand for it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Piece {
    decoded: Range<usize>,
    source: Range<usize>,
    /// Whether the two are the same text, so that places inside correspond.
    verbatim: bool,
}

impl SourceMap {
    /// The map of a string that stands in the source as it is, at `slice`.
    pub(crate) fn verbatim(slice: Span) -> SourceMap {
        let piece = Piece { decoded: 0..slice.len(), source: slice.range(), verbatim: true };
        SourceMap { whole: slice, pieces: vec![piece] }
    }

    /// The map of the scalar that `text` has at `whole` (quotes and block header included), whose value is `decoded`.
    pub(crate) fn of(text: &str, whole: Span, decoded: &str) -> SourceMap {
        let written = text.get(whole.range()).unwrap_or_default();
        let mut walk = Walk { written, base: whole.range().start, decoded, at: 0, pieces: Vec::new() };
        let agreed = match written.as_bytes().first() {
            Some(b'"') => flow::double_quoted(&mut walk),
            Some(b'\'') => flow::single_quoted(&mut walk),
            Some(b'|') => block::literal(&mut walk),
            Some(b'>') => block::folded(&mut walk),
            _ => flow::plain(&mut walk),
        };
        let agreed = agreed.is_some() && walk.at == decoded.len();
        SourceMap { whole, pieces: if agreed { walk.pieces } else { Vec::new() } }
    }

    /// The source bytes of `start..end`, bytes of the decoded text; an escape or a fold counts as a whole.
    pub fn span(&self, start: usize, end: usize) -> Span {
        let (Some(first), Some(last)) = (self.piece_at(start), self.piece_at(end.saturating_sub(1).max(start))) else {
            return self.whole;
        };
        let from = first.place(start).start;
        let to = if end > start { last.place(end - 1).end } else { from };
        Span::new(from, to)
    }

    /// The piece that holds the decoded byte, or the last one.
    fn piece_at(&self, offset: usize) -> Option<&Piece> {
        let index = self.pieces.partition_point(|piece| piece.decoded.end <= offset);
        self.pieces.get(index).or(self.pieces.last())
    }
}

impl Piece {
    /// The source bytes of one decoded byte; past the piece, its end.
    fn place(&self, offset: usize) -> Range<usize> {
        if offset >= self.decoded.end {
            self.source.end..self.source.end
        } else if self.verbatim {
            let at = self.source.start + offset.saturating_sub(self.decoded.start);
            at..at + 1
        } else {
            self.source.clone()
        }
    }
}

/// A walk over the written form of a scalar alongside its decoded text.
struct Walk<'t> {
    written: &'t str,
    /// Where the written form begins in the source.
    base: usize,
    decoded: &'t str,
    /// How much of the decoded text is accounted for.
    at: usize,
    pieces: Vec<Piece>,
}

impl Walk<'_> {
    /// Accounts for the bytes `range` of the written form, which stand for themselves.
    fn same(&mut self, range: Range<usize>) -> Option<()> {
        let text = self.written.get(range.clone())?;
        if text.is_empty() {
            return Some(());
        }
        self.push(text, range, true)
    }

    /// Accounts for the bytes `range` of the written form, which stand for `value`.
    fn stands_for(&mut self, value: &str, range: Range<usize>) -> Option<()> {
        if value.is_empty() { Some(()) } else { self.push(value, range, false) }
    }

    fn push(&mut self, value: &str, range: Range<usize>, verbatim: bool) -> Option<()> {
        self.decoded.get(self.at..)?.strip_prefix(value)?;
        let decoded = self.at..self.at + value.len();
        self.at = decoded.end;
        let source = self.base + range.start..self.base + range.end;
        self.pieces.push(Piece { decoded, source, verbatim });
        Some(())
    }
}

#[cfg(test)]
mod tests;
