//! Numbers of a schema.

use crate::openapi::Schema;
use crate::value::Number;

/// What begins to be no `f64` of its own among whole numbers.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A number within the bounds, and a whole multiple of what is asked for, where there is one.
pub(super) fn number(schema: &Schema<'_>, whole: bool) -> Number {
    let range = Range::of(schema);
    match factor(schema) {
        None if !whole => range.any(),
        factor => range.multiple(factor.unwrap_or(1)),
    }
}

/// Others within the same bounds, upwards and then downwards, so many each way.
pub(super) fn others(schema: &Schema<'_>, whole: bool, many: usize) -> impl Iterator<Item = Number> + use<> {
    let (first, range) = (number(schema, whole), Range::of(schema));
    let factor = factor(schema).unwrap_or(1);
    let turns = (1_i32..).take(many);
    let all = turns.clone().chain(turns.map(|turns| -turns)).filter_map(move |turns| moved(&first, turns, factor));
    all.filter(move |value| range.has(value))
}

fn moved(from: &Number, turns: i32, factor: i64) -> Option<Number> {
    match from.as_i64() {
        Some(whole) => whole.checked_add(i64::from(turns).checked_mul(factor)?).map(Number::from),
        None => Number::from_f64(from.as_f64() + f64::from(turns)),
    }
}

fn factor(schema: &Schema<'_>) -> Option<i64> {
    super::integer(schema, "multipleOf").filter(|factor| *factor > 0)
}

/// The numbers that a schema's bounds allow.
struct Range {
    lower: Option<Bound>,
    upper: Option<Bound>,
}

/// A bound, by its place and then by how narrow it is.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Bound {
    at: Number,
    is_excluded: bool,
}

impl Range {
    fn of(schema: &Schema<'_>) -> Range {
        let bounds = |keyword: &str, exclusive: &str| {
            let is_excluded = schema.keyword(exclusive).and_then(|place| place.node().as_bool()) == Some(true);
            let all = |keyword: &str, is_excluded| {
                let numbers = schema.keywords(keyword).filter_map(|place| place.node().as_number());
                numbers.map(move |at| Bound { at, is_excluded }).collect::<Vec<_>>()
            };
            all(keyword, is_excluded).into_iter().chain(all(exclusive, true))
        };
        let narrower = |one: &Bound, other: &Bound| one.at.cmp(&other.at).then(other.is_excluded.cmp(&one.is_excluded));
        Range {
            lower: bounds("minimum", "exclusiveMinimum").max(),
            upper: bounds("maximum", "exclusiveMaximum").min_by(narrower),
        }
    }

    fn has(&self, value: &Number) -> bool {
        let above = |bound: &Bound| bound.at < *value || (bound.at == *value && !bound.is_excluded);
        let below = |bound: &Bound| *value < bound.at || (bound.at == *value && !bound.is_excluded);
        self.lower.as_ref().is_none_or(above) && self.upper.as_ref().is_none_or(below)
    }

    /// A number; one that the bounds allow, if any is found.
    fn any(&self) -> Number {
        let (lower, upper) = (self.lower.as_ref().map(|it| &it.at), self.upper.as_ref().map(|it| &it.at));
        let between = || Number::from_f64(f64::midpoint(lower?.as_f64(), upper?.as_f64()));
        let first = Number::from_f64(1.5);
        let candidates = [
            first.clone(),
            upper.cloned(),
            lower.cloned(),
            upper.and_then(|upper| moved(upper, -1, 1)),
            lower.and_then(|lower| moved(lower, 1, 1)),
            between(),
        ];
        let found = candidates.into_iter().flatten().find(|value| self.has(value));
        found.or_else(|| lower.or(upper).cloned()).or(first).unwrap_or_else(|| Number::from(1_i64))
    }

    /// The least multiple from 1 on that the bounds allow, else the greatest below.
    fn multiple(&self, factor: i64) -> Number {
        let mut from = Number::from(1_i64);
        if let Some(upper) = self.upper.as_ref().map(|bound| whole(bound, false)).filter(|upper| *upper < from) {
            from = upper;
        }
        if let Some(lower) = self.lower.as_ref().map(|bound| whole(bound, true)).filter(|lower| *lower > from) {
            from = lower;
        }
        let Some(start) = from.as_i64() else { return from };
        let below = start.rem_euclid(factor);
        let up = if below == 0 { Some(start) } else { start.checked_add(factor - below) };
        let greatest = self.upper.as_ref().and_then(|bound| whole(bound, false).as_i64());
        let down = greatest.and_then(|greatest| greatest.checked_sub(greatest.rem_euclid(factor)));
        let candidates = [up, down].into_iter().flatten().map(Number::from);
        candidates.clone().find(|value| self.has(value)).or_else(|| candidates.into_iter().next()).unwrap_or(from)
    }
}

/// The whole number next to a bound that is within it.
fn whole(bound: &Bound, is_lower: bool) -> Number {
    let step = if is_lower { 1 } else { -1 };
    if let Some(at) = bound.at.as_i64() {
        let moved = if bound.is_excluded { at.saturating_add(step) } else { at };
        return Number::from(moved);
    }
    let at = bound.at.as_f64();
    if at.abs() >= EXACT {
        return bound.at.clone();
    }
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and below 2^53")]
    let next = if is_lower { at.ceil() as i64 } else { at.floor() as i64 };
    Number::from(next)
}
