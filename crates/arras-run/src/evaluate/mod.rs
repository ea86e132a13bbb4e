//! Judging one exchange: criteria, outputs, and which actions apply; a pure function.

mod absent;
mod answer;
mod explain;
mod known;

use std::borrow::Cow;
use std::cell::OnceCell;

use arras_doc::diagnostic::{Diagnostic, Severity};
use arras_doc::rule;
use arras_doc::span::Span;
use arras_doc::value::{Object, Value};

pub use self::known::Known;
use crate::check;
use crate::criterion::{EvaluationError, Evidence, Judgement};
use crate::event::Detail;
use crate::exchange::{self, Body};
use crate::fault::{Fault, FaultKind, Phase};
use crate::plan::{Action, ActionKind, Criterion, Operation, Output, Parameter, Step, Strictness, Test};
use crate::resolve::Resolve;
use crate::result::{Blocked, CriterionResult, EvidenceEntry, MatchedAction, StepResult, Verdict};
use crate::retry_after;
use crate::run::{CheckLevel, Checks, DefaultSuccess};
use crate::scope::{Answer, Hand, OwnOutputs, Scope};
use crate::secret::Secrets;
use crate::template::{self, Embedding};
use crate::time::Timestamp;

/// What a step is judged by beside its scope.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'r> {
    /// The step's index in its workflow.
    pub index: usize,
    /// How often a success action of the step has led back before.
    pub rounds: u32,
    /// How often each of its actions was retried in the current visit: success actions first, then failure actions.
    pub retries: &'r [u32],
    /// What counts as success without criteria.
    pub default_success: DefaultSuccess,
    /// Whether anything is tolerated.
    pub strictness: Strictness,
    /// What of an answer is checked against the description.
    pub checks: Checks,
    /// When the answer came, for dates in `Retry-After`.
    pub now: Timestamp,
    /// What is to follow.
    pub then: Then,
    /// How much is told of it.
    pub detail: Detail,
    /// What stands for secrets in the answer, so that it can't be checked.
    pub stand_ins: &'r Secrets,
    /// What is known of its criteria already.
    pub known: Option<Known<'r>>,
}

/// What follows a step that was judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// One of its actions.
    Act,
    /// What it was run for: it is the reference of a retry, so its own actions are not looked at.
    Return,
}

/// Judges what the step has in hand: an answer, a finished workflow, or, with `fault`, nothing.
///
/// In the order of A-57: success criteria, outputs, actions.
pub fn evaluate(step: &Step, scope: Scope<'_>, fault: Option<Fault>, terms: Terms<'_>) -> StepResult {
    let mut result = match fault {
        Some(fault) => StepResult::fault(fault),
        None => judge_success(step, &scope, terms),
    };
    let answer = if let Hand::Answer(answer) = scope.hand { Some(answer) } else { None };
    // the body that is to be told or checked is looked into before it decides anything else
    let looks = terms.detail == Detail::Full || terms.checks != Checks::all(CheckLevel::Off);
    if let Some(answer) = answer {
        result.url = (terms.detail == Detail::Full).then(|| answer.exchange.request.url.clone());
        result.duration_ms = answer.exchange.duration.as_secs_f64() * 1000.0;
        let header = exchange::field(&answer.exchange.response.headers, "retry-after");
        result.retry_after = header.and_then(|text| retry_after::parse(&text, terms.now));
        result.secrets.extend(answer::of_headers(answer));
        let unread = answer::other_cookies(step, answer);
        result.diagnostics.extend(unread.map(|problem| explain::loose_answer(step, &problem)));
        if looks {
            look_into(step, answer, terms, &mut result);
        }
    }
    if let Hand::Call(finished) = scope.hand {
        result.retry_after = finished.retry_after;
        result.duration_ms = finished.duration.as_secs_f64() * 1000.0;
    }
    let (outputs, notes) = outputs(&step.outputs, terms.index, &scope);
    // of a step that failed outputs are wanted as far as there are any
    let told = |note: &Diagnostic| result.verdict == Verdict::Succeeded || note.severity > Severity::Advice;
    result.diagnostics.extend(notes.into_iter().filter(told));
    result.retained = retained(step, &scope);
    let judged = Scope { current: Some((terms.index, &outputs)), ..scope };
    result.secrets.extend(step.credentials.iter().filter_map(|sent| answer::credential(&*judged.resolve(sent)?)));
    if terms.then == Then::Act {
        let so_far = OnceCell::new();
        let current = Some((terms.index, &outputs));
        let scope = Scope { current, outputs: OwnOutputs::SoFar(&so_far), ..scope };
        choose_actions(step, &scope, terms, &mut result);
    }
    if let Some(answer) = answer.filter(|answer| !looks && answer.is_read()) {
        look_into(step, answer, terms, &mut result);
    }
    result.outputs = outputs;
    result
}

