//! What a run looks like from outside: one file a format, each a fold over the run's events.

mod current;
mod exchange;
mod facts;
pub mod json;
pub mod live;
pub mod ndjson;
pub mod outputs;
mod phrase;
mod row;
mod sink;
pub mod story;
mod summary;
mod tale;
mod tally;

use std::io;

use arras_run::event::Event;

pub use tale::{Detail, Telling};

/// Something that is told every event of one or several runs, in order.
pub trait Reporter: Send {
    /// Takes in one event. What can't be written is remembered for [`Reporter::finish`].
    fn event(&mut self, event: &Event);

    /// There are no more events: whatever is open is written and closed.
    ///
    /// # Errors
    /// If something could not be written; a reader that has gone away is no error.
    fn finish(self: Box<Self>) -> io::Result<()>;
}
