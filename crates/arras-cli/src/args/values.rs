//! The values of options: durations, `NAME=VALUE`, servers, credentials, reports.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use arras_doc::levels::Level;
use arras_doc::rule::{self, Rule};
use arras_doc::suggest;
use arras_run::run::CheckLevel;

/// `NAME=VALUE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedText {
    /// What stands before the first `=`.
    pub name: String,
    /// Everything after it.
    pub value: String,
}

/// `RULE=SEVERITY`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleLevel {
    /// The rule.
    pub rule: &'static Rule,
    /// How severe its findings are.
    pub level: Level,
}

/// Reads `RULE=SEVERITY`.
pub(super) fn rule_level(text: &str) -> Result<RuleLevel, String> {
    let (name, level) = text.split_once('=').ok_or("expected `RULE=SEVERITY`")?;
    let rule = Rule::find(name).ok_or_else(|| {
        let near = suggest::nearest(name, rule::ALL.iter().map(|rule| rule.id), 1);
        let help = suggest::did_you_mean(&near).map(|help| format!("; {help}")).unwrap_or_default();
        format!("there is no rule `{name}`{help}")
    })?;
    let level = Level::parse(level).ok_or("a severity is `ignore`, `advice`, `warning` or `error`")?;
    Ok(RuleLevel { rule, level })
}

/// `NAME=PATH|URL`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedPath {
    /// The source description's name.
    pub name: String,
    /// Where it lies.
    pub target: String,
}

/// `NAME=PATH`: an input that is a file's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileInput {
    /// The input.
    pub name: String,
    /// The file.
    pub path: PathBuf,
}

/// `WORKFLOW:NAME=VALUE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DependencyInput {
    /// The workflow.
    pub workflow: String,
    /// Its input.
    pub name: String,
    /// The value as written.
    pub value: String,
}

/// `[SOURCE=]URL`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// The source description; `None` for all.
    pub source: Option<String>,
    /// An absolute http or https URL.
    pub url: String,
}

/// `[SOURCE.]NAME=VALUE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerVariable {
    /// The source description; `None` for all.
    pub source: Option<String>,
    /// The variable.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// What to mock with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mock {
    /// The descriptions alone.
    Descriptions,
    /// A scenario file.
    Scenario(PathBuf),
}

/// `[SOURCE.]SCHEME=REF`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// The source description; `None` for all.
    pub source: Option<String>,
    /// The security scheme.
    pub scheme: String,
    /// Where the secret is.
    pub reference: CredentialRef,
}

/// Where a secret is.
#[derive(Clone, PartialEq, Eq)]
pub enum CredentialRef {
    /// In an environment variable.
    Env(String),
    /// In a file.
    File(PathBuf),
    /// What a command prints.
    Command(String),
    /// Here.
    Literal(String),
}

impl fmt::Debug for CredentialRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CredentialRef::Env(name) => write!(f, "env:{name}"),
            CredentialRef::File(path) => write!(f, "file:{}", path.display()),
            CredentialRef::Command(_) => f.write_str("cmd:***"),
            CredentialRef::Literal(_) => f.write_str("***"),
        }
    }
}

/// `[HOST=]FILE`: a certificate with its key, and whom it is shown to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCertificate {
    /// The hosts; `None` for every one.
    pub hosts: Option<HostPattern>,
    /// The file.
    pub path: PathBuf,
}

/// A host name, an address, or `*.` before a domain; perhaps with a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPattern(pub String);

/// `[CHECK=]LEVEL`: what follows where an answer is not as its description says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckResponse {
    /// What of the answer; `None` for everything.
    pub what: Option<ResponseCheck>,
    /// What follows.
    pub level: CheckLevel,
}

/// What of an answer is compared with its description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseCheck {
    /// Its status.
    Status,
    /// Its content type.
    ContentType,
    /// Its body.
    Body,
}

/// A kind of report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportKind {
    /// The report as JSON.
    Json,
    /// Every event as a line of JSON.
    Ndjson,
    /// JUnit XML: a suite a file, a case a workflow.
    Junit,
    /// HTTP Archive 1.2: the exchanges.
    Har,
    /// Markdown for a comment on a pull request.
    Markdown,
    /// One HTML page that loads nothing.
    Html,
}

