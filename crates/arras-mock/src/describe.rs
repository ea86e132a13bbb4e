//! OpenAPI descriptions as services.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use arras_doc::diagnostic::Diagnostics;
use arras_doc::openapi::{self, Content, Description, Direction, ExampleValue, Parameter, StatusPattern, XmlShape};
use arras_doc::value::Value;

use crate::contract::Contract;
use crate::media;
use crate::service::{Example, Examples, FixedParameter, Location, Operation, Service};
use crate::sigv4::Scope;

/// The operations of a description; `signing` says for what their requests must be signed.
///
/// What is wrong with the description is for others to tell.
pub(crate) fn service(
    name: String,
    description: &Arc<Description>,
    signing: impl Fn(&openapi::Operation<'_>) -> Option<Scope>,
) -> Service {
    let operations = description.operations().enumerate().map(|(index, described)| {
        let mut unheard = Diagnostics::new();
        let request_body = described.request_body(&mut unheard);
        let responses = described.responses(&mut unheard);
        Operation {
            base_paths: base_paths(described),
            fixed: described.parameters(&mut unheard).iter().filter_map(fixed).collect(),
            request_media: request_body.map(|body| names(&body.content)).unwrap_or_default(),
            response_media: responses.success().map(|response| names(&response.content)).unwrap_or_default(),
            signing: signing(&described),
            examples: Arc::new(Described::new(Arc::clone(description), index)),
            secret_query: secret_query(described),
            contract: Some(Contract::new(Arc::clone(description), index)),
            place: Some((description.document().source(), described.path_span())),
            ..Operation::new(described.name(), described.method(), described.path().as_str())
        }
    });
    Service { name, operations: operations.collect() }
}

/// The query parameters that hold keys by the operation's security, or secrets by their schemas.
fn secret_query(operation: openapi::Operation<'_>) -> Vec<String> {
    let mut unheard = Diagnostics::new();
    let requirements = operation.security(&mut unheard);
    let schemes =
        requirements.iter().flat_map(|requirement| &requirement.schemes).filter_map(|one| one.scheme.as_ref());
    let keys = schemes.filter_map(|scheme| match scheme.kind {
        openapi::SchemeKind::ApiKey { name, location: openapi::Location::Query } => Some(name.to_owned()),
        _ => None,
    });
    let mut found: Vec<String> = keys.collect();
    for parameter in operation.parameters(&mut unheard) {
        let secret = parameter.schema().is_some_and(|schema| schema.is_sensitive());
        if parameter.location == openapi::Location::Query && secret {
            found.push(parameter.name.to_owned());
        }
    }
    found
}

fn names(content: &[Content<'_>]) -> Vec<String> {
    content.iter().map(|content| content.media_type.to_owned()).collect()
}

/// A required parameter that can have one value only.
fn fixed(parameter: &Parameter<'_>) -> Option<FixedParameter> {
    let location = match parameter.location {
        openapi::Location::Header => Location::Header,
        openapi::Location::Query => Location::Query,
        _ => return None,
    };
    if !parameter.required {
        return None;
    }
    let values = parameter.schema()?.values();
    let [value] = values.as_slice() else { return None };
    Some(FixedParameter { location, name: parameter.name.to_owned(), value: value.as_text()?.to_owned() })
}

/// The paths of an operation's servers; `/` where a server has none.
fn base_paths(operation: openapi::Operation<'_>) -> Vec<String> {
    let servers = operation.servers(&mut Diagnostics::new());
    // a variable without a value can only stand in the host, or no caller could reach the server either
    let urls = servers.iter().filter_map(|server| server.expand(|_| None).ok());
    urls.map(|url| path_of(&url).to_owned()).collect()
}

fn path_of(url: &str) -> &str {
    let after_scheme = url.split_once("://").map(|(_, rest)| rest).or_else(|| url.strip_prefix("//"));
    let path = match after_scheme {
        Some(rest) => rest.find('/').map_or("/", |at| &rest[at..]),
        None if url.starts_with('/') => url,
        None => "/",
    };
    path.split(['?', '#']).next().unwrap_or(path)
}

/// The answers of one operation, looked up and made up when they are first asked for.
#[derive(Debug)]
struct Described {
    description: Arc<Description>,
    index: usize,
    /// By status and an example's name, of which a scenario has so many; `None` where the description has none.
    known: Mutex<HashMap<Asked, Option<Arc<Answers>>>>,
}

/// A status, and an example's name.
type Asked = (Option<u16>, Option<String>);

/// What is answered, in each media type.
#[derive(Debug)]
struct Answers {
    status: u16,
    headers: Vec<(String, String)>,
    bodies: Vec<(String, Option<Value>)>,
}

impl Described {
    fn new(description: Arc<Description>, index: usize) -> Described {
        Described { description, index, known: Mutex::default() }
    }

    fn answers(&self, status: Option<u16>, name: Option<&str>) -> Option<Arc<Answers>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = (status, name.map(str::to_owned));
        known.entry(asked).or_insert_with(|| self.look_up(status, name).map(Arc::new)).clone()
    }

    fn look_up(&self, status: Option<u16>, name: Option<&str>) -> Option<Answers> {
        let operation = self.description.operations().nth(self.index)?;
        let responses = operation.responses(&mut Diagnostics::new());
        let response = match status {
            Some(status) => responses.for_status(status)?,
            None => responses.success()?,
        };
        let given = match response.status {
            StatusPattern::Code(code) => code,
            StatusPattern::Class(class) => class * 100,
            StatusPattern::Default => 200,
        };
        let value = |content: &Content<'_>| match name {
            Some(name) => Some(Some(named(content, name)?)),
            None => Some(content.example_value(Direction::Response)),
        };
        let bodies = response.content.iter();
        let bodies = bodies.filter_map(|content| Some((content.media_type.to_owned(), value(content)?))).collect();
        let headers = response.headers.iter().filter_map(header).collect();
        Some(Answers { status: status.unwrap_or(given), headers, bodies })
    }
}

