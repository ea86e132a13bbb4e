//! Exit codes: what the shell learns of an answer, a refusal, or a run.

use arras_doc::diagnostic::{Diagnostic, has_errors};
use arras_doc::rule;
use arras_run::effect::{CancelReason, Status};
use arras_run::event::{EndedBy, Event, EventKind, StepStatus};
use arras_run::fault::{Fault, FaultKind};

/// How the command ends. The order of the variants is the order in which one prevails over another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exit {
    /// 0: the answer is yes.
    Yes,
    /// 1: the answer is no.
    No,
    /// 5: a budget of the run was exceeded.
    Budget,
    /// 4: the environment; worth another try.
    Environment,
    /// 3: the document, or a source that it names, is missing or invalid.
    Refused,
    /// 2: bad arguments, or inputs that the schema refuses.
    Usage,
    /// 143: SIGTERM.
    Terminated,
    /// 130: SIGINT.
    Interrupted,
}

impl Exit {
    /// The number that the shell sees.
    pub fn code(self) -> u8 {
        match self {
            Exit::Yes => 0,
            Exit::No => 1,
            Exit::Usage => 2,
            Exit::Refused => 3,
            Exit::Environment => 4,
            Exit::Budget => 5,
            Exit::Interrupted => 130,
            Exit::Terminated => 143,
        }
    }

    /// Of several workflows the first that applies of 130 and 143, (2,) 3, 4, 5, 1, 0.
    #[must_use]
    pub fn and(self, other: Exit) -> Exit {
        self.max(other)
    }

    /// The end of a command that was stopped. An embedding program that cancels counts as an interrupt.
    pub fn of_cancel(reason: CancelReason) -> Exit {
        match reason {
            CancelReason::Interrupted | CancelReason::Caller => Exit::Interrupted,
            CancelReason::Terminated => Exit::Terminated,
        }
    }

    /// The end of a run that a fault ended.
    pub fn of_fault(fault: &Fault) -> Exit {
        if fault.is_budget() {
            Exit::Budget
        } else if fault.is_environment() || fault.is_transport() {
            Exit::Environment
        } else {
            Exit::No
        }
    }

    /// The end of a command that could not begin, because loading, linking, planning or the inputs failed.
    pub fn of_refusal(diagnostics: &[Diagnostic]) -> Exit {
        let errors = || diagnostics.iter().filter(|diagnostic| diagnostic.is_error());
        if errors().next().is_some() && errors().all(|diagnostic| diagnostic.rule == rule::INVALID_INPUT) {
            Exit::Usage
        } else if errors().any(is_unreadable_entry) {
            Exit::Environment
        } else {
            Exit::Refused
        }
    }

    /// The answer of `arras check`.
    pub fn of_check(diagnostics: &[Diagnostic], deny_warnings: bool) -> Exit {
        let denied =
            |diagnostic: &Diagnostic| deny_warnings && diagnostic.severity == arras_doc::diagnostic::Severity::Warning;
        if has_errors(diagnostics) || diagnostics.iter().any(denied) { Exit::No } else { Exit::Yes }
    }
}

/// The file that the user named is there but can't be read; a source's failure stands in the file that names it.
fn is_unreadable_entry(diagnostic: &Diagnostic) -> bool {
    diagnostic.rule == rule::SOURCE_UNREADABLE && diagnostic.labels.is_empty()
}

/// Learns from the events of one or several runs how to exit.
#[derive(Clone, Debug, Default)]
pub struct Fold {
    exit: Option<Exit>,
    fault: Option<Fault>,
    budget: bool,
}

