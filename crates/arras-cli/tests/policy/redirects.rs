//! Point 3: redirects.

use crate::support::{KEY, Server, answer, documents, field, json, run};

#[test]
fn point_3_a_redirect_is_an_answer() {
    let other = Server::plain();
    let location = format!("Location: {}/y", other.url());
    let server = Server::start(move |_| answer("302 Found", &location, ""));
    let here = documents(
        "answer",
        &server.url(),
        "operationId: get\n        successCriteria: [{condition: $statusCode == 302}]",
    );
    run(&here, &[]).expect(0, &[]);
    assert_eq!((server.requests().len(), other.requests().len()), (1, 0));
}

#[test]
fn point_3_another_origin_gets_no_credential_no_cookie_and_no_referer() {
    let other = Server::start(|_| json("{\"there\":true}"));
    let location = format!("Location: {}/y?z=1\nSet-Cookie: sid=canary-sid-77; Path=/", other.url());
    let server = Server::start(move |_| answer("307 Elsewhere", &location, ""));
    let step = "operationId: get
        parameters:
          - {name: Cookie, in: header, value: own=1}
          - {name: Referer, in: header, value: 'http://here.example/'}
          - {name: X-Token, in: header, value: $inputs.secret}
        outputs: {there: $response.body#/there, url: $url}";
    let here = documents("elsewhere", &server.url(), step);
    let ran = run(&here, &["--follow-redirects", "--cookie-jar", "-i", "secret=canary-input-5", "-vv"]);
    ran.expect(0, &["redirect-followed", "\"there\": true"]);
    let (first, second) = (&server.requests()[0], &other.requests()[0]);
    assert_eq!(field(first, "x-my-key"), Some(KEY.1));
    assert!(second.starts_with("GET /y?z=1 HTTP/1.1"));
    for name in ["x-my-key", "cookie", "referer", "authorization", "x-token"] {
        assert_eq!(field(second, name), None, "{second}");
    }
    for canary in [KEY.1, "canary-sid-77", "canary-input-5"] {
        assert!(!second.contains(canary) && !ran.stderr.contains(canary) && !ran.stdout.contains(canary), "{canary}");
    }
}

#[test]
fn point_3_no_redirect_leads_where_no_request_may_go() {
    for (location, told) in [
        ("http://169.254.169.254/latest/", "metadata"),
        ("file:///etc/passwd", "only http and https"),
        ("http://[fe80::1]/", "link-local"),
    ] {
        let server = Server::start(move |_| answer("302 Found", &format!("Location: {location}"), ""));
        let here = documents("refused", &server.url(), "operationId: get");
        let ran = run(&here, &["--follow-redirects"]);
        assert_eq!(ran.fault(), ("policy-refused".to_owned(), "policy".to_owned()), "{location}");
        ran.expect(1, &[told]);
    }
    let server = Server::start(|_| answer("302 Found", "Location: /x", ""));
    let here = documents("endless", &server.url(), "operationId: get");
    let ran = run(&here, &["--follow-redirects"]);
    assert_eq!(ran.fault(), ("too-many-redirects".to_owned(), "headers".to_owned()));
    assert_eq!(server.requests().len(), 11);
}

#[test]
fn tries_beyond_the_first_are_shown_and_no_post_is_tried_twice() {
    let server = Server::start(|_| answer("503 Busy", "", ""));
    let here = documents("tries", &server.url(), "operationId: get");
    run(&here, &["--transport-retry", "-vv"]).expect(1, &["request-retried", "503"]);
    assert_eq!(server.requests().len(), 3);
    let here = documents("tries", &server.url(), "operationId: post\n        requestBody: {payload: {a: 1}}");
    run(&here, &["--transport-retry"]).expect(1, &[]);
    assert_eq!(server.requests().len(), 4);
}
