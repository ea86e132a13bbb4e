//! Numbers as text and back (XPath 1.0 §3.5, §4.4), and as XPath 2.0 casts them.

/// The number that a text spells, NaN if it spells none: digits with at most one point, perhaps a `-`, blank space around.
pub(super) fn parse(text: &str) -> f64 {
    let trimmed = trim(text);
    let digits = trimmed.strip_prefix('-').unwrap_or(trimmed);
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if plain && digits.bytes().any(|byte| byte.is_ascii_digit()) {
        trimmed.parse().unwrap_or(f64::NAN)
    } else {
        f64::NAN
    }
}

/// The number that a text spells as an `xs:double`; `None` where the cast is an error.
pub(super) fn cast(text: &str) -> Option<f64> {
    let trimmed = trim(text);
    match trimmed {
        "INF" | "+INF" => return Some(f64::INFINITY),
        "-INF" => return Some(f64::NEG_INFINITY),
        "NaN" => return Some(f64::NAN),
        _ => {}
    }
    let plain = trimmed.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    if plain { trimmed.parse().ok() } else { None }
}

/// The text of a number: without exponent, integers without a point.
pub(super) fn to_text(number: f64) -> String {
    if number.is_nan() {
        "NaN".to_owned()
    } else if number.is_infinite() {
        if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned()
    } else if number == 0.0 {
        "0".to_owned()
    } else {
        number.to_string()
    }
}

/// Rounds to the nearest integer, halves towards positive infinity.
pub(super) fn round(number: f64) -> f64 {
    let floor = number.floor();
    if number - floor < 0.5 || number.fract() == 0.0 { floor.copysign(number) } else { number.ceil().copysign(number) }
}

fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\n', '\r'])
}
