//! Building a request from an operation, a step's parameters and its body.

mod body;
mod encode;
mod form;
mod multipart;
mod replace;
mod statics;
mod style;
mod xml;

use arras_doc::diagnostic::Diagnostics;
use arras_doc::media_type::MediaType;
use arras_doc::openapi::Location;
use arras_doc::value::Value;
use bytes::Bytes;

use crate::exchange::Request;
use crate::fault::{Fault, FaultKind, Phase};
use crate::file::Files;
use crate::plan::{Declared, Operation, Parameter, Step};
use crate::resolve::Resolve;
use crate::template;

pub(crate) use statics::inexpressible;

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

/// What a request is built with beside the values that expressions see.
#[derive(Clone, Copy, Debug)]
pub struct Context<'c> {
    /// The files that inputs stand for.
    pub files: &'c Files,
    /// Names the attempt; what tells the parts of a multipart body apart is made from it.
    pub effect: &'c str,
}

/// Builds the request of a step that calls `operation`.
///
/// # Errors
/// A required parameter without a value, a value that its place can't hold, or a body that its media type can't express.
pub fn build(operation: &Operation, step: &Step, scope: &dyn Resolve, context: Context<'_>) -> Result<Built, Fault> {
    let mut parts = Parts::default();
    for parameter in &step.parameters {
        parts.add(operation, parameter, scope, context)?;
    }
    if let Some(missing) = operation.declared.iter().find(|declared| declared.required && !parts.has(declared)) {
        return Err(missing_parameter(&missing.name, missing.location));
    }
    let body = body::build(operation, step.body.as_ref(), scope, context, &mut parts.notes)?;
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
    given_cookies: Vec<String>,
    notes: Vec<String>,
}

impl Parts {
    /// Evaluates one parameter and writes it to its place; without a value it is left out (ARZ-PARAM-18).
    fn add(
        &mut self,
        operation: &Operation,
        parameter: &Parameter,
        scope: &dyn Resolve,
        context: Context<'_>,
    ) -> Result<(), Fault> {
        let (name, location) = (&parameter.name, parameter.location.unwrap_or(Location::Query));
        let declared = operation.declared.iter().find(|declared| same(declared, name, location));
        let media_type = media_type(location, declared)?;
        let evaluated = template::evaluate(&parameter.value, scope, body::embedding(media_type.as_ref()));
        self.notes.extend(evaluated.notes);
        let Some(value) = evaluated.value else {
            let required = location == Location::Path || declared.is_some_and(|declared| declared.required);
            return if required { Err(missing_parameter(name, location)) } else { Ok(()) };
        };
        if let Some(file) = context.files.inside(&value) {
            let message = format!("{} parameter `{name}` can't be the file `{file}`: only a body can", location.as_str());
            return Err(invalid(message));
        }
        // what is written by a media type is one text from here on
        let written = match &media_type {
            None => None,
            Some(media_type) => {
                let described = operation.described.operation().map(|it| it.parameters(&mut Diagnostics::new()));
                let described = described.iter().flatten().find(|it| it.location == location && it.name == *name);
                let content = described.and_then(|parameter| parameter.content.as_ref());
                Some(body::text(&value, media_type, content, context)?)
            }
        };
        let spelled = written.as_deref().map(Value::from);
        let (spelled, declared) = match &spelled {
            Some(spelled) => (spelled, declared.map(Declared::by_content)),
            None => (&value, declared.cloned()),
        };
        let declared = declared.as_ref();
        match location {
            Location::Path => return self.add_path(name, style::path(name, spelled, declared), value),
            Location::Query => {
                self.query_pairs.extend(joined(style::query(name, spelled, declared)));
                self.query.push((name.clone(), value));
            }
            Location::Querystring => {
                let text = spelled.to_text();
                let is_form = media_type.as_ref().is_some_and(MediaType::is_form);
                self.query_pairs.push(if is_form { encode::keep_query(&text) } else { encode::component(&text) });
                self.query.push((name.clone(), value));
            }
            Location::Header => return self.add_header(name, style::header(spelled, declared)),
            Location::Cookie => {
                self.given_cookies.push(name.clone());
                return self.add_cookies(style::cookie(name, spelled, declared));
            }
        }
        Ok(())
    }

    /// Cookies share one field (ARZ-PARAM-12), in which a semicolon would begin another.
    fn add_cookies(&mut self, pairs: style::Pairs) -> Result<(), Fault> {
        for (name, value) in pairs {
            if !encode::is_token(&name) {
                return Err(invalid(format!("`{}` is no name of a cookie", name.escape_debug())));
            }
            if value.bytes().any(|byte| byte == b';' || byte < b' ' || byte == 0x7F) {
                let message = format!("the value of cookie `{name}` has a semicolon or a control character");
                return Err(invalid(message));
            }
            self.cookies.push(format!("{name}={value}"));
        }
        Ok(())
    }

    fn add_path(&mut self, name: &str, text: String, value: Value) -> Result<(), Fault> {
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

    fn add_header(&mut self, name: &str, text: String) -> Result<(), Fault> {
        const OWN: [&str; 4] = ["host", "content-length", "transfer-encoding", "connection"];
        if OWN.iter().any(|own| name.eq_ignore_ascii_case(own)) {
            return Err(invalid(format!("a step may not set the header `{name}`")));
        }
        if !encode::is_token(name) {
            return Err(invalid(format!("`{}` is no name of a header", name.escape_debug())));
        }
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
            Location::Cookie => self.given_cookies.contains(name),
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
        headers.push(("Cookie".into(), parts.cookies.join("; ")));
    }
    Ok(headers)
}

/// By which media type a parameter is written, if not by a style; a whole query is a form unless the description says else.
fn media_type(location: Location, declared: Option<&Declared>) -> Result<Option<MediaType>, Fault> {
    const FORM: &str = "application/x-www-form-urlencoded";
    let named = declared.and_then(|declared| declared.content.as_deref());
    let named = if location == Location::Querystring { named.or(Some(FORM)) } else { named };
    let Some(named) = named else { return Ok(None) };
    MediaType::parse(named).map(Some).ok_or_else(|| invalid(format!("`{named}` is no media type")))
}

fn joined(pairs: style::Pairs) -> impl Iterator<Item = String> {
    pairs.into_iter().map(|(name, value)| format!("{name}={value}"))
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

#[cfg(test)]
pub(crate) mod tests;
