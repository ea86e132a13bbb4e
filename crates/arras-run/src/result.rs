//! What one attempt of a step came to: small, without bodies, and all that a journal keeps.

use core::time::Duration;

use arras_doc::diagnostic::{Diagnostic, Diagnostics};
use arras_doc::value::{Object, Value};
use serde::{Deserialize, Serialize};

use crate::criterion::Reading;
use crate::fault::Fault;
use crate::secret::Secrets;

/// Whether the step itself succeeded, before any action.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// All success criteria hold.
    Succeeded,
    /// A success criterion does not hold, or the step could not be carried out.
    #[default]
    Failed,
}

/// The judgement of one exchange.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StepResult {
    /// Whether the step succeeded.
    pub verdict: Verdict,
    /// The answer's status code; `None` without an answer.
    pub status_code: Option<u16>,
    /// The URL that was requested; `None` if no request was made, and in an outline.
    pub url: Option<String>,
    /// How long the exchange or the called workflow took, or had gone when it was broken off, in milliseconds.
    pub duration_ms: f64,
    /// Each success criterion, in order.
    pub criteria: Vec<CriterionResult>,
    /// The step's outputs that have values, unmasked.
    pub outputs: Object,
    /// The matching actions of the list that applies, in order; the run takes the first that is not exhausted.
    pub actions: Vec<MatchedAction>,
    /// What came of the criteria of actions that don't apply, or can't be judged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missed: Vec<CriterionResult>,
    /// Why nothing behind these actions may be tried.
    pub blocked: Option<Box<Blocked>>,
    /// `Retry-After`, made relative to when the answer came.
    pub retry_after: Option<Duration>,
    /// Why the step could not be carried out.
    pub fault: Option<Fault>,
    /// Findings that point into the document, long texts in them whole: they are cut when they are masked, as events are made.
    pub diagnostics: Diagnostics,
    /// Further values that later steps read, pinned by the plan.
    pub retained: Object,
    /// Strings of the answer that must be masked from now on: tokens and cookies.
    pub secrets: Vec<String>,
}

impl StepResult {
    /// Every criterion that was judged, those of actions among them.
    pub fn judged(&self) -> impl Iterator<Item = &CriterionResult> {
        let actions = self.actions.iter().flat_map(|action| &action.criteria);
        self.criteria.iter().chain(actions).chain(&self.missed)
    }

    /// A step that could not be carried out.
    pub fn fault(fault: Fault) -> StepResult {
        StepResult { fault: Some(fault), ..StepResult::default() }
    }
}

/// An action whose criteria hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MatchedAction {
    /// Its index in the list of actions that applies.
    pub index: usize,
    /// The values of its parameters (ARZ-SUCC-10, ARZ-FAIL-09).
    pub inputs: Object,
    /// What came of its criteria, for the story.
    pub criteria: Vec<CriterionResult>,
}

/// An action that can't be judged: the step ends with the fault unless an action before it is taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Blocked {
    /// The fault.
    pub fault: Fault,
    /// The same, pointing into the document.
    pub diagnostic: Diagnostic,
}

/// What came of one criterion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CriterionResult {
    /// The condition as written.
    pub condition: String,
    /// `simple`, `regex`, `jsonpath` or `xpath`.
    #[serde(rename = "type")]
    pub kind: String,
    /// How the condition was read, where there is a choice.
    #[serde(default, skip_serializing_if = "Reading::is_plain")]
    pub reading: Reading,
    /// Whether it holds.
    pub satisfied: bool,
    /// Why it could not be evaluated.
    pub error: Option<String>,
    /// The value of each sub-expression.
    pub evidence: Vec<EvidenceEntry>,
}

impl CriterionResult {
    /// Whether it looked at a secret.
    pub fn reads(&self, secrets: &Secrets) -> bool {
        self.evidence.iter().filter_map(|entry| entry.value.as_ref()).any(|value| secrets.taints(value))
    }
}

/// A sub-expression and its value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvidenceEntry {
    /// The sub-expression as written.
    pub expression: String,
    /// Its value; absent where it has none.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::criterion::present")]
    pub value: Option<Value>,
}
