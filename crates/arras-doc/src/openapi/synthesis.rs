//! Values made up from a schema, for mocks and examples.

use crate::openapi::place::Site;
use crate::openapi::{Place, Schema, SchemaType};
use crate::value::{Number, Object, Value};

/// How many schemas deep a value goes.
const DEPTH: usize = 10;
/// How many values it consists of at most.
const SIZE: usize = 1_024;
/// How many items an array gets at most, and how many characters a padded string.
const LENGTH: i64 = 64;

/// Which way a value goes; properties that are only for the other way are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From caller to server: without what is `readOnly`.
    Request,
    /// From server to caller: without what is `writeOnly`.
    Response,
}

/// A value that fits a schema at first sight: its example, `const`, `default` or first `enum` value, else one made from
/// its type, format and bounds, with all properties that it names.
///
/// The same schema gives the same value. Patterns and most of validation are not looked at, recursion ends, and the
/// value is bounded; where nothing fits it is `null`.
pub fn example_value(schema: &Schema<'_>, direction: Direction) -> Value {
    Synthesis { direction, left: SIZE, active: Vec::new() }.value(schema).unwrap_or_default()
}

struct Synthesis {
    direction: Direction,
    left: usize,
    active: Vec<Site>,
}

impl Synthesis {
    /// `None` where the schema allows nothing, contains itself, or the bounds are reached.
    fn value(&mut self, schema: &Schema<'_>) -> Option<Value> {
        if schema.place().node().as_bool() == Some(false) {
            return None;
        }
        let identity = schema.views().first().map_or(schema.place(), |view| *view).resolve().ok()?.site();
        self.left = self.left.checked_sub(1)?;
        if self.active.len() >= DEPTH || self.active.contains(&identity) {
            return None;
        }
        self.active.push(identity);
        let value = given(schema).or_else(|| self.made(schema));
        self.active.pop();
        value
    }

    fn made(&mut self, schema: &Schema<'_>) -> Option<Value> {
        match kind(schema) {
            Some(SchemaType::Null) => Some(Value::Null),
            Some(SchemaType::Boolean) => Some(Value::Bool(true)),
            Some(SchemaType::Integer) => Some(Value::Number(number(schema, true))),
            Some(SchemaType::Number) => Some(Value::Number(number(schema, false))),
            Some(SchemaType::String) => Some(Value::String(string(schema))),
            Some(SchemaType::Array) => Some(self.array(schema)),
            Some(SchemaType::Object) => Some(self.object(schema)),
            None => match self.alternative(schema) {
                None if !schema.alternatives().is_empty() => None,
                value => Some(value.unwrap_or_else(|| Value::Object(Object::default()))),
            },
        }
    }

    fn alternative(&mut self, schema: &Schema<'_>) -> Option<Value> {
        let alternatives = schema.alternatives();
        let not_null = |it: &&Schema<'_>| it.types() != [SchemaType::Null];
        alternatives.iter().filter(not_null).find_map(|alternative| self.value(alternative))
    }

    fn object(&mut self, schema: &Schema<'_>) -> Value {
        let required = schema.required();
        let mut members = Object::default();
        for (name, property) in schema.properties() {
            let skipped = match self.direction {
                Direction::Request => property.is_read_only(),
                Direction::Response => property.is_write_only(),
            };
            if skipped {
                continue;
            }
            match self.value(&property) {
                Some(value) => drop(members.insert(name.to_owned(), value)),
                None if required.contains(&name) => drop(members.insert(name.to_owned(), Value::Null)),
                None => {}
            }
        }
        if let Some(Value::Object(more)) = self.alternative(schema) {
            for (name, value) in more {
                members.entry(name).or_insert(value);
            }
        }
        if members.is_empty()
            && let Some(value) = schema.additional_properties().and_then(|other| self.value(&other))
        {
            members.insert("key".to_owned(), value);
        }
        Value::Object(members)
    }

    fn array(&mut self, schema: &Schema<'_>) -> Value {
        let least = integer(schema, "minItems").unwrap_or(1).clamp(0, LENGTH);
        let most = integer(schema, "maxItems").unwrap_or(LENGTH).clamp(0, LENGTH);
        let count = least.max(1).min(most);
        let prefix = schema.keyword("prefixItems").into_iter().flat_map(Place::items).map(Schema::at);
        let mut items: Vec<Value> = prefix.filter_map(|item| self.value(&item)).collect();
        let Some(other) = schema.items() else { return Value::Array(items) };
        while i64::try_from(items.len()).unwrap_or(LENGTH) < count {
            match self.value(&other) {
                Some(item) => items.push(item),
                None => break,
            }
        }
        Value::Array(items)
    }
}

/// A value that the schema shows or fixes.
fn given(schema: &Schema<'_>) -> Option<Value> {
    let single = ["example", "x-example"].into_iter().find_map(|keyword| schema.keyword(keyword));
    let listed = schema.keyword("examples").and_then(|list| list.items().next());
    let fixed = || ["const", "default"].into_iter().find_map(|keyword| schema.keyword(keyword));
    let first = || schema.values().into_iter().find(|value| !value.node().is_null());
    let shown = single.or(listed).filter(|place| fits(schema, *place));
    shown.or_else(fixed).or_else(first).map(|place| place.node().to_value())
}

