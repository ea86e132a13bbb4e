//! A world of two hosts without sockets: an API with every kind of security scheme, and a token server with a mind of
//! its own.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use arras::clock::{Clock, ManualClock};
use arras::environment::Environment;
use arras::future::BoxFuture;
use arras::load::{LoadError, Loaded, Loader};
use arras::transport::{Answer, Limits, Transport};
use arras::{Builder, Engine};
use arras_run::exchange::{Request, Response, header};
use arras_run::fault::Fault;
use arras_run::time::Timestamp;
use md5::{Digest, Md5};

const API: &str = include_str!("api.openapi.yaml");

/// How the token server behaves, and what it has seen.
#[derive(Default)]
pub(crate) struct State {
    pub requests: Vec<Request>,
    /// Tokens that are good.
    pub good: Vec<String>,
    pub issued: usize,
    pub refresh_tokens: Vec<String>,
    pub expires_in: Option<&'static str>,
    pub rotates: bool,
    pub refuses: Option<(u16, &'static str)>,
    pub takes_secrets_in_bodies_alone: bool,
    pub slow: bool,
    /// Answers to those grants of clients that it knows.
    pub refuses_grants: Vec<(&'static str, u16, &'static str)>,
    /// Whether the API takes no token at all.
    pub takes_no_token: bool,
    /// Whether the API never says that a nonce is stale.
    pub never_stale: bool,
    /// How many answers to digest requests are wanted before the nonce is stale.
    pub nonce: usize,
}

#[derive(Clone, Default)]
pub(crate) struct World(Arc<Mutex<State>>);

impl World {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    pub(crate) fn to(&self, host: &str) -> Vec<Request> {
        let start = format!("https://{host}/");
        self.state().requests.iter().filter(|request| request.url.starts_with(&start)).cloned().collect()
    }

