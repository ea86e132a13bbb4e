//! A payload that is written as XML text, with expressions in it (ARZ-BODY-04, ARZ-BODY-06).

use std::collections::{BTreeSet, HashMap, HashSet};

use roxmltree::{Document as Xml, Node, ParsingOptions};

use crate::arazzo::{PayloadReplacement, RequestBody};
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::expression::{Expression, Piece};
use crate::node::NodeRef;
use crate::openapi::{Place, Schema, SchemaType, XmlPart, XmlShape};
use crate::rule;
use crate::span::Span;
use crate::suggest;
use crate::value::Value;
use crate::xpath::{self, Axis, Expr, ExprKind, Start, Test, Version};

use super::json_text::{Filled, LATER, placed};
use super::shape::{Shape, what};
use super::{Lint, Scope};

/// The longest text that is looked at.
const LONGEST: usize = 1 << 20;
/// The namespace of what XML Schema says of the elements of a document.
const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";
/// How many names of one element are told that nothing describes.
const STRAYS: usize = 1_000;
/// How deep elements are compared with schemas.
const DEPTH: usize = 24;

/// What is looked at.
struct Payload<'p, 'd> {
    node: NodeRef<'d>,
    filled: &'p Filled,
    /// Whether the texts of elements stay as they are.
    is_final: bool,
}

impl Payload<'_, '_> {
    fn place(&self, start: usize, end: usize) -> Span {
        self.node.source_map().span(self.filled.origin(start), self.filled.origin(end))
    }

    /// The name in the start tag of an element.
    fn tag(&self, element: Node<'_, '_>) -> Span {
        let start = element.range().start + 1;
        let text = self.filled.text.get(start..).unwrap_or_default();
        let length = text.find(|next: char| next.is_whitespace() || matches!(next, '/' | '>')).unwrap_or(0);
        self.place(start, start + length)
    }
}

impl<'d> Lint<'d> {
    /// The text is XML whatever its expressions give, and its elements are those of the schema.
    pub(super) fn check_xml_text(
        &mut self,
        scope: Scope<'d>,
        given: &RequestBody,
        node: NodeRef<'d>,
        schema: Option<&Schema<'d>>,
    ) {
        let Some(filled) = self.filled_xml(scope, node) else { return };
        let payload = Payload { node, filled: &filled, is_final: given.replacements.is_empty() };
        let document = match parse(&filled.text) {
            Ok(document) => document,
            // what brings the namespace may stand around it
            Err(roxmltree::Error::UnknownNamespace(..)) => return,
            Err(error) => {
                let is_early = matches!(error, roxmltree::Error::UnexpectedEndOfStream);
                let at = if is_early { last(&filled.text) } else { offset(&filled.text, error.pos()) };
                // an expression around the document element may give what may stand there
                if filled.text[at..].starts_with(LATER) && !is_early {
                    return;
                }
                let end = filled.text[at..].chars().next().map_or(at, |next| at + next.len_utf8());
                let span = payload.place(at, end);
                // where it is, is shown
                let why = error.to_string();
                let why = why.rsplit_once(" at ").map_or(why.as_str(), |(why, _)| why);
                let message = format!("the payload is no XML: {why}");
                let diagnostic = self.note(rule::INEXPRESSIBLE_PAYLOAD, span, message);
                diagnostic.help = Some("mend the text: each element is closed by its own name".into());
                return;
            }
        };
        let Some(schema) = schema.filter(|schema| schema.unresolved().is_empty()) else { return };
        let shape = XmlShape::of(schema);
        let (root, written) = (document.root_element(), document.root_element().tag_name().name());
        if let Some(name) = shape.root_name().filter(|name| shape.is_root_named() && *name != written) {
            let message = format!("the document element is `{written}`, where `{name}` is described");
            let diagnostic = self.note(rule::MISMATCHED_VALUE, payload.tag(root), message);
            diagnostic.help = Some(format!("did you mean `{name}`?"));
            diagnostic.labels.push(described(schema.keyword("xml").unwrap_or(schema.place())));
            return;
        }
        self.xml_element(&payload, root, schema, shape.root(), DEPTH);
    }

    fn filled_xml(&self, scope: Scope<'d>, node: NodeRef<'d>) -> Option<Filled> {
        let document = self.document;
        Filled::of_xml(node.as_str()?, &|expression| document.declares(scope.index, expression))
    }

