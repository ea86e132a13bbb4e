//! Holds the signer against AWS's own vectors and against an independent verifier.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use arras_run::exchange::{Request, header};
use arras_run::fault::{FaultKind, Phase};
use arras_run::payload::{ReadFile, StoredFile};
use arras_run::time::Timestamp;
use aws_sigv4::http_request::{PayloadChecksumKind, PercentEncodingMode, UriPathNormalizationMode};
use proptest::prelude::*;
use scratchstack_aws_signature::principal::{Principal, User};
use scratchstack_aws_signature::{
    GetSigningKeyRequest, GetSigningKeyResponse, KSecretKey, NO_ADDITIONAL_SIGNED_HEADERS, SignatureOptions,
    service_for_signing_key_fn, sigv4_validate_request,
};
use serde_json::Value;
use tower::BoxError;

use super::sigv4::{Manner, Scope, sign, sign_in};
use crate::credentials::AwsCredentials;

/// 2015-08-30T12:36:00Z, the moment of every vector.
const MOMENT: Timestamp = Timestamp(1_440_938_160_000);
const KEY: &str = "AKIDEXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

fn shared() -> Option<PathBuf> {
    let named = std::env::var_os("ARRAS_SHARED").map(PathBuf::from);
    let beside =
        || Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("shared")).find(|it| it.is_dir());
    let found = named.or_else(beside).filter(|folder| folder.is_dir());
    if found.is_none() {
        eprintln!("skipped: the shared data is not at hand");
    }
    found
}

/// Vectors that can't be expressed, each with its reason.
const INEXPRESSIBLE: [(&str, &str); 6] = [
    ("get-header-value-multiline", "a field's value over several lines is not allowed in HTTP any more"),
    ("get-relative-unnormalized", "a URL's `..` is resolved before it is sent, so it never reaches the wire"),
    ("get-relative-relative-unnormalized", "the same"),
    ("get-slash-dot-slash-unnormalized", "a URL's `.` is resolved before it is sent"),
    ("get-slash-pointless-dot-unnormalized", "the same"),
    ("post-sts-header-after", "the session token is always signed, as every service but one old one wants it"),
];

struct Vector {
    request: Request,
    credentials: AwsCredentials,
    scope: Scope,
    manner: Manner,
    signature: String,
}

fn read_vector(folder: &Path) -> Vector {
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let context: Value = serde_json::from_str(&read("context.json")).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let credentials = &context["credentials"];
    Vector {
        request: read_request(&read("request.txt")),
        credentials: AwsCredentials::new(
            &text(&credentials["access_key_id"]),
            &text(&credentials["secret_access_key"]),
            credentials["token"].as_str(),
        ),
        scope: Scope { region: text(&context["region"]), service: text(&context["service"]) },
        manner: Manner {
            // The vectors' paths are not encoded yet: to encode them for the wire is the one time.
            encoding: PercentEncodingMode::Single,
            normalisation: UriPathNormalizationMode::from(context["normalize"] == true),
            checksum: if context["sign_body"] == true {
                PayloadChecksumKind::XAmzSha256
            } else {
                PayloadChecksumKind::NoHeader
            },
        },
        signature: read("header-signature.txt").trim().to_owned(),
    }
}

fn read_request(text: &str) -> Request {
    let text = text.replace("\r\n", "\n");
    let (head, body) = text.split_once("\n\n").unwrap_or((text.trim_end(), ""));
    let mut lines = head.lines();
    let (method, rest) = lines.next().unwrap().split_once(' ').unwrap();
    let target = rest.strip_suffix(" HTTP/1.1").unwrap();
    let fields = lines.map(|line| line.split_once(':').unwrap());
    let mut headers: Vec<(String, String)> = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let host = headers.iter().position(|(name, _)| name.eq_ignore_ascii_case("host")).unwrap();
    let (_, host) = headers.remove(host);
    Request {
        method: method.to_owned(),
        url: format!("https://{host}{target}"),
        headers,
        body: body.to_owned().into(),
        path: vec![],
        query: vec![],
    }
}

