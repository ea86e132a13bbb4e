//! An XML body as the value that its schema describes: elements and attributes under the names of their properties, texts
//! as the scalars that the schema asks for.
//!
//! What XML can't tell apart is read in the schema's favour: no element of a list that must be there is an empty list, an
//! empty element of what may be `null` and is no string is `null`. Prefixes are a document's own choice: elements are known
//! by their local names, and by their namespaces where the schema says one.

use std::collections::HashSet;

use arras_doc::openapi::{SchemaType, XmlPart, XmlShape};
use arras_doc::pointer;
use arras_doc::value::{Number, Object, Value};
use roxmltree::{Attribute, Document, Node, NodeId};

use crate::xml::project_element;

const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";
const XML: &str = "http://www.w3.org/XML/1998/namespace";
/// How many misnamed parts of one body are told.
const MOST_TOLD: usize = 5;

/// A value that was read, and what of the document's form is not as described: places as JSON Pointers, and why.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) value: Value,
    pub(super) wrong: Vec<(String, String)>,
}

/// Reads a document by a shape that [`XmlShape::is_readable`].
pub(super) fn read(document: &Document<'_>, shape: &XmlShape) -> Read {
    let root = document.root_element();
    let mut reader = Reader { path: String::new(), wrong: Vec::new() };
    if let Some(name) = shape.root_name().filter(|_| shape.is_root_named())
        && !is_called(root, name)
    {
        reader.wrong(format!("the document element is `{}`, not `{name}`", root.tag_name().name()));
    }
    let part = shape.root();
    reader.namespace(root.tag_name().namespace(), part);
    let value = match part.kind() {
        Some(SchemaType::Array) => reader.list(root, part.item_name(root.tag_name().name()), part),
        _ => reader.element(root, part),
    };
    Read { value, wrong: reader.wrong }
}

/// Documents are as deep as their parser allows, so these may call themselves.
struct Reader {
    /// A JSON Pointer to the value that is read.
    path: String,
    wrong: Vec<(String, String)>,
}

impl Reader {
    fn element(&mut self, node: Node<'_, '_>, part: XmlPart<'_>) -> Value {
        if node.attribute((INSTANCE, "nil")).is_some_and(|nil| matches!(nil.trim(), "true" | "1")) {
            return Value::Null;
        }
        match part.kind() {
            Some(SchemaType::Object) => self.object(node, part),
            // a list in an element: of a list of lists, or of one that is described as a single value
            Some(SchemaType::Array) => self.list(node, part.item_name(node.tag_name().name()), part),
            _ if part.properties().next().is_some() => self.object(node, part),
            Some(_) if !node.has_children() || node.children().all(|child| !child.is_element()) => {
                scalar(&text(node), part)
            }
            None if is_leaf(node) => scalar(&text(node), part),
            _ => project_element(node),
        }
    }

    fn object(&mut self, node: Node<'_, '_>, part: XmlPart<'_>) -> Value {
        let mut claimed = Claimed::default();
        let mut members = self.members(node, part, &mut claimed);
        self.rest(node, part, &claimed, &mut members);
        Value::Object(members)
    }

    /// The properties that the schema names, as far as the element has them.
    fn members(&mut self, node: Node<'_, '_>, owner: XmlPart<'_>, claimed: &mut Claimed) -> Object {
        let mut members = Object::default();
        for (name, part) in owner.properties() {
            let before = self.path.len();
            pointer::push(&mut self.path, name);
            if let Some(value) = self.member(node, name, part, owner, claimed) {
                members.insert(name.to_owned(), value);
            }
            self.path.truncate(before);
        }
        members
    }

    fn member(
        &mut self,
        node: Node<'_, '_>,
        name: &str,
        part: XmlPart<'_>,
        owner: XmlPart<'_>,
        claimed: &mut Claimed,
    ) -> Option<Value> {
        if part.is_attribute() {
            let called = part.own_name().unwrap_or(name);
            let attribute = node.attributes().find(|attribute| attribute_is_called(node, *attribute, called))?;
            claimed.attributes.insert(attribute.range().start);
            self.namespace(attribute.namespace(), part);
            return Some(scalar(attribute.value(), part));
        }
        if part.is_text() {
            claimed.text = true;
            let text = text(node);
            return (owner.requires(name) || !text.is_empty()).then(|| scalar(&text, part));
        }
        if part.is_transparent() {
            let members = self.members(node, part, claimed);
            return (owner.requires(name) || !members.is_empty()).then_some(Value::Object(members));
        }
        let is_list = part.kind() == Some(SchemaType::Array);
        let called = part.element_name(name);
        let found: Vec<Node<'_, '_>> =
            node.children().filter(|child| child.is_element() && is_called(*child, called)).collect();
        claimed.elements.extend(found.iter().map(Node::id));
        if is_list && !part.is_wrapped() {
            let items = part.items();
            let values = found.iter().enumerate().map(|(at, item)| self.item(at, *item, items));
            let values: Vec<Value> = values.collect();
            return (owner.requires(name) || !values.is_empty()).then_some(Value::Array(values));
        }
        found.iter().for_each(|element| self.namespace(element.tag_name().namespace(), part));
        if found.len() > 1 {
            self.wrong(format!("there are {} elements `{called}`, and one is described", found.len()));
        }
        let element = *found.first()?;
        Some(match is_list {
            true => self.list(element, part.item_name(name), part),
            false => self.element(element, part),
        })
    }

