//! What stands in a recording in place of a secret: the same text wherever the secret stood, in whatever spelling.

use std::collections::HashMap;
use std::ops::Range;

use arras_doc::value::{Object, Value};
use arras_run::secret::{Finder, Found, stands_alone};

use super::url::{Part, Parts, is_port};
use super::{Body, json};

/// Words that documents and answers are made of: replaced there, they would say something else.
const WORDS: &str = "arazzo swagger openapi info title summary description version contact license sourcedescriptions workflows \
    workflowid stepid operationid operationpath dependson inputs outputs steps parameters requestbody payload replacements \
    target targetselectortype contenttype successcriteria successactions failureactions onsuccess onfailure condition context \
    criterion retryafter retrylimit components reference value name type goto retry simple regex jsonpath xpath selector \
    $statuscode $response $request $sourcedescriptions $message $method $self body header query path cookie servers variables \
    paths webhooks get post delete options patch trace tags externaldocs deprecated callbacks security securityschemes responses \
    content schema schemas definitions examples example encoding headers links style explode allowreserved required \
    form spacedelimited pipedelimited deepobject matrix label string integer number boolean object array null format date-time \
    password binary byte int32 int64 float double properties patternproperties additionalproperties unevaluatedproperties items \
    prefixitems contains minitems maxitems uniqueitems minlength maxlength pattern minimum maximum exclusiveminimum \
    exclusivemaximum multipleof minproperties maxproperties default enum const allof anyof oneof nullable readonly writeonly \
    discriminator mapping propertyname attribute wrapped namespace prefix $schema $defs $anchor dependentrequired \
    dependentschemas propertynames http https apikey basic bearer digest oauth2 openidconnect openidconnecturl mutualtls flows \
    implicit clientcredentials authorizationcode authorizationurl tokenurl refreshurl scopes bearerformat basepath consumes \
    produces collectionformat multi application/json application/xml text/plain text/html text/event-stream multipart/form-data \
    application/x-www-form-urlencoded application/octet-stream charset=utf-8 charset=utf-16 charset=iso-8859-1 boundary gzip \
    content-type content-length content-encoding transfer-encoding retry-after location set-cookie www-authenticate accept \
    authorization user-agent x-amz-target x-arras-rules localhost 127.0.0.1";

/// The placeholders of the secrets of a recording.
#[derive(Debug, Default)]
pub(super) struct Placeholders {
    numbers: HashMap<String, usize>,
    finder: Finder,
    /// In the order of their numbers.
    pub(super) all: Vec<String>,
    /// The same as strings of JSON.
    quoted: Vec<String>,
    /// Of each, what the secret is.
    kinds: Vec<Kind>,
}

/// Whether a secret stays as it is where names stand.
pub(super) fn is_word(secret: &str) -> bool {
    WORDS.contains(&secret.to_ascii_lowercase())
}

/// What a secret looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    /// A number, whose placeholder is one.
    Number,
    /// One that is a part of [`WORDS`].
    Word,
}

impl Placeholders {
    /// Adds a secret, if it is a new one.
    ///
    /// A placeholder is spelled the same in JSON, a URL and a form; a number's is a number.
    pub(super) fn add(&mut self, secret: &str) {
        if secret.is_empty() || self.numbers.contains_key(secret) {
            return;
        }
        let at = self.all.len();
        let is_number = || matches!(Value::from_json(secret), Ok(Value::Number(_)));
        let kind = match () {
            () if secret.bytes().all(|byte| byte.is_ascii_digit()) || is_number() => Kind::Number,
            () if is_word(secret) => Kind::Word,
            () => Kind::Text,
        };
        self.all.push(match kind {
            Kind::Number => format!("7390518264{:05}", at + 1),
            Kind::Text | Kind::Word => format!("arras-secret-{}", at + 1),
        });
        self.quoted.push(format!("\"{}\"", self.all[at]));
        self.kinds.push(kind);
        self.numbers.insert(secret.to_owned(), at);
        self.finder.add(secret, at);
    }

    pub(super) fn is_known(&self, secret: &str) -> bool {
        self.numbers.contains_key(secret)
    }

    /// A text that is or holds a value, every secret replaced.
    pub(super) fn text(&self, text: &str) -> String {
        match self.of(text) {
            Some(placeholder) => placeholder.to_owned(),
            None => self.replace(text, |_| true),
        }
    }

    /// A name, or a text made of names: every secret replaced but for words, and for numbers that are ports.
    pub(super) fn name(&self, text: &str) -> String {
        self.replace(text, |found| match self.kinds[found.number] {
            Kind::Text => true,
            Kind::Number => is_whole(text, &found.range) && !is_port(text, &found.range),
            Kind::Word => false,
        })
    }

    /// A URL: where it leads to stays what it is, whatever numbers look like a port or an address. What is of several of its
    /// parts is no name.
    pub(super) fn url(&self, url: &str) -> String {
        let parts = Parts::of(url);
        self.replace(url, |found| match (self.kinds[found.number], parts.at(&found.range)) {
            (Kind::Text, _) | (_, None | Some(Part::User | Part::Value)) => true,
            (Kind::Number, Some(Part::Name | Part::Host)) => is_whole(url, &found.range),
            (Kind::Number, Some(Part::Scheme | Part::Address | Part::Port)) => false,
            (Kind::Word, Some(_)) => false,
        })
    }

