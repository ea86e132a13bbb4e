//! What a run asks for, and what it is told.

use core::time::Duration;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use arras_doc::value::Object;
use serde::{Deserialize, Serialize};

use crate::exchange::Request;
use crate::plan::StepIndex;
use crate::result::StepResult;
use crate::time::Timestamp;

/// Names one attempt of one visit of one step: `pollResults#2.1`, behind the steps that called its workflow and a `/`.
///
/// Where a workflow was left for another (`goto`), `2>` stands before the step after the second such turn; `!` stands
/// behind the attempt before whose retry a workflow runs. A character of a step's name that has such a meaning is
/// percent-encoded. No two attempts of a run have the same name, and it is the same whenever the run is replayed: the
/// journal's key, the span's name and, with the run's id, the idempotency key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EffectId(pub Arc<str>);

impl fmt::Display for EffectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A step's or workflow's name as part of an [`EffectId`].
pub(crate) fn escaped(name: &str) -> Cow<'_, str> {
    const SPECIAL: [char; 7] = ['%', '/', '#', '>', '!', ':', '~'];
    if !name.bytes().any(|byte| SPECIAL.contains(&char::from(byte))) {
        return Cow::Borrowed(name);
    }
    let escape = |text: String, character: char| match SPECIAL.contains(&character) {
        true => text + &format!("%{:02X}", u32::from(character)),
        false => text + character.encode_utf8(&mut [0; 4]),
    };
    Cow::Owned(name.chars().fold(String::new(), escape))
}

/// Something to be done outside, after which the run is told how it went.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Send a request, evaluate the exchange by `Run::evaluate`, and tell the result.
    Send(Box<Send>),
}

/// A request to send for a step.
#[derive(Clone, Debug)]
pub struct Send {
    /// Names the attempt.
    pub id: EffectId,
    /// The step in its plan.
    pub step: StepIndex,
    /// The request, not yet authorised.
    pub request: Arc<Request>,
    /// The step's own timeout, if it has one.
    pub timeout: Option<Duration>,
}

/// What should happen next.
#[derive(Clone, Debug)]
pub enum Turn {
    /// Do this and tell the outcome.
    Perform(Effect),
    /// Nothing until then, or, without a time, until an effect in flight has settled.
    Wait(Option<Timestamp>),
    /// The run is over.
    Done(Outcome),
}

/// What did happen. A journal is a list of these with their times.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Input {
    /// An effect has its result.
    Settled(EffectId, Box<StepResult>),
    /// Time has passed.
    Tick,
    /// Stop: the user interrupted, or the caller gave up.
    Cancel(CancelReason),
}

/// Why a run was cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CancelReason {
    /// SIGINT.
    Interrupted,
    /// SIGTERM.
    Terminated,
    /// The embedding program.
    Caller,
}

/// How a run ended, with the real outputs: the one place where secrets stand unmasked.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Whether it succeeded.
    pub status: Status,
    /// The outputs that have values.
    pub outputs: Object,
    /// Every text that the run knew to be secret, in order: for whatever is given its outputs.
    pub secrets: Vec<String>,
}

/// How a workflow or a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// As meant.
    Succeeded,
    /// Not as meant.
    Failed,
    /// It was stopped.
    Cancelled,
}
