//! What an expression's path selects in the value of its root: pure, without knowing where that value comes from.

use std::borrow::Cow;

use super::ast::Path;
use super::navigate::{longest, longest_member, navigate};
use crate::value::{Object, Value};

/// What the path selects among named values: inputs, outputs.
///
/// The exact name comes first, then shorter names that end before a `.` or `[`, the rest being navigation (A-23);
/// then the JSON Pointer. A path without a name selects all of them (ARZ-SEL-07).
///
/// ```
/// use arras_doc::expression::{Expression, select_named};
/// use arras_doc::value::Value;
/// let inputs = Value::from(serde_json::json!({"user.name": "dotted", "user": {"name": "nested", "tags": ["a"]}}));
/// let read = |text| {
///     let path = Expression::parse(text).expect("an expression").path;
///     select_named(inputs.as_object().expect("an object"), &path).map(|value| value.to_json())
/// };
/// assert_eq!(read("$inputs.user.name").as_deref(), Some("\"dotted\""));
/// assert_eq!(read("$inputs.user.tags[0]").as_deref(), Some("\"a\""));
/// assert_eq!(read("$inputs.user#/name").as_deref(), Some("\"nested\""));
/// ```
pub fn select_named<'v>(members: &'v Object, path: &Path) -> Option<Cow<'v, Value>> {
    if !path.name.is_empty() {
        let (value, rest) = longest_member(members, &path.name)?;
        return point(navigate(value, rest)?, path.pointer.as_deref());
    }
    let pointer = path.pointer.as_deref().unwrap_or_default();
    let Some(first) = crate::pointer::tokens(pointer)?.first().cloned() else {
        return Some(Cow::Owned(Value::Object(members.clone())));
    };
    let rest = pointer.get(1..)?.find('/').and_then(|slash| pointer.get(slash + 1..)).unwrap_or_default();
    let (value, navigation) = longest_member(members, &first)?;
    point(navigate(value, navigation)?, Some(rest))
}

/// What a name selects among parameters, of which the last one of a name counts: the exact name comes first, then shorter
/// ones that end before a `.` or `[`, the rest being navigation (A-23).
///
/// ```
/// use arras_doc::expression::select_parameter;
/// use arras_doc::value::Value;
/// let given = [("ids".to_owned(), Value::from(serde_json::json!([1, 2]))), ("ids[1]".to_owned(), Value::from("whole"))];
/// let read = |name| select_parameter(&given, name).map(|value| value.to_json());
/// assert_eq!(read("ids[0]").as_deref(), Some("1"));
/// assert_eq!(read("ids[1]").as_deref(), Some("\"whole\""));
/// assert_eq!(read("ids.length").as_deref(), Some("2"));
/// assert_eq!(read("id"), None);
/// ```
pub fn select_parameter<'v>(given: &'v [(String, Value)], name: &str) -> Option<Cow<'v, Value>> {
    let find = |name: &str| given.iter().rev().find(|(given, _)| given == name).map(|(_, value)| value);
    let (value, rest) = longest(given.iter().map(|(name, _)| name.len()).max()?, name, find)?;
    navigate(value, rest)
}

/// What the path selects in a body or payload: navigation, then the JSON Pointer (A-22, ARZ-EXPR-10).
///
/// Where the exact pointer finds nothing, a token such as `items[0].id` navigates.
pub fn select<'v>(value: &'v Value, path: &Path) -> Option<Cow<'v, Value>> {
    point(navigate(value, &path.name)?, path.pointer.as_deref())
}

fn point<'v>(value: Cow<'v, Value>, pointer: Option<&str>) -> Option<Cow<'v, Value>> {
    let Some(pointer) = pointer.filter(|pointer| !pointer.is_empty()) else { return Some(value) };
    match value {
        Cow::Borrowed(value) => value.at(pointer).map(Cow::Borrowed).or_else(|| point_leniently(value, pointer)),
        Cow::Owned(value) => value.at(pointer).cloned().map(Cow::Owned),
    }
}

fn point_leniently<'v>(value: &'v Value, pointer: &str) -> Option<Cow<'v, Value>> {
    let tokens = crate::pointer::tokens(pointer)?;
    let (last, before) = tokens.split_last()?;
    let mut value = value;
    for token in before {
        match step(value, token)? {
            Cow::Borrowed(found) => value = found,
            Cow::Owned(_) => return None,
        }
    }
    step(value, last)
}

