//! A virtual user: what it sees of the run that it is at, handed to the measure of its thread as steps and runs end.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use arras_run::effect::Status;
use arras_run::event::{ActionTaken, Event, EventKind, StepFinished, StepStatus};
use arras_run::result::Verdict;

use super::measure::{Measure, RUN, name, reason};
use crate::exit::{Exit, Fold};
use crate::reporter::requests::Requests;

/// One of the users of a thread, which share its measure: their number costs no memory for figures.
#[derive(Debug)]
pub(super) struct User {
    whole: Arc<Mutex<Measure>>,
    begun: Instant,
    /// Its own runs, those among them that did not end as they were meant to, and what it sent.
    pub(super) runs: u64,
    pub(super) failed: u64,
    requests: Requests,
    /// How many requests are counted in the measure.
    counted: usize,
    /// The number of the document of its run.
    pub(super) document: usize,
    /// Which of the measure's workflows that is.
    at: usize,
    has_begun: bool,
    /// Whether a run that goes on is meant to fail.
    pub(super) is_to_fail: bool,
    /// Whether it has had an answer.
    is_answered: bool,
    /// Whether the last run failed without one.
    pub(super) is_unanswered: bool,
    fold: Fold,
    began: Instant,
    /// The kind of fault that ended the run that goes on, or what else did, if it failed.
    ended_by: Option<String>,
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

impl User {
    /// One that begins now.
    pub(super) fn new(whole: Arc<Mutex<Measure>>) -> User {
        User {
            whole,
            begun: Instant::now(),
            runs: 0,
            failed: 0,
            requests: Requests::default(),
            counted: 0,
            document: 0,
            at: 0,
            has_begun: false,
            is_to_fail: false,
            is_answered: false,
            is_unanswered: false,
            fold: Fold::default(),
            began: Instant::now(),
            ended_by: None,
            open: Vec::new(),
        }
    }

    pub(super) fn event(&mut self, event: &Event) {
        self.requests.event(event);
        self.fold.event(event);
        match &event.kind {
            EventKind::RunStarted { workflow_id, .. } => {
                // events tell time in milliseconds, and most runs of a load take less
                self.began = Instant::now();
                self.ended_by = None;
                self.open.clear();
                self.is_answered = false;
                let mut whole = lock(&self.whole);
                whole.users += usize::from(!std::mem::replace(&mut self.has_begun, true));
                self.at = whole.workflow(self.document, workflow_id, self.at);
            }
            EventKind::ResponseReceived(_) => self.is_answered = true,
            EventKind::StepFinished(step) => self.step(step),
            EventKind::WorkflowFinished { path, fault, .. } if path.is_empty() => {
                self.ended_by = fault.as_ref().map(|fault| fault.kind.as_str());
            }
            EventKind::RunFinished { status } => {
                let is_as_meant = match self.is_to_fail {
                    true => *status == Status::Failed,
                    false => *status == Status::Succeeded,
                };
                self.runs += 1;
                self.failed += u64::from(!is_as_meant);
                self.is_unanswered = *status == Status::Failed && !self.is_answered;
                let exit = std::mem::take(&mut self.fold).finish(None).and(Exit::No);
                let (sent, errors) = (self.fresh(), self.errors(!is_as_meant));
                let took = self.began.elapsed().as_secs_f64() * 1000.0;
                let mut whole = lock(&self.whole);
                whole.requests += sent;
                whole.run(took, Some(exit).filter(|_| !is_as_meant));
                if !is_as_meant && errors.is_empty() {
                    // no step did it: a budget was used up between two, say
                    let reason = self.ended_by.take().unwrap_or_else(|| status_name(*status).to_owned());
                    whole.error(self.at, RUN.to_owned(), reason);
                }
                errors.into_iter().for_each(|error| whole.error(self.at, error.step, error.reason));
            }
            _ => {}
        }
    }

