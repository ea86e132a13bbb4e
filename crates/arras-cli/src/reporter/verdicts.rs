//! How many cases ended how, for the first line of a report.

use super::outcome::Verdict;
use crate::display::count;

/// Cases by their ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Verdicts {
    all: usize,
    failed: usize,
    stopped: usize,
    not_run: usize,
    flaky: usize,
}

/// What they come to together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whole {
    /// All passed.
    Passed,
    /// One failed.
    Failed,
    /// None failed, and not all passed.
    Unknown,
}

impl Verdicts {
    /// Counts a case; `flaky`: it passed after it had failed.
    pub(super) fn add(&mut self, verdict: Verdict, flaky: bool) {
        self.all += 1;
        self.flaky += usize::from(flaky);
        match verdict {
            Verdict::Passed => {}
            Verdict::Failed => self.failed += 1,
            Verdict::Cancelled => self.stopped += 1,
            Verdict::NotRun => self.not_run += 1,
        }
    }

    /// What they come to.
    pub(super) fn whole(&self) -> Whole {
        match self {
            Verdicts { failed: 1.., .. } => Whole::Failed,
            Verdicts { all: 1.., stopped: 0, not_run: 0, .. } => Whole::Passed,
            _ => Whole::Unknown,
        }
    }

    /// `2 of 5 workflows failed, 1 stopped, 1 flaky, 1 not run`.
    pub(super) fn text(&self) -> String {
        let Verdicts { all, failed, stopped, not_run, flaky } = *self;
        let workflows = count(all, "workflow");
        let (mut text, rest) = match (failed, stopped, not_run) {
            _ if all == 0 => return "nothing was run".to_owned(),
            (0, 0, 0) => (format!("{workflows} succeeded"), 0),
            (0, 0, not_run) => (format!("{} of {workflows} succeeded", all - not_run), 0),
            (0, stopped, _) => (format!("{stopped} of {workflows} stopped"), 0),
            (failed, stopped, _) => (format!("{failed} of {workflows} failed"), stopped),
        };
        for (number, word) in [(rest, "stopped"), (flaky, "flaky"), (not_run, "not run")] {
            if number > 0 {
                text.push_str(&format!(", {number} {word}"));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::Verdict::{Cancelled, Failed, NotRun, Passed};
    use super::*;

    #[test]
    fn verdicts_are_counted_and_told() {
        let rows: [(&[Verdict], bool, Whole, &str); 8] = [
            (&[], false, Whole::Unknown, "nothing was run"),
            (&[Passed], false, Whole::Passed, "1 workflow succeeded"),
            (&[Passed, Passed], true, Whole::Passed, "2 workflows succeeded, 1 flaky"),
            (&[Passed, NotRun], false, Whole::Unknown, "1 of 2 workflows succeeded, 1 not run"),
            (&[Passed, Cancelled, NotRun], false, Whole::Unknown, "1 of 3 workflows stopped, 1 not run"),
            (&[Passed, Failed], false, Whole::Failed, "1 of 2 workflows failed"),
            (&[Failed, Cancelled, NotRun], false, Whole::Failed, "1 of 3 workflows failed, 1 stopped, 1 not run"),
            (&[Failed, Passed], true, Whole::Failed, "1 of 2 workflows failed, 1 flaky"),
        ];
        for (ends, flaky, whole, text) in rows {
            let mut verdicts = Verdicts::default();
            ends.iter().for_each(|end| verdicts.add(*end, flaky && *end == Passed && verdicts.flaky == 0));
            assert_eq!((verdicts.whole(), verdicts.text().as_str()), (whole, text));
        }
    }
}
