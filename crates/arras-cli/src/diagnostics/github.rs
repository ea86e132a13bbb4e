//! Findings as annotations of a GitHub workflow: `::error file=…,line=…::message`.

use std::io::{self, Write};

use arras_doc::diagnostic::{Diagnostic, Severity};

use super::bounded::{More, Shown, bounded};
use super::{Checked, Places};
use crate::display::escape_lines;

/// Writes a workflow command for each finding, as far as people read them.
pub(super) fn write(checked: &Checked, places: &Places, out: &mut dyn Write) -> io::Result<()> {
    bounded(&checked.diagnostics, places).iter().try_for_each(|shown| match shown {
        Shown::Finding(diagnostic) => writeln!(out, "{}", command(diagnostic, places)),
        Shown::More(more) => writeln!(out, "{}", rest(more)),
    })
}

fn command(diagnostic: &Diagnostic, places: &Places) -> String {
    let kind = kind(diagnostic.severity);
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

fn rest(more: &More) -> String {
    let file = more.file.as_ref().map(|file| format!("file={},", property(file))).unwrap_or_default();
    format!("::{} {file}title={}::{}", kind(more.severity), property(more.rule), data(&more.line()))
}

fn kind(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Advice => "notice",
    }
}

/// Text after the second `::`.
fn data(text: &str) -> String {
    escape_lines(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property, which also ends at `:` and `,`.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
