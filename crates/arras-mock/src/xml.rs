//! Values written as plain XML, for services that speak it.

use arras_doc::value::Value;

/// An XML document of a value: an object with one member is the root element by that name.
pub(crate) fn document(value: &Value) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    match value.as_object().filter(|members| members.len() == 1).and_then(|members| members.first()) {
        Some((name, inner)) if !matches!(inner, Value::Array(_)) => element(&mut out, name, inner),
        _ => element(&mut out, "Response", value),
    }
    out
}

/// Text with `<`, `>`, `&` and quotes escaped, and without what XML can't hold.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' | '\r' | ' '..='\u{fffd}' | '\u{10000}'.. => out.push(character),
            _ => out.push('\u{fffd}'),
        }
    }
    out
}

/// Values are as deep as the readers allow, so this may call itself.
fn element(out: &mut String, name: &str, value: &Value) {
    if let Value::Array(items) = value {
        for item in items {
            match item {
                Value::Array(_) => element(out, name, &Value::from(item.to_json())),
                item => element(out, name, item),
            }
        }
        return;
    }
    let name = if is_name(name) { name } else { "item" };
    out.push('<');
    out.push_str(name);
    out.push('>');
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| element(out, name, value)),
        Value::Null => {}
        scalar => out.push_str(&escape(&scalar.to_text())),
    }
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

fn is_name(name: &str) -> bool {
    let start = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    start && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte))
}

#[cfg(test)]
mod tests {
    use arras_doc::value::Object;

    use super::*;

    #[test]
    fn objects_arrays_and_text_become_elements() {
        let members = |pairs: Vec<(&str, Value)>| {
            Value::Object(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Object>())
        };
        let contents = Value::Array(vec![members(vec![("Key", Value::from("a<b"))]), Value::Null]);
        let value = members(vec![("List", members(vec![("Contents", contents), ("a b", Value::Bool(true))]))]);
        let expected = "<List><Contents><Key>a&lt;b</Key></Contents><Contents></Contents><item>true</item></List>";
        assert_eq!(document(&value).lines().nth(1), Some(expected));
        assert!(document(&Value::from("\u{1}")).ends_with("<Response>\u{fffd}</Response>"));
    }
}
