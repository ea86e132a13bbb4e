//! How requests travel, as plain data.

use std::time::Duration;

use super::Settings;
use crate::policy::{HostPatterns, Policy};
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
    /// How many requests are under way at a time; the others wait for their turn.
    pub at_once: usize,
    /// For the head of an answer to arrive, connecting included, where a step has no `timeout` of its own.
    pub first_byte_timeout: Duration,
    /// What becomes of redirects.
    pub redirects: Redirects,
    /// Whether the network's failures are tried again beside the document's own retries.
    pub retries: TransportRetry,
    /// What becomes of cookies.
    pub cookies: Cookies,
}

/// What becomes of redirects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Redirects {
    /// They are answers.
    #[default]
    Answers,
    /// They are followed, at most ten in a row; nothing that says who asks goes to another origin.
    Followed,
}

/// Whether idempotent requests are tried again when the network fails them, or the server says that it is busy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TransportRetry {
    /// They are not: the document's own retries are all there is.
    #[default]
    Off,
    /// Up to three tries, by the numbers of AWS's standard mode; each is told.
    Standard,
}

/// What becomes of cookies that servers set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cookies {
    /// They are answers' fields as others are.
    #[default]
    Dropped,
    /// They go back to the origin that set them, for as long as the run lasts.
    Kept,
}

impl Default for NetworkSettings {
    /// The environment's proxies, the platform's roots, 10 s to connect, 30 s for the first byte; nothing is followed,
    /// tried again or kept.
    fn default() -> NetworkSettings {
        let http = HttpSettings::default();
        NetworkSettings {
            proxies: None,
            roots: http.roots,
            unverified: http.unverified,
            connect_timeout: http.connect_timeout,
            at_once: http.at_once,
            first_byte_timeout: Duration::from_secs(30),
            redirects: Redirects::default(),
            retries: TransportRetry::default(),
            cookies: Cookies::default(),
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

impl Settings {
    /// What the default transport is made of.
    pub(super) fn http(&self, policy: Policy, proxies: Proxies) -> HttpSettings {
        HttpSettings {
            policy,
            proxies,
            roots: self.network.roots.clone(),
            certificates: self.auth.certificates.clone(),
            unverified: self.network.unverified.clone(),
            connect_timeout: self.network.connect_timeout,
            at_once: self.network.at_once,
        }
    }
}
