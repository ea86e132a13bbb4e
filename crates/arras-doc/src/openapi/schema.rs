//! What a schema says at first sight: its own keywords and those of the schemas that it refers to or consists of.

use std::collections::HashSet;

use crate::node::NodeId;
use crate::openapi::place::Site;
use crate::openapi::{Place, Unresolved, Version};
use crate::source::SourceId;

/// How many schemas one may refer to and consist of.
const MOST_VIEWS: usize = 64;

/// Extensions that mark a value as secret when they are `true`.
pub const SENSITIVE_MARKS: &[&str] = &["x-sensitive", "x-sensitive-data", "x-secret", "x-confidential", "x-pii"];

/// Keywords that say something of members in ways that are not followed at first sight.
const BEYOND: [&str; 7] =
    ["patternProperties", "if", "dependentSchemas", "$dynamicRef", "discriminator", "not", "propertyNames"];
/// Keywords beside a reference that say nothing of values.
const NOTES: [&str; 5] = ["description", "summary", "title", "example", "examples"];

/// A type of JSON Schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SchemaType {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean,
    /// A number without a fraction.
    Integer,
    /// A number.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl SchemaType {
    /// Reads the value of `type`; Swagger 2.0's `file` is a string.
    pub fn parse(text: &str) -> Option<SchemaType> {
        Some(match text {
            "null" => SchemaType::Null,
            "boolean" => SchemaType::Boolean,
            "integer" => SchemaType::Integer,
            "number" => SchemaType::Number,
            "string" | "file" => SchemaType::String,
            "array" => SchemaType::Array,
            "object" => SchemaType::Object,
            _ => return None,
        })
    }

    /// Whether its values are numbers.
    pub fn is_number(self) -> bool {
        matches!(self, SchemaType::Integer | SchemaType::Number)
    }
}

/// A schema together with those that its `$ref` and `allOf` add to it.
///
/// A keyword's value is that of the first of them that has it: the schema itself, then what it refers to, then the
/// members of `allOf`. Validation is not done here.
#[derive(Clone, Debug)]
pub struct Schema<'d> {
    place: Place<'d>,
    views: Vec<Place<'d>>,
    unresolved: Vec<(Place<'d>, Unresolved)>,
}

impl<'d> Schema<'d> {
    /// The schema at a place.
    pub fn at(place: Place<'d>) -> Schema<'d> {
        let mut schema = Schema { place, views: Vec::new(), unresolved: Vec::new() };
        let mut seen: Vec<Site> = Vec::new();
        let mut open = vec![place];
        while let Some(next) = open.pop() {
            if seen.contains(&next.site()) || seen.len() >= MOST_VIEWS {
                continue;
            }
            seen.push(next.site());
            let mut parts: Vec<Place<'d>> = Vec::new();
            match next.target() {
                Some(Ok(target)) => parts.push(target),
                Some(Err(unresolved)) => schema.unresolved.push((next, unresolved)),
                None => {}
            }
            if next.reference().is_none() || place.description.version().has_json_schema() {
                schema.views.push(next);
                parts.extend(next.get("allOf").into_iter().flat_map(Place::items));
            }
            open.extend(parts.into_iter().rev());
        }
        schema
    }

    /// Where it stands, its reference not followed.
    pub fn place(&self) -> Place<'d> {
        self.place
    }

    /// The references in it that lead nowhere, and why.
    pub fn unresolved(&self) -> &[(Place<'d>, Unresolved)] {
        &self.unresolved
    }

    /// The value of a keyword.
    pub fn keyword(&self, name: &str) -> Option<Place<'d>> {
        self.views.iter().find_map(|view| view.get(name))
    }

