//! Who hears of a run: the story, reports, and what is said when nothing can be run.

use std::io;

use arras_doc::diagnostic::{Diagnostic, Severity};

use super::super::{Failure, spans};
use crate::args::RunArgs;
use crate::args::run::Output;
use crate::args::values::{ReportFile, ReportKind};
use crate::context::{self, Context};
use crate::diagnostics::{Places, human};
use crate::display::{count, escape};
use crate::exit::Exit;
use crate::look::Tone;
use crate::output_file::{self, Whole};
use crate::reporter::at_end::AtEnd;
use crate::reporter::filed::Filed;
use crate::reporter::har::Har;
use crate::reporter::html::Html;
use crate::reporter::json::Json;
use crate::reporter::live::Live;
use crate::reporter::ndjson::Ndjson;
use crate::reporter::story::Story;
use crate::reporter::{Detail, Reporter, Telling};

/// The story on stderr. `notes` stand in its header, one a phrase: where a source is served, who signs. A replay has the
/// times of its recording, by which nothing is waited for now.
pub(super) fn story(
    args: &RunArgs,
    context: &Context,
    places: &Places,
    notes: Vec<String>,
    replayed: bool,
) -> Box<dyn Reporter> {
    let look = context.look(args.common.color, &context.stderr);
    let telling = Telling { detail: Detail::from(args.volume), look, places: places.clone(), notes };
    if replayed {
        Box::new(Story::new(telling, io::stderr()))
    } else if context.is_live() {
        let columns = move || context::terminal_columns().unwrap_or(look.width);
        Box::new(Live::new(telling, io::stderr(), context::now, columns))
    } else {
        Box::new(Story::watched(telling, io::stderr(), context::now))
    }
}

/// Everyone else who wants to hear of the run: report files, a collector of spans, the report on stdout.
///
/// # Errors
/// If a report's file can't be made, or an option of the network can't be understood.
pub(super) fn reporters(args: &RunArgs, context: &Context, places: &Places) -> Result<Vec<Box<dyn Reporter>>, Failure> {
    let mut reporters: Vec<Box<dyn Reporter>> = Vec::new();
    for report in &args.results.told.report {
        reporters.push(file(report, places)?);
    }
    reporters.extend(spans::reporter(args.results.told.otlp.as_ref(), &args.setup.network, context)?);
    if args.results.output == Output::Report {
        let json = Json::new(places.clone(), io::stdout());
        reporters.push(Box::new(Filed::new(Box::new(json), "to stdout".to_owned(), None)));
    }
    Ok(reporters)
}

/// The reporter that writes a report's file: events as they happen, all else in place of what was there when it is whole.
///
/// # Errors
/// If the file can't be made.
pub(in crate::command) fn file(report: &ReportFile, places: &Places) -> Result<Box<dyn Reporter>, Failure> {
    let what = format!("the {} report `{}`", report.kind.name(), escape(&report.path.to_string_lossy()));
    let begun = match report.kind {
        ReportKind::Ndjson => output_file::private(&report.path).map(|file| (file, None)),
        _ => Whole::begin(&report.path).map(|(file, whole)| (file, Some(whole))),
    };
    let (file, whole) = begun.map_err(|error| Failure::Environment(format!("can't write {what}: {error}")))?;
    let (file, places) = (io::BufWriter::new(file), places.clone());
    let reporter: Box<dyn Reporter> = match report.kind {
        ReportKind::Ndjson => Box::new(Ndjson::new(places, file)),
        ReportKind::Json => Box::new(Json::new(places, file)),
        ReportKind::Junit => Box::new(AtEnd::junit(places, file)),
        ReportKind::Har => Box::new(Har::new(file)),
        ReportKind::Markdown => Box::new(AtEnd::markdown(places, file)),
        ReportKind::Html => Box::new(Html::new(places, file)),
    };
    Ok(Box::new(Filed::new(reporter, what, whole)))
}

/// Closes all reports, tells of those that can't be written, and says how to exit for their sake.
pub(in crate::command) fn finish(reporters: Vec<Box<dyn Reporter>>, context: &Context) -> Exit {
    let mut exit = Exit::Yes;
    for reporter in reporters {
        let is_vital = reporter.is_vital();
        match reporter.finish() {
            Ok(()) => {}
            Err(error) if is_vital => {
                context.write_stderr(&format!("error: {error}\n"));
                exit = Exit::Environment;
            }
            Err(error) => context.write_stderr(&format!("warning: {error}\n")),
        }
    }
    exit
}

/// Tells on stderr why nothing was run: each finding, then one summary line.
pub(super) fn refuse(args: &RunArgs, diagnostics: &[Diagnostic], places: &Places, context: &Context) -> Exit {
    let look = context.look(args.common.color, &context.stderr);
    let quiet = args.volume.quiet;
    let told = diagnostics.iter().filter(|diagnostic| !quiet && diagnostic.severity > Severity::Advice);
    for text in human::few(told, places, &look) {
        context.write_stderr(&format!("{text}\n"));
    }
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).count();
    let file = args.file.to_string_lossy();
    let word = look.paint(Tone::Bad, "Refused");
    // where the findings are not told, the summary says why
    let first = diagnostics.iter().find(|diagnostic| quiet && diagnostic.is_error());
    let why = first.map(|first| format!(": {}", escape(&first.message))).unwrap_or_default();
    let line = format!("{word}  {}   {}{why}\n", escape(&file), count(errors, "error"));
    context.write_stderr(&look.spell(line));
    Exit::of_refusal(diagnostics)
}
