//! Findings for people: the rule, what is wrong, the lines it is about, what to do. Drawn by miette.

use std::fmt;
use std::io::{self, Write};

use arras_doc::diagnostic::{Diagnostic, Severity};
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan};

use super::bounded::{Shown, bounded};
use super::excerpt::Excerpts;
use super::{Checked, Places};
use crate::display::{escape, escape_lines};
use crate::look::{Lines, Look, Tone};

/// Columns that the drawing takes beside the text: line number, bars, margins.
const FRAME: usize = 9;
/// Lines of a file wider than this are cut even where lines may be long.
const WIDEST: usize = 200;

/// Writes each finding, as far as people read them, with an empty line behind it.
pub(super) fn write(checked: &Checked, places: &Places, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    few(&checked.diagnostics, places, look).try_for_each(|text| writeln!(out, "{text}"))
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
        Lines::Fit => look.width.saturating_sub(FRAME).max(20),
        Lines::Free => WIDEST,
    };
    let excerpts = Excerpts::new(&diagnostic.labels, places, columns);
    let labels = excerpts.labels(columns);
    let tone = match diagnostic.severity {
        Severity::Error => Tone::Bad,
        Severity::Warning => Tone::Caution,
        Severity::Advice => Tone::Accent,
    };
    let mut text = format!("{}\n", look.paint(tone, diagnostic.rule.id));
    let view = View { diagnostic, excerpts, labels };
    if handler(look).render_report(&mut text, &view).is_err() {
        text.push_str(&escape(&diagnostic.message));
        text.push('\n');
    }
    let text: String = text.lines().flat_map(|line| [line.trim_end(), "\n"]).collect();
    look.spell(text).into_owned()
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
        let help = self.diagnostic.help.as_deref()?;
        Some(Box::new(escape_lines(help).into_owned()))
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        (!self.labels.is_empty()).then_some(&self.excerpts as &dyn miette::SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}
