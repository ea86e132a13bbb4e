//! What a load came to: per step how often, how long and how badly.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use arras_run::event::StepFinished;
use indexmap::IndexMap;

use super::histogram::Histogram;
use crate::exit::Exit;
use crate::reporter::load::{Counts, Load, LoadStep};

/// One step of one workflow.
#[derive(Clone, Debug, Default)]
pub(super) struct Step {
    pub(super) took: Histogram,
    pub(super) requests: u64,
    errors: u64,
    /// How often each kind of failure came: a kind of fault, or a status code.
    reasons: BTreeMap<String, u64>,
}

/// All runs of a thread's virtual users, or of several threads'.
#[derive(Clone, Debug, Default)]
pub(super) struct Measure {
    pub(super) runs: u64,
    failed: u64,
    pub(super) requests: u64,
    took: Histogram,
    /// When the first user began to run and the last one ended.
    lasted: Option<(Instant, Instant)>,
    /// How many users began a run.
    pub(super) users: usize,
    /// The steps of each workflow that was run, which is known by the number of its document and its id.
    workflows: IndexMap<(usize, String), IndexMap<String, Step>>,
    /// How runs ended that did not end as they were meant to.
    exit: Option<Exit>,
}

impl Measure {
    /// The number of a workflow of a document, which is perhaps this one, as it was before.
    pub(super) fn workflow(&mut self, document: usize, id: &str, perhaps: usize) -> usize {
        let is_it = |(known, name): &(usize, String)| *known == document && name == id;
        // most users run one workflow
        if self.workflows.get_index(perhaps).is_some_and(|(known, _)| is_it(known)) {
            return perhaps;
        }
        let known = self.workflows.keys().position(is_it);
        known.unwrap_or_else(|| self.workflows.insert_full((document, id.to_owned()), IndexMap::new()).0)
    }

    /// A step of the workflow of that number.
    pub(super) fn step(&mut self, workflow: usize, step: &StepFinished) -> &mut Step {
        let steps = &mut self.workflows[workflow];
        // most steps belong to no call, and their names need not be made
        match steps.get_index_of(step.step_id.as_str()).filter(|_| step.path.is_empty()) {
            Some(known) => &mut steps[known],
            None => steps.entry(name(step)).or_default(),
        }
    }

    /// Counts a run that took so many milliseconds, and how it ended if not as it was meant to.
    pub(super) fn run(&mut self, took: f64, badly: Option<Exit>) {
        self.runs += 1;
        self.failed += u64::from(badly.is_some());
        self.exit = self.exit.max(badly);
        self.took.add(took);
    }

    /// Counts an attempt by which a run failed.
    pub(super) fn error(&mut self, workflow: usize, step: String, reason: String) {
        let entry = self.workflows[workflow].entry(step).or_default();
        entry.errors += 1;
        *entry.reasons.entry(reason).or_default() += 1;
    }

    /// The figures of so many users, over that time, workflows of one name being told apart by the names of their
    /// documents.
    pub(super) fn figures(&self, users: usize, took: Duration, documents: &[String]) -> Load {
        let several = self.workflows.len() > 1;
        let of = |(document, id): &(usize, String)| match self.workflows.keys().filter(|(_, other)| other == id).count()
        {
            _ if !several => String::new(),
            1 => format!("{id} › "),
            _ => format!("{} › {id} › ", documents.get(*document).map_or("", String::as_str)),
        };
        let step = |workflow: &str, (name, step): (&String, &Step)| LoadStep {
            step: format!("{workflow}{name}"),
            requests: step.requests,
            errors: step.errors,
            reasons: step.reasons.clone(),
            duration_ms: step.took.times(),
        };
        let steps = self.workflows.iter().flat_map(|(workflow, steps)| {
            let workflow = of(workflow);
            steps.iter().map(move |one| step(&workflow, one))
        });
        let counts = Counts { runs: self.runs, failed: self.failed, requests: self.requests };
        let mut load = Load::new(users, took, counts, self.took.times(), steps.collect());
        load.active_users = self.users;
        load
    }

    /// How to exit: by what ended the runs that did not end as they were meant to.
    pub(super) fn exit(&self) -> Exit {
        self.exit.unwrap_or(if self.runs > 0 { Exit::Yes } else { Exit::No })
    }

    /// Notes that a user ran from then to then.
    pub(super) fn lasts(&mut self, begun: Instant, ended: Instant) {
        let (first, last) = self.lasted.unwrap_or((begun, ended));
        self.lasted = Some((first.min(begun), last.max(ended)));
    }

    /// How long it ran, from the first beginning to the last end.
    pub(super) fn lasted(&self) -> Option<Duration> {
        self.lasted.map(|(begun, ended)| ended.duration_since(begun))
    }

    pub(super) fn merge(&mut self, other: &Measure) {
        if let Some((begun, ended)) = other.lasted {
            self.lasts(begun, ended);
        }
        self.users += other.users;
        self.runs += other.runs;
        self.failed += other.failed;
        self.requests += other.requests;
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

/// The row of what no step failed by.
pub(super) const RUN: &str = "(run)";

/// What kind of failure it is: the kind of its fault, or its status, one of success if a criterion did not hold.
pub(super) fn reason(step: &StepFinished) -> String {
    match (&step.fault, step.status_code) {
        (Some(fault), _) => fault.kind.as_str(),
        (None, Some(status @ 200..300)) => format!("criterion at status {status}"),
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
