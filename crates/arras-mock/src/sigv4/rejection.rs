//! Why a request was refused, in AWS's own sentences; the error's name depends on the protocol.

use super::date::amz_date;
use super::{ALGORITHM, MAX_SKEW};

/// What kind of refusal it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RejectionKind {
    /// No `Authorization` at all.
    MissingToken,
    /// An `Authorization` without all its parts, or no date.
    Incomplete,
    /// An access key that nobody has.
    UnknownKey,
    /// A session token that does not go with the key.
    InvalidSessionToken,
    /// A scope of another day, region or service.
    WrongScope,
    /// A date too long ago.
    Expired,
    /// A date too far ahead.
    NotYetCurrent,
    /// A field that must be signed and is not.
    UnsignedHeader,
    /// Another signature than the request has.
    Mismatch,
    /// S3: no `x-amz-content-sha256`.
    MissingPayloadHash,
    /// S3: another body than `x-amz-content-sha256` says.
    PayloadMismatch,
    /// A way of signing that the mock does not know.
    Unsupported,
}

/// A refusal: its kind, and AWS's sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// What kind it is.
    pub kind: RejectionKind,
    /// The sentence.
    pub message: String,
}

impl Rejection {
    fn new(kind: RejectionKind, message: impl Into<String>) -> Rejection {
        Rejection { kind, message: message.into() }
    }

    pub(super) fn missing_token() -> Rejection {
        Rejection::new(RejectionKind::MissingToken, "Missing Authentication Token")
    }

    pub(super) fn missing_date() -> Rejection {
        let message = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.";
        Rejection::new(RejectionKind::Incomplete, message)
    }

    pub(super) fn malformed_date(text: &str) -> Rejection {
        let message =
            format!("Date must be in ISO-8601 'basic format'. Got '{text}'. See http://en.wikipedia.org/wiki/ISO_8601");
        Rejection::new(RejectionKind::Incomplete, message)
    }

    pub(super) fn unsupported_algorithm(algorithm: &str) -> Rejection {
        let message = format!("Unsupported AWS 'algorithm': '{algorithm}'. Only '{ALGORITHM}' is verified here.");
        Rejection::new(RejectionKind::Incomplete, message)
    }

    pub(super) fn no_pair(pair: &str, text: &str) -> Rejection {
        let message = format!(
            "'{pair}' not a valid key=value pair (missing equal-sign) in Authorization header: '{}'.",
            masked(text)
        );
        Rejection::new(RejectionKind::Incomplete, message)
    }

    pub(super) fn missing_parts<'a>(missing: impl Iterator<Item = &'a str>, text: &str) -> Rejection {
        let sentences = missing.map(|name| format!("Authorization header requires '{name}' parameter. "));
        let message = format!("{}Authorization={}", sentences.collect::<String>(), masked(text));
        Rejection::new(RejectionKind::Incomplete, message)
    }

    pub(super) fn malformed_credential(credential: &str) -> Rejection {
        let message = format!(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{credential}'"
        );
        Rejection::new(RejectionKind::Incomplete, message)
    }

    pub(super) fn unknown_key() -> Rejection {
        Rejection::new(RejectionKind::UnknownKey, "The security token included in the request is invalid.")
    }

    pub(super) fn invalid_session_token() -> Rejection {
        Rejection::new(RejectionKind::InvalidSessionToken, "The security token included in the request is invalid.")
    }

    pub(super) fn wrong_region(given: &str, expected: &str) -> Rejection {
        let message =
            format!("Credential should be scoped to a valid region, not '{given}'. Expected region: '{expected}'.");
        Rejection::new(RejectionKind::WrongScope, message)
    }

    pub(super) fn wrong_service(expected: &str) -> Rejection {
        Rejection::new(
            RejectionKind::WrongScope,
            format!("Credential should be scoped to correct service: '{expected}'."),
        )
    }

    pub(super) fn wrong_terminator(given: &str) -> Rejection {
        let message = format!("Credential should be scoped with a valid terminator: 'aws4_request', not '{given}'.");
        Rejection::new(RejectionKind::WrongScope, message)
    }

    pub(super) fn wrong_scope_date(given: &str, expected: &str, amz_date: &str) -> Rejection {
        let message = format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: \
             '{given}' != '{expected}', from '{amz_date}'."
        );
        Rejection::new(RejectionKind::WrongScope, message)
    }

    pub(super) fn expired(date: &str, now: i64) -> Rejection {
        let message = format!(
            "Signature expired: {date} is now earlier than {} ({} - 15 min.)",
            amz_date(now - MAX_SKEW),
            amz_date(now)
        );
        Rejection::new(RejectionKind::Expired, message)
    }

    pub(super) fn not_yet_current(date: &str, now: i64) -> Rejection {
        let message = format!(
            "Signature not yet current: {date} is still later than {} ({} + 15 min.)",
            amz_date(now + MAX_SKEW),
            amz_date(now)
        );
        Rejection::new(RejectionKind::NotYetCurrent, message)
    }

    pub(super) fn unsigned_host() -> Rejection {
        let message = "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.";
        Rejection::new(RejectionKind::UnsignedHeader, message)
    }

    pub(super) fn unsigned_header(name: &str) -> Rejection {
        let message = format!("'{name}' must be a 'SignedHeader' in the AWS Authorization.");
        Rejection::new(RejectionKind::UnsignedHeader, message)
    }

    pub(super) fn missing_payload_hash() -> Rejection {
        let message = "Missing required header for this request: x-amz-content-sha256";
        Rejection::new(RejectionKind::MissingPayloadHash, message)
    }

    pub(super) fn payload_mismatch() -> Rejection {
        let message = "The provided 'x-amz-content-sha256' header does not match what was computed.";
        Rejection::new(RejectionKind::PayloadMismatch, message)
    }

    pub(super) fn streaming_payload() -> Rejection {
        Rejection::new(RejectionKind::Unsupported, "A chunked signature (STREAMING-…) is not verified here.")
    }

    pub(super) fn mismatch(canonical: &str, string_to_sign: &str) -> Rejection {
        let message = format!(
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret \
             Access Key and signing method. Consult the service documentation for details.\n\n\
             The Canonical String for this request should have been\n'{canonical}'\n\n\
             The String-to-Sign should have been\n'{string_to_sign}'\n"
        );
        Rejection::new(RejectionKind::Mismatch, message)
    }
}

/// A signature is no secret, but another scheme's token in this field is.
fn masked(text: &str) -> String {
    text.split_once("Signature=").map_or_else(|| text.to_owned(), |(before, _)| format!("{before}Signature=…"))
}
