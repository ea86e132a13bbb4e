//! What became of a step.

use std::fmt;

/// What became of a step, over all runs of its document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// A request was sent for it.
    Requested,
    /// A request was sent for it once the mock let earlier requests pass that are not as described.
    RequestedInSpite(String),
    /// An action led around it, or ended the workflow before it.
    ByAction(String),
    /// A success criterion of an earlier step does not hold for the answer that the mock made up.
    ByMadeUpAnswer(String),
    /// It needs a value of an earlier answer, which the made-up one does not have.
    WithoutValue(String),
    /// It leaves out what its operation requires, or gives what that can't take.
    Incomplete(String),
    /// Steps before it are repeated until the answers change, which made-up ones do not.
    Loop,
    /// The mock refused the request of an earlier step as not described.
    Refused(String),
    /// A step before it could not be carried out, or the step itself.
    Fault(String),
    /// The document or one of its sources was refused.
    Document(String),
    /// The inputs were refused.
    Inputs(String),
    /// None of these.
    Unknown(String),
}

impl Outcome {
    /// Whether it is as it should be.
    pub(crate) fn is_right(&self) -> bool {
        !matches!(
            self,
            Outcome::Refused(_) | Outcome::Fault(_) | Outcome::Document(_) | Outcome::Inputs(_) | Outcome::Unknown(_)
        )
    }

    /// The same without details, for counting.
    pub(crate) fn kind(&self) -> Outcome {
        let first = |text: &str| text.split(": ").next().unwrap_or_default().to_owned();
        match self {
            Outcome::RequestedInSpite(_) => Outcome::RequestedInSpite(String::new()),
            Outcome::WithoutValue(_) => Outcome::WithoutValue(String::new()),
            Outcome::Incomplete(_) => Outcome::Incomplete(String::new()),
            Outcome::ByAction(_) => Outcome::ByAction(String::new()),
            Outcome::ByMadeUpAnswer(_) => Outcome::ByMadeUpAnswer(String::new()),
            Outcome::Refused(_) => Outcome::Refused(String::new()),
            Outcome::Fault(text) => Outcome::Fault(first(text)),
            Outcome::Document(text) => Outcome::Document(first(text)),
            Outcome::Inputs(_) => Outcome::Inputs(String::new()),
            other => other.clone(),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, detail) = match self {
            Outcome::Requested => ("requested", ""),
            Outcome::RequestedInSpite(detail) => {
                ("requested, where an earlier request is not as described", detail.as_str())
            }
            Outcome::WithoutValue(detail) => ("an earlier made-up answer lacks a value", detail.as_str()),
            Outcome::Incomplete(detail) => ("a step is not as its operation requires", detail.as_str()),
            Outcome::ByAction(detail) => ("an action led elsewhere", detail.as_str()),
            Outcome::ByMadeUpAnswer(detail) => {
                ("an earlier criterion does not hold for a made-up answer", detail.as_str())
            }
            Outcome::Loop => ("earlier steps wait for another answer", ""),
            Outcome::Refused(detail) => ("the mock refused a request", detail.as_str()),
            Outcome::Fault(detail) => ("fault", detail.as_str()),
            Outcome::Document(detail) => ("document refused", detail.as_str()),
            Outcome::Inputs(detail) => ("inputs refused", detail.as_str()),
            Outcome::Unknown(detail) => ("unknown", detail.as_str()),
        };
        f.write_str(what)?;
        if detail.is_empty() { Ok(()) } else { write!(f, ": {detail}") }
    }
}
