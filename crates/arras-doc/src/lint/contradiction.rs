//! Criteria of one list that never hold together.

use crate::arazzo::{ConditionKind, Criterion};
use crate::condition::{Node, NodeKind, OperandKind, Operator, compare};
use crate::diagnostic::{Diagnostic, Severity};
use crate::rule;
use crate::span::Span;
use crate::value::{Number, Value};

use super::comparison::literal_of;
use super::{Lint, Scope};

/// How many comparisons of one list are looked at.
pub(super) const MOST: usize = 64;

/// A comparison that must hold: of an expression with a literal.
#[derive(Clone)]
pub(super) struct Fact<'d> {
    criterion: &'d Criterion,
    span: Span,
    pub(super) subject: &'d str,
    pub(super) bound: Bound,
}

/// What it says of the value.
#[derive(Clone)]
pub(super) enum Bound {
    Equal(Value),
    NotEqual(Value),
    /// Less than the number, or equal to it if that is allowed.
    Most(Number, bool),
    /// More than the number, or equal to it if that is allowed.
    Least(Number, bool),
    /// From the first to the last, such as a class of statuses.
    Within(Number, Number),
}

impl<'d> Lint<'d> {
    /// All success criteria must hold at once, and so must all of an action (ARZ-STEP-19, ARZ-SUCC-09).
    pub(super) fn check_contradictions(&mut self, scope: Scope<'d>) {
        if scope.inherited.is_none() {
            let success = facts(&scope.step.success_criteria);
            self.contradiction(&success, Severity::Error, "the step never succeeds");
        }
        let success = facts(scope.lasting_criteria());
        self.alternatives(scope.success_criteria());
        for (action, scope) in self.scoped_actions(scope) {
            let own = facts(&action.criteria);
            self.alternatives(&action.criteria);
            if self.contradiction(&own, Severity::Warning, "the action never runs") || scope.failed {
                continue;
            }
            // an action on success comes to pass only where the success criteria hold
            let pair = own.iter().find_map(|one| Some((success.iter().find(|other| one.excludes(other))?, one)));
            let found = pair.map(|(first, second)| {
                self.exclusion(first, second, Severity::Warning, "the action never runs after success")
            });
            let known = self.dead.entry(action.span).or_insert_with(|| found.clone());
            *known = known.take().filter(|_| found.is_some());
        }
    }

    /// Tells of the actions that never run in any of the steps that have them.
    pub(super) fn check_dead(&mut self) {
        self.diagnostics.extend(std::mem::take(&mut self.dead).into_values().flatten());
    }

