//! XML from structures, by the `xml` hints of OpenAPI schemas.

use arras_doc::openapi::{Content, Schema, SchemaType, Version};
use arras_doc::value::{Object, Value};

use super::{Context, invalid};
use crate::fault::Fault;

/// How deep elements may nest.
const MAX_DEPTH: usize = 200;

/// What a value becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Node {
    Element,
    Attribute,
    Text,
    CharacterData,
    /// Nothing of its own: its parts stand in its place.
    None,
}

/// The document of a payload in a described content.
pub(super) fn encode(value: &Value, content: Option<&Content<'_>>, context: Context<'_>) -> Result<String, Fault> {
    encode_value(value, content.and_then(Content::schema).as_ref(), context)
}

/// The document of a value.
///
/// What the schema does not describe is written as the projection of answers reads it: members are elements, `@name`
/// attributes, `#text` is text. The document element is then the one member of the payload.
pub(super) fn encode_value(value: &Value, schema: Option<&Schema<'_>>, context: Context<'_>) -> Result<String, Fault> {
    if let Some(name) = context.files.inside(value) {
        return Err(invalid(format!("the file `{name}` can't be inside of XML")));
    }
    let mut writer = Writer { out: String::new(), depth: 0 };
    match (schema, value) {
        (Some(schema), value) if root_name(schema).is_some() => {
            let name = root_name(schema).unwrap_or_default();
            writer.element(&name, value, Some(schema))?;
        }
        (Some(_), _) => return Err(invalid(NO_ROOT.to_owned())),
        (None, Value::Object(members)) if members.len() == 1 => writer.children(members, None)?,
        (None, _) => {
            let message = "a payload without a schema must be an object of one member to be written as XML";
            return Err(invalid(message.to_owned()));
        }
    }
    // names, prefixes and characters that XML does not allow, wherever they came from
    crate::xml::parse(&writer.out).map_err(|error| invalid(format!("the payload can't be written as XML: {error}")))?;
    Ok(writer.out)
}

/// Why a structure can't be a document.
pub(super) const NO_ROOT: &str = "the schema of the payload gives its XML element no name: neither `xml.name` nor a component's";

/// The document element's name: `xml.name`, else that of the component that the schema is.
pub(super) fn root_name(schema: &Schema<'_>) -> Option<String> {
    let named = hint(schema, "name").filter(|_| node(Some(schema)) != Node::None || !is_array(schema));
    named.map(str::to_owned).or_else(|| component(schema).map(str::to_owned).filter(|_| !is_array(schema)))
}

struct Writer {
    out: String,
    depth: usize,
}

