//! A value of the document against the schema of the place where it is sent.

use crate::arazzo::Workflow;
use crate::diagnostic::{Diagnostic, Diagnostics, Edit, Fix, Label, Severity};
use crate::expression::{Expression, Piece, Template, is_mistaken, pieces};
use crate::media_type::MediaType;
use crate::node::{Kind, NodeRef};
use crate::openapi::{Place, Schema, SchemaType};
use crate::rule::{self, Rule};
use crate::span::Span;
use crate::suggest;
use crate::syntax::SyntaxError;
use crate::value::{Number, Value};

use super::comparison::listed;
use super::shape::{ObstacleKind, Shape, what};
use super::{Lint, Scope};

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
pub(super) struct Sent<'s, 'd> {
    pub(super) scope: Option<Scope<'d>>,
    pub(super) workflow: &'d Workflow,
    pub(super) index: usize,
    pub(super) medium: Medium,
    /// The targets of replacements, which may give what the payload lacks.
    pub(super) replaced: Vec<&'s str>,
    /// What stands in texts for a value that is known later.
    pub(super) unknown: Option<char>,
}

impl<'s, 'd> Sent<'s, 'd> {
    /// What is wrong with a value for a place of that shape; `anchor` is where to point if something is missing.
    pub(super) fn check(
        &self,
        lint: &mut Lint<'d>,
        node: NodeRef<'_>,
        template: Option<&Template>,
        shape: &Shape<'d>,
        anchor: Span,
    ) -> Diagnostics {
        let mut found = Diagnostics::new();
        let part = Part { node, template, anchor, path: String::new(), depth: DEPTH };
        self.shape(lint, part.clone(), shape, &mut found);
        self.literals(lint, part, shape, &mut found);
        found
    }

    /// One of the schemas must fit.
    fn shape(&self, lint: &mut Lint<'d>, part: Part<'_>, shape: &Shape<'d>, found: &mut Diagnostics) {
        let Shape::Of(schemas) = shape else { return };
        self.one_of(lint, part, schemas, found);
    }

