//! The story of several runs, whose last summary waits until all reports are written.

use arras_run::event::{Event, EventKind};

use crate::context::Context;
use crate::diagnostics::Places;
use crate::reporter::{Case, Reporter};

/// The story, and the end of a run that it has not told yet.
pub(super) struct Told {
    story: Box<dyn Reporter>,
    held: Option<Event>,
}

impl Told {
    pub(super) fn new(story: Box<dyn Reporter>) -> Told {
        Told { story, held: None }
    }

    pub(super) fn begin(&mut self, case: &Case, places: &Places) {
        self.release();
        self.story.begin(case, places);
    }

    pub(super) fn event(&mut self, event: &Event) {
        match &event.kind {
            EventKind::RunFinished { .. } => self.held = Some(event.clone()),
            _ => self.story.event(event),
        }
    }

    fn release(&mut self) {
        if let Some(event) = self.held.take() {
            self.story.event(&event);
        }
    }

    /// Tells the last run's end.
    pub(super) fn finish(mut self, context: &Context) {
        self.release();
        if let Err(error) = self.story.finish() {
            context.write_stderr(&format!("error: the story can't be written: {error}\n"));
        }
    }
}
