//! The secrets of a run and how they are masked; done when an event is made, so that nothing later can leak one.

mod base64;
mod escapes;
pub(crate) mod excerpt;
mod finder;
mod rolling;
mod search;

use std::borrow::Cow;
use std::collections::HashSet;

use arras_doc::diagnostic::Diagnostic;
use arras_doc::uri;
use arras_doc::value::{Object, Value};

pub use self::base64::base64;
pub use self::finder::{Finder, Found};
use crate::fault::Fault;
use crate::result::CriterionResult;

/// What stands in place of a secret.
pub const MASK: &str = "***";

/// Shorter secrets are masked only where they are the whole of a value, be it a string within JSON: inside longer text they
/// would mask chance matches.
const SHORTEST_WITHIN: usize = 4;

/// A cookie with a shorter value identifies nobody: `consent=true`.
const SHORTEST_COOKIE: usize = 8;

/// The secrets known so far, in every spelling under which they may turn up.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    /// `None` for none, as in most runs.
    known: Option<Box<Known>>,
}

#[derive(Clone, Debug, Default)]
struct Known {
    whole: HashSet<String>,
    finder: Finder,
}

impl Secrets {
    /// Adds a secret; every text made afterwards masks it, in every spelling that a [`Finder`] knows.
    pub fn add(&mut self, secret: &str) {
        if !secret.is_empty() && !self.is(secret) {
            let known = self.known.get_or_insert_default();
            known.whole.insert(secret.to_owned());
            known.finder.add(secret, 0);
        }
    }

    /// Adds every scalar within a value.
    pub fn add_value(&mut self, value: &Value) {
        let mut pending = vec![value];
        while let Some(value) = pending.pop() {
            match value {
                Value::String(text) => self.add(text),
                Value::Number(number) => self.add(&number.to_string()),
                Value::Array(items) => pending.extend(items),
                Value::Object(members) => pending.extend(members.values()),
                Value::Null | Value::Bool(_) => {}
            }
        }
    }

    /// Each secret as it was added, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.known.iter().flat_map(|known| &known.whole).map(String::as_str)
    }

    /// Whether there is nothing to mask.
    pub fn is_empty(&self) -> bool {
        self.known.is_none()
    }

    /// Whether the value is or holds a secret.
    pub fn taints(&self, value: &Value) -> bool {
        !self.is_empty() && self.value(value) != *value
    }

    /// The text with every secret masked.
    pub fn text(&self, text: &str) -> String {
        self.text_as(text, MASK)
    }

    /// The text with every secret masked by the mask.
    pub(crate) fn text_as(&self, text: &str, mask: &str) -> String {
        match &self.known {
            None => text.to_owned(),
            Some(known) if known.whole.contains(text) => mask.to_owned(),
            Some(known) => known.finder.replace(text, |_| Some(mask)),
        }
    }

    /// The bytes with every secret masked, in whatever encoding.
    pub fn bytes(&self, bytes: &[u8]) -> Vec<u8> {
        match &self.known {
            None => bytes.to_vec(),
            Some(known) => known.finder.replace_bytes(bytes, |_| Some(MASK)),
        }
    }

    /// Whether the text as a whole is a secret.
    pub(crate) fn is(&self, text: &str) -> bool {
        self.known.as_ref().is_some_and(|known| known.whole.contains(text))
    }

    /// The value with every secret in it masked, member names included.
    pub fn value(&self, value: &Value) -> Value {
        if self.is_empty() {
            return value.clone();
        }
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Number(number) if self.is(&number.to_string()) => Value::from(MASK),
            Value::Array(items) => Value::Array(items.iter().map(|item| self.value(item)).collect()),
            Value::Object(members) => Value::Object(self.object(members)),
            other => other.clone(),
        }
    }

    /// The members with every secret in them masked.
    pub fn object(&self, members: &Object) -> Object {
        if self.is_empty() {
            return members.clone();
        }
        members.iter().map(|(name, value)| (self.text(name), self.value(value))).collect()
    }

    /// The header fields, those masked whole that carry credentials by their nature.
    pub fn headers(&self, headers: &[(String, String)]) -> Vec<(String, String)> {
        const SECRET: [&str; 7] = [
            "authorization",
            "proxy-authorization",
            "cookie",
            "set-cookie",
            "x-amz-security-token",
            "x-api-key",
            "www-authenticate",
        ];
        let masked = |name: &str, value: &str| match SECRET.iter().any(|secret| name.eq_ignore_ascii_case(secret)) {
            true => MASK.to_owned(),
            false => self.text(value),
        };
        headers.iter().map(|(name, value)| (name.clone(), masked(name, value))).collect()
    }

    /// The criterion's findings, masked.
    pub fn criterion(&self, mut result: CriterionResult) -> CriterionResult {
        if self.is_empty() {
            return result;
        }
        result.condition = self.text(&result.condition);
        result.error = result.error.map(|error| self.text(&error));
        for entry in &mut result.evidence {
            entry.value = entry.value.as_ref().map(|value| self.value(value));
        }
        result
    }

    /// The fault, masked.
    pub fn fault(&self, mut fault: Fault) -> Fault {
        fault.message = self.text(&fault.message);
        fault
    }

    /// The finding, masked; of what may be long in it the beginning.
    pub fn diagnostic(&self, mut diagnostic: Diagnostic) -> Diagnostic {
        diagnostic.message = self.told(&diagnostic.message);
        diagnostic.help = diagnostic.help.map(|help| self.told(&help));
        for label in &mut diagnostic.labels {
            label.text = self.told(&label.text);
        }
        diagnostic
    }

    /// The text masked, and then cut where it is marked as an excerpt.
    fn told(&self, text: &str) -> String {
        excerpt::cut(text, |part| if self.is_empty() { Cow::Borrowed(part) } else { self.text(part).into() })
    }
}

