//! How long an attempt took that ended in a fault.

use crate::support::{arras, folder, report, write};
use crate::wire::{Answer, Server};

const DOCUMENT: &str = r##"
arazzo: 1.0.1
info: {title: Slow, version: 1.0.0}
sourceDescriptions: [{name: api, url: api.yaml, type: openapi}]
workflows:
- workflowId: slow
  steps:
  - {stepId: wait, operationId: wait, successCriteria: [{condition: $statusCode == 200}]}
"##;

const API: &str = r##"
openapi: 3.1.0
info: {title: API, version: 1.0.0}
servers: [{url: 'https://api.example'}]
paths:
  /wait: {get: {operationId: wait, responses: {'200': {description: ok}}}}
"##;

/// What follows the paths of a description whose requests need a token.
const LOGIN: &str = "
security: [{login: []}]
components: {securitySchemes: {login: {type: oauth2, flows: {clientCredentials: {tokenUrl: /token, scopes: {}}}}}}
";

const CLIENT: &str = r#"--auth=login={"clientId":"me","clientSecret":"hush-hush"}"#;

#[test]
fn a_fault_took_the_time_until_it_came() {
    let here = folder("fault-times");
    let path = |name: &str| here.join(name).display().to_string();
    write(&here.join("w.arazzo.yaml"), DOCUMENT);
    write(&here.join("api.yaml"), API);
    let server = Server::start(|_, _| Answer::Hang);
    let ran = arras(["run", &path("w.arazzo.yaml"), "--step-timeout", "400ms", "--server", &server.url()])
        .args(["json", "har", "ndjson"].map(|kind| format!("--report={kind}={}", path(&format!("was.{kind}")))))
        .arg(format!("--record={}", path("run.rec.json")))
        .run();
    server.stop();
    ran.expect(4, &["did not answer in full within 400ms"]);
    assert!(!ran.stderr.contains(" 0 ms"), "{}", ran.stderr);
    let step = &report(&here.join("was.json"))["workflows"][0]["steps"][0];
    let took = step["durationMs"].as_f64().unwrap();
    // the run's clock may be set meanwhile, if by little
    assert!(took >= 300.0, "{step}");
    assert_eq!(report(&here.join("was.har"))["log"]["entries"][0]["time"].as_f64(), Some(took));
    let replayed = arras(["replay", &path("run.rec.json"), &format!("--report=ndjson={}", path("now.ndjson"))]).run();
    assert_eq!(replayed.code, ran.code);
    let read = |name: &str| std::fs::read_to_string(here.join(name)).unwrap();
    assert_eq!(read("was.ndjson"), read("now.ndjson"));
}

/// What a budget, or the timeout of the step that called, ends has had no answer, and has none when it is replayed.
#[test]
fn what_a_deadline_ended_is_replayed_alike() {
    let here = folder("fault-deadlines");
    let called = "\n- {workflowId: outer, steps: [{stepId: call, workflowId: slow, timeout: 200}, {stepId: after, operationId: now}]}\n";
    let calls = DOCUMENT.replace("arazzo: 1.0.1", "arazzo: 1.1.0").trim_end().to_owned() + called;
    write(&here.join("w.arazzo.yaml"), calls);
    let description =
        API.trim_end().to_owned() + "\n  /now: {get: {operationId: now, responses: {'200': {description: ok}}}}\n";
    let unanswered: fn() -> Server = || Server::start(|_, _| Answer::Hang);
    let busy: fn() -> Server =
        || Server::start(|_, _| Answer::Text(503, "text/plain\r\nRetry-After: 5", "busy".to_owned()));
    for (serve, security, workflow, timeout, code, kind) in [
        (unanswered, "", "slow", "200ms", 5, "run-timeout"),
        (unanswered, "", "outer", "200ms", 5, "run-timeout"),
        (unanswered, "", "outer", "60s", 4, "request-timeout"),
        // in a pause between two tries
        (busy, "", "slow", "1s", 5, "run-timeout"),
        (busy, "", "outer", "60s", 4, "request-timeout"),
        // while a token is fetched
        (unanswered, LOGIN, "slow", "1s", 5, "run-timeout"),
        (unanswered, LOGIN, "outer", "60s", 4, "request-timeout"),
    ] {
        let server = serve();
        write(&here.join("api.yaml"), description.clone() + security);
        let given = ["run", "w.arazzo.yaml", workflow, "--transport-retry", "--timeout", timeout];
        let login = if security.is_empty() { &[][..] } else { &[CLIENT] };
        let run = arras(given).args(["--server", &server.url()]).args(login);
        let reports = ["--record=r.json", "--report=ndjson=was.ndjson", "--report=json=was.json"];
        let ran = run.args(reports).within(&here).run();
        ran.expect(code, &["Failed"]);
        server.stop();
        let mut step = &report(&here.join("was.json"))["workflows"][0]["steps"][0];
        while !step["workflow"].is_null() {
            step = &step["workflow"]["steps"][0];
        }
        assert_eq!(step["fault"]["kind"], kind, "{step}");
        let replayed = arras(["replay", "r.json", "--report=ndjson=now.ndjson"]).within(&here).run();
        assert_eq!(replayed.code, Some(code), "{workflow} {timeout} {security}: {replayed:?}");
        let read = |name: &str| std::fs::read_to_string(here.join(name)).unwrap();
        assert_eq!(read("was.ndjson"), read("now.ndjson"), "{workflow} {timeout}");
    }
}

/// A token that nobody waited for any longer, before a request or after its refusal, has not come when it is replayed.
#[test]
fn a_token_that_comes_too_late_is_replayed_alike() {
    let here = folder("fault-tokens");
    let again = "\n  - {stepId: again, operationId: wait, successCriteria: [{condition: $statusCode == 200}]}\n";
    write(&here.join("w.arazzo.yaml"), DOCUMENT.trim_end().to_owned() + again);
    write(&here.join("api.yaml"), API.trim_end().to_owned() + LOGIN);
    for tokens in [0, 1] {
        let (mut asked, mut waits) = (0, 0);
        let server = Server::start(move |_, request| match request.target.as_str() {
            "/token" if asked == tokens => Answer::Hang,
            "/token" => {
                asked += 1;
                Answer::Json(200, r#"{"access_token":"hushhush","token_type":"Bearer","expires_in":3600}"#.to_owned())
            }
            // the token is one that was kept
            _ => {
                waits += 1;
                Answer::Json(if waits == 1 { 200 } else { 401 }, "{}".to_owned())
            }
        });
        let run = arras(["run", "w.arazzo.yaml", "--step-timeout", "1s", "--server", &server.url(), CLIENT]);
        let ran = run.args(["--record=r.json", "--report=ndjson=was.ndjson"]).within(&here).run();
        ran.expect(4, &["did not come within 1s"]);
        server.stop();
        arras(["replay", "r.json", "--report=ndjson=now.ndjson"]).within(&here).run().expect(4, &["within 1s"]);
        let read = |name: &str| std::fs::read_to_string(here.join(name)).unwrap();
        assert_eq!(read("was.ndjson"), read("now.ndjson"), "{tokens}");
    }
}
