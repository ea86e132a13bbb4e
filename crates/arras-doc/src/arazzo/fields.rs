//! The fields of one object, each read by name: present or missing, of the right type or not.

use crate::node::NodeRef;
use crate::rule;
use crate::span::{Span, Spanned};

use super::Extension;
use super::reader::{Reader, Shape, choose, nearest, with_article};

/// An object whose field names have been checked.
#[derive(Clone, Copy)]
pub(super) struct Fields<'t> {
    pub(super) node: NodeRef<'t>,
    shape: &'static Shape,
}

impl<'t> Fields<'t> {
    /// `node` is an object whose names were compared with `shape`.
    pub(super) fn new(node: NodeRef<'t>, shape: &'static Shape) -> Fields<'t> {
        Fields { node, shape }
    }
}

/// Where to point for something that an object lacks: its first key, since a whole block says nothing.
pub(super) fn anchor(node: NodeRef<'_>) -> Span {
    node.entries().next().map_or(node.span(), |(key, _)| key.span())
}

impl<'t> Fields<'t> {
    /// The field's value, if it is there.
    pub(super) fn get(&self, name: &str) -> Option<NodeRef<'t>> {
        self.node.get(name)
    }

    /// The field's value unless it is `null`, which is noted and counts as absent.
    pub(super) fn present(&self, reader: &mut Reader<'t>, name: &str) -> Option<NodeRef<'t>> {
        let (key, value) = self.node.entry(name)?;
        if value.is_null() {
            let message = format!("`{name}` is empty and counts as absent");
            reader.note_help(rule::LOOSE_FIELD, key.span(), message, "give it a value or remove it");
            return None;
        }
        Some(value)
    }

    /// The value of a field that must be there.
    pub(super) fn required(&self, reader: &mut Reader<'t>, name: &'static str) -> Option<NodeRef<'t>> {
        let value = self.get(name);
        if value.is_none() {
            self.missing(reader, name);
        }
        value
    }

    fn missing(&self, reader: &mut Reader<'t>, name: &'static str) {
        let message = format!("{} needs the field `{name}`", with_article(self.shape.name));
        let unknown = |key: &NodeRef<'_>| !self.shape.fields.iter().any(|field| field.name == key.key());
        let near =
            self.node.entries().map(|(key, _)| key).filter(unknown).find(|key| nearest(key.key(), [name]).is_some());
        let span = near.map_or_else(|| anchor(self.node), NodeRef::span);
        let unknown = near.and_then(|key| reader.take_unknown(key.span()));
        let help = near.map_or_else(|| format!("add `{name}`"), |key| format!("rename `{}` to `{name}`", key.key()));
        reader.note_help(rule::MISSING_FIELD, span, message, help).fix = unknown.and_then(|one| one.fix);
    }

    /// An optional string.
    pub(super) fn text(&self, reader: &mut Reader<'t>, name: &'static str) -> Option<Spanned<String>> {
        let node = self.present(reader, name)?;
        reader.text(node, name)
    }

    /// A required string; an empty one in the object's place where it is missing, so that reading goes on.
    pub(super) fn required_text(&self, reader: &mut Reader<'t>, name: &'static str) -> Spanned<String> {
        let text = self.required(reader, name).and_then(|node| reader.text(node, name));
        if let Some(text) = text.as_ref().filter(|text| text.trim().is_empty()) {
            reader.note(rule::INVALID_VALUE, text.span, format!("`{name}` is empty"));
        }
        text.unwrap_or_else(|| Spanned::new(String::new(), anchor(self.node)))
    }

    /// The items of an optional array.
    pub(super) fn list(&self, reader: &mut Reader<'t>, name: &'static str) -> Vec<NodeRef<'t>> {
        let Some(node) = self.present(reader, name) else { return Vec::new() };
        self.items(reader, name, node)
    }

    /// The items of an array that has at least one if it is there (ARZ-STEP-20).
    pub(super) fn filled_list(&self, reader: &mut Reader<'t>, name: &'static str) -> Option<Vec<NodeRef<'t>>> {
        let (key, node) = self.node.entry(name)?;
        if node.is_null() || node.is_sequence() && node.is_empty() {
            let span = if node.is_null() { key.span() } else { node.span() };
            let message = format!("`{name}` must have at least one entry");
            reader.note_help(rule::EMPTY_LIST, span, message, "add an entry or remove the field");
            return Some(Vec::new());
        }
        Some(self.items(reader, name, node))
    }

    /// The items of an array that must be there and have at least one.
    pub(super) fn required_list(&self, reader: &mut Reader<'t>, name: &'static str) -> Vec<NodeRef<'t>> {
        let list = self.filled_list(reader, name);
        if list.is_none() {
            self.missing(reader, name);
        }
        list.unwrap_or_default()
    }

    fn items(&self, reader: &mut Reader<'t>, name: &'static str, node: NodeRef<'t>) -> Vec<NodeRef<'t>> {
        if node.is_sequence() {
            return node.items().collect();
        }
        reader.wrong_type(node, name, "an array");
        let id = ["workflowId", "stepId"].into_iter().filter(|_| name == "dependsOn").find_map(|id| node.get(id));
        let text = id.unwrap_or(node).as_str().unwrap_or_default().trim();
        let help = match (text.starts_with('['), text.contains(',') || text.contains('\n') || text.is_empty()) {
            (true, _) => Some(format!("remove the quotes: `{name}: {text}`")),
            (_, false) => Some(format!("write a list: `{name}: [{text}]`")),
            _ if node.is_mapping() => Some(format!("write a list, whose entries begin with `-`: `{name}: [{{…}}]`")),
            _ => None,
        };
        if let Some(last) = reader.diagnostics.last_mut() {
            last.help = last.help.take().or(help);
        }
        Vec::new()
    }

    /// The entries of an optional map.
    pub(super) fn map(&self, reader: &mut Reader<'t>, name: &'static str) -> Vec<(Spanned<String>, NodeRef<'t>)> {
        let Some(node) = self.present(reader, name) else { return Vec::new() };
        if !node.is_mapping() {
            reader.wrong_type(node, name, "an object");
        }
        node.entries().map(|(key, value)| (Spanned::new(key.key().to_owned(), key.span()), value)).collect()
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(
        &self,
        reader: &mut Reader<'t>,
        name: &'static str,
        words: &[(&'static str, T)],
    ) -> Option<Spanned<T>> {
        let text = self.text(reader, name)?;
        choose(reader, name, &text, words)
    }

    /// One of a few words, required.
    pub(super) fn required_choice<T: Copy>(
        &self,
        reader: &mut Reader<'t>,
        name: &'static str,
        words: &[(&'static str, T)],
    ) -> Option<Spanned<T>> {
        let text = self.required(reader, name).and_then(|node| reader.text(node, name))?;
        choose(reader, name, &text, words)
    }

    /// The `x-` fields (ARZ-EXT-05).
    pub(super) fn extensions(&self) -> Vec<Extension> {
        let entries = self.node.entries().filter(|(key, _)| self.shape.extensions && key.key().starts_with("x-"));
        entries
            .map(|(key, value)| Extension { name: Spanned::new(key.key().to_owned(), key.span()), value: value.id() })
            .collect()
    }

    /// Where to point for what the object lacks.
    pub(super) fn anchor(&self) -> Span {
        anchor(self.node)
    }
}
