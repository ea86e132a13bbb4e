//! Names on the command line that no document has are refused before anything is sent; those of settings may be for other
//! documents.

use std::path::{Path, PathBuf};

use crate::support::{arras, folder, write};
use crate::wire::{Answer, Server};

/// A workflow against that server.
fn project(name: &str, url: &str) -> PathBuf {
    let here = folder(name);
    let api = format!(
        "openapi: 3.1.0\ninfo: {{title: T, version: '1'}}\n\
         servers: [{{url: '{url}/{{stage}}', variables: {{stage: {{default: live}}}}}}]\n\
         components: {{securitySchemes: {{key: {{type: apiKey, in: header, name: X-Key}}}}}}\n\
         paths: {{/a: {{get: {{operationId: look, responses: {{'200': {{description: ok}}}}}}}}}}\n"
    );
    write(&here.join("api.yaml"), api);
    write(
        &here.join("flow.arazzo.yaml"),
        "arazzo: 1.0.1\ninfo: {title: F, version: '1'}\nsourceDescriptions: [{name: shop, url: api.yaml, type: openapi}]\n\
         workflows:\n- workflowId: w\n  inputs: {type: object, properties: {photo: {type: string}}}\n  \
         steps: [{stepId: s, operationId: look, outputs: {code: $statusCode}}]\n  outputs: {code: $steps.s.outputs.code}\n",
    );
    here
}

fn run(here: &Path, command: &[&str], more: &[&str]) -> crate::support::Ran {
    arras(command).args(["--allow-host", "127.0.0.1"]).args(more).within(here).run()
}

const RUN: [&str; 2] = ["run", "flow.arazzo.yaml"];

#[test]
fn an_unknown_name_on_the_command_line_is_refused_before_anything_is_sent() {
    let server = Server::start(|_, _| panic!("nothing is to be sent"));
    let here = project("known-refused", &server.url());
    let cases: [(&[&str], &str); 9] = [
        (&["--server", "shpo=http://127.0.0.1:1"], "there is no source description `shpo`: did you mean `shop`?"),
        (&["--source", "shpo=api.yaml"], "there is no source description `shpo`: did you mean `shop`?"),
        (&["--server-var", "shpo.stage=x"], "there is no source description `shpo`: did you mean `shop`?"),
        (&["--server-var", "stagge=x"], "there is no server variable `stagge`: did you mean `stage`?"),
        (&["--auth", "shpo.key=sesame"], "there is no source description `shpo`: did you mean `shop`?"),
        (&["--auth", "shop.kee=sesame"], "there is no security scheme `kee`: did you mean `key`?"),
        (&["--auth", "other=sesame"], "there is no security scheme `other` there is `key`"),
        (&["--file", "phot=api.yaml"], "there is no input `phot`: did you mean `photo`?"),
        (&["--reveal", "cod"], "there is no output `cod`: did you mean `code`?"),
    ];
    for (more, told) in cases {
        let ran = run(&here, &RUN, more);
        ran.expect(2, &[told]);
        assert!(!ran.stderr.contains("sesame"), "{}", ran.stderr);
        if more[0] != "--reveal" {
            run(&here, &["test", "flow.arazzo.yaml"], more).expect(2, &[told]);
        }
    }
}

#[test]
fn a_misspelt_source_is_told_before_what_can_t_be_read_for_that() {
    let here = project("known-source", "http://127.0.0.1:1");
    std::fs::rename(here.join("api.yaml"), here.join("moved.yaml")).unwrap();
    run(&here, &RUN, &["--source", "shpo=moved.yaml"]).expect(2, &["`shpo`: did you mean `shop`?"]);
    let check = |source: &str| arras(["check", "flow.arazzo.yaml", "--source", source]).within(&here).run();
    check("shpo=moved.yaml").expect(2, &["`shpo`: did you mean `shop`?"]);
    check("shop=moved.yaml").expect(0, &["Passed"]);
    run(&here, &RUN, &["--source", "shop=moved.yaml", "--dry-run"]).expect(0, &[]);
}

