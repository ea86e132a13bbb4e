//! Every style, explode, type and location: the examples of the OpenAPI texts, and what they say beside the tables.

use arras_doc::openapi::{Location, Style};

use super::*;

fn declared(location: Location, style: Style, explode: bool) -> Declared {
    Declared {
        name: "color".into(),
        location,
        required: false,
        style,
        explode,
        allow_reserved: false,
        allow_empty_value: false,
        content: None,
        inner_formats: Vec::new(),
    }
}

fn value(json: serde_json::Value) -> Value {
    Value::from(json)
}

fn joined(pairs: Pairs, between: &str) -> String {
    pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(between)
}

/// The text of `color` in its place.
fn spelled(location: Location, style: Style, explode: bool, value: &Value) -> String {
    let declared = declared(location, style, explode);
    match location {
        Location::Path => path("color", value, Some(&declared)),
        Location::Header => header(value, Some(&declared)),
        Location::Cookie => joined(cookie("color", value, Some(&declared)), "; "),
        Location::Query | Location::Querystring => joined(query("color", value, Some(&declared)), "&"),
    }
}

/// Null, text, array and object of the specifications' tables.
fn examples() -> [Value; 4] {
    [
        Value::Null,
        Value::from("blue"),
        value(serde_json::json!(["blue", "black", "brown"])),
        value(serde_json::json!({"R": 100, "G": 200, "B": 150})),
    ]
}

/// ARZ-PARAM-09, ARZ-PARAM-10, ARZ-PARAM-11, ARZ-PARAM-12, ARZ-PARAM-15
#[test]
fn every_style_of_every_location() {
    use Location::{Cookie, Header, Path, Query};
    let rows: [(Location, Style, bool, [&str; 4]); 17] = [
        (Path, Style::Matrix, false, [";color", ";color=blue", ";color=blue,black,brown", ";color=R,100,G,200,B,150"]),
        (
            Path,
            Style::Matrix,
            true,
            [";color", ";color=blue", ";color=blue;color=black;color=brown", ";R=100;G=200;B=150"],
        ),
        (Path, Style::Label, false, [".", ".blue", ".blue,black,brown", ".R,100,G,200,B,150"]),
        (Path, Style::Label, true, [".", ".blue", ".blue.black.brown", ".R=100.G=200.B=150"]),
        (Path, Style::Simple, false, ["", "blue", "blue,black,brown", "R,100,G,200,B,150"]),
        (Path, Style::Simple, true, ["", "blue", "blue,black,brown", "R=100,G=200,B=150"]),
        (Path, Style::TabDelimited, false, ["", "blue", "blue%09black%09brown", "R%09100%09G%09200%09B%09150"]),
        (Header, Style::Simple, false, ["", "blue", "blue,black,brown", "R,100,G,200,B,150"]),
        (Header, Style::Simple, true, ["", "blue", "blue,black,brown", "R=100,G=200,B=150"]),
        (Header, Style::PipeDelimited, false, ["", "blue", "blue|black|brown", "R|100|G|200|B|150"]),
        (Query, Style::Form, false, ["color=", "color=blue", "color=blue,black,brown", "color=R,100,G,200,B,150"]),
        (Query, Style::Form, true, ["color=", "color=blue", "color=blue&color=black&color=brown", "R=100&G=200&B=150"]),
        (
            Query,
            Style::TabDelimited,
            false,
            ["color=", "color=blue", "color=blue%09black%09brown", "color=R%09100%09G%09200%09B%09150"],
        ),
        (Cookie, Style::Form, false, ["color=", "color=blue", "color=blue,black,brown", "color=R,100,G,200,B,150"]),
        (
            Cookie,
            Style::Form,
            true,
            ["color=", "color=blue", "color=blue; color=black; color=brown", "R=100; G=200; B=150"],
        ),
        (Cookie, Style::Cookie, false, ["color=", "color=blue", "color=blue,black,brown", "color=R,100,G,200,B,150"]),
        (
            Cookie,
            Style::Cookie,
            true,
            ["color=", "color=blue", "color=blue; color=black; color=brown", "R=100; G=200; B=150"],
        ),
    ];
    for (location, style, explode, expected) in rows {
        for (value, expected) in examples().iter().zip(expected) {
            assert_eq!(spelled(location, style, explode, value), expected, "{location:?} {style:?} {explode} {value}");
        }
    }
    let [_, _, array, object] = examples();
    for (style, of_array, of_object) in [
        (Style::SpaceDelimited, "color=blue%20black%20brown", "color=R%20100%20G%20200%20B%20150"),
        (Style::PipeDelimited, "color=blue%7Cblack%7Cbrown", "color=R%7C100%7CG%7C200%7CB%7C150"),
    ] {
        assert_eq!(spelled(Location::Query, style, false, &array), of_array);
        assert_eq!(spelled(Location::Query, style, false, &object), of_object);
    }
    let deep = "color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150";
    assert_eq!(spelled(Location::Query, Style::DeepObject, true, &object), deep);
}

