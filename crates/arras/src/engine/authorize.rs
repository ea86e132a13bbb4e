//! What an operation's security asks for, and which of it can be done.

use arras_doc::diagnostic::{Diagnostic, Diagnostics};
use arras_doc::openapi::{
    Location, Operation, RequiredScheme, SchemeKind, SecurityRequirement, SecurityScheme, Server,
};
use arras_doc::rule;
use arras_doc::uri::without_user;
use arras_run::fault::Fault;
use arras_run::plan::SetParameter;
use url::Url;

use super::alternative::{Alternative, CredentialStatus, NeededScheme};
use super::identify::Asked;
use super::lookup::Lookup;
use super::{AwsSettings, Settings, server_url};

use super::settings::Missing;
use crate::auth::{
    Authorization, Detection, Endpoint, Facts, Identified, Identity, OWNED, Scheme, SigV4, Signing, TokenRequest,
    Unsigned, UserSettings, detect,
};
use crate::credentials::Region;
use crate::origin::Origin;

/// What an operation's requests need.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    /// How they are signed; `None` for not at all.
    pub signing: Option<Signing>,
    /// Who the caller is by other schemes.
    pub identities: Vec<Proof>,
    /// What the user should know.
    pub notes: Diagnostics,
    /// All ways that the description offers, with what was found for each.
    pub alternatives: Vec<Alternative>,
    /// Which of them is used.
    pub chosen: Option<usize>,
    /// A credential that was meant to be there and can't be had.
    pub fault: Option<Fault>,
}

/// Who the caller is by one scheme.
#[derive(Clone, Debug)]
pub(super) struct Proof {
    scheme: String,
    /// Where the credential was found.
    from: String,
    identity: Identity,
}

/// An operation that a step calls, and what is known around it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question<'a> {
    pub operation: Operation<'a>,
    /// The server's URL with the region's variable still in braces.
    pub described: &'a str,
    pub server: &'a Server<'a>,
    pub source: &'a str,
    /// What the step sets.
    pub parameters: &'a [SetParameter],
    pub aws: &'a AwsSettings,
    pub regions: &'a Region,
    /// Where requests really go, as far as it is known yet.
    pub host: Option<(&'a str, Option<u16>)>,
    pub missing: Missing,
}

