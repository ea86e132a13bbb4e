//! Durations: a number and a unit.

use std::time::Duration;

/// Reads `500ms`, `2s`, `1.5m`, `1h` or `0`.
///
/// # Errors
/// Says what a duration looks like.
pub fn duration(text: &str) -> Result<Duration, String> {
    const HELP: &str = "a duration is a number and a unit: `500ms`, `2s`, `5m`, `1h`, or `0`";
    let digits = text.find(|char: char| !char.is_ascii_digit() && char != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let seconds = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        "" if number == "0" => 1.0,
        _ => return Err(HELP.to_owned()),
    };
    let well_formed = number.starts_with(|char: char| char.is_ascii_digit()) && !number.ends_with('.');
    let number: f64 = number.parse().ok().filter(|_| well_formed).ok_or(HELP)?;
    let millis = (number * seconds * 1000.0).round();
    if millis > 3.2e12 {
        return Err("longer than a hundred years".to_owned());
    }
    Duration::try_from_secs_f64(millis / 1000.0).map_err(|_| HELP.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let millis = |text: &str| duration(text).ok().map(|duration| duration.as_millis());
        let cases = [
            ("500ms", Some(500)),
            ("2s", Some(2000)),
            ("1.5s", Some(1500)),
            ("0.1s", Some(100)),
            ("5m", Some(300_000)),
            ("1h", Some(3_600_000)),
            ("0", Some(0)),
            ("0s", Some(0)),
            ("", None),
            ("5", None),
            ("-1s", None),
            ("1 s", None),
            ("1e3s", None),
            (".5s", None),
            ("5.s", None),
            ("1.2.3s", None),
            ("5d", None),
            ("999999999999h", None),
        ];
        for (text, expected) in cases {
            assert_eq!(millis(text), expected, "{text}");
        }
    }
}
