//! One invocation of a workflow: where it is, and what its steps left.

use core::time::Duration;
use std::sync::Arc;

use arras_doc::value::Object;
use indexmap::IndexMap;

use crate::effect::{EffectId, escaped};
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
    /// What the names of its effects begin with.
    pub prefix: String,
    /// How often the invocation was handed to another workflow.
    pub hops: u32,
    /// The workflows that handed it on, with their inputs: what it comes to is their result too.
    pub origins: IndexMap<usize, Object>,
    /// Its inputs, defaults filled in.
    pub inputs: Object,
    /// What each step left.
    pub left: Vec<Left>,
    /// How often each step was visited and tried.
    pub counts: Vec<Counts>,
    /// The step it is at.
    pub at: usize,
    /// The current attempt of that step; before the first it is called as the invocation.
    pub effect: EffectId,
    /// When that attempt began.
    pub began: Timestamp,
    /// The step to be tried again once the current one, a retry's reference, is done.
    pub retrying: Option<usize>,
    /// Who wants to know how it ends.
    pub caller: Caller,
    /// Of a dependency, the frame for whose sake it runs: the nearest below that is none itself.
    pub sake: usize,
    /// How many calls it is away from the outermost workflow.
    pub depth: usize,
    /// How many of the workflows that it depends on are known to have succeeded.
    pub dependencies_met: usize,
    /// When it was called.
    pub entered: Timestamp,
    /// Whether it has begun: its dependencies are done.
    pub begun: bool,
    /// When it must be over because a step with a timeout called it, or what it runs in; never later than the
    /// deadline of the frame below.
    pub deadline: Option<Timestamp>,
    /// The last exchange; `None` also if there was no answer to the last request.
    pub last: Option<LastExchange>,
}

/// What is kept of the last exchange of a workflow.
#[derive(Clone, Debug)]
pub(super) struct LastExchange {
    /// The status code.
    pub status_code: u16,
    /// How long the answer asked to wait before another request.
    pub retry_after: Option<Duration>,
    /// What the plan pinned of it.
    pub retained: Object,
}

/// How often a step was visited and tried, and led back.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    /// Visits, the current one included.
    pub visits: u32,
    /// Attempts of the current visit.
    pub attempt: u32,
    /// How often a success action of the step has led back, to the step itself or further.
    pub rounds: u32,
    /// Retries of the current visit by action: success actions first, then failure actions.
    pub retries: Vec<u32>,
    /// What the step had left before the current visit: each of its attempts is built from that.
    pub before: Left,
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
            prefix: prefix(&path, 0),
            effect: EffectId(path.clone()),
            path,
            hops: 0,
            origins: IndexMap::new(),
            inputs,
            left: vec![Left::default(); plan.steps.len()],
            counts: vec![Counts::default(); plan.steps.len()],
            at: 0,
            began: Timestamp(0),
            retrying: None,
            caller,
            sake: 0,
            depth: 0,
            dependencies_met: 0,
            entered: Timestamp(0),
            begun: false,
            deadline: None,
            last: None,
        }
    }

    /// The frame that takes the place of this one, whose workflow goes to another.
    pub(super) fn handed_on(self, workflow: usize, plan: &Workflow, inputs: Object) -> Frame {
        let hops = self.hops.saturating_add(1);
        let mut origins = self.origins;
        origins.insert(self.workflow, self.inputs);
        Frame {
            prefix: prefix(&self.path, hops),
            hops,
            origins,
            depth: self.depth,
            entered: self.entered,
            deadline: self.deadline,
            ..Frame::new(workflow, plan, self.path, inputs, self.caller)
        }
    }

    /// Names the attempt of the step it is at, called `id`, that begins now.
    pub(super) fn name_effect(&mut self, id: &str, now: Timestamp) {
        self.began = now;
        let counts = &self.counts[self.at];
        self.effect = self.effect_of(id, counts.visits, counts.attempt);
    }

    /// The effect of any attempt of any visit of the step called `id`.
    pub(super) fn effect_of(&self, id: &str, visit: u32, attempt: u32) -> EffectId {
        effect(&self.prefix, id, visit, attempt)
    }

    /// The first effect of the workflow that takes over, if its first step is called `id`.
    pub(super) fn effect_after_hop(&self, id: &str) -> EffectId {
        effect(&prefix(&self.path, self.hops.saturating_add(1)), id, 1, 1)
    }
}

fn effect(prefix: &str, id: &str, visit: u32, attempt: u32) -> EffectId {
    let id = escaped(id);
    // most counts have one digit
    let mut name = String::with_capacity(prefix.len() + id.len() + 4);
    name.push_str(prefix);
    name.push_str(&id);
    for (mark, count) in [('#', visit), ('.', attempt)] {
        name.push(mark);
        match char::from_digit(count, 10) {
            Some(digit) => name.push(digit),
            None => name.push_str(&count.to_string()),
        }
    }
    EffectId(name.into())
}

fn prefix(path: &str, hops: u32) -> String {
    if path.is_empty() && hops == 0 {
        return String::new();
    }
    let separator = if path.is_empty() { "" } else { "/" };
    let hop = if hops == 0 { String::new() } else { format!("{hops}>") };
    format!("{path}{separator}{hop}")
}
