//! A workflow for each method against a faulty server, and what came of it.

use std::collections::BTreeMap;
use std::time::Duration;

use arras::credentials::AwsCredentials;
use arras::environment::Environment;
use arras::future::BoxFuture;
use arras::load::{LoadError, Loaded, Loader};
use arras::{Engine, NetworkSettings, Redirects, Settings, TransportRetry};
use arras_run::event::{Event, EventKind};
use arras_run::fault::Fault;
use arras_run::run::Limits;

/// An input of `format: password`, and the secrets that sign: none may be seen anywhere.
pub(crate) const CANARIES: [&str; 3] =
    ["canary-input-7Hq2", "canary/key+Zx81canary/key+Zx81canary/key+Zx", "canary+session/tok"];

/// Which workflow is run, and so how its requests are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Post,
    Signed,
    /// Two in a row.
    Twice,
}

pub(crate) const METHODS: [Method; 3] = [Method::Get, Method::Post, Method::Signed];

const API: &str = "
openapi: 3.1.0
info: {title: faults, version: '1'}
servers: [{url: 'https://sqs.us-east-1.amazonaws.com'}]
paths:
  /x:
    get: {operationId: get, responses: {}}
    post: {operationId: post, requestBody: {content: {application/json: {}}}, responses: {}}
  /signed:
    post: {operationId: signed, security: [{hmac: []}], requestBody: {content: {application/json: {}}}, responses: {}}
components:
  securitySchemes:
    hmac: {type: apiKey, in: header, name: Authorization, x-amazon-apigateway-authtype: awsSigv4}
";

const WORKFLOWS: &str = "
arazzo: 1.0.1
info: {title: faults, version: '1'}
sourceDescriptions: [{name: api, url: api.yaml, type: openapi}]
workflows:
  - workflowId: get
    inputs: &inputs {type: object, properties: {secret: {type: string, format: password}}}
    steps:
      - stepId: ask
        operationId: get
        parameters: [{name: X-Secret, in: header, value: $inputs.secret}, {name: secret, in: query, value: $inputs.secret}]
        outputs: {body: $response.body, all: $response.header.X-Echo}
    outputs: {body: $steps.ask.outputs.body}
  - workflowId: post
    inputs: *inputs
    steps:
      - stepId: ask
        operationId: post
        parameters: [{name: X-Secret, in: header, value: $inputs.secret}]
        requestBody: {payload: {secret: $inputs.secret}}
        outputs: {body: $response.body}
    outputs: {body: $steps.ask.outputs.body}
  - workflowId: signed
    inputs: *inputs
    steps:
      - stepId: ask
        operationId: signed
        requestBody: {payload: {secret: $inputs.secret}}
        outputs: {body: $response.body}
    outputs: {body: $steps.ask.outputs.body}
  - workflowId: twice
    steps:
      - stepId: ask
        operationId: post
        requestBody: {payload: 1}
      - stepId: again
        operationId: post
        requestBody: {payload: 2}
        outputs: {body: $response.body}
    outputs: {body: $steps.again.outputs.body}
";

struct Memory;

impl Loader for Memory {
    fn load<'a>(&'a self, uri: &'a str) -> BoxFuture<'a, Result<Loaded, LoadError>> {
        let text = if uri.ends_with("api.yaml") { API } else { WORKFLOWS };
        let loaded = Loaded { uri: uri.to_owned(), name: uri.to_owned(), bytes: text.into() };
        Box::pin(async move { Ok(loaded) })
    }
}

/// What came of a run.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The last step's fault.
    pub(crate) fault: Option<Fault>,
    /// The last step's status code.
    pub(crate) status: Option<u16>,
    /// The real value of the body, as JSON.
    pub(crate) body: Option<String>,
    /// How many requests were told of, each by its method and URL.
    pub(crate) told: Vec<(String, String)>,
    /// How many notes there are of requests that were tried again, and of redirects that were followed.
    pub(crate) notes: (usize, usize),
    /// Everything that anyone would have been shown, as JSON lines.
    pub(crate) events: String,
}

/// How long things may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Times {
    /// Without a step's own timeout.
    pub(crate) request: Duration,
    pub(crate) connect: Duration,
    pub(crate) first_byte: Duration,
}

impl Default for Times {
    /// So long that no busy machine makes a difference.
    fn default() -> Times {
        let long = Duration::from_secs(60);
        Times { request: long, connect: long, first_byte: long }
    }
}

impl Times {
    /// Whether a case is to run into one of them.
    pub(crate) fn are_brief(self) -> bool {
        self != Times::default()
    }

    /// So many times as long, as far as they are brief.
    pub(crate) fn stretched(self, by: u32) -> Times {
        let standard = Times::default();
        let stretch = |time: Duration, standard: Duration| if time == standard { time } else { time * by };
        Times {
            request: stretch(self.request, standard.request),
            connect: stretch(self.connect, standard.connect),
            first_byte: stretch(self.first_byte, standard.first_byte),
        }
    }
}

/// What the user lets requests do beyond being sent once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lets {
    pub(crate) redirects: Redirects,
    pub(crate) retries: TransportRetry,
}

/// Runs the workflow of that method against `base`.
pub(crate) async fn run(method: Method, base: &str, times: Times, roots: Vec<Vec<u8>>, lets: Lets) -> Outcome {
    let network = NetworkSettings {
        roots,
        connect_timeout: times.connect,
        first_byte_timeout: times.first_byte,
        redirects: lets.redirects,
        retries: lets.retries,
        ..NetworkSettings::default()
    };
    let limits = Limits { step_timeout: Some(times.request), ..Limits::default() };
    let engine = Engine::builder()
        .settings(Settings { network, limits, ..Settings::default() })
        .loader(Memory)
        .environment(Environment::new([], BTreeMap::new()))
        .aws_credentials(AwsCredentials::new("AKIDEXAMPLE", CANARIES[1], Some(CANARIES[2])))
        .aws_region("us-east-1")
        .server(None, base)
        .build()
        .unwrap();
    let workflow = match method {
        Method::Get => "get",
        Method::Post => "post",
        Method::Signed => "signed",
        Method::Twice => "twice",
    };
    let run = engine.load("flow.yaml").await.unwrap().workflow(workflow).unwrap().input("secret", CANARIES[0]);
    let mut seen = Vec::new();
    let outcome = run.observe(|event| seen.push(event.clone())).await.unwrap();
    let finished = seen.iter().rev().find_map(|event| match &event.kind {
        EventKind::StepFinished(finished) => Some(finished),
        _ => None,
    });
    let finished = finished.expect("the step is over");
    let told = seen.iter().filter_map(|event| match &event.kind {
        EventKind::RequestSent(sent) => Some((sent.method.clone(), sent.url.clone())),
        _ => None,
    });
    let notes = |rule: &str| finished.diagnostics.iter().filter(|found| found.rule.id == rule).count();
    Outcome {
        fault: finished.fault.clone(),
        status: finished.status_code,
        body: outcome.outputs.get("body").map(|body| body.to_json()),
        told: told.collect(),
        notes: (notes("request-retried"), notes("redirect-followed")),
        events: lines(&seen),
    }
}

fn lines(events: &[Event]) -> String {
    events.iter().map(|event| serde_json::to_string(event).unwrap() + "\n").collect()
}
