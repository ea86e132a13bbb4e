//! `arras check`: reads, links and lints documents and says what is wrong with them; opens no socket unless asked to.

pub(super) mod find;
mod fix;
mod mend;
mod merge;
mod replace;
mod watch;

use std::io;
use std::path::Path;

use arras::policy::{HostPatterns, Network, Policy};
use arras::{Engine, Loaded, Settings, Shelf};
use arras_doc::arazzo::Newer;
use arras_doc::diagnostic::Severity;
use arras_doc::levels::Level;
use arras_doc::rule;
use arras_run::plan::{PlanOptions, Strictness};

use super::run::known::{Given, Names};
use super::supplied::Documents;
use super::{Failure, named, untrusted};
use crate::args::CheckArgs;
use crate::args::resolve::{Invocation, Usage};
use crate::args::values::levels;
use crate::context::Context;
use crate::diagnostics::{self, Checked, Places};
use crate::exit::Exit;
use merge::{Looked, Merged};

/// Carries out `arras check`.
pub(super) fn check(args: &CheckArgs, invocation: &Invocation, context: &Context) -> Exit {
    super::on_runtime(context, async {
        match carry_out(args, invocation, context).await {
            Ok(exit) => exit,
            Err(failure) => failure.tell(args.common.color, context),
        }
    })
}

async fn carry_out(args: &CheckArgs, invocation: &Invocation, context: &Context) -> Result<Exit, Failure> {
    let engine = engine(args)?;
    loop {
        let round = mended(args, invocation, &engine, context).await?;
        let exit = report(args, &round.checked, &round.places, context).and(round.readable);
        if !args.watch {
            return Ok(exit);
        }
        let files = watch::snapshot(args, &round);
        drop(round);
        watch::changed(&files).await;
    }
}

fn engine(args: &CheckArgs) -> Result<Engine, Failure> {
    // offline there is still this machine for those who name it; a check leaves that alone too
    let (network, named) = match args.online {
        true => (Network::Online, named(&args.allow_host)?),
        false => (Network::Offline, HostPatterns::default()),
    };
    let policy = Policy { network, named, ..Policy::default() };
    let policy = if args.untrusted { untrusted(policy, &args.allow_path) } else { policy };
    let strictness = if args.strict { Strictness::Strict } else { Strictness::Tolerant };
    // a run tolerates what a check does not
    let as_specified = [(rule::INVALID_MAP_KEY, Level::At(Severity::Error))];
    let settings = Settings {
        plan: PlanOptions { strictness, ..PlanOptions::default() },
        newer: if args.allow_newer { Newer::Take } else { Newer::Refuse },
        sources: args.source.iter().map(|source| (source.name.clone(), source.target.clone())).collect(),
        levels: as_specified.into_iter().chain(levels(&args.rule)).collect(),
        policy,
        ..Settings::default()
    };
    Ok(Engine::builder().settings(settings).build()?)
}

/// What one look at all files found.
struct Round {
    checked: Checked,
    places: Places,
    shelf: Shelf,
    /// Whether each file could be read.
    readable: Exit,
}

/// The same while it may still change.
struct Look {
    merged: Merged,
    shelf: Shelf,
    /// What the files name.
    names: Names,
    readable: Exit,
}

/// Looks, and with `--fix` mends.
async fn mended(
    args: &CheckArgs,
    invocation: &Invocation,
    engine: &Engine,
    context: &Context,
) -> Result<Round, Failure> {
    let mut look = look(args, engine).await?;
    look.names.check_sources(&Given::of_sources(&args.source, invocation))?;
    if args.fix {
        mend::mend(&mut look, args, engine, context).await?;
    }
    let Look { merged, shelf, readable, .. } = look;
    let (mut checked, places) = merged.finish(&shelf, &levels(&args.rule), crate::context::now());
    checked.warnings_denied = args.deny_warnings;
    Ok(Round { checked, places, shelf, readable })
}

async fn look(args: &CheckArgs, engine: &Engine) -> Result<Look, Failure> {
    let files = find::files(&args.paths).map_err(Failure::Environment)?;
    if files.is_empty() {
        return Err(Usage::new("there is no Arazzo file there: name files, or folders with some").into());
    }
    let mut look =
        Look { merged: Merged::default(), shelf: Shelf::default(), names: Names::default(), readable: Exit::Yes };
    for file in &files {
        let (looked, loaded) = look_at(file, args, engine, &look.shelf).await?;
        match &loaded {
            Some(loaded) => look.names.add_sources(loaded),
            // one that can't be read keeps no other from being checked
            None => look.readable = Exit::Environment,
        }
        look.merged.add(looked);
    }
    Ok(look)
}

/// What is found in a file; it is not loaded if it can't be read.
async fn look_at(
    file: &str,
    args: &CheckArgs,
    engine: &Engine,
    shelf: &Shelf,
) -> Result<(Looked, Option<Loaded>), Failure> {
    let documents = Documents::new(Path::new(file), &args.document, args.base_uri.as_deref(), None)?;
    let loaded = match args.schema_only {
        true => engine.judge_by_schema(shelf, &documents.entry).await,
        false => engine.load_on(shelf, &documents.entry, &documents.others).await,
    };
    match loaded {
        Ok(loaded) => Ok((Looked::at(file, &loaded), Some(loaded))),
        Err(error) if error.is_unreadable() => Ok((Looked::unreadable(file, &error, shelf), None)),
        Err(error) => Err(error.into()),
    }
}

/// Prints the findings on stdout and the summary on stderr, and gives the answer.
pub fn report(args: &CheckArgs, checked: &Checked, places: &Places, context: &Context) -> Exit {
    let look = context.look(args.common.color, &context.stdout);
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written = diagnostics::write(args.format, checked, places, &look, &mut out);
    let written = context.wrote(written.and_then(|()| io::Write::flush(&mut out)));
    if written != Exit::Yes {
        return written;
    }
    context.write_stderr(&diagnostics::summary(checked, &context.look(args.common.color, &context.stderr)));
    Exit::of_check(&checked.diagnostics, args.deny_warnings)
}