    fn xml_element(
        &mut self,
        payload: &Payload<'_, 'd>,
        element: Node<'_, '_>,
        schema: &Schema<'d>,
        part: XmlPart<'_>,
        depth: usize,
    ) {
        let properties: Vec<(&str, XmlPart<'_>)> = part.properties().collect();
        // members that stand in their parent's place
        let is_beyond = properties.iter().any(|(_, inner)| inner.is_transparent() || inner.is_text());
        if depth == 0 || is_beyond || !schema.unresolved().is_empty() {
            return;
        }
        let texts = || element.children().filter(Node::is_text).filter_map(|text| text.text());
        let is_mixed = texts().any(|text| text.contains(LATER));
        let children: Vec<Node<'_, '_>> = element.children().filter(Node::is_element).collect();
        if properties.is_empty() {
            if children.is_empty() && !is_mixed && payload.is_final && element.attributes().len() == 0 {
                self.xml_leaf(payload, element, schema);
            }
            return;
        }
        let mut known = HashMap::new();
        for (property, inner) in properties.iter().filter(|(_, inner)| !inner.is_attribute()) {
            known.entry(inner.element_name(property)).or_insert((property, inner));
        }
        let (mut below, mut strays) = (HashMap::new(), Vec::new());
        for child in &children {
            let name = child.tag_name().name();
            let Some((property, inner)) = known.get(name).copied() else {
                strays.push((name, payload.tag(*child)));
                continue;
            };
            let below = below.entry(*property).or_insert_with(|| schema.property(property));
            let Some(below) = below else { continue };
            match below.items().zip(inner.items()) {
                Some((items, part)) if inner.is_wrapped() => {
                    let name = inner.item_name(property);
                    let of_list = child.children().filter(|item| item.is_element() && item.tag_name().name() == name);
                    of_list.for_each(|item| self.xml_element(payload, item, &items, part, depth - 1));
                }
                Some((items, part)) => self.xml_element(payload, *child, &items, part, depth - 1),
                None => self.xml_element(payload, *child, below, *inner, depth - 1),
            }
        }
        let mut attributes = Vec::new();
        for attribute in element.attributes().filter(|attribute| attribute.namespace().is_none()) {
            let is_known = |(property, inner): &(&str, XmlPart<'_>)| {
                inner.is_attribute() && inner.element_name(property) == attribute.name()
            };
            if !properties.iter().any(is_known) {
                let range = attribute.range_qname();
                attributes.push((attribute.name(), payload.place(range.start, range.end)));
            }
        }
        for (kind, strays) in [("element", strays), ("attribute", attributes)] {
            let of_kind = properties.iter().filter(|(_, inner)| inner.is_attribute() == (kind == "attribute"));
            let names: Vec<&str> = of_kind.map(|(property, inner)| inner.element_name(property)).collect();
            if !part.is_open() && !strays.is_empty() {
                self.xml_strays(kind, &strays, schema, &names);
            }
        }
        for required in schema.required().into_iter().filter(|_| !element.has_attribute((INSTANCE, "nil"))) {
            let Some((_, inner)) = properties.iter().find(|(property, _)| *property == required) else { continue };
            let name = inner.element_name(required);
            let is_there = match inner.is_attribute() {
                true => element.attributes().any(|attribute| attribute.name() == name),
                // a list that is not wrapped may be empty
                false => {
                    is_mixed
                        || inner.kind() == Some(SchemaType::Array) && !inner.is_wrapped()
                        || children.iter().any(|child| child.tag_name().name() == name)
                }
            };
            if is_there || schema.property(required).is_some_and(|property| property.is_read_only()) {
                continue;
            }
            let what = if inner.is_attribute() { "attribute" } else { "element" };
            let owner = element.tag_name().name();
            let message = format!("`{owner}`: the {what} `{name}` is missing, which is required");
            let diagnostic = self.note(rule::MISMATCHED_VALUE, payload.tag(element), message);
            diagnostic.help = Some(format!("add `{name}`"));
            diagnostic.labels.push(described(schema.keyword("required").unwrap_or(schema.resolved_place())));
        }
    }

    /// Names that the schema does not have.
    fn xml_strays(&mut self, kind: &str, strays: &[(&str, Span)], schema: &Schema<'d>, names: &[&str]) {
        // whether a name that it surely does not have is allowed
        let Shape::Nothing(obstacle) = Shape::of([schema.clone()]).child("\u{E000}") else { return };
        for (name, span) in strays.iter().take(STRAYS) {
            let message = format!("no {kind} `{name}` is described here");
            let near = self.nearest(name, names.iter().copied());
            let diagnostic = self.note(rule::UNDECLARED_PROPERTY, *span, message);
            diagnostic.severity = if obstacle.is_certain() { Severity::Error } else { Severity::Warning };
            diagnostic.help = match near {
                Some(near) => Some(format!("did you mean `{near}`?")),
                None if names.is_empty() => None,
                None => Some(format!("it has {}", suggest::enumerated(names.iter().copied()))),
            };
            diagnostic.labels.push(described(obstacle.place));
        }
    }

    /// An element with nothing but a text, which is all there will be; comments may stand within it.
    fn xml_leaf(&mut self, payload: &Payload<'_, 'd>, element: Node<'_, '_>, schema: &Schema<'d>) {
        let texts: Vec<Node<'_, '_>> = element.children().filter(Node::is_text).collect();
        let (Some(first), Some(last)) = (texts.first(), texts.last()) else { return };
        let range = first.range().start..last.range().end;
        let text: String = texts.iter().filter_map(Node::text).collect();
        let text = text.trim();
        let types = schema.types();
        let values: Vec<Value> = schema.values().iter().map(|value| value.node().to_value()).collect();
        let message = if !is_number_of(&types, text) {
            let text = if text.is_empty() { "an empty text".to_owned() } else { format!("`{text}`") };
            format!("{text} stands where {} is described", what(&types))
        } else if !values.is_empty() && !values.iter().any(|value| is_spelled(value, text)) {
            format!("`{text}` is none of the values that are described")
        } else {
            return;
        };
        let values: Vec<String> = values.iter().map(|value| value.to_text().into_owned()).collect();
        let near = self.nearest(text, values.iter().map(String::as_str)).map(|near| format!("did you mean `{near}`?"));
        let diagnostic = self.note(rule::MISMATCHED_VALUE, payload.place(range.start, range.end), message);
        diagnostic.help = near.or_else(|| (!values.is_empty()).then(|| super::comparison::listed(&values)));
        diagnostic.labels.push(described(schema.resolved_place()));
    }

    /// The target selects something in a payload that is known: an XPath adds nothing.
    pub(super) fn check_xml_place(&mut self, scope: Scope<'d>, replacement: &'d PayloadReplacement, node: NodeRef<'d>) {
        let Ok(parsed) = xpath::parse(&replacement.target, Version::V3_1) else { return };
        let Some(filled) = self.filled_xml(scope, node) else { return };
        let Ok(document) = parse(&filled.text) else { return };
        let Some((name, names)) = missing(&parsed.expression, &document) else { return };
        let message = format!("the target leads nowhere: the payload has no `{name}` there, and an XPath adds nothing");
        let near = self.nearest(&name, names.iter().map(String::as_str)).map(str::to_owned);
        let diagnostic: &mut Diagnostic = self.note(rule::INVALID_SELECTOR, replacement.target.span, message);
        diagnostic.help = match near {
            Some(near) => Some(format!("did you mean `{near}`?")),
            None if names.is_empty() => None,
            None => Some(format!("it has {}", suggest::enumerated(names.iter().map(String::as_str)))),
        };
    }
}

/// A number as XML Schema has it, which allows more spellings than JSON.
pub(super) fn number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_spelled = digits == "INF"
        || text == "NaN"
        || (digits.starts_with(|first: char| first.is_ascii_digit() || first == '.')
            && digits.bytes().all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte)));
    text.parse().ok().filter(|_| is_spelled)
}

