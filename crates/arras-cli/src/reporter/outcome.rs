//! What each case came to, small enough to keep for thousands: for reports that count before they tell.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use arras_doc::diagnostic::{Diagnostic, Severity};
use arras_run::effect::Status;
use arras_run::event::{Event, EventKind, StepFinished, StepStatus};
use arras_run::fault::Fault;
use arras_run::time::Timestamp;

use super::requests::Requests;
use super::{Case, Judgement, phrase};
use crate::diagnostics::{Places, concise};
use crate::display::escape;

/// How much of a single failure's text is kept.
const LONGEST: usize = 16 << 10;

/// One case, all its attempts taken together.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcome {
    pub(super) case: Case,
    /// The workflow that was run.
    pub(super) workflow: String,
    pub(super) verdict: Verdict,
    pub(super) began: Timestamp,
    pub(super) took: Duration,
    /// Steps, each counted once however often it was visited.
    pub(super) steps: usize,
    pub(super) requests: Requests,
    /// Why it failed, each in one or several lines.
    pub(super) failures: Vec<Failure>,
    pub(super) warnings: Vec<String>,
    /// What was found in the documents before the run; of that which other outcomes tell nothing is left in the end.
    foreword: Vec<String>,
    /// Why earlier attempts failed.
    pub(super) earlier: Vec<Vec<Failure>>,
}

/// How a case ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Verdict {
    Passed,
    Failed,
    #[default]
    Cancelled,
    /// It was not begun.
    NotRun,
}

/// One reason of a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    /// The rule or the kind of fault; `expectation` for a test's own.
    pub(super) kind: String,
    /// One phrase.
    pub(super) message: String,
    /// The phrase with its place, what was found, and what to do next.
    pub(super) text: String,
}

impl Outcome {
    /// Whether it passed only after it had failed.
    pub(super) fn is_flaky(&self) -> bool {
        self.verdict == Verdict::Passed && !self.earlier.is_empty()
    }

    /// How often it was tried.
    pub(super) fn attempts(&self) -> usize {
        self.earlier.len() + 1
    }
}

/// Folds the events of runs into outcomes.
#[derive(Debug)]
pub(super) struct Outcomes {
    places: Places,
    open: Option<Outcome>,
    seen: BTreeSet<(String, String)>,
    retried: Option<Outcome>,
    /// What was found in documents and stands in an outcome.
    told: HashSet<String>,
    /// Whether the run has begun with a workflow.
    headed: bool,
    pub(super) done: Vec<Outcome>,
}

impl Outcomes {
    pub(super) fn new(places: Places) -> Outcomes {
        Outcomes {
            places,
            open: None,
            seen: BTreeSet::new(),
            retried: None,
            told: HashSet::new(),
            headed: false,
            done: Vec::new(),
        }
    }

    pub(super) fn begin(&mut self, case: &Case, places: &Places) {
        self.close();
        self.places = places.clone();
        // one that can't begin has no event to tell when it was
        self.open = Some(Outcome { case: case.clone(), began: crate::context::now(), ..Outcome::default() });
    }

    pub(super) fn judge(&mut self, judgement: &Judgement) {
        let Some(mut open) = self.open.take() else { return };
        let expectation = |reason: &String| Failure {
            kind: "expectation".to_owned(),
            message: reason.clone(),
            text: escape(reason).into_owned(),
        };
        let ended_as_meant = open.verdict == Verdict::Passed;
        match judgement {
            Judgement::Passed => {
                open.failures.clear();
                open.verdict = Verdict::Passed;
                self.keep(open);
            }
            Judgement::Stopped => {
                open.failures.clear();
                open.verdict = Verdict::Cancelled;
                self.keep(open);
            }
            Judgement::Failed(reasons) | Judgement::Retried(reasons) => {
                if ended_as_meant || open.failures.is_empty() {
                    open.failures.extend(reasons.iter().map(expectation));
                }
                open.verdict = Verdict::Failed;
                match judgement {
                    Judgement::Retried(_) => {
                        open.earlier = self.retried.take().map(|before| before.earlier).unwrap_or_default();
                        open.earlier.push(std::mem::take(&mut open.failures));
                        self.retried = Some(open);
                    }
                    _ => self.keep(open),
                }
            }
        }
    }

    pub(super) fn skip(&mut self, case: &Case) {
        self.close();
        let began = crate::context::now();
        self.settle(Outcome { case: case.clone(), verdict: Verdict::NotRun, began, ..Outcome::default() });
    }

    pub(super) fn event(&mut self, event: &Event) {
        if let EventKind::RunStarted { workflow_id, .. } = &event.kind {
            if self.open.as_ref().is_some_and(|open| !open.workflow.is_empty()) {
                self.close();
            }
            let case = || Case { name: workflow_id.clone(), attempt: 1, ..Case::default() };
            let open = self.open.get_or_insert_with(|| Outcome { case: case(), ..Outcome::default() });
            open.workflow.clone_from(workflow_id);
            open.began = event.at;
            self.seen.clear();
            self.headed = false;
        }
        let Some(open) = &mut self.open else { return };
        open.took = event.at.since(open.began);
        open.requests.event(event);
        match &event.kind {
            EventKind::StepFinished(step) => {
                if self.seen.insert((step.path.clone(), step.step_id.clone())) {
                    open.steps += 1;
                }
                step_finished(open, step, &self.places);
            }
            EventKind::WorkflowStarted { .. } => self.headed = true,
            EventKind::Diagnosed { diagnostic } if !self.headed && diagnostic.severity == Severity::Warning => {
                let line = concise::line(diagnostic, &self.places);
                if !open.foreword.contains(&line) {
                    open.foreword.push(line);
                }
            }
            EventKind::Diagnosed { diagnostic } => found(open, diagnostic, true, &self.places),
            EventKind::WorkflowFinished { fault: Some(fault), status: Status::Failed, .. } => faulted(open, fault),
            EventKind::RunFinished { status } => {
                open.verdict = match status {
                    Status::Succeeded => Verdict::Passed,
                    Status::Failed => Verdict::Failed,
                    Status::Cancelled => Verdict::Cancelled,
                };
            }
            _ => {}
        }
    }

