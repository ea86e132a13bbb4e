//! Exchanges that are recorded and that a replayed run did not ask for: they are told as its end, so that whoever hears of
//! the run hears of them.

use std::borrow::Cow;

use arras::recording::Replay;
use arras_run::effect::Status;
use arras_run::event::{EndedBy, Event, EventKind};
use arras_run::fault::{Fault, FaultKind, Phase};

/// How many a fault names.
const NAMED: usize = 3;

/// What the ends of replayed runs tell.
#[derive(Default)]
pub(super) struct Drifted {
    replay: Option<Replay>,
    /// How many are known from earlier runs.
    known: usize,
    /// Whether the run under way has ended so.
    failed: bool,
    /// The phrases that were told.
    pub(super) told: Vec<String>,
}

impl Drifted {
    pub(super) fn new(replay: Replay) -> Drifted {
        Drifted { replay: Some(replay), ..Drifted::default() }
    }

    /// Whether the runs are replayed.
    pub(super) fn is_replayed(&self) -> bool {
        self.replay.is_some()
    }

    /// The event as everyone is told it: the end of a run that succeeded, and asked for less than is recorded, is a failure.
    pub(super) fn event<'e>(&mut self, event: &'e Event) -> Cow<'e, Event> {
        let mut changed = Cow::Borrowed(event);
        match &event.kind {
            EventKind::RunStarted { .. } => self.failed = false,
            EventKind::WorkflowFinished { path, status, .. } if path.is_empty() => {
                // what a run that failed did not come to is no news of its own
                let fresh = self.fresh();
                if let Some((drift, named)) = fault(&fresh).filter(|_| *status == Status::Succeeded)
                    && let EventKind::WorkflowFinished { status, ended_by, fault, .. } = &mut changed.to_mut().kind
                {
                    self.failed = true;
                    self.told.extend_from_slice(named);
                    (*status, *ended_by, *fault) = (Status::Failed, EndedBy::Fault, Some(drift));
                }
            }
            EventKind::RunFinished { .. } if self.failed => {
                changed.to_mut().kind = EventKind::RunFinished { status: Status::Failed };
            }
            _ => {}
        }
        changed
    }

    /// What this run left, and no run before it.
    fn fresh(&mut self) -> Vec<String> {
        let mut all = self.replay.as_ref().map(Replay::untold).unwrap_or_default();
        let fresh = all.split_off(self.known.min(all.len()));
        self.known += fresh.len();
        fresh
    }
}

/// The fault that names the first few phrases, and those.
fn fault(fresh: &[String]) -> Option<(Fault, &[String])> {
    let named = &fresh[..fresh.len().min(NAMED)];
    let more = fresh.len() - named.len();
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    let message = format!("{}{more}", named.join("; "));
    (!named.is_empty()).then(|| (Fault::new(FaultKind::ReplayDrift, Phase::Build, message), named))
}
