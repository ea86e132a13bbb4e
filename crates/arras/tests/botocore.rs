//! Requests of every AWS protocol, signed by us, have the signatures that botocore gives them, and each host is signed
//! for the service and region that botocore has for it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use arras::auth::{Choice, Detection, Facts, OWNED, Scope, Signing, UserSettings, detect, sign};
use arras::credentials::AwsCredentials;
use arras_run::exchange::{Request, header};
use arras_run::time::Timestamp;
use bytes::Bytes;
use serde_json::{Value, json};

const COUNT: usize = 2000;
/// 2015-08-30T12:36:00Z.
const MOMENT: Timestamp = Timestamp(1_440_938_160_000);

/// A Python that has botocore: `ARRAS_PYTHON`, the emulator's, or the system's.
fn python() -> Option<String> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().map(|target| target.join("venv/bin/python3"));
    let emulator = target.and_then(|path| path.to_str().map(str::to_owned));
    let has_botocore = |python: &String| {
        let mut command = Command::new(python);
        command.args(["-c", "import botocore.auth"]).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let named = std::env::var("ARRAS_PYTHON").ok();
    [named, emulator, Some("python3".to_owned())].into_iter().flatten().find(has_botocore)
}

/// Numbers by chance, the same in each run.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(limit).unwrap()).unwrap()
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    fn text(&mut self, most: usize, letters: &str) -> String {
        let letters: Vec<char> = letters.chars().collect();
        (0..self.below(most + 1)).map(|_| self.one(&letters)).collect()
    }
}

const PLAIN: &str = "abcXYZ0189-_.~";
const ANY: &str = "abcXYZ019-_.~!$'()*,;:@= /+%?#&[]{}|\\^`\"<>é日🦀";
const IN_PATH: &str = "abcXYZ019-_.~!$'()*,;:@=+&é日🦀 ";

/// Percent-encodes a text wholly, as values are put into paths and queries.
fn encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

fn query(chance: &mut Chance) -> String {
    let pair = |chance: &mut Chance| match chance.below(6) {
        0 => encode(&chance.text(6, PLAIN)),
        1 => format!("{}={}", encode(&chance.text(6, ANY)), chance.text(4, "ab+;,'()!*é :@/")),
        _ => format!("{}={}", encode(&chance.text(6, ANY)), encode(&chance.text(9, ANY))),
    };
    (0..chance.below(5)).map(|_| pair(chance)).collect::<Vec<_>>().join("&")
}

fn path(chance: &mut Chance, encoded: bool) -> String {
    let segment = |chance: &mut Chance| match (encoded, chance.below(8)) {
        (_, 0) => String::new(),
        (true, _) => encode(&chance.text(9, ANY)),
        (false, _) => chance.text(9, IN_PATH),
    };
    (0..=chance.below(4)).map(|_| format!("/{}", segment(chance))).collect()
}

fn bytes(chance: &mut Chance) -> Bytes {
    match chance.below(4) {
        0 => Bytes::new(),
        1 => (0..chance.below(300)).map(|_| chance.next().to_le_bytes()[0]).collect(),
        _ => format!("{{\"a\":\"{}\"}}", chance.text(40, "abc é日🦀")).into(),
    }
}

/// A request of one of the protocols: JSON 1.0 and 1.1, query, EC2's query, rest-json, rest-xml, S3.
fn request(chance: &mut Chance) -> (&'static str, Request) {
    let region = chance.one(&["us-east-1", "eu-central-1", "cn-north-1"]);
    let fields = |fields: &[(&str, &str)]| {
        fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<Vec<_>>()
    };
    let whole = |method: &str, service: &str, rest: String, headers, body: Bytes| Request {
        method: method.to_owned(),
        url: format!("https://{service}.{region}.amazonaws.com{rest}"),
        headers,
        body: body.into(),
        path: vec![],
        query: vec![],
    };
    let and_query = |path: String, query: String| if query.is_empty() { path } else { format!("{path}?{query}") };
    let (service, mut request) = match chance.below(6) {
        0 => {
            let kind = chance.one(&["application/x-amz-json-1.0", "application/x-amz-json-1.1; charset=utf-8"]);
            let target = format!("DynamoDB_20120810.{}", chance.text(12, "abcXYZ"));
            let headers = fields(&[("Content-Type", kind), ("X-Amz-Target", &target)]);
            ("dynamodb", whole("POST", "dynamodb", "/#Fragment".to_owned(), headers, bytes(chance)))
        }
        1 => {
            let form = format!("Action=A&Version=2012-11-05&{}", query(chance));
            let headers = fields(&[("content-type", "application/x-www-form-urlencoded; charset=utf-8")]);
            ("sts", whole("POST", "sts", "/".to_owned(), headers, form.into()))
        }
        2 => {
            let rest = and_query("/".to_owned(), format!("Action=DescribeInstances&{}", query(chance)));
            ("ec2", whole("GET", "ec2", rest, vec![], Bytes::new()))
        }
        3 => {
            let method = chance.one(&["GET", "POST", "PUT", "PATCH", "DELETE"]);
            let rest = and_query(path(chance, true), query(chance));
            let headers = fields(&[("Content-Type", "application/json")]);
            ("lambda", whole(method, "lambda", rest, headers, bytes(chance)))
        }
        4 => {
            let encoded = chance.below(2) == 0;
            let rest = and_query(path(chance, encoded), query(chance));
            let headers = fields(&[("Content-Type", "application/xml")]);
            ("route53", whole("POST", "route53", rest, headers, bytes(chance)))
        }
        _ => {
            let encoded = chance.below(2) == 0;
            let method = chance.one(&["GET", "HEAD", "PUT", "POST", "DELETE"]);
            let rest = and_query(path(chance, encoded), query(chance));
            ("s3", whole(method, "s3", rest, fields(&[("X-Amz-Acl", "private")]), bytes(chance)))
        }
    };
    if chance.below(3) == 0 {
        let name = format!("X-{}", chance.one(&["Value", "amz-meta-é".split('-').next().unwrap(), "Amz-Meta-A"]));
        let value = format!("{}  {}", chance.text(8, "ab c\t\"',;"), chance.text(8, "ab c\"',;="));
        request.headers.push((name, value.trim().to_owned()));
    }
    if chance.below(8) == 0 {
        request.headers.push(("User-Agent".to_owned(), "left/out".to_owned()));
    }
    (service, request)
}

