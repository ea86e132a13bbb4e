//! What the command `arras` is made of: arguments and settings, exit codes, diagnostics and reporters for people and machines.
//!
//! stdout carries the answer, stderr the story. Nothing here decides what a workflow does; everything shown of a run is a
//! fold over its events.

pub mod args;
pub mod command;
pub mod config;
pub mod context;
pub mod diagnostics;
pub mod display;
pub mod exit;
pub mod graph;
pub mod look;
pub mod output_file;
pub mod reporter;
pub mod schema;

use crate::args::resolve::{Resolved, resolve};
use crate::context::Context;
use crate::exit::Exit;

/// Reads the arguments and settings, carries the command out, and says how to exit.
pub fn main(context: &Context) -> Exit {
    match resolve(context) {
        Ok(Resolved::Invocation(invocation)) => command::dispatch(&invocation, context),
        Ok(Resolved::Shown(text)) => {
            context.write_stdout(&text);
            Exit::Yes
        }
        Err(usage) => {
            context.write_stderr(&usage.text(context.look(usage.color, &context.stderr).color));
            Exit::Usage
        }
    }
}
