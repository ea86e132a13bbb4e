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
    pub(super) fn new(replay: Option<Replay>) -> Drifted {
        Drifted { replay, ..Drifted::default() }
    }

    /// The event as everyone is told it: the end of a run that succeeded, and asked for less than is recorded, is a failure.
    pub(super) fn event<'e>(&mut self, event: &'e Event) -> Cow<'e, Event> {
        let mut changed = Cow::Borrowed(event);
        match &event.kind {
            EventKind::RunStarted { .. } => self.failed = false,
            EventKind::WorkflowFinished { path, status: Status::Succeeded, .. } if path.is_empty() => {
                if let Some(drift) = self.drift()
                    && let EventKind::WorkflowFinished { status, ended_by, fault, .. } = &mut changed.to_mut().kind
                {
                    self.failed = true;
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

    fn drift(&mut self) -> Option<Fault> {
        let all = self.replay.as_ref()?.untold();
        let fresh = all.get(self.known..).unwrap_or_default();
        self.known = all.len();
        if fresh.is_empty() {
            return None;
        }
        let named: Vec<_> = fresh.iter().take(NAMED).cloned().collect();
        let more = fresh.len() - named.len();
        let message =
            format!("{}{}", named.join("; "), if more > 0 { format!("; and {more} more") } else { String::new() });
        self.told.extend(named);
        Some(Fault::new(FaultKind::ReplayDrift, Phase::Build, message))
    }
}
