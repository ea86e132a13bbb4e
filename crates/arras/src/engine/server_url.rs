//! From a described server to the URL that requests begin with: variables, relative references, and what is no server.

use arras_doc::openapi::Server;
use arras_doc::uri::{self, without_user};
use url::Url;

use crate::policy::has_user;

/// Why the value that the user gives a variable is none that the description allows.
pub(super) fn refused_value<'v>(server: &Server<'_>, given: impl Fn(&str) -> Option<&'v str>) -> Option<String> {
    let mut given = server.variables.iter().filter_map(|variable| Some((variable, given(variable.name)?)));
    let (variable, value) =
        given.find(|(variable, value)| !variable.allowed.is_empty() && !variable.allowed.contains(value))?;
    let allowed = variable.allowed.iter().map(|allowed| format!("`{allowed}`")).collect::<Vec<_>>().join(", ");
    Some(format!("the server variable `{}` can't be `{value}`: it is one of {allowed}", variable.name))
}

/// The absolute URL of a server whose variables are filled in; a relative one resolves against the document that it stands in
/// (ARZ-URI-18).
///
/// # Errors
/// Why no request can be sent there, as one phrase.
pub(super) fn absolute(server: &Server<'_>, expanded: &str) -> Result<String, String> {
    let shown = without_user(&server.url);
    let has_scheme = uri::Parts::of(expanded).scheme.is_some_and(|scheme| !scheme.contains('.'));
    if !has_scheme || is_host_and_port(expanded) {
        if looks_like_host(expanded) {
            return Err(format!("the server `{shown}` has no scheme: it is taken for a path"));
        }
        let of_document = uri::Parts::of(server.document_uri).scheme;
        if !of_document.is_some_and(|scheme| matches!(scheme, "http" | "https")) {
            return Err(format!(
                "the server `{shown}` is relative to where the description was read from, which is no http or https URL"
            ));
        }
    }
    check(&uri::resolve(server.document_uri, expanded), &server.url)
}

/// The URL as requests begin with it, if they can; `shown` is how people know it.
///
/// # Errors
/// Why not, as one phrase.
pub(super) fn check(url: &str, shown: &str) -> Result<String, String> {
    let parsed = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    match parsed {
        None => Err(format!("the server `{}` is no http or https URL", without_user(shown))),
        // neither is quoted: a password may stand in both
        Some(parsed) if has_user(&parsed) => Err("the server's URL holds a user name or a password: give credentials \
            by a security scheme instead"
            .to_owned()),
        Some(parsed) if parsed.query().is_some() || parsed.fragment().is_some() => {
            Err(format!("the server `{shown}` has a query or a fragment, where paths are to be appended"))
        }
        // a path of nothing is none that the server writes
        Some(parsed) if parsed.path() == "/" && !url.ends_with('/') => {
            Ok(parsed.as_str().trim_end_matches('/').to_owned())
        }
        Some(parsed) => Ok(parsed.into()),
    }
}

/// `localhost:8080`, which reads as a scheme and a path.
fn is_host_and_port(text: &str) -> bool {
    let authority = text.split('/').next().unwrap_or_default();
    let port = authority.rsplit_once(':').map(|(_, port)| port);
    port.is_some_and(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()))
}

