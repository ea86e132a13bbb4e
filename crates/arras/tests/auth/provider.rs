//! A token server that others wrote: `oidc-provider`, where Node.js and the package are at hand.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use arras::Engine;
use arras::environment::Environment;
use arras_run::effect::Status;
use arras_run::event::EventKind;

/// A folder with `node_modules/oidc-provider`: `ARRAS_OIDC`, else `oidc` in the target folder.
fn folder() -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().map(|target| target.join("oidc"));
    let named = std::env::var_os("ARRAS_OIDC").map(PathBuf::from);
    [named, target].into_iter().flatten().find(|folder| folder.join("node_modules/oidc-provider").is_dir())
}

struct Server {
    process: Child,
    issuer: String,
    api: String,
    /// A refresh token of the client `by-refresh`.
    refresh: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn start() -> Option<Server> {
    let Some(folder) = folder() else {
        eprintln!("skipped: there is no `oidc-provider`; `tests/tokens.sh` gets it");
        return None;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/auth/provider.mjs");
    let mut command = Command::new("node");
    command.arg(script).arg(folder).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let Ok(mut process) = command.spawn() else {
        eprintln!("skipped: there is no `node`");
        return None;
    };
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let Some(Ok(line)) = lines.find(|line| line.as_ref().is_ok_and(|line| line.starts_with('{'))) else {
        drop(process.wait());
        eprintln!("skipped: `oidc-provider` does not run with this `node`");
        return None;
    };
    let urls: serde_json::Value = serde_json::from_str(&line).unwrap();
    let url = |name: &str| urls[name].as_str().unwrap().to_owned();
    Some(Server { process, issuer: url("issuer"), api: url("api"), refresh: url("refresh") })
}

/// The API's description and a workflow that takes a token, lets it expire, and has it revoked.
fn documents(server: &Server, scheme: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("oidc-{scheme}"));
    std::fs::create_dir_all(&folder).unwrap();
    let (issuer, api) = (&server.issuer, &server.api);
    let operation = |name: &str, path: &str, security: &str| {
        format!(
            "  {path}: {{get: {{operationId: {name}, security: {security}, responses: {{'200': {{description: fine}}}}}}}}\n"
        )
    };
    let description = format!(
        "openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\nservers: [{{url: '{api}'}}]\npaths:\n{}{}\
         components:\n  securitySchemes:\n    \
         oauth: {{type: oauth2, flows: {{clientCredentials: {{tokenUrl: '{issuer}/token', scopes: {{read: r}}}}}}}}\n    \
         oidc: {{type: openIdConnect, openIdConnectUrl: '{issuer}/.well-known/openid-configuration'}}\n    \
         code: {{type: oauth2, flows: {{authorizationCode: {{authorizationUrl: '{issuer}/auth', tokenUrl: '{issuer}/token', \
         scopes: {{read: r}}}}}}}}\n",
        operation("things", "/things", &format!("[{{{scheme}: [read]}}]")),
        operation("revoke", "/revoke", "[]"),
    );
    let step = |id: &str, operation: &str, more: &str| {
        format!(
            "      - {{stepId: {id}, operationId: {operation}, successCriteria: [{{condition: $statusCode == 200}}]{more}}}\n"
        )
    };
    let workflow = format!(
        "arazzo: 1.0.1\ninfo: {{title: t, version: '1'}}\nsourceDescriptions: [{{name: api, url: api.yaml, type: openapi}}]\n\
         workflows:\n  - workflowId: main\n    steps:\n{}{}{}{}{}",
        step("first", "things", ""),
        step("kept", "things", ""),
        step("expired", "things", ""),
        step("revoke", "revoke", ""),
        step("replaced", "things", ", outputs: {issued: $response.body#/issued, client: $response.body#/client}"),
    );
    std::fs::write(folder.join("api.yaml"), description).unwrap();
    std::fs::write(folder.join("flow.arazzo.yaml"), workflow).unwrap();
    folder.join("flow.arazzo.yaml")
}

#[tokio::test]
async fn tokens_of_a_server_that_others_wrote_are_fetched_and_replaced() {
    let Some(server) = start() else { return };
    const SECRET: &str = "p@ss/word with a blank & more";
    let cases = [("oauth", "by-basic", None), ("oauth", "by-post", None), ("oidc", "by-basic", None)];
    for (scheme, client, refresh) in cases.into_iter().chain([("code", "by-refresh", Some(&*server.refresh))]) {
        let path = documents(&server, scheme);
        let name = |part: &str| format!("ARRAS_AUTH_API_{}_{part}", scheme.to_uppercase());
        let (id, secret, token) = (name("CLIENT_ID"), name("CLIENT_SECRET"), name("REFRESH_TOKEN"));
        let variables =
            [(&*id, client), (&*secret, SECRET)].into_iter().chain(refresh.map(|refresh| (&*token, refresh)));
        let environment = Environment::new(variables, std::collections::BTreeMap::new());
        let engine = Engine::builder().environment(environment).build().unwrap();
        let workflow = engine.load(path.to_str().unwrap()).await.unwrap().workflow("main").unwrap();
        let (mut asked, mut noted, mut shown) = (0, Vec::new(), String::new());
        let outcome = workflow.observe(|event| {
            shown.push_str(&format!("{event:?}"));
            match &event.kind {
                EventKind::RequestSent(request) => asked += usize::from(request.url.ends_with("/token")),
                EventKind::StepFinished(step) => {
                    if step.step_id == "kept" {
                        // the token gets too old to be used
                        std::thread::sleep(Duration::from_millis(2100));
                    }
                    noted.extend(step.diagnostics.iter().map(|note| (step.step_id.clone(), note.message.clone())));
                    assert!(step.fault.is_none(), "{:?}", step.fault);
                }
                _ => {}
            }
        });
        let outcome = outcome.await.unwrap();
        assert_eq!(outcome.status, Status::Succeeded, "{scheme} {client}");
        // one for the first step, one when it is too old, one when it is revoked
        assert_eq!(asked, 3, "{scheme} {client}");
        let notes = |part: &str| {
            noted.iter().filter(|(_, note)| note.contains(part)).map(|(step, _)| &**step).collect::<Vec<_>>()
        };
        assert_eq!(notes("sent once more"), ["replaced"], "{scheme} {client}: {noted:?}");
        // the server gives another refresh token each time and takes each once; what was given is void after the first
        let rotated = if refresh.is_some() { &["first"][..] } else { &[] };
        assert_eq!(notes("has replaced the refresh token"), rotated, "{scheme} {client}: {noted:?}");
        assert!(!shown.contains(SECRET) && refresh.is_none_or(|refresh| !shown.contains(refresh)), "{scheme} {client}");
    }
}
