//! `run --mock` and `arras mock`, and which workflow of a file is run with which inputs.

use std::path::PathBuf;

use crate::judge;
use crate::support::{Mocking, Ran, arras, folder, project, write};
use crate::wire::Server;

const SHORT: &str = "workflows/face-liveness.arazzo.yaml";
const COMPLETE: &str = "workflows/face-liveness-complete.arazzo.yaml";

/// The complete workflow without its pauses, beside its own scenarios.
fn hurried(name: &str) -> PathBuf {
    let here = folder(name);
    let text = std::fs::read_to_string(project().join(COMPLETE)).unwrap();
    assert!(text.contains("retryAfter: 2") && text.contains("retryAfter: 1"));
    let text = text.replace("retryAfter: 2", "retryAfter: 0").replace("retryAfter: 1", "retryAfter: 0");
    let file = here.join("workflows/face-liveness-complete.arazzo.yaml");
    write(&file, text);
    for other in ["workflows/face-liveness-complete.mock.yaml", "openapi/rekognition-face-liveness.openapi.yaml"] {
        write(&here.join(other), std::fs::read(project().join(other)).unwrap());
    }
    file
}

/// Runs both workflows against a scenario; the last answer's status code in the short one's story is not looked at.
fn both(name: &str, mock: &str) -> (Ran, Ran) {
    let complete = hurried(name);
    let run = |file: &std::path::Path| arras(["run"]).arg(file).args([mock, "--poll-interval", "0"]).run();
    (run(&project().join(SHORT)), run(&complete))
}

#[test]
fn a_session_that_succeeds() {
    let (short, complete) = both("mocked-success", "--mock");
    for ran in [short, complete] {
        ran.expect(0, &["(mock)", "2 steps, 4 requests", "Succeeded"]);
        assert_eq!(
            (&ran.answer()["status"], &ran.answer()["confidence"]),
            (&"SUCCEEDED".into(), &98.97350311279297.into())
        );
    }
}

#[test]
fn a_session_that_fails_or_expires() {
    for (scenario, status, requests) in [("failed", "FAILED", 3), ("expired", "EXPIRED", 4)] {
        let (short, complete) = both(&format!("mocked-{scenario}"), &format!("--mock={scenario}"));
        let counted = format!("2 steps, {requests} requests");
        short.expect(0, &["no-action-matched", &counted, "Succeeded"]);
        complete.expect(1, &[&counted, "Failed", &format!("is \"{status}\" → end ({scenario})")]);
        for ran in [short, complete] {
            assert_eq!(ran.answer()["status"], status);
        }
    }
}

#[test]
fn a_throttled_service() {
    let (short, complete) = both("mocked-throttled", "--mock=throttled");
    short.expect(1, &["ThrottlingException", "Rate exceeded", "$statusCode is 400"]);
    complete.expect(0, &["2 steps, 5 requests", "Succeeded"]);
    assert_eq!(complete.answer()["confidence"], 97.5);
}

#[test]
fn a_session_that_nobody_knows() {
    let (short, complete) = both("mocked-unknown", "--mock=unknown-session");
    for ran in [short, complete] {
        ran.expect(1, &["SessionNotFoundException", "The session does not exist.", "2 steps, 2 requests", "Failed"]);
    }
}

#[test]
fn a_scenario_that_is_not_there_is_named_beside_those_that_are() {
    let near = arras(["run", SHORT, "--mock=fialed"]).run();
    near.expect(2, &["there is no scenario `fialed`", "did you mean `failed`?"]);
    let far = arras(["run", SHORT, "--mock=other"]).run();
    far.expect(2, &["there is no scenario `other`", "`success`, `failed`, `expired`, `throttled`, `unknown-session`"]);
    let file = arras(["run", SHORT, "--mock=no-such-file.yaml"]).run();
    file.expect(2, &["`no-such-file.yaml` can't be read"]);
    assert!([near, far, file].iter().all(|ran| ran.stdout.is_empty()));
}

#[test]
fn the_mock_tells_its_address_and_credentials_first() {
    let mocking = Mocking::start(&[SHORT]);
    let names: Vec<_> = mocking.told.keys().map(String::as_str).collect();
    assert_eq!(names, ["accessKeyId", "region", "secretAccessKey", "url"]);
    assert!(mocking.url().starts_with("http://127.0.0.1:"), "{:?}", mocking.told);
    let run = || {
        arras(["run", SHORT, "--server", mocking.url(), "--poll-interval", "0"])
            .env("AWS_REGION", &mocking.told["region"])
            .env("AWS_ACCESS_KEY_ID", &mocking.told["accessKeyId"])
    };
    let ran = run().env("AWS_SECRET_ACCESS_KEY", &mocking.told["secretAccessKey"]).run();
    ran.expect(0, &["2 steps, 4 requests"]);
    assert_eq!(ran.answer()["status"], "SUCCEEDED");
    run().env("AWS_SECRET_ACCESS_KEY", "another").run().expect(1, &["InvalidSignatureException"]);
    #[cfg(unix)]
    {
        let (code, rest) = mocking.terminate();
        assert_eq!((code, rest.as_str()), (Some(0), ""), "one line is the whole of its standard output");
    }
}

