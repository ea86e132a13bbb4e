//! One attempt at a test: its documents loaded, its mock served, its workflow run and judged.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::pin::Pin;

use arras::trace::TraceContext;
use arras_doc::diagnostic::has_errors;
use arras_doc::suggest;
use arras_run::effect::{CancelReason, Status};
use arras_run::event::Event;

use super::judge::Seen;
use super::names;
use super::plan::Planned;
use super::read::mistake;
use crate::args::TestArgs;
use crate::args::resolve::{Invocation, Usage};
use crate::command::run::prepare::{Prepared, prepare};
use crate::command::run::{given, input_values, known, one};
use crate::command::runtime::runtime;
use crate::command::written::Written;
use crate::command::{Failure, places, spans};
use crate::context::Context;
use crate::diagnostics::{Places, concise};
use crate::display::escape;
use crate::exit::{Exit, Fold};
use crate::reporter::Judgement;

/// What an attempt came to.
pub(super) struct Attempt {
    pub(super) events: Vec<Event>,
    pub(super) places: Places,
    pub(super) judgement: Judgement,
    pub(super) exit: Exit,
    pub(super) trace: Option<TraceContext>,
}

impl Attempt {
    /// One that could not begin.
    pub(super) fn broken(reasons: Vec<String>, exit: Exit) -> Attempt {
        let judgement = Judgement::Failed(reasons);
        Attempt { events: Vec::new(), places: Places::none(), judgement, exit, trace: None }
    }

    pub(super) fn passed(&self) -> bool {
        self.judgement == Judgement::Passed
    }
}

/// Makes one attempt; a signal stops it and says so in `cancelled`.
pub(super) async fn attempt(
    args: &TestArgs,
    test: &Planned,
    invocation: &Invocation,
    context: &Context,
    stop: Pin<&mut impl Future<Output = CancelReason>>,
    cancelled: &mut Option<CancelReason>,
) -> Attempt {
    let prepared = match ready(args, test, invocation, context).await {
        Ok(prepared) => prepared,
        Err(Unready { reasons, exit }) => return Attempt::broken(reasons, exit),
    };
    let Ready { workflow, prepared } = prepared;
    let trace = args.results.told.otlp.as_ref().map(|_| spans::trace(context));
    let workflow = match trace {
        Some(trace) => workflow.trace(trace),
        None => workflow,
    };
    let (mut events, mut seen, mut fold) = (Vec::new(), Seen::default(), Fold::default());
    let outcome = one(workflow, stop, cancelled, |event| {
        fold.event(event);
        seen.event(event);
        events.push(event.clone());
    })
    .await;
    let places = places(&prepared.loaded);
    if let Some(mock) = prepared.mock {
        mock.shutdown().await;
    }
    match outcome {
        Ok(outcome) => {
            let (judgement, exit) = match seen.misses(&test.expect, &outcome) {
                _ if outcome.status == Status::Cancelled => (Judgement::Stopped, fold.finish(*cancelled)),
                misses if misses.is_empty() => (Judgement::Passed, Exit::Yes),
                misses => (Judgement::Failed(misses), fold.finish(*cancelled).and(Exit::No)),
            };
            Attempt { events, places, judgement, exit, trace }
        }
        Err(error) => {
            let judgement = Judgement::Failed(why(&error, &places));
            Attempt { events, places, judgement, exit: Exit::Usage, trace }
        }
    }
}

/// Why a run can't begin, one phrase each.
pub(super) fn why(error: &arras::Error, places: &Places) -> Vec<String> {
    let reasons: Vec<_> = error.diagnostics().iter().map(|found| concise::line(found, places)).collect();
    if reasons.is_empty() { vec![error.to_string()] } else { reasons }
}

/// A workflow that is ready to be run, and what it runs against.
pub(super) struct Ready {
    pub(super) workflow: arras::WorkflowRun,
    pub(super) prepared: Prepared,
}

/// Why it can't be run.
pub(super) struct Unready {
    pub(super) reasons: Vec<String>,
    pub(super) exit: Exit,
}

impl From<Failure> for Unready {
    fn from(failure: Failure) -> Unready {
        let (reasons, exit) = failure.reasons();
        Unready { reasons, exit }
    }
}

/// Loads the documents of a test, serves its mock and gives it its inputs.
///
/// # Errors
/// The reasons why it can't be run.
pub(super) async fn ready(
    args: &TestArgs,
    test: &Planned,
    invocation: &Invocation,
    context: &Context,
) -> Result<Ready, Unready> {
    if !test.broken.is_empty() {
        return Err(Unready { reasons: test.broken.clone(), exit: test.exit });
    }
    let mut run = args.run(test.document.clone());
    run.setup.sources.mock.clone_from(&test.mock);
    let prepared = prepare(&run, invocation).await.map_err(|failure| match failure {
        // what a test file names is no argument
        Failure::NoScenario { message, unreadable } if test.names_mock => {
            Unready { reasons: vec![message], exit: if unreadable { Exit::Environment } else { Exit::Refused } }
        }
        other => other.into(),
    })?;
    let refused = |found: &[arras_doc::diagnostic::Diagnostic]| {
        let places = places(&prepared.loaded);
        let errors = found.iter().filter(|found| found.is_error());
        Unready { reasons: errors.map(|found| concise::line(found, &places)).collect(), exit: Exit::of_refusal(found) }
    };
    if has_errors(prepared.loaded.diagnostics()) {
        return Err(refused(prepared.loaded.diagnostics()));
    }
    let workflow = match &test.workflow {
        Some(workflow) => workflow.clone(),
        None => only(&prepared, test)?,
    };
    match prepared.loaded.workflow(&workflow) {
        Ok(planned) => {
            let unknown = names::unknown(test, planned.plan());
            if !unknown.is_empty() {
                return Err(Unready { reasons: unknown, exit: Exit::Refused });
            }
            let schema = planned.plan().entry().inputs.schema();
            let mut inputs = input_values::values(&run, invocation, schema, context).map_err(Failure::from)?;
            inputs.extend(test.inputs.clone());
            let workflow = given::dependency_inputs(planned, &run.setup.inputs.dep_input)?.inputs(inputs);
            let workflow = input_values::files(&run, workflow).map_err(Failure::from)?;
            Ok(Ready { workflow, prepared })
        }
        Err(error) if error.is_refused() => Err(refused(error.diagnostics())),
        Err(error) => {
            // a test file that names what is not there is wrong itself
            let named = test.workflow_at.filter(|_| error.is_usage());
            let Unready { reasons, exit } = Failure::from(error).into();
            Err(match named {
                Some(at) => {
                    let reasons = reasons.iter().map(|reason| mistake(&test.file, at, reason)).collect();
                    Unready { reasons, exit: Exit::Refused }
                }
                None => Unready { reasons, exit },
            })
        }
    }
}

