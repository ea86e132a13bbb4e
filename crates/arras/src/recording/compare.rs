//! What differs between a recorded request and the one that is made now, both with their secrets masked.

use arras_doc::value::Value;
use arras_run::exchange::{Request, header};
use arras_run::secret::{MASK, Secrets};

use super::{Body, RecordedRequest};
use crate::trace::FIELD;

/// How many differences within a body are told.
const TOLD: usize = 5;
/// How much of a value is shown.
const LONGEST: usize = 200;

/// The differences, one phrase each; none if the requests are the same. With `loose` only method, URL and body count.
pub(super) fn differences(
    recorded: &RecordedRequest,
    made: &Request,
    secrets: &Secrets,
    placeholders: &[String],
    loose: bool,
) -> Vec<String> {
    let masked = |text: &str| mask(&secrets.text(text), placeholders);
    let mut found = Vec::new();
    let mut differ = |what: &str, was: String, now: String| {
        if was != now {
            found.push(format!("{what} was `{}`, is `{}`", short(&was), short(&now)));
        }
    };
    differ("the method", recorded.method.clone(), made.method.clone());
    differ("the URL", masked(&recorded.url), masked(&made.url));
    let boundaries = [boundary(&recorded.headers), boundary(&made.headers)];
    if !loose {
        let fields = |headers: &[(String, String)], boundary: &Option<String>| {
            let field =
                |(name, value): &(String, String)| (name.to_ascii_lowercase(), unbound(&masked(value), boundary));
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
    let unasked = loose && recorded.body.is_empty();
    if !unasked {
        found.extend(bodies(&recorded.body, made, &boundaries, &masked));
    }
    found
}

fn bodies(
    recorded: &Body,
    made: &Request,
    boundaries: &[Option<String>; 2],
    masked: &impl Fn(&str) -> String,
) -> Vec<String> {
    let (was, now) = (recorded.bytes(), made.body.outline());
    let (Ok(was), Ok(now)) = (std::str::from_utf8(&was), std::str::from_utf8(&now)) else {
        let same = *was == *now;
        return if same {
            Vec::new()
        } else {
            vec![format!("the body was {} bytes, is {}, or others", was.len(), now.len())]
        };
    };
    let (was, now) = (unbound(&masked(was), &boundaries[0]), unbound(&masked(now), &boundaries[1]));
    if was == now {
        return Vec::new();
    }
    if let (Ok(was), Ok(now)) = (Value::from_json(&was), Value::from_json(&now)) {
        let mut found = Vec::new();
        values("", Some(&was), Some(&now), &mut found);
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
fn values(pointer: &str, was: Option<&Value>, now: Option<&Value>, found: &mut Vec<String>) {
    match (was, now) {
        (Some(was), Some(now)) if was == now => {}
        (Some(Value::Object(was)), Some(Value::Object(now))) => {
            let names = was.keys().chain(now.keys().filter(|name| !was.contains_key(name.as_str())));
            for name in names {
                let below = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
                values(&below, was.get(name), now.get(name), found);
            }
        }
        (Some(Value::Array(was)), Some(Value::Array(now))) => {
            for index in 0..was.len().max(now.len()) {
                values(&format!("{pointer}/{index}"), was.get(index), now.get(index), found);
            }
        }
        (was, now) => {
            let shown = |value: Option<&Value>| {
                value.map_or("absent".to_owned(), |value| format!("`{}`", short(&value.to_json())))
            };
            found.push(format!("the body at `#{pointer}` was {}, is {}", shown(was), shown(now)));
        }
    }
}

/// Placeholders count as masked: nothing here may tell two secrets apart.
fn mask(text: &str, placeholders: &[String]) -> String {
    // the last one has the longest number: `…-1` must not be found within `…-12`
    placeholders.iter().rev().fold(text.to_owned(), |text, placeholder| {
        if text.contains(placeholder.as_str()) { text.replace(placeholder.as_str(), MASK) } else { text }
    })
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
        let found = differences(&was, &now, &secrets, &["arras-secret-1".to_owned()], false);
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
        assert_eq!(differences(&was, &now, &secrets, &["arras-secret-1".to_owned()], true).len(), 4);
    }

    #[test]
    fn layout_of_json_and_boundaries_are_no_difference() {
        let was = recorded(&request("https://a/", &[], r#"{"a": 1.0}"#));
        let same = request("https://a/", &[], "{ \"a\":1.0 }");
        assert!(differences(&was, &same, &Secrets::default(), &[], false).is_empty());
        let part = |boundary: &str| {
            let kind = format!("multipart/form-data; boundary={boundary}");
            request("https://a/", &[("Content-Type", &kind)], &format!("--{boundary}\r\n\r\nx\r\n--{boundary}--\r\n"))
        };
        assert!(differences(&recorded(&part("aaa")), &part("bbb"), &Secrets::default(), &[], false).is_empty());
    }
}
