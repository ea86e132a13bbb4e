//! A folder with documents, a server of a few lines, and the command.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

/// A server on loopback that keeps each request's head and body as one text.
pub(crate) struct Server {
    pub(crate) port: u16,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Answers each request by what `answer` makes of it: a whole answer as HTTP has it.
    pub(crate) fn start(answer: impl Fn(&str) -> String + Send + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = Arc::clone(&requests);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let Some(request) = read(&mut stream) else { continue };
                kept.lock().unwrap().push(request.clone());
                let _ = stream.write_all(answer(&request).as_bytes());
            }
        });
        Server { port, requests }
    }

    /// Answers `{}` to everything.
    pub(crate) fn plain() -> Server {
        Server::start(|_| json("{}"))
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

/// A whole request: its head and its body as one text.
pub(crate) fn read(stream: &mut impl Read) -> Option<String> {
    let mut reader = BufReader::new(stream);
    let mut request = String::new();
    while !request.ends_with("\r\n\r\n") {
        if reader.read_line(&mut request).ok()? == 0 {
            return None;
        }
    }
    let lower = request.to_lowercase();
    let length = lower.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(request + &String::from_utf8_lossy(&body))
}

/// An answer with those fields, one a line, and that body.
pub(crate) fn answer(status: &str, fields: &str, body: &str) -> String {
    let fields: String = fields.lines().map(|field| format!("{field}\r\n")).collect();
    format!("HTTP/1.1 {status}\r\n{fields}Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

pub(crate) fn json(body: &str) -> String {
    answer("200 OK", "Content-Type: application/json", body)
}

/// The field of a request, by its name in lower case.
pub(crate) fn field<'r>(request: &'r str, name: &str) -> Option<&'r str> {
    let lines = request.split("\r\n\r\n").next()?.lines().skip(1);
    let mut fields = lines.filter_map(|line| line.split_once(": "));
    fields.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// A folder of that name, made anew.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("policy").join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

pub(crate) fn write(path: &Path, text: impl AsRef<[u8]>) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// A description of `GET /x`, `POST /x` and `GET /items/{id}`, which want an API key.
pub(crate) fn description(server: &str) -> String {
    format!(
        "openapi: 3.1.0
info: {{title: t, version: '1'}}
servers: [{{url: '{server}'}}]
security: [{{key: []}}]
paths:
  /x:
    get: {{operationId: get, responses: {{}}}}
    post: {{operationId: post, requestBody: {{content: {{application/json: {{}}}}}}, responses: {{}}}}
  '/items/{{id}}':
    get: {{operationId: item, parameters: [{{name: id, in: path, required: true, schema: {{type: string}}}}], responses: {{}}}}
components: {{securitySchemes: {{key: {{type: apiKey, in: header, name: X-My-Key}}}}}}
"
    )
}

/// A workflow of one step: `step` is what it holds beside its id.
pub(crate) fn workflow(source: &str, step: &str) -> String {
    format!(
        "arazzo: 1.0.1
info: {{title: t, version: '1'}}
sourceDescriptions: [{{name: api, url: '{source}', type: openapi}}]
workflows:
  - workflowId: w
    inputs: {{type: object, properties: {{value: {{type: string}}, secret: {{type: string, format: password}}}}}}
    steps:
      - stepId: ask
        {step}
"
    )
}

/// Both documents in a folder of that name; gives the folder.
pub(crate) fn documents(name: &str, server: &str, step: &str) -> PathBuf {
    let folder = folder(name);
    write(&folder.join("api.yaml"), description(server));
    write(&folder.join("flow.arazzo.yaml"), workflow("api.yaml", step));
    folder
}

/// The key that the description wants, as the environment has it.
pub(crate) const KEY: (&str, &str) = ("ARRAS_AUTH_API_KEY", "canary-key-3fd1");

/// What the command did.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    #[track_caller]
    pub(crate) fn expect(&self, code: i32, told: &[&str]) -> &Ran {
        assert_eq!(self.code, code, "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        let all = unwrapped(&format!("{}{}", self.stdout, self.stderr));
        for text in told {
            assert!(all.contains(text), "{text} in {all}");
        }
        self
    }

    /// The fault of the first step, of a run with `--output report`.
    #[track_caller]
    pub(crate) fn fault(&self) -> (String, String) {
        let report: serde_json::Value = serde_json::from_str(&self.stdout).expect(&self.stderr);
        let fault = &report["workflows"][0]["steps"][0]["fault"];
        (fault["kind"].as_str().unwrap_or_default().to_owned(), fault["phase"].as_str().unwrap_or_default().to_owned())
    }
}

/// A story without the lines' ends within a message.
fn unwrapped(text: &str) -> String {
    text.replace("\n  │ ", " ")
}

/// Runs the command in a folder, with an environment of nothing but an empty home and those variables.
pub(crate) fn arras(folder: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_arras"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// `arras run flow.arazzo.yaml --output report` with those arguments and the key.
pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Ran {
    arras(folder, &[KEY], &[&["run", "flow.arazzo.yaml", "--output", "report"], arguments].concat())
}
