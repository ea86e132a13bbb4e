//! The built command: arguments, settings, streams and exit codes.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn arras(folder: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_arras"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder.join("home"))
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// An empty folder of that name, made anew.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn file(path: PathBuf, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

#[test]
fn help_and_version_are_answers() {
    let here = folder("help");
    let version = arras(&here, &[], &["--version"]);
    assert_eq!((version.status.code(), stdout(&version)), (Some(0), format!("arras {}\n", env!("CARGO_PKG_VERSION"))));
    for command in
        ["run", "check", "lint", "validate", "test", "replay", "mock", "auth", "schema", "completions", "man"]
    {
        let help = arras(&here, &[], &[command, "--help"]);
        let text = stdout(&help);
        assert_eq!((help.status.code(), stderr(&help)), (Some(0), String::new()));
        assert!(text.contains("Examples:"), "{text}");
        assert!(text.contains("Settings and display:"), "{text}");
        assert!(!text.contains("--parallel"), "{text}");
    }
    let none = arras(&here, &[], &[]);
    assert_eq!(none.status.code(), Some(2));
}

/// Whoever gives a password there finds it in logs and reports.
#[test]
fn a_server_with_a_password_is_refused_without_showing_it() {
    let here = folder("server-password");
    let url = "http://user:hush-hush@127.0.0.1:1";
    for (variables, arguments) in [
        (vec![], vec!["run", "f", "--server", url]),
        (vec![], vec!["run", "f", "--server=pets=http://user:hush-hush@127.0.0.1:1"]),
        (vec![("ARRAS_SERVER", url)], vec!["run", "f"]),
        (vec![], vec!["test", "--server", url]),
        (vec![], vec!["run", "f", "--source=pets=http://user:hush-hush@127.0.0.1:1"]),
        (vec![], vec!["check", "f", "--source=pets=http://user:hush-hush@127.0.0.1:1"]),
    ] {
        let refused = arras(&here, &variables, &arguments);
        let told = stderr(&refused);
        assert_eq!(refused.status.code(), Some(2), "{told}");
        assert!(told.contains("holds no user name and no password") && !told.contains("hush"), "{told}");
    }
}

#[test]
fn misuse_exits_with_2_and_says_why() {
    let here = folder("misuse");
    let cases: [(&[&str], &str); 11] = [
        (&["rnu", "f"], "unrecognized subcommand 'rnu'"),
        (&["run"], "<FILE>"),
        (&["run", "f", "--timeuot", "5s"], "a similar argument exists: '--timeout'"),
        (&["run", "f", "--timeout", "5"], "a duration is a number and a unit"),
        (&["run", "f", "-i", "novalue"], "expected NAME=VALUE"),
        (&["run", "f", "w", "--all"], "cannot be used with"),
        (&["run", "f", "--parallel"], "`--parallel` is not available: steps run one after the other"),
        (&["run", "f", "--report", "pdf=x"], "there is no report `pdf`; there are `json`"),
        (&["run", "f", "--server", "example.com"], "expected a URL"),
        (&["run", "f", "--max-steps", "0"], "expected a whole number from 1 on"),
        (&["run", "f", "--profile", "ci"], "no settings file has a `[profile.ci]`"),
    ];
    for (arguments, expected) in cases {
        let output = arras(&here, &[], arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(stdout(&output), "", "{arguments:?}");
        assert!(stderr(&output).contains(expected), "{arguments:?}: {}", stderr(&output));
    }
}

#[test]
fn a_wrong_credential_is_not_repeated() {
    let here = folder("credential");
    for variables in [&[][..], &[("ARRAS_AUTH", "sesame-open")][..]] {
        let arguments: &[&str] =
            if variables.is_empty() { &["run", "f", "--auth", "sesame-open"] } else { &["run", "f"] };
        let output = arras(&here, variables, arguments);
        assert_eq!(output.status.code(), Some(2));
        assert!(!stderr(&output).contains("sesame"), "{}", stderr(&output));
    }
}

/// `option → (value, origin)` of `--show-config`.
fn shown(output: &Output) -> Vec<(String, String, String)> {
    assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
    let row = |line: &str| {
        let mut cells = line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).map(str::to_owned);
        (cells.next().unwrap(), cells.next().unwrap(), cells.next().unwrap())
    };
    stdout(output).lines().map(row).collect()
}

