//! Options that would do nothing beside another one: they are refused where the command line gives them. A setting is for
//! other commands, too, and may stand.

use crate::args::RunArgs;
use crate::args::resolve::{Invocation, Usage};
use crate::args::run::SourceArgs;

/// Refuses what a run would pass over.
///
/// # Errors
/// The first such option.
pub(super) fn refuse(args: &RunArgs, invocation: &Invocation) -> Result<(), Usage> {
    if args.setup.reading.dry_run {
        let on_line = |option: &str, given: usize| given > invocation.set_elsewhere(option);
        let written =
            [("report", args.results.told.report.len()), ("record", usize::from(args.results.record.is_some()))];
        if let Some((option, _)) = written.into_iter().find(|(option, given)| on_line(option, *given)) {
            return Err(Usage::new(format!(
                "`--{option}` can't be used with `--dry-run`: nothing is sent, so there is nothing to keep"
            )));
        }
    }
    if args.setup.sources.mock.is_some() { refuse_servers(&args.setup.sources, invocation) } else { Ok(()) }
}

/// Refuses servers that nothing is sent to, because the mock serves every source.
///
/// # Errors
/// If the command line names one.
pub(in crate::command) fn refuse_servers(sources: &SourceArgs, invocation: &Invocation) -> Result<(), Usage> {
    if sources.server.len() <= invocation.set_elsewhere("server") {
        return Ok(());
    }
    let set = invocation.applied.iter().find(|entry| entry.option == "mock");
    let set = set.map(|entry| format!(" (set by {})", entry.origin)).unwrap_or_default();
    Err(Usage::new(format!(
        "`--server` can't be used with the mock{set}, which serves every source: leave one of both out"
    )))
}
