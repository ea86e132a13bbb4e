//! Values made up from a schema, for mocks and examples.

use crate::openapi::place::Site;
use crate::openapi::{Place, Schema, SchemaType};
use crate::value::{Object, Value};

mod number;
mod text;

use number::number;
use text::Texts;

/// How many schemas deep a value goes.
const DEPTH: usize = 10;
/// How many values it consists of at most.
const SIZE: usize = 1_024;
/// How many items an array gets at most, and how many characters a padded string.
const LENGTH: usize = 64;

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
/// The same schema gives the same value. Texts match their patterns where such a text is easily found, and numbers, texts
/// and booleans of a list differ where they must. Most of validation is not looked at, recursion ends, and the value is
/// bounded; where nothing fits it is `null`.
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
            Some(SchemaType::String) => Some(Value::String(Texts::of(schema).first())),
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
        let bound = |keyword: &str| integer(schema, keyword).map(|bound| usize::try_from(bound).unwrap_or(0));
        let least = bound("minItems").unwrap_or(1).min(LENGTH);
        let most = bound("maxItems").unwrap_or(LENGTH).min(LENGTH);
        let count = least.max(1).min(most);
        let prefix = schema.keyword("prefixItems").into_iter().flat_map(Place::items).map(Schema::at);
        let mut items: Vec<Value> = prefix.filter_map(|item| self.value(&item)).collect();
        let Some(item) = schema.items() else { return Value::Array(items) };
        let is_set = schema.keyword("uniqueItems").and_then(|place| place.node().as_bool()) == Some(true);
        let mut others = is_set.then(|| others(&item));
        while items.len() < count {
            let Some(value) = self.value(&item) else { break };
            let another = match &mut others {
                Some(others) if items.contains(&value) => others.find(|it| !items.contains(it)),
                _ => None,
            };
            items.push(another.unwrap_or(value));
        }
        Value::Array(items)
    }
}

/// More values of a schema that has numbers, texts, booleans or a list of values.
fn others<'d>(schema: &Schema<'d>) -> Box<dyn Iterator<Item = Value> + 'd> {
    let listed = schema.values();
    if !listed.is_empty() {
        return Box::new(
            listed.into_iter().filter(|place| !place.node().is_null()).map(|place| place.node().to_value()),
        );
    }
    match kind(schema) {
        Some(SchemaType::Boolean) => Box::new([true, false].into_iter().map(Value::Bool)),
        Some(kind @ (SchemaType::Integer | SchemaType::Number)) => {
            Box::new(number::others(schema, kind == SchemaType::Integer, LENGTH).map(Value::Number))
        }
        Some(SchemaType::String) => {
            let texts = Texts::of(schema);
            Box::new((1..2 * LENGTH).filter_map(move |nth| texts.other(nth)).map(Value::String))
        }
        _ => Box::new(std::iter::empty()),
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

fn integer(schema: &Schema<'_>, keyword: &str) -> Option<i64> {
    schema.keyword(keyword)?.node().as_number()?.as_i64()
}