/// Whether a secret is masked only where it is the whole of a value: a short one, and a word of JSON's own, which would mask
/// what nobody meant.
pub fn stands_alone(secret: impl AsRef<[u8]>) -> bool {
    let secret = secret.as_ref();
    secret.len() < SHORTEST_WITHIN || matches!(secret, b"true" | b"false" | b"null")
}

/// The value in a pair of a cookie's name and value, if it is a secret; what follows a semicolon is no part of it, nor are
/// quotation marks around it.
pub fn cookie(pair: &str) -> Option<&str> {
    let (_, value) = pair.split(';').next()?.split_once('=')?;
    let value = value.trim();
    let unquoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    Some(unquoted.unwrap_or(value)).filter(|value| value.len() >= SHORTEST_COOKIE)
}

/// The secrets in a header field that carries credentials by its nature, whether or not anyone said so; none in others.
pub fn in_header<'v>(name: &str, value: &'v str) -> Vec<&'v str> {
    let is = |known: &str| name.eq_ignore_ascii_case(known);
    let mut found = if is("authorization") || is("proxy-authorization") {
        // without the word before it that names its kind
        vec![value.split_once(' ').map_or(value, |(_, rest)| rest.trim())]
    } else if is("cookie") {
        value.split(';').filter_map(cookie).collect()
    } else if is("set-cookie") {
        cookie(value).into_iter().collect()
    } else if is("x-amz-security-token") || is("x-api-key") {
        vec![value]
    } else {
        return Vec::new();
    };
    found.retain(|secret| !secret.is_empty());
    found
}

