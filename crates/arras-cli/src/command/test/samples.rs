//! The failing runs of a load that reports tell of: the first few of each kind, so that no length of a load costs memory.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use arras_run::event::{Event, EventKind};
use arras_run::result::Verdict;

use super::measure;

/// Of one kind.
const ALIKE: usize = 3;
/// In all.
const ALL: usize = 30;

/// Which kinds were taken how often.
#[derive(Debug, Default)]
pub(super) struct Samples {
    kinds: Mutex<HashMap<String, usize>>,
    all: AtomicUsize,
}

impl Samples {
    /// Whether there is room for one more.
    pub(super) fn wanted(&self) -> bool {
        self.all.load(Ordering::Relaxed) < ALL
    }

    /// Whether a run of that test that failed is to be told.
    pub(super) fn take(&self, test: usize, events: &[Event]) -> bool {
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = kinds.entry(format!("{test} {}", kind(events))).or_default();
        if *taken >= ALIKE || !self.wanted() {
            return false;
        }
        *taken += 1;
        self.all.fetch_add(1, Ordering::Relaxed);
        true
    }
}

/// The last step that failed, and by what.
fn kind(events: &[Event]) -> String {
    let failed = events.iter().rev().find_map(|event| match &event.kind {
        EventKind::StepFinished(step) if step.verdict == Verdict::Failed => Some(step),
        _ => None,
    });
    failed.map(|step| format!("{} {}", measure::name(step), measure::reason(step))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_of_each_kind_are_taken_and_not_many_in_all() {
        let samples = Samples::default();
        let taken = (0..5).filter(|_| samples.take(0, &[])).count();
        assert_eq!(taken, ALIKE);
        assert!(samples.take(1, &[]), "another test is another kind");
        let taken = (2..100).filter(|test| samples.take(*test, &[])).count();
        assert_eq!((taken, samples.wanted()), (ALL - ALIKE - 1, false));
    }
}