impl Writer {
    /// An element whatever its schema's own kind of node is: the document, a member, an item.
    fn element(&mut self, name: &str, value: &Value, schema: Option<&Schema<'_>>) -> Result<(), Fault> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(invalid(format!("the payload nests deeper than {MAX_DEPTH} elements")));
        }
        let tag = qualified(name, schema)?;
        self.out.push('<');
        self.out.push_str(&tag);
        if let Some(namespace) = schema.and_then(|schema| hint(schema, "namespace")) {
            let prefix = schema.and_then(|schema| hint(schema, "prefix"));
            self.namespace(prefix, namespace)?;
        }
        if let Value::Object(members) = value {
            self.attributes(members, schema)?;
        }
        if value.is_null() {
            self.out.push_str(" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:nil=\"true\"/>");
        } else {
            self.out.push('>');
            self.content(name, value, schema)?;
            self.out.push_str("</");
            self.out.push_str(&tag);
            self.out.push('>');
        }
        self.depth -= 1;
        Ok(())
    }

    fn content(&mut self, name: &str, value: &Value, schema: Option<&Schema<'_>>) -> Result<(), Fault> {
        match value {
            Value::Object(members) => self.children(members, schema),
            Value::Array(items) => self.items(items, name, schema),
            scalar => {
                escape(&scalar.to_text(), &mut self.out);
                Ok(())
            }
        }
    }

    fn attributes(&mut self, members: &Object, schema: Option<&Schema<'_>>) -> Result<(), Fault> {
        for (name, value) in members {
            let property = schema.and_then(|schema| property(schema, name));
            let described = node(property.as_ref()) == Node::Attribute;
            let (name, is_attribute) = match (described, name.strip_prefix('@')) {
                (true, _) => (name.as_str(), true),
                (false, Some(name)) if property.is_none() => (name, true),
                _ => (name.as_str(), false),
            };
            if !is_attribute || value.is_null() {
                continue;
            }
            if value.is_structure() {
                let message = format!("the attribute `{name}` can't be {}", value.kind_name());
                return Err(invalid(message));
            }
            let own = property.as_ref().and_then(|schema| hint(schema, "name")).unwrap_or(name);
            let qualified = qualified(own, property.as_ref())?;
            if let Some(schema) = &property
                && let (Some(prefix), Some(namespace)) = (hint(schema, "prefix"), hint(schema, "namespace"))
            {
                self.namespace(Some(prefix), namespace)?;
            }
            self.attribute(&qualified, &value.to_text());
        }
        Ok(())
    }

    fn children(&mut self, members: &Object, schema: Option<&Schema<'_>>) -> Result<(), Fault> {
        for (name, value) in members {
            let property = schema.and_then(|schema| property(schema, name));
            if property.is_none() && name == "#text" && !value.is_structure() {
                escape(&value.to_text(), &mut self.out);
            } else if property.is_some() || !name.starts_with('@') {
                self.member(name, value, property.as_ref())?;
            }
        }
        Ok(())
    }

    /// What a member or an item adds to the content of its parent.
    fn member(&mut self, name: &str, value: &Value, schema: Option<&Schema<'_>>) -> Result<(), Fault> {
        let own = schema.and_then(|schema| hint(schema, "name"));
        match (node(schema), value) {
            (Node::Attribute, _) => Ok(()),
            (Node::Text, scalar) if !scalar.is_structure() => {
                escape(&scalar.to_text(), &mut self.out);
                Ok(())
            }
            (Node::CharacterData, scalar) if !scalar.is_structure() => {
                let text = scalar.to_text().replace("]]>", "]]]]><![CDATA[>");
                self.out.push_str(&format!("<![CDATA[{text}]]>"));
                Ok(())
            }
            (Node::Text | Node::CharacterData, _) => {
                Err(invalid(format!("`{name}` is {}, which can't be the text of an element", value.kind_name())))
            }
            (Node::Element, Value::Array(_)) if schema.is_some_and(is_array) => {
                self.element(own.unwrap_or(name), value, schema)
            }
            (_, Value::Array(items)) => self.items(items, name, schema),
            (Node::None, Value::Object(members)) if !schema.is_some_and(is_array) => self.children(members, schema),
            _ => {
                let inferred = schema.filter(|_| own.is_none()).and_then(by_reference);
                self.element(own.or(inferred).unwrap_or(name), value, schema)
            }
        }
    }

    /// The items of an array; `name` is that of the array's element or property.
    fn items(&mut self, items: &[Value], name: &str, schema: Option<&Schema<'_>>) -> Result<(), Fault> {
        let prefixed: Vec<_> = schema.and_then(|schema| schema.keyword("prefixItems")).into_iter().collect();
        let prefixed: Vec<_> = prefixed.into_iter().flat_map(|list| list.items()).collect();
        // an array where the schema has none repeats what the schema describes
        let rest = schema.filter(|schema| !is_array(schema)).cloned().or_else(|| schema.and_then(Schema::items));
        for (at, item) in items.iter().enumerate() {
            let own = prefixed.get(at).map(|place| Schema::at(*place));
            let schema = own.as_ref().or(rest.as_ref());
            if item.as_array().is_some() && schema.is_none() {
                return Err(invalid(format!("`{name}` is an array of arrays, which XML has no place for")));
            }
            self.member(name, item, schema)?;
        }
        Ok(())
    }

    fn namespace(&mut self, prefix: Option<&str>, uri: &str) -> Result<(), Fault> {
        match prefix {
            None => self.attribute("xmlns", uri),
            Some(prefix) if is_name(prefix) => self.attribute(&format!("xmlns:{prefix}"), uri),
            Some(prefix) => return Err(bad_name(prefix)),
        }
        Ok(())
    }

    fn attribute(&mut self, name: &str, value: &str) {
        self.out.push_str(&format!(" {name}=\""));
        escape_attribute(value, &mut self.out);
        self.out.push('"');
    }
}

