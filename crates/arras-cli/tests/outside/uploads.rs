//! Bodies from files: sent from where they lie, whole and exact, by a process that never holds them.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use crate::support::{Ran, arras, folder, report, write};

const MIB: usize = 1 << 20;
/// What a process may take in all while it sends a file of three times that.
const MOST_KIB: u64 = 64 << 10;

/// How soon what a file holds comes again: a prime, lest pieces of any size look alike.
const PERIOD: usize = 65_521;

/// What a file holds from any place of a period on, for one period at least.
fn pattern() -> Vec<u8> {
    (0..2 * PERIOD).map(|at| u8::try_from(((at % PERIOD * 31) >> 3) & 0xff).unwrap()).collect()
}

/// A file of that many bytes.
fn file(path: &Path, length: usize) {
    let pattern = pattern();
    let mut out = BufWriter::new(File::create(path).unwrap());
    for at in (0..length).step_by(PERIOD) {
        out.write_all(&pattern[..PERIOD.min(length - at)]).unwrap();
    }
    out.flush().unwrap();
}

/// What came in: the head, the body without the file's bytes, how many of those there were, and how much memory the sender
/// had taken by then.
#[derive(Clone, Debug, Default)]
struct Came {
    head: String,
    around: Vec<u8>,
    of_file: usize,
    peak_kib: Option<u64>,
}

impl Came {
    fn field(&self, name: &str) -> Option<&str> {
        let fields = self.head.lines().filter_map(|line| line.split_once(": "));
        fields.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }
}

/// A server that takes each body in, and compares it with what a file holds from the first byte that looks like it on.
struct Server {
    port: u16,
    came: Arc<Mutex<Vec<Came>>>,
    sender: Arc<Mutex<Option<u32>>>,
}

impl Server {
    /// Answers by those statuses, one after the other; `midway` is done once the first megabyte of a body has come in.
    fn start(statuses: &[&'static str], midway: impl Fn() + Send + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (came, sender): (Arc<Mutex<Vec<Came>>>, Arc<Mutex<Option<u32>>>) = Default::default();
        let (kept, pid) = (Arc::clone(&came), Arc::clone(&sender));
        let statuses = statuses.to_vec();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut reader = BufReader::with_capacity(1 << 16, stream.try_clone().unwrap());
                while let Some(mut one) = take(&mut reader, &midway) {
                    one.peak_kib = pid.lock().unwrap().and_then(peak);
                    let mut kept = kept.lock().unwrap();
                    let status = statuses.get(kept.len()).or(statuses.last()).copied().unwrap_or("200 OK");
                    kept.push(one);
                    drop(kept);
                    let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
                    if (&stream).write_all(answer.as_bytes()).is_err() {
                        break;
                    }
                }
            }
        });
        Server { port, came, sender }
    }

    fn came(&self) -> Vec<Came> {
        self.came.lock().unwrap().clone()
    }

    /// Runs the workflow of that name with the file, and watches it.
    fn run(&self, here: &Path, workflow: &str, file: &str, more: &[&str]) -> Ran {
        let server = format!("http://127.0.0.1:{}", self.port);
        let running = arras(["run", "flow.arazzo.yaml", workflow, "--file", file, "--server", &server])
            .args(more)
            .within(here)
            .aws()
            .start();
        *self.sender.lock().unwrap() = Some(running.id());
        running.wait()
    }
}

