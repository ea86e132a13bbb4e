//! Who a request is from: what an operation asks for, and the one trait that adds it.
//!
//! Credentials are bound to an origin when a run is planned; a request to any other is refused them.

use std::sync::Arc;

use arras_run::exchange::{Request, Response};
use arras_run::fault::{Fault, FaultKind, Phase};
use arras_run::time::Timestamp;
use tokio::sync::Mutex;
use url::Url;

use crate::credentials::{AwsCredentials, ProvideAwsCredentials, SecretString};
use crate::future::BoxFuture;
use crate::origin::Origin;
use crate::policy::{HostPatterns, Named, Policy, is_loopback};
use crate::transport::Transport;

pub(crate) use self::aws_host::service_host;
pub use self::credential::{Credential, ProvideCredential, variable};
pub use self::detect::{
    Choice, Detection, DetectionRule, Facts, RegionSources, Scheme, Signing, Unsigned, UserSettings, detect,
    rewrite_server,
};
pub use self::identity::{Identified, Identity, UserPassword};
pub use self::oauth::{Endpoint, Grant, TokenRequest};
pub use self::sigv4::{OWNED, Scope, sign};
pub(crate) use self::skew::{Resend, Skews};
pub use self::trail::Trail;

pub(crate) mod aws_error;
mod aws_host;
mod aws_table;
mod credential;
mod detect;
mod digest;
mod encode;
mod identity;
mod oauth;
mod schemes;
mod sigv4;
#[cfg(test)]
mod sigv4_tests;
mod skew;
mod tokens;
mod trail;

/// Why requests are sent once more; a replay finds the recorded reason among these.
pub(crate) const REASONS: [&str; 3] =
    ["the server's nonce was too old", "the server challenged it", "the server no longer took the access token"];

/// What an operation asks of whoever calls it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Authorization {
    /// Nothing.
    None,
    /// AWS Signature Version 4.
    SigV4(SigV4),
    /// Another security scheme of OpenAPI.
    Scheme(Identified),
    /// All of these, in this order; a signature comes last.
    All(Vec<Authorization>),
}

impl Authorization {
    /// The single ones of which it is made.
    pub fn parts(&self) -> &[Authorization] {
        match self {
            Authorization::None => &[],
            Authorization::All(parts) => parts,
            single => std::slice::from_ref(single),
        }
    }

    /// All that no event may show.
    pub fn secrets(&self) -> Vec<String> {
        let secrets = |part: &Authorization| match part {
            Authorization::Scheme(who) => who.identity.secrets(),
            _ => Vec::new(),
        };
        self.parts().iter().flat_map(secrets).collect()
    }
}

/// A signature by AWS credentials, for one origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigV4 {
    /// The region and the service.
    pub scope: Scope,
    /// The only origin that gets the signature: that of the server which the run was planned for.
    pub origin: Origin,
}

/// Makes a request come from someone.
pub trait Authorizer: Send + Sync {
    /// Whether it adds nothing to requests with that authorization and mends nothing, so that they need not be copied for it
    /// and it is not asked. By default it never says so.
    fn passes(&self, authorization: &Authorization) -> bool {
        let _ = authorization;
        false
    }

    /// Adds what `authorization` asks for. Called anew for each attempt, last of all, over the final bytes; `trail` gets
    /// what else comes of it.
    ///
    /// # Errors
    /// `policy-refused` for a request to another origin than the credentials are bound to; `no-credentials`,
    /// `signing-failed`, `token-refused`.
    fn authorize<'a>(
        &'a self,
        request: &'a mut Request,
        authorization: &'a Authorization,
        now: Timestamp,
        trail: &'a mut Trail,
    ) -> BoxFuture<'a, Result<(), Fault>>;

    /// Why the request, which the server refused before it acted, is worth authorising anew and sending once more;
    /// `None` if it is not. Asked at most once for each attempt of a step.
    ///
    /// # Errors
    /// If the refusal asks for something that can't be done.
    fn mend<'a>(
        &'a self,
        request: &'a Request,
        response: &'a Response,
        authorization: &'a Authorization,
        now: Timestamp,
        trail: &'a Trail,
    ) -> BoxFuture<'a, Result<Option<&'static str>, Fault>> {
        let _ = (request, response, authorization, now, trail);
        Box::pin(async { Ok(None) })
    }

    /// Hears what came of the request that was sent once more, which nothing can mend any more.
    fn learn(&self, request: &Request, response: &Response, authorization: &Authorization, trail: &Trail) {
        let _ = (request, response, authorization, trail);
    }
}

