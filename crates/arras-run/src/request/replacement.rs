//! Payload replacements: parts of a payload set by JSON Pointer or JSONPath (ARZ-REPL, A-48).

use arras_doc::jsonpath::Query;
use arras_doc::pointer;
use arras_doc::value::{Object, Value};

use super::{invalid, no_failure};
use crate::fault::Fault;
use crate::jsonpath::{self, Key};
use crate::plan::{Replacement, ReplacementTarget};
use crate::resolve::Resolve;
use crate::template::{self, Embedding};

/// How many bytes one replacement may add to a payload by being put into several places.
const MOST_COPIED: usize = 16 << 20;

/// Applies the replacements in their order (ARZ-REPL-10); without a payload they begin with `{}`.
pub(super) fn apply(
    payload: &mut Option<Value>,
    replacements: &[Replacement],
    is_json: bool,
    scope: &dyn Resolve,
    notes: &mut Vec<String>,
    omitted: &mut Vec<String>,
) -> Result<(), Fault> {
    if let (Some(Value::String(text)), true, false) = (&*payload, is_json, replacements.is_empty()) {
        let parsed = Value::from_json(text);
        let parsed = parsed.map_err(|error| invalid(format!("the payload to be replaced in is no JSON: {error}")))?;
        *payload = Some(parsed);
    }
    for replacement in replacements {
        let text = &replacement.text;
        let evaluated = template::evaluate(&replacement.value, scope, Embedding::JsonPart);
        no_failure(&evaluated, || format!("the replacement of `{text}`"))?;
        notes.extend(evaluated.notes);
        omitted.extend(evaluated.omitted);
        let Some(value) = evaluated.value else {
            omitted.push(format!("the replacement of `{text}` was left out: it has no value"));
            continue;
        };
        let whole = payload.get_or_insert_with(|| Value::Object(Object::new()));
        match &replacement.target {
            ReplacementTarget::Pointer(tokens) => set(whole, text, tokens, value)?,
            ReplacementTarget::JsonPath(query) => set_all(whole, text, query, &value)?,
        }
    }
    Ok(())
}

/// Sets the value at a JSON Pointer as A-48 says: replaced if there, else added; missing parents become objects.
fn set(whole: &mut Value, text: &str, tokens: &[String], value: Value) -> Result<(), Fault> {
    let refused = || invalid(format!("the replacement's target `{text}` leads nowhere in the payload"));
    let mut place = whole;
    for (depth, token) in tokens.iter().enumerate() {
        place = match place {
            Value::Object(members) => members.entry(token.clone()).or_insert_with(|| Value::Object(Object::new())),
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

/// Sets the value at every place that a JSONPath selects; at least one (ARZ-REPL-07).
fn set_all(whole: &mut Value, text: &str, query: &Query, value: &Value) -> Result<(), Fault> {
    let found = jsonpath::locate(query, whole)
        .map_err(|error| invalid(format!("the replacement's target `{text}` can't be found: {error}")))?;
    let mut places: Vec<Vec<Step>> =
        found.iter().map(|(location, _)| location.keys().into_iter().map(Step::of).collect()).collect();
    drop(found);
    if places.is_empty() {
        return Err(invalid(format!("the replacement's target `{text}` selects nothing in the payload")));
    }
    if places.len() > 1 && value.to_json().len().saturating_mul(places.len()) > MOST_COPIED {
        return Err(invalid(format!("the replacement of `{text}` would make the payload too large")));
    }
    // what lies within another place goes first, while the way there still exists
    places.sort_by_key(|place| std::cmp::Reverse(place.len()));
    for place in places {
        if let Some(found) = reach(whole, &place) {
            *found = value.clone();
        }
    }
    Ok(())
}

/// A step into a value that outlives the borrow of the value.
enum Step {
    Member(String),
    Item(usize),
}

impl Step {
    fn of(key: Key<'_>) -> Step {
        match key {
            Key::Member(name) => Step::Member(name.to_owned()),
            Key::Item(at) => Step::Item(at),
        }
    }
}

fn reach<'v>(whole: &'v mut Value, place: &[Step]) -> Option<&'v mut Value> {
    place.iter().try_fold(whole, |value, step| match (value, step) {
        (Value::Object(members), Step::Member(name)) => members.get_mut(name),
        (Value::Array(items), Step::Item(at)) => items.get_mut(*at),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use arras_doc::jsonpath::parse_query;

    use super::*;

    fn tokens(target: &str) -> Vec<String> {
        pointer::tokens(target).expect("a JSON Pointer").into_iter().map(|token| token.into_owned()).collect()
    }

    #[test]
    fn pointers_replace_add_and_make_parents() {
        let rows = [
            ("/a", r#"{"a":9,"b":[1,2]}"#),
            ("/c", r#"{"a":1,"b":[1,2],"c":9}"#),
            ("/b/0", r#"{"a":1,"b":[9,2]}"#),
            ("/b/-", r#"{"a":1,"b":[1,2,9]}"#),
            ("/b/2", r#"{"a":1,"b":[1,2,9]}"#),
            ("/x/y", r#"{"a":1,"b":[1,2],"x":{"y":9}}"#),
            ("", "9"),
        ];
        for (target, expected) in rows {
            let mut whole = Value::from(serde_json::json!({"a": 1, "b": [1, 2]}));
            set(&mut whole, target, &tokens(target), Value::from(9)).expect("a target in the payload");
            assert_eq!(whole.to_json(), expected, "{target}");
        }
        for target in ["/b/5", "/a/b", "/b/x", "/b/-/c"] {
            let mut whole = Value::from(serde_json::json!({"a": 1, "b": [1]}));
            assert!(set(&mut whole, target, &tokens(target), Value::Null).is_err(), "{target}");
        }
    }

    #[test]
    fn a_json_path_sets_all_that_it_selects() {
        let rows = [
            ("$.b[*]", Some(r#"{"a":{"a":1},"b":[9,9]}"#)),
            ("$..a", Some(r#"{"a":9,"b":[1,2]}"#)),
            ("$.b[?@ > 1]", Some(r#"{"a":{"a":1},"b":[1,9]}"#)),
            ("$", Some("9")),
            ("$.none", None),
        ];
        for (target, expected) in rows {
            let mut whole = Value::from(serde_json::json!({"a": {"a": 1}, "b": [1, 2]}));
            let outcome = set_all(&mut whole, target, &parse_query(target).expect("a query"), &Value::from(9));
            assert_eq!(outcome.is_ok().then(|| whole.to_json()).as_deref(), expected, "{target}");
        }
    }
}
