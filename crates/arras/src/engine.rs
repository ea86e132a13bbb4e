//! The one entry point: load documents, choose a workflow, run it.

mod alternative;
mod authorize;
mod bind;
mod command;
mod concern;
mod error;
mod identify;
mod loaded;
mod loading;
mod lookup;
mod needs;
mod network;
mod reach;
mod server_url;
mod settings;
mod shelf;
mod sources;
mod supplied;
mod texts;
mod workflow;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use arras_run::fault::Fault;
use arras_run::run::Limits;

pub use self::error::Error;
pub use self::loaded::{Loaded, WorkflowSummary};
pub use self::needs::{Need, Needs, SchemeNeed, SigV4Need, Way};
pub use self::network::{Cookies, NetworkSettings, Redirects, TransportRetry};
pub use self::settings::{
    AuthSettings, AwsSettings, CredentialRef, CredentialSetting, Missing, ServerOverride, ServerVariable, SetBy,
    Settings,
};
pub use self::shelf::Shelf;
pub use self::supplied::Supplied;
pub use self::workflow::{DryStep, Events, Handle, WorkflowRun};

use crate::auth::{Authorizer, Credential, ProvideCredential, Skews, StandardAuthorizer};
use crate::chance::{Chance, SystemChance};
use crate::clock::{Clock, SystemClock};
use crate::credentials::{Chain, ChainSettings, ProvideAwsCredentials, Reach, SecretString};
use crate::driver::Buckets;
use crate::environment::Environment;
use crate::load::{Loader, StandardLoader};
use crate::policy::{HostPattern, Network, Policy, Private};
use crate::recording::{Recorder, Replay};
use crate::transport::{HttpTransport, Proxies, Transport};

/// Loads Arazzo documents and runs their workflows. Cheap to clone; one engine serves many runs at a time.
///
/// ```no_run
/// # async fn example() -> Result<(), arras::Error> {
/// let engine = arras::Engine::builder().build()?;
/// let report = engine
///     .load("workflows/face-liveness.arazzo.yaml")
///     .await?
///     .workflow("face-liveness-session")?
///     .input("clientRequestToken", "abc")
///     .run()
///     .await?;
/// println!("{:?}", report.output("confidence"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Engine {
    pub(crate) parts: Arc<Parts>,
}

/// Whether exchanges are kept, or were.
#[derive(Clone)]
pub(crate) enum Tape {
    Record(Recorder),
    Replay(Replay),
}

impl Tape {
    fn world(&self, world: World) -> World {
        match self {
            Tape::Record(recorder) => World {
                transport: Arc::new(recorder.transport(world.transport)),
                authorizer: Arc::new(recorder.authorizer(world.authorizer)),
            },
            Tape::Replay(replay) => World { transport: Arc::new(replay.clone()), authorizer: Arc::new(replay.clone()) },
        }
    }

    fn chance(&self, chance: Arc<dyn Chance>) -> Arc<dyn Chance> {
        match self {
            Tape::Record(recorder) => Arc::new(recorder.chance(chance)),
            Tape::Replay(replay) => Arc::new(replay.clone()),
        }
    }

    fn clock(&self, clock: Arc<dyn Clock>) -> Arc<dyn Clock> {
        match self {
            Tape::Record(recorder) => Arc::new(recorder.clock(clock)),
            Tape::Replay(replay) => Arc::new(replay.clone()),
        }
    }
}

/// What an engine is made of.
pub(crate) struct Parts {
    pub(crate) loader: Option<Arc<dyn Loader>>,
    /// What reaches as far as the user's policy lets it: for documents of the user's own.
    pub(crate) open: World,
    /// What reaches no private address unless it is named: for documents that came from the web.
    pub(crate) guarded: World,
    /// What loads remote documents; the transports above may be recorded or replayed.
    fetching: Arc<dyn Transport>,
    pub(crate) tape: Option<Tape>,
    pub(crate) chance: Arc<dyn Chance>,
    pub(crate) buckets: Buckets,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) proxies: Proxies,
    pub(crate) skews: Skews,
    pub(crate) environment: Environment,
    pub(crate) settings: Settings,
    /// The program's own credentials.
    pub(crate) credentials: Vec<Arc<dyn ProvideCredential>>,
    /// Whether AWS credentials come from the standard chain.
    pub(crate) by_chain: bool,
    /// What commands that give credentials have printed.
    pub(crate) commands: Mutex<HashMap<String, Result<SecretString, String>>>,
}

