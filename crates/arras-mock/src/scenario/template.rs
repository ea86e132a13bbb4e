//! Values with places to fill in: `{$request.body#/Name}`, `{uuid}`, `{counter}`, `{now}`.

use arras_doc::node::{Kind, NodeRef};
use arras_doc::value::{Object, Value};

use super::select::Select;
use crate::request::Received;

/// A body as a scenario writes it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Template {
    /// Nothing in it to fill in.
    Fixed(Value),
    /// Text with places.
    Text(Text),
    /// Items.
    Array(Vec<Template>),
    /// Members.
    Object(Vec<(String, Template)>),
}

/// Text with places to fill in.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Text {
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq)]
enum Piece {
    Literal(String),
    Place(Place),
}

#[derive(Clone, Debug, PartialEq)]
enum Place {
    Select(Select),
    /// `{uuid}`, `{uuid.NAME}`: one id for each name in one answer.
    Uuid(String),
    /// `{counter}`: which call of the operation it is, from 1.
    Counter,
    /// `{now}`: the server's time, ISO 8601.
    Now,
}

/// What the places are filled in from.
pub(crate) struct Filling<'a> {
    pub(crate) request: &'a Received,
    /// Which call of the operation it is, from 1.
    pub(crate) call: u64,
    /// The server's time.
    pub(crate) now: String,
    /// Makes a new id.
    pub(crate) new_id: &'a mut dyn FnMut() -> String,
    /// The ids of this answer by name.
    pub(crate) ids: Vec<(String, String)>,
}

/// A problem in a template: where in the decoded text, and a phrase.
pub(crate) struct Malformed {
    pub(crate) range: std::ops::Range<usize>,
    pub(crate) message: String,
}

impl Template {
    /// Reads a value; each problem goes to `report` with its node.
    pub(crate) fn read<'t>(node: NodeRef<'t>, report: &mut dyn FnMut(NodeRef<'t>, Malformed)) -> Template {
        match node.kind() {
            Kind::Sequence => Template::Array(node.items().map(|item| Template::read(item, report)).collect()),
            Kind::Mapping => {
                let members = node.entries();
                Template::Object(
                    members.map(|(key, value)| (key.key().to_owned(), Template::read(value, report))).collect(),
                )
            }
            Kind::String(text) => match Text::parse(text) {
                Ok(text) if text.is_literal() => Template::Fixed(node.to_value()),
                Ok(text) => Template::Text(text),
                Err(malformed) => {
                    report(node, malformed);
                    Template::Fixed(node.to_value())
                }
            },
            _ => Template::Fixed(node.to_value()),
        }
    }

    /// The value; `None` where it is one place that nothing fills: such a member is left out, such an item is null.
    pub(crate) fn fill(&self, filling: &mut Filling<'_>) -> Option<Value> {
        match self {
            Template::Fixed(value) => Some(value.clone()),
            Template::Text(text) => text.fill_value(filling),
            Template::Array(items) => {
                Some(Value::Array(items.iter().map(|item| item.fill(filling).unwrap_or_default()).collect()))
            }
            Template::Object(members) => {
                let members = members.iter().filter_map(|(name, value)| Some((name.clone(), value.fill(filling)?)));
                Some(Value::Object(members.collect::<Object>()))
            }
        }
    }
}

impl Text {
    /// Reads text. Only `{$…}`, `{uuid}`, `{uuid.NAME}`, `{counter}` and `{now}` are places; other braces stay.
    pub(crate) fn parse(text: &str) -> Result<Text, Malformed> {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut at = 0;
        while let Some(open) = text.get(at..).and_then(|rest| rest.find('{')).map(|found| at + found) {
            literal.push_str(&text[at..open]);
            match place_at(text, open)? {
                Some((place, end)) => {
                    if !literal.is_empty() {
                        pieces.push(Piece::Literal(std::mem::take(&mut literal)));
                    }
                    pieces.push(Piece::Place(place));
                    at = end;
                }
                None => {
                    literal.push('{');
                    at = open + 1;
                }
            }
        }
        literal.push_str(&text[at..]);
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal));
        }
        Ok(Text { pieces })
    }

    /// The text, with nothing where a place has no value.
    pub(crate) fn fill(&self, filling: &mut Filling<'_>) -> String {
        let mut out = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Literal(text) => out.push_str(text),
                Piece::Place(place) => {
                    out.push_str(&place.value(filling).map_or_else(String::new, |value| value.to_text().into_owned()));
                }
            }
        }
        out
    }

    /// A place that stands alone keeps its value's type.
    fn fill_value(&self, filling: &mut Filling<'_>) -> Option<Value> {
        match self.pieces.as_slice() {
            [Piece::Place(place)] => place.value(filling),
            _ => Some(Value::from(self.fill(filling))),
        }
    }

    fn is_literal(&self) -> bool {
        self.pieces.iter().all(|piece| matches!(piece, Piece::Literal(_)))
    }
}