/// One request, `None` at the end.
fn take(reader: &mut impl BufRead, midway: &impl Fn()) -> Option<Came> {
    let mut one = Came::default();
    while !one.head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut one.head).ok()? == 0 {
            return None;
        }
    }
    let mut left: usize = one.field("content-length")?.parse().ok()?;
    let (pattern, mut piece) = (pattern(), vec![0; 1 << 16]);
    while left > 0 {
        let most = piece.len().min(left);
        let length = reader.read(&mut piece[..most]).ok().filter(|length| *length > 0)?;
        left -= length;
        let mut rest = &piece[..length];
        while let Some(first) = rest.first() {
            let here = &pattern[one.of_file % PERIOD..][..rest.len().min(PERIOD)];
            let begins = one.around.is_empty() || one.around.ends_with(b"\r\n\r\n");
            let same = match rest[..here.len()] == *here {
                _ if one.of_file == 0 && !begins => 0,
                true => here.len(),
                false => rest.iter().zip(here).take_while(|(found, here)| found == here).count(),
            };
            let before = one.of_file;
            one.of_file += same;
            rest = &rest[same..];
            if before < MIB && one.of_file >= MIB {
                midway();
            }
            if same == 0 {
                one.around.push(*first);
                rest = &rest[1..];
            }
        }
    }
    Some(one)
}

/// The most memory that a process has taken so far, where the system tells it.
fn peak(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.trim().parse().ok())
}

const API: &str = "
openapi: 3.1.0
info: {title: t, version: '1'}
servers: [{url: 'http://127.0.0.1:9'}]
paths:
  /whole:
    put: {operationId: whole, requestBody: {content: {application/octet-stream: {}}}, responses: {}}
    post: {operationId: post, requestBody: {content: {application/octet-stream: {}}}, responses: {}}
  /form:
    post:
      operationId: form
      requestBody: {content: {multipart/form-data: {schema: {type: object, properties: {title: {type: string}, film: {}}}}}}
      responses: {}
  /signed:
    put:
      operationId: signed
      security: [{hmac: []}]
      requestBody: {content: {application/octet-stream: {}}}
      responses: {}
components:
  securitySchemes:
    hmac: {type: apiKey, in: header, name: Authorization, x-amazon-apigateway-authtype: awsSigv4}
";

fn documents(name: &str) -> PathBuf {
    let here = folder(name);
    write(&here.join("api.yaml"), API);
    let step = |id: &str, body: &str| {
        format!(
            "
  - workflowId: {id}
    inputs: {{type: object, properties: {{film: {{type: string}}}}}}
    steps:
      - stepId: send
        operationId: {id}
        requestBody: {{payload: {body}}}
        successCriteria: [{{condition: $statusCode == 200}}]
"
        )
    };
    let workflows = ["whole", "post", "signed"].map(|id| step(id, "$inputs.film")).concat();
    let text = format!(
        "arazzo: 1.0.1
info: {{title: t, version: '1'}}
sourceDescriptions: [{{name: api, url: api.yaml, type: openapi}}]
workflows:{workflows}{}",
        step("form", "{title: a film, film: $inputs.film}")
    );
    write(&here.join("flow.arazzo.yaml"), text);
    here
}

#[track_caller]
fn small(came: &Came) {
    match came.peak_kib {
        Some(peak) => assert!(peak < MOST_KIB, "{peak} KiB were taken"),
        None => eprintln!("skipped: the system does not tell how much memory a process takes"),
    }
}

#[test]
fn a_large_file_is_sent_without_being_held() {
    let here = documents("upload-large");
    let length = 200 * MIB + 7;
    file(&here.join("film.mp4"), length);
    let server = Server::start(&["200 OK"], || {});
    server.run(&here, "whole", "film=film.mp4", &["--step-timeout", "110s"]).expect(0, &[]);
    server.run(&here, "form", "film=film.mp4", &["--step-timeout", "110s"]).expect(0, &[]);
    let came = server.came();
    let [whole, form] = came.as_slice() else { panic!("{} requests", came.len()) };
    assert_eq!((whole.of_file, whole.around.len()), (length, 0));
    assert_eq!(whole.field("content-length"), Some(length.to_string().as_str()));
    assert_eq!(whole.field("transfer-encoding"), None);
    small(whole);
    assert_eq!(form.of_file, length);
    assert_eq!(form.field("content-length"), Some((length + form.around.len()).to_string().as_str()));
    let boundary = form.field("content-type").and_then(|kind| kind.split_once("boundary=")).unwrap().1;
    let around = String::from_utf8(form.around.clone()).unwrap();
    let expected = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\na film\r\n--{boundary}\r\n\
         Content-Disposition: form-data; name=\"film\"; filename=\"film.mp4\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n\r\n--{boundary}--\r\n"
    );
    assert_eq!(around, expected);
    small(form);
    std::fs::remove_file(here.join("film.mp4")).unwrap();
}

