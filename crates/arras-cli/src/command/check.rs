//! `arras check`: what is done with the findings; the engine makes them.
//!
//! To be wired: find the Arazzo files below `args.paths`, read, link and lint them, hand what was found to [`report`].

use std::io;

use crate::args::CheckArgs;
use crate::context::{Context, settle};
use crate::diagnostics::{self, Checked, Places};
use crate::exit::Exit;

/// Carries out `arras check`.
pub(super) fn check(_args: &CheckArgs, context: &Context) -> Exit {
    context.write_stderr("error: `arras check` is not available yet\n");
    Exit::Usage
}

/// Prints the findings on stdout and the summary on stderr, and gives the answer.
pub fn report(args: &CheckArgs, checked: &Checked, places: &Places, context: &Context) -> Exit {
    let look = context.look(args.common.color, &context.stdout);
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written = diagnostics::write(args.format, checked, places, &look, &mut out);
    if let Err(error) = settle(written.and_then(|()| io::Write::flush(&mut out))) {
        context.write_stderr(&format!("error: can't write to stdout: {error}\n"));
        return Exit::Environment;
    }
    context.write_stderr(&diagnostics::summary(checked, &context.look(args.common.color, &context.stderr)));
    Exit::of_check(&checked.diagnostics, args.deny_warnings)
}
