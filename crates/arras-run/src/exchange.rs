//! A request and its response, and the body decoded by its media type.

use core::time::Duration;
use std::borrow::Cow;
use std::sync::Arc;

use arras_doc::media_type::MediaType;
use arras_doc::value::Value;
use bytes::Bytes;

use crate::charset::Charset;
use crate::payload::Payload;

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
    pub body: Payload,
    /// Path parameters by name, as `$request.path.…` sees them (A-50).
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
    /// The request. What expressions see is the one that the step made, without what authorising and kept cookies added.
    pub request: Arc<Request>,
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
    /// What was wrong with it: JSON that does not parse, text in another encoding than it says.
    pub problem: Option<String>,
    /// What is odd about it although it was taken as it says: a member that an object has twice.
    pub note: Option<String>,
}

impl From<Body> for Decoded {
    fn from(body: Body) -> Decoded {
        Decoded { body, problem: None, note: None }
    }
}

/// Decodes a body by its `Content-Type`; without one, JSON if it parses as such (A-53).
///
/// Text is decoded by its byte order mark, else the `charset` of the content type, else what JSON and XML tell themselves,
/// else as UTF-8. The members of an object that has a name twice are the last ones.
pub fn decode(content_type: Option<&str>, bytes: &[u8]) -> Decoded {
    if bytes.is_empty() {
        return Body::Empty.into();
    }
    let media_type = content_type.and_then(MediaType::parse);
    match text(media_type.as_ref(), bytes) {
        Ok((text, note)) => {
            let decoded = by_type(media_type.as_ref(), text);
            Decoded { note: decoded.note.or(note), ..decoded }
        }
        Err(problem) => Decoded { problem, ..Body::Binary(bytes.len()).into() },
    }
}

fn by_type(media_type: Option<&MediaType>, text: Cow<'_, str>) -> Decoded {
    match media_type {
        Some(media_type) if media_type.is_xml() => return Body::Xml(text.into_owned()).into(),
        Some(media_type) if !media_type.is_json() => return Body::Text(text.into_owned()).into(),
        _ => {}
    }
    match (Value::from_json_noting(&text), media_type) {
        (Ok((value, twice)), _) => Decoded {
            note: twice.map(|name| format!("an object of the body has the member `{name}` twice; the last one counts")),
            ..Body::Json(value).into()
        },
        (Err(_), None) => Body::Text(text.into_owned()).into(),
        (Err(error), Some(media_type)) => Decoded {
            problem: Some(format!("the body is labelled `{media_type}` but is no JSON: {error}")),
            ..Body::Text(text.into_owned()).into()
        },
    }
}

/// A text, and what is doubtful about it.
type Doubted<'b> = (Cow<'b, str>, Option<String>);

/// The text of a body, or that it is none and, where the media type says it is text, why.
fn text<'b>(media_type: Option<&MediaType>, bytes: &'b [u8]) -> Result<Doubted<'b>, Option<String>> {
    let is = |family: fn(&MediaType) -> bool| media_type.is_some_and(family);
    let textual = is(MediaType::is_json) || is(MediaType::is_xml) || is(MediaType::is_text) || is(MediaType::is_form);
    let label = media_type.and_then(|media_type| media_type.parameter("charset"));
    // `charset=binary` and the like tell nothing of what may be no text
    if !textual && media_type.is_some() && label.and_then(Charset::named).is_none() {
        return Charset::Utf8.decode(bytes).map(|text| (text, None)).ok_or(None);
    }
    let declared = || match label {
        Some(name) => Charset::named(name).ok_or(name),
        None if is(MediaType::is_xml) => xml_charset(bytes),
        None if is(MediaType::is_json) => Ok(wide_charset(bytes)),
        None => Ok(Charset::Utf8),
    };
    let (charset, content) = match Charset::marked(bytes) {
        Some((charset, length)) => (Ok(charset), bytes.get(length..).unwrap_or_default()),
        None => (declared(), bytes),
    };
    let decoded = charset.unwrap_or(Charset::Utf8).decode(content);
    let guessed = charset
        .err()
        .map(|name| format!("the body is in the encoding `{name}`, which is not known here; it was read as UTF-8"));
    decoded.map(|text| (text, guessed)).ok_or_else(|| {
        let media_type = media_type?;
        Some(match charset {
            Ok(Charset::Utf8) => format!("the body is labelled `{media_type}` but is no UTF-8 text"),
            Ok(_) => format!("the body is labelled `{media_type}` but is no text in that encoding"),
            Err(name) => format!("the body is in the encoding `{name}`, which is not known here"),
        })
    })
}

/// JSON and XML begin with an ASCII character, so a zero beside it tells UTF-16.
fn wide_charset(bytes: &[u8]) -> Charset {
    match bytes {
        [0, 1..=255, ..] => Charset::Utf16Be,
        [1..=255, 0, ..] => Charset::Utf16Le,
        _ => Charset::Utf8,
    }
}

/// The encoding that an XML declaration names.
fn xml_charset(bytes: &[u8]) -> Result<Charset, &str> {
    const LONGEST: usize = 200;
    let wide = wide_charset(bytes);
    if wide != Charset::Utf8 {
        return Ok(wide);
    }
    let head = bytes.get(..LONGEST).unwrap_or(bytes);
    let head = head.split(|byte| *byte == b'>').next().unwrap_or_default();
    let Some(declaration) = std::str::from_utf8(head).ok().filter(|text| text.starts_with("<?xml")) else {
        return Ok(Charset::Utf8);
    };
    let named = declaration.split_once("encoding").and_then(|(_, rest)| rest.trim_start().strip_prefix('='));
    let quoted = named.and_then(|rest| rest.trim_start().split(['"', '\'']).nth(1));
    // what could be read as far as here is no UTF-16, whatever it says
    match quoted.map(|name| Charset::named(name).ok_or(name)) {
        None | Some(Ok(Charset::Utf16 | Charset::Utf16Be | Charset::Utf16Le)) => Ok(Charset::Utf8),
        Some(named) => named,
    }
}

