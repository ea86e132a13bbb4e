//! Where each operation's requests go and who identifies the caller: decided before anything is sent.

use std::collections::{HashMap, HashSet};

use arras_doc::diagnostic::{Diagnostic, Diagnostics, Severity};
use arras_doc::openapi::{Location, Operation, Server};
use arras_doc::rule;
use arras_doc::source::SourceId;
use arras_doc::span::Span;
use arras_run::fault::{Fault, FaultKind, Phase};
use arras_run::plan::{Binding, Bundle, Call};

use super::alternative::StepNeed;
use super::authorize::{self, Question, Wanted};
use super::lookup::{Commands, Lookup};
use super::settings::Missing;
use super::sources::SourceNames;
use super::{AwsSettings, Engine, Error, Settings, server_url};
use crate::auth::{Authorization, Scope, rewrite_server};
use crate::credentials::{Region, region};

/// What was bound beside the plan.
#[derive(Clone, Debug, Default)]
pub(super) struct Bound {
    /// What requests need, by the number that the plan keeps.
    pub authorizations: Vec<Authorization>,
    /// What the user should know.
    pub notes: Diagnostics,
}

/// Binds operations one after the other.
pub(super) struct Binder<'e> {
    settings: &'e Settings,
    engine: &'e Engine,
    bundle: &'e Bundle,
    names: SourceNames,
    regions: Option<Region>,
    /// The variables of the servers that were chosen.
    known_variables: HashSet<String>,
    lookup: Lookup<'e>,
    bound: Bound,
    fault: Option<Fault>,
    /// The steps whose credentials are missing.
    lacking: Vec<StepNeed>,
    /// What steps that call the same operation and set the same parameters share.
    known: HashMap<Key, Binding>,
    /// The notes about credentials that were taken down, by message and place: steps share parameters, too.
    told: HashSet<(String, Option<(SourceId, Span)>)>,
}

/// All that tells how a call is bound: the document, the source, the operation's pointer in it, and what the step sets.
type Key = (usize, usize, String, Vec<(Location, String)>);

fn key(call: &Call<'_>) -> Key {
    let set = call.parameters.iter().map(|set| (set.location, set.name.clone())).collect();
    (call.document, call.source, call.operation.pointer().to_owned(), set)
}

