//! What a schema lets stand at a place of its values: a property, an item, a name that can't be there.

use std::collections::{HashMap, HashSet};

use crate::node::NodeId;
use crate::openapi::{Place, Schema, SchemaType};
use crate::source::SourceId;
use crate::suggest;

use super::whose::whose;

/// How deep alternatives of alternatives are looked into.
const DEPTH: usize = 6;
/// With how many names a wrong one is compared.
const NAMES: usize = 500;
/// How many schemas are looked at for one name.
const LOOKED_AT: usize = 2_000;
/// How many values may be listed; of more nothing is said.
const VALUES: usize = 2_000;
/// How many schemas one place may have; of more nothing is said.
pub(super) const MOST: usize = 48;

/// What may stand at a place.
#[derive(Clone, Debug)]
pub(super) enum Shape<'d> {
    /// A value of one of these schemas; never empty.
    Of(Vec<Schema<'d>>),
    /// A value of that type, of which no schema says more.
    Type(SchemaType),
    /// Anything; the descriptions do not say.
    Open,
    /// Nothing.
    Nothing(Obstacle<'d>),
}

/// Why nothing can stand at a place.
#[derive(Clone, Debug)]
pub(super) struct Obstacle<'d> {
    /// The name or index that leads nowhere.
    pub(super) name: String,
    pub(super) kind: ObstacleKind,
    /// The schema that says so.
    pub(super) place: Place<'d>,
    /// A name that is there.
    pub(super) near: Option<&'d str>,
}

/// The ways in which a name can lead nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ObstacleKind {
    /// The object has no such property, and none but those that it lists.
    Closed,
    /// The object lists other properties; it does not say that there are no more.
    Undeclared,
    /// Only an object has properties, only an array has items.
    Holds(String),
}

impl Obstacle<'_> {
    /// What is wrong, as a phrase.
    pub(super) fn message(&self) -> String {
        let whose = whose(self.place);
        match &self.kind {
            ObstacleKind::Holds(what) => format!("`{}` selects nothing, for {whose} is {what}", self.name),
            ObstacleKind::Closed => {
                format!("{whose} has no property `{}`, and allows no other than its own", self.name)
            }
            ObstacleKind::Undeclared => format!("{whose} has no property `{}`", self.name),
        }
    }

    /// What to write instead.
    pub(super) fn help(&self) -> Option<String> {
        if let Some(near) = self.near {
            return Some(format!("did you mean `{near}`?"));
        }
        let schema = Schema::at(self.place);
        if matches!(self.kind, ObstacleKind::Holds(_)) && schema.types().contains(&SchemaType::Array) {
            return Some(format!("name an item of the array by its index, as in `0/{}`", self.name));
        }
        let names = schema.property_names();
        if names.is_empty() || matches!(self.kind, ObstacleKind::Holds(_)) {
            return None;
        }
        let shown: Vec<String> = names.iter().take(6).map(|name| format!("`{name}`")).collect();
        let more = if names.len() > shown.len() { " …" } else { "" };
        Some(format!("it has {}{more}", shown.join(", ")))
    }

    /// Whether the value can't be there if the description is right.
    pub(super) fn is_certain(&self) -> bool {
        self.kind != ObstacleKind::Undeclared
    }
}

impl<'d> Shape<'d> {
    /// The shape of these schemas; open if there is none, or too many to look at.
    pub(super) fn of(schemas: impl IntoIterator<Item = Schema<'d>>) -> Shape<'d> {
        let schemas: Vec<Schema<'d>> = schemas.into_iter().take(MOST + 1).collect();
        if (1..=MOST).contains(&schemas.len()) { Shape::Of(schemas) } else { Shape::Open }
    }

    /// What stands under a name, or at an index.
    pub(super) fn child(&self, token: &str) -> Shape<'d> {
        match self {
            Shape::Of(schemas) => {
                let mut look = Look::of(Some(token));
                union(schemas.iter().map(|schema| look.schema(schema, DEPTH)))
            }
            Shape::Nothing(obstacle) => Shape::Nothing(obstacle.clone()),
            Shape::Type(_) | Shape::Open => Shape::Open,
        }
    }