/// The default authorizer: signs with the credentials of a provider, which are asked for once and again when they expire,
/// and adds what other security schemes ask for.
pub struct StandardAuthorizer<P> {
    credentials: P,
    named: HostPatterns,
    cache: Mutex<Option<AwsCredentials>>,
    schemes: schemes::Schemes,
}

impl<P: ProvideAwsCredentials> StandardAuthorizer<P> {
    /// Signs with those credentials. Beside hosts of AWS and this machine, only hosts that the user `named` get any.
    pub fn new(credentials: P, named: HostPatterns) -> StandardAuthorizer<P> {
        StandardAuthorizer { credentials, named, cache: Mutex::new(None), schemes: schemes::Schemes::default() }
    }

    /// The same, which also fetches access tokens: over that transport, from hosts that the policy allows.
    #[must_use]
    pub fn with_tokens(mut self, transport: Arc<dyn Transport>, policy: Policy) -> StandardAuthorizer<P> {
        self.schemes = schemes::Schemes::new(transport, policy);
        self
    }

    async fn part(
        &self,
        request: &mut Request,
        part: &Authorization,
        now: Timestamp,
        trail: &mut Trail,
    ) -> Result<(), Fault> {
        match part {
            Authorization::SigV4(asked) => {
                trail.secrets.extend(self.sign(request, asked, now).await?);
                Ok(())
            }
            Authorization::Scheme(who) => {
                check_origin(Url::parse(&request.url).ok().as_ref(), &who.origin)?;
                self.schemes.add(request, who, now, trail).await
            }
            // nothing is nested
            Authorization::None | Authorization::All(_) => Ok(()),
        }
    }

    async fn sign(&self, request: &mut Request, asked: &SigV4, now: Timestamp) -> Result<Vec<SecretString>, Fault> {
        let url = Url::parse(&request.url).ok();
        check_origin(url.as_ref(), &asked.origin)?;
        check_host(url.as_ref(), &asked.origin, &self.named)?;
        let credentials = self.current(now).await?;
        match request.body.in_memory() {
            Some(_) => sigv4::sign(request, &credentials, &asked.scope, now)?,
            // its files are read to their ends
            None => {
                let (mut signed, credentials, scope) = (request.clone(), credentials.clone(), asked.scope.clone());
                let signing = tokio::task::spawn_blocking(move || {
                    sigv4::sign(&mut signed, &credentials, &scope, now).map(|()| signed)
                });
                let stopped = |_| Fault::new(FaultKind::SigningFailed, Phase::Auth, "the signing was stopped");
                *request = signing.await.map_err(stopped)??;
            }
        }
        Ok([Some(credentials.secret_access_key), credentials.session_token].into_iter().flatten().collect())
    }

    /// The credentials now; the lock makes whoever comes meanwhile wait for one answer instead of asking again.
    async fn current(&self, now: Timestamp) -> Result<AwsCredentials, Fault> {
        let mut cache = self.cache.lock().await;
        if let Some(credentials) = cache.as_ref().filter(|credentials| !credentials.expires_soon(now)) {
            return Ok(credentials.clone());
        }
        let asked = self.credentials.provide().await.and_then(|found| found.ok_or_else(crate::credentials::missing));
        match (asked, &*cache) {
            (Ok(fresh), _) => {
                *cache = Some(fresh.clone());
                Ok(fresh)
            }
            // They are asked for early: as long as the old ones last, a source that fails for now is no failure.
            (Err(_), Some(old)) if old.expires.is_none_or(|expires| now < expires) => Ok(old.clone()),
            (Err(fault), _) => Err(fault),
        }
    }
}

impl<P: ProvideAwsCredentials> Authorizer for StandardAuthorizer<P> {
    fn passes(&self, authorization: &Authorization) -> bool {
        matches!(authorization, Authorization::None)
    }

    fn authorize<'a>(
        &'a self,
        request: &'a mut Request,
        authorization: &'a Authorization,
        now: Timestamp,
        trail: &'a mut Trail,
    ) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async move {
            for part in authorization.parts() {
                self.part(request, part, now, trail).await?;
            }
            Ok(())
        })
    }

    fn mend<'a>(
        &'a self,
        request: &'a Request,
        response: &'a Response,
        authorization: &'a Authorization,
        _: Timestamp,
        trail: &'a Trail,
    ) -> BoxFuture<'a, Result<Option<&'static str>, Fault>> {
        Box::pin(async move {
            for part in authorization.parts() {
                if let Authorization::Scheme(who) = part
                    && let Some(reason) = self.schemes.mend(request, response, who, trail).await?
                {
                    return Ok(Some(reason));
                }
            }
            Ok(None)
        })
    }

    fn learn(&self, request: &Request, response: &Response, authorization: &Authorization, trail: &Trail) {
        for part in authorization.parts() {
            if let Authorization::Scheme(who) = part {
                self.schemes.learn(request, response, who, trail);
            }
        }
    }
}

