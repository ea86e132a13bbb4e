//! What a plain scalar means by the core schema (YAML 1.2 §10.3), and how far readers agree on it.

use crate::diagnostic::{Diagnostic, Edit, Fix};
use crate::node::{Scalar, ScalarText};
use crate::read::Findings;
use crate::rule;
use crate::span::Span;
use crate::value::is_json_number;

/// The value of a scalar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Resolved {
    Null,
    Bool(bool),
    /// A number; its JSON form where that isn't the text itself.
    Number(Option<String>),
    /// The text itself.
    Text,
    /// A number that JSON can't express; read as text.
    NoNumber,
}

impl Resolved {
    /// The scalar for the tree; `own` is the scalar's own text.
    pub(super) fn borrow<'a>(&'a self, own: ScalarText<'a>) -> Scalar<'a> {
        match self {
            Resolved::Null => Scalar::Null,
            Resolved::Bool(value) => Scalar::Bool(*value),
            Resolved::Number(json) => Scalar::Number(json.as_deref().map_or(own, ScalarText::Decoded)),
            Resolved::Text | Resolved::NoNumber => Scalar::String(own),
        }
    }
}

/// How far the readers of YAML agree on a spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spelling {
    /// All do.
    Plain,
    /// It has its meaning from the core schema, not from JSON.
    Loose,
    /// Readers of YAML 1.1, or people, take it for this.
    Surprising(&'static str),
}

/// The value that the core schema gives to a plain scalar.
pub(super) fn resolve(text: &str) -> (Resolved, Spelling) {
    match text {
        "" | "null" => (Resolved::Null, Spelling::Plain),
        "~" | "Null" | "NULL" => (Resolved::Null, Spelling::Loose),
        "true" => (Resolved::Bool(true), Spelling::Plain),
        "false" => (Resolved::Bool(false), Spelling::Plain),
        "True" | "TRUE" => (Resolved::Bool(true), Spelling::Loose),
        "False" | "FALSE" => (Resolved::Bool(false), Spelling::Loose),
        "yes" | "Yes" | "YES" | "on" | "On" | "ON" => (Resolved::Text, Spelling::Surprising("`true`")),
        "no" | "No" | "NO" | "off" | "Off" | "OFF" => (Resolved::Text, Spelling::Surprising("`false`")),
        _ if text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-' | '.')) => number(text),
        _ => (Resolved::Text, Spelling::Plain),
    }
}

/// Text that begins as a number may.
fn number(text: &str) -> (Resolved, Spelling) {
    if is_json_number(text.as_bytes()) {
        return (Resolved::Number(None), Spelling::Plain);
    }
    if let Some((digits, radix)) = based(text) {
        // 128 bits are far beyond what any field holds; past them the text is no sensible number
        return match u128::from_str_radix(digits, radix) {
            Ok(value) => (Resolved::Number(Some(value.to_string())), Spelling::Loose),
            Err(_) => (Resolved::NoNumber, Spelling::Loose),
        };
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    match unsigned {
        ".inf" | ".Inf" | ".INF" => return (Resolved::NoNumber, Spelling::Loose),
        ".nan" | ".NaN" | ".NAN" if unsigned.len() == text.len() => return (Resolved::NoNumber, Spelling::Loose),
        _ => {}
    }
    match decimal(text) {
        Some(json) if octal_in_yaml_1_1(unsigned) => (Resolved::Number(Some(json)), Spelling::Surprising("octal")),
        Some(json) if leading_zero(unsigned) => (Resolved::Number(Some(json)), Spelling::Surprising("a text")),
        Some(json) => (Resolved::Number(Some(json)), Spelling::Loose),
        None => (Resolved::Text, surprise(unsigned)),
    }
}

/// The digits and the base of `0x1F` or `0o17`.
fn based(text: &str) -> Option<(&str, u32)> {
    let (digits, radix) = match text.strip_prefix("0x") {
        Some(digits) => (digits, 16),
        None => (text.strip_prefix("0o")?, 8),
    };
    (!digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix))).then_some((digits, radix))
}

/// The JSON form of a decimal that the core schema takes and JSON does not: `+1`, `012`, `.5`, `1.`, `-.5e3`.
fn decimal(text: &str) -> Option<String> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, power) = match rest.find(['e', 'E']) {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if (whole.is_empty() && fraction.is_empty()) || !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let significant = whole.trim_start_matches('0');
    let whole = if significant.is_empty() { "0" } else { significant };
    let point = if fraction.is_empty() { "" } else { "." };
    let json = format!("{sign}{whole}{point}{fraction}{power}");
    is_json_number(json.as_bytes()).then_some(json)
}

fn leading_zero(unsigned: &str) -> bool {
    unsigned.len() > 1 && unsigned.starts_with('0') && unsigned.bytes().all(|byte| byte.is_ascii_digit())
}

fn octal_in_yaml_1_1(unsigned: &str) -> bool {
    leading_zero(unsigned) && unsigned.bytes().all(|byte| matches!(byte, b'0'..=b'7'))
}

/// What YAML 1.1 took a text for that the core schema leaves a text.
fn surprise(unsigned: &str) -> Spelling {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let starts_with_digit = unsigned.starts_with(|first: char| first.is_ascii_digit());
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    if starts_with_digit && unsigned.contains('_') && digits(whole) && digits(fraction) {
        return Spelling::Surprising("a number");
    }
    if let Some(bits) = unsigned.strip_prefix("0b")
        && !bits.is_empty()
        && bits.bytes().all(|byte| matches!(byte, b'0' | b'1' | b'_'))
    {
        return Spelling::Surprising("a number");
    }
    let mut parts = unsigned.split(':');
    let first = parts.next().is_some_and(|first| digits(first) && !first.starts_with('0'));
    let mut rest = parts.peekable();
    let sixtieth = |part: &str| part.len() <= 2 && part.parse::<u8>().is_ok_and(|value| value < 60);
    if first && rest.peek().is_some() && rest.all(sixtieth) {
        return Spelling::Surprising("a number in base 60");
    }
    Spelling::Plain
}

