//! Files, servers and checks of answers, through the engine as an embedding program uses it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use arras::clock::ManualClock;
use arras::environment::Environment;
use arras::future::BoxFuture;
use arras::load::{LoadError, Loaded, Loader};
use arras::transport::{Answer, Limits, Transport};
use arras::{Engine, Error, ServerVariable, Settings};
use arras_run::effect::Status;
use arras_run::exchange::{Request, Response, header};
use arras_run::fault::Fault;
use arras_run::report::Report;
use arras_run::run::{CheckLevel, Checks};
use arras_run::time::Timestamp;

/// Answers everything alike and keeps what was sent.
#[derive(Clone)]
struct Echo {
    body: &'static str,
    sent: Arc<Mutex<Vec<Request>>>,
}

impl Transport for Echo {
    fn send<'a>(&'a self, request: &'a Request, _: &'a Limits) -> BoxFuture<'a, Result<Answer, Fault>> {
        self.sent.lock().expect("no panic while locked").push(request.clone());
        let headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
        let response = Response { status: 200, headers, body: self.body.into() };
        Box::pin(async move { Ok(Answer { response, duration: Duration::from_millis(1) }) })
    }
}

struct Memory {
    workflow: String,
    description: String,
}

impl Loader for Memory {
    fn load<'a>(&'a self, uri: &'a str) -> BoxFuture<'a, Result<Loaded, LoadError>> {
        let text = if uri.ends_with("flow.yaml") { &self.workflow } else { &self.description };
        let loaded = Loaded { uri: uri.to_owned(), name: uri.to_owned(), bytes: text.clone().into_bytes().into() };
        Box::pin(async move { Ok(loaded) })
    }
}

