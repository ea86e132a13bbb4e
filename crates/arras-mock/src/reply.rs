//! Answers: status, header fields and bytes, made from a script, an example or an error.

use arras_doc::media_type::MediaType;
use arras_doc::value::Value;
use bytes::Bytes;

use crate::contract::{Violation, ViolationPlace};
use crate::media::{self, concrete};
use crate::protocol::{ErrorReply, Protocol};
use crate::request::Received;
use crate::scenario::{Answer, Body, Filling};
use crate::service::{Example, Operation};
use crate::sigv4::Rejection;

/// An answer as it is sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
    /// The body before it was written, for those who look into it.
    pub(crate) value: Option<Value>,
}

impl Reply {
    /// A JSON body.
    pub(crate) fn json(status: u16, media_type: &str, value: Value) -> Reply {
        let headers = vec![("content-type".to_owned(), media_type.to_owned())];
        Reply { status, headers, body: Bytes::from(value.to_json()), value: Some(value) }
    }

    /// An XML body; `text` is the root element.
    pub(crate) fn xml(status: u16, text: &str) -> Reply {
        let headers = vec![("content-type".to_owned(), "text/xml".to_owned())];
        let body = Bytes::from(format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{text}"));
        Reply { status, headers, body, value: None }
    }

    /// With one more field.
    pub(crate) fn with_header(mut self, name: &str, value: &str) -> Reply {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    fn set_default_header(&mut self, name: &str, value: &str) {
        if !self.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
            self.headers.push((name.to_owned(), value.to_owned()));
        }
    }

    #[cfg(test)]
    pub(crate) fn body_text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// What answers to one request are made from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rendering<'a> {
    pub(crate) operation: &'a Operation,
    pub(crate) request: &'a Received,
}

impl Rendering<'_> {
    /// A scripted answer.
    pub(crate) fn answer(self, answer: &Answer, filling: &mut Filling<'_>) -> Reply {
        let mut reply = match &answer.body {
            Body::Example(name) => self.example(answer.status, name.as_deref()),
            Body::Value(template) => {
                let value = template.fill(filling).unwrap_or_default();
                let given = answer.content_type.clone().or_else(|| given_type(answer, filling));
                let media_type = given.unwrap_or_else(|| self.media_type(&value));
                self.written(answer.status.unwrap_or(200), &media_type, value)
            }
            Body::Text(text) => {
                let text = text.fill(filling);
                let media_type = self.operation.response_media.first().map_or("text/plain", String::as_str);
                let headers = vec![("content-type".to_owned(), concrete(media_type).to_owned())];
                let value = Some(Value::from(text.as_str()));
                Reply { status: answer.status.unwrap_or(200), headers, body: Bytes::from(text), value }
            }
            Body::Error(error) => {
                let message = error.message.fill(filling);
                self.error(answer.status.unwrap_or(400), &error.code, &message)
            }
        };
        for (name, text) in &answer.headers {
            reply.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
            reply.headers.push((name.clone(), text.fill(filling)));
        }
        if let Some(media_type) = &answer.content_type {
            reply.headers.retain(|(known, _)| !known.eq_ignore_ascii_case("content-type"));
            reply.headers.push(("content-type".to_owned(), media_type.clone()));
        }
        self.with_request_id(reply)
    }

    /// The description's example; an empty answer where it has none.
    pub(crate) fn example(self, status: Option<u16>, name: Option<&str>) -> Reply {
        let example = self.operation.examples.example(status, name, &self.request.accept());
        let Example { status, headers, media_type, body } =
            example.unwrap_or_else(|| Example { status: status.unwrap_or(200), ..Example::default() });
        let mut reply = match body {
            Some(value) => {
                let media_type = media_type.unwrap_or_else(|| self.media_type(&value));
                self.written(status, concrete(&media_type), value)
            }
            None => Reply { status, ..Reply::default() },
        };
        reply.headers.extend(headers);
        self.with_request_id(reply)
    }

    /// An error in the operation's shape.
    pub(crate) fn error(self, status: u16, code: &str, message: &str) -> Reply {
        let mut reply =
            Protocol::of(self.operation).error(ErrorReply { status, code, message }, &request_id(self.request));
        let spoken = self.request.header("content-type").filter(|it| it.starts_with("application/x-amz-json-"));
        if let (Protocol::AwsJson, Some(spoken)) = (Protocol::of(self.operation), spoken) {
            reply.headers.retain(|(name, _)| name != "content-type");
            reply.headers.push(("content-type".to_owned(), spoken.to_owned()));
        }
        reply
    }

    /// A refused signature.
    pub(crate) fn rejected(self, rejection: &Rejection) -> Reply {
        let (status, code) = Protocol::of(self.operation).rejection(rejection.kind);
        self.error(status, code, &rejection.message)
    }