/// Reports a spelling that not all readers take alike.
pub(super) fn report(text: &str, resolved: &Resolved, spelling: Spelling, span: Span, findings: &mut Findings) {
    let source = findings.source();
    let replace = |title: String, replacement: String| Fix { title, edits: vec![Edit { source, span, replacement }] };
    let value = match resolved {
        Resolved::NoNumber => {
            let found = Diagnostic::new(rule::INVALID_NUMBER, format!("`{text}` is a number that JSON can't express"));
            findings.push(found.at(source, span).help("quote it if it is a text"));
            return;
        }
        Resolved::Text => None,
        Resolved::Null => Some("null"),
        Resolved::Bool(true) => Some("true"),
        Resolved::Bool(false) => Some("false"),
        Resolved::Number(json) => Some(json.as_deref().unwrap_or(text)),
    };
    match (spelling, value) {
        (Spelling::Plain, _) | (Spelling::Loose, None) => {}
        (Spelling::Loose, Some(value)) => {
            let found = Diagnostic::new(rule::LOOSE_SCALAR, format!("`{text}` is read as `{value}`")).at(source, span);
            let help = format!("write `{value}`, or quote it if it is a text");
            findings.push(found.help(help).fix(replace(format!("write `{value}`"), value.to_owned())));
        }
        (Spelling::Surprising(other), Some(value)) => {
            let message = format!("`{text}` is read as the number `{value}`, which others take for {other}");
            let found = Diagnostic::new(rule::AMBIGUOUS_SCALAR, message).at(source, span);
            findings.push(found.help(format!("write `{value}`, or quote it if it is a text")));
        }
        (Spelling::Surprising(other), None) => {
            let message = format!("`{text}` is read as a text, which others take for {other}");
            let found = Diagnostic::new(rule::AMBIGUOUS_SCALAR, message).at(source, span);
            findings.push(
                found
                    .help("quote it to say that it is a text")
                    .fix(replace("quote it".to_owned(), format!("\"{text}\""))),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_core_schema_resolves_and_normalises() {
        use Spelling::{Loose, Plain};
        let number = |json: &str| Resolved::Number(Some(json.to_owned()));
        let octal = Spelling::Surprising("octal");
        let table = [
            ("", Resolved::Null, Plain),
            ("null", Resolved::Null, Plain),
            ("~", Resolved::Null, Loose),
            ("NULL", Resolved::Null, Loose),
            ("nULL", Resolved::Text, Plain),
            ("true", Resolved::Bool(true), Plain),
            ("FALSE", Resolved::Bool(false), Loose),
            ("0", Resolved::Number(None), Plain),
            ("-1.50e+3", Resolved::Number(None), Plain),
            ("1e3", Resolved::Number(None), Plain),
            ("12345678901234567890123", Resolved::Number(None), Plain),
            ("+1", number("1"), Loose),
            ("1.", number("1"), Loose),
            ("-1.", number("-1"), Loose),
            (".5", number("0.5"), Loose),
            ("-.5e3", number("-0.5e3"), Loose),
            ("1.e3", number("1e3"), Loose),
            ("00.50", number("0.50"), Loose),
            ("0x1F", number("31"), Loose),
            ("0o17", number("15"), Loose),
            ("0xffffffffffffffffffffffffffffffffff", Resolved::NoNumber, Loose),
            ("012", number("12"), octal),
            ("-012", number("-12"), octal),
            ("000", number("0"), octal),
            ("08", number("8"), Spelling::Surprising("a text")),
            (".inf", Resolved::NoNumber, Loose),
            ("-.INF", Resolved::NoNumber, Loose),
            (".NaN", Resolved::NoNumber, Loose),
            ("-.nan", Resolved::Text, Plain),
            ("no", Resolved::Text, Spelling::Surprising("`false`")),
            ("On", Resolved::Text, Spelling::Surprising("`true`")),
            ("oN", Resolved::Text, Plain),
            ("y", Resolved::Text, Plain),
            ("1_000", Resolved::Text, Spelling::Surprising("a number")),
            ("0b11", Resolved::Text, Spelling::Surprising("a number")),
            ("12:30", Resolved::Text, Spelling::Surprising("a number in base 60")),
            ("12:30:59", Resolved::Text, Spelling::Surprising("a number in base 60")),
            ("80:80", Resolved::Text, Plain),
            ("08:30", Resolved::Text, Plain),
            ("2024-01-01", Resolved::Text, Plain),
            ("1.0.0", Resolved::Text, Plain),
            ("+", Resolved::Text, Plain),
            (".", Resolved::Text, Plain),
            ("-", Resolved::Text, Plain),
            ("+.", Resolved::Text, Plain),
            (".e3", Resolved::Text, Plain),
            ("1e", Resolved::Text, Plain),
            ("0x", Resolved::Text, Plain),
            ("0xG", Resolved::Text, Plain),
            ("0o8", Resolved::Text, Plain),
            ("-0x1F", Resolved::Text, Plain),
            ("+-1", Resolved::Text, Plain),
            ("1 2", Resolved::Text, Plain),
            ("$response.body", Resolved::Text, Plain),
        ];
        for (text, resolved, spelling) in table {
            assert_eq!(resolve(text), (resolved, spelling), "{text}");
        }
    }
}
