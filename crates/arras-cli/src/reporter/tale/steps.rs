//! The lines of steps: one for each that is over, one for all visits of a loop.

use arras_doc::diagnostic::Diagnostic;
use arras_run::event::{OperationSummary, StepFinished, StepStarted, StepStatus};
use arras_run::time::Timestamp;

use super::super::current::{Current, repetition};
use super::super::phrase;
use super::super::row::{Mark, Row};
use super::super::tally::Tally;
use super::{Detail, Tale};
use crate::display::{escape, hanging, width};
use crate::look::{Lines, Tone};

impl Tale {
    pub(super) fn step_started(&mut self, step: &StepStarted, at: Timestamp) {
        self.run.started.insert(step.effect.clone(), at);
        let depth = self.run.frames.get(&step.path).map_or(0, |frame| frame.depth);
        if step.visit == 1 && step.attempt == 1 {
            self.flush(&step.path);
        }
        let row = row(Mark::Spins(0), depth, &step.step_id, step.operation.as_ref(), step.calls.as_deref());
        self.columns.fit(
            depth,
            &row.step,
            width(&row.method) + width(&row.label) + usize::from(!row.method.is_empty()),
        );
        if self.telling.detail == Detail::Exchanges && step.operation.is_some() {
            let tail = repetition(step.visit, step.attempt);
            self.row(&Row { mark: Mark::Enters, tail, ..row.clone() });
        }
        let (visit, attempt) = (step.visit, step.attempt);
        self.current = Some(Current { row, began: at, visit, attempt, note: None, waiting: None });
    }

    pub(super) fn step_finished(&mut self, step: &StepFinished, at: Timestamp) {
        let measured = Timestamp(at.0.saturating_sub(step.duration_ms.max(0.0) as u64));
        let began = self.run.started.remove(&step.effect).unwrap_or(measured);
        self.run.count(step);
        match step.status {
            StepStatus::Failed => {
                // Of a failure that goes up through calls the innermost counts.
                self.run.end.get_or_insert_with(|| (step.step_id.clone(), phrase::failure(step)));
            }
            StepStatus::Cancelled => self.run.end = Some((step.step_id.clone(), String::new())),
            _ => self.run.end = None,
        }
        if let Some(current) = &mut self.current {
            current.note = phrase::reason(step);
            current.row.status = step.status_code;
            current.row.duration = phrase::millis(step.duration_ms);
        }
        for diagnostic in &step.diagnostics {
            if self.is_told(step, diagnostic) {
                self.diagnose(diagnostic);
            }
        }
        if self.telling.detail >= Detail::Criteria {
            self.attempt(step, began, at);
        } else {
            self.fold(step, began, at);
        }
    }

    /// An error of an attempt that was recovered from or will be repeated is no failure of the run.
    fn is_told(&self, step: &StepFinished, diagnostic: &Diagnostic) -> bool {
        let is_minor = step.status != StepStatus::Failed && diagnostic.is_error();
        self.telling.detail >= Detail::Criteria || !is_minor
    }

    /// `-v`: every attempt is told by itself.
    fn attempt(&mut self, step: &StepFinished, began: Timestamp, at: Timestamp) {
        let row = self.finished_row(&Tally::new(step, began, at));
        self.row(&row);
        let look = self.telling.look;
        let indent = " ".repeat(5 + 2 * row.depth);
        for criterion in &step.criteria {
            let (mark, tone) = if criterion.satisfied { ("✓", Tone::Good) } else { ("✗", Tone::Bad) };
            let seen = phrase::distinct(criterion.evidence.iter()).join(", ");
            let seen = criterion.error.as_ref().map_or(seen, |error| escape(error).into_owned());
            let (condition, mark) = (escape(&criterion.condition), look.paint(tone, mark));
            let fits = indent.len() + 5 + width(&condition) + width(&seen) <= look.width;
            if look.lines == Lines::Free || fits {
                let line = format!("{indent}{mark} {condition}   {}", look.paint(Tone::Dim, seen));
                self.line(line.trim_end());
                continue;
            }
            let below = format!("{indent}  ");
            self.line(&hanging(&format!("{indent}{mark} "), &condition, &below, look.width));
            if !seen.is_empty() {
                self.line(&look.paint(Tone::Dim, hanging(&below, &seen, &below, look.width)));
            }
        }
        for (name, value) in &step.outputs {
            let line = format!("{indent}{} = {}", escape(name), escape(&value.to_json()));
            self.line(&line);
        }
        self.flush_blocks();
        self.current = None;
    }

