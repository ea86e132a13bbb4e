//! Parameters: those that must be there, and values that their schemas do not allow.

use arras_doc::openapi::{Location, Parameter, SchemaType, Style};
use arras_doc::value::Value;

use super::schema::Judge;
use super::{Violation, ViolationKind, ViolationPlace, typed};
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
}

#[derive(Clone, Copy, Debug)]
enum Reading {
    One(Option<SchemaType>),
    /// Each occurrence is an item.
    Repeated(Option<SchemaType>),
    /// One text with commas.
    Commas(Option<SchemaType>),
}

impl ParameterRule {
    pub(super) fn of(parameter: &Parameter<'_>) -> ParameterRule {
        let schema = parameter.schema().filter(|_| parameter.content.is_none());
        let reading = schema.as_ref().and_then(|schema| {
            let item = || schema.items().and_then(|items| items.single_type());
            let reading = match (schema.single_type(), parameter.style) {
                (Some(SchemaType::Object), _) => return None,
                (Some(SchemaType::Array), Style::Form) if parameter.explode => Reading::Repeated(item()),
                (Some(SchemaType::Array), Style::Form | Style::Simple) => Reading::Commas(item()),
                (Some(SchemaType::Array), _) => return None,
                (_, Style::Matrix | Style::Label) => return None,
                (kind, _) => Reading::One(kind),
            };
            Some((reading, Judge::of(schema)?))
        });
        ParameterRule {
            name: parameter.name.to_owned(),
            location: parameter.location,
            required: parameter.required,
            reading,
        }
    }

    pub(super) fn check(&self, protocol: Protocol, request: &Received, found: &mut Vec<Violation>) {
        let given = self.given(request);
        let place = || ViolationPlace::Parameter(self.location.as_str(), self.name.clone());
        if given.is_empty() {
            if self.required && !self.is_elsewhere(protocol, request) {
                let message = "it is required and not there".to_owned();
                found.push(Violation { kind: ViolationKind::Missing, place: place(), message });
            }
            return;
        }
        let Some((reading, judge)) = &self.reading else { return };
        let value = match *reading {
            Reading::One(kind) => typed(given.first().copied().unwrap_or_default(), kind),
            Reading::Repeated(kind) => Value::Array(given.iter().map(|text| typed(text, kind)).collect()),
            Reading::Commas(kind) => {
                let items = given.iter().flat_map(|text| text.split(','));
                Value::Array(items.map(|text| typed(text.trim(), kind)).collect())
            }
        };
        for (pointer, message) in judge.problems(&value, super::TOLD) {
            let message = if pointer.is_empty() { message } else { format!("{pointer}: {message}") };
            found.push(Violation { kind: ViolationKind::Value, place: place(), message });
        }
    }

    /// The texts that the request has for it.
    fn given<'r>(&self, request: &'r Received) -> Vec<&'r str> {
        let name = self.name.as_str();
        match self.location {
            Location::Query => {
                let pairs = request.query_pairs.iter();
                pairs.filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect()
            }
            Location::Header => {
                let fields = request.headers.iter();
                fields.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str()).collect()
            }
            // a greedy parameter goes by its name without the `+`
            Location::Path => request.path_parameter(name.strip_suffix('+').unwrap_or(name)).into_iter().collect(),
            Location::Cookie => {
                let cookies = request.header("cookie").unwrap_or_default().split(';');
                let pairs = cookies.filter_map(|pair| pair.trim().split_once('='));
                pairs.filter(|(known, _)| *known == name).map(|(_, value)| value).collect()
            }
            Location::Querystring => {
                Some(request.query.as_str()).filter(|query| !query.is_empty()).into_iter().collect()
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
