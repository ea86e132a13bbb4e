//! `arras mock`.

use crate::args::MockArgs;
use crate::context::Context;
use crate::exit::Exit;

/// Carries out `arras mock`.
pub(super) fn mock(_args: &MockArgs, context: &Context) -> Exit {
    context.write_stderr("error: `arras mock` is not available yet\n");
    Exit::Usage
}