/// A workflow and an API that asks for a bearer token, with a scenario of that text.
fn lending(name: &str, scenario: &str) -> PathBuf {
    let here = folder(name);
    let workflow = "arazzo: 1.0.1\ninfo: {title: Lend, version: '1'}\n\
        sourceDescriptions: [{name: shop, url: books.openapi.yaml, type: openapi}]\n\
        workflows:\n- workflowId: lend\n  steps:\n  - {stepId: list, operationId: listBooks}\n";
    let api = "openapi: 3.1.0\ninfo: {title: Books, version: '1'}\nservers: [{url: https://books.example}]\n\
        security: [{bearer: []}]\npaths:\n  /books:\n    get:\n      operationId: listBooks\n      \
        responses: {'200': {description: books, content: {application/json: {schema: {type: array}}}}}\n\
        components: {securitySchemes: {bearer: {type: http, scheme: bearer}}}\n";
    write(&here.join("books.openapi.yaml"), api);
    write(&here.join("bad.mock.yaml"), scenario);
    write(&here.join("lend.arazzo.yaml"), workflow);
    here
}

#[test]
fn what_is_wrong_with_a_scenario_is_shown_in_the_scenario() {
    for (name, scenario) in [
        ("scenario-unknown", "operations:\n  listBok: [{status: 200}]\n"),
        ("scenario-invalid", "operations:\n  listBooks: [{stats: 200}]\n"),
    ] {
        let here = lending(name, scenario);
        let run = arras(["run", "lend.arazzo.yaml", "--mock=bad.mock.yaml"]).within(&here).run();
        let mock = arras(["mock", "lend.arazzo.yaml", "--scenario", "bad.mock.yaml"]).within(&here).run();
        for ran in [run, mock] {
            ran.expect(3, &["bad.mock.yaml:2:"]);
            assert!(!ran.stderr.contains("lend.arazzo.yaml:"), "{name}: {}", ran.stderr);
        }
    }
}

#[test]
fn credentials_of_aws_are_told_only_where_something_asks_for_them() {
    let here = lending("unsigned", "operations: {}\n");
    let mocking = Mocking::start(&[here.join("lend.arazzo.yaml").to_str().unwrap()]);
    assert_eq!(mocking.told.keys().collect::<Vec<_>>(), ["url"]);
}

#[test]
fn the_mock_serves_a_description_alone() {
    let mocking = Mocking::start(&["openapi/rekognition-face-liveness.openapi.yaml"]);
    let ran = arras(["run", SHORT, "--server", mocking.url(), "--poll-interval", "0"])
        .env("AWS_ACCESS_KEY_ID", &mocking.told["accessKeyId"])
        .env("AWS_SECRET_ACCESS_KEY", &mocking.told["secretAccessKey"])
        .run();
    // the description's examples answer
    assert_eq!(ran.expect(0, &["Succeeded"]).answer()["status"], "SUCCEEDED");
}

/// Two roots, and a third workflow that one of them calls.
const SEVERAL: &str = "arazzo: 1.0.1
info: {title: Several, version: 1.0.0}
sourceDescriptions:
- {name: rekognitionApi, url: rekognition.openapi.yaml, type: openapi}
workflows:
- workflowId: first
  summary: Creates a session.
  steps:
  - {stepId: create, workflowId: inner, outputs: {id: $outputs.id}}
  outputs: {id: $steps.create.outputs.id}
