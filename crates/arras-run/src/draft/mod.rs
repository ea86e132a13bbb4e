//! The requests of a workflow as far as they are known before any is sent.
//!
//! What only an answer can tell, and what is secret, stands as a placeholder named after its expression.

mod hidden;
mod placeholder;
mod walk;

use crate::exchange::Request;
use crate::fault::Fault;
use crate::plan::StepIndex;

pub use walk::drafts;

/// The request of one step, as far as it is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// The step in its plan.
    pub step: StepIndex,
    /// The `workflowId`.
    pub workflow_id: String,
    /// The `stepId`.
    pub step_id: String,
    /// How a run comes to the step.
    pub reached: Reached,
    /// The request, not authorised; in place of what is not known stands the expression in braces: `{$inputs.token}`.
    ///
    /// A fault if no request could be built whatever the answers before are.
    pub request: Result<Request, Fault>,
    /// The expressions that await earlier answers, each once.
    pub unknown: Vec<String>,
    /// The expressions whose values are secret and not shown, each once.
    pub secret: Vec<String>,
}

/// How a run comes to a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reached {
    /// In the order of the list, if nothing leads elsewhere.
    InOrder,
    /// Its workflow is where an action leads.
    ByAction {
        /// The action's name.
        action: String,
        /// The step that has it.
        step_id: String,
    },
}

#[cfg(test)]
mod tests;