/// Collects what of an answer's body is secret from here on, and says what is doubtful about it.
fn look_into(step: &Step, answer: &Answer<'_>, terms: Terms<'_>, result: &mut StepResult) {
    result.secrets.extend(answer::tokens(answer));
    let body = answer.body();
    let loosely = body.problem.iter().chain(&body.note);
    result.diagnostics.extend(loosely.map(|problem| explain::loose_answer(step, problem)));
    if let Some(operation) = step.operation() {
        check_answer(step, operation, answer, terms, result);
    }
}

/// Collects what the description says is secret, and compares the answer with the description.
fn check_answer(step: &Step, operation: &Operation, answer: &Answer<'_>, terms: Terms<'_>, result: &mut StepResult) {
    let checks = terms.checks;
    let is_checked = checks != Checks::all(CheckLevel::Off);
    if !is_checked && check::is_open(operation, answer) {
        return;
    }
    let Some(described) = check::Described::of(operation) else { return };
    result.secrets.extend(check::secrets(operation, &described, answer));
    if !is_checked {
        return;
    }
    for finding in check::check(step, operation, &described, answer, checks, terms.stand_ins) {
        if finding.severity == Severity::Error {
            result.verdict = Verdict::Failed;
        }
        result.diagnostics.push(finding);
    }
}

/// The strings of an answer that must be masked from now on: tokens, cookies and other credentials.
pub fn secrets(exchange: &exchange::Exchange) -> Vec<String> {
    let answer = Answer::new(exchange);
    answer::tokens(&answer).into_iter().chain(answer::of_headers(&answer)).collect()
}

/// The secret in a value that is sent as a credential; `None` where it can be none.
pub(crate) fn credential(value: &Value) -> Option<String> {
    answer::credential(value)
}

/// Evaluates a step's outputs in order; those without a value are left out, with a note each.
fn outputs(outputs: &[Output], step: usize, scope: &Scope<'_>) -> (Object, Vec<Diagnostic>) {
    let mut values = Object::with_capacity_and_hasher(outputs.len(), Default::default());
    let mut notes = Vec::new();
    for output in outputs {
        output_value(output, Some(step), scope, &mut values, &mut notes);
    }
    (values, notes)
}

/// The outputs of the scope's workflow as they are now; each sees those before it.
pub fn workflow_outputs(scope: &Scope<'_>) -> (Object, Vec<Diagnostic>) {
    let mut values = Object::default();
    let mut notes = Vec::new();
    for output in &scope.workflow.outputs {
        let mut value = Object::default();
        let scope = Scope { outputs: OwnOutputs::Before(&values), ..*scope };
        output_value(output, None, &scope, &mut value, &mut notes);
        values.extend(value);
    }
    (values, notes)
}

