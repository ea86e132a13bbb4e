//! Criteria of type `jsonpath`: parsed once, read leniently or to the letter (A-01 to A-06).

pub(super) mod evidence;
mod reading;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use arras_doc::expression::Expression;
use arras_doc::jsonpath::{self, Condition, Logical, Mode, Prepared, Query, Rendered, SyntaxError, Tolerance};
use arras_doc::span::Span;
use arras_doc::value::Value;

use super::{EvaluationError, Judgement, Reading};
use crate::jsonpath::{BudgetExceeded, Leniency, Machine, Observer, Scope};
use evidence::Recorder;

/// The condition of a `jsonpath` criterion.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonPathCondition {
    text: Arc<str>,
    mode: Mode,
    prepared: Prepared,
}

/// Gives a runtime expression its value, `None` if it has none.
pub type Resolve<'r> = dyn Fn(&Expression) -> Option<Value> + 'r;

impl JsonPathCondition {
    /// Reads a condition, once for all its evaluations, and says what was tolerated in it.
    ///
    /// ```
    /// use arras_doc::{jsonpath::Mode, value::Value};
    /// use arras_run::criterion::jsonpath::JsonPathCondition;
    /// let (condition, tolerances) = JsonPathCondition::parse("$.Status == 'CREATED'", Mode::Lenient)?;
    /// let context = Value::from(serde_json::json!({"Status": "FAILED"}));
    /// let judgement = condition.evaluate(&context, &|_| None)?;
    /// assert!(!judgement.satisfied);
    /// assert_eq!(judgement.evidence[0].expression, "$.Status");
    /// assert_eq!(judgement.evidence[0].value, Some(Value::from("FAILED")));
    /// assert_eq!(tolerances.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If it can't be parsed, whatever values it embeds.
    pub fn parse(text: &str, mode: Mode) -> Result<(JsonPathCondition, Vec<Tolerance>), SyntaxError> {
        let prepared = jsonpath::prepare(text, mode)?;
        let tolerances = prepared.tolerances().to_vec();
        Ok((JsonPathCondition { text: text.into(), mode, prepared }, tolerances))
    }

    /// The condition as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The runtime expressions that it reads, embedded or as operands.
    pub fn expressions(&self) -> impl Iterator<Item = &Expression> {
        self.prepared.expressions().map(|usage| &usage.expression)
    }

    /// Whether the context satisfies it, with evidence. A `null` context never does (ARZ-JPATH-03).
    ///
    /// # Errors
    /// If an embedded value makes it no condition, or it takes too many steps.
    pub fn evaluate(&self, context: &Value, resolve: &Resolve<'_>) -> Result<Judgement, EvaluationError> {
        let mut recorder = Recorder::new(&self.text);
        let (satisfied, reading, warnings) = self.decide(context, resolve, Some(&mut recorder))?;
        Ok(Judgement { satisfied, reading, evidence: recorder.entries, warnings })
    }

    /// Whether the context satisfies it; without evidence, and without taking memory where nothing is embedded.
    ///
    /// # Errors
    /// As [`JsonPathCondition::evaluate`].
    pub fn holds(&self, context: &Value, resolve: &Resolve<'_>) -> Result<bool, EvaluationError> {
        self.decide(context, resolve, None).map(|(satisfied, ..)| satisfied)
    }

    fn decide(
        &self,
        context: &Value,
        resolve: &Resolve<'_>,
        mut recorder: Option<&mut Recorder<'_>>,
    ) -> Result<(bool, Reading, Vec<String>), EvaluationError> {
        let template = match &self.prepared {
            Prepared::Fixed(condition) => {
                let (satisfied, reading) = self.judge(condition, None, context, resolve, recorder)?;
                return Ok((satisfied, reading, Vec::new()));
            }
            Prepared::Embedding(template) => template,
        };
        let values: Vec<_> = template.embedded.iter().map(|embedded| resolve(&embedded.usage.expression)).collect();
        if let Some(recorder) = recorder.as_deref_mut() {
            for (embedded, value) in template.embedded.iter().zip(&values) {
                recorder.embedded(embedded, value.as_ref());
            }
        }
        let filled = template.fill(&values).map_err(syntax)?;
        let rendered = Some(&filled.rendered);
        let (satisfied, reading) = self.judge(&filled.condition, rendered, context, resolve, recorder)?;
        Ok((satisfied, reading, filled.warnings))
    }

    fn judge(
        &self,
        condition: &Condition,
        rendered: Option<&Rendered>,
        context: &Value,
        resolve: &Resolve<'_>,
        recorder: Option<&mut Recorder<'_>>,
    ) -> Result<(bool, Reading), EvaluationError> {
        let resolved: Vec<_> = condition.expressions.iter().map(|usage| resolve(&usage.expression)).collect();
        let (test, reading) = reading::of(&condition.form, context, self.mode);
        let whole = Span::new(0, self.text.len());
        let case = Case { test, context, resolved: &resolved };
        let Some(recorder) = recorder else {
            let satisfied = !context.is_null() && case.holds(None).map_err(|error| exceeded(error, whole))?;
            return Ok((satisfied, reading));
        };
        if context.is_null() {
            recorder.null_context();
            return Ok((false, reading));
        }
        let satisfied = recorder.observe(&case, rendered).map_err(|error| exceeded(error, whole))?;
        Ok((satisfied, reading))
    }
}

/// What is asked of a context.
#[derive(Clone, Copy)]
enum Test<'a> {
    /// Whether the query selects anything.
    Query(&'a Query),
    /// Whether it holds of the context.
    Logical(&'a Logical, Leniency),
}

/// One evaluation.
struct Case<'a> {
    test: Test<'a>,
    context: &'a Value,
    resolved: &'a [Option<Value>],
}

impl<'a> Case<'a> {
    fn machine(&self) -> Machine<'a> {
        Machine::new(self.context, self.resolved)
    }

    fn holds(&self, observer: Option<&mut dyn Observer>) -> Result<bool, BudgetExceeded> {
        let scope = Scope { current: self.context, outermost: true };
        match (self.test, observer) {
            (Test::Query(query), None) => self.machine().exists(query, self.context),
            (Test::Query(query), Some(observer)) => self.machine().observed_exists(query, scope, observer),
            (Test::Logical(logical, leniency), None) => {
                self.machine().lenient(leniency).holds(logical, scope, &mut crate::jsonpath::Silent)
            }
            (Test::Logical(logical, leniency), Some(observer)) => {
                self.machine().lenient(leniency).holds(logical, scope, observer)
            }
        }
    }
}

fn exceeded(error: BudgetExceeded, span: Span) -> EvaluationError {
    let help = "select less: name members instead of `..`, and don't nest filters".to_owned();
    EvaluationError { message: error.to_string(), span: Some(span), help: Some(help) }
}

fn syntax(error: SyntaxError) -> EvaluationError {
    EvaluationError { message: error.message, span: Some(Span::new(error.start, error.end)), help: error.help }
}
