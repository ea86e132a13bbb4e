//! A liveness session from start to end against a server that verifies signatures, and what may keep it from starting.

use crate::judge;
use crate::support::{KEY, REGION, SECRET, TOKEN, arras, copied, flagships, folder, names, published, report};
use crate::wire::{SESSION, Server};

const SUCCESS: &[&str] = &["CREATED", "IN_PROGRESS", "SUCCEEDED"];

#[test]
fn a_session_is_four_signed_requests_and_the_outputs() {
    for file in flagships() {
        let server = Server::session(SUCCESS);
        let ran = arras(["run"])
            .arg(&file)
            .args(["--server", &server.url(), "--poll-interval", "0", "-i", "clientRequestToken=abc"])
            .aws()
            .run();
        ran.expect(0, &["aws-sigv4 rekognition/us-east-1", "2 steps, 4 requests"]);
        let answer = ran.answer();
        assert_eq!(names(&answer), ["confidence", "sessionId", "status"]);
        assert_eq!((&answer["sessionId"], &answer["status"]), (&SESSION.into(), &"SUCCEEDED".into()));
        assert!(ran.stdout.contains("98.97350311279297"), "{}", ran.stdout);

        let received = server.received();
        let targets: Vec<_> = received.iter().filter_map(|request| request.header("x-amz-target")).collect();
        let create = "RekognitionService.CreateFaceLivenessSession";
        let get = "RekognitionService.GetFaceLivenessSessionResults";
        assert_eq!(targets, [create, get, get, get]);
        for request in &received {
            assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/"));
            assert_eq!(request.header("content-type"), Some("application/x-amz-json-1.1"));
            let authorization = request.header("authorization").unwrap();
            let start = format!("AWS4-HMAC-SHA256 Credential={KEY}/");
            assert!(authorization.starts_with(&start), "{authorization}");
            assert!(authorization.contains(&format!("/{REGION}/rekognition/aws4_request,")), "{authorization}");
            let signed = authorization.split("SignedHeaders=").nth(1).unwrap().split(',').next().unwrap();
            assert!(signed.split(';').any(|name| name == "x-amz-target"), "{signed}");
            judge::accepted(request, SECRET);
        }
        assert_eq!(received[0].text(), r#"{"ClientRequestToken":"abc"}"#);
        for poll in &received[1..] {
            assert_eq!(poll.text(), format!(r#"{{"SessionId":"{SESSION}"}}"#));
        }
    }
}

#[test]
fn an_input_that_is_not_given_is_left_out_of_the_payload() {
    for file in flagships() {
        let server = Server::session(SUCCESS);
        arras(["run"]).arg(&file).args(["--server", &server.url(), "--poll-interval", "0"]).aws().run().expect(0, &[]);
        assert_eq!(server.received()[0].text(), "{}");
    }
}

#[test]
fn temporary_credentials_send_and_sign_their_token() {
    for file in flagships() {
        let server = Server::session(SUCCESS);
        let run = arras(["run"]).arg(&file).args(["--server", &server.url(), "--poll-interval", "0"]).aws();
        run.env("AWS_SESSION_TOKEN", TOKEN).run().expect(0, &[]);
        for request in server.received() {
            assert_eq!(request.header("x-amz-security-token"), Some(TOKEN));
            judge::accepted(&request, SECRET);
        }
    }
}

#[test]
fn credentials_also_come_from_a_profile() {
    let home = folder("profile");
    let text = format!("[work]\naws_access_key_id = {KEY}\naws_secret_access_key = {SECRET}\nregion = {REGION}\n");
    crate::support::write(&home.join(".aws/credentials"), text);
    for file in flagships() {
        let server = Server::session(SUCCESS);
        let run = arras(["run"]).arg(&file).args(["--server", &server.url(), "--poll-interval", "0"]);
        run.args(["--aws-profile", "work"]).env("HOME", home.to_str().unwrap()).run().expect(0, &[]);
        server.received().iter().for_each(|request| judge::accepted(request, SECRET));
    }
}

#[test]
fn with_a_wrong_secret_the_service_s_own_error_is_shown() {
    for file in flagships() {
        let server = Server::session(SUCCESS);
        let run = arras(["run"]).arg(&file).args(["--server", &server.url()]).aws();
        let ran = run.env("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYOUTSIDEKEz").run();
        ran.expect(1, &["InvalidSignatureException", "The request signature we calculated does not match", "Failed"]);
        assert_eq!(server.received().len(), 1);
    }
}

#[test]
fn without_credentials_nothing_is_sent_and_every_way_to_give_some_is_named() {
    let path = folder("no-credentials").join("report.json");
    for file in flagships() {
        let server = Server::session(SUCCESS);
        let json = format!("json={}", path.display());
        let run = arras(["run"]).arg(&file).args(["--server", &server.url(), "--report", &json]);
        let ran = run.env("AWS_REGION", REGION).run();
        ran.expect(
            4,
            &["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "--aws-profile", "~/.aws/credentials"],
        );
        assert_eq!(server.received().len(), 0);
        let fault = &report(&path)["workflows"][0]["steps"][0]["fault"];
        assert_eq!((&fault["kind"], &fault["phase"]), (&"no-credentials".into(), &"auth".into()));
    }
}

#[test]
fn without_a_region_nothing_is_sent_and_every_way_to_give_one_is_named() {
    let regionless = |text: String| text.replace("rekognition.{region}.amazonaws.com", "rekognition.amazonaws.com");
    let own = copied(&folder("no-region"), regionless);
    for file in [Some(own), published()].into_iter().flatten() {
        let server = Server::session(SUCCESS);
        let run = || arras(["run"]).arg(&file).args(["--server", &server.url(), "--poll-interval", "0"]);
        let keys = |run: crate::support::Arras| run.env("AWS_ACCESS_KEY_ID", KEY).env("AWS_SECRET_ACCESS_KEY", SECRET);
        let ran = keys(run()).run();
        ran.expect(4, &["--aws-region", "AWS_REGION", "AWS_DEFAULT_REGION", "`region` in the profile"]);
        assert_eq!((server.received().len(), ran.stdout.as_str()), (0, ""));
        keys(run()).args(["--aws-region", REGION]).run().expect(0, &["rekognition/us-east-1"]);
        server.received().iter().for_each(|request| judge::accepted(request, SECRET));
    }
}

#[test]
fn the_host_that_does_not_exist_becomes_the_region_s() {
    let Some(file) = published() else { return };
    // the request goes nowhere: no credentials
    let ran = arras(["run"]).arg(&file).env("AWS_REGION", "eu-west-1").run();
    ran.expect(4, &["https://rekognition.eu-west-1.amazonaws.com", "aws-sigv4 rekognition/eu-west-1"]);
}

#[test]
fn a_source_that_is_not_there_is_refused_with_what_lies_near() {
    let here = folder("missing-source");
    let file = copied(&here, |text| text);
    let moved = here.join("openapi/rekognition-face-livenes.openapi.yaml");
    std::fs::rename(here.join("openapi/rekognition-face-liveness.openapi.yaml"), &moved).unwrap();
    let server = Server::session(SUCCESS);
    let run = || arras(["run"]).arg(&file).args(["--server", &server.url(), "--poll-interval", "0"]).aws();
    let ran = run().run();
    ran.expect(3, &["source-not-found", "--source rekognitionApi=", "rekognition-face-livenes.openapi.yaml"]);
    assert_eq!((ran.stdout.as_str(), server.received().len()), ("", 0));
    run().arg("--source").arg(format!("rekognitionApi={}", moved.display())).run().expect(0, &[]);
    assert_eq!(server.received().len(), 4);
    arras(["check"]).arg(&file).run().expect(1, &[]);
    arras(["check"]).arg(&file).arg("--source").arg(format!("rekognitionApi={}", moved.display())).run().expect(0, &[]);
}

#[test]
fn a_file_that_is_not_there_is_an_environment_error() {
    let near = arras(["run", "workflows/face-livenes.arazzo.yaml", "--mock"]).run();
    near.expect(4, &["face-livenes.arazzo.yaml"]);
    assert!(near.stderr.contains("workflows/face-liveness.arazzo.yaml"), "no file near by is named: {}", near.stderr);
    assert_eq!(near.stdout, "");
    arras(["run", "no-such-folder/at-all.yaml"]).run().expect(4, &["no-such-folder/at-all.yaml"]);
    let check = arras(["check", "no-such-folder/at-all.yaml", "workflows", "--format", "json"]).run();
    let answer = check.expect(4, &["Failed  3 files"]).answer();
    assert_eq!(answer["summary"]["errors"], 1, "the others are checked all the same: {answer:#}");
    assert!(answer["diagnostics"].to_string().contains("no-such-folder/at-all.yaml"), "{answer:#}");
    arras(["mock", "no-such-folder/at-all.yaml"]).run().expect(4, &["no-such-folder/at-all.yaml"]);
}