    fn answer(&self, request: &Request) -> (u16, Vec<(&'static str, String)>, String) {
        let mut state = self.state();
        let url = request.url.clone();
        let (place, _) = url.split_once('?').unwrap_or((&url, ""));
        match place {
            "https://id.example/.well-known/openid-configuration" => {
                let document = r#"{"issuer":"https://id.example","token_endpoint":"https://id.example/token",
                    "token_endpoint_auth_methods_supported":["client_secret_post"]}"#;
                (200, vec![], document.to_owned())
            }
            "https://id.example/token" => state.token(request),
            _ => state.api(request, place.rsplit('/').next().unwrap_or_default()),
        }
    }
}

impl State {
    fn token(&mut self, request: &Request) -> (u16, Vec<(&'static str, String)>, String) {
        let body = String::from_utf8(request.body.outline().into_owned()).unwrap();
        let fields: BTreeMap<String, String> =
            url::form_urlencoded::parse(body.as_bytes()).map(|(a, b)| (a.into_owned(), b.into_owned())).collect();
        let refuse = |status, code: &str| {
            (status, vec![], format!(r#"{{"error":"{code}","error_description":"said the server"}}"#))
        };
        if let Some((status, code)) = self.refuses {
            return refuse(status, code);
        }
        // client-1:p@ss/wörd as a form writes it
        let basic =
            header(&request.headers, "authorization").as_deref() == Some("Basic Y2xpZW50LTE6cCU0MHNzJTJGdyVDMyVCNnJk");
        let body_secret = fields.get("client_secret").is_some_and(|secret| secret == "p@ss/wörd");
        let public = !fields.contains_key("client_secret") && header(&request.headers, "authorization").is_none();
        if !(body_secret || (basic && !self.takes_secrets_in_bodies_alone) || public) {
            return refuse(401, "invalid_client");
        }
        let grant = fields.get("grant_type").map(String::as_str).unwrap_or_default();
        if let Some((_, status, code)) = self.refuses_grants.iter().find(|(refused, ..)| *refused == grant) {
            return refuse(*status, code);
        }
        let granted = match fields.get("grant_type").map(String::as_str) {
            Some("client_credentials") => !public,
            Some("password") => fields["username"] == "ada" && fields["password"] == "love+lace",
            Some("refresh_token") => {
                let given = &fields["refresh_token"];
                let known = self.refresh_tokens.contains(given);
                if known && self.rotates {
                    self.refresh_tokens.retain(|token| token != given);
                }
                known
            }
            _ => return refuse(400, "unsupported_grant_type"),
        };
        if !granted {
            return refuse(400, "invalid_grant");
        }
        self.issued += 1;
        let token = format!("access-token-{}", self.issued);
        self.good.push(token.clone());
        let mut answer = format!(r#"{{"access_token":"{token}","token_type":"bearer""#);
        if let Some(expires) = self.expires_in {
            answer.push_str(&format!(r#","expires_in":{expires}"#));
        }
        if self.rotates {
            let refresh = format!("refresh-token-{}", self.issued);
            answer.push_str(&format!(r#","refresh_token":"{refresh}""#));
            self.refresh_tokens.push(refresh);
        }
        (200, vec![], answer + "}")
    }

    fn api(&mut self, request: &Request, operation: &str) -> (u16, Vec<(&'static str, String)>, String) {
        let of = |name: &str| header(&request.headers, name).unwrap_or_default();
        let authorization = of("authorization");
        let bearer = |tokens: &[String]| tokens.iter().any(|token| authorization == format!("Bearer {token}"));
        let mut headers = Vec::new();
        let good = match operation {
            "open" => authorization.is_empty(),
            "headerKey" => of("x-key") == "key-1",
            "queryKey" => request.url.ends_with("?key=key%201"),
            "cookieKey" => of("cookie") == "sid=key-1",
            "basic" => authorization == "Basic YWRhOmxvdmUrbGFjZQ==",
            "bearer" => authorization == "Bearer token-1",
            "both" => authorization == "Bearer token-1" && of("x-key") == "key-1",
            "crowd" | "signedOrKey" => of("x-key") == "key-1" && authorization.is_empty(),
            "digest" | "digestAndKey" => {
                let (right, current) = self.digest(request, &authorization);
                let good = right && current;
                if !good {
                    self.nonce += 1;
                    let nonce = self.nonce;
                    let stale = right && !self.never_stale;
                    headers.push(("WWW-Authenticate", "Basic realm=\"other\"".to_owned()));
                    headers.push((
                        "WWW-Authenticate",
                        format!("Digest realm=\"r, s\", qop=\"auth\", nonce=\"n{nonce}\", stale={stale}"),
                    ));
                }
                good
            }
            _ => bearer(&self.good) && !self.takes_no_token,
        };
        let body = if good { r#"{"ok":true}"# } else { r#"{"message":"who are you?"}"# };
        (if good { 200 } else { 401 }, headers, body.to_owned())
    }

    /// Whether the password is right, and whether the nonce is the latest.
    fn digest(&self, request: &Request, authorization: &str) -> (bool, bool) {
        let md5 =
            |text: String| Md5::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let field = |name: &str| {
            let rest = authorization.split(&format!("{name}=")).nth(1).unwrap_or_default();
            rest.trim_start_matches('"').split(['"', ',']).next().unwrap_or_default().to_owned()
        };
        let (nonce, count, cnonce) = (field(" nonce"), field("nc"), field("cnonce"));
        let key = md5("ada:r, s:love+lace".to_owned());
        let subject = md5(format!("{}:{}", request.method, request.url.trim_start_matches("https://api.example")));
        let right = field("response") == md5(format!("{key}:{nonce}:{count}:{cnonce}:auth:{subject}"));
        (right, nonce == format!("n{}", self.nonce))
    }
}

impl Transport for World {
    fn send<'a>(&'a self, request: &'a Request, _: &'a Limits) -> BoxFuture<'a, Result<Answer, Fault>> {
        self.state().requests.push(request.clone());
        Box::pin(async move {
            tokio::task::yield_now().await;
            let (status, headers, body) = self.answer(request);
            // it has done its part when the answer is still under way
            if self.state().slow && request.url.contains("id.example") {
                tokio::time::sleep(Duration::from_millis(30)).await;
            }
            let mut headers: Vec<(String, String)> =
                headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
            Ok(Answer { response: Response { status, headers, body: body.into() }, duration: Duration::from_millis(2) })
        })
    }
}

/// The API's description, and a workflow of one step for each operation, in which each answer must be 200.
struct Documents(String);

impl Loader for Documents {
    fn load<'a>(&'a self, uri: &'a str) -> BoxFuture<'a, Result<Loaded, LoadError>> {
        let text = if uri.ends_with("flow.yaml") { self.0.clone() } else { API.to_owned() };
        let loaded = Loaded { uri: uri.to_owned(), name: uri.to_owned(), bytes: text.into_bytes().into() };
        Box::pin(async move { Ok(loaded) })
    }
}

/// A workflow that calls the operations in turn; each may have `name=value` of a header after a blank.
pub(crate) fn flow(operations: &[&str]) -> String {
    let mut text = "arazzo: 1.0.1\ninfo: {title: t, version: '1'}\nsourceDescriptions:\n  - {name: api, url: api.yaml, type: openapi}\n\
                    workflows:\n  - workflowId: main\n    steps:\n".to_owned();
    for (index, operation) in operations.iter().enumerate() {
        let (operation, header) = operation.split_once(' ').unwrap_or((operation, ""));
        text.push_str(&format!("      - stepId: s{index}\n        operationId: {operation}\n        successCriteria: [{{condition: $statusCode == 200}}]\n"));
        if let Some((name, value)) = header.split_once('=') {
            text.push_str(&format!("        parameters: [{{name: {name}, in: header, value: '{value}'}}]\n"));
        }
    }
    text
}

pub(crate) struct Told(pub Arc<ManualClock>);

impl Clock for Told {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn sleep_until(&self, until: Timestamp) -> BoxFuture<'_, ()> {
        self.0.sleep_until(until)
    }
}

/// An engine in that world, whose environment has those variables.
pub(crate) fn engine(world: &World, operations: &[&str], variables: &[(&'static str, &'static str)]) -> Builder {
    Engine::builder()
        .environment(Environment::new(
            variables.iter().copied(),
            BTreeMap::from([("/secret".to_owned(), "key-1\n".to_owned())]),
        ))
        .clock(ManualClock::skipping(Timestamp(1_795_338_000_000)))
        .loader(Documents(flow(operations)))
        .transport(world.clone())
}