impl ReportKind {
    /// Every kind with its name.
    pub const ALL: [(&'static str, ReportKind); 6] = [
        ("json", ReportKind::Json),
        ("ndjson", ReportKind::Ndjson),
        ("junit", ReportKind::Junit),
        ("har", ReportKind::Har),
        ("markdown", ReportKind::Markdown),
        ("html", ReportKind::Html),
    ];
}

/// `KIND=PATH`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportFile {
    /// What to write.
    pub kind: ReportKind,
    /// Where to.
    pub path: PathBuf,
}

/// `I/N`: one of several equal shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which, from 1.
    pub index: usize,
    /// Of how many.
    pub of: usize,
}

/// Reads `I/N`.
///
/// # Errors
/// If there is no such share.
pub fn shard(text: &str) -> Result<Shard, String> {
    let numbers = text.split_once('/').and_then(|(index, of)| Some((index.parse().ok()?, of.parse().ok()?)));
    match numbers {
        Some((index, of)) if (1..=of).contains(&index) => Ok(Shard { index, of }),
        _ => Err("expected I/N with I from 1 to N, such as 1/3".to_owned()),
    }
}

/// Reads `500ms`, `2s`, `1.5m`, `1h` or `0`.
///
/// # Errors
/// Says what a duration looks like.
pub fn duration(text: &str) -> Result<Duration, String> {
    const HELP: &str = "a duration is a number and a unit: `500ms`, `2s`, `5m`, `1h`, or `0`";
    let digits = text.find(|char: char| !char.is_ascii_digit() && char != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let seconds = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        "" if number == "0" => 1.0,
        _ => return Err(HELP.to_owned()),
    };
    let well_formed = number.starts_with(|char: char| char.is_ascii_digit()) && !number.ends_with('.');
    let number: f64 = number.parse().ok().filter(|_| well_formed).ok_or(HELP)?;
    let millis = (number * seconds * 1000.0).round();
    if millis > 3.2e12 {
        return Err("longer than a hundred years".to_owned());
    }
    Duration::try_from_secs_f64(millis / 1000.0).map_err(|_| HELP.to_owned())
}

/// Reads `NAME=VALUE`; the value may hold further `=` and may be empty.
///
/// # Errors
/// If there is no `=` or no name.
pub fn named_text(text: &str) -> Result<NamedText, String> {
    let (name, value) = pair(text, "NAME=VALUE")?;
    Ok(NamedText { name, value })
}

/// Reads `NAME=PATH|URL`.
///
/// # Errors
/// If one of the two is missing.
pub fn named_path(text: &str) -> Result<NamedPath, String> {
    let (name, target) = full_pair(text, "NAME=PATH or NAME=URL")?;
    Ok(NamedPath { name, target })
}

/// Reads `NAME=PATH`.
///
/// # Errors
/// If one of the two is missing.
pub fn file_input(text: &str) -> Result<FileInput, String> {
    let (name, path) = full_pair(text, "NAME=PATH")?;
    Ok(FileInput { name, path: path.into() })
}

/// Reads `WORKFLOW:NAME=VALUE`.
///
/// # Errors
/// If a part is missing.
pub fn dependency_input(text: &str) -> Result<DependencyInput, String> {
    const SHAPE: &str = "WORKFLOW:NAME=VALUE";
    let (path, value) = pair(text, SHAPE)?;
    match path.rsplit_once(':') {
        Some((workflow, name)) if !workflow.is_empty() && !name.is_empty() => {
            Ok(DependencyInput { workflow: workflow.to_owned(), name: name.to_owned(), value })
        }
        _ => Err(format!("expected {SHAPE}")),
    }
}

/// Reads `[SOURCE=]URL`.
///
/// # Errors
/// If the URL is not an absolute http or https URL.
pub fn server(text: &str) -> Result<Server, String> {
    let (source, url) = match text.split_once('=') {
        Some((source, url)) if !source.contains(['/', ':']) && !source.is_empty() => (Some(source.to_owned()), url),
        _ => (None, text),
    };
    let host = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    match host {
        Some(host) if !host.is_empty() && !host.starts_with('/') => Ok(Server { source, url: url.to_owned() }),
        _ => Err("expected a URL with `http://` or `https://` and a host, perhaps with SOURCE= before it".to_owned()),
    }
}

