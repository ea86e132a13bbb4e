//! XML: bodies read into values by a schema, and text that may stand in an element.

use arras_doc::openapi::{SchemaType, XmlPart, XmlShape};
use arras_doc::value::{Number, Object, Value};
use roxmltree::{Document, Node, ParsingOptions};

/// How deep elements may nest.
const DEPTH: usize = 128;
/// How many elements, attributes and texts a document may have.
const NODES: u32 = 500_000;

/// Text with `<`, `>`, `&` and quotes escaped, and without what XML can't hold.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' | '\r' | ' '..='\u{fffd}' | '\u{10000}'.. => out.push(character),
            _ => out.push('\u{fffd}'),
        }
    }
    out
}

/// Where `nil` is defined.
const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// What a text is where the schema allows a text and something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    Text,
    /// The number, boolean or `null` that it shows, if it shows one.
    Shown,
}

/// The values of a document, by the names and types of a schema; several where the schema leaves types open. The document
/// element's own name appears nowhere.
///
/// # Errors
/// A phrase: the text is no XML, too deep, or its document element is another than the schema's.
pub(crate) fn read(text: &str, shape: &XmlShape) -> Result<Vec<Value>, String> {
    if nests_deeper(text, DEPTH) {
        return Err(format!("its elements nest deeper than {DEPTH} levels"));
    }
    let options = ParsingOptions { allow_dtd: false, nodes_limit: NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|error| error.to_string())?;
    let root = document.root_element();
    let name = root.tag_name().name();
    if let Some(expected) = shape.root_name().filter(|expected| *expected != name) {
        return Err(format!("its document element is `{name}`, not `{expected}`"));
    }
    let mut values = vec![element(root, Some(shape.root()), Open::Text)];
    let shown = element(root, Some(shape.root()), Open::Shown);
    if !values.contains(&shown) {
        values.push(shown);
    }
    Ok(values)
}

/// Whether more elements are open at some point; what is not well-formed is the parser's to tell.
fn nests_deeper(text: &str, most: usize) -> bool {
    let mut open: usize = 0;
    for tag in text.split('<').skip(1) {
        let end = tag.find('>').unwrap_or(tag.len());
        match tag.as_bytes().first() {
            Some(b'/') => open = open.saturating_sub(1),
            Some(b'!' | b'?') | None => {}
            Some(_) if tag.as_bytes().get(end.saturating_sub(1)) == Some(&b'/') => {}
            Some(_) => open += 1,
        }
        if open > most {
            return true;
        }
    }
    false
}

/// Calls itself as deep as the document, which is bounded.
fn element(node: Node<'_, '_>, part: Option<XmlPart<'_>>, open: Open) -> Value {
    if node.attribute((INSTANCE, "nil")).is_some_and(|nil| matches!(nil.trim(), "true" | "1")) {
        return Value::Null;
    }
    let is_object = part.is_some_and(|part| part.kind() == Some(SchemaType::Object));
    let has_members = node.children().any(|child| child.is_element()) || node.attributes().next().is_some();
    if !is_object && !has_members {
        return scalar(node.text().unwrap_or_default(), part, open);
    }
    let mut members = Object::default();
    for attribute in node.attributes() {
        let known = part.and_then(|part| named(part, attribute.name(), XmlPart::is_attribute));
        match known {
            Some((name, part)) => members.insert(name.to_owned(), scalar(attribute.value(), Some(part), open)),
            None => members.insert(format!("@{}", attribute.name()), Value::from(attribute.value())),
        };
    }
    for child in node.children().filter(Node::is_element) {
        let name = child.tag_name().name();
        let known = part.and_then(|part| named(part, name, |part| !part.is_attribute()));
        match known.or_else(|| Some((name, part?.others()?))) {
            Some((name, part)) if part.kind() == Some(SchemaType::Array) && part.is_wrapped() => {
                let items = child.children().filter(Node::is_element).map(|item| element(item, part.items(), open));
                members.insert(name.to_owned(), Value::Array(items.collect()));
            }
            Some((name, part)) if part.kind() == Some(SchemaType::Array) => {
                let list = members.entry(name.to_owned()).or_insert_with(|| Value::Array(Vec::new()));
                if let Value::Array(items) = list {
                    items.push(element(child, part.items(), open));
                }
            }
            Some((name, part)) => add(&mut members, name, element(child, Some(part), open)),
            None => add(&mut members, name, element(child, None, open)),
        }
    }
    let text = node.children().filter(Node::is_text).filter_map(|text| text.text()).collect::<String>();
    if !text.trim().is_empty() {
        let known = part.and_then(|part| part.properties().find(|(_, part)| part.is_text()));
        match known {
            Some((name, part)) => members.insert(name.to_owned(), scalar(&text, Some(part), open)),
            None => members.insert("#text".to_owned(), Value::from(text)),
        };
    }
    Value::Object(members)
}