    /// The bytes with every secret replaced, in whatever encoding they are texts.
    pub(super) fn bytes(&self, bytes: &[u8]) -> Vec<u8> {
        self.finder.replace_bytes(bytes, |found| Some(&self.all[found.number]))
    }

    /// A body. JSON stays JSON that says the same but for its secrets, and so does XML.
    pub(super) fn body(&self, body: &Body) -> Body {
        if self.all.is_empty() {
            return body.clone();
        }
        match body {
            Body::Base64(_) => Body::of(&self.bytes(&body.bytes())),
            Body::Text(text) => Body::Text(self.content(text)),
        }
    }

    /// A text that may be JSON or XML, and stays what it is.
    pub(super) fn content(&self, text: &str) -> String {
        match self.of(text) {
            _ if matches!(text.trim(), "true" | "false" | "null") => text.to_owned(),
            Some(placeholder) => placeholder.to_owned(),
            None => self.structured(text),
        }
    }

    fn structured(&self, text: &str) -> String {
        if !self.finder.is_in(text.as_bytes()) {
            return text.to_owned();
        }
        let mut json = Value::from_json(text).ok().map(|_| json::Tokens::new(text));
        let mut tag = text.trim_start().starts_with('<').then_some(Tags { text, at: 0, is_open: false });
        let mut placeholder = |found: &Found| {
            let is_word = self.kinds[found.number] == Kind::Word;
            let is_value = match (&mut json, &mut tag) {
                (Some(tokens), _) => match tokens.at(&found.range) {
                    json::Token::Name => !is_word,
                    json::Token::Text => true,
                    json::Token::Number if self.is_number(&text[found.range.clone()]) => true,
                    json::Token::Number | json::Token::Other => return self.of_json(found, &text[found.range.clone()]),
                },
                (None, Some(tags)) if is_word => !tags.hold(found.range.start),
                _ => true,
            };
            is_value.then(|| self.all[found.number].as_str())
        };
        self.finder.replace(text, &mut placeholder)
    }

    /// The value with every secret in it replaced.
    pub(super) fn value(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Number(number) => match self.of(&number.to_string()) {
                Some(placeholder) => Value::from_json(placeholder).unwrap_or_else(|_| Value::from(placeholder)),
                None => value.clone(),
            },
            Value::Array(items) => Value::Array(items.iter().map(|item| self.value(item)).collect()),
            Value::Object(members) => Value::Object(self.object(members)),
            other => other.clone(),
        }
    }

    /// The members with every secret in them replaced.
    pub(super) fn object(&self, members: &Object) -> Object {
        members.iter().map(|(name, value)| (self.name(name), self.value(value))).collect()
    }

    /// What stands for a text that is a secret as a whole.
    fn of(&self, text: &str) -> Option<&str> {
        self.numbers.get(text).map(|number| self.all[*number].as_str())
    }

    fn is_number(&self, text: &str) -> bool {
        self.numbers.get(text).is_some_and(|number| self.kinds[*number] == Kind::Number)
    }

    /// What stands for a part of JSON that is no single string or number, if it is a secret by itself: JSON that was given as a
    /// text, in place of which any other text stands within quotation marks.
    fn of_json(&self, found: &Found, part: &str) -> Option<&str> {
        let is_mark = |byte: u8| b"\"{}[]:,".contains(&byte);
        let is_text = self.kinds[found.number] == Kind::Text && !stands_alone(part) && part.bytes().any(is_mark);
        let spelled = if Value::from_json(part).is_ok() { &self.quoted } else { &self.all };
        is_text.then(|| spelled[found.number].as_str())
    }

    fn replace(&self, text: &str, mut which: impl FnMut(&Found) -> bool) -> String {
        if self.all.is_empty() {
            return text.to_owned();
        }
        self.finder.replace(text, |found| which(found).then(|| self.all[found.number].as_str()))
    }
}

/// Whether a number is no part of a longer one.
fn is_whole(text: &str, number: &Range<usize>) -> bool {
    let is_digit = |at: Option<usize>| at.and_then(|at| text.as_bytes().get(at)).is_some_and(u8::is_ascii_digit);
    !is_digit(number.start.checked_sub(1)) && !is_digit(Some(number.end))
}

/// What of a text stands within tags.
struct Tags<'t> {
    text: &'t str,
    at: usize,
    is_open: bool,
}

