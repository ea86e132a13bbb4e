//! Patterns by which a user names hosts: `example.com`, `*.example.com`, `127.0.0.1:8080`, `[::1]`.

use std::fmt;
use std::str::FromStr;

use url::Host;

use crate::origin::Origin;

/// One pattern: a host, or all below a domain, at every port or at one; or one origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPattern {
    host: String,
    below: bool,
    port: Option<u16>,
    /// The origin that is meant and no other, where a whole URL named it.
    origin: Option<Origin>,
}

/// Patterns, any of which may match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostPatterns(Vec<HostPattern>);

/// Whether patterns name a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// One does.
    Yes,
    /// None does.
    No,
    /// Only with other ports: whoever names `example.com:8443` means that port and no other.
    AtOtherPorts,
}

/// What is wrong with a pattern's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidPattern {
    text: String,
}

impl fmt::Display for InvalidPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no host pattern: write `example.com`, `*.example.com` or `127.0.0.1:8080`", self.text)
    }
}

impl std::error::Error for InvalidPattern {}

impl FromStr for HostPattern {
    type Err = InvalidPattern;

    fn from_str(text: &str) -> Result<HostPattern, InvalidPattern> {
        let invalid = || InvalidPattern { text: text.to_owned() };
        let (below, rest) = match text.strip_prefix("*.") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (host, port) = split_port(rest).ok_or_else(invalid)?;
        let bracketed =
            if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() };
        let host = Host::parse(&bracketed).map_err(|_| invalid())?;
        if host.to_string().contains('*') || (below && !matches!(host, Host::Domain(_))) {
            return Err(invalid());
        }
        Ok(HostPattern { host: normal(&host.to_string()), below, port, origin: None })
    }
}

/// Splits `host:port`; a bare IPv6 address has no port.
fn split_port(text: &str) -> Option<(&str, Option<u16>)> {
    let colons = text.matches(':').count();
    let has_port = if text.starts_with('[') { !text.ends_with(']') } else { colons == 1 };
    if !has_port {
        return Some((text, None));
    }
    let (host, port) = text.rsplit_once(':')?;
    Some((host, Some(port.parse().ok()?)))
}

fn normal(host: &str) -> String {
    host.trim_end_matches('.').to_ascii_lowercase()
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(origin) = &self.origin {
            return origin.fmt(f);
        }
        f.write_str(if self.below { "*." } else { "" })?;
        f.write_str(&self.host)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl HostPattern {
    /// That origin and no other: whoever names a server by its URL means neither its host's other ports nor another scheme.
    pub fn origin(origin: &Origin) -> HostPattern {
        let (host, port) = (normal(origin.host()), Some(origin.port()));
        HostPattern { host, below: false, port, origin: Some(origin.clone()) }
    }

    /// Whether it names one host at every port: neither all below a domain nor one port.
    pub fn is_one_host(&self) -> bool {
        !self.below && self.port.is_none()
    }

    fn matches_host(&self, host: &str) -> bool {
        if self.below {
            return host.strip_suffix(self.host.as_str()).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'));
        }
        host == self.host
    }
}

impl HostPatterns {
    /// Whether they name an origin, by a pattern of its host or by itself.
    pub fn names_origin(&self, origin: &Origin) -> Named {
        if self.0.iter().any(|pattern| pattern.origin.as_ref() == Some(origin)) {
            return Named::Yes;
        }
        self.names(origin.host(), Some(origin.port()))
    }

    /// Whether they name a host, an IPv6 address in brackets. Without a port, one named at any port counts. Origins are
    /// named by [`HostPatterns::names_origin`] alone.
    pub fn names(&self, host: &str, port: Option<u16>) -> Named {
        if self.0.is_empty() {
            return Named::No;
        }
        let host = normal(host);
        let hosts = self.0.iter().filter(|pattern| pattern.origin.is_none());
        let mut matching = hosts.filter(|pattern| pattern.matches_host(&host)).peekable();
        if matching.peek().is_none() {
            return Named::No;
        }
        let at_port = |pattern: &HostPattern| port.is_none() || pattern.port.is_none() || pattern.port == port;
        if matching.any(at_port) { Named::Yes } else { Named::AtOtherPorts }
    }

    /// Adds a pattern.
    pub fn push(&mut self, pattern: HostPattern) {
        self.0.push(pattern);
    }
}

impl FromIterator<HostPattern> for HostPatterns {
    fn from_iter<T: IntoIterator<Item = HostPattern>>(patterns: T) -> HostPatterns {
        HostPatterns(patterns.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_names_what_it_says() {
        use Named::{AtOtherPorts, No, Yes};
        let table = [
            ("example.com", "EXAMPLE.com.", 443, Yes),
            ("example.com", "www.example.com", 443, No),
            ("example.com", "notexample.com", 443, No),
            ("*.example.com", "www.example.com", 443, Yes),
            ("*.example.com", "a.b.example.com", 443, Yes),
            ("*.example.com", "example.com", 443, No),
            ("*.example.com", "evilexample.com", 443, No),
            ("*.example.com", ".example.com", 443, No),
            ("127.0.0.1:8080", "127.0.0.1", 8080, Yes),
            ("127.0.0.1:8080", "127.0.0.1", 80, AtOtherPorts),
            ("[::1]:8080", "[::1]", 8080, Yes),
            ("::1", "[::1]", 1, Yes),
            ("Bücher.example", "xn--bcher-kva.example", 443, Yes),
        ];
        for (pattern, host, port, expected) in table {
            let patterns: HostPatterns = [pattern.parse().unwrap()].into_iter().collect();
            assert_eq!(patterns.names(host, Some(port)), expected, "{pattern} {host}:{port}");
        }
    }

    #[test]
    fn a_named_origin_opens_no_other_door_of_its_host() {
        use Named::{AtOtherPorts, No, Yes};
        let origin = |url: &str| Origin::parse(url).unwrap();
        let one: HostPatterns = [HostPattern::origin(&origin("http://127.0.0.1:8080/v1"))].into_iter().collect();
        let table = [
            ("http://127.0.0.1:8080/", Yes),
            ("https://127.0.0.1:8080/", No),
            ("http://127.0.0.1/", No),
            ("http://127.0.0.1:8081/", No),
            ("http://[::1]:8080/", No),
        ];
        for (url, expected) in table {
            assert_eq!(one.names_origin(&origin(url)), expected, "{url}");
        }
        assert_eq!(one.names("127.0.0.1", None), No);
        let mut both = one;
        both.push("127.0.0.1:9000".parse().unwrap());
        assert_eq!(both.names_origin(&origin("http://127.0.0.1:8080/")), Yes);
        assert_eq!(both.names_origin(&origin("http://127.0.0.1:9000/")), Yes);
        assert_eq!(both.names_origin(&origin("http://127.0.0.1:9001/")), AtOtherPorts);
    }

    #[test]
    fn what_is_no_pattern_is_an_error() {
        for text in
            ["", "*", "*.", "a*.com", "https://example.com", "example.com:x", "example.com:99999", "*.10.0.0.1", "a b"]
        {
            assert!(text.parse::<HostPattern>().is_err(), "{text}");
        }
        for text in ["example.com", "*.example.com:8443", "127.0.0.1", "[::1]:80"] {
            assert_eq!(text.parse::<HostPattern>().unwrap().to_string(), text);
        }
    }
}
