//! Access tokens: fetched when they are needed, one request at a time for each credential, kept until they expire.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arras_run::exchange::{Request, Response};
use arras_run::fault::{Fault, FaultKind, Phase};
use arras_run::time::Timestamp;
use url::Url;

use super::oauth::{self, ClientAuthentication, Endpoint, Grant, Refusal, Token, TokenRequest};
use super::trail::Trail;
use crate::credentials::SecretString;
use crate::origin::Origin;
use crate::policy::{Named, Policy, is_loopback, judge};
use crate::transport::{Limits, Transport};

/// The bounds of a request for a token.
const LIMITS: Limits = Limits { request: Duration::from_secs(30), first_byte: Duration::from_secs(30), body: 1 << 20 };

/// The tokens of an engine.
pub(super) struct Tokens {
    fetcher: Arc<Fetcher>,
    known: Mutex<HashMap<TokenRequest, Arc<Cell>>>,
}

/// What fetches them.
struct Fetcher {
    transport: Arc<dyn Transport>,
    policy: Policy,
}

/// One credential's token. Its lock makes whoever comes meanwhile wait for one answer instead of asking again.
#[derive(Default)]
struct Cell {
    attempts: AtomicU64,
    state: Arc<tokio::sync::Mutex<State>>,
}

#[derive(Default)]
struct State {
    token: Option<Token>,
    /// The latest refresh token: a server may replace it each time.
    refresh: Option<SecretString>,
    endpoint: Option<String>,
    client: ClientAuthentication,
    /// Why the last attempt came to nothing, for those who waited for it.
    failure: Option<Fault>,
}

impl Tokens {
    pub(super) fn new(transport: Arc<dyn Transport>, policy: Policy) -> Tokens {
        Tokens { fetcher: Arc::new(Fetcher { transport, policy }), known: Mutex::default() }
    }

    fn cell(&self, asked: &TokenRequest) -> Arc<Cell> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(asked.clone()).or_default().clone()
    }

    /// A token that is good now.
    ///
    /// # Errors
    /// `token-refused`, a fault of the policy, or of the transport.
    pub(super) async fn get(
        &self,
        asked: &TokenRequest,
        now: Timestamp,
        trail: &mut Trail,
    ) -> Result<SecretString, Fault> {
        let cell = self.cell(asked);
        let before = cell.attempts.load(Ordering::SeqCst);
        let mut state = Arc::clone(&cell.state).lock_owned().await;
        // an earlier run may have got it: whoever sends it, or hears of it in a refusal, must mask it
        trail.secrets.extend(state.refresh.clone());
        if let Some(token) = state.token.as_ref().filter(|token| token.is_good(now)) {
            trail.secrets.push(token.access.clone());
            return Ok(token.access.clone());
        }
        if cell.attempts.load(Ordering::SeqCst) != before
            && let Some(failure) = &state.failure
        {
            return Err(failure.clone());
        }
        trail.fresh = true;
        // a task of its own, which goes on when the run is given up: by then the server may have replaced the refresh token,
        // and the new one stands in its answer alone
        let (fetcher, asked) = (Arc::clone(&self.fetcher), asked.clone());
        let task = tokio::spawn(async move {
            let mut own = Trail::default();
            let fetched = fetcher.fetch(&asked, &mut state, now, &mut own).await;
            cell.attempts.fetch_add(1, Ordering::SeqCst);
            state.failure = fetched.as_ref().err().cloned();
            let access = fetched.map(|token| state.token.insert(token).access.clone());
            (access, own)
        });
        let (access, own) = task.await.map_err(|_| oauth::refused("the request for a token was stopped".to_owned()))?;
        trail.secrets.extend(own.secrets);
        trail.exchanges.extend(own.exchanges);
        trail.notes.extend(own.notes);
        access
    }

    /// Forgets a token that a server refused, unless another has taken its place meanwhile.
    pub(super) async fn forget(&self, asked: &TokenRequest, refused: &str) {
        let cell = self.cell(asked);
        let mut state = cell.state.lock().await;
        if state.token.as_ref().is_some_and(|token| token.access.expose() == refused) {
            state.token = None;
        }
    }
}

impl Fetcher {
    /// By the refresh token if there is one, else, or if the server refuses it for whatever reason, by the grant itself.
    async fn fetch(
        &self,
        asked: &TokenRequest,
        state: &mut State,
        now: Timestamp,
        trail: &mut Trail,
    ) -> Result<Token, Fault> {
        if let Some(refresh) = state.refresh.clone() {
            match self.grant(asked, &Grant::Refresh(refresh), state, now, trail).await {
                Err(refusal) if refusal.is_answer() && !matches!(asked.grant, Grant::Refresh(_)) => {
                    state.refresh = None;
                }
                settled => return settled.map_err(Refusal::fault),
            }
        }
        self.grant(asked, &asked.grant, state, now, trail).await.map_err(Refusal::fault)
    }

