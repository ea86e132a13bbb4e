//! The lines that a finding shows: few, escaped, cut to the width, with its labels moved along.
//!
//! miette draws labels over one text with byte offsets. What it gets is a small text of our own making, so that a
//! control character can't reach the terminal, a minified file of megabytes costs a line, and labels in two files stand
//! in one drawing: the excerpts lie one after another on one axis of offsets, with a gap between them.

use std::ops::Range;

use arras_doc::diagnostic::Label;
use arras_doc::source::{Source, SourceId};
use miette::{LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use super::Places;
use crate::display::{char_width, cut, escape_lines, is_deceptive, push_escaped, width};

/// Lines shown before and after a labelled one.
const CONTEXT: usize = 1;
/// Labels so many lines apart share an excerpt.
const NEAR: usize = 2 * CONTEXT + 1;
/// Where there is less room for the text of a label it stands below the drawing.
const LABEL_WIDTH: usize = 24;
/// As much of what is marked stands before a text below the drawing.
const NOTE_WIDTH: usize = 60;
/// Lines of one label's text.
const LABEL_LINES: usize = 6;

/// The excerpts of one finding.
#[derive(Debug)]
pub(super) struct Excerpts {
    all: Vec<Excerpt>,
    marks: Vec<Mark>,
}

/// Some lines of one file.
#[derive(Debug)]
struct Excerpt {
    name: String,
    base: usize,
    text: String,
    first_line: usize,
    line_count: usize,
}

/// A label on its line.
#[derive(Debug)]
struct Mark {
    primary: bool,
    source: SourceId,
    line: usize,
    column: usize,
    bytes: Range<usize>,
    /// What is marked.
    marked: String,
    text: String,
    shown: Range<usize>,
}

impl Excerpts {
    /// The lines around `labels`, the first of which is the primary, for `columns` of text.
    pub(super) fn new(labels: &[Label], places: &Places, columns: usize) -> Excerpts {
        let mut marks: Vec<_> =
            labels.iter().enumerate().filter_map(|(index, label)| Mark::new(label, index == 0, places)).collect();
        let order = |mark: &Mark| (mark.source, mark.line, mark.bytes.start);
        marks.sort_by_key(order);
        let mut all = Vec::new();
        let mut base = 0;
        for group in groups(&marks) {
            let members = &mut marks[group];
            let Some(source) = members.first().and_then(|mark| places.source(mark.source)) else { continue };
            let excerpt = Excerpt::new(source, members, base, columns);
            base += excerpt.text.len() + 1;
            all.push(excerpt);
        }
        Excerpts { all, marks }
    }

    /// The labels as miette wants them; those that have no room beside their place are without a text.
    pub(super) fn labels(&self, columns: usize) -> Vec<LabeledSpan> {
        let label = |mark: &Mark| {
            let text = self.room(mark, columns).and_then(|room| wrap(&mark.text, room));
            let span = SourceSpan::from(mark.shown.clone());
            if mark.primary {
                LabeledSpan::new_primary_with_span(text, span)
            } else {
                LabeledSpan::new_with_span(text, span)
            }
        };
        self.marks.iter().map(label).collect()
    }

    /// The texts that have no room beside their places, each with what it is about.
    pub(super) fn notes(&self, columns: usize) -> Vec<String> {
        let homeless = self.marks.iter().filter(|mark| !mark.text.is_empty() && self.room(mark, columns).is_none());
        let note = |mark: &Mark| match mark.marked.is_empty() || mark.text.starts_with(&mark.marked) {
            true => mark.text.clone(),
            false => format!("{}: {}", cut(&mark.marked, NOTE_WIDTH), mark.text),
        };
        homeless.map(note).collect()
    }

    /// The columns that a label's text may take, if they are enough.
    fn room(&self, mark: &Mark, columns: usize) -> Option<usize> {
        let room = columns.saturating_sub(self.indent(mark));
        (room >= LABEL_WIDTH || width(&escape_lines(&mark.text)) <= room).then_some(room)
    }

    /// The columns left of a label's text.
    fn indent(&self, mark: &Mark) -> usize {
        let Some(excerpt) = self.at(mark.shown.start) else { return 0 };
        let before = excerpt.text.get(..mark.shown.start - excerpt.base).unwrap_or_default();
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        width(&before[start..]) + (mark.shown.end - mark.shown.start) / 2 + 4
    }

    fn at(&self, offset: usize) -> Option<&Excerpt> {
        self.all.iter().find(|excerpt| (excerpt.base..=excerpt.base + excerpt.text.len()).contains(&offset))
    }
}

/// The runs of marks that stand near each other; that of the primary label first.
fn groups(marks: &[Mark]) -> Vec<Range<usize>> {
    let mut groups: Vec<Range<usize>> = Vec::new();
    for (index, mark) in marks.iter().enumerate() {
        match groups.last_mut() {
            Some(group) if near(&marks[group.end - 1], mark) => group.end = index + 1,
            _ => groups.push(index..index + 1),
        }
    }
    groups.sort_by_key(|group| !marks[group.clone()].iter().any(|mark| mark.primary));
    groups
}

fn near(left: &Mark, right: &Mark) -> bool {
    left.source == right.source && right.line - left.line <= NEAR
}

impl Mark {
    /// What spans several lines is marked on its first.
    fn new(label: &Label, primary: bool, places: &Places) -> Option<Mark> {
        let source = places.source(label.source)?;
        let position = source.position(label.span.start);
        let line = source.line_span(position.line)?.range();
        let start = (label.span.start as usize).clamp(line.start, line.end);
        let end = (label.span.end as usize).clamp(start, line.end);
        let trimmed = source.text.get(start..end).map_or(start, |text| start + text.trim_end().len());
        Some(Mark {
            primary,
            source: label.source,
            line: position.line,
            column: position.column,
            bytes: start..trimmed,
            marked: source.text.get(start..trimmed).unwrap_or_default().to_owned(),
            text: label.text.clone(),
            shown: 0..0,
        })
    }
}

impl Excerpt {
    fn new(source: &Source, marks: &mut [Mark], base: usize, columns: usize) -> Excerpt {
        let first = marks.first().map_or(1, |mark| mark.line).saturating_sub(CONTEXT).max(1);
        let marked = marks.last().map_or(1, |mark| mark.line);
        // What follows the last line break of a file is no line that anyone sees.
        let ends = source.line_span(source.line_count()).is_some_and(|span| span.is_empty());
        let visible = source.line_count() - usize::from(ends && source.line_count() > 1);
        let last = (marked + CONTEXT).min(visible).max(marked);
        let mut text = String::new();
        for line in first..=last {
            let on_line: Vec<_> = marks.iter_mut().filter(|mark| mark.line == line).collect();
            push_line(source, line, on_line, base, columns, &mut text);
        }
        Excerpt {
            name: crate::display::escape(&source.name).into_owned(),
            base,
            text,
            first_line: first,
            line_count: last + 1 - first,
        }
    }
}

/// Appends a line, or the part of it around its marks that fits, and notes where the marks come to lie.
fn push_line(source: &Source, line: usize, marks: Vec<&mut Mark>, base: usize, columns: usize, text: &mut String) {
    let span = source.line_span(line).map_or(0..0, |span| span.range());
    let whole = source.text.get(span.clone()).unwrap_or_default();
    let focus = marks.iter().map(|mark| mark.bytes.start - span.start).min().unwrap_or(0);
    let window = window(whole, focus, columns);
    if window.start > 0 {
        text.push('…');
    }
    let start = text.len();
    push_shown(text, &whole[window.clone()]);
    for mark in marks {
        let place = |offset: usize| {
            let at = floor(whole, (offset - span.start).clamp(window.start, window.end));
            let mut before = String::new();
            push_shown(&mut before, &whole[window.start..at]);
            base + start + before.len()
        };
        mark.shown = place(mark.bytes.start)..place(mark.bytes.end);
    }
    if window.end < whole.len() {
        text.push('…');
    }
    text.push('\n');
}

/// The bytes of `line` to show: all of it, or as many columns as there are, a third of them before `focus`.
fn window(line: &str, focus: usize, columns: usize) -> Range<usize> {
    let fits = |text: &str, columns: usize| {
        let mut left = columns;
        text.chars().all(|char| {
            let needed = shown_width(char);
            left.checked_sub(needed).map(|rest| left = rest).is_some()
        })
    };
    if fits(line, columns) {
        return 0..line.len();
    }
    let focus = floor(line, focus);
    let columns = columns.saturating_sub(2);
    let (back, used) = reach(line[..focus].chars().rev(), columns / 3);
    let from = focus - back;
    let (ahead, _) = reach(line[focus..].chars(), columns - used);
    let to = focus + ahead;
    // What is left over at the end of a line goes to its start.
    if to == line.len() {
        let (_, tail) = reach(line[focus..].chars(), columns);
        let (back, _) = reach(line[..focus].chars().rev(), columns - tail);
        return focus - back..to;
    }
    from..to
}

/// How many bytes of `chars` fit in `columns`, and how many columns they take.
fn reach(chars: impl Iterator<Item = char>, columns: usize) -> (usize, usize) {
    let (mut bytes, mut used) = (0, 0);
    for char in chars {
        if used + shown_width(char) > columns {
            break;
        }
        used += shown_width(char);
        bytes += char.len_utf8();
    }
    (bytes, used)
}

fn push_shown(text: &mut String, line: &str) {
    for char in line.chars() {
        match char {
            '\t' => text.push_str("    "),
            char if is_deceptive(char) => push_escaped(text, char),
            char => text.push(char),
        }
    }
}

fn shown_width(char: char) -> usize {
    match char {
        '\t' => 4,
        char if is_deceptive(char) => {
            let mut spelled = String::new();
            push_escaped(&mut spelled, char);
            spelled.len()
        }
        char => char_width(char),
    }
}

fn floor(text: &str, offset: usize) -> usize {
    (0..=offset.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// The text of a label in lines of `columns`; `None` if it says nothing.
fn wrap(text: &str, columns: usize) -> Option<String> {
    if text.is_empty() {
        return None;
    }
    let options = textwrap::Options::new(columns)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    let text = escape_lines(text);
    let lines = textwrap::wrap(&text, options);
    let mut shown: Vec<_> = lines.iter().take(LABEL_LINES).map(|line| line.to_string()).collect();
    if let (true, Some(last)) = (lines.len() > LABEL_LINES, shown.last_mut()) {
        *last = cut(&format!("{last} {}", " ".repeat(columns)), columns).into_owned();
    }
    Some(shown.join("\n"))
}

impl SourceCode for Excerpts {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let excerpt = self.at(span.offset()).ok_or(MietteError::OutOfBounds)?;
        if span.offset() + span.len() > excerpt.base + excerpt.text.len() {
            return Err(MietteError::OutOfBounds);
        }
        let (line, column) = match self.marks.iter().find(|mark| mark.shown.start == span.offset()) {
            Some(mark) if before + after == 0 => (mark.line, mark.column),
            _ => (excerpt.first_line, 1),
        };
        Ok(Box::new(MietteSpanContents::new_named(
            excerpt.name.clone(),
            excerpt.text.as_bytes(),
            SourceSpan::from(excerpt.base..excerpt.base + excerpt.text.len()),
            line - 1,
            column - 1,
            excerpt.line_count,
        )))
    }
}