/// Whether an example is of a type that the schema allows; generators put text beside objects.
fn fits(schema: &Schema<'_>, example: Place<'_>) -> bool {
    let node = example.node();
    let types = schema.declared_types();
    let of_type = |kind: &SchemaType| match kind {
        SchemaType::Object => node.is_mapping(),
        SchemaType::Array => node.is_sequence(),
        _ => !node.is_mapping() && !node.is_sequence(),
    };
    types.is_empty() || node.is_null() || types.iter().any(of_type)
}

/// The type to make: the first that is not `null`, else the one whose keywords are there.
fn kind(schema: &Schema<'_>) -> Option<SchemaType> {
    let types = schema.declared_types();
    if let Some(declared) = types.iter().find(|it| **it != SchemaType::Null).or(types.first()) {
        return Some(*declared);
    }
    let has = |keywords: &[&str]| keywords.iter().any(|keyword| schema.keyword(keyword).is_some());
    let signs: [(&[&str], SchemaType); 4] = [
        (&["properties", "additionalProperties", "required"], SchemaType::Object),
        (&["items", "prefixItems", "minItems"], SchemaType::Array),
        (&["minimum", "maximum", "multipleOf", "exclusiveMinimum"], SchemaType::Number),
        (&["format", "pattern", "minLength", "maxLength"], SchemaType::String),
    ];
    signs.into_iter().find(|(keywords, _)| has(keywords)).map(|(_, kind)| kind)
}

fn number(schema: &Schema<'_>, whole: bool) -> Number {
    let bound = |keyword: &str| schema.keyword(keyword).and_then(|place| place.node().as_number());
    let is_exclusive = |keyword: &str| schema.keyword(keyword).and_then(|place| place.node().as_bool()) == Some(true);
    let one = |sign: i64| Number::from(sign);
    let zero = Number::from(0_i64);
    let step = |from: &Number, by: i64| from.as_i64().and_then(|it| it.checked_add(by)).map(Number::from);
    let least = bound("exclusiveMinimum").or_else(|| bound("minimum").filter(|_| is_exclusive("exclusiveMinimum")));
    let lower = least.and_then(|least| step(&least, 1)).or_else(|| bound("minimum"));
    let most = bound("exclusiveMaximum").or_else(|| bound("maximum").filter(|_| is_exclusive("exclusiveMaximum")));
    let upper = most.and_then(|most| step(&most, -1)).or_else(|| bound("maximum"));
    let mut value = if whole { one(1) } else { Number::from_f64(1.5).unwrap_or_else(|| one(1)) };
    if upper.as_ref().is_some_and(|upper| *upper < value) {
        value = upper.unwrap_or(zero);
    }
    if lower.as_ref().is_some_and(|lower| *lower > value) {
        value = lower.unwrap_or(value);
    }
    match integer(schema, "multipleOf").filter(|factor| *factor > 0) {
        Some(factor) => multiple(&value, factor).unwrap_or(value),
        None => value,
    }
}

/// The least multiple of `factor` that is not below `value`.
fn multiple(value: &Number, factor: i64) -> Option<Number> {
    #[expect(clippy::cast_possible_truncation, reason = "an example; beyond i64 it saturates")]
    let whole = value.as_i64().unwrap_or_else(|| value.as_f64().ceil() as i64);
    let remainder = whole.rem_euclid(factor);
    let missing = if remainder == 0 { 0 } else { factor - remainder };
    whole.checked_add(missing).map(Number::from)
}

fn integer(schema: &Schema<'_>, keyword: &str) -> Option<i64> {
    schema.keyword(keyword)?.node().as_number()?.as_i64()
}

fn string(schema: &Schema<'_>) -> String {
    let text = match schema.format() {
        Some("date-time") => "2024-01-15T09:30:00Z",
        Some("date") => "2024-01-15",
        Some("time") => "09:30:00Z",
        Some("duration") => "P1D",
        Some("email" | "idn-email") => "user@example.com",
        Some("hostname" | "idn-hostname") => "example.com",
        Some("ipv4") => "192.0.2.1",
        Some("ipv6") => "2001:db8::1",
        Some("uri" | "iri" | "url") => "https://example.com/",
        Some("uri-reference" | "iri-reference") => "/example",
        Some("uuid") => "123e4567-e89b-42d3-a456-426614174000",
        Some("byte") => "c3RyaW5n",
        Some("json-pointer") => "/example",
        _ => "string",
    };
    let mut text = text.to_owned();
    let least = integer(schema, "minLength").unwrap_or(0).clamp(0, LENGTH);
    while i64::try_from(text.len()).unwrap_or(LENGTH) < least {
        text.push('x');
    }
    if let Some(most) = integer(schema, "maxLength").and_then(|most| usize::try_from(most).ok()) {
        text.truncate(most);
    }
    text
}
