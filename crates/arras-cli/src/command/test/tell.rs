//! The story of tests: a line for each, why a failed one failed, one summary.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use arras_run::event::{Event, EventKind};

use super::plan::Planned;
use super::workers::Done;
use crate::args::TestArgs;
use crate::context::Context;
use crate::display::{count, escape, hanging, width};
use crate::look::{Lines, Look, Tone};
use crate::reporter::story::Story;
use crate::reporter::{self, Case, Detail, Reporter, Telling, counts, duration};

/// To the line's start, and erase what is right of it.
const CLEAR: &str = "\r\u{1b}[K";

/// Tells of tests on stderr.
pub(super) struct Teller<'a> {
    context: &'a Context,
    look: Look,
    detail: Detail,
    live: bool,
    began: Instant,
    all: usize,
    over: usize,
    failed: usize,
    stopped: usize,
    flaky: usize,
}

impl<'a> Teller<'a> {
    pub(super) fn new(args: &TestArgs, context: &'a Context, all: usize) -> Teller<'a> {
        let look = context.look(args.common.color, &context.stderr);
        let detail = Detail::from(args.volume);
        let live = context.is_live() && detail > Detail::Summary;
        Teller { context, look, detail, live, began: Instant::now(), all, over: 0, failed: 0, stopped: 0, flaky: 0 }
    }

    /// Redraws the line of what goes on, on a terminal.
    pub(super) fn tick(&self) {
        if self.live {
            let failed = if self.failed > 0 { format!(" · {} failed", self.failed) } else { String::new() };
            let line = format!("{CLEAR} {} of {}{failed}", self.over, count(self.all, "test"));
            self.context.write_stderr(&line);
        }
    }

    pub(super) fn done(&mut self, test: &Planned, done: &Done) {
        self.over += 1;
        self.stopped += usize::from(done.was_stopped());
        self.failed += usize::from(!done.passed() && !done.was_stopped());
        self.flaky += usize::from(done.is_flaky());
        if self.detail == Detail::Summary {
            if !done.passed() {
                let text = format!("{}{}", self.line(test, done), self.why(test, done));
                self.context.write_stderr(&self.look.spell(text));
            }
            return;
        }
        let mut text = if self.live { CLEAR.to_owned() } else { String::new() };
        text.push_str(&self.line(test, done));
        let told_whole = self.detail > Detail::Steps;
        for (number, attempt) in (1..).zip(&done.attempts) {
            if done.attempts.len() > 1 {
                let which = format!("attempt {number} of {}", done.attempts.len());
                text.push_str(&format!("   {}\n", self.look.paint(Tone::Dim, which)));
            }
            if told_whole || !attempt.passed() && !done.is_flaky() {
                let story = self.story(&attempt.events, &attempt.places);
                story.lines().for_each(|line| text.push_str(&format!("{}\n", format!("   {line}").trim_end())));
            }
            for reason in attempt.judgement.reasons() {
                text.push_str(&self.reason(&escape(reason)));
            }
        }
        self.context.write_stderr(&self.look.spell(text));
        self.tick();
    }

    fn line(&self, test: &Planned, done: &Done) -> String {
        let (mark, tone) = match (done.passed(), done.is_flaky()) {
            (true, false) => ("✓", Tone::Good),
            (true, true) => ("!", Tone::Caution),
            (false, _) if done.was_stopped() => ("■", Tone::Caution),
            (false, _) => ("✗", Tone::Bad),
        };
        let (steps, requests) = done.attempts.last().map(|attempt| counts(&attempt.events)).unwrap_or_default();
        let again = match done.attempts.len() {
            1 => String::new(),
            attempts if done.is_flaky() => format!("   flaky: passed at attempt {attempts}"),
            attempts => format!("   {attempts} attempts"),
        };
        let (file, name) = (escape(&test.file), escape(&test.name));
        let facts =
            format!("{}, {}   {}{again}", count(steps, "step"), count(requests, "request"), duration(done.took));
        let fits = width(&file) + width(&name) + width(&facts) + 9 <= self.look.width;
        let gap = if self.look.lines == Lines::Free || fits { "   " } else { "\n   " };
        let (mark, file) = (self.look.paint(tone, mark), self.look.paint(Tone::Dim, file));
        format!(" {mark} {file} › {}{gap}{facts}\n", self.look.paint(Tone::Strong, name))
    }

    /// Why a test failed, in one line: where nothing else is told of it.
    fn why(&self, test: &Planned, done: &Done) -> String {
        let Some(attempt) = done.attempts.last() else { return String::new() };
        let case = Case { file: test.file.clone(), name: test.name.clone(), attempt: 1, ..Case::default() };
        let reasons = reporter::reasons(&case, &attempt.places, &attempt.events, &attempt.judgement);
        let Some(first) = reasons.first() else { return String::new() };
        let more = match reasons.len() {
            1 => String::new(),
            all => format!(" (and {} more)", all - 1),
        };
        self.reason(&format!("{}{more}", escape(first)))
    }

    fn reason(&self, line: &str) -> String {
        let mark = self.look.paint(Tone::Bad, "✗");
        match self.look.lines {
            Lines::Free => format!("   {mark} {line}\n"),
            Lines::Fit => format!("{}\n", hanging(&format!("   {mark} "), line, "     ", self.look.width)),
        }
    }

    /// The story of one run.
    fn story(&self, events: &[Event], places: &crate::diagnostics::Places) -> String {
        let buffer = Buffer::default();
        let look = Look { width: self.look.width.saturating_sub(3).max(37), ..self.look };
        let telling = Telling { detail: self.detail, look, places: places.clone(), notes: Vec::new() };
        let mut story: Box<dyn Reporter> = Box::new(Story::new(telling, buffer.clone()));
        // what is found before each run of a document need not be said at each test of it
        let is_start = |event: &Event| matches!(event.kind, EventKind::WorkflowStarted { .. });
        let start = events.iter().position(is_start).filter(|_| self.detail <= Detail::Steps).unwrap_or_default();
        for (at, event) in events.iter().enumerate() {
            if at >= start || !matches!(event.kind, EventKind::Diagnosed { .. }) {
                story.event(event);
            }
        }
        // a buffer takes everything
        let _ = story.finish();
        buffer.text()
    }

    pub(super) fn finish(&self, cancelled: bool) {
        let passed = self.over - self.failed - self.stopped;
        let (word, tone) = match (cancelled, self.failed) {
            (true, _) => ("Interrupted", Tone::Caution),
            (false, 0) if self.over == self.all => ("Passed", Tone::Good),
            (false, _) => ("Failed", Tone::Bad),
        };
        let tests = count(self.all, "test");
        let mut which = match self.failed {
            _ if cancelled => format!("{passed} of {tests} passed"),
            0 if passed == self.all => tests,
            0 => format!("{passed} of {tests}"),
            failed => format!("{failed} of {tests}"),
        };
        let counts = [
            (if cancelled { self.failed } else { 0 }, "failed"),
            (self.stopped, "stopped"),
            (self.flaky, "flaky"),
            (self.all - self.over, "not run"),
        ];
        for (number, word) in counts.into_iter().filter(|(number, _)| *number > 0) {
            which.push_str(&format!(", {number} {word}"));
        }
        let clear = if self.live { CLEAR } else { "" };
        let line = format!("{clear}{}  {which}   {}\n", self.look.paint(tone, word), duration(self.began.elapsed()));
        self.context.write_stderr(&self.look.spell(line));
    }
}

/// A line of `--list`.
pub(super) fn listed(test: &Planned) -> String {
    format!("{} › {}\n", escape(&test.file), escape(&test.name))
}

/// A text that a reporter writes.
#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Buffer {
    fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
