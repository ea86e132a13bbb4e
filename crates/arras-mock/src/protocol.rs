//! How errors look: AWS's protocols, and problem details (RFC 9457) for everything else.

use arras_doc::media_type::MediaType;
use arras_doc::value::{Object, Value};

use crate::contract::{Violation, ViolationKind, ViolationPlace};
use crate::reply::Reply;
use crate::service::Operation;
use crate::sigv4::RejectionKind;
use crate::xml;

/// A family of error shapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// AWS JSON 1.0 and 1.1: `{"__type": …, "message": …}`.
    AwsJson,
    /// AWS query: `<ErrorResponse><Error><Code>…`.
    Query,
    /// EC2's query: `<Response><Errors><Error><Code>…`.
    Ec2,
    /// AWS REST with JSON: `{"message": …}` and the field `x-amzn-ErrorType`.
    RestJson,
    /// AWS REST with XML: as query.
    RestXml,
    /// S3: `<Error><Code>…`.
    S3,
    /// Problem details: `{"title": …, "status": …, "detail": …}`.
    Problem,
}

/// An error without its shape.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ErrorReply<'a> {
    pub(crate) status: u16,
    pub(crate) code: &'a str,
    pub(crate) message: &'a str,
}

impl Protocol {
    /// The protocol that an operation speaks, by its media types, its path key and its service.
    pub(crate) fn of(operation: &Operation) -> Protocol {
        if let Some(protocol) = operation.protocol {
            return protocol;
        }
        let media = || operation.request_media.iter().chain(&operation.response_media);
        if media().any(|name| name.starts_with("application/x-amz-json-")) {
            return Protocol::AwsJson;
        }
        let Some(scope) = &operation.signing else { return Protocol::Problem };
        let is_query = operation.path.contains("Action=") || operation.fixed.iter().any(|it| it.name == "Action");
        let is_xml = media().any(|name| MediaType::parse(name).is_some_and(|media_type| media_type.is_xml()));
        match scope.service.as_str() {
            "s3" | "s3-object-lambda" | "s3-outposts" | "s3express" => Protocol::S3,
            "ec2" => Protocol::Ec2,
            _ if is_query => Protocol::Query,
            _ if operation.path.contains("X-Amz-Target") => Protocol::AwsJson,
            _ if operation.fixed.iter().any(|it| it.name.eq_ignore_ascii_case("x-amz-target")) => Protocol::AwsJson,
            _ if is_xml => Protocol::RestXml,
            _ => Protocol::RestJson,
        }
    }

    /// Whether it is one of AWS's.
    pub fn is_aws(self) -> bool {
        self != Protocol::Problem
    }

    /// The error in this shape. `request_id` is AWS's name for the exchange.
    pub(crate) fn error(self, error: ErrorReply<'_>, request_id: &str) -> Reply {
        let ErrorReply { status, code, message } = error;
        let object = |members: &[(&str, Value)]| {
            Value::Object(members.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect::<Object>())
        };
        let (code_xml, message_xml) = (xml::escape(code), xml::escape(message));
        let reply = match self {
            Protocol::AwsJson => {
                let body = object(&[("__type", Value::from(code)), ("message", Value::from(message))]);
                Reply::json(status, "application/x-amz-json-1.1", body)
            }
            Protocol::RestJson => Reply::json(status, "application/json", object(&[("message", Value::from(message))]))
                .with_header("x-amzn-ErrorType", code),
            Protocol::Problem => {
                let body = object(&[
                    ("type", Value::from("about:blank")),
                    ("title", Value::from(code)),
                    ("status", Value::from(i64::from(status))),
                    ("detail", Value::from(message)),
                ]);
                return Reply::json(status, "application/problem+json", body);
            }
            Protocol::Query | Protocol::RestXml => {
                let sender = if status < 500 { "Sender" } else { "Receiver" };
                Reply::xml(
                    status,
                    &format!(
                        "<ErrorResponse><Error><Type>{sender}</Type><Code>{code_xml}</Code>\
                         <Message>{message_xml}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
                    ),
                )
            }
            Protocol::Ec2 => Reply::xml(
                status,
                &format!(
                    "<Response><Errors><Error><Code>{code_xml}</Code><Message>{message_xml}</Message></Error></Errors>\
                     <RequestID>{request_id}</RequestID></Response>"
                ),
            ),
            Protocol::S3 => Reply::xml(
                status,
                &format!(
                    "<Error><Code>{code_xml}</Code><Message>{message_xml}</Message>\
                     <RequestId>{request_id}</RequestId><HostId>mock</HostId></Error>"
                ),
            ),
        };
        reply.with_header(self.request_id_field(), request_id)
    }

