//! Criteria of type `simple`: conditions evaluated with evidence (ARZ-COND).

use std::borrow::Cow;
use std::sync::Arc;

use arras_doc::condition::compare::{compare, is_in_class, is_truthy};
use arras_doc::condition::{self, Condition, Context, Looseness, Node, NodeKind, Operand, OperandKind, Operator};
use arras_doc::expression::Expression;
use arras_doc::span::Span;
use arras_doc::syntax::SyntaxError;
use arras_doc::value::Value;

use super::jsonpath::evidence::shorten;
use super::{EvaluationError, Evidence, Judgement, MAX_EVIDENCE, Reading};
use crate::resolve::Resolve;

/// The condition of a `simple` criterion.
#[derive(Clone, Debug, PartialEq)]
pub struct SimpleCondition {
    condition: Arc<Condition>,
}

impl SimpleCondition {
    /// Reads a condition, once for all its evaluations, and says what was tolerated in it.
    ///
    /// # Errors
    /// If it is no condition.
    pub fn parse(text: &str, context: Context) -> Result<(SimpleCondition, Vec<Looseness>), SyntaxError> {
        let condition = condition::parse(text, context)?;
        let looseness = condition.looseness.clone();
        Ok((SimpleCondition { condition: Arc::new(condition) }, looseness))
    }

    /// The condition as written.
    pub fn text(&self) -> &str {
        &self.condition.text
    }

    /// The runtime expressions that it reads.
    pub fn expressions(&self) -> impl Iterator<Item = &Expression> {
        self.condition.expressions().into_iter().map(|(expression, _)| expression)
    }

    /// Whether the operand at a span is compared with `null`: whether there is a value is what is asked then.
    pub(crate) fn compares_with_null(&self, span: Span) -> bool {
        let mut open = vec![&self.condition.root];
        while let Some(node) = open.pop() {
            match &node.kind {
                NodeKind::Or(nodes) | NodeKind::And(nodes) => open.extend(nodes),
                NodeKind::Not(node) => open.push(node),
                NodeKind::Comparison { left, operator: Operator::Equal | Operator::NotEqual, right } => {
                    let pairs = [(left, right), (right, left)];
                    if pairs.iter().any(|(one, other)| one.span == span && other.kind == OperandKind::Null) {
                        return true;
                    }
                }
                NodeKind::Comparison { .. } | NodeKind::Operand(_) => {}
            }
        }
        false
    }

    /// Whether it holds, with the value of each operand that was looked at and the result of each comparison.
    ///
    /// `context` is the value of the criterion's `context`; it counts only beside a literal alone.
    /// `||` and `&&` stop where the result is certain (ARZ-COND-04).
    ///
    /// # Errors
    /// None at present: what has no value counts as `null` (ARZ-COND-15).
    pub fn evaluate(&self, scope: &dyn Resolve, context: Option<&Value>) -> Result<Judgement, EvaluationError> {
        let mut evidence = Vec::new();
        let mut evaluation = Evaluation { condition: &self.condition, scope, context, evidence: Some(&mut evidence) };
        let satisfied = evaluation.holds(&self.condition.root);
        Ok(Judgement { satisfied, reading: Reading::Plain, evidence, warnings: Vec::new() })
    }

    /// Whether it holds, without evidence.
    pub fn holds(&self, scope: &dyn Resolve, context: Option<&Value>) -> bool {
        Evaluation { condition: &self.condition, scope, context, evidence: None }.holds(&self.condition.root)
    }
}

impl From<Arc<Condition>> for SimpleCondition {
    fn from(condition: Arc<Condition>) -> SimpleCondition {
        SimpleCondition { condition }
    }
}

struct Evaluation<'a> {
    condition: &'a Condition,
    scope: &'a dyn Resolve,
    context: Option<&'a Value>,
    /// `None` where nobody wants any.
    evidence: Option<&'a mut Vec<Evidence>>,
}

impl<'a> Evaluation<'a> {
    fn holds(&mut self, node: &'a Node) -> bool {
        match &node.kind {
            NodeKind::Or(nodes) => nodes.iter().any(|node| self.holds(node)),
            NodeKind::And(nodes) => nodes.iter().all(|node| self.holds(node)),
            NodeKind::Not(inner) => {
                let holds = !self.holds(inner);
                self.note_verdict(node.span, holds);
                holds
            }
            NodeKind::Comparison { left, operator, right } => {
                let holds = self.compares(left, *operator, right);
                self.note_verdict(node.span, holds);
                holds
            }
            NodeKind::Operand(operand) => {
                let value = self.value(operand);
                let holds = value.as_deref().is_some_and(is_truthy);
                self.note(operand.span, value.as_deref(), Some(holds));
                holds
            }
        }
    }

    fn compares(&mut self, left: &'a Operand, operator: Operator, right: &'a Operand) -> bool {
        let left_value = self.value(left);
        self.note_operand(left, left_value.as_deref());
        let left_value = left_value.as_deref().unwrap_or(&Value::Null);
        if let OperandKind::StatusClass(class) = right.kind {
            return is_in_class(left_value, class) == (operator == Operator::Equal);
        }
        let right_value = self.value(right);
        self.note_operand(right, right_value.as_deref());
        compare(left_value, operator, right_value.as_deref().unwrap_or(&Value::Null))
    }

    fn value(&self, operand: &'a Operand) -> Option<Cow<'a, Value>> {
        Some(match &operand.kind {
            OperandKind::Expression(expression) => return self.scope.resolve(expression),
            OperandKind::Context => return self.context.map(Cow::Borrowed),
            OperandKind::Json(value) => Cow::Borrowed(value),
            OperandKind::Null | OperandKind::StatusClass(_) => Cow::Owned(Value::Null),
            OperandKind::Bool(value) => Cow::Owned(Value::Bool(*value)),
            OperandKind::Number(number) => Cow::Owned(Value::Number(number.clone())),
            OperandKind::String(text) => Cow::Owned(Value::from(text.as_str())),
        })
    }

    /// Literals show their value themselves.
    fn note_operand(&mut self, operand: &Operand, value: Option<&Value>) {
        if matches!(operand.kind, OperandKind::Expression(_) | OperandKind::Context) {
            self.note(operand.span, value, None);
        }
    }

    fn note_verdict(&mut self, span: Span, holds: bool) {
        self.push(span, None, false, Some(holds));
    }

    fn note(&mut self, span: Span, value: Option<&Value>, holds: Option<bool>) {
        if self.evidence.is_some() {
            let (value, shortened) = shorten(value);
            self.push(span, value, shortened, holds);
        }
    }

    fn push(&mut self, span: Span, value: Option<Value>, shortened: bool, holds: Option<bool>) {
        let Some(evidence) = self.evidence.as_deref_mut().filter(|evidence| evidence.len() < MAX_EVIDENCE) else {
            return;
        };
        let expression = if span.is_empty() { "context" } else { self.condition.slice(span) }.to_owned();
        evidence.push(Evidence { expression, span, value, shortened, holds });
    }
}

#[cfg(test)]
mod tests;
