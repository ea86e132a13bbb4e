//! Many tests at once: what a quiet summary says of those that failed, their names, and the exit code of mixed failures.

use std::path::{Path, PathBuf};

use crate::support::{Ran, arras, folder, report, write};
use crate::wire::{Answer, Server};

/// A workflow of one request, beside tests with these lines.
fn suite(name: &str, tests: &str) -> PathBuf {
    let here = folder(name);
    write(
        &here.join("api.yaml"),
        "openapi: 3.1.0\ninfo: {title: T, version: '1'}\nservers: [{url: 'http://127.0.0.1:1'}]\n\
         paths: {/a: {get: {operationId: look, responses: {'200': {description: ok}}}}}\n",
    );
    write(
        &here.join("flow.arazzo.yaml"),
        "arazzo: 1.0.1\ninfo: {title: F, version: '1'}\nsourceDescriptions: [{name: shop, url: api.yaml, type: openapi}]\n\
         workflows:\n- workflowId: w\n  inputs: {type: object, properties: {n: {type: integer}}}\n  \
         steps:\n  - {stepId: s, operationId: look, successCriteria: [{condition: $statusCode == 200}], outputs: {code: $statusCode}}\n  \
         outputs: {code: $steps.s.outputs.code}\n\
         - workflowId: endless\n  steps:\n  - {stepId: s, operationId: look, onSuccess: [{name: on, type: goto, stepId: s}]}\n",
    );
    write(&here.join("flow.test.yaml"), tests);
    here
}

fn test(here: &Path, more: &[&str]) -> Ran {
    arras(["test", "--poll-interval", "0", "-j", "1"]).args(more).within(here).run()
}

#[test]
fn a_quiet_summary_says_of_each_failed_test_why() {
    let tests = "workflow: w\nmock: true\ntests:\n- {name: good}\n- {name: wrong, expect: {requests: 2, endedBy: goto}}\n\
                 - {name: bad, mock: bad.yaml}\n- {name: unmeant, inputs: {n: seven}}\n";
    let here = suite("suites-quiet", tests);
    write(&here.join("bad.yaml"), "operations:\n  look: [{status: 500, body: {}}]\n");
    let ran = test(&here, &["-q"]);
    let lines: Vec<&str> = ran.stderr.lines().collect();
    ran.expect(2, &["Failed 3 of 4 tests"]);
    let told = [
        ("› wrong", "✗ it was ended by `last-step`, expected was `goto` (and 1 more)"),
        ("› bad", "✗ step `s` failed: criterion 1 of 1 is not satisfied"),
        ("› unmeant", "n"),
    ];
    for (test, why) in told {
        let at = lines.iter().position(|line| line.contains(test)).unwrap();
        assert!(lines[at + 1].starts_with("   ✗ ") && lines[at + 1].contains(why), "{test}: {}", ran.stderr);
    }
    assert_eq!(lines.len(), 7, "{}", ran.stderr);
}

