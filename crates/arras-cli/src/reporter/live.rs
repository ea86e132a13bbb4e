//! The story on a terminal: finished lines scroll, the step that goes on is redrawn below them.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arras_run::event::Event;
use arras_run::time::Timestamp;

use super::Reporter;
use super::sink::Sink;
use super::tale::{Tale, Telling};
use super::ticker::Ticker;

/// Between two drawings.
const PACE: Duration = Duration::from_millis(100);
/// To the line's start, and erase what is right of it.
const CLEAR: &str = "\r\u{1b}[K";

/// Draws the story on a terminal until it is finished or dropped.
pub struct Live<W: Write + Send + 'static> {
    screen: Arc<Mutex<Screen<W>>>,
    ticker: Option<Ticker>,
}

/// What the terminal shows of the story.
struct Screen<W> {
    tale: Tale,
    sink: Sink<W>,
    now: Box<dyn Fn() -> Timestamp + Send>,
    columns: Box<dyn Fn() -> usize + Send>,
    frame: usize,
    drawn: bool,
}

impl<W: Write + Send + 'static> Live<W> {
    /// Tells the story to the terminal `out`. `now` is the clock of the run's events, `columns` the terminal's width
    /// at any time.
    pub fn new(
        telling: Telling,
        out: W,
        now: impl Fn() -> Timestamp + Send + 'static,
        columns: impl Fn() -> usize + Send + 'static,
    ) -> Live<W> {
        let screen = Arc::new(Mutex::new(Screen::new(telling, out, now, columns)));
        let drawn = Arc::clone(&screen);
        // Without a thread the line still changes with every event.
        let ticker = Ticker::new("live", PACE, move || lock(&drawn).tick());
        Live { screen, ticker }
    }

    /// Ends the ticking and erases the live line.
    fn rest(&mut self) {
        drop(self.ticker.take());
        lock(&self.screen).erase();
    }
}

impl<W: Write + Send + 'static> Reporter for Live<W> {
    fn event(&mut self, event: &Event) {
        lock(&self.screen).event(event);
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.rest();
        let mut screen = lock(&self.screen);
        screen.tale.finish();
        let text = screen.tale.take();
        screen.sink.text(&text);
        screen.sink.finish()
    }
}

