//! What requests go to: servers and their variables, the mock, a collector of spans.

use std::path::PathBuf;

use super::pair::{pair, scoped};

/// `[SOURCE=]URL`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// The source description; `None` for all.
    pub source: Option<String>,
    /// An absolute http or https URL.
    pub url: String,
}

/// `[SOURCE.]NAME=VALUE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerVariable {
    /// The source description; `None` for all.
    pub source: Option<String>,
    /// The variable.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// What to mock with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mock {
    /// The descriptions alone.
    Descriptions,
    /// A scenario file.
    Scenario(PathBuf),
}

/// Reads `[SOURCE=]URL`.
///
/// # Errors
/// If the URL is not an absolute http or https URL.
pub fn server(text: &str) -> Result<Server, String> {
    let server = base(text)?;
    if has_user(&server.url) {
        return Err("a server's URL holds no user name and no password: give credentials with `--auth`".to_owned());
    }
    Ok(server)
}

/// Whether a URL says who asks.
pub(super) fn has_user(url: &str) -> bool {
    let (_, rest) = url.split_once("://").unwrap_or_default();
    rest.split(['/', '?', '#', '\\']).next().unwrap_or_default().contains('@')
}

fn base(text: &str) -> Result<Server, String> {
    let (source, url) = match text.split_once('=') {
        Some((source, url)) if !source.contains(['/', ':']) && !source.is_empty() => (Some(source.to_owned()), url),
        _ => (None, text),
    };
    let host = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    match host {
        Some(host) if !host.is_empty() && !host.starts_with('/') => Ok(Server { source, url: url.to_owned() }),
        _ => Err("expected a URL with `http://` or `https://` and a host, perhaps with SOURCE= before it".to_owned()),
    }
}

/// Reads `[SOURCE.]NAME=VALUE`.
///
/// # Errors
/// If there is no `=` or no name.
pub fn server_variable(text: &str) -> Result<ServerVariable, String> {
    let (path, value) = pair(text, "[SOURCE.]NAME=VALUE")?;
    let (source, name) = scoped(&path)?;
    Ok(ServerVariable { source, name, value })
}

/// Reads the value of `--mock`: empty, or a scenario's path.
///
/// # Errors
/// Never.
pub fn mock(text: &str) -> Result<Mock, String> {
    Ok(if text.is_empty() { Mock::Descriptions } else { Mock::Scenario(text.into()) })
}

/// Reads the URL of an OTLP collector.
///
/// # Errors
/// If it is no http or https URL.
pub fn collector(text: &str) -> Result<String, String> {
    base(&format!("otlp={text}")).map(|server| server.url).map_err(|_| {
        "expected a URL with `http://` or `https://` and a host, such as `http://127.0.0.1:4318`".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers() {
        let cases = [
            ("https://a.example/v1", Some((None, "https://a.example/v1"))),
            ("pets=http://localhost:1", Some((Some("pets"), "http://localhost:1"))),
            ("https://a.example/?x=y", Some((None, "https://a.example/?x=y"))),
            ("a.example", None),
            ("pets=ftp://a", None),
            ("https://", None),
            ("https:///x", None),
            ("http://u:hush@a.example/", None),
            ("pets=http://u@a.example", None),
            ("https://a.example/@x?y=@", Some((None, "https://a.example/@x?y=@"))),
        ];
        for (text, expected) in cases {
            let read = server(text).ok();
            let read = read.as_ref().map(|server| (server.source.as_deref(), server.url.as_str()));
            assert_eq!(read, expected, "{text}");
        }
    }
}