/// The value of a header field, its repetitions joined with `, ` (A-49); the name compares without case.
/// Of `Set-Cookie` the first alone.
pub fn header(headers: &[(String, String)], name: &str) -> Option<String> {
    field(headers, name).map(Cow::into_owned)
}

/// The same, as it stands there if it is a single one.
pub(crate) fn field<'h>(headers: &'h [(String, String)], name: &str) -> Option<Cow<'h, str>> {
    let mut values = headers.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str());
    let first = Cow::Borrowed(values.next()?);
    if name.eq_ignore_ascii_case("set-cookie") {
        return Some(first);
    }
    Some(values.fold(first, |joined, value| joined + ", " + value))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ARZ-EXPR-26, A-53
    #[test]
    fn bodies_are_what_their_media_types_say() {
        let json = |text: &str| Body::Json(Value::from_json(text).expect("JSON"));
        let plain = |text: &str| Body::Text(text.to_owned());
        for (content_type, bytes, expected) in [
            (Some("application/json"), &b"{\"a\":1}"[..], json(r#"{"a":1}"#)),
            (Some("application/problem+json; charset=UTF-8"), b"[1.10]", json("[1.10]")),
            (Some("application/x-amz-json-1.1"), b"{}", json("{}")),
            (Some("text/json"), b"null", json("null")),
            (Some("application/json"), b"\xEF\xBB\xBF{}", json("{}")),
            (Some("application/json"), b"\xFF\xFE{\0}\0", json("{}")),
            (Some("application/json"), b"{\0}\0", json("{}")),
            (Some("application/json"), b"\0{\0}", json("{}")),
            (Some("application/json; charset=iso-8859-1"), b"\"\xFC\"", json("\"ü\"")),
            (Some("text/plain; charset=windows-1252"), b"\x80", plain("€")),
            (Some("text/plain; charset=utf-16le"), b"a\0", plain("a")),
            (Some("text/plain; charset=klingon"), b"a", plain("a")),
            (Some("application/javascript; charset=iso-8859-1"), b"'\xFC'", plain("'ü'")),
            (Some("application/x-ndjson; charset=utf-16le"), b"{\0}\0", plain("{}")),
            (Some("application/octet-stream; charset=binary"), b"\xFC", Body::Binary(1)),
            (Some("application/xml"), b"<\0a\0/\0>\0", Body::Xml("<a/>".to_owned())),
            (Some("application/xml"), b"\0<\0a\0/\0>", Body::Xml("<a/>".to_owned())),
            (Some("text/html"), b"{\"a\":1}", plain(r#"{"a":1}"#)),
            (Some("application/x-ndjson"), b"{}\n{}\n", plain("{}\n{}\n")),
            (Some("text/event-stream"), b"data: {}\n\n", plain("data: {}\n\n")),
            (Some("application/json"), b"", Body::Empty),
            (None, b"{}", json("{}")),
            (None, b"plain", plain("plain")),
            (None, b"\xFF", Body::Binary(1)),
            (Some("image/png"), b"\x89PNG", Body::Binary(4)),
            (Some("text/plain"), b"\xFF", Body::Binary(1)),
            (Some("application/xml"), b"<a>\xC3\xBC</a>", Body::Xml("<a>ü</a>".into())),
            (
                Some("text/xml"),
                b"<?xml version='1.0' encoding='iso-8859-1'?><a>\xFC</a>",
                Body::Xml("<?xml version='1.0' encoding='iso-8859-1'?><a>ü</a>".into()),
            ),
        ] {
            assert_eq!(decode(content_type, bytes).body, expected, "{content_type:?} {bytes:?}");
        }
    }

    /// A-53
    #[test]
    fn what_is_wrong_with_a_body_is_told() {
        for (content_type, bytes, expected) in [
            ("application/json", &b"{"[..], "is no JSON"),
            ("text/plain", b"\xFF", "is no UTF-8 text"),
            ("text/plain; charset=utf-16be", b"a", "is no text in that encoding"),
            ("text/plain; charset=klingon", b"\xFF", "the encoding `klingon`, which is not known here"),
        ] {
            let problem = decode(Some(content_type), bytes).problem.expect("a problem");
            assert!(problem.contains(expected), "{problem}");
        }
        let twice = decode(Some("application/json"), br#"{"a":1,"b":{"c":1,"c":2}}"#);
        assert_eq!(twice.body.value().map(|value| value.to_json()).as_deref(), Some(r#"{"a":1,"b":{"c":2}}"#));
        assert_eq!(twice.note.as_deref(), Some("an object of the body has the member `c` twice; the last one counts"));
        assert_eq!(decode(Some("image/png"), b"\xFF").problem, None);
    }

    /// A-53
    #[test]
    fn an_encoding_that_is_not_known_is_told() {
        let decoded = decode(Some("text/plain; charset=iso-2022-jp"), b"\x1B$B4A\x1B(B");
        let note = "the body is in the encoding `iso-2022-jp`, which is not known here; it was read as UTF-8";
        assert_eq!(decoded.note.as_deref(), Some(note));
        assert!(matches!(decoded.body, Body::Text(_)));
        let problem = decode(Some("application/javascript; charset=utf-16le"), b"a").problem;
        let expected =
            "the body is labelled `application/javascript; charset=utf-16le` but is no text in that encoding";
        assert_eq!(problem.as_deref(), Some(expected));
    }
}
