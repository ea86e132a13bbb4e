//! The actions of a step of the plan.

use core::time::Duration;

use arras_doc::arazzo::{self, ActionTarget, ActionType};
use arras_doc::value::Number;

use super::{Builder, Key};
use crate::plan::{Action, ActionKind, Destination};

impl Builder<'_, '_> {
    pub(super) fn actions(&mut self, key: Key, actions: Vec<&arazzo::Action>) -> Vec<Action> {
        let mut planned: Vec<_> = actions.into_iter().filter_map(|action| self.action(key, action)).collect();
        planned.shrink_to_fit();
        planned
    }

    /// `None` for an action that could not be read or leads nowhere: that has been reported as an error.
    fn action(&mut self, key: Key, action: &arazzo::Action) -> Option<Action> {
        let destination = match &action.target {
            Some(target) => Some(self.destination(key, target)?),
            None => None,
        };
        let kind = match action.action_type.as_ref()?.value {
            ActionType::End => ActionKind::End,
            ActionType::Goto => ActionKind::Goto(destination?),
            ActionType::Retry => ActionKind::Retry {
                after: action.retry_after.as_ref().map(|seconds| duration(&seconds.value)),
                limit: action.retry_limit.as_ref().map_or(1, |limit| limit.value),
                reference: destination,
            },
        };
        let document = &self.linked(key.document).document;
        let parameters = action.parameters.iter().filter_map(|entry| {
            let resolved = document.parameter(entry)?;
            self.parameter(key, &resolved, true)
        });
        Some(Action {
            name: action.name.value.clone(),
            kind,
            parameters: parameters.collect(),
            place: self.place(key.document, action.span),
            criteria: self.criteria(key, &action.criteria),
        })
    }

    fn destination(&mut self, key: Key, target: &ActionTarget) -> Option<Destination> {
        match target {
            ActionTarget::Step(step) => {
                let workflow = &self.linked(key.document).document.workflows[key.workflow];
                workflow.step_index(step).map(Destination::Step)
            }
            ActionTarget::Workflow(reference) => self.reference(key.document, reference).map(Destination::Workflow),
        }
    }
}

/// Decimal seconds (ARZ-FAIL-10); what is too long for a clock is as good as for ever.
fn duration(seconds: &Number) -> Duration {
    const LONGEST: f64 = 1e9;
    Duration::from_secs_f64(seconds.as_f64().clamp(0.0, LONGEST))
}
