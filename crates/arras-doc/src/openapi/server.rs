//! Where an operation can be reached.

use std::borrow::Cow;
use std::fmt;

use crate::diagnostic::Diagnostics;
use crate::openapi::{Operation, Place, Version};
use crate::{rule, uri};

/// A server: a URL template and the variables in it.
#[derive(Clone, Debug)]
pub struct Server<'d> {
    /// The template as written, perhaps relative; never empty.
    pub url: Cow<'d, str>,
    /// A name (OpenAPI 3.2).
    pub name: Option<&'d str>,
    /// What it is for.
    pub description: Option<&'d str>,
    /// The variables, in order.
    pub variables: Vec<ServerVariable<'d>>,
    /// The URI of the document that it stands in; a relative URL resolves against it (ARZ-URI-18).
    pub document_uri: &'d str,
    /// The Server Object; `None` if the description has none, and in Swagger 2.0.
    pub place: Option<Place<'d>>,
}

/// A variable of a server's URL.
#[derive(Clone, Debug)]
pub struct ServerVariable<'d> {
    /// The name in braces.
    pub name: &'d str,
    /// Its value unless another is given; required, but not always there.
    pub default: Option<&'d str>,
    /// The values it may have; empty if any.
    pub allowed: Vec<&'d str>,
    /// The Server Variable Object.
    pub place: Place<'d>,
}

/// A variable of a server's URL that has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndefinedVariable {
    /// The name in braces.
    pub name: String,
}

impl fmt::Display for UndefinedVariable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the server variable `{}` has no value", self.name)
    }
}

impl std::error::Error for UndefinedVariable {}

impl<'d> Server<'d> {
    fn plain(url: impl Into<Cow<'d, str>>, document_uri: &'d str) -> Server<'d> {
        Server { url: url.into(), name: None, description: None, variables: Vec::new(), document_uri, place: None }
    }

    /// The variable of that name.
    pub fn variable(&self, name: &str) -> Option<&ServerVariable<'d>> {
        self.variables.iter().find(|variable| variable.name == name)
    }

    /// The URL with each variable replaced by what `value` gives, else by its default; replaced text is not looked at
    /// again. It may still be relative.
    ///
    /// # Errors
    /// At the first name in braces that has neither.
    pub fn expand(&self, value: impl Fn(&str) -> Option<String>) -> Result<String, UndefinedVariable> {
        let mut expanded = String::with_capacity(self.url.len());
        let mut rest = &*self.url;
        while let Some((before, after)) = rest.split_once('{') {
            expanded.push_str(before);
            let Some((name, after)) = after.split_once('}') else {
                rest = &rest[before.len()..];
                break;
            };
            let default = || self.variable(name).and_then(|variable| variable.default).map(str::to_owned);
            let found = value(name).or_else(default);
            expanded.push_str(&found.ok_or_else(|| UndefinedVariable { name: name.to_owned() })?);
            rest = after;
        }
        expanded.push_str(rest);
        Ok(expanded)
    }
}

pub(super) fn of_operation<'d>(operation: Operation<'d>, diagnostics: &mut Diagnostics) -> Vec<Server<'d>> {
    let description = operation.description();
    let root = description.root();
    if description.version() == Version::V2_0 {
        return of_host(operation, root);
    }
    let levels = std::iter::once(operation.place()).chain(operation.path_items()).chain([root]);
    for level in levels {
        let servers = list(level, diagnostics);
        if !servers.is_empty() {
            return servers;
        }
    }
    vec![Server::plain("/", root.document().uri())]
}

fn list<'d>(level: Place<'d>, diagnostics: &mut Diagnostics) -> Vec<Server<'d>> {
    let mut all = Vec::new();
    for place in level.list("servers", diagnostics) {
        let Some(url) = place.text("url") else {
            diagnostics
                .push(place.finding(rule::MALFORMED_DESCRIPTION, "a server without `url`").help("it is left out"));
            continue;
        };
        let variables = place.get("variables").into_iter().flat_map(Place::entries);
        all.push(Server {
            url: Cow::Borrowed(if url.is_empty() { "/" } else { url }),
            name: place.text("name"),
            description: place.text("description"),
            variables: variables.map(|(name, place)| variable(name.key(), place)).collect(),
            document_uri: place.document().uri(),
            place: Some(place),
        });
    }
    all
}

fn variable<'d>(name: &'d str, place: Place<'d>) -> ServerVariable<'d> {
    let allowed = place.get("enum").into_iter().flat_map(Place::items).filter_map(Place::as_text).collect();
    ServerVariable { name, default: place.text("default"), allowed, place }
}

/// `host`, `basePath` and `schemes` of Swagger 2.0; HTTPS first.
///
/// Without a host the URL is relative. Without schemes it is the one that the document was read with, HTTPS if that
/// says nothing.
fn of_host<'d>(operation: Operation<'d>, root: Place<'d>) -> Vec<Server<'d>> {
    let document_uri = root.document().uri();
    let base = root.text("basePath").unwrap_or_default();
    let base = if base.is_empty() || base.starts_with('/') { base.to_owned() } else { format!("/{base}") };
    let Some(host) = root.text("host").filter(|host| !host.is_empty()) else {
        return vec![Server::plain(if base.is_empty() { "/".to_owned() } else { base }, document_uri)];
    };
    let schemes = operation.place().get("schemes").or_else(|| root.get("schemes"));
    let mut schemes: Vec<&str> = schemes.into_iter().flat_map(Place::items).filter_map(Place::as_text).collect();
    if schemes.is_empty() {
        schemes.push(uri::Parts::of(document_uri).scheme.filter(|scheme| *scheme == "http").unwrap_or("https"));
    }
    schemes.sort_by_key(|scheme| match *scheme {
        "https" => 0,
        "http" => 1,
        _ => 2,
    });
    schemes.iter().map(|scheme| Server::plain(format!("{scheme}://{host}{base}"), document_uri)).collect()
}
