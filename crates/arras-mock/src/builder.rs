//! Setting up a mock, starting it, and the handle to a running one.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use arras_doc::diagnostic::{self, Diagnostics};
use arras_doc::openapi::Description;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::chaos::Chaos;
use crate::contract::Validation;
use crate::describe;
use crate::handle::Shared;
use crate::record::{Recorded, Records};
use crate::route::{Routes, Sharing};
use crate::scenario::{Play, Scenario};
use crate::server;
use crate::service::Service;
use crate::sigv4::{Credentials, Scope};

/// How large a request's body may be, unless told otherwise: 16 MiB.
pub const MAX_BODY: usize = 16 << 20;

/// Which addresses the services get.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Addresses {
    /// All services at one address.
    #[default]
    Shared,
    /// Each service at its own, so that their paths can't clash.
    PerService,
}

/// Why a mock did not start.
#[derive(Debug)]
pub enum StartError {
    /// Routes that no request can tell apart, or a scenario for operations that do not exist; at least one is an error.
    Diagnostics(Diagnostics),
    /// The port is taken, or the system gave no socket or no randomness.
    Io(std::io::Error),
}

impl std::fmt::Display for StartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            StartError::Diagnostics(diagnostics) => {
                let messages: Vec<&str> = diagnostics.iter().map(|diagnostic| diagnostic.message.as_str()).collect();
                write!(f, "the mock can't start: {}", messages.join("; "))
            }
            StartError::Io(error) => write!(f, "the mock can't listen: {error}"),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            StartError::Diagnostics(_) => None,
            StartError::Io(error) => Some(error),
        }
    }
}

impl From<std::io::Error> for StartError {
    fn from(error: std::io::Error) -> StartError {
        StartError::Io(error)
    }
}

/// What a mock is to serve, and how.
#[derive(Default)]
pub struct MockBuilder {
    services: Vec<Service>,
    scenario: Scenario,
    credentials: Option<Credentials>,
    region: Option<String>,
    port: u16,
    addresses: Addresses,
    clock_offset: i64,
    max_body: Option<usize>,
    observer: Option<Arc<crate::handle::Observer>>,
    validation: Validation,
    chaos: Option<Chaos>,
}

