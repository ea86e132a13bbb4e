//! The command line and the settings made one: every value passes the same parser, wherever it was set.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches, FromArgMatches};

use super::{Cli, Command, parser, pending};
use crate::config::{self, Origin, Selection, Setting, SettingValue};
use crate::context::{Context, Stream};
use crate::display::{escape, escape_lines};
use crate::look::ColorChoice;

/// Options that are set entry by entry, each under the name before its `=`.
pub(crate) const KEYED: &[&str] =
    &["input", "dep-input", "source", "server", "server-var", "auth", "file", "report", "check-response", "rule"];

/// Of those the ones whose entries replace each other: one that is given twice in one place would lose a value.
const ONCE: &[&str] = &["input", "dep-input", "source", "server", "server-var", "file"];

/// Fewer columns than this leave no room beside the longest options.
const NARROW: usize = 70;

/// What to do.
#[derive(Debug)]
pub enum Resolved {
    /// A command.
    Invocation(Invocation),
    /// Print this on stdout; it was asked for.
    Shown(String),
}

/// A command with all its settings.
#[derive(Debug)]
pub struct Invocation {
    /// The command and its options.
    pub command: Command,
    /// What was not set on the command line.
    pub applied: Vec<Applied>,
    /// The settings files that were read.
    pub files: Vec<PathBuf>,
}

/// A value that came from a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The option's long name.
    pub option: String,
    /// The entry, of an option that has entries.
    pub key: Option<String>,
    /// Where it was set.
    pub origin: Origin,
    token: OsString,
}

/// Arguments or settings that can't be used; the command exits with 2.
#[derive(Debug)]
pub struct Usage {
    /// When to colour the message.
    pub color: ColorChoice,
    message: Message,
}

#[derive(Debug)]
enum Message {
    Clap(Box<clap::Error>),
    Own(String),
}

impl Invocation {
    /// Which of a repeatable option's values the user's settings file gives: values stand in the order environment, user's
    /// file, project's file, command line.
    pub fn configured(&self, option: &str) -> std::ops::Range<usize> {
        self.of(option, |origin| matches!(origin, Origin::User(_)))
    }

    /// Which of a repeatable option's values the project's settings file gives.
    pub fn of_project(&self, option: &str) -> std::ops::Range<usize> {
        self.of(option, |origin| matches!(origin, Origin::Project(_)))
    }

    /// How many of a repeatable option's values were not given on the command line; they stand before those that were.
    pub fn set_elsewhere(&self, option: &str) -> usize {
        self.applied.iter().filter(|entry| entry.option == option).count()
    }

    fn of(&self, option: &str, wanted: impl Fn(&Origin) -> bool) -> std::ops::Range<usize> {
        let all = || self.applied.iter().filter(|entry| entry.option == option);
        let start = all().take_while(|entry| !wanted(&entry.origin)).count();
        start..start + all().filter(|entry| wanted(&entry.origin)).count()
    }
}

impl Usage {
    /// A message of our own: one phrase in lower case, perhaps with further lines.
    pub fn new(message: impl Into<String>) -> Usage {
        Usage { color: ColorChoice::Auto, message: Message::Own(message.into()) }
    }

    /// The text for stderr, with a line break at its end.
    pub fn text(&self, color: bool) -> String {
        match &self.message {
            Message::Clap(error) if color => error.render().ansi().to_string(),
            Message::Clap(error) => error.render().to_string(),
            Message::Own(message) => {
                let word = if color { "\u{1b}[1m\u{1b}[31merror:\u{1b}[0m" } else { "error:" };
                format!("{word} {}\n", escape_lines(message))
            }
        }
    }
}

/// Reads the command line and every setting.
///
/// # Errors
/// If they can't be used, with what to print.
pub fn resolve(context: &Context) -> Result<Resolved, Usage> {
    let parser = fitted(parser(), help_width(context));
    let matches = match parser.clone().try_get_matches_from(asking_for_help(&context.arguments).as_ref()) {
        Ok(matches) => matches,
        Err(error) => return refuse(error, context),
    };
    let (name, given) = matches.subcommand().ok_or_else(|| Usage::new("no command"))?;
    let command = parser.find_subcommand(name).ok_or_else(|| Usage::new("no command"))?;
    let (applied, files) = apply(context, &parser, command, given)?;
    let matches = parse_with(context, &parser, command, &applied)?;
    let (_, all) = matches.subcommand().ok_or_else(|| Usage::new("no command"))?;
    refuse_pending(command, all, &applied)?;
    if all.get_flag("show_config") {
        return Ok(Resolved::Shown(super::show::settings(command, given, all, &applied, context)));
    }
    let cli = Cli::from_arg_matches(&matches).map_err(of_clap)?;
    Ok(Resolved::Invocation(Invocation { command: cli.command, applied, files }))
}

/// `arras help COMMAND` asks for the page that `arras COMMAND --help` prints.
fn asking_for_help(arguments: &[OsString]) -> Cow<'_, [OsString]> {
    match arguments {
        [program, help, about @ ..] if help == "help" && about.len() < 2 => {
            Cow::Owned([std::slice::from_ref(program), about, &["--help".into()]].concat())
        }
        all => Cow::Borrowed(all),
    }
}

