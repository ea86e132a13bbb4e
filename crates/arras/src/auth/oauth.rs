//! The messages of OAuth 2: what a token is asked for by (RFC 6749, 4 and 6), and what the answer says.

use arras_doc::value::Value;
use arras_run::exchange::{Request, Response};
use arras_run::fault::{Fault, FaultKind, Phase};
use arras_run::secret::Secrets;
use arras_run::time::Timestamp;
use std::time::Duration;

use url::Url;

use super::encode::{base64, form};
use crate::credentials::SecretString;
use crate::origin::Origin;

/// How an access token is got.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TokenRequest {
    /// The security scheme, for messages: `pets.oauth`.
    pub scheme: String,
    /// Where tokens are fetched.
    pub endpoint: Endpoint,
    /// Where a refresh token that comes with a token is good, if not there, too.
    pub refresh: Option<String>,
    /// By what.
    pub grant: Grant,
    /// The client's id.
    pub client_id: Option<String>,
    /// The client's secret; without one it is public.
    pub client_secret: Option<SecretString>,
    /// What the token is to allow.
    pub scopes: Vec<String>,
}

/// Where tokens are fetched.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// There.
    Token(String),
    /// Where the document at that URL says: OpenID Connect Discovery, or RFC 8414.
    Discovery(String),
}

/// By what a token is got.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Grant {
    /// The client's own credentials.
    ClientCredentials,
    /// The resource owner's name and password.
    Password(super::UserPassword),
    /// A refresh token.
    Refresh(SecretString),
}

impl TokenRequest {
    pub(super) fn secrets(&self) -> Vec<String> {
        let mut secrets = Vec::new();
        if let Some(secret) = &self.client_secret {
            secrets.push(secret.expose().clone());
            secrets.push(self.client_pair(secret));
        }
        match &self.grant {
            Grant::ClientCredentials => {}
            Grant::Password(user) => secrets.push(user.password.expose().clone()),
            Grant::Refresh(token) => secrets.push(token.expose().clone()),
        }
        secrets
    }

    /// What the server says, on one line and cut. It may quote what it was sent, of which no part is told.
    fn told(&self, text: &str) -> String {
        let mut secrets = Secrets::default();
        self.secrets().iter().for_each(|secret| secrets.add(secret));
        shorten(&secrets.text(text))
    }

    /// Id and secret as they stand in `Authorization: Basic` (RFC 6749, 2.3.1).
    fn client_pair(&self, secret: &SecretString) -> String {
        format!("{}:{}", form(self.client_id.as_deref().unwrap_or_default()), form(secret.expose()))
    }
}

/// How a client says who it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum ClientAuthentication {
    /// By `Authorization: Basic`, which every server must take (RFC 6749, 2.3.1).
    #[default]
    Basic,
    /// In the body, which some take alone.
    Body,
}

/// The request for a token.
pub(super) fn request(url: &str, asked: &TokenRequest, grant: &Grant, client: ClientAuthentication) -> Request {
    let mut fields: Vec<(&str, &str)> = Vec::new();
    match grant {
        Grant::ClientCredentials => fields.push(("grant_type", "client_credentials")),
        Grant::Password(user) => {
            let (username, password) = (user.username.as_str(), user.password.expose().as_str());
            fields.extend([("grant_type", "password"), ("username", username), ("password", password)]);
        }
        Grant::Refresh(token) => {
            fields.extend([("grant_type", "refresh_token"), ("refresh_token", token.expose().as_str())]);
        }
    }
    let scopes = asked.scopes.join(" ");
    if !scopes.is_empty() && !matches!(grant, Grant::Refresh(_)) {
        fields.push(("scope", &scopes));
    }
    let mut headers = vec![
        ("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned()),
        ("Accept".to_owned(), "application/json".to_owned()),
    ];
    let id = asked.client_id.as_deref();
    match (&asked.client_secret, client) {
        (Some(secret), ClientAuthentication::Basic) => {
            let pair = asked.client_pair(secret);
            headers.push(("Authorization".to_owned(), format!("Basic {}", base64(pair.as_bytes()))));
        }
        (Some(secret), ClientAuthentication::Body) => {
            fields.extend(id.map(|id| ("client_id", id)));
            fields.push(("client_secret", secret.expose()));
        }
        (None, _) => fields.extend(id.map(|id| ("client_id", id))),
    }
    let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", form(value))).collect();
    let body = pairs.join("&").into_bytes().into();
    Request { method: "POST".into(), url: url.to_owned(), headers, body, path: Vec::new(), query: Vec::new() }
}

/// A token that was granted.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) access: SecretString,
    /// `None` where the server does not say.
    pub(super) expires: Option<Timestamp>,
    /// The refresh token that came with it.
    pub(super) refresh: Option<SecretString>,
}

