//! Names on the command line that documents must have: where one is misspelt, what was meant to be replaced would be used
//! in its place. Settings files and environment variables may be about other documents, and are not looked at.

use std::collections::BTreeSet;

use arras::{Loaded, WorkflowRun};
use arras_doc::diagnostic::Diagnostics;
use arras_doc::openapi::{Description, Place};
use arras_doc::suggest;
use arras_run::inputs;

use crate::args::resolve::{Invocation, Usage};
use crate::args::run::SetupArgs;
use crate::args::values::{Credential, DependencyInput, NamedPath, Server, ServerVariable};
use crate::args::{AuthListArgs, RunArgs};
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

/// What the command line itself names that documents must have.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::command) struct Given<'a> {
    sources: &'a [NamedPath],
    servers: &'a [Server],
    variables: &'a [ServerVariable],
    credentials: &'a [Credential],
}

impl<'a> Given<'a> {
    /// What a run is given.
    pub(in crate::command) fn of(setup: &'a SetupArgs, invocation: &Invocation) -> Given<'a> {
        let SetupArgs { sources, auth, .. } = setup;
        Given {
            servers: own("server", &sources.server, invocation),
            variables: own("server-var", &sources.server_var, invocation),
            credentials: own("auth", &auth.auth, invocation),
            ..Given::of_sources(&sources.source, invocation)
        }
    }

    /// What a listing of credentials is given.
    pub(in crate::command) fn of_listing(args: &'a AuthListArgs, invocation: &Invocation) -> Given<'a> {
        Given {
            variables: own("server-var", &args.server_var, invocation),
            credentials: own("auth", &args.who.auth, invocation),
            ..Given::of_sources(&args.source, invocation)
        }
    }

    /// What is given to a command that knows of `--source` alone.
    pub(in crate::command) fn of_sources(sources: &'a [NamedPath], invocation: &Invocation) -> Given<'a> {
        Given { sources: own("source", sources, invocation), ..Given::default() }
    }

    /// Whether nothing is named.
    pub(in crate::command) fn is_empty(&self) -> bool {
        let Given { sources, servers, variables, credentials } = self;
        sources.is_empty() && servers.is_empty() && variables.is_empty() && credentials.is_empty()
    }
}

/// The values of an option that stand on the command line itself.
fn own<'a, T>(option: &str, all: &'a [T], invocation: &Invocation) -> &'a [T] {
    all.get(invocation.set_elsewhere(option)..).unwrap_or_default()
}

/// Whether the command line itself gives inputs that workflows must have: files, or those of dependencies.
pub(in crate::command) fn gives_inputs(setup: &SetupArgs, invocation: &Invocation) -> bool {
    let SetupArgs { inputs, .. } = setup;
    !own("file", &inputs.input_file, invocation).is_empty()
        || !own("dep-input", &inputs.dep_input, invocation).is_empty()
}

impl Names {
    /// What these documents name.
    pub(in crate::command) fn of(loaded: &Loaded) -> Names {
        let mut names = Names::default();
        names.add(loaded);
        names
    }

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
    pub(in crate::command) fn check_sources(&self, given: &Given<'_>) -> Result<(), Usage> {
        if self.sources.is_empty() {
            return Ok(());
        }
        given.sources.iter().try_for_each(|source| self.source("source", &source.name))
    }

    /// Refuses what the command line names and no document has.
    ///
    /// # Errors
    /// The first such name, with the nearest and all that there are.
    pub(in crate::command) fn check(&self, given: &Given<'_>) -> Result<(), Usage> {
        given.sources.iter().try_for_each(|source| self.source("source", &source.name))?;
        for server in given.servers {
            server.source.iter().try_for_each(|name| self.source("server", name))?;
        }
        for variable in given.variables {
            variable.source.iter().try_for_each(|name| self.source("server-var", name))?;
            let of_source = |(source, _): &&(String, String)| variable.source.as_ref().is_none_or(|own| own == source);
            let names: BTreeSet<&str> =
                self.variables.iter().filter(of_source).map(|(_, name)| name.as_str()).collect();
            has("server-var", "server variable", &variable.name, &names)?;
        }
        for credential in given.credentials {
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
    pub(in crate::command) fn check_near(&self, given: &Given<'_>) -> Result<(), Usage> {
        for source in given.sources {
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

/// Refuses the inputs of dependencies, files and outputs that the command line names and none of the chosen workflows has.
///
/// # Errors
/// The first such name, with the nearest and all that there are.
pub(in crate::command) fn of_workflows(
    args: &RunArgs,
    invocation: &Invocation,
    runs: &[(String, WorkflowRun)],
) -> Result<(), Usage> {
    let entries = || runs.iter().map(|(_, run)| run.plan().entry());
    for input in own("dep-input", &args.setup.inputs.dep_input, invocation) {
        dependency_input(input, runs)?;
    }
    for file in own("file", &args.setup.inputs.input_file, invocation) {
        let given = [(file.name.clone(), arras_doc::value::Value::Null)].into_iter().collect();
        if entries().any(|workflow| workflow.inputs.schema().is_some() && workflow.inputs.unknown(&given).is_empty()) {
            continue;
        }
        let names = entries().flat_map(|workflow| inputs::names(workflow.inputs.schema())).collect();
        has("file", "input", &file.name, &names)?;
    }
    for name in own("reveal", &args.results.reveal, invocation) {
        let names = entries().flat_map(|workflow| workflow.outputs.iter().map(|output| output.name.as_str())).collect();
        has("reveal", "output", name, &names)?;
    }
    Ok(())
}

/// Refuses an input that no such workflow declares; whether there is such a workflow is asked elsewhere.
fn dependency_input(given: &DependencyInput, runs: &[(String, WorkflowRun)]) -> Result<(), Usage> {
    let named = runs.iter().filter_map(|(_, run)| {
        let workflow = run.plan().workflows.get(run.plan().named(&given.workflow)?)?;
        Some((workflow, std::ptr::eq(workflow, run.plan().entry())))
    });
    let named: Vec<_> = named.collect();
    let workflows = || named.iter().filter(|(_, is_entry)| !is_entry).map(|(workflow, _)| *workflow);
    let (workflow, name) = (escape(&given.workflow), escape(&given.name));
    if workflows().next().is_none() {
        if named.is_empty() {
            return Ok(());
        }
        let why = format!("nothing depends on `{workflow}`, which is run itself: give its inputs by `-i`");
        return Err(Usage::new(format!("`--dep-input {workflow}:{name}`: {why}")));
    }
    let object = [(given.name.clone(), arras_doc::value::Value::Null)].into_iter().collect();
    if workflows().any(|workflow| workflow.inputs.schema().is_some() && workflow.inputs.unknown(&object).is_empty()) {
        return Ok(());
    }
    has(
        "dep-input",
        "input",
        &given.name,
        &workflows().flat_map(|workflow| inputs::names(workflow.inputs.schema())).collect(),
    )
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
