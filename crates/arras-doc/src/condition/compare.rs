//! How simple conditions compare values (A-25 … A-28): for those who judge them in a run, and for those who foretell it.

use std::cmp::Ordering;

use crate::value::{Number, Value};

use super::Operator;

/// Whether `left operator right` holds; what is absent counts as `null` (ARZ-COND-15).
pub fn compare(left: &Value, operator: Operator, right: &Value) -> bool {
    match operator {
        Operator::Equal => equal(left, right),
        Operator::NotEqual => !equal(left, right),
        Operator::Less => order(left, right).is_some_and(Ordering::is_lt),
        Operator::LessOrEqual => order(left, right).is_some_and(Ordering::is_le),
        Operator::Greater => order(left, right).is_some_and(Ordering::is_gt),
        Operator::GreaterOrEqual => order(left, right).is_some_and(Ordering::is_ge),
    }
}

/// Whether a value alone counts as true.
pub fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => !number.is_zero(),
        Value::String(text) => !text.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    }
}

/// Whether a status code lies in the class, `2` being 200 to 299.
pub fn is_in_class(value: &Value, class: u8) -> bool {
    let code = number(value).and_then(|number| number.as_i64());
    code.is_some_and(|code| code / 100 == i64::from(class))
}

/// `==`: texts without regard to case (ARZ-COND-07), numbers also with numeric texts, booleans also with their names
/// structures to the letter.
pub fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::String(left), Value::String(right)) => fold(left).eq(fold(right)),
        (Value::Number(number), Value::String(text)) | (Value::String(text), Value::Number(number)) => {
            numeric(text).is_some_and(|other| other == *number)
        }
        (Value::Bool(value), Value::String(text)) | (Value::String(text), Value::Bool(value)) => {
            text.eq_ignore_ascii_case(if *value { "true" } else { "false" })
        }
        _ => left == right,
    }
}

/// The order of two numbers or numeric texts, else of two texts; there is none of anything else.
fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (number(left), number(right)) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => match (left, right) {
            (Value::String(left), Value::String(right)) => Some(fold(left).cmp(fold(right))),
            _ => None,
        },
    }
}

/// The number that a value is or spells.
pub fn number(value: &Value) -> Option<Number> {
    match value {
        Value::Number(number) => Some(number.clone()),
        Value::String(text) => numeric(text),
        _ => None,
    }
}

/// The number that a text spells as JSON does; zeros may lead.
pub fn numeric(text: &str) -> Option<Number> {
    Number::parse(text).or_else(|| {
        let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
        let trimmed = digits.trim_start_matches('0');
        let whole =
            if trimmed.starts_with(|c: char| c.is_ascii_digit()) { trimmed.to_owned() } else { format!("0{trimmed}") };
        (digits.starts_with('0')).then(|| Number::parse(&format!("{sign}{whole}"))).flatten()
    })
}

/// The text without regard to case: each character's simple case folding.
fn fold(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().map(|character| match character {
        // the folding of dotless ı is itself, though its upper case is I
        'ı' => character,
        'A'..='Z' => character.to_ascii_lowercase(),
        _ if character.is_ascii() => character,
        _ => one(one(character, char::to_uppercase), char::to_lowercase),
    })
}

/// The mapped character where the mapping gives one.
fn one<I: Iterator<Item = char>>(character: char, map: fn(char) -> I) -> char {
    let mut mapped = map(character);
    match (mapped.next(), mapped.next()) {
        (Some(mapped), None) => mapped,
        _ => character,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn values_compare_as_the_decisions_say() {
        use Operator::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
        for (left, operator, right, expected) in [
            (json!("Available"), Equal, json!("AVAILABLE"), true),
            (json!("straße"), Equal, json!("STRAßE"), true),
            (json!("Σς"), Equal, json!("σΣ"), true),
            (json!("ı"), Equal, json!("I"), false),
            (json!("\u{212A}"), Equal, json!("k"), true),
            (json!("a"), NotEqual, json!("A"), false),
            (json!("a"), Less, json!("B"), true),
            (json!("10"), Greater, json!("9"), true),
            (json!("10"), Less, json!("9a"), true),
            (json!("10"), Equal, json!("10.0"), false),
            (json!(10), Equal, json!("10.0"), true),
            (json!(7), Equal, json!("007"), true),
            (json!(0), Equal, json!("-00.0"), true),
            (json!(0), Equal, json!(""), false),
            (json!(5), Greater, json!("x"), false),
            (json!(5), LessOrEqual, json!("x"), false),
            (json!(12345678901234567890_u64), Less, json!("12345678901234567890.1"), true),
            (json!(true), Equal, json!("TRUE"), true),
            (json!(false), Equal, json!("false"), true),
            (json!(true), Equal, json!(1), false),
            (json!(true), GreaterOrEqual, json!(true), false),
            (json!(null), Equal, json!(null), true),
            (json!(null), Equal, json!(false), false),
            (json!(null), Equal, json!(""), false),
            (json!(null), NotEqual, json!([]), true),
            (json!(null), GreaterOrEqual, json!(null), false),
            (json!(null), Less, json!(1), false),
            (json!({"a": [1]}), Equal, json!({"a": [1.0]}), true),
            (json!({"a": "x"}), Equal, json!({"a": "X"}), false),
            (json!([1, 2]), Greater, json!([1]), false),
        ] {
            let (left, right) = (Value::from(left), Value::from(right));
            assert_eq!(compare(&left, operator, &right), expected, "{left} {} {right}", operator.as_str());
        }
    }

    #[test]
    fn only_some_values_are_true() {
        for value in [json!(true), json!(1), json!(-0.5), json!("0"), json!([]), json!({})] {
            assert!(is_truthy(&Value::from(value.clone())), "{value}");
        }
        for value in [json!(false), json!(0), json!(-0.0), json!(""), json!(null)] {
            assert!(!is_truthy(&Value::from(value.clone())), "{value}");
        }
        assert!(is_in_class(&Value::from(204), 2) && is_in_class(&Value::from("299"), 2));
        assert!(!is_in_class(&Value::from(300), 2) && !is_in_class(&Value::Null, 2));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn order_and_equality_agree(a in "[0-9aAßſı.-]{0,4}", b in "[0-9aAßſı.-]{0,4}") {
            let (a, b) = (Value::from(a), Value::from(b));
            prop_assert_eq!(compare(&a, Operator::Less, &b), compare(&b, Operator::Greater, &a));
            prop_assert_eq!(compare(&a, Operator::LessOrEqual, &b), !compare(&a, Operator::Greater, &b));
            prop_assert_eq!(compare(&a, Operator::Equal, &b), compare(&b, Operator::Equal, &a));
            prop_assert!(compare(&a, Operator::Equal, &a) && !compare(&a, Operator::NotEqual, &a));
        }
    }
}
