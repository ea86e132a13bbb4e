//! What goes to standard output, what to standard error, and how it looks there.

use crate::support::{arras, copied, folder, look_at_shop, write};
use crate::wire::{Answer, Server};

const SHORT: &str = "workflows/face-liveness.arazzo.yaml";

fn mocked() -> crate::support::Arras {
    arras(["run", SHORT, "--mock", "--poll-interval", "0"])
}

#[test]
fn the_answer_alone_is_on_standard_output() {
    let ran = mocked().run();
    ran.expect(0, &["Running  face-liveness-session", "createSession", "pollResults", "3 visits"]);
    assert_eq!(ran.answer()["status"], "SUCCEEDED");
    assert!(ran.last_line().starts_with("Succeeded  face-liveness-session"), "{}", ran.stderr);
    let none = mocked().args(["--output", "none"]).run();
    assert_eq!(none.expect(0, &["Succeeded"]).stdout, "");
    let whole = mocked().args(["--output", "report"]).run();
    assert_eq!(whole.expect(0, &["Succeeded"]).answer()["schema"], 1);
}

#[test]
fn a_failed_run_prints_the_outputs_there_are() {
    let ran = arras(["run", SHORT, "--mock=unknown-session"]).run();
    assert_eq!(crate::support::names(&ran.expect(1, &[]).answer()), ["sessionId"]);
}

#[test]
fn a_dry_run_answers_for_all_workflows_or_for_none() {
    let here = folder("streams-dry");
    let api = "openapi: 3.1.0\ninfo: {title: T, version: '1'}\nservers: [{url: 'https://api.example'}]\n\
               paths: {/a: {get: {operationId: look, responses: {}}}}\n";
    write(&here.join("api.yaml"), api);
    write(
        &here.join("two.arazzo.yaml"),
        "arazzo: 1.0.1\ninfo: {title: F, version: '1'}\nsourceDescriptions: [{name: shop, url: api.yaml, type: openapi}]\n\
         workflows:\n- {workflowId: one, steps: [{stepId: s, operationId: look}]}\n\
         - {workflowId: two, inputs: {type: object, required: [n]}, steps: [{stepId: s, operationId: look}]}\n",
    );
    for output in ["outputs", "report", "none"] {
        let dry = ["run", "two.arazzo.yaml", "--all", "--dry-run", "--output", output];
        let ran = arras(dry).within(&here).run();
        assert_eq!(ran.expect(2, &["`n`", "Refused"]).stdout, "");
        assert!(!ran.stderr.contains("Planned"), "{}", ran.stderr);
        arras(dry).args(["-i", "n=1"]).within(&here).run().expect(0, &["Planned  one", "Planned  two"]);
    }
}

#[test]
fn a_run_tells_as_much_as_is_asked_for() {
    let quiet = mocked().arg("-q").run();
    assert_eq!(quiet.expect(0, &["Succeeded"]).stderr.lines().count(), 1, "{}", quiet.stderr);
    assert_eq!(quiet.answer()["status"], "SUCCEEDED");
    let plain = mocked().run();
    assert!(!plain.stderr.contains("\"IN_PROGRESS\""), "one line tells the loop: {}", plain.stderr);
    let more = mocked().arg("-v").run();
    more.expect(0, &["$statusCode == 200", "\"CREATED\"", "\"IN_PROGRESS\"", "\"SUCCEEDED\""]);
    let most = mocked().arg("-vv").run();
    most.expect(0, &["> X-Amz-Target: RekognitionService.GetFace", "< \"AuditImages\": []", "> Authorization: ***"]);
    assert!(more.stderr.len() < most.stderr.len());
}

#[test]
fn a_failure_in_quiet_still_says_why_in_one_line() {
    let ran = arras(["run", SHORT, "--mock=unknown-session", "-q"]).run();
    ran.expect(1, &["Failed  face-liveness-session", "pollResults"]);
    assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
}

