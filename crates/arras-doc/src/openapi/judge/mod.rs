//! A value against a schema of a description: the verdict of JSON Schema, whatever the OpenAPI version, and where the two
//! differ.

mod dialect;
mod differences;
mod keywords;

use jsonschema::{PatternOptions, ValidationError, Validator};
use serde_json::Value;

pub use dialect::{Converted, Unusable, convert};
pub use differences::{Difference, find};

/// Compiles a converted schema. Its patterns take time linear in the text where they allow it, bounded where they do not.
///
/// # Errors
/// What is wrong with the schema.
pub fn compile(schema: &Value) -> Result<Validator, ValidationError<'static>> {
    let patterns = PatternOptions::fancy_regex().backtrack_limit(100_000);
    let options = jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .with_pattern_options(patterns)
        .with_format("byte", dialect::is_base64)
        .should_validate_formats(true)
        .should_ignore_unknown_formats(true);
    crate::schema::compile(&options, schema)
}
