//! What stands where in a URL, for what may be replaced in it.

use std::ops::Range;

/// A part of a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The scheme, with the slashes behind it.
    Scheme,
    /// A user's name and password.
    User,
    /// A host's name.
    Host,
    /// A host's address in numbers.
    Address,
    /// A port.
    Port,
    /// The path, or a name in the query.
    Name,
    /// What is given for a name in the query.
    Value,
}

/// A URL, or a reference to be resolved against one, taken apart.
pub(super) struct Parts<'u> {
    url: &'u str,
    /// Where the authority begins and the path; the same where there is no authority.
    authority: Range<usize>,
    query: usize,
}

impl Parts<'_> {
    pub(super) fn of(url: &str) -> Parts<'_> {
        let is_of_scheme = |char: char| char.is_ascii_alphanumeric() || "+-.".contains(char);
        let start = match url.split_once("//") {
            Some(("", _)) => Some(2),
            Some((scheme, _)) => {
                let name = scheme.strip_suffix(':');
                name.filter(|name| !name.is_empty() && name.chars().all(is_of_scheme)).map(|_| scheme.len() + 2)
            }
            None => None,
        };
        let end_of = |from: usize, marks: &[char]| url[from..].find(marks).map_or(url.len(), |end| from + end);
        let authority = start.map_or(0..0, |start| start..end_of(start, &['/', '?', '#']));
        let query = end_of(authority.end, &['?']);
        Parts { url, authority, query }
    }

    /// What that part of the text is; none if it is several.
    pub(super) fn at(&self, part: &Range<usize>) -> Option<Part> {
        let is_within = |whole: &Range<usize>| whole.start <= part.start && part.end <= whole.end;
        let Range { start, end } = self.authority;
        let text = &self.url[start..end];
        let host = start + text.rfind('@').map_or(0, |at| at + 1);
        let is_port = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
        let port = text.rfind(':').map(|at| start + at).filter(|at| *at >= host && is_port(&self.url[at + 1..end]));
        let name = host..port.unwrap_or(end);
        let is_address = || {
            let last = self.url[name.clone()].rsplit('.').next().unwrap_or_default();
            last.starts_with(|char: char| char.is_ascii_digit()) || last.ends_with(']')
        };
        match () {
            () if is_within(&(0..start)) => Some(Part::Scheme),
            () if is_within(&(start..host)) => Some(Part::User),
            () if is_within(&name) => Some(if is_address() { Part::Address } else { Part::Host }),
            () if port.is_some_and(|at| is_within(&(at..end))) => Some(Part::Port),
            () if is_within(&(end..self.query)) => Some(Part::Name),
            () if is_within(&(self.query..self.url.len())) => self.of_query(part),
            () => None,
        }
    }

    /// The same within the query.
    fn of_query(&self, part: &Range<usize>) -> Option<Part> {
        let held = &self.url[part.clone()];
        if held.contains('&') {
            return None;
        }
        let begin = self.url[..part.start].rfind('&').map_or(self.query, |at| at.max(self.query));
        let end = self.url[part.end..].find('&').map_or(self.url.len(), |at| part.end + at);
        match self.url[begin..end].find('=').map(|at| begin + at) {
            Some(mark) if part.end <= mark => Some(Part::Name),
            Some(mark) if part.start <= mark => None,
            _ => Some(Part::Value),
        }
    }
}

/// Whether the number there is the port of a URL that stands within a longer text.
pub(super) fn is_port(text: &str, number: &Range<usize>) -> bool {
    let is_of_authority = |char: char| char.is_ascii_alphanumeric() || "-._~%{}[]:@".contains(char);
    let Some(before) = text[..number.start].strip_suffix(':') else { return false };
    let before = before.trim_end_matches(is_of_authority);
    let ends = |after: char| !is_of_authority(after) || after == '}';
    (before.ends_with("//") || before.ends_with("\\/\\/")) && text[number.end..].chars().next().is_none_or(ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_apart() {
        let of = |url: &str, part: &str| {
            let start = url.rfind(part).expect(part);
            Parts::of(url).at(&(start..start + part.len()))
        };
        for (url, part, expected) in [
            ("http://u:12@h.example:12/a", "http", Some(Part::Scheme)),
            ("http://u:34@h.example:12/a", "34", Some(Part::User)),
            ("http://u:34@h.example:12/a", "h.ex", Some(Part::Host)),
            ("http://u:34@h.example:12/a", "12", Some(Part::Port)),
            ("http://u:34@h.example:12", "12", Some(Part::Port)),
            ("//h.example:12?a=b", "12", Some(Part::Port)),
            ("http://127.0.0.1:12/", "127", Some(Part::Address)),
            ("http://[::1234]:12/", "1234", Some(Part::Address)),
            ("http://h/a/b?c", "a/b", Some(Part::Name)),
            ("http://h/a/b?c=d&e", "c", Some(Part::Name)),
            ("http://h/a/b?c=d&e=f=g", "f=g", Some(Part::Value)),
            ("http://h/a/b?c=d&e", "e", Some(Part::Value)),
            ("http://h/a/b?c=d&e", "d&e", None),
            ("http://h/a/b?c=d&e", "c=d", None),
            ("http://h/a/b?c=d&e", "h/a", None),
            ("/cb?otp=12&next=http://h.example/x", "12", Some(Part::Value)),
            ("cb/12?next=http://h.example/x", "12", Some(Part::Name)),
            ("a b://h/12", "h/12", Some(Part::Name)),
            ("http:", "http:", Some(Part::Name)),
        ] {
            assert_eq!(of(url, part), expected, "{part} of {url}");
        }
    }

    #[test]
    fn a_port_within_a_text_is_known() {
        for (text, expected) in [
            ("servers: [{url: 'http://127.0.0.1:4711'}]", true),
            ("http://h.example:4711/v1", true),
            ("http://{host}:4711", true),
            (r#""http:\/\/h.example:4711\/v1""#, true),
            ("//[::1]:4711", true),
            ("http://bob:4711@h.example", false),
            ("http://h.example:14711/", false),
            ("code:4711", false),
            ("http://h.example/a:4711", false),
        ] {
            let start = text.find("4711").expect("a number");
            assert_eq!(is_port(text, &(start..start + 4)), expected, "{text}");
        }
    }
}
