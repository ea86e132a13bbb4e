//! JSON, forms, multipart forms, text and bytes.

use super::*;

fn described(version: &str, content: &str) -> Operation {
    operation(&format!(
        "
openapi: {version}
info: {{title: t, version: '1'}}
paths:
  /b:
    post:
      requestBody:
        content:
{}
      responses: {{}}
",
        content.lines().map(|line| format!("          {line}\n")).collect::<String>()
    ))
}

/// ARZ-BODY-04, ARZ-BODY-07
#[test]
fn payloads_become_what_their_media_type_says() {
    let operation = described("3.1.0", "text/plain: {}");
    let object = serde_json::json!({"a": "x y", "b": [1, 2]});
    let rows = [
        ("application/x-amz-json-1.1", object.clone(), Ok(r#"{"a":"x y","b":[1,2]}"#)),
        ("application/vnd.x+json", object.clone(), Ok(r#"{"a":"x y","b":[1,2]}"#)),
        ("application/x-www-form-urlencoded", object.clone(), Ok("a=x+y&b=1&b=2")),
        ("application/json", serde_json::json!("{\"a\":1}"), Ok("{\"a\":1}")),
        ("application/json", serde_json::json!("plain"), Ok("\"plain\"")),
        ("application/json", serde_json::json!(null), Ok("null")),
        ("application/xml", serde_json::json!("<a/>"), Ok("<a/>")),
        ("text/plain", serde_json::json!(1.5), Ok("1.5")),
        ("application/octet-stream", serde_json::json!("raw"), Ok("raw")),
        ("text/csv", object.clone(), Err("a payload that is an object can't be written as `text/csv`")),
        ("multipart/mixed", object.clone(), Err("a payload that is an object can't be written as `multipart/mixed`")),
        (
            "application/x-www-form-urlencoded",
            serde_json::json!([1]),
            Err("a payload that is an array can't be written as `application/x-www-form-urlencoded`"),
        ),
        ("nonsense", serde_json::json!("x"), Err("`nonsense` is no media type")),
    ];
    for (media_type, value, expected) in rows {
        let found = text_of(&operation, value, Some(media_type));
        assert_eq!(found.as_deref().map_err(String::as_str), expected, "{media_type}");
    }
    assert!(text_of(&operation, serde_json::json!("{\"a\":"), Some("application/json")).is_err());
}

/// ARZ-BODY-01
#[test]
fn texts_are_written_in_the_encoding_that_is_named() {
    let operation = described("3.1.0", "text/plain: {}");
    let bytes = |text: &str, content_type: &str| {
        sent(&operation, payload(Value::from(text), Some(content_type)), &Files::default()).map(|(_, bytes)| bytes)
    };
    assert_eq!(bytes("ü", "text/plain; charset=iso-8859-1").as_deref(), Ok(&b"\xFC"[..]));
    assert_eq!(bytes("ü", "text/plain; charset=UTF-8").as_deref(), Ok("ü".as_bytes()));
    assert_eq!(
        bytes("€", "text/plain; charset=iso-8859-1"),
        Err("`€` can't be written in the encoding `iso-8859-1`".to_owned())
    );
    assert_eq!(bytes("a", "text/plain; charset=x"), Err("the encoding `x` is not known here".to_owned()));
}

/// OpenAPI 3.2, "Encoding the `x-www-form-urlencoded` Media Type"
/// ARZ-BODY-07
#[test]
fn forms_by_encoding() {
    let operation = described(
        "3.1.0",
        "application/x-www-form-urlencoded:
  schema:
    type: object
    properties:
      id: {type: string, format: uuid}
      address: {type: object}
      tags: {type: array, items: {type: string}}
      point: {type: object}
      json: {type: string}
  encoding:
    tags: {style: spaceDelimited}
    point: {style: deepObject, explode: true}
    json: {contentType: application/json}",
    );
    let address = serde_json::json!({"streetAddress": "123 Example Dr.", "city": "Somewhere", "state": "CA", "zip": "99999+1234"});
    let form = |value| text_of(&operation, value, None).expect("a form");
    assert_eq!(
        form(serde_json::json!({"id": "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "address": address})),
        "id=f81d4fae-7dec-11d0-a765-00a0c91e6bf6&address=%7B%22streetAddress%22%3A%22123+Example+Dr.%22%2C%22city%22%3A\
         %22Somewhere%22%2C%22state%22%3A%22CA%22%2C%22zip%22%3A%2299999%2B1234%22%7D"
    );
    assert_eq!(form(serde_json::json!({"tags": ["a b", "c"], "point": {"x": 1}})), "tags=a%20b%20c&point%5Bx%5D=1");
    assert_eq!(
        form(serde_json::json!({"json": "x", "other": null, "list": [1, null, {"a": 2}]})),
        "json=%22x%22&list=1&list=%7B%22a%22%3A2%7D"
    );
}

const UPLOAD: &str = "multipart/form-data:
  schema:
    type: object
    properties:
      id: {type: string}
      count: {type: integer}
      address: {type: object}
      addresses: {type: array, items: {type: object}}
      photo: {}
      icon: {type: string, contentEncoding: base64}
      tags: {type: array, items: {type: string}}
      note: {type: object, xml: {name: note}}
  encoding:
    photo:
      contentType: image/png, image/jpeg
      headers:
        X-Kind: {schema: {const: a}}
    tags: {style: form, explode: false}
    note: {contentType: application/xml; charset=utf-8}";

fn upload(value: Value, files: &Files) -> Result<(String, String), String> {
    let (content_type, bytes) = sent(&described("3.1.0", UPLOAD), payload(value, None), files)?;
    Ok((content_type, String::from_utf8_lossy(&bytes).replace("\r\n", "\n")))
}

/// ARZ-BODY-10
#[test]
fn multipart_forms_by_encoding() {
    let mut files = Files::default();
    let photo = files.add(FileContent::held("a \"b\".jpg", Bytes::from_static(b"\x01JPEG")));
    let icon = files.add(FileContent::held("i.bin", Bytes::from_static(b"\xFB\xFF")));
    let mut value = json(serde_json::json!({
        "id": "x", "count": 2, "address": {"a": 1}, "addresses": [{"b": 1}, {"b": 2}], "photo": null, "icon": null,
        "tags": ["t", "u v"], "note": {"to": "<you>"}, "absent": null, "other": "o"
    }));
    if let Value::Object(members) = &mut value {
        members.insert("photo".into(), photo);
        members.insert("icon".into(), icon);
    }
    let (content_type, body) = upload(value, &files).expect("a body");
    let boundary = content_type.strip_prefix("multipart/form-data; boundary=").expect("a boundary");
    let expected = "--B
Content-Disposition: form-data; name=\"id\"

x
--B
Content-Disposition: form-data; name=\"count\"

2
--B
Content-Disposition: form-data; name=\"address\"
Content-Type: application/json

{\"a\":1}
--B
Content-Disposition: form-data; name=\"addresses\"
Content-Type: application/json

{\"b\":1}
--B
Content-Disposition: form-data; name=\"addresses\"
Content-Type: application/json

{\"b\":2}
--B
Content-Disposition: form-data; name=\"photo\"; filename=\"a %22b%22.jpg\"
Content-Type: image/jpeg
X-Kind: a

\u{1}JPEG
--B
Content-Disposition: form-data; name=\"icon\"; filename=\"i.bin\"
Content-Type: application/octet-stream
Content-Transfer-Encoding: base64

+/8=
--B
Content-Disposition: form-data; name=\"tags\"

t,u v
--B
Content-Disposition: form-data; name=\"note\"
Content-Type: application/xml; charset=utf-8

<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<note><to>&lt;you&gt;</to></note>
--B
Content-Disposition: form-data; name=\"other\"

o
--B--
";
    assert_eq!(body, expected.replace("--B", &format!("--{boundary}")));
}

/// ARZ-BODY-10
#[test]
fn a_boundary_is_the_same_each_time_and_in_no_part() {
    let boundary = |value: serde_json::Value, effect: &str| {
        let operation = described("3.1.0", UPLOAD);
        let step = step(Vec::new(), Some(payload(json(value), None)));
        let context = Context { files: &Files::default(), effect };
        let request = build(&operation, &step, &Input(None), context).expect("a request").request;
        let content_type = crate::exchange::header(&request.headers, "content-type").expect("a content type");
        content_type.split_once("boundary=").expect("a boundary").1.to_owned()
    };
    let first = boundary(serde_json::json!({"id": "x"}), "s#1.1");
    assert_eq!(boundary(serde_json::json!({"id": "y"}), "s#1.1"), first);
    assert_ne!(boundary(serde_json::json!({"id": "x"}), "s#2.1"), first);
    assert_ne!(boundary(serde_json::json!({"id": format!("a--{first}--")}), "s#1.1"), first);
    let operation = described("3.1.0", UPLOAD);
    let own = Some("multipart/form-data; boundary=mine");
    assert!(text_of(&operation, serde_json::json!({"id": "x"}), own).expect("a body").starts_with("--mine\r\n"));
    assert_eq!(
        text_of(&operation, serde_json::json!({"id": "x\r\n--mine"}), own),
        Err("a part of the body has the boundary `mine` in it".to_owned())
    );
    assert!(text_of(&operation, serde_json::json!({"id": "x mine"}), own).is_ok());
    assert_eq!(
        text_of(&operation, serde_json::json!({"id": "x"}), Some("multipart/form-data; boundary=\"a*b\"")),
        Err("`a*b` is no boundary".to_owned())
    );
    for (boundary, spelled) in [("q", "q"), ("----=_Part_1.2", "\"----=_Part_1.2\"")] {
        let body = payload(Value::from(format!("--{boundary}\r\n\r\n\r\n--{boundary}--")), None);
        let (content_type, _) = sent(&operation, body, &Files::default()).expect("a body");
        assert_eq!(content_type, format!("multipart/form-data; boundary={spelled}"));
    }
    assert!(text_of(&operation, serde_json::json!("no boundary"), None).is_err());
}

/// ARZ-BODY-10; OpenAPI 3.0 has the styles of parts ignored, later versions have them.
#[test]
fn parts_have_styles_from_version_3_1_on() {
    let content = "multipart/form-data:
  schema: {properties: {address: {type: object}}}
  encoding: {address: {contentType: application/json, explode: true}}";
    let sent = |version: &str| {
        text_of(&described(version, content), serde_json::json!({"address": {"a": 1, "b": 2}}), None).expect("a body")
    };
    let old = sent("3.0.3");
    assert!(old.contains("name=\"address\"\r\nContent-Type: application/json\r\n\r\n{\"a\":1,\"b\":2}\r\n"), "{old}");
    let new = sent("3.1.0");
    assert!(new.contains("name=\"a\"\r\n\r\n1\r\n") && new.contains("name=\"b\"\r\n\r\n2\r\n"), "{new}");
}

/// ARZ-BODY-10
#[test]
fn a_part_header_that_nothing_tells_is_refused() {
    let operation = described(
        "3.0.3",
        "multipart/form-data:
  schema: {properties: {a: {type: string}}}
  encoding: {a: {headers: {X-A: {required: true, schema: {type: string}}}}}",
    );
    assert_eq!(
        text_of(&operation, serde_json::json!({"a": "x"}), None),
        Err("the part `a` needs the header `X-A`, whose value nothing tells".to_owned())
    );
}

/// ARZ-BODY-05
#[test]
fn files_go_where_bytes_can() {
    let mut files = Files::default();
    let binary = files.add(FileContent::held("b.bin", Bytes::from_static(b"\xFB\xFF")));
    let note = files.add(FileContent::held("n.txt", Bytes::from_static("ü".as_bytes())));
    let operation = described(
        "3.0.3",
        "application/json: {schema: {properties: {bytes: {type: string, format: byte}, text: {type: string}}}}
application/octet-stream: {schema: {type: string, format: binary}}
application/x-www-form-urlencoded: {schema: {properties: {bytes: {type: string, format: byte}}}}",
    );
    let object = |members: &[(&str, &Value)]| {
        Value::Object(members.iter().map(|(name, value)| ((*name).to_owned(), (*value).clone())).collect())
    };
    let body = |value: Value, media_type: &str| {
        sent(&operation, payload(value, Some(media_type)), &files).map(|(_, bytes)| bytes)
    };
    assert_eq!(body(binary.clone(), "application/octet-stream").as_deref(), Ok(&b"\xFB\xFF"[..]));
    assert_eq!(body(note.clone(), "text/plain").as_deref(), Ok("ü".as_bytes()));
    let both = object(&[("bytes", &binary), ("text", &note)]);
    assert_eq!(body(both, "application/json").as_deref(), Ok(r#"{"bytes":"+/8=","text":"ü"}"#.as_bytes()));
    let form = body(object(&[("bytes", &binary)]), "application/x-www-form-urlencoded");
    assert_eq!(form.as_deref(), Ok(&b"bytes=%2B%2F8%3D"[..]));
    let refused = body(object(&[("text", &binary)]), "application/json").expect_err("no text");
    assert!(refused.starts_with("the file `b.bin` is no UTF-8 text"), "{refused}");
    let within = Value::from(format!("a {} b", note.as_str().expect("a marker")));
    let refused = body(within, "text/plain").expect_err("inside of a text");
    assert!(refused.starts_with("the file `n.txt` can't be part of a text"), "{refused}");
}

/// Swagger 2.0
/// ARZ-BODY-10
#[test]
fn form_fields_of_swagger() {
    let operation = operation(
        "
swagger: '2.0'
info: {title: t, version: '1'}
paths:
  /b:
    post:
      consumes: [multipart/form-data]
      parameters:
        - {name: file, in: formData, type: file}
        - {name: tags, in: formData, type: array, items: {type: string}}
      responses: {}
",
    );
    let mut files = Files::default();
    let file = files.add(FileContent::held("f", Bytes::from_static(b"x")));
    let value = Value::Object(
        [("file".to_owned(), file), ("tags".to_owned(), json(serde_json::json!(["a", "b"])))].into_iter().collect(),
    );
    let (_, bytes) = sent(&operation, payload(value, None), &files).expect("a body");
    let text = String::from_utf8_lossy(&bytes).into_owned();
    assert!(
        text.contains("name=\"file\"; filename=\"f\"\r\nContent-Type: application/octet-stream\r\n\r\nx\r\n"),
        "{text}"
    );
    assert!(text.contains("name=\"tags\"\r\n\r\na,b\r\n"), "{text}");
}

/// ARZ-BODY-01, ARZ-BODY-02, ARZ-PARAM-11
#[test]
fn a_header_may_say_what_the_body_is() {
    let operation =
        described("3.1.0", "application/json: {}\nmultipart/form-data: {}\napplication/x-www-form-urlencoded: {}");
    let built = |given: &str| {
        let header = parameter("content-type", Location::Header, literal(Value::from(given)));
        let body = payload(json(serde_json::json!({"a": 1})), None);
        let built = build(&operation, &step(vec![header], Some(body)), &Input(None), context(&Files::default()));
        let Built { request, notes, .. } = built.expect("a request");
        let sent = crate::exchange::header(&request.headers, "content-type").expect("a content type");
        (sent, String::from_utf8_lossy(&request.body.outline()).into_owned(), notes)
    };
    let (sent, body, _) = built("application/x-www-form-urlencoded");
    assert_eq!((sent.as_str(), body.as_str()), ("application/x-www-form-urlencoded", "a=1"));
    let (sent, body, notes) = built("multipart/form-data");
    let boundary = sent.strip_prefix("multipart/form-data; boundary=").expect("a boundary");
    assert!(body.starts_with(&format!("--{boundary}\r\n")) && notes.is_empty(), "{body}");
}

/// A payload that is one expression keeps its type: a text is a text, whatever it looks like.
/// ARZ-BODY-05, ARZ-EXPR-22, A-43
#[test]
fn a_text_that_an_expression_gives_is_a_json_text_value() {
    let operation = described("3.1.0", "application/json: {}");
    let sent = |payload_of: Template, input: &str| {
        let body = RequestBody { payload: Some(payload_of), ..payload(Value::Null, None) };
        let built = build(
            &operation,
            &step(Vec::new(), Some(body)),
            &Input(Some(Value::from(input))),
            context(&Files::default()),
        );
        built
            .map(|built| String::from_utf8_lossy(&built.request.body.outline()).into_owned())
            .map_err(|fault| fault.message)
    };
    let expression = || {
        let expression = Expression::parse("$inputs.x").expect("an expression");
        Template::Expression(Spanned::new(expression, Span::default()))
    };
    for input in ["0123", "1234", "true", "null", "[hello", "{\"a\":1}"] {
        let expected = Value::from(input).to_json();
        assert_eq!(sent(expression(), input).as_deref(), Ok(expected.as_str()));
        assert_eq!(sent(text("{$inputs.x}"), input).as_deref(), Ok(expected.as_str()));
    }
    assert_eq!(sent(text(r#"{"a": "{$inputs.x}"}"#), "1").as_deref(), Ok(r#"{"a": "1"}"#));
    assert_eq!(sent(literal(Value::from("[1]")), "").as_deref(), Ok("[1]"));
    assert_eq!(sent(literal(Value::from("plain")), "").as_deref(), Ok("\"plain\""));
}

/// What a description says of a part can't add a header field to it.
/// ARZ-BODY-10
#[test]
fn no_header_field_is_injected() {
    for (content, expected) in [
        ("{schema: {properties: {a: {contentEncoding: \"base64\\r\\nX: y\"}}}}", "is no name of an encoding"),
        ("{encoding: {a: {contentType: \"text/plain; x=a\\r\\nX-Evil: 1\"}}}", "has a control character"),
    ] {
        let operation = described("3.1.0", &format!("multipart/form-data: {content}"));
        let message = text_of(&operation, serde_json::json!({"a": "x"}), None).expect_err("refused");
        assert!(message.contains(expected), "{message}");
    }
    let operation = described("3.1.0", "text/plain: {}");
    let message = text_of(&operation, serde_json::json!("x"), Some("text/plain; a=b\r\nX: y")).expect_err("refused");
    assert_eq!(message, "the content type of the body has a control character");
}

/// A field that is `null` is left out, whatever its style.
/// ARZ-BODY-07, ARZ-BODY-10
#[test]
fn null_is_no_field() {
    for media_type in ["application/x-www-form-urlencoded", "multipart/form-data"] {
        let operation = described("3.1.0", &format!("{media_type}: {{encoding: {{a: {{style: form}}}}}}"));
        let body = text_of(&operation, serde_json::json!({"a": null, "b": "x"}), None).expect("a body");
        assert!(body.contains('b') && !body.contains("\"a\"") && !body.contains("a="), "{body}");
    }
    for media_type in ["application/x-www-form-urlencoded", "application/xml"] {
        let operation = described("3.1.0", &format!("{media_type}: {{}}"));
        let message = text_of(&operation, serde_json::json!(5), None).expect_err("refused");
        assert_eq!(message, format!("a payload that is a number can't be written as `{media_type}`"));
    }
}
