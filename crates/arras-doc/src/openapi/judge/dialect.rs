//! Schemas of every OpenAPI version as one JSON Schema (2020-12) that stands alone.
//!
//! What a reference leads to, in whatever document, becomes a definition; only what can be reached is converted. The
//! dialect of OpenAPI 3.0 and Swagger 2.0 (`nullable`, booleans for `exclusiveMinimum`, references without siblings) is
//! translated; a member that only ever goes the other way (`writeOnly`, `readOnly`) is not required.

use std::collections::HashMap;
use std::sync::Arc;

use jsonschema::Validator;
use serde_json::{Map, Value, json};

use crate::node::{NodeId, Tree};
use crate::openapi::{Direction, Place, Schema, Version};
use crate::pointer;
use crate::rule::{self, Rule};
use crate::source::SourceId;
use crate::span::Span;

use super::keywords;

/// How many schemas one may come to, those that it refers to among them.
const MOST_DEFINITIONS: usize = 5_000;
const TOO_MANY: &str = "it refers to more than 5000 schemas";

/// A schema that stands alone, and where its parts come from.
#[derive(Debug)]
pub struct Converted {
    /// `{"$ref": "#/$defs/0", "$defs": {"0": …}}`
    pub schema: Value,
    /// The schemas under `$defs`, by index.
    pub origins: Vec<Origin>,
    /// Whether a value of any part is a secret.
    pub is_sensitive: bool,
    /// The keywords that were passed over.
    pub unusable: Vec<Unusable>,
    /// Whether references in it lead nowhere, of which nothing is judged.
    pub is_partial: bool,
}

/// A keyword that nothing is judged by.
#[derive(Debug)]
pub struct Unusable {
    /// Whether it is the description's fault or what this version can't do.
    pub rule: &'static Rule,
    /// Its name.
    pub keyword: String,
    /// What is wrong with it.
    pub why: String,
    /// The document it stands in.
    pub source: SourceId,
    /// Where it stands.
    pub span: Span,
}

/// Where a schema stands.
#[derive(Debug)]
pub struct Origin {
    pub source: SourceId,
    pub tree: Arc<Tree>,
    pub node: NodeId,
}

/// Converts a schema for values that go that way. AWS's own JSON protocols write times as numbers, whatever published descriptions say.
pub fn convert(place: Place<'_>, direction: Direction, is_aws: bool) -> Converted {
    let mut conversion = Conversion {
        version: place.description().version(),
        direction,
        is_aws,
        found: Vec::new(),
        index: HashMap::new(),
        is_sensitive: false,
        unusable: Vec::new(),
        is_partial: false,
    };
    conversion.definition(place);
    let mut definitions = Map::new();
    let mut at = 0;
    while let Some(next) = conversion.found.get(at).copied() {
        let schema = conversion.schema(next);
        definitions.insert(at.to_string(), schema);
        at += 1;
    }
    let origin = |place: &Place<'_>| Origin {
        source: place.source(),
        tree: place.document().tree().clone(),
        node: place.node().id(),
    };
    Converted {
        schema: json!({"$ref": "#/$defs/0", "$defs": definitions}),
        origins: conversion.found.iter().map(origin).collect(),
        is_sensitive: conversion.is_sensitive,
        unusable: conversion.unusable,
        is_partial: conversion.is_partial,
    }
}

impl Converted {
    /// What judges by the schema; `None` if the engine can't use it.
    pub fn validator(&self) -> Option<Validator> {
        super::compile(&self.schema).ok()
    }

    /// Whether a keyword of the converted schema is written in the description, and not made of another.
    pub fn is_written(&self, path: &str) -> bool {
        let Some(tokens) = pointer::tokens(path) else { return false };
        let [_, index, rest @ ..] = tokens.as_slice() else { return false };
        let origin = index.parse::<usize>().ok().and_then(|index| self.origins.get(index));
        let first = origin.map(|origin| origin.tree.node(origin.node));
        rest.iter().try_fold(first, |node, token| node.map(|node| node.child(token)).filter(Option::is_some)).is_some()
    }

