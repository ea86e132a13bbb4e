//! What a load came to: per step how often, how long and how badly.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use arras_run::effect::Status;
use arras_run::event::{ActionTaken, Event, EventKind, StepFinished, StepStatus};
use arras_run::result::Verdict;
use indexmap::IndexMap;

use super::histogram::Histogram;
use crate::exit::{Exit, Fold};
use crate::reporter::load::{Counts, Load, LoadStep};
use crate::reporter::requests::Requests;

/// One step of one workflow.
#[derive(Clone, Debug, Default)]
pub(super) struct Step {
    pub(super) took: Histogram,
    requests: u64,
    pub(super) errors: u64,
    /// How often each kind of failure came: a kind of fault, or a status code.
    pub(super) reasons: BTreeMap<String, u64>,
}

/// All runs of a virtual user, or of several.
#[derive(Clone, Debug, Default)]
pub(super) struct Measure {
    pub(super) runs: u64,
    pub(super) failed: u64,
    requests: Requests,
    pub(super) took: Histogram,
    /// When it began to run and ended; of several users the first beginning and the last end.
    lasted: Option<(Instant, Instant)>,
    /// The steps of each workflow that was run.
    workflows: IndexMap<String, IndexMap<String, Step>>,
    /// Which of them goes on.
    at: usize,
    /// How many requests are counted at their steps.
    counted: usize,
    /// Whether a run that goes on is meant to fail.
    pub(super) is_to_fail: bool,
    /// Whether it has had an answer.
    is_answered: bool,
    /// Whether the last run failed without one.
    pub(super) is_unanswered: bool,
    fold: Fold,
    /// How runs ended that did not end as they were meant to.
    exit: Option<Exit>,
    began: u64,
    /// The failed attempts of the run that goes on, in order: whether they are errors, its end tells.
    open: Vec<Attempt>,
}

/// A failed attempt.
#[derive(Clone, Debug)]
struct Attempt {
    step: String,
    reason: String,
    /// Whether the workflow went on from it by an action of its own.
    handled: bool,
}

impl Measure {
    pub(super) fn event(&mut self, event: &Event) {
        self.requests.event(event);
        self.fold.event(event);
        match &event.kind {
            EventKind::RunStarted { workflow_id, .. } => {
                self.began = event.at.0;
                self.open.clear();
                self.is_answered = false;
                // most users run one workflow
                let is_same = self.workflows.get_index(self.at).is_some_and(|(id, _)| id == workflow_id);
                let known = if is_same { Some(self.at) } else { self.workflows.get_index_of(workflow_id.as_str()) };
                self.at = known.unwrap_or_else(|| self.workflows.insert_full(workflow_id.clone(), IndexMap::new()).0);
            }
            EventKind::ResponseReceived(_) => self.is_answered = true,
            EventKind::StepFinished(step) => self.step(step),
            EventKind::RunFinished { status } => {
                self.runs += 1;
                let is_as_meant = match self.is_to_fail {
                    true => *status == Status::Failed,
                    false => *status == Status::Succeeded,
                };
                self.failed += u64::from(!is_as_meant);
                self.is_unanswered = *status == Status::Failed && !self.is_answered;
                self.close(!is_as_meant);
                let exit = std::mem::take(&mut self.fold).finish(None).and(Exit::No);
                self.exit = self.exit.max(Some(exit).filter(|_| !is_as_meant));
                self.took.add(event.at.0.saturating_sub(self.began) as f64);
            }
            _ => {}
        }
    }

    fn step(&mut self, step: &StepFinished) {
        // since the step before: one that calls a workflow sends none itself
        let sent = self.requests.sent() - std::mem::replace(&mut self.counted, self.requests.sent());
        let is_cancelled = step.status == StepStatus::Cancelled;
        if step.calls.is_none() && (sent > 0 || !is_cancelled) {
            let steps = &mut self.workflows[self.at];
            // most steps belong to no call, and their names need not be made
            let entry = match steps.get_index_of(step.step_id.as_str()).filter(|_| step.path.is_empty()) {
                Some(known) => &mut steps[known],
                None => steps.entry(name(step)).or_default(),
            };
            entry.requests += u64::try_from(sent).unwrap_or(u64::MAX);
            if sent > 0 && !is_cancelled {
                entry.took.add(step.duration_ms);
            }
        }
        if step.verdict == Verdict::Failed && !is_cancelled && !self.is_told(step) {
            let goes_on = |action: &ActionTaken| ["retry", "goto"].contains(&action.kind.as_str());
            let handled = step.action.as_ref().is_some_and(goes_on);
            self.open.push(Attempt { step: name(step), reason: reason(step), handled });
        }
    }

