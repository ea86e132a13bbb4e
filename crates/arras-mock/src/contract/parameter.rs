//! Parameters: those that must be there, and values that their schemas do not allow.

use arras_doc::openapi::{Location, Parameter};

use super::reading::{Reading, Scatter};
use super::schema::{Judge, Problem};
use super::{Violation, ViolationKind, ViolationPlace};
use crate::percent;
use crate::protocol::Protocol;
use crate::request::Received;

/// What one parameter must be.
#[derive(Debug)]
pub(super) struct ParameterRule {
    name: String,
    location: Location,
    required: bool,
    /// How its text becomes a value, and what judges that; none where the style is not read here.
    reading: Option<(Reading, Judge)>,
    /// Where the members of an object are to be found, if it may be one.
    scatter: Option<Scatter>,
}

impl ParameterRule {
    pub(super) fn of(parameter: &Parameter<'_>) -> ParameterRule {
        let schema = parameter.schema().filter(|_| parameter.content.is_none());
        let reading = schema.as_ref().and_then(|schema| Some((Reading::of(parameter, schema)?, Judge::of(schema)?)));
        ParameterRule {
            name: parameter.name.to_owned(),
            location: parameter.location,
            required: parameter.required,
            reading,
            scatter: schema
                .as_ref()
                .and_then(|schema| Scatter::of(parameter.location, parameter.style, parameter.explode, schema)),
        }
    }

    pub(super) fn check(&self, protocol: Protocol, request: &Received, found: &mut Vec<Violation>) {
        let mut tell = |kind, message| {
            let place = ViolationPlace::Parameter(self.location.as_str(), self.name.clone());
            found.push(Violation { kind, place, message });
        };
        let given = match self.given(request) {
            Ok(given) => given,
            Err(message) => return tell(ViolationKind::Value, message),
        };
        if given.is_empty() {
            if self.required && !self.is_scattered(request) && !self.is_elsewhere(protocol, request) {
                tell(ViolationKind::Missing, "it is required and not there".to_owned());
            }
            return;
        }
        let Some((reading, judge)) = &self.reading else { return };
        let judged: Vec<_> = reading.values(&given).iter().map(|value| judge.problems(value, super::TOLD)).collect();
        // one that is right will do
        let told = if judged.iter().any(Vec::is_empty) { None } else { judged.into_iter().next() };
        for Problem { pointer, message, .. } in told.into_iter().flatten() {
            tell(ViolationKind::Value, if pointer.is_empty() { message } else { format!("{pointer}: {message}") });
        }
    }

    /// The texts that the request has for it, as they were sent; an error if a path is not written in its style.
    fn given<'r>(&self, request: &'r Received) -> Result<Vec<&'r str>, String> {
        let name = self.name.as_str();
        Ok(match self.location {
            Location::Query => {
                percent::sent_pairs(&request.query).filter(|(known, _)| known == name).map(|(_, value)| value).collect()
            }
            Location::Header => {
                let fields = request.headers.iter();
                fields.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str()).collect()
            }
            Location::Path => return self.in_path(request),
            Location::Cookie => {
                let is_it = |known: &str| known == name || percent::decode_text(known) == name;
                cookies(request).filter(|(known, _)| is_it(known)).map(|(_, value)| value).collect()
            }
            Location::Querystring => {
                Some(request.query.as_str()).filter(|query| !query.is_empty()).into_iter().collect()
            }
        })
    }

    fn in_path<'r>(&self, request: &'r Received) -> Result<Vec<&'r str>, String> {
        // a greedy parameter goes by its name without the `+`
        let name = self.name.strip_suffix('+').unwrap_or(&self.name);
        let Some(sent) = request.path_parameter_as_sent(name) else { return Ok(Vec::new()) };
        match &self.reading {
            None => Ok(vec![sent]),
            Some((reading, _)) => reading.in_path(name, sent).ok_or_else(|| reading.in_words(name)),
        }
    }

    /// Whether the request may have it as members under names of their own.
    fn is_scattered(&self, request: &Received) -> bool {
        match self.scatter {
            None => false,
            Some(Scatter::Members) if self.location == Location::Cookie => cookies(request).next().is_some(),
            Some(Scatter::Members) => !request.query_pairs.is_empty(),
            Some(Scatter::Brackets) => {
                let is_member = |name: &str| name.strip_prefix(&self.name).is_some_and(|rest| rest.starts_with('['));
                request.query_pairs.iter().any(|(name, _)| is_member(name))
            }
        }
    }

    /// AWS's query protocols take every parameter from a form too, and lists as `Name.1` or `Name.member.1`.
    fn is_elsewhere(&self, protocol: Protocol, request: &Received) -> bool {
        let is_it = |(name, _): &(String, String)| {
            name.strip_prefix(self.name.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        matches!(protocol, Protocol::Query | Protocol::Ec2)
            && self.location == Location::Query
            && (request.query_pairs.iter().any(is_it) || request.form().iter().any(is_it))
    }
}

/// The names and values of the request's cookies, as they were sent.
fn cookies(request: &Received) -> impl Iterator<Item = (&str, &str)> {
    let pairs = request.header("cookie").unwrap_or_default().split(';');
    pairs.filter_map(|pair| pair.trim().split_once('='))
}
