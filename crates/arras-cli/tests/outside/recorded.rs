//! Runs that are kept and run again: the same events without a network, no secret in the file, and every difference told.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Ran, arras, folder, project, report, write};
use crate::wire::{Answer, Server};

const FLAGSHIP: &str = "workflows/face-liveness.arazzo.yaml";
const PASSWORD: &str = "pa ss/w\"örd+%1";
const ISSUED: &str = "tok/en+issued=42 \"é\"";

/// Records a run against the mock; the mock is gone afterwards.
fn record(here: &Path, file: &Path, more: &[&str]) -> (Ran, PathBuf) {
    let recording = here.join("run.rec.json");
    let ran = arras(["run"])
        .arg(file)
        .args(more)
        .args(["--poll-interval", "20ms", "-q"])
        .arg(format!("--record={}", recording.display()))
        .arg(format!("--report=ndjson={}", here.join("recorded.ndjson").display()))
        .run();
    (ran, recording)
}

#[track_caller]
fn same_events(here: &Path, recording: &Path, code: i32, told: &[&str]) {
    let replayed = here.join("replayed.ndjson");
    let ran = arras(["replay"]).arg(recording).arg(format!("--report=ndjson={}", replayed.display())).run();
    ran.expect(code, told);
    let read = |name: &str| std::fs::read_to_string(here.join(name)).unwrap();
    let (was, now) = (read("recorded.ndjson"), read("replayed.ndjson"));
    for (number, (was, now)) in was.lines().zip(now.lines()).enumerate() {
        assert_eq!(was, now, "line {}", number + 1);
    }
    assert_eq!(was, now);
}

#[test]
fn a_replay_shows_identical_events_without_a_network() {
    for (scenario, code) in
        [("--mock", 0), ("--mock=failed", 0), ("--mock=throttled", 1), ("--mock=unknown-session", 1)]
    {
        let here = folder("recorded-flagship");
        let (ran, recording) = record(&here, &project().join(FLAGSHIP), &[scenario]);
        assert_eq!(ran.code, Some(code), "{ran:?}");
        same_events(&here, &recording, code, &["Running"]);
    }
}

/// A recording is read by people, too: what a terminal might obey is spelled out, and the values are the same.
#[test]
fn what_deceives_is_spelled_out_in_a_recording() {
    let (here, file) = secretive("recorded-deceiving");
    let deceiving = "a\u{202e}b\u{9b}31m\u{2028}";
    let given = format!("user={deceiving}");
    let (ran, recording) = record(&here, &file, &["--mock", "-i", "password=open sesame", "-i", &given]);
    ran.expect(0, &[]);
    let text = std::fs::read_to_string(&recording).unwrap();
    assert!(!deceiving.chars().filter(|char| !char.is_ascii()).any(|char| text.contains(char)), "{text}");
    assert_eq!(report(&recording)["runs"][0]["inputs"]["user"], deceiving);
    same_events(&here, &recording, 0, &["Succeeded"]);
}

#[test]
#[cfg(unix)]
fn a_recording_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let here = folder("recorded-mode");
    let recording = here.join("run.rec.json");
    write(&recording, "{}");
    std::fs::set_permissions(&recording, std::fs::Permissions::from_mode(0o644)).unwrap();
    record(&here, &project().join(FLAGSHIP), &["--mock"]);
    assert_eq!(std::fs::metadata(&recording).unwrap().permissions().mode() & 0o777, 0o600);
}

