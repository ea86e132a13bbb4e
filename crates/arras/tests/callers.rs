//! Whose credentials go where, when documents refer to each other; and tokens that are slow, foreign, or refreshed elsewhere.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use arras::environment::Environment;
use arras::future::BoxFuture;
use arras::load::{LoadError, LoadErrorKind, Loaded, Loader};
use arras::transport::{Answer, Limits, Transport};
use arras::{Builder, Engine, Error};
use arras_run::event::{EventKind, StepFinished};
use arras_run::exchange::{Request, Response, header};
use arras_run::fault::{Fault, FaultKind, Phase};

/// Texts by the end of their names.
struct Memory(Vec<(&'static str, String)>);

impl Loader for Memory {
    fn load<'a>(&'a self, uri: &'a str) -> BoxFuture<'a, Result<Loaded, LoadError>> {
        let found = self.0.iter().find(|(name, _)| uri.ends_with(name));
        let loaded =
            found.map(|(_, text)| Loaded { uri: uri.to_owned(), name: uri.to_owned(), bytes: text.clone().into() });
        let missing = || LoadError { kind: LoadErrorKind::NotFound, message: uri.to_owned(), near: Vec::new() };
        Box::pin(async move { loaded.ok_or_else(missing) })
    }
}

type Answering = Arc<dyn Fn(&Request) -> Option<String> + Send + Sync>;

/// Answers by a function of the request; never, where it gives nothing.
#[derive(Clone)]
struct Script {
    answer: Answering,
    sent: Arc<Mutex<Vec<Request>>>,
}

impl Transport for Script {
    fn send<'a>(&'a self, request: &'a Request, _: &'a Limits) -> BoxFuture<'a, Result<Answer, Fault>> {
        self.sent.lock().unwrap().push(request.clone());
        let answer = (self.answer)(request);
        Box::pin(async move {
            let Some(body) = answer else { return std::future::pending().await };
            let headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
            let response = Response { status: 200, headers, body: body.into() };
            Ok(Answer { response, duration: Duration::ZERO })
        })
    }
}

struct Ran {
    sent: Vec<Request>,
    steps: Vec<StepFinished>,
}

impl Ran {
    fn urls(&self) -> Vec<&str> {
        self.sent.iter().map(|request| request.url.as_str()).collect()
    }

    fn fault(&self) -> &Fault {
        self.steps.iter().find_map(|step| step.fault.as_ref()).expect("a fault")
    }
}