/// RFC 6570 §2.3, OpenAPI 3.2 appendix C
/// ARZ-PARAM-10, ARZ-PARAM-18
#[test]
fn undefined_values_are_left_out() {
    let [nothing, empty] = [serde_json::json!([]), serde_json::json!({})].map(value);
    let nulls = value(serde_json::json!({"a": null, "b": 1, "c": null}));
    let items = value(serde_json::json!([null, 1, null, 2]));
    for explode in [true, false] {
        assert_eq!(spelled(Location::Query, Style::Form, explode, &nothing), "");
        assert_eq!(spelled(Location::Query, Style::Form, explode, &empty), "");
        assert_eq!(spelled(Location::Path, Style::Matrix, explode, &empty), ";color");
        let all_null = value(serde_json::json!([null]));
        assert_eq!(spelled(Location::Query, Style::Form, explode, &all_null), "");
    }
    assert_eq!(spelled(Location::Query, Style::Form, true, &nulls), "b=1");
    assert_eq!(spelled(Location::Query, Style::Form, false, &items), "color=1,2");
    assert_eq!(spelled(Location::Query, Style::DeepObject, true, &nulls), "color%5Bb%5D=1");
    assert_eq!(spelled(Location::Path, Style::Simple, false, &nulls), "b,1");
    let texts = value(serde_json::json!(["", "a"]));
    assert_eq!(spelled(Location::Path, Style::Matrix, true, &texts), ";color;color=a");
    assert_eq!(spelled(Location::Path, Style::Label, true, &texts), "..a");
    assert_eq!(spelled(Location::Query, Style::Form, true, &texts), "color=&color=a");
    assert_eq!(spelled(Location::Query, Style::Form, true, &Value::from("")), "color=");
    let may_be_empty = Declared { allow_empty_value: true, ..declared(Location::Query, Style::Form, true) };
    assert_eq!(joined(query("color", &nothing, Some(&may_be_empty)), "&"), "color=");
    let required = Declared { required: true, ..declared(Location::Query, Style::Form, false) };
    assert_eq!(joined(query("color", &empty, Some(&required)), "&"), "color=");
}

/// OpenAPI 3.2, appendices C and D
/// ARZ-PARAM-09, ARZ-PARAM-10, ARZ-PARAM-11, ARZ-PARAM-12
#[test]
fn values_can_not_leave_their_place() {
    assert_eq!(path("p", &Value::from("a/b?c#d%e"), None), "a%2Fb%3Fc%23d%25e");
    assert_eq!(joined(query("q", &Value::from("a&b=c"), None), "&"), "q=a%26b%3Dc");
    assert_eq!(joined(query("a b", &Value::from("❤"), None), "&"), "a%20b=%E2%9D%A4");
    let formulas = value(serde_json::json!({"a": "x+y", "b": "x/y", "c": "x^y"}));
    assert_eq!(joined(query("formulas", &formulas, None), "&"), "a=x%2By&b=x%2Fy&c=x%5Ey");
    let reserved = |location, style| Declared { allow_reserved: true, ..declared(location, style, true) };
    let query_reserved = reserved(Location::Query, Style::Form);
    let formulas = value(serde_json::json!({"a": "x%2By", "b": "x/y", "c": "x^y"}));
    assert_eq!(joined(query("formulas", &formulas, Some(&query_reserved)), "&"), "a=x%2By&b=x/y&c=x%5Ey");
    assert_eq!(joined(query("q", &Value::from("a/b&c=d#e"), Some(&query_reserved)), "&"), "q=a/b%26c%3Dd%23e");
    let path_reserved = reserved(Location::Path, Style::Simple);
    assert_eq!(path("p", &Value::from("a/b;c?d%41"), Some(&path_reserved)), "a%2Fb;c%3Fd%41");
    assert_eq!(header(&value(serde_json::json!(["a b", "c%"])), None), "a b,c%");
    let greeting = Value::from("Hello, world!");
    let form = declared(Location::Cookie, Style::Form, true);
    assert_eq!(joined(cookie("greeting", &greeting, Some(&form)), "; "), "greeting=Hello%2C%20world%21");
    let plain = declared(Location::Cookie, Style::Cookie, true);
    let object = value(serde_json::json!({"greeting": "Hello%2C world!", "code": 42}));
    assert_eq!(joined(cookie("c", &object, Some(&plain)), "; "), "greeting=Hello%2C world!; code=42");
    assert_eq!(joined(cookie("session", &Value::from("a=="), None), "; "), "session=a==");
    let nested = value(serde_json::json!({"a": {"b": [1]}}));
    assert_eq!(joined(query("q", &nested, None), "&"), "a=%7B%22b%22%3A%5B1%5D%7D");
}
