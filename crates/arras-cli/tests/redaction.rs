//! Canaries through every sink: no credential is in anything that the command writes, in whatever encoding.
#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const KEY: &str = "canary-K y/+\"\\&é";
const QUERY: &str = "canary-Q y/+\"\\&é";
const PASSWORD: &str = "canary-P y/+\"\\&é";
const BEARER: &str = "canary-B/+\"\\&=~";
const SECRET: &str = "canary-S y/+\"\\&é";
const COOKIE: &str = "canary-C/+&=~";
const TOKEN: &str = "canary-T/+\\&=~";
const REFRESH: &str = "canary-R/+\\&=~";
const SESSION: &str = "canary-Z/+&=~";
const ALL: [&str; 9] = [KEY, QUERY, PASSWORD, BEARER, SECRET, COOKIE, TOKEN, REFRESH, SESSION];

fn percent(text: &str, kept: &str) -> String {
    let one = |byte: u8| match char::from(byte) {
        char if char.is_ascii_alphanumeric() || kept.contains(char) => char.to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}

fn base64(text: &str) -> String {
    let alphabet: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['+', '/']).collect();
    let bits: String = text.bytes().map(|byte| format!("{byte:08b}")).collect();
    let bits: Vec<char> = bits.chars().collect();
    let digit = |chunk: &[char]| {
        let bits: String = chunk.iter().collect::<String>() + &"0".repeat(6 - chunk.len());
        alphabet[usize::from_str_radix(&bits, 2).unwrap()]
    };
    bits.chunks(6).map(digit).collect()
}

/// Raw, JSON, percent (both cases), form, base64 and base64url, the last two without padding.
fn encodings(text: &str) -> Vec<String> {
    let json = serde_json::to_string(text).unwrap();
    let percent_ = percent(text, "-._~");
    let lower: String = percent(text, "-._~")
        .split('%')
        .enumerate()
        .map(|(index, part)| match index {
            0 => part.to_owned(),
            _ => format!("%{}{}", part[..2].to_lowercase(), &part[2..]),
        })
        .collect();
    let form = percent(text, "*-._ ").replace(' ', "+");
    let (plain, url) = (base64(text), base64(text).replace('+', "-").replace('/', "_"));
    vec![text.to_owned(), json.trim_matches('"').to_owned(), percent_, lower, form, plain, url]
}

/// Answers every request with all canaries in all encodings and with the request itself; `/token` grants a token,
/// `/refused` refuses one with its secret in the words, `/down` breaks the connection.
fn serve() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || listener.incoming().flatten().for_each(|stream| drop(answer(stream))));
    address
}

fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut lines = Vec::new();
    loop {
        let mut line = Vec::new();
        reader.read_until(b'\n', &mut line)?;
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        if line.is_empty() {
            break;
        }
        lines.push(line);
    }
    let length = lines.iter().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    let path = lines.first().cloned().unwrap_or_default();
    if path.contains("/down") {
        return Ok(());
    }
    let (status, mut answer) = (if path.contains("/bad") { "500 Bad" } else { "200 OK" }, serde_json::json!({}));
    if path.contains("/token") {
        answer["access_token"] = TOKEN.into();
        answer["refresh_token"] = REFRESH.into();
        answer["token_type"] = "Bearer".into();
    } else if path.contains("/refused") {
        answer["error"] = "invalid_client".into();
        answer["error_description"] = format!("no client has the secret {SECRET}").into();
    } else {
        let canaries: Vec<Vec<String>> = ALL.iter().map(|canary| encodings(canary)).collect();
        answer = serde_json::json!({"seen": lines, "body": String::from_utf8_lossy(&body), "canaries": canaries});
    }
    let challenged = path.contains("/digest") && !lines.iter().any(|line| line.contains("Digest "));
    let status = if challenged { "401 No" } else { status };
    let text = answer.to_string();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nX-Echo: {}\r\n\
         WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"\r\nSet-Cookie: session={SESSION}; Path=/\r\n\
         Connection: close\r\n\r\n{text}",
        text.len(),
        percent(QUERY, "-._~"),
    )
}

