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
    let one = |received: Received| {
        let kind = received.header("content-type").unwrap_or_default().to_owned();
        // a form's boundary is its own
        let boundary = kind.split_once("boundary=").map(|(_, boundary)| boundary.to_owned());
        match boundary {
            Some(boundary) => {
                let body = String::from_utf8_lossy(&received.body).replace(&boundary, "BOUNDARY");
                ("form".to_owned(), body.into_bytes())
            }
            None => (kind, received.body),
        }
    };
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
