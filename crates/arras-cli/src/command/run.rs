//! `arras run`.

use crate::args::RunArgs;
use crate::context::Context;
use crate::exit::Exit;

/// Carries out `arras run`.
pub(super) fn run(_args: &RunArgs, _invocation: &crate::args::resolve::Invocation, context: &Context) -> Exit {
    context.write_stderr("error: `arras run` is not available yet\n");
    Exit::Usage
}
