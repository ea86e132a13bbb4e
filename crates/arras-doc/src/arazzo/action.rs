//! What success and failure actions share: end the workflow, go elsewhere, try again.

use crate::node::NodeRef;
use crate::rule;
use crate::span::{Span, Spanned};
use crate::value::Number;

use super::criterion::{self, Criterion};
use super::depends_on::{self, WorkflowReference};
use super::fields::Fields;
use super::parameter::{self, Parameter, Position};
use super::reader::{Reader, exact};
use super::reusable::Entry;
use super::{Extension, failure_action, success_action};

/// A Success or Failure Action Object (ARZ-SUCC, ARZ-FAIL).
#[derive(Clone, Debug)]
pub struct Action {
    /// Its name; empty if the document gives none.
    pub name: Spanned<String>,
    /// What it does; `None` if that could not be read.
    pub action_type: Option<Spanned<ActionType>>,
    /// Where it goes, or what it runs before a retry.
    pub target: Option<ActionTarget>,
    /// Seconds to wait before a retry, not negative (ARZ-FAIL-10).
    pub retry_after: Option<Spanned<Number>>,
    /// How often to retry at most; absent means once (ARZ-FAIL-14).
    pub retry_limit: Option<Spanned<u32>>,
    /// The inputs of the target workflow (1.1).
    pub parameters: Vec<Entry<Parameter>>,
    /// All must hold for the action to run; none means always.
    pub criteria: Vec<Criterion>,
    /// Its extensions.
    pub extensions: Vec<Extension>,
    /// Where to point for it.
    pub span: Span,
}

impl Action {
    /// Where to point for it: at its name, if it has one.
    pub fn name_span(&self) -> Span {
        if self.name.is_empty() { self.span } else { self.name.span }
    }

    /// Whether it ends the search for one that matches: when a retry is used up, later ones are tried (ARZ-FAIL-15).
    pub fn decides(&self) -> bool {
        self.action_type.as_ref().is_some_and(|one| one.value != ActionType::Retry)
    }
}

/// What an action does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ActionType {
    /// The workflow ends.
    End,
    /// One way to a step or workflow.
    Goto,
    /// The step runs again.
    Retry,
}

/// Where an action goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActionTarget {
    /// A step of the same workflow.
    Step(Spanned<String>),
    /// A workflow.
    Workflow(Spanned<WorkflowReference>),
}

/// Which of the two lists an action stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Success,
    Failure,
}

const TYPES: &[(&str, ActionType)] =
    &[("end", ActionType::End), ("goto", ActionType::Goto), ("retry", ActionType::Retry)];

/// Reads a list of actions, each written here or referred to.
pub(super) fn read_list<'t>(reader: &mut Reader<'t>, items: &[NodeRef<'t>], side: Side) -> Vec<Entry<Action>> {
    let inline = match side {
        Side::Success => success_action::read,
        Side::Failure => failure_action::read,
    };
    exact(items.iter().filter_map(|node| super::reusable::entry(reader, *node, false, inline)))
}

/// Reads the fields of an action whose names have been checked.
pub(super) fn read<'t>(reader: &mut Reader<'t>, fields: &Fields<'t>, side: Side) -> Action {
    let name = fields.required_text(reader, "name");
    let action_type = read_type(reader, fields, side);
    let target = read_target(reader, fields, action_type.as_ref());
    let parameters = fields.list(reader, "parameters");
    if !parameters.is_empty() && !matches!(target, Some(ActionTarget::Workflow(_))) {
        let message = "`parameters` have no effect without `workflowId`";
        reader.note(rule::IGNORED_FIELD, key_span(fields, "parameters"), message);
    }
    let action = Action {
        name,
        target,
        retry_after: read_retry_after(reader, fields),
        retry_limit: read_retry_limit(reader, fields),
        parameters: parameter::read_list(reader, &parameters, Position::Action),
        criteria: criterion::read_list(reader, fields, "criteria"),
        extensions: fields.extensions(),
        span: fields.anchor(),
        action_type,
    };
    check_retry_fields(reader, fields, action.action_type.as_ref());
    action
}

