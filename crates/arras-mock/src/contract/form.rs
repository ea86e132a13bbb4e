//! Forms: what each field stands for, by the schema and the `encoding` of its property.

use std::collections::HashSet;

use arras_doc::node::NodeId;
use arras_doc::openapi::{Content, Location, Place, Schema, SchemaType};
use arras_doc::source::SourceId;
use arras_doc::value::{Object, Value};
use indexmap::IndexMap;

use super::TOLD;
use super::reading::{Reading, Scatter};
use super::schema::{Judge, Problem};
use crate::percent;
use crate::protocol::Protocol;
use crate::request::Received;

/// How many schemas may say something of a form: its own, and alternatives and conditions in it.
const MOST_PARTS: usize = 64;
/// How many values a form may have, where schemas leave open what a field stands for.
const MOST_VALUES: usize = 16;

/// How the fields of a form become the members of an object.
#[derive(Debug)]
pub(super) struct Form {
    fields: IndexMap<String, Field>,
    /// Those that have no names in the schema.
    others: Field,
}

/// A field, by all schemas that say something of it.
#[derive(Debug)]
struct Field {
    sources: Vec<Source>,
    scatter: Option<Scatter>,
}

#[derive(Debug)]
struct Source {
    /// None where its texts are not read.
    reading: Option<Reading>,
    /// What chooses among several values.
    judge: Option<Judge>,
}

/// What a body may stand for.
#[derive(Debug)]
pub(super) struct Readings {
    /// One that is right will do.
    values: Vec<Value>,
    /// The members that are there, but not read.
    unread: HashSet<String>,
}

impl Form {
    /// `None` where objects in it are written under the names of their members, which may then be any field's.
    pub(super) fn of(content: &Content<'_>, schema: &Schema<'_>) -> Option<Form> {
        let parts = parts(schema);
        let all = |keyword| parts.iter().flat_map(move |part| part.keywords(keyword));
        let unnamed: Vec<Place<'_>> =
            ["additionalProperties", "unevaluatedProperties"].into_iter().flat_map(all).filter(is_object).collect();
        let is_told = !unnamed.is_empty();
        let unnamed: Vec<Place<'_>> = unnamed
            .into_iter()
            .chain(all("patternProperties").flat_map(Place::entries).map(|(_, place)| place))
            .collect();
        let mut others = Field::of(content, None, unnamed.iter().copied());
        if !is_told {
            others.sources.push(Source { reading: Some(Reading::of_text()), judge: None });
        }

        let encoded = content.place.and_then(|place| place.get("encoding"));
        let named = all("properties").chain(encoded).flat_map(Place::entries).map(|(name, _)| name.key());
        let mut fields = IndexMap::new();
        for name in named {
            if fields.contains_key(name) {
                continue;
            }
            let described: Vec<Place<'_>> = all("properties").filter_map(|map| map.get(name)).collect();
            let places = if described.is_empty() { &unnamed } else { &described };
            let field = Field::of(content, Some(name), places.iter().copied());
            if field.scatter == Some(Scatter::Members) {
                return None;
            }
            fields.insert(name.to_owned(), field);
        }
        Some(Form { fields, others })
    }

    /// The objects that a form may stand for.
    pub(super) fn read(&self, protocol: Protocol, request: &Received) -> Readings {
        let is_query = matches!(protocol, Protocol::Query | Protocol::Ec2);
        let mut given: IndexMap<String, Vec<&str>> = IndexMap::new();
        let mut unread = HashSet::new();
        for (name, sent) in percent::sent_pairs(request.form_as_sent()) {
            if let Some(owner) = self.owner(&name) {
                unread.insert(owner.to_owned());
            } else if !(is_query && name.contains('.')) {
                given.entry(name).or_default().push(sent);
            }
        }
        let mut objects = vec![Object::default()];
        for (name, sent) in given {
            let field = self.fields.get(&name).unwrap_or(&self.others);
            let values = field.values(&sent).filter(|values| values.len() * objects.len() <= MOST_VALUES);
            let values = values.unwrap_or_else(|| {
                unread.insert(name.clone());
                vec![Value::Null]
            });
            add(&mut objects, &name, &values);
        }
        for name in &unread {
            add(&mut objects, name, &[Value::Null]);
        }
        Readings { values: objects.into_iter().map(Value::Object).collect(), unread }
    }

    /// The property that a field is a member of.
    fn owner<'n>(&self, name: &'n str) -> Option<&'n str> {
        let (owner, _) = name.split_once('[').filter(|_| !self.fields.contains_key(name))?;
        let field = self.fields.get(owner)?;
        (field.scatter == Some(Scatter::Brackets)).then_some(owner)
    }
}