const SECRETIVE: &str = r##"
arazzo: 1.0.1
info: {title: Secretive, version: 1.0.0}
sourceDescriptions: [{name: api, url: api.yaml, type: openapi}]
workflows:
- workflowId: login
  inputs:
    type: object
    properties: {password: {type: string, format: password}, user: {type: string}}
  steps:
  - stepId: signIn
    operationId: signIn
    requestBody:
      contentType: application/json
      payload: {user: $inputs.user, password: $inputs.password}
    successCriteria:
    - condition: $statusCode == 200
    - context: $response.body
      type: regex
      condition: 'issued=42'
    outputs: {token: $response.body#/access_token, path: $inputs.password}
  - stepId: use
    operationId: use
    parameters:
    - {name: Authorization, in: header, value: 'Bearer {$steps.signIn.outputs.token}'}
    - {name: q, in: query, value: $inputs.password}
    successCriteria: [{condition: $statusCode == 200}]
  outputs: {token: $steps.signIn.outputs.token}
"##;

const SECRETIVE_API: &str = r##"
openapi: 3.1.0
info: {title: API, version: 1.0.0}
servers: [{url: 'https://api.example'}]
paths:
  /login:
    post:
      operationId: signIn
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses: {'200': {description: ok, content: {application/json: {schema: {type: object}}}}}
  /use:
    get:
      operationId: use
      parameters: [{name: q, in: query, schema: {type: string}}]
      responses: {'200': {description: ok, content: {application/json: {schema: {type: object}}}}}
"##;

fn secretive(name: &str) -> (PathBuf, PathBuf) {
    let here = folder(name);
    let file = here.join("w.arazzo.yaml");
    write(&file, SECRETIVE);
    write(&here.join("api.yaml"), SECRETIVE_API);
    let token = serde_json::to_string(ISSUED).unwrap();
    let echo = serde_json::to_string(&format!("you sent {PASSWORD}")).unwrap();
    write(
        &here.join("w.mock.yaml"),
        format!(
            "operations:\n  signIn: [{{headers: {{Set-Cookie: 'sid=cookie-canary-77; Path=/'}}, body: {{access_token: {token}}}}}]\n  \
             use: [{{body: {{echo: {echo}}}}}]\n"
        ),
    );
    (here, file)
}

/// The secret in every spelling under which it could stand somewhere.
fn spellings(secret: &str) -> Vec<String> {
    let percent: String = secret
        .bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect();
    let json = serde_json::to_string(secret).unwrap();
    let twice = serde_json::to_string(&json).unwrap();
    vec![
        secret.to_owned(),
        percent.to_lowercase(),
        percent.replace("%20", "+"),
        json.trim_matches('"').to_owned(),
        twice.trim_matches(['"', '\\']).to_owned(),
        percent,
    ]
}

#[test]
fn no_secret_stands_in_a_recording_and_the_replay_is_the_same() {
    let (here, file) = secretive("recorded-secrets");
    let password = format!("password={PASSWORD}");
    let (ran, recording) = record(&here, &file, &["--mock", "-i", &password, "-i", "user=ada"]);
    ran.expect(0, &["Succeeded"]);
    let text = std::fs::read_to_string(&recording).unwrap();
    for secret in [PASSWORD, ISSUED, "cookie-canary-77"] {
        for spelling in spellings(secret) {
            assert!(!text.contains(&spelling), "{spelling} stands in: {text}");
        }
    }
    let kept: Value = serde_json::from_str(&text).unwrap();
    let exchanges = kept["runs"][0]["exchanges"].as_array().unwrap();
    let sent: Value = serde_json::from_str(exchanges[0]["request"]["body"]["text"].as_str().unwrap()).unwrap();
    let placeholder = sent["password"].as_str().unwrap();
    assert!(placeholder.starts_with("arras-secret-"), "{sent}");
    assert_eq!(kept["runs"][0]["inputs"]["password"], placeholder);
    assert!(exchanges[1]["request"]["url"].as_str().unwrap().ends_with(&format!("q={placeholder}")));
    let answered: Value = serde_json::from_str(exchanges[0]["answer"]["body"]["text"].as_str().unwrap()).unwrap();
    let bearer = &exchanges[1]["request"]["headers"];
    assert!(bearer.to_string().contains(&format!("Bearer {}", answered["access_token"].as_str().unwrap())), "{bearer}");
    // the criterion looked for a part of the token, which the placeholder does not have
    same_events(&here, &recording, 0, &["a criterion reads a secret; its recorded verdict stands", "Replayed"]);
}

/// Within longer texts they are recorded as they are: they would be found everywhere by chance.
#[test]
fn a_recording_with_short_secrets_is_replayed_the_same() {
    let (here, file) = secretive("recorded-short");
    let short = SECRETIVE
        .replace("payload: {user: $inputs.user,", "payload: {user: 'x{$inputs.password}y', n: 12, v: \"v1\", w: ab,")
        .replace("condition: 'issued=42'", "condition: 'token'")
        .replace("value: $inputs.password}", "value: 'x{$inputs.password}y'}\n    - {name: p, in: query, value: $inputs.password}\n    - {name: version, in: cookie, value: \"v1\"}");
    write(&file, short);
    write(
        &here.join("w.mock.yaml"),
        "operations:\n  signIn: [{body: {access_token: t9}}]\n  use: [{body: {echo: xaby}}]\n",
    );
    let (ran, recording) = record(&here, &file, &["--mock", "-i", "password=ab", "-i", "user=ada"]);
    ran.expect(0, &["Succeeded"]);
    same_events(&here, &recording, 0, &["Replayed"]);
    let changed = std::fs::read_to_string(&recording).unwrap().replace("q=xaby", "q=xabz");
    write(&recording, changed);
    arras(["replay"]).arg(&recording).run().expect(1, &["the URL was `", "q=xabz&p=ab`, is `", "q=x***y&p=***`"]);
}

#[test]
fn a_request_that_drifts_is_told_with_its_difference() {
    let (here, file) = secretive("recorded-drift");
    let (_, recording) = record(&here, &file, &["--mock", "-i", "password=open sesame", "-i", "user=ada"]);
    let again = |arguments: &[&str]| {
        arras(["run"]).arg(&file).arg(format!("--replay={}", recording.display())).args(arguments).run()
    };
    again(&[]).expect(0, &["Succeeded"]);
    // the real password is as good as its placeholder
    again(&["-i", "password=open sesame"]).expect(0, &["Succeeded"]);
    let drifted = again(&["-i", "user=eve"]);
    drifted.expect(
        1,
        &["the body at `#/user` was `\"ada\"`, is `\"eve\"`", "`use#1.1` is recorded and was not asked for"],
    );
    assert!(drifted.last_line().starts_with("Drifted  2 differences"), "{}", drifted.stderr);
    let faulted = here.join("drift.json");
    again(&["-i", "user=eve", &format!("--report=json={}", faulted.display())]);
    assert_eq!(report(&faulted)["workflows"][0]["steps"][0]["fault"]["kind"], "replay-drift");
    // a run that ends before all that is recorded was asked for fails, in every report
    let (head, _) = SECRETIVE.split_once("  - stepId: use").unwrap();
    write(&file, head);
    let kinds =
        ["json", "ndjson", "junit", "markdown"].map(|kind| format!("--report={kind}={}", here.join(kind).display()));
    let early = again(&kinds.each_ref().map(String::as_str));
    early.expect(1, &["Failed  login", "Drifted  1 difference"]);
    assert_eq!(early.stderr.matches("`use#1.1` is recorded and was not asked for").count(), 1, "{}", early.stderr);
    let read = |name: &str| std::fs::read_to_string(here.join(name)).unwrap();
    let told = report(&here.join("json"));
    let (run, message) = (&told["workflows"][0], "`use#1.1` is recorded and was not asked for");
    assert_eq!(
        (&told["status"], &run["status"], &run["endedBy"]),
        (&"failed".into(), &"failed".into(), &"fault".into())
    );
    assert_eq!((&run["fault"]["kind"], &run["fault"]["message"]), (&"replay-drift".into(), &message.into()));
    assert!(read("ndjson").trim_end().ends_with(r#""event":"run-finished","status":"failed"}"#), "{}", read("ndjson"));
    assert!(read("junit").contains(r#"failures="1""#) && read("junit").contains("replay-drift"), "{}", read("junit"));
    assert!(read("markdown").starts_with("### ❌ 1 of 1 workflow failed"), "{}", read("markdown"));
    // a criterion that was added is judged anew from the recorded answer
    let stricter = SECRETIVE.replace(
        "successCriteria: [{condition: $statusCode == 200}]",
        "successCriteria: [{condition: $statusCode == 201}]",
    );
    write(&file, stricter);
    again(&[]).expect(1, &["criterion-unsatisfied", "$statusCode is 200"]);
    // all that follows the difference is one
    let mut longer = report(&recording);
    let exchanges = longer["runs"][0]["exchanges"].as_array_mut().unwrap();
    exchanges.extend(exchanges.clone());
    let long = here.join("long.json");
    write(&long, longer.to_string());
    let told = arras(["replay"]).arg(&long).run();
    told.expect(1, &["`signIn#1.1` and 1 more are recorded and were not asked for", "Drifted  1 difference"]);
    // a recording that ends too early says so
    let mut cut = report(&recording);
    cut["runs"][0]["exchanges"].as_array_mut().unwrap().truncate(1);
    let shortened = here.join("short.json");
    write(&shortened, cut.to_string());
    arras(["replay"]).arg(&shortened).run().expect(1, &["the recording holds no further answer for `use#1.1`"]);
}

/// What a run that failed left unasked is told in the end, and not held against the run after it.
#[test]
fn what_one_run_leaves_is_no_failure_of_the_next() {
    let here = folder("recorded-next");
    let flow = "arazzo: 1.0.1\ninfo: {title: F, version: '1'}\nsourceDescriptions: [{name: api, url: api.yaml, type: openapi}]\n\
        workflows:\n- workflowId: first\n  steps:\n  - {stepId: a, operationId: look, successCriteria: [{condition: $statusCode == 200}]}\n  \
        - {stepId: b, operationId: look}\n- {workflowId: second, steps: [{stepId: c, operationId: look}]}\n";
    write(&here.join("f.arazzo.yaml"), flow);
    write(
        &here.join("api.yaml"),
        "openapi: 3.1.0\ninfo: {title: T, version: '1'}\nservers: [{url: 'https://api.example'}]\n\
         paths: {/a: {get: {operationId: look, responses: {'200': {description: ok}}}}}\n",
    );
    let run = |more: &[&str]| arras(["run", "f.arazzo.yaml", "--all"]).args(more).within(&here).run();
    run(&["--mock", "--record=r.json"]).expect(0, &[]);
    write(&here.join("f.arazzo.yaml"), flow.replace("== 200", "== 201"));
    let ran = run(&["--replay=r.json", "--report=json=told.json"]);
    ran.expect(1, &["`b#1.1` is recorded and was not asked for", "Drifted  1 difference"]);
    let told = report(&here.join("told.json"));
    let statuses: Vec<_> = told["workflows"].as_array().unwrap().iter().map(|run| &run["status"]).collect();
    assert_eq!(statuses, ["failed", "succeeded"]);
    // a run that is not made at all is one difference, told as the end of the last one
    write(&here.join("f.arazzo.yaml"), flow);
    for (workflows, replay, told) in [
        (&["first"][..], "--replay=r.json", "the recorded run of `second` was not asked for"),
        (&["second"], "--replay=r.json", "the recorded run is of `first`, not of `second`"),
    ] {
        let ran = arras(["run", "f.arazzo.yaml"]).args(workflows).args([replay, "--report=json=told.json"]);
        ran.within(&here).run().expect(1, &[told, "Drifted"]);
        assert_eq!(report(&here.join("told.json"))["status"], "failed");
    }
    run(&["--replay=r.json"]).expect(0, &["Succeeded  2 workflows"]);
}

#[test]
fn an_archive_is_replayed_by_method_and_url() {
    let (here, file) = secretive("recorded-har");
    let archive = here.join("trace.har");
    let har = format!("--report=har={}", archive.display());
    let server = ["--server", "http://127.0.0.1:9"];
    arras(["run"])
        .arg(&file)
        .args(["--mock", "-i", "password=open sesame", "-i", "user=ada", "-q", &har])
        .run()
        .expect(0, &[]);
    // the archive's own host, which the mock made up
    let mut trace = report(&archive);
    for entry in trace["log"]["entries"].as_array_mut().unwrap() {
        let url = entry["request"]["url"].as_str().unwrap().to_owned();
        let path = url.splitn(4, '/').nth(3).unwrap().to_owned();
        entry["request"]["url"] = format!("http://127.0.0.1:9/{path}").into();
        entry.as_object_mut().unwrap().remove("_effect");
    }
    // what a browser adds is no difference
    trace["log"]["entries"][0]["request"]["headers"]
        .as_array_mut()
        .unwrap()
        .push(serde_json::json!({"name": "Sec-Fetch-Mode", "value": "cors"}));
    trace["log"]["entries"][0]["response"]["content"]["text"] =
        format!(r#"{{"access_token":{}}}"#, serde_json::to_string(ISSUED).unwrap()).into();
    write(&archive, trace.to_string());
    let replay = format!("--replay={}", archive.display());
    let run = |user: &str| {
        let user = format!("user={user}");
        arras(["run"]).arg(&file).args(server).args([&replay, "-i", "password=open sesame", "-i", &user]).run()
    };
    run("ada").expect(0, &["Succeeded"]);
    run("eve").expect(1, &["the body at `#/user` was `\"ada\"`, is `\"eve\"`"]);
    let elsewhere = arras(["run"]).arg(&file).args(["--server", "http://localhost:9", &replay]);
    let elsewhere = elsewhere.args(["-i", "password=open sesame", "-i", "user=ada"]).run();
    elsewhere.expect(1, &["the recording holds no answer for `localhost:9`: POST"]);
    let help = format!("does not say which workflow was run: name it: `arras run FILE --replay {}`", archive.display());
    arras(["replay"]).arg(&archive).run().expect(2, &[&help]);
}

/// What an archive of Arras masks or leaves out is known as such.
#[test]
fn masks_and_cuts_of_an_archive_are_no_values() {
    let (here, file) = secretive("recorded-har-masked");
    let archive = here.join("trace.har");
    let har = format!("--report=har={}", archive.display());
    write(&file, SECRETIVE.replace("condition: 'issued=42'", "condition: 'token'"));
    arras(["run"])
        .arg(&file)
        .args(["--mock", "-i", "password=open sesame", "-i", "user=ada", "-q", &har])
        .run()
        .expect(0, &[]);
    let mut trace = report(&archive);
    let host = trace["log"]["entries"][0]["request"]["url"].as_str().unwrap().trim_end_matches("/login").to_owned();
    let replay = |archive: &Path, more: &[&str]| {
        let run = arras(["run"]).arg(&file).args(["--server", &host]).args(more);
        run.arg(format!("--replay={}", archive.display())).run()
    };
    let given = ["-i", "password=another one", "-i", "user=ada"];
    replay(&archive, &given).expect(0, &["Succeeded"]);
    replay(&archive, &["-i", "password=x", "-i", "user=eve"])
        .expect(1, &["the body at `#/user` was `\"ada\"`, is `\"eve\"`"]);
    trace["log"]["entries"][0]["response"]["content"]["comment"] = "7 of 9 bytes".into();
    write(&archive, trace.to_string());
    replay(&archive, &given)
        .expect(1, &["the archive holds only 7 of 9 bytes of the answer's body: `signIn#1.1`", "Drifted"]);
}

const UPLOAD: &str = r##"
arazzo: 1.0.1
info: {title: Upload, version: 1.0.0}
sourceDescriptions: [{name: api, url: upload-api.yaml, type: openapi}]
workflows:
- workflowId: upload
  inputs: {type: object, properties: {photo: {}, title: {type: string}}}
  steps:
  - stepId: send
    operationId: send
    parameters: [{name: title, in: query, value: $inputs.title}]
    requestBody: {contentType: application/octet-stream, payload: $inputs.photo}
    successCriteria: [{condition: $statusCode == 200}]
"##;

const UPLOAD_API: &str = r##"
openapi: 3.1.0
info: {title: API, version: 1.0.0}
servers: [{url: 'https://api.example'}]
paths:
  /photos:
    post:
      operationId: send
      parameters: [{name: title, in: query, schema: {type: string}}]
      requestBody: {content: {application/octet-stream: {schema: {type: string, format: binary}}}}
      responses: {'200': {description: ok}}
"##;

#[test]
fn a_recorded_file_is_read_anew_for_documents_as_they_are_now() {
    let here = folder("recorded-file");
    let (file, photo, other) = (here.join("w.arazzo.yaml"), here.join("photo.jpg"), here.join("other.jpg"));
    write(&file, UPLOAD);
    write(&here.join("upload-api.yaml"), UPLOAD_API);
    write(&photo, b"\xff\xd8photo\xff");
    write(&other, b"\xff\xd8other\xff");
    let given = format!("--file=photo={}", photo.display());
    let (ran, recording) = record(&here, &file, &["--mock", &given, "-i", "title=Sea"]);
    ran.expect(0, &["Succeeded"]);
    let replay = format!("--replay={}", recording.display());
    let again = |more: &[&str]| arras(["run"]).arg(&file).arg(&replay).args(more).run();
    for more in [&[][..], &[given.as_str()], &["-i", "title=Sea"]] {
        again(more).expect(0, &["Running", "(replayed)", "Succeeded"]);
    }
    arras(["replay"]).arg(&recording).run().expect(0, &["(replayed)", "Succeeded"]);
    let another = format!("--file=photo={}", other.display());
    for more in [another.as_str(), "-iphoto=text"] {
        again(&[more]).expect(1, &["the request of `send#1.1` is not the recorded one"]);
    }
    std::fs::remove_file(&photo).unwrap();
    again(&[]).expect(2, &["for input `photo` can't be used"]);
}

#[test]
fn what_is_no_recording_is_refused() {
    let here = folder("recorded-refused");
    for (text, why) in [
        ("no json", "it is no JSON"),
        ("{}", "it is neither a recording nor an HTTP Archive"),
        (r#"{"recording": 99, "runs": []}"#, "it is of version 99"),
        (r#"{"recording": 1, "runs": 7}"#, "it is no recording"),
        (r#"{"log": {}}"#, "an HTTP Archive without entries"),
        (r#"{"recording": 1, "runs": [], "options": ["x.yaml", "--no-such-option"]}"#, "--no-such-option"),
    ] {
        let file = here.join("r.json");
        write(&file, text);
        arras(["replay"]).arg(&file).run().expect(3, &[why]);
    }
    arras(["replay"]).arg(here.join("none.json")).run().expect(4, &["can't be read"]);
    let stdin = arras(["run", "-", "--record", "x.json"]).input("arazzo: 1.0.1").run();
    stdin.expect(2, &["a document on standard input can't be recorded"]);
}

/// An API key in the query, a basic credential, a cookie that the first answer sets: none stands in the file, and a replay
/// has none of them.
#[test]
fn credentials_and_cookies_are_replayed_without_being_kept() {
    let here = folder("recorded-credentials");
    let file = here.join("w.arazzo.yaml");
    let step = |id: &str| {
        format!("  - {{stepId: {id}, operationId: {id}, successCriteria: [{{condition: $statusCode == 200}}]}}\n")
    };
    write(
        &file,
        format!(
            "arazzo: 1.0.1\ninfo: {{title: T, version: 1.0.0}}\nsourceDescriptions: [{{name: api, url: api.yaml, type: openapi}}]\n\
             workflows:\n- workflowId: w\n  steps:\n{}{}",
            step("first"),
            step("second")
        ),
    );
    let operation = |id: &str, scheme: &str| {
        format!(
            "  /{id}: {{get: {{operationId: {id}, security: [{{{scheme}: []}}], responses: {{'200': {{description: ok}}}}}}}}\n"
        )
    };
    write(
        &here.join("api.yaml"),
        format!(
            "openapi: 3.1.0\ninfo: {{title: A, version: 1.0.0}}\nservers: [{{url: 'https://api.example'}}]\ncomponents:\n  securitySchemes:\n    \
             key: {{type: apiKey, in: query, name: api_key}}\n    login: {{type: http, scheme: basic}}\npaths:\n{}{}",
            operation("first", "key"),
            operation("second", "login")
        ),
    );
    let server = Server::start(|_, request| match request.target.split('?').next() {
        Some("/first") => Answer::Text(200, "application/json\r\nSet-Cookie: sid=cookie-canary-77", "{}".to_owned()),
        _ => Answer::Json(
            if request.header("cookie") == Some("sid=cookie-canary-77") { 200 } else { 403 },
            "{}".to_owned(),
        ),
    });
    let url = format!("--server={}", server.url());
    let given = ["--cookie-jar", "--auth", "key=api-key-canary", "--auth", "login=ada:basic-canary", &url];
    let (ran, recording) = record(&here, &file, &given);
    ran.expect(0, &["Succeeded"]);
    let sent = server.received();
    assert!(sent[0].target.contains("api_key=api-key-canary") && sent[1].header("authorization").is_some());
    let text = std::fs::read_to_string(&recording).unwrap();
    for canary in ["api-key-canary", "basic-canary", "YWRhOmJhc2ljLWNhbmFyeQ", "cookie-canary-77"] {
        assert!(!text.contains(canary), "{canary} stands in {text}");
    }
    drop(server);
    same_events(&here, &recording, 0, &["Succeeded"]);
}
