//! Where each operation's requests go and who identifies the caller: decided before anything is sent.

use std::collections::HashSet;

use arras_doc::diagnostic::{Diagnostic, Diagnostics, Severity};
use arras_doc::openapi::{Operation, Server};
use arras_doc::rule;
use arras_run::fault::Fault;
use arras_run::plan::{Binding, Bundle};

use super::authorize::{self, Wanted};
use super::{Engine, Error, Settings, server_url};
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
    regions: Option<Region>,
    /// The variables of the servers that were chosen.
    known_variables: HashSet<String>,
    bound: Bound,
    fault: Option<Fault>,
}

impl<'e> Binder<'e> {
    pub(super) fn new(engine: &'e Engine, bundle: &'e Bundle) -> Result<Binder<'e>, Error> {
        let settings = &engine.parts.settings;
        Ok(Binder {
            settings,
            engine,
            bundle,
            regions: None,
            known_variables: HashSet::new(),
            bound: Bound::default(),
            fault: None,
        })
    }

    /// What was bound.
    ///
    /// # Errors
    /// The first fault of the environment: no region.
    pub(super) fn finish(mut self) -> Result<Bound, Error> {
        for variable in &self.settings.server_variables {
            // another workflow's servers may well have it
            if !self.known_variables.contains(&variable.name) {
                let message = format!("no server that requests go to has the variable `{}`", variable.name);
                let note = Diagnostic::new(rule::INVALID_SERVER, message).severity(Severity::Warning);
                self.bound.notes.push(note);
            }
        }
        match self.fault {
            Some(fault) => Err(Error::fault(fault)),
            None => Ok(self.bound),
        }
    }

    pub(super) fn bind(
        &mut self,
        document: usize,
        source: usize,
        operation: Operation<'_>,
    ) -> Result<Binding, Diagnostics> {
        let name = self.bundle.documents[document].document.source_descriptions[source].name.value.clone();
        let mut found = Diagnostics::new();
        let servers = operation.servers(&mut found);
        let Some(server) = secure(&servers) else {
            return Err(vec![Diagnostic::new(rule::INVALID_SERVER, format!("`{}` has no server", operation.name()))]);
        };
        let wanted = self.wanted(operation, server, &name)?;
        self.known_variables.extend(server.variables.iter().map(|variable| variable.name.to_owned()));
        let region = wanted.signing.as_ref().and_then(|signing| signing.region.clone());
        let base = self.base(operation, server, &name, &wanted, region.as_deref())?;
        let authorization = self.authorization(&wanted, &base);
        Ok(Binding { base, authorization })
    }

    /// How the operation's requests are signed, if they are.
    fn wanted(&mut self, operation: Operation<'_>, server: &Server<'_>, source: &str) -> Result<Wanted, Diagnostics> {
        let described = authorize::described(self.settings, server, source);
        let regions = self.regions();
        let wanted = authorize::wanted(operation, &described, server, &self.settings.aws, &regions)?;
        for note in &wanted.notes {
            if !self.bound.notes.contains(note) {
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
        wanted: &Wanted,
        region: Option<&str>,
    ) -> Result<String, Diagnostics> {
        let place = server.place.unwrap_or_else(|| operation.place());
        let refuse = |message: String| {
            let diagnostic = Diagnostic::new(rule::INVALID_SERVER, message).at(place.source(), place.span());
            vec![diagnostic.help(format!("give a base URL with `--server {source}=URL`"))]
        };
        if let Some(url) = self.settings.server(source) {
            return server_url::check(url, url).map_err(refuse);
        }
        let given = |name: &str| self.settings.server_variable(source, name);
        if let Some(message) = server_url::refused_value(server, given) {
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
    fn authorization(&mut self, wanted: &Wanted, base: &str) -> Option<usize> {
        let signing = wanted.signing.as_ref()?;
        match authorize::authorization(signing, base) {
            Ok(authorization) => {
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

/// The first server; by https where the description has it both ways, plain first as published AWS descriptions do.
fn secure<'s, 'd>(servers: &'s [Server<'d>]) -> Option<&'s Server<'d>> {
    let first = servers.first()?;
    let Some(rest) = first.url.strip_prefix("http://") else { return Some(first) };
    Some(servers.iter().find(|server| server.url.strip_prefix("https://") == Some(rest)).unwrap_or(first))
}

/// The scope that an operation's requests are signed for, `region` standing in where nobody tells one.
pub(super) fn signing_scope(engine: &Engine, operation: Operation<'_>, region: &str) -> Option<Scope> {
    let servers = operation.servers(&mut Diagnostics::new());
    let server = servers.first()?;
    let described = server.expand(|name| authorize::is_region_variable(name).then(|| format!("{{{name}}}"))).ok()?;
    let around = crate::credentials::region(&engine.parts.environment, engine.parts.settings.aws.profile.as_deref());
    let wanted =
        authorize::wanted(operation, &described, server, &engine.parts.settings.aws, &around.unwrap_or_default())
            .ok()?;
    let mut signing = wanted.signing?;
    signing.region.get_or_insert_with(|| region.to_owned());
    signing.scope().ok()
}