#[test]
fn each_try_reads_the_file_anew_and_what_is_written_names_it() {
    let here = documents("upload-again");
    let length = 2 * MIB + 1;
    file(&here.join("film.mp4"), length);
    let server = Server::start(&["503 Busy", "200 OK"], || {});
    let outputs = ["--transport-retry", "--report", "har=a.har", "--report", "ndjson=a.ndjson", "--record=a.rec"];
    let ran = server.run(&here, "whole", "film=film.mp4", &[&outputs[..], &["-vv"]].concat());
    ran.expect(0, &["film.mp4 (2097153 bytes"]);
    let came = server.came();
    assert_eq!(came.iter().map(|came| (came.of_file, came.around.len())).collect::<Vec<_>>(), [(length, 0); 2]);
    for written in ["a.har", "a.ndjson", "a.rec"] {
        let text = std::fs::read_to_string(here.join(written)).unwrap();
        assert!(text.contains("film.mp4 (2097153 bytes, "), "{written}");
        assert!(text.len() < MIB / 4, "{written} has {} bytes", text.len());
    }
    let archive = report(&here.join("a.har"));
    assert_eq!(archive["log"]["entries"][0]["request"]["bodySize"], length);
    let replayed = arras(["replay", "a.rec"]).within(&here).run();
    replayed.expect(0, &[]);
    let dry = |workflow: &str| {
        let arguments = ["run", "flow.arazzo.yaml", workflow, "--dry-run", "--file", "film=film.mp4"];
        arras(arguments).within(&here).run()
    };
    let whole = dry("whole");
    assert!(whole.stdout.contains("--data-binary @") && whole.stdout.contains("film.mp4"), "{}", whole.stdout);
    assert!(dry("form").stdout.contains("cat -- ") && dry("form").stdout.contains("film.mp4"));
}

#[test]
fn a_signature_covers_the_files_content() {
    let here = documents("upload-signed");
    file(&here.join("film.mp4"), 3 * MIB);
    let server = Server::start(&["200 OK"], || {});
    server.run(&here, "signed", "film=film.mp4", &["--aws-service", "s3"]).expect(0, &[]);
    let came = server.came();
    assert_eq!(came[0].of_file, 3 * MIB);
    assert!(came[0].field("authorization").unwrap().contains("x-amz-content-sha256"));
    let summed = Command::new("sha256sum").arg(here.join("film.mp4")).output();
    let Ok(summed) = summed else { return eprintln!("skipped: there is no `sha256sum` here") };
    let summed = String::from_utf8(summed.stdout).unwrap();
    assert_eq!(came[0].field("x-amz-content-sha256"), summed.split_whitespace().next());
}

#[test]
fn a_file_that_changes_while_it_is_sent_is_a_fault() {
    let table: [(&str, u64, &str); 2] =
        [("upload-longer", 60 << 20 | 1, "longer"), ("upload-shorter", 2 << 20, "shorter")];
    for (name, length, says) in table {
        let here = documents(name);
        let path = here.join("film.mp4");
        file(&path, 60 * MIB);
        let changed = path.clone();
        let midway = move || OpenOptions::new().write(true).open(&changed).unwrap().set_len(length).unwrap();
        let server = Server::start(&["200 OK"], midway);
        let ran = server.run(&here, "post", "film=film.mp4", &["--output", "report"]);
        ran.expect(4, &[]);
        let fault = &ran.answer()["workflows"][0]["steps"][0]["fault"];
        assert_eq!((&fault["kind"], &fault["phase"]), (&"send-failed".into(), &"send".into()), "{fault}");
        let message = fault["message"].as_str().unwrap();
        assert!(message.contains("`film.mp4` has changed") && message.contains(says), "{message}");
        assert!(server.came().is_empty(), "what is not whole is no request");
    }
}
