//! Client certificates for mutual TLS, each for the hosts that it was given for.

use arras_run::fault::{Fault, FaultKind, Phase};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::tls;
use crate::credentials::Secret;
use crate::policy::{HostPattern, HostPatterns, Named};

/// A client certificate with its key, shown to the hosts of one pattern, or to every host that asks for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCertificate {
    /// `None` for every host.
    hosts: Option<HostPattern>,
    pem: Secret<Vec<u8>>,
}

impl ClientCertificate {
    /// The certificate, the issuers' after it, and the key, as PEM in one text; without `hosts` it is for every host.
    ///
    /// # Errors
    /// `no-credentials` if the text does not hold both.
    pub fn new(hosts: Option<HostPattern>, pem: Vec<u8>) -> Result<ClientCertificate, Fault> {
        let certificate = ClientCertificate { hosts, pem: pem.into() };
        certificate.identity()?;
        Ok(certificate)
    }

    /// Whether that host sees it.
    pub(crate) fn is_for(&self, host: &str, port: Option<u16>) -> bool {
        let Some(hosts) = &self.hosts else { return true };
        let patterns: HostPatterns = [hosts.clone()].into_iter().collect();
        patterns.names(host, port) == Named::Yes
    }

    pub(super) fn identity(&self) -> Result<tls::Identity, Fault> {
        let unusable = |what: &str| {
            let hosts = self.hosts.as_ref().map(|hosts| format!(" for `{hosts}`")).unwrap_or_default();
            let message = format!("the client certificate{hosts} {what}");
            Fault::new(FaultKind::NoCredentials, Phase::Auth, message)
        };
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(self.pem.expose())
            .collect::<Result<_, _>>()
            .map_err(|_| unusable("can't be read as PEM"))?;
        if chain.is_empty() {
            return Err(unusable("is not in its file"));
        }
        let key = PrivateKeyDer::from_pem_slice(self.pem.expose()).map_err(|_| unusable("has no key in its file"))?;
        Ok((chain, key))
    }
}
