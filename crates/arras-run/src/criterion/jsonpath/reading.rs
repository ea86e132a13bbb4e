//! How a condition is read for a given context.

use arras_doc::jsonpath::{Anchor, Form, Logical, LogicalKind, Mode, Operand, OperandKind, Query, Reach, SelectorKind};
use arras_doc::value::{Object, Value};

use super::super::Reading;
use super::Test;
use crate::jsonpath::Leniency;

/// What the condition asks of this context.
pub(super) fn of<'a>(form: &'a Form, context: &Value, mode: Mode) -> (Test<'a>, Reading) {
    let query = match form {
        Form::Logical(logical) => {
            let leniency = Leniency { absent_is_null: true, count_is_length: false };
            return (Test::Logical(logical, leniency), Reading::LogicalExpr);
        }
        Form::Query(query) => query,
    };
    match (query.root_filter(), context) {
        _ if mode == Mode::Strict => (Test::Query(query), Reading::Query),
        (None, _) | (_, Value::Array(_)) => (Test::Query(query), Reading::Query),
        (Some(filter), Value::Object(members)) if !is_about_context(filter, members) => {
            (Test::Query(query), Reading::ChildIteration)
        }
        (Some(filter), _) => {
            let leniency = Leniency { absent_is_null: true, count_is_length: true };
            (Test::Logical(filter, leniency), Reading::SelfReading)
        }
    }
}

/// Whether a root filter tests the object itself rather than its members (A-02a).
fn is_about_context(filter: &Logical, members: &Object) -> bool {
    if members.is_empty() {
        return true;
    }
    let mut names = false;
    let known = any_name(filter, &mut |name| {
        names = true;
        members.contains_key(name)
    });
    known || (names && !members.values().all(Value::is_structure))
}

/// Whether any of the first-level names that the filter uses is `wanted`.
fn any_name(logical: &Logical, wanted: &mut dyn FnMut(&str) -> bool) -> bool {
    match &logical.kind {
        LogicalKind::Or(parts) | LogicalKind::And(parts) => parts.iter().any(|part| any_name(part, wanted)),
        LogicalKind::Not(inner) => any_name(inner, wanted),
        LogicalKind::Comparison(it) => operand_name(&it.left, wanted) || operand_name(&it.right, wanted),
        LogicalKind::Exists(query) | LogicalKind::Empty(query, _) => query_name(query, wanted),
        LogicalKind::Test(call) => call.arguments.iter().any(|argument| operand_name(argument, wanted)),
        LogicalKind::Matches(operand, _) => operand_name(operand, wanted),
    }
}

fn operand_name(operand: &Operand, wanted: &mut dyn FnMut(&str) -> bool) -> bool {
    match &operand.kind {
        OperandKind::Literal(_) | OperandKind::Expression(_) => false,
        OperandKind::Length(query) if query.segments.len() < 2 => false,
        OperandKind::Query(query) | OperandKind::Length(query) => query_name(query, wanted),
        OperandKind::Call(call) => call.arguments.iter().any(|argument| operand_name(argument, wanted)),
    }
}

fn query_name(query: &Query, wanted: &mut dyn FnMut(&str) -> bool) -> bool {
    let Some(segment) = query.segments.first().filter(|_| query.anchor == Anchor::Current) else { return false };
    segment.reach == Reach::Children
        && segment.selectors.iter().any(|selector| match &selector.kind {
            SelectorKind::Name(name) => wanted(name),
            _ => false,
        })
}
