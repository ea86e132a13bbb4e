//! The story in plain lines, for CI, files and pipes: nothing is ever redrawn.

use std::io::{self, Write};

use arras_run::event::Event;

use super::Reporter;
use super::sink::Sink;
use super::tale::{Tale, Telling};

/// Writes each line when it is finished.
#[derive(Debug)]
pub struct Story<W> {
    tale: Tale,
    sink: Sink<W>,
}

impl<W: Write> Story<W> {
    /// Tells the story to `out`.
    pub fn new(telling: Telling, out: W) -> Story<W> {
        Story { tale: Tale::new(telling, false), sink: Sink::new(out) }
    }
}

impl<W: Write + Send> Reporter for Story<W> {
    fn event(&mut self, event: &Event) {
        self.tale.event(event);
        self.sink.text(&self.tale.take());
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.tale.finish();
        self.sink.text(&self.tale.take());
        self.sink.finish()
    }
}
