//! What steps that called workflows were judged to be, for whoever records a run, and replays it.

use std::collections::{HashMap, VecDeque};

use crate::effect::EffectId;
use crate::result::{CriterionResult, StepResult};

use super::Run;

/// What is known of a step that called a workflow, from a recorded run.
#[derive(Clone, Debug)]
pub enum Recalled {
    /// All that it was judged to be: its documents are the recorded ones.
    Whole(Box<StepResult>),
    /// The verdicts of some of its criteria.
    Verdicts(Vec<CriterionResult>),
}

impl Recalled {
    pub(super) fn verdicts(&self) -> &[CriterionResult] {
        match self {
            Recalled::Whole(_) => &[],
            Recalled::Verdicts(verdicts) => verdicts,
        }
    }
}

/// The calls of a run whose judgements are asked for, or known.
#[derive(Clone, Debug, Default)]
pub(super) struct Calls {
    judged: VecDeque<(EffectId, StepResult)>,
    recalled: HashMap<EffectId, Recalled>,
}

impl Run {
    /// Keeps what steps that call workflows are judged to be, for [`Run::poll_call`].
    pub fn keep_calls(&mut self) {
        self.calls.get_or_insert_default();
    }

    /// Says what an attempt of a step that calls a workflow was judged to be in a recorded run. It is judged so again, since
    /// what it reads may be a secret, for which something else stands here.
    pub fn recall(&mut self, effect: EffectId, recalled: Recalled) {
        self.calls.get_or_insert_default().recalled.insert(effect, recalled);
    }

    /// The next attempt of a step that has called a workflow, with what it was judged to be.
    pub fn poll_call(&mut self) -> Option<(EffectId, StepResult)> {
        self.calls.as_mut()?.judged.pop_front()
    }

    pub(super) fn recalled(&self, effect: &EffectId) -> Option<&Recalled> {
        self.calls.as_ref()?.recalled.get(effect)
    }

    pub(super) fn keep_call(&mut self, effect: EffectId, result: &StepResult) {
        if let Some(calls) = &mut self.calls {
            calls.judged.push_back((effect, result.clone()));
        }
    }
}