/// Whether a server variable stands for an AWS region.
pub(super) fn is_region_variable(name: &str) -> bool {
    ["region", "awsregion", "aws-region", "aws_region"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Reads an operation's security and looks for credentials: the first alternative that can be satisfied wholly is used.
///
/// # Errors
/// If nothing but a kind of signature that is not supported would do, or the step sets what belongs to the signature.
pub(super) fn wanted(question: Question<'_>, lookup: &mut Lookup<'_>) -> Result<Wanted, Diagnostics> {
    let requirements = question.operation.security(&mut Diagnostics::new());
    let mut wanted = Wanted::default();
    let mut unsupported = None;
    for required in requirements.iter().flat_map(|requirement| &requirement.schemes) {
        lookup.asked(question.source, required.name);
    }
    for (index, requirement) in requirements.iter().enumerate() {
        let tried = question.alternative(requirement, lookup);
        unsupported = unsupported.or(tried.unsupported);
        wanted.fault = wanted.fault.or(tried.fault);
        let satisfied = tried.alternative.is_satisfied();
        wanted.alternatives.push(tried.alternative);
        if !satisfied {
            continue;
        }
        let doubtful = tried.signing.is_some() && requirements.len() > 1 && !lookup.may_sign();
        if doubtful && wanted.chosen.is_some() {
            continue;
        }
        (wanted.chosen, wanted.signing, wanted.identities) = (Some(index), tried.signing, tried.identities);
        wanted.notes = tried.notes;
        // a signature without AWS credentials is what is left if nothing else will do
        if !doubtful {
            break;
        }
    }
    if wanted.chosen.is_none()
        && let Some(diagnostic) = unsupported
    {
        return Err(vec![diagnostic]);
    }
    if question.missing == Missing::MadeUp {
        question.make_up(&requirements, &mut wanted);
    }
    if wanted.signing.is_some() {
        question.check_own_headers()?;
    }
    Ok(wanted)
}

/// What is found for every alternative, in the description's order.
pub(super) fn alternatives(question: Question<'_>, lookup: &mut Lookup<'_>) -> Vec<Alternative> {
    let requirements = question.operation.security(&mut Diagnostics::new());
    requirements.iter().map(|requirement| question.alternative(requirement, lookup).alternative).collect()
}

/// How an operation's requests are signed if they are, whatever credentials there are; `None` too where nobody need sign.
pub(super) fn signing(question: Question<'_>) -> Option<Signing> {
    let requirements = question.operation.security(&mut Diagnostics::new());
    if requirements.iter().any(SecurityRequirement::is_anonymous) {
        return None;
    }
    requirements.iter().find_map(|requirement| {
        let alone = requirement.schemes.len() == 1;
        let schemes = requirement.schemes.iter().filter_map(|required| required.scheme.as_ref());
        schemes.into_iter().find_map(|scheme| match question.detect(scheme, alone) {
            Detection::Sign(signing) => Some(signing),
            Detection::Unsigned(_) => None,
        })
    })
}

/// One alternative, and what came of looking for it.
#[derive(Default)]
struct Tried {
    alternative: Alternative,
    signing: Option<Signing>,
    identities: Vec<Proof>,
    notes: Diagnostics,
    fault: Option<Fault>,
    unsupported: Option<Diagnostic>,
}

impl Tried {
    /// Of two schemes that fill one place, one would be dropped silently: they can't be satisfied together, unless by the
    /// same value.
    fn refuse_crowds(&mut self) {
        let place = |proof: &Proof| {
            let (location, name) = proof.identity.place();
            let name = if location == Location::Header { name.to_ascii_lowercase() } else { name.to_owned() };
            (!matches!(proof.identity, Identity::Certificate)).then_some((location, name))
        };
        for (index, proof) in self.identities.iter().enumerate() {
            let Some((location, name)) = place(proof) else { continue };
            let signed = self.signing.is_some() && location == Location::Header && name == "authorization";
            let mut earlier = self.identities.iter().take(index);
            let taken =
                |other: &Proof| place(other) == Some((location, name.clone())) && other.identity != proof.identity;
            if !signed && !earlier.any(taken) {
                continue;
            }
            let (_, shown) = proof.identity.place();
            let lack = format!("another scheme that goes with it fills the {} `{shown}`, too", location.as_str());
            let mut schemes = self.alternative.schemes.iter_mut();
            if let Some(needed) = schemes.find(|needed| needed.scheme == proof.scheme) {
                needed.status = CredentialStatus::Missing(lack);
                needed.names.clear();
            }
        }
    }
}

impl Question<'_> {
    fn alternative(&self, requirement: &SecurityRequirement<'_>, lookup: &mut Lookup<'_>) -> Tried {
        let mut tried = Tried::default();
        let alone = requirement.schemes.len() == 1;
        for required in &requirement.schemes {
            let needed = match &required.scheme {
                Some(scheme) => self.scheme(required, scheme, alone, lookup, &mut tried),
                None => NeededScheme {
                    scheme: required.name.to_owned(),
                    kind: "not defined".to_owned(),
                    status: CredentialStatus::Missing("the description does not define it".to_owned()),
                    names: Vec::new(),
                },
            };
            tried.alternative.schemes.push(needed);
        }
        tried.refuse_crowds();
        tried
    }

    fn scheme(
        &self,
        required: &RequiredScheme<'_>,
        scheme: &SecurityScheme<'_>,
        alone: bool,
        lookup: &mut Lookup<'_>,
        tried: &mut Tried,
    ) -> NeededScheme {
        let asked = self.asked(required, scheme);
        let needed =
            |status, kind: String, names| NeededScheme { scheme: required.name.to_owned(), kind, status, names };
        match self.detect(scheme, alone) {
            Detection::Sign(signing) => {
                tried.signing = Some(signing.clone());
                tried.notes.extend(lookup.unused_beside_signature(self.source, required.name));
                let kind = "AWS Signature Version 4".to_owned();
                return needed(CredentialStatus::Signed(Box::new(signing)), kind, Vec::new());
            }
            Detection::Unsigned(Unsigned::SigV4A) => {
                let message =
                    format!("`{}` asks for SigV4A signatures, which are not supported", self.operation.name());
                let diagnostic = Diagnostic::new(rule::UNSUPPORTED_FEATURE, message);
                tried.unsupported = Some(diagnostic.at(scheme.place.source(), scheme.place.span()));
                let lack = CredentialStatus::Missing("SigV4A signatures are not supported".to_owned());
                return needed(lack, "AWS SigV4A".to_owned(), Vec::new());
            }
            Detection::Unsigned(_) => {}
        }
        let status = self.look(&asked, lookup, tried);
        needed(status, asked.describe(), lookup.names(asked.names()))
    }

    fn asked<'a>(&'a self, required: &'a RequiredScheme<'_>, scheme: &'a SecurityScheme<'a>) -> Asked<'a> {
        Asked { source: self.source, scheme: required.name, kind: &scheme.kind, scopes: &required.scopes }
    }

    /// Looks for the credential of one scheme; what the step sets itself stands in for one, and wins over one.
    fn look(&self, asked: &Asked<'_>, lookup: &mut Lookup<'_>, tried: &mut Tried) -> CredentialStatus {
        let own = asked.place().and_then(|(location, name)| self.own(location, name));
        let status = match self.find(asked, lookup) {
            // what the step sets wins; a header `Cookie` may hold other cookies
            _ if own.is_some_and(|own| Some(own.location) == asked.place().map(|(location, _)| location)) => {
                CredentialStatus::SetByStep
            }
            Ok((identity, from)) => {
                let scheme = asked.scheme.to_owned();
                tried.identities.push(Proof { scheme, from: from.clone(), identity });
                return CredentialStatus::Found(from);
            }
            Err(_) if own.is_some() => CredentialStatus::SetByStep,
            Err(Lack::Fault(fault)) => {
                let lack = fault.message.clone();
                tried.fault.get_or_insert(fault);
                CredentialStatus::Missing(lack)
            }
            Err(Lack::Phrase(lack)) => CredentialStatus::Missing(lack),
        };
        if let Some(parameter) = own {
            let message = format!(
                "the step sets `{}` itself, which the security scheme `{}` would: its own value is sent",
                parameter.name, asked.scheme
            );
            let place = parameter.place;
            tried.notes.push(Diagnostic::new(rule::OWN_CREDENTIALS, message).at(place.source, place.span));
        }
        status
    }

    fn find(&self, asked: &Asked<'_>, lookup: &mut Lookup<'_>) -> Result<(Identity, String), Lack> {
        if let Some(lack) = asked.unsupported() {
            return Err(Lack::Phrase(lack));
        }
        if matches!(asked.kind, SchemeKind::MutualTls) {
            let shown = self.host.is_some_and(|(host, port)| lookup.has_certificate(host, port));
            let from = || (Identity::Certificate, "`--client-cert`".to_owned());
            return if shown { Ok(from()) } else { Err(Lack::Phrase("no client certificate for its host".to_owned())) };
        }
        // real ones are for real servers alone: a mock has no use for them, and nothing of its run need be masked
        if self.missing == Missing::MadeUp {
            return Err(Lack::Phrase("it will be made up".to_owned()));
        }
        match lookup.find(asked.source, asked.scheme, asked.fields()) {
            Err(fault) => Err(Lack::Fault(fault)),
            Ok(None) => Err(Lack::Phrase(lookup.nothing())),
            Ok(Some(found)) => match asked.identity(&found.credential) {
                Ok(identity) => Ok((identity, found.from)),
                Err(lack) => Err(Lack::Phrase(format!("{lack} (in {})", found.from))),
            },
        }
    }

    /// What the step puts into that place.
    fn own(&self, location: Location, name: &str) -> Option<&SetParameter> {
        self.parameters.iter().find(|parameter| match (parameter.location, location) {
            (Location::Header, Location::Header) => parameter.name.eq_ignore_ascii_case(name),
            (Location::Header, Location::Cookie) => parameter.name.eq_ignore_ascii_case("cookie"),
            (own, wanted) => own == wanted && parameter.name == name,
        })
    }

    /// Made-up credentials for a mock.
    fn make_up(&self, requirements: &[SecurityRequirement<'_>], wanted: &mut Wanted) {
        if wanted.chosen.is_none()
            && let Some(requirement) = requirements.first()
        {
            wanted.chosen = Some(0);
            wanted.fault = None;
            let schemes = requirement.schemes.iter();
            let known = schemes.filter_map(|required| Some((required, required.scheme.as_ref()?)));
            for (required, scheme) in known {
                let asked = self.asked(required, scheme);
                match self.detect(scheme, requirement.schemes.len() == 1) {
                    Detection::Sign(signing) => wanted.signing = Some(signing),
                    Detection::Unsigned(_) => {
                        let (scheme, from) = (required.name.to_owned(), "nowhere: it is made up".to_owned());
                        wanted.identities.extend(asked.made_up().map(|identity| Proof { scheme, from, identity }));
                    }
                }
            }
        }
    }

    /// Whether a scheme means a signature. Beside others, a scheme must say so itself: a mark on the operation does not
    /// say which of them it means.
    fn detect(&self, scheme: &SecurityScheme<'_>, alone: bool) -> Detection {
        let in_url = |name: &str| self.server.url.contains(&format!("{{{name}}}"));
        let region =
            self.server.variables.iter().find(|variable| is_region_variable(variable.name) && in_url(variable.name));
        let gateway = self.operation.extension("x-amazon-apigateway-auth").and_then(|auth| auth.text("type"));
        let facts = facts_of(scheme);
        let own = facts.name.is_some_and(|name| name.eq_ignore_ascii_case("authorization"));
        detect(&Facts {
            scheme: facts,
            gateway_auth: gateway.filter(|_| alone || own),
            server: self.described,
            path: self.operation.path().wire_path(),
            region_default: region.and_then(|variable| variable.default),
            user: UserSettings {
                sign: None,
                service: self.aws.service.as_deref(),
                region: self.aws.region.as_deref(),
                last_region: self.aws.last_region.as_deref(),
            },
            regions: self.regions.sources(),
        })
    }

    /// # Errors
    /// For each header that the step sets though it belongs to the signature.
    fn check_own_headers(&self) -> Result<(), Diagnostics> {
        let is_owned = |name: &str| OWNED.iter().any(|owned| owned.eq_ignore_ascii_case(name));
        let headers = self.parameters.iter().filter(|parameter| parameter.location == Location::Header);
        let found: Diagnostics = headers
            .filter(|parameter| is_owned(&parameter.name))
            .map(|parameter| {
                let message = format!("the header `{}` belongs to the signature of the request", parameter.name);
                Diagnostic::new(rule::SIGNED_HEADER, message)
                    .at(parameter.place.source, parameter.place.span)
                    .help("remove the parameter: the request is signed with AWS credentials")
            })
            .collect();
        if found.is_empty() { Ok(()) } else { Err(found) }
    }
}

