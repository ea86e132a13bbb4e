//! `--show-config`: every setting that has a value, and where it comes from.

use arras_doc::uri::without_user;
use clap::ArgMatches;
use clap::parser::ValueSource;

use super::resolve::Applied;
use crate::config::Origin;
use crate::context::Context;
use crate::display;

/// A line for each value: option, value, origin. Credentials are masked, those within URLs too, and the values of
/// inputs: which of them are secret only the documents tell, which are not read here.
pub(super) fn settings(
    command: &clap::Command,
    given: &ArgMatches,
    all: &ArgMatches,
    applied: &[Applied],
    context: &Context,
) -> String {
    let mut rows = Vec::new();
    for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
        let Some(option) = argument.get_long() else { continue };
        let id = argument.get_id().as_str();
        if option == "show-config" || all.value_source(id).is_none() {
            continue;
        }
        let own: Vec<_> = applied.iter().filter(|entry| entry.option == option).collect();
        let on_line = given.value_source(id) == Some(ValueSource::CommandLine);
        let values = values(all, id);
        let from_settings = if argument.get_action().takes_values() { own.len() } else { usize::from(!own.is_empty()) };
        for (index, value) in values.iter().enumerate() {
            let origin = match own.get(index) {
                Some(entry) if index < from_settings => entry.origin.clone(),
                _ if on_line => Origin::CommandLine,
                _ => Origin::Default,
            };
            rows.push((option.to_owned(), mask(option, value), origin.to_string()));
        }
    }
    let inputs = context.variables.keys().filter_map(|name| Some((name.strip_prefix("ARRAS_INPUT_")?, name)));
    rows.extend(inputs.map(|(input, name)| ("input".to_owned(), format!("{input}=***"), name.clone())));
    table(&rows)
}

fn values(all: &ArgMatches, id: &str) -> Vec<String> {
    if let Ok(Some(on)) = all.try_get_one::<bool>(id) {
        return if *on { vec!["true".to_owned()] } else { Vec::new() };
    }
    if let Ok(Some(times)) = all.try_get_one::<u8>(id) {
        return if *times > 0 { vec![times.to_string()] } else { Vec::new() };
    }
    let raw = all.get_raw(id).into_iter().flatten();
    raw.map(|value| display::escape(&value.to_string_lossy()).into_owned()).collect()
}

fn mask(option: &str, value: &str) -> String {
    let secret = match option {
        "auth" => !value
            .split_once('=')
            .is_some_and(|(_, reference)| reference.starts_with("env:") || reference.starts_with("file:")),
        "input" | "dep-input" => true,
        _ => false,
    };
    match value.split_once('=') {
        Some((name, _)) if secret => format!("{name}=***"),
        _ if value.contains("://") => without_user(value).into_owned(),
        _ => value.to_owned(),
    }
}

fn table(rows: &[(String, String, String)]) -> String {
    let widest = |column: fn(&(String, String, String)) -> &String, limit: usize| {
        rows.iter().map(|row| display::width(column(row)).min(limit)).max().unwrap_or(0)
    };
    let (options, values) = (widest(|row| &row.0, 24), widest(|row| &row.1, 40));
    let fill = |text: &str, columns: usize| format!("{text}{:1$}", "", columns.saturating_sub(display::width(text)));
    rows.iter()
        .map(|(option, value, origin)| format!("{}  {}  {origin}\n", fill(option, options), fill(value, values)))
        .collect()
}