    /// What stands at the end of a way down.
    pub(super) fn at<T: AsRef<str>>(&self, tokens: impl IntoIterator<Item = T>) -> Shape<'d> {
        tokens.into_iter().fold(self.clone(), |shape, token| shape.child(token.as_ref()))
    }

    /// What all children have in common: items, or the values of a map.
    pub(super) fn children(&self) -> Shape<'d> {
        match self {
            Shape::Of(schemas) => {
                let mut look = Look::of(None);
                union(schemas.iter().map(|schema| look.schema(schema, DEPTH)))
            }
            Shape::Nothing(obstacle) => Shape::Nothing(obstacle.clone()),
            Shape::Type(_) | Shape::Open => Shape::Open,
        }
    }

    /// The types that a value may have; empty if that is not said.
    pub(super) fn types(&self) -> Vec<SchemaType> {
        match self {
            Shape::Type(one) => vec![*one],
            Shape::Of(schemas) => {
                let mut all = Vec::new();
                for schema in schemas {
                    let types = schema.types();
                    if types.is_empty() {
                        return Vec::new();
                    }
                    all.extend(types);
                }
                all.sort_by_key(|one| *one as u8);
                all.dedup();
                all
            }
            Shape::Open | Shape::Nothing(_) => Vec::new(),
        }
    }

    /// The values that are allowed, if every alternative lists them; else empty.
    pub(super) fn values(&self) -> Vec<Place<'d>> {
        let Shape::Of(schemas) = self else { return Vec::new() };
        let mut all = Vec::new();
        let mut known = HashMap::new();
        let are_listed = schemas.iter().all(|schema| add_values(schema, DEPTH, &mut known, &mut all));
        if are_listed && all.len() <= VALUES { all } else { Vec::new() }
    }

    /// Whether the value may be an array, and nothing but an array or `null`.
    pub(super) fn is_array(&self) -> bool {
        let types = self.types();
        types.contains(&SchemaType::Array)
            && types.iter().all(|one| matches!(one, SchemaType::Array | SchemaType::Null))
    }
}

/// What any of several may be.
pub(super) fn union<'d>(shapes: impl IntoIterator<Item = Shape<'d>>) -> Shape<'d> {
    let mut schemas: Vec<Schema<'d>> = Vec::new();
    let mut seen = HashSet::new();
    let mut nothing = None;
    let mut one_type = None;
    for shape in shapes {
        match shape {
            Shape::Open => return Shape::Open,
            Shape::Of(more) => schemas.extend(more.into_iter().filter(|schema| seen.insert(schema.identity()))),
            Shape::Nothing(obstacle) => nothing = nothing.or(Some(obstacle)),
            Shape::Type(kind) => one_type = Some(kind),
        }
    }
    if schemas.len() > MOST {
        return Shape::Open;
    }
    match (schemas.is_empty(), one_type, nothing) {
        (false, None, _) => Shape::Of(schemas),
        (true, Some(kind), _) => Shape::Type(kind),
        (true, None, Some(obstacle)) => Shape::Nothing(obstacle),
        _ => Shape::Open,
    }
}

/// Adds the values that a schema lists, or each of its alternatives; whether all do so. `known` tells it of those looked at.
fn add_values<'d>(
    schema: &Schema<'d>,
    depth: usize,
    known: &mut HashMap<(SourceId, NodeId), bool>,
    all: &mut Vec<Place<'d>>,
) -> bool {
    if let Some(known) = known.get(&schema.identity()) {
        return *known;
    }
    // what is its own alternative adds nothing
    known.insert(schema.identity(), true);
    let own = schema.values();
    let mut are_listed = !own.is_empty();
    all.extend(own);
    if !are_listed && let Some(depth) = depth.checked_sub(1) {
        // a value is one of each list: the first that lists all says enough
        let choices = schema.choices();
        are_listed = choices.iter().any(|choice| choice.iter().all(|one| add_values(one, depth, known, all)));
    }
    known.insert(schema.identity(), are_listed);
    are_listed
}

/// One look at what alternatives of alternatives let stand at a place: each schema is looked at once.
struct Look<'t, 'd> {
    /// The name that is looked for; all children if there is none.
    token: Option<&'t str>,
    known: HashMap<(SourceId, NodeId), Shape<'d>>,
    left: usize,
}

impl<'t, 'd> Look<'t, 'd> {
    fn of(token: Option<&'t str>) -> Look<'t, 'd> {
        Look { token, known: HashMap::new(), left: LOOKED_AT }
    }

