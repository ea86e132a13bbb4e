//! What a word without `$` and quotes may be in a simple condition.

use super::ast::OperandKind;
use crate::value::Number;

/// `null`, `true`, `false` and numbers (ARZ-COND-01).
pub(super) fn literal(word: &str) -> Option<OperandKind> {
    Some(match word {
        "null" => OperandKind::Null,
        "true" => OperandKind::Bool(true),
        "false" => OperandKind::Bool(false),
        _ => OperandKind::Number(Number::parse(word)?),
    })
}

/// `2XX`, `5xx`: the first digit.
pub(super) fn status_class(word: &str) -> Option<u8> {
    let (class, rest) = word.split_at_checked(1)?;
    let class = class.parse().ok().filter(|class| (1..=5).contains(class))?;
    rest.eq_ignore_ascii_case("xx").then_some(class)
}

/// Whether a word may be a string that lacks its quotes: nothing that reads like a part of another language.
pub(super) fn is_unquoted_string(word: &str) -> bool {
    !word.contains(['\'', '"', '[', ']', ',', '`']) && mistaken_word(word).is_none()
}

/// What other languages write as words, and what to write here.
pub(super) fn mistaken_word(word: &str) -> Option<&'static str> {
    Some(match word.to_ascii_lowercase().as_str() {
        "and" => "write `&&`",
        "or" => "write `||`",
        "not" => "write `!`",
        "is" | "eq" | "equals" => "write `==`",
        "ne" => "write `!=`",
        "gt" => "write `>`",
        "ge" | "gte" => "write `>=`",
        "lt" => "write `<`",
        "le" | "lte" => "write `<=`",
        "in" => "compare with each value: `$statusCode == 200 || $statusCode == 201`",
        "contains" | "matches" | "startswith" | "endswith" | "like" => {
            "use a criterion of `type: regex`, with the operand as its `context`"
        }
        "null" | "none" | "nil" | "undefined" | "nan" => "write `null`",
        "empty" | "exists" => "compare with `null`, or use a criterion of `type: jsonpath`",
        _ => return None,
    })
}
