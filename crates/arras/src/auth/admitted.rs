//! The policy before anything else: who may not be asked is told nothing of who asks, and nothing is told as sent.

use std::sync::{Arc, Mutex, PoisonError};

use arras_run::exchange::{Request, Response};
use arras_run::fault::{Fault, FaultKind, Phase};
use arras_run::time::Timestamp;
use url::Url;

use super::{Authorization, Authorizer, Trail};
use crate::future::BoxFuture;
use crate::origin;
use crate::policy::{Policy, judge};

/// An authorizer behind a policy: a request that the policy refuses by its URL is not authorised, and so never sent.
pub(crate) struct Admitted {
    policy: Policy,
    inner: Arc<dyn Authorizer>,
    /// The beginning of the last URL that was admitted, which decides for all that begin so.
    last: Mutex<String>,
}

impl Admitted {
    pub(crate) fn new(policy: Policy, inner: Arc<dyn Authorizer>) -> Admitted {
        Admitted { policy, inner, last: Mutex::default() }
    }

    fn judge(&self, url: &str) -> Result<(), Fault> {
        let beginning = origin::split(url).map(|(beginning, _)| beginning);
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if beginning == Some(last.as_str()) {
            return Ok(());
        }
        let parsed = Url::parse(url).map_err(|error| {
            let message = format!("the request's URL can't be used: {error}");
            Fault::new(FaultKind::InvalidRequest, Phase::Build, message)
        })?;
        judge(&self.policy, &parsed)?;
        if let Some(beginning) = beginning {
            beginning.clone_into(&mut last);
        }
        Ok(())
    }
}

impl Authorizer for Admitted {
    fn authorize<'a>(
        &'a self,
        request: &'a mut Request,
        authorization: &'a Authorization,
        now: Timestamp,
        trail: &'a mut Trail,
    ) -> BoxFuture<'a, Result<(), Fault>> {
        match self.judge(&request.url) {
            Ok(()) => self.inner.authorize(request, authorization, now, trail),
            Err(fault) => Box::pin(async move { Err(fault) }),
        }
    }

    fn mend<'a>(
        &'a self,
        request: &'a Request,
        response: &'a Response,
        authorization: &'a Authorization,
        now: Timestamp,
        trail: &'a Trail,
    ) -> BoxFuture<'a, Result<Option<&'static str>, Fault>> {
        self.inner.mend(request, response, authorization, now, trail)
    }

    fn learn(&self, request: &Request, response: &Response, authorization: &Authorization, trail: &Trail) {
        self.inner.learn(request, response, authorization, trail);
    }
}
