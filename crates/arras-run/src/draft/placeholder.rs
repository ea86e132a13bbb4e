//! Placeholders: a marker that survives every encoding, and in the end the expression in braces.

use std::borrow::Cow;
use std::cell::RefCell;

use arras_doc::expression::{Expression, Piece, Root, Template};
use arras_doc::span::Spanned;
use arras_doc::value::Value;

use super::hidden::Hidden;
use crate::exchange::Request;
use crate::payload::{Payload, Segment, StoredFile};
use crate::resolve::Resolve;
use crate::scope::Scope;

/// Letters and digits alone, so that no encoding changes them; nobody writes them by chance, and no secret is a part of them.
const MARK: &str = "zqJ7vW4xK9bQ";

/// The expressions that placeholders stand for, by the number in their markers.
#[derive(Debug, Default)]
pub(super) struct Placeholders {
    texts: RefCell<Vec<(String, Known)>>,
}

/// The expressions whose placeholders stand in a request, each once.
#[derive(Debug, Default)]
pub(super) struct Named {
    /// Those that await answers.
    pub(super) unknown: Vec<String>,
    pub(super) secret: Vec<String>,
}

impl Named {
    fn add(&mut self, text: &str, known: Known) {
        let list = if known == Known::Later { &mut self.unknown } else { &mut self.secret };
        if !list.iter().any(|one| one == text) {
            list.push(text.to_owned());
        }
    }
}

/// How ASCII letters stand in the encodings of bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Letters {
    /// UTF-8, ISO 8859-1, Windows-1252.
    Single,
    /// UTF-16, the lower byte first.
    LittleEndian,
    /// UTF-16, the higher byte first.
    BigEndian,
}

impl Letters {
    /// Where they may stand in a body: a part of it begins at any byte.
    const PLACES: [(Letters, usize); 5] = [
        (Letters::Single, 0),
        (Letters::LittleEndian, 0),
        (Letters::BigEndian, 0),
        (Letters::LittleEndian, 1),
        (Letters::BigEndian, 1),
    ];

    fn width(self) -> usize {
        if self == Letters::Single { 1 } else { 2 }
    }

    fn spell(self, text: &str) -> Vec<u8> {
        match self {
            Letters::Single => text.as_bytes().to_vec(),
            Letters::LittleEndian => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Letters::BigEndian => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        }
    }

    /// The ASCII letters that bytes begin with.
    fn read(self, bytes: &[u8]) -> impl Iterator<Item = char> {
        let letter = move |unit: &[u8]| match (self, unit) {
            (Letters::Single, [letter]) | (Letters::LittleEndian, [letter, 0]) | (Letters::BigEndian, [0, letter]) => {
                Some(char::from(*letter))
            }
            _ => None,
        };
        bytes.chunks(self.width()).map_while(letter)
    }
}

/// Why a value is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// Only an answer can tell it.
    Later,
    /// It is secret.
    Secret,
}

impl Placeholders {
    /// The marker for an expression.
    pub(super) fn marker(&self, expression: &str, known: Known) -> String {
        let mut texts = self.texts.borrow_mut();
        let at = texts.iter().position(|(text, _)| text == expression).unwrap_or_else(|| {
            texts.push((expression.to_owned(), known));
            texts.len() - 1
        });
        format!("{MARK}{at}z")
    }

    /// The text with every marker replaced, and what they stand for.
    fn reveal(&self, text: &str, named: &mut Named) -> String {
        let shown = self.reveal_bytes(text.as_bytes().to_vec(), (Letters::Single, 0), named);
        String::from_utf8(shown).expect("texts in the place of ASCII letters leave a text")
    }

    /// The same of bytes that may be, from some byte on, a text in an encoding with such letters.
    fn reveal_bytes(&self, bytes: Vec<u8>, (letters, from): (Letters, usize), named: &mut Named) -> Vec<u8> {
        let (mark, width) = (letters.spell(MARK), letters.width());
        let find = |bytes: &[u8]| Some(bytes.windows(mark.len()).step_by(width).position(|it| it == mark)? * width);
        let Some((before, mut rest)) = bytes.split_at_checked(from).filter(|(_, rest)| find(rest).is_some()) else {
            return bytes;
        };
        let texts = self.texts.borrow();
        let mut out = before.to_vec();
        while let Some(at) = find(rest) {
            let (before, after) = (&rest[..at], &rest[at + mark.len()..]);
            out.extend_from_slice(before);
            let digits: String = letters.read(after).take_while(char::is_ascii_digit).collect();
            let ends = letters.read(after).nth(digits.len()) == Some('z');
            match digits.parse::<usize>().ok().filter(|_| ends).and_then(|number| texts.get(number)) {
                Some((text, known)) => {
                    out.extend(letters.spell(&format!("{{{text}}}")));
                    named.add(text, *known);
                    rest = &after[(digits.len() + 1) * width..];
                }
                None => {
                    out.extend_from_slice(&mark);
                    rest = after;
                }
            }
        }
        out.extend_from_slice(rest);
        out
    }

