//! What is left of a run that does not come to its end: killed outright, stopped by a signal, out of budget.
#![cfg(unix)]

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{Arras, arras, folder, project, report, write};
use crate::wire::{Answer, Server};

const FLAGSHIP: &str = "workflows/face-liveness.arazzo.yaml";
const KINDS: [(&str, &str); 5] =
    [("json", "r.json"), ("junit", "r.xml"), ("har", "r.har"), ("markdown", "r.md"), ("html", "r.html")];

/// Polls without an end at a pace of 10 ms, with every report, each in place of an older one.
fn polling(command: &str, server: &Server, here: &Path) -> Arras {
    let run =
        arras([command]).arg(project().join(FLAGSHIP)).args(["--server", &server.url(), "--poll-interval", "10ms"]);
    let run = run.arg(format!("--report=ndjson={}", here.join("r.ndjson").display())).aws();
    KINDS.iter().fold(run, |run, (kind, name)| {
        write(&here.join(name), "the older one");
        run.arg(format!("--report={kind}={}", here.join(name).display()))
    })
}

fn lines(path: &Path) -> Vec<String> {
    std::fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
}

fn wait_for_lines(path: &Path, number: usize) {
    let begun = Instant::now();
    while std::fs::read_to_string(path).unwrap_or_default().lines().count() < number {
        assert!(begun.elapsed() < Duration::from_secs(60), "{} does not grow", path.display());
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_killed_run_leaves_its_exchanges_and_events_and_no_half_of_a_report() {
    let here = folder("killed-outright");
    let server = Server::session(&["IN_PROGRESS"]);
    let recording = here.join("run.rec.json");
    let running = polling("run", &server, &here).arg(format!("--record={}", recording.display())).start();
    // a head, and a line for each of four judged exchanges
    wait_for_lines(&recording, 5);
    running.signal("KILL");
    assert_eq!(running.wait().code, None);
    for (_, name) in KINDS {
        assert_eq!(std::fs::read_to_string(here.join(name)).unwrap(), "the older one", "{name}");
    }
    let events = lines(&here.join("r.ndjson"));
    events.iter().for_each(|line| drop(serde_json::from_str::<Value>(line).unwrap()));

    let again = here.join("again.ndjson");
    let replayed = arras(["replay"]).arg(&recording).arg(format!("--report=ndjson={}", again.display())).run();
    replayed.expect(1, &["the recording ends before the answer to `pollResults#", "its run was stopped or killed"]);
    let last = replayed.last_line();
    assert!(
        last.starts_with("Unfinished  the recording ends after `pollResults#") && last.contains("exchanges"),
        "{last}"
    );
    // every event up to the last recorded exchange is the same; when the next one began was not written any more
    let told = lines(&again);
    let judged = |line: &String| line.contains("\"step-finished\"") && !line.contains("replay-drift");
    let end = told.iter().rposition(judged).unwrap();
    assert!(told.iter().filter(|line| judged(line)).count() >= 4, "{told:#?}");
    for (number, (was, now)) in events.iter().zip(&told[..=end]).enumerate() {
        assert_eq!(was, now, "line {}", number + 1);
    }
}

#[track_caller]
fn assert_whole(here: &Path, last: &str) {
    let text = |name: &str| std::fs::read_to_string(here.join(name)).unwrap();
    assert_eq!(report(&here.join("r.json"))["schema"], 1);
    let archive = report(&here.join("r.har"));
    assert!(archive["log"]["entries"].as_array().unwrap().len() >= 2 && archive["log"]["pages"].is_array());
    roxmltree::Document::parse(&text("r.xml")).unwrap();
    assert!(text("r.md").starts_with("### "), "{}", text("r.md"));
    assert!(text("r.html").trim_end().ends_with("</html>"), "{}", text("r.html"));
    let line: Value = serde_json::from_str(lines(&here.join("r.ndjson")).last().unwrap()).unwrap();
    assert_eq!(line["event"], last);
    let left: Vec<_> = std::fs::read_dir(here).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().ends_with(".part")), "{left:?}");
}

#[test]
fn every_report_is_whole_when_a_signal_or_a_budget_ends_a_run() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let here = folder(&format!("whole-{signal}"));
        let server = Server::session(&["IN_PROGRESS"]);
        let running = polling("run", &server, &here).start();
        server.wait_for(4);
        running.signal(signal);
        running.wait().expect(code, &["Interrupted"]);
        assert_whole(&here, "run-finished");
    }
    for (option, value) in [("--timeout", "300ms"), ("--max-steps", "5")] {
        let here = folder(&format!("whole{option}"));
        let server = Server::session(&["IN_PROGRESS"]);
        polling("run", &server, &here).args([option, value]).run().expect(5, &[option, "Failed"]);
        assert_whole(&here, "run-finished");
    }
}

#[test]
fn every_report_of_tests_is_whole_when_a_signal_or_a_budget_ends_them() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let here = folder(&format!("whole-test-{signal}"));
        let server = Server::session(&["IN_PROGRESS"]);
        let running = polling("test", &server, &here).start();
        server.wait_for(4);
        running.signal(signal);
        running.wait().expect(code, &["Interrupted"]);
        assert_whole(&here, "test-finished");
    }
    let here = folder("whole-test-budget");
    let server = Server::session(&["IN_PROGRESS"]);
    polling("test", &server, &here).args(["--max-steps", "5"]).run().expect(5, &["--max-steps", "Failed"]);
    assert_whole(&here, "test-finished");
}

