//! `arras replay`: runs again what a recording holds, from nothing but the recording.

use arras::recording::{Recording, Replay};
use clap::FromArgMatches;

use super::Failure;
use super::run::{self, taping};
use super::written::Written;
use crate::args::resolve::{Invocation, Usage};
use crate::args::{Cli, Command, ReplayArgs, RunArgs, parser};
use crate::context::Context;
use crate::display::escape;
use crate::exit::Exit;

/// Carries out `arras replay`.
pub(super) fn replay(args: &ReplayArgs, invocation: &Invocation, context: &Context) -> Exit {
    super::on_runtime(context, async {
        match carry_out(args, invocation, context).await {
            Ok(exit) => exit,
            Err(failure) => failure.tell(args.common.color, context),
        }
    })
}

async fn carry_out(args: &ReplayArgs, invocation: &Invocation, context: &Context) -> Result<Exit, Failure> {
    let written = Written::new(&args.report, None)?;
    written.spare("the recording", &args.recording)?;
    written.spare_settings(invocation)?;
    let recording = taping::read(&args.recording)?;
    let run = recorded(args, &recording)?;
    run::replay(&run, Replay::new(recording).with_documents(), context).await
}

/// The recorded command line, with what is to be left behind this time.
fn recorded(args: &ReplayArgs, recording: &Recording) -> Result<RunArgs, Failure> {
    let shown = escape(&args.recording.to_string_lossy()).into_owned();
    if recording.options.is_empty() {
        let help = format!("name it: `arras run FILE --replay {shown}`");
        return Err(Usage::new(format!("`{shown}` does not say which workflow was run: {help}")).into());
    }
    let line = ["arras", "run"].into_iter().chain(recording.options.iter().map(String::as_str));
    let cli = parser().try_get_matches_from(line).and_then(|matches| Cli::from_arg_matches(&matches));
    let unfit = |why: String| Failure::Invalid(format!("the recording `{shown}` can't be used: {why}"));
    match cli.map(|cli| cli.command) {
        Ok(Command::Run(mut run)) => {
            run.results.output = args.output;
            run.results.told.report.clone_from(&args.report);
            run.volume = args.volume;
            run.common = args.common.clone();
            Ok(*run)
        }
        Ok(_) => Err(unfit("it was made by another command".to_owned())),
        Err(error) => {
            let text = error.render().to_string();
            Err(unfit(text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned()))
        }
    }
}
