//! The story on a terminal: finished lines scroll, the step that goes on is redrawn below them.

use std::io::{self, Write};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use arras_run::event::Event;
use arras_run::time::Timestamp;

use super::Reporter;
use super::sink::Sink;
use super::tale::{Tale, Telling};

/// Between two drawings.
const PACE: Duration = Duration::from_millis(100);
/// To the line's start, and erase what is right of it.
const CLEAR: &str = "\r\u{1b}[K";

/// Draws the story on a terminal until it is finished or dropped.
pub struct Live<W: Write + Send + 'static> {
    screen: Arc<Mutex<Screen<W>>>,
    stop: Option<mpsc::Sender<()>>,
    ticker: Option<JoinHandle<()>>,
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
        let (stop, stopped) = mpsc::channel();
        let drawn = Arc::clone(&screen);
        let ticker = std::thread::Builder::new().name("live".to_owned()).spawn(move || {
            while stopped.recv_timeout(PACE) == Err(RecvTimeoutError::Timeout) {
                lock(&drawn).tick();
            }
        });
        // Without a thread the line still changes with every event.
        Live { screen, stop: Some(stop), ticker: ticker.ok() }
    }

    /// Ends the ticking and erases the live line.
    fn rest(&mut self) {
        drop(self.stop.take());
        if let Some(ticker) = self.ticker.take() {
            let _ = ticker.join();
        }
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

