//! What the schema refuses, in words.

use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use serde_json::Value;

use crate::node::{Kind as NodeKind, NodeRef};

/// How much of a text is shown.
const SHOWN: usize = 60;

/// One phrase about a node that the schema refuses.
pub(super) fn of(kind: &Kind, error: &ValidationError<'_>, node: NodeRef<'_>) -> String {
    match kind {
        Kind::Required { property } => format!("the required field `{}` is missing", plain(property)),
        Kind::Type { kind } => format!("this is {}, not {}", node.kind().name(), types(kind)),
        Kind::Enum { options } => format!("{} is not one of {}", shown(node), list(options)),
        Kind::Constant { expected_value } => format!("{} is not `{}`", shown(node), plain(expected_value)),
        Kind::Pattern { pattern } => format!("{} does not match `{pattern}`", shown(node)),
        Kind::PropertyNames { error } => match error.kind() {
            Kind::Pattern { pattern } => format!("the name `{}` does not match `{pattern}`", plain(error.instance())),
            _ => error.to_string(),
        },
        Kind::MinItems { .. } => "the list is empty".to_owned(),
        Kind::UniqueItems => "two entries of the list are the same".to_owned(),
        Kind::Minimum { limit } => format!("{} is less than {limit}", shown(node)),
        Kind::FalseSchema => {
            let path = error.instance_path().to_string();
            let field = path.rsplit('/').next().unwrap_or_default();
            format!("the field `{field}` is not allowed here")
        }
        Kind::AnyOf { .. } => format!("{} has none of the forms that are allowed here", shown(node)),
        Kind::OneOfNotValid { .. } | Kind::OneOfMultipleValid { .. } => alternatives(error),
        _ => error.masked().to_string(),
    }
}

/// The only alternatives of the schema are fields of which one must stand there.
fn alternatives(error: &ValidationError<'_>) -> String {
    let rules = super::rules();
    let fields = rules.pointer(error.schema_path().as_str()).and_then(Value::as_array);
    let name = |one: &Value| Some(format!("`{}`", one["required"][0].as_str()?));
    let names: Vec<String> = fields.into_iter().flatten().filter_map(name).collect();
    match names.is_empty() {
        false => format!("exactly one of {} must stand here", names.join(", ")),
        true => error.masked().to_string(),
    }
}

/// A value as it would stand in a sentence.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn list(options: &Value) -> String {
    let names = options.as_array().into_iter().flatten().map(|one| format!("`{}`", plain(one)));
    names.collect::<Vec<_>>().join(", ")
}

fn types(kind: &TypeKind) -> String {
    let names: Vec<String> = match kind {
        TypeKind::Single(kind) => vec![kind.to_string()],
        TypeKind::Multiple(kinds) => kinds.iter().map(|kind| kind.to_string()).collect(),
    };
    names.join(" or ")
}

/// The node, briefly: its text if it is a scalar, else what it is.
fn shown(node: NodeRef<'_>) -> String {
    match node.kind() {
        NodeKind::String(text) | NodeKind::Number(text) if text.chars().count() <= SHOWN => format!("`{text}`"),
        NodeKind::Bool(value) => format!("`{value}`"),
        kind => kind.name().to_owned(),
    }
}
