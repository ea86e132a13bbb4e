//! The signer of AWS Signature Version 4: a pure function of request, credentials, scope and time.

use std::time::{Duration, UNIX_EPOCH};

use arras_run::exchange::Request;
use arras_run::fault::{Fault, FaultKind, Phase};
use arras_run::payload::Payload;
use arras_run::time::Timestamp;
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings, UriPathNormalizationMode,
};
use aws_sigv4::sign::v4;
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::credentials::AwsCredentials;

/// What a signature is for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Scope {
    /// The region: `us-east-1`.
    pub region: String,
    /// The service's signing name: `rekognition`.
    pub service: String,
}

/// The header fields that belong to the signer; whatever stood in them is replaced.
pub const OWNED: [&str; 4] = ["Authorization", "X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-Sha256"];

/// How a service wants its canonical request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Manner {
    pub(crate) encoding: PercentEncodingMode,
    pub(crate) normalisation: UriPathNormalizationMode,
    pub(crate) checksum: PayloadChecksumKind,
}

impl Manner {
    /// S3's manner for S3 and its kin, the common one for all others.
    fn of(service: &str) -> Manner {
        match service {
            "s3" | "s3-outposts" | "s3-object-lambda" | "s3express" => Manner {
                encoding: PercentEncodingMode::Single,
                normalisation: UriPathNormalizationMode::Disabled,
                checksum: PayloadChecksumKind::XAmzSha256,
            },
            _ => Manner {
                encoding: PercentEncodingMode::Double,
                normalisation: UriPathNormalizationMode::Enabled,
                checksum: PayloadChecksumKind::NoHeader,
            },
        }
    }
}

/// Signs a request in its header fields. It must be complete: whoever changes a byte afterwards breaks the signature.
///
/// Every field is signed but `User-Agent`, `X-Amzn-Trace-Id` and `Transfer-Encoding`, which intermediaries change. The URL
/// is put into the form in which it is sent, its fragment dropped. Signing again replaces the former signature.
///
/// # Errors
/// `signing-failed` if the request can't be expressed in HTTP; `invalid-request` for a URL that can't be requested.
///
/// ```
/// use arras::auth::{Scope, sign};
/// use arras::credentials::AwsCredentials;
/// use arras_run::exchange::{Request, header};
/// use arras_run::time::Timestamp;
///
/// let mut request = Request {
///     method: "POST".into(),
///     url: "https://rekognition.us-east-1.amazonaws.com/".into(),
///     headers: vec![("X-Amz-Target".into(), "RekognitionService.CreateFaceLivenessSession".into())],
///     body: "{}".into(),
///     path: vec![],
///     query: vec![],
/// };
/// let scope = Scope { region: "us-east-1".into(), service: "rekognition".into() };
/// let credentials = AwsCredentials::new("AKIDEXAMPLE", "secret", None);
/// sign(&mut request, &credentials, &scope, Timestamp(1_440_938_160_000)).unwrap();
/// assert_eq!(header(&request.headers, "x-amz-date").as_deref(), Some("20150830T123600Z"));
/// assert!(header(&request.headers, "authorization").unwrap().contains("SignedHeaders=host;x-amz-date;x-amz-target"));
/// ```
pub fn sign(request: &mut Request, credentials: &AwsCredentials, scope: &Scope, at: Timestamp) -> Result<(), Fault> {
    sign_in(Manner::of(&scope.service), request, credentials, scope, at)
}

pub(crate) fn sign_in(
    manner: Manner,
    request: &mut Request,
    credentials: &AwsCredentials,
    scope: &Scope,
    at: Timestamp,
) -> Result<(), Fault> {
    request.url = as_sent(manner, &request.url)?;
    request.headers.retain(|(name, _)| !OWNED.iter().any(|owned| name.eq_ignore_ascii_case(owned)));
    for (_, value) in request.headers.iter_mut().filter(|(_, value)| value.contains('\t')) {
        // a service may take a tab for the blank that stands in the canonical request, or not
        *value = value.replace('\t', " ");
    }
    let signature = instructions(manner, request, credentials, scope, at)?;
    request.headers.extend(signature);
    Ok(())
}

/// The URL as it goes over the wire.
fn as_sent(manner: Manner, url: &str) -> Result<String, Fault> {
    let invalid = |error| {
        Fault::new(FaultKind::InvalidRequest, Phase::Build, format!("the request's URL can't be used: {error}"))
    };
    let mut url = Url::parse(url).map_err(invalid)?;
    url.set_fragment(None);
    if let Some(query) = url.query().map(canonical_query) {
        url.set_query((!query.is_empty()).then_some(&*query));
    }
    if manner.encoding == PercentEncodingMode::Single {
        let path = canonical_path(url.path());
        url.set_path(&path);
    }
    Ok(url.into())
}

