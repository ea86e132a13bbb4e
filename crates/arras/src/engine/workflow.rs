//! A workflow about to be run, and one that is under way.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use arras_doc::diagnostic::Diagnostic;
use arras_doc::suggest;
use arras_doc::value::{Object, Value};
use arras_run::draft::{self, Draft};
use arras_run::effect::{CancelReason, Outcome};
use arras_run::event::{Detail, Event, EventKind};
use arras_run::file::{FileContent, Files};
use arras_run::plan::{Plan, Target};
use arras_run::report::{Folder, Report};
use arras_run::run::{Run, invalid_dependency_inputs, invalid_inputs};
use bytes::Bytes;
use tokio::sync::{mpsc, watch};

use super::bind::Bound;
use super::{Engine, Error, Missing, Tape};
use crate::auth::{Authorization, Scope};
use crate::driver::{self, Ways};
use crate::trace::TraceContext;

/// A workflow, planned and ready to run.
#[derive(Clone, Debug)]
pub struct WorkflowRun {
    engine: Engine,
    plan: Arc<Plan>,
    bound: Arc<Bound>,
    /// What was found in the documents and in planning, and does not keep the workflow from being run.
    found: Arc<[Diagnostic]>,
    trust: Trust,
    inputs: Object,
    files: Arc<Files>,
    trace: Option<TraceContext>,
    exchanges: bool,
    detail: Detail,
    /// For workflows that others depend on, by their index in the plan.
    dependencies: Vec<(usize, Dependency)>,
    secrets: Vec<String>,
}

/// Whether somebody vouches for the documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// All of them are the user's own.
    Own,
    /// One came from the web.
    Web,
}

/// What is given for a workflow that another depends on.
#[derive(Clone, Debug)]
enum Dependency {
    Inputs(Object),
    Result { inputs: Object, outputs: Object },
}

impl WorkflowRun {
    pub(super) fn new(
        engine: Engine,
        plan: Arc<Plan>,
        bound: Bound,
        found: Arc<[Diagnostic]>,
        trust: Trust,
    ) -> WorkflowRun {
        WorkflowRun {
            engine,
            plan,
            bound: Arc::new(bound),
            found,
            trust,
            inputs: Object::default(),
            trace: None,
            exchanges: true,
            detail: Detail::Full,
            files: Arc::default(),
            dependencies: Vec::new(),
            secrets: Vec::new(),
        }
    }

    /// Makes the run a part of a trace: its requests carry `traceparent`, unless a redirect has led them elsewhere.
    #[must_use]
    pub fn trace(mut self, trace: TraceContext) -> WorkflowRun {
        self.trace = Some(trace);
        self
    }

    /// Tells nothing of single requests and answers: the events `request-sent` and `response-received` are not made, which
    /// spares a copy of each body. What becomes of the steps is told as ever.
    #[must_use]
    pub fn without_exchanges(mut self) -> WorkflowRun {
        self.exchanges = false;
        self
    }

    /// Tells the run in outline, for whoever runs a workflow again and again and counts: how things end, without what they are
    /// about, which spares the work of making that. See [`Detail::Outline`]. Beside a recorder it is told in full: what nobody
    /// reads may hold secrets, too.
    #[must_use]
    pub fn in_outline(mut self) -> WorkflowRun {
        self.detail = Detail::Outline;
        self
    }

    /// Tells nothing of what was found before the run, for whoever runs a workflow again and again.
    #[must_use]
    pub fn without_findings(mut self) -> WorkflowRun {
        self.found = Arc::default();
        self
    }

    /// Sets an input.
    #[must_use]
    pub fn input(mut self, name: &str, value: impl Into<Value>) -> WorkflowRun {
        self.inputs.insert(name.to_owned(), value.into());
        self
    }

    /// Sets an input to a file: `file_name` is what a multipart body tells of it, without folders.
    ///
    /// The input's value is a text that stands for the file; where a request body has it, the bytes are sent. It must be the
    /// whole body, a field or a value of JSON: in a longer text it is refused.
    ///
    /// The bytes are held as long as the run; [`WorkflowRun::file_at`] leaves a large file where it is.
    #[must_use]
    pub fn file(mut self, name: &str, file_name: &str, bytes: impl Into<Bytes>) -> WorkflowRun {
        let marker = Arc::make_mut(&mut self.files).add(FileContent::held(file_name, bytes.into()));
        self.inputs.insert(name.to_owned(), marker);
        self
    }

