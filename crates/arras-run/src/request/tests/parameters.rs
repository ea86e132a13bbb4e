//! Parameters in every place of a request.

use super::*;

const QUERYSTRING: &str = "
openapi: 3.2.0
info: {title: t, version: '1'}
paths:
  /q:
    get:
      parameters:
        - {name: all, in: querystring, content: {MEDIA: SCHEMA}}
      responses: {}
";

fn querystring(media_type: &str, content: &str, value: Template, input: Option<Value>) -> String {
    let operation = operation(&QUERYSTRING.replace("MEDIA", media_type).replace("SCHEMA", content));
    let step = step(vec![parameter("all", Location::Querystring, value)], None);
    let built = build(&operation, &step, &Input(input), context(&Files::default())).expect("a request");
    built.request.url.strip_prefix("https://api.example/v1/q?").expect("a query").to_owned()
}

/// ARZ-PARAM-13, A-46; the examples of OpenAPI 3.2
#[test]
fn a_whole_query_is_written_by_its_media_type() {
    const FORM: &str = "application/x-www-form-urlencoded";
    let object = |value| literal(json(value));
    let rows = [
        (FORM, "{}", object(serde_json::json!({"foo": "a + b", "bar": true})), "foo=a+%2B+b&bar=true"),
        (FORM, "{}", object(serde_json::json!({"a": [1, 2], "b": {"c": 1}})), "a=1&a=2&b=%7B%22c%22%3A1%7D"),
        (
            FORM,
            "{schema: {properties: {a: {type: array}}}, encoding: {a: {style: pipeDelimited}}}",
            object(serde_json::json!({"a": ["x", "y z"]})),
            "a=x%7Cy%20z",
        ),
        (FORM, "{}", text("filter={$inputs.x}&limit=20&b=c d%20"), "filter=a%26b+c&limit=20&b=c%20d%20"),
        (
            "application/json",
            "{}",
            object(serde_json::json!({"numbers": [1, 2], "flag": null})),
            "%7B%22numbers%22%3A%5B1%2C2%5D%2C%22flag%22%3Anull%7D",
        ),
        ("application/json", "{}", text(r#"{"f": "{$inputs.x}"}"#), "%7B%22f%22%3A%20%22a%26b%20c%22%7D"),
        ("application/jsonpath", "{}", object(serde_json::json!("$.a.b[1:1]")), "%24.a.b%5B1%3A1%5D"),
    ];
    for (media_type, content, value, expected) in rows {
        assert_eq!(querystring(media_type, content, value, Some(Value::from("a&b c"))), expected, "{media_type}");
    }
}

const PLACES: &str = "
openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /a/{p}/b{c}:
    get:
      parameters:
        - {name: p, in: path, required: true, schema: {type: array}}
        - {name: c, in: path, required: true, content: {application/json: {}}}
        - {name: deep, in: query, style: deepObject, explode: true, schema: {type: object}}
        - {name: filter, in: query, content: {application/json: {}}}
        - {name: kind, in: query, required: true, content: {text/plain: {}}}
        - {name: X-Ids, in: header, schema: {type: array}}
        - {name: X-Json, in: header, content: {application/json: {}}}
        - {name: c1, in: cookie, required: true, schema: {type: object}}
      responses: {}
";

fn all_places() -> Vec<Parameter> {
    let json = |value| literal(json(value));
    vec![
        parameter("p", Location::Path, json(serde_json::json!(["x/y", 2]))),
        parameter("c", Location::Path, json(serde_json::json!({"a": 1}))),
        parameter("deep", Location::Query, json(serde_json::json!({"a b": [1, 2], "c": "[x]"}))),
        parameter("filter", Location::Query, json(serde_json::json!({"a": "b"}))),
        parameter("kind", Location::Query, json(serde_json::json!("a b&c"))),
        parameter("x-ids", Location::Header, json(serde_json::json!(["a%", "b c"]))),
        parameter("X-Json", Location::Header, json(serde_json::json!({"a": "b c"}))),
        parameter("c1", Location::Cookie, json(serde_json::json!({"k": "v;w", "l": 2}))),
        parameter("c2", Location::Cookie, json(serde_json::json!("a==%"))),
    ]
}

/// ARZ-PARAM-09, ARZ-PARAM-10, ARZ-PARAM-11, ARZ-PARAM-12, A-37
#[test]
fn parameters_stand_in_their_places() {
    let operation = operation(PLACES);
    let built = build(&operation, &step(all_places(), None), &Input(None), context(&Files::default()));
    let request = built.expect("a request").request;
    assert_eq!(
        request.url,
        "https://api.example/v1/a/x%2Fy,2/b%7B%22a%22%3A1%7D?deep%5Ba%20b%5D=1&deep%5Ba%20b%5D=2\
         &deep%5Bc%5D=%5Bx%5D&filter=%7B%22a%22%3A%22b%22%7D&kind=a%20b%26c"
    );
    let header = |name| crate::exchange::header(&request.headers, name).unwrap_or_default();
    assert_eq!(header("X-Ids"), "a%,b c");
    assert_eq!(header("X-Json"), r#"{"a":"b c"}"#);
    assert_eq!(header("Cookie"), "k=v%3Bw; l=2; c2=a==%");
}

/// ARZ-PARAM-18, A-42
#[test]
fn what_has_no_place_is_refused() {
    let operation = operation(PLACES);
    let refused = |change: &dyn Fn(&mut Vec<Parameter>)| {
        let mut parameters = all_places();
        change(&mut parameters);
        let built = build(&operation, &step(parameters, None), &Input(None), context(&Files::default()));
        built.expect_err("a fault").message
    };
    let with = |at: usize, value: serde_json::Value| {
        refused(&move |parameters: &mut Vec<Parameter>| parameters[at].value = literal(json(value.clone())))
    };
    for (message, expected) in [
        (with(0, serde_json::json!("..")), "the path would have the segment `..`, which URLs do without"),
        (with(0, serde_json::json!([])), "path parameter `p` is empty"),
        (with(5, serde_json::json!("a\nb")), "the value of header `x-ids` has a line break or a NUL"),
        (with(8, serde_json::json!("a;b")), "the value of cookie `c2` has a semicolon or a control character"),
        (refused(&|it| drop(it.remove(4))), "required query parameter `kind` has no value"),
        (refused(&|it| drop(it.remove(7))), "required cookie parameter `c1` has no value"),
    ] {
        assert_eq!(message, expected);
    }
    let mut files = Files::default();
    let file = FileContent::held("a.txt", Bytes::from_static(b"x"));
    let parameters = vec![parameter("q", Location::Query, literal(files.add(file)))];
    let fault = build(&operation, &step(parameters, None), &Input(None), context(&files)).expect_err("a fault");
    assert_eq!(fault.message, "query parameter `q` can't be the file `a.txt`: only a body can");
}

/// Swagger 2.0's `collectionFormat`
/// ARZ-PARAM-10
#[test]
fn collection_formats() {
    let text = "
swagger: '2.0'
info: {title: t, version: '1'}
paths:
  /q/{p}:
    get:
      parameters:
        - {name: p, in: path, required: true, type: array, collectionFormat: pipes}
        - {name: a, in: query, type: array}
        - {name: b, in: query, type: array, collectionFormat: multi}
        - {name: c, in: query, type: array, collectionFormat: ssv}
        - {name: d, in: query, type: array, collectionFormat: tsv}
        - {name: E, in: header, type: array, collectionFormat: pipes}
        - {name: n, in: query, type: array, collectionFormat: pipes, items: {type: array, items: {type: array, collectionFormat: ssv}}}
      responses: {}
";
    let places = [("p", Location::Path), ("a", Location::Query), ("b", Location::Query), ("c", Location::Query)];
    let places = places.into_iter().chain([("d", Location::Query), ("E", Location::Header)]);
    let items = || literal(json(serde_json::json!([1, "x,y"])));
    let nested = parameter("n", Location::Query, literal(json(serde_json::json!([[1, 2], [3, [4, 5]]]))));
    let parameters = places.map(|(name, location)| parameter(name, location, items())).chain([nested]).collect();
    let built = build(&operation(text), &step(parameters, None), &Input(None), context(&Files::default()));
    let request = built.expect("a request").request;
    assert_eq!(
        request.url,
        "https://api.example/v1/q/1%7Cx%2Cy?a=1,x%2Cy&b=1&b=x%2Cy&c=1%20x%2Cy&d=1%09x%2Cy&n=1%2C2%7C3%2C4%205"
    );
    assert_eq!(crate::exchange::header(&request.headers, "E").as_deref(), Some("1|x,y"));
}

/// What `deepObject` is not defined for is spelled as servers commonly read it, and told.
/// ARZ-PARAM-10
#[test]
fn nested_values_of_deep_objects() {
    let spelled = |value: serde_json::Value| {
        let parameters = vec![parameter("deep", Location::Query, literal(json(value)))];
        let description = "
openapi: 3.1.0
info: {title: t, version: '1'}
paths: {/q: {get: {parameters: [{name: deep, in: query, style: deepObject, explode: true}], responses: {}}}}
";
        let built = build(&operation(description), &step(parameters, None), &Input(None), context(&Files::default()));
        let built = built.expect("a request");
        (built.request.url.replace("https://api.example/v1/q?", ""), built.notes)
    };
    let told = |what: &str| vec![format!("the style `deepObject` of query parameter `deep` is not defined for {what}")];
    assert_eq!(spelled(serde_json::json!({"a": 1})), ("deep%5Ba%5D=1".to_owned(), Vec::new()));
    assert_eq!(
        spelled(serde_json::json!({"price": {"gte": 1, "lt": {"x y": 2}}})),
        ("deep%5Bprice%5D%5Bgte%5D=1&deep%5Bprice%5D%5Blt%5D%5Bx%20y%5D=2".to_owned(), told("a nested value"))
    );
    assert_eq!(spelled(serde_json::json!(["a", "b"])), ("deep=a&deep=b".to_owned(), told("an array")));
}

/// RFC 6265 §5.4: one field has all cookies.
/// ARZ-PARAM-12
#[test]
fn cookies_join_a_header_of_their_name() {
    let parameters = vec![
        parameter("cookie", Location::Header, literal(Value::from("a=1"))),
        parameter("c2", Location::Cookie, literal(Value::from("2"))),
    ];
    let built = build(&operation(PLACES_OF_NONE), &step(parameters, None), &Input(None), context(&Files::default()));
    let headers = built.expect("a request").request.headers;
    let cookies = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("cookie"));
    assert_eq!(cookies.map(|(_, value)| value.as_str()).collect::<Vec<_>>(), ["a=1; c2=2"]);
}

const PLACES_OF_NONE: &str = "
openapi: 3.1.0
info: {title: t, version: '1'}
paths: {/q: {get: {responses: {}}}}
";

/// The value of an expression is a value, whatever it looks like; JSON text is what was written so.
/// ARZ-EXPR-22, A-43
#[test]
fn a_parameter_in_json_keeps_its_type() {
    let filter = |value: Template, input: &str| {
        let parameters = vec![parameter("filter", Location::Query, value)];
        let description = "
openapi: 3.1.0
info: {title: t, version: '1'}
paths: {/q: {get: {parameters: [{name: filter, in: query, content: {application/json: {}}}], responses: {}}}}
";
        let input = Input(Some(Value::from(input)));
        let built = build(&operation(description), &step(parameters, None), &input, context(&Files::default()));
        built.expect("a request").request.url.replace("https://api.example/v1/q?filter=", "")
    };
    let expression =
        || Template::Expression(Spanned::new(Expression::parse("$inputs.x").expect("an expression"), Span::default()));
    for (value, input, expected) in [
        (expression(), "1234", "%221234%22"),
        (expression(), "[a", "%22%5Ba%22"),
        (text("{$inputs.x}"), "true", "%22true%22"),
        (text(r#"{"a": {$inputs.x}}"#), "1234", "%7B%22a%22%3A%201234%7D"),
        (literal(Value::from("[1]")), "", "%5B1%5D"),
    ] {
        assert_eq!(filter(value, input), expected);
    }
}