impl<'e> Binder<'e> {
    pub(super) fn new(engine: &'e Engine, bundle: &'e Bundle) -> Binder<'e> {
        let settings = &engine.parts.settings;
        // who makes credentials up needs no real ones
        let commands = if settings.auth.missing == Missing::MadeUp { Commands::Trusted } else { Commands::Run };
        let lookup = Lookup::new(engine, commands);
        let (bound, lacking, known_variables) = (Bound::default(), Vec::new(), HashSet::new());
        let (names, known) = (SourceNames::of(bundle), HashMap::new());
        Binder {
            settings,
            engine,
            bundle,
            names,
            regions: None,
            known_variables,
            lookup,
            bound,
            fault: None,
            lacking,
            known,
            told: HashSet::new(),
        }
    }

    /// What was bound.
    ///
    /// # Errors
    /// The first fault of the environment, such as no region; else all credentials that are missing.
    pub(super) fn finish(mut self) -> Result<Bound, Error> {
        for variable in &self.settings.server_variables {
            // another workflow's servers may well have it
            if !self.known_variables.contains(&variable.name) {
                let message = format!("no server that requests go to has the variable `{}`", variable.name);
                let note = Diagnostic::new(rule::INVALID_SERVER, message).severity(Severity::Warning);
                self.bound.notes.push(note);
            }
        }
        let unused = self.lookup.unused();
        let stray: Vec<String> = unused.iter().map(|note| note.message.clone()).collect();
        if let Some(fault) = self.fault.or_else(|| missing(&self.lacking, &stray)) {
            return Err(Error::fault(fault));
        }
        self.bound.notes.extend(unused);
        Ok(self.bound)
    }

    pub(super) fn bind(&mut self, call: Call<'_>) -> Result<Binding, Diagnostics> {
        let operation = call.operation;
        let key = key(&call);
        if let Some(known) = self.known.get(&key) {
            return Ok(known.clone());
        }
        let document = &self.bundle.documents[call.document].document;
        let source = &document.source_descriptions[call.source];
        let name = source.name.value.clone();
        let caller = self.names.name(call.document, call.source, &name).to_owned();
        let given = self.settings.server_of(source);
        let mut found = Diagnostics::new();
        let servers = operation.servers(&mut found);
        let Some(server) = secure(&servers) else {
            return Err(vec![Diagnostic::new(rule::INVALID_SERVER, format!("`{}` has no server", operation.name()))]);
        };
        self.known_variables.extend(server.variables.iter().map(|variable| variable.name.to_owned()));
        let wanted = self.wanted(call, server, &name, &caller, given)?;
        let region = wanted.signing.as_ref().and_then(|signing| signing.region.clone());
        let base = self.base(operation, server, &name, given, &wanted, region.as_deref())?;
        let authorization = self.authorization(&wanted, &caller, &base);
        if wanted.chosen.is_none() && !wanted.alternatives.is_empty() {
            self.lacking.push(StepNeed {
                step_id: document.workflows[call.workflow].steps[call.step].step_id.value.clone(),
                operation: operation.name(),
                alternatives: wanted.alternatives,
                source: caller,
            });
            return Ok(Binding { base, authorization });
        }
        let binding = Binding { base, authorization };
        // what is noted is noted of each step's own lines
        if wanted.notes.is_empty() {
            self.known.insert(key, binding.clone());
        }
        Ok(binding)
    }

    /// What the operation's requests need by way of signatures and credentials.
    fn wanted(
        &mut self,
        call: Call<'_>,
        server: &Server<'_>,
        source: &str,
        caller: &str,
        given: Option<&str>,
    ) -> Result<Wanted, Diagnostics> {
        let described = authorize::described(self.settings, server, source);
        let regions = self.regions();
        let url = authorize::target(self.settings, server, source, given);
        let host = url.as_ref().and_then(|url| Some((url.host_str()?, url.port_or_known_default())));
        let question = Question {
            operation: call.operation,
            described: &described,
            server,
            source: caller,
            parameters: call.parameters,
            aws: &self.settings.aws,
            regions: &regions,
            host,
            missing: self.settings.auth.missing,
        };
        let mut wanted = authorize::wanted(question, &mut self.lookup)?;
        if let Some(fault) = wanted.fault.take() {
            self.fault.get_or_insert(fault);
        }
        for note in &wanted.notes {
            let place = note.labels.first().map(|label| (label.source, label.span));
            if self.told.insert((note.message.clone(), place)) {
                self.bound.notes.push(note.clone());
            }
        }
        Ok(wanted)
    }

    /// The regions of the environment and the profile, read once and only if something is signed.
    fn regions(&mut self) -> Region {
        if self.regions.is_none() {
            let found = region(&self.engine.parts.environment, self.settings.aws.profile.as_deref());
            self.regions = Some(found.unwrap_or_else(|fault| {
                self.fault.get_or_insert(fault);
                Region::default()
            }));
        }
        self.regions.clone().unwrap_or_default()
    }

    /// The URL that requests begin with.
    fn base(
        &mut self,
        operation: Operation<'_>,
        server: &Server<'_>,
        source: &str,
        given: Option<&str>,
        wanted: &Wanted,
        region: Option<&str>,
    ) -> Result<String, Diagnostics> {
        let place = server.place.unwrap_or_else(|| operation.place());
        let refuse = |message: String| {
            let diagnostic = Diagnostic::new(rule::INVALID_SERVER, message).at(place.source(), place.span());
            vec![diagnostic.help(format!("give a base URL with `--server {source}=URL`"))]
        };
        if let Some(url) = given {
            return server_url::check(url, url).map_err(refuse);
        }
        let variable = |name: &str| self.settings.server_variable(source, name);
        if let Some(message) = server_url::refused_value(server, variable) {
            return Err(refuse(message));
        }
        let value = |name: &str| match self.settings.server_variable(source, name) {
            Some(value) => Some(value.to_owned()),
            None if authorize::is_region_variable(name) => region.map(str::to_owned),
            None => None,
        };
        let expanded = server.expand(value).map_err(|undefined| refuse(undefined.to_string()))?;
        let url = server_url::absolute(server, &expanded).map_err(refuse)?;
        match wanted.signing.as_ref().and_then(|signing| signing.host_rewrite.as_deref()) {
            None => Ok(url),
            Some(host) => {
                let rewritten = rewrite_server(&url, host).map_err(|fault| refuse(fault.message))?;
                let message = format!("`{url}` does not exist: requests go to `{rewritten}`");
                let note = Diagnostic::new(rule::REGIONAL_HOST, message).at(place.source(), place.span());
                if !self.bound.notes.contains(&note) {
                    self.bound.notes.push(note);
                }
                Ok(rewritten)
            }
        }
    }

    /// The number of the authorization, one for all operations that want the same.
    fn authorization(&mut self, wanted: &Wanted, source: &str, base: &str) -> Option<usize> {
        match authorize::authorization(wanted, source, base) {
            Ok(None) => None,
            Ok(Some(authorization)) => {
                let all = &mut self.bound.authorizations;
                let at = all.iter().position(|known| *known == authorization).unwrap_or_else(|| {
                    all.push(authorization);
                    all.len() - 1
                });
                Some(at)
            }
            Err(fault) => {
                self.fault.get_or_insert(fault);
                None
            }
        }
    }
}

