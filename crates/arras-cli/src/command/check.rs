//! `arras check`.

use crate::args::CheckArgs;
use crate::context::Context;
use crate::exit::Exit;

/// Carries out `arras check`.
pub(super) fn check(_args: &CheckArgs, context: &Context) -> Exit {
    context.write_stderr("error: `arras check` is not available yet\n");
    Exit::Usage
}
