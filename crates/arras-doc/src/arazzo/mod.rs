//! Arazzo descriptions, read into typed objects whose every field knows where it stands.

mod action;
mod bare_comparison;
mod components;
mod condition;
mod consistency;
mod criterion;
mod declared_output;
mod declares;
mod depends_on;
mod document;
mod expression_field;
mod expression_type;
mod expressions;
mod failure_action;
mod fields;
mod foreign;
mod info;
mod inputs;
mod merge;
mod navigation;
mod output;
mod parameter;
mod payload_replacement;
mod reader;
mod reading;
mod request_body;
mod reusable;
mod selector;
mod source_description;
mod step;
mod step_target;
mod success_action;
mod unbraced;
mod uri;
mod version;
mod workflow;

pub use action::{Action, ActionTarget, ActionType};
pub use components::{Component, Components};
pub use condition::{Condition, ConditionKind};
pub use criterion::{Criterion, CriterionType};
pub(crate) use declares::{begins_with_name, longest_name};
pub use depends_on::{StepReference, WorkflowReference};
pub use document::Document;
pub use expression_field::ValueField;
pub use expressions::{ExpressionUse, Site};
pub use foreign::{OwnScheme, OwnSecurity};
pub use info::Info;
pub use inputs::{InputProperty, Inputs};
pub use merge::ResolvedParameter;
pub use output::{Output, OutputValue};
pub use parameter::{Location, Parameter};
pub use payload_replacement::PayloadReplacement;
pub use reading::{Newer, Reading, Unbraced};
pub use request_body::RequestBody;
pub use reusable::{Entry, Reusable};
pub use source_description::{SourceDescription, SourceType};
pub use step::{MessageAction, Step};
pub use step_target::{ChannelPath, OperationId, OperationPath, PathSource, StepTarget};
pub use version::Version;
pub use workflow::Workflow;

use crate::node::NodeId;
use crate::span::Spanned;

/// An `x-` field of an object, kept as it is (ARZ-EXT-05).
#[derive(Clone, Debug)]
pub struct Extension {
    /// Its name, `x-` included.
    pub name: Spanned<String>,
    /// Its value.
    pub value: NodeId,
}

#[cfg(test)]
mod tests;
