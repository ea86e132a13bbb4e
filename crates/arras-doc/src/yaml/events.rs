//! The parser's events, one by one, into a tree.

use std::sync::Arc;

use granit_parser::{Event, Parser, ScalarStyle, Span as EventSpan, Tag};

use super::scalar::Resolved;
use super::{MAX_DEPTH, MAX_UNFOLDED, merge, problem, scalar, tag};
use crate::diagnostic::Diagnostic;
use crate::node::{Builder, Container, NodeId, Scalar, ScalarText, Tree};
use crate::read::{Findings, MAX_NODES};
use crate::rule;
use crate::span::Span;
use crate::syntax::SyntaxError;

/// Reads events until the first document's end, and looks whether another begins.
pub(super) fn read(text: &Arc<str>, findings: &mut Findings) -> Result<Tree, SyntaxError> {
    let mut options = granit_parser::options! {
        block_nesting_limit: MAX_DEPTH + 1,
        flow_nesting_limit: MAX_DEPTH + 1,
        emit_unresolved_aliases: true,
    };
    options.set_emit_comments(false);
    let mut reader = Reader {
        text,
        builder: Builder::new(Arc::clone(text)),
        open: Vec::new(),
        anchors: Vec::new(),
        unfolded: 0,
        last_end: 0,
        findings,
    };
    let mut documents = Vec::new();
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, place) = event.map_err(|error| problem::of(&error, text))?;
        let span = place
            .byte_range()
            .map_or(Span::new(reader.last_end, reader.last_end), |range| Span::new(range.start, range.end));
        if let Event::DocumentStart(..) = event {
            documents.push(span);
            if let [first, second] = documents.as_slice() {
                reader.another_document(*first, *second);
                break;
            }
        }
        reader.event(event, place, span)?;
    }
    if documents.is_empty() {
        return Err(SyntaxError::invalid("the file holds nothing but white space and comments", Span::new(0, 0)));
    }
    Ok(reader.builder.finish())
}

struct Reader<'t, 'f> {
    text: &'t str,
    builder: Builder,
    open: Vec<Open>,
    /// What each anchor names, by the parser's number; none while it is still open.
    anchors: Vec<Option<Anchored>>,
    /// How many nodes the aliases so far stand for.
    unfolded: u64,
    /// Where the last piece of content ended: block collections end there too.
    last_end: usize,
    findings: &'f mut Findings,
}

/// A collection that is open.
struct Open {
    container: Container,
    anchor: usize,
    extent: Extent,
    /// Whether a merge key stands in it.
    merges: bool,
}

#[derive(Clone, Copy)]
struct Anchored {
    node: NodeId,
    extent: Extent,
}

/// How much a node is with all its aliases unfolded.
#[derive(Clone, Copy)]
struct Extent {
    nodes: u64,
    /// The levels of collections, the node's own among them.
    depth: usize,
}

