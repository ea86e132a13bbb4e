//! `arras test`: test files and workflows, judged, in parallel, again, in shares, and as a load.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Mocking, Ran, arras, folder, look_at_shop, project, write};
use crate::wire::{Answer, Server};

/// The flagship with its description and scenarios, beside a test file.
fn suite(name: &str, tests: &str) -> PathBuf {
    let here = folder(name);
    for file in [
        "workflows/face-liveness.arazzo.yaml",
        "workflows/face-liveness.mock.yaml",
        "openapi/rekognition-face-liveness.openapi.yaml",
    ] {
        write(&here.join(file), std::fs::read(project().join(file)).unwrap());
    }
    write(&here.join("workflows/face-liveness.test.yaml"), tests);
    here
}

fn test(here: &Path, more: &[&str]) -> Ran {
    arras(["test"]).within(here).args(["--poll-interval", "0"]).args(more).run()
}

const TESTS: &str = "
mock: true
expect: {status: succeeded}
tests:
- name: a session that succeeds
  inputs: {clientRequestToken: abc}
  expect:
    endedBy: end
    outputs: {status: SUCCEEDED, confidence: 98.97350311279297}
    steps: [createSession, pollResults, pollResults, pollResults]
    requests: 4
- name: a session that fails
  mock: failed
  expect:
    endedBy: last-step
    outputs: {status: FAILED, confidence: null}
    diagnostics: [no-action-matched]
- name: a session that nobody knows
  mock: unknown-session
  expect: {status: failed}
";

