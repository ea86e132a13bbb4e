//! Adds the identities of OpenAPI's security schemes to requests, and judges whether a refusal can be mended.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arras_run::exchange::{Request, Response, header};
use arras_run::fault::{Fault, FaultKind, Phase};
use arras_run::payload::Payload;
use arras_run::time::Timestamp;

use super::REASONS;
use super::digest::{self, Challenge, Hash};
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
            Identity::Digest(user) => self.add_digest(request, who, user, trail).await,
            Identity::Token(asked) => {
                let token = self.tokens()?.get(asked, now, trail).await?;
                add_header(request, "Authorization", bearer(&token));
                Ok(())
            }
        }
    }

    async fn add_digest(
        &self,
        request: &mut Request,
        who: &Identified,
        user: &UserPassword,
        trail: &mut Trail,
    ) -> Result<(), Fault> {
        trail.answered = false;
        let key = (who.origin.clone(), user.clone());
        let mut body: Option<(Hash, String)> = None;
        // another challenge may come while the body is read
        let answer = loop {
            let asked = match self.challenges().get_mut(&key) {
                None => return Ok(()),
                Some(challenge) => match (challenge.of_body(), &body) {
                    (None, _) => break challenge.answer(request, user, "")?,
                    (Some(asked), Some((hash, digest))) if asked == *hash => {
                        break challenge.answer(request, user, digest)?;
                    }
                    (Some(asked), _) => asked,
                },
            };
            body = Some((asked, body_digest(asked, &request.body).await?));
        };
        add_header(request, "Authorization", answer);
        trail.answered = true;
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
            self.learn(request, response, who, trail);
            return Ok(None);
        }
        let sent = header(&request.headers, "authorization").unwrap_or_default();
        match &who.identity {
            Identity::Digest(user) => self.challenged(&sent, response, who, user, trail),
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
        trail: &Trail,
    ) -> Result<Option<&'static str>, Fault> {
        if !trail.answered && !sent.is_empty() {
            // the step's own
            return Ok(None);
        }
        let headers = response.headers.iter();
        let values = headers.filter(|(name, _)| name.eq_ignore_ascii_case("www-authenticate"));
        let found = digest::challenge(values.map(|(_, value)| value.as_str()))
            .map_err(|reason| Fault::new(FaultKind::SigningFailed, Phase::Auth, reason.to_string()))?;
        let key = (who.origin.clone(), user.clone());
        let mut challenges = self.challenges();
        let known = challenges.get(&key);
        // refused for another reason than its age, an answer was wrong, unless the server has taken the password before
        let worth = |challenge: &Challenge| {
            let renewed = || known.is_none_or(|known| known.accepted) && !challenge.is_answered_by(sent);
            !trail.answered || challenge.stale || renewed()
        };
        match found {
            Some(challenge) if worth(&challenge) => {
                let reason = if challenge.stale { REASONS[0] } else { REASONS[1] };
                // somebody else may be answering it already, and each answer has a number of its own
                if challenge.stale || known.is_none_or(|known| !challenge.repeats(known)) {
                    challenges.insert(key, challenge);
                }
                Ok(Some(reason))
            }
            _ => {
                challenges.remove(&key);
                Ok(None)
            }
        }
    }

    /// Notes whether the server took the answer to a challenge.
    pub(super) fn learn(&self, request: &Request, response: &Response, who: &Identified, trail: &Trail) {
        let Identity::Digest(user) = &who.identity else { return };
        let sent = header(&request.headers, "authorization").filter(|_| trail.answered);
        let key = (who.origin.clone(), user.clone());
        let mut challenges = self.challenges();
        let known = challenges.get_mut(&key).zip(sent);
        let Some((known, _)) = known.filter(|(known, sent)| known.is_answered_by(sent)) else { return };
        known.accepted = response.status != 401;
        if !known.accepted {
            challenges.remove(&key);
        }
    }

    fn challenges(&self) -> MutexGuard<'_, HashMap<(Origin, UserPassword), Challenge>> {
        self.challenges.lock().unwrap_or_else(PoisonError::into_inner)
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

/// The digest of a body. Files are read by another thread, lest timeouts and other requests wait for them.
async fn body_digest(hash: Hash, body: &Payload) -> Result<String, Fault> {
    if body.in_memory().is_some() {
        return hash.of(body);
    }
    let body = body.clone();
    let stopped = |_| Fault::new(FaultKind::SigningFailed, Phase::Auth, "the digest of the body was stopped");
    tokio::task::spawn_blocking(move || hash.of(&body)).await.map_err(stopped)?
}

