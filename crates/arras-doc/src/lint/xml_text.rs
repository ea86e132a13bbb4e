//! A payload that is written as XML text, with expressions in it (ARZ-BODY-04, ARZ-BODY-06).

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use roxmltree::{Document as Xml, Node, ParsingOptions};

use crate::arazzo::RequestBody;
use crate::diagnostic::{Label, Severity};
use crate::expression::{Expression, Piece};
use crate::node::NodeRef;
use crate::openapi::{Place, Schema, SchemaType, XmlPart};
use crate::rule;
use crate::span::Span;
use crate::suggest;
use crate::value::Value;

use super::json_text::{Filled, LATER, placed};
use super::shape::{Shape, what};
use super::{Lint, Scope};

/// The longest text that is looked at.
const LONGEST: usize = 1 << 20;
/// The namespace of what XML Schema says of the elements of a document.
const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";
/// How many names are looked at for one of the comparisons of a value.
const NAMES: usize = 16;
/// How deep elements are compared with schemas.
const DEPTH: usize = 24;

/// What is looked at.
struct Payload<'p, 'd> {
    node: NodeRef<'d>,
    filled: &'p Filled,
    /// Whether the texts of elements stay as they are.
    is_final: bool,
    /// How many comparisons may still be made.
    left: Cell<usize>,
    /// How many findings there may be in the document.
    most: usize,
}

impl Payload<'_, '_> {
    fn place(&self, start: usize, end: usize) -> Span {
        self.node.source_map().span(self.filled.origin(start), self.filled.origin(end))
    }

    /// The name in the start tag of an element.
    fn tag(&self, element: Node<'_, '_>) -> Span {
        let name = self.name_of(element);
        self.place(name.start, name.end)
    }

    /// The same in the filled text.
    fn name_of(&self, element: Node<'_, '_>) -> Range<usize> {
        let start = element.range().start + 1;
        let text = self.filled.text.get(start..).unwrap_or_default();
        let length = text.find(|next: char| next.is_whitespace() || matches!(next, '/' | '>')).unwrap_or(0);
        start..start + length
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
        let (before, left) = (self.diagnostics.len(), self.limits.comparisons());
        let most = before + self.limits.findings();
        let is_final = given.replacements.is_empty();
        let payload = Payload { node, filled: &filled, is_final, left: Cell::new(left), most };
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
        if self.limits.are_spent() {
            return;
        }
        let shape = self.xml_shape(schema);
        let (root, written) = (document.root_element(), document.root_element().tag_name().name());
        if let Some(name) = shape.root_name().filter(|name| shape.is_root_named() && *name != written) {
            let message = format!("the document element is `{written}`, where `{name}` is described");
            let diagnostic = self.note(rule::MISMATCHED_VALUE, payload.tag(root), message);
            diagnostic.help = Some(format!("did you mean `{name}`?"));
            diagnostic.labels.push(described(schema.keyword("xml").unwrap_or(schema.place())));
            return;
        }
        self.xml_element(&payload, root, schema, shape.root(), DEPTH);
        self.limits.spend(left - payload.left.get(), self.diagnostics.len() - before);
        if self.is_enough(&payload, 0) {
            self.diagnostics.push(self.limits.unfinished(self.source(), payload.tag(root)));
        }
    }

    /// Whether no more can be said of a payload once so many names were looked at.
    fn is_enough(&self, payload: &Payload<'_, 'd>, names: usize) -> bool {
        payload.left.set(payload.left.get().saturating_sub(names.div_ceil(NAMES)));
        payload.left.get() == 0 || self.diagnostics.len() >= payload.most
    }

    pub(super) fn filled_xml(&self, scope: Scope<'d>, node: NodeRef<'d>) -> Option<Filled> {
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
        if depth == 0 || is_beyond || !schema.unresolved().is_empty() || self.is_enough(payload, properties.len() + 1) {
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
        let of_elements = properties.iter().filter(|(_, inner)| !inner.is_attribute() && !children.is_empty());
        for (property, inner) in of_elements {
            known.entry(inner.element_name(property)).or_insert((property, inner));
        }
        let (mut below, mut strays) = (HashMap::new(), Vec::new());
        for child in &children {
            let name = child.tag_name().name();
            let Some((property, inner)) = known.get(name).copied() else {
                strays.push((name, payload.name_of(*child)));
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
        let given: HashSet<&str> = element.attributes().map(|attribute| attribute.name()).collect();
        let of_kind = |is_attribute: bool| {
            let of_kind = properties.iter().filter(move |(_, inner)| inner.is_attribute() == is_attribute);
            of_kind.map(|(property, inner)| inner.element_name(property)).collect::<Vec<_>>()
        };
        let names = of_kind(true);
        let named: HashSet<&str> = names.iter().copied().filter(|name| given.contains(name)).collect();
        let attributes = element.attributes().filter(|attribute| attribute.namespace().is_none());
        let attributes = attributes.filter(|attribute| !named.contains(attribute.name()));
        let attributes: Vec<_> = attributes.map(|attribute| (attribute.name(), attribute.range_qname())).collect();
        if !part.is_open() {
            self.xml_strays(payload, "element", &strays, schema, &of_kind(false));
            self.xml_strays(payload, "attribute", &attributes, schema, &names);
        }
        if !element.has_attribute((INSTANCE, "nil")) {
            let children = (!is_mixed).then(|| children.iter().map(|child| child.tag_name().name()).collect());
            self.xml_missing(payload, element, schema, &properties, (&given, children.as_ref()));
        }
    }

    /// What is required and missing; of mixed text nobody knows which elements it gives.
    fn xml_missing(
        &mut self,
        payload: &Payload<'_, 'd>,
        element: Node<'_, '_>,
        schema: &Schema<'d>,
        properties: &[(&str, XmlPart<'_>)],
        (attributes, children): (&HashSet<&str>, Option<&HashSet<&str>>),
    ) {
        let required = schema.required();
        if required.is_empty() {
            return;
        }
        let properties: HashMap<&str, XmlPart<'_>> = properties.iter().copied().collect();
        for required in required {
            let Some(inner) = properties.get(required) else { continue };
            let name = inner.element_name(required);
            let is_there = match inner.is_attribute() {
                true => attributes.contains(name),
                // a list that is not wrapped may be empty
                false => {
                    inner.kind() == Some(SchemaType::Array) && !inner.is_wrapped()
                        || children.is_none_or(|children| children.contains(name))
                }
            };
            if is_there || schema.property(required).is_some_and(|property| property.is_read_only()) {
                continue;
            }
            if self.is_enough(payload, 0) {
                return;
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
    fn xml_strays(
        &mut self,
        payload: &Payload<'_, 'd>,
        kind: &str,
        strays: &[(&str, Range<usize>)],
        schema: &Schema<'d>,
        names: &[&str],
    ) {
        if strays.is_empty() {
            return;
        }
        // whether a name that it surely does not have is allowed
        let Shape::Nothing(obstacle) = Shape::of([schema.clone()]).child("\u{E000}") else { return };
        for (name, range) in strays {
            if self.is_enough(payload, 0) {
                return;
            }
            let message = format!("no {kind} `{name}` is described here");
            let near = self.nearest(name, names.iter().copied());
            let diagnostic = self.note(rule::UNDECLARED_PROPERTY, payload.place(range.start, range.end), message);
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

pub(super) fn parse(text: &str) -> Result<Xml<'_>, roxmltree::Error> {
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
