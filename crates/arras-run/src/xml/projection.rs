//! An XML document as a JSON value, for JSON Pointers, dotted paths and JSONPath (A-65).

use std::collections::{HashMap, HashSet};

use arras_doc::openapi::SchemaType;
use arras_doc::value::{Number, Object, Value};
use roxmltree::{Attribute, Document, Node};

/// What a description's schema says of elements by their paths: names from below the document element, joined with `/`,
/// that of an attribute with `@` before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct XmlTypes {
    /// What is an array even if it stands alone.
    pub arrays: HashSet<String>,
    /// What is a number or a boolean.
    pub scalars: HashMap<String, SchemaType>,
}

impl XmlTypes {
    /// The value of a text: what the schema says, if the text is one; else the text.
    fn scalar(&self, path: &str, text: String) -> Value {
        let value = match self.scalars.get(path) {
            Some(SchemaType::Integer | SchemaType::Number) => Number::parse(text.trim()).map(Value::Number),
            Some(SchemaType::Boolean) => match text.trim() {
                "true" => Some(Value::Bool(true)),
                "false" => Some(Value::Bool(false)),
                _ => None,
            },
            _ => None,
        };
        value.unwrap_or(Value::String(text))
    }
}

/// The projection of a document.
///
/// An element with text alone is that string, or the number or boolean that the schema says it is: a criterion such as
/// `$.IsTruncated == true`, which published S3 documents write, could hold of no answer otherwise. Any other is an object: attributes are `@name`, child elements their names,
/// text `#text` unless it is blank; a name that several children share, or of which the schema says so, is an array.
/// Names have their prefixes as the document writes them.
///
/// The value is the content of the document element, whose own name appears nowhere: so the schemas of descriptions are
/// made, which have that name in `xml.name` and not among their properties, and so every published document that selects
/// in answers of S3 writes it (`$response.body#/UploadId`, `#/Contents/0/Key`).
///
/// ```
/// let document = arras_run::xml::parse("<r a='1'><k>x</k><l>1</l><l>2</l></r>")?;
/// let mut types = arras_run::xml::XmlTypes::default();
/// types.arrays.insert("k".to_owned());
/// let value = arras_run::xml::project(&document, &types);
/// assert_eq!(value.to_json(), r#"{"@a":"1","k":["x"],"l":["1","2"]}"#);
/// # Ok::<(), arras_run::xml::XmlError>(())
/// ```
pub fn project(document: &Document<'_>, types: &XmlTypes) -> Value {
    element(document.root_element(), &mut String::new(), types)
}

/// The projection of an element that no schema describes.
pub(crate) fn project_element(node: Node<'_, '_>) -> Value {
    element(node, &mut String::new(), &XmlTypes::default())
}

/// Recursion is as deep as the document, which [`super::parse`] bounds.
fn element(node: Node<'_, '_>, path: &mut String, types: &XmlTypes) -> Value {
    let mut members = Object::default();
    for attribute in node.attributes() {
        let name = format!("@{}", attribute_name(node, attribute));
        let value = types.scalar(&joined(path, &name), attribute.value().to_owned());
        members.insert(name, value);
    }
    let mut text = String::new();
    let mut has_elements = false;
    for child in node.children() {
        if child.is_element() {
            has_elements = true;
            add(&mut members, child, path, types);
        } else if child.is_text() {
            text.push_str(child.text().unwrap_or_default());
        }
    }
    if members.is_empty() {
        return types.scalar(path, text);
    }
    let kept = if has_elements { !text.trim().is_empty() } else { !text.is_empty() };
    if kept {
        members.insert("#text".to_owned(), Value::String(text));
    }
    Value::Object(members)
}

fn add(members: &mut Object, child: Node<'_, '_>, path: &mut String, types: &XmlTypes) {
    let name = element_name(child);
    let before = path.len();
    if before > 0 {
        path.push('/');
    }
    path.push_str(name);
    let value = element(child, path, types);
    match members.get_mut(name) {
        Some(Value::Array(items)) => items.push(value),
        Some(first) => *first = Value::Array(vec![std::mem::take(first), value]),
        None => {
            let value = if types.arrays.contains(path.as_str()) { Value::Array(vec![value]) } else { value };
            members.insert(name.to_owned(), value);
        }
    }
    path.truncate(before);
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") }
}

/// The name in the start tag, prefix included.
pub(crate) fn element_name<'i>(node: Node<'_, 'i>) -> &'i str {
    let tag = node.document().input_text().get(node.range()).and_then(|text| text.strip_prefix('<')).unwrap_or("");
    let end = tag.find(|next: char| next.is_ascii_whitespace() || matches!(next, '/' | '>')).unwrap_or(tag.len());
    tag.get(..end).unwrap_or("")
}

fn attribute_name<'i>(node: Node<'_, 'i>, attribute: Attribute<'_, 'i>) -> &'i str {
    node.document().input_text().get(attribute.range_qname()).unwrap_or(attribute.name())
}
