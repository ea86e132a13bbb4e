//! Schemas as the engine takes them, each converted once.

use std::cell::OnceCell;
use std::rc::Rc;

use jsonschema::Validator;
use serde_json::{Map, Value as Json, json};

use crate::lint::Lint;
use crate::openapi::judge::{self, Converted};
use crate::openapi::{Direction, Place, Schema};

/// How many schemas may be converted for one document, each with those that it refers to.
const CONVERTED: usize = 20_000;
/// Keywords that say nothing of the values of members, and of items only whether two are the same.
pub(super) const OUTER: [&str; 6] =
    ["minProperties", "maxProperties", "propertyNames", "dependentRequired", "maxItems", "uniqueItems"];

/// A schema as the engine takes it.
pub(in crate::lint) struct Judge {
    pub(super) converted: Converted,
    validator: OnceCell<Option<Validator>>,
    /// What it says of names and numbers of items, and what judges by that; `None` if nothing.
    outer: OnceCell<Option<(Json, Validator)>>,
}

impl Judge {
    fn of(place: Place<'_>) -> Judge {
        let converted = judge::convert(place, Direction::Request, false);
        Judge { converted, validator: OnceCell::new(), outer: OnceCell::new() }
    }

    pub(super) fn validator(&self) -> Option<&Validator> {
        self.validator.get_or_init(|| self.converted.validator()).as_ref()
    }

    pub(super) fn outer(&self) -> Option<&(Json, Validator)> {
        let compiled = || {
            let outer = outer(&self.converted.schema)?;
            let validator = judge::compile(&outer).ok()?;
            Some((outer, validator))
        };
        self.outer.get_or_init(compiled).as_ref()
    }
}

impl<'d> Lint<'d> {
    /// What judges by a schema, made once; `None` once too many schemas were converted.
    pub(super) fn judge(&mut self, schema: &Schema<'d>) -> Option<Rc<Judge>> {
        if let Some(known) = self.judges.get(&schema.identity()) {
            return Some(Rc::clone(known));
        }
        if self.converted >= CONVERTED {
            return None;
        }
        let made = Rc::new(Judge::of(schema.said_at()));
        self.converted += made.converted.origins.len();
        self.judges.insert(schema.identity(), Rc::clone(&made));
        Some(made)
    }
}

/// A converted schema with nothing but what holds of names and numbers of items, in itself and in the schemas that it refers
/// to or consists of; `None` if there is nothing.
fn outer(schema: &Json) -> Option<Json> {
    let all = schema.get("$defs")?;
    let mut kept = Map::new();
    let mut is_any = false;
    for name in definitions(schema) {
        if let Some(Json::Object(definition)) = all.get(&name) {
            kept.insert(name, only_outer(definition, &mut is_any).into());
        }
    }
    if !is_any {
        return None;
    }
    // what names are held to may refer to more
    let mut open: Vec<Json> = kept.values().cloned().collect();
    while let Some(next) = open.pop() {
        let name = next.get("$ref").and_then(definition_of);
        if let Some((name, definition)) = name.and_then(|name| Some((name, all.get(name)?)))
            && !kept.contains_key(name)
        {
            kept.insert(name.to_owned(), definition.clone());
            open.push(definition.clone());
        }
        match next {
            Json::Object(members) => open.extend(members.into_iter().map(|(_, member)| member)),
            Json::Array(items) => open.extend(items),
            _ => {}
        }
    }
    Some(json!({"$ref": "#/$defs/0", "$defs": kept}))
}

/// The definition that a reference names.
fn definition_of(reference: &Json) -> Option<&str> {
    reference.as_str()?.strip_prefix("#/$defs/")
}

fn only_outer(schema: &Map<String, Json>, is_any: &mut bool) -> Map<String, Json> {
    let mut kept: Map<String, Json> =
        OUTER.iter().filter_map(|name| Some(((*name).to_owned(), schema.get(*name)?.clone()))).collect();
    *is_any = *is_any || !kept.is_empty();
    if let Some(reference) = schema.get("$ref") {
        kept.insert("$ref".into(), reference.clone());
    }
    if let Some(Json::Array(parts)) = schema.get("allOf") {
        let part = |part: &Json| part.as_object().map_or(Json::Bool(true), |part| only_outer(part, is_any).into());
        kept.insert("allOf".into(), parts.iter().map(part).collect());
    }
    kept
}

/// The names of the definitions that apply to the value itself.
fn definitions(schema: &Json) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut open = vec![schema];
    while let Some(next) = open.pop() {
        if let Some(name) = next.get("$ref").and_then(definition_of)
            && !names.iter().any(|known| known == name)
        {
            names.push(name.to_owned());
            open.extend(schema.get("$defs").and_then(|all| all.get(name)));
        }
        open.extend(next.get("allOf").and_then(Json::as_array).into_iter().flatten());
    }
    names
}
