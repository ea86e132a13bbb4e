//! Where reports and recordings are written: each to a file of its own, and to none that is read.

use std::path::{Path, PathBuf};

use crate::support::{Ran, arras, folder, write};

const FLOW: &str = "arazzo: 1.0.1\ninfo: {title: F, version: '1'}\nsourceDescriptions: [{name: shop, url: api.yaml, type: openapi}]\n\
    workflows: [{workflowId: w, inputs: {type: object, properties: {n: {type: integer}}}, steps: [{stepId: s, operationId: look}]}]\n";

/// A workflow of one request, its test file, a scenario, inputs, a recording of it, and a folder `rep`.
fn flow(name: &str) -> PathBuf {
    let here = folder(name);
    write(
        &here.join("api.yaml"),
        "openapi: 3.1.0\ninfo: {title: T, version: '1'}\nservers: [{url: 'http://127.0.0.1:1'}]\n\
         paths: {/a: {get: {operationId: look, responses: {'200': {description: ok}}}}}\n",
    );
    write(&here.join("flow.arazzo.yaml"), FLOW);
    write(&here.join("flow.test.yaml"), "mock: true\n");
    write(&here.join("flow.mock.yaml"), "operations:\n  look: [{status: 200, body: {}}]\n");
    write(&here.join("inputs.json"), "{\"n\": 1}");
    std::fs::create_dir(here.join("rep")).unwrap();
    run(&here, &["run", "flow.arazzo.yaml", "--mock", "--record=r.rec.json"]).expect(0, &[]);
    here
}

fn run(here: &Path, arguments: &[&str]) -> Ran {
    arras(arguments).within(here).run()
}

const RUN: [&str; 3] = ["run", "flow.arazzo.yaml", "--mock"];
const TEST: [&str; 2] = ["test", "flow.test.yaml"];
const REPLAY: [&str; 2] = ["replay", "r.rec.json"];

#[test]
fn no_two_are_written_to_one_file() {
    let here = flow("written-apart");
    write(&here.join("rep/x"), "the older one");
    #[cfg(unix)]
    std::os::unix::fs::symlink("x", here.join("rep/link")).unwrap();
    #[cfg(unix)]
    std::fs::hard_link(here.join("rep/x"), here.join("rep/hard")).unwrap();
    let pairs = [
        ["json=rep/x", "har=rep/x"],
        ["json=rep/x", "har=rep/../rep/x"],
        ["json=rep/x", "json=rep/x"],
        ["ndjson=new", "markdown=./new"],
        #[cfg(unix)]
        ["json=rep/x", "har=rep/link"],
        #[cfg(unix)]
        ["ndjson=rep/x", "json=rep/hard"],
    ];
    for [one, other] in pairs {
        for command in [&RUN[..], &TEST, &REPLAY] {
            let ran = run(&here, &[command, &["--report", one, "--report", other]].concat());
            ran.expect(2, &[&format!("`--report {one}` and `--report {other}` are one file: give each its own")]);
        }
    }
    run(&here, &[&RUN[..], &["--report=json=new", "--record=new"]].concat())
        .expect(2, &["`--record new` are one file"]);
    assert_eq!(std::fs::read_to_string(here.join("rep/x")).unwrap(), "the older one");
    assert!(!here.join("new").exists());
    // what keeps nothing loses nothing
    #[cfg(unix)]
    run(&here, &[&RUN[..], &["--report=json=/dev/null", "--report=har=/dev/null"]].concat()).expect(0, &[]);
    run(&here, &[&RUN[..], &["--report=json=rep/x", "--report=har=rep/y", "--record=z"]].concat()).expect(0, &[]);
}

