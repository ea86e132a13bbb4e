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

/// The value of a document, by the names and types of a schema; the document element's own name appears nowhere.
///
/// # Errors
/// A phrase: the text is no XML, too deep, or its document element is another than the schema's.
pub(crate) fn read(text: &str, shape: &XmlShape) -> Result<Value, String> {
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
    Ok(element(root, Some(shape.root())))
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
fn element(node: Node<'_, '_>, part: Option<XmlPart<'_>>) -> Value {
    let is_object = part.is_some_and(|part| part.kind() == Some(SchemaType::Object));
    let has_members = node.children().any(|child| child.is_element()) || node.attributes().next().is_some();
    if !is_object && !has_members {
        return scalar(node.text().unwrap_or_default(), part.and_then(XmlPart::kind));
    }
    let mut members = Object::default();
    for attribute in node.attributes() {
        let known = part.and_then(|part| named(part, attribute.name(), XmlPart::is_attribute));
        match known {
            Some((name, part)) => members.insert(name.to_owned(), scalar(attribute.value(), part.kind())),
            None => members.insert(format!("@{}", attribute.name()), Value::from(attribute.value())),
        };
    }
    for child in node.children().filter(Node::is_element) {
        let name = child.tag_name().name();
        match part.and_then(|part| named(part, name, |part| !part.is_attribute())) {
            Some((name, part)) if part.kind() == Some(SchemaType::Array) && part.is_wrapped() => {
                let items = child.children().filter(Node::is_element).map(|item| element(item, part.items()));
                members.insert(name.to_owned(), Value::Array(items.collect()));
            }
            Some((name, part)) if part.kind() == Some(SchemaType::Array) => {
                let list = members.entry(name.to_owned()).or_insert_with(|| Value::Array(Vec::new()));
                if let Value::Array(items) = list {
                    items.push(element(child, part.items()));
                }
            }
            Some((name, part)) => add(&mut members, name, element(child, Some(part))),
            None => add(&mut members, name, element(child, None)),
        }
    }
    let text = node.children().filter(Node::is_text).filter_map(|text| text.text()).collect::<String>();
    if !text.trim().is_empty() {
        let known = part.and_then(|part| part.properties().find(|(_, part)| part.is_text()));
        match known {
            Some((name, part)) => members.insert(name.to_owned(), scalar(&text, part.kind())),
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

fn scalar(text: &str, kind: Option<SchemaType>) -> Value {
    let value = match kind {
        Some(SchemaType::Integer | SchemaType::Number) => Number::parse(text.trim()).map(Value::Number),
        Some(SchemaType::Boolean) => match text.trim() {
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            _ => None,
        },
        // an empty element is a list without items
        Some(SchemaType::Array) if text.is_empty() => Some(Value::Array(Vec::new())),
        _ => None,
    };
    value.unwrap_or_else(|| Value::from(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_schema_names_speak_for_themselves() {
        let value = read("<r a='1'><k>x</k><l>1</l><l>2</l>t</r>", &XmlShape::default()).map(|value| value.to_json());
        assert_eq!(value.as_deref(), Ok(r##"{"@a":"1","k":"x","l":["1","2"],"#text":"t"}"##));
        let deep = format!("{}{}", "<a>".repeat(200), "</a>".repeat(200));
        for bad in ["", "<a>", "<!DOCTYPE a []><a/>", deep.as_str()] {
            assert!(read(bad, &XmlShape::default()).is_err(), "{}", bad.get(..20).unwrap_or(bad));
        }
        assert_eq!(read("<a/>", &XmlShape::default()), Ok(Value::from("")));
        assert_eq!(escape("a<b\u{1}"), "a&lt;b\u{fffd}");
    }
}
