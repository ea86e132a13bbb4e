//! Starting the command, waiting for it, and the files it is tried on.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;

pub(crate) const REGION: &str = "us-east-1";
pub(crate) const KEY: &str = "AKIAOUTSIDEEXAMPLE00";
pub(crate) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYOUTSIDEKEY";
pub(crate) const SECRET_BASE64: &str = "d0phbHJYVXRuRkVNSS9LN01ERU5HK2JQeFJmaUNZT1VUU0lERUtFWQ";
pub(crate) const TOKEN: &str = "FwoGZXIvYXdzEOutside/Token+With=Signs==";
pub(crate) const TOKEN_BASE64: &str = "RndvR1pYSXZZWGR6RU91dHNpZGUvVG9rZW4rV2l0aD1TaWducz09";

/// Nothing that is tried here takes this long; a command that does hangs.
const HANGS: Duration = Duration::from_secs(120);

/// The project's own folder.
pub(crate) fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// An empty folder of that name, made anew.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("outside").join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

pub(crate) fn write(path: &Path, text: impl AsRef<[u8]>) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

#[path = "../../../../tests/support/shared_data.rs"]
mod shared_data;

/// An API with the one operation `look`, and a file `f.arazzo.yaml` of workflows that call it.
pub(crate) fn look_at_shop(here: &Path, workflows: &str) {
    write(
        &here.join("api.yaml"),
        "openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths: {/a: {get: {operationId: look, responses: {}}}}\n",
    );
    let head = "arazzo: 1.0.1\ninfo: {title: F, version: '1'}\nsourceDescriptions: [{name: shop, url: api.yaml, type: openapi}]\n";
    write(&here.join("f.arazzo.yaml"), format!("{head}{workflows}"));
}

/// The folder of published data, where there is one.
pub(crate) fn shared() -> Option<PathBuf> {
    shared_data::shared("")
}

/// The workflow that creates a session and polls it: our own form of it and, where it is at hand, the published one.
pub(crate) fn flagships() -> Vec<PathBuf> {
    let own = project().join("workflows/face-liveness.arazzo.yaml");
    [Some(own), published()].into_iter().flatten().collect()
}

pub(crate) fn published() -> Option<PathBuf> {
    Some(shared()?.join("aws/flagship/arazzo/amazon-rekognition-face-liveness-session-workflow.yml"))
}

/// The workflow and its description, each in a folder of its own below `here`; `change` gets the description's text.
pub(crate) fn copied(here: &Path, change: impl FnOnce(String) -> String) -> PathBuf {
    let read = |name: &str| std::fs::read_to_string(project().join(name)).unwrap();
    let file = here.join("workflows/face-liveness.arazzo.yaml");
    write(&file, read("workflows/face-liveness.arazzo.yaml"));
    let description = change(read("openapi/rekognition-face-liveness.openapi.yaml"));
    write(&here.join("openapi/rekognition-face-liveness.openapi.yaml"), description);
    file
}

/// The command, about to be started in an environment of its own.
pub(crate) struct Arras {
    command: Command,
    input: Option<String>,
}

/// `arras` with those arguments and no environment but an empty home.
pub(crate) fn arras<I: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = I>) -> Arras {
    let mut command = Command::new(env!("CARGO_BIN_EXE_arras"));
    command.args(arguments).current_dir(project()).env_clear().env("HOME", env!("CARGO_TARGET_TMPDIR"));
    Arras { command, input: None }
}

impl Arras {
    pub(crate) fn arg(mut self, argument: impl AsRef<std::ffi::OsStr>) -> Arras {
        self.command.arg(argument);
        self
    }

    pub(crate) fn args<I: AsRef<std::ffi::OsStr>>(mut self, arguments: impl IntoIterator<Item = I>) -> Arras {
        self.command.args(arguments);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Arras {
        self.command.env(name, value);
        self
    }

    /// The region and the credentials that the servers here accept.
    pub(crate) fn aws(self) -> Arras {
        self.env("AWS_REGION", REGION).env("AWS_ACCESS_KEY_ID", KEY).env("AWS_SECRET_ACCESS_KEY", SECRET)
    }

    pub(crate) fn within(mut self, folder: &Path) -> Arras {
        self.command.current_dir(folder);
        self
    }

    /// What it reads on standard input.
    pub(crate) fn input(mut self, text: impl Into<String>) -> Arras {
        self.input = Some(text.into());
        self
    }

    pub(crate) fn start(mut self) -> Running {
        self.command.stdin(if self.input.is_some() { Stdio::piped() } else { Stdio::null() });
        let mut child = self.command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        if let (Some(mut stdin), Some(text)) = (child.stdin.take(), self.input) {
            std::thread::spawn(move || std::io::Write::write_all(&mut stdin, text.as_bytes()));
        }
        let (stdout, stderr) = (child.stdout.take().map(read), child.stderr.take().map(read));
        Running { child, stdout, stderr, started: Instant::now() }
    }

    pub(crate) fn run(self) -> Ran {
        self.start().wait()
    }

    /// Runs it with a full disk as its standard output.
    #[cfg(target_os = "linux")]
    pub(crate) fn run_full(self) -> Ran {
        self.start_full().wait()
    }

    #[cfg(target_os = "linux")]
    pub(crate) fn start_full(mut self) -> Running {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut child = self.command.stdin(Stdio::null()).stdout(full).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = child.stderr.take().map(read);
        Running { child, stdout: None, stderr, started: Instant::now() }
    }

    /// Runs it with nobody reading its standard output.
    pub(crate) fn run_unread(mut self) -> Ran {
        let mut child =
            self.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let stderr = child.stderr.take().map(read);
        Running { child, stdout: None, stderr, started: Instant::now() }.wait()
    }
}

fn read(mut from: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = from.read_to_end(&mut bytes);
        bytes
    })
}

