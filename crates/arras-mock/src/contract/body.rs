//! Bodies: whether there is one, of a media type that is taken, with a value that the schema allows.

use arras_doc::media_type::MediaType;
use arras_doc::openapi::{Content, RequestBody, XmlShape};
use arras_doc::value::Value;

use super::form::{Form, Readings};
use super::schema::{Judge, Problem};
use super::{Violation, ViolationKind, ViolationPlace};
use crate::protocol::Protocol;
use crate::request::Received;
use crate::xml;

/// By which descriptions mean bytes of any kind.
const BYTES: &str = "application/octet-stream";

/// What a body must be.
#[derive(Debug)]
pub(super) struct BodyRule {
    required: bool,
    contents: Vec<ContentRule>,
}

/// What a body of one media type, or of a range, must be.
#[derive(Debug)]
struct ContentRule {
    name: String,
    media_type: Option<MediaType>,
    judge: Option<Judge>,
    shape: XmlShape,
    /// How forms are read, where they are.
    form: Option<Form>,
}

impl BodyRule {
    pub(super) fn of(body: &RequestBody<'_>) -> BodyRule {
        BodyRule { required: body.required, contents: body.content.iter().map(ContentRule::of).collect() }
    }

    pub(super) fn check(&self, protocol: Protocol, request: &Received, found: &mut Vec<Violation>) {
        if request.body.is_empty() {
            // AWS's query protocols may have everything in the query instead
            if self.required && !matches!(protocol, Protocol::Query | Protocol::Ec2) {
                found.push(whole(ViolationKind::Missing, "it is required and not there"));
            }
            return;
        }
        if self.contents.is_empty() {
            return;
        }
        let Some(content) = self.content(request) else {
            let taken: Vec<&str> = self.contents.iter().map(|content| content.name.as_str()).collect();
            let taken = taken.join("`, `");
            let message = match request.header("content-type") {
                Some(given) => format!("the content type `{given}` is none of `{taken}`"),
                None => format!("there is no `Content-Type`; the operation takes `{taken}`"),
            };
            found.push(whole(ViolationKind::ContentType, &message));
            return;
        };
        match content.read(protocol, request) {
            None => {}
            Some(Err(message)) => found.push(whole(ViolationKind::Syntax, &message)),
            Some(Ok(readings)) => content.judge(protocol, request, &readings, found),
        }
    }

    /// The value of an XML body; `None` if the operation takes no XML.
    pub(super) fn xml(&self, request: &Received) -> Option<Result<Value, String>> {
        let content = self.content(request).filter(|content| content.is(MediaType::is_xml))?;
        Some(content.xml(request)?.map(|values| values.into_iter().next().unwrap_or_default()))
    }

    fn content(&self, request: &Received) -> Option<&ContentRule> {
        let given = request.media_type()?;
        let rank = |known: &MediaType| match known.main_type() {
            _ if known.essence() == given.essence() => Some(0),
            main if known.is_range() && main == given.main_type() => Some(1),
            "*" => Some(2),
            "application" if known.essence() == BYTES => Some(3),
            _ => None,
        };
        let ranked = self.contents.iter().filter_map(|content| Some((rank(content.media_type.as_ref()?)?, content)));
        ranked.min_by_key(|(rank, _)| *rank).map(|(_, content)| content)
    }
}

impl ContentRule {
    fn of(content: &Content<'_>) -> ContentRule {
        let (schema, media_type) = (content.schema(), content.parsed());
        let may_be_form = media_type.as_ref().is_some_and(|it| it.is_form() || it.is_range());
        ContentRule {
            name: content.media_type.to_owned(),
            media_type,
            form: schema.as_ref().filter(|_| may_be_form).and_then(|schema| Form::of(content, schema)),
            judge: schema.as_ref().and_then(Judge::of),
            shape: schema.as_ref().map(XmlShape::of).unwrap_or_default(),
        }
    }

    fn is(&self, kind: impl Fn(&MediaType) -> bool) -> bool {
        self.media_type.as_ref().is_some_and(kind)
    }

    /// The body's value, or the values that it may have; `None` for what is not looked at.
    fn read(&self, protocol: Protocol, request: &Received) -> Option<Result<Readings, String>> {
        let given = request.media_type()?;
        let takes_bytes = self.is(|media_type| media_type.essence() == BYTES);
        if takes_bytes && given.essence() != BYTES {
            return None;
        }
        if given.is_json() {
            let text = std::str::from_utf8(&request.body).map_err(|_| "the body is no UTF-8".to_owned());
            let parse = |text| Value::from_json(text).map_err(|error| format!("the body is no JSON: {error}"));
            return Some(text.and_then(parse).map(|value| Readings::of(vec![value])));
        }
        if given.is_form() {
            return Some(Ok(self.form.as_ref()?.read(protocol, request)));
        }
        if given.is_xml() { Some(self.xml(request)?.map(Readings::of)) } else { None }
    }

    fn xml(&self, request: &Received) -> Option<Result<Vec<Value>, String>> {
        let text = match std::str::from_utf8(&request.body) {
            Ok(text) => text,
            Err(_) => return Some(Err("the body is no UTF-8".to_owned())),
        };
        Some(xml::read(text, &self.shape).map_err(|why| format!("the body is not the XML that is asked for: {why}")))
    }

    fn judge(&self, protocol: Protocol, request: &Received, readings: &Readings, found: &mut Vec<Violation>) {
        let Some(judge) = &self.judge else { return };
        // what such a form has as `Name.1` or `Name.member.1` is not put together here
        let is_query = matches!(protocol, Protocol::Query | Protocol::Ec2) && !request.form().is_empty();
        for Problem { pointer, message, .. } in readings.problems(judge) {
            let is_spread = |(name, _): &(String, String)| {
                name.split_once('.').is_some_and(|(list, _)| message.starts_with(&format!("\"{list}\" is a required")))
            };
            if is_query && request.form().iter().any(is_spread) {
                continue;
            }
            found.push(Violation { kind: ViolationKind::Value, place: ViolationPlace::Body(pointer), message });
        }
    }
}

fn whole(kind: ViolationKind, message: &str) -> Violation {
    Violation { kind, place: ViolationPlace::Body(String::new()), message: message.to_owned() }
}
