//! Numbers of a schema.

use crate::openapi::Schema;
use crate::value::Number;

/// A number within the bounds that are whole, and a multiple of what is asked for.
pub(super) fn number(schema: &Schema<'_>, whole: bool) -> Number {
    let (lower, upper) = bounds(schema);
    let one = || Number::from(1_i64);
    let mut value = if whole { one() } else { Number::from_f64(1.5).unwrap_or_else(one) };
    value = upper.filter(|upper| *upper < value).unwrap_or(value);
    value = lower.filter(|lower| *lower > value).unwrap_or(value);
    match factor(schema) {
        Some(factor) => multiple(&value, factor).unwrap_or(value),
        None => value,
    }
}

/// Others within the same bounds, upwards and then downwards, so many each way.
pub(super) fn others(schema: &Schema<'_>, whole: bool, many: usize) -> impl Iterator<Item = Number> + use<> {
    let first = number(schema, whole);
    let (lower, upper) = bounds(schema);
    let factor = factor(schema).unwrap_or(1);
    let turns = (1_i32..).take(many);
    let all = turns.clone().chain(turns.map(|turns| -turns)).filter_map(move |turns| moved(&first, turns, factor));
    all.filter(move |value| {
        lower.as_ref().is_none_or(|lower| lower <= value) && upper.as_ref().is_none_or(|upper| value <= upper)
    })
}

fn moved(from: &Number, turns: i32, factor: i64) -> Option<Number> {
    match from.as_i64() {
        Some(whole) => whole.checked_add(i64::from(turns).checked_mul(factor)?).map(Number::from),
        None => Number::from_f64(from.as_f64() + f64::from(turns)),
    }
}

/// The least and the greatest value; beside a bound that is itself excluded, the next whole one.
fn bounds(schema: &Schema<'_>) -> (Option<Number>, Option<Number>) {
    let bound = |keyword: &str| schema.keyword(keyword).and_then(|place| place.node().as_number());
    let is_exclusive = |keyword: &str| schema.keyword(keyword).and_then(|place| place.node().as_bool()) == Some(true);
    let step = |from: &Number, by: i64| from.as_i64().and_then(|it| it.checked_add(by)).map(Number::from);
    let least = bound("exclusiveMinimum").or_else(|| bound("minimum").filter(|_| is_exclusive("exclusiveMinimum")));
    let lower = least.and_then(|least| step(&least, 1)).or_else(|| bound("minimum"));
    let most = bound("exclusiveMaximum").or_else(|| bound("maximum").filter(|_| is_exclusive("exclusiveMaximum")));
    let upper = most.and_then(|most| step(&most, -1)).or_else(|| bound("maximum"));
    (lower, upper)
}

fn factor(schema: &Schema<'_>) -> Option<i64> {
    super::integer(schema, "multipleOf").filter(|factor| *factor > 0)
}

/// The least multiple of `factor` that is not below `value`.
fn multiple(value: &Number, factor: i64) -> Option<Number> {
    #[expect(clippy::cast_possible_truncation, reason = "an example; beyond i64 it saturates")]
    let whole = value.as_i64().unwrap_or_else(|| value.as_f64().ceil() as i64);
    let remainder = whole.rem_euclid(factor);
    let missing = if remainder == 0 { 0 } else { factor - remainder };
    whole.checked_add(missing).map(Number::from)
}
