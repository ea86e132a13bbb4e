//! From a credential to an identity: what each kind of security scheme makes of it, and what it lacks.

use arras_doc::openapi::{Location, OAuthFlow, OAuthFlowKind, SchemeKind};

use super::lookup::{Field, variable};
use crate::auth::{Credential, Endpoint, Grant, Identity, TokenRequest, UserPassword};
use crate::credentials::SecretString;

/// A security scheme that is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) source: &'a str,
    pub(super) scheme: &'a str,
    pub(super) kind: &'a SchemeKind<'a>,
    pub(super) scopes: &'a [&'a str],
}

/// The kinds, as far as they differ in what is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Key,
    User,
    Bearer,
    Token,
    Certificate,
    Unknown,
}

impl Asked<'_> {
    fn sort(&self) -> Sort {
        match self.kind {
            SchemeKind::ApiKey { .. } => Sort::Key,
            SchemeKind::Http { scheme, .. } => match scheme.to_ascii_lowercase().as_str() {
                "basic" | "digest" => Sort::User,
                "bearer" => Sort::Bearer,
                _ => Sort::Unknown,
            },
            SchemeKind::OAuth2 { .. } | SchemeKind::OpenIdConnect { .. } => Sort::Token,
            SchemeKind::MutualTls => Sort::Certificate,
            SchemeKind::Unknown(_) => Sort::Unknown,
        }
    }

    /// The parts of a credential that mean something.
    pub(super) fn fields(&self) -> &'static [Field] {
        match self.sort() {
            Sort::Key => &[Field::Value],
            Sort::User => &[Field::Value, Field::Username, Field::Password],
            Sort::Bearer => &[Field::Value, Field::Token],
            Sort::Token => &[
                Field::Value,
                Field::Token,
                Field::RefreshToken,
                Field::ClientId,
                Field::ClientSecret,
                Field::Username,
                Field::Password,
            ],
            Sort::Certificate | Sort::Unknown => &[],
        }
    }

    /// The names under which it is looked for.
    pub(super) fn names(&self) -> Vec<String> {
        let (source, scheme) = (self.source, self.scheme);
        let name = |field| format!("`{}`", variable(source, scheme, field));
        let pair = |one, two| format!("{} with {}", name(one), name(two));
        let first = format!("`--auth {source}.{scheme}=…`");
        match self.sort() {
            Sort::Key => vec![first, name(Field::Value)],
            Sort::Bearer => vec![first, name(Field::Value), name(Field::Token)],
            Sort::User => vec![first, name(Field::Value), pair(Field::Username, Field::Password)],
            Sort::Token => {
                let mut names = vec![first, name(Field::Token)];
                let grants = self.grants();
                if grants.contains(&GrantKind::ClientCredentials) {
                    names.push(pair(Field::ClientId, Field::ClientSecret));
                }
                if grants.contains(&GrantKind::Password) {
                    names.push(pair(Field::Username, Field::Password));
                }
                if grants.contains(&GrantKind::Refresh) {
                    names.push(pair(Field::RefreshToken, Field::ClientId));
                }
                names
            }
            Sort::Certificate => vec!["`--client-cert [HOST=]FILE`".to_owned()],
            Sort::Unknown => Vec::new(),
        }
    }

    /// What it is, for people.
    pub(super) fn describe(&self) -> String {
        match self.kind {
            SchemeKind::ApiKey { name, location } => format!("apiKey in {} `{name}`", location.as_str()),
            SchemeKind::Http { scheme, .. } => format!("http {scheme}"),
            SchemeKind::OAuth2 { flows, .. } => {
                let flows: Vec<&str> = flows.iter().map(|flow| flow.kind.as_str()).collect();
                format!("oauth2 {}", flows.join(", "))
            }
            SchemeKind::OpenIdConnect { .. } => "openIdConnect".to_owned(),
            SchemeKind::MutualTls => "mutualTLS".to_owned(),
            SchemeKind::Unknown(kind) => format!("of the unknown type `{kind}`"),
        }
    }

    /// The header, parameter or cookie that it sets; `None` for a certificate.
    pub(super) fn place(&self) -> Option<(Location, &str)> {
        match self.kind {
            SchemeKind::ApiKey { name, location } => Some((*location, name)),
            SchemeKind::MutualTls => None,
            _ => Some((Location::Header, "Authorization")),
        }
    }

    /// Why no credential at all could help; `None` if one could.
    pub(super) fn unsupported(&self) -> Option<String> {
        match self.kind {
            SchemeKind::Http { scheme, .. } if self.sort() == Sort::Unknown => Some(format!(
                "the HTTP scheme `{scheme}` is not supported: the step can set the header `Authorization` itself"
            )),
            SchemeKind::Unknown(_) => Some("it is not known how to satisfy it".to_owned()),
            _ => None,
        }
    }

    /// The identity that a credential makes.
    ///
    /// # Errors
    /// What it lacks, in one phrase.
    pub(super) fn identity(&self, credential: &Credential) -> Result<Identity, String> {
        match self.kind {
            SchemeKind::ApiKey { name, location } => {
                let value = whole(credential).ok_or("no key is given")?;
                Ok(Identity::ApiKey { location: *location, name: (*name).to_owned(), value })
            }
            SchemeKind::Http { scheme, .. } if scheme.eq_ignore_ascii_case("basic") => {
                user(credential).map(Identity::Basic)
            }
            SchemeKind::Http { scheme, .. } if scheme.eq_ignore_ascii_case("digest") => {
                user(credential).map(Identity::Digest)
            }
            SchemeKind::Http { .. } => ready(credential)?.ok_or_else(|| "no token is given".to_owned()),
            SchemeKind::OAuth2 { .. } | SchemeKind::OpenIdConnect { .. } => match ready(credential)? {
                Some(bearer) => Ok(bearer),
                None => self.token(credential).map(|request| Identity::Token(Box::new(request))),
            },
            SchemeKind::MutualTls => Ok(Identity::Certificate),
            SchemeKind::Unknown(_) => Err("it is not known how to satisfy it".to_owned()),
        }
    }

    /// An identity that proves nothing, for a mock.
    pub(super) fn made_up(&self) -> Option<Identity> {
        let credential = match self.sort() {
            Sort::User => Credential::user("demo", "demo"),
            Sort::Token | Sort::Bearer => Credential::token("demo"),
            Sort::Key | Sort::Certificate => Credential::value("demo"),
            Sort::Unknown => return None,
        };
        self.identity(&credential).ok()
    }

    fn flows(&self) -> &[OAuthFlow<'_>] {
        match self.kind {
            SchemeKind::OAuth2 { flows, .. } => flows,
            _ => &[],
        }
    }

    fn discovery(&self) -> Option<&str> {
        match self.kind {
            SchemeKind::OAuth2 { metadata_url, .. } => *metadata_url,
            SchemeKind::OpenIdConnect { url } => Some(url),
            _ => None,
        }
    }

    fn grants(&self) -> Vec<GrantKind> {
        use GrantKind::{ClientCredentials, Password, Refresh};
        if matches!(self.kind, SchemeKind::OpenIdConnect { .. }) {
            return vec![Refresh, Password, ClientCredentials];
        }
        let all = [Refresh, Password, ClientCredentials];
        all.into_iter().filter(|grant| self.endpoint(*grant).is_some()).collect()
    }

    /// Where tokens for a grant are fetched, as the description has it.
    fn endpoint(&self, grant: GrantKind) -> Option<Endpoint> {
        use OAuthFlowKind::{AuthorizationCode, ClientCredentials, DeviceAuthorization, Password};
        let flows = self.flows();
        let of = |kind: OAuthFlowKind| flows.iter().find(|flow| flow.kind == kind);
        let token = |url: &str| Endpoint::Token(url.to_owned());
        let listed = match grant {
            GrantKind::ClientCredentials => of(ClientCredentials).and_then(|flow| flow.token_url),
            GrantKind::Password => of(Password).and_then(|flow| flow.token_url),
            GrantKind::Refresh => flows.iter().find_map(|flow| flow.refresh_url).or_else(|| {
                let order = [AuthorizationCode, DeviceAuthorization, Password, ClientCredentials];
                order.into_iter().find_map(|kind| of(kind)?.token_url)
            }),
        };
        let declared = flows.is_empty()
            || match grant {
                GrantKind::ClientCredentials => of(ClientCredentials).is_some(),
                GrantKind::Password => of(Password).is_some(),
                GrantKind::Refresh => true,
            };
        let discovered = || self.discovery().filter(|_| declared).map(|url| Endpoint::Discovery(url.to_owned()));
        listed.map(token).or_else(discovered)
    }

    fn token(&self, credential: &Credential) -> Result<TokenRequest, String> {
        let grant = if let Some(token) = &credential.refresh_token {
            (GrantKind::Refresh, Grant::Refresh(token.clone()))
        } else if credential.username.is_some() || credential.password.is_some() {
            (GrantKind::Password, Grant::Password(user(credential)?))
        } else if credential.client_id.is_some() {
            (GrantKind::ClientCredentials, Grant::ClientCredentials)
        } else {
            return Err("no token is given, and nothing to get one with".to_owned());
        };
        let (kind, grant) = grant;
        let Some(endpoint) = self.endpoint(kind) else {
            return Err(format!("the description names no token URL for {}", kind.describe()));
        };
        if credential.client_id.is_none() && credential.client_secret.is_some() {
            return Err("the client's secret is given without its id".to_owned());
        }
        if kind == GrantKind::ClientCredentials && credential.client_secret.is_none() {
            return Err("the client's id is given without its secret".to_owned());
        }
        let is_password = |flow: &&OAuthFlow<'_>| flow.kind == OAuthFlowKind::Password;
        let refresh = self.flows().iter().find(is_password).and_then(|flow| flow.refresh_url);
        Ok(TokenRequest {
            scheme: format!("{}.{}", self.source, self.scheme),
            endpoint,
            refresh: refresh.filter(|_| kind == GrantKind::Password).map(str::to_owned),
            // a refresh token keeps the scopes that it was granted for
            scopes: if kind == GrantKind::Refresh {
                Vec::new()
            } else {
                self.scopes.iter().map(|it| (*it).to_owned()).collect()
            },
            grant,
            client_id: credential.client_id.clone(),
            client_secret: credential.client_secret.clone(),
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum GrantKind {
    Refresh,
    Password,
    ClientCredentials,
}

impl GrantKind {
    fn describe(self) -> &'static str {
        match self {
            GrantKind::Refresh => "a refresh token",
            GrantKind::Password => "a name and a password",
            GrantKind::ClientCredentials => "a client's own credentials",
        }
    }
}

fn whole(credential: &Credential) -> Option<SecretString> {
    credential.value.clone().or_else(|| credential.token.clone()).filter(|text| !text.expose().is_empty())
}

/// A ready bearer token; the word `Bearer` before it is not part of it.
fn ready(credential: &Credential) -> Result<Option<Identity>, String> {
    let Some(token) = credential.token.as_ref().or(credential.value.as_ref()) else { return Ok(None) };
    let text = token.expose().as_str();
    let bare = match text.split_once(' ') {
        Some((word, rest)) if word.eq_ignore_ascii_case("bearer") => rest.trim(),
        _ => text,
    };
    if bare.is_empty() || !bare.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("the token is empty or holds a character that no token has".to_owned());
    }
    // lest the parts of a credential, a client's secret among them, go to the API in place of a token
    if bare.starts_with('{') {
        return Err("it is an object where a token belongs: `--auth` takes objects".to_owned());
    }
    Ok(Some(Identity::Bearer(bare.to_owned().into())))
}

fn user(credential: &Credential) -> Result<UserPassword, String> {
    let (username, password) = match (&credential.username, &credential.password, &credential.value) {
        (Some(username), Some(password), _) => (username.clone(), password.clone()),
        (Some(_), None, _) => return Err("the password is missing (write `user:` for an empty one)".to_owned()),
        (None, Some(_), _) => return Err("the user name is missing".to_owned()),
        (None, None, Some(value)) => {
            let (username, password) =
                value.expose().split_once(':').ok_or("it has no `:` between user name and password")?;
            (username.to_owned(), password.to_owned().into())
        }
        (None, None, None) => return Err("no user name and password are given".to_owned()),
    };
    if username.contains(':') {
        return Err("the user name holds a `:`".to_owned());
    }
    Ok(UserPassword { username, password })
}