    /// Where in the description a keyword of the converted schema stands, and its path from the schema's beginning.
    pub fn origin(&self, path: &str) -> Option<(SourceId, Span, String)> {
        let tokens = pointer::tokens(path)?;
        let (definition, rest) = match tokens.as_slice() {
            [definitions, index, rest @ ..] if definitions == "$defs" => (index.parse::<usize>().ok()?, rest),
            _ => return None,
        };
        let origin = self.origins.get(definition)?;
        let mut node = origin.tree.node(origin.node);
        let mut span = None;
        for token in rest {
            // keywords that the conversion made up have no place of their own
            let Some(child) = node.child(token) else {
                if token == "then" {
                    continue;
                }
                break;
            };
            span = Some(node.entry(token).map_or(child.span(), |(key, _)| key.span()));
            node = child;
        }
        let path = rest.iter().fold(String::new(), |mut path, token| {
            pointer::push(&mut path, token);
            path
        });
        Some((origin.source, span.unwrap_or_else(|| node.span()), path))
    }
}

struct Conversion<'d> {
    version: Version,
    direction: Direction,
    is_aws: bool,
    found: Vec<Place<'d>>,
    index: HashMap<(SourceId, NodeId), usize>,
    is_sensitive: bool,
    unusable: Vec<Unusable>,
    is_partial: bool,
}

impl<'d> Conversion<'d> {
    /// A reference to the definition that a place becomes; `None` beyond the bound.
    fn definition(&mut self, place: Place<'d>) -> Option<Value> {
        let key = (place.source(), place.node().id());
        let next = self.found.len();
        let at = match self.index.get(&key) {
            Some(at) => *at,
            None if next >= MOST_DEFINITIONS => {
                if self.unusable.iter().all(|known| known.why != TOO_MANY) {
                    let (keyword, why) = ("$ref".to_owned(), TOO_MANY.to_owned());
                    let (rule, source, span) = (rule::UNSUPPORTED_FEATURE, place.source(), place.span());
                    self.unusable.push(Unusable { rule, keyword, why, source, span });
                }
                return None;
            }
            None => {
                self.index.insert(key, next);
                self.found.push(place);
                next
            }
        };
        Some(json!(format!("#/$defs/{at}")))
    }

    fn schema(&mut self, place: Place<'d>) -> Value {
        self.schema_within(place, &[])
    }

