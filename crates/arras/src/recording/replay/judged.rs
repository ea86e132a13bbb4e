//! What a recorded attempt was judged to be, where that can't be judged from placeholders.

use arras_run::effect::EffectId;
use arras_run::result::{CriterionResult, StepResult};
use arras_run::run::{Recalled, Run};

use super::{Replay, State};

impl Replay {
    /// The verdicts of the attempt's criteria that read secrets, for documents that may be others now.
    pub(crate) fn known(&self) -> Vec<CriterionResult> {
        let state = self.state();
        let exchange = state.current.and_then(|at| self.current_run(&state)?.exchanges.get(at));
        let judged = exchange.and_then(|exchange| exchange.judged.as_deref()).filter(|_| !self.documents);
        judged.map(|judged| self.secret(judged).cloned().collect()).unwrap_or_default()
    }

    /// The criteria that read a secret.
    fn secret<'r>(&'r self, judged: &'r StepResult) -> impl Iterator<Item = &'r CriterionResult> {
        judged.judged().filter(|criterion| criterion.reads(&self.stand_ins))
    }

    /// Says what the recorded judgement is for one that read placeholders: with the recorded documents it stands.
    pub(crate) fn settle(&self, effect: &EffectId, result: &mut StepResult) {
        let mut state = self.state();
        let Some(recorded) = state.current.take().and_then(|at| self.current_run(&state)?.exchanges.get(at)) else {
            return;
        };
        match recorded.judged.as_deref() {
            Some(judged) if self.documents => *result = judged.clone(),
            _ => {
                let url = result.url.as_mut().filter(|_| !self.recording.loose);
                url.into_iter().for_each(|url| self.comparison(&state).fill(url, &recorded.request.url));
            }
        }
        if let Some(judged) = &recorded.judged {
            let note = self.note(&state, judged, result);
            state.notes.push(format!("`{effect}`: {note}"));
        }
    }

    /// Tells the run what is recorded of steps that called workflows.
    pub(crate) fn recall(&self, run: &mut Run) {
        let state = self.state();
        for call in self.current_run(&state).into_iter().flat_map(|recorded| &recorded.calls) {
            let recalled = match self.documents {
                true => Recalled::Whole(call.judged.clone()),
                false => Recalled::Verdicts(self.secret(&call.judged).cloned().collect()),
            };
            run.recall(EffectId(call.effect.as_str().into()), recalled);
        }
    }

    /// Says what the recorded judgement is for a step that has called a workflow.
    pub(crate) fn called(&self, effect: &EffectId, result: &StepResult) {
        let mut state = self.state();
        let mut calls = self.current_run(&state).into_iter().flat_map(|run| &run.calls);
        if let Some(call) = calls.find(|call| *call.effect == *effect.0) {
            let note = self.note(&state, &call.judged, result);
            state.notes.push(format!("`{effect}`: {note}"));
        }
    }

    /// What became of a recorded judgement.
    fn note(&self, state: &State, judged: &StepResult, result: &StepResult) -> &'static str {
        let comparison = self.comparison(state);
        let is_there = |was: &CriterionResult| {
            let condition = comparison.masked(&was.condition);
            result.judged().any(|now| now.kind == was.kind && comparison.masked(&now.condition) == condition)
        };
        match self.secret(judged).all(is_there) {
            true => "a criterion reads a secret; its recorded verdict stands",
            false => "a criterion that read a secret is not there as it was recorded; what is there is judged anew",
        }
    }
}
