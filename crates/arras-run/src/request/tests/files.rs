//! The marker of a file is never sent in the place of the file.

use super::*;

const ANY: &str = "
openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /b:
    post:
      parameters:
        - {name: all, in: querystring, content: {application/x-www-form-urlencoded: {}}}
      requestBody: {content: {application/json: {}}}
      responses: {}
";

/// What a body with that payload is refused for; `$inputs.x` is a file with a name that most texts would escape.
fn refusal(content_type: &str, template: Template) -> String {
    let mut files = Files::default();
    let file = files.add(FileContent::held("a\"b&<.png", Bytes::from_static(b"\x89PNG")));
    let body = RequestBody { payload: Some(template), ..payload(Value::Null, Some(content_type)) };
    let built = build(&operation(ANY), &step(Vec::new(), Some(body)), &Input(Some(file)), context(&files));
    match built {
        Ok(built) => panic!("{content_type}: {:?} was sent", built.request.body),
        Err(fault) => fault.message,
    }
}

/// ARZ-BODY-06, A-46
#[test]
fn a_file_in_a_text_is_refused() {
    for (content_type, template) in [
        ("multipart/form-data", "--b\r\nContent-Disposition: form-data; name=\"p\"\r\n\r\n{$inputs.x}\r\n--b--"),
        ("application/x-www-form-urlencoded", "photo={$inputs.x}"),
        ("application/x-www-form-urlencoded", "{$inputs.x}"),
        ("application/json", r#"{"photo": "{$inputs.x}"}"#),
        ("application/json", r#"{"photo": "a {$inputs.x}"}"#),
        ("application/json", r#"{"photo": {$inputs.x}}"#),
        ("application/xml", "<a>{$inputs.x}</a>"),
        ("text/plain", "a {$inputs.x}"),
    ] {
        let message = refusal(content_type, text(template));
        assert!(message.starts_with("the file `a\"b&<.png` can't be part of a text"), "{content_type}: {message}");
    }
}

/// ARZ-BODY-05
#[test]
fn a_file_within_a_longer_value_is_refused() {
    let mut files = Files::default();
    let file = files.add(FileContent::held("a\"b", Bytes::from_static(b"x")));
    let longer = Value::from(format!("see {}", file.to_text()));
    let member = Value::Object([("a".to_owned(), longer.clone())].into_iter().collect());
    let nested = Value::Object([("n".to_owned(), member.clone())].into_iter().collect());
    let sent =
        |value: &Value, content_type: &str| sent(&operation(ANY), payload(value.clone(), Some(content_type)), &files);
    for content_type in ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"] {
        for value in [&longer, &member, &nested] {
            let message = sent(value, content_type).expect_err(content_type);
            assert!(message.contains("the file `a\"b` "), "{content_type}: {message}");
        }
    }
}

/// ARZ-PARAM-13
#[test]
fn a_file_in_a_query_is_refused() {
    let mut files = Files::default();
    let file = files.add(FileContent::held("a", Bytes::from_static(b"x")));
    let parameters = vec![parameter("all", Location::Querystring, text("a={$inputs.x}"))];
    let built = build(&operation(ANY), &step(parameters, None), &Input(Some(file)), context(&files));
    assert!(built.expect_err("a fault").message.starts_with("the file `a` can't be part of a text"));
}