/// Reads `[SOURCE.]NAME=VALUE`.
///
/// # Errors
/// If there is no `=` or no name.
pub fn server_variable(text: &str) -> Result<ServerVariable, String> {
    let (path, value) = pair(text, "[SOURCE.]NAME=VALUE")?;
    let (source, name) = scoped(&path)?;
    Ok(ServerVariable { source, name, value })
}

/// Reads `[CHECK=]LEVEL`.
///
/// # Errors
/// If one of the two is not known.
pub fn check_response(text: &str) -> Result<CheckResponse, String> {
    let (what, level) = match text.split_once('=') {
        None => (None, text),
        Some(("status", level)) => (Some(ResponseCheck::Status), level),
        Some(("content-type", level)) => (Some(ResponseCheck::ContentType), level),
        Some(("body", level)) => (Some(ResponseCheck::Body), level),
        Some(_) => return Err("the checks are `status`, `content-type` and `body`".to_owned()),
    };
    let level = match level {
        "off" => CheckLevel::Off,
        "warn" => CheckLevel::Warn,
        "error" => CheckLevel::Error,
        _ => return Err("the levels are `off`, `warn` and `error`".to_owned()),
    };
    Ok(CheckResponse { what, level })
}

/// Reads the value of `--mock`: empty, or a scenario's path.
///
/// # Errors
/// Never.
pub fn mock(text: &str) -> Result<Mock, String> {
    Ok(if text.is_empty() { Mock::Descriptions } else { Mock::Scenario(text.into()) })
}

/// Reads `[SOURCE.]SCHEME=REF`.
///
/// # Errors
/// If a part is missing; the message never repeats the value.
pub fn credential(text: &str) -> Result<Credential, String> {
    let (path, reference) = full_pair(text, "[SOURCE.]SCHEME=REF")?;
    let (source, scheme) = scoped(&path)?;
    let reference = match reference.split_once(':') {
        Some(("env", name)) => CredentialRef::Env(name.to_owned()),
        Some(("file", path)) => CredentialRef::File(path.into()),
        Some(("cmd", command)) => CredentialRef::Command(command.to_owned()),
        _ => CredentialRef::Literal(reference),
    };
    Ok(Credential { source, scheme, reference })
}

/// Reads a host, an address or `*.DOMAIN`, perhaps with a port.
///
/// # Errors
/// If it looks like a URL or is empty.
pub fn host_pattern(text: &str) -> Result<HostPattern, String> {
    if text.is_empty() || text.contains(['/', '@', '?', '#', ' ']) {
        return Err("expected a host such as `api.example.com`, `*.example.com` or `127.0.0.1:8080`".to_owned());
    }
    Ok(HostPattern(text.to_ascii_lowercase()))
}

/// Reads `[HOST=]FILE`; what stands before a `=` and is no host belongs to the file's name.
///
/// # Errors
/// If there is no file.
pub fn client_certificate(text: &str) -> Result<ClientCertificate, String> {
    let pair = text.split_once('=').and_then(|(hosts, path)| Some((host_pattern(hosts).ok()?, path)));
    let (hosts, path) = pair.map_or((None, text), |(hosts, path)| (Some(hosts), path));
    if path.is_empty() {
        return Err("expected [HOST=]FILE, such as `api.example.com=client.pem`".to_owned());
    }
    Ok(ClientCertificate { hosts, path: path.into() })
}

/// Reads the URL of an OTLP collector.
///
/// # Errors
/// If it is no http or https URL.
pub fn collector(text: &str) -> Result<String, String> {
    server(&format!("otlp={text}")).map(|server| server.url).map_err(|_| {
        "expected a URL with `http://` or `https://` and a host, such as `http://127.0.0.1:4318`".to_owned()
    })
}

/// Reads `KIND=PATH`.
///
/// # Errors
/// If the kind is unknown or the path is missing.
pub fn report_file(text: &str) -> Result<ReportFile, String> {
    let (kind, path) = full_pair(text, "KIND=PATH")?;
    let Some((_, kind)) = ReportKind::ALL.into_iter().find(|(name, _)| *name == kind) else {
        let names = ReportKind::ALL.map(|(name, _)| format!("`{name}`"));
        return Err(format!("there is no report `{kind}`; there are {}", names.join(", ")));
    };
    Ok(ReportFile { kind, path: path.into() })
}

fn pair(text: &str, shape: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(format!("expected {shape}")),
    }
}