/// Why there is no credential.
enum Lack {
    Phrase(String),
    Fault(Fault),
}

/// The server's URL as described, with every variable but the region's filled in.
pub(super) fn described(settings: &Settings, server: &Server<'_>, source: &str) -> String {
    let value = |name: &str| match settings.server_variable(source, name) {
        Some(value) => Some(value.to_owned()),
        None if is_region_variable(name) => Some(format!("{{{name}}}")),
        None => None,
    };
    let url = server.expand(value).unwrap_or_else(|_| server.url.to_string());
    // where a password stands in it, no request is made
    without_user(&url).into_owned()
}

/// Where requests go, as far as it is known before they are signed: the region's variable has its default.
pub(super) fn target(settings: &Settings, server: &Server<'_>, source: &str, given: Option<&str>) -> Option<Url> {
    if let Some(url) = given {
        return Url::parse(url).ok();
    }
    let expanded = server.expand(|name| settings.server_variable(source, name).map(str::to_owned)).ok()?;
    Url::parse(&server_url::absolute(server, &expanded).ok()?).ok()
}

/// What the authorizer is asked for, for requests that begin with `base`; `None` for nothing.
///
/// # Errors
/// `no-region`, or a service that the host does not tell.
pub(super) fn authorization(wanted: &Wanted, source: &str, base: &str) -> Result<Option<Authorization>, Fault> {
    if wanted.identities.is_empty() && wanted.signing.is_none() {
        return Ok(None);
    }
    let origin = Origin::parse(base)?;
    let part = |proof: &Proof| {
        let (source, scheme, from) = (source.to_owned(), proof.scheme.clone(), proof.from.clone());
        let identity = below(&proof.identity, base);
        Authorization::Scheme(Identified { source, scheme, from, origin: origin.clone(), identity })
    };
    // what answers for the query, as a digest does, comes after what adds to it
    let (keys, others): (Vec<&Proof>, Vec<&Proof>) =
        wanted.identities.iter().partition(|proof| matches!(proof.identity, Identity::ApiKey { .. }));
    let mut parts: Vec<Authorization> = keys.into_iter().chain(others).map(part).collect();
    if let Some(signing) = &wanted.signing {
        parts.push(Authorization::SigV4(SigV4 { scope: signing.scope()?, origin }));
    }
    Ok(match parts.len() {
        1 => parts.pop(),
        _ => Some(Authorization::All(parts)),
    })
}

/// A token URL may be relative: to the server's own URL.
fn below(identity: &Identity, base: &str) -> Identity {
    let Identity::Token(asked) = identity else { return identity.clone() };
    let base = format!("{}/", base.trim_end_matches('/'));
    let resolve = |url: &str| arras_doc::uri::resolve(&base, url);
    let endpoint = match &asked.endpoint {
        Endpoint::Token(url) => Endpoint::Token(resolve(url)),
        Endpoint::Discovery(url) => Endpoint::Discovery(resolve(url)),
    };
    let refresh = asked.refresh.as_deref().map(resolve);
    Identity::Token(Box::new(TokenRequest { endpoint, refresh, ..(**asked).clone() }))
}

fn facts_of<'a>(scheme: &SecurityScheme<'a>) -> Scheme<'a> {
    let (kind, location, name) = match &scheme.kind {
        SchemeKind::ApiKey { name, location } => ("apiKey", Some(location.as_str()), Some(*name)),
        _ => ("", None, None),
    };
    Scheme {
        key: scheme.name,
        kind,
        location,
        name,
        description: scheme.description,
        gateway_authtype: scheme.extension("x-amazon-apigateway-authtype").and_then(|mark| mark.as_text()),
    }
}