    fn step(&mut self, step: &StepFinished) {
        // since the step before: one that calls a workflow sends none itself
        let sent = self.fresh();
        let is_cancelled = step.status == StepStatus::Cancelled;
        let mut whole = lock(&self.whole);
        whole.requests += sent;
        if step.calls.is_none() && (sent > 0 || !is_cancelled) {
            let entry = whole.step(self.at, step);
            entry.requests += sent;
            if sent > 0 && !is_cancelled {
                entry.took.add(step.duration_ms);
            }
        }
        drop(whole);
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

    /// The attempts by which a run failed: those that its workflow did not go on from, else the last one. Where the run
    /// succeeded, polling say, they were as it was meant to be.
    fn errors(&mut self, failed: bool) -> Vec<Attempt> {
        let mut open = std::mem::take(&mut self.open);
        if !failed {
            return Vec::new();
        }
        if let (true, Some(last)) = (open.iter().all(|attempt| attempt.handled), open.last_mut()) {
            last.handled = false;
        }
        open.retain(|attempt| !attempt.handled);
        open
    }

    /// How many requests went out.
    pub(super) fn sent(&self) -> u64 {
        u64::try_from(self.requests.sent()).unwrap_or(u64::MAX)
    }

    /// How many of them the measure does not know of.
    fn fresh(&mut self) -> u64 {
        let sent = self.requests.sent();
        u64::try_from(sent - std::mem::replace(&mut self.counted, sent)).unwrap_or(u64::MAX)
    }
}

/// However it goes, in the midst of a run, too.
impl Drop for User {
    fn drop(&mut self) {
        let sent = self.fresh();
        let mut whole = lock(&self.whole);
        whole.requests += sent;
        whole.lasts(self.begun, Instant::now());
    }
}

fn status_name(status: Status) -> &'static str {
    match status {
        Status::Succeeded => "succeeded",
        Status::Failed => "failed",
        Status::Cancelled => "cancelled",
    }
}

fn lock(whole: &Mutex<Measure>) -> MutexGuard<'_, Measure> {
    whole.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use arras_doc::value::Object;
    use arras_run::effect::EffectId;
    use arras_run::event::{EndedBy, RequestSent, ResponseReceived};
    use arras_run::fault::{Fault, FaultKind, Phase};
    use arras_run::time::Timestamp;

    use super::*;

