//! The world's parts, answered for by a recording.

use arras_run::exchange::{Request, Response};
use arras_run::fault::Fault;
use arras_run::secret::MASK;
use arras_run::time::Timestamp;

use super::Replay;
use crate::auth::{Authorization, Authorizer, Trail};
use crate::chance::Chance;
use crate::clock::Clock;
use crate::future::BoxFuture;
use crate::load::{LoadError, LoadErrorKind, Loaded, Loader};
use crate::transport::{Answer, Limits, Transport};

impl Authorizer for Replay {
    fn authorize<'a>(
        &'a self,
        request: &'a mut Request,
        _: &'a Authorization,
        _: Timestamp,
        trail: &'a mut Trail,
    ) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async move {
            if self.is_unsent(request) {
                return self.expire().await;
            }
            self.answer(request, trail)
        })
    }

    fn mend<'a>(
        &'a self,
        _: &'a Request,
        _: &'a Response,
        _: &'a Authorization,
        _: Timestamp,
        _: &'a Trail,
    ) -> BoxFuture<'a, Result<Option<&'static str>, Fault>> {
        Box::pin(async move {
            let state = self.state();
            let exchange = state.current.and_then(|at| self.current_run(&state)?.exchanges.get(at));
            let again = exchange.and_then(|exchange| exchange.again.as_deref());
            // behind an answer, what kept it from being mended
            let fault =
                exchange.filter(|exchange| exchange.answer.is_some()).and_then(|exchange| exchange.fault.clone());
            // the reasons are few and known when a program is built; the recorded one is found among them by its text
            fault.map_or(Ok(again.map(reason)), Err)
        })
    }
}

/// The reason of that text; [`MASK`] stands for one of another version.
fn reason(text: &str) -> &'static str {
    crate::auth::REASONS.iter().copied().find(|known| *known == text).unwrap_or(MASK)
}

impl Transport for Replay {
    fn send<'a>(&'a self, _: &'a Request, _: &'a Limits) -> BoxFuture<'a, Result<Answer, Fault>> {
        Box::pin(async move {
            if self.is_open() {
                return self.expire().await;
            }
            self.outcome()
        })
    }
}

impl Clock for Replay {
    /// The next recorded reading; after the last one, time stands still but for what is slept and answered.
    fn now(&self) -> Timestamp {
        let mut state = self.state();
        let reading = self.current_run(&state).and_then(|run| run.clock.get(state.readings)).copied();
        if let Some(reading) = reading {
            state.readings += 1;
            state.now = state.now.max(reading);
        }
        Timestamp(state.now)
    }

    fn sleep_until(&self, until: Timestamp) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let mut state = self.state();
            let faithful = self
                .current_run(&state)
                .and_then(|run| run.clock.get(state.readings))
                .is_some_and(|next| *next >= until.0);
            if !faithful {
                state.now = state.now.max(until.0);
            }
        })
    }
}

impl Chance for Replay {
    fn fraction(&self) -> f64 {
        let mut state = self.state();
        let drawn = self.current_run(&state).and_then(|run| run.chances.get(state.draws)).copied();
        state.draws += 1;
        drawn.filter(|fraction| (0.0..1.0).contains(fraction)).unwrap_or_default()
    }
}

impl Loader for Replay {
    fn load<'a>(&'a self, uri: &'a str) -> BoxFuture<'a, Result<Loaded, LoadError>> {
        Box::pin(async move {
            let found = self.recording.documents.iter().find(|document| document.asked == uri);
            let loaded = found.map(|document| Loaded {
                uri: document.uri.clone(),
                name: document.name.clone(),
                bytes: document.body.bytes(),
            });
            loaded.ok_or_else(|| LoadError {
                kind: LoadErrorKind::NotFound,
                message: format!("the recording does not hold `{uri}`"),
                near: Vec::new(),
            })
        })
    }
}
