//! Building a request from an operation, a step's parameters and its body.

mod body;
mod encode;
mod replace;
mod style;

use arras_doc::openapi::Location;
use arras_doc::value::Value;
use bytes::Bytes;

use crate::exchange::Request;
use crate::fault::{Fault, FaultKind, Phase};
use crate::plan::{Declared, Operation, Parameter, Step};
use crate::resolve::Resolve;
use crate::template::{self, Embedding};

/// A request and what was to be noted while it was built.
#[derive(Clone, Debug)]
pub struct Built {
    /// The request.
    pub request: Request,
    /// Tolerances that applied, one phrase each.
    pub notes: Vec<String>,
    /// Members of the payload that were left out because they have no value, one phrase each.
    pub omitted: Vec<String>,
}

/// Builds the request of a step that calls `operation`.
///
/// # Errors
/// A required parameter without a value, a value that its place can't hold, or a body that its media type can't express.
pub fn build(operation: &Operation, step: &Step, scope: &dyn Resolve) -> Result<Built, Fault> {
    let mut parts = Parts::default();
    for parameter in &step.parameters {
        parts.add(operation, parameter, scope)?;
    }
    if let Some(missing) = operation.declared.iter().find(|declared| declared.required && !parts.has(declared)) {
        return Err(missing_parameter(&missing.name, missing.location));
    }
    let body = body::build(operation, step.body.as_ref(), scope, &mut parts.notes)?;
    let url = parts.url(operation)?;
    let headers = headers(operation, &mut parts, body.content_type)?;
    let request = Request {
        method: operation.method.clone(),
        url,
        headers,
        body: body.bytes,
        path: parts.path,
        query: parts.query,
    };
    Ok(Built { request, notes: parts.notes, omitted: body.omitted })
}

/// A body ready to be sent.
struct Encoded {
    content_type: Option<String>,
    bytes: Bytes,
    omitted: Vec<String>,
}

#[derive(Default)]
struct Parts {
    path: Vec<(String, Value)>,
    path_segments: Vec<(String, String)>,
    query: Vec<(String, Value)>,
    query_pairs: Vec<String>,
    headers: Vec<(String, String)>,
    cookies: Vec<String>,
    notes: Vec<String>,
}

impl Parts {
    /// Evaluates one parameter and writes it to its place; without a value it is left out (ARZ-PARAM-18).
    fn add(&mut self, operation: &Operation, parameter: &Parameter, scope: &dyn Resolve) -> Result<(), Fault> {
        let location = parameter.location.unwrap_or(Location::Query);
        let declared = operation.declared.iter().find(|declared| same(declared, &parameter.name, location));
        let embedding = if location == Location::Querystring { Embedding::Form } else { Embedding::Text };
        let evaluated = template::evaluate(&parameter.value, scope, embedding);
        self.notes.extend(evaluated.notes);
        let Some(value) = evaluated.value else {
            let required = location == Location::Path || declared.is_some_and(|declared| declared.required);
            return if required { Err(missing_parameter(&parameter.name, location)) } else { Ok(()) };
        };
        match location {
            Location::Path => self.add_path(&parameter.name, value, declared),
            Location::Query => {
                self.query_pairs.extend(style::query(&parameter.name, &value, declared));
                self.query.push((parameter.name.clone(), value));
                Ok(())
            }
            Location::Header => self.add_header(&parameter.name, &value, declared),
            Location::Cookie => {
                self.cookies.extend(style::cookie(&parameter.name, &value, declared));
                Ok(())
            }
            Location::Querystring => {
                self.query_pairs.push(value.to_text().into_owned());
                self.query.push((parameter.name.clone(), value));
                Ok(())
            }
        }
    }

    fn add_path(&mut self, name: &str, value: Value, declared: Option<&Declared>) -> Result<(), Fault> {
        let text = style::path(name, &value, declared);
        // URL libraries resolve such segments away, even percent-encoded ones: another path would be requested
        if matches!(text.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..") {
            return Err(invalid(format!("path parameter `{name}` would make the segment `{text}`")));
        }
        if text.is_empty() {
            return Err(invalid(format!("path parameter `{name}` is empty")));
        }
        self.path_segments.push((format!("{{{name}}}"), text));
        self.path.push((name.to_owned(), value));
        Ok(())
    }