const OPERATIONS: [(&str, &str); 10] = [
    ("key", "{type: apiKey, in: header, name: X-My-Key}"),
    ("query", "{type: apiKey, in: query, name: key}"),
    ("cookie", "{type: apiKey, in: cookie, name: sid}"),
    ("basic", "{type: http, scheme: basic}"),
    ("bearer", "{type: http, scheme: bearer}"),
    ("digest", "{type: http, scheme: digest}"),
    ("client", "{type: oauth2, flows: {clientCredentials: {tokenUrl: /token, scopes: {}}}}"),
    ("refused", "{type: oauth2, flows: {clientCredentials: {tokenUrl: /refused, scopes: {}}}}"),
    ("bad", "{type: apiKey, in: query, name: key}"),
    ("down", "{type: apiKey, in: query, name: key}"),
];

/// A workflow for each operation, which keeps all that it can of the exchange, and one that fails of it.
fn documents(folder: &Path, address: &str) {
    let mut openapi =
        format!("openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\nservers: [{{url: '{address}'}}]\npaths:\n");
    let mut schemes = "components:\n  securitySchemes:\n".to_owned();
    let mut arazzo = "arazzo: 1.0.1\ninfo: {title: t, version: '1'}\nsourceDescriptions:\n  - {name: api, url: api.yaml, type: openapi}\nworkflows:\n".to_owned();
    for (name, scheme) in OPERATIONS {
        openapi.push_str(&format!("  /{name}: {{post: {{operationId: {name}, security: [{{{name}: []}}], responses: {{'200': {{description: fine}}}}}}}}\n"));
        schemes.push_str(&format!("    {name}: {scheme}\n"));
        for (suffix, criterion) in [("", "$statusCode == 200"), ("Fails", "$response.body#/canaries == 'x'")] {
            arazzo.push_str(&format!(
                "  - workflowId: {name}{suffix}\n    steps:\n      - stepId: one\n        operationId: {name}\n        \
                 successCriteria: [{{condition: \"{criterion}\"}}]\n        outputs:\n          \
                 body: $response.body\n          canaries: $response.body#/canaries\n          echo: $response.header.X-Echo\n          \
                 authorization: $request.header.Authorization\n          key: $request.query.key\n          url: $url\n    \
                 outputs: {{body: $steps.one.outputs.body, authorization: $steps.one.outputs.authorization, url: $steps.one.outputs.url}}\n"
            ));
        }
    }
    std::fs::write(folder.join("api.yaml"), openapi + &schemes).unwrap();
    std::fs::write(folder.join("flow.arazzo.yaml"), arazzo).unwrap();
}