    /// The request as people read it, and the expressions that are named in it.
    pub(super) fn revealed(&self, mut request: Request, hidden: &Hidden) -> (Request, Named) {
        let mut named = Named::default();
        let mut reveal = |text: &str| self.reveal(&self.hide(text, hidden), &mut named);
        request.url = reveal(&request.url);
        for (_, value) in &mut request.headers {
            *value = reveal(value);
        }
        request.body = self.revealed_body(&request.body, hidden, &mut named);
        request.path.clear();
        request.query.clear();
        (request, named)
    }

    /// The text as people read it.
    pub(super) fn revealed_text(&self, text: &str, hidden: &Hidden) -> String {
        self.reveal(&self.hide(text, hidden), &mut Named::default())
    }

    fn hide(&self, text: &str, hidden: &Hidden) -> String {
        hidden.text(text, &|expression| self.marker(expression, Known::Secret))
    }

    /// The body with what stands between its files revealed.
    fn revealed_body(&self, body: &Payload, hidden: &Hidden, named: &mut Named) -> Payload {
        let mut out = Payload::default();
        for segment in body.segments() {
            match segment {
                Segment::Bytes(bytes) => {
                    let bytes = match std::str::from_utf8(bytes) {
                        Ok(text) => self.hide(text, hidden).into_bytes(),
                        Err(_) => bytes.to_vec(),
                    };
                    let reveal = |bytes, letters| self.reveal_bytes(bytes, letters, named);
                    out.push(Letters::PLACES.into_iter().fold(bytes, reveal).into());
                }
                Segment::File(file) => out.append(Payload::from(StoredFile::clone(file))),
            }
        }
        out
    }

    /// Whether a marker stands somewhere in the value.
    pub(super) fn within(value: &Value) -> bool {
        match value {
            Value::String(text) => text.contains(MARK),
            Value::Array(items) => items.iter().any(Placeholders::within),
            Value::Object(members) => members.values().any(Placeholders::within),
            _ => false,
        }
    }
}

/// What expressions see before anything was sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Before<'a> {
    /// The workflow, its inputs, and nothing else.
    pub(super) scope: Scope<'a>,
    pub(super) placeholders: &'a Placeholders,
}

impl Resolve for Before<'_> {
    fn resolve(&self, expression: &Expression) -> Option<Cow<'_, Value>> {
        match &expression.root {
            Root::Inputs | Root::SelfUri | Root::SourceDescription(_) | Root::Component(_) => {
                self.scope.resolve(expression)
            }
            _ => Some(Cow::Owned(self.placeholders.marker(&expression.text, Known::Later).into())),
        }
    }
}

impl Before<'_> {
    /// The template with each selector in what is not known yet made a placeholder of its own.
    pub(super) fn without_selectors(&self, template: &Template) -> Template {
        match template {
            Template::Selector(selector) => {
                let context = &selector.context;
                let unknown = self.resolve(context).is_some_and(|value| Placeholders::within(&value));
                if !unknown {
                    return template.clone();
                }
                let text = format!("{} → {}", context.text, selector.selector.value);
                self.mark(&text, Known::Later, selector.span)
            }
            Template::Array(items) => Template::Array(items.iter().map(|item| self.without_selectors(item)).collect()),
            Template::Object(members) => {
                let members = members.iter().map(|(name, member)| (name.clone(), self.without_selectors(member)));
                Template::Object(members.collect())
            }
            other => other.clone(),
        }
    }

    /// The template of a credential, which is `what` in the document: no value of an expression is shown in it, and nothing
    /// that is written out.
    pub(super) fn hidden(&self, template: &Template, what: &str) -> Template {
        match template {
            Template::Expression(expression) => self.mark(&expression.text, Known::Secret, expression.span),
            Template::Text(pieces) => {
                let hide = |piece: &Piece| match piece {
                    Piece::Text(text) => Piece::Text(text.clone()),
                    Piece::Expression(expression) => {
                        Piece::Text(self.placeholders.marker(&expression.text, self.kind(expression)))
                    }
                };
                Template::Text(Spanned::new(pieces.value.iter().map(hide).collect(), pieces.span))
            }
            Template::Literal(value) => Template::Literal(Spanned::new(self.masked(&value.value, what), value.span)),
            other => self.without_selectors(other),
        }
    }

    /// A credential that a document has in so many words, without what is secret in it.
    fn masked(&self, value: &Value, what: &str) -> Value {
        let Some(secret) = crate::evaluate::credential(value) else { return value.clone() };
        let marker = self.placeholders.marker(what, Known::Secret);
        match value {
            Value::String(text) => Value::from(text.replace(&secret, &marker).as_str()),
            _ => Value::from(marker.as_str()),
        }
    }

    /// What is not known yet is no secret: it is named as what it is.
    fn kind(&self, expression: &Expression) -> Known {
        if matches!(expression.root, Root::Inputs) { Known::Secret } else { Known::Later }
    }

    fn mark(&self, text: &str, known: Known, span: arras_doc::span::Span) -> Template {
        Template::Literal(Spanned::new(Value::from(self.placeholders.marker(text, known).as_str()), span))
    }
}
