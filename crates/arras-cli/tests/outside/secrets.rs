//! Credentials never show: not in the story, not in reports, not when a server echoes what it was sent.

use crate::judge;
use crate::support::{KEY, REGION, Ran, SECRET, SECRET_BASE64, TOKEN, TOKEN_BASE64, arras, flagships, folder};
use crate::wire::{Answer, SESSION, Server};

const PERCENT: &str = "FwoGZXIvYXdzEOutside%2FToken%2BWith%3DSigns%3D%3D";

#[track_caller]
fn assert_hidden(what: &str, text: &str) {
    for secret in [SECRET, SECRET_BASE64, TOKEN, TOKEN_BASE64, PERCENT] {
        assert!(!text.contains(secret), "{what} shows {secret}: {text}");
    }
}

/// Runs the file with secrets in the environment, in every volume and with every report, and looks at all that it says.
fn run_everywhere(name: &str, server: &Server, code: i32, told: &[&str]) {
    let here = folder(name);
    for file in flagships() {
        for volume in [&[][..], &["-q"], &["-v"], &["-vv"], &["-vv", "--output", "report"], &["--color", "always"]] {
            let kinds = ["json", "ndjson", "junit", "har", "markdown", "html"];
            let recording = here.join("recording.json");
            let reports = kinds.map(|kind| here.join(format!("report.{kind}")));
            let run = arras(["run"]).arg(&file).args(["--server", &server.url(), "--poll-interval", "0"]).args(volume);
            let ran = run
                .args(kinds.iter().zip(&reports).map(|(kind, path)| format!("--report={kind}={}", path.display())))
                .arg(format!("--record={}", recording.display()))
                .aws()
                .env("AWS_SESSION_TOKEN", TOKEN)
                .run();
            ran.expect(code, if volume.contains(&"-vv") { told } else { &[] });
            assert_hidden("stdout", &ran.stdout);
            assert_hidden("stderr", &ran.stderr);
            for report in reports.iter().chain([&recording]) {
                assert_hidden(&report.display().to_string(), &std::fs::read_to_string(report).unwrap());
            }
        }
    }
}

#[test]
fn a_run_shows_no_credentials() {
    let server = Server::start(|_, request| {
        judge::accepted(request, SECRET);
        let create = request.header("x-amz-target") == Some("RekognitionService.CreateFaceLivenessSession");
        let body = if create { format!(r#"{{"SessionId":"{SESSION}"}}"#) } else { r#"{"Status":"SUCCEEDED"}"#.into() };
        Answer::Json(200, body)
    });
    run_everywhere("secrets-success", &server, 0, &["Authorization: ***", "X-Amz-Security-Token: ***"]);
}

#[test]
fn a_service_that_echoes_credentials_does_not_make_them_show() {
    // AWS itself answers a wrong signature with the canonical request, the session token in it
    let echo = format!(
        r#"{{"__type":"InvalidSignatureException","message":"The Canonical String should have been\n'POST\n/\n\nx-amz-security-token:{TOKEN}\n\n' {SECRET_BASE64}= {PERCENT} {SECRET}","SessionId":"{TOKEN}"}}"#
    );
    let server = Server::start(move |_, _| Answer::Json(400, echo.clone()));
    run_everywhere("secrets-refused", &server, 1, &["InvalidSignatureException"]);
    // and the same where the answer is taken for good
    let server = Server::start(|_, _| Answer::Json(200, format!(r#"{{"SessionId":"{TOKEN}","Status":"{SECRET}"}}"#)));
    run_everywhere("secrets-taken", &server, 0, &["no-action-matched"]);
}

#[test]
fn a_refused_signature_shows_no_credentials() {
    let server = Server::start(|_, request| {
        let rejection = judge::mock(request, "another secret").unwrap_err();
        assert!(rejection.message.contains(TOKEN), "the echo is the point of this test");
        Answer::Json(
            400,
            serde_json::json!({"__type": "InvalidSignatureException", "message": rejection.message}).to_string(),
        )
    });
    run_everywhere("secrets-signature", &server, 1, &["InvalidSignatureException"]);
}

#[test]
fn settings_show_no_credentials() {
    let shown: Ran = arras(["run", "workflows/face-liveness.arazzo.yaml", "--show-config"])
        .aws()
        .env("AWS_SESSION_TOKEN", TOKEN)
        .env("ARRAS_INPUT_CLIENTREQUESTTOKEN", TOKEN)
        .run();
    shown.expect(0, &[]);
    assert_hidden("--show-config", &format!("{}{}", shown.stdout, shown.stderr));
}

#[test]
fn a_profile_file_that_is_broken_shows_nothing_of_itself() {
    let home = folder("broken-profile");
    let text = format!("[default]\naws_access_key_id = {KEY}\naws_secret_access_key = {SECRET}\n{TOKEN}\n[x\n");
    crate::support::write(&home.join(".aws/credentials"), text);
    for file in flagships() {
        let server = Server::session(&["SUCCEEDED"]);
        let run = arras(["run"]).arg(&file).args(["--server", &server.url(), "-vv"]);
        let ran: Ran = run.env("AWS_REGION", REGION).env("HOME", home.to_str().unwrap()).run();
        assert_hidden("a broken profile", &format!("{}{}", ran.stdout, ran.stderr));
    }
}
