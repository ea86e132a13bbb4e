//! The Step Object: one call of an operation, channel or workflow, and what to make of its answer.

use crate::node::NodeRef;
use crate::rule;
use crate::span::{Span, Spanned};

use super::Extension;
use super::action::{self, Action, Side};
use super::criterion::{self, Criterion};
use super::depends_on::{self, StepReference};
use super::expression_field::{self, ValueField};
use super::fields::Fields;
use super::foreign::{self, OwnSecurity};
use super::output::{self, Output};
use super::parameter::{self, Parameter, Position};
use super::reader::{Reader, Shape, field, newer};
use super::request_body::{self, RequestBody};
use super::reusable::Entry;
use super::step_target::{self, StepTarget};

/// A Step Object (ARZ-STEP).
#[derive(Clone, Debug)]
pub struct Step {
    /// Its id; empty if the document gives none.
    pub step_id: Spanned<String>,
    /// A description in CommonMark.
    pub description: Option<Spanned<String>>,
    /// What it calls; `None` if that could not be read.
    pub target: Option<StepTarget>,
    /// Whether it sends or receives a message (1.1, AsyncAPI).
    pub action: Option<Spanned<MessageAction>>,
    /// What a received message must carry (1.1, AsyncAPI).
    pub correlation_id: Option<Box<ValueField>>,
    /// The milliseconds it may take, above 0 (1.1, A-17).
    pub timeout: Option<Spanned<u64>>,
    /// The steps that must be complete before it (1.1).
    pub depends_on: Vec<Spanned<StepReference>>,
    /// Its parameters; [`super::Document::parameters`] adds the workflow's.
    pub parameters: Vec<Entry<Parameter>>,
    /// Its request body.
    pub request_body: Option<Box<RequestBody>>,
    /// What its answer has to meet; none leaves it to the status.
    pub success_criteria: Vec<Criterion>,
    /// What follows success; [`super::Document::success_actions`] adds the workflow's.
    pub on_success: Vec<Entry<Action>>,
    /// What follows failure; [`super::Document::failure_actions`] adds the workflow's.
    pub on_failure: Vec<Entry<Action>>,
    /// Its outputs.
    pub outputs: Vec<Output>,
    /// `x-security`: credentials that the document itself gives.
    pub own_security: Vec<OwnSecurity>,
    /// Its extensions.
    pub extensions: Vec<Extension>,
    /// Where to point for it.
    pub span: Span,
}

/// What a step does with a channel (ARZ-ASYNC-05).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessageAction {
    /// It sends a message.
    Send,
    /// It waits for a message.
    Receive,
}

impl Step {
    /// The declared output of that name.
    pub fn output(&self, name: &str) -> Option<&Output> {
        self.outputs.iter().find(|output| output.name.as_str() == name)
    }

    /// Whether it calls a workflow.
    pub fn calls_workflow(&self) -> bool {
        matches!(self.target, Some(StepTarget::WorkflowId(_)))
    }
}

const SHAPE: Shape = Shape {
    name: "step",
    fields: &[
        field("stepId"),
        field("description"),
        field("operationId"),
        field("operationPath"),
        newer("channelPath"),
        field("workflowId"),
        newer("action"),
        newer("correlationId"),
        newer("timeout"),
        newer("dependsOn"),
        field("parameters"),
        field("requestBody"),
        field("successCriteria"),
        field("onSuccess"),
        field("onFailure"),
        field("outputs"),
    ],
    extensions: true,
};

const ACTIONS: &[(&str, MessageAction)] = &[("send", MessageAction::Send), ("receive", MessageAction::Receive)];

