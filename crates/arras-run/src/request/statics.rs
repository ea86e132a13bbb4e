//! What of a request can be known to be impossible before anything runs.

use arras_doc::diagnostic::Diagnostics;
use arras_doc::expression::Template;
use arras_doc::media_type::MediaType;
use arras_doc::openapi::{Content, Location, XmlShape};

use super::{body, is_content_type};
use crate::plan::{Operation, Parameter, RequestBody, Step};

/// Whether the step's request is the same whatever the run has come to.
pub(crate) fn is_constant(step: &Step) -> bool {
    let is_literal = |parameter: &Parameter| matches!(parameter.value, Template::Literal(_));
    step.body.is_none() && step.parameters.iter().all(is_literal)
}

/// Why a step's body can't be written as the media type that it will have; `None` if it can, or if only its values tell.
pub(crate) fn inexpressible(operation: &Operation, parameters: &[Parameter], body: &RequestBody) -> Option<String> {
    let header = parameters.iter().find(|it| it.location == Some(Location::Header) && is_content_type(&it.name));
    let header = match header.map(|parameter| &parameter.value) {
        Some(Template::Literal(literal)) => Some(literal.value.as_str()?.to_owned()),
        Some(_) => return None,
        None => None,
    };
    let given = body.content_type.clone().or(header);
    let declared = match body::content_type(operation, given) {
        Ok((declared, _)) => declared?,
        Err(why) => return Some(why),
    };
    let Some(media_type) = MediaType::parse(&declared) else { return Some(format!("`{declared}` is no media type")) };
    let (kind, members) = match body.payload.as_ref()? {
        Template::Object(members) => ("an object", members.len()),
        Template::Array(_) => ("an array", 0),
        Template::Literal(literal) => {
            let members = literal.value.as_object().map_or(0, |members| members.len());
            (Some(literal.value.kind_name()).filter(|_| literal.value.is_structure())?, members)
        }
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
            let schema = described.as_ref().and_then(|body| body::content_for(body, it)).and_then(Content::schema);
            let shape = schema.as_ref().map(XmlShape::of).unwrap_or_default();
            // replacements may still give the one outer member that names the document element
            let may_name = members == 1 || !body.replacements.is_empty();
            shape.root_name().is_some() || (may_name && shape.root().properties().next().is_none())
        }
        _ => false,
    };
    (!writable).then(|| body::inexpressible(kind, &media_type).message)
}
