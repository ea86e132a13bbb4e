//! `arras test`: many workflows at a time, each judged by what its test expects.

mod attempt;
mod histogram;
mod json;
mod judge;
mod load;
mod load_story;
mod measure;
mod names;
mod plan;
mod read;
mod samples;
mod spec;
mod tell;
mod user;
mod workers;

use std::path::{Path, PathBuf};

use arras::NetworkSettings;

use super::written::Written;
use super::{Failure, spans};
use crate::args::TestArgs;
use crate::args::resolve::{Invocation, Usage};
use crate::args::test::TestOutput;
use crate::command::run::{idle, reporters};
use crate::context::Context;
use crate::diagnostics::Places;
use crate::exit::Exit;
use crate::reporter::{Case, CaseKind, Reporter};
use load::Hearers;
use plan::{Chosen, Planned};
use tell::Teller;
use workers::Done;

/// Carries out `arras test`.
pub(super) fn test(args: &TestArgs, invocation: &Invocation, context: &Context) -> Exit {
    match carry_out(args, invocation, context) {
        Ok(exit) => exit,
        Err(failure) => failure.tell(args.common.color, context),
    }
}

fn carry_out(args: &TestArgs, invocation: &Invocation, context: &Context) -> Result<Exit, Failure> {
    if args.setup.reading.dry_run {
        return Err(Usage::new("`--dry-run` belongs to `arras run`; `arras test --list` lists the tests").into());
    }
    let Chosen { tests, files } = plan::tests(args, attempt::roots)?;
    if args.choice.list {
        return Ok(context.write_stdout(&tests.iter().map(tell::listed).collect::<String>()));
    }
    // a test file may choose real servers though the command line says `--mock`
    if args.setup.sources.mock.is_some() && tests.iter().all(|test| test.mock.is_some()) {
        idle::refuse_servers(&args.setup.sources, invocation)?;
    }
    spare(args, &tests, &files, invocation)?;
    attempt::know(args, &tests, invocation)?;
    let mut reporters = Vec::new();
    for report in &args.results.told.report {
        reporters.push(reporters::file(report, &Places::none())?);
    }
    let spans = spans::reporter(args.results.told.otlp.as_ref(), &args.setup.network, context)?;
    if let (Some(users), Some(duration)) = (args.load.virtual_users, args.load.duration) {
        beside_load(args, &tests, invocation, context)?;
        return load::load(args, &tests, users, duration, invocation, context, Hearers { reporters, spans });
    }
    reporters.extend(spans);
    run(args, &tests, invocation, context, reporters)
}

/// What means nothing to a load: options are refused, and expectations that it does not judge are told; and so is that of
/// many users some wait for the others.
fn beside_load(args: &TestArgs, tests: &[Planned], invocation: &Invocation, context: &Context) -> Result<(), Usage> {
    if args.load.duration.is_some_and(|duration| duration.is_zero()) {
        return Err(Usage::new("`--duration 0` leaves no time for a run: say how long, such as `30s`"));
    }
    for (option, is_set) in [("retries", args.choice.retries > 0), ("fail-fast", args.choice.fail_fast)] {
        // settings are for tests as well
        if is_set && invocation.set_elsewhere(option) == 0 {
            return Err(Usage::new(format!(
                "`--{option}` means nothing beside `--virtual-users`: a load runs on whatever fails"
            )));
        }
    }
    if tests.is_empty() {
        return Err(Usage::new("the share holds no test: a load needs one"));
    }
    let unjudged = tests.iter().filter(|test| test.expect.is_more_than_status()).count();
    if unjudged > 0 {
        let tests = crate::display::count(unjudged, "test");
        context.write_stderr(&format!(
            "warning: of `expect` a load judges `status` alone, and that of {tests} says more\n"
        ));
    }
    let users = args.load.virtual_users.map_or(0, |users| usize::try_from(users).unwrap_or(usize::MAX));
    // each thread has a connection pool for each test
    let at_once = workers::threads(args, users) * tests.len() * NetworkSettings::default().at_once;
    if users > at_once {
        context.write_stderr(&format!(
            "warning: of {users} virtual users at most {at_once} send a request at a time; the others wait for their turn\n"
        ));
    }
    Ok(())
}

/// Refuses reports that would be written over each other, over a file that was looked into, or over what a test reads.
fn spare(args: &TestArgs, tests: &[Planned], files: &[PathBuf], invocation: &Invocation) -> Result<(), Failure> {
    let written = Written::new(&args.results.told.report, None)?;
    written.spare_settings(invocation)?;
    for test in tests.iter().filter(|_| !args.results.told.report.is_empty()) {
        let mut run = args.run(test.document.clone());
        run.setup.sources.mock.clone_from(&test.mock);
        written.spare("the test file", Path::new(&test.file))?;
        written.spare_given(&run)?;
    }
    // those that a filter leaves out, too
    files.iter().try_for_each(|file| written.spare("a file of tests", file))?;
    if written.may_be_documents() { attempt::spare(args, tests, &written, invocation) } else { Ok(()) }
}

/// Runs the tests, tells of each when it is done, and sums up.
fn run(
    args: &TestArgs,
    tests: &[Planned],
    invocation: &Invocation,
    context: &Context,
    mut reporters: Vec<Box<dyn Reporter>>,
) -> Result<Exit, Failure> {
    let mut teller = Teller::new(args, context, tests.len());
    let (mut results, mut begun) = (Vec::new(), vec![false; tests.len()]);
    let mut exit = Exit::Yes;
    let cancelled = workers::run(args, tests, invocation, context, &mut |done: Option<Done>| match done {
        None => teller.tick(),
        Some(done) => {
            let test = &tests[done.index];
            report(&mut reporters, test, &done);
            teller.done(test, &done);
            exit = exit.and(done.exit());
            results.push(json::Result::new(test, &done));
            begun[done.index] = true;
        }
    })?;
    if exit == Exit::Yes && cancelled.is_none() && begun.contains(&false) {
        // nobody asked for that: a thread broke off
        exit = Exit::Environment;
    }
    for (test, _) in tests.iter().zip(&begun).filter(|(_, begun)| !**begun) {
        let case = Case { kind: CaseKind::Test, file: test.file.clone(), name: test.name.clone(), ..Case::default() };
        reporters.iter_mut().for_each(|reporter| reporter.skip(&case));
        results.push(json::Result::not_run(test));
    }
    let mut written = reporters::finish(reporters, context);
    if args.results.output == TestOutput::Json {
        written = written.and(context.write_stdout(&json::document(&results, cancelled.is_some())));
    }
    teller.finish(cancelled.is_some());
    Ok(cancelled.map_or(exit, Exit::of_cancel).and(written))
}

/// Tells the reporters of all attempts at a test.
fn report(reporters: &mut [Box<dyn Reporter>], test: &Planned, done: &Done) {
    for (number, attempt) in (1..).zip(&done.attempts) {
        let (file, name, trace) = (test.file.clone(), test.name.clone(), attempt.trace);
        let case = Case { kind: CaseKind::Test, file, name, attempt: number, trace };
        for reporter in reporters.iter_mut() {
            reporter.begin(&case, &attempt.places);
            attempt.events.iter().for_each(|event| reporter.event(event));
            reporter.judge(&attempt.judgement);
        }
    }
}

/// A path as people would write it.
fn shown(path: &Path) -> String {
    crate::display::escape(&path.to_string_lossy()).into_owned()
}
