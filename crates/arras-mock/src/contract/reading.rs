//! What stands in a request for a parameter or a form's field as its value, by the style that it is written in.

use arras_doc::media_type::MediaType;
use arras_doc::openapi::{Encoding, Location, Parameter, Schema, SchemaType, Style};
use arras_doc::value::Value;

use super::typed;
use crate::percent;

/// How the texts of a parameter, as they were sent, become its value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    style: Style,
    coding: Coding,
    syntax: Syntax,
    /// How a list is written, where the value may be one.
    list: Option<List>,
    /// The type of the value; none where the schema leaves it open.
    kind: Option<SchemaType>,
    /// Whether an empty text is right whatever the schema says.
    may_be_empty: bool,
}

/// How characters are sent that may not stand for themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    /// `%XX`.
    Percent,
    /// The same, and `+` for a space.
    Form,
    /// They are not. What surrounds an item of a list does not belong to it.
    Plain,
}

/// What a text shows of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Syntax {
    /// The value, which is no structure.
    Text,
    /// The same, structures being JSON.
    TextOrJson,
    /// The value's JSON.
    Json,
}

#[derive(Clone, Copy, Debug)]
struct List {
    shape: Shape,
    /// The type of the items.
    item: Option<SchemaType>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// Each text is an item.
    Repeated,
    /// One text, with one of these as they are between items.
    Separated(&'static [char]),
    /// One text, with this between items, which is always encoded.
    Encoded(char),
}

impl Reading {
    /// `None` where texts are not taken for values: objects, items that are structures, and styles that leave open where
    /// an item ends.
    pub(super) fn of(parameter: &Parameter<'_>, schema: &Schema<'_>) -> Option<Reading> {
        let reading = Reading::styled(parameter.location, parameter.style, parameter.explode, schema)?;
        Some(Reading { may_be_empty: parameter.allow_empty_value, ..reading })
    }

    /// Of a field of a form; `None` also for media types that are not read.
    pub(super) fn of_field(encoding: Option<&Encoding<'_>>, schema: &Schema<'_>) -> Option<Reading> {
        if let Some((style, explode)) = encoding.and_then(|encoding| encoding.style) {
            return Reading::styled(Location::Query, style, explode, schema);
        }
        let item = schema.items().and_then(|items| items.single_type());
        let kind = schema.single_type();
        let is_scalar = |kind| !matches!(kind, None | Some(SchemaType::Object | SchemaType::Array));
        let syntax = match encoding.and_then(|encoding| encoding.content_type).and_then(MediaType::parse) {
            None => Syntax::TextOrJson,
            Some(named) if named.is_json() => Syntax::Json,
            Some(_) if is_scalar(kind) || (kind == Some(SchemaType::Array) && is_scalar(item)) => Syntax::Text,
            Some(_) => return None,
        };
        let list = is_open_to(schema, SchemaType::Array).then_some(List { shape: Shape::Repeated, item });
        Some(Reading { style: Style::Form, coding: Coding::Form, syntax, list, kind, may_be_empty: false })
    }

    /// Of a field that the schema says nothing of.
    pub(super) fn of_text() -> Reading {
        let (style, kind) = (Style::Form, Some(SchemaType::String));
        Reading { style, coding: Coding::Form, syntax: Syntax::Text, list: None, kind, may_be_empty: false }
    }

    fn styled(location: Location, style: Style, explode: bool, schema: &Schema<'_>) -> Option<Reading> {
        let coding = match location {
            Location::Header => Coding::Plain,
            Location::Cookie if style == Style::Cookie => Coding::Plain,
            Location::Cookie | Location::Path => Coding::Percent,
            Location::Query | Location::Querystring => Coding::Form,
        };
        let (kind, types) = (schema.single_type(), schema.types());
        let is_scattered = Scatter::of(location, style, explode, schema).is_some();
        if kind == Some(SchemaType::Object) || (types.contains(&SchemaType::Object) && !is_scattered) {
            return None;
        }
        let list = is_open_to(schema, SchemaType::Array).then(|| List::of(style, explode, schema)).flatten();
        if list.is_none() && types.contains(&SchemaType::Array) {
            return None;
        }
        Some(Reading { style, coding, syntax: Syntax::Text, list, kind, may_be_empty: false })
    }

    /// Whether texts that are not empty may have several values.
    pub(super) fn is_open(&self) -> bool {
        self.kind.is_none() || self.list.is_some() || self.syntax == Syntax::Json
    }

