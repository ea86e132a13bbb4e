//! Reports that are written when everything is known: their first lines count what the others tell.

use std::io::{self, Write};

use arras_run::event::Event;

use super::load::Load;
use super::outcome::{Outcome, Outcomes, distinct};
use super::sink::Sink;
use super::{Case, Judgement, Reporter, junit, markdown};
use crate::diagnostics::Places;

/// Writes what cases came to; of a load, its figures and samples of what failed, each kind once.
type Form = fn(&[Outcome], Option<&Load>, &mut dyn Write) -> io::Result<()>;

/// Folds runs into what each came to, and writes it in the end.
#[derive(Debug)]
pub struct AtEnd<W> {
    outcomes: Outcomes,
    load: Option<Load>,
    form: Form,
    sink: Sink<W>,
}

impl<W: Write> AtEnd<W> {
    /// JUnit XML to `out`, findings with their `places`.
    pub fn junit(places: Places, out: W) -> AtEnd<W> {
        AtEnd::new(places, junit::write, out)
    }

    /// A comment in Markdown to `out`, findings with their `places`.
    pub fn markdown(places: Places, out: W) -> AtEnd<W> {
        AtEnd::new(places, markdown::write, out)
    }

    fn new(places: Places, form: Form, out: W) -> AtEnd<W> {
        AtEnd { outcomes: Outcomes::new(places), load: None, form, sink: Sink::new(out) }
    }
}

impl<W: Write + Send> Reporter for AtEnd<W> {
    fn begin(&mut self, case: &Case, places: &Places) {
        self.outcomes.begin(case, places);
    }

    fn event(&mut self, event: &Event) {
        self.outcomes.event(event);
    }

    fn judge(&mut self, judgement: &Judgement) {
        self.outcomes.judge(judgement);
    }

    fn skip(&mut self, case: &Case) {
        self.outcomes.skip(case);
    }

    fn load(&mut self, load: &Load) {
        self.load = Some(load.clone());
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        let outcomes = self.outcomes.finish();
        let outcomes = if self.load.is_some() { distinct(outcomes) } else { outcomes };
        let (form, load) = (self.form, self.load.take());
        self.sink.write(|out| form(&outcomes, load.as_ref(), out));
        self.sink.finish()
    }
}
