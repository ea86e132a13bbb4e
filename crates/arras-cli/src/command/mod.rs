//! The commands.

mod auth;
pub mod check;
mod describe;
mod explain;
pub(crate) mod faults;
mod graph;
mod mock;
mod replay;
mod run;
mod runtime;
mod serving;
mod signals;
mod spans;
mod supplied;
mod test;
mod written;

use std::path::PathBuf;
use std::sync::Arc;

use arras::policy::{HostPatterns, Paths, Policy, Private};
use arras::{Error, Loaded};
use arras_doc::diagnostic::Diagnostics;
use serving::Unserved;

use crate::args::Command;
use crate::args::resolve::{Invocation, Usage};
use crate::args::values::{HostPattern, RuleLevel};
use crate::context::Context;
use crate::diagnostics::{Places, concise, human};
use crate::display::{count, escape_lines};
use crate::exit::Exit;
use crate::look::{ColorChoice, Tone};

/// Carries a command out.
pub fn dispatch(invocation: &Invocation, context: &Context) -> Exit {
    if let Some((levels, color)) = levels(&invocation.command)
        && let Err(usage) = check_levels(levels, invocation)
    {
        return Failure::from(usage).tell(color, context);
    }
    match &invocation.command {
        Command::Run(args) => run::run(args, invocation, context),
        Command::Check(args) => check::check(args, invocation, context),
        Command::Test(args) => test::test(args, invocation, context),
        Command::Replay(args) => replay::replay(args, invocation, context),
        Command::Mock(args) => mock::mock(args, invocation, context),
        Command::Auth(args) => auth::auth(args, invocation, context),
        Command::Graph(args) => graph::graph(args, invocation, context),
        Command::Explain(args) => explain::explain(args, context),
        Command::Schema(args) => describe::schema(args, context),
        Command::Completions(args) => describe::completions(args, context),
        Command::Man(_) => describe::man(context),
    }
}

/// Settings are for `arras check` as well; what the command line says is meant for this command, which would pass it over.
fn check_levels(levels: &[RuleLevel], invocation: &Invocation) -> Result<(), Usage> {
    let given = levels.iter().skip(invocation.set_elsewhere("rule"));
    let idle = given.map(|level| level.rule).find(|rule| !rule.inert);
    idle.map_or(Ok(()), |rule| {
        Err(Usage::new(format!("`--rule {}` is for `arras check`: a run does not go by it", rule.id)))
    })
}

/// What `--rule` says to a command that runs or plans, and when that one uses colour.
fn levels(command: &Command) -> Option<(&[RuleLevel], ColorChoice)> {
    match command {
        Command::Run(args) => Some((&args.setup.reading.rule, args.common.color)),
        Command::Test(args) => Some((&args.setup.reading.rule, args.common.color)),
        Command::Mock(args) => Some((&args.rule, args.common.color)),
        Command::Auth(args) => Some((&args.rule, args.common.color)),
        Command::Graph(args) => Some((&args.rule, args.common.color)),
        _ => None,
    }
}

/// Why a command could not do what was asked, before there was anything to report on.
enum Failure {
    Usage(Usage),
    /// What is wrong with a file other than the document, and where.
    Refused(Diagnostics, Box<Places>),
    Environment(String),
    /// A file other than a document is not what it is to be.
    Invalid(String),
    /// There is no such scenario, or its file can't be read.
    NoScenario {
        message: String,
        unreadable: bool,
    },
    Engine(Error),
}

impl From<Usage> for Failure {
    fn from(usage: Usage) -> Failure {
        Failure::Usage(usage)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Engine(error)
    }
}

impl From<Unserved> for Failure {
    fn from(unserved: Unserved) -> Failure {
        match unserved {
            Unserved::Diagnostics(found, sources) => {
                Failure::Refused(found, Box::new(Places::new(Arc::new(sources), |_, _| None)))
            }
            Unserved::NoScenario { message, unreadable } => Failure::NoScenario { message, unreadable },
        }
    }
}