/// The verdict is the test's: one that misses its output fails though its run succeeded, one that expects a failure passes.
#[test]
fn reports_for_machines_tell_the_verdict() {
    let tests = "workflow: w\nmock: true\ntests:\n- {name: wrong, expect: {outputs: {code: 404}}}\n\
                 - {name: meant, mock: bad.yaml, expect: {status: failed}}\n- {name: shaky, mock: false, retries: 2}\n\
                 - {name: unmeant, inputs: {n: seven}}\n";
    let here = suite("suites-verdicts", tests);
    write(&here.join("bad.yaml"), "operations:\n  look: [{status: 500, body: {}}]\n");
    let server = Server::start(|before, _| Answer::Json(if before == 0 { 500 } else { 200 }, "{}".to_owned()));
    let reports = ["json", "ndjson", "har", "html"].map(|kind| format!("--report={kind}=r.{kind}"));
    let more: Vec<&str> = reports.iter().map(String::as_str).collect();
    let url = format!("--server={}", server.url());
    test(&here, &[&more[..], &[&url]].concat()).expect(2, &["Failed 2 of 4 tests, 1 flaky"]);
    let told = report(&here.join("r.json"));
    let of = |value: &serde_json::Value| {
        let text = |name: &str| value[name].as_str().unwrap_or("none").to_owned();
        (text("file"), text("name"), text("status"), value["attempts"].as_array().map_or(0, Vec::len))
    };
    let file = || "flow.test.yaml".to_owned();
    let expected = [
        (file(), "wrong".to_owned(), "failed".to_owned(), 1),
        (file(), "meant".to_owned(), "passed".to_owned(), 1),
        (file(), "shaky".to_owned(), "flaky".to_owned(), 2),
        (file(), "unmeant".to_owned(), "failed".to_owned(), 1),
    ];
    let tests = told["tests"].as_array().unwrap();
    assert_eq!(tests.iter().map(of).collect::<Vec<_>>(), expected);
    assert_eq!(told["status"], "failed");
    assert_eq!(tests[0]["attempts"][0]["reasons"][0], "the output `code` is 200, expected was 404");
    let runs: Vec<_> = told["workflows"].as_array().unwrap().iter().map(|run| &run["test"]).collect();
    let named = |run: &serde_json::Value| format!("{} {}", run["name"].as_str().unwrap(), run["attempt"]);
    assert_eq!(runs.into_iter().map(named).collect::<Vec<_>>(), ["wrong 1", "meant 1", "shaky 1", "shaky 2"]);
    let lines = std::fs::read_to_string(here.join("r.ndjson")).unwrap();
    let lines: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let ends = lines.iter().filter(|line| line["event"] == "test-finished");
    let ends: Vec<_> = ends.map(|line| (line["name"].as_str().unwrap(), line["status"].as_str().unwrap())).collect();
    let expected =
        [("wrong", "failed"), ("meant", "passed"), ("shaky", "retried"), ("shaky", "flaky"), ("unmeant", "failed")];
    assert_eq!(ends, expected);
    assert_eq!(lines.iter().filter(|line| line["event"] == "test-started").count(), 5);
    let pages = &report(&here.join("r.har"))["log"]["pages"];
    assert_eq!(
        pages[2]["comment"],
        "flow.test.yaml › shaky, attempt 1: retried: the workflow failed, and was expected to succeed"
    );
    assert_eq!(pages.as_array().map(Vec::len), Some(5), "{pages}");
    let page = std::fs::read_to_string(here.join("r.html")).unwrap();
    let verdicts: Vec<_> = page.split("<p class=").filter_map(|part| Some(part.split_once(">test ")?.1)).collect();
    let verdicts: Vec<_> = verdicts.iter().map(|part| part.split('<').next().unwrap()).collect();
    assert_eq!(verdicts, ["failed", "passed", "retried", "flaky", "failed"], "{page}");
    assert!(page.contains("2 of 4 workflows failed"), "{page}");
}

/// What a test file can't mean is refused where it stands, and nothing is run.
#[test]
fn a_test_file_that_can_t_be_right_is_refused_before_the_run() {
    let here = suite("suites-refused", "");
    let server = Server::start(|_, _| panic!("nothing is to be sent"));
    let rows = [
        ("workflow: w\nexpect: {steps: [ss]}\n", "2:18: the workflow `w` has no step `ss`: there is `s`"),
        (
            "workflow: w\nexpect: {outputs: {cod: null}}\n",
            "2:20: the workflow `w` has no output `cod`: did you mean `code`?",
        ),
        (
            "workflow: endless\nexpect: {outputs: {code: 1}}\n",
            "the workflow `endless` has no output `code`: it has none",
        ),
        ("workflow: w\nexpect: {endedBy: laststep}\n", "2:19: `laststep` is no `endedBy`: did you mean `last-step`?"),
        ("workflow: v\n", "1:11: there is no workflow `v`"),
        ("flie: flow.arazzo.yaml\n", "1:1: a test file has no member `flie`: did you mean `file`?"),
        ("retries: 0\n", "`flow.arazzo.yaml` has several workflows: name one as `workflow`: `w`, `endless`"),
    ];
    for (text, told) in rows {
        write(&here.join("flow.test.yaml"), text);
        let ran = test(&here, &["--server", &server.url(), "--retries", "1"]);
        ran.expect(3, &["flow.test.yaml", told, "Failed 1 of 1 test"]);
        assert!(!ran.stderr.contains("--all"), "{}", ran.stderr);
    }
    assert!(server.received().is_empty());
    // of several workflows one may well lack an output that none is to have
    let shared = "mock: true\nexpect: {outputs: {code: null}}\ntests:\n- {name: a, workflow: w, expect: {outputs: {code: 200}}}\n\
                  - {name: b, workflow: endless, expect: {status: failed}}\n";
    write(&here.join("flow.test.yaml"), shared);
    test(&here, &["--max-steps", "3"]).expect(0, &["Passed 2 tests"]);
}

