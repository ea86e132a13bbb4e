//! Values written as XML.

use std::fmt::Write;

use super::{XmlPart, XmlShape};
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
        match value {
            Value::Array(_) => {
                let list = Value::Object([(part.item_name(name).to_owned(), value.clone())].into_iter().collect());
                writer.element(name, &list, part)?;
            }
            value => writer.element(name, value, part)?,
        }
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
    /// One element; an array is written by [`Writer::member`].
    fn element(&mut self, name: &str, value: &Value, part: XmlPart<'_>) -> Result<(), String> {
        let (prefix, namespace) =
            part.part().map_or((None, None), |it| (it.prefix.as_deref(), it.namespace.as_deref()));
        let name = qualified(prefix, name)?;
        write!(self.out, "<{name}").map_err(|error| error.to_string())?;
        let depth = self.scope.len();
        if let Some(namespace) = namespace {
            self.declare(prefix.unwrap_or_default(), namespace)?;
        }
        let members = value.as_object().into_iter().flatten();
        for (member, value) in members.clone() {
            if let Some(attribute) = attribute_name(part, member) {
                let attribute = qualified(part.property(member).and_then(prefix_of), attribute)?;
                write!(self.out, " {attribute}=\"{}\"", escape(&value.to_text())?)
                    .map_err(|error| error.to_string())?;
            }
        }
        self.out.push('>');
        match value {
            Value::Object(_) => {
                for (member, value) in members {
                    self.member(member, value, part)?;
                }
            }
            Value::Null => {}
            scalar => self.out.push_str(&escape(&scalar.to_text())?),
        }
        write!(self.out, "</{name}>").map_err(|error| error.to_string())?;
        self.scope.truncate(depth);
        Ok(())
    }

    fn declare(&mut self, prefix: &str, namespace: &str) -> Result<(), String> {
        let declared = self.scope.iter().rev().find(|(known, _)| known == prefix);
        if declared.is_some_and(|(_, known)| known == namespace) {
            return Ok(());
        }
        let colon = if prefix.is_empty() { "" } else { ":" };
        write!(self.out, " xmlns{colon}{prefix}=\"{}\"", escape(namespace)?).map_err(|error| error.to_string())?;
        self.scope.push((prefix.to_owned(), namespace.to_owned()));
        Ok(())
    }

    /// A member of an object: nothing for an attribute, one element for each item of a list.
    fn member(&mut self, member: &str, value: &Value, owner: XmlPart<'_>) -> Result<(), String> {
        if attribute_name(owner, member).is_some() {
            return Ok(());
        }
        let known = owner.property(member);
        if member == "#text" || known.is_some_and(XmlPart::is_text) {
            self.out.push_str(&escape(&value.to_text())?);
            return Ok(());
        }
        let part = known.unwrap_or_else(|| owner.with(usize::MAX));
        let name = part.element_name(member);
        match value {
            Value::Array(items) if part.is_wrapped() => {
                let inner = part.items().unwrap_or_else(|| owner.with(usize::MAX));
                let item_name = part.item_name(member);
                self.wrapped(name, part, |writer| writer.items(item_name, items, inner))
            }
            Value::Array(items) => self.items(name, items, part.items().unwrap_or_else(|| owner.with(usize::MAX))),
            value => self.element(name, value, part),
        }
    }

    fn wrapped(
        &mut self,
        name: &str,
        part: XmlPart<'_>,
        inside: impl FnOnce(&mut Writer) -> Result<(), String>,
    ) -> Result<(), String> {
        let name = qualified(prefix_of(part), name)?;
        write!(self.out, "<{name}>").map_err(|error| error.to_string())?;
        inside(self)?;
        write!(self.out, "</{name}>").map_err(|error| error.to_string())
    }

    fn items(&mut self, name: &str, items: &[Value], part: XmlPart<'_>) -> Result<(), String> {
        for item in items {
            match item {
                Value::Array(_) => return Err(format!("a list in the list `{name}` has no form in XML")),
                item => self.element(name, item, part)?,
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

/// Text for an element or an attribute.
fn escape(text: &str) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            // a parser would make a line feed of it
            '\r' => out.push_str("&#13;"),
            '\n' | '\t' | ' '..='\u{fffd}' | '\u{10000}'.. => out.push(character),
            other => return Err(format!("XML can't hold the character U+{:04X}", u32::from(other))),
        }
    }
    Ok(out)
}