    /// The values of a keyword, of each part that has it.
    pub fn keywords(&self, name: &str) -> impl Iterator<Item = Place<'d>> {
        self.views.iter().filter_map(move |view| view.get(name))
    }

    /// The types it allows, by `type` or else by the alternatives that all say so; empty if it does not say.
    pub fn types(&self) -> Vec<SchemaType> {
        let mut types = self.declared_types();
        if !types.is_empty() || self.keyword("type").is_some() {
            return types;
        }
        for alternative in self.alternatives() {
            match alternative.declared_types() {
                silent if silent.is_empty() => return Vec::new(),
                declared => types.extend(declared),
            }
        }
        let mut seen: Vec<SchemaType> = Vec::new();
        types.retain(|it| {
            !seen.contains(it) && {
                seen.push(*it);
                true
            }
        });
        types
    }

    /// The types that `type` and `nullable` allow.
    pub(super) fn declared_types(&self) -> Vec<SchemaType> {
        let mut types: Vec<SchemaType> = Vec::new();
        let Some(declared) = self.keyword("type") else { return types };
        let names = declared.as_text().into_iter().chain(declared.items().filter_map(Place::as_text));
        // in a list, an unquoted `null` means the type all the same
        let null = declared.items().any(|item| item.node().is_null()).then_some(SchemaType::Null);
        types.extend(names.filter_map(SchemaType::parse).chain(null));
        if !types.is_empty() && self.is_nullable() && !types.contains(&SchemaType::Null) {
            types.push(SchemaType::Null);
        }
        types
    }

    /// The one type that a value other than `null` has, if it says so; what text is read as where it must be converted
    ///
    pub fn single_type(&self) -> Option<SchemaType> {
        let mut types = self.types().into_iter().filter(|it| *it != SchemaType::Null);
        types.next().filter(|_| types.next().is_none())
    }

    fn is_nullable(&self) -> bool {
        self.flag(self.nullable())
    }

    fn nullable(&self) -> &'static str {
        match self.place.description.version() {
            Version::V2_0 => "x-nullable",
            _ => "nullable",
        }
    }

    fn flag(&self, keyword: &str) -> bool {
        self.views.iter().any(|view| view.flag(keyword))
    }

    /// The properties of all its parts, in order.
    pub fn properties(&self) -> Vec<(&'d str, Schema<'d>)> {
        let mut all: Vec<(&'d str, Place<'d>)> = Vec::new();
        let maps = self.views.iter().filter_map(|view| view.get("properties"));
        for (name, place) in maps.flat_map(Place::entries).map(|(key, place)| (key.key(), place)) {
            if !all.iter().any(|(known, _)| *known == name) {
                all.push((name, place));
            }
        }
        all.into_iter().map(|(name, place)| (name, Schema::at(place))).collect()
    }

    /// The names of the properties of all its parts.
    pub fn property_names(&self) -> Vec<&'d str> {
        let maps = self.views.iter().filter_map(|view| view.get("properties"));
        maps.flat_map(Place::entries).map(|(key, _)| key.key()).collect()
    }

    /// Where what it says begins: its place, or where its reference leads.
    pub fn resolved_place(&self) -> Place<'d> {
        self.views.first().copied().unwrap_or(self.place)
    }

    /// The schema of a property that it names.
    pub fn property(&self, name: &str) -> Option<Schema<'d>> {
        let maps = self.views.iter().filter_map(|view| view.get("properties"));
        maps.filter_map(|map| map.get(name)).next().map(Schema::at)
    }

    /// The names of the properties that must be there.
    pub fn required(&self) -> Vec<&'d str> {
        let lists = self.views.iter().filter_map(|view| view.get("required"));
        lists.flat_map(Place::items).filter_map(Place::as_text).collect()
    }

    /// The schema of an array's items.
    pub fn items(&self) -> Option<Schema<'d>> {
        self.keyword("items").map(Schema::at)
    }

    /// The schema of properties that it does not name, where it is one.
    pub fn additional_properties(&self) -> Option<Schema<'d>> {
        self.keyword("additionalProperties").filter(|place| place.node().is_mapping()).map(Schema::at)
    }

    /// The schema of what one JSON Pointer token selects: a property, an item, an unnamed property.
    pub fn child(&self, token: &str) -> Option<Schema<'d>> {
        let item = || token.bytes().all(|byte| byte.is_ascii_digit()).then(|| self.items()).flatten();
        self.property(token).or_else(item).or_else(|| self.additional_properties())
    }

    /// The alternatives of `oneOf`, then of `anyOf`, of all its parts.
    pub fn alternatives(&self) -> Vec<Schema<'d>> {
        self.choices().into_iter().flatten().collect()
    }

    /// The same by the lists that they stand in: a value is one of each list. What stands twice in a list is there once.
    pub fn choices(&self) -> Vec<Vec<Schema<'d>>> {
        let lists = ["oneOf", "anyOf"].into_iter().flat_map(|keyword| self.keywords(keyword));
        let list = |list: Place<'d>| distinct(list.items().map(Schema::at));
        lists.map(list).filter(|list| !list.is_empty()).collect()
    }

    /// Where what it says stands: its place, or where a reference leads that nothing stands beside.
    pub(crate) fn said_at(&self) -> Place<'d> {
        self.views.iter().find(|view| !only_refers(**view)).copied().unwrap_or(self.place)
    }

    /// The same, without its description.
    pub(crate) fn identity(&self) -> (SourceId, NodeId) {
        let place = self.said_at();
        (place.source(), place.node().id())
    }

    /// Whether OpenAPI 3.0.0 to 3.0.2, or Swagger 2.0, let it be `null` whatever its parts say: they did not say that
    /// `nullable` needs a `type` beside it, and many write `{nullable: true, allOf: [{$ref: …}]}`.
    pub(crate) fn takes_null(&self) -> bool {
        let composed = |view: &Place<'d>| ["allOf", "anyOf", "oneOf"].iter().any(|keyword| view.get(keyword).is_some());
        !self.place.description.version().has_json_schema()
            && self
                .views
                .first()
                .is_some_and(|view| view.flag(self.nullable()) && composed(view) && view.get("type").is_none())
    }

    /// Whether members may be described in ways that are not followed here.
    pub(crate) fn is_beyond(&self) -> bool {
        let is_open = self.keyword("unevaluatedProperties").is_some() && !self.is_closed();
        is_open || !self.unresolved.is_empty() || BEYOND.iter().any(|keyword| self.keyword(keyword).is_some())
    }

    /// Whether properties that no part of it names are refused, those of alternatives being named.
    pub(crate) fn is_closed(&self) -> bool {
        self.keyword("unevaluatedProperties").is_some_and(|place| place.node().as_bool() == Some(false))
    }

    /// The values it allows (`enum`, or the one of `const`); empty if it does not say.
    pub fn values(&self) -> Vec<Place<'d>> {
        match self.keyword("enum") {
            Some(list) => list.items().collect(),
            None => self.keyword("const").into_iter().collect(),
        }
    }

    /// The format: `date-time`, `password` …
    pub fn format(&self) -> Option<&'d str> {
        self.keyword("format")?.as_text()
    }

    /// Whether a value of it is only ever sent.
    pub fn is_write_only(&self) -> bool {
        self.flag("writeOnly")
    }

    /// Whether a value of it is only ever received.
    pub fn is_read_only(&self) -> bool {
        self.flag("readOnly")
    }

    /// Whether a value of it is a secret: `writeOnly`, `format: password`, or marked by an extension
    /// ([`SENSITIVE_MARKS`]), in itself, one of its alternatives, or beside a reference, where OpenAPI 3.0 ignores it.
    pub fn is_sensitive(&self) -> bool {
        self.is_marked() || self.alternatives().iter().any(Schema::is_marked)
    }

    fn is_marked(&self) -> bool {
        let marked = |view: &Place<'d>| {
            let flagged = view.flag("writeOnly") || SENSITIVE_MARKS.iter().any(|mark| view.flag(mark));
            flagged || view.text("format") == Some("password")
        };
        marked(&self.place) || self.views.iter().any(marked)
    }

    /// The parts whose keywords hold: itself, what it refers to, the members of `allOf`.
    pub(super) fn views(&self) -> &[Place<'d>] {
        &self.views
    }
}

/// Each schema once.
pub(crate) fn distinct<'d>(schemas: impl IntoIterator<Item = Schema<'d>>) -> Vec<Schema<'d>> {
    let mut seen = HashSet::new();
    schemas.into_iter().filter(|schema| seen.insert(schema.identity())).collect()
}

/// Whether a schema is a reference and says nothing of its own.
fn only_refers(view: Place<'_>) -> bool {
    view.reference().is_some() && view.entries().all(|(key, _)| key.key() == "$ref" || NOTES.contains(&key.key()))
}
