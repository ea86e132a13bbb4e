//! The origin of a URL: what credentials are bound to.

use std::fmt;

use arras_run::fault::{Fault, FaultKind, Phase};
use url::Url;

/// Scheme, host and port of an http or https URL; written `https://example.com:8443`, a default port left out.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    scheme: String,
    host: String,
    port: u16,
}

impl Origin {
    /// The origin of an absolute http or https URL, host in lower case; `None` for any other URL.
    pub fn of(url: &Url) -> Option<Origin> {
        if !matches!(url.scheme(), "http" | "https") {
            return None;
        }
        let host = url.host_str()?.to_ascii_lowercase();
        Some(Origin { scheme: url.scheme().to_owned(), host, port: url.port_or_known_default()? })
    }

    /// The origin of a URL's text.
    ///
    /// # Errors
    /// `invalid-request` if it is no absolute http or https URL.
    pub fn parse(url: &str) -> Result<Origin, Fault> {
        Url::parse(url).ok().as_ref().and_then(Origin::of).ok_or_else(|| {
            Fault::new(FaultKind::InvalidRequest, Phase::Build, "the server is no absolute http or https URL")
        })
    }

    /// The host: a name, an IPv4 address or an IPv6 address in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, the scheme's default if none was written.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let default = if self.scheme == "https" { 443 } else { 80 };
        if self.port == default {
            write!(f, "{}://{}", self.scheme, self.host)
        } else {
            write!(f, "{}://{}:{}", self.scheme, self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let table = [
            ("https://Example.com/a?b#c", "https://example.com"),
            ("https://example.com:443/", "https://example.com"),
            ("http://example.com:443/", "http://example.com:443"),
            ("http://user:pass@[::1]:8080/x", "http://[::1]:8080"),
        ];
        for (url, origin) in table {
            assert_eq!(Origin::parse(url).unwrap().to_string(), origin);
        }
        assert_ne!(Origin::parse("http://a.example").unwrap(), Origin::parse("https://a.example").unwrap());
        for none in ["file:///x", "/relative", "", "ftp://example.com"] {
            assert_eq!(Origin::parse(none).unwrap_err().kind, FaultKind::InvalidRequest, "{none}");
        }
    }
}
