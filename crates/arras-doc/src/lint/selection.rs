//! Names and pointers that lead nowhere in what the descriptions say.

use crate::arazzo::{Action, ConditionKind, Criterion, CriterionType, Output, OutputValue, Site, Workflow};
use crate::diagnostic::Severity;
use crate::expression::{Expression, Part, Root, Selector, SelectorLanguage};
use crate::jsonpath;
use crate::openapi::SchemaType;
use crate::rule;
use crate::span::Span;

use super::provenance::{HOPS, required_status};
use super::shape::{Obstacle, ObstacleKind, Shape, what};
use super::{Lint, Scope, json_path};

impl<'d> Lint<'d> {
    /// What the expressions, JSONPaths and selectors of a step select.
    pub(super) fn check_selections(&mut self, scope: Scope<'d>) {
        let actions = self.scoped_actions(scope);
        let criteria = criteria_of(&actions);
        for used in self.expressions(scope) {
            // the request is built from what earlier steps gave
            let own = used.site == Site::Request && used.expression.is_of_exchange();
            // what is no part of an answer is the same for all steps that inherit the action
            let shared = scope.inherited.is_some() && !used.expression.is_of_exchange();
            if !own && !shared {
                let scope = match used.site {
                    Site::Actions => Scope { status: status_at(&criteria, used.span), ..scope.or_failed() },
                    _ => scope,
                };
                self.check_selection(scope.workflow, scope.index, Some(scope), used.expression, used.span);
            }
        }
        if scope.inherited.is_none() {
            self.check_outputs(scope.workflow, scope.index, Some(scope), &scope.step.outputs);
        }
        self.check_criteria(scope, scope.success_criteria());
        for (action, scope) in actions {
            self.check_criteria(scope, &action.criteria);
        }
    }

    /// The actions that a step itself lists, or the one that it inherits, each with what is known where it is chosen.
    pub(super) fn scoped_actions(&self, scope: Scope<'d>) -> Vec<(&'d Action, Scope<'d>)> {
        if let Some(action) = scope.inherited {
            return vec![(action, Scope { status: required_status(&action.criteria), ..scope })];
        }
        let document = self.document;
        let success = scope.step.on_success.iter().filter_map(|entry| document.success_action(entry));
        let failure = scope.step.on_failure.iter().filter_map(|entry| document.failure_action(entry));
        let success = success.map(|action| (action, scope));
        let all = success.chain(failure.map(|action| (action, scope.or_failed())));
        all.map(|(action, scope)| (action, Scope { status: required_status(&action.criteria), ..scope })).collect()
    }

    /// What is selected by what stands in a workflow beside its steps.
    pub(super) fn check_workflow_selections(&mut self, workflow: &'d Workflow, index: usize) {
        for used in self.document.workflow_expressions(index) {
            // what actions of all steps read in an answer depends on the step, and is looked at with each
            if !used.expression.is_of_exchange() {
                self.check_selection(workflow, index, None, used.expression, used.span);
            }
        }
        self.check_outputs(workflow, index, None, &workflow.outputs);
    }

