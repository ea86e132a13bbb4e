//! A workflow run as a value: it says what should happen next and is told what did. Start reading here.
//!
//! ```text
//!            ┌───────────── turn() ─────────────┐
//!   Begin ─▶ Enter ─▶ InFlight ─tell()─▶ Enter │ Resting │ Returned │ Done
//! ```
//!
//! The stack of frames holds one frame for each workflow that is under way, so workflows that call workflows need no
//! recursion. Everything is decided from the plan and from what was told; the same inputs give the same events.

mod calls;
mod emit;
mod enter;
mod finish;
mod frame;
mod given;
mod limits;
mod settle;

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use arras_doc::diagnostic::{Diagnostic, Diagnostics};
use arras_doc::expression::select_named;
use arras_doc::rule;
use arras_doc::source::SourceId;
use arras_doc::span::Span;
use arras_doc::suggest;
use arras_doc::value::Object;

pub use calls::Recalled;
pub use given::invalid_dependency_inputs;
pub use limits::{CheckLevel, Checks, DefaultSuccess, Limits};

use crate::effect::{CancelReason, EffectId, Input, Outcome, Send, Status, Turn};
use crate::evaluate::{self, Known, Terms, Then};
use crate::event::{Detail, Event, EventKind, VERSION};
use crate::exchange::Exchange;
use crate::fault::{Fault, FaultKind, Phase};
use crate::file::Files;
use crate::inputs;
use crate::plan::{Destination, Plan, Step, StepIndex, Workflow};
use crate::result::{CriterionResult, StepResult};
use crate::scope::{Answer, Finished, Hand, OwnOutputs, Progress, Scope};
use crate::secret::Secrets;
use crate::time::Timestamp;
use frame::{Caller, Counts, Frame};

/// A run of one workflow.
#[derive(Clone, Debug)]
pub struct Run {
    plan: Arc<Plan>,
    limits: Limits,
    frames: Vec<Frame>,
    state: State,
    events: VecDeque<Event>,
    now: Timestamp,
    started: Timestamp,
    steps: u64,
    workflows: Vec<Progress>,
    /// What is given to workflows that others depend on (A-59).
    dependency_inputs: HashMap<usize, Object>,
    secrets: Secrets,
    /// What descriptions have wrong, told once.
    told: HashSet<(SourceId, Span)>,
    /// `None` for no file.
    files: Option<Arc<Files>>,
    detail: Detail,
    /// `None` where nobody asks for calls.
    calls: Option<Box<calls::Calls>>,
}

/// What the run is about to do.
#[derive(Clone, Debug)]
enum State {
    /// Begin the workflow of the top frame: its dependencies first.
    Begin,
    /// Try the current step of the top frame.
    Enter(Entry),
    /// An attempt of the current step is under way.
    InFlight(EffectId),
    /// Nothing until a time.
    Resting(Timestamp, Next),
    /// The workflow that the current step called is over, by a fault perhaps.
    Returned(Arc<Finished>, Option<Fault>),
    /// It is over.
    Done(Outcome),
}

/// How a step is entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entry {
    /// For another visit.
    Visit,
    /// For another attempt of the same visit.
    Attempt,
    /// Because the retry of a step refers to it (A-14).
    Reference,
}

/// What follows a rest.
#[derive(Clone, Debug)]
enum Next {
    /// Another visit of a step.
    Visit(usize),
    /// Another attempt of the current step.
    Attempt,
    /// The reference of a retry, then another attempt (A-14).
    Reference(Destination, Object),
    /// Another workflow in place of this one (A-11).
    Transfer(usize, Object),
}

/// What a workflow's schema finds wrong with its inputs, as findings that point at the schema.
pub fn invalid_inputs(workflow: &Workflow, problems: Vec<inputs::Problem>) -> Diagnostics {
    let place = workflow.inputs_place;
    let finding = |problem: inputs::Problem| {
        let finding = Diagnostic::new(rule::INVALID_INPUT, problem.to_string()).at(place.source, place.span);
        match &problem.missing {
            Some(name) => finding.help(format!("give it: `-i {name}=VALUE`, or a member of `--inputs FILE`")),
            None => finding,
        }
    };
    problems.into_iter().map(finding).collect()
}

