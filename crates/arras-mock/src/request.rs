//! A request as it was received, with the few readings of it that routing and scenarios need.

use std::sync::OnceLock;

use arras_doc::media_type::MediaType;
use arras_doc::value::{Object, Value};
use bytes::Bytes;

use crate::percent;
use crate::sigv4::SignedRequest;

/// A request, its body read to the end.
#[derive(Debug, Default)]
pub(crate) struct Received {
    pub(crate) method: String,
    /// As sent, not decoded.
    pub(crate) path: String,
    /// As sent, without `?`.
    pub(crate) query: String,
    pub(crate) query_pairs: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
    /// The values of the path's parameters as sent, not decoded, once a route is found.
    pub(crate) path_parameters: Vec<(String, String)>,
    form: OnceLock<Vec<(String, String)>>,
    value: OnceLock<Option<Value>>,
}

impl Received {
    /// A request of these parts.
    pub(crate) fn new(method: &str, path: &str, query: &str, headers: Vec<(String, String)>, body: Bytes) -> Received {
        Received {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            query_pairs: percent::pairs(query).collect(),
            headers,
            body,
            ..Received::default()
        }
    }

    /// The first value of a header field.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The media types that the caller likes; empty if it does not say.
    pub(crate) fn accept(&self) -> String {
        let fields = self.headers.iter().filter(|(key, _)| key.eq_ignore_ascii_case("accept"));
        fields.map(|(_, value)| value.as_str()).collect::<Vec<_>>().join(",")
    }

    /// The first value of a query parameter.
    pub(crate) fn query_parameter(&self, name: &str) -> Option<&str> {
        self.query_pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The value of a path parameter.
    pub(crate) fn path_parameter(&self, name: &str) -> Option<String> {
        self.path_parameter_as_sent(name).map(percent::decode_text)
    }

    /// The value of a path parameter, not decoded.
    pub(crate) fn path_parameter_as_sent(&self, name: &str) -> Option<&str> {
        self.path_parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The operation's name in `X-Amz-Target`: what stands after its last dot.
    pub(crate) fn target(&self) -> Option<&str> {
        self.header("x-amz-target").and_then(|target| target.rsplit('.').next())
    }

    /// AWS's `Action`, from the query or a form.
    pub(crate) fn action(&self) -> Option<&str> {
        let in_form = || self.form().iter().find(|(name, _)| name == "Action").map(|(_, value)| value.as_str());
        self.query_parameter("Action").or_else(in_form)
    }

    /// The media type of the body, as far as one is given.
    pub(crate) fn media_type(&self) -> Option<MediaType> {
        MediaType::parse(self.header("content-type")?)
    }

    /// The body as a value: JSON, a form as an object, XML by its schema; `None` for anything else.
    pub(crate) fn value(&self) -> Option<&Value> {
        self.value.get_or_init(|| self.read_value()).as_ref()
    }

    /// The path and query as sent.
    pub(crate) fn target_uri(&self) -> String {
        if self.query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, self.query) }
    }

    /// What a signature is computed over.
    pub(crate) fn signed(&self) -> SignedRequest<'_> {
        SignedRequest {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            headers: &self.headers,
            body: &self.body,
        }
    }

    /// Takes `value` for the body's, where only the operation's schema can tell how to read it.
    pub(crate) fn set_value(&mut self, value: Value) {
        self.value = OnceLock::from(Some(value));
    }

    /// The fields of a form; empty for any other body.
    pub(crate) fn form(&self) -> &[(String, String)] {
        self.form.get_or_init(|| percent::pairs(self.form_as_sent()).collect())
    }

    /// The text of a form, not decoded; empty for any other body.
    pub(crate) fn form_as_sent(&self) -> &str {
        let is_form = self.media_type().is_some_and(|media_type| media_type.is_form());
        is_form.then(|| std::str::from_utf8(&self.body).ok()).flatten().unwrap_or_default()
    }

    fn read_value(&self) -> Option<Value> {
        if !self.form().is_empty() {
            let members = self.form().iter().map(|(name, value)| (name.clone(), Value::from(value.as_str())));
            return Some(Value::Object(members.collect::<Object>()));
        }
        Value::from_json(std::str::from_utf8(&self.body).ok()?).ok()
    }
}