impl Token {
    /// Whether it can still be sent: until 30 s before it expires.
    pub(super) fn is_good(&self, now: Timestamp) -> bool {
        const EARLY: Duration = Duration::from_secs(30);
        self.expires.is_none_or(|expires| now.after(EARLY) < expires)
    }
}

/// Why there is no token.
pub(super) enum Refusal {
    /// The server's own word (RFC 6749, 5.2): `invalid_client`, `invalid_grant` …
    Error { code: String, fault: Fault },
    /// Anything else.
    Fault(Fault),
}

impl Refusal {
    pub(super) fn fault(self) -> Fault {
        match self {
            Refusal::Error { fault, .. } | Refusal::Fault(fault) => fault,
        }
    }

    pub(super) fn is(&self, wanted: &str) -> bool {
        self.code() == Some(wanted)
    }

    pub(super) fn code(&self) -> Option<&str> {
        match self {
            Refusal::Error { code, .. } => Some(code),
            Refusal::Fault(_) => None,
        }
    }

    /// Whether the server said so, in whatever words; else it was not asked or did not answer.
    pub(super) fn is_answer(&self) -> bool {
        match self {
            Refusal::Error { .. } => true,
            Refusal::Fault(fault) => fault.kind == FaultKind::TokenRefused,
        }
    }
}

/// Reads a token server's answer; `asked_at` is when the request was sent.
///
/// # Errors
/// `token-refused`, with the server's own word for it where there is one.
pub(super) fn token(response: &Response, asked: &TokenRequest, asked_at: Timestamp) -> Result<Token, Refusal> {
    let scheme = &asked.scheme;
    let refuse = |message: String| Refusal::Fault(refused(message));
    let status = response.status;
    let body = std::str::from_utf8(&response.body).ok().and_then(|text| Value::from_json(text).ok());
    let text = |name: &str| body.as_ref()?.get(name)?.as_str().filter(|text| !text.is_empty());
    if let Some(code) = text("error") {
        let description = text("error_description").map(|text| format!(": {}", asked.told(text))).unwrap_or_default();
        let message = format!("the token server refused `{scheme}` with `{}`{description}", asked.told(code));
        return Err(Refusal::Error { code: code.to_owned(), fault: refused(message) });
    }
    if !(200..300).contains(&status) {
        return Err(refuse(format!("the token server answered {status} to the request for `{scheme}`")));
    }
    let Some(access) = text("access_token") else {
        return Err(refuse(format!("the token server's answer for `{scheme}` holds no `access_token`")));
    };
    if !access.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(refuse(format!("the access token for `{scheme}` holds a character that no header can hold")));
    }
    if let Some(kind) = text("token_type").filter(|kind| !kind.eq_ignore_ascii_case("bearer")) {
        let kind = asked.told(kind);
        return Err(refuse(format!("the token for `{scheme}` is of the type `{kind}`: only bearer tokens are sent")));
    }
    let expires = body.as_ref().and_then(|body| body.get("expires_in")).and_then(seconds);
    Ok(Token {
        access: access.to_owned().into(),
        expires: expires.map(|after| asked_at.after(after)),
        refresh: text("refresh_token").map(|token| token.to_owned().into()),
    })
}

/// A number of seconds, which some servers write as a string; `None` for what is none.
fn seconds(value: &Value) -> Option<Duration> {
    let seconds: f64 = value.to_text().parse().ok().filter(|_| !value.is_structure())?;
    Duration::try_from_secs_f64(seconds.clamp(0.0, 3e9)).ok()
}

/// Where the metadata document at `url` says tokens are fetched, and how the client is to say who it is.
///
/// # Errors
/// `token-refused` if it says nothing of the kind, or is that of another issuer.
pub(super) fn discovered(
    response: &Response,
    scheme: &str,
    url: &str,
) -> Result<(String, ClientAuthentication), Fault> {
    let body = std::str::from_utf8(&response.body).ok().and_then(|text| Value::from_json(text).ok());
    let endpoint = body.as_ref().and_then(|body| body.get("token_endpoint")?.as_str());
    let Some(endpoint) = endpoint.filter(|_| (200..300).contains(&response.status)) else {
        let status = response.status;
        let message = format!("the discovery document for `{scheme}` ({status}) names no `token_endpoint`");
        return Err(refused(message));
    };
    let issuer = body.as_ref().and_then(|body| body.get("issuer")?.as_str());
    match issuer {
        Some(issuer) if is_issued_at(issuer, url) => {}
        Some(issuer) => {
            let issuer = shorten(issuer);
            return Err(refused(format!(
                "the discovery document for `{scheme}` at `{url}` is that of another issuer, `{issuer}`"
            )));
        }
        None => return Err(refused(format!("the discovery document for `{scheme}` at `{url}` names no `issuer`"))),
    }
    let methods = body.as_ref().and_then(|body| body.get("token_endpoint_auth_methods_supported")?.as_array());
    let takes = |method: &str| methods.is_none_or(|methods| methods.iter().any(|known| known.as_str() == Some(method)));
    let body_alone = !takes("client_secret_basic") && takes("client_secret_post");
    let client = if body_alone { ClientAuthentication::Body } else { ClientAuthentication::Basic };
    Ok((endpoint.to_owned(), client))
}

