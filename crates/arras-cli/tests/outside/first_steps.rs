//! What someone meets first: files that are none, names that are nearly right, and what to do next.

use crate::support::{Ran, arras, folder, project, write};
use crate::wire::{Answer, Server};

#[test]
fn what_is_no_workflow_says_what_it_is_and_what_to_do() {
    let here = folder("first-steps");
    std::fs::create_dir_all(here.join("empty")).unwrap();
    write(&here.join("empty.yaml"), "");
    write(&here.join("x.json"), r#"{"a": 1}"#);
    write(&here.join("t.txt"), "hello");
    write(&here.join("api.yaml"), "openapi: 3.1.0\ninfo: {title: A, version: '1'}\npaths: {}\n");
    let run = |arguments: &[&str]| -> Ran { arras(arguments).within(&here).run() };
    let cases: [(&[&str], i32, &str); 12] = [
        (&["run", "none.yaml"], 4, "there is no file `none.yaml`"),
        (&["run", "empty"], 4, "`empty` is a folder without `arazzo.yaml` or `arazzo.json`: name a file in it"),
        (&["run", "empty.yaml"], 3, "the file holds nothing but white space and comments"),
        (&["run", "x.json"], 3, "this is no Arazzo document: it has none of the fields"),
        (&["run", "t.txt"], 3, "an Arazzo document is an object, not a string"),
        (&["run", "api.yaml"], 3, "this is an OpenAPI description, not an Arazzo document"),
        (&["check", "empty"], 2, "there is no Arazzo file there"),
        (&["test", "empty"], 2, "there are no tests: name test files, Arazzo files, or folders with some"),
        (&["mock", "x.json"], 3, "Refused"),
        (&["graph", "x.json"], 3, "Refused"),
        (&["auth", "list", "x.json"], 3, "Refused"),
        (&["replay", "x.json"], 3, "it is neither a recording nor an HTTP Archive"),
    ];
    for (arguments, code, told) in cases {
        let ran = run(arguments);
        ran.expect(code, &[told]);
        assert_eq!(ran.stdout, "", "{arguments:?}");
        if code == 3 {
            assert!(ran.last_line().starts_with("Refused"), "{arguments:?}: {}", ran.stderr);
        }
    }
}

#[test]
fn names_that_are_nearly_right_are_known() {
    arras(["run", "workflows/face-livenes.arazzo.yaml"])
        .run()
        .expect(4, &["is `workflows/face-liveness.arazzo.yaml` meant?"]);
    arras(["run", "workflows/face-liveness.arazzo.yaml", "face-livenes-session"])
        .run()
        .expect(2, &["did you mean `face-liveness-session`?"]);
}

#[test]
fn workflows_to_choose_from_stand_in_columns() {
    let here = folder("first-choice");
    let workflow = |id: &str, summary: &str| {
        format!("- {{workflowId: {id}, summary: '{summary}', steps: [{{stepId: s, operationId: o}}]}}\n")
    };
    write(
        &here.join("w.arazzo.yaml"),
        format!(
            "arazzo: 1.0.1\ninfo: {{title: T, version: '1'}}\nsourceDescriptions: [{{name: api, url: api.yaml, type: openapi}}]\n\
             workflows:\n{}{}",
            workflow("a", "Short."),
            workflow("much-longer", "Long.")
        ),
    );
    write(
        &here.join("api.yaml"),
        "openapi: 3.1.0\ninfo: {title: A, version: '1'}\nservers: [{url: 'http://127.0.0.1:1'}]\npaths: {/o: {get: {operationId: o, responses: {}}}}\n",
    );
    let ran = arras(["run", "w.arazzo.yaml"]).within(&here).run();
    ran.expect(2, &["name the ones to run"]);
    assert!(ran.stderr.ends_with("\n  a             Short.\n  much-longer   Long.\n"), "{}", ran.stderr);
}

#[test]
fn tests_that_fail_are_told_attempt_by_attempt_without_blanks_at_the_end_of_lines() {
    let here = folder("first-tests");
    let file = project().join("workflows/face-liveness.arazzo.yaml");
    let ran = arras(["test", "--mock=unknown-session", "--poll-interval", "0", "--retries", "1"])
        .arg(file)
        .within(&here)
        .run();
    ran.expect(1, &["attempt 1 of 2", "attempt 2 of 2", "Failed  1 of 1 test"]);
    assert!(ran.stderr.lines().all(|line| line == line.trim_end()), "{:?}", ran.stderr);
}

#[test]
fn what_cannot_be_done_stays_on_one_line_in_a_file() {
    let ran = arras(["run", "workflows/face-liveness.arazzo.yaml"]).env("AWS_EC2_METADATA_DISABLED", "true").run();
    ran.expect(4, &["no AWS credentials"]);
    let told = ran.stderr.lines().find(|line| line.contains("no AWS credentials")).unwrap();
    assert!(told.ends_with("`arras auth list` shows where was looked"), "{}", ran.stderr);
}

#[test]
fn an_input_that_is_missing_is_named_with_how_to_give_it() {
    let here = folder("first-inputs");
    write(
        &here.join("w.arazzo.yaml"),
        "arazzo: 1.0.1\ninfo: {title: T, version: '1'}\nsourceDescriptions: [{name: api, url: api.yaml, type: openapi}]\n\
         workflows:\n- workflowId: w\n  inputs: {type: object, required: [id], properties: {id: {type: string}}}\n  \
         steps: [{stepId: s, operationId: o, parameters: [{name: id, in: query, value: $inputs.id}]}]\n",
    );
    write(
        &here.join("api.yaml"),
        "openapi: 3.1.0\ninfo: {title: A, version: '1'}\nservers: [{url: 'http://127.0.0.1:1'}]\n\
         paths: {/o: {get: {operationId: o, parameters: [{name: id, in: query}], responses: {'200': {description: ok}}}}}\n",
    );
    let run = |more: &[&str]| arras(["run", "w.arazzo.yaml", "--mock"]).args(more).within(&here).run();
    run(&[]).expect(2, &["the input `id` is missing", "help: give it: `-i id=VALUE`"]);
    run(&["-i", "id=7"]).expect(0, &["Succeeded"]);
}

#[test]
fn inputs_of_all_workflows_are_judged_before_the_first_is_run() {
    let here = folder("first-inputs-of-all");
    let workflow = |id: &str| {
        format!(
            "- workflowId: {id}\n  inputs: {{type: object, required: [{id}], properties: {{{id}: {{type: string}}}}}}\n  \
             steps: [{{stepId: s, operationId: o, parameters: [{{name: id, in: query, value: $inputs.{id}}}]}}]\n"
        )
    };
    write(
        &here.join("w.arazzo.yaml"),
        format!(
            "arazzo: 1.0.1\ninfo: {{title: T, version: '1'}}\nsourceDescriptions: [{{name: api, url: api.yaml, type: openapi}}]\n\
             workflows:\n{}{}",
            workflow("one"),
            workflow("two")
        ),
    );
    write(
        &here.join("api.yaml"),
        "openapi: 3.1.0\ninfo: {title: A, version: '1'}\nservers: [{url: 'http://127.0.0.1:1'}]\n\
         paths: {/o: {get: {operationId: o, parameters: [{name: id, in: query}], responses: {'200': {description: ok}}}}}\n",
    );
    let server = Server::start(|_, _| Answer::Json(200, "{}".to_owned()));
    let run = |more: &[&str]| {
        arras(["run", "w.arazzo.yaml", "--all", "--server", &server.url()]).args(more).within(&here).run()
    };
    let ran = run(&["-i", "one=1"]);
    ran.expect(2, &["the input `two` is missing"]);
    assert!(ran.last_line().starts_with("Refused") && server.received().is_empty(), "{}", ran.stderr);
    run(&["-i", "one=1", "-i", "two=2"]).expect(0, &["Succeeded"]);
    assert_eq!(server.received().len(), 2);
}
