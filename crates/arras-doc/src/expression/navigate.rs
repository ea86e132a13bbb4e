//! Navigation in values with `.name`, `[0]`, `['name']` and `.length`, dotted names first (A-22, A-23, A-24b).

use std::borrow::Cow;

use crate::value::{Number, Object, Value};

/// Where `rest`, a text of `.…` and `[…]`, leads to from `value`.
///
/// `.length` of an array is the number of its items, of a string the number of its characters, unless a member
/// is called so.
pub(super) fn navigate<'v>(value: &'v Value, rest: &str) -> Option<Cow<'v, Value>> {
    let mut value = value;
    let mut rest = rest;
    while !rest.is_empty() {
        if rest == ".length"
            && let Some(length) = length(value)
        {
            return Some(Cow::Owned(Value::Number(Number::from(length))));
        }
        (value, rest) = match (value, rest.strip_prefix('.')) {
            (Value::Object(members), Some(names)) => longest_member(members, names)?,
            (Value::Array(items), Some(names)) => {
                let (token, after) = names.split_at(names.find(['.', '[']).unwrap_or(names.len()));
                (items.get(crate::pointer::index(token)?)?, after)
            }
            (_, None) => {
                let (key, after) = bracket(rest)?;
                (child(value, key)?, after)
            }
            _ => return None,
        };
    }
    Some(Cow::Borrowed(value))
}

/// The member whose name is the longest prefix of `names` that ends at its end, before a `.` or before a `[`;
/// and what follows that prefix.
pub(super) fn longest_member<'v, 'n>(members: &'v Object, names: &'n str) -> Option<(&'v Value, &'n str)> {
    longest(members.keys().map(String::len).max()?, names, |name| members.get(name))
}

/// The same where names of at most so many bytes are looked up in another way.
pub(super) fn longest<'v, 'n>(
    most: usize,
    names: &'n str,
    find: impl Fn(&str) -> Option<&'v Value>,
) -> Option<(&'v Value, &'n str)> {
    let ends = names.rmatch_indices(['.', '[']).map(|(at, _)| at);
    let mut ends = std::iter::once(names.len()).chain(ends).filter(|end| *end <= most);
    ends.find_map(|end| find(&names[..end]).map(|value| (value, &names[end..])))
}

fn length(value: &Value) -> Option<usize> {
    match value {
        Value::Array(items) => Some(items.len()),
        Value::String(text) => Some(text.chars().count()),
        _ => None,
    }
}

fn child<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    match value {
        Value::Object(members) => members.get(key),
        Value::Array(items) => items.get(crate::pointer::index(key)?),
        _ => None,
    }
}

/// The key in `[0]`, `['name']`, `["name"]` or `[name]`, and what follows the bracket.
fn bracket(rest: &str) -> Option<(&str, &str)> {
    let inside = rest.strip_prefix('[')?;
    for quote in ['\'', '"'] {
        if let Some(quoted) = inside.strip_prefix(quote) {
            let (key, after) = quoted.split_once(quote)?;
            return Some((key, after.strip_prefix(']')?));
        }
    }
    inside.split_once(']')
}
