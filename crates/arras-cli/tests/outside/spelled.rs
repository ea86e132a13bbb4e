//! Secrets in other spellings than Arras's own, and in other encodings: they stand nowhere, and a replay is the same run.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Ran, arras, folder, report, write};
use crate::wire::{Answer, Server};

const PASSWORD: &str = "hä<t&r/2\"x y";

/// A workflow that sends its password with a body of that type, and what it is answered with the next request.
fn flow(here: &Path, content_type: &str, body: &str) -> PathBuf {
    let file = here.join("w.arazzo.yaml");
    write(
        &file,
        format!(
            "arazzo: 1.0.1\ninfo: {{title: S, version: '1'}}\nsourceDescriptions: [{{name: api, url: api.yaml, type: openapi}}]\n\
             workflows:\n- workflowId: w\n  inputs: {{type: object, properties: {{pw: {{type: string, format: password}}}}}}\n  steps:\n  \
             - stepId: send\n    operationId: send\n    requestBody:\n      contentType: {content_type}\n{body}\n    \
             successCriteria: [{{condition: $statusCode == 200}}]\n    outputs: {{ok: $response.body#/ok}}\n  \
             - stepId: use\n    operationId: use\n    parameters: [{{name: q, in: query, value: $inputs.pw}}]\n    \
             successCriteria: [{{condition: $statusCode == 200}}, {{condition: $steps.send.outputs.ok == true}}]\n"
        ),
    );
    write(
        &here.join("api.yaml"),
        format!(
            "openapi: 3.1.0\ninfo: {{title: A, version: '1'}}\nservers: [{{url: 'https://api.example'}}]\npaths:\n  \
             /send: {{post: {{operationId: send, requestBody: {{content: {{{content_type}: {{}}}}}}, \
             responses: {{'200': {{description: ok, content: {{application/json: {{}}}}}}}}}}}}\n  \
             /use: {{get: {{operationId: use, parameters: [{{name: q, in: query, schema: {{type: string}}}}], \
             responses: {{'200': {{description: ok, content: {{application/json: {{}}}}}}}}}}}}\n"
        ),
    );
    here.join("w.arazzo.yaml")
}

/// Everything that a run leaves, by where it is.
fn leave(here: &Path, file: &Path, password: &str, more: &[&str]) -> (Ran, Vec<(String, String)>) {
    let kinds = ["ndjson", "json", "har", "html", "junit", "markdown"];
    let at = |name: &str| here.join(format!("run.{name}"));
    let reports = kinds.map(|kind| format!("--report={kind}={}", at(kind).display()));
    let ran = arras(["run"])
        .arg(file)
        .args(["-vv", "-i", &format!("pw={password}"), &format!("--record={}", at("rec").display())])
        .args(reports)
        .args(more)
        .run();
    let read = |name: &str| (name.to_owned(), std::fs::read_to_string(at(name)).unwrap());
    let mut all: Vec<(String, String)> = kinds.into_iter().chain(["rec"]).map(read).collect();
    all.push(("stderr".into(), ran.stderr.clone()));
    all.push(("stdout".into(), ran.stdout.clone()));
    (ran, all)
}

/// Whether the secret can be read in a text, whatever has to be undone for that.
fn tells(text: &str, secret: &str, depth: usize) -> bool {
    let undone = |pairs: &[(&str, &str)]| pairs.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
    let xml = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#x27;", "'"), ("&#39;", "'"), ("&amp;", "&")];
    let json = [("\\\"", "\""), ("\\/", "/"), ("\\u00e4", "ä"), ("\\u0026", "&"), ("\\u003c", "<")];
    text.contains(secret)
        || undone(&xml).contains(secret)
        || undone(&json).contains(secret)
        || depth > 0 && text.contains('\0') && encoded(text.as_bytes(), secret)
        || depth > 0
            && serde_json::Deserializer::from_str(text)
                .into_iter::<Value>()
                .flatten()
                .any(|it| holds(&it, secret, depth))
}

fn holds(value: &Value, secret: &str, depth: usize) -> bool {
    match value {
        Value::String(text) => tells(text, secret, depth - 1),
        Value::Array(items) => items.iter().any(|item| holds(item, secret, depth)),
        Value::Object(members) => members.iter().any(|(name, value)| {
            let is_encoded = name == "base64" && encoded(&from_base64(value.as_str().unwrap()), secret);
            is_encoded || tells(name, secret, 0) || holds(value, secret, depth)
        }),
        _ => false,
    }
}

