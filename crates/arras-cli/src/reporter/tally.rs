//! The visits and attempts of one step, folded into one line.

use std::time::Duration;

use arras_run::event::{StepFinished, StepStatus};
use arras_run::time::Timestamp;

use super::phrase;
use crate::display::count;

/// Outcomes shown of a sequence.
const GROUPS: usize = 4;

/// Visits and attempts of one step so far.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    first: Timestamp,
    until: Timestamp,
    /// The number of the first visit; those before it were told by themselves.
    from: u32,
    visits: u32,
    attempts: u32,
    /// Outcomes with how often they came in a row, the last few.
    outcomes: Vec<(String, u32)>,
    dropped: bool,
    /// The latest.
    pub(super) last: Box<StepFinished>,
}

impl Tally {
    /// A tally of one attempt that began then.
    pub(super) fn new(step: &StepFinished, began: Timestamp, ended: Timestamp) -> Tally {
        Tally {
            first: began,
            until: ended,
            from: step.visit,
            visits: 1,
            attempts: 1,
            outcomes: vec![(outcome(step), 1)],
            dropped: false,
            last: Box::new(step.clone()),
        }
    }

    /// Counts one more attempt.
    pub(super) fn add(&mut self, step: &StepFinished, ended: Timestamp) {
        self.attempts += 1;
        self.visits += u32::from(step.visit != self.last.visit);
        self.until = ended;
        if step.status == StepStatus::Cancelled {
            *self.last = step.clone();
            return;
        }
        let outcome = outcome(step);
        match self.outcomes.last_mut() {
            Some((same, times)) if *same == outcome => *times += 1,
            _ => self.outcomes.push((outcome, 1)),
        }
        if self.outcomes.len() > GROUPS {
            self.outcomes.remove(0);
            self.dropped = true;
        }
        *self.last = step.clone();
    }

    /// `3 visits in 2.5 s`, `visits 2 to 5 in 4 s`, `3 attempts in 4 s: 503 ×2, 200`; nothing for a single attempt.
    pub(super) fn phrase(&self) -> Option<String> {
        let visits = match (self.from, self.visits) {
            (1, 1) => None,
            (1, visits) => Some(count(visits as usize, "visit")),
            (from, 1) => Some(format!("visit {from}")),
            (from, visits) => Some(format!("visits {from} to {}", from + visits - 1)),
        };
        let attempts = (self.attempts > self.visits).then(|| count(self.attempts as usize, "attempt"));
        let parts: Vec<_> = [visits, attempts].into_iter().flatten().collect();
        let took = if self.attempts > 1 { format!(" in {}", phrase::duration(self.took())) } else { String::new() };
        (!parts.is_empty()).then(|| format!("{}{took}{}", parts.join(", "), self.sequence()))
    }

    fn took(&self) -> Duration {
        self.until.since(self.first)
    }

    fn sequence(&self) -> String {
        if self.outcomes.len() == 1 {
            return String::new();
        }
        let group = |(outcome, times): &(String, u32)| match times {
            1 => outcome.clone(),
            times => format!("{outcome} ×{times}"),
        };
        let groups: Vec<_> = self.outcomes.iter().map(group).collect();
        format!(": {}{}", if self.dropped { "… " } else { "" }, groups.join(", "))
    }
}

/// The status code, else the fault, else what became of it.
fn outcome(step: &StepFinished) -> String {
    match (step.status_code, &step.fault) {
        (_, Some(fault)) => fault.kind.as_str(),
        (Some(status), None) => status.to_string(),
        (None, None) => {
            if step.verdict == arras_run::result::Verdict::Succeeded { "done" } else { "failed" }.to_owned()
        }
    }
}