/// The value of an output, of the step that is being judged or else of the workflow.
fn output_value(
    output: &Output,
    step: Option<usize>,
    scope: &Scope<'_>,
    values: &mut Object,
    notes: &mut Vec<Diagnostic>,
) {
    let evaluated = template::evaluate(&output.value, scope, Embedding::Text);
    let place = output.place;
    let failed = !evaluated.failures.is_empty();
    for failure in evaluated.failures {
        let message = format!("output `{}` has no value: {}", output.name, failure.message);
        let diagnostic = Diagnostic::new(rule::INVALID_SELECTOR, message).severity(Severity::Warning);
        notes.push(diagnostic.at(place.source, place.span).maybe_help(failure.help));
    }
    match evaluated.value {
        Some(value) => {
            values.insert(output.name.clone(), value);
        }
        None if failed => {}
        None => {
            let message =
                format!("output `{}` has no value{}", output.name, absent::why(output, &evaluated.absent, step, scope));
            notes.push(Diagnostic::new(rule::OUTPUT_ABSENT, message).at(place.source, place.span));
        }
    }
}

/// The values of parameters by name, and what was tolerated in them; those without a value are left out (ARZ-PARAM-18).
///
/// # Errors
/// If a selector can't be evaluated.
/// Strictly also if an expression has no value.
pub fn parameters(
    parameters: &[Parameter],
    scope: &dyn Resolve,
    strictness: Strictness,
) -> Result<(Object, Vec<String>), Fault> {
    let mut values = Object::default();
    let mut notes = Vec::new();
    for parameter in parameters {
        let evaluated = template::evaluate(&parameter.value, scope, Embedding::Text);
        if let Some(failure) = evaluated.failures.first() {
            let message = format!("parameter `{}` can't be evaluated: {}", parameter.name, failure.message);
            return Err(Fault::new(FaultKind::MissingValue, Phase::Build, message));
        }
        if let (Some(absent), Strictness::Strict) = (evaluated.absent.first(), strictness) {
            return Err(Fault::missing_value(&absent.text));
        }
        notes.extend(evaluated.notes);
        if let Some(value) = evaluated.value {
            values.insert(parameter.name.clone(), value);
        }
    }
    Ok((values, notes))
}

/// One criterion, judged.
pub(crate) struct Judged<'p> {
    pub criterion: &'p Criterion,
    pub outcome: Result<Judgement, EvaluationError>,
}

impl Judged<'_> {
    fn satisfied(&self) -> bool {
        self.outcome.as_ref().is_ok_and(|judgement| judgement.satisfied)
    }

    /// Whether it was evaluated and does not hold.
    fn refused(&self) -> bool {
        self.outcome.as_ref().is_ok_and(|judgement| !judgement.satisfied)
    }

    fn into_result(self) -> CriterionResult {
        let (judgement, error) = match self.outcome {
            Ok(judgement) => (judgement, None),
            Err(error) => (Judgement::default(), Some(error.message)),
        };
        let entries = judgement.evidence.into_iter().filter(|entry| entry.holds.is_none() || entry.value.is_some());
        CriterionResult {
            condition: self.criterion.condition.clone(),
            kind: self.criterion.test.name().to_owned(),
            reading: judgement.reading,
            satisfied: judgement.satisfied,
            error,
            evidence: entries.map(|entry| EvidenceEntry { expression: entry.expression, value: entry.value }).collect(),
        }
    }
}

