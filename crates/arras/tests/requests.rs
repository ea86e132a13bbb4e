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
    assert!(request.body.outline().windows(part.len()).any(|window| window == part), "{:?}", request.body);
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
        ("contentType: 'image/*', payload: x", "`image/*` is a range of media types: a request needs one of them"),
    ] {
        let refused = Case { content, ..Case::default() }.run().await.expect_err(content);
        let finding = refused.diagnostics().iter().find(|it| it.rule.id == "inexpressible-payload");
        let finding = finding.unwrap_or_else(|| panic!("{refused:?}"));
        assert_eq!(finding.message, expected);
        assert_eq!(finding.labels.len(), 1);
    }
}

/// A workflow of one step in a document of two, over an API that is described as real ones are.
const IMPERFECT: &str = "
arazzo: 1.0.1
info: {title: t, version: '1'}
sourceDescriptions: [{name: api, url: 'https://docs.example/apis/api.yaml', type: openapi}]
workflows:
  - workflowId: w
    steps: [{stepId: s, STEP}]
  - workflowId: other
    steps: [{stepId: t, operationId: nowhere}]
";

const SITES: &str = "
openapi: 3.0.3
info: {title: t, version: '1'}
servers: [{url: 'https://api.example'}]
security: [{key: []}]
components: {securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}}
paths:
  /sites:
    get: &get {operationId: sites, parameters: [{name: x-key, in: header, required: true, schema: {type: string}}], responses: {}}
  /sites/{ids}:
    get: *get
  /files:
    post: {operationId: put, requestBody: {content: {application/json: {}}}, responses: {}}
";

async fn imperfect(step: &str, workflow: &str) -> Result<(Report, Vec<Request>), Error> {
    let echo = Echo { body: "{}", sent: Arc::default() };
    let mut settings = Settings::default();
    settings.auth.missing = arras::Missing::MadeUp;
    let loader = Memory { workflow: IMPERFECT.replace("STEP", step), description: SITES.to_owned() };
    let environment = Environment::new([], std::collections::BTreeMap::new());
    let engine = Engine::builder().settings(settings).environment(environment).loader(loader);
    let engine = engine.transport(echo.clone()).build()?;
    let report = engine.load("https://docs.example/flow.yaml").await?.workflow(workflow)?.run().await?;
    let sent = echo.sent.lock().expect("no panic while locked").clone();
    Ok((report, sent))
}

#[tokio::test]
async fn an_error_in_a_workflow_that_is_not_run_is_no_matter() {
    let step = "operationId: put, requestBody: {payload: {}}";
    let (report, _) = imperfect(step, "w").await.expect("a run");
    assert_eq!(report.status, Status::Succeeded);
    let refused = imperfect(step, "other").await.expect_err("a refusal");
    assert!(refused.is_refused() && refused.diagnostics().iter().any(|it| it.rule.id == "unknown-operation"));
    let called = imperfect("workflowId: other", "w").await.expect_err("a refusal");
    assert!(called.is_refused());
}

/// ARZ-STEP-06
#[tokio::test]
async fn of_several_operations_with_one_id_the_one_with_the_same_path_parameters_is_meant() {
    let (_, sent) = imperfect("operationId: sites", "w").await.expect("a run");
    assert_eq!(sent[0].url, "https://api.example/sites");
    let step = "operationId: sites, parameters: [{name: ids, in: path, value: '7'}]";
    let (_, sent) = imperfect(step, "w").await.expect("a run");
    assert_eq!(sent[0].url, "https://api.example/sites/7");
    let step = "operationId: sites, parameters: [{name: id, in: path, value: '7'}]";
    let refused = imperfect(step, "w").await.expect_err("a refusal");
    assert!(refused.diagnostics().iter().any(|it| it.rule.id == "ambiguous-operation"));
}

