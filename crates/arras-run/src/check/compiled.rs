//! Schemas compiled for a plan: each once, when an answer first needs it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use arras_doc::media_type::MediaType;
use arras_doc::node::NodeId;
use arras_doc::openapi::{Place, Schema, XmlShape};
use arras_doc::source::SourceId;
use jsonschema::{PatternOptions, ValidationError, Validator};
use serde_json::Value;

use super::dialect::{self, Converted};

/// The schemas that answers of a plan were checked by so far; each is compiled once, when it is first needed.
#[derive(Debug, Default)]
pub(crate) struct Schemas {
    by_place: Mutex<HashMap<(SourceId, NodeId, bool), Arc<Compiled>>>,
}

/// A converted schema, and what judges by it.
#[derive(Debug)]
pub(super) struct Compiled {
    pub(super) converted: Converted,
    validator: OnceLock<Result<Validator, String>>,
    shape: OnceLock<XmlShape>,
}

impl Schemas {
    pub(super) fn of(&self, place: Place<'_>, media_type: &MediaType) -> Arc<Compiled> {
        let is_aws = super::is_aws_json(media_type);
        let key = (place.source(), place.node().id(), is_aws);
        let mut by_place = self.by_place.lock().unwrap_or_else(PoisonError::into_inner);
        let compiled = by_place.entry(key).or_insert_with(|| {
            Arc::new(Compiled {
                converted: dialect::convert(place, is_aws),
                validator: OnceLock::new(),
                shape: OnceLock::new(),
            })
        });
        compiled.clone()
    }
}

impl Compiled {
    /// The shape of the schema's values in XML.
    pub(super) fn shape(&self, schema: &Schema<'_>) -> &XmlShape {
        self.shape.get_or_init(|| XmlShape::of(schema))
    }

    pub(super) fn validator(&self) -> Result<&Validator, &String> {
        self.validator.get_or_init(|| compile(&self.converted.schema).map_err(|error| error.to_string())).as_ref()
    }
}

/// Compiles a schema. Its patterns take time linear in the text where they allow it, bounded where they do not.
///
/// # Errors
/// What is wrong with the schema.
pub(super) fn compile(schema: &Value) -> Result<Validator, ValidationError<'static>> {
    let patterns = PatternOptions::fancy_regex().backtrack_limit(100_000);
    let options = jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .with_pattern_options(patterns)
        .with_format("byte", dialect::is_base64)
        .should_validate_formats(true)
        .should_ignore_unknown_formats(true);
    arras_doc::schema::compile(&options, schema)
}