fn judge<'p>(criterion: &'p Criterion, scope: &Scope<'_>, terms: Terms<'_>) -> Judged<'p> {
    let context = criterion.context.as_ref().and_then(|context| scope.resolve(context));
    let absent = criterion.context.as_ref().filter(|_| context.is_none());
    let mut outcome = match &criterion.test {
        Test::XPath(condition) => {
            xml_context(criterion, scope).and_then(|()| condition.evaluate(context.as_deref(), scope))
        }
        // an outline needs evidence of what does not hold alone
        Test::Simple(condition) if terms.detail == Detail::Outline && condition.holds(scope, context.as_deref()) => {
            Ok(Judgement { satisfied: true, ..Judgement::default() })
        }
        Test::Simple(condition) => condition.evaluate(scope, context.as_deref()),
        Test::Regex(condition) => condition.evaluate(context.as_deref(), scope),
        Test::JsonPath(condition) => json_context(criterion, context, scope).and_then(|context| {
            condition.evaluate(context.as_deref().unwrap_or(&Value::Null), &|expression| {
                scope.resolve(expression).map(Cow::into_owned)
            })
        }),
    };
    // what a condition makes of nothing says less than that there is nothing
    if let (Ok(judgement), Some(context), false) = (&mut outcome, absent, matches!(criterion.test, Test::Simple(_))) {
        let span = Span::new(0, criterion.condition.len());
        let (expression, shortened) = (context.text.to_string(), false);
        judgement.evidence = vec![Evidence { expression, span, value: None, shortened, holds: None }];
    }
    if let Some(known) = terms.known {
        known.apply(criterion, &mut outcome);
    }
    Judged { criterion, outcome }
}

/// An XPath needs XML: bytes that are no text can't be queried either; what else is none it says itself.
fn xml_context(criterion: &Criterion, scope: &Scope<'_>) -> Result<(), EvaluationError> {
    let of_body = criterion.context.as_deref().is_some_and(answer::is_of_body);
    match scope.hand {
        Hand::Answer(answer) if of_body && matches!(answer.body().body, Body::Binary(_)) => {
            let label = answer::label(answer);
            Err(EvaluationError::new(format!("the body is bytes, not XML ({label})")))
        }
        _ => Ok(()),
    }
}

/// A JSONPath needs JSON, or XML, of which it sees the projection: any other text can't be queried.
fn json_context<'v>(
    criterion: &Criterion,
    context: Option<Cow<'v, Value>>,
    scope: &'v Scope<'_>,
) -> Result<Option<Cow<'v, Value>>, EvaluationError> {
    let of_body = criterion.context.as_deref().is_some_and(answer::is_of_body);
    match scope.hand {
        Hand::Answer(answer) if of_body && matches!(answer.body().body, Body::Xml(_)) => {
            criterion.context.as_ref().map_or(Ok(context), |context| scope.structure(context))
        }
        Hand::Answer(answer) if of_body => {
            answer::no_json(answer).map_or(Ok(context), |message| Err(EvaluationError::new(message)))
        }
        _ => Ok(context),
    }
}

/// What is told of criteria: in an outline nothing.
fn told(judged: Vec<Judged<'_>>, terms: Terms<'_>) -> Vec<CriterionResult> {
    match terms.detail {
        Detail::Full => judged.into_iter().map(Judged::into_result).collect(),
        Detail::Outline => Vec::new(),
    }
}

/// Success by the criteria, or without any by the status code or the called workflow.
fn judge_success(step: &Step, scope: &Scope<'_>, terms: Terms<'_>) -> StepResult {
    let judged: Vec<Judged<'_>> = step.criteria.iter().map(|criterion| judge(criterion, scope, terms)).collect();
    let status_code = match scope.hand {
        Hand::Answer(answer) => Some(answer.exchange.response.status),
        Hand::Call(finished) => finished.status_code,
        Hand::Nothing => None,
    };
    let by_default = match scope.hand {
        Hand::Answer(answer) => terms.default_success.accepts(answer.exchange.response.status),
        Hand::Call(finished) => finished.status == crate::effect::Status::Succeeded,
        Hand::Nothing => false,
    };
    let succeeded = if step.criteria.is_empty() { by_default } else { judged.iter().all(Judged::satisfied) };
    let mut result = StepResult {
        verdict: if succeeded { Verdict::Succeeded } else { Verdict::Failed },
        status_code,
        ..StepResult::default()
    };
    result.diagnostics.extend(judged.iter().flat_map(explain::loosely_read));
    if !succeeded {
        result.diagnostics.push(match explain::unsatisfied(step, &judged, scope) {
            Some(diagnostic) => diagnostic,
            None => explain::unsuccessful(step, scope),
        });
    }
    result.criteria = told(judged, terms);
    result
}

