//! Values written as XML.

use super::{Form, XmlPart, XmlShape};
use crate::openapi::SchemaType;
use crate::value::Value;

impl XmlShape {
    /// An XML document of a value.
    ///
    /// The document element has the schema's name for it. Where it has none, an object with one member, which is no list,
    /// is the document element by that member's name; `root` is the name for anything else. An object that names the
    /// document element itself, by one member with its name, is taken so. What the schema does not know is an element by
    /// its own name, `@name` an attribute, `#text` the text: the form in which XML answers are read.
    ///
    /// # Errors
    /// A phrase: no name for the document element, a name that XML does not allow, or a character that it can't hold.
    pub fn write(&self, value: &Value, root: Option<&str>) -> Result<String, String> {
        let part = self.root();
        let only = value.as_object().filter(|members| members.len() == 1).and_then(|members| members.first());
        let only = only.filter(|(name, inner)| !matches!(inner, Value::Array(_)) && part.property(name).is_none());
        let (name, value) = match (self.root_name(), only) {
            (Some(name), Some((given, inner))) if name == given => (name, inner),
            (Some(name), _) => (name, value),
            (None, Some((given, inner))) if part.properties().next().is_none() => (given.as_str(), inner),
            (None, _) => {
                (root.ok_or("nothing names its document element: neither `xml.name` nor one outer member")?, value)
            }
        };
        let mut writer =
            Writer { out: String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"), scope: Vec::new() };
        writer.element(name, value, part)?;
        Ok(writer.out)
    }
}

struct Writer {
    out: String,
    /// The namespaces that are declared here, with their prefixes.
    scope: Vec<(String, String)>,
}

/// Values are as deep as their readers allow, so these may call themselves.
impl Writer {
    /// One element, whatever the form of its part is; of a list, the one that its items stand in.
    fn element(&mut self, name: &str, value: &Value, part: XmlPart<'_>) -> Result<(), String> {
        let prefix = prefix_of(part);
        let tag = qualified(prefix, name)?;
        self.out.push_str(&format!("<{tag}"));
        let depth = self.scope.len();
        if let Some(namespace) = namespace_of(part) {
            self.declare(prefix.unwrap_or_default(), namespace)?;
        }
        for (member, value) in value.as_object().into_iter().flatten() {
            if let Some(attribute) = attribute_name(part, member).filter(|_| !value.is_null()) {
                self.attribute(attribute, value, part.property(member))?;
            }
        }
        if value.is_null() {
            self.declare("xsi", "http://www.w3.org/2001/XMLSchema-instance")?;
            self.out.push_str(" xsi:nil=\"true\"/>");
        } else {
            self.out.push('>');
            self.content(name, value, part)?;
            self.out.push_str(&format!("</{tag}>"));
        }
        self.scope.truncate(depth);
        Ok(())
    }

    fn attribute(&mut self, name: &str, value: &Value, part: Option<XmlPart<'_>>) -> Result<(), String> {
        if value.is_structure() {
            return Err(format!("the attribute `{name}` can't be {}", value.kind_name()));
        }
        let prefix = part.and_then(prefix_of);
        if let (Some(prefix), Some(namespace)) = (prefix, part.and_then(namespace_of)) {
            self.declare(prefix, namespace)?;
        }
        let text = in_attribute(&value.to_text())?;
        self.out.push_str(&format!(" {}=\"{text}\"", qualified(prefix, name)?));
        Ok(())
    }

    /// What stands in the element `name` for a value other than `null`.
    fn content(&mut self, name: &str, value: &Value, part: XmlPart<'_>) -> Result<(), String> {
        match value {
            Value::Object(members) => members.iter().try_for_each(|(member, value)| self.member(member, value, part)),
            Value::Array(items) => self.items(part.item_name(name), items, part),
            scalar => {
                self.out.push_str(&escape(&scalar.to_text())?);
                Ok(())
            }
        }
    }

    fn declare(&mut self, prefix: &str, namespace: &str) -> Result<(), String> {
        let declared = self.scope.iter().rev().find(|(known, _)| known == prefix);
        if declared.is_some_and(|(_, known)| known == namespace) {
            return Ok(());
        }
        let colon = if prefix.is_empty() { "" } else { ":" };
        self.out.push_str(&format!(" xmlns{colon}{prefix}=\"{}\"", in_attribute(namespace)?));
        self.scope.push((prefix.to_owned(), namespace.to_owned()));
        Ok(())
    }

