//! Payload replacements: by JSON Pointer, JSONPath or XPath (A-48).

use arras_doc::media_type::MediaType;
use arras_doc::pointer;
use arras_doc::value::{Object, Value};
use arras_doc::xpath::XPath;

use super::{Parts, invalid};
use crate::fault::Fault;
use crate::plan::{Replacement, ReplacementTarget};
use crate::resolve::Resolve;
use crate::template::Embedding;
use crate::{jsonpath, xml};

/// Applies the replacements in order (ARZ-REPL-10); without a payload they start from `{}` (ARZ-REPL-08).
pub(super) fn all(
    payload: &mut Option<Value>,
    replacements: &[Replacement],
    media_type: Option<&MediaType>,
    scope: &dyn Resolve,
    parts: &mut Parts,
) -> Result<(), Fault> {
    let embedding = if media_type.is_some_and(MediaType::is_xml) { Embedding::Text } else { Embedding::JsonPart };
    for replacement in replacements {
        let what = || format!("the replacement of `{}`", replacement.text);
        let Some(value) = parts.evaluate(&replacement.value, scope, embedding, what)? else {
            parts.omitted.push(format!("the replacement of `{}` was left out: it has no value", replacement.text));
            continue;
        };
        one(payload, replacement, media_type, value)?;
    }
    Ok(())
}

fn one(
    payload: &mut Option<Value>,
    replacement: &Replacement,
    media_type: Option<&MediaType>,
    value: Value,
) -> Result<(), Fault> {
    let target = replacement.text.as_str();
    let is_xml = media_type.is_some_and(MediaType::is_xml) && !payload.as_ref().is_some_and(Value::is_structure);
    match &replacement.target {
        ReplacementTarget::XPath(xpath) | ReplacementTarget::Inferred(Ok(xpath)) if is_xml => {
            by_xpath(payload, target, xpath, &value)
        }
        ReplacementTarget::XPath(xpath) => by_xpath(payload, target, xpath, &value),
        ReplacementTarget::Inferred(Err(error)) if is_xml => {
            Err(invalid(format!("the replacement's target `{target}` is no XPath: {error}")))
        }
        ReplacementTarget::JsonPath(query) => by_json_path(structure(payload, media_type), target, query, &value),
        ReplacementTarget::Pointer | ReplacementTarget::Inferred(_) => {
            set(structure(payload, media_type), target, value)
        }
    }
}

/// The payload to replace parts of; JSON text is parsed for that.
fn structure<'p>(payload: &'p mut Option<Value>, media_type: Option<&MediaType>) -> &'p mut Value {
    let whole = payload.get_or_insert_with(|| Value::Object(Object::default()));
    if let Value::String(text) = whole
        && media_type.is_some_and(MediaType::is_json)
        && let Ok(parsed) = Value::from_json(text)
    {
        *whole = parsed;
    }
    whole
}

fn by_xpath(payload: &mut Option<Value>, target: &str, xpath: &XPath, value: &Value) -> Result<(), Fault> {
    if value.is_structure() {
        let message =
            format!("the value for the target `{target}` is {}, which XML has no place for", value.kind_name());
        return Err(invalid(message));
    }
    let Some(Value::String(text)) = payload.as_ref() else {
        let what = payload.as_ref().map_or("missing", Value::kind_name);
        return Err(invalid(format!("the target `{target}` is an XPath, and the payload is {what}, not XML text")));
    };
    let edited = xml::set(text, xpath, &value.to_text());
    let edited = edited.map_err(|error| invalid(format!("the replacement's target `{target}`: {error}")))?;
    *payload = Some(Value::String(edited));
    Ok(())
}

/// How many bytes one replacement may add to a payload by being put into several places.
const MOST_COPIED: usize = 16 << 20;

/// Sets every selected location (ARZ-REPL-07); what stands inside of one that was set is gone.
fn by_json_path(
    whole: &mut Value,
    target: &str,
    query: &arras_doc::jsonpath::Query,
    value: &Value,
) -> Result<(), Fault> {
    let refused = |why: String| invalid(format!("the replacement's target `{target}`: {why}"));
    let located = jsonpath::locate(query, whole).map_err(|error| refused(error.to_string()))?;
    let mut places: Vec<(usize, String)> =
        located.iter().map(|(location, _)| (location.depth(), location.to_pointer())).collect();
    if places.is_empty() {
        return Err(refused("it selects nothing in the payload".to_owned()));
    }
    if places.len() > 1 && value.to_json().len().saturating_mul(places.len()) > MOST_COPIED {
        return Err(refused("the payload would become too large".to_owned()));
    }
    // what is inside of another place goes first, while the way there still exists
    places.sort_unstable_by(|one, other| other.cmp(one));
    places.into_iter().try_for_each(|(_, pointer)| set(whole, &pointer, value.clone()))
}

/// Sets the value at a JSON Pointer as A-48 says: replaced if there, else added; missing parents become objects.
fn set(whole: &mut Value, target: &str, value: Value) -> Result<(), Fault> {
    let refused = || invalid(format!("the replacement's target `{target}` is no JSON Pointer into the payload"));
    let tokens = pointer::tokens(target).ok_or_else(refused)?;
    let mut place = whole;
    for (depth, token) in tokens.iter().enumerate() {
        place = match place {
            Value::Object(members) => {
                members.entry(token.to_string()).or_insert_with(|| Value::Object(Object::default()))
            }
            Value::Array(items) => {
                let last = depth + 1 == tokens.len();
                let at = if token == "-" { items.len() } else { pointer::index(token).ok_or_else(refused)? };
                if at == items.len() && last {
                    items.push(Value::Null);
                }
                items.get_mut(at).ok_or_else(refused)?
            }
            _ => return Err(refused()),
        };
    }
    *place = value;
    Ok(())
}

