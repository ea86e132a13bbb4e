//! A value that is known when it runs, by what is described where it comes from: its values, and what it consists of.

use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::expression::{Expression, Root};
use crate::openapi::{Place, Schema, SchemaType};
use crate::rule;
use crate::span::Spanned;
use crate::suggest;
use crate::value::Value;

use super::Lint;
use super::shape::{Shape, what};
use super::value::{Medium, Sent};

/// How deep two schemas are compared.
const DEPTH: usize = 6;
/// How many of their parts are.
const PARTS: usize = 500;

/// What the one schema lets be and the other does not.
struct Apart<'d> {
    /// Where, from the value on.
    path: String,
    what: String,
    help: Option<String>,
    place: Place<'d>,
}

impl<'d> Sent<'d> {
    /// What an expression gives against the schema of where it goes, beyond the type.
    pub(super) fn later(
        &self,
        lint: &Lint<'d>,
        given: &Shape<'d>,
        expression: &Spanned<Expression>,
        schema: &Schema<'d>,
        found: &mut Diagnostics,
    ) {
        // who writes the inputs' schema decides what they may be; of what is answered only some may come
        let all = matches!(expression.value.root, Root::Inputs | Root::WorkflowInputs(_));
        let Some(apart) = self.apart(given, schema, all, String::new(), (DEPTH, &mut PARTS.clone())) else { return };
        let at = if apart.path.is_empty() { String::new() } else { format!(": `{}`", apart.path) };
        let message = format!("`{}`{at} {}", expression.value, apart.what);
        let mut diagnostic = Diagnostic::new(rule::MISMATCHED_VALUE, message)
            .severity(Severity::Warning)
            .at(lint.source(), expression.span)
            .label(apart.place.source(), apart.place.span(), "described here");
        diagnostic.help = apart.help;
        found.push(diagnostic);
    }

    fn apart(
        &self,
        given: &Shape<'d>,
        schema: &Schema<'d>,
        all: bool,
        path: String,
        (depth, left): (usize, &mut usize),
    ) -> Option<Apart<'d>> {
        let depth = depth.checked_sub(1)?;
        *left = left.checked_sub(1)?;
        if !schema.unresolved().is_empty() {
            return None;
        }
        let place = schema.resolved_place();
        if let Some((what, help)) = self.values_apart(given, schema, all) {
            return Some(Apart { path, what, help: Some(help), place });
        }
        // of the whole value the type was looked at, and as text nothing has a structure
        if self.medium == Medium::Text || !schema.alternatives().is_empty() {
            return None;
        }
        if !path.is_empty() && types_apart(given, schema) {
            let what = format!("is {}, where {} is described", what(&given.types()), what(&schema.types()));
            return Some(Apart { path, what, help: None, place });
        }
        let Shape::Of(schemas) = given else { return None };
        let [one] = schemas.as_slice() else { return None };
        if !one.alternatives().is_empty() {
            return None;
        }
        if let Some(items) = schema.items().filter(|_| given.is_array() && schema.keyword("prefixItems").is_none()) {
            return self.apart(&given.child("0"), &items, all, format!("{path}/0"), (depth, left));
        }
        one.properties().into_iter().find_map(|(name, inner)| {
            let wanted = schema.property(name)?;
            self.apart(&Shape::of([inner]), &wanted, all, format!("{path}/{name}"), (depth, &mut *left))
        })
    }

    /// Values that are listed on both sides: none in common, or one of an input that is not among those that are taken.
    fn values_apart(&self, given: &Shape<'d>, schema: &Schema<'d>, all: bool) -> Option<(String, String)> {
        let values = |places: Vec<Place<'d>>| -> Vec<Value> {
            places.into_iter().map(|place| place.node().to_value()).filter(|value| !value.is_null()).collect()
        };
        let (have, taken) = (values(given.values()), values(schema.values()));
        if have.is_empty() || taken.is_empty() {
            return None;
        }
        let is_taken = |value: &&Value| {
            taken.iter().any(|one| one == *value || (self.medium == Medium::Text && one.to_text() == value.to_text()))
        };
        let stray: Vec<&Value> = have.iter().filter(|value| !is_taken(value)).collect();
        let texts: Vec<String> = taken.iter().map(|value| value.to_text().into_owned()).collect();
        let help = super::comparison::listed(&texts);
        if stray.len() == have.len() {
            let texts: Vec<_> = stray.iter().map(|value| value.to_text().into_owned()).collect();
            let texts = suggest::enumerated(texts.iter().map(String::as_str));
            return Some((format!("is one of {texts}, none of which is described here"), help));
        }
        let first = stray.first().filter(|_| all)?;
        Some((format!("may be `{}`, which is not described here", first.to_text()), help))
    }
}

/// Whether no type of the one is one of the other.
fn types_apart(given: &Shape<'_>, schema: &Schema<'_>) -> bool {
    let some = |types: Vec<SchemaType>| -> Vec<SchemaType> {
        types.into_iter().filter(|one| *one != SchemaType::Null).collect()
    };
    let (given, wanted) = (some(given.types()), some(schema.types()));
    let fits =
        |one: &SchemaType| wanted.contains(one) || (one.is_number() && wanted.iter().any(|wanted| wanted.is_number()));
    !given.is_empty() && !wanted.is_empty() && !given.iter().any(fits)
}
