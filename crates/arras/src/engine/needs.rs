//! What the requests of each step need for their caller to be known, and what would be done about it.

use arras_doc::arazzo;
use arras_doc::diagnostic::Diagnostics;
use arras_doc::link::{LinkedSource, Target};
use arras_doc::openapi::{Operation, RequiredScheme, SchemeKind, SecurityScheme, Server};
use arras_run::plan::LinkedDocument;

use super::authorize::{self, described};
use super::{Engine, Error};
use crate::auth::{Detection, DetectionRule, Unsigned, rewrite_server};
use crate::credentials::{Lookup, Region, region, survey};

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
    /// Nothing is sent for it, for this reason.
    NotSent(&'static str),
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
    pub aws: Vec<Lookup>,
}

pub(super) fn needs(engine: &Engine, linked: &LinkedDocument) -> Result<Needs, Error> {
    let parts = &engine.parts;
    let regions = region(&parts.environment, parts.settings.aws.profile.as_deref()).unwrap_or_default();
    let settings = super::chain_settings(&parts.environment, &parts.settings, &parts.clock)?;
    let finder = Finder { engine, linked, regions };
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
}

impl Finder<'_> {
    fn need(&self, workflow: &arazzo::Workflow, step: &arazzo::Step, source: usize, operation: Operation<'_>) -> Need {
        let document = &self.linked.document;
        let source = document.source_descriptions.get(source).map(|source| source.name.value.clone());
        let source = source.unwrap_or_default();
        let set = |location: &str, name: &str| {
            document.parameters(workflow, step).iter().any(|resolved| {
                let parameter = resolved.parameter;
                let at = parameter.location.as_ref().is_some_and(|found| found.value.as_str() == location);
                at && (parameter.name.value == name
                    || (location == "header" && parameter.name.eq_ignore_ascii_case(name)))
            })
        };
        let mut ignored = Diagnostics::new();
        let servers = operation.servers(&mut ignored);
        let requirements = operation.security(&mut ignored);
        let alternatives = requirements.iter().map(|requirement| {
            let alone = requirement.schemes.len() == 1;
            let scheme = |required| self.scheme(operation, servers.first(), &source, required, alone, &set);
            requirement.schemes.iter().map(scheme).collect()
        });
        Need {
            workflow_id: workflow.workflow_id.value.clone(),
            step_id: step.step_id.value.clone(),
            alternatives: alternatives.collect(),
            operation: operation.name(),
            source,
        }
    }

    fn scheme(
        &self,
        operation: Operation<'_>,
        server: Option<&Server<'_>>,
        source: &str,
        required: &RequiredScheme<'_>,
        alone: bool,
        set: &impl Fn(&str, &str) -> bool,
    ) -> SchemeNeed {
        let found = required.scheme.as_ref();
        let signed = match (found, server) {
            (Some(scheme), Some(server)) if alone => self.detect(operation, server, source, scheme),
            _ => None,
        };
        let way = match (signed, found) {
            (Some(Ok(signed)), _) => Way::SigV4(signed),
            (_, None) => Way::NotSent("the description does not define the scheme"),
            (_, Some(scheme)) if is_set(scheme, set) => Way::SetByStep,
            (Some(Err(why)), _) => Way::NotSent(why),
            (None, Some(_)) => Way::NotSent("the step would have to set it itself"),
        };
        SchemeNeed {
            scheme: required.name.to_owned(),
            kind: found.map(kind).unwrap_or_default(),
            scopes: required.scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            way,
        }
    }

    /// How requests are signed, or why not although it looks like AWS; `None` if it does not.
    fn detect(
        &self,
        operation: Operation<'_>,
        server: &Server<'_>,
        source: &str,
        scheme: &SecurityScheme<'_>,
    ) -> Option<Result<SigV4Need, &'static str>> {
        let settings = &self.engine.parts.settings;
        let url = described(settings, server, source);
        match authorize::detection(operation, scheme, &url, server, &settings.aws, &self.regions) {
            Detection::Sign(signing) => {
                let base = server.expand(|name| signing.region.clone().filter(|_| authorize::is_region_variable(name)));
                let rewritten = signing.host_rewrite.as_deref().zip(base.ok());
                Some(Ok(SigV4Need {
                    rule: signing.rule,
                    problem: signing.scope().err().map(|fault| fault.message),
                    server: rewritten.and_then(|(host, base)| rewrite_server(&base, host).ok()),
                    service: signing.service,
                    region: signing.region,
                }))
            }
            Detection::Unsigned(Unsigned::SigV4A) => Some(Err("SigV4A signatures are not supported")),
            Detection::Unsigned(Unsigned::UnmarkedGateway) => Some(Err(
                "nothing tells whether the API Gateway wants AWS signatures: mark it with `x-amazon-apigateway-authtype`",
            )),
            Detection::Unsigned(_) => None,
        }
    }
}

/// Whether the step sets what the scheme asks for.
fn is_set(scheme: &SecurityScheme<'_>, set: &impl Fn(&str, &str) -> bool) -> bool {
    match &scheme.kind {
        SchemeKind::ApiKey { name, location } => set(location.as_str(), name),
        SchemeKind::Http { .. } | SchemeKind::OAuth2 { .. } | SchemeKind::OpenIdConnect { .. } => {
            set("header", "Authorization")
        }
        SchemeKind::MutualTls | SchemeKind::Unknown(_) => false,
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