/// Refuses what the command line names and none of the tests' documents has.
///
/// # Errors
/// The first such name. Documents that can't be read are left for their tests to tell.
pub(super) fn know(args: &TestArgs, tests: &[Planned], invocation: &Invocation) -> Result<(), Failure> {
    let (given, inputs) = (known::Given::of(&args.setup, invocation), known::gives_inputs(&args.setup, invocation));
    if given.is_empty() && !inputs {
        return Ok(());
    }
    let (mut names, mut is_any, mut workflows) = (known::Names::default(), false, Vec::new());
    each_document(args, tests, invocation, |document, prepared| {
        is_any |= !has_errors(prepared.loaded.diagnostics());
        names.add(&prepared.loaded);
        for test in tests.iter().filter(|test| inputs && test.document == document) {
            let id = test.workflow.clone().or_else(|| only(prepared, test).ok());
            let workflow = id.and_then(|id| Some((id.clone(), prepared.loaded.workflow(&id).ok()?)));
            workflows.extend(workflow);
        }
        Ok(())
    })?;
    if is_any && !given.is_empty() {
        names.check(&given)?;
    }
    if !workflows.is_empty() {
        known::of_workflows(&args.run(PathBuf::new()), invocation, &workflows)?;
    }
    Ok(())
}

/// Refuses reports that would be written over a file that the tests' documents lead to.
///
/// # Errors
/// The first such report. Documents that can't be read are left for their tests to tell.
pub(super) fn spare(
    args: &TestArgs,
    tests: &[Planned],
    written: &Written,
    invocation: &Invocation,
) -> Result<(), Failure> {
    let mut args = args.clone();
    // what is fetched is no file
    args.setup.network.offline = true;
    each_document(&args, tests, invocation, |_, prepared| written.spare_loaded(prepared.loaded.sources()))
}

/// Loads each document of the tests that can be read, without a mock.
fn each_document(
    args: &TestArgs,
    tests: &[Planned],
    invocation: &Invocation,
    mut see: impl FnMut(&Path, &Prepared) -> Result<(), Usage>,
) -> Result<(), Failure> {
    let runtime = runtime()?;
    let documents: BTreeSet<&Path> = tests.iter().map(|test| test.document.as_path()).collect();
    let _entered = runtime.enter();
    for document in documents {
        let mut run = args.run(document.to_owned());
        run.setup.sources.mock = None;
        if let Ok(prepared) = runtime.block_on(prepare(&run, invocation)) {
            see(document, &prepared)?;
        }
    }
    Ok(())
}

/// The workflow of a document that has a single root.
fn only(prepared: &Prepared, test: &Planned) -> Result<String, Unready> {
    let all = prepared.loaded.workflows();
    let mut roots: Vec<_> = all.iter().filter(|workflow| workflow.root).map(|workflow| workflow.id.as_str()).collect();
    if roots.is_empty() {
        // workflows that only call each other in a circle: any of them may be meant
        roots = all.iter().map(|workflow| workflow.id.as_str()).collect();
    }
    let (file, document) = (escape(&test.file), super::shown(&test.document));
    let why = match roots.as_slice() {
        [only] => return Ok((*only).to_owned()),
        [] => format!("{file}: `{document}` has no workflow"),
        several => {
            let names = suggest::enumerated(several.iter().copied());
            format!("{file}: `{document}` has several workflows: name one as `workflow`: {names}")
        }
    };
    Err(Unready { reasons: vec![why], exit: Exit::Refused })
}

/// The root workflows of a file; one without a name for a file that can't be read, so that its test says why.
pub(super) fn roots(document: &Path) -> Vec<String> {
    let unknown = || vec![super::shown(document)];
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().build() else { return unknown() };
    let Ok(engine) = arras::Engine::builder().build() else { return unknown() };
    let loaded = runtime.block_on(engine.load(&document.to_string_lossy()));
    let roots = loaded.map(|loaded| {
        let all = loaded.workflows();
        let roots: Vec<_> = all.iter().filter(|workflow| workflow.root).map(|workflow| workflow.id.clone()).collect();
        if roots.is_empty() { all.into_iter().map(|workflow| workflow.id).collect() } else { roots }
    });
    roots.ok().filter(|roots| !roots.is_empty()).unwrap_or_else(unknown)
}
