//! Signatures as the built command makes them: one changed byte, and neither judge accepts.

use crate::judge;
use crate::support::{SECRET, TOKEN, arras, flagships, folder, write};
use crate::wire::{Answer, Received, Server};

/// What a run sent.
fn sent() -> Vec<Received> {
    let mut sent = Vec::new();
    for file in flagships() {
        let server = Server::session(&["SUCCEEDED"]);
        let run = arras(["run"]).arg(&file).args(["--server", &server.url(), "-i", "clientRequestToken=abc"]).aws();
        run.env("AWS_SESSION_TOKEN", TOKEN).run().expect(0, &[]);
        assert_eq!(server.received().len(), 2);
        sent.extend(server.received());
    }
    sent
}

/// The request with a header field's value changed.
fn with(request: &Received, name: &str, change: impl FnOnce(&mut String)) -> Received {
    let mut request = request.clone();
    let field = request.headers.iter_mut().find(|(field, _)| field.eq_ignore_ascii_case(name));
    change(&mut field.unwrap_or_else(|| panic!("no field `{name}`")).1);
    request
}

/// Puts another letter or digit of the same kind in place of the last one.
fn last_other(text: &mut String) {
    let last = match text.pop().unwrap() {
        '9' => '8',
        digit @ '0'..='8' => char::from(digit as u8 + 1),
        'f' => 'e',
        letter => char::from(letter as u8 ^ 1),
    };
    text.push(last);
}

#[test]
fn one_changed_byte_is_refused_by_both_judges() {
    for request in sent() {
        judge::accepted(&request, SECRET);
        let mut body = request.clone();
        body.body[3] ^= 1;
        let changed = [
            ("body", body),
            ("longer body", Received { body: [&request.body[..], b" "].concat(), ..request.clone() }),
            ("path", Received { target: "/a".into(), ..request.clone() }),
            ("query", Received { target: "/?a=".into(), ..request.clone() }),
            ("method", Received { method: "PUT".into(), ..request.clone() }),
            ("target", with(&request, "x-amz-target", last_other)),
            ("content type", with(&request, "content-type", last_other)),
            ("host", with(&request, "host", last_other)),
            // the second before the last letter, which is a `Z`
            (
                "date",
                with(&request, "x-amz-date", |date| {
                    date.pop();
                    last_other(date);
                    date.push('Z');
                }),
            ),
            ("session token", with(&request, "x-amz-security-token", |token| token.insert(0, 'x'))),
            ("signature", with(&request, "authorization", last_other)),
            ("region", with(&request, "authorization", |text| *text = text.replace("us-east-1", "us-east-2"))),
            ("service", with(&request, "authorization", |text| *text = text.replace("rekognition", "rekognitiom"))),
        ];
        for (what, changed) in &changed {
            judge::refused(what, changed, SECRET);
        }
        let mut other = SECRET.to_owned();
        last_other(&mut other);
        judge::refused("secret", &request, &other);
        for minutes in [-16, 16] {
            let at = request.at + minutes * 60;
            judge::refused("time of arrival", &Received { at, ..request.clone() }, SECRET);
        }
        let unsigned = with(&request, "authorization", |text| *text = text.replace(";x-amz-target", ""));
        judge::refused("set of signed headers", &unsigned, SECRET);
    }
}

#[test]
fn an_operation_that_a_gateway_signs_needs_no_scheme() {
    let here = folder("gateway");
    let api = "openapi: 3.0.1\ninfo: {title: Pets, version: '1'}\n\
        servers: [{url: 'https://abc123.execute-api.eu-west-1.amazonaws.com/prod'}]\npaths:\n  /pets:\n    get:\n      \
        operationId: list\n      x-amazon-apigateway-auth: {type: AWS_IAM}\n      responses: {'200': {description: pets}}\n";
    let workflow = "arazzo: 1.0.1\ninfo: {title: Look, version: '1'}\n\
        sourceDescriptions: [{name: pets, url: pets.yaml, type: openapi}]\n\
        workflows:\n- workflowId: look\n  steps:\n  - {stepId: list, operationId: list}\n";
    write(&here.join("pets.yaml"), api);
    write(&here.join("look.arazzo.yaml"), workflow);
    let server = Server::start(|_, _| Answer::Json(200, "{}".into()));
    arras(["run", "look.arazzo.yaml", "--server", &server.url()]).aws().within(&here).run().expect(0, &[]);
    let sent = server.received();
    let authorization = sent[0].header("authorization").unwrap();
    assert!(authorization.contains("/eu-west-1/execute-api/aws4_request"), "{authorization}");
    let listed = arras(["auth", "list", "look.arazzo.yaml"]).within(&here).run();
    listed.expect(0, &[]);
    let told = "AWS Signature Version 4 for execute-api/eu-west-1: the operation is marked `x-amazon-apigateway-auth`";
    assert!(listed.stdout.contains(told), "{}", listed.stdout);
    let mocked = arras(["run", "look.arazzo.yaml", "--mock"]).within(&here).run();
    mocked.expect(0, &["aws-sigv4 execute-api/eu-west-1"]);
    let checked = arras(["check", "look.arazzo.yaml"]).within(&here).run();
    checked.expect(0, &[]);
}

#[test]
fn operations_of_one_host_are_signed_for_the_service_that_their_path_tells() {
    let here = folder("places");
    let api = "openapi: 3.0.1\ninfo: {title: Places, version: '1'}\n\
        servers: [{url: 'https://places.geo.eu-west-1.amazonaws.com'}]\nsecurity: [{sigv4: []}]\ncomponents: \
        {securitySchemes: {sigv4: {type: apiKey, in: header, name: Authorization}}}\npaths:\n  /v2/geocode:\n    post:\n      \
        operationId: geocode\n      responses: {'200': {description: a place}}\n  /places/v0/list-indexes:\n    post:\n      \
        operationId: list\n      responses: {'200': {description: indexes}}\n";
    let workflow = "arazzo: 1.0.1\ninfo: {title: Find, version: '1'}\n\
        sourceDescriptions: [{name: places, url: places.yaml, type: openapi}]\n\
        workflows:\n- workflowId: find\n  steps:\n  - {stepId: geocode, operationId: geocode}\n  \
        - {stepId: list, operationId: list}\n";
    write(&here.join("places.yaml"), api);
    write(&here.join("find.arazzo.yaml"), workflow);
    let server = Server::start(|_, _| Answer::Json(200, "{}".into()));
    arras(["run", "find.arazzo.yaml", "--server", &server.url()]).aws().within(&here).run().expect(0, &[]);
    let sent = server.received();
    assert_eq!(sent.len(), 2);
    for (request, service) in sent.iter().zip(["geo-places", "geo"]) {
        let authorization = request.header("authorization").unwrap();
        assert!(authorization.contains(&format!("/eu-west-1/{service}/aws4_request")), "{authorization}");
    }
    arras(["run", "find.arazzo.yaml", "--mock"]).within(&here).run().expect(0, &[]);
}
