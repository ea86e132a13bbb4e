//! What is written out in what is sent, judged by all keywords of its schema, and what expressions leave of the rest.

mod judge;

use std::collections::HashSet;

use serde_json::{Map, Value as Json, json};

use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::expression::Template;
use crate::node::{Kind, NodeId, NodeRef};
use crate::openapi::judge::{Converted, Difference, find};
use crate::openapi::{Place, Schema, SchemaType};
use crate::pointer;
use crate::rule;
use crate::source::SourceId;
use crate::span::Span;
use crate::value::Number;

use super::Lint;
use super::value::{Medium, Part, Sent, mistaken};

pub(super) use judge::Judge;
use judge::OUTER;

/// How many differences of one part are told.
const MOST: usize = 5;
/// How much may be found in a value before no more is told of its read-only members.
const TOLD: usize = 1_000;
/// How large a part may be that is judged whole.
const LARGEST: usize = 20_000;
/// Keywords that say something of a scalar which no other check looks at.
const OF_SCALARS: [&str; 10] = [
    "pattern",
    "format",
    "multipleOf",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "not",
    "if",
    "oneOf",
    "anyOf",
    "$dynamicRef",
];
/// The schemas that were compared with parts of a value.
type Seen = HashSet<((SourceId, NodeId), NodeId)>;

