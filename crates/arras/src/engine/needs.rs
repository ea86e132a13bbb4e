//! Which credentials a step needs, under which names they were looked for, and what was found: never a value.

use std::fmt;

/// The credentials of one step that calls an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepCredentials {
    /// The workflow's `workflowId`.
    pub workflow_id: String,
    /// The step's `stepId`.
    pub step_id: String,
    /// The source description's name.
    pub source: String,
    /// The operation: its id, or method and path.
    pub operation: String,
    /// The URL that its requests begin with.
    pub server: String,
    /// The ways in which a caller can prove who it is, in the description's order; none if nothing is asked for.
    pub alternatives: Vec<Alternative>,
    /// Which of them is used; `None` if nothing is asked for, or none can be satisfied.
    pub chosen: Option<usize>,
}

impl StepCredentials {
    /// Whether a run of the step would lack credentials.
    pub fn is_missing(&self) -> bool {
        self.chosen.is_none() && !self.alternatives.is_empty()
    }
}

/// Security schemes that are needed together; none of them means that no identity is needed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Alternative {
    /// The schemes.
    pub schemes: Vec<NeededScheme>,
}

impl Alternative {
    /// Whether all that it needs is there.
    pub fn is_satisfied(&self) -> bool {
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
pub struct NeededScheme {
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
            CredentialStatus::Missing(lack) => write!(f, ": {lack}; looked for under {}", self.names.join(", ")),
            other => write!(f, ": {other}"),
        }
    }
}

/// What was found for a security scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CredentialStatus {
    /// A credential, from there.
    Found(String),
    /// Nothing, but the step sets what the scheme would set.
    SetByStep,
    /// Requests are signed with AWS credentials, which the first request asks for.
    Signed,
    /// Not enough, and why.
    Missing(String),
}

impl CredentialStatus {
    /// Whether requests can satisfy the scheme.
    pub fn is_satisfied(&self) -> bool {
        !matches!(self, CredentialStatus::Missing(_))
    }
}

impl fmt::Display for CredentialStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CredentialStatus::Found(from) => write!(f, "found: {from}"),
            CredentialStatus::SetByStep => f.write_str("set by the step"),
            CredentialStatus::Signed => f.write_str("signed with AWS credentials"),
            CredentialStatus::Missing(lack) => write!(f, "missing: {lack}"),
        }
    }
}