impl Place {
    fn value(&self, filling: &mut Filling<'_>) -> Option<Value> {
        match self {
            Place::Select(select) => select.read(filling.request, None),
            Place::Uuid(name) => Some(Value::from(filling.id(name))),
            Place::Counter => Some(Value::from(i64::try_from(filling.call).unwrap_or(i64::MAX))),
            Place::Now => Some(Value::from(filling.now.as_str())),
        }
    }
}

impl Filling<'_> {
    fn id(&mut self, name: &str) -> String {
        if let Some((_, id)) = self.ids.iter().find(|(known, _)| known == name) {
            return id.clone();
        }
        let id = (self.new_id)();
        self.ids.push((name.to_owned(), id.clone()));
        id
    }
}

/// The place that opens at byte `open`, and where it ends.
fn place_at(text: &str, open: usize) -> Result<Option<(Place, usize)>, Malformed> {
    let inside = &text[open + 1..];
    let Some(close) = inside.find('}') else { return Ok(None) };
    let (word, end) = (&inside[..close], open + close + 2);
    let place = match word {
        "uuid" => Place::Uuid(String::new()),
        "counter" => Place::Counter,
        "now" => Place::Now,
        _ => {
            if let Some(name) = word.strip_prefix("uuid.").filter(|name| is_name(name)) {
                return Ok(Some((Place::Uuid(name.to_owned()), end)));
            }
            if !word.starts_with('$') {
                return Ok(None);
            }
            let malformed = |message| Malformed { range: open..end, message };
            let select = Select::parse(word).map_err(malformed)?;
            if !select.is_of_request() {
                return Err(malformed(format!("`{word}` is not known before the answer")));
            }
            Place::Select(select)
        }
    };
    Ok(Some((place, end)))
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;

    use super::*;

    fn fill(text: &str) -> Option<Value> {
        let request = Received::new("POST", "/", "", Vec::new(), Bytes::from_static(br#"{"n":1.50,"s":"{uuid}"}"#));
        let mut count = 0;
        let mut new_id = || {
            count += 1;
            format!("id{count}")
        };
        let now = "2026-01-01T00:00:00Z".to_owned();
        let mut filling = Filling { request: &request, call: 3, now, new_id: &mut new_id, ids: Vec::new() };
        Text::parse(text).ok()?.fill_value(&mut filling)
    }

    #[test]
    fn places_are_filled_once() {
        let text = |text| fill(text).map(|value| value.to_json());
        assert_eq!(text("{$request.body#/n}").as_deref(), Some("1.50"));
        assert_eq!(text("n={$request.body#/n};{$request.body#/s}").as_deref(), Some(r#""n=1.50;{uuid}""#));
        assert_eq!(text("{$request.body#/absent}"), None);
        assert_eq!(text("<{$request.body#/absent}>").as_deref(), Some(r#""<>""#));
        assert_eq!(text("{uuid}{uuid}{uuid.b}").as_deref(), Some(r#""id1id1id2""#));
        assert_eq!(text("{counter} {now}").as_deref(), Some(r#""3 2026-01-01T00:00:00Z""#));
        assert_eq!(text("{\"a\":{b}} {").as_deref(), Some(r#""{\"a\":{b}} {""#));
        assert!(Text::parse("{$response.body}").is_err() && Text::parse("{$nope}").is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn text_without_places_stays(text in "[a-z{} .é]{0,20}") {
            let is_place = ["{uuid", "{counter}", "{now}"].iter().any(|place| text.contains(place));
            prop_assume!(!is_place);
            prop_assert_eq!(fill(&text).unwrap_or_default().to_text().into_owned(), text);
        }
    }
}