impl Run {
    /// A run of the plan's entry workflow, about to begin.
    ///
    /// # Errors
    /// What the workflow's schema finds wrong with the inputs, as `invalid-input` findings.
    pub fn new(plan: Arc<Plan>, inputs: Object, limits: Limits, now: Timestamp) -> Result<Run, Diagnostics> {
        let workflow = plan.entry();
        let inputs = workflow.inputs.prepare(inputs).map_err(|problems| invalid_inputs(workflow, problems))?;
        let mut secrets = Secrets::default();
        for value in inputs::secret_values(workflow.inputs.schema(), &inputs) {
            secrets.add_value(value);
        }
        for sent in workflow.credentials.iter().filter_map(|sent| select_named(&inputs, &sent.path)) {
            evaluate::credential(&sent).iter().for_each(|secret| secrets.add(secret));
        }
        let frame = Frame::new(plan.entry, workflow, Arc::default(), inputs, Caller::Root);
        let mut run = Run {
            frames: vec![frame],
            state: State::Begin,
            events: VecDeque::new(),
            now,
            started: now,
            steps: 0,
            workflows: vec![Progress::default(); plan.workflows.len()],
            dependency_inputs: HashMap::new(),
            secrets,
            told: HashSet::new(),
            files: None,
            detail: Detail::Full,
            calls: None,
            limits,
            plan,
        };
        run.workflows[run.plan.entry].under_way = 1;
        let workflow_id = run.plan.entry().id.clone();
        run.emit(EventKind::RunStarted { version: VERSION, workflow_id });
        run.note_unknown_inputs();
        Ok(run)
    }

    /// The files that inputs stand for.
    #[inline]
    #[must_use]
    pub fn with_files(mut self, files: Arc<Files>) -> Run {
        self.files = Some(files);
        self
    }

    /// How much its events tell from here on.
    #[inline]
    #[must_use]
    pub fn in_detail(mut self, detail: Detail) -> Run {
        self.detail = detail;
        self
    }

    /// Whether a turn may have to read files: some inputs stand for files that stay where they are.
    pub fn has_stored_files(&self) -> bool {
        self.files.as_ref().is_some_and(|files| files.any_stored())
    }

    /// Says which of the inputs the workflow does not declare: they are passed on, perhaps misspelled (A-52).
    fn note_unknown_inputs(&mut self) {
        let plan = self.plan.clone();
        let workflow = plan.entry();
        let unknown: Vec<String> = workflow.inputs.unknown(&self.top().inputs).into_iter().map(str::to_owned).collect();
        for name in &unknown {
            let message = format!("the workflow `{}` declares no input `{name}`; it is passed on", workflow.id);
            let near = suggest::nearest(name, inputs::names(workflow.inputs.schema()), 1);
            let place = workflow.inputs_place;
            let found = Diagnostic::new(rule::UNKNOWN_INPUT, message).at(place.source, place.span);
            self.diagnose(found.maybe_help(suggest::did_you_mean(&near)));
        }
    }

    /// Registers a secret of the caller, a credential say, so that no event shows it.
    pub fn add_secret(&mut self, secret: &str) {
        self.secrets.add(secret);
    }

    /// The secrets known so far, for events that the driver makes itself.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// The plan it follows.
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// What should happen next. Asked again before it was told something, it says the same, but an effect is asked for
    /// once only.
    pub fn turn(&mut self) -> Turn {
        loop {
            match &self.state {
                State::Begin => self.begin(),
                State::Enter(entry) => {
                    let entry = *entry;
                    if let Some(effect) = self.enter(entry) {
                        return Turn::Perform(effect);
                    }
                }
                State::InFlight(_) => return Turn::Wait(self.deadline()),
                State::Resting(until, _) => {
                    let until = self.deadline().map_or(*until, |deadline| deadline.min(*until));
                    return Turn::Wait(Some(until));
                }
                State::Returned(..) => self.take_returns(),
                State::Done(outcome) => return Turn::Done(outcome.clone()),
            }
        }
    }

    /// What did happen, and when. What does not fit the state, such as the result of an effect that was given up, is
    /// passed over.
    pub fn tell(&mut self, now: Timestamp, input: Input) {
        self.now = self.now.max(now);
        if matches!(self.state, State::Done(_)) {
            return;
        }
        match input {
            Input::Cancel(reason) => self.cancel(reason),
            Input::Settled(effect, result) => {
                if matches!(&self.state, State::InFlight(expected) if *expected == effect) {
                    self.settle(*result);
                }
            }
            Input::Tick => {}
        }
        self.take_returns();
        self.keep_time();
    }

    /// The next thing that people should see.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Judges the exchange of the effect under way, or the fault that took its place; pure, to be told back by
    /// [`Run::tell`]. Of any other effect there is nothing to say.
    pub fn evaluate(&self, effect: &Send, now: Timestamp, exchange: Result<&Exchange, Fault>) -> StepResult {
        self.evaluate_knowing(effect, now, exchange, &[])
    }

