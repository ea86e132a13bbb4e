//! What a schema lets stand at a place of its values: a property, an item, a name that can't be there.

use crate::openapi::{Place, Schema, SchemaType};
use crate::suggest;

use super::whose::whose;

/// How deep alternatives of alternatives are looked into.
const DEPTH: usize = 6;
/// With how many names a wrong one is compared.
const NAMES: usize = 500;
/// How many schemas one place may have.
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
    /// The shape of these schemas; open if there is none.
    pub(super) fn of(schemas: impl IntoIterator<Item = Schema<'d>>) -> Shape<'d> {
        let schemas: Vec<Schema<'d>> = schemas.into_iter().take(MOST).collect();
        if schemas.is_empty() { Shape::Open } else { Shape::Of(schemas) }
    }

    /// What stands under a name, or at an index.
    pub(super) fn child(&self, token: &str) -> Shape<'d> {
        match self {
            Shape::Of(schemas) => union(schemas.iter().map(|schema| child(schema, token, DEPTH))),
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
            Shape::Of(schemas) => union(schemas.iter().map(|schema| children(schema, DEPTH))),
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
                    let types = types(schema);
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
        for schema in schemas {
            let values = values(schema, DEPTH);
            if values.is_empty() {
                return Vec::new();
            }
            all.extend(values);
        }
        all
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
    let mut nothing = None;
    let mut one_type = None;
    for shape in shapes {
        match shape {
            Shape::Open => return Shape::Open,
            Shape::Of(more) => schemas.extend(more),
            Shape::Nothing(obstacle) => nothing = nothing.or(Some(obstacle)),
            Shape::Type(kind) => one_type = Some(kind),
        }
    }
    schemas.truncate(MOST);
    match (schemas.is_empty(), one_type, nothing) {
        (false, None, _) => Shape::Of(schemas),
        (true, Some(kind), _) => Shape::Type(kind),
        (true, None, Some(obstacle)) => Shape::Nothing(obstacle),
        _ => Shape::Open,
    }
}

/// The types of a schema, those of its values where it lists them.
pub(super) fn types(schema: &Schema<'_>) -> Vec<SchemaType> {
    schema.types()
}

fn values<'d>(schema: &Schema<'d>, depth: usize) -> Vec<Place<'d>> {
    let own = schema.values();
    if !own.is_empty() || depth == 0 {
        return own;
    }
    let mut all = Vec::new();
    for alternative in schema.alternatives() {
        let values = values(&alternative, depth - 1);
        if values.is_empty() {
            return Vec::new();
        }
        all.extend(values);
    }
    all
}

/// Keywords that may add to an object in ways that are not followed here.
const BEYOND: [&str; 7] =
    ["patternProperties", "if", "dependentSchemas", "$dynamicRef", "discriminator", "not", "propertyNames"];

fn is_beyond(schema: &Schema<'_>) -> bool {
    let is_open = schema.keyword("unevaluatedProperties").is_some() && !is_closed(schema);
    is_open || !schema.unresolved().is_empty() || BEYOND.iter().any(|keyword| schema.keyword(keyword).is_some())
}

/// Whether properties that no part of it names are refused.
fn is_closed(schema: &Schema<'_>) -> bool {
    let is_false = |place: Place<'_>| place.node().as_bool() == Some(false);
    schema.keyword("unevaluatedProperties").is_some_and(is_false)
}

fn child<'d>(schema: &Schema<'d>, token: &str, depth: usize) -> Shape<'d> {
    if depth == 0 {
        return Shape::Open;
    }
    if let Some(property) = schema.property(token) {
        return Shape::Of(vec![property]);
    }
    let alternatives = schema.alternatives();
    if !alternatives.is_empty() {
        let found = union(alternatives.iter().map(|alternative| child(alternative, token, depth - 1)));
        let own = schema.keyword("properties").is_some() || schema.keyword("additionalProperties").is_some();
        return match found {
            Shape::Nothing(obstacle) if !is_beyond(schema) => {
                // a property of the schema itself may be what is meant
                let near = obstacle.near.or_else(|| own.then(|| nearest(schema, token)).flatten());
                let kind = match obstacle.kind {
                    ObstacleKind::Undeclared if is_closed(schema) => ObstacleKind::Closed,
                    kind => kind,
                };
                Shape::Nothing(Obstacle { near, kind, ..obstacle })
            }
            Shape::Nothing(_) => Shape::Open,
            found => found,
        };
    }
    let types = types(schema);
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
    object_child(schema, token, &types)
}

fn object_child<'d>(schema: &Schema<'d>, token: &str, types: &[SchemaType]) -> Shape<'d> {
    if is_beyond(schema) {
        return Shape::Open;
    }
    match schema.keyword("additionalProperties") {
        Some(more) if more.node().as_bool() == Some(false) => {
            Shape::Nothing(obstacle(schema, token, ObstacleKind::Closed))
        }
        Some(more) if more.node().is_mapping() && !more.node().is_empty() => Shape::Of(vec![Schema::at(more)]),
        Some(_) => Shape::Open,
        None if is_closed(schema) => Shape::Nothing(obstacle(schema, token, ObstacleKind::Closed)),
        // an object of which nothing is said, or a schema that may be for something else altogether
        None if schema.property_names().is_empty() => Shape::Open,
        None if types.len() > 1 && types.contains(&SchemaType::Array) => Shape::Open,
        None => Shape::Nothing(obstacle(schema, token, ObstacleKind::Undeclared)),
    }
}

fn children<'d>(schema: &Schema<'d>, depth: usize) -> Shape<'d> {
    let alternatives = schema.alternatives();
    if depth == 0 || is_beyond(schema) {
        return Shape::Open;
    }
    if !alternatives.is_empty() {
        return union(alternatives.iter().map(|alternative| children(alternative, depth - 1)));
    }
    let types = types(schema);
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

fn obstacle<'d>(schema: &Schema<'d>, token: &str, kind: ObstacleKind) -> Obstacle<'d> {
    Obstacle { name: token.to_owned(), kind, place: schema.resolved_place(), near: nearest(schema, token) }
}

fn nearest<'d>(schema: &Schema<'d>, token: &str) -> Option<&'d str> {
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
