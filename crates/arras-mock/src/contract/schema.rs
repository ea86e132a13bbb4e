//! OpenAPI's schemas of every version as JSON Schema 2020-12, and the validators made of them.

use std::collections::HashMap;

use arras_doc::node::NodeId;
use arras_doc::openapi::{Place, Schema};
use arras_doc::source::SourceId;
use serde_json::{Map, Value as Json, json};

/// How many schemas one may refer to; what lies beyond allows everything.
const MOST_SCHEMAS: usize = 4_096;
/// How long a message may be.
const MESSAGE: usize = 300;

/// A schema that is ready to judge values.
#[derive(Debug)]
pub(super) struct Judge(jsonschema::Validator);

impl Judge {
    /// `None` for a schema that can't be used even without the patterns that can't be read: then every value passes.
    pub(super) fn of(schema: &Schema<'_>) -> Option<Judge> {
        let converted = Conversion::of(schema.place(), Patterns::All);
        let built = build(&converted).or_else(|_| build(&Conversion::of(schema.place(), Patterns::Readable)));
        built.ok().map(Judge)
    }

    /// What is wrong with a value.
    pub(super) fn problems(&self, value: &arras_doc::value::Value, most: usize) -> Vec<Problem> {
        let value = Json::from(value);
        let problems = self.0.iter_errors(&value).take(most);
        problems.map(|error| Problem::of(&error)).collect()
    }

    /// Whether nothing is.
    pub(super) fn takes(&self, value: &arras_doc::value::Value) -> bool {
        self.0.is_valid(&Json::from(value))
    }
}

/// One thing that is wrong with a value.
#[derive(Debug)]
pub(super) struct Problem {
    /// A JSON Pointer into the value.
    pub(super) pointer: String,
    /// A phrase that does not repeat the value.
    pub(super) message: String,
    /// Whether it is said of an object as a whole and may be owed to any of its members.
    pub(super) is_choice: bool,
}

impl Problem {
    fn of(error: &jsonschema::ValidationError<'_>) -> Problem {
        let own = ["required", "additionalProperties", "minProperties", "maxProperties", "propertyNames", "type"];
        Problem {
            pointer: error.instance_path().to_string(),
            message: phrase(&error.masked().to_string()),
            is_choice: !own.contains(&error.kind().keyword()),
        }
    }
}

fn build(schema: &Json) -> Result<jsonschema::Validator, ()> {
    let options = jsonschema::options().with_draft(jsonschema::Draft::Draft202012);
    arras_doc::schema::compile(&options, schema).map_err(|_| ())
}

fn phrase(message: &str) -> String {
    match message.char_indices().nth(MESSAGE) {
        Some((at, _)) => format!("{}…", message.get(..at).unwrap_or_default()),
        None => message.to_owned(),
    }
}

/// What is done with `pattern`: one that the validator can't read must not keep the rest from being checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Patterns {
    All,
    Readable,
}

impl Patterns {
    fn keep(self, pattern: &str) -> bool {
        self == Patterns::All || build(&json!({ "pattern": pattern })).is_ok()
    }
}

struct Conversion<'d> {
    patterns: Patterns,
    /// The schemas that are referred to, by where they stand.
    known: HashMap<(SourceId, NodeId), usize>,
    pending: Vec<Place<'d>>,
}

const SCHEMAS: &[&str] = &[
    "not",
    "items",
    "additionalProperties",
    "contains",
    "propertyNames",
    "if",
    "then",
    "else",
    "unevaluatedItems",
    "unevaluatedProperties",
];
const LISTS: &[&str] = &["allOf", "anyOf", "oneOf", "prefixItems"];
const MAPS: &[&str] = &["properties", "dependentSchemas"];
const PLAIN: &[&str] = &[
    "const",
    "maximum",
    "minimum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minContains",
    "maxContains",
    "minProperties",
    "maxProperties",
    "dependentRequired",
];

impl<'d> Conversion<'d> {
    fn of(place: Place<'d>, patterns: Patterns) -> Json {
        let mut conversion = Conversion { patterns, known: HashMap::new(), pending: Vec::new() };
        let root = conversion.schema(place);
        let mut definitions = Map::new();
        while let Some(next) = conversion.pending.get(definitions.len()).copied() {
            let converted = conversion.schema(next);
            definitions.insert(definitions.len().to_string(), converted);
        }
        json!({ "allOf": [root], "$defs": definitions })
    }

    /// A schema is as deep as the readers allow, so this may call itself; references are left for later.
    fn schema(&mut self, place: Place<'d>) -> Json {
        if let Some(all) = place.node().as_bool() {
            return Json::Bool(all);
        }
        match place.target() {
            None => self.keywords(place),
            Some(target) => {
                let target = target.map_or(Json::Bool(true), |target| self.reference(target));
                // where JSON Schema holds, what stands beside a reference counts
                if has_json_schema(place) { json!({ "allOf": [target, self.keywords(place)] }) } else { target }
            }
        }
    }

