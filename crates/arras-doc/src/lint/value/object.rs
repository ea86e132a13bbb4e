//! The members of an object that is written out, and the items of an array.

use std::collections::HashSet;
use std::rc::Rc;

use crate::diagnostic::{Diagnostic, Severity};
use crate::node::NodeRef;
use crate::openapi::{Place, Schema, SchemaType};
use crate::rule;
use crate::suggest;

use super::walk::{Findings, Walk, once};
use super::{Part, TOLD, WIDTH};
use crate::lint::replace_text;
use crate::lint::shape::{Obstacle, ObstacleKind, Unnamed, nearest, unnamed};

/// For how many missing members it is looked for those that may belong under them.
const HOMES: usize = 20;

/// How many comparisons it takes to tell of a member that a schema does not name.
const STRAY: usize = 10;

/// A member that a schema does not name.
#[derive(Clone)]
pub(super) struct Stray<'d> {
    /// Its place among the members.
    pub(super) at: usize,
    pub(super) kind: ObstacleKind,
    /// The schemas that do not name it, the one that is told first.
    pub(super) of: Vec<Place<'d>>,
    /// The missing member that it may belong under.
    home: Option<&'d str>,
}

impl<'d> Walk<'_, 'd> {
    /// What is wrong with members that a schema names, and those that it does not name; no list if it names none at all.
    pub(super) fn object(
        &mut self,
        part: &Part<'_>,
        schema: &Schema<'d>,
        has_choices: bool,
    ) -> (Findings, Option<Vec<Stray<'d>>>) {
        let (mut found, homes) = self.missing(part, schema);
        let unnamed = unnamed(schema);
        let mut all = Vec::new();
        for (at, (key, value)) in part.node.entries().enumerate().take(WIDTH) {
            let name = key.key();
            if found.len() >= TOLD {
                break;
            }
            if self.sent.is_later(name) || self.is_spelled(name, schema) {
                continue;
            }
            let inner = part.member(key, value);
            match (schema.property(name), &unnamed) {
                (Some(property), _) => found.extend(self.value(&inner, &[property])),
                (None, Unnamed::Is(others)) if !has_choices => {
                    found.extend(self.value(&inner, std::slice::from_ref(others)));
                }
                (None, Unnamed::Not(kind)) => {
                    let home = homes.iter().find(|(_, strays)| strays.contains(&name)).map(|(home, _)| *home);
                    all.push(Stray { at, kind: kind.clone(), of: vec![schema.place()], home });
                }
                (None, _) => {}
            }
        }
        once(&mut found);
        (found, (!matches!(unnamed, Unnamed::Silent)).then_some(all))
    }

    /// Whether a name spells a part of a member: in brackets, or by dots where the schema has that member.
    fn is_spelled(&self, name: &str, schema: &Schema<'d>) -> bool {
        let Some(owner) = self.sent.owner(name) else { return false };
        schema.property(name).is_none() && (name[owner.len()..].starts_with('[') || schema.property(owner).is_some())
    }

    /// What is required and missing, each with the members that may belong under it.
    fn missing<'t>(&mut self, part: &Part<'t>, schema: &Schema<'d>) -> (Findings, Vec<(&'d str, Vec<&'t str>)>) {
        let (mut found, mut homes) = (Findings::new(), Vec::new());
        // a name that is known later may be any
        if part.node.entries().any(|(key, _)| self.sent.is_later(key.key())) {
            return (found, homes);
        }
        let owners: HashSet<&str> = part.node.entries().filter_map(|(key, _)| self.sent.owner(key.key())).collect();
        for name in schema.required() {
            let is_given = part.node.get(name).is_some() || owners.contains(name);
            let read_only = || schema.property(name).is_some_and(|property| property.is_read_only());
            if is_given || self.sent.replaced.gives(&part.path, name) || read_only() {
                continue;
            }
            if found.len() >= TOLD {
                break;
            }
            let message = format!("{}the property `{name}` is missing, which is required", part.name());
            let diagnostic = self.sent.finding(self.lint, rule::MISMATCHED_VALUE, part.anchor, message);
            let required = schema.keyword("required").unwrap_or(schema.resolved_place());
            let strays = if homes.len() < HOMES { strays(part.node, schema, name) } else { Vec::new() };
            let help = match strays.as_slice() {
                [] => format!("add `{name}`"),
                [one] => format!("put `{one}` under `{name}`"),
                [many @ .., last] => format!("put `{}` and `{last}` under `{name}`", many.join("`, `")),
            };
            homes.push((name, strays));
            found.push(Rc::new(diagnostic.help(help).label(required.source(), required.span(), "required here")));
        }
        (found, homes)
    }

    /// A member that nothing describes.
    pub(super) fn stray(&mut self, part: &Part<'_>, stray: &Stray<'d>) -> Option<Rc<Diagnostic>> {
        self.spend(STRAY);
        let (key, value) = part.node.entries().nth(stray.at)?;
        let name = key.key();
        let places = stray.of.iter().take_while(|_| self.lint.limits.spend_stray());
        let near = places.into_iter().find_map(|place| {
            let schema = Schema::at(*place);
            let typed =
                |near: &&str| suggest::differ_in_case(name, near) || could_be(value, schema.property(near).as_ref());
            nearest(&schema, name).filter(typed)
        });
        let place = Schema::at(*stray.of.first()?).resolved_place();
        let obstacle = Obstacle { name: name.to_owned(), kind: stray.kind.clone(), place, near };
        let message = format!("{}{}", part.name(), obstacle.message());
        let mut diagnostic = self.sent.finding(self.lint, rule::UNDECLARED_PROPERTY, key.span(), message);
        diagnostic.help = match stray.home.filter(|_| near.is_none()) {
            Some(home) => Some(format!("put it under `{home}`, which has such a property")),
            None => obstacle.help(),
        };
        if obstacle.is_certain() {
            diagnostic.severity = Severity::Error;
        }
        let sure = |near: &&str| part.node.get(near).is_none() && suggest::differ_in_case(name, near);
        if let Some(near) = near.filter(sure) {
            diagnostic.fix = replace_text(self.lint.source(), key, near);
        }
        Some(Rc::new(self.sent.described(diagnostic, place)))
    }

    pub(super) fn array(&mut self, part: &Part<'_>, schema: &Schema<'d>) -> Findings {
        let mut found = Findings::new();
        let Some(items) = schema.items().filter(|_| schema.keyword("prefixItems").is_none()) else { return found };
        for (index, item) in part.node.items().enumerate().take(WIDTH) {
            if found.len() >= TOLD {
                break;
            }
            found.extend(self.value(&part.item(index, item), std::slice::from_ref(&items)));
        }
        once(&mut found);
        let least = schema.keyword("minItems").and_then(|place| place.node().as_number()).map(|number| number.as_f64());
        let count = part.node.len();
        let is_short = |least: &f64| (count as f64) < *least && !self.sent.replaced.adds(&part.path, count);
        if let Some(least) = least.filter(is_short) {
            let items = if count == 1 { "item" } else { "items" };
            let are = if least == 1.0 { "is" } else { "are" };
            let message = format!("{}{count} {items}, where at least {least} {are} described", part.name());
            let diagnostic = self.sent.finding(self.lint, rule::MISMATCHED_VALUE, part.span(), message);
            found.push(Rc::new(self.sent.described(diagnostic, schema.resolved_place())));
        }
        found
    }
}

/// The properties of an object that its schema does not list, but lists for the object under `name`.
fn strays<'n>(node: NodeRef<'n>, schema: &Schema<'_>, name: &str) -> Vec<&'n str> {
    let Some(inner) = schema.property(name) else { return Vec::new() };
    let stray = |key: &&str| inner.property(key).is_some() && schema.property(key).is_none();
    node.entries().take(WIDTH).map(|(key, _)| key.key()).filter(stray).collect()
}

/// Whether a value as it is written may be meant for a schema: a structure for one that takes it, and nothing else for one
/// that takes structures only.
fn could_be(value: NodeRef<'_>, schema: Option<&Schema<'_>>) -> bool {
    let types = schema.map(Schema::types).unwrap_or_default();
    let wanted = |structure: SchemaType| types.is_empty() || types.contains(&structure);
    let structures = [SchemaType::Object, SchemaType::Array];
    if value.is_mapping() {
        wanted(SchemaType::Object)
    } else if value.is_sequence() {
        wanted(SchemaType::Array)
    } else {
        types.is_empty() || types.iter().any(|one| !structures.contains(one))
    }
}
