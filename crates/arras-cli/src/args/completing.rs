//! The parser as shells see it: where the command explains what is wrong with a value, a shell completes those that are right.

use arras_doc::rule;
use clap::builder::{PossibleValue, PossibleValuesParser};

use super::parser;
use super::values::ReportKind;

/// The parser with the values that a shell can complete.
pub fn completing() -> clap::Command {
    let names: Vec<_> = parser().get_subcommands().map(|command| command.get_name().to_owned()).collect();
    names.iter().fold(parser(), |parser, name| {
        parser.mut_subcommand(name, |command| {
            command.mut_args(|argument| match values(name, argument.get_id().as_str()) {
                Some(values) => argument.value_parser(PossibleValuesParser::new(values)),
                None => argument,
            })
        })
    })
}

/// What stands for an argument; a name before its value ends with `=`.
fn values(command: &str, argument: &str) -> Option<Vec<PossibleValue>> {
    let rules = |ending: &'static str, inert: bool| {
        let mut all: Vec<_> = rule::ALL.iter().filter(|rule| rule.inert || !inert).collect();
        all.sort_unstable_by_key(|rule| rule.id);
        all.into_iter().map(|rule| PossibleValue::new(lasting(rule.id, ending)).help(rule.summary)).collect()
    };
    match (command, argument) {
        ("explain", "rule") => Some(rules("", false)),
        ("check", "rule") => Some(rules("=", false)),
        (_, "rule") => Some(rules("=", true)),
        (_, "report") => Some(ReportKind::ALL.iter().map(|(name, _)| PossibleValue::new(lasting(name, "="))).collect()),
        _ => None,
    }
}

/// A name with its ending for as long as the process lasts, which is over when the script is printed.
fn lasting(name: &str, ending: &str) -> &'static str {
    format!("{name}{ending}").leak()
}

/// The script for bash, which is not to end the word behind a `=`: the value follows.
pub fn for_bash(script: &str) -> String {
    let mut out = String::with_capacity(script.len());
    for line in script.lines() {
        out.push_str(line);
        out.push('\n');
        let indent = line.len() - line.trim_start().len();
        if line.trim_start().starts_with("COMPREPLY=($(compgen -W") && line.contains("= ") {
            out.push_str(&format!("{:indent$}compopt -o nospace\n", ""));
        }
    }
    out
}