#[track_caller]
fn assert_shown(rows: &[(String, String, String)], option: &str, value: &str, origin: &str) {
    let found: Vec<_> = rows.iter().filter(|row| row.0 == option).collect();
    let holds = found.iter().any(|row| row.1 == value && (row.2 == origin || row.2.ends_with(origin)));
    assert!(holds, "{option} = {value} from {origin}, but: {found:?}");
}

#[test]
fn settings_apply_in_order_of_precedence() {
    let here = folder("precedence");
    file(
        here.join("arras.toml"),
        "timeout = \"1m\"\nstep-timeout = \"1s\"\nmax-steps = 7\nmax-depth = 5\nall = true\n\n\
         [input]\na = \"project\"\nb = 2\nc = { d = [1, \"x\"] }\n\n[source]\npets = \"api/pets.yaml\"\n\n\
         [profile.ci]\nmax-depth = 6\noutput = \"report\"\n",
    );
    file(
        here.join("home/.config/arras/config.toml"),
        "timeout = \"2m\"\nstep-timeout = \"2s\"\nverbose = 2\n\
         input = [\"a=user\"]\n",
    );
    let inner = here.join("deep/er");
    std::fs::create_dir_all(&inner).unwrap();
    let variables = [
        ("HOME", here.join("home").to_str().unwrap().to_owned()),
        ("ARRAS_TIMEOUT", "3m".to_owned()),
        ("ARRAS_PROFILE", "ci".to_owned()),
        ("ARRAS_INPUT_SECRET", "hush".to_owned()),
    ];
    let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let rows = shown(&arras(&inner, &variables, &["run", "f", "--timeout", "4m", "-i", "z=line", "--show-config"]));
    assert_shown(&rows, "timeout", "4m", "command line");
    assert_shown(&rows, "step-timeout", "2s", "config.toml:2");
    assert_shown(&rows, "max-steps", "7", "arras.toml:3");
    assert_shown(&rows, "max-depth", "6", "arras.toml:16 [profile.ci]");
    assert_shown(&rows, "output", "report", "arras.toml:17 [profile.ci]");
    assert_shown(&rows, "all", "true", "arras.toml:5");
    assert_shown(&rows, "verbose", "2", "config.toml:3");
    assert_shown(&rows, "poll-interval", "1s", "default");
    assert_shown(&rows, "input", "a=***", "config.toml:4");
    assert_shown(&rows, "input", "b=***", "arras.toml:7");
    assert_shown(&rows, "input", "c=***", "arras.toml:7");
    assert_shown(&rows, "input", "z=***", "command line");
    assert_shown(&rows, "input", "SECRET=***", "ARRAS_INPUT_SECRET");
    let source = format!("pets={}", here.join("api/pets.yaml").display());
    assert_shown(&rows, "source", &source, "arras.toml:12");
    let rows = shown(&arras(&inner, &variables[..4], &["run", "f", "--show-config"]));
    assert_shown(&rows, "timeout", "3m", "ARRAS_TIMEOUT");
    let rows = shown(&arras(&inner, &[], &["run", "f", "--config", "../../arras.toml", "--show-config"]));
    assert_shown(&rows, "timeout", "1m", "arras.toml:1");
}