fn full_pair(text: &str, shape: &str) -> Result<(String, String), String> {
    pair(text, shape).and_then(|(name, value)| match value.is_empty() {
        false => Ok((name, value)),
        true => Err(format!("expected {shape}")),
    })
}

/// Splits `[SOURCE.]NAME` at its first dot.
fn scoped(path: &str) -> Result<(Option<String>, String), String> {
    match path.split_once('.') {
        None => Ok((None, path.to_owned())),
        Some((source, name)) if !source.is_empty() && !name.is_empty() => {
            Ok((Some(source.to_owned()), name.to_owned()))
        }
        Some(_) => Err("expected a name on both sides of the dot".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let millis = |text: &str| duration(text).ok().map(|duration| duration.as_millis());
        let cases = [
            ("500ms", Some(500)),
            ("2s", Some(2000)),
            ("1.5s", Some(1500)),
            ("0.1s", Some(100)),
            ("5m", Some(300_000)),
            ("1h", Some(3_600_000)),
            ("0", Some(0)),
            ("0s", Some(0)),
            ("", None),
            ("5", None),
            ("-1s", None),
            ("1 s", None),
            ("1e3s", None),
            (".5s", None),
            ("5.s", None),
            ("1.2.3s", None),
            ("5d", None),
            ("999999999999h", None),
        ];
        for (text, expected) in cases {
            assert_eq!(millis(text), expected, "{text}");
        }
    }

    #[test]
    fn pairs_split_at_the_first_equals_sign() {
        let read = |text: &str| named_text(text).ok().map(|pair| (pair.name, pair.value));
        assert_eq!(read("a=b=c"), Some(("a".into(), "b=c".into())));
        assert_eq!(read("a="), Some(("a".into(), String::new())));
        assert_eq!(read("=b"), None);
        assert_eq!(read("a"), None);
        let dependency = dependency_input("w:n=1:2=3").unwrap();
        assert_eq!(
            (dependency.workflow.as_str(), dependency.name.as_str(), dependency.value.as_str()),
            ("w", "n", "1:2=3")
        );
        assert!(dependency_input("n=1").is_err());
    }

    #[test]
    fn servers() {
        let cases = [
            ("https://a.example/v1", Some((None, "https://a.example/v1"))),
            ("pets=http://localhost:1", Some((Some("pets"), "http://localhost:1"))),
            ("https://a.example/?x=y", Some((None, "https://a.example/?x=y"))),
            ("a.example", None),
            ("pets=ftp://a", None),
            ("https://", None),
            ("https:///x", None),
        ];
        for (text, expected) in cases {
            let read = server(text).ok();
            let read = read.as_ref().map(|server| (server.source.as_deref(), server.url.as_str()));
            assert_eq!(read, expected, "{text}");
        }
    }

    #[test]
    fn credentials_never_show_a_literal() {
        let read = |text: &str| format!("{:?}", credential(text).unwrap());
        assert!(read("key=sesame").contains("reference: ***"));
        assert!(read("api.key=env:KEY").contains("env:KEY"));
        assert_eq!(credential("api.key=env:KEY").unwrap().source.as_deref(), Some("api"));
        assert!(credential("key").unwrap_err().contains("SCHEME"));
    }

    #[test]
    fn a_certificate_is_for_some_hosts_or_for_all() {
        let read = |text: &str| client_certificate(text).map(|read| (read.hosts.map(|hosts| hosts.0), read.path));
        assert_eq!(read("A.example=x.pem"), Ok((Some("a.example".into()), "x.pem".into())));
        assert_eq!(read("x.pem"), Ok((None, "x.pem".into())));
        assert_eq!(read("keys/a=b.pem"), Ok((None, "keys/a=b.pem".into())));
        assert!(read("a.example=").is_err() && read("").is_err());
    }

    #[test]
    fn reports_and_hosts() {
        assert_eq!(report_file("json=out/r.json").unwrap().kind, ReportKind::Json);
        assert_eq!(report_file("html=r.html").unwrap().kind, ReportKind::Html);
        assert!(report_file("pdf=r").unwrap_err().contains("no report"));
        assert!(report_file("json=").is_err());
        assert_eq!(host_pattern("*.Example.com").unwrap().0, "*.example.com");
        assert!(host_pattern("https://a").is_err());
    }
}
