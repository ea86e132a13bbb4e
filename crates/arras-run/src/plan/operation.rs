//! What a plan keeps of an operation: enough for most requests, and the way to its description.

use std::sync::Arc;

use arras_doc::diagnostic::Diagnostics;
use arras_doc::openapi::{self, Description, Location, StatusPattern, Style, Version};

use crate::check::{Answers, Schemas};
use crate::xml::XmlTypes;

/// An operation, resolved.
#[derive(Clone, Debug)]
pub struct Operation {
    /// The source description's name.
    pub source: Arc<str>,
    /// Its `operationId`, if it has one.
    pub operation_id: Option<Arc<str>>,
    /// The method, upper case.
    pub method: Arc<str>,
    /// A short name for a line of the story.
    pub label: Arc<str>,
    /// The base and the path, as people see them before a request was built.
    pub url: Arc<str>,
    /// The server's URL without a trailing slash: overridden, variables filled in, regional.
    pub base: String,
    /// The path on the wire, with `{name}` for path parameters and without query or fragment.
    pub path: String,
    /// Query pairs that the path key itself carries, percent-encoded already.
    pub fixed_query: Option<String>,
    /// The declared parameters.
    pub declared: Vec<Declared>,
    /// The media types of the request body, in the description's order.
    pub request_types: Vec<String>,
    /// Whether a request body is required.
    pub body_required: bool,
    /// `Accept` by the declared response media types, JSON first.
    pub accept: Option<String>,
    /// Which of the caller's authorisations the request needs; opaque here.
    pub authorization: Option<usize>,
    /// Where it stands in its description, for what is read only when it is needed.
    pub described: Described,
    /// By status: what the schemas of XML answers say of arrays and scalars.
    pub xml_types: Vec<(StatusPattern, XmlTypes)>,
}

impl Operation {
    /// What the description says of arrays and scalars in an XML answer of that status.
    pub fn xml_types(&self, status: u16) -> Option<&XmlTypes> {
        let ranked = self.xml_types.iter().filter_map(|(pattern, paths)| Some((pattern.rank(status)?, paths)));
        ranked.min_by_key(|(rank, _)| *rank).map(|(_, paths)| paths)
    }
}

/// The way to an operation's description.
#[derive(Clone, Debug)]
pub struct Described {
    description: Arc<Description>,
    pointer: Box<str>,
    schemas: Arc<Schemas>,
    answers: Arc<Answers>,
    /// Whether the description says anything of answers.
    has_answers: bool,
}

impl Described {
    /// The operation at a JSON Pointer of the description; what is compiled of its schemas is kept in `schemas`.
    pub(crate) fn new(description: Arc<Description>, pointer: &str, schemas: Arc<Schemas>) -> Described {
        let operation = description.operation_at(pointer).found();
        let has_answers = operation.is_some_and(|it| it.responses(&mut Diagnostics::new()).iter().len() > 0);
        Described { description, pointer: pointer.into(), schemas, answers: Arc::default(), has_answers }
    }

    /// The operation; there always is one in a plan that was built.
    pub fn operation(&self) -> Option<openapi::Operation<'_>> {
        self.description.operation_at(&self.pointer).found()
    }

    /// Whether it says anything of answers.
    pub(crate) fn has_answers(&self) -> bool {
        self.has_answers
    }

    /// What is known of its answers so far.
    pub(crate) fn answers(&self) -> &Answers {
        &self.answers
    }

    /// The schemas of the plan that answers are checked by.
    pub(crate) fn schemas(&self) -> &Schemas {
        &self.schemas
    }
}

/// A parameter that the operation declares.
#[derive(Clone, Debug)]
pub struct Declared {
    /// Its name.
    pub name: String,
    /// Where it goes.
    pub location: Location,
    /// Whether a request without it is refused.
    pub required: bool,
    /// How structures are spelled.
    pub style: Style,
    /// Whether each item or member stands alone.
    pub explode: bool,
    /// Whether reserved characters stay as they are.
    pub allow_reserved: bool,
    /// Whether a value of nothing may be sent as an empty one.
    pub allow_empty_value: bool,
    /// The media type by which the value is written, if it is declared by `content`.
    pub content: Option<String>,
    /// How arrays within arrays are separated in Swagger 2.0, the outermost first.
    pub inner_formats: Vec<Style>,
}

impl Declared {
    /// What a request needs to know of a parameter; `None` for one that the specification ignores.
    pub(crate) fn of(parameter: &openapi::Parameter<'_>, version: Version) -> Option<Declared> {
        // before OpenAPI 3.2 it is a field of query parameters alone
        let reserved_here = parameter.location == Location::Query || version >= Version::V3_2;
        let declared = || Declared {
            name: parameter.name.to_owned(),
            location: parameter.location,
            required: parameter.required,
            style: parameter.style,
            explode: parameter.explode,
            allow_reserved: parameter.allow_reserved && reserved_here,
            allow_empty_value: parameter.allow_empty_value,
            content: parameter.content.as_ref().map(|content| content.media_type.to_owned()),
            inner_formats: parameter.inner_formats(),
        };
        (!parameter.is_ignored()).then(declared)
    }

    /// The same parameter for a text that was written by its media type: one value, wholly percent-encoded where that is done.
    pub(crate) fn by_content(&self) -> Declared {
        let style = Style::default_for(self.location);
        Declared { style, explode: false, allow_reserved: false, ..self.clone() }
    }
}
