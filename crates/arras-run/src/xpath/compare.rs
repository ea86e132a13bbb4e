//! Comparisons (XPath 1.0 §3.4); where XPath 2.0 and later would make an error of them, so does this.

use std::collections::HashSet;

use arras_doc::xpath::Operator;

use super::machine::Machine;
use super::node::Node;
use super::number;
use super::shown;
use super::worth::Worth;
use crate::criterion::EvaluationError;

/// Whether `left operator right` holds.
pub(super) fn compare(
    machine: &mut Machine<'_, '_>,
    left: &Worth,
    operator: Operator,
    right: &Worth,
) -> Result<bool, EvaluationError> {
    match (left, right) {
        (Worth::Nodes(left), Worth::Nodes(right)) => two_sets(machine, left, operator, right),
        (Worth::Nodes(nodes), other) => set(machine, nodes, operator, other),
        (other, Worth::Nodes(nodes)) => set(machine, nodes, mirrored(operator), other),
        (left, right) => scalars(machine, left, operator, right),
    }
}

fn mirrored(operator: Operator) -> Operator {
    match operator {
        Operator::Less => Operator::Greater,
        Operator::LessOrEqual => Operator::GreaterOrEqual,
        Operator::Greater => Operator::Less,
        Operator::GreaterOrEqual => Operator::LessOrEqual,
        same => same,
    }
}

fn is_equality(operator: Operator) -> bool {
    matches!(operator, Operator::Equal | Operator::NotEqual)
}

fn numbers(left: f64, operator: Operator, right: f64) -> bool {
    match operator {
        Operator::Equal => left == right,
        Operator::NotEqual => left != right,
        Operator::Less => left < right,
        Operator::LessOrEqual => left <= right,
        Operator::Greater => left > right,
        Operator::GreaterOrEqual => left >= right,
        _ => false,
    }
}

/// `nodes operator other`: whether it holds of any node.
fn set(
    machine: &mut Machine<'_, '_>,
    nodes: &[Node],
    operator: Operator,
    other: &Worth,
) -> Result<bool, EvaluationError> {
    match other {
        Worth::Boolean(_) if machine.is_newer => Err(mismatch("nodes with a boolean")),
        Worth::Boolean(_) => scalars(machine, &Worth::Boolean(!nodes.is_empty()), operator, other),
        Worth::String(_) if machine.is_newer && !is_equality(operator) => Err(mismatch("the order of strings")),
        Worth::String(text) if is_equality(operator) => {
            any(machine, nodes, |_, own| Ok((own == *text) == (operator == Operator::Equal)))
        }
        other => {
            let number = machine.number(other)?;
            any(machine, nodes, |machine, own| Ok(numbers(machine.number_of(&own)?, operator, number)))
        }
    }
}

fn any<'a, 'i>(
    machine: &mut Machine<'a, 'i>,
    nodes: &[Node],
    mut holds: impl FnMut(&mut Machine<'a, 'i>, String) -> Result<bool, EvaluationError>,
) -> Result<bool, EvaluationError> {
    for node in nodes {
        let text = machine.text_of(*node)?;
        if holds(machine, text)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether it holds of any pair, without looking at each.
fn two_sets(
    machine: &mut Machine<'_, '_>,
    left: &[Node],
    operator: Operator,
    right: &[Node],
) -> Result<bool, EvaluationError> {
    if !is_equality(operator) {
        let (Some(left), Some(right)) = (range(machine, left)?, range(machine, right)?) else { return Ok(false) };
        return Ok(match operator {
            Operator::Less | Operator::LessOrEqual => numbers(left.0, operator, right.1),
            _ => numbers(left.1, operator, right.0),
        });
    }
    let mut known = HashSet::new();
    for node in left {
        known.insert(machine.text_of(*node)?);
    }
    match operator {
        Operator::Equal => any(machine, right, |_, text| Ok(known.contains(&text))),
        _ if known.len() > 1 => Ok(!right.is_empty()),
        _ => any(machine, right, |_, text| Ok(known.iter().any(|own| *own != text))),
    }
}

/// The least and the greatest of the numbers that nodes spell.
fn range(machine: &mut Machine<'_, '_>, nodes: &[Node]) -> Result<Option<(f64, f64)>, EvaluationError> {
    let mut found: Option<(f64, f64)> = None;
    for node in nodes {
        let number = number::parse(&machine.text_of(*node)?);
        if !number.is_nan() {
            found = Some(found.map_or((number, number), |(least, most)| (least.min(number), most.max(number))));
        }
    }
    Ok(found)
}

fn scalars(
    machine: &mut Machine<'_, '_>,
    left: &Worth,
    operator: Operator,
    right: &Worth,
) -> Result<bool, EvaluationError> {
    if machine.is_newer && std::mem::discriminant(left) != std::mem::discriminant(right) {
        return Err(mismatch("values of two types"));
    }
    if !is_equality(operator) {
        if machine.is_newer && matches!(left, Worth::String(_)) {
            return Err(mismatch("the order of strings"));
        }
        return Ok(numbers(machine.number(left)?, operator, machine.number(right)?));
    }
    let equal = match (left, right) {
        (Worth::Boolean(_), _) | (_, Worth::Boolean(_)) => left.holds() == right.holds(),
        (Worth::Number(_), _) | (_, Worth::Number(_)) => machine.number(left)? == machine.number(right)?,
        _ => machine.text(left)? == machine.text(right)?,
    };
    Ok(equal == (operator == Operator::Equal))
}

fn mismatch(what: &str) -> EvaluationError {
    EvaluationError {
        message: format!("the versions of XPath compare {what} in different ways"),
        span: None,
        help: Some("put embedded values inside quotes, or set the type's version to `xpath-10`".to_owned()),
    }
}

impl Machine<'_, '_> {
    /// The number that a node's text spells; in XPath 2.0 and later a text that spells none is an error.
    fn number_of(&self, text: &str) -> Result<f64, EvaluationError> {
        if !self.is_newer {
            return Ok(number::parse(text));
        }
        number::cast(text).ok_or_else(|| {
            EvaluationError::new(format!("the text{} is compared with a number and spells none", shown(text)))
        })
    }
}
