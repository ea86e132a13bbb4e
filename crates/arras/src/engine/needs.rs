//! What the requests of each step need for their caller to be known, and what would be done about it.

use arras_doc::arazzo;
use arras_doc::diagnostic::Diagnostics;
use arras_doc::link::{LinkedSource, Target};
use arras_doc::openapi::{Location, Operation, RequiredScheme, SchemeKind, SecurityScheme, Server};
use arras_run::place::Place;
use arras_run::plan::{LinkedDocument, SetParameter, own_security};

use super::alternative::{CredentialStatus, NeededScheme};
use super::authorize::{self, Question, described};
use super::bind::secure;
use super::lookup::{Commands, Lookup};
use super::{Engine, Error, Missing};
use crate::auth::{DetectionRule, Signing, rewrite_server};
use crate::credentials::{self, Region, region, survey};

/// What the requests of one step need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The workflow.
    pub workflow_id: String,
    /// The step.
    pub step_id: String,
    /// The source description's name.
    pub source: String,
    /// The operation: its id, else its method and path.
    pub operation: String,
    /// The ways to be known, of which one is enough; each needs all of its schemes. None is needed if there are none, or
    /// if one is empty.
    pub alternatives: Vec<Vec<SchemeNeed>>,
}

/// One security scheme that a request needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemeNeed {
    /// The name under which the requirement knows it.
    pub scheme: String,
    /// What it is: `apiKey in header Authorization`, `http bearer`, `oauth2` …
    pub kind: String,
    /// The scopes or roles that are needed.
    pub scopes: Vec<String>,
    /// What is done about it.
    pub way: Way,
}

/// What is done about a scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// Requests are signed by AWS Signature Version 4.
    SigV4(SigV4Need),
    /// The step sets the parameter itself.
    SetByStep,
    /// There is a credential, in that place.
    Found(String),
    /// There is none.
    Missing {
        /// What is missing, in one phrase.
        why: String,
        /// The names under which it was looked for, in order.
        names: Vec<String>,
    },
}

/// A signature by AWS credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigV4Need {
    /// What told that it is one.
    pub rule: DetectionRule,
    /// The service's signing name, if it is known.
    pub service: Option<String>,
    /// The region, if it is known.
    pub region: Option<String>,
    /// The server that requests go to in place of the described one, which does not exist.
    pub server: Option<String>,
    /// What is missing besides credentials, with the ways to give it.
    pub problem: Option<String>,
}

/// What a document needs and where AWS credentials were looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needs {
    /// By the steps of the document, in its order; steps that call workflows stand under those.
    pub steps: Vec<Need>,
    /// Where the standard chain looks for AWS credentials.
    pub aws: Vec<credentials::Lookup>,
}

pub(super) fn needs(engine: &Engine, linked: &LinkedDocument) -> Result<Needs, Error> {
    let parts = &engine.parts;
    let regions = region(&parts.environment, parts.settings.aws.profile.as_deref()).unwrap_or_default();
    let settings = super::chain_settings(&parts.environment, &parts.settings, &parts.proxies, &parts.clock)?;
    let lookup = Lookup::new(engine, Commands::Trusted);
    let mut finder = Finder { engine, linked, regions, lookup };
    let mut steps = Vec::new();
    for (workflow, links) in linked.document.workflows.iter().zip(&linked.links.workflows) {
        for (step, links) in workflow.steps.iter().zip(&links.steps) {
            if let Some(Target::Operation(target)) = &links.target
                && let LinkedSource::OpenApi(description) = linked.sources.get(target.source)
                && let Some(operation) = description.operation_at(&target.pointer).found()
            {
                steps.push(finder.need(workflow, step, target.source, operation));
            }
        }
    }
    Ok(Needs { steps, aws: survey(&settings) })
}

struct Finder<'e> {
    engine: &'e Engine,
    linked: &'e LinkedDocument,
    regions: Region,
    lookup: Lookup<'e>,
}