/// Gives each object each of the values as a member.
fn add(objects: &mut Vec<Object>, name: &str, values: &[Value]) {
    if let [value] = values {
        return objects.iter_mut().for_each(|object| drop(object.insert(name.to_owned(), value.clone())));
    }
    let with = |object: &Object, value: &Value| {
        let mut object = object.clone();
        object.insert(name.to_owned(), value.clone());
        object
    };
    *objects = objects.iter().flat_map(|object| values.iter().map(|value| with(object, value))).collect();
}

impl Field {
    /// A field of that name whose schemas stand at these places.
    fn of<'d>(content: &Content<'d>, name: Option<&str>, places: impl Iterator<Item = Place<'d>>) -> Field {
        let encoding = name.and_then(|name| content.encoding(name));
        let style = encoding.as_ref().and_then(|encoding| encoding.style);
        let mut known = HashSet::new();
        let schemas: Vec<Schema<'d>> = places.filter(|place| known.insert(key(*place))).map(Schema::at).collect();
        let scatter = |schema| style.and_then(|(style, explode)| Scatter::of(Location::Query, style, explode, schema));
        let source = |schema| {
            let reading = Reading::of_field(encoding.as_ref(), schema);
            let is_open =
                reading.is_some_and(|reading| reading.is_open()) || schema.types().contains(&SchemaType::Null);
            let is_chosen = reading.is_some() && (is_open || schemas.len() > 1);
            Source { reading, judge: is_chosen.then(|| Judge::of(schema)).flatten() }
        };
        Field { sources: schemas.iter().map(source).collect(), scatter: schemas.iter().find_map(scatter) }
    }

    /// The values that its texts stand for, those first that one of its schemas allows; `None` if they are not read.
    fn values(&self, sent: &[&str]) -> Option<Vec<Value>> {
        let mut allowed: Vec<Value> = Vec::new();
        let mut first = None;
        for source in &self.sources {
            let values = source.reading.as_ref()?.values(sent);
            let fits = |value: &&Value| source.judge.as_ref().is_none_or(|judge| judge.takes(value));
            if let Some(value) = values.iter().find(fits).filter(|value| !allowed.contains(value)) {
                allowed.push(value.clone());
            }
            first = first.or(values.into_iter().next());
        }
        if allowed.is_empty() { first.map(|value| vec![value]) } else { Some(allowed) }
    }
}

impl Readings {
    /// Of a body that is read as a whole.
    pub(super) fn of(values: Vec<Value>) -> Readings {
        Readings { values, unread: HashSet::new() }
    }

    /// What is wrong, unless it may be owed to what is not read.
    pub(super) fn problems(&self, judge: &Judge) -> Vec<Problem> {
        let mut judged: Vec<Vec<Problem>> = Vec::new();
        for value in &self.values {
            let problems: Vec<Problem> =
                judge.problems(value, TOLD).into_iter().filter(|problem| !self.is_unread(problem)).collect();
            if problems.is_empty() {
                return problems;
            }
            judged.push(problems);
        }
        judged.into_iter().next().unwrap_or_default()
    }

    fn is_unread(&self, problem: &Problem) -> bool {
        match problem.pointer.strip_prefix('/') {
            None => problem.is_choice && !self.unread.is_empty(),
            Some(path) => {
                let name = path.split('/').next().unwrap_or_default().replace("~1", "/").replace("~0", "~");
                self.unread.contains(&name)
            }
        }
    }
}

/// The schema, and what its alternatives and conditions say of the same object.
fn parts<'d>(schema: &Schema<'d>) -> Vec<Schema<'d>> {
    let mut known = HashSet::from([key(schema.place())]);
    let mut parts = vec![schema.clone()];
    let mut at = 0;
    while let Some(part) = parts.get(at).filter(|_| parts.len() < MOST_PARTS) {
        let conditional = ["if", "then", "else"].into_iter().flat_map(|keyword| part.keywords(keyword));
        let dependent = part.keywords("dependentSchemas").flat_map(Place::entries).map(|(_, place)| place);
        let more: Vec<Schema<'d>> =
            part.alternatives().into_iter().chain(conditional.chain(dependent).map(Schema::at)).collect();
        parts.extend(more.into_iter().filter(|part| known.insert(key(part.place()))));
        at += 1;
    }
    parts
}

/// What tells a schema from others.
fn key(place: Place<'_>) -> (SourceId, NodeId) {
    (place.source(), place.node().id())
}

fn is_object(place: &Place<'_>) -> bool {
    place.node().is_mapping()
}