impl Reader<'_, '_> {
    fn event(&mut self, event: Event<'_>, place: EventSpan, span: Span) -> Result<(), SyntaxError> {
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                let value = match style {
                    // an absent value comes as `~`
                    ScalarStyle::Plain if span.is_empty() => "",
                    ScalarStyle::Literal | ScalarStyle::Folded => without_break_at_end(&value, self.text, span),
                    _ => value.as_ref(),
                };
                self.scalar(&Written { value, style, tag: tag.as_deref(), tag_span: tag_span(place), span }, anchor);
            }
            Event::MappingStart(_, anchor, tag) => {
                self.open(Container::Mapping, anchor, tag.as_deref(), tag_span(place), span)?;
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.open(Container::Sequence, anchor, tag.as_deref(), tag_span(place), span)?;
            }
            Event::MappingEnd | Event::SequenceEnd => self.close(span),
            Event::Alias(anchor) => self.alias(anchor, span)?,
            Event::UnresolvedAlias(name) => {
                let message = format!("no anchor `&{name}` stands before this alias");
                self.broken_alias(message, format!("define it with `&{name}`, or quote the text"), span);
            }
            _ => {}
        }
        if self.builder.len() > MAX_NODES {
            return Err(SyntaxError::too_large(format!("the text holds more than {MAX_NODES} values"), span));
        }
        Ok(())
    }

    fn scalar(&mut self, written: &Written<'_>, anchor: usize) {
        let span = self.span_of(written);
        let at_key = self.builder.at_key();
        let node = if at_key && written.tag.is_none() {
            self.key(written, span)
        } else {
            let scalar = self.resolve(written, span);
            self.builder.scalar(scalar.borrow(written.own_text(self.text, span)), span)
        };
        self.last_end = self.last_end.max(span.range().end);
        let extent = Extent { nodes: 1, depth: 0 };
        self.added(extent);
        self.name(anchor, Anchored { node, extent });
    }

    /// A key is the text of its scalar, whatever it would be as a value.
    fn key(&mut self, written: &Written<'_>, span: Span) -> NodeId {
        if written.style == ScalarStyle::Plain && written.value == "<<" {
            if let Some(open) = self.open.last_mut() {
                open.merges = true;
            }
        }
        self.builder.scalar(Scalar::String(written.own_text(self.text, span)), span)
    }

    fn resolve(&mut self, written: &Written<'_>, span: Span) -> Resolved {
        if let Some(tag) = written.tag {
            let plain = written.style == ScalarStyle::Plain;
            return tag::resolve(tag, written.value, plain, written.tag_span.unwrap_or(span), self.findings);
        }
        if written.style != ScalarStyle::Plain {
            return Resolved::Text;
        }
        let (resolved, spelling) = scalar::resolve(written.value);
        scalar::report(written.value, &resolved, spelling, span, self.findings);
        resolved
    }

    fn open(
        &mut self,
        container: Container,
        anchor: usize,
        tag: Option<&Tag>,
        tag_span: Option<Span>,
        span: Span,
    ) -> Result<(), SyntaxError> {
        if self.open.len() >= MAX_DEPTH {
            return Err(problem::too_deep(span));
        }
        if self.builder.at_key() {
            let what = if container == Container::Mapping { "a mapping" } else { "a sequence" };
            let found = Diagnostic::new(rule::INVALID_KEY, format!("{what} stands where a key must be"));
            let help = "a key is a single text; quote it if it begins with `{` or `[`";
            self.findings.push(found.at(self.findings.source(), span).help(help));
        }
        if let Some(tag) = tag {
            tag::check(tag, container, tag_span.unwrap_or(span), self.findings);
        }
        let start = span.range().start;
        match container {
            Container::Mapping => self.builder.open_mapping(start),
            // a sequence that is not indented is announced at its first item, past the dash
            Container::Sequence => {
                self.builder.open_sequence(first_word(self.text, self.last_end, start, b"-").unwrap_or(start))
            }
        };
        self.last_end = self.last_end.max(span.range().end);
        self.open.push(Open { container, anchor, extent: Extent { nodes: 1, depth: 1 }, merges: false });
        Ok(())
    }

    fn close(&mut self, span: Span) {
        let Some(open) = self.open.pop() else { return };
        self.last_end = if span.is_empty() { self.last_end } else { span.range().end };
        if open.merges && open.container == Container::Mapping {
            merge::expand(&mut self.builder, self.findings);
        }
        let Some(node) = self.builder.close(self.last_end) else { return };
        self.added(open.extent);
        self.name(open.anchor, Anchored { node, extent: open.extent });
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), SyntaxError> {
        self.last_end = self.last_end.max(span.range().end);
        let Some(target) = self.anchors.get(anchor).copied().flatten() else {
            let name = self.text.get(span.range()).unwrap_or_default();
            let message = format!("the alias `{name}` stands inside the value that it names");
            self.broken_alias(message, "write the value out".to_owned(), span);
            return Ok(());
        };
        self.unfolded = self.unfolded.saturating_add(target.extent.nodes);
        if self.unfolded > MAX_UNFOLDED {
            let message = format!("the aliases up to here stand for more than {MAX_UNFOLDED} values");
            return Err(SyntaxError::too_large(message, span).help("write fewer aliases of aliases"));
        }
        if self.open.len() + target.extent.depth > MAX_DEPTH {
            return Err(problem::too_deep(span));
        }
        if self.builder.at_key() && target.extent.depth > 0 {
            let found = Diagnostic::new(rule::INVALID_KEY, "an alias of a collection stands where a key must be");
            self.findings.push(found.at(self.findings.source(), span).help("a key is a single text"));
        }
        self.builder.alias(target.node);
        self.added(target.extent);
        Ok(())
    }

    /// An alias that names nothing: an error, and `null` in its place.
    fn broken_alias(&mut self, message: String, help: String, span: Span) {
        let found = Diagnostic::new(rule::INVALID_SYNTAX, message).at(self.findings.source(), span).help(help);
        self.findings.push(found);
        self.builder.scalar(Scalar::Null, span);
        self.added(Extent { nodes: 1, depth: 0 });
    }

    fn another_document(&mut self, first: Span, second: Span) {
        let source = self.findings.source();
        let found = Diagnostic::new(rule::SEVERAL_DOCUMENTS, "a second YAML document begins here")
            .at(source, second)
            .label(source, first, "the first one, which is read")
            .help("keep one document a file; `---` separates documents");
        self.findings.push(found);
    }

    /// Adds a finished child's extent to the collection it is in.
    fn added(&mut self, child: Extent) {
        if let Some(open) = self.open.last_mut() {
            open.extent.nodes = open.extent.nodes.saturating_add(child.nodes);
            open.extent.depth = open.extent.depth.max(child.depth + 1);
        }
    }

    /// Remembers what anchor number `anchor` names; 0 is none.
    fn name(&mut self, anchor: usize, anchored: Anchored) {
        if anchor == 0 {
            return;
        }
        if self.anchors.len() <= anchor {
            self.anchors.resize(anchor + 1, None);
        }
        if let Some(slot) = self.anchors.get_mut(anchor) {
            *slot = Some(anchored);
        }
    }

    /// The scalar's bytes: a block scalar's with its header and without the blank lines after it, an
    /// absent value's past the colon.
    fn span_of(&self, written: &Written<'_>) -> Span {
        let range = written.span.range();
        match written.style {
            ScalarStyle::Literal | ScalarStyle::Folded => {
                let start = first_word(self.text, self.last_end, range.start, b"|>").unwrap_or(range.start);
                let content = self.text.get(start..range.end).unwrap_or_default();
                let blank_last_line = written.value.trim_end_matches('\n').ends_with([' ', '\t']);
                let content = if blank_last_line { content.trim_end_matches(['\n', '\r']) } else { content.trim_end() };
                Span::new(start, start + content.len())
            }
            ScalarStyle::Plain if range.is_empty() && self.text.as_bytes().get(range.start) == Some(&b':') => {
                Span::new(range.start + 1, range.start + 1)
            }
            _ => written.span,
        }
    }
}

