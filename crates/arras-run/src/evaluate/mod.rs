//! Judging one exchange: criteria, outputs, and which actions apply; a pure function.

mod answer;
mod explain;

use std::borrow::Cow;

use arras_doc::diagnostic::Diagnostic;
use arras_doc::rule;
use arras_doc::value::{Object, Value};

use crate::criterion::{EvaluationError, Judgement};
use crate::exchange::{self, Body};
use crate::fault::{Fault, FaultKind, Phase};
use crate::plan::{Action, ActionKind, Criterion, Output, Step, Test};
use crate::resolve::Resolve;
use crate::result::{CriterionResult, EvidenceEntry, StepResult, Verdict};
use crate::retry_after;
use crate::run::DefaultSuccess;
use crate::scope::{Hand, Scope};
use crate::template::{self, Embedding};
use crate::time::Timestamp;

/// What a step is judged by beside its scope.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// The step's index in its workflow.
    pub index: usize,
    /// What counts as success without criteria.
    pub default_success: DefaultSuccess,
    /// When the answer came, for dates in `Retry-After`.
    pub now: Timestamp,
}

/// Judges what the step has in hand: an answer, a finished workflow, or, with `fault`, nothing.
///
/// In the order of A-57: success criteria, outputs, actions.
pub fn evaluate(step: &Step, scope: Scope<'_>, fault: Option<Fault>, terms: Terms) -> StepResult {
    let mut result = match fault {
        Some(fault) => StepResult::fault(fault),
        None => judge_success(step, &scope, terms),
    };
    if let Hand::Answer(answer) = scope.hand {
        result.url = Some(answer.exchange.request.url.clone());
        result.duration_ms = answer.exchange.duration.as_secs_f64() * 1000.0;
        let header = exchange::header(&answer.exchange.response.headers, "retry-after");
        result.retry_after = header.and_then(|text| retry_after::parse(&text, terms.now));
        result.secrets = answer::secrets(answer);
        if let Some(problem) = &answer.body.problem {
            result.diagnostics.push(explain::loose_body(step, problem));
        }
    }
    let (outputs, notes) = outputs(&step.outputs, &scope);
    result.diagnostics.extend(notes);
    result.retained = retained(step, &scope);
    let scope = Scope { current: Some((terms.index, &outputs)), ..scope };
    choose_actions(step, &scope, &mut result);
    result.outputs = outputs;
    result
}

/// Evaluates outputs in order; those without a value are left out, with a note each.
pub fn outputs(outputs: &[Output], scope: &dyn Resolve) -> (Object, Vec<Diagnostic>) {
    let mut values = Object::new();
    let mut notes = Vec::new();
    for output in outputs {
        let evaluated = template::evaluate(&output.value, scope, Embedding::Text);
        match evaluated.value {
            Some(value) => {
                values.insert(output.name.clone(), value);
            }
            None => notes.push(
                Diagnostic::new(rule::OUTPUT_ABSENT, format!("output `{}` has no value", output.name))
                    .at(output.place.source, output.place.span),
            ),
        }
    }
    (values, notes)
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

    fn result(&self) -> CriterionResult {
        let evidence = self.outcome.as_ref().map(|judgement| judgement.evidence.as_slice()).unwrap_or_default();
        let entries = evidence.iter().filter(|entry| entry.holds.is_none() || entry.value.is_some());
        CriterionResult {
            condition: self.criterion.condition.clone(),
            kind: self.criterion.test.name().to_owned(),
            satisfied: self.satisfied(),
            error: self.outcome.as_ref().err().map(|error| error.message.clone()),
            evidence: entries
                .map(|entry| EvidenceEntry { expression: entry.expression.clone(), value: entry.value.clone() })
                .collect(),
        }
    }
}

