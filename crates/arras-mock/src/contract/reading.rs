//! What stands in a request for a parameter as its value, by the style that it is written in.

use arras_doc::openapi::{Parameter, Schema, SchemaType, Style};
use arras_doc::value::Value;

use super::typed;
use crate::percent;

/// How the texts of a parameter become its value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    style: Style,
    shape: Shape,
    /// The type of the value, or of its items.
    kind: Option<SchemaType>,
    /// Whether an empty text is right whatever the schema says.
    may_be_empty: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    One,
    /// Each text is an item.
    Repeated,
    /// One text, with one of these between items.
    Separated(&'static [char]),
}

impl Reading {
    /// `None` where texts are not taken for values: objects, items that are structures, and styles that leave open where
    /// an item ends.
    pub(super) fn of(parameter: &Parameter<'_>, schema: &Schema<'_>) -> Option<Reading> {
        let (style, may_be_empty) = (parameter.style, parameter.allow_empty_value);
        let of = |shape, kind| Some(Reading { style, shape, kind, may_be_empty });
        match schema.single_type() {
            Some(SchemaType::Object) => None,
            Some(SchemaType::Array) => {
                let item = schema.items().and_then(|items| items.single_type());
                of(Shape::of_list(style, parameter.explode, item)?, item)
            }
            kind => of(Shape::One, kind),
        }
    }

    /// The texts that a segment of a path, as it was sent, has for a parameter; `None` if it is not written in the style.
    pub(super) fn in_path(&self, name: &str, sent: &str) -> Option<Vec<String>> {
        let texts = match self.style {
            Style::Label => vec![percent::decode_text(sent).strip_prefix('.')?.to_owned()],
            Style::Matrix => {
                let pairs = sent.strip_prefix(';')?;
                let most = if self.shape == Shape::Repeated { usize::MAX } else { 1 };
                let of_pair = |pair: &str| {
                    let (given, value) = pair.split_once('=').unwrap_or((pair, ""));
                    (percent::decode_text(given) == name).then(|| percent::decode_text(value))
                };
                pairs.splitn(most, ';').map(of_pair).collect::<Option<Vec<String>>>()?
            }
            _ => vec![percent::decode_text(sent)],
        };
        Some(texts)
    }

    /// How a path has the parameter in its style, for a message.
    pub(super) fn in_words(&self, name: &str) -> String {
        let example = if self.style == Style::Matrix { format!(";{name}=…") } else { ".…".to_owned() };
        format!("it is not written in the style `{}`, as `{example}`", self.style.as_str())
    }

    /// The values that the texts may stand for, several where the schema leaves the type open or `null` is meant; none for an
    /// empty text that is always right, or that may be a list of nothing or a list of an empty text.
    pub(super) fn values(&self, texts: &[&str]) -> Vec<Value> {
        let is_empty = matches!(texts, [] | [""]);
        if is_empty && (self.may_be_empty || self.shape != Shape::One) {
            return Vec::new();
        }
        let first = self.value(texts, |text| typed(text, self.kind));
        let other = match self.kind {
            _ if is_empty => Some(Value::Null),
            None => Some(self.value(texts, scalar)),
            Some(_) => None,
        };
        [first].into_iter().chain(other).collect()
    }

    fn value(&self, texts: &[&str], read: impl Fn(&str) -> Value) -> Value {
        let items = match self.shape {
            Shape::One => return read(texts.first().copied().unwrap_or_default()),
            Shape::Separated(separators) => {
                texts.iter().flat_map(|text| text.split(separators)).map(|item| read(item.trim())).collect()
            }
            Shape::Repeated => texts.iter().map(|text| read(text)).collect(),
        };
        Value::Array(items)
    }
}

/// A text as the number, boolean or `null` that it shows, if it shows one.
fn scalar(text: &str) -> Value {
    Value::from_json(text).ok().filter(|value| !value.is_structure()).unwrap_or_else(|| Value::from(text))
}

impl Shape {
    /// Of a list whose items have that type.
    fn of_list(style: Style, explode: bool, item: Option<SchemaType>) -> Option<Shape> {
        if matches!(item, Some(SchemaType::Object | SchemaType::Array)) {
            return None;
        }
        // a dot may belong to any other item
        let has_no_dot = matches!(item, Some(SchemaType::Integer | SchemaType::Boolean));
        Some(match style {
            Style::Form | Style::Matrix | Style::SpaceDelimited | Style::PipeDelimited if explode => Shape::Repeated,
            Style::Form | Style::Matrix | Style::Simple => Shape::Separated(&[',']),
            Style::SpaceDelimited => Shape::Separated(&[' ']),
            Style::PipeDelimited => Shape::Separated(&['|']),
            Style::TabDelimited => Shape::Separated(&['\t']),
            Style::Label if has_no_dot && explode => Shape::Separated(&['.']),
            // OpenAPI up to 3.0.3 has dots here, too
            Style::Label if has_no_dot => Shape::Separated(&[',', '.']),
            Style::Label | Style::DeepObject | Style::Cookie => return None,
        })
    }
}
