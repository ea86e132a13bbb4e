//! Which parts of a value the schemas that hold for them mark: the walk that answers and inputs share.
//!
//! Each set of schemas that hold for a value is made once, whatever number of values it holds for, so that the cost is that
//! of the value. What is beyond a bound is taken as marked.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use arras_doc::value::{Object, Value};
use regex::Regex;

/// How many schemas may hold for one value.
const MOST_SCHEMAS: usize = 500;

/// A place where a schema may stand, or a part of one.
pub(crate) trait Spot<'d>: Copy {
    /// What tells places apart.
    type Site: Copy + Ord + Hash;
    /// What a schema says together with those that it refers to or consists of.
    type Schema;

    fn site(self) -> Self::Site;

    fn schema(self) -> Self::Schema;

    /// Whether the schema itself marks its values.
    fn marks(schema: &Self::Schema) -> bool;

    /// The values of a keyword, of each part of the schema that has it.
    fn keywords(schema: &Self::Schema, name: &str) -> Vec<Self>;

    fn get(self, name: &str) -> Option<Self>;

    fn items(self) -> Vec<Self>;

    fn entries(self) -> Vec<(&'d str, Self)>;

    /// Whether it is an object, as a schema with keywords is.
    fn is_object(self) -> bool;
}

/// The parts of a value that are marked, the outermost alone.
pub(crate) fn marked<'d, 'v, S: Spot<'d>>(value: &'v Value, schema: S) -> Vec<&'v Value> {
    let mut walk = Walk::default();
    let whole = walk.set(vec![schema]);
    walk.marked(whole.map(|set| (value, set)).into_iter().collect())
}

/// The marked parts of the members of an object for which the schema holds.
pub(crate) fn marked_members<'d, 'v, S: Spot<'d>>(members: &'v Object, schema: S) -> Vec<&'v Value> {
    let mut walk = Walk::default();
    let Some(set) = walk.set(vec![schema]) else { return Vec::new() };
    if walk.sets[set].is_marked {
        return members.values().collect();
    }
    let below = members.iter().filter_map(|(name, member)| Some((member, walk.member(set, name)?))).collect();
    walk.marked(below)
}

/// The schemas of the same value that may hold beside a schema.
pub(crate) fn branches<'d, S: Spot<'d>>(schema: &S::Schema) -> Vec<S> {
    let of = |keyword: &&str| S::keywords(schema, keyword);
    let lists = ["oneOf", "anyOf"].iter().flat_map(of).flat_map(S::items);
    let single = ["if", "then", "else"].iter().flat_map(of);
    let dependent = S::keywords(schema, "dependentSchemas").into_iter().flat_map(S::entries).map(|(_, it)| it);
    lists.chain(single).chain(dependent).collect()
}

/// The schemas that hold for a value, the alternatives in them among them.
struct Set<T> {
    schemas: Vec<T>,
    is_marked: bool,
    /// How many first items have schemas of their own.
    first_items: usize,
}

struct Walk<'d, S: Spot<'d>> {
    sets: Vec<Set<S::Schema>>,
    by_sites: HashMap<Vec<S::Site>, usize>,
    members: HashMap<usize, HashMap<String, Option<usize>>>,
    items: HashMap<(usize, usize), Option<usize>>,
    patterns: HashMap<&'d str, Option<Regex>>,
}

impl<'d, S: Spot<'d>> Default for Walk<'d, S> {
    fn default() -> Self {
        Walk {
            sets: Vec::new(),
            by_sites: HashMap::new(),
            members: HashMap::new(),
            items: HashMap::new(),
            patterns: HashMap::new(),
        }
    }
}

impl<'d, S: Spot<'d>> Walk<'d, S> {
    fn marked<'v>(&mut self, mut open: Vec<(&'v Value, usize)>) -> Vec<&'v Value> {
        let mut found = Vec::new();
        while let Some((value, set)) = open.pop() {
            if self.sets[set].is_marked {
                found.push(value);
                continue;
            }
            match value {
                Value::Object(members) => {
                    for (name, member) in members {
                        open.extend(self.member(set, name).map(|below| (member, below)));
                    }
                }
                Value::Array(items) => {
                    for (at, item) in items.iter().enumerate() {
                        open.extend(self.item(set, at).map(|below| (item, below)));
                    }
                }
                _ => {}
            }
        }
        found
    }

    /// The set of the schemas at these places and all that they branch to; `None` for none.
    fn set(&mut self, places: Vec<S>) -> Option<usize> {
        if places.is_empty() {
            return None;
        }
        let mut sites: Vec<S::Site> = places.iter().map(|place| place.site()).collect();
        sites.sort_unstable();
        sites.dedup();
        if let Some(known) = self.by_sites.get(&sites) {
            return Some(*known);
        }
        let mut set = Set { schemas: Vec::new(), is_marked: false, first_items: 0 };
        let mut seen: HashSet<S::Site> = HashSet::new();
        let mut open = places;
        while let Some(place) = open.pop() {
            if !seen.insert(place.site()) {
                continue;
            }
            let schema = place.schema();
            set.is_marked |= S::marks(&schema) || set.schemas.len() >= MOST_SCHEMAS;
            if set.is_marked {
                break;
            }
            open.extend(branches::<S>(&schema));
            let first = S::keywords(&schema, "prefixItems").into_iter().map(|list| list.items().len()).max();
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
        let mut places: Vec<S> = Vec::new();
        for schema in &self.sets[set].schemas {
            let before = places.len();
            places.extend(S::keywords(schema, "properties").into_iter().filter_map(|map| map.get(name)));
            for (pattern, place) in S::keywords(schema, "patternProperties").into_iter().flat_map(S::entries) {
                let compiled = self.patterns.entry(pattern).or_insert_with(|| Regex::new(pattern).ok());
                // one that can't be read may match
                if compiled.as_ref().is_none_or(|compiled| compiled.is_match(name)) {
                    places.push(place);
                }
            }
            if places.len() == before {
                let others = ["additionalProperties", "unevaluatedProperties"];
                let others = others.iter().flat_map(|keyword| S::keywords(schema, keyword));
                places.extend(others.filter(|place| place.is_object()));
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
        let mut places: Vec<S> = Vec::new();
        for schema in &self.sets[set].schemas {
            let lists = S::keywords(schema, "prefixItems").into_iter();
            let first: Vec<S> = lists.filter_map(|list| list.items().get(at).copied()).collect();
            let rest = if first.is_empty() { ["items", "unevaluatedItems"].as_slice() } else { &[] };
            places.extend(first);
            let rest = rest.iter().chain(&["contains"]).flat_map(|keyword| S::keywords(schema, keyword));
            places.extend(rest.filter(|place| place.is_object()));
        }
        let below = self.set(places);
        self.items.insert((set, at), below);
        below
    }
}
