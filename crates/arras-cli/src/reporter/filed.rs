//! A report that stands at its place when it is whole, and not before.

use std::io;

use arras_run::event::Event;

use super::load::Load;
use super::{Case, Judgement, Reporter};
use crate::diagnostics::Places;
use crate::output_file::Whole;

/// A reporter with the file that it writes.
pub struct Filed {
    inner: Box<dyn Reporter>,
    whole: Whole,
}

impl Filed {
    /// What `inner` writes takes its place by `whole`.
    pub fn new(inner: Box<dyn Reporter>, whole: Whole) -> Filed {
        Filed { inner, whole }
    }
}

impl Reporter for Filed {
    fn begin(&mut self, case: &Case, places: &Places) {
        self.inner.begin(case, places);
    }

    fn event(&mut self, event: &Event) {
        self.inner.event(event);
    }

    fn judge(&mut self, judgement: &Judgement) {
        self.inner.judge(judgement);
    }

    fn load(&mut self, load: &Load) {
        self.inner.load(load);
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        self.inner.finish()?;
        self.whole.commit()
    }
}
