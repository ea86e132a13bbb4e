//! What is served: operations, each with its route, its signing scope and its example answers.

use std::sync::Arc;

use arras_doc::openapi::XmlShape;
use arras_doc::source::SourceId;
use arras_doc::span::Span;
use arras_doc::value::Value;

use crate::contract::Contract;
use crate::protocol::Protocol;
use crate::sigv4::Scope;

/// The operations of one description, under the name by which a scenario tells them from another's.
#[derive(Clone, Debug, Default)]
pub struct Service {
    /// The source description's name.
    pub name: String,
    /// What it can do.
    pub operations: Vec<Operation>,
}

/// One operation.
#[derive(Clone)]
pub struct Operation {
    /// Its `operationId`; without one, its method and path: `GET /pets/{id}`.
    pub id: String,
    /// The method, upper case.
    pub method: String,
    /// The path key as the description writes it, fragment and query included.
    pub path: String,
    /// The paths of its servers' URLs, such as `/v1`; it is served below each of them, and without.
    pub base_paths: Vec<String>,
    /// Parameters that can have one value only, such as an `X-Amz-Target` or an `Action`.
    pub fixed: Vec<FixedParameter>,
    /// The media types of its request bodies, the usual one first.
    pub request_media: Vec<String>,
    /// The media types of its successful answers, the usual one first.
    pub response_media: Vec<String>,
    /// What its requests must be signed for; none where they need no AWS signature.
    pub signing: Option<Scope>,
    /// How its errors look; derived from the rest where it is none.
    pub protocol: Option<Protocol>,
    /// What the description says it answers.
    pub examples: Arc<dyn Examples>,
    /// What the description demands of its requests; without it they are not checked.
    pub contract: Option<Contract>,
    /// Query parameters whose values nobody is shown: keys by which callers identify themselves, passwords.
    pub secret_query: Vec<String>,
    /// Where it is described, for messages.
    pub place: Option<(SourceId, Span)>,
}

impl Operation {
    /// An operation with a route and nothing else.
    pub fn new(id: impl Into<String>, method: &str, path: impl Into<String>) -> Operation {
        Operation {
            id: id.into(),
            method: method.to_ascii_uppercase(),
            path: path.into(),
            base_paths: Vec::new(),
            fixed: Vec::new(),
            request_media: Vec::new(),
            response_media: Vec::new(),
            signing: None,
            protocol: None,
            examples: Arc::new(NoExamples),
            contract: None,
            secret_query: Vec::new(),
            place: None,
        }
    }
}

impl std::fmt::Debug for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({} {})", self.id, self.method, self.path)
    }
}

/// Where a parameter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Location {
    /// A header field.
    Header,
    /// The query.
    Query,
}

/// A parameter that has one value only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixedParameter {
    /// Where it stands.
    pub location: Location,
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// The answers that a description gives for an operation.
pub trait Examples: Send + Sync {
    /// The answer for a status (none: the first success) and an example's name (none: the first), in the media type that
    /// an `Accept` field likes best.
    ///
    /// `None` if the description has no such status or no such example.
    fn example(&self, status: Option<u16>, name: Option<&str>, accept: &str) -> Option<Example>;

    /// How an XML body of that status is written.
    fn xml_shape(&self, status: u16) -> XmlShape {
        let _ = status;
        XmlShape::default()
    }
}

/// An answer out of a description.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Example {
    /// The status.
    pub status: u16,
    /// Header fields that have an example or are required.
    pub headers: Vec<(String, String)>,
    /// The body's media type.
    pub media_type: Option<String>,
    /// The body; none where the description has none.
    pub body: Option<Value>,
}

/// A description without answers: always an empty 200.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoExamples;

impl Examples for NoExamples {
    fn example(&self, status: Option<u16>, name: Option<&str>, _accept: &str) -> Option<Example> {
        name.is_none().then(|| Example { status: status.unwrap_or(200), ..Example::default() })
    }
}

/// One answer, whatever status is asked for.
impl Examples for Example {
    fn example(&self, status: Option<u16>, name: Option<&str>, _accept: &str) -> Option<Example> {
        (name.is_none() && status.is_none_or(|status| status == self.status)).then(|| self.clone())
    }
}