/// The columns of a page of help: the terminal's, else those that `COLUMNS` says, at most 100.
fn help_width(context: &Context) -> usize {
    let said = || context.variable("COLUMNS")?.parse().ok();
    let columns = match context.stdout {
        Stream::Terminal { columns } => Some(columns),
        Stream::Pipe => said(),
    };
    columns.filter(|columns| *columns > 0).map_or(100, |columns| columns.min(100))
}

/// The parser with help of that width; where it is narrow, what an option does stands below it.
fn fitted(parser: clap::Command, width: usize) -> clap::Command {
    let parser = parser.term_width(width);
    if width >= NARROW { parser } else { parser.mut_subcommands(|command| command.next_line_help(true)) }
}

/// Help and version are answers.
fn refuse(error: clap::Error, context: &Context) -> Result<Resolved, Usage> {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        let color = context.look(ColorChoice::Auto, &context.stdout).color;
        let text = error.render();
        return Ok(Resolved::Shown(if color { text.ansi().to_string() } else { text.to_string() }));
    }
    Err(of_clap(error))
}

/// A parser's error, without the value where that may be a secret.
fn of_clap(mut error: clap::Error) -> Usage {
    let about = |option: &str| matches!(error.get(ContextKind::InvalidArg), Some(ContextValue::String(name)) if name.contains(option));
    let has_user =
        matches!(error.get(ContextKind::InvalidValue), Some(ContextValue::String(value)) if value.contains('@'));
    if about("--auth") || (about("--server ") || about("--source ")) && has_user {
        error.insert(ContextKind::InvalidValue, ContextValue::String("***".to_owned()));
    }
    Usage { color: ColorChoice::Auto, message: Message::Clap(Box::new(error)) }
}

/// The settings that apply: per option, or per entry, those of the highest origin below the command line; and the files
/// that were read for them.
fn apply(
    context: &Context,
    parser: &clap::Command,
    command: &clap::Command,
    given: &ArgMatches,
) -> Result<(Vec<Applied>, Vec<PathBuf>), Usage> {
    let selection = Selection {
        config: given.get_one("config").cloned(),
        profile: given.get_one("profile").cloned(),
        untrusted: given.try_get_one("untrusted").ok().flatten().copied().unwrap_or(false)
            || context.variable(&config::variable("untrusted")).is_some_and(|value| switch(value) != Some(false)),
    };
    let known: Vec<String> = parser.get_subcommands().flat_map(options).collect();
    let here: Vec<String> = options(command).collect();
    let read = config::layers(context, &selection, &known, &here);
    let (layers, files) = read.map_err(|error| Usage::new(error.0))?;
    let mut applied = Vec::new();
    for argument in command.get_arguments() {
        let Some(option) = argument.get_long() else { continue };
        let on_line = given.value_source(argument.get_id().as_str()) == Some(ValueSource::CommandLine);
        let keyed = KEYED.contains(&option);
        if on_line && !keyed {
            continue;
        }
        let keys = if on_line { raw_keys(given, argument) } else { Vec::new() };
        refuse_repeated(option, keys.iter().map(String::as_str), None)?;
        let mut taken: BTreeSet<String> = keys.into_iter().collect();
        for setting in layers.iter().flatten().filter(|setting| setting.option == option) {
            let entries = entries(argument, setting)?;
            let keys = entries.iter().filter_map(|entry| entry.key.as_deref());
            refuse_repeated(option, keys, Some(&setting.origin))?;
            let fresh = entries.into_iter().filter(|entry| entry.key.as_ref().is_none_or(|key| !taken.contains(key)));
            let fresh: Vec<_> = fresh.collect();
            taken.extend(fresh.iter().filter_map(|entry| entry.key.clone()));
            applied.extend(fresh);
            if !keyed {
                break;
            }
        }
    }
    Ok((applied, files))
}

/// Every option of every command.
pub(crate) fn known_options() -> Vec<String> {
    parser().get_subcommands().flat_map(options).collect()
}

fn options(command: &clap::Command) -> impl Iterator<Item = String> {
    command.get_arguments().filter_map(|argument| argument.get_long().map(str::to_owned))
}

/// Refuses an entry that one place gives twice, such as `-i a=1 -i a=2`.
fn refuse_repeated<'k>(
    option: &str,
    keys: impl Iterator<Item = &'k str>,
    origin: Option<&Origin>,
) -> Result<(), Usage> {
    let mut seen = BTreeSet::new();
    let mut keys = keys.filter(|_| ONCE.contains(&option));
    let Some(twice) = keys.find(|key| !seen.insert(*key)) else { return Ok(()) };
    let origin = origin.map(|origin| format!("{origin}: ")).unwrap_or_default();
    let what = match twice {
        "" => format!("`--{option}` without a source"),
        twice => format!("`--{option} {}`", escape(twice)),
    };
    let help = if option == "input" { "; several values are one list, as JSON" } else { "" };
    Err(Usage::new(format!("{origin}{what} is given more than once: which value is meant?{help}")))
}