#[test]
fn known_names_are_taken_and_unknown_ones_of_settings_left_for_other_documents() {
    let server = Server::start(|_, _| Answer::Json(200, "{}".to_owned()));
    let here = project("known-taken", "http://127.0.0.1:1");
    let own = format!("shop={}", server.url());
    let known = ["--server", own.as_str(), "--server-var", "shop.stage=x", "--auth", "shop.key=k", "--auth", "key=k"];
    let more = ["--file", "photo=api.yaml", "--reveal", "code", "--source", "shop=api.yaml"];
    run(&here, &RUN, &[&known[..], &more].concat()).expect(0, &["Succeeded"]);
    write(
        &here.join("other.arazzo.yaml"),
        std::fs::read_to_string(here.join("flow.arazzo.yaml")).unwrap().replace("name: shop", "name: store"),
    );
    // a name is known if any of the tests' documents has it
    let both = ["--server", own.as_str(), "--server", &format!("store={}", server.url())];
    run(&here, &["test", "."], &both).expect(0, &["Passed 2 tests"]);
    write(&here.join("arras.toml"), "[server]\nnowhere = \"http://127.0.0.1:1\"\n\n[server-var]\nzone = \"x\"\n");
    let elsewhere = arras(RUN).args(["--allow-host", "127.0.0.1", "--server", &own]).within(&here);
    elsewhere.env("ARRAS_AUTH", "gone.key=sesame").run().expect(0, &["Succeeded"]);
    run(&here, &RUN, &["--server", "nowhere=http://127.0.0.1:1"]).expect(2, &["no source description `nowhere`"]);
}

#[test]
fn quiet_refusals_and_failures_say_what_is_wrong() {
    let here = project("known-quiet", "http://127.0.0.1:1");
    let flow = std::fs::read_to_string(here.join("flow.arazzo.yaml")).unwrap();
    write(&here.join("wrong.arazzo.yaml"), flow.replace("operationId: look,", "operationId: lok,"));
    let ran = arras(["run", "wrong.arazzo.yaml", "-q"]).within(&here).run();
    ran.expect(3, &["Refused wrong.arazzo.yaml 1 error: ", "lok"]);
    assert_eq!(ran.stderr.trim_end().lines().count(), 1, "{}", ran.stderr);
    let tested = arras(["test", "-q", "wrong.arazzo.yaml"]).within(&here).run();
    tested.expect(3, &["wrong.arazzo.yaml › w", "Failed 1 of 1 test"]);
    assert!(!tested.stderr.contains("test failed"), "{}", tested.stderr);
}