#[test]
fn settings_that_can_t_be_used_name_their_place() {
    let cases = [
        ("timeout = 5", "arras.toml:1: invalid value '5' for '--timeout <D>'"),
        ("timeuot = \"5s\"", "arras.toml:1: there is no option `timeuot`"),
        ("\n\ntimeout = ", "arras.toml:3:"),
        ("strict = \"perhaps\"", "`strict` is a switch"),
        ("timeout = [\"5s\"]", "`timeout` takes one value"),
        ("\nauth = { key = \"sesame\" }", "arras.toml:2: a project's settings may not set `auth`"),
        ("[profile.x]\nallow-host = [\"evil.example\"]", "arras.toml:2: a project's settings may not set `allow-host`"),
        ("insecure-host = [\"a\"]", "may not set `insecure-host`"),
        ("ca = [\"a\"]", "may not set `ca`"),
        ("proxy = \"http://a\"", "may not set `proxy`"),
        ("config = \"a\"", "`config` can't be set in a file"),
        ("report = { json = \"../../.bashrc\" }", "leads out of the project"),
        ("inputs = \"/etc/passwd\"", "leads out of the project"),
        ("parallel = true", "arras.toml:1: `--parallel` is not available: "),
    ];
    for (index, (text, expected)) in cases.iter().enumerate() {
        let here = folder(&format!("settings-{index}"));
        file(here.join("arras.toml"), text);
        let output = arras(&here, &[], &["run", "f"]);
        assert_eq!(output.status.code(), Some(2), "{text}: {}", stderr(&output));
        assert!(stderr(&output).contains(expected), "{text}: {}", stderr(&output));
        assert!(!stderr(&output).contains("sesame"));
    }
}

#[test]
fn a_setting_of_another_command_is_no_error() {
    let here = folder("other");
    file(here.join("arras.toml"), "deny-warnings = true\nformat = \"sarif\"\nmax-steps = 5\n");
    let rows = shown(&arras(&here, &[], &["check", "--show-config"]));
    assert_shown(&rows, "deny-warnings", "true", "arras.toml:1");
    assert!(rows.iter().all(|row| row.0 != "max-steps"));
}

#[test]
fn colour_only_where_it_is_wanted() {
    let here = folder("colour");
    let plain = arras(&here, &[], &["run", "--help"]);
    assert!(!stdout(&plain).contains('\u{1b}'));
}

const KEYS: &str = "[work]\naws_access_key_id = AKIDWORK\naws_secret_access_key = hush-hush\n";
const DESCRIPTION: &str = "openapi: 3.0.3
info: {title: t, version: '1'}
servers: [{url: 'https://rekognition.amazonaws.com'}]
paths:
  /#DetectFaces: {post: {operationId: DetectFaces, security: [{sigv4: []}], responses: {'200': {description: d}}}}
  /a: {get: {operationId: a, security: [{key: []}, {}], responses: {'200': {description: d}}}}
  /b: {get: {operationId: b, security: [{key: [], login: [read]}], responses: {'200': {description: d}}}}
  /c: {get: {operationId: c, responses: {'200': {description: d}}}}
components:
  securitySchemes:
    sigv4: {type: apiKey, in: header, name: Authorization}
    key: {type: apiKey, in: header, name: X-Key}
    login: {type: http, scheme: bearer}
";
const WORKFLOW: &str = "arazzo: 1.0.1
info: {title: t, version: '1'}
sourceDescriptions: [{name: api, url: api.yaml, type: openapi}]
workflows:
- workflowId: w
  steps:
  - {stepId: detect, operationId: DetectFaces}
  - {stepId: mine, operationId: a, parameters: [{name: x-key, in: header, value: k}]}
  - {stepId: both, operationId: b}
  - {stepId: free, operationId: c}
";

