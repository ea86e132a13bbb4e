//! The report: the fold of all events, in the shape that `--report json` prints.

use std::collections::HashMap;

use arras_doc::diagnostic::Diagnostic;
use arras_doc::value::{Object, Value};
use serde::Serialize;

use crate::effect::Status;
use crate::event::{ActionTaken, EndedBy, Event, EventKind, OperationSummary, StepFinished, StepStatus};
use crate::fault::Fault;
use crate::result::CriterionResult;

/// The version of the report's shape.
pub const SCHEMA: u32 = 1;

/// Everything that happened, complete in every case.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: u32,
    /// How the run ended.
    pub status: Status,
    /// Each outermost workflow.
    pub workflows: Vec<WorkflowReport>,
    /// Findings that belong to no step.
    pub diagnostics: Vec<Diagnostic>,
}

/// One invocation of a workflow.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkflowReport {
    /// The workflow.
    pub workflow_id: String,
    /// How it ended.
    pub status: Status,
    /// What ended it.
    pub ended_by: EndedBy,
    /// Its inputs, redacted.
    pub inputs: Object,
    /// Its outputs that have values, redacted.
    pub outputs: Object,
    /// Why it could not be carried out, where that is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
    /// Each attempt of each visit of each step, in order.
    pub steps: Vec<StepReport>,
}

/// One attempt of a step.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StepReport {
    /// The step.
    pub step_id: String,
    /// How often it has been visited.
    pub visit: u32,
    /// How often it has been tried in this visit.
    pub attempt: u32,
    /// What became of it.
    pub status: StepStatus,
    /// Why it could not be carried out.
    pub fault: Option<Fault>,
    /// The workflow it called; of several that went on to each other the last.
    pub workflow: Option<Box<WorkflowReport>>,
    /// The workflows that were left for that one, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<WorkflowReport>,
    /// The workflows that were run before its retry.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub before_retry: Vec<WorkflowReport>,
    /// The operation it called.
    pub operation: Option<OperationSummary>,
    /// The answer's status code.
    pub status_code: Option<u16>,
    /// How long the exchange or the called workflow took, or had gone when it was broken off, in milliseconds.
    pub duration_ms: f64,
    /// Each success criterion.
    pub criteria: Vec<CriterionResult>,
    /// The action that was taken.
    pub action: Option<ActionTaken>,
    /// Its outputs that have values, redacted.
    pub outputs: Object,
    /// Findings that point into the document.
    pub diagnostics: Vec<Diagnostic>,
}

impl Report {
    /// The output of that name of the last workflow, redacted where it is secret.
    pub fn output(&self, name: &str) -> Option<&Value> {
        self.workflows.last()?.outputs.get(name)
    }

    /// Whether the run succeeded.
    pub fn is_success(&self) -> bool {
        self.status == Status::Succeeded
    }
}

/// Folds events into a [`Report`]; feed it every event, then [`Folder::finish`].
#[derive(Debug, Default)]
pub struct Folder {
    open: Vec<(String, WorkflowReport)>,
    done: Vec<WorkflowReport>,
    called: HashMap<String, Vec<WorkflowReport>>,
    diagnostics: Vec<Diagnostic>,
    status: Option<Status>,
}

impl Folder {
    /// Takes in one event.
    pub fn fold(&mut self, event: &Event) {
        match &event.kind {
            EventKind::WorkflowStarted { path, workflow_id, inputs, .. } => self.open(path, workflow_id, inputs),
            EventKind::StepFinished(step) => self.step(step),
            EventKind::WorkflowFinished { path, status, ended_by, outputs, fault, .. } => {
                self.close(path, *status, *ended_by, outputs, fault.as_ref());
            }
            EventKind::WorkflowTransferred { path, .. } => {
                self.close(path, Status::Succeeded, EndedBy::Goto, &Object::default(), None);
            }
            EventKind::Diagnosed { diagnostic } => self.diagnostics.push((**diagnostic).clone()),
            EventKind::RunFinished { status } => self.status = Some(*status),
            _ => {}
        }
    }

    /// Takes the steps of the outermost workflow that nothing will be added to any more: all but the last, before whose retry
    /// other workflows may still run. For writers that do not keep what they have written.
    pub fn take_steps(&mut self) -> Vec<StepReport> {
        let outermost = self.open.iter_mut().rev().find(|(path, _)| path.is_empty());
        let Some((_, workflow)) = outermost else { return Vec::new() };
        let settled = workflow.steps.len().saturating_sub(1);
        workflow.steps.drain(..settled).collect()
    }

    /// Takes the outermost workflows that are over; of one whose steps were taken what is left.
    pub fn take_finished(&mut self) -> Vec<WorkflowReport> {
        std::mem::take(&mut self.done)
    }

    /// The report so far; what has not ended counts as cancelled.
    pub fn finish(mut self) -> Report {
        while let Some((path, _)) = self.open.last() {
            let path = path.clone();
            self.close(&path, Status::Cancelled, EndedBy::Cancel, &Object::default(), None);
        }
        let status = self.status.unwrap_or(Status::Cancelled);
        Report { schema: SCHEMA, status, workflows: self.done, diagnostics: self.diagnostics }
    }

    fn open(&mut self, path: &str, workflow_id: &str, inputs: &Object) {
        let report = WorkflowReport {
            workflow_id: workflow_id.to_owned(),
            status: Status::Cancelled,
            ended_by: EndedBy::Cancel,
            inputs: inputs.clone(),
            outputs: Object::default(),
            fault: None,
            steps: Vec::new(),
        };
        self.open.push((path.to_owned(), report));
    }

    fn step(&mut self, step: &StepFinished) {
        let mut left = self.called.remove(step.effect.0.as_ref()).unwrap_or_default();
        let workflow = left.pop().map(Box::new);
        let report = StepReport {
            step_id: step.step_id.clone(),
            visit: step.visit,
            attempt: step.attempt,
            status: step.status,
            fault: step.fault.clone(),
            workflow,
            left,
            before_retry: Vec::new(),
            operation: step.operation.clone(),
            status_code: step.status_code,
            duration_ms: step.duration_ms,
            criteria: step.criteria.clone(),
            action: step.action.clone(),
            outputs: step.outputs.clone(),
            diagnostics: step.diagnostics.clone(),
        };
        if let Some((_, workflow)) = self.open.iter_mut().rev().find(|(path, _)| *path == step.path) {
            workflow.steps.push(report);
        }
    }

    fn close(&mut self, path: &str, status: Status, ended_by: EndedBy, outputs: &Object, fault: Option<&Fault>) {
        let Some(at) = self.open.iter().rposition(|(open, _)| open == path) else { return };
        let (path, report) = self.open.remove(at);
        let report = WorkflowReport { status, ended_by, outputs: outputs.clone(), fault: fault.cloned(), ..report };
        let retried = self.open.last_mut().and_then(|(_, caller)| caller.steps.last_mut());
        match retried.filter(|_| path.ends_with('!')) {
            Some(step) => step.before_retry.push(report),
            None if is_outermost(&path) => self.done.push(report),
            None => self.called.entry(path).or_default().push(report),
        }
    }
}

/// Whether no step called the invocation: it is the run's own, or another one depends on it.
fn is_outermost(path: &str) -> bool {
    path.is_empty() || path.starts_with("dependsOn:") && !path.contains('/')
}