    /// The field that carries the request's id.
    pub(crate) fn request_id_field(self) -> &'static str {
        match self {
            Protocol::S3 => "x-amz-request-id",
            _ => "x-amzn-RequestId",
        }
    }

    /// Status and code of a refused signature.
    pub(crate) fn rejection(self, kind: RejectionKind) -> (u16, &'static str) {
        match self {
            Protocol::AwsJson | Protocol::Problem => (400, exception(kind)),
            Protocol::RestJson => (403, exception(kind)),
            Protocol::Query | Protocol::RestXml => query_code(kind),
            Protocol::Ec2 => ec2_code(kind),
            Protocol::S3 => s3_code(kind),
        }
    }

    /// Status and code of a request that does not meet its description.
    pub(crate) fn invalid(self, violations: &[Violation]) -> (u16, &'static str) {
        let of = |kind| violations.iter().any(|violation| violation.kind == kind);
        let unreadable = of(ViolationKind::Syntax) || of(ViolationKind::ContentType);
        let in_body = violations.iter().any(|violation| matches!(violation.place, ViolationPlace::Body(_)));
        match self {
            Protocol::AwsJson | Protocol::RestJson if unreadable => (400, "SerializationException"),
            Protocol::AwsJson | Protocol::RestJson => (400, "ValidationException"),
            Protocol::Query | Protocol::Ec2 | Protocol::RestXml if of(ViolationKind::Missing) => {
                (400, "MissingParameter")
            }
            Protocol::Query | Protocol::RestXml => (400, "ValidationError"),
            Protocol::Ec2 => (400, "InvalidParameterValue"),
            Protocol::S3 if in_body => (400, "MalformedXML"),
            Protocol::S3 => (400, "InvalidArgument"),
            Protocol::Problem if of(ViolationKind::ContentType) => (415, "Unsupported Media Type"),
            Protocol::Problem => (400, "Bad Request"),
        }
    }

    /// Status and code of a request for an operation that does not exist.
    pub(crate) fn unknown_operation(self) -> (u16, &'static str) {
        match self {
            Protocol::AwsJson => (400, "UnknownOperationException"),
            Protocol::RestJson => (404, "UnknownOperationException"),
            Protocol::Query | Protocol::Ec2 => (400, "InvalidAction"),
            Protocol::RestXml | Protocol::S3 => (405, "MethodNotAllowed"),
            Protocol::Problem => (404, "Not Found"),
        }
    }

    /// Status and code of a request for a thing that does not exist.
    pub(crate) fn not_found(self) -> (u16, &'static str) {
        match self {
            Protocol::AwsJson | Protocol::Query => (400, "ResourceNotFoundException"),
            Protocol::RestJson => (404, "ResourceNotFoundException"),
            Protocol::Ec2 => (400, "InvalidParameterValue"),
            Protocol::RestXml => (404, "NotFound"),
            Protocol::S3 => (404, "NoSuchKey"),
            Protocol::Problem => (404, "Not Found"),
        }
    }
}

fn exception(kind: RejectionKind) -> &'static str {
    match kind {
        RejectionKind::MissingToken => "MissingAuthenticationTokenException",
        RejectionKind::Incomplete => "IncompleteSignatureException",
        RejectionKind::UnknownKey | RejectionKind::InvalidSessionToken => "UnrecognizedClientException",
        _ => "InvalidSignatureException",
    }
}

fn query_code(kind: RejectionKind) -> (u16, &'static str) {
    match kind {
        RejectionKind::MissingToken => (403, "MissingAuthenticationToken"),
        RejectionKind::Incomplete => (400, "IncompleteSignature"),
        RejectionKind::UnknownKey | RejectionKind::InvalidSessionToken => (403, "InvalidClientTokenId"),
        _ => (403, "SignatureDoesNotMatch"),
    }
}

