//! How many requests went out.

use arras_run::event::{Event, EventKind};
use arras_run::fault::Phase;

/// A fold of events: counts what was sent, but not what the policy refused when it saw the addresses of a name, which
/// reached nobody.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Requests {
    sent: usize,
    /// Whether the last one has no answer so far.
    open: bool,
}

impl Requests {
    /// Takes in one event.
    pub(super) fn event(&mut self, event: &Event) {
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

    /// Their number.
    pub(super) fn sent(self) -> usize {
        self.sent
    }
}
