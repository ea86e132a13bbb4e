//! A value of the document against the schema of the place where it is sent.

mod given;
mod limits;
mod object;
mod scalar;
mod walk;

use crate::arazzo::Workflow;
use crate::diagnostic::{Diagnostic, Diagnostics, Label};
use crate::expression::{Expression, Template, is_mistaken, pieces};
use crate::media_type::MediaType;
use crate::node::NodeRef;
use crate::openapi::Place;
use crate::pointer;
use crate::rule::Rule;
use crate::span::Span;
use crate::syntax::SyntaxError;

use super::replaced::Replaced;
use super::shape::Shape;
use super::{Lint, Scope};

pub(super) use limits::Limits;
use limits::TOLD;
use walk::Walk;

/// How deep values are compared with schemas.
const DEPTH: usize = 24;

/// How many members of an object, or items of an array, are compared.
const WIDTH: usize = 1_000;

/// How a value is written where it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Medium {
    /// Types are kept.
    Json,
    /// Scalars become text, as in URLs, fields and forms.
    Text,
}

impl Medium {
    /// That of a body; `None` where a body is one text.
    pub(super) fn of(media_type: &MediaType) -> Option<Medium> {
        match media_type {
            it if it.is_json() => Some(Medium::Json),
            it if it.is_form() || it.is_multipart() => Some(Medium::Text),
            _ => None,
        }
    }
}

/// What is sent from where.
pub(super) struct Sent<'d> {
    pub(super) scope: Option<Scope<'d>>,
    pub(super) workflow: &'d Workflow,
    pub(super) index: usize,
    pub(super) medium: Medium,
    /// The places that replacements fill: what the payload has there is not sent.
    pub(super) replaced: Replaced,
    /// What stands in texts for a value that is known later.
    pub(super) unknown: Option<char>,
}

impl<'d> Sent<'d> {
    /// What is wrong with a value for a place of that shape; `anchor` is where to point if something is missing.
    pub(super) fn check(
        &self,
        lint: &mut Lint<'d>,
        node: NodeRef<'_>,
        template: Option<&Template>,
        shape: &Shape<'d>,
        anchor: Span,
    ) -> Diagnostics {
        let Shape::Of(schemas) = shape else { return Diagnostics::new() };
        if lint.limits.are_spent() {
            return Diagnostics::new();
        }
        let part = Part { node, template, anchor, path: String::new(), depth: DEPTH };
        let mut found = Walk::over(self, lint, &part, schemas);
        self.literals(lint, part, schemas, &mut found);
        found
    }

    /// Whether a text, or a member's name, is known when it runs only.
    fn is_later(&self, text: &str) -> bool {
        self.unknown.is_some_and(|mark| text.contains(mark))
    }

    /// The member that a name in a form may spell a part of: `metadata` of `metadata[id]`, `Tag` of `Tag.1.Key`.
    pub(super) fn owner<'t>(&self, name: &'t str) -> Option<&'t str> {
        let (owner, _) = name.split_once(['[', '.']).filter(|_| self.medium == Medium::Text)?;
        Some(owner)
    }

    fn finding(&self, lint: &Lint<'d>, rule: &'static Rule, span: Span, message: String) -> Diagnostic {
        Diagnostic::new(rule, message).at(lint.source(), span)
    }

    fn described(&self, diagnostic: Diagnostic, place: Place<'d>) -> Diagnostic {
        let label = Label { source: place.source(), span: place.span(), text: "described here".into() };
        let mut diagnostic = diagnostic;
        diagnostic.labels.push(label);
        diagnostic
    }
}

/// What is wrong with a text that was surely meant as an expression, or embeds one that was.
pub(super) fn mistaken(text: &str) -> Option<SyntaxError> {
    if !text.contains('$') {
        return None;
    }
    match Expression::parse(text) {
        Err(error) if text.starts_with('$') && is_mistaken(text, &error) => Some(error),
        _ => pieces(text).err(),
    }
}

/// A part of what is sent.
#[derive(Clone)]
pub(super) struct Part<'t> {
    pub(super) node: NodeRef<'t>,
    /// The same with its expressions; `None` inside a literal.
    pub(super) template: Option<&'t Template>,
    /// Where to point if something is missing in it.
    pub(super) anchor: Span,
    /// The way down to it, a JSON Pointer.
    pub(super) path: String,
    pub(super) depth: usize,
}

impl<'t> Part<'t> {
    /// The member at a place among the members.
    pub(super) fn member(&self, key: NodeRef<'t>, node: NodeRef<'t>) -> Part<'t> {
        let template = match self.template {
            Some(Template::Object(members)) => members.get(key.key()),
            _ => None,
        };
        self.below(node, template, key.span(), key.key())
    }

    /// The item at an index.
    pub(super) fn item(&self, index: usize, node: NodeRef<'t>) -> Part<'t> {
        let template = match self.template {
            Some(Template::Array(items)) => items.get(index),
            _ => None,
        };
        self.below(node, template, self.anchor, &index.to_string())
    }

    fn below(&self, node: NodeRef<'t>, template: Option<&'t Template>, anchor: Span, token: &str) -> Part<'t> {
        let mut path = self.path.clone();
        pointer::push(&mut path, token);
        Part { node, template, anchor, path, depth: self.depth.saturating_sub(1) }
    }

    /// Where to point for it: what spans lines is pointed to by its name.
    pub(super) fn span(&self) -> Span {
        if self.node.is_mapping() || self.node.is_sequence() { self.anchor } else { self.node.span() }
    }

    /// Its place, to begin a message with; empty at the top.
    pub(super) fn name(&self) -> String {
        if self.path.is_empty() { String::new() } else { format!("`{}`: ", self.path) }
    }
}