    /// Sets an input to the file at a path, as [`WorkflowRun::file`] does. One of more than a megabyte is read once now, for
    /// its digest, and again for each request that sends it, piece by piece; only where it is to be a text within a body (as
    /// base64, in JSON or a form) it is held for that, up to 256 MiB. It must not change until the run is over.
    ///
    /// # Errors
    /// If it can't be read, or is no regular file and larger than 256 MiB.
    pub fn file_at(mut self, name: &str, path: &Path) -> std::io::Result<WorkflowRun> {
        let marker = Arc::make_mut(&mut self.files).add(crate::file::at(path)?);
        self.inputs.insert(name.to_owned(), marker);
        Ok(self)
    }

    /// Sets several inputs.
    #[must_use]
    pub fn inputs(mut self, inputs: Object) -> WorkflowRun {
        self.inputs.extend(inputs);
        self
    }

    /// Sets inputs of a workflow that will run because another depends on it.
    ///
    /// # Errors
    /// [`Error::is_usage`] if the run can't come to a workflow of that id (`SOURCE.ID` for one of another document).
    pub fn dependency_inputs(mut self, workflow: &str, inputs: Object) -> Result<WorkflowRun, Error> {
        let index = self.dependency(workflow)?;
        self.dependencies.push((index, Dependency::Inputs(inputs)));
        Ok(self)
    }

    /// Takes a workflow for one that has succeeded already, with these inputs and outputs.
    ///
    /// # Errors
    /// As [`WorkflowRun::dependency_inputs`].
    pub fn dependency_result(mut self, workflow: &str, inputs: Object, outputs: Object) -> Result<WorkflowRun, Error> {
        let index = self.dependency(workflow)?;
        self.dependencies.push((index, Dependency::Result { inputs, outputs }));
        Ok(self)
    }

    /// Names texts that are secret in this run, too, such as those of an earlier one whose outputs it is given
    /// ([`Outcome::secrets`]).
    #[must_use]
    pub fn secrets(mut self, secrets: impl IntoIterator<Item = String>) -> WorkflowRun {
        self.secrets.extend(secrets);
        self
    }

    fn dependency(&self, workflow: &str) -> Result<usize, Error> {
        self.plan.named(workflow).ok_or_else(|| {
            let known = self.plan.entry().names.keys().map(|name| name.as_str());
            let near = suggest::nearest(workflow, known, 3);
            Error::usage(format!("the run comes to no workflow `{workflow}`"), suggest::did_you_mean(&near))
        })
    }

    /// The inputs that were set.
    pub fn given_inputs(&self) -> &Object {
        &self.inputs
    }

    /// The plan.
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// What was decided while the workflow was bound to servers and credentials, such as a regional host. What follows from
    /// the documents alone is for [`WorkflowRun::findings`].
    pub fn notes(&self) -> &[Diagnostic] {
        &self.bound.notes
    }

    /// What was found in the documents, and of them while the workflow was planned, that does not keep it from being run.
    /// The events of the run begin with it. What follows from the user's own settings is for [`WorkflowRun::notes`].
    pub fn findings(&self) -> &[Diagnostic] {
        &self.found
    }

    /// Where the steps' requests go: the sources with their base URLs, each pair once.
    pub fn servers(&self) -> Vec<(&str, &str)> {
        let mut found = Vec::new();
        let steps = self.plan.workflows.iter().flat_map(|workflow| &workflow.steps);
        for step in steps {
            if let Target::Operation(operation) = &step.target {
                let pair = (&*operation.source, operation.base.as_str());
                if !found.contains(&pair) {
                    found.push(pair);
                }
            }
        }
        found
    }

    /// The proxies that the steps' requests go through, each once, without users and passwords.
    pub fn proxies(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (_, base) in self.servers() {
            let proxy = url::Url::parse(base).ok().and_then(|url| self.engine.parts.proxies.of(&url));
            found.extend(proxy.filter(|proxy| !found.contains(proxy)));
        }
        found
    }