fn check_origin(url: Option<&Url>, bound: &Origin) -> Result<(), Fault> {
    let origin = url.and_then(Origin::of);
    if origin.as_ref() == Some(bound) {
        return Ok(());
    }
    let other = origin.map_or_else(|| "another place".to_owned(), |origin| format!("`{origin}`"));
    Err(refused(format!("credentials for `{bound}` are not given to {other}")))
}

fn check_host(url: Option<&Url>, bound: &Origin, named: &HostPatterns) -> Result<(), Fault> {
    let host = bound.host();
    let allowed = aws_host::is_aws(host) || url.is_some_and(is_loopback) || named.names_origin(bound) == Named::Yes;
    if allowed {
        return Ok(());
    }
    Err(refused(format!("AWS credentials go to hosts of AWS and to named ones only: name `{host}` by `--allow-host`")))
}

fn refused(message: String) -> Fault {
    Fault::new(FaultKind::PolicyRefused, Phase::Policy, message)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use arras_run::exchange::header;

    use super::*;

    fn request(url: &str) -> Request {
        Request {
            method: "GET".into(),
            url: url.into(),
            headers: vec![],
            body: Default::default(),
            path: vec![],
            query: vec![],
        }
    }

    fn sigv4(origin: &str) -> Authorization {
        let scope = Scope { region: "us-east-1".into(), service: "sqs".into() };
        Authorization::SigV4(SigV4 { scope, origin: Origin::parse(origin).unwrap() })
    }

    async fn authorize(url: &str, origin: &str, named: &[&str]) -> Result<Request, Fault> {
        let named = named.iter().map(|pattern| pattern.parse().unwrap()).collect();
        let authorizer = StandardAuthorizer::new(AwsCredentials::new("AKID", "hush", None), named);
        let mut request = request(url);
        authorizer.authorize(&mut request, &sigv4(origin), Timestamp(0), &mut Trail::default()).await?;
        Ok(request)
    }

    #[tokio::test]
    async fn credentials_stay_with_their_origin() {
        let aws = "https://sqs.us-east-1.amazonaws.com";
        let signed = authorize(aws, aws, &[]).await.unwrap();
        assert!(header(&signed.headers, "authorization").is_some());
        let strays = [
            "http://sqs.us-east-1.amazonaws.com/",
            "https://sqs.us-east-1.amazonaws.com:8443/",
            "https://evil.example/",
            "not a url",
        ];
        for stray in strays {
            let fault = authorize(stray, aws, &["evil.example"]).await.unwrap_err();
            assert_eq!((fault.kind, fault.phase), (FaultKind::PolicyRefused, Phase::Policy), "{stray}");
        }
    }

    #[tokio::test]
    async fn what_a_scheme_adds_stays_with_its_origin() {
        let authorizer = StandardAuthorizer::new(AwsCredentials::new("AKID", "hush", None), HostPatterns::default());
        let identity = Identity::Bearer("hush".to_owned().into());
        let (source, scheme, from) = ("api".to_owned(), "login".to_owned(), "a test".to_owned());
        let origin = Origin::parse("https://api.example").unwrap();
        let asked = Authorization::Scheme(Identified { source, scheme, from, origin, identity });
        let own = ["https://api.example/x", "https://API.example:443/"];
        let strays =
            ["http://api.example/", "https://api.example:8443/", "https://api.example.evil.example/", "no URL"];
        for url in own.into_iter().chain(strays) {
            let mut request = request(url);
            let outcome = authorizer.authorize(&mut request, &asked, Timestamp(0), &mut Trail::default()).await;
            let given = header(&request.headers, "authorization").is_some();
            assert_eq!((outcome.is_ok(), given), (own.contains(&url), own.contains(&url)), "{url}");
            assert!(outcome.err().is_none_or(|fault| fault.kind == FaultKind::PolicyRefused), "{url}");
        }
    }

    #[tokio::test]
    async fn aws_credentials_go_to_aws_loopback_and_named_hosts_alone() {
        let own = "https://aws.corp.example/";
        assert_eq!(authorize(own, own, &[]).await.unwrap_err().kind, FaultKind::PolicyRefused);
        assert!(authorize(own, own, &["aws.corp.example"]).await.is_ok());
        for loopback in ["http://127.0.0.1:4566/", "http://localhost:4566/", "http://[::1]:1/"] {
            assert!(authorize(loopback, loopback, &[]).await.is_ok(), "{loopback}");
        }
        let lookalike = "https://s3.amazonaws.com.evil.example/";
        assert!(authorize(lookalike, lookalike, &[]).await.is_err());
    }

    #[tokio::test]
    async fn without_an_authorization_nothing_is_added() {
        let authorizer: Arc<dyn Authorizer> =
            Arc::new(StandardAuthorizer::new(AwsCredentials::new("AKID", "hush", None), HostPatterns::default()));
        let mut plain = request("https://evil.example/");
        authorizer.authorize(&mut plain, &Authorization::None, Timestamp(0), &mut Trail::default()).await.unwrap();
        assert_eq!(plain, request("https://evil.example/"));
    }

    #[tokio::test]
    async fn the_secrets_that_signing_used_are_told() {
        let credentials = AwsCredentials::new("AKID", "hush", Some("token"));
        let authorizer = StandardAuthorizer::new(credentials, HostPatterns::default());
        let mut request = request("http://localhost/");
        let mut trail = Trail::default();
        let asked = sigv4("http://localhost");
        let signed = authorizer.authorize(&mut request, &asked, Timestamp(0), &mut trail);
        signed.await.unwrap();
        assert!(trail.secrets.iter().map(SecretString::expose).eq(["hush", "token"]));
    }

    /// Gives credentials that last an hour, and from the second time on as the test says.
    struct Hourly(AtomicU64, Result<(), Fault>);

    impl ProvideAwsCredentials for Hourly {
        fn provide(&self) -> BoxFuture<'_, Result<Option<AwsCredentials>, Fault>> {
            let time = self.0.fetch_add(1, Ordering::Relaxed);
            let credentials = AwsCredentials::new(&format!("AKID{time}"), "hush", None);
            let given = Ok(Some(AwsCredentials { expires: Some(Timestamp((time + 1) * 3_600_000)), ..credentials }));
            let later = self.1.clone();
            Box::pin(async move { if time == 0 { given } else { later.and(given) } })
        }
    }

    #[tokio::test]
    async fn credentials_are_replaced_five_minutes_before_they_expire() {
        let broken = Err(refused("down".to_owned()));
        let minutes = [0, 54, 55, 59, 60];
        for (later, keys) in [(Ok(()), ["0", "0", "1", "1", "1"]), (broken, ["0", "0", "0", "0", "-"])] {
            let authorizer = StandardAuthorizer::new(Hourly(AtomicU64::new(0), later), HostPatterns::default());
            for (minute, key) in minutes.into_iter().zip(keys) {
                let mut request = request("http://localhost/");
                let now = Timestamp(minute * 60_000);
                let mut trail = Trail::default();
                let signed = authorizer.authorize(&mut request, &sigv4("http://localhost"), now, &mut trail).await;
                let used = signed.ok().and_then(|()| header(&request.headers, "authorization"));
                assert_eq!(used.is_some_and(|used| used.contains(&format!("=AKID{key}/"))), key != "-", "{minute}");
            }
        }
    }

    #[tokio::test]
    async fn whoever_comes_meanwhile_waits_for_one_answer() {
        struct Slow(AtomicU64);
        impl ProvideAwsCredentials for Slow {
            fn provide(&self) -> BoxFuture<'_, Result<Option<AwsCredentials>, Fault>> {
                self.0.fetch_add(1, Ordering::Relaxed);
                Box::pin(async {
                    tokio::task::yield_now().await;
                    Ok(Some(AwsCredentials::new("AKID", "hush", None)))
                })
            }
        }
        let authorizer = StandardAuthorizer::new(Slow(AtomicU64::new(0)), HostPatterns::default());
        let sign = async || {
            let mut request = request("http://localhost/");
            authorizer.authorize(&mut request, &sigv4("http://localhost"), Timestamp(0), &mut Trail::default()).await
        };
        let (one, two, three) = tokio::join!(sign(), sign(), sign());
        assert!(one.and(two).and(three).is_ok());
        assert_eq!(authorizer.credentials.0.load(Ordering::Relaxed), 1);
    }
}