    /// Everything that is known; what is open counts as it stands.
    pub(super) fn finish(&mut self) -> Vec<Outcome> {
        self.close();
        std::mem::take(&mut self.done)
    }

    fn close(&mut self) {
        if let Some(mut open) = self.open.take() {
            if open.verdict == Verdict::Passed {
                open.failures.clear();
            }
            self.keep(open);
        }
    }

    fn keep(&mut self, mut outcome: Outcome) {
        if let Some(before) = self.retried.take() {
            if before.case.file == outcome.case.file && before.case.name == outcome.case.name {
                outcome.earlier = before.earlier;
                outcome.took += before.took;
                outcome.began = before.began;
            } else {
                self.settle(before);
            }
        }
        self.settle(outcome);
    }

    /// Several outcomes may have one document, of which the first tells what was found in it.
    fn settle(&mut self, mut outcome: Outcome) {
        let mut warnings = std::mem::take(&mut outcome.foreword);
        warnings.retain(|line| self.told.insert(line.clone()));
        let others: Vec<_> = outcome.warnings.into_iter().filter(|line| !warnings.contains(line)).collect();
        outcome.warnings = warnings.into_iter().chain(others).collect();
        self.done.push(outcome);
    }
}

/// Why a case failed, one phrase each, the first of them first.
pub(crate) fn reasons(case: &Case, places: &Places, events: &[Event], judgement: &Judgement) -> Vec<String> {
    let mut outcomes = Outcomes::new(Places::none());
    outcomes.begin(case, places);
    events.iter().for_each(|event| outcomes.event(event));
    outcomes.judge(judgement);
    outcomes.finish().into_iter().flat_map(|outcome| outcome.failures).map(|failure| failure.message).collect()
}

/// The samples of a load, of those that failed alike the first.
pub(super) fn distinct(samples: Vec<Outcome>) -> Vec<Outcome> {
    let mut distinct: Vec<Outcome> = Vec::new();
    for sample in samples {
        if !distinct.iter().any(|known| known.case == sample.case && known.failures == sample.failures) {
            distinct.push(sample);
        }
    }
    distinct
}

/// How many steps a run went through, each counted once, and how many requests it sent.
pub(crate) fn counts(events: &[Event]) -> (usize, usize) {
    let mut steps = BTreeSet::new();
    let mut requests = Requests::default();
    for event in events {
        requests.event(event);
        if let EventKind::StepFinished(step) = &event.kind {
            steps.insert((&step.path, &step.step_id));
        }
    }
    (steps.len(), requests.sent())
}

fn step_finished(open: &mut Outcome, step: &StepFinished, places: &Places) {
    let failed = step.status == StepStatus::Failed;
    step.diagnostics.iter().for_each(|diagnostic| found(open, diagnostic, failed, places));
    if !failed || step.calls.is_some() || step.diagnostics.iter().any(Diagnostic::is_error) {
        return;
    }
    match &step.fault {
        Some(fault) => faulted(open, fault),
        None => {
            let message = format!("step `{}` failed: {}", step.step_id, phrase::failure(step));
            push(open, Failure { kind: "step-failed".to_owned(), text: escape(&message).into_owned(), message });
        }
    }
}

/// Keeps a finding: an error of a run that did not get over it is a failure, a warning is told beside.
fn found(open: &mut Outcome, diagnostic: &Diagnostic, counts: bool, places: &Places) {
    let line = concise::line(diagnostic, places);
    match diagnostic.severity {
        Severity::Error if counts => {
            let labels = diagnostic.labels.iter().filter(|label| !label.text.is_empty());
            let labels = labels.map(|label| format!("\n  {}", escape(&label.text)));
            let help = diagnostic.help.as_ref().map(|help| format!("\n  help: {}", escape(help)));
            let text = format!("{line}{}{}", labels.collect::<String>(), help.unwrap_or_default());
            push(open, Failure { kind: diagnostic.rule.id.to_owned(), message: diagnostic.message.clone(), text });
        }
        Severity::Warning if !open.warnings.contains(&line) => open.warnings.push(line),
        _ => {}
    }
}

fn faulted(open: &mut Outcome, fault: &Fault) {
    let known = open.failures.iter().any(|known| known.message.contains(&fault.message));
    if !known {
        let text = escape(&fault.to_string()).into_owned();
        push(open, Failure { kind: fault.kind.as_str(), message: fault.message.clone(), text });
    }
}

fn push(open: &mut Outcome, mut failure: Failure) {
    if failure.text.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|end| failure.text.is_char_boundary(*end)).unwrap_or(0);
        failure.text.truncate(end);
        failure.text.push('…');
    }
    if !open.failures.iter().any(|known| known.text == failure.text) {
        open.failures.push(failure);
    }
}