impl Tags<'_> {
    /// Whether that place does; to be asked in order.
    fn hold(&mut self, place: usize) -> bool {
        let passed = self.text.as_bytes()[self.at..place].iter().rfind(|byte| matches!(byte, b'<' | b'>'));
        self.is_open = passed.map_or(self.is_open, |mark| *mark == b'<');
        self.at = place;
        self.is_open
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placeholders(secrets: &[&str]) -> Placeholders {
        let mut placeholders = Placeholders::default();
        secrets.iter().for_each(|secret| placeholders.add(secret));
        placeholders
    }

    #[test]
    fn one_secret_has_one_placeholder_in_every_spelling() {
        let placeholders = placeholders(&["pa ss/w\"ö", "123456", "ab"]);
        for text in [
            "pa ss/w\"ö",
            "pa%20ss%2Fw%22%C3%B6",
            "pa+ss%2Fw%22%C3%B6",
            "pa ss/w\\\"ö",
            "pa ss\\/w\\\"\\u00f6",
            "pa ss/w&quot;&#246;",
        ] {
            assert_eq!(placeholders.text(&format!("x={text};")), "x=arras-secret-1;", "{text}");
        }
        assert_eq!(
            placeholders.text(r#"{"otp":123456,"s":"ab","t":"cab"}"#),
            r#"{"otp":739051826400002,"s":"arras-secret-3","t":"cab"}"#
        );
        assert_eq!(placeholders.value(&Value::from(123_456)).to_json(), "739051826400002");
        assert_eq!(placeholders.bytes(b"\xff123456\xff"), b"\xff739051826400002\xff");
    }

    #[test]
    fn a_secret_within_another_does_not_break_it() {
        let placeholders = placeholders(&["abcd", "abcdefgh"]);
        assert_eq!(placeholders.text("abcdefgh-abcd"), "arras-secret-2-arras-secret-1");
    }

    /// What a body says beside its secrets is judged by a replay as it was by the run.
    #[test]
    fn bodies_stay_what_they_are() {
        let placeholders = placeholders(&["true", "alse", "-5.25", "1234", "name", "hush hush", "\":\""]);
        for (body, expected) in [
            (r#"{"ok":true,"no":false}"#, r#"{"ok":true,"no":false}"#),
            ("true", "true"),
            (r#"{"a":"true","b":"falsehood"}"#, r#"{"a":"arras-secret-1","b":"farras-secret-2hood"}"#),
            (
                r#"{"a":-5.25,"b":[91234,1234,"91234"]}"#,
                r#"{"a":739051826400003,"b":[91234,739051826400004,"9739051826400004"]}"#,
            ),
            (r#"{"name":"my name","hush\u0020hush":"a"}"#, r#"{"name":"my arras-secret-5","arras-secret-6":"a"}"#),
            ("<a name='b'><name>name</name></a>", "<a name='b'><name>arras-secret-5</name></a>"),
            ("hush hush", "arras-secret-6"),
        ] {
            assert_eq!(placeholders.body(&Body::of(body.as_bytes())), Body::of(expected.as_bytes()), "{body}");
        }
    }

    /// A body stays JSON where it can; better one that is none than one with a secret.
    #[test]
    fn json_that_is_a_secret_stands_in_no_json() {
        let placeholders = placeholders(&[r#"{"key":"hush"}"#, "[7,[8]]", "\":\"", r#"sh","b":"#]);
        for (body, expected) in [
            (r#"{"cred": {"key":"hush"}, "a": "b"}"#, r#"{"cred": "arras-secret-1", "a": "b"}"#),
            (r#"{"cred": [7,[8]],"a":"b"}"#, r#"{"cred": "arras-secret-2","a":"b"}"#),
            (r#"{"a":"hush","b":1}"#, r#"{"a":"huarras-secret-41}"#),
            (r#"{"cred": "{\"key\":\"hush\"}"}"#, r#"{"cred": "arras-secret-1"}"#),
        ] {
            assert_eq!(placeholders.body(&Body::of(body.as_bytes())), Body::of(expected.as_bytes()), "{body}");
        }
    }

    #[test]
    fn names_are_replaced_but_for_words() {
        let placeholders = placeholders(&["text", "8080", "sesame", "http", "POST", "user=bobby&sig=hush"]);
        assert_eq!(placeholders.name("$response.body#/text/sesame"), "$response.body#/text/arras-secret-3");
        assert_eq!(placeholders.name("18080 8080"), "18080 739051826400002");
        assert_eq!(placeholders.name("url: 'http://h:8080', at: 8080"), "url: 'http://h:8080', at: 739051826400002");
        for (url, expected) in [
            ("http://h:8080/8080?q=text", "http://h:8080/739051826400002?q=arras-secret-1"),
            ("/cb?otp=8080&next=http://h.example/x", "/cb?otp=739051826400002&next=arras-secret-4://h.example/x"),
            ("http://text:8080@8080.h:8080/", "http://arras-secret-1:739051826400002@739051826400002.h:8080/"),
            ("http://8080.0.0.1:8080/text?text", "http://8080.0.0.1:8080/text?arras-secret-1"),
            ("http://h/?user=bobby&sig=hush&a=b", "http://h/?arras-secret-6&a=b"),
            (
                "http://sesame/text/sesame?text=http%3A",
                "http://arras-secret-3/text/arras-secret-3?text=arras-secret-4%3A",
            ),
        ] {
            assert_eq!(placeholders.url(url), expected);
        }
    }
}
