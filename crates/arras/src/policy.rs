//! Where requests may go: judged by address before connecting, and by name inside the resolver that the connection uses.
//!
//! Link-local and metadata addresses are refused always, unless the user named the host.

use std::net::IpAddr;
use std::path::PathBuf;

use arras_run::fault::{Fault, FaultKind, Phase};
use url::{Host, Url};

use crate::origin::Origin;

pub use self::address::{Range, range};
pub use self::host::{HostPattern, HostPatterns, InvalidPattern, Named};

mod address;
mod host;

/// What the user allows, as plain data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Hosts that the user named: by `--allow-host`, `--server` or in their configuration.
    pub named: HostPatterns,
    /// Whether addresses that only this machine or its network reaches may be requested without being named.
    pub private: Private,
    /// Whether there is a network.
    pub network: Network,
    /// Which files documents may refer to.
    pub paths: Paths,
}

impl Policy {
    /// The same for documents that nobody vouches for: no private address but those that are named.
    #[must_use]
    pub fn guarded(&self) -> Policy {
        Policy { private: Private::Refused, ..self.clone() }
    }
}

/// Which files documents may refer to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Paths {
    /// Any that the user can read.
    #[default]
    Anywhere,
    /// Those of the project: below the nearest folder above the entry document that holds `.git`, else below its own.
    Project {
        /// And those below these folders.
        and: Vec<PathBuf>,
    },
}

/// Whether loopback and private addresses may be requested without being named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Private {
    /// They may.
    #[default]
    Allowed,
    /// They may not: the document is untrusted, or came from a URL.
    Refused,
}

/// Whether sockets may be opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Network {
    /// They may.
    #[default]
    Online,
    /// None but to a loopback server that the user named.
    Offline,
}

/// Whether a URL holds a user name or a password.
pub(crate) fn has_user(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// Judges a URL before anything is resolved or connected.
///
/// A name is judged as far as a name can be; its addresses are judged by [`judge_address`] when it is resolved.
///
/// # Errors
/// `policy-refused`, with the option that would allow it; `invalid-request` for a URL that names a user.
///
/// ```
/// use arras::policy::{Policy, judge};
/// use url::Url;
///
/// let policy = Policy::default();
/// assert!(judge(&policy, &Url::parse("https://example.com/").unwrap()).is_ok());
/// assert!(judge(&policy, &Url::parse("http://169.254.169.254/latest/").unwrap()).is_err());
/// ```
pub fn judge(policy: &Policy, url: &Url) -> Result<(), Fault> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(refused(format!("the scheme `{}` is refused: only http and https are requested", url.scheme())));
    }
    let (Some(host), Some(name), Some(port)) = (url.host(), url.host_str(), url.port_or_known_default()) else {
        return Err(Fault::new(FaultKind::InvalidRequest, Phase::Build, "the URL names no host"));
    };
    if has_user(url) {
        let message = format!("the URL for `{host}` holds a user name: give credentials by a security scheme instead");
        return Err(Fault::new(FaultKind::InvalidRequest, Phase::Build, message));
    }
    let named = Origin::of(url).map_or(Named::No, |origin| policy.named.names_origin(&origin));
    if named == Named::AtOtherPorts {
        return Err(refused(format!(
            "`{name}` is allowed at other ports only: name `{name}:{port}` to allow this one"
        )));
    }
    match host {
        Host::Domain(domain) => judge_name(policy, domain, named),
        Host::Ipv4(address) => judge_range(policy, name, IpAddr::V4(address), named),
        Host::Ipv6(address) => judge_range(policy, name, IpAddr::V6(address), named),
    }
}

/// Judges an address that a name was resolved to, for a connection to `origin`. Where nobody knows the origin, only a name
/// that the user named at whatever port counts as named.
///
/// # Errors
/// `policy-refused`, with the option that would allow it.
pub fn judge_address(policy: &Policy, name: &str, address: IpAddr, origin: Option<&Origin>) -> Result<(), Fault> {
    let named = match origin {
        Some(origin) => policy.named.names_origin(origin),
        None => policy.named.names(name, None),
    };
    judge_range(policy, name, address, named)
}

