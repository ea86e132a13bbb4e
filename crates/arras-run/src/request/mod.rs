//! Building a request from an operation, a step's parameters and its body.

mod base64;
mod body;
mod encode;
mod form;
mod multipart;
mod replace;
mod statics;
mod style;
mod url;

use std::borrow::Cow;

use arras_doc::diagnostic::Diagnostics;
use arras_doc::expression::{Expression, Template};
use arras_doc::media_type::MediaType;
use arras_doc::openapi::Location;
use arras_doc::value::Value;

use crate::exchange::Request;
use crate::fault::{Fault, FaultKind, Phase};
use crate::file::Files;
use crate::payload::Payload;
use crate::plan::{CredentialForm, Declared, Operation, Parameter, Step};
use crate::resolve::{Resolve, Structure};
use crate::secret::{base64, in_headers};
use crate::template::{self, Embedding, Outcome};

pub(crate) use body::default_type;
pub(crate) use statics::{inexpressible, is_constant};

use url::{fixed_query, placeholder};

/// A request and what was to be noted while it was built.
#[derive(Clone, Debug)]
pub struct Built {
    /// The request.
    pub request: Request,
    /// Tolerances that applied, one phrase each.
    pub notes: Vec<String>,
    /// Parameters and members of the payload that were left out because they have no value, one phrase each.
    pub omitted: Vec<String>,
    /// The expressions that have no value.
    pub absent: Vec<String>,
    /// The credentials in it that the document gives, which nothing may show.
    pub secrets: Vec<String>,
}

impl Built {
    /// Whether there is nothing to say of it, and nothing in it to hide.
    pub(crate) fn is_unremarkable(&self) -> bool {
        let Built { request: _, notes, omitted, absent, secrets } = self;
        [notes, omitted, absent, secrets].iter().all(|list| list.is_empty())
    }
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
    let scope: &dyn Resolve = &WithFiles { scope, files: context.files };
    let mut parts = Parts::default();
    for parameter in &step.parameters {
        parts.add(operation, parameter, scope, context)?;
    }
    if let Some(missing) = operation.declared.iter().find(|declared| declared.required && !parts.has(declared)) {
        return Err(missing_parameter(&missing.name, missing.location));
    }
    let body = body::build(operation, step.body.as_deref(), scope, context, &mut parts)?;
    let url = parts.url(operation)?;
    let headers = headers(operation, &mut parts, body.content_type)?;
    let request = Request {
        method: operation.method.to_string(),
        url,
        headers,
        body: body.body,
        path: parts.path,
        query: fixed_query(operation).chain(parts.query).collect(),
    };
    let (notes, omitted, absent, mut secrets) = (parts.notes, parts.omitted, parts.absent, parts.secrets);
    secrets.extend(in_headers(&request.headers));
    Ok(Built { request, notes, omitted, absent, secrets })
}

/// What expressions see, and which of the values are files.
struct WithFiles<'s> {
    scope: &'s dyn Resolve,
    files: &'s Files,
}

impl Resolve for WithFiles<'_> {
    fn resolve(&self, expression: &Expression) -> Option<Cow<'_, Value>> {
        self.scope.resolve(expression)
    }

    fn structure(&self, expression: &Expression) -> Structure<'_> {
        self.scope.structure(expression)
    }

    fn file_in(&self, value: &Value) -> Option<String> {
        self.files.inside(value).map(str::to_owned)
    }
}

/// A body ready to be sent.
struct Encoded {
    content_type: Option<String>,
    body: Payload,
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
    omitted: Vec<String>,
    absent: Vec<String>,
    secrets: Vec<String>,
}

