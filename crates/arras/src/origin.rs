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

/// The beginning of a URL's text that alone decides its origin, `http://example.com:8080`, and what follows it.
///
/// `None` where more would have to be known of how URLs are read: of user names, of characters that are dropped or taken for
/// others, of paths that take the place of a host. Two URLs of one beginning have one origin, whatever follows.
pub(crate) fn split(url: &str) -> Option<(&str, &str)> {
    let start = ["http://", "https://"].into_iter().find(|scheme| url.starts_with(scheme))?.len();
    let rest = url.get(start..)?;
    let length = rest.bytes().position(|byte| matches!(byte, b'/' | b'?' | b'#'))?;
    let (host, tail) = rest.split_at(length);
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'[' | b']');
    let is_rooted = tail.starts_with('/') && !tail.starts_with("//");
    let is_readable = tail.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let plain = !host.is_empty() && host.bytes().all(is_plain) && is_rooted && is_readable;
    plain.then(|| url.split_at(start + length))
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

    #[test]
    fn what_begins_alike_is_read_alike() {
        let table = [
            ("http://127.0.0.1:8080/a?b", Some("http://127.0.0.1:8080")),
            ("https://Example.com/", Some("https://Example.com")),
            ("http://[::1]/x#y", Some("http://[::1]")),
            ("http://a.example//b.example/x", None),
            ("http://a.example/\\b.example/x", None),
            ("http://a.example/\t/b.example/x", None),
            ("http://a.example/ü", None),
            ("http://a.example?x", None),
            ("http://a.example", None),
            ("http://a.example\\@b.example/", None),
            ("http://user@a.example/", None),
            ("http:///a.example/", None),
            ("http://\t/a.example/", None),
            ("http://%61.example/", None),
            ("HTTP://a.example/", None),
            (" http://a.example/", None),
            ("ftp://a.example/", None),
        ];
        for (url, beginning) in table {
            assert_eq!(split(url).map(|(beginning, _)| beginning), beginning, "{url}");
        }
    }

    proptest::proptest! {
        /// What is put together from the parsed beginning is what the whole text says.
        #[test]
        fn joining_gives_what_parsing_gives(host in "[a-z0-9.:\\[\\]_-]{1,12}", tail in "/[ -~]{0,24}") {
            let text = format!("http://{host}{tail}");
            if let Some((beginning, rest)) = split(&text) {
                let joined = Url::parse(beginning).and_then(|base| base.join(rest));
                proptest::prop_assert_eq!(joined, Url::parse(&text));
            }
        }
    }
}