fn judge_name(policy: &Policy, name: &str, named: Named) -> Result<(), Fault> {
    let loopback = is_loopback_name(name);
    if policy.network == Network::Offline && !(loopback && named == Named::Yes) {
        return Err(offline(name));
    }
    if named == Named::Yes {
        return Ok(());
    }
    if address::is_metadata_name(name) {
        return Err(unnamed(name, "a metadata service"));
    }
    if policy.private == Private::Refused && loopback {
        return Err(unnamed(name, "this machine"));
    }
    Ok(())
}

fn judge_range(policy: &Policy, name: &str, address: IpAddr, named: Named) -> Result<(), Fault> {
    let range = range(address);
    let named = named == Named::Yes;
    if policy.network == Network::Offline && !(range == Range::Loopback && named) {
        return Err(offline(name));
    }
    match range {
        _ if named => Ok(()),
        Range::Metadata => Err(unnamed(name, "a metadata service")),
        Range::LinkLocal => Err(unnamed(name, "a link-local address")),
        Range::Loopback if policy.private == Private::Refused => Err(unnamed(name, "this machine")),
        Range::Private if policy.private == Private::Refused => Err(unnamed(name, "a private address")),
        Range::Loopback | Range::Private | Range::Public => Ok(()),
    }
}

/// Whether a name means this machine by definition: `localhost` and all below it.
pub fn is_loopback_name(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

/// Whether a URL's host is this machine, judged by its text alone.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => is_loopback_name(name),
        Some(Host::Ipv4(address)) => range(IpAddr::V4(address)) == Range::Loopback,
        Some(Host::Ipv6(address)) => range(IpAddr::V6(address)) == Range::Loopback,
        None => false,
    }
}

fn refused(message: String) -> Fault {
    Fault::new(FaultKind::PolicyRefused, Phase::Policy, message)
}

fn unnamed(name: &str, what: &str) -> Fault {
    refused(format!("`{name}` is {what}, which is refused unless named: `--allow-host {name}`"))
}

