//! How a parameter's value is spelled: OpenAPI's `style` and `explode` for every location.
//!
//! Styles are expansions of URI templates (RFC 6570): a `null` is an undefined value, which lists and objects leave out,
//! and a list or object of nothing is undefined as a whole. Structures inside of lists and objects, for which the
//! specification names no spelling, are JSON; in `deepObject` they add brackets.

use arras_doc::openapi::Style;
use arras_doc::value::Value;

use super::encode;
use crate::plan::Declared;

#[cfg(test)]
mod tests;

/// Names and values of a query, a form or cookies, encoded.
pub(super) type Pairs = Vec<(String, String)>;

/// How one parameter is written, declared or by default.
#[derive(Clone, Copy)]
pub(super) struct Spelling {
    style: Style,
    explode: bool,
    encode: fn(&str) -> String,
    /// Whether undefined values are written as empty ones, not left out.
    fill: bool,
}

impl Spelling {
    /// Of a field of a form, whose style the description gives.
    pub(super) fn of_field(style: Style, explode: bool, allow_reserved: bool) -> Spelling {
        let encode = if allow_reserved { encode::reserved } else { encode::component };
        Spelling { style, explode, encode, fill: false }
    }

    /// The same without any encoding.
    pub(super) fn plain(mut self) -> Spelling {
        self.encode = str::to_owned;
        self
    }

    fn of(declared: Option<&Declared>, style: Style, explode: bool, encode: fn(&str) -> String) -> Spelling {
        let Some(declared) = declared else { return Spelling { style, explode, encode, fill: false } };
        let fill = declared.required || declared.allow_empty_value;
        Spelling { style: declared.style, explode: declared.explode, encode, fill }
    }

    /// Uses `encode` instead if the parameter allows reserved characters.
    fn reserved(mut self, declared: Option<&Declared>, encode: fn(&str) -> String) -> Spelling {
        if declared.is_some_and(|declared| declared.allow_reserved) {
            self.encode = encode;
        }
        self
    }

    fn scalar(&self, value: &Value) -> String {
        if value.is_null() { String::new() } else { (self.encode)(&value.to_text()) }
    }

    /// What stands between values that are not exploded.
    fn separator(&self) -> String {
        match self.style {
            Style::SpaceDelimited => (self.encode)(" "),
            Style::PipeDelimited => (self.encode)("|"),
            Style::TabDelimited => (self.encode)("\t"),
            _ => ",".to_owned(),
        }
    }

    /// The items that are defined, encoded.
    fn items(&self, items: &[Value]) -> Vec<String> {
        items.iter().filter(|item| !item.is_null()).map(|item| self.scalar(item)).collect()
    }

    /// The members that are defined, encoded.
    fn members(&self, value: &Value) -> Pairs {
        let members = value.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
        members.map(|(name, value)| ((self.encode)(name), self.scalar(value))).collect()
    }

    /// The members with names and values alike between separators.
    fn flat(&self, value: &Value) -> String {
        let separator = self.separator();
        let flat = self.members(value).into_iter().map(|(name, value)| format!("{name}{separator}{value}"));
        flat.collect::<Vec<_>>().join(&separator)
    }
}

/// The text that takes the place of `{name}` in a path: simple, label or matrix, or separated as Swagger 2.0 says.
pub(super) fn path(name: &str, value: &Value, declared: Option<&Declared>) -> String {
    let spelling = Spelling::of(declared, Style::Simple, false, encode::component).reserved(declared, encode::segment);
    match spelling.style {
        Style::Label => format!(".{}", plain_list(value, &spelling, ".")),
        Style::Matrix => matrix(name, value, &spelling),
        _ => plain_list(value, &spelling, ","),
    }
}

/// The value of a header field: style simple, without percent-encoding.
pub(super) fn header(value: &Value, declared: Option<&Declared>) -> String {
    plain_list(value, &Spelling::of(declared, Style::Simple, false, str::to_owned).plain(), ",")
}

/// Values without the parameter's name; exploded ones behind `exploded`.
fn plain_list(value: &Value, spelling: &Spelling, exploded: &str) -> String {
    match value {
        Value::Array(items) if spelling.explode => spelling.items(items).join(exploded),
        Value::Array(items) => spelling.items(items).join(&spelling.separator()),
        Value::Object(_) if spelling.explode => {
            let members = spelling.members(value).into_iter().map(|(name, value)| format!("{name}={value}"));
            members.collect::<Vec<_>>().join(exploded)
        }
        Value::Object(_) => spelling.flat(value),
        scalar => spelling.scalar(scalar),
    }
}

fn matrix(name: &str, value: &Value, spelling: &Spelling) -> String {
    let name = encode::component(name);
    let pair = |name: &str, text: String| if text.is_empty() { format!(";{name}") } else { format!(";{name}={text}") };
    match value {
        _ if is_undefined(value) => format!(";{name}"),
        Value::Array(items) if spelling.explode => {
            spelling.items(items).into_iter().map(|item| pair(&name, item)).collect()
        }
        Value::Array(items) => pair(&name, spelling.items(items).join(",")),
        Value::Object(_) if spelling.explode => {
            spelling.members(value).into_iter().map(|(name, value)| pair(&name, value)).collect()
        }
        Value::Object(_) => pair(&name, spelling.flat(value)),
        scalar => pair(&name, spelling.scalar(scalar)),
    }
}