impl Failure {
    /// Why, one phrase each, and how a command that does nothing else would exit.
    fn reasons(self) -> (Vec<String>, Exit) {
        match self {
            Failure::Usage(usage) => (lines(usage.text(false).trim_start_matches("error: ")), Exit::Usage),
            Failure::Refused(found, places) => {
                let errors = found.iter().filter(|found| found.is_error());
                (errors.map(|found| concise::line(found, &places)).collect(), Exit::Refused)
            }
            Failure::Environment(message) => (vec![message], Exit::Environment),
            Failure::Invalid(message) => (vec![message], Exit::Refused),
            Failure::NoScenario { message, .. } => (vec![message], Exit::Usage),
            Failure::Engine(failure) => {
                let help = failure.help().map(|help| format!(": {help}")).unwrap_or_default();
                (lines(&format!("{failure}{help}")), of_error(&failure))
            }
        }
    }

    /// Says so on stderr and how to exit.
    fn tell(self, color: ColorChoice, context: &Context) -> Exit {
        let look = context.look(color, &context.stderr);
        let error = |message: &str| {
            let message = escape_lines(message);
            context.write_stderr(&look.fit(&format!("{} {message}\n", look.paint(Tone::Bad, "error:"))));
        };
        match self {
            Failure::Usage(usage) => {
                context.write_stderr(&look.fit(&usage.text(look.color)));
                Exit::Usage
            }
            Failure::Refused(found, places) => {
                for text in human::few(&found, &places, &look) {
                    context.write_stderr(&format!("{text}\n"));
                }
                let errors = count(found.iter().filter(|found| found.is_error()).count(), "error");
                context.write_stderr(&format!("{}  {errors}\n", look.paint(Tone::Bad, "Refused")));
                Exit::Refused
            }
            Failure::Environment(message) => {
                error(&message);
                Exit::Environment
            }
            Failure::Invalid(message) => {
                error(&message);
                context.write_stderr(&format!("{}  1 error\n", look.paint(Tone::Bad, "Refused")));
                Exit::Refused
            }
            Failure::NoScenario { message, .. } => {
                error(&message);
                Exit::Usage
            }
            Failure::Engine(failure) => {
                error(&failure.to_string());
                if let Some(help) = failure.help() {
                    context.write_stderr(&look.fit(&format!("  help: {}\n", escape_lines(help))));
                }
                of_error(&failure)
            }
        }
    }
}

/// The lines of a message, each without its indent.
fn lines(message: &str) -> Vec<String> {
    message.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

fn of_error(error: &Error) -> Exit {
    if error.is_usage() || error.is_invalid_input() {
        Exit::Usage
    } else if error.is_refused() {
        Exit::Refused
    } else if let Some(fault) = error.as_fault() {
        Exit::of_fault(fault)
    } else {
        Exit::Environment
    }
}

/// The texts of what was loaded, for findings.
fn places(loaded: &Loaded) -> Places {
    Places::new(Arc::new(loaded.sources().clone()), loaded.pointers())
}

/// The hosts that `--allow-host` names.
///
/// # Errors
/// If a pattern can't be understood.
fn named(patterns: &[HostPattern]) -> Result<HostPatterns, Usage> {
    let mut named = HostPatterns::default();
    for pattern in patterns {
        named.push(pattern.0.parse().map_err(|error| Usage::new(format!("{error}")))?);
    }
    Ok(named)
}

/// The policy where documents are trusted with nothing: their own projects are all that they read, and these folders.
fn untrusted(policy: Policy, folders: &[PathBuf]) -> Policy {
    Policy { private: Private::Refused, paths: Paths::Project { and: folders.to_vec() }, ..policy }
}

/// Runs a command's future to its end.
fn on_runtime(context: &Context, future: impl Future<Output = Exit>) -> Exit {
    match runtime::runtime() {
        Ok(runtime) => runtime.block_on(future),
        Err(failure) => failure.tell(ColorChoice::Auto, context),
    }
}
