//! Every runtime expression of a step or workflow, with what it is read for.

use crate::condition::{Node, NodeKind, OperandKind, Operator};
use crate::expression::{Expression, Root};
use crate::span::Span;

use super::action::Action;
use super::condition::ConditionKind;
use super::criterion::Criterion;
use super::document::Document;
use super::expression_field::ValueField;
use super::output::{Output, OutputValue};
use super::parameter::Parameter;
use super::reusable::Entry;
use super::step::Step;

/// An expression and where it is used.
#[derive(Clone, Copy, Debug)]
pub struct ExpressionUse<'d> {
    /// The expression.
    pub expression: &'d Expression,
    /// Where it stands.
    pub span: Span,
    /// What it is read for.
    pub site: Site,
    /// Whether the criteria beside it ask whether there is a value: they compare what has the same root with `null`, or
    /// test it for truth.
    pub asked: bool,
}

/// What an expression is read for, in the order in which a step does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Site {
    /// To build the request: parameters, body, correlation id.
    Request,
    /// To judge the answer.
    Criteria,
    /// To fill the outputs.
    Outputs,
    /// To choose what follows.
    Actions,
}

impl Document {
    /// The expressions of a step of a workflow itself: those of its references to components included, and those that are
    /// embedded without braces.
    pub fn step_expressions<'d>(&'d self, workflow: usize, step: &'d Step) -> Vec<ExpressionUse<'d>> {
        let mut uses = Uses::new(self, workflow);
        uses.parameters(&step.parameters, Site::Request);
        if let Some(body) = &step.request_body {
            let values = body.payload.iter().chain(body.replacements.iter().filter_map(|one| one.value.as_ref()));
            values.for_each(|value| uses.value(value, Site::Request));
        }
        step.correlation_id.iter().for_each(|value| uses.value(value, Site::Request));
        uses.criteria(&step.success_criteria, Site::Criteria);
        uses.outputs(&step.outputs);
        step.on_success.iter().filter_map(|entry| self.success_action(entry)).for_each(|action| uses.action(action));
        step.on_failure.iter().filter_map(|entry| self.failure_action(entry)).for_each(|action| uses.action(action));
        uses.found
    }

    /// The expressions of an action, as a workflow has it.
    pub fn action_expressions<'d>(&'d self, workflow: usize, action: &'d Action) -> Vec<ExpressionUse<'d>> {
        let mut uses = Uses::new(self, workflow);
        uses.action(action);
        uses.found
    }

    /// The expressions of a workflow apart from its steps.
    pub fn workflow_expressions(&self, index: usize) -> Vec<ExpressionUse<'_>> {
        let Some(workflow) = self.workflows.get(index) else { return Vec::new() };
        let mut uses = Uses::new(self, index);
        uses.parameters(&workflow.parameters, Site::Request);
        let success = workflow.success_actions.iter().filter_map(|entry| self.success_action(entry));
        let failure = workflow.failure_actions.iter().filter_map(|entry| self.failure_action(entry));
        success.chain(failure).for_each(|action| uses.action(action));
        uses.outputs(&workflow.outputs);
        uses.found
    }
}

struct Uses<'d> {
    document: &'d Document,
    /// The index of the workflow whose names are read.
    workflow: usize,
    found: Vec<ExpressionUse<'d>>,
    /// Of what the criteria ask whether it is there.
    asked: Vec<&'d Root>,
}

impl<'d> Uses<'d> {
    fn new(document: &'d Document, workflow: usize) -> Uses<'d> {
        Uses { document, workflow, found: Vec::new(), asked: Vec::new() }
    }

    fn push(&mut self, expression: &'d Expression, span: Span, site: Site) {
        let asked = self.asked.contains(&&expression.root);
        self.found.push(ExpressionUse { expression, span, site, asked });
    }

    fn parameters(&mut self, entries: &'d [Entry<Parameter>], site: Site) {
        let document = self.document;
        let values = entries.iter().filter_map(|entry| document.parameter(entry)?.value);
        values.for_each(|value| self.value(value, site));
    }

    fn value(&mut self, value: &'d ValueField, site: Site) {
        for expression in value.template.expressions() {
            self.push(&expression.value, expression.span, site);
        }
        for text in &value.unbraced {
            let embedded = text.embedded(self.document, self.workflow);
            embedded.iter().for_each(|expression| self.push(&expression.value, expression.span, site));
        }
    }

    fn criteria(&mut self, criteria: &'d [Criterion], site: Site) {
        self.asked = asked(criteria);
        self.guarded(criteria, site);
        self.asked.clear();
    }

    fn guarded(&mut self, criteria: &'d [Criterion], site: Site) {
        for criterion in criteria {
            if let Some(context) = &criterion.context {
                self.push(&context.value, context.span, site);
            }
            for expression in criterion.parsed.iter().flat_map(|condition| &condition.expressions) {
                self.push(&expression.value, expression.span, site);
            }
        }
    }

    fn outputs(&mut self, outputs: &'d [Output]) {
        for output in outputs {
            match &output.value {
                Some(OutputValue::Expression(expression)) => {
                    self.push(&expression.value, expression.span, Site::Outputs)
                }
                Some(OutputValue::Selector(selector)) => {
                    self.push(&selector.context.value, selector.context.span, Site::Outputs);
                }
                None => {}
            }
        }
    }

    fn action(&mut self, action: &'d Action) {
        self.asked = asked(&action.criteria);
        self.guarded(&action.criteria, Site::Actions);
        self.parameters(&action.parameters, Site::Actions);
        self.asked.clear();
    }
}

/// The roots of what criteria compare with `null` or test for truth.
fn asked(criteria: &[Criterion]) -> Vec<&Root> {
    let mut found = Vec::new();
    for criterion in criteria {
        if let Some(ConditionKind::Simple(condition)) = criterion.parsed.as_ref().map(|parsed| &parsed.kind) {
            collect(&condition.root, &mut found);
        }
    }
    found
}

/// Conditions are as deep as their parser allows, so this may call itself.
fn collect<'d>(node: &'d Node, found: &mut Vec<&'d Root>) {
    let operand = match &node.kind {
        NodeKind::Or(nodes) | NodeKind::And(nodes) => return nodes.iter().for_each(|node| collect(node, found)),
        NodeKind::Not(node) => return collect(node, found),
        NodeKind::Comparison { left, operator: Operator::Equal | Operator::NotEqual, right } => {
            match (&left.kind, &right.kind) {
                (operand, OperandKind::Null) | (OperandKind::Null, operand) => operand,
                _ => return,
            }
        }
        NodeKind::Comparison { .. } => return,
        NodeKind::Operand(operand) => &operand.kind,
    };
    if let OperandKind::Expression(expression) = operand
        && !found.contains(&&expression.root)
    {
        found.push(&expression.root);
    }
}