/// The pairs of a query parameter.
pub(super) fn query(name: &str, value: &Value, declared: Option<&Declared>) -> Pairs {
    let spelling = Spelling::of(declared, Style::Form, true, encode::component).reserved(declared, encode::reserved);
    pairs(name, value, &spelling)
}

/// The pairs of a cookie parameter. One that is not declared is sent as it is: so cookies come from servers.
pub(super) fn cookie(name: &str, value: &Value, declared: Option<&Declared>) -> Pairs {
    let spelling = Spelling::of(declared, Style::Cookie, true, encode::component).reserved(declared, encode::reserved);
    pairs(name, value, &if spelling.style == Style::Cookie { spelling.plain() } else { spelling })
}

/// The pairs that a value becomes under a name; none where it is undefined and may be left out.
pub(super) fn pairs(name: &str, value: &Value, spelling: &Spelling) -> Pairs {
    // the name itself is never given with its own percent-encoding, whatever values may be
    let key = if spelling.is_plain() { name.to_owned() } else { encode::component(name) };
    if value.is_structure() && is_undefined(value) {
        return if spelling.fill { vec![(key, String::new())] } else { Vec::new() };
    }
    match value {
        Value::Object(members) if spelling.style == Style::DeepObject => {
            let members = members.iter().filter(|(_, value)| !value.is_null());
            members.flat_map(|(member, value)| deep(&key, member, value, spelling)).collect()
        }
        Value::Array(items) if spelling.explode => {
            spelling.items(items).into_iter().map(|item| (key.clone(), item)).collect()
        }
        Value::Array(items) => vec![(key, spelling.items(items).join(&spelling.separator()))],
        Value::Object(_) if spelling.explode => {
            // names of members are names of parameters then
            let named = value.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
            let name = |name: &str| if spelling.is_plain() { name.to_owned() } else { encode::component(name) };
            named.map(|(member, value)| (name(member), spelling.scalar(value))).collect()
        }
        Value::Object(_) => vec![(key, spelling.flat(value))],
        scalar => vec![(key, spelling.scalar(scalar))],
    }
}

impl Spelling {
    fn is_plain(&self) -> bool {
        (self.encode)(" ") == " "
    }
}

/// OpenAPI defines `deepObject` for scalar members; arrays repeat the key and objects add brackets, as servers that accept
/// it commonly expect. Recursion is as deep as the value.
fn deep(key: &str, member: &str, value: &Value, spelling: &Spelling) -> Pairs {
    let key = match spelling.is_plain() {
        true => format!("{key}[{member}]"),
        false => format!("{key}%5B{}%5D", encode::component(member)),
    };
    match value {
        Value::Object(members) => {
            let members = members.iter().filter(|(_, value)| !value.is_null());
            members.flat_map(|(member, value)| deep(&key, member, value, spelling)).collect()
        }
        Value::Array(items) => spelling.items(items).into_iter().map(|item| (key.clone(), item)).collect(),
        scalar => vec![(key, spelling.scalar(scalar))],
    }
}

/// An array whose items are arrays, these as texts, as the `collectionFormat`s of Swagger 2.0 separate them, the outermost
/// first; `None` if there are no such formats or no such items.
pub(super) fn flattened(value: &Value, formats: &[Style]) -> Option<Value> {
    let (format, inner) = formats.split_first()?;
    let items = value.as_array().filter(|items| items.iter().any(|item| item.as_array().is_some()))?;
    let separator = match format {
        Style::SpaceDelimited => " ",
        Style::PipeDelimited => "|",
        Style::TabDelimited => "\t",
        _ => ",",
    };
    let joined = |item: &Value| match item {
        Value::Array(parts) => {
            let flat = flattened(item, inner);
            let parts = flat.as_ref().and_then(Value::as_array).unwrap_or(parts);
            let texts = parts.iter().filter(|part| !part.is_null()).map(|part| part.to_text().into_owned());
            Value::from(texts.collect::<Vec<_>>().join(separator))
        }
        other => other.clone(),
    };
    Some(Value::Array(items.iter().map(joined).collect()))
}

/// Whether OpenAPI says nothing of how the parameter's style spells the value: `deepObject` is for objects of scalars.
pub(super) fn is_undefined_for(value: &Value, declared: &Declared) -> bool {
    let nested = match value {
        Value::Array(_) => true,
        Value::Object(members) => members.values().any(Value::is_structure),
        _ => false,
    };
    declared.style == Style::DeepObject && nested
}

/// RFC 6570 §2.3: `null`, and lists and objects in which nothing is defined.
fn is_undefined(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().all(Value::is_null),
        Value::Object(members) => members.values().all(Value::is_null),
        _ => false,
    }
}
