//! The story in plain lines, for CI, files and pipes: nothing is ever redrawn.

use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arras_run::event::Event;
use arras_run::time::Timestamp;

use super::Reporter;
use super::sink::Sink;
use super::tale::{Tale, Telling};
use super::ticker::Ticker;

/// How often it is looked whether there has been silence for too long.
const PACE: Duration = Duration::from_secs(1);

/// Writes each line when it is finished.
pub struct Story<W> {
    scroll: Arc<Mutex<Scroll<W>>>,
    ticker: Option<Ticker>,
}

struct Scroll<W> {
    tale: Tale,
    sink: Sink<W>,
}

impl<W: Write> Story<W> {
    /// Tells the story to `out`.
    pub fn new(telling: Telling, out: W) -> Story<W> {
        let scroll = Scroll { tale: Tale::new(telling, false), sink: Sink::new(out) };
        Story { scroll: Arc::new(Mutex::new(scroll)), ticker: None }
    }
}

impl<W: Write + Send + 'static> Story<W> {
    /// The same, and whenever it has been silent for half a minute a line says what is waited for. `now` is the clock of
    /// the run's events.
    pub fn watched(telling: Telling, out: W, now: impl Fn() -> Timestamp + Send + 'static) -> Story<W> {
        let story = Story::new(telling, out);
        let scroll = Arc::clone(&story.scroll);
        let ticker = Ticker::new("silence", PACE, move || lock(&scroll).tick(now()));
        Story { ticker, ..story }
    }
}

impl<W: Write> Scroll<W> {
    fn tick(&mut self, now: Timestamp) {
        self.tale.tick(now);
        self.sink.text(&self.tale.take());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<W> fmt::Debug for Story<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Story").field("watched", &self.ticker.is_some()).finish_non_exhaustive()
    }
}

impl<W: Write + Send> Reporter for Story<W> {
    fn event(&mut self, event: &Event) {
        let mut scroll = lock(&self.scroll);
        scroll.tale.event(event);
        let text = scroll.tale.take();
        scroll.sink.text(&text);
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        drop(self.ticker.take());
        let mut scroll = lock(&self.scroll);
        scroll.tale.finish();
        let text = scroll.tale.take();
        scroll.sink.text(&text);
        scroll.sink.finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arras_doc::source::Sources;
    use arras_doc::value::Object;
    use arras_run::effect::EffectId;
    use arras_run::event::{EventKind, StepStarted, WaitReason};

    use super::*;
    use crate::diagnostics::Places;
    use crate::look::Look;
    use crate::reporter::Detail;

    /// What the story has said by each of these points in time, in seconds.
    fn told(detail: Detail, seconds: &[u64]) -> Vec<String> {
        let places = Places::new(Arc::new(Sources::default()), |_, _| None);
        let telling = Telling { detail, look: Look::plain(80), places, notes: Vec::new() };
        let mut scroll = Scroll { tale: Tale::new(telling, false), sink: Sink::new(Vec::new()) };
        let (path, workflow_id) = (String::new(), "w".to_owned());
        let effect = EffectId("poll#1.1".into());
        let started = StepStarted {
            effect: effect.clone(),
            path: path.clone(),
            step_id: "poll".into(),
            visit: 1,
            attempt: 1,
            operation: None,
            calls: None,
        };
        for kind in [
            EventKind::RunStarted { version: 1, workflow_id: workflow_id.clone() },
            EventKind::WorkflowStarted { path, workflow_id, steps: 1, inputs: Object::default() },
            EventKind::StepStarted(started),
            EventKind::Waiting {
                effect,
                step_id: "poll".into(),
                until: Timestamp(66_000),
                reason: WaitReason::RetryAfter,
            },
        ] {
            scroll.tale.event(&Event { at: Timestamp(0), kind });
        }
        drop(scroll.tale.take());
        let line = |second: &u64| {
            scroll.tick(Timestamp(second * 1000));
            String::from_utf8(scroll.sink.inner().clone()).expect("text")
        };
        seconds.iter().map(line).collect()
    }

    #[test]
    fn a_long_silence_is_broken() {
        let told_at = told(Detail::Steps, &[1, 29, 30, 31, 59, 61]);
        assert_eq!(told_at[1], "");
        assert!(
            told_at[2].contains("poll") && told_at[2].contains("again in 36.0 s, as the server asks"),
            "{told_at:?}"
        );
        assert_eq!(told_at[2], told_at[4]);
        assert_eq!(told_at[5].matches("poll").count(), 2, "{told_at:?}");
        assert_eq!(told(Detail::Summary, &[90]), [""]);
    }
}
