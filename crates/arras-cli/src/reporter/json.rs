//! The report as JSON: `--report json=PATH` and `--output report`; written as the run goes, so that its length costs no memory.

use std::io::{self, Write};

use arras_doc::diagnostic::Diagnostic;
use arras_doc::value::Object;
use arras_run::effect::Status;
use arras_run::event::{ActionTaken, EndedBy, Event, EventKind, OperationSummary, StepStatus};
use arras_run::fault::Fault;
use arras_run::report::{Folder, SCHEMA, StepReport, WorkflowReport};
use arras_run::result::CriterionResult;
use indexmap::IndexSet;
use serde::Serialize;

use super::load::Load;
use super::sink::Sink;
use super::tested::{Of, Tests};
use super::{Case, Judgement, Reporter};
use crate::diagnostics::Places;
use crate::diagnostics::json::View;
use crate::display::JsonText;

/// Writes one report of one or several runs. Each step of an outermost workflow is written when the next one is over, and
/// is not kept.
#[derive(Debug)]
pub struct Json<W> {
    places: Places,
    sink: Sink<JsonText<W>>,
    case: Case,
    /// What the last run of the case was of.
    workflow: Option<String>,
    /// The run under way.
    folder: Option<Folder>,
    /// How many workflows were written, the open one among them.
    workflows: usize,
    /// How many steps of the workflow that is open in the file were written; `None` if none is open.
    open: Option<usize>,
    /// Findings that belong to no step, as JSON; what several runs found stands once.
    diagnostics: IndexSet<String>,
    runs: usize,
    failed: bool,
    cancelled: bool,
    tests: Tests,
    load: Option<Load>,
}

impl<W: Write> Json<W> {
    /// Writes to `out`, findings with their `places`.
    pub fn new(places: Places, out: W) -> Json<W> {
        let mut sink = Sink::new(JsonText(out));
        sink.write(|out| write!(out, "{{\"schema\":{SCHEMA},\"workflows\":["));
        Json {
            places,
            sink,
            case: Case::default(),
            workflow: None,
            folder: None,
            workflows: 0,
            open: None,
            diagnostics: IndexSet::new(),
            runs: 0,
            failed: false,
            cancelled: false,
            tests: Tests::default(),
            load: None,
        }
    }

    /// Writes a workflow up to its steps.
    fn begin_workflow(&mut self, workflow_id: &str, inputs: &Object) {
        let comma = if self.workflows == 0 { "\n" } else { ",\n" };
        self.workflows += 1;
        self.open = Some(0);
        let test = Of::case(&self.case);
        self.sink.write(|out| {
            write!(out, "{comma}{{\"workflowId\":")?;
            serde_json::to_writer(&mut *out, workflow_id)?;
            if let Some(test) = test {
                write!(out, ",\"test\":")?;
                serde_json::to_writer(&mut *out, &test)?;
            }
            write!(out, ",\"inputs\":")?;
            serde_json::to_writer(&mut *out, inputs)?;
            write!(out, ",\"steps\":[")
        });
    }

    fn steps(&mut self, steps: &[StepReport]) {
        let Some(written) = self.open else { return };
        let places = &self.places;
        self.sink.write(|out| {
            for (number, step) in steps.iter().enumerate() {
                write!(out, "{}", if written + number == 0 { "\n" } else { ",\n" })?;
                serde_json::to_writer(&mut *out, &StepView::new(step, places))?;
            }
            Ok(())
        });
        self.open = Some(written + steps.len());
    }

    /// Writes what is left of the workflow that is open in the file.
    fn end_workflow(&mut self, report: &WorkflowReport) {
        self.steps(&report.steps);
        self.open = None;
        let WorkflowReport { status, ended_by, outputs, fault, .. } = report;
        self.sink.write(|out| {
            write!(out, "],\"status\":")?;
            serde_json::to_writer(&mut *out, status)?;
            write!(out, ",\"endedBy\":")?;
            serde_json::to_writer(&mut *out, ended_by)?;
            write!(out, ",\"outputs\":")?;
            serde_json::to_writer(&mut *out, outputs)?;
            if let Some(fault) = fault {
                write!(out, ",\"fault\":")?;
                serde_json::to_writer(&mut *out, fault)?;
            }
            write!(out, "}}")
        });
    }

