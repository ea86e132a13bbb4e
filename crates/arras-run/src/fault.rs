//! Why a step could not be carried out: a closed set of kinds, each with the phase it happened in.

use serde::{Deserialize, Serialize};

/// What went wrong; the set is closed and each kind is described in `docs/faults.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// The host name has no address.
    DnsFailed,
    /// Nothing listens at the address.
    ConnectRefused,
    /// No connection within the connect timeout.
    ConnectTimeout,
    /// The connection could not be made for another reason.
    ConnectFailed,
    /// The TLS handshake failed: certificate, name or protocol.
    TlsFailed,
    /// The request could not be written.
    SendFailed,
    /// The peer reset the connection.
    ConnectionReset,
    /// The peer closed the connection before a whole answer was read.
    ConnectionClosed,
    /// No complete answer within the step's or the request's timeout.
    RequestTimeout,
    /// No first byte of the answer in time.
    FirstByteTimeout,
    /// The answer breaks HTTP.
    InvalidResponse,
    /// More redirects in a row than are followed.
    TooManyRedirects,
    /// The answer is larger than the cap.
    BodyTooLarge,
    /// The answer's compression is broken or explodes.
    DecodeFailed,
    /// A required parameter has no value.
    MissingParameter,
    /// The request can't be expressed: a bad URL, header or body.
    InvalidRequest,
    /// An expression that must have a value has none.
    MissingValue,
    /// The credentials that the operation asks for are not there.
    NoCredentials,
    /// The region that signing needs is not known.
    NoRegion,
    /// The request could not be signed.
    SigningFailed,
    /// The token server gave no access token.
    TokenRefused,
    /// The network policy refuses the address.
    PolicyRefused,
    /// A criterion of an action can't be evaluated.
    CriterionUnevaluable,
    /// Inputs that the called workflow's schema refuses.
    InvalidInputs,
    /// A step that this one depends on has not run.
    DependencyNotRun,
    /// A workflow that this one depends on failed.
    DependencyFailed,
    /// A replayed request is not the recorded one, or none was recorded.
    ReplayDrift,
    /// More steps than `max-steps`.
    MaxSteps,
    /// More visits of one step than `max-visits`.
    MaxVisits,
    /// Workflows nested deeper than `max-depth`.
    MaxDepth,
    /// The run took longer than its timeout.
    RunTimeout,
}

impl FaultKind {
    /// The kebab-case name under which reports and the documentation know it.
    pub fn as_str(self) -> String {
        serde_json::to_value(self).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
    }
}

/// Where in the life of a step it happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Looking up the host.
    Dns,
    /// Connecting.
    Connect,
    /// The TLS handshake.
    Tls,
    /// Writing the request.
    Send,
    /// Reading the status line and the headers.
    Headers,
    /// Reading the body.
    Body,
    /// Decompressing or decoding the body.
    Decode,
    /// Building the request.
    Build,
    /// Finding credentials or signing.
    Auth,
    /// Judging the address by the network policy.
    Policy,
    /// Judging the answer.
    Evaluate,
    /// Keeping to the run's budgets.
    Budget,
}

impl Phase {
    /// The lower-case name, as in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Phase::Dns => "dns",
            Phase::Connect => "connect",
            Phase::Tls => "tls",
            Phase::Send => "send",
            Phase::Headers => "headers",
            Phase::Body => "body",
            Phase::Decode => "decode",
            Phase::Build => "build",
            Phase::Auth => "auth",
            Phase::Policy => "policy",
            Phase::Evaluate => "evaluate",
            Phase::Budget => "budget",
        }
    }
}

/// A step that could not be carried out, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// What went wrong.
    pub kind: FaultKind,
    /// Where in the step's life.
    pub phase: Phase,
    /// One phrase for people, without secrets.
    pub message: String,
}

impl Fault {
    /// An expression that must have a value has none.
    pub(crate) fn missing_value(expression: &str) -> Fault {
        Fault::new(FaultKind::MissingValue, Phase::Build, format!("`{expression}` has no value"))
    }

    /// A fault of that kind.
    pub fn new(kind: FaultKind, phase: Phase, message: impl Into<String>) -> Fault {
        Fault { kind, phase, message: message.into() }
    }

    /// Whether the network or the far end is at fault, so that trying again later may help.
    pub fn is_transport(&self) -> bool {
        use Phase::{Body, Connect, Decode, Dns, Headers, Send, Tls};
        matches!(self.phase, Dns | Connect | Tls | Send | Headers | Body)
            || (self.phase == Decode && self.kind == FaultKind::ConnectionClosed)
    }

    /// Whether the user's environment lacks something: credentials or a region.
    pub fn is_environment(&self) -> bool {
        self.phase == Phase::Auth
    }

    /// Whether a budget of the run is used up.
    pub fn is_budget(&self) -> bool {
        self.phase == Phase::Budget
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({}, in phase {})", self.message, self.kind.as_str(), self.phase.as_str())
    }
}
