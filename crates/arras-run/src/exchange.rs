//! A request and its response, and the body decoded by its media type.

use core::time::Duration;

use arras_doc::media_type::MediaType;
use arras_doc::value::Value;
use bytes::Bytes;

/// A request, complete but for what identifies the caller.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The method, upper case.
    pub method: String,
    /// The absolute URL, percent-encoded.
    pub url: String,
    /// Header fields in order; names as written.
    pub headers: Vec<(String, String)>,
    /// The body, empty for none.
    pub body: Bytes,
    /// Path parameters by name, as `$request.path.…` sees them.
    pub path: Vec<(String, Value)>,
    /// Query parameters by name, as `$request.query.…` sees them.
    pub query: Vec<(String, Value)>,
}

/// An answer, its body whole and decompressed.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Header fields in order.
    pub headers: Vec<(String, String)>,
    /// The body, empty for none.
    pub body: Bytes,
}

/// What a request was answered with, and how long that took.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The request as it was sent, credentials included.
    pub request: Request,
    /// The answer.
    pub response: Response,
    /// From the first byte sent to the last byte read.
    pub duration: Duration,
}

/// A body by what its media type says it is (ARZ-EXPR-26, A-53).
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// There is none.
    Empty,
    /// JSON, parsed.
    Json(Value),
    /// XML, as text.
    Xml(String),
    /// Any other text.
    Text(String),
    /// Bytes that are no text.
    Binary(usize),
}

impl Body {
    /// What `$response.body` is: the parsed JSON or the text; absent for nothing and for bytes.
    pub fn value(&self) -> Option<Value> {
        match self {
            Body::Json(value) => Some(value.clone()),
            Body::Xml(text) | Body::Text(text) => Some(Value::from(text.as_str())),
            Body::Empty | Body::Binary(_) => None,
        }
    }
}

/// A decoded body, and why it was not taken as its media type says.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// The body.
    pub body: Body,
    /// What was wrong with it: JSON that does not parse, text that is no UTF-8.
    pub problem: Option<String>,
}

/// Decodes a body by its `Content-Type`; without one, JSON if it parses as such.
pub fn decode(content_type: Option<&str>, bytes: &[u8]) -> Decoded {
    if bytes.is_empty() {
        return Decoded { body: Body::Empty, problem: None };
    }
    let media_type = content_type.and_then(MediaType::parse);
    let Ok(text) = std::str::from_utf8(bytes) else {
        return decode_bytes(media_type.as_ref(), bytes);
    };
    match media_type {
        None => match Value::from_json(text) {
            Ok(value) => Decoded { body: Body::Json(value), problem: None },
            Err(_) => Decoded { body: Body::Text(text.to_owned()), problem: None },
        },
        Some(media_type) if media_type.is_json() => match Value::from_json(text) {
            Ok(value) => Decoded { body: Body::Json(value), problem: None },
            Err(error) => Decoded {
                body: Body::Text(text.to_owned()),
                problem: Some(format!("the body is labelled `{media_type}` but is no JSON: {error}")),
            },
        },
        Some(media_type) if media_type.is_xml() => Decoded { body: Body::Xml(text.to_owned()), problem: None },
        Some(_) => Decoded { body: Body::Text(text.to_owned()), problem: None },
    }
}

fn decode_bytes(media_type: Option<&MediaType>, bytes: &[u8]) -> Decoded {
    let latin1 = media_type.and_then(|media_type| media_type.parameter("charset")).is_some_and(is_latin1);
    if latin1 {
        let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
        return decode(media_type.map(MediaType::essence), text.as_bytes());
    }
    let textual = media_type.filter(|media_type| media_type.is_json() || media_type.is_xml() || media_type.is_text());
    let problem = textual.map(|media_type| format!("the body is labelled `{media_type}` but is no UTF-8 text"));
    Decoded { body: Body::Binary(bytes.len()), problem }
}

fn is_latin1(charset: &str) -> bool {
    ["iso-8859-1", "latin1", "us-ascii"].iter().any(|name| charset.eq_ignore_ascii_case(name))
}

/// The value of a header field, its repetitions joined with `, `; the name compares without case.
/// Of `Set-Cookie` the first alone.
pub fn header(headers: &[(String, String)], name: &str) -> Option<String> {
    let mut values = headers.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str());
    let first = values.next()?.to_owned();
    if name.eq_ignore_ascii_case("set-cookie") {
        return Some(first);
    }
    Some(values.fold(first, |joined, value| joined + ", " + value))
}
