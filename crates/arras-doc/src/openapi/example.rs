//! Examples that a description gives.

use crate::media_type::MediaType;
use crate::openapi::{Content, Direction, Place, SchemaType, example_value};
use crate::value::Value;

/// One example.
#[derive(Clone, Debug)]
pub struct Example<'d> {
    /// Its name under `examples`; `None` for `example`.
    pub name: Option<&'d str>,
    /// One line about it.
    pub summary: Option<&'d str>,
    /// What it shows.
    pub value: ExampleValue<'d>,
    /// Where it stands.
    pub place: Place<'d>,
}

/// What an example shows.
#[derive(Clone, Copy, Debug)]
pub enum ExampleValue<'d> {
    /// The value itself.
    Data(Place<'d>),
    /// The value as it is sent (OpenAPI 3.2).
    Serialized(&'d str),
    /// The URI of a document that holds it.
    External(&'d str),
}

impl<'d> Example<'d> {
    pub(super) fn data(place: Place<'d>) -> Example<'d> {
        Example { name: None, summary: None, value: ExampleValue::Data(place), place }
    }
}

/// `example`, then each of `examples`, of a Media Type, Parameter or Header Object.
pub(super) fn of_object(object: Place<'_>) -> Vec<Example<'_>> {
    let single = object.get("example").map(Example::data);
    let map = object.get("examples").into_iter().flat_map(Place::entries);
    let named = map.filter_map(|(key, it)| named(key.key(), it.resolve().ok()?));
    single.into_iter().chain(named).collect()
}

fn named<'d>(name: &'d str, place: Place<'d>) -> Option<Example<'d>> {
    let data = place.get("dataValue").or_else(|| place.get("value")).map(ExampleValue::Data);
    let serialized = || place.text("serializedValue").map(ExampleValue::Serialized);
    let external = || place.text("externalValue").map(ExampleValue::External);
    let value = data.or_else(serialized).or_else(external)?;
    Some(Example { name: Some(name), summary: place.text("summary"), value, place })
}

impl Content<'_> {
    /// A value that this body may have: the first example, else one made from the schema; `None` if there is neither.
    ///
    /// Text that shows JSON (many write it so) is taken as the JSON it shows, unless the schema asks for a string.
    pub fn example_value(&self, direction: Direction) -> Option<Value> {
        let shown = self.examples().into_iter().find_map(|example| self.value_of(&example));
        shown.or_else(|| self.schema().map(|schema| example_value(&schema, direction)))
    }

    /// The value that an example shows, if it is in the description.
    pub fn value_of(&self, example: &Example<'_>) -> Option<Value> {
        let text = match example.value {
            ExampleValue::External(_) => return None,
            ExampleValue::Serialized(text) => text,
            ExampleValue::Data(place) => match place.node().as_str() {
                Some(text) => text,
                None => return Some(place.node().to_value()),
            },
        };
        let is_json = self.parsed().as_ref().is_some_and(MediaType::is_json);
        let as_sent = matches!(example.value, ExampleValue::Serialized(_));
        let structured = as_sent || (text.trim_start().starts_with(['{', '[']) && !self.asks_for_string());
        let parsed = (is_json && structured).then(|| Value::from_json(text).ok()).flatten();
        Some(parsed.unwrap_or_else(|| Value::from(text)))
    }

    fn asks_for_string(&self) -> bool {
        self.schema().is_some_and(|schema| schema.types().contains(&SchemaType::String))
    }
}
