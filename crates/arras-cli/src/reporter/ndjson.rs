//! Every event as a line of JSON, as it happens.

use std::io::{self, Write};

use arras_run::event::{ActionTaken, Event, EventKind, OperationSummary, StepFinished, StepStatus};
use arras_run::fault::Fault;
use arras_run::result::{CriterionResult, Verdict};
use arras_run::time::Timestamp;
use serde::Serialize;

use super::sink::Sink;
use super::tested::{Of, TestStatus};
use super::{Case, Judgement, Reporter};
use crate::diagnostics::Places;
use crate::diagnostics::json::View;
use crate::display::JsonText;
use arras_doc::value::Object;

/// Writes a line for each event.
#[derive(Debug)]
pub struct Ndjson<W> {
    places: Places,
    sink: Sink<JsonText<W>>,
    case: Case,
    /// When the last event of the case was, once its beginning is told.
    told: Option<Timestamp>,
}

impl<W: Write> Ndjson<W> {
    /// Writes to `out`, findings with their `places`.
    pub fn new(places: Places, out: W) -> Ndjson<W> {
        Ndjson { places, sink: Sink::new(JsonText(out)), case: Case::default(), told: None }
    }
}

impl<W: Write> Ndjson<W> {
    /// Tells once that a test begins; it does so with its first event.
    fn begins(&mut self, at: Timestamp) {
        if let (None, Some(test)) = (self.told.replace(at), Of::case(&self.case)) {
            let line = Tested { at, event: "test-started", test, outcome: None };
            self.sink.write(|out| whole(out, &line));
        }
    }
}

impl<W: Write + Send> Reporter for Ndjson<W> {
    fn begin(&mut self, case: &Case, places: &Places) {
        self.places = places.clone();
        self.case = case.clone();
        self.told = None;
    }

    fn event(&mut self, event: &Event) {
        self.begins(event.at);
        let places = &self.places;
        self.sink.write(|out| match &event.kind {
            EventKind::StepFinished(step) => whole(out, &Finished::new(event.at, step, places)),
            EventKind::Diagnosed { diagnostic } => {
                let diagnostic = View::new(diagnostic, places);
                whole(out, &Diagnosed { at: event.at, event: "diagnosed", diagnostic })
            }
            _ => whole(out, event),
        });
    }

    fn judge(&mut self, judgement: &Judgement) {
        // one that can't begin has no event to tell when it was
        let at = self.told.unwrap_or_else(crate::context::now);
        self.begins(at);
        let Some(test) = Of::case(&self.case) else { return };
        let outcome =
            Some(Judged { status: TestStatus::of(judgement, self.case.attempt), reasons: judgement.reasons() });
        let line = Tested { at, event: "test-finished", test, outcome };
        self.sink.write(|out| whole(out, &line));
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.sink.finish()
    }
}

/// Writes a line and hands it on at once.
fn whole(out: &mut impl Write, line: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    writeln!(out)?;
    out.flush()
}

/// The beginning or the end of an attempt at a test; the events of its run, if it came to one, stand between.
#[derive(Serialize)]
struct Tested<'a> {
    at: Timestamp,
    event: &'static str,
    #[serde(flatten)]
    test: Of<'a>,
    #[serde(flatten)]
    outcome: Option<Judged<'a>>,
}

#[derive(Serialize)]
struct Judged<'a> {
    status: TestStatus,
    reasons: &'a [String],
}

#[derive(Serialize)]
struct Diagnosed<'a> {
    at: Timestamp,
    event: &'static str,
    diagnostic: View<'a>,
}

/// [`StepFinished`] with its findings as they are printed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Finished<'a> {
    at: Timestamp,
    event: &'static str,
    effect: &'a str,
    path: &'a str,
    step_id: &'a str,
    visit: u32,
    attempt: u32,
    status: StepStatus,
    verdict: Verdict,
    operation: Option<&'a OperationSummary>,
    calls: Option<&'a str>,
    status_code: Option<u16>,
    duration_ms: f64,
    criteria: &'a [CriterionResult],
    action: Option<&'a ActionTaken>,
    outputs: &'a Object,
    fault: Option<&'a Fault>,
    diagnostics: Vec<View<'a>>,
}

impl<'a> Finished<'a> {
    fn new(at: Timestamp, step: &'a StepFinished, places: &Places) -> Finished<'a> {
        Finished {
            at,
            event: "step-finished",
            effect: &step.effect.0,
            path: &step.path,
            step_id: &step.step_id,
            visit: step.visit,
            attempt: step.attempt,
            status: step.status,
            verdict: step.verdict,
            operation: step.operation.as_ref(),
            calls: step.calls.as_deref(),
            status_code: step.status_code,
            duration_ms: step.duration_ms,
            criteria: &step.criteria,
            action: step.action.as_ref(),
            outputs: &step.outputs,
            fault: step.fault.as_ref(),
            diagnostics: View::all(&step.diagnostics, places),
        }
    }
}