    fn one_of(&self, lint: &mut Lint<'d>, part: Part<'_>, schemas: &[Schema<'d>], found: &mut Diagnostics) {
        let mut best: Option<Diagnostics> = None;
        for schema in schemas {
            let mut tried = Diagnostics::new();
            self.schema(lint, part.clone(), schema, &mut tried);
            // what is only worth knowing is no reason to look for another
            if tried.iter().all(|one| one.severity == Severity::Advice) {
                found.extend(tried);
                return;
            }
            if best.as_ref().is_none_or(|best| tried.len() < best.len()) {
                best = Some(tried);
            }
        }
        match (schemas, best) {
            ([_], Some(tried)) => found.extend(tried),
            (many, Some(_)) => {
                let message =
                    format!("{}the value fits none of the {} alternatives that are described", part.name(), many.len());
                let mut diagnostic = self.finding(lint, rule::MISMATCHED_VALUE, part.span(), message);
                diagnostic.severity = Severity::Warning;
                if let Some(first) = many.first() {
                    let place = first.place();
                    diagnostic = diagnostic.label(place.source(), place.span(), "the first of them");
                }
                found.push(diagnostic);
            }
            (_, None) => {}
        }
    }

    /// A text that was meant as an expression is wrong as that, not as the text that it is taken for.
    fn schema(&self, lint: &mut Lint<'d>, part: Part<'_>, schema: &Schema<'d>, found: &mut Diagnostics) {
        let is_text = matches!(part.template, Some(Template::Literal(_)) | None) && self.unknown.is_none();
        let Some(error) = part.node.as_str().filter(|_| is_text).and_then(mistaken) else {
            return self.fitting(lint, part, schema, found);
        };
        let mut tried = Diagnostics::new();
        self.fitting(lint, part.clone(), schema, &mut tried);
        if let Some(first) = tried.into_iter().find(Diagnostic::is_error) {
            let mut diagnostic = error.to_diagnostic(rule::INVALID_EXPRESSION, lint.source(), part.node);
            diagnostic.labels.extend(first.labels.into_iter().skip(1));
            found.push(diagnostic);
        }
    }

    fn fitting(&self, lint: &mut Lint<'d>, part: Part<'_>, schema: &Schema<'d>, found: &mut Diagnostics) {
        let later = |text: &str| self.unknown.is_some_and(|mark| text.contains(mark));
        if part.depth == 0 || !schema.unresolved().is_empty() || part.node.as_str().is_some_and(later) {
            return;
        }
        match part.template {
            Some(Template::Expression(expression)) => {
                let given = lint.shape(self.workflow, self.index, self.scope, &expression.value);
                let text = format!("`{}`", expression.value);
                let before = found.len();
                self.given(lint, &given, &text, expression.span, schema, found);
                if found.len() == before {
                    self.later(lint, &given, expression, schema, found);
                }
                return;
            }
            Some(Template::Text(pieces)) => {
                self.text(lint, part.template, &pieces.value, pieces.span, schema, found);
                return;
            }
            Some(Template::Selector(_)) => return,
            Some(Template::Literal(_) | Template::Array(_) | Template::Object(_)) | None => {}
        }
        let alternatives = schema.alternatives();
        let (mut general, mut own) = (Diagnostics::new(), Diagnostics::new());
        if !alternatives.is_empty() {
            self.one_of(lint, Part { depth: part.depth - 1, ..part.clone() }, &alternatives, &mut general);
        }
        self.within(lint, &part, schema, &mut own);
        // what is wrong with a part says more than that none of several alternatives fits
        if alternatives.len() > 1 && own.iter().any(|one| one.severity > Severity::Advice) {
            general.retain(|one| one.severity == Severity::Advice);
        }
        found.extend(general);
        found.extend(own);
    }

    /// A value that is written out, by what a schema says whichever of its alternatives it is.
    fn within(&self, lint: &mut Lint<'d>, part: &Part<'_>, schema: &Schema<'d>, found: &mut Diagnostics) {
        let types = schema.types();
        if !types.is_empty() && !self.is_of(part.node, &types) {
            self.wrong_type(lint, part, &types, schema, found);
            return;
        }
        self.values(lint, part, schema, found);
        match part.node.kind() {
            Kind::Mapping => self.object(lint, part, schema, found),
            Kind::Sequence => self.array(lint, part, schema, found),
            Kind::Number(_) => self.bounds(lint, part, schema, found),
            Kind::String(text) => self.length(lint, part, text, schema, found),
            Kind::Null | Kind::Bool(_) => {}
        }
    }

    /// A value that is known when it runs, by what it is described to be.
    fn given(
        &self,
        lint: &Lint<'d>,
        given: &Shape<'d>,
        text: &str,
        span: Span,
        schema: &Schema<'d>,
        found: &mut Diagnostics,
    ) {
        let (given, described) = (given.types(), schema.types());
        let null = |types: &[SchemaType]| -> Vec<SchemaType> {
            types.iter().copied().filter(|one| *one != SchemaType::Null).collect()
        };
        let (given, wanted) = (null(&given), null(&described));
        if given.is_empty() || wanted.is_empty() {
            return;
        }
        let fits = |one: &SchemaType| {
            use SchemaType::{Array, Boolean, Integer, Number, Object, String};
            let numeric = matches!(one, Integer | Number);
            wanted.contains(one)
                || (numeric && wanted.iter().any(|wanted| matches!(wanted, Integer | Number)))
                // written as text a scalar is a scalar, and a list may be written out
                || (self.medium == Medium::Text
                    && matches!(one, Boolean | Integer | Number | String)
                    && wanted.iter().any(|wanted| !matches!(wanted, Object)))
                || (self.medium == Medium::Text && matches!(one, Array) && wanted.contains(&String))
        };
        if given.iter().any(fits) {
            return;
        }
        let message = format!("{text} is {}, where {} is described", what(&given), what(&described));
        let mut diagnostic = self.finding(lint, rule::MISMATCHED_VALUE, span, message);
        diagnostic.severity = Severity::Warning;
        found.push(self.described(diagnostic, schema.resolved_place()));
    }

    /// A text that embeds expressions.
    fn text(
        &self,
        lint: &mut Lint<'d>,
        template: Option<&Template>,
        pieces: &[Piece],
        span: Span,
        schema: &Schema<'d>,
        found: &mut Diagnostics,
    ) {
        let types = schema.types();
        // one expression in braces is converted to what the schema wants
        if let Some(expression) = template.and_then(Template::sole_embedded) {
            let kept = |one: &SchemaType| matches!(one, SchemaType::String | SchemaType::Null);
            if self.medium == Medium::Json && types.iter().any(|one| !kept(one)) && !types.contains(&SchemaType::String)
            {
                let message =
                    format!("braces make a text of `{}`, where {} is described", expression.value, what(&types));
                let mut diagnostic = self.finding(lint, rule::DOUBTFUL_EXPRESSION, span, message);
                diagnostic.severity = Severity::Advice;
                diagnostic.help = Some(format!("write `{}` without braces: it keeps its type", expression.value));
                let given = lint.shape(self.workflow, self.index, self.scope, &expression.value).types();
                let same = !given.is_empty() && given.iter().all(|one| types.contains(one));
                diagnostic.fix = without_braces(lint, expression.span).filter(|_| same);
                found.push(self.described(diagnostic, schema.resolved_place()));
            }
            return;
        }
        let numeric = |one: &SchemaType| matches!(one, SchemaType::Integer | SchemaType::Number);
        let words = pieces.iter().any(|piece| match piece {
            Piece::Text(text) => text.chars().any(|char| char.is_alphabetic() && !matches!(char, 'e' | 'E')),
            Piece::Expression(_) => false,
        });
        if !types.is_empty() && types.iter().all(numeric) && words {
            let message = format!("a text with words, where {} is described", what(&types));
            let diagnostic = self.finding(lint, rule::MISMATCHED_VALUE, span, message);
            found.push(self.described(diagnostic, schema.resolved_place()));
        }
    }

    fn is_of(&self, node: NodeRef<'_>, types: &[SchemaType]) -> bool {
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
                        && ((has(SchemaType::Array))
                            || (has(SchemaType::Boolean) && matches!(text, "true" | "false"))
                            || ((has(SchemaType::Integer) || has(SchemaType::Number))
                                && Number::parse(text).is_some())))
            }
            Kind::Sequence => has(SchemaType::Array),
            // an object may be written as the text of a field
            Kind::Mapping => has(SchemaType::Object),
        }
    }

    fn wrong_type(
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
        if quoted_number && types.iter().any(|one| matches!(one, SchemaType::Integer | SchemaType::Number)) {
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
    fn values(&self, lint: &Lint<'d>, part: &Part<'_>, schema: &Schema<'d>, found: &mut Diagnostics) {
        let allowed = schema.values();
        let scalar = !part.node.is_mapping() && !part.node.is_sequence();
        if allowed.is_empty() || !scalar {
            return;
        }
        let given = part.node.to_value();
        let same = |place: &Place<'d>| {
            let value = place.node().to_value();
            value == given || (self.medium == Medium::Text && value.to_text() == given.to_text())
        };
        if allowed.iter().any(same) {
            return;
        }
        let texts: Vec<String> = allowed.iter().map(|one| one.node().to_value().to_text().into_owned()).collect();
        let text = given.to_text().into_owned();
        let message = match (schema.keyword("const"), texts.as_slice()) {
            (Some(_), [only]) => {
                format!("{}`{text}` is not `{only}`, the only value that the schema allows", part.name())
            }
            _ => format!("{}`{text}` is not one of the enum's values", part.name()),
        };
        let near = suggest::nearest(&text, texts.iter().map(String::as_str).take(200), 1).into_iter().next();
        let mut diagnostic = self.finding(lint, rule::MISMATCHED_VALUE, part.span(), message);
        diagnostic.help = Some(near.map_or_else(|| listed(&texts), |near| format!("did you mean `{near}`?")));
        if let (Some(near), Value::String(_)) = (near.filter(|near| suggest::differ_in_case(&text, near)), &given) {
            diagnostic.fix = super::replace_text(lint.source(), part.node, near);
        }
        found.push(self.described(diagnostic, schema.resolved_place()));
    }

    fn object(&self, lint: &mut Lint<'d>, part: &Part<'_>, schema: &Schema<'d>, found: &mut Diagnostics) {
        let node = part.node;
        let shape = Shape::Of(vec![schema.clone()]);
        let has_alternatives = !schema.alternatives().is_empty();
        let mut homes: Vec<(&str, Vec<&str>)> = Vec::new();
        for name in schema.required() {
            let path = format!("{}/{name}", part.path);
            let replaced = self.replaced.iter().any(|target| !target.starts_with('/') || target.starts_with(&path));
            let read_only = || schema.property(name).is_some_and(|property| property.is_read_only());
            if node.get(name).is_none() && !replaced && !read_only() {
                let message = format!("{}the property `{name}` is missing, which is required", part.name());
                let diagnostic = self.finding(lint, rule::MISMATCHED_VALUE, part.anchor, message);
                let required = schema.keyword("required").unwrap_or(schema.resolved_place());
                let strays = strays(node, schema, name);
                let help = match strays.as_slice() {
                    [] => format!("add `{name}`"),
                    [one] => format!("put `{one}` under `{name}`"),
                    [many @ .., last] => format!("put `{}` and `{last}` under `{name}`", many.join("`, `")),
                };
                homes.push((name, strays));
                found.push(diagnostic.help(help).label(required.source(), required.span(), "required here"));
            }
        }
        for (key, value) in node.entries().take(WIDTH) {
            let template = match part.template {
                Some(Template::Object(members)) => members.get(key.key()),
                _ => None,
            };
            let inner = Part {
                node: value,
                template,
                anchor: key.span(),
                path: format!("{}/{}", part.path, key.key()),
                depth: part.depth - 1,
            };
            // `metadata[id]` spells a property of a property
            let name = match self.medium {
                Medium::Text => key.key().split('[').next().unwrap_or_default(),
                Medium::Json => key.key(),
            };
            match shape.child(name) {
                _ if name.len() < key.key().len() => {}
                Shape::Nothing(mut obstacle) if !has_alternatives || obstacle.is_certain() => {
                    let typed = |near: &&str| {
                        suggest::differ_in_case(name, near) || could_be(value, schema.property(near).as_ref())
                    };
                    obstacle.near = obstacle.near.filter(typed);
                    if matches!(obstacle.kind, ObstacleKind::Holds(_)) {
                        continue;
                    }
                    let message = format!("{}{}", part.name(), obstacle.message());
                    let mut diagnostic = self.finding(lint, rule::UNDECLARED_PROPERTY, key.span(), message);
                    let home = homes.iter().find(|(_, strays)| strays.contains(&key.key()));
                    diagnostic.help = match home.filter(|_| obstacle.near.is_none()) {
                        Some((home, _)) => Some(format!("put it under `{home}`, which has such a property")),
                        None => obstacle.help(),
                    };
                    if obstacle.is_certain() {
                        diagnostic.severity = Severity::Error;
                    }
                    let sure = |near: &&str| node.get(near).is_none() && suggest::differ_in_case(key.key(), near);
                    if let Some(near) = obstacle.near.filter(sure) {
                        diagnostic.fix = super::replace_text(lint.source(), key, near);
                    }
                    found.push(self.described(diagnostic, obstacle.place));
                }
                inner_shape => self.shape(lint, inner, &inner_shape, found),
            }
        }
    }

    fn array(&self, lint: &mut Lint<'d>, part: &Part<'_>, schema: &Schema<'d>, found: &mut Diagnostics) {
        let Some(items) = schema.items().filter(|_| schema.keyword("prefixItems").is_none()) else { return };
        for (index, item) in part.node.items().enumerate().take(WIDTH) {
            let template = match part.template {
                Some(Template::Array(items)) => items.get(index),
                _ => None,
            };
            let inner = Part {
                node: item,
                template,
                anchor: part.anchor,
                path: format!("{}/{index}", part.path),
                depth: part.depth - 1,
            };
            self.shape(lint, inner, &Shape::Of(vec![items.clone()]), found);
        }
        let least = schema.keyword("minItems").and_then(|place| place.node().as_number()).map(|number| number.as_f64());
        let count = part.node.len();
        if least.is_some_and(|least| (count as f64) < least) {
            let message =
                format!("{}{count} items, where at least {} are described", part.name(), least.unwrap_or_default());
            found.push(
                self.described(
                    self.finding(lint, rule::MISMATCHED_VALUE, part.span(), message),
                    schema.resolved_place(),
                ),
            );
        }
    }

    fn bounds(&self, lint: &Lint<'d>, part: &Part<'_>, schema: &Schema<'d>, found: &mut Diagnostics) {
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

    fn length(&self, lint: &Lint<'d>, part: &Part<'_>, text: &str, schema: &Schema<'d>, found: &mut Diagnostics) {
        let bound = |name| schema.keyword(name).and_then(|place| Some((place, place.node().as_number()?)));
        let given = text.chars().count() as f64;
        for (name, word, beyond) in [
            ("minLength", "least", (|given, bound| given < bound) as fn(f64, f64) -> bool),
            ("maxLength", "most", |given, bound| given > bound),
        ] {
            if let Some((place, limit)) = bound(name).filter(|(_, limit)| beyond(given, limit.as_f64())) {
                let message = format!("{}the text has {given} characters: at {word} {limit} are allowed", part.name());
                found.push(self.described(self.finding(lint, rule::MISMATCHED_VALUE, part.span(), message), place));
            }
        }
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

/// The change that drops the braces around an expression that stands in the text as it is.
fn without_braces(lint: &Lint<'_>, span: Span) -> Option<Fix> {
    let text = lint.document.tree.text();
    let source = lint.source();
    let cut = |at: u32| Edit { source, span: Span { start: at, end: at + 1 }, replacement: String::new() };
    let open =
        span.start.checked_sub(1).filter(|at| text.get(*at as usize..).is_some_and(|rest| rest.starts_with('{')))?;
    let close = Some(span.end).filter(|at| text.get(*at as usize..).is_some_and(|rest| rest.starts_with('}')))?;
    Some(Fix { title: "drop the braces".into(), edits: vec![cut(open), cut(close)] })
}

/// A number or word in quotes, as the document's own text writes them.
fn quoted(lint: &Lint<'_>, text: &str) -> String {
    let json = lint.document.tree.text().trim_start().starts_with('{');
    if json { format!("\"{text}\"") } else { format!("'{text}'") }
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
    /// The way down to it.
    pub(super) path: String,
    pub(super) depth: usize,
}

impl Part<'_> {
    /// Where to point for it: what spans lines is pointed to by its name.
    pub(super) fn span(&self) -> Span {
        if self.node.is_mapping() || self.node.is_sequence() { self.anchor } else { self.node.span() }
    }

    /// Its place, to begin a message with; empty at the top.
    pub(super) fn name(&self) -> String {
        if self.path.is_empty() { String::new() } else { format!("`{}`: ", self.path) }
    }
}

/// The properties of an object that its schema does not list, but lists for the object under `name`.
fn strays<'n>(node: NodeRef<'n>, schema: &Schema<'_>, name: &str) -> Vec<&'n str> {
    let Some(inner) = schema.property(name) else { return Vec::new() };
    let stray = |key: &&str| schema.property(key).is_none() && inner.property(key).is_some();
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