/// `api.example.com/v1`: the first segment of a relative path that only a host would be called.
fn looks_like_host(text: &str) -> bool {
    let first = text.split('/').next().unwrap_or_default();
    let labels: Vec<&str> = first.split(':').next().unwrap_or_default().split('.').collect();
    let is_label =
        |label: &&str| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    // `v1.0` is a version; of hosts only IPv4 addresses end in a number
    let ends_in_number = labels.last().is_some_and(|label| label.bytes().all(|byte| byte.is_ascii_digit()));
    let may_be_host = !ends_in_number || labels.len() == 4;
    may_be_host && labels.iter().all(is_label) && (labels.len() > 1 || is_host_and_port(text) || first == "localhost")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arras_doc::diagnostic::Diagnostics;
    use arras_doc::openapi::{Description, Document, Documents};
    use arras_doc::read;
    use arras_doc::source::{Source, SourceId};

    use super::*;

    fn described(uri: &str, text: &str, test: impl Fn(&Server<'_>)) {
        let (tree, found) = read::read(&Source::new("api.yaml", uri, text), SourceId(0));
        assert_eq!(found, []);
        let document = Arc::new(Document::new(SourceId(0), uri, Arc::new(tree.expect("a tree"))));
        let (description, _) = Description::index(document, &Documents::default());
        let operation = description.operations().next().expect("an operation");
        test(operation.servers(&mut Diagnostics::new()).first().expect("a server"));
    }

    fn url(uri: &str, servers: &str) -> Result<String, String> {
        let text =
            format!("openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\n{servers}\npaths: {{/a: {{get: {{}}}}}}\n");
        let result = std::cell::RefCell::new(Err(String::new()));
        described(uri, &text, |server| {
            let expanded = server.expand(|_| None).map_err(|undefined| undefined.to_string());
            let _ = result.replace(expanded.and_then(|expanded| absolute(server, &expanded)));
        });
        result.into_inner()
    }

    /// ARZ-URI-18
    #[test]
    fn servers_resolve_against_the_description() {
        const WEB: &str = "https://docs.example/apis/openapi.yaml";
        for (uri, servers, expected) in [
            (WEB, "servers: [{url: https://api.example/v1/}]", "https://api.example/v1/"),
            (WEB, "servers: [{url: https://first.example}, {url: https://second.example}]", "https://first.example"),
            (WEB, "servers: [{url: /v1}]", "https://docs.example/v1"),
            (WEB, "servers: [{url: v1/}]", "https://docs.example/apis/v1/"),
            (WEB, "servers: [{url: v1.0/}]", "https://docs.example/apis/v1.0/"),
            (WEB, "servers: [{url: ./test}]", "https://docs.example/apis/test"),
            (WEB, "servers: [{url: ../v2}]", "https://docs.example/v2"),
            (WEB, "servers: [{url: //api.example/v1}]", "https://api.example/v1"),
            (WEB, "servers: []", "https://docs.example/"),
            (WEB, "", "https://docs.example/"),
            ("file:///a/b.yaml", "servers: [{url: http://localhost:8080/v1}]", "http://localhost:8080/v1"),
            (
                WEB,
                "servers: [{url: 'https://{user}.example:{port}/{base}', variables: {user: {default: demo}, port: {default: '8443'}, base: {default: v2}}}]",
                "https://demo.example:8443/v2",
            ),
        ] {
            assert_eq!(url(uri, servers).as_deref(), Ok(expected), "{servers}");
        }
    }

    /// ARZ-URI-18
    #[test]
    fn what_is_no_server_is_refused() {
        const WEB: &str = "https://docs.example/openapi.yaml";
        for (uri, servers, expected) in [
            (WEB, "servers: [{url: api.example/v1}]", "has no scheme"),
            (WEB, "servers: [{url: 127.0.0.1/v1}]", "has no scheme"),
            (WEB, "servers: [{url: 'localhost:8080/v1'}]", "has no scheme"),
            (WEB, "servers: [{url: 'api.example:8080'}]", "has no scheme"),
            (WEB, "servers: [{url: 'https://api.example/v1?key=1'}]", "has a query or a fragment"),
            (WEB, "servers: [{url: 'https://api.example/v1#x'}]", "has a query or a fragment"),
            (WEB, "servers: [{url: 'ftp://api.example'}]", "is no http or https URL"),
            (WEB, "servers: [{url: 'ftp://me:hush@api.example'}]", "`ftp://***@api.example` is no http or https URL"),
            (
                WEB,
                "servers: [{url: 'https://me:hush@api.example:99999'}]",
                "`https://***@api.example:99999` is no http",
            ),
            (WEB, "servers: [{url: 'me:hush@api.example:8080'}]", "`me:***@api.example:8080` has no scheme"),
            ("file:///a/b.yaml", "servers: [{url: '//me:hush@a.example/v1'}]", "`//***@a.example/v1` is relative"),
            (
                WEB,
                "servers: [{url: 'https://me:hush@api.example?x'}]",
                "the server's URL holds a user name or a password",
            ),
            (
                WEB,
                "servers: [{url: 'https://{u}:{p}@api.example', variables: {u: {default: ''}, p: {default: hush}}}]",
                "the server's URL holds a user name or a password",
            ),
            (WEB, "servers: [{url: 'https://'}]", "is no http or https URL"),
            (WEB, "servers: [{url: 'https://{x}.example'}]", "`x` has no value"),
            ("file:///a/b.yaml", "servers: [{url: /v1}]", "is relative to where the description was read from"),
            ("file:///a/b.yaml", "", "is relative to where the description was read from"),
        ] {
            let error = url(uri, servers).expect_err(servers);
            assert!(error.contains(expected) && !error.contains("hush"), "{error}");
        }
    }

    #[test]
    fn variables_have_the_values_that_they_may() {
        let text = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {/a: {get: {}}}\nservers: [{url: 'https://{a}.{b}', \
                    variables: {a: {default: x, enum: [x, y]}, b: {default: example}}}]";
        described("https://docs.example/", text, |server| {
            let refused =
                |name: &'static str, value: &'static str| refused_value(server, |it| (it == name).then_some(value));
            assert_eq!(refused("a", "y"), None);
            assert_eq!(refused("b", "anything"), None);
            assert_eq!(
                refused("a", "z").as_deref(),
                Some("the server variable `a` can't be `z`: it is one of `x`, `y`")
            );
        });
    }

    /// ARZ-URI-18
    #[test]
    fn the_nearest_servers_count() {
        let text = "
openapi: 3.1.0
info: {title: t, version: '1'}
servers: [{url: https://root.example}]
paths:
  /a:
    servers: [{url: https://path.example}]
    get: {SERVERS}
";
        for (own, expected) in
            [("servers: [{url: https://own.example}]", "https://own.example"), ("summary: s", "https://path.example")]
        {
            described("https://docs.example/", &text.replace("SERVERS", own), |server| {
                assert_eq!(server.url, expected)
            });
        }
    }
}
