//! Names on the command line that documents must have: where one is misspelt, what was meant to be replaced would be used
//! in its place. Settings files and environment variables may be about other documents, and are not looked at.

use std::collections::BTreeSet;

use arras::{Loaded, WorkflowRun};
use arras_doc::diagnostic::Diagnostics;
use arras_doc::openapi::{Description, Place};
use arras_doc::suggest;
use arras_run::inputs;

use crate::args::RunArgs;
use crate::args::resolve::{Invocation, Usage};
use crate::args::run::SetupArgs;
use crate::display::escape;

/// What loaded documents name.
#[derive(Clone, Debug, Default)]
pub(in crate::command) struct Names {
    sources: BTreeSet<String>,
    /// With their source descriptions.
    variables: BTreeSet<(String, String)>,
    /// With their source descriptions.
    schemes: BTreeSet<(String, String)>,
}

/// Whether the command line itself names something that documents must have.
pub(in crate::command) fn is_asked(setup: &SetupArgs, invocation: &Invocation) -> bool {
    let sources = &setup.sources;
    let counts = [
        ("source", sources.source.len()),
        ("server", sources.server.len()),
        ("server-var", sources.server_var.len()),
        ("auth", setup.auth.auth.len()),
    ];
    counts.iter().any(|(option, count)| *count > invocation.set_elsewhere(option))
}

/// Whether the command line itself gives files as inputs.
pub(in crate::command) fn gives_files(setup: &SetupArgs, invocation: &Invocation) -> bool {
    setup.inputs.input_file.len() > invocation.set_elsewhere("file")
}

impl Names {
    /// Adds what these documents name.
    pub(in crate::command) fn add(&mut self, loaded: &Loaded) {
        self.add_sources(loaded);
        for (source, description) in loaded.descriptions() {
            let pair = |name: String| (source.clone(), name);
            self.variables.extend(variables(&description).into_iter().map(pair));
            self.schemes.extend(schemes(&description).into_iter().map(pair));
        }
        // requirements may name what stands in other files
        let needs = loaded.needs().map(|needs| needs.steps).unwrap_or_default();
        for step in needs {
            let named = step.alternatives.into_iter().flatten().map(|need| (step.source.clone(), need.scheme));
            self.schemes.extend(named);
        }
    }

    /// Adds the source descriptions of these documents alone.
    pub(in crate::command) fn add_sources(&mut self, loaded: &Loaded) {
        for linked in &loaded.bundle().documents {
            self.sources.extend(linked.document.source_descriptions.iter().map(|source| source.name.value.clone()));
        }
    }

    /// Refuses a name of `--source` that no document has, if there is any that could be read.
    ///
    /// # Errors
    /// The first such name, with the nearest and all that there are.
    pub(in crate::command) fn check_sources<'n>(&self, mut given: impl Iterator<Item = &'n str>) -> Result<(), Usage> {
        if self.sources.is_empty() { Ok(()) } else { given.try_for_each(|name| self.source("source", name)) }
    }

    /// Refuses what the command line names and no document has.
    ///
    /// # Errors
    /// The first such name, with the nearest and all that there are.
    pub(in crate::command) fn check(&self, setup: &SetupArgs, invocation: &Invocation) -> Result<(), Usage> {
        let SetupArgs { sources, auth, .. } = setup;
        let own = |option: &str| invocation.set_elsewhere(option);
        for source in sources.source.iter().skip(own("source")) {
            self.source("source", &source.name)?;
        }
        for server in sources.server.iter().skip(own("server")) {
            server.source.iter().try_for_each(|name| self.source("server", name))?;
        }
        for variable in sources.server_var.iter().skip(own("server-var")) {
            variable.source.iter().try_for_each(|name| self.source("server-var", name))?;
            let of_source = |(source, _): &&(String, String)| variable.source.as_ref().is_none_or(|own| own == source);
            let names: BTreeSet<&str> =
                self.variables.iter().filter(of_source).map(|(_, name)| name.as_str()).collect();
            has("server-var", "server variable", &variable.name, &names)?;
        }
        for credential in auth.auth.iter().skip(own("auth")) {
            let whole = match &credential.source {
                Some(source) => format!("{source}.{}", credential.scheme),
                None => credential.scheme.clone(),
            };
            // the names of schemes may hold dots
            let fits = |(source, scheme): &(String, String)| *scheme == whole || format!("{source}.{scheme}") == whole;
            if self.schemes.iter().any(fits) {
                continue;
            }
            if let Some(source) = &credential.source {
                self.source("auth", source)?;
            }
            let of_source =
                |(source, _): &&(String, String)| credential.source.as_ref().is_none_or(|own| own == source);
            let names = self.schemes.iter().filter(of_source).map(|(_, scheme)| scheme.as_str()).collect();
            has("auth", "security scheme", &credential.scheme, &names)?;
        }
        Ok(())
    }

    /// Refuses what `--source` on the command line surely misspells, where documents have errors: perhaps for that.
    ///
    /// # Errors
    /// The first such name, with the nearest and all that there are.
    pub(in crate::command) fn check_near(&self, setup: &SetupArgs, invocation: &Invocation) -> Result<(), Usage> {
        for source in setup.sources.source.iter().skip(invocation.set_elsewhere("source")) {
            if !suggest::nearest(&source.name, self.sources.iter().map(String::as_str), 1).is_empty() {
                self.source("source", &source.name)?;
            }
        }
        Ok(())
    }

    fn source(&self, option: &str, name: &str) -> Result<(), Usage> {
        has(option, "source description", name, &self.sources.iter().map(String::as_str).collect())
    }
}

