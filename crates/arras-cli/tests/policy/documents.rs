//! Points 1, 4, 8 and 12: what a document can say, read and leave behind.

use std::net::TcpListener;

use crate::support::{Server, arras, description, documents, folder, json, run, workflow, write};

const GET: &str = "operationId: get";

#[test]
fn point_1_no_expression_reaches_the_environment() {
    let server = Server::plain();
    for expression in
        ["$env.AWS_SECRET_ACCESS_KEY", "$inputs.__proto__", "$process.env", "$steps.ask.outputs.__proto__"]
    {
        let step = format!("{GET}\n        outputs: {{out: '{expression}'}}");
        let here = documents("expressions", &server.url(), &step);
        let ran = arras(&here, &[("AWS_SECRET_ACCESS_KEY", "canary")], &["check", "flow.arazzo.yaml"]);
        assert!(!ran.stdout.contains("canary"), "{}", ran.stdout);
        assert_eq!(ran.code, 1, "{expression}: {} {}", ran.stdout, ran.stderr);
    }
    // in a payload it is a text, with a warning where it looks like more
    for (text, is_told) in [
        ("$env.AWS_SECRET_ACCESS_KEY", true),
        ("Bearer $env.TOKEN", true),
        ("$secrets.key", true),
        ("$process.env.HOME", true),
        ("$5.00 for $environmental.care", false),
        ("see a$env.b", false),
        ("$HOME", false),
    ] {
        let step = format!("operationId: post\n        requestBody: {{payload: {{a: '{text}'}}}}");
        let here = documents("looks", &server.url(), &step);
        let ran = arras(&here, &[("AWS_SECRET_ACCESS_KEY", "canary")], &["check", "flow.arazzo.yaml"]);
        ran.expect(0, &[]);
        let told = ["invalid-expression", "doubtful-expression"].iter().any(|rule| ran.stdout.contains(rule));
        assert_eq!(told, is_told, "{text}: {}", ran.stdout);
    }
    let step = "operationId: post\n        requestBody: {payload: {a: '$env.AWS_SECRET_ACCESS_KEY'}}";
    let here = documents("expressions", &server.url(), step);
    let variables = [crate::support::KEY, ("AWS_SECRET_ACCESS_KEY", "canary")];
    let ran = arras(&here, &variables, &["run", "flow.arazzo.yaml"]);
    ran.expect(0, &[]);
    let requests = server.requests();
    assert!(requests.last().unwrap().ends_with(r#"{"a":"$env.AWS_SECRET_ACCESS_KEY"}"#), "{requests:?}");
}

#[test]
fn point_4_an_untrusted_document_reads_its_own_project_alone() {
    let server = Server::plain();
    let root = folder("project");
    write(&root.join("outside/api.yaml"), description(&server.url()));
    write(&root.join("repository/.git/HEAD"), "ref: refs/heads/main");
    write(&root.join("repository/openapi/api.yaml"), description(&server.url()));
    let flows = root.join("repository/flows");
    let outside = root.join("outside").to_str().unwrap().to_owned();
    let absolute = format!("{outside}/api.yaml");
    let open = ["run", "flow.arazzo.yaml", "--allow-host", "127.0.0.1", "--auth", "api.key=literal-key"];
    let with = |more: &[&str]| arras(&flows, &[], &[&open, more].concat());
    for source in ["../../outside/api.yaml", &absolute, "../openapi/../../outside/api.yaml"] {
        write(&flows.join("flow.arazzo.yaml"), workflow(source, GET));
        with(&[]).expect(0, &[]);
        with(&["--untrusted"]).expect(3, &["source-unreadable", "--allow-path"]);
        with(&["--untrusted", "--allow-path", &outside]).expect(0, &[]);
        with(&["--untrusted", "--source", &format!("api={absolute}")]).expect(0, &[]);
    }
    write(&flows.join("flow.arazzo.yaml"), workflow("../openapi/api.yaml", GET));
    with(&["--untrusted"]).expect(0, &[]);
    // without a repository around it the document's own folder is all
    let alone = folder("alone");
    write(&alone.join("api.yaml"), description(&server.url()));
    write(&alone.join("flows/flow.arazzo.yaml"), workflow("../api.yaml", GET));
    let untrusted = [&open[..1], &["flows/flow.arazzo.yaml"], &open[2..], &["--untrusted"]].concat();
    arras(&alone, &[], &untrusted).expect(if within_repository(&alone) { 0 } else { 3 }, &[]);
}

/// Whether a folder of tests lies in a clone of this project, as it does where the build's own folder is in it.
fn within_repository(folder: &std::path::Path) -> bool {
    folder.ancestors().any(|above| above.join(".git").exists())
}

#[test]
fn point_4_a_check_of_untrusted_documents_reads_their_own_projects_alone() {
    let root = folder("checked");
    for project in ["one", "two"] {
        write(&root.join(project).join(".git/HEAD"), "ref: refs/heads/main");
        write(&root.join(project).join("api.yaml"), description("https://api.example"));
        write(&root.join(project).join("flow.arazzo.yaml"), workflow("api.yaml", GET));
    }
    let check = |more: &[&str]| {
        let arguments = ["check", "one/flow.arazzo.yaml", "two/flow.arazzo.yaml", "--format", "concise"];
        arras(&root, &[], &[&arguments, more].concat())
    };
    check(&["--untrusted"]).expect(0, &[]);
    // what one document may read is not thereby the other's to read
    for source in ["../one/api.yaml", "../one/../one/api.yaml", root.join("one/api.yaml").to_str().unwrap()] {
        write(&root.join("two/flow.arazzo.yaml"), workflow(source, GET));
        check(&[]).expect(0, &[]);
        check(&["--untrusted"]).expect(1, &["source-unreadable", "--allow-path"]);
        let one = root.join("one");
        check(&["--untrusted", "--allow-path", one.to_str().unwrap()]).expect(0, &[]);
        check(&["--untrusted", "--source", "api=one/api.yaml"]).expect(0, &[]);
    }
    // nor does a reference within a description lead out
    let item = "operationId: item\n        parameters: [{name: id, in: path, value: x}]";
    write(&root.join("two/flow.arazzo.yaml"), workflow("api.yaml", item));
    let elsewhere = "{$ref: '../one/api.yaml#/paths/~1items~1{id}/get/parameters/0/schema'}";
    write(&root.join("two/api.yaml"), description("https://api.example").replace("{type: string}", elsewhere));
    check(&["--untrusted"]).expect(0, &["reference-unreadable", "is refused", "--allow-path"]);
    for read in [&[][..], &["--untrusted", "--allow-path", "one"]] {
        let ran = check(read);
        assert!(!ran.expect(0, &[]).stdout.contains("reference-unreadable"), "{}", ran.stdout);
    }
}

#[test]
fn point_4_an_untrusted_document_is_drawn_from_its_own_project_alone() {
    let root = folder("drawn");
    write(&root.join("outside/api.yaml"), description("https://api.example"));
    let project = root.join("project");
    write(&project.join(".git/HEAD"), "ref: refs/heads/main");
    write(&project.join("flow.arazzo.yaml"), workflow("../outside/api.yaml", GET));
    let draw = |more: &[&str]| arras(&project, &[], &[&["graph", "flow.arazzo.yaml"], more].concat());
    draw(&[]).expect(0, &[]);
    draw(&["--untrusted"]).expect(3, &["source-unreadable", "--allow-path"]);
    draw(&["--untrusted", "--allow-path", "../outside"]).expect(0, &[]);
    draw(&["--untrusted", "--source", "api=../outside/api.yaml"]).expect(0, &[]);
}

#[test]
fn point_4_a_check_of_untrusted_documents_takes_no_settings_of_their_project() {
    let here = folder("silenced");
    write(&here.join(".git/HEAD"), "x");
    write(&here.join("arras.toml"), "[rule]\nunknown-operation = \"ignore\"\n");
    write(&here.join("api.yaml"), description("https://api.example"));
    write(&here.join("flow.arazzo.yaml"), workflow("api.yaml", "operationId: gets"));
    arras(&here, &[], &["check", "flow.arazzo.yaml"]).expect(0, &[]);
    arras(&here, &[], &["check", "flow.arazzo.yaml", "--untrusted"]).expect(1, &["gets"]);
    // and with a network, no private address that nobody named
    let api = Server::start(|_| json(&description("https://api.example")));
    write(&here.join("flow.arazzo.yaml"), workflow(&format!("{}/api.yaml", api.url()), GET));
    let online =
        |more: &[&str]| arras(&here, &[], &[&["check", "flow.arazzo.yaml", "--untrusted", "--online"], more].concat());
    online(&[]).expect(1, &["--allow-host"]);
    assert!(api.requests().is_empty());
    online(&["--allow-host", "127.0.0.1"]).expect(0, &[]);
}

#[cfg(unix)]
#[test]
fn point_4_links_lead_no_untrusted_document_out() {
    let root = folder("links");
    write(&root.join("outside/api.yaml"), description("http://127.0.0.1:1"));
    write(&root.join("repository/.git/HEAD"), "x");
    write(&root.join("repository/flow.arazzo.yaml"), workflow("linked.yaml", GET));
    std::os::unix::fs::symlink(root.join("outside/api.yaml"), root.join("repository/linked.yaml")).unwrap();
    let here = root.join("repository");
    arras(&here, &[], &["run", "flow.arazzo.yaml", "--untrusted"]).expect(3, &["--allow-path"]);
    arras(&here, &[], &["run", "flow.arazzo.yaml", "--dry-run"]).expect(0, &[]);
}

#[test]
fn point_4_a_document_from_the_web_reads_no_files() {
    let here = folder("web");
    write(&here.join("api.yaml"), description("http://127.0.0.1:1"));
    let path = here.join("api.yaml").to_str().unwrap().to_owned();
    for source in [format!("file://{path}"), path.clone()] {
        let text = workflow(&source, GET);
        let server = Server::start(move |request| match request.starts_with("GET /flow.yaml ") {
            true => json(&text),
            false => crate::support::answer("404 Not Found", "", ""),
        });
        let ran = arras(&here, &[], &["run", &format!("{}/flow.yaml", server.url()), "--dry-run"]);
        assert_eq!(ran.code, 3, "{source}: {} {}", ran.stdout, ran.stderr);
        assert!(!ran.stdout.contains("127.0.0.1:1/"), "{}", ran.stdout);
    }
    // nor does a description from the web
    let reference = format!("file://{path}#/paths/~1x");
    let text = description("http://127.0.0.1:1").replace("  /x:\n", &format!("  /y: {{$ref: '{reference}'}}\n  /x:\n"));
    let server = Server::start(move |_| json(&text));
    write(&here.join("flow.arazzo.yaml"), workflow(&format!("{}/api.yaml", server.url()), GET));
    let ran = arras(&here, &[], &["run", "flow.arazzo.yaml", "--allow-host", "127.0.0.1", "--dry-run", "-v"]);
    ran.expect(0, &["a document from the web refers to no files"]);
}

#[test]
fn point_4_sources_on_other_hosts_have_to_be_named() {
    let api = Server::start(|_| json(&description("http://127.0.0.1:1")));
    let here = folder("sources");
    write(&here.join("flow.arazzo.yaml"), workflow(&format!("{}/api.yaml", api.url()), GET));
    arras(&here, &[], &["run", "flow.arazzo.yaml", "--dry-run"]).expect(3, &["--allow-host 127.0.0.1"]);
    assert!(api.requests().is_empty(), "nothing was asked for");
    arras(&here, &[], &["run", "flow.arazzo.yaml", "--dry-run", "--allow-host", "127.0.0.1"]).expect(0, &[]);
    // plain http is for this machine alone
    write(&here.join("flow.arazzo.yaml"), workflow("http://api.example/api.yaml", GET));
    let ran = arras(&here, &[], &["run", "flow.arazzo.yaml", "--dry-run", "--allow-host", "api.example"]);
    ran.expect(3, &["documents come over https only"]);
}

#[test]
fn point_4_a_check_opens_no_socket_unless_asked_to() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let here = folder("check");
    let url = format!("http://127.0.0.1:{}/api.yaml", listener.local_addr().unwrap().port());
    write(&here.join("flow.arazzo.yaml"), workflow(&url, GET));
    let ran = arras(&here, &[], &["check", "flow.arazzo.yaml"]);
    assert!(ran.stdout.contains("source-not-fetched"), "{ran:?}");
    assert!(listener.accept().is_err(), "nobody has connected");
}

#[test]
fn point_8_a_value_is_never_read_as_anything_but_a_value() {
    let server = Server::start(|_| json(r#"{"list":[{"name":"a"}],"name":"x' || '1'=='1"}"#));
    let step = "operationId: post
        requestBody: {payload: {echo: '{$inputs.value}'}}
        successCriteria:
          - {context: $response.body, type: jsonpath, condition: \"$.list[?(@.name == '{$inputs.value}')]\"}";
    let here = documents("values", &server.url(), step);
    for value in ["$inputs.secret", "{$inputs.secret}", "x' || '1'=='1", "') || (1==1) || ('", "$env.HOME"] {
        let ran = run(&here, &["-i", &format!("value={value}"), "-i", "secret=canary-9c1e"]);
        assert_eq!(ran.code, 1, "`{value}` is no name in the list: {} {}", ran.stdout, ran.stderr);
        let sent = server.requests().pop().unwrap();
        let body: serde_json::Value = serde_json::from_str(sent.split("\r\n\r\n").nth(1).unwrap()).unwrap();
        assert_eq!(body["echo"], value);
        assert!(!sent.contains("canary-9c1e"));
    }
    run(&here, &["-i", "value=a"]).expect(0, &[]);
}

#[test]
fn point_12_no_path_comes_from_a_document() {
    let server = Server::start(|_| {
        crate::support::answer(
            "200 OK",
            "Content-Type: application/json\nContent-Disposition: attachment; filename=\"../../evil\"",
            "{\"path\":\"../../evil\"}",
        )
    });
    let here = documents(
        "paths",
        &server.url(),
        "operationId: get\n        x-report: ../../evil.json\n        outputs: {out: $response.body}",
    );
    let text = std::fs::read_to_string(here.join("flow.arazzo.yaml")).unwrap();
    write(
        &here.join("flow.arazzo.yaml"),
        text.replace("workflowId: w", "workflowId: .._.._evil\n    x-output: ../../evil"),
    );
    let list = || {
        let mut found: Vec<_> = std::fs::read_dir(&here).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        found.sort();
        found
    };
    let before = list();
    let above = std::fs::read_dir(here.parent().unwrap()).unwrap().count();
    run(&here, &["-vv"]).expect(0, &[]);
    assert_eq!(list(), before);
    run(&here, &["--report", "json=report.json"]).expect(0, &[]);
    assert_eq!(list().len(), before.len() + 1);
    assert!(std::fs::read_dir(here.parent().unwrap()).unwrap().count() >= above);
    assert!(!here.parent().unwrap().join("evil").exists() && !here.parent().unwrap().join("evil.json").exists());
}
