//! What the story remembers of a run: counts for the summary, frames of workflows, how it ended.

use std::collections::{BTreeSet, HashMap};

use arras_run::effect::{EffectId, Status};
use arras_run::event::StepFinished;
use arras_run::time::Timestamp;
use indexmap::IndexMap;

use super::requests::Requests;
use super::tally::Tally;

/// One run.
#[derive(Debug, Default)]
pub(super) struct RunFacts {
    pub(super) workflow: String,
    pub(super) began: Timestamp,
    pub(super) requests: Requests,
    pub(super) answered: usize,
    pub(super) steps: BTreeSet<(String, String)>,
    pub(super) frames: IndexMap<String, Frame>,
    pub(super) started: HashMap<EffectId, Timestamp>,
    pub(super) headed: bool,
    /// Where the run failed or was stopped, and why, for the summary.
    pub(super) end: Option<(String, String)>,
}

/// One invocation of a workflow.
#[derive(Debug, Default)]
pub(super) struct Frame {
    pub(super) depth: usize,
    pub(super) tallies: IndexMap<String, Tally>,
}

impl RunFacts {
    pub(super) fn new(workflow: &str, began: Timestamp) -> RunFacts {
        RunFacts { workflow: workflow.to_owned(), began, ..RunFacts::default() }
    }

    /// Where in the tree of calls an invocation stands: a slash for each call but the first.
    pub(super) fn depth(path: &str) -> usize {
        match path {
            "" => 0,
            path if path.starts_with("dependsOn:") => path.matches('/').count(),
            path => path.matches('/').count() + 1,
        }
    }

    pub(super) fn count(&mut self, step: &StepFinished) {
        self.steps.insert((step.path.clone(), step.step_id.clone()));
        self.answered += usize::from(step.status_code.is_some());
    }

    /// Requests as they were sent; a replay sends none, so there the answers count.
    pub(super) fn requests(&self) -> usize {
        match self.requests.sent() {
            0 => self.answered,
            sent => sent,
        }
    }
}

/// What several runs came to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Totals {
    pub(super) runs: usize,
    pub(super) succeeded: usize,
    pub(super) cancelled: usize,
    pub(super) steps: usize,
    pub(super) requests: usize,
    pub(super) began: Option<Timestamp>,
    pub(super) ended: Timestamp,
}

impl Totals {
    pub(super) fn add(&mut self, run: &RunFacts, status: Status, ended: Timestamp) {
        self.runs += 1;
        self.succeeded += usize::from(status == Status::Succeeded);
        self.cancelled += usize::from(status == Status::Cancelled);
        self.steps += run.steps.len();
        self.requests += run.requests();
        self.began.get_or_insert(run.began);
        self.ended = ended;
    }
}