    /// The texts that a segment of a path, as it was sent, has for a parameter; `None` if it is not written in the style.
    pub(super) fn in_path<'r>(&self, name: &str, sent: &'r str) -> Option<Vec<&'r str>> {
        Some(match self.style {
            Style::Label => vec![[".", "%2E", "%2e"].into_iter().find_map(|dot| sent.strip_prefix(dot))?],
            Style::Matrix => {
                let pairs = sent.strip_prefix(';')?;
                let is_repeated = self.list.is_some_and(|list| list.shape == Shape::Repeated);
                let of_pair = |pair: &'r str| {
                    let (given, value) = pair.split_once('=').unwrap_or((pair, ""));
                    (percent::decode_text(given) == name).then_some(value)
                };
                pairs.splitn(if is_repeated { usize::MAX } else { 1 }, ';').map(of_pair).collect::<Option<_>>()?
            }
            _ => vec![sent],
        })
    }

    /// How a path has the parameter in its style, for a message.
    pub(super) fn in_words(&self, name: &str) -> String {
        let example = if self.style == Style::Matrix { format!(";{name}=…") } else { ".…".to_owned() };
        format!("it is not written in the style `{}`, as `{example}`", self.style.as_str())
    }

    /// The values that the texts may stand for, several where the schema leaves the type open or nothing is meant; none for
    /// an empty text that is always right.
    pub(super) fn values(&self, sent: &[&str]) -> Vec<Value> {
        let is_empty = matches!(sent, [] | [""]);
        if is_empty && self.may_be_empty {
            return Vec::new();
        }
        let mut values = Vec::new();
        if self.kind != Some(SchemaType::Array) {
            let text = self.coding.decode(sent.first().copied().unwrap_or_default());
            values.extend(self.syntax.readings(self.kind).into_iter().map(|read| read(&text, self.kind)));
        }
        if let Some(List { shape, item }) = self.list {
            let items = shape.items(sent, self.coding);
            let of = |read: Read| Value::Array(items.iter().map(|text| read(text, item)).collect());
            let lists: Vec<Value> = self.syntax.readings(item).into_iter().map(of).collect();
            // what was sent several times is a list first
            let at = if sent.len() > 1 { 0 } else { values.len() };
            values.splice(at..at, lists);
            values.extend(is_empty.then(|| Value::Array(Vec::new())));
        }
        values.extend(is_empty.then_some(Value::Null));
        values
    }
}

/// What makes a value of a text, by the type that it has if it has one only.
type Read = fn(&str, Option<SchemaType>) -> Value;

impl Syntax {
    /// Of a value of that type; without any, a text may be one, or what it shows.
    fn readings(self, kind: Option<SchemaType>) -> Vec<Read> {
        match (self, kind) {
            (Syntax::Json, _) => vec![json, typed],
            (_, Some(_)) => vec![typed],
            (Syntax::Text, None) => vec![typed, scalar],
            (Syntax::TextOrJson, None) => vec![typed, json],
        }
    }
}

/// A text as the value that it shows, if it shows one.
fn json(text: &str, _: Option<SchemaType>) -> Value {
    Value::from_json(text).unwrap_or_else(|_| Value::from(text))
}

/// The same, but not as a structure.
fn scalar(text: &str, kind: Option<SchemaType>) -> Value {
    Some(json(text, kind)).filter(|value| !value.is_structure()).unwrap_or_else(|| Value::from(text))
}

/// Whether a schema allows values of that type, or does not say.
fn is_open_to(schema: &Schema<'_>, kind: SchemaType) -> bool {
    let types = schema.types();
    types.is_empty() || types.contains(&kind)
}

/// Under which names the members of an object are sent, where they have names of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scatter {
    /// `name[member]`
    Brackets,
    /// `member`
    Members,
}

impl Scatter {
    /// `None` also for a value that is no object.
    pub(super) fn of(location: Location, style: Style, explode: bool, schema: &Schema<'_>) -> Option<Scatter> {
        let is_object = || schema.types().contains(&SchemaType::Object) || schema.keyword("properties").is_some();
        match location {
            Location::Path | Location::Header | Location::Querystring => None,
            _ if style == Style::DeepObject => Some(Scatter::Brackets),
            Location::Query | Location::Cookie => (explode && is_object()).then_some(Scatter::Members),
        }
    }
}

impl Coding {
    fn decode(self, sent: &str) -> String {
        match self {
            Coding::Percent => percent::decode_text(sent),
            Coding::Form => percent::decode_form(sent),
            Coding::Plain => sent.to_owned(),
        }
    }
}

impl Shape {
    /// The items of texts as they were sent, decoded.
    fn items(self, sent: &[&str], coding: Coding) -> Vec<String> {
        let items: Vec<String> = match self {
            Shape::Repeated => sent.iter().map(|text| coding.decode(text)).collect(),
            Shape::Separated(separators) => {
                sent.iter().flat_map(|text| text.split(separators)).map(|item| coding.decode(item)).collect()
            }
            Shape::Encoded(separator) => {
                let texts = sent.iter().map(|text| coding.decode(text));
                texts.flat_map(|text| text.split(separator).map(str::to_owned).collect::<Vec<_>>()).collect()
            }
        };
        if coding == Coding::Plain { items.iter().map(|item| item.trim().to_owned()).collect() } else { items }
    }
}

impl List {
    /// `None` for items that are structures, and for styles that leave open where an item ends.
    fn of(style: Style, explode: bool, schema: &Schema<'_>) -> Option<List> {
        let item = schema.items().and_then(|items| items.single_type());
        if matches!(item, Some(SchemaType::Object | SchemaType::Array)) {
            return None;
        }
        // a dot may belong to any other item
        let has_no_dot = matches!(item, Some(SchemaType::Integer | SchemaType::Boolean));
        let shape = match style {
            Style::Form | Style::Matrix | Style::SpaceDelimited | Style::PipeDelimited if explode => Shape::Repeated,
            Style::Form | Style::Matrix | Style::Simple => Shape::Separated(&[',']),
            Style::SpaceDelimited => Shape::Encoded(' '),
            Style::PipeDelimited => Shape::Encoded('|'),
            Style::TabDelimited => Shape::Encoded('\t'),
            Style::Label if has_no_dot && explode => Shape::Separated(&['.']),
            // OpenAPI up to 3.0.3 has dots here, too
            Style::Label if has_no_dot => Shape::Separated(&[',', '.']),
            Style::Label | Style::DeepObject | Style::Cookie => return None,
        };
        Some(List { shape, item })
    }
}
