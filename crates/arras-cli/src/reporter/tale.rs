//! The story of a run as lines of text, finished ones and the one that goes on; others put them on a screen.

use std::collections::HashSet;

use arras_doc::diagnostic::{Diagnostic, Severity};
use arras_doc::source::SourceId;
use arras_doc::span::Span;
use arras_run::effect::Status;
use arras_run::event::{Event, EventKind, OperationSummary, StepFinished, StepStarted, StepStatus, WaitReason};
use arras_run::fault::Fault;
use arras_run::time::Timestamp;

use super::facts::{Frame, RunFacts, Totals};
use super::row::{Columns, Mark, Row};
use super::tally::Tally;
use super::{exchange, phrase};
use crate::args::common::Volume;
use crate::diagnostics::{Places, human};
use crate::display::{count, escape, width};
use crate::look::{Lines, Look, Tone};

/// Silence so long, in milliseconds, is broken by a line that says what is waited for.
const SILENCE: u64 = 30_000;

/// How much is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// `-q`: the summary line.
    Summary,
    /// A line for each step; loops folded.
    Steps,
    /// `-v`: every attempt with its criteria.
    Criteria,
    /// `-vv`: whole exchanges too.
    Exchanges,
}

impl From<Volume> for Detail {
    fn from(volume: Volume) -> Detail {
        match (volume.quiet, volume.verbose) {
            (true, _) => Detail::Summary,
            (_, 0) => Detail::Steps,
            (_, 1) => Detail::Criteria,
            _ => Detail::Exchanges,
        }
    }
}

/// How a story is told.
#[derive(Clone, Debug)]
pub struct Telling {
    /// How much.
    pub detail: Detail,
    /// How it looks.
    pub look: Look,
    /// What findings point into.
    pub places: Places,
    /// What the header says besides the number of steps: `api → http://127.0.0.1:41833 (mock)`.
    pub notes: Vec<String>,
}

/// The story so far.
#[derive(Debug)]
pub(super) struct Tale {
    telling: Telling,
    /// Whether a step that goes on is shown elsewhere, so that silence needs no breaking.
    live: bool,
    text: String,
    columns: Columns,
    run: RunFacts,
    totals: Totals,
    told: HashSet<(&'static str, Option<(SourceId, Span)>)>,
    blocks: Vec<String>,
    current: Option<Current>,
    spoke: Timestamp,
}

/// The step that goes on.
#[derive(Debug)]
struct Current {
    row: Row,
    began: Timestamp,
    visit: u32,
    attempt: u32,
    note: Option<String>,
    waiting: Option<(Timestamp, WaitReason)>,
}

impl Tale {
    pub(super) fn new(telling: Telling, live: bool) -> Tale {
        Tale {
            telling,
            live,
            text: String::new(),
            columns: Columns::default(),
            run: RunFacts::default(),
            totals: Totals::default(),
            told: HashSet::new(),
            blocks: Vec::new(),
            current: None,
            spoke: Timestamp::default(),
        }
    }

    /// Takes in one event.
    pub(super) fn event(&mut self, event: &Event) {
        let at = event.at;
        match &event.kind {
            EventKind::RunStarted { workflow_id, .. } => self.run_started(workflow_id, at),
            EventKind::WorkflowStarted { path, workflow_id, steps, .. } => self.workflow_started(path, workflow_id, *steps),
            EventKind::StepStarted(step) => self.step_started(step, at),
            EventKind::RequestSent(request) => {
                self.run.requests += 1;
                self.exchange(|look| exchange::request(request, look));
            }
            EventKind::ResponseReceived(response) => {
                if let Some(current) = &mut self.current {
                    current.row.status = Some(response.status);
                    current.row.duration = phrase::millis(response.duration_ms);
                }
                self.exchange(|look| exchange::response(response, look));
            }
            EventKind::StepFinished(step) => self.step_finished(step, at),
            EventKind::Waiting { step_id, until, reason, .. } => self.waiting(step_id, *until, *reason, at),
            EventKind::WorkflowTransferred { path, .. } => self.leave(path),
            EventKind::Diagnosed { diagnostic } => {
                self.diagnose(diagnostic);
                self.flush_blocks();
            }
            EventKind::WorkflowFinished { path, status, fault, .. } => self.workflow_finished(path, *status, fault.as_ref()),
            EventKind::RunFinished { status } => self.run_finished(*status, at),
        }
        if !self.text.is_empty() {
            self.spoke = at;
        }
    }

    /// The lines finished since the last time, each with its break.
    pub(super) fn take(&mut self) -> String {
        self.telling.look.spell(std::mem::take(&mut self.text)).into_owned()
    }

