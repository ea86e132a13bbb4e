//! The Criterion Object: one condition that an answer has to meet.

use crate::condition::Context;
use crate::expression::{Expression, SelectorLanguage};
use crate::node::{NodeId, NodeRef};
use crate::rule;
use crate::span::{Span, Spanned};
use crate::value::Value;

use super::Extension;
use super::condition::{self, Condition, ConditionKind};
use super::expression_field;
use super::expression_type;
use super::fields::Fields;
use super::reader::{Reader, Shape, choose, exact, field};

/// A Criterion Object (ARZ-CRIT).
#[derive(Clone, Debug)]
pub struct Criterion {
    /// What the condition is applied to; none for `simple`.
    pub context: Option<Box<Spanned<Expression>>>,
    /// The condition as written; empty if the document gives none.
    pub condition: Spanned<String>,
    /// The node of the condition's text.
    pub condition_node: Option<NodeId>,
    /// The condition's language.
    pub criterion_type: CriterionType,
    /// The condition, parsed; `None` if it is wrong, or can't be known before its embedded expressions have values.
    pub parsed: Option<Condition>,
    /// Its extensions.
    pub extensions: Vec<Extension>,
    /// Where to point for it.
    pub span: Span,
}

/// The language of a condition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CriterionType {
    /// Comparisons of runtime expressions and literals.
    #[default]
    Simple,
    /// A regular expression.
    Regex,
    /// A JSONPath query or an XPath expression; never a JSON Pointer.
    Query(SelectorLanguage),
}

const SHAPE: Shape =
    Shape { name: "criterion", fields: &[field("context"), field("condition"), field("type")], extensions: true };

const TYPES: &[(&str, CriterionType)] = &[
    ("simple", CriterionType::Simple),
    ("regex", CriterionType::Regex),
    ("jsonpath", CriterionType::Query(SelectorLanguage::JsonPath)),
    ("xpath", CriterionType::Query(SelectorLanguage::XPath31)),
];

/// Reads the list under `name`; it has at least one entry if it is there (ARZ-STEP-20, ARZ-SUCC-09).
pub(super) fn read_list<'t>(reader: &mut Reader<'t>, fields: &Fields<'t>, name: &'static str) -> Vec<Criterion> {
    let items = fields.filled_list(reader, name).unwrap_or_default();
    exact(items.iter().filter_map(|node| read(reader, *node)))
}

fn read<'t>(reader: &mut Reader<'t>, node: NodeRef<'t>) -> Option<Criterion> {
    let fields = reader.object(node, &SHAPE)?;
    let condition = fields.required_text(reader, "condition");
    let criterion_type = read_type(reader, &fields);
    let context = read_context(reader, &fields, criterion_type);
    let condition_node = fields.get("condition").filter(|_| !condition.is_empty());
    let has_context = if fields.get("context").is_some() { Context::Present } else { Context::Absent };
    let parsed = match (condition_node, criterion_type) {
        (Some(node), Some(criterion_type)) => {
            condition::read(reader, node, criterion_type, has_context, context.as_ref().map(|context| &context.value))
        }
        _ => None,
    };
    keep_operand(reader, &fields, &condition);
    check_idle_context(reader, &fields, parsed.as_ref());
    Some(Criterion {
        context: context.map(Box::new),
        condition,
        condition_node: condition_node.map(NodeRef::id),
        criterion_type: criterion_type.unwrap_or_default(),
        parsed,
        extensions: fields.extensions(),
        span: fields.anchor(),
    })
}

/// A criterion has no field `value`; what stands there is an operand that the condition lacks.
fn keep_operand<'t>(reader: &mut Reader<'t>, fields: &Fields<'t>, condition: &Spanned<String>) {
    let Some((key, value)) = fields.node.entry("value") else { return };
    let literal = match value.to_value() {
        Value::String(text) if text.starts_with('$') => text,
        Value::String(text) => format!("'{}'", text.replace('\'', "''")),
        Value::Object(_) | Value::Array(_) => return,
        scalar => scalar.to_json(),
    };
    let is_operator = !condition.is_empty() && condition.bytes().all(|byte| b"=!<> ".contains(&byte));
    let whole = fields.get("context").and_then(NodeRef::as_str).filter(|_| is_operator);
    let whole = whole.map(|context| format!("`{context} {} {literal}`", condition.trim()));
    // both were noted just now, with the other fields of the object
    for found in reader.diagnostics.iter_mut().rev().take(8) {
        let at = found.primary().map(|label| label.span);
        if found.rule == rule::UNKNOWN_FIELD && at == Some(key.span()) {
            found.help = Some(match &whole {
                Some(whole) => format!("move it into the condition: {whole}"),
                None => format!("write `{literal}` in the condition, as what it compares with"),
            });
        }
        if let Some(whole) =
            whole.as_ref().filter(|_| found.rule == rule::INVALID_CONDITION && within(at, condition.span))
        {
            found.help = Some(format!("write both sides in `condition`: {whole}"));
        }
    }
}

fn within(at: Option<Span>, whole: Span) -> bool {
    at.is_some_and(|at| whole.contains(at))
}

/// `None` if the type is wrong.
fn read_type<'t>(reader: &mut Reader<'t>, fields: &Fields<'t>) -> Option<CriterionType> {
    let Some(node) = fields.present(reader, "type") else { return Some(CriterionType::Simple) };
    if !node.is_mapping() {
        let text = reader.text(node, "type")?;
        return choose(reader, "type", &text, TYPES).map(|found| found.value);
    }
    let found = expression_type::read_object(reader, node)?;
    if found.value == SelectorLanguage::JsonPointer {
        let message = "a criterion can't be of the type `jsonpointer`";
        let help = "compare the value instead: `$response.body#/pointer == …`";
        reader.note_help(rule::INVALID_VALUE, found.span, message, help);
        return None;
    }
    Some(CriterionType::Query(found.value))
}

/// All types but `simple` need a context (ARZ-CRIT-03).
fn read_context<'t>(
    reader: &mut Reader<'t>,
    fields: &Fields<'t>,
    criterion_type: Option<CriterionType>,
) -> Option<Spanned<Expression>> {
    match fields.get("context") {
        Some(node) => expression_field::expression(reader, node, "context"),
        None => {
            if criterion_type.is_some_and(|criterion_type| criterion_type != CriterionType::Simple) {
                let message = "this criterion needs a `context` to apply its condition to";
                reader.note_help(rule::MISSING_FIELD, fields.anchor(), message, "add `context: $response.body`");
            }
            None
        }
    }
}

/// On a simple condition that names its operands itself a context has no effect.
fn check_idle_context<'t>(reader: &mut Reader<'t>, fields: &Fields<'t>, parsed: Option<&Condition>) {
    let Some(ConditionKind::Simple(condition)) = parsed.map(|parsed| &parsed.kind) else { return };
    let Some((key, _)) = fields.node.entry("context").filter(|_| !condition.uses_context()) else { return };
    let message = "`context` has no effect on a `simple` criterion";
    let help = match fields.get("type") {
        Some(_) => "remove `context`: the condition names its operands itself",
        None => "add the `type` that the condition is written in, or remove `context`",
    };
    reader.note_help(rule::IGNORED_FIELD, key.span(), message, help);
}