async fn run(
    texts: Vec<(&'static str, String)>,
    variables: &[(&str, &str)],
    change: impl FnOnce(Builder) -> Builder,
    answer: impl Fn(&Request) -> Option<String> + Send + Sync + 'static,
) -> Result<Ran, Error> {
    let script = Script { answer: Arc::new(answer), sent: Arc::default() };
    let builder = Engine::builder()
        .loader(Memory(texts))
        .transport(script.clone())
        .environment(Environment::new(variables.iter().copied(), BTreeMap::new()));
    let engine = change(builder).build()?;
    let mut steps = Vec::new();
    let run = engine.load("main.arazzo.yaml").await?.workflow("main")?;
    run.observe(|event| {
        if let EventKind::StepFinished(step) = &event.kind {
            steps.push((**step).clone());
        }
    })
    .await?;
    let sent = script.sent.lock().unwrap().clone();
    Ok(Ran { sent, steps })
}

fn api(host: &str) -> String {
    format!(
        "
openapi: 3.1.0
info: {{title: {host}, version: '1'}}
servers: [{{url: 'https://{host}'}}]
security: [{{key: []}}]
paths: {{/x: {{get: {{operationId: get, responses: {{}}}}}}}}
components: {{securitySchemes: {{key: {{type: apiKey, in: header, name: X-Key}}}}}}
"
    )
}

fn document(sources: &str, steps: &str) -> String {
    format!(
        "
arazzo: 1.0.1
info: {{title: t, version: '1'}}
sourceDescriptions: [{sources}]
workflows: [{{workflowId: main, steps: [{steps}]}}]
"
    )
}

/// A document that refers to another, and each of them calls its own source `api`.
fn two(others: &'static str) -> Vec<(&'static str, String)> {
    let main = document(
        "{name: api, url: a.yaml, type: openapi}, {name: other, url: other.arazzo.yaml, type: arazzo}",
        "{stepId: own, operationId: get}, {stepId: others, workflowId: $sourceDescriptions.other.main}",
    );
    let other = document(&format!("{{name: api, url: {others}, type: openapi}}"), "{stepId: get, operationId: get}");
    let described = [("a.yaml", api("a.example")), ("b.yaml", api("b.example"))];
    [("main.arazzo.yaml", main), ("other.arazzo.yaml", other)].into_iter().chain(described).collect()
}

const OWN: (&str, &str) = ("ARRAS_AUTH_API_KEY", "key-of-a");

#[tokio::test]
async fn a_name_gives_no_document_the_credentials_for_anothers_source() {
    let keys = |ran: &Ran| -> Vec<(String, String)> {
        ran.sent.iter().map(|it| (it.url.clone(), header(&it.headers, "x-key").unwrap_or_default())).collect()
    };
    let pair = |url: &str, key: &str| (format!("https://{url}/x"), key.to_owned());
    let error = run(two("b.yaml"), &[OWN], |it| it, |_| panic!("nothing may be sent")).await.err().expect("an error");
    let message = error.to_string();
    assert!(error.is_auth() && message.contains("`other.api`") && !message.contains("key-of-a"), "{message}");
    assert!(message.contains("ARRAS_AUTH_OTHER_API_KEY"), "{message}");
    let given = [OWN, ("ARRAS_AUTH_OTHER_API_KEY", "key-of-b")];
    let ran = run(two("b.yaml"), &given, |it| it, |_| Some("{}".to_owned())).await.unwrap();
    assert_eq!(keys(&ran), [pair("a.example", "key-of-a"), pair("b.example", "key-of-b")]);
    // by the program, too
    let own = |it: Builder| {
        let key = arras::auth::Credential::value;
        it.credential(Some("api"), "key", key("key-of-a")).credential(Some("other.api"), "key", key("key-of-b"))
    };
    let ran = run(two("b.yaml"), &[], own, |_| Some("{}".to_owned())).await.unwrap();
    assert_eq!(keys(&ran), [pair("a.example", "key-of-a"), pair("b.example", "key-of-b")]);
    // the same description is the same source
    let ran = run(two("a.yaml"), &[OWN], |it| it, |_| Some("{}".to_owned())).await.unwrap();
    assert_eq!(keys(&ran), [pair("a.example", "key-of-a"), pair("a.example", "key-of-a")]);
}

/// A document of two steps whose API asks for a token by that scheme.
fn tokens(scheme: &str, step: &str) -> Vec<(&'static str, String)> {
    let api = api("api.example").replace("{type: apiKey, in: header, name: X-Key}", scheme);
    let steps = format!("{{stepId: one, operationId: get{step}}}, {{stepId: two, operationId: get{step}}}");
    let main = document("{name: api, url: a.yaml, type: openapi}", &steps);
    vec![("main.arazzo.yaml", main.replace("1.0.1", "1.1.0")), ("a.yaml", api)]
}

const CLIENT: [(&str, &str); 2] = [("ARRAS_AUTH_API_KEY_CLIENT_ID", "c"), ("ARRAS_AUTH_API_KEY_CLIENT_SECRET", "hush")];

#[tokio::test]
async fn the_time_of_a_step_counts_while_a_token_is_fetched() {
    let flow = "{type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://id.example/token', scopes: {}}}}";
    let began = Instant::now();
    let ran = run(tokens(flow, ", timeout: 200"), &CLIENT, |it| it, |_| None).await.unwrap();
    let fault = ran.fault();
    assert_eq!((fault.kind, fault.phase), (FaultKind::RequestTimeout, Phase::Auth), "{}", fault.message);
    assert!(fault.message.contains("within 200ms"), "{}", fault.message);
    assert!(began.elapsed() < Duration::from_secs(25), "the token's own time is longer");
    assert_eq!(ran.urls(), ["https://id.example/token"]);
}

#[tokio::test]
async fn metadata_of_another_issuer_are_none() {
    let url = "https://id.example/.well-known/openid-configuration";
    let scheme = format!("{{type: openIdConnect, openIdConnectUrl: '{url}'}}");
    let answer = |issuer: &'static str| {
        move |request: &Request| {
            Some(match request.url.rsplit('/').next() {
                Some("openid-configuration") => format!("{{{issuer}\"token_endpoint\":\"https://id.example/token\"}}"),
                Some("token") => r#"{"access_token":"granted","token_type":"bearer"}"#.to_owned(),
                _ => "{}".to_owned(),
            })
        }
    };
    let good = run(tokens(&scheme, ""), &CLIENT, |it| it, answer(r#""issuer":"https://id.example","#)).await.unwrap();
    assert_eq!(good.urls(), [url, "https://id.example/token", "https://api.example/x", "https://api.example/x"]);
    for (issuer, says) in [
        (r#""issuer":"https://evil.example","#, "another issuer, `https://evil.example`"),
        (r#""issuer":"https://id.example/tenant","#, "another issuer, `https://id.example/tenant`"),
        ("", "names no `issuer`"),
    ] {
        let ran = run(tokens(&scheme, ""), &CLIENT, |it| it, answer(issuer)).await.unwrap();
        let fault = ran.fault();
        assert_eq!((fault.kind, fault.phase), (FaultKind::TokenRefused, Phase::Auth), "{}", fault.message);
        assert!(fault.message.contains(says) && fault.message.contains(url), "{}", fault.message);
        assert_eq!(ran.urls(), [url], "no secret goes where such a document leads");
    }
}

#[tokio::test]
async fn a_password_s_refresh_token_goes_to_the_refresh_url() {
    let user = [("ARRAS_AUTH_API_KEY_USERNAME", "ada"), ("ARRAS_AUTH_API_KEY_PASSWORD", "hush")];
    let table = [
        ("refreshUrl: 'https://id.example/refresh', ", "https://id.example/refresh"),
        ("refreshUrl: /refresh, ", "https://api.example/refresh"),
        ("", "https://id.example/token"),
    ];
    for (refresh, expected) in table {
        let scheme = format!(
            "{{type: oauth2, flows: {{password: {{tokenUrl: 'https://id.example/token', {refresh}scopes: {{}}}}}}}}"
        );
        // good for no time at all, so that the second step asks again
        let granted = r#"{"access_token":"granted","token_type":"bearer","expires_in":1,"refresh_token":"again"}"#;
        let answer = move |request: &Request| Some(if request.method == "POST" { granted } else { "{}" }.to_owned());
        let ran = run(tokens(&scheme, ""), &user, |it| it, answer).await.unwrap();
        let api = "https://api.example/x";
        assert_eq!(ran.urls(), ["https://id.example/token", api, expected, api], "{refresh}");
        let asked = ran.sent[2].body.outline();
        assert!(asked.starts_with(b"grant_type=refresh_token&refresh_token=again"), "{refresh}");
    }
}