/// Finds the matching actions of the list that the verdict selects, in order, up to the first that always can be taken.
///
/// A criterion that can't be evaluated ends the search, unless another of the action's does not hold; by the letter it
/// only fails.
fn choose_actions(step: &Step, scope: &Scope<'_>, terms: Terms<'_>, result: &mut StepResult) {
    let mut missed = Vec::new();
    match_actions(step, scope, terms, result, &mut missed);
    result.missed = missed.into_iter().flat_map(|(_, judged)| told(judged, terms)).collect();
}

/// The same; those that don't match, or can't be judged, are `missed`.
fn match_actions<'p>(
    step: &'p Step,
    scope: &Scope<'_>,
    terms: Terms<'_>,
    result: &mut StepResult,
    missed: &mut Vec<(&'p Action, Vec<Judged<'p>>)>,
) {
    let (actions, offset) = match result.verdict {
        Verdict::Succeeded => (&step.on_success, 0),
        Verdict::Failed => (&step.on_failure, step.on_success.len()),
    };
    // it is passed over anyway
    let is_exhausted = |index: usize, action: &Action| match action.kind {
        ActionKind::Retry { limit, .. } => terms.retries.get(offset + index).is_none_or(|count| *count >= limit),
        _ => false,
    };
    for (index, action) in actions.iter().enumerate() {
        let judged: Vec<Judged<'_>> = action.criteria.iter().map(|criterion| judge(criterion, scope, terms)).collect();
        result.diagnostics.extend(judged.iter().flat_map(explain::loosely_read));
        let unevaluable = unevaluable(step, action, &judged).filter(|_| !is_exhausted(index, action));
        if let (Some(blocked), Strictness::Tolerant) = (unevaluable, terms.strictness) {
            result.blocked = Some(Box::new(blocked));
            missed.push((action, judged));
            return;
        }
        if !judged.iter().all(Judged::satisfied) {
            missed.push((action, judged));
            continue;
        }
        let criteria = told(judged, terms);
        match parameters(&action.parameters, scope, terms.strictness) {
            Ok((inputs, _)) => result.actions.push(MatchedAction { index, inputs, criteria }),
            Err(_) if is_exhausted(index, action) => {}
            Err(fault) => {
                let diagnostic = explain::fault_of_action(action, &fault);
                result.blocked = Some(Box::new(Blocked { fault, diagnostic }));
                return;
            }
        }
        if !matches!(action.kind, ActionKind::Retry { .. }) {
            return;
        }
    }
    if result.actions.is_empty() && !actions.is_empty() {
        result.diagnostics.push(explain::no_action_matched(step, terms, result.verdict, missed, scope));
    }
}

/// An action's criterion that can't be evaluated stops the search: the answer can't be trusted. Where another one
/// does not hold the action does not apply, whatever this one would have said (ARZ-CRIT-09).
fn unevaluable(step: &Step, action: &Action, judged: &[Judged<'_>]) -> Option<Blocked> {
    if judged.iter().any(Judged::refused) {
        return None;
    }
    let failed = judged.iter().find_map(|judged| Some((judged.criterion, judged.outcome.as_ref().err()?)));
    let (criterion, error) = failed?;
    let message =
        format!("a criterion of action `{}` of step `{}` can't be evaluated: {}", action.name, step.id, error.message);
    let diagnostic = explain::unevaluable(criterion, &message).maybe_help(error.help.clone());
    Some(Blocked { fault: Fault::new(FaultKind::CriterionUnevaluable, Phase::Evaluate, message), diagnostic })
}

/// The values that the plan pins for later expressions, by the text of the expression.
fn retained(step: &Step, scope: &Scope<'_>) -> Object {
    let values =
        step.retained.iter().map(|expression| (expression.text.to_string(), answer::retain(expression, scope)));
    values.filter_map(|(text, value)| Some((text, value?))).collect()
}