pub(super) fn read<'t>(reader: &mut Reader<'t>, node: NodeRef<'t>) -> Option<Step> {
    let fields = reader.object(node, &SHAPE)?;
    let step_id = fields.required_text(reader, "stepId");
    reader.referable("stepId", &step_id);
    let target = step_target::read(reader, &fields);
    let depends_on = fields.filled_list(reader, "dependsOn").unwrap_or_default();
    let parameters = fields.list(reader, "parameters");
    let on_success = fields.list(reader, "onSuccess");
    let on_failure = fields.list(reader, "onFailure");
    let step = Step {
        step_id,
        description: fields.text(reader, "description"),
        action: fields.choice(reader, "action", ACTIONS),
        correlation_id: read_correlation_id(reader, &fields).map(Box::new),
        timeout: read_timeout(reader, &fields),
        depends_on: depends_on::steps(reader, &depends_on),
        parameters: parameter::read_list(reader, &parameters, position(&fields)),
        request_body: fields
            .present(reader, "requestBody")
            .and_then(|node| request_body::read(reader, node))
            .map(Box::new),
        success_criteria: criterion::read_list(reader, &fields, "successCriteria"),
        on_success: action::read_list(reader, &on_success, Side::Success),
        on_failure: action::read_list(reader, &on_failure, Side::Failure),
        outputs: output::read_map(reader, &fields),
        own_security: foreign::security(reader, &fields),
        extensions: fields.extensions(),
        span: fields.anchor(),
        target,
    };
    check_message_fields(reader, &fields, &step);
    check_request_body(reader, &fields);
    Some(step)
}

/// What the step's target says about the parameters' `in`; nothing while the target is unclear.
fn position(fields: &Fields<'_>) -> Position {
    let has = |name| fields.get(name).is_some();
    let operation = step_target::FIELDS[..3].iter().any(|name| has(name)) || has(foreign::SOURCE);
    match (has("workflowId"), operation) {
        (true, false) => Position::Workflow,
        (false, true) => Position::Operation,
        _ => Position::Shared,
    }
}

fn read_correlation_id<'t>(reader: &mut Reader<'t>, fields: &Fields<'t>) -> Option<ValueField> {
    let node = fields.present(reader, "correlationId")?;
    if node.as_str().is_none() {
        reader.wrong_type(node, "correlationId", "a string");
        return None;
    }
    Some(expression_field::value(reader, node))
}

fn read_timeout<'t>(reader: &mut Reader<'t>, fields: &Fields<'t>) -> Option<Spanned<u64>> {
    let node = fields.present(reader, "timeout")?;
    let Some(number) = node.as_number() else {
        reader.wrong_type(node, "timeout", "an integer");
        return None;
    };
    let millis = number.as_i64().and_then(|millis| u64::try_from(millis).ok()).filter(|millis| *millis > 0);
    if millis.is_none() {
        let message = format!("`timeout` can't be {number}");
        reader.note_help(rule::INVALID_VALUE, node.span(), message, "give whole milliseconds, 1 or more");
    }
    Some(Spanned::new(millis?, node.span()))
}

/// `action` and `correlationId` belong to steps over channels (ARZ-ASYNC-05, -06, -09).
fn check_message_fields<'t>(reader: &mut Reader<'t>, fields: &Fields<'t>, step: &Step) {
    let key = |name: &str| fields.node.entry(name).map(|(key, _)| key.span());
    let has = |name: &str| fields.get(name).is_some();
    if has("channelPath") && !has("action") {
        let message = "a step with `channelPath` needs the field `action`";
        reader.note_help(rule::MISSING_FIELD, fields.anchor(), message, "add `action: send` or `action: receive`");
    }
    for target in ["workflowId", "operationPath"] {
        if let (true, Some(span)) = (has(target), key("action")) {
            let message = format!("`{target}` and `action` exclude each other");
            let help = "`action` belongs to steps that send or receive messages";
            reader.note_help(rule::CONFLICTING_FIELDS, span, message, help);
        }
    }
    let receives = step.action.as_ref().is_some_and(|action| action.value == MessageAction::Receive);
    if let (false, Some(span)) = (receives, key("correlationId")) {
        let message = "only a step that receives has a `correlationId`";
        let help = if has("action") { "remove it" } else { "add `action: receive`, or remove it" };
        reader.note_help(rule::CONFLICTING_FIELDS, span, message, help);
    }
}

fn check_request_body<'t>(reader: &mut Reader<'t>, fields: &Fields<'t>) {
    if position(fields) != Position::Workflow {
        return;
    }
    if let Some((key, _)) = fields.node.entry("requestBody") {
        let message = "`requestBody` has no effect on a step that calls a workflow";
        reader.note_help(rule::IGNORED_FIELD, key.span(), message, "pass inputs as `parameters`");
    }
}
