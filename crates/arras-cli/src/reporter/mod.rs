//! What a run looks like from outside: one file a format, each a fold over the run's events.

pub mod at_end;
mod current;
mod exchange;
mod facts;
pub mod filed;
pub(crate) mod foreword;
pub mod har;
pub mod html;
pub mod json;
mod junit;
pub mod live;
pub mod load;
mod markdown;
pub mod ndjson;
pub mod otlp;
mod outcome;
pub mod outputs;
mod phrase;
pub mod requests;
mod row;
mod sink;
pub mod story;
mod summary;
mod tale;
mod tally;
pub(crate) mod tested;
mod ticker;
mod verdicts;

use std::io;

use arras::trace::TraceContext;
use arras_run::event::Event;

use crate::diagnostics::Places;

pub(crate) use outcome::{counts, reasons};
pub(crate) use phrase::duration;
pub use tale::{Detail, Telling};

/// What the events that follow belong to: a workflow of a file, or a test.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Case {
    /// Which of both it is.
    pub kind: CaseKind,
    /// The file, as people named it.
    pub file: String,
    /// The test's name; the workflow's where it is no test.
    pub name: String,
    /// How often it has been tried, this time included.
    pub attempt: u32,
    /// The trace that its run belongs to.
    pub trace: Option<TraceContext>,
}

/// What a case is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CaseKind {
    /// A workflow that is run; its own status counts.
    #[default]
    Workflow,
    /// A test, which is judged, perhaps after several attempts.
    Test,
}

/// What is made of a case once its run is over; without one the run's own status counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// It is as expected.
    Passed,
    /// It is not, for these reasons, one phrase each.
    Failed(Vec<String>),
    /// It is not, and will be tried again.
    Retried(Vec<String>),
    /// It was stopped, so nobody knows.
    Stopped,
}

impl Judgement {
    /// Why it is no success, one phrase each.
    pub fn reasons(&self) -> &[String] {
        match self {
            Judgement::Passed | Judgement::Stopped => &[],
            Judgement::Failed(reasons) | Judgement::Retried(reasons) => reasons,
        }
    }
}

/// Something that is told every event of one or several runs, in order.
pub trait Reporter: Send {
    /// A case begins, whose findings point into `places`. The events of its run follow.
    fn begin(&mut self, _case: &Case, _places: &Places) {}

    /// Takes in one event. What can't be written is remembered for [`Reporter::finish`].
    fn event(&mut self, event: &Event);

    /// The case is judged: its run is over.
    fn judge(&mut self, _judgement: &Judgement) {}

    /// A test that was not run, because another failed or a signal came.
    fn skip(&mut self, _case: &Case) {}

    /// The runs so far were samples of a load, which came to this.
    fn load(&mut self, _load: &load::Load) {}

    /// Whether the command has failed where this can't be written.
    fn is_vital(&self) -> bool {
        true
    }

    /// There are no more events: whatever is open is written and closed.
    ///
    /// # Errors
    /// If something could not be written; a reader that has gone away is no error.
    fn finish(self: Box<Self>) -> io::Result<()>;
}