    /// A member of an object: nothing for an attribute, one element for each item of a list.
    fn member(&mut self, member: &str, value: &Value, owner: XmlPart<'_>) -> Result<(), String> {
        if attribute_name(owner, member).is_some() {
            return Ok(());
        }
        let known = owner.property(member);
        if member == "#text" && known.is_none() {
            return self.text(member, value, Form::Text);
        }
        self.part(member, value, known.unwrap_or_else(|| owner.with(usize::MAX)))
    }

    /// What a member or an item adds to the content of the element that holds it.
    fn part(&mut self, name: &str, value: &Value, part: XmlPart<'_>) -> Result<(), String> {
        match (part.form(), value) {
            (Form::Attribute, _) => Ok(()),
            (form @ (Form::Text | Form::CharacterData), value) => self.text(name, value, form),
            (Form::Wrapped, Value::Array(_)) => self.element(part.element_name(name), value, part),
            (_, Value::Array(items)) => self.items(part.element_name(name), items, part),
            (Form::Transparent, Value::Object(_)) => self.content(name, value, part),
            (_, value) => self.element(part.element_name(name), value, part),
        }
    }

    fn text(&mut self, name: &str, value: &Value, form: Form) -> Result<(), String> {
        if value.is_structure() {
            return Err(format!("`{name}` is {}, which can't be the text of an element", value.kind_name()));
        }
        let text = if value.is_null() { "".into() } else { value.to_text() };
        match form {
            Form::CharacterData => {
                checked(&text)?;
                self.out.push_str(&format!("<![CDATA[{}]]>", text.replace("]]>", "]]]]><![CDATA[>")));
            }
            _ => self.out.push_str(&escape(&text)?),
        }
        Ok(())
    }

    /// The items of a list, each by the name that the list gives them.
    fn items(&mut self, name: &str, items: &[Value], list: XmlPart<'_>) -> Result<(), String> {
        for (at, item) in items.iter().enumerate() {
            let part = list.item(at);
            if matches!(item, Value::Array(_)) && part.kind() != Some(SchemaType::Array) {
                return Err(format!("a list in the list `{name}` has no form in XML"));
            }
            match part.form() {
                Form::Element if !matches!(item, Value::Array(_)) => {
                    self.element(part.own_name().unwrap_or(name), item, part)?;
                }
                _ => self.part(name, item, part)?,
            }
        }
        Ok(())
    }
}

/// The name of the attribute that a member is, if it is one.
fn attribute_name<'a>(owner: XmlPart<'a>, member: &'a str) -> Option<&'a str> {
    match owner.property(member) {
        Some(part) if part.is_attribute() => Some(part.own_name().unwrap_or(member)),
        Some(_) => None,
        None => member.strip_prefix('@'),
    }
}

fn prefix_of(part: XmlPart<'_>) -> Option<&str> {
    part.part()?.prefix.as_deref()
}

fn namespace_of(part: XmlPart<'_>) -> Option<&str> {
    part.part()?.namespace.as_deref()
}

fn qualified(prefix: Option<&str>, name: &str) -> Result<String, String> {
    let qualified = match prefix.filter(|prefix| !prefix.is_empty()) {
        Some(prefix) => format!("{prefix}:{name}"),
        None => name.to_owned(),
    };
    if is_name(&qualified) { Ok(qualified) } else { Err(format!("`{}` is no name in XML", qualified.escape_debug())) }
}

/// Whether a text can name an element, by the ASCII part of XML's rule and all letters beyond.
pub(super) fn is_name(name: &str) -> bool {
    let start = |c: char| c.is_alphabetic() || c == '_';
    name.starts_with(start) && name.chars().all(|c| c.is_alphanumeric() || "-_.:".contains(c))
}

/// Text for an element.
fn escape(text: &str) -> Result<String, String> {
    let text = checked(text)?.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    // a parser would make a line feed of it
    Ok(text.replace('\r', "&#13;"))
}

/// Text for an attribute, where a parser would make spaces of line feeds and tabs.
fn in_attribute(text: &str) -> Result<String, String> {
    Ok(escape(text)?.replace('"', "&quot;").replace('\n', "&#10;").replace('\t', "&#9;"))
}

/// The text, if XML can hold all its characters.
fn checked(text: &str) -> Result<&str, String> {
    let fits = |c: char| matches!(c, '\n' | '\r' | '\t' | ' '..='\u{fffd}' | '\u{10000}'..);
    match text.chars().find(|c| !fits(*c)) {
        None => Ok(text),
        Some(other) => Err(format!("XML can't hold the character U+{:04X}", u32::from(other))),
    }
}