fn step<'v>(value: &'v Value, token: &str) -> Option<Cow<'v, Value>> {
    let exact = match value {
        Value::Object(members) => members.get(token),
        Value::Array(items) => crate::pointer::index(token).and_then(|index| items.get(index)),
        _ => None,
    };
    exact.map(Cow::Borrowed).or_else(|| navigate(value, &format!(".{token}")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::expression::Expression;

    fn path(text: &str) -> Path {
        Expression::parse(text).expect(text).path
    }

    fn found(value: Option<Cow<'_, Value>>) -> serde_json::Value {
        value.map_or(json!("absent"), |value| serde_json::Value::from(&*value))
    }

    /// ARZ-EXPR-10, ARZ-EXPR-27
    #[test]
    fn bodies() {
        let body = Value::from(json!({
            "a": {"b": [{"id": 1}, {"id": 2}]}, "a.b": {"c": 3}, "list": [], "text": "für", "length": 9,
            "x[0]": "odd", "x": ["even"], "$id": 4, "m/n": 5, "": 6, "o": {"length": 7}, "user": {"name": "u"}
        }));
        for (text, expected) in [
            ("$response.body", serde_json::Value::from(&body)),
            ("$response.body#", serde_json::Value::from(&body)),
            ("$response.body#/a/b/1/id", json!(2)),
            ("$response.body#/m~1n", json!(5)),
            ("$response.body#/", json!(6)),
            ("$response.body#/a/b/01", json!("absent")),
            ("$response.body#/a/b/-", json!("absent")),
            ("$response.body.a.b[1].id", json!("absent")), // the member `a.b` comes first
            ("$response.body.a.b.c", json!(3)),
            ("$response.body['a'].b[1].id", json!(2)),
            ("$response.body.a['b'].1.id", json!(2)),
            ("$response.body.x[0]", json!("odd")),
            ("$response.body['x'][0]", json!("even")),
            ("$response.body.$id", json!(4)),
            ("$response.body.list.length", json!(0)),
            ("$response.body.text.length", json!(3)),
            ("$response.body.o.length", json!(7)),
            ("$response.body.length", json!(9)),
            ("$response.body.list[0]", json!("absent")),
            ("$response.body.text[0]", json!("absent")),
            ("$response.body.list.length.x", json!("absent")),
            ("$response.body#/x[0]", json!("odd")),
            ("$response.body#/a/b[1].id", json!(2)),
            ("$response.body#/a/b[1]/id", json!(2)),
            ("$response.body#/a/b/length", json!(2)),
            ("$response.body#/user.name", json!("u")),
            ("$response.body.a#/b/0/id", json!(1)),
            ("$response.body.nothing.at.all", json!("absent")),
        ] {
            assert_eq!(found(select(&body, &path(text))), expected, "{text}");
        }
    }

    #[test]
    fn named_values() {
        let members = Value::from(json!({"a.b": 1, "a": {"b": 2, "c": 3}, "l[0]": 4, "l": [5], "$x": 6, "n": null}));
        let members = members.as_object().expect("an object");
        for (text, expected) in [
            ("$inputs.a.b", json!(1)),
            ("$inputs.a.c", json!(3)),
            ("$inputs.a#/b", json!(2)),
            ("$inputs.l[0]", json!(4)),
            ("$inputs.l.0", json!(5)),
            ("$inputs.l.length", json!(1)),
            ("$inputs.$x", json!(6)),
            ("$inputs.n", json!(null)),
            ("$inputs.n.x", json!("absent")),
            ("$inputs.b", json!("absent")),
            ("$inputs#/a/c", json!(3)),
            ("$inputs#/a.b", json!(1)),
            ("$inputs#/l/0", json!(5)),
            ("$inputs", serde_json::Value::from(&Value::Object(members.clone()))),
        ] {
            assert_eq!(found(select_named(members, &path(text))), expected, "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn any_path_is_followed_without_panic(name in "[.\\[\\]'\"a0é#]{0,12}", pointer in proptest::option::of("[/~.\\[\\]a01]{0,10}")) {
            let value = Value::from(json!({"a": [{"a": "é"}], "0": {"a.a": 1}, "é": null}));
            let path = Path { name, pointer };
            let _ = select(&value, &path);
            let _ = select_named(value.as_object().expect("an object"), &path);
        }

        #[test]
        fn an_exact_name_always_wins(name in "[a-z.\\[\\]$-]{1,8}") {
            let members: Object = [(name.clone(), Value::Bool(true))].into_iter().collect();
            let path = Path { name, pointer: None };
            prop_assert_eq!(select_named(&members, &path).map(Cow::into_owned), Some(Value::Bool(true)));
        }
    }
}