    /// For which services and regions requests are signed by AWS Signature Version 4.
    pub fn signing(&self) -> Vec<&Scope> {
        let mut found = Vec::new();
        for authorization in self.bound.authorizations.iter().flat_map(Authorization::parts) {
            if let Authorization::SigV4(signed) = authorization
                && !found.contains(&&signed.scope)
            {
                found.push(&signed.scope);
            }
        }
        found
    }

    /// The requests as far as they are known before any is sent; see [`arras_run::draft`]. Nothing is sent, and no
    /// credentials are looked for.
    ///
    /// # Errors
    /// As [`WorkflowRun::run`].
    pub fn dry_run(&self) -> Result<Vec<DryStep>, Error> {
        self.check_dependencies()?;
        let given = self.dependencies.iter().filter_map(|(workflow, given)| match given {
            Dependency::Inputs(inputs) => Some((*workflow, inputs.clone())),
            Dependency::Result { .. } => None,
        });
        let limit = usize::try_from(self.engine.parts.settings.limits.max_steps).unwrap_or(usize::MAX);
        let found = draft::drafts(&self.plan, self.inputs.clone(), &given.collect(), &self.files, limit);
        let drafts = found.map_err(|problems| Error::invalid_inputs(invalid_inputs(self.plan.entry(), problems)))?;
        let authorization = |step| match &self.plan.step(step)?.target {
            Target::Operation(operation) => self.bound.authorizations.get(operation.authorization?).cloned(),
            Target::Workflow(_) => None,
        };
        Ok(drafts.into_iter().map(|draft| DryStep { authorization: authorization(draft.step), draft }).collect())
    }

    /// Runs to the end and returns the report.
    ///
    /// # Errors
    /// [`Error::is_invalid_input`] if the inputs are refused. A workflow that fails is a report, no error.
    pub async fn run(self) -> Result<Report, Error> {
        let mut folder = Folder::default();
        self.without_exchanges().observe(|event| folder.fold(event)).await?;
        Ok(folder.finish())
    }

    /// Runs to the end, showing each event as it happens, and returns the outcome with the real outputs.
    ///
    /// # Errors
    /// As [`WorkflowRun::run`].
    pub async fn observe(&self, mut observe: impl FnMut(&Event) + Send) -> Result<Outcome, Error> {
        let run = self.begin()?;
        let observe = self.preceded(&run, |event: Event| observe(&event));
        Ok(driver::drive(run, &self.ways(), observe, None).await)
    }

    /// Starts the run as a task of its own.
    ///
    /// # Errors
    /// As [`WorkflowRun::run`].
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn start(self) -> Result<(Handle, Events), Error> {
        let run = self.begin()?;
        let (cancel, cancelled) = watch::channel(None);
        let (sender, receiver) = mpsc::unbounded_channel();
        let this = self.clone();
        // nobody may be listening any more: the run goes on all the same
        let observe = self.preceded(&run, move |event: Event| drop(sender.send(event)));
        let task = tokio::spawn(async move { driver::drive(run, &this.ways(), observe, Some(cancelled)).await });
        Ok((Handle { cancel, task }, Events { receiver }))
    }

    /// Shows events, and right behind the first what was found before the run, masked as it would be within it.
    fn preceded<F: FnMut(Event) + Send>(&self, run: &Run, mut observe: F) -> impl FnMut(Event) + Send + use<F> {
        let masked = |found: &Diagnostic| run.secrets().diagnostic(found.clone());
        let mut found: Vec<Diagnostic> = self.found.iter().map(masked).collect();
        move |event| {
            let (at, is_first) = (event.at, matches!(event.kind, EventKind::RunStarted { .. }));
            observe(event);
            if is_first {
                for diagnostic in found.drain(..) {
                    observe(Event { at, kind: EventKind::Diagnosed { diagnostic: Box::new(diagnostic) } });
                }
            }
        }
    }

