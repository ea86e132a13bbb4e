//! Whether a criterion is satisfied, and by what evidence.

pub mod jsonpath;
pub mod regex;
pub mod simple;
pub mod xpath;

use arras_doc::span::Span;
use arras_doc::value::Value;
use serde::{Deserialize, Deserializer, Serialize};

pub use self::jsonpath::JsonPathCondition;
pub use self::regex::RegexCondition;
pub use self::simple::SimpleCondition;
pub use self::xpath::XPathCondition;

/// What came of a criterion that could be evaluated (ARZ-CRIT-08).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// Whether it passed.
    pub satisfied: bool,
    /// How the condition was read.
    pub reading: Reading,
    /// What its parts were worth, in the order in which they were read; at most [`MAX_EVIDENCE`] entries.
    pub evidence: Vec<Evidence>,
    /// What was taken otherwise than written, one phrase each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// How many entries of evidence a judgement holds at most.
pub const MAX_EVIDENCE: usize = 64;

/// How a condition was read, where there is a choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reading {
    /// In the one way that there is.
    #[default]
    Plain,
    /// JSONPath: satisfied if the query selects a node (ARZ-JPATH-02).
    Query,
    /// JSONPath: a logical expression about the context.
    LogicalExpr,
    /// JSONPath: a root filter as a test of the context itself.
    SelfReading,
    /// JSONPath: a root filter as a test of the context's members.
    ChildIteration,
}

impl Reading {
    /// Whether there was no choice.
    pub fn is_plain(&self) -> bool {
        *self == Reading::Plain
    }
}

/// What a part of a condition was worth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The part, as the condition has it: `$.Status`.
    pub expression: String,
    /// Its bytes in the condition's text.
    #[serde(flatten)]
    pub span: Span,
    /// Its value, those of all its nodes as an array if it can have several; `None` if it has none.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub value: Option<Value>,
    /// Whether `value` lacks parts because it would have been large; texts are never cut.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shortened: bool,
    /// Whether it holds, if it is a comparison or a test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holds: Option<bool>,
}

/// Reads `null` as a value, not as its absence.
pub(crate) fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// Why a criterion could not be evaluated (ARZ-CRIT-10, A-66).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvaluationError {
    /// One phrase in lower case.
    pub message: String,
    /// The bytes of the condition's text that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
    /// What to do next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl EvaluationError {
    /// An error about the whole condition, without help.
    pub fn new(message: impl Into<String>) -> EvaluationError {
        EvaluationError { message: message.into(), span: None, help: None }
    }
}

impl std::fmt::Display for EvaluationError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for EvaluationError {}
