//! Criteria that hold wherever others do.

use crate::arazzo::{Action, ConditionKind, Criterion};
use crate::condition::{Node, NodeKind, OperandKind};

use super::comparison::literal_of;
use super::contradiction::{Fact, bound, collect, facts, mirrored};

/// What is known where a criterion is judged: that others hold.
pub(super) struct Known<'d> {
    criteria: Vec<&'d Criterion>,
    facts: Vec<Fact<'d>>,
}

impl<'d> Known<'d> {
    /// That these criteria hold.
    pub(super) fn of(criteria: &'d [Criterion]) -> Known<'d> {
        Known { criteria: criteria.iter().collect(), facts: facts(criteria) }
    }

    /// What is known where an action's criteria hold besides, once for each alternative of one of them.
    pub(super) fn with(&self, action: &'d Action) -> Vec<Known<'d>> {
        let alternatives = action.criteria.iter().find_map(|criterion| match &criterion.parsed.as_ref()?.kind {
            ConditionKind::Simple(condition) => match &condition.root.kind {
                NodeKind::Or(nodes) => Some((criterion, nodes)),
                _ => None,
            },
            _ => None,
        });
        let criteria: Vec<&'d Criterion> = self.criteria.iter().copied().chain(&action.criteria).collect();
        let mut all = self.facts.clone();
        all.extend(facts(&action.criteria));
        let case = |facts| Known { criteria: criteria.clone(), facts };
        match alternatives {
            None => vec![case(all)],
            Some((criterion, nodes)) => nodes
                .iter()
                .map(|node| {
                    let mut facts = all.clone();
                    collect(criterion, node, &mut facts);
                    case(facts)
                })
                .collect(),
        }
    }

    /// Whether all criteria of an action hold for certain.
    pub(super) fn imply(&self, action: &Action) -> bool {
        action.criteria.iter().all(|criterion| self.implies(criterion))
    }

    fn implies(&self, criterion: &Criterion) -> bool {
        let same = |known: &&&Criterion| {
            known.criterion_type == criterion.criterion_type
                && known.condition.trim() == criterion.condition.trim()
                && known.context.as_ref().map(|context| &context.value)
                    == criterion.context.as_ref().map(|context| &context.value)
        };
        if self.criteria.iter().any(|known| same(&known)) {
            return true;
        }
        match criterion.parsed.as_ref().map(|parsed| &parsed.kind) {
            Some(ConditionKind::Simple(condition)) => self.holds(&condition.root),
            _ => false,
        }
    }

    /// Conditions are as deep as their parser allows, so this may call itself.
    fn holds(&self, node: &Node) -> bool {
        match &node.kind {
            NodeKind::Or(nodes) => nodes.iter().any(|node| self.holds(node)),
            NodeKind::And(nodes) => nodes.iter().all(|node| self.holds(node)),
            NodeKind::Not(_) => false,
            NodeKind::Operand(operand) => literal_of(&operand.kind).is_some_and(|value| is_truthy(&value)),
            NodeKind::Comparison { left, operator, right } => {
                let (expression, other, operator) = match (&left.kind, &right.kind) {
                    (OperandKind::Expression(expression), other) => (expression, other, *operator),
                    (other, OperandKind::Expression(expression)) => (expression, other, mirrored(*operator)),
                    _ => return false,
                };
                bound(operator, other).is_some_and(|asked| {
                    self.facts.iter().any(|fact| fact.subject == &*expression.text && fact.bound.implies(&asked))
                })
            }
        }
    }
}

/// Whether a literal alone counts as true.
fn is_truthy(value: &crate::value::Value) -> bool {
    use crate::value::Value;
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => !number.is_zero(),
        Value::String(text) => !text.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    }
}
