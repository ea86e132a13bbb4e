//! Every event as a line of JSON, as it happens.

use std::io::{self, Write};

use arras_run::event::{ActionTaken, Event, EventKind, OperationSummary, StepFinished, StepStatus};
use arras_run::fault::Fault;
use arras_run::result::{CriterionResult, Verdict};
use arras_run::time::Timestamp;
use serde::Serialize;

use super::sink::Sink;
use super::{Case, Reporter};
use crate::diagnostics::Places;
use crate::diagnostics::json::View;
use arras_doc::value::Object;

/// Writes a line for each event.
#[derive(Debug)]
pub struct Ndjson<W> {
    places: Places,
    sink: Sink<W>,
}

impl<W: Write> Ndjson<W> {
    /// Writes to `out`, findings with their `places`.
    pub fn new(places: Places, out: W) -> Ndjson<W> {
        Ndjson { places, sink: Sink::new(out) }
    }
}

impl<W: Write + Send> Reporter for Ndjson<W> {
    fn begin(&mut self, _: &Case, places: &Places) {
        self.places = places.clone();
    }

    fn event(&mut self, event: &Event) {
        let places = &self.places;
        self.sink.write(|out| {
            match &event.kind {
                EventKind::StepFinished(step) => {
                    serde_json::to_writer(&mut *out, &Finished::new(event.at, step, places))?
                }
                EventKind::Diagnosed { diagnostic } => {
                    let diagnostic = View::new(diagnostic, places);
                    serde_json::to_writer(&mut *out, &Diagnosed { at: event.at, event: "diagnosed", diagnostic })?;
                }
                _ => serde_json::to_writer(&mut *out, event)?,
            }
            writeln!(out)?;
            out.flush()
        });
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.sink.finish()
    }
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