impl MockBuilder {
    /// Serves the operations of a description under the name of its source.
    ///
    /// `signing` says for what an operation's requests must be signed; none where they need no AWS signature.
    #[must_use]
    pub fn description(
        self,
        name: impl Into<String>,
        description: Arc<Description>,
        signing: impl Fn(&arras_doc::openapi::Operation<'_>) -> Option<Scope>,
    ) -> MockBuilder {
        self.service(describe::service(name.into(), &description, signing))
    }

    /// Serves operations that were put together by hand.
    #[must_use]
    pub fn service(mut self, service: Service) -> MockBuilder {
        self.services.push(service);
        self
    }

    /// Leaves out the operations that `is_called` says no of, by their service's name, so that those which no request
    /// could tell apart matter only if they are called.
    #[must_use]
    pub fn only(mut self, is_called: impl Fn(&str, &crate::service::Operation) -> bool) -> MockBuilder {
        for service in &mut self.services {
            let name = &service.name;
            service.operations.retain(|operation| is_called(name, operation));
        }
        self
    }

    /// Answers by a scenario; without one the descriptions' examples are the answers.
    #[must_use]
    pub fn scenario(mut self, scenario: Scenario) -> MockBuilder {
        self.scenario = scenario;
        self
    }

    /// Accepts these credentials instead of made-up ones.
    #[must_use]
    pub fn credentials(mut self, credentials: Credentials) -> MockBuilder {
        self.credentials = Some(credentials);
        self
    }

    /// The region to tell; else that of the first signed operation, else `us-east-1`.
    #[must_use]
    pub fn region(mut self, region: impl Into<String>) -> MockBuilder {
        self.region = Some(region.into());
        self
    }

    /// The port to listen at; 0, the default, takes any that is free.
    #[must_use]
    pub fn port(mut self, port: u16) -> MockBuilder {
        self.port = port;
        self
    }

    /// Whether the services share an address. With [`Addresses::PerService`] the port is the first one's.
    #[must_use]
    pub fn addresses(mut self, addresses: Addresses) -> MockBuilder {
        self.addresses = addresses;
        self
    }

    /// Sets the mock's clock ahead by so many seconds (behind, if negative): in `Date`, and when it judges signatures.
    #[must_use]
    pub fn clock_offset(mut self, seconds: i64) -> MockBuilder {
        self.clock_offset = seconds;
        self
    }

    /// How large a request's body may be, in bytes; [`MAX_BODY`] by default.
    #[must_use]
    pub fn max_body(mut self, bytes: usize) -> MockBuilder {
        self.max_body = Some(bytes);
        self
    }

    /// Is told of each request once its answer is decided; must return soon.
    #[must_use]
    pub fn observer(mut self, observer: impl Fn(&Recorded) + Send + Sync + 'static) -> MockBuilder {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// Whether requests are checked against their descriptions; what the scenario says goes before.
    #[must_use]
    pub fn validation(mut self, validation: Validation) -> MockBuilder {
        self.validation = validation;
        self
    }

    /// Makes trouble; in place of the scenario's, if that makes any.
    #[must_use]
    pub fn chaos(mut self, chaos: Chaos) -> MockBuilder {
        self.chaos = Some(chaos);
        self
    }

    /// What would keep it from starting, and warnings; nothing listens yet.
    pub fn check(&self) -> Diagnostics {
        self.plan().2
    }

    /// Listens on 127.0.0.1 and serves on the current Tokio runtime until it is shut down or dropped.
    ///
    /// # Errors
    /// If operations can't be told apart, the scenario does not fit them, or there is no socket.
    pub async fn start(self) -> Result<Mock, StartError> {
        let (routes, play, diagnostics) = self.plan();
        if diagnostic::has_errors(&diagnostics) {
            return Err(StartError::Diagnostics(diagnostics));
        }
        let region = self.region.or_else(|| first_region(&self.services)).unwrap_or_else(|| "us-east-1".to_owned());
        let credentials = self.credentials.map_or_else(Credentials::demo, Ok)?;
        let only: Vec<Option<usize>> = match self.addresses {
            Addresses::PerService if !self.services.is_empty() => (0..self.services.len()).map(Some).collect(),
            _ => vec![None],
        };
        let shared = Arc::new(Shared {
            services: self.services,
            routes,
            play,
            credentials,
            records: Records::default(),
            observer: self.observer,
            clock_offset: self.clock_offset,
            max_body: self.max_body.unwrap_or(MAX_BODY),
            validation: self.scenario.validation.unwrap_or(self.validation),
            chaos: self.chaos.or(self.scenario.chaos),
            drawn: AtomicU64::new(0),
        });
        let (stop, stopped) = watch::channel(false);
        let mut mock = Mock { shared: Arc::clone(&shared), region, addresses: Vec::new(), stop, tasks: Vec::new() };
        for (index, only) in only.into_iter().enumerate() {
            let (listener, address) = server::bind(if index == 0 { self.port } else { 0 }).await?;
            mock.addresses.push(address);
            mock.tasks.push(tokio::spawn(server::serve(listener, Arc::clone(&shared), only, stopped.clone())));
        }
        Ok(mock)
    }

    fn plan(&self) -> (Routes, Play, Diagnostics) {
        let sharing = match self.addresses {
            Addresses::Shared => Sharing::One,
            Addresses::PerService => Sharing::Each,
        };
        let (routes, mut diagnostics) = Routes::new(&self.services, sharing);
        let (play, problems) = Play::new(&self.scenario, &self.services);
        diagnostics.extend(problems);
        (routes, play, diagnostics)
    }
}

fn first_region(services: &[Service]) -> Option<String> {
    let operations = services.iter().flat_map(|service| &service.operations);
    operations.filter_map(|operation| operation.signing.as_ref()).map(|scope| scope.region.clone()).next()
}

/// A running mock. Dropping it closes its sockets.
pub struct Mock {
    shared: Arc<Shared>,
    region: String,
    addresses: Vec<SocketAddr>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Mock {
    /// A mock to set up.
    pub fn builder() -> MockBuilder {
        MockBuilder::default()
    }

    /// Its (first) address, such as `http://127.0.0.1:41833`.
    pub fn url(&self) -> String {
        self.addresses.first().map(url).unwrap_or_default()
    }

    /// Whether any of its operations asks for an AWS signature.
    pub fn asks_for_signatures(&self) -> bool {
        let mut operations = self.shared.services.iter().flat_map(|service| &service.operations);
        operations.any(|operation| operation.signing.is_some())
    }

    /// The address at which the service of that name is served.
    pub fn url_of(&self, service: &str) -> Option<String> {
        let index = self.shared.services.iter().position(|known| known.name == service)?;
        self.addresses.get(index).or(self.addresses.first()).map(url)
    }

    /// The access key that it accepts.
    pub fn access_key_id(&self) -> &str {
        self.shared.credentials.access_key_id()
    }

    /// The secret of that key.
    pub fn secret_access_key(&self) -> &str {
        self.shared.credentials.secret_access_key()
    }

    /// The credentials that it accepts.
    pub fn credentials(&self) -> &Credentials {
        &self.shared.credentials
    }

    /// The region that requests should be signed for.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The requests so far, oldest first; of very many the last ones.
    pub fn requests(&self) -> Vec<Recorded> {
        self.shared.records.all()
    }

    /// Stops listening and ends every connection.
    pub async fn shutdown(mut self) {
        let _ = self.stop.send(true);
        for task in std::mem::take(&mut self.tasks) {
            let _ = task.await;
        }
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl std::fmt::Debug for Mock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mock").field("addresses", &self.addresses).finish_non_exhaustive()
    }
}

fn url(address: &SocketAddr) -> String {
    format!("http://{address}")
}
