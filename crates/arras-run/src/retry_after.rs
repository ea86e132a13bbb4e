//! The `Retry-After` header: seconds, or a date.

use core::time::Duration;

use crate::time::Timestamp;

/// How long after `now` the header asks to wait; zero for a date in the past, `None` if it can't be read.
pub fn parse(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX / 1000)));
    }
    Some(date(text)?.since(now))
}

/// An HTTP date in any of its three forms (RFC 9110 §5.6.7).
pub fn date(text: &str) -> Option<Timestamp> {
    let words: Vec<&str> = text.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    match words.as_slice() {
        [_, day, month, year, time, "GMT"] => timestamp(year.parse().ok()?, month, day, time),
        [_, date, time, "GMT"] => {
            let mut parts = date.split('-');
            let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?.parse::<i64>().ok()?);
            timestamp(if year < 70 { 2000 + year } else { 1900 + year }, month, day, time)
        }
        [_, month, day, time, year] => timestamp(year.parse().ok()?, month, day, time),
        _ => None,
    }
}

fn timestamp(year: i64, month: &str, day: &str, time: &str) -> Option<Timestamp> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = i64::try_from(MONTHS.iter().position(|name| *name == month)?).ok()? + 1;
    let day: i64 = day.parse().ok().filter(|day| (1..=31).contains(day))?;
    let mut clock = time.split(':').map(|part| part.parse::<i64>().ok());
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    let valid = (1970..=9999).contains(&year)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..=60).contains(&second);
    let seconds = ((days_since_epoch(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
    valid.then(|| u64::try_from(seconds * 1000).ok().map(Timestamp)).flatten()
}

/// Days from 1970-01-01 to a date of the Gregorian calendar, counting years from March so that leap days come last.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_and_garbage() {
        let now = Timestamp(784_111_777_000);
        let seconds = |text| parse(text, now).map(|wait| wait.as_secs());
        assert_eq!(seconds("0"), Some(0));
        assert_eq!(seconds(" 120 "), Some(120));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:49:47 GMT"), Some(10));
        assert_eq!(seconds("Sunday, 06-Nov-94 08:49:47 GMT"), Some(10));
        assert_eq!(seconds("Sun Nov  6 08:49:47 1994"), Some(10));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:00:00 GMT"), Some(0));
        assert!(seconds("99999999999999999999999").is_some_and(|wait| wait > 1_000_000));
        for garbage in ["", "-1", "1.5", "soon", "Sun, 99 Nov 1994 08:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT"] {
            assert_eq!(parse(garbage, now), None, "{garbage}");
        }
    }

    #[test]
    fn dates_across_leap_years() {
        assert_eq!(date("Thu, 01 Jan 1970 00:00:00 GMT"), Some(Timestamp(0)));
        assert_eq!(date("Tue, 29 Feb 2000 00:00:00 GMT"), Some(Timestamp(951_782_400_000)));
        assert_eq!(date("Sun, 22 Nov 2026 09:00:00 GMT"), Some(Timestamp(1_795_338_000_000)));
    }
}