    fn schema(&mut self, schema: &Schema<'d>, depth: usize) -> Shape<'d> {
        let identity = schema.identity();
        if let Some(known) = self.known.get(&identity) {
            return known.clone();
        }
        let (Some(depth), Some(left)) = (depth.checked_sub(1), self.left.checked_sub(1)) else { return Shape::Open };
        self.left = left;
        // of what is its own alternative nothing is known
        self.known.insert(identity, Shape::Open);
        let found = match self.token {
            Some(token) => self.child(schema, token, depth),
            None => self.children(schema, depth),
        };
        self.known.insert(identity, found.clone());
        found
    }

    fn child(&mut self, schema: &Schema<'d>, token: &str, depth: usize) -> Shape<'d> {
        if let Some(property) = schema.property(token) {
            return Shape::Of(vec![property]);
        }
        let choices = schema.choices();
        if !choices.is_empty() {
            let found = self.choices(&choices, depth);
            let own = schema.keyword("properties").is_some() || schema.keyword("additionalProperties").is_some();
            return match found {
                Shape::Nothing(obstacle) if !schema.is_beyond() => {
                    // a property of the schema itself may be what is meant
                    let near = obstacle.near.or_else(|| own.then(|| nearest(schema, token)).flatten());
                    let kind = match obstacle.kind {
                        ObstacleKind::Undeclared if schema.is_closed() => ObstacleKind::Closed,
                        kind => kind,
                    };
                    Shape::Nothing(Obstacle { near, kind, ..obstacle })
                }
                Shape::Nothing(_) => Shape::Open,
                found => found,
            };
        }
        let types = schema.types();
        let is_index = token.bytes().all(|byte| byte.is_ascii_digit()) && !token.is_empty();
        let may_be = |kind| types.is_empty() || types.contains(&kind);
        if may_be(SchemaType::Array) && (is_index || token == "-") {
            return match schema.items() {
                Some(items) if schema.keyword("prefixItems").is_none() => Shape::Of(vec![items]),
                _ => Shape::Open,
            };
        }
        if !may_be(SchemaType::Object) {
            return Shape::Nothing(obstacle(schema, token, ObstacleKind::Holds(what(&types))));
        }
        match unnamed(schema) {
            Unnamed::Is(schema) => Shape::Of(vec![schema]),
            Unnamed::Open | Unnamed::Silent => Shape::Open,
            Unnamed::Not(kind) => Shape::Nothing(obstacle(schema, token, kind)),
        }
    }

    /// What one of each list lets stand there.
    fn choices(&mut self, choices: &[Vec<Schema<'d>>], depth: usize) -> Shape<'d> {
        let mut all = Vec::new();
        for choice in choices {
            let found: Vec<Shape<'d>> = choice.iter().map(|one| self.schema(one, depth)).collect();
            all.push(union(found));
        }
        let known = all.iter().position(|one| matches!(one, Shape::Of(_)));
        let open = all.iter().position(|one| !matches!(one, Shape::Nothing(_)));
        all.swap_remove(known.or(open).unwrap_or(0))
    }

    fn children(&mut self, schema: &Schema<'d>, depth: usize) -> Shape<'d> {
        if schema.is_beyond() {
            return Shape::Open;
        }
        let choices = schema.choices();
        if !choices.is_empty() {
            return self.choices(&choices, depth);
        }
        let types = schema.types();
        if types == [SchemaType::Array] || types == [SchemaType::Array, SchemaType::Null] {
            return schema
                .items()
                .filter(|_| schema.keyword("prefixItems").is_none())
                .map_or(Shape::Open, |items| Shape::Of(vec![items]));
        }
        if types.iter().all(|one| !matches!(one, SchemaType::Array | SchemaType::Object)) && !types.is_empty() {
            return Shape::Nothing(obstacle(schema, "*", ObstacleKind::Holds(what(&types))));
        }
        let more = schema.keyword("additionalProperties");
        if types != [SchemaType::Object] || more.is_some_and(|more| more.node().as_bool() != Some(false)) {
            return Shape::Open;
        }
        Shape::of(schema.property_names().into_iter().filter_map(|name| schema.property(name)))
    }
}

/// What a schema says of a property that it does not name, its alternatives aside.
pub(super) enum Unnamed<'d> {
    /// A value of this schema.
    Is(Schema<'d>),
    /// Anything.
    Open,
    /// Anything, for it names no property at all.
    Silent,
    /// Nothing.
    Not(ObstacleKind),
}

/// What a schema says of properties that it does not name.
pub(super) fn unnamed<'d>(schema: &Schema<'d>) -> Unnamed<'d> {
    if schema.is_beyond() {
        return Unnamed::Open;
    }
    let more = schema.keyword("additionalProperties");
    match more {
        Some(more) if more.node().as_bool() == Some(false) => Unnamed::Not(ObstacleKind::Closed),
        Some(more) if more.node().is_mapping() && !more.node().is_empty() => Unnamed::Is(Schema::at(more)),
        Some(_) => Unnamed::Open,
        None if schema.is_closed() => Unnamed::Not(ObstacleKind::Closed),
        // an object of which nothing is said, or a schema that may be for something else altogether
        None if schema.keywords("properties").all(|named| named.node().is_empty()) => Unnamed::Silent,
        None if schema.types().len() > 1 && schema.types().contains(&SchemaType::Array) => Unnamed::Open,
        None => Unnamed::Not(ObstacleKind::Undeclared),
    }
}

fn obstacle<'d>(schema: &Schema<'d>, token: &str, kind: ObstacleKind) -> Obstacle<'d> {
    Obstacle { name: token.to_owned(), kind, place: schema.resolved_place(), near: nearest(schema, token) }
}

pub(super) fn nearest<'d>(schema: &Schema<'d>, token: &str) -> Option<&'d str> {
    suggest::nearest(token, schema.property_names().into_iter().take(NAMES), 1).into_iter().next()
}

/// What people call a value of these types.
pub(super) fn what(types: &[SchemaType]) -> String {
    let mut words: Vec<&str> = types.iter().filter(|one| **one != SchemaType::Null).map(|one| word(*one)).collect();
    if types.contains(&SchemaType::Null) || words.is_empty() {
        words.push("null");
    }
    let (last, others) = words.split_last().unwrap_or((&"null", &[]));
    if others.is_empty() { (*last).to_owned() } else { format!("{} or {last}", others.join(", ")) }
}

fn word(one: SchemaType) -> &'static str {
    match one {
        SchemaType::Boolean => "a boolean",
        SchemaType::Integer => "an integer",
        SchemaType::Number => "a number",
        SchemaType::String => "a string",
        SchemaType::Array => "an array",
        SchemaType::Object => "an object",
        SchemaType::Null => "null",
    }
}
