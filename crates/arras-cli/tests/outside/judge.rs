//! Two judges of a signature: the project's mock, and a verifier that others wrote.

use std::borrow::Cow;
use std::str::FromStr;

use arras_mock::sigv4::{self, Credentials, Rejection, Scope, SignedRequest};
use scratchstack_aws_signature::principal::{Principal, User};
use scratchstack_aws_signature::{
    ConstSignedHeaderRequirements, GetSigningKeyRequest, GetSigningKeyResponse, KSecretKey, SignatureOptions,
    service_for_signing_key_fn, sigv4_validate_request,
};
use tower::BoxError;

use crate::support::{KEY, REGION};
use crate::wire::Received;

const SERVICE: &str = "rekognition";

/// What the mock says of a request, by that secret and when the request came.
pub(crate) fn mock(request: &Received, secret: &str) -> Result<(), Rejection> {
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let signed = SignedRequest { method: &request.method, path, query, headers: &request.headers, body: &request.body };
    let mut credentials = Credentials::new(KEY, secret);
    if let Some(token) = request.header("x-amz-security-token") {
        credentials = credentials.with_session_token(token);
    }
    sigv4::verify(&signed, &Scope::new(SERVICE, REGION), &credentials, request.at)
}

/// What the independent verifier says, which is told that the target must be among the signed headers.
pub(crate) fn independent(request: &Received, secret: &str) -> Result<(), String> {
    const TARGET: ConstSignedHeaderRequirements =
        ConstSignedHeaderRequirements::new(&[Cow::Borrowed("x-amz-target")], &[], &[]);
    let mut wire = http::Request::builder().method(request.method.as_str()).uri(&request.target);
    for (name, value) in &request.headers {
        wire = wire.header(name, value);
    }
    let wire = wire.body(request.body.clone()).map_err(|error| error.to_string())?;
    let secret = secret.to_owned();
    let get_key = move |asked: GetSigningKeyRequest| {
        let secret = secret.clone();
        async move {
            let user: Principal = User::new("aws", "123456789012", "/", "ada")?.into();
            let key = KSecretKey::from_str(&secret)?.to_ksigning(asked.request_date(), asked.region(), asked.service());
            Ok::<_, BoxError>(GetSigningKeyResponse::builder().principal(user).signing_key(key).build()?)
        }
    };
    let at = chrono::DateTime::from_timestamp(request.at, 0).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut keys = service_for_signing_key_fn(get_key);
    let judged = sigv4_validate_request(wire, REGION, SERVICE, &mut keys, at, &TARGET, SignatureOptions::default());
    runtime.block_on(judged).map(|_| ()).map_err(|error| error.to_string())
}

/// Demands that both accept.
#[track_caller]
pub(crate) fn accepted(request: &Received, secret: &str) {
    if let Err(rejection) = mock(request, secret) {
        panic!("the mock refuses: {}", rejection.message);
    }
    if let Err(error) = independent(request, secret) {
        panic!("the independent verifier refuses: {error}");
    }
}

/// Demands that neither accepts.
#[track_caller]
pub(crate) fn refused(what: &str, request: &Received, secret: &str) {
    assert!(mock(request, secret).is_err(), "the mock accepts another {what}");
    assert!(independent(request, secret).is_err(), "the independent verifier accepts another {what}");
}
