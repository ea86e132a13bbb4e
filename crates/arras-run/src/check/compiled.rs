//! Schemas compiled for a plan: each once, when an answer first needs it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use arras_doc::media_type::MediaType;
use arras_doc::node::NodeId;
use arras_doc::openapi::judge::{self, Converted};
use arras_doc::openapi::{Direction, Place, Schema, XmlShape};
use arras_doc::source::SourceId;
use jsonschema::Validator;

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
                converted: judge::convert(place, Direction::Response, is_aws),
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
        self.validator
            .get_or_init(|| judge::compile(&self.converted.schema).map_err(|error| error.to_string()))
            .as_ref()
    }
}
