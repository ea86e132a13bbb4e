//! What the tests of this folder share: a transport that answers by a script.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arras_run::exchange::{Request, Response};
use arras_run::fault::{Fault, FaultKind, Phase};
use arras_run::time::Timestamp;

use super::{ChainSettings, Reach};
use crate::clock::ManualClock;
use crate::environment::Environment;
use crate::future::BoxFuture;
use crate::transport::{Answer, Limits, Transport};

/// Environment variables.
pub(super) type Variables<'a> = &'a [(&'a str, &'a str)];

/// Answers the expected URLs in order and keeps what was sent; any other request finds nobody there.
#[derive(Clone, Default)]
pub(super) struct Script {
    answers: Arc<Mutex<VecDeque<(String, u16, String)>>>,
    sent: Arc<Mutex<Vec<Request>>>,
}

impl Script {
    pub(super) fn of<'a>(answers: impl IntoIterator<Item = (&'a str, u16, &'a str)>) -> Script {
        let answers = answers.into_iter().map(|(url, status, body)| (url.to_owned(), status, body.to_owned()));
        Script { answers: Arc::new(Mutex::new(answers.collect())), sent: Arc::default() }
    }

    pub(super) fn sent(&self) -> Vec<Request> {
        self.sent.lock().unwrap().clone()
    }
}

impl Transport for Script {
    fn send<'a>(&'a self, request: &'a Request, _: &'a Limits) -> BoxFuture<'a, Result<Answer, Fault>> {
        self.sent.lock().unwrap().push(request.clone());
        let mut answers = self.answers.lock().unwrap();
        let expected = answers.front().is_some_and(|(url, ..)| *url == request.url);
        let answer = if expected { answers.pop_front() } else { None };
        Box::pin(async move {
            let nobody = || Fault::new(FaultKind::ConnectTimeout, Phase::Connect, "nobody is there");
            let (_, status, body) = answer.ok_or_else(nobody)?;
            let response = Response { status, headers: vec![], body: body.into() };
            Ok(Answer { response, duration: Duration::from_millis(1) })
        })
    }
}

/// Settings with these variables and files, a home, all requests by the script, and a clock that stands still.
pub(super) fn settings(variables: Variables<'_>, files: BTreeMap<String, String>, script: &Script) -> ChainSettings {
    let variables = [("HOME", "/h")].into_iter().chain(variables.iter().copied());
    ChainSettings {
        environment: Environment::new(variables, files),
        profile: None,
        region: None,
        reach: Reach::Everything,
        services: Arc::new(script.clone()),
        metadata: Arc::new(script.clone()),
        clock: Arc::new(ManualClock::at(Timestamp(1_769_850_000_000))),
    }
}
