//! Expressions that never have a value where they stand, and criteria that can't be judged on what is answered.

use crate::arazzo::{Criterion, CriterionType, Site, Workflow};
use crate::diagnostic::{Label, Severity};
use crate::expression::{Part, Root, SelectorLanguage};
use crate::rule;

use super::{Lint, Scope};

impl<'d> Lint<'d> {
    /// A request is built before there is an answer to it.
    pub(super) fn check_too_early(&mut self, scope: Scope<'d>) {
        for used in self.document.step_expressions(scope.step) {
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
    pub(super) fn check_outside(&mut self, workflow: &'d Workflow) {
        for used in self.document.workflow_expressions(workflow) {
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
