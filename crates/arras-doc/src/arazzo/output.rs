//! The outputs of a step or workflow: names, and the expressions or selectors that give their values.

use crate::expression::{Expression, Selector};
use crate::node::NodeRef;
use crate::span::Spanned;

use super::Version;
use super::expression_field;
use super::fields::Fields;
use super::reader::Reader;
use super::selector;

/// One output (ARZ-WF-13, ARZ-STEP-28).
#[derive(Clone, Debug)]
pub struct Output {
    /// Its name.
    pub name: Spanned<String>,
    /// Where its value comes from; `None` if that could not be read.
    pub value: Option<OutputValue>,
}

/// Where an output's value comes from.
#[derive(Clone, Debug)]
pub enum OutputValue {
    /// A runtime expression.
    Expression(Spanned<Expression>),
    /// A Selector Object (1.1).
    Selector(Box<Selector>),
}

/// Reads the map `outputs`.
pub(super) fn read_map<'t>(reader: &mut Reader<'t>, fields: &Fields<'t>) -> Vec<Output> {
    let entries = fields.map(reader, "outputs");
    let mut outputs = Vec::with_capacity(entries.len());
    for (name, node) in entries {
        reader.map_key("an output", &name);
        let value = read_value(reader, &name, node);
        outputs.push(Output { name, value });
    }
    outputs
}

fn read_value<'t>(reader: &mut Reader<'t>, name: &str, node: NodeRef<'t>) -> Option<OutputValue> {
    let selects = ["context", "selector", "type"].iter().any(|field| node.get(field).is_some());
    if node.is_mapping() && (selects || reader.version >= Version::V1_1) {
        return selector::read(reader, node).map(|selector| OutputValue::Selector(Box::new(selector)));
    }
    let what = format!("the output `{name}`");
    let before = reader.diagnostics.len();
    let value = expression_field::expression(reader, node, &what).map(OutputValue::Expression);
    if let Some(found) = reader.diagnostics.get_mut(before).filter(|_| node.is_mapping()) {
        found.help = Some(match node.get("value").and_then(NodeRef::as_str) {
            Some(value) => format!("write its value alone: `{value}`"),
            None => "make each of its entries an output of its own".into(),
        });
    }
    value
}
