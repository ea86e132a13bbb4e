//! A path key: the path on the wire, and what its fragment, query and fixed parameters ask of a request.

use crate::percent;
use crate::request::Received;
use crate::service::{FixedParameter, Location, Operation};

/// Something that a request for an operation has.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Condition {
    /// `X-Amz-Target` has this after its last dot.
    Target(String),
    /// `Action` has this value, in the query or in a form.
    Action(String),
    /// A query parameter, with a value or any.
    Query(String, Option<String>),
    /// A bare word in a fragment: a target, an action, or the name of a query parameter or a header field.
    Word(String),
    /// A header field with this value.
    Header(String, String),
}

impl Condition {
    pub(super) fn holds(&self, request: &Received) -> bool {
        match self {
            Condition::Target(name) => request.target() == Some(name),
            Condition::Action(name) => request.action() == Some(name),
            Condition::Query(name, value) => request
                .query_pairs
                .iter()
                .any(|(given_name, given)| given_name == name && value.as_ref().is_none_or(|value| value == given)),
            Condition::Header(name, value) => request.header(name) == Some(value),
            Condition::Word(word) => {
                request.target() == Some(word)
                    || request.action() == Some(word)
                    || request.query_pairs.iter().any(|(name, _)| name == word)
                    || request.header(word).is_some()
            }
        }
    }

    fn of_pair(name: &str, value: Option<&str>) -> Condition {
        // `uploadId={uploadId}` asks for the parameter with any value
        let value = value.filter(|value| !(value.contains('{') && value.contains('}')));
        match value {
            Some(value) if name.eq_ignore_ascii_case("x-amz-target") => Condition::Target(after_last_dot(value)),
            Some(value) if name == "Action" => Condition::Action(value.to_owned()),
            value => Condition::Query(name.to_owned(), value.map(str::to_owned)),
        }
    }
}

/// A path key, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) path: String,
    pub(super) required: Vec<Condition>,
    pub(super) preferred: Vec<Condition>,
}

/// Reads `/#CreateThing`, `/#X-Amz-Target=Service.CreateThing`, `/?Action=RunInstances`, `/{Bucket}#list-type=2` …
pub(super) fn read(operation: &Operation) -> Key {
    let (before, fragment) = operation.path.split_once('#').unwrap_or((&operation.path, ""));
    let (path, query) = before.split_once('?').unwrap_or((before, ""));
    let path = if path.is_empty() { "/" } else { path };
    let mut key = Key { path: path.to_owned(), required: Vec::new(), preferred: Vec::new() };
    for (name, value) in raw_pairs(query) {
        key.required.push(Condition::of_pair(&name, value.as_deref()));
    }
    for (name, value) in raw_pairs(fragment) {
        match value {
            Some(value) => key.required.push(Condition::of_pair(&name, Some(&value))),
            // outside AWS a fragment may be a mere label
            None if operation.signing.is_some() => key.required.push(Condition::Word(name)),
            None => key.preferred.push(Condition::Word(name)),
        }
    }
    let fixed = operation.fixed.iter().map(condition_of_parameter);
    key.preferred.extend(fixed.filter(|condition| !key.required.contains(condition)).collect::<Vec<_>>());
    key
}

fn condition_of_parameter(parameter: &FixedParameter) -> Condition {
    match parameter.location {
        Location::Header if !parameter.name.eq_ignore_ascii_case("x-amz-target") => {
            Condition::Header(parameter.name.to_ascii_lowercase(), parameter.value.clone())
        }
        _ => Condition::of_pair(&parameter.name, Some(&parameter.value)),
    }
}

fn raw_pairs(text: &str) -> impl Iterator<Item = (String, Option<String>)> + '_ {
    text.split('&').filter(|pair| !pair.is_empty()).map(|pair| match pair.split_once('=') {
        Some((name, value)) => (percent::decode_text(name), Some(percent::decode_text(value))),
        None => (percent::decode_text(pair), None),
    })
}

/// `X` of `Service_20160627.X`.
pub(crate) fn after_last_dot(target: &str) -> String {
    target.rsplit('.').next().unwrap_or(target).to_owned()
}