#[cfg(test)]
mod tests {
    use arras_doc::xpath::Version;

    use super::*;

    fn json(text: serde_json::Value) -> Value {
        Value::from(text)
    }

    /// ARZ-REPL-01, A-48
    #[test]
    fn replacements_replace_add_and_make_parents() {
        let rows = [
            ("/a", r#"{"a":9,"b":[1,2]}"#),
            ("/c", r#"{"a":1,"b":[1,2],"c":9}"#),
            ("/b/0", r#"{"a":1,"b":[9,2]}"#),
            ("/b/-", r#"{"a":1,"b":[1,2,9]}"#),
            ("/x/y", r#"{"a":1,"b":[1,2],"x":{"y":9}}"#),
            ("", "9"),
        ];
        for (target, expected) in rows {
            let mut whole = json(serde_json::json!({"a": 1, "b": [1, 2]}));
            set(&mut whole, target, Value::from(9)).expect("a target in the payload");
            assert_eq!(whole.to_json(), expected, "{target}");
        }
        for target in ["a", "/b/5", "/a/b", "/b/x"] {
            assert!(set(&mut json(serde_json::json!({"a": 1, "b": [1]})), target, Value::Null).is_err(), "{target}");
        }
    }

    /// ARZ-REPL-03, ARZ-REPL-07, A-48
    #[test]
    fn a_json_path_sets_every_location() {
        for (query, expected) in [
            (
                "$.items[?(@.sku=='B')].quantity",
                r#"{"items":[{"sku":"A","quantity":1},{"sku":"B","quantity":9}],"a":{"a":2}}"#,
            ),
            ("$.items[*].quantity", r#"{"items":[{"sku":"A","quantity":9},{"sku":"B","quantity":9}],"a":{"a":2}}"#),
            ("$..a", r#"{"items":[{"sku":"A","quantity":1},{"sku":"B","quantity":1}],"a":9}"#),
            ("$", "9"),
        ] {
            let items = serde_json::json!([{"sku": "A", "quantity": 1}, {"sku": "B", "quantity": 1}]);
            let mut whole = json(serde_json::json!({"items": items, "a": {"a": 2}}));
            let parsed = arras_doc::jsonpath::parse_query(query).expect(query);
            by_json_path(&mut whole, query, &parsed, &Value::from(9)).expect(query);
            assert_eq!(whole.to_json(), expected, "{query}");
        }
        let none = arras_doc::jsonpath::parse_query("$.x").expect("a query");
        let error = by_json_path(&mut json(serde_json::json!({})), "$.x", &none, &Value::Null).expect_err("an error");
        assert_eq!(error.message, "the replacement's target `$.x`: it selects nothing in the payload");
    }

    /// ARZ-REPL-04, ARZ-REPL-05, ARZ-REPL-06
    #[test]
    fn the_payload_decides_what_an_untyped_target_is() {
        let xml = MediaType::parse("application/xml");
        let json_type = MediaType::parse("application/json");
        let replacement = |text: &str| Replacement {
            target: ReplacementTarget::Inferred(arras_doc::xpath::parse(text, Version::V3_1)),
            text: text.to_owned(),
            value: arras_doc::expression::Template::Text(arras_doc::span::Spanned::new(Vec::new(), Default::default())),
            place: crate::place::Place {
                source: arras_doc::source::Sources::default().add(arras_doc::source::Source::new("t", "t", "")),
                span: Default::default(),
            },
        };
        let apply = |payload: Option<Value>, text: &str, media_type: Option<&MediaType>, value: Value| {
            let mut payload = payload;
            one(&mut payload, &replacement(text), media_type, value)
                .map(|()| payload.map(|payload| payload.to_text().into_owned()).unwrap_or_default())
                .map_err(|fault| fault.message)
        };
        let text = |text: &str| Some(Value::from(text));
        assert_eq!(apply(text("<a><b/></a>"), "/a/b", xml.as_ref(), Value::from(1)).as_deref(), Ok("<a><b>1</b></a>"));
        assert_eq!(
            apply(text("{\"a\": {}}"), "/a/b", json_type.as_ref(), Value::from(1)).as_deref(),
            Ok(r#"{"a":{"b":1}}"#)
        );
        assert_eq!(apply(None, "/a/b", json_type.as_ref(), Value::from(1)).as_deref(), Ok(r#"{"a":{"b":1}}"#));
        for (payload, target, media_type, value) in [
            (text("<a/>"), "/b", xml.as_ref(), Value::from(1)),
            (text("<a/>"), "count(/a)", xml.as_ref(), Value::from(1)),
            (text("<a/>"), "/", xml.as_ref(), Value::from(1)),
            (text("<a/>"), "/a", xml.as_ref(), Value::Array(Vec::new())),
            (text("<a>"), "/a", xml.as_ref(), Value::from(1)),
            (text("<a/>"), "/a[", xml.as_ref(), Value::from(1)),
            (None, "/a", xml.as_ref(), Value::from(1)),
            (text("{}"), "//a", None, Value::from(1)),
        ] {
            assert!(apply(payload, target, media_type, value).is_err(), "{target}");
        }
    }
}
