//! The names of a JSONPath against the shape of what it is applied to.

use std::collections::HashSet;

use crate::jsonpath::{
    Anchor, Call, Condition, Form, Logical, LogicalKind, Operand, OperandKind, Query, Reach, Segment, Selector,
    SelectorKind,
};
use crate::span::Span;
use crate::suggest;

use super::shape::{MOST, Obstacle, ObstacleKind, Shape, union};

/// How many parts of a value are looked into for a name at any depth.
const DESCENDANTS: usize = 500;

/// Names that lead nowhere, each with its bytes in the text.
pub(super) type Obstacles<'d> = Vec<(Obstacle<'d>, Span)>;

/// What leads nowhere in a criterion's condition on a context of that shape.
pub(super) fn condition<'d>(condition: &Condition, context: &Shape<'d>) -> Obstacles<'d> {
    let mut found = Vec::new();
    match &condition.form {
        Form::Query(one) => drop(query(one, context, context, &mut found)),
        Form::Logical(one) => logical(one, context, context, &mut found),
    }
    found
}

/// The shape of what a query selects; what leads nowhere is added to `found`.
pub(super) fn query<'d>(query: &Query, root: &Shape<'d>, current: &Shape<'d>, found: &mut Obstacles<'d>) -> Shape<'d> {
    let mut shape = match query.anchor {
        Anchor::Root => root.clone(),
        Anchor::Current => current.clone(),
    };
    // a filter at the root of what is no array may be meant for it as a whole
    if let Some(filter) = query.root_filter().filter(|_| !shape.is_array()) {
        let (mut own, mut inner) = (Vec::new(), Vec::new());
        logical(filter, root, &shape, &mut own);
        logical(filter, root, &shape.children(), &mut inner);
        if !inner.is_empty() {
            found.extend(own);
        }
        return Shape::Open;
    }
    for segment in &query.segments {
        shape = match segment.reach {
            Reach::Descendants => {
                found.extend(absent(segment, &shape));
                return Shape::Open;
            }
            Reach::Children => step(segment, &shape, root, found),
        };
    }
    shape
}

/// A name that no part of a value has, however deep.
fn absent<'d>(segment: &Segment, shape: &Shape<'d>) -> Option<(Obstacle<'d>, Span)> {
    let [Selector { kind: SelectorKind::Name(name), span }] = segment.selectors.as_slice() else { return None };
    let Shape::Of(schemas) = shape else { return None };
    let mut open = schemas.clone();
    let mut seen = HashSet::new();
    let mut names = Vec::new();
    while let Some(schema) = open.pop() {
        if !seen.insert((schema.place().source(), schema.place().node().id())) {
            continue;
        }
        let one = Shape::of([schema.clone()]);
        if !matches!(one.child(name), Shape::Nothing(_)) || seen.len() > DESCENDANTS {
            return None;
        }
        names.extend(schema.property_names());
        match one.children() {
            // there may be more than are told
            Shape::Of(more) if more.len() < MOST => open.extend(more),
            Shape::Nothing(_) => {}
            _ => return None,
        }
    }
    let near = suggest::nearest(name, names, 1).into_iter().next();
    let place = schemas.first()?.resolved_place();
    Some((Obstacle { name: name.clone(), kind: ObstacleKind::Undeclared, place, near }, *span))
}

fn step<'d>(segment: &Segment, shape: &Shape<'d>, root: &Shape<'d>, found: &mut Obstacles<'d>) -> Shape<'d> {
    let mut shapes = Vec::new();
    let mut missing: Obstacles<'d> = Vec::new();
    for selector in &segment.selectors {
        let next = match &selector.kind {
            SelectorKind::Name(name) if shape.is_array() && crate::pointer::index(name).is_some() => Shape::Open,
            SelectorKind::Name(name) => shape.child(name),
            SelectorKind::Index(_) | SelectorKind::FromLength(_) => shape.child("0"),
            SelectorKind::Wildcard | SelectorKind::Slice(_) => shape.children(),
            SelectorKind::Filter(filter) => {
                let items = shape.children();
                if !matches!(items, Shape::Nothing(_)) {
                    logical(filter, root, &items, found);
                }
                items
            }
        };
        match next {
            Shape::Nothing(obstacle) => missing.push((obstacle, selector.span)),
            next => shapes.push(next),
        }
    }
    if shapes.is_empty() {
        found.extend(missing);
        return Shape::Open;
    }
    union(shapes)
}

fn logical<'d>(one: &Logical, root: &Shape<'d>, current: &Shape<'d>, found: &mut Obstacles<'d>) {
    match &one.kind {
        LogicalKind::Or(all) | LogicalKind::And(all) => all.iter().for_each(|one| logical(one, root, current, found)),
        LogicalKind::Not(one) => logical(one, root, current, found),
        LogicalKind::Comparison(comparison) => {
            for side in [&comparison.left, &comparison.right] {
                operand(side, root, current, found);
            }
        }
        LogicalKind::Exists(one) | LogicalKind::Empty(one, _) => drop(query(one, root, current, found)),
        LogicalKind::Test(call) => arguments(call, root, current, found),
        LogicalKind::Matches(side, _) => operand(side, root, current, found),
    }
}

fn operand<'d>(one: &Operand, root: &Shape<'d>, current: &Shape<'d>, found: &mut Obstacles<'d>) {
    match &one.kind {
        OperandKind::Query(one) => drop(query(one, root, current, found)),
        // its last name is the length of what the rest selects
        OperandKind::Length(one) => {
            let count = one.segments.len().saturating_sub(1);
            let rest = Query { segments: one.segments[..count].to_vec(), ..one.clone() };
            query(&rest, root, current, found);
        }
        OperandKind::Call(call) => arguments(call, root, current, found),
        OperandKind::Literal(_) | OperandKind::Expression(_) => {}
    }
}

fn arguments<'d>(call: &Call, root: &Shape<'d>, current: &Shape<'d>, found: &mut Obstacles<'d>) {
    call.arguments.iter().for_each(|argument| operand(argument, root, current, found));
}