fn judge<'p>(criterion: &'p Criterion, scope: &Scope<'_>) -> Judged<'p> {
    let context = criterion.context.as_ref().and_then(|context| scope.resolve(context));
    let outcome = match &criterion.test {
        Test::XPath(condition) => condition.evaluate(context.as_deref(), scope),
        Test::Simple(condition) => condition.evaluate(scope, context.as_deref()),
        Test::Regex(condition) => condition.evaluate(context.as_deref(), scope),
        Test::JsonPath(condition) => json_context(criterion, context, scope).and_then(|context| {
            condition.evaluate(context.as_deref().unwrap_or(&Value::Null), &|expression| {
                scope.resolve(expression).map(Cow::into_owned)
            })
        }),
    };
    Judged { criterion, outcome }
}

/// A JSONPath needs JSON, or XML, of which it sees the projection: any other text can't be queried.
fn json_context<'v>(
    criterion: &Criterion,
    context: Option<Cow<'v, Value>>,
    scope: &'v Scope<'_>,
) -> Result<Option<Cow<'v, Value>>, EvaluationError> {
    let whole_body = criterion.context.as_ref().is_some_and(answer::is_whole_body);
    match (&context, scope.hand) {
        (Some(_), Hand::Answer(answer)) if whole_body && matches!(answer.body.body, Body::Xml(_)) => {
            criterion.context.as_ref().map_or(Ok(context), |context| scope.structure(context))
        }
        (Some(value), Hand::Answer(answer)) if whole_body && matches!(value.as_ref(), Value::String(_)) => {
            answer::no_json(answer).map_or(Ok(context), |message| Err(EvaluationError::new(message)))
        }
        _ => Ok(context),
    }
}

/// Success by the criteria, or without any by the status code or the called workflow.
fn judge_success(step: &Step, scope: &Scope<'_>, terms: Terms) -> StepResult {
    let judged: Vec<Judged<'_>> = step.criteria.iter().map(|criterion| judge(criterion, scope)).collect();
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
        criteria: judged.iter().map(Judged::result).collect(),
        ..StepResult::default()
    };
    if !succeeded {
        result.diagnostics.push(match explain::unsatisfied(step, &judged, scope) {
            Some(diagnostic) => diagnostic,
            None => explain::unsuccessful(step, scope),
        });
    }
    result
}

/// Finds the matching actions of the list that the verdict selects, in order, up to the first that always can be taken.
fn choose_actions(step: &Step, scope: &Scope<'_>, result: &mut StepResult) {
    let actions = match result.verdict {
        Verdict::Succeeded => &step.on_success,
        Verdict::Failed => &step.on_failure,
    };
    let mut missed = Vec::new();
    for (index, action) in actions.iter().enumerate() {
        let judged: Vec<Judged<'_>> = action.criteria.iter().map(|criterion| judge(criterion, scope)).collect();
        if let Some(error) =
            judged.iter().find_map(|judged| judged.outcome.as_ref().err().map(|error| (judged.criterion, error)))
        {
            unevaluable(step, action, error, result);
            return;
        }
        if judged.iter().all(Judged::satisfied) {
            result.actions.push(index);
            result.action_criteria.push((index, judged.iter().map(Judged::result).collect()));
            if !matches!(action.kind, ActionKind::Retry { .. }) {
                return;
            }
        } else {
            missed.push((action, judged));
        }
    }
    if result.actions.is_empty() && !actions.is_empty() {
        result.diagnostics.push(explain::no_action_matched(step, result.verdict, &missed));
    }
}

/// An action's criterion that can't be evaluated stops the search: the answer can't be trusted.
fn unevaluable(
    step: &Step,
    action: &Action,
    (criterion, error): (&Criterion, &EvaluationError),
    result: &mut StepResult,
) {
    result.actions.clear();
    result.verdict = Verdict::Failed;
    let message =
        format!("a criterion of action `{}` of step `{}` can't be evaluated: {}", action.name, step.id, error.message);
    result.diagnostics.push(explain::unevaluable(criterion, &message));
    result.fault = Some(Fault::new(FaultKind::CriterionUnevaluable, Phase::Evaluate, message));
}

/// The values that the plan pins for later expressions, by the text of the expression.
fn retained(step: &Step, scope: &Scope<'_>) -> Object {
    let values =
        step.retained.iter().map(|expression| (expression.text.to_string(), answer::retain(expression, scope)));
    values.filter_map(|(text, value)| Some((text, value?))).collect()
}
