//! Whether a criterion holds if one part of the answer has a given value and nothing else is known.

use crate::arazzo::{ConditionKind, Criterion};
use crate::condition::{NodeKind, OperandKind, Operator};
use crate::expression::{Expression, Part, Root};
use crate::jsonpath::{self, Form, LogicalKind, Prepared, SelectorKind};
use crate::value::Value;

use super::comparison::{equal, literal_of};
use super::provenance::tokens_of;

/// What is known about a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Truth {
    Yes,
    No,
    Maybe,
}

use Truth::{Maybe, No, Yes};

impl Truth {
    fn of(holds: bool) -> Truth {
        if holds { Yes } else { No }
    }

    fn not(self) -> Truth {
        match self {
            Yes => No,
            No => Yes,
            Maybe => Maybe,
        }
    }

    fn all(truths: impl Iterator<Item = Truth>) -> Truth {
        truths.fold(Yes, |all, one| match (all, one) {
            (No, _) | (_, No) => No,
            (Maybe, _) | (_, Maybe) => Maybe,
            _ => Yes,
        })
    }

    fn any(truths: impl Iterator<Item = Truth>) -> Truth {
        Truth::all(truths.map(Truth::not)).not()
    }
}

/// A part of the answer's body, by the way down to it.
pub(super) type Subject = Vec<String>;

/// Whether all criteria hold if `subject` is `value`.
pub(super) fn all(criteria: &[Criterion], subject: &Subject, value: &Value) -> Truth {
    Truth::all(criteria.iter().map(|criterion| holds(criterion, subject, value)))
}

fn holds(criterion: &Criterion, subject: &Subject, value: &Value) -> Truth {
    match criterion.parsed.as_ref().map(|parsed| &parsed.kind) {
        Some(ConditionKind::Simple(condition)) => simple(&condition.root.kind, subject, value),
        Some(ConditionKind::JsonPath(Prepared::Fixed(condition))) => {
            let Some(context) = criterion.context.as_ref().and_then(|context| subject_of(&context.value)) else {
                return Maybe;
            };
            match &condition.form {
                Form::Logical(one) => logical(one, &context, subject, value),
                Form::Query(query) => match query.root_filter() {
                    Some(filter) => logical(filter, &context, subject, value),
                    None => Maybe,
                },
            }
        }
        _ => Maybe,
    }
}

fn simple(kind: &NodeKind, subject: &Subject, value: &Value) -> Truth {
    match kind {
        NodeKind::Or(nodes) => Truth::any(nodes.iter().map(|node| simple(&node.kind, subject, value))),
        NodeKind::And(nodes) => Truth::all(nodes.iter().map(|node| simple(&node.kind, subject, value))),
        NodeKind::Not(node) => simple(&node.kind, subject, value).not(),
        NodeKind::Comparison { left, operator, right } => {
            let (expression, literal) = match (&left.kind, &right.kind) {
                (OperandKind::Expression(expression), other) | (other, OperandKind::Expression(expression)) => {
                    (expression, literal_of(other))
                }
                _ => return Maybe,
            };
            match literal.filter(|_| subject_of(expression).as_ref() == Some(subject)) {
                Some(literal) => match operator {
                    Operator::Equal => Truth::of(equal(value, &literal, false)),
                    Operator::NotEqual => Truth::of(!equal(value, &literal, false)),
                    _ => Maybe,
                },
                None => Maybe,
            }
        }
        NodeKind::Operand(_) => Maybe,
    }
}

fn logical(one: &jsonpath::Logical, context: &Subject, subject: &Subject, value: &Value) -> Truth {
    match &one.kind {
        LogicalKind::Or(all) => Truth::any(all.iter().map(|one| logical(one, context, subject, value))),
        LogicalKind::And(all) => Truth::all(all.iter().map(|one| logical(one, context, subject, value))),
        LogicalKind::Not(one) => logical(one, context, subject, value).not(),
        LogicalKind::Comparison(comparison) => {
            use jsonpath::{OperandKind, Operator};
            let (query, literal) = match (&comparison.left.kind, &comparison.right.kind) {
                (OperandKind::Query(query), OperandKind::Literal(literal))
                | (OperandKind::Literal(literal), OperandKind::Query(query)) => (query, literal),
                _ => return Maybe,
            };
            if below(context, query).as_ref() != Some(subject) {
                return Maybe;
            }
            match comparison.operator {
                Operator::Equal => Truth::of(equal(value, literal, true)),
                Operator::NotEqual => Truth::of(!equal(value, literal, true)),
                _ => Maybe,
            }
        }
        _ => Maybe,
    }
}

/// The part of the body that an expression reads.
pub(super) fn subject_of(expression: &Expression) -> Option<Subject> {
    matches!(expression.root, Root::Response(Part::Body))
        .then(|| tokens_of(&expression.path.name, expression.path.pointer.as_deref()))?
}

fn below(context: &Subject, query: &jsonpath::Query) -> Option<Subject> {
    let mut subject = context.clone();
    for segment in &query.segments {
        match segment.singular()? {
            SelectorKind::Name(name) => subject.push(name.clone()),
            SelectorKind::Index(index) => subject.push(index.to_string()),
            _ => return None,
        }
    }
    Some(subject)
}

/// Every part of the body that criteria compare with literals.
pub(super) fn subjects(criteria: &[Criterion]) -> Vec<Subject> {
    let mut found = Vec::new();
    for criterion in criteria {
        match criterion.parsed.as_ref().map(|parsed| &parsed.kind) {
            Some(ConditionKind::Simple(condition)) => simple_subjects(&condition.root.kind, &mut found),
            Some(ConditionKind::JsonPath(Prepared::Fixed(condition))) => {
                let Some(context) = criterion.context.as_ref().and_then(|context| subject_of(&context.value)) else {
                    continue;
                };
                match &condition.form {
                    Form::Logical(one) => logical_subjects(one, &context, &mut found),
                    Form::Query(query) => {
                        query.root_filter().into_iter().for_each(|one| logical_subjects(one, &context, &mut found));
                    }
                }
            }
            _ => {}
        }
    }
    found
}

fn simple_subjects(kind: &NodeKind, found: &mut Vec<Subject>) {
    match kind {
        NodeKind::Or(nodes) | NodeKind::And(nodes) => nodes.iter().for_each(|node| simple_subjects(&node.kind, found)),
        NodeKind::Not(node) => simple_subjects(&node.kind, found),
        NodeKind::Comparison { left, right, .. } => {
            let pair = [(left, right), (right, left)];
            for (one, other) in pair {
                if let (OperandKind::Expression(expression), Some(_)) = (&one.kind, literal_of(&other.kind)) {
                    found.extend(subject_of(expression));
                }
            }
        }
        NodeKind::Operand(_) => {}
    }
}

fn logical_subjects(one: &jsonpath::Logical, context: &Subject, found: &mut Vec<Subject>) {
    match &one.kind {
        LogicalKind::Or(all) | LogicalKind::And(all) => {
            all.iter().for_each(|one| logical_subjects(one, context, found));
        }
        LogicalKind::Not(one) => logical_subjects(one, context, found),
        LogicalKind::Comparison(comparison) => {
            for side in [&comparison.left, &comparison.right] {
                if let jsonpath::OperandKind::Query(query) = &side.kind {
                    found.extend(below(context, query));
                }
            }
        }
        _ => {}
    }
}