impl<'d> Sent<'d> {
    /// What the keywords that no other check looks at refuse; nothing where something was found already.
    pub(super) fn literals(
        &self,
        lint: &mut Lint<'d>,
        part: Part<'_>,
        schemas: &[Schema<'d>],
        found: &mut Diagnostics,
    ) {
        let [schema] = schemas else { return };
        self.part(lint, &part, schema, &mut HashSet::new(), found);
    }

    fn part(
        &self,
        lint: &mut Lint<'d>,
        part: &Part<'_>,
        schema: &Schema<'d>,
        seen: &mut Seen,
        found: &mut Diagnostics,
    ) {
        let mut is_known = || !seen.insert((schema.identity(), part.node.id()));
        if part.depth == 0 || self.replaced.covers(&part.path) || is_known() {
            return;
        }
        let is_whole = !self.replaced.reaches_into(&part.path);
        let is_literal = self.is_literal(part);
        if is_whole && is_literal {
            self.whole(lint, part, schema, found);
        } else if is_whole {
            self.outer(lint, part, schema, found);
        }
        self.inside(lint, part, schema, is_whole && is_literal, (seen, found));
    }

    /// What is in a part; what is in an alternative only is judged with it.
    fn inside(
        &self,
        lint: &mut Lint<'d>,
        part: &Part<'_>,
        schema: &Schema<'d>,
        is_judged: bool,
        known: (&mut Seen, &mut Diagnostics),
    ) {
        match part.node.kind() {
            _ if part.depth == 0 => {}
            Kind::Mapping => self.members(lint, part, schema, is_judged, known),
            Kind::Sequence => self.items(lint, part, schema, is_judged, known),
            _ => {}
        }
    }

    /// Whether a part holds no expression.
    fn is_literal(&self, part: &Part<'_>) -> bool {
        let later = |text: &str| self.unknown.is_some_and(|mark| text.contains(mark));
        matches!(part.template, None | Some(Template::Literal(_))) && !later(part.node.source_text())
    }

    fn members(
        &self,
        lint: &mut Lint<'d>,
        part: &Part<'_>,
        schema: &Schema<'d>,
        is_judged: bool,
        (seen, found): (&mut Seen, &mut Diagnostics),
    ) {
        for (key, node) in part.node.entries() {
            let inner = part.member(key, node);
            let named: Vec<Schema<'d>> =
                schema.keywords("properties").filter_map(|all| all.get(key.key())).map(Schema::at).collect();
            self.read_only(lint, part, key, &named, found);
            for schema in named.iter().filter(|_| !is_judged) {
                self.part(lint, &inner, schema, seen, found);
            }
            // those below are not judged again, but may be read-only
            if let Some(schema) = named.first().filter(|_| is_judged) {
                self.inside(lint, &inner, schema, true, (&mut *seen, &mut *found));
            }
        }
    }

    fn items(
        &self,
        lint: &mut Lint<'d>,
        part: &Part<'_>,
        schema: &Schema<'d>,
        is_judged: bool,
        (seen, found): (&mut Seen, &mut Diagnostics),
    ) {
        let Some(items) = schema.items().filter(|_| schema.keyword("prefixItems").is_none()) else { return };
        for (index, node) in part.node.items().enumerate() {
            let item = part.item(index, node);
            match is_judged {
                true => self.inside(lint, &item, &items, true, (&mut *seen, &mut *found)),
                false => self.part(lint, &item, &items, seen, found),
            }
        }
    }

    /// A property that the service alone gives.
    fn read_only(
        &self,
        lint: &Lint<'d>,
        part: &Part<'_>,
        key: NodeRef<'_>,
        named: &[Schema<'d>],
        found: &mut Diagnostics,
    ) {
        let Some(schema) = named.iter().find(|one| one.is_read_only()) else { return };
        if part.depth == 0 || schema.place().source() == lint.source() {
            return;
        }
        let message = format!("{}`{}` is read-only: it is answered and not sent", part.name(), key.key());
        let mut diagnostic = Diagnostic::new(rule::MISMATCHED_VALUE, message).at(lint.source(), key.span());
        diagnostic.severity = Severity::Warning;
        diagnostic.help = Some("leave it out".into());
        self.add(diagnostic, schema.keyword("readOnly").unwrap_or(schema.place()), found);
    }

    /// A part without expressions.
    fn whole(&self, lint: &mut Lint<'d>, part: &Part<'_>, schema: &Schema<'d>, found: &mut Diagnostics) {
        let is_scalar = !part.node.is_mapping() && !part.node.is_sequence();
        if is_scalar && !OF_SCALARS.iter().any(|keyword| schema.keyword(keyword).is_some()) {
            return;
        }
        let mut left = LARGEST;
        let Some(instance) = self.instance(part.node, Some(schema), part.depth, &mut left) else { return };
        let Some(judge) = lint.judge(schema) else { return };
        let converted = &judge.converted;
        if converted.is_partial || judge.validator().is_none_or(|validator| validator.is_valid(&instance)) {
            return;
        }
        for difference in find(&converted.schema, &instance, MOST).0 {
            self.tell(lint, part, converted, &difference, found);
        }
    }

    /// A part with expressions: what its names and the number of its items decide.
    fn outer(&self, lint: &mut Lint<'d>, part: &Part<'_>, schema: &Schema<'d>, found: &mut Diagnostics) {
        let is_structure = part.node.is_mapping() || part.node.is_sequence();
        if !OUTER.iter().any(|keyword| schema.keyword(keyword).is_some()) {
            return;
        }
        let is_selector = matches!(part.template, Some(Template::Selector(_) | Template::Text(_)));
        let later = |key: NodeRef<'_>| self.unknown.is_some_and(|mark| key.key().contains(mark));
        if !is_structure
            || is_selector
            || part.node.entries().any(|(key, _)| later(key) || self.is_spelled(key, Some(schema)))
        {
            return;
        }
        let mut count = 0_u32;
        let mut hole = |inner: NodeRef<'_>, template: Option<&Template>| {
            let inner = Part { node: inner, template, anchor: part.anchor, path: String::new(), depth: part.depth };
            count += 1;
            match self.is_literal(&inner) {
                true => Json::from(&inner.node.to_value()),
                // no two of them are the same as far as anyone knows
                false => json!(format!("\u{E000}{count}")),
            }
        };
        let instance = match part.template {
            Some(Template::Object(members)) => {
                let all = part.node.entries();
                all.map(|(key, node)| (key.key().to_owned(), hole(node, members.get(key.key())))).collect()
            }
            Some(Template::Array(items)) => {
                let all = part.node.items().enumerate();
                all.map(|(index, node)| hole(node, items.get(index))).collect()
            }
            // the text of a body, with marks for expressions
            _ if part.node.is_mapping() => {
                part.node.entries().map(|(key, node)| (key.key().to_owned(), hole(node, None))).collect()
            }
            _ => part.node.items().map(|node| hole(node, None)).collect(),
        };
        let Some(judge) = lint.judge(schema) else { return };
        let Some((outer, validator)) = judge.outer() else { return };
        if !validator.is_valid(&instance) {
            for difference in find(outer, &instance, MOST).0 {
                self.tell(lint, part, &judge.converted, &difference, found);
            }
        }
    }

    fn tell(
        &self,
        lint: &Lint<'d>,
        part: &Part<'_>,
        converted: &Converted,
        difference: &Difference,
        found: &mut Diagnostics,
    ) {
        let Some(at) = below(part, &difference.value) else { return };
        let keyword = difference.keyword.rsplit('/').next().unwrap_or_default();
        let origin = converted.origin(&difference.keyword);
        // a bound that the schema does not have is that of a format
        let is_format =
            keyword == "format" || origin.as_ref().is_some_and(|_| !converted.is_written(&difference.keyword));
        let beside = |name: &str| difference.keyword.rsplit_once('/').map(|(owner, _)| format!("{owner}/{name}"));
        let is_written_beside = |name| beside(name).is_some_and(|path| converted.is_written(&path));
        // the discriminator says which of them it is
        if keyword == "oneOf" && difference.fits_several && is_written_beside("discriminator") {
            return;
        }
        let pattern = converted.schema.pointer(&difference.keyword).filter(|_| keyword == "pattern");
        let is_foreign = pattern.and_then(Json::as_str).is_some_and(is_of_another_language);
        let is_stray = matches!(keyword, "additionalProperties" | "unevaluatedProperties");
        let rule = if is_stray { rule::UNDECLARED_PROPERTY } else { rule::MISMATCHED_VALUE };
        let severity = match keyword {
            _ if is_format || is_foreign => Severity::Warning,
            // descriptions often have alternatives that one value fits twice
            "oneOf" | "anyOf" => Severity::Warning,
            _ => Severity::Error,
        };
        let is_text = self.unknown.is_none();
        let diagnostic = match at.node.as_str().filter(|_| is_text).and_then(mistaken) {
            Some(error) => error.to_diagnostic(rule::INVALID_EXPRESSION, lint.source(), at.node),
            None => Diagnostic::new(rule, format!("{}{}", at.name(), difference.message)).severity(severity),
        };
        let mut spans: Vec<Span> =
            difference.names.iter().filter_map(|name| Some(at.node.entry(name)?.0.span())).collect();
        if spans.is_empty() {
            spans.push(at.span());
        }
        // the same was said of it, or of a part of it
        let known = |one: &Diagnostic| {
            one.severity != Severity::Advice
                && one.primary().is_some_and(|label| {
                    spans.iter().any(|span| covers(*span, label.span)) || {
                        let inside = at.node.is_mapping() || at.node.is_sequence();
                        inside && covers(at.node.span(), label.span)
                    }
                })
        };
        if found.iter().any(known) {
            return;
        }
        for span in spans {
            let mut diagnostic = diagnostic.clone();
            if diagnostic.labels.is_empty() {
                diagnostic = diagnostic.at(lint.source(), span);
            }
            if let Some((source, span, _)) = origin {
                diagnostic = diagnostic.label(source, span, "described here");
            }
            found.push(diagnostic);
        }
    }

    fn add(&self, diagnostic: Diagnostic, place: Place<'d>, found: &mut Diagnostics) {
        let diagnostic = diagnostic.label(place.source(), place.span(), "described here");
        if found.len() < TOLD && !found.contains(&diagnostic) {
            found.push(diagnostic);
        }
    }

    /// Whether a name spells a part of a member, and not one that the schema has.
    fn is_spelled(&self, key: NodeRef<'_>, schema: Option<&Schema<'_>>) -> bool {
        let name = key.key();
        self.owner(name).is_some() && schema.is_none_or(|schema| schema.property(name).is_none())
    }

    /// A part as it is read where it goes; `None` if that depends on who reads it, or it is too large.
    fn instance(&self, node: NodeRef<'_>, schema: Option<&Schema<'d>>, depth: usize, left: &mut usize) -> Option<Json> {
        *left = left.checked_sub(1)?;
        let depth = depth.checked_sub(1)?;
        match node.kind() {
            Kind::Mapping => {
                let mut members = Map::new();
                for (key, value) in node.entries() {
                    if self.is_spelled(key, schema) {
                        return None;
                    }
                    let inner = schema.and_then(|schema| schema.child(key.key()));
                    members.insert(key.key().to_owned(), self.instance(value, inner.as_ref(), depth, left)?);
                }
                Some(Json::Object(members))
            }
            Kind::Sequence => {
                let items = schema.and_then(Schema::items);
                node.items().map(|item| self.instance(item, items.as_ref(), depth, left)).collect()
            }
            _ if self.medium == Medium::Json => Some(Json::from(&node.to_value())),
            _ => scalar(node, schema),
        }
    }
}

/// A scalar that was sent as text, as its schema has it read.
fn scalar(node: NodeRef<'_>, schema: Option<&Schema<'_>>) -> Option<Json> {
    let types = schema?.types();
    let has = |one| types.contains(&one);
    let is_numeric = has(SchemaType::Integer) || has(SchemaType::Number);
    match node.kind() {
        // a list may be written out as one text
        _ if types.is_empty() || has(SchemaType::Array) || has(SchemaType::Object) => None,
        Kind::Null => None,
        Kind::Number(_) if is_numeric => Some(Json::from(&node.to_value())),
        Kind::Bool(value) if has(SchemaType::Boolean) => Some(Json::Bool(value)),
        Kind::Number(_) | Kind::Bool(_) if has(SchemaType::String) => Some(json!(node.source_text())),
        Kind::String(text) if has(SchemaType::String) => Some(json!(text)),
        Kind::String(text) if is_numeric => Some(Json::from(&crate::value::Value::Number(Number::parse(text)?))),
        Kind::String(text) if has(SchemaType::Boolean) => Some(json!(text.parse::<bool>().ok()?)),
        _ => None,
    }
}

/// The part at the end of a pointer.
fn below<'t>(part: &Part<'t>, pointer: &str) -> Option<Part<'t>> {
    let mut at = Part { template: None, ..part.clone() };
    for token in pointer::tokens(pointer)? {
        at.anchor = at.node.entry(&token).map_or(at.anchor, |(key, _)| key.span());
        at.node = at.node.child(&token)?;
        pointer::push(&mut at.path, &token);
    }
    Some(at)
}

/// Whether a pattern is written in a way that means something else in the language of JSON Schema: between slashes, or with
/// the classes of POSIX.
fn is_of_another_language(pattern: &str) -> bool {
    (pattern.len() > 1 && pattern.starts_with('/') && pattern.ends_with('/')) || pattern.contains("[[:")
}

fn covers(outer: Span, inner: Span) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}
