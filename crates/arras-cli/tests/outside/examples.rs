//! The specification's own examples, run against servers of a few lines: what they send and come to is written down here.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::{Arras, Ran, arras, folder, shared, write};
use crate::wire::{Answer, Received, Server};

fn example(name: &str) -> Option<PathBuf> {
    Some(shared()?.join("spec/examples/1.0.0").join(name))
}

/// A server that gives these answers, one after the other.
fn answering<const N: usize>(answers: [(u16, Value); N]) -> Server {
    Server::start(move |before, _| {
        let (status, body) = &answers[before];
        Answer::Json(*status, body.to_string())
    })
}

fn run(file: &std::path::Path, server: &Server, arguments: &[&str]) -> (Ran, Vec<Received>) {
    let command: Arras = arras(["run"]).arg(file).args(["--server", &server.url()]).args(arguments);
    let ran = command.run();
    (ran, server.received())
}

/// Method, target and body of each request.
fn sent(received: &[Received]) -> Vec<String> {
    received.iter().map(|one| format!("{} {} {}", one.method, one.target, one.text()).trim_end().to_owned()).collect()
}

const ACCESS: &str = "access-token-0123456789";
const REFRESH: &str = "refresh-token-0123456789";

#[test]
fn oauth_refreshes_a_token() {
    let Some(file) = example("oauth.arazzo.yaml") else { return };
    let server = answering([
        (200, json!({"access_token": "first-0123456789", "code": "c0de"})),
        (200, json!({"access_token": "second-0123456789", "refresh_token": "older-0123456789", "expires_in": 60})),
        (200, json!({"access_token": ACCESS, "refresh_token": REFRESH, "expires_in": 3600})),
    ]);
    let inputs =
        ["-i", "my_client_id=me", "-i", "my_client_secret=sesame", "-i", "my_redirect_uri=https://me.example/back"];
    let shown = ["--reveal", "access_token", "--reveal", "refresh_token"];
    let (ran, received) = run(&file, &server, &[&["refresh-token-flow"], &inputs[..], &shown[..]].concat());
    assert_eq!(
        ran.expect(0, &["Succeeded  refresh-token-flow"]).answer(),
        json!({"access_token": ACCESS, "refresh_token": REFRESH, "expires_in": 3600})
    );
    assert_eq!(
        sent(&received),
        [
            "GET /authorize?client_id=me&redirect_uri=https%3A%2F%2Fme.example%2Fback&response_type=code&scope=read&state=12345",
            "POST /oauth/token grant_type=authorization_code&code=c0de&redirect_uri=https%3A%2F%2Fme.example%2Fback&client_id=me&client_secret=sesame",
            "POST /oauth/token grant_type=refresh_token&refresh_token=older-0123456789",
        ]
    );
}

#[test]
fn oauth_takes_a_token_by_credentials_or_fails_without_one() {
    let Some(file) = example("oauth.arazzo.yaml") else { return };
    let arguments = ["client-credentials-flow", "-i", "client_id=me", "-i", "client_secret=sesame"];
    let server = answering([(200, json!({"access_token": ACCESS}))]);
    let (ran, received) = run(&file, &server, &[&arguments[..], &["--reveal", "access_token"]].concat());
    assert_eq!(ran.expect(0, &[]).answer(), json!({"access_token": ACCESS}));
    assert_eq!(sent(&received), ["POST /oauth/token client_id=me&client_secret=sesame&grant_type=client_credentials"]);
    // `$[?@.access_token != null]` asks the answer itself (A-02, A-04)
    let server = answering([(200, json!({"error": "invalid_client"}))]);
    let (ran, _) = run(&file, &server, &arguments);
    assert_eq!(ran.expect(1, &["criterion 2 of 2 is not satisfied"]).answer(), json!({}));
}