/// Whether a text is a number of the types, where they are those of numbers alone.
fn is_number_of(types: &[SchemaType], text: &str) -> bool {
    let has = |one| types.contains(&one);
    let are_numbers = !types.is_empty() && types.iter().all(|one| one.is_number());
    !are_numbers || number(text).is_some_and(|number| has(SchemaType::Number) || number.fract() == 0.0)
}

/// Whether a text spells a value as XML Schema has it, which allows several spellings of numbers and booleans.
pub(super) fn is_spelled(value: &Value, text: &str) -> bool {
    match value {
        Value::Number(value) => number(text) == Some(value.as_f64()),
        Value::Bool(true) => matches!(text, "true" | "1"),
        Value::Bool(false) => matches!(text, "false" | "0"),
        other => other.to_text() == text,
    }
}

impl Filled {
    /// `None` if an expression in it is wrong, which has been told; if the text begins with an expression or has one that
    /// gives a part of a tag; and if it declares a document type.
    fn of_xml(text: &str, declared: &dyn Fn(&Expression) -> bool) -> Option<Filled> {
        if text.len() > LONGEST || text.contains("<!DOCTYPE") {
            return None;
        }
        let pieces = placed(text, declared)?;
        if !matches!(pieces.first(), Some((Piece::Text(text), _)) if text.trim_start().starts_with('<')) {
            return None;
        }
        let mut filled = Filled::default();
        let mut markup = Markup::Outside;
        for (piece, place) in pieces {
            match piece {
                Piece::Text(text) => {
                    for character in text.chars() {
                        filled.text.push(character);
                        markup = markup.after(&filled.text, character);
                    }
                }
                Piece::Expression(_) if markup == Markup::Tag => return None,
                Piece::Expression(_) => filled.later(true, place),
            }
        }
        Some(filled)
    }
}

