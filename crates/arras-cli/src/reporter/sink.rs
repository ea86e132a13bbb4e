//! A writer that remembers its first error, so that a run goes on without it, and to which a broken pipe is none.

use std::io::{self, Write};

use crate::context::settle;
use crate::display::no_commands;

/// Where a reporter writes.
#[derive(Debug)]
pub(super) struct Sink<W> {
    out: W,
    state: State,
}

#[derive(Debug)]
enum State {
    Open,
    /// The reader has gone; nothing more is written.
    Closed,
    Failed(io::Error),
}

impl<W: Write> Sink<W> {
    pub(super) fn new(out: W) -> Sink<W> {
        Sink { out, state: State::Open }
    }

    #[cfg(test)]
    pub(super) fn inner(&self) -> &W {
        &self.out
    }

    /// Writes by `act`, unless an earlier write failed.
    pub(super) fn write(&mut self, act: impl FnOnce(&mut W) -> io::Result<()>) {
        if !matches!(self.state, State::Open) {
            return;
        }
        if let Err(error) = act(&mut self.out) {
            self.state = settle(Err(error)).map_or_else(State::Failed, |()| State::Closed);
        }
    }

    /// Writes whole lines for people and hands them on at once.
    pub(super) fn text(&mut self, text: &str) {
        if !text.is_empty() {
            self.write(|out| out.write_all(no_commands(text).as_bytes()).and_then(|()| out.flush()));
        }
    }

    /// The first error, after a last flush; nothing is written from here on.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.write(W::flush);
        match std::mem::replace(&mut self.state, State::Closed) {
            State::Failed(error) => Err(error),
            State::Open | State::Closed => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fails(io::ErrorKind);

    impl Write for Fails {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_broken_pipe_is_no_error_and_a_full_disk_is() {
        for (kind, fine) in [(io::ErrorKind::BrokenPipe, true), (io::ErrorKind::StorageFull, false)] {
            let mut sink = Sink::new(Fails(kind));
            sink.text("a");
            sink.text("b");
            assert_eq!(sink.finish().is_ok(), fine);
        }
    }
}
