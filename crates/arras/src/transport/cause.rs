//! Finds the fault behind an HTTP client's error by walking its causes.

use std::error::Error;
use std::io::{self, ErrorKind};

use arras_run::fault::{Fault, FaultKind, Phase};
use rustls::{CertificateError, InvalidMessage};

use super::body::Unsendable;
use super::resolve::Unresolved;

/// Whom a request is for, as messages name it: `example.com:443`.
#[derive(Clone, Debug)]
pub(super) struct Peer {
    pub(super) name: String,
    pub(super) tls: bool,
    /// The proxy that the connection is made to in its place.
    pub(super) proxy: Option<String>,
}

/// Which half of the exchange was under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Connecting, sending and reading the head.
    Head,
    /// Reading the body.
    Body,
}

impl Stage {
    fn phase(self) -> Phase {
        match self {
            Stage::Head => Phase::Headers,
            Stage::Body => Phase::Body,
        }
    }
}

/// The fault that an error of the client comes down to.
pub(super) fn fault(error: &reqwest::Error, peer: &Peer, stage: Stage) -> Fault {
    let causes = causes(error);
    if let Some(Unresolved(fault)) = find(&causes) {
        return fault.clone();
    }
    if let Some(Unsendable(fault)) = find(&causes) {
        return fault.clone();
    }
    if let Some(error) = find::<rustls::Error>(&causes) {
        return tls_fault(error, peer);
    }
    if error.is_connect() {
        return connect_fault(error, &causes, peer);
    }
    protocol_fault(&causes, peer, stage)
        .or_else(|| find::<io::Error>(&causes).map(|error| io_fault(error, peer, stage)))
        .unwrap_or_else(|| {
            let message = format!("the request to `{}` failed: {}", peer.name, deepest(&causes));
            Fault::new(FaultKind::SendFailed, Phase::Send, message)
        })
}

/// An error and what caused it, outermost first. An I/O error's own `source` skips the error it wraps, hence the detour.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    const DEEPEST: usize = 32;
    std::iter::successors(Some(error), |error| cause(*error)).take(DEEPEST).collect()
}

fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}

/// The innermost cause of that type.
fn find<'a, T: Error + 'static>(causes: &[&'a (dyn Error + 'static)]) -> Option<&'a T> {
    causes.iter().rev().find_map(|error| error.downcast_ref())
}

fn deepest(causes: &[&(dyn Error + 'static)]) -> String {
    causes.last().map(|error| error.to_string()).unwrap_or_default()
}

fn tls_fault(error: &rustls::Error, peer: &Peer) -> Fault {
    let name = &peer.name;
    let message = match error {
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
            format!("the certificate of `{name}` is from an issuer that is not trusted: give its root by `--ca FILE`")
        }
        rustls::Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
            format!("the certificate of `{name}` has expired")
        }
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => format!("the certificate of `{name}` is for another name: check the host"),
        rustls::Error::InvalidCertificate(why) => format!("the certificate of `{name}` is not valid: {why}"),
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            format!("`{name}` does not speak TLS: use `http://` if that is meant")
        }
        other => format!("the TLS handshake with `{name}` failed: {other}"),
    };
    Fault::new(FaultKind::TlsFailed, Phase::Tls, message)
}

