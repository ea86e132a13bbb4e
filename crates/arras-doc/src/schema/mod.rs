//! The verdict of the official JSON Schema of a document's version, and nothing else.

mod message;

use std::sync::OnceLock;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, ValidationOptions, Validator};
use serde_json::{Value, json};

use crate::arazzo::Version;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::node::{NodeRef, Tree};
use crate::rule;
use crate::source::{Source, SourceId};
use crate::span::Span;

/// The rules of both versions.
const RULES: &str = include_str!("arazzo.yaml");

/// How many findings of one document are told.
const MOST: usize = 1000;

/// What the official schema of the version that a document declares refuses about it; nothing if it accepts the
/// document. One that declares no version is judged as the latest, one of a version that has no schema here is refused.
pub fn judge(source: SourceId, tree: &Tree) -> Diagnostics {
    let root = tree.root();
    let version = match declared(root) {
        Ok(version) => version,
        Err(written) => {
            let message = format!("there is no official schema of Arazzo {written} here");
            let span = root.get("arazzo").map_or(root.span(), NodeRef::span);
            return vec![
                Diagnostic::new(rule::UNSUPPORTED_VERSION, message).at(source, span).help("use `1.0.1` or `1.1.0`"),
            ];
        }
    };
    let instance = Value::from(&root.to_value());
    let mut found = Diagnostics::new();
    for error in validator(version).iter_errors(&instance).take(MOST) {
        let node = tree.at(&error.instance_path().to_string()).unwrap_or(root);
        let mut note = |span: Span, message: String| {
            let diagnostic = Diagnostic::new(rule::SCHEMA_VIOLATION, message).at(source, span);
            if !found.contains(&diagnostic) {
                found.push(diagnostic);
            }
        };
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                for name in unexpected {
                    let key = node.entry(name).map_or(node.span(), |(key, _)| key.span());
                    note(key, format!("the field `{name}` is not allowed here"));
                }
            }
            kind => note(node.span(), message::of(kind, &error, node)),
        }
    }
    found.sort_by_key(|one| one.primary().map(|label| label.span.start));
    found
}

/// The version whose schema judges, or what is written where there is none.
fn declared(root: NodeRef<'_>) -> Result<Version, &str> {
    let Some(written) = root.get("arazzo").and_then(NodeRef::as_str) else { return Ok(Version::V1_1) };
    let numbers: Vec<&str> = written.split('.').collect();
    match numbers.as_slice() {
        ["1", "0", ..] => Ok(Version::V1_0),
        ["1", "1", ..] => Ok(Version::V1_1),
        [major, minor, _] if [major, minor].iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit())) => {
            Err(written)
        }
        _ => Ok(Version::V1_1),
    }
}

/// The compiled schema of a version.
fn validator(version: Version) -> &'static Validator {
    static COMPILED: [OnceLock<Validator>; 2] = [OnceLock::new(), OnceLock::new()];
    COMPILED[usize::from(version == Version::V1_1)].get_or_init(|| {
        let mut schema = rules();
        schema["$ref"] = json!(format!("#/$defs/description-{}", version.as_str()));
        let options = jsonschema::options().with_draft(jsonschema::Draft::Draft202012);
        compile(&options, &schema).unwrap_or_else(|error| unreachable!("a schema of this crate: {error}"))
    })
}

/// Compiles a schema, for whoever judges values by one.
///
/// The compiler is generic code, which each crate that calls it would get a copy of: called here alone, a program has one.
///
/// # Errors
/// What is wrong with the schema.
pub fn compile(options: &ValidationOptions<'_>, schema: &Value) -> Result<Validator, ValidationError<'static>> {
    options.build(schema)
}

fn rules() -> Value {
    let source = Source::new("arazzo.yaml", "arazzo.yaml", RULES.to_owned());
    let (tree, _) = crate::read::read(&source, SourceId(0));
    tree.map_or(Value::Bool(false), |tree| Value::from(&tree.root().to_value()))
}
