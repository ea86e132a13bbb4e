//! Where `--otlp` sends spans: as far as the user believes, through the user's proxies, and never at the run's expense.

use std::sync::mpsc;

use crate::support::{KEY, Server, answer, arras, documents, run, write};
use crate::tls::{Secure, secure};

fn last(story: &str) -> &str {
    story.lines().last().unwrap_or_default()
}

#[test]
fn a_collector_is_believed_by_its_root() {
    let Secure { port, pem, requests } = secure();
    let api = Server::plain();
    let here = documents("collector-tls", &api.url(), "operationId: get");
    write(&here.join("root.pem"), pem);
    let collector = format!("https://localhost:{port}");
    let ran = run(&here, &["--otlp", &collector]);
    ran.expect(0, &[&format!("warning: spans can't be sent to `{collector}/v1/traces`"), "--ca FILE"]);
    assert!(last(&ran.stderr).starts_with("Succeeded"), "{}", ran.stderr);
    assert_eq!(ran.stderr.matches("spans").count(), 1, "{}", ran.stderr);
    assert!(requests.lock().unwrap().is_empty());
    for trusted in [["--ca", "root.pem"], ["--insecure-host", "localhost"]] {
        let ran = run(&here, &[&["--otlp", &collector], &trusted[..]].concat());
        ran.expect(0, &[]);
        assert!(!ran.stderr.contains("spans"), "{}", ran.stderr);
        let received = std::mem::take(&mut *requests.lock().unwrap());
        assert!(
            matches!(&received[..], [one] if one.starts_with("POST /v1/traces") && one.contains("traceId")),
            "{received:?}"
        );
    }
    // tests go the same way
    let all = [&["test", "flow.arazzo.yaml", "--otlp", &collector][..], &["--ca", "root.pem"]].concat();
    arras(&here, &[KEY], &all).expect(0, &[]);
    assert_eq!(requests.lock().unwrap().len(), 1);
}

#[test]
fn a_collector_is_reached_through_the_users_proxies() {
    let proxy = Server::start(|_| answer("200 OK", "", "{}"));
    let api = Server::plain();
    let here = documents("collector-proxy", &api.url(), "operationId: get");
    let (url, there) = ("http://collector.example:4318", format!("http://127.0.0.1:{}", proxy.port));
    for (variables, arguments) in [
        (vec![("http_proxy", there.as_str())], vec![]),
        (vec![("HTTP_PROXY", "http://127.0.0.1:1")], vec!["--proxy", there.as_str()]),
    ] {
        let variables = [&variables[..], &[KEY]].concat();
        let ran = arras(&here, &variables, &[&["run", "flow.arazzo.yaml", "--otlp", url], &arguments[..]].concat());
        ran.expect(0, &["Succeeded"]);
        assert!(!ran.stderr.contains("spans"), "{}", ran.stderr);
    }
    let sent = proxy.requests();
    assert!(
        sent.len() == 2 && sent.iter().all(|one| one.starts_with("POST http://collector.example:4318/v1/traces")),
        "{sent:?}"
    );
    let refused = [
        &["run", "flow.arazzo.yaml", "--otlp", url][..],
        &["--offline", "--allow-host", "127.0.0.1", "--proxy", &there],
    ]
    .concat();
    arras(&here, &[KEY], &refused).expect(0, &["warning: spans can't be sent"]);
    assert_eq!(proxy.requests().len(), 2);
}

/// The collector takes the connection and never answers: the run is over long before, and so is the command before the
/// collector is.
#[test]
fn a_collector_that_never_answers_ends_no_run_and_holds_none_up() {
    let (asked, wait) = mpsc::channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let collector = Server::start(move |_| {
        // until the test is over
        let _ = wait.lock().unwrap().recv();
        answer("200 OK", "", "{}")
    });
    let api = Server::plain();
    let here = documents("collector-slow", &api.url(), "operationId: get");
    let ran = run(&here, &["--otlp", &collector.url()]);
    ran.expect(0, &[&format!("warning: spans are lost: `{}/v1/traces` did not take them within 5 s", collector.url())]);
    assert!(last(&ran.stderr).starts_with("Succeeded"), "{}", ran.stderr);
    drop(asked);
}