/// The fault of credentials that are missing: for each kind of need a line for each alternative, and then `stray`, the
/// settings that fit nothing; `None` if none are missing.
fn missing(lacking: &[StepNeed], stray: &[String]) -> Option<Fault> {
    let mut kinds: Vec<(&StepNeed, usize)> = Vec::new();
    for need in lacking {
        let same = |(known, _): &&mut (&StepNeed, usize)| {
            known.source == need.source && known.alternatives == need.alternatives
        };
        match kinds.iter_mut().find(same) {
            Some((_, more)) => *more += 1,
            None => kinds.push((need, 0)),
        }
    }
    let lines = |(need, more): &(&StepNeed, usize)| {
        let more = if *more > 0 { format!(" (and {more} more)") } else { String::new() };
        let ways: Vec<String> = need.alternatives.iter().map(ToString::to_string).collect();
        let (step, operation, source) = (&need.step_id, &need.operation, &need.source);
        format!("\n  step `{step}`{more}, `{operation}` of `{source}`:\n    {}", ways.join("\n    or "))
    };
    let lines: String = kinds.iter().map(lines).collect();
    let stray: String = stray.iter().map(|note| format!("\n  {note}")).collect();
    let message = format!("credentials are missing; nothing was sent{lines}{stray}");
    (!kinds.is_empty()).then(|| Fault::new(FaultKind::NoCredentials, Phase::Auth, message))
}

/// The first server; by https where the description has it both ways, plain first as published AWS descriptions do.
pub(super) fn secure<'s, 'd>(servers: &'s [Server<'d>]) -> Option<&'s Server<'d>> {
    let first = servers.first()?;
    let Some(rest) = first.url.strip_prefix("http://") else { return Some(first) };
    Some(servers.iter().find(|server| server.url.strip_prefix("https://") == Some(rest)).unwrap_or(first))
}

/// The scope that a run signs the requests of a source's operation for, `region` standing in where nobody tells one.
pub(super) fn signing_scope(engine: &Engine, source: &str, operation: Operation<'_>, region: &str) -> Option<Scope> {
    let settings = &engine.parts.settings;
    let servers = operation.servers(&mut Diagnostics::new());
    let server = secure(&servers)?;
    let around = crate::credentials::region(&engine.parts.environment, settings.aws.profile.as_deref());
    let question = Question {
        operation,
        described: &authorize::described(settings, server, source),
        server,
        source,
        parameters: &[],
        aws: &AwsSettings { last_region: Some(region.to_owned()), ..settings.aws.clone() },
        regions: &around.unwrap_or_default(),
        host: None,
        missing: Missing::Refused,
    };
    authorize::signing(question)?.scope().ok()
}