    /// The items within an element.
    fn list(&mut self, node: Node<'_, '_>, called: &str, part: XmlPart<'_>) -> Value {
        let mut values = Vec::new();
        for element in node.children().filter(Node::is_element) {
            if is_called(element, called) {
                values.push(self.item(values.len(), element, part.items()));
            } else {
                let found = element.tag_name().name();
                self.wrong(format!("`{found}` stands in a list whose elements are `{called}`"));
            }
        }
        Value::Array(values)
    }

    fn item(&mut self, at: usize, node: Node<'_, '_>, part: Option<XmlPart<'_>>) -> Value {
        let Some(part) = part else { return project_element(node) };
        let before = self.path.len();
        pointer::push(&mut self.path, &at.to_string());
        self.namespace(node.tag_name().namespace(), part);
        let value = self.element(node, part);
        self.path.truncate(before);
        value
    }

    /// What the schema does not name.
    fn rest(&mut self, node: Node<'_, '_>, part: XmlPart<'_>, claimed: &Claimed, members: &mut Object) {
        for attribute in node.attributes() {
            let is_own = matches!(attribute.namespace(), Some(INSTANCE | XML));
            if !is_own && !claimed.attributes.contains(&attribute.range().start) {
                members.insert(format!("@{}", attribute.name()), Value::from(attribute.value()));
            }
        }
        for element in node.children().filter(|child| child.is_element() && !claimed.elements.contains(&child.id())) {
            let name = element.tag_name().name();
            let before = self.path.len();
            pointer::push(&mut self.path, name);
            if let Some(misplaced) = part.property(name) {
                let described = match (misplaced.is_attribute(), misplaced.is_text()) {
                    (true, _) => "an attribute",
                    (_, true) => "the text of an element",
                    _ => "an element of another name",
                };
                self.wrong(format!("it is the element `{name}`, and {described} is described"));
                self.path.truncate(before);
                continue;
            }
            let value = match part.others() {
                Some(others) => self.element(element, others),
                None => project_element(element),
            };
            self.path.truncate(before);
            match members.get_mut(name) {
                Some(Value::Array(items)) => items.push(value),
                Some(first) => *first = Value::Array(vec![std::mem::take(first), value]),
                None => {
                    members.insert(name.to_owned(), value);
                }
            }
        }
        let text = text(node);
        if !claimed.text && !text.trim().is_empty() {
            members.insert("#text".to_owned(), Value::String(text));
        }
    }

    fn namespace(&mut self, found: Option<&str>, part: XmlPart<'_>) {
        let Some(described) = part.namespace().filter(|described| found != Some(described)) else { return };
        match found {
            Some(found) => self.wrong(format!("it is in the namespace `{found}`, not in `{described}`")),
            None => self.wrong(format!("it is in no namespace, not in `{described}`")),
        }
    }

    fn wrong(&mut self, why: String) {
        if self.wrong.len() <= MOST_TOLD {
            self.wrong.push((self.path.clone(), why));
        }
    }
}

/// What of an element belongs to properties that its schema names.
#[derive(Default)]
struct Claimed {
    elements: HashSet<NodeId>,
    /// By where they begin.
    attributes: HashSet<usize>,
    text: bool,
}

/// The value of a text: the first that it is a text of, of those that the schema allows; else the text.
fn scalar(text: &str, part: XmlPart<'_>) -> Value {
    let trimmed = text.trim();
    let values = part.values();
    if part.types().is_empty() && !values.is_empty() {
        let listed = values.iter().find(|value| !value.is_structure() && value.to_text() == text);
        return listed.cloned().unwrap_or_else(|| Value::from(text));
    }
    let is_text = part.types().contains(&SchemaType::String);
    let read = |kind: &SchemaType| match kind {
        // where a text may stand too, other spellings than JSON's are texts
        SchemaType::Integer | SchemaType::Number if is_text => Number::parse(trimmed).map(Value::Number),
        SchemaType::Integer | SchemaType::Number => number(trimmed).map(Value::Number),
        SchemaType::Boolean => match trimmed {
            "true" | "1" => Some(Value::Bool(true)),
            "false" | "0" => Some(Value::Bool(false)),
            _ => None,
        },
        SchemaType::Null => (trimmed.is_empty() && !is_text).then_some(Value::Null),
        _ => None,
    };
    part.types().iter().find_map(read).unwrap_or_else(|| Value::from(text))
}

/// A number as XML Schema spells it: with a `+`, with zeros in front, with nothing on one side of the point.
fn number(text: &str) -> Option<Number> {
    if let Some(number) = Number::parse(text) {
        return Some(number);
    }
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = rest.split_at(rest.find(['e', 'E']).unwrap_or(rest.len()));
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_digits = whole.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits || whole.is_empty() && part.is_empty() {
        return None;
    }
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        digits => digits,
    };
    let point = if part.is_empty() { "" } else { "." };
    Number::parse(&format!("{sign}{whole}{point}{part}{exponent}"))
}

fn is_leaf(node: Node<'_, '_>) -> bool {
    node.attributes().len() == 0 && node.children().all(|child| !child.is_element())
}

/// The text that stands in an element itself.
fn text(node: Node<'_, '_>) -> String {
    node.children().filter(Node::is_text).filter_map(|child| child.text()).collect()
}

/// Whether an element has that name, as a local one or as the document writes it.
fn is_called(node: Node<'_, '_>, name: &str) -> bool {
    node.tag_name().name() == name || (name.contains(':') && crate::xml::element_name(node) == name)
}

fn attribute_is_called(node: Node<'_, '_>, attribute: Attribute<'_, '_>, name: &str) -> bool {
    let written = || node.document().input_text().get(attribute.range_qname());
    attribute.name() == name || (name.contains(':') && written() == Some(name))
}
