//! Adds the identities of OpenAPI's security schemes to requests, and judges whether a refusal can be mended.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use arras_run::exchange::{Request, Response, header};
use arras_run::fault::{Fault, FaultKind, Phase};
use arras_run::time::Timestamp;

use super::REASONS;
use super::digest::{self, Challenge};
use super::identity::{Identified, Identity, UserPassword, add_header, add_key};
use super::oauth::TokenRequest;
use super::tokens::Tokens;
use super::trail::Trail;
use crate::credentials::SecretString;
use crate::origin::Origin;
use crate::policy::Policy;
use crate::transport::Transport;

/// What is kept between requests: tokens and challenges.
#[derive(Default)]
pub(super) struct Schemes {
    tokens: Option<Tokens>,
    challenges: Mutex<HashMap<(Origin, UserPassword), Challenge>>,
}

impl Schemes {
    /// Fetches tokens over that transport, under that policy.
    pub(super) fn new(transport: Arc<dyn Transport>, policy: Policy) -> Schemes {
        Schemes { tokens: Some(Tokens::new(transport, policy)), challenges: Mutex::default() }
    }

    /// Adds an identity, unless the request has something in its place.
    pub(super) async fn add(
        &self,
        request: &mut Request,
        who: &Identified,
        now: Timestamp,
        trail: &mut Trail,
    ) -> Result<(), Fault> {
        match &who.identity {
            Identity::ApiKey { location, name, value } => add_key(request, *location, name, value.expose()),
            Identity::Certificate => Ok(()),
            _ if header(&request.headers, "authorization").is_some() => Ok(()),
            Identity::Basic(user) => {
                add_header(request, "Authorization", user.basic());
                Ok(())
            }
            Identity::Bearer(token) => {
                add_header(request, "Authorization", bearer(token));
                Ok(())
            }
            Identity::Digest(user) => self.add_digest(request, who, user),
            Identity::Token(asked) => {
                let token = self.tokens()?.get(asked, now, trail).await?;
                add_header(request, "Authorization", bearer(&token));
                Ok(())
            }
        }
    }

    fn add_digest(&self, request: &mut Request, who: &Identified, user: &UserPassword) -> Result<(), Fault> {
        let mut challenges = self.challenges.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(challenge) = challenges.get_mut(&(who.origin.clone(), user.clone())) {
            let answer = challenge.answer(request, user)?;
            add_header(request, "Authorization", answer);
        }
        Ok(())
    }

    /// Why the request is worth sending once more, if it is.
    pub(super) async fn mend(
        &self,
        request: &Request,
        response: &Response,
        who: &Identified,
        trail: &Trail,
    ) -> Result<Option<&'static str>, Fault> {
        if response.status != 401 {
            return Ok(None);
        }
        let sent = header(&request.headers, "authorization").unwrap_or_default();
        match &who.identity {
            Identity::Digest(user) => self.challenged(&sent, response, who, user),
            Identity::Token(asked) if !trail.fresh => self.forget(asked, &sent, trail).await,
            _ => Ok(None),
        }
    }

    fn challenged(
        &self,
        sent: &str,
        response: &Response,
        who: &Identified,
        user: &UserPassword,
    ) -> Result<Option<&'static str>, Fault> {
        let answered = sent.starts_with("Digest ");
        if !answered && !sent.is_empty() {
            // the step's own
            return Ok(None);
        }
        let headers = response.headers.iter();
        let values = headers.filter(|(name, _)| name.eq_ignore_ascii_case("www-authenticate"));
        let found = digest::challenge(values.map(|(_, value)| value.as_str()))
            .map_err(|reason| Fault::new(FaultKind::SigningFailed, Phase::Auth, reason.to_string()))?;
        let key = (who.origin.clone(), user.clone());
        let mut challenges = self.challenges.lock().unwrap_or_else(PoisonError::into_inner);
        match found {
            Some(challenge) if !answered || challenge.stale || !challenge.repeats(challenges.get(&key)) => {
                let stale = challenge.stale;
                challenges.insert(key, challenge);
                Ok(Some(if stale { REASONS[0] } else { REASONS[1] }))
            }
            _ => {
                challenges.remove(&key);
                Ok(None)
            }
        }
    }

    async fn forget(&self, asked: &TokenRequest, sent: &str, trail: &Trail) -> Result<Option<&'static str>, Fault> {
        let ours = |token: &&str| trail.secrets.iter().any(|secret| secret.expose() == token);
        let Some(token) = sent.strip_prefix("Bearer ").filter(ours) else { return Ok(None) };
        self.tokens()?.forget(asked, token).await;
        Ok(Some(REASONS[2]))
    }

    fn tokens(&self) -> Result<&Tokens, Fault> {
        self.tokens.as_ref().ok_or_else(|| {
            Fault::new(FaultKind::SigningFailed, Phase::Auth, "this authorizer has no transport to fetch tokens over")
        })
    }
}

fn bearer(token: &SecretString) -> String {
    format!("Bearer {}", token.expose())
}