impl Fold {
    /// Takes in one event.
    pub fn event(&mut self, event: &Event) {
        match &event.kind {
            EventKind::RunStarted { .. } => *self = Fold { exit: self.exit, ..Fold::default() },
            EventKind::StepFinished(step) => match step.status {
                StepStatus::Failed if step.fault.is_some() => self.fault = step.fault.clone(),
                StepStatus::Failed if step.calls.is_some() => {}
                _ => self.fault = None,
            },
            EventKind::WorkflowFinished { ended_by, fault, .. } => {
                self.budget = *ended_by == EndedBy::Budget;
                // That a dependency failed says less than why it did.
                let own =
                    fault.clone().filter(|fault| fault.kind != FaultKind::DependencyFailed || self.fault.is_none());
                self.fault = own.or(self.fault.take());
            }
            EventKind::RunFinished { status } => {
                let exit = self.of_run(*status);
                self.exit = Some(self.exit.map_or(exit, |before| before.and(exit)));
            }
            _ => {}
        }
    }

    /// How to exit, `cancelled` being what asked the runs to stop. One that was over before keeps its own end.
    pub fn finish(&self, cancelled: Option<CancelReason>) -> Exit {
        match self.exit {
            Some(exit) if exit != Exit::Interrupted => exit,
            _ => cancelled.map_or(Exit::Interrupted, Exit::of_cancel),
        }
    }

    fn of_run(&self, status: Status) -> Exit {
        match status {
            Status::Succeeded => Exit::Yes,
            Status::Cancelled => Exit::Interrupted,
            Status::Failed if self.budget => Exit::Budget,
            Status::Failed => self.fault.as_ref().map_or(Exit::No, Exit::of_fault),
        }
    }
}

#[cfg(test)]
mod tests {
    use arras_doc::diagnostic::Severity;
    use arras_doc::source::SourceId;
    use arras_doc::span::Span;
    use arras_doc::value::Object;
    use arras_run::effect::EffectId;
    use arras_run::event::StepFinished;
    use arras_run::fault::Phase;
    use arras_run::result::Verdict;
    use arras_run::time::Timestamp;

    use super::*;

    fn event(kind: EventKind) -> Event {
        Event { at: Timestamp(0), kind }
    }

    fn started() -> Event {
        event(EventKind::RunStarted { version: 1, workflow_id: "w".into() })
    }

    fn step(path: &str, status: StepStatus, calls: Option<&str>, fault: Option<Fault>) -> Event {
        event(EventKind::StepFinished(Box::new(StepFinished {
            effect: EffectId("s#1.1".into()),
            path: path.into(),
            step_id: "s".into(),
            visit: 1,
            attempt: 1,
            status,
            verdict: Verdict::Failed,
            operation: None,
            calls: calls.map(str::to_owned),
            status_code: None,
            duration_ms: 0.0,
            criteria: Vec::new(),
            action: None,
            outputs: Object::default(),
            fault,
            diagnostics: Vec::new(),
        })))
    }

    fn finished(path: &str, status: Status, ended_by: EndedBy, fault: Option<Fault>) -> Event {
        let (path, workflow_id, outputs) = (path.to_owned(), "w".to_owned(), Object::default());
        event(EventKind::WorkflowFinished { path, workflow_id, status, ended_by, outputs, fault })
    }

    fn over(status: Status) -> Event {
        event(EventKind::RunFinished { status })
    }

    fn fault(kind: FaultKind, phase: Phase) -> Option<Fault> {
        Some(Fault::new(kind, phase, "no"))
    }

    fn exit(events: &[Vec<Event>]) -> Exit {
        let mut fold = Fold::default();
        events.iter().flatten().for_each(|event| fold.event(event));
        fold.finish(None)
    }

    fn failing(step_fault: Option<Fault>, ended_by: EndedBy, own: Option<Fault>) -> Vec<Event> {
        vec![
            started(),
            step("", StepStatus::Failed, None, step_fault),
            finished("", Status::Failed, ended_by, own),
            over(Status::Failed),
        ]
    }