fn connect_fault(error: &reqwest::Error, causes: &[&(dyn Error + 'static)], peer: &Peer) -> Fault {
    let name = peer.proxy.as_ref().unwrap_or(&peer.name);
    let kind = find::<io::Error>(causes).map(io::Error::kind);
    if error.is_timeout() || kind == Some(ErrorKind::TimedOut) {
        let message = format!("no connection to `{name}` in time: check the host, the port and the network");
        return Fault::new(FaultKind::ConnectTimeout, Phase::Connect, message);
    }
    match kind {
        Some(ErrorKind::ConnectionRefused) => {
            let message = match &peer.proxy {
                Some(proxy) => format!("the proxy `{proxy}` refused the connection: check `--proxy` and its variables"),
                None => {
                    format!("`{name}` refused the connection: check that the server runs there, or give `--server`")
                }
            };
            Fault::new(FaultKind::ConnectRefused, Phase::Connect, message)
        }
        Some(ErrorKind::ConnectionReset) => {
            let phase = if peer.tls { Phase::Tls } else { Phase::Connect };
            Fault::new(FaultKind::ConnectionReset, phase, format!("`{name}` reset the connection while it was made"))
        }
        Some(ErrorKind::UnexpectedEof) if peer.tls => {
            let message = format!("`{name}` closed the connection during the TLS handshake: does it speak TLS there?");
            Fault::new(FaultKind::TlsFailed, Phase::Tls, message)
        }
        _ => {
            let message = format!("no connection to `{name}`: {}", deepest(causes));
            Fault::new(FaultKind::ConnectFailed, Phase::Connect, message)
        }
    }
}

fn protocol_fault(causes: &[&(dyn Error + 'static)], peer: &Peer, stage: Stage) -> Option<Fault> {
    if let Some(error) = find::<h2::Error>(causes) {
        return Some(http2_fault(error, peer, stage));
    }
    let error = find::<hyper::Error>(causes)?;
    let name = &peer.name;
    if error.is_parse() || error.is_parse_status() {
        let message = format!("`{name}` answered with what is no HTTP: {error}; check the port and the scheme");
        return Some(Fault::new(FaultKind::InvalidResponse, Phase::Headers, message));
    }
    if error.is_incomplete_message() {
        return Some(closed(peer, stage.phase(), stage));
    }
    if error.is_canceled() || error.is_closed() {
        return Some(closed(peer, Phase::Send, stage));
    }
    if error.is_user() {
        let message = format!("the request to `{name}` can't be sent: {error}");
        return Some(Fault::new(FaultKind::InvalidRequest, Phase::Build, message));
    }
    None
}

fn http2_fault(error: &h2::Error, peer: &Peer, stage: Stage) -> Fault {
    if let Some(error) = error.get_io() {
        return io_fault(error, peer, stage);
    }
    let name = &peer.name;
    if error.is_remote() {
        let message = format!("`{name}` reset the HTTP/2 stream: {error}");
        return Fault::new(FaultKind::ConnectionReset, stage.phase(), message);
    }
    Fault::new(FaultKind::InvalidResponse, stage.phase(), format!("`{name}` breaks HTTP/2: {error}"))
}

fn io_fault(error: &io::Error, peer: &Peer, stage: Stage) -> Fault {
    let name = &peer.name;
    match error.kind() {
        // no word of the system's: so HTTP/2 calls the end of a connection whose streams are open
        ErrorKind::BrokenPipe if error.raw_os_error().is_none() => closed(peer, stage.phase(), stage),
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => {
            let message = match stage {
                Stage::Head => format!("`{name}` reset the connection before it answered"),
                Stage::Body => format!("`{name}` reset the connection in the middle of its answer"),
            };
            Fault::new(FaultKind::ConnectionReset, stage.phase(), message)
        }
        ErrorKind::UnexpectedEof => closed(peer, stage.phase(), stage),
        ErrorKind::InvalidData | ErrorKind::InvalidInput => {
            let message = format!("the answer of `{name}` breaks HTTP: {error}");
            Fault::new(FaultKind::InvalidResponse, stage.phase(), message)
        }
        _ if stage == Stage::Body => {
            let message = format!("the answer of `{name}` could not be read to its end: {error}");
            Fault::new(FaultKind::ConnectionClosed, Phase::Body, message)
        }
        _ => Fault::new(FaultKind::SendFailed, Phase::Send, format!("the request to `{name}` failed: {error}")),
    }
}

fn closed(peer: &Peer, phase: Phase, stage: Stage) -> Fault {
    let name = &peer.name;
    let message = match stage {
        Stage::Head => format!("`{name}` closed the connection before it answered"),
        Stage::Body => format!("`{name}` closed the connection in the middle of its answer"),
    };
    Fault::new(FaultKind::ConnectionClosed, phase, message)
}
