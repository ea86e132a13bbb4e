//! `arras run`.

pub(super) mod choose;
mod drafts;
mod drifted;
mod dry;
pub(super) mod given;
pub(super) mod idle;
pub(super) mod input_values;
pub(super) mod known;
mod mocked;
pub(super) mod prepare;
pub(super) mod reporters;
pub(super) mod settings;
pub(super) mod taping;
#[cfg(test)]
mod tests;
mod told;

use std::pin::{Pin, pin};

use arras::recording::Replay;
use arras::{Error, WorkflowRun};
use arras_doc::diagnostic::{Diagnostic, has_errors};
use arras_doc::value::Object;
use arras_run::effect::{CancelReason, Outcome, Status};
use arras_run::event::{Event, EventKind};

use super::written::Written;
use super::{Failure, places, signals, spans};
use crate::args::resolve::Invocation;
use crate::args::run::Output;
use crate::args::{Command, RunArgs};
use crate::context::Context;
use crate::diagnostics::Places;
use crate::display::escape;
use crate::exit::{self, Exit};
use crate::look::Tone;
use crate::reporter::{Case, foreword, outputs};
use drifted::Drifted;
use taping::{Tape, Taping};
use told::Told;

/// Carries out `arras run`.
pub(super) fn run(args: &RunArgs, invocation: &Invocation, context: &Context) -> Exit {
    super::on_runtime(context, async {
        match carry_out(args, invocation, context).await {
            Ok(exit) => exit,
            Err(failure) => failure.tell(args.common.color, context),
        }
    })
}

async fn carry_out(args: &RunArgs, invocation: &Invocation, context: &Context) -> Result<Exit, Failure> {
    idle::refuse(args, invocation)?;
    let taping = Taping::of(args)?;
    carry_out_with(args, &taping, invocation, context).await
}

/// Runs what a recording holds.
pub(super) async fn replay(args: &RunArgs, replay: Replay, context: &Context) -> Result<Exit, Failure> {
    let command = Command::Run(Box::new(args.clone()));
    let invocation = Invocation { command, applied: Vec::new(), files: Vec::new() };
    carry_out_with(args, &Taping::Replay(replay), &invocation, context).await
}

async fn carry_out_with(
    args: &RunArgs,
    taping: &Taping,
    invocation: &Invocation,
    context: &Context,
) -> Result<Exit, Failure> {
    let written = Written::new(&args.results.told.report, args.results.record.as_deref())?;
    written.spare_settings(invocation)?;
    if taping.reads_documents() {
        written.spare_given(args)?;
    }
    warn_of_hosts(args, context);
    let prepared = prepare::prepare_with(args, invocation, taping).await?;
    let loaded = &prepared.loaded;
    if taping.reads_documents() {
        written.spare_loaded(loaded.sources())?;
    }
    let given = known::Given::of(&args.setup, invocation);
    if has_errors(loaded.diagnostics()) && !given.is_empty() {
        known::Names::of(loaded).check_near(&given)?;
    }
    let chosen = match choose::workflows(loaded, args) {
        Ok(chosen) => chosen,
        Err(_) if has_errors(loaded.diagnostics()) => {
            return Ok(reporters::refuse(args, loaded.diagnostics(), &places(loaded), context));
        }
        Err(usage) => return Err(usage.into()),
    };
    if let Err(found) = loaded.tolerated(&chosen) {
        return Ok(reporters::refuse(args, found, &places(loaded), context));
    }
    if !given.is_empty() {
        known::Names::of(loaded).check(&given)?;
    }
    let mut runs = Vec::new();
    for (number, id) in chosen.iter().enumerate() {
        match loaded.workflow(id) {
            Ok(workflow) => {
                let schema = workflow.plan().entry().inputs.schema();
                let given = || input_values::values(args, invocation, schema, context);
                let inputs = taping.inputs(number, given)?;
                let workflow = given::dependency_inputs(workflow, &args.setup.inputs.dep_input)?;
                let recorded = taping.files(number, &inputs, args);
                let workflow = input_values::files(args, workflow.inputs(inputs))?;
                let workflow = recorded.iter().try_fold(workflow, input_values::file)?;
                runs.push((id.clone(), workflow));
            }
            Err(error) if error.is_refused() => {
                return Ok(reporters::refuse(args, error.diagnostics(), &places(loaded), context));
            }
            Err(error) => return Err(error.into()),
        }
    }
    known::of_workflows(args, invocation, &runs)?;
    if args.setup.reading.dry_run {
        return dry_run(args, context, &prepared, &runs);
    }
    let options = taping::options(args, &prepared.settings, &runs);
    let places = places(loaded);
    // the plans hold what the runs need
    drop(prepared.loaded);
    let tape = taping.tape(args, options)?;
    let mut drifted = taping.drifted(runs.len());
    let answers = taping.answers(prepared.mock.is_some());
    let exit = tell(args, context, &places, runs, answers, tape, &mut drifted).await?;
    if let Some(mock) = prepared.mock {
        mock.shutdown().await;
    }
    Ok(taping.told(args, &drifted, context).and(exit))
}