    fn reference(&mut self, target: Place<'d>) -> Json {
        let key = (target.source(), target.node().id());
        let next = self.known.len();
        if next >= MOST_SCHEMAS && !self.known.contains_key(&key) {
            return Json::Bool(true);
        }
        let index = *self.known.entry(key).or_insert_with(|| {
            self.pending.push(target);
            next
        });
        json!({ "$ref": format!("#/$defs/{index}") })
    }

    fn keywords(&mut self, place: Place<'d>) -> Json {
        let mut out = Map::new();
        for (name, value) in place.entries() {
            let name = name.key();
            let converted = match name {
                "items" if value.node().is_sequence() => {
                    out.insert("prefixItems".to_owned(), value.items().map(|item| self.schema(item)).collect());
                    continue;
                }
                "pattern" if value.as_text().is_some_and(|pattern| !self.patterns.keep(pattern)) => continue,
                // one that can't be read may be for any name
                "patternProperties" => {
                    let members = value.entries().map(|(name, schema)| match name.key() {
                        name if self.patterns.keep(name) => (name.to_owned(), self.schema(schema)),
                        _ => (String::new(), Json::Bool(true)),
                    });
                    Json::Object(members.collect())
                }
                name if SCHEMAS.contains(&name) => self.schema(value),
                name if LISTS.contains(&name) && !value.node().is_empty() => {
                    value.items().map(|item| self.schema(item)).collect()
                }
                name if MAPS.contains(&name) => {
                    let members = value.entries().map(|(name, schema)| (name.key().to_owned(), self.schema(schema)));
                    Json::Object(members.collect())
                }
                name if PLAIN.contains(&name) => Json::from(&value.node().to_value()),
                "required" => required(place, value),
                "type" | "enum" => continue,
                "exclusiveMinimum" | "exclusiveMaximum" => match exclusive(place, name, value) {
                    Some(bound) => bound,
                    None => continue,
                },
                _ => continue,
            };
            out.insert(name.to_owned(), converted);
        }
        type_and_values(place, &mut out);
        Json::Object(out)
    }
}

/// Whether the dialect is JSON Schema's own, as from OpenAPI 3.1 on.
fn has_json_schema(place: Place<'_>) -> bool {
    let root = place.document().tree().root();
    let version = root.get("openapi").map_or("", |version| version.key());
    !(version.is_empty() || version.starts_with("2.") || version.starts_with("3.0"))
}

/// The names that must be there, without those that only an answer has.
fn required(place: Place<'_>, names: Place<'_>) -> Json {
    let read_only = |name: &str| {
        let property = place.get("properties").and_then(|properties| properties.get(name));
        property.and_then(|property| property.resolve().ok()).is_some_and(|property| property.flag("readOnly"))
    };
    names.items().filter_map(Place::as_text).filter(|name| !read_only(name)).collect()
}

/// The bound itself, also where the older form has only a boolean beside `minimum`.
fn exclusive(place: Place<'_>, name: &str, value: Place<'_>) -> Option<Json> {
    let inclusive = if name == "exclusiveMinimum" { "minimum" } else { "maximum" };
    match value.node().as_bool() {
        Some(true) => place.get(inclusive).map(|bound| Json::from(&bound.node().to_value())),
        Some(false) => None,
        None => Some(Json::from(&value.node().to_value())),
    }
}

/// `type` and `enum`, `nullable` worked into both; Swagger 2.0's `file` is any value.
fn type_and_values(place: Place<'_>, out: &mut Map<String, Json>) {
    let nullable = place.flag("nullable") || place.flag("x-nullable");
    if let Some(declared) = place.get("type") {
        let mut names: Vec<&str> =
            declared.as_text().into_iter().chain(declared.items().filter_map(Place::as_text)).collect();
        if declared.items().any(|item| item.node().is_null()) || (nullable && !names.is_empty()) {
            names.push("null");
        }
        names.sort_unstable();
        names.dedup();
        let known = ["array", "boolean", "integer", "null", "number", "object", "string"];
        if !names.is_empty() && names.iter().all(|name| known.contains(name)) {
            out.insert("type".to_owned(), names.into_iter().collect());
        }
    }
    if let Some(values) = place.get("enum").filter(|values| values.node().is_sequence()) {
        let mut values: Vec<Json> = values.items().map(|value| Json::from(&value.node().to_value())).collect();
        if nullable {
            values.push(Json::Null);
        }
        out.insert("enum".to_owned(), Json::Array(values));
    }
}
