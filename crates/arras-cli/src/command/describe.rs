//! `arras schema`, `arras completions`, `arras man`: the command's own outputs and options, described.

use clap::ValueEnum;
use clap_complete::Shell;

use crate::args::completing::{completing, for_bash};
use crate::args::{CompletionsArgs, SchemaArgs, parser};
use crate::context::Context;
use crate::exit::Exit;
use crate::schema::Schema;

/// Carries out `arras schema`.
pub(super) fn schema(args: &SchemaArgs, context: &Context) -> Exit {
    match args.name {
        Some(schema) => context.write_stdout(&schema.text()),
        None => context.write_stdout(&names()),
    }
}

/// A line for each schema: its name, and what it describes.
fn names() -> String {
    let line = |schema: &Schema| {
        let value = schema.to_possible_value()?;
        let help = value.get_help().map(ToString::to_string).unwrap_or_default();
        Some(format!("{:<12}{help}\n", value.get_name()))
    };
    Schema::value_variants().iter().filter_map(line).collect()
}

/// Carries out `arras completions`.
pub(super) fn completions(args: &CompletionsArgs, context: &Context) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut completing(), "arras", &mut script);
    let script = String::from_utf8_lossy(&script);
    context.write_stdout(&if args.shell == Shell::Bash { for_bash(&script) } else { script.into_owned() })
}

/// Carries out `arras man`: one page with the options of every command.
pub(super) fn man(context: &Context) -> Exit {
    let mut page = Vec::new();
    match render(&mut page) {
        Ok(()) => context.write_stdout(&String::from_utf8_lossy(&page)),
        Err(error) => {
            context.write_stderr(&format!("error: the manual page can't be made: {error}\n"));
            Exit::Environment
        }
    }
}

fn render(page: &mut Vec<u8>) -> std::io::Result<()> {
    use std::io::Write;
    let mut parser = parser();
    parser.build();
    let whole = clap_mangen::Man::new(parser.clone());
    whole.render_title(page)?;
    whole.render_name_section(page)?;
    whole.render_synopsis_section(page)?;
    whole.render_description_section(page)?;
    for command in parser.get_subcommands() {
        let man = clap_mangen::Man::new(command.clone());
        writeln!(page, ".SH \"ARRAS {}\"", command.get_name().to_uppercase())?;
        man.render_description_section(page)?;
        man.render_options_section(page)?;
    }
    whole.render_extra_section(page)?;
    whole.render_version_section(page)
}
