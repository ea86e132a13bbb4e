//! Points 2, 5 and 6: where requests go, and who is told there.

use crate::support::{KEY, Server, answer, arras, description, documents, folder, json, run, workflow, write};

const GET: &str = "operationId: get";

fn policy() -> (String, String) {
    ("policy-refused".to_owned(), "policy".to_owned())
}

#[test]
fn point_2_signatures_go_to_hosts_of_aws_and_to_named_ones_alone() {
    let here = folder("signatures");
    let api = description("https://sqs.us-east-1.amazonaws.com.evil.example").replace(
        "key: {type: apiKey, in: header, name: X-My-Key}",
        "key: {type: apiKey, in: header, name: Authorization, x-amazon-apigateway-authtype: awsSigv4}",
    );
    write(&here.join("api.yaml"), api);
    write(&here.join("flow.arazzo.yaml"), workflow("api.yaml", GET));
    let aws = [("AWS_ACCESS_KEY_ID", "AKID"), ("AWS_SECRET_ACCESS_KEY", "canary"), ("AWS_REGION", "us-east-1")];
    let arguments = ["run", "flow.arazzo.yaml", "--output", "report", "--aws-service", "sqs"];
    let ran = arras(&here, &aws, &arguments);
    assert_eq!(ran.fault(), policy(), "{}", ran.stderr);
    ran.expect(1, &["--allow-host"]);
    assert!(!ran.stderr.contains("canary"));
}

#[test]
fn point_5_metadata_and_link_local_addresses_are_refused_unless_named() {
    for server in [
        "http://169.254.169.254/latest/meta-data",
        "http://169.254.1.1",
        "http://[fe80::1]",
        "http://[::ffff:169.254.169.254]",
        "http://0xa9fea9fe",
        "http://2852039166",
        "http://metadata.google.internal",
        "http://100.100.100.200",
    ] {
        let here = documents("metadata", server, GET);
        let ran = run(&here, &["-vv"]);
        assert_eq!(ran.fault(), policy(), "{server}: {}", ran.stderr);
        ran.expect(1, &["--allow-host", "1 step, 0 requests"]);
        assert!(!ran.stderr.contains("GET http"), "what is not sent is not told as sent: {}", ran.stderr);
        assert!(!ran.stderr.contains(KEY.1) && !ran.stdout.contains(KEY.1));
    }
}

#[test]
fn point_5_a_named_server_opens_its_own_port_and_scheme_alone() {
    let other = Server::plain();
    for (scheme, port) in [("http", other.port), ("https", 0)] {
        let there = Server::plain();
        let port = if port == 0 { there.port } else { port };
        let location = format!("Location: {scheme}://127.0.0.1:{port}/y");
        let server = Server::start(move |_| answer("302 Elsewhere", &location, ""));
        let here = documents("doors", "http://127.0.0.1:9", GET);
        for limit in ["--offline", "--untrusted"] {
            let own = format!("api={}", server.url());
            let arguments = [limit, "--server", &own, "--follow-redirects", "--auth", "api.key=literal-key"];
            let ran = run(&here, &arguments);
            assert_eq!(ran.fault(), policy(), "{limit} {scheme}: {}", ran.stderr);
            ran.expect(1, &["--allow-host", "1 step, 1 request "]);
        }
        assert_eq!((server.requests().len(), other.requests().len(), there.requests().len()), (2, 0, 0));
    }
}