/// Where the system gives nothing to run with, that is what is told, by no panic and no success.
#[test]
#[cfg(unix)]
fn without_resources_no_test_passes() {
    let here = suite("suites-resources", "workflow: w\ntests: [{name: a}, {name: b}]\n");
    for descriptors in 4..12 {
        for more in
            ["test flow.test.yaml -j 2", "test -j 2 --virtual-users 2 --duration 100ms", "run flow.arazzo.yaml w"]
        {
            let line = format!("ulimit -n {descriptors}; exec {} {more}", env!("CARGO_BIN_EXE_arras"));
            let ran = std::process::Command::new("sh").args(["-c", &line]).current_dir(&here).output().unwrap();
            let told = String::from_utf8(ran.stderr).unwrap();
            assert_eq!(ran.status.code(), Some(4), "{line}: {told}");
            let last = told.lines().last().unwrap();
            assert!(["error:", "Failed"].iter().any(|start| last.starts_with(start)), "{line}: {told}");
        }
    }
}

/// A terminal obeys controls, whoever wrote them: errors spell them out, within tests, beside a load, and alone.
#[test]
fn errors_spell_controls_out() {
    let here = suite("suites-controls", "mock: true\nworkflow: \"x\\e[31mred\"\n");
    let rows: [(&[&str], i32); 5] = [
        (&["test", "flow.test.yaml"], 3),
        (&["test", "flow.test.yaml", "--virtual-users", "1", "--duration", "100ms"], 3),
        (&["run", "flow.arazzo.yaml", "x\u{1b}[31mred"], 2),
        (&["run", "flow.arazzo.yaml", "w", "--dep-input", "x\u{1b}[31mred:n=1"], 2),
        (&["run", "x\u{1b}[31mred"], 4),
    ];
    for (arguments, code) in rows {
        let ran = arras(arguments).within(&here).run();
        ran.expect(code, &["x\\u{1b}[31mred"]);
        assert!(!ran.stderr.contains('\u{1b}'), "{}", ran.stderr);
    }
}

#[test]
fn a_name_is_one_test_s_alone() {
    let here =
        suite("suites-names", "mock: true\nworkflow: w\ntests:\n- name: a\n- name: b\n- inputs: {n: 1}\n  name: a\n");
    let ran = test(&here, &[]);
    ran.expect(3, &["flow.test.yaml:7:9: two tests have the name `a`; the first is in line 4"]);
    // the same file by several ways is one, and the names of other files are their own
    write(&here.join("flow.test.yaml"), "mock: true\nworkflow: w\ntests: [{name: a}]\n");
    write(
        &here.join("more/flow.test.yaml"),
        "file: ../flow.arazzo.yaml\nmock: true\nworkflow: w\ntests: [{name: a}]\n",
    );
    let junit = ["--report", "junit=r.xml", ".", "flow.test.yaml", "./flow.test.yaml"];
    test(&here, &junit).expect(0, &["Passed 2 tests"]);
    let cases = cases(&here.join("r.xml"));
    assert_eq!(cases, [("flow.test.yaml".into(), "a".into()), ("more/flow.test.yaml".into(), "a".into())]);
    // a workflow may be run twice
    let twice = ["run", "flow.arazzo.yaml", "w", "w", "--mock", "--report", "junit=r.xml"];
    arras(twice).within(&here).run().expect(0, &["Succeeded 2 workflows"]);
    let file = || "flow.arazzo.yaml".to_owned();
    assert_eq!(self::cases(&here.join("r.xml")), [(file(), "w".into()), (file(), "w (2)".into())]);
}

/// The class name and name of each case of a JUnit report.
fn cases(path: &Path) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(path).unwrap();
    let document = roxmltree::Document::parse(&text).unwrap();
    let cases = document.descendants().filter(|node| node.has_tag_name("testcase"));
    let of = |node: roxmltree::Node<'_, '_>, name| node.attribute(name).unwrap().to_owned();
    cases.map(|case| (of(case, "classname"), of(case, "name"))).collect()
}

