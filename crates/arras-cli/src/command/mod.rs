//! The commands.

pub mod check;
mod mock;
pub mod run;

use crate::args::Command;
use crate::args::resolve::Invocation;
use crate::context::Context;
use crate::exit::Exit;

/// Carries a command out.
pub fn dispatch(invocation: &Invocation, context: &Context) -> Exit {
    match &invocation.command {
        Command::Run(args) => run::run(args, invocation, context),
        Command::Check(args) => check::check(args, context),
        Command::Mock(args) => mock::mock(args, context),
    }
}
