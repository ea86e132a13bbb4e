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
