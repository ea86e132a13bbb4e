//! Media types (RFC 9110 §8.3) and the choice among them that an `Accept` field asks for.

use std::fmt;

/// A media type or media range: `application/json; charset=utf-8`, `image/*`.
///
/// Type, subtype and parameter names are kept in lower case, parameter values as written.
///
/// ```
/// use arras_doc::media_type::MediaType;
/// let media_type = MediaType::parse("Application/Problem+JSON; Charset=\"UTF-8\"").expect("a media type");
/// assert_eq!(media_type.essence(), "application/problem+json");
/// assert_eq!((media_type.suffix(), media_type.parameter("charset")), (Some("json"), Some("UTF-8")));
/// assert!(media_type.is_json());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MediaType {
    essence: String,
    slash: usize,
    parameters: Vec<(String, String)>,
}

impl MediaType {
    /// Reads a media type; `None` if it does not begin with `type/subtype`.
    ///
    /// Parameters that don't fit the grammar are left out: servers send many.
    pub fn parse(text: &str) -> Option<MediaType> {
        let end = text.bytes().position(|byte| byte == b';').unwrap_or(text.len());
        let (essence, rest) = text.split_at(end);
        let essence = essence.trim().to_ascii_lowercase();
        let slash = essence.bytes().position(|byte| byte == b'/')?;
        let valid = is_token(&essence[..slash]) && is_token(&essence[slash + 1..]);
        valid.then(|| MediaType { essence, slash, parameters: parameters(rest) })
    }

    /// Type and subtype: `application/json`.
    pub fn essence(&self) -> &str {
        &self.essence
    }

    /// The type: `application`, or `*` in a range.
    pub fn main_type(&self) -> &str {
        &self.essence[..self.slash]
    }

    /// The subtype with its suffix: `problem+json`, or `*` in a range.
    pub fn subtype(&self) -> &str {
        &self.essence[self.slash + 1..]
    }

    /// What stands behind the subtype's last `+`: `json`.
    pub fn suffix(&self) -> Option<&str> {
        let subtype = self.subtype();
        let plus = subtype.bytes().rposition(|byte| byte == b'+')?;
        subtype.get(plus + 1..)
    }

    /// A parameter's value, quotes removed; the name in any case.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The parameters in order, names in lower case.
    pub fn parameters(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether a body of this type is one JSON value: `application/json`, `text/json`, `…+json`, AWS's `application/x-amz-json-1.x`.
    pub fn is_json(&self) -> bool {
        matches!(self.essence.as_str(), "application/json" | "text/json")
            || self.suffix() == Some("json")
            || self.essence.starts_with("application/x-amz-json-")
    }

    /// Whether a body of this type is XML: `application/xml`, `text/xml`, `…+xml`.
    pub fn is_xml(&self) -> bool {
        matches!(self.essence.as_str(), "application/xml" | "text/xml") || self.suffix() == Some("xml")
    }

    /// Whether it is `application/x-www-form-urlencoded`.
    pub fn is_form(&self) -> bool {
        self.essence == "application/x-www-form-urlencoded"
    }

    /// Whether it is `multipart/…`.
    pub fn is_multipart(&self) -> bool {
        self.main_type() == "multipart"
    }

    /// Whether it is `text/…`.
    pub fn is_text(&self) -> bool {
        self.main_type() == "text"
    }

    /// Whether it names a range instead of one type: `*/*`, `text/*`.
    pub fn is_range(&self) -> bool {
        self.subtype() == "*"
    }

    /// Whether `range` covers this media type; the range's parameters but `q` must be there too.
    pub fn is_in(&self, range: &MediaType) -> bool {
        let covered = |pattern: &str, text: &str| pattern == "*" || pattern == text;
        covered(range.main_type(), self.main_type())
            && covered(range.subtype(), self.subtype())
            && range
                .conditions()
                .all(|(name, value)| self.parameter(name).is_some_and(|own| own.eq_ignore_ascii_case(value)))
    }

    fn conditions(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parameters().filter(|(name, _)| *name != "q")
    }

    /// How narrow a range is; a narrower one overrides a wider one (RFC 9110 §12.5.1).
    fn specificity(&self) -> usize {
        usize::from(self.main_type() != "*") + usize::from(self.subtype() != "*") + self.conditions().count()
    }

    fn quality(&self) -> f32 {
        let quality = self.parameter("q").and_then(|text| text.parse::<f32>().ok());
        quality.filter(|quality| quality.is_finite()).unwrap_or(1.0).clamp(0.0, 1.0)
    }
}

/// The offered media type that an `Accept` field likes best; among equals the one that the field names first, then the
/// first offered; `None` if it takes none.
///
/// Offers that are no media types are passed over; an empty field takes anything.
pub fn negotiate<'a>(accept: &str, offered: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let ranges: Vec<MediaType> = split_outside_quotes(accept, ',').filter_map(MediaType::parse).collect();
    let mut best: Option<(f32, usize, &str)> = None;
    for offer in offered {
        let Some(media_type) = MediaType::parse(offer) else { continue };
        let covering = ranges.iter().enumerate().filter(|(_, range)| media_type.is_in(range));
        let (quality, place) = match covering.max_by_key(|(_, range)| range.specificity()) {
            Some((place, range)) => (range.quality(), place),
            None if ranges.is_empty() => (1.0, 0),
            None => (0.0, 0),
        };
        let is_better = best.is_none_or(|(most, first, _)| quality > most || (quality == most && place < first));
        if quality > 0.0 && is_better {
            best = Some((quality, place, offer));
        }
    }
    best.map(|(.., offer)| offer)
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.essence)?;
        for (name, value) in &self.parameters {
            if is_token(value) {
                write!(f, "; {name}={value}")?;
            } else {
                write!(f, "; {name}=\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))?;
            }
        }
        Ok(())
    }
}