#[test]
fn a_reader_that_has_gone_is_no_error() {
    let here = folder("unread");
    let file = copied(&here, |text| text);
    // more findings than a pipe holds
    let broken = std::fs::read_to_string(&file)
        .unwrap()
        .replace("stepId: pollResults\n      criteria", "stepId: x\n      criteria");
    for index in 0..200 {
        crate::support::write(&here.join(format!("workflows/{index}.arazzo.yaml")), &broken);
    }
    let ran = mocked().run_unread();
    ran.expect(0, &["Succeeded"]);
    assert!(!ran.stderr.contains("error"), "{}", ran.stderr);
    mocked().args(["--output", "report"]).run_unread().expect(0, &["Succeeded"]);
    for format in ["human", "json", "concise", "sarif"] {
        let ran = arras(["check"]).arg(here.join("workflows")).args(["--format", format]).run_unread();
        assert!(!ran.expect(1, &["201 files"]).stderr.contains("error:"), "{}", ran.stderr);
    }
    arras(["--help"]).run_unread().expect(0, &[]);
    arras(["--version"]).run_unread().expect(0, &[]);
}

#[cfg(target_os = "linux")]
#[test]
fn an_answer_that_can_t_be_written_is_told() {
    let rows: [&[&str]; 18] = [
        &["run", SHORT, "--mock", "--poll-interval", "0"],
        &["run", SHORT, "--mock", "--poll-interval", "0", "--output", "report"],
        &["run", SHORT, "--dry-run", "--aws-region", "us-east-1"],
        &["run", SHORT, "--dry-run", "--aws-region", "us-east-1", "--output", "report"],
        &["run", SHORT, "--show-config"],
        &["check", SHORT, "--format", "json"],
        &["graph", SHORT],
        &["explain"],
        &["test", SHORT, "--mock", "--poll-interval", "0", "--output", "json"],
        &["test", SHORT, "--list"],
        &["auth", "list", SHORT],
        &["auth", "list", SHORT, "--format", "json"],
        &["mock", SHORT],
        &["schema"],
        &["completions", "bash"],
        &["man"],
        &["--help"],
        &["--version"],
    ];
    for row in rows {
        let ran = arras(row).run_full();
        assert!(ran.stderr.contains("error: can't write to stdout: "), "{row:?}: {}", ran.stderr);
        assert_eq!(ran.code, Some(4), "{row:?}");
    }
}

#[test]
fn in_ci_and_in_pipes_lines_are_plain() {
    for variables in [&[("CI", "true")][..], &[("NO_COLOR", "1")], &[("TERM", "xterm-256color")], &[]] {
        let run = variables.iter().fold(mocked(), |run, (name, value)| run.env(name, value));
        let ran = run.run();
        ran.expect(0, &[" ✓ createSession"]);
        for text in [&ran.stdout, &ran.stderr] {
            assert!(!text.contains('\r') && !text.contains('\u{1b}'), "{text:?}");
        }
    }
    let coloured = mocked().args(["--color", "always"]).run();
    assert!(coloured.stderr.contains('\u{1b}') && !coloured.stdout.contains('\u{1b}'), "{coloured:?}");
    serde_json::from_str::<serde_json::Value>(&coloured.stdout).unwrap();
}

/// A terminal, by `script`, where there is one.
#[cfg(target_os = "linux")]
fn in_terminal(command: &str, variables: &[(&str, &str)]) -> Option<String> {
    let arras = env!("CARGO_BIN_EXE_arras");
    let mut script = std::process::Command::new("script");
    script.args(["-qec", &format!("stty cols 100; {arras} {command}"), "/dev/null"]);
    script.current_dir(crate::support::project()).env("TERM", "xterm-256color").env("LC_ALL", "C.UTF-8");
    script.env_remove("CI").env_remove("NO_COLOR").envs(variables.iter().copied()).stdin(std::process::Stdio::null());
    let output = script.output().ok().filter(|output| output.status.success());
    if output.is_none() {
        eprintln!("skipped: there is no `script` to make a terminal with");
    }
    output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(target_os = "linux")]
