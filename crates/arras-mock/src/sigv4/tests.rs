//! AWS's signing vectors, what a changed byte does to them, and anything at all as a header.

use std::path::{Path, PathBuf};

use arras_doc::value::Value;
use proptest::prelude::*;

use super::*;

/// One vector: the signed request, and what it was signed with.
struct Vector {
    name: String,
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: String,
    context: Value,
}

impl Vector {
    fn read(folder: &Path) -> Option<Vector> {
        let context = Value::from_json(&std::fs::read_to_string(folder.join("context.json")).ok()?).ok()?;
        let text = std::fs::read_to_string(folder.join("header-signed-request.txt")).ok()?.replace("\r\n", "\n");
        let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
        let mut lines = head.lines();
        let (method, target) = lines.next()?.split_once(' ')?;
        let target = target.strip_suffix(" HTTP/1.1")?;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut headers: Vec<(String, String)> = Vec::new();
        for line in lines {
            match line.split_once(':') {
                Some((name, value)) if !line.starts_with(' ') => headers.push((name.into(), value.trim().into())),
                _ => headers.last_mut()?.1.extend(["\n", line]),
            }
        }
        let name = folder.file_name()?.to_string_lossy().into_owned();
        let (method, path, query, body) = (method.into(), path.into(), query.into(), body.into());
        Some(Vector { name, method, path, query, headers, body, context })
    }

    fn text(&self, pointer: &str) -> Option<&str> {
        self.context.at(pointer)?.as_str()
    }

    fn credentials(&self) -> Credentials {
        let secret = self.text("/credentials/secret_access_key").unwrap_or_default();
        let credentials = Credentials::new(self.text("/credentials/access_key_id").unwrap_or_default(), secret);
        match self.text("/credentials/token") {
            Some(token) => credentials.with_session_token(token),
            None => credentials,
        }
    }

    fn judge(&self, change: impl FnOnce(&mut Vector)) -> Result<(), Rejection> {
        let mut changed = Vector {
            name: self.name.clone(),
            method: self.method.clone(),
            path: self.path.clone(),
            query: self.query.clone(),
            headers: self.headers.clone(),
            body: self.body.clone(),
            context: self.context.clone(),
        };
        change(&mut changed);
        let scope = Scope::new(self.text("/service").unwrap_or_default(), self.text("/region").unwrap_or_default());
        let now = self.text("/timestamp").map(|text| text.replace(['-', ':'], ""));
        let now = now.and_then(|text| parse_amz_date(&text)).expect("a timestamp");
        let normalize = self.context.get("normalize").and_then(Value::as_bool) != Some(false);
        let form = if normalize { PathForm::Normalized } else { PathForm::AsSent };
        let request = SignedRequest {
            method: &changed.method,
            path: &changed.path,
            query: &changed.query,
            headers: &changed.headers,
            body: changed.body.as_bytes(),
        };
        verify_as(&request, &scope, &self.credentials(), now, form)
    }
}

fn shared() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("ARRAS_SHARED") {
        return Some(PathBuf::from(path));
    }
    let start = Path::new(env!("CARGO_MANIFEST_DIR"));
    start.ancestors().map(|folder| folder.join("shared")).find(|path| path.is_dir())
}

fn vectors() -> Vec<Vector> {
    let suites = [
        "aws/sigv4-vectors/smithy-rs/aws/rust-runtime/aws-sigv4/aws-signing-test-suite/v4",
        "aws/sigv4-vectors/aws-c-auth/tests/aws-signing-test-suite/v4",
    ];
    let Some(shared) = shared() else { return Vec::new() };
    let folders = suites.iter().filter_map(|suite| std::fs::read_dir(shared.join(suite)).ok()).flatten();
    let mut vectors: Vec<Vector> =
        folders.filter_map(Result::ok).filter_map(|entry| Vector::read(&entry.path())).collect();
    vectors.sort_by(|a, b| a.name.cmp(&b.name));
    if vectors.is_empty() {
        println!("skipped: no shared signing vectors");
    }
    vectors
}

#[test]
fn aws_vectors_verify() {
    let vectors = vectors();
    for vector in &vectors {
        assert_eq!(vector.judge(|_| {}), Ok(()), "{}", vector.name);
    }
    assert!(vectors.is_empty() || vectors.len() >= 38, "only {} vectors were understood", vectors.len());
}

#[test]
fn a_changed_vector_does_not_verify() {
    let kind = |result: Result<(), Rejection>| result.map_err(|rejection| rejection.kind);
    for vector in vectors() {
        let name = &vector.name;
        let mismatch = Err(RejectionKind::Mismatch);
        assert_eq!(kind(vector.judge(|v| v.path.push('x'))), mismatch, "{name}: path");
        assert_eq!(kind(vector.judge(|v| v.query.push_str("&x=1"))), mismatch, "{name}: query");
        assert_eq!(kind(vector.judge(|v| v.method.insert(0, 'X'))), mismatch, "{name}: method");
        assert_eq!(kind(vector.judge(|v| v.body.push('x'))), mismatch, "{name}: body");
        let host = |v: &mut Vector| v.headers.iter_mut().filter(|(n, _)| n == "Host").for_each(|(_, h)| h.push('x'));
        assert_eq!(kind(vector.judge(host)), mismatch, "{name}: host");
        let last_digit = |v: &mut Vector| {
            for (_, value) in v.headers.iter_mut().filter(|(name, _)| name == "Authorization") {
                let digit = value.pop();
                value.push(if digit == Some('0') { '1' } else { '0' });
            }
        };
        assert_eq!(kind(vector.judge(last_digit)), mismatch, "{name}: signature");
        let unsigned = |v: &mut Vector| v.headers.push(("x-amz-target".into(), "A.B".into()));
        assert_eq!(kind(vector.judge(unsigned)), Err(RejectionKind::UnsignedHeader), "{name}: unsigned field");
    }
}

