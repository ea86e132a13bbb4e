//! Scenarios: which answers an operation gives, in which order, to whom.

mod condition;
mod file;
mod play;
mod read;
mod select;
mod template;

use std::time::Duration;

use arras_doc::span::{Span, Spanned};

use crate::chaos::Chaos;
use crate::contract::Validation;
use crate::fault::Fault;
use condition::Condition;
use select::Select;
use template::{Template, Text};

pub use file::{ScenarioFile, ScenarioName, UnknownScenario};
pub(crate) use play::{Play, Played};
pub(crate) use template::Filling;

/// One named course of events.
#[derive(Clone, Debug, Default)]
pub struct Scenario {
    pub(crate) source: Option<arras_doc::source::SourceId>,
    /// What the made-up ids are computed from.
    pub(crate) seed: u64,
    /// Whether requests are checked; none where the file does not say.
    pub(crate) validation: Option<Validation>,
    /// The trouble that it makes.
    pub(crate) chaos: Option<Chaos>,
    pub(crate) scripts: Vec<(Spanned<String>, Script)>,
}

/// The answers of one operation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Script {
    /// Requests with different values of this have cursors of their own.
    pub(crate) key: Option<Select>,
    /// The keys that exist are those which another operation has given out.
    pub(crate) after: Option<Link>,
    /// A key exists until another operation has taken it away.
    pub(crate) until: Option<Link>,
    /// The answer to a key that does not exist.
    pub(crate) unknown: Option<Answer>,
    /// Requests with the same value of this get the same successful answer.
    pub(crate) token: Option<Select>,
    /// The answers in order.
    pub(crate) answers: Vec<Answer>,
}

/// Another operation, and what of its exchange is the key.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) operation: Spanned<String>,
    pub(crate) value: Select,
}

/// One answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) span: Span,
    pub(crate) when: Vec<Condition>,
    /// How often it is given; none: without end.
    pub(crate) times: Option<u32>,
    pub(crate) delay: Duration,
    pub(crate) status: Option<u16>,
    pub(crate) headers: Vec<(String, Text)>,
    pub(crate) content_type: Option<String>,
    pub(crate) body: Body,
    pub(crate) fault: Option<Fault>,
}

/// What an answer holds.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    /// The description's example of that name, or its first.
    Example(Option<String>),
    /// A value, written as the media type asks.
    Value(Template),
    /// Text as it stands.
    Text(Text),
    /// An error in the shape of the operation's protocol.
    Error(ErrorSpec),
}

/// An error by its type, such as `ThrottlingException`.
#[derive(Clone, Debug)]
pub(crate) struct ErrorSpec {
    pub(crate) code: String,
    pub(crate) message: Text,
}

#[cfg(test)]
mod tests;
