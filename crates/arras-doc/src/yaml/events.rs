//! The parser's events, one by one, into a tree.

use std::sync::Arc;

use granit_parser::{Event, Parser, Span as EventSpan, StructureStyle, Tag};

use super::scalar::Resolved;
use super::written::{Written, first_word};
use super::{MAX_DEPTH, MAX_UNFOLDED, merge, problem, scalar, tag};
use crate::diagnostic::Diagnostic;
use crate::node::{Builder, Container, NodeId, Scalar, Tree};
use crate::read::SyntaxError;
use crate::read::{Findings, MAX_NODES};
use crate::rule;
use crate::span::Span;

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
                let written = Written::new(&value, style, span, self.text, self.last_end);
                self.scalar(&written, tag.as_deref(), tag_span(place), anchor);
            }
            Event::MappingStart(_, anchor, tag) => {
                self.open(Container::Mapping, anchor, span)?;
                self.check_tag(tag.as_deref(), Container::Mapping, tag_span(place).unwrap_or(span));
            }
            Event::SequenceStart(style, anchor, tag) => {
                // as a mapping's value it may stand unindented, and is then announced past its first dash
                let unindented = style == StructureStyle::Block && self.builder.in_mapping() == Some(true);
                let dash = unindented.then(|| first_word(self.text, self.last_end, span.range().start, b"-")).flatten();
                let start = dash.map_or(span, |dash| Span::new(dash, dash + 1));
                self.open(Container::Sequence, anchor, start)?;
                self.check_tag(tag.as_deref(), Container::Sequence, tag_span(place).unwrap_or(span));
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

    fn scalar(&mut self, written: &Written<'_>, tag: Option<&Tag>, tag_span: Option<Span>, anchor: usize) {
        let own = written.text(self.text);
        let node = if self.builder.at_key() {
            // a key is the text of its scalar, whatever that would be as a value
            if let Some(tag) = tag {
                self.tagged(tag, tag_span, written);
            } else if written.is_merge_key() {
                self.open.last_mut().into_iter().for_each(|open| open.merges = true);
            }
            self.builder.scalar(Scalar::String(own), written.span)
        } else {
            let resolved = match tag {
                Some(tag) => self.tagged(tag, tag_span, written),
                None => self.untagged(written),
            };
            self.builder.scalar(resolved.borrow(own), written.span)
        };
        self.last_end = self.last_end.max(written.span.range().end);
        let extent = Extent { nodes: 1, depth: 0 };
        self.added(extent);
        self.name(anchor, Anchored { node, extent });
    }

    fn tagged(&mut self, tag: &Tag, tag_span: Option<Span>, written: &Written<'_>) -> Resolved {
        tag::resolve(tag, written.value, written.is_plain(), tag_span.unwrap_or(written.span), self.findings)
    }

    fn untagged(&mut self, written: &Written<'_>) -> Resolved {
        if !written.is_plain() {
            return Resolved::Text;
        }
        let (resolved, spelling) = scalar::resolve(written.value);
        scalar::report(written.value, &resolved, spelling, written.span, self.findings);
        resolved
    }

    fn check_tag(&mut self, tag: Option<&Tag>, container: Container, span: Span) {
        if let Some(tag) = tag {
            tag::check(tag, container, span, self.findings);
        }
    }

    fn open(&mut self, container: Container, anchor: usize, span: Span) -> Result<(), SyntaxError> {
        if self.open.len() >= MAX_DEPTH {
            return Err(problem::too_deep(span));
        }
        if self.builder.at_key() {
            let what = if container == Container::Mapping { "a mapping" } else { "a sequence" };
            let found = Diagnostic::new(rule::INVALID_KEY, format!("{what} stands where a key must be"));
            let help = "a key is a single text; quote it if it begins with `{` or `[`";
            self.findings.push(found.at(self.findings.source(), span).help(help));
        }
        let start = span.range().start;
        match container {
            Container::Mapping => self.builder.open_mapping(start),
            Container::Sequence => self.builder.open_sequence(start),
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
}

fn tag_span(place: EventSpan) -> Option<Span> {
    place.tag_span()?.byte_range().map(|range| Span::new(range.start, range.end))
}