impl Parts {
    /// The value of a template, `None` for none; what is to be noted is kept.
    ///
    /// # Errors
    /// If a selector in it can't be evaluated; `what` names the template's place.
    fn evaluate(
        &mut self,
        template: &Template,
        scope: &dyn Resolve,
        embedding: Embedding,
        what: impl Fn() -> String,
    ) -> Result<Option<Value>, Fault> {
        let evaluated = template::evaluate(template, scope, embedding);
        no_failure(&evaluated, what)?;
        if let Some(name) = &evaluated.embedded_file {
            return Err(file_in_text(name));
        }
        self.notes.extend(evaluated.notes);
        self.omitted.extend(evaluated.omitted);
        self.absent.extend(evaluated.absent.iter().map(|expression| expression.text.to_string()));
        Ok(evaluated.value)
    }

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
        let embedding = body::embedding(media_type.as_ref(), None);
        let what = || format!("{} parameter `{name}`", location.as_str());
        let before = self.absent.len();
        let value = self.evaluate(&parameter.value, scope, embedding, what)?;
        if parameter.credential.is_some()
            && let Some(absent) = self.absent.get(before)
        {
            return Err(Fault::missing_value(absent));
        }
        let Some(value) = value else {
            if location == Location::Path || declared.is_some_and(|declared| declared.required) {
                return Err(missing_parameter(name, location));
            }
            self.omitted.push(format!("{} parameter `{name}` was left out: it has no value", location.as_str()));
            return Ok(());
        };
        if let Some(file) = context.files.inside(&value) {
            let message =
                format!("{} parameter `{name}` can't be the file `{file}`: only a body can", location.as_str());
            return Err(invalid(message));
        }
        let read = parameter.scalar.and_then(|scalar| scalar.read(value.as_str()?));
        let value = match parameter.credential {
            Some(form) => Value::from(self.credential(form, &value)?),
            None => read.unwrap_or(value),
        };
        // what is written by a media type is one text from here on
        let written = match &media_type {
            None => None,
            Some(media_type) => {
                let described = operation.described.operation().map(|it| it.parameters(&mut Diagnostics::new()));
                let described =
                    described.iter().flatten().find(|it| it.location == location && is_named(it.name, name, location));
                let content = described.and_then(|parameter| parameter.content.as_ref());
                let is_written = template::is_json_text(&parameter.value);
                let texts = if is_written { body::Texts::Json } else { body::Texts::Values };
                Some(body::text(&value, texts, media_type, content, context)?)
            }
        };
        let spelled = match &written {
            Some(written) => Some(Value::from(written.as_str())),
            None => declared.and_then(|declared| style::flattened(&value, &declared.inner_formats)),
        };
        let by_content = declared.filter(|_| written.is_some()).map(Declared::by_content);
        let declared = by_content.as_ref().or(declared);
        let spelled = spelled.as_ref().unwrap_or(&value);
        if let Some(declared) = declared
            && style::is_undefined_for(spelled, declared)
        {
            let what = if spelled.as_array().is_some() { "an array" } else { "a nested value" };
            self.notes.push(format!(
                "the style `deepObject` of {} parameter `{name}` is not defined for {what}",
                location.as_str()
            ));
        }
        match location {
            Location::Path => {
                let placeholder = placeholder(operation, name);
                let is_greedy = placeholder.ends_with("+}") && !spelled.is_structure();
                let text = match is_greedy {
                    true => spelled.to_text().split('/').map(encode::component).collect::<Vec<_>>().join("/"),
                    false => style::path(name, spelled, declared),
                };
                return self.add_path(name, placeholder, text, value);
            }
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

    /// A credential as it is sent.
    fn credential(&mut self, form: CredentialForm, value: &Value) -> Result<String, Fault> {
        if value.is_structure() {
            return Err(invalid("a value of `x-security` is no text".to_owned()));
        }
        let text = value.to_text().into_owned();
        let secret =
            if form == CredentialForm::Basic { text.split_once(':').map_or("", |(_, secret)| secret) } else { &text };
        self.secrets.extend([secret.to_owned(), text.clone()]);
        Ok(match form {
            CredentialForm::Key => text,
            CredentialForm::Bearer if text.get(..7).is_some_and(|word| word.eq_ignore_ascii_case("bearer ")) => text,
            CredentialForm::Bearer => format!("Bearer {text}"),
            CredentialForm::Basic => format!("Basic {}", base64(text.as_bytes())),
        })
    }

    fn add_path(&mut self, name: &str, placeholder: String, text: String, value: Value) -> Result<(), Fault> {
        if text.is_empty() {
            return Err(invalid(format!("path parameter `{name}` is empty")));
        }
        self.path_segments.push((placeholder, text));
        self.path.push((name.to_owned(), value));
        Ok(())
    }

    fn add_header(&mut self, name: &str, text: String) -> Result<(), Fault> {
        const OWN: [&str; 3] = ["host", "transfer-encoding", "connection"];
        // descriptions declare it, so documents give it; what is sent is the length that the body has
        if name.eq_ignore_ascii_case("content-length") {
            self.notes.push(format!("header parameter `{name}` was left out: it is always the length of the body"));
            return Ok(());
        }
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

    /// The content type that a header parameter gives.
    fn content_type(&self) -> Option<&str> {
        self.headers.iter().find(|(name, _)| is_content_type(name)).map(|(_, value)| value.as_str())
    }

    fn has(&self, declared: &Declared) -> bool {
        let name = &declared.name;
        match declared.location {
            Location::Path => self.path.iter().any(|(given, _)| given == name),
            Location::Query | Location::Querystring => self.query.iter().any(|(given, _)| given == name),
            // these are the description's way to declare what other parts of the request set
            Location::Header
                if ["accept", "content-type", "content-length", "authorization"]
                    .contains(&name.to_ascii_lowercase().as_str()) =>
            {
                true
            }
            Location::Header => self.headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name)),
            Location::Cookie => self.given_cookies.contains(name),
        }
    }
}