/// Whether an issuer's metadata lie at that URL: behind its own (OpenID Connect Discovery 1.0, 4.3) or between its host and
/// its path (RFC 8414, 3.3). Of a document at another kind of place, the issuer must be what its URL begins with.
fn is_issued_at(issuer: &str, url: &str) -> bool {
    const WELL_KNOWN: &str = "/.well-known/";
    let (Ok(issuer), Ok(mut url)) = (Url::parse(issuer), Url::parse(url)) else { return false };
    url.set_query(None);
    url.set_fragment(None);
    if issuer.query().is_some() || issuer.fragment().is_some() || Origin::of(&issuer) != Origin::of(&url) {
        return false;
    }
    let own = issuer.path().trim_end_matches('/');
    match url.path().split_once(WELL_KNOWN) {
        Some((before, after)) => match after.split_once('/') {
            None => own == before,
            Some((_, path)) => before.is_empty() && own == format!("/{}", path.trim_end_matches('/')),
        },
        None => url.path().strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
    }
}

pub(super) fn refused(message: String) -> Fault {
    Fault::new(FaultKind::TokenRefused, Phase::Auth, message)
}

/// A server's text on one line, cut.
fn shorten(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().filter(|char| !char.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_part_of_what_a_server_quotes_is_told() {
        let secret = "canary  client\nsecret";
        let asked = TokenRequest {
            scheme: "api.oauth".into(),
            endpoint: Endpoint::Token("https://id.example/token".into()),
            refresh: None,
            grant: Grant::ClientCredentials,
            client_id: Some("me".into()),
            client_secret: Some(secret.to_owned().into()),
            scopes: Vec::new(),
        };
        for before in [0, 180, 190, 199] {
            let description = format!("{}{secret}, no more", "x".repeat(before));
            let body = serde_json::json!({"error": "invalid_client", "error_description": description}).to_string();
            let response = Response { status: 400, headers: Vec::new(), body: body.into() };
            let refusal = token(&response, &asked, Timestamp(0)).unwrap_err().fault();
            let (_, told) = refusal.message.split_once(": ").unwrap();
            let expected: String = format!("{}***, no more", "x".repeat(before)).chars().take(200).collect();
            assert_eq!(told, expected);
        }
    }

    #[test]
    fn an_issuer_is_known_by_where_its_metadata_lie() {
        let table = [
            ("https://id.example", "https://id.example/.well-known/openid-configuration", true),
            ("https://id.example/", "https://id.example/.well-known/openid-configuration", true),
            ("https://ID.example:443", "https://id.example/.well-known/openid-configuration", true),
            ("https://id.example/a", "https://id.example/a/.well-known/openid-configuration?x=1", true),
            ("https://id.example/a/b", "https://id.example/.well-known/oauth-authorization-server/a/b", true),
            ("https://id.example/a", "https://id.example/metadata", false),
            ("https://id.example/a", "https://id.example/a/metadata", true),
            ("https://id.example/a", "https://id.example/ab/metadata", false),
            ("https://id.example/a", "https://id.example/.well-known/openid-configuration", false),
            ("https://id.example", "https://id.example/a/.well-known/openid-configuration", false),
            ("https://id.example/b", "https://id.example/.well-known/oauth-authorization-server/a", false),
            ("http://id.example", "https://id.example/.well-known/openid-configuration", false),
            ("https://evil.example", "https://id.example/.well-known/openid-configuration", false),
            ("https://id.example:8443", "https://id.example/.well-known/openid-configuration", false),
            ("https://id.example?x", "https://id.example/.well-known/openid-configuration", false),
            ("id.example", "https://id.example/.well-known/openid-configuration", false),
        ];
        for (issuer, url, expected) in table {
            assert_eq!(is_issued_at(issuer, url), expected, "{issuer} at {url}");
        }
    }
}
