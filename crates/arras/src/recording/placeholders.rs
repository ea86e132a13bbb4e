//! What stands in a recording in place of a secret: the same text wherever the secret stood, in whatever spelling.

use std::collections::HashMap;

use arras_doc::value::{Object, Value};
use arras_run::secret::spellings;

/// Shorter secrets are replaced only where they are the whole of a text, or a whole string within JSON.
const SHORTEST_WITHIN: usize = 4;

/// The placeholders of the secrets of a recording.
#[derive(Debug, Default)]
pub(super) struct Placeholders {
    whole: HashMap<String, String>,
    /// Spellings with what replaces them, the longest first: a secret that holds another comes before it.
    spellings: Vec<(String, String)>,
    /// In the order of their numbers.
    pub(super) all: Vec<String>,
}

impl Placeholders {
    /// For secrets in the order in which they became known.
    ///
    /// A placeholder is spelled the same in JSON, a URL and a form; a number's is a number.
    pub(super) fn new(secrets: &[String]) -> Placeholders {
        let mut made = Placeholders::default();
        for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
            if made.whole.contains_key(secret) {
                continue;
            }
            let number = made.all.len() + 1;
            let is_number = secret.len() < 16 && secret.bytes().all(|byte| byte.is_ascii_digit());
            let placeholder =
                if is_number { format!("7390518264{number:05}") } else { format!("arras-secret-{number}") };
            made.whole.insert(secret.clone(), placeholder.clone());
            if secret.len() >= SHORTEST_WITHIN {
                let spelled = spellings(secret).into_iter().map(|spelling| (spelling, placeholder.clone()));
                made.spellings.extend(spelled);
            } else {
                made.spellings.push((Value::from(secret.as_str()).to_json(), format!("\"{placeholder}\"")));
            }
            made.all.push(placeholder);
        }
        made.spellings.sort_by(|(a, _), (b, _)| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        made.spellings.dedup_by(|(a, _), (b, _)| a == b);
        made
    }

    /// The text with every secret replaced.
    pub(super) fn text(&self, text: &str) -> String {
        if let Some(placeholder) = self.whole.get(text) {
            return placeholder.clone();
        }
        self.spellings.iter().fold(text.to_owned(), |text, (spelling, placeholder)| {
            if text.contains(spelling.as_str()) { text.replace(spelling.as_str(), placeholder) } else { text }
        })
    }

    /// The bytes with every secret replaced, where they are no text.
    pub(super) fn bytes(&self, bytes: &[u8]) -> Vec<u8> {
        self.spellings.iter().fold(bytes.to_vec(), |bytes, (from, to)| replace(bytes, from.as_bytes(), to.as_bytes()))
    }

    /// The value with every secret in it replaced.
    pub(super) fn value(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Number(number) => match self.whole.get(&number.to_string()) {
                Some(placeholder) => {
                    Value::from_json(placeholder).unwrap_or_else(|_| Value::from(placeholder.as_str()))
                }
                None => value.clone(),
            },
            Value::Array(items) => Value::Array(items.iter().map(|item| self.value(item)).collect()),
            Value::Object(members) => {
                let members = members.iter().map(|(name, value)| (self.text(name), self.value(value)));
                Value::Object(members.collect::<Object>())
            }
            other => other.clone(),
        }
    }
}

fn replace(bytes: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    if from.is_empty() || !bytes.windows(from.len()).any(|window| window == from) {
        return bytes;
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes.as_slice();
    while let [first, tail @ ..] = rest {
        if let Some(after) = rest.strip_prefix(from) {
            out.extend_from_slice(to);
            rest = after;
        } else {
            out.push(*first);
            rest = tail;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_secret_has_one_placeholder_in_every_spelling() {
        let placeholders = Placeholders::new(&["pa ss/w\"ö".to_owned(), "123456".to_owned(), "ab".to_owned()]);
        for text in ["pa ss/w\"ö", "pa%20ss%2Fw%22%C3%B6", "pa+ss%2Fw%22%C3%B6", "pa ss/w\\\"ö"] {
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
        let placeholders = Placeholders::new(&["abcd".to_owned(), "abcdefgh".to_owned()]);
        assert_eq!(placeholders.text("abcdefgh-abcd"), "arras-secret-2-arras-secret-1");
    }
}