fn headers(
    operation: &Operation,
    parts: &mut Parts,
    content_type: Option<String>,
) -> Result<Vec<(String, String)>, Fault> {
    let mut headers = std::mem::take(&mut parts.headers);
    if let Some(content_type) = content_type {
        match headers.iter_mut().find(|(name, _)| is_content_type(name)) {
            // the body was written by what the parameter says; what it says may lack a boundary
            Some((_, given)) => *given = content_type,
            None => headers.push(("Content-Type".into(), content_type)),
        }
    }
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("accept")) {
        headers.push(("Accept".into(), operation.accept.clone().unwrap_or_else(|| "*/*".into())));
    }
    if !parts.cookies.is_empty() {
        let cookies = parts.cookies.join("; ");
        // one field has them all (RFC 6265 §5.4)
        match headers.iter_mut().find(|(name, _)| name.eq_ignore_ascii_case("cookie")) {
            Some((_, given)) => *given = format!("{given}; {cookies}"),
            None => headers.push(("Cookie".into(), cookies)),
        }
    }
    Ok(headers)
}

fn is_content_type(name: &str) -> bool {
    name.eq_ignore_ascii_case("content-type")
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

/// A selector that can't be evaluated keeps the request from being built.
fn no_failure(evaluated: &Outcome, what: impl Fn() -> String) -> Result<(), Fault> {
    let Some(failure) = evaluated.failures.first() else { return Ok(()) };
    let message = format!("{} can't be evaluated: {}", what(), failure.message);
    Err(Fault::new(FaultKind::MissingValue, Phase::Build, message))
}

fn same(declared: &Declared, name: &str, location: Location) -> bool {
    declared.location == location && is_named(&declared.name, name, location)
}

fn is_named(declared: &str, name: &str, location: Location) -> bool {
    if location == Location::Header { declared.eq_ignore_ascii_case(name) } else { declared == name }
}

fn file_in_text(name: &str) -> Fault {
    invalid(format!("the file `{name}` can't be part of a text: a whole body, a field or a JSON value can be one"))
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