fn read_type<'t>(reader: &mut Reader<'t>, fields: &Fields<'t>, side: Side) -> Option<Spanned<ActionType>> {
    let words = if side == Side::Success { &TYPES[..2] } else { TYPES };
    let node = fields.required(reader, "type")?;
    if side == Side::Success && node.as_str() == Some("retry") {
        let message = "`retry` is a type of failure actions";
        let help = "it is carried out as it would be on failure; to repeat a successful step, \
                    let its success criteria fail, or `goto` it";
        reader.note_help(rule::MISPLACED_RETRY, node.span(), message, help);
        return Some(Spanned::new(ActionType::Retry, node.span()));
    }
    let text = reader.text(node, "type")?;
    super::reader::choose(reader, "type", &text, words)
}

/// `goto` needs a step or a workflow, `retry` may have one, `end` has none (ARZ-SUCC-05, ARZ-FAIL-06, ARZ-FAIL-07).
fn read_target<'t>(
    reader: &mut Reader<'t>,
    fields: &Fields<'t>,
    action_type: Option<&Spanned<ActionType>>,
) -> Option<ActionTarget> {
    let step = fields.text(reader, "stepId");
    let workflow = fields.text(reader, "workflowId");
    let workflow_target = workflow.as_ref().and_then(|text| depends_on::workflow_reference(reader, text));
    let action_type = action_type?;
    match (action_type.value, &step, &workflow) {
        (ActionType::End, None, None) => return None,
        (ActionType::End, _, _) => {
            let name = if step.is_some() { "stepId" } else { "workflowId" };
            let message = format!("`{name}` has no effect on an action of the type `end`");
            reader.note_help(rule::IGNORED_FIELD, key_span(fields, name), message, "use `type: goto` to go there");
            return None;
        }
        (_, Some(_), Some(_)) => {
            let message = "`stepId` and `workflowId` exclude each other";
            let span = key_span(fields, "stepId");
            let other = key_span(fields, "workflowId");
            let source = reader.source;
            let diagnostic = reader.note_help(rule::CONFLICTING_FIELDS, other, message, "keep one of them");
            diagnostic.labels.push(crate::diagnostic::Label { source, span, text: "the other one".into() });
        }
        (ActionType::Goto, None, None) => {
            let message = "a `goto` needs a target";
            reader.note_help(rule::CONFLICTING_FIELDS, action_type.span, message, "add `stepId` or `workflowId`");
        }
        _ => {}
    }
    step.map(ActionTarget::Step).or_else(|| workflow_target.map(ActionTarget::Workflow))
}

fn read_retry_after<'t>(reader: &mut Reader<'t>, fields: &Fields<'t>) -> Option<Spanned<Number>> {
    let node = fields.present(reader, "retryAfter")?;
    let Some(number) = node.as_number() else {
        reader.wrong_type(node, "retryAfter", "a number of seconds");
        return None;
    };
    let seconds = number.as_f64();
    if !(0.0..=1e9).contains(&seconds) {
        let message = format!("`retryAfter` can't be {number}");
        reader.note_help(rule::INVALID_VALUE, node.span(), message, "give the seconds to wait, 0 or more");
        return None;
    }
    Some(Spanned::new(number, node.span()))
}

fn read_retry_limit<'t>(reader: &mut Reader<'t>, fields: &Fields<'t>) -> Option<Spanned<u32>> {
    let node = fields.present(reader, "retryLimit")?;
    let Some(number) = node.as_number() else {
        reader.wrong_type(node, "retryLimit", "an integer");
        return None;
    };
    let limit = number.as_i64().and_then(|limit| u32::try_from(limit).ok());
    if limit.is_none() {
        let message = format!("`retryLimit` can't be {number}");
        reader.note_help(rule::INVALID_VALUE, node.span(), message, "give a whole number of retries, 0 or more");
    }
    Some(Spanned::new(limit?, node.span()))
}

/// `retryAfter` and `retryLimit` mean something on `retry` only (ARZ-FAIL-12).
fn check_retry_fields<'t>(reader: &mut Reader<'t>, fields: &Fields<'t>, action_type: Option<&Spanned<ActionType>>) {
    if action_type.is_none_or(|action_type| action_type.value == ActionType::Retry) {
        return;
    }
    for name in ["retryAfter", "retryLimit"] {
        if fields.get(name).is_some() {
            let message = format!("`{name}` has an effect on actions of the type `retry` only");
            reader.note(rule::IGNORED_FIELD, key_span(fields, name), message);
        }
    }
}

fn key_span(fields: &Fields<'_>, name: &str) -> Span {
    fields.node.entry(name).map_or_else(|| fields.anchor(), |(key, _)| key.span())
}
