//! What an operation's security asks for, and which of it can be done.

use arras_doc::diagnostic::{Diagnostic, Diagnostics};
use arras_doc::openapi::{Operation, RequiredScheme, SchemeKind, SecurityScheme, Server};
use arras_doc::rule;
use arras_run::fault::Fault;

use super::{AwsSettings, Settings};
use crate::auth::{Authorization, Detection, Facts, Scheme, SigV4, Signing, Unsigned, UserSettings, detect};
use crate::credentials::Region;
use crate::origin::Origin;

/// How an operation's requests are to be signed.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    /// `None` for not at all.
    pub signing: Option<Signing>,
    /// What the user should know.
    pub notes: Diagnostics,
}

/// Whether a server variable stands for an AWS region.
pub(super) fn is_region_variable(name: &str) -> bool {
    ["region", "awsregion", "aws-region", "aws_region"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Reads an operation's security; `described` is the server's URL with the region's variable still in braces.
///
/// # Errors
/// If nothing but a kind of signature that is not supported would do.
pub(super) fn wanted(
    operation: Operation<'_>,
    described: &str,
    server: &Server<'_>,
    aws: &AwsSettings,
    regions: &Region,
) -> Result<Wanted, Diagnostics> {
    let mut found = Diagnostics::new();
    let requirements = operation.security(&mut found);
    let mut wanted = Wanted::default();
    for requirement in &requirements {
        if let [required] = requirement.schemes.as_slice()
            && let Some(scheme) = &required.scheme
        {
            match detection(operation, scheme, described, server, aws, regions) {
                Detection::Sign(signing) => return Ok(Wanted { signing: Some(signing), notes: Diagnostics::new() }),
                Detection::Unsigned(Unsigned::SigV4A) => {
                    let message = format!("`{}` asks for SigV4A signatures, which are not supported", operation.name());
                    let place = scheme.place;
                    return Err(vec![
                        Diagnostic::new(rule::UNSUPPORTED_FEATURE, message).at(place.source(), place.span()),
                    ]);
                }
                Detection::Unsigned(_) => {}
            }
        }
    }
    let anonymous = requirements.is_empty() || requirements.iter().any(|requirement| requirement.is_anonymous());
    if !anonymous {
        wanted.notes.extend(requirements.iter().flat_map(|requirement| &requirement.schemes).map(unsigned));
    }
    Ok(wanted)
}

/// What the marks of a scheme, an operation and a server say of signing.
pub(super) fn detection(
    operation: Operation<'_>,
    scheme: &SecurityScheme<'_>,
    described: &str,
    server: &Server<'_>,
    aws: &AwsSettings,
    regions: &Region,
) -> Detection {
    let in_url = |name: &str| server.url.contains(&format!("{{{name}}}"));
    let region_default =
        server.variables.iter().find(|variable| is_region_variable(variable.name) && in_url(variable.name));
    detect(&Facts {
        scheme: facts_of(scheme),
        gateway_auth: operation.extension("x-amazon-apigateway-auth").and_then(|auth| auth.text("type")),
        server: described,
        region_default: region_default.and_then(|variable| variable.default),
        user: UserSettings { sign: None, service: aws.service.as_deref(), region: aws.region.as_deref() },
        regions: regions.sources(),
    })
}

/// The server's URL as described, with every variable but the region's filled in.
pub(super) fn described(settings: &Settings, server: &Server<'_>, source: &str) -> String {
    let value = |name: &str| match settings.server_variable(source, name) {
        Some(value) => Some(value.to_owned()),
        None if is_region_variable(name) => Some(format!("{{{name}}}")),
        None => None,
    };
    server.expand(value).unwrap_or_else(|_| server.url.to_string())
}

/// What the authorizer is asked for.
///
/// # Errors
/// `no-region`, or a service that the host does not tell.
pub(super) fn authorization(signing: &Signing, base: &str) -> Result<Authorization, Fault> {
    Ok(Authorization::SigV4(SigV4 { scope: signing.scope()?, origin: Origin::parse(base)? }))
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

/// A scheme for which nothing is added to requests: the step may set what it needs itself.
fn unsigned(required: &RequiredScheme<'_>) -> Diagnostic {
    let message =
        format!("requests carry no credentials for the security scheme `{}` unless the step sets them", required.name);
    let diagnostic = Diagnostic::new(rule::UNSIGNED_REQUEST, message);
    match &required.scheme {
        Some(scheme) => diagnostic.at(scheme.place.source(), scheme.place.span()),
        None => diagnostic,
    }
}
