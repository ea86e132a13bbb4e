//! Workflows over services of AWS, run by the built command against an emulator that verifies every signature.
#![allow(clippy::print_stderr)]
#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::LazyLock;

use serde_json::Value;

/// The emulator; it ends when this process does, since that closes its standard input.
struct Emulator {
    _child: Child,
    told: Value,
}

static EMULATOR: LazyLock<Option<Emulator>> = LazyLock::new(start);

/// Starts the emulator with the Python of `ARRAS_PYTHON`; without one there is nothing to test.
fn start() -> Option<Emulator> {
    let Ok(python) = std::env::var("ARRAS_PYTHON") else {
        eprintln!("skipped: `tests/emulator.sh` installs the emulator and runs this");
        return None;
    };
    let script = root().join("tests/emulator/serve.py");
    let mut child = Command::new(python).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    Some(Emulator { _child: child, told: serde_json::from_str(&line).expect("the emulator says where it is") })
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

impl Emulator {
    fn text(&self, pointer: &str) -> &str {
        self.told.pointer(pointer).and_then(Value::as_str).unwrap()
    }

    /// The variables by which a user of the emulator is known.
    fn keys(&self, user: &str) -> [(&str, &str); 2] {
        [
            ("AWS_ACCESS_KEY_ID", self.text(&format!("/{user}/accessKeyId"))),
            ("AWS_SECRET_ACCESS_KEY", self.text(&format!("/{user}/secretAccessKey"))),
        ]
    }

    fn run(&self, case: &str, variables: &[(&str, &str)]) -> Output {
        let folder = root().join("tests/cases/emulator").join(case);
        let mut command = Command::new(env!("CARGO_BIN_EXE_arras"));
        command.arg("run").arg(folder.join("workflow.arazzo.yaml")).args(["--server", self.text("/url")]);
        let inputs = folder.join("inputs.json");
        if inputs.exists() {
            command.arg("--inputs").arg(inputs);
        }
        command.env_clear().env("HOME", "/nowhere").env("AWS_REGION", "eu-west-1").envs(variables.iter().copied());
        command.output().unwrap()
    }
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Over seven services and all protocols: JSON 1.0 and 1.1, query, EC2's query, rest-json, rest-xml.
#[test]
fn every_workflow_passes_where_signatures_are_verified() {
    let Some(emulator) = &*EMULATOR else { return };
    let mut cases: Vec<_> = std::fs::read_dir(root().join("tests/cases/emulator")).unwrap().flatten().collect();
    cases.sort_by_key(std::fs::DirEntry::file_name);
    assert!(cases.len() >= 7);
    for case in cases {
        let name = case.file_name().into_string().unwrap();
        let output = emulator.run(&name, &emulator.keys("admin"));
        assert_eq!(output.status.code(), Some(0), "{name}: {}", stderr(&output));
        let expected = std::fs::read_to_string(case.path().join("outputs.json")).unwrap();
        let [printed, expected]: [Value; 2] =
            [&*String::from_utf8_lossy(&output.stdout), &*expected].map(|text| serde_json::from_str(text).unwrap());
        assert_eq!(printed, expected, "{name}");
    }
}

#[test]
fn who_is_not_who_they_say_or_may_not_is_refused() {
    let Some(emulator) = &*EMULATOR else { return };
    let admin = emulator.keys("admin");
    let wrong = [admin[0], ("AWS_SECRET_ACCESS_KEY", "wrong-wrong-wrong-wrong-wrong-wrong-wron")];
    let stranger = [("AWS_ACCESS_KEY_ID", "AKIANOBODY"), wrong[1]];
    let table: [(&str, &[(&str, &str)], &str); 5] = [
        ("sts-role", &wrong, "SignatureDoesNotMatch"),
        ("s3-objects", &wrong, "SignatureDoesNotMatch"),
        ("ec2-zones", &wrong, "AuthFailure"),
        ("sts-role", &stranger, "InvalidClientTokenId"),
        ("dynamodb-table", &emulator.keys("guest"), "AccessDenied"),
    ];
    for (case, variables, says) in table {
        let output = emulator.run(case, variables);
        let story = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{case}: {story}");
        assert!(story.contains(says), "{case}: {story}");
        assert!(!story.contains("wrong-wrong"), "{story}");
    }
}

/// The guest may do nothing but assume the role, so what passes was signed by the role's credentials.
#[test]
fn a_profile_assumes_its_role_by_keys_and_by_a_program() {
    let Some(emulator) = &*EMULATOR else { return };
    let [(_, key), (_, secret)] = emulator.keys("guest");
    let role = emulator.text("/roleArn");
    let config = format!(
        "[profile guest]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n\
         [profile by-keys]\nrole_arn = {role}\nsource_profile = guest\nrole_session_name = tester\n\
         [profile program]\ncredential_process = printf '{{\"Version\":1,\"AccessKeyId\":\"{key}\",\"SecretAccessKey\":\"{secret}\"}}'\n\
         [profile by-program]\nrole_arn = {role}\nsource_profile = program\nduration_seconds = 900\n"
    );
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("emulator-config");
    std::fs::write(&path, config).unwrap();
    let file = ("AWS_CONFIG_FILE", path.to_str().unwrap());
    let sts = ("AWS_ENDPOINT_URL_STS", emulator.text("/url"));
    let programs = ("PATH", "/usr/bin:/bin");
    for profile in ["by-keys", "by-program"] {
        let output = emulator.run("ec2-zones", &[file, sts, programs, ("AWS_PROFILE", profile)]);
        assert_eq!(output.status.code(), Some(0), "{profile}: {}", stderr(&output));
    }
    let guest = emulator.run("ec2-zones", &[file, sts, ("AWS_PROFILE", "guest")]);
    assert_eq!(guest.status.code(), Some(1), "the guest alone may not");
    let denied =
        emulator.run("ec2-zones", &[file, ("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9"), ("AWS_PROFILE", "by-keys")]);
    assert_eq!(denied.status.code(), Some(4), "{}", stderr(&denied));
    assert!(stderr(&denied).contains(role) && !stderr(&denied).contains(secret), "{}", stderr(&denied));
}