/// The same of all fields of a message; cookies that are spelled with percent signs also as what they say.
pub(crate) fn in_headers(headers: &[(String, String)]) -> impl Iterator<Item = String> {
    headers.iter().flat_map(|(name, value)| {
        let is_cookie = name.eq_ignore_ascii_case("cookie") || name.eq_ignore_ascii_case("set-cookie");
        in_header(name, value).into_iter().flat_map(move |secret| {
            let decoded = uri::percent_decode(secret).filter(|it| is_cookie && it != secret);
            std::iter::once(secret.to_owned()).chain(decoded.filter(|it| it.len() >= SHORTEST_COOKIE))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_is_masked() {
        let mut secrets = Secrets::default();
        secrets.add("pa ss/w\"örd+1");
        for text in [
            "x pa ss/w\"örd+1 y",
            r#"{"a":"pa ss/w\"örd+1"}"#,
            "pa%20ss%2Fw%22%C3%B6rd%2B1",
            "pa%20ss%2fw%22%c3%b6rd%2b1",
            "q=pa+ss%2Fw%22%C3%B6rd%2B1&r=1",
            r#"{"a":"pa ss\/w\u0022\u00f6rd\u002b1"}"#,
            "<a>pa ss/w&quot;&#246;rd&#x2B;1</a>",
            "Basic cGEgc3MvdyLDtnJkKzE=",
            r"Basic cGEgc3MvdyLDtnJkKzE\u003d",
            "cGEgc3MvdyLDtnJkKzE",
        ] {
            let masked = secrets.text(text);
            assert!(masked.contains(MASK) && !masked.contains("pa") && !masked.contains("cGE"), "{text} → {masked}");
        }
    }

    #[test]
    fn short_secrets_are_masked_whole() {
        let mut secrets = Secrets::default();
        secrets.add("a");
        secrets.add_value(&Value::from(42));
        assert_eq!(secrets.text(r#"{"a":"a","b":"ab","c":42,"d":"42"}"#), r#"{"***":"***","b":"ab","c":42,"d":"***"}"#);
        assert_eq!((secrets.text("a").as_str(), secrets.text("banana").as_str()), (MASK, "banana"));
        secrets.add_value(&Value::from(123));
        for (text, expected) in [
            (
                r#"{"cvv":123,"list":[123, 1234, 123 ,0.123,123.0],"of": 123}"#,
                r#"{"cvv":***,"list":[***, 1234, *** ,0.123,123.0],"of": ***}"#,
            ),
            (r#"{"m":"{\"cvv\":123}"}"#, r#"{"m":"{\"cvv\":***}"}"#),
            ("{\"cvv\":\n  123\n}", "{\"cvv\":\n  ***\n}"),
            ("123 of 123", "123 of 123"),
        ] {
            assert_eq!(secrets.text(text), expected);
        }
        assert_eq!(secrets.value(&Value::Array(vec![Value::from(42), Value::from(421)])).to_json(), r#"["***",421]"#);
    }

    /// They would mask what nobody meant, and what is left would be no JSON.
    #[test]
    fn words_of_json_are_masked_whole() {
        let mut secrets = Secrets::default();
        ["true", "null"].iter().for_each(|secret| secrets.add(secret));
        assert_eq!(secrets.text(r#"{"a":true,"b":"true","c":null}"#), r#"{"a":true,"b":"***","c":null}"#);
        assert_eq!((secrets.text("true").as_str(), secrets.text("untrue").as_str()), (MASK, "untrue"));
    }

    #[test]
    fn cookies_that_identify_are_secret() {
        for (pair, expected) in [
            ("sid=cookie-canary; Path=/", Some("cookie-canary")),
            (" sid = 12345678 ", Some("12345678")),
            ("consent=true; Max-Age=1000000", None),
            ("nothing", None),
            ("sid=\"cookie-canary\"; Path=/", Some("cookie-canary")),
            ("sid=\"", None),
        ] {
            assert_eq!(cookie(pair), expected, "{pair}");
        }
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let headers = [
            header("Set-Cookie", "sid=s%3Acookie%2Fcanary%20one; Path=/"),
            header("Cookie", "a=plain-canary; b=\"%7Bcanary%7D\""),
            header("X-Api-Key", "key%2Fcanary"),
        ];
        let found: Vec<String> = in_headers(&headers).collect();
        let expected = [
            "s%3Acookie%2Fcanary%20one",
            "s:cookie/canary one",
            "plain-canary",
            "%7Bcanary%7D",
            "{canary}",
            "key%2Fcanary",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_longer_secret_is_masked_before_a_shorter_one_within_it() {
        let mut secrets = Secrets::default();
        secrets.add("abcd");
        secrets.add("abcdefgh");
        assert_eq!(secrets.text("abcdefgh-abcd-efgh"), "***-***-efgh");
    }

    #[test]
    fn credential_headers_are_masked_by_name() {
        let headers = [("AUTHORIZATION".to_owned(), "x".to_owned()), ("A".to_owned(), "b".to_owned())];
        let masked = Secrets::default().headers(&headers);
        assert_eq!((masked[0].1.as_str(), masked[1].1.as_str()), (MASK, "b"));
    }
}