    /// A visit that led back to its own step, or came back, joins the line of those before it.
    fn fold(&mut self, step: &StepFinished, began: Timestamp, at: Timestamp) {
        let over = matches!(step.status, StepStatus::Failed | StepStatus::Cancelled);
        if is_repeat(&step.path) && !over {
            return;
        }
        let target = step.action.as_ref().and_then(|action| action.target.as_deref());
        let again =
            step.visit > 1 || step.attempt > 1 || step.status == StepStatus::Retried || target == Some(&step.step_id);
        let Some(frame) = self.run.frames.get_mut(&step.path) else {
            let row = self.finished_row(&Tally::new(step, began, at));
            return self.row(&row);
        };
        match frame.tallies.get_mut(&step.step_id) {
            Some(tally) => tally.add(step, at),
            None => {
                frame.tallies.insert(step.step_id.clone(), Tally::new(step, began, at));
            }
        }
        if over || !again {
            self.flush(&step.path);
            self.current = None;
        }
    }

    /// Writes what was folded in an invocation of a workflow.
    pub(super) fn flush(&mut self, path: &str) {
        let Some(frame) = self.run.frames.get_mut(path) else { return };
        let tallies = std::mem::take(&mut frame.tallies);
        for tally in tallies.values() {
            let row = self.finished_row(tally);
            self.row(&row);
        }
        self.flush_blocks();
    }

    fn finished_row(&self, tally: &Tally) -> Row {
        let step = &tally.last;
        let depth = self.run.frames.get(&step.path).map_or(0, |frame| frame.depth);
        let mark = match step.status {
            StepStatus::Succeeded => Mark::Done,
            StepStatus::Failed => Mark::Failed,
            StepStatus::Recovered => Mark::Recovered,
            StepStatus::Retried => Mark::Retried,
            StepStatus::Cancelled => Mark::Cancelled,
        };
        let action = step.action.as_ref().map(phrase::action);
        let drawn = step.diagnostics.iter().any(Diagnostic::is_error)
            || step.fault.as_ref().is_some_and(|fault| self.explained.contains(&fault.message));
        let explained = step.status == StepStatus::Failed && drawn;
        let reason = if explained && action.is_none() { None } else { phrase::reason(step) };
        let because = match (reason, action) {
            (Some(reason), Some(action)) => Some(format!("{reason} {action}")),
            // With `-v` the outputs have lines of their own.
            (None, None) if step.status == StepStatus::Succeeded && self.telling.detail < Detail::Criteria => {
                phrase::outputs(&step.outputs)
            }
            (reason, action) => reason.or(action),
        };
        let cancelled = (step.status == StepStatus::Cancelled).then(|| "interrupted".to_owned());
        let tail: Vec<_> = [tally.phrase(), because.or(cancelled)].into_iter().flatten().collect();
        let mut row = row(mark, depth, &step.step_id, step.operation.as_ref(), step.calls.as_deref());
        row.status = step.status_code;
        let measured = step.status != StepStatus::Cancelled || step.duration_ms > 0.0;
        row.duration = if measured { phrase::millis(step.duration_ms) } else { String::new() };
        row.tail = tail.join(" · ").replace(" · →", " →");
        row
    }
}

/// Whether an invocation belongs to a call that was made before: a later visit or attempt of the calling step.
pub(super) fn is_repeat(path: &str) -> bool {
    path.split('/').any(|effect| effect.rsplit_once('#').is_some_and(|(_, number)| number != "1.1"))
}

pub(super) fn row(
    mark: Mark,
    depth: usize,
    step: &str,
    operation: Option<&OperationSummary>,
    calls: Option<&str>,
) -> Row {
    let (method, label) = match (operation, calls) {
        (Some(operation), _) => (escape(&operation.method).into_owned(), escape(&operation.label).into_owned()),
        (None, Some(workflow)) => (String::new(), format!("workflow {}", escape(workflow))),
        (None, None) => (String::new(), String::new()),
    };
    Row {
        mark,
        depth,
        step: escape(step).into_owned(),
        method,
        label,
        status: None,
        duration: String::new(),
        tail: String::new(),
    }
}
