//! Judges the AWS Signature Version 4 of a request as it was received.

mod authorization;
mod canonical;
mod credentials;
mod date;
mod rejection;

use ring::hmac;

pub use authorization::Authorization;
pub use canonical::{PathForm, canonical_request, sha256_hex};
pub use credentials::Credentials;
pub use date::{http_date, iso8601, parse_amz_date};
pub use rejection::{Rejection, RejectionKind};

/// How far a request's date may be from the server's, in seconds.
pub const MAX_SKEW: i64 = 15 * 60;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const TERMINATOR: &str = "aws4_request";

/// What a credential must be scoped to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Scope {
    /// The service's signing name, such as `rekognition`.
    pub service: String,
    /// The region, such as `us-east-1`.
    pub region: String,
}

impl Scope {
    /// The scope of `service` in `region`.
    pub fn new(service: impl Into<String>, region: impl Into<String>) -> Scope {
        Scope { service: service.into(), region: region.into() }
    }
}

/// A request as its bytes came over the wire.
#[derive(Clone, Copy, Debug)]
pub struct SignedRequest<'a> {
    /// The method, upper case.
    pub method: &'a str,
    /// The path as sent, not decoded.
    pub path: &'a str,
    /// The query as sent, without `?`; may be empty.
    pub query: &'a str,
    /// The header fields in the order they came, names in any case.
    pub headers: &'a [(String, String)],
    /// The body's bytes.
    pub body: &'a [u8],
}

impl<'a> SignedRequest<'a> {
    /// The first value of a header field.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// Judges a request: signed with `credentials` for `scope`, at a time near `now` (Unix seconds).
///
/// # Errors
/// The first thing AWS would complain of, with its sentence.
pub fn verify(
    request: &SignedRequest<'_>,
    scope: &Scope,
    credentials: &Credentials,
    now: i64,
) -> Result<(), Rejection> {
    verify_as(request, scope, credentials, now, PathForm::of(&scope.service))
}

/// As [`verify`], with the form of the canonical path named instead of taken from the service.
///
/// # Errors
/// As [`verify`].
pub fn verify_as(
    request: &SignedRequest<'_>,
    scope: &Scope,
    credentials: &Credentials,
    now: i64,
    form: PathForm,
) -> Result<(), Rejection> {
    let text = request.header("authorization").ok_or_else(Rejection::missing_token)?;
    let authorization = Authorization::parse(text)?;
    let amz_date = request.header("x-amz-date").ok_or_else(Rejection::missing_date)?;
    let time = parse_amz_date(amz_date).ok_or_else(|| Rejection::malformed_date(amz_date))?;
    check_key(request, &authorization, credentials)?;
    check_scope(&authorization, scope, amz_date)?;
    check_time(amz_date, time, now)?;
    check_signed_headers(request, &authorization)?;
    let payload_hash = payload_hash(request, form)?;
    let canonical = canonical_request(request, &authorization.signed_headers, form, &payload_hash);
    check_signature(&authorization, credentials, scope, amz_date, &canonical)
}

fn check_key(
    request: &SignedRequest<'_>,
    authorization: &Authorization,
    credentials: &Credentials,
) -> Result<(), Rejection> {
    if authorization.access_key_id != credentials.access_key_id() {
        return Err(Rejection::unknown_key());
    }
    if request.header("x-amz-security-token") != credentials.session_token() {
        return Err(Rejection::invalid_session_token());
    }
    Ok(())
}

fn check_scope(authorization: &Authorization, scope: &Scope, amz_date: &str) -> Result<(), Rejection> {
    let date = amz_date.get(..8).unwrap_or_default();
    if authorization.region != scope.region {
        return Err(Rejection::wrong_region(&authorization.region, &scope.region));
    }
    if authorization.service != scope.service {
        return Err(Rejection::wrong_service(&scope.service));
    }
    if authorization.terminator != TERMINATOR {
        return Err(Rejection::wrong_terminator(&authorization.terminator));
    }
    if authorization.date != date {
        return Err(Rejection::wrong_scope_date(&authorization.date, date, amz_date));
    }
    Ok(())
}

fn check_time(amz_date: &str, time: i64, now: i64) -> Result<(), Rejection> {
    if time < now.saturating_sub(MAX_SKEW) {
        return Err(Rejection::expired(amz_date, now));
    }
    if time > now.saturating_add(MAX_SKEW) {
        return Err(Rejection::not_yet_current(amz_date, now));
    }
    Ok(())
}

/// `host` and every `x-amz-` field must be signed. The session token need not be: AWS lets it be added after signing.
fn check_signed_headers(request: &SignedRequest<'_>, authorization: &Authorization) -> Result<(), Rejection> {
    let signed = |name: &str| authorization.signed_headers.iter().any(|signed| signed == name);
    if !signed("host") {
        return Err(Rejection::unsigned_host());
    }
    for (name, _) in request.headers {
        let name = name.to_ascii_lowercase();
        if name.starts_with("x-amz-") && name != "x-amz-security-token" && !signed(&name) {
            return Err(Rejection::unsigned_header(&name));
        }
    }
    Ok(())
}

/// The hash of the body as it stands in the canonical request. S3 takes the header's word for it, but checks it.
fn payload_hash(request: &SignedRequest<'_>, form: PathForm) -> Result<String, Rejection> {
    let actual = sha256_hex(request.body);
    if form != PathForm::S3 {
        return Ok(actual);
    }
    match request.header("x-amz-content-sha256") {
        None => Err(Rejection::missing_payload_hash()),
        Some("UNSIGNED-PAYLOAD") => Ok("UNSIGNED-PAYLOAD".to_owned()),
        Some(declared) if declared.starts_with("STREAMING-") => Err(Rejection::streaming_payload()),
        Some(declared) if declared == actual => Ok(actual),
        Some(_) => Err(Rejection::payload_mismatch()),
    }
}

fn check_signature(
    authorization: &Authorization,
    credentials: &Credentials,
    scope: &Scope,
    amz_date: &str,
    canonical: &str,
) -> Result<(), Rejection> {
    let date = &authorization.date;
    let (region, service) = (&scope.region, &scope.service);
    let hash = sha256_hex(canonical.as_bytes());
    let string_to_sign = format!("{ALGORITHM}\n{amz_date}\n{date}/{region}/{service}/{TERMINATOR}\n{hash}");
    let key = signing_key(credentials, date, scope);
    let mismatch = || Rejection::mismatch(canonical, &string_to_sign);
    let signature = decode_hex(&authorization.signature).ok_or_else(mismatch)?;
    hmac::verify(&key, string_to_sign.as_bytes(), &signature).map_err(|_| mismatch())
}

fn signing_key(credentials: &Credentials, date: &str, scope: &Scope) -> hmac::Key {
    let secret = format!("AWS4{}", credentials.secret_access_key());
    let first = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    [date, &scope.region, &scope.service, TERMINATOR]
        .into_iter()
        .fold(first, |key, part| hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&key, part.as_bytes()).as_ref()))
}

/// Lower-case hexadecimal only, as AWS demands of a signature.
fn decode_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let bytes = text.as_bytes();
    if !bytes.len().is_multiple_of(2) {
        return None;
    }
    bytes.chunks_exact(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

#[cfg(test)]
mod tests;