    fn add_header(&mut self, name: &str, value: &Value, declared: Option<&Declared>) -> Result<(), Fault> {
        const OWN: [&str; 4] = ["host", "content-length", "transfer-encoding", "connection"];
        if OWN.iter().any(|own| name.eq_ignore_ascii_case(own)) {
            return Err(invalid(format!("a step may not set the header `{name}`")));
        }
        if !encode::is_token(name) {
            return Err(invalid(format!("`{}` is no name of a header", name.escape_debug())));
        }
        let text = style::header(value, declared);
        if text.bytes().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
            return Err(invalid(format!("the value of header `{name}` has a line break or a NUL")));
        }
        self.headers.push((name.to_owned(), text));
        Ok(())
    }

    fn has(&self, declared: &Declared) -> bool {
        let name = &declared.name;
        match declared.location {
            Location::Path => self.path.iter().any(|(given, _)| given == name),
            Location::Query | Location::Querystring => self.query.iter().any(|(given, _)| given == name),
            // these three are the description's way to declare what other parts of the request set
            Location::Header
                if ["accept", "content-type", "authorization"].contains(&name.to_ascii_lowercase().as_str()) =>
            {
                true
            }
            Location::Header => self.headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name)),
            Location::Cookie => self.cookies.iter().any(|pair| pair.split('=').next() == Some(name)),
        }
    }

    fn url(&self, operation: &Operation) -> Result<String, Fault> {
        let mut path = operation.path.clone();
        for (placeholder, text) in &self.path_segments {
            path = path.replace(placeholder.as_str(), text);
        }
        if let Some(start) = path.find('{') {
            let name = path[start + 1..].split('}').next().unwrap_or_default();
            return Err(missing_parameter(name, Location::Path));
        }
        let separator = if path.starts_with('/') || path.is_empty() { "" } else { "/" };
        let base = operation.base.trim_end_matches('/');
        let mut url = format!("{base}{separator}{}", encode::keep_path(&path));
        let pairs = operation.fixed_query.iter().chain(&self.query_pairs).map(String::as_str);
        let query = pairs.filter(|pair| !pair.is_empty()).collect::<Vec<_>>().join("&");
        if !query.is_empty() {
            url.push('?');
            url.push_str(&query);
        }
        Ok(url)
    }
}

fn headers(
    operation: &Operation,
    parts: &mut Parts,
    content_type: Option<String>,
) -> Result<Vec<(String, String)>, Fault> {
    let mut headers = std::mem::take(&mut parts.headers);
    let has =
        |headers: &[(String, String)], name: &str| headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name));
    if let Some(content_type) = content_type
        && !has(&headers, "content-type")
    {
        headers.push(("Content-Type".into(), content_type));
    }
    if !has(&headers, "accept") {
        headers.push(("Accept".into(), operation.accept.clone().unwrap_or_else(|| "*/*".into())));
    }
    if !parts.cookies.is_empty() {
        let cookies = parts.cookies.join("; ");
        if cookies.bytes().any(|byte| byte < b' ') {
            return Err(invalid("a cookie's value has a control character".to_owned()));
        }
        headers.push(("Cookie".into(), cookies));
    }
    Ok(headers)
}

fn same(declared: &Declared, name: &str, location: Location) -> bool {
    declared.location == location
        && if location == Location::Header { declared.name.eq_ignore_ascii_case(name) } else { declared.name == name }
}

fn missing_parameter(name: &str, location: Location) -> Fault {
    let message = format!("required {} parameter `{name}` has no value", location.as_str());
    Fault::new(FaultKind::MissingParameter, Phase::Build, message)
}

fn invalid(message: String) -> Fault {
    Fault::new(FaultKind::InvalidRequest, Phase::Build, message)
}
