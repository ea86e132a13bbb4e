//! A workflow about to be run, and one that is under way.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use arras_doc::diagnostic::Diagnostic;
use arras_doc::value::{Object, Value};
use arras_run::effect::{CancelReason, Outcome};
use arras_run::event::Event;
use arras_run::plan::{Plan, Target};
use arras_run::report::{Folder, Report};
use arras_run::run::Run;
use tokio::sync::{mpsc, watch};

use super::bind::Bound;
use super::{Engine, Error, Missing};
use crate::auth::{Authorization, Scope};
use crate::driver;

/// A workflow, planned and ready to run.
#[derive(Clone, Debug)]
pub struct WorkflowRun {
    engine: Engine,
    plan: Arc<Plan>,
    bound: Arc<Bound>,
    inputs: Object,
}

impl WorkflowRun {
    pub(super) fn new(engine: Engine, plan: Arc<Plan>, bound: Bound) -> WorkflowRun {
        WorkflowRun { engine, plan, bound: Arc::new(bound), inputs: Object::new() }
    }

    /// Sets an input.
    #[must_use]
    pub fn input(mut self, name: &str, value: impl Into<Value>) -> WorkflowRun {
        self.inputs.insert(name.to_owned(), value.into());
        self
    }

    /// Sets several inputs.
    #[must_use]
    pub fn inputs(mut self, inputs: Object) -> WorkflowRun {
        self.inputs.extend(inputs);
        self
    }

    /// The plan.
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// What was decided while the workflow was planned and bound to servers and credentials, such as a regional host or
    /// an expression that stands without braces.
    pub fn notes(&self) -> &[Diagnostic] {
        &self.bound.notes
    }

    /// Where the steps' requests go: the sources with their base URLs, each pair once.
    pub fn servers(&self) -> Vec<(&str, &str)> {
        let mut found = Vec::new();
        let steps = self.plan.workflows.iter().flat_map(|workflow| &workflow.steps);
        for step in steps {
            if let Target::Operation(operation) = &step.target {
                let pair = (operation.source.as_str(), operation.base.as_str());
                if !found.contains(&pair) {
                    found.push(pair);
                }
            }
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

    /// Runs to the end and returns the report.
    ///
    /// # Errors
    /// [`Error::is_invalid_input`] if the inputs are refused. A workflow that fails is a report, no error.
    pub async fn run(self) -> Result<Report, Error> {
        let mut folder = Folder::default();
        self.observe(|event| folder.fold(event)).await?;
        Ok(folder.finish())
    }

    /// Runs to the end, showing each event as it happens, and returns the outcome with the real outputs.
    ///
    /// # Errors
    /// As [`WorkflowRun::run`].
    pub async fn observe(self, observe: impl FnMut(&Event) + Send) -> Result<Outcome, Error> {
        let (_keep, cancelled) = watch::channel(None);
        self.drive(observe, cancelled).await
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
        let parts = self.engine.parts.clone();
        let bound = self.bound.clone();
        let task = tokio::spawn(async move {
            // nobody may be listening any more: the run goes on all the same
            let observe = |event: &Event| drop(sender.send(event.clone()));
            driver::drive(run, &parts, &bound.authorizations, observe, cancelled).await
        });
        Ok((Handle { cancel, task }, Events { receiver }))
    }

    async fn drive(
        self,
        observe: impl FnMut(&Event) + Send,
        cancelled: watch::Receiver<Option<CancelReason>>,
    ) -> Result<Outcome, Error> {
        let run = self.begin()?;
        Ok(driver::drive(run, &self.engine.parts, &self.bound.authorizations, observe, cancelled).await)
    }

    fn begin(&self) -> Result<Run, Error> {
        let parts = &self.engine.parts;
        let mut run =
            Run::new(self.plan.clone(), self.inputs.clone(), parts.settings.limits.clone(), parts.clock.now())
                .map_err(Error::invalid_inputs)?;
        if parts.settings.auth.missing == Missing::Refused {
            let secrets = self.bound.authorizations.iter().flat_map(Authorization::secrets);
            secrets.for_each(|secret| run.add_secret(&secret));
        }
        Ok(run)
    }
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