/// Refuses the files and outputs that the command line names and none of the chosen workflows has.
///
/// # Errors
/// The first such name, with the nearest and all that there are.
pub(in crate::command) fn of_workflows(
    args: &RunArgs,
    invocation: &Invocation,
    runs: &[(String, WorkflowRun)],
) -> Result<(), Usage> {
    let entries = || runs.iter().map(|(_, run)| run.plan().entry());
    for file in args.setup.inputs.input_file.iter().skip(invocation.set_elsewhere("file")) {
        let given = [(file.name.clone(), arras_doc::value::Value::Null)].into_iter().collect();
        if entries().any(|workflow| workflow.inputs.schema().is_some() && workflow.inputs.unknown(&given).is_empty()) {
            continue;
        }
        let names = entries().flat_map(|workflow| inputs::names(workflow.inputs.schema())).collect();
        has("file", "input", &file.name, &names)?;
    }
    for name in args.results.reveal.iter().skip(invocation.set_elsewhere("reveal")) {
        let names = entries().flat_map(|workflow| workflow.outputs.iter().map(|output| output.name.as_str())).collect();
        has("reveal", "output", name, &names)?;
    }
    Ok(())
}

fn has(option: &str, what: &str, name: &str, names: &BTreeSet<&str>) -> Result<(), Usage> {
    if names.contains(name) {
        return Ok(());
    }
    let near = suggest::nearest(name, names.iter().copied(), 3);
    let near: Vec<String> = near.into_iter().map(|name| escape(name).into_owned()).collect();
    let near = suggest::did_you_mean(&near.iter().map(String::as_str).collect::<Vec<_>>());
    let near = near.map(|near| format!(": {near}")).unwrap_or_default();
    let all: Vec<_> = names.iter().take(SHOWN).map(|name| format!("`{}`", escape(name))).collect();
    let more = if names.len() > SHOWN { format!(" and {} more", names.len() - SHOWN) } else { String::new() };
    let there = match all.is_empty() {
        true => "there is none".to_owned(),
        false => format!("there is {}{more}", all.join(", ")),
    };
    let name = escape(name);
    Err(Usage::new(format!("`--{option} {name}`: there is no {what} `{name}`{near}\n  {there}")))
}

/// So many of the names that there are stand in a message.
const SHOWN: usize = 20;

/// The variables of all servers of a description.
fn variables(description: &Description) -> BTreeSet<String> {
    let mut quiet = Diagnostics::new();
    let servers = description.operations().flat_map(|operation| operation.servers(&mut quiet));
    servers.flat_map(|server| server.variables).map(|variable| variable.name.to_owned()).collect()
}

/// The security schemes that a description declares.
fn schemes(description: &Description) -> BTreeSet<String> {
    let root = description.root();
    let components = root.get("components").and_then(|components| components.get("securitySchemes"));
    let maps = [components, root.get("securityDefinitions")];
    let names = |map: Place<'_>| map.entries().map(|(name, _)| name.key().to_owned()).collect::<Vec<_>>();
    maps.into_iter().flatten().flat_map(names).collect()
}