    /// The last line, when there was more than one run.
    pub(super) fn finish(&mut self) {
        if self.totals.runs > 1 {
            let line = self.total();
            self.line(&line);
        }
    }

    /// The line of the step that goes on, as it stands now, `frame` turning the spinner; cut to `width`.
    pub(super) fn live(&self, now: Timestamp, frame: usize, width: usize) -> Option<String> {
        let current = self.current.as_ref().filter(|_| self.telling.detail != Detail::Summary)?;
        let look = Look { width, ..self.telling.look };
        let row = Row { mark: Mark::Spins(frame), tail: current.tail(now), ..current.row.clone() };
        Some(look.spell(row.single(self.columns, &look)).into_owned())
    }

    fn run_started(&mut self, workflow: &str, at: Timestamp) {
        self.run = RunFacts::new(workflow, at);
        self.spoke = at;
    }

    fn workflow_started(&mut self, path: &str, workflow: &str, steps: usize) {
        let depth = RunFacts::depth(path);
        self.run.frames.insert(path.to_owned(), Frame { depth, ..Frame::default() });
        let steps = count(steps, "step");
        if !self.run.headed {
            self.run.headed = true;
            let known = path.is_empty().then(|| steps.clone());
            if self.totals.runs > 0 {
                self.tell(Detail::Steps, "");
            }
            let line = self.header(known);
            self.tell(Detail::Steps, &line);
        }
        let look = self.telling.look;
        if path.starts_with("dependsOn:") && depth == 0 {
            self.enter(workflow, String::new(), 0, format!("{steps} · needed first"));
        } else if !path.is_empty() && !is_repeat(path) {
            let called_by = path.rsplit('/').next().and_then(|effect| effect.split('#').next()).unwrap_or_default();
            self.enter(called_by, format!("workflow {}", escape(workflow)), depth - usize::from(depth > 0), steps);
        } else if path.is_empty() && workflow != self.run.workflow {
            let name = look.paint(Tone::Strong, escape(workflow));
            let line = format!(" {} {name}   {steps}", look.paint(Tone::Accent, "→"));
            self.tell(Detail::Steps, &line);
        }
    }

    fn header(&self, steps: Option<String>) -> String {
        let look = &self.telling.look;
        let notes = self.telling.notes.iter().map(|note| escape(note).into_owned());
        let facts: Vec<_> = steps.into_iter().chain(notes).collect();
        let name = look.paint(Tone::Strong, escape(&self.run.workflow)).into_owned();
        let head = format!("{}  {name}", look.paint(Tone::Accent, "Running"));
        let room = look.width.saturating_sub(width("Running  ") + width(&self.run.workflow) + 3);
        let facts = facts.join(" · ");
        match look.lines {
            Lines::Free => format!("{head}   {facts}"),
            Lines::Fit if width(&facts) <= room => format!("{head}   {facts}"),
            Lines::Fit => wrap_facts(&head, &facts, look.width),
        }
    }

    fn enter(&mut self, step: &str, label: String, depth: usize, tail: String) {
        let row = Row {
            mark: Mark::Enters,
            depth,
            step: escape(step).into_owned(),
            method: String::new(),
            label,
            status: None,
            duration: String::new(),
            tail,
        };
        self.columns.fit(depth, &row.step, width(&row.label));
        self.row(&row);
    }

    fn step_started(&mut self, step: &StepStarted, at: Timestamp) {
        self.run.started.insert(step.effect.clone(), at);
        let depth = self.run.frames.get(&step.path).map_or(0, |frame| frame.depth);
        if step.visit == 1 && step.attempt == 1 {
            self.flush(&step.path);
        }
        let row = row(Mark::Spins(0), depth, &step.step_id, step.operation.as_ref(), step.calls.as_deref());
        self.columns.fit(depth, &row.step, width(&row.method) + width(&row.label) + usize::from(!row.method.is_empty()));
        if self.telling.detail == Detail::Exchanges && step.operation.is_some() {
            let tail = repetition(step.visit, step.attempt);
            self.row(&Row { mark: Mark::Enters, tail, ..row.clone() });
        }
        let (visit, attempt) = (step.visit, step.attempt);
        self.current = Some(Current { row, began: at, visit, attempt, note: None, waiting: None });
    }

    fn exchange(&mut self, lines: impl FnOnce(&Look) -> Vec<String>) {
        if self.telling.detail == Detail::Exchanges {
            lines(&self.telling.look).iter().for_each(|line| self.line(line));
        }
    }

    fn step_finished(&mut self, step: &StepFinished, at: Timestamp) {
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
        self.telling.detail >= Detail::Criteria || step.status == StepStatus::Failed || !diagnostic.is_error()
    }