/// Prints the requests of each workflow as far as they are known, and sends none.
fn dry_run(
    args: &RunArgs,
    context: &Context,
    prepared: &prepare::Prepared,
    runs: &[(String, WorkflowRun)],
) -> Result<Exit, Failure> {
    let places = places(&prepared.loaded);
    warn(args, runs.iter().flat_map(|(_, run)| run.findings()), &places, context);
    let mut planned = Vec::new();
    for (id, run) in runs {
        match run.dry_run() {
            Ok(steps) => planned.push((id, steps)),
            Err(error) if error.is_invalid_input() => {
                return Ok(reporters::refuse(args, error.diagnostics(), &places, context));
            }
            Err(error) => return Err(error.into()),
        }
    }
    let look = context.look(args.common.color, &context.stderr);
    if args.results.output == Output::Report {
        let drafted = planned.iter().map(|(id, steps)| drafts::workflow(id, steps)).collect();
        let answered = context.write_stdout(&drafts::document(drafted));
        if answered != Exit::Yes {
            return Ok(answered);
        }
    }
    for (id, steps) in &planned {
        if args.results.output == Output::Outputs {
            let answered = context.write_stdout(&dry::script(id, steps, &prepared.settings.auth));
            if answered != Exit::Yes {
                return Ok(answered);
            }
        }
        let word = look.paint(Tone::Good, "Planned");
        context.write_stderr(&format!("{word}  {}   {}\n", escape(id), dry::summary(steps)));
    }
    Ok(Exit::Yes)
}

/// Runs one workflow after the other, telling everyone.
async fn tell(
    args: &RunArgs,
    context: &Context,
    places: &Places,
    runs: Vec<(String, WorkflowRun)>,
    answers: &str,
    mut tape: Option<Tape>,
    drifted: &mut Drifted,
) -> Result<Exit, Failure> {
    let refused = runs.iter().filter_map(|(_, run)| run.check_inputs().err());
    let refused: Vec<Diagnostic> = refused.flat_map(|error| error.diagnostics().to_vec()).collect();
    if !refused.is_empty() {
        // before the first of them has sent anything
        warn(args, runs.iter().flat_map(|(_, run)| run.findings()), places, context);
        return Ok(reporters::refuse(args, &refused, places, context));
    }
    // what the events of the runs do not tell
    warn(args, runs.iter().flat_map(|(_, run)| run.notes()), places, context);
    let notes = runs.first().map(|(_, run)| header(run, answers)).unwrap_or_default();
    let mut stop = pin!(signals::stop());
    let mut reporters = reporters::reporters(args, context, places)?;
    let mut story = Told::new(reporters::story(args, context, places, notes, drifted.is_replayed()));
    let mut fold = exit::Fold::default();
    let mut results: Vec<(String, Object)> = Vec::new();
    let mut cancelled = None;
    let mut succeeded: Vec<given::Succeeded> = Vec::new();
    // why a run could not be carried to its end
    let mut broken = None;
    for (id, run) in runs {
        // with `--no-deps` what was run before on the same command line serves those that depend on it
        let run = succeeded.iter().fold(run, |run, earlier| earlier.give_to(run));
        let inputs = run.given_inputs().clone();
        let mut shown = Object::default();
        let trace = args.results.told.otlp.as_ref().map(|_| spans::trace(context));
        let run = match trace {
            Some(trace) => run.trace(trace),
            None => run,
        };
        let file = args.file.to_string_lossy().into_owned();
        let case = Case { file, name: id.clone(), attempt: 1, trace, ..Case::default() };
        story.begin(&case, places);
        reporters.iter_mut().for_each(|reporter| reporter.begin(&case, places));
        let outcome = one(run, stop.as_mut(), &mut cancelled, |event| {
            let event = &*drifted.event(event);
            fold.event(event);
            if let EventKind::WorkflowFinished { path, outputs, .. } = &event.kind
                && path.is_empty()
            {
                shown.clone_from(outputs);
            }
            story.event(event);
            reporters.iter_mut().for_each(|reporter| reporter.event(event));
            if let (EventKind::StepFinished(_), Some(tape)) = (&event.kind, &mut tape) {
                tape.keep();
            }
        })
        .await;
        let real = match outcome {
            Ok(real) => real,
            Err(error) => {
                broken = Some(error);
                break;
            }
        };
        reveal(&mut shown, &real.outputs, &args.results.reveal);
        if args.setup.reading.no_deps && real.status == Status::Succeeded {
            succeeded.push(given::Succeeded { id: id.clone(), inputs, outputs: real.outputs, secrets: real.secrets });
        }
        results.push((id, shown));
        if cancelled.is_some() {
            break;
        }
    }
    let mut written = reporters::finish(reporters, context);
    if let Some(tape) = tape {
        written = written.and(tape.finish(cancelled.is_some() || broken.is_some(), context));
    }
    // what was run before is kept whole all the same
    if let Some(error) = broken {
        return Err(error.into());
    }
    // what could not be written is said before the summary, which stands last
    story.finish(context);
    if args.results.output == Output::Outputs {
        let columns = context.look(args.common.color, &context.stdout).width;
        written = written.and(context.wrote(outputs::write(&results, columns, &mut std::io::stdout())));
    }
    Ok(fold.finish(cancelled).and(written))
}