/// What sends requests, and what says who they are from.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) authorizer: Arc<dyn Authorizer>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("settings", &self.parts.settings).finish_non_exhaustive()
    }
}

impl Engine {
    /// An engine with defaults, to be adjusted: HTTP, the system's clock, files, AWS credentials by the standard chain.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Loads the document at a path or URL, and everything that it refers to.
    ///
    /// What is wrong with the documents does not fail this: it is among [`Loaded::diagnostics`], and a workflow that it
    /// concerns is refused by [`Loaded::workflow`].
    ///
    /// # Errors
    /// If the document itself can't be read; [`Error::is_not_found`] if it is not there.
    pub async fn load(&self, location: &str) -> Result<Loaded, Error> {
        loading::load(self, Shelf::default(), &Supplied::at(location), &[]).await
    }

    /// Loads a description that several documents make up: `entry`, and further ones that are found by their `$self`, or
    /// by the URI they were retrieved from, before anything is looked for elsewhere (ARZ-DOC-09, ARZ-URI-15). Their order
    /// makes no difference.
    ///
    /// ```no_run
    /// # async fn example(entry: Vec<u8>) -> Result<(), arras::Error> {
    /// use arras::Supplied;
    ///
    /// let engine = arras::Engine::builder().build()?;
    /// let entry = Supplied::text("entry", Some("https://workflows.example/entry.arazzo.yaml"), entry);
    /// let loaded = engine.load_all(&entry, &[Supplied::at("shared/login.arazzo.yaml")]).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Engine::load`], for any of them.
    pub async fn load_all(&self, entry: &Supplied, others: &[Supplied]) -> Result<Loaded, Error> {
        loading::load(self, Shelf::default(), entry, others).await
    }

    /// Like [`Engine::load_all`], with what earlier loads left on the shelf: for many documents that share descriptions.
    ///
    /// ```no_run
    /// # async fn example(files: Vec<String>) -> Result<(), arras::Error> {
    /// let engine = arras::Engine::builder().build()?;
    /// let shelf = arras::Shelf::default();
    /// for file in files {
    ///     let loaded = engine.load_on(&shelf, &file.into(), &[]).await?;
    ///     println!("{} findings", loaded.diagnostics().len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Engine::load`], for any of them.
    pub async fn load_on(&self, shelf: &Shelf, entry: &Supplied, others: &[Supplied]) -> Result<Loaded, Error> {
        loading::load(self, shelf.clone(), entry, others).await
    }

    /// What the official schema of its version says of a document, and nothing else: [`Loaded::diagnostics`] holds its
    /// verdict, or why the text can't be read. Nothing that the document refers to is loaded, and no workflow of it can
    /// be run from here. The texts stand on `shelf`, as with [`Engine::load_on`].
    ///
    /// # Errors
    /// As [`Engine::load`].
    pub async fn judge_by_schema(&self, shelf: &Shelf, document: &Supplied) -> Result<Loaded, Error> {
        loading::judge_by_schema(self, shelf.clone(), document).await
    }

    /// What loads the documents that `entry` leads to; `others` are given beside it.
    pub(crate) fn loader(&self, entry: &str, others: Vec<String>) -> Result<Arc<dyn Loader>, Error> {
        match &self.parts.tape {
            Some(Tape::Replay(replay)) if replay.has_documents() => Ok(Arc::new(replay.clone())),
            Some(Tape::Record(recorder)) => Ok(Arc::new(recorder.loader(self.own_loader(entry, others)?))),
            _ => self.own_loader(entry, others),
        }
    }

    fn own_loader(&self, entry: &str, others: Vec<String>) -> Result<Arc<dyn Loader>, Error> {
        if let Some(loader) = &self.parts.loader {
            return Ok(loader.clone());
        }
        let settings = &self.parts.settings;
        let named = settings.policy.named.clone();
        let loader = StandardLoader::new(self.parts.fetching.clone(), named, entry).map_err(Error::fault)?;
        let own = settings.sources.iter().map(|(_, location)| location.clone());
        let files: Vec<String> = others.into_iter().chain(own).collect();
        Ok(Arc::new(loader.reading(&settings.policy.paths, entry, &files)))
    }
}

