//! Point 7: what a value can't do to a request.

use crate::support::{Server, documents, run};

#[test]
fn point_7_no_value_splits_a_request() {
    let server = Server::plain();
    let step = "operationId: get\n        parameters: [{name: X-Value, in: header, value: $inputs.value}]";
    let here = documents("splitting", &server.url(), step);
    for value in ["a\r\nX-Injected: b", "a\nb", "a\rb", "\r\n\r\nGET /evil HTTP/1.1", "a\u{0}b"] {
        if value.contains('\0') {
            continue; // no command line holds one
        }
        let ran = run(&here, &["-i", &format!("value={value}")]);
        assert_eq!(ran.fault(), ("invalid-request".to_owned(), "build".to_owned()), "{value:?}: {}", ran.stderr);
        ran.expect(1, &["X-Value", "flow.arazzo.yaml:"]);
    }
    assert!(server.requests().is_empty());
}

#[test]
fn point_7_a_path_parameter_stays_in_its_segment() {
    let server = Server::plain();
    let step = "operationId: item\n        parameters: [{name: id, in: path, value: $inputs.value}]";
    let here = documents("segments", &server.url(), step);
    for (value, target) in [
        ("a/b", "/items/a%2Fb"),
        ("a?b#c%d", "/items/a%3Fb%23c%25d"),
        ("../admin", "/items/..%2Fadmin"),
        ("%2e%2e", "/items/%252e%252e"),
        ("...", "/items/..."),
    ] {
        run(&here, &["-i", &format!("value={value}")]).expect(0, &[]);
        let sent = server.requests().pop().unwrap();
        assert!(sent.starts_with(&format!("GET {target} HTTP/1.1\r\n")), "{value}: {sent}");
    }
    let before = server.requests().len();
    for value in [".", ".."] {
        let ran = run(&here, &["-i", &format!("value={value}")]);
        assert_eq!(ran.fault(), ("invalid-request".to_owned(), "build".to_owned()), "{value}: {}", ran.stderr);
    }
    assert_eq!(server.requests().len(), before);
}

#[test]
fn point_7_no_step_sets_what_is_https_own() {
    let server = Server::plain();
    for name in [
        "Host",
        "Content-Length",
        "Transfer-Encoding",
        "Connection",
        "host",
        "TRANSFER-ENCODING",
        "Upgrade",
        "Proxy-Authorization",
    ] {
        let step = format!("operationId: get\n        parameters: [{{name: {name}, in: header, value: '1'}}]");
        let here = documents("framing", &server.url(), &step);
        let ran = run(&here, &[]);
        assert!(ran.stderr.contains(name), "{}", ran.stderr);
        if name == "Content-Length" {
            // published workflows write it: it is left out with a warning, and the body's own length goes out
            ran.expect(0, &["loose-value"]);
            let sent = server.requests().pop().unwrap();
            assert_eq!(crate::support::field(&sent, name), None, "{sent}");
        } else {
            assert!(matches!(ran.code, 1 | 3), "{name}: {} {}", ran.stdout, ran.stderr);
        }
    }
    assert_eq!(server.requests().len(), 1, "all else is refused before anything is sent");
}
