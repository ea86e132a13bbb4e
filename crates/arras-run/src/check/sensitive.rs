//! The values of an answer that its schema says are secret.
//!
//! Each set of schemas that hold for a value is made once, whatever number of values it holds for, so that the cost is that
//! of the answer. What is beyond a bound is taken as secret.

use std::collections::{HashMap, HashSet};

use arras_doc::node::NodeId;
use arras_doc::openapi::{Place, Schema};
use arras_doc::source::SourceId;
use arras_doc::value::Value;
use regex::Regex;

/// How many schemas may hold for one value.
const MOST_SCHEMAS: usize = 500;

type Site = (SourceId, NodeId);

/// Every scalar at or below a place whose schema is sensitive, as text, each once.
pub(super) fn values(value: &Value, schema: &Schema<'_>) -> Vec<String> {
    let mut walk = Walk::default();
    let mut found = Found::default();
    let mut open: Vec<(&Value, usize)> = walk.set(vec![schema.place()]).map(|set| (value, set)).into_iter().collect();
    while let Some((value, set)) = open.pop() {
        if walk.sets[set].is_sensitive {
            found.scalars(value);
            continue;
        }
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    open.extend(walk.member(set, name).map(|below| (member, below)));
                }
            }
            Value::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    open.extend(walk.item(set, at).map(|below| (item, below)));
                }
            }
            _ => {}
        }
    }
    found.texts
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
        if !seen.insert((place.source(), place.node().id())) {
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
        open.extend(branches(&schema));
        open.extend(["items", "additionalProperties"].iter().flat_map(|keyword| schema.keywords(keyword)));
    }
    names
}

/// The schemas of the same value that may hold beside a schema.
fn branches<'d>(schema: &Schema<'d>) -> Vec<Place<'d>> {
    let lists = ["oneOf", "anyOf"].iter().flat_map(|keyword| schema.keywords(keyword));
    let single = ["then", "else"].iter().flat_map(|keyword| schema.keywords(keyword));
    let dependent = schema.keywords("dependentSchemas");
    lists.flat_map(Place::items).chain(single).chain(dependent.flat_map(Place::entries).map(|(_, it)| it)).collect()
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

/// The schemas that hold for a value, the alternatives in them among them.
struct Set<'d> {
    schemas: Vec<Schema<'d>>,
    is_sensitive: bool,
    /// How many first items have schemas of their own.
    first_items: usize,
}

#[derive(Default)]
struct Walk<'d> {
    sets: Vec<Set<'d>>,
    by_sites: HashMap<Vec<Site>, usize>,
    members: HashMap<usize, HashMap<String, Option<usize>>>,
    items: HashMap<(usize, usize), Option<usize>>,
    patterns: HashMap<&'d str, Option<Regex>>,
}

impl<'d> Walk<'d> {
    /// The set of the schemas at these places and all that they branch to; `None` for none.
    fn set(&mut self, places: Vec<Place<'d>>) -> Option<usize> {
        if places.is_empty() {
            return None;
        }
        let mut sites: Vec<Site> = places.iter().map(|place| (place.source(), place.node().id())).collect();
        sites.sort_unstable();
        sites.dedup();
        if let Some(known) = self.by_sites.get(&sites) {
            return Some(*known);
        }
        let mut set = Set { schemas: Vec::new(), is_sensitive: false, first_items: 0 };
        let mut seen: HashSet<Site> = HashSet::new();
        let mut open = places;
        while let Some(place) = open.pop() {
            if !seen.insert((place.source(), place.node().id())) {
                continue;
            }
            let schema = Schema::at(place);
            set.is_sensitive |= schema.is_sensitive() || set.schemas.len() >= MOST_SCHEMAS;
            if set.is_sensitive {
                break;
            }
            open.extend(branches(&schema));
            let first = schema.keywords("prefixItems").map(|list| list.items().count()).max();
            set.first_items = set.first_items.max(first.unwrap_or(0));
            set.schemas.push(schema);
        }
        self.sets.push(set);
        self.by_sites.insert(sites, self.sets.len() - 1);
        Some(self.sets.len() - 1)
    }

    fn member(&mut self, set: usize, name: &str) -> Option<usize> {
        if let Some(known) = self.members.get(&set).and_then(|known| known.get(name)) {
            return *known;
        }
        let mut places: Vec<Place<'d>> = Vec::new();
        for schema in &self.sets[set].schemas {
            let before = places.len();
            places.extend(schema.keywords("properties").filter_map(|map| map.get(name)));
            for (pattern, place) in schema.keywords("patternProperties").flat_map(Place::entries) {
                let pattern = pattern.key();
                let compiled = self.patterns.entry(pattern).or_insert_with(|| Regex::new(pattern).ok());
                // one that can't be read may match
                if compiled.as_ref().is_none_or(|compiled| compiled.is_match(name)) {
                    places.push(place);
                }
            }
            if places.len() == before {
                let others = ["additionalProperties", "unevaluatedProperties"];
                places.extend(others.iter().flat_map(|keyword| schema.keywords(keyword)).filter(is_schema));
            }
        }
        let below = self.set(places);
        self.members.entry(set).or_default().insert(name.to_owned(), below);
        below
    }

    fn item(&mut self, set: usize, at: usize) -> Option<usize> {
        let at = at.min(self.sets[set].first_items);
        if let Some(known) = self.items.get(&(set, at)) {
            return *known;
        }
        let mut places: Vec<Place<'d>> = Vec::new();
        for schema in &self.sets[set].schemas {
            let first: Vec<Place<'d>> =
                schema.keywords("prefixItems").filter_map(|list| list.items().nth(at)).collect();
            let rest = if first.is_empty() { ["items", "unevaluatedItems"].as_slice() } else { &[] };
            places.extend(first);
            places.extend(
                rest.iter().chain(&["contains"]).flat_map(|keyword| schema.keywords(keyword)).filter(is_schema),
            );
        }
        let below = self.set(places);
        self.items.insert((set, at), below);
        below
    }
}

fn is_schema(place: &Place<'_>) -> bool {
    place.node().is_mapping()
}