/// A scalar as the parser hands it over.
struct Written<'e> {
    value: &'e str,
    style: ScalarStyle,
    tag: Option<&'e Tag>,
    tag_span: Option<Span>,
    span: Span,
}

impl Written<'_> {
    /// The decoded text: the slice of the source that it is, or apart.
    fn own_text(&self, text: &str, span: Span) -> ScalarText<'_> {
        let range = span.range();
        let inside = match self.style {
            ScalarStyle::Plain => range,
            _ => range.start + 1..range.end.saturating_sub(1),
        };
        match text.get(inside.clone()) {
            Some(slice) if slice == self.value => ScalarText::Slice(Span::new(inside.start, inside.end)),
            _ => ScalarText::Decoded(self.value),
        }
    }
}

fn tag_span(place: EventSpan) -> Option<Span> {
    place.tag_span()?.byte_range().map(|range| Span::new(range.start, range.end))
}

/// The value of a block scalar without the line break that the parser adds where the text ends without one.
fn without_break_at_end<'v>(value: &'v str, text: &str, span: Span) -> &'v str {
    let ends_the_text = span.range().end == text.len() && !text.ends_with(['\n', '\r', ' ', '\t']);
    if ends_the_text { value.strip_suffix('\n').unwrap_or(value) } else { value }
}

/// Where the first word between two pieces of content begins that starts with one of `marks` and is no comment.
fn first_word(text: &str, from: usize, to: usize, marks: &[u8]) -> Option<usize> {
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
