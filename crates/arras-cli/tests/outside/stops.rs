//! Runs that end before their workflow does: the server gone, a signal, a budget.
#![cfg(unix)]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{Arras, Mocking, arras, flagships, folder, report, write};
use crate::wire::{Answer, SESSION, Server};

const ENDLESS: &[&str] = &["IN_PROGRESS"];

/// Polls without an end at a pace of 20 ms.
fn polling(file: &Path, server: &Server, path: &Path) -> Arras {
    let json = format!("json={}", path.display());
    arras(["run"]).arg(file).args(["--server", &server.url(), "--poll-interval", "20ms", "--report", &json]).aws()
}

fn last_step(report: &Value) -> &Value {
    report["workflows"][0]["steps"].as_array().unwrap().last().unwrap()
}

/// A server that answers the first request and no other.
fn silent() -> Server {
    Server::start(|before, _| match before {
        0 => Answer::Json(200, format!(r#"{{"SessionId":"{SESSION}"}}"#)),
        _ => Answer::Hang,
    })
}

#[track_caller]
fn assert_transport_fault(report: &Value, phases: &[&str]) {
    let step = last_step(report);
    let phase = step["fault"]["phase"].as_str().unwrap_or_else(|| panic!("no fault: {step}"));
    assert!(phases.contains(&phase), "{phase} is none of {phases:?}: {step}");
    assert!(step["fault"]["kind"].is_string() && step["fault"]["message"].is_string(), "{step}");
    assert_eq!((&report["status"], &report["workflows"][0]["status"]), (&"failed".into(), &"failed".into()));
}

#[test]
fn a_server_that_goes_away_is_a_transport_fault() {
    let path = folder("gone").join("report.json");
    for file in flagships() {
        let server = Server::session(ENDLESS);
        let running = polling(&file, &server, &path).start();
        server.wait_for(4);
        server.stop();
        running.wait().expect(4, &["Failed", "pollResults"]);
        assert_transport_fault(&report(&path), &["connect", "send", "headers", "body"]);
    }
}

#[test]
fn a_killed_mock_is_a_transport_fault() {
    let here = folder("killed");
    let scenario = here.join("endless.mock.yaml");
    write(&scenario, "operations:\n  getFaceLivenessSessionResults:\n  - {delay: 50ms, body: {Status: IN_PROGRESS}}\n");
    let file = "workflows/face-liveness.arazzo.yaml";
    let mut mocking = Mocking::start(&[file, "--scenario", scenario.to_str().unwrap()]);
    let path = here.join("report.ndjson");
    let ndjson = format!("ndjson={}", path.display());
    let run = arras(["run", file, "--server", mocking.url(), "--poll-interval", "20ms", "--report", &ndjson])
        .env("AWS_REGION", &mocking.told["region"])
        .env("AWS_ACCESS_KEY_ID", &mocking.told["accessKeyId"])
        .env("AWS_SECRET_ACCESS_KEY", &mocking.told["secretAccessKey"])
        .start();
    let begun = Instant::now();
    while std::fs::read_to_string(&path).unwrap_or_default().lines().count() < 12 {
        assert!(begun.elapsed() < Duration::from_secs(60), "the run never polled");
        std::thread::sleep(Duration::from_millis(10));
    }
    mocking.kill();
    run.wait().expect(4, &["Failed"]);
    let last = std::fs::read_to_string(&path).unwrap();
    for line in last.lines() {
        serde_json::from_str::<Value>(line).unwrap();
    }
}

#[test]
fn a_server_that_says_nothing_is_given_up_within_the_step_s_timeout() {
    let path = folder("silent").join("report.json");
    for file in flagships() {
        let server = silent();
        let begun = Instant::now();
        polling(&file, &server, &path).args(["--step-timeout", "1500ms"]).run().expect(4, &["1.5s", "Failed"]);
        // the step's timeout is a 40th of the default one, and leaves a busy machine the time to connect
        assert!(begun.elapsed() < Duration::from_secs(30));
        assert_transport_fault(&report(&path), &["headers"]);
        assert_eq!(last_step(&report(&path))["fault"]["kind"], "request-timeout");
    }
}

#[test]
fn nothing_listening_is_a_transport_fault() {
    let path = folder("nobody").join("report.json");
    let server = Server::session(ENDLESS);
    server.stop();
    polling(&flagships()[0], &server, &path).run().expect(4, &["connect"]);
    assert_transport_fault(&report(&path), &["connect"]);
    assert_eq!(last_step(&report(&path))["fault"]["kind"], "connect-refused");
}

/// Stops a run by a signal while it waits, and while it reads.
fn stopped(signal: &str, code: i32, folder: PathBuf) {
    let path = folder.join("report.json");
    for file in flagships() {
        for (server, requests) in [(Server::session(ENDLESS), 3), (silent(), 2)] {
            let running = polling(&file, &server, &path).start();
            server.wait_for(requests);
            running.signal(signal);
            let ran = running.wait();
            ran.expect(code, &["Interrupted"]);
            assert!(ran.last_line().starts_with("Interrupted"), "{}", ran.stderr);
            // the outputs there are
            assert_eq!(ran.answer()["sessionId"], SESSION);
            let report = report(&path);
            assert_eq!(
                (&report["status"], &report["workflows"][0]["status"]),
                (&"cancelled".into(), &"cancelled".into())
            );
            assert_eq!(report["workflows"][0]["endedBy"], "cancel");
            assert_eq!(report["workflows"][0]["steps"][0]["status"], "succeeded");
        }
    }
}

#[test]
fn sigint_ends_a_run_with_a_complete_report() {
    stopped("INT", 130, folder("interrupted"));
}

#[test]
fn sigterm_ends_a_run_with_a_complete_report() {
    stopped("TERM", 143, folder("terminated"));
}

#[test]
fn the_run_s_timeout_is_a_budget() {
    let path = folder("timeout").join("report.json");
    for file in flagships() {
        for server in [Server::session(ENDLESS), silent()] {
            let ran = polling(&file, &server, &path).args(["--timeout", "300ms"]).run();
            ran.expect(5, &["--timeout", "Failed"]);
            let report = report(&path);
            assert_eq!((&report["status"], &report["workflows"][0]["endedBy"]), (&"failed".into(), &"budget".into()));
        }
    }
}

#[test]
fn too_many_steps_name_the_loop() {
    let path = folder("steps").join("report.json");
    for file in flagships() {
        for (option, most, requests) in [("--max-steps", "5", 5), ("--max-visits", "3", 4)] {
            let server = Server::session(ENDLESS);
            let ran = polling(&file, &server, &path).args([option, most]).run();
            ran.expect(5, &["pollResults", option, "Failed"]);
            assert_eq!(server.received().len(), requests);
            assert_eq!(report(&path)["workflows"][0]["endedBy"], "budget");
        }
    }
}
