//! Criteria that hold wherever others do.

use std::cell::Cell;
use std::rc::Rc;

use crate::arazzo::{Action, ConditionKind, Criterion};
use crate::condition::compare::is_truthy;
use crate::condition::{Node, NodeKind, OperandKind};
use crate::expression::Root;

use super::Scope;
use super::comparison::literal_of;
use super::contradiction::{Fact, MOST, bound, collect, facts};

/// In how many cases alternatives are told apart.
const CASES: usize = 64;

/// How many comparisons are looked at in one document.
pub(super) const IMPLICATIONS: usize = 5_000_000;

/// What is known where a criterion is judged: that others hold.
pub(super) struct Known<'d> {
    criteria: Rc<[&'d Criterion]>,
    facts: Rc<[Fact<'d>]>,
    /// What holds in one case of several.
    case: Vec<Fact<'d>>,
    /// How many more comparisons may be looked at; without any nothing is implied.
    left: Rc<Cell<usize>>,
}

impl<'d> Known<'d> {
    /// That these criteria hold; of long lists the first.
    pub(super) fn of(criteria: impl IntoIterator<Item = &'d Criterion>, left: &Rc<Cell<usize>>) -> Known<'d> {
        let criteria: Rc<[&Criterion]> = criteria.into_iter().take(MOST).collect();
        Known { facts: facts(criteria.iter().copied()).into(), criteria, case: Vec::new(), left: Rc::clone(left) }
    }

    /// What is known where an action's criteria hold besides, once for each alternative of one of them.
    pub(super) fn with(&self, action: &'d Action) -> Vec<Known<'d>> {
        let alternatives = action.criteria.iter().find_map(|criterion| match &criterion.parsed.as_ref()?.kind {
            ConditionKind::Simple(condition) => match &condition.root.kind {
                NodeKind::Or(nodes) if nodes.len() <= CASES => Some((criterion, nodes)),
                _ => None,
            },
            _ => None,
        });
        let criteria: Rc<[&Criterion]> =
            self.criteria.iter().copied().chain(action.criteria.iter().take(MOST)).collect();
        let all: Rc<[Fact<'d>]> = self.facts.iter().cloned().chain(facts(&action.criteria)).collect();
        let case =
            |case| Known { criteria: Rc::clone(&criteria), facts: Rc::clone(&all), case, left: Rc::clone(&self.left) };
        match alternatives {
            None => vec![case(Vec::new())],
            Some((criterion, nodes)) => nodes
                .iter()
                .map(|node| {
                    let mut facts = Vec::new();
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
        let same = |known: &&Criterion| {
            known.criterion_type == criterion.criterion_type
                && known.condition.trim() == criterion.condition.trim()
                && known.context.as_ref().map(|context| &context.value)
                    == criterion.context.as_ref().map(|context| &context.value)
        };
        if !self.spend(self.criteria.len()) {
            return false;
        }
        if self.criteria.iter().any(same) {
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
                    (other, OperandKind::Expression(expression)) => (expression, other, operator.mirrored()),
                    _ => return false,
                };
                self.spend(self.facts.len() + self.case.len())
                    && bound(operator, other).is_some_and(|asked| {
                        let mut facts = self.facts.iter().chain(&self.case);
                        facts.any(|fact| fact.subject == &*expression.text && fact.bound.implies(&asked))
                    })
            }
        }
    }

    fn spend(&self, count: usize) -> bool {
        // what is asked costs something, too
        let left = self.left.get().checked_sub(count + 1);
        self.left.set(left.unwrap_or_default());
        left.is_some()
    }
}

impl<'d> Scope<'d> {
    /// The success criteria that say of the step's actions what they say of its answer: of its own outputs they see those of
    /// the visit before.
    pub(super) fn lasting_criteria(self) -> impl Iterator<Item = &'d Criterion> {
        let (own, workflow) = (self.step.step_id.as_str(), self.workflow.workflow_id.as_str());
        let changes = move |root: &Root| match root {
            Root::Outputs => true,
            Root::StepOutputs(step) | Root::Step(step) | Root::WorkflowStep { step, .. } => step == own,
            Root::WorkflowOutputs(id) => id == workflow,
            _ => false,
        };
        self.step.success_criteria.iter().filter(move |criterion| match &criterion.parsed {
            Some(parsed) => {
                let expressions = criterion.context.iter().map(|context| &context.value);
                let expressions = expressions.chain(parsed.expressions.iter().map(|one| &one.value));
                !expressions.into_iter().any(|expression| changes(&expression.root))
            }
            // what expressions are in it is not known
            None => !criterion.condition.contains('$'),
        })
    }
}