#[test]
fn a_test_without_credentials_tells_a_line_a_reason_and_when_it_was() {
    let here = project("known-missing", "http://127.0.0.1:1");
    let api = std::fs::read_to_string(here.join("api.yaml")).unwrap();
    write(&here.join("api.yaml"), format!("{api}security: [{{key: []}}]\n"));
    let reports = ["--report", "junit=r.xml", "--report", "markdown=r.md"];
    let ran = arras(["test", "flow.arazzo.yaml"]).args(reports).within(&here).run();
    ran.expect(4, &["credentials are missing; nothing was sent", "step `s`", "ARRAS_AUTH_SHOP_KEY"]);
    let read = |name: &str| std::fs::read_to_string(here.join(name)).unwrap();
    let (junit, markdown) = (read("r.xml"), read("r.md"));
    for text in [&ran.stderr, &junit, &markdown] {
        assert!(text.contains("credentials are missing") && !text.contains("\\n"), "{text}");
    }
    assert!(!junit.contains(r#"timestamp="1970"#), "{junit}");
}

#[test]
fn a_listed_setting_shows_no_secret_and_a_report_is_no_standard_output() {
    let here = project("known-shown", "http://127.0.0.1:1");
    let secrets =
        ["-i", "pin=hush", "--dep-input", "w:pin=hush", "--proxy", "http://ada:hush@p.example:1", "--auth", "key=hush"];
    let shown = arras(RUN).args(secrets).args(["--show-config"]).within(&here).run();
    shown.expect(0, &[]);
    assert!(!shown.stdout.contains("hush"), "{}", shown.stdout);
    for part in ["pin=***", "w:pin=***", "http://***@p.example:1"] {
        assert!(shown.stdout.contains(part), "{part}: {}", shown.stdout);
    }
    arras(RUN).args(["--report", "json=-"]).within(&here).run().expect(2, &["--output"]);
    assert!(!here.join("-").exists());
}

#[test]
fn an_option_that_would_do_nothing_is_refused() {
    let here = project("known-idle", "http://127.0.0.1:1");
    let server = ["--server", "http://127.0.0.1:1"];
    let mocked = "`--server` can't be used with the mock";
    let rows: [(&[&str], &[&str], &str); 6] = [
        (&RUN, &["--dry-run", "--report", "json=r.json"], "`--report` can't be used with `--dry-run`"),
        (&RUN, &["--dry-run", "--record", "r.json"], "`--record` can't be used with `--dry-run`"),
        (&RUN, &["--dry-run", "--mock"], "--dry-run"),
        (&RUN, &["--mock", server[0], server[1]], mocked),
        (&RUN, &["--mock", "--server", "shop=http://127.0.0.1:1"], mocked),
        (&["test", "flow.arazzo.yaml"], &["--mock", server[0], server[1]], mocked),
    ];
    for (command, more, told) in rows {
        let ran = arras(command).args(more).within(&here).run();
        assert!(ran.expect(2, &[told]).stdout.is_empty() && !here.join("r.json").exists(), "{more:?}");
    }
    // a setting is for other commands, too
    write(&here.join("arras.toml"), "report = ['json=r.json']\nserver = 'http://127.0.0.1:1'\n");
    arras(RUN).args(["--dry-run", "-i", "photo=a"]).within(&here).run().expect(0, &["Planned"]);
    arras(RUN).args(["--mock", "-i", "photo=a"]).within(&here).run().expect(0, &["Succeeded"]);
    write(&here.join("arras.toml"), "mock = true\n");
    let ran = arras(RUN).args(server).within(&here).run();
    ran.expect(2, &["`--server` can't be used with the mock (set by", "arras.toml:1"]);
    std::fs::remove_file(here.join("arras.toml")).unwrap();
    // and a test file chooses servers though the command line says otherwise
    write(&here.join("flow.test.yaml"), "mock: false\ninputs: {photo: a}\n");
    let tested = ["test", "flow.test.yaml", "--mock", server[0], server[1]];
    arras(tested).within(&here).run().expect(4, &["refused the connection"]);
}

#[test]
fn every_command_refuses_a_name_that_no_document_has() {
    let here = project("known-everywhere", "http://127.0.0.1:1");
    let api = std::fs::read_to_string(here.join("api.yaml")).unwrap();
    write(&here.join("api.yaml"), format!("{api}security: [{{key: []}}]\n"));
    let source = "there is no source description `shpo`: did you mean `shop`?";
    let variable = "there is no server variable `stagge`: did you mean `stage`?";
    let scheme = "there is no security scheme `kee`: did you mean `key`?";
    let cases: [(&[&str], &str, &str, &str); 8] = [
        (&["graph"], "--source", "shpo=api.yaml", source),
        (&["mock"], "--source", "shpo=api.yaml", source),
        (&["check"], "--source", "shpo=api.yaml", source),
        (&["auth", "list"], "--source", "shpo=api.yaml", source),
        (&["auth", "list"], "--server-var", "shpo.stage=x", source),
        (&["auth", "list"], "--server-var", "stagge=x", variable),
        (&["auth", "list"], "--auth", "shpo.key=sesame", source),
        (&["auth", "list"], "--auth", "kee=sesame", scheme),
    ];
    for (command, option, value, told) in cases {
        let ran = arras(command).args(["flow.arazzo.yaml", option, value]).within(&here).run();
        ran.expect(2, &[told]);
        assert!(!ran.stderr.contains("sesame") && ran.stdout.is_empty(), "{ran:?}");
    }
    // a description has no sources of its own
    arras(["mock", "api.yaml", "--source", "shop=api.yaml"]).within(&here).run().expect(2, &["there is none"]);
    std::fs::rename(here.join("api.yaml"), here.join("moved.yaml")).unwrap();
    for command in [&["graph"][..], &["mock"], &["auth", "list"]] {
        let ran = arras(command).args(["flow.arazzo.yaml", "--source", "shpo=moved.yaml"]).within(&here).run();
        ran.expect(2, &[source]);
    }
    write(&here.join("arras.toml"), "[source]\nshpo = \"nowhere.yaml\"\n");
    for command in [&["graph"][..], &["auth", "list"]] {
        let ran = arras(command).args(["flow.arazzo.yaml", "--source", "shop=moved.yaml"]).within(&here).run();
        ran.expect(0, &[]);
    }
}

#[test]
fn an_input_of_a_dependency_is_one_that_it_declares() {
    let here = project("known-dependency", "http://127.0.0.1:1");
    let first = "- workflowId: first\n  inputs: {type: object, properties: {photo: {type: string}}}\n  \
                 steps: [{stepId: f, operationId: look}]\nsentinel";
    let flow = std::fs::read_to_string(here.join("flow.arazzo.yaml")).unwrap();
    let flow =
        flow.replacen("- workflowId: w\n", &first.replace("sentinel", "- workflowId: w\n  dependsOn: [first]\n"), 1);
    write(&here.join("flow.arazzo.yaml"), flow);
    for (given, code, told) in [
        ("first:photo=x", 0, "Succeeded"),
        ("first:phot=x", 2, "`--dep-input phot`: there is no input `phot`: did you mean `photo`?"),
        ("w:photo=x", 2, "nothing depends on `w`, which is run itself: give its inputs by `-i`"),
        ("frist:photo=x", 2, "the run comes to no workflow `frist`: did you mean `first`?"),
    ] {
        let mocked = ["run", "flow.arazzo.yaml", "--mock", "--dep-input", given];
        arras(mocked).within(&here).run().expect(code, &[told]);
    }
    let tested = ["test", "flow.arazzo.yaml", "--mock", "--dep-input", "first:phot=x"];
    arras(tested).within(&here).run().expect(2, &["did you mean `photo`?"]);
}

#[test]
fn an_input_that_no_workflow_declares_is_passed_on_and_told_with_the_nearest() {
    let here = project("known-input", "http://127.0.0.1:1");
    let ran = arras(["run", "flow.arazzo.yaml", "--mock", "-i", "phot=x"]).within(&here).run();
    ran.expect(
        0,
        &["warning[unknown-input] the workflow `w` declares no input `phot`; it is passed on: did you mean `photo`?"],
    );
    assert!(ran.stderr.lines().next().is_some_and(|line| line.contains("unknown-input")), "{}", ran.stderr);
}

#[test]
fn what_one_place_gives_twice_is_refused() {
    let here = project("known-twice", "http://127.0.0.1:1");
    let cases: [(&[&str], &str); 7] = [
        (&["-i", "photo=a", "-i", "photo=b"], "`--input photo` is given more than once: which value is meant?"),
        (&["--input", "photo=a", "-i", "photo=a"], "several values are one list, as JSON"),
        (&["--dep-input", "w:photo=a", "--dep-input", "w:photo=b"], "`--dep-input w:photo` is given more than once"),
        (&["--file", "photo=a", "--file", "photo=b"], "`--file photo` is given more than once"),
        (&["--source", "shop=a", "--source", "shop=b"], "`--source shop` is given more than once"),
        (&["--server", "http://a", "--server", "http://b"], "`--server` without a source is given more than once"),
        (&["--server-var", "stage=a", "--server-var", "stage=b"], "`--server-var stage` is given more than once"),
    ];
    for (more, told) in cases {
        run(&here, &RUN, more).expect(2, &[told]);
        run(&here, &["test", "flow.arazzo.yaml"], more).expect(2, &[told]);
    }
    let variable = arras(["run", "flow.arazzo.yaml", "--mock"]).within(&here).env("ARRAS_INPUT", "photo=a\nphoto=b");
    variable.run().expect(2, &["ARRAS_INPUT", "`--input photo` is given more than once"]);
    // one place over another is no repetition
    let over =
        arras(["run", "flow.arazzo.yaml", "--mock", "-i", "photo=a"]).within(&here).env("ARRAS_INPUT", "photo=b");
    over.run().expect(0, &["Succeeded"]);
    let several = ["--server", "http://127.0.0.1:1", "--server", "shop=http://127.0.0.1:1", "--dry-run"];
    run(&here, &RUN, &several).expect(0, &["Planned"]);
}

#[test]
fn a_variable_that_looks_like_a_setting_and_is_none_is_told() {
    let here = project("known-variables", "http://127.0.0.1:1");
    let run = |variables: &[(&str, &str)], more: &[&str]| {
        let run = arras(["run", "flow.arazzo.yaml", "--mock"]).args(more).within(&here);
        variables.iter().fold(run, |run, (name, value)| run.env(name, value)).run()
    };
    let ran = run(&[("ARRAS_STEP_TIMOUT", "1s"), ("ARRAS_ZZZ", ""), ("ARRAS_SHOW_CONFIG", "1")], &["-q"]);
    ran.expect(0, &["warning: nothing reads the variable `ARRAS_STEP_TIMOUT`: did you mean `ARRAS_STEP_TIMEOUT`?"]);
    let lines: Vec<&str> = ran.stderr.lines().collect();
    assert_eq!(lines.len(), 4, "{}", ran.stderr);
    assert!(lines.contains(&"warning: nothing reads the variable `ARRAS_ZZZ`"), "{}", ran.stderr);
    assert!(ran.last_line().starts_with("Succeeded"), "{}", ran.stderr);
    // those of other commands, and those that are about documents, are read by what they are about
    let known = [
        ("ARRAS_STEP_TIMEOUT", "10s"),
        ("ARRAS_JOBS", "2"),
        ("ARRAS_INPUT", "photo=a"),
        ("ARRAS_INPUT_PHOTO", "x"),
        ("ARRAS_INPUT_OTHER", "x"),
        ("ARRAS_AUTH", "shop.key=hush"),
        ("ARRAS_AUTH_SHOP_KEY", "hush"),
        ("ARRAS_COLOR", "never"),
    ];
    let ran = run(&known, &[]);
    assert!(!ran.expect(0, &[]).stderr.contains("nothing reads"), "{}", ran.stderr);
    write(&here.join("own.toml"), "[profile.p]\nstep-timeout = \"1s\"\n");
    let ran = run(&[("ARRAS_CONFIG", "own.toml"), ("ARRAS_PROFILE", "p")], &[]);
    assert!(ran.expect(0, &[]).stderr.starts_with("Running"), "{}", ran.stderr);
}
