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

use super::Reporter;
use super::sink::Sink;
use crate::diagnostics::Places;
use crate::diagnostics::json::View;

/// Folds one or several runs into one report and writes it at the end.
#[derive(Debug)]
pub struct Json<W> {
    places: Places,
    open: Option<Folder>,
    done: Vec<Report>,
    sink: Sink<W>,
}

impl<W: Write> Json<W> {
    /// Writes to `out`, findings with their `places`.
    pub fn new(places: Places, out: W) -> Json<W> {
        Json { places, open: None, done: Vec::new(), sink: Sink::new(out) }
    }

    fn close(&mut self) {
        self.done.extend(self.open.take().map(Folder::finish));
    }
}

impl<W: Write + Send> Reporter for Json<W> {
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
        let report = merge(std::mem::take(&mut self.done));
        let places = &self.places;
        self.sink.write(|out| write(&report, places, out));
        self.sink.finish()
    }
}

/// Writes a report, indented.
///
/// # Errors
/// If `out` can't be written.
pub fn write(report: &Report, places: &Places, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &ReportView::new(report, places))?;
    writeln!(out)
}

/// One report of several runs: cancelled if one was, else failed if one failed.
fn merge(reports: Vec<Report>) -> Report {
    let has = |status| reports.iter().any(|report| report.status == status);
    let status = match (has(Status::Cancelled), has(Status::Failed)) {
        (true, _) => Status::Cancelled,
        (_, true) => Status::Failed,
        _ if reports.is_empty() => Status::Cancelled,
        _ => Status::Succeeded,
    };
    let mut merged = Report { schema: SCHEMA, status, workflows: Vec::new(), diagnostics: Vec::new() };
    for report in reports {
        merged.workflows.extend(report.workflows);
        merged.diagnostics.extend(report.diagnostics);
    }
    merged
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

impl<'a> ReportView<'a> {
    fn new(report: &'a Report, places: &Places) -> ReportView<'a> {
        ReportView {
            schema: report.schema,
            status: report.status,
            workflows: workflows(&report.workflows, places),
            diagnostics: views(&report.diagnostics, places),
        }
    }
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
