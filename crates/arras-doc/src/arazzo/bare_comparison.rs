//! What a JSONPath criterion that is a comparison may say instead: a query, or a simple condition.

use crate::condition;
use crate::expression::{Expression, Tolerance};
use crate::jsonpath::{
    Anchor, Comparison, Logical, LogicalKind, OperandKind, Operator, Query, Reach, Segment, Selector, SelectorKind,
    as_query,
};
use crate::pointer;
use crate::value::Value;

/// What to write instead of a comparison.
pub(super) struct Remedy {
    /// In words.
    pub(super) help: String,
    /// The query that surely asks the same of every answer.
    pub(super) query: Option<String>,
    /// Whether what is said covers a `.length` and an `empty` too.
    pub(super) covers_all: bool,
}

/// The remedy for a comparison about the value of `context`.
pub(super) fn remedy(logical: &Logical, context: Option<&Expression>) -> Remedy {
    let query = as_query(logical);
    let whole = query.as_ref().filter(|query| !query.but_for_none);
    // that there is no first item says less than the query does
    let simple = context
        .filter(|_| whole.is_none() || has_no_item(logical).is_none())
        .and_then(|context| as_simple(logical, context));
    let help = match (whole, &simple, &query) {
        (Some(query), Some(simple), _) => {
            format!("write `{}`, or without `context` and `type` the {simple}", query.text)
        }
        (Some(query), None, _) => format!("write `{}`", query.text),
        (None, Some(simple), _) => format!("write, without `context` and `type`, the {simple}"),
        (None, None, Some(query)) => format!("write `{}`, which an empty array does not satisfy", query.text),
        (None, None, None) => "compare inside a filter `[?…]`, or write a `simple` condition".to_owned(),
    };
    Remedy {
        help,
        covers_all: query.is_some() || simple.is_some(),
        query: query.filter(|query| query.exact).map(|query| query.text),
    }
}

/// A comparison in words: the same as a simple condition.
pub(super) fn as_simple(logical: &Logical, context: &Expression) -> Option<String> {
    let mut folds = false;
    let text = condition(logical, context, &mut folds)?;
    let parsed = condition::parse(&text, condition::Context::Absent).ok()?;
    let note = match (folds, has_no_item(logical)) {
        (true, _) => ", which compares texts without regard to case",
        (false, Some(_)) => ", if it is an array",
        _ => "",
    };
    parsed.looseness.is_empty().then(|| format!("simple condition `{text}`{note}"))
}

fn condition(logical: &Logical, context: &Expression, folds: &mut bool) -> Option<String> {
    let mut joined = |parts: &[Logical], operator: &str, alternatives_in_parentheses: bool| {
        let part = |part: &Logical| {
            let text = condition(part, context, folds)?;
            let parenthesise = alternatives_in_parentheses && matches!(part.kind, LogicalKind::Or(_));
            Some(if parenthesise { format!("({text})") } else { text })
        };
        Some(parts.iter().map(part).collect::<Option<Vec<_>>>()?.join(operator))
    };
    if let Some(list) = has_no_item(logical) {
        let first = SelectorKind::Index(0);
        let selectors = vec![Selector { kind: first, span: list.span }];
        let mut item = list;
        item.segments.push(Segment { reach: Reach::Children, selectors, span: item.span });
        return pointed(&item, context).map(|item| format!("{item} == null"));
    }
    match &logical.kind {
        LogicalKind::Or(parts) => joined(parts, " || ", false),
        LogicalKind::And(parts) => joined(parts, " && ", true),
        LogicalKind::Comparison(comparison) => compared(comparison, context, folds),
        _ => None,
    }
}

/// The list of which a comparison says that its length is 0.
fn has_no_item(logical: &Logical) -> Option<Query> {
    let LogicalKind::Comparison(comparison) = &logical.kind else { return None };
    let OperandKind::Length(length) = &comparison.left.kind else { return None };
    let none = comparison.operator == Operator::Equal
        && matches!(&comparison.right.kind, OperandKind::Literal(value) if *value == Value::from(0_i64));
    let (_, segments) = length.segments.split_last().filter(|_| none)?;
    Some(Query { segments: segments.to_vec(), ..length.clone() })
}