/// The name with its prefix.
fn qualified(name: &str, schema: Option<&Schema<'_>>) -> Result<String, Fault> {
    let prefix = schema.and_then(|schema| hint(schema, "prefix"));
    let whole = prefix.map_or_else(|| name.to_owned(), |prefix| format!("{prefix}:{name}"));
    if whole.splitn(2, ':').all(is_name) { Ok(whole) } else { Err(bad_name(&whole)) }
}

fn bad_name(name: &str) -> Fault {
    invalid(format!("`{}` is no name of an XML element or attribute", name.escape_debug()))
}

/// A name without a colon (Namespaces in XML), of the characters that names commonly have.
fn is_name(name: &str) -> bool {
    let starts = |first: char| first.is_alphabetic() || first == '_';
    name.starts_with(starts) && name.chars().all(|next| next.is_alphanumeric() || matches!(next, '_' | '-' | '.'))
}

fn escape(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // readers would make a line feed of it
            '\r' => out.push_str("&#13;"),
            other => out.push(other),
        }
    }
}

/// For a value between double quotes, in which readers make spaces of line feeds and tabs.
fn escape_attribute(text: &str, out: &mut String) {
    let mut escaped = String::new();
    escape(text, &mut escaped);
    out.push_str(&escaped.replace('"', "&quot;").replace('\n', "&#10;").replace('\t', "&#9;"));
}

/// The schema of a member: among the properties, else among those of its alternatives.
fn property<'d>(schema: &Schema<'d>, name: &str) -> Option<Schema<'d>> {
    let alternatives = || schema.alternatives().into_iter().find_map(|alternative| alternative.property(name));
    schema.property(name).or_else(alternatives)
}

fn hint<'d>(schema: &Schema<'d>, field: &str) -> Option<&'d str> {
    schema.keyword("xml")?.text(field)
}

fn is_array(schema: &Schema<'_>) -> bool {
    schema.types().contains(&SchemaType::Array)
}

/// `nodeType`, else what `attribute` and `wrapped` say, else an element, or nothing for an array.
fn node(schema: Option<&Schema<'_>>) -> Node {
    let Some(schema) = schema else { return Node::Element };
    let xml = schema.keyword("xml");
    let flag = |name: &str| xml.is_some_and(|xml| xml.flag(name));
    match xml.and_then(|xml| xml.text("nodeType")) {
        Some("element") => Node::Element,
        Some("attribute") => Node::Attribute,
        Some("text") => Node::Text,
        Some("cdata") => Node::CharacterData,
        Some("none") => Node::None,
        _ if flag("attribute") => Node::Attribute,
        _ if is_array(schema) && !flag("wrapped") => Node::None,
        _ => Node::Element,
    }
}

/// The name of the component that a schema refers to.
fn component<'d>(schema: &Schema<'d>) -> Option<&'d str> {
    let reference = schema.place().reference()?;
    let (_, fragment) = reference.split_once('#')?;
    let holder = |text: &str| text.ends_with("/schemas") || text.ends_with("/definitions");
    fragment.rsplit_once('/').filter(|(parent, _)| holder(parent)).map(|(_, name)| name)
}

/// From OpenAPI 3.2 on, what only refers to a component has no element of its own, but the component's.
fn by_reference<'d>(schema: &Schema<'d>) -> Option<&'d str> {
    let place = schema.place();
    component(schema).filter(|_| place.get("xml").is_none() && place.description().version() >= Version::V3_2)
}
