//! A report with the place that it is written to, where it stands when it is whole, and not before.

use std::io;

use arras_run::event::Event;

use super::load::Load;
use super::{Case, Judgement, Reporter};
use crate::diagnostics::Places;
use crate::output_file::Whole;

/// A reporter with what it writes.
pub struct Filed {
    inner: Box<dyn Reporter>,
    what: String,
    whole: Option<Whole>,
}

impl Filed {
    /// What `inner` writes is called `what` if it can't be written, and takes its place by `whole`, unless it stands there
    /// as it is written.
    pub fn new(inner: Box<dyn Reporter>, what: String, whole: Option<Whole>) -> Filed {
        Filed { inner, what, whole }
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

    fn skip(&mut self, case: &Case) {
        self.inner.skip(case);
    }

    fn load(&mut self, load: &Load) {
        self.inner.load(load);
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        let Filed { inner, what, whole } = *self;
        let written = inner.finish().and_then(|()| whole.map_or(Ok(()), Whole::commit));
        written.map_err(|error| io::Error::new(error.kind(), format!("can't write {what}: {error}")))
    }
}