impl<W: Write + Send + 'static> Drop for Live<W> {
    fn drop(&mut self) {
        self.rest();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<W: Write> Screen<W> {
    fn new(
        telling: Telling,
        out: W,
        now: impl Fn() -> Timestamp + Send + 'static,
        columns: impl Fn() -> usize + Send + 'static,
    ) -> Screen<W> {
        let (tale, sink) = (Tale::new(telling, true), Sink::new(out));
        Screen { tale, sink, now: Box::new(now), columns: Box::new(columns), frame: 0, drawn: false }
    }

    fn event(&mut self, event: &Event) {
        self.tale.event(event);
        self.draw();
    }

    fn tick(&mut self) {
        self.frame = self.frame.wrapping_add(1);
        if self.drawn {
            self.draw();
        }
    }

    /// Puts finished lines above and the live line below, in one write so that nothing flickers.
    fn draw(&mut self) {
        let finished = self.tale.take();
        // One column stays free: a full line would wrap on some terminals.
        let columns = (self.columns)().saturating_sub(1);
        let live = self.tale.live((self.now)(), self.frame, columns);
        if finished.is_empty() && live.is_none() && !self.drawn {
            return;
        }
        let clear = if self.drawn { CLEAR } else { "" };
        self.drawn = live.is_some();
        self.sink.text(&format!("{clear}{finished}{}", live.unwrap_or_default()));
    }

    fn erase(&mut self) {
        if std::mem::take(&mut self.drawn) {
            self.sink.text(CLEAR);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use arras_doc::source::Sources;
    use arras_doc::value::Object;
    use arras_run::effect::{EffectId, Status};
    use arras_run::event::{EndedBy, EventKind, OperationSummary, StepFinished, StepStarted, StepStatus, WaitReason};
    use arras_run::result::Verdict;

    use super::*;
    use crate::diagnostics::Places;
    use crate::look::Look;
    use crate::reporter::Detail;

    /// Enough of a terminal: text, line feeds, carriage returns, erasing to the end of the line.
    fn shown(bytes: &[u8]) -> Vec<String> {
        let mut lines = vec![String::new()];
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        for part in text.replace("\u{1b}[K", "\u{0}").chars() {
            match part {
                '\n' => lines.push(String::new()),
                '\r' => {}
                '\u{0}' => lines.last_mut().unwrap().clear(),
                other => lines.last_mut().unwrap().push(other),
            }
        }
        lines
    }

    struct Stage {
        screen: Screen<Vec<u8>>,
        clock: Arc<AtomicU64>,
    }

    impl Stage {
        fn new(columns: usize) -> Stage {
            let places = Places::new(Arc::new(Sources::default()), |_, _| None);
            let telling = Telling { detail: Detail::Steps, look: Look::plain(columns), places, notes: Vec::new() };
            let clock = Arc::new(AtomicU64::new(1000));
            let now = Arc::clone(&clock);
            let now = move || Timestamp(now.load(Ordering::Relaxed));
            Stage { screen: Screen::new(telling, Vec::new(), now, move || columns), clock }
        }

        fn tell(&mut self, kind: EventKind) {
            let at = Timestamp(self.clock.load(Ordering::Relaxed));
            self.screen.event(&Event { at, kind });
        }

        fn pass(&mut self, millis: u64) {
            self.clock.fetch_add(millis, Ordering::Relaxed);
            self.screen.tick();
        }

        fn lines(&self) -> Vec<String> {
            shown(&self.screen.sink_bytes())
        }

        fn last(&self) -> String {
            self.lines().pop().unwrap()
        }
    }

    impl Screen<Vec<u8>> {
        fn sink_bytes(&self) -> Vec<u8> {
            self.sink.inner().clone()
        }
    }

    fn operation() -> Option<OperationSummary> {
        Some(OperationSummary {
            source: "api".into(),
            operation_id: None,
            method: "GET".into(),
            url: "http://a/".into(),
            label: "/jobs/{id}".into(),
        })
    }

    fn started(visit: u32) -> EventKind {
        EventKind::StepStarted(StepStarted {
            effect: EffectId(format!("poll#{visit}.1").into()),
            path: String::new(),
            step_id: "poll".into(),
            visit,
            attempt: 1,
            operation: operation(),
            calls: None,
        })
    }

    fn finished(visit: u32) -> EventKind {
        EventKind::StepFinished(Box::new(StepFinished {
            effect: EffectId(format!("poll#{visit}.1").into()),
            path: String::new(),
            step_id: "poll".into(),
            visit,
            attempt: 1,
            status: StepStatus::Succeeded,
            verdict: Verdict::Succeeded,
            operation: operation(),
            calls: None,
            status_code: Some(200),
            duration_ms: 2.0,
            criteria: Vec::new(),
            action: Some(arras_run::event::ActionTaken {
                kind: "goto".into(),
                name: "again".into(),
                target: Some("poll".into()),
                criteria: Vec::new(),
            }),
            outputs: Object::default(),
            fault: None,
            diagnostics: Vec::new(),
        }))
    }

    fn begun(stage: &mut Stage) {
        stage.tell(EventKind::RunStarted { version: 1, workflow_id: "w".into() });
        let (path, workflow_id, inputs) = (String::new(), "w".into(), Object::default());
        stage.tell(EventKind::WorkflowStarted { path, workflow_id, steps: 1, inputs });
    }

    fn waiting(stage: &mut Stage) {
        let until = Timestamp(stage.clock.load(Ordering::Relaxed) + 1500);
        let (effect, step_id) = (EffectId("poll#3.1".into()), "poll".into());
        stage.tell(EventKind::Waiting { effect, step_id, until, reason: WaitReason::Poll });
    }

    #[test]
    fn the_line_counts_down_in_place_and_gives_way_to_the_finished_one() {
        let mut stage = Stage::new(120);
        begun(&mut stage);
        for visit in 1..=2 {
            stage.tell(started(visit));
            stage.tell(finished(visit));
        }
        waiting(&mut stage);
        assert!(stage.last().ends_with("200    2 ms   visit 2 · again in 1.5 s"), "{}", stage.last());
        stage.pass(1100);
        assert!(stage.last().ends_with("again in 0.4 s"), "{}", stage.last());
        assert_eq!(stage.lines().len(), 2, "the line is redrawn, not repeated");
        let workflow_id = "w".to_owned();
        let (path, status, ended_by) = (String::new(), Status::Succeeded, EndedBy::LastStep);
        stage.tell(EventKind::WorkflowFinished {
            path,
            workflow_id,
            status,
            ended_by,
            outputs: Object::default(),
            fault: None,
        });
        stage.tell(EventKind::RunFinished { status });
        let lines = stage.lines();
        assert!(lines[1].starts_with(" ✓ poll"), "{lines:?}");
        assert!(lines[1].ends_with("2 visits in 0 ms → poll (again)"), "{lines:?}");
        assert!(lines[2].starts_with("Succeeded  w"), "{lines:?}");
        assert_eq!(lines[3..], [String::new()]);
    }

    #[test]
    fn the_live_line_never_reaches_the_edge() {
        for columns in [20, 24, 40, 60, 80, 120, 200] {
            let mut stage = Stage::new(columns);
            begun(&mut stage);
            stage.tell(started(1));
            stage.tell(finished(1));
            waiting(&mut stage);
            let line = stage.last();
            assert!(crate::display::width(&line) < columns, "{columns}: {line}");
            assert!(line.contains("poll"), "{columns}: {line}");
        }
    }

    #[test]
    fn nothing_is_written_while_nothing_goes_on() {
        let mut stage = Stage::new(80);
        stage.pass(100);
        assert!(stage.screen.sink_bytes().is_empty());
    }
}