/// Whether the secret can be read in bytes of UTF-16 or ISO 8859-1.
fn encoded(bytes: &[u8], secret: &str) -> bool {
    let units = |unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        String::from_utf16_lossy(&units)
    };
    let single: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    [single, units(u16::from_le_bytes), units(u16::from_be_bytes)].iter().any(|text| tells(text, secret, 0))
}

fn from_base64(text: &str) -> Vec<u8> {
    let digit = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b'=').map(digit).collect();
    let group = |digits: &[u8]| {
        let value = digits.iter().fold(0, |value, digit| value << 6 | u32::from(*digit)) << (6 * (4 - digits.len()));
        value.to_be_bytes()[1..digits.len()].to_vec()
    };
    digits.chunks(4).flat_map(group).collect()
}

#[track_caller]
fn hidden(all: &[(String, String)], secret: &str) {
    for (name, text) in all {
        assert!(!tells(text, secret, 4), "{name} tells {secret}: {text}");
    }
}

/// The replay goes as the run went, and tells the same events.
#[track_caller]
fn replayed(here: &Path) {
    told_again(here).expect(0, &["Succeeded"]);
}

/// The replay tells the same events, whatever became of the run.
#[track_caller]
fn told_again(here: &Path) -> Ran {
    let again = here.join("again.ndjson");
    let ran = arras(["replay"]).arg(here.join("run.rec")).arg(format!("--report=ndjson={}", again.display())).run();
    let read = |path: PathBuf| std::fs::read_to_string(path).unwrap();
    assert_eq!(read(here.join("run.ndjson")), read(again));
    ran
}

const JSON: &str = "      payload: {pw: $inputs.pw}";
const TEXT: &str = "      payload: 'it is {$inputs.pw}, no more'";
const XML: &str = "      payload: '<login><pw a=\"b\">PLACE</pw></login>'\n      replacements: [{target: /login/pw, value: $inputs.pw}]";