    /// Whether a step failed because one of the workflow that it called did, which says more.
    fn is_told(&self, step: &StepFinished) -> bool {
        let within = || format!("{}/", name(step));
        step.calls.is_some() && self.open.iter().any(|attempt| attempt.step.starts_with(&within()))
    }

    /// Counts the attempts by which a run failed: those that its workflow did not go on from, else the last one. Where the
    /// run succeeded, polling say, they were as it was meant to be.
    fn close(&mut self, failed: bool) {
        let mut open = std::mem::take(&mut self.open);
        if !failed {
            return;
        }
        if let (true, Some(last)) = (open.iter().all(|attempt| attempt.handled), open.last_mut()) {
            last.handled = false;
        }
        for attempt in open.into_iter().filter(|attempt| !attempt.handled) {
            let Some((_, steps)) = self.workflows.get_index_mut(self.at) else { return };
            let entry = steps.entry(attempt.step).or_default();
            entry.errors += 1;
            *entry.reasons.entry(attempt.reason).or_default() += 1;
        }
    }

    /// How many requests went out.
    pub(super) fn sent(&self) -> u64 {
        u64::try_from(self.requests.sent()).unwrap_or(u64::MAX)
    }

    /// The figures of so many users, over that time.
    pub(super) fn figures(&self, users: usize, took: Duration) -> Load {
        let several = self.workflows.len() > 1;
        let step = |workflow: &str, name: &str, step: &Step| LoadStep {
            step: if several { format!("{workflow} › {name}") } else { name.to_owned() },
            requests: step.requests,
            errors: step.errors,
            reasons: step.reasons.clone(),
            duration_ms: step.took.times(),
        };
        let steps = self
            .workflows
            .iter()
            .flat_map(|(workflow, steps)| steps.iter().map(move |(name, one)| step(workflow, name, one)));
        let counts = Counts { runs: self.runs, failed: self.failed, requests: self.sent() };
        Load::new(users, took, counts, self.took.times(), steps.collect())
    }

    /// How to exit: by what ended the runs that did not end as they were meant to.
    pub(super) fn exit(&self) -> Exit {
        self.exit.unwrap_or(if self.runs > 0 { Exit::Yes } else { Exit::No })
    }

    /// Notes that it ran from then on until now.
    pub(super) fn lasts_since(&mut self, begun: Instant) {
        self.lasted = Some((begun, Instant::now()));
    }

    /// How long it ran, from the first beginning to the last end.
    pub(super) fn lasted(&self) -> Option<Duration> {
        self.lasted.map(|(begun, ended)| ended.duration_since(begun))
    }

    pub(super) fn merge(&mut self, other: &Measure) {
        self.lasted = match (self.lasted, other.lasted) {
            (Some((begun, ended)), Some((other_begun, other_ended))) => {
                Some((begun.min(other_begun), ended.max(other_ended)))
            }
            (own, other) => own.or(other),
        };
        self.runs += other.runs;
        self.failed += other.failed;
        self.requests.add(other.requests);
        self.took.merge(&other.took);
        self.exit = self.exit.max(other.exit);
        for (workflow, steps) in &other.workflows {
            let all = self.workflows.entry(workflow.clone()).or_default();
            for (name, step) in steps {
                all.entry(name.clone()).or_default().merge(step);
            }
        }
    }
}

impl Step {
    fn merge(&mut self, other: &Step) {
        self.took.merge(&other.took);
        self.requests += other.requests;
        self.errors += other.errors;
        for (reason, times) in &other.reasons {
            *self.reasons.entry(reason.clone()).or_default() += times;
        }
    }
}

/// What kind of failure it is: the kind of its fault, or its status.
pub(super) fn reason(step: &StepFinished) -> String {
    match (&step.fault, step.status_code) {
        (Some(fault), _) => fault.kind.as_str(),
        (None, Some(status)) => format!("status {status}"),
        (None, None) => "failed".to_owned(),
    }
}

