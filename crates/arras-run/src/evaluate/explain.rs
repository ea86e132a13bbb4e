//! Findings about a step that point into the document and show the values that decided.

use arras_doc::diagnostic::Diagnostic;
use arras_doc::rule;
use arras_doc::span::Span;
use arras_doc::value::Value;

use super::{Judged, Terms, answer};
use crate::criterion::{Evidence, Judgement, Reading};
use crate::fault::Fault;
use crate::plan::{Action, ActionKind, Criterion, Destination, Step, Test};
use crate::resolve::Resolve;
use crate::result::Verdict;
use crate::scope::{Hand, Scope};
use crate::secret::excerpt;

/// The first criterion that does not hold, with the value of each of its sub-expressions; `None` if all hold.
pub(super) fn unsatisfied(step: &Step, judged: &[Judged<'_>], scope: &Scope<'_>) -> Option<Diagnostic> {
    let at = judged.iter().position(|judged| !judged.satisfied())?;
    let (failed, count) = (&judged[at], judged.len());
    let mut diagnostic = match &failed.outcome {
        Err(error) => unevaluable(
            failed.criterion,
            &format!(
                "step `{}` failed: criterion {} of {count} can't be evaluated: {}",
                step.id,
                at + 1,
                error.message
            ),
        ),
        Ok(judgement) => {
            let message = format!("step `{}` failed: criterion {} of {count} is not satisfied", step.id, at + 1);
            let diagnostic = Diagnostic::new(rule::CRITERION_UNSATISFIED, message);
            labelled(diagnostic, failed.criterion, &judgement.evidence)
        }
    };
    if let (Some(place), Hand::Answer(answer)) = (&failed.criterion.context_place, scope.hand) {
        diagnostic = diagnostic.label(
            place.source,
            place.span,
            format!("answered with status {}", answer.exchange.response.status),
        );
    }
    let tolerated = failed.outcome.as_ref().ok().and_then(|judgement| judgement.warnings.first().cloned());
    let reading = failed.outcome.as_ref().is_ok_and(|judgement| judgement.reading == Reading::ChildIteration);
    let members = reading.then(|| "the filter was asked of each member of the object, as RFC 9535 has it".to_owned());
    let unreadable = failed.outcome.as_ref().err().and_then(|error| error.help.clone());
    Some(diagnostic.maybe_help(service_answer(scope).or(tolerated).or(members).or(unreadable)))
}

/// A step without success criteria whose answer is no success.
pub(super) fn unsuccessful(step: &Step, scope: &Scope<'_>) -> Diagnostic {
    let (rule, what) = match scope.hand {
        Hand::Answer(answer) => {
            (rule::STATUS_UNSUCCESSFUL, format!("the answer's status is {}", answer.exchange.response.status))
        }
        _ => (rule::CALL_UNSUCCESSFUL, "the workflow it called did not succeed".to_owned()),
    };
    Diagnostic::new(rule, format!("step `{}` failed: {what}", step.id))
        .at(step.place.source, step.place.span)
        .maybe_help(service_answer(scope))
}

/// A criterion that can't be evaluated, at its condition.
pub(super) fn unevaluable(criterion: &Criterion, message: &str) -> Diagnostic {
    Diagnostic::new(rule::CRITERION_UNEVALUABLE, message).at(criterion.place.source, criterion.place.span())
}

/// What a criterion that holds was taken to mean otherwise than written, now that the values in it are known; of
/// one that does not hold, the finding about that says it.
pub(super) fn loosely_read<'j>(judged: &'j Judged<'_>) -> impl Iterator<Item = Diagnostic> + use<'j> {
    let place = &judged.criterion.place;
    let judgement = judged.outcome.as_ref().ok().filter(|judgement| judgement.satisfied);
    let warnings = judgement.map(|judgement| judgement.warnings.as_slice()).unwrap_or_default();
    warnings.iter().map(|warning| Diagnostic::new(rule::LOOSE_VALUE, warning.clone()).at(place.source, place.span()))
}

/// An action whose parameters can't be evaluated.
pub(super) fn fault_of_action(action: &Action, fault: &Fault) -> Diagnostic {
    let message = format!("action `{}` can't be taken: {}", action.name, fault.message);
    Diagnostic::new(rule::STEP_FAULT, message).at(action.place.source, action.place.span)
}

/// Actions are declared and none of them matches: a label for each, with the values that decided.
///
/// Where a step succeeded and all that it declares leads back, that may be the way out of a loop: then there is nothing to
/// help with.
pub(super) fn no_action_matched(
    step: &Step,
    terms: Terms,
    verdict: Verdict,
    missed: &[(&Action, Vec<Judged<'_>>)],
    scope: &Scope<'_>,
) -> Diagnostic {
    let ends_loop = verdict == Verdict::Succeeded && is_way_out(terms, missed, scope);
    let (rule, list, follows) = match verdict {
        Verdict::Succeeded if ends_loop => (rule::LOOP_ENDED, "success", "the loop is over"),
        Verdict::Succeeded => (rule::NO_ACTION_MATCHED, "success", "the run goes on as if there were none"),
        Verdict::Failed => (rule::NO_ACTION_MATCHED, "failure", "the workflow ends here"),
    };
    let message = match missed {
        [_] => format!("the {list} action of step `{}` does not match: {follows}", step.id),
        _ => format!("none of the {} {list} actions of step `{}` matches: {follows}", missed.len(), step.id),
    };
    let mut diagnostic = Diagnostic::new(rule, message);
    for (action, judged) in missed {
        let Some(failed) = judged.iter().find(|judged| !judged.satisfied()) else { continue };
        let place = &failed.criterion.place;
        let text = match &failed.outcome {
            Err(error) => format!("`{}`: can't be evaluated: {}", action.name, error.message),
            Ok(judgement) => match judgement.evidence.iter().find(|entry| entry.holds.is_none()) {
                Some(entry) => format!("`{}`: {}", action.name, phrase(entry)),
                None => format!("`{}`: does not hold", action.name),
            },
        };
        diagnostic = diagnostic.label(place.source, place.span(), text);
    }
    match ends_loop {
        true => diagnostic,
        false => diagnostic.help("add an action for this case, or one without criteria as the last"),
    }
}

/// Whether all the missed actions lead back, to the step itself or further, and the loop is known to be over: it went
/// round, or each criterion that does not hold had values to say so.
fn is_way_out(terms: Terms, missed: &[(&Action, Vec<Judged<'_>>)], scope: &Scope<'_>) -> bool {
    let leads_back =
        |action: &Action| matches!(action.kind, ActionKind::Goto(Destination::Step(to)) if to <= terms.index);
    missed.iter().all(|(action, judged)| {
        let mut refused = judged.iter().filter(|judged| !judged.satisfied());
        leads_back(action)
            && refused.all(|judged| match &judged.outcome {
                Ok(judgement) => terms.rounds > 0 || has_values(judged.criterion, judgement, scope),
                Err(_) => false,
            })
    })
}

/// Whether everything that a criterion looked at was there; what is compared with `null` need not be.
fn has_values(criterion: &Criterion, judgement: &Judgement, scope: &Scope<'_>) -> bool {
    let has_context = criterion.context.as_ref().is_none_or(|context| scope.resolve(context).is_some());
    // a test that something exists has no operands
    let has_operands = |test: &Evidence| {
        let others = judgement.evidence.iter().filter(|other| other.span != test.span);
        others.into_iter().any(|other| test.span.contains(other.span))
    };
    let may_be_absent = |entry: &Evidence| match &criterion.test {
        Test::Simple(condition) => condition.compares_with_null(entry.span),
        _ => false,
    };
    let is_absent = |entry: &Evidence| match entry.holds {
        _ if entry.value.is_some() => false,
        Some(_) => !has_operands(entry),
        None => !may_be_absent(entry),
    };
    has_context && !judgement.evidence.iter().any(is_absent)
}

/// An answer that was read otherwise than it says.
pub(super) fn loose_answer(step: &Step, problem: &str) -> Diagnostic {
    Diagnostic::new(rule::LOOSE_VALUE, format!("step `{}`: {problem}", step.id)).at(step.place.source, step.place.span)
}

/// A label for each comparison or test, with the values in it; what decided comes first, for the header of a rendered
/// finding shows the first label's place.
fn labelled(diagnostic: Diagnostic, criterion: &Criterion, evidence: &[Evidence]) -> Diagnostic {
    let place = &criterion.place;
    if evidence.is_empty() {
        return diagnostic.label(place.source, place.span(), "does not hold");
    }
    let tests = || evidence.iter().filter(|entry| entry.holds.is_some());
    let innermost = |test: &&Evidence| !tests().any(|other| other.span != test.span && test.span.contains(other.span));
    let mut labels: Vec<(bool, Span, String)> = tests()
        .filter(innermost)
        .map(|test| {
            let operands = evidence.iter().filter(|entry| entry.holds.is_none() && test.span.contains(entry.span));
            let values: Vec<String> = operands.map(phrase).collect();
            let holds = test.holds == Some(true);
            let text = match (values.is_empty(), holds) {
                (true, _) => phrase(test),
                (false, true) => format!("{}: holds", values.join(", ")),
                (false, false) => values.join(", "),
            };
            (holds, test.span, text)
        })
        .collect();
    let alone =
        evidence.iter().filter(|entry| entry.holds.is_none() && !tests().any(|test| test.span.contains(entry.span)));
    labels.extend(alone.map(|entry| (false, entry.span, phrase(entry))));
    labels.sort_by_key(|(holds, ..)| *holds);
    labels
        .into_iter()
        .fold(diagnostic, |diagnostic, (_, span, text)| diagnostic.label(place.source, place.subspan(span), text))
}

/// `$.Status is "FAILED"`, to be cut to what fits a line.
fn phrase(entry: &Evidence) -> String {
    let is = || format!("{} is ", entry.expression);
    match (&entry.value, entry.holds) {
        (Some(value), Some(true)) => excerpt::phrase(&is(), &shown(value), ": holds"),
        (Some(value), _) => excerpt::phrase(&is(), &shown(value), ""),
        (None, Some(true)) => "holds".to_owned(),
        (None, Some(false)) => "does not hold".to_owned(),
        (None, None) => excerpt::phrase(&format!("{} has no value", entry.expression), "", ""),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Array(items) if items.len() > 8 => format!("an array of {}", items.len()),
        Value::Object(members) if members.len() > 8 => format!("an object of {} members", members.len()),
        value => value.to_json(),
    }
}

fn service_answer(scope: &Scope<'_>) -> Option<String> {
    match scope.hand {
        Hand::Answer(answer) => answer::service_error(answer).map(|error| format!("the service answered {error}")),
        _ => None,
    }
}