    /// A schema that `outer` ones have in their `allOf`, the outermost first. Recursion is as deep as the document;
    /// references are followed by the caller's loop.
    fn schema_within(&mut self, place: Place<'d>, outer: &[Place<'d>]) -> Value {
        if let Some(all_or_none) = place.node().as_bool() {
            return Value::Bool(all_or_none);
        }
        if !place.node().is_mapping() {
            return Value::Bool(true);
        }
        let mut out = Map::new();
        let reference = place.target();
        let is_reference = reference.is_some();
        self.is_partial = self.is_partial || matches!(reference, Some(Err(_)));
        if let Some(Ok(target)) = reference
            && self.requires_what_goes_elsewhere(target, outer)
        {
            return self.schema_within(target, outer);
        }
        // what is referred to but not there can't be checked
        if let Some(definition) = reference.and_then(Result::ok).and_then(|target| self.definition(target)) {
            out.insert("$ref".into(), definition);
        }
        self.is_sensitive = self.is_sensitive || Schema::at(place).is_sensitive();
        if is_reference && !self.version.has_json_schema() {
            return Value::Object(out);
        }
        let dynamic = place.text("$dynamicRef");
        if dynamic.is_some_and(|reference| place.is_dynamic(reference)) {
            let why =
                "several schemas have its `$dynamicAnchor`, and which is meant depends on the way there".to_owned();
            let (source, span) = (place.source(), place.get("$dynamicRef").map_or(place.span(), Place::span));
            let (rule, keyword) = (rule::UNSUPPORTED_FEATURE, "$dynamicRef".to_owned());
            self.unusable.push(Unusable { rule, keyword, why, source, span });
        } else if let Some(target) = dynamic.and_then(|reference| place.refer(reference).ok())
            && let Some(definition) = self.definition(target)
        {
            out.insert("allOf".into(), json!([{ "$ref": definition }]));
        }
        for (key, value) in place.entries() {
            self.keyword(key.key(), value, place, outer, &mut out);
        }
        self.adapt(place, outer, &mut out);
        // what is left is no matter of the version any more
        for (key, value) in place.entries() {
            if let Some(converted) = out.remove(key.key()) {
                match keywords::usable(key.key(), converted) {
                    Ok(converted) => {
                        out.insert(key.key().to_owned(), converted);
                    }
                    Err(why) => {
                        let (keyword, source, span) = (key.key().to_owned(), value.source(), value.span());
                        let rule = rule::MALFORMED_DESCRIPTION;
                        self.unusable.push(Unusable { rule, keyword, why, source, span });
                    }
                }
            }
        }
        if self.is_null_allowed(place, &out) {
            // keywords that no document of these versions has
            return json!({ "if": { "not": { "type": "null" } }, "then": out });
        }
        Value::Object(out)
    }

    /// OpenAPI 3.0.0 to 3.0.2 did not say that `nullable` needs a `type` beside it, and many write
    /// `{nullable: true, allOf: [{$ref: …}]}` for a reference that may be `null`.
    fn is_null_allowed(&self, place: Place<'d>, out: &Map<String, Value>) -> bool {
        let name = if self.version == Version::V2_0 { "x-nullable" } else { "nullable" };
        let composed = ["allOf", "anyOf", "oneOf"].iter().any(|keyword| out.contains_key(*keyword));
        !self.version.has_json_schema() && composed && !out.contains_key("type") && place.flag(name)
    }

    fn keyword(
        &mut self,
        name: &str,
        value: Place<'d>,
        owner: Place<'d>,
        outer: &[Place<'d>],
        out: &mut Map<String, Value>,
    ) {
        let is_old = !self.version.has_json_schema();
        let converted = match name {
            "not" | "additionalProperties" => self.schema(value),
            "items" if value.node().is_mapping() || value.node().as_bool().is_some() => self.schema(value),
            "contains" | "propertyNames" | "if" | "then" | "else" | "unevaluatedItems" | "unevaluatedProperties"
                if !is_old =>
            {
                self.schema(value)
            }
            "allOf" => {
                let mut parts = out.remove("allOf").and_then(|parts| parts.as_array().cloned()).unwrap_or_default();
                let outer: Vec<Place<'d>> = outer.iter().copied().chain([owner]).collect();
                parts.extend(value.items().map(|part| self.schema_within(part, &outer)).collect::<Vec<_>>());
                Value::Array(parts)
            }
            "anyOf" | "oneOf" => Value::Array(value.items().map(|part| self.schema(part)).collect()),
            "prefixItems" if !is_old => Value::Array(value.items().map(|part| self.schema(part)).collect()),
            "properties" => self.schemas(value),
            "patternProperties" | "dependentSchemas" if !is_old => self.schemas(value),
            // in a list, an unquoted `null` means the type all the same
            "type" if value.node().is_sequence() => {
                let name = |item: Place<'_>| if item.node().is_null() { json!("null") } else { plain(item) };
                Value::Array(value.items().map(name).collect())
            }

            "format" if value.as_text().is_some_and(|format| !keywords::is_judged(format, self.direction)) => return,
            "type" | "enum" | "required" | "pattern" | "format" | "minimum" | "maximum" | "exclusiveMinimum"
            | "exclusiveMaximum" | "multipleOf" | "minLength" | "maxLength" | "minItems" | "maxItems"
            | "uniqueItems" | "minProperties" | "maxProperties" => plain(value),
            "const" | "minContains" | "maxContains" | "dependentRequired" if !is_old => plain(value),
            _ => return,
        };
        out.insert(name.to_owned(), converted);
    }

    fn schemas(&mut self, map: Place<'d>) -> Value {
        Value::Object(map.entries().map(|(key, value)| (key.key().to_owned(), self.schema(value))).collect())
    }

    /// What the keywords of OpenAPI change about those of JSON Schema.
    fn adapt(&self, place: Place<'d>, outer: &[Place<'d>], out: &mut Map<String, Value>) {
        if !self.version.has_json_schema() {
            self.adapt_old(place, out);
        }
        self.adapt_type(out);
        let whole: Vec<Schema<'d>> = match out.get("required") {
            Some(Value::Array(_)) => outer.iter().copied().chain([place]).map(Schema::at).collect(),
            _ => Vec::new(),
        };
        let elsewhere =
            |name: &Value| name.as_str().is_some_and(|name| whole.iter().any(|it| self.goes_elsewhere(it, name)));
        match out.get_mut("required") {
            Some(Value::Array(names)) => names.retain(|name| !elsewhere(name)),
            Some(_) => {
                out.remove("required");
            }
            None => {}
        }
    }

    /// Whether a property only ever goes the other way, in whatever part of the schema that is said.
    fn goes_elsewhere(&self, schema: &Schema<'_>, name: &str) -> bool {
        let named = schema.keywords("properties").filter_map(|all| all.get(name));
        named.map(Schema::at).any(|property| match self.direction {
            Direction::Response => property.is_write_only(),
            Direction::Request => property.is_read_only(),
        })
    }

    /// Whether a schema requires what only the schemas that refer to it say goes the other way.
    fn requires_what_goes_elsewhere(&self, target: Place<'_>, outer: &[Place<'_>]) -> bool {
        // a schema that has itself in its `allOf` is no schema
        const MOST_NESTED: usize = 8;
        if outer.is_empty() || outer.len() > MOST_NESTED {
            return false;
        }
        let outer: Vec<Schema<'_>> = outer.iter().copied().map(Schema::at).collect();
        let required = Schema::at(target).required();
        required.iter().any(|name| outer.iter().any(|schema| self.goes_elsewhere(schema, name)))
    }

    /// OpenAPI 3.0 and Swagger 2.0.
    fn adapt_old(&self, place: Place<'d>, out: &mut Map<String, Value>) {
        for (exclusive, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
            if let Some(Value::Bool(is_exclusive)) = out.get(exclusive) {
                let is_exclusive = *is_exclusive;
                out.remove(exclusive);
                if let Some(limit) = out.get(bound).cloned().filter(|_| is_exclusive) {
                    out.remove(bound);
                    out.insert(exclusive.to_owned(), limit);
                }
            }
        }
        let nullable = if self.version == Version::V2_0 { "x-nullable" } else { "nullable" };
        if out.get("type").and_then(Value::as_str) == Some("file") {
            out.remove("type");
        }
        if let Some(Value::String(name)) = out.get("type").cloned()
            && place.flag(nullable)
        {
            out.insert("type".into(), json!([name, "null"]));
        }
    }

    /// Formats of numbers are bounds; times of AWS's JSON protocols are numbers too.
    fn adapt_type(&self, out: &mut Map<String, Value>) {
        let bounds = match out.get("format").and_then(Value::as_str) {
            Some("int32") => (json!(i32::MIN), json!(i32::MAX)),
            Some("int64") => (json!(i64::MIN), json!(i64::MAX)),
            Some("date-time") if self.is_aws && out.get("type").and_then(Value::as_str) == Some("string") => {
                out.insert("type".into(), json!(["string", "number"]));
                return;
            }
            _ => return,
        };
        if !out.contains_key("minimum") && !out.contains_key("exclusiveMinimum") {
            out.insert("minimum".into(), bounds.0);
        }
        if !out.contains_key("maximum") && !out.contains_key("exclusiveMaximum") {
            out.insert("maximum".into(), bounds.1);
        }
    }
}

fn plain(value: Place<'_>) -> Value {
    Value::from(&value.node().to_value())
}

/// Whether a text is base64 (RFC 4648 §4), with or without its padding.
pub(super) fn is_base64(text: &str) -> bool {
    let digits = text.trim_end_matches('=');
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    digits.bytes().all(is_digit) && digits.len() % 4 != 1 && text.len() - digits.len() <= 2
}
