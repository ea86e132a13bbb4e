//! Loads documents from the web: named hosts and the entry document's origin, over https or from this machine.

use std::sync::Arc;
use std::time::Duration;

use arras_run::exchange::{Request, header};
use arras_run::fault::FaultKind;
use url::Url;

use super::{CAP, LoadError, LoadErrorKind, Loaded};
use crate::origin::Origin;
use crate::policy::{HostPatterns, Named, has_user, is_loopback};
use crate::transport::{Limits, Transport};

/// What is asked for: the formats that documents are written in.
const ACCEPT: &str = "application/yaml, application/json, application/*+yaml, application/*+json, text/*, */*;q=0.1";

/// Loads what its user named, or what shares the entry document's origin.
pub(super) struct WebLoader {
    pub(super) transport: Arc<dyn Transport>,
    pub(super) named: HostPatterns,
    pub(super) origin: Option<Origin>,
}

/// Refuses a URL that says who asks, and does not repeat it: a password may stand there.
fn refuse_user(url: &Url) -> Result<(), LoadError> {
    if !has_user(url) {
        return Ok(());
    }
    let host = url.host_str().unwrap_or_default();
    let message = format!("the URL of a document at `{host}` is refused: it holds a user name or a password");
    Err(LoadError::new(LoadErrorKind::Policy, message))
}

impl WebLoader {
    pub(super) async fn load(&self, mut url: Url) -> Result<Loaded, LoadError> {
        url.set_fragment(None);
        refuse_user(&url)?;
        self.check(&url)?;
        let uri = url.to_string();
        let request = Request {
            method: "GET".to_owned(),
            url: uri.clone(),
            headers: vec![("Accept".to_owned(), ACCEPT.to_owned())],
            body: Default::default(),
            path: Vec::new(),
            query: Vec::new(),
        };
        let limits = Limits { body: CAP, ..Limits::default() }.with_timeout(Duration::from_secs(60));
        let answer = self.transport.send(&request, &limits).await.map_err(|fault| {
            let kind = match fault.kind {
                FaultKind::BodyTooLarge => LoadErrorKind::TooLarge,
                FaultKind::PolicyRefused => LoadErrorKind::Policy,
                _ => LoadErrorKind::Io,
            };
            LoadError::new(kind, format!("`{uri}` can't be loaded: {}", fault.message))
        })?;
        let response = answer.response;
        let failed = |kind, why: String| Err(LoadError::new(kind, format!("`{uri}` can't be loaded: {why}")));
        match response.status {
            200..=299 => Ok(Loaded { name: uri.clone(), uri, bytes: response.body }),
            300..=399 => {
                let to = header(&response.headers, "location").unwrap_or_else(|| "elsewhere".to_owned());
                failed(LoadErrorKind::Io, format!("it redirects to `{}`: name that instead", to.escape_debug()))
            }
            status @ (401 | 403) => failed(LoadErrorKind::Forbidden, format!("the server answered {status}")),
            status @ (404 | 410) => failed(LoadErrorKind::NotFound, format!("the server answered {status}")),
            status => failed(LoadErrorKind::Io, format!("the server answered {status}")),
        }
    }

    fn check(&self, url: &Url) -> Result<(), LoadError> {
        let refused = |why: &str| Err(LoadError::new(LoadErrorKind::Policy, format!("`{url}` is refused: {why}")));
        if url.scheme() != "https" && !is_loopback(url) {
            return refused("documents come over https only");
        }
        let origin = Origin::of(url);
        let same_origin = self.origin.is_some() && origin == self.origin;
        if same_origin || origin.is_some_and(|origin| self.named.names_origin(&origin) == Named::Yes) {
            return Ok(());
        }
        let host = url.host_str().unwrap_or_default();
        refused(&format!("documents are loaded from named hosts only: `--allow-host {host}`"))
    }
}

#[cfg(test)]
mod tests {
    use arras_run::exchange::Response;
    use arras_run::fault::Fault;
    use bytes::Bytes;

    use super::*;
    use crate::future::BoxFuture;
    use crate::load::{Loader, StandardLoader};
    use crate::transport::Answer;

    /// Answers by the URL's last segment: a status, or a body of `x`.
    struct Fake;

    impl Transport for Fake {
        fn send<'a>(&'a self, request: &'a Request, _: &'a Limits) -> BoxFuture<'a, Result<Answer, Fault>> {
            let status = request.url.rsplit('/').next().and_then(|last| last.parse().ok()).unwrap_or(200);
            let headers = vec![("Location".to_owned(), "https://elsewhere.example/".to_owned())];
            let response = Response { status, headers, body: Bytes::from_static(b"x") };
            Box::pin(async { Ok(Answer { response, duration: Duration::ZERO }) })
        }
    }

    async fn load(entry: &str, named: &[&str], uri: &str) -> Result<Loaded, LoadError> {
        let named = named.iter().map(|pattern| pattern.parse().unwrap()).collect();
        StandardLoader::new(Arc::new(Fake), named, entry).unwrap().load(uri).await
    }

    #[tokio::test]
    async fn only_named_hosts_and_the_entry_origin_are_asked() {
        let table = [
            ("flow.yaml", "https://a.example/x", None, false),
            ("flow.yaml", "https://a.example/x", Some("a.example"), true),
            ("flow.yaml", "http://a.example/x", Some("a.example"), false),
            ("flow.yaml", "http://127.0.0.1:8080/x", Some("127.0.0.1"), true),
            ("https://a.example/flow", "https://a.example/x", None, true),
            ("https://a.example/flow", "https://a.example:8443/x", None, false),
            ("https://a.example/flow", "https://b.example/x", None, false),
        ];
        for (entry, uri, named, allowed) in table {
            let named: Vec<&str> = named.into_iter().collect();
            match load(entry, &named, uri).await {
                Ok(loaded) => assert!(allowed && loaded.uri == uri, "{uri}"),
                Err(error) => assert!(!allowed && error.kind == LoadErrorKind::Policy, "{uri}: {error}"),
            }
        }
    }

    #[tokio::test]
    async fn each_status_has_its_error() {
        let table = [
            ("404", LoadErrorKind::NotFound),
            ("410", LoadErrorKind::NotFound),
            ("403", LoadErrorKind::Forbidden),
            ("302", LoadErrorKind::Io),
            ("500", LoadErrorKind::Io),
        ];
        for (status, kind) in table {
            let error = load("flow.yaml", &["a.example"], &format!("https://a.example/{status}")).await.unwrap_err();
            assert_eq!(error.kind, kind, "{status}");
        }
        let moved = load("flow.yaml", &["a.example"], "https://a.example/302").await.unwrap_err();
        assert!(moved.message.contains("https://elsewhere.example/"), "{moved}");
    }
}