    /// Writes workflows that are over; the last of them is the one that is open in the file, if one is.
    fn finished(&mut self, mut reports: Vec<WorkflowReport>) {
        if self.open.is_some()
            && let Some(report) = reports.pop()
        {
            self.end_workflow(&report);
        }
        for report in reports {
            self.begin_workflow(&report.workflow_id, &report.inputs);
            self.end_workflow(&report);
        }
    }

    /// Ends the run under way.
    fn close(&mut self) {
        let Some(folder) = self.folder.take() else { return };
        let report = folder.finish();
        self.runs += 1;
        self.failed |= report.status == Status::Failed;
        self.cancelled |= report.status == Status::Cancelled;
        self.finished(report.workflows);
        let views = View::all(&report.diagnostics, &self.places);
        self.diagnostics.extend(views.iter().filter_map(|view| serde_json::to_string(view).ok()));
    }

    /// Cancelled if a run was, or if there is none; else failed if one failed. Of tests their verdicts tell whether they
    /// failed, of a load its figures.
    fn status(&self) -> Status {
        let (stopped, failed) = match &self.load {
            Some(load) => (load.stopped, !load.has_succeeded()),
            None if !self.tests.is_empty() => (self.cancelled, self.tests.failed()),
            None => (self.cancelled || self.runs == 0, self.failed),
        };
        match (stopped, failed) {
            (true, _) => Status::Cancelled,
            (false, true) => Status::Failed,
            (false, false) => Status::Succeeded,
        }
    }
}

impl<W: Write + Send> Reporter for Json<W> {
    fn begin(&mut self, case: &Case, places: &Places) {
        self.close();
        self.case = case.clone();
        self.workflow = None;
        self.places = places.clone();
    }

    fn event(&mut self, event: &Event) {
        if let EventKind::RunStarted { workflow_id, .. } = &event.kind {
            self.close();
            self.workflow = Some(workflow_id.clone());
        }
        self.folder.get_or_insert_default().fold(event);
        let mut taken =
            |take: fn(&mut Folder) -> Vec<WorkflowReport>| self.folder.as_mut().map(take).unwrap_or_default();
        match &event.kind {
            EventKind::WorkflowStarted { path, workflow_id, inputs, .. } if path.is_empty() => {
                // those that it depends on
                let before = taken(Folder::take_finished);
                self.finished(before);
                self.begin_workflow(workflow_id, inputs);
            }
            EventKind::StepFinished(_) => {
                let steps = self.folder.as_mut().map(Folder::take_steps).unwrap_or_default();
                self.steps(&steps);
            }
            EventKind::WorkflowFinished { path, .. } | EventKind::WorkflowTransferred { path, .. }
                if path.is_empty() =>
            {
                let over = taken(Folder::take_finished);
                self.finished(over);
            }
            EventKind::RunFinished { .. } => self.close(),
            _ => {}
        }
    }

    fn judge(&mut self, judgement: &Judgement) {
        self.close();
        self.tests.judge(&self.case, self.workflow.as_deref(), judgement);
    }

    fn skip(&mut self, case: &Case) {
        self.close();
        self.tests.skip(case);
    }

    fn load(&mut self, load: &Load) {
        self.load = Some(load.clone());
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.close();
        let (status, load) = (self.status(), self.load.take());
        let (diagnostics, tests) = (std::mem::take(&mut self.diagnostics), std::mem::take(&mut self.tests));
        self.sink.write(|out| {
            let diagnostics: Vec<&str> = diagnostics.iter().map(String::as_str).collect();
            write!(out, "\n],\"diagnostics\":[{}],\"status\":", diagnostics.join(","))?;
            serde_json::to_writer(&mut *out, &status)?;
            if !tests.is_empty() {
                write!(out, ",\n\"tests\":")?;
                serde_json::to_writer(&mut *out, &tests)?;
            }
            if let Some(load) = &load {
                write!(out, ",\n\"load\":")?;
                serde_json::to_writer(&mut *out, load)?;
            }
            writeln!(out, "}}")
        });
        self.sink.finish()
    }
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
