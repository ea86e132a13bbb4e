//! How a parameter's value is spelled: OpenAPI's `style` and `explode` for every location.

use arras_doc::openapi::Style;
use arras_doc::value::Value;

use super::encode;
use crate::plan::Declared;

/// How one parameter is written, declared or by default.
struct Spelling {
    style: Style,
    explode: bool,
    encode: fn(&str) -> String,
}

impl Spelling {
    fn of(declared: Option<&Declared>, style: Style, explode: bool, encode: fn(&str) -> String) -> Spelling {
        match declared {
            Some(declared) if declared.allow_reserved => {
                Spelling { style: declared.style, explode: declared.explode, encode: encode::reserved }
            }
            Some(declared) => Spelling { style: declared.style, explode: declared.explode, encode },
            None => Spelling { style, explode, encode },
        }
    }

    fn scalar(&self, value: &Value) -> String {
        (self.encode)(&value.to_text())
    }

    fn items(&self, items: &[Value], separator: &str) -> String {
        items.iter().map(|item| self.scalar(item)).collect::<Vec<_>>().join(separator)
    }

    /// `name{inner}value` for each member, joined.
    fn members(&self, value: &Value, inner: &str, separator: &str) -> String {
        let members = value.as_object().into_iter().flatten();
        let pairs = members.map(|(name, value)| format!("{}{inner}{}", (self.encode)(name), self.scalar(value)));
        pairs.collect::<Vec<_>>().join(separator)
    }
}

/// The text that takes the place of `{name}` in a path: simple, label or matrix.
pub(super) fn path(name: &str, value: &Value, declared: Option<&Declared>) -> String {
    if let Some(text) = by_content(value, declared) {
        return encode::component(&text);
    }
    let spelling = Spelling::of(declared, Style::Simple, false, encode::component);
    match spelling.style {
        Style::Label => format!(".{}", path_body(value, &spelling, ".")),
        Style::Matrix => matrix(name, value, &spelling),
        _ => path_body(value, &spelling, ","),
    }
}

fn path_body(value: &Value, spelling: &Spelling, exploded: &str) -> String {
    match value {
        Value::Array(items) => spelling.items(items, if spelling.explode { exploded } else { "," }),
        Value::Object(_) if spelling.explode => spelling.members(value, "=", exploded),
        Value::Object(_) => spelling.members(value, ",", ","),
        scalar => spelling.scalar(scalar),
    }
}

fn matrix(name: &str, value: &Value, spelling: &Spelling) -> String {
    let name = encode::component(name);
    match value {
        Value::Array(items) if spelling.explode => {
            items.iter().map(|item| format!(";{name}={}", spelling.scalar(item))).collect()
        }
        Value::Array(items) => format!(";{name}={}", spelling.items(items, ",")),
        Value::Object(_) if spelling.explode => format!(";{}", spelling.members(value, "=", ";")),
        Value::Object(_) => format!(";{name}={}", spelling.members(value, ",", ",")),
        scalar => match spelling.scalar(scalar) {
            text if text.is_empty() => format!(";{name}"),
            text => format!(";{name}={text}"),
        },
    }
}

/// The `name=value` pairs of a query parameter.
pub(super) fn query(name: &str, value: &Value, declared: Option<&Declared>) -> Vec<String> {
    if let Some(text) = by_content(value, declared) {
        return vec![format!("{}={}", encode::component(name), encode::component(&text))];
    }
    pairs(name, value, &Spelling::of(declared, Style::Form, true, encode::component))
}

fn pairs(name: &str, value: &Value, spelling: &Spelling) -> Vec<String> {
    let key = encode::component(name);
    match (value, spelling.style) {
        (Value::Object(members), Style::DeepObject) => {
            members.iter().flat_map(|(member, value)| deep(&format!("{name}[{member}]"), value, spelling)).collect()
        }
        (Value::Array(items), Style::SpaceDelimited) if !spelling.explode => {
            vec![format!("{key}={}", spelling.items(items, "%20"))]
        }
        (Value::Array(items), Style::PipeDelimited) if !spelling.explode => {
            vec![format!("{key}={}", spelling.items(items, "%7C"))]
        }
        (Value::Array(items), _) if spelling.explode => {
            items.iter().map(|item| format!("{key}={}", spelling.scalar(item))).collect()
        }
        (Value::Array(items), _) => vec![format!("{key}={}", spelling.items(items, ","))],
        (Value::Object(members), _) if spelling.explode => members
            .iter()
            .map(|(member, value)| format!("{}={}", encode::component(member), spelling.scalar(value)))
            .collect(),
        (Value::Object(_), Style::SpaceDelimited) => vec![format!("{key}={}", spelling.members(value, "%20", "%20"))],
        (Value::Object(_), Style::PipeDelimited) => vec![format!("{key}={}", spelling.members(value, "%7C", "%7C"))],
        (Value::Object(_), _) => vec![format!("{key}={}", spelling.members(value, ",", ","))],
        (scalar, _) => vec![format!("{key}={}", spelling.scalar(scalar))],
    }
}

/// OpenAPI defines `deepObject` for scalar members; arrays repeat the key, as servers that accept it commonly expect.
fn deep(name: &str, value: &Value, spelling: &Spelling) -> Vec<String> {
    let key = encode::component(name);
    match value {
        Value::Array(items) => items.iter().map(|item| format!("{key}={}", spelling.scalar(item))).collect(),
        scalar => vec![format!("{key}={}", spelling.scalar(scalar))],
    }
}