/// Puts an [`Engine`] together.
#[derive(Default)]
pub struct Builder {
    loader: Option<Arc<dyn Loader>>,
    transport: Option<Arc<dyn Transport>>,
    authorizer: Option<Arc<dyn Authorizer>>,
    aws_credentials: Option<Arc<dyn ProvideAwsCredentials>>,
    credentials: Vec<Arc<dyn ProvideCredential>>,
    clock: Option<Arc<dyn Clock>>,
    chance: Option<Arc<dyn Chance>>,
    environment: Option<Environment>,
    settings: Settings,
    tape: Option<Tape>,
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Builder {
    /// Where documents come from.
    #[must_use]
    pub fn loader(mut self, loader: impl Loader + 'static) -> Builder {
        self.loader = Some(Arc::new(loader));
        self
    }

    /// What sends requests.
    #[must_use]
    pub fn transport(mut self, transport: impl Transport + 'static) -> Builder {
        self.transport = Some(Arc::new(transport));
        self
    }

    /// What identifies the caller, in place of the default, which signs with AWS credentials.
    #[must_use]
    pub fn authorizer(mut self, authorizer: impl Authorizer + 'static) -> Builder {
        self.authorizer = Some(Arc::new(authorizer));
        self
    }

    /// Where AWS credentials come from, in place of the standard chain: [`Chain::standard`].
    #[must_use]
    pub fn aws_credentials(mut self, credentials: impl ProvideAwsCredentials + 'static) -> Builder {
        self.aws_credentials = Some(Arc::new(credentials));
        self
    }

    /// The credential for the security scheme `scheme` of the source description `source`, or of all with `None`.
    #[must_use]
    pub fn credential(self, source: Option<&str>, scheme: &str, credential: Credential) -> Builder {
        self.credentials(Given { source: source.map(str::to_owned), scheme: scheme.to_owned(), credential })
    }

    /// Where the credentials for security schemes come from, before all other places. Of several, the first that has one
    /// gives it.
    #[must_use]
    pub fn credentials(mut self, credentials: impl ProvideCredential + 'static) -> Builder {
        self.credentials.push(Arc::new(credentials));
        self
    }

    /// What tells the time.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Builder {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// What spreads further tries of requests over time.
    #[must_use]
    pub fn chance(mut self, chance: impl Chance + 'static) -> Builder {
        self.chance = Some(Arc::new(chance));
        self
    }

    /// The variables and files of the user, in place of this process's own.
    #[must_use]
    pub fn environment(mut self, environment: Environment) -> Builder {
        self.environment = Some(environment);
        self
    }

    /// Keeps what is exchanged with the world.
    #[must_use]
    pub fn record(mut self, recorder: Recorder) -> Builder {
        self.tape = Some(Tape::Record(recorder));
        self
    }

    /// Answers from a recording in place of the world: no request is sent, no credentials are looked for, and the time is
    /// the recorded one.
    #[must_use]
    pub fn replay(mut self, replay: Replay) -> Builder {
        self.tape = Some(Tape::Replay(replay));
        self
    }

    /// Everything else at once.
    #[must_use]
    pub fn settings(mut self, settings: Settings) -> Builder {
        self.settings = settings;
        self
    }

    /// How far runs may go, and at what pace.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Builder {
        self.settings.limits = limits;
        self
    }

    /// A base URL in place of the servers of the source description `source`, or of all with `None`.
    #[must_use]
    pub fn server(mut self, source: Option<&str>, url: &str) -> Builder {
        let (source, url) = (source.map(str::to_owned), url.to_owned());
        self.settings.servers.push(ServerOverride { source, url, set_by: SetBy::User });
        self
    }

    /// Where the source description `name` really lies.
    #[must_use]
    pub fn source(mut self, name: &str, location: &str) -> Builder {
        self.settings.sources.push((name.to_owned(), location.to_owned()));
        self
    }

    /// The region that AWS requests are made to and signed for.
    #[must_use]
    pub fn aws_region(mut self, region: &str) -> Builder {
        self.settings.aws.region = Some(region.to_owned());
        self
    }

