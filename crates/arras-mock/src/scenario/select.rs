//! The runtime expressions of scenarios: what they can read of a request, and of the answer to it.

use arras_doc::value::Value;

use crate::request::Received;

/// A value to read, such as `$request.body#/SessionId`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Select {
    /// `$method`
    Method,
    /// `$url`: path and query as received.
    Url,
    /// `$statusCode`
    StatusCode,
    /// `$request.header.NAME`
    RequestHeader(String),
    /// `$request.query.NAME`
    RequestQuery(String),
    /// `$request.path.NAME`
    RequestPath(String),
    /// `$request.body`, `$request.body#/POINTER`
    RequestBody(String),
    /// `$response.header.NAME`
    ResponseHeader(String),
    /// `$response.body`, `$response.body#/POINTER`
    ResponseBody(String),
}

/// The parts of an answer that an expression can read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answered<'a> {
    pub(crate) status: u16,
    pub(crate) headers: &'a [(String, String)],
    pub(crate) body: Option<&'a Value>,
}

impl Select {
    /// Reads an expression.
    ///
    /// # Errors
    /// A phrase that says what it could have been.
    pub(crate) fn parse(text: &str) -> Result<Select, String> {
        let named = |prefix: &str| text.strip_prefix(prefix).filter(|name| !name.is_empty()).map(str::to_owned);
        let pointer = |prefix: &str| match text.strip_prefix(prefix)? {
            "" => Some(String::new()),
            rest => rest.strip_prefix('#').filter(|it| arras_doc::pointer::tokens(it).is_some()).map(str::to_owned),
        };
        let exact = match text {
            "$method" => Some(Select::Method),
            "$url" => Some(Select::Url),
            "$statusCode" => Some(Select::StatusCode),
            _ => None,
        };
        exact
            .or_else(|| named("$request.header.").map(Select::RequestHeader))
            .or_else(|| named("$request.query.").map(Select::RequestQuery))
            .or_else(|| named("$request.path.").map(Select::RequestPath))
            .or_else(|| pointer("$request.body").map(Select::RequestBody))
            .or_else(|| named("$response.header.").map(Select::ResponseHeader))
            .or_else(|| pointer("$response.body").map(Select::ResponseBody))
            .ok_or_else(|| format!("`{text}` is nothing that a scenario can read"))
    }

    /// Whether it can be read before there is an answer.
    pub(crate) fn is_of_request(&self) -> bool {
        !matches!(self, Select::StatusCode | Select::ResponseHeader(_) | Select::ResponseBody(_))
    }

    /// The value, if it is there.
    pub(crate) fn read(&self, request: &Received, answer: Option<Answered<'_>>) -> Option<Value> {
        let text = |text: &str| Value::from(text);
        match self {
            Select::Method => Some(text(&request.method)),
            Select::Url => Some(Value::from(request.target_uri())),
            Select::StatusCode => Some(Value::from(i64::from(answer?.status))),
            Select::RequestHeader(name) => request.header(name).map(text),
            Select::RequestQuery(name) => request.query_parameter(name).map(text),
            Select::RequestPath(name) => request.path_parameter(name).map(Value::from),
            Select::RequestBody(pointer) => request.value()?.at(pointer).cloned(),
            Select::ResponseHeader(name) => {
                let headers = answer?.headers;
                headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| text(value))
            }
            Select::ResponseBody(pointer) => answer?.body?.at(pointer).cloned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_read_or_refused() {
        for good in [
            "$method",
            "$url",
            "$statusCode",
            "$request.body",
            "$request.body#",
            "$request.body#/a~1b",
            "$request.header.X-A",
            "$response.body#/id",
        ] {
            assert!(Select::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "$",
            "$request",
            "$request.body.a",
            "$request.body#a",
            "$request.body#/~2",
            "$request.query.",
            "$inputs.x",
            "request.body",
        ] {
            assert!(Select::parse(bad).is_err(), "{bad}");
        }
    }
}
