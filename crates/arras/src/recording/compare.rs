//! What differs between a recorded request and the one that is made now, both with their secrets masked.

use arras_doc::value::Value;
use arras_run::exchange::{Request, header};
use arras_run::secret::{Finder, MASK, Secrets};

use super::{Body, RecordedRequest, masks};
use crate::trace::FIELD;

/// How many differences within a body are told.
const TOLD: usize = 5;
/// How much of a value is shown.
const LONGEST: usize = 200;

/// How two requests are compared.
pub(super) struct Comparison<'a> {
    pub(super) secrets: &'a Secrets,
    pub(super) placeholders: &'a Finder,
    /// Only method, URL and body count.
    pub(super) loose: bool,
    /// Masks in what was recorded stand for whatever stood there.
    pub(super) is_masked: bool,
}

impl Comparison<'_> {
    /// The differences, one phrase each; none if the requests are the same.
    pub(super) fn differences(&self, recorded: &RecordedRequest, made: &Request) -> Vec<String> {
        let mut found = Vec::new();
        let mut differ = |what: &str, was: String, now: String| {
            if !self.alike(&was, &now) {
                found.push(format!("{what} was `{}`, is `{}`", short(&was), short(&now)));
            }
        };
        differ("the method", recorded.method.clone(), made.method.clone());
        differ("the URL", self.masked(&recorded.url), self.masked(&made.url));
        let boundaries = [boundary(&recorded.headers), boundary(&made.headers)];
        if !self.loose {
            self.headers(recorded, made, &boundaries, &mut differ);
        }
        let unasked = self.loose && recorded.body.is_empty();
        if !unasked {
            found.extend(self.bodies(&recorded.body, made, &boundaries));
        }
        found
    }

    fn headers(
        &self,
        recorded: &RecordedRequest,
        made: &Request,
        boundaries: &[Option<String>; 2],
        differ: &mut impl FnMut(&str, String, String),
    ) {
        let fields = |headers: &[(String, String)], boundary: &Option<String>| {
            let field =
                |(name, value): &(String, String)| (name.to_ascii_lowercase(), unbound(&self.masked(value), boundary));
            // which trace a run belongs to says nothing of what it asks for
            let asked = headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case(FIELD));
            let mut fields: Vec<_> = asked.map(field).collect();
            fields.sort_by(|(a, _), (b, _)| a.cmp(b));
            fields
        };
        let (was, now) = (fields(&recorded.headers, &boundaries[0]), fields(&made.headers, &boundaries[1]));
        for (name, value) in was.iter().filter(|field| !now.contains(field)) {
            match now.iter().find(|(other, _)| other == name) {
                Some((_, other)) => differ(&format!("the header `{name}`"), value.clone(), other.clone()),
                None => differ(&format!("the header `{name}`"), value.clone(), String::new()),
            }
        }
        for (name, value) in now.iter().filter(|(name, _)| !was.iter().any(|(other, _)| other == name)) {
            differ(&format!("the header `{name}`"), String::new(), value.clone());
        }
    }

    fn bodies(&self, recorded: &Body, made: &Request, boundaries: &[Option<String>; 2]) -> Vec<String> {
        let (was, now) = (recorded.bytes(), made.body.outline());
        let (Ok(was), Ok(now)) = (std::str::from_utf8(&was), std::str::from_utf8(&now)) else {
            return if self.masked_bytes(&was) == self.masked_bytes(&now) {
                Vec::new()
            } else {
                vec![format!("the body was {} bytes, is {}, or others", was.len(), now.len())]
            };
        };
        let (was, now) = (unbound(&self.masked(was), &boundaries[0]), unbound(&self.masked(now), &boundaries[1]));
        if self.alike(&was, &now) {
            return Vec::new();
        }
        if let (Ok(was), Ok(now)) = (Value::from_json(&was), Value::from_json(&now)) {
            let mut found = Vec::new();
            self.values("", Some(&was), Some(&now), &mut found);
            let more = found.len().saturating_sub(TOLD);
            found.truncate(TOLD);
            if more > 0 {
                found.push(format!("and {more} more in the body"));
            }
            return found;
        }
        let first = was.lines().zip(now.lines()).position(|(was, now)| was != now);
        let line = first.unwrap_or_else(|| was.lines().count().min(now.lines().count()));
        let at = |text: &str| short(text.lines().nth(line).unwrap_or_default());
        vec![format!("the body's line {} was `{}`, is `{}`", line + 1, at(&was), at(&now))]
    }

    /// Where two JSON values differ, by pointers.
    fn values(&self, pointer: &str, was: Option<&Value>, now: Option<&Value>, found: &mut Vec<String>) {
        match (was, now) {
            (Some(was), Some(now)) if was == now => {}
            (Some(Value::Object(was)), Some(Value::Object(now))) => {
                let names = was.keys().chain(now.keys().filter(|name| !was.contains_key(name.as_str())));
                for name in names {
                    let below = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
                    self.values(&below, was.get(name), now.get(name), found);
                }
            }
            (Some(Value::Array(was)), Some(Value::Array(now))) => {
                for index in 0..was.len().max(now.len()) {
                    self.values(&format!("{pointer}/{index}"), was.get(index), now.get(index), found);
                }
            }
            (Some(Value::String(was)), Some(Value::String(now))) if self.alike(was, now) => {}
            // what a mask stands for may have been of any type
            (Some(Value::String(mask)), Some(other)) | (Some(other), Some(Value::String(mask)))
                if mask == MASK && self.alike(mask, &other.to_text()) => {}
            (was, now) => {
                let shown = |value: Option<&Value>| {
                    value.map_or("absent".to_owned(), |value| format!("`{}`", short(&value.to_json())))
                };
                found.push(format!("the body at `#{pointer}` was {}, is {}", shown(was), shown(now)));
            }
        }
    }

    /// Placeholders count as masked: nothing here may tell two secrets apart.
    pub(super) fn masked(&self, text: &str) -> String {
        self.placeholders.replace(&self.secrets.text(text), |_| Some(MASK))
    }

    fn masked_bytes(&self, bytes: &[u8]) -> Vec<u8> {
        self.placeholders.replace_bytes(&self.secrets.bytes(bytes), |_| Some(MASK))
    }

    /// Puts what was sent in the place of what was made of placeholders, where a short secret stood within a longer text.
    pub(super) fn fill(&self, made: &mut String, recorded: &str) {
        let (was, now) = (self.masked(recorded), self.masked(made));
        if was != now && self.alike(&was, &now) {
            recorded.clone_into(made);
        }
    }

    /// The same for all of a request that is the recorded one.
    pub(super) fn fill_request(&self, made: &mut Request, recorded: &RecordedRequest) {
        self.fill(&mut made.url, &recorded.url);
        for (name, value) in &mut made.headers {
            if let Some(was) = header(&recorded.headers, name) {
                self.fill(value, &was);
            }
        }
        let text = made.body.in_memory().and_then(|body| std::str::from_utf8(body).ok());
        if let (Some(text), Body::Text(was)) = (text, &recorded.body) {
            let mut text = text.to_owned();
            self.fill(&mut text, was);
            made.body = text.into();
        }
    }

    /// Whether two masked texts are the same but for what can't be known of their secrets.
    pub(super) fn alike(&self, was: &str, now: &str) -> bool {
        was == now || masks::alike(was, now) || self.is_masked && masks::matches(was, now)
    }
}