#[test]
fn two_thousand_requests_are_signed_as_by_botocore() {
    let Some(python) = python() else {
        eprintln!("skipped: no Python with botocore is at hand; `tests/emulator.sh` installs one");
        return;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/botocore_sign.py");
    let mut child = Command::new(python).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut chance = Chance(7);
    let mut lines = String::new();
    let mut signed = Vec::with_capacity(COUNT);
    for number in 0..COUNT {
        let (service, mut request) = request(&mut chance);
        let region = chance.one(&["us-east-1", "eu-central-1"]);
        let token = (number % 3 == 0).then(|| format!("tok/en+{number}=="));
        let secret = chance.text(40, "abcXYZ019/+");
        let credentials = AwsCredentials::new("AKIDEXAMPLE", &secret, token.as_deref());
        let before = request.clone();
        sign(&mut request, &credentials, &Scope { region: region.into(), service: service.into() }, MOMENT)
            .unwrap_or_else(|fault| panic!("{fault}: {before:?}"));
        let headers: Vec<_> = request
            .headers
            .iter()
            .filter(|(name, _)| !OWNED.iter().any(|owned| owned.eq_ignore_ascii_case(name)))
            .collect();
        let asked = json!({
            "method": request.method, "url": request.url, "headers": headers, "body": base64(&request.body.outline()),
            "service": service, "region": region, "key": "AKIDEXAMPLE", "secret": secret, "token": token,
            "at": "20150830T123600Z",
        });
        lines.push_str(&format!("{asked}\n"));
        signed.push(request);
    }
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success());
    let answers = String::from_utf8(output.stdout).unwrap();
    assert_eq!(answers.lines().count(), COUNT);
    for (request, answer) in signed.iter().zip(answers.lines()) {
        let answer: Value = serde_json::from_str(answer).unwrap();
        let ours = header(&request.headers, "authorization");
        assert_eq!(
            ours.as_deref(),
            answer["authorization"].as_str(),
            "{request:?}\n{}",
            answer["canonical"].as_str().unwrap()
        );
        assert_eq!(header(&request.headers, "x-amz-content-sha256").as_deref(), answer["hash"].as_str(), "{request:?}");
    }
}

/// How requests to a server's path are signed in an environment that names no region.
fn signing(server: &str, path: &str) -> Signing {
    let user = UserSettings { sign: Some(Choice::Sign), ..UserSettings::default() };
    match detect(&Facts { server, path, user, ..Facts::default() }) {
        Detection::Sign(signing) => signing,
        Detection::Unsigned(unsigned) => panic!("{server}: {unsigned:?}"),
    }
}

/// The region of the hosts that the script makes up.
const REGION: &str = "eu-west-1";
/// The version of botocore that is meant, among others.
const MEANT: &str = include_str!("../../../tests/emulator/requirements.txt");

/// Whether a host of botocore's rules is left out: those of signing in have domains of their own, the import service is in
/// no region, and one service is signed for another region than its host's.
fn is_left_out(host: &str) -> bool {
    let signing_in = host.contains("signin") && !host.ends_with(".api.aws");
    let import = host.starts_with("importexport") && host.contains(REGION);
    signing_in || import || host.starts_with("api.sustainability")
}

#[test]
fn every_host_is_signed_for_what_botocore_signs_it_for() {
    let Some(python) = python() else {
        eprintln!("skipped: no Python with botocore is at hand; `tests/emulator.sh` installs one");
        return;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/botocore_hosts.py");
    let output = Command::new(python).arg(script).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let answers = String::from_utf8(output.stdout).unwrap();
    let (version, rows) = answers.split_once('\n').unwrap();
    if !MEANT.lines().any(|line| line == format!("botocore=={version}")) {
        eprintln!(
            "skipped: botocore {version} has other hosts; `tests/emulator.sh` installs the version that is meant"
        );
        return;
    }
    let mut differing = Vec::new();
    for row in rows.lines() {
        let [host, path, service, region] = row.split('\t').collect::<Vec<_>>()[..] else { panic!("{row}") };
        if is_left_out(host) {
            continue;
        }
        let ours = signing(&format!("https://{host}"), path);
        let regional = host.contains(REGION);
        let expected = if region.is_empty() && regional { REGION } else { region };
        // a bucket's region is not told by its host
        let told = !expected.is_empty() && (regional || !service.starts_with("s3"));
        let same_region = !told || ours.region.as_deref() == Some(expected);
        if ours.service.as_deref() != Some(service) || !same_region {
            differing.push(format!("{row}, but ours are {:?} and {:?}", ours.service, ours.region));
        }
    }
    assert!(rows.lines().count() > 5000, "{rows}");
    assert!(differing.is_empty(), "{} differ:\n{}", differing.len(), differing.join("\n"));
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for group in bytes.chunks(3) {
        let number = group.iter().enumerate().fold(0, |sum, (at, byte)| sum | (usize::from(*byte) << (16 - 8 * at)));
        for place in 0..4 {
            let letter = char::from(LETTERS[(number >> (18 - 6 * place)) & 63]);
            out.push(if place <= group.len() { letter } else { '=' });
        }
    }
    out
}