    /// Builds it.
    ///
    /// # Errors
    /// If the proxy variables of the environment can't be understood, or name one for documents that must go through none.
    pub fn build(mut self) -> Result<Engine, Error> {
        let environment = self.environment.unwrap_or_else(Environment::process);
        if let Some(Tape::Replay(_)) = self.tape {
            self.settings.auth.missing = Missing::MadeUp;
        }
        for server in self.settings.servers.iter().filter(|server| server.set_by == SetBy::User) {
            if let Ok(origin) = crate::origin::Origin::parse(&server.url) {
                self.settings.policy.named.push(HostPattern::origin(&origin));
            }
        }
        let proxies = proxies(&self.settings, &environment)?;
        let clock = self.clock.unwrap_or_else(|| Arc::new(SystemClock));
        let by_chain = self.authorizer.is_none() && self.aws_credentials.is_none();
        let identify: Box<dyn Fn(Arc<dyn Transport>, Policy) -> Arc<dyn Authorizer>> = match self.authorizer {
            Some(own) => Box::new(move |_, _| own.clone()),
            None => {
                let credentials = match self.aws_credentials {
                    Some(credentials) => credentials,
                    None => Arc::new(Chain::standard(&chain_settings(&environment, &self.settings, &proxies, &clock)?)),
                };
                Box::new(move |transport, policy| {
                    let standard = StandardAuthorizer::new(Arc::clone(&credentials), policy.named.clone());
                    Arc::new(standard.with_tokens(transport, policy))
                })
            }
        };
        let world = |policy: Policy| match &self.transport {
            // where a program's own transport goes is its own business
            Some(own) => World { authorizer: identify(own.clone(), policy), transport: own.clone() },
            None => {
                let http = HttpTransport::new(self.settings.http(policy.clone(), proxies.clone()));
                let transport: Arc<dyn Transport> = Arc::new(http);
                World { authorizer: identify(transport.clone(), policy), transport }
            }
        };
        let (open, guarded) = (world(self.settings.policy.clone()), world(self.settings.policy.guarded()));
        let fetching = open.transport.clone();
        let chance = self.chance.unwrap_or_else(|| Arc::new(SystemChance));
        let (open, guarded, chance, clock) = match &self.tape {
            None => (open, guarded, chance, clock),
            Some(tape) => (tape.world(open), tape.world(guarded), tape.chance(chance), tape.clock(clock)),
        };
        let parts = Parts {
            fetching,
            tape: self.tape,
            loader: self.loader,
            open,
            guarded,
            chance,
            buckets: Buckets::default(),
            clock,
            proxies,
            skews: Skews::default(),
            environment,
            settings: self.settings,
            credentials: self.credentials,
            by_chain,
            commands: Mutex::default(),
        };
        Ok(Engine { parts: Arc::new(parts) })
    }
}

/// The proxies that requests go through. Where a proxy resolves the names, nobody here sees the addresses, so what must
/// reach no private one goes through none.
fn proxies(settings: &Settings, environment: &Environment) -> Result<Proxies, Error> {
    let proxies = match &settings.network.proxies {
        Some(proxies) => proxies.clone(),
        None => Proxies::from_environment(environment).map_err(Error::message)?,
    };
    if settings.policy.private == Private::Refused && settings.policy.network == Network::Online && !proxies.is_empty()
    {
        let message = "requests of an untrusted document go through no proxy, where only names could be judged";
        return Err(Error::usage(
            message,
            Some("`--proxy none` connects straight, whatever the variables say".to_owned()),
        ));
    }
    Ok(proxies)
}

/// One credential of the program.
struct Given {
    source: Option<String>,
    scheme: String,
    credential: Credential,
}

impl ProvideCredential for Given {
    fn provide(&self, source: &str, scheme: &str) -> Result<Option<Credential>, Fault> {
        let fits = self.scheme == scheme && self.source.as_deref().is_none_or(|own| own == source);
        Ok(fits.then(|| self.credential.clone()))
    }
}

/// Where the standard chain looks for AWS credentials: as far as the user's settings let it.
pub(crate) fn chain_settings(
    environment: &Environment,
    settings: &Settings,
    proxies: &Proxies,
    clock: &Arc<dyn Clock>,
) -> Result<ChainSettings, Error> {
    let standard = ChainSettings::new(environment.clone()).map_err(Error::message)?;
    Ok(ChainSettings {
        profile: settings.aws.profile.clone(),
        region: settings.aws.region.clone(),
        reach: Reach::under(&settings.policy),
        // the user's own: documents have no say in where it goes
        services: Arc::new(HttpTransport::new(settings.http(Policy::default(), proxies.clone()))),
        clock: clock.clone(),
        ..standard
    })
}
