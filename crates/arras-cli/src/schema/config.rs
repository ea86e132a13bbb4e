//! The schema of settings files, made from the options themselves.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::args::parser;
use crate::args::resolve::KEYED;
use crate::config::NEVER_IN_FILES;

/// The schema as JSON, indented.
pub(super) fn text() -> String {
    let mut options = Map::new();
    let parser = parser();
    for argument in parser.get_subcommands().flat_map(clap::Command::get_arguments) {
        let Some(long) = argument.get_long().filter(|long| !NEVER_IN_FILES.contains(long)) else { continue };
        options.entry(long).or_insert_with(|| option(argument));
    }
    let profiles = json!({
        "type": "object",
        "additionalProperties": { "$ref": "#/$defs/settings" },
        "description": "settings in place of the general ones where `--profile NAME` asks for them",
    });
    let mut top = options.clone();
    top.insert("profile".to_owned(), profiles);
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:arras:schema:config:1",
        "title": "Settings",
        "description": "`arras.toml` and the user's own settings file. \
            A project's file may set neither credentials nor network policy.",
        "type": "object",
        "properties": top,
        "additionalProperties": false,
        "$defs": { "settings": { "type": "object", "properties": options, "additionalProperties": false } },
    });
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    let _ = writeln!(text);
    text
}

/// What a settings file may set an option to.
fn option(argument: &clap::Arg) -> Value {
    use clap::ArgAction::{Append, Count, SetTrue};
    let scalar = json!({ "type": ["string", "integer", "number", "boolean"] });
    let values = argument.get_possible_values();
    let names: Vec<_> = values.iter().filter(|value| !value.is_hide_set()).map(|value| value.get_name()).collect();
    let mut schema = match argument.get_action() {
        SetTrue => json!({ "type": "boolean" }),
        Count => json!({ "enum": [0, 1, 2, true, false] }),
        Append if argument.get_long().is_some_and(|long| KEYED.contains(&long)) => json!({ "anyOf": [
            { "type": "array", "items": { "type": "string" } },
            { "type": "object", "additionalProperties": scalar },
        ] }),
        Append => json!({ "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }] }),
        _ if argument.get_num_args().is_some_and(|count| count.min_values() == 0) => {
            json!({ "type": ["boolean", "string"] })
        }
        _ if !names.is_empty() => json!({ "enum": names }),
        _ => json!({ "type": ["string", "integer"] }),
    };
    let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
    if let Some(members) = schema.as_object_mut() {
        members.insert("description".to_owned(), help.into());
    }
    schema
}