- workflowId: second
  summary: Creates another.
  inputs:
    type: object
    properties:
      limit: {type: integer, maximum: 4}
      kept: {type: object}
      token: {type: string}
  steps:
  - stepId: create
    operationId: createFaceLivenessSession
    parameters: [{name: X-Amz-Target, in: header, value: RekognitionService.CreateFaceLivenessSession}]
    requestBody:
      payload:
        ClientRequestToken: $inputs.token
        Settings: {AuditImagesLimit: $inputs.limit, OutputConfig: $inputs.kept}
    outputs: {id: $response.body#/SessionId}
  outputs: {id: $steps.create.outputs.id}
- workflowId: inner
  steps:
  - stepId: create
    operationId: createFaceLivenessSession
    parameters: [{name: X-Amz-Target, in: header, value: RekognitionService.CreateFaceLivenessSession}]
    requestBody: {payload: {}}
    outputs: {id: $response.body#/SessionId}
  outputs: {id: $steps.create.outputs.id}
";

fn several(name: &str) -> PathBuf {
    let here = folder(name);
    let description = project().join("openapi/rekognition-face-liveness.openapi.yaml");
    write(&here.join("rekognition.openapi.yaml"), std::fs::read(description).unwrap());
    write(&here.join("several.arazzo.yaml"), SEVERAL);
    here.join("several.arazzo.yaml")
}

#[test]
fn all_workflows_of_a_file_that_has_none_are_refused() {
    let here = folder("no-workflows");
    let flow = "arazzo: 1.0.1\ninfo: {title: T, version: '1'}\n\
                sourceDescriptions: [{name: a, url: api.yaml, type: openapi}]\nworkflows: []\n";
    let api = "openapi: 3.1.0\ninfo: {title: A, version: '1'}\npaths: {}\n";
    for (text, rule) in [(api, "not-an-arazzo-document"), (flow, "empty-list"), ("hello", "not-an-arazzo-document")] {
        write(&here.join("none.yaml"), text);
        for more in [&[][..], &["--dry-run"], &["--mock"]] {
            let ran = arras(["run", "none.yaml", "--all"]).args(more).within(&here).run();
            assert_eq!(ran.expect(3, &[rule, "Refused"]).stdout, "", "{text} {more:?}");
        }
    }
}

#[test]
fn of_several_workflows_one_is_named_or_all_are_asked_for() {
    let file = several("several");
    let run = || arras(["run"]).arg(&file).arg("--mock");
    let listed = run().run();
    listed.expect(2, &["first", "Creates a session.", "second", "Creates another.", "--all"]);
    assert!(listed.stdout.is_empty() && !listed.stderr.contains("inner"), "no root is listed: {}", listed.stderr);

    let all = run().arg("--all").run();
    all.expect(0, &["Succeeded"]);
    let answer = all.answer();
    assert_eq!(crate::support::names(&answer), ["first", "second"]);
    assert!(answer["first"]["id"].is_string() && answer["second"]["id"].is_string(), "{answer}");
    assert!(all.last_line().starts_with("Succeeded  2 workflows"), "{}", all.stderr);

    let named = run().arg("inner").run();
    assert!(named.expect(0, &["Succeeded  inner"]).answer()["id"].is_string());
    let two = run().args(["second", "inner"]).run();
    assert_eq!(crate::support::names(&two.expect(0, &[]).answer()), ["inner", "second"]);
    run().arg("secnod").run().expect(2, &["secnod", "second"]);
}

#[test]
fn inputs_are_read_by_their_schema() {
    let file = several("inputs");
    let server = Server::session(&["SUCCEEDED"]);
    let run = || arras(["run"]).arg(&file).args(["second", "--server", &server.url()]).aws();
    let inputs = ["-i", "limit=3", "-i", r#"kept={"S3Bucket":"a=b"}"#, "-i", "token=42"];
    run().args(inputs).run().expect(0, &[]);
    let body = r#"{"ClientRequestToken":"42","Settings":{"AuditImagesLimit":3,"OutputConfig":{"S3Bucket":"a=b"}}}"#;
    assert_eq!(server.received()[0].text(), body);

    run().args(["--inputs", "-", "-i", "limit=1"]).input("limit: 2\ntoken: t\n").run().expect(0, &[]);
    assert_eq!(server.received()[1].text(), r#"{"ClientRequestToken":"t","Settings":{"AuditImagesLimit":1}}"#);
    run().env("ARRAS_INPUT_TOKEN", "env").run().expect(0, &[]);
    assert_eq!(server.received()[2].text(), r#"{"ClientRequestToken":"env","Settings":{}}"#);

    let wrong: [(&[&str], &str); 5] = [
        (&["-i", "limit=three"], "`limit` must be JSON"),
        (&["-i", "limit=5"], "limit"),
        (&["-i", "kept=[1]"], "kept"),
        (&["-i", "limit"], "NAME=VALUE"),
        (&["--inputs", "no-such-file.json"], "no-such-file.json"),
    ];
    for (arguments, told) in wrong {
        let ran = run().args(arguments).run();
        ran.expect(2, &[told]);
        assert_eq!(ran.stdout, "", "{arguments:?}");
    }
    assert_eq!(server.received().len(), 3, "nothing is sent with inputs that are refused");
    server.received().iter().for_each(|request| judge::accepted(request, crate::support::SECRET));
}

/// Steps that put an item each, the first at the server `first`, the second at a host that leaves the region out.
fn putting(name: &str, first: &str) -> PathBuf {
    let here = folder(name);
    let api = |server: &str| {
        format!(
            "openapi: 3.0.3\ninfo: {{title: Items, version: '1'}}\nservers: [{server}]\nsecurity: [{{sigv4: []}}]\npaths:\n  /items:\n    \
             post: {{operationId: put, responses: {{'200': {{description: put}}}}}}\ncomponents:\n  securitySchemes:\n    \
             sigv4: {{type: apiKey, in: header, name: Authorization, description: AWS Signature Version 4}}\n"
        )
    };
    let workflow = "arazzo: 1.0.1\ninfo: {title: Put, version: '1'}\nsourceDescriptions:\n\
        - {name: one, url: one.yaml, type: openapi}\n- {name: other, url: other.yaml, type: openapi}\n\
        workflows:\n- workflowId: put\n  steps:\n  - {stepId: first, operationId: $sourceDescriptions.one.put}\n  \
        - {stepId: second, operationId: $sourceDescriptions.other.put}\n";
    write(&here.join("one.yaml"), api(first));
    write(&here.join("other.yaml"), api("{url: 'https://rekognition.amazonaws.com'}"));
    write(&here.join("put.arazzo.yaml"), workflow);
    here
}

#[test]
fn the_run_signs_for_the_regions_that_the_mock_asks_for() {
    const LITERAL: &str = "{url: 'https://dynamodb.us-west-2.amazonaws.com'}";
    const VARIABLE: &str =
        "{url: 'https://dynamodb.{region}.amazonaws.com', variables: {region: {default: us-west-2}}}";
    let around = ("AWS_REGION", "eu-west-1");
    let (by_option, by_variable) = (["--aws-region", "eu-west-3"], ["--server-var", "region=ap-south-1"]);
    let none: (&str, &str) = ("LANG", "C");
    let table: [(&str, &str, (&str, &str), &[&str], [&str; 2]); 13] = [
        ("literal", LITERAL, none, &[], ["us-west-2", "us-east-1"]),
        ("literal-around", LITERAL, around, &[], ["us-west-2", "eu-west-1"]),
        ("literal-option", LITERAL, around, &by_option, ["eu-west-3", "eu-west-3"]),
        ("default", VARIABLE, none, &[], ["us-west-2", "us-east-1"]),
        ("default-around", VARIABLE, around, &[], ["eu-west-1", "eu-west-1"]),
        ("default-option", VARIABLE, none, &by_option, ["eu-west-3", "eu-west-3"]),
        ("variable", VARIABLE, none, &by_variable, ["ap-south-1", "us-east-1"]),
        ("variable-around", VARIABLE, around, &by_variable, ["ap-south-1", "eu-west-1"]),
        ("older-variable", VARIABLE, ("AWS_DEFAULT_REGION", "eu-west-2"), &[], ["eu-west-2", "eu-west-2"]),
        ("profile", VARIABLE, ("AWS_CONFIG_FILE", "config"), &[], ["sa-east-1", "sa-east-1"]),
        (
            "express",
            "{url: 'https://b--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com'}",
            none,
            &[],
            ["us-east-1", "us-east-1"],
        ),
        ("global", "{url: 'https://iam.amazonaws.com'}", around, &[], ["us-east-1", "eu-west-1"]),
        (
            "plain",
            "{url: 'http://dynamodb.us-west-1.amazonaws.com'}, {url: 'https://dynamodb.us-west-1.amazonaws.com'}",
            none,
            &[],
            ["us-west-1", "us-east-1"],
        ),
    ];
    for (name, server, (variable, value), options, regions) in table {
        let here = putting(&format!("region-{name}"), server);
        write(&here.join("config"), "[default]\nregion = sa-east-1\n");
        let command = |command: &str| {
            arras([command, "put.arazzo.yaml", "--mock"]).args(options).env(variable, value).within(&here)
        };
        let service = match name {
            "global" => "iam",
            "express" => "s3express",
            _ => "dynamodb",
        };
        let [first, second] = regions;
        let told = [format!("aws-sigv4 {service}/{first}"), format!("aws-sigv4 rekognition/{second}")];
        command("run").run().expect(0, &[&told[0], &told[1], "Succeeded"]);
        command("test").run().expect(0, &[]);
    }
    for file in crate::support::flagships() {
        let run = arras(["run"]).arg(file).args(["--mock", "--poll-interval", "0", "-i", "clientRequestToken=abc"]);
        run.env(around.0, around.1).run().expect(0, &["aws-sigv4 rekognition/eu-west-1", "Succeeded"]);
    }
}

#[test]
fn the_mock_asks_for_no_signature_where_nobody_need_sign() {
    let here = putting("optional-signature", "{url: 'https://dynamodb.us-west-2.amazonaws.com'}");
    for security in ["{}, {sigv4: []}", "{sigv4: []}, {}"] {
        let api = std::fs::read_to_string(here.join("other.yaml")).unwrap();
        write(&here.join("one.yaml"), api.replace("security: [{sigv4: []}]", &format!("security: [{security}]")));
        arras(["run", "put.arazzo.yaml", "--mock"]).within(&here).run().expect(0, &["Succeeded"]);
    }
}