    async fn grant(
        &self,
        asked: &TokenRequest,
        grant: &Grant,
        state: &mut State,
        now: Timestamp,
        trail: &mut Trail,
    ) -> Result<Token, Refusal> {
        let url = match (grant, &asked.refresh) {
            (Grant::Refresh(_), Some(url)) => url.clone(),
            _ => self.endpoint(asked, state, trail).await.map_err(Refusal::Fault)?,
        };
        let mut outcome = self.ask(&url, asked, grant, state.client, now, trail).await;
        // some servers take a client's secret in the body alone, and nothing but their refusal says so
        let other = asked.client_secret.is_some() && state.client == ClientAuthentication::Basic;
        if other && outcome.as_ref().err().is_some_and(|refusal| refusal.is("invalid_client")) {
            let second = self.ask(&url, asked, grant, ClientAuthentication::Body, now, trail).await;
            // a refusal of something else knows the client by now
            let knows = |code: &str| !matches!(code, "invalid_client" | "invalid_request");
            let known = match &second {
                Ok(_) => true,
                Err(refusal) => refusal.code().is_some_and(knows),
            };
            if known {
                state.client = ClientAuthentication::Body;
                outcome = second;
            }
        }
        let token = outcome?;
        // the client can always ask anew: one that comes with its own credentials is passed over (RFC 6749, 4.4.3)
        if let Some(refresh) = token.refresh.as_ref().filter(|_| asked.grant != Grant::ClientCredentials) {
            if let Grant::Refresh(given) = &asked.grant
                && given != refresh
                && state.refresh.is_none()
            {
                let scheme = &asked.scheme;
                trail.notes.push(format!(
                    "the token server has replaced the refresh token of `{scheme}`: the given one may not work again"
                ));
            }
            state.refresh = Some(refresh.clone());
        }
        Ok(token)
    }

    async fn ask(
        &self,
        url: &str,
        asked: &TokenRequest,
        grant: &Grant,
        client: ClientAuthentication,
        now: Timestamp,
        trail: &mut Trail,
    ) -> Result<Token, Refusal> {
        let request = oauth::request(url, asked, grant, client);
        let response = self.send(request, asked, trail).await.map_err(Refusal::Fault)?;
        let token = oauth::token(&response, asked, now)?;
        trail.secrets.push(token.access.clone());
        trail.secrets.extend(token.refresh.clone());
        Ok(token)
    }

    async fn endpoint(&self, asked: &TokenRequest, state: &mut State, trail: &mut Trail) -> Result<String, Fault> {
        if let Some(known) = &state.endpoint {
            return Ok(known.clone());
        }
        let url = match &asked.endpoint {
            Endpoint::Token(url) => url.clone(),
            Endpoint::Discovery(url) => {
                let headers = vec![("Accept".to_owned(), "application/json".to_owned())];
                let (method, body) = ("GET".to_owned(), Default::default());
                let request = Request { method, url: url.clone(), headers, body, path: Vec::new(), query: Vec::new() };
                let response = self.send(request, asked, trail).await?;
                let (endpoint, client) = oauth::discovered(&response, &asked.scheme, url)?;
                state.client = client;
                endpoint
            }
        };
        state.endpoint = Some(url.clone());
        Ok(url)
    }

    /// Sends to a host that a document names: judged like any other, and trusted with secrets over TLS only.
    async fn send(&self, request: Request, asked: &TokenRequest, trail: &mut Trail) -> Result<Response, Fault> {
        self.judge(&request.url, &asked.scheme)?;
        let answer = self.transport.send(&request, &LIMITS).await;
        let kept = answer.as_ref().ok().cloned();
        trail.exchanges.push((request, kept));
        match answer {
            Ok(answer) => Ok(answer.response),
            Err(fault) => {
                let message = format!("no token for `{}`: {}", asked.scheme, fault.message);
                Err(Fault { message, ..fault })
            }
        }
    }

    fn judge(&self, url: &str, scheme: &str) -> Result<(), Fault> {
        let Ok(url) = Url::parse(url) else {
            return Err(oauth::refused(format!("`{scheme}` has a token URL that is no URL")));
        };
        judge(&self.policy, &url)?;
        let host = url.host_str().unwrap_or_default();
        let named = Origin::of(&url).is_some_and(|origin| self.policy.named.names_origin(&origin) == Named::Yes);
        if url.scheme() == "https" || is_loopback(&url) || named {
            return Ok(());
        }
        let message =
            format!("the token URL of `{scheme}` is no https URL: name `{host}` by `--allow-host` if that is meant");
        Err(Fault::new(FaultKind::PolicyRefused, Phase::Policy, message))
    }
}