/// The boundary of a multipart body, which is made up anew for each request.
fn boundary(headers: &[(String, String)]) -> Option<String> {
    let content_type = header(headers, "content-type")?;
    let (_, rest) = content_type.strip_prefix("multipart/")?.split_once("boundary=")?;
    Some(rest.split(';').next()?.trim_matches('"').to_owned()).filter(|boundary| !boundary.is_empty())
}

fn unbound(text: &str, boundary: &Option<String>) -> String {
    boundary.as_ref().map_or_else(|| text.to_owned(), |boundary| text.replace(boundary.as_str(), "BOUNDARY"))
}

fn short(text: &str) -> String {
    let end = text.char_indices().nth(LONGEST).map(|(end, _)| end);
    end.map_or_else(|| text.to_owned(), |end| format!("{}…", &text[..end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(url: &str, headers: &[(&str, &str)], body: &str) -> Request {
        Request {
            method: "POST".into(),
            url: url.into(),
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: body.to_owned().into(),
            path: Vec::new(),
            query: Vec::new(),
        }
    }

    fn recorded(request: &Request) -> RecordedRequest {
        RecordedRequest {
            method: request.method.clone(),
            url: request.url.clone(),
            headers: request.headers.clone(),
            body: Body::of(&request.body.outline()),
        }
    }

    #[test]
    fn differences_are_told_where_they_are() {
        let was = recorded(&request(
            "https://a/x?k=arras-secret-1",
            &[("A", "1"), ("B", "2")],
            r#"{"a":{"b":[1,2]},"c":"d"}"#,
        ));
        let now = request("https://a/x?k=hush-hush", &[("b", "3"), ("C", "4")], r#"{"a":{"b":[1,3,4]}, "e": 5}"#);
        let mut secrets = Secrets::default();
        secrets.add("hush-hush");
        let mut placeholders = Finder::default();
        placeholders.add("arras-secret-1", 0);
        let comparison = |loose| Comparison { secrets: &secrets, placeholders: &placeholders, loose, is_masked: false };
        let found = comparison(false).differences(&was, &now);
        let expected = [
            "the header `a` was `1`, is ``",
            "the header `b` was `2`, is `3`",
            "the header `c` was ``, is `4`",
            "the body at `#/a/b/1` was `2`, is `3`",
            "the body at `#/a/b/2` was absent, is `4`",
            "the body at `#/c` was `\"d\"`, is absent",
            "the body at `#/e` was absent, is `5`",
        ];
        assert_eq!(found, expected);
        assert_eq!(comparison(true).differences(&was, &now).len(), 4);
    }

    #[test]
    fn a_value_of_another_type_is_another() {
        let was = recorded(&request("https://a/", &[], r#"{"n":1,"b":true,"o":[1,2],"z":null,"s":"arras-secret-1"}"#));
        let mut placeholders = Finder::default();
        placeholders.add("arras-secret-1", 0);
        let secrets = Secrets::default();
        let comparison =
            |is_masked| Comparison { secrets: &secrets, placeholders: &placeholders, loose: false, is_masked };
        let now = request("https://a/", &[], r#"{"n":"1","b":"true","o":"[1,2]","z":"null","s":true}"#);
        let expected = [
            r##"the body at `#/n` was `1`, is `"1"`"##,
            r##"the body at `#/b` was `true`, is `"true"`"##,
            r##"the body at `#/o` was `[1,2]`, is `"[1,2]"`"##,
            r##"the body at `#/z` was `null`, is `"null"`"##,
        ];
        assert_eq!(comparison(false).differences(&was, &now), expected);
        // in an archive anything may have been masked
        let was = recorded(&request("https://a/", &[], r#"{"a":"***","b":"***"}"#));
        let now = request("https://a/", &[], r#"{"a":12,"b":[1]}"#);
        assert_eq!(comparison(true).differences(&was, &now), [""; 0]);
    }

    #[test]
    fn layout_of_json_and_boundaries_are_no_difference() {
        let was = recorded(&request("https://a/", &[], r#"{"a": 1.0}"#));
        let same = request("https://a/", &[], "{ \"a\":1.0 }");
        let secrets = Secrets::default();
        let comparison =
            Comparison { secrets: &secrets, placeholders: &Finder::default(), loose: false, is_masked: false };
        assert!(comparison.differences(&was, &same).is_empty());
        let part = |boundary: &str| {
            let kind = format!("multipart/form-data; boundary={boundary}");
            request("https://a/", &[("Content-Type", &kind)], &format!("--{boundary}\r\n\r\nx\r\n--{boundary}--\r\n"))
        };
        assert!(comparison.differences(&recorded(&part("aaa")), &part("bbb")).is_empty());
    }
}
