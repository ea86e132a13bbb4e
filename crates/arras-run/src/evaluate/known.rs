//! Verdicts that a recorded run came to by its secrets, to which a replay, which has none, can't come anew.

use arras_doc::span::Span;

use crate::criterion::{EvaluationError, Evidence, Judgement};
use crate::plan::Criterion;
use crate::result::CriterionResult;
use crate::secret::Secrets;

/// Verdicts that are known before anything is judged.
#[derive(Clone, Copy, Debug)]
pub struct Known<'k> {
    /// What came of criteria, each known by its condition and by what it reads.
    pub verdicts: &'k [CriterionResult],
    /// What stands for secrets there and here.
    pub secrets: &'k Secrets,
}

impl Known<'_> {
    /// Puts what is known of a criterion in place of what is made of it now.
    pub(super) fn apply(&self, criterion: &Criterion, outcome: &mut Result<Judgement, EvaluationError>) {
        let mut fitting = self.verdicts.iter().filter(|known| self.is_of(known, criterion, outcome));
        let Some(known) = fitting.next() else { return };
        // of one condition about several contexts it is not known which verdict is whose
        if fitting.any(|other| (other.satisfied, &other.error) != (known.satisfied, &known.error)) {
            return;
        }
        match (&known.error, &outcome) {
            (Some(error), _) => *outcome = Err(EvaluationError::new(error.clone())),
            (None, Ok(now)) if now.satisfied == known.satisfied => {}
            (None, _) => *outcome = Ok(judgement(known)),
        }
    }

    fn is_of(
        &self,
        known: &CriterionResult,
        criterion: &Criterion,
        outcome: &Result<Judgement, EvaluationError>,
    ) -> bool {
        let is_same = known.kind == criterion.test.name()
            && (known.condition == criterion.condition
                || self.secrets.text(&known.condition) == self.secrets.text(&criterion.condition));
        // what a query sees depends on what it selects
        let reads_alike = matches!(known.kind.as_str(), "jsonpath" | "xpath")
            || outcome.as_ref().is_ok_and(|now| self.reads_alike(known, now));
        is_same && reads_alike
    }

    /// Whether what both looked at was the same, as far as it is known.
    fn reads_alike(&self, known: &CriterionResult, now: &Judgement) -> bool {
        let masked = |value: &Option<_>| value.as_ref().map(|value| self.secrets.value(value));
        now.evidence.iter().all(|entry| {
            let before = known.evidence.iter().find(|before| before.expression == entry.expression);
            before.is_none_or(|before| masked(&before.value) == masked(&entry.value))
        })
    }
}

/// What was known, as far as a result keeps it.
fn judgement(known: &CriterionResult) -> Judgement {
    let span = Span::new(0, known.condition.len());
    let entries = known.evidence.iter().map(|entry| Evidence {
        expression: entry.expression.clone(),
        span,
        value: entry.value.clone(),
        shortened: false,
        holds: None,
    });
    Judgement { satisfied: known.satisfied, reading: known.reading, evidence: entries.collect(), warnings: Vec::new() }
}