    fn ways(&self) -> Ways<'_> {
        let parts = &*self.engine.parts;
        let world = match self.trust {
            Trust::Own => &parts.open,
            Trust::Web => &parts.guarded,
        };
        let (authorizations, trace) = (&*self.bound.authorizations, self.trace);
        Ways { parts, world, authorizations, trace, exchanges: self.exchanges, detail: self.detail() }
    }

    fn detail(&self) -> Detail {
        let is_recorded = matches!(self.engine.parts.tape, Some(Tape::Record(_)));
        if is_recorded { Detail::Full } else { self.detail }
    }

    /// Whether the workflow's schema takes the inputs, and so do those of the workflows that run before it. Each run
    /// asks so first; whoever starts several asks for all before the first of them.
    ///
    /// # Errors
    /// [`Error::is_invalid_input`] if it does not, with a finding for each reason.
    pub fn check_inputs(&self) -> Result<(), Error> {
        let workflow = self.plan.entry();
        let prepared = workflow.inputs.prepare(self.inputs.clone());
        let inputs = prepared.map_err(|problems| Error::invalid_inputs(invalid_inputs(workflow, problems)))?;
        let (mut given, mut done) = (HashMap::<usize, Object>::new(), HashSet::new());
        for (index, dependency) in &self.dependencies {
            match dependency {
                Dependency::Inputs(inputs) => given.entry(*index).or_default().extend(inputs.clone()),
                Dependency::Result { .. } => drop(done.insert(*index)),
            }
        }
        let found = invalid_dependency_inputs(&self.plan, &inputs, &given, &done);
        if found.is_empty() { Ok(()) } else { Err(Error::invalid_inputs(found)) }
    }

    /// Whether what runs before the workflow takes its inputs; most have nothing before them.
    fn check_dependencies(&self) -> Result<(), Error> {
        if self.plan.entry().depends_on.is_empty() { Ok(()) } else { self.check_inputs() }
    }

    fn begin(&self) -> Result<Box<Run>, Error> {
        self.check_dependencies()?;
        let parts = &self.engine.parts;
        match &parts.tape {
            Some(Tape::Record(recorder)) => recorder.run(&self.plan.entry().id, &self.inputs),
            Some(Tape::Replay(replay)) => replay.run(&self.plan.entry().id),
            None => {}
        }
        let run = Run::new(self.plan.clone(), self.inputs.clone(), parts.settings.limits.clone(), parts.clock.now())
            .map_err(Error::invalid_inputs)?;
        let mut run = Box::new(run.with_files(self.files.clone()).in_detail(self.detail()));
        if parts.settings.auth.missing == Missing::Refused {
            let secrets = self.bound.authorizations.iter().flat_map(Authorization::secrets);
            secrets.for_each(|secret| run.add_secret(&secret));
        }
        self.secrets.iter().for_each(|secret| run.add_secret(secret));
        // what stands for a secret is one from the beginning
        if let Some(Tape::Replay(replay)) = &parts.tape {
            replay.recall(&mut run);
            replay.recording().placeholders.iter().for_each(|placeholder| run.add_secret(placeholder));
        }
        for (workflow, given) in &self.dependencies {
            match given.clone() {
                Dependency::Inputs(inputs) => run.give_inputs(*workflow, inputs),
                Dependency::Result { inputs, outputs } => run.give_result(*workflow, inputs, outputs),
            }
        }
        if let Some(Tape::Record(recorder)) = &parts.tape {
            recorder.learn(run.secrets().iter());
            run.keep_calls();
        }
        Ok(run)
    }
}

/// A step's request as far as it is known, and who it would be from.
#[derive(Clone, Debug, PartialEq)]
pub struct DryStep {
    /// The request.
    pub draft: Draft,
    /// What would identify the caller.
    pub authorization: Option<Authorization>,
}

/// A run under way.
#[derive(Debug)]
pub struct Handle {
    cancel: watch::Sender<Option<CancelReason>>,
    task: tokio::task::JoinHandle<Outcome>,
}

impl Handle {
    /// Stops the run; its last events, and the outcome, say that it was cancelled.
    pub fn cancel(&self, reason: CancelReason) {
        self.cancel.send_replace(Some(reason));
    }

    /// Waits for the end, with the real outputs.
    ///
    /// # Errors
    /// If the runtime was shut down meanwhile.
    pub async fn outcome(self) -> Result<Outcome, Error> {
        let Handle { cancel: _keep, task } = self;
        task.await.map_err(Error::message)
    }
}

/// The events of a run under way, as a stream that ends with the run.
#[derive(Debug)]
pub struct Events {
    receiver: mpsc::UnboundedReceiver<Event>,
}

impl Events {
    /// The next event; `None` after the last.
    pub async fn next(&mut self) -> Option<Event> {
        self.receiver.recv().await
    }
}

impl futures_core::Stream for Events {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Event>> {
        self.receiver.poll_recv(context)
    }
}