fn arras(folder: &Path, arguments: &[&str]) -> Output {
    let client = |name: &str| {
        [(format!("ARRAS_AUTH_API_{name}_CLIENT_ID"), "me"), (format!("ARRAS_AUTH_API_{name}_CLIENT_SECRET"), SECRET)]
    };
    Command::new(env!("CARGO_BIN_EXE_arras"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .envs([
            ("KEY", KEY),
            ("ARRAS_AUTH_API_QUERY", QUERY),
            ("ARRAS_AUTH_API_BAD", QUERY),
            ("ARRAS_AUTH_API_DOWN", QUERY),
        ])
        .envs([("ARRAS_AUTH_API_COOKIE", COOKIE), ("ARRAS_AUTH_API_BEARER_TOKEN", BEARER)])
        .envs([("ARRAS_AUTH_API_BASIC_USERNAME", "ada"), ("ARRAS_AUTH_API_BASIC_PASSWORD", PASSWORD)])
        .envs([("ARRAS_AUTH_API_DIGEST_USERNAME", "ada"), ("ARRAS_AUTH_API_DIGEST_PASSWORD", PASSWORD)])
        .envs(client("CLIENT").into_iter().chain(client("REFUSED")))
        .output()
        .unwrap()
}

/// Every kind of report, and the file it is written to.
const FILES: [(&str, &str); 6] = [
    ("json", "report.json"),
    ("ndjson", "events.ndjson"),
    ("junit", "report.xml"),
    ("har", "report.har"),
    ("markdown", "report.md"),
    ("html", "report.html"),
];

/// Which canaries a workflow's own run knows of; the others are the server's chatter.
fn known(workflow: &str) -> Vec<&'static str> {
    match workflow.trim_end_matches("Fails") {
        "key" => vec![KEY, SESSION],
        "query" | "bad" | "down" => vec![QUERY, SESSION],
        "cookie" => vec![COOKIE, SESSION],
        "basic" | "digest" => vec![PASSWORD, SESSION],
        "bearer" => vec![BEARER, SESSION],
        "client" => vec![SECRET, TOKEN, REFRESH, SESSION],
        _ => vec![SECRET],
    }
}

#[test]
fn no_credential_is_in_anything_that_is_written() {
    let folder: PathBuf = Path::new(env!("CARGO_TARGET_TMPDIR")).join("redaction");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    documents(&folder, &serve());
    let mut leaks = Vec::new();
    let mut sent = 0;
    for (name, _) in OPERATIONS {
        for workflow in [name.to_owned(), format!("{name}Fails")] {
            for output in ["outputs", "report"] {
                let arguments =
                    ["run", "flow.arazzo.yaml", &workflow, "-vv", "--auth", "api.key=env:KEY", "--output", output];
                let reports = FILES.map(|(kind, file)| format!("{kind}={file}"));
                let reports = reports.iter().flat_map(|report| ["--report", report.as_str()]);
                let recorded = ["--record", "recording.json"];
                let run = arras(&folder, &arguments.into_iter().chain(reports).chain(recorded).collect::<Vec<_>>());
                let files = FILES.iter().map(|(_, file)| *file).chain(["recording.json"]);
                let files = files.map(|file| (file, std::fs::read(folder.join(file)).unwrap()));
                let sinks = [("stdout", run.stdout), ("stderr", run.stderr)].into_iter().chain(files);
                for (sink, bytes) in sinks {
                    let text = String::from_utf8(bytes).unwrap();
                    sent += usize::from(sink == "events.ndjson" && text.contains("request-sent"));
                    for canary in known(&workflow) {
                        // whatever else a format escapes, the first letters stay as they are
                        if text.contains(&canary[..8]) {
                            leaks.push(format!("{workflow} {output} {sink}: {}…", &canary[..8]));
                        }
                        for encoded in encodings(canary).iter().filter(|encoded| text.contains(*encoded)) {
                            leaks.push(format!("{workflow} {output} {sink}: {encoded}"));
                        }
                        // what stands in JSON that stands in JSON
                        let twice = serde_json::to_string(encodings(canary)[1].as_str()).unwrap();
                        if text.contains(twice.trim_matches('"')) {
                            leaks.push(format!("{workflow} {output} {sink}: twice {twice}"));
                        }
                    }
                }
            }
        }
    }
    assert!(leaks.is_empty(), "{leaks:#?}");
    assert_eq!(sent, OPERATIONS.len() * 4, "each run got as far as a request");
    let listed = arras(&folder, &["run", "flow.arazzo.yaml", "key", "--auth", "api.key=canary-K y", "--show-config"]);
    assert!(!String::from_utf8_lossy(&listed.stdout).contains("canary"));
}

#[test]
fn a_mocked_run_uses_no_real_credential() {
    let folder: PathBuf = Path::new(env!("CARGO_TARGET_TMPDIR")).join("redaction-mocked");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    documents(&folder, "http://127.0.0.1:9");
    for workflow in ["key", "query", "cookie", "basic", "bearer", "digest", "client"] {
        let arguments = ["run", "flow.arazzo.yaml", workflow, "--mock", "-vv", "--auth", "api.key=env:KEY"];
        let reports = FILES.map(|(kind, file)| format!("{kind}={file}"));
        let reports = reports.iter().flat_map(|report| ["--report", report.as_str()]);
        let run = arras(&folder, &arguments.into_iter().chain(reports).collect::<Vec<_>>());
        let files = FILES.map(|(_, file)| (file, std::fs::read(folder.join(file)).unwrap()));
        for (sink, bytes) in [("stdout", run.stdout), ("stderr", run.stderr)].into_iter().chain(files) {
            let text = String::from_utf8(bytes).unwrap();
            assert!(sink != "events.ndjson" || text.contains("request-sent"), "{workflow}: {text}");
            assert!(!text.contains("canary"), "{workflow} {sink}: {text}");
        }
    }
}
