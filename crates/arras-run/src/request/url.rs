//! The URL of a request: its path filled in, and its query.

use std::borrow::Cow;

use arras_doc::openapi::Location;
use arras_doc::uri;
use arras_doc::value::Value;

use super::{Parts, encode, invalid, missing_parameter};
use crate::fault::Fault;
use crate::plan::Operation;

impl Parts {
    /// The whole URL.
    pub(super) fn url(&self, operation: &Operation) -> Result<String, Fault> {
        let mut path = Cow::Borrowed(operation.path.as_str());
        for (placeholder, text) in &self.path_segments {
            path = Cow::Owned(filled(&path, placeholder, text));
        }
        if let Some(start) = path.find('{') {
            let name = path[start + 1..].split('}').next().unwrap_or_default();
            return Err(missing_parameter(name, Location::Path));
        }
        if let Some(segment) = path.split('/').find(|segment| is_dots(segment)) {
            return Err(invalid(format!("the path would have the segment `{segment}`, which URLs do without")));
        }
        let separator = if path.starts_with('/') || path.is_empty() { "" } else { "/" };
        let base = operation.base.trim_end_matches('/');
        let path = encode::keep_path(&path);
        let mut url = String::with_capacity(base.len() + path.len() + 16);
        url.push_str(base);
        url.push_str(separator);
        url.push_str(&path);
        let fixed = self.fixed_pairs(operation)?;
        let mut mark = '?';
        for pair in fixed.iter().chain(self.query_pairs.iter().filter(|pair| !pair.is_empty())) {
            url.push(mark);
            url.push_str(pair);
            mark = '&';
        }
        Ok(url)
    }

    /// The pairs that the path key itself carries, their placeholders filled in; a parameter of a pair's name replaces it.
    fn fixed_pairs(&self, operation: &Operation) -> Result<Vec<String>, Fault> {
        let mut pairs = Vec::new();
        for fixed in operation.fixed_query.iter().flat_map(|query| query.split('&')).filter(|pair| !pair.is_empty()) {
            let name = fixed.split('=').next().unwrap_or(fixed);
            let name = uri::percent_decode(name).unwrap_or_else(|| name.to_owned());
            if self.query.iter().any(|(given, _)| *given == name) {
                continue;
            }
            let mut pair = fixed.to_owned();
            for (placeholder, text) in &self.path_segments {
                pair = pair.replace(placeholder.as_str(), text);
            }
            if let Some(start) = pair.find('{') {
                let name = pair[start + 1..].split('}').next().unwrap_or_default();
                return Err(missing_parameter(name, Location::Query));
            }
            pairs.push(encode::sent_query(&pair));
        }
        Ok(pairs)
    }
}

/// What a path parameter takes the place of: `{name}`, or `{name+}`, which AWS's descriptions write where slashes stay.
pub(super) fn placeholder(operation: &Operation, name: &str) -> String {
    let greedy = operation.path.contains("+}").then(|| ["{", name, "+}"].concat());
    greedy.filter(|greedy| operation.path.contains(greedy)).unwrap_or_else(|| ["{", name, "}"].concat())
}

/// The path with the text in the place of each such placeholder, which begins with a brace.
fn filled(path: &str, placeholder: &str, text: &str) -> String {
    let mut out = String::with_capacity(path.len() + text.len());
    let mut rest = path;
    while let Some(brace) = rest.find('{') {
        let (before, from) = rest.split_at(brace);
        out.push_str(before);
        match from.strip_prefix(placeholder) {
            Some(behind) => {
                out.push_str(text);
                rest = behind;
            }
            None => {
                out.push('{');
                rest = &from[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// Whether a segment of a path is `.` or `..`, percent-encoded perhaps: URL libraries resolve such segments away, and another
/// path would be requested.
fn is_dots(segment: &str) -> bool {
    let dot = |text: &str| {
        let encoded = text.get(..3).is_some_and(|first| first.eq_ignore_ascii_case("%2e"));
        let length = if encoded { Some(3) } else { text.starts_with('.').then_some(1) };
        length.map(|length| text.len() - length)
    };
    let Some(left) = dot(segment) else { return false };
    left == 0 || dot(&segment[segment.len() - left..]) == Some(0)
}

/// The query pairs that the path key itself carries, decoded.
pub(super) fn fixed_query(operation: &Operation) -> impl Iterator<Item = (String, Value)> {
    let pairs = operation.fixed_query.as_deref().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    let decoded = |text: &str| uri::percent_decode(text).unwrap_or_else(|| text.to_owned());
    pairs.map(move |pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(name), Value::from(decoded(value)))
    })
}