const DATE: &str = "20150830T123600Z";

fn now() -> i64 {
    parse_amz_date(DATE).expect("a date")
}

/// A request that `example` credentials signed for `service` in us-east-1 (the suite's `get-vanilla`).
fn vanilla(authorization: &str, date: &str) -> Vec<(String, String)> {
    [("Host", "example.amazonaws.com"), ("X-Amz-Date", date), ("Authorization", authorization)]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
}

fn judge(headers: &[(String, String)], scope: &Scope, credentials: &Credentials, now: i64) -> Result<(), Rejection> {
    verify(&SignedRequest { method: "GET", path: "/", query: "", headers, body: b"" }, scope, credentials, now)
}

#[test]
fn each_refusal_has_its_kind_and_sentence() {
    let good = "AWS4-HMAC-SHA256 Credential=AKID/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=00";
    let credentials = Credentials::new("AKID", "secret");
    let scope = Scope::new("service", "us-east-1");
    let check = |headers: &[(String, String)], now, kind, part: &str| {
        let rejection = judge(headers, &scope, &credentials, now).expect_err(part);
        assert_eq!(rejection.kind, kind, "{}", rejection.message);
        assert!(rejection.message.contains(part), "{}", rejection.message);
    };
    let with = |from: &str, to: &str| vanilla(&good.replace(from, to), DATE);
    check(&[], now(), RejectionKind::MissingToken, "Missing Authentication Token");
    check(&with("AKID", "OTHER"), now(), RejectionKind::UnknownKey, "security token included");
    check(&with("us-east-1", "eu-west-1"), now(), RejectionKind::WrongScope, "scoped to a valid region");
    check(&with("service", "s4"), now(), RejectionKind::WrongScope, "correct service: 'service'");
    check(&with("aws4_request", "aws5"), now(), RejectionKind::WrongScope, "valid terminator");
    check(&with("20150830", "20150829"), now(), RejectionKind::WrongScope, "'20150829' != '20150830'");
    check(&with("host;", ""), now(), RejectionKind::UnsignedHeader, "'Host'");
    check(&with(";x-amz-date", ""), now(), RejectionKind::UnsignedHeader, "'x-amz-date'");
    check(&with("Signature=00", "Signature=0G"), now(), RejectionKind::Mismatch, "we calculated does not match");
    check(&vanilla(good, "yesterday"), now(), RejectionKind::Incomplete, "ISO-8601");
    check(
        &vanilla(good, DATE),
        now() + 901,
        RejectionKind::Expired,
        "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T125101Z - 15 min.)",
    );
    check(&vanilla(good, DATE), now() - 901, RejectionKind::NotYetCurrent, "Signature not yet current");
    check(&vanilla(good, DATE), now() + 900, RejectionKind::Mismatch, "does not match");
    let mut token = vanilla(good, DATE);
    token.push(("X-Amz-Security-Token".into(), "t".into()));
    check(&token, now(), RejectionKind::InvalidSessionToken, "invalid");
}

#[test]
fn s3_takes_the_payload_hash_from_its_field_and_checks_it() {
    let scope = Scope::new("s3", "us-east-1");
    let credentials = Credentials::new("AKID", "secret");
    let sign = "AWS4-HMAC-SHA256 Credential=AKID/20150830/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=00";
    let kind = |hash: Option<&str>| {
        let mut headers = vanilla(sign, DATE);
        headers.extend(hash.map(|hash| ("x-amz-content-sha256".to_owned(), hash.to_owned())));
        judge(&headers, &scope, &credentials, now()).map_err(|rejection| rejection.kind)
    };
    assert_eq!(kind(None), Err(RejectionKind::MissingPayloadHash));
    assert_eq!(kind(Some(&sha256_hex(b"x"))), Err(RejectionKind::PayloadMismatch));
    assert_eq!(kind(Some("STREAMING-AWS4-HMAC-SHA256-PAYLOAD")), Err(RejectionKind::Unsupported));
    assert_eq!(kind(Some("UNSIGNED-PAYLOAD")), Err(RejectionKind::Mismatch));
    assert_eq!(kind(Some(&sha256_hex(b""))), Err(RejectionKind::Mismatch));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever the fields hold: an answer, never a panic, and never yes.
    #[test]
    fn no_request_makes_the_verifier_panic_or_agree(
        parts in proptest::collection::vec("[ -~é=,;/]{0,40}", 3),
        date in prop_oneof!["[0-9TZé]{0,17}", Just(DATE.to_owned())],
        path in "/[ -~é%]{0,20}",
        query in "[ -~é%&=]{0,20}",
    ) {
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential=AKID/{}, SignedHeaders=host;{}, Signature={}", parts[0], parts[1], parts[2]
        );
        let mut headers = vanilla(&authorization, &date);
        headers.push((parts[1].clone(), parts[2].clone()));
        let request = SignedRequest { method: "GET", path: &path, query: &query, headers: &headers, body: b"" };
        let (scope, credentials) = (Scope::new("service", "us-east-1"), Credentials::new("AKID", "secret"));
        prop_assert!(verify(&request, &scope, &credentials, now()).is_err());
        let scoped = authorization.replacen(&parts[0], "20150830/us-east-1/service/aws4_request", 1);
        prop_assert!(judge(&vanilla(&scoped, DATE), &scope, &credentials, now()).is_err());
    }
}
