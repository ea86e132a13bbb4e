//! What an operation answers, by status.

use std::fmt;

use crate::diagnostic::Diagnostics;
use crate::media_type::MediaType;
use crate::openapi::{Content, Operation, Parameter, Place, Version, body, parameter};
use crate::rule;

/// Which status codes a response is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StatusPattern {
    /// One code: `404`
    Code(u16),
    /// A hundred codes, by their first digit: `4XX`
    Class(u16),
    /// Those that nothing else is for.
    Default,
}

impl StatusPattern {
    /// Reads `404`, `4XX` (in any case) or `default`.
    pub fn parse(text: &str) -> Option<StatusPattern> {
        let text = text.trim();
        if text.eq_ignore_ascii_case("default") {
            return Some(StatusPattern::Default);
        }
        let class = text.get(1..).filter(|rest| rest.eq_ignore_ascii_case("xx")).and(text.get(..1));
        let number: u16 = class.unwrap_or(text).parse().ok()?;
        match class {
            Some(_) => (1..=5).contains(&number).then_some(StatusPattern::Class(number)),
            None => (100..=999).contains(&number).then_some(StatusPattern::Code(number)),
        }
    }

    /// Whether it is for this status, and how well it fits: less is better.
    pub fn rank(self, status: u16) -> Option<u8> {
        match self {
            StatusPattern::Code(code) => (code == status).then_some(0),
            StatusPattern::Class(class) => (class == status / 100).then_some(1),
            StatusPattern::Default => Some(2),
        }
    }
}

impl fmt::Display for StatusPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StatusPattern::Code(code) => write!(f, "{code}"),
            StatusPattern::Class(class) => write!(f, "{class}XX"),
            StatusPattern::Default => f.write_str("default"),
        }
    }
}

/// A response.
#[derive(Clone, Debug)]
pub struct Response<'d> {
    /// Which status codes it is for.
    pub status: StatusPattern,
    /// When it is given, if the description says so.
    pub description: Option<&'d str>,
    /// The media types of its body, in order; empty if it has none.
    pub content: Vec<Content<'d>>,
    /// Its header fields.
    pub headers: Vec<Parameter<'d>>,
    /// The Response Object.
    pub place: Place<'d>,
}

impl<'d> Response<'d> {
    /// The content for a media type: the one of the same type and subtype, else of the narrowest range that covers it.
    pub fn content_for(&self, media_type: &MediaType) -> Option<&Content<'d>> {
        body::content_for(&self.content, media_type)
    }
}

/// The responses of an operation, in source order.
#[derive(Clone, Debug, Default)]
pub struct Responses<'d> {
    all: Vec<Response<'d>>,
}

impl<'d> Responses<'d> {
    /// Every response.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Response<'d>> {
        self.all.iter()
    }

    /// The response for a status: of its code, else of its class, else the default.
    pub fn for_status(&self, status: u16) -> Option<&Response<'d>> {
        let ranked = self.all.iter().filter_map(|response| Some((response.status.rank(status)?, response)));
        ranked.min_by_key(|(rank, _)| *rank).map(|(_, response)| response)
    }

    /// The first response that says all went well: `2XX` by code or class, else the default.
    pub fn success(&self) -> Option<&Response<'d>> {
        let good = |status| matches!(status, StatusPattern::Code(200..=299) | StatusPattern::Class(2));
        let first = self.all.iter().find(|response| good(response.status));
        first.or_else(|| self.all.iter().find(|response| response.status == StatusPattern::Default))
    }
}

pub(super) fn of_operation<'d>(operation: Operation<'d>, diagnostics: &mut Diagnostics) -> Responses<'d> {
    let mut all: Vec<Response<'d>> = Vec::new();
    let responses = operation.place().map("responses", diagnostics).collect::<Vec<_>>();
    // these are the fields of a Responses Object, which may have extensions
    for (key, response) in responses.into_iter().filter(|(key, _)| !key.key().starts_with("x-")) {
        let Some(status) = StatusPattern::parse(key.key()) else {
            let message = format!("`{}` is no status code", key.key());
            diagnostics.push(response.finding(rule::MALFORMED_DESCRIPTION, message).help("the response is left out"));
            continue;
        };
        let Some(place) = response.resolve_or_warn(diagnostics) else { continue };
        let content = match operation.description().version() {
            Version::V2_0 => body::of_produces(operation, place),
            _ => body::content(place, diagnostics),
        };
        let headers = parameter::headers(place, diagnostics);
        all.push(Response { status, description: place.text("description"), content, headers, place });
    }
    Responses { all }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_patterns_are_codes_classes_or_default() {
        for (text, expected) in [
            ("200", Some("200")),
            ("4XX", Some("4XX")),
            ("5xx", Some("5XX")),
            ("default", Some("default")),
            ("6XX", None),
            ("20", None),
            ("ok", None),
            ("", None),
            ("äXX", None),
        ] {
            assert_eq!(StatusPattern::parse(text).map(|it| it.to_string()).as_deref(), expected, "{text}");
        }
    }
}
