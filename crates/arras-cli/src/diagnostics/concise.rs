//! One line a finding: `file:line:col: severity[rule] message`.

use std::io::{self, Write};

use arras_doc::diagnostic::Diagnostic;

use super::bounded::{Shown, bounded};
use super::{Checked, Places};
use crate::display::escape;

/// Writes a line for each finding, as far as people read them.
pub(super) fn write(checked: &Checked, places: &Places, out: &mut dyn Write) -> io::Result<()> {
    bounded(&checked.diagnostics, places).iter().try_for_each(|shown| match shown {
        Shown::Finding(diagnostic) => writeln!(out, "{}", line(diagnostic, places)),
        Shown::More(more) => writeln!(out, "{}", more.line()),
    })
}

/// The finding on one line, without a line break.
pub fn line(diagnostic: &Diagnostic, places: &Places) -> String {
    let place = diagnostic.primary().and_then(|label| places.find(label.source, label.span));
    let place = place.map(|place| format!("{}:{}:{}: ", escape(&place.file), place.line, place.column));
    let (severity, rule) = (diagnostic.severity.as_str(), diagnostic.rule.id);
    format!("{}{severity}[{rule}] {}", place.unwrap_or_default(), escape(&diagnostic.message))
}
