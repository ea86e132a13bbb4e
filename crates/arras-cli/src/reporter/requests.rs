//! How many requests went out.

use arras_run::event::{Event, EventKind};
use arras_run::fault::Phase;

/// A fold of events: counts what was sent, but not what the policy refused when it saw the addresses of a name, which
/// reached nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Requests {
    sent: usize,
    /// Whether the last one has no answer so far.
    open: bool,
}

impl Requests {
    /// Takes in one event.
    pub fn event(&mut self, event: &Event) {
        match &event.kind {
            EventKind::RequestSent(_) => {
                self.sent += 1;
                self.open = true;
            }
            EventKind::ResponseReceived(_) => self.open = false,
            EventKind::StepFinished(step) => {
                let refused = step.fault.as_ref().is_some_and(|fault| fault.phase == Phase::Policy);
                self.sent -= usize::from(refused && self.open);
                self.open = false;
            }
            _ => {}
        }
    }

    /// Takes in those of another fold.
    pub fn add(&mut self, other: Requests) {
        self.sent += other.sent;
    }

    /// Their number.
    pub fn sent(self) -> usize {
        self.sent
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use arras::environment::Environment;
    use arras::future::BoxFuture;
    use arras::load::{LoadError, Loaded, Loader};
    use arras::transport::{Answer, Limits, Transport};
    use arras::{Engine, NetworkSettings, Redirects, Settings};
    use arras_run::exchange::{Request, Response};
    use arras_run::fault::{Fault, FaultKind};

    use super::*;

    const API: &str = "
openapi: 3.1.0
info: {title: t, version: '1'}
servers: [{url: 'https://api.example'}]
paths:
  /here: {get: {operationId: here, responses: {}}}
  /away: {get: {operationId: away, responses: {}}}
  /refused: {get: {operationId: refused, responses: {}}}
";

    struct Memory(&'static str);

    impl Loader for Memory {
        fn load<'a>(&'a self, uri: &'a str) -> BoxFuture<'a, Result<Loaded, LoadError>> {
            let workflow = format!(
                "arazzo: 1.0.1\ninfo: {{title: t, version: '1'}}\nsourceDescriptions: [{{name: api, url: api.yaml, type: openapi}}]\n\
                 workflows: [{{workflowId: w, steps: [{{stepId: one, operationId: {}}}, {{stepId: two, operationId: here}}]}}]\n",
                self.0
            );
            let text = if uri.ends_with("api.yaml") { API.to_owned() } else { workflow };
            let loaded = Loaded { uri: uri.to_owned(), name: uri.to_owned(), bytes: text.into() };
            Box::pin(async move { Ok(loaded) })
        }
    }

    /// One address leads to another host; and what is refused is refused as by a resolver, when the name is looked up.
    struct World;

    impl Transport for World {
        fn send<'a>(&'a self, request: &'a Request, _: &'a Limits) -> BoxFuture<'a, Result<Answer, Fault>> {
            let answer = |status, headers| Answer {
                response: Response { status, headers, body: Default::default() },
                duration: Duration::ZERO,
            };
            let outcome = match request.url.as_str() {
                "https://api.example/away" => {
                    Ok(answer(302, vec![("Location".to_owned(), "https://private.example/refused".to_owned())]))
                }
                url if url.ends_with("/refused") => {
                    Err(Fault::new(FaultKind::PolicyRefused, Phase::Policy, "its address is private"))
                }
                _ => Ok(answer(200, Vec::new())),
            };
            Box::pin(std::future::ready(outcome))
        }
    }

    #[tokio::test]
    async fn a_name_whose_addresses_are_refused_was_not_requested() {
        // after a refusal no other step is taken
        for (operation, count) in [("here", 2), ("refused", 0), ("away", 1)] {
            let network = NetworkSettings { redirects: Redirects::Followed, ..NetworkSettings::default() };
            let engine = Engine::builder()
                .loader(Memory(operation))
                .transport(World)
                .environment(Environment::new([], BTreeMap::new()))
                .settings(Settings { network, ..Settings::default() })
                .build()
                .unwrap();
            let run = engine.load("flow.yaml").await.unwrap().workflow("w").unwrap();
            let (mut requests, mut told) = (Requests::default(), 0);
            let count_all = |event: &Event| {
                requests.event(event);
                told += usize::from(matches!(event.kind, EventKind::RequestSent(_)));
            };
            run.observe(count_all).await.unwrap();
            assert_eq!(requests.sent(), count, "{operation}, told {told}");
            assert_eq!(told, count + usize::from(operation != "here"), "{operation}");
        }
    }
}
