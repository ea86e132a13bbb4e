//! Findings as annotations of a GitHub workflow: `::error file=…,line=…::message`.

use std::io::{self, Write};

use arras_doc::diagnostic::{Diagnostic, Severity};

use super::{Checked, Places};
use crate::display::escape_lines;

/// Writes a workflow command for each finding.
pub(super) fn write(checked: &Checked, places: &Places, out: &mut dyn Write) -> io::Result<()> {
    checked.diagnostics.iter().try_for_each(|diagnostic| writeln!(out, "{}", command(diagnostic, places)))
}

fn command(diagnostic: &Diagnostic, places: &Places) -> String {
    let kind = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Advice => "notice",
    };
    let place = diagnostic.primary().and_then(|label| places.find(label.source, label.span));
    let place = place.map(|place| {
        // A column range only makes sense on one line.
        let columns = match place.line == place.end_line {
            true => format!(",col={},endColumn={}", place.column, place.end_column),
            false => String::new(),
        };
        format!("file={},line={},endLine={}{columns},", property(&place.file), place.line, place.end_line)
    });
    let mut message = diagnostic.message.clone();
    if let Some(help) = &diagnostic.help {
        message.push_str("\nhelp: ");
        message.push_str(help);
    }
    format!("::{kind} {}title={}::{}", place.unwrap_or_default(), property(diagnostic.rule.id), data(&message))
}

/// Text after the second `::`.
fn data(text: &str) -> String {
    escape_lines(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property, which also ends at `:` and `,`.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
