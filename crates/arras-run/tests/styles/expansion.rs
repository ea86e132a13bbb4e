//! What the specifications make of a generated case, written down a second time: the expansion of RFC 6570 (§2.3, §3.2)
//! with the operator that OpenAPI names for each style, and what OpenAPI says beside it. So each case has one right answer,
//! whoever else gives another.

use arras_doc::openapi::{Location, Style};
use serde_json::Value;

use super::Case;

/// An operator of RFC 6570, appendix A: what stands first, what stands between, and whether names do.
struct Operator {
    first: &'static str,
    separator: &'static str,
    named: bool,
    /// What follows the name of an empty value.
    if_empty: &'static str,
}

fn operator(case: &Case) -> Operator {
    let (first, separator, named, if_empty) = match (case.location, case.style) {
        (_, Style::Label) => (".", ".", false, ""),
        (_, Style::Matrix) => (";", ";", true, ""),
        (_, Style::Simple) => ("", ",", false, ""),
        // several cookies (OpenAPI 3.2, appendix D)
        (Location::Cookie, _) => ("", "; ", true, "="),
        _ => ("", "&", true, "="),
    };
    Operator { first, separator, named, if_empty }
}

/// Percent-encoding by RFC 3986. Of what `allowReserved` leaves, a query can't hold `#`, `[` and `]`, and gives `&`, `=` and
/// `+` a meaning (OpenAPI 3.2, appendix C); and no query of HTTP is sent with `'` (WHATWG URL, special-query percent-encode set).
fn encoded(case: &Case, text: &str) -> String {
    if case.location == Location::Header {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    let mut out = String::new();
    for (at, byte) in bytes.iter().enumerate() {
        let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_hexdigit);
        let kept = byte.is_ascii_alphanumeric()
            || b"-._~".contains(byte)
            || case.allow_reserved
                && (b":/?@!$()*,;".contains(byte) || *byte == b'%' && digit(at + 1) && digit(at + 2));
        match kept {
            true => out.push(char::from(*byte)),
            false => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// A value that is no list and no object here: one within another is its JSON.
fn text(case: &Case, value: &Value) -> String {
    match value {
        Value::String(text) => encoded(case, text),
        other => encoded(case, &other.to_string()),
    }
}

/// What stands in the request for the parameter `color`.
///
/// # Errors
/// For a path that would not hold it.
pub(super) fn expanded(case: &Case) -> Result<String, ()> {
    let value = Value::from(&case.value);
    let Operator { first, separator, named, if_empty } = operator(case);
    let pair =
        |name: &str, text: &str| if text.is_empty() { format!("{name}{if_empty}") } else { format!("{name}={text}") };
    let own = |text: String| if named { pair("color", &text) } else { text };
    // a list's items and an object's members, the undefined ones left out
    let defined: Option<Vec<(String, &Value)>> = match &value {
        Value::Array(items) => Some(items.iter().map(|item| (String::new(), item)).collect()),
        Value::Object(members) => Some(members.iter().map(|(name, it)| (encoded(case, name), it)).collect()),
        _ => None,
    };
    let defined = defined.map(|all| all.into_iter().filter(|(_, value)| !value.is_null()).collect::<Vec<_>>());
    let expanded = match (&value, defined) {
        (_, None) => own(text(case, &value)),
        // undefined: what the tables call `undefined` in a path, else nothing
        (_, Some(none)) if none.is_empty() => match case.location {
            Location::Path => {
                if named {
                    "color".to_owned()
                } else {
                    String::new()
                }
            }
            _ => return Ok(String::new()),
        },
        (_, Some(members)) if case.style == Style::DeepObject => {
            let pairs = members.iter().flat_map(|(name, value)| deep(case, &format!("color%5B{name}%5D"), value));
            pairs.collect::<Vec<_>>().join("&")
        }
        (Value::Array(_), Some(items)) if case.explode => {
            items.iter().map(|(_, item)| own(text(case, item))).collect::<Vec<_>>().join(separator)
        }
        (Value::Array(_), Some(items)) => {
            let between = match case.style {
                Style::SpaceDelimited => "%20",
                Style::PipeDelimited => "%7C",
                _ => ",",
            };
            own(items.iter().map(|(_, item)| text(case, item)).collect::<Vec<_>>().join(between))
        }
        (_, Some(members)) if case.explode => {
            let member = |(name, value): &(String, &Value)| {
                let text = text(case, value);
                if named { pair(name, &text) } else { format!("{name}={text}") }
            };
            members.iter().map(member).collect::<Vec<_>>().join(separator)
        }
        (_, Some(members)) => own(members
            .iter()
            .map(|(name, value)| format!("{name},{}", text(case, value)))
            .collect::<Vec<_>>()
            .join(",")),
    };
    let whole = format!("{first}{expanded}");
    match whole.is_empty() && case.location == Location::Path {
        // a path without its parameter is that of something else
        true => Err(()),
        false => Ok(whole),
    }
}

/// OpenAPI defines the style for members that are scalars. Of others we repeat the key for a list, and add brackets for an
/// object, as servers commonly read it.
fn deep(case: &Case, key: &str, value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => {
            items.iter().filter(|item| !item.is_null()).map(|item| format!("{key}={}", text(case, item))).collect()
        }
        Value::Object(members) => {
            let members = members.iter().filter(|(_, value)| !value.is_null());
            members
                .flat_map(|(name, value)| deep(case, &format!("{key}%5B{}%5D", encoded(case, name)), value))
                .collect()
        }
        scalar => vec![format!("{key}={}", text(case, scalar))],
    }
}