#[test]
fn nothing_is_written_over_what_is_read() {
    let here = flow("written-over");
    let scenario = [&RUN[..2], &["--mock=flow.mock.yaml#"]].concat();
    let inputs = [&RUN[..], &["--inputs", "inputs.json"]].concat();
    let replayed = ["run", "flow.arazzo.yaml", "--replay", "r.rec.json"];
    let moved = ["run", "flow.arazzo.yaml", "--source", "shop=other/api.yaml", "--mock"];
    write(&here.join("other/api.yaml"), std::fs::read(here.join("api.yaml")).unwrap());
    let own = ["run", "flow.arazzo.yaml", "--mock", "--config=my.toml"];
    let keyed = [&RUN[..], &["--auth=shop.k=file:key.txt", "--ca=ca.pem", "--client-cert=own.pem"]].concat();
    let keyed_tests = [&TEST[..], &["--auth=shop.k=file:key.txt", "--ca=ca.pem"]].concat();
    let rows: Vec<(&[&str], &str, &str)> = vec![
        (&RUN, "--report=json=flow.arazzo.yaml", "the document"),
        (&RUN, "--report=ndjson=rep/../flow.arazzo.yaml", "the document"),
        (&RUN, "--record=flow.arazzo.yaml", "the document"),
        (&RUN, "--report=har=api.yaml", "a source"),
        (&RUN, "--report=har=flow.mock.yaml", "the scenario"),
        (&scenario, "--report=har=flow.mock.yaml", "the scenario"),
        (&moved, "--report=html=other/api.yaml", "a source"),
        (&inputs, "--report=markdown=inputs.json", "the inputs"),
        (&replayed, "--report=json=r.rec.json", "the recording"),
        (&REPLAY, "--report=json=r.rec.json", "the recording"),
        (&TEST, "--report=json=flow.test.yaml", "the test file"),
        (&TEST, "--report=junit=flow.arazzo.yaml", "the document"),
        (&TEST, "--report=junit=api.yaml", "a source"),
        (&TEST, "--report=junit=flow.mock.yaml", "the scenario"),
        (&TEST, "--report=json=parts.yaml", "a source"),
        (&["test", "far.test.yaml"], "--report=json=far.yaml", "a source"),
        (&keyed, "--report=json=key.txt", "a credential"),
        (&keyed, "--record=ca.pem", "a certificate"),
        (&keyed, "--report=json=own.pem", "a certificate"),
        (&keyed_tests, "--report=json=key.txt", "a credential"),
        (&keyed_tests, "--report=json=ca.pem", "a certificate"),
        (&own, "--report=json=my.toml", "the settings"),
        (&RUN, "--record=arras.toml", "the settings"),
        (&TEST, "--report=json=arras.toml", "the settings"),
        (&REPLAY, "--report=json=arras.toml", "the settings"),
        #[cfg(unix)]
        (&RUN, "--report=ndjson=rep/hard", "a source"),
        #[cfg(unix)]
        (&TEST, "--report=ndjson=rep/hard", "a source"),
    ];
    for name in ["key.txt", "ca.pem", "own.pem"] {
        write(&here.join(name), "hush");
    }
    write(&here.join("my.toml"), "max-steps = 7\n");
    write(&here.join("arras.toml"), "max-steps = 8\n");
    // a source by its URI, of which a part stands elsewhere
    let description = String::from_utf8(std::fs::read(here.join("api.yaml")).unwrap()).unwrap();
    write(&here.join("far.yaml"), &description);
    write(&here.join("api.yaml"), description.replace("{description: ok}", "{$ref: 'parts.yaml#/ok'}"));
    write(&here.join("parts.yaml"), "ok: {description: ok}\n");
    #[cfg(unix)]
    std::fs::hard_link(here.join("parts.yaml"), here.join("rep/hard")).unwrap();
    let uri = format!("file://{}/far.yaml", here.display());
    write(&here.join("far.arazzo.yaml"), FLOW.replace("api.yaml", &uri));
    write(&here.join("far.test.yaml"), "mock: true\n");
    let read = |name: &str| std::fs::read(here.join(name)).unwrap();
    let names = [
        ["flow.arazzo.yaml", "api.yaml", "flow.mock.yaml", "inputs.json", "r.rec.json", "flow.test.yaml"],
        ["key.txt", "ca.pem", "own.pem", "my.toml", "arras.toml", "parts.yaml"],
    ];
    let names: Vec<&str> = names.concat().into_iter().chain(["far.yaml"]).collect();
    let all = || names.iter().map(|name| read(name)).collect::<Vec<_>>();
    let before = all();
    for (command, option, what) in rows {
        let told = format!("would write over {what}, which is read");
        run(&here, &[command, &[option]].concat()).expect(2, &[&told]);
    }
    // what a filter leaves out was looked into all the same
    let more = "tests: [{name: one, mock: true}]\nfile: flow.arazzo.yaml\n";
    write(&here.join("more.test.yaml"), more);
    let filtered = ["test", ".", "--filter", "far", "--report=junit=more.test.yaml"];
    run(&here, &filtered).expect(2, &["would write over a file of tests, which is read"]);
    assert_eq!(read("more.test.yaml"), more.as_bytes());
    assert!(all() == before);
    // a recording holds its documents, so they are not read again
    run(&here, &[&REPLAY[..], &["--report=json=rep/flow.arazzo.yaml"]].concat()).expect(0, &[]);
}