/// A whole query (ARZ-PARAM-13): a text as it is but for what no query can hold, an object as a form writes it unless the
/// description wants another media type.
pub(super) fn querystring(value: &Value, declared: Option<&Declared>) -> String {
    let media_type = declared.and_then(|declared| declared.content.as_deref());
    let is_form = media_type.is_none_or(|name| name.eq_ignore_ascii_case("application/x-www-form-urlencoded"));
    match value {
        Value::Object(members) if is_form => super::body::form(members),
        value if value.is_structure() => encode::component(&value.to_json()),
        scalar => encode::query(&scalar.to_text()),
    }
}

/// The value of a header field: style simple, without percent-encoding.
pub(super) fn header(value: &Value, declared: Option<&Declared>) -> String {
    if let Some(text) = by_content(value, declared) {
        return text;
    }
    path_body(
        value,
        &Spelling::of(declared.filter(|declared| declared.style == Style::Simple), Style::Simple, false, str::to_owned)
            .plain(),
        ",",
    )
}

impl Spelling {
    fn plain(mut self) -> Spelling {
        self.encode = str::to_owned;
        self
    }
}

/// The `name=value` pairs of a cookie parameter: style form.
pub(super) fn cookie(name: &str, value: &Value, declared: Option<&Declared>) -> Vec<String> {
    if let Some(text) = by_content(value, declared) {
        return vec![format!("{name}={}", encode::component(&text))];
    }
    pairs(name, value, &Spelling::of(declared, Style::Form, true, encode::component))
}

/// A parameter that is declared by `content` is written as that media type.
fn by_content(value: &Value, declared: Option<&Declared>) -> Option<String> {
    declared?.content.as_ref()?;
    Some(match value {
        Value::String(text) => text.clone(),
        other => other.to_json(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use arras_doc::openapi::Location;

    fn declared(style: Style, explode: bool) -> Declared {
        Declared {
            name: "color".into(),
            location: Location::Query,
            required: false,
            style,
            explode,
            allow_reserved: false,
            content: None,
        }
    }

    fn value(json: serde_json::Value) -> Value {
        Value::from(json)
    }

    /// OpenAPI 3.1, "Style Examples": string `blue`, array and object.
    /// ARZ-PARAM-09, ARZ-PARAM-10
    #[test]
    fn the_specifications_examples() {
        let array = value(serde_json::json!(["blue", "black", "brown"]));
        let object = value(serde_json::json!({"R": 100, "G": 200, "B": 150}));
        let rows = [
            (Style::Matrix, false, ";color=blue", ";color=blue,black,brown", ";color=R,100,G,200,B,150"),
            (Style::Matrix, true, ";color=blue", ";color=blue;color=black;color=brown", ";R=100;G=200;B=150"),
            (Style::Label, false, ".blue", ".blue,black,brown", ".R,100,G,200,B,150"),
            (Style::Label, true, ".blue", ".blue.black.brown", ".R=100.G=200.B=150"),
            (Style::Simple, false, "blue", "blue,black,brown", "R,100,G,200,B,150"),
            (Style::Simple, true, "blue", "blue,black,brown", "R=100,G=200,B=150"),
        ];
        for (style, explode, scalar, of_array, of_object) in rows {
            let declared = declared(style, explode);
            assert_eq!(path("color", &Value::from("blue"), Some(&declared)), scalar);
            assert_eq!(path("color", &array, Some(&declared)), of_array);
            assert_eq!(path("color", &object, Some(&declared)), of_object);
        }
        let rows = [
            (Style::Form, false, "color=blue,black,brown", "color=R,100,G,200,B,150"),
            (Style::Form, true, "color=blue&color=black&color=brown", "R=100&G=200&B=150"),
            (Style::SpaceDelimited, false, "color=blue%20black%20brown", "color=R%20100%20G%20200%20B%20150"),
            (Style::PipeDelimited, false, "color=blue%7Cblack%7Cbrown", "color=R%7C100%7CG%7C200%7CB%7C150"),
            (
                Style::DeepObject,
                true,
                "color=blue&color=black&color=brown",
                "color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150",
            ),
        ];
        for (style, explode, of_array, of_object) in rows {
            let declared = declared(style, explode);
            assert_eq!(query("color", &array, Some(&declared)).join("&"), of_array);
            assert_eq!(query("color", &object, Some(&declared)).join("&"), of_object);
        }
    }

    /// ARZ-PARAM-09
    #[test]
    fn values_can_not_leave_their_place() {
        assert_eq!(path("p", &Value::from("a/b?c#d%e"), None), "a%2Fb%3Fc%23d%25e");
        assert_eq!(query("q", &Value::from("a&b=c"), None), ["q=a%26b%3Dc"]);
        let reserved = Declared { allow_reserved: true, ..declared(Style::Form, true) };
        assert_eq!(query("q", &Value::from("a/b&c=d#e"), Some(&reserved)), ["q=a/b%26c%3Dd%23e"]);
        assert_eq!(header(&value(serde_json::json!(["a b", "c"])), None), "a b,c");
    }
}
