//! One invocation of a workflow: where it is, and what its steps left.

use std::sync::Arc;

use arras_doc::value::Object;

use crate::effect::EffectId;
use crate::plan::Workflow;
use crate::scope::Left;
use crate::time::Timestamp;

/// A workflow on its way.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    /// The workflow's index in the plan.
    pub workflow: usize,
    /// Which invocation: empty for the outermost, else the effect that called it.
    pub path: Arc<str>,
    /// Its inputs, defaults filled in.
    pub inputs: Object,
    /// What each step left.
    pub left: Vec<Left>,
    /// How often each step was visited and tried.
    pub counts: Vec<Counts>,
    /// The step it is at.
    pub at: usize,
    /// The step to be tried again once the current one, a retry's reference, is done.
    pub retrying: Option<usize>,
    /// Who wants to know how it ends.
    pub caller: Caller,
    /// Whether it has begun: its dependencies are done.
    pub begun: bool,
    /// When it must be over, if a step with a timeout called it.
    pub deadline: Option<Timestamp>,
    /// The last exchange's status code.
    pub status_code: Option<u16>,
    /// The step whose exchange was the last.
    pub last: Option<usize>,
}

/// How often a step was visited and tried.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    /// Visits, the current one included.
    pub visits: u32,
    /// Attempts of the current visit.
    pub attempt: u32,
    /// Retries of the current visit by action: success actions first, then failure actions.
    pub retries: Vec<u32>,
}

/// Who wants to know how a workflow ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    /// The run itself.
    Root,
    /// The current step of the frame below.
    Step,
    /// The frame below, which depends on it.
    Dependency,
    /// A retry of the current step of the frame below.
    Reference,
}

impl Frame {
    pub(super) fn new(workflow: usize, plan: &Workflow, path: Arc<str>, inputs: Object, caller: Caller) -> Frame {
        Frame {
            workflow,
            path,
            inputs,
            left: vec![Left::default(); plan.steps.len()],
            counts: vec![Counts::default(); plan.steps.len()],
            at: 0,
            retrying: None,
            caller,
            begun: false,
            deadline: None,
            status_code: None,
            last: None,
        }
    }

    /// The effect of the current attempt of step `at`.
    pub(super) fn effect(&self, at: usize, id: &str) -> EffectId {
        let counts = &self.counts[at];
        self.effect_of(id, counts.visits, counts.attempt)
    }

    /// The effect of any attempt of any visit of the step called `id`.
    pub(super) fn effect_of(&self, id: &str, visit: u32, attempt: u32) -> EffectId {
        let separator = if self.path.is_empty() { "" } else { "/" };
        EffectId(format!("{}{separator}{id}#{visit}.{attempt}", self.path).into())
    }
}