    /// The parts of an alternative must hold at once, too.
    fn alternatives(&mut self, criteria: &'d [Criterion]) {
        for criterion in criteria {
            let Some(ConditionKind::Simple(condition)) = criterion.parsed.as_ref().map(|parsed| &parsed.kind) else {
                continue;
            };
            let mut open = vec![&condition.root];
            while let Some(node) = open.pop() {
                match &node.kind {
                    NodeKind::And(nodes) => open.extend(nodes),
                    NodeKind::Or(nodes) => {
                        for node in nodes {
                            let mut own = Vec::new();
                            collect(criterion, node, &mut own);
                            self.contradiction(&own, Severity::Warning, "this alternative never holds");
                            open.push(node);
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    /// Notes the first pair that excludes each other.
    fn contradiction(&mut self, facts: &[Fact<'d>], severity: Severity, so: &str) -> bool {
        let pair = facts.iter().enumerate().find_map(|(at, second)| {
            let first = facts[..at].iter().find(|first| first.excludes(second))?;
            Some((first, second))
        });
        let found = pair.map(|(first, second)| self.exclusion(first, second, severity, so));
        let is_found = found.is_some();
        self.diagnostics.extend(found);
        is_found
    }

    fn exclusion(&self, first: &Fact<'d>, second: &Fact<'d>, severity: Severity, so: &str) -> Diagnostic {
        let (here, there) = (self.within(second.criterion, second.span), self.within(first.criterion, first.span));
        let message = format!("`{}` never meets both conditions: {so}", second.subject);
        let source = self.source();
        let diagnostic = Diagnostic::new(rule::CONTRADICTORY_CRITERIA, message).at(source, here).severity(severity);
        let diagnostic = diagnostic.label(source, there, "this excludes it");
        diagnostic.help("join them by `||` in one condition if either will do, or remove one")
    }
}

impl Fact<'_> {
    /// Whether no value meets both.
    fn excludes(&self, other: &Fact<'_>) -> bool {
        self.subject == other.subject && (self.bound.excludes(&other.bound) || other.bound.excludes(&self.bound))
    }
}

impl Bound {
    fn excludes(&self, other: &Bound) -> bool {
        match (self, other) {
            (Bound::Equal(one), Bound::Equal(other)) => !may_equal_both(one, other),
            (Bound::Equal(one), Bound::NotEqual(other)) => equals_too(one, other),
            (Bound::Equal(one), bound) => compare::number(one).is_some_and(|one| !bound.allows(&one)),
            // what equals something is looked at from its side
            (Bound::NotEqual(_), _) | (_, Bound::Equal(_) | Bound::NotEqual(_)) => false,
            (one, other) => one.low().zip(other.high()).is_some_and(|((low, low_open), (high, high_open))| {
                low > high || (low == high && (low_open || high_open))
            }),
        }
    }

    /// Whether every value that meets this meets the other.
    pub(super) fn implies(&self, other: &Bound) -> bool {
        match (self, other) {
            (Bound::Equal(one), Bound::Equal(other)) | (Bound::NotEqual(other), Bound::NotEqual(one)) => {
                equals_too(one, other)
            }
            (Bound::Equal(one), Bound::NotEqual(other)) => !may_equal_both(one, other),
            (Bound::Equal(one), range) => compare::number(one).is_some_and(|one| range.allows(&one)),
            (Bound::NotEqual(_), _) | (_, Bound::Equal(_)) => false,
            (range, Bound::NotEqual(other)) => compare::number(other).is_some_and(|other| !range.allows(&other)),
            (one, other) => {
                let low = other.low().is_none_or(|(end, open)| {
                    one.low().is_some_and(|(low, low_open)| low > end || low == end && (low_open || !open))
                });
                let high = other.high().is_none_or(|(end, open)| {
                    one.high().is_some_and(|(high, high_open)| high < end || high == end && (high_open || !open))
                });
                low && high
            }
        }
    }

    /// Whether a number is within a range.
    fn allows(&self, value: &Number) -> bool {
        self.low().is_none_or(|(low, open)| value > low || value == low && !open)
            && self.high().is_none_or(|(high, open)| value < high || value == high && !open)
    }

    /// The lower end if there is one, and whether it is left out.
    fn low(&self) -> Option<(&Number, bool)> {
        match self {
            Bound::Least(number, included) => Some((number, !included)),
            Bound::Within(first, _) => Some((first, false)),
            _ => None,
        }
    }

    /// The upper end if there is one, and whether it is left out.
    fn high(&self) -> Option<(&Number, bool)> {
        match self {
            Bound::Most(number, included) => Some((number, !included)),
            Bound::Within(_, last) => Some((last, false)),
            _ => None,
        }
    }
}

/// Whether all that equals a literal equals another, too: what equals a number may be spelled otherwise than a text.
fn equals_too(one: &Value, other: &Value) -> bool {
    compare::equal(one, other) && !matches!((one, other), (Value::Number(_), Value::String(_)))
}

/// Whether one value can equal two literals: a number equals each text that spells it.
fn may_equal_both(one: &Value, other: &Value) -> bool {
    let same_number = || compare::number(one).is_some_and(|one| compare::number(other) == Some(one));
    compare::equal(one, other) || same_number()
}

/// What must hold for all criteria to hold.
pub(super) fn facts<'d>(criteria: impl IntoIterator<Item = &'d Criterion>) -> Vec<Fact<'d>> {
    let mut found = Vec::new();
    for criterion in criteria {
        if let Some(ConditionKind::Simple(condition)) = criterion.parsed.as_ref().map(|parsed| &parsed.kind) {
            collect(criterion, &condition.root, &mut found);
        }
    }
    found
}

/// Adds what must hold for a condition to hold, as long as there is not too much of it.
pub(super) fn collect<'d>(criterion: &'d Criterion, node: &'d Node, found: &mut Vec<Fact<'d>>) {
    match &node.kind {
        _ if found.len() >= MOST => {}
        NodeKind::And(nodes) => nodes.iter().for_each(|node| collect(criterion, node, found)),
        NodeKind::Comparison { left, operator, right } => {
            let (expression, other, operator) = match (&left.kind, &right.kind) {
                (OperandKind::Expression(expression), other) => (expression, other, *operator),
                (other, OperandKind::Expression(expression)) => (expression, other, operator.mirrored()),
                _ => return,
            };
            let Some(bound) = bound(operator, other) else { return };
            found.push(Fact { criterion, span: node.span, subject: &expression.text, bound });
        }
        NodeKind::Or(_) | NodeKind::Not(_) | NodeKind::Operand(_) => {}
    }
}

pub(super) fn bound(operator: Operator, operand: &OperandKind) -> Option<Bound> {
    if let OperandKind::StatusClass(class) = operand {
        let number = |offset: i64| Number::parse(&(i64::from(*class) * 100 + offset).to_string());
        return (operator == Operator::Equal).then(|| Some(Bound::Within(number(0)?, number(99)?)))?;
    }
    let value = literal_of(operand)?;
    // what a text is compared with may be a text that is no number, which has an order of its own
    let number = || value.as_number().cloned();
    Some(match operator {
        Operator::Equal => Bound::Equal(value),
        Operator::NotEqual => Bound::NotEqual(value),
        Operator::Less => Bound::Most(number()?, false),
        Operator::LessOrEqual => Bound::Most(number()?, true),
        Operator::Greater => Bound::Least(number()?, false),
        Operator::GreaterOrEqual => Bound::Least(number()?, true),
    })
}

#[cfg(test)]
mod tests {
    use crate::condition::{Context, parse};

    use super::*;

    #[test]
    fn a_bound_implies_what_each_of_its_values_meets() {
        let bound_of = |text: &str| {
            let condition = parse(&format!("$statusCode {text}"), Context::Absent).expect(text);
            let NodeKind::Comparison { operator, right, .. } = condition.root.kind else { panic!("{text}") };
            bound(operator, &right.kind).expect(text)
        };
        for (one, other) in [
            ("== 404", ">= 400"),
            ("== 200", "== 2XX"),
            ("== 200", "!= 404"),
            ("== 'a'", "== 'A'"),
            ("!= 200", "!= '200'"),
            ("== 4XX", ">= 400"),
            ("== 4XX", "!= 200"),
            ("> 400", ">= 400"),
            ("< 300", "<= 300"),
            ("== '001'", "== 1"),
            ("== '1.1'", "!= '1.2'"),
            ("== '001'", "> 0"),
            ("> 5", "!= '5'"),
            ("== 9007199254740993", "> 9007199254740992"),
        ] {
            assert!(bound_of(one).implies(&bound_of(other)), "{one}, {other}");
        }
        for (one, other) in [
            (">= 400", "== 404"),
            ("== 2XX", "== 200"),
            ("!= 404", "== 200"),
            (">= 400", "> 400"),
            (">= 400", "== 4XX"),
            ("== 'a'", "!= 'A'"),
            ("!= 1", "!= 2"),
            ("> 1", "!= 2"),
            ("== '1.1'", "== '1.10'"),
            ("!= '1.1'", "!= '1.10'"),
            ("== '1.1'", "!= '1.10'"),
            ("== 1", "== '1'"),
            ("!= '1'", "!= 1"),
            ("> 9007199254740992", "> 9007199254740993"),
        ] {
            assert!(!bound_of(one).implies(&bound_of(other)), "{one}, {other}");
        }
    }

    #[test]
    fn a_text_is_no_bound_of_an_order() {
        for text in ["> '10'", "<= 'a'", "< null", ">= true"] {
            let condition = parse(&format!("$response.body#/v {text}"), Context::Absent).expect(text);
            let NodeKind::Comparison { operator, right, .. } = condition.root.kind else { panic!("{text}") };
            assert!(bound(operator, &right.kind).is_none(), "{text}");
        }
    }

    #[test]
    fn pairs_that_no_value_meets_exclude_each_other() {
        let excludes = |one: &str, other: &str| {
            let bound_of = |text: &str| {
                let condition = parse(&format!("$statusCode {text}"), Context::Absent).expect(text);
                let NodeKind::Comparison { operator, right, .. } = condition.root.kind else { panic!("{text}") };
                bound(operator, &right.kind).expect(text)
            };
            let (one, other) = (bound_of(one), bound_of(other));
            one.excludes(&other) || other.excludes(&one)
        };
        for (one, other) in [
            ("== 200", "== 404"),
            ("== 'a'", "!= 'A'"),
            ("== 200", "!= 200"),
            ("> 300", "< 200"),
            ("> 200", "< 200"),
            (">= 200", "< 200"),
            ("== 200", ">= 300"),
            ("== 2XX", "== 404"),
            ("== 2XX", ">= 300"),
            ("== null", "== 'a'"),
            ("== '1'", "!= 1"),
            ("== '1'", "== '2'"),
            ("== '01'", "!= 1"),
            ("== '001'", "> 1"),
            ("== true", "!= 'TRUE'"),
            ("> 9007199254740993", "<= 9007199254740992"),
        ] {
            assert!(excludes(one, other), "{one}, {other}");
        }
        for (one, other) in [
            ("== 200", "== 200"),
            ("== 200", "== '200'"),
            ("!= 200", "!= 404"),
            (">= 200", "<= 200"),
            (">= 200", "< 300"),
            ("== 200", ">= 200"),
            ("== 2XX", "== 204"),
            ("!= 'a'", "> 5"),
            ("== 'a'", "!= 'b'"),
            ("== '1.1'", "!= '1.10'"),
            ("== '1.1'", "== '1.10'"),
            ("== '001'", "== 1"),
            ("== 1", "!= '1'"),
            ("> 9007199254740992", "== 9007199254740993"),
            ("> 9007199254740992", "< 9007199254740994"),
        ] {
            assert!(!excludes(one, other), "{one}, {other}");
        }
    }
}