impl Examples for Described {
    fn example(&self, status: Option<u16>, name: Option<&str>, accept: &str) -> Option<Example> {
        let answers = self.answers(status, name)?;
        let chosen = media::choose(accept, &answers.bodies, |(media_type, value)| (media_type, value.as_ref()));
        if name.is_some() && chosen.is_none() {
            return None;
        }
        let (media_type, body) = chosen.filter(|_| !is_empty(answers.status)).cloned().unzip();
        Some(Example { status: answers.status, headers: answers.headers.clone(), media_type, body: body.flatten() })
    }

    fn xml_shape(&self, status: u16) -> XmlShape {
        let Some(operation) = self.description.operations().nth(self.index) else { return XmlShape::default() };
        let responses = operation.responses(&mut Diagnostics::new());
        let is_xml = |content: &&Content<'_>| content.parsed().is_some_and(|media_type| media_type.is_xml());
        let content = responses.for_status(status).and_then(|response| response.content.iter().find(is_xml));
        content.and_then(Content::schema).map(|schema| XmlShape::of(&schema)).unwrap_or_default()
    }
}

/// Whether answers of a status never have a body.
fn is_empty(status: u16) -> bool {
    matches!(status, 204 | 205 | 304)
}

fn named(content: &Content<'_>, name: &str) -> Option<Value> {
    let examples = content.examples();
    content.value_of(examples.iter().find(|example| example.name == Some(name))?)
}

/// A header field that has an example or is required; to make up any other from its schema would mislead.
fn header(header: &Parameter<'_>) -> Option<(String, String)> {
    let owned = ["content-type", "content-length", "transfer-encoding", "connection", "date"];
    if owned.iter().any(|name| header.name.eq_ignore_ascii_case(name)) {
        return None;
    }
    let of_schema = || header.schema()?.keyword("example")?.as_text().map(str::to_owned);
    let of_header = header.examples().into_iter().find_map(|example| match example.value {
        ExampleValue::Data(place) => place.as_text().map(str::to_owned),
        ExampleValue::Serialized(text) => Some(text.to_owned()),
        ExampleValue::External(_) => None,
    });
    let made_up = || {
        let value = openapi::example_value(&header.schema()?, Direction::Response);
        Some(value.to_text().into_owned()).filter(|_| !value.is_structure())
    };
    let value = of_header.or_else(of_schema).or_else(|| made_up().filter(|_| header.required))?;
    hyper::header::HeaderValue::try_from(&value).is_ok().then(|| (header.name.to_owned(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_path_is_what_follows_the_authority() {
        for (url, path) in [
            ("https://api.example.com", "/"),
            ("https://api.example.com/v1/", "/v1/"),
            ("//api.example.com/v1?x#y", "/v1"),
            ("/v2", "/v2"),
            ("v2", "/"),
            ("", "/"),
        ] {
            assert_eq!(path_of(url), path, "{url}");
        }
    }
}