const FLOW: &str = "
arazzo: 1.0.1
info: {title: t, version: '1'}
sourceDescriptions: [{name: api, url: 'https://docs.example/apis/api.yaml', type: openapi}]
workflows:
  - workflowId: w
    inputs: {type: object, properties: {photo: {type: string}}}
    steps:
      - stepId: s
        operationId: op
        requestBody: {CONTENT}
        outputs: {token: $response.body#/token, id: $response.body#/id}
    outputs: {token: $steps.s.outputs.token, id: $steps.s.outputs.id}
";

const API: &str = "
openapi: 3.0.3
info: {title: t, version: '1'}
servers: [{url: '../{stage}/v1/', variables: {stage: {default: test, enum: [test, live]}}}]
paths:
  /pets:
    post:
      operationId: op
      requestBody:
        content:
          multipart/form-data: {schema: {properties: {photo: {type: string, format: binary}}}}
          text/plain: {}
      responses:
        '200':
          description: d
          content:
            application/json:
              schema: {properties: {id: {type: integer}, token: {type: string, format: password}}}
";

struct Case {
    content: &'static str,
    answer: &'static str,
    variables: Vec<(&'static str, &'static str)>,
    checks: CheckLevel,
}

impl Default for Case {
    fn default() -> Case {
        Case {
            content: "contentType: multipart/form-data, payload: {photo: $inputs.photo}",
            answer: r#"{"id":1,"token":"hidden-token"}"#,
            variables: Vec::new(),
            checks: CheckLevel::Warn,
        }
    }
}

impl Case {
    async fn run(self) -> Result<(Report, Vec<Request>), Error> {
        let echo = Echo { body: self.answer, sent: Arc::default() };
        let mut settings = Settings::default();
        settings.limits.checks = Checks { body: self.checks, ..Checks::default() };
        settings.server_variables = self
            .variables
            .iter()
            .map(|(name, value)| ServerVariable { source: None, name: (*name).to_owned(), value: (*value).to_owned() })
            .collect();
        let engine = Engine::builder()
            .settings(settings)
            .environment(Environment::new([], std::collections::BTreeMap::new()))
            .clock(ManualClock::skipping(Timestamp(0)))
            .loader(Memory { workflow: FLOW.replace("CONTENT", self.content), description: API.to_owned() })
            .transport(echo.clone())
            .build()?;
        let workflow = engine.load("https://docs.example/flow.yaml").await?.workflow("w")?;
        let report = workflow.file("photo", "p.png", &b"\x89PNG"[..]).run().await?;
        let sent = echo.sent.lock().expect("no panic while locked").clone();
        Ok((report, sent))
    }
}

/// ARZ-BODY-10, ARZ-URI-18
#[tokio::test]
async fn a_file_is_sent_as_a_part_to_a_relative_server() -> Result<(), Error> {
    let (report, sent) = Case::default().run().await?;
    assert_eq!(report.status, Status::Succeeded);
    let [request] = sent.as_slice() else { panic!("{sent:?}") };
    assert_eq!(request.url, "https://docs.example/test/v1/pets");
    let content_type = header(&request.headers, "content-type").expect("a content type");
    assert!(content_type.starts_with("multipart/form-data; boundary=arras-"), "{content_type}");
    let part = b"Content-Disposition: form-data; name=\"photo\"; filename=\"p.png\"\r\n\
                 Content-Type: application/octet-stream\r\n\r\n\x89PNG\r\n--";
    assert!(request.body.windows(part.len()).any(|window| window == part), "{:?}", request.body);
    Ok(())
}

#[tokio::test]
async fn what_the_description_calls_secret_is_masked() -> Result<(), Error> {
    let (report, _) = Case::default().run().await?;
    assert_eq!(report.output("token").and_then(|value| value.as_str()), Some("***"));
    assert_eq!(report.output("id").map(ToString::to_string).as_deref(), Some("1"));
    Ok(())
}

#[tokio::test]
async fn answers_are_checked_as_far_as_is_asked() -> Result<(), Error> {
    for (checks, status, findings) in [
        (CheckLevel::Off, Status::Succeeded, 0),
        (CheckLevel::Warn, Status::Succeeded, 1),
        (CheckLevel::Error, Status::Failed, 1),
    ] {
        let (report, _) = Case { answer: r#"{"id":"1","token":"t"}"#, checks, ..Case::default() }.run().await?;
        let step = &report.workflows[0].steps[0];
        let found: Vec<_> = step.diagnostics.iter().filter(|it| it.rule.id == "response-schema-mismatch").collect();
        assert_eq!((report.status, found.len()), (status, findings), "{checks:?}");
        for finding in found {
            assert_eq!(finding.labels.len(), 2);
            assert_ne!(finding.labels[0].source, finding.labels[1].source);
        }
    }
    Ok(())
}

/// ARZ-URI-18
#[tokio::test]
async fn server_variables_have_allowed_values() -> Result<(), Error> {
    let (_, sent) = Case { variables: vec![("stage", "live")], ..Case::default() }.run().await?;
    assert_eq!(sent[0].url, "https://docs.example/live/v1/pets");
    let refused = Case { variables: vec![("stage", "lvie")], ..Case::default() }.run().await.expect_err("a value");
    let [finding] = refused.diagnostics() else { panic!("{refused:?}") };
    assert_eq!(finding.message, "the server variable `stage` can't be `lvie`: it is one of `test`, `live`");
    Ok(())
}

/// ARZ-BODY-04
#[tokio::test]
async fn a_payload_that_can_not_be_expressed_is_refused_before_anything_is_sent() {
    for (content, expected) in [
        ("contentType: text/plain, payload: {a: 1}", "a payload that is an object can't be written as `text/plain`"),
        (
            "contentType: multipart/mixed, payload: {a: 1}",
            "a payload that is an object can't be written as `multipart/mixed`",
        ),
        (
            "contentType: application/x-www-form-urlencoded, payload: [1]",
            "a payload that is an array can't be written as `application/x-www-form-urlencoded`",
        ),
        ("contentType: nonsense, payload: x", "`nonsense` is no media type"),
        ("contentType: 'text/*', payload: x", "`text/*` is a range of media types: a request needs one of them"),
    ] {
        let refused = Case { content, ..Case::default() }.run().await.expect_err(content);
        let finding = refused.diagnostics().iter().find(|it| it.rule.id == "inexpressible-payload");
        let finding = finding.unwrap_or_else(|| panic!("{refused:?}"));
        assert_eq!(finding.message, expected);
        assert_eq!(finding.labels.len(), 1);
    }
}
