//! Who requests are from: credentials, certificates.

use std::fmt;
use std::path::PathBuf;

use super::host::{HostPattern, host_pattern};
use super::pair::{full_pair, scoped};

/// `[SOURCE.]SCHEME=REF`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// The source description; `None` for all.
    pub source: Option<String>,
    /// The security scheme.
    pub scheme: String,
    /// Where the secret is.
    pub reference: CredentialRef,
}

/// Where a secret is.
#[derive(Clone, PartialEq, Eq)]
pub enum CredentialRef {
    /// In an environment variable.
    Env(String),
    /// In a file.
    File(PathBuf),
    /// What a command prints.
    Command(String),
    /// Here.
    Literal(String),
}

impl fmt::Debug for CredentialRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CredentialRef::Env(name) => write!(f, "env:{name}"),
            CredentialRef::File(path) => write!(f, "file:{}", path.display()),
            CredentialRef::Command(_) => f.write_str("cmd:***"),
            CredentialRef::Literal(_) => f.write_str("***"),
        }
    }
}

/// `[HOST=]FILE`: a certificate with its key, and whom it is shown to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCertificate {
    /// The hosts; `None` for every one.
    pub hosts: Option<HostPattern>,
    /// The file.
    pub path: PathBuf,
}

/// Reads `[SOURCE.]SCHEME=REF`.
///
/// # Errors
/// If a part is missing; the message never repeats the value.
pub fn credential(text: &str) -> Result<Credential, String> {
    let (path, reference) = full_pair(text, "[SOURCE.]SCHEME=REF")?;
    let (source, scheme) = scoped(&path)?;
    let reference = match reference.split_once(':') {
        Some(("env", name)) => CredentialRef::Env(name.to_owned()),
        Some(("file", path)) => CredentialRef::File(path.into()),
        Some(("cmd", command)) => CredentialRef::Command(command.to_owned()),
        _ => CredentialRef::Literal(reference),
    };
    Ok(Credential { source, scheme, reference })
}

/// Reads `[HOST=]FILE`; what stands before a `=` and is no host belongs to the file's name.
///
/// # Errors
/// If there is no file.
pub fn client_certificate(text: &str) -> Result<ClientCertificate, String> {
    let pair = text.split_once('=').and_then(|(hosts, path)| Some((host_pattern(hosts).ok()?, path)));
    let (hosts, path) = pair.map_or((None, text), |(hosts, path)| (Some(hosts), path));
    if path.is_empty() {
        return Err("expected [HOST=]FILE, such as `api.example.com=client.pem`".to_owned());
    }
    Ok(ClientCertificate { hosts, path: path.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_never_show_a_literal() {
        let read = |text: &str| format!("{:?}", credential(text).unwrap());
        assert!(read("key=sesame").contains("reference: ***"));
        assert!(read("api.key=env:KEY").contains("env:KEY"));
        assert_eq!(credential("api.key=env:KEY").unwrap().source.as_deref(), Some("api"));
        assert!(credential("key").unwrap_err().contains("SCHEME"));
    }

    #[test]
    fn a_certificate_is_for_some_hosts_or_for_all() {
        let read = |text: &str| client_certificate(text).map(|read| (read.hosts.map(|hosts| hosts.0), read.path));
        assert_eq!(read("A.example=x.pem"), Ok((Some("a.example".into()), "x.pem".into())));
        assert_eq!(read("x.pem"), Ok((None, "x.pem".into())));
        assert_eq!(read("keys/a=b.pem"), Ok((None, "keys/a=b.pem".into())));
        assert!(read("a.example=").is_err() && read("").is_err());
    }
}