fn signature(request: &Request) -> String {
    let authorization = header(&request.headers, "authorization").unwrap();
    authorization.rsplit("Signature=").next().unwrap().to_owned()
}

#[test]
fn the_vectors_of_aws_come_out_as_published() {
    let Some(shared) = shared() else { return };
    let suite = shared.join("aws/sigv4-vectors/aws-c-auth/tests/aws-signing-test-suite/v4");
    let mut folders: Vec<PathBuf> = std::fs::read_dir(suite).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    assert_eq!(folders.len(), 38);
    let mut inexpressible = 0;
    for folder in folders {
        let name = folder.file_name().unwrap().to_str().unwrap();
        if INEXPRESSIBLE.iter().any(|(vector, _)| *vector == name) {
            inexpressible += 1;
            continue;
        }
        let Vector { mut request, credentials, scope, manner, signature: expected } = read_vector(&folder);
        sign_in(manner, &mut request, &credentials, &scope, MOMENT).unwrap();
        assert_eq!(signature(&request), expected, "{name}");
    }
    assert_eq!(inexpressible, INEXPRESSIBLE.len());
}

/// The two vectors without a signature: a path that is encoded is encoded once more.
#[test]
fn an_encoded_path_is_encoded_twice() {
    let Some(shared) = shared() else { return };
    let suite = shared.join("aws/sigv4-vectors/smithy-rs/aws/rust-runtime/aws-sigv4/aws-signing-test-suite/v4");
    for name in ["double-encode-path", "double-url-encode"] {
        let read = |file: &str| std::fs::read_to_string(suite.join(name).join(file)).unwrap();
        let mut request = read_request(&read("request.txt"));
        let canonical = read("header-canonical-request.txt");
        let path = canonical.lines().nth(1).unwrap();
        assert_eq!(encode(url::Url::parse(&request.url).unwrap().path()), path, "{name}");
        sign(&mut request, &credentials(), &scope("execute-api"), MOMENT).unwrap();
        assert!(accepts(&request, "execute-api", SECRET, MOMENT), "{name}");
    }
}