fn raw_keys(given: &ArgMatches, argument: &clap::Arg) -> Vec<String> {
    let values = given.get_raw(argument.get_id().as_str()).into_iter().flatten();
    values.map(|value| key(argument.get_long().unwrap_or_default(), &value.to_string_lossy())).collect()
}

/// What an entry is known by: the text before its `=`, nothing for a server of all sources.
fn key(option: &str, text: &str) -> String {
    match text.split_once('=') {
        Some((name, _)) if option != "server" || !name.contains(['/', ':']) => name.to_owned(),
        _ => String::new(),
    }
}

/// A setting as arguments.
fn entries(argument: &clap::Arg, setting: &Setting) -> Result<Vec<Applied>, Usage> {
    let option = setting.option.as_str();
    let refuse = |what: &str| Usage::new(format!("{}: `{option}` {what}", setting.origin));
    let entry = |value: Option<&str>| {
        let token = value.map_or_else(|| format!("--{option}"), |value| format!("--{option}={value}"));
        let key = value.filter(|_| KEYED.contains(&option)).map(|value| key(option, value));
        Applied { option: option.to_owned(), key, origin: setting.origin.clone(), token: token.into() }
    };
    match (argument.get_action(), &setting.value) {
        (ArgAction::SetTrue, SettingValue::Flag(on)) => Ok(on.then(|| entry(None)).into_iter().collect()),
        (ArgAction::SetTrue, SettingValue::Text(text)) => match switch(text) {
            Some(on) => Ok(on.then(|| entry(None)).into_iter().collect()),
            None => Err(refuse("is a switch: `true` or `false`")),
        },
        (ArgAction::SetTrue, _) => Err(refuse("is a switch: `true` or `false`")),
        (ArgAction::Count, SettingValue::Flag(on)) => Ok(vec![entry(None); usize::from(*on)]),
        (ArgAction::Count, SettingValue::Text(text)) => match text.parse::<u8>() {
            Ok(times) if times <= 2 => Ok(vec![entry(None); usize::from(times)]),
            _ => Err(refuse("is a level: 0, 1 or 2")),
        },
        (ArgAction::Set, SettingValue::Flag(on))
            if argument.get_num_args().is_some_and(|count| count.min_values() == 0) =>
        {
            Ok(on.then(|| entry(None)).into_iter().collect())
        }
        (ArgAction::Set, SettingValue::Text(text)) => Ok(vec![entry(Some(text))]),
        (ArgAction::Append, SettingValue::Text(text)) => Ok(text.lines().map(|line| entry(Some(line))).collect()),
        (ArgAction::Append, SettingValue::List(texts)) => Ok(texts.iter().map(|text| entry(Some(text))).collect()),
        (ArgAction::Append, SettingValue::Table(pairs)) if KEYED.contains(&option) => {
            Ok(pairs.iter().map(|(name, value)| entry(Some(&format!("{name}={value}")))).collect())
        }
        (ArgAction::Append, SettingValue::Flag(_)) => Err(refuse("needs a value")),
        (ArgAction::Append, _) => Err(refuse("is a list of texts")),
        _ => Err(refuse("takes one value")),
    }
}

fn switch(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Some(true),
        "0" | "false" | "no" | "off" | "" => Some(false),
        _ => None,
    }
}

/// Parses the command line once more, the settings before the user's own arguments.
fn parse_with(
    context: &Context,
    parser: &clap::Command,
    command: &clap::Command,
    applied: &[Applied],
) -> Result<ArgMatches, Usage> {
    let (before, after) = context.arguments.split_at(context.arguments.len().min(2));
    let tokens = applied.iter().map(|entry| &entry.token);
    let all = before.iter().chain(tokens).chain(after);
    parser
        .clone()
        .try_get_matches_from(all)
        .map_err(|error| applied.iter().find_map(|entry| blame(command, entry)).unwrap_or_else(|| of_clap(error)))
}

/// The error of a setting that the parser does not take, with where it was set.
fn blame(command: &clap::Command, entry: &Applied) -> Option<Usage> {
    let relaxed = command.clone().no_binary_name(true).mut_args(|argument| argument.required(false));
    let error = relaxed.try_get_matches_from([&entry.token]).err()?;
    let Message::Clap(error) = of_clap(error).message else { return None };
    let text = error.render().to_string();
    let first = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
    Some(Usage::new(format!("{}: {first}", entry.origin)))
}

fn refuse_pending(command: &clap::Command, all: &ArgMatches, applied: &[Applied]) -> Result<(), Usage> {
    let set = |argument: &&clap::Arg| all.value_source(argument.get_id().as_str()) == Some(ValueSource::CommandLine);
    let mut options = command.get_arguments().filter(set).filter_map(clap::Arg::get_long);
    let Some((option, why)) = options.find_map(|long| Some((long, pending::refusal(long)?))) else { return Ok(()) };
    let origin = applied.iter().find(|entry| entry.option == option).map(|entry| format!("{}: ", entry.origin));
    Err(Usage::new(format!("{}`--{option}` is not available: {why}", origin.unwrap_or_default())))
}
