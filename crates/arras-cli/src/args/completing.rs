//! The parser as shells see it: where the command explains what is wrong with a value, a shell completes those that are right.

use arras_doc::rule;
use clap::builder::{PossibleValue, PossibleValuesParser};
use clap_complete::Shell;

use super::values::ReportKind;
use super::{parser, pending};
use crate::command::faults;

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
    let rules = |ending: &'static str, inert: bool| -> Vec<PossibleValue> {
        let mut all: Vec<_> = rule::ALL.iter().filter(|rule| rule.inert || !inert).collect();
        all.sort_unstable_by_key(|rule| rule.id);
        all.into_iter().map(|rule| PossibleValue::new(lasting(rule.id, ending)).help(rule.summary)).collect()
    };
    match (command, argument) {
        ("explain", "rule") => {
            let kinds = faults::all().filter(|kind| rule::ALL.iter().all(|rule| rule.id != kind.name));
            Some(rules("", false).into_iter().chain(kinds.map(|kind| PossibleValue::new(kind.name))).collect())
        }
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

/// The script of a shell, mended where its generator falls short.
pub fn mended(script: &str, shell: Shell) -> String {
    let script = without_pending(script);
    match shell {
        Shell::Bash => for_bash(&script),
        Shell::Fish => for_fish(script),
        _ => script,
    }
}

/// The script without options that the command refuses, each of which is a line, or a word of bash's lists.
fn without_pending(script: &str) -> String {
    let mut script = script.to_owned();
    for option in pending::options() {
        script = script.replace(&format!(" --{option} "), " ");
        let names = [format!("--{option}["), format!("-l {option} "), format!("'--{option}'"), format!("--{option} '")];
        let is_it = |line: &&str| names.iter().any(|name| line.contains(name));
        script = script.lines().filter(|line| !is_it(line)).fold(String::new(), |text, line| text + line + "\n");
    }
    script
}

/// The script for fish with the values of arguments that are no options.
fn for_fish(mut script: String) -> String {
    let quoted = |text: &str| text.replace('\\', r"\\").replace('\'', r"\'");
    for command in completing().get_subcommands() {
        let all: Vec<_> = command.get_positionals().collect();
        for argument in &all {
            let values = argument.get_possible_values();
            if values.is_empty() {
                continue;
            }
            // where a file follows, files are completed, too
            let alone = if all.len() == 1 { " -f" } else { "" };
            let line = |value: &PossibleValue| {
                let help = value.get_help().map(ToString::to_string).unwrap_or_default();
                format!(r"{}\t'{}'", value.get_name(), quoted(&help))
            };
            let lines: Vec<_> = values.iter().filter(|value| !value.is_hide_set()).map(line).collect();
            let name = command.get_name();
            script.push_str(&format!(
                "complete -c arras -n \"__fish_arras_using_subcommand {name}\"{alone} -a \"{}\"\n",
                lines.join("\n").replace('"', "\\\"").replace('$', "\\$")
            ));
        }
    }
    script
}

/// The script for bash, which is not to end the word behind a `=`: the value follows.
fn for_bash(script: &str) -> String {
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
