//! How far a request has come, so that one which runs out of time can say where.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use arras_run::fault::Phase;
use tower_layer::Layer;
use tower_service::Service;

use crate::origin::Origin;

tokio::task_local! {
    /// The request that the current task is sending.
    static CURRENT: Progress;
}

const SENDING: u8 = 0;
const RESOLVING: u8 = 1;
const CONNECTING: u8 = 2;

/// How far one request has come. A request that finds a connection ready skips the first two steps.
#[derive(Clone, Debug)]
pub(super) struct Progress {
    step: Arc<AtomicU8>,
    origin: Option<Arc<Origin>>,
}

impl Progress {
    /// A request to that origin, which has not begun.
    pub(super) fn to(origin: Option<Arc<Origin>>) -> Progress {
        Progress { step: Arc::default(), origin }
    }

    /// Does the work of sending, which marks how far it comes.
    pub(super) fn follow<F: Future>(&self, sending: F) -> impl Future<Output = F::Output> + use<F> {
        CURRENT.scope(self.clone(), sending)
    }

    /// The phase that the request is in.
    pub(super) fn phase(&self) -> Phase {
        match self.step.load(Ordering::Relaxed) {
            RESOLVING => Phase::Dns,
            CONNECTING => Phase::Connect,
            _ => Phase::Headers,
        }
    }
}

/// Marks the current request; a connection that is made for no request in particular marks none.
fn mark(step: u8) {
    let _ = CURRENT.try_with(|progress| progress.step.store(step, Ordering::Relaxed));
}

/// Where the current request goes.
pub(super) fn origin() -> Option<Arc<Origin>> {
    CURRENT.try_with(|progress| progress.origin.clone()).ok().flatten()
}

/// A name is being looked up.
pub(super) fn resolving() {
    mark(RESOLVING);
}

/// The name has an address.
pub(super) fn resolved() {
    mark(CONNECTING);
}

/// Marks the requests that wait for a connection to be made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Marking;

impl<S> Layer<S> for Marking {
    type Service = Marked<S>;

    fn layer(&self, inner: S) -> Marked<S> {
        Marked(Arc::new(inner))
    }
}

/// What makes connections, marked. The client copies it for each request, few of which need a connection, so what is within
/// is copied only for those.
#[derive(Debug)]
pub(super) struct Marked<S>(Arc<S>);

impl<S> Clone for Marked<S> {
    fn clone(&self) -> Marked<S> {
        Marked(Arc::clone(&self.0))
    }
}

impl<S, R> Service<R> for Marked<S>
where
    S: Service<R> + Clone + Send + Sync + 'static,
    S::Future: Send + 'static,
    R: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        // the copy that connects is asked when there is one
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: R) -> Self::Future {
        let mut inner = S::clone(&self.0);
        Box::pin(async move {
            mark(CONNECTING);
            poll_fn(|context| inner.poll_ready(context)).await?;
            let connected = inner.call(request).await?;
            mark(SENDING);
            Ok(connected)
        })
    }
}