#[test]
fn credentials_are_listed_by_name_and_never_by_value() {
    let here = folder("auth-list");
    file(here.join("w.arazzo.yaml"), WORKFLOW);
    file(here.join("api.yaml"), DESCRIPTION);
    file(here.join("home/.aws/credentials"), KEYS);
    let told = std::cell::RefCell::new(String::new());
    let list = |variables: &[(&str, &str)], more: &[&str]| {
        let output = arras(&here, variables, &[&["auth", "list", "w.arazzo.yaml"], more].concat());
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        told.replace(stderr(&output));
        assert!(!stdout(&output).contains("hush"), "{}", stdout(&output));
        stdout(&output)
    };
    let bare = list(&[], &[]);
    assert_eq!(*told.borrow(), "Incomplete  0 of 3 schemes have credentials   too few for 2 of 4 steps\n");
    for expected in [
        "sigv4 AWS Signature Version 4 for rekognition/no region",
        "key (apiKey in header X-Key): the step sets it itself",
        "or no credentials",
        "and login (http bearer), scopes read: missing",
        "looked for in `--auth api.login=…`, `ARRAS_AUTH_API_LOGIN`, `ARRAS_AUTH_API_LOGIN_TOKEN`",
        "needs no credentials",
        "--aws-region",
        "AWS credentials: missing",
        "AWS_ACCESS_KEY_ID not set",
        "home/.aws/credentials there",
    ] {
        assert!(bare.contains(expected), "{expected}: {bare}");
    }
    let known = list(&[("AWS_PROFILE", "work")], &["--aws-region", "eu-west-1", "--format", "json"]);
    let known: serde_json::Value = serde_json::from_str(&known).unwrap();
    assert_eq!(known["aws"]["credentials"], "found");
    assert_eq!(known["aws"]["lookups"][1]["detail"], "profile `work`: keys");
    let signed = &known["steps"][0]["alternatives"][0][0];
    let expected = serde_json::json!({
        "scheme": "sigv4", "kind": "apiKey in header Authorization", "scopes": [], "way": "aws-sigv4", "rule": "aws-host",
        "service": "rekognition", "region": "eu-west-1", "server": "https://rekognition.eu-west-1.amazonaws.com/",
        "problem": null, "credentials": "found",
    });
    assert_eq!(*signed, expected);
    assert_eq!(known["steps"][1]["alternatives"][1], serde_json::json!([]));
    assert_eq!(*told.borrow(), "Incomplete  1 of 3 schemes have credentials   too few for 1 of 4 steps\n");
    assert_eq!(known["summary"], serde_json::json!({"schemes": 3, "found": 1, "steps": 4, "stepsWithout": 1}));
    let found = list(&[("ARRAS_AUTH_API_LOGIN", "hush")], &["--auth", "key=cmd:exit 1"]);
    assert!(found.contains("and login (http bearer), scopes read: found in `ARRAS_AUTH_API_LOGIN`"), "{found}");
    assert!(found.contains("key (apiKey in header X-Key): found in `--auth key` (a command)"), "{found}");
    assert_eq!(*told.borrow(), "Incomplete  2 of 3 schemes have credentials   too few for 1 of 4 steps\n");
    let half = list(&[("AWS_SECRET_ACCESS_KEY", "hush")], &[]);
    assert!(half.contains("AWS credentials: can't be used (environment)"), "{half}");
    let all = [("AWS_PROFILE", "work"), ("AWS_REGION", "eu-west-1"), ("ARRAS_AUTH_API_LOGIN", "hush")];
    list(&all, &["--auth", "key=hush"]);
    assert_eq!(*told.borrow(), "Complete  3 of 3 schemes have credentials   enough for every step\n");
    let broken = arras(&here, &[], &["auth", "list", "api.yaml"]);
    assert_eq!(broken.status.code(), Some(3), "{}", stdout(&broken));
}

#[test]
fn a_shell_and_a_manual_learn_the_options() {
    let here = folder("described");
    for (shell, mark) in [("bash", "_arras()"), ("zsh", "#compdef arras"), ("fish", "complete -c arras")] {
        let output = arras(&here, &[], &["completions", shell]);
        let script = stdout(&output);
        assert!(output.status.success() && script.contains(mark) && script.contains("poll-interval"), "{shell}");
    }
    let page = stdout(&arras(&here, &[], &["man"]));
    assert!(page.contains(".TH arras 1") && page.contains("ARRAS RUN") && page.contains("poll\\-interval"), "{page}");
}
