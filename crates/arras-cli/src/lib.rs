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

use arras_doc::suggest;

use crate::args::resolve::{Resolved, known_options, resolve};
use crate::context::Context;
use crate::display::escape;
use crate::exit::Exit;
use crate::look::{ColorChoice, Tone};

/// Reads the arguments and settings, carries the command out, and says how to exit.
pub fn main(context: &Context) -> Exit {
    warn_of_variables(context);
    match resolve(context) {
        Ok(Resolved::Invocation(invocation)) => command::dispatch(&invocation, context),
        Ok(Resolved::Shown(text)) => context.write_stdout(&text),
        Err(usage) => {
            context.write_stderr(&usage.text(context.look(usage.color, &context.stderr).color));
            Exit::Usage
        }
    }
}

/// Says which variables look like settings and are none: one that is misspelt would be passed over in silence.
fn warn_of_variables(context: &Context) {
    if !context.variables.keys().any(|name| name.starts_with(config::PREFIX)) {
        return;
    }
    let look = context.look(ColorChoice::Auto, &context.stderr);
    for (name, near) in config::unread(context, &known_options()) {
        let near = near.and_then(|near| suggest::did_you_mean(&[&near])).map(|near| format!(": {near}"));
        let (word, name, near) = (look.paint(Tone::Caution, "warning:"), escape(name), near.unwrap_or_default());
        context.write_stderr(&look.spell(format!("{word} nothing reads the variable `{name}`{near}\n")));
    }
}