/// A-47
#[tokio::test]
async fn a_range_stands_for_the_media_type_of_the_operation() {
    for (given, expected) in [("*/*", "application/json"), ("application/*", "application/json")] {
        let step = format!("operationId: put, requestBody: {{contentType: '{given}', payload: {{a: 1}}}}");
        let (_, sent) = imperfect(&step, "w").await.expect("a run");
        assert_eq!(header(&sent[0].headers, "content-type").as_deref(), Some(expected), "{given}");
    }
    let step = "operationId: put, requestBody: {contentType: 'image/*', payload: x}";
    let refused = imperfect(step, "w").await.expect_err("a refusal");
    assert!(refused.diagnostics().iter().any(|it| it.rule.id == "inexpressible-payload"));
}

#[tokio::test]
async fn the_length_of_a_body_is_nobody_elses_to_tell() {
    let step =
        "operationId: put, parameters: [{name: Content-Length, in: header, value: 5}], requestBody: {payload: {}}";
    let (report, sent) = imperfect(step, "w").await.expect("a run");
    assert_eq!(header(&sent[0].headers, "content-length"), None);
    let notes: Vec<_> = report.workflows[0].steps[0].diagnostics.iter().chain(&report.diagnostics).collect();
    assert!(notes.iter().any(|it| it.rule.id == "loose-value" && it.message.contains("`Content-Length`")), "{notes:?}");
}

/// ARZ-EXPR-01
#[tokio::test]
async fn the_url_that_is_told_is_the_one_that_is_sent() {
    const Q: &str = "q=it%27s%20%C3%A9";
    let table = [
        ("https://api.example", "/x", "https://api.example/x?"),
        ("HTTPS://API.Example:443/V1/", "/x", "https://api.example/V1/x?"),
        ("https://api.example/é b", "/x", "https://api.example/%C3%A9%20b/x?"),
        ("https://api.example/a/../b//c", "/x", "https://api.example/b//c/x?"),
        ("https://bücher.example/%zz", "/x", "https://xn--bcher-kva.example/%zz/x?"),
        ("https://api.example", "/it's|x", "https://api.example/it's%7Cx?"),
        (
            "https://api.example",
            "/x?a=b&c=é d&e=it's&f[]=%41",
            "https://api.example/x?a=b&c=%C3%A9%20d&e=it%27s&f[]=%41&",
        ),
    ];
    for (server, key, before) in table {
        let workflow = "arazzo: 1.0.1\ninfo: {title: t, version: '1'}\n\
             sourceDescriptions: [{name: api, url: 'https://docs.example/api.yaml', type: openapi}]\n\
             workflows:\n- workflowId: w\n  steps:\n  - stepId: s\n    operationId: o\n    \
             parameters: [{name: q, in: query, value: it's é}]\n    outputs: {url: $url}\n";
        let description = format!(
            "openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\nservers: [{{url: \"{server}\"}}]\npaths:\n  \"{key}\":\n    \
             get: {{operationId: o, parameters: [{{name: q, in: query, allowReserved: true}}], responses: {{}}}}\n"
        );
        let echo = Echo { body: "{}", sent: Arc::default() };
        let engine = Engine::builder().loader(Memory { workflow: workflow.to_owned(), description });
        let engine = engine.environment(Environment::new([], std::collections::BTreeMap::new()));
        let engine = engine.transport(echo.clone()).build().expect("an engine");
        let loaded = engine.load("https://docs.example/flow.yaml").await.expect("documents");
        let report = loaded.workflow("w").expect("a workflow").run().await.expect("a run");
        let sent = echo.sent.lock().expect("no panic while locked").clone();
        let expected = format!("{before}{Q}");
        // what the transport makes of it
        assert_eq!(url::Url::parse(&sent[0].url).map(String::from), Ok(expected.clone()), "{server} {key}");
        assert_eq!(sent[0].url, expected, "{server} {key}");
        let told = &report.workflows[0].steps[0].outputs["url"];
        assert_eq!(told.as_str(), Some(expected.as_str()), "{server} {key}");
    }
}
