//! The ways in which a caller can prove who it is, what was found for each, and what it lacks: never a value.

use std::fmt;

use crate::auth::Signing;

/// What one step that calls an operation needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StepNeed {
    pub step_id: String,
    pub source: String,
    pub operation: String,
    /// In the description's order; none if nothing is asked for.
    pub alternatives: Vec<Alternative>,
}

/// Security schemes that are needed together; none of them means that no identity is needed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Alternative {
    /// The schemes.
    pub schemes: Vec<NeededScheme>,
}

impl Alternative {
    /// Whether all that it needs is there.
    pub(super) fn is_satisfied(&self) -> bool {
        self.schemes.iter().all(|scheme| scheme.status.is_satisfied())
    }
}

impl fmt::Display for Alternative {
    /// One phrase: what it needs, and of what is lacking, why.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, scheme) in self.schemes.iter().enumerate() {
            write!(f, "{}{scheme}", if index == 0 { "" } else { ", together with " })?;
        }
        Ok(())
    }
}

/// A security scheme that is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NeededScheme {
    /// Its name in the description.
    pub scheme: String,
    /// What it is, for people: `apiKey in header X-Key`, `http basic`, `oauth2` …
    pub kind: String,
    /// What was found.
    pub status: CredentialStatus,
    /// The names under which a credential is looked for.
    pub names: Vec<String>,
}

impl fmt::Display for NeededScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` ({})", self.scheme, self.kind)?;
        match &self.status {
            CredentialStatus::Missing(lack) if self.names.is_empty() => write!(f, ": {lack}"),
            CredentialStatus::Missing(lack) => write!(f, ": {lack}; give it as {}", self.names.join(", or ")),
            CredentialStatus::Found(from) => write!(f, ": found: {from}"),
            CredentialStatus::SetByStep => f.write_str(": set by the step"),
            CredentialStatus::Signed(_) => f.write_str(": signed with AWS credentials"),
        }
    }
}

/// What was found for a security scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CredentialStatus {
    /// A credential, from there.
    Found(String),
    /// Nothing, but the step sets what the scheme would set.
    SetByStep,
    /// Requests are signed with AWS credentials, which the first request asks for.
    Signed(Box<Signing>),
    /// Not enough, and why.
    Missing(String),
}

impl CredentialStatus {
    /// Whether requests can satisfy the scheme.
    pub(super) fn is_satisfied(&self) -> bool {
        !matches!(self, CredentialStatus::Missing(_))
    }
}
