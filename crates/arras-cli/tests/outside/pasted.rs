//! What `--dry-run` prints is a script: a shell that runs it sends the bodies that a run sends, byte for byte.
#![cfg(unix)]

use std::path::Path;
use std::process::Command;

use crate::support::{arras, folder, write};
use crate::wire::{Answer, Received, Server};

/// The workflow's steps: a body that is no text, a text with control characters, one with quotes, a long one, one that is
/// a file, and a form with a file in it.
const DOCUMENT: &str = r#"arazzo: 1.0.1
info: {title: P, version: '1'}
sourceDescriptions: [{name: api, url: api.yaml, type: openapi}]
workflows:
- workflowId: w
  inputs: {type: object, properties: {photo: {type: string}, odd: {type: string}, long: {type: string}}}
  steps:
  - {stepId: latin, operationId: put, requestBody: {contentType: text/plain; charset=iso-8859-1, payload: "grüße\\n\0"}}
  - {stepId: odd, operationId: put, requestBody: {contentType: text/plain, payload: $inputs.odd}}
  - {stepId: quotes, operationId: put, requestBody: {contentType: application/json, payload: {it's: "\\a \"$HOME\" `x`"}}}
  - {stepId: long, operationId: put, requestBody: {contentType: text/plain, payload: $inputs.long}}
  - {stepId: file, operationId: put, requestBody: {contentType: application/octet-stream, payload: $inputs.photo}}
  - {stepId: form, operationId: put, requestBody: {contentType: multipart/form-data, payload: {note: "a\\b %s é", photo: $inputs.photo}}}
"#;

const DESCRIPTION: &str = "openapi: 3.1.0\ninfo: {title: A, version: '1'}\nservers: [{url: 'http://127.0.0.1:1'}]\n\
    paths: {/p: {post: {operationId: put, requestBody: {content: {application/json: {}, text/plain: {}, \
    application/octet-stream: {}, multipart/form-data: {}}}, responses: {'200': {description: ok}}}}}\n";

const BODIES: usize = 6;

fn bodies(server: &Server) -> Vec<(String, Vec<u8>)> {
    let one = |received: Received| (received.header("content-type").unwrap_or_default().to_owned(), received.body);
    server.received().into_iter().map(one).collect()
}

fn run(here: &Path, server: &Server, more: &[&str]) -> String {
    // more than a command line takes
    write(&here.join("long.json"), format!(r#"{{"long": "{}"}}"#, "äb".repeat(70_000)));
    let odd = "odd=a\u{1b}[1m\r\nb\u{7f}\u{9b}\\c\\0101";
    let inputs = ["-i", odd, "--inputs", "long.json", "--file", "photo=it's a photo.bin"];
    let ran = arras(["run", "w.arazzo.yaml", "--server", &server.url()]).args(inputs).args(more).within(here).run();
    ran.expect(0, &[]);
    ran.stdout
}

#[test]
fn what_a_dry_run_prints_can_be_pasted_into_a_shell() {
    let here = folder("pasted");
    write(&here.join("w.arazzo.yaml"), DOCUMENT);
    write(&here.join("api.yaml"), DESCRIPTION);
    // larger than what is held, so that it is named
    let photo: Vec<u8> = (0..=255).cycle().take((2 << 20) + 5).collect();
    write(&here.join("it's a photo.bin"), photo);
    let echo = || Server::start(|_, _| Answer::Json(200, "{}".to_owned()));
    let server = echo();
    run(&here, &server, &[]);
    let sent = bodies(&server);
    assert_eq!(sent.len(), BODIES);
    assert!(sent[4].1.len() > 2 << 20 && sent[5].1.len() > 2 << 20);
    assert!(sent[0].1.contains(&0xfc) && sent[0].1.contains(&0), "{:?}", sent[0]);
    for shell in ["bash", "sh"] {
        let server = echo();
        let script = run(&here, &server, &["--dry-run"]);
        let controls: Vec<char> = script.chars().filter(|char| char.is_control() && *char != '\n').collect();
        assert!(controls.is_empty(), "{controls:?}");
        assert!(script.contains("--data-binary '@") && script.contains("  cat -- "), "{script}");
        write(&here.join("script"), &script);
        let ran = Command::new(shell).args(["-e", "script"]).current_dir(&here).output();
        let Ok(ran) = ran.and_then(|ran| Command::new("curl").arg("--version").output().map(|_| ran)) else {
            return eprintln!("skipped: there is no `{shell}` or no `curl` here");
        };
        assert!(ran.status.success(), "{}\n{script}", String::from_utf8_lossy(&ran.stderr));
        for (number, (pasted, sent)) in bodies(&server).iter().zip(&sent).enumerate() {
            assert!(pasted == sent, "{shell}: body {number} of\n{script}");
        }
        assert_eq!(server.received().len(), BODIES);
    }
}

/// In each encoding: what is sent as a credential elsewhere, and what an answer is to tell.
const UNSHOWN: &str = r#"arazzo: 1.0.1
info: {title: P, version: '1'}
sourceDescriptions: [{name: api, url: api.yaml, type: openapi}]
workflows:
- workflowId: w
  inputs: {type: object, properties: {tok: {type: string}, part: {type: object}}}
  steps:
  - stepId: first
    operationId: put
    parameters:
    - {name: X-Api-Key, in: header, value: $inputs.tok}
    - {name: Authorization, in: header, value: "Bearer {$inputs.part#/deep/tok}"}
    outputs: {id: $response.body#/id}
  - {stepId: utf, operationId: put, requestBody: {contentType: text/plain, payload: "grün {$inputs.tok} {$inputs.part#/deep/tok} {$steps.first.outputs.id}."}}
  - {stepId: latin, operationId: put, requestBody: {contentType: text/plain; charset=iso-8859-1, payload: "grün {$inputs.tok} {$inputs.part#/deep/tok} {$steps.first.outputs.id}."}}
  - {stepId: wide, operationId: put, requestBody: {contentType: text/plain; charset=utf-16, payload: "grün {$inputs.tok} {$inputs.part#/deep/tok} {$steps.first.outputs.id}."}}
  - {stepId: little, operationId: put, requestBody: {contentType: text/plain; charset=utf-16le, payload: "{$inputs.tok} {$inputs.part#/deep/tok} {$steps.first.outputs.id}."}}
  - {stepId: json, operationId: put, requestBody: {contentType: application/json, payload: {all: $inputs.part, tok: $inputs.tok, id: $steps.first.outputs.id}}}
  - {stepId: form, operationId: put, requestBody: {contentType: multipart/form-data, payload: {tok: $inputs.tok, part: $inputs.part, id: $steps.first.outputs.id}}}
"#;

#[test]
fn what_is_not_shown_is_named_in_bodies_of_every_encoding() {
    let here = folder("pasted-unshown");
    write(&here.join("w.arazzo.yaml"), UNSHOWN);
    write(&here.join("api.yaml"), DESCRIPTION);
    let server = Server::start(|_, _| Answer::Json(200, "{}".to_owned()));
    let inputs = ["-i", "tok=hush-hush", "-i", r#"part={"deep": {"tok": "whisper", "other": 1}}"#];
    let ran = arras(["run", "w.arazzo.yaml", "--dry-run", "--server", &server.url()]).args(inputs).within(&here).run();
    let script = &ran.expect(0, &[]).stdout;
    assert_eq!(script.matches("# not known yet: $steps.first.outputs.id\n").count(), 6, "{script}");
    write(&here.join("script"), script);
    let pasted = Command::new("sh").args(["-e", "script"]).current_dir(&here).output();
    let Ok(pasted) = pasted.and_then(|ran| Command::new("curl").arg("--version").output().map(|_| ran)) else {
        return eprintln!("skipped: there is no `sh` or no `curl` here");
    };
    assert!(pasted.status.success(), "{}\n{script}", String::from_utf8_lossy(&pasted.stderr));
    let received = server.received();
    assert_eq!(received.len(), 7);
    for (number, received) in received.iter().enumerate().skip(1) {
        // whatever the encoding: the letters alone
        let text: String =
            received.body.iter().filter(|byte| byte.is_ascii_graphic()).map(|byte| char::from(*byte)).collect();
        for name in ["{$inputs.tok}", "{$inputs.part#/deep/tok}", "{$steps.first.outputs.id}"] {
            assert!(text.contains(name), "{number}: {text}\n{script}");
        }
        for hidden in ["hush-hush", "whisper", "Placeholder"] {
            assert!(!text.contains(hidden), "{number}: {text}\n{script}");
        }
    }
    assert!(received[3].body.ends_with(b"\0}\0."), "{:?}", received[3].body);
    // of Latin-1 the placeholders can be read and replaced
    assert!(script.contains(r"gr\0374n {$inputs.tok} "), "{script}");
}

/// Overrides of the direction of writing reach no terminal, and yet the server.
#[test]
fn what_deceives_readers_is_spelled_out() {
    let here = folder("pasted-deceptive");
    let odd = "a\u{202e}b\u{2066}c\u{200b}";
    let header = UNSHOWN.split("  - stepId: first").next().unwrap();
    let steps = "  - {stepId: odd, operationId: put, parameters: [{name: q, in: query, value: $inputs.tok}], \
                 requestBody: {contentType: text/plain, payload: $inputs.tok}}\n\
                 \x20 - {stepId: json, operationId: put, parameters: [{name: X-Odd, in: header, value: $inputs.tok}], \
                 requestBody: {contentType: application/json, payload: {o: $inputs.tok}}}\n";
    write(&here.join("w.arazzo.yaml"), format!("{header}{steps}"));
    write(&here.join("api.yaml"), DESCRIPTION);
    let server = Server::start(|_, _| Answer::Json(200, "{}".to_owned()));
    let inputs = ["-i".to_owned(), format!("tok={odd}")];
    let ran = arras(["run", "w.arazzo.yaml", "--dry-run", "--server", &server.url()]).args(inputs).within(&here).run();
    let script = &ran.expect(0, &[]).stdout;
    assert!(!script.contains(['\u{202e}', '\u{2066}', '\u{200b}']), "{script:?}");
    write(&here.join("script"), script);
    let Ok(pasted) = Command::new("bash").args(["-e", "script"]).current_dir(&here).output() else {
        return eprintln!("skipped: there is no `bash` here");
    };
    if pasted.status.success() {
        let bodies: Vec<_> = server.received().into_iter().map(|one| String::from_utf8(one.body).unwrap()).collect();
        assert_eq!(bodies, [odd.to_owned(), format!(r#"{{"o":"{odd}"}}"#)]);
    } else {
        assert!(Command::new("curl").arg("--version").output().is_err(), "{}", String::from_utf8_lossy(&pasted.stderr));
    }
}

/// A step for each way in which a run is told who it is, one without a body, one with a path that no URL has so, and a signed
/// one.
const IDENTIFIED: &str = r#"arazzo: 1.0.1
info: {title: P, version: '1'}
sourceDescriptions: [{name: api, url: api.yaml, type: openapi}]
workflows:
- workflowId: w
  steps:
  - {stepId: key, operationId: key}
  - {stepId: file, operationId: file}
  - {stepId: bearer, operationId: bearer}
  - {stepId: token, operationId: token}
  - {stepId: basic, operationId: basic}
  - {stepId: pair, operationId: pair}
  - {stepId: odd, operationId: odd, parameters: [{name: q, in: query, value: it's}]}
  - {stepId: signed, operationId: signed}
"#;

#[test]
fn what_is_pasted_says_who_it_is_from_as_a_run_does() {
    let here = folder("pasted-identified");
    let operation =
        |id: &str| format!("  /{id}: {{post: {{operationId: {id}, security: [{{{id}: []}}], responses: {{}}}}}}\n");
    let secured: String = ["key", "file", "bearer", "token", "basic", "pair", "signed"].map(operation).concat();
    let key = |name: &str| format!("    {name}: {{type: apiKey, in: header, name: X-Key}}\n");
    let http = |name: &str, scheme: &str| format!("    {name}: {{type: http, scheme: {scheme}}}\n");
    let signed = "    signed: {type: apiKey, in: header, name: Authorization, description: AWS Signature Version 4}\n";
    let api = format!(
        "openapi: 3.1.0\ninfo: {{title: A, version: '1'}}\nservers: [{{url: 'https://sqs.us-east-1.amazonaws.com/'}}]\npaths:\n{secured}  \
         \"/é ü?a=b&c=é d\": {{put: {{operationId: odd, responses: {{}}, \
         parameters: [{{name: q, in: query, allowReserved: true}}]}}}}\ncomponents:\n  securitySchemes:\n{}{}{}{}{}{}{signed}",
        key("key"),
        key("file"),
        http("bearer", "bearer"),
        http("token", "bearer"),
        http("basic", "basic"),
        http("pair", "basic"),
    );
    write(&here.join("w.arazzo.yaml"), IDENTIFIED);
    write(&here.join("api.yaml"), api);
    write(&here.join("a key"), "key-of-file\n");
    let variables = [
        ("KK", "key-of-env"),
        ("ARRAS_AUTH_API_BEARER", "bearer-1"),
        ("ARRAS_AUTH_API_TOKEN_TOKEN", "token-1"),
        ("ARRAS_AUTH_API_BASIC", "ada:love"),
        ("ARRAS_AUTH_API_PAIR_USERNAME", "bob"),
        ("ARRAS_AUTH_API_PAIR_PASSWORD", "builder"),
        ("AWS_ACCESS_KEY_ID", crate::support::KEY),
        ("AWS_SECRET_ACCESS_KEY", crate::support::SECRET),
    ];
    for session in [None, Some(("AWS_SESSION_TOKEN", crate::support::TOKEN))] {
        let variables: Vec<_> = variables.into_iter().chain(session).collect();
        let echo = || Server::start(|_, _| Answer::Json(200, "{}".to_owned()));
        let run = |server: &Server, more: &[&str]| {
            let options = ["--auth", "key=env:KK", "--auth", "file=file:a key"];
            let ran = arras(["run", "w.arazzo.yaml", "--server", &server.url()]).args(options).args(more).within(&here);
            let ran = variables.iter().fold(ran, |ran, (name, value)| ran.env(name, value)).run();
            ran.expect(0, &[]);
            ran.stdout
        };
        let seen = |server: &Server| -> Vec<_> {
            let one = |received: Received| {
                let field = |name: &str| received.header(name).unwrap_or_default().to_owned();
                let authorization = field("authorization");
                // a signature is of its own time, and says what is signed
                let signed =
                    authorization.split_once("/aws4_request").map(|(_, rest)| rest.contains("x-amz-security-token"));
                let who = if signed.is_some() { String::new() } else { authorization };
                let fields = ["x-key", "content-length", "x-amz-security-token"].map(field);
                (received.method.clone(), received.target.clone(), who, signed, fields)
            };
            server.received().into_iter().map(one).collect()
        };
        let (server, other) = (echo(), echo());
        run(&server, &[]);
        let script = run(&other, &["--dry-run"]);
        write(&here.join("script"), &script);
        let mut shell = Command::new("sh");
        shell.args(["-e", "script"]).current_dir(&here).envs(variables);
        let Ok(pasted) = shell.output().and_then(|ran| Command::new("curl").arg("--version").output().map(|_| ran))
        else {
            return eprintln!("skipped: there is no `sh` or no `curl` here");
        };
        assert!(pasted.status.success(), "{}\n{script}", String::from_utf8_lossy(&pasted.stderr));
        let (sent, pasted) = (seen(&server), seen(&other));
        assert_eq!(sent.len(), 8);
        for (sent, pasted) in sent.iter().zip(&pasted) {
            assert_eq!(pasted, sent, "{script}");
        }
    }
}