    fn tell(user: &mut User, kinds: Vec<EventKind>) {
        kinds.into_iter().for_each(|kind| user.event(&Event { at: Timestamp(0), kind }));
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

    type Row = (String, u64, u64);

    /// The requests and errors of each step, how many requests there were in all, and how to exit.
    fn told(whole: &Mutex<Measure>) -> (Vec<Row>, u64, Exit) {
        let whole = lock(whole);
        let load = whole.figures(1, Duration::from_secs(1), &["a.yaml".to_owned(), "b.yaml".to_owned()]);
        let rows = load.steps.into_iter().map(|step| (step.step, step.requests, step.errors));
        (rows.collect(), whole.requests, whole.exit())
    }

    fn row(name: &str, requests: u64, errors: u64) -> Row {
        (name.to_owned(), requests, errors)
    }

    #[test]
    fn requests_are_counted_once_and_by_workflow() {
        let whole = Arc::default();
        let mut user = User::new(Arc::clone(&whole));
        for workflow in ["w", "v", "w"] {
            tell(
                &mut user,
                vec![started(workflow), sent(), received(), step("call#1.1", "s", None, Verdict::Succeeded, None)],
            );
            tell(&mut user, vec![step("", "call", Some("inner"), Verdict::Succeeded, None)]);
            tell(
                &mut user,
                vec![sent(), received(), step("", "s", None, Verdict::Succeeded, None), finished(Status::Succeeded)],
            );
        }
        let rows = vec![row("w › call/s", 2, 0), row("w › s", 2, 0), row("v › call/s", 1, 0), row("v › s", 1, 0)];
        assert_eq!((user.sent(), told(&whole)), (6, (rows, 6, Exit::Yes)));
        let all = Mutex::default();
        lock(&all).merge(&lock(&whole));
        lock(&all).merge(&lock(&whole));
        assert_eq!(told(&all).0[0], row("w › call/s", 4, 0));
    }

    #[test]
    fn workflows_of_one_name_are_told_apart_by_their_documents() {
        let whole = Arc::default();
        let mut user = User::new(Arc::clone(&whole));
        for (document, workflow) in [(0, "w"), (1, "w"), (1, "v"), (0, "w")] {
            user.document = document;
            let step = step("", "s", None, Verdict::Succeeded, None);
            tell(&mut user, vec![started(workflow), sent(), received(), step, finished(Status::Succeeded)]);
        }
        let rows = vec![row("a.yaml › w › s", 2, 0), row("b.yaml › w › s", 1, 0), row("v › s", 1, 0)];
        assert_eq!((told(&whole), lock(&whole).users), ((rows, 4, Exit::Yes), 1));
    }

    /// Their runs go on side by side.
    #[test]
    fn users_share_a_measure_and_nothing_else() {
        let whole = Arc::default();
        let [mut one, mut other] = [User::new(Arc::clone(&whole)), User::new(Arc::clone(&whole))];
        one.is_to_fail = true;
        tell(&mut one, vec![started("w"), sent()]);
        tell(&mut other, vec![started("v"), sent(), received(), step("", "a", None, Verdict::Failed, None)]);
        tell(&mut one, vec![step("", "s", None, Verdict::Failed, None), finished(Status::Failed)]);
        tell(&mut other, vec![over(None), finished(Status::Failed), started("w"), sent()]);
        assert_eq!((one.failed, one.is_unanswered, other.failed, other.is_unanswered), (0, true, 1, false));
        assert_eq!(told(&whole), (vec![row("w › s", 1, 0), row("v › a", 1, 1)], 2, Exit::No));
        // what is sent counts, though its run does not end
        drop((one, other));
        assert_eq!(told(&whole).1, 3);
        let whole = lock(&whole);
        assert!(whole.runs == 2 && whole.lasted().is_some());
    }

    #[test]
    fn a_load_exits_by_what_its_runs_failed_of() {
        let refused = || Some(Fault::new(FaultKind::ConnectRefused, Phase::Connect, "no"));
        let whole = Arc::default();
        let mut user = User::new(Arc::clone(&whole));
        tell(&mut user, vec![started("w"), sent(), step("call#1.1", "s", None, Verdict::Failed, refused())]);
        tell(
            &mut user,
            vec![step("", "call", Some("inner"), Verdict::Failed, None), over(None), finished(Status::Failed)],
        );
        assert_eq!(told(&whole), (vec![row("call/s", 1, 1)], 1, Exit::Environment));
        assert!(user.is_unanswered && user.failed == 1);
        let whole = Arc::default();
        let mut user = User::new(Arc::clone(&whole));
        tell(
            &mut user,
            vec![
                started("w"),
                sent(),
                received(),
                step("", "s", None, Verdict::Failed, None),
                over(None),
                finished(Status::Failed),
            ],
        );
        assert_eq!((user.failed, told(&whole).2, user.is_unanswered), (1, Exit::No, false));
    }

    #[test]
    fn what_no_step_failed_by_has_a_row_of_its_own() {
        let whole = Arc::default();
        let mut user = User::new(Arc::clone(&whole));
        let spent = Fault::new(FaultKind::MaxSteps, Phase::Budget, "one step");
        let step = step("", "s", None, Verdict::Succeeded, None);
        let told_of = vec![started("w"), sent(), received(), step, over(Some(spent)), finished(Status::Failed)];
        tell(&mut user, told_of);
        user.is_to_fail = true;
        tell(&mut user, vec![started("w"), finished(Status::Succeeded)]);
        assert_eq!(told(&whole), (vec![row("s", 1, 0), row("(run)", 0, 2)], 1, Exit::Budget));
        let load = lock(&whole).figures(1, Duration::from_secs(1), &["a.yaml".to_owned()]);
        let reasons: Vec<_> = load.steps[1].reasons.iter().map(|(reason, times)| (reason.as_str(), *times)).collect();
        assert_eq!(reasons, [("max-steps", 1), ("succeeded", 1)]);
    }

    #[test]
    fn a_run_that_is_meant_to_fail_is_none_that_failed() {
        let whole = Arc::default();
        let mut user = User::new(Arc::clone(&whole));
        user.is_to_fail = true;
        tell(
            &mut user,
            vec![
                started("w"),
                sent(),
                step("", "s", None, Verdict::Failed, None),
                over(None),
                finished(Status::Failed),
            ],
        );
        assert_eq!((told(&whole), user.failed), ((vec![row("s", 1, 0)], 1, Exit::Yes), 0));
        tell(
            &mut user,
            vec![started("w"), sent(), step("", "s", None, Verdict::Succeeded, None), finished(Status::Succeeded)],
        );
        assert_eq!((user.failed, told(&whole).2), (1, Exit::No));
    }
}