#[test]
fn a_stopped_run_is_recorded_as_far_as_it_came() {
    let here = folder("stopped-recording");
    let server = Server::session(&["IN_PROGRESS"]);
    let recording = here.join("run.rec.json");
    let running = polling("run", &server, &here).arg(format!("--record={}", recording.display())).start();
    server.wait_for(4);
    running.signal("INT");
    running.wait().expect(130, &["Interrupted"]);
    let kept = report(&recording);
    assert_eq!((&kept["unfinished"], &kept["runs"][0]["workflowId"]), (&true.into(), &"face-liveness-session".into()));
    let replayed = arras(["replay"]).arg(&recording).run();
    replayed.expect(1, &["Unfinished the recording ends after `pollResults#"]);
}

#[test]
fn a_run_that_is_stopped_before_its_first_answer_leaves_no_secret_in_its_recording() {
    let secrets = ["canary-input", "canary-key", "canary-body"];
    let document = "arazzo: 1.0.1\ninfo: {title: T, version: '1'}\nsourceDescriptions: [{name: api, url: api.yaml, type: openapi}]\n\
        workflows:\n- workflowId: w\n  inputs: {type: object, properties: {password: {type: string, format: password}, pin: {type: string, writeOnly: true}}}\n  \
        steps: [{stepId: s, operationId: o, requestBody: {payload: {password: $inputs.password, pin: $inputs.pin}}}]\n";
    let description = "openapi: 3.1.0\ninfo: {title: A, version: '1'}\nservers: [{url: 'http://127.0.0.1:1'}]\n\
        components: {securitySchemes: {key: {type: apiKey, in: query, name: k}}}\nsecurity: [{key: []}]\n\
        paths: {/o: {post: {operationId: o, requestBody: {content: {application/json: {}}}, responses: {'200': {description: ok}}}}}\n";
    for end in ["INT", "--timeout=300ms"] {
        let here = folder(&format!("stopped-secrets{}", end.trim_start_matches('-').replace('=', "-")));
        write(&here.join("w.arazzo.yaml"), document);
        write(&here.join("api.yaml"), description);
        let server = Server::start(|_, _| Answer::Hang);
        let run = arras(["run", "w.arazzo.yaml", "--record=r.rec.json", "--server", &server.url()])
            .within(&here)
            .args(["-i", "password=canary-input", "-i", "pin=canary-body", "--auth", "api.key=canary-key"]);
        if end == "INT" {
            let running = run.start();
            server.wait_for(1);
            running.signal(end);
            running.wait().expect(130, &["Interrupted"]);
        } else {
            run.arg(end).run().expect(5, &["--timeout"]);
        }
        let kept = std::fs::read_to_string(here.join("r.rec.json")).unwrap();
        assert!(kept.contains("/o?k="), "the request is kept: {kept}");
        for secret in secrets {
            assert!(!kept.contains(secret), "{end}: {secret} in {kept}");
        }
    }
}

#[test]
fn what_is_refused_leaves_an_older_report_and_recording_alone() {
    let here = folder("refused-report");
    write(&here.join("w.arazzo.yaml"), "arazzo: 1.0.1\ninfo: {title: T, version: 1.0.0}\nworkflows: 7\n");
    for name in ["r.json", "r.rec.json"] {
        write(&here.join(name), "the older one");
    }
    let ran = arras(["run", "w.arazzo.yaml", "--report=json=r.json", "--record=r.rec.json"]).within(&here).run();
    ran.expect(3, &["Refused"]);
    let ran = arras(["run"]).arg(project().join(FLAGSHIP)).args(["--mock", "--report=json=r.json"]);
    let ran = ran.args(["--report=junit=none/r.xml"]).within(&here).run();
    ran.expect(4, &["can't write the junit report `none/r.xml`"]);
    let server = Server::session(&["SUCCEEDED"]);
    let ran =
        arras(["run"]).arg(project().join(FLAGSHIP)).args(["--server", &server.url(), "--record=none/r.rec.json"]);
    ran.aws().within(&here).run().expect(4, &["can't write the recording `none/r.rec.json`"]);
    assert!(server.received().is_empty(), "what can't be kept is not sent");
    for name in ["r.json", "r.rec.json"] {
        assert_eq!(std::fs::read_to_string(here.join(name)).unwrap(), "the older one", "{name}");
    }
    assert_eq!(std::fs::read_dir(&here).unwrap().count(), 3);
}

#[test]
fn a_recording_may_go_into_a_pipe() {
    let ran =
        arras(["run", FLAGSHIP, "--mock", "--poll-interval", "0", "--output", "none", "--record=/dev/stdout"]).run();
    ran.expect(0, &["Succeeded"]);
    assert_eq!((&ran.answer()["recording"], &ran.answer()["unfinished"]), (&1.into(), &Value::Null));
}