#[test]
fn no_body_tells_a_secret_in_any_spelling() {
    let server = Server::start(|_, _| Answer::Json(200, r#"{"ok":true}"#.into()));
    for (content_type, body) in [
        ("application/json", JSON),
        ("application/json; charset=utf-16", JSON),
        ("application/xml", XML),
        ("application/xml; charset=iso-8859-1", XML),
        ("application/xml; charset=utf-16", XML),
        ("text/plain", TEXT),
        ("text/plain; charset=utf-16le", TEXT),
        ("text/plain; charset=utf-16be", TEXT),
        ("text/plain; charset=iso-8859-1", TEXT),
        ("application/x-www-form-urlencoded", JSON),
    ] {
        let here = folder("spelled-bodies");
        let file = flow(&here, &format!("'{content_type}'"), body);
        for password in [PASSWORD, "ASCII&alone"] {
            let (ran, all) = leave(&here, &file, password, &["--server", &server.url()]);
            assert_eq!(ran.code, Some(0), "{content_type}: {ran:?}");
            hidden(&all, password);
            replayed(&here);
        }
    }
}

/// PHP escapes slashes, Python what is not ASCII, Go what HTML would take for its own.
#[test]
fn no_answer_tells_a_secret_in_escapes_of_its_own() {
    let server = Server::start(|_, _| {
        let token = r#""access_token":"eyJ\/token\u0026secret\/\u00e4""#;
        let echo = r#""echo":"h\u00e4\u003ct\u0026r\/2\"x y""#;
        let nested =
            r#""message":"{\"pw\":\"h\\u00e4<t&r\\\/2\\\"x y\"}","xml":"<a>h\u00e4&lt;t&amp;r/2&quot;x y<\/a>""#;
        Answer::Json(200, format!("{{\"ok\":true,{token},{echo},{nested}}}"))
    });
    let here = folder("spelled-answers");
    let file = flow(&here, "application/json", JSON);
    let (ran, all) = leave(&here, &file, PASSWORD, &["--server", &server.url()]);
    ran.expect(0, &["\"echo\": \"***\"", "\"access_token\": \"***\""]);
    hidden(&all, PASSWORD);
    hidden(&all, "eyJ/token&secret/ä");
    replayed(&here);
}

/// What is cut, and what is put on one line, was masked before.
#[test]
fn no_part_of_a_secret_is_told_either() {
    const KEY: &str = "CANARYONE\n  line two of the CANARYKEY  CANARYTHREE\n\nCANARYEND";
    let token = format!("CANARYTOKEN{}", "x".repeat(300));
    let filled = |length: usize| "x".repeat(length) + " ";
    for (status, kind, body, criterion) in [
        (200, "application/json", format!(r#"{{"access_token":"{token}"}}"#), "$response.body#/access_token == ''"),
        (200, "application/json", format!(r#"{{"access_token":"{token}"}}"#), "$response.body == ''"),
        (400, "text/plain", format!("no: {KEY}!"), "$statusCode == 200"),
        (400, "text/plain", filled(290) + KEY, "$statusCode == 200"),
        (
            400,
            "application/json",
            serde_json::json!({"error": {"code": KEY, "message": filled(290) + KEY}}).to_string(),
            "$statusCode == 200",
        ),
        (400, "application/json", serde_json::json!({"error": format!("a#{KEY}")}).to_string(), "$statusCode == 200"),
        (400, "application/xml", format!("<e><Message>{}{KEY}</Message></e>", filled(290)), "$statusCode == 200"),
    ] {
        let told = body.clone();
        let server = Server::start(move |_, _| Answer::Text(status, kind, told.clone()));
        let here = folder("spelled-parts");
        let file = flow(&here, "application/json", JSON);
        let text = std::fs::read_to_string(&file).unwrap();
        write(&file, text.replacen("$statusCode == 200", &format!("\"{criterion}\""), 1));
        let (ran, all) = leave(&here, &file, KEY, &["--server", &server.url()]);
        ran.expect(1, &["***"]);
        hidden(&all, "CANARY");
        told_again(&here);
    }
}

/// Cookies that are spelled otherwise than what they say, parts of base64, numbers: each is as secret as what it stands for.
#[test]
fn what_stands_for_a_secret_is_one() {
    let server = Server::start(|_, request| {
        let body = r#"{"ok":true,"cvv":123,"of":[1, 123],"more":1234,"one":"canary-cookie","two":"s:canary/x y",
            "basic":"YWxpY2U6Y2FuYXJ5LW9uZS1jYW5hcnk6bW9yZQ==","seen":123}"#;
        let cookies = "application/json\r\nSet-Cookie: a=\"canary-cookie\"\r\nSet-Cookie: b=s%3Acanary%2Fx%20y";
        let kind = if request.target.contains("/send") { cookies } else { "application/json" };
        Answer::Text(200, kind, body.into())
    });
    let here = folder("spelled-alike");
    let file = flow(&here, "application/json", "      payload: {pw: $inputs.pw, cvv: $inputs.cvv, n: 5}");
    let text = std::fs::read_to_string(&file).unwrap();
    let marked = "pw: {type: string, format: password}";
    write(&file, text.replace(marked, &format!("{marked}, cvv: {{type: integer, format: password}}")));
    let more = ["--server", &server.url(), "-i", "cvv=123"];
    let (ran, all) = leave(&here, &file, "canary-one-canary", &more);
    ran.expect(0, &["\"cvv\":***", "\"one\":\"***\"", "\"two\":\"***\""]);
    hidden(&all, "canary");
    hidden(&all, "Y2FuYXJ5");
    hidden(&all, "YW5hcnk");
    let number_is_hidden = |all: &[(String, String)]| {
        for (name, text) in all {
            let plain = text.replace("&quot;", "\"").replace(['\\', ' '], "");
            let told = ["\"cvv\":123", "\"of\":[1,123", "\"seen\":123", "cvvis123"];
            assert!(!told.iter().any(|told| plain.contains(told)), "{name} tells the number: {text}");
        }
    };
    number_is_hidden(&all);
    replayed(&here);
    let text = std::fs::read_to_string(&file).unwrap();
    write(&file, text.replacen("$statusCode == 200", "\"$response.body#/cvv == 7 || $inputs.cvv == 7\"", 1));
    let (ran, all) = leave(&here, &file, "canary-one-canary", &more);
    ran.expect(1, &["$response.body#/cvv is ***", "$inputs.cvv is ***"]);
    number_is_hidden(&all);
    told_again(&here);
}

/// Words of the recording's own form, of documents and of options: what is replaced are values alone.
#[test]
fn a_secret_like_a_name_or_a_number_of_the_recording_does_not_break_it() {
    let here = folder("spelled-words");
    let file = flow(&here, "application/json", JSON);
    write(&here.join("w.mock.yaml"), "operations:\n  send: [{body: {ok: true}}]\n  use: [{body: {}}]\n");
    for word in ["text", "body", "clock", "runs", "0000", "1000", "POST", "true", "effect", "object", "http", "json"] {
        let (ran, _) = leave(&here, &file, word, &["--mock"]);
        assert_eq!(ran.code, Some(0), "{word}: {ran:?}");
        let kept = report(&here.join("run.rec"));
        assert_eq!(kept["placeholders"][0], kept["runs"][0]["inputs"]["pw"], "{word}");
        let sent: Value =
            serde_json::from_str(kept["runs"][0]["exchanges"][0]["request"]["body"]["text"].as_str().unwrap()).unwrap();
        assert_eq!(kept["placeholders"][0], sent["pw"], "{word}");
        let ran = arras(["replay"]).arg(here.join("run.rec")).run();
        ran.expect(0, &["Succeeded"]);
        assert!(!ran.stderr.contains("Drifted"), "{word}: {}", ran.stderr);
    }
}

/// A cookie that identifies nobody is no secret, or every answer that says `true` would be another.
#[test]
fn a_cookie_that_identifies_nobody_changes_no_answer() {
    let server = Server::start(|_, _| {
        Answer::Text(200, "application/json\r\nSet-Cookie: consent=true", r#"{"ok":true,"why":"true story"}"#.into())
    });
    let here = folder("spelled-cookie");
    let file = flow(&here, "application/json", JSON);
    let (ran, all) = leave(&here, &file, PASSWORD, &["--server", &server.url()]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    hidden(&all, PASSWORD);
    let kept = report(&here.join("run.rec"));
    let answer = &kept["runs"][0]["exchanges"][0]["answer"]["body"]["text"];
    assert_eq!(answer, r#"{"ok":true,"why":"true story"}"#);
    replayed(&here);
}

/// Variables of a server and the URL of a document can put a password where every report tells it: both are refused first.
#[test]
fn a_password_in_a_url_is_told_nowhere() {
    let here = folder("spelled-url");
    let file = flow(&here, "application/json", JSON);
    let api = std::fs::read_to_string(here.join("api.yaml")).unwrap();
    let servers = "servers: [{url: 'http://{u}:{p}@127.0.0.1:1', variables: {u: {default: me}, p: {default: x}}}]";
    write(&here.join("api.yaml"), api.replace("servers: [{url: 'https://api.example'}]", servers));
    for (more, told) in [
        (&["--server-var", "p=hush-hush"][..], "the server's URL holds a user name or a password"),
        (&["--server-var", "p=hush-hush", "--dry-run"], "the server's URL holds a user name or a password"),
    ] {
        let record = format!("--record={}", here.join("r.json").display());
        let run = arras(["run"]).arg(&file).args(["-i", "pw=x", "-vv"]).args(more);
        let ran = if more.len() < 3 { run.arg(&record).run() } else { run.run() };
        ran.expect(3, &[told]);
        assert!(!ran.stderr.contains("hush") && !ran.stdout.contains("hush"), "{ran:?}");
        assert!(!here.join("r.json").exists());
    }
    let flow = std::fs::read_to_string(&file).unwrap();
    write(&file, flow.replace("url: api.yaml", "url: 'https://me:hush-hush@127.0.0.1:1/api.yaml'"));
    let ran = arras(["run"]).arg(&file).args(["-i", "pw=x", "-vv", "--allow-host", "127.0.0.1"]).run();
    ran.expect(3, &["it holds a user name or a password"]);
    let (message, _) = ran.stderr.split_once("╭─").unwrap();
    assert!(!message.contains("hush"), "{message}");
    for url in
        ["https://me:hush-hush@127.0.0.1:99999/x", "ftp://me:hush-hush@127.0.0.1/x", "http://me:hush hush@127.0.0.1"]
    {
        write(&file, flow.replace("url: api.yaml", &format!("url: '{url}'")));
        let ran = arras(["check", "--format", "json"]).arg(&file).run();
        assert!(ran.stdout.contains("//***@127.0.0.1") && !ran.stdout.contains("hush"), "{ran:?}");
    }
}
