//! Making events: the one place where a run's values become what people see, masked.

use std::sync::Arc;

use arras_doc::diagnostic::Diagnostic;
use arras_doc::rule::Rule;
use arras_doc::value::Object;

use super::Run;
use crate::effect::EffectId;
use crate::event::{ActionTaken, Detail, Event, EventKind, OperationSummary, StepFinished, StepStarted, StepStatus};
use crate::plan::{Step, Target};
use crate::result::StepResult;

impl Run {
    pub(super) fn emit(&mut self, kind: EventKind) {
        self.events.push_back(Event { at: self.now, kind });
    }

    /// Says what was found beside a step's result.
    pub(super) fn diagnose(&mut self, diagnostic: Diagnostic) {
        let diagnostic = Box::new(self.secrets.diagnostic(diagnostic));
        self.emit(EventKind::Diagnosed { diagnostic });
    }

    /// Says that an attempt of a step begins.
    pub(super) fn announce(&mut self, step: &Step, effect: EffectId) {
        if self.detail == Detail::Outline {
            return;
        }
        let frame = self.top();
        let counts = &frame.counts[frame.at];
        let (operation, calls) = self.target(step);
        let started = StepStarted {
            effect,
            path: frame.path.to_string(),
            step_id: step.id.clone(),
            visit: counts.visits,
            attempt: counts.attempt,
            operation,
            calls,
        };
        self.emit(EventKind::StepStarted(started));
    }

    /// Says what became of the current attempt.
    pub(super) fn report_step(
        &mut self,
        step: &Step,
        result: StepResult,
        status: StepStatus,
        action: Option<ActionTaken>,
    ) {
        let frame = self.top();
        let counts = &frame.counts[frame.at];
        let (operation, calls) = self.target(step);
        let operation = operation.map(|operation| OperationSummary {
            url: result.url.map_or(operation.url, |url| self.masked(url)),
            ..operation
        });
        let outputs = match self.secrets.is_empty() && self.detail == Detail::Full {
            true => result.outputs,
            false => self.shown(&result.outputs),
        };
        let finished = StepFinished {
            effect: frame.effect.clone(),
            path: frame.path.to_string(),
            step_id: step.id.clone(),
            visit: counts.visits,
            attempt: counts.attempt,
            status,
            verdict: result.verdict,
            operation,
            calls,
            status_code: result.status_code,
            duration_ms: result.duration_ms,
            criteria: result.criteria.into_iter().map(|criterion| self.secrets.criterion(criterion)).collect(),
            action,
            outputs,
            fault: result.fault.map(|fault| self.secrets.fault(fault)),
            diagnostics: result.diagnostics.into_iter().map(|finding| self.secrets.diagnostic(finding)).collect(),
        };
        self.emit(EventKind::StepFinished(Box::new(finished)));
    }

    /// Says which tolerances a request needed.
    pub(super) fn note_all(&mut self, rule: &'static Rule, step: &Step, notes: &[String]) {
        for note in notes {
            let diagnostic =
                Diagnostic::new(rule, format!("step `{}`: {note}", step.id)).at(step.place.source, step.place.span);
            self.diagnose(diagnostic);
        }
    }

    /// Values as people may see them; in an outline none.
    pub(super) fn shown(&self, values: &Object) -> Object {
        match self.detail {
            Detail::Full => self.secrets.object(values),
            Detail::Outline => Object::default(),
        }
    }

    fn masked(&self, text: impl Into<Arc<str>>) -> Arc<str> {
        let text = text.into();
        if self.secrets.is_empty() { text } else { self.secrets.text(&text).into() }
    }

    fn target(&self, step: &Step) -> (Option<OperationSummary>, Option<String>) {
        match &step.target {
            Target::Workflow(workflow) => (None, Some(self.plan.workflows[*workflow].id.clone())),
            Target::Operation(_) if self.detail == Detail::Outline => (None, None),
            Target::Operation(operation) => {
                let summary = OperationSummary {
                    source: operation.source.clone(),
                    operation_id: operation.operation_id.clone(),
                    method: operation.method.clone(),
                    url: self.masked(operation.url.clone()),
                    label: operation.label.clone(),
                };
                (Some(summary), None)
            }
        }
    }
}
