//! Findings as JUnit XML: a suite a file, a failed case an error or a denied warning, a passed case a file without any.
//!
//! The form is that of Ant's schema, the strictest in use: no attribute or element that it doesn't know, none left out.

use std::io::{self, Write};

use arras_doc::diagnostic::Diagnostic;
use arras_run::time::Timestamp;
use indexmap::IndexMap;

use super::{Checked, Places, concise};

/// Writes the suites.
pub(super) fn write(checked: &Checked, places: &Places, out: &mut dyn Write) -> io::Result<()> {
    let mut suites: IndexMap<String, Vec<&Diagnostic>> =
        checked.files.iter().map(|file| (file.clone(), Vec::new())).collect();
    for diagnostic in &checked.diagnostics {
        let file = diagnostic.primary().and_then(|label| places.source(label.source));
        let file = file.map_or_else(|| "arras".to_owned(), |source| source.name.to_string());
        suites.entry(file).or_default().push(diagnostic);
    }
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(out, "<testsuites>")?;
    for (id, (file, findings)) in suites.iter().enumerate() {
        suite(id, file, findings, checked, places, out)?;
    }
    writeln!(out, "</testsuites>")
}

fn suite(
    id: usize,
    file: &str,
    findings: &[&Diagnostic],
    checked: &Checked,
    places: &Places,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (errors, others): (Vec<&Diagnostic>, Vec<&Diagnostic>) =
        findings.iter().partition(|diagnostic| checked.is_failure(diagnostic));
    let (name, tests, failures) = (xml(file), errors.len().max(1), errors.len());
    let time = time(checked.at);
    write!(out, r#"  <testsuite id="{id}" package="arras" name="{name}" timestamp="{time}" hostname="localhost" "#)?;
    writeln!(out, r#"tests="{tests}" failures="{failures}" errors="0" time="0">"#)?;
    writeln!(out, "    <properties/>")?;
    if errors.is_empty() {
        writeln!(out, r#"    <testcase classname="{name}" name="check" time="0"/>"#)?;
    }
    errors.iter().try_for_each(|diagnostic| failed_case(&name, diagnostic, places, out))?;
    write!(out, "    <system-out>")?;
    for (at, diagnostic) in others.iter().enumerate() {
        let before = if at > 0 { "&#10;" } else { "" };
        write!(out, "{before}{}", xml(&concise::line(diagnostic, places)))?;
    }
    writeln!(out, "</system-out>")?;
    writeln!(out, "    <system-err/>")?;
    writeln!(out, "  </testsuite>")
}

fn failed_case(suite: &str, diagnostic: &Diagnostic, places: &Places, out: &mut dyn Write) -> io::Result<()> {
    let (rule, message) = (xml(diagnostic.rule.id), xml(&diagnostic.message));
    let place = diagnostic.primary().and_then(|label| places.find(label.source, label.span));
    let at = place.map(|place| format!(" at {}:{}", place.line, place.column)).unwrap_or_default();
    let help = diagnostic.help.as_ref().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
    let text = xml(&format!("{}{help}", concise::line(diagnostic, places)));
    writeln!(out, r#"    <testcase classname="{suite}" name="{rule}{at}" time="0">"#)?;
    writeln!(out, r#"      <failure type="{rule}" message="{message}">{text}</failure>"#)?;
    writeln!(out, "    </testcase>")
}

/// ISO 8601 in UTC, as the schema wants it: without fractions and zone.
pub(crate) fn time(at: Timestamp) -> String {
    let seconds = at.0 / 1000;
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = date(days);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
}

/// ISO 8601 in UTC with milliseconds.
pub(crate) fn instant(at: Timestamp) -> String {
    format!("{}.{:03}Z", time(at), at.0 % 1000)
}

/// The Gregorian date of a number of days since 1970-01-01, counted in years that begin in March.
fn date(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

/// Text as character data or attribute value; what XML 1.0 can't hold becomes U+FFFD.
pub(crate) fn xml(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            '\t' => escaped.push_str("&#9;"),
            '\r' => escaped.push_str("&#13;"),
            '\u{0}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}' => escaped.push('\u{FFFD}'),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_dates() {
        let cases = [
            (0, "1970-01-01T00:00:00"),
            (951_782_399_999, "2000-02-28T23:59:59"),
            (951_782_400_000, "2000-02-29T00:00:00"),
            (1_798_761_599_000, "2026-12-31T23:59:59"),
            (4_107_542_400_000, "2100-03-01T00:00:00"),
        ];
        for (millis, expected) in cases {
            assert_eq!(time(Timestamp(millis)), expected);
        }
    }

    #[test]
    fn xml_holds_no_forbidden_character() {
        assert_eq!(xml("a<b>&\"\u{1b}\n"), "a&lt;b&gt;&amp;&quot;\u{FFFD}&#10;");
    }
}
