//! `arras schema`, `arras completions`, `arras man`: the command's own outputs and options, described.

use std::io::{self, Write};

use clap::ValueEnum;

use crate::args::completing::{completing, mended};
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
    context.write_stdout(&mended(&script, args.shell))
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

fn render(page: &mut Vec<u8>) -> io::Result<()> {
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
    writeln!(page, ".SH \"EXIT STATUS\"")?;
    for (code, meaning) in CODES {
        writeln!(page, ".TP\n\\fB{code}\\fR\n{}", troff(meaning))?;
    }
    writeln!(page, ".SH EXAMPLES\n.nf")?;
    for command in parser.get_subcommands() {
        let shown = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let lines = shown.lines().skip_while(|line| *line != "Examples:").skip(1);
        lines
            .take_while(|line| line.starts_with("  "))
            .try_for_each(|line| writeln!(page, "{}", troff(line.trim())))?;
    }
    writeln!(page, ".fi")?;
    whole.render_version_section(page)
}

/// What the shell learns, as the first page of help has it in short.
const CODES: [(&str, &str); 7] = [
    ("0", "The answer is yes; warnings may stand beside it."),
    ("1", "The answer is no: a workflow or a test failed, a check found errors."),
    ("2", "Usage: bad arguments, or inputs that the schema refuses."),
    ("3", "Refused: the document, or a source that it names, is missing or invalid."),
    (
        "4",
        "Environment, worth another try: a file that can't be read or written, no credentials, no region, no answer over the network.",
    ),
    ("5", "A budget of the run was exceeded: --timeout, --max-steps, --max-visits, --max-depth."),
    ("130, 143", "Interrupted by SIGINT or SIGTERM."),
];

/// A line of text as a line of the page.
fn troff(line: &str) -> String {
    let escaped = line.replace('\\', r"\e").replace('-', r"\-").replace('\'', r"\(aq");
    if escaped.starts_with('.') { format!(r"\&{escaped}") } else { escaped }
}