#[test]
fn a_pushed_authorization_ends_in_a_token() {
    let Some(file) = example("FAPI-PAR.arazzo.yaml") else { return };
    let server = answering([
        (200, json!({"request_uri": "urn:example:1", "expires_in": 60})),
        (302, json!({"code": "c0de"})),
        (200, json!({"token_type": "Bearer", "scope": "accounts"})),
    ]);
    let inputs = [
        "-i",
        "client_id=me",
        "-i",
        "redirect_uri=https://me.example/back",
        "-i",
        "code_verifier=proof",
        "-i",
        r#"client_assertion={"iss": "me", "aud": "bank"}"#,
        "-i",
        r#"PARrequestBody={"response_type": "code", "scope": "accounts"}"#,
        "-i",
        r#"TokenRequestBody={"grant_type": "g", "code": "c", "redirect_uri": "r", "code_verifier": "v"}"#,
    ];
    let (ran, received) = run(&file, &server, &inputs);
    assert_eq!(
        ran.expect(0, &["Succeeded  OIDC-PAR-AuthzCode"]).answer(),
        json!({"access_token": {"token_type": "Bearer", "scope": "accounts"}})
    );
    // the description wants the assertion, and the body of the first request, as JSON
    let assertion = "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer\
        &client_assertion=%7B%22iss%22%3A%22me%22%2C%22aud%22%3A%22bank%22%7D";
    let sent = sent(&received);
    assert_eq!(
        sent[0],
        format!(r#"POST /as/par.oauth2?client_id=me&{assertion} {{"response_type":"code","scope":"accounts"}}"#)
    );
    assert_eq!(sent[1], "GET /as/authorize.oauth2?request_uri=urn%3Aexample%3A1&client_id=me");
    let token = r#"{"grant_type":"authorization_code","code":"c0de","redirect_uri":"https://me.example/back","code_verifier":"proof"}"#;
    let (target, body) = sent[2].split_once(" {").expect("a body");
    assert_eq!(target, format!("POST /as/token.oauth2?client_id=me&{assertion}"));
    assert_eq!(
        serde_json::from_str::<Value>(&format!("{{{body}")).unwrap(),
        serde_json::from_str::<Value>(token).unwrap()
    );
}

#[test]
fn a_user_logs_in_and_retrieves_pets() {
    let Some(file) = example("LoginAndRetrievePets.arazzo.yaml") else { return };
    let here = folder("example-pets");
    let description = "openapi: 3.0.4\ninfo: {title: pets, version: '1'}\nservers: [{url: 'https://pets.example'}]\npaths:\n  \
        /user/login: {get: {operationId: loginUser, parameters: [{name: username, in: query, schema: {type: string}}, \
        {name: password, in: query, schema: {type: string}}], responses: {'200': {description: ok}}}}\n  \
        /pet/findByStatus: {get: {operationId: findPetsByStatus, parameters: [{name: status, in: query, schema: {type: string}}], \
        responses: {'200': {description: ok}}}}\n";
    write(&here.join("pets.yaml"), description);
    let source = format!("petStoreDescription={}", here.join("pets.yaml").display());
    let server = answering([(200, json!("session-0123456789")), (200, json!([{"id": 1, "name": "Tom"}]))]);
    let inputs = ["--source", &source, "-i", "username=ann", "-i", "password=sesame"];
    let (ran, received) = run(&file, &server, &inputs);
    // the path leads to a path item, which has one operation
    let ran = ran.expect(0, &["warning[loose-reference]", "Succeeded  loginUserRetrievePet"]);
    assert_eq!(ran.answer(), json!({"available": [{"id": 1, "name": "Tom"}]}));
    assert_eq!(
        sent(&received),
        ["GET /user/login?username=ann&password=sesame", "GET /pet/findByStatus?status=available"]
    );
    assert_eq!(received[1].header("authorization"), Some("session-0123456789"));
    arras(["run"]).arg(&file).args(inputs).arg("--strict").run().expect(3, &["loose-reference"]);
}

#[test]
fn parameters_of_the_workflow_go_with_every_step() {
    let Some(file) = example("ExtendedParametersExample.arazzo.yaml") else { return };
    arras(["run"]).arg(&file).run().expect(3, &["source-not-found", "animals"]);
    let here = folder("example-zoo");
    write(
        &here.join("animals.yaml"),
        "openapi: 3.0.4\ninfo: {title: zoo, version: '1'}\nservers: [{url: 'https://zoo.example'}]\npaths:\n  \
         /animal: {post: {operationId: postAnimal, responses: {'201': {description: ok}}}, \
         get: {operationId: getRandomAnimal, responses: {'200': {description: ok}}}}\n",
    );
    let source = format!("animals={}", here.join("animals.yaml").display());
    let server = answering([(201, json!({})), (200, json!({}))]);
    let (ran, received) = run(&file, &server, &["--source", &source]);
    ran.expect(0, &["Succeeded  animal-workflow"]);
    let cookies: Vec<Option<&str>> = received.iter().map(|one| one.header("cookie")).collect();
    let expected = ["authentication=SUPER_SECRET; workflowLevelParamOne=someValue", "workflowLevelParamOne=someValue"];
    assert_eq!(cookies, expected.map(Some));
    assert!(received.iter().all(|one| one.header("workflowLevelParamTwo") == Some("someValue")));
}

/// What is wrong with the two others is found before anything is sent.
#[test]
fn examples_with_defects_are_refused() {
    let Some(coupons) = example("pet-coupons.arazzo.yaml") else { return };
    let server = Server::start(|_, _| Answer::Json(200, "{}".to_owned()));
    let inputs = ["apply-coupon", "-i", r#"my_pet_tags=["a"]"#];
    let (ran, _) = run(&coupons, &server, &inputs);
    ran.expect(3, &["missing-parameter", "the operation requires the path parameter `petId`"]);
    let Some(bnpl) = example("bnpl-arazzo.yaml") else { return };
    let source = format!("BnplApi={}", bnpl.with_file_name("bnpl-openapi.yaml").display());
    let (ran, received) = run(&bnpl, &server, &["--source", &source]);
    ran.expect(3, &["unknown-output", "has no output `loanTransactionId`"]);
    assert_eq!(received.len(), 0);
}

/// Sources of AsyncAPI are read and linked; a workflow that sends or receives is refused before its first request.
#[test]
fn messages_are_checked_and_refused() {
    let Some(shared) = shared() else { return };
    let description = shared.join("spec/examples/1.1.0/pet-asyncapi.yaml");
    let here = folder("example-messages");
    let document = |step: &str| {
        format!(
            "arazzo: 1.1.0\ninfo: {{title: t, version: '1'}}\nsourceDescriptions:\n- {{name: api, url: api.yaml}}\n\
             - {{name: events, url: '{}', type: asyncapi}}\nworkflows:\n- workflowId: w\n  steps:\n  \
             - {{stepId: first, operationId: $sourceDescriptions.api.a}}\n  - {{stepId: event, {step}}}\n",
            description.display()
        )
    };
    write(
        &here.join("api.yaml"),
        "openapi: 3.1.0\ninfo: {title: t, version: '1'}\nservers: [{url: 'https://a.example'}]\npaths: {/a: {get: {operationId: a}}}\n",
    );
    let server = Server::start(|_, _| Answer::Json(200, "{}".to_owned()));
    let flow = here.join("flow.yaml");
    write(
        &flow,
        document("operationId: $sourceDescriptions.events.placeOrder, action: send, requestBody: {payload: {id: 1}}"),
    );
    arras(["check"]).arg(&flow).run().expect(0, &["Passed"]);
    let (ran, received) = run(&flow, &server, &[]);
    ran.expect(3, &["unsupported-feature", "step `event` sends or receives a message"]);
    assert_eq!(received.len(), 0);
    write(&flow, document("operationId: $sourceDescriptions.events.placeOrders, action: send"));
    arras(["check"]).arg(&flow).run().expect(1, &[]);
}