fn bearer(token: &SecretString) -> String {
    format!("Bearer {}", token.expose())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::{Duration, Instant};

    use arras_run::payload::{ReadFile, StoredFile};

    use super::*;

    fn request(headers: &[(&str, &str)]) -> Request {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let (method, url, body) = ("GET".into(), "https://a.example/".into(), Default::default());
        Request { method, url, headers, body, path: vec![], query: vec![] }
    }

    fn refusal() -> Response {
        let challenge = "Digest realm=\"r\", nonce=\"n\", qop=\"auth\"".to_owned();
        Response { status: 401, headers: vec![("WWW-Authenticate".into(), challenge)], body: Default::default() }
    }

    fn who() -> Identified {
        let identity = Identity::Digest(UserPassword { username: "u".into(), password: "p".to_owned().into() });
        let (source, scheme, from) = ("api".into(), "digest".into(), "a test".into());
        Identified { source, scheme, from, origin: Origin::parse("https://a.example").unwrap(), identity }
    }

    #[tokio::test]
    async fn answers_to_one_nonce_count_on_whoever_is_challenged_with_it() {
        let schemes = Schemes::default();
        let mut answers = Vec::new();
        for _ in 0..2 {
            // both were sent before either was challenged
            let mut trail = Trail::default();
            let reason = schemes.mend(&request(&[]), &refusal(), &who(), &trail).await.unwrap();
            assert_eq!(reason, Some(REASONS[1]));
            let mut again = request(&[]);
            schemes.add(&mut again, &who(), Timestamp(0), &mut trail).await.unwrap();
            answers.extend(header(&again.headers, "authorization"));
        }
        assert!(answers[0].contains("nc=00000001") && answers[1].contains("nc=00000002"), "{answers:?}");
    }

    #[tokio::test]
    async fn a_digest_of_the_steps_own_is_not_answered_for_it() {
        let schemes = Schemes::default();
        let own = request(&[("Authorization", "Digest username=\"me\", nonce=\"n\"")]);
        let mut trail = Trail::default();
        schemes.add(&mut own.clone(), &who(), Timestamp(0), &mut trail).await.unwrap();
        assert_eq!(schemes.mend(&own, &refusal(), &who(), &trail).await.unwrap(), None);
    }

    /// A challenge that has the body protected, and a request with a file in its body.
    async fn protected(read: ReadFile) -> (Schemes, Request) {
        let schemes = Schemes::default();
        let mut refusal = refusal();
        refusal.headers[0].1 = "Digest realm=\"r\", nonce=\"n\", qop=\"auth-int\"".to_owned();
        let reason = schemes.mend(&request(&[]), &refusal, &who(), &Trail::default()).await.unwrap();
        assert_eq!(reason, Some(REASONS[1]));
        let file = StoredFile { name: "a.bin".into(), path: "a.bin".into(), length: 4, digest: "00".repeat(32), read };
        (schemes, Request { body: file.into(), ..request(&[]) })
    }

    #[tokio::test]
    async fn time_goes_on_while_a_file_is_read_for_its_digest() {
        static RELEASED: AtomicBool = AtomicBool::new(false);
        let slow: ReadFile = |_, see| {
            let begun = Instant::now();
            while !RELEASED.load(Ordering::Relaxed) && begun.elapsed() < Duration::from_secs(20) {
                std::thread::sleep(Duration::from_millis(5));
            }
            see(b"film");
            Ok(())
        };
        let (schemes, mut request) = protected(slow).await;
        let (who, mut trail) = (who(), Trail::default());
        let mut adding = Box::pin(schemes.add(&mut request, &who, Timestamp(0), &mut trail));
        let early = tokio::time::timeout(Duration::from_millis(50), &mut adding).await;
        RELEASED.store(true, Ordering::Relaxed);
        assert!(early.is_err(), "nothing else was done meanwhile");
        adding.await.unwrap();
        let answer = header(&request.headers, "authorization").unwrap();
        assert!(answer.contains("qop=auth-int, nc=00000001"), "{answer}");
    }

    #[tokio::test]
    async fn a_file_that_has_changed_is_no_body_to_digest() {
        let (schemes, mut request) = protected(|_, see| {
            see(b"longer");
            Ok(())
        })
        .await;
        let fault = schemes.add(&mut request, &who(), Timestamp(0), &mut Trail::default()).await.unwrap_err();
        assert_eq!((fault.kind, fault.phase), (FaultKind::InvalidRequest, Phase::Build), "{}", fault.message);
        assert!(fault.message.contains("`a.bin` has changed"), "{}", fault.message);
    }
}