fn compared(comparison: &Comparison, context: &Expression, folds: &mut bool) -> Option<String> {
    let mut side = |operand: &OperandKind| match operand {
        OperandKind::Query(query) => pointed(query, context),
        OperandKind::Literal(Value::String(text)) => {
            *folds = true;
            Some(format!("'{}'", text.replace('\'', "''")))
        }
        OperandKind::Literal(value) => Some(value.to_json()),
        OperandKind::Length(_) | OperandKind::Call(_) | OperandKind::Expression(_) => None,
    };
    let (left, right) = (side(&comparison.left.kind)?, side(&comparison.right.kind)?);
    Some(format!("{left} {} {right}", comparison.operator.as_str()))
}

/// The expression that reads what a query of names and positions selects.
fn pointed(query: &Query, context: &Expression) -> Option<String> {
    if query.anchor == Anchor::Current {
        return None;
    }
    let mut text = context.text.to_string();
    let mut segments = query.segments.as_slice();
    if context.tolerance == Some(Tolerance::Whole) {
        // its entries are named, not pointed at
        let (first, rest) = segments.split_first()?;
        let SelectorKind::Name(name) = first.singular()? else { return None };
        text.push('.');
        text.push_str(name);
        segments = rest;
    }
    if context.path.pointer.is_none() && !segments.is_empty() {
        text.push('#');
    }
    for segment in segments {
        match segment.singular()? {
            SelectorKind::Name(name) => pointer::push(&mut text, name),
            SelectorKind::Index(index) if *index >= 0 => pointer::push(&mut text, &index.to_string()),
            _ => return None,
        }
    }
    Expression::parse(&text).is_ok_and(|parsed| parsed.tolerance.is_none()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jsonpath::{Form, Mode, parse_condition};

    #[test]
    fn a_comparison_is_said_as_a_query_and_as_a_simple_condition() {
        for (context, bare, help) in [
            (
                "$response.body",
                "$.state.cycle == 'RUNNING'",
                "write `$[?$.state.cycle == 'RUNNING']`, or without `context` and `type` the simple condition \
                 `$response.body#/state/cycle == 'RUNNING'`, which compares texts without regard to case",
            ),
            (
                "$response.body#/data",
                "$.id != null",
                "write `$[?$.id && $.id != null]`, or without `context` and `type` the simple condition \
                 `$response.body#/data/id != null`",
            ),
            (
                "$response.body",
                "$.list[0].n != 3 && ($.a == 1 || $.b == 2)",
                "write `$[?$.list[0].n != 3 && ($.a == 1 || $.b == 2)]`, or without `context` and `type` the simple \
                 condition `$response.body#/list/0/n != 3 && ($response.body#/a == 1 || $response.body#/b == 2)`",
            ),
            (
                "$response.body",
                "$.error == null",
                "write, without `context` and `type`, the simple condition `$response.body#/error == null`",
            ),
            ("$response.body", "$.list.length > 0", "write `$[?length($.list) > 0]`"),
            (
                "$inputs",
                "$.cancel != true",
                "write, without `context` and `type`, the simple condition `$inputs.cancel != true`",
            ),
            (
                "$response.body",
                "$.length == 0",
                "write, without `context` and `type`, the simple condition `$response.body#/0 == null`, if it is an array",
            ),
            ("$response.body", "!$.a", "write `$[?!$.a]`, which an empty array does not satisfy"),
            ("$response.body", "$.a == $inputs.x", "compare inside a filter `[?…]`, or write a `simple` condition"),
        ] {
            let Ok(Form::Logical(logical)) = parse_condition(bare, Mode::Lenient).map(|condition| condition.form)
            else {
                panic!("{bare}")
            };
            let context = Expression::parse(context).expect(context);
            assert_eq!(remedy(&logical, Some(&context)).help, help, "{bare}");
        }
    }
}
