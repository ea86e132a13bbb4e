//! What people see of a run: a dozen kinds of events, versioned, redacted when they are made.

use std::sync::Arc;

use arras_doc::diagnostic::Diagnostic;
use arras_doc::value::Object;
use serde::Serialize;

use crate::effect::{EffectId, Status};
use crate::fault::Fault;
use crate::result::{CriterionResult, Verdict};
use crate::time::Timestamp;

/// The version of the vocabulary; a change that a reader must know of raises it.
pub const VERSION: u32 = 1;

/// How much the events of a run tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// Everything.
    #[default]
    Full,
    /// What happened and when, without what it was about: no inputs, outputs and criteria, no operations, methods, URLs, header
    /// fields and bodies, whose lengths are 0. Of workflows and steps only how they end is told, of a workflow that succeeds
    /// not even that. Of an answer's body that no expression reads nothing is said either, such as that it is not what its
    /// label says.
    Outline,
}

/// Something that happened, and when.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// When, by the clock that the run is told.
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// The kinds of events. Every text and value in them is already redacted.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum EventKind {
    /// A run begins; the first event, once.
    RunStarted {
        /// [`VERSION`].
        version: u32,
        /// The workflow that was asked for.
        workflow_id: String,
    },
    /// A workflow begins.
    WorkflowStarted {
        /// Which invocation: empty for the outermost, else the effect that called it, or `dependsOn:ID`.
        path: String,
        /// The workflow.
        workflow_id: String,
        /// Its number of steps.
        steps: usize,
        /// Its inputs.
        inputs: Object,
    },
    /// An attempt of a step begins.
    StepStarted(StepStarted),
    /// A request goes out. Made by the driver, not by the run: a replay has none.
    RequestSent(RequestSent),
    /// An answer has come in. Made by the driver.
    ResponseReceived(ResponseReceived),
    /// An attempt of a step is over and judged.
    StepFinished(Box<StepFinished>),
    /// The run rests until a time.
    Waiting {
        /// The effect that will follow.
        effect: EffectId,
        /// The step that will follow.
        step_id: String,
        /// Until when.
        until: Timestamp,
        /// What for.
        reason: WaitReason,
    },
    /// A `goto` left a workflow for another.
    WorkflowTransferred {
        /// The invocation that is left.
        path: String,
        /// The workflow that is left.
        from: String,
        /// The workflow that takes over.
        to: String,
    },
    /// A finding that belongs to no step.
    Diagnosed {
        /// The finding.
        diagnostic: Box<Diagnostic>,
    },
    /// A workflow is over.
    WorkflowFinished {
        /// Which invocation.
        path: String,
        /// The workflow.
        workflow_id: String,
        /// How it ended.
        status: Status,
        /// What ended it.
        ended_by: EndedBy,
        /// Its outputs that have values.
        outputs: Object,
        /// The fault that ended it, if one did.
        fault: Option<Fault>,
    },
    /// The run is over; the last event, once.
    RunFinished {
        /// How it ended.
        status: Status,
    },
}

/// An attempt of a step begins.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StepStarted {
    /// The attempt.
    pub effect: EffectId,
    /// The invocation of the workflow it belongs to.
    pub path: String,
    /// The step.
    pub step_id: String,
    /// How often the step has been visited, this time included.
    pub visit: u32,
    /// How often it has been tried in this visit, this time included.
    pub attempt: u32,
    /// The operation it calls; `None` for a workflow.
    pub operation: Option<OperationSummary>,
    /// The workflow it calls; `None` for an operation.
    pub calls: Option<String>,
}

/// The operation of a step, for people.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OperationSummary {
    /// The source description's name.
    pub source: Arc<str>,
    /// The operation's id, if it has one.
    pub operation_id: Option<Arc<str>>,
    /// The method.
    pub method: Arc<str>,
    /// The URL as far as it is known; the full one once a request was built.
    pub url: Arc<str>,
    /// A short name for a line of the story: the path, or what tells operations on one path apart.
    pub label: Arc<str>,
}

/// A request goes out.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestSent {
    /// The attempt.
    pub effect: EffectId,
    /// The method.
    pub method: String,
    /// The URL.
    pub url: String,
    /// The header fields.
    pub headers: Vec<(String, String)>,
    /// The body as text, cut; `None` for none or bytes that are no text.
    pub body: Option<String>,
    /// The body's length in bytes.
    pub body_length: usize,
}

/// An answer has come in.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResponseReceived {
    /// The attempt.
    pub effect: EffectId,
    /// The status code.
    pub status: u16,
    /// The header fields.
    pub headers: Vec<(String, String)>,
    /// The body as text, cut; `None` for none or bytes that are no text.
    pub body: Option<String>,
    /// The body's length in bytes.
    pub body_length: usize,
    /// From the first byte sent to the last byte read, in milliseconds.
    pub duration_ms: f64,
}

/// An attempt of a step is over.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StepFinished {
    /// The attempt.
    pub effect: EffectId,
    /// The invocation of the workflow it belongs to.
    pub path: String,
    /// The step.
    pub step_id: String,
    /// How often the step has been visited.
    pub visit: u32,
    /// How often it has been tried in this visit.
    pub attempt: u32,
    /// What became of it.
    pub status: StepStatus,
    /// Whether its success criteria held.
    pub verdict: Verdict,
    /// The operation with the URL that was requested.
    pub operation: Option<OperationSummary>,
    /// The workflow it called.
    pub calls: Option<String>,
    /// The answer's status code.
    pub status_code: Option<u16>,
    /// How long the exchange or the called workflow took, or had gone when it was broken off, in milliseconds.
    pub duration_ms: f64,
    /// Each success criterion.
    pub criteria: Vec<CriterionResult>,
    /// The action that was taken.
    pub action: Option<ActionTaken>,
    /// The outputs that have values.
    pub outputs: Object,
    /// Why it could not be carried out.
    pub fault: Option<Fault>,
    /// Findings that point into the document.
    pub diagnostics: Vec<Diagnostic>,
}

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StepStatus {
    /// It succeeded.
    Succeeded,
    /// It failed, and the workflow with it.
    Failed,
    /// It failed, and a failure action led on.
    Recovered,
    /// It failed and will be tried again.
    Retried,
    /// The run was stopped meanwhile.
    Cancelled,
}

/// The action that followed an attempt.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ActionTaken {
    /// `end`, `goto` or `retry`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The action's name.
    pub name: String,
    /// The step or workflow it leads to.
    pub target: Option<String>,
    /// The criteria that let it be taken.
    #[serde(skip)]
    pub criteria: Vec<CriterionResult>,
}

/// Why a run rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WaitReason {
    /// A retry's `retryAfter` or pace.
    Retry,
    /// The server's `Retry-After`.
    RetryAfter,
    /// A `goto` back to a step already visited is paced.
    Poll,
}

/// What ended a workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndedBy {
    /// An `end` action.
    End,
    /// The last step was done, or a failed one had no action.
    LastStep,
    /// A `goto` to another workflow.
    Goto,
    /// A fault.
    Fault,
    /// A budget.
    Budget,
    /// It was stopped.
    Cancel,
}