    /// The same where some verdicts are known already: those of criteria that read secrets in a recorded run, for which
    /// something else stands here.
    pub fn evaluate_knowing(
        &self,
        effect: &Send,
        now: Timestamp,
        exchange: Result<&Exchange, Fault>,
        verdicts: &[CriterionResult],
    ) -> StepResult {
        let under_way = matches!(&self.state, State::InFlight(expected) if *expected == effect.id);
        let (Some(step), Some(frame), true) = (self.plan.step(effect.step), self.frames.last(), under_way) else {
            return StepResult::default();
        };
        let terms = Terms { known: self.known(verdicts), ..self.terms(now) };
        let so_far = OnceCell::new();
        match exchange {
            Ok(exchange) => {
                let types = step.operation().and_then(|operation| operation.xml_types(exchange.response.status));
                let answer = Answer::new(exchange).with_types(types);
                evaluate::evaluate(step, self.scope(frame, Hand::Answer(&answer), &so_far), None, terms)
            }
            Err(fault) => evaluate::evaluate(step, self.scope(frame, Hand::Nothing, &so_far), Some(fault), terms),
        }
    }

    /// What would be secret in the answer if the effect under way were judged by it.
    pub fn secrets_of(&self, effect: &Send, exchange: &Exchange) -> Vec<String> {
        self.evaluate(effect, self.now, Ok(exchange)).secrets
    }

    /// When the run, or a step that called a workflow, runs out of time.
    pub fn deadline(&self) -> Option<Timestamp> {
        let whole = self.limits.timeout.map(|timeout| self.started.after(timeout));
        let call = self.frames.last().and_then(|frame| frame.deadline);
        whole.into_iter().chain(call).min()
    }

    fn terms(&self, now: Timestamp) -> Terms<'_> {
        let frame = self.top();
        let then = if frame.retrying.is_some() { Then::Return } else { Then::Act };
        let Counts { rounds, retries, .. } = &frame.counts[frame.at];
        let Limits { default_success, checks, .. } = self.limits;
        let (strictness, detail) = (self.plan.strictness, self.detail);
        let (index, rounds, stand_ins) = (frame.at, *rounds, &*self.plan.stand_ins);
        let known = None;
        Terms { index, rounds, retries, default_success, strictness, checks, now, then, detail, stand_ins, known }
    }

    fn known<'k>(&'k self, verdicts: &'k [CriterionResult]) -> Option<Known<'k>> {
        (!verdicts.is_empty()).then_some(Known { verdicts, secrets: &self.secrets })
    }

    fn scope<'a>(&'a self, frame: &'a Frame, hand: Hand<'a>, so_far: &'a OnceCell<Object>) -> Scope<'a> {
        Scope {
            workflow: &self.plan.workflows[frame.workflow],
            index: frame.workflow,
            inputs: &frame.inputs,
            steps: &frame.left,
            workflows: &self.workflows,
            hand,
            current: None,
            outputs: OwnOutputs::SoFar(so_far),
        }
    }

    fn top(&self) -> &Frame {
        self.frames.last().expect("a run that is not done has a frame")
    }

    fn top_mut(&mut self) -> &mut Frame {
        self.frames.last_mut().expect("a run that is not done has a frame")
    }

    /// Goes on after a rest, and gives up what ran out of time.
    fn keep_time(&mut self) {
        if matches!(self.state, State::Done(_)) {
            return;
        }
        if let Some(timeout) = self.limits.timeout.filter(|timeout| self.now >= self.started.after(*timeout)) {
            let message = format!("the run took longer than its timeout of {timeout:?}");
            return self.exhaust(Fault::new(FaultKind::RunTimeout, Phase::Budget, message));
        }
        let is_late = |frame: &Frame| frame.deadline.is_some_and(|deadline| self.now >= deadline);
        if is_late(self.top()) {
            // no frame's deadline is later than that of a frame below it
            let late = self.frames.partition_point(|frame| !is_late(frame));
            self.give_up_call(late);
            return self.take_returns();
        }
        if let State::Resting(until, _) = &self.state
            && self.now >= *until
            && let State::Resting(_, next) = std::mem::replace(&mut self.state, State::Begin)
        {
            self.go_on(next);
        }
    }

    /// Judges each step whose called workflow is over; that may end the workflow of the step in turn.
    fn take_returns(&mut self) {
        while let State::Returned(finished, fault) = &mut self.state {
            let (finished, fault) = (finished.clone(), fault.take());
            self.settle_call(&finished, fault);
        }
    }

    fn step_index(&self) -> StepIndex {
        let frame = self.top();
        StepIndex { workflow: frame.workflow, step: frame.at }
    }

    /// The current step and the plan that owns it.
    fn step<'p>(&self, plan: &'p Plan) -> &'p Step {
        let frame = self.top();
        &plan.workflows[frame.workflow].steps[frame.at]
    }

    fn cancel(&mut self, _reason: CancelReason) {
        self.stop(Status::Cancelled, crate::event::EndedBy::Cancel, None);
    }
}
