//! Which nodes a query selects (RFC 9535 §2.3, §2.5).

use arras_doc::jsonpath::{Anchor, Query, Reach, Segment, SelectorKind, Slice};
use arras_doc::value::Value;

use super::BudgetExceeded;
use super::location::{Key, Place};
use super::logical::Silent;
use super::machine::{Machine, Scope};

/// Nodes and their places.
type Nodes<'a, P> = Vec<(P, &'a Value)>;

impl<'a> Machine<'a> {
    /// The nodes that the query selects; of those, at least the first `limit`.
    pub(crate) fn nodes<P: Place<'a>>(
        &mut self,
        query: &'a Query,
        current: &'a Value,
        limit: usize,
    ) -> Result<Nodes<'a, P>, BudgetExceeded> {
        self.nodes_through(query, current, query.segments.len(), limit)
    }

    /// The same for the query's first `segments` segments.
    pub(super) fn nodes_through<P: Place<'a>>(
        &mut self,
        query: &'a Query,
        current: &'a Value,
        segments: usize,
        limit: usize,
    ) -> Result<Nodes<'a, P>, BudgetExceeded> {
        let mut nodes = vec![(P::default(), self.start(query, current))];
        let last = segments.saturating_sub(1);
        for (at, segment) in query.segments.iter().take(segments).enumerate() {
            let limit = if at == last { limit } else { usize::MAX };
            let mut next = Vec::new();
            for (place, value) in &nodes {
                self.descend(segment, place, value, limit, &mut next)?;
                if next.len() >= limit {
                    break;
                }
            }
            nodes = next;
            if nodes.is_empty() {
                break;
            }
        }
        Ok(nodes)
    }

    /// The node that a query without wildcards, slices, filters and `..` selects; takes no memory.
    pub(super) fn singular(
        &mut self,
        query: &'a Query,
        current: &'a Value,
        segments: usize,
    ) -> Result<Option<&'a Value>, BudgetExceeded> {
        let mut value = self.start(query, current);
        for segment in query.segments.iter().take(segments) {
            self.spend(1)?;
            match segment.singular().and_then(|selector| child(selector, value)) {
                Some((_, child)) => value = child,
                None => return Ok(None),
            }
        }
        Ok(Some(value))
    }

    /// Whether the query selects anything.
    pub(crate) fn exists(&mut self, query: &'a Query, current: &'a Value) -> Result<bool, BudgetExceeded> {
        if query.is_singular() {
            return Ok(self.singular(query, current, usize::MAX)?.is_some());
        }
        Ok(!self.nodes::<()>(query, current, 1)?.is_empty())
    }

    fn start(&self, query: &Query, current: &'a Value) -> &'a Value {
        match query.anchor {
            Anchor::Root => self.root,
            Anchor::Current => current,
        }
    }

    fn descend<P: Place<'a>>(
        &mut self,
        segment: &'a Segment,
        place: &P,
        value: &'a Value,
        limit: usize,
        out: &mut Nodes<'a, P>,
    ) -> Result<(), BudgetExceeded> {
        if segment.reach == Reach::Children {
            return self.choose(segment, place, value, limit, out);
        }
        let mut pending = vec![(place.clone(), value)];
        while let Some((place, value)) = pending.pop() {
            self.choose(segment, &place, value, limit, out)?;
            if out.len() >= limit {
                break;
            }
            for (key, child) in children(value).rev() {
                self.spend(1)?;
                pending.push((place.child(key), child));
            }
        }
        Ok(())
    }

    /// What the segment's selectors select among the children of a node.
    fn choose<P: Place<'a>>(
        &mut self,
        segment: &'a Segment,
        place: &P,
        value: &'a Value,
        limit: usize,
        out: &mut Nodes<'a, P>,
    ) -> Result<(), BudgetExceeded> {
        self.spend(1)?;
        for selector in &segment.selectors {
            self.spend(1)?;
            match &selector.kind {
                SelectorKind::Wildcard => {
                    for (key, child) in children(value) {
                        self.spend(1)?;
                        out.push((place.child(key), child));
                    }
                }
                SelectorKind::Slice(slice) => {
                    for (key, child) in slice_items(*slice, value) {
                        self.spend(1)?;
                        out.push((place.child(key), child));
                    }
                }
                SelectorKind::Filter(filter) => {
                    for (key, child) in children(value) {
                        self.spend(1)?;
                        if self.holds(filter, Scope { current: child, outermost: false }, &mut Silent)? {
                            out.push((place.child(key), child));
                        }
                        if out.len() >= limit {
                            return Ok(());
                        }
                    }
                }
                single => out.extend(child(single, value).map(|(key, child)| (place.child(key), child))),
            }
        }
        Ok(())
    }
}

/// The children of a node in their order.
fn children(value: &Value) -> impl DoubleEndedIterator<Item = (Key<'_>, &Value)> {
    let items = value.as_array().unwrap_or_default().iter().enumerate();
    let members = value.as_object().into_iter().flatten();
    let items = items.map(|(index, item)| (Key::Item(index), item));
    items.chain(members.map(|(name, member)| (Key::Member(name), member)))
}

/// The child that a name or an index selects.
fn child<'v>(selector: &SelectorKind, value: &'v Value) -> Option<(Key<'v>, &'v Value)> {
    match selector {
        SelectorKind::Name(name) => {
            let (name, member) = value.as_object()?.get_key_value(name)?;
            Some((Key::Member(name), member))
        }
        SelectorKind::Index(index) => item(value.as_array()?, *index, *index < 0),
        SelectorKind::FromLength(offset) => item(value.as_array()?, *offset, true),
        _ => None,
    }
}

fn item(items: &[Value], index: i64, from_end: bool) -> Option<(Key<'_>, &Value)> {
    let length = i64::try_from(items.len()).ok()?;
    let index = if from_end { length.checked_add(index)? } else { index };
    let index = usize::try_from(index).ok()?;
    items.get(index).map(|item| (Key::Item(index), item))
}

/// The items of a slice (RFC 9535 §2.3.4.2).
fn slice_items(slice: Slice, value: &Value) -> impl Iterator<Item = (Key<'_>, &Value)> {
    let items = value.as_array().unwrap_or_default();
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let step = slice.step.unwrap_or(1);
    let normal = |index: i64| if index < 0 { index.saturating_add(length) } else { index };
    let (start, end) = if step >= 0 {
        let start = normal(slice.start.unwrap_or(0)).clamp(0, length);
        (start, normal(slice.end.unwrap_or(length)).clamp(0, length))
    } else {
        let start = normal(slice.start.unwrap_or(length - 1)).clamp(-1, length - 1);
        (start, slice.end.map_or(-1, normal).clamp(-1, length - 1))
    };
    let mut next = Some(start).filter(|_| step != 0);
    std::iter::from_fn(move || {
        let at = next.filter(|at| if step > 0 { *at < end } else { *at > end })?;
        next = at.checked_add(step);
        let index = usize::try_from(at).ok()?;
        items.get(index).map(|item| (Key::Item(index), item))
    })
}
