//! What identifies the caller of an operation.

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::openapi::{Location, Operation, Place, Version};
use crate::{rule, suggest};

/// Security schemes that a request must satisfy together; none of them means that no identity is needed.
#[derive(Clone, Debug)]
pub struct SecurityRequirement<'d> {
    /// The schemes, all of which are needed.
    pub schemes: Vec<RequiredScheme<'d>>,
    /// The Security Requirement Object.
    pub place: Place<'d>,
}

impl SecurityRequirement<'_> {
    /// Whether it is met without credentials: `{}`.
    pub fn is_anonymous(&self) -> bool {
        self.schemes.is_empty()
    }
}

/// A scheme by its name, and what is asked of it.
#[derive(Clone, Debug)]
pub struct RequiredScheme<'d> {
    /// The name under which the requirement knows it.
    pub name: &'d str,
    /// The scopes or roles that are needed.
    pub scopes: Vec<&'d str>,
    /// The scheme; `None` if the description does not define it, and then the requirement can't be met.
    pub scheme: Option<SecurityScheme<'d>>,
}

/// How a caller can prove who it is.
#[derive(Clone, Debug)]
pub struct SecurityScheme<'d> {
    /// The name under which it is used.
    pub name: &'d str,
    /// The mechanism.
    pub kind: SchemeKind<'d>,
    /// What the description says about it.
    pub description: Option<&'d str>,
    /// The Security Scheme Object.
    pub place: Place<'d>,
}

impl<'d> SecurityScheme<'d> {
    /// The value of an extension such as `x-amazon-apigateway-authtype`.
    pub fn extension(&self, name: &str) -> Option<Place<'d>> {
        self.place.get(name)
    }
}

/// The mechanism of a security scheme.
#[derive(Clone, Debug)]
pub enum SchemeKind<'d> {
    /// A value in a header, query parameter or cookie.
    ApiKey {
        /// The header's, parameter's or cookie's name.
        name: &'d str,
        /// Header, query or cookie.
        location: Location,
    },
    /// A scheme of the field `Authorization`: `basic`, `bearer` … Swagger 2.0's `basic` is one too.
    Http {
        /// Its name, case as written.
        scheme: &'d str,
        /// What the bearer token is: `JWT`
        bearer_format: Option<&'d str>,
    },
    /// OAuth 2.0
    OAuth2 {
        /// The ways to get a token.
        flows: Vec<OAuthFlow<'d>>,
        /// Where the authorization server describes itself (OpenAPI 3.2).
        metadata_url: Option<&'d str>,
    },
    /// OpenID Connect
    OpenIdConnect {
        /// Where the provider describes itself.
        url: &'d str,
    },
    /// A client certificate.
    MutualTls,
    /// Something else, by its `type` (empty if it has none).
    Unknown(&'d str),
}

/// A way to get a token.
#[derive(Clone, Debug)]
pub struct OAuthFlow<'d> {
    /// Which way.
    pub kind: OAuthFlowKind,
    /// Where the user agrees.
    pub authorization_url: Option<&'d str>,
    /// Where the token is fetched.
    pub token_url: Option<&'d str>,
    /// Where it is renewed.
    pub refresh_url: Option<&'d str>,
    /// Where a device asks for a code (OpenAPI 3.2).
    pub device_authorization_url: Option<&'d str>,
    /// The scopes and what they are for.
    pub scopes: Vec<(&'d str, &'d str)>,
    /// The OAuth Flow Object; in Swagger 2.0 the scheme.
    pub place: Place<'d>,
}

/// The flows of OAuth 2.0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OAuthFlowKind {
    /// A token from the authorization endpoint.
    Implicit,
    /// The resource owner's password.
    Password,
    /// The client's own credentials.
    ClientCredentials,
    /// A code that is exchanged for a token.
    AuthorizationCode,
    /// A code that the user types in elsewhere.
    DeviceAuthorization,
}

/// The flows with their names in OpenAPI 3 and in Swagger 2.0.
const FLOWS: &[(OAuthFlowKind, &str, &str)] = &[
    (OAuthFlowKind::Implicit, "implicit", "implicit"),
    (OAuthFlowKind::Password, "password", "password"),
    (OAuthFlowKind::ClientCredentials, "clientCredentials", "application"),
    (OAuthFlowKind::AuthorizationCode, "authorizationCode", "accessCode"),
    (OAuthFlowKind::DeviceAuthorization, "deviceAuthorization", ""),
];

impl OAuthFlowKind {
    /// Its name in OpenAPI 3: `clientCredentials`.
    pub fn as_str(self) -> &'static str {
        FLOWS.iter().find(|(kind, ..)| *kind == self).map_or("", |(_, name, _)| name)
    }
}

pub(super) fn of_operation<'d>(
    operation: Operation<'d>,
    diagnostics: &mut Diagnostics,
) -> Vec<SecurityRequirement<'d>> {
    let declared = |level: Place<'d>| level.get("security").filter(|list| !list.node().is_null());
    let own = declared(operation.place());
    let list = own.or_else(|| declared(operation.description().root()));
    // what the operation says of itself counts more than a general list that asks for nothing
    if own.is_none()
        && list.is_none_or(|list| list.node().is_sequence() && list.items().next().is_none())
        && let Some(signed) = signed_by_gateway(operation)
    {
        return vec![signed];
    }
    let Some(list) = list else { return Vec::new() };
    if list.node().is_sequence() {
        return list.items().map(|item| requirement(item, diagnostics)).collect();
    }
    diagnostics.push(unusual(list, "`security`", "an array"));
    vec![requirement(list, diagnostics)]
}