#[test]
fn point_5_untrusted_documents_reach_no_private_address() {
    let server = Server::plain();
    let key = ["--auth", "api.key=literal-key"];
    for base in [
        server.url(),
        format!("http://localhost:{}", server.port),
        format!("http://[::ffff:127.0.0.1]:{}", server.port),
        "http://10.0.0.1".to_owned(),
        "http://192.168.1.1:8080".to_owned(),
        "http://[fd12::1]".to_owned(),
        format!("http://0.0.0.0:{}", server.port),
    ] {
        let here = documents("private", &base, GET);
        let untrusted = [&["run", "flow.arazzo.yaml", "--output", "report", "--untrusted"], &key[..]].concat();
        let ran = arras(&here, &[], &untrusted);
        assert_eq!(ran.fault(), policy(), "{base}: {}", ran.stderr);
    }
    assert!(server.requests().is_empty());
    let here = documents("private", &server.url(), GET);
    let named = ["run", "flow.arazzo.yaml", "--untrusted", "--allow-host", "127.0.0.1"];
    arras(&here, &[], &[&named, &key[..]].concat()).expect(0, &[]);
    run(&here, &[]).expect(0, &[]);
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn point_5_a_load_counts_no_request_that_is_refused() {
    let server = Server::plain();
    let here = documents("load", &format!("http://localhost:{}", server.port), GET);
    let load = ["test", "flow.arazzo.yaml", "--virtual-users", "1", "--duration", "50ms", "--output", "json"];
    let ran = arras(&here, &[], &[&load[..], &["--untrusted", "--auth", "api.key=literal-key"]].concat());
    ran.expect(1, &["policy-refused"]);
    let told: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert!(told["failed"].as_u64() > Some(0), "{told}");
    assert_eq!((&told["requests"], &told["requestsPerSecond"]), (&0.into(), &0.0.into()), "{told}");
    assert!(server.requests().is_empty());
}

#[test]
fn point_5_a_document_from_the_web_reaches_no_private_address() {
    let api = Server::plain();
    let (flow, text) = (workflow("api.yaml", GET), description(&api.url()));
    let web = Server::start(move |request| json(if request.starts_with("GET /flow.yaml ") { &flow } else { &text }));
    let here = folder("from-the-web");
    let entry = format!("{}/flow.yaml", web.url());
    let arguments = ["run", &entry, "--output", "report", "--auth", "api.key=literal-key"];
    let ran = arras(&here, &[], &arguments);
    assert_eq!(ran.fault(), policy(), "{}", ran.stderr);
    assert!(api.requests().is_empty());
    arras(&here, &[], &[&arguments[..], &["--allow-host", "127.0.0.1"]].concat()).expect(0, &[]);
    assert_eq!(api.requests().len(), 1);
    // a description from the web is no better than a workflow
    write(&here.join("flow.arazzo.yaml"), workflow(&format!("{}/api.yaml", web.url()), GET));
    let ran = arras(
        &here,
        &[],
        &["run", "flow.arazzo.yaml", "--output", "report", "--allow-host", "127.0.0.1:1", "--auth", "api.key=x"],
    );
    assert_eq!(ran.code, 3, "{}", ran.stderr);
}

#[test]
fn point_5_untrusted_documents_go_through_no_proxy() {
    let here = documents("proxied", "http://api.example", GET);
    for variables in [[("HTTP_PROXY", "http://127.0.0.1:1")], [("all_proxy", "socks5h://127.0.0.1:1")]] {
        let ran = arras(&here, &variables, &["run", "flow.arazzo.yaml", "--untrusted"]);
        ran.expect(2, &["proxy", "--proxy none"]);
    }
    arras(&here, &[], &["run", "flow.arazzo.yaml", "--untrusted", "--proxy", "http://127.0.0.1:1"])
        .expect(2, &["proxy"]);
    let ran = arras(
        &here,
        &[("HTTP_PROXY", "http://127.0.0.1:1")],
        &["run", "flow.arazzo.yaml", "--untrusted", "--proxy", "none", "--dry-run"],
    );
    ran.expect(0, &[]);
}

#[test]
fn point_6_offline_only_a_named_server_of_this_machine_is_requested() {
    let server = Server::plain();
    let here = documents("offline", &server.url(), GET);
    let ran = run(&here, &["--offline"]);
    assert_eq!(ran.fault(), policy(), "{}", ran.stderr);
    assert!(server.requests().is_empty());
    run(&here, &["--offline", "--allow-host", &format!("127.0.0.1:{}", server.port)]).expect(0, &[]);
    run(&here, &["--offline", "--server", &server.url()]).expect(0, &[]);
    run(&here, &["--offline", "--mock"]).expect(0, &[]);
    assert_eq!(server.requests().len(), 2);
    let other = documents("offline", "http://api.example", GET);
    let ran = run(&other, &["--offline", "--allow-host", "api.example"]);
    assert_eq!(ran.fault(), policy(), "{}", ran.stderr);
}

#[test]
fn point_6_untrusted_documents_get_no_variable_and_no_command() {
    let server = Server::plain();
    let here = documents("references", &server.url(), GET);
    write(&here.join("key.txt"), "key-of-a-file\n");
    let witness = here.join("witness");
    let command = format!("api.key=cmd:touch {}; echo hush", witness.display());
    let untrusted = |auth: &[&str]| {
        let variables = [("MY_KEY", "canary-4471")];
        arras(
            &here,
            &variables,
            &[&["run", "flow.arazzo.yaml", "--untrusted", "--allow-host", "127.0.0.1"], auth].concat(),
        )
    };
    for auth in ["api.key=env:MY_KEY", &command] {
        let ran = untrusted(&["--auth", auth]);
        ran.expect(4, &["untrusted"]);
        assert!(!ran.stderr.contains("canary-4471"));
    }
    assert!(!witness.exists(), "the command has not run");
    let ran =
        arras(&here, &[crate::support::KEY], &["run", "flow.arazzo.yaml", "--untrusted", "--allow-host", "127.0.0.1"]);
    ran.expect(4, &["the environment is not read for untrusted documents"]);
    assert!(server.requests().is_empty());
    untrusted(&["--auth", "api.key=file:key.txt"]).expect(0, &[]);
    assert_eq!(crate::support::field(&server.requests()[0], "x-my-key"), Some("key-of-a-file"));
}

#[test]
fn point_5_a_server_that_a_project_sets_is_not_named_by_it() {
    let server = Server::plain();
    let here = documents("project", "http://127.0.0.1:9", GET);
    write(&here.join("arras.toml"), format!("server = [\"api={}\"]", server.url()));
    run(&here, &[]).expect(0, &[]);
    assert_eq!(server.requests().len(), 1, "it is where requests go");
    let own = format!("api={}", server.url());
    for (arguments, allowed) in [(&["--offline"][..], false), (&["--offline", "--server", &own], true)] {
        let ran = run(&here, arguments);
        assert_eq!(ran.code == 0, allowed, "{}", ran.stderr);
    }
    arras(&here, &[KEY, ("ARRAS_SERVER", &own)], &["run", "flow.arazzo.yaml", "--offline"]).expect(0, &[]);
    write(&here.join("arras.toml"), "server = [\"api=http://169.254.169.254\"]");
    let ran = run(&here, &[]);
    assert_eq!(ran.fault(), policy(), "{}", ran.stderr);
    assert_eq!(server.requests().len(), 3);
}