/// Runs a workflow to its end, which a signal may bring about; `stop` is one for all runs, so that none is missed between.
pub(super) async fn one(
    run: WorkflowRun,
    mut stop: Pin<&mut impl Future<Output = CancelReason>>,
    cancelled: &mut Option<CancelReason>,
    mut observe: impl FnMut(&Event),
) -> Result<Outcome, Error> {
    let (handle, mut events) = run.start()?;
    loop {
        tokio::select! {
            reason = &mut stop, if cancelled.is_none() => {
                *cancelled = Some(reason);
                handle.cancel(reason);
            }
            event = events.next() => match event {
                Some(event) => observe(&event),
                None => break,
            },
        }
    }
    handle.outcome().await
}

/// What deserves a warning and is no part of a run's story.
fn warn<'d>(args: &RunArgs, diagnostics: impl IntoIterator<Item = &'d Diagnostic>, places: &Places, context: &Context) {
    if !args.volume.quiet {
        let mut found: Vec<Diagnostic> = Vec::new();
        for diagnostic in diagnostics {
            if !found.contains(diagnostic) {
                found.push(diagnostic.clone());
            }
        }
        let look = context.look(args.common.color, &context.stderr);
        let text = foreword::text(&found, args.volume.verbose > 0, places, &look);
        context.write_stderr(&look.spell(text));
    }
}

/// Says loudly, even where all else is quiet, which hosts are believed whoever they are.
fn warn_of_hosts(args: &RunArgs, context: &Context) {
    let look = context.look(args.common.color, &context.stderr);
    for host in &args.setup.network.insecure_host {
        let word = look.paint(Tone::Bad, "warning:");
        let text = format!("the certificate of `{}` is not verified: whoever answers there is believed", escape(host));
        context.write_stderr(&look.spell(format!("{word} {text} (--insecure-host)\n")));
    }
}

/// The header's notes: where each source is requested, what answers instead, and who signs.
fn header(run: &WorkflowRun, answers: &str) -> Vec<String> {
    let mut notes: Vec<String> = Vec::new();
    for (source, base) in run.servers() {
        notes.push(format!("{source} → {}{answers}", base.trim_end_matches('/')));
    }
    notes.extend(run.proxies().into_iter().map(|proxy| format!("proxy {}", proxy.trim_end_matches('/'))));
    notes.extend(run.signing().into_iter().map(|scope| format!("aws-sigv4 {}/{}", scope.service, scope.region)));
    notes
}

/// Puts in the real value of an output that was asked for by name.
fn reveal(shown: &mut Object, real: &Object, names: &[String]) {
    for name in names {
        if let (Some(shown), Some(real)) = (shown.get_mut(name), real.get(name)) {
            shown.clone_from(real);
        }
    }
}