    /// The actions that a step itself lists, or the one that it inherits.
    pub(super) fn own_actions(&self, scope: Scope<'d>) -> Vec<&'d Action> {
        self.scoped_actions(scope).into_iter().map(|(action, _)| action).collect()
    }

    fn check_selection(
        &mut self,
        workflow: &'d Workflow,
        index: usize,
        step: Option<Scope<'d>>,
        expression: &'d Expression,
        span: Span,
    ) {
        if let Some(scope) = step.filter(|scope| !scope.step.calls_workflow()) {
            self.check_dotted(scope, expression, span);
            self.check_xml_pointer(scope, expression, span);
        }
        let source = self.provenance(workflow, index, step, expression, HOPS);
        let mut shape = source.whole.clone();
        for token in &source.tokens {
            shape = shape.child(token);
            if let Shape::Nothing(obstacle) = &shape {
                let of_answer = matches!(expression.root, Root::Response(_));
                self.note_obstacle(obstacle, span, &format!("`{expression}`"), of_answer);
                return;
            }
        }
    }

    /// `….length` of what has no length: a number, a boolean.
    pub(super) fn check_lengths(&mut self, scope: Scope<'d>) {
        for used in self.expressions(scope) {
            let Some(name) = used.expression.path.name.strip_suffix(".length") else { continue };
            if used.expression.path.pointer.is_some() || used.site == Site::Request && used.expression.is_of_exchange()
            {
                continue;
            }
            let mut whole = used.expression.clone();
            whole.path.name = name.to_owned();
            let scope = if used.site == Site::Actions { scope.or_failed() } else { scope };
            let types = self.shape(scope.workflow, scope.index, Some(scope), &whole).types();
            let lengthless =
                |one: &SchemaType| matches!(one, SchemaType::Boolean | SchemaType::Integer | SchemaType::Number);
            if !types.is_empty() && types.iter().all(lengthless) {
                let message = format!("`{}` has no value: {} has no length", used.expression, what(&types));
                let diagnostic = self.note(rule::IMPOSSIBLE_SELECTION, used.span, message);
                diagnostic.severity = Severity::Error;
                diagnostic.help = Some("remove `.length` to compare the value itself".into());
            }
        }
    }

    /// Names with dots inside a JSON Pointer, where no description tells whether the answer has such members.
    fn check_dotted(&mut self, scope: Scope<'d>, expression: &'d Expression, span: Span) {
        let of_answer = expression.root == Root::Response(Part::Body);
        let Some(pointer) = expression.path.pointer.as_deref().filter(|_| of_answer) else { return };
        let word =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let path = |token: &str| token.contains('.') && token.split('.').all(word);
        let Some(token) = pointer.split('/').find(|token| path(token)) else { return };
        if self.call(scope).is_some() {
            return;
        }
        let split = |token: &str| if path(token) { token.replace('.', "/") } else { token.to_owned() };
        let tokens: Vec<String> = pointer.split('/').map(split).collect();
        let before = expression.text.strip_suffix(pointer).unwrap_or_default();
        let message = format!("`{token}` in a JSON Pointer names one member, dots and all");
        let help = format!("write `{before}{}` if each name is that of a member", tokens.join("/"));
        self.note(rule::DOUBTFUL_EXPRESSION, span, message).help = Some(help);
    }

    /// Notes that a selection leads nowhere.
    pub(super) fn note_obstacle(&mut self, obstacle: &Obstacle<'d>, span: Span, what: &str, of_answer: bool) {
        // an open schema leaves it to the API whether there is more than it lists
        let verdict = if obstacle.kind == ObstacleKind::Undeclared { "is not described" } else { "has no value" };
        let message = format!("{what} {verdict}: {}", obstacle.message());
        let place = obstacle.place;
        let label = if of_answer { "what the answer is described to be" } else { "what is described" };
        let diagnostic = self.note(rule::IMPOSSIBLE_SELECTION, span, message);
        diagnostic.help = obstacle.help();
        diagnostic.severity = if obstacle.is_certain() { Severity::Error } else { Severity::Warning };
        diagnostic.labels.push(crate::diagnostic::Label {
            source: place.source(),
            span: place.span(),
            text: label.into(),
        });
    }

    /// The selectors of outputs.
    fn check_outputs(&mut self, workflow: &'d Workflow, index: usize, step: Option<Scope<'d>>, outputs: &'d [Output]) {
        for output in outputs {
            let Some(OutputValue::Selector(selector)) = &output.value else { continue };
            let context = self.shape(workflow, index, step, &selector.context.value);
            let of_answer = selector.context.value.is_of_exchange();
            if self.check_context(step, selector, &context) {
                continue;
            }
            match selector.language {
                SelectorLanguage::JsonPointer => {
                    let Some(tokens) = crate::pointer::tokens(&selector.selector) else { continue };
                    if let Shape::Nothing(obstacle) = context.at(&tokens) {
                        self.note_obstacle(&obstacle, selector.selector.span, "the selector", of_answer);
                    }
                }
                SelectorLanguage::JsonPath => {
                    let Ok(query) = jsonpath::parse_query(&selector.selector) else { continue };
                    let mut found = Vec::new();
                    json_path::query(&query, &context, &context, &mut found);
                    for (obstacle, _) in found {
                        self.note_obstacle(&obstacle, selector.selector.span, "the selector", of_answer);
                    }
                }
                _ => {}
            }
        }
    }

    /// A selector selects in what has a structure (ARZ-SEL-01), an XPath in XML; whether it can't is noted.
    fn check_context(&mut self, step: Option<Scope<'d>>, selector: &'d Selector, context: &Shape<'d>) -> bool {
        use SelectorLanguage::{JsonPath, JsonPathDraft, JsonPointer};
        let is_path = !matches!(selector.language, JsonPath | JsonPathDraft | JsonPointer);
        let types = context.types();
        let is_known = |wanted: &[SchemaType]| !types.is_empty() && types.iter().all(|one| wanted.contains(one));
        let expression = &selector.context.value;
        let is_scalar = is_known(&[SchemaType::Boolean, SchemaType::Integer, SchemaType::Number])
            || matches!(expression.root, Root::StatusCode | Root::Method | Root::Url);
        let is_structure = is_known(&[SchemaType::Array, SchemaType::Object]);
        let is_answer = expression.root == Root::Response(Part::Body) && step.is_some();
        let message = if is_scalar {
            format!("`{expression}` is {}, in which nothing can be selected", what(&types))
        } else if is_path && is_structure && is_answer {
            format!("`{expression}` is {} of JSON, in which an XPath selects nothing", what(&types))
        } else {
            return false;
        };
        let diagnostic = self.note(rule::INVALID_SELECTOR, selector.context.span, message);
        diagnostic.help = Some(match is_scalar {
            true => format!("write the expression `{expression}` alone"),
            false => "use `type: jsonpath` or `type: jsonpointer`".to_owned(),
        });
        true
    }

    fn check_criteria(&mut self, scope: Scope<'d>, criteria: &'d [Criterion]) {
        for criterion in criteria {
            let CriterionType::Query(SelectorLanguage::JsonPath) = criterion.criterion_type else { continue };
            let (Some(context), Some(parsed)) = (&criterion.context, &criterion.parsed) else { continue };
            let ConditionKind::JsonPath(jsonpath::Prepared::Fixed(condition)) = &parsed.kind else { continue };
            let shape = self.shape(scope.workflow, scope.index, Some(scope), &context.value);
            let of_answer = context.value.is_of_exchange();
            for (obstacle, within) in json_path::condition(condition, &shape) {
                let span = self.within(criterion, within);
                self.note_obstacle(&obstacle, span, "the JSONPath", of_answer);
            }
        }
    }

    /// Bytes of a condition's text as bytes of the document.
    pub(super) fn within(&self, criterion: &Criterion, within: Span) -> Span {
        let node = criterion.condition_node.map(|node| self.document.tree.node(node));
        node.map_or(criterion.condition.span, |node| node.subspan(within.start as usize, within.end as usize))
    }
}

/// The conditions and contexts of actions in the order of the text, each with the status that the action asks for.
fn criteria_of(actions: &[(&Action, Scope<'_>)]) -> Vec<(Span, Option<u16>)> {
    let mut all: Vec<(Span, Option<u16>)> = Vec::new();
    for (action, scope) in actions {
        let contexts = action.criteria.iter().filter_map(|criterion| criterion.context.as_ref());
        let spans = action.criteria.iter().map(|criterion| criterion.condition.span);
        all.extend(spans.chain(contexts.map(|context| context.span)).map(|span| (span, scope.status)));
    }
    all.sort_by_key(|(span, _)| span.start);
    all
}

/// The status that is asked for by the action in whose condition or context a place is: that is known where it is read.
fn status_at(criteria: &[(Span, Option<u16>)], at: Span) -> Option<u16> {
    let after = criteria.partition_point(|(span, _)| span.start <= at.start);
    let (span, status) = criteria[..after].last()?;
    status.filter(|_| span.contains(at))
}