/// The property whose element or attribute has that name.
fn named<'s>(owner: XmlPart<'s>, name: &str, fits: impl Fn(XmlPart<'s>) -> bool) -> Option<(&'s str, XmlPart<'s>)> {
    owner.properties().find(|(property, part)| fits(*part) && part.element_name(property) == name)
}

/// A name that several elements share is an array, whatever the schema says.
fn add(members: &mut Object, name: &str, value: Value) {
    match members.get_mut(name) {
        Some(Value::Array(items)) => items.push(value),
        Some(first) => *first = Value::Array(vec![std::mem::take(first), value]),
        None => drop(members.insert(name.to_owned(), value)),
    }
}

/// The value of a text, by the types that the schema allows, or else the values that it lists.
fn scalar(text: &str, part: Option<XmlPart<'_>>, open: Open) -> Value {
    let as_text = || Value::from(text);
    let Some(part) = part else { return as_text() };
    let (trimmed, types) = (text.trim(), part.types());
    // an empty element is a list without items
    if part.kind() == Some(SchemaType::Array) && text.is_empty() {
        return Value::Array(Vec::new());
    }
    if types.is_empty() && !part.values().is_empty() {
        let listed = part.values().iter().find(|value| !value.is_structure() && value.to_text() == text);
        return listed.cloned().unwrap_or_else(as_text);
    }
    if open == Open::Text && (types.is_empty() || types.contains(&SchemaType::String)) {
        return as_text();
    }
    let read = |kind: &SchemaType| match kind {
        SchemaType::Integer | SchemaType::Number => Number::parse(trimmed).map(Value::Number),
        SchemaType::Boolean => match trimmed {
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            _ => None,
        },
        SchemaType::Null => trimmed.is_empty().then_some(Value::Null),
        _ => None,
    };
    let any = [SchemaType::Number, SchemaType::Boolean, SchemaType::Null];
    let types = if types.is_empty() { any.as_slice() } else { types };
    types.iter().find_map(read).unwrap_or_else(as_text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_schema_names_speak_for_themselves() {
        let json = |values: Vec<Value>| values.iter().map(Value::to_json).collect::<Vec<_>>().join(" ");
        let value = read("<r a='1'><k>x</k><l>1</l><l>2</l>t</r>", &XmlShape::default()).map(json);
        assert_eq!(value.as_deref(), Ok(r##"{"@a":"1","k":"x","l":["1","2"],"#text":"t"}"##));
        let deep = format!("{}{}", "<a>".repeat(200), "</a>".repeat(200));
        for bad in ["", "<a>", "<!DOCTYPE a []><a/>", deep.as_str()] {
            assert!(read(bad, &XmlShape::default()).is_err(), "{}", bad.get(..20).unwrap_or(bad));
        }
        assert_eq!(read("<a/>", &XmlShape::default()), Ok(vec![Value::from(""), Value::Null]));
        assert_eq!(escape("a<b\u{1}"), "a&lt;b\u{fffd}");
    }
}
