//! The story of a run as lines of text, finished ones and the one that goes on; others put them on a screen.

mod steps;

use std::collections::HashSet;

use arras_doc::diagnostic::{Diagnostic, Severity};
use arras_doc::rule;
use arras_doc::source::SourceId;
use arras_doc::span::Span;
use arras_run::effect::Status;
use arras_run::event::{Event, EventKind, WaitReason};
use arras_run::fault::Fault;
use arras_run::time::Timestamp;

use super::current::Current;
use super::facts::{Frame, RunFacts, Totals};
use super::row::{Columns, Mark, Row};
use super::{exchange, foreword, phrase, summary};
use crate::args::common::Volume;
use crate::diagnostics::{Places, human};
use crate::display::{count, escape, hanging, width};
use crate::look::{Lines, Look, Tone};
use steps::{is_repeat, row};

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

/// What makes two findings the same: the rule and the place.
type Finding = (&'static str, Option<(SourceId, Span)>);

fn finding(diagnostic: &Diagnostic) -> Finding {
    (diagnostic.rule.id, diagnostic.primary().map(|label| (label.source, label.span)))
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
    /// What was found before the run, of which is told when its first workflow begins.
    foreword: Vec<Diagnostic>,
    /// All of that which was told, by its place and words.
    forewarned: HashSet<(Finding, String)>,
    /// Outputs without a value, of the workflow that is about to be over.
    absent: Vec<Diagnostic>,
    /// Warnings that were drawn, which is done once in the whole story.
    told: HashSet<Finding>,
    /// Errors that were drawn in this run, and what they said.
    failures: HashSet<Finding>,
    explained: HashSet<String>,
    blocks: Vec<String>,
    /// Whether the last line is the empty one below a block.
    spaced: bool,
    current: Option<Current>,
    spoke: Timestamp,
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
            foreword: Vec::new(),
            forewarned: HashSet::new(),
            absent: Vec::new(),
            told: HashSet::new(),
            failures: HashSet::new(),
            explained: HashSet::new(),
            blocks: Vec::new(),
            spaced: false,
            current: None,
            spoke: Timestamp::default(),
        }
    }

    /// Takes in one event.
    pub(super) fn event(&mut self, event: &Event) {
        let at = event.at;
        self.run.requests.event(event);
        match &event.kind {
            EventKind::RunStarted { workflow_id, .. } => self.run_started(workflow_id, at),
            EventKind::WorkflowStarted { path, workflow_id, steps, .. } => {
                self.workflow_started(path, workflow_id, *steps)
            }
            EventKind::StepStarted(step) => self.step_started(step, at),
            EventKind::RequestSent(request) => {
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
            EventKind::Diagnosed { diagnostic } if !self.run.headed => self.forewarn(diagnostic),
            EventKind::Diagnosed { diagnostic } if self.notes_absence(diagnostic) => {
                self.absent.push((**diagnostic).clone());
            }
            EventKind::Diagnosed { diagnostic } => {
                let before = self.blocks.len();
                self.diagnose(diagnostic);
                // What ended the run, or belongs to a loop, is drawn below the lines of the steps.
                if !diagnostic.is_error() && before == 0 {
                    self.flush_blocks();
                }
            }
            EventKind::WorkflowFinished { path, status, fault, .. } => {
                self.workflow_finished(path, *status, fault.as_ref())
            }
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
            let line = summary::total(&self.totals, &self.telling.look);
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
        self.failures.clear();
        self.explained.clear();
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
            self.tell_foreword();
            let line = summary::header(&self.run, known, &self.telling);
            self.tell(Detail::Steps, &line);
        }
        let look = self.telling.look;
        if path.starts_with("dependsOn:") && depth == 0 {
            self.enter(workflow, String::new(), 0, format!("{steps} · needed first"));
        } else if !path.is_empty() && !is_repeat(path) {
            // of `1>create#1.1`, the first effect of a workflow that took over, `create`
            let called_by = path.rsplit(['/', '>']).next().and_then(|effect| effect.split('#').next());
            let called_by = called_by.unwrap_or_default();
            self.enter(called_by, format!("workflow {}", escape(workflow)), depth - usize::from(depth > 0), steps);
        } else if path.is_empty() && workflow != self.run.workflow {
            let name = look.paint(Tone::Strong, escape(workflow));
            let line = format!(" {} {name}   {steps}", look.paint(Tone::Accent, "→"));
            self.tell(Detail::Steps, &line);
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

    fn exchange(&mut self, lines: impl FnOnce(&Look) -> Vec<String>) {
        if self.telling.detail == Detail::Exchanges {
            lines(&self.telling.look).iter().for_each(|line| self.line(line));
        }
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
        self.break_silence(at);
    }

    /// Time has passed without an event: a line says what is waited for if there was none for long.
    pub(super) fn tick(&mut self, now: Timestamp) {
        self.break_silence(now);
        if !self.text.is_empty() {
            self.spoke = now;
        }
    }

    fn break_silence(&mut self, now: Timestamp) {
        let is_silent = !self.live && now.0.saturating_sub(self.spoke.0) >= SILENCE;
        if let Some(current) = self.current.as_ref().filter(|_| is_silent) {
            let row = Row { mark: Mark::Waits, tail: current.tail(now), ..current.row.clone() };
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
        let absent = std::mem::take(&mut self.absent);
        if path.is_empty() {
            absent.iter().for_each(|output| self.tell_absence(output));
        }
        let outermost = self.run.frames.shift_remove(path).is_none_or(|frame| frame.depth == 0);
        if let (Some(fault), true, true) = (fault, outermost, status == Status::Failed) {
            // A fault that no step has told: a budget, a dependency.
            let message = escape(&fault.message).into_owned();
            let told = self.explained.contains(&fault.message);
            if !told && self.run.end.as_ref().is_none_or(|(_, told)| *told != message) {
                let look = self.telling.look;
                let limit = if look.lines == Lines::Free { usize::MAX } else { look.width };
                let line = summary::wrapped(&message, limit);
                let line = format!(" {} {}", look.paint(Tone::Bad, "✗"), line.trim_start());
                self.tell(Detail::Steps, &line);
            }
            self.run.end.get_or_insert((String::new(), message));
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
        self.tell_foreword();
        self.flush_blocks();
        self.current = None;
        self.totals.add(&self.run, status, at);
        let line = summary::run(&self.run, status, at, &self.telling);
        self.line(&line);
    }

    /// Keeps what was found before the run; several runs may find the same.
    fn forewarn(&mut self, diagnostic: &Diagnostic) {
        if self.forewarned.insert((finding(diagnostic), diagnostic.message.clone())) {
            self.foreword.push(diagnostic.clone());
        }
    }

    fn tell_foreword(&mut self) {
        let found = std::mem::take(&mut self.foreword);
        if self.telling.detail >= Detail::Steps {
            let whole = self.telling.detail >= Detail::Criteria;
            self.text.push_str(&foreword::text(&found, whole, &self.telling.places, &self.telling.look));
        }
    }

    /// Whether a finding is a line below the steps: that an output has no value, where not everything is told.
    fn notes_absence(&self, diagnostic: &Diagnostic) -> bool {
        self.telling.detail == Detail::Steps && diagnostic.rule == rule::OUTPUT_ABSENT
    }

    fn tell_absence(&mut self, output: &Diagnostic) {
        let look = self.telling.look;
        let line = escape(&output.message);
        let mark = format!(" {} ", look.paint(Tone::Accent, "☞"));
        let line =
            if look.lines == Lines::Free { format!("{mark}{line}") } else { hanging(&mark, &line, "   ", look.width) };
        self.line(&line);
    }

    /// Draws a finding, once.
    fn diagnose(&mut self, diagnostic: &Diagnostic) {
        let least = if self.telling.detail >= Detail::Criteria { Severity::Advice } else { Severity::Warning };
        let finding = finding(diagnostic);
        if self.telling.detail == Detail::Summary || diagnostic.severity < least {
            return;
        }
        let drawn = if diagnostic.is_error() { &mut self.failures } else { &mut self.told };
        if !drawn.insert(finding) {
            return;
        }
        if diagnostic.is_error() {
            self.explained.insert(diagnostic.message.clone());
        }
        self.blocks.push(human::render(diagnostic, &self.telling.places, &self.telling.look));
    }

    fn flush_blocks(&mut self) {
        for block in std::mem::take(&mut self.blocks) {
            if !std::mem::replace(&mut self.spaced, true) {
                self.text.push('\n');
            }
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
        self.spaced = false;
        self.text.push_str(line);
        self.text.push('\n');
    }
}
