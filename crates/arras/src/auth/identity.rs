//! What a security scheme of OpenAPI adds to a request.

use arras_doc::openapi::Location;
use arras_doc::value::Value;
use arras_run::exchange::{Request, header};
use arras_run::fault::{Fault, FaultKind, Phase};
use url::form_urlencoded::byte_serialize;

use super::encode::base64;
use super::oauth::TokenRequest;
use crate::credentials::SecretString;
use crate::origin::Origin;

/// An identity for one origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identified {
    /// The source description whose scheme it is.
    pub source: String,
    /// The security scheme.
    pub scheme: String,
    /// For people: where its credential was found, never what it is.
    pub from: String,
    /// The only origin that gets it: that of the server which the run was planned for.
    pub origin: Origin,
    /// Who the caller is.
    pub identity: Identity,
}

/// Who the caller is, by one security scheme.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Identity {
    /// A value in a header, the query or a cookie.
    ApiKey {
        /// Header, query or cookie.
        location: Location,
        /// The header's, parameter's or cookie's name.
        name: String,
        /// The key.
        value: SecretString,
    },
    /// `Authorization: Basic`
    Basic(UserPassword),
    /// `Authorization: Bearer`, with a ready token.
    Bearer(SecretString),
    /// `Authorization: Digest` (RFC 7616), once the server has challenged.
    Digest(UserPassword),
    /// `Authorization: Bearer`, with a token that is fetched.
    Token(Box<TokenRequest>),
    /// A client certificate, which the transport shows.
    Certificate,
}

/// A name and its password.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UserPassword {
    /// The name.
    pub username: String,
    /// The password.
    pub password: SecretString,
}

impl Identity {
    /// Where it stands in a request, and under which name.
    pub fn place(&self) -> (Location, &str) {
        match self {
            Identity::ApiKey { location, name, .. } => (*location, name),
            _ => (Location::Header, "Authorization"),
        }
    }

    /// All that no event may show, also as it is put together for the wire.
    pub fn secrets(&self) -> Vec<String> {
        match self {
            Identity::ApiKey { value, .. } | Identity::Bearer(value) => vec![value.expose().clone()],
            Identity::Basic(user) => vec![user.joined(), user.password.expose().clone()],
            Identity::Digest(user) => vec![user.password.expose().clone()],
            Identity::Token(asked) => asked.secrets(),
            Identity::Certificate => Vec::new(),
        }
    }
}

impl UserPassword {
    fn joined(&self) -> String {
        format!("{}:{}", self.username, self.password.expose())
    }

    /// The value of `Authorization`.
    pub(super) fn basic(&self) -> String {
        format!("Basic {}", base64(self.joined().as_bytes()))
    }
}

/// Adds a header field unless the request has it: what a step sets itself wins.
pub(super) fn add_header(request: &mut Request, name: &str, value: String) {
    if header(&request.headers, name).is_none() {
        request.headers.push((name.to_owned(), value));
    }
}

/// Adds an API key unless the request has one in that place.
///
/// # Errors
/// `invalid-request` for a cookie's value that no cookie can hold.
pub(super) fn add_key(request: &mut Request, location: Location, name: &str, value: &str) -> Result<(), Fault> {
    match location {
        Location::Query | Location::Querystring => add_query(request, name, value),
        Location::Cookie => return add_cookie(request, name, value),
        Location::Header | Location::Path => add_header(request, name, value.to_owned()),
    }
    Ok(())
}

fn add_query(request: &mut Request, name: &str, value: &str) {
    if request.query.iter().any(|(known, _)| known == name) {
        return;
    }
    let encode = |text: &str| byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20");
    let separator = if request.url.contains('?') { '&' } else { '?' };
    request.url.push_str(&format!("{separator}{}={}", encode(name), encode(value)));
    request.query.push((name.to_owned(), Value::from(value)));
}

fn add_cookie(request: &mut Request, name: &str, value: &str) -> Result<(), Fault> {
    let fits = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b',' | b';' | b'\\');
    if !value.bytes().all(fits) {
        let message = format!("the credential for the cookie `{name}` holds a character that no cookie can hold");
        return Err(Fault::new(FaultKind::InvalidRequest, Phase::Build, message));
    }
    let pair = format!("{name}={value}");
    match request.headers.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case("cookie")) {
        None => request.headers.push(("Cookie".to_owned(), pair)),
        Some((_, cookies)) => {
            let set = cookies.split(';').any(|cookie| cookie.trim().split('=').next() == Some(name));
            if !set {
                *cookies = format!("{cookies}; {pair}");
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(url: &str, headers: &[(&str, &str)]) -> Request {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let (method, body, path, query) = ("GET".into(), Default::default(), vec![], vec![]);
        Request { method, url: url.into(), headers, body, path, query }
    }

    #[test]
    fn a_key_goes_to_its_place_unless_something_stands_there() {
        let mut plain = request("http://a/", &[("X-Key", "own"), ("Cookie", "sid=own; b=2")]);
        plain.query.push(("q".into(), Value::from("own")));
        let before = plain.clone();
        for (location, name) in [(Location::Header, "x-key"), (Location::Query, "q"), (Location::Cookie, "sid")] {
            add_key(&mut plain, location, name, "hush").unwrap();
        }
        assert_eq!(plain, before);
        let mut bare = request("http://a/?x=1", &[("Cookie", "b=2")]);
        for (location, name) in [(Location::Header, "X-Key"), (Location::Query, "api key"), (Location::Cookie, "sid")] {
            add_key(&mut bare, location, name, "a&b=ü").or_else(|_| add_key(&mut bare, location, name, "ok")).unwrap();
        }
        assert_eq!(bare.url, "http://a/?x=1&api%20key=a%26b%3D%C3%BC");
        assert_eq!(header(&bare.headers, "x-key").as_deref(), Some("a&b=ü"));
        let mut cookie = request("http://a/", &[("Cookie", "b=2")]);
        add_key(&mut cookie, Location::Cookie, "sid", "hush").unwrap();
        assert_eq!(header(&cookie.headers, "cookie").as_deref(), Some("b=2; sid=hush"));
        assert!(add_key(&mut cookie, Location::Cookie, "other", "a; b").is_err());
    }

    #[test]
    fn basic_is_the_example_of_its_rfc() {
        let user = UserPassword { username: "Aladdin".into(), password: "open sesame".to_owned().into() };
        assert_eq!(user.basic(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    }
}
