//! The values of an answer that its schema says are secret.

use std::collections::HashSet;

use arras_doc::node::NodeId;
use arras_doc::openapi::{Place, Schema};
use arras_doc::source::SourceId;
use arras_doc::value::Value;

use crate::sensitive::{Spot, branches, marked};

type Site = (SourceId, NodeId);

/// Every scalar at or below a place whose schema is sensitive, as text, each once.
pub(super) fn values(value: &Value, schema: &Schema<'_>) -> Vec<String> {
    let mut found = Found::default();
    marked(value, schema.place()).into_iter().for_each(|value| found.scalars(value));
    found.texts
}

impl<'d> Spot<'d> for Place<'d> {
    type Site = Site;
    type Schema = Schema<'d>;

    fn site(self) -> Site {
        (self.source(), self.node().id())
    }

    fn schema(self) -> Schema<'d> {
        Schema::at(self)
    }

    fn marks(schema: &Schema<'d>) -> bool {
        schema.is_sensitive()
    }

    fn keywords(schema: &Schema<'d>, name: &str) -> Vec<Place<'d>> {
        schema.keywords(name).collect()
    }

    fn get(self, name: &str) -> Option<Place<'d>> {
        Place::get(self, name)
    }

    fn items(self) -> Vec<Place<'d>> {
        Place::items(self).collect()
    }

    fn entries(self) -> Vec<(&'d str, Place<'d>)> {
        Place::entries(self).map(|(key, place)| (key.key(), place)).collect()
    }

    fn is_object(self) -> bool {
        self.node().is_mapping()
    }
}

/// Every text of an XML body, seen as its projection, that a sensitive property of its schema may be written as.
pub(super) fn xml_values(projection: &Value, schema: &Schema<'_>) -> Vec<String> {
    let mut found = Found::default();
    if schema.is_sensitive() {
        found.scalars(projection);
        return found.texts;
    }
    let names = sensitive_names(schema);
    let mut open = vec![projection];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    let name = name.trim_start_matches('@');
                    let local = name.rsplit_once(':').map_or(name, |(_, local)| local);
                    match names.contains(local) {
                        true => found.scalars(member),
                        false => open.push(member),
                    }
                }
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    found.texts
}

/// The names of sensitive properties, and what XML calls them, wherever in the schema they are.
fn sensitive_names<'d>(schema: &Schema<'d>) -> HashSet<&'d str> {
    let mut names = HashSet::new();
    let mut seen: HashSet<Site> = HashSet::new();
    let mut open = vec![schema.place()];
    while let Some(place) = open.pop() {
        if !seen.insert(place.site()) {
            continue;
        }
        let schema = Schema::at(place);
        for (name, property) in schema.properties() {
            if property.is_sensitive() {
                names.insert(name);
                names.extend(property.keyword("xml").and_then(|xml| xml.text("name")));
            }
            open.push(property.place());
        }
        open.extend(branches::<Place<'d>>(&schema));
        open.extend(["items", "additionalProperties"].iter().flat_map(|keyword| schema.keywords(keyword)));
    }
    names
}

#[derive(Default)]
struct Found {
    texts: Vec<String>,
    known: HashSet<String>,
}

impl Found {
    /// Every scalar of a value.
    fn scalars(&mut self, value: &Value) {
        let mut open = vec![value];
        while let Some(value) = open.pop() {
            match value {
                Value::String(text) if !text.is_empty() => self.add(text.clone()),
                Value::Number(number) => self.add(number.to_string()),
                Value::Array(items) => open.extend(items),
                Value::Object(members) => open.extend(members.values()),
                Value::String(_) | Value::Null | Value::Bool(_) => {}
            }
        }
    }

    fn add(&mut self, text: String) {
        if self.known.insert(text.clone()) {
            self.texts.push(text);
        }
    }
}