impl Finder<'_> {
    fn need(
        &mut self,
        workflow: &arazzo::Workflow,
        step: &arazzo::Step,
        source: usize,
        operation: Operation<'_>,
    ) -> Need {
        let document = &self.linked.document;
        let described = document.source_descriptions.get(source);
        let given = described.and_then(|source| self.engine.parts.settings.server_of(source));
        let source = described.map(|source| source.name.value.clone()).unwrap_or_default();
        let merged = document.parameters(workflow, step);
        let mut parameters: Vec<SetParameter> = merged.iter().filter_map(|resolved| self.parameter(resolved)).collect();
        let (own, _) = own_security(document, workflow, step, operation, &parameters);
        parameters.extend(own.iter().filter_map(SetParameter::of));
        let servers = operation.servers(&mut Diagnostics::new());
        let alternatives = match secure(&servers) {
            Some(server) => self.alternatives(operation, server, &source, given, &parameters),
            None => Vec::new(),
        };
        Need {
            workflow_id: workflow.workflow_id.value.clone(),
            step_id: step.step_id.value.clone(),
            alternatives,
            operation: operation.name(),
            source,
        }
    }

    fn parameter(&self, resolved: &arazzo::ResolvedParameter<'_>) -> Option<SetParameter> {
        let location = Location::parse(resolved.parameter.location.as_ref()?.value.as_str())?;
        let place = Place { source: self.linked.document.source, span: resolved.span };
        Some(SetParameter { location, name: resolved.parameter.name.value.clone(), place })
    }

    fn alternatives(
        &mut self,
        operation: Operation<'_>,
        server: &Server<'_>,
        source: &str,
        given: Option<&str>,
        parameters: &[SetParameter],
    ) -> Vec<Vec<SchemeNeed>> {
        let settings = &self.engine.parts.settings;
        let described = described(settings, server, source);
        let url = authorize::target(settings, server, source, given);
        let question = Question {
            operation,
            described: &described,
            server,
            source,
            parameters,
            aws: &settings.aws,
            regions: &self.regions,
            host: url.as_ref().and_then(|url| Some((url.host_str()?, url.port_or_known_default()))),
            missing: Missing::Refused,
        };
        let requirements = operation.security(&mut Diagnostics::new());
        let found = authorize::alternatives(question, &mut self.lookup);
        let both = requirements.iter().zip(found);
        both.map(|(requirement, found)| {
            let schemes = requirement.schemes.iter().zip(found.schemes);
            schemes.map(|(required, needed)| scheme(required, needed, server)).collect()
        })
        .collect()
    }
}

fn scheme(required: &RequiredScheme<'_>, needed: NeededScheme, server: &Server<'_>) -> SchemeNeed {
    let way = match needed.status {
        CredentialStatus::Signed(signing) => Way::SigV4(signed(*signing, server)),
        CredentialStatus::SetByStep => Way::SetByStep,
        CredentialStatus::Found(from) => Way::Found(from),
        CredentialStatus::Missing(why) => Way::Missing { why, names: needed.names },
    };
    SchemeNeed {
        scheme: required.name.to_owned(),
        kind: required.scheme.as_ref().map(kind).unwrap_or_default(),
        scopes: required.scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        way,
    }
}

fn signed(signing: Signing, server: &Server<'_>) -> SigV4Need {
    let base = server.expand(|name| signing.region.clone().filter(|_| authorize::is_region_variable(name)));
    let rewritten = signing.host_rewrite.as_deref().zip(base.ok());
    SigV4Need {
        rule: signing.rule,
        problem: signing.scope().err().map(|fault| fault.message),
        server: rewritten.and_then(|(host, base)| rewrite_server(&base, host).ok()),
        service: signing.service,
        region: signing.region,
    }
}

fn kind(scheme: &SecurityScheme<'_>) -> String {
    match &scheme.kind {
        SchemeKind::ApiKey { name, location } => format!("apiKey in {} {name}", location.as_str()),
        SchemeKind::Http { scheme, .. } => format!("http {scheme}"),
        SchemeKind::OAuth2 { .. } => "oauth2".to_owned(),
        SchemeKind::OpenIdConnect { .. } => "openIdConnect".to_owned(),
        SchemeKind::MutualTls => "mutualTLS".to_owned(),
        SchemeKind::Unknown(kind) => (*kind).to_owned(),
    }
}