#[test]
fn a_terminal_gets_a_live_line_unless_it_is_ci() {
    let command = format!("run {SHORT} --mock --poll-interval 300ms");
    let Some(live) = in_terminal(&command, &[]) else { return };
    assert!(live.contains("\u{1b}[") && live.contains("again in"), "{live:?}");
    assert!(live.contains("Succeeded"), "{live:?}");
    let Some(ci) = in_terminal(&command, &[("CI", "true"), ("NO_COLOR", "1")]) else { return };
    assert!(!ci.contains('\u{1b}') && !ci.replace("\r\n", "\n").contains('\r'), "{ci:?}");
    let Some(plain) = in_terminal(&command, &[("NO_COLOR", "1")]) else { return };
    assert!(!plain.contains("\u{1b}[3") && !plain.contains("\u{1b}[1m"), "no colours: {plain:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_signal_prevails_over_an_answer_that_can_t_be_written() {
    let server = Server::start(|_, _| Answer::Hang);
    for output in ["outputs", "report", "none"] {
        let before = server.received().len();
        let running = arras(["run", SHORT, "--output", output, "--server", &server.url()]).aws().start_full();
        server.wait_for(before + 1);
        running.signal("INT");
        running.wait().expect(130, &["Interrupted"]);
    }
}

/// A replay has the times of its recording: that they are long ago is no silence, however long it is held up.
#[cfg(unix)]
#[test]
fn a_replay_that_is_held_up_tells_the_same_story() {
    let here = folder("streams-held");
    look_at_shop(&here, "workflows: [{workflowId: w, steps: [{stepId: s, operationId: look}]}]\n");
    // more than a pipe holds
    let server = Server::start(|_, _| Answer::Json(200, format!("{{\"x\": \"{}\"}}", "x".repeat(300 << 10))));
    let run = ["run", "f.arazzo.yaml", "--record", "r.json", "--server", &server.url()];
    arras(run).within(&here).run().expect(0, &["Succeeded"]);
    let mut old = crate::support::report(&here.join("r.json"));
    for reading in old["runs"][0]["clock"].as_array_mut().unwrap() {
        *reading = (reading.as_u64().unwrap() - 100_000).into();
    }
    write(&here.join("r.json"), old.to_string());
    let story = arras(["replay", "r.json"]).within(&here).run().expect(0, &["Succeeded"]).stderr.clone();
    let line = "mkfifo pipe; (exec 3<pipe; sleep 1.5; cat <&3 >rest) & exec \"$0\" replay r.json --report ndjson=pipe";
    let arras = env!("CARGO_BIN_EXE_arras");
    let held = std::process::Command::new("sh").args(["-c", line, arras]).current_dir(&here).output().unwrap();
    assert_eq!((String::from_utf8(held.stderr).unwrap(), held.status.code()), (story, Some(0)));
}

/// Long lines are broken between words, and what a server says may begin any of them.
#[test]
fn what_a_server_says_is_no_command_to_ci() {
    let here = folder("streams-ci");
    let api =
        "openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths: {/a: {get: {operationId: look, responses: {}}}}\n";
    write(&here.join("api.yaml"), api);
    write(
        &here.join("f.arazzo.yaml"),
        "arazzo: 1.0.1\ninfo: {title: F, version: '1'}\nsourceDescriptions: [{name: shop, url: api.yaml, type: openapi}]\n\
         workflows: [{workflowId: one, steps: [{stepId: s, operationId: look}]}]\n",
    );
    for length in 70..90 {
        let message = format!("{} ::error file=a.rs,line=1::injected ##[group]x", "x".repeat(length));
        let server = Server::start(move |_, _| Answer::Json(500, format!(r#"{{"message":"{message}"}}"#)));
        for command in [&["run", "f.arazzo.yaml"][..], &["run", "f.arazzo.yaml", "-vv"], &["test", "f.arazzo.yaml"]] {
            let ran = arras(command.iter().copied()).args(["--server", &server.url()]).within(&here).run();
            ran.expect(1, &["injected"]);
            let begins = |line: &str| line.trim_start().starts_with("::");
            assert!(!ran.stderr.lines().any(begins) && !ran.stderr.contains("##["), "{}", ran.stderr);
        }
    }
}
