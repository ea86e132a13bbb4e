//! A form that is written as one text, with expressions in it: `user={$inputs.user}&scope=write` (ARZ-BODY-06).

use std::collections::HashSet;
use std::sync::Arc;

use crate::expression::{Expression, Piece};
use crate::json;
use crate::node::NodeRef;
use crate::span::Span;

use super::json_text::{Filled, LATER, placed};
use super::shape::Shape;
use super::value::Sent;
use super::{Lint, Scope};

impl<'d> Lint<'d> {
    /// The fields of the text are those of the schema.
    pub(super) fn check_form_text(
        &mut self,
        sent: &Sent<'d>,
        scope: Scope<'d>,
        node: NodeRef<'d>,
        shape: &Shape<'d>,
        anchor: Span,
    ) {
        let Some(text) = node.as_str() else { return };
        let document = self.document;
        let Some(filled) = Filled::of_form(text, &|expression| document.declares(scope.index, expression)) else {
            return;
        };
        let Ok(tree) = json::parse(&Arc::from(filled.text.as_str())) else { return };
        let map = node.source_map();
        let place = |span: Span| map.span(filled.origin(span.start as usize + 1), filled.origin(span.end as usize - 1));
        self.check_structure(sent, &tree, shape, |span| span.map_or(anchor, place));
    }
}

impl Filled {
    /// The form as a JSON object of texts, with a mark for what is known later; `None` if a name is known later, stands
    /// there twice, or anything is written in an unusual way.
    fn of_form(text: &str, declared: &dyn Fn(&Expression) -> bool) -> Option<Filled> {
        let mut marked = Filled::default();
        for (piece, place) in placed(text, declared)? {
            match piece {
                Piece::Text(text) => marked.text.push_str(&text),
                Piece::Expression(_) => marked.later(true, place),
            }
        }
        let mut form = Filled::default();
        let mut names = HashSet::new();
        let mut start = 0;
        form.text.push('{');
        for (index, pair) in marked.text.split('&').enumerate() {
            let (name, value) = pair.split_once('=')?;
            let usual = |char: char| {
                char.is_alphanumeric() || matches!(char, '_' | '-' | '.' | ':' | '/' | ',' | ' ' | '@' | LATER)
            };
            // dots spell members of members, in services that list them so
            let is_name = !name.is_empty() && !name.contains([LATER, '.']) && name.chars().all(usual);
            if !is_name || !names.insert(name) {
                return None;
            }
            if index > 0 {
                form.text.push(',');
            }
            form.add(&marked, start, name);
            form.text.push(':');
            let value_start = start + name.len() + 1;
            match value.chars().all(usual) {
                true => form.add(&marked, value_start, value),
                // it is encoded
                false => form.add(&marked, value_start, &LATER.to_string()),
            }
            start += pair.len() + 1;
        }
        form.text.push('}');
        Some(form)
    }

    /// Adds a JSON string for a part of another text that begins at `start`.
    fn add(&mut self, other: &Filled, start: usize, part: &str) {
        self.text.push('"');
        self.begins(other.origin(start));
        self.text.push_str(part);
        self.begins(other.origin(start + part.len()));
        self.text.push('"');
    }
}
