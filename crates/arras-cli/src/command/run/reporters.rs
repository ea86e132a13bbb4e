//! Who hears of a run: the story, reports, and what is said when nothing can be run.

use std::io;

use arras_doc::diagnostic::{Diagnostic, Severity};

use super::super::spans;
use crate::args::RunArgs;
use crate::args::resolve::Usage;
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

/// The story on stderr. `notes` stand in its header, one a phrase: where a source is served, who signs.
pub(super) fn story(args: &RunArgs, context: &Context, places: &Places, notes: Vec<String>) -> Box<dyn Reporter> {
    let look = context.look(args.common.color, &context.stderr);
    let telling = Telling { detail: Detail::from(args.volume), look, places: places.clone(), notes };
    if context.is_live() {
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
pub(super) fn reporters(args: &RunArgs, context: &Context, places: &Places) -> Result<Vec<Box<dyn Reporter>>, Usage> {
    let mut reporters: Vec<Box<dyn Reporter>> = Vec::new();
    for report in &args.results.told.report {
        reporters.push(file(report, places)?);
    }
    reporters.extend(spans::reporter(args.results.told.otlp.as_ref(), &args.setup.network, context)?);
    if args.results.output == Output::Report {
        reporters.push(Box::new(Json::new(places.clone(), io::stdout())));
    }
    Ok(reporters)
}

/// The reporter that writes a report's file: events as they happen, all else in place of what was there when it is whole.
///
/// # Errors
/// If the file can't be made.
pub(in crate::command) fn file(report: &ReportFile, places: &Places) -> Result<Box<dyn Reporter>, Usage> {
    let unwritable = |error| {
        let path = report.path.to_string_lossy();
        Usage::new(format!("can't write the report `{}`: {error}", escape(&path)))
    };
    let places = places.clone();
    let whole =
        || Whole::begin(&report.path).map(|(file, whole)| (io::BufWriter::new(file), whole)).map_err(unwritable);
    let filed = |reporter: Box<dyn Reporter>, whole| Ok(Box::new(Filed::new(reporter, whole)) as Box<dyn Reporter>);
    match report.kind {
        ReportKind::Ndjson => {
            let file = output_file::private(&report.path).map_err(unwritable)?;
            Ok(Box::new(Ndjson::new(places, io::BufWriter::new(file))))
        }
        ReportKind::Json => whole().and_then(|(file, whole)| filed(Box::new(Json::new(places, file)), whole)),
        ReportKind::Junit => whole().and_then(|(file, whole)| filed(Box::new(AtEnd::junit(places, file)), whole)),
        ReportKind::Har => whole().and_then(|(file, whole)| filed(Box::new(Har::new(file)), whole)),
        ReportKind::Markdown => whole().and_then(|(file, whole)| filed(Box::new(AtEnd::markdown(places, file)), whole)),
        ReportKind::Html => whole().and_then(|(file, whole)| filed(Box::new(Html::new(places, file)), whole)),
    }
}

/// Closes all reports, tells of those that can't be written, and says how to exit for their sake.
pub(in crate::command) fn finish(reporters: Vec<Box<dyn Reporter>>, context: &Context) -> Exit {
    let mut exit = Exit::Yes;
    for reporter in reporters {
        let is_vital = reporter.is_vital();
        match reporter.finish() {
            Ok(()) => {}
            Err(error) if is_vital => {
                context.write_stderr(&format!("error: a report can't be written: {error}\n"));
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