/// The step's name behind those of the steps that called its workflow: `login/askForToken`.
pub(super) fn name(step: &StepFinished) -> String {
    let callers = step.path.split('/').filter(|effect| !effect.is_empty());
    let callers = callers.map(|effect| effect.split('#').next().unwrap_or(effect));
    callers.chain([step.step_id.as_str()]).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use arras_doc::value::Object;
    use arras_run::effect::EffectId;
    use arras_run::event::{EndedBy, RequestSent, ResponseReceived};
    use arras_run::fault::{Fault, FaultKind, Phase};
    use arras_run::time::Timestamp;

    use super::*;

    fn tell(measure: &mut Measure, kinds: Vec<EventKind>) {
        kinds.into_iter().for_each(|kind| measure.event(&Event { at: Timestamp(0), kind }));
    }

    fn started(workflow: &str) -> EventKind {
        EventKind::RunStarted { version: 1, workflow_id: workflow.into() }
    }

    fn finished(status: Status) -> EventKind {
        EventKind::RunFinished { status }
    }

    fn sent() -> EventKind {
        EventKind::RequestSent(RequestSent {
            effect: EffectId("s#1.1".into()),
            method: "GET".into(),
            url: String::new(),
            headers: Vec::new(),
            body: None,
            body_length: 0,
        })
    }

    fn received() -> EventKind {
        EventKind::ResponseReceived(ResponseReceived {
            effect: EffectId("s#1.1".into()),
            status: 200,
            headers: Vec::new(),
            body: None,
            body_length: 0,
            duration_ms: 1.0,
        })
    }

    fn step(path: &str, id: &str, calls: Option<&str>, verdict: Verdict, fault: Option<Fault>) -> EventKind {
        let status = if verdict == Verdict::Failed { StepStatus::Failed } else { StepStatus::Succeeded };
        EventKind::StepFinished(Box::new(StepFinished {
            effect: EffectId(format!("{id}#1.1").into()),
            path: path.into(),
            step_id: id.into(),
            visit: 1,
            attempt: 1,
            status,
            verdict,
            operation: None,
            calls: calls.map(str::to_owned),
            status_code: None,
            duration_ms: 1.0,
            criteria: Vec::new(),
            action: None,
            outputs: Object::default(),
            fault,
            diagnostics: Vec::new(),
        }))
    }

    fn over(fault: Option<Fault>) -> EventKind {
        let (status, ended_by) = (Status::Failed, EndedBy::Fault);
        let (path, workflow_id, outputs) = (String::new(), "w".to_owned(), Object::default());
        EventKind::WorkflowFinished { path, workflow_id, status, ended_by, outputs, fault }
    }

    fn rows(measure: &Measure) -> Vec<(String, u64, u64)> {
        let load = measure.figures(1, Duration::from_secs(1));
        load.steps.into_iter().map(|step| (step.step, step.requests, step.errors)).collect()
    }

    #[test]
    fn requests_are_counted_once_and_by_workflow() {
        let mut measure = Measure::default();
        for workflow in ["w", "v", "w"] {
            tell(
                &mut measure,
                vec![started(workflow), sent(), received(), step("call#1.1", "s", None, Verdict::Succeeded, None)],
            );
            tell(&mut measure, vec![step("", "call", Some("inner"), Verdict::Succeeded, None)]);
            tell(
                &mut measure,
                vec![sent(), received(), step("", "s", None, Verdict::Succeeded, None), finished(Status::Succeeded)],
            );
        }
        let row = |name: &str, requests| (name.to_owned(), requests, 0);
        assert_eq!(rows(&measure), [row("w › call/s", 2), row("w › s", 2), row("v › call/s", 1), row("v › s", 1)]);
        assert_eq!((measure.sent(), measure.exit()), (6, Exit::Yes));
        let mut whole = Measure::default();
        whole.merge(&measure);
        whole.merge(&measure);
        assert_eq!(rows(&whole)[0], row("w › call/s", 4));
    }

    #[test]
    fn a_load_exits_by_what_its_runs_failed_of() {
        let refused = || Some(Fault::new(FaultKind::ConnectRefused, Phase::Connect, "no"));
        let mut measure = Measure::default();
        tell(&mut measure, vec![started("w"), sent(), step("call#1.1", "s", None, Verdict::Failed, refused())]);
        tell(
            &mut measure,
            vec![step("", "call", Some("inner"), Verdict::Failed, None), over(None), finished(Status::Failed)],
        );
        assert_eq!(rows(&measure), [("call/s".to_owned(), 1, 1)]);
        assert!(measure.is_unanswered);
        assert_eq!((measure.failed, measure.exit()), (1, Exit::Environment));
        let mut measure = Measure::default();
        tell(
            &mut measure,
            vec![
                started("w"),
                sent(),
                received(),
                step("", "s", None, Verdict::Failed, None),
                over(None),
                finished(Status::Failed),
            ],
        );
        assert_eq!((measure.failed, measure.exit(), measure.is_unanswered), (1, Exit::No, false));
    }

    #[test]
    fn a_run_that_is_meant_to_fail_is_none_that_failed() {
        let mut measure = Measure { is_to_fail: true, ..Measure::default() };
        tell(
            &mut measure,
            vec![
                started("w"),
                sent(),
                step("", "s", None, Verdict::Failed, None),
                over(None),
                finished(Status::Failed),
            ],
        );
        assert_eq!((rows(&measure), measure.failed, measure.exit()), (vec![("s".to_owned(), 1, 0)], 0, Exit::Yes));
        tell(
            &mut measure,
            vec![started("w"), sent(), step("", "s", None, Verdict::Succeeded, None), finished(Status::Succeeded)],
        );
        assert_eq!((measure.failed, measure.exit()), (1, Exit::No));
    }
}
