//! Values that are written out: their types, and what is said of scalars.

use crate::diagnostic::{Diagnostics, Edit, Fix, Severity};
use crate::node::{Kind, NodeRef};
use crate::openapi::{Place, Schema, SchemaType};
use crate::rule;
use crate::suggest;
use crate::value::{Number, Value};

use super::{Medium, Part, Sent};
use crate::lint::comparison::listed;
use crate::lint::shape::what;
use crate::lint::{Lint, replace_text};

/// How many of the values that are allowed a wrong one is compared with by its letters.
const NAMED: usize = 200;

impl<'d> Sent<'d> {
    pub(super) fn is_of(&self, node: NodeRef<'_>, types: &[SchemaType]) -> bool {
        let has = |one| types.contains(&one);
        match node.kind() {
            Kind::Null => has(SchemaType::Null),
            Kind::Bool(_) => has(SchemaType::Boolean) || (self.medium == Medium::Text && has(SchemaType::String)),
            Kind::Number(text) => {
                let whole = Number::parse(text).is_some_and(|number| number.as_f64().fract() == 0.0);
                has(SchemaType::Number)
                    || (has(SchemaType::Integer) && whole)
                    || (self.medium == Medium::Text && has(SchemaType::String))
                    || (self.medium == Medium::Text && has(SchemaType::Array))
            }
            Kind::String(text) => {
                has(SchemaType::String)
                    || (self.medium == Medium::Text
                        && (has(SchemaType::Array)
                            || (has(SchemaType::Null) && text.is_empty())
                            || (has(SchemaType::Boolean) && matches!(text, "true" | "false"))
                            || (types.iter().any(|one| one.is_number()) && Number::parse(text).is_some())))
            }
            Kind::Sequence => has(SchemaType::Array),
            Kind::Mapping => has(SchemaType::Object),
        }
    }

    pub(super) fn wrong_type(
        &self,
        lint: &Lint<'d>,
        part: &Part<'_>,
        types: &[SchemaType],
        schema: &Schema<'d>,
        found: &mut Diagnostics,
    ) {
        let node = part.node;
        let message = format!("{}{} stands where {} is described", part.name(), node.kind().name(), what(types));
        let mut diagnostic = self.finding(lint, rule::MISMATCHED_VALUE, part.span(), message);
        let quoted_number = matches!(node.kind(), Kind::String(text) if Number::parse(text).is_some());
        if quoted_number && types.iter().any(|one| one.is_number()) {
            let text = node.as_str().unwrap_or_default();
            diagnostic = diagnostic.help(format!("write `{text}` without quotes"));
            // many services take it all the same
            diagnostic.severity = Severity::Warning;
            if node.source_text().len() == text.len() + 2 {
                let edit = Edit { source: lint.source(), span: node.span(), replacement: text.to_owned() };
                diagnostic = diagnostic.fix(Fix { title: format!("write `{text}` without quotes"), edits: vec![edit] });
            }
        }
        if matches!(node.kind(), Kind::Number(_) | Kind::Bool(_)) && types.contains(&SchemaType::String) {
            let text = node.source_text();
            diagnostic = diagnostic.help(format!("write `'{text}'`, in quotes"));
            diagnostic.severity = Severity::Warning;
            let edit = Edit { source: lint.source(), span: node.span(), replacement: quoted(lint, text) };
            diagnostic = diagnostic.fix(Fix { title: format!("put `{text}` into quotes"), edits: vec![edit] });
        }
        if node.is_null() {
            diagnostic.severity = Severity::Warning;
        }
        found.push(self.described(diagnostic, schema.resolved_place()));
    }

    /// A value is one of those that are listed.
    pub(super) fn values(&self, lint: &Lint<'d>, part: &Part<'_>, schema: &Schema<'d>, found: &mut Diagnostics) {
        let allowed = schema.values();
        let scalar = !part.node.is_mapping() && !part.node.is_sequence();
        if allowed.is_empty() || !scalar {
            return;
        }
        let given = part.node.to_value();
        let same = |place: &Place<'d>| {
            if let (Some(one), Some(other)) = (place.node().as_str(), part.node.as_str()) {
                return one == other;
            }
            let value = place.node().to_value();
            value == given || (self.medium == Medium::Text && value.to_text() == given.to_text())
        };
        if allowed.iter().any(same) {
            return;
        }
        let named = allowed.iter().take(NAMED);
        let texts: Vec<String> = named.map(|one| one.node().to_value().to_text().into_owned()).collect();
        let text = given.to_text().into_owned();
        let message = match (schema.keyword("const"), texts.as_slice()) {
            (Some(_), [only]) => {
                format!("{}`{text}` is not `{only}`, the only value that the schema allows", part.name())
            }
            _ => format!("{}`{text}` is not one of the enum's values", part.name()),
        };
        let near = suggest::nearest(&text, texts.iter().map(String::as_str), 1).into_iter().next();
        let mut diagnostic = self.finding(lint, rule::MISMATCHED_VALUE, part.span(), message);
        diagnostic.help = Some(near.map_or_else(|| listed(&texts), |near| format!("did you mean `{near}`?")));
        if let (Some(near), Value::String(_)) = (near.filter(|near| suggest::differ_in_case(&text, near)), &given) {
            diagnostic.fix = replace_text(lint.source(), part.node, near);
        }
        found.push(self.described(diagnostic, schema.resolved_place()));
    }

    pub(super) fn bounds(&self, lint: &Lint<'d>, part: &Part<'_>, schema: &Schema<'d>, found: &mut Diagnostics) {
        let Some(given) = part.node.as_number() else { return };
        let bound = |name| schema.keyword(name).and_then(|place| Some((place, place.node().as_number()?)));
        let given = given.as_f64();
        for (name, word, beyond) in [
            ("minimum", "least", (|given, bound| given < bound) as fn(f64, f64) -> bool),
            ("maximum", "most", |given, bound| given > bound),
        ] {
            if let Some((place, limit)) = bound(name).filter(|(_, limit)| beyond(given, limit.as_f64())) {
                let message = format!("{}`{}` is not allowed: at {word} {limit}", part.name(), part.node.source_text());
                found.push(self.described(self.finding(lint, rule::MISMATCHED_VALUE, part.span(), message), place));
            }
        }
    }

    pub(super) fn length(
        &self,
        lint: &Lint<'d>,
        part: &Part<'_>,
        text: &str,
        schema: &Schema<'d>,
        found: &mut Diagnostics,
    ) {
        let bound = |name| schema.keyword(name).and_then(|place| Some((place, place.node().as_number()?)));
        let given = text.chars().count() as f64;
        for (name, word, beyond) in [
            ("minLength", "least", (|given, bound| given < bound) as fn(f64, f64) -> bool),
            ("maxLength", "most", |given, bound| given > bound),
        ] {
            if let Some((place, limit)) = bound(name).filter(|(_, limit)| beyond(given, limit.as_f64())) {
                let characters = if given == 1.0 { "character" } else { "characters" };
                let are = if limit.as_f64() == 1.0 { "is" } else { "are" };
                let message =
                    format!("{}the text has {given} {characters}: at {word} {limit} {are} allowed", part.name());
                found.push(self.described(self.finding(lint, rule::MISMATCHED_VALUE, part.span(), message), place));
            }
        }
    }
}

/// A number or word in quotes, as the document's own text writes them.
fn quoted(lint: &Lint<'_>, text: &str) -> String {
    let json = lint.document.tree.text().trim_start().starts_with('{');
    if json { format!("\"{text}\"") } else { format!("'{text}'") }
}
