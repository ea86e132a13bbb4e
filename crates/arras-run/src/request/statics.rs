//! What of a request can be known to be impossible before anything runs.

use arras_doc::diagnostic::Diagnostics;
use arras_doc::expression::Template;
use arras_doc::media_type::MediaType;
use arras_doc::openapi::Content;

use super::{body, xml};
use crate::plan::{Operation, RequestBody};

/// Why a step's body can't be written as the media type that it will have; `None` if it can, or if only its values tell.
pub(crate) fn inexpressible(operation: &Operation, body: &RequestBody) -> Option<String> {
    let declared = body.content_type.clone().or_else(|| body::default_type(&operation.request_types))?;
    let Some(media_type) = MediaType::parse(&declared) else { return Some(format!("`{declared}` is no media type")) };
    if media_type.is_range() {
        return Some(format!("`{media_type}` is a range of media types: a request needs one of them"));
    }
    let kind = match body.payload.as_ref()? {
        Template::Object(_) => "an object",
        Template::Array(_) => "an array",
        Template::Literal(literal) if literal.value.is_structure() => literal.value.kind_name(),
        _ => return None,
    };
    let is_object = kind == "an object";
    let writable = match &media_type {
        it if it.is_json() => true,
        it if it.is_form() => is_object,
        it if it.is_multipart() => is_object && it.essence() == "multipart/form-data",
        it if it.is_xml() => {
            let described = operation.described.operation();
            let described = described.and_then(|operation| operation.request_body(&mut Diagnostics::new()));
            let schema = described.as_ref().and_then(|body| body.content_for(it)).and_then(Content::schema);
            match schema {
                Some(schema) if xml::root_name(&schema).is_none() => return Some(xml::NO_ROOT.to_owned()),
                Some(_) => true,
                None => is_object,
            }
        }
        _ => false,
    };
    (!writable).then(|| body::inexpressible(kind, &media_type).message)
}
