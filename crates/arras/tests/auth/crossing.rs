//! Many runs at one time, each as someone: nobody's token or cookie is sent for another.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arras::Engine;
use arras::auth::{Credential, ProvideCredential};
use arras::environment::Environment;
use arras::future::BoxFuture;
use arras::load::{LoadError, Loaded, Loader};
use arras::transport::{Answer, Limits, Transport};
use arras_run::effect::Status;
use arras_run::exchange::{Request, Response, header};
use arras_run::fault::Fault;
use arras_run::run::Limits as Budgets;

const USERS: usize = 20;
const RUNS: usize = 1000;

const API: &str = "\
openapi: 3.1.0
info: {title: t, version: '1'}
servers: [{url: 'https://api.example'}]
security: [{login: []}]
paths: {/me: {get: {operationId: me, parameters: [{name: run, in: query}, {name: user, in: query}], responses: {'200': {description: fine}}}}}
components: {securitySchemes: {login: {type: oauth2, flows: {password: {tokenUrl: 'https://id.example/token', scopes: {}}}}}}
";

const FLOW: &str = "\
arazzo: 1.0.1
info: {title: t, version: '1'}
sourceDescriptions: [{name: api, url: api.yaml, type: openapi}]
workflows:
  - workflowId: main
    inputs: {type: object, properties: {run: {type: string}, user: {type: string}}}
    parameters: [{name: run, in: query, value: $inputs.run}, {name: user, in: query, value: $inputs.user}]
    steps:
      - {stepId: one, operationId: me}
      - {stepId: two, operationId: me}
      - {stepId: three, operationId: me, outputs: {user: $response.body#/user}}
    outputs: {user: $steps.three.outputs.user}
";

struct Documents;

impl Loader for Documents {
    fn load<'a>(&'a self, uri: &'a str) -> BoxFuture<'a, Result<Loaded, LoadError>> {
        let bytes = if uri.ends_with("flow.yaml") { FLOW } else { API }.as_bytes().into();
        Box::pin(async move { Ok(Loaded { uri: uri.to_owned(), name: uri.to_owned(), bytes }) })
    }
}

/// Gives each run's plan the next user.
struct Turns(AtomicUsize);

impl ProvideCredential for Turns {
    fn provide(&self, _: &str, _: &str) -> Result<Option<Credential>, Fault> {
        let user = self.0.fetch_add(1, Ordering::SeqCst) % USERS;
        Ok(Some(Credential::user(&format!("user-{user}"), &format!("password-{user}"))))
    }
}

/// Grants each user tokens, of which each is good for three requests; sets a cookie that names the run.
#[derive(Clone, Default)]
struct World(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    issued: usize,
    /// By the token: whose it is, and how often it may be used yet.
    tokens: HashMap<String, (String, usize)>,
    requests: usize,
    wrong: Vec<String>,
}

impl State {
    fn token(&mut self, request: &Request) -> (u16, String) {
        let body = String::from_utf8(request.body.outline().into_owned()).unwrap();
        let fields: HashMap<_, _> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
        let user = fields["username"].clone();
        if fields["password"] != user.replace("user", "password") {
            self.wrong.push(format!("{user} with another's password"));
        }
        self.issued += 1;
        let token = format!("token-{}", self.issued);
        self.tokens.insert(token.clone(), (user, 60));
        (200, format!(r#"{{"access_token":"{token}","token_type":"bearer","expires_in":3600}}"#))
    }

    fn api(&mut self, request: &Request) -> (u16, String) {
        self.requests += 1;
        let url = url::Url::parse(&request.url).unwrap();
        let user = url.query_pairs().find(|(name, _)| name == "user").unwrap().1.into_owned();
        let bearer = header(&request.headers, "authorization").unwrap_or_default();
        let cookie = header(&request.headers, "cookie");
        let found = self.tokens.get_mut(bearer.trim_start_matches("Bearer "));
        let (owner, left) = found.map_or((String::new(), 0), |(owner, left)| {
            let before = *left;
            *left = left.saturating_sub(1);
            (owner.clone(), before)
        });
        if owner != user || cookie.is_some() {
            self.wrong.push(format!("{user} came with a token of `{owner}` and the cookie {cookie:?}"));
        }
        (if left > 0 { 200 } else { 401 }, format!(r#"{{"user":"{owner}"}}"#))
    }
}

impl Transport for World {
    fn send<'a>(&'a self, request: &'a Request, _: &'a Limits) -> BoxFuture<'a, Result<Answer, Fault>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            let mut state = self.0.lock().unwrap();
            let token = request.url.starts_with("https://id.example/");
            let (status, body) = if token { state.token(request) } else { state.api(request) };
            let headers = vec![
                ("Content-Type".to_owned(), "application/json".to_owned()),
                ("Set-Cookie".to_owned(), format!("session={}; Path=/", state.requests)),
            ];
            let response = Response { status, headers, body: body.into() };
            Ok(Answer { response, duration: Duration::from_millis(1) })
        })
    }
}

#[tokio::test]
async fn tokens_and_cookies_never_cross_runs() {
    let world = World::default();
    let engine = Engine::builder()
        .environment(Environment::new([], BTreeMap::new()))
        .loader(Documents)
        .transport(world.clone())
        .credentials(Turns(AtomicUsize::new(0)))
        .limits(Budgets::default())
        .build()
        .unwrap();
    let loaded = engine.load("flow.yaml").await.unwrap();
    let start = |run: usize| {
        let user = format!("user-{}", run % USERS);
        let workflow = loaded.workflow("main").unwrap().input("run", run.to_string()).input("user", user.clone());
        (user, tokio::spawn(workflow.run()))
    };
    let runs: Vec<_> = (0..RUNS).map(start).collect();
    for (user, run) in runs {
        let report = run.await.unwrap().unwrap();
        assert_eq!(report.status, Status::Succeeded, "{user}");
        assert_eq!(report.output("user").and_then(|found| found.as_str()), Some(&*user));
    }
    let state = world.0.lock().unwrap();
    assert!(state.wrong.is_empty(), "{:#?}", state.wrong);
    // 150 requests of each user, 60 with a token: each was replaced when it was used up, by one request for all runs
    assert_eq!(state.issued, USERS * 3);
    assert!(state.requests >= RUNS * 3, "{}", state.requests);
}