/// Percent-encodes all but `/` and what is unreserved, percent signs too.
fn encode(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    path.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

fn flagship() -> Request {
    Request {
        method: "POST".to_owned(),
        url: "https://rekognition.us-east-1.amazonaws.com/#CreateFaceLivenessSession".to_owned(),
        headers: vec![
            ("Content-Type".to_owned(), "application/x-amz-json-1.1".to_owned()),
            ("X-Amz-Target".to_owned(), "RekognitionService.CreateFaceLivenessSession".to_owned()),
        ],
        body: r#"{"ClientRequestToken":"abc"}"#.into(),
        path: vec![],
        query: vec![],
    }
}

fn credentials() -> AwsCredentials {
    AwsCredentials::new(KEY, SECRET, None)
}

fn scope(service: &str) -> Scope {
    Scope { region: "us-east-1".to_owned(), service: service.to_owned() }
}

/// Whether the independent verifier accepts a request, as it would go over the wire, by a secret at a time.
///
/// It knows S3's manner alone, where the path is taken as it is sent; for the common manner it is handed the path that
/// services other than S3 make of it.
fn accepts(request: &Request, service: &'static str, secret: &'static str, at: Timestamp) -> bool {
    let url = url::Url::parse(&request.url).unwrap();
    let mut target = if service == "s3" { url.path().to_owned() } else { encode(url.path()) };
    if let Some(query) = url.query() {
        target = format!("{target}?{query}");
    }
    let mut wire = http::Request::builder().method(request.method.as_str()).uri(target);
    wire = wire.header("host", &url[url::Position::BeforeHost..url::Position::AfterPort]);
    for (name, value) in &request.headers {
        wire = wire.header(name, value);
    }
    let wire = wire.body(request.body.in_memory().unwrap().to_vec()).unwrap();
    let get_key = move |asked: GetSigningKeyRequest| async move {
        let user: Principal = User::new("aws", "123456789012", "/", "ada")?.into();
        let key =
            KSecretKey::from_str(secret).unwrap().to_ksigning(asked.request_date(), asked.region(), asked.service());
        Ok::<_, BoxError>(GetSigningKeyResponse::builder().principal(user).signing_key(key).build()?)
    };
    let at = chrono::DateTime::from_timestamp_millis(i64::try_from(at.0).unwrap()).unwrap();
    let options = if service == "s3" { SignatureOptions::S3 } else { SignatureOptions::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime
        .block_on(sigv4_validate_request(
            wire,
            "us-east-1",
            service,
            &mut service_for_signing_key_fn(get_key),
            at,
            &NO_ADDITIONAL_SIGNED_HEADERS,
            options,
        ))
        .is_ok()
}

#[test]
fn an_independent_verifier_accepts_what_is_signed() {
    let session = AwsCredentials::new(KEY, SECRET, Some("session-token"));
    for credentials in [credentials(), session] {
        let mut request = flagship();
        sign(&mut request, &credentials, &scope("rekognition"), MOMENT).unwrap();
        assert_eq!(request.url, "https://rekognition.us-east-1.amazonaws.com/");
        assert!(accepts(&request, "rekognition", SECRET, MOMENT));
        let signed = header(&request.headers, "authorization").unwrap();
        assert!(signed.contains("SignedHeaders=content-type;host;x-amz-date;"), "{signed}");
        assert!(signed.contains("x-amz-target, "), "{signed}");
    }
}

#[test]
fn one_changed_byte_anywhere_is_refused() {
    let mut signed = flagship();
    sign(&mut signed, &credentials(), &scope("rekognition"), MOMENT).unwrap();
    let set = |name: &str, value: &str| {
        let mut request = signed.clone();
        let field = request.headers.iter_mut().find(|(field, _)| field.eq_ignore_ascii_case(name)).unwrap();
        field.1 = value.to_owned();
        request
    };
    let target = "RekognitionService.CreateFaceLivenessSessioN";
    let changed = [
        ("body", Request { body: r#"{"ClientRequestToken":"abd"}"#.into(), ..signed.clone() }),
        ("path", Request { url: "https://rekognition.us-east-1.amazonaws.com/a".to_owned(), ..signed.clone() }),
        ("query", Request { url: "https://rekognition.us-east-1.amazonaws.com/?a".to_owned(), ..signed.clone() }),
        ("host", Request { url: "https://rekognition.us-east-2.amazonaws.com/".to_owned(), ..signed.clone() }),
        ("method", Request { method: "PUT".to_owned(), ..signed.clone() }),
        ("target", set("X-Amz-Target", target)),
        ("content type", set("Content-Type", "application/x-amz-json-1.0")),
        ("date", set("X-Amz-Date", "20150830T123601Z")),
    ];
    assert!(accepts(&signed, "rekognition", SECRET, MOMENT));
    for (what, request) in changed {
        assert!(!accepts(&request, "rekognition", SECRET, MOMENT), "{what}");
    }
    assert!(!accepts(&signed, "rekognition", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEz", MOMENT), "secret");
    assert!(!accepts(&signed, "dynamodb", SECRET, MOMENT), "service");
    assert!(!accepts(&signed, "rekognition", SECRET, Timestamp(MOMENT.0 + 3_600_000)), "an hour later");
}

#[test]
fn signing_again_replaces_the_former_signature() {
    let mut once = flagship();
    sign(&mut once, &AwsCredentials::new("AKIDOLD", "old", Some("old-token")), &scope("rekognition"), Timestamp(0))
        .unwrap();
    sign(&mut once, &credentials(), &scope("rekognition"), MOMENT).unwrap();
    let mut fresh = flagship();
    sign(&mut fresh, &credentials(), &scope("rekognition"), MOMENT).unwrap();
    assert_eq!(once, fresh);
}

#[test]
fn s3_is_signed_in_its_own_manner() {
    let get = |url: &str| Request {
        method: "GET".to_owned(),
        url: url.to_owned(),
        headers: vec![],
        body: Default::default(),
        ..flagship()
    };
    let urls = [
        "https://s3.us-east-1.amazonaws.com/bucket/a%20b%2Bc.txt",
        "https://s3.us-east-1.amazonaws.com/bucket//a/",
        "https://s3.us-east-1.amazonaws.com/bucket/it's (1)!*.txt",
        "https://s3.us-east-1.amazonaws.com/bucket?list-type=2&prefix=a%20b",
        "https://bucket.s3.us-east-1.amazonaws.com/?uploads",
    ];
    for url in urls {
        let mut request = get(url);
        sign(&mut request, &credentials(), &scope("s3"), MOMENT).unwrap();
        let hash = header(&request.headers, "x-amz-content-sha256").unwrap();
        assert_eq!(hash, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert!(accepts(&request, "s3", SECRET, MOMENT), "{url}");
    }
    let mut common = get(urls[0]);
    sign(&mut common, &credentials(), &scope("rekognition"), MOMENT).unwrap();
    assert_eq!(header(&common.headers, "x-amz-content-sha256"), None);
}

#[test]
fn what_http_cannot_carry_is_an_error_without_secrets() {
    let bad = ("X-Bad".to_owned(), "a\r\nInjected: b".to_owned());
    let mut request = Request { headers: vec![bad], ..flagship() };
    let fault = sign(&mut request, &credentials(), &scope("rekognition"), MOMENT).unwrap_err();
    assert_eq!(fault.kind, arras_run::fault::FaultKind::SigningFailed);
    let token = AwsCredentials::new(KEY, SECRET, Some("tok\nen"));
    let fault = sign(&mut flagship(), &token, &scope("rekognition"), MOMENT).unwrap_err();
    assert!(!fault.message.contains(SECRET) && !fault.message.contains("tok"), "{}", fault.message);
    let mut relative = Request { url: "/relative".to_owned(), ..flagship() };
    assert!(sign(&mut relative, &credentials(), &scope("rekognition"), MOMENT).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn whatever_is_signed_is_accepted(
        s3: bool,
        path in "(/[a-zA-Z0-9._~!$'()*,;=:@ %é-]{0,8}){1,3}",
        query in "([a-z]{1,3}=[a-zA-Z0-9 /:é-]{0,4}&){0,3}",
        value in "[!-~]([ -~]{0,8}[!-~])?",
        body: Vec<u8>,
    ) {
        let service = if s3 { "s3" } else { "service" };
        let path = path.replace('%', "%25");
        let mut request = Request {
            url: format!("https://service.us-east-1.amazonaws.com{path}?{query}"),
            headers: vec![("X-Value".to_owned(), value)],
            body: body.into(),
            ..flagship()
        };
        sign(&mut request, &credentials(), &scope(service), MOMENT).unwrap();
        prop_assert!(accepts(&request, service, SECRET, MOMENT), "{request:?}");
    }
}

#[test]
fn a_file_that_has_changed_is_an_invalid_request_and_not_signed() {
    let read: ReadFile = |_, see| {
        see(b"longer");
        Ok(())
    };
    let file = StoredFile { name: "a.bin".into(), path: "a.bin".into(), length: 4, digest: "00".repeat(32), read };
    let (method, url) = ("PUT".into(), "https://b.s3.us-east-1.amazonaws.com/a.bin".into());
    let mut request = Request { method, url, headers: vec![], body: file.into(), path: vec![], query: vec![] };
    let scope = Scope { service: "s3".into(), region: "us-east-1".into() };
    let fault = sign(&mut request, &AwsCredentials::new(KEY, SECRET, None), &scope, MOMENT).unwrap_err();
    assert_eq!((fault.kind, fault.phase), (FaultKind::InvalidRequest, Phase::Build), "{}", fault.message);
    assert!(fault.message.contains("`a.bin` has changed"), "{}", fault.message);
}
