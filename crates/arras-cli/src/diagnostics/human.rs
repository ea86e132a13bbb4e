//! Findings for people: the rule, what is wrong, the lines it is about, what to do. Drawn by miette.

use std::fmt;
use std::io::{self, Write};

use arras_doc::diagnostic::{Diagnostic, Severity};
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan};

use super::bounded::{Shown, bounded};
use super::excerpt::Excerpts;
use super::{Checked, Places};
use crate::display::{escape, escape_lines, hanging, no_commands};
use crate::look::{Lines, Look, Tone};

/// Columns that the drawing takes beside the text and the line number: bars, margins, marks of what is past the end.
const FRAME: usize = 6;
/// The line numbers of most files have no more digits.
const DIGITS: usize = 3;
/// Lines of a file wider than this are cut even where lines may be long.
const WIDEST: usize = 200;

/// Writes each finding, as far as people read them, with an empty line behind it.
pub(super) fn write(checked: &Checked, places: &Places, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    few(&checked.diagnostics, places, look).try_for_each(|text| writeln!(out, "{}", no_commands(&text)))
}

/// Findings as far as people read them, each as [`render`] gives it; at the end how many more there are.
pub fn few<'d>(
    found: impl IntoIterator<Item = &'d Diagnostic>,
    places: &'d Places,
    look: &'d Look,
) -> impl Iterator<Item = String> {
    bounded(found, places).into_iter().map(move |shown| match shown {
        Shown::Finding(diagnostic) => render(diagnostic, places, look),
        Shown::More(more) => look.spell(format!("{}\n", more.line())).into_owned(),
    })
}

/// The finding as lines, each with its line break.
pub fn render(diagnostic: &Diagnostic, places: &Places, look: &Look) -> String {
    let columns = match look.lines {
        Lines::Fit => look.width.saturating_sub(FRAME + digits(diagnostic, places)).max(20),
        Lines::Free => WIDEST,
    };
    let excerpts = Excerpts::new(&diagnostic.labels, places, columns);
    let (labels, notes) = (excerpts.labels(columns), excerpts.notes(columns));
    let tone = match diagnostic.severity {
        Severity::Error => Tone::Bad,
        Severity::Warning => Tone::Caution,
        Severity::Advice => Tone::Accent,
    };
    let mut text = format!("{}\n", look.paint(tone, diagnostic.rule.id));
    let helps = notes.is_empty();
    let view = View { diagnostic, excerpts, labels, helps };
    if handler(look).render_report(&mut text, &view).is_err() {
        text.push_str(&escape(&diagnostic.message));
        text.push('\n');
    }
    notes.iter().for_each(|note| text.push_str(&below("  ", note, "    ", look)));
    if let (false, Some(help)) = (helps, &diagnostic.help) {
        text.push_str(&below(&format!("  {}", look.paint(Tone::Accent, "help: ")), help, "        ", look));
    }
    let text: String = text.lines().flat_map(|line| [line.trim_end(), "\n"]).collect();
    look.spell(text).into_owned()
}

/// How many digits the line numbers of the drawing have, or take.
fn digits(diagnostic: &Diagnostic, places: &Places) -> usize {
    let lines =
        diagnostic.labels.iter().filter_map(|label| Some(places.source(label.source)?.position(label.span.start).line));
    lines.max().map_or(0, |line| (line + 1).to_string().len()).max(DIGITS)
}

/// A text below the drawing.
fn below(first: &str, text: &str, further: &str, look: &Look) -> String {
    format!("{}\n", hanging(first, &escape_lines(text), further, look.width))
}

fn handler(look: &Look) -> GraphicalReportHandler {
    let theme = match (look.unicode, look.color) {
        (true, true) => GraphicalTheme::unicode(),
        (true, false) => GraphicalTheme::unicode_nocolor(),
        (false, true) => GraphicalTheme::ascii(),
        (false, false) => GraphicalTheme::none(),
    };
    GraphicalReportHandler::new_themed(theme)
        .with_width(look.width)
        .with_context_lines(1)
        .with_links(false)
        .without_syntax_highlighting()
        .with_break_words(false)
        .with_word_separator(textwrap::WordSeparator::AsciiSpace)
        .with_word_splitter(textwrap::WordSplitter::NoHyphenation)
}

/// The finding in miette's terms.
#[derive(Debug)]
struct View<'a> {
    diagnostic: &'a Diagnostic,
    excerpts: Excerpts,
    labels: Vec<LabeledSpan>,
    /// Whether the help belongs to the drawing.
    helps: bool,
}

impl fmt::Display for View<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&escape_lines(&self.diagnostic.message))
    }
}

impl std::error::Error for View<'_> {}

impl miette::Diagnostic for View<'_> {
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.diagnostic.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Advice => miette::Severity::Advice,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let help = self.diagnostic.help.as_deref().filter(|_| self.helps)?;
        Some(Box::new(escape_lines(help).into_owned()))
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        (!self.labels.is_empty()).then_some(&self.excerpts as &dyn miette::SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arras_doc::rule;
    use arras_doc::source::{Source, Sources};
    use arras_doc::span::Span;

    use super::*;
    use crate::display::width;

    #[test]
    fn a_drawing_fits_the_terminal_wherever_its_labels_are() {
        let condition = "$response.body#/state == 'NOPE' && $response.body#/n > 99999 || $response.body#/id == 'zzz'";
        for lines in [1, 120, 12_000] {
            let text = format!("{}- condition: {condition}\n", "\n".repeat(lines));
            let mut sources = Sources::default();
            let id = sources.add(Source::new("a.yaml", "file:///a.yaml", text.clone()));
            let places = Places::new(Arc::new(sources), |_, _| None);
            let span = |part: &str| {
                let at = text.find(part).expect("a part");
                Span::new(at, at + part.len())
            };
            let long = format!("$response.body#/id is \"{}\"", "x".repeat(300));
            let found = Diagnostic::new(rule::CRITERION_UNSATISFIED, "criterion 1 of 1 is not satisfied")
                .label(id, span("$response.body#/state == 'NOPE'"), "$response.body#/state is \"open\"")
                .label(id, span("$response.body#/n > 99999"), "$response.body#/n is 7")
                .label(id, span("$response.body#/id == 'zzz'"), long)
                .help("no onFailure action matched, so the workflow ended here; see the exchange with `-vv`");
            for columns in [40, 60, 80, 100] {
                let text = render(&found, &places, &Look::plain(columns));
                assert!(text.lines().all(|line| width(line) <= columns), "{columns}: {text}");
                for part in ["is \"open\"", "is 7", "is \"xxx", "with `-vv`"] {
                    let shown = text.replace(['│', '·'], " ").split_whitespace().collect::<Vec<_>>().join(" ");
                    assert!(shown.contains(part), "{columns}: {part}: {text}");
                }
            }
        }
    }
}
