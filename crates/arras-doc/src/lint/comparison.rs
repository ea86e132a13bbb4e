//! Comparisons with what the compared value never is.

use crate::arazzo::{ConditionKind, Criterion};
use crate::condition::{self, NodeKind, OperandKind, Operator, compare};
use crate::diagnostic::Label;
use crate::expression::Expression;
use crate::jsonpath::{self, Anchor, Form, LogicalKind, Reach, SelectorKind};
use crate::openapi::{Place, SchemaType};
use crate::pattern::Pattern;
use crate::rule;
use crate::span::Span;
use crate::suggest;
use crate::value::{Number, Value};

use super::shape::{Shape, what};
use super::{Lint, Scope, json_path};

impl<'d> Lint<'d> {
    /// The criteria of a step and of its actions.
    pub(super) fn check_comparisons(&mut self, scope: Scope<'d>) {
        let actions = self.scoped_actions(scope);
        let criteria =
            actions.into_iter().flat_map(|(action, scope)| action.criteria.iter().map(move |one| (one, scope)));
        let own = scope.success_criteria().iter().map(|one| (one, scope));
        for (criterion, scope) in own.chain(criteria) {
            match criterion.parsed.as_ref().map(|parsed| &parsed.kind) {
                Some(ConditionKind::Simple(condition)) => self.simple(scope, criterion, &condition.root),
                Some(ConditionKind::Regex(pattern)) => self.pattern(scope, criterion, pattern),
                Some(ConditionKind::JsonPath(jsonpath::Prepared::Fixed(condition))) => {
                    let Some(context) = &criterion.context else { continue };
                    let shape = self.shape(scope.workflow, scope.index, Some(scope), &context.value);
                    match &condition.form {
                        Form::Logical(logical) => self.json_path_comparisons(criterion, logical, &shape, &shape),
                        Form::Query(query) => self.query_comparisons(criterion, query, &shape, &shape),
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
            NodeKind::Comparison { left, operator, right } => {
                let equality = matches!(operator, Operator::Equal | Operator::NotEqual);
                let (expression, literal) = match (&left.kind, &right.kind) {
                    (OperandKind::Expression(one), OperandKind::Expression(other)) => {
                        return self.pair(scope, criterion, (one, other), equality, node.span);
                    }
                    (OperandKind::Expression(expression), _) => (expression, right),
                    (_, OperandKind::Expression(expression)) => (expression, left),
                    _ => return,
                };
                let Some(value) = literal_of(&literal.kind) else { return };
                let shape = self.shape(scope.workflow, scope.index, Some(scope), expression);
                let what_is = format!("`{expression}`");
                if equality && self.never_in_exchange(scope, criterion, expression, &value, literal.span) {
                    return;
                }
                let in_xml = self.xml_values(scope, expression);
                if equality && !in_xml.is_empty() && !in_xml.iter().any(|one| equal(one, &value, false)) {
                    let span = self.within(criterion, literal.span);
                    self.never_in_xml(scope, &what_is, &in_xml, &value, span);
                    return;
                }
                match equality {
                    true => self.compare(criterion, &what_is, &shape, &value, literal.span, false),
                    false => self.order(criterion, &what_is, &shape, &value, literal.span),
                }
            }
            NodeKind::Operand(_) => {}
        }
    }

    /// Whether two values that are described can be equal, or one be more than the other.
    fn pair(
        &mut self,
        scope: Scope<'d>,
        criterion: &'d Criterion,
        (one, other): (&'d Expression, &'d Expression),
        equality: bool,
        span: Span,
    ) {
        let shapes = [one, other].map(|expression| self.shape(scope.workflow, scope.index, Some(scope), expression));
        let [left, right] = shapes.each_ref().map(Shape::values);
        let common = |value: &Place<'d>| {
            let value = value.node().to_value();
            right.iter().any(|other| equal(&value, &other.node().to_value(), false))
        };
        let [left_types, right_types] = shapes.each_ref().map(Shape::types);
        let known = !left_types.is_empty() && !right_types.is_empty();
        let fits = |one: &SchemaType| {
            right_types
                .iter()
                .any(|other| if equality { may_be_equal(*one, *other) } else { may_be_ordered(*one, *other) })
        };
        let (message, help) = if equality && !left.is_empty() && !right.is_empty() && !left.iter().any(common) {
            let texts = |values: &[Place<'d>]| -> String {
                let texts: Vec<String> =
                    values.iter().map(|value| value.node().to_value().to_text().into_owned()).collect();
                suggest::enumerated(texts.iter().map(String::as_str))
            };
            let help = format!("the one is one of {}, the other of {}", texts(&left), texts(&right));
            (format!("`{one}` and `{other}` have no value in common"), help)
        } else if known && !left_types.iter().any(fits) {
            let what = format!("`{one}` is {}, `{other}` {}", what(&left_types), what(&right_types));
            let never = if equality { "which are never equal" } else { "of which none is ever more than the other" };
            (format!("{what}, {never}"), "compare values of one type".to_owned())
        } else {
            return;
        };
        let span = self.within(criterion, span);
        let diagnostic = self.note(rule::IMPOSSIBLE_COMPARISON, span, message);
        diagnostic.help = Some(help);
        for (shape, text) in shapes.iter().zip(["the one is described here", "the other is described here"]) {
            diagnostic.labels.extend(described_at(shape).map(|place| Label {
                source: place.source(),
                span: place.span(),
                text: text.into(),
            }));
        }
    }

    /// Whether a value of that shape can be more or less than a literal.
    fn order(&mut self, criterion: &'d Criterion, what_is: &str, shape: &Shape<'d>, literal: &Value, span: Span) {
        let values = shape.values();
        let is_number = |value: &Value| compare::number(value).is_some();
        let types = shape.types();
        let is_text = matches!(literal, Value::String(_)) && !is_number(literal);
        if !is_text && !is_number(literal) {
            return;
        }
        let orderly = |one: &SchemaType| match one {
            SchemaType::Integer | SchemaType::Number => !is_text,
            SchemaType::String => true,
            _ => false,
        };
        let never = match values.is_empty() {
            true => !types.is_empty() && !types.iter().any(orderly),
            // texts are in an order of their own
            false => is_number(literal) && !values.iter().any(|value| is_number(&value.node().to_value())),
        };
        if !never {
            return;
        }
        let span = self.within(criterion, span);
        let message = match is_text {
            true => format!("{what_is} is {}, and never more or less than a text that is no number", what(&types)),
            false => format!("{what_is} is no number, and never more or less than one"),
        };
        let label = values.first().copied().or_else(|| described_at(shape));
        let diagnostic = self.note(rule::IMPOSSIBLE_COMPARISON, span, message);
        diagnostic.help = Some(match is_text {
            true => "compare it with a number".to_owned(),
            false => "compare it with `==`, or read a number".to_owned(),
        });
        diagnostic.labels.extend(label.map(|place| Label {
            source: place.source(),
            span: place.span(),
            text: "described here".into(),
        }));
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

    /// The comparisons in the filters of a query.
    fn query_comparisons(
        &mut self,
        criterion: &'d Criterion,
        query: &jsonpath::Query,
        root: &Shape<'d>,
        current: &Shape<'d>,
    ) {
        let anchor = if query.anchor == Anchor::Root { root } else { current };
        // a filter at the root of what is no array may be meant for it as a whole
        if let Some(filter) = query.root_filter().filter(|_| !anchor.is_array()) {
            return self.json_path_comparisons(criterion, filter, root, anchor);
        }
        for (at, segment) in query.segments.iter().enumerate() {
            let filters = segment.selectors.iter().filter_map(|selector| match &selector.kind {
                SelectorKind::Filter(filter) => Some(filter),
                _ => None,
            });
            for filter in filters {
                let before = jsonpath::Query { segments: query.segments[..at].to_vec(), ..query.clone() };
                let shape = json_path::query(&before, root, current, &mut Vec::new());
                let items = if segment.reach == Reach::Children { shape.children() } else { Shape::Open };
                self.json_path_comparisons(criterion, filter, root, &items);
            }
        }
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
            LogicalKind::Exists(query) => self.query_comparisons(criterion, query, root, current),
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
        let label = described_at(shape).map(|place| Label {
            source: place.source(),
            span: place.span(),
            text: "described here".into(),
        });
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
}

/// A list of values for people.
pub(super) fn listed(values: &[String]) -> String {
    format!("it is one of {}", suggest::enumerated(values.iter().map(String::as_str)))
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
    if exact { left == right } else { compare::equal(left, right) }
}

/// Where a shape is described, or the first of its alternatives.
fn described_at<'d>(shape: &Shape<'d>) -> Option<Place<'d>> {
    match shape {
        Shape::Of(schemas) => schemas.first().map(|schema| schema.resolved_place()),
        _ => None,
    }
}

/// Whether values of two types can be equal: what spells another counts as it.
fn may_be_equal(one: SchemaType, other: SchemaType) -> bool {
    use SchemaType::{Array, Integer, Null, Number, Object, String};
    let scalar = |one| !matches!(one, Array | Object | Null);
    one == other
        || matches!((one, other), (Integer | Number, Integer | Number))
        || (one == String && scalar(other))
        || (other == String && scalar(one))
}

/// Whether of values of two types one can be more than the other.
fn may_be_ordered(one: SchemaType, other: SchemaType) -> bool {
    use SchemaType::{Integer, Number, String};
    matches!((one, other), (Integer | Number | String, Integer | Number | String))
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
            SchemaType::Integer | SchemaType::Number => !exact && compare::numeric(text).is_some(),
            SchemaType::Boolean => !exact && [true, false].iter().any(|one| equal(&Value::Bool(*one), literal, false)),
            _ => false,
        },
        Value::Null | Value::Array(_) | Value::Object(_) => true,
    }
}
