//! A body's content type by a header parameter.

use super::*;

const ANY: &str = "
openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /b:
    post:
      parameters:
        - {name: Content-Type, in: header, required: true, schema: {type: string}}
      requestBody: {content: {application/json: {}, multipart/form-data: {}, application/x-www-form-urlencoded: {}}}
      responses: {}
";

/// The content types and the body of a request whose step has a header parameter.
fn with_header(header: &str, own: Option<&str>, value: serde_json::Value) -> Result<(Vec<String>, Bytes), String> {
    let header = parameter("content-type", Location::Header, literal(Value::from(header)));
    let step = step(vec![header], Some(payload(json(value), own)));
    let built = build(&operation(ANY), &step, &Input(None), context(&Files::default()));
    let request = built.map_err(|fault| fault.message)?.request;
    let types = request.headers.into_iter().filter(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    Ok((types.map(|(_, value)| value).collect(), Bytes::copy_from_slice(&request.body.outline())))
}

/// ARZ-BODY-01, ARZ-BODY-02
#[test]
fn a_header_parameter_is_what_the_body_is_written_by() {
    let object = serde_json::json!({"a": "ü", "b": 1});
    let (types, body) = with_header("multipart/form-data", None, object.clone()).expect("a request");
    let boundary = types[0].strip_prefix("multipart/form-data; boundary=").expect("a boundary");
    assert_eq!(types.len(), 1);
    assert!(body.starts_with(format!("--{boundary}\r\n").as_bytes()), "{body:?}");
    const FORM: &str = "application/x-www-form-urlencoded";
    let sent = |types: &str, body: &[u8]| Ok((vec![types.to_owned()], Bytes::copy_from_slice(body)));
    assert_eq!(with_header(FORM, None, object.clone()), sent(FORM, b"a=%C3%BC&b=1"));
    assert_eq!(with_header(FORM, Some(FORM), object.clone()), sent(FORM, b"a=%C3%BC&b=1"));
    let latin = "text/plain; charset=iso-8859-1";
    assert_eq!(with_header(latin, None, serde_json::json!("ü")), sent(latin, b"\xFC"));
    assert_eq!(with_header(latin, Some("text/plain"), serde_json::json!("ü")), sent(latin, b"\xFC"));
    assert_eq!(with_header("text/plain", Some(latin), serde_json::json!("ü")), sent(latin, b"\xFC"));
    assert_eq!(
        with_header(FORM, Some("application/json"), object),
        Err("the body is `application/json` by its `contentType` and `application/x-www-form-urlencoded` by the header \
             parameter `Content-Type`"
            .to_owned())
    );
}

/// Bodies that both types write alike are named by the parameter.
/// ARZ-BODY-02
#[test]
fn a_header_parameter_names_what_is_written_alike() {
    let sent = |header: &str, own: &str| with_header(header, Some(own), serde_json::json!("ü")).map(|(types, _)| types);
    assert_eq!(sent("text/csv", "application/octet-stream"), Ok(vec!["text/csv".to_owned()]));
    let vendor = "application/vnd.x+json";
    assert_eq!(sent(vendor, "application/json"), Ok(vec![vendor.to_owned()]));
    assert!(sent("application/xml", "application/json").is_err());
}

/// ARZ-BODY-02
#[test]
fn a_header_parameter_decides_whether_a_payload_can_be_written() {
    let operation = operation(&ANY.replace("application/json: {}, multipart/form-data: {}, ", ""));
    let array = payload(json(serde_json::json!([1])), None);
    assert!(inexpressible(&operation, &[], &array).is_some());
    let header = |value: Template| [parameter("Content-Type", Location::Header, value)];
    assert_eq!(inexpressible(&operation, &header(literal(Value::from("application/json"))), &array), None);
    assert_eq!(inexpressible(&operation, &header(text("{$inputs.x}")), &array), None);
}
