//! Comparisons with a literal that the compared value never is, and with statuses that nobody describes.

use crate::arazzo::{ConditionKind, Criterion};
use crate::condition::{self, NodeKind, OperandKind, Operator};
use crate::diagnostic::Label;
use crate::expression::Root;
use crate::jsonpath::{self, Form, LogicalKind};
use crate::openapi::{Place, SchemaType};
use crate::pattern::Pattern;
use crate::rule;
use crate::span::Span;
use crate::value::{Number, Value};

use super::call::Call;
use super::shape::{Shape, what};
use super::{Lint, Scope, json_path};

impl<'d> Lint<'d> {
    /// The criteria of a step and of its own actions.
    pub(super) fn check_comparisons(&mut self, scope: Scope<'d>) {
        let actions = self.scoped_actions(scope);
        let criteria =
            actions.into_iter().flat_map(|(action, scope)| action.criteria.iter().map(move |one| (one, scope)));
        let own = scope.step.success_criteria.iter().map(|one| (one, scope));
        for (criterion, scope) in own.chain(criteria) {
            match criterion.parsed.as_ref().map(|parsed| &parsed.kind) {
                Some(ConditionKind::Simple(condition)) => self.simple(scope, criterion, &condition.root),
                Some(ConditionKind::Regex(pattern)) => self.pattern(scope, criterion, pattern),
                Some(ConditionKind::JsonPath(jsonpath::Prepared::Fixed(condition))) => {
                    let Some(context) = &criterion.context else { continue };
                    let shape = self.shape(scope.workflow, scope.index, Some(scope), &context.value);
                    match &condition.form {
                        Form::Logical(logical) => self.json_path_comparisons(criterion, logical, &shape, &shape),
                        Form::Query(query) => {
                            if let Some(filter) = query.root_filter().filter(|_| !shape.is_array()) {
                                self.json_path_comparisons(criterion, filter, &shape, &shape);
                            }
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn simple(&mut self, scope: Scope<'d>, criterion: &'d Criterion, node: &'d condition::Node) {
        match &node.kind {
            NodeKind::Or(nodes) | NodeKind::And(nodes) => {
                nodes.iter().for_each(|node| self.simple(scope, criterion, node));
            }
            NodeKind::Not(node) => self.simple(scope, criterion, node),
            NodeKind::Comparison { left, operator: Operator::Equal | Operator::NotEqual, right } => {
                let (expression, literal) = match (&left.kind, &right.kind) {
                    (OperandKind::Expression(expression), _) => (expression, right),
                    (_, OperandKind::Expression(expression)) => (expression, left),
                    _ => return,
                };
                let Some(value) = literal_of(&literal.kind) else { return };
                let shape = self.shape(scope.workflow, scope.index, Some(scope), expression);
                self.compare(criterion, &format!("`{expression}`"), &shape, &value, literal.span, false);
            }
            NodeKind::Comparison { left, right, .. } => {
                if let (OperandKind::Expression(expression), OperandKind::Number(_)) = (&left.kind, &right.kind) {
                    let shape = self.shape(scope.workflow, scope.index, Some(scope), expression);
                    self.order(criterion, &format!("`{expression}`"), &shape, right.span);
                }
            }
            NodeKind::Operand(_) => {}
        }
    }

    /// Whether a value of that shape can be more or less than a number.
    fn order(&mut self, criterion: &'d Criterion, what_is: &str, shape: &Shape<'d>, span: Span) {
        let values = shape.values();
        let number = |value: &Place<'d>| Number::parse(&value.node().to_value().to_text()).is_some();
        let types = shape.types();
        let orderly = |one: &SchemaType| matches!(one, SchemaType::Integer | SchemaType::Number | SchemaType::String);
        let never = match values.is_empty() {
            true => !types.is_empty() && !types.iter().any(orderly),
            false => !values.iter().any(number),
        };
        if never {
            let span = self.within(criterion, span);
            let message = format!("{what_is} is no number, and never more or less than one");
            let label = values.first().copied().or_else(|| match shape {
                Shape::Of(schemas) => schemas.first().map(|schema| schema.resolved_place()),
                _ => None,
            });
            let diagnostic = self.note(rule::IMPOSSIBLE_COMPARISON, span, message);
            diagnostic.labels.extend(label.map(|place| Label {
                source: place.source(),
                span: place.span(),
                text: "described here".into(),
            }));
        }
    }

    /// A pattern that none of the values of an enumeration matches.
    fn pattern(&mut self, scope: Scope<'d>, criterion: &'d Criterion, pattern: &Pattern) {
        let Some(context) = &criterion.context else { return };
        let shape = self.shape(scope.workflow, scope.index, Some(scope), &context.value);
        let values = shape.values();
        let matches = |value: &Place<'d>| pattern.is_match(&value.node().to_value().to_text()).unwrap_or(true);
        if values.is_empty() || values.iter().any(matches) {
            return;
        }
        let texts: Vec<String> = values.iter().map(|value| value.node().to_value().to_text().into_owned()).collect();
        let message = format!("the pattern matches none of the values that `{}` can have", context.value);
        let place = values[0];
        let diagnostic = self.note(rule::IMPOSSIBLE_COMPARISON, criterion.condition.span, message);
        diagnostic.help = Some(listed(&texts));
        let text = "the first of the values that it can have".to_owned();
        diagnostic.labels.push(Label { source: place.source(), span: place.span(), text });
    }

    fn json_path_comparisons(
        &mut self,
        criterion: &'d Criterion,
        logical: &jsonpath::Logical,
        root: &Shape<'d>,
        current: &Shape<'d>,
    ) {
        match &logical.kind {
            LogicalKind::Or(all) | LogicalKind::And(all) => {
                all.iter().for_each(|one| self.json_path_comparisons(criterion, one, root, current));
            }
            LogicalKind::Not(one) => self.json_path_comparisons(criterion, one, root, current),
            LogicalKind::Comparison(comparison) => {
                use jsonpath::{OperandKind, Operator};
                if !matches!(comparison.operator, Operator::Equal | Operator::NotEqual) {
                    return;
                }
                let (left, right) = (&comparison.left, &comparison.right);
                let (query, value, span) = match (&left.kind, &right.kind) {
                    (OperandKind::Query(query), OperandKind::Literal(value)) => (query, value, right.span),
                    (OperandKind::Literal(value), OperandKind::Query(query)) => (query, value, left.span),
                    _ => return,
                };
                let shape = json_path::query(query, root, current, &mut Vec::new());
                self.compare(criterion, &format!("`{query}`"), &shape, value, span, true);
            }
            _ => {}
        }
    }

    /// Whether a value of that shape can equal a literal; `exact` as in JSONPath, else as in simple conditions.
    fn compare(
        &mut self,
        criterion: &'d Criterion,
        what_is: &str,
        shape: &Shape<'d>,
        literal: &Value,
        span: Span,
        exact: bool,
    ) {
        if literal.is_null() {
            return;
        }
        let span = self.within(criterion, span);
        let values = shape.values();
        if !values.is_empty() {
            let same = |value: &Place<'d>| equal(&value.node().to_value(), literal, exact);
            if !values.iter().any(same) {
                self.never(what_is, literal, &values, span);
            }
            return;
        }
        let types = shape.types();
        if types.is_empty() || types.iter().any(|one| may_equal(*one, literal, exact)) {
            return;
        }
        let message = format!("{what_is} is {}, which never equals {}", what(&types), literal.kind_name());
        let help = match (exact, literal) {
            (true, Value::String(text)) if Number::parse(text).is_some() => {
                Some(format!("write `{text}` without quotes"))
            }
            _ => None,
        };
        let label = match shape {
            Shape::Of(schemas) => schemas.first().map(|schema| schema.resolved_place()),
            _ => None,
        };
        let label =
            label.map(|place| Label { source: place.source(), span: place.span(), text: "described here".into() });
        let diagnostic = self.note(rule::IMPOSSIBLE_COMPARISON, span, message);
        diagnostic.help = help;
        diagnostic.labels.extend(label);
    }

    fn never(&mut self, what_is: &str, literal: &Value, values: &[Place<'d>], span: Span) {
        let texts: Vec<String> = values.iter().map(|value| value.node().to_value().to_text().into_owned()).collect();
        let wanted = literal.to_text().into_owned();
        let near = self.nearest(&wanted, texts.iter().map(String::as_str)).map(str::to_owned);
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => listed(&texts),
        };
        let message = format!("{what_is} is never `{wanted}`");
        let label = values.first().map(|value| Label {
            source: value.source(),
            span: value.span(),
            text: "the first of the values that it can have".into(),
        });
        let diagnostic = self.note(rule::IMPOSSIBLE_COMPARISON, span, message);
        diagnostic.help = Some(help);
        diagnostic.labels.extend(label);
    }

    /// Success by a status that the operation is not described to answer.
    pub(super) fn check_statuses(&mut self, scope: Scope<'d>, call: &Call<'d>) {
        if call.responses.iter().len() == 0 {
            return;
        }
        for criterion in &scope.step.success_criteria {
            let Some(ConditionKind::Simple(condition)) = criterion.parsed.as_ref().map(|parsed| &parsed.kind) else {
                continue;
            };
            let nodes = match &condition.root.kind {
                NodeKind::And(nodes) => nodes.as_slice(),
                _ => std::slice::from_ref(&condition.root),
            };
            for node in nodes {
                let NodeKind::Comparison { left, operator: Operator::Equal, right } = &node.kind else { continue };
                let (OperandKind::Expression(expression), OperandKind::Number(number)) = (&left.kind, &right.kind)
                else {
                    continue;
                };
                let status = number.as_i64().and_then(|status| u16::try_from(status).ok());
                let Some(status) = status.filter(|_| expression.root == Root::StatusCode) else { continue };
                if call.responses.for_status(status).is_some() {
                    continue;
                }
                let span = self.within(criterion, right.span);
                let described: Vec<String> =
                    call.responses.iter().map(|response| response.status.to_string()).collect();
                let place = call.operation.place();
                let message = format!("{} is not described to answer {status}", call.name());
                let diagnostic = self.note(rule::UNDESCRIBED_STATUS, span, message);
                diagnostic.help = Some(format!("described: {}", described.join(", ")));
                let responses = place.get("responses").map_or(place.span(), |responses| responses.span());
                diagnostic.labels.push(Label { source: place.source(), span: responses, text: "its responses".into() });
            }
        }
    }
}

/// A list of values for people.
pub(super) fn listed(values: &[String]) -> String {
    let shown: Vec<String> = values.iter().take(8).map(|value| format!("`{value}`")).collect();
    let more = if values.len() > shown.len() { " …" } else { "" };
    format!("it is one of {}{more}", shown.join(", "))
}

/// The value of a literal operand of a simple condition.
pub(super) fn literal_of(kind: &OperandKind) -> Option<Value> {
    Some(match kind {
        OperandKind::Null => Value::Null,
        OperandKind::Bool(value) => Value::Bool(*value),
        OperandKind::Number(number) => Value::Number(number.clone()),
        OperandKind::String(text) => Value::String(text.clone()),
        _ => return None,
    })
}

/// Whether two values are equal: to the letter, or as simple conditions see it.
pub(super) fn equal(left: &Value, right: &Value, exact: bool) -> bool {
    if exact || left.is_structure() || right.is_structure() {
        return left == right;
    }
    if left.is_null() || right.is_null() {
        return left == right;
    }
    let (left, right) = (left.to_text(), right.to_text());
    match (Number::parse(&left), Number::parse(&right)) {
        (Some(left), Some(right)) => left == right,
        _ => left.to_lowercase() == right.to_lowercase(),
    }
}

fn may_equal(one: SchemaType, literal: &Value, exact: bool) -> bool {
    match literal {
        Value::Number(_) => match one {
            SchemaType::Integer | SchemaType::Number => true,
            SchemaType::String => !exact,
            _ => false,
        },
        Value::Bool(_) => one == SchemaType::Boolean || (one == SchemaType::String && !exact),
        Value::String(text) => match one {
            SchemaType::String => true,
            SchemaType::Integer | SchemaType::Number => !exact && Number::parse(text).is_some(),
            SchemaType::Boolean => !exact && matches!(text.to_lowercase().as_str(), "true" | "false"),
            _ => false,
        },
        Value::Null | Value::Array(_) | Value::Object(_) => true,
    }
}