/// A path in which all is percent-encoded but `/` and what RFC 3986 calls unreserved, in upper case.
///
/// A service that takes the path as it stands puts it into this form before it computes the signature, so it must be
/// sent in it: a URL may hold `(` where the canonical request holds `%28`.
fn canonical_path(path: &str) -> String {
    let mut canonical = String::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let [first, after @ ..] = rest {
        let (byte, encoded, left) = match (first, after) {
            (b'%', [high, low, left @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => (high << 4 | low, true, left),
                _ => (*first, false, after),
            },
            _ => (*first, false, after),
        };
        let plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || (byte == b'/' && !encoded);
        if plain {
            canonical.push(char::from(byte));
        } else {
            canonical.push_str(&format!("%{byte:02X}"));
        }
        rest = left;
    }
    canonical
}

/// A query in the form that the canonical request holds it in but for the order: each name and value percent-encoded
/// but for what is unreserved, no empty pairs. A plus is a blank, as forms have it.
fn canonical_query(query: &str) -> String {
    let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let canonical = |text: &str| canonical_path(&text.replace('+', "%20")).replace('/', "%2F");
        match pair.split_once('=') {
            Some((name, value)) => format!("{}={}", canonical(name), canonical(value)),
            None => canonical(pair),
        }
    });
    pairs.collect::<Vec<_>>().join("&")
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

fn instructions(
    manner: Manner,
    request: &Request,
    credentials: &AwsCredentials,
    scope: &Scope,
    at: Timestamp,
) -> Result<Vec<(String, String)>, Fault> {
    let failed =
        |why: &str| Fault::new(FaultKind::SigningFailed, Phase::Auth, format!("the request can't be signed: {why}"));
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = manner.encoding;
    settings.uri_path_normalization_mode = manner.normalisation;
    settings.payload_checksum_kind = manner.checksum;
    let identity = Credentials::from_keys(
        credentials.access_key_id.clone(),
        credentials.secret_access_key.expose().to_owned(),
        credentials.session_token.as_ref().map(|token| token.expose().to_owned()),
    )
    .into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(&scope.region)
        .name(&scope.service)
        .time(UNIX_EPOCH + Duration::from_millis(at.0))
        .settings(settings)
        .build()
        .map_err(|_| failed("the signing parameters are incomplete"))?
        .into();
    let headers = request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let body = match request.body.in_memory() {
        Some(bytes) => SignableBody::Bytes(bytes),
        None => SignableBody::Precomputed(payload_hash(&request.body)?),
    };
    let signable = SignableRequest::new(&request.method, request.url.as_str(), headers, body);
    let signable = signable.map_err(|_| failed("its URL is not one that HTTP can carry"))?;
    let output = aws_sigv4::http_request::sign(signable, &params)
        .map_err(|_| failed("a header field's name or value is not one that HTTP can carry"))?;
    let (instructions, _) = output.into_parts();
    Ok(instructions.headers().map(|(name, value)| (as_written(name), value.to_owned())).collect())
}

/// The digest of a body with files in it, which are read for that.
fn payload_hash(body: &Payload) -> Result<String, Fault> {
    let mut hash = Sha256::new();
    let read = body.visit(&mut |piece| hash.update(piece));
    read.map_err(|why| Fault::new(FaultKind::InvalidRequest, Phase::Build, why))?;
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A field's name as AWS's documentation writes it.
fn as_written(name: &str) -> String {
    OWNED.iter().find(|owned| owned.eq_ignore_ascii_case(name)).map_or(name, |owned| *owned).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_one_canonical_form() {
        let table = [
            ("/bucket/a%20b(1)!.txt", "/bucket/a%20b%281%29%21.txt"),
            ("/%7Euser/%2fx/100%", "/~user/%2Fx/100%25"),
            ("//a/", "//a/"),
            ("/%e1%88%b4", "/%E1%88%B4"),
        ];
        for (path, canonical) in table {
            assert_eq!(canonical_path(path), canonical);
            assert_eq!(canonical_path(canonical), canonical);
        }
    }

    #[test]
    fn a_query_has_one_canonical_form() {
        let table = [
            ("list-type=2&prefix=a%20b/c", "list-type=2&prefix=a%20b%2Fc"),
            ("b=a+b&a=%2B&&=", "b=a%20b&a=%2B&="),
            ("uploads&x=a=b", "uploads&x=a%3Db"),
            ("q='(*)!'&%7e=100%", "q=%27%28%2A%29%21%27&~=100%25"),
        ];
        for (query, canonical) in table {
            assert_eq!(canonical_query(query), canonical);
            assert_eq!(canonical_query(canonical), canonical);
        }
    }
}
