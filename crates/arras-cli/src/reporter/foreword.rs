//! What a document deserves a word for before its workflows run: a line for each rule, or each finding in full.

use arras_doc::diagnostic::{Diagnostic, Severity};

use crate::diagnostics::{Places, concise, human};
use crate::display::{escape, hanging};
use crate::look::{Lines, Look};

/// The text that tells of the findings; `whole` shows each in full, else there is a line for each rule of warnings.
pub(crate) fn text(found: &[Diagnostic], whole: bool, places: &Places, look: &Look) -> String {
    if whole {
        return human::few(found, places, look).map(|text| format!("{text}\n")).collect();
    }
    let mut warnings: Vec<&Diagnostic> = Vec::new();
    for diagnostic in found.iter().filter(|diagnostic| diagnostic.severity == Severity::Warning) {
        if !warnings.iter().any(|known| known.rule == diagnostic.rule) {
            warnings.push(diagnostic);
        }
    }
    warnings.into_iter().map(|first| format!("{}\n", line(first, found, places, look))).collect()
}

/// The first finding of a rule, and how many more there are.
fn line(first: &Diagnostic, all: &[Diagnostic], places: &Places, look: &Look) -> String {
    let alike = all.iter().filter(|diagnostic| diagnostic.rule == first.rule).count();
    let more = if alike > 1 { format!(" (and {} more; `-v` shows all)", alike - 1) } else { String::new() };
    // a name that is nearly right is what one wants to hear
    let near = first.help.as_ref().filter(|help| help.starts_with("did you mean"));
    let near = near.map(|near| format!(": {}", escape(near))).unwrap_or_default();
    let line = format!("{}{near}{more}", concise::line(first, places));
    if look.lines == Lines::Free { line } else { hanging("", &line, "   ", look.width) }
}