    /// `-v`: every attempt is told by itself.
    fn attempt(&mut self, step: &StepFinished, began: Timestamp, at: Timestamp) {
        let row = self.finished_row(&Tally::new(step, began, at));
        self.row(&row);
        let look = self.telling.look;
        let indent = " ".repeat(5 + 2 * row.depth);
        for criterion in &step.criteria {
            let (mark, tone) = if criterion.satisfied { ("✓", Tone::Good) } else { ("✗", Tone::Bad) };
            let seen: Vec<_> = criterion.evidence.iter().map(phrase::evidence).collect();
            let seen = criterion.error.as_ref().map_or_else(|| seen.join(", "), |error| escape(error).into_owned());
            let line = format!("{indent}{} {}   {}", look.paint(tone, mark), escape(&criterion.condition), look.paint(Tone::Dim, seen));
            self.line(line.trim_end());
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
        let again = step.visit > 1 || step.attempt > 1 || step.status == StepStatus::Retried || target == Some(&step.step_id);
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
    fn flush(&mut self, path: &str) {
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
        let explained = step.status == StepStatus::Failed && step.diagnostics.iter().any(Diagnostic::is_error);
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

    fn waiting(&mut self, step: &str, until: Timestamp, reason: WaitReason, at: Timestamp) {
        let depth = self.current.as_ref().map_or(0, |current| current.row.depth);
        let current = self.current.get_or_insert_with(|| Current {
            row: row(Mark::Spins(0), depth, step, None, None),
            began: at,
            visit: 1,
            attempt: 1,
            note: None,
            waiting: None,
        });
        if current.row.step != escape(step) {
            current.row.step = escape(step).into_owned();
        }
        current.waiting = Some((until, reason));
        if !self.live && self.telling.detail == Detail::Steps && at.0.saturating_sub(self.spoke.0) >= SILENCE {
            let row = Row { mark: Mark::Waits, tail: current.tail(at), ..current.row.clone() };
            self.row(&row);
        }
    }

    fn leave(&mut self, path: &str) {
        self.flush(path);
        self.run.frames.shift_remove(path);
        self.current = None;
    }

    fn workflow_finished(&mut self, path: &str, status: Status, fault: Option<&Fault>) {
        self.flush(path);
        let outermost = self.run.frames.shift_remove(path).is_none_or(|frame| frame.depth == 0);
        if let (Some(fault), true, true) = (fault, outermost, status == Status::Failed) {
            // A fault that no step has told: a budget, a dependency.
            let message = escape(&fault.message).into_owned();
            if self.run.end.as_ref().is_none_or(|(_, told)| *told != message) {
                let look = self.telling.look;
                let limit = if look.lines == Lines::Free { usize::MAX } else { look.width };
                let line = wrapped(&message, limit);
                let line = format!(" {} {}", look.paint(Tone::Bad, "✗"), line.trim_start());
                self.tell(Detail::Steps, &line);
                self.run.end.get_or_insert((String::new(), message));
            }
        }
        if let (Status::Cancelled, Some(current)) = (status, &self.current) {
            self.run.end.get_or_insert((current.row.step.clone(), String::new()));
        }
        if outermost {
            self.current = None;
        }
    }

    fn run_finished(&mut self, status: Status, at: Timestamp) {
        let open: Vec<_> = self.run.frames.keys().cloned().collect();
        open.iter().for_each(|path| self.flush(path));
        self.current = None;
        self.totals.add(&self.run, status, at);
        let line = self.summary(status, at);
        self.line(&line);
    }

    fn summary(&self, status: Status, at: Timestamp) -> String {
        let look = &self.telling.look;
        let (word, tone, preposition) = match status {
            Status::Succeeded => ("Succeeded", Tone::Good, ""),
            Status::Failed => ("Failed", Tone::Bad, "at "),
            Status::Cancelled => ("Interrupted", Tone::Caution, "during "),
        };
        let mut parts = vec![format!("{}  {}", look.paint(tone, word), look.paint(Tone::Strong, escape(&self.run.workflow)))];
        if let (Some((step, why)), true) = (&self.run.end, status != Status::Succeeded) {
            let step = if step.is_empty() { String::new() } else { format!("{preposition}{}", escape(step)) };
            let why = if self.telling.detail == Detail::Summary { why.as_str() } else { "" };
            let joint = if step.is_empty() || why.is_empty() { "" } else { ": " };
            parts.push(format!("{step}{joint}{why}"));
        }
        let counts = format!("{}, {}", count(self.run.steps.len(), "step"), count(self.run.requests(), "request"));
        let took = phrase::duration(at.since(self.run.began));
        let columns: usize = [word, "  ", &self.run.workflow, "   ", &counts, "   ", &took].iter().map(|part| width(part)).sum();
        if look.lines == Lines::Free || columns + parts.iter().skip(1).map(|part| width(part) + 3).sum::<usize>() <= look.width {
            parts.push(counts);
        }
        parts.push(took);
        parts.retain(|part| !part.is_empty());
        parts.join("   ")
    }

    fn total(&self) -> String {
        let Totals { runs, succeeded, cancelled, steps, requests, began, ended } = self.totals;
        let (word, tone) = match (succeeded == runs, cancelled) {
            (true, _) => ("Succeeded", Tone::Good),
            (false, 0) => ("Failed", Tone::Bad),
            (false, _) => ("Interrupted", Tone::Caution),
        };
        let which = match succeeded == runs {
            true => count(runs, "workflow"),
            false => format!("{succeeded} of {} succeeded", count(runs, "workflow")),
        };
        let took = phrase::duration(ended.since(began.unwrap_or(ended)));
        let (steps, requests) = (count(steps, "step"), count(requests, "request"));
        format!("{}  {which}   {steps}, {requests}   {took}", self.telling.look.paint(tone, word))
    }

    /// Draws a finding, once.
    fn diagnose(&mut self, diagnostic: &Diagnostic) {
        let least = if self.telling.detail >= Detail::Criteria { Severity::Advice } else { Severity::Warning };
        let place = diagnostic.primary().map(|label| (label.source, label.span));
        if self.telling.detail == Detail::Summary || diagnostic.severity < least || !self.told.insert((diagnostic.rule.id, place)) {
            return;
        }
        self.blocks.push(human::render(diagnostic, &self.telling.places, &self.telling.look));
    }

    fn flush_blocks(&mut self) {
        for block in std::mem::take(&mut self.blocks) {
            self.text.push('\n');
            self.text.push_str(&block);
            self.text.push('\n');
        }
    }

    fn row(&mut self, row: &Row) {
        let line = row.lines(self.columns, &self.telling.look);
        self.tell(Detail::Steps, &line);
    }

    fn tell(&mut self, least: Detail, line: &str) {
        if self.telling.detail >= least {
            self.line(line);
        }
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }
}

impl Current {
    fn tail(&self, now: Timestamp) -> String {
        let elapsed = now.since(self.began);
        let rests = self.waiting.map(|(until, reason)| {
            let left = format!("again in {}", countdown(until, now));
            if reason == WaitReason::RetryAfter { format!("{left}, as the server asks") } else { left }
        });
        let goes_on = (elapsed.as_secs() >= 2).then(|| phrase::duration(elapsed));
        let repetition = Some(repetition(self.visit, self.attempt)).filter(|text| !text.is_empty());
        let parts = [repetition, self.note.clone(), rests.or(goes_on)];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }
}

/// Tenths below a minute, so that a countdown is seen to move.
fn countdown(until: Timestamp, now: Timestamp) -> String {
    let left = until.since(now);
    if left.as_secs() < 60 { format!("{:.1} s", left.as_secs_f64()) } else { phrase::duration(left) }
}

fn repetition(visit: u32, attempt: u32) -> String {
    match (visit, attempt) {
        (1, 1) => String::new(),
        (visit, 1) => format!("visit {visit}"),
        (1, attempt) => format!("attempt {attempt}"),
        (visit, attempt) => format!("visit {visit}, attempt {attempt}"),
    }
}

/// Whether an invocation belongs to a call that was made before: a later visit or attempt of the calling step.
fn is_repeat(path: &str) -> bool {
    path.split('/').any(|effect| effect.rsplit_once('#').is_some_and(|(_, number)| number != "1.1"))
}

fn row(mark: Mark, depth: usize, step: &str, operation: Option<&OperationSummary>, calls: Option<&str>) -> Row {
    let (method, label) = match (operation, calls) {
        (Some(operation), _) => (escape(&operation.method).into_owned(), escape(&operation.label).into_owned()),
        (None, Some(workflow)) => (String::new(), format!("workflow {}", escape(workflow))),
        (None, None) => (String::new(), String::new()),
    };
    Row { mark, depth, step: escape(step).into_owned(), method, label, status: None, duration: String::new(), tail: String::new() }
}

/// A header whose facts do not fit behind the name: they follow below, broken between words.
fn wrap_facts(head: &str, facts: &str, columns: usize) -> String {
    format!("{head}\n{}", wrapped(facts, columns))
}

/// Text below a mark, broken between words.
fn wrapped(text: &str, columns: usize) -> String {
    let options = textwrap::Options::new(columns.max(20))
        .initial_indent("   ")
        .subsequent_indent("   ")
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::fill(text, options)
}