#[test]
fn tests_pass_and_each_is_a_line() {
    let here = suite("tested-pass", TESTS);
    let junit = here.join("junit.xml");
    let ran = test(&here, &["--output", "json", "--report", &format!("junit={}", junit.display())]);
    ran.expect(0, &["› a session that succeeds 2 steps, 4 requests", "› a session that fails", "Passed 3 tests"]);
    let told = ran.answer();
    assert_eq!((&told["status"], &told["summary"]["passed"]), (&"passed".into(), &3.into()));
    let xml = std::fs::read_to_string(junit).unwrap();
    assert!(xml.contains(r#"tests="3" failures="0""#) && xml.contains(r#"name="a session that fails""#), "{xml}");
    assert!(xml.contains(r#"name="workflows/face-liveness.test.yaml""#), "{xml}");
}

#[test]
fn what_is_not_as_expected_is_told() {
    let tests = "
mock: true
tests:
- name: wrong in every way
  expect:
    status: failed
    endedBy: goto
    outputs: {status: FAILED, sessionId: null}
    steps: [createSession]
    requests: 1
    fault: max-steps
    diagnostics: [no-action-matched]
- {name: absent, mock: failed, expect: {outputs: {confidence: 1}}}
- name: right
";
    let here = suite("tested-fail", tests);
    let markdown = here.join("comment.md");
    let ran = test(&here, &["--output", "json", "--report", &format!("markdown={}", markdown.display())]);
    let expected = [
        "the workflow succeeded, and was expected to fail",
        "it was ended by `end`, expected was `goto`",
        "the output `status` is \"SUCCEEDED\", expected was \"FAILED\"",
        "there is no output `confidence`, expected was 1",
        "expected was null",
        "the steps were `createSession`, `pollResults`, `pollResults`, `pollResults`, expected were `createSession`",
        "it sent 4 requests, expected were 1",
        "there was no fault, expected was `max-steps`",
        "`no-action-matched` was expected and not found",
        "Failed 2 of 3 tests",
    ];
    ran.expect(1, &expected);
    assert_eq!(ran.answer()["tests"][2]["attempts"][0]["reasons"].as_array().map(Vec::len), Some(8));
    let comment = std::fs::read_to_string(markdown).unwrap();
    assert!(comment.contains("### ❌ 2 of 3 workflows failed") && comment.contains("expected was `goto`"), "{comment}");
}

#[test]
fn workflows_without_a_test_file_must_succeed() {
    let here = suite("tested-bare", TESTS);
    std::fs::remove_file(here.join("workflows/face-liveness.test.yaml")).unwrap();
    test(&here, &["--mock"])
        .expect(0, &["workflows/face-liveness.arazzo.yaml › face-liveness-session", "Passed 1 test"]);
    test(&here, &["--mock=failed"]).expect(0, &["Passed"]);
    test(&here, &["--mock=unknown-session"]).expect(1, &["SessionNotFoundException", "was expected to succeed"]);
    // against a server that is not there: an environment worth another try
    let away = ["--server", "http://127.0.0.1:1", "--aws-region", "us-east-1"];
    arras(["test"]).within(&here).args(away).aws().run().expect(4, &["refused the connection"]);
}

#[test]
fn filters_shares_and_lists() {
    let here = suite("tested-chosen", TESTS);
    let listed = |more: &[&str]| {
        let ran = test(&here, &[&["--list"], more].concat());
        ran.stdout.lines().map(|line| line.rsplit("› ").next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(listed(&[]).len(), 3);
    assert_eq!(listed(&["--filter", "nobody"]), ["a session that nobody knows"]);
    assert_eq!(listed(&["--filter", "session*fails", "--filter", "succeeds"]).len(), 2);
    let shares: Vec<_> = ["1/2", "2/2"].iter().flat_map(|share| listed(&["--shard", share])).collect();
    assert_eq!(shares.len(), 3);
    test(&here, &["--filter", "no such"]).expect(2, &["there are no tests that the filter lets through"]);
    test(&here, &["--shard", "3/2"]).expect(2, &["expected I/N"]);
    test(&here, &["nowhere"]).expect(4, &["there is no file `nowhere`"]);
}

#[test]
fn one_that_fails_first_is_flaky_and_stops_the_rest_where_asked() {
    let here = suite("tested-flaky", "tests: [{name: flaky}, {name: later}]");
    // the first request is refused, all others are answered
    let mock = here.join("shaky.yaml");
    write(
        &mock,
        "operations:\n  createFaceLivenessSession:\n  - error: {type: ThrottlingException, message: Slow down}\n  - body: {SessionId: '{uuid}'}\n  \
         getFaceLivenessSessionResults: [{body: {SessionId: x, Status: SUCCEEDED}}]\n",
    );
    let serve = || {
        Mocking::start(&[
            &here.join("workflows/face-liveness.arazzo.yaml").display().to_string(),
            "--scenario",
            &mock.display().to_string(),
        ])
    };
    let against = |mocking: &Mocking, more: &[&str]| {
        arras(["test"])
            .within(&here)
            .args(["--server", mocking.url(), "--poll-interval", "0", "-j", "1", "--output", "json"])
            .args(more)
            .env("AWS_REGION", &mocking.told["region"])
            .env("AWS_ACCESS_KEY_ID", &mocking.told["accessKeyId"])
            .env("AWS_SECRET_ACCESS_KEY", &mocking.told["secretAccessKey"])
            .run()
    };
    let junit = here.join("flaky.xml");
    let ran = against(&serve(), &["--retries", "2", "--report", &format!("junit={}", junit.display())]);
    ran.expect(0, &["flaky: passed at attempt 2", "Passed 2 tests, 1 flaky"]);
    assert_eq!((&ran.answer()["tests"][0]["status"], &ran.answer()["summary"]["flaky"]), (&"flaky".into(), &1.into()));
    let xml = std::fs::read_to_string(junit).unwrap();
    assert!(xml.contains(r#"<property name="flaky" value="flaky"/>"#) && xml.contains("attempt 1 failed"), "{xml}");
    let reports = ["junit", "markdown", "json", "html"].map(|kind| format!("--report={kind}=fast.{kind}"));
    let ran = against(&serve(), &["--fail-fast", &reports[0], &reports[1], &reports[2], &reports[3]]);
    ran.expect(1, &["ThrottlingException", "Failed 1 of 2 tests, 1 not run"]);
    // those that were not run are in every list
    let read = |kind: &str| std::fs::read_to_string(here.join(format!("fast.{kind}"))).unwrap();
    let (told, report) = (ran.answer(), crate::support::report(&here.join("fast.json")));
    for tests in [&told["tests"], &report["tests"]] {
        assert_eq!((&tests[1]["name"], &tests[1]["status"]), (&"later".into(), &"not-run".into()));
    }
    assert_eq!(
        (&told["summary"]["notRun"], &told["tests"][0]["workflowId"]),
        (&1.into(), &"face-liveness-session".into())
    );
    assert!(read("junit").contains(r#"skipped="1""#) && read("junit").contains("<skipped "), "{}", read("junit"));
    assert!(read("markdown").starts_with("### ❌ 1 of 2 workflows failed, 1 not run"), "{}", read("markdown"));
    assert!(read("markdown").contains("| not run | later |"), "{}", read("markdown"));
    assert!(read("html").contains("<p class=\"cancelled\">not run</p>"), "{}", read("html"));
    assert!(read("html").contains("<span class=\"failed\">1 of 2 workflows failed, 1 not run"), "{}", read("html"));
}

#[test]
fn a_test_file_that_is_wrong_is_a_failing_test() {
    let here = suite("tested-wrong", "tests: [{name: a, expcet: {}}]");
    test(&here, &[]).expect(3, &["a test has no member `expcet`: did you mean `expect`?", "Failed 1 of 1 test"]);
    write(&here.join("workflows/face-liveness.test.yaml"), "file: none.yaml");
    test(&here, &[]).expect(4, &["none.yaml"]);
    test(&here, &["--dry-run"]).expect(2, &["`--dry-run` belongs to `arras run`"]);
}

#[test]
fn many_tests_at_a_time_are_told_once_each() {
    let many: String = (0..40).map(|number| format!("- {{name: test {number}, mock: failed}}\n")).collect();
    let here = suite("tested-many", &format!("tests:\n{many}"));
    let events = here.join("events.ndjson");
    let ran = test(&here, &["-j", "8", "--report", &format!("ndjson={}", events.display())]);
    ran.expect(0, &["Passed 40 tests"]);
    assert_eq!(ran.stderr.lines().filter(|line| line.contains("› test ")).count(), 40);
    // each run's events stand together
    let text = std::fs::read_to_string(events).unwrap();
    let mut open = false;
    for line in text.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        match event["event"].as_str().unwrap() {
            "test-started" => assert!(!std::mem::replace(&mut open, true)),
            "test-finished" => assert!(std::mem::replace(&mut open, false)),
            _ => assert!(open),
        }
    }
}

#[test]
fn a_signal_ends_tests_and_loads() {
    let here = suite("tested-stopped", "tests: [{name: one}, {name: two}]");
    for more in [&[][..], &["--virtual-users", "2", "--duration", "60s"]] {
        let server = Server::start(|_, _| Answer::Hang);
        let junit = here.join("stopped.xml");
        let running = arras(["test", "-j", "1", "--server", &server.url()])
            .within(&here)
            .args(more)
            .arg(format!("--report=junit={}", junit.display()))
            .args(["--report=html=stopped.html", "--report=markdown=stopped.md"])
            .aws()
            .start();
        server.wait_for(1);
        running.signal("INT");
        let ran = running.wait();
        ran.expect(130, &["Interrupted"]);
        let xml = std::fs::read_to_string(&junit).unwrap();
        assert!(xml.ends_with("</testsuites>\n"));
        let read = |name: &str| std::fs::read_to_string(here.join(name)).unwrap();
        let (page, comment) = (read("stopped.html"), read("stopped.md"));
        let stopped = if more.is_empty() { "1 of 2 workflows stopped, 1 not run" } else { "stopped: 0 runs" };
        assert!(page.contains(&format!("<h1><span class=\"cancelled\">{stopped}")), "{page}");
        assert!(comment.starts_with(&format!("### ⚠️ {stopped}")), "{comment}");
        assert!(!page.contains("failed<") && xml.contains(r#"<error type="cancelled""#), "{page}{xml}");
        if more.is_empty() {
            ran.expect(
                130,
                &["■ workflows/face-liveness.test.yaml › one", "0 of 2 tests passed, 1 stopped, 1 not run"],
            );
            assert!(xml.contains(r#"failures="0" errors="1" skipped="1""#), "{xml}");
        } else {
            assert!(xml.contains(r#"tests="1" failures="0" errors="1""#), "{xml}");
        }
    }
}

/// One that succeeds, and one that does not although nobody said so.
const UNEXPECTED: &str = "
mock: true
tests:
- name: a session that succeeds
- name: a session that nobody knows
  mock: unknown-session
";

#[test]
fn virtual_users_make_a_load() {
    let here = suite("tested-load", TESTS);
    let junit = here.join("load.xml");
    let load = ["--filter", "succeeds", "--virtual-users", "4", "--duration", "400ms", "--output", "json"];
    let ran = test(&here, &[&load[..], &["--report", &format!("junit={}", junit.display())]].concat());
    ran.expect(0, &["createSession", "pollResults", "p99", "Succeeded 4 virtual users"]);
    let told = ran.answer();
    let runs = told["runs"].as_u64().unwrap();
    assert!(runs >= 4, "{told}");
    let requests: u64 = told["steps"].as_array().unwrap().iter().map(|step| step["requests"].as_u64().unwrap()).sum();
    assert_eq!((&told["failed"], told["requests"].as_u64()), (&0.into(), Some(requests)));
    assert!(requests >= 2 * runs, "{told}");
    for step in told["steps"].as_array().unwrap() {
        let at = |name: &str| step["durationMs"][name].as_f64().unwrap();
        assert!(at("p50") <= at("p90") && at("p90") <= at("p99") && at("p99") <= at("max"), "{step}");
    }
    let xml = std::fs::read_to_string(junit).unwrap();
    assert!(
        xml.contains(r#"name="load""#) && xml.contains(r#"tests="3" failures="0""#),
        "the runs and two steps: {xml}"
    );
    // errors are counted by what they were
    let here = suite("tested-load-errors", UNEXPECTED);
    let ran = test(&here, &["--filter", "nobody", "--virtual-users", "2", "--duration", "200ms", "--output", "json"]);
    ran.expect(1, &["× status 400", "Failed 2 virtual users"]);
    let step = &ran.answer()["steps"][1];
    assert_eq!((&step["step"], &step["errors"]), (&"pollResults".into(), &step["requests"]));
    test(&here, &["--virtual-users", "2"]).expect(2, &["--duration"]);
    // and so is what no step failed by
    let load = ["--mock", "--virtual-users", "1", "--duration", "100ms", "--max-steps", "1", "--output", "json"];
    let ran = test(&suite("tested-load-budget", "tests: [{name: one}]"), &load);
    ran.expect(5, &["(run)", "× max-steps", "Failed 1 virtual user"]);
    let told = ran.answer();
    assert_eq!(told["steps"][1]["reasons"]["max-steps"], told["failed"], "{told}");
    assert!(told["runMs"]["p50"].as_f64() > told["steps"][0]["durationMs"]["p50"].as_f64(), "{told}");
}

#[test]
fn reports_of_a_load_hold_figures_and_a_few_of_the_runs_that_failed() {
    let here = suite("tested-load-reports", UNEXPECTED);
    let kinds = ["json", "junit", "markdown", "html", "har", "ndjson"];
    let reports = kinds.map(|kind| format!("--report={kind}={}", here.join(kind).display()));
    let load = |filter: &str| {
        let load = ["--filter", filter, "--virtual-users", "4", "--duration", "600ms", "-j", "2", "--output", "json"];
        let mut arguments = load.to_vec();
        arguments.extend(reports.iter().map(String::as_str));
        test(&here, &arguments)
    };
    let read = |kind: &str| std::fs::read_to_string(here.join(kind)).unwrap();
    // whatever fails, fails alike: three runs stand for all
    let ran = load("nobody");
    ran.expect(1, &["Failed 4 virtual users"]);
    let told = ran.answer();
    let runs = told["runs"].as_u64().unwrap();
    assert!(runs > 3, "{told}");
    let report = crate::support::report(&here.join("json"));
    assert_eq!((&report["load"], &report["status"]), (&told, &"failed".into()));
    assert_eq!(report["workflows"].as_array().unwrap().len(), 3);
    let started = read("ndjson").lines().filter(|line| line.contains("\"run-started\"")).count();
    assert_eq!(started, 3);
    assert_eq!(crate::support::report(&here.join("har"))["log"]["pages"].as_array().unwrap().len(), 3);
    let xml = read("junit");
    let suites = roxmltree::Document::parse(&xml).unwrap();
    let cases: Vec<_> = suites.descendants().filter(|node| node.has_tag_name("testcase")).collect();
    assert_eq!(cases.len(), 3, "{xml}");
    assert!(xml.contains(&format!("{runs} of {runs} failed")) && xml.contains("× status 400"), "{xml}");
    let markdown = read("markdown");
    assert!(markdown.starts_with(&format!("### ❌ {runs} runs, {runs} failed")), "{markdown}");
    assert_eq!(markdown.matches("<details>").count(), 1, "{markdown}");
    assert!(read("html").contains("<section class=\"load\">") && read("html").trim_end().ends_with("</html>"));
    // where none fails, none is told
    load("succeeds").expect(0, &["Succeeded 4 virtual users"]);
    let report = crate::support::report(&here.join("json"));
    assert_eq!((&report["status"], report["workflows"].as_array().unwrap().len()), (&"succeeded".into(), 0));
    assert_eq!((read("ndjson").as_str(), read("markdown").starts_with("### ✅ ")), ("", true));
}

#[test]
fn a_load_that_is_stopped_tells_what_there_was() {
    let here = suite("tested-load-stopped", "tests: [{name: one}]");
    let server = Server::session(&["SUCCEEDED"]);
    let running = arras(["test", "--virtual-users", "2", "--duration", "60s", "--output", "json"])
        .args([format!("--server={}", server.url()), format!("--report=json={}", here.join("r.json").display())])
        .within(&here)
        .aws()
        .start();
    server.wait_for(9);
    running.signal("INT");
    let ran = running.wait();
    ran.expect(130, &["Interrupted 2 virtual users"]);
    assert!(ran.answer()["requests"].as_u64().unwrap() >= 4, "{}", ran.stderr);
    assert_eq!(crate::support::report(&here.join("r.json"))["status"], "cancelled");
}

#[test]
fn what_a_workflow_handles_is_no_error_of_a_load() {
    let here = suite("tested-load-handled", "tests: [{name: one}]");
    let server = Server::session(&["IN_PROGRESS", "SUCCEEDED"]);
    let load = |more: &[&str]| {
        let load = ["test", "--poll-interval", "0", "--virtual-users", "1", "--duration", "300ms", "--output", "json"];
        arras(load).args(["--report", "junit=r.xml", "--report", "markdown=r.md"]).args(more).within(&here).aws().run()
    };
    let ran = load(&[&format!("--server={}", server.url())]);
    ran.expect(0, &["Succeeded 1 virtual user"]);
    let told = ran.answer();
    for step in told["steps"].as_array().unwrap() {
        assert_eq!((&step["errors"], step["reasons"].as_object().unwrap().len()), (&0.into(), 0), "{told}");
    }
    let read = |name: &str| std::fs::read_to_string(here.join(name)).unwrap();
    assert!(read("r.xml").contains(r#"failures="0""#) && !read("r.md").contains('❌'), "{}", read("r.xml"));
}

/// Nothing listens there: each user rests before it tries again, and the exit code is that of the environment.
#[test]
fn a_load_without_answers_is_one_of_the_environment() {
    let here = suite("tested-load-refused", "tests: [{name: one}]");
    let load = ["test", "--server", "http://127.0.0.1:1", "--virtual-users", "2", "--duration", "450ms"];
    let ran = arras(load).args(["--output", "json"]).within(&here).aws().run();
    ran.expect(4, &["× connect-refused", "Failed 2 virtual users"]);
    assert!(ran.answer()["runs"].as_u64().unwrap() <= 10, "{}", ran.stdout);
}

#[test]
fn a_load_takes_of_expectations_the_status_alone() {
    let here =
        suite("tested-load-expected", "tests:\n- {name: none, mock: unknown-session, expect: {status: failed}}\n");
    let load = ["--virtual-users", "1", "--duration", "200ms"];
    let ran = test(&here, &load);
    ran.expect(0, &["Succeeded 1 virtual user"]);
    assert!(!ran.stderr.contains("warning"), "{}", ran.stderr);
    for more in [&["--retries", "1"][..], &["--fail-fast"]] {
        let refused = format!("`{}` means nothing beside `--virtual-users`", more[0]);
        test(&here, &[&load[..], more].concat()).expect(2, &[&refused]);
    }
    test(&here, &[&load[..], &["--shard", "2/2"]].concat()).expect(2, &["the share holds no test"]);
    let here = suite("tested-load-more", "mock: true\ntests: [{name: one, expect: {status: failed, requests: 4}}]");
    test(&here, &load).expect(1, &["of `expect` a load judges `status` alone", "Failed 1 virtual user"]);
}

#[test]
fn a_load_of_no_time_is_refused_and_one_of_many_users_says_what_goes_at_once() {
    let here = suite("tested-load-many", TESTS);
    let load = |users: &str, duration: &str| {
        let load = ["--filter", "succeeds", "-j", "1", "--virtual-users", users, "--duration", duration];
        test(&here, &load)
    };
    load("2", "0").expect(2, &["`--duration 0` leaves no time for a run: say how long, such as `30s`"]);
    let many = load("501", "1ms");
    let told = "warning: of 501 virtual users at most 500 send a request at a time; the others wait for their turn";
    assert!(many.stderr.contains(told), "{}", many.stderr);
    assert!(!load("500", "1ms").stderr.contains("at a time"));
}

/// Two workflows of one name in two documents are two.
#[test]
fn a_load_tells_workflows_of_one_name_apart_by_their_files() {
    let here = suite("tested-load-files", "mock: true\ntests: [{name: one}, {name: two}]\n");
    let workflow = std::fs::read(here.join("workflows/face-liveness.arazzo.yaml")).unwrap();
    write(&here.join("workflows/other.arazzo.yaml"), workflow);
    write(&here.join("workflows/other.test.yaml"), "mock: true\ntests: [{name: three}]\n");
    // sessions may fail as well: it is about the names
    let steps = |more: &[&str]| {
        let load = ["-j", "1", "--virtual-users", "3", "--duration", "300ms", "--output", "json"];
        let told = test(&here, &[&load[..], more].concat()).answer();
        let steps = told["steps"].as_array().unwrap().iter();
        steps.map(|step| step["step"].as_str().unwrap().to_owned()).collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(steps(&["--filter", "face-liveness"]).into_iter().collect::<Vec<_>>(), ["createSession", "pollResults"]);
    let both = ["face-liveness", "other"].map(|file| {
        ["createSession", "pollResults"]
            .map(|step| format!("workflows/{file}.arazzo.yaml › face-liveness-session › {step}"))
    });
    assert_eq!(steps(&[]).into_iter().collect::<Vec<_>>(), both.concat());
}

#[test]
fn a_load_without_its_inputs_says_so() {
    let here = folder("tested-load-inputs");
    look_at_shop(
        &here,
        "workflows: [{workflowId: w, inputs: {type: object, required: [needed]}, steps: [{stepId: s, operationId: look}]}]\n",
    );
    let load = ["f.arazzo.yaml", "--mock", "--virtual-users", "2", "--duration", "300ms", "--report", "json=r.json"];
    let ran = test(&here, &load);
    ran.expect(2, &["error:", "needed"]);
    assert_eq!(ran.last_line(), "Failed  no run began   1 error");
    let report = crate::support::report(&here.join("r.json"));
    assert_eq!(
        (&report["status"], &report["load"]["runs"], &report["load"]["failed"]),
        (&"failed".into(), &0.into(), &0.into())
    );
}