    #[test]
    fn a_run_exits_by_what_ended_it() {
        let refused = || fault(FaultKind::ConnectRefused, Phase::Connect);
        let good = || vec![started(), finished("", Status::Succeeded, EndedBy::End, None), over(Status::Succeeded)];
        let plain = || failing(None, EndedBy::LastStep, None);
        let transport = || failing(refused(), EndedBy::Fault, refused());
        let budget = || failing(None, EndedBy::Budget, fault(FaultKind::MaxSteps, Phase::Budget));
        let credentials = || failing(fault(FaultKind::NoCredentials, Phase::Auth), EndedBy::Fault, None);
        let unevaluable = || failing(fault(FaultKind::CriterionUnevaluable, Phase::Evaluate), EndedBy::Fault, None);
        let recovered = || {
            vec![
                started(),
                step("", StepStatus::Recovered, None, refused()),
                step("", StepStatus::Failed, None, None),
                finished("", Status::Failed, EndedBy::LastStep, None),
                over(Status::Failed),
            ]
        };
        let nested = || {
            vec![
                started(),
                step("call#1.1", StepStatus::Failed, None, refused()),
                finished("call#1.1", Status::Failed, EndedBy::Fault, None),
                step("", StepStatus::Failed, Some("inner"), None),
                finished("", Status::Failed, EndedBy::LastStep, None),
                over(Status::Failed),
            ]
        };
        let dependency = || {
            let failed = fault(FaultKind::DependencyFailed, Phase::Build);
            vec![
                started(),
                step("dependsOn:d", StepStatus::Failed, None, refused()),
                finished("dependsOn:d", Status::Failed, EndedBy::Fault, refused()),
                finished("", Status::Failed, EndedBy::Fault, failed),
                over(Status::Failed),
            ]
        };
        let cancelled = || vec![started(), over(Status::Cancelled)];
        let cases = [
            (vec![good()], 0),
            (vec![plain()], 1),
            (vec![transport()], 4),
            (vec![credentials()], 4),
            (vec![unevaluable()], 1),
            (vec![budget()], 5),
            (vec![recovered()], 1),
            (vec![nested()], 4),
            (vec![dependency()], 4),
            (vec![cancelled()], 130),
            (vec![plain(), budget()], 5),
            (vec![budget(), transport(), plain()], 4),
            (vec![transport(), good()], 4),
            (vec![transport(), plain()], 4),
            (vec![transport(), cancelled(), good()], 130),
        ];
        for (events, code) in cases {
            assert_eq!(exit(&events).code(), code, "{events:#?}");
        }
    }

    #[test]
    fn a_stopped_run_exits_by_the_signal_unless_it_was_over() {
        let mut fold = Fold::default();
        fold.event(&over(Status::Cancelled));
        assert_eq!(fold.finish(Some(CancelReason::Terminated)).code(), 143);
        assert_eq!(fold.finish(Some(CancelReason::Interrupted)).code(), 130);
        let mut fold = Fold::default();
        fold.event(&over(Status::Succeeded));
        assert_eq!(fold.finish(Some(CancelReason::Interrupted)).code(), 0);
    }

    #[test]
    fn refusals_and_checks() {
        let error = |rule| Diagnostic::new(rule, "x");
        let placed = |rule| error(rule).at(SourceId(0), Span::new(0, 1));
        let cases = [
            (vec![error(rule::INVALID_INPUT)], 2),
            (vec![placed(rule::LOOSE_CONDITION), error(rule::INVALID_INPUT)], 2),
            (vec![error(rule::INVALID_INPUT), placed(rule::UNKNOWN_STEP)], 3),
            (vec![error(rule::SOURCE_UNREADABLE)], 4),
            (vec![placed(rule::SOURCE_UNREADABLE)], 3),
            (vec![error(rule::SOURCE_NOT_FOUND)], 3),
        ];
        for (diagnostics, code) in cases {
            assert_eq!(Exit::of_refusal(&diagnostics).code(), code, "{diagnostics:?}");
        }
        let warning = || error(rule::UNKNOWN_STEP).severity(Severity::Warning);
        assert_eq!(Exit::of_check(&[], true), Exit::Yes);
        assert_eq!(Exit::of_check(&[warning()], false), Exit::Yes);
        assert_eq!(Exit::of_check(&[warning()], true), Exit::No);
        assert_eq!(Exit::of_check(&[error(rule::UNKNOWN_STEP)], false), Exit::No);
    }
}