/// The command under way.
pub(crate) struct Running {
    child: Child,
    stdout: Option<JoinHandle<Vec<u8>>>,
    stderr: Option<JoinHandle<Vec<u8>>>,
    started: Instant,
}

impl Running {
    /// Sends it a signal by name, such as `INT`.
    pub(crate) fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success(), "{kill}");
    }

    /// The process's number.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn wait(mut self) -> Ran {
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if self.started.elapsed() > HANGS {
                let _ = self.child.kill();
                panic!("the command hangs: {}", text(self.stderr.take()));
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        let ran = Ran { code: status.code(), stdout: text(self.stdout.take()), stderr: text(self.stderr.take()) };
        assert!(!ran.stderr.contains("panicked at"), "{}", ran.stderr);
        ran
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A text without the line breaks and bars by which it was fitted to a width.
pub(crate) fn unwrapped(text: &str) -> String {
    let words = text.split_whitespace().filter(|word| !["│", "|"].contains(word));
    words.collect::<Vec<_>>().join(" ")
}

fn text(thread: Option<JoinHandle<Vec<u8>>>) -> String {
    String::from_utf8(thread.map(|thread| thread.join().unwrap()).unwrap_or_default()).unwrap()
}

/// How the command ended and what it said.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// Checks the exit code, and that the story tells each of these.
    #[track_caller]
    pub(crate) fn expect(&self, code: i32, told: &[&str]) -> &Ran {
        assert_eq!(self.code, Some(code), "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        let story = unwrapped(&self.stderr);
        for part in told {
            assert!(story.contains(&unwrapped(part)), "`{part}` is not in: {}", self.stderr);
        }
        self
    }

    /// The answer as JSON.
    #[track_caller]
    pub(crate) fn answer(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error} in: {}\n{}", self.stdout, self.stderr))
    }

    pub(crate) fn last_line(&self) -> &str {
        self.stderr.lines().last().unwrap_or_default()
    }
}

/// The JSON of a report file.
#[track_caller]
pub(crate) fn report(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in: {text}"))
}

/// The names of an object's members, in order of the alphabet.
#[track_caller]
pub(crate) fn names(value: &Value) -> Vec<&str> {
    let members = value.as_object().unwrap_or_else(|| panic!("no object: {value}"));
    members.keys().map(String::as_str).collect::<std::collections::BTreeSet<_>>().into_iter().collect()
}

/// What `arras mock` tells on its first line, and its process.
pub(crate) struct Mocking {
    child: Child,
    pub(crate) told: BTreeMap<String, String>,
    rest: Option<std::io::BufReader<std::process::ChildStdout>>,
}

impl Mocking {
    /// Starts `arras mock` with those arguments and waits for its first line.
    pub(crate) fn start(arguments: &[&str]) -> Mocking {
        use std::io::BufRead;
        let mut command = Command::new(env!("CARGO_BIN_EXE_arras"));
        command.arg("mock").args(arguments).current_dir(project()).env_clear().env("HOME", env!("CARGO_TARGET_TMPDIR"));
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut stdout = std::io::BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let told = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error} in the first line: {line}"));
        Mocking { child, told, rest: Some(stdout) }
    }

    pub(crate) fn url(&self) -> &str {
        &self.told["url"]
    }

    /// Ends it without notice.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Asks it to end; how it did, and what else it had said on standard output.
    pub(crate) fn terminate(mut self) -> (Option<i32>, String) {
        let kill = format!("kill -TERM {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        let mut rest = String::new();
        self.rest.take().unwrap().read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code(), rest)
    }
}

impl Drop for Mocking {
    fn drop(&mut self) {
        self.kill();
    }
}