fn offline(name: &str) -> Fault {
    refused(format!(
        "`{name}` is refused: offline, only a loopback server that is named by `--allow-host` is requested"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(named: &[&str], private: Private, network: Network) -> Policy {
        Policy {
            named: named.iter().map(|pattern| pattern.parse().unwrap()).collect(),
            private,
            network,
            paths: Paths::Anywhere,
        }
    }

    fn allowed(policy: &Policy, url: &str) -> bool {
        match judge(policy, &Url::parse(url).unwrap()) {
            Ok(()) => true,
            Err(fault) => {
                assert_eq!((fault.kind, fault.phase), (FaultKind::PolicyRefused, Phase::Policy), "{url}");
                false
            }
        }
    }

    #[test]
    fn metadata_and_link_local_are_refused_unless_named() {
        let open = Policy::default();
        let refused = [
            "http://169.254.169.254/",
            "http://169.254.170.2/",
            "http://169.254.1.1:8080/",
            "http://[fe80::1]/",
            "http://[fd00:ec2::254]/",
            "http://[::ffff:169.254.169.254]/",
            "http://[64:ff9b::a9fe:a9fe]/",
            "http://0xa9fea9fe/",
            "http://2852039166/",
            "http://100.100.100.200/",
            "http://metadata.google.internal/",
            "http://metadata.google.internal./",
            "ftp://example.com/",
            "file:///etc/passwd",
        ];
        for url in refused {
            assert!(!allowed(&open, url), "{url}");
        }
        for url in
            ["http://127.0.0.1:1/", "https://10.0.0.1/", "https://example.com/", "http://[::1]/", "http://localhost"]
        {
            assert!(allowed(&open, url), "{url}");
        }
        let named = policy(&["169.254.169.254", "[fe80::1]:8080"], Private::Allowed, Network::Online);
        assert!(allowed(&named, "http://169.254.169.254/"));
        assert!(allowed(&named, "http://[fe80::1]:8080/"));
        assert!(!allowed(&named, "http://[fe80::1]/"));
    }

    #[test]
    fn untrusted_documents_reach_no_private_address() {
        let strict = policy(&["10.1.1.1", "*.corp.example"], Private::Refused, Network::Online);
        for url in
            ["http://10.0.0.1/", "http://127.0.0.1/", "http://localhost:3000/", "http://[fd12::1]/", "http://0.0.0.0/"]
        {
            assert!(!allowed(&strict, url), "{url}");
        }
        assert!(allowed(&strict, "http://10.1.1.1/"));
        assert!(allowed(&strict, "https://example.com/"));
        let inner = "10.2.2.2".parse().unwrap();
        assert!(judge_address(&strict, "example.com", inner, None).is_err());
        assert!(judge_address(&strict, "api.corp.example", inner, None).is_ok());
    }

    #[test]
    fn offline_only_a_named_loopback_server_is_requested() {
        let offline = policy(&["localhost", "127.0.0.1:8080", "example.com"], Private::Allowed, Network::Offline);
        assert!(allowed(&offline, "http://localhost:1234/"));
        assert!(allowed(&offline, "http://127.0.0.1:8080/"));
        for url in ["http://127.0.0.1:8081/", "http://127.0.0.2/", "https://example.com/", "http://[::1]/"] {
            assert!(!allowed(&offline, url), "{url}");
        }
        assert!(judge_address(&offline, "localhost", "127.0.0.1".parse().unwrap(), None).is_ok());
        assert!(judge_address(&offline, "localhost", "93.184.215.14".parse().unwrap(), None).is_err());
    }

    #[test]
    fn a_server_that_is_named_by_its_url_opens_its_own_door_alone() {
        let server = |url: &str| Origin::parse(url).unwrap();
        let mut strict = policy(&[], Private::Refused, Network::Online);
        for url in ["http://127.0.0.1:8080/v1", "https://api.corp.example"] {
            strict.named.push(HostPattern::origin(&server(url)));
        }
        assert!(allowed(&strict, "http://127.0.0.1:8080/elsewhere"));
        for url in ["http://127.0.0.1:8081/", "https://127.0.0.1:8080/", "http://127.0.0.1/", "http://localhost:8080/"]
        {
            assert!(!allowed(&strict, url), "{url}");
        }
        // what is public needs no name, and a name for one port takes nothing away from the others
        assert!(allowed(&strict, "https://api.corp.example:8443/"));
        let inner = "10.2.2.2".parse().unwrap();
        let judged = |url: &str| judge_address(&strict, "api.corp.example", inner, Some(&server(url)));
        assert!(judged("https://api.corp.example/x").is_ok());
        for url in ["https://api.corp.example:8443", "http://api.corp.example"] {
            assert_eq!(judged(url).unwrap_err().kind, FaultKind::PolicyRefused, "{url}");
        }
        assert!(judge_address(&strict, "api.corp.example", inner, None).is_err());
        strict.network = Network::Offline;
        assert!(allowed(&strict, "http://127.0.0.1:8080/"));
        assert!(!allowed(&strict, "http://127.0.0.1:8081/"));
    }

    #[test]
    fn a_url_with_a_user_name_is_an_error_that_does_not_repeat_it() {
        let fault = judge(&Policy::default(), &Url::parse("https://ada:hush@example.com/").unwrap()).unwrap_err();
        assert_eq!(fault.kind, FaultKind::InvalidRequest);
        assert!(!fault.message.contains("hush") && !fault.message.contains("ada"), "{}", fault.message);
    }
}
