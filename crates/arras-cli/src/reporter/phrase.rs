//! The phrases of the story: durations, values, what a criterion saw, where an action leads.

use std::time::Duration;

use arras_doc::diagnostic::Diagnostic;
use arras_doc::value::{Object, Value};
use arras_run::event::{ActionTaken, StepFinished};
use arras_run::result::{CriterionResult, EvidenceEntry, Verdict};

use crate::display::{cut, escape};

/// Columns of a value within a phrase.
const VALUE_WIDTH: usize = 48;

/// `3 ms`, `2.5 s`, `4 min 10 s`, `2 h 5 min`.
pub(crate) fn duration(duration: Duration) -> String {
    let millis = duration.as_millis();
    match millis {
        0..1_000 => format!("{millis} ms"),
        1_000..59_950 => format!("{:.1} s", millis as f64 / 1000.0),
        59_950..3_600_000 => {
            let seconds = (millis + 500) / 1000;
            format!("{} min {} s", seconds / 60, seconds % 60)
        }
        _ => format!("{} h {} min", millis / 3_600_000, millis / 60_000 % 60),
    }
}

/// A duration in milliseconds, as exchanges are measured.
pub(crate) fn millis(millis: f64) -> String {
    duration(Duration::from_millis(if millis.is_finite() { millis.max(0.0).round() as u64 } else { 0 }))
}

/// A value as JSON, short.
pub(super) fn value(value: &Value) -> String {
    cut(&escape(&value.to_json()), VALUE_WIDTH).into_owned()
}

/// A value in an output's phrase: a string without quotes.
fn output_value(value: &Value) -> String {
    cut(&escape(&value.to_text()), VALUE_WIDTH).into_owned()
}

/// `sessionId = 0d95…, status = SUCCEEDED`.
pub(super) fn outputs(outputs: &Object) -> Option<String> {
    let phrase = |(name, value): (&String, &Value)| format!("{} = {}", escape(name), output_value(value));
    let all: Vec<_> = outputs.iter().map(phrase).collect();
    (!all.is_empty()).then(|| all.join(", "))
}

/// `$.Status is "SUCCEEDED"`.
pub(super) fn evidence(entry: &EvidenceEntry) -> String {
    let expression = escape(&entry.expression);
    match &entry.value {
        Some(found) => format!("{expression} is {}", value(found)),
        None => format!("{expression} has no value"),
    }
}

/// What a criterion saw, or why it saw nothing. The status code alone says nothing new: it has a column of its own.
fn seen(criterion: &CriterionResult) -> Option<String> {
    if let Some(error) = &criterion.error {
        return Some(escape(error).into_owned());
    }
    let telling = criterion.evidence.iter().filter(|entry| entry.expression != "$statusCode");
    let all = distinct(telling);
    (!all.is_empty()).then(|| all.join(", "))
}

/// What was seen, each once: a condition may read the same value twice.
pub(super) fn distinct<'e>(entries: impl Iterator<Item = &'e EvidenceEntry>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for phrase in entries.map(evidence) {
        if !all.contains(&phrase) {
            all.push(phrase);
        }
    }
    all
}

/// Why a step ended as it did: what its action's criteria saw, else what its unsatisfied success criterion saw.
pub(super) fn reason(step: &StepFinished) -> Option<String> {
    let action = step.action.iter().flat_map(|action| &action.criteria).filter(|criterion| criterion.satisfied);
    let mut seen_by_action: Vec<String> = Vec::new();
    for phrase in action.filter_map(seen) {
        if !seen_by_action.contains(&phrase) {
            seen_by_action.push(phrase);
        }
    }
    if !seen_by_action.is_empty() {
        return Some(seen_by_action.join(", "));
    }
    if step.verdict == Verdict::Succeeded {
        return None;
    }
    let fault = step.fault.as_ref().map(|fault| escape(&fault.message).into_owned());
    fault.or_else(|| {
        step.criteria.iter().find(|criterion| !criterion.satisfied).and_then(|criterion| {
            seen(criterion).or_else(|| Some(format!("{} does not hold", escape(&criterion.condition))))
        })
    })
}

/// `→ end (terminal)`, `→ pollResults (stillCreated)`.
pub(super) fn action(action: &ActionTaken) -> String {
    let target = match (action.kind.as_str(), action.target.as_deref()) {
        ("goto", Some(target)) => escape(target),
        ("retry", Some(target)) => format!("retry after {}", escape(target)).into(),
        (kind, _) => escape(kind),
    };
    match action.name.as_str() {
        "" => format!("→ {target}"),
        name => format!("→ {target} ({})", escape(name)),
    }
}

/// `criterion 2 of 2 is not satisfied`, or what else made a step fail.
pub(super) fn failure(step: &StepFinished) -> String {
    if let Some(fault) = &step.fault {
        return escape(&fault.message).into_owned();
    }
    match step.criteria.iter().position(|criterion| !criterion.satisfied) {
        Some(_) if step.criteria.len() == 1 => "its success criterion is not satisfied".to_owned(),
        Some(index) => format!("criterion {} of {} is not satisfied", index + 1, step.criteria.len()),
        None => match (step.status_code, &step.calls) {
            (_, Some(workflow)) => format!("workflow {} failed", escape(workflow)),
            (Some(_), None) if step.diagnostics.iter().any(is_of_answer) => "the answer is not as described".to_owned(),
            (Some(status), None) => format!("the answer was {status}"),
            (None, None) => "it failed".to_owned(),
        },
    }
}

/// Whether an error is a difference between an answer and its description.
fn is_of_answer(finding: &Diagnostic) -> bool {
    finding.is_error() && finding.rule.id.starts_with("response-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_at_a_glance() {
        let cases = [
            (0, "0 ms"),
            (999, "999 ms"),
            (1_000, "1.0 s"),
            (2_520, "2.5 s"),
            (59_949, "59.9 s"),
            (59_950, "1 min 0 s"),
            (250_400, "4 min 10 s"),
            (7_500_000, "2 h 5 min"),
        ];
        for (millis, expected) in cases {
            assert_eq!(duration(Duration::from_millis(millis)), expected);
        }
        assert_eq!((millis(0.4), millis(f64::NAN), millis(-1.0)), ("0 ms".into(), "0 ms".into(), "0 ms".into()));
    }
}
