//! What a load came to: per step how often, how long and how badly.

use std::collections::BTreeMap;
use std::time::Duration;

use arras_run::effect::Status;
use arras_run::event::{ActionTaken, Event, EventKind, StepFinished, StepStatus};
use arras_run::result::Verdict;
use indexmap::IndexMap;

use super::histogram::Histogram;
use crate::reporter::load::{Counts, Load, LoadStep};
use crate::reporter::requests::Requests;

/// One step of one workflow.
#[derive(Clone, Debug, Default)]
pub(super) struct Step {
    pub(super) took: Histogram,
    pub(super) errors: u64,
    /// How often each kind of failure came: a kind of fault, or a status code.
    pub(super) reasons: BTreeMap<String, u64>,
}

/// All runs of a virtual user, or of several.
#[derive(Clone, Debug, Default)]
pub(super) struct Measure {
    pub(super) runs: u64,
    pub(super) failed: u64,
    requests: Requests,
    pub(super) took: Histogram,
    pub(super) steps: IndexMap<String, Step>,
    began: u64,
    /// The failed attempts of the run that goes on, in order: whether they are errors, its end tells.
    open: Vec<Attempt>,
}

/// A failed attempt.
#[derive(Clone, Debug)]
struct Attempt {
    step: String,
    reason: String,
    /// Whether the workflow went on from it by an action of its own.
    handled: bool,
}

impl Measure {
    pub(super) fn event(&mut self, event: &Event) {
        self.requests.event(event);
        match &event.kind {
            EventKind::RunStarted { .. } => {
                self.began = event.at.0;
                self.open.clear();
            }
            EventKind::StepFinished(step) => self.step(step),
            EventKind::RunFinished { status } => {
                self.runs += 1;
                let failed = *status != Status::Succeeded;
                self.failed += u64::from(failed);
                self.close(failed);
                self.took.add(event.at.0.saturating_sub(self.began) as f64);
            }
            _ => {}
        }
    }

    fn step(&mut self, step: &StepFinished) {
        if step.status == StepStatus::Cancelled {
            return;
        }
        // most steps belong to no call, and their names need not be made
        let known = step.path.is_empty().then(|| self.steps.get_mut(step.step_id.as_str())).flatten();
        let entry = match known {
            Some(_) => &mut self.steps[step.step_id.as_str()],
            None => self.steps.entry(name(step)).or_default(),
        };
        entry.took.add(step.duration_ms);
        if step.verdict == Verdict::Failed {
            let goes_on = |action: &ActionTaken| ["retry", "goto"].contains(&action.kind.as_str());
            let handled = step.action.as_ref().is_some_and(goes_on);
            self.open.push(Attempt { step: name(step), reason: reason(step), handled });
        }
    }

    /// Counts the attempts by which a run failed: those that its workflow did not go on from, else the last one. Where the
    /// run succeeded, polling say, they were as it was meant to be.
    fn close(&mut self, failed: bool) {
        let mut open = std::mem::take(&mut self.open);
        if !failed {
            return;
        }
        if let (true, Some(last)) = (open.iter().all(|attempt| attempt.handled), open.last_mut()) {
            last.handled = false;
        }
        for attempt in open.into_iter().filter(|attempt| !attempt.handled) {
            let entry = self.steps.entry(attempt.step).or_default();
            entry.errors += 1;
            *entry.reasons.entry(attempt.reason).or_default() += 1;
        }
    }

    /// How many requests went out.
    pub(super) fn sent(&self) -> u64 {
        u64::try_from(self.requests.sent()).unwrap_or(u64::MAX)
    }

    /// The figures of so many users, over that time.
    pub(super) fn figures(&self, users: usize, took: Duration) -> Load {
        let step = |(name, step): (&String, &Step)| LoadStep {
            step: name.clone(),
            requests: step.took.count,
            errors: step.errors,
            reasons: step.reasons.clone(),
            duration_ms: step.took.times(),
        };
        let counts = Counts { runs: self.runs, failed: self.failed, requests: self.sent() };
        Load::new(users, took, counts, self.took.times(), self.steps.iter().map(step).collect())
    }

    pub(super) fn merge(&mut self, other: &Measure) {
        self.runs += other.runs;
        self.failed += other.failed;
        self.requests.add(other.requests);
        self.took.merge(&other.took);
        for (name, step) in &other.steps {
            let own = self.steps.entry(name.clone()).or_default();
            own.took.merge(&step.took);
            own.errors += step.errors;
            for (reason, times) in &step.reasons {
                *own.reasons.entry(reason.clone()).or_default() += times;
            }
        }
    }
}

/// What kind of failure it is: the kind of its fault, or its status.
pub(super) fn reason(step: &StepFinished) -> String {
    match (&step.fault, step.status_code) {
        (Some(fault), _) => fault.kind.as_str(),
        (None, Some(status)) => format!("status {status}"),
        (None, None) => "failed".to_owned(),
    }
}

/// The step's name behind those of the steps that called its workflow: `login/askForToken`.
pub(super) fn name(step: &StepFinished) -> String {
    let callers = step.path.split('/').filter(|effect| !effect.is_empty());
    let callers = callers.map(|effect| effect.split('#').next().unwrap_or(effect));
    callers.chain([step.step_id.as_str()]).collect::<Vec<_>>().join("/")
}
