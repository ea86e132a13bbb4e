//! The plan.

use serde::{Deserialize, Serialize};

/// Names one step of one workflow of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StepIndex {
    /// The workflow.
    pub workflow: usize,
    /// The step in it.
    pub step: usize,
}
