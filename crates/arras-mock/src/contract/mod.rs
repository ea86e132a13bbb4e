//! What a description demands of requests, and what is wrong with one that does not meet it.

mod body;
mod form;
mod parameter;
mod reading;
mod schema;

use std::fmt;
use std::sync::{Arc, OnceLock};

use arras_doc::diagnostic::Diagnostics;
use arras_doc::openapi::Description;
use arras_doc::value::Value;

use crate::protocol::Protocol;
use crate::request::Received;
use body::BodyRule;
use parameter::ParameterRule;

/// How many violations of one request are told.
const TOLD: usize = 20;

/// Whether requests are checked against the description.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Validation {
    /// They are not.
    Off,
    /// What is wrong is told in the log; the request is answered as if it were right.
    Warn,
    /// What is wrong is told in the log and in the answer, which is an error.
    #[default]
    On,
}

impl Validation {
    /// Every choice.
    pub const ALL: [Validation; 3] = [Validation::Off, Validation::Warn, Validation::On];

    /// Its name in a scenario.
    pub fn as_str(self) -> &'static str {
        match self {
            Validation::Off => "off",
            Validation::Warn => "warn",
            Validation::On => "on",
        }
    }

    /// The choice of that name.
    pub fn parse(name: &str) -> Option<Validation> {
        Validation::ALL.into_iter().find(|choice| choice.as_str() == name)
    }
}

/// What kind of demand a request does not meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ViolationKind {
    /// A required parameter or the body is not there.
    Missing,
    /// The body has a media type that the operation does not take.
    ContentType,
    /// The body is not what its media type says: no JSON, no XML.
    Syntax,
    /// A value that its schema does not allow.
    Value,
}

/// One thing that is wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The kind.
    pub kind: ViolationKind,
    /// Where: a JSON Pointer into the body (`""` for all of it), or a parameter.
    pub place: ViolationPlace,
    /// One phrase, without the request's own values.
    pub message: String,
}

/// Where something is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ViolationPlace {
    /// In the body, at this JSON Pointer.
    Body(String),
    /// A parameter: where it goes (`query`), and its name.
    Parameter(&'static str, String),
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            ViolationPlace::Body(pointer) if pointer.is_empty() => write!(f, "body: {}", self.message),
            ViolationPlace::Body(pointer) => write!(f, "body {pointer}: {}", self.message),
            ViolationPlace::Parameter(location, name) => write!(f, "{location} parameter `{name}`: {}", self.message),
        }
    }
}

/// What a description demands of one operation's requests; read when the first one comes.
#[derive(Clone)]
pub struct Contract {
    description: Arc<Description>,
    index: usize,
    rules: Arc<OnceLock<Rules>>,
}

#[derive(Default)]
struct Rules {
    parameters: Vec<ParameterRule>,
    body: Option<BodyRule>,
}

impl fmt::Debug for Contract {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contract").field("index", &self.index).finish_non_exhaustive()
    }
}

impl Contract {
    /// The demands of the operation at `index` of a description.
    pub(crate) fn new(description: Arc<Description>, index: usize) -> Contract {
        Contract { description, index, rules: Arc::default() }
    }

    /// What is wrong with a request, at most a score; nothing if it is right.
    pub(crate) fn violations(&self, protocol: Protocol, request: &Received) -> Vec<Violation> {
        let rules = self.rules();
        let mut found = Vec::new();
        for rule in &rules.parameters {
            rule.check(protocol, request, &mut found);
        }
        if let Some(body) = &rules.body {
            body.check(protocol, request, &mut found);
        }
        found.truncate(TOLD);
        found
    }

    /// The value of an XML body, read by the operation's schema; `None` for any other body.
    pub(crate) fn xml_value(&self, request: &Received) -> Option<Value> {
        let is_xml = request.media_type().is_some_and(|media_type| media_type.is_xml());
        let body = self.rules().body.as_ref().filter(|_| is_xml)?;
        body.xml(request)?.ok()
    }

    fn rules(&self) -> &Rules {
        self.rules.get_or_init(|| {
            let Some(operation) = self.description.operations().nth(self.index) else { return Rules::default() };
            let mut unheard = Diagnostics::new();
            let parameters = operation.parameters(&mut unheard);
            let parameters = parameters.iter().filter(|parameter| !parameter.is_ignored()).map(ParameterRule::of);
            let body = operation.request_body(&mut unheard);
            Rules { parameters: parameters.collect(), body: body.as_ref().map(BodyRule::of) }
        })
    }
}

/// A text as a value of one type; text where it is none.
fn typed(text: &str, kind: Option<arras_doc::openapi::SchemaType>) -> Value {
    use arras_doc::openapi::SchemaType;
    let value = match kind {
        Some(SchemaType::Integer | SchemaType::Number) => arras_doc::value::Number::parse(text).map(Value::Number),
        Some(SchemaType::Boolean) => match text {
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            _ => None,
        },
        Some(SchemaType::Object | SchemaType::Array) => Value::from_json(text).ok().filter(Value::is_structure),
        _ => None,
    };
    value.unwrap_or_else(|| Value::from(text))
}

#[cfg(test)]
mod tests;