/// Where in XML a character stands.
#[derive(Clone, Copy, PartialEq)]
enum Markup {
    Outside,
    Tag,
    /// In a value of a tag, in these quotes.
    Quoted(char),
    /// In what ends with this: a comment, a section of character data, an instruction.
    Until(&'static str),
}

impl Markup {
    /// What comes after a character, the last of a text.
    fn after(self, text: &str, character: char) -> Markup {
        const OTHERS: [(&str, &str); 3] = [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")];
        match (self, character) {
            (Markup::Outside, '<') => Markup::Tag,
            (Markup::Tag, '>') => Markup::Outside,
            (Markup::Tag, '"' | '\'') => Markup::Quoted(character),
            (Markup::Tag, _) => {
                let other = OTHERS.iter().find(|(begin, _)| text.ends_with(begin));
                other.map_or(Markup::Tag, |(_, end)| Markup::Until(end))
            }
            (Markup::Quoted(open), _) if open == character => Markup::Tag,
            (Markup::Until(end), _) if text.ends_with(end) => Markup::Outside,
            _ => self,
        }
    }
}

fn parse(text: &str) -> Result<Xml<'_>, roxmltree::Error> {
    let options = ParsingOptions { allow_dtd: false, ..ParsingOptions::default() };
    Xml::parse_with_options(text, options)
}

/// The byte at a line and a column.
fn offset(text: &str, at: roxmltree::TextPos) -> usize {
    let line: usize = text.split_inclusive('\n').take(at.row.saturating_sub(1) as usize).map(str::len).sum();
    let rest = text.get(line..).unwrap_or_default();
    let column = rest.char_indices().nth(at.col.saturating_sub(1) as usize).map_or(rest.len(), |(column, _)| column);
    (line + column).min(last(text))
}

/// The byte at which the last character begins that is no space.
fn last(text: &str) -> usize {
    text.trim_end().char_indices().next_back().map_or(0, |(last, _)| last)
}

fn described(place: Place<'_>) -> Label {
    Label { source: place.source(), span: place.span(), text: "described here".into() }
}

/// The elements in any of some nodes and those themselves, each once.
fn descendants<'a, 'x>(nodes: &[Node<'a, 'x>]) -> Vec<Node<'a, 'x>> {
    let mut seen = HashSet::new();
    let mut open: Vec<Node<'a, 'x>> = nodes.iter().rev().copied().collect();
    let mut all = Vec::new();
    while let Some(node) = open.pop() {
        if (node.is_element() || node.is_root()) && seen.insert(node.id()) {
            all.push(node);
            open.extend(node.children().rev());
        }
    }
    all
}

/// The first name of a path that selects nothing in a document, and those that are there; `None` where it selects something
/// or nobody knows.
fn missing(expression: &Expr, document: &Xml<'_>) -> Option<(String, Vec<String>)> {
    let ExprKind::Path(path) = &expression.kind else { return None };
    if matches!(path.start, Start::Expression(..)) {
        return None;
    }
    let mut nodes = vec![document.root()];
    for step in &path.steps {
        let is_known = |node: &Node<'_, '_>| {
            !node.children().any(|child| child.is_text() && child.text().is_some_and(|text| text.contains(LATER)))
        };
        let wanted = match &step.test {
            Test::Name { local, .. } => Some(local.as_str()),
            Test::Any | Test::Node => None,
            _ => return None,
        };
        let fits = |name: &str| wanted.is_none_or(|wanted| wanted == name);
        let (next, names): (Vec<_>, Vec<String>) = match step.axis {
            Axis::Attribute => {
                let wanted = wanted?;
                let all: Vec<&str> = nodes.iter().flat_map(Node::attributes).map(|one| one.name()).collect();
                let is_there = all.contains(&wanted);
                return (!is_there).then(|| (wanted.to_owned(), all.into_iter().map(str::to_owned).collect()));
            }
            Axis::DescendantOrSelf if wanted.is_none() => (descendants(&nodes), Vec::new()),
            Axis::Child if nodes.iter().all(is_known) => {
                let all: Vec<_> = nodes.iter().flat_map(Node::children).filter(Node::is_element).collect();
                let names: BTreeSet<&str> = all.iter().map(|node| node.tag_name().name()).collect();
                let names = names.into_iter().map(str::to_owned).collect();
                (all.into_iter().filter(|node| fits(node.tag_name().name())).collect(), names)
            }
            _ => return None,
        };
        if next.is_empty() {
            return wanted.map(|wanted| (wanted.to_owned(), names));
        }
        if !step.predicates.is_empty() {
            return None;
        }
        nodes = next;
    }
    None
}
