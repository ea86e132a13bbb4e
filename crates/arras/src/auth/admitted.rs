//! The policy before anything else: who may not be asked is told nothing of who asks, and nothing is told as sent.

use std::sync::Arc;

use arras_run::exchange::{Request, Response};
use arras_run::fault::{Fault, FaultKind, Phase};
use arras_run::time::Timestamp;
use url::Url;

use super::{Authorization, Authorizer, Trail};
use crate::future::BoxFuture;
use crate::policy::{Policy, judge};

/// An authorizer behind a policy: a request that the policy refuses by its URL is not authorised, and so never sent.
pub(crate) struct Admitted {
    pub(crate) policy: Policy,
    pub(crate) inner: Arc<dyn Authorizer>,
}

impl Authorizer for Admitted {
    fn authorize<'a>(
        &'a self,
        request: &'a mut Request,
        authorization: &'a Authorization,
        now: Timestamp,
        trail: &'a mut Trail,
    ) -> BoxFuture<'a, Result<(), Fault>> {
        let judged = Url::parse(&request.url)
            .map_err(|error| {
                let message = format!("the request's URL can't be used: {error}");
                Fault::new(FaultKind::InvalidRequest, Phase::Build, message)
            })
            .and_then(|url| judge(&self.policy, &url));
        match judged {
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