    /// A request that does not meet its description: each violation with its place.
    pub(crate) fn invalid(self, violations: &[Violation]) -> Reply {
        let protocol = Protocol::of(self.operation);
        let (status, code) = protocol.invalid(violations);
        let told: Vec<String> = violations.iter().map(ToString::to_string).collect();
        let errors = if told.len() == 1 { "error" } else { "errors" };
        let message = format!("{} validation {errors} detected: {}", told.len(), told.join("; "));
        let reply = self.error(status, code, &message);
        match reply.value {
            Some(Value::Object(mut members)) if protocol == Protocol::Problem => {
                members.insert("errors".to_owned(), violations.iter().map(problem).collect::<Vec<_>>().into());
                Reply::json(status, "application/problem+json", Value::Object(members))
            }
            value => Reply { value, ..reply },
        }
    }

    /// A request that chaos throttled.
    pub(crate) fn throttled(self) -> Reply {
        let (status, code) = Protocol::of(self.operation).throttled();
        self.error(status, code, "Rate exceeded")
    }

    /// A request that chaos made fail.
    pub(crate) fn failed(self) -> Reply {
        let (status, code) = Protocol::of(self.operation).failed();
        self.error(status, code, "An internal error occurred")
    }

    /// A key that does not exist.
    pub(crate) fn not_found(self, key: Option<&str>) -> Reply {
        let (status, code) = Protocol::of(self.operation).not_found();
        let message = key.map_or_else(|| "nothing is named".to_owned(), |key| format!("`{key}` does not exist"));
        self.error(status, code, &message)
    }

    /// A scenario without an answer left: a mistake in the scenario, so not in the operation's shape.
    pub(crate) fn exhausted(self, calls: u64) -> Reply {
        let message = format!("the scenario has no answer for call {calls} of `{}`", self.operation.id);
        let error = ErrorReply { status: 500, code: "No answer left", message: &message };
        Protocol::Problem.error(error, "")
    }

    fn written(self, status: u16, media_type: &str, value: Value) -> Reply {
        let parsed = MediaType::parse(media_type);
        let is_json = parsed.as_ref().is_none_or(MediaType::is_json);
        let text = match &value {
            value if is_json => value.to_json(),
            Value::String(text) => text.clone(),
            value if parsed.as_ref().is_some_and(MediaType::is_xml) => {
                match self.operation.examples.xml_shape(status).write(value, Some("Response")) {
                    Ok(text) => text,
                    Err(why) => return unwritable(media_type, &why),
                }
            }
            value => value.to_json(),
        };
        let headers = vec![("content-type".to_owned(), media_type.to_owned())];
        Reply { status, headers, body: Bytes::from(text), value: Some(value) }
    }

    /// The media type of a value: of those that the operation answers with, the one that the request likes best.
    fn media_type(self, value: &Value) -> String {
        let offers = &self.operation.response_media;
        if let Some(name) = media::choose(&self.request.accept(), offers, |name| (name, Some(value))) {
            return concrete(name).to_owned();
        }
        let spoken = self.request.header("content-type").filter(|it| it.starts_with("application/x-amz-json-"));
        match (Protocol::of(self.operation), spoken) {
            (Protocol::AwsJson, Some(spoken)) => spoken.to_owned(),
            (Protocol::AwsJson, None) => "application/x-amz-json-1.1".to_owned(),
            (Protocol::Query | Protocol::Ec2 | Protocol::RestXml | Protocol::S3, _) => "text/xml".to_owned(),
            (Protocol::RestJson | Protocol::Problem, _) => "application/json".to_owned(),
        }
    }

    fn with_request_id(self, mut reply: Reply) -> Reply {
        let protocol = Protocol::of(self.operation);
        if protocol.is_aws() {
            reply.set_default_header(protocol.request_id_field(), &request_id(self.request));
        }
        reply
    }
}

/// A body that can't be written: a mistake in the scenario or the description, so not in the operation's shape.
fn unwritable(media_type: &str, why: &str) -> Reply {
    let message = format!("the answer can't be written as `{media_type}`: {why}");
    Protocol::Problem.error(ErrorReply { status: 500, code: "Unwritable answer", message: &message }, "")
}

/// One of a problem's `errors`.
fn problem(violation: &Violation) -> Value {
    let place = match &violation.place {
        ViolationPlace::Body(pointer) => ("pointer", format!("#{pointer}")),
        ViolationPlace::Parameter(location, name) => ("parameter", format!("{location} {name}")),
    };
    let members = [("detail", violation.message.clone()), place];
    Value::Object(members.into_iter().map(|(name, text)| (name.to_owned(), Value::from(text))).collect())
}

fn given_type(answer: &Answer, filling: &mut Filling<'_>) -> Option<String> {
    let field = answer.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    field.map(|(_, text)| text.fill(filling))
}

/// An id in AWS's form, the same for the same request.
fn request_id(request: &Received) -> String {
    let hash = crate::sigv4::sha256_hex(format!("{:?}{:?}", request.headers, request.body).as_bytes());
    let part = |range: std::ops::Range<usize>| hash.get(range).unwrap_or_default().to_owned();
    format!("{}-{}-{}-{}-{}", part(0..8), part(8..12), part(12..16), part(16..20), part(20..32))
}
