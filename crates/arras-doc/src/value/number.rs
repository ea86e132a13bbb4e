//! Numbers as JSON writes them: exact, compared by quantity, printed as they were written.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

/// A JSON number of any size and precision.
///
/// ```
/// use arras_doc::value::Number;
/// let big = Number::parse("12345678901234567890123").expect("a number");
/// assert_eq!(big.to_string(), "12345678901234567890123");
/// assert_eq!(Number::parse("1.10"), Number::parse("11e-1"));
/// ```
#[derive(Clone, Debug)]
pub struct Number(Repr);

#[derive(Clone, Debug)]
enum Repr {
    /// An integer whose text is its plain decimal form.
    Small(i64),
    /// Anything else, as written.
    Text(Box<str>),
}

impl Number {
    /// Reads JSON's number grammar (RFC 8259 §6); `None` for anything else.
    pub fn parse(text: &str) -> Option<Number> {
        is_json_number(text.as_bytes()).then(|| Number::of(text))
    }

    /// Reads a text that is known to be a number by JSON's grammar.
    pub(super) fn of(text: &str) -> Number {
        let small = text.len() <= 19 && text != "-0";
        match text.parse() {
            Ok(integer) if small => Number(Repr::Small(integer)),
            _ => Number(Repr::Text(text.into())),
        }
    }

    /// The nearest binary floating-point number; infinite beyond its range.
    pub fn as_f64(&self) -> f64 {
        match &self.0 {
            #[expect(clippy::cast_precision_loss, reason = "nearest is what is asked for")]
            Repr::Small(integer) => *integer as f64,
            Repr::Text(text) => text.parse().unwrap_or(f64::NAN),
        }
    }

    /// The exact integer, if it is one (`2.0` and `2e0` are) and fits.
    pub fn as_i64(&self) -> Option<i64> {
        match &self.0 {
            Repr::Small(integer) => Some(*integer),
            Repr::Text(text) => {
                let decimal = Decimal::of(text);
                if decimal.digits.is_empty() {
                    return Some(0);
                }
                let zeros = usize::try_from(decimal.exponent).ok().filter(|zeros| *zeros <= 19)?;
                let sign = if decimal.negative { "-" } else { "" };
                format!("{sign}{}{}", decimal.digits, "0".repeat(zeros)).parse().ok()
            }
        }
    }

    /// Whether it is zero.
    pub fn is_zero(&self) -> bool {
        match &self.0 {
            Repr::Small(integer) => *integer == 0,
            Repr::Text(text) => Decimal::of(text).digits.is_empty(),
        }
    }

    pub(super) fn small(&self) -> Option<i64> {
        match self.0 {
            Repr::Small(integer) => Some(integer),
            Repr::Text(_) => None,
        }
    }

    pub(super) fn to_serde_json(&self) -> serde_json::Value {
        match &self.0 {
            Repr::Small(integer) => (*integer).into(),
            // beyond what a double holds it is still a number
            Repr::Text(text) => serde_json::from_str(text)
                .unwrap_or_else(|_| serde_json::Value::from(self.as_f64().clamp(f64::MIN, f64::MAX))),
        }
    }

    fn decimal(&self) -> Decimal {
        Decimal::of(&self.to_string())
    }
}

/// `±0.d₁d₂… × 10^magnitude` in lowest terms: no leading or trailing zero digit.
struct Decimal {
    negative: bool,
    digits: String,
    /// The power of ten of the last digit.
    exponent: i64,
}

impl Decimal {
    fn of(text: &str) -> Decimal {
        let (negative, rest) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, power) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = format!("{whole}{fraction}");
        let significant = all.trim_end_matches('0');
        let dropped = all.len() - significant.len();
        let digits = significant.trim_start_matches('0').to_owned();
        let saturated = if power.starts_with('-') { i64::MIN / 4 } else { i64::MAX / 4 };
        let power = power.parse::<i64>().unwrap_or(saturated).clamp(i64::MIN / 4, i64::MAX / 4);
        let shift = i64::try_from(dropped).unwrap_or(0) - i64::try_from(fraction.len()).unwrap_or(0);
        let negative = negative && !digits.is_empty();
        Decimal { negative, exponent: if digits.is_empty() { 0 } else { power + shift }, digits }
    }

    /// The power of ten just above the first digit.
    fn magnitude(&self) -> i64 {
        self.exponent + i64::try_from(self.digits.len()).unwrap_or(0)
    }

    fn compare(&self, other: &Decimal) -> Ordering {
        match (self.digits.is_empty(), other.digits.is_empty()) {
            (true, true) => return Ordering::Equal,
            (true, false) => return if other.negative { Ordering::Greater } else { Ordering::Less },
            (false, true) => return if self.negative { Ordering::Less } else { Ordering::Greater },
            (false, false) => {}
        }
        if self.negative != other.negative {
            return if self.negative { Ordering::Less } else { Ordering::Greater };
        }
        let size = self.magnitude().cmp(&other.magnitude()).then_with(|| self.digits.cmp(&other.digits));
        if self.negative { size.reverse() } else { size }
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Number) -> Ordering {
        match (&self.0, &other.0) {
            (Repr::Small(a), Repr::Small(b)) => a.cmp(b),
            _ => self.decimal().compare(&other.decimal()),
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Number) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Number) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let decimal = self.decimal();
        (decimal.negative, decimal.digits, decimal.exponent).hash(state);
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Small(integer) => write!(f, "{integer}"),
            Repr::Text(text) => f.write_str(text),
        }
    }
}

