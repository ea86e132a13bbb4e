//! The code by which an AWS service names its error, wherever its protocol puts it.

use arras_doc::value::Value;
use arras_run::exchange::{Response, header};

use crate::credentials::xml;

/// The most of a body that is looked at; errors are short.
const CAP: usize = 64 << 10;

/// The error's code without its namespace, from the field `X-Amzn-ErrorType`, JSON's `__type` or `code`, or XML's `Code`.
pub(crate) fn code(response: &Response) -> Option<String> {
    if let Some(field) = header(&response.headers, "x-amzn-errortype") {
        return bare(&field);
    }
    let body = response.body.get(..CAP).unwrap_or(&response.body);
    let text = std::str::from_utf8(body).ok()?;
    if !text.trim_start().starts_with('{') {
        return xml::text(text, "Code").and_then(|code| bare(&code));
    }
    let value = Value::from_json(text).ok()?;
    ["__type", "code", "Code"].iter().find_map(|name| value.get(name)?.as_str()).and_then(bare)
}

/// `aws.protocoltests#FooError:http://…` is `FooError`.
fn bare(code: &str) -> Option<String> {
    let before = code.split(':').next()?;
    let name = before.rsplit('#').next()?.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_protocol_names_its_errors_somewhere() {
        let table = [
            (
                None,
                r#"{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"}"#,
                Some("ResourceNotFoundException"),
            ),
            (None, r#"{"__type":"InvalidSignatureException","message":"…"}"#, Some("InvalidSignatureException")),
            (Some("ValidationException:http://internal.amazon.com/x/"), "{}", Some("ValidationException")),
            (Some("aws.x#Foo:http://y"), r#"{"code":"Bar"}"#, Some("Foo")),
            (None, r#"{"code":"Bar"}"#, Some("Bar")),
            (None, "<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code></Error>", Some("NoSuchKey")),
            (
                None,
                "<Response><Errors><Error><Code>AuthFailure</Code></Error></Errors></Response>",
                Some("AuthFailure"),
            ),
            (None, "{", None),
            (None, "", None),
            (None, r#"{"message":"Forbidden"}"#, None),
        ];
        for (field, body, expected) in table {
            let headers = field.map(|field| ("x-amzn-ErrorType".to_owned(), field.to_owned())).into_iter().collect();
            let response = Response { status: 400, headers, body: body.into() };
            assert_eq!(code(&response).as_deref(), expected, "{body}");
        }
    }
}
