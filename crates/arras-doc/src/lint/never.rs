//! Expressions that never have a value where they stand, and criteria that can't be judged on what is answered.

use std::collections::HashSet;

use crate::arazzo::{Criterion, CriterionType, ExpressionUse, Output, OutputValue, Site, Workflow, begins_with_name};
use crate::diagnostic::{Label, Severity};
use crate::expression::{Part, Root, SelectorLanguage};
use crate::link::{LinkedSource, declared_name};
use crate::rule;
use crate::suggest;

use super::{Lint, Scope};

/// With how many workflows a name is compared.
const NAMES: usize = 100;

impl<'d> Lint<'d> {
    /// What can be read by the grammar and has no value anywhere (ARZ-EXPR-17, ARZ-EXPR-19).
    pub(super) fn check_valueless(&mut self, uses: &[ExpressionUse<'d>]) {
        for used in uses {
            let expression = used.expression;
            let (what, help) = match &expression.root {
                Root::Component(_) => (
                    "components are referred to, not read",
                    "write the value itself, or read it from an input".to_owned(),
                ),
                Root::WorkflowStep { .. } if !expression.path.name.starts_with("outputs") => (
                    "of another workflow's steps only the `outputs` can be read",
                    "read `$workflows.WORKFLOW.outputs.NAME`".to_owned(),
                ),
                Root::SourceDescription(source) if !self.is_source_field(source, &expression.path.name) => (
                    "of a source description only its own fields, such as `url`, can be read",
                    match expression.path.name.split_once('.') {
                        Some((workflow, _)) => self.help_foreign(source, workflow),
                        None => "read an input or an output".to_owned(),
                    },
                ),
                _ => continue,
            };
            let message = format!("`{expression}` never has a value: {what}");
            self.note(rule::VALUELESS_EXPRESSION, used.span, message).help = Some(help);
        }
    }

    /// How to read what a workflow of another description gives.
    fn help_foreign(&self, source: &str, workflow: &str) -> String {
        let other = self.document.source_index(source).map(|index| self.sources.get(index));
        let Some(LinkedSource::Arazzo(other)) = other else { return "read an input or an output".to_owned() };
        let ids = other.workflows.iter().take(NAMES).map(|one| one.workflow_id.as_str());
        let near = suggest::nearest(workflow, ids, 1).into_iter().next().unwrap_or(workflow);
        format!(
            "call its workflow in a step, `workflowId: $sourceDescriptions.{source}.{near}`, and read `$outputs.NAME` there"
        )
    }

    fn is_source_field(&self, source: &str, field: &str) -> bool {
        // that there is no such source is said by the linker
        let Some(source) = self.document.source_index(source) else { return true };
        let source = &self.document.source_descriptions[source];
        let named = |name: &str| begins_with_name(field, name);
        ["name", "url", "type"].into_iter().any(named) || source.extensions.iter().any(|one| named(&one.name.value))
    }

    /// An output is filled from what is there before it: never from itself.
    pub(super) fn check_own_output(&mut self, outputs: &'d [Output], is_own: impl Fn(&Root) -> bool) {
        let names: HashSet<&str> = outputs.iter().map(|output| output.name.as_str()).collect();
        for output in outputs {
            let (expression, span) = match &output.value {
                Some(OutputValue::Expression(expression)) => (&expression.value, expression.span),
                Some(OutputValue::Selector(selector)) => (&selector.context.value, selector.context.span),
                None => continue,
            };
            let name = output.name.as_str();
            let read = declared_name(&expression.path.name, |name| names.contains(name));
            if is_own(&expression.root) && read == Some(name) {
                let message = format!("`{expression}` never has a value: the output `{name}` is read to fill itself");
                let diagnostic = self.note(rule::VALUELESS_EXPRESSION, span, message);
                diagnostic.help = Some("read the answer, an input, or what another step gives".into());
            }
        }
    }

    /// A request is built before there is an answer to it.
    pub(super) fn check_too_early(&mut self, scope: Scope<'d>) {
        let uses = self.document.step_expressions(scope.index, scope.step);
        self.check_valueless(&uses);
        let id = scope.step.step_id.as_str();
        self.check_own_output(&scope.step.outputs, |root| matches!(root, Root::StepOutputs(named) if named == id));
        for used in uses {
            let answer = matches!(used.expression.root, Root::Response(_) | Root::StatusCode | Root::Message(_));
            if used.site == Site::Request && answer {
                let message =
                    format!("`{}` has no value here: the request is built before it is answered", used.expression);
                let diagnostic = self.note(rule::VALUELESS_EXPRESSION, used.span, message);
                diagnostic.severity = Severity::Error;
                diagnostic.help = Some("read an output of an earlier step: `$steps.STEP.outputs.NAME`".into());
            }
        }
    }

    /// A workflow's outputs are filled when its steps are done; there is no exchange then (ARZ-WF-13).
    pub(super) fn check_outside(&mut self, workflow: &'d Workflow, index: usize) {
        let uses = self.document.workflow_expressions(index);
        self.check_valueless(&uses);
        let id = workflow.workflow_id.as_str();
        self.check_own_output(&workflow.outputs, |root| match root {
            Root::Outputs => true,
            Root::WorkflowOutputs(named) => named == id,
            _ => false,
        });
        for used in uses {
            if used.site == Site::Outputs && used.expression.is_of_exchange() {
                let message = format!("`{}` has no value here: an exchange belongs to a step", used.expression);
                let diagnostic = self.note(rule::VALUELESS_EXPRESSION, used.span, message);
                diagnostic.severity = Severity::Error;
                diagnostic.help =
                    Some("make it an output of the step, and read that: `$steps.STEP.outputs.NAME`".into());
            }
        }
    }

    /// An XPath is judged on XML, never on JSON (ARZ-XPATH-05, A-31).
    pub(super) fn check_languages(&mut self, scope: Scope<'d>) {
        let Some(call) = self.call(scope) else { return };
        let json =
            |content: &crate::openapi::Content<'_>| content.parsed().is_some_and(|media_type| media_type.is_json());
        let mut contents = call.responses.iter().flat_map(|response| &response.content).peekable();
        if contents.peek().is_none() || !contents.all(json) {
            return;
        }
        let place = call.operation.place();
        let of_actions = self.own_actions(scope).into_iter().flat_map(|action| &action.criteria);
        for criterion in scope.success_criteria().iter().chain(of_actions) {
            let body =
                criterion.context.as_ref().is_some_and(|context| context.value.root == Root::Response(Part::Body));
            if body && is_xpath(criterion) {
                let message = format!("{} answers JSON, on which an XPath never holds", call.name());
                let diagnostic = self.note(rule::UNSUITABLE_CRITERION, criterion.condition.span, message);
                diagnostic.help = Some("use `type: jsonpath`, or a `simple` condition with a JSON Pointer".into());
                diagnostic.labels.push(Label {
                    source: place.source(),
                    span: place.get("responses").map_or(place.span(), |responses| responses.span()),
                    text: "its responses".into(),
                });
            }
        }
    }
}

fn is_xpath(criterion: &Criterion) -> bool {
    use SelectorLanguage::{XPath10, XPath20, XPath30, XPath31};
    matches!(criterion.criterion_type, CriterionType::Query(XPath10 | XPath20 | XPath30 | XPath31))
}
