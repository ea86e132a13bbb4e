//! The report as JSON: `--report json=PATH` and `--output report`.

use std::io::{self, Write};

use arras_doc::diagnostic::Diagnostic;
use arras_doc::value::Object;
use arras_run::effect::Status;
use arras_run::event::{ActionTaken, EndedBy, Event, EventKind, OperationSummary, StepStatus};
use arras_run::fault::Fault;
use arras_run::report::{Folder, Report, SCHEMA, StepReport, WorkflowReport};
use arras_run::result::CriterionResult;
use serde::Serialize;

use super::sink::Sink;
use super::{Case, Reporter};
use crate::diagnostics::Places;
use crate::diagnostics::json::View;

/// Folds one or several runs into one report and writes it at the end.
#[derive(Debug)]
pub struct Json<W> {
    places: Places,
    open: Option<Folder>,
    done: Vec<(Report, Places)>,
    sink: Sink<W>,
}

impl<W: Write> Json<W> {
    /// Writes to `out`, findings with their `places`.
    pub fn new(places: Places, out: W) -> Json<W> {
        Json { places, open: None, done: Vec::new(), sink: Sink::new(out) }
    }

    fn close(&mut self) {
        self.done.extend(self.open.take().map(|folder| (folder.finish(), self.places.clone())));
    }
}

impl<W: Write + Send> Reporter for Json<W> {
    fn begin(&mut self, _: &Case, places: &Places) {
        self.close();
        self.places = places.clone();
    }

    fn event(&mut self, event: &Event) {
        if matches!(event.kind, EventKind::RunStarted { .. }) {
            self.close();
        }
        self.open.get_or_insert_default().fold(event);
        if matches!(event.kind, EventKind::RunFinished { .. }) {
            self.close();
        }
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.close();
        let done = std::mem::take(&mut self.done);
        self.sink.write(|out| write(&done, out));
        self.sink.finish()
    }
}

/// Writes one report of one or several runs, indented.
///
/// # Errors
/// If `out` can't be written.
fn write(reports: &[(Report, Places)], out: &mut dyn Write) -> io::Result<()> {
    let view = ReportView {
        schema: SCHEMA,
        status: status(reports),
        workflows: reports.iter().flat_map(|(report, places)| workflows(&report.workflows, places)).collect(),
        diagnostics: reports.iter().flat_map(|(report, places)| views(&report.diagnostics, places)).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &view)?;
    writeln!(out)
}

/// Cancelled if a run was, or if there is none; else failed if one failed.
fn status(reports: &[(Report, Places)]) -> Status {
    let has = |status| reports.iter().any(|(report, _)| report.status == status);
    match (has(Status::Cancelled), has(Status::Failed)) {
        (true, _) => Status::Cancelled,
        (_, true) => Status::Failed,
        _ if reports.is_empty() => Status::Cancelled,
        _ => Status::Succeeded,
    }
}

/// [`Report`] with its findings as they are printed; the same for what is in it.
#[derive(Serialize)]
struct ReportView<'a> {
    schema: u32,
    status: Status,
    workflows: Vec<WorkflowView<'a>>,
    diagnostics: Vec<View<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WorkflowView<'a> {
    workflow_id: &'a str,
    status: Status,
    ended_by: EndedBy,
    inputs: &'a Object,
    outputs: &'a Object,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<&'a Fault>,
    steps: Vec<StepView<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StepView<'a> {
    step_id: &'a str,
    visit: u32,
    attempt: u32,
    status: StepStatus,
    fault: Option<&'a Fault>,
    workflow: Option<Box<WorkflowView<'a>>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left: Vec<WorkflowView<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    before_retry: Vec<WorkflowView<'a>>,
    operation: Option<&'a OperationSummary>,
    status_code: Option<u16>,
    duration_ms: f64,
    criteria: &'a [CriterionResult],
    action: Option<&'a ActionTaken>,
    outputs: &'a Object,
    diagnostics: Vec<View<'a>>,
}

impl<'a> WorkflowView<'a> {
    fn new(report: &'a WorkflowReport, places: &Places) -> WorkflowView<'a> {
        WorkflowView {
            workflow_id: &report.workflow_id,
            status: report.status,
            ended_by: report.ended_by,
            inputs: &report.inputs,
            outputs: &report.outputs,
            fault: report.fault.as_ref(),
            steps: report.steps.iter().map(|step| StepView::new(step, places)).collect(),
        }
    }
}

impl<'a> StepView<'a> {
    fn new(step: &'a StepReport, places: &Places) -> StepView<'a> {
        StepView {
            step_id: &step.step_id,
            visit: step.visit,
            attempt: step.attempt,
            status: step.status,
            fault: step.fault.as_ref(),
            workflow: step.workflow.as_ref().map(|workflow| Box::new(WorkflowView::new(workflow, places))),
            left: workflows(&step.left, places),
            before_retry: workflows(&step.before_retry, places),
            operation: step.operation.as_ref(),
            status_code: step.status_code,
            duration_ms: step.duration_ms,
            criteria: &step.criteria,
            action: step.action.as_ref(),
            outputs: &step.outputs,
            diagnostics: views(&step.diagnostics, places),
        }
    }
}

fn workflows<'a>(reports: &'a [WorkflowReport], places: &Places) -> Vec<WorkflowView<'a>> {
    reports.iter().map(|report| WorkflowView::new(report, places)).collect()
}

fn views<'a>(diagnostics: &'a [Diagnostic], places: &Places) -> Vec<View<'a>> {
    View::all(diagnostics, places)
}
