//! How requests travel, as plain data.

use std::time::Duration;

use crate::policy::HostPatterns;
use crate::transport::{HttpSettings, Limits, Proxies};

/// What a user can say of how requests travel.
#[derive(Clone, Debug)]
pub struct NetworkSettings {
    /// The proxies; `None` for those that the environment's variables name.
    pub proxies: Option<Proxies>,
    /// Roots to trust beside the platform's, as PEM, each of one or more certificates.
    pub roots: Vec<Vec<u8>>,
    /// Hosts whose certificates are not verified: whoever answers there is believed.
    pub unverified: HostPatterns,
    /// For a connection to be made, name lookup and TLS handshake included.
    pub connect_timeout: Duration,
    /// For the head of an answer to arrive, connecting included, where a step has no `timeout` of its own.
    pub first_byte_timeout: Duration,
}

impl Default for NetworkSettings {
    /// The environment's proxies, the platform's roots, 10 s to connect, 30 s for the first byte.
    fn default() -> NetworkSettings {
        let http = HttpSettings::default();
        NetworkSettings {
            proxies: None,
            roots: http.roots,
            unverified: http.unverified,
            connect_timeout: http.connect_timeout,
            first_byte_timeout: Duration::from_secs(30),
        }
    }
}

impl NetworkSettings {
    /// The bounds of a request: `own` is the step's own timeout, which replaces both times; `timeout` what holds without one.
    pub(crate) fn limits(&self, own: Option<Duration>, timeout: Option<Duration>) -> Limits {
        let standard = Limits { first_byte: self.first_byte_timeout, ..Limits::default() };
        match (own, timeout) {
            (Some(own), _) => standard.with_timeout(own),
            (None, Some(request)) => Limits { request, ..standard },
            (None, None) => standard,
        }
    }
}
