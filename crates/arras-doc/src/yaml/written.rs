//! A scalar as the parser hands it over, and where it really stands.

use granit_parser::ScalarStyle;

use crate::node::ScalarText;
use crate::span::Span;

/// A scalar: its decoded text, its style and its bytes.
pub(super) struct Written<'e> {
    pub(super) value: &'e str,
    style: ScalarStyle,
    /// A block scalar's with its header and without the blank lines after it, an absent value's past the colon.
    pub(super) span: Span,
}

impl<'e> Written<'e> {
    /// Mends what the parser says of a scalar in `text`, the content before which ended at `last_end`.
    pub(super) fn new(value: &'e str, style: ScalarStyle, span: Span, text: &str, last_end: usize) -> Written<'e> {
        match style {
            // an absent value comes as `~` without any bytes
            ScalarStyle::Plain if span.is_empty() => Written { value: "", style, span: past_colon(text, span) },
            ScalarStyle::Literal | ScalarStyle::Folded => {
                let value = without_break_at_end(value, text, span);
                Written { value, style, span: block_span(value, text, span, last_end) }
            }
            _ => Written { value, style, span },
        }
    }

    /// Whether it stands without quotes on its line, so that it has to be resolved.
    pub(super) fn is_plain(&self) -> bool {
        self.style == ScalarStyle::Plain
    }

    pub(super) fn is_merge_key(&self) -> bool {
        self.is_plain() && self.value == "<<"
    }

    /// The decoded text: the slice of `text` that it is, or apart.
    pub(super) fn text(&self, text: &str) -> ScalarText<'e> {
        let range = self.span.range();
        let inside = match self.style {
            ScalarStyle::Plain => range,
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => range.start + 1..range.end.saturating_sub(1),
            ScalarStyle::Literal | ScalarStyle::Folded => return ScalarText::Decoded(self.value),
        };
        match text.get(inside.clone()) {
            Some(slice) if slice == self.value => ScalarText::Slice(Span::new(inside.start, inside.end)),
            _ => ScalarText::Decoded(self.value),
        }
    }
}

fn past_colon(text: &str, span: Span) -> Span {
    let at = span.range().start;
    let at = at + usize::from(text.as_bytes().get(at) == Some(&b':'));
    Span::new(at, at)
}

fn block_span(value: &str, text: &str, span: Span, last_end: usize) -> Span {
    let range = span.range();
    let start = first_word(text, last_end, range.start, b"|>").unwrap_or(range.start);
    let written = text.get(start..range.end).unwrap_or_default();
    let ends_in_blanks = value.trim_end_matches('\n').ends_with([' ', '\t']);
    let written = if ends_in_blanks { written.trim_end_matches(['\n', '\r']) } else { written.trim_end() };
    Span::new(start, start + written.len())
}

/// The value of a block scalar without the line break that the parser adds where the text ends without one.
fn without_break_at_end<'v>(value: &'v str, text: &str, span: Span) -> &'v str {
    let ends_the_text = span.range().end == text.len() && !text.ends_with(['\n', '\r', ' ', '\t']);
    if ends_the_text { value.strip_suffix('\n').unwrap_or(value) } else { value }
}

/// Where the first word between two pieces of content begins that starts with one of `marks` and is no comment.
pub(super) fn first_word(text: &str, from: usize, to: usize, marks: &[u8]) -> Option<usize> {
    let mut line_start = from;
    for line in text.get(from..to)?.split_inclusive('\n') {
        let mut at = line_start;
        for word in line.split_inclusive([' ', '\t', '\n', '\r']) {
            match word.as_bytes().first() {
                Some(b'#') => break,
                Some(first) if marks.contains(first) => return Some(at),
                _ => at += word.len(),
            }
        }
        line_start += line.len();
    }
    None
}