/// The signature that API Gateway asks for by a mark on the operation, which needs no scheme.
fn signed_by_gateway(operation: Operation<'_>) -> Option<SecurityRequirement<'_>> {
    const MARK: &str = "x-amazon-apigateway-auth";
    let place = operation.extension(MARK)?;
    place.text("type").filter(|kind| kind.eq_ignore_ascii_case("AWS_IAM"))?;
    let kind = SchemeKind::ApiKey { name: "Authorization", location: Location::Header };
    let scheme = Some(SecurityScheme { name: MARK, kind, description: None, place });
    Some(SecurityRequirement { schemes: vec![RequiredScheme { name: MARK, scopes: Vec::new(), scheme }], place })
}

/// A requirement; what is no object must not be taken for one that asks for nothing.
fn requirement<'d>(place: Place<'d>, diagnostics: &mut Diagnostics) -> SecurityRequirement<'d> {
    let mut schemes = Vec::new();
    for (name, scopes) in place.entries() {
        let scopes = scopes.items().filter_map(Place::as_text).collect();
        schemes.push(RequiredScheme { name: name.key(), scopes, scheme: scheme(place, name.key(), diagnostics) });
    }
    if !place.node().is_mapping() {
        diagnostics.push(unusual(place, "a security requirement", "an object"));
        let name = place.as_text().unwrap_or_default();
        schemes.push(RequiredScheme { name, scopes: Vec::new(), scheme: scheme(place, name, diagnostics) });
    }
    SecurityRequirement { schemes, place }
}

fn unusual(place: Place<'_>, name: &str, expected: &str) -> Diagnostic {
    place.malformed(name, expected).help("it is read as the one requirement that it names")
}

/// A scheme by name: from the entry document, else from the one that asks for it, else (OpenAPI 3.2) by reference.
pub(super) fn scheme<'d>(
    requirement: Place<'d>,
    name: &'d str,
    diagnostics: &mut Diagnostics,
) -> Option<SecurityScheme<'d>> {
    let version = requirement.description.version();
    let document = requirement.with(requirement.document().tree().root());
    let maps = [requirement.description.root(), document].map(|root| match version {
        Version::V2_0 => root.get("securityDefinitions"),
        _ => root.get("components").and_then(|components| components.get("securitySchemes")),
    });
    let named = maps.iter().flatten().find_map(|map| map.get(name));
    let by_reference = || (version >= Version::V3_2).then(|| requirement.refer(name).ok()).flatten();
    let Some(declared) = named.or_else(by_reference) else {
        let names: Vec<&str> = maps.into_iter().flatten().flat_map(Place::entries).map(|(key, _)| key.key()).collect();
        let map = if version == Version::V2_0 { "securityDefinitions" } else { "components.securitySchemes" };
        let help = suggest::did_you_mean(&suggest::nearest(name, names, 1))
            .or_else(|| Some(format!("define it under `{map}`; until then nothing is known of the credentials")));
        let message = format!("the security scheme `{name}` is not defined");
        diagnostics.push(requirement.finding(rule::UNRESOLVED_REFERENCE, message).maybe_help(help));
        return None;
    };
    let place = declared.resolve_or_warn(diagnostics)?;
    let kind = kind(place);
    if let SchemeKind::Unknown(unknown) = kind {
        let message = format!("the security scheme `{name}` is of the unknown type `{unknown}`");
        diagnostics.push(place.finding(rule::MALFORMED_DESCRIPTION, message));
    }
    Some(SecurityScheme { name, kind, description: place.text("description"), place })
}

fn kind(place: Place<'_>) -> SchemeKind<'_> {
    let declared = place.text("type").unwrap_or_default();
    let read = match declared {
        "apiKey" => api_key(place),
        "http" => {
            let bearer_format = place.text("bearerFormat");
            place.text("scheme").map(|scheme| SchemeKind::Http { scheme, bearer_format })
        }
        "basic" => Some(SchemeKind::Http { scheme: "basic", bearer_format: None }),
        "oauth2" => Some(SchemeKind::OAuth2 { flows: flows(place), metadata_url: place.text("oauth2MetadataUrl") }),
        "openIdConnect" => place.text("openIdConnectUrl").map(|url| SchemeKind::OpenIdConnect { url }),
        "mutualTLS" => Some(SchemeKind::MutualTls),
        _ => None,
    };
    read.unwrap_or(SchemeKind::Unknown(declared))
}

fn api_key(place: Place<'_>) -> Option<SchemeKind<'_>> {
    let location = Location::parse(place.text("in")?)?;
    let usable = matches!(location, Location::Header | Location::Query | Location::Cookie);
    let name = place.text("name")?;
    usable.then_some(SchemeKind::ApiKey { name, location })
}

fn flows(place: Place<'_>) -> Vec<OAuthFlow<'_>> {
    let own = place.text("flow").and_then(|name| FLOWS.iter().find(|(_, _, old)| *old == name));
    let map = place.get("flows");
    let of_map = FLOWS.iter().filter_map(|(kind, name, _)| Some((*kind, map?.get(name)?)));
    own.map(|(kind, ..)| (*kind, place)).into_iter().chain(of_map).map(|(kind, place)| flow(kind, place)).collect()
}

fn flow(kind: OAuthFlowKind, place: Place<'_>) -> OAuthFlow<'_> {
    let scopes = place.get("scopes").into_iter().flat_map(Place::entries);
    let scopes = scopes.filter(|(name, _)| !name.key().starts_with("x-"));
    OAuthFlow {
        kind,
        authorization_url: place.text("authorizationUrl"),
        token_url: place.text("tokenUrl"),
        refresh_url: place.text("refreshUrl"),
        device_authorization_url: place.text("deviceAuthorizationUrl"),
        scopes: scopes.map(|(name, about)| (name.key(), about.as_text().unwrap_or_default())).collect(),
        place,
    }
}
