//! A key of `paths`, split into what goes on the wire and what does not.

use crate::uri::percent_decode;

/// A path as a description writes it, which may carry more than a path: `/?Action=RunInstances`,
/// `/{Bucket}?list-type=2`, `/#CreateFaceLivenessSession`.
///
/// Only the path and the query are sent; the fragment tells apart operations that share an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathKey {
    written: Box<str>,
    query: Option<usize>,
    fragment: Option<usize>,
}

impl PathKey {
    /// Splits a key at its first `#` and, before that, its first `?`.
    pub fn new(written: impl Into<Box<str>>) -> PathKey {
        let written = written.into();
        let fragment = written.find('#');
        let query = written[..fragment.unwrap_or(written.len())].find('?');
        PathKey { written, query, fragment }
    }

    /// The key as written.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// The path template that is sent: `/{Bucket}`.
    pub fn wire_path(&self) -> &str {
        &self.written[..self.query.or(self.fragment).unwrap_or(self.written.len())]
    }

    /// The query that every request to it carries, as written and without `?`.
    pub fn fixed_query(&self) -> Option<&str> {
        let end = self.fragment.unwrap_or(self.written.len());
        self.query.map(|at| &self.written[at + 1..end])
    }

    /// The pairs of the fixed query, percent-decoded; a name without `=` has no value.
    pub fn fixed_pairs(&self) -> impl Iterator<Item = (String, Option<String>)> {
        let pairs = self.fixed_query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        pairs.map(|pair| match pair.split_once('=') {
            Some((name, value)) => (decode(name), Some(decode(value))),
            None => (decode(pair), None),
        })
    }

    /// What stands behind `#`; never sent.
    pub fn fragment(&self) -> Option<&str> {
        self.fragment.map(|at| &self.written[at + 1..])
    }

    /// The names in braces of the path and the fixed query, in order.
    pub fn template_names(&self) -> impl Iterator<Item = &str> {
        let sent = &self.written[..self.fragment.unwrap_or(self.written.len())];
        sent.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name)
    }

    /// The wire path with all names in braces left out, to compare two templates.
    pub(super) fn shape(&self) -> String {
        shape(self.wire_path())
    }
}

/// Percent-decoded; as it is where that fails.
fn decode(text: &str) -> String {
    percent_decode(text).unwrap_or_else(|| text.to_owned())
}

pub(super) fn shape(path: &str) -> String {
    let mut parts = path.split('{');
    let mut shape = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        shape.push('{');
        shape.push_str(part.find('}').map_or(part, |end| &part[end..]));
    }
    shape
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_key_is_split_at_query_and_fragment() {
        for (written, path, query, fragment) in [
            ("/pets/{petId}", "/pets/{petId}", None, None),
            ("/#CreateFaceLivenessSession", "/", None, Some("CreateFaceLivenessSession")),
            ("/#X-Amz-Target=A.B?c", "/", None, Some("X-Amz-Target=A.B?c")),
            ("/?Action=RunInstances", "/", Some("Action=RunInstances"), None),
            ("/{Bucket}?list-type=2#x", "/{Bucket}", Some("list-type=2"), Some("x")),
            ("", "", None, None),
        ] {
            let key = PathKey::new(written);
            assert_eq!((key.wire_path(), key.fixed_query(), key.fragment()), (path, query, fragment), "{written}");
        }
    }

    #[test]
    fn the_fixed_query_is_decoded() {
        let key = PathKey::new("/{a}/x{b}?uploads&t=a%20b&e=&q={c}#{d}");
        let pairs: Vec<_> = key.fixed_pairs().collect();
        let expected = [("uploads", None), ("t", Some("a b")), ("e", Some("")), ("q", Some("{c}"))];
        assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.map(str::to_owned))));
        assert_eq!(key.template_names().collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(key.shape(), "/{}/x{}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn the_parts_are_the_whole(written in "[a{}?#=&/ü]{0,12}") {
            let key = PathKey::new(written.as_str());
            let query = key.fixed_query().map_or(String::new(), |query| format!("?{query}"));
            let fragment = key.fragment().map_or(String::new(), |fragment| format!("#{fragment}"));
            prop_assert_eq!(format!("{}{query}{fragment}", key.wire_path()), written);
            let _ = (key.fixed_pairs().count(), key.template_names().count(), key.shape());
        }
    }
}
