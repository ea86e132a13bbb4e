//! An XML document as a JSON value, for JSON Pointers, dotted paths and JSONPath (A-65).

use std::collections::HashSet;

use arras_doc::value::{Object, Value};
use roxmltree::{Attribute, Document, Node};

/// The paths of elements that a description's schema says are arrays: names from below the document element, joined
/// with `/`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArrayPaths(pub HashSet<String>);

impl ArrayPaths {
    /// Whether the element at this path is an array even if it stands alone.
    pub fn has(&self, path: &str) -> bool {
        self.0.contains(path)
    }
}

/// The projection of a document.
///
/// An element with text alone is that string. Any other is an object: attributes are `@name`, child elements their names,
/// text `#text` unless it is blank; a name that several children share, or of which `is_array` says so, is an array.
/// Names have their prefixes as the document writes them.
///
/// The value is the content of the document element, whose own name appears nowhere: so the schemas of descriptions are
/// made, which have that name in `xml.name` and not among their properties, and so every published document that selects
/// in answers of S3 writes it (`$response.body#/UploadId`, `#/Contents/0/Key`).
///
/// ```
/// let document = arras_run::xml::parse("<r a='1'><k>x</k><l>1</l><l>2</l></r>")?;
/// let value = arras_run::xml::project(&document, &|path| path == "k");
/// assert_eq!(value.to_json(), r#"{"@a":"1","k":["x"],"l":["1","2"]}"#);
/// # Ok::<(), arras_run::xml::XmlError>(())
/// ```
pub fn project(document: &Document<'_>, is_array: &dyn Fn(&str) -> bool) -> Value {
    element(document.root_element(), &mut String::new(), is_array)
}

/// Recursion is as deep as the document, which [`super::parse`] bounds.
fn element(node: Node<'_, '_>, path: &mut String, is_array: &dyn Fn(&str) -> bool) -> Value {
    let mut members = Object::new();
    for attribute in node.attributes() {
        members.insert(format!("@{}", attribute_name(node, attribute)), Value::from(attribute.value()));
    }
    let mut text = String::new();
    let mut has_elements = false;
    for child in node.children() {
        if child.is_element() {
            has_elements = true;
            add(&mut members, child, path, is_array);
        } else if child.is_text() {
            text.push_str(child.text().unwrap_or_default());
        }
    }
    if members.is_empty() {
        return Value::String(text);
    }
    let kept = if has_elements { !text.trim().is_empty() } else { !text.is_empty() };
    if kept {
        members.insert("#text".to_owned(), Value::String(text));
    }
    Value::Object(members)
}

fn add(members: &mut Object, child: Node<'_, '_>, path: &mut String, is_array: &dyn Fn(&str) -> bool) {
    let name = element_name(child);
    let before = path.len();
    if before > 0 {
        path.push('/');
    }
    path.push_str(name);
    let value = element(child, path, is_array);
    match members.get_mut(name) {
        Some(Value::Array(items)) => items.push(value),
        Some(first) => *first = Value::Array(vec![std::mem::take(first), value]),
        None => {
            let value = if is_array(path) { Value::Array(vec![value]) } else { value };
            members.insert(name.to_owned(), value);
        }
    }
    path.truncate(before);
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