#[test]
fn of_several_failures_one_says_how_to_exit() {
    // each fails in its own way, and would alone exit so
    let kinds = [
        (1, "failed", "file: flow.arazzo.yaml\nworkflow: w\nmock: true\nexpect: {requests: 2}\n"),
        (2, "unfit", "file: flow.arazzo.yaml\nworkflow: w\nmock: true\ninputs: {n: seven}\n"),
        (3, "refused", "file: broken.arazzo.yaml\n"),
        (4, "unreached", "file: flow.arazzo.yaml\nworkflow: w\n"),
        (5, "endless", "file: flow.arazzo.yaml\nworkflow: endless\nmock: true\n"),
    ];
    let here = suite("suites-mixed", "");
    std::fs::remove_file(here.join("flow.test.yaml")).unwrap();
    write(&here.join("broken.arazzo.yaml"), "arazzo: 1.0.1\ninfo: {title: F, version: '1'}\nworkflows: 7\n");
    for (_, name, text) in kinds {
        write(&here.join(format!("{name}.test.yaml")), text);
    }
    let exits = |names: &[&str], more: &[&str], code: i32| {
        let files: Vec<_> = names.iter().map(|name| format!("{name}.test.yaml")).collect();
        let files: Vec<_> =
            files.iter().map(String::as_str).chain(more.iter().copied()).chain(["--max-steps", "5"]).collect();
        test(&here, &files).expect(code, &["Failed"]);
    };
    for (code, name, _) in kinds {
        exits(&[name], &[], code);
    }
    exits(&["failed", "endless"], &[], 5);
    exits(&["endless", "unreached", "failed"], &[], 4);
    exits(&["failed", "unreached", "refused", "endless"], &[], 3);
    exits(&["failed", "refused", "unfit", "unreached"], &[], 2);
    // what a test file names is no argument of the command line
    for (name, mock, code) in [("unknown", "nosuch", 3), ("lost", "none.yaml", 4)] {
        let text = format!("file: flow.arazzo.yaml\nworkflow: w\nmock: {mock}\n");
        write(&here.join(format!("{name}.test.yaml")), text);
        exits(&[name], &[], code);
    }
    // a report that can't be kept does not hide what the tests came to
    exits(&["refused", "failed"], &["--report", "junit=/dev/full"], 3);
}

#[test]
fn killed_tests_leave_the_events_of_those_that_were_over() {
    let here = suite("suites-killed", "workflow: w\ntests: [{name: first}, {name: second}]\n");
    let server = Server::start(|before, _| if before == 0 { Answer::Json(200, "{}".to_owned()) } else { Answer::Hang });
    let running =
        arras(["test", "flow.test.yaml", "-j", "1", "--report", "ndjson=r.ndjson", "--report", "json=r.json"])
            .args(["--server", &server.url()])
            .within(&here)
            .start();
    server.wait_for(2);
    running.signal("KILL");
    assert_eq!(running.wait().code, None);
    let text = std::fs::read_to_string(here.join("r.ndjson")).unwrap();
    let kinds: Vec<String> = text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["event"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!((kinds.first().unwrap().as_str(), kinds.last().unwrap().as_str()), ("test-started", "test-finished"));
    assert_eq!(kinds.iter().filter(|kind| *kind == "run-started").count(), 1, "{text}");
    assert!(!here.join("r.json").exists(), "{}", report(&here.join("r.json")));
}

/// A link lies in a folder of its own, whose descriptions its document means: it is another document than its target.
#[test]
#[cfg(unix)]
fn links_to_one_file_are_documents_of_their_own() {
    let here = suite("suites-links", "mock: true\ntests: [{name: here, workflow: w}]\n");
    std::fs::create_dir(here.join("other")).unwrap();
    let description = std::fs::read_to_string(here.join("api.yaml")).unwrap();
    write(&here.join("other/api.yaml"), description.replace("operationId: look", "operationId: watch"));
    for file in ["flow.arazzo.yaml", "flow.test.yaml"] {
        std::os::unix::fs::symlink(Path::new("..").join(file), here.join("other").join(file)).unwrap();
    }
    let both = ["flow.arazzo.yaml", "./flow.arazzo.yaml", "other/flow.arazzo.yaml", "other/./flow.arazzo.yaml"];
    let ran = arras(["check"]).args(both).within(&here).run();
    ran.expect(1, &["2 files"]);
    assert!(
        ran.stdout.contains("other/flow.arazzo.yaml:") && ran.stdout.contains("unknown-operation"),
        "{}",
        ran.stdout
    );
    // a test file is about the document beside it, of which there are two
    let ran = test(&here, &["--mock", "flow.test.yaml", "other/flow.test.yaml"]);
    ran.expect(3, &["Failed 1 of 2 tests", "unknown-operation"]);
    let ran = test(&here, &["--mock", "--filter", "w", "flow.test.yaml", "flow.arazzo.yaml", "other/flow.arazzo.yaml"]);
    ran.expect(3, &["other/flow.arazzo.yaml", "unknown-operation"]);
}

#[test]
fn a_test_file_that_is_not_there_is_the_environment_s() {
    let here = folder("suites-absent");
    write(&here.join("a.test.yaml"), "file: absent.yaml\n");
    write(&here.join("b.test.yaml"), "tests: 1\n");
    for (path, exit, told) in [
        ("absent.test.yaml", 4, "the test file `absent.test.yaml` can't be read"),
        ("a.test.yaml", 4, "there is no file `absent.yaml`"),
        ("absent", 4, "there is no file `absent`"),
        ("b.test.yaml", 3, "b.test.yaml:1:8: expected an array"),
    ] {
        arras(["test", path]).within(&here).run().expect(exit, &[told]);
    }
}
