//! Dates: AWS's basic ISO 8601, HTTP's, and the days between them and 1970.

/// Unix seconds of `20150830T123600Z`; `None` for any other shape or a day that no calendar has.
pub fn parse_amz_date(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    if bytes.len() != 16 || bytes[8] != b'T' || bytes[15] != b'Z' {
        return None;
    }
    let number = |range: std::ops::Range<usize>| {
        let digits = text.get(range)?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<i64>().ok()).flatten()
    };
    let (year, month, day) = (number(0..4)?, number(4..6)?, number(6..8)?);
    let (hour, minute, second) = (number(9..11)?, number(11..13)?, number(13..15)?);
    let days = days_from_civil(year, month, day);
    let real = hour < 24 && minute < 60 && second < 61 && (1..=12).contains(&month);
    (real && civil_from_days(days) == (year, month, day)).then_some(days * 86_400 + hour * 3_600 + minute * 60 + second)
}

/// `20150830T123600Z` of Unix seconds.
pub(super) fn amz_date(seconds: i64) -> String {
    iso8601(seconds).replace(['-', ':'], "")
}

/// `2015-08-30T12:36:00Z` of Unix seconds.
pub fn iso8601(seconds: i64) -> String {
    let ((year, month, day), (hour, minute, second)) = parts(seconds);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// `Sun, 30 Aug 2015 12:36:00 GMT` of Unix seconds: HTTP's `Date`.
pub fn http_date(seconds: i64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let ((year, month, day), (hour, minute, second)) = parts(seconds);
    let weekday = usize::try_from(seconds.div_euclid(86_400).rem_euclid(7)).unwrap_or(0);
    let month = usize::try_from(month - 1).unwrap_or(0);
    format!("{}, {day:02} {} {year:04} {hour:02}:{minute:02}:{second:02} GMT", DAYS[weekday], MONTHS[month])
}

type Triple = (i64, i64, i64);

fn parts(seconds: i64) -> (Triple, Triple) {
    let within = seconds.rem_euclid(86_400);
    (civil_from_days(seconds.div_euclid(86_400)), (within / 3_600, within / 60 % 60, within % 60))
}

/// Days since 1970-01-01. Years begin in March here, so that a leap day is a year's last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn civil_from_days(days: i64) -> Triple {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_come_back() {
        for (seconds, amz, http) in [
            (1_440_938_160, "20150830T123600Z", "Sun, 30 Aug 2015 12:36:00 GMT"),
            (0, "19700101T000000Z", "Thu, 01 Jan 1970 00:00:00 GMT"),
            (951_782_400, "20000229T000000Z", "Tue, 29 Feb 2000 00:00:00 GMT"),
            (4_107_542_399, "21000228T235959Z", "Sun, 28 Feb 2100 23:59:59 GMT"),
        ] {
            assert_eq!((amz_date(seconds).as_str(), http_date(seconds).as_str()), (amz, http));
            assert_eq!(parse_amz_date(amz), Some(seconds));
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "20150830",
            "20150230T000000Z",
            "20151301T000000Z",
            "20150830T240000Z",
            "2015+830T000000Z",
            "2015083éT00000Z",
        ] {
            assert_eq!(parse_amz_date(text), None, "{text}");
        }
    }
}