fn parameters(text: &str) -> Vec<(String, String)> {
    let pairs = split_outside_quotes(text, ';').filter_map(|part| part.split_once('='));
    let pairs = pairs.map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim()));
    let pairs = pairs.filter(|(name, _)| is_token(name));
    pairs.filter_map(|(name, value)| Some((name, parameter_value(value)?))).collect()
}

fn parameter_value(text: &str) -> Option<String> {
    let Some(quoted) = text.strip_prefix('"') else {
        return is_token(text).then(|| text.to_owned());
    };
    let mut value = String::new();
    let mut characters = quoted.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => return characters.as_str().trim().is_empty().then_some(value),
            '\\' => value.push(characters.next()?),
            other => value.push(other),
        }
    }
    None
}

fn split_outside_quotes(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    let mut escaped = false;
    text.split(move |character| {
        let closes_escape = std::mem::take(&mut escaped);
        match character {
            '\\' if quoted && !closes_escape => escaped = true,
            '"' if !closes_escape => quoted = !quoted,
            _ => {}
        }
        character == separator && !quoted
    })
}

fn is_token(text: &str) -> bool {
    let symbol = |byte: u8| b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || symbol(byte))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn media_type(text: &str) -> MediaType {
        MediaType::parse(text).expect("a media type")
    }

    #[test]
    fn families_are_told_apart() {
        let family = |text: &str| {
            let it = media_type(text);
            let names = [
                ("json", it.is_json()),
                ("xml", it.is_xml()),
                ("form", it.is_form()),
                ("multipart", it.is_multipart()),
                ("text", it.is_text()),
            ];
            names.iter().filter(|(_, is)| *is).map(|(name, _)| *name).collect::<Vec<_>>().join(" ")
        };
        for (text, expected) in [
            ("application/json", "json"),
            ("application/json; charset=utf-8", "json"),
            ("APPLICATION/JSON", "json"),
            ("application/x-amz-json-1.1", "json"),
            ("application/x-amz-json-1.0;x=y", "json"),
            ("application/vnd.github.v3+json", "json"),
            ("text/json", "json text"),
            ("application/jsonl", ""),
            ("application/json-seq", ""),
            ("application/notjson", ""),
            ("text/xml", "xml text"),
            ("application/soap+xml; action=\"a;b\"", "xml"),
            ("application/x-www-form-urlencoded", "form"),
            ("multipart/form-data; boundary=x", "multipart"),
            ("text/html", "text"),
            ("application/octet-stream", ""),
        ] {
            assert_eq!(family(text), expected, "{text}");
        }
    }

    #[test]
    fn parameters_are_read_leniently() {
        let it = media_type("a/b ; One=1;two=\"a;\\\"b\\\\\" ; =x; bad=\"open; three = 3");
        assert_eq!(it.parameters().collect::<Vec<_>>(), [("one", "1"), ("two", "a;\"b\\")]);
        assert_eq!(it.to_string(), "a/b; one=1; two=\"a;\\\"b\\\\\"");
    }

    #[test]
    fn what_has_no_type_and_subtype_is_none() {
        for text in ["", "json", "a/", "/b", "a b/c", "a/b/c", "a/b c", "ä/b"] {
            assert_eq!(MediaType::parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_accept_field_chooses() {
        let offered = ["application/json", "text/html; level=1", "text/plain"];
        for (accept, expected) in [
            ("", Some("application/json")),
            ("*/*", Some("application/json")),
            ("text/*", Some("text/html; level=1")),
            ("text/*;q=0.5, text/plain", Some("text/plain")),
            ("*/*, application/json;q=0", Some("text/html; level=1")),
            ("text/html;level=2, text/plain;q=0.1", Some("text/plain")),
            ("text/html;level=1;q=0.9, application/json;q=0.8", Some("text/html; level=1")),
            ("text/plain, application/json", Some("text/plain")),
            ("text/plain;q=0.5, application/json;q=0.5, */*;q=0.5", Some("text/plain")),
            ("image/png", None),
            ("Application/JSON", Some("application/json")),
        ] {
            assert_eq!(negotiate(accept, offered), expected, "{accept}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn what_is_shown_reads_back(text in "[a-z*+.]{1,5}/[a-zA-Z+]{1,5}(;[a-z ]{1,3}=(\"[ -~]{0,6}\"|[a-z]{0,3})){0,3}") {
            if let Some(it) = MediaType::parse(&text) {
                prop_assert_eq!(MediaType::parse(&it.to_string()), Some(it));
            }
        }

        #[test]
        fn nothing_panics(text in "\\PC{0,40}", accept in "\\PC{0,40}") {
            let _ = MediaType::parse(&text);
            let _ = negotiate(&accept, [text.as_str()]);
        }
    }
}
