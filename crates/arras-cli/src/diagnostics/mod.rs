//! Findings, rendered: one file a format.

mod bounded;
pub mod concise;
mod excerpt;
pub mod github;
pub mod human;
pub mod json;
pub mod junit;
mod place;
pub mod sarif;

use std::io::{self, Write};

use arras_doc::diagnostic::{Diagnostic, Severity};
use arras_run::time::Timestamp;

pub use place::{Place, Places};

use crate::args::check::Format;
use crate::display::count;
use crate::look::{Look, Tone};

/// What `arras check` found.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// When; only JUnit wants to know.
    pub at: Timestamp,
    /// The files that were checked, as people named them.
    pub files: Vec<String>,
    /// The findings, in the order to print them.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether a warning fails the check, too.
    pub warnings_denied: bool,
}

impl Checked {
    /// Whether a finding fails the check.
    pub fn is_failure(&self, diagnostic: &Diagnostic) -> bool {
        diagnostic.is_error() || self.warnings_denied && diagnostic.severity == Severity::Warning
    }

    /// How many findings are that severe.
    pub fn count(&self, severity: Severity) -> usize {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count()
    }
}

/// Writes what was found.
///
/// # Errors
/// If `out` can't be written.
pub fn write(format: Format, checked: &Checked, places: &Places, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Human => human::write(checked, places, look, out),
        Format::Concise => concise::write(checked, places, out),
        Format::Json => json::write(checked, places, out),
        Format::Github => github::write(checked, places, out),
        Format::Sarif => sarif::write(checked, places, out),
        Format::Junit => junit::write(checked, places, out),
    }
}

/// The last line of the story of `arras check`: `Checked  3 files   1 error, 2 warnings`.
pub fn summary(checked: &Checked, look: &Look) -> String {
    let files = count(checked.files.len(), "file");
    let (errors, warnings) = (checked.count(Severity::Error), checked.count(Severity::Warning));
    let denied = errors == 0 && warnings > 0 && checked.warnings_denied;
    let (word, tone) = match (errors, warnings) {
        (0, 0) => ("Passed", Tone::Good),
        (0, _) if !denied => ("Passed", Tone::Caution),
        _ => ("Failed", Tone::Bad),
    };
    let parts = [(errors, "error"), (warnings, "warning")].into_iter().filter(|(number, _)| *number > 0);
    let found = parts.map(|(number, noun)| count(number, noun)).collect::<Vec<_>>().join(", ");
    let found = match (found.is_empty(), checked.files.is_empty()) {
        (true, true) => "there is no Arazzo file there".to_owned(),
        (true, false) => "nothing found".to_owned(),
        (false, _) if denied => format!("{found}: warnings are denied"),
        (false, _) => found,
    };
    look.spell(format!("{}  {files}   {found}\n", look.paint(tone, word))).into_owned()
}