fn ec2_code(kind: RejectionKind) -> (u16, &'static str) {
    match kind {
        RejectionKind::MissingToken => (400, "MissingAuthenticationToken"),
        RejectionKind::Incomplete => (400, "IncompleteSignature"),
        RejectionKind::Expired | RejectionKind::NotYetCurrent => (400, "RequestExpired"),
        _ => (401, "AuthFailure"),
    }
}

fn s3_code(kind: RejectionKind) -> (u16, &'static str) {
    match kind {
        RejectionKind::MissingToken | RejectionKind::UnsignedHeader => (403, "AccessDenied"),
        RejectionKind::Incomplete | RejectionKind::WrongScope => (400, "AuthorizationHeaderMalformed"),
        RejectionKind::UnknownKey => (403, "InvalidAccessKeyId"),
        RejectionKind::InvalidSessionToken => (400, "InvalidToken"),
        RejectionKind::Expired | RejectionKind::NotYetCurrent => (403, "RequestTimeTooSkewed"),
        RejectionKind::Mismatch => (403, "SignatureDoesNotMatch"),
        RejectionKind::MissingPayloadHash => (400, "InvalidRequest"),
        RejectionKind::PayloadMismatch => (400, "XAmzContentSHA256Mismatch"),
        RejectionKind::Unsupported => (501, "NotImplemented"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::{FixedParameter, Location};
    use crate::sigv4::Scope;

    fn operation(path: &str, service: Option<&str>, media: &[&str]) -> Operation {
        Operation {
            signing: service.map(|service| Scope::new(service, "us-east-1")),
            request_media: media.iter().map(|name| (*name).to_owned()).collect(),
            ..Operation::new("x", "POST", path)
        }
    }

    #[test]
    fn the_protocol_follows_from_the_description() {
        let table = [
            (operation("/#CreateX", Some("rekognition"), &["application/x-amz-json-1.1"]), Protocol::AwsJson),
            (operation("/#X-Amz-Target=A.B", Some("dynamodb"), &["application/json"]), Protocol::AwsJson),
            (operation("/?Action=RunInstances", Some("ec2"), &[]), Protocol::Ec2),
            (operation("/#Action=CreateTopic", Some("sns"), &["text/xml"]), Protocol::Query),
            (operation("/{Bucket}", Some("s3"), &["text/xml"]), Protocol::S3),
            (operation("/2013-04-01/hostedzone", Some("route53"), &["text/xml"]), Protocol::RestXml),
            (operation("/functions", Some("lambda"), &["application/json"]), Protocol::RestJson),
            (operation("/pets", None, &["application/json"]), Protocol::Problem),
        ];
        for (operation, expected) in table {
            assert_eq!(Protocol::of(&operation), expected, "{operation:?}");
        }
        let mut by_parameter = operation("/", Some("sqs"), &[]);
        let name = "Action".to_owned();
        by_parameter.fixed.push(FixedParameter { location: Location::Query, name, value: "SendMessage".to_owned() });
        assert_eq!(Protocol::of(&by_parameter), Protocol::Query);
    }

    #[test]
    fn every_shape_holds_code_and_message() {
        let error = ErrorReply { status: 400, code: "Throttling<", message: "slow & \"steady\"" };
        for protocol in [Protocol::Query, Protocol::Ec2, Protocol::RestXml, Protocol::S3] {
            let body = protocol.error(error, "id").body_text();
            assert!(body.contains("<Code>Throttling&lt;</Code><Message>slow &amp; &quot;steady&quot;<"), "{body}");
        }
        assert_eq!(
            Protocol::AwsJson.error(error, "id").body_text(),
            r#"{"__type":"Throttling<","message":"slow & \"steady\""}"#
        );
        let rest = Protocol::RestJson.error(error, "id");
        assert!(rest.headers.contains(&("x-amzn-ErrorType".to_owned(), "Throttling<".to_owned())));
        assert!(rest.headers.contains(&("x-amzn-RequestId".to_owned(), "id".to_owned())));
        assert!(Protocol::Problem.error(error, "id").body_text().contains(r#""title":"Throttling<","status":400"#));
    }
}