macro_rules! from_integer {
    ($($integer:ty),*) => {$(
        impl From<$integer> for Number {
            fn from(value: $integer) -> Number {
                match i64::try_from(value) {
                    Ok(integer) => Number(Repr::Small(integer)),
                    Err(_) => Number(Repr::Text(value.to_string().into())),
                }
            }
        }
    )*};
}

from_integer!(i32, i64, u16, u32, u64, usize);

impl Number {
    /// The shortest decimal that reads back as `value`; `None` for infinities and NaN.
    pub fn from_f64(value: f64) -> Option<Number> {
        value.is_finite().then(|| Number::parse(&serde_json::Value::from(value).to_string())).flatten()
    }
}

/// Whether `text` is wholly one number by JSON's grammar (RFC 8259 §6).
pub(crate) fn is_json_number(text: &[u8]) -> bool {
    fn digits(text: &[u8]) -> usize {
        text.iter().take_while(|byte| byte.is_ascii_digit()).count()
    }
    let mut rest = text.strip_prefix(b"-").unwrap_or(text);
    let whole = digits(rest);
    if whole == 0 || (whole > 1 && rest[0] == b'0') {
        return false;
    }
    rest = &rest[whole..];
    if let Some(fraction) = rest.strip_prefix(b".") {
        let count = digits(fraction);
        if count == 0 {
            return false;
        }
        rest = &fraction[count..];
    }
    if let Some(power) = rest.strip_prefix(b"e").or_else(|| rest.strip_prefix(b"E")) {
        let power = power.strip_prefix(b"+").or_else(|| power.strip_prefix(b"-")).unwrap_or(power);
        let count = digits(power);
        if count == 0 {
            return false;
        }
        rest = &power[count..];
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn number(text: &str) -> Number {
        Number::parse(text).expect("a number")
    }

    #[test]
    fn only_json_numbers_are_numbers() {
        for text in ["0", "-0", "10", "1.5", "1e5", "1E+5", "1.0e-3", "123456789012345678901234567890"] {
            assert_eq!(number(text).to_string(), text);
        }
        for text in ["", "-", "01", "+1", ".5", "1.", "1e", "1e+", "0x1", "1_0", "NaN", " 1", "1 "] {
            assert!(Number::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn quantities_compare_exactly() {
        let ascending = [
            "-1e400",
            "-20",
            "-3",
            "-0.5",
            "0",
            "1e-400",
            "0.1",
            "0.10000000000000000001",
            "1",
            "9",
            "10",
            "11.5",
            "9007199254740992",
            "9007199254740993",
            "12345678901234567890123",
            "12345678901234567890124",
            "1e400",
        ];
        for (at, text) in ascending.iter().enumerate() {
            for (other, text_of_other) in ascending.iter().enumerate() {
                assert_eq!(number(text).cmp(&number(text_of_other)), at.cmp(&other), "{text} {text_of_other}");
            }
        }
        for (a, b) in [("1", "1.0"), ("1e2", "100"), ("-0", "0"), ("0e5", "0.0"), ("1.50", "15e-1")] {
            assert_eq!(number(a), number(b));
        }
    }

    #[test]
    fn integers_are_recognised_in_any_spelling() {
        assert_eq!(number("2.0").as_i64(), Some(2));
        assert_eq!(number("-25e2").as_i64(), Some(-2500));
        assert_eq!(number("2.5").as_i64(), None);
        assert_eq!(number("9223372036854775808").as_i64(), None);
        assert_eq!(number("1e999999999999").as_i64(), None);
        assert_eq!(number("0.000").as_i64(), Some(0));
    }

    proptest! {
        #[test]
        fn agrees_with_i128(a in any::<i64>(), b in any::<i64>(), zeros in 0usize..4) {
            let spelled = format!("{a}.{}", "0".repeat(zeros + 1));
            prop_assert_eq!(number(&spelled).cmp(&Number::from(b)), a.cmp(&b));
            prop_assert_eq!(number(&spelled).as_i64(), Some(a));
        }

        #[test]
        fn floats_read_back(value in any::<f64>().prop_filter("finite", |value| value.is_finite())) {
            prop_assert_eq!(Number::from_f64(value).map(|number| number.as_f64()), Some(value));
        }
    }
}
